//! One value: its type, its form and its rules. No message repeats the value.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::Value;

use super::{MAX_VALUE_BYTES, as_text};
use crate::manifest::{Input, InputKind, Rule};

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// Whether a value says that there is none: null; for numbers and truth values also the empty text, which is what a
/// form sends for a field that was left empty.
pub(crate) fn is_unset(kind: InputKind, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty() && (kind.is_number() || kind == InputKind::Boolean),
        _ => false,
    }
}

/// Whether a value is there but empty. For an optional input that is a way to say "none", and no rule applies to it.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        _ => false,
    }
}

/// Brings a value to the type of its input and applies every rule.
pub(crate) fn check(input: &Input, value: &Value) -> Result<Value, Vec<Fault>> {
    let value = coerce(input.kind, value).map_err(|fault| vec![fault])?;
    if is_empty(&value) {
        let fault = || vec![Fault::new("INPUT_REQUIRED", "a value is required")];
        return if input.required { Err(fault()) } else { Ok(value) };
    }
    let faults = broken_rules(input, &value);
    if faults.is_empty() { Ok(value) } else { Err(faults) }
}

/// Brings a value to a type and checks its form: texts become numbers, truth values or lists where the type is such.
pub(crate) fn coerce(kind: InputKind, value: &Value) -> Result<Value, Fault> {
    match kind {
        InputKind::Boolean => match value {
            Value::Bool(value) => Ok((*value).into()),
            Value::String(text) if text == "true" => Ok(true.into()),
            Value::String(text) if text == "false" => Ok(false.into()),
            _ => Err(Fault::new("INPUT_WRONG_TYPE", "must be true or false")),
        },
        InputKind::Integer => {
            let wrong =
                || Fault::new("INPUT_WRONG_TYPE", "must be a whole number in decimal digits, such as 42");
            whole_number(value).map(Value::from).ok_or_else(wrong)
        }
        InputKind::Port => match whole_number(value) {
            Some(port @ 1..=65535) => Ok(port.into()),
            Some(..=0) => Err(Fault::new("INPUT_TOO_SMALL", "must be a port, a number from 1 to 65535")),
            Some(_) => Err(Fault::new("INPUT_TOO_LARGE", "must be a port, a number from 1 to 65535")),
            None => Err(Fault::new("INPUT_WRONG_TYPE", "must be a port, a number from 1 to 65535")),
        },
        InputKind::Multiselect => choices(value),
        _ => {
            let text = one_text(value)?;
            form(kind, &text)?;
            Ok(text.into())
        }
    }
}

fn whole_number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| {
            // JSON made by JavaScript or from a protobuf Struct knows only doubles, exact up to here.
            let double = number.as_f64()?;
            (double.fract() == 0.0 && double.abs() <= 9_007_199_254_740_991.0).then_some(double as i64)
        }),
        Value::String(text) => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            let plain =
                digits.bytes().all(|b| b.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
            // "-0" and "007" have a plainer form, which a script would compare with.
            if plain && text != "-0" { text.parse().ok() } else { None }
        }
        _ => None,
    }
}

fn one_text(value: &Value) -> Result<String, Fault> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(value) => Ok(value.to_string()),
        Value::Number(_) => match whole_number(value) {
            Some(number) => Ok(number.to_string()),
            None => Err(Fault::new(
                "INPUT_WRONG_TYPE",
                "must be text; put quotes around a number with a fraction",
            )),
        },
        _ => Err(Fault::new("INPUT_WRONG_TYPE", "must be text")),
    }
}

fn choices(value: &Value) -> Result<Value, Fault> {
    let wrong =
        || Fault::new("INPUT_WRONG_TYPE", "must be a list of values, or one text with commas between them");
    let chosen: Vec<String> = match value {
        Value::Array(values) => values.iter().map(one_text).collect::<Result<_, _>>().map_err(|_| wrong())?,
        Value::String(text) if text.is_empty() => Vec::new(),
        Value::String(text) => text.split(',').map(str::to_owned).collect(),
        other => vec![one_text(other).map_err(|_| wrong())?],
    };
    for (at, text) in chosen.iter().enumerate() {
        if text.is_empty() || text.contains(',') {
            return Err(Fault::new(
                "INPUT_INVALID_FORMAT",
                "each chosen value must be non-empty and without a comma",
            ));
        }
        form(InputKind::Multiselect, text)?;
        if chosen[..at].contains(text) {
            return Err(Fault::new("INPUT_DUPLICATE", "each value can be chosen once"));
        }
    }
    if chosen.iter().map(|text| text.len() + 1).sum::<usize>() > MAX_VALUE_BYTES {
        return Err(too_long());
    }
    Ok(chosen.into())
}

fn too_long() -> Fault {
    Fault::new("INPUT_TOO_LONG", format!("must have at most {MAX_VALUE_BYTES} bytes"))
}

