//! What the agent reads in certificates that TLS has verified or the control plane has issued: key, names, validity.

use rustls_pki_types::CertificateDer;
use time::{Date, Month, OffsetDateTime, Time};
use webpki::EndEntityCert;

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The certificate cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a certificate")]
pub struct Unreadable;

/// Whether a certificate (DER) carries this URI among its alternative names.
pub fn names_uri(der: &[u8], wanted: &str) -> bool {
    let der = CertificateDer::from(der);
    EndEntityCert::try_from(&der)
        .is_ok_and(|certificate| certificate.valid_uri_names().any(|uri| uri == wanted))
}

/// A certificate's public key (`SubjectPublicKeyInfo`, DER).
///
/// # Errors
/// It is no certificate.
pub fn public_key(der: &[u8]) -> Result<Vec<u8>, Unreadable> {
    let der = CertificateDer::from(der);
    let certificate = EndEntityCert::try_from(&der).map_err(|_| Unreadable)?;
    Ok(certificate.subject_public_key_info().to_vec())
}

/// From when and until when a certificate is valid (RFC 5280, section 4.1.2.5).
///
/// # Errors
/// It is no certificate.
pub fn validity(der: &[u8]) -> Result<(OffsetDateTime, OffsetDateTime), Unreadable> {
    let (_, certificate, _) = value(der)?;
    let (_, mut rest, _) = value(certificate)?;
    if rest.first() == Some(&VERSION) {
        rest = value(rest)?.2;
    }
    // Serial number, signature algorithm, issuer.
    for _ in 0..3 {
        rest = value(rest)?.2;
    }
    let (tag, validity, _) = value(rest)?;
    if tag != SEQUENCE {
        return Err(Unreadable);
    }
    let (tag, not_before, rest) = value(validity)?;
    let not_before = moment(tag, not_before)?;
    let (tag, not_after, _) = value(rest)?;
    Ok((not_before, moment(tag, not_after)?))
}

/// The tag and content of the first value of DER (X.690), and what follows it.
fn value(der: &[u8]) -> Result<(u8, &[u8], &[u8]), Unreadable> {
    let (&tag, rest) = der.split_first().ok_or(Unreadable)?;
    let (&first, rest) = rest.split_first().ok_or(Unreadable)?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x83 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f)).ok_or(Unreadable)?;
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return Err(Unreadable),
    };
    let (content, rest) = rest.split_at_checked(length).ok_or(Unreadable)?;
    Ok((tag, content, rest))
}

fn moment(tag: u8, text: &[u8]) -> Result<OffsetDateTime, Unreadable> {
    let digits = text.strip_suffix(b"Z").ok_or(Unreadable)?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(Unreadable);
    }
    let pairs: Vec<u8> =
        digits.chunks(2).map(|pair| pair.iter().fold(0, |n, digit| n * 10 + (digit - b'0'))).collect();
    let (year, rest) = match (tag, &pairs[..]) {
        // Two digits stand for 1950 to 2049.
        (UTC_TIME, [year, rest @ ..]) => (i32::from(*year) + if *year < 50 { 2000 } else { 1900 }, rest),
        (GENERALIZED_TIME, [century, year, rest @ ..]) => {
            (i32::from(*century) * 100 + i32::from(*year), rest)
        }
        _ => return Err(Unreadable),
    };
    let [month, day, hour, minute, second] = *rest else { return Err(Unreadable) };
    let month = Month::try_from(month).map_err(|_| Unreadable)?;
    let date = Date::from_calendar_date(year, month, day).map_err(|_| Unreadable)?;
    let time = Time::from_hms(hour, minute, second).map_err(|_| Unreadable)?;
    Ok(OffsetDateTime::new_utc(date, time))
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, PublicKeyData as _, SanType};
    use time::macros::datetime;

    use super::*;

    #[test]
    fn key_names_and_validity_are_read() {
        let key = KeyPair::generate().unwrap();
        for (not_before, not_after) in [
            (datetime!(2026-11-22 12:34:56 UTC), datetime!(2026-11-23 00:00:00 UTC)),
            (datetime!(1999-12-31 23:59:59 UTC), datetime!(2051-02-28 01:02:03 UTC)),
        ] {
            let mut params = CertificateParams::default();
            (params.not_before, params.not_after) = (not_before, not_after);
            params.subject_alt_names =
                vec![SanType::URI("spiffe://fleet.example/server/1".try_into().unwrap())];
            let certificate = params.self_signed(&key).unwrap();
            assert_eq!(validity(certificate.der()), Ok((not_before, not_after)));
            assert_eq!(public_key(certificate.der()).unwrap(), key.subject_public_key_info());
            assert!(names_uri(certificate.der(), "spiffe://fleet.example/server/1"));
            assert!(!names_uri(certificate.der(), "spiffe://fleet.example/server/"));
        }
    }

    #[test]
    fn what_is_no_certificate_is_an_error_at_every_length() {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::default().self_signed(&key).unwrap();
        for length in 0..certificate.der().len() {
            let cut = &certificate.der()[..length];
            assert_eq!(validity(cut), Err(Unreadable));
            assert_eq!(public_key(cut), Err(Unreadable));
            assert!(!names_uri(cut, ""));
        }
    }
}
