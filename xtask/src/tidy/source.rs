//! Rules for lines of code: who may name what, how long a file may be, what may not stand in it.

use std::collections::BTreeMap;

use super::{File, Finding, names};

/// Crates and modules that these files may not name, and why.
struct Absence {
    within: &'static [&'static str],
    except: &'static [&'static str],
    words: &'static [&'static str],
    why: &'static str,
}

const ABSENCES: &[Absence] = &[
    Absence {
        within: &[
            "control-plane/src/fleet",
            "control-plane/src/tasks",
            "control-plane/src/policy",
            "control-plane/src/kms",
            "control-plane/src/pki",
            "control-plane/src/registry",
        ],
        except: &[],
        words: &["tonic", "tonic_types", "axum", "purvey_proto", "prost", "prost_types"],
        why: "the domain knows no transport",
    },
    Absence {
        within: &["control-plane/src/"],
        except: &["control-plane/src/api/", "control-plane/src/api.rs"],
        words: &["purvey_proto", "prost", "prost_types", "tonic_types"],
        why: "only api/ names wire types",
    },
    Absence {
        within: &["contract/"],
        except: &[],
        words: &["tokio", "tonic", "sqlx", "axum", "prost", "purvey_proto", "control_plane", "purvey_lab"],
        why: "the contract is plain data: no runtime, no transport, no database",
    },
];

/// Files with `unsafe` code, and why it is needed there.
const UNSAFE: &[(&str, &str)] = &[(
    "agent/src/exec/syscalls.rs",
    "the system calls of the sandbox that no safe wrapper offers as needed",
)];

/// Files that may be longer than [`LONGEST`], and why they are not split.
const LONG: &[(&str, &str)] = &[];
const LONGEST: usize = 600;

/// Crates named in one module of a crate at most, so that they can be replaced there.
const IN_ONE_MODULE: &[&str] = &["serde_yaml", "backoff"];

/// Notes to oneself belong into an issue. In two parts, so that this list does not find itself.
const NOTES: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X"), concat!("HA", "CK")];

/// Extensions of files that a person writes line by line.
const WRITTEN: &[&str] = &["rs", "sql", "sh", "proto", "toml", "yml", "yaml", "py", "ts", "go", "java", "md"];

pub(super) fn check(tree: &[File], found: &mut Vec<Finding>) {
    for file in tree.iter().filter(|it| !it.is_generated()) {
        absences(file, found);
        unsafe_code(file, found);
        length(file, found);
        columns(file, found);
        writing(file, found);
    }
    one_module(tree, found);
}

fn absences(file: &File, found: &mut Vec<Finding>) {
    if !file.is("rs") {
        return;
    }
    for absence in ABSENCES {
        let starts = |it: &&str| file.path.starts_with(*it);
        if !absence.within.iter().any(starts) || absence.except.iter().any(starts) {
            continue;
        }
        for (line, code) in code(file) {
            for word in absence.words.iter().filter(|it| names(code, it)) {
                found.push(file.finding(line, format!("{word} is named here; {}", absence.why)));
            }
        }
    }
}

fn unsafe_code(file: &File, found: &mut Vec<Finding>) {
    if !file.is("rs") || UNSAFE.iter().any(|(path, _)| file.path == *path) {
        return;
    }
    for (line, code) in code(file) {
        // In a string it is only talked about.
        let before = code.find('"').unwrap_or(code.len());
        if names(&code[..before], "unsafe") {
            found.push(file.finding(line, "unsafe code in a file that is not listed for it"));
        }
    }
}

fn length(file: &File, found: &mut Vec<Finding>) {
    let lines = file.text.lines().count();
    let measured = ["rs", "sh", "sql", "proto", "py", "ts", "go", "java"].iter().any(|it| file.is(it));
    if measured && lines > LONGEST && !LONG.iter().any(|(path, _)| file.path == *path) {
        found.push(file.finding(lines, format!("{lines} lines; split what is longer than {LONGEST}")));
    }
}

fn columns(file: &File, found: &mut Vec<Finding>) {
    if !file.is("rs") && !file.is("sql") {
        return;
    }
    for (line, code) in file.lines() {
        let code = code.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase();
        for all in [concat!("SELECT", " *"), concat!("RETURNING", " *")] {
            // The columns of an UNNEST stand in its alias.
            if code.replace(concat!("SELECT", " * FROM UNNEST("), "").contains(all) {
                found.push(
                    file.finding(
                        line,
                        format!("{all}: name the columns, an added one would change the answer"),
                    ),
                );
            }
        }
    }
}

fn writing(file: &File, found: &mut Vec<Finding>) {
    if !WRITTEN.iter().any(|it| file.is(it)) && file.path != ".ci/run" {
        return;
    }
    for (line, text) in file.lines() {
        for note in NOTES.iter().filter(|it| names(text, it)) {
            found.push(file.finding(line, format!("{note}: file an issue instead")));
        }
        if text.ends_with([' ', '\t']) && !file.is("md") {
            found.push(file.finding(line, "white space at the end of the line"));
        }
        if [concat!("<<<<", "<<<"), concat!(">>>>", ">>>")].iter().any(|it| text.starts_with(it)) {
            found.push(file.finding(line, "a conflict that was not resolved"));
        }
    }
    if !file.text.is_empty() && !file.text.ends_with('\n') {
        found.push(file.finding(file.text.lines().count(), "no line break at the end of the file"));
    }
}

fn one_module(tree: &[File], found: &mut Vec<Finding>) {
    for word in IN_ONE_MODULE {
        let mut by_crate: BTreeMap<&str, Vec<(&File, usize)>> = BTreeMap::new();
        for file in tree.iter().filter(|it| it.is("rs") && !it.is_generated()) {
            let Some((name, _)) = file.path.split_once("/src/") else {
                continue;
            };
            // As a path of a crate; a module of ours may have the same name.
            let used = |code: &str| {
                names(code, word) && (code.contains(&format!("{word}::")) || code.contains("extern"))
            };
            if let Some((line, _)) = code(file).find(|(_, code)| used(code) && !own_module(code, word)) {
                by_crate.entry(name).or_default().push((file, line));
            }
        }
        for places in by_crate.values().filter(|it| it.len() > 1) {
            for (file, line) in places {
                found.push(
                    file.finding(*line, format!("{word} is named in more than one module of this crate")),
                );
            }
        }
    }
}

/// `crate::backoff::`, `self::backoff::`, `super::backoff::`
fn own_module(code: &str, word: &str) -> bool {
    ["crate", "self", "super"].iter().any(|it| code.contains(&format!("{it}::{word}")))
}

/// The lines that are not comments.
fn code(file: &File) -> impl Iterator<Item = (usize, &str)> {
    file.lines().filter(|(_, line)| !line.trim_start().starts_with("//"))
}
