//! The manifest: its problems and remarks, the texts that people look for, and that the folder can be packed.

use purvey_contract::action::Action;
use purvey_contract::bundle::{self, BundleError};
use purvey_contract::manifest::{Manifest, Problem, position};

use crate::lint::app::App;
use crate::lint::finding::Finding;
use crate::lint::rules;

pub(crate) fn check(app: &App, found: &mut Vec<Finding>) {
    let source = &app.manifest_source;
    let of_problem = |rule, problem: &Problem| {
        let field = if problem.path.is_empty() { String::new() } else { format!("{}: ", problem.path) };
        let mut finding =
            Finding::of_file(rule, source, format!("{field}{} ({})", problem.message, problem.code));
        (finding.line, finding.column) = (problem.line, problem.column);
        finding
    };
    match bundle::build(&app.folder, app.library.as_deref()) {
        Ok(_) => {}
        Err(BundleError::Manifest(problems)) => {
            found.extend(problems.iter().map(|problem| of_problem(rules::MANIFEST_PROBLEM, problem)));
        }
        Err(BundleError::NoManifest) => {
            let message = "there is no manifest.yml in this folder";
            found.push(
                Finding::of_file(rules::MANIFEST_PROBLEM, source, message)
                    .fixed_by("`purvey new APP` writes one."),
            );
        }
        Err(error) => {
            found.push(Finding::of_file(rules::CANNOT_BE_PACKED, source, error.to_string()));
            // The files came first, so nothing was said about the manifest yet.
            let problems = Manifest::parse(&source.text).err().unwrap_or_default();
            found.extend(problems.iter().map(|problem| of_problem(rules::MANIFEST_PROBLEM, problem)));
        }
    }
    let Some(manifest) = &app.manifest else { return };
    found.extend(manifest.remarks.iter().map(|remark| of_problem(rules::MANIFEST_REMARK, remark)));
    texts(app, manifest, found);
    for (action, key) in [(Action::Uninstall, "uninstall_script"), (Action::Verify, "verify_script")] {
        if manifest.script(action).is_none() {
            let message = format!("nothing can {action} this app: there is no `{key}`");
            found.push(Finding::of_file(rules::SCRIPT_MISSING, source, message));
        }
    }
}

fn texts(app: &App, manifest: &Manifest, found: &mut Vec<Finding>) {
    let source = &app.manifest_source;
    let mut missing = |path: &str, message: String| {
        let mut finding = Finding::of_file(rules::TEXT_MISSING, source, message);
        (finding.line, finding.column) = position(&source.text, path).unzip();
        found.push(finding);
    };
    let whole = [
        (manifest.description.is_empty(), "description: say in a sentence what the app does"),
        (
            manifest.category == "other",
            "category: say under which heading it belongs, as in `category: databases`",
        ),
        (
            manifest.licence.is_none(),
            "licence: say under which licence the app is, as in `licence: BSD-2-Clause`",
        ),
        (
            manifest.author.is_none() && manifest.maintainers.is_empty(),
            "maintainers: say who looks after it, as in `maintainers: [Jane Doe <jane@example.com>]`",
        ),
    ];
    for (_, message) in whole.into_iter().filter(|(is_missing, _)| *is_missing) {
        missing("", message.to_owned());
    }
    for (index, input) in manifest.inputs.iter().enumerate() {
        let path = format!("inputs[{index}]");
        if input.label == input.name {
            missing(
                &path,
                format!("{path}: `{}` has no `label`, so a form shows its variable's name", input.name),
            );
        }
        if input.description.is_empty() && input.help.is_none() {
            missing(&path, format!("{path}: `{}` has no `description`", input.name));
        }
    }
    for (index, output) in manifest.outputs.iter().enumerate() {
        if output.description.is_empty() {
            let path = format!("outputs[{index}]");
            missing(&path, format!("{path}: `{}` has no `description`", output.name));
        }
    }
}
