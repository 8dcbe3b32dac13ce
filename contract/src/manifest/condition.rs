//! When an input is asked for.

use serde_json::{Value, json};

/// A condition over the values of other inputs. An input that is hidden or not set satisfies no comparison but
/// `IsSet(false)`.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// An input compares so.
    Field {
        /// The input.
        name: String,
        /// How.
        is: Comparison,
    },
    /// All hold.
    And(Vec<Condition>),
    /// At least one holds.
    Or(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
}

/// How an input compares. The values are of the input's type.
#[derive(Clone, Debug, PartialEq)]
pub enum Comparison {
    /// It is one of these; for a multiselect: one of these is chosen.
    In(Vec<Value>),
    /// It is set and none of these.
    NotIn(Vec<Value>),
    /// A lower number.
    LessThan(i64),
    /// This number or a lower one.
    AtMost(i64),
    /// A higher number.
    GreaterThan(i64),
    /// This number or a higher one.
    AtLeast(i64),
    /// Whether it has a value other than the empty one.
    IsSet(bool),
}

impl Condition {
    /// Whether it holds for these values.
    pub fn holds<'v>(&self, value_of: &dyn Fn(&str) -> Option<&'v Value>) -> bool {
        match self {
            Self::Field { name, is } => is.holds(value_of(name)),
            Self::And(all) => all.iter().all(|condition| condition.holds(value_of)),
            Self::Or(any) => any.iter().any(|condition| condition.holds(value_of)),
            Self::Not(condition) => !condition.holds(value_of),
        }
    }

    /// The same condition in the form of manifests, for answers of APIs: every comparison by its word, and `and`
    /// wherever several must hold.
    pub fn to_json(&self) -> Value {
        let all = |conditions: &[Self]| conditions.iter().map(Self::to_json).collect::<Vec<_>>();
        match self {
            Self::Field { name, is } => {
                let (word, value) = match is {
                    Comparison::In(values) => ("in", json!(values)),
                    Comparison::NotIn(values) => ("not_in", json!(values)),
                    Comparison::LessThan(limit) => ("less_than", json!(limit)),
                    Comparison::AtMost(limit) => ("at_most", json!(limit)),
                    Comparison::GreaterThan(limit) => ("greater_than", json!(limit)),
                    Comparison::AtLeast(limit) => ("at_least", json!(limit)),
                    Comparison::IsSet(wanted) => ("is_set", json!(wanted)),
                };
                json!({ name: { word: value } })
            }
            Self::And(conditions) => json!({ "and": all(conditions) }),
            Self::Or(conditions) => json!({ "or": all(conditions) }),
            Self::Not(condition) => json!({ "not": condition.to_json() }),
        }
    }

    /// The names of the inputs that it looks at, repeated where it looks twice.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Field { name, .. } => vec![name],
            Self::And(conditions) | Self::Or(conditions) => conditions.iter().flat_map(Self::names).collect(),
            Self::Not(condition) => condition.names(),
        }
    }
}

impl Comparison {
    fn holds(&self, value: Option<&Value>) -> bool {
        let is_empty = value.is_none_or(crate::inputs::value::is_empty);
        let Some(value) = value else {
            return *self == Self::IsSet(false);
        };
        let chosen = match value {
            Value::Array(values) => values.as_slice(),
            one => std::slice::from_ref(one),
        };
        let number = value.as_i64();
        match self {
            Self::In(values) => chosen.iter().any(|value| values.contains(value)),
            Self::NotIn(values) => !chosen.iter().any(|value| values.contains(value)),
            Self::LessThan(limit) => number.is_some_and(|number| number < *limit),
            Self::AtMost(limit) => number.is_some_and(|number| number <= *limit),
            Self::GreaterThan(limit) => number.is_some_and(|number| number > *limit),
            Self::AtLeast(limit) => number.is_some_and(|number| number >= *limit),
            Self::IsSet(wanted) => *wanted != is_empty,
        }
    }
}
