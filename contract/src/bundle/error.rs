//! Why something is not a bundle.

use std::path::PathBuf;

use crate::manifest::Problem;

/// Why something is not a bundle. Each kind has a stable code ([`Self::code`]).
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// A file or folder could not be read or written.
    #[error("{} cannot be read or written", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The manifest has problems.
    #[error("{}", lines(.0))]
    Manifest(Vec<Problem>),
    /// There is no manifest.
    #[error("there is no manifest.yml")]
    NoManifest,
    /// Larger than allowed.
    #[error("{what} is larger than allowed: at most {limit}")]
    TooLarge {
        /// What.
        what: String,
        /// The limit, with its unit.
        limit: String,
    },
    /// A path that no file of a bundle may have.
    #[error("{path}: {why}")]
    Path {
        /// The path in the bundle.
        path: String,
        /// What is wrong with it, or what would be right.
        why: &'static str,
    },
    /// Something else than a plain file.
    #[error("{path} is {kind}; only plain files can be in a bundle: no links, devices or sockets")]
    NotAFile {
        /// The path in the bundle.
        path: String,
        /// What it is.
        kind: &'static str,
    },
    /// A path is there twice.
    #[error("{path} is there twice")]
    Twice {
        /// The path in the bundle.
        path: String,
    },
    /// Two names that would be one on some file systems, or a file that is also a folder.
    #[error("{path} and {other} get into each other's way; rename one, by more than its case")]
    Collision {
        /// The path in the bundle.
        path: String,
        /// What was there before.
        other: String,
    },
    /// The archive is cut off or altered.
    #[error("the archive is damaged: {0}")]
    Damaged(#[from] Damage),
    /// Not exactly what packing these files gives.
    #[error("the archive is not in canonical form: {0}; `purvey bundle build` makes it")]
    NotCanonical(#[from] Deviation),
    /// The compressed form does not expand to one archive.
    #[error("the compressed archive is damaged: {0}")]
    Compression(String),
}

/// How an archive is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// It ends too early.
    #[error("it ends too early")]
    Truncated,
    /// A header's checksum is wrong; also what is no tar archive at all.
    #[error("a header's checksum is wrong, or this is no tar archive")]
    Checksum,
}

/// How an archive differs from the canonical one of its files.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Deviation {
    /// The files are not in the order of their paths.
    #[error("{path} comes after {after}")]
    Order {
        /// The file.
        path: String,
        /// What it comes after.
        after: String,
    },
    /// A part of a header.
    #[error("{path}: the {field} is another than packing writes")]
    Header {
        /// The file.
        path: String,
        /// Which part.
        field: &'static str,
    },
    /// The bytes between a file's end and the next block.
    #[error("{path}: the padding is not zero")]
    Padding {
        /// The file.
        path: String,
    },
    /// Something behind the end.
    #[error("there is something behind its end")]
    Trailing,
}

impl BundleError {
    /// Stable, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "BUNDLE_IO",
            Self::Manifest(_) | Self::NoManifest => "BUNDLE_MANIFEST_INVALID",
            Self::TooLarge { .. } => "BUNDLE_TOO_LARGE",
            Self::Path { .. } => "BUNDLE_PATH_INVALID",
            Self::NotAFile { .. } => "BUNDLE_NOT_A_FILE",
            Self::Twice { .. } => "BUNDLE_PATH_TWICE",
            Self::Collision { .. } => "BUNDLE_PATHS_COLLIDE",
            Self::Damaged(_) | Self::Compression(_) => "BUNDLE_DAMAGED",
            Self::NotCanonical(_) => "BUNDLE_NOT_CANONICAL",
        }
    }
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
