//! What `docs/writing-an-installer.md` shows must be so.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use clap::Parser as _;
use purvey_contract::manifest::Manifest;

use super::*;

const GUIDE: &str = include_str!("../../../../docs/writing-an-installer.md");

/// A block of code.
struct Block {
    language: String,
    /// The comment before it: what it is a part of.
    part_of: String,
    text: String,
}

fn blocks() -> Vec<Block> {
    let (mut blocks, mut open): (Vec<Block>, Option<Block>) = (Vec::new(), None);
    let mut part_of = String::new();
    for line in GUIDE.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => {
                let part_of = std::mem::take(&mut part_of);
                open = Some(Block { language: language.to_owned(), part_of, text: String::new() });
            }
            (Some(_), Some("")) => blocks.extend(open.take()),
            (Some(block), _) => block.text += &format!("{line}\n"),
            (None, None) => {
                if let Some(comment) = line.strip_prefix("<!-- ").and_then(|line| line.strip_suffix(" -->")) {
                    part_of = comment.to_owned();
                }
            }
        }
    }
    blocks
}

/// The app of the guide, in a tree with the shell library.
fn app(folder: &Path) -> PathBuf {
    let app = folder.join("memcached");
    std::fs::create_dir_all(&app).unwrap();
    std::os::unix::fs::symlink(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../installers/lib"),
        folder.join("lib"),
    )
    .unwrap();
    for block in blocks() {
        if let Some(path) = block.part_of.strip_prefix("file: ") {
            let at = app.join(path);
            std::fs::write(&at, &block.text).unwrap();
            let mode = if block.text.starts_with("#!") { 0o755 } else { 0o644 };
            std::fs::set_permissions(at, std::fs::Permissions::from_mode(mode)).unwrap();
        }
    }
    std::fs::write(app.join("icon.svg"), ICON).unwrap();
    app
}

#[test]
fn the_app_of_the_guide_lints_clean() {
    let folder = tempfile::tempdir().unwrap();
    let findings = super::folder(&app(folder.path()), shellcheck_is_installed()).unwrap();
    let report = Report { findings, apps: 1, shellcheck: true };
    assert!(report.findings.is_empty(), "{}", report.text(false));
}

#[test]
fn the_app_of_the_guide_can_be_proven() {
    let folder = tempfile::tempdir().unwrap();
    crate::lab_test::read(&[app(folder.path())]).unwrap();
}

#[test]
fn every_block_of_the_guide_is_checked_somehow() {
    for block in blocks() {
        let known = match block.language.as_str() {
            "sh" => block.part_of.is_empty(),
            "yaml" => {
                block.part_of == "inputs"
                    || block.part_of.starts_with("file: ")
                    || block.text.starts_with('#')
            }
            "bash" => block.part_of.starts_with("shell") || block.part_of.starts_with("file: "),
            "text" => block.part_of.starts_with("file: "),
            _ => false,
        };
        assert!(known, "nothing checks this:\n{}", block.text);
    }
}

#[test]
fn the_inputs_of_the_guide_load() {
    let mut seen = 0;
    for block in blocks().iter().filter(|block| block.part_of == "inputs") {
        let text = format!("id: a\nname: A\nversion: 1.0.0\ninstall_script: install.sh\n{}", block.text);
        let manifest =
            Manifest::parse(&text).unwrap_or_else(|problems| panic!("{}\n{problems:#?}", block.text));
        assert!(manifest.remarks.is_empty(), "{:#?}", manifest.remarks);
        seen += 1;
    }
    assert_eq!(seen, 2);
}

#[test]
fn the_shell_of_the_guide_lints_clean() {
    for block in blocks().iter().filter(|block| block.part_of.starts_with("shell")) {
        let head = "#!/bin/bash\n# shellcheck source=../lib/purvey.sh\n. lib/purvey.sh\n";
        let head = if block.part_of == "shell: alone" { "" } else { head };
        let text = format!("{head}{}", block.text);
        let tree = tempfile::tempdir().unwrap();
        let path = app(tree.path());
        let inputs = [("admin_password", "password"), ("port", "port")];
        let used = inputs.into_iter().filter(|(name, _)| text.contains(&name.to_uppercase()));
        let used: Vec<_> = used
            .map(|(name, kind)| format!("{{name: {name}, type: {kind}, label: L, description: D.}}"))
            .collect();
        std::fs::write(path.join("manifest.yml"), format!("{HEAD}inputs: [{}]\n", used.join(", "))).unwrap();
        for file in ["memcached.sh", "verify.sh", "uninstall.sh"] {
            std::fs::remove_file(path.join(file)).unwrap();
        }
        std::fs::write(path.join("install.sh"), text).unwrap();
        let findings = super::folder(&path, shellcheck_is_installed()).unwrap();
        let report = Report { findings, apps: 1, shellcheck: true };
        assert!(report.findings.is_empty(), "{}", report.text(false));
    }
}

#[test]
fn the_commands_of_the_guide_can_be_typed() {
    let mut seen = 0;
    for line in blocks().iter().filter(|block| block.language == "sh").flat_map(|block| block.text.lines()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        crate::cli::Cli::try_parse_from(&words).unwrap_or_else(|error| panic!("{line}\n{error}"));
        seen += 1;
    }
    assert!(seen > 8);
}
