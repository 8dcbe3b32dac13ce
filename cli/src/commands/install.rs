use clap::{Args, Subcommand};
use comfy_table::Cell;
use futures_util::TryStreamExt as _;
use purvey_sdk::protobuf::FieldMask;
use purvey_sdk::v1::{
    self, CreateInstallRequest, DeleteInstallRequest, GetAppVersionRequest, GetInstallRequest, InputField,
    ListInstallsRequest, ObservedState, PlanInstallRequest, PlanProblem, UpdateInstallRequest,
    VerifyInstallRequest,
};

use super::job;
use crate::failure::Failure;
use crate::inputs::{InputArgs, Missing};
use crate::output::{Details, Format, Tone, ago, escape, print, table, timestamp, toned};
use crate::session::Session;
use crate::{prompt, words};

/// Say what should be installed where.
#[derive(Debug, Subcommand)]
pub(crate) enum Install {
    /// Install an app on a server
    Create(Create),
    /// List installs
    List {
        /// Only on this server
        #[arg(long, value_name = "ID")]
        server: Option<String>,
        /// Only of this app
        #[arg(long, value_name = "ID")]
        app: Option<String>,
    },
    /// Show an install
    Show(Named),
    /// Change an install's version or inputs
    Update(Update),
    /// Uninstall
    Delete(Delete),
    /// Check that an install works
    Verify {
        #[command(flatten)]
        named: Named,
        #[command(flatten)]
        follow: Follow,
    },
    /// Say what `create` or `update` would do, without doing it
    Plan(Wanted),
}

/// An install, by its id and its server's.
#[derive(Args, Clone, Debug)]
pub(crate) struct Named {
    /// The install (its app's id, unless it was given another)
    install: String,
    /// The server that it is on
    #[arg(short, long, value_name = "ID")]
    server: String,
}

/// What should be installed.
#[derive(Args, Debug)]
pub(crate) struct Wanted {
    /// The app
    app: String,
    /// The server to install it on
    #[arg(short, long, value_name = "ID")]
    server: String,
    /// The version; the newest if not said
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// The install's id; the app's if not said
    #[arg(long, value_name = "ID")]
    name: Option<String>,
    #[command(flatten)]
    inputs: InputArgs,
}

/// Whether to stay until the job has ended.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Follow {
    /// Show the job's output until it has ended; exit code 3 if it did not succeed
    #[arg(short, long)]
    follow: bool,
}

const EXAMPLES: &str = "\
Examples:
  purvey install create nginx --server web-1 --set server_name=example.com --follow
  purvey install create mysql --server db-1 --set-file root_password=/run/secrets/mysql";

/// Install an app on a server.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Create {
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    follow: Follow,
    /// Check everything and make nothing
    #[arg(long, conflicts_with = "follow")]
    dry_run: bool,
}

/// Change an install's version or inputs.
#[derive(Args, Debug)]
pub(crate) struct Update {
    #[command(flatten)]
    named: Named,
    /// The version to move to
    #[arg(long, value_name = "VERSION", conflicts_with = "latest")]
    version: Option<String>,
    /// Move to the newest version
    #[arg(long)]
    latest: bool,
    /// Let the version be one of a lower release than the one that is there
    #[arg(long, requires = "version")]
    allow_downgrade: bool,
    #[command(flatten)]
    inputs: InputArgs,
    /// Take an input's value away (repeat for more)
    #[arg(long, value_name = "NAME", help_heading = "Inputs")]
    unset: Vec<String>,
    /// Fail if the install has another etag than this
    #[arg(long, value_name = "ETAG")]
    etag: Option<String>,
    #[command(flatten)]
    follow: Follow,
    /// Check everything and change nothing
    #[arg(long, conflicts_with = "follow")]
    dry_run: bool,
}

/// Uninstall.
#[derive(Args, Debug)]
pub(crate) struct Delete {
    #[command(flatten)]
    named: Named,
    /// Fail if the install has another etag than this
    #[arg(long, value_name = "ETAG")]
    etag: Option<String>,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    follow: Follow,
}

pub(crate) async fn run(session: &Session, command: Install) -> Result<(), Failure> {
    let project = session.project.clone();
    let installs = session.client.installs();
    match command {
        Install::Create(create) => self::create(session, create).await,
        Install::List { server, app } => list(session, server, app).await,
        Install::Show(Named { install, server }) => {
            let install = installs.get(GetInstallRequest { project, server, install }).await?;
            session.out.resource(&install, || details(&install))
        }
        Install::Update(update) => self::update(session, update).await,
        Install::Delete(Delete { named: Named { install, server }, etag, yes, follow }) => {
            prompt::confirm(&format!("Uninstall {} from {}?", escape(&install), escape(&server)), yes)?;
            let etag = etag.unwrap_or_default();
            let request = DeleteInstallRequest { project, server, install, etag, ..Default::default() };
            done(session, installs.delete(request).await?, follow).await
        }
        Install::Verify { named: Named { install, server }, follow } => {
            let request = VerifyInstallRequest { project, server, install, ..Default::default() };
            let made = installs.verify(request).await?;
            match follow.follow {
                true => job::follow_to_the_end(session, &made.job, "", Default::default(), None).await,
                false => job::started(session, &made),
            }
        }
        Install::Plan(wanted) => plan(session, wanted).await,
    }
}

