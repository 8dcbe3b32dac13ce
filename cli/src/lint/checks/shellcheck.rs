//! What shellcheck says, where it is installed.

use std::process::Command;

use serde::Deserialize;

use crate::lint::app::{App, ScriptFile};
use crate::lint::finding::Finding;
use crate::lint::rules::{self, Level};

#[derive(Deserialize)]
struct Report {
    comments: Vec<Comment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Comment {
    file: String,
    line: u32,
    end_line: u32,
    column: u32,
    end_column: u32,
    level: String,
    code: u32,
    message: String,
}

/// Whether it can be run at all.
pub(crate) fn is_installed() -> bool {
    Command::new("shellcheck").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Runs it on the app's own scripts.
///
/// # Errors
/// It cannot be run, or says something that is not understood.
pub(crate) fn check(app: &App, found: &mut Vec<Finding>) -> Result<(), String> {
    if app.scripts.is_empty() {
        return Ok(());
    }
    let mut command = Command::new("shellcheck");
    command.args(["--format=json1", "--external-sources", "--shell=bash", "--source-path=SCRIPTDIR"]);
    // A library beside the app is `lib/` in the bundle.
    command.arg("--source-path=SCRIPTDIR/..").current_dir(&app.folder);
    // Not followed, for example because it is made at run time.
    command.arg("--exclude=SC1090,SC1091").arg("--");
    command.args(app.scripts.iter().map(|file| &file.path));
    let output = command.output().map_err(|error| format!("shellcheck cannot be run: {error}"))?;
    let report: Report = serde_json::from_slice(&output.stdout).map_err(|error| {
        format!(
            "shellcheck said something else than JSON: {error}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        )
    })?;
    for comment in report.comments {
        // What it says of files that it followed is said when they are looked at themselves.
        if let Some(file) = app.scripts.iter().find(|file| file.path == comment.file) {
            found.push(finding(file, &comment));
        }
    }
    Ok(())
}

fn finding(file: &ScriptFile, comment: &Comment) -> Finding {
    let level = if comment.level == "error" { Level::Error } else { Level::Warning };
    let message = format!("{} (SC{:04})", comment.message, comment.code);
    let one_line = comment.line == comment.end_line;
    Finding {
        level,
        line: Some(comment.line),
        column: Some(comment.column),
        length: if one_line { comment.end_column.saturating_sub(comment.column) } else { 0 },
        ..Finding::of_file(rules::SHELLCHECK, &file.source, message)
    }
    .fixed_by(format!("https://www.shellcheck.net/wiki/SC{:04}", comment.code))
}
