use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use comfy_table::Cell;
use purvey_contract::dsse::ListedKey;
use purvey_contract::id::{Digest, Name};
use purvey_sdk::v1::{GetPublisherRequest, PushPublisherRequest};
use purvey_sdk::{Client, Code, protobuf};
use serde::Serialize;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::bundle::{Source, own_folder, statement_text};
use super::span;
use crate::cli::Global;
use crate::failure::Failure;
use crate::output::{Details, Printer, Tone, escape, table, toned};
use crate::publisher::judge::{judge, read_document, read_envelope, statement_file};
use crate::publisher::{Book, ends_soon, files, short};

/// Keep a publisher's keys, and sign apps so that servers run them.
#[derive(Debug, Subcommand)]
pub(crate) enum Publisher {
    /// Make a publisher's keys and the document that servers trust it by
    ///
    /// They are kept in your own folder of configuration, below `publishers`. Whoever has the keys decides what runs on
    /// each server that holds the document.
    Init {
        #[command(flatten)]
        named: Named,
        /// Where to put the root key instead of beside the others, such as on a disk that is kept in a safe
        #[arg(long, value_name = "FILE")]
        root_key: Option<PathBuf>,
        #[command(flatten)]
        life: Life,
    },
    /// Show a publisher's keys, floors and revocations, and what its owner should know
    Show {
        #[command(flatten)]
        named: Named,
    },
    /// Add and revoke signing keys
    #[command(subcommand)]
    Key(Key),
    /// Change the root key
    #[command(subcommand)]
    Root(Root),
    /// Set the lowest release of an app that servers run
    Floor {
        #[command(flatten)]
        named: Named,
        /// The app
        app: Name,
        /// The lowest release that may run
        release: u64,
        /// Let it be lower than it is now
        #[arg(long)]
        lower: bool,
        #[command(flatten)]
        root: RootKey,
    },
    /// Let no server run a bundle any more
    RevokeBundle {
        #[command(flatten)]
        named: Named,
        /// The bundle's file, or its digest
        bundle: String,
        #[command(flatten)]
        root: RootKey,
    },
    /// Pass a publisher's newest document on to the control plane, which carries it to the servers
    Push {
        #[command(flatten)]
        named: Named,
    },
    /// Sign apps into a folder that a control plane takes its apps from
    Sign {
        /// The apps' folders, each with a `manifest.yml`, or bundles' files
        #[arg(required = true, value_name = "APP")]
        apps: Vec<PathBuf>,
        /// The folder for the signed bundles; it is made if missing
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
        /// Where the keys are, if not where `init` keeps them
        #[arg(long, value_name = "FOLDER")]
        keys: Option<PathBuf>,
    },
    /// Judge a bundle and its statement as a server would, without one
    Verify {
        /// The bundle's file
        bundle: PathBuf,
        /// Its statement; the file beside it if not said
        #[arg(long, value_name = "FILE")]
        statement: Option<PathBuf>,
        /// The publisher's document, as servers hold it; your own publisher's if not said
        #[arg(long, value_name = "FILE")]
        publisher: Option<PathBuf>,
        /// Judge as of this time, such as 2027-01-01T00:00:00Z; now if not said
        #[arg(long, value_name = "TIME", value_parser = time)]
        at: Option<OffsetDateTime>,
    },
}

/// Add and revoke signing keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Add a signing key
    Add {
        #[command(flatten)]
        named: Named,
        #[command(flatten)]
        life: Life,
        #[command(flatten)]
        root: RootKey,
    },
    /// Revoke a signing key: whatever it has signed, whenever, runs no more
    Revoke {
        #[command(flatten)]
        named: Named,
        /// The beginning of the key's id (`purvey publisher show`)
        key: String,
        #[command(flatten)]
        root: RootKey,
    },
}

/// Change the root key.
#[derive(Debug, Subcommand)]
pub(crate) enum Root {
    /// Put a new root key in the place of the present one; both sign the document that says so
    Rotate {
        #[command(flatten)]
        named: Named,
        #[command(flatten)]
        root: RootKey,
        /// Where to put the new root key instead of beside the others
        #[arg(long, value_name = "FILE")]
        new_root_key: Option<PathBuf>,
    },
}

