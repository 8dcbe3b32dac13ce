//! An app that is to be tested: its bundle and its description.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use purvey_contract::bundle::Bundle;
use purvey_contract::inputs::{self, EffectiveInputs, Inputs};
use purvey_contract::manifest::Manifest;

use super::lifecycle::{self, Lifecycle};
use crate::failure::Failure;
use crate::publisher::pack;

/// An app's folder, read.
#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(crate) folder: PathBuf,
    pub(crate) bundle: Bundle,
    pub(crate) manifest: Manifest,
    pub(crate) lifecycle: Lifecycle,
}

impl App {
    /// Its id.
    pub(crate) fn id(&self) -> &str {
        self.manifest.id.as_str()
    }

    /// The inputs as its scripts get them, secrets included. What does not validate is as it was given.
    pub(crate) fn effective(&self, given: &Inputs) -> Inputs {
        match inputs::validate(&self.manifest, given) {
            Ok(effective) => EffectiveInputs::join(&effective.plain, &effective.sensitive),
            Err(_) => given.clone(),
        }
    }
}

/// Reads apps, and says everything that is wrong with any of them.
///
/// # Errors
/// No such folder, or problems of a manifest or a description.
pub(crate) fn read_all(folders: &[PathBuf]) -> Result<Vec<App>, Failure> {
    let (mut apps, mut problems) = (Vec::<App>::new(), Vec::new());
    for folder in folders {
        match read(folder) {
            Ok(app) if apps.iter().any(|other| other.id() == app.id()) => {
                problems.push(format!(
                    "{}: an app of the id `{}` is named before",
                    folder.display(),
                    app.id()
                ));
            }
            Ok(app) => apps.push(app),
            Err(error) => problems.push(format!("{error:#}")),
        }
    }
    if problems.is_empty() { Ok(apps) } else { Err(Failure::usage(problems.join("\n"))) }
}

/// Reads one.
///
/// # Errors
/// As [`read_all`].
pub(crate) fn read(folder: &Path) -> anyhow::Result<App> {
    let folder = folder.canonicalize().with_context(|| folder.display().to_string())?;
    let bundle = pack(&folder)?;
    let manifest = bundle.manifest.clone();
    let lifecycle = lifecycle::read(&folder, &manifest)?;
    Ok(App { folder, bundle, manifest, lifecycle })
}
