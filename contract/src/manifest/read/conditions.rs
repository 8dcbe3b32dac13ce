//! `visible_if`.
//!
//! A mapping whose entries must all hold: the name of an input with a value, a list of values or a mapping of
//! comparisons; or `and`/`or` with a list of conditions, or `not` with one.

use serde_json::Value;

use super::fields::{Findings, Place, clip, nearest};
use super::inputs::plain_value;
use crate::inputs::value;
use crate::manifest::yaml::Node;
use crate::manifest::{Comparison, Condition, Input, InputKind};

const COMPARISONS: [&str; 9] =
    ["equals", "not_equals", "in", "not_in", "less_than", "at_most", "greater_than", "at_least", "is_set"];

pub(super) fn read(to: &mut Findings, node: &Node, at: &Place, inputs: &[Input]) -> Option<Condition> {
    let Node::Map(entries) = node else {
        let message = format!(
            "this is {}, and must be a mapping of inputs to values, as in `{{enable_ssl: true}}`",
            node.kind()
        );
        to.problem(at, "MANIFEST_WRONG_TYPE", message);
        return None;
    };
    if entries.is_empty() {
        to.problem(
            at,
            "MANIFEST_INVALID_VALUE",
            "no condition is written here; write one, or remove the key",
        );
        return None;
    }
    let parts =
        entries.iter().map(|(key, node)| entry(to, key, node, &at.key(key), inputs)).collect::<Vec<_>>();
    let mut parts = parts.into_iter().collect::<Option<Vec<_>>>()?;
    if parts.len() == 1 { parts.pop() } else { Some(Condition::And(parts)) }
}

fn entry(to: &mut Findings, key: &str, node: &Node, at: &Place, inputs: &[Input]) -> Option<Condition> {
    match key {
        "and" => several(to, node, at, inputs).map(Condition::And),
        "or" => several(to, node, at, inputs).map(Condition::Or),
        "not" => read(to, node, at, inputs).map(|condition| Condition::Not(Box::new(condition))),
        name => {
            let input = referred(to, name, at, inputs)?;
            let is = comparison(to, node, at, input)?;
            Some(is.fold(name))
        }
    }
}

fn several(to: &mut Findings, node: &Node, at: &Place, inputs: &[Input]) -> Option<Vec<Condition>> {
    let before = to.problem_count();
    let conditions = to.list(node, at, 50, |to, node, at| read(to, node, at, inputs));
    if conditions.is_empty() && to.problem_count() == before {
        to.problem(at, "MANIFEST_INVALID_VALUE", "no condition is listed here; list at least one");
    }
    (to.problem_count() == before).then_some(conditions)
}

fn referred<'i>(to: &mut Findings, name: &str, at: &Place, inputs: &'i [Input]) -> Option<&'i Input> {
    let Some(input) = inputs.iter().find(|input| input.name == name) else {
        let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
        let meant = nearest(name, &names).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
        let message = format!("there is no input `{}`{meant}", clip(name));
        to.problem(at, "MANIFEST_UNKNOWN_REFERENCE", message);
        return None;
    };
    if input.is_sensitive() {
        let message = format!("`{name}` is sensitive; a form must not depend on a secret");
        to.problem(at, "MANIFEST_INVALID_VALUE", message);
        return None;
    }
    Some(input)
}

struct Comparisons(Vec<Comparison>);

impl Comparisons {
    fn fold(mut self, name: &str) -> Condition {
        let field = |is| Condition::Field { name: name.to_owned(), is };
        match (self.0.len(), self.0.pop()) {
            (1, Some(is)) => field(is),
            (_, last) => Condition::And(self.0.into_iter().chain(last).map(field).collect()),
        }
    }
}

fn comparison(to: &mut Findings, node: &Node, at: &Place, input: &Input) -> Option<Comparisons> {
    match node {
        Node::Map(entries) if entries.is_empty() => {
            let message = format!("no comparison is written here; possible are: {}", COMPARISONS.join(", "));
            to.problem(at, "MANIFEST_INVALID_VALUE", message);
            None
        }
        Node::Map(_) => {
            let before = to.problem_count();
            let mut fields = to.fields(node, at)?;
            let mut all = Vec::new();
            for word in COMPARISONS {
                if let Some((node, at)) = fields.get(word) {
                    all.extend(one(to, word, node, &at, input));
                }
            }
            fields.finish(to);
            (to.problem_count() == before).then_some(Comparisons(all))
        }
        node => Some(Comparisons(vec![Comparison::In(values(to, node, at, input)?)])),
    }
}

