//! What must be refused: bad inputs, servers that are too small, ports that are taken.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use purvey_contract::inputs::Inputs;
use purvey_contract::manifest::{PortSource, Protocol};
use purvey_sdk::v1::{
    CreateInstallRequest, GetServerRequest, JobState, ListInstallsRequest, ListJobsRequest,
    PlanInstallRequest, PlanProblem,
};
use purvey_sdk::{Code, Error as ApiError};
use tokio::time::{Duration, Instant, sleep};

use super::{Log, installed};
use crate::lab_test::bad::{self, Bad};
use crate::lab_test::bench::{self, Bench, wire};
use crate::lab_test::copies::{self, Need};
use crate::lab_test::finding::{Finding, finding};
use crate::lab_test::lifecycle::{Refused, merge};
use crate::lab_test::scenario::Scenario;
use crate::local::lab_host;

/// What it proves.
pub(super) const SCENARIOS: [Scenario; 3] = [Scenario::Inputs, Scenario::Resources, Scenario::Ports];
/// Facts come with the next poll of an agent, at the latest when its service was started again.
const FACTS_LIMIT: Duration = Duration::from_secs(20);

/// Goes through all that is asked for.
pub(super) async fn go(bench: &mut Bench<'_>, log: &mut Log<'_>) {
    if log.wants(Scenario::Inputs) {
        log.scenario(bench, Scenario::Inputs, |bench| Box::pin(inputs(bench))).await;
    }
    if log.wants(Scenario::Resources) {
        log.scenario(bench, Scenario::Resources, |bench| Box::pin(resources(bench))).await;
    }
    if log.wants(Scenario::Ports) {
        log.scenario(bench, Scenario::Ports, |bench| Box::pin(ports(bench))).await;
    }
}

fn request(bench: &Bench<'_>, app: &str, inputs: &Inputs) -> CreateInstallRequest {
    CreateInstallRequest {
        server: bench.name(),
        app: app.to_owned(),
        inputs: Some(wire(inputs)),
        ..Default::default()
    }
}

/// What a create is refused with. One that is not refused has made an install and a job.
async fn refusal(bench: &Bench<'_>, request: CreateInstallRequest, what: &str) -> Result<ApiError> {
    match bench.world.client.installs().create(request).await {
        Ok(_) => finding!("{what}: an install was made, and should have been refused"),
        Err(error) => Ok(error),
    }
}

/// No install and no job came of all that was refused.
async fn nothing_was_made(bench: &Bench<'_>) -> Result<()> {
    let (client, server) = (&bench.world.client, bench.name());
    let jobs = client.jobs().list(ListJobsRequest { server: server.clone(), ..Default::default() }).await?;
    let installs = client.installs().list(ListInstallsRequest { server, ..Default::default() }).await?;
    if !jobs.jobs.is_empty() || !installs.installs.is_empty() {
        finding!(
            "{} jobs and {} installs were made by requests that were refused",
            jobs.jobs.len(),
            installs.installs.len()
        );
    }
    Ok(())
}

async fn inputs(bench: &mut Bench<'_>) -> Result<()> {
    let lifecycle = &bench.app.lifecycle;
    let mut good = vec![lifecycle.defaults.clone()];
    good.extend(lifecycle.variants.iter().map(|variant| variant.inputs.clone()));
    let mut requests = bad::requests(&bench.app.manifest, &good);
    for refused in lifecycle.refused.iter().filter(|refused| refused.exit_code.is_none()) {
        let mut inputs = lifecycle.defaults.clone();
        merge(&mut inputs, &refused.inputs);
        let violations =
            refused.violations.iter().map(|(name, code)| (format!("inputs.{name}"), code.clone())).collect();
        requests.push(Bad { what: refused.what.clone(), inputs, violations });
    }
    bench.doing(&format!("{} requests with bad inputs", requests.len()));
    for bad in requests {
        let error = refusal(bench, request(bench, bench.app.id(), &bad.inputs), &bad.what).await?;
        let found: BTreeSet<(String, String)> =
            error.violations().iter().map(|one| (one.field.clone(), one.code.clone())).collect();
        let wanted: BTreeSet<(String, String)> = bad.violations.iter().cloned().collect();
        if error.code() != Code::InvalidArgument || found != wanted {
            let finding = Finding::new(format!("{}: refused, but not with the right violations", bad.what))
                .with("should be", pairs(&wanted))
                .with("is", format!("{:?}: {error}\n{}", error.code(), pairs(&found)));
            return Err(finding.into());
        }
    }
    nothing_was_made(bench).await?;
    let by_script: Vec<&Refused> =
        lifecycle.refused.iter().filter(|refused| refused.exit_code.is_some()).collect();
    if by_script.is_empty() {
        return Ok(());
    }
    let before = installed::before(bench).await?;
    for refused in by_script {
        bench.doing(&format!("refused by the script: {}", refused.what));
        by_its_script(bench, refused, &before).await.map_err(|error| {
            let mut finding = Finding::of(error);
            finding.what = format!("{}: {}", refused.what, finding.what);
            finding
        })?;
    }
    Ok(())
}

