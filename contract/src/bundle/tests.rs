use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::*;

const MANIFEST: &str = "id: tiny\nname: Tiny\nversion: 1.0.0\ninstall_script: install.sh\n";

fn folder(files: &[(&str, &str, u32)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, contents, mode) in files {
        put(folder.path(), path, contents.as_bytes(), *mode);
    }
    folder
}

fn put(folder: &Path, path: &str, contents: &[u8], mode: u32) {
    let at = folder.join(path);
    fs::create_dir_all(at.parent().unwrap()).unwrap();
    fs::write(&at, contents).unwrap();
    fs::set_permissions(&at, fs::Permissions::from_mode(mode)).unwrap();
}

fn tiny() -> tempfile::TempDir {
    folder(&[
        ("manifest.yml", MANIFEST, 0o644),
        ("install.sh", "#!/bin/bash\nexit 0\n", 0o755),
        ("files/site.conf", "x\n", 0o600),
        ("tests/check.sh", "left out", 0o755),
        ("lifecycle.yml", "left out", 0o644),
        ("README.md", "left out", 0o644),
        (".hidden", "left out", 0o644),
        ("files/.git/x", "left out", 0o644),
    ])
}

#[test]
fn the_digest_of_a_known_folder_never_changes() {
    let bundle = build(tiny().path(), None).unwrap();
    assert_eq!(bundle.archive.len(), 4096);
    assert_eq!(bundle.digest.to_string(), "0122ad5e3061d1d5978da54ba99186488c191993fd6f5d2fd1376367a8b8bc86");
    let files = bundle.files().unwrap();
    assert_eq!(files.keys().collect::<Vec<_>>(), ["files/site.conf", "install.sh", "manifest.yml"]);
    assert!(files["install.sh"].executable && !files["files/site.conf"].executable);
}

#[test]
fn attributes_that_mean_nothing_do_not_change_the_digest() {
    let (one, two) = (tiny(), tiny());
    fs::set_permissions(two.path().join("install.sh"), fs::Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(two.path().join("files/site.conf"), fs::Permissions::from_mode(0o666)).unwrap();
    fs::create_dir(two.path().join("empty")).unwrap();
    assert_eq!(build(one.path(), None).unwrap().digest, build(two.path(), None).unwrap().digest);
    fs::set_permissions(two.path().join("install.sh"), fs::Permissions::from_mode(0o644)).unwrap();
    assert_ne!(build(one.path(), None).unwrap().digest, build(two.path(), None).unwrap().digest);
}

#[test]
fn names_that_differ_in_case_only_are_refused_folders_too() {
    for (one, other) in [("README", "readme"), ("files/a", "Files/b"), ("x/Y/z", "x/y"), ("a", "a/b")] {
        let file = File { contents: Vec::new(), executable: false };
        let mut files = build(tiny().path(), None).unwrap().files().unwrap();
        files.insert(one.to_owned(), file.clone());
        files.insert(other.to_owned(), file);
        let packed = pack(&files);
        assert!(matches!(packed, Err(BundleError::Collision { .. })), "{one} {other}: {packed:?}");
    }
}

#[test]
fn neither_times_nor_links_nor_the_order_of_making_change_the_digest() {
    let reference = build(tiny().path(), None).unwrap().digest;
    // The same files made in another order, one of them a hard link, one by way of another name, with an old time.
    let app = folder(&[("files/other", "x\n", 0o640), ("manifest.yml", MANIFEST, 0o600)]);
    fs::rename(app.path().join("files/other"), app.path().join("files/site.conf")).unwrap();
    put(app.path(), "outside.sh", b"#!/bin/bash\nexit 0\n", 0o700);
    fs::hard_link(app.path().join("outside.sh"), app.path().join("install.sh")).unwrap();
    fs::remove_file(app.path().join("outside.sh")).unwrap();
    fs::hard_link(app.path().join("install.sh"), app.path().join(".outside")).unwrap();
    let old = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    let file = fs::File::options().write(true).open(app.path().join("manifest.yml")).unwrap();
    file.set_modified(old).unwrap();
    assert_eq!(build(app.path(), None).unwrap().digest, reference);
}

#[test]
fn other_archivers_read_what_was_packed() {
    let app = tiny();
    let long = format!("{}/{}", "a".repeat(99), "b".repeat(99));
    put(app.path(), &long, b"long", 0o644);
    let bundle = build(app.path(), None).unwrap();
    let mut files = Files::new();
    for entry in tar::Archive::new(bundle.archive.as_slice()).entries().unwrap() {
        let mut entry = entry.unwrap();
        let (mode, path) = (entry.header().mode().unwrap(), entry.path().unwrap().display().to_string());
        assert_eq!((entry.header().uid().unwrap(), entry.header().mtime().unwrap()), (0, 0));
        let mut contents = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut contents).unwrap();
        files.insert(path, File { contents, executable: mode == 0o755 });
    }
    assert_eq!(files, bundle.files().unwrap());
}

