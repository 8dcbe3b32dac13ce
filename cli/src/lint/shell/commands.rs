//! Commands: lists, pipelines, compound commands and here-documents.

use std::ops::Range;

use super::redirects::Waiting;
use super::words::Until;
use super::{Command, Script, Word};

/// How deep things may be nested before the reader gives up.
const MAX_DEPTH: usize = 50;

/// Words that begin or end compound commands where a command begins.
const CLOSING: &[&str] = &["then", "elif", "else", "fi", "do", "done", "esac", "}", "in"];

pub(super) struct Reader<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    pub(super) script: Script,
    depth: usize,
    pub(super) in_backticks: usize,
    /// Here-documents whose text begins on the next line.
    pub(super) waiting: Vec<Waiting>,
    surroundings: Surroundings,
}

/// What is true of every command that is read now.
#[derive(Clone, Default)]
struct Surroundings {
    function: Option<String>,
    guarded: bool,
    tested: bool,
}

pub(super) fn read(text: &str) -> Script {
    let mut reader = Reader {
        text,
        at: 0,
        script: Script::default(),
        depth: 0,
        in_backticks: 0,
        waiting: Vec::new(),
        surroundings: Surroundings::default(),
    };
    while reader.at < text.len() {
        let before = reader.at;
        reader.list();
        // A word that closes nothing, or the like: shellcheck says more about it.
        if reader.at == before || reader.at < text.len() {
            reader.trouble("this does not belong here");
            if reader.at == before {
                reader.next();
            }
        }
    }
    reader.script
}

