//! Reads the file and the environment against the settings, and says exactly where something is wrong.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use toml::de::{DeTable, DeValue};

use super::settings::{Kind, SECTIONS, SETTINGS, Setting};

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration file {} cannot be read", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{file}:{line}: not TOML: {message}")]
    Syntax {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// There is no such setting.
    #[error("{origin}: there is no setting `{name}`{}", suggest(nearest.as_deref()))]
    Unknown {
        /// File and line.
        origin: String,
        /// What was said.
        name: String,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// A setting has an impossible value.
    #[error("{origin}: `{name}`: {message}")]
    Wrong {
        /// File and line, variable, or "the default".
        origin: String,
        /// The setting.
        name: String,
        /// What is wrong and what would be right.
        message: String,
    },
}

fn suggest(nearest: Option<&str>) -> String {
    nearest.map(|nearest| format!("; did you mean `{nearest}`?")).unwrap_or_default()
}

/// What was said of every setting, and where.
pub(super) struct Values {
    found: BTreeMap<&'static str, Found>,
    pub(super) unknown_variables: Vec<String>,
}

struct Found {
    value: Value,
    origin: String,
}

enum Value {
    Text(String),
    Boolean(bool),
    Integer(u32),
    List(Vec<String>),
}

impl Values {
    pub(super) fn read(
        file: &str,
        text: &str,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut values = Self { found: BTreeMap::new(), unknown_variables: Vec::new() };
        for setting in SETTINGS {
            let parsed = DeValue::parse(setting.default).map_err(|error| ConfigError::Wrong {
                origin: "the default".to_owned(),
                name: setting.name.to_owned(),
                message: error.message().to_owned(),
            })?;
            values.take(setting, parsed.get_ref(), "the default".to_owned())?;
        }
        values.read_file(file, text)?;
        values.read_environment(environment)?;
        Ok(values)
    }

    fn read_file(&mut self, file: &str, text: &str) -> Result<(), ConfigError> {
        let line_at = |at: usize| match text.get(..at) {
            Some(before) => before.matches('\n').count() + 1,
            None => 1,
        };
        let document = DeTable::parse(text).map_err(|error| ConfigError::Syntax {
            file: file.to_owned(),
            line: line_at(error.span().map_or(0, |span| span.start)),
            message: error.message().to_owned(),
        })?;
        for (section, content) in document.get_ref() {
            let origin = format!("{file}:{}", line_at(section.span().start));
            let known = SECTIONS.iter().map(|(name, _)| *name);
            if !known.clone().any(|name| name == section.get_ref()) {
                let nearest = nearest(section.get_ref(), known).map(|name| format!("[{name}]"));
                return Err(ConfigError::Unknown { origin, name: section.get_ref().to_string(), nearest });
            }
            let DeValue::Table(settings) = content.get_ref() else {
                let message =
                    format!("this is a section; write [{}] on a line of its own", section.get_ref());
                return Err(ConfigError::Wrong { origin, name: section.get_ref().to_string(), message });
            };
            for (key, value) in settings {
                let origin = format!("{file}:{}", line_at(key.span().start));
                let name = format!("{}.{}", section.get_ref(), key.get_ref());
                let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) else {
                    let nearest =
                        nearest(&name, SETTINGS.iter().map(|setting| setting.name)).map(str::to_owned);
                    return Err(ConfigError::Unknown { origin, name, nearest });
                };
                self.take(setting, value.get_ref(), origin)?;
            }
        }
        Ok(())
    }

    fn read_environment(
        &mut self,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(), ConfigError> {
        for (variable, text) in environment {
            let Some(setting) = SETTINGS.iter().find(|setting| variable_of(setting.name) == variable) else {
                let looks_like_one = SECTIONS
                    .iter()
                    .any(|(section, _)| variable.starts_with(&format!("{}_", variable_of(section))));
                if looks_like_one {
                    self.unknown_variables.push(variable);
                }
                continue;
            };
            let wrong = |message: &str| ConfigError::Wrong {
                origin: format!("environment variable {variable}"),
                name: setting.name.to_owned(),
                message: message.to_owned(),
            };
            let value = match setting.kind {
                Kind::Text | Kind::OneOf(_) => Value::Text(text),
                Kind::Boolean => {
                    Value::Boolean(text.parse().map_err(|_| wrong("`true` or `false` is needed"))?)
                }
                Kind::Integer(..) => {
                    Value::Integer(text.parse().map_err(|_| wrong("a whole number is needed"))?)
                }
                Kind::List => {
                    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                    Value::List(items.map(str::to_owned).collect())
                }
            };
            self.keep(setting, value, format!("environment variable {variable}"))?;
        }
        Ok(())
    }

    fn take(
        &mut self,
        setting: &'static Setting,
        value: &DeValue<'_>,
        origin: String,
    ) -> Result<(), ConfigError> {
        let wrong = |message: &str| {
            let (origin, name) = (origin.clone(), setting.name.to_owned());
            ConfigError::Wrong { origin, name, message: message.to_owned() }
        };
        let value = match (setting.kind, value) {
            (Kind::Text | Kind::OneOf(_), DeValue::String(text)) => Value::Text(text.to_string()),
            (Kind::Text | Kind::OneOf(_), _) => return Err(wrong("a text in quotes is needed")),
            (Kind::Boolean, DeValue::Boolean(truth)) => Value::Boolean(*truth),
            (Kind::Boolean, _) => return Err(wrong("`true` or `false` is needed, without quotes")),
            (Kind::Integer(..), DeValue::Integer(number)) => {
                let number = u32::from_str_radix(number.as_str(), number.radix());
                Value::Integer(number.map_err(|_| wrong("a positive whole number is needed"))?)
            }
            (Kind::Integer(..), _) => return Err(wrong("a whole number is needed, without quotes")),
            (Kind::List, DeValue::Array(items)) => {
                let text = |item: &toml::Spanned<DeValue<'_>>| match item.get_ref() {
                    DeValue::String(text) => Ok(text.to_string()),
                    _ => Err(wrong("each item is a text in quotes")),
                };
                Value::List(items.iter().map(text).collect::<Result<_, _>>()?)
            }
            (Kind::List, _) => return Err(wrong("a list of texts is needed, such as [\"a\", \"b\"]")),
        };
        self.keep(setting, value, origin)
    }

    fn keep(&mut self, setting: &'static Setting, value: Value, origin: String) -> Result<(), ConfigError> {
        let problem = match (setting.kind, &value) {
            (Kind::Integer(least, most), Value::Integer(number)) if !(least..=most).contains(number) => {
                Some(format!("{number} is not between {least} and {most}"))
            }
            (Kind::OneOf(allowed), Value::Text(text)) if !allowed.contains(&text.as_str()) => {
                Some(format!("`{text}` is none of {}", allowed.join(", ")))
            }
            _ => None,
        };
        if let Some(message) = problem {
            return Err(ConfigError::Wrong { origin, name: setting.name.to_owned(), message });
        }
        self.found.insert(setting.name, Found { value, origin });
        Ok(())
    }

    pub(super) fn wrong(&self, name: &str, message: &str) -> ConfigError {
        let origin = self.found.get(name).map_or("the default", |found| &found.origin).to_owned();
        ConfigError::Wrong { origin, name: name.to_owned(), message: message.to_owned() }
    }

    pub(super) fn text(&self, name: &str) -> Result<String, ConfigError> {
        match self.found.get(name).map(|found| &found.value) {
            Some(Value::Text(text)) => Ok(text.clone()),
            _ => Err(self.wrong(name, "a text is needed")),
        }
    }

    pub(super) fn boolean(&self, name: &str) -> Result<bool, ConfigError> {
        match self.found.get(name).map(|found| &found.value) {
            Some(Value::Boolean(truth)) => Ok(*truth),
            _ => Err(self.wrong(name, "`true` or `false` is needed")),
        }
    }

    pub(super) fn integer(&self, name: &str) -> Result<u32, ConfigError> {
        match self.found.get(name).map(|found| &found.value) {
            Some(Value::Integer(number)) => Ok(*number),
            _ => Err(self.wrong(name, "a whole number is needed")),
        }
    }

    pub(super) fn list(&self, name: &str) -> Result<Vec<String>, ConfigError> {
        match self.found.get(name).map(|found| &found.value) {
            Some(Value::List(items)) => Ok(items.clone()),
            _ => Err(self.wrong(name, "a list is needed")),
        }
    }

    pub(super) fn parse<T: FromStr>(&self, name: &str, expected: &str) -> Result<T, ConfigError> {
        let text = self.text(name)?;
        text.parse()
            .map_err(|_| self.wrong(name, &format!("`{text}` is not what is needed here: {expected}")))
    }

    pub(super) fn path(&self, name: &str) -> Result<Option<PathBuf>, ConfigError> {
        Ok(Some(self.text(name)?).filter(|path| !path.is_empty()).map(PathBuf::from))
    }

    pub(super) fn required_path(&self, name: &str) -> Result<PathBuf, ConfigError> {
        self.path(name)?.ok_or_else(|| self.wrong(name, "a path is needed"))
    }
}

/// The environment variable of a setting or a section.
pub(super) fn variable_of(name: &str) -> String {
    format!("PURVEY_{}", name.to_ascii_uppercase().replace('.', "_"))
}

/// The name that was probably meant: by Levenshtein distance, if near enough.
fn nearest<'a>(said: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (said.len() / 3).max(2);
    known
        .map(|name| (distance(said, name), name))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, name)| name)
}

fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
