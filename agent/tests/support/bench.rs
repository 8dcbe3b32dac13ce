//! Scripts in the real sandbox, without a control plane.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use agent::ambient::Host;
use agent::decisions::Checks;
use agent::exec::cgroup::Cgroups;
use agent::exec::orphans;
use agent::exec::outputs::Progress;
use agent::exec::runner::{Runner, Stop, run};
use agent::logs::{LogLimits, SharedSpool};
use agent::paths::Paths;
use agent::receipts::Ending;
use agent::spool::Spool;
use agent::verify::{AuthenticJob, Ready};
use prost::Message as _;
use purvey_contract::id::Digest;
use purvey_contract::inputs::{EffectiveInputs, Inputs, validate};
use purvey_proto::agent::{LogChunkPayload, LogLine, LogStream};
use tokio::sync::watch;

use super::bundle;
use super::fleet::Fleet;

/// Runs scripts with the real sandbox, and without a control plane.
pub struct Bench {
    _folder: tempfile::TempDir,
    pub paths: Paths,
    pub runner: Runner,
    pub progress: Mutex<Vec<Progress>>,
}

/// What became of a script.
pub struct Ran {
    pub ending: Ending,
    /// What it wrote.
    pub output: String,
    /// With what the agent said.
    pub whole_log: String,
    /// As it was sent.
    pub lines: Vec<LogLine>,
}

impl Bench {
    pub fn new(with_cgroups: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o711)).unwrap();
        let paths = Paths::under(folder.path().to_owned());
        let cgroups = if with_cgroups { Cgroups::take_over(false).ok() } else { None };
        if cgroups.is_none() {
            orphans::adopt();
        }
        let runner = Runner {
            stage: PathBuf::from(env!("CARGO_BIN_EXE_agent")),
            paths: paths.clone(),
            cgroups,
            clock: Arc::new(Host),
            random: Arc::new(Host),
            grace: Duration::from_millis(700),
            log_limits: LogLimits::default(),
        };
        Self { _folder: folder, paths, runner, progress: Mutex::default() }
    }

    pub async fn run(&self, job: u128, body: &str, manifest: &str) -> Ran {
        self.run_with(job, body, manifest, Inputs::new(), watch::channel(Stop::No).1).await
    }

    pub async fn run_with(
        &self,
        job: u128,
        body: &str,
        manifest: &str,
        inputs: Inputs,
        stop: watch::Receiver<Stop>,
    ) -> Ran {
        let bundle = bundle::script(body, manifest);
        let inputs: EffectiveInputs = validate(&bundle.manifest, &inputs).unwrap();
        let spec = Fleet::new().job(job, 1, &bundle, &[]);
        let ready = Ready {
            job: AuthenticJob {
                spec,
                digest: Digest::of(b""),
                accept_until: Instant::now(),
                checks: Checks::default(),
            },
            bundle,
            inputs,
            policy_digest: None,
            is_destructive: false,
            is_counted: false,
        };
        let spool = Spool::open(&self.paths.spool(ready.job.spec.job, 1)).unwrap();
        let spool = SharedSpool::new(spool, Arc::default());
        let progress = |progress| self.progress.lock().unwrap().push(progress);
        let ending = run(&self.runner, ready, spool.clone(), stop, progress).await;
        let lines: Vec<_> = spool.with(|spool| {
            let mut cursor = spool.reader();
            std::iter::from_fn(|| spool.read(&mut cursor).unwrap())
                .flat_map(|(_, payload)| LogChunkPayload::decode(payload.as_slice()).unwrap().lines)
                .collect()
        });
        let text = |own: bool| {
            lines
                .iter()
                .filter(|line| own || line.stream() != LogStream::Agent)
                .map(|line| String::from_utf8_lossy(&line.text).into_owned())
                .collect::<Vec<_>>()
                .join("\n")
        };
        Ran { output: text(false), whole_log: text(true), ending, lines }
    }
}

/// Whether the process whose number is in this file lives.
pub fn lives(marker: &Path) -> bool {
    let pid = std::fs::read_to_string(marker).unwrap();
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}