/// Which publisher.
#[derive(Args, Debug)]
pub(crate) struct Named {
    /// The publisher, as the apps' manifests name it
    #[arg(value_name = "PUBLISHER")]
    name: Name,
    /// Where its keys are kept, if not below `publishers` in your folder of configuration
    #[arg(long, value_name = "FOLDER")]
    keys: Option<PathBuf>,
}

/// Where the root key is.
#[derive(Args, Debug)]
pub(crate) struct RootKey {
    /// The root key's file, if it is not kept beside the others
    #[arg(long, value_name = "FILE")]
    root_key: Option<PathBuf>,
}

/// How long a signing key is good.
#[derive(Args, Debug)]
pub(crate) struct Life {
    /// How long the signing key is good
    #[arg(long, value_name = "SPAN", default_value = "365d", value_parser = span::parse)]
    expires: protobuf::Duration,
}

impl Named {
    fn folder(&self) -> Result<PathBuf, Failure> {
        self.keys.clone().map_or_else(|| own_folder(&self.name), Ok)
    }

    fn open(&self) -> Result<Book, Failure> {
        let folder = self.folder()?;
        if !folder.join("document.json").is_file() {
            return Err(no_keys(&self.name, &folder));
        }
        let book = Book::open(&folder).map_err(Failure::local)?;
        let found = &book.document().publisher;
        if *found != self.name {
            return Err(Failure::usage(format!("{} holds the publisher {found}", folder.display())));
        }
        Ok(book)
    }
}

/// There is no publisher where one was looked for.
pub(crate) fn no_keys(name: &Name, folder: &Path) -> Failure {
    Failure::usage_with(
        format!("there are no keys of the publisher {name} in {}", folder.display()),
        format!("make them: purvey publisher init {name}; or say where they are: --keys FOLDER"),
    )
}

impl Life {
    fn span(&self) -> Duration {
        Duration::seconds(self.expires.seconds)
    }
}

fn time(text: &str) -> Result<OffsetDateTime, String> {
    OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| format!("`{text}` is not a time like 2027-01-01T00:00:00Z"))
}

pub(crate) async fn run(global: &Global, command: Publisher) -> Result<(), Failure> {
    let out = global.printer();
    match command {
        Publisher::Init { named, root_key, life } => {
            let book = Book::create(&named.folder()?, &named.name, life.span(), root_key.as_deref());
            let book = book.map_err(Failure::local)?;
            out.note(&format!(
                "Put the document on each server that is to run its apps, as /etc/purvey/publishers.d/{0}, and make it \
                 known to the control plane: purvey publisher push {0}",
                named.name
            ));
            show(out, &book)
        }
        Publisher::Show { named } => show(out, &named.open()?),
        Publisher::Key(Key::Add { named, life, root }) => {
            let mut book = named.open()?;
            book.add_key(life.span(), root.root_key.as_deref()).map_err(Failure::local)?;
            changed(out, &book)
        }
        Publisher::Key(Key::Revoke { named, key, root }) => {
            let mut book = named.open()?;
            let key = book.find(&key).map_err(Failure::local)?.public_key.id();
            book.revoke_key(key, root.root_key.as_deref()).map_err(Failure::local)?;
            changed(out, &book)
        }
        Publisher::Root(Root::Rotate { named, root, new_root_key }) => {
            let mut book = named.open()?;
            book.rotate_root(root.root_key.as_deref(), new_root_key.as_deref()).map_err(Failure::local)?;
            out.note("Keep the old root key until every server has seen this document, and destroy it then.");
            changed(out, &book)
        }
        Publisher::Floor { named, app, release, lower, root } => {
            let mut book = named.open()?;
            book.set_floor(&app, release, lower, root.root_key.as_deref()).map_err(Failure::local)?;
            changed(out, &book)
        }
        Publisher::RevokeBundle { named, bundle, root } => {
            let mut book = named.open()?;
            let digest = match bundle.parse::<Digest>() {
                Ok(digest) => digest,
                Err(_) => files::read_bundle(Path::new(&bundle)).map_err(Failure::local)?.digest,
            };
            book.revoke_bundle(digest, root.root_key.as_deref()).map_err(Failure::local)?;
            changed(out, &book)
        }
        Publisher::Push { named } => push(global, &named.open()?).await,
        Publisher::Sign { apps, out: catalogue, keys } => sign(out, &apps, &catalogue, keys.as_deref()),
        Publisher::Verify { bundle, statement, publisher, at } => {
            verify(out, &bundle, statement, publisher, at)
        }
    }
}