fn one(to: &mut Findings, word: &str, node: &Node, at: &Place, input: &Input) -> Option<Comparison> {
    match word {
        "equals" | "in" => values(to, node, at, input).map(Comparison::In),
        "not_equals" | "not_in" => values(to, node, at, input).map(Comparison::NotIn),
        "is_set" => to.boolean(node, at).map(Comparison::IsSet),
        _ if !input.kind.is_number() => {
            let message =
                format!("`{}` is a {}, and only numbers are lower or higher", input.name, input.kind);
            to.problem(at, "MANIFEST_INVALID_VALUE", message);
            None
        }
        _ => {
            let limit = to.integer(node, at, (i64::MIN, i64::MAX))?;
            Some(match word {
                "less_than" => Comparison::LessThan(limit),
                "at_most" => Comparison::AtMost(limit),
                "greater_than" => Comparison::GreaterThan(limit),
                _ => Comparison::AtLeast(limit),
            })
        }
    }
}

fn values(to: &mut Findings, node: &Node, at: &Place, input: &Input) -> Option<Vec<Value>> {
    let kind = match input.kind {
        InputKind::Multiselect => InputKind::Select,
        kind => kind,
    };
    let nodes = match node {
        Node::List(nodes) => nodes.iter().enumerate().map(|(index, node)| (node, at.index(index))).collect(),
        node => vec![(node, at.clone())],
    };
    if nodes.is_empty() {
        to.problem(at, "MANIFEST_INVALID_VALUE", "no value is listed here; list at least one");
    }
    let mut values = Vec::new();
    for (node, at) in nodes {
        let value = plain_value(to, node, &at)?;
        let possible = &input.validation.allowed_values;
        match value::coerce(kind, &value) {
            Ok(value) if possible.is_empty() || possible.contains(&value) => values.push(value),
            Ok(_) => {
                let message =
                    format!("this never holds: it is not among the allowed values of `{}`", input.name);
                to.problem(&at, "MANIFEST_INVALID_VALUE", message);
            }
            Err(fault) => {
                let message = format!("this never holds: a value of `{}` {}", input.name, fault.message);
                to.problem(&at, "MANIFEST_INVALID_VALUE", message);
            }
        }
    }
    if values.is_empty() { None } else { Some(values) }
}

/// Notes each circle of conditions once, at the first of its inputs.
pub(super) fn refuse_cycles(to: &mut Findings, inputs: &[Input], places: &[Place]) {
    let index_of = |name: &str| inputs.iter().position(|input| input.name == name);
    let edges: Vec<Vec<usize>> = inputs
        .iter()
        .map(|input| {
            let names = input.visible_if.as_ref().map(Condition::names).unwrap_or_default();
            let mut targets: Vec<usize> = names.into_iter().filter_map(index_of).collect();
            targets.sort_unstable();
            targets.dedup();
            targets
        })
        .collect();
    let mut done = vec![false; inputs.len()];
    for start in 0..inputs.len() {
        let mut trail = Vec::new();
        walk(start, &edges, &mut trail, &mut done, &mut |circle| {
            let mut names: Vec<&str> = circle.iter().map(|at| inputs[*at].name.as_str()).collect();
            names.push(names[0]);
            let message =
                format!("these inputs wait for each other: {}; break the circle", names.join(" -> "));
            to.problem(&places[circle[0]].key("visible_if"), "MANIFEST_CONDITION_CYCLE", message);
        });
    }
}

fn walk(
    at: usize,
    edges: &[Vec<usize>],
    trail: &mut Vec<usize>,
    done: &mut [bool],
    found: &mut impl FnMut(&[usize]),
) {
    if let Some(start) = trail.iter().position(|seen| *seen == at) {
        return found(&trail[start..]);
    }
    if done[at] {
        return;
    }
    trail.push(at);
    for next in &edges[at] {
        walk(*next, edges, trail, done, found);
    }
    trail.pop();
    done[at] = true;
}
