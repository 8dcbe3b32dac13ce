//! One input of an app.

use regex_lite::Regex;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Condition;

/// Something that the app asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Lower-case letters, digits and underscores; its upper case is the environment variable.
    pub name: String,
    /// What kind of value.
    pub kind: InputKind,
    /// What people call it; the name if not given.
    pub label: String,
    /// What it means.
    pub description: String,
    /// Whether it must have a value when it is visible.
    pub required: bool,
    /// The value if none is given, already of the right type.
    pub default: Option<Value>,
    /// How to make up a value if none is given (passwords only).
    pub generate: Option<Generate>,
    /// Whether the value is a secret. Always true for passwords.
    pub sensitive: bool,
    /// What values are allowed.
    pub validation: Validation,
    /// When it is asked for; always if none.
    pub visible_if: Option<Condition>,
    /// What an empty field shows.
    pub placeholder: Option<String>,
    /// A longer explanation.
    pub help: Option<String>,
    /// The heading it stands under.
    pub group: Option<String>,
}

impl Input {
    /// The environment variable: the name in upper case.
    pub fn env_name(&self) -> String {
        self.name.to_ascii_uppercase()
    }

    /// Whether the value is a secret.
    pub fn is_sensitive(&self) -> bool {
        self.sensitive || self.kind == InputKind::Password
    }
}

/// The kinds of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum InputKind {
    /// One line.
    String,
    /// Any number of lines.
    Text,
    /// A whole number of 64 bits.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// One line, kept secret.
    Password,
    /// One of the allowed values.
    Select,
    /// Any of the allowed values.
    Multiselect,
    /// An e-mail address.
    Email,
    /// A port, 1 to 65535.
    Port,
    /// A host name (RFC 1123).
    Domain,
    /// An http or https address.
    Url,
    /// An absolute path.
    Path,
}

impl InputKind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::String,
        Self::Text,
        Self::Integer,
        Self::Boolean,
        Self::Password,
        Self::Select,
        Self::Multiselect,
        Self::Email,
        Self::Port,
        Self::Domain,
        Self::Url,
        Self::Path,
    ];

    /// The name in manifests and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Password => "password",
            Self::Select => "select",
            Self::Multiselect => "multiselect",
            Self::Email => "email",
            Self::Port => "port",
            Self::Domain => "domain",
            Self::Url => "url",
            Self::Path => "path",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Whether values are whole numbers.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Port)
    }
}

impl std::fmt::Display for InputKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How to make up a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generate {
    /// Characters, 8 to 256; 24 if not named.
    pub length: usize,
    /// What they are drawn from: 10 or more different printable ASCII characters; letters and digits if not named.
    pub alphabet: String,
}

/// What values are allowed.
#[derive(Clone, Debug, Default)]
pub struct Validation {
    /// A regular expression that the whole value must match.
    pub pattern: Option<Pattern>,
    /// The fewest characters, or chosen values.
    pub min_length: Option<usize>,
    /// The most characters, or chosen values.
    pub max_length: Option<usize>,
    /// The lowest number.
    pub min_value: Option<i64>,
    /// The highest number.
    pub max_value: Option<i64>,
    /// The values to choose from, of the input's type; empty for any.
    pub allowed_values: Vec<Value>,
    /// What to say, in place of the general message, when a rule is broken.
    pub messages: Vec<(Rule, String)>,
}

impl Validation {
    /// What to say when a rule is broken.
    pub fn message(&self, rule: Rule) -> Option<&str> {
        self.messages.iter().find(|(of, _)| *of == rule).map(|(_, message)| message.as_str())
    }
}

impl PartialEq for Validation {
    fn eq(&self, other: &Self) -> bool {
        let Self { pattern, min_length, max_length, min_value, max_value, allowed_values, messages } = self;
        pattern.as_ref().map(Pattern::as_str) == other.pattern.as_ref().map(Pattern::as_str)
            && (min_length, max_length) == (&other.min_length, &other.max_length)
            && (min_value, max_value) == (&other.min_value, &other.max_value)
            && (allowed_values, messages) == (&other.allowed_values, &other.messages)
    }
}

/// The rules of a validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// `pattern`.
    Pattern,
    /// `min_length`.
    MinLength,
    /// `max_length`.
    MaxLength,
    /// `min_value`.
    MinValue,
    /// `max_value`.
    MaxValue,
    /// `allowed_values`.
    AllowedValues,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Pattern,
        Self::MinLength,
        Self::MaxLength,
        Self::MinValue,
        Self::MaxValue,
        Self::AllowedValues,
    ];

    /// The key in a manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pattern => "pattern",
            Self::MinLength => "min_length",
            Self::MaxLength => "max_length",
            Self::MinValue => "min_value",
            Self::MaxValue => "max_value",
            Self::AllowedValues => "allowed_values",
        }
    }
}

/// A regular expression that must match a whole value, in time linear to its length. `\w`, `\d` and `\s` are ASCII, and there
/// are no Unicode classes: the engine is a small one, because every agent carries it.
#[derive(Clone, Debug)]
pub struct Pattern {
    source: String,
    regex: Regex,
}

impl Pattern {
    /// The longest pattern, in bytes.
    pub const MAX_BYTES: usize = 1024;
    const MAX_COMPILED_BYTES: usize = 256 * 1024;

    /// Compiles a pattern.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn new(source: &str) -> Result<Self, String> {
        if source.len() > Self::MAX_BYTES {
            return Err(format!("a pattern has at most {} bytes", Self::MAX_BYTES));
        }
        // Alone first, so that `a)|(b` cannot lean on the group it is put into.
        let build = |text: &str| {
            let compiled = regex_lite::RegexBuilder::new(text)
                .size_limit(Self::MAX_COMPILED_BYTES)
                .nest_limit(32)
                .build();
            compiled.map_err(|error| match error.to_string() {
                long if long.contains("size limit") => {
                    "it becomes too large; limit the length by `max_length`".to_owned()
                }
                other => other,
            })
        };
        build(source)?;
        Ok(Self { source: source.to_owned(), regex: build(&format!(r"\A(?:{source})\z"))? })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Whether the whole value matches.
    pub fn matches(&self, value: &str) -> bool {
        self.regex.is_match(value)
    }
}
