use std::path::{Path, PathBuf};

use clap::Subcommand;
use comfy_table::Cell;
use futures_util::TryStreamExt as _;
use purvey_contract::bundle::{self as archives, transport};
use purvey_contract::dsse::Envelope;
use purvey_contract::id::Name;
use purvey_contract::publisher::{BundleStatement, PublisherDocument};
use purvey_sdk::v1::{self, PullBundleRequest, PushBundleHeader, SearchBundlesRequest};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::app::standing;
use super::publisher::{open_keys, pass_on};
use crate::cli::Global;
use crate::config::Config;
use crate::failure::Failure;
use crate::output::{Details, Printer, ago, escape, table};
use crate::publisher::judge::{Refused, judge, read_document, read_envelope, statement_file};
use crate::publisher::{ends_soon, files, pack};

/// Pack, look into and publish bundles.
#[derive(Debug, Subcommand)]
pub(crate) enum Bundle {
    /// Pack an app's folder into `<app>-<version>.bundle`; the same files give the same digest on any machine
    Build {
        /// The app's folder, with a `manifest.yml`
        #[arg(value_name = "APP")]
        app: PathBuf,
        /// The folder for the bundle
        #[arg(long, value_name = "FOLDER", default_value = ".")]
        out: PathBuf,
        /// Compress the file; its digest stays the same
        #[arg(long)]
        gzip: bool,
        /// Replace another bundle of the same name
        #[arg(long)]
        force: bool,
    },
    /// Show what is in a bundle, who signed it, and whether servers would run it
    Inspect {
        /// A bundle's file, an app's folder, or an app in the catalogue
        #[arg(value_name = "BUNDLE")]
        what: String,
        /// The version in the catalogue; the newest if not said
        #[arg(long, value_name = "VERSION")]
        version: Option<String>,
        /// Its statement; the file beside it if not said
        #[arg(long, value_name = "FILE")]
        statement: Option<PathBuf>,
        /// The publisher's document to judge by, as servers hold it
        #[arg(long, value_name = "FILE")]
        publisher: Option<PathBuf>,
    },
    /// Sign apps and put them into the catalogue
    Publish {
        /// The apps' folders, each with a `manifest.yml`, or bundles' files; one with a statement beside it needs no keys
        #[arg(required = true, value_name = "APP")]
        apps: Vec<PathBuf>,
        /// Where the keys are, if not where `purvey publisher init` keeps them
        #[arg(long, value_name = "FOLDER")]
        keys: Option<PathBuf>,
        /// Check everything and publish nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Copy a bundle out of the catalogue, with its statement and its publisher's document
    Pull {
        /// The app
        app: String,
        /// The version; the newest if not said
        #[arg(long, value_name = "VERSION")]
        version: Option<String>,
        /// The folder for the files
        #[arg(long, value_name = "FOLDER", default_value = ".")]
        out: PathBuf,
    },
    /// List the catalogue's bundles, withdrawn ones too
    List {
        /// Words that publisher, app, version, name, description, category or tags contain
        words: Vec<String>,
    },
}

pub(crate) async fn run(global: &Global, command: Bundle) -> Result<(), Failure> {
    let out = global.printer();
    match command {
        Bundle::Build { app, out: folder, gzip, force } => build(out, &app, &folder, gzip, force),
        Bundle::Inspect { what, version, statement, publisher } => {
            let source = match Path::new(&what).exists() {
                true => Source::read(Path::new(&what))?.with_statement(Path::new(&what), statement)?,
                false => Source::pull(global, what, version).await?,
            };
            inspect(out, &source, publisher.as_deref())
        }
        Bundle::Publish { apps, keys, dry_run } => publish(global, &apps, keys.as_deref(), dry_run).await,
        Bundle::Pull { app, version, out: folder } => pull(global, app, version, &folder).await,
        Bundle::List { words } => list(global, words.join(" ")).await,
    }
}

/// The folder in which a publisher's keys are usually kept.
pub(crate) fn own_folder(publisher: &Name) -> Result<PathBuf, Failure> {
    let config = Config::path()?;
    let folder = config.parent().unwrap_or(&config);
    Ok(folder.join("publishers").join(publisher.as_str()))
}

/// A bundle, and what came with it.
pub(crate) struct Source {
    pub(crate) bundle: archives::Bundle,
    statement: Option<Vec<u8>>,
    /// As the catalogue gave it: believed only as far as its holder trusts the catalogue.
    document: Option<Vec<u8>>,
}

impl Source {
    /// An app's folder, or a bundle's file.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let read = if path.is_dir() { pack(path) } else { files::read_bundle(path) };
        Ok(Self { bundle: read.map_err(Failure::local)?, statement: None, document: None })
    }

