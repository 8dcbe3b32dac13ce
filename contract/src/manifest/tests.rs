use serde_json::json;

use super::*;

pub(super) mod hostile;

/// The form that the contract was first published in.
const PUBLISHED: &str = r#"
# Identity
id: app-identifier          # Lowercase, hyphens
name: Human Readable Name
version: 1.0.0
description: Brief description
category: category-name
author: Maintainer
homepage: https://example.com

# Requirements
os_requirements:
  family: [ubuntu, debian]
  min_version: "20.04"

resource_requirements:
  min_ram_mb: 512
  min_disk_mb: 100
  min_cpu_cores: 1

# Inputs (8 types supported)
inputs:
  - name: field_name
    type: TYPE
    label: Display Label
    description: Help text
    required: true
    default: DEFAULT
    validation:
      pattern: PATTERN
      min_length: 3
      max_length: 64
      min_value: 1
      max_value: 100
      allowed_values: ALLOWED
    visible_if:
      other_field: "value"
    sensitive: SENSITIVE
  - name: other_field
    type: string
    label: Other

# Execution
install_script: install.sh
uninstall_script: uninstall.sh
timeout_seconds: 600
idempotent: true

# Metadata
tags: [tag1, tag2]
"#;

const HEAD: &str = "id: app\nname: App\nversion: 1.0.0\ninstall_script: install.sh\n";