fn pairs(violations: &BTreeSet<(String, String)>) -> String {
    violations.iter().map(|(field, code)| format!("{field}: {code}\n")).collect()
}

async fn by_its_script(bench: &mut Bench<'_>, refused: &Refused, before: &installed::Before) -> Result<()> {
    let mut inputs = bench.app.lifecycle.defaults.clone();
    merge(&mut inputs, &refused.inputs);
    let app = bench.app.id().to_owned();
    let ended = bench::attempt(bench, &app, &inputs).await?;
    if ended.job.state() != JobState::Failed || ended.job.exit_code != refused.exit_code {
        finding!("the script should end with {:?}; {}", refused.exit_code, ended.says());
    }
    if let Some(part) = refused.says.as_ref().filter(|part| !ended.log().contains(part.as_str())) {
        return Err(Finding::new(format!("the script does not say {part:?}"))
            .with("it says", ended.log())
            .into());
    }
    // The way back works from here, too.
    bench::uninstall(bench).await?;
    installed::untouched(bench, before).await
}

async fn plan(bench: &Bench<'_>, app: &str, inputs: &Inputs) -> Result<Vec<PlanProblem>> {
    let request = PlanInstallRequest {
        server: bench.name(),
        app: app.to_owned(),
        inputs: Some(wire(inputs)),
        ..Default::default()
    };
    Ok(bench.world.client.installs().plan(request).await.context("PlanInstall")?.problems)
}

fn expect_problem(problems: &[PlanProblem], code: &str, field: &str, blocking: bool) -> Result<()> {
    let is_it =
        |one: &PlanProblem| (one.code.as_str(), one.field.as_str(), one.blocking) == (code, field, blocking);
    if problems.iter().any(is_it) {
        return Ok(());
    }
    let told: Vec<String> =
        problems.iter().map(|one| format!("{} ({}): {}", one.code, one.field, one.message)).collect();
    Err(Finding::new(format!("PlanInstall does not say {code} of {field}"))
        .with("it says", told.join("\n"))
        .into())
}

async fn resources(bench: &mut Bench<'_>) -> Result<()> {
    let inputs = bench.app.lifecycle.defaults.clone();
    for need in Need::ALL {
        let id = need.id(bench.app);
        bench.doing(&format!("{id}, which no server is enough for"));
        let is_certain = need != Need::Disk;
        expect_problem(&plan(bench, &id, &inputs).await?, need.code(), "server", is_certain)?;
        if is_certain {
            let error = refusal(bench, request(bench, &id, &inputs), &id).await?;
            let named = error.violations().iter().any(|one| one.code == need.code() && one.field == "server");
            if error.code() != Code::FailedPrecondition || !named {
                finding!(
                    "{id} was refused with {:?} and not because of {}: {error}",
                    error.code(),
                    need.code()
                );
            }
            continue;
        }
        // Free space comes and goes, so that the agent decides.
        let ended = bench::attempt(bench, &id, &inputs).await?;
        let (state, reason) = (ended.job.state(), ended.job.reason_code.clone());
        if state != JobState::Refused || reason != "RESOURCES_INSUFFICIENT" || ended.job.exit_code.is_some() {
            finding!(
                "the agent should refuse {id} with RESOURCES_INSUFFICIENT before its script runs; {}",
                ended.says()
            );
        }
        bench::uninstall(bench).await?;
    }
    Ok(())
}

