//! The inputs of a manifest.

use serde_json::Value;

use super::fields::{Fields, Findings, Place, clip};
use super::{conditions, names};
use crate::inputs::value;
use crate::manifest::yaml::Node;
use crate::manifest::{Generate, Input, InputKind, Pattern, Rule, Validation};

const MAX_INPUTS: usize = 200;
/// The longest text that can be asked for, in characters.
const MAX_LENGTH: i64 = crate::inputs::MAX_VALUE_BYTES as i64;

/// Reads all inputs, and then what refers from one to another.
pub(super) fn read(to: &mut Findings, node: &Node, at: &Place) -> Vec<Input> {
    if let Node::Map(_) = node {
        let message = "this is a mapping, and must be a list; begin each input with `- name: http_port`";
        to.problem(at, "MANIFEST_WRONG_TYPE", message);
        return Vec::new();
    }
    let mut seen = Vec::new();
    let mut waiting = Vec::new();
    let mut inputs = to.list(node, at, MAX_INPUTS, |to, node, at| {
        let (input, condition) = input(to, node, at, &mut seen)?;
        waiting.push((at.clone(), condition));
        Some(input)
    });
    // Conditions can look at inputs further down, so they come when all are known.
    let conditions: Vec<_> = waiting
        .iter()
        .map(|(at, condition)| conditions::read(to, condition.as_ref()?, &at.key("visible_if"), &inputs))
        .collect();
    for (input, condition) in inputs.iter_mut().zip(conditions) {
        input.visible_if = condition;
    }
    let places: Vec<Place> = waiting.into_iter().map(|(at, _)| at).collect();
    conditions::refuse_cycles(to, &inputs, &places);
    inputs
}

fn input(
    to: &mut Findings,
    node: &Node,
    at: &Place,
    seen: &mut Vec<String>,
) -> Option<(Input, Option<Node>)> {
    let mut fields = to.fields(node, at)?;
    let name = fields.need("name", "http_port", to).and_then(|(node, at)| {
        let name = names::input_name(to, node, &at)?;
        names::unique(to, &at, seen, &name, "input");
        Some(name)
    });
    let words = InputKind::ALL.map(InputKind::as_str);
    let kind = fields
        .need("type", "string", to)
        .and_then(|(node, at)| to.word(node, &at, &words, InputKind::from_name));
    let mut line = |key, max| fields.get(key).and_then(|(node, at)| to.line(node, &at, max));
    let label = line("label", 200);
    let group = line("group", 100);
    let mut text = |key, max| fields.get(key).and_then(|(node, at)| to.text(node, &at, max));
    let description = text("description", 4000).unwrap_or_default();
    let placeholder = text("placeholder", 1000);
    let help = text("help", 8000);
    let mut flag = |key| fields.get(key).and_then(|(node, at)| to.boolean(node, &at));
    let (required, sensitive) = (flag("required").unwrap_or(false), flag("sensitive"));
    let rules = fields.get("validation");
    let default = fields.get("default");
    let generate = fields.get("generate");
    let condition = fields.get("visible_if").map(|(node, _)| node.clone());
    fields.finish(to);

    // Without a type there is nothing to judge the rest by.
    let (name, kind) = (name?, kind?);
    let mut input = Input {
        label: label.unwrap_or_else(|| name.clone()),
        name,
        kind,
        description,
        required,
        default: None,
        generate: None,
        sensitive: sensitive.unwrap_or(false) || kind == InputKind::Password,
        validation: Validation::default(),
        visible_if: None,
        placeholder,
        help,
        group,
    };
    if let Some((false, (_, at))) = sensitive.zip(Some((node, at))).filter(|_| kind == InputKind::Password) {
        let message = "a password is always sensitive; remove this, or take the type `string`";
        to.problem(&at.key("sensitive"), "MANIFEST_INVALID_VALUE", message);
    }
    let before = to.problem_count();
    if let Some((node, at)) = &rules
        && let Some(fields) = to.fields(node, at)
    {
        input.validation = validation(to, fields, at, kind);
    }
    let is_choice = matches!(kind, InputKind::Select | InputKind::Multiselect);
    if is_choice && input.validation.allowed_values.is_empty() && to.problem_count() == before {
        let message = format!("a {kind} needs `validation: {{allowed_values: [one, two]}}` to choose from");
        to.problem(at, "MANIFEST_MISSING_KEY", message);
    }
    let rules_are_good = to.problem_count() == before;
    if let Some((node, at)) = &default {
        input.default = default_value(to, node, at, &input, rules_are_good);
    }
    if let Some((node, at)) = &generate {
        input.generate = self::generate(to, node, at, &input, rules_are_good);
    }
    Some((input, condition))
}

