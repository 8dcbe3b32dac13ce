//! Reading typed values out of a tree, and noting each problem with the way to it.

use crate::manifest::Problem;
use crate::manifest::yaml::{self, Node, Step};

/// The most problems that are reported; each costs a look-up of its position.
const MAX_PROBLEMS: usize = 50;

/// The way to a node.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place(Vec<Step>);

impl Place {
    pub(crate) fn key(&self, key: &str) -> Self {
        self.and(Step::Key(key.to_owned()))
    }

    pub(crate) fn index(&self, index: usize) -> Self {
        self.and(Step::Index(index))
    }

    fn again(&self, key: &str) -> Self {
        self.and(Step::Again(key.to_owned()))
    }

    fn and(&self, step: Step) -> Self {
        Self(self.0.iter().cloned().chain([step]).collect())
    }

    fn written(&self) -> String {
        let mut text = String::new();
        for step in &self.0 {
            match step {
                Step::Index(index) => text += &format!("[{index}]"),
                Step::Key(key) | Step::Again(key) => {
                    if !text.is_empty() {
                        text.push('.');
                    }
                    text += &clip(key);
                }
            }
        }
        text
    }
}

/// What an error shows of a text that may be long or hostile.
pub(crate) fn clip(text: &str) -> String {
    // Escaped where it cannot be seen, but not where it only would have to be in a program.
    let escaped = |c: char| match c {
        '\\' | '\'' | '"' => c.to_string(),
        c => c.escape_debug().to_string(),
    };
    let mut shown: String = text.chars().take(60).map(escaped).collect();
    if text.chars().nth(60).is_some() {
        shown.push('…');
    }
    shown
}

