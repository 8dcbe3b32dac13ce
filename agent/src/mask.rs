//! Hiding secrets in what a script writes: as they are, and in the forms that scripts put them into by accident.
//!
//! A line is looked at once, whatever the number of secrets: every pattern has at least eight bytes, and its first eight
//! find it in a sorted list. Base64 is hidden in pieces of eight characters, because `base64` breaks its lines anywhere.
//! What is not found: a secret that was changed otherwise (reversed, encrypted, spelt out), or one broken over two lines
//! that was not encoded.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

/// Masking shorter values would eat the log.
const MIN_MASKED_BYTES: usize = 8;
const MASK: &[u8] = b"********";
/// What is compared at first, and the length of the pieces of an encoded secret.
const WINDOW: usize = 8;
/// How many characters at each end of a run of base64 may hold some bits of a secret and of its neighbours.
const EDGE: usize = 2;

/// Hides secrets in lines.
#[derive(Default)]
pub struct Masker {
    secrets: usize,
    /// The first eight bytes of each pattern, sorted.
    keys: Zeroizing<Vec<u64>>,
    /// The rest of each pattern, in the order of the keys.
    rests: Vec<Rest>,
    /// Says of most windows that no pattern begins with them.
    filter: Filter,
    longest: usize,
}

/// A bit for each of 4096 classes of keys.
struct Filter(Box<[u64; 64]>);

impl Default for Filter {
    fn default() -> Self {
        Self(Box::new([0; 64]))
    }
}

impl Filter {
    fn place(key: u64) -> (usize, u64) {
        // Fibonacci hashing: the top bits of the product depend on all bytes.
        let class = key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 52;
        ((class >> 6) as usize, 1 << (class & 63))
    }

    fn add(&mut self, key: u64) {
        let (word, bit) = Self::place(key);
        self.0[word] |= bit;
    }

    fn may_hold(&self, key: u64) -> bool {
        let (word, bit) = Self::place(key);
        self.0[word] & bit != 0
    }
}

/// A pattern without its first eight bytes.
struct Rest {
    bytes: Zeroizing<Vec<u8>>,
    is_base64: bool,
}

impl std::fmt::Debug for Masker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Masker({} secrets)", self.secrets)
    }
}

impl Masker {
    /// Hides these values. Values of several lines are hidden line by line, as output is.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut patterns = Vec::new();
        let mut secrets = 0;
        for value in values {
            for part in value.split(['\n', '\r']).filter(|part| part.len() >= MIN_MASKED_BYTES) {
                secrets += 1;
                add_forms(part, &mut patterns);
            }
        }
        patterns.retain(|(pattern, _)| pattern.len() >= WINDOW);
        patterns.sort_unstable_by_key(|(pattern, _)| key(pattern));
        let longest = patterns.iter().map(|(pattern, _)| pattern.len() + 2 * EDGE).max().unwrap_or_default();
        let mut masker = Self {
            secrets,
            keys: Zeroizing::new(Vec::with_capacity(patterns.len())),
            rests: Vec::with_capacity(patterns.len()),
            filter: Filter::default(),
            longest,
        };
        for (pattern, is_base64) in patterns {
            masker.keys.push(key(&pattern));
            masker.filter.add(key(&pattern));
            masker.rests.push(Rest { bytes: Zeroizing::new(pattern[WINDOW..].to_vec()), is_base64 });
        }
        masker
    }

    /// How many bytes must be in sight to find whatever begins at the first of them.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// The text with every secret replaced.
    pub fn mask(&self, text: Vec<u8>) -> Vec<u8> {
        let hidden = self.find(&text);
        if hidden.is_empty() {
            return text;
        }
        let text = Zeroizing::new(text);
        let mut shown = Vec::with_capacity(text.len());
        let mut from = 0;
        for (start, end) in hidden {
            shown.extend_from_slice(&text[from..start]);
            shown.extend_from_slice(MASK);
            from = end;
        }
        shown.extend_from_slice(&text[from..]);
        shown
    }

    /// The text with every secret replaced.
    pub fn mask_text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.mask(text.as_bytes().to_vec())).into_owned()
    }

    /// Where something is to be hidden, in order, apart from each other.
    fn find(&self, text: &[u8]) -> Vec<(usize, usize)> {
        let mut hidden: Vec<(usize, usize)> = Vec::new();
        if self.keys.is_empty() || text.len() < WINDOW {
            return hidden;
        }
        let mut window = key(text) >> 8;
        for at in 0..=text.len() - WINDOW {
            window = window << 8 | u64::from(text[at + WINDOW - 1]);
            if !self.filter.may_hold(window) {
                continue;
            }
            let Some((start, end)) = self.at(text, at, window) else { continue };
            match hidden.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => hidden.push((start, end)),
            }
        }
        hidden
    }

    /// The longest pattern that begins here, with its edges.
    fn at(&self, text: &[u8], at: usize, window: u64) -> Option<(usize, usize)> {
        let first = self.keys.partition_point(|key| *key < window);
        let mut found: Option<(usize, usize)> = None;
        for (_, rest) in
            self.keys[first..].iter().zip(&self.rests[first..]).take_while(|(key, _)| **key == window)
        {
            let end = at + WINDOW + rest.bytes.len();
            if text.get(at + WINDOW..end) != Some(rest.bytes.as_slice()) {
                continue;
            }
            let (start, end) = if rest.is_base64 { with_edges(text, at, end) } else { (at, end) };
            found = Some(found.map_or((start, end), |(s, e)| (s.min(start), e.max(end))));
        }
        found
    }
}

