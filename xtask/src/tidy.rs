//! `cargo xtask tidy`: the rules of the source tree that no compiler knows. Each finding names its file and line.

mod docs;
mod manifests;
mod source;

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

/// Folders that are not source, wherever they are.
const NOT_SOURCE: &[&str] = &[".git", "target", "node_modules", ".venv", "__pycache__"];
/// Written by generators.
const GENERATED: &[&str] = &["proto/src/gen/", "proto/third_party/", ".sqlx/", "control-plane/.sqlx/"];

/// A text file of the tree.
#[derive(Clone, Debug)]
struct File {
    /// From the root, with `/`.
    path: String,
    text: String,
}

impl File {
    fn is(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|it| it == extension)
    }

    fn is_generated(&self) -> bool {
        GENERATED.iter().any(|it| self.path.starts_with(it))
    }

    /// The lines with their numbers, from 1.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(at, line)| (at + 1, line))
    }

    fn finding(&self, line: usize, what: impl Into<String>) -> Finding {
        Finding { path: self.path.clone(), line, what: what.into() }
    }
}

/// Something that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    line: usize,
    what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

pub(crate) fn run(root: &Path) -> Result<ExitCode> {
    check(root)?;
    Ok(ExitCode::SUCCESS)
}

/// # Errors
/// Anything found; it has been printed.
pub(crate) fn check(root: &Path) -> Result<()> {
    let findings = findings(root)?;
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        1 => bail!("the tree is not tidy: 1 finding"),
        many => bail!("the tree is not tidy: {many} findings"),
    }
}

fn findings(root: &Path) -> Result<Vec<Finding>> {
    let tree = read(root)?;
    let mut found = Vec::new();
    source::check(&tree, &mut found);
    manifests::check(&tree, &mut found);
    docs::check(root, &tree, &mut found);
    found.sort();
    Ok(found)
}

/// The paths of all files of the tree, in order.
///
/// # Errors
/// A folder that cannot be read.
pub(crate) fn files(root: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(folder) = open.pop() {
        let entries = std::fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() && !NOT_SOURCE.iter().any(|it| entry.file_name() == *it) {
                open.push(entry.path());
            } else if kind.is_file() {
                let path = entry.path();
                let path = path.strip_prefix(root).unwrap_or(&path);
                found.push(path.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}

fn read(root: &Path) -> Result<Vec<File>> {
    let mut tree = Vec::new();
    for path in files(root)? {
        let bytes = std::fs::read(root.join(&path)).with_context(|| format!("reading {path}"))?;
        // What is not text has no lines to look at.
        if let Ok(text) = String::from_utf8(bytes) {
            tree.push(File { path, text });
        }
    }
    Ok(tree)
}

/// Whether the word stands in the line on its own, not as a part of a longer name.
fn names(line: &str, word: &str) -> bool {
    let part = |it: char| it.is_alphanumeric() || it == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].chars().next_back().is_some_and(part)
            && !line[at + word.len()..].chars().next().is_some_and(part)
    })
}

#[cfg(test)]
mod tests;
