//! Bundles: fetched once, kept as archives, and judged by their digest each time they are used.

use std::fs;
use std::io;
use std::path::PathBuf;

use purvey_contract::bundle::MAX_ARCHIVE_BYTES;
use purvey_contract::id::Digest;
use purvey_proto::agent::GetBundleRequest;
use purvey_proto::agent::agent_service_client::AgentServiceClient;
use tonic::Code;
use tonic::transport::Channel;

use crate::files;
use crate::paths::Paths;

/// How many archives are kept.
const KEPT: usize = 16;

/// Why a bundle could not be had.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The control plane does not serve it to this host.
    #[error("the control plane does not serve the bundle: {0}")]
    NotServed(String),
    /// It is larger than a bundle may be, or not as large as was said.
    #[error("the bundle's archive has a wrong size")]
    Size,
    /// The connection broke. Nothing is said about the bundle.
    #[error("the bundle's transfer broke: {0}")]
    Broken(String),
}

/// Where bundles come from.
pub trait Source: Send {
    /// The archive of that digest, not yet checked.
    fn fetch(&mut self, digest: Digest) -> impl Future<Output = Result<Vec<u8>, FetchError>> + Send;
}

impl Source for AgentServiceClient<Channel> {
    async fn fetch(&mut self, digest: Digest) -> Result<Vec<u8>, FetchError> {
        let judge = |status: tonic::Status| match status.code() {
            Code::NotFound | Code::PermissionDenied | Code::FailedPrecondition | Code::InvalidArgument => {
                FetchError::NotServed(status.message().to_owned())
            }
            _ => FetchError::Broken(status.message().to_owned()),
        };
        let request = GetBundleRequest { digest: digest.0.to_vec(), offset: 0 };
        let mut pieces = self.get_bundle(request).await.map_err(judge)?.into_inner();
        let mut archive = Vec::new();
        let mut size = 0;
        while let Some(piece) = pieces.message().await.map_err(judge)? {
            if archive.is_empty() {
                size = usize::try_from(piece.size).unwrap_or(usize::MAX);
                if size > MAX_ARCHIVE_BYTES {
                    return Err(FetchError::Size);
                }
                archive.reserve_exact(size);
            }
            if archive.len() + piece.data.len() > size {
                return Err(FetchError::Size);
            }
            archive.extend_from_slice(&piece.data);
        }
        if archive.len() == size { Ok(archive) } else { Err(FetchError::Broken("it ended early".to_owned())) }
    }
}

/// The archives that are kept.
#[derive(Clone, Debug)]
pub struct Cache {
    paths: Paths,
}

impl Cache {
    /// The cache of this host.
    pub fn new(paths: Paths) -> Self {
        Self { paths }
    }

    /// The archive, if it is there and still what its name says.
    pub fn get(&self, digest: Digest) -> Option<Vec<u8>> {
        let path = self.paths.bundle(digest);
        let archive = files::read_bounded(&path, MAX_ARCHIVE_BYTES as u64).ok()?;
        if Digest::of(&archive) == digest {
            return Some(archive);
        }
        tracing::warn!(bundle.digest = %digest, "a kept bundle is damaged and is fetched anew");
        let _ = fs::remove_file(path);
        None
    }

    /// Keeps an archive whose digest was checked.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn put(&self, digest: Digest, archive: &[u8]) -> io::Result<()> {
        files::make_folder(&self.paths.bundles(), 0o700)?;
        files::write_atomically(&self.paths.bundle(digest), archive, 0o600)?;
        self.trim()
    }

    fn trim(&self) -> io::Result<()> {
        let mut kept: Vec<(std::time::SystemTime, PathBuf)> = fs::read_dir(self.paths.bundles())?
            .filter_map(|entry| {
                let entry = entry.ok()?;
                Some((entry.metadata().ok()?.modified().ok()?, entry.path()))
            })
            .collect();
        kept.sort_unstable();
        for (_, path) in kept.iter().rev().skip(KEPT) {
            fs::remove_file(path)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_archive_is_not_used_and_old_ones_go() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::under(folder.path().to_owned());
        let cache = Cache::new(paths.clone());
        let digest = Digest::of(b"archive");
        assert_eq!(cache.get(digest), None);
        cache.put(digest, b"archive").unwrap();
        assert_eq!(cache.get(digest).unwrap(), b"archive");
        fs::write(paths.bundle(digest), b"altered").unwrap();
        assert_eq!(cache.get(digest), None);
        assert!(!paths.bundle(digest).exists());
        for number in 0..KEPT + 5 {
            let archive = number.to_string();
            cache.put(Digest::of(archive.as_bytes()), archive.as_bytes()).unwrap();
        }
        assert_eq!(fs::read_dir(paths.bundles()).unwrap().count(), KEPT);
    }
}