fn key(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
}

fn with_edges(text: &[u8], start: usize, end: usize) -> (usize, usize) {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(byte);
    let before = text[..start].iter().rev().take(EDGE).take_while(|byte| is_base64(byte)).count();
    let after = text[end..].iter().take(EDGE).take_while(|byte| is_base64(byte)).count();
    (start - before, end + after)
}

type Patterns = Vec<(Zeroizing<Vec<u8>>, bool)>;

/// The forms in which a secret is hidden: as it is, quoted by shells, escaped in JSON, URL-encoded, in hexadecimal, in
/// base64.
fn add_forms(secret: &str, to: &mut Patterns) {
    let bytes = secret.as_bytes();
    let forms = [
        Zeroizing::new(bytes.to_vec()),
        // 'it'\''s', as `bash -x` shows it
        escaped(bytes, |byte| (byte == b'\'').then_some(&b"'\\''"[..])),
        // $'it\'s'
        escaped(bytes, |byte| match byte {
            b'\'' => Some(b"\\'"),
            b'\\' => Some(b"\\\\"),
            b'\t' => Some(b"\\t"),
            _ => None,
        }),
        // "a\"b", in JSON and between double quotes
        escaped(bytes, |byte| match byte {
            b'"' => Some(b"\\\""),
            b'\\' => Some(b"\\\\"),
            b'\t' => Some(b"\\t"),
            _ => None,
        }),
        // a\ b\$c, as `printf %q` shows it
        with_backslashes(bytes),
        percent(bytes, b"0123456789ABCDEF", b"-._~", false),
        percent(bytes, b"0123456789abcdef", b"-._~", false),
        // As forms are sent, and as JavaScript's encodeURIComponent leaves more as it is.
        percent(bytes, b"0123456789ABCDEF", b"-._*", true),
        percent(bytes, b"0123456789ABCDEF", b"-._~!*'()", false),
        hexadecimal(bytes, b"0123456789abcdef"),
        hexadecimal(bytes, b"0123456789ABCDEF"),
    ];
    for form in forms {
        if !to.iter().any(|(known, _)| *known == form) {
            to.push((form, false));
        }
    }
    for skip in 0..3 {
        base64_pieces(bytes, skip, to);
    }
}

fn escaped(bytes: &[u8], escape: impl Fn(u8) -> Option<&'static [u8]>) -> Zeroizing<Vec<u8>> {
    // Sized for the worst: a buffer that grows would leave copies behind.
    let mut form = Zeroizing::new(Vec::with_capacity(4 * bytes.len()));
    for byte in bytes {
        match escape(*byte) {
            Some(instead) => form.extend_from_slice(instead),
            None => form.push(*byte),
        }
    }
    form
}

fn with_backslashes(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut form = Zeroizing::new(Vec::with_capacity(2 * bytes.len()));
    for byte in bytes {
        if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"%+-./:=@_".contains(byte) {
            form.push(b'\\');
        }
        form.push(*byte);
    }
    form
}

fn percent(bytes: &[u8], digits: &[u8; 16], unreserved: &[u8], is_form: bool) -> Zeroizing<Vec<u8>> {
    let mut form = Zeroizing::new(Vec::with_capacity(3 * bytes.len()));
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || unreserved.contains(byte) {
            form.push(*byte);
        } else if is_form && *byte == b' ' {
            form.push(b'+');
        } else {
            form.extend_from_slice(&[b'%', digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]);
        }
    }
    form
}

fn hexadecimal(bytes: &[u8], digits: &[u8; 16]) -> Zeroizing<Vec<u8>> {
    let digits =
        bytes.iter().flat_map(|byte| [digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]);
    let mut form = Zeroizing::new(Vec::with_capacity(2 * bytes.len()));
    form.extend(digits);
    form
}

