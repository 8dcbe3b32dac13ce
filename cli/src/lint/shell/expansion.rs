//! What stands behind a dollar or a backtick.

use std::ops::Range;

use super::commands::Reader;
use super::words::Until;
use super::{Part, Variable};

impl Reader<'_> {
    /// The expansion that begins here, if one does: a dollar alone is text.
    pub(super) fn expansion(&mut self, quoted: bool) -> Option<Part> {
        if self.peek() == Some('`') {
            if self.in_backticks > 0 {
                return None;
            }
            self.next();
            let inner = self.substituted('`');
            return Some(Part::Commands(inner));
        }
        if self.looking_at("$((") && self.closes_arithmetic() {
            self.skip(3);
            let text = self.arithmetic();
            return Some(Part::Arithmetic(text));
        }
        if self.looking_at("$(") {
            self.skip(2);
            let inner = self.substituted(')');
            return Some(Part::Commands(inner));
        }
        if self.looking_at("${") {
            return Some(self.braced(quoted));
        }
        let at = self.at;
        self.next();
        let name = match self.peek() {
            Some(c) if c.is_ascii_alphabetic() || c == '_' => self.name(),
            Some(c) if c.is_ascii_digit() || "@*#?-$!".contains(c) => {
                self.next();
                c.to_string()
            }
            _ => {
                self.at = at;
                return None;
            }
        };
        let (length, indirect, operator, inner) = (false, false, String::new(), Vec::new());
        Some(Part::Variable(Variable { at, end: self.at, name, indirect, length, operator, quoted, inner }))
    }

    /// The commands up to the closing sign, which is taken.
    pub(super) fn substituted(&mut self, close: char) -> Range<usize> {
        let from = self.commands();
        if !self.deeper() {
            return from..from;
        }
        let opened = self.at;
        if close == '`' {
            self.in_backticks += 1;
        }
        self.inside(close);
        if close == '`' {
            self.in_backticks -= 1;
        }
        if self.peek() == Some(close) {
            self.next();
        } else {
            self.trouble_at(opened.saturating_sub(1), "a substitution is never closed");
        }
        self.shallower();
        let to = self.commands();
        self.capture(from..to);
        from..to
    }

    fn braced(&mut self, quoted: bool) -> Part {
        let at = self.at;
        self.skip(2);
        let mut variable = Variable {
            at,
            end: at,
            name: String::new(),
            indirect: false,
            length: false,
            operator: String::new(),
            quoted,
            inner: Vec::new(),
        };
        // `${#}` and `${!}` are variables themselves.
        if self.peek() == Some('#') && !matches!(self.peek_at(1), Some('}' | ':' | '-')) {
            self.next();
            variable.length = true;
        } else if self.peek() == Some('!') && self.peek_at(1) != Some('}') {
            self.next();
            variable.indirect = true;
        }
        variable.name = match self.peek() {
            Some(c) if c.is_ascii_alphanumeric() || c == '_' => self.name(),
            Some(c) if "@*#?-$!".contains(c) => {
                self.next();
                c.to_string()
            }
            _ => String::new(),
        };
        if self.peek() == Some('[') {
            self.subscript(&mut variable);
        }
        while let Some(c) = self.peek().filter(|c| ":-=+?#%/^,@".contains(*c)) {
            self.next();
            variable.operator.push(c);
            if !matches!(c, ':' | '#' | '%' | '/' | '^' | ',') {
                break;
            }
        }
        if self.deeper() {
            let inner = self.parts(Until::Brace(quoted));
            variable.inner.extend(inner);
            self.shallower();
        }
        if self.peek() == Some('}') {
            self.next();
        } else {
            self.trouble_at(at, "a brace is never closed");
        }
        variable.end = self.at;
        Part::Variable(variable)
    }

    /// `[...]` behind a name.
    fn subscript(&mut self, variable: &mut Variable) {
        let mut depth = 0_usize;
        while let Some(c) = self.peek() {
            match c {
                '[' => depth += 1,
                ']' => depth -= 1,
                '$' | '`' if self.deeper() => {
                    let part = self.expansion(true);
                    self.shallower();
                    if let Some(part) = part {
                        variable.inner.push(part);
                        continue;
                    }
                }
                '}' | '\n' => break,
                _ => {}
            }
            self.next();
            variable.operator.push(c);
            if depth == 0 {
                break;
            }
        }
    }

    /// Whether `((` from here is closed by `))`: otherwise it is a subshell in a substitution.
    fn closes_arithmetic(&self) -> bool {
        let mut depth = 0_usize;
        let rest = self.rest();
        let mut signs = rest.char_indices().skip(1).peekable();
        while let Some((_, c)) = signs.next() {
            match c {
                '(' => depth += 1,
                ')' if depth == 2 => return matches!(signs.peek(), Some((_, ')'))),
                ')' => depth = depth.saturating_sub(1),
                '\n' if depth == 0 => return false,
                _ => {}
            }
            if depth == 0 {
                return false;
            }
        }
        false
    }

    /// The text up to `))`, which is taken.
    pub(super) fn arithmetic(&mut self) -> String {
        let opened = self.at;
        let (mut text, mut depth) = (String::new(), 0_usize);
        loop {
            match self.next() {
                None => {
                    self.trouble_at(opened.saturating_sub(2), "an arithmetic expression is never closed");
                    return text;
                }
                Some(')') if depth == 0 => {
                    if self.peek() == Some(')') {
                        self.next();
                    }
                    return text;
                }
                Some(c) => {
                    match c {
                        '(' => depth += 1,
                        ')' => depth -= 1,
                        _ => {}
                    }
                    text.push(c);
                }
            }
        }
    }

    /// Letters, digits and underscores.
    pub(super) fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(c) = self.peek().filter(|c| c.is_ascii_alphanumeric() || *c == '_') {
            self.next();
            name.push(c);
        }
        name
    }
}
