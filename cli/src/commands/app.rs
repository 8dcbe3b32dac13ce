use clap::Subcommand;
use comfy_table::Cell;
use futures_util::TryStreamExt as _;
use purvey_sdk::v1::{
    self, GetAppRequest, GetAppVersionRequest, InputField, ListAppVersionsRequest, ListAppsRequest,
};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{Details, Tone, ago, escape, table, timestamp, to_value, toned};
use crate::session::Session;

/// Look into the catalogue.
#[derive(Debug, Subcommand)]
pub(crate) enum App {
    /// List all apps
    List,
    /// List apps whose id, name, description, category or tags contain all the words
    Search {
        /// The words
        #[arg(required = true)]
        words: Vec<String>,
    },
    /// Show an app, and what an install of it may and must say
    Show {
        /// The app
        app: String,
        /// The version; the newest if not said
        #[arg(long, value_name = "VERSION")]
        version: Option<String>,
    },
    /// List an app's versions, newest first
    Versions {
        /// The app
        app: String,
    },
}

pub(crate) async fn run(session: &Session, command: App) -> Result<(), Failure> {
    match command {
        App::List => list(session, String::new()).await,
        App::Search { words } => list(session, words.join(" ")).await,
        App::Show { app, version } => show(session, app, version).await,
        App::Versions { app } => versions(session, app).await,
    }
}

async fn list(session: &Session, query: String) -> Result<(), Failure> {
    let request = ListAppsRequest { query, ..Default::default() };
    let apps: Vec<v1::App> = session.client.apps().list_all(request).try_collect().await?;
    session.out.list("apps", &apps, &["APP", "VERSION", "CATEGORY", "PUBLISHER", "DESCRIPTION"], |app| {
        let texts = [&app.app, &app.latest_version, &app.category, &app.publisher, &app.description];
        texts.map(|text| Cell::new(escape(text))).to_vec()
    })
}

async fn versions(session: &Session, app: String) -> Result<(), Failure> {
    let request = ListAppVersionsRequest { app, ..Default::default() };
    let versions: Vec<v1::AppVersion> =
        session.client.apps().list_all_versions(request).try_collect().await?;
    session.out.list(
        "app_versions",
        &versions,
        &["VERSION", "RELEASE", "ADDED", "STATE", "DIGEST"],
        |version| {
            vec![
                Cell::new(escape(&version.version)),
                Cell::new(version.release),
                Cell::new(ago(version.create_time.as_ref())),
                standing(&version.withdrawn_code),
                Cell::new(escape(&version.digest)),
            ]
        },
    )
}

/// Whether servers would take a version, or why not.
pub(super) fn standing(withdrawn_code: &str) -> Cell {
    match withdrawn_code {
        "" => toned("good", Tone::Good),
        code => toned(code, Tone::Bad),
    }
}

/// Two resources of the API in one answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    app: v1::App,
    app_version: v1::AppVersion,
}

async fn show(session: &Session, app: String, version: Option<String>) -> Result<(), Failure> {
    let apps = session.client.apps();
    let request = GetAppVersionRequest { app: app.clone(), version: version.unwrap_or_default() };
    let shown =
        Shown { app: apps.get(GetAppRequest { app }).await?, app_version: apps.get_version(request).await? };
    session.out.resource(&shown, || {
        let Shown { app, app_version: version } = &shown;
        let mut text = Details::default()
            .line("app", format!("{}/{}", app.publisher, app.app))
            .line("name", &app.display_name)
            .line("description", &app.description)
            .line("category", &app.category)
            .line("tags", app.tags.join(", "))
            .line("homepage", &app.homepage)
            .line("version", format!("{} (release {})", version.version, version.release))
            .line("withdrawn", &version.withdrawn_reason)
            .line("digest", &version.digest)
            .line("added", timestamp(version.create_time.as_ref()))
            .line("actions", version.actions.join(", "))
            .line("sandbox", &version.sandbox_profile)
            .text();
        if !version.inputs.is_empty() {
            text.push('\n');
            let header = ["INPUT", "TYPE", "", "DEFAULT", "DESCRIPTION"];
            text.push_str(&table(&header, version.inputs.iter().map(input), session.out.color));
        }
        text
    })
}

fn input(field: &InputField) -> Vec<Cell> {
    let default = field.default_value.as_ref().and_then(|value| to_value(value).ok());
    let default = match default {
        None | Some(serde_json::Value::Null) => String::new(),
        Some(serde_json::Value::String(text)) => text,
        Some(other) => other.to_string(),
    };
    let mut marks = Vec::new();
    if field.required {
        marks.push("required");
    }
    if field.sensitive {
        marks.push("secret");
    }
    if field.visible_if.is_some() {
        marks.push("conditional");
    }
    let mut description =
        if field.description.is_empty() { field.label.clone() } else { field.description.clone() };
    if !field.allowed_values.is_empty() {
        description = format!("{description} [{}]", field.allowed_values.join(", "));
    }
    vec![
        Cell::new(escape(&field.name)),
        Cell::new(escape(&field.r#type)),
        Cell::new(marks.join(", ")),
        Cell::new(escape(&default)),
        Cell::new(escape(description.trim())),
    ]
}