/// Whether a text has the form of its type. The empty text is left to the caller.
fn form(kind: InputKind, text: &str) -> Result<(), Fault> {
    if text.len() > MAX_VALUE_BYTES {
        return Err(too_long());
    }
    let multi_line = kind == InputKind::Text;
    if text.chars().any(|c| c.is_control() && !(multi_line && matches!(c, '\n' | '\r' | '\t'))) {
        let message = match multi_line {
            true => "must not have control characters other than line ends and tabs",
            false => "must be one line without control characters",
        };
        return Err(Fault::new("INPUT_CONTROL_CHARACTER", message));
    }
    let (good, message) = match kind {
        _ if text.is_empty() => return Ok(()),
        InputKind::Email => (is_email(text), "must be an e-mail address, such as admin@example.com"),
        InputKind::Domain => (
            is_domain(text),
            "must be a host name, such as www.example.com: labels of letters, digits and hyphens with dots between \
             them; write other letters in punycode (xn--...)",
        ),
        InputKind::Url => (
            is_url(text),
            "must be an address that begins with http:// or https://, such as https://example.com/path, without a \
             user name and with special characters percent-encoded",
        ),
        InputKind::Path => (
            is_path(text),
            "must be an absolute path, such as /var/www/site, without `.`, `..` or empty parts",
        ),
        _ => return Ok(()),
    };
    if good { Ok(()) } else { Err(Fault::new("INPUT_INVALID_FORMAT", message)) }
}

/// A host name by RFC 1123, section 2.1: at most 253 bytes, labels of at most 63, the last one not a number, as that
/// would be an address.
pub(crate) fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let numeric = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= 253 && text.split('.').all(label) && !text.rsplit('.').next().is_some_and(numeric)
}

/// The part of RFC 5321 that people use: no quotes, no comments, no address literals.
fn is_email(text: &str) -> bool {
    let local = |local: &str| {
        (1..=64).contains(&local.len())
            && local.split('.').all(|part| {
                let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_%+=~-".contains(&byte);
                !part.is_empty() && part.bytes().all(allowed)
            })
    };
    text.len() <= 254 && text.split_once('@').is_some_and(|(name, domain)| local(name) && is_domain(domain))
}

/// An http or https address by RFC 3986, without a user name, at most 2048 bytes.
pub(crate) fn is_url(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")) else {
        return false;
    };
    let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (host, port) = match authority.rfind(':') {
        Some(colon) if !authority.ends_with(']') => (&authority[..colon], Some(&authority[colon + 1..])),
        _ => (authority, None),
    };
    let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let host_is_good = match literal {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => host.parse::<Ipv4Addr>().is_ok() || is_domain(host),
    };
    let port_is_good = port.is_none_or(|port| coerce(InputKind::Port, &port.into()).is_ok());
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte);
    let encoded = tail.split('%').skip(1).all(|part| part.len() >= 2 && is_hex(&part.as_bytes()[..2]));
    text.len() <= 2048
        && host_is_good
        && port_is_good
        && tail.bytes().all(allowed)
        && encoded
        && tail.matches('#').count() <= 1
}

fn is_hex(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_hexdigit)
}

/// An absolute path with nothing in it to resolve, in the lengths of Linux.
pub(crate) fn is_path(text: &str) -> bool {
    let part = |part: &str| (1..=255).contains(&part.len()) && part != "." && part != "..";
    let parts = |rest: &str| rest.is_empty() || rest.strip_suffix('/').unwrap_or(rest).split('/').all(part);
    text.len() < 4096 && text.strip_prefix('/').is_some_and(parts)
}

fn broken_rules(input: &Input, value: &Value) -> Vec<Fault> {
    let rules = &input.validation;
    let mut faults = Vec::new();
    let mut broken = |rule: Rule, code: &'static str, message: String| {
        faults.push(Fault { code, message: rules.message(rule).map_or(message, str::to_owned) });
    };
    if let Some(number) = value.as_i64() {
        if let Some(min) = rules.min_value.filter(|min| number < *min) {
            broken(Rule::MinValue, "INPUT_TOO_SMALL", format!("must be at least {min}"));
        }
        if let Some(max) = rules.max_value.filter(|max| number > *max) {
            broken(Rule::MaxValue, "INPUT_TOO_LARGE", format!("must be at most {max}"));
        }
    }
    let length = match value {
        Value::String(text) => Some((text.chars().count(), "characters")),
        Value::Array(values) => Some((values.len(), "values")),
        _ => None,
    };
    if let Some((length, unit)) = length {
        if let Some(min) = rules.min_length.filter(|min| length < *min) {
            broken(Rule::MinLength, "INPUT_TOO_SHORT", format!("must have at least {min} {unit}"));
        }
        if let Some(max) = rules.max_length.filter(|max| length > *max) {
            broken(Rule::MaxLength, "INPUT_TOO_LONG", format!("must have at most {max} {unit}"));
        }
    }
    let single = match value {
        Value::Array(values) => values.as_slice(),
        one => std::slice::from_ref(one),
    };
    if !rules.allowed_values.is_empty() && !single.iter().all(|value| rules.allowed_values.contains(value)) {
        let all: Vec<String> = rules.allowed_values.iter().map(as_text).collect();
        let message = format!("must be one of: {}", all.join(", "));
        broken(Rule::AllowedValues, "INPUT_NOT_ALLOWED", message);
    }
    if let Some(pattern) = &rules.pattern
        && !single.iter().all(|value| pattern.matches(&as_text(value)))
    {
        let message = format!("must match the pattern {}", pattern.as_str());
        broken(Rule::Pattern, "INPUT_PATTERN_MISMATCH", message);
    }
    faults
}
