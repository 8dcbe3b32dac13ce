use purvey_contract::action::Action;
use purvey_contract::dsse::{ListedKey, SigningKey};
use purvey_contract::id::{Digest, InstallUid, JobId, ServerUid};
use purvey_contract::receipt::{LogSummary, Outcome, SandboxReport};
use purvey_contract::trust::ListedCa;
use time::Duration;
use time::macros::datetime;
use uuid::Uuid;

use super::*;

const NOW: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);

fn key(byte: u8) -> SigningKey {
    SigningKey::from_seed(&[byte; 32])
}

/// A fleet with one agent, whose documents a test can spoil before they are signed.
struct Fleet {
    root: SigningKey,
    job_key: SigningKey,
    receipt_key: SigningKey,
    agent_key: SigningKey,
    trust: TrustDocument,
    statement: AgentKeyStatement,
    job: JobSpec,
    receipt: Receipt,
    received: OffsetDateTime,
}

impl Fleet {
    fn new() -> Self {
        let (root, job_key, receipt_key, agent_key) = (key(1), key(2), key(3), key(4));
        let listed = |key: &SigningKey| ListedKey {
            public_key: key.public_key(),
            not_before: NOW - Duration::days(30),
            not_after: NOW + Duration::days(30),
        };
        let server = ServerUid(Uuid::from_u128(1));
        let trust = TrustDocument {
            trust_domain: "fleet.example".to_owned(),
            cell: "main".to_owned(),
            version: 1,
            issued: NOW - Duration::days(30),
            demo: false,
            roots: vec![root.public_key()],
            cas: vec![ListedCa { certificate: vec![1] }],
            job_keys: vec![listed(&job_key)],
            receipt_keys: vec![listed(&receipt_key)],
            audit_keys: vec![],
        };
        let statement = AgentKeyStatement {
            trust_domain: "fleet.example".to_owned(),
            cell: "main".to_owned(),
            server,
            incarnation: 1,
            tls_key: Digest::of(b"tls"),
            receipt_key: agent_key.public_key(),
            sealing_key: vec![7],
            registered: NOW - Duration::days(1),
        };
        let job = JobSpec {
            spec_version: 1,
            trust_domain: "fleet.example".to_owned(),
            cell: "main".to_owned(),
            project: "default".parse().unwrap(),
            server,
            incarnation: 1,
            job: JobId(Uuid::from_u128(2)),
            attempt: 1,
            install: InstallUid(Uuid::from_u128(3)),
            install_name: "nginx".parse().unwrap(),
            generation: 1,
            action: Action::Install,
            app: "purvey/nginx".parse().unwrap(),
            version: "1.0.0".to_owned(),
            release: 1,
            bundle: Digest::of(b"bundle"),
            inputs: Default::default(),
            sealed_inputs: None,
            requested_by: "key:good".to_owned(),
            issued: NOW - Duration::seconds(10),
            expires: NOW + Duration::hours(1),
            nonce: vec![9; 16],
        };
        let receipt = Receipt {
            server,
            incarnation: 1,
            job: Some(job.job),
            attempt: Some(1),
            job_digest: Envelope::sign(&job, &[&job_key]).payload_digest(),
            outcome: Outcome::Succeeded,
            exit_code: Some(0),
            reason_code: String::new(),
            reason: String::new(),
            started: NOW - Duration::seconds(9),
            ended: NOW - Duration::seconds(1),
            policy_digest: None,
            sandbox: SandboxReport::default(),
            log: LogSummary { chunks: 1, lines: 2, digest: Digest::of(b"log") },
            outputs: vec![],
        };
        Self { root, job_key, receipt_key, agent_key, trust, statement, job, receipt, received: NOW }
    }

    fn export(&self) -> ReceiptExport {
        let receipt = Envelope::sign(&self.receipt, &[&self.agent_key]);
        let countersignature = Countersignature {
            trust_domain: "fleet.example".to_owned(),
            receipt: receipt.payload_digest(),
            received: self.received,
        };
        ReceiptExport {
            job_envelope: Envelope::sign(&self.job, &[&self.job_key]).to_json(),
            receipt: receipt.to_json(),
            countersignature: Envelope::sign(&countersignature, &[&self.receipt_key]).to_json(),
            key_statement: Envelope::sign(&self.statement, &[&self.receipt_key]).to_json(),
            trust_documents: vec![Envelope::sign(&self.trust, &[&self.root]).to_json()],
        }
    }

