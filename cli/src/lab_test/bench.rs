//! One app on one throw-away server: what the runs do with it, always through the public API.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::time::Duration;

use anyhow::{Context as _, Result};
use purvey_contract::inputs::Inputs;
use purvey_contract::manifest::Profile;
use purvey_lab::{Server, ServerOptions};
use purvey_sdk::protobuf::ListValue;
use purvey_sdk::protobuf::value::Kind;
use purvey_sdk::v1::{
    self, BackupInstallRequest, CreateInstallRequest, DeleteInstallRequest, GetInstallRequest, Install, Job,
    JobState, ObservedState, RestoreInstallRequest, RetryJobRequest, UpdateInstallRequest,
    VerifyInstallRequest,
};
use serde_json::Value;
use tokio::time::Instant;

use super::app::App;
use super::checks;
use super::finding::{Finding, finding};
use super::lifecycle::ServerNeeds;
use super::live::Live;
use super::secrets::{self, Watch};
use super::world::World;
use crate::follow::{self, Ending, Event, Sink};
use crate::local::lab_host;
use crate::words;

/// The install's state is written with its job's.
const SETTLE_LIMIT: Duration = Duration::from_secs(10);
/// Many installs and uninstalls in a day are what a test is about.
const POLICY: &str = "daily_limit = 1000\n";

/// The app and its server, and what is installed there now.
#[derive(Debug)]
pub(crate) struct Bench<'w> {
    pub(crate) world: &'w World,
    pub(crate) app: &'w App,
    pub(crate) live: &'w Live,
    /// The run's name, for people.
    pub(crate) run: String,
    pub(crate) server: Server,
    /// When it was ready, in seconds of the Unix epoch by the kernel's clock.
    pub(crate) since: i64,
    pub(crate) install: Option<Install>,
    /// The inputs as they were given, those that were made up included.
    pub(crate) given: Inputs,
    pub(crate) watch: Watch,
    /// The last job with its output, for evidence.
    last: Option<Ended>,
}

/// A job that has ended.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub(crate) job: Box<Job>,
    pub(crate) lines: Vec<String>,
}

impl Ended {
    pub(crate) fn log(&self) -> String {
        self.lines.join("\n")
    }

    /// What it did and how it ended.
    pub(crate) fn says(&self) -> String {
        let job = &self.job;
        let mut text = format!("{} {}", words::action(job.action()), words::job_state(job.state()));
        if let Some(code) = job.exit_code {
            let _ = write!(text, " with exit code {code}");
        }
        for reason in [&job.reason, &job.reason_code] {
            if !reason.is_empty() {
                let _ = write!(text, ": {reason}");
            }
        }
        text
    }
}

/// Boots a server as the app needs it, and enrols its agent.
///
/// # Errors
/// What the lab or the agent says.
pub(crate) async fn boot<'w>(world: &'w World, app: &'w App, live: &'w Live, run: &str) -> Result<Bench<'w>> {
    let ServerNeeds { nspawn_args, nspawn_environment, plain_folders, prepare, memory_mb: _ } =
        &app.lifecycle.server;
    let mut options = ServerOptions::default();
    options.nspawn_args.clone_from(nspawn_args);
    options.nspawn_env = nspawn_environment.clone().into_iter().collect();
    options.plain_folders.clone_from(plain_folders);
    let id: String = app.id().chars().take(20).collect();
    let name = format!("{}-{}", id.trim_end_matches('-'), run.replace(' ', "-"));
    let server = world.lab.boot_with(&name, options).await?;
    let mut bench = Bench {
        world,
        app,
        live,
        run: run.to_owned(),
        server,
        since: 0,
        install: None,
        given: Inputs::new(),
        watch: Watch::default(),
        last: None,
    };
    if let Some(script) = prepare {
        checks::script(&bench, "server.prepare", script).await?;
    }
    lab_host::provide(&bench.server, &world.agent, &world.publishers).await?;
    bench.server.push_file(POLICY.as_bytes(), "/etc/purvey/policy.toml", 0o644).await?;
    let address = bench.server.address().to_string();
    let token = lab_host::join_token(&world.client, &name, &address).await?;
    lab_host::enroll(&bench.server, &world.agents(), &token.token).await?;
    lab_host::connected(&world.client, &name).await?;
    // Files have the kernel's time, which stands still within a tick.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let now = bench.server.exec(["date", "+%s"]).await?.success()?;
    bench.since = now.trim().parse().context("the server's time")?;
    Ok(bench)
}

