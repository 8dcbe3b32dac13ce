use std::path::PathBuf;

use clap::Subcommand;
use purvey_contract::id::Name;
use serde::Serialize;
use time::Duration;

use crate::cli::Global;
use crate::config::Config;
use crate::failure::Failure;
use crate::output::Details;
use crate::publisher::{Publisher as Keys, pack};

/// How long a signing key is good.
const LIFE: Duration = Duration::days(365);

/// Sign apps, so that servers run them.
#[derive(Debug, Subcommand)]
pub(crate) enum Publisher {
    /// Make a publisher's keys and the document that servers trust it by
    ///
    /// They are kept in your own folder of configuration, below `publishers`. Whoever has the keys decides what runs on
    /// each server that holds the document.
    Init {
        /// The publisher, as the apps' manifests name it
        name: Name,
        /// Where to keep the keys instead
        #[arg(long, value_name = "FOLDER")]
        keys: Option<PathBuf>,
    },
    /// Pack and sign apps into a folder that a control plane takes its apps from
    Sign {
        /// The apps' folders, each with a `manifest.yml`
        #[arg(required = true, value_name = "APP")]
        apps: Vec<PathBuf>,
        /// The folder for the signed bundles; it is made if missing
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
        /// Where the keys are, if not where `init` keeps them
        #[arg(long, value_name = "FOLDER")]
        keys: Option<PathBuf>,
    },
}

#[derive(Serialize)]
struct Made {
    publisher: String,
    keys: PathBuf,
    document: PathBuf,
}

#[derive(Serialize)]
struct Signed {
    app: String,
    version: String,
    bundle: PathBuf,
}

pub(crate) fn run(global: &Global, command: Publisher) -> Result<(), Failure> {
    let out = global.printer();
    match command {
        Publisher::Init { name, keys } => {
            let folder = keys.map_or_else(|| folder_of(&name), Ok)?;
            Keys::create(name.clone(), false, LIFE, Some(&folder)).map_err(Failure::local)?;
            let made =
                Made { publisher: name.to_string(), document: Keys::document_file(&folder), keys: folder };
            out.note(&format!(
                "Put the document on each server that is to run its apps, as /etc/purvey/publishers.d/{name}."
            ));
            out.resource(&made, || {
                Details::default()
                    .line("publisher", &made.publisher)
                    .line("keys", made.keys.display().to_string())
                    .line("document", made.document.display().to_string())
                    .text()
            })
        }
        Publisher::Sign { apps, out: catalogue, keys } => {
            let mut signed = Vec::new();
            for app in apps {
                let packed = pack(&app).map_err(Failure::local)?;
                let folder = keys.clone().map_or_else(|| folder_of(packed.publisher()), Ok)?;
                if !Keys::document_file(&folder).is_file() {
                    return Err(Failure::usage_with(
                        format!(
                            "there are no keys of the publisher {} in {}",
                            packed.publisher(),
                            folder.display()
                        ),
                        format!("make them: purvey publisher init {}", packed.publisher()),
                    ));
                }
                let keys = Keys::open(&folder).map_err(Failure::local)?;
                let one = keys.sign(&packed, &catalogue).map_err(Failure::local)?;
                signed.push(Signed { app: one.app.to_string(), version: one.version, bundle: one.bundle });
            }
            out.list("bundles", &signed, &["APP", "VERSION", "BUNDLE"], |one| {
                let bundle = one.bundle.display().to_string();
                [&one.app, &one.version, &bundle]
                    .map(|text| comfy_table::Cell::new(crate::output::escape(text)))
                    .to_vec()
            })
        }
    }
}

fn folder_of(publisher: &Name) -> Result<PathBuf, Failure> {
    let config = Config::path()?;
    let folder = config.parent().unwrap_or(&config);
    Ok(folder.join("publishers").join(publisher.as_str()))
}
