//! `purvey demo`: the product's main job, live, on things that are thrown away afterwards.

mod apps;
mod farewell;
mod host_agent;
mod lab_server;
mod needs;
mod road;
mod show;
mod world;

use std::io;

use anyhow::{Context as _, Result};
use clap::Args;
use purvey_contract::identity::JoinToken;

use crate::cli::Global;
use crate::failure::Failure;
use crate::local::lab_host;
use crate::local::signals::Signals;
use crate::output::{Format, escape};
use crate::words;
use road::{Done, Wish};
use show::{Outcome, Show, Step};
use world::World;

/// Show the main road, live: a private control plane, a throw-away server, nginx through a signed job.
///
/// Everything is on this machine and leaves nothing behind. Where no server can be booted (that needs root on Debian), an
/// agent without privileges on this host installs a static page instead.
#[derive(Args, Clone, Debug)]
pub(crate) struct Demo {
    /// End once everything was shown, with exit code 0
    #[arg(long)]
    once: bool,
    /// Print events for programs, one JSON object a line; the last one is a summary
    #[arg(long)]
    json: bool,
    /// Do not install missing packages: say which command does, and end
    #[arg(long)]
    no_install: bool,
    /// Run the agent on this host, without privileges, even where servers can be booted
    #[arg(long)]
    host_agent: bool,
}

/// Runs the demo and takes everything down again.
pub(crate) async fn run(global: &Global, demo: Demo) -> Result<(), Failure> {
    let show = Show::new(demo.json || global.output == Format::Json, global.printer());
    let signals = Signals::listen()?;
    let mut world = World::default();
    let mut lines = 0;
    let shown = tokio::select! {
        shown = Box::pin(walk(&show, &demo, &mut world, &mut lines)) => shown,
        () = signals.asked() => Err(Failure::Interrupted.into()),
    };
    let mut outcome = Outcome { stage: world.stage(), ..Default::default() };
    let mut ended = match shown {
        Ok((wish, done)) => {
            outcome.state = words::observed(done.install.observed_state()).to_owned();
            outcome.exit_code = done.job.exit_code;
            if demo.once { Ok(()) } else { stay(&show, &mut world, &wish, &done, &signals).await }
        }
        Err(error) => Err(error),
    };
    let mut evidence = String::new();
    if let Err(error) = &ended {
        let interrupted = matches!(error.downcast_ref(), Some(Failure::Interrupted));
        let job = error.downcast_ref().and_then(|failure| match failure {
            Failure::Job(job) => job.exit_code,
            _ => None,
        });
        outcome.exit_code = outcome.exit_code.or(job);
        outcome.state = if interrupted { "interrupted" } else { "failed" }.to_owned();
        outcome.error = Some((show.failed_step(), format!("{error:#}")));
        if interrupted {
            // Whoever closed standard output asked for the end, too.
            let _ = show.text("\nInterrupted. Taking everything down.");
        } else {
            evidence = world.evidence().await;
        }
    }
    let closed = world.close().await.context("taking everything down");
    if let (Ok(()), Err(error)) = (&ended, &closed) {
        outcome.state = "failed".to_owned();
        outcome.error = Some((None, format!("{error:#}")));
    }
    ended = ended.and(closed);
    // If standard output is closed, the exit code is all that is left to say.
    let told = show.summary(&outcome, lines);
    let step = outcome.error.and_then(|(step, _)| step);
    ended.and(told).map_err(|error| failure(step, error, evidence))
}

/// The whole road, up to the proof.
async fn walk(show: &Show, demo: &Demo, world: &mut World, lines: &mut u64) -> Result<(Wish, Done)> {
    show.text("Purvey installs a real app on a real server through signed jobs.\n")?;
    let found = needs::check(show, demo.host_agent, demo.no_install).await?;
    let ready = Box::pin(world.make(show, &found)).await?;
    let client = ready.client;

    show.begin(Step::Enroll, "bringing the agent")?;
    world.provide_agent(&found, &ready.publisher).await?;
    let wish = world.wish();
    let token = lab_host::join_token(&client, wish.server, &world.agent_address()).await?;
    world.enroll(&token.token).await?;
    let server = lab_host::connected(&client, wish.server).await?;
    let token: JoinToken = token.token.parse().context("the join token")?;
    show.done(
        Step::Enroll,
        &format!("{} is connected (uid {})", escape(&server.server), escape(&server.uid)),
    )?;

    let done = road::install(show, &client, &wish, lines).await?;
    road::receipt(show, &client, &done, &token).await?;
    world.prove(show, &done).await?;
    show.finished();
    Ok((wish, done))
}

/// Stays up until somebody asks for the end.
async fn stay(show: &Show, world: &mut World, wish: &Wish, done: &Done, signals: &Signals) -> Result<()> {
    farewell::say(show, world, wish, done)?;
    tokio::select! {
        () = signals.asked() => show.text("\nTaking everything down."),
        status = world.broken() => anyhow::bail!("the control plane has ended ({status})"),
    }
}

/// The first lines of a page that say something.
fn snippet(page: &str) -> String {
    let telling = ["<title>", "<h1>", "<p>"];
    let lines = page.lines().map(str::trim).filter(|line| telling.iter().any(|tag| line.starts_with(tag)));
    lines.take(4).collect::<Vec<_>>().join("\n")
}

/// The same as a quotation.
fn quoted(show: &Show, snippet: &str) -> String {
    let lines = snippet.lines().map(|line| format!("    {}", show.paint("2", &escape(line))));
    lines.collect::<Vec<_>>().join("\n")
}

/// What the command line says, and its exit code.
fn failure(step: Option<Step>, error: anyhow::Error, evidence: String) -> Failure {
    let closed = error.chain().find_map(|cause| cause.downcast_ref::<io::Error>());
    if closed.is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe) {
        return io::Error::from(io::ErrorKind::BrokenPipe).into();
    }
    let during = step.map(|step| format!("{}: ", step.title())).unwrap_or_default();
    match error.downcast::<Failure>() {
        Ok(failure @ (Failure::Usage { .. } | Failure::Interrupted)) => failure,
        Ok(failure) => Failure::Local { message: format!("{during}{failure}"), evidence },
        Err(error) => Failure::Local { message: format!("{during}{error:#}"), evidence },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_shown_by_what_it_says() {
        let page = "<!doctype html>\n<title>a</title>\n<style>x</style>\n<body>\n  <h1>a</h1>\n<p>b</p>\n";
        assert_eq!(snippet(page), "<title>a</title>\n<h1>a</h1>\n<p>b</p>");
    }

    #[test]
    fn what_must_be_installed_is_a_wrong_command_line_and_the_rest_is_not() {
        let usage: anyhow::Error = Failure::usage("packages are missing").into();
        assert_eq!(failure(Some(Step::Requirements), usage, String::new()).exit_code(), 2);
        let other = anyhow::anyhow!("inner").context("outer");
        let other = failure(Some(Step::Server), other, "log".to_owned());
        assert_eq!((other.exit_code(), other.to_string().as_str()), (1, "server: outer: inner\n\nlog"));
    }
}
