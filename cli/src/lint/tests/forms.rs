//! How findings are said: for people, as JSON, as SARIF.

use serde_json::{Value, json};

use super::*;

fn report() -> Report {
    let folder = Folder::new("mkdir /srv/x\n\tmysql -p\"$SECRET\"\n# purvey-lint: allow PV023\ntrue");
    let mut findings = folder.findings();
    // The folder has another name each time.
    for finding in &mut findings {
        let source = finding.source.clone();
        let (_, path) = source.path.rsplit_once("/app/").unwrap();
        finding.source =
            Arc::new(finding::Source { path: format!("apps/my app/{path}"), text: source.text.clone() });
    }
    Report { findings, apps: 1, shellcheck: false }
}

#[test]
fn people_see_the_place_and_what_to_do() {
    insta::assert_snapshot!(report().text(false));
}

#[test]
fn programs_see_everything() {
    let json = serde_json::to_value(report().to_json()).unwrap();
    assert_eq!((&json["errors"], &json["warnings"], &json["apps"]), (&json!(2), &json!(1), &json!(1)));
    let first = &json["findings"][0];
    assert_eq!(
        (&first["code"], &first["level"], &first["line"], &first["column"]),
        (&json!("PV025"), &json!("warning"), &json!(4), &json!(1))
    );
    for key in ["name", "path", "message", "explanation", "fix"] {
        assert!(first[key].as_str().is_some_and(|text| !text.is_empty()), "{key}");
    }
}

/// An object with these properties and no others.
fn object(required: &[&str], properties: Value) -> Value {
    json!({"type": "object", "required": required, "properties": properties, "additionalProperties": false})
}

/// What SARIF 2.1.0 says about the parts that are used, with nothing allowed that it does not know.
fn shape() -> Value {
    let text = json!({"type": "string"});
    let message = object(&["text"], json!({"text": {"type": "string", "minLength": 1}}));
    let level = json!({"enum": ["none", "note", "warning", "error"]});
    let number = json!({"type": "integer", "minimum": 1});
    let list = |of: Value| json!({"type": "array", "items": of});
    let rule = object(
        &["id"],
        json!({
            "id": text, "name": text, "shortDescription": message, "fullDescription": message, "help": message,
            "defaultConfiguration": object(&[], json!({"level": level})),
        }),
    );
    let region =
        object(&["startLine"], json!({"startLine": number, "startColumn": number, "endColumn": number}));
    let uri = json!({"type": "string", "pattern": "^([A-Za-z0-9/._~-]|%[0-9A-F]{2})+$"});
    let place = object(
        &["artifactLocation"],
        json!({"artifactLocation": object(&["uri"], json!({"uri": uri})), "region": region}),
    );
    let result = object(
        &["message"],
        json!({
            "ruleId": text, "ruleIndex": {"type": "integer", "minimum": 0}, "level": level, "message": message,
            "locations": list(object(&[], json!({"physicalLocation": place}))),
        }),
    );
    let driver = object(&["name"], json!({"name": text, "version": text, "rules": list(rule)}));
    let run = object(
        &["tool", "results"],
        json!({
            "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
            "tool": object(&["driver"], json!({"driver": driver})),
            "results": list(result),
        }),
    );
    object(&["version", "runs"], json!({"$schema": text, "version": {"const": "2.1.0"}, "runs": list(run)}))
}

#[test]
fn sarif_has_the_shape_that_the_standard_gives_it() {
    let document = report().to_sarif();
    let errors: Vec<String> = jsonschema::validator_for(&shape())
        .unwrap()
        .iter_errors(&document)
        .map(|error| format!("{} {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let run = &document["runs"][0];
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
    }
    let first = &run["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(first["artifactLocation"]["uri"], "apps/my%20app/install.sh");
    assert_eq!(first["region"], json!({"startLine": 4, "startColumn": 1, "endColumn": 13}));
}
