use std::path::PathBuf;

use clap::{Args, Subcommand};
use comfy_table::Cell;
use futures_util::{TryStreamExt as _, pin_mut};
use purvey_contract::refusal;
use purvey_sdk::Followed;
use purvey_sdk::v1::{
    self, CancelJobRequest, ExportReceiptRequest, GetInstallRequest, GetJobRequest, GetReceiptRequest,
    JobState, ListJobsRequest, ReadLogsRequest, RetryJobRequest,
};

use crate::failure::Failure;
use crate::follow::{self, Ending, Event, JsonSink, LineStyle, PlainSink};
use crate::output::{Details, Format, Tone, ago, escape, since, timestamp, toned};
use crate::session::Session;
use crate::words;

/// Follow and steer the work that installs cause.
#[derive(Debug, Subcommand)]
pub(crate) enum Job {
    /// List jobs, newest first
    List(List),
    /// Show a job
    Show {
        /// The job
        job: String,
    },
    /// Print a job's output
    Logs(Logs),
    /// Ask for a job's end
    Cancel {
        /// The job
        job: String,
    },
    /// Run an ended job's work again, as a new job
    Retry {
        /// The job
        job: String,
        /// Show the new job's output until it has ended; exit code 3 if it did not succeed
        #[arg(short, long)]
        follow: bool,
    },
    /// Show or export a job's signed receipt
    Receipt {
        /// The job
        job: String,
        /// The attempt; the latest with a receipt if not said
        #[arg(long, value_name = "NUMBER", default_value_t = 0, hide_default_value = true)]
        attempt: u32,
        /// Write all that `purvey receipt verify` needs to a file (`-`: standard output)
        #[arg(long, value_name = "FILE")]
        export: Option<PathBuf>,
    },
}

/// Which jobs to list.
#[derive(Args, Debug)]
pub(crate) struct List {
    /// Only on this server
    #[arg(long, value_name = "ID")]
    server: Option<String>,
    /// Only of this install
    #[arg(long, value_name = "ID", requires = "server")]
    install: Option<String>,
    /// Only in this state (repeat for more)
    #[arg(long, value_name = "STATE", value_parser = state_parser())]
    state: Vec<String>,
    /// At most this many
    #[arg(short = 'n', long, value_name = "NUMBER", default_value_t = 50)]
    limit: usize,
}

fn state_parser() -> clap::builder::PossibleValuesParser {
    words::JOB_STATES.map(words::job_state).into()
}

/// Which output to print, and how.
#[derive(Args, Debug)]
pub(crate) struct Logs {
    /// The job
    job: String,
    /// Go on until the job has ended; exit code 3 if it did not succeed
    #[arg(short, long)]
    follow: bool,
    /// Begin after this line (`attempt:line`)
    #[arg(long, value_name = "CURSOR", default_value = "", hide_default_value = true)]
    after: String,
    /// Put time and stream before each line
    #[arg(short, long)]
    timestamps: bool,
}

pub(crate) async fn run(session: &Session, command: Job) -> Result<(), Failure> {
    let project = session.project.clone();
    let jobs = session.client.jobs();
    match command {
        Job::List(list) => self::list(session, list).await,
        Job::Show { job } => {
            let job = jobs.get(GetJobRequest { project, job }).await?;
            session.out.resource(&job, || details(&job))
        }
        Job::Logs(logs) => self::logs(session, logs).await,
        Job::Cancel { job } => {
            let job = jobs.cancel(CancelJobRequest { project, job, ..Default::default() }).await?;
            session.out.resource(&job, || details(&job))
        }
        Job::Retry { job, follow } => {
            let job = jobs.retry(RetryJobRequest { project, job, ..Default::default() }).await?;
            match follow {
                true => follow_to_the_end(session, &job.job, "", LineStyle::default(), None).await,
                false => started(session, &job),
            }
        }
        Job::Receipt { job, attempt, export: None } => {
            let receipt = jobs.receipt(GetReceiptRequest { project, job, attempt }).await?;
            session.out.resource(&receipt, || receipt_details(&receipt))
        }
        Job::Receipt { job, attempt, export: Some(path) } => {
            let export = jobs.export_receipt(ExportReceiptRequest { project, job, attempt }).await?;
            let text = serde_json::to_string_pretty(&export).map_err(std::io::Error::other)? + "\n";
            if path.to_str() == Some("-") {
                return Ok(crate::output::print(&text)?);
            }
            std::fs::write(&path, text).map_err(Failure::file(&path))?;
            session.out.note(&format!(
                "Check it anywhere: purvey receipt verify {} --fleet-root HASH",
                path.display()
            ));
            Ok(())
        }
    }
}

