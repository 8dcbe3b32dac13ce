use time::Duration;
use time::macros::datetime;

use super::*;
use crate::dsse::SigningKey;

const NOW: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);

pub(super) fn key(byte: u8) -> SigningKey {
    SigningKey::from_seed(&[byte; 32])
}

pub(super) fn document() -> PublisherDocument {
    PublisherDocument {
        publisher: "acme".parse().unwrap(),
        version: 1,
        issued: NOW,
        demo: false,
        roots: vec![key(1).public_key()],
        signing_keys: vec![ListedKey {
            public_key: key(2).public_key(),
            not_before: NOW - Duration::days(1),
            not_after: NOW + Duration::days(1),
        }],
        revoked_keys: vec![],
        revoked_bundles: vec![],
        floors: BTreeMap::from([("nginx".parse().unwrap(), 3)]),
    }
}

fn statement(app: &str, release: u64) -> BundleStatement {
    BundleStatement {
        app: app.parse().unwrap(),
        version: "1.0.0".to_owned(),
        release,
        bundle: Digest::of(b"bundle"),
        issued: NOW,
    }
}

fn judge(document: &PublisherDocument, statement: &BundleStatement, signer: u8) -> Result<(), &'static str> {
    let envelope = Envelope::sign(statement, &[&key(signer)]);
    document.verify_statement(&envelope, NOW).map(drop).map_err(|distrust| distrust.code())
}

#[test]
fn a_statement_needs_a_valid_key_an_own_app_and_a_release_at_the_floor() {
    assert_eq!(judge(&document(), &statement("acme/nginx", 3), 2), Ok(()));
    assert_eq!(judge(&document(), &statement("acme/other", 0), 2), Ok(()));
    assert_eq!(judge(&document(), &statement("acme/nginx", 2), 2), Err("RELEASE_BELOW_FLOOR"));
    assert_eq!(judge(&document(), &statement("evil/nginx", 9), 2), Err("PUBLISHER_NOT_TRUSTED_FOR_APP"));
    // The root key signs documents, not bundles.
    assert_eq!(judge(&document(), &statement("acme/nginx", 9), 1), Err("BUNDLE_STATEMENT_UNTRUSTED"));
}

#[test]
fn expiry_and_revocation_end_a_key_and_revocation_ends_a_bundle() {
    let mut expired = document();
    expired.signing_keys[0].not_after = NOW;
    assert_eq!(judge(&expired, &statement("acme/nginx", 3), 2), Err("PUBLISHER_KEY_EXPIRED"));
    let mut revoked = document();
    revoked.revoked_keys.push(key(2).public_key().id());
    assert_eq!(judge(&revoked, &statement("acme/nginx", 3), 2), Err("PUBLISHER_KEY_REVOKED"));
    let mut bundle = document();
    bundle.revoked_bundles.push(Digest::of(b"bundle"));
    assert_eq!(judge(&bundle, &statement("acme/nginx", 3), 2), Err("BUNDLE_REVOKED"));
}

#[test]
fn a_root_document_is_signed_by_its_own_root_and_succeeded_by_a_newer_one() {
    let held = PublisherDocument::from_host(&Envelope::sign(&document(), &[&key(1)])).unwrap();
    assert!(PublisherDocument::from_host(&Envelope::sign(&document(), &[&key(2)])).is_err());
    let mut next = document();
    assert!(held.successor(&Envelope::sign(&next, &[&key(1)])).is_err());
    next.version = 2;
    assert_eq!(held.successor(&Envelope::sign(&next, &[&key(1)])).unwrap().version, 2);
    next.roots = vec![key(5).public_key()];
    assert!(held.successor(&Envelope::sign(&next, &[&key(1)])).is_err());
    assert!(held.successor(&Envelope::sign(&next, &[&key(1), &key(5)])).is_ok());
}

