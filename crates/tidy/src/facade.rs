//! Atomics, threads and model checkers only through `crates/sync`.
//!
//! `std::sync::atomic`, `std::thread` (and core's), loom and shuttle are named in `crates/sync` alone: code that
//! takes an atomic from elsewhere would run under a model checker without being seen by it. Free of the rule are
//! `benches/`, `examples/` and the packages' `tests/` folders, which are users' programs; test modules inside a
//! crate (`#[cfg(test)]`) are not free, because their bodies may run as models.

use crate::Fault;
use crate::paths::named;
use crate::tree::Tree;

/// Every path under `crates/` that goes past the door.
pub fn only_sync_names_atomics_and_threads(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in &tree.rust {
        let bound = file.path.starts_with("crates/") && file.module.is_some();
        if !bound || file.package == "crates/sync" {
            continue;
        }
        for n in named(&file.source) {
            let segments: Vec<&str> = n.segments.iter().map(String::as_str).collect();
            let past = match segments.as_slice() {
                ["std" | "core", "sync", "atomic", ..] | ["std" | "core", "thread", ..] => true,
                // The whole of it, or a glob, lets atomics in unseen.
                ["std" | "core", "sync" | "*"] | ["std" | "core", "sync", "*"] => true,
                ["loom" | "shuttle", ..] => true,
                _ => false,
            };
            if past {
                let what = format!("`{}`: take it from `millstream_sync`", segments.join("::"));
                faults.push(Fault::new(&file.path, n.line, what));
            }
        }
    }
    faults
}
