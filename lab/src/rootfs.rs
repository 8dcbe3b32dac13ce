//! The root file system that all servers share, made once and kept in the cache of this user.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::apt::{HostApt, SUITE};
use crate::command::tail;
use crate::error::{Doing as _, LabError};
use crate::leash::{Leash, Spec};
use crate::paths;

/// Raised when something below changes that the arguments of `mmdebstrap` do not show.
const VERSION: u32 = 1;

/// What a small real server has. No man page is left out: some packages' scripts fail without the folders.
const PACKAGES: &str =
    "systemd,systemd-sysv,dbus,iproute2,ca-certificates,curl,procps,kmod,apt-utils,libpam-systemd,netbase";

/// Makes it a server that may be started many times over: no name, no identity and no name service of its own, UTC, and
/// no timer that runs apt behind a test's back.
const CUSTOMIZE: &str = r#"set -e
rm -f "$1/etc/hostname"
: > "$1/etc/machine-id"
rm -f "$1/etc/resolv.conf"
: > "$1/etc/resolv.conf"
ln -sf /usr/share/zoneinfo/Etc/UTC "$1/etc/localtime"
echo Etc/UTC > "$1/etc/timezone"
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer; do
  ln -sf /dev/null "$1/etc/systemd/system/$unit"
done"#;

/// The root file system, and the lock that keeps it from being removed meanwhile.
#[derive(Debug)]
pub(crate) struct RootFs {
    pub(crate) path: PathBuf,
    _in_use: File,
}

/// The arguments of `mmdebstrap` but for the target.
fn recipe(apt: &HostApt) -> Vec<String> {
    let mut args =
        vec!["--variant=minbase".to_owned(), "--mode=root".to_owned(), format!("--include={PACKAGES}")];
    args.extend(apt.options().iter().map(|it| format!("--aptopt={it}")));
    args.push(format!("--customize-hook={CUSTOMIZE}"));
    args
}

/// A folder named by everything that decides what the file system holds.
fn place(apt: &HostApt) -> PathBuf {
    let mut text = format!("{VERSION}\n{}\n{SUITE}\n", std::env::consts::ARCH);
    for line in recipe(apt).iter().chain(&apt.sources_list()) {
        text.push_str(line);
        text.push('\n');
    }
    let hash = crate::proxy::hex(&Sha256::digest(&text));
    paths::cache().join(format!("rootfs-{}", &hash[..16]))
}

/// Whether the next lab finds its root file system made. Making it takes about 40 seconds.
///
/// # Errors
/// The settings of apt cannot be read.
pub async fn is_cached() -> Result<bool, LabError> {
    Ok(place(&HostApt::read().await?).join("root").is_dir())
}

/// What the servers' root file system is: by its recipe, and by the packages that were there when it was made. None if it
/// is not made yet.
///
/// # Errors
/// The settings of apt cannot be read.
pub async fn digest() -> Result<Option<String>, LabError> {
    let place = place(&HostApt::read().await?);
    let Ok(packages) = fs::read(place.join("root/var/lib/dpkg/status")) else { return Ok(None) };
    let mut hash = Sha256::new();
    hash.update(place.as_os_str().as_encoded_bytes());
    hash.update(packages);
    Ok(Some(crate::proxy::hex(&hash.finalize())))
}

/// Finds or makes it. Only one process makes it; others wait.
pub(crate) async fn prepare(apt: &HostApt, http_proxy: &str) -> Result<RootFs, LabError> {
    let place = place(apt);
    let root = place.join("root");
    fs::create_dir_all(paths::cache())
        .doing::<LabError>(|| format!("making {}", paths::cache().display()))?;
    loop {
        let lock = open_lock(&place)?;
        if root.is_dir() {
            wait_for(|| lock.try_lock_shared()).await?;
            // Another process may have removed it as out of date just before we had the lock.
            if root.is_dir() {
                return Ok(RootFs { path: root, _in_use: lock });
            }
        } else {
            wait_for(|| lock.try_lock()).await?;
            if !root.is_dir() {
                build(&place, apt, http_proxy).await?;
                remove_outdated(&place);
            }
        }
    }
}

