//! The shell library, for apps that do not lie beside it.

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../installers/lib/", $name)))),*]
    };
}

/// Its files: name and text.
pub(super) const FILES: &[(&str, &str)] = files![
    "apt.sh",
    "backups.sh",
    "files.sh",
    "inputs.sh",
    "ledger.sh",
    "ports.sh",
    "purvey.sh",
    "quote.sh",
    "service.sh",
    "tls.sh",
    "users.sh",
];

/// Whether a file of an app's own `lib/` is one of these, unchanged.
pub(crate) fn is_shared(name: &str, text: &str) -> bool {
    FILES.contains(&(name, text))
}
