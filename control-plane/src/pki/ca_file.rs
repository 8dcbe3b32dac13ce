//! The certificates of the fleet's CAs as a file, for clients of the API. They are no secret.

use std::io;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::FleetKeys;

/// Writes all CAs of the newest trust document as PEM (RFC 7468), in place of what was there.
///
/// # Errors
/// What the operating system says.
pub fn write(keys: &FleetKeys, path: &Path) -> io::Result<()> {
    let pem: String = keys.ca_certificates().iter().map(|certificate| pem(certificate)).collect();
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let draft = path.with_extension(format!("new-{}", std::process::id()));
    std::fs::write(&draft, pem)?;
    std::fs::rename(&draft, path)
}

fn pem(certificate: &[u8]) -> String {
    const LINE: usize = 64;
    let text = BASE64.encode(certificate);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in text.as_bytes().chunks(LINE) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}

#[cfg(test)]
mod tests {
    use rustls_pki_types::CertificateDer;
    use rustls_pki_types::pem::PemObject as _;

    use super::*;

    #[test]
    fn the_file_holds_the_fleet_s_cas() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/ca.pem");
        let keys = FleetKeys::for_tests();
        write(&keys, &path).unwrap();
        write(&keys, &path).unwrap();
        let read: Vec<_> = CertificateDer::pem_file_iter(&path).unwrap().map(Result::unwrap).collect();
        assert_eq!(read, keys.ca_certificates());
        assert_eq!(std::fs::read_dir(folder.path().join("a")).unwrap().count(), 1);
    }
}
