//! Manifests that somebody got wrong, or means ill with. The golden file is what a person would read.

use std::fmt::Write as _;

use super::*;

/// What becomes of the bytes, as it is shown.
fn judged(bytes: &[u8]) -> String {
    match Manifest::read(bytes) {
        Ok(manifest) => {
            let remarks: String =
                manifest.remarks.iter().map(|remark| format!("remark: {remark}\n")).collect();
            format!("accepted\n{remarks}")
        }
        Err(problems) => problems.iter().map(|problem| format!("{problem}\n")).collect(),
    }
}

fn with_head(rest: &str) -> Vec<u8> {
    format!("{HEAD}{rest}").into_bytes()
}

pub(in super::super) fn yaml() -> Vec<(&'static str, Vec<u8>)> {
    let bomb = (1..12).fold("a0: &a0 [lol, lol, lol]\n".to_owned(), |text, n| {
        format!("{text}a{n}: &a{n} [*a{p}, *a{p}, *a{p}, *a{p}, *a{p}, *a{p}, *a{p}]\n", p = n - 1)
    });
    vec![
        ("nothing at all", Vec::new()),
        ("a comment only", b"# nothing here\n".to_vec()),
        ("a byte order mark", [b"\xef\xbb\xbf".as_slice(), &with_head("")].concat()),
        (
            "line ends of Windows",
            with_head("tags: [a]\n")
                .iter()
                .flat_map(|b| match b {
                    b'\n' => b"\r\n".to_vec(),
                    b => vec![*b],
                })
                .collect(),
        ),
        ("another encoding", [HEAD.as_bytes(), b"author: Andr\xe9\n"].concat()),
        ("a NUL", with_head("author: a\0b\n")),
        ("an escape sequence", with_head("author: \"\\e[31mred\"\n")),
        ("tabs for spaces", with_head("retry:\n\tmax_attempts: 2\n")),
        ("a tab in a text", with_head("author: a\tb\n")),
        ("a key that is there twice", with_head("tags: [a]\ntags: [b]\n")),
        ("a key that is there twice inside", with_head("retry: {max_attempts: 1, max_attempts: 2}\n")),
        ("two documents", with_head("---\nid: other\n")),
        ("a document end and more", with_head("...\nid: other\n")),
        ("a tag", with_head("author: !!python/object/apply:os.system [id]\n")),
        ("a tag on a text", with_head("author: !secret x\n")),
        ("a merge key", with_head("retry: &r {max_attempts: 2}\nsandbox:\n  <<: *r\n  profile: host\n")),
        ("an alias", with_head("author: &me Somebody\nmaintainers: [*me]\n")),
        ("an alias to nothing", with_head("author: *nobody\n")),
        ("an alias to itself", with_head("tags: &t [*t]\n")),
        ("a bomb of aliases", bomb.into_bytes()),
        ("nested too deep", with_head(&format!("tags: {}{}\n", "[".repeat(40), "]".repeat(40)))),
        ("nested without end", with_head(&format!("tags: {}\n", "[".repeat(10_000)))),
        ("too long", with_head(&format!("# {}\n", "x".repeat(MAX_MANIFEST_BYTES)))),
        ("a bracket that is never closed", with_head("tags: [a, b\ncategory: web\n")),
        ("a quote that is never closed", with_head("author: \"Somebody\ncategory: web\n")),
        ("a colon in a text", with_head("author: Somebody: the first\n")),
        ("indented by a space too many", with_head(" author: Somebody\n")),
        ("not indented", with_head("retry:\nmax_attempts: 2\n")),
        ("a list without a space", with_head("tags:\n  -a\n  -b\n")),
        ("a line without a colon", with_head("author Somebody\n")),
        ("an at sign first", with_head("author: @somebody\n")),
        ("a percent sign first", with_head("author: %somebody\n")),
        ("a backtick first", with_head("author: `id`\n")),
        ("a key that is a list", with_head("? [a, b]\n: c\n")),
        ("a key that is a number", with_head("8: c\n")),
        ("a list", b"- id: app\n".to_vec()),
        ("a text", b"install nginx please\n".to_vec()),
        ("a number", b"42\n".to_vec()),
        (
            "JSON",
            br#"{"id": "app", "name": "App", "version": "1.0.0", "install_script": "install.sh"}"#.to_vec(),
        ),
        ("a web page", b"<!DOCTYPE html>\n<html><body>404: not found</body></html>\n".to_vec()),
        ("a shell script", b"#!/bin/bash\nset -euo pipefail\napt-get install -y nginx\n".to_vec()),
    ]
}

