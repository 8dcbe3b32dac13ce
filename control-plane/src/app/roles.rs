//! What one replica does of all that a control plane does.

use std::str::FromStr;

/// A part of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Serves people and programs.
    Api,
    /// Serves agents.
    Agents,
    /// Mends what time brings: leases that end, partitions, trimming.
    Reconcile,
    /// Takes bundles into the catalogue.
    Registry,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Api, Self::Agents, Self::Reconcile, Self::Registry];

    /// The name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Agents => "agents",
            Self::Reconcile => "reconcile",
            Self::Registry => "registry",
        }
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|role| role.as_str() == text);
        known.ok_or_else(|| format!("`{text}` is none of api, agents, reconcile, registry"))
    }
}

/// The roles of a replica: all, unless some are named.
#[derive(Clone, Debug)]
pub struct Roles(Vec<Role>);

impl Default for Roles {
    fn default() -> Self {
        Self(Role::ALL.to_vec())
    }
}

impl From<Vec<Role>> for Roles {
    fn from(roles: Vec<Role>) -> Self {
        if roles.is_empty() { Self::default() } else { Self(roles) }
    }
}

impl Roles {
    /// Whether a role is among them.
    pub fn has(&self, role: Role) -> bool {
        self.0.contains(&role)
    }
}