async fn fields(session: &Session, app: &str, version: &str) -> Result<Vec<InputField>, Failure> {
    let request = GetAppVersionRequest { app: app.to_owned(), version: version.to_owned() };
    Ok(session.client.apps().get_version(request).await?.inputs)
}

async fn create(session: &Session, create: Create) -> Result<(), Failure> {
    let Wanted { app, server, version, name, inputs } = create.wanted;
    let version = version.unwrap_or_default();
    let inputs = inputs.collect(&fields(session, &app, &version).await?, Missing::Ask)?;
    let request = CreateInstallRequest {
        project: session.project.clone(),
        server,
        install: name.unwrap_or_default(),
        app,
        version,
        inputs: Some(inputs),
        request_id: String::new(),
        validate_only: create.dry_run,
    };
    let install = session.client.installs().create(request).await?;
    if create.dry_run {
        session.out.note("All is well. Nothing was made.");
        return session.out.resource(&install, || details(&install));
    }
    done(session, install, create.follow).await
}

async fn update(session: &Session, update: Update) -> Result<(), Failure> {
    let Named { install, server } = update.named;
    let held = session
        .client
        .installs()
        .get(GetInstallRequest { project: session.project.clone(), server, install })
        .await?;
    let mut mask = Vec::new();
    if update.latest || update.version.is_some() {
        mask.push("version".to_owned());
    }
    let mut inputs = None;
    if !update.inputs.is_empty() || !update.unset.is_empty() {
        mask.push("inputs".to_owned());
        let version = match (&update.version, update.latest) {
            (Some(version), _) => version.as_str(),
            (None, true) => "",
            (None, false) => held.version.as_str(),
        };
        let mut given = update.inputs.collect(&fields(session, &held.app, version).await?, Missing::Leave)?;
        for name in &update.unset {
            if given.fields.insert(name.clone(), ().into()).is_some() {
                return Err(Failure::usage(format!("`{name}` is both set and unset")));
            }
        }
        inputs = Some(given);
    }
    if mask.is_empty() {
        return Err(Failure::usage_with(
            "there is nothing to change",
            "say --version, --latest, --set, --set-file, --ask, --inputs-file or --unset",
        ));
    }
    let request = UpdateInstallRequest {
        project: held.project,
        server: held.server,
        install: held.install,
        version: update.version.unwrap_or_default(),
        inputs,
        update_mask: Some(FieldMask { paths: mask }),
        etag: update.etag.unwrap_or_default(),
        request_id: String::new(),
        validate_only: update.dry_run,
        allow_downgrade: update.allow_downgrade,
    };
    let install = session.client.installs().update(request).await?;
    if update.dry_run {
        session.out.note("All is well. Nothing was changed.");
        return session.out.resource(&install, || details(&install));
    }
    done(session, install, update.follow).await
}

/// Says what was begun, or follows it to its end.
async fn done(session: &Session, install: v1::Install, follow: Follow) -> Result<(), Failure> {
    // Before anything is followed: nothing shows them again, whatever happens to this command.
    if session.out.format == Format::Table {
        let shown = secrets_shown_once(&install);
        if !shown.is_empty() {
            print(&shown)?;
        }
    }
    if follow.follow && !install.job.is_empty() {
        return job::follow_to_the_end(session, &install.job, "", Default::default(), Some(&install)).await;
    }
    if install.reconciling {
        session.out.note(&format!("Follow it: purvey job logs -f {}", escape(&install.job)));
    }
    session.out.resource(&install, || details(&install))
}

/// The passwords that were made up, and those that an answer which was lost has shown.
fn secrets_shown_once(install: &v1::Install) -> String {
    let mut made: Vec<(&String, &String)> = install.generated_inputs.iter().collect();
    made.sort();
    let mut text = String::new();
    for (name, value) in made {
        text += &format!("{}: {}    (made up, and shown this once)\n", escape(name), escape(value));
    }
    for name in &install.withheld_inputs {
        let (name, install_id, server) = (escape(name), escape(&install.install), escape(&install.server));
        text += &format!(
            "{name}: made up, and shown by an answer that was lost (SECRET_SHOWN_ONCE); set another one: purvey install \
             update {install_id} --server {server} --ask {name}\n"
        );
    }
    text
}

