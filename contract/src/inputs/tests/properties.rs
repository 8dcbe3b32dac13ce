use std::process::Command;

use proptest::prelude::*;

use super::*;

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[a-z,/.:@0-9 \n\u{0}$`\"'\\\\-]{0,40}".prop_map(Value::from),
        "(https?://)?[a-z0-9.]{1,12}(:[0-9]{1,5})?(/[a-z%0-9]{0,8})?".prop_map(Value::from),
        "/?[a-z./]{0,20}".prop_map(Value::from),
        "[a-z.+]{1,8}@[a-z.-]{1,12}".prop_map(Value::from),
        "-?[0-9]{1,6}".prop_map(Value::from),
        (0_usize..70_000).prop_map(|length| Value::from("x".repeat(length))),
    ];
    prop_oneof![9 => leaf.clone(), 1 => prop::collection::vec(leaf, 0..4).prop_map(Value::from)]
}

/// Any JSON, nested as it likes.
fn json_value() -> impl Strategy<Value = Value> {
    value().prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..4)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// One input of each type, by its type's name.
fn every_kind(secret: bool) -> Manifest {
    let inputs: String = crate::manifest::InputKind::ALL
        .into_iter()
        .map(|kind| {
            let rest = match kind.as_str() {
                "select" | "multiselect" => ", validation: {allowed_values: [a, b, c]}",
                _ => "",
            };
            let sensitive = if secret && kind.as_str() != "password" { ", sensitive: true" } else { "" };
            format!("  - {{name: x_{kind}, type: {kind}{rest}{sensitive}}}\n")
        })
        .collect();
    manifest(&inputs)
}

/// What a program sees of an environment that it was started with.
fn seen_by_a_program(environment: &[(String, Zeroizing<String>)]) -> Vec<(String, String)> {
    let pairs = environment.iter().map(|(name, value)| (name, value.as_str()));
    let output = Command::new("/usr/bin/env").arg("-0").env_clear().envs(pairs).output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let entries = text.split_terminator('\0').map(|entry| entry.split_once('=').unwrap());
    let mut seen: Vec<_> = entries.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    seen.sort();
    seen
}

#[test]
fn the_largest_inputs_that_are_accepted_fit_into_an_environment() {
    let manifest = manifest("  - {name: a, type: text}\n  - {name: b, type: text}\n");
    // Name, `=` and the closing NUL count as well.
    let (first, second) = (MAX_VALUE_BYTES, MAX_TOTAL_BYTES - MAX_VALUE_BYTES - 6);
    let given = inputs(json!({"a": "x".repeat(first), "b": "y".repeat(second)}));
    let environment = validate(&manifest, &given).unwrap().environment(&manifest);
    let seen = seen_by_a_program(&environment);
    assert_eq!(seen.iter().map(|(_, value)| value.len()).collect::<Vec<_>>(), [first, second]);
    let given = inputs(json!({"a": "x".repeat(first), "b": "y".repeat(second + 1)}));
    assert_eq!(validate(&manifest, &given).unwrap_err()[0].code, "INPUT_TOO_LONG");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_accepted_can_be_passed_literally(
        values in prop::collection::vec(value(), 12),
        secret in any::<bool>(),
    ) {
        let manifest = every_kind(secret);
        for (input, value) in manifest.inputs.iter().zip(&values) {
            let given = inputs(json!({input.name.as_str(): value}));
            let Ok(effective) = validate(&manifest, &given) else { continue };
            for (name, text) in &effective.environment(&manifest) {
                prop_assert_eq!(name, &input.env_name());
                prop_assert!(text.len() <= MAX_VALUE_BYTES);
                let multi_line = input.kind.as_str() == "text";
                let allowed = |c: char| !c.is_control() || (multi_line && "\n\r\t".contains(c));
                prop_assert!(text.chars().all(allowed), "{:?}", text);
                // A text arrives as it was given.
                if let Value::String(given) = value {
                    prop_assert_eq!(given, &**text);
                }
            }
            let joined = EffectiveInputs::join(&effective.plain, &effective.sensitive);
            prop_assert_eq!(validate(&manifest, &joined).unwrap(), effective);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_program_sees_exactly_what_was_accepted(
        values in prop::collection::vec(value(), 12),
        secret in any::<bool>(),
    ) {
        let manifest = every_kind(secret);
        // What is refused alone is left out, so that the rest is tried together.
        let good = manifest.inputs.iter().zip(values).filter(|(input, value)| {
            validate(&manifest, &inputs(json!({input.name.as_str(): value}))).is_ok()
        });
        let given: Inputs = good.map(|(input, value)| (input.name.clone(), value)).collect();
        match validate(&manifest, &given) {
            Ok(effective) => {
                let environment = effective.environment(&manifest);
                let total: usize = environment.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
                prop_assert!(total <= MAX_TOTAL_BYTES);
                let mut expected: Vec<_> =
                    environment.iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
                expected.sort();
                prop_assert_eq!(seen_by_a_program(&environment), expected);
            }
            // Each is good, so it can only be too much together.
            Err(violations) => {
                prop_assert_eq!(violations.len(), 1);
                prop_assert_eq!(violations[0].field.as_str(), "inputs");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_json_is_too_strange_to_be_judged(
        known in prop::collection::vec(json_value(), 12),
        unknown in prop::collection::vec((any::<String>(), json_value()), 0..4),
    ) {
        let manifest = every_kind(false);
        let names = manifest.inputs.iter().map(|input| input.name.clone());
        let given: Inputs = names.zip(known).chain(unknown).collect();
        let mut with_passwords = given.clone();
        let made = generate(&manifest, &mut with_passwords, &mut |bytes| bytes.fill(7));
        prop_assert!(made.is_empty());
        if let Err(violations) = validate(&manifest, &given) {
            prop_assert!(!violations.is_empty());
            for violation in violations {
                prop_assert!(violation.code.starts_with("INPUT_"));
                prop_assert!(violation.field == "inputs" || violation.field.starts_with("inputs."));
                prop_assert!(!violation.to_string().chars().any(char::is_control));
                prop_assert!(violation.to_string().len() < 1000);
            }
        }
    }

    #[test]
    fn secrets_survive_sealing_whatever_they_are(
        secrets in prop::collection::btree_map("[a-z_]{1,8}", any::<String>(), 0..4),
    ) {
        let secrets: SensitiveInputs = secrets.into_iter().collect();
        prop_assert_eq!(SensitiveInputs::from_plaintext(&secrets.to_plaintext()), Some(secrets));
    }
}