/// The secret in base64 where `skip` bytes of something else precede it in its group of three, without the characters that
/// depend on its neighbours; in both alphabets.
fn base64_pieces(bytes: &[u8], skip: usize, to: &mut Patterns) {
    let mut plain = Zeroizing::new(Vec::with_capacity(skip + bytes.len()));
    plain.resize(skip, 0);
    plain.extend_from_slice(bytes);
    let text = Zeroizing::new(STANDARD_NO_PAD.encode(&plain));
    let own = (skip * 8).div_ceil(6)..plain.len() * 8 / 6;
    let own = &text.as_bytes()[own];
    for url in [false, true] {
        if url && !own.iter().any(|byte| b"+/".contains(byte)) {
            continue;
        }
        let last = own.len().saturating_sub(WINDOW);
        for start in (0..last).step_by(WINDOW).chain([last]) {
            let mut piece = Zeroizing::new(own[start..start + WINDOW].to_vec());
            if url {
                for byte in piece.iter_mut() {
                    *byte = match *byte {
                        b'+' => b'-',
                        b'/' => b'_',
                        other => other,
                    };
                }
            }
            to.push((piece, true));
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::*;

    const SECRET: &str = "p4ss'W\\rd \"$x\" ü?/+~";

    fn shown(masker: &Masker, text: impl AsRef<[u8]>) -> String {
        String::from_utf8(masker.mask(text.as_ref().to_vec())).unwrap()
    }

    #[test]
    fn a_secret_is_hidden_as_it_is_and_next_to_others() {
        let masker = Masker::new(["hunter2hunter2", "hunter2hunter2-and-more", "short"]);
        assert_eq!(shown(&masker, "x=hunter2hunter2;short"), "x=********;short");
        assert_eq!(shown(&masker, "hunter2hunter2-and-more."), "********.");
        assert_eq!(shown(&masker, "hunter2hunter2-and-less"), "********-and-less");
        assert_eq!(shown(&masker, "hunter2hunter2hunter2."), "********.", "two that overlap");
        assert_eq!(shown(&masker, "hunter2hunter"), "hunter2hunter");
        assert_eq!((shown(&masker, ""), shown(&masker, "hunter2")), (String::new(), "hunter2".to_owned()));
        assert_eq!(format!("{masker:?}"), "Masker(2 secrets)");
    }

    #[test]
    fn a_secret_is_hidden_as_shells_json_urls_and_dumps_show_it() {
        let masker = Masker::new([SECRET]);
        let json = serde_json::to_string(SECRET).unwrap();
        let hex: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
        for form in [
            "'p4ss'\\''W\\rd \"$x\" ü?/+~'",
            "$'p4ss\\'W\\\\rd \"$x\" ü?/+~'",
            json.as_str(),
            "p4ss\\'W\\\\rd\\ \\\"\\$x\\\"\\ ü\\?/+\\~",
            "p4ss%27W%5Crd%20%22%24x%22%20%C3%BC%3F%2F%2B~",
            "p4ss%27W%5crd%20%22%24x%22%20%c3%bc%3f%2f%2b~",
            "p4ss%27W%5Crd+%22%24x%22+%C3%BC%3F%2F%2B%7E",
            "p4ss'W%5Crd%20%22%24x%22%20%C3%BC%3F%2F%2B~",
            hex.as_str(),
            hex.to_uppercase().as_str(),
        ] {
            let shown = shown(&masker, format!("<{form}>"));
            assert!(
                shown.contains("********") && !shown.contains("W") && shown.len() < 20,
                "{form}: {shown}"
            );
        }
    }

    #[test]
    fn a_secret_is_hidden_in_base64_at_every_offset_and_in_both_alphabets() {
        for secret in ["12345678", "hunter2hunter2", SECRET, "????>>>>~~~~"] {
            let masker = Masker::new([secret]);
            for before in 0..7 {
                for after in 0..4 {
                    let text = format!("{}{secret}{}", "#".repeat(before), "!".repeat(after));
                    for encoded in [STANDARD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
                        let shown = shown(&masker, &encoded);
                        let (head, tail) = shown.split_once("********").unwrap();
                        // What is left holds no whole byte of the secret.
                        assert!(head.len() * 6 <= before * 8 + 7, "{text} {shown}");
                        assert!(tail.trim_end_matches('=').len() * 6 <= after * 8 + 7, "{text} {shown}");
                    }
                }
            }
        }
    }

    #[test]
    fn base64_that_is_broken_into_lines_gives_only_fragments_away() {
        let secret: String = (0..30).map(|number| format!("k{number}x")).collect();
        let masker = Masker::new([secret.as_str()]);
        let encoded = STANDARD.encode(&secret);
        for width in [20, 60, 64, 76] {
            for line in encoded.as_bytes().chunks(width).filter(|line| line.len() == width) {
                let left = shown(&masker, line).replace('*', "");
                assert!(left.len() <= 2 * (WINDOW - 1 - EDGE), "{left}");
            }
        }
    }

    #[test]
    fn a_secret_of_several_lines_is_hidden_line_by_line_in_every_form() {
        let masker = Masker::new(["-----BEGIN-----\nsecret&secret\nab\n"]);
        for (text, wanted) in [
            ("-----BEGIN-----", "********"),
            ("x secret&secret y", "x ******** y"),
            ("secret%26secret", "********"),
            ("ab", "ab"),
        ] {
            assert_eq!(shown(&masker, text), wanted);
        }
    }

    #[test]
    fn ordinary_output_is_left_alone_and_many_patterns_cost_little() {
        let secrets: Vec<String> =
            (0..50).map(|number| format!("{number:04}secret{}", "z".repeat(100))).collect();
        let masker = Masker::new(secrets.iter().map(String::as_str));
        let line =
            b"Selecting previously unselected package nginx-common. (Reading database ... 48230 files)"
                .to_vec();
        assert_eq!(masker.mask(line.clone()), line);
        assert_eq!(Masker::default().mask(line.clone()), line);
    }
}
