//! The keys of `policy.toml`.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use purvey_contract::action::Action;
use purvey_contract::id::{AppRef, Name};
use purvey_contract::manifest::{Pattern, Profile};

use super::hours::{Hours, Window, Zone};
use super::read::{Problem, Reader, Value, shown};

/// How many uninstalls, restores and downgrades together a host does in a day (UTC) if its policy says nothing else.
pub(super) const DEFAULT_DAILY_LIMIT: u32 = 10;

const KEYS: &[&str] = &[
    "pause",
    "apps",
    "publishers",
    "actions",
    "downgrades",
    "daily_limit",
    "daily_jobs",
    "users",
    "write_paths",
    "network",
    "hours",
    "resources",
    "inputs",
];

/// What a policy says. What is none, or empty, restricts nothing.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Refuses everything for now.
    pub pause: bool,
    /// The apps that may run.
    pub apps: Option<Vec<AppPattern>>,
    /// The publishers whose apps may run, of those that are trusted.
    pub publishers: Option<Vec<Name>>,
    /// The actions that may be done.
    pub actions: Option<Vec<Action>>,
    /// Whether an install may go back to an older release.
    pub downgrades: bool,
    /// How many uninstalls, restores and downgrades a day.
    pub daily_limit: Option<u32>,
    /// How many jobs of any kind a day.
    pub daily_jobs: Option<u32>,
    /// The users that scripts may run as.
    pub users: Option<Vec<User>>,
    /// The folders that confined scripts may write to. Permits only confined scripts.
    pub write_paths: Option<Vec<PathBuf>>,
    /// Whether scripts may use the network. If not, only confined scripts are permitted.
    pub network: bool,
    /// When jobs may begin.
    pub hours: Option<Hours>,
    /// The most that a script may use.
    pub resources: Resources,
    /// The values that inputs may have, by app and input.
    pub inputs: BTreeMap<AppRef, BTreeMap<String, ValueRule>>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            pause: false,
            apps: None,
            publishers: None,
            actions: None,
            downgrades: true,
            daily_limit: None,
            daily_jobs: None,
            users: None,
            write_paths: None,
            network: true,
            hours: None,
            resources: Resources::default(),
            inputs: BTreeMap::new(),
        }
    }
}

/// `<publisher>/<app>`, or `<publisher>/*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppPattern {
    publisher: Name,
    app: Option<Name>,
}

impl AppPattern {
    fn parse(text: &str) -> Result<Self, String> {
        let bad = || format!("`{}` is no app, such as \"acme/nginx\" or \"acme/*\"", shown(text));
        if let Some(publisher) = text.strip_suffix("/*") {
            return Ok(Self { publisher: publisher.parse().map_err(|_| bad())?, app: None });
        }
        let app: AppRef = text.parse().map_err(|_| bad())?;
        Ok(Self { publisher: app.publisher, app: Some(app.app) })
    }

    pub(super) fn matches(&self, app: &AppRef) -> bool {
        self.publisher == app.publisher && self.app.as_ref().is_none_or(|name| *name == app.app)
    }
}

impl std::fmt::Display for AppPattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.app {
            Some(app) => write!(f, "{}/{app}", self.publisher),
            None => write!(f, "{}/*", self.publisher),
        }
    }
}

/// Whom scripts run as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User {
    /// The agent's own user, in the sandbox `host`.
    Root,
    /// An unprivileged user, in the sandbox `confined`.
    Confined,
}

impl User {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "root" => Ok(Self::Root),
            "confined" => Ok(Self::Confined),
            _ => Err(format!(
                "`{}` is no user of scripts; there are `root` and `confined` (an unprivileged user of the install's own)",
                shown(text)
            )),
        }
    }

    pub(super) fn profile(self) -> Profile {
        match self {
            Self::Root => Profile::Host,
            Self::Confined => Profile::Confined,
        }
    }

    pub(super) fn in_words(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Confined => "an unprivileged user",
        }
    }
}

/// Upper bounds of what a script may use. A manifest may ask for less.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// Memory of all its processes, in MiB.
    pub memory_mb: Option<u32>,
    /// Processes and threads.
    pub max_processes: Option<u32>,
    /// Processor time, in hundredths of one processor.
    pub cpu_percent: Option<u32>,
}

/// What an input may be.
#[derive(Clone, Debug, Default)]
pub struct ValueRule {
    /// One of these, as texts.
    pub values: Option<Vec<String>>,
    /// Matched whole.
    pub pattern: Option<Pattern>,
    /// The lowest number.
    pub min: Option<i64>,
    /// The highest number.
    pub max: Option<i64>,
}

/// Reads a policy's text.
pub(super) fn read(text: &str, zones: &Path) -> Result<Rules, Vec<Problem>> {
    let (mut reader, table) = Reader::begin(text);
    let mut rules = Rules::default();
    for (key, value) in reader.entries(table.get_ref(), "", KEYS) {
        read_key(&mut reader, &mut rules, key, value, zones);
    }
    reader.end().map(|()| rules)
}

