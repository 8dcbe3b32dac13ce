use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use purvey_contract::id::Digest;

use super::judge::judge;
use super::*;

const YEAR: Duration = Duration::days(365);

fn installer(app: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../installers").join(app)
}

fn hello() -> Bundle {
    pack(&installer("hello-site")).unwrap()
}

fn book(folder: &Path) -> Book {
    Book::create(folder, &"purvey".parse().unwrap(), YEAR, None).unwrap()
}

/// What a server that holds the newest document says now.
fn verdict(book: &Book, bundle: &Bundle, statement: &[u8]) -> Result<(), &'static str> {
    let judged = judge(book.document(), statement, bundle, OffsetDateTime::now_utc());
    judged.map(drop).map_err(|refused| refused.code)
}

#[test]
fn the_shipped_apps_are_signed_by_a_key_that_the_document_lists() {
    let catalogue = tempfile::tempdir().unwrap();
    let publisher = Publisher::of_a_demo("purvey".parse().unwrap(), YEAR).unwrap();
    for app in ["nginx", "hello-site"] {
        let signed = publisher.sign(&pack(&installer(app)).unwrap(), catalogue.path()).unwrap();
        let bundle = files::read_bundle(&signed.bundle).unwrap();
        let statement = std::fs::read(files::statement_beside(&signed.bundle)).unwrap();
        let document = judge::read_document(&catalogue.path().join("purvey.publisher.json")).unwrap();
        assert!(document.demo);
        let vouched = judge(&document, &statement, &bundle, OffsetDateTime::now_utc()).unwrap();
        assert_eq!((vouched.statement.bundle, vouched.statement.app), (bundle.digest, signed.app));
    }
}

#[test]
fn kept_keys_sign_again_are_private_and_are_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let made = book(folder.path());
    assert!(
        Book::create(folder.path(), &"purvey".parse().unwrap(), YEAR, None).is_err(),
        "a second publisher in the same folder"
    );
    let opened = Book::open(folder.path()).unwrap();
    assert_eq!(opened.document(), made.document());
    let statement = opened.signer().unwrap().vouch(&hello()).unwrap();
    assert_eq!(verdict(&opened, &hello(), &statement), Ok(()));
    for entry in std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
        if entry.file_name().to_string_lossy().ends_with(".key") {
            assert_eq!(entry.metadata().unwrap().mode() & 0o777, 0o600);
            std::fs::set_permissions(entry.path(), std::fs::Permissions::from_mode(0o640)).unwrap();
        }
    }
    assert!(format!("{:#}", opened.signer().unwrap_err()).contains("chmod 600"));
}

#[test]
fn an_app_of_another_publisher_is_not_signed() {
    let publisher = Publisher::of_a_demo("acme".parse().unwrap(), YEAR).unwrap();
    let error = publisher.vouch(&hello()).unwrap_err();
    assert_eq!(error.to_string(), "purvey/hello-site is not an app of the publisher acme");
}

#[test]
fn an_app_that_is_not_there_is_named() {
    let error = pack(&installer("nothing")).err().unwrap();
    assert!(format!("{error:#}").contains("installers/nothing"), "{error:#}");
}

