//! Reads and writes files of a server from outside.
//!
//! Every path is resolved by the kernel as if the server's root were `/` (`openat2` with `RESOLVE_IN_ROOT`), so that a
//! link inside a server, absolute or with `..`, never leads to a file of this machine.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::{Component, Path};

use rustix::fs::{
    AtFlags, CWD, Mode, OFlags, ResolveFlags, fchmod, mkdirat, openat, openat2, renameat, unlinkat,
};
use rustix::io::Errno;

fn open_root(root: &Path) -> io::Result<OwnedFd> {
    Ok(openat(CWD, root, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?)
}

fn inside(root: &OwnedFd, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    openat2(root, path, flags | OFlags::CLOEXEC, Mode::empty(), ResolveFlags::IN_ROOT)
}

/// The whole content of a file.
pub(super) fn read(root: &Path, path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::from(inside(&open_root(root)?, path, OFlags::RDONLY)?);
    let mut content = Vec::new();
    file.read_to_end(&mut content)?;
    Ok(content)
}

/// Puts a file in place at once, with its folders; whoever runs the old one keeps the old one.
pub(super) fn write(root: &Path, path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let root = open_root(root)?;
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let folder = make_folders(&root, path.parent().unwrap_or(Path::new("/")))?;
    let mut partial = std::ffi::OsString::from(".");
    partial.push(name);
    partial.push(".purvey-lab");
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file = File::from(openat(&folder, &partial, flags, Mode::from_raw_mode(0o600))?);
    let put = file
        .write_all(content)
        // After the umask, which is ours and not the server's.
        .and_then(|()| Ok(fchmod(&file, Mode::from_raw_mode(mode))?))
        .and_then(|()| Ok(renameat(&folder, &partial, &folder, name)?));
    if put.is_err() {
        let _gone = unlinkat(&folder, &partial, AtFlags::empty());
    }
    put
}

fn make_folders(root: &OwnedFd, path: &Path) -> io::Result<OwnedFd> {
    let folder = OFlags::PATH | OFlags::DIRECTORY;
    let mut here = Path::new("/").to_owned();
    let mut fd = inside(root, &here, folder)?;
    for component in path.components() {
        let Component::Normal(name) = component else {
            if component == Component::RootDir {
                continue;
            }
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the path must be absolute and without . or ..",
            ));
        };
        here.push(name);
        fd = match inside(root, &here, folder) {
            Err(Errno::NOENT) => {
                match mkdirat(&fd, name, Mode::from_raw_mode(0o755)) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(error) => return Err(error.into()),
                }
                inside(root, &here, folder)?
            }
            opened => opened?,
        };
    }
    Ok(fd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_inside_a_root_do_not_lead_out_of_it() {
        let outside = tempfile::tempdir().unwrap();
        let root = outside.path().join("root");
        std::fs::create_dir_all(root.join("etc")).unwrap();
        std::fs::write(outside.path().join("secret"), "outside").unwrap();
        std::os::unix::fs::symlink(outside.path(), root.join("absolute")).unwrap();
        std::os::unix::fs::symlink("../../../..", root.join("etc/up")).unwrap();
        assert!(read(&root, Path::new("/absolute/secret")).is_err());
        assert!(
            read(&root, &Path::new("/etc/up").join(outside.path().strip_prefix("/").unwrap()).join("secret"))
                .is_err()
        );

        write(&root, Path::new("/etc/up/new"), b"inside", 0o640).unwrap();
        assert_eq!(std::fs::read(root.join("new")).unwrap(), b"inside");
    }

    #[test]
    fn a_file_is_put_in_place_with_its_folders_and_mode() {
        use std::os::unix::fs::PermissionsExt as _;
        let root = tempfile::tempdir().unwrap();
        let path = Path::new("/usr/local/lib/tool/run");
        write(root.path(), path, b"one", 0o755).unwrap();
        write(root.path(), path, b"two", 0o4711).unwrap();
        assert_eq!(read(root.path(), path).unwrap(), b"two");
        let file = root.path().join("usr/local/lib/tool/run");
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o7777, 0o4711);
        assert_eq!(std::fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
        assert!(write(root.path(), Path::new("/a/../b/c"), b"", 0o644).is_err());
    }
}