fn parse(text: &str) -> Manifest {
    Manifest::parse(text).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// The problems of a manifest with these inputs, each as `line:column path code`.
fn problems(rest: &str) -> Vec<String> {
    let problems = Manifest::parse(&format!("{HEAD}{rest}")).expect_err("this manifest has problems");
    let shown = |number: Option<u32>| number.map_or("-".to_owned(), |number| number.to_string());
    problems.iter().map(|p| format!("{}:{} {} {}", shown(p.line), shown(p.column), p.path, p.code)).collect()
}

#[test]
fn the_published_form_loads_with_every_type() {
    for (kind, default, pattern, allowed, sensitive) in [
        ("string", r#""opt1""#, r#""^[a-z0-9]+$""#, "[opt1, opt2]", "false"),
        ("string", r#""opt1""#, r#""^[a-z0-9]+$""#, "[opt1, opt2]", "true"),
        ("integer", "42", r#""^[0-9]+$""#, "[42, 43]", "false"),
        ("integer", r#""42""#, r#""^[0-9]+$""#, "[42, 43]", "false"),
        ("boolean", "true", r#""^[a-z]+$""#, "[true, false]", "false"),
        ("password", r#""opt1""#, r#""^[a-z0-9]+$""#, "[opt1, opt2]", "true"),
        ("select", "opt2", r#""^[a-z0-9]+$""#, "[opt1, opt2]", "false"),
        ("email", "a@example.com", r#""^[a-z@.]+$""#, "[a@example.com]", "false"),
        ("port", "80", r#""^[0-9]+$""#, "[80, 81]", "false"),
    ] {
        let text = PUBLISHED.replace("TYPE", kind).replace("DEFAULT", default).replace("PATTERN", pattern);
        let manifest = parse(&text.replace("ALLOWED", allowed).replace("SENSITIVE", sensitive));
        let input = manifest.input("field_name").unwrap();
        assert_eq!((input.kind.as_str(), input.env_name().as_str()), (kind, "FIELD_NAME"));
        assert!(input.required && input.visible_if.is_some() && input.default.is_some());
        assert_eq!(input.is_sensitive(), sensitive == "true");
        assert_eq!((manifest.timeout_seconds, manifest.idempotent, manifest.release), (600, true, 1));
        assert_eq!(manifest.publisher.as_str(), "local");
        assert_eq!(manifest.author.as_deref(), Some("Maintainer"));
        assert_eq!(manifest.tags, ["tag1", "tag2"]);
        assert_eq!(manifest.sandbox.profile, Profile::Host);
    }
}

#[test]
fn a_rule_that_its_type_never_applies_is_only_remarked() {
    let manifest = parse(&format!(
        "{HEAD}inputs:\n  - name: site\n    type: string\n    validation:\n      min_value: 1\n"
    ));
    let remarks: Vec<_> = manifest.remarks.iter().map(ToString::to_string).collect();
    assert_eq!(
        remarks,
        [
            "manifest.yml:9:7: inputs[0].validation.min_value: `min_value` says nothing about a string, and is ignored"
        ]
    );
}

#[test]
fn the_least_manifest_gets_the_documented_defaults() {
    let manifest = parse(HEAD);
    assert_eq!(manifest.retry, Retry { max_attempts: 3, initial_seconds: 5, max_seconds: 300 });
    assert_eq!(
        (manifest.timeout_seconds, manifest.idempotent, manifest.category.as_str()),
        (600, true, "other")
    );
    assert_eq!(manifest.actions(), [Action::Install, Action::Upgrade, Action::Reconfigure]);
    assert_eq!(manifest.script(Action::Upgrade), Some("install.sh"));
    assert_eq!(manifest.script(Action::Uninstall), None);
}

#[test]
fn every_problem_is_found_in_one_pass_with_its_line() {
    let found = problems(
        "descripton: x\n\
         timeout_seconds: 0\n\
         uninstall_script: ../../bin/sh\n\
         inputs:\n\
         \x20 - name: a\n\
         \x20   type: strin\n\
         \x20 - name: ld_preload\n\
         \x20   type: string\n\
         \x20   default: x\n\
         \x20   validation: {pattern: '(', min_length: 5, max_length: 2}\n\
         \x20 - name: n\n\
         \x20   type: integer\n\
         \x20   default: 500\n\
         \x20   validation: {max_value: 100}\n\
         \x20   visible_if: {nobody: true}\n\
         \x20 - name: n\n\
         \x20   type: select\n",
    );
    assert_eq!(
        found,
        [
            "5:1 descripton MANIFEST_UNKNOWN_KEY",
            "6:1 timeout_seconds MANIFEST_OUT_OF_RANGE",
            "7:1 uninstall_script MANIFEST_UNSAFE_PATH",
            "10:5 inputs[0].type MANIFEST_INVALID_VALUE",
            "11:5 inputs[1].name MANIFEST_DANGEROUS_NAME",
            "14:18 inputs[1].validation.pattern MANIFEST_BAD_PATTERN",
            "14:32 inputs[1].validation.min_length MANIFEST_OUT_OF_RANGE",
            "17:5 inputs[2].default MANIFEST_INVALID_DEFAULT",
            "19:18 inputs[2].visible_if.nobody MANIFEST_UNKNOWN_REFERENCE",
            "20:5 inputs[3].name MANIFEST_DUPLICATE_NAME",
            "20:5 inputs[3] MANIFEST_MISSING_KEY",
        ]
    );
}

#[test]
fn a_problem_says_what_would_be_right() {
    let text =
        format!("{HEAD}inputs:\n  - name: http_port\n    type: prot\n    requird: true\nversion: 1.10\n");
    let text = text.replacen("version: 1.0.0\n", "", 1);
    let shown: Vec<_> = Manifest::parse(&text).unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "manifest.yml:6:5: inputs[0].type: `prot` is not one of: string, text, integer, boolean, password, select, \
             multiselect, email, port, domain, url, path. Did you mean `port`?",
            "manifest.yml:7:5: inputs[0].requird: there is no key `requird` here; did you mean `required`?",
            "manifest.yml:8:1: version: this is a number with a fraction, and must be text; put quotes around it, as \
             in \"1.10\"",
        ]
    );
}

#[test]
fn what_is_missing_is_placed_where_it_is_missing() {
    let shown: Vec<_> = Manifest::parse("name: x").unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "manifest.yml:1:1: id: `id` is missing; write for example `id: my-app`",
            "manifest.yml:1:1: version: `version` is missing; write for example `version: 1.0.0`",
            "manifest.yml:1:1: install_script: `install_script` is missing; write for example `install_script: \
             install.sh`",
        ]
    );
}

#[test]
fn a_key_that_is_there_twice_is_found_at_its_second_place() {
    assert_eq!(problems("tags: [a]\ntags: [b]\n"), ["6:1 tags MANIFEST_DUPLICATE_KEY"]);
    assert_eq!(
        problems("retry:\n  max_attempts: 2\n  max_attempts: 3\n"),
        ["7:3 retry.max_attempts MANIFEST_DUPLICATE_KEY"]
    );
}

#[test]
fn names_that_steer_programs_are_refused() {
    for name in [
        "path",
        "home",
        "ifs",
        "env",
        "shell",
        "user",
        "lang",
        "tmpdir",
        "ps4",
        "ld_preload",
        "bash_env",
        "lc_all",
        "dpkg_root",
        "apt_config",
        "debian_frontend",
        "debug",
        "purvey_output",
        "perl5lib",
        "pythonpath",
        "git_dir",
        "systemd_pager",
        "http_proxy",
        "uid",
        "random",
        "seconds",
        "and",
    ] {
        let found = problems(&format!("inputs:\n  - {{name: {name}, type: string}}\n"));
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        let expected =
            ["6:6 inputs[0].name MANIFEST_DANGEROUS_NAME", "6:6 inputs[0].name MANIFEST_RESERVED_NAME"];
        assert!(expected.contains(&found[0].as_str()), "{name}: {found:?}");
    }
    for name in ["Port", "a-b", "1st", "_x", "x_", "é", "a b", "a=b", "a.b"] {
        assert_eq!(
            problems(&format!("inputs:\n  - {{name: {name}, type: string}}\n")),
            ["6:6 inputs[0].name MANIFEST_INVALID_NAME"]
        );
    }
}

#[test]
fn conditions_combine_and_compare() {
    let conditional = "inputs:
  - {name: ssl, type: boolean}
  - {name: mode, type: select, validation: {allowed_values: [a, b, c]}}
  - {name: workers, type: integer}
  - {name: parts, type: multiselect, validation: {allowed_values: [x, y]}}
  - {name: i1, type: string, visible_if: {ssl: 'true', mode: [a, b]}}
  - {name: i2, type: string, visible_if: {workers: {at_least: 2, less_than: 8}}}
  - {name: i3, type: string, visible_if: {or: [{ssl: true}, {not: {mode: a}}]}}
  - {name: i4, type: string, visible_if: {and: [{parts: x}, {mode: {not_in: [c]}}]}}
  - {name: i5, type: string, visible_if: {mode: {is_set: false}}}
";
    let manifest = parse(&format!("{HEAD}{conditional}"));
    // JSON is YAML: what an answer shows can be read back.
    for input in manifest.inputs.iter().filter(|input| input.visible_if.is_some()) {
        let condition = input.visible_if.as_ref().unwrap();
        let text = format!("{}", condition.to_json());
        let (before, _) = conditional.split_once("  - {name: i1").unwrap();
        let again = parse(&format!("{HEAD}{before}  - {{name: again, type: string, visible_if: {text}}}\n"));
        assert_eq!(again.input("again").unwrap().visible_if.as_ref(), Some(condition));
    }
    let visible = |values: serde_json::Value| -> Vec<&str> {
        let holds = |input: &&Input| {
            let condition = input.visible_if.as_ref();
            condition.is_some_and(|condition| condition.holds(&|name| values.get(name)))
        };
        manifest.inputs.iter().filter(holds).map(|input| input.name.as_str()).collect()
    };
    assert_eq!(visible(json!({"ssl": true, "mode": "b", "workers": 2})), ["i1", "i2", "i3"]);
    assert_eq!(visible(json!({"ssl": false, "mode": "a", "workers": 8, "parts": ["x", "y"]})), ["i4"]);
    assert_eq!(visible(json!({})), ["i3", "i5"]);
}

#[test]
fn conditions_that_can_never_hold_are_refused() {
    let found = problems(
        "inputs:
  - {name: ssl, type: boolean}
  - {name: mode, type: select, validation: {allowed_values: [a, b]}}
  - {name: secret, type: password}
  - {name: i1, type: string, visible_if: {ssl: yes}}
  - {name: i2, type: string, visible_if: {mode: c}}
  - {name: i3, type: string, visible_if: {secret: x}}
  - {name: i4, type: string, visible_if: {mode: {at_least: 2}}}
  - {name: i5, type: string, visible_if: {mode: {between: 2}}}
  - {name: i6, type: string, visible_if: {}}
  - {name: i7, type: string, visible_if: {or: []}}
  - {name: i8, type: string, visible_if: ssl}
",
    );
    let codes: Vec<_> = found.iter().map(|problem| problem.split_once(' ').unwrap().1).collect();
    assert_eq!(
        codes,
        [
            "inputs[3].visible_if.ssl MANIFEST_INVALID_VALUE",
            "inputs[4].visible_if.mode MANIFEST_INVALID_VALUE",
            "inputs[5].visible_if.secret MANIFEST_INVALID_VALUE",
            "inputs[6].visible_if.mode.at_least MANIFEST_INVALID_VALUE",
            "inputs[7].visible_if.mode.between MANIFEST_UNKNOWN_KEY",
            "inputs[8].visible_if MANIFEST_INVALID_VALUE",
            "inputs[9].visible_if.or MANIFEST_INVALID_VALUE",
            "inputs[10].visible_if MANIFEST_WRONG_TYPE",
        ]
    );
}

#[test]
fn inputs_that_wait_for_each_other_are_refused() {
    let circle = "inputs:
  - {name: a, type: string, visible_if: {b: x}}
  - {name: b, type: string, visible_if: {not: {c: x}}}
  - {name: c, type: string, visible_if: {b: x}}
  - {name: d, type: string, visible_if: {d: x}}
";
    let found = Manifest::parse(&format!("{HEAD}{circle}")).unwrap_err();
    let shown: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "manifest.yml:7:29: inputs[1].visible_if: these inputs wait for each other: b -> c -> b; break the circle",
            "manifest.yml:9:29: inputs[3].visible_if: these inputs wait for each other: d -> d; break the circle",
        ]
    );
}

#[test]
fn hostile_yaml_is_refused_and_bounded() {
    let bomb = (1..30).fold("a0: &a0 [x, x, x, x, x, x, x, x]\n".to_owned(), |text, n| {
        format!("{text}a{n}: &a{n} [*a{p}, *a{p}, *a{p}, *a{p}, *a{p}, *a{p}]\n", p = n - 1)
    });
    let deep = "[".repeat(100_000);
    let wide = format!("x: [{}]", "1,".repeat(100_000));
    let text_bomb = format!("a: &a {}\nb: [{}]", "x".repeat(200_000), "*a,".repeat(1000));
    for text in [bomb.as_str(), &deep, &wide, &text_bomb, "a: !x {}", "? [a]\n: b"] {
        let problems = Manifest::parse(text).unwrap_err();
        assert_eq!((problems.len(), problems[0].code), (1, "MANIFEST_NOT_YAML"), "{problems:?}");
        assert!(problems[0].to_string().len() < 500);
    }
    let long = format!("{HEAD}# {}", "x".repeat(MAX_MANIFEST_BYTES));
    assert_eq!(Manifest::parse(&long).unwrap_err()[0].code, "MANIFEST_TOO_LARGE");
    for text in ["", "# nothing\n", "~", "---\n"] {
        assert_eq!(Manifest::parse(text).unwrap_err()[0].code, "MANIFEST_EMPTY", "{text:?}");
    }
    for text in ["[]", "x", "3", "a: 1\n---\nb: 2\n", "a: [", "\tid: x", "a: b: c", "id: *nothing", "\u{0}"] {
        assert!(!Manifest::parse(text).unwrap_err().is_empty(), "{text:?}");
    }
    let many: String = (0..2000).map(|n| format!("k{n}: 1\n")).collect();
    assert_eq!(Manifest::parse(&many).unwrap_err().len(), 50);
}

#[test]
fn a_pattern_matches_the_whole_value_in_bounded_time_and_space() {
    assert!(Pattern::new("a|b").unwrap().matches("a"));
    assert!(!Pattern::new("a|b").unwrap().matches("ab"));
    assert!(!Pattern::new("^[a-z]+$").unwrap().matches("a\n"));
    assert!(!Pattern::new("(?m)^a$").unwrap().matches("a\nb"));
    assert!(!Pattern::new(r"\w{3,16}").unwrap().matches("größe"));
    assert!(Pattern::new("[a-zäöüß]{3,16}").unwrap().matches("größe"));
    assert!(Pattern::new(".{1,1024}").unwrap().matches("x"));
    for bad in ["(", "a)|(b", r"(a)\1", "(?=a)", "((a{100}){100}){100}", &"x".repeat(2000)] {
        assert!(Pattern::new(bad).is_err(), "{bad}");
    }
    let slow = Pattern::new("(a*)*(a|aa)+b").unwrap();
    assert!(!slow.matches(&"a".repeat(60_000)));
}

#[test]
fn sandbox_ports_outputs_and_systems_are_read() {
    let manifest = parse(&format!(
        "{HEAD}sandbox: {{profile: confined, write_paths: [/srv/site], memory_mb: 64}}
inputs:
  - {{name: http_port, type: port, default: 80}}
ports:
  - 22
  - {{input: http_port, protocol: tcp}}
outputs:
  - {{name: url, description: Where}}
os_requirements: {{family: [ubuntu, debian], min_versions: {{ubuntu: '20.04', debian: '12'}}}}
conflicts: [apache]
provides: [web-server]
"
    ));
    assert_eq!((manifest.sandbox.profile, manifest.sandbox.network), (Profile::Confined, false));
    let plain = serde_json::from_value(json!({"http_port": 8080})).unwrap();
    assert_eq!(
        manifest.ports.iter().map(|port| port.number(&plain)).collect::<Vec<_>>(),
        [Some(22), Some(8080)]
    );
    assert_eq!(manifest.outputs[0].label, "url");
    let os = &manifest.os_requirements;
    assert!(os.accepts("debian", &[], "12") && os.accepts("ubuntu", &["debian"], "24.04"));
    assert!(!os.accepts("debian", &[], "9") && !os.accepts("ubuntu", &["debian"], "18.04"));
    assert!(!os.accepts("fedora", &["rhel"], "41") && os.accepts("linuxmint", &["ubuntu", "debian"], "22"));
    assert!(os.accepts("debian", &[], ""), "testing has no version");
    let found = problems(
        "sandbox: {profile: host, write_paths: [/], network: false}\nports: [0, {port: 1, input: x}]\n",
    );
    assert_eq!(found.len(), 6, "{found:?}");
}

#[test]
fn one_min_version_belongs_to_the_first_family() {
    let manifest =
        parse(&format!("{HEAD}os_requirements: {{family: [ubuntu, debian], min_version: \"20.04\"}}\n"));
    let os = &manifest.os_requirements;
    assert!(os.accepts("debian", &[], "12") && os.accepts("ubuntu", &[], "20.04"));
    assert!(!os.accepts("ubuntu", &[], "18.04"));
    assert_eq!(manifest.remarks.len(), 1);
}

#[test]
fn exit_codes_of_the_contract_decide_about_another_attempt() {
    let manifest = parse(HEAD);
    let retryable: Vec<i32> = [0, 1, 2, 3, 4, 75, 100, 126, 127, 137]
        .into_iter()
        .filter(|code| manifest.is_retryable(*code))
        .collect();
    assert_eq!(retryable, [2, 4, 75, 100, 137]);
}

#[test]
fn what_is_made_up_must_keep_the_rules() {
    let with = |rest: &str| format!("inputs:\n  - {{name: secret, type: password, {rest}}}\n");
    let manifest = parse(&format!("{HEAD}{}", with("generate: {length: 32, alphabet: abcdefghij}")));
    let generate = manifest.inputs[0].generate.clone().unwrap();
    assert_eq!((generate.length, generate.alphabet.as_str()), (32, "abcdefghij"));
    for bad in [
        "generate: true, validation: {pattern: '[a-z]+'}",
        "generate: true, validation: {max_length: 10}",
        "generate: {length: 3}",
        "generate: {alphabet: aaaaaaaaaaaa}",
        "generate: true, default: x",
        "generate: maybe",
        "sensitive: false",
    ] {
        assert_eq!(problems(&with(bad)).len(), 1, "{bad}");
    }
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_text_is_too_strange_to_be_judged(text in "\\PC{0,300}") {
            let _ = Manifest::parse(&text);
        }

        #[test]
        fn no_damage_to_a_manifest_is_too_strange_to_be_judged(at in 0_usize..1200, with in "[\\[\\]{}:,&*!|>'\"#% \\n\\t~-]{1,4}") {
            let text = PUBLISHED.replace("TYPE", "string").replace("DEFAULT", "abc").replace("PATTERN", "'.*'");
            let mut text = text.replace("ALLOWED", "[abc]").replace("SENSITIVE", "false");
            let at = at.min(text.len());
            text.insert_str(at, &with);
            if let Err(problems) = Manifest::parse(&text) {
                prop_assert!(!problems.is_empty());
                prop_assert!(problems.iter().all(|problem| problem.line.is_some()));
            }
        }
    }
}
