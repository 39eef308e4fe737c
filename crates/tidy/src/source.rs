//! One Rust file as tokens, comments and code lines.
//!
//! A small lexer: it knows comments (nested ones too), strings (raw and byte ones too), characters and
//! lifetimes, so that no rule mistakes a word in a string or a comment for code.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An identifier, a keyword or a number.
    Word,
    /// One character of punctuation, or `::`.
    Mark,
    /// A string; its text is what stands between the quotes.
    Text,
    /// A character or a lifetime.
    Tick,
}

/// One token.
#[derive(Clone, Debug)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// How it is written (of a string: its content).
    pub text: String,
    /// The line it begins on, from 1.
    pub line: usize,
}

impl Token {
    /// Whether this is the word or mark `text`.
    pub fn is(&self, text: &str) -> bool {
        matches!(self.kind, Kind::Word | Kind::Mark) && self.text == text
    }
}

/// One line, code and comment apart.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// Its code, with strings emptied and comments left out.
    pub code: String,
    /// Its comments, with their slashes.
    pub comment: String,
}

impl Line {
    /// Whether the line has a comment and no code.
    pub fn is_comment_only(&self) -> bool {
        self.code.trim().is_empty() && !self.comment.is_empty()
    }
}

/// A Rust file, read.
#[derive(Clone, Debug)]
pub struct Source {
    /// The tokens in order.
    pub tokens: Vec<Token>,
    /// The lines in order; line 1 is `lines[0]`.
    pub lines: Vec<Line>,
    /// Of each token, whether it is compiled for tests only.
    pub in_test: Vec<bool>,
    /// Modules declared with `mod name;` for tests only.
    pub test_modules: Vec<String>,
    /// Whether the whole file is compiled for tests only (`#![cfg(test)]`).
    pub all_test: bool,
}

impl Source {
    /// Reads `text`.
    pub fn new(text: &str) -> Self {
        let (tokens, lines) = Lexer::new(text).run();
        let mut source = Source {
            in_test: vec![false; tokens.len()],
            tokens,
            lines,
            test_modules: Vec::new(),
            all_test: false,
        };
        source.mark_tests();
        source
    }

    /// The line numbered `line`, from 1.
    pub fn line(&self, line: usize) -> &Line {
        &self.lines[line - 1]
    }

    /// Whether the token at `at` is the word or mark `text`.
    pub fn at(&self, at: usize, text: &str) -> bool {
        self.tokens.get(at).is_some_and(|t| t.is(text))
    }

    /// Whether the tokens from `at` are `texts`.
    pub fn follows(&self, at: usize, texts: &[&str]) -> bool {
        texts.iter().enumerate().all(|(i, t)| self.at(at + i, t))
    }

    /// The index of the bracket that closes the one at `open`; the last token's if none does.
    pub fn closing(&self, open: usize) -> usize {
        let mut depth = 0usize;
        for (i, t) in self.tokens.iter().enumerate().skip(open) {
            if t.kind == Kind::Mark {
                match t.text.as_str() {
                    "(" | "[" | "{" => depth += 1,
                    ")" | "]" | "}" => {
                        depth -= 1;
                        if depth == 0 {
                            return i;
                        }
                    }
                    _ => {}
                }
            }
        }
        self.tokens.len() - 1
    }

    fn mark_tests(&mut self) {
        let mut i = 0;
        while i < self.tokens.len() {
            let inner = self.follows(i, &["#", "!", "["]);
            if !inner && !self.follows(i, &["#", "["]) {
                i += 1;
                continue;
            }
            let open = i + if inner { 2 } else { 1 };
            let close = self.closing(open);
            if !self.is_test_attribute(open, close) {
                i = close + 1;
                continue;
            }
            if inner {
                // Only at the head of the file: a body's own inner attribute is not in use here.
                self.all_test = true;
                self.in_test.fill(true);
                return;
            }
            let end = self.item_end(close + 1);
            self.in_test[i..=end].fill(true);
            for at in close + 1..end {
                if self.at(at, "mod") && self.at(at + 2, ";") {
                    self.test_modules.push(self.tokens[at + 1].text.clone());
                }
            }
            i = end + 1;
        }
    }

    fn is_test_attribute(&self, open: usize, close: usize) -> bool {
        match self.tokens.get(open + 1) {
            Some(t) if t.is("test") => open + 2 == close,
            Some(t) if t.is("cfg") && self.at(open + 2, "(") => self.needs_test(open + 3).0,
            _ => false,
        }
    }

    /// Whether the cfg predicate at `at` holds only under `test`, and where it ends.
    fn needs_test(&self, at: usize) -> (bool, usize) {
        if !self.at(at + 1, "(") {
            let bare = self.at(at, "test") && !self.at(at + 1, "=");
            let mut end = at + 1;
            while end < self.tokens.len() && !self.at(end, ",") && !self.at(end, ")") {
                end += 1;
            }
            return (bare, end);
        }
        let close = self.closing(at + 1);
        let mut parts = Vec::new();
        let mut next = at + 2;
        while next < close {
            let (needs, end) = self.needs_test(next);
            parts.push(needs);
            next = end + 1;
        }
        let needs = match self.tokens[at].text.as_str() {
            "all" => parts.contains(&true),
            "any" => !parts.is_empty() && !parts.contains(&false),
            _ => false,
        };
        (needs, close + 1)
    }