#[test]
fn one_good_signature_is_enough_beside_a_revoked_one() {
    let mut document = document();
    let listed =
        |byte: u8| ListedKey { public_key: key(byte).public_key(), ..document.signing_keys[0].clone() };
    document.signing_keys = vec![listed(2), listed(3), listed(4)];
    document.revoked_keys.push(key(2).public_key().id());
    document.signing_keys[2].not_after = NOW;
    let statement = statement("acme/nginx", 3);
    let by = |keys: &[u8]| {
        let keys: Vec<_> = keys.iter().map(|byte| key(*byte)).collect();
        let envelope = Envelope::sign(&statement, &keys.iter().collect::<Vec<_>>());
        document.vouch(&envelope, NOW).map(|vouched| vouched.key.public_key.id())
    };
    assert_eq!(by(&[2, 3]), Ok(key(3).public_key().id()));
    assert_eq!(by(&[4, 3]), Ok(key(3).public_key().id()));
    assert_eq!(by(&[2, 4]), Err(Distrust::KeyRevoked(key(2).public_key().id())));
    assert_eq!(by(&[4, 9]), Err(Distrust::KeyExpired(key(4).public_key().id())));
    assert!(matches!(by(&[9]), Err(Distrust::Signature(DsseError::Untrusted(_)))));
}

#[test]
fn a_document_without_roots_or_with_too_many_keys_is_refused() {
    let sign = |document: &PublisherDocument| Envelope::sign(document, &[&key(1)]);
    let held = PublisherDocument::from_host(&sign(&document())).unwrap();
    let mut rootless = document();
    (rootless.version, rootless.roots) = (2, vec![]);
    assert!(matches!(PublisherDocument::from_host(&sign(&rootless)), Err(Distrust::Document(_))));
    assert!(matches!(held.successor(&sign(&rootless)), Err(Distrust::Document(_))));
    let mut many = document();
    (many.version, many.signing_keys) = (2, vec![many.signing_keys[0].clone(); MAX_SIGNING_KEYS + 1]);
    assert_eq!(PublisherDocument::from_host(&sign(&many)), Err(Distrust::Document(DsseError::TooLarge)));
    assert_eq!(held.successor(&sign(&many)), Err(Distrust::Document(DsseError::TooLarge)));
}

#[test]
fn a_statement_says_all_that_the_manifest_says() {
    let files = crate::bundle::Files::from(
        [
            (
                "manifest.yml",
                "id: tiny\npublisher: acme\nname: Tiny\nversion: 1.0.0\nrelease: 2\ninstall_script: a.sh\n",
            ),
            ("a.sh", ""),
        ]
        .map(|(path, text)| {
            (path.to_owned(), crate::bundle::File { contents: text.as_bytes().to_vec(), executable: false })
        }),
    );
    let bundle = crate::bundle::pack(&files).unwrap();
    let good = BundleStatement::of(&bundle, NOW);
    assert_eq!(
        (good.app.to_string().as_str(), good.version.as_str(), good.release),
        ("acme/tiny", "1.0.0", 2)
    );
    good.check(&bundle).unwrap();
    for wrong in [
        BundleStatement { app: "acme/other".parse().unwrap(), ..good.clone() },
        BundleStatement { app: "evil/tiny".parse().unwrap(), ..good.clone() },
        BundleStatement { version: "1.0".to_owned(), ..good.clone() },
        BundleStatement { release: 3, ..good.clone() },
        BundleStatement { bundle: Digest::of(b"another"), ..good.clone() },
    ] {
        assert!(wrong.check(&bundle).is_err(), "{wrong}");
    }
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_bytes_are_too_strange_for_an_envelope(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
            if let Ok(envelope) = Envelope::from_json(&bytes) {
                prop_assert!(PublisherDocument::from_host(&envelope).is_err());
                prop_assert!(document().vouch(&envelope, NOW).is_err());
            }
        }

        #[test]
        fn no_payload_is_too_strange_for_a_document(payload in "\\PC{0,300}", kind in 0..3) {
            use base64::Engine as _;
            let kind = [PublisherDocument::PAYLOAD_TYPE, BundleStatement::PAYLOAD_TYPE, "x"][kind as usize];
            let payload = base64::engine::general_purpose::STANDARD.encode(payload);
            let text = format!(r#"{{"payloadType":"{kind}","payload":"{payload}","signatures":[]}}"#);
            let envelope = Envelope::from_json(text.as_bytes()).unwrap();
            prop_assert!(PublisherDocument::from_host(&envelope).is_err());
            prop_assert!(document().successor(&envelope).is_err());
            prop_assert!(document().vouch(&envelope, NOW).is_err());
        }
    }
}
