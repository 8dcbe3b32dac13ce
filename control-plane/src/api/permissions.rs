//! What every method needs. A method that is not here is not served; a test compares with the protos and with
//! `docs/reference/permissions.md`.

use crate::policy::Permission;

/// Which certificate the agents' listener asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// None.
    None,
    /// One of the fleet's, which may have expired within grace.
    ValidOrExpired,
    /// A valid one.
    Valid,
}

macro_rules! methods {
    ($name:ident: $kind:ty { $($service:literal { $($method:literal => $need:expr,)* })* }) => {
        /// Each method as `package.Service/Method`, with what it needs.
        pub const $name: &[(&str, $kind)] = &[$($((concat!($service, "/", $method), $need),)*)*];
    };
}

methods! { PUBLIC: Permission {
    "purvey.v1.AppService" {
        "ListApps" => Permission::AppsRead,
        "GetApp" => Permission::AppsRead,
        "ListAppVersions" => Permission::AppsRead,
        "GetAppVersion" => Permission::AppsRead,
        "ValidateInputs" => Permission::AppsRead,
    }
    "purvey.v1.IdentityService" {
        "WhoAmI" => Permission::WhoAmI,
        "CreateApiKey" => Permission::ApiKeysCreate,
        "ListApiKeys" => Permission::ApiKeysRead,
        "RevokeApiKey" => Permission::ApiKeysRevoke,
    }
    "purvey.v1.InstallService" {
        "PlanInstall" => Permission::InstallsRead,
        "CreateInstall" => Permission::InstallsCreate,
        "BatchCreateInstalls" => Permission::InstallsCreate,
        "GetInstall" => Permission::InstallsRead,
        "ListInstalls" => Permission::InstallsRead,
        "UpdateInstall" => Permission::InstallsUpdate,
        "DeleteInstall" => Permission::InstallsDelete,
        "VerifyInstall" => Permission::InstallsVerify,
        "BackupInstall" => Permission::InstallsBackup,
        "RestoreInstall" => Permission::InstallsRestore,
        "WatchInstalls" => Permission::InstallsRead,
    }
    "purvey.v1.JobService" {
        "GetJob" => Permission::JobsRead,
        "ListJobs" => Permission::JobsRead,
        "CancelJob" => Permission::JobsCancel,
        "RetryJob" => Permission::JobsRetry,
        "WatchJobs" => Permission::JobsRead,
        "ReadLogs" => Permission::JobsReadLogs,
        "GetReceipt" => Permission::JobsRead,
        "ExportReceipt" => Permission::JobsRead,
    }
    "purvey.v1.RegistryService" {
        "PushBundle" => Permission::BundlesPush,
        "PullBundle" => Permission::BundlesRead,
        "SearchBundles" => Permission::BundlesRead,
        "PushPublisher" => Permission::PublishersPush,
        "GetPublisher" => Permission::PublishersRead,
        "ListPublishers" => Permission::PublishersRead,
    }
    "purvey.v1.ServerService" {
        "ListServers" => Permission::ServersRead,
        "GetServer" => Permission::ServersRead,
        "UpdateServer" => Permission::ServersUpdate,
        "EvictServer" => Permission::ServersEvict,
        "BanServer" => Permission::ServersEvict,
        "ConfirmServer" => Permission::ServersConfirm,
        "CreateJoinToken" => Permission::JoinTokensCreate,
        "ListJoinTokens" => Permission::JoinTokensRead,
        "RevokeJoinToken" => Permission::JoinTokensRevoke,
    }
    "grpc.health.v1.Health" {
        "Check" => Permission::Anonymous,
        "List" => Permission::Anonymous,
        "Watch" => Permission::Anonymous,
    }
    "grpc.reflection.v1.ServerReflection" {
        "ServerReflectionInfo" => Permission::Anonymous,
    }
    "grpc.reflection.v1alpha.ServerReflection" {
        "ServerReflectionInfo" => Permission::Anonymous,
    }
}}

methods! { AGENTS: Certificate {
    "purvey.agent.v1.EnrollmentService" {
        "GetTrust" => Certificate::None,
        "Enroll" => Certificate::None,
        "Renew" => Certificate::ValidOrExpired,
    }
    "purvey.agent.v1.AgentService" {
        "PollJobs" => Certificate::Valid,
        "Report" => Certificate::Valid,
        "GetBundle" => Certificate::Valid,
    }
}}