/// A value in a manifest as a value of JSON.
pub(super) fn plain_value(to: &mut Findings, node: &Node, at: &Place) -> Option<Value> {
    match node {
        Node::Bool(value) => Some((*value).into()),
        Node::Integer(number) => Some((*number).into()),
        Node::Text(text) => Some(text.as_str().into()),
        Node::List(nodes) => {
            let values =
                nodes.iter().enumerate().map(|(index, node)| plain_value(to, node, &at.index(index)));
            values.collect::<Option<Vec<_>>>().map(Value::Array)
        }
        Node::Float | Node::Huge => {
            let message =
                format!("this is {}; put quotes around it, as in \"1.10\", to have it as text", node.kind());
            to.problem(at, "MANIFEST_WRONG_TYPE", message);
            None
        }
        Node::Null | Node::Map(_) => {
            let message = format!("this is {}, and must be a value or a list of values", node.kind());
            to.problem(at, "MANIFEST_WRONG_TYPE", message);
            None
        }
    }
}

fn default_value(
    to: &mut Findings,
    node: &Node,
    at: &Place,
    input: &Input,
    rules_are_good: bool,
) -> Option<Value> {
    let value = plain_value(to, node, at)?;
    if !rules_are_good {
        return None;
    }
    if value::is_unset(input.kind, &value) {
        let message = format!("the empty text is no {}; leave `default` out if there is none", input.kind);
        to.problem(at, "MANIFEST_INVALID_DEFAULT", message);
        return None;
    }
    if input.is_sensitive() {
        let message =
            "everybody who has the bundle knows this secret; leave it out, or use `generate` for a password";
        to.remark(at, "MANIFEST_SECRET_DEFAULT", message);
    }
    match value::check(input, &value) {
        Ok(value) => Some(value),
        Err(faults) => {
            for fault in faults {
                let message = format!("the default breaks the input's own rules: it {}", fault.message);
                to.problem(at, "MANIFEST_INVALID_DEFAULT", message);
            }
            None
        }
    }
}

fn generate(
    to: &mut Findings,
    node: &Node,
    at: &Place,
    input: &Input,
    rules_are_good: bool,
) -> Option<Generate> {
    const LETTERS_AND_DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let default = || Generate { length: 24, alphabet: LETTERS_AND_DIGITS.to_owned() };
    let generate = match node {
        Node::Bool(false) => return None,
        Node::Bool(true) => default(),
        _ => {
            let mut fields = to.fields(node, at)?;
            let length = fields.get("length").and_then(|(node, at)| to.integer(node, &at, (8, 256)));
            let alphabet = fields.get("alphabet").and_then(|(node, at)| alphabet(to, node, &at));
            fields.finish(to);
            Generate { length: length.unwrap_or(24), alphabet: alphabet.unwrap_or(default().alphabet) }
        }
    };
    if input.kind != InputKind::Password {
        let message = format!("only a password can be made up, and this is a {}; remove this", input.kind);
        to.problem(at, "MANIFEST_INVALID_VALUE", message);
        return None;
    }
    if input.default.is_some() {
        to.problem(at, "MANIFEST_INVALID_VALUE", "here are both `default` and `generate`; keep one");
        return None;
    }
    if rules_are_good {
        // Every character of the alphabet in some sample: what the rules forbid shows.
        let all: Vec<char> = generate.alphabet.chars().collect();
        for start in (0..all.len()).step_by(generate.length) {
            let sample: String = all.iter().cycle().skip(start).take(generate.length).collect();
            if let Err(faults) = value::check(input, &sample.into()) {
                let message =
                    format!("what is made up would break the input's own rules: it {}", faults[0].message);
                to.problem(at, "MANIFEST_INVALID_VALUE", message);
                return None;
            }
        }
    }
    Some(generate)
}

fn alphabet(to: &mut Findings, node: &Node, at: &Place) -> Option<String> {
    let text = to.line(node, at, 94)?;
    let mut letters: Vec<u8> = text.bytes().filter(u8::is_ascii_graphic).collect();
    letters.sort_unstable();
    letters.dedup();
    if letters.len() != text.len() || letters.len() < 10 {
        let message = "an alphabet consists of 10 or more different printable ASCII characters";
        to.problem(at, "MANIFEST_INVALID_VALUE", message);
        return None;
    }
    Some(text)
}

