//! Bad values for each input, made from the manifest, and the code with which each is refused.

use purvey_contract::inputs::{self, Inputs};
use purvey_contract::manifest::{Input, InputKind, Manifest};
use serde_json::{Value, json};

use super::hostile;

/// A request that must be refused, and the violations that it must be refused with: all of them, and no others.
#[derive(Clone, Debug)]
pub(crate) struct Bad {
    /// For people.
    pub(crate) what: String,
    pub(crate) inputs: Inputs,
    /// Field and code.
    pub(crate) violations: Vec<(String, String)>,
}

/// One request for each bad value, on top of good inputs in which the input is visible, and one with all of them at once.
pub(crate) fn requests(manifest: &Manifest, good: &[Inputs]) -> Vec<Bad> {
    let Some(first) = good.first() else { return Vec::new() };
    let mut requests = Vec::new();
    for input in &manifest.inputs {
        let Some(base) = good.iter().find(|inputs| is_visible(manifest, input, inputs)) else { continue };
        if input.required && input.default.is_none() && input.generate.is_none() {
            let without = base.iter().filter(|(name, _)| **name != input.name);
            requests.push(Bad {
                what: format!("without `{}`", input.name),
                inputs: without.map(|(name, value)| (name.clone(), value.clone())).collect(),
                violations: vec![(field(input), "INPUT_REQUIRED".to_owned())],
            });
        }
        for (value, code) in values(manifest, input) {
            let mut inputs = base.clone();
            let what = if input.is_sensitive() { "a bad value".to_owned() } else { value.to_string() };
            inputs.insert(input.name.clone(), value);
            requests.push(Bad {
                what: format!("`{}` is {what}", input.name),
                inputs,
                violations: vec![(field(input), code.to_owned())],
            });
        }
    }
    let mut unknown = first.clone();
    unknown.insert("no_such_input".to_owned(), json!("x"));
    requests.push(Bad {
        what: "an input that the app does not have".to_owned(),
        inputs: unknown,
        violations: vec![("inputs.no_such_input".to_owned(), "INPUT_UNKNOWN".to_owned())],
    });
    requests.extend(all_at_once(manifest, good));
    requests
}

/// Every input bad at the same time, but for those that decide whether others are visible.
fn all_at_once(manifest: &Manifest, good: &[Inputs]) -> Option<Bad> {
    let most = good.iter().max_by_key(|inputs| effective(manifest, inputs).len())?;
    let decides = |input: &Input| {
        manifest
            .inputs
            .iter()
            .filter_map(|other| other.visible_if.as_ref())
            .any(|condition| condition.names().into_iter().any(|name| *name == input.name))
    };
    let mut bad = Bad { what: "everything at once".to_owned(), inputs: most.clone(), violations: Vec::new() };
    for input in manifest.inputs.iter().filter(|input| !decides(input) && is_visible(manifest, input, most)) {
        let Some((value, code)) = values(manifest, input).into_iter().next() else { continue };
        bad.inputs.insert(input.name.clone(), value);
        bad.violations.push((field(input), code.to_owned()));
    }
    (bad.violations.len() > 1).then_some(bad)
}

fn field(input: &Input) -> String {
    format!("inputs.{}", input.name)
}

fn effective(manifest: &Manifest, given: &Inputs) -> Inputs {
    match inputs::validate(manifest, given) {
        Ok(effective) => inputs::EffectiveInputs::join(&effective.plain, &effective.sensitive),
        Err(_) => Inputs::new(),
    }
}

/// Whether the control plane would look at a value of the input: a value that it must refuse is refused.
fn is_visible(manifest: &Manifest, input: &Input, given: &Inputs) -> bool {
    let mut probe = given.clone();
    probe.insert(input.name.clone(), json!({"not": "a value"}));
    inputs::validate(manifest, &probe).is_err_and(|found| found.iter().any(|one| one.field == field(input)))
}

