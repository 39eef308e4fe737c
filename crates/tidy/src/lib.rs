//! The house rules, held by ordinary tests.
//!
//! A rule is a function from the tree (the workspace's own text) to the [`Fault`]s in it. `tests/house.rs`
//! applies every rule to this workspace; `tests/catches.rs` shows of every rule that it catches a bad text
//! and lets a good one pass, because a rule that cannot fail is no rule.
//!
//! | module        | holds                                                                                     |
//! |---------------|-------------------------------------------------------------------------------------------|
//! | [`source`]    | one Rust file as tokens, comments and code lines, with its test-only regions marked        |
//! | [`tree`]      | all files of the workspace, read from disk or made up by a test                            |
//! | [`paths`]     | the `use` trees and `a::b` paths of a file                                                 |
//! | [`modules`]   | no import circle; the scheduler's low modules never reach its high ones                    |
//! | [`facade`]    | atomics, threads and model checkers only through `crates/sync`                             |
//! | [`notes`]     | every `unsafe` and every memory ordering has its note                                      |
//! | [`manifests`] | the arrows between crates, what every member inherits, what the scheduler must not name    |
//! | [`habits`]    | file sizes; nothing left unfinished                                                        |
//! | [`links`]     | links in Markdown are alive; the invariants of ARCHITECTURE.md name tests that exist       |
//!
//! The rules read tokens, not expanded code: they see into macros, and need no compiler.

pub mod facade;
pub mod habits;
pub mod links;
pub mod manifests;
pub mod modules;
pub mod notes;
pub mod paths;
pub mod source;
pub mod tree;

use std::fmt;

/// A place where a rule is broken, and how.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The file, from the workspace's root.
    pub path: String,
    /// The line, from 1; 0 if the whole file is meant.
    pub line: usize,
    /// What is wrong, and what is wanted instead.
    pub what: String,
}

impl Fault {
    /// A fault of `path` at `line` (0: of the whole file).
    pub fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Fault { path: path.to_owned(), line, what: what.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fault { path, line, what } = self;
        if *line == 0 { write!(f, "{path}: {what}") } else { write!(f, "{path}:{line}: {what}") }
    }
}
