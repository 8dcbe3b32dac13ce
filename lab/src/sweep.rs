//! The register of labs on this machine, and the removal of what dead owners left.
//!
//! Each lab has a folder below `/run/purvey-lab`, named by its id, which is part of the name of everything that it
//! makes. The folder goes last, so whatever is left can be found.

use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Doing as _, LabError};
use crate::guard::tear_down;
use crate::paths::RUN;
use crate::process::{ProcessId, until};

/// How long a guard may take to tidy up after its owner before somebody else does.
const GUARD_LIMIT: Duration = Duration::from_secs(15);

/// What is written down about a lab, in its folder.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) owner: ProcessId,
    pub(crate) guard: Option<ProcessId>,
    /// The third octet's index of its network in 198.18.0.0/15.
    pub(crate) network: Option<u16>,
}

/// Held while the register is read and changed as a whole.
#[derive(Debug)]
pub(crate) struct Register(#[expect(dead_code, reason = "the lock lasts as long as the open file")] File);

impl Register {
    pub(crate) async fn lock() -> Result<Self, LabError> {
        loop {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(RUN);
            made.doing::<LabError>(|| format!("making {RUN}"))?;
            let Ok(folder) = File::open(RUN) else { continue };
            while let Err(busy) = folder.try_lock() {
                if let fs::TryLockError::Error(source) = busy {
                    return Err(LabError::Io { what: format!("locking {RUN}"), source });
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            // The last lab to go takes the folder with it, under this lock.
            let same = |now: fs::Metadata| folder.metadata().is_ok_and(|it| it.ino() == now.ino());
            if fs::metadata(RUN).is_ok_and(same) {
                return Ok(Self(folder));
            }
        }
    }

    /// All labs that there are, those of dead owners too.
    pub(crate) fn entries(&self) -> Vec<(String, Option<Entry>)> {
        let folders = fs::read_dir(RUN).into_iter().flatten().flatten();
        let folders = folders.filter(|it| it.file_type().is_ok_and(|it| it.is_dir()));
        let ids = folders.map(|it| it.file_name().to_string_lossy().into_owned());
        ids.map(|id| (id.clone(), read(&id))).collect()
    }

    /// Makes the folder of a new lab. `false` when the id is taken.
    pub(crate) fn enter(&self, id: &str, work: &Path, entry: &Entry) -> Result<bool, LabError> {
        let folder = folder(id);
        match DirBuilder::new().mode(0o700).create(&folder) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Ok(false),
            made => made.doing::<LabError>(|| format!("making {}", folder.display()))?,
        }
        let work = work.as_os_str().as_encoded_bytes();
        fs::write(folder.join("work"), work)
            .doing::<LabError>(|| format!("writing to {}", folder.display()))?;
        self.update(id, entry)?;
        Ok(true)
    }

    pub(crate) fn update(&self, id: &str, entry: &Entry) -> Result<(), LabError> {
        let (new, path) = (folder(id).join("owner.json.new"), folder(id).join("owner.json"));
        let text = serde_json::to_vec(entry).map_err(std::io::Error::from);
        text.and_then(|it| fs::write(&new, it))
            .and_then(|()| fs::rename(&new, &path))
            .doing(|| format!("writing {}", path.display()))
    }
}

/// The folder of a lab's state.
pub(crate) fn folder(id: &str) -> PathBuf {
    Path::new(RUN).join(id)
}

fn read(id: &str) -> Option<Entry> {
    serde_json::from_slice(&fs::read(folder(id).join("owner.json")).ok()?).ok()
}

/// Removes what labs of dead owners left on this machine, and answers their ids. [`crate::Lab::open`] does it first.
///
/// # Errors
/// [`LabError::Teardown`] when something resists; the others are removed all the same.
pub async fn sweep() -> Result<Vec<String>, LabError> {
    if !Path::new(RUN).exists() {
        return Ok(Vec::new());
    }
    let entries = Register::lock().await?.entries();
    let dead: Vec<_> = entries
        .into_iter()
        .filter(|(_, entry)| entry.as_ref().is_none_or(|it| !it.owner.is_alive()))
        .collect();
    let mut swept = Vec::new();
    let mut outcome = Ok(());
    for (id, entry) in dead {
        let guard = entry.and_then(|it| it.guard);
        until(GUARD_LIMIT, || !guard.is_some_and(ProcessId::is_alive)).await;
        if !folder(&id).exists() {
            continue;
        }
        tracing::info!(lab.id = id, "removing what a dead owner left");
        match tear_down(&id).await {
            Ok(()) => swept.push(id),
            Err(error) => outcome = Err(error),
        }
    }
    outcome.map(|()| swept)
}