fn validation(to: &mut Findings, mut fields: Fields<'_>, at: &Place, kind: InputKind) -> Validation {
    let pattern = fields.get("pattern").and_then(|(node, at)| {
        let source = to.line(node, &at, Pattern::MAX_BYTES)?;
        let pattern = Pattern::new(&source);
        if let Err(why) = &pattern {
            let message = format!("`{}` is not a regular expression: {why}", clip(&source));
            to.problem(&at, "MANIFEST_BAD_PATTERN", message);
        }
        pattern.ok()
    });
    let mut length = |key| fields.get(key).and_then(|(node, at)| to.integer(node, &at, (0, MAX_LENGTH)));
    let (min_length, max_length) = (length("min_length"), length("max_length"));
    let mut number = |key| fields.get(key).and_then(|(node, at)| to.integer(node, &at, (i64::MIN, i64::MAX)));
    let (min_value, max_value): (Option<i64>, _) = (number("min_value"), number("max_value"));
    let allowed_values = match fields.get("allowed_values") {
        Some((node, at)) => allowed_values(to, node, &at, kind),
        None => Vec::new(),
    };
    let messages = fields.get("messages").map(|(node, at)| messages(to, node, &at)).unwrap_or_default();
    for (low, high, key) in [
        (min_length.map(|n: usize| n as i64), max_length.map(|n: usize| n as i64), "min_length"),
        (min_value, max_value, "min_value"),
    ] {
        if let Some((low, high)) = low.zip(high).filter(|(low, high)| low > high) {
            let message =
                format!("{low} is above the maximum of {high}, so that no value is allowed; swap them");
            to.problem(&at.key(key), "MANIFEST_OUT_OF_RANGE", message);
        }
    }
    let no_length = kind.is_number() || kind == InputKind::Boolean;
    let idle = [
        (min_length.is_some() && no_length, "min_length"),
        (max_length.is_some() && no_length, "max_length"),
        (min_value.is_some() && !kind.is_number(), "min_value"),
        (max_value.is_some() && !kind.is_number(), "max_value"),
    ];
    for (_, key) in idle.into_iter().filter(|(is_idle, _)| *is_idle) {
        let message = format!("`{key}` says nothing about a {kind}, and is ignored");
        to.remark(&at.key(key), "MANIFEST_RULE_WITHOUT_EFFECT", message);
    }
    fields.finish(to);
    Validation { pattern, min_length, max_length, min_value, max_value, allowed_values, messages }
}

fn allowed_values(to: &mut Findings, node: &Node, at: &Place, kind: InputKind) -> Vec<Value> {
    // Each value of a multiselect is like that of a select.
    let single = if kind == InputKind::Multiselect { InputKind::Select } else { kind };
    let mut seen = Vec::new();
    let values = to.list(node, at, 1000, |to, node, at| {
        let value = plain_value(to, node, at)?;
        match value::coerce(single, &value) {
            Err(fault) => {
                to.problem(at, "MANIFEST_INVALID_VALUE", format!("this value {}", fault.message));
                None
            }
            Ok(value) if seen.contains(&value) => {
                to.problem(at, "MANIFEST_INVALID_VALUE", "this value is listed twice; remove one");
                None
            }
            Ok(Value::String(text))
                if text.is_empty() || (kind == InputKind::Multiselect && text.contains(',')) =>
            {
                let message = "this value must be non-empty, and without a comma where several can be chosen";
                to.problem(at, "MANIFEST_INVALID_VALUE", message);
                None
            }
            Ok(value) => {
                seen.push(value.clone());
                Some(value)
            }
        }
    });
    if matches!(node, Node::List(nodes) if nodes.is_empty()) {
        to.problem(at, "MANIFEST_INVALID_VALUE", "no value is listed; list at least one, or remove the key");
    }
    values
}

fn messages(to: &mut Findings, node: &Node, at: &Place) -> Vec<(Rule, String)> {
    let Some(mut fields) = to.fields(node, at) else {
        return Vec::new();
    };
    let mut messages = Vec::new();
    for rule in Rule::ALL {
        if let Some((node, at)) = fields.get(rule.as_str())
            && let Some(message) = to.line(node, &at, 500)
        {
            messages.push((rule, message));
        }
    }
    fields.finish(to);
    messages
}