/// What a method of the public API needs; none if there is no such method.
pub fn public(path: &str) -> Option<Permission> {
    find(PUBLIC, path)
}

/// What a method of the agents' protocol needs; none if there is no such method.
pub fn agents(path: &str) -> Option<Certificate> {
    find(AGENTS, path)
}

fn find<T: Copy>(methods: &[(&str, T)], path: &str) -> Option<T> {
    let path = path.strip_prefix('/')?;
    methods.iter().find(|(method, _)| *method == path).map(|(_, need)| *need)
}

/// `docs/reference/permissions.md`.
pub fn reference() -> String {
    let mut text = String::from(
        "# What every method needs\n\nGenerated from `control-plane/src/api/permissions.rs`; a test compares. A method \
         without an entry is not served.\n\n## Public API\n\n`anonymous` needs no credentials. Gateways find out from \
         gRPC health and reflection whether and what is served; both say nothing of the fleet.\n\n\
         | method | permission | least role |\n| --- | --- | --- |\n",
    );
    for (method, permission) in PUBLIC {
        let role = if *permission == Permission::Anonymous { "-" } else { permission.least_role().as_str() };
        text.push_str(&format!("| `{method}` | `{}` | {role} |\n", permission.as_str()));
    }
    text.push_str(
        "\n## Agents' protocol\n\nThe caller is who the client certificate says. What it may see follows from that alone.\
         \n\n| method | certificate |\n| --- | --- |\n",
    );
    for (method, certificate) in AGENTS {
        let needed = match certificate {
            Certificate::None => "none",
            Certificate::ValidOrExpired => "valid, or expired within 30 days and a signed challenge",
            Certificate::Valid => "valid",
        };
        text.push_str(&format!("| `{method}` | {needed} |\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;

    fn described() -> Vec<String> {
        let set = descriptors();
        let mut methods = Vec::new();
        for file in set.file {
            let package = file.package().to_owned();
            for service in &file.service {
                methods.extend(
                    service.method.iter().map(|m| format!("{package}.{}/{}", service.name(), m.name())),
                );
            }
        }
        methods.sort();
        methods
    }

    fn descriptors() -> prost_types::FileDescriptorSet {
        prost_types::FileDescriptorSet::decode(purvey_proto::v1::DESCRIPTORS).unwrap()
    }

    #[test]
    fn every_method_of_the_public_api_declares_its_permission() {
        let mut declared: Vec<String> = PUBLIC
            .iter()
            .map(|(method, _)| (*method).to_owned())
            .filter(|method| method.starts_with("purvey."))
            .collect();
        declared.sort();
        assert_eq!(declared, described());
    }

    #[test]
    fn every_method_of_the_agents_protocol_declares_its_certificate() {
        let mut from_protos = Vec::new();
        for (service, proto) in [
            ("AgentService", include_str!("../../../proto/purvey/agent/v1/agent_service.proto")),
            ("EnrollmentService", include_str!("../../../proto/purvey/agent/v1/enrollment_service.proto")),
        ] {
            let methods =
                proto.lines().filter_map(|line| line.trim().strip_prefix("rpc ")?.split('(').next());
            from_protos.extend(methods.map(|method| format!("purvey.agent.v1.{service}/{method}")));
        }
        let mut declared: Vec<String> = AGENTS.iter().map(|(method, _)| (*method).to_owned()).collect();
        from_protos.sort();
        declared.sort();
        assert_eq!(declared, from_protos);
    }

    #[test]
    fn the_reference_is_up_to_date() {
        crate::config::tests::golden("permissions.md", &reference());
    }

    #[test]
    fn a_path_is_found_whole_only() {
        assert_eq!(public("/purvey.v1.AppService/ListApps"), Some(Permission::AppsRead));
        assert_eq!(public("/purvey.v1.AppService/ListApps/"), None);
        assert_eq!(public("purvey.v1.AppService/ListApps"), None);
        assert_eq!(agents("/purvey.agent.v1.EnrollmentService/Renew"), Some(Certificate::ValidOrExpired));
    }
}
