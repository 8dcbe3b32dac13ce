//! `docs/reference/manifest.md`, written from the schema.

use std::fmt::Write as _;

use serde_json::Value;

use super::agreement::{EVERYTHING, MAPPINGS, definition, keys_of_the_reader};

const INTRODUCTION: &str = "\
# The manifest

A `manifest.yml` says what an app is, what it needs, what it asks for and which scripts it runs. Forms, validation, jobs
and trust all come from it. This page has every key; [writing-an-installer.md](../writing-an-installer.md) says how to go
about it. It is written from the [JSON Schema](manifest.schema.json), by which editors complete a manifest that names it:

```yaml
# yaml-language-server: $schema=../../docs/reference/manifest.schema.json
```

`purvey lint` finds what a schema cannot express: references to nothing, defaults that break their own rules, scripts that
are missing.

A manifest is one YAML mapping in UTF-8, at most 256 KiB. Keys that are not listed here are errors, and so are keys that
are there twice, tags (`!...`) and merge keys (`<<`). A key with nothing behind it is like no key. A *line* is a text
without a line end.
";

/// What stands before the table of a mapping: its heading and more than its description.
fn heading(name: &str) -> (&'static str, &'static str) {
    match name {
        "" => ("The manifest", ""),
        "OsRequirements" => ("`os_requirements`", ""),
        "ResourceRequirements" => ("`resource_requirements`", ""),
        "Input" => ("`inputs`", INPUTS),
        "Validation" => ("`validation`", ""),
        "Messages" => ("`messages`", ""),
        "GenerateHow" => ("`generate`", ""),
        "Condition" => ("`visible_if`", CONDITIONS),
        "Comparison" => ("Comparisons of `visible_if`", ""),
        "Retry" => ("`retry`", RETRY),
        "Sandbox" => ("`sandbox`", ""),
        "Output" => ("`outputs`", ""),
        "PortUse" => ("`ports`", ""),
        _ => ("", ""),
    }
}

const INPUTS: &str = "
At most 200. A value may come as its type or as text: `true` and `\"true\"`, `80` and `\"80\"`. Texts are taken literally, and
reach the script as the variable of the input's name in upper case, whatever signs they have; only control characters are
refused, but for line ends and tabs in a `text`. One value has at most 64 KiB, all together 128 KiB. The chosen values of a
multiselect arrive with commas between them.

A name must not become a variable that steers programs: `path`, `home`, `ifs`, `env`, `shell`, `user`, `lang`, `tmpdir`,
`ps4` and the like, names that begin with `ld_`, `bash`, `lc_`, `dpkg_`, `apt_`, `deb`, `purvey_`, `perl`, `python`, `git_` or
`systemd_` or end with `_proxy`, those that the shell sets itself (`uid`, `random`, `seconds`), and `and`, `or`, `not`.
";

const CONDITIONS: &str = "
```yaml
visible_if: {enable_ssl: true}                    # equal
visible_if: {mode: [primary, replica]}            # one of a list
visible_if: {workers: {at_least: 2, less_than: 8}} # compared
visible_if: {enable_ssl: true, mode: primary}     # all of them
visible_if:
  or:
    - {enable_ssl: true}
    - not: {mode: {in: [primary]}}
```

A hidden input satisfies no comparison but `is_set: false`. A condition cannot look at a secret, and conditions must not
wait for each other in a circle.
";

const RETRY: &str = "
An attempt is repeated unless it ended with 0 (done), 1 (the inputs cannot work), 3 (the configuration does not work), 126 or
127 (the script cannot be run).
";

pub(super) fn text(schema: &Value) -> String {
    let mut text = INTRODUCTION.to_owned();
    for (name, pointer) in MAPPINGS {
        let of = definition(schema, name);
        let (heading, more) = heading(name);
        let description = of["description"].as_str().unwrap_or_default();
        write!(text, "\n## {heading}\n\n{description}\n{more}\n").unwrap();
        text +=
            "| key | what | default | limits | meaning | example |\n| --- | --- | --- | --- | --- | --- |\n";
        let keys = match name {
            "Condition" => ["and", "or", "not"].map(str::to_owned).into(),
            _ => keys_of_the_reader(pointer),
        };
        for key in keys {
            let is_required = of["required"]
                .as_array()
                .is_some_and(|required| required.contains(&Value::from(key.as_str())));
            row(schema, &key, is_required, &of["properties"][&key], &mut text);
        }
        if name == "Input" {
            text += "\nThe types:\n\n| type | value |\n| --- | --- |\n";
            for kind in words(definition(schema, "InputKind")) {
                writeln!(text, "| `{}` | {} |", kind.0, kind.1).unwrap();
            }
        }
        if name == "Sandbox" {
            text += "\nThe profiles:\n\n| profile | for |\n| --- | --- |\n";
            for profile in words(definition(schema, "Profile")) {
                writeln!(text, "| `{}` | {} |", profile.0, profile.1).unwrap();
            }
        }
    }
    write!(text, "\n## Every key\n\n```yaml\n{EVERYTHING}```\n").unwrap();
    text
}

