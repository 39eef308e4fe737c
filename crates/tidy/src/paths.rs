//! The `use` trees and `a::b` paths of a file.

use crate::source::{Kind, Source};

/// One path as the code names it, with `use` trees spread out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The segments: `["std", "sync", "atomic", "AtomicBool"]`; a glob ends in `*`, a `self` in a tree is left out.
    pub segments: Vec<String>,
    /// The line of the last segment.
    pub line: usize,
    /// The token that the path begins at.
    pub token: usize,
    /// The modules written out in this file around the path: `mod inner { .. }`.
    pub inside: Vec<String>,
    /// How a `use` brings it in.
    pub import: Option<Import>,
}

/// What a `use` does beside naming a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The name it has here (after `as`); `*` for a glob.
    pub name: String,
    /// Whether it is handed on (`pub use`, `pub(crate) use`).
    pub public: bool,
}

/// Every path in `source`, in order: those of `use` trees, and those in code that have a `::`.
pub fn named(source: &Source) -> Vec<Named> {
    let inside = inline_modules(source);
    let mut out = Vec::new();
    let mut i = 0;
    while i < source.tokens.len() {
        let word = source.tokens[i].kind == Kind::Word;
        if word && source.at(i, "use") && !source.at(i + 1, "<") {
            let public = i > 0 && (source.at(i - 1, "pub") || is_restricted_pub(source, i - 1));
            i = tree(source, i + 1, &mut Vec::new(), i, &inside[i], public, &mut out);
            continue;
        }
        let begins = word && !(i > 0 && source.at(i - 1, "::") && i > 1 && continues(source, i - 2));
        if begins && source.at(i + 1, "::") {
            let begin = i;
            let mut segments = vec![source.tokens[i].text.clone()];
            while source.at(i + 1, "::") && source.tokens.get(i + 2).is_some_and(|t| t.kind == Kind::Word) {
                i += 2;
                segments.push(source.tokens[i].text.clone());
            }
            if segments.len() > 1 {
                let line = source.tokens[i].line;
                out.push(Named { segments, line, token: begin, inside: inside[begin].clone(), import: None });
            }
        }
        i += 1;
    }
    out
}

/// Whether the token at `at`, standing before a `::`, makes what follows a part of its own path.
fn continues(source: &Source, at: usize) -> bool {
    source.tokens[at].kind == Kind::Word || source.at(at, ">")
}

/// Whether a `pub(crate)` or the like ends at `at`.
fn is_restricted_pub(source: &Source, at: usize) -> bool {
    source.at(at, ")") && (0..at).rev().take(6).any(|i| source.at(i, "pub") && source.at(i + 1, "("))
}

/// Reads one branch of a `use` tree; gives the token behind it.
fn tree(
    source: &Source,
    mut at: usize,
    prefix: &mut Vec<String>,
    token: usize,
    inside: &[String],
    public: bool,
    out: &mut Vec<Named>,
) -> usize {
    let depth = prefix.len();
    while let Some(t) = source.tokens.get(at) {
        if t.is("{") {
            at += 1;
            while at < source.tokens.len() && !source.at(at, "}") {
                at = tree(source, at, prefix, token, inside, public, out);
                if source.at(at, ",") {
                    at += 1;
                }
            }
            prefix.truncate(depth);
            return at + 1;
        }
        if t.is("::") {
            at += 1;
            continue;
        }
        if t.kind == Kind::Word || t.is("*") {
            // `{self, x}` names the prefix itself.
            if !t.is("self") || prefix.is_empty() {
                prefix.push(t.text.clone());
            }
            at += 1;
            if !source.at(at, "::") {
                let mut name = prefix.last().cloned().unwrap_or_default();
                let line = t.line;
                if source.at(at, "as") {
                    name = source.tokens[at + 1].text.clone();
                    at += 2;
                }
                out.push(Named {
                    segments: prefix.clone(),
                    line,
                    token,
                    inside: inside.to_vec(),
                    import: Some(Import { name, public }),
                });
                prefix.truncate(depth);
                return at;
            }
            continue;
        }
        break;
    }
    prefix.truncate(depth);
    at + 1
}

/// Of each token, the modules written out around it.
pub fn inline_modules(source: &Source) -> Vec<Vec<String>> {
    let mut out = Vec::with_capacity(source.tokens.len());
    let mut open: Vec<(String, usize)> = Vec::new();
    for (i, t) in source.tokens.iter().enumerate() {
        while open.last().is_some_and(|(_, end)| *end < i) {
            open.pop();
        }
        out.push(open.iter().map(|(name, _)| name.clone()).collect());
        if t.is("mod") && source.at(i + 2, "{") {
            open.push((source.tokens[i + 1].text.clone(), source.closing(i + 2)));
        }
    }
    out
}