/// Bad values of an input, with the code of the first rule that each breaks. What only a pattern could tell is left to
/// the pattern.
fn values(manifest: &Manifest, input: &Input) -> Vec<(Value, &'static str)> {
    let rules = &input.validation;
    let mut bad = vec![(json!([[1]]), "INPUT_WRONG_TYPE")];
    match input.kind {
        InputKind::Integer | InputKind::Port => bad.extend([
            (json!("eighty"), "INPUT_WRONG_TYPE"),
            (json!("1; touch /run/pwned"), "INPUT_WRONG_TYPE"),
            (json!(1.5), "INPUT_WRONG_TYPE"),
        ]),
        InputKind::Boolean => bad.push((json!("maybe"), "INPUT_WRONG_TYPE")),
        InputKind::Email => bad.push((json!("not an address"), "INPUT_INVALID_FORMAT")),
        InputKind::Domain => bad.push((json!("-no.example"), "INPUT_INVALID_FORMAT")),
        InputKind::Url => bad.push((json!("ftp://example.com"), "INPUT_INVALID_FORMAT")),
        InputKind::Path => bad.push((json!("../relative"), "INPUT_INVALID_FORMAT")),
        InputKind::Multiselect => bad.push((json!(["a\u{7}"]), "INPUT_CONTROL_CHARACTER")),
        _ => {}
    }
    if matches!(input.kind, InputKind::String | InputKind::Password | InputKind::Select | InputKind::Path) {
        bad.push((json!("/one\ntwo"), "INPUT_CONTROL_CHARACTER"));
    }
    if input.kind == InputKind::Text {
        bad.push((json!("a\u{0}b"), "INPUT_CONTROL_CHARACTER"));
    }
    if input.kind == InputKind::Port {
        bad.extend([(json!(0), "INPUT_TOO_SMALL"), (json!(65536), "INPUT_TOO_LARGE")]);
    }
    if let Some(min) = rules.min_value.and_then(|min| min.checked_sub(1)) {
        bad.push((json!(min), "INPUT_TOO_SMALL"));
    }
    if let Some(max) = rules.max_value.and_then(|max| max.checked_add(1)) {
        bad.push((json!(max), "INPUT_TOO_LARGE"));
    }
    // A value that breaks one rule may break another one too; only one that breaks a single rule is told by its code.
    let alone = hostile::alone(manifest, input);
    bad.retain(|(value, code)| {
        let given = Inputs::from_iter([(input.name.clone(), value.clone())]);
        matches!(inputs::validate(&alone, &given).as_ref().map_err(Vec::as_slice), Err([only]) if only.code == *code)
    });
    bad
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "\
id: app
name: App
version: 1.0.0
install_script: install.sh
inputs:
  - {name: title, type: string, required: true, validation: {max_length: 20}}
  - {name: size, type: integer, default: 1, validation: {min_value: 1, max_value: 9}}
  - {name: tls, type: boolean, default: false}
  - {name: tls_port, type: port, default: 443, visible_if: {tls: true}}
";

    #[test]
    fn each_bad_value_is_refused_for_the_reason_it_was_made_for() {
        let manifest = Manifest::parse(MANIFEST).unwrap();
        let plain = Inputs::from_iter([("title".to_owned(), json!("x"))]);
        let mut tls = plain.clone();
        tls.insert("tls".to_owned(), json!(true));
        let requests = requests(&manifest, &[plain, tls]);
        for bad in &requests {
            let found = inputs::validate(&manifest, &bad.inputs).unwrap_err();
            let found: Vec<_> = found.iter().map(|one| (one.field.clone(), one.code.to_owned())).collect();
            assert_eq!(found, bad.violations, "{}", bad.what);
        }
        let whats: Vec<_> = requests.iter().map(|bad| bad.what.as_str()).collect();
        for what in
            ["without `title`", "`size` is 0", "`size` is 10", "`tls` is \"maybe\"", "`tls_port` is 65536"]
        {
            assert!(whats.contains(&what), "{what} is not in {whats:?}");
        }
        let all = requests.last().unwrap();
        assert_eq!(all.violations.len(), 3, "title, size and tls_port: {all:?}");
    }
}