impl Reader<'_> {
    pub(super) fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<char> {
        self.rest().chars().nth(ahead)
    }

    pub(super) fn looking_at(&self, text: &str) -> bool {
        self.rest().starts_with(text)
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    pub(super) fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.next();
        }
    }

    pub(super) fn trouble(&mut self, why: &str) {
        self.trouble_at(self.at, why);
    }

    pub(super) fn trouble_at(&mut self, at: usize, why: &str) {
        self.script.trouble.get_or_insert_with(|| (at, why.to_owned()));
    }

    pub(super) fn commands(&self) -> usize {
        self.script.commands.len()
    }

    /// Whether there is room for one level more; past that the rest is skipped.
    pub(super) fn deeper(&mut self) -> bool {
        if self.depth >= MAX_DEPTH {
            self.trouble("this is nested too deep");
            self.at = self.text.len();
            return false;
        }
        self.depth += 1;
        true
    }

    pub(super) fn shallower(&mut self) {
        self.depth -= 1;
    }

    /// The output of these commands goes elsewhere.
    pub(super) fn capture(&mut self, commands: Range<usize>) {
        self.script.commands[commands].iter_mut().for_each(|command| command.captured = true);
    }

    /// Commands in a substitution, up to the sign that closes it.
    pub(super) fn inside(&mut self, close: char) {
        let outer = self.surroundings.clone();
        self.surroundings.tested = false;
        while self.peek().is_some_and(|c| c != close) {
            let before = self.at;
            self.list();
            if self.at == before || self.peek().is_some_and(|c| c != close) {
                self.trouble("this does not belong here");
                if self.at == before {
                    self.next();
                }
            }
        }
        self.surroundings = outer;
    }

    /// Blanks, line continuations and comments; with `lines` also line ends.
    pub(super) fn blanks(&mut self, lines: bool) {
        loop {
            match self.peek() {
                Some(' ' | '\t' | '\r') => self.skip(1),
                Some('\\') if self.looking_at("\\\n") => self.skip(2),
                Some('\\') if self.looking_at("\\\r\n") => self.skip(3),
                Some('#') => {
                    let at = self.at;
                    let comment = self.rest().lines().next().unwrap_or_default();
                    let (length, text) = (comment.len(), comment[1..].trim_end().to_owned());
                    self.at += length;
                    self.script.comments.push((at, text));
                }
                Some('\n') if lines => {
                    self.skip(1);
                    self.here_documents();
                }
                _ => return,
            }
        }
    }

    /// Commands up to something that ends a list: a closing word or sign, or the end.
    fn list(&mut self) {
        if !self.deeper() {
            return;
        }
        loop {
            self.blanks(true);
            match self.peek() {
                None | Some(')') => break,
                Some('`') if self.in_backticks > 0 => break,
                Some(';') if self.looking_at(";;") || self.looking_at(";&") => break,
                Some(';' | '&') => {
                    self.skip(1);
                    continue;
                }
                _ => {}
            }
            if CLOSING.iter().any(|word| *word != "in" && self.at_word(word)) {
                break;
            }
            let before = self.at;
            self.and_or();
            if self.at == before {
                break;
            }
        }
        self.shallower();
    }

    /// Pipelines with `&&` and `||` between.
    fn and_or(&mut self) {
        let outer = self.surroundings.clone();
        let mut from = self.commands();
        loop {
            self.pipeline();
            self.blanks(false);
            if !self.looking_at("&&") && !self.looking_at("||") {
                break;
            }
            let range = from..self.commands();
            self.script.commands[range].iter_mut().for_each(|command| command.tested = true);
            self.skip(2);
            self.blanks(true);
            self.surroundings.guarded = true;
            from = self.commands();
        }
        self.surroundings = outer;
    }

    fn pipeline(&mut self) {
        let mut stages = Vec::new();
        loop {
            self.blanks(!stages.is_empty());
            while self.at_word("!") || self.at_word("time") {
                self.surroundings.tested |= self.peek() == Some('!');
                self.word(Until::Word);
                self.blanks(false);
            }
            let from = self.commands();
            self.command();
            let range = from..self.commands();
            self.blanks(false);
            let is_piped = self.looking_at("|") && !self.looking_at("||");
            for command in &mut self.script.commands[range.clone()] {
                command.fed |= !stages.is_empty();
                command.piped |= is_piped;
            }
            stages.push(range);
            if !is_piped {
                break;
            }
            let length = if self.looking_at("|&") { 2 } else { 1 };
            self.skip(length);
        }
        if stages.len() > 1 {
            self.script.pipelines.push(stages);
        }
    }

    /// Whether this word stands here alone.
    fn at_word(&self, word: &str) -> bool {
        self.rest().strip_prefix(word).is_some_and(|rest| {
            rest.chars().next().is_none_or(|c| c.is_ascii_whitespace() || ";&|()<>`".contains(c))
        })
    }

    fn take(&mut self, word: &str) -> bool {
        self.blanks(true);
        let is_here = self.at_word(word);
        if is_here {
            self.skip(word.chars().count());
        } else {
            self.trouble(&format!("`{word}` is missing here"));
        }
        is_here
    }

    fn command(&mut self) {
        let from = self.commands();
        let at = self.at;
        if self.looking_at("((") {
            self.skip(2);
            let end_of_head = self.at;
            let text = self.arithmetic();
            let word = Word { at: end_of_head, end: self.at, parts: vec![super::Part::Arithmetic(text)] };
            self.push(at, vec![literal(at, "(("), word]);
        } else if self.looking_at("(") {
            self.skip(1);
            self.branch(|reader| reader.list(), false, false);
            self.close(')');
        } else if self.at_word("{") {
            self.skip(1);
            self.list();
            self.take("}");
        } else if self.at_word("[[") {
            self.skip(2);
            self.tests(at);
        } else if self.at_word("if") {
            self.skip(2);
            self.if_branches();
        } else if self.at_word("while") || self.at_word("until") {
            self.skip(5);
            self.branch(|reader| reader.list(), false, true);
            self.body();
        } else if self.at_word("for") || self.at_word("select") {
            self.head_of_loop(at);
            self.body();
        } else if self.at_word("case") {
            self.skip(4);
            self.cases(at);
        } else if self.at_word("function") {
            self.skip(8);
            self.blanks(false);
            let name = self.word(Until::Word).literal().unwrap_or_default();
            self.blanks(false);
            if self.looking_at("()") {
                self.skip(2);
            }
            self.function(name);
        } else {
            return self.simple();
        }
        self.redirects_of_compound(from);
    }

    /// A part of a compound command, under surroundings of its own.
    fn branch(&mut self, read: impl FnOnce(&mut Self), guarded: bool, tested: bool) {
        let outer = self.surroundings.clone();
        self.surroundings.guarded |= guarded;
        self.surroundings.tested = tested || (outer.tested && !guarded);
        read(self);
        self.surroundings = outer;
    }

    fn close(&mut self, sign: char) {
        self.blanks(true);
        if self.peek() == Some(sign) {
            self.next();
        } else {
            self.trouble(&format!("`{sign}` is missing here"));
        }
    }

    fn if_branches(&mut self) {
        loop {
            self.branch(|reader| reader.list(), false, true);
            if !self.take("then") {
                return;
            }
            self.branch(|reader| reader.list(), true, false);
            self.blanks(true);
            if self.at_word("elif") {
                self.skip(4);
                continue;
            }
            if self.at_word("else") {
                self.skip(4);
                self.branch(|reader| reader.list(), true, false);
            }
            self.take("fi");
            return;
        }
    }

    /// `do ... done`
    fn body(&mut self) {
        self.blanks(true);
        if self.looking_at(";") {
            self.skip(1);
        }
        if self.take("do") {
            self.branch(|reader| reader.list(), true, false);
            self.take("done");
        }
    }

    /// `for NAME in WORDS`, `for ((...))` or `select NAME in WORDS`
    fn head_of_loop(&mut self, at: usize) {
        let keyword = self.name();
        let mut words = vec![literal(at, &keyword)];
        self.blanks(false);
        if self.looking_at("((") {
            self.skip(2);
            let begin = self.at;
            let text = self.arithmetic();
            words.push(Word { at: begin, end: self.at, parts: vec![super::Part::Arithmetic(text)] });
            self.push(at, words);
            return;
        }
        words.push(self.word(Until::Word));
        self.blanks(true);
        if self.at_word("in") {
            self.skip(2);
            loop {
                self.blanks(false);
                let before = self.at;
                let word = self.word(Until::Word);
                if self.at == before {
                    break;
                }
                words.push(word);
            }
        }
        self.push(at, words);
    }

    /// `WORD in PATTERN) LIST ;; ... esac`
    fn cases(&mut self, at: usize) {
        self.blanks(false);
        let word = self.word(Until::Word);
        self.push(at, vec![literal(at, "case"), word]);
        if !self.take("in") {
            return;
        }
        loop {
            self.blanks(true);
            if self.at_word("esac") {
                self.skip(4);
                return;
            }
            if self.looking_at("(") {
                self.skip(1);
            }
            let before = self.at;
            while self.peek().is_some_and(|c| c != ')' && c != '\n') {
                let here = self.at;
                self.blanks(false);
                self.word(Until::Word);
                if self.at == here {
                    self.next();
                }
            }
            if self.peek() != Some(')') || self.at == before {
                return self.trouble("a pattern of `case` ends with `)`");
            }
            self.skip(1);
            self.branch(|reader| reader.list(), true, false);
            self.blanks(true);
            for sign in [";;&", ";;", ";&"] {
                if self.looking_at(sign) {
                    self.skip(sign.len());
                    break;
                }
            }
        }
    }

    pub(super) fn function(&mut self, name: String) {
        if !self.deeper() {
            return;
        }
        self.script.functions.push(name.clone());
        let outer = std::mem::take(&mut self.surroundings);
        self.surroundings.function = Some(name);
        self.blanks(true);
        self.command();
        self.surroundings = outer;
        self.shallower();
    }

    /// `[[ ... ]]`: all words, operators included.
    fn tests(&mut self, at: usize) {
        let mut words = vec![literal(at, "[[")];
        let mut is_pattern = false;
        loop {
            self.blanks(true);
            if self.at_word("]]") {
                self.skip(2);
                break;
            }
            let here = self.at;
            match self.peek() {
                None => {
                    self.trouble_at(at, "`]]` is missing");
                    break;
                }
                Some('&' | '|' | '<' | '>' | ';') => self.skip(1),
                Some('(' | ')') if !is_pattern => self.skip(1),
                Some(_) => {
                    let word = self.word(if is_pattern { Until::Pattern } else { Until::Word });
                    is_pattern = word.literal().as_deref() == Some("=~");
                    if self.at == here {
                        self.next();
                        is_pattern = false;
                    } else {
                        words.push(word);
                    }
                }
            }
        }
        self.push(at, words);
    }

    pub(super) fn push(&mut self, at: usize, words: Vec<Word>) -> usize {
        let Surroundings { function, guarded, tested } = self.surroundings.clone();
        let command = Command { at, words, function, guarded, tested, ..Command::default() };
        self.script.commands.push(command);
        self.commands() - 1
    }
}

fn literal(at: usize, text: &str) -> Word {
    Word { at, end: at + text.len(), parts: vec![super::Part::Text(text.to_owned())] }
}
