//! `purvey.agent.v1.EnrollmentService`: how a server comes to have an identity, and keeps it.

use std::sync::Arc;

use prost::Message as _;
use purvey_contract::id::Digest;
use purvey_proto::PROTOCOL_VERSIONS;
use purvey_proto::agent::enrollment_service_server::EnrollmentService;
use purvey_proto::agent::{
    Disk, EnrollRequest, EnrollResponse, Facts, GetTrustRequest, GetTrustResponse, Heartbeat, HostLabel,
    HostPolicy, PublicKey, RenewRequest, RenewResponse, Sealed, VersionRange,
};
use tonic::{Request, Response, Status};

use crate::api::peer;
use crate::api::status::status;
use crate::ctx::{Ctx, Shared};
use crate::error::Error;
use crate::fleet::enrollment::{self, Enrolled, Enrolling, Renewing};
use crate::fleet::{heartbeats, servers};

/// Texts in facts are cut to this.
const MAX_FACT: usize = 256;
/// Lists of ports in facts are cut to this.
const MAX_PORTS: usize = 256;
/// Other lists in facts are cut to this.
const MAX_FACTS: usize = 64;

/// The service.
pub struct Enrollment(pub(crate) Arc<Shared>);

#[tonic::async_trait]
impl EnrollmentService for Enrollment {
    async fn get_trust(
        &self,
        request: Request<GetTrustRequest>,
    ) -> Result<Response<GetTrustResponse>, Status> {
        let cx = Ctx::system(Arc::clone(&self.0));
        let GetTrustRequest { versions: _, trust_version } = request.into_inner();
        Ok(Response::new(GetTrustResponse {
            versions: Some(VersionRange { min: *PROTOCOL_VERSIONS.start(), max: *PROTOCOL_VERSIONS.end() }),
            trust_documents: cx.keys.trust_chain(trust_version),
            challenge: enrollment::challenge(&cx),
            time_unix_millis: i64::try_from(cx.clock.now().unix_timestamp_nanos() / 1_000_000).unwrap_or(0),
        }))
    }

    async fn enroll(&self, request: Request<EnrollRequest>) -> Result<Response<EnrollResponse>, Status> {
        let cx = Ctx::system(Arc::clone(&self.0));
        let address = peer::connected(&request)?.address;
        let wire = request.into_inner();
        let answered = async {
            let protocol_version = negotiate(wire.versions)?;
            let EnrollRequest { versions: _, token, csr, receipt_key, sealing_key, facts } = wire;
            let receipt_key = key("receipt_key", "ed25519", receipt_key)?;
            let sealing_key = key("sealing_key", "x-wing", sealing_key)?;
            let machine = Enrolling {
                token,
                csr,
                receipt_key: receipt_key.public_key,
                receipt_key_proof: receipt_key.proof,
                sealing_key: sealing_key.public_key,
                facts: facts_from_wire(facts.unwrap_or_default())?,
                address,
            };
            let Enrolled { server, name, project, incarnation, chain, key_statement, sealed_challenge } =
                enrollment::enroll(&cx, machine).await?;
            Ok(EnrollResponse {
                protocol_version,
                server_uid: server.to_string(),
                server: name.to_string(),
                project: project.to_string(),
                incarnation,
                certificate_chain: chain,
                key_statement,
                sealed_challenge: Some(Sealed {
                    enc: sealed_challenge.enc,
                    ciphertext: sealed_challenge.ciphertext,
                }),
                trust_document: cx.keys.trust_document(),
            })
        };
        answered.await.map(Response::new).map_err(status)
    }

    async fn renew(&self, request: Request<RenewRequest>) -> Result<Response<RenewResponse>, Status> {
        let cx = Ctx::system(Arc::clone(&self.0));
        let peer = peer::identity(&request)?;
        let RenewRequest { csr, challenge, challenge_signature } = request.into_inner();
        let asked = Renewing { csr, challenge, challenge_signature };
        let chain = enrollment::renew(&cx, &peer, &asked).await.map_err(status)?;
        Ok(Response::new(RenewResponse { certificate_chain: chain, trust_version: cx.keys.trust_version() }))
    }
}

