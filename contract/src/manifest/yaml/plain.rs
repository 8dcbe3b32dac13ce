//! What the parser says, in words for people who have never heard of tokens and flow sequences.

use super::Position;

/// Begins the messages of our own, which the parser puts a path before.
pub(super) const OWN: char = '\u{1}';

/// The place and the words for what the parser said of the text.
pub(super) fn said(text: &str, position: Option<Position>, message: &str) -> (Option<Position>, String) {
    if let Some((_, own)) = message.rsplit_once(OWN) {
        return (position, own.to_owned());
    }
    let here = position.and_then(|position| char_at(text, position));
    // `..., while parsing a flow sequence at line 5 column 7`: what was begun, and where.
    let begun = message.rsplit_once(" at line ").and_then(|(_, numbers)| place(numbers));
    let begun_line = begun.map_or_else(|| "above".to_owned(), |(line, _)| format!("of line {line}"));
    let has = |part: &str| message.contains(part);
    if has("more than one document") {
        return (
            second_document(text),
            "a manifest is one mapping of `key: value` lines, and here something else begins; \
             remove it, or make it a `key: value`"
                .to_owned(),
        );
    }
    if let Some((_, offset)) = message.split_once("control characters are not allowed at position ") {
        let offset = offset.split_whitespace().next().and_then(|digits| digits.parse().ok());
        let at = offset.and_then(|offset: usize| text.get(..offset)).map(position_after);
        return (at.or(position), "a control character is not allowed here; remove it".to_owned());
    }
    let words = match here {
        Some('\t') if has("cannot start any token") => {
            "a tab cannot indent a line; use spaces".to_owned()
        }
        Some(sign) if has("cannot start any token") => {
            format!("a value cannot begin with `{sign}`; put quotes around it")
        }
        _ if has("mapping values are not allowed") => {
            "a `: ` is not possible here: put quotes around a text that has one, and indent the keys of a mapping alike"
                .to_owned()
        }
        _ if has("scanning a quoted scalar") => {
            return (begun.or(position), "the quote that opens here is never closed".to_owned());
        }
        _ if has("flow sequence") => {
            format!("the `[` {begun_line} is not closed before this; write `]` at its end, and commas between its values")
        }
        _ if has("flow mapping") => {
            format!("the `{{` {begun_line} is not closed before this; write `}}` at its end, and commas between its entries")
        }
        _ if has("simple key") => {
            return (begun.or(position), "this line is no `key: value`; write a colon and a space behind the key".to_owned());
        }
        _ if has("unknown anchor") => {
            "there is no anchor (`&name`) of that name above; write the value out".to_owned()
        }
        _ if has("expected a key that is a word") => "a key must be a word, as in `category: web`".to_owned(),
        _ if has("did not find expected key") || has("did not find expected '-' indicator") => {
            "this line is not indented like the lines it follows".to_owned()
        }
        _ => message.to_owned(),
    };
    (position, words)
}

fn char_at(text: &str, (line, column): Position) -> Option<char> {
    text.lines().nth(line as usize - 1)?.chars().nth(column as usize - 1)
}

/// `5 column 7`
fn place(numbers: &str) -> Option<Position> {
    let (line, column) = numbers.split_once(" column ")?;
    let column = column.split(|c: char| !c.is_ascii_digit()).next()?;
    Some((line.parse().ok()?, column.parse().ok()?))
}

fn position_after(text: &str) -> Position {
    let line = text.matches('\n').count() + 1;
    let column = text.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line as u32, column as u32)
}

/// Where the second document begins. The parser does not say.
fn second_document(text: &str) -> Option<Position> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with(['#', '%'])
    });
    let (first, text) = lines.next()?;
    let marks = |line: &str| ["---", "..."].iter().any(|mark| line.starts_with(mark));
    let first = if text.starts_with("---") { lines.next().map_or(first, |(at, _)| at) } else { first };
    let second = lines.find(|(_, line)| marks(line)).map_or(first, |(at, _)| at);
    Some((second as u32 + 1, 1))
}
