//! Rules for `Cargo.toml` files: lints and versions are the workspace's.

use super::{File, Finding};

/// Dependencies that name their own version, and why.
const OWN_VERSION: &[(&str, &str, &str)] = &[
    (
        "agent/Cargo.toml",
        "clap",
        "default features, which a workspace dependency cannot take off, would make it larger",
    ),
    ("agent/Cargo.toml", "tracing-subscriber", "its features would make the agent larger"),
];

pub(super) fn check(tree: &[File], found: &mut Vec<Finding>) {
    for file in tree.iter().filter(|it| it.path.ends_with("/Cargo.toml")) {
        // A workspace of its own, as fuzz targets are.
        if file.lines().any(|(_, line)| line.trim() == "[workspace]") {
            continue;
        }
        let mut section = "";
        let mut lints = false;
        for (number, line) in file.lines() {
            let line = line.trim();
            if line.starts_with('[') {
                section = line.trim_matches(['[', ']']);
                continue;
            }
            lints |= section == "lints" && line.replace(' ', "") == "workspace=true";
            if section.ends_with("dependencies") && !line.is_empty() && !line.starts_with('#') {
                dependency(file, number, line, found);
            }
        }
        if !lints {
            found.push(file.finding(1, "the workspace's lints are not taken over: [lints] workspace = true"));
        }
    }
}

fn dependency(file: &File, number: usize, line: &str, found: &mut Vec<Finding>) {
    let Some((name, value)) = line.split_once('=') else {
        return;
    };
    let name = name.trim();
    let shared = name.ends_with(".workspace") || value.replace(' ', "").contains("workspace=true");
    let allowed = |(path, dependency, _): &(&str, &str, &str)| file.path == *path && name == *dependency;
    if !shared && !OWN_VERSION.iter().any(allowed) {
        found.push(file.finding(number, format!("{name} names its own version; take the workspace's")));
    }
}