/// What a change has made, and what remains to be done.
fn changed(out: Printer, book: &Book) -> Result<(), Failure> {
    out.note(&format!(
        "Servers know of it once the control plane does: purvey publisher push {}",
        book.document().publisher
    ));
    show(out, book)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    publisher: String,
    version: u64,
    folder: PathBuf,
    document: PathBuf,
    roots: Vec<ShownKey>,
    signing_keys: Vec<ShownKey>,
    floors: std::collections::BTreeMap<Name, u64>,
    revoked_bundles: Vec<Digest>,
    warnings: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownKey {
    id: String,
    /// Whether the private part is in the folder.
    here: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
}

fn show(out: Printer, book: &Book) -> Result<(), Failure> {
    let document = book.document();
    let state = |key: &ListedKey| match () {
        () if document.revoked_keys.contains(&key.public_key.id()) => "revoked",
        () if key.is_valid_at(OffsetDateTime::now_utc()) => "good",
        () => "expired",
    };
    let shown = Shown {
        publisher: document.publisher.to_string(),
        version: document.version,
        folder: book.folder().to_owned(),
        document: book.newest_file(),
        roots: document
            .roots
            .iter()
            .map(|key| ShownKey { id: key.id().to_string(), here: book.has(key), state: None, expires: None })
            .collect(),
        signing_keys: document
            .signing_keys
            .iter()
            .map(|key| ShownKey {
                id: key.public_key.id().to_string(),
                here: book.has(&key.public_key),
                state: Some(state(key)),
                expires: key.not_after.format(&Rfc3339).ok(),
            })
            .collect(),
        floors: document.floors.clone(),
        revoked_bundles: document.revoked_bundles.clone(),
        warnings: book.warnings(),
    };
    out.resource(&shown, || shown.text(out.color))?;
    shown.warnings.iter().for_each(|warning| out.note(&format!("Warning: {warning}")));
    Ok(())
}

impl Shown {
    fn text(&self, color: bool) -> String {
        let floors = self.floors.iter().map(|(app, release)| format!("{app} {release}")).collect::<Vec<_>>();
        let revoked = self.revoked_bundles.iter().map(ToString::to_string).collect::<Vec<_>>();
        let details = Details::default()
            .line("publisher", &self.publisher)
            .line("document", format!("version {}, {}", self.version, self.document.display()))
            .line("floors", floors.join(", "))
            .line("revoked bundles", revoked.join(", "))
            .text();
        let rows = self
            .roots
            .iter()
            .map(|key| (key, "root"))
            .chain(self.signing_keys.iter().map(|key| (key, "signing")));
        let row = |(key, purpose): (&ShownKey, &str)| {
            let state = key.state.unwrap_or_default();
            let tone = match state {
                "good" => Tone::Good,
                "" => Tone::Plain,
                _ => Tone::Bad,
            };
            vec![
                Cell::new(&key.id[..16]),
                Cell::new(purpose),
                toned(state, tone),
                Cell::new(key.expires.as_deref().unwrap_or_default()),
                Cell::new(if key.here { "here" } else { "elsewhere" }),
            ]
        };
        format!("{details}\n{}", table(&["KEY", "FOR", "STATE", "EXPIRES", "KEPT"], rows.map(row), color))
    }
}

#[derive(Serialize)]
struct Pushed {
    publisher: String,
    version: u64,
}

async fn push(global: &Global, book: &Book) -> Result<(), Failure> {
    let session = global.session()?;
    let pushed = pass_on(&session.client, book).await?;
    let shown = Pushed { publisher: book.document().publisher.to_string(), version: pushed };
    session.out.resource(&shown, || {
        format!("The control plane holds version {} of {}.", shown.version, shown.publisher)
    })
}

/// Passes on what the control plane has yet to see. Answers the version that it holds then.
pub(crate) async fn pass_on(client: &Client, book: &Book) -> Result<u64, Failure> {
    let publisher = book.document().publisher.to_string();
    let held = match client.registry().get_publisher(GetPublisherRequest { publisher }).await {
        Ok(held) => held.version,
        Err(error) if error.code() == Code::NotFound => 0,
        Err(error) => return Err(error.into()),
    };
    // The newest also when it is held: if it is another of that version, that is an error.
    let mut documents = book.since(held);
    if documents.is_empty() {
        documents.push(book.newest());
    }
    let pushed = client.registry().push_publisher(PushPublisherRequest { documents }).await?;
    Ok(pushed.version)
}

#[derive(Serialize)]
struct Signed {
    app: String,
    version: String,
    digest: String,
    bundle: PathBuf,
}

fn sign(out: Printer, apps: &[PathBuf], catalogue: &Path, keys: Option<&Path>) -> Result<(), Failure> {
    let mut signed = Vec::new();
    let mut warnings = std::collections::BTreeSet::new();
    for app in apps {
        let Source { bundle, .. } = Source::read(app)?;
        let name = &bundle.manifest.publisher;
        let signer = open_keys(name, keys)?.signer().map_err(Failure::local)?;
        warnings.extend(ends_soon(name, signer.until));
        let one = signer.sign(&bundle, catalogue).map_err(Failure::local)?;
        let (app, digest) = (one.app.to_string(), bundle.digest.to_string());
        signed.push(Signed { app, version: one.version, digest, bundle: one.bundle });
    }
    warnings.iter().for_each(|warning| out.note(&format!("Warning: {warning}")));
    out.list("bundles", &signed, &["APP", "VERSION", "BUNDLE"], |one| {
        let bundle = one.bundle.display().to_string();
        [&one.app, &one.version, &bundle].map(|text| Cell::new(escape(text))).to_vec()
    })
}

/// The keys of a publisher, in the folder that was named or in the usual one.
pub(crate) fn open_keys(name: &Name, keys: Option<&Path>) -> Result<Book, Failure> {
    Named { name: name.clone(), keys: keys.map(Path::to_owned) }.open()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Verified {
    verified: bool,
    app: String,
    version: String,
    release: u64,
    digest: String,
    signed: Option<String>,
    key: String,
    key_expires: Option<String>,
    publisher_version: u64,
}

fn verify(
    out: Printer,
    file: &Path,
    statement: Option<PathBuf>,
    publisher: Option<PathBuf>,
    at: Option<OffsetDateTime>,
) -> Result<(), Failure> {
    let beside = files::statement_beside(file);
    let statement = statement_file(file, statement).ok_or_else(|| {
        Failure::usage_with(
            format!("there is no statement beside the bundle ({})", beside.display()),
            "say where it is: --statement FILE",
        )
    })?;
    let statement = read_envelope(&statement).map_err(Failure::local)?;
    let bundle = match files::read_bundle(file) {
        Ok(bundle) => bundle,
        Err(error) => return Err(not_a_bundle(error)),
    };
    let document = match publisher {
        Some(path) => read_document(&path).map_err(Failure::local)?,
        None => open_keys(&bundle.manifest.publisher, None)?.document().clone(),
    };
    let judged = judge(&document, &statement, &bundle, at.unwrap_or_else(OffsetDateTime::now_utc));
    let vouched = judged.map_err(|refused| Failure::Refused {
        code: refused.code,
        message: format!(
            "servers that hold version {} of {}'s document refuse {} {}: {}",
            document.version, document.publisher, bundle.manifest.id, bundle.manifest.version, refused.reason
        ),
    })?;
    let said = &vouched.statement;
    let shown = Verified {
        verified: true,
        app: said.app.to_string(),
        version: said.version.clone(),
        release: said.release,
        digest: said.bundle.to_string(),
        signed: said.issued.format(&Rfc3339).ok(),
        key: vouched.key.public_key.id().to_string(),
        key_expires: vouched.key.not_after.format(&Rfc3339).ok(),
        publisher_version: document.version,
    };
    out.resource(&shown, || {
        Details::default()
            .line("bundle", statement_text(said))
            .line("digest", &shown.digest)
            .line("signed", shown.signed.clone().unwrap_or_default())
            .line(
                "key",
                format!("{}, good until {}", short(&vouched.key.public_key), vouched.key.not_after.date()),
            )
            .line(
                "verdict",
                format!(
                    "servers that hold version {} of {}'s document believe it",
                    document.version, document.publisher
                ),
            )
            .text()
    })
}

/// A file that is no bundle is refused as a server would refuse it.
fn not_a_bundle(error: anyhow::Error) -> Failure {
    match error.downcast_ref::<purvey_contract::bundle::BundleError>() {
        Some(cause) => Failure::Refused { code: cause.code(), message: format!("{error:#}") },
        None => Failure::local(error),
    }
}
