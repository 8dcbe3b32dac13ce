//! YAML, and the only place that names its parser. Everything here is bounded: the text by its caller, the tree by
//! what aliases may multiply it to.

use std::cell::Cell;
use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

mod plain;

use plain::OWN;

/// The most nodes of a tree.
const MAX_NODES: usize = 20_000;
/// The most bytes of all its texts.
const MAX_TEXT_BYTES: usize = 1024 * 1024;
/// The deepest nesting.
const MAX_DEPTH: usize = 24;

/// A value. A mapping keeps its order and even its duplicates, so that they can be reported.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Integer(i64),
    /// An integer of more than 64 bits.
    Huge,
    Float,
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    /// What it is, for people.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "true or false",
            Self::Integer(_) => "a whole number",
            Self::Huge => "a number of more than 64 bits",
            Self::Float => "a number with a fraction",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
        }
    }
}

#[cfg(test)]
impl Node {
    /// The same as JSON. A number that is none of 64 bits becomes one with a fraction.
    pub(super) fn to_json(&self) -> serde_json::Value {
        use serde_json::Value;
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Integer(number) => (*number).into(),
            Self::Huge | Self::Float => 1.5.into(),
            Self::Text(text) => text.as_str().into(),
            Self::List(nodes) => nodes.iter().map(Self::to_json).collect(),
            Self::Map(entries) => {
                Value::Object(entries.iter().map(|(key, node)| (key.clone(), node.to_json())).collect())
            }
        }
    }
}

/// One step of the way to a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The value of a key.
    Key(String),
    /// The second value of a key.
    Again(String),
    /// An element of a list.
    Index(usize),
}

/// Line and column, from 1.
pub(super) type Position = (u32, u32);

/// Reads a text as one YAML document.
///
/// # Errors
/// Where and why it is none, or is too much.
pub(super) fn parse(text: &str) -> Result<Node, (Option<Position>, String)> {
    let budget = Budget { nodes: Cell::new(MAX_NODES), bytes: Cell::new(MAX_TEXT_BYTES) };
    let seed = Grow { budget: &budget, depth: 0 };
    seed.deserialize(serde_yaml::Deserializer::from_str(text)).map_err(|error| {
        let position = position(&error);
        let message = error.to_string();
        // The position stands before the message already; the parser repeats it behind.
        let suffix = position.map(|(line, column)| format!(" at line {line} column {column}"));
        let message = suffix.and_then(|suffix| message.strip_suffix(suffix.as_str())).unwrap_or(&message);
        plain::said(text, position, message)
    })
}

/// Where the node at the end of the way begins; for an entry of a mapping, its key.
pub(super) fn locate(text: &str, way: &[Step]) -> Option<Position> {
    let found = Seek(way).deserialize(serde_yaml::Deserializer::from_str(text));
    found.err().as_ref().and_then(position)
}

fn position(error: &serde_yaml::Error) -> Option<Position> {
    let location = error.location()?;
    Some((location.line().try_into().ok()?, location.column().try_into().ok()?))
}

struct Budget {
    nodes: Cell<usize>,
    bytes: Cell<usize>,
}

impl Budget {
    fn spend<E: Error>(&self, bytes: usize) -> Result<(), E> {
        match (self.nodes.get().checked_sub(1), self.bytes.get().checked_sub(bytes)) {
            (Some(nodes), Some(left)) => {
                self.nodes.set(nodes);
                self.bytes.set(left);
                Ok(())
            }
            _ => Err(E::custom(format!(
                "{OWN}the manifest is too much: at most {MAX_NODES} values and {MAX_TEXT_BYTES} bytes of text, aliases \
                 written out"
            ))),
        }
    }
}

#[derive(Clone, Copy)]
struct Grow<'b> {
    budget: &'b Budget,
    depth: usize,
}

impl Grow<'_> {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom(format!("{OWN}this is nested more than {MAX_DEPTH} levels deep")));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Grow<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Grow<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        self.budget.spend(0)?;
        Ok(Node::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Node, E> {
        self.visit_unit()
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Node, E> {
        self.budget.spend(0)?;
        Ok(Node::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Node, E> {
        self.budget.spend(0)?;
        Ok(Node::Integer(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Node, E> {
        self.budget.spend(0)?;
        Ok(i64::try_from(value).map_or(Node::Huge, Node::Integer))
    }

    fn visit_i128<E: Error>(self, _: i128) -> Result<Node, E> {
        self.budget.spend(0)?;
        Ok(Node::Huge)
    }

    fn visit_u128<E: Error>(self, _: u128) -> Result<Node, E> {
        self.budget.spend(0)?;
        Ok(Node::Huge)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Node, E> {
        self.budget.spend(0)?;
        Ok(Node::Float)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Node, E> {
        self.budget.spend(value.len())?;
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        self.budget.spend(0)?;
        let inner = self.deeper()?;
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element_seed(inner)? {
            nodes.push(node);
        }
        Ok(Node::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        self.budget.spend(0)?;
        let inner = self.deeper()?;
        let mut entries = Vec::new();
        while let Some(key) = map.next_key_seed(Key { budget: self.budget })? {
            entries.push((key, map.next_value_seed(inner)?));
        }
        Ok(Node::Map(entries))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<Node, A::Error> {
        Err(A::Error::custom(format!("{OWN}tags (`!...`) are not used in manifests; remove it")))
    }
}

struct Key<'b> {
    budget: &'b Budget,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key that is a word")
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<String, E> {
        self.budget.spend(value.len())?;
        Ok(value.to_owned())
    }
}

/// Fails on purpose at the end of the way: an error is the one thing that the parser gives a position.
struct Seek<'w>(&'w [Step]);

impl<'de> DeserializeSeed<'de> for Seek<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seek<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("something else")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Some((Step::Index(index), rest)) = self.0.split_first() else {
            return Err(A::Error::custom("here"));
        };
        for _ in 0..*index {
            if list.next_element::<IgnoredAny>()?.is_none() {
                return Ok(());
            }
        }
        list.next_element_seed(Seek(rest))?;
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (target, skip, rest) = match self.0.split_first() {
            Some((Step::Key(key), rest)) => (key.as_str(), 0, rest),
            Some((Step::Again(key), rest)) => (key.as_str(), 1, rest),
            _ => return Err(A::Error::custom("here")),
        };
        let mut seen = 0;
        while let Some(hit) = map.next_key_seed(SeekKey { target, stop: rest.is_empty() && seen == skip })? {
            if hit && seen == skip {
                map.next_value_seed(Seek(rest))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
            seen += usize::from(hit);
        }
        Ok(())
    }
}

struct SeekKey<'w> {
    target: &'w str,
    stop: bool,
}

impl<'de> DeserializeSeed<'de> for SeekKey<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for SeekKey<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<bool, E> {
        match key == self.target {
            true if self.stop => Err(E::custom("here")),
            hit => Ok(hit),
        }
    }
}
