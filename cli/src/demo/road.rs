//! The main road from an operator's side: say what should be where, follow the job, check the receipt.
//!
//! Everything here goes through the public API, as any other client would.

use std::io;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use purvey_contract::identity::JoinToken;
use purvey_sdk::Client;
use purvey_sdk::protobuf::{Struct, Value};
use purvey_sdk::v1::{
    CreateInstallRequest, ExportReceiptRequest, GetInstallRequest, Install, Job, JobState, ObservedState,
};
use serde_json::json;
use tokio::time::Instant;

use super::show::{Show, Step};
use crate::failure::Failure;
use crate::follow::{self, Ending, Event, LineStyle, Sink};
use crate::output::since;
use crate::{receipt, words};

/// What is installed where.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) server: &'static str,
    pub(super) app: &'static str,
    pub(super) inputs: Vec<(&'static str, String)>,
}

impl Wish {
    /// The inputs for a person.
    pub(super) fn shown(&self) -> String {
        let inputs: Vec<String> = self.inputs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{} on {}: {}", self.app, self.server, inputs.join(", "))
    }
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) install: Install,
    pub(super) job: Job,
}

/// The install's state is written with the job's.
const SETTLE_LIMIT: Duration = Duration::from_secs(10);

/// Creates the install and follows its job to the end. `lines` counts the output.
///
/// # Errors
/// The API says no, or the job does not succeed.
pub(super) async fn install(show: &Show, client: &Client, wish: &Wish, lines: &mut u64) -> Result<Done> {
    show.begin_loudly(Step::Install, &wish.shown())?;
    let inputs = wish.inputs.iter();
    let inputs = inputs.map(|(name, value)| ((*name).to_owned(), Value::from(value.clone())));
    let request = CreateInstallRequest {
        server: wish.server.to_owned(),
        app: wish.app.to_owned(),
        inputs: Some(Struct { fields: inputs.collect() }),
        ..Default::default()
    };
    let created = client.installs().create(request).await.map_err(Failure::from)?;
    let inner: Box<dyn Sink> = if show.is_json() {
        Box::new(Events { show, last: None })
    } else {
        let color = show.printer().color;
        follow::sink(show.printer(), LineStyle { timestamps: false, color })
    };
    let mut sink = Counting { inner, lines };
    let never = std::future::pending();
    let ending = follow::follow(client, "", &created.job, "", &mut sink, never).await;
    drop(sink);
    let job = match ending? {
        Ending::Ended(job) => job,
        Ending::Detached { .. } => bail!("following the job ended early"),
    };
    if job.state() != JobState::Succeeded {
        return Err(Failure::Job(job).into());
    }
    let install = settled(client, &created).await?;
    let took = since(job.start_time.as_ref(), job.end_time.as_ref());
    let code = job.exit_code.unwrap_or_default();
    let state = words::observed(install.observed_state());
    show.done(Step::Install, &format!("exit code {code} in {took}, {lines} lines; the install is {state}"))?;
    Ok(Done { install, job: *job })
}

/// The install once it says what its newest job made of it.
async fn settled(client: &Client, created: &Install) -> Result<Install> {
    let end = Instant::now() + SETTLE_LIMIT;
    loop {
        let request = GetInstallRequest {
            project: created.project.clone(),
            server: created.server.clone(),
            install: created.install.clone(),
        };
        let install = client.installs().get(request).await.context("looking at the install")?;
        let is_current = install.observed_generation >= created.generation && !install.reconciling;
        if is_current && install.observed_state() == ObservedState::Ready {
            return Ok(install);
        }
        if Instant::now() > end {
            bail!("the install is {}, not ready", words::observed(install.observed_state()));
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

/// Fetches the signed receipt and verifies it off-line, from the fleet root that the join token named.
///
/// # Errors
/// There is none, or it proves nothing.
pub(super) async fn receipt(show: &Show, client: &Client, done: &Done, token: &JoinToken) -> Result<()> {
    show.begin(Step::Receipt, "fetching and verifying it")?;
    let request = ExportReceiptRequest { job: done.job.job.clone(), ..Default::default() };
    let export = client.jobs().export_receipt(request).await.context("fetching the receipt")?;
    let proof = receipt::verify(&export, token.fleet_root).map_err(Failure::from)?;
    if proof.job.job.to_string() != done.job.job || proof.receipt.exit_code != Some(0) {
        bail!("the receipt is not of this job's success");
    }
    let root = token.fleet_root.to_string();
    let verified = json!({
        "verified": true, "job": done.job.job, "exit_code": proof.receipt.exit_code, "fleet_root": root,
        "agent_key": proof.agent_key.to_string(),
    });
    show.event("receipt", verified)?;
    let short = root.get(..16).unwrap_or(&root);
    show.done(Step::Receipt, &format!("verified off-line, from the fleet root {short}… on"))
}

/// Passes events on and counts lines of output.
struct Counting<'a> {
    inner: Box<dyn Sink + 'a>,
    lines: &'a mut u64,
}

impl Sink for Counting<'_> {
    fn event(&mut self, event: Event<'_>) -> io::Result<()> {
        if let Event::Line(line) = event
            && !line.continued
        {
            *self.lines += 1;
        }
        self.inner.event(event)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.inner.finish()
    }
}

/// The job's events in the form of the demo's others.
struct Events<'a> {
    show: &'a Show,
    last: Option<serde_json::Value>,
}

impl Sink for Events<'_> {
    fn event(&mut self, event: Event<'_>) -> io::Result<()> {
        let (name, said) = match event {
            Event::Line(line) => (
                "log",
                json!({
                    "stream": words::log_stream(line.stream()), "text": line.text, "attempt": line.attempt,
                    "cursor": line.cursor,
                }),
            ),
            Event::Job(job) => {
                let said = json!({
                    "job": job.job, "state": words::job_state(job.state()), "percent": job.progress_percent,
                    "message": job.progress_message, "attempt": job.attempt,
                });
                if self.last.as_ref() == Some(&said) {
                    return Ok(());
                }
                self.last = Some(said.clone());
                ("progress", said)
            }
            Event::Interrupted { error, .. } => ("connection_lost", json!({"text": error.to_string()})),
        };
        self.show.event(name, said).map_err(io::Error::other)
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}