async fn plan(session: &Session, wanted: Wanted) -> Result<(), Failure> {
    let Wanted { app, server, version, name, inputs } = wanted;
    let version = version.unwrap_or_default();
    let inputs = inputs.collect(&fields(session, &app, &version).await?, Missing::Ask)?;
    let request = PlanInstallRequest {
        project: session.project.clone(),
        server,
        app,
        version,
        inputs: Some(inputs),
        install: name.unwrap_or_default(),
    };
    let plan = session.client.installs().plan(request).await?;
    session.out.resource(&plan, || {
        let action = if plan.action.is_empty() { "nothing would change" } else { &plan.action };
        Details::default()
            .line("action", action)
            .line("version", &plan.version)
            .line("digest", &plan.digest)
            .line("changed inputs", plan.changed_inputs.join(", "))
            .line("inputs", struct_text(plan.effective_inputs.as_ref()))
            .text()
            + &problems(&plan.problems, session.out.color)
    })
}

/// What stands in the way, for people: what certainly does before what may.
fn problems(found: &[PlanProblem], color: bool) -> String {
    if found.is_empty() {
        return "\nNothing is known to stand in the way.\n".to_owned();
    }
    let mut sorted: Vec<&PlanProblem> = found.iter().collect();
    sorted.sort_by_key(|one| !one.blocking);
    let row = |one: &PlanProblem| {
        let (mark, tone) = if one.blocking { ("✗ refused", Tone::Bad) } else { ("! may fail", Tone::Busy) };
        let field = one.field.strip_prefix("inputs.").unwrap_or(&one.field);
        vec![
            toned(mark, tone),
            Cell::new(escape(&one.code)),
            Cell::new(escape(field)),
            Cell::new(escape(&one.message)),
        ]
    };
    let rows = sorted.into_iter().map(row);
    "\n".to_owned() + &table(&["IN THE WAY", "CODE", "FIELD", "WHY"], rows, color)
}

async fn list(session: &Session, server: Option<String>, app: Option<String>) -> Result<(), Failure> {
    let request = ListInstallsRequest {
        project: session.project.clone(),
        server: server.unwrap_or_default(),
        app: app.unwrap_or_default(),
        ..Default::default()
    };
    let installs: Vec<v1::Install> = session.client.installs().list_all(request).try_collect().await?;
    session.out.list(
        "installs",
        &installs,
        &["SERVER", "INSTALL", "VERSION", "STATE", "CHANGED"],
        |install| {
            vec![
                Cell::new(escape(&install.server)),
                Cell::new(escape(&install.install)),
                Cell::new(escape(&install.version)),
                state(install),
                Cell::new(ago(install.update_time.as_ref())),
            ]
        },
    )
}

fn state(install: &v1::Install) -> Cell {
    let word = words::observed(install.observed_state());
    match install.observed_state() {
        _ if install.reconciling => toned(&format!("{word}, working"), Tone::Busy),
        ObservedState::Ready => toned(word, Tone::Good),
        ObservedState::Failed | ObservedState::Degraded | ObservedState::Unknown => toned(word, Tone::Bad),
        ObservedState::Pending | ObservedState::Absent | ObservedState::Unspecified => {
            toned(word, Tone::Plain)
        }
    }
}

/// An install for people.
pub(crate) fn details(install: &v1::Install) -> String {
    let mut outputs: Vec<String> =
        install.outputs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    outputs.sort();
    Details::default()
        .line("install", format!("{} on {}", install.install, install.server))
        .line("uid", &install.uid)
        .line("project", &install.project)
        .line("app", format!("{}/{} {}", install.publisher, install.app, install.version))
        .line("should be", words::desired(install.desired_state()))
        .line("is", words::observed(install.observed_state()))
        .line("version there", &install.observed_version)
        .line("generation", format!("{} (observed {})", install.generation, install.observed_generation))
        .line("working", if install.reconciling { "yes" } else { "no" })
        .line("job", &install.job)
        .line("inputs", struct_text(install.inputs.as_ref()))
        .line("secrets set", install.sensitive_inputs.join(", "))
        .line("outputs", outputs.join(", "))
        .line("etag", &install.etag)
        .line("made", timestamp(install.create_time.as_ref()))
        .line("changed", timestamp(install.update_time.as_ref()))
        .text()
}

fn struct_text(inputs: Option<&purvey_sdk::protobuf::Struct>) -> String {
    let Some(inputs) = inputs else {
        return String::new();
    };
    let text = |value: &purvey_sdk::protobuf::Value| match serde_json::to_value(value) {
        Ok(serde_json::Value::Number(number)) => {
            number.as_f64().map(|number| number.to_string()).unwrap_or_default()
        }
        Ok(value) => value.to_string(),
        Err(_) => String::new(),
    };
    let mut pairs: Vec<String> =
        inputs.fields.iter().map(|(name, value)| format!("{name}={}", text(value))).collect();
    pairs.sort();
    pairs.join(", ")
}
