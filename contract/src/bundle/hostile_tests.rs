//! Archives that somebody made to do harm, or that another archiver made. Each is refused for what it is.

use super::archive::decode;
use super::*;

const MANIFEST: &[u8] = b"id: tiny\nname: Tiny\nversion: 1.0.0\ninstall_script: install.sh\n";
const SCRIPT: &[u8] = b"#!/bin/bash\n";

type Change = fn(&mut tar::Header);

fn same(_: &mut tar::Header) {}

/// An archive with these entries, each changed by its function after the usual header was made.
fn archive(entries: &[(&str, &[u8], Change)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, contents, change) in entries {
        let mut header = tar::Header::new_ustar();
        header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_size(contents.len() as u64);
        header.set_entry_type(tar::EntryType::Regular);
        change(&mut header);
        header.set_cksum();
        builder.append(&header, *contents).unwrap();
    }
    builder.into_inner().unwrap()
}

/// The script's entry changed so, and a good manifest behind it.
fn with(change: Change) -> Vec<u8> {
    archive(&[("install.sh", SCRIPT, change), ("manifest.yml", MANIFEST, same)])
}

/// An entry of that path, and a good script and manifest behind it.
fn with_path(path: &str) -> Vec<u8> {
    archive(&[(path, SCRIPT, same), ("install.sh", SCRIPT, same), ("manifest.yml", MANIFEST, same)])
}

fn refusal(archive: Vec<u8>) -> BundleError {
    match open(archive) {
        Ok(bundle) => panic!("a hostile archive was opened: {}", bundle.digest),
        Err(error) => error,
    }
}

fn assert_kind(archive: Vec<u8>, kind: &str) {
    let error = refusal(archive);
    assert!(matches!(&error, BundleError::NotAFile { kind: found, .. } if *found == kind), "{kind}: {error}");
}

fn assert_path(path: &str) {
    let error = refusal(with_path(path));
    assert!(matches!(error, BundleError::Path { .. }), "{path}: {error}");
}

fn assert_field(archive: Vec<u8>, field: &str) {
    let error = refusal(archive);
    assert!(
        matches!(&error, BundleError::NotCanonical(Deviation::Header { field: found, .. }) if *found == field),
        "{field}: {error}"
    );
}

#[test]
fn the_archive_that_the_others_are_made_from_is_good() {
    assert!(open(with(same)).is_ok());
}

#[test]
fn a_path_that_climbs_out() {
    for path in ["../x", "a/../../x", "files/..", "./x", "a/./x"] {
        assert_path(path);
    }
}

#[test]
fn an_absolute_path() {
    for path in ["/etc/x", "//x"] {
        assert_path(path);
    }
}

#[test]
fn a_path_with_an_empty_or_hidden_part_or_an_option() {
    for path in ["a//b", "a/", ".ssh/x", "-rf", "a/-rf"] {
        assert_path(path);
    }
}

#[test]
fn a_path_with_control_characters_spaces_or_backslashes() {
    for path in ["a\nb", "a b", "a\\b", "a\x1b[2J", "C:x", "é"] {
        assert_path(path);
    }
}

#[test]
fn a_path_that_is_not_text() {
    let error = refusal(with(|header| header.as_mut_bytes()[..2].copy_from_slice(&[0xff, 0xfe])));
    assert!(matches!(error, BundleError::Path { why: "a path is UTF-8 text", .. }), "{error}");
}

#[test]
fn a_symbolic_link() {
    assert_kind(with(|header| header.set_entry_type(tar::EntryType::Symlink)), "a symbolic link");
}

#[test]
fn a_hard_link() {
    assert_kind(with(|header| header.set_entry_type(tar::EntryType::Link)), "a hard link");
}

#[test]
fn a_device() {
    assert_kind(with(|header| header.set_entry_type(tar::EntryType::Block)), "a block device");
    assert_kind(with(|header| header.set_entry_type(tar::EntryType::Char)), "a character device");
}

#[test]
fn a_pipe() {
    assert_kind(with(|header| header.set_entry_type(tar::EntryType::Fifo)), "a pipe");
}

#[test]
fn a_folder() {
    assert_kind(with(|header| header.set_entry_type(tar::EntryType::Directory)), "a folder");
}