#[test]
fn what_was_built_opens_and_unpacks() {
    let bundle = build(tiny().path(), None).unwrap();
    let opened = open(bundle.archive.clone()).unwrap();
    assert_eq!((opened.digest, &opened.manifest), (bundle.digest, &bundle.manifest));
    let into = tempfile::tempdir().unwrap();
    unpack(&opened, into.path()).unwrap();
    let mode = |path: &str| fs::metadata(into.path().join(path)).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode("install.sh"), mode("files/site.conf"), mode("files")), (0o555, 0o444, 0o755));
    assert_eq!(fs::read_to_string(into.path().join("manifest.yml")).unwrap(), MANIFEST);
    assert!(matches!(unpack(&opened, into.path()), Err(BundleError::Io { .. })), "not empty any more");
}

#[test]
fn the_shell_library_comes_along_as_lib() {
    let lib = folder(&[("log.sh", "x", 0o644), ("README.md", "x", 0o644), ("tests/a.sh", "x", 0o644)]);
    let app = tiny();
    let bundle = build(app.path(), Some(lib.path())).unwrap();
    assert!(bundle.files().unwrap().contains_key("lib/log.sh"));
    assert_eq!(bundle.files().unwrap().len(), 4);
    put(app.path(), "lib/log.sh", b"mine", 0o644);
    assert!(matches!(build(app.path(), Some(lib.path())), Err(BundleError::Collision { .. })));
}

#[test]
fn links_and_strange_names_are_refused() {
    let app = tiny();
    symlink("/etc/passwd", app.path().join("passwd")).unwrap();
    let error = build(app.path(), None).unwrap_err().to_string();
    assert_eq!(
        error,
        "passwd is a symbolic link; only plain files can be in a bundle: no links, devices or sockets"
    );
    for name in ["a b", "-x", "a\nb", "é", "a:b"] {
        let app = tiny();
        put(app.path(), name, b"", 0o644);
        assert!(matches!(build(app.path(), None), Err(BundleError::Path { .. })), "{name}");
    }
}

#[test]
fn a_file_that_the_manifest_names_must_be_there() {
    let app = folder(&[("manifest.yml", MANIFEST, 0o644)]);
    let error = build(app.path(), None).unwrap_err().to_string();
    assert_eq!(
        error,
        "manifest.yml:4:1: install_script: there is no file `install.sh` in the bundle; add it or correct the path"
    );
    let app = folder(&[("install.sh", "", 0o755)]);
    assert!(matches!(build(app.path(), None), Err(BundleError::NoManifest)));
}

#[test]
fn sizes_counts_and_depths_are_bounded() {
    let app = tiny();
    put(app.path(), "big", &vec![0; MAX_FILE_BYTES + 1], 0o644);
    assert!(matches!(build(app.path(), None), Err(BundleError::TooLarge { .. })));
    let app = tiny();
    put(app.path(), "one", &vec![0; MAX_FILE_BYTES], 0o644);
    put(app.path(), "two", &vec![0; MAX_FILE_BYTES], 0o644);
    assert!(matches!(build(app.path(), None), Err(BundleError::TooLarge { .. })));
    let app = tiny();
    put(app.path(), "1/2/3/4/5/6/7/8/9", b"", 0o644);
    assert!(matches!(build(app.path(), None), Err(BundleError::Path { .. })));
    let app = tiny();
    for n in 0..MAX_FILES {
        fs::write(app.path().join(format!("f{n}")), "").unwrap();
    }
    assert!(matches!(build(app.path(), None), Err(BundleError::TooLarge { .. })));
    assert!(matches!(open(vec![0; MAX_ARCHIVE_BYTES + 1]), Err(BundleError::TooLarge { .. })));
}

