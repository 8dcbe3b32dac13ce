//! Whether the policy lets a job happen.

use std::fs;
use std::path::{Path, PathBuf};

use purvey_contract::action::Action;
use purvey_contract::id::{AppRef, Name};
use purvey_contract::inputs::{EffectiveInputs, as_text};
use purvey_contract::manifest::{Manifest, Profile, Sandbox};
use time::OffsetDateTime;

use super::Policy;
use super::daily::Counts;
use super::rules::{DEFAULT_DAILY_LIMIT, Resources, User, ValueRule};

/// What the policy does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Everything, for now.
    #[error("the host's policy says pause")]
    Paused,
    /// This action.
    #[error("the host's policy does not allow the action `{0}`")]
    Action(Action),
    /// This time.
    #[error("the host's policy allows jobs {open} only, and it is {now} there")]
    Hours {
        /// When.
        open: String,
        /// Now, in the policy's time zone.
        now: String,
    },
    /// This app.
    #[error("the host's policy does not allow the app `{0}`")]
    App(AppRef),
    /// This publisher.
    #[error("the host's policy does not allow the publisher `{0}`")]
    Publisher(Name),
    /// An older release than the one that is there.
    #[error(
        "the host's policy does not allow downgrades: release {installed} is there, and the job is for {wanted}"
    )]
    Downgrade {
        /// What is there.
        installed: u64,
        /// What was asked for.
        wanted: u64,
    },
    /// One more uninstall, restore or downgrade today.
    #[error(
        "this host has done {limit} uninstalls, restores and downgrades today, its limit; `daily_limit` in policy.toml \
         raises it"
    )]
    DailyLimit {
        /// The limit.
        limit: u32,
    },
    /// One more job today.
    #[error("this host has done {limit} jobs today, its limit; `daily_jobs` in policy.toml raises it")]
    DailyJobs {
        /// The limit.
        limit: u32,
    },
    /// The user that the script would be.
    #[error("the host's policy does not allow scripts to run as {}, as the sandbox `{}` has it", .0.in_words(), .0.profile().as_str())]
    User(User),
    /// A folder that the script asks to write to.
    #[error("the host's policy does not allow scripts to write to {}", .0.display())]
    WritePath(PathBuf),
    /// Scripts that may write anywhere.
    #[error(
        "the host's policy names the folders that scripts may write to, and only the sandbox `confined` can be held to that"
    )]
    WriteAnywhere,
    /// The network.
    #[error("the host's policy does not allow scripts the network{0}")]
    Network(&'static str),
    /// The value of an input.
    #[error("the host's policy does not allow this value of the input `{input}`: {why}")]
    Input {
        /// Which.
        input: String,
        /// What would be right. Never the value of a secret.
        why: String,
    },
    /// A bound that this host cannot enforce.
    #[error(
        "the host's policy bounds {bound}, and this host has no cgroup controller `{controller}` to hold scripts to it"
    )]
    Unenforceable {
        /// Which.
        bound: &'static str,
        /// What is missing.
        controller: &'static str,
    },
}

impl Denied {
    /// Stable, for receipts and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Paused => "POLICY_PAUSED",
            Self::Action(_) => "POLICY_ACTION",
            Self::Hours { .. } => "POLICY_HOURS",
            Self::App(_) => "POLICY_APP",
            Self::Publisher(_) => "POLICY_PUBLISHER",
            Self::Downgrade { .. } => "POLICY_DOWNGRADE",
            Self::DailyLimit { .. } => "POLICY_DAILY_LIMIT",
            Self::DailyJobs { .. } => "POLICY_DAILY_JOBS",
            Self::User(_) => "POLICY_USER",
            Self::WritePath(_) | Self::WriteAnywhere => "POLICY_WRITE_PATH",
            Self::Network(_) => "POLICY_NETWORK",
            Self::Input { .. } => "POLICY_INPUT",
            Self::Unenforceable { .. } => "POLICY_RESOURCES",
        }
    }
}

