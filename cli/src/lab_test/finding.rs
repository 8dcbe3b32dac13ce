//! What was found wrong, with what proves it.

use std::fmt;

/// Something that is not as it must be.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Finding {
    /// In one line, for the one who mends it.
    pub(crate) what: String,
    /// What proves it: a heading and a text each.
    pub(crate) evidence: Vec<Evidence>,
}

/// A piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Evidence {
    pub(crate) title: String,
    pub(crate) text: String,
}

impl Finding {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), evidence: Vec::new() }
    }

    pub(crate) fn with(mut self, title: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.trim().is_empty() {
            self.evidence.push(Evidence { title: title.into(), text });
        }
        self
    }

    /// Of anything that went wrong: itself if it is one.
    pub(crate) fn of(error: anyhow::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(finding) => finding,
            Err(error) => Self::new(format!("{error:#}")),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Finding {}

/// Ends with a finding: what in words.
macro_rules! finding {
    ($($what:tt)*) => {
        return Err(crate::lab_test::finding::Finding::new(format!($($what)*)).into())
    };
}
pub(crate) use finding;
