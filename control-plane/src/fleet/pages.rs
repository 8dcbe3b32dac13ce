//! Pages of lists (AIP-158): sizes, and opaque tokens that say where the next page begins.
//!
//! A token carries its cursor and a MAC over cursor and question, so that it is good for the list and the filter that it was
//! made for, and for no other.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64_URL;
use serde::Serialize;
use serde::de::DeserializeOwned;
use subtle::ConstantTimeEq as _;

use crate::error::Error;
use crate::pki::FleetKeys;

/// What a page holds when the caller does not say.
pub const DEFAULT_SIZE: i64 = 50;
/// The most that a page holds.
pub const MAX_SIZE: i64 = 200;
const MAC_BYTES: usize = 16;
/// Longer tokens are none of ours.
const MAX_TOKEN: usize = 2048;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next one begins; empty on the last.
    pub next: String,
}

impl<T> Page<T> {
    /// The page out of one row more than fits, which says whether there is another. `cursor` names the last row.
    pub fn cut<C: Serialize>(
        mut items: Vec<T>,
        size: i64,
        keys: &FleetKeys,
        question: &str,
        cursor: impl FnOnce(&T) -> C,
    ) -> Self {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let more = items.len() > size;
        items.truncate(size);
        let next = match items.last() {
            Some(last) if more => token(keys, question, &cursor(last)),
            _ => String::new(),
        };
        Self { items, next }
    }
}

/// How many a page shall hold: 0 means [`DEFAULT_SIZE`], more than [`MAX_SIZE`] means that.
pub fn size(asked: i32) -> Result<i64, Error> {
    match asked {
        0 => Ok(DEFAULT_SIZE),
        1.. => Ok(i64::from(asked).min(MAX_SIZE)),
        _ => Err(Error::invalid("page_size", "NEGATIVE", "a page size is 0 or more")),
    }
}

/// The token of a cursor in the list that `question` names, with its filters.
pub fn token(keys: &FleetKeys, question: &str, cursor: &impl Serialize) -> String {
    // Cursors are tuples of texts and numbers: they always have a JSON form.
    let cursor = serde_json::to_vec(cursor).unwrap_or_default();
    let mut bytes = mac(keys, question, &cursor).to_vec();
    bytes.extend_from_slice(&cursor);
    BASE64_URL.encode(bytes)
}

/// The cursor of a token; none for the first page.
///
/// # Errors
/// `Invalid` if the token was not made for this question.
pub fn cursor<C: DeserializeOwned>(
    keys: &FleetKeys,
    question: &str,
    token: &str,
) -> Result<Option<C>, Error> {
    if token.is_empty() {
        return Ok(None);
    }
    read(keys, question, token).map(Some).ok_or_else(|| {
        Error::invalid(
            "page_token",
            "INVALID_PAGE_TOKEN",
            "this token is not from the last answer to the same question; begin without one",
        )
    })
}

fn read<C: DeserializeOwned>(keys: &FleetKeys, question: &str, token: &str) -> Option<C> {
    let bytes = BASE64_URL.decode(token.get(..token.len().min(MAX_TOKEN))?).ok()?;
    let (sealed, cursor) = bytes.split_first_chunk::<MAC_BYTES>()?;
    let good = bool::from(mac(keys, question, cursor).as_slice().ct_eq(sealed));
    if good { serde_json::from_slice(cursor).ok() } else { None }
}

fn mac(keys: &FleetKeys, question: &str, cursor: &[u8]) -> [u8; MAC_BYTES] {
    let mut message = question.len().to_be_bytes().to_vec();
    message.extend_from_slice(question.as_bytes());
    message.extend_from_slice(cursor);
    let whole = keys.mac("page", &message);
    let mut short = [0; MAC_BYTES];
    short.copy_from_slice(&whole[..MAC_BYTES]);
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_own_question_only() {
        let keys = FleetKeys::for_tests();
        let text = token(&keys, "servers default", &("web-1", 7));
        assert_eq!(
            cursor::<(String, u32)>(&keys, "servers default", &text).unwrap(),
            Some(("web-1".to_owned(), 7))
        );
        assert!(cursor::<(String, u32)>(&keys, "servers other", &text).is_err());
        assert!(cursor::<u32>(&keys, "servers default", &text).is_err());
        assert!(cursor::<(String, u32)>(&keys, "servers default", &text[1..]).is_err());
        assert!(cursor::<(String, u32)>(&keys, "servers default", "é").is_err());
        assert_eq!(cursor::<u32>(&keys, "servers default", "").unwrap(), None);
    }

    #[test]
    fn page_sizes_are_clamped() {
        assert_eq!(size(0).unwrap(), 50);
        assert_eq!(size(7).unwrap(), 7);
        assert_eq!(size(201).unwrap(), 200);
        assert!(size(-1).is_err());
    }

    #[test]
    fn only_a_page_with_more_to_come_has_a_token() {
        let keys = FleetKeys::for_tests();
        let page = |rows: usize| Page::cut((0..rows).collect(), 2, &keys, "q", |last| *last);
        assert_eq!(page(2), Page { items: vec![0, 1], next: String::new() });
        let first = page(3);
        assert_eq!(first.items, [0, 1]);
        assert_eq!(cursor::<usize>(&keys, "q", &first.next).unwrap(), Some(1));
        assert!(page(0).next.is_empty());
    }
}
