//! Whether a description fits to the app's manifest: what it names is there, and nothing is left untested.

use purvey_contract::inputs::{self, Inputs};
use purvey_contract::manifest::{Input, Manifest};
use serde_json::Value;

use super::{Check, Lifecycle, Port, Residue};
use crate::lab_test::hostile;

/// The codes of violations.
const CODES: [&str; 12] = [
    "INPUT_REQUIRED",
    "INPUT_UNKNOWN",
    "INPUT_WRONG_TYPE",
    "INPUT_INVALID_FORMAT",
    "INPUT_CONTROL_CHARACTER",
    "INPUT_TOO_SMALL",
    "INPUT_TOO_LARGE",
    "INPUT_TOO_SHORT",
    "INPUT_TOO_LONG",
    "INPUT_NOT_ALLOWED",
    "INPUT_DUPLICATE",
    "INPUT_PATTERN_MISMATCH",
];

/// A text that stands for a secret which the control plane makes up.
const MADE_UP: &str = "Made-up-by-the-control-plane-1";

/// Everything that does not fit, by the way to it.
pub(super) fn problems(of: &Lifecycle, manifest: &Manifest) -> Vec<String> {
    let mut found = Found { manifest, problems: Vec::new() };
    found.valid("defaults", &of.defaults);
    for (at, variant) in of.variants.iter().enumerate() {
        found.valid(&format!("variants[{at}].inputs"), &variant.inputs);
    }
    found.off_default(of);
    if of.serves.is_empty() {
        found.say("serves", "at least one check must prove that the app does what it is for");
    }
    found.checks("serves", &of.serves);
    if let Some(data) = &of.data {
        found.checks("data.holds", &data.holds);
        if data.holds.is_empty() {
            found.say("data.holds", "at least one check must tell whether the data is there");
        }
    }
    for (at, step) in of.reconfigure.iter().enumerate() {
        let mut inputs = of.defaults.clone();
        for earlier in &of.reconfigure[..=at] {
            merge(&mut inputs, &earlier.inputs);
        }
        found.valid(&format!("reconfigure[{at}].inputs"), &inputs);
        found.checks(&format!("reconfigure[{at}].keeps"), &step.keeps);
    }
    if of.reconfigure.is_empty() && !manifest.inputs.is_empty() {
        found.say("reconfigure", "at least one change of inputs is needed, since the app has inputs");
    }
    if of.breaks.is_empty() && manifest.script(purvey_contract::action::Action::Verify).is_some() {
        found.say("break", "at least one way to break the app is needed, since it has a verify script");
    }
    found.hostile(of);
    found.refused(of);
    for (at, living) in of.living.iter().enumerate() {
        found.path(&format!("living[{at}].path"), &living.path);
        found.reason(&format!("living[{at}]"), &living.why);
    }
    for (at, residue) in of.residue.iter().enumerate() {
        found.residue(&format!("residue[{at}]"), residue);
    }
    found.problems
}

/// Sets and takes away inputs, as an update does.
pub(crate) fn merge(inputs: &mut Inputs, changes: &Inputs) {
    for (name, value) in changes {
        if value.is_null() {
            inputs.remove(name);
        } else {
            inputs.insert(name.clone(), value.clone());
        }
    }
}

struct Found<'m> {
    manifest: &'m Manifest,
    problems: Vec<String>,
}

