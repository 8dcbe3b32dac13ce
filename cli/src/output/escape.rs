//! Texts from elsewhere must not steer the terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with every character made visible that could move the cursor, change colours, set titles or reorder what is
/// shown: control characters but the tabulator, and Unicode's line separators and direction marks.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            _ if is_unsafe(character) && (character as u32) < 0x100 => {
                let _ = write!(safe, "\\x{:02x}", character as u32);
            }
            _ if is_unsafe(character) => {
                let _ = write!(safe, "\\u{{{:x}}}", character as u32);
            }
            _ => safe.push(character),
        }
    }
    Cow::Owned(safe)
}

fn is_unsafe(character: char) -> bool {
    match character {
        '\t' => false,
        // Line and paragraph separator; embeddings, overrides and isolates of the bidirectional algorithm (UAX #9).
        '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{061c}' => true,
        _ => character.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_as_it_is() {
        for text in ["", "nginx: ok", "a\tb", "naïve – 日本語 🚀"] {
            assert!(matches!(escape(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn nothing_that_steers_a_terminal_gets_through() {
        assert_eq!(escape("\x1b[31mred\x1b[0m"), "\\x1b[31mred\\x1b[0m");
        assert_eq!(escape("\x1b]0;title\x07"), "\\x1b]0;title\\x07");
        assert_eq!(escape("a\r\nb\x08\x7f\0"), "a\\r\\nb\\x08\\x7f\\x00");
        assert_eq!(escape("\u{9b}31m"), "\\x9b31m");
        assert_eq!(escape("user\u{202e}nimda"), "user\\u{202e}nimda");
    }
}