pub(in super::super) fn contents() -> Vec<(&'static str, Vec<u8>)> {
    let inputs = |text: &str| with_head(&format!("inputs:\n{text}"));
    vec![
        ("nothing but a name", b"name: x\n".to_vec()),
        ("a mistyped key", with_head("timout_seconds: 60\nlicense: MIT\nos: debian\n")),
        ("keys of other tools", with_head("dependencies: [curl]\nrun: ./x\nservices: {}\n")),
        ("names that are no names", b"id: My App\nname: ''\nversion: 1.10\ninstall_script: install.sh\npublisher: -x\n".to_vec()),
        ("unquoted versions", b"id: app\nname: App\nversion: 2\ninstall_script: install.sh\nos_requirements: {family: [ubuntu], min_version: 20.04}\n".to_vec()),
        ("numbers out of bounds", with_head(
            "timeout_seconds: 0\nrelease: -1\nretry: {max_attempts: 1000, initial_seconds: 0, max_seconds: 1}\n\
             resource_requirements: {min_ram_mb: 99999999999999999999, min_disk_mb: 1.5, min_cpu_cores: '2'}\n")),
        ("units in numbers", with_head("timeout_seconds: 10m\nresource_requirements: {min_ram_mb: 512MB}\n")),
        ("yes and no", with_head("idempotent: yes\ninputs:\n  - {name: a, type: boolean, default: no, required: on}\n")),
        ("paths out of the bundle", with_head(
            "uninstall_script: ../../../bin/sh\nverify_script: /bin/true\nbackup_script: a/./b\nrestore_script: '-rf'\n\
             upgrade_script: 'a b.sh'\nicon: .hidden.svg\n")),
        ("a homepage that is none", with_head("homepage: javascript:alert(1)\n")),
        ("one where a list belongs", with_head("tags: web\nmaintainers: Somebody\nos_requirements: {family: debian}\n")),
        ("a list where one belongs", with_head("category: [web]\nauthor: {name: x}\n")),
        ("an unknown type", inputs("  - {name: a, type: strng}\n  - {name: b, type: number}\n  - {name: c, type: string|integer}\n")),
        ("an input without a name", inputs("  - {type: string}\n  - string\n  - {name: ok}\n")),
        ("inputs as a mapping", inputs("  http_port: {type: port}\n")),
        ("names that steer programs", inputs("  - {name: path, type: string}\n  - {name: ld_preload, type: string}\n  - {name: https_proxy, type: string}\n  - {name: uid, type: integer}\n")),
        ("names that are no variables", inputs("  - {name: 'a;rm -rf /', type: string}\n  - {name: HTTP_PORT, type: port}\n  - {name: http-port, type: port}\n")),
        ("an input that is there twice", inputs("  - {name: a, type: string}\n  - {name: a, type: port}\n")),
        ("bad patterns", inputs("  - {name: a, type: string, validation: {pattern: '('}}\n  - {name: b, type: string, validation: {pattern: '(?=x)'}}\n  - {name: c, type: string, validation: {pattern: '(a)\\1'}}\n  - {name: d, type: string, validation: {pattern: '((x{900}){900}){900}'}}\n  - {name: e, type: string, validation: {pattern: 5}}\n")),
        ("limits that contradict", inputs("  - {name: a, type: string, validation: {min_length: 5, max_length: 2}}\n  - {name: b, type: integer, validation: {min_value: 5, max_value: 2}}\n")),
        ("rules without effect", inputs("  - {name: a, type: string, validation: {min_value: 5}}\n  - {name: b, type: boolean, validation: {max_length: 2}}\n")),
        ("defaults that break their rules", inputs(
            "  - {name: a, type: string, default: ABC, validation: {pattern: '[a-z]+', max_length: 2}}\n  - {name: b, type: port, default: 70000}\n\
             \x20 - {name: c, type: select, default: z, validation: {allowed_values: [x, y]}}\n  - {name: d, type: email, default: nobody}\n  - {name: e, type: integer, default: ''}\n\
             \x20 - {name: f, type: boolean, default: 'yes'}\n  - {name: g, type: path, default: etc/passwd}\n  - {name: h, type: string, default: 1.5}\n")),
        ("a choice of nothing", inputs("  - {name: a, type: select}\n  - {name: b, type: multiselect, validation: {allowed_values: []}}\n  - {name: c, type: select, validation: {allowed_values: [x, x]}}\n  - {name: d, type: multiselect, validation: {allowed_values: ['x,y']}}\n")),
        ("a secret for everybody", inputs("  - {name: a, type: password, default: hunter2}\n")),
        ("passwords that cannot be made up", inputs("  - {name: a, type: string, generate: true}\n  - {name: b, type: password, generate: {length: 4}}\n  - {name: c, type: password, generate: {alphabet: abc}}\n  - {name: d, type: password, generate: true, validation: {max_length: 8}}\n  - {name: e, type: password, generate: true, default: x}\n")),
        ("conditions on nothing", inputs("  - {name: enable_ssl, type: boolean}\n  - {name: a, type: string, visible_if: {enable_sll: true}}\n  - {name: b, type: string, visible_if: enable_ssl}\n  - {name: c, type: string, visible_if: {enable_ssl: maybe}}\n  - {name: d, type: string, visible_if: {enable_ssl: {is: true}}}\n  - {name: e, type: string, visible_if: {enable_ssl: {at_least: 1}}}\n  - {name: f, type: string, visible_if: {enable_ssl: []}}\n")),
        ("conditions in a circle", inputs("  - {name: a, type: string, visible_if: {b: x}}\n  - {name: b, type: string, visible_if: {a: x}}\n  - {name: c, type: string, visible_if: {c: x}}\n")),
        ("a condition on a secret", inputs("  - {name: a, type: password}\n  - {name: b, type: string, visible_if: {a: x}}\n")),
        ("a sandbox of no kind", with_head("sandbox: {profile: none}\n")),
        ("a sandbox without a profile", with_head("sandbox: {network: false}\n")),
        ("a sandbox that cannot hold", with_head("sandbox: {profile: host, network: false, write_paths: [/srv]}\n")),
        ("folders that are no folders", with_head("sandbox: {profile: confined, write_paths: [/, ../x, /proc, /srv/../etc]}\n")),
        ("ports that are none", with_head("ports: [0, 65536, http, {port: 80, input: a}, {protocol: tcp}, {input: nobody}, {port: 80, protocol: sctp}]\n")),
        ("a conflict with itself", with_head("conflicts: [app]\nprovides: [Web Server]\n")),
        ("outputs that are there twice", with_head("outputs: [{name: url}, {name: url}, {label: x}]\n")),
        ("versions of a family that is not listed", with_head("os_requirements: {family: [debian], min_versions: {ubuntu: '22.04', debian: bookworm}}\n")),
        ("texts that are too long", with_head(&format!("category: {}\n", "x".repeat(65)))),
        ("more than fifty problems", (0..80).flat_map(|n| format!("key_{n}: 1\n").into_bytes()).collect()),
    ]
}

fn shown(cases: Vec<(&'static str, Vec<u8>)>) -> String {
    let mut text = String::new();
    for (name, bytes) in cases {
        let judged = judged(&bytes);
        for line in judged.lines() {
            assert!(line.chars().count() < 600, "{name}: {line}");
            assert!(!line.chars().any(char::is_control), "{name}: {line:?}");
        }
        write!(text, "# {name}\n{judged}\n").unwrap();
    }
    text
}

#[test]
fn what_is_said_of_broken_yaml() {
    insta::assert_snapshot!(shown(yaml()));
}

#[test]
fn what_is_said_of_manifests_that_mean_nothing() {
    insta::assert_snapshot!(shown(contents()));
}