async fn ports(bench: &mut Bench<'_>) -> Result<()> {
    let app = bench.app;
    let mut sets = vec![app.lifecycle.defaults.clone()];
    sets.extend(app.lifecycle.variants.iter().map(|variant| variant.inputs.clone()));
    for inputs in sets {
        let effective = app.effective(&inputs);
        for port in &app.manifest.ports {
            let Some(number) = port.number(&effective) else { continue };
            let field = match &port.port {
                PortSource::Fixed(_) => "app".to_owned(),
                PortSource::Input(name) => format!("inputs.{name}"),
            };
            bench.doing(&format!("port {number} belongs to another install"));
            held(bench, &inputs, number, port.protocol, &field).await?;
            bench.doing(&format!("port {number} is used by some program"));
            used(bench, &inputs, number, port.protocol, &field).await?;
        }
    }
    Ok(())
}

/// Another install has the port: the plan says so, and an install is refused.
async fn held(
    bench: &mut Bench<'_>,
    inputs: &Inputs,
    number: u16,
    protocol: Protocol,
    field: &str,
) -> Result<()> {
    let app = bench.app.id().to_owned();
    let port = Inputs::from_iter([("port".to_owned(), number.into())]);
    let holder = bench::attempt(bench, copies::holder(protocol), &port).await?;
    if holder.job.state() != JobState::Succeeded {
        finding!("the app that holds the port could not be installed: {}", holder.says());
    }
    expect_problem(&plan(bench, &app, inputs).await?, "PORT_TAKEN", field, true)?;
    let error = refusal(bench, request(bench, &app, inputs), &format!("port {number} is taken")).await?;
    let named = error.violations().iter().any(|one| one.code == "PORT_TAKEN" && one.field == field);
    if error.code() != Code::FailedPrecondition || !named {
        finding!("the install was refused with {:?} and not because of its port: {error}", error.code());
    }
    bench::uninstall(bench).await?;
    let free = CreateInstallRequest { validate_only: true, ..request(bench, &app, inputs) };
    let allowed = bench.world.client.installs().create(free).await;
    allowed.map(drop).context("an install on the port that is free again")
}

/// A program that no install accounts for has the port: the plan says so.
async fn used(
    bench: &Bench<'_>,
    inputs: &Inputs,
    number: u16,
    protocol: Protocol,
    field: &str,
) -> Result<()> {
    const UNIT: &str = "lab-test-port";
    let listen = format!("--listen={number}");
    let mut argv = vec!["systemd-run", "--quiet", "--unit", UNIT, "systemd-socket-activate", &listen];
    if protocol == Protocol::Udp {
        argv.push("--datagram");
    }
    argv.push("/bin/true");
    bench.server.exec(&argv).await?.success()?;
    knows_port(bench, number, protocol, true).await?;
    let problems = plan(bench, bench.app.id(), inputs).await?;
    bench.server.exec(["systemctl", "stop", UNIT]).await?.success()?;
    expect_problem(&problems, "PORT_IN_USE", field, false)?;
    knows_port(bench, number, protocol, false).await
}

/// Waits until the control plane knows whether somebody listens.
async fn knows_port(bench: &Bench<'_>, number: u16, protocol: Protocol, is_used: bool) -> Result<()> {
    let end = Instant::now() + FACTS_LIMIT;
    loop {
        bench.server.exec(["systemctl", "restart", lab_host::UNIT_NAME]).await?.success()?;
        lab_host::connected(&bench.world.client, &bench.name()).await?;
        sleep(Duration::from_millis(200)).await;
        let request = GetServerRequest { server: bench.name(), ..Default::default() };
        let facts = bench.world.client.servers().get(request).await?.facts.unwrap_or_default();
        let ports = match protocol {
            Protocol::Tcp => facts.tcp_ports,
            Protocol::Udp => facts.udp_ports,
        };
        if ports.contains(&number.into()) == is_used {
            return Ok(());
        }
        if Instant::now() > end {
            finding!("the agent does not tell of port {number}: {ports:?}");
        }
    }
}
