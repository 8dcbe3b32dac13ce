//! The schema and the reader must agree. What the reader accepts, the schema accepts: an editor never marks what is
//! right. What the reader refuses for its form, the schema refuses as well.

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::Validator;
use serde_json::{Value, json};

use super::schema;
use crate::manifest::tests::hostile;
use crate::manifest::{Manifest, Problem, yaml};

pub(super) const EVERYTHING: &str = include_str!("../tests/everything.yml");

/// Each mapping of the schema, and where the full example has one.
pub(super) const MAPPINGS: [(&str, &str); 13] = [
    ("", ""),
    ("OsRequirements", "/os_requirements"),
    ("ResourceRequirements", "/resource_requirements"),
    ("Input", "/inputs/0"),
    ("Validation", "/inputs/0/validation"),
    ("Messages", "/inputs/0/validation/messages"),
    ("GenerateHow", "/inputs/4/generate"),
    ("Condition", "/inputs/16/visible_if"),
    ("Comparison", "/inputs/15/visible_if/an_integer"),
    ("Retry", "/retry"),
    ("Sandbox", "/sandbox"),
    ("Output", "/outputs/0"),
    ("PortUse", "/ports/1"),
];

pub(super) fn everything() -> Value {
    yaml::parse(EVERYTHING).unwrap().to_json()
}

/// The definition of that name; without one, the manifest itself.
pub(super) fn definition<'s>(schema: &'s Value, name: &str) -> &'s Value {
    if name.is_empty() { schema } else { &schema["$defs"][name] }
}

/// The keys that the reader knows there, in its order: it lists them when it meets one that it does not know.
pub(super) fn keys_of_the_reader(pointer: &str) -> Vec<String> {
    let mut manifest = everything();
    let mapping = manifest.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
    mapping.insert("zzzzzzzzzzzzzzzz".to_owned(), json!(1));
    let problems = Manifest::parse(&manifest.to_string()).unwrap_err();
    let found = problems.iter().find(|problem| problem.code == "MANIFEST_UNKNOWN_KEY");
    let (_, keys) = found.unwrap().message.split_once("possible are: ").unwrap();
    keys.split(", ").map(str::to_owned).collect()
}

/// Whether a problem is one of form, which a schema can express.
fn is_of_form(problem: &Problem) -> bool {
    let between_two_keys = problem.message.contains(" is above ");
    let of_the_type = problem.path.ends_with(']');
    let of_a_sign = problem.message.contains("control character");
    match problem.code {
        "MANIFEST_UNKNOWN_KEY" | "MANIFEST_WRONG_TYPE" | "MANIFEST_INVALID_ID" | "MANIFEST_INVALID_NAME" => {
            true
        }
        "MANIFEST_DANGEROUS_NAME" | "MANIFEST_RESERVED_NAME" => true,
        "MANIFEST_OUT_OF_RANGE" => !between_two_keys,
        "MANIFEST_MISSING_KEY" => !of_the_type,
        "MANIFEST_INVALID_TEXT" => !of_a_sign,
        "MANIFEST_UNSAFE_PATH" => !problem.path.starts_with("sandbox."),
        _ => false,
    }
}

/// What the two disagree about, if they do.
fn disagreement(schema: &Validator, text: &str) -> Option<String> {
    let value = yaml::parse(text).ok()?.to_json();
    match (Manifest::parse(text), schema.is_valid(&value)) {
        (Ok(_), false) => {
            let errors: Vec<String> = schema
                .iter_errors(&value)
                .map(|error| format!("{} {error}", error.instance_path()))
                .collect();
            Some(format!("the reader accepts this, and the schema says: {}", errors.join("; ")))
        }
        (Err(problems), true) if problems.iter().any(is_of_form) => {
            Some(format!("the schema accepts this, and the reader says: {}", problems[0]))
        }
        _ => None,
    }
}

fn validator() -> Validator {
    jsonschema::draft202012::new(&schema()).unwrap()
}

#[test]
fn every_key_is_known_to_both() {
    let schema = schema();
    for (name, pointer) in MAPPINGS {
        let properties = definition(&schema, name)["properties"].as_object().unwrap();
        let of_the_schema: BTreeSet<String> = properties.keys().cloned().collect();
        let of_the_reader: BTreeSet<String> = match name {
            // Its other keys are the names of inputs, so nothing is unknown to it.
            "Condition" => ["and", "or", "not"].map(str::to_owned).into(),
            _ => keys_of_the_reader(pointer).into_iter().collect(),
        };
        assert_eq!(of_the_schema, of_the_reader, "{name}");
    }
    let definitions = schema["$defs"].as_object().unwrap();
    let with_keys = definitions.iter().filter(|(_, it)| it.get("properties").is_some());
    for (name, _) in with_keys {
        assert!(
            MAPPINGS.iter().any(|(known, _)| known == name),
            "{name} is compared with no mapping of the reader"
        );
    }
}

#[test]
fn every_key_says_what_it_means() {
    let schema = schema();
    for (name, _) in MAPPINGS {
        for (key, of_key) in definition(&schema, name)["properties"].as_object().unwrap() {
            assert!(of_key["description"].as_str().is_some_and(|text| text.len() > 5), "{name}.{key}");
        }
    }
}