/// The highest protocol version that both sides speak.
pub(super) fn negotiate(theirs: Option<VersionRange>) -> Result<u32, Error> {
    let VersionRange { min, max } = theirs.unwrap_or_default();
    let (ours_min, ours_max) = (*PROTOCOL_VERSIONS.start(), *PROTOCOL_VERSIONS.end());
    let common = max.min(ours_max);
    if common < min.max(ours_min) {
        return Err(Error::precondition(
            "PROTOCOL_VERSION_UNSUPPORTED",
            format!(
                "PROTOCOL_VERSION_UNSUPPORTED: the agent speaks {min} to {max}, this control plane {ours_min} to \
                 {ours_max}"
            ),
        ));
    }
    Ok(common)
}

fn key(field: &'static str, algorithm: &str, given: Option<PublicKey>) -> Result<PublicKey, Error> {
    let given = given.ok_or_else(|| Error::invalid(field, "REQUIRED", "this key is needed"))?;
    if given.algorithm != algorithm {
        let message = format!("a key of the algorithm `{algorithm}` is needed here");
        return Err(Error::invalid(format!("{field}.algorithm"), "UNKNOWN_ALGORITHM", message));
    }
    Ok(given)
}

/// Facts as the domain has them, cut to a sane size.
pub(super) fn facts_from_wire(wire: Facts) -> Result<servers::Facts, Error> {
    let digest = Digest::of(&wire.encode_to_vec()).0.to_vec();
    let Facts {
        hostname,
        os,
        os_version,
        os_name,
        kernel,
        architecture,
        cpus,
        memory_bytes,
        disk_bytes,
        addresses,
        agent_version,
        os_like,
        disk_free_bytes,
        tcp_ports,
        udp_ports,
        cpu_model,
        disks,
        package_manager,
        virtualization,
        labels,
        policy,
    } = wire;
    // PostgreSQL stores no NUL in JSON.
    let cut = |text: String| text.chars().filter(|c| !c.is_control()).take(MAX_FACT).collect::<String>();
    let cut_all = |texts: Vec<String>| texts.into_iter().take(MAX_FACTS).map(cut).collect();
    let ports =
        |ports: Vec<u32>| ports.into_iter().filter_map(|port| port.try_into().ok()).take(MAX_PORTS).collect();
    Ok(servers::Facts {
        hostname: cut(hostname),
        os: cut(os),
        os_version: cut(os_version),
        os_name: cut(os_name),
        os_like: cut_all(os_like),
        kernel: cut(kernel),
        architecture: cut(architecture),
        cpus,
        memory_bytes,
        disk_bytes,
        disk_free_bytes,
        tcp_ports: ports(tcp_ports),
        udp_ports: ports(udp_ports),
        addresses: cut_all(addresses),
        agent_version: cut(agent_version),
        cpu_model: cut(cpu_model),
        disks: disks
            .into_iter()
            .take(MAX_FACTS)
            .map(|Disk { mount, filesystem, size_bytes }| servers::Disk {
                mount: cut(mount),
                filesystem: cut(filesystem),
                size_bytes,
            })
            .collect(),
        package_manager: cut(package_manager),
        virtualization: cut(virtualization),
        labels: labels
            .into_iter()
            .take(MAX_FACTS)
            .map(|HostLabel { key, value }| (format!("host/{}", cut(key)), cut(value)))
            .collect(),
        policy: policy
            .map(|HostPolicy { digest, invalid, paused, restricts }| servers::HostPolicy {
                digest: Digest::from_slice(&digest).map(|digest| digest.to_string()).unwrap_or_default(),
                invalid,
                paused,
                restricts: cut_all(restricts),
            })
            .unwrap_or_default(),
        digest,
    })
}

/// A heartbeat as the domain has it, cut to a sane size.
pub(super) fn heartbeat_from_wire(wire: Heartbeat) -> heartbeats::Heartbeat {
    let Heartbeat { load_hundredths, memory_available_bytes, mut disk_free_bytes } = wire;
    disk_free_bytes.truncate(MAX_FACTS);
    heartbeats::Heartbeat { load_hundredths, memory_available_bytes, disk_free_bytes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_common_version_is_taken() {
        let range = |min, max| Some(VersionRange { min, max });
        assert_eq!(negotiate(range(1, 1)).unwrap(), 1);
        assert_eq!(negotiate(range(1, 7)).unwrap(), 1);
        assert!(negotiate(range(2, 7)).is_err());
        assert!(negotiate(None).is_err());
    }
}
