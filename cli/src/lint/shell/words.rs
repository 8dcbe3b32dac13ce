//! Words: quotes and plain text, up to where the next word or operator begins.

use super::commands::Reader;
use super::{Part, Word};

/// Where a text ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// At a blank or an operator.
    Word,
    /// At a blank: a pattern of `[[ ... =~ ... ]]` may have operators in it.
    Pattern,
    /// At the closing quote.
    Quote,
    /// At the brace that closes an expansion; the flag says whether the expansion is quoted.
    Brace(bool),
    /// At the end of the text: a here-document.
    End,
}

impl Reader<'_> {
    /// A word from here. Empty if none begins here.
    pub(super) fn word(&mut self, until: Until) -> Word {
        let at = self.at;
        let parts = self.parts(until);
        Word { at, end: self.at, parts }
    }

    pub(super) fn parts(&mut self, until: Until) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut is_empty_quoted = false;
        let mut depth = 0_usize;
        let quoted = matches!(until, Until::Quote | Until::End | Until::Brace(true));
        while let Some(c) = self.peek() {
            match until {
                Until::Word if self.ends_word(c) => break,
                Until::Pattern if c.is_ascii_whitespace() && depth == 0 => break,
                Until::Quote if c == '"' => break,
                Until::Brace(_) if c == '}' => break,
                _ => {}
            }
            match c {
                '(' if until == Until::Pattern => depth += 1,
                ')' if until == Until::Pattern && depth == 0 => break,
                ')' if until == Until::Pattern => depth -= 1,
                _ => {}
            }
            match c {
                '\\' => {
                    self.next();
                    let Some(escaped) = self.next() else { break };
                    // In quotes only a few signs can be escaped.
                    if quoted && !matches!(escaped, '$' | '`' | '"' | '\\' | '\n' | '}') {
                        text.push('\\');
                    }
                    if escaped != '\n' {
                        text.push(escaped);
                    }
                }
                '\'' if !quoted => {
                    self.next();
                    is_empty_quoted = true;
                    self.single_quoted(&mut text);
                }
                '"' if until != Until::End => {
                    self.next();
                    is_empty_quoted = true;
                    flush(&mut text, &mut parts);
                    let inner = self.parts(Until::Quote);
                    parts.extend(inner);
                    if self.next() != Some('"') {
                        self.trouble("a double quote is never closed");
                    }
                }
                '$' if !quoted && self.looking_at("$'") => {
                    self.skip(2);
                    self.ansi_quoted(&mut text);
                }
                '$' if !quoted && self.looking_at("$\"") => {
                    self.skip(1);
                }
                '$' | '`' => match self.expansion(quoted) {
                    Some(part) => {
                        flush(&mut text, &mut parts);
                        parts.push(part);
                    }
                    None => {
                        self.next();
                        text.push(c);
                    }
                },
                '<' | '>' if until == Until::Word && self.peek_at(1) == Some('(') => {
                    flush(&mut text, &mut parts);
                    self.skip(2);
                    let inner = self.substituted(')');
                    parts.push(Part::Commands(inner));
                }
                // An extended pattern, as in `!(a|b)`.
                '?' | '*' | '+' | '@' | '!' if until == Until::Word && self.peek_at(1) == Some('(') => {
                    self.next();
                    text.push(c);
                    self.pattern_group(&mut text, &mut parts);
                }
                c => {
                    self.next();
                    text.push(c);
                }
            }
        }
        flush(&mut text, &mut parts);
        if parts.is_empty() && is_empty_quoted {
            parts.push(Part::Text(String::new()));
        }
        parts
    }

    fn ends_word(&self, c: char) -> bool {
        match c {
            ' ' | '\t' | '\n' | '\r' | ';' | '&' | '|' | '(' | ')' => true,
            '<' | '>' => self.peek_at(1) != Some('('),
            '`' => self.in_backticks > 0,
            _ => false,
        }
    }

    fn single_quoted(&mut self, text: &mut String) {
        let opened = self.at - 1;
        loop {
            match self.next() {
                Some('\'') => return,
                Some(c) => text.push(c),
                None => return self.trouble_at(opened, "a single quote is never closed"),
            }
        }
    }

    fn ansi_quoted(&mut self, text: &mut String) {
        let opened = self.at - 1;
        loop {
            match self.next() {
                Some('\'') => return,
                Some('\\') => match self.next() {
                    Some('n') => text.push('\n'),
                    Some('t') => text.push('\t'),
                    Some('r') => text.push('\r'),
                    Some(c) => text.push(c),
                    None => {}
                },
                Some(c) => text.push(c),
                None => return self.trouble_at(opened, "a single quote is never closed"),
            }
        }
    }

    /// `(a|b)` of an extended pattern.
    fn pattern_group(&mut self, text: &mut String, parts: &mut Vec<Part>) {
        let opened = self.at;
        self.next();
        text.push('(');
        loop {
            match self.peek() {
                None => return self.trouble_at(opened, "a parenthesis is never closed"),
                Some(')') => {
                    self.next();
                    return text.push(')');
                }
                Some(c @ ('|' | '&' | ';' | '<' | '>' | ' ' | '\t' | '\n' | '\r' | '(')) => {
                    self.next();
                    text.push(c);
                }
                Some(_) => {
                    let before = self.at;
                    flush(text, parts);
                    if self.deeper() {
                        let inner = self.parts(Until::Word);
                        parts.extend(inner);
                        self.shallower();
                    }
                    if self.at == before {
                        self.next();
                    }
                }
            }
        }
    }
}

fn flush(text: &mut String, parts: &mut Vec<Part>) {
    if !text.is_empty() {
        parts.push(Part::Text(std::mem::take(text)));
    }
}