    /// The last token of the item (or statement) that begins at `at`, attributes first.
    fn item_end(&self, mut at: usize) -> usize {
        while self.follows(at, &["#", "["]) {
            at = self.closing(at + 1) + 1;
        }
        // A field, a variant or a match arm ends at its comma; an item may have commas in its head.
        let is_item = self.tokens.get(at).is_some_and(|t| ITEM_WORDS.contains(&t.text.as_str()));
        let mut i = at;
        while i < self.tokens.len() {
            if self.at(i, ";") || (!is_item && self.at(i, ",")) {
                return i;
            }
            if self.at(i, "{") {
                // `use a::{b, c};` goes on behind its brace.
                let close = self.closing(i);
                return if self.at(close + 1, ";") { close + 1 } else { close };
            }
            i = if self.at(i, "(") || self.at(i, "[") { self.closing(i) + 1 } else { i + 1 };
        }
        self.tokens.len() - 1
    }
}

/// What an item, with commas in its head perhaps, begins with.
const ITEM_WORDS: [&str; 14] = [
    "pub", "fn", "impl", "struct", "enum", "union", "trait", "type", "mod", "use", "unsafe", "const",
    "async", "extern",
];

struct Lexer {
    chars: Vec<char>,
    at: usize,
    tokens: Vec<Token>,
    lines: Vec<Line>,
}

impl Lexer {
    fn new(text: &str) -> Self {
        Lexer { chars: text.chars().collect(), at: 0, tokens: Vec::new(), lines: vec![Line::default()] }
    }

    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn last_line(&mut self) -> &mut Line {
        self.lines.last_mut().expect("there is always a line")
    }

    /// Takes one character of code.
    fn code(&mut self) -> char {
        let c = self.chars[self.at];
        self.at += 1;
        if c == '\n' {
            self.lines.push(Line::default());
        } else {
            self.last_line().code.push(c);
        }
        c
    }

    /// Takes one character that is no code; `comment` tells whether it is kept as comment.
    fn skip(&mut self, comment: bool) {
        let c = self.chars[self.at];
        self.at += 1;
        if c == '\n' {
            self.lines.push(Line::default());
        } else if comment {
            self.last_line().comment.push(c);
        }
    }

    fn push(&mut self, kind: Kind, text: String, line: usize) {
        self.tokens.push(Token { kind, text, line });
    }

    fn run(mut self) -> (Vec<Token>, Vec<Line>) {
        while self.at < self.chars.len() {
            let line = self.lines.len();
            let c = self.peek(0);
            if c == '/' && self.peek(1) == '/' {
                while self.at < self.chars.len() && self.peek(0) != '\n' {
                    self.skip(true);
                }
            } else if c == '/' && self.peek(1) == '*' {
                self.block_comment();
            } else if c == '"' {
                self.string(line);
            } else if c == '\'' {
                self.tick(line);
            } else if c.is_alphanumeric() || c == '_' {
                self.word(line);
            } else if c.is_whitespace() {
                self.code();
            } else if c == ':' && self.peek(1) == ':' {
                self.code();
                self.code();
                self.push(Kind::Mark, "::".to_owned(), line);
            } else {
                let c = self.code();
                self.push(Kind::Mark, c.to_string(), line);
            }
        }
        (self.tokens, self.lines)
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        while self.at < self.chars.len() {
            let step: i32 = match (self.peek(0), self.peek(1)) {
                ('/', '*') => 1,
                ('*', '/') => -1,
                _ => 0,
            };
            depth += step;
            for _ in 0..=step.abs() {
                self.skip(true);
            }
            if depth == 0 {
                return;
            }
        }
    }

    fn word(&mut self, line: usize) {
        let mut text = String::new();
        while self.peek(0).is_alphanumeric() || self.peek(0) == '_' {
            text.push(self.code());
        }
        let next = self.peek(0);
        let prefix = matches!(text.as_str(), "r" | "b" | "br" | "c" | "cr");
        if prefix && text.ends_with('r') && (next == '"' || next == '#') {
            if self.raw_string(line) {
                return;
            }
            // `r#name`: the raw identifier's own word follows.
            self.code();
            return;
        }
        if prefix && next == '"' {
            return self.string(line);
        }
        if text == "b" && next == '\'' {
            return self.tick(line);
        }
        self.push(Kind::Word, text, line);
    }

    /// Takes `"..."` or `#"..."#`; false if it is a raw identifier instead.
    fn raw_string(&mut self, line: usize) -> bool {
        let hashes = self.chars[self.at..].iter().take_while(|c| **c == '#').count();
        if self.peek(hashes) != '"' {
            return false;
        }
        for _ in 0..=hashes {
            self.code();
        }
        let mut text = String::new();
        while self.at < self.chars.len() {
            if self.peek(0) == '"' && (1..=hashes).all(|i| self.peek(i) == '#') {
                for _ in 0..=hashes {
                    self.code();
                }
                break;
            }
            text.push(self.peek(0));
            self.skip(false);
        }
        self.push(Kind::Text, text, line);
        true
    }

    fn string(&mut self, line: usize) {
        self.code();
        let mut text = String::new();
        while self.at < self.chars.len() && self.peek(0) != '"' {
            if self.peek(0) == '\\' {
                text.push('\\');
                self.skip(false);
                if self.at == self.chars.len() {
                    break;
                }
            }
            text.push(self.peek(0));
            self.skip(false);
        }
        if self.at < self.chars.len() {
            self.code();
        }
        self.push(Kind::Text, text, line);
    }

    /// A character (`'a'`, `'\n'`) or a lifetime (`'a`).
    fn tick(&mut self, line: usize) {
        self.code();
        let mut text = String::new();
        if self.peek(0) == '\\' {
            self.skip(false);
            self.skip(false);
            while self.at < self.chars.len() && self.peek(0) != '\'' {
                self.skip(false);
            }
            self.code();
        } else if self.peek(1) == '\'' {
            self.skip(false);
            self.code();
        } else {
            while self.peek(0).is_alphanumeric() || self.peek(0) == '_' {
                text.push(self.code());
            }
        }
        self.push(Kind::Tick, text, line);
    }
}