#[test]
fn a_sparse_file() {
    assert_kind(with(|header| header.set_entry_type(tar::EntryType::GNUSparse)), "a sparse file");
}

#[test]
fn a_pax_extension() {
    assert_kind(with(|header| header.set_entry_type(tar::EntryType::XHeader)), "a pax extension");
    assert_kind(with(|header| header.set_entry_type(tar::EntryType::XGlobalHeader)), "a pax extension");
}

#[test]
fn a_gnu_extension_for_long_names() {
    assert_kind(with(|header| header.set_entry_type(tar::EntryType::GNULongName)), "a GNU extension");
    assert_kind(with(|header| header.set_entry_type(tar::EntryType::GNULongLink)), "a GNU extension");
}

#[test]
fn an_unknown_kind_of_entry() {
    assert_kind(with(|header| header.set_entry_type(tar::EntryType::new(b'7'))), "something unknown");
    assert_kind(with(|header| header.as_mut_bytes()[156] = 0), "something unknown");
}

#[test]
fn a_link_name_on_a_plain_file() {
    assert_field(with(|header| header.set_link_name_literal("/etc/passwd").unwrap()), "link name");
}

#[test]
fn a_mode_that_is_another_or_sets_the_user_id() {
    assert_field(with(|header| header.set_mode(0o600)), "mode");
    assert_field(with(|header| header.set_mode(0o4755)), "mode");
    assert_field(with(|header| header.set_mode(0o777)), "mode");
}

#[test]
fn an_owner_a_group_or_a_time() {
    assert_field(with(|header| header.set_uid(1)), "owner");
    assert_field(with(|header| header.set_gid(1)), "group");
    assert_field(with(|header| header.set_mtime(1)), "time");
    assert_field(with(|header| header.set_username("root").unwrap()), "owner's name");
    assert_field(with(|header| header.set_groupname("root").unwrap()), "group's name");
    assert_field(with(|header| header.set_device_major(1).unwrap()), "device number");
}

#[test]
fn numbers_or_a_checksum_in_another_form() {
    assert_field(
        with(|header| header.as_mut_bytes()[136..148].copy_from_slice(b"0\0\0\0\0\0\0\0\0\0\0\0")),
        "time",
    );
    assert_field(with(|header| header.as_mut_bytes()[124..136].copy_from_slice(b"         14 ")), "size");
    let mut spaced = with(same);
    let sum = std::str::from_utf8(&spaced[149..155]).unwrap().to_owned();
    spaced[148..156].copy_from_slice(format!("{sum}\0 ").as_bytes());
    assert_field(spaced, "checksum's form");
}

#[test]
fn bytes_in_a_header_that_nobody_reads() {
    assert_field(with(|header| header.as_mut_bytes()[505] = 1), "unused part");
    assert_field(with(|header| header.as_mut_bytes()[50] = b'x'), "path");
}

#[test]
fn a_header_of_another_format() {
    assert_field(with(|header| header.as_mut_bytes()[257..265].copy_from_slice(b"ustar  \0")), "format");
    assert_field(with(|header| header.as_mut_bytes()[257..265].fill(0)), "format");
}

#[test]
fn a_giant_declared_size_allocates_nothing() {
    for size in [1 << 24, 1 << 32, 1 << 33, u64::MAX >> 8] {
        let mut giant = with(same);
        let mut header = tar::Header::new_ustar();
        header.as_mut_bytes().copy_from_slice(&giant[..512]);
        header.set_size(size);
        header.set_cksum();
        giant[..512].copy_from_slice(header.as_bytes());
        assert!(matches!(refusal(giant), BundleError::TooLarge { .. }), "{size}");
    }
    // Allowed as such, and not there.
    let missing = refusal(with(|header| header.set_size(MAX_FILE_BYTES as u64)));
    assert!(matches!(missing, BundleError::Damaged(Damage::Truncated)), "{missing}");
}

#[test]
fn a_size_that_is_no_number() {
    assert_field(with(|header| header.as_mut_bytes()[124..136].copy_from_slice(b"-0000000014\0")), "size");
    assert_field(with(|header| header.as_mut_bytes()[124..136].copy_from_slice(b"+0000000014\0")), "size");
    assert_field(with(|header| header.as_mut_bytes()[124..136].fill(b'9')), "size");
}

