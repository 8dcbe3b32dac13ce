//! What `purvey demo`, `purvey up` and `purvey lab test` share: a control plane of our own on this host, and servers to throw
//! away.

pub(crate) mod beside;
pub(crate) mod control_plane;
pub(crate) mod folders;
pub(crate) mod http;
pub(crate) mod lab_host;
pub(crate) mod needs;
pub(crate) mod private;
pub(crate) mod signals;

/// The last lines of a file, for a person; empty if there is none.
pub(crate) fn tail(path: &std::path::Path, lines: usize) -> String {
    let text = std::fs::read(path).unwrap_or_default();
    last_lines(&String::from_utf8_lossy(&text), lines)
}

/// The last lines of a text.
pub(crate) fn last_lines(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}