    fn with_statement(mut self, path: &Path, named: Option<PathBuf>) -> Result<Self, Failure> {
        let file = statement_file(path, named);
        self.statement = file.map(|file| read_envelope(&file)).transpose().map_err(Failure::local)?;
        Ok(self)
    }

    async fn pull(global: &Global, app: String, version: Option<String>) -> Result<Self, Failure> {
        let request = PullBundleRequest { app, version: version.unwrap_or_default(), ..Default::default() };
        let (header, archive) = global.session()?.client.registry().pull(request).await?;
        let bundle = archives::open(archive)
            .map_err(|error| Failure::Refused { code: error.code(), message: error.to_string() })?;
        let document = Some(header.publisher_document).filter(|document| !document.is_empty());
        Ok(Self { bundle, statement: Some(header.statement), document })
    }
}

#[derive(Serialize)]
struct Built {
    app: String,
    version: String,
    release: u64,
    digest: String,
    size: usize,
    bundle: PathBuf,
}

fn build(out: Printer, app: &Path, folder: &Path, gzip: bool, force: bool) -> Result<(), Failure> {
    let bundle = pack(app).map_err(Failure::local)?;
    let path = folder.join(files::bundle_name(&bundle.manifest));
    if path.exists()
        && !force
        && files::read_bundle(&path).ok().map(|there| there.digest) != Some(bundle.digest)
    {
        return Err(Failure::usage_with(
            format!("{} is there already, with other contents", path.display()),
            "give the app the next version and release, or say --force",
        ));
    }
    let bytes = if gzip { transport::compress(&bundle.archive) } else { bundle.archive.clone() };
    files::write(&path, &bytes).map_err(Failure::local)?;
    let manifest = &bundle.manifest;
    let built = Built {
        app: format!("{}/{}", manifest.publisher, manifest.id),
        version: manifest.version.clone(),
        release: manifest.release,
        digest: bundle.digest.to_string(),
        size: bytes.len(),
        bundle: path,
    };
    out.resource(&built, || {
        Details::default()
            .line("app", format!("{} {} (release {})", built.app, built.version, built.release))
            .line("digest", &built.digest)
            .line("bundle", format!("{} ({} bytes)", built.bundle.display(), built.size))
            .text()
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Inspected {
    app: String,
    name: String,
    description: String,
    version: String,
    release: u64,
    digest: String,
    size: usize,
    actions: Vec<&'static str>,
    sandbox: &'static str,
    inputs: Vec<String>,
    files: Vec<InspectedFile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<InspectedStatement>,
}

#[derive(Serialize)]
struct InspectedFile {
    path: String,
    mode: &'static str,
    size: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InspectedStatement {
    signed: Option<String>,
    /// What judged it: a file, your own publisher, or the catalogue's word.
    judged_by: Option<String>,
    /// None if nothing was there to judge it by.
    #[serde(skip_serializing_if = "Option::is_none")]
    trusted: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

fn inspect(out: Printer, source: &Source, publisher: Option<&Path>) -> Result<(), Failure> {
    let Source { bundle, statement, .. } = source;
    let manifest = &bundle.manifest;
    let files = bundle.files().map_err(|error| Failure::local(error.into()))?;
    let shown = Inspected {
        app: format!("{}/{}", manifest.publisher, manifest.id),
        name: manifest.name.clone(),
        description: manifest.description.clone(),
        version: manifest.version.clone(),
        release: manifest.release,
        digest: bundle.digest.to_string(),
        size: bundle.archive.len(),
        actions: manifest.actions().into_iter().map(|action| action.as_str()).collect(),
        sandbox: manifest.sandbox.profile.as_str(),
        inputs: manifest.inputs.iter().map(|input| input.name.clone()).collect(),
        files: files
            .iter()
            .map(|(path, file)| InspectedFile {
                path: path.clone(),
                mode: if file.executable { "0755" } else { "0644" },
                size: file.contents.len(),
            })
            .collect(),
        statement: statement.as_ref().map(|text| said(source, text, publisher)).transpose()?,
    };
    out.resource(&shown, || shown.text(out.color))
}

/// What a statement says, and by whose word it is believed.
fn said(source: &Source, text: &[u8], publisher: Option<&Path>) -> Result<InspectedStatement, Failure> {
    let bundle = &source.bundle;
    let claimed: Option<BundleStatement> =
        Envelope::from_json(text).and_then(|envelope| envelope.peek()).ok();
    let (judged_by, document) = trusted_document(source, publisher)?.unzip();
    let judged = document.map(|document| judge(&document, text, bundle, OffsetDateTime::now_utc()));
    let (trusted, key, refused) = match judged {
        None => (None, None, None),
        Some(Ok(vouched)) => (Some(true), Some(vouched.key.public_key.id().to_string()), None),
        Some(Err(refused)) => (Some(false), None, Some(refused)),
    };
    let (code, reason) = refused.map(|Refused { code, reason }| (code, reason)).unzip();
    Ok(InspectedStatement {
        signed: claimed.and_then(|claimed| claimed.issued.format(&Rfc3339).ok()),
        judged_by,
        trusted,
        key,
        code,
        reason,
    })
}

/// The document to judge by, and where it is from: the named one, one's own, or the catalogue's.
fn trusted_document(
    source: &Source,
    publisher: Option<&Path>,
) -> Result<Option<(String, PublisherDocument)>, Failure> {
    if let Some(path) = publisher {
        let document = read_document(path).map_err(Failure::local)?;
        return Ok(Some((path.display().to_string(), document)));
    }
    let name = &source.bundle.manifest.publisher;
    if own_folder(name)?.join("document.json").is_file() {
        let book = open_keys(name, None)?;
        return Ok(Some((book.newest_file().display().to_string(), book.document().clone())));
    }
    let Some(bytes) = &source.document else { return Ok(None) };
    let read = || PublisherDocument::from_host(&Envelope::from_json(bytes)?).map_err(anyhow::Error::from);
    let document = read().map_err(Failure::local)?;
    Ok(Some((
        "the catalogue's own word (say --publisher FILE to judge by what a server holds)".to_owned(),
        document,
    )))
}

impl Inspected {
    fn text(&self, color: bool) -> String {
        let mut details = Details::default()
            .line("app", &self.app)
            .line("name", &self.name)
            .line("description", &self.description)
            .line("version", format!("{} (release {})", self.version, self.release))
            .line("digest", &self.digest)
            .line("size", format!("{} bytes", self.size))
            .line("actions", self.actions.join(", "))
            .line("sandbox", self.sandbox)
            .line("inputs", self.inputs.join(", "));
        match &self.statement {
            None => details = details.line("statement", "none"),
            Some(said) => {
                let by = said.judged_by.as_deref().unwrap_or_default();
                let verdict = match (said.trusted, &said.reason) {
                    (Some(true), _) => "servers believe it".to_owned(),
                    (Some(false), reason) => {
                        format!("servers refuse it: {}", reason.as_deref().unwrap_or_default())
                    }
                    (None, _) => "unknown: say --publisher FILE to judge it".to_owned(),
                };
                details = details
                    .line("signed", said.signed.as_deref().unwrap_or("not readable"))
                    .line("key", said.key.as_deref().map(|key| &key[..16]).unwrap_or_default())
                    .line("judged by", by)
                    .line("verdict", verdict);
            }
        }
        let rows = self
            .files
            .iter()
            .map(|file| vec![Cell::new(file.mode), Cell::new(file.size), Cell::new(escape(&file.path))]);
        format!("{}\n{}", details.text(), table(&["MODE", "SIZE", "FILE"], rows, color))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Published {
    app: String,
    version: String,
    release: u64,
    digest: String,
    /// `published`, `signed anew` or `there already`.
    outcome: &'static str,
}

async fn publish(
    global: &Global,
    apps: &[PathBuf],
    keys: Option<&Path>,
    dry_run: bool,
) -> Result<(), Failure> {
    let session = global.session()?;
    let mut published = Vec::new();
    let mut warnings = std::collections::BTreeSet::new();
    for path in apps {
        let Source { bundle, statement, .. } = Source::read(path)?.with_statement(path, None)?;
        let name = &bundle.manifest.publisher;
        // What was signed elsewhere is passed on as it is.
        let statement = match statement.filter(|_| path.is_file()) {
            Some(statement) => statement,
            None => {
                let book = open_keys(name, keys)?;
                let signer = book.signer().map_err(Failure::local)?;
                warnings.extend(ends_soon(name, signer.until));
                if !dry_run {
                    pass_on(&session.client, &book).await?;
                }
                signer.vouch(&bundle).map_err(Failure::local)?
            }
        };
        let header = PushBundleHeader { statement, validate_only: dry_run, ..Default::default() };
        let pushed = session.client.registry().push(header, transport::compress(&bundle.archive)).await?;
        published.push(Published {
            app: format!("{name}/{}", bundle.manifest.id),
            version: bundle.manifest.version.clone(),
            release: bundle.manifest.release,
            digest: bundle.digest.to_string(),
            outcome: match (pushed.created, pushed.statement_replaced) {
                (true, _) if dry_run => "would be published",
                (true, _) => "published",
                (false, true) => "signed anew",
                (false, false) => "there already",
            },
        });
    }
    warnings.iter().for_each(|warning| session.out.note(&format!("Warning: {warning}")));
    session.out.list("bundles", &published, &["APP", "VERSION", "RELEASE", "OUTCOME"], |one| {
        vec![
            Cell::new(escape(&one.app)),
            Cell::new(escape(&one.version)),
            Cell::new(one.release),
            Cell::new(one.outcome),
        ]
    })
}

#[derive(Serialize)]
struct Pulled {
    app: String,
    version: String,
    digest: String,
    bundle: PathBuf,
}

async fn pull(global: &Global, app: String, version: Option<String>, folder: &Path) -> Result<(), Failure> {
    let out = global.printer();
    let source = Source::pull(global, app, version).await?;
    let manifest = &source.bundle.manifest;
    let path = folder.join(files::bundle_name(manifest));
    let write = |path: &Path, bytes: &[u8]| files::write(path, bytes).map_err(Failure::local);
    if let Some(document) = &source.document {
        write(&folder.join(format!("{}.publisher.json", manifest.publisher)), document)?;
    }
    write(&files::statement_beside(&path), source.statement.as_deref().unwrap_or_default())?;
    write(&path, &source.bundle.archive)?;
    let pulled = Pulled {
        app: format!("{}/{}", manifest.publisher, manifest.id),
        version: manifest.version.clone(),
        digest: source.bundle.digest.to_string(),
        bundle: path,
    };
    out.resource(&pulled, || {
        Details::default()
            .line("app", format!("{} {}", pulled.app, pulled.version))
            .line("digest", &pulled.digest)
            .line("bundle", pulled.bundle.display().to_string())
            .text()
    })
}

async fn list(global: &Global, query: String) -> Result<(), Failure> {
    let session = global.session()?;
    let request = SearchBundlesRequest { query, ..Default::default() };
    let bundles: Vec<v1::Bundle> = session.client.registry().search_all(request).try_collect().await?;
    session.out.list(
        "bundles",
        &bundles,
        &["APP", "VERSION", "RELEASE", "ADDED", "STATE", "DIGEST"],
        |bundle| {
            vec![
                Cell::new(escape(&format!("{}/{}", bundle.publisher, bundle.app))),
                Cell::new(escape(&bundle.version)),
                Cell::new(bundle.release),
                Cell::new(ago(bundle.create_time.as_ref())),
                standing(&bundle.withdrawn_code),
                Cell::new(escape(bundle.digest.get(..16).unwrap_or(&bundle.digest))),
            ]
        },
    )
}

/// A statement in a line.
pub(crate) fn statement_text(said: &BundleStatement) -> String {
    format!("{} {} (release {})", said.app, said.version, said.release)
}