async fn list(session: &Session, list: List) -> Result<(), Failure> {
    let state = |word: &String| words::JOB_STATES.into_iter().find(|state| words::job_state(*state) == word);
    let request = ListJobsRequest {
        project: session.project.clone(),
        server: list.server.unwrap_or_default(),
        install: list.install.unwrap_or_default(),
        states: list.state.iter().filter_map(state).map(i32::from).collect(),
        page_size: i32::try_from(list.limit.min(200)).unwrap_or(200),
        page_token: String::new(),
    };
    let jobs = session.client.jobs().list_all(request);
    let jobs: Vec<v1::Job> = futures_util::StreamExt::take(jobs, list.limit).try_collect().await?;
    session.out.list(
        "jobs",
        &jobs,
        &["JOB", "SERVER", "INSTALL", "ACTION", "STATE", "EXIT", "MADE", "TOOK"],
        |job| {
            vec![
                Cell::new(escape(&job.job)),
                Cell::new(escape(&job.server)),
                Cell::new(escape(&job.install)),
                Cell::new(words::action(job.action())),
                toned(words::job_state(job.state()), tone(job.state())),
                Cell::new(job.exit_code.map(|code| code.to_string()).unwrap_or_default()),
                Cell::new(ago(job.create_time.as_ref())),
                Cell::new(since(job.start_time.as_ref(), job.end_time.as_ref())),
            ]
        },
    )
}

fn tone(state: JobState) -> Tone {
    match state {
        JobState::Succeeded => Tone::Good,
        JobState::Failed | JobState::Refused | JobState::Lost => Tone::Bad,
        JobState::Running | JobState::Cancelling | JobState::Offered => Tone::Busy,
        JobState::Unspecified
        | JobState::Waiting
        | JobState::Queued
        | JobState::Cancelled
        | JobState::Superseded => Tone::Plain,
    }
}

async fn logs(session: &Session, logs: Logs) -> Result<(), Failure> {
    let style = LineStyle { timestamps: logs.timestamps, color: session.out.color };
    if logs.follow {
        return follow_to_the_end(session, &logs.job, &logs.after, style, None).await;
    }
    let request =
        ReadLogsRequest { project: session.project.clone(), job: logs.job, follow: false, after: logs.after };
    let lines = session.client.jobs().follow_logs(request);
    pin_mut!(lines);
    let mut sink: Box<dyn follow::Sink> = match session.out.format {
        Format::Table => Box::new(PlainSink::new(session.out, style)),
        format => Box::new(JsonSink::new(format)),
    };
    while let Some(followed) = lines.try_next().await? {
        match followed {
            Followed::Item(line) => sink.event(Event::Line(&line))?,
            Followed::Interrupted { error, pause } => {
                sink.event(Event::Interrupted { error: &error, pause })?
            }
        }
    }
    sink.finish()?;
    Ok(())
}

/// Says that a job has begun, and how to follow it.
pub(crate) fn started(session: &Session, job: &v1::Job) -> Result<(), Failure> {
    session.out.note(&format!("Follow it: purvey job logs -f {}", escape(&job.job)));
    session.out.resource(job, || details(job))
}

/// Shows a job's output and state until it has ended, then the result. Ctrl-C leaves the job alone and says how to go on.
/// With an install, its state at the end is part of the result.
pub(crate) async fn follow_to_the_end(
    session: &Session,
    job: &str,
    after: &str,
    style: LineStyle,
    install: Option<&v1::Install>,
) -> Result<(), Failure> {
    session.out.note(&format!("job {}", escape(job)));
    let mut sink = follow::sink(session.out, LineStyle { color: session.out.color, ..style });
    let ending =
        follow::follow(&session.client, &session.project, job, after, sink.as_mut(), follow::ctrl_c())
            .await?;
    let job = match ending {
        Ending::Ended(job) => job,
        Ending::Detached { cursor } => {
            let after =
                if cursor.is_empty() { String::new() } else { format!(" --after {}", escape(&cursor)) };
            session.out.note(&format!(
                "\nThe job goes on. Follow it again: purvey job logs -f {}{after}",
                escape(job)
            ));
            session.out.note(&format!("End it: purvey job cancel {}", escape(job)));
            return Err(Failure::Interrupted);
        }
    };
    let succeeded = job.state() == JobState::Succeeded;
    let install = match install {
        Some(install) => reread(session, install).await?,
        None => None,
    };
    match session.out.format {
        Format::Table if succeeded => session.out.note(&success(&job, install.as_ref())),
        Format::Table => {}
        format => JsonSink::new(format).result(&job, install.as_ref())?,
    }
    if succeeded { Ok(()) } else { Err(Failure::Job(job)) }
}

