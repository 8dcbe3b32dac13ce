//! Rules for the documentation: links lead somewhere, and decisions are numbered and listed.

use std::path::Path;

use super::{File, Finding};

const DECISIONS: &str = "docs/adr/";
const INDEX: &str = "docs/adr/README.md";

pub(super) fn check(root: &Path, tree: &[File], found: &mut Vec<Finding>) {
    for file in tree.iter().filter(|it| it.is("md") && !it.is_generated()) {
        links(root, file, found);
    }
    decisions(tree, found);
}

fn links(root: &Path, file: &File, found: &mut Vec<Finding>) {
    let folder = Path::new(&file.path).parent().unwrap_or(Path::new(""));
    let mut in_code = false;
    for (number, line) in file.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        for target in targets(line) {
            let path = target.split(['#', '?']).next().unwrap_or_default();
            if path.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let place = match path.strip_prefix('/') {
                Some(path) => root.join(path),
                None => root.join(folder).join(path),
            };
            if !place.exists() {
                found.push(file.finding(number, format!("the link to {path} leads nowhere")));
            }
        }
    }
}

/// What `[text](TARGET)` and `[name]: TARGET` point to.
fn targets(line: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    let outside_code: Vec<&str> = line.split('`').step_by(2).collect();
    for part in outside_code {
        for (_, after) in part.match_indices("](").map(|(at, it)| (at, &part[at + it.len()..])) {
            let target = after.split([')', ' ']).next().unwrap_or_default();
            found.push(target);
        }
    }
    // A link whose text is code is cut in two by the split above.
    for (at, it) in line.match_indices("`](") {
        found.push(line[at + it.len()..].split([')', ' ']).next().unwrap_or_default());
    }
    if let Some((name, target)) = line.split_once("]: ")
        && name.starts_with('[')
        && !name.starts_with("[^")
    {
        found.push(target.split_whitespace().next().unwrap_or_default());
    }
    found
}

fn decisions(tree: &[File], found: &mut Vec<Finding>) {
    let index = tree.iter().find(|it| it.path == INDEX).map(|it| it.text.as_str()).unwrap_or_default();
    let mut numbers: Vec<(&str, &str)> = Vec::new();
    for file in tree {
        let Some(name) = file.path.strip_prefix(DECISIONS).filter(|it| *it != "README.md") else {
            continue;
        };
        if !is_decision(name) {
            found.push(file.finding(1, "a decision is named NNNN-title.md"));
            continue;
        }
        if !index.contains(&format!("({name})")) {
            found.push(file.finding(1, format!("not listed in {INDEX}")));
        }
        let number = &name[..4];
        if let Some((_, first)) = numbers.iter().find(|it| it.0 == number) {
            found.push(file.finding(1, format!("its number is taken by {first}")));
        }
        numbers.push((number, name));
    }
}

/// `0001-some-title.md`
fn is_decision(name: &str) -> bool {
    let Some(stem) = name.strip_suffix(".md") else {
        return false;
    };
    let (Some(number), Some(title)) = (stem.get(..4), stem.get(4..).and_then(|it| it.strip_prefix('-')))
    else {
        return false;
    };
    let plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
    number.bytes().all(|it| it.is_ascii_digit()) && !title.is_empty() && title.bytes().all(plain)
}
