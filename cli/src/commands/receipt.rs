use std::path::PathBuf;

use clap::Subcommand;
use purvey_contract::dsse::KeyId;
use purvey_contract::id::Digest;
use purvey_sdk::v1::ReceiptExport;
use secrecy::ExposeSecret as _;
use serde::Serialize;
use time::format_description::well_known::Rfc3339;

use crate::cli::Global;
use crate::failure::Failure;
use crate::output::Details;
use crate::receipt::{Proof, verify};
use crate::session::read_text;

/// Check receipts without the control plane.
#[derive(Debug, Subcommand)]
pub(crate) enum Receipt {
    /// Verify an exported receipt (`purvey job receipt JOB --export FILE`) off-line
    ///
    /// Everything is checked from the fleet root on: trust documents, the agent's key, the receipt, its time of arrival,
    /// and the job that it is for.
    Verify {
        /// The exported receipt (`-`: standard input)
        file: PathBuf,
        /// SHA-256 of the fleet root key (64 hexadecimal digits), known from elsewhere than the control plane
        #[arg(long, value_name = "HASH", value_parser = root)]
        fleet_root: KeyId,
    },
}

fn root(text: &str) -> Result<KeyId, String> {
    text.trim().parse::<Digest>().map(KeyId).map_err(|error| error.to_string())
}

/// What a good receipt says, for programs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Verified<'a> {
    verified: bool,
    receipt: &'a purvey_contract::receipt::Receipt,
    job: &'a purvey_contract::job::JobSpec,
    received: String,
    agent_key: String,
}

pub(crate) fn run(global: &Global, command: Receipt) -> Result<(), Failure> {
    let Receipt::Verify { file, fleet_root } = command;
    let text = read_text(&file)?;
    let export: ReceiptExport = serde_json::from_str(text.expose_secret())
        .map_err(|error| Failure::usage(format!("{}: not an exported receipt: {error}", file.display())))?;
    let proof = verify(&export, fleet_root)?;
    let received = proof.received.format(&Rfc3339).unwrap_or_default();
    let form = Verified {
        verified: true,
        receipt: &proof.receipt,
        job: &proof.job,
        received: received.clone(),
        agent_key: proof.agent_key.to_string(),
    };
    global.printer().resource(&form, || details(&proof, received))
}

fn details(proof: &Proof, received: String) -> String {
    let Proof { receipt, job, agent_key, .. } = proof;
    Details::default()
        .line("receipt", "good: every signature leads to the fleet root")
        .line("job", job.job.to_string())
        .line("attempt", job.attempt.to_string())
        .line("what", format!("{} of {} on {}", job.action.as_str(), job.install_name, job.server))
        .line("app", format!("{} {}", job.app, job.version))
        .line("bundle", job.bundle.to_string())
        .line("asked by", &job.requested_by)
        .line("outcome", receipt.outcome.as_str())
        .line("exit code", receipt.exit_code.map(|code| code.to_string()).unwrap_or_default())
        .line("reason", &receipt.reason)
        .line("started", receipt.started.format(&Rfc3339).unwrap_or_default())
        .line("ended", receipt.ended.format(&Rfc3339).unwrap_or_default())
        .line("received", received)
        .line(
            "log",
            format!("{} lines in {} chunks, {}", receipt.log.lines, receipt.log.chunks, receipt.log.digest),
        )
        .line("agent key", agent_key.to_string())
        .text()
}
