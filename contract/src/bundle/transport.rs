//! Archives on their way: gzip (RFC 1952) or as they are. Digests never see the difference.

use std::borrow::Cow;
use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;

use super::archive::check_archive;
use super::error::Deviation;
use super::{BundleError, MAX_ARCHIVE_BYTES};

/// The most bytes that an archive has on its way. Deflate makes what it cannot compress a little larger.
pub const MAX_TRANSPORT_BYTES: usize = MAX_ARCHIVE_BYTES + MAX_ARCHIVE_BYTES / 64;

const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The archive compressed. The same everywhere: no name, no time.
pub fn compress(archive: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(archive.len() / 4), Compression::best());
    // A vector takes everything.
    let _ = encoder.write_all(archive);
    encoder.finish().unwrap_or_default()
}

/// The archive in these bytes, compressed or not. Not judged further: that is [`super::open`]'s part.
///
/// # Errors
/// Larger than a bundle may be, before or after; damaged; more than one compressed archive.
pub fn expand(bytes: &[u8]) -> Result<Cow<'_, [u8]>, BundleError> {
    if !bytes.starts_with(&MAGIC) {
        check_archive(bytes.len())?;
        return Ok(Cow::Borrowed(bytes));
    }
    if bytes.len() > MAX_TRANSPORT_BYTES {
        check_archive(bytes.len())?;
    }
    let mut archive = Vec::new();
    // One byte more than allowed is enough to know.
    let mut limited = GzDecoder::new(bytes).take(MAX_ARCHIVE_BYTES as u64 + 1);
    limited.read_to_end(&mut archive).map_err(|error| BundleError::Compression(error.to_string()))?;
    check_archive(archive.len())?;
    if limited.into_inner().into_inner().is_empty() {
        Ok(Cow::Owned(archive))
    } else {
        Err(Deviation::Trailing.into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn compressing_changes_nothing_and_is_the_same_every_time() {
        let archive: Vec<u8> = (0..100_000_u32).flat_map(|n| (n / 7).to_le_bytes()).collect();
        let compressed = compress(&archive);
        assert!(compressed.len() < archive.len() / 2);
        assert_eq!(compressed, compress(&archive));
        // No time, no name.
        assert_eq!(compressed[3..8], [0; 5]);
        assert_eq!(expand(&compressed).unwrap(), archive);
        assert_eq!(expand(&archive).unwrap(), archive);
    }

    #[test]
    fn a_bomb_stops_at_the_largest_archive() {
        let bomb = compress(&vec![0; MAX_ARCHIVE_BYTES + 1]);
        assert!(bomb.len() < 200_000);
        assert!(matches!(expand(&bomb), Err(BundleError::TooLarge { .. })));
        assert!(matches!(expand(&vec![0; MAX_ARCHIVE_BYTES + 1]), Err(BundleError::TooLarge { .. })));
        let mut long = MAGIC.to_vec();
        long.resize(MAX_TRANSPORT_BYTES + 1, 0);
        assert!(matches!(expand(&long), Err(BundleError::TooLarge { .. })));
    }

    #[test]
    fn what_comes_behind_or_is_missing_is_found() {
        let good = compress(b"archive");
        let two = [good.clone(), good.clone()].concat();
        assert!(matches!(expand(&two), Err(BundleError::NotCanonical(Deviation::Trailing))));
        for end in 2..good.len() {
            assert!(matches!(expand(&good[..end]), Err(BundleError::Compression(_))), "{end}");
        }
        let mut wrong_sum = good;
        let at = wrong_sum.len() - 8;
        wrong_sum[at] ^= 1;
        assert!(matches!(expand(&wrong_sum), Err(BundleError::Compression(_))));
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange_to_be_judged(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
            let _ = expand(&bytes);
            let _ = expand(&[&MAGIC[..], &bytes].concat());
        }

        #[test]
        fn any_bytes_come_back(bytes in prop::collection::vec(any::<u8>(), 0..5000)) {
            let compressed = compress(&bytes);
            prop_assert_eq!(expand(&compressed).unwrap(), bytes);
        }
    }
}