    fn verify(&self) -> Result<Proof, ReceiptError> {
        verify(&self.export(), self.root.public_key().id())
    }
}

fn refusal(fleet: &Fleet) -> String {
    fleet.verify().unwrap_err().to_string()
}

#[test]
fn a_receipt_is_good_when_every_signature_leads_to_the_root() {
    let proof = Fleet::new().verify().unwrap();
    assert_eq!(proof.receipt.outcome, Outcome::Succeeded);
    assert_eq!(proof.received, NOW);
    assert_eq!(proof.agent_key, key(4).public_key().id());
}

#[test]
fn an_export_survives_its_json_form() {
    let fleet = Fleet::new();
    let json = serde_json::to_string(&fleet.export()).unwrap();
    let export: ReceiptExport = serde_json::from_str(&json).unwrap();
    assert!(verify(&export, fleet.root.public_key().id()).is_ok());
}

#[test]
fn another_root_vouches_for_nothing() {
    let error = verify(&Fleet::new().export(), key(9).public_key().id()).unwrap_err();
    assert!(matches!(error, ReceiptError::Trust(TrustError::UnknownRoot(_))));
}

#[test]
fn each_part_must_be_signed_by_its_own_key() {
    for part in ["countersignature", "job", "receipt"] {
        let mut fleet = Fleet::new();
        let spoiled = match part {
            "countersignature" => &mut fleet.receipt_key,
            "job" => &mut fleet.job_key,
            _ => &mut fleet.agent_key,
        };
        *spoiled = key(8);
        let error = refusal(&fleet);
        assert!(error.contains(part), "{part}: {error}");
    }
    let mut forged = Fleet::new().export();
    forged.key_statement = Envelope::sign(&Fleet::new().statement, &[&key(8)]).to_json();
    assert!(verify(&forged, key(1).public_key().id()).unwrap_err().to_string().contains("key statement"));
}

#[test]
fn parts_of_different_exports_do_not_mix() {
    let mut other = Fleet::new();
    other.receipt.exit_code = Some(1);
    let mut mixed = Fleet::new().export();
    mixed.receipt = other.export().receipt;
    assert!(verify(&mixed, key(1).public_key().id()).unwrap_err().to_string().contains("another receipt"));

    let mut fleet = Fleet::new();
    fleet.job.attempt = 2;
    assert!(refusal(&fleet).contains("another job"));

    let mut fleet = Fleet::new();
    fleet.statement.incarnation = 2;
    assert!(refusal(&fleet).contains("incarnation"));
}

#[test]
fn keys_count_in_their_time_only() {
    let mut fleet = Fleet::new();
    fleet.received = NOW + Duration::days(60);
    assert!(refusal(&fleet).contains("countersignature"));

    let mut fleet = Fleet::new();
    fleet.job.issued = NOW - Duration::days(60);
    assert!(refusal(&fleet).contains("job"));

    let mut fleet = Fleet::new();
    fleet.statement.registered = NOW + Duration::days(1);
    assert!(refusal(&fleet).contains("registered after"));
}

#[test]
fn a_key_that_the_trust_document_in_force_no_longer_lists_proves_nothing() {
    let fleet = Fleet::new();
    let mut export = fleet.export();
    let mut newer = fleet.trust.clone();
    newer.version = 2;
    newer.issued = NOW - Duration::hours(1);
    newer.receipt_keys.clear();
    export.trust_documents.push(Envelope::sign(&newer, &[&fleet.root]).to_json());
    assert!(verify(&export, fleet.root.public_key().id()).is_err());
}

#[test]
fn a_receipt_of_another_fleet_is_refused() {
    let mut fleet = Fleet::new();
    fleet.job.trust_domain = "other.example".to_owned();
    fleet.receipt.job_digest = Envelope::sign(&fleet.job, &[&fleet.job_key]).payload_digest();
    assert!(refusal(&fleet).contains("another fleet"));
}
