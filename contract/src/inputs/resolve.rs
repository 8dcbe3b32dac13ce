//! Which inputs are visible, and what their values are.

use serde_json::Value;
use zeroize::Zeroizing;

use super::value::{self, Fault};
use super::{EffectiveInputs, Inputs, MAX_TOTAL_BYTES, Violation, as_text};
use crate::manifest::{Condition, Generate, Input, Manifest};

/// The most unknown names that are reported.
const MAX_UNKNOWN: usize = 100;

/// What became of an input.
#[derive(Clone, Debug)]
enum Outcome {
    /// It is not asked for.
    Hidden,
    /// It has no value, and needs none.
    Absent,
    /// It has this value.
    Value(Value),
    /// Its value, or the lack of one, breaks rules.
    Broken(Vec<Fault>),
}

struct Resolver<'m> {
    manifest: &'m Manifest,
    given: &'m Inputs,
    outcomes: Vec<Option<Outcome>>,
}

impl<'m> Resolver<'m> {
    fn run(manifest: &'m Manifest, given: &'m Inputs) -> Vec<Outcome> {
        let mut resolver = Self { manifest, given, outcomes: vec![None; manifest.inputs.len()] };
        for index in 0..manifest.inputs.len() {
            resolver.resolve(index);
        }
        resolver.outcomes.into_iter().map(|outcome| outcome.unwrap_or(Outcome::Hidden)).collect()
    }

    fn resolve(&mut self, index: usize) {
        if self.outcomes[index].is_some() {
            return;
        }
        // A parsed manifest has no circles; in one put together by hand they end here.
        self.outcomes[index] = Some(Outcome::Hidden);
        let input = &self.manifest.inputs[index];
        if let Some(condition) = &input.visible_if
            && !self.is_visible(condition)
        {
            return;
        }
        self.outcomes[index] = Some(judge(input, self.given.get(&input.name)));
    }

    fn is_visible(&mut self, condition: &Condition) -> bool {
        let inputs = &self.manifest.inputs;
        let index_of = |name: &str| inputs.iter().position(|input| input.name == name);
        for name in condition.names() {
            let Some(index) = index_of(name) else { continue };
            self.resolve(index);
            // Nobody can tell until that is put right, so nothing is said about what depends on it.
            if matches!(self.outcomes[index], Some(Outcome::Broken(_))) {
                return false;
            }
        }
        condition.holds(&|name| match &self.outcomes[index_of(name)?] {
            Some(Outcome::Value(value)) => Some(value),
            _ => None,
        })
    }
}

fn judge(input: &Input, given: Option<&Value>) -> Outcome {
    match given.filter(|value| !value::is_unset(input.kind, value)).or(input.default.as_ref()) {
        Some(value) => match value::check(input, value) {
            Ok(value) => Outcome::Value(value),
            Err(faults) => Outcome::Broken(faults),
        },
        None if input.required => Outcome::Broken(vec![Fault::new("INPUT_REQUIRED", "a value is required")]),
        None => Outcome::Absent,
    }
}

pub(super) fn effective(manifest: &Manifest, given: &Inputs) -> Result<EffectiveInputs, Vec<Violation>> {
    let mut effective = EffectiveInputs::default();
    let mut violations = Vec::new();
    let mut total = 0;
    for (input, outcome) in manifest.inputs.iter().zip(Resolver::run(manifest, given)) {
        match outcome {
            Outcome::Hidden | Outcome::Absent => {}
            Outcome::Broken(faults) => violations.extend(faults.into_iter().map(|fault| Violation {
                field: format!("inputs.{}", input.name),
                code: fault.code,
                message: fault.message,
            })),
            Outcome::Value(value) => {
                let text = Zeroizing::new(as_text(&value));
                // As `NAME=value` with its NUL.
                total += input.name.len() + text.len() + 2;
                if input.is_sensitive() {
                    effective.sensitive.insert(input.name.clone(), text);
                } else {
                    effective.plain.insert(input.name.clone(), value);
                }
            }
        }
    }
    let unknown = given.keys().filter(|name| manifest.input(name).is_none());
    violations.extend(unknown.take(MAX_UNKNOWN).map(|name| Violation {
        field: format!("inputs.{}", name.chars().take(63).flat_map(char::escape_debug).collect::<String>()),
        code: "INPUT_UNKNOWN",
        message: format!("{} has no such input", manifest.id),
    }));
    if total > MAX_TOTAL_BYTES {
        violations.push(Violation {
            field: "inputs".to_owned(),
            code: "INPUT_TOO_LONG",
            message: format!(
                "all inputs together must have at most {MAX_TOTAL_BYTES} bytes, and have {total}"
            ),
        });
    }
    if violations.is_empty() { Ok(effective) } else { Err(violations) }
}

/// The inputs that are visible, not given, and to be generated.
pub(super) fn wanted<'m>(manifest: &'m Manifest, given: &Inputs) -> Vec<(String, &'m Generate)> {
    let is_given = |input: &Input| given.get(&input.name).is_some_and(|value| *value != Value::Null);
    let outcomes = Resolver::run(manifest, given);
    let visible =
        manifest.inputs.iter().zip(outcomes).filter(|(_, outcome)| !matches!(outcome, Outcome::Hidden));
    let missing = visible.filter(|(input, _)| !is_given(input));
    missing.filter_map(|(input, _)| Some((input.name.clone(), input.generate.as_ref()?))).collect()
}

pub(super) fn password(how: &Generate, random: &mut dyn FnMut(&mut [u8])) -> String {
    let alphabet = how.alphabet.as_bytes();
    // Bytes above the last whole multiple would favour the first characters.
    let fair = 256 - 256 % alphabet.len().max(1);
    let mut password = String::with_capacity(how.length);
    let mut buffer = Zeroizing::new([0; 64]);
    while password.len() < how.length && !alphabet.is_empty() {
        random(&mut *buffer);
        let drawn = buffer.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < fair);
        let room = how.length - password.len();
        password.extend(drawn.take(room).map(|byte| char::from(alphabet[byte % alphabet.len()])));
    }
    password
}