async fn build(place: &Path, apt: &HostApt, http_proxy: &str) -> Result<(), LabError> {
    let partial = place.with_extension("partial");
    remove_tree(&partial)?;
    fs::create_dir_all(&partial).doing::<LabError>(|| format!("making {}", partial.display()))?;
    tracing::info!(folder = %place.display(), "making the servers' root file system, which takes about a minute");

    let log_path = place.with_extension("log");
    let log = OpenOptions::new().create(true).write(true).truncate(true).open(&log_path);
    let log = log.doing::<LabError>(|| format!("writing {}", log_path.display()))?;
    // A process namespace of its own, so that nothing of the build survives its head.
    let mut argv: Vec<OsString> =
        ["setpriv", "--pdeathsig=KILL", "unshare", "--pid", "--fork", "--kill-child=KILL"]
            .into_iter()
            .chain(["--mount", "--mount-proc", "env", "LC_ALL=C.UTF-8"])
            .map(OsString::from)
            .collect();
    argv.push(format!("http_proxy={http_proxy}").into());
    // What it leaves in its temporary folder when it is killed goes with the rest.
    let temporary = partial.join("tmp");
    fs::create_dir(&temporary)
        .and_then(|()| fs::set_permissions(&temporary, Permissions::from_mode(0o1777)))
        .doing::<LabError>(|| format!("making {}", temporary.display()))?;
    argv.push([OsStr::new("TMPDIR="), temporary.as_os_str()].into_iter().collect());
    argv.push("mmdebstrap".into());
    argv.extend(recipe(apt).into_iter().map(OsString::from));
    argv.extend([SUITE.into(), partial.join("root").into_os_string()]);
    argv.extend(apt.sources_list().into_iter().map(OsString::from));
    let grace = Duration::from_secs(1);
    let mut leash =
        Leash::spawn(Spec { argv, first_signal: "KILL", grace, folder: Some(&partial), shm_file: None, log })
            .doing::<LabError>(|| "starting mmdebstrap".to_owned())?;
    let status = loop {
        if let Some(status) = leash.try_wait().doing::<LabError>(|| "waiting for mmdebstrap".to_owned())? {
            break status;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    if !status.success() {
        let log = fs::read(&log_path).unwrap_or_default();
        remove_tree(&partial)?;
        let command = format!("mmdebstrap {SUITE} (its whole output is in {})", log_path.display());
        return Err(LabError::Command { command, status: status.to_string(), stderr: tail(&log, 3000) });
    }
    remove_tree(&temporary)?;
    fs::rename(&partial, place).doing(|| format!("putting {} in place", place.display()))
}

fn open_lock(place: &Path) -> Result<File, LabError> {
    let path = place.with_extension("lock");
    let file = OpenOptions::new().create(true).append(true).open(&path);
    file.doing(|| format!("opening {}", path.display()))
}

async fn wait_for(mut lock: impl FnMut() -> Result<(), TryLockError>) -> Result<(), LabError> {
    loop {
        match lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(Duration::from_millis(50)).await,
            Err(TryLockError::Error(source)) => {
                return Err(LabError::Io {
                    what: "locking the cache of root file systems".to_owned(),
                    source,
                });
            }
        }
    }
}

/// Removes those of other recipes that nobody uses.
fn remove_outdated(current: &Path) {
    for entry in fs::read_dir(paths::cache()).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_one = entry.file_name().to_string_lossy().starts_with("rootfs-") && path.extension().is_none();
        if !is_one || path == current {
            continue;
        }
        if let Ok(lock) = open_lock(&path)
            && lock.try_lock().is_ok()
        {
            let _tried = remove_tree(&path);
        }
    }
}

fn remove_tree(path: &Path) -> Result<(), LabError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
    .doing(|| format!("removing {}", path.display()))
}