impl Bench<'_> {
    pub(crate) fn name(&self) -> String {
        self.server.name().to_owned()
    }

    /// The inputs as the scripts get them.
    pub(crate) fn effective(&self) -> Inputs {
        self.app.effective(&self.given)
    }

    /// Says what is being done now.
    pub(crate) fn doing(&self, what: &str) {
        self.live.doing(self.app.id(), &self.run, what);
    }

    /// The outputs of the install.
    pub(crate) fn outputs(&self) -> BTreeMap<String, String> {
        self.install.iter().flat_map(|install| install.outputs.clone()).collect()
    }

    fn current(&self) -> Result<&Install> {
        self.install.as_ref().context("nothing is installed")
    }

    fn watch_inputs(&self, inputs: &Inputs) {
        for name in self.app.manifest.sensitive_inputs() {
            if let Some(Value::String(value)) = inputs.get(name) {
                self.watch.add(name, value);
            }
        }
    }

    /// What helps with any failure on this server.
    pub(crate) async fn explain(&self, error: anyhow::Error) -> Finding {
        let mut finding = Finding::of(error);
        if let Some(last) = &self.last {
            let title = format!("the last job: {}", last.says());
            finding = finding.with(title, crate::local::last_lines(&last.log(), 25));
        }
        finding = finding.with("the end of the agent's log", lab_host::agent_log(&self.server, 12).await);
        finding = finding.with("what the control plane complained of", self.world.complaints());
        let journal = [
            "journalctl",
            "--no-pager",
            "--quiet",
            "--output=short-monotonic",
            "--lines=60",
            "--priority=warning",
            "--identifier=systemd",
            "--identifier=kernel",
        ];
        if let Ok(output) = self.server.exec(journal).await {
            // The commands by which a test looks are units, too.
            let told = output.stdout.lines().filter(|line| !line.contains("]: run-"));
            finding = finding.with("warnings of the system's journal", told.collect::<Vec<_>>().join("\n"));
        }
        finding
    }
}

/// Installs the app and follows the job, which must succeed.
///
/// # Errors
/// The API says no, or the job does not succeed.
pub(crate) async fn install(bench: &mut Bench<'_>, inputs: &Inputs) -> Result<Ended> {
    bench.given.clone_from(inputs);
    bench.watch_inputs(inputs);
    let request = CreateInstallRequest {
        server: bench.name(),
        app: bench.app.id().to_owned(),
        inputs: Some(wire(inputs)),
        ..Default::default()
    };
    let created = bench.world.client.installs().create(request).await.context("CreateInstall")?;
    for (name, value) in &created.generated_inputs {
        bench.watch.add(name, value);
        bench.given.insert(name.clone(), value.clone().into());
    }
    let job = created.job.clone();
    bench.install = Some(created);
    succeeds(bench, &job).await
}

/// Changes inputs (null takes a value away) and follows the job, which must succeed.
///
/// # Errors
/// The API says no, or the job does not succeed.
pub(crate) async fn update(bench: &mut Bench<'_>, changes: &Inputs) -> Result<Ended> {
    super::lifecycle::merge(&mut bench.given, changes);
    bench.watch_inputs(changes);
    let request = UpdateInstallRequest {
        server: bench.name(),
        install: bench.current()?.install.clone(),
        inputs: Some(wire(changes)),
        ..Default::default()
    };
    let updated = bench.world.client.installs().update(request).await.context("UpdateInstall")?;
    succeeds(bench, &updated.job).await
}

/// Runs the newest generation's job once more: the same action with the same inputs. It must succeed.
///
/// # Errors
/// The API says no, or the job does not succeed.
pub(crate) async fn again(bench: &mut Bench<'_>) -> Result<Ended> {
    let job = bench.current()?.job.clone();
    let request = RetryJobRequest { job, ..Default::default() };
    let made = bench.world.client.jobs().retry(request).await.context("RetryJob")?;
    succeeds(bench, &made.job).await
}

/// Uninstalls; the job must succeed and the install be gone.
///
/// # Errors
/// The API says no, or the job does not succeed.
pub(crate) async fn uninstall(bench: &mut Bench<'_>) -> Result<Ended> {
    let install = bench.current()?.install.clone();
    let request =
        DeleteInstallRequest { server: bench.name(), install: install.clone(), ..Default::default() };
    let deleted = bench.world.client.installs().delete(request).await.context("DeleteInstall")?;
    let ended = run(bench, &deleted.job).await?;
    if ended.job.state() != JobState::Succeeded {
        finding!("the uninstall did not succeed: {}", ended.says());
    }
    let end = Instant::now() + SETTLE_LIMIT;
    loop {
        let request =
            GetInstallRequest { server: bench.name(), install: install.clone(), ..Default::default() };
        match bench.world.client.installs().get(request).await {
            Err(error) if error.code() == purvey_sdk::Code::NotFound => break,
            Err(error) => return Err(error).context("GetInstall"),
            Ok(_) if Instant::now() > end => {
                finding!("the install is still there after its uninstall succeeded")
            }
            Ok(_) => tokio::time::sleep(Duration::from_millis(30)).await,
        }
    }
    bench.install = None;
    Ok(ended)
}