/// A script whose bundle and inputs were verified.
#[derive(Clone, Copy, Debug)]
pub struct Script<'a> {
    /// Its app.
    pub app: &'a AppRef,
    /// What its publisher says of it.
    pub manifest: &'a Manifest,
    /// Its inputs.
    pub inputs: &'a EffectiveInputs,
    /// The cgroup controllers that can hold it here.
    pub controllers: &'a [&'static str],
}

impl Policy {
    /// What can be said before anything of the bundle is known.
    ///
    /// # Errors
    /// The host is paused, or the action or the hour is not allowed.
    pub fn allows_now(&self, action: Action, now: OffsetDateTime) -> Result<(), Denied> {
        if self.rules.pause {
            return Err(Denied::Paused);
        }
        if self.rules.actions.as_ref().is_some_and(|allowed| !allowed.contains(&action)) {
            return Err(Denied::Action(action));
        }
        match &self.rules.hours {
            Some(hours) if !hours.are_open(now) => {
                Err(Denied::Hours { open: hours.to_string(), now: hours.time_of_day(now) })
            }
            _ => Ok(()),
        }
    }

    /// Judges an app whose publisher's signature was verified.
    ///
    /// # Errors
    /// It is not allowed.
    pub fn allows_app(&self, app: &AppRef) -> Result<(), Denied> {
        if let Some(allowed) = &self.rules.publishers
            && !allowed.contains(&app.publisher)
        {
            return Err(Denied::Publisher(app.publisher.clone()));
        }
        match &self.rules.apps {
            Some(allowed) if !allowed.iter().any(|pattern| pattern.matches(app)) => {
                Err(Denied::App(app.clone()))
            }
            _ => Ok(()),
        }
    }

    /// Judges another release in the place of the one that is installed.
    ///
    /// # Errors
    /// It is older, and the policy does not want that.
    pub fn allows_release(&self, installed: Option<u64>, wanted: u64) -> Result<(), Denied> {
        match installed {
            Some(installed) if wanted < installed && !self.rules.downgrades => {
                Err(Denied::Downgrade { installed, wanted })
            }
            _ => Ok(()),
        }
    }

    /// How many uninstalls, restores and downgrades a day.
    pub fn daily_limit(&self) -> u32 {
        self.rules.daily_limit.unwrap_or(DEFAULT_DAILY_LIMIT)
    }

    /// Judges one more job today.
    ///
    /// # Errors
    /// There were enough.
    pub fn allows_another(&self, today: Counts, is_destructive: bool) -> Result<(), Denied> {
        if let Some(limit) = self.rules.daily_jobs.filter(|limit| today.jobs >= *limit) {
            return Err(Denied::DailyJobs { limit });
        }
        let limit = self.daily_limit();
        if is_destructive && today.destructive >= limit { Err(Denied::DailyLimit { limit }) } else { Ok(()) }
    }

    /// Judges what a script asks for.
    ///
    /// # Errors
    /// The first thing that it must not have.
    pub fn allows_script(&self, script: &Script<'_>) -> Result<(), Denied> {
        let rules = &self.rules;
        let sandbox = &script.manifest.sandbox;
        let is_confined = sandbox.profile == Profile::Confined;
        let user = if is_confined { User::Confined } else { User::Root };
        if rules.users.as_ref().is_some_and(|allowed| !allowed.contains(&user)) {
            return Err(Denied::User(user));
        }
        if let Some(allowed) = &rules.write_paths {
            if !is_confined {
                return Err(Denied::WriteAnywhere);
            }
            let allowed: Vec<PathBuf> = allowed.iter().map(|path| resolved(path)).collect();
            for wanted in &sandbox.write_paths {
                let real = resolved(Path::new(wanted));
                if !allowed.iter().any(|allowed| real.starts_with(allowed)) {
                    return Err(Denied::WritePath(PathBuf::from(wanted)));
                }
            }
        }
        if !rules.network {
            match (is_confined, sandbox.network) {
                (false, _) => {
                    return Err(Denied::Network(", and only the sandbox `confined` can be held to that"));
                }
                (true, true) => return Err(Denied::Network("")),
                (true, false) => {}
            }
        }
        self.allows_inputs(script)?;
        enforceable(&rules.resources, script.controllers)
    }

