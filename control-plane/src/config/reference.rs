//! What people read of the settings, made from their one description.

use std::fmt::Write as _;

use super::read::variable_of;
use super::settings::{Kind, SECTIONS, SETTINGS, Setting};

fn of_section(section: &str) -> impl Iterator<Item = (&'static Setting, &'static str)> {
    SETTINGS.iter().filter_map(move |setting| {
        let key = setting.name.strip_prefix(section)?.strip_prefix('.')?;
        Some((setting, key))
    })
}

/// The default file, with comments: what `config print-default` prints.
pub fn default_file() -> String {
    let mut text = String::from(
        "# Purvey control plane. Everything in here is a default: keep only what you change.\n\
         # Each setting can be overridden by an environment variable, PURVEY_<SECTION>_<KEY>.\n",
    );
    for (section, about) in SECTIONS {
        let _ = write!(text, "\n# {about}\n[{section}]\n");
        for (setting, key) in of_section(section) {
            for line in wrap(setting.about) {
                let _ = writeln!(text, "# {line}");
            }
            let _ = writeln!(text, "{key} = {}", setting.default);
        }
    }
    text
}

/// `docs/reference/configuration.md`.
pub fn markdown() -> String {
    let mut text = String::from(
        "# Configuration of the control plane\n\nGenerated from `control-plane/src/config/settings.rs`; a test compares. \
         One TOML file, `/etc/purvey/control-plane.toml` unless `--config` names another. Each setting can be overridden \
         by an environment variable. Unknown settings are refused. `control-plane config check` reads and judges a \
         file, `control-plane config print-default` prints one with all defaults.\n",
    );
    for (section, about) in SECTIONS {
        let _ =
            write!(text, "\n## `[{section}]`\n\n{about}\n\n| key | default | what it does | environment |\n");
        text.push_str("| --- | --- | --- | --- |\n");
        for (setting, key) in of_section(section) {
            let allowed = match setting.kind {
                Kind::Integer(least, most) => format!(" {least} to {most}."),
                Kind::OneOf(allowed) => format!(" One of `{}`.", allowed.join("`, `")),
                Kind::List => " A list; in the environment separated by commas.".to_owned(),
                Kind::Text | Kind::Boolean => String::new(),
            };
            let variable = variable_of(setting.name);
            let about = setting.about;
            let _ = writeln!(text, "| `{key}` | `{}` | {about}{allowed} | `{variable}` |", setting.default);
        }
    }
    text
}

fn wrap(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if !line.is_empty() && line.len() + word.len() >= 100 => lines.push(word.to_owned()),
            Some(line) => {
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(word);
            }
            None => {}
        }
    }
    lines
}