/// Starts a job that changes no generation, and follows it to whatever end.
///
/// # Errors
/// The API says no.
pub(crate) async fn side_job(bench: &mut Bench<'_>, action: Side) -> Result<Ended> {
    let (server, install) = (bench.name(), bench.current()?.install.clone());
    let installs = bench.world.client.installs();
    let job = match action {
        Side::Verify => installs
            .verify(VerifyInstallRequest { server, install, ..Default::default() })
            .await
            .context("VerifyInstall"),
        Side::Backup => installs
            .backup(BackupInstallRequest { server, install, ..Default::default() })
            .await
            .context("BackupInstall"),
        Side::Restore => installs
            .restore(RestoreInstallRequest { server, install, ..Default::default() })
            .await
            .context("RestoreInstall"),
    }?;
    run(bench, &job.job).await
}

/// A job beside the install's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Verify,
    Backup,
    Restore,
}

async fn succeeds(bench: &mut Bench<'_>, job: &str) -> Result<Ended> {
    let ended = run(bench, job).await?;
    if ended.job.state() != JobState::Succeeded {
        finding!("the {} did not succeed: {}", words::action(ended.job.action()), ended.says());
    }
    bench.install = Some(settled(bench, ObservedState::Ready).await?);
    Ok(ended)
}

/// Waits until the install is in that state.
///
/// # Errors
/// It does not get there.
pub(crate) async fn settled(bench: &Bench<'_>, state: ObservedState) -> Result<Install> {
    let install = bench.current()?;
    let end = Instant::now() + SETTLE_LIMIT;
    loop {
        let request = GetInstallRequest {
            server: bench.name(),
            install: install.install.clone(),
            ..Default::default()
        };
        let now = bench.world.client.installs().get(request).await.context("GetInstall")?;
        if !now.reconciling && now.observed_state() == state {
            return Ok(now);
        }
        if Instant::now() > end {
            let (is, should) = (words::observed(now.observed_state()), words::observed(state));
            finding!("the install is {is}, and should be {should}");
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

/// Follows a job to its end, watching for secrets meanwhile.
///
/// # Errors
/// It cannot be followed.
pub(crate) async fn run(bench: &mut Bench<'_>, job: &str) -> Result<Ended> {
    let confined = bench.app.manifest.sandbox.profile == Profile::Confined;
    let sampler = match bench.watch.is_empty() {
        true => None,
        false => Some(secrets::sample(&bench.server, &bench.watch, confined)?),
    };
    let mut lines = Lines::default();
    let limit = Duration::from_secs(u64::from(bench.app.manifest.timeout_seconds) * 4 + 120);
    let followed = follow::follow(&bench.world.client, "", job, "", &mut lines, tokio::time::sleep(limit));
    let ending = followed.await.map_err(anyhow::Error::from)?;
    drop(sampler);
    let Ending::Ended(job) = ending else {
        finding!("the job {job} did not end within {} s", limit.as_secs());
    };
    let ended = Ended { job, lines: lines.0 };
    let action = words::action(ended.job.action());
    bench.watch.search(ended.log().as_bytes(), || format!("the log of the {action}"));
    let job = format!("{:?}", ended.job);
    bench.watch.search(job.as_bytes(), || format!("what the API says of the {action}"));
    if !bench.watch.is_empty() {
        secrets::search_files(&bench.server, &bench.watch, bench.since).await?;
    }
    bench.last = Some(ended.clone());
    Ok(ended)
}

/// Keeps what a job writes.
#[derive(Debug, Default)]
struct Lines(Vec<String>);

impl Sink for Lines {
    fn event(&mut self, event: Event<'_>) -> io::Result<()> {
        if let Event::Line(line) = event {
            self.0.push(line.text.clone());
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Inputs on the wire.
pub(crate) fn wire(inputs: &Inputs) -> purvey_sdk::protobuf::Struct {
    let fields = inputs.iter().map(|(name, value)| (name.clone(), wire_value(value)));
    purvey_sdk::protobuf::Struct { fields: fields.collect() }
}

fn wire_value(value: &Value) -> purvey_sdk::protobuf::Value {
    match value {
        Value::Null => ().into(),
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => number.as_f64().unwrap_or_default().into(),
        Value::String(text) => text.clone().into(),
        Value::Array(values) => {
            let values = values.iter().map(wire_value).collect();
            Kind::ListValue(ListValue { values }).into()
        }
        Value::Object(_) => value.to_string().into(),
    }
}

/// A job that the API made for an install that was refused by the agent or by its script.
pub(crate) async fn attempt(bench: &mut Bench<'_>, app: &str, inputs: &Inputs) -> Result<Ended> {
    let request = CreateInstallRequest {
        server: bench.name(),
        app: app.to_owned(),
        inputs: Some(wire(inputs)),
        ..Default::default()
    };
    let created: v1::Install =
        bench.world.client.installs().create(request).await.context("CreateInstall")?;
    let job = created.job.clone();
    bench.install = Some(created);
    run(bench, &job).await
}
