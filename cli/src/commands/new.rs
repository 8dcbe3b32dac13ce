use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;
use purvey_contract::id::Name;
use serde::Serialize;

use crate::cli::Global;
use crate::failure::Failure;
use crate::output::Details;
use crate::scaffold::{self, NewApp};

const EXAMPLES: &str = "\
Examples:
  purvey new redis --package redis-server --port 6379
  purvey new grafana --package grafana --service grafana-server --port 3000 --publisher acme";

/// Begin an app: a folder that lints clean and installs a package with a service
///
/// Beside a shell library (`lib/purvey.sh`), as in `installers/` of the source tree, the app uses that one; elsewhere it brings
/// one along. What it asks for, and how it is configured, is then yours to write: docs/writing-an-installer.md.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct New {
    /// The app's id
    app: Name,
    /// The Debian packages; the service comes with the first. The app's id if not said
    #[arg(long = "package", value_name = "PACKAGE", value_parser = package)]
    packages: Vec<String>,
    /// The systemd service; the first package's name if not said
    #[arg(long, value_name = "SERVICE", value_parser = service)]
    service: Option<String>,
    /// The TCP port that it listens on
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// What people call it; made from the id if not said
    #[arg(long, value_name = "NAME", value_parser = line)]
    name: Option<String>,
    /// What it does, in a sentence
    #[arg(long, value_name = "TEXT", value_parser = line)]
    description: Option<String>,
    /// Who will sign it
    #[arg(long, value_name = "ID", default_value = "local")]
    publisher: Name,
    /// Who looks after it; what git knows about you if not said
    #[arg(long, value_name = "NAME", value_parser = line)]
    maintainer: Option<String>,
    /// The folder to make it in; `installers` if there is one here with a `lib`, else this one
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,
}

#[derive(Serialize)]
struct Made {
    app: String,
    folder: PathBuf,
}

pub(crate) fn run(global: &Global, new: New) -> Result<(), Failure> {
    let New { app, packages, service, port, name, description, publisher, maintainer, into } = new;
    let packages = if packages.is_empty() { vec![app.to_string()] } else { packages };
    let title = name.unwrap_or_else(|| title(app.as_str()));
    let wanted = NewApp {
        description: description
            .unwrap_or_else(|| format!("Runs {title} as a service, from the packages of the system.")),
        maintainer: maintainer.or_else(of_git).unwrap_or_else(|| "Your Name <you@example.com>".to_owned()),
        service: service.unwrap_or_else(|| packages[0].clone()),
        id: app,
        title,
        publisher,
        packages,
        port,
    };
    let into = into.unwrap_or_else(|| {
        let tree = Path::new("installers");
        if tree.join("lib/purvey.sh").is_file() { tree.to_owned() } else { PathBuf::new() }
    });
    let folder = scaffold::write(&wanted, &into).map_err(Failure::file(&into.join(wanted.id.as_str())))?;
    let out = global.printer();
    let here = folder.display();
    out.note(&format!("Look at it: purvey lint {here}\nProve it:   purvey lab test {here}"));
    let made = Made { app: wanted.id.to_string(), folder: folder.clone() };
    out.resource(&made, || {
        Details::default().line("app", &made.app).line("folder", made.folder.display().to_string()).text()
    })
}

/// `my-app` as a person writes it.
fn title(id: &str) -> String {
    let mut words = id.replace('-', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

fn of_git() -> Option<String> {
    let ask = |key: &str| {
        let output = Command::new("git").args(["config", "--get", key]).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
        line(&text).ok().filter(|_| output.status.success())
    };
    let (name, email) = (ask("user.name")?, ask("user.email"));
    Some(email.map_or_else(|| name.clone(), |email| format!("{name} <{email}>")))
}

/// The name of a Debian package (Debian Policy 5.6.1).
fn package(text: &str) -> Result<String, String> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+.-".contains(&byte);
    let good = text.len() >= 2 && text.bytes().all(allowed) && text.as_bytes()[0].is_ascii_alphanumeric();
    if good { Ok(text.to_owned()) } else { Err("a package is written like redis-server".to_owned()) }
}

/// The name of a unit without its ending.
fn service(text: &str) -> Result<String, String> {
    let text = text.strip_suffix(".service").unwrap_or(text);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    let good =
        !text.is_empty() && text.len() <= 100 && text.bytes().all(allowed) && !text.starts_with(['-', '.']);
    if good { Ok(text.to_owned()) } else { Err("a service is written like redis-server".to_owned()) }
}

/// A text that can stand in a manifest, a comment and a message without quotes.
fn line(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_alphanumeric() || " .,()<>@_+/-".contains(c);
    let text = text.trim();
    let good = text.chars().next().is_some_and(char::is_alphanumeric)
        && text.chars().count() <= 100
        && text.chars().all(allowed);
    if good {
        Ok(text.to_owned())
    } else {
        Err("write letters, digits, spaces and .,()<>@_+/- only; change it later".to_owned())
    }
}
