//! Files that never change under their name, kept on disk and shared by all labs of this user.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll, ready};
use std::time::SystemTime;

use http_body_util::BodyExt as _;
use hyper::Response;
use hyper::body::{Body as HttpBody, Bytes, Frame, Incoming, SizeHint};
use hyper::header::CONTENT_LENGTH;
use sha2::{Digest as _, Sha256};
use tokio::fs::File;
use tokio::io::{AsyncRead as _, AsyncWriteExt as _, ReadBuf};
use tokio::sync::OwnedMutexGuard;

use super::{Body, Failure};

/// The whole cache; the files that were used longest ago go first.
const LIMIT: u64 = 4 << 30;
/// One file; no package of Debian comes near.
const FILE_LIMIT: u64 = 2 << 30;
const CHUNK: usize = 64 << 10;

#[derive(Debug)]
pub(super) struct Cache {
    folder: PathBuf,
    /// One lock for each file that somebody is getting now.
    busy: Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>,
    written: AtomicU64,
}

/// Where one file is or will be. While it lasts, nobody else in this process works on that file.
#[derive(Debug)]
pub(super) struct Place<'a> {
    cache: &'a Cache,
    path: PathBuf,
    _busy: OwnedMutexGuard<()>,
}

/// A whole file, open.
#[derive(Debug)]
pub(super) struct Found {
    file: File,
    length: u64,
}

impl Cache {
    pub(super) fn open(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        shrink(&folder);
        Ok(Self { folder, busy: Mutex::default(), written: AtomicU64::new(0) })
    }

    pub(super) async fn place(&self, url: &str) -> Place<'_> {
        let key = hex(&Sha256::digest(url));
        let lock = {
            let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
            busy.retain(|_, it| it.strong_count() > 0);
            let known = busy.get(&key).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let lock = Arc::default();
                busy.insert(key.clone(), Arc::downgrade(&lock));
                lock
            })
        };
        Place { cache: self, path: self.folder.join(key), _busy: lock.lock_owned().await }
    }
}

impl Place<'_> {
    pub(super) async fn open(&self) -> io::Result<Option<Found>> {
        let file = match File::open(&self.path).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        let file = file.into_std().await;
        // The age that `shrink` goes by.
        let _cosmetic = file.set_modified(SystemTime::now());
        let length = file.metadata()?.len();
        Ok(Some(Found { file: File::from_std(file), length }))
    }

    /// Takes the whole body to disk; the file appears under its name only if it is as long as was promised and has the
    /// digest that its name promises.
    pub(super) async fn fill(
        &self,
        mut body: Incoming,
        length: Option<u64>,
        sha256: Option<&str>,
    ) -> Result<Found, Failure> {
        // Gone by itself if this is cancelled.
        let (file, partial) =
            tempfile::Builder::new().prefix(".partial-").tempfile_in(&self.cache.folder)?.into_parts();
        let mut file = File::from_std(file);
        let (mut got, mut digest) = (0_u64, Sha256::new());
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame?.into_data() else { continue };
            got += data.len() as u64;
            if got > FILE_LIMIT {
                return Err("the file is too large for the package proxy".into());
            }
            digest.update(&data);
            file.write_all(&data).await?;
        }
        file.flush().await?;
        if length.is_some_and(|it| it != got) {
            return Err(format!("the mirror sent {got} of {length:?} bytes").into());
        }
        if sha256.is_some_and(|it| it != hex(&digest.finalize())) {
            return Err("the mirror sent something else than the name promises".into());
        }
        partial.persist(&self.path)?;
        if self.cache.written.fetch_add(got, Ordering::Relaxed) + got > LIMIT / 8 {
            self.cache.written.store(0, Ordering::Relaxed);
            shrink(&self.cache.folder);
        }
        self.open().await?.ok_or_else(|| "the cached file vanished".into())
    }
}

impl Found {
    pub(super) fn response(self) -> Result<Response<Body>, Failure> {
        let length = self.length;
        let mut response = Response::new(self.map_err(Into::into).boxed());
        response.headers_mut().insert(CONTENT_LENGTH, length.into());
        Ok(response)
    }
}

impl HttpBody for Found {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let mut space = vec![0; CHUNK];
        let mut buffer = ReadBuf::new(&mut space);
        match ready!(Pin::new(&mut self.file).poll_read(cx, &mut buffer)) {
            Err(error) => return Poll::Ready(Some(Err(error))),
            Ok(()) if buffer.filled().is_empty() => return Poll::Ready(None),
            Ok(()) => {}
        }
        let read = buffer.filled().len();
        space.truncate(read);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(space)))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}

/// Brings the cache down to its limit, and removes what a killed process left half-written an hour ago.
fn shrink(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let facts = |entry: fs::DirEntry| {
        let metadata = entry.metadata().ok()?;
        Some((metadata.modified().ok()?, metadata.len(), entry.path()))
    };
    let mut files: Vec<_> = entries.filter_map(facts).collect();
    files.sort();
    let mut total: u64 = files.iter().map(|(_, length, _)| length).sum();
    for (modified, length, path) in files {
        let partial = path.file_name().is_some_and(|it| it.to_string_lossy().starts_with('.'));
        let old = modified.elapsed().is_ok_and(|it| it.as_secs() > 3600);
        if (partial && old) || (!partial && total > LIMIT) {
            let _gone = fs::remove_file(&path);
            total -= length;
        }
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}
