//! SARIF 2.1.0 (OASIS), as far as code hosts read it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::finding::Finding;
use super::rules;

pub(super) fn document(findings: &[Finding]) -> Value {
    let index: BTreeMap<&str, usize> =
        rules::ALL.iter().enumerate().map(|(at, rule)| (rule.code, at)).collect();
    let rules: Vec<Value> = rules::ALL
        .iter()
        .map(|rule| {
            json!({
                "id": rule.code,
                "name": rule.name,
                "shortDescription": {"text": rule.what},
                "fullDescription": {"text": format!("{} {}", rule.what, rule.why)},
                "help": {"text": rule.fix},
                "defaultConfiguration": {"level": rule.level.as_str()},
            })
        })
        .collect();
    let results: Vec<Value> = findings
        .iter()
        .map(|finding| {
            let mut place = json!({"artifactLocation": {"uri": uri(&finding.source.path)}});
            if let Some(line) = finding.line {
                place["region"] = json!({"startLine": line});
                if let Some(column) = finding.column {
                    place["region"]["startColumn"] = column.into();
                    if finding.length > 0 {
                        place["region"]["endColumn"] = (column + finding.length).into();
                    }
                }
            }
            json!({
                "ruleId": finding.rule.code,
                "ruleIndex": index.get(finding.rule.code),
                "level": finding.level.as_str(),
                "message": {"text": format!("{}\n{}", finding.message, finding.fix())},
                "locations": [{"physicalLocation": place}],
            })
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "purvey lint", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            // As editors count.
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

/// A path as a relative reference (RFC 3986).
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.strip_prefix("./").unwrap_or(path).bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri += &format!("%{byte:02X}");
        }
    }
    uri
}
