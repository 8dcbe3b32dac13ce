//! The JSON Schema of manifests, for editors, and the reference that is written from it. Made and checked by tests: no
//! program carries it.

use std::path::{Path, PathBuf};

use schemars::generate::SchemaSettings;
use serde_json::Value;

mod agreement;
mod reference;
mod written;

/// The schema, 2020-12.
fn schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    generator.root_schema_for::<written::Manifest>().to_value()
}

fn docs(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference").join(file)
}

/// Compares a golden file; `INSTA_UPDATE=always` writes it, as with the others.
#[allow(clippy::disallowed_methods, reason = "how golden files are renewed is said by the environment")]
fn golden(file: &str, text: &str) {
    let path = docs(file);
    if std::env::var("INSTA_UPDATE").as_deref() == Ok("always") {
        std::fs::write(&path, text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "docs/reference/{file} is stale; run again with INSTA_UPDATE=always");
}

#[test]
fn the_published_schema_is_the_one_of_the_types() {
    golden("manifest.schema.json", &(serde_json::to_string_pretty(&schema()).unwrap() + "\n"));
}

#[test]
fn the_published_reference_is_the_one_of_the_schema() {
    golden("manifest.md", &reference::text(&schema()));
}
