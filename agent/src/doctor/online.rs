//! What only the control plane can tell: whether it can be reached, what its clock says, whether this identity still counts.

use std::time::Duration;

use purvey_proto::agent::GetBundleRequest;
use purvey_proto::agent::agent_service_client::AgentServiceClient;
use time::OffsetDateTime;
use tokio::time::Instant;
use tonic::transport::Channel;
use tonic::{Code, Status};

use super::{Report, Verdict};
use crate::ambient::{Clock as _, Host};
use crate::config::HostPort;
use crate::identity::Identity;
use crate::refusal::spell;
use crate::tls::{self, ConnectError, ServerCheck};
use crate::trust::HeldTrust;
use crate::upkeep;

const CALL_LIMIT: Duration = Duration::from_secs(10);
/// More than this is odd.
const CLOCK_WARNING: time::Duration = time::Duration::seconds(30);

/// Looks at the connection, step by step.
pub(super) async fn examine(address: &HostPort, trust: HeldTrust, identity: &Identity, report: &mut Report) {
    let held = trust.newest().version;
    let channel = match tls::connect(address, ServerCheck::Listed(trust), identity.certificate.clone()).await
    {
        Ok(channel) => channel,
        Err(error) => return unreachable(&error, report),
    };
    report.ok("network", format!("{address} is found, reached, and shows a certificate of the fleet"));
    let asked = Instant::now();
    match tokio::time::timeout(CALL_LIMIT, upkeep::get_trust(channel.clone(), held)).await {
        Err(_) => {
            let mend = "see the control plane's log";
            return report.add("control plane", Verdict::Problem, "does not answer in time", mend);
        }
        Ok(Err(status)) => {
            let mend = "see the control plane's log";
            return report.add("control plane", Verdict::Problem, status.message().to_owned(), mend);
        }
        Ok(Ok(answer)) => {
            clock(answer.time_unix_millis, asked.elapsed(), report);
            let versions = answer.versions.unwrap_or_default();
            let found = format!("answers, protocol {} to {}", versions.min, versions.max);
            let newer = upkeep::envelopes(&answer.trust_documents).is_ok_and(|documents| {
                documents.iter().any(|document| {
                    document
                        .peek::<purvey_contract::trust::TrustDocument>()
                        .is_ok_and(|document| document.version > held)
                })
            });
            if newer {
                let mend = "start the agent, or see in its log why it does not take it over";
                report.add(
                    "control plane",
                    Verdict::Warning,
                    format!("{found}; has a newer trust document"),
                    mend,
                );
            } else {
                report.ok("control plane", found);
            }
        }
    }
    membership(channel, report).await;
}

fn unreachable(error: &ConnectError, report: &mut Report) {
    let (check, mend) = match error {
        ConnectError::Resolve { .. } => {
            ("dns", "mend /etc/resolv.conf or the name in agent.toml (`control_plane`)")
        }
        ConnectError::Tcp { .. } => {
            ("network", "open the way to this address and port, or correct `control_plane` in agent.toml")
        }
        ConnectError::Tls { .. } => (
            "tls",
            "set this host's clock; if it is right, see that `control_plane` in agent.toml is this fleet's own address and nothing in between ends TLS",
        ),
        ConnectError::Setup(_) | ConnectError::Http { .. } => {
            ("control plane", "see the control plane's log")
        }
    };
    report.add(check, Verdict::Problem, error.to_string(), mend);
}

fn clock(said_millis: i64, took: Duration, report: &mut Report) {
    if said_millis == 0 {
        return report.add(
            "clock",
            Verdict::Warning,
            "the control plane does not tell its time",
            "upgrade the control plane",
        );
    }
    let nanos = i128::from(said_millis) * 1_000_000;
    let Ok(said) = OffsetDateTime::from_unix_timestamp_nanos(nanos) else {
        return report.add(
            "clock",
            Verdict::Warning,
            "the control plane's time is none",
            "see the control plane",
        );
    };
    // The answer was made about half way between the question and now.
    let off = Host.now() - took / 2 - said;
    let found = match off.is_negative() {
        _ if off.abs() < time::Duration::seconds(1) => "agrees with the control plane's".to_owned(),
        true => format!("{} behind the control plane's", spell(off.abs())),
        false => format!("{} ahead of the control plane's", spell(off)),
    };
    let mend = "set one of the clocks (`timedatectl set-ntp true`): from five minutes on jobs are refused";
    if off.abs() > crate::verify::CLOCK_BOUND {
        report.add("clock", Verdict::Problem, found, mend);
    } else if off.abs() > CLOCK_WARNING {
        report.add("clock", Verdict::Warning, found, mend);
    } else {
        report.ok("clock", found);
    }
}

/// Asks for a bundle that cannot be: what is refused first is an identity that has ended.
async fn membership(channel: Channel, report: &mut Report) {
    let request = GetBundleRequest { digest: Vec::new(), offset: 0 };
    let mut client = AgentServiceClient::new(channel);
    let answer = tokio::time::timeout(CALL_LIMIT, client.get_bundle(request)).await;
    let status = match answer {
        Ok(Err(status)) => status,
        Ok(Ok(_)) => Status::invalid_argument(""),
        Err(_) => Status::deadline_exceeded("no answer in time"),
    };
    match status.code() {
        Code::InvalidArgument | Code::NotFound => report.ok("enrolment", "this identity counts"),
        Code::FailedPrecondition | Code::PermissionDenied => {
            let mend = "if that was a mistake: `purvey server token create <server> --reenroll`, remove the agent's identity \
                        folder here, and run `agent enroll` with the token";
            report.add("enrolment", Verdict::Problem, status.message().to_owned(), mend);
        }
        Code::Unauthenticated => {
            let mend = "start the agent, which renews its certificate; if it cannot, enrol this host again";
            report.add("enrolment", Verdict::Problem, status.message().to_owned(), mend);
        }
        _ => report.add(
            "enrolment",
            Verdict::Warning,
            format!("unknown: {}", status.message()),
            "see the control plane's log",
        ),
    }
}
