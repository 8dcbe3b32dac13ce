//! `purvey lint`: looks at an app's folder as a reviewer would, before anything runs.
//!
//! `rules.rs` says what is looked for, `checks/` does it, `shell/` reads scripts, `allow.rs` takes away what somebody has
//! thought about, `print.rs` and `sarif.rs` say what was found.

use std::path::Path;
use std::sync::Arc;

mod allow;
mod app;
mod checks;
mod finding;
pub(crate) mod print;
pub(crate) mod rules;
mod sarif;
mod shell;

#[cfg(test)]
mod tests;

pub(crate) use checks::shellcheck::is_installed as shellcheck_is_installed;
pub(crate) use finding::Finding;

use app::App;
use checks::flow::Flow;

/// Looks at an app's folder.
///
/// # Errors
/// The folder cannot be read, or shellcheck cannot be run.
pub(crate) fn folder(folder: &Path, with_shellcheck: bool) -> Result<Vec<Finding>, String> {
    let app = App::read(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut found = Vec::new();
    checks::manifest::check(&app, &mut found);
    checks::icon::check(&app, &mut found);
    checks::variables::unused(&app, &mut found);
    checks::variables::undeclared(&app, &mut found);
    let flow = Flow::of(&app);
    for file in &app.scripts {
        checks::runnable::check(&app, file, &mut found);
        checks::variables::unquoted(&app, file, &mut found);
        checks::people::check(file, &mut found);
        checks::secrets::check(&app, file, &flow, &mut found);
        checks::code::check(&app, file, &flow, &mut found);
        checks::repeat::check(file, &mut found);
    }
    if with_shellcheck {
        checks::shellcheck::check(&app, &mut found)?;
    }
    let mut sources = vec![Arc::clone(&app.manifest_source)];
    sources.extend(app.scripts.iter().map(|file| Arc::clone(&file.source)));
    let mut found = allow::apply(found, &sources);
    found.sort_by(|a, b| {
        let key = |it: &Finding| (it.source.path.clone(), it.line, it.column, it.rule.code);
        key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
    });
    found.dedup_by(|a, b| a.place() == b.place() && a.rule.code == b.rule.code && a.message == b.message);
    Ok(found)
}