/// The problems found so far.
#[derive(Default)]
pub(crate) struct Findings {
    problems: Vec<(Place, &'static str, String)>,
    remarks: Vec<(Place, &'static str, String)>,
}

impl Findings {
    /// Notes a problem.
    pub(crate) fn problem(&mut self, at: &Place, code: &'static str, message: impl Into<String>) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push((at.clone(), code, message.into()));
        }
    }

    /// How many problems were found so far.
    pub(crate) fn problem_count(&self) -> usize {
        self.problems.len()
    }

    /// Notes something that is no error and yet probably not meant.
    pub(crate) fn remark(&mut self, at: &Place, code: &'static str, message: impl Into<String>) {
        if self.remarks.len() < MAX_PROBLEMS {
            self.remarks.push((at.clone(), code, message.into()));
        }
    }

    /// The problems and remarks, with their positions, in order of line.
    pub(crate) fn located(self, text: &str) -> (Vec<Problem>, Vec<Problem>) {
        let locate = |found: Vec<(Place, &'static str, String)>| -> Vec<Problem> {
            let mut all: Vec<Problem> = found
                .into_iter()
                .map(|(place, code, message)| {
                    // What is missing has no position of its own: that of what it is missing from will do.
                    let position = (0..=place.0.len()).rev().find_map(|n| yaml::locate(text, &place.0[..n]));
                    let (line, column) = position.unzip();
                    Problem { line, column, path: place.written(), code, message }
                })
                .collect();
            all.sort_by_key(|problem| (problem.line, problem.column));
            all
        };
        (locate(self.problems), locate(self.remarks))
    }

    /// Notes keys that occur twice, everywhere in the tree.
    pub(crate) fn duplicates(&mut self, node: &Node, at: &Place) {
        match node {
            Node::Map(entries) => {
                let mut seen = std::collections::BTreeSet::new();
                for (key, value) in entries {
                    if seen.insert(key) {
                        self.duplicates(value, &at.key(key));
                    } else {
                        let message = format!("`{}` is here twice; keep one", clip(key));
                        self.problem(&at.again(key), "MANIFEST_DUPLICATE_KEY", message);
                    }
                }
            }
            Node::List(nodes) => {
                nodes.iter().enumerate().for_each(|(index, node)| self.duplicates(node, &at.index(index)));
            }
            _ => {}
        }
    }

    pub(crate) fn wrong_type(&mut self, at: &Place, node: &Node, wanted: &str) {
        let is = match node {
            // What it is taken for is often the surprise: `yes`, `10m`, `-a -b`.
            Node::Text(text) => format!("`{}` is text", clip(text)),
            node => format!("this is {}", node.kind()),
        };
        let hint = match node {
            Node::Integer(_) | Node::Huge | Node::Float | Node::Bool(_) if wanted.contains("text") => {
                "; put quotes around it, as in \"1.10\""
            }
            Node::Text(text) if wanted.contains("list") && text.starts_with('-') => {
                "; put a space behind each `-`"
            }
            _ => "",
        };
        self.problem(at, "MANIFEST_WRONG_TYPE", format!("{is}, and must be {wanted}{hint}"));
    }

    /// A text of one line.
    pub(crate) fn line(&mut self, node: &Node, at: &Place, max_chars: usize) -> Option<String> {
        let text = self.text(node, at, max_chars)?;
        if text.contains('\n') {
            self.problem(at, "MANIFEST_INVALID_TEXT", "this must be a single line");
            return None;
        }
        Some(text)
    }

    /// A text of any number of lines.
    pub(crate) fn text(&mut self, node: &Node, at: &Place, max_chars: usize) -> Option<String> {
        let Node::Text(text) = node else {
            self.wrong_type(at, node, "text");
            return None;
        };
        let message = if text.trim().is_empty() {
            "this is empty; write something, or leave the key out".to_owned()
        } else if text.chars().count() > max_chars {
            format!("this is longer than the {max_chars} characters that are allowed")
        } else if text.chars().any(|c| c.is_control() && c != '\n') {
            "this has a control character, such as a tab; only letters, signs, spaces and line ends are allowed"
                .to_owned()
        } else {
            return Some(text.clone());
        };
        self.problem(at, "MANIFEST_INVALID_TEXT", message);
        None
    }

    /// A whole number in a range.
    pub(crate) fn integer<N: TryFrom<i64>>(
        &mut self,
        node: &Node,
        at: &Place,
        range: (i64, i64),
    ) -> Option<N> {
        let (min, max) = range;
        match node {
            Node::Integer(number) if (min..=max).contains(number) => N::try_from(*number).ok(),
            Node::Integer(number) => {
                let message = format!("{number} is not possible; write a whole number from {min} to {max}");
                self.problem(at, "MANIFEST_OUT_OF_RANGE", message);
                None
            }
            _ => {
                self.wrong_type(
                    at,
                    node,
                    &format!("a whole number from {min} to {max}, without quotes or unit"),
                );
                None
            }
        }
    }

    /// True or false.
    pub(crate) fn boolean(&mut self, node: &Node, at: &Place) -> Option<bool> {
        if let Node::Bool(value) = node {
            return Some(*value);
        }
        self.wrong_type(at, node, "true or false, without quotes");
        None
    }

    /// One word of several, looked up by `of`.
    pub(crate) fn word<T>(
        &mut self,
        node: &Node,
        at: &Place,
        words: &[&str],
        of: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let all = || words.join(", ");
        let Node::Text(text) = node else {
            self.wrong_type(at, node, &format!("one of: {}", all()));
            return None;
        };
        let value = of(text);
        if value.is_none() {
            let meant = nearest(text, words).or_else(|| synonym(text, words));
            let meant = meant.map(|word| format!(". Did you mean `{word}`?")).unwrap_or_default();
            let message = format!("`{}` is not one of: {}{meant}", clip(text), all());
            self.problem(at, "MANIFEST_INVALID_VALUE", message);
        }
        value
    }

    /// A list, each element read by `read`.
    pub(crate) fn list<T>(
        &mut self,
        node: &Node,
        at: &Place,
        max: usize,
        mut read: impl FnMut(&mut Self, &Node, &Place) -> Option<T>,
    ) -> Vec<T> {
        let Node::List(nodes) = node else {
            let example = match node {
                Node::Text(text) if !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric()) => {
                    clip(text)
                }
                _ => "one, two".to_owned(),
            };
            self.wrong_type(at, node, &format!("a list, as in [{example}]"));
            return Vec::new();
        };
        if nodes.len() > max {
            let message = format!("{} are listed, and at most {max} are allowed", nodes.len());
            self.problem(at, "MANIFEST_OUT_OF_RANGE", message);
            return Vec::new();
        }
        let elements = nodes.iter().enumerate();
        elements.filter_map(|(index, node)| read(self, node, &at.index(index))).collect()
    }

