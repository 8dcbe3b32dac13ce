//! `purvey new`: the folder of a new app, for a Debian package with a service. It lints clean and works as it is.

use std::path::{Path, PathBuf};

use purvey_contract::id::{Digest, Name};

mod library;
#[cfg(test)]
mod tests;

pub(crate) use library::is_shared;

/// The schema that editors complete a manifest by.
const SCHEMA: &str = include_str!("../../docs/reference/manifest.schema.json");
const SCHEMA_BESIDE: &str = ".manifest.schema.json";

/// What the new app is.
#[derive(Clone, Debug)]
pub(crate) struct NewApp {
    pub(crate) id: Name,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) publisher: Name,
    pub(crate) maintainer: String,
    /// At least one; the service comes with the first.
    pub(crate) packages: Vec<String>,
    pub(crate) service: String,
    pub(crate) port: Option<u16>,
}

/// A file to be written.
struct File {
    path: String,
    text: String,
    is_executable: bool,
}

/// Writes the app's folder into another one, and returns where. Beside a shell library it uses that one; else it brings one
/// along.
///
/// # Errors
/// The folder is there already, or cannot be written.
pub(crate) fn write(app: &NewApp, into: &Path) -> std::io::Result<PathBuf> {
    let folder = into.join(app.id.as_str());
    if std::fs::symlink_metadata(&folder).is_ok() {
        let message = format!("{} is there already", folder.display());
        return Err(std::io::Error::new(std::io::ErrorKind::AlreadyExists, message));
    }
    let has_library = into.join("lib/purvey.sh").is_file();
    let has_schema = has_library && into.join("../docs/reference/manifest.schema.json").is_file();
    std::fs::create_dir_all(&folder)?;
    for File { path, text, is_executable } in files(app, &folder, has_library, has_schema) {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&path, text)?;
        let mode = if is_executable { 0o755 } else { 0o644 };
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode))?;
    }
    Ok(folder)
}

fn files(app: &NewApp, folder: &Path, has_library: bool, has_schema: bool) -> Vec<File> {
    let words = words(app, folder, has_library, has_schema);
    let fill = |template: &str| {
        let mut text = template.to_owned();
        // Twice: what is filled in may have words of its own.
        for _ in 0..2 {
            for (word, value) in &words {
                text = text.replace(&format!("@{word}@"), value);
            }
        }
        text
    };
    let file = |path: &str, template: &str| File {
        path: path.to_owned(),
        text: fill(template),
        is_executable: false,
    };
    let script = |path: &str, template: &str| File { is_executable: true, ..file(path, template) };
    let mut files = vec![
        file("manifest.yml", include_str!("scaffold/manifest.yml.in")),
        script("install.sh", include_str!("scaffold/install.sh.in")),
        script("verify.sh", include_str!("scaffold/verify.sh.in")),
        script("uninstall.sh", include_str!("scaffold/uninstall.sh.in")),
        file(&format!("{}.sh", app.id), include_str!("scaffold/app.sh.in")),
        file("service.conf.in", include_str!("scaffold/service.conf.in.in")),
        file("lifecycle.yml", include_str!("scaffold/lifecycle.yml.in")),
        file("icon.svg", include_str!("scaffold/icon.svg.in")),
        file("README.md", include_str!("scaffold/README.md.in")),
    ];
    let plain = |path: String, text: &str| File { path, text: text.to_owned(), is_executable: false };
    if !has_schema {
        files.push(plain(SCHEMA_BESIDE.to_owned(), SCHEMA));
    }
    if !has_library {
        files.extend(library::FILES.iter().map(|(name, text)| plain(format!("lib/{name}"), text)));
        files.push(plain(".shellcheckrc".to_owned(), "source-path=SCRIPTDIR\nexternal-sources=true\n"));
    }
    files
}

/// What the templates' words stand for.
fn words(app: &NewApp, folder: &Path, has_library: bool, has_schema: bool) -> Vec<(&'static str, String)> {
    let port = app.port.map(|port| port.to_string()).unwrap_or_default();
    let if_port = |text: &str| if app.port.is_some() { text.to_owned() } else { String::new() };
    let first = Digest::of(app.id.as_str().as_bytes()).0[0];
    vec![
        ("PORT_INPUT", if_port(include_str!("scaffold/port-input.in"))),
        ("PORTS", if_port(include_str!("scaffold/ports.in"))),
        ("PORT_FUNCTIONS", if_port(include_str!("scaffold/port-functions.in").trim_end_matches('\n'))),
        ("READ_PORT", if_port("\n  input_bool OPEN_FIREWALL")),
        ("REQUIRE_PORT", if_port("port_require_free @PORT@ @PROGRAMS@\n")),
        (
            "ANSWERS",
            if_port(
                "app_answers || fail_config \"nobody answers on port @PORT@\"\nif [[ $OPEN_FIREWALL == true ]]; then firewall_allow \
                 @PORT@/tcp; else firewall_allow; fi\n",
            ),
        ),
        ("VERIFY_PORT", if_port("app_answers || fail_config \"nobody answers on port @PORT@\"\n")),
        ("CLOSE_PORT", if_port("firewall_allow\n")),
        ("PORT_VARIANT", if_port("\n      open_firewall: true")),
        (
            "SERVES_PORT",
            if_port("\n  - what: it takes connections\n    run: exec 3<>/dev/tcp/127.0.0.1/@PORT@"),
        ),
        ("PROGRAMS", programs(app)),
        (
            "LIB_ROW",
            if has_library {
                String::new()
            } else {
                "| `lib/` | the shell library that every app has |\n".to_owned()
            },
        ),
        ("APP", app.id.to_string()),
        ("TITLE", app.title.clone()),
        ("DESCRIPTION", app.description.clone()),
        ("PUBLISHER", app.publisher.to_string()),
        ("MAINTAINER", app.maintainer.clone()),
        ("PACKAGES", app.packages.join(" ")),
        ("SERVICE", app.service.clone()),
        ("PORT", port),
        ("LIB", if has_library { "../lib" } else { "lib" }.to_owned()),
        (
            "SCHEMA",
            if has_schema { "../../docs/reference/manifest.schema.json" } else { SCHEMA_BESIDE }.to_owned(),
        ),
        ("HERE", folder.display().to_string()),
        ("HUE", (u32::from(first) * 360 / 256).to_string()),
        ("LETTER", app.title.chars().next().unwrap_or('?').to_uppercase().to_string()),
    ]
}

/// The names under which the program may listen: that of the service, and what the kernel keeps of it.
fn programs(app: &NewApp) -> String {
    let mut names: Vec<String> = Vec::new();
    for name in [&app.service, &app.packages[0], &app.id.to_string()] {
        // `comm` of proc(5) has 15 bytes.
        let name: String = name.chars().take(15).collect();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(" ")
}