    fn allows_inputs(&self, script: &Script<'_>) -> Result<(), Denied> {
        for (input, rule) in self.rules.inputs.get(script.app).into_iter().flatten() {
            let deny = |why: String| Denied::Input { input: input.clone(), why };
            let Some(declared) = script.manifest.input(input) else {
                let why = "the app has no input of that name, and what the rule was meant to guard may have another one";
                return Err(deny(why.to_owned()));
            };
            let plain = script.inputs.plain.get(input);
            let values: Vec<String> = match (script.inputs.sensitive.get(input), plain) {
                // Compared only, and never shown.
                (Some(secret), _) => vec![secret.to_owned()],
                (None, Some(serde_json::Value::Array(chosen))) => chosen.iter().map(as_text).collect(),
                (None, Some(value)) => vec![as_text(value)],
                (None, None) => continue,
            };
            for value in values.into_iter().map(zeroize::Zeroizing::new) {
                if let Some(why) = rule.breach(&value, declared.is_sensitive()) {
                    return Err(deny(why));
                }
            }
        }
        Ok(())
    }

    /// Lowers what a script may use to the policy's bounds.
    pub fn bound(&self, sandbox: &mut Sandbox) {
        let Resources { memory_mb, max_processes, cpu_percent } = self.rules.resources;
        let lower = |asked: &mut Option<u32>, bound: Option<u32>| {
            *asked = match (*asked, bound) {
                (Some(asked), Some(bound)) => Some(asked.min(bound)),
                (asked, bound) => asked.or(bound),
            };
        };
        lower(&mut sandbox.memory_mb, memory_mb);
        lower(&mut sandbox.max_processes, max_processes);
        lower(&mut sandbox.cpu_percent, cpu_percent);
    }
}

fn enforceable(resources: &Resources, controllers: &[&'static str]) -> Result<(), Denied> {
    let bounds = [
        ("resources.memory_mb", resources.memory_mb, "memory"),
        ("resources.max_processes", resources.max_processes, "pids"),
        ("resources.cpu_percent", resources.cpu_percent, "cpu"),
    ];
    for (bound, limit, controller) in bounds {
        if limit.is_some() && !controllers.contains(&controller) {
            return Err(Denied::Unenforceable { bound, controller });
        }
    }
    Ok(())
}

impl ValueRule {
    /// What is wrong with a value.
    fn breach(&self, value: &str, is_sensitive: bool) -> Option<String> {
        let Self { values, pattern, min, max } = self;
        if let Some(allowed) = values.as_ref().filter(|allowed| !allowed.iter().any(|one| one == value)) {
            // The allowed values of a secret are secrets as well.
            let list =
                if is_sensitive { "one of those in policy.toml".to_owned() } else { allowed.join(", ") };
            return Some(format!("allowed is {list}"));
        }
        if let Some(pattern) = pattern.as_ref().filter(|pattern| !pattern.matches(value)) {
            return Some(format!("it must match {}", pattern.as_str()));
        }
        let (min, max) = (min.unwrap_or(i64::MIN), max.unwrap_or(i64::MAX));
        if (min, max) != (i64::MIN, i64::MAX)
            && !value.parse().is_ok_and(|number| (min..=max).contains(&number))
        {
            return Some(format!("it must be a number from {min} to {max}"));
        }
        None
    }
}

/// The path without links, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    for ancestor in path.ancestors() {
        if let Ok(real) = fs::canonicalize(ancestor) {
            return match path.strip_prefix(ancestor) {
                Ok(rest) if !rest.as_os_str().is_empty() => real.join(rest),
                _ => real,
            };
        }
    }
    path.to_owned()
}
