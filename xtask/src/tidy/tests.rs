//! Each rule finds what breaks it, and only that.

use std::path::Path;

use super::{File, Finding, findings, names};

/// What is found in a tree of these files.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).unwrap();
        std::fs::write(path, text).unwrap();
    }
    findings(root.path()).unwrap().iter().map(Finding::to_string).collect()
}

fn one(path: &str, text: &str) -> String {
    let mut all = found(&[(path, text)]);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[test]
fn the_domain_may_not_name_a_transport() {
    let said = one("control-plane/src/fleet/jobs.rs", "//! tonic is not for us\nuse tonic::Status;\n");
    assert!(said.starts_with("control-plane/src/fleet/jobs.rs:2: tonic is named here"), "{said}");
    assert!(found(&[("control-plane/src/fleet/jobs.rs", "use tonics::Gin;\n")]).is_empty());
    assert!(
        found(&[("control-plane/src/api/grpc/jobs.rs", "use tonic::Status;\nuse purvey_proto::v1;\n")])
            .is_empty()
    );
}

#[test]
fn only_the_api_may_name_wire_types() {
    let said = one("control-plane/src/app.rs", "use tonic::Server;\nuse purvey_proto::v1::Job;\n");
    assert!(said.starts_with("control-plane/src/app.rs:2:"), "{said}");
}

#[test]
fn the_contract_may_not_name_a_runtime() {
    assert!(one("contract/src/id.rs", "use tokio::time;\n").contains("tokio"));
}

#[test]
fn unsafe_code_needs_a_place_in_the_list() {
    assert!(one("agent/src/x.rs", "fn f() { unsafe { g() } }\n").contains("agent/src/x.rs:1"));
    assert!(found(&[("agent/src/x.rs", "// unsafe\nfn unsafe_fast() { say(\"unsafe\") }\n")]).is_empty());
}

#[test]
fn a_file_of_more_than_six_hundred_lines_is_found_unless_generated() {
    let long = "x\n".repeat(601);
    assert!(one("lab/src/x.rs", &long).contains("601 lines"));
    assert!(found(&[("lab/src/x.rs", &"x\n".repeat(600)), ("proto/src/gen/x.rs", &long)]).is_empty());
}

#[test]
fn queries_name_their_columns() {
    assert!(one("migrations/1.sql", concat!("select", "   * from jobs\n")).contains("migrations/1.sql:1"));
    assert!(one("control-plane/src/fleet/x.rs", concat!("RETURNING", " *\n")).contains("name the columns"));
    let named = concat!("SELECT count(*) FROM jobs;\nSELECT", " * FROM UNNEST($1::int[]) AS t(n);\n");
    assert!(found(&[("migrations/1.sql", named)]).is_empty());
}

#[test]
fn notes_to_oneself_and_careless_ends_are_found() {
    assert!(one("a.sh", concat!("# TO", "DO: later\n")).contains("a.sh:1"));
    assert!(one("a.sh", "echo \n").contains("white space"));
    assert!(one("a.sh", "echo").contains("no line break"));
}

#[test]
fn a_crate_that_may_be_replaced_is_named_in_one_module() {
    let twice = [("agent/src/a.rs", "use backoff::X;\n"), ("agent/src/b.rs", "use backoff::X;\n")];
    assert_eq!(found(&twice).len(), 2);
    let apart = [
        ("agent/src/a.rs", "use backoff::X;\n"),
        ("cli/src/b.rs", "use backoff::X;\nuse crate::backoff::Y;\n"),
    ];
    assert!(found(&apart).is_empty());
}

#[test]
fn a_crate_takes_lints_and_versions_from_the_workspace() {
    let good =
        "[dependencies]\nserde.workspace = true\ntokio = { workspace = true }\n[lints]\nworkspace = true\n";
    assert!(found(&[("lab/Cargo.toml", good)]).is_empty());
    assert!(one("lab/Cargo.toml", "[package]\n").contains("lints"));
    let own = "[dev-dependencies]\nserde = \"1\"\n[lints]\nworkspace = true\n";
    assert!(one("lab/Cargo.toml", own).starts_with("lab/Cargo.toml:2: serde"));
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let text = "[a](b.md) [c](https://example.com/x) [d](#here) `[e](f.md)` [`g`](README.md#part)\n";
    let said = one("docs/README.md", text);
    assert_eq!(said, "docs/README.md:1: the link to b.md leads nowhere");
}

#[test]
fn a_decision_is_numbered_once_and_listed() {
    let index = ("docs/adr/README.md", "[1](0001-a-thing.md) [2](0001-another.md)\n");
    let files = [index, ("docs/adr/0001-a-thing.md", "# A\n"), ("docs/adr/0001-another.md", "# B\n")];
    let all = found(&files);
    assert!(all.len() == 1 && all[0].contains("its number is taken by 0001-a-thing.md"), "{all:?}");
    assert!(one("docs/adr/thing.md", "# A\n").contains("NNNN-title.md"));
    assert!(one("docs/adr/0002-x.md", "# A\n").contains("not listed"));
}

#[test]
fn a_word_is_not_a_part_of_a_name() {
    assert!(names("use tonic::x", "tonic") && names("tonic", "tonic"));
    assert!(!names("tonic_types", "tonic") && !names("my_tonic", "tonic"));
    let file = File { path: "x.rs".to_owned(), text: "a\nb".to_owned() };
    assert_eq!(file.lines().last(), Some((2, "b")));
}