fn read_key<'t>(reader: &mut Reader<'t>, rules: &mut Rules, key: &str, value: &Value<'t>, zones: &Path) {
    let name =
        |text: &str| text.parse::<Name>().map_err(|_| format!("`{}` is no name of a publisher", shown(text)));
    match key {
        "pause" => rules.pause = reader.flag(key, value).unwrap_or(true),
        "apps" => rules.apps = reader.texts(key, value, "apps", AppPattern::parse),
        "publishers" => rules.publishers = reader.texts(key, value, "publishers", name),
        "actions" => rules.actions = reader.texts(key, value, "actions", action),
        "downgrades" => rules.downgrades = reader.flag(key, value).unwrap_or(false),
        "daily_limit" => rules.daily_limit = reader.count(key, value, 0, u32::MAX),
        "daily_jobs" => rules.daily_jobs = reader.count(key, value, 0, u32::MAX),
        "users" => rules.users = reader.texts(key, value, "users", User::parse),
        "write_paths" => rules.write_paths = reader.texts(key, value, "folders", folder),
        "network" => rules.network = reader.flag(key, value).unwrap_or(false),
        "hours" => rules.hours = hours(reader, value, zones),
        "resources" => rules.resources = resources(reader, value),
        "inputs" => rules.inputs = inputs(reader, value),
        _ => {}
    }
}

fn action(text: &str) -> Result<Action, String> {
    Action::from_name(text).ok_or_else(|| {
        let known: Vec<&str> = Action::ALL.into_iter().map(Action::as_str).collect();
        format!("`{}` is no action; there are {}", shown(text), known.join(", "))
    })
}

fn folder(text: &str) -> Result<PathBuf, String> {
    let path = Path::new(text);
    let is_plain = path.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    if path.is_absolute() && is_plain && !text.contains('\0') {
        Ok(path.to_owned())
    } else {
        Err(format!("`{}` is no absolute path, such as \"/srv/www\"", shown(text)))
    }
}

fn hours<'t>(reader: &mut Reader<'t>, value: &Value<'t>, zones: &Path) -> Option<Hours> {
    let table = reader.table("hours", value)?;
    let (mut zone, mut windows) = (Some(Zone::utc()), None);
    for (key, value) in reader.entries(table, " in `hours`", &["zone", "open"]) {
        if key == "open" {
            windows = reader.texts("hours.open", value, "windows", Window::parse);
            continue;
        }
        let name = reader.text("hours.zone", value);
        zone = name.and_then(|name| {
            Zone::load(name, zones).inspect_err(|why| reader.say(&value.span(), why.clone())).ok()
        });
    }
    if windows.is_none() {
        reader.say(&value.span(), "`hours` needs `open`, such as [\"mon-fri 08:00-18:00\"]");
    }
    Some(Hours { zone: zone?, windows: windows? })
}

fn resources<'t>(reader: &mut Reader<'t>, value: &Value<'t>) -> Resources {
    let mut resources = Resources::default();
    let Some(table) = reader.table("resources", value) else { return resources };
    let known = ["memory_mb", "max_processes", "cpu_percent"];
    for (key, value) in reader.entries(table, " in `resources`", &known) {
        let full = format!("resources.{key}");
        match key {
            "memory_mb" => resources.memory_mb = reader.count(&full, value, 16, 1 << 24),
            "max_processes" => resources.max_processes = reader.count(&full, value, 2, 1 << 22),
            _ => resources.cpu_percent = reader.count(&full, value, 1, 100_000),
        }
    }
    resources
}

fn inputs<'t>(reader: &mut Reader<'t>, value: &Value<'t>) -> BTreeMap<AppRef, BTreeMap<String, ValueRule>> {
    let mut all = BTreeMap::new();
    let Some(apps) = reader.table("inputs", value) else { return all };
    for (app, value) in apps {
        let key = format!("inputs.\"{}\"", shown(app.get_ref()));
        let Ok(app) = app.get_ref().parse::<AppRef>() else {
            reader.say(&app.span(), format!("`{key}` names no app, such as [inputs.\"acme/nginx\"]"));
            continue;
        };
        let Some(table) = reader.table(&key, value) else { continue };
        let mut rules = BTreeMap::new();
        for (input, value) in table {
            let key = format!("{key}.{}", shown(input.get_ref()));
            if let Some(rule) = value_rule(reader, &key, value) {
                rules.insert(input.get_ref().clone().into_owned(), rule);
            }
        }
        all.insert(app, rules);
    }
    all
}

fn value_rule<'t>(reader: &mut Reader<'t>, key: &str, value: &Value<'t>) -> Option<ValueRule> {
    let table = reader.table(key, value)?;
    let mut rule = ValueRule::default();
    if table.is_empty() {
        reader.say(&value.span(), format!("`{key}` needs `values`, `pattern`, `min` or `max`"));
    }
    for (name, value) in reader.entries(table, &format!(" in `{key}`"), &["values", "pattern", "min", "max"])
    {
        let full = format!("{key}.{name}");
        match name {
            "values" => {
                rule.values = reader
                    .list(&full, value, "values")
                    .map(<[_]>::to_vec)
                    .map(|values| values.iter().filter_map(|value| scalar(reader, &full, value)).collect());
            }
            "pattern" => {
                rule.pattern = reader.text(&full, value).and_then(|text| {
                    let bad = |why: &String| reader.say(&value.span(), format!("`{full}`: {why}"));
                    Pattern::new(text).inspect_err(bad).ok()
                });
            }
            "min" => rule.min = reader.number(&full, value, i64::MIN..=i64::MAX),
            _ => rule.max = reader.number(&full, value, i64::MIN..=i64::MAX),
        }
    }
    Some(rule)
}

/// A value as the text that it is in a script's environment.
fn scalar(reader: &mut Reader<'_>, key: &str, value: &Value<'_>) -> Option<String> {
    use toml::de::DeValue;
    match value.get_ref() {
        DeValue::String(text) => Some(text.clone().into_owned()),
        DeValue::Integer(number) => {
            Some(i64::from_str_radix(number.as_str(), number.radix()).ok()?.to_string())
        }
        DeValue::Boolean(flag) => Some(flag.to_string()),
        _ => {
            reader.say(&value.span(), format!("`{key}` holds texts, whole numbers, `true` and `false` only"));
            None
        }
    }
}