/// The install as it is now; none once it is uninstalled.
async fn reread(session: &Session, install: &v1::Install) -> Result<Option<v1::Install>, Failure> {
    let request = GetInstallRequest {
        project: install.project.clone(),
        server: install.server.clone(),
        install: install.install.clone(),
    };
    match session.client.installs().get(request).await {
        // What was shown once belongs to the result as well: programs see nothing else.
        Ok(fresh) => Ok(Some(v1::Install {
            generated_inputs: install.generated_inputs.clone(),
            withheld_inputs: install.withheld_inputs.clone(),
            ..fresh
        })),
        Err(error) if error.code() == purvey_sdk::Code::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn success(job: &v1::Job, install: Option<&v1::Install>) -> String {
    let took = since(job.start_time.as_ref(), job.end_time.as_ref());
    let exit = job.exit_code.map(|code| format!(", exit code {code}")).unwrap_or_default();
    let mut text = format!(
        "{} of {} on {} succeeded in {took}{exit}",
        words::action(job.action()),
        escape(&job.install),
        escape(&job.server)
    );
    if let Some(install) = install {
        text.push_str(&format!("; the install is {}", words::observed(install.observed_state())));
        let mut outputs: Vec<_> = install.outputs.iter().collect();
        outputs.sort();
        for (name, value) in outputs {
            text.push_str(&format!("\n  {}: {}", escape(name), escape(value)));
        }
    }
    text
}

fn details(job: &v1::Job) -> String {
    Details::default()
        .line("job", &job.job)
        .line("what", format!("{} of {} on {}", words::action(job.action()), job.install, job.server))
        .line("app", format!("{} {}", job.app, job.version))
        .line("project", &job.project)
        .line("generation", job.generation.to_string())
        .line("state", words::job_state(job.state()))
        .line("progress", progress(job))
        .line("attempt", format!("{} of {}", job.attempt, job.max_attempts))
        .line("next attempt", job.next_attempt_time.as_ref().map(|time| ago(Some(time))).unwrap_or_default())
        .line("exit code", job.exit_code.map(|code| code.to_string()).unwrap_or_default())
        .line("reason", &job.reason)
        .line("reason code", &job.reason_code)
        .line("what to do", refusal::advice(&job.reason_code).unwrap_or_default())
        .line("asked by", &job.requested_by)
        .line("retry of", &job.retry_of)
        .line("cancel asked", timestamp(job.cancel_requested_time.as_ref()))
        .line("made", timestamp(job.create_time.as_ref()))
        .line("started", timestamp(job.start_time.as_ref()))
        .line("ended", timestamp(job.end_time.as_ref()))
        .line("took", since(job.start_time.as_ref(), job.end_time.as_ref()))
        .text()
}

fn progress(job: &v1::Job) -> String {
    match job.state() {
        JobState::Running | JobState::Cancelling => follow::progress(job),
        _ => String::new(),
    }
}

fn receipt_details(receipt: &v1::Receipt) -> String {
    Details::default()
        .line("job", &receipt.job)
        .line("attempt", receipt.attempt.to_string())
        .line("server", format!("{} (incarnation {})", receipt.server_uid, receipt.incarnation))
        .line("outcome", &receipt.outcome)
        .line("exit code", receipt.exit_code.map(|code| code.to_string()).unwrap_or_default())
        .line("reason", &receipt.reason)
        .line("reason code", &receipt.reason_code)
        .line("started", timestamp(receipt.start_time.as_ref()))
        .line("ended", timestamp(receipt.end_time.as_ref()))
        .line("received", timestamp(receipt.receive_time.as_ref()))
        .line("log", format!("{} chunks, {}", receipt.log_chunks, receipt.log_digest))
        .line("job digest", &receipt.job_digest)
        .line("sandbox", &receipt.sandbox_profile)
        .line("enforced", receipt.sandbox_enforced.join(", "))
        .line("not enforced", receipt.sandbox_missing.join(", "))
        .line("signature", if receipt.verified { "verified by the control plane" } else { "not verified" })
        .text()
}
