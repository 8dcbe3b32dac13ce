use std::path::Path;

use super::read::parse;
use super::*;
use purvey_contract::manifest::Manifest;

const MANIFEST: &str = "\
id: app
name: App
version: 1.0.0
install_script: install.sh
inputs:
  - {name: port, type: port, default: 80}
  - {name: size, type: integer, default: 1}
  - {name: title, type: string, default: Hello}
";

const GOOD: &str = "\
variants: [{what: all, inputs: {port: 81, size: 2, title: Bye}}]
serves: [{http: {port: port, contains: '${title}'}}]
reconfigure: [{what: bigger, inputs: {size: 3}}]
hostile: {title: {lands: [{run: 'true'}]}}
";

fn problems(text: &str) -> Vec<String> {
    parse(text, &Manifest::parse(MANIFEST).unwrap()).unwrap_err()
}

#[test]
fn the_shipped_descriptions_fit_to_their_apps() {
    let installers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../installers");
    for entry in std::fs::read_dir(installers).unwrap() {
        let folder = entry.unwrap().path();
        let Ok(text) = std::fs::read_to_string(folder.join("manifest.yml")) else { continue };
        let lifecycle = read(&folder, &Manifest::parse(&text).unwrap()).unwrap();
        assert!(!lifecycle.serves.is_empty());
    }
}

#[test]
fn a_port_is_a_number_or_an_input() {
    let good = parse(GOOD, &Manifest::parse(MANIFEST).unwrap()).unwrap();
    assert_eq!(good.serves[0].http.as_ref().unwrap().port, Port::Input("port".to_owned()));
    let fixed = GOOD.replace("port: port", "port: 8080");
    let fixed = parse(&fixed, &Manifest::parse(MANIFEST).unwrap()).unwrap();
    assert_eq!(fixed.serves[0].http.as_ref().unwrap().port, Port::Fixed(8080));
    let wrong = problems(&GOOD.replace("port: port", "port: 70000"));
    assert!(wrong[0].contains("1 to 65535") && wrong[0].contains("line 2"), "{wrong:?}");
}

#[test]
fn an_unknown_key_is_an_error_with_its_place() {
    let wrong = problems(&format!("{GOOD}servs: []\n"));
    assert!(wrong[0].contains("unknown field `servs`") && wrong[0].contains("line 5 column 1"), "{wrong:?}");
    let wrong = problems(&GOOD.replace("contains:", "contain:"));
    assert!(wrong[0].contains("unknown field `contain`") && wrong[0].contains("line 2"), "{wrong:?}");
}

#[test]
fn everything_that_does_not_fit_is_said_at_once() {
    let wrong = problems(
        "\
defaults: {port: 0, nope: 1}
variants: [{what: some, inputs: {size: 2}}]
serves: [{http: {port: title}, run: x}, {tcp: {port: nope}}, {run: x, contains: '${nope}'}]
refused: [{what: neither, inputs: {}}]
living: [{path: var, why: x}]
residue: [{why: ''}]
",
    );
    let wrong = wrong.join("\n");
    for part in [
        "defaults.port: must be a port",
        "defaults.nope: app has no such input",
        "variants: no variant shows another value than the default of port, title",
        "serves[0]: a check is exactly one of",
        "serves[0].port: the input `title` holds no port",
        "serves[1].port: app has no input `nope`; it has port, size, title",
        "serves[2]: app has no input `nope`",
        "reconfigure: at least one change",
        "hostile: title: the input takes values such as",
        "refused[0]: give either",
        "living[0].path: this must be an absolute path",
        "residue[0]: name exactly one of",
    ] {
        assert!(wrong.contains(part), "{part}\nis not in\n{wrong}");
    }
    assert!(!wrong.contains("break"), "an app without a verify script needs no way to break it");
}

#[test]
fn an_app_without_a_description_is_told_what_to_write() {
    let folder = tempfile::tempdir().unwrap();
    let error = read(folder.path(), &Manifest::parse(MANIFEST).unwrap()).unwrap_err().to_string();
    assert!(error.contains("lifecycle.yml is not there") && error.contains("docs/reference"), "{error}");
}
