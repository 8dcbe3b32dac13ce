//! Requests for a certificate (PKCS#10, RFC 2986), as far as this protocol needs them: a public key and the proof that
//! whoever asks holds its private part. Names are the control plane's to give.

use rustls::SignatureScheme;
use rustls::sign::SigningKey;

const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;
const ATTRIBUTES: u8 = 0xa0;
const VERSION_0: &[u8] = &[0x02, 0x01, 0x00];
/// `ecdsa-with-SHA256` (RFC 5758, section 3.2).
const ECDSA_WITH_SHA256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];

/// A request for the key, which is one on P-256 (DER).
///
/// # Errors
/// The key cannot sign this way.
pub fn request(key: &dyn SigningKey) -> Result<Vec<u8>, rustls::Error> {
    let unusable = || rustls::Error::General("not an ECDSA key on P-256".to_owned());
    let public_key = key.public_key().ok_or_else(unusable)?;
    let signer = key.choose_scheme(&[SignatureScheme::ECDSA_NISTP256_SHA256]).ok_or_else(unusable)?;
    let no_name = der(SEQUENCE, &[]);
    let info = der(SEQUENCE, &[VERSION_0, &no_name, &public_key, &der(ATTRIBUTES, &[])]);
    let signature = signer.sign(&info)?;
    let algorithm = der(SEQUENCE, &[ECDSA_WITH_SHA256]);
    Ok(der(SEQUENCE, &[&info, &algorithm, &der(BIT_STRING, &[&[0], &signature])]))
}

/// A value of DER (X.690): tag, length, the parts.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut value = vec![tag];
    if length < 0x80 {
        value.push(length as u8);
    } else {
        let bytes: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
        value.push(0x80 | bytes.len() as u8);
        value.extend(bytes);
    }
    value.extend(parts.concat());
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_in_the_shortest_form() {
        assert_eq!(der(SEQUENCE, &[]), [0x30, 0]);
        assert_eq!(der(SEQUENCE, &[&[7; 127]])[..2], [0x30, 127]);
        assert_eq!(der(SEQUENCE, &[&[7; 128]])[..3], [0x30, 0x81, 128]);
        assert_eq!(der(SEQUENCE, &[&[7; 256], &[8]])[..4], [0x30, 0x82, 1, 1]);
    }
}