fn row(schema: &Value, key: &str, is_required: bool, of: &Value, text: &mut String) {
    let default = match (is_required, of.get("default")) {
        (true, _) => "required".to_owned(),
        (false, Some(default)) => code("", default),
        (false, None) => "none".to_owned(),
    };
    let example = of["examples"].get(0).map(|example| code(key, example)).unwrap_or_default();
    let description = of["description"].as_str().unwrap_or_default().replace('\n', " ");
    let (what, limits) = (what(schema, of), limits(schema, of).join(", "));
    writeln!(text, "| `{key}` | {what} | {default} | {limits} | {description} | {example} |").unwrap();
}

/// A value, and the key before it, as code in a cell of a table.
fn code(key: &str, value: &Value) -> String {
    let written = match value {
        Value::String(text) if !key.is_empty() && text.parse::<f64>().is_ok() => format!("\"{text}\""),
        Value::String(text) => text.clone(),
        other => other.to_string().replace(',', ", ").replace("\":", "\": "),
    };
    let key = if key.is_empty() { String::new() } else { format!("{key}: ") };
    format!("`{key}{}`", written.replace('|', "\\|"))
}

/// The schema itself, without the possibility of nothing and behind its reference.
fn bare<'s>(schema: &'s Value, of: &'s Value) -> &'s Value {
    if let Some(either) = of["anyOf"].as_array()
        && let [one, null] = either.as_slice()
        && null["type"] == "null"
    {
        return bare(schema, one);
    }
    match of["$ref"].as_str().or_else(|| of["allOf"][0]["$ref"].as_str()) {
        Some("#") => schema,
        Some(reference) => definition(schema, reference.trim_start_matches("#/$defs/")),
        None => of,
    }
}

fn words(of: &Value) -> Vec<(&str, &str)> {
    let described = of["oneOf"].as_array().into_iter().flatten();
    let described =
        described.filter_map(|word| Some((word["const"].as_str()?, word["description"].as_str()?)));
    let plain = of["enum"].as_array().into_iter().flatten().filter_map(|word| Some((word.as_str()?, "")));
    described.chain(plain).collect()
}

fn what(schema: &Value, of: &Value) -> String {
    let of = bare(schema, of);
    let words = words(of);
    if !words.is_empty() {
        let words: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        return words.join(", ");
    }
    if of.get("properties").is_some() || of.get("additionalProperties").is_some() {
        return "mapping".to_owned();
    }
    if let Some(either) = of["anyOf"].as_array() {
        let either: Vec<String> = either.iter().map(|one| what(schema, one)).collect();
        return either.join(" or ");
    }
    let types: Vec<&str> = match &of["type"] {
        Value::Array(types) => {
            types.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect()
        }
        one => one.as_str().into_iter().collect(),
    };
    match types.as_slice() {
        ["string"] if of["pattern"].as_str().is_some_and(|pattern| pattern != "\\S") => "line".to_owned(),
        ["string"] => "text".to_owned(),
        ["integer"] => "whole number".to_owned(),
        ["boolean"] => "true or false".to_owned(),
        ["array"] => format!("list of: {}", what(schema, &of["items"])),
        types if types.contains(&"array") => "value or list of values".to_owned(),
        _ => "value".to_owned(),
    }
}

fn limits(schema: &Value, of: &Value) -> Vec<String> {
    let of = bare(schema, of);
    let mut limits = Vec::new();
    match (of["minimum"].as_i64(), of["maximum"].as_i64()) {
        (Some(i64::MIN), _) => limits.push("64 bits".to_owned()),
        (Some(min), Some(i64::MAX)) => limits.push(format!("at least {min}")),
        (Some(min), Some(max)) => limits.push(format!("{min} to {max}")),
        _ => {}
    }
    match (of["minLength"].as_i64(), of["maxLength"].as_i64()) {
        (Some(min), Some(max)) => limits.push(format!("{min} to {max} characters")),
        (None, Some(max)) => limits.push(format!("at most {max} characters")),
        _ => {}
    }
    if let Some(max) = of["maxItems"].as_i64() {
        limits.push(format!("at most {max}"));
    }
    if of["pattern"].as_str().is_some_and(|pattern| pattern.contains("(/")) {
        return vec!["a path in the bundle".to_owned()];
    }
    let general = ["\\S", "^[^\\r\\n]*\\S[^\\r\\n]*$"];
    if let Some(pattern) = of["pattern"].as_str().filter(|pattern| !general.contains(pattern)) {
        limits.push(code("", &pattern.into()));
    }
    limits
}