#[test]
fn the_full_example_has_every_key_and_is_accepted_by_both() {
    assert_eq!(disagreement(&validator(), EVERYTHING), None);
    Manifest::parse(EVERYTHING).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let schema = schema();
    for (name, _) in MAPPINGS {
        for key in definition(&schema, name)["properties"].as_object().unwrap().keys() {
            assert!(EVERYTHING.contains(&format!("{key}:")), "{name}.{key}");
        }
    }
}

#[test]
fn the_shipped_manifests_are_accepted_by_both() {
    let installers = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../installers");
    let mut seen = 0;
    for entry in std::fs::read_dir(installers).unwrap() {
        let Ok(text) = std::fs::read_to_string(entry.unwrap().path().join("manifest.yml")) else { continue };
        assert_eq!(disagreement(&validator(), &text), None, "{text}");
        assert!(Manifest::parse(&text).is_ok());
        seen += 1;
    }
    assert!(seen >= 2);
}

#[test]
fn they_agree_about_manifests_that_somebody_got_wrong() {
    let validator = validator();
    for (name, bytes) in hostile::yaml().into_iter().chain(hostile::contents()) {
        let Ok(text) = String::from_utf8(bytes) else { continue };
        assert_eq!(disagreement(&validator, &text), None, "{name}\n{text}");
    }
}

#[test]
fn each_example_of_the_schema_is_accepted_by_both() {
    let (schema, validator) = (schema(), validator());
    for (name, pointer) in MAPPINGS {
        for (key, of_key) in definition(&schema, name)["properties"].as_object().unwrap() {
            for example in of_key["examples"].as_array().into_iter().flatten() {
                let mut manifest = everything();
                let mapping = manifest.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
                mapping.insert(key.clone(), example.clone());
                let text = manifest.to_string();
                assert_eq!(disagreement(&validator, &text), None, "{name}.{key}");
                let problems = Manifest::parse(&text).err().unwrap_or_default();
                // In the full example some of them refer to what is not there, or contradict their neighbours.
                let alone = |problem: &Problem| is_of_form(problem) && !problem.message.contains("cannot");
                assert!(!problems.iter().any(alone), "{name}.{key}: {problems:#?}");
            }
        }
    }
}

/// The ways to all values, those of lists only for the first three elements but for the inputs.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| pointers(value, &format!("{at}/{key}"), found))
        }
        Value::Array(values) => {
            values
                .iter()
                .enumerate()
                .for_each(|(index, value)| pointers(value, &format!("{at}/{index}"), found));
        }
        _ => {}
    }
}

/// Every value of these keywords.
fn limits(schema: &Value, keywords: &[&str], found: &mut BTreeSet<i64>) {
    match schema {
        Value::Object(map) => {
            for (key, value) in map {
                if keywords.contains(&key.as_str()) {
                    found.extend(value.as_i64());
                }
                limits(value, keywords, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| limits(value, keywords, found)),
        _ => {}
    }
}

#[test]
fn they_agree_about_every_damage_to_the_full_example() {
    let (schema, validator) = (schema(), validator());
    let around = |keywords: &[&str]| -> BTreeSet<i64> {
        let mut found = BTreeSet::new();
        limits(&schema, keywords, &mut found);
        found.iter().flat_map(|limit| [limit.saturating_sub(1), *limit, limit.saturating_add(1)]).collect()
    };
    let (numbers, lengths) = (around(&["minimum", "maximum"]), around(&["minLength", "maxLength"]));
    let counts: Vec<i64> =
        around(&["minItems", "maxItems"]).into_iter().filter(|count| (0..=201).contains(count)).collect();
    let base = everything();
    let mut all = Vec::new();
    pointers(&base, "", &mut all);
    // The same key of another input is the same to both.
    let mut by_key: BTreeMap<String, String> = BTreeMap::new();
    for pointer in all {
        let key =
            pointer.split('/').filter(|part| part.parse::<usize>().is_err()).collect::<Vec<_>>().join("/");
        by_key.entry(key).or_insert(pointer);
    }
    let mut tried = 0;
    let mut failed = Vec::new();
    for pointer in by_key.values() {
        let here = base.pointer(pointer).unwrap();
        let mut others = vec![
            json!(null),
            json!(true),
            json!(0),
            json!(-1),
            json!(1.5),
            json!("x"),
            json!(""),
            json!(" "),
            json!("a\nb"),
            json!("X_y-z.1"),
            json!("../x"),
            json!([]),
            json!({}),
            json!(["x"]),
            json!([null]),
            json!({"zzzz": 1}),
        ];
        match here {
            Value::Number(_) => others.extend(numbers.iter().map(|number| json!(number))),
            Value::String(_) => others.extend(
                lengths.iter().map(|length| json!("a".repeat(usize::try_from(*length).unwrap_or(0)))),
            ),
            Value::Array(values) => {
                let first = values.first().cloned().unwrap_or_default();
                others.extend(
                    counts
                        .iter()
                        .map(|count| json!(vec![first.clone(); usize::try_from(*count).unwrap_or(0)])),
                );
            }
            _ => {}
        }
        for other in others {
            let mut damaged = base.clone();
            *damaged.pointer_mut(pointer).unwrap() = other.clone();
            tried += 1;
            if let Some(what) = disagreement(&validator, &damaged.to_string()) {
                failed.push(format!("{pointer} = {:.80}: {what:.300}", other.to_string()));
            }
        }
    }
    assert!(failed.is_empty(), "{} of {tried}:\n{}", failed.len(), failed.join("\n"));
    assert!(tried > 3000, "{tried}");
}
