//! What this host must offer: packages for PostgreSQL and for throw-away servers.

use anyhow::Result;
use purvey_lab::requirements::{self, Missing};

use crate::failure::Failure;

/// The packages that are missing; with `servers` also those that boot servers.
pub(crate) fn missing(servers: bool) -> Vec<Missing> {
    let mut missing = requirements::check_postgres();
    let more = if servers { requirements::check() } else { Vec::new() };
    for other in more {
        if !missing.iter().any(|it| it.package == other.package) {
            missing.push(other);
        }
    }
    missing
}

/// Installs them, after saying so with `note`.
///
/// # Errors
/// They may not be installed; with the command that does. Or what apt says.
pub(crate) async fn install(
    missing: &[Missing],
    no_install: bool,
    note: impl FnOnce(&str) -> Result<()>,
) -> Result<()> {
    let named: Vec<String> = missing.iter().map(|it| format!("{} ({})", it.package, it.why)).collect();
    let is_root = rustix::process::geteuid().is_root();
    if no_install || !is_root {
        let command = requirements::install_command(missing);
        let command = if is_root { command } else { format!("sudo sh -c '{command}'") };
        let failure = Failure::usage_with(
            format!("packages are missing: {}", named.join(", ")),
            format!("install them with: {command}"),
        );
        return Err(failure.into());
    }
    note(&format!("installing {}", named.join(", ")))?;
    Ok(requirements::install(missing).await?)
}
