use serde_json::json;

use super::*;

fn manifest(inputs: &str) -> Manifest {
    let head = "id: app\nname: App\nversion: 1.0.0\ninstall_script: install.sh\ninputs:\n";
    Manifest::parse(&format!("{head}{inputs}")).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn inputs(value: Value) -> Inputs {
    serde_json::from_value(value).unwrap()
}

/// What becomes of one value of one type.
fn one(kind: &str, value: Value) -> Result<Value, &'static str> {
    let manifest = manifest(&format!("  - {{name: x, type: {kind}}}\n"));
    let effective =
        validate(&manifest, &inputs(json!({"x": value}))).map_err(|violations| violations[0].code)?;
    Ok(effective.plain.get("x").cloned().unwrap_or(Value::Null))
}

const SITE: &str = "
  - {name: site, type: domain, required: true}
  - {name: http_port, type: port, required: true, default: 80}
  - {name: enable_ssl, type: boolean, default: false}
  - {name: https_port, type: port, required: true, default: 443, visible_if: {enable_ssl: true}}
  - {name: certificate, type: path, required: true, visible_if: {enable_ssl: true}}
  - {name: admin_password, type: password, required: true, validation: {min_length: 8, messages: {min_length: must be longer}}}
  - {name: workers, type: integer, validation: {min_value: 1, max_value: 64}}
";

#[test]
fn texts_are_coerced_and_defaults_filled_in() {
    let manifest = manifest(SITE);
    let given = json!({"site": "example.com", "http_port": "8080", "enable_ssl": "true", "certificate": "/c.pem",
        "admin_password": "correct horse", "workers": null});
    let effective = validate(&manifest, &inputs(given)).unwrap();
    let plain = json!({"site": "example.com", "http_port": 8080, "enable_ssl": true, "https_port": 443,
        "certificate": "/c.pem"});
    assert_eq!(effective.plain, inputs(plain));
    assert_eq!(effective.sensitive.iter().collect::<Vec<_>>(), [("admin_password", "correct horse")]);
    let environment = effective.environment(&manifest);
    let environment: Vec<_> = environment.iter().map(|(name, value)| format!("{name}={}", **value)).collect();
    assert_eq!(
        environment,
        [
            "SITE=example.com",
            "HTTP_PORT=8080",
            "ENABLE_SSL=true",
            "HTTPS_PORT=443",
            "CERTIFICATE=/c.pem",
            "ADMIN_PASSWORD=correct horse",
        ]
    );
}

#[test]
fn all_violations_come_at_once_and_hold_no_secret() {
    let given = json!({"http_port": "0", "enable_ssl": "yes", "admin_password": "hunter2", "workers": 65, "worker": 1});
    let violations = validate(&manifest(SITE), &inputs(given)).unwrap_err();
    let shown: Vec<_> = violations.iter().map(|v| format!("{} {} {}", v.field, v.code, v.message)).collect();
    assert_eq!(
        shown,
        [
            "inputs.site INPUT_REQUIRED a value is required",
            "inputs.http_port INPUT_TOO_SMALL must be a port, a number from 1 to 65535",
            "inputs.enable_ssl INPUT_WRONG_TYPE must be true or false",
            "inputs.admin_password INPUT_TOO_SHORT must be longer",
            "inputs.workers INPUT_TOO_LARGE must be at most 64",
            "inputs.worker INPUT_UNKNOWN app has no such input",
        ]
    );
    assert!(!format!("{violations:?}").contains("hunter2"));
}

#[test]
fn a_hidden_input_is_neither_required_nor_passed() {
    let given = json!({"site": "a.b", "admin_password": "12345678", "certificate": "not even a path", "https_port": 1});
    let effective = validate(&manifest(SITE), &inputs(given)).unwrap();
    assert!(!effective.plain.contains_key("certificate") && !effective.plain.contains_key("https_port"));
    let given = json!({"site": "a.b", "admin_password": "12345678", "enable_ssl": true});
    let violations = validate(&manifest(SITE), &inputs(given)).unwrap_err();
    assert_eq!((violations.len(), violations[0].field.as_str()), (1, "inputs.certificate"));
}

#[test]
fn what_depends_on_a_hidden_input_is_hidden_too() {
    let manifest = manifest(
        "  - {name: c, type: string, required: true, visible_if: {b: x}}
  - {name: b, type: string, default: x, visible_if: {a: true}}
  - {name: a, type: boolean, default: false}
",
    );
    assert_eq!(validate(&manifest, &Inputs::new()).unwrap().plain, inputs(json!({"a": false})));
    let violations = validate(&manifest, &inputs(json!({"a": true}))).unwrap_err();
    assert_eq!(violations[0].field, "inputs.c");
}