#[test]
fn too_many_files() {
    let names: Vec<String> = (0..=MAX_FILES).map(|number| format!("f{number:05}")).collect();
    let entries: Vec<(&str, &[u8], Change)> =
        names.iter().map(|name| (name.as_str(), &b""[..], same as Change)).collect();
    let error = refusal(archive(&entries));
    assert!(matches!(&error, BundleError::TooLarge { what, .. } if what == "the number of files"), "{error}");
}

#[test]
fn an_archive_that_is_too_large() {
    assert!(matches!(refusal(vec![0; MAX_ARCHIVE_BYTES + 1]), BundleError::TooLarge { .. }));
}

#[test]
fn folders_that_are_too_deep() {
    assert_path("1/2/3/4/5/6/7/8/9");
}

#[test]
fn an_archive_that_is_cut_off_anywhere() {
    let good = with(same);
    for end in 0..good.len() {
        let error = decode(&good[..end]).expect_err("a part of an archive was read");
        assert!(matches!(error, BundleError::Damaged(Damage::Truncated)), "{end}: {error}");
    }
}

#[test]
fn a_wrong_checksum() {
    let mut damaged = with(same);
    damaged[150] ^= 1;
    assert!(matches!(refusal(damaged), BundleError::Damaged(Damage::Checksum)));
}

#[test]
fn something_that_is_no_archive() {
    let error = refusal(b"#!/bin/bash\n".repeat(100));
    assert!(matches!(error, BundleError::Damaged(Damage::Checksum)), "{error}");
    assert!(matches!(refusal(Vec::new()), BundleError::Damaged(Damage::Truncated)));
}

#[test]
fn padding_that_is_not_zero() {
    let mut hiding = with(same);
    hiding[600] = 1;
    let error = refusal(hiding);
    assert!(matches!(error, BundleError::NotCanonical(Deviation::Padding { .. })), "{error}");
}

#[test]
fn something_behind_the_end() {
    for trailing in [vec![1], vec![0; 512], with(same), vec![0; 20 * 512]] {
        let error = refusal([with(same), trailing].concat());
        assert!(matches!(error, BundleError::NotCanonical(Deviation::Trailing)), "{error}");
    }
    let mut in_the_end = with(same);
    let last = in_the_end.len() - 1;
    in_the_end[last] = 1;
    assert!(matches!(refusal(in_the_end), BundleError::NotCanonical(Deviation::Trailing)));
}

#[test]
fn two_manifests() {
    let manifest = ("manifest.yml", MANIFEST, same as Change);
    let two = archive(&[("install.sh", SCRIPT, same), manifest, manifest]);
    assert!(matches!(refusal(two), BundleError::Twice { .. }));
    let apart = archive(&[manifest, ("other.sh", SCRIPT, same), manifest]);
    assert!(matches!(refusal(apart), BundleError::Twice { .. }));
    let by_case = archive(&[("Manifest.yml", MANIFEST, same), ("install.sh", SCRIPT, same), manifest]);
    assert!(matches!(refusal(by_case), BundleError::Collision { .. }));
}

#[test]
fn no_manifest() {
    assert!(matches!(refusal(archive(&[("install.sh", SCRIPT, same)])), BundleError::NoManifest));
    assert!(matches!(refusal(vec![0; 1024]), BundleError::NoManifest));
}

#[test]
fn a_manifest_that_is_not_text_or_too_long() {
    let with = |manifest: &[u8]| archive(&[("install.sh", SCRIPT, same), ("manifest.yml", manifest, same)]);
    assert!(matches!(refusal(with(&[0xff; 10])), BundleError::Manifest(_)));
    assert!(matches!(refusal(with(&vec![b' '; 1 << 20])), BundleError::Manifest(_)));
}

#[test]
fn files_out_of_order() {
    let unsorted = archive(&[("manifest.yml", MANIFEST, same), ("install.sh", SCRIPT, same)]);
    let error = refusal(unsorted);
    assert!(matches!(error, BundleError::NotCanonical(Deviation::Order { .. })), "{error}");
}

#[test]
fn a_file_that_is_a_folder_too() {
    let both = archive(&[("a", SCRIPT, same), ("a-b", SCRIPT, same), ("a/b", SCRIPT, same)]);
    assert!(matches!(refusal(both), BundleError::Collision { .. }));
}
