//! From the text to a [`Lifecycle`], and whether it is one of this app.

use std::fmt;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use purvey_contract::manifest::Manifest;
use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::{Lifecycle, Port, against};

/// The name of the description in an app's folder.
pub(crate) const FILE: &str = "lifecycle.yml";

/// Reads the description in an app's folder.
///
/// # Errors
/// There is none, its form is wrong (with line and column), or what does not fit to the manifest: all of that at once.
pub(crate) fn read(folder: &Path, manifest: &Manifest) -> Result<Lifecycle> {
    let path = folder.join(FILE);
    let text = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => bail!(
            "{} is not there: the test needs to be told what the app serves; docs/reference/lifecycle.md says how",
            path.display()
        ),
        read => read.with_context(|| format!("reading {}", path.display()))?,
    };
    let lifecycle = parse(&text, manifest);
    lifecycle.map_err(|problems| {
        let lines: Vec<String> =
            problems.iter().map(|problem| format!("{}: {problem}", path.display())).collect();
        anyhow::anyhow!(lines.join("\n"))
    })
}

/// Reads a text.
///
/// # Errors
/// Everything that is wrong. Never empty.
pub(super) fn parse(text: &str, manifest: &Manifest) -> Result<Lifecycle, Vec<String>> {
    let lifecycle: Lifecycle = crate::yaml::read(text).map_err(|error| vec![error])?;
    let problems = against::problems(&lifecycle, manifest);
    if problems.is_empty() { Ok(lifecycle) } else { Err(problems) }
}

impl<'de> Deserialize<'de> for Port {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct One;
        impl Visitor<'_> for One {
            type Value = Port;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a port from 1 to 65535, or the name of the input that holds it")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Port, E> {
                match u16::try_from(number) {
                    Ok(port @ 1..) => Ok(Port::Fixed(port)),
                    _ => Err(E::custom("a port is a number from 1 to 65535")),
                }
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Port, E> {
                Ok(Port::Input(name.to_owned()))
            }
        }
        deserializer.deserialize_any(One)
    }
}
