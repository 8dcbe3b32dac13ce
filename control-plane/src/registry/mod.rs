//! Bundles and their publishers: how they come into the catalogue, and how agents get them.
//!
//! Persisted: `bundles` and `app_versions`, never changed once written but for a newer statement of the same bundle, and
//! `publisher_documents`. Not persisted: archives that were just asked for.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use purvey_contract::id::{Digest, ServerUid};

use crate::ctx::Ctx;
use crate::error::{Error, retrying};

mod import;
mod intake;
pub mod publishers;
mod search;

pub use import::{Found, ImportError, Imported, folder, import};
pub use intake::{Taken, authorize, push};
pub use publishers::{Publishers, folder as publishers_folder};
pub use search::{Listed, Pulled, by_digest, pull, search};

/// Archives are kept up to this many bytes.
const CACHE_BYTES: usize = 64 * 1024 * 1024;

/// Archives that were asked for, the latest last.
#[derive(Debug, Default)]
pub struct BundleCache {
    kept: Mutex<VecDeque<(Digest, Bytes)>>,
}

impl BundleCache {
    fn find(&self, digest: Digest) -> Option<Bytes> {
        let mut kept = self.lock();
        let at = kept.iter().position(|(of, _)| *of == digest)?;
        let entry = kept.remove(at)?;
        let archive = entry.1.clone();
        kept.push_back(entry);
        Some(archive)
    }

    fn keep(&self, digest: Digest, archive: &Bytes) {
        let mut kept = self.lock();
        kept.retain(|(of, _)| *of != digest);
        kept.push_back((digest, archive.clone()));
        while kept.len() > 1 && kept.iter().map(|(_, archive)| archive.len()).sum::<usize>() > CACHE_BYTES {
            kept.pop_front();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<(Digest, Bytes)>> {
        // At worst an archive is missing after a panic, and is read again.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A bundle's archive, for an agent: only of the server's own live jobs and installs.
///
/// # Errors
/// `NotFound`, also for a bundle that others have.
pub async fn bundle_for_agent(cx: &Ctx, digest: Digest, server: ServerUid) -> Result<Bytes, Error> {
    retrying!(bundle_once(cx, digest, server))
}

async fn bundle_once(cx: &Ctx, digest: Digest, server: ServerUid) -> Result<Bytes, Error> {
    let missing = || Error::not_found("bundle", digest);
    let own = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM jobs WHERE server_uid = $1 AND digest = $2)
               OR EXISTS (SELECT 1 FROM installs WHERE server_uid = $1 AND digest = $2 AND deleted_at IS NULL) AS "own!""#,
        server.0,
        &digest.0,
    )
    .fetch_one(&cx.db)
    .await?;
    if !own {
        return Err(missing());
    }
    archive(cx, digest).await
}

/// A bundle's archive.
async fn archive(cx: &Ctx, digest: Digest) -> Result<Bytes, Error> {
    let missing = || Error::not_found("bundle", digest);
    if let Some(archive) = cx.bundles.find(digest) {
        return Ok(archive);
    }
    let row = sqlx::query!("SELECT archive FROM bundles WHERE digest = $1", &digest.0)
        .fetch_optional(&cx.db)
        .await?;
    let archive = Bytes::from(row.ok_or_else(missing)?.archive);
    cx.bundles.keep(digest, &archive);
    Ok(archive)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_forgets_what_was_not_asked_for_longest() {
        let cache = BundleCache::default();
        let digest = |number: u8| Digest([number; 32]);
        let third = Bytes::from(vec![0; CACHE_BYTES / 3]);
        for number in 1..=3 {
            cache.keep(digest(number), &third);
        }
        assert!(cache.find(digest(1)).is_some());
        cache.keep(digest(4), &third);
        assert!(cache.find(digest(2)).is_none());
        assert!(
            cache.find(digest(1)).is_some()
                && cache.find(digest(3)).is_some()
                && cache.find(digest(4)).is_some()
        );
    }
}