#[test]
fn secrets_are_shown_by_name_only_and_survive_sealing() {
    let secrets: SensitiveInputs =
        [("b".to_owned(), "quote\" back\\slash é \u{1f511}".to_owned()), ("a".to_owned(), String::new())]
            .into_iter()
            .collect();
    assert_eq!(format!("{secrets:?}"), r#"{"a", "b"}"#);
    assert_eq!(SensitiveInputs::from_plaintext(&secrets.to_plaintext()), Some(secrets.clone()));
    assert_eq!(SensitiveInputs::from_plaintext(b"[]"), None);
    let joined = EffectiveInputs::join(&inputs(json!({"c": 1})), &secrets);
    assert_eq!(joined.keys().collect::<Vec<_>>().len(), 3);
}

#[test]
fn effective_inputs_validate_to_themselves() {
    let manifest = manifest(
        "  - {name: n, type: integer, sensitive: true}
  - {name: b, type: boolean, sensitive: true}
  - {name: m, type: multiselect, sensitive: true, validation: {allowed_values: [x, y z]}}
  - {name: p, type: multiselect, validation: {allowed_values: [x, y]}}
",
    );
    let given = json!({"n": "-5", "b": true, "m": ["y z", "x"], "p": "y,x"});
    let effective = validate(&manifest, &inputs(given)).unwrap();
    assert_eq!(effective.plain, inputs(json!({"p": ["y", "x"]})));
    assert_eq!(effective.sensitive.iter().collect::<Vec<_>>(), [("b", "true"), ("m", "y z,x"), ("n", "-5")]);
    let again = validate(&manifest, &EffectiveInputs::join(&effective.plain, &effective.sensitive)).unwrap();
    assert_eq!(again, effective);
}

#[test]
fn numbers_are_read_in_their_plain_form_only() {
    for (given, number) in
        [(json!("80"), 80), (json!(80), 80), (json!(80.0), 80), (json!("-3"), -3), (json!("0"), 0)]
    {
        assert_eq!(one("integer", given), Ok(json!(number)));
    }
    for bad in [
        json!("080"),
        json!("+80"),
        json!(" 80"),
        json!("80 "),
        json!("8e1"),
        json!("-0"),
        json!("0x50"),
        json!(80.5),
        json!(1e300),
        json!(true),
        json!([80]),
        json!("-"),
        json!("99999999999999999999"),
        json!("٨٠"),
    ] {
        assert_eq!(one("integer", bad.clone()), Err("INPUT_WRONG_TYPE"), "{bad}");
    }
    assert_eq!(one("integer", json!(i64::MIN)), Ok(json!(i64::MIN)));
    assert_eq!(one("port", json!(65536)), Err("INPUT_TOO_LARGE"));
    assert_eq!(one("port", json!("")), Ok(Value::Null), "a form sends this for an empty field");
}

#[test]
fn texts_are_literal_and_of_one_line() {
    let literal = "  $(rm -rf /) `x` \"'\\ ü \u{1f511} ;|&<> ";
    for kind in ["string", "text"] {
        assert_eq!(one(kind, json!(literal)), Ok(json!(literal)));
    }
    for bad in ["a\nb", "a\rb", "\t", "\u{0}", "\u{1b}[31m", "\u{7f}", "\u{85}"] {
        assert_eq!(one("string", json!(bad)), Err("INPUT_CONTROL_CHARACTER"), "{bad:?}");
    }
    assert_eq!(one("text", json!("a\r\n\tb\n")), Ok(json!("a\r\n\tb\n")));
    for bad in ["\u{0}", "\u{1b}", "\u{85}"] {
        assert_eq!(one("text", json!(bad)), Err("INPUT_CONTROL_CHARACTER"), "{bad:?}");
    }
    assert_eq!(one("string", json!(8)), Ok(json!("8")));
    assert_eq!(one("string", json!(["x"])), Err("INPUT_WRONG_TYPE"));
    assert_eq!(one("string", json!({})), Err("INPUT_WRONG_TYPE"));
}

#[test]
fn forms_are_checked() {
    let label = "a".repeat(63);
    for (kind, good, bad) in [
        (
            "domain",
            vec![
                "localhost",
                "www.example.com",
                "WWW.Example.COM",
                "xn--bcher-kva.example",
                "1a.2b",
                label.as_str(),
            ],
            vec![
                "-a.b",
                "a-.b",
                "a..b",
                "a.b.",
                ".a",
                "a_b",
                "*.a.b",
                "1.2.3.4",
                "bücher.example",
                "a b",
                "a;b",
            ],
        ),
        (
            "email",
            vec!["a@b", "first.last+tag@example.com", "x_y-z@sub.example.org"],
            vec![
                "a",
                "@b",
                "a@",
                "a@b@c",
                ".a@b",
                "a.@b",
                "a..b@c",
                "a b@c",
                "\"a\"@b",
                "a@[1.2.3.4]",
                "a@b;c",
                "`a`@b",
            ],
        ),
        (
            "url",
            vec![
                "http://example.com",
                "https://example.com:8443/a/b?c=d&e=%20#f",
                "http://127.0.0.1/",
                "http://[::1]:80/x",
                "https://localhost?x",
            ],
            vec![
                "example.com",
                "ftp://example.com",
                "HTTP://example.com",
                "http://",
                "http:///x",
                "http://u:p@host/",
                "http://a b/",
                "http://host/a b",
                "http://host/\"",
                "http://host:0/",
                "http://host:99999/",
                "http://host:/",
                "http://[::1/",
                "http://host/%2",
                "http://host/%zz",
                "http://host/#a#b",
                "http://hö.st/",
            ],
        ),
        (
            "path",
            vec!["/", "/var/www/site", "/a b/c'd", "/srv/", "/…"],
            vec!["a", "./a", "/a/../b", "/a/./b", "//", "/a//b", "/..", "~"],
        ),
    ] {
        for good in good {
            assert_eq!(one(kind, json!(good)), Ok(json!(good)), "{kind} {good}");
        }
        for bad in bad {
            assert_eq!(one(kind, json!(bad)), Err("INPUT_INVALID_FORMAT"), "{kind} {bad}");
        }
    }
}

#[test]
fn the_empty_text_says_none_where_nothing_is_required() {
    for kind in ["email", "path", "url", "domain", "string"] {
        assert_eq!(one(kind, json!("")), Ok(json!("")), "{kind}");
        let manifest = manifest(&format!("  - {{name: x, type: {kind}, required: true}}\n"));
        let violations = validate(&manifest, &inputs(json!({"x": ""}))).unwrap_err();
        assert_eq!(violations[0].code, "INPUT_REQUIRED");
    }
}

#[test]
fn choices_are_of_the_listed_values() {
    let manifest = manifest(
        "  - {name: one, type: select, validation: {allowed_values: [a, b, 8]}}
  - {name: many, type: multiselect, validation: {allowed_values: [a, b, c], max_length: 2}}
",
    );
    let code = |value: Value| {
        validate(&manifest, &inputs(value)).map(|_| ()).map_err(|violations| violations[0].code)
    };
    for good in [
        json!({"one": "a"}),
        json!({"one": 8}),
        json!({"many": "a,b"}),
        json!({"many": []}),
        json!({"many": ["c"]}),
    ] {
        assert_eq!(code(good.clone()), Ok(()), "{good}");
    }
    assert_eq!(code(json!({"one": "c"})), Err("INPUT_NOT_ALLOWED"));
    assert_eq!(code(json!({"many": ["a", "d"]})), Err("INPUT_NOT_ALLOWED"));
    assert_eq!(code(json!({"many": ["a", "a"]})), Err("INPUT_DUPLICATE"));
    assert_eq!(code(json!({"many": ["a", "b", "c"]})), Err("INPUT_TOO_LONG"));
    assert_eq!(code(json!({"many": ["a,b"]})), Err("INPUT_INVALID_FORMAT"));
    assert_eq!(code(json!({"many": {"a": 1}})), Err("INPUT_WRONG_TYPE"));
}

#[test]
fn values_are_bounded_alone_and_together() {
    assert!(one("text", json!("x".repeat(MAX_VALUE_BYTES))).is_ok());
    assert_eq!(one("text", json!("x".repeat(MAX_VALUE_BYTES + 1))), Err("INPUT_TOO_LONG"));
    let three: String = (0..3).map(|n| format!("  - {{name: x{n}, type: text}}\n")).collect();
    let long = "x".repeat(50_000);
    let violations =
        validate(&manifest(&three), &inputs(json!({"x0": long, "x1": long, "x2": long}))).unwrap_err();
    assert_eq!((violations.len(), violations[0].field.as_str()), (1, "inputs"));
}

#[test]
fn unknown_names_are_reported_within_reason() {
    let many: Inputs = (0..1000).map(|n| (format!("k\n{n}{}", "x".repeat(1000)), Value::Null)).collect();
    let violations = validate(&manifest("  - {name: x, type: string}\n"), &many).unwrap_err();
    assert_eq!(violations.len(), 100);
    assert!(violations[0].field.len() < 100 && !violations[0].field.contains('\n'));
}

#[test]
fn a_password_is_made_up_where_it_is_wanted_visible_and_missing() {
    let manifest = manifest(
        "  - {name: on, type: boolean, default: true}
  - {name: a, type: password, required: true, generate: true, visible_if: {on: true}}
  - {name: b, type: password, required: true, generate: {length: 8, alphabet: 0123456789}}
  - {name: c, type: password}
",
    );
    let mut seed = 0_u8;
    let mut random = |buffer: &mut [u8]| {
        for byte in buffer {
            seed = seed.wrapping_mul(5).wrapping_add(17);
            *byte = seed;
        }
    };
    let mut given = inputs(json!({"on": true}));
    assert_eq!(generate(&manifest, &mut given, &mut random), ["a", "b"]);
    let effective = validate(&manifest, &given).unwrap();
    assert_eq!(effective.sensitive.get("a").unwrap().len(), 24);
    assert!(effective.sensitive.get("b").unwrap().bytes().all(|byte| byte.is_ascii_digit()));
    let mut given = inputs(json!({"on": false, "b": "own"}));
    assert!(generate(&manifest, &mut given, &mut random).is_empty());
}

mod properties;
