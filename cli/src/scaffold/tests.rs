use std::collections::BTreeSet;

use super::*;
use crate::lint;

fn redis() -> NewApp {
    NewApp {
        id: "redis".parse().unwrap(),
        title: "Redis".to_owned(),
        description: "Runs Redis from the packages of the system.".to_owned(),
        publisher: "local".parse().unwrap(),
        maintainer: "Jane Doe <jane@example.com>".to_owned(),
        packages: vec!["redis-server".to_owned()],
        service: "redis-server".to_owned(),
        port: Some(6379),
    }
}

fn assert_clean(folder: &Path) {
    let found = lint::folder(folder, lint::shellcheck_is_installed()).unwrap();
    let shown: Vec<String> =
        found.iter().map(|it| format!("{}: {} {}", it.place(), it.rule.code, it.message)).collect();
    assert!(shown.is_empty(), "{shown:#?}");
}

#[test]
fn a_new_app_lints_clean_wherever_it_lies() {
    let alone = tempfile::tempdir().unwrap();
    let folder = write(&redis(), alone.path()).unwrap();
    assert!(folder.join("lib/purvey.sh").is_file() && folder.join(".manifest.schema.json").is_file());
    assert_clean(&folder);

    let tree = tempfile::tempdir().unwrap();
    let installers = tree.path().join("installers");
    std::fs::create_dir_all(installers.join("lib")).unwrap();
    for (name, text) in library::FILES {
        std::fs::write(installers.join("lib").join(name), text).unwrap();
    }
    let without_port = NewApp { id: "cron".parse().unwrap(), port: None, ..redis() };
    for app in [redis(), without_port] {
        let folder = write(&app, &installers).unwrap();
        assert!(!folder.join("lib").exists());
        assert_clean(&folder);
    }
    let again = write(&redis(), &installers).unwrap_err();
    assert!(again.to_string().contains("there already"), "{again}");
}

#[test]
fn what_a_new_app_is_proven_by_is_understood() {
    let alone = tempfile::tempdir().unwrap();
    let folder = write(&redis(), alone.path()).unwrap();
    crate::lab_test::read(&[folder]).unwrap();
}

#[test]
fn nothing_is_left_to_be_filled_in() {
    for port in [None, Some(80)] {
        for file in files(&NewApp { port, ..redis() }, Path::new("redis"), true, true) {
            assert!(!file.text.contains(" @") && !file.text.contains("@\n"), "{}\n{}", file.path, file.text);
            assert!(!file.text.contains("\n\n\n"), "{}\n{}", file.path, file.text);
            assert!(
                file.text.ends_with('\n') && !file.text.ends_with("\n\n"),
                "{}\n{:?}",
                file.path,
                file.text
            );
        }
    }
}

#[test]
fn the_library_that_is_brought_along_is_whole() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../installers/lib");
    let there: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".sh"))
        .collect();
    let brought: BTreeSet<String> = library::FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(there, brought, "list the files of installers/lib in cli/src/scaffold/library.rs");
}