#[test]
fn each_change_is_a_version_that_servers_follow() {
    let folder = tempfile::tempdir().unwrap();
    let mut book = book(folder.path());
    let old = book.document().signing_keys[0].public_key;
    let before = book.signer().unwrap().vouch(&hello()).unwrap();

    let added = book.add_key(2 * YEAR, None).unwrap().public_key;
    let after = book.signer().unwrap().vouch(&hello()).unwrap();
    assert_eq!(verdict(&book, &hello(), &before), Ok(()));
    let id = book.find(&old.id().to_string()[..8]).unwrap().public_key.id();
    book.revoke_key(id, None).unwrap();
    assert_eq!(verdict(&book, &hello(), &before), Err("PUBLISHER_KEY_REVOKED"));
    assert_eq!(verdict(&book, &hello(), &after), Ok(()));
    assert!(book.revoke_key(id, None).is_err(), "twice");

    book.set_floor(&"hello-site".parse().unwrap(), 100, false, None).unwrap();
    assert_eq!(verdict(&book, &hello(), &after), Err("RELEASE_BELOW_FLOOR"));
    let lower = book.set_floor(&"hello-site".parse().unwrap(), 1, false, None).unwrap_err();
    assert!(lower.to_string().contains("--lower"), "{lower}");
    book.set_floor(&"hello-site".parse().unwrap(), 1, true, None).unwrap();
    book.revoke_bundle(hello().digest, None).unwrap();
    assert_eq!(verdict(&book, &hello(), &after), Err("BUNDLE_REVOKED"));

    let again = Book::open(folder.path()).unwrap();
    assert_eq!((again.document(), again.document().version), (book.document(), 6));
    assert_eq!(again.since(0).len(), 2, "the first and the newest: no root has changed");
    assert_eq!(std::fs::read(again.newest_file()).unwrap(), again.newest());
    assert!(
        again.has(&added)
            && again.find("12345678").is_err()
            && again.find(&old.id().to_string()[..7]).is_err()
    );
}

#[test]
fn the_root_key_can_live_elsewhere_and_be_changed() {
    let (folder, safe) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (first, second) = (safe.path().join("one.key"), safe.path().join("two.key"));
    let name = "purvey".parse().unwrap();
    let mut book = Book::create(folder.path(), &name, YEAR, Some(&first)).unwrap();
    let missing = book.add_key(YEAR, None).unwrap_err();
    assert!(missing.to_string().contains("--root-key FILE"), "{missing}");
    book.add_key(YEAR, Some(&first)).unwrap();
    assert!(book.rotate_root(Some(&first), Some(&first)).is_err(), "a key is never replaced");
    book.rotate_root(Some(&first), Some(&second)).unwrap();
    let old = book.add_key(YEAR, Some(&first)).unwrap_err();
    assert!(old.to_string().contains("is no root key of purvey"), "{old}");
    book.add_key(YEAR, Some(&second)).unwrap();
    let again = Book::open(folder.path()).unwrap();
    assert_eq!(again.document().version, 4);
    assert_eq!(again.since(1).len(), 2, "the change of root and the newest");
    assert_eq!(std::fs::metadata(&second).unwrap().mode() & 0o777, 0o600);
}

#[test]
fn keys_that_end_soon_are_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let mut book = Book::create(folder.path(), &"purvey".parse().unwrap(), Duration::days(29), None).unwrap();
    assert!(book.warnings()[0].contains("for 28 more days"), "{:?}", book.warnings());
    book.add_key(Duration::days(31), None).unwrap();
    assert_eq!(book.warnings(), [""; 0]);
    let ids: Vec<_> = book.document().signing_keys.iter().map(|key| key.public_key.id()).collect();
    for id in ids {
        book.revoke_key(id, None).unwrap();
    }
    assert!(book.warnings()[0].contains("servers refuse all bundles of purvey"));
    assert!(book.signer().unwrap_err().to_string().contains("none is good now"));
}

#[test]
fn a_damaged_or_foreign_document_is_not_signed_with() {
    let folder = tempfile::tempdir().unwrap();
    let mut made = book(folder.path());
    made.revoke_bundle(Digest::of(b"x"), None).unwrap();
    // The copy for people may be lost; the history may not be altered.
    std::fs::write(made.newest_file(), b"gone").unwrap();
    assert_eq!(Book::open(folder.path()).unwrap().document().version, 2);
    assert_eq!(std::fs::read(made.newest_file()).unwrap(), made.newest());
    let other = tempfile::tempdir().unwrap();
    let theirs = book(other.path());
    std::fs::write(folder.path().join("documents/2.json"), theirs.newest()).unwrap();
    std::fs::write(folder.path().join("documents/3.json"), b"{}").unwrap();
    assert!(Book::open(folder.path()).is_err());
}
