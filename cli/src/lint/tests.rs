use std::path::PathBuf;

use tempfile::TempDir;

use super::print::Report;
use super::rules::Level;
use super::*;

mod bundles;
mod forms;
mod guide;
mod scripts;

const HEAD: &str = "\
id: app
name: App
version: 1.0.0
description: Does something.
category: tests
author: Somebody
licence: MIT
icon: icon.svg
install_script: install.sh
uninstall_script: install.sh
verify_script: install.sh
";

const INPUTS: &str = "\
inputs:
  - {name: site, type: string, label: Site, description: Free text.}
  - {name: word, type: string, label: Word, description: Tame., validation: {pattern: '[a-z]+'}}
  - {name: http_port, type: port, label: Port, description: A number.}
  - {name: secret, type: password, label: Secret, description: Nobody may see it.}
outputs:
  - {name: address, description: Where it is.}
  - {name: token, description: A secret one., sensitive: true}
";

const ICON: &str =
    r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8"/></svg>"#;

/// Uses every input, so that what is found is about something else.
const USES: &str = ": \"${SITE:-}\" \"${WORD:-}\" \"${HTTP_PORT:-}\" \"${SECRET:-}\"\n";

struct Folder {
    folder: TempDir,
}

impl Folder {
    /// An app without a flaw, to be damaged.
    fn new(script: &str) -> Self {
        let folder = Self { folder: tempfile::tempdir().unwrap() };
        folder.write("manifest.yml", &format!("{HEAD}{INPUTS}")).write("icon.svg", ICON);
        folder.script("install.sh", &format!("#!/bin/bash\nset -euo pipefail\n{USES}{script}\n"))
    }

    fn path(&self) -> PathBuf {
        // Its parent may hold whatever.
        self.folder.path().join("app")
    }

    fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    fn script(self, path: &str, text: &str) -> Self {
        self.write(path, text);
        std::fs::set_permissions(self.path().join(path), std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .unwrap();
        self
    }

    fn findings(&self) -> Vec<Finding> {
        folder(&self.path(), false).unwrap()
    }

    /// `line:column code level message`, the lines of scripts counted behind the head.
    fn found(&self) -> Vec<String> {
        let shown = |finding: &Finding| {
            let place = match (finding.line, finding.column) {
                (Some(line), Some(column)) => format!("{line}:{column}"),
                _ => "-".to_owned(),
            };
            let level = finding.level.as_str();
            format!("{place} {} {level}: {}", finding.rule.code, finding.message)
        };
        self.findings().iter().map(shown).collect()
    }

    fn codes(&self) -> Vec<&'static str> {
        self.findings().iter().map(|finding| finding.rule.code).collect()
    }
}

#[test]
fn the_shipped_apps_are_clean() {
    let installers = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../installers");
    let mut seen = 0;
    for entry in std::fs::read_dir(installers).unwrap() {
        let path = entry.unwrap().path();
        if path.join("manifest.yml").is_file() {
            let found = folder(&path, shellcheck_is_installed()).unwrap();
            let report = Report { findings: found, apps: 1, shellcheck: true };
            assert!(report.findings.is_empty(), "{}", report.text(false));
            seen += 1;
        }
    }
    assert!(seen >= 2);
}

#[test]
fn every_rule_has_a_code_of_its_own_and_explains_itself() {
    let mut codes: Vec<&str> = rules::ALL.iter().map(|rule| rule.code).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), rules::ALL.len());
    for rule in rules::ALL {
        assert!(rule.what.ends_with('.') && rule.why.ends_with('.') && rule.fix.len() > 10, "{}", rule.code);
        assert_eq!(rules::of(rule.name).unwrap().code, rule.code);
        assert!(rule.explained().contains(rule.code));
    }
}
