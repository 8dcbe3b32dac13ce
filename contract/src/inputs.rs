//! Inputs: what a caller gave, judged against the manifest. The same code decides in control plane, agent and CLI.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serializer as _;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::manifest::Manifest;

mod resolve;
pub(crate) mod value;

/// Values by the name of their input.
pub type Inputs = Map<String, Value>;

/// The longest value, in bytes, as its environment variable.
pub const MAX_VALUE_BYTES: usize = 64 * 1024;

/// The most bytes that all inputs together may have, names included, as environment variables.
pub const MAX_TOTAL_BYTES: usize = 128 * 1024;

/// Valid inputs: visible ones only, defaults filled in, each value of its input's type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EffectiveInputs {
    /// Values that may be shown.
    pub plain: Inputs,
    /// Secrets.
    pub sensitive: SensitiveInputs,
}

/// Secret values by the name of their input, wiped from memory when dropped. Shows only the names.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SensitiveInputs(BTreeMap<String, Zeroizing<String>>);

impl fmt::Debug for SensitiveInputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl SensitiveInputs {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The secret of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.as_str())
    }

    /// Adds or replaces a secret.
    pub fn insert(&mut self, name: String, value: Zeroizing<String>) {
        self.0.insert(name, value);
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Names and secrets, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The form that is encrypted and sealed: a JSON object of texts, sorted by name.
    pub fn to_plaintext(&self) -> Zeroizing<Vec<u8>> {
        // Sized for the worst escaping: a buffer that grows would leave copies behind.
        let room = self.iter().map(|(name, value)| 6 * (name.len() + value.len() + 1)).sum::<usize>() + 2;
        let mut text = Zeroizing::new(Vec::with_capacity(room));
        let written = serde_json::Serializer::new(&mut *text).collect_map(self.iter());
        debug_assert!(written.is_ok(), "writing texts to memory cannot fail");
        text
    }

    /// Reads the form that [`Self::to_plaintext`] writes; none if it is something else.
    pub fn from_plaintext(text: &[u8]) -> Option<Self> {
        let map: BTreeMap<String, String> = serde_json::from_slice(text).ok()?;
        Some(map.into_iter().collect())
    }
}

impl FromIterator<(String, String)> for SensitiveInputs {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(pairs: T) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name, Zeroizing::new(value))).collect())
    }
}

/// One thing that is wrong with the inputs. Never holds the value of a sensitive input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct Violation {
    /// The field, such as `inputs.http_port`.
    pub field: String,
    /// What kind of violation, stable: `INPUT_REQUIRED`, `INPUT_UNKNOWN`, `INPUT_WRONG_TYPE`, `INPUT_INVALID_FORMAT`,
    /// `INPUT_CONTROL_CHARACTER`, `INPUT_TOO_SMALL`, `INPUT_TOO_LARGE`, `INPUT_TOO_SHORT`, `INPUT_TOO_LONG`,
    /// `INPUT_NOT_ALLOWED`, `INPUT_DUPLICATE` or `INPUT_PATTERN_MISMATCH`.
    pub code: &'static str,
    /// What is wrong and what would be right.
    pub message: String,
}

impl EffectiveInputs {
    /// The environment variables of a script, in the order of the manifest.
    pub fn environment(&self, manifest: &Manifest) -> Vec<(String, Zeroizing<String>)> {
        let value_of = |name: &str| match self.sensitive.get(name) {
            Some(secret) => Some(Zeroizing::new(secret.to_owned())),
            None => self.plain.get(name).map(|value| Zeroizing::new(as_text(value))),
        };
        let inputs = manifest.inputs.iter();
        inputs.filter_map(|input| Some((input.env_name(), value_of(&input.name)?))).collect()
    }

    /// Plain and secret values in one map again, to be validated.
    pub fn join(plain: &Inputs, sensitive: &SensitiveInputs) -> Inputs {
        let mut all = plain.clone();
        all.extend(sensitive.iter().map(|(name, value)| (name.to_owned(), Value::from(value))));
        all
    }
}

/// A value as an environment variable has it: texts literally, a multiselect's joined by commas.
pub fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(as_text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// Judges inputs against a manifest: coerces texts to the types (`"true"`, `"80"`), fills in defaults, drops hidden ones.
///
/// Texts are taken literally, never trimmed. Null is like not given, and so is the empty text for a number or truth
/// value. Whatever is accepted can be a variable of an environment: no NUL, control characters (line ends and tabs)
/// only in a `text`, at most [`MAX_VALUE_BYTES`] each and [`MAX_TOTAL_BYTES`] together.
///
/// # Errors
/// All violations at once, in the order of the manifest. Never empty.
pub fn validate(manifest: &Manifest, given: &Inputs) -> Result<EffectiveInputs, Vec<Violation>> {
    resolve::effective(manifest, given)
}

/// Makes up the passwords that the manifest wants generated and that were not given, and returns their names. To be
/// called before [`validate`]; `random` fills a buffer with random bytes.
pub fn generate(manifest: &Manifest, given: &mut Inputs, random: &mut dyn FnMut(&mut [u8])) -> Vec<String> {
    let mut made = Vec::new();
    for (name, how) in resolve::wanted(manifest, given) {
        given.insert(name.clone(), resolve::password(how, random).into());
        made.push(name);
    }
    made
}

#[cfg(test)]
mod tests;
