//! Who may do what. Verbs ask [`crate::ctx::Ctx::authorize`] after loading the resource; nothing else decides.

use purvey_contract::id::{ProjectUid, ServerUid};

/// What a verb needs on a resource. Named like `installs.create`.
macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident => $text:literal, $least:ident;)*) => {
        /// What a caller may be allowed to do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Permission { $($(#[$doc])* $name,)* }

        impl Permission {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name, such as `installs.create`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The least role that has it.
            pub fn least_role(self) -> Role {
                match self { $(Self::$name => Role::$least,)* }
            }
        }
    };
}

permissions! {
    /// See the catalogue.
    AppsRead => "apps.read", Viewer;
    /// See bundles and take copies of them.
    BundlesRead => "bundles.read", Viewer;
    /// Put bundles into the catalogue.
    BundlesPush => "bundles.push", Operator;
    /// See publishers and their documents.
    PublishersRead => "publishers.read", Viewer;
    /// Pass on newer documents of publishers that are known.
    PublishersPush => "publishers.push", Operator;
    /// Make publishers known.
    PublishersTrust => "publishers.trust", Admin;
    /// See servers.
    ServersRead => "servers.read", Viewer;
    /// Change servers' labels.
    ServersUpdate => "servers.update", Operator;
    /// End a server's identity.
    ServersEvict => "servers.evict", Operator;
    /// Let a server that was enrolled again have secrets.
    ServersConfirm => "servers.confirm", Operator;
    /// See join tokens, without their secrets.
    JoinTokensRead => "joinTokens.read", Operator;
    /// Make join tokens.
    JoinTokensCreate => "joinTokens.create", Operator;
    /// Revoke join tokens.
    JoinTokensRevoke => "joinTokens.revoke", Operator;
    /// See installs.
    InstallsRead => "installs.read", Viewer;
    /// Make installs.
    InstallsCreate => "installs.create", Developer;
    /// Change installs.
    InstallsUpdate => "installs.update", Developer;
    /// Remove installs.
    InstallsDelete => "installs.delete", Developer;
    /// Have installs verified.
    InstallsVerify => "installs.verify", Developer;
    /// Have installs backed up.
    InstallsBackup => "installs.backup", Developer;
    /// Have installs restored.
    InstallsRestore => "installs.restore", Operator;
    /// See jobs and receipts.
    JobsRead => "jobs.read", Viewer;
    /// Read jobs' output.
    JobsReadLogs => "jobs.readLogs", Viewer;
    /// Cancel jobs.
    JobsCancel => "jobs.cancel", Developer;
    /// Retry jobs.
    JobsRetry => "jobs.retry", Developer;
    /// See API keys, without their secrets.
    ApiKeysRead => "apiKeys.read", Admin;
    /// Make API keys.
    ApiKeysCreate => "apiKeys.create", Admin;
    /// Revoke API keys.
    ApiKeysRevoke => "apiKeys.revoke", Admin;
    /// Know who one is.
    WhoAmI => "identity.whoAmI", Viewer;
    /// What only the peer's own certificate allows: an agent's verbs on its own server.
    AgentSelf => "agent.self", Admin;
    /// Nothing is needed: the method proves by itself.
    Anonymous => "anonymous", Viewer;
}

/// A bundle of permissions, each containing the ones below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Sees.
    Viewer,
    /// Also changes installs.
    Developer,
    /// Also changes servers.
    Operator,
    /// Also changes who may do what.
    Admin,
}

impl Role {
    /// All of them, least first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Developer, Self::Operator, Self::Admin];

    /// The name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Developer => "developer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    /// The role of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }

    /// What the role may do.
    pub fn permissions(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.has(*permission))
    }

    fn has(self, permission: Permission) -> bool {
        !matches!(permission, Permission::AgentSelf | Permission::Anonymous)
            && permission.least_role() <= self
    }
}

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A service account's API key.
    ApiKey {
        /// The key's id.
        id: String,
        /// What it may do.
        role: Role,
        /// Where; none means everywhere.
        project: Option<ProjectUid>,
    },
    /// Whoever holds the bootstrap token: may make the first admin key, and nothing else.
    Bootstrap,
    /// An agent, by its certificate.
    Agent {
        /// Its server.
        server: ServerUid,
        /// Which enrolment of it.
        incarnation: u32,
    },
    /// The control plane itself.
    System,
}

impl Principal {
    /// The name in audit rows and `requested_by`.
    pub fn name(&self) -> String {
        match self {
            Self::ApiKey { id, .. } => format!("key:{id}"),
            Self::Bootstrap => "bootstrap".to_owned(),
            Self::Agent { server, .. } => format!("server:{server}"),
            Self::System => "system".to_owned(),
        }
    }

    /// What it may do somewhere.
    pub fn permissions(&self) -> Vec<Permission> {
        match self {
            Self::ApiKey { role, .. } => role.permissions().collect(),
            Self::Bootstrap => vec![Permission::ApiKeysCreate, Permission::WhoAmI],
            Self::Agent { .. } => vec![Permission::AgentSelf],
            Self::System => Permission::ALL.to_vec(),
        }
    }

    /// The decision.
    pub(crate) fn may(&self, permission: Permission, scope: Scope) -> bool {
        match self {
            Self::ApiKey { role, project, .. } => {
                role.has(permission)
                    && match scope {
                        Scope::Project(wanted) => project.is_none_or(|own| own == wanted),
                        Scope::Fleet => project.is_none() || permission.least_role() == Role::Viewer,
                    }
            }
            Self::Bootstrap => matches!(permission, Permission::ApiKeysCreate | Permission::WhoAmI),
            Self::Agent { .. } => permission == Permission::AgentSelf,
            Self::System => true,
        }
    }
}

/// Where a resource belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// To a project.
    Project(ProjectUid),
    /// To no project: the catalogue, keys.
    Fleet,
}

/// Anything that a verb can be authorised on.
pub trait Resource {
    /// Where it belongs.
    fn scope(&self) -> Scope;
    /// What audit rows and denials call it, such as `install web-1/nginx`.
    fn describe(&self) -> String;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(role: Role, project: Option<ProjectUid>) -> Principal {
        Principal::ApiKey { id: "k".to_owned(), role, project }
    }

    #[test]
    fn a_role_has_what_lower_roles_have() {
        for pair in Role::ALL.windows(2) {
            let (low, high) = (pair[0], pair[1]);
            assert!(low.permissions().all(|permission| high.has(permission)));
        }
        assert!(!Role::Viewer.has(Permission::InstallsCreate));
        assert!(!Role::Admin.has(Permission::AgentSelf));
    }

    #[test]
    fn a_key_of_one_project_acts_in_that_project_only() {
        let (own, other) = (ProjectUid(uuid::Uuid::from_u128(1)), ProjectUid(uuid::Uuid::from_u128(2)));
        let bound = key(Role::Admin, Some(own));
        assert!(bound.may(Permission::InstallsCreate, Scope::Project(own)));
        assert!(!bound.may(Permission::InstallsCreate, Scope::Project(other)));
        assert!(!bound.may(Permission::ApiKeysCreate, Scope::Fleet));
        assert!(bound.may(Permission::AppsRead, Scope::Fleet));
        assert!(key(Role::Admin, None).may(Permission::InstallsCreate, Scope::Project(other)));
    }

    #[test]
    fn the_bootstrap_token_makes_keys_and_nothing_else() {
        for permission in Permission::ALL {
            let allowed = Principal::Bootstrap.may(*permission, Scope::Fleet);
            assert_eq!(allowed, matches!(permission, Permission::ApiKeysCreate | Permission::WhoAmI));
        }
    }
}