#[test]
fn a_long_path_is_kept_whole() {
    let app = tiny();
    let long = format!("{}/{}", "a".repeat(99), "b".repeat(99));
    put(app.path(), &long, b"x", 0o644);
    let bundle = build(app.path(), None).unwrap();
    assert!(open(bundle.archive).unwrap().files().unwrap().contains_key(&long));
}

#[test]
fn every_shipped_app_builds_to_the_same_digest_twice() {
    let installers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../installers");
    let lib = installers.join("lib");
    let mut apps = 0;
    for entry in fs::read_dir(&installers).unwrap() {
        let app = entry.unwrap().path();
        if !app.join("manifest.yml").exists() {
            continue;
        }
        let one = build(&app, Some(&lib)).unwrap_or_else(|error| panic!("{}: {error}", app.display()));
        let two = build(&app, Some(&lib)).unwrap();
        assert_eq!(one.digest, two.digest);
        assert_eq!(open(one.archive).unwrap().digest, two.digest);
        assert_eq!(one.manifest.remarks, []);
        assert_eq!(app.file_name().unwrap().to_str(), Some(one.manifest.id.as_str()));
        apps += 1;
    }
    assert!(apps > 0);
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn one_changed_byte_never_opens_as_the_same_bundle(at in 0_usize..4096, with in any::<u8>()) {
            let bundle = build(tiny().path(), None).unwrap();
            let mut archive = bundle.archive.clone();
            archive[at] = with;
            let changed = archive != bundle.archive;
            if let Ok(opened) = open(archive) {
                prop_assert_eq!(changed, opened.digest != bundle.digest);
                prop_assert_eq!(changed, opened.files().unwrap() != bundle.files().unwrap());
            }
        }

        #[test]
        fn any_files_come_back_and_give_one_digest(
            more in prop::collection::btree_map("[a-z]{1,3}(/[a-z0-9._+@]{0,4}[a-z]){0,3}", (prop::collection::vec(any::<u8>(), 0..1500), any::<bool>()), 0..12),
        ) {
            let mut files = build(tiny().path(), None).unwrap().files().unwrap();
            files.extend(more.into_iter().map(|(path, (contents, executable))| (path, File { contents, executable })));
            if let Ok(bundle) = pack(&files) {
                let opened = open(bundle.archive.clone()).unwrap();
                prop_assert_eq!(opened.files().unwrap(), files);
                prop_assert_eq!(opened.digest, bundle.digest);
            }
        }

        #[test]
        fn no_header_is_too_strange_to_be_judged(
            at in 0_usize..512, with in prop::collection::vec(any::<u8>(), 1..64), cut in 0_usize..4096,
        ) {
            let mut archive = build(tiny().path(), None).unwrap().archive;
            let end = (at + with.len()).min(512);
            archive[at..end].copy_from_slice(&with[..end - at]);
            // With a good checksum, so that what lies behind it is reached.
            archive[148..156].fill(b' ');
            let sum: u32 = archive[..512].iter().map(|byte| u32::from(*byte)).sum();
            archive[148..156].copy_from_slice(format!("{sum:07o}\0").as_bytes());
            let good = build(tiny().path(), None).unwrap().archive == archive;
            prop_assert_eq!(open(archive.clone()).is_ok(), good);
            archive.truncate(cut);
            prop_assert!(open(archive).is_err());
        }

        #[test]
        fn no_bytes_are_too_strange_to_be_judged(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
            prop_assert!(open(bytes).is_err());
        }
    }
}