    /// A mapping, to be read key by key.
    pub(crate) fn fields<'n>(&mut self, node: &'n Node, at: &Place) -> Option<Fields<'n>> {
        let Node::Map(entries) = node else {
            self.wrong_type(at, node, "a mapping of keys to values");
            return None;
        };
        Some(Fields { at: at.clone(), entries, known: Vec::new() })
    }
}

/// A mapping that is being read.
pub(crate) struct Fields<'n> {
    at: Place,
    entries: &'n [(String, Node)],
    known: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    /// The value of a key, and its place. A key with nothing behind it is like no key.
    pub(crate) fn get(&mut self, key: &'static str) -> Option<(&'n Node, Place)> {
        self.known.push(key);
        let (_, node) = self.entries.iter().find(|(name, _)| name == key)?;
        (*node != Node::Null).then(|| (node, self.at.key(key)))
    }

    /// The value of a key that must be there.
    pub(crate) fn need(
        &mut self,
        key: &'static str,
        example: &str,
        to: &mut Findings,
    ) -> Option<(&'n Node, Place)> {
        let found = self.get(key);
        if found.is_none() {
            let message = format!("`{key}` is missing; write for example `{key}: {example}`");
            to.problem(&self.at.key(key), "MANIFEST_MISSING_KEY", message);
        }
        found
    }

    /// Notes keys that nobody asked for.
    pub(crate) fn finish(self, to: &mut Findings) {
        let mut listed = false;
        for (key, _) in self.entries.iter().filter(|(key, _)| !self.known.contains(&key.as_str())) {
            let shown = clip(key);
            let hint = match nearest(key, &self.known) {
                _ if key == "<<" => "; manifests have no merge keys: write the keys out".to_owned(),
                Some(known) => format!("; did you mean `{known}`?"),
                None if listed => String::new(),
                None => {
                    listed = true;
                    format!("; possible are: {}", self.known.join(", "))
                }
            };
            to.problem(
                &self.at.key(key),
                "MANIFEST_UNKNOWN_KEY",
                format!("there is no key `{shown}` here{hint}"),
            );
        }
    }
}

/// What other tools call it.
fn synonym<'w>(text: &str, words: &[&'w str]) -> Option<&'w str> {
    const OTHERS: [(&str, &[&str]); 11] = [
        ("boolean", &["bool", "checkbox", "flag", "toggle", "switch"]),
        ("integer", &["int", "number", "float", "range"]),
        ("string", &["str", "input", "varchar"]),
        ("text", &["textarea", "multiline", "file"]),
        ("select", &["enum", "choice", "dropdown", "radio", "option"]),
        ("multiselect", &["list", "array", "set", "checkboxes", "tags"]),
        ("password", &["secret", "token", "key"]),
        ("domain", &["hostname", "host", "fqdn"]),
        ("url", &["uri", "link"]),
        ("path", &["directory", "folder", "dir", "filename"]),
        ("email", &["mail"]),
    ];
    let text = text.to_lowercase();
    let (word, _) = OTHERS.iter().find(|(_, others)| others.contains(&text.as_str()))?;
    words.iter().find(|known| *known == word).copied()
}

/// The word that was probably meant.
pub(crate) fn nearest<'w>(text: &str, words: &[&'w str]) -> Option<&'w str> {
    if text.len() > 60 {
        return None;
    }
    let text = text.to_lowercase().replace('-', "_");
    let rated = words.iter().map(|word| (distance(&text, word), *word));
    rated.filter(|(distance, word)| *distance <= 1 + word.len() / 4).min().map(|(_, word)| word)
}

/// How many letters must be put in, taken out or changed (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.bytes().enumerate() {
            let changed = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