impl Found<'_> {
    fn say(&mut self, at: &str, what: impl AsRef<str>) {
        self.problems.push(format!("{at}: {}", what.as_ref()));
    }

    fn known(&mut self, at: &str, name: &str) -> bool {
        let known = self.manifest.input(name).is_some();
        if !known {
            let names: Vec<&str> = self.manifest.inputs.iter().map(|input| input.name.as_str()).collect();
            let id = &self.manifest.id;
            self.say(at, format!("{id} has no input `{name}`; it has {}", names.join(", ")));
        }
        known
    }

    /// The inputs as the control plane would take them.
    fn valid(&mut self, at: &str, given: &Inputs) -> Option<Inputs> {
        let mut given = given.clone();
        for input in self.manifest.inputs.iter().filter(|input| input.generate.is_some()) {
            given.entry(input.name.clone()).or_insert(Value::from(MADE_UP));
        }
        match inputs::validate(self.manifest, &given) {
            Ok(effective) => Some(inputs::EffectiveInputs::join(&effective.plain, &effective.sensitive)),
            Err(violations) => {
                for violation in violations {
                    let name = violation.field.trim_start_matches("inputs.").to_owned();
                    self.say(&format!("{at}.{name}"), violation.message);
                }
                None
            }
        }
    }

    /// Every input has another value than its default in one of the variants.
    fn off_default(&mut self, of: &Lifecycle) {
        let sets: Vec<Inputs> = of
            .variants
            .iter()
            .filter_map(|variant| {
                let effective = inputs::validate(self.manifest, &variant.inputs).ok()?;
                Some(inputs::EffectiveInputs::join(&effective.plain, &effective.sensitive))
            })
            .collect();
        let is_off = |input: &&Input| {
            let plain = [of.defaults.get(&input.name), input.default.as_ref()];
            let differs = |value: &Value| !plain.contains(&Some(value));
            !sets.iter().any(|set| set.get(&input.name).is_some_and(differs))
        };
        let left: Vec<&str> =
            self.manifest.inputs.iter().filter(is_off).map(|input| input.name.as_str()).collect();
        if !left.is_empty() {
            let left = left.join(", ");
            self.say("variants", format!("no variant shows another value than the default of {left}"));
        }
    }

    fn checks(&mut self, at: &str, checks: &[Check]) {
        for (index, check) in checks.iter().enumerate() {
            self.check(&format!("{at}[{index}]"), check);
        }
    }

    fn check(&mut self, at: &str, check: &Check) {
        let kinds = [check.http.is_some(), check.tcp.is_some(), check.run.is_some()];
        if kinds.iter().filter(|is| **is).count() != 1 {
            self.say(at, "a check is exactly one of `http`, `tcp` and `run`");
        }
        if check.run.is_none() && (check.prints.is_some() || check.contains.is_some()) {
            self.say(at, "`prints` and `contains` beside it belong to `run`");
        }
        for name in check.when.keys() {
            self.known(&format!("{at}.when"), name);
        }
        let port = check.http.as_ref().map(|http| &http.port).or(check.tcp.as_ref().map(|tcp| &tcp.port));
        if let Some(Port::Input(name)) = port
            && self.known(&format!("{at}.port"), name)
            && self.manifest.input(name).is_some_and(|input| !input.kind.is_number())
        {
            self.say(&format!("{at}.port"), format!("the input `{name}` holds no port"));
        }
        let http = check.http.iter().flat_map(|http| [&http.host, &http.path, &http.contains, &http.header]);
        let texts = http.chain([&check.prints, &check.contains]).flatten();
        let names: Vec<String> = texts.flat_map(|text| names_in(text)).map(str::to_owned).collect();
        for name in names {
            self.known(at, &name);
        }
    }

    /// Each input that takes hostile values says where they are found.
    fn hostile(&mut self, of: &Lifecycle) {
        for (name, hostile) in &of.hostile {
            let at = format!("hostile.{name}");
            self.known(&at, name);
            self.checks(&format!("{at}.lands"), &hostile.lands);
            if hostile.lands.is_empty() {
                self.say(&at, "at least one check must find the value again");
            }
        }
        let manifest = self.manifest;
        for input in manifest.inputs.iter().filter(|input| !of.hostile.contains_key(&input.name)) {
            if let Some(value) = hostile::values(manifest, input).first() {
                let what = format!(
                    "the input takes values such as {value:?}; say under `hostile.{}.lands` where they are found again, \
                     or narrow the input in the manifest",
                    input.name
                );
                self.say("hostile", format!("{}: {what}", input.name));
            }
        }
    }

    fn refused(&mut self, of: &Lifecycle) {
        for (index, refused) in of.refused.iter().enumerate() {
            let at = format!("refused[{index}]");
            let by_script = refused.exit_code.is_some();
            if by_script != refused.violations.is_empty() {
                self.say(
                    &at,
                    "give either `violations` (by the control plane) or `exit_code` (by the script)",
                );
            }
            if !by_script && refused.says.is_some() {
                self.say(&at, "`says` belongs to `exit_code`");
            }
            for (name, code) in &refused.violations {
                self.known(&format!("{at}.violations"), name);
                if !CODES.contains(&code.as_str()) {
                    let what = format!("there is no code `{code}`; there are {}", CODES.join(", "));
                    self.say(&format!("{at}.violations.{name}"), what);
                }
            }
            if by_script {
                let mut inputs = of.defaults.clone();
                merge(&mut inputs, &refused.inputs);
                self.valid(&format!("{at}.inputs"), &inputs);
            }
        }
    }

    fn path(&mut self, at: &str, path: &str) {
        if !path.starts_with('/') || path.trim_end_matches('/').is_empty() {
            self.say(at, "this must be an absolute path below `/`");
        }
    }

    fn reason(&mut self, at: &str, why: &str) {
        if why.trim().is_empty() {
            self.say(at, "`why` must give the reason");
        }
    }

    fn residue(&mut self, at: &str, residue: &Residue) {
        let Residue { path, package, user, group, unit, mount, firewall, why } = residue;
        if [path, package, user, group, unit, mount, firewall].into_iter().flatten().count() != 1 {
            self.say(at, "name exactly one of path, package, user, group, unit, mount and firewall");
        }
        self.reason(at, why);
        if let Some(path) = path {
            self.path(&format!("{at}.path"), path);
        }
    }
}

/// The names in `${...}` of a text.
pub(crate) fn names_in(text: &str) -> impl Iterator<Item = &str> {
    text.split("${").skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}
