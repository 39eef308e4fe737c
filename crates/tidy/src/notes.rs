//! Every `unsafe` and every memory ordering has its note.

use crate::Fault;
use crate::paths::named;
use crate::source::{Kind, Source};
use crate::tree::Tree;

/// How far above an ordering its note may begin, in lines.
pub const ORDERING_REACH: usize = 8;

const ORDERINGS: [&str; 5] = ["Relaxed", "Acquire", "Release", "AcqRel", "SeqCst"];

/// Every `unsafe` without `// SAFETY:` just above it (blocks, impls, extern blocks, attributes) or `# Safety` in
/// its documentation (functions and traits). A function that implements a trait's has the trait's contract; if a
/// macro writes it out, so that the `impl` is not seen around it, a `// SAFETY:` note says so.
pub fn every_unsafe_is_argued(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in &tree.rust {
        let s = &file.source;
        let trait_impls = trait_impls(s);
        for (i, t) in s.tokens.iter().enumerate() {
            if !(t.kind == Kind::Word && t.is("unsafe")) {
                continue;
            }
            let Some(want) = Want::at(s, i) else { continue };
            if want == Want::Docs && trait_impls.iter().any(|(open, close)| (*open..*close).contains(&i)) {
                continue;
            }
            let note = above(s, t.line);
            let argued = note.contains("SAFETY:") || (want == Want::Docs && note.contains("# Safety"));
            if !argued {
                let what = match want {
                    Want::Note => "`unsafe` without `// SAFETY:` just above it",
                    Want::Docs => "an `unsafe` function or trait without `# Safety` in its documentation",
                };
                faults.push(Fault::new(&file.path, t.line, what));
            }
        }
    }
    faults
}

#[derive(PartialEq, Eq)]
enum Want {
    Note,
    Docs,
}

impl Want {
    /// What the `unsafe` at `at` needs; `None` for a function pointer's type, which promises nothing itself.
    fn at(s: &Source, at: usize) -> Option<Want> {
        let mut next = at + 1;
        if s.at(next, "extern") {
            next += if s.tokens.get(next + 1).is_some_and(|t| t.kind == Kind::Text) { 2 } else { 1 };
        }
        if s.at(next, "fn") {
            let named = s.tokens.get(next + 1).is_some_and(|t| t.kind == Kind::Word);
            return named.then_some(Want::Docs);
        }
        Some(if s.at(next, "trait") { Want::Docs } else { Want::Note })
    }
}

/// The bodies of `impl Trait for Type { .. }`.
fn trait_impls(s: &Source) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    for (i, _) in s.tokens.iter().enumerate().filter(|(_, t)| t.is("impl")) {
        let mut of_trait = false;
        let mut at = i + 1;
        while at < s.tokens.len() && !s.at(at, ";") {
            if s.at(at, "{") {
                if of_trait {
                    out.push((at, s.closing(at)));
                }
                break;
            }
            // `for<'a>` binds a lifetime instead.
            of_trait |= s.at(at, "for") && !s.at(at + 1, "<");
            at = if s.at(at, "(") || s.at(at, "[") { s.closing(at) + 1 } else { at + 1 };
        }
    }
    out
}

/// The comments of `line`, and of the comment block just above the statement that `line` stands in.
fn above(s: &Source, line: usize) -> String {
    let mut note = s.line(line).comment.clone();
    let mut at = line;
    let mut in_comment = false;
    while at > 1 {
        at -= 1;
        let l = s.line(at);
        let code = l.code.trim();
        if l.is_comment_only() {
            in_comment = true;
        } else {
            let ends_another = code.is_empty() || code.ends_with([';', '{', '}']);
            if ends_another || (in_comment && !code.starts_with("#[")) {
                break;
            }
        }
        note.push('\n');
        note.push_str(&l.comment);
    }
    note
}

/// Every memory ordering under `crates/`, outside tests, that no comment on its line or a few lines above names.
///
/// Free is the ordering of a mutant, `if mutant!("name") { ORDERING } else { .. }`: it is wrong by intention.
pub fn every_ordering_is_reasoned(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in tree.rust.iter().filter(|f| f.path.starts_with("crates/") && f.module.is_some()) {
        let s = &file.source;
        // A `use` brings a name in, and orders nothing.
        let imports: Vec<(usize, usize)> = named(s)
            .iter()
            .filter(|n| n.import.is_some())
            .map(|n| {
                (n.token, s.tokens[n.token..].iter().position(|t| t.is(";")).map_or(n.token, |e| n.token + e))
            })
            .collect();
        for (i, t) in s.tokens.iter().enumerate() {
            let is_ordering = t.kind == Kind::Word && ORDERINGS.contains(&t.text.as_str());
            if !is_ordering
                || file.token_in_test(i)
                || is_of_mutant(s, i)
                || imports.iter().any(|(a, b)| (*a..=*b).contains(&i))
            {
                continue;
            }
            if !is_named_near(s, t.line, &t.text) {
                let what =
                    format!("`{0}` without its reason: say `// {0}: ...` on the line or just above", t.text);
                faults.push(Fault::new(&file.path, t.line, what));
            }
        }
    }
    faults.dedup();
    faults
}

/// Whether the ordering at `at` is all that stands in the block behind `mutant!("name")`.
fn is_of_mutant(s: &Source, at: usize) -> bool {
    let first = if at >= 2 && s.at(at - 1, "::") { at - 2 } else { at };
    first >= 6
        && s.follows(first - 6, &["mutant", "!", "("])
        && s.follows(first - 2, &[")", "{"])
        && s.at(at + 1, "}")
}

/// Whether a comment that reaches `line` names `ordering`.
fn is_named_near(s: &Source, line: usize, ordering: &str) -> bool {
    let depth = indent(&s.line(line).code);
    for at in (line.saturating_sub(ORDERING_REACH).max(1)..=line).rev() {
        let l = s.line(at);
        if at < line && l.code.trim() == "}" && indent(&l.code) < depth {
            // The end of another item.
            return false;
        }
        if has_word(&l.comment, ordering) {
            return true;
        }
    }
    false
}

fn indent(code: &str) -> usize {
    code.len() - code.trim_start().len()
}

/// Whether `text` holds `word` with no letter or digit beside it.
fn has_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(i, _)| {
        !text[..i].chars().next_back().is_some_and(part)
            && !text[i + word.len()..].chars().next().is_some_and(part)
    })
}
