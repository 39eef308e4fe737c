//! Of every rule: that it catches a bad text, at the right line, and lets a good one pass.

use millstream_tidy::tree::Tree;
use millstream_tidy::{Fault, facade, habits, links, manifests, modules, notes};

type Rule = fn(&Tree) -> Vec<Fault>;
type Files<'a> = &'a [(&'a str, &'a str)];

/// The faults in `files`, with an empty manifest for the scheduler unless there is one.
fn faults(rule: Rule, files: Files) -> Vec<String> {
    let mut files = files.to_vec();
    let scheduler = "crates/scheduler/Cargo.toml";
    if !files.iter().any(|(path, _)| *path == scheduler) {
        files.push((scheduler, ""));
    }
    rule(&Tree::of(&files)).iter().map(Fault::to_string).collect()
}

#[track_caller]
fn passes(rule: Rule, files: Files) {
    assert_eq!(faults(rule, files), Vec::<String>::new());
}

/// One fault, which begins with `place` and holds `part`.
#[track_caller]
fn catches(rule: Rule, files: Files, place: &str, part: &str) {
    let found = faults(rule, files);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with(place) && found[0].contains(part), "{}", found[0]);
}

const A: &str = "crates/scheduler/src/a.rs";
const B: &str = "crates/scheduler/src/b.rs";
const LIB: &str = "crates/scheduler/src/lib.rs";

#[test]
fn circle_of_two_files() {
    let lib = (LIB, "mod a;\nmod b;\n");
    let rule = modules::no_import_circle;
    catches(
        rule,
        &[lib, (A, "use crate::b::B;\n"), (B, "\nuse super::a::A;\n")],
        "crates/scheduler/src/b.rs:2",
        "a -> (",
    );
    catches(rule, &[lib, (A, "fn f() { crate::b::g() }"), (B, "use crate::{a::A as X};")], B, "b -> (");
    catches(
        rule,
        &[lib, (A, "macro_rules! m { () => { $crate::b::g() } }"), (B, "use crate::a;")],
        B,
        "circle",
    );
    passes(rule, &[lib, (A, "use crate::b::B;\n"), (B, "// use crate::a\nconst S: &str = \"crate::a::b\";")]);
}

#[test]
fn circle_through_a_third_and_through_an_inline_module() {
    let lib = (LIB, "mod a;\nmod b;\nmod c;\n");
    let c = ("crates/scheduler/src/c.rs", "mod deep { fn f() { super::super::a::f() } }");
    catches(
        modules::no_import_circle,
        &[lib, (A, "use crate::b::B;"), (B, "use crate::c::C;"), c],
        c.0,
        "a -> (",
    );
}

#[test]
fn circle_behind_a_re_export() {
    let b = (B, "use crate::A;");
    let a = (A, "pub struct A;\nuse crate::b::B;");
    catches(modules::no_import_circle, &[(LIB, "mod a;\nmod b;\npub use a::A;"), a, b], B, "b -> (");
    catches(modules::no_import_circle, &[(LIB, "mod a;\nmod b;\npub use a::*;"), a, b], B, "b -> (");
    passes(modules::no_import_circle, &[(LIB, "mod a;\nmod b;\npub use a::A;"), (A, "pub struct A;"), b]);
}

#[test]
fn circle_of_two_folders_whose_files_make_none() {
    let files = [
        (LIB, "mod x;\nmod y;"),
        ("crates/scheduler/src/x/mod.rs", "mod one;\nmod two;"),
        ("crates/scheduler/src/x/one.rs", "use crate::y::one::Y;"),
        ("crates/scheduler/src/x/two.rs", ""),
        ("crates/scheduler/src/y/mod.rs", "mod one;\nmod two;"),
        ("crates/scheduler/src/y/one.rs", ""),
        ("crates/scheduler/src/y/two.rs", "use crate::x::two::X;"),
    ];
    catches(modules::no_import_circle, &files, "crates/scheduler/src/y/two.rs:1", "x -> (");
}

#[test]
fn circle_of_a_folder_and_its_own_file() {
    let child = ("crates/scheduler/src/a/child.rs", "use super::Trait;");
    let rule = modules::no_import_circle;
    catches(
        rule,
        &[(LIB, "mod a;"), (A, "mod child;\nuse child::C;\ntrait Trait {}"), child],
        child.0,
        "a::child -> (",
    );
    catches(
        rule,
        &[(LIB, "mod a;"), (A, "mod child;\ntrait Trait { fn f() { child::g() } }"), child],
        child.0,
        "circle",
    );
    // Showing what is below is no import.
    passes(rule, &[(LIB, "mod a;"), (A, "mod child;\npub use child::C;\ntrait Trait {}"), child]);
}

#[test]
fn circle_of_tests_is_free() {
    let lib = (LIB, "mod a;\nmod b;\n");
    let a = (A, "use crate::b::B;");
    passes(modules::no_import_circle, &[lib, a, (B, "#[cfg(test)]\nmod tests { use crate::a::A; }")]);
    passes(
        modules::no_import_circle,
        &[lib, a, (B, "#[cfg(all(test, unix))]\nfn f<A, B>() { crate::a::g() }")],
    );
    passes(modules::no_import_circle, &[(LIB, "mod a;\n#[cfg(test)]\nmod b;"), a, (B, "use crate::a::A;")]);
    // What is there without tests too is not.
    catches(
        modules::no_import_circle,
        &[lib, a, (B, "#[cfg(any(test, unix))]\nuse crate::a::A;")],
        B,
        "circle",
    );
    catches(modules::no_import_circle, &[lib, a, (B, "#[cfg(not(test))]\nuse crate::a::A;")], B, "circle");
}

#[test]
fn low_module_that_reaches_a_high_one() {
    let latch = "crates/scheduler/src/latch.rs";
    let stats = ("crates/scheduler/src/stats.rs", "use crate::worker::Worker;");
    let rule = modules::low_modules_stay_low;
    let worker = ("crates/scheduler/src/worker.rs", "pub struct Worker;");
    catches(rule, &[(latch, "use crate::worker::Worker;"), worker], latch, "latch -> worker");
    catches(rule, &[(latch, "use crate::stats::Stats;"), stats, worker], stats.0, "latch -> stats -> worker");
    passes(rule, &[(latch, ""), ("crates/scheduler/src/worker.rs", "use crate::latch::Latch;")]);
}

#[test]
fn atomics_and_threads_past_the_door() {
    let rule = facade::only_sync_names_atomics_and_threads;
    for bad in [
        "use std::sync::atomic::AtomicBool;",
        "use std::{sync::{Arc, atomic::{Ordering as O}}};",
        "fn f() { std::thread::available_parallelism() }",
        "fn f() { ::core::sync::atomic::fence(o) }",
        "use std::thread;",
        "use std::sync;",
        "fn f() { loom::model(|| {}) }",
        "#[cfg(test)] mod tests { use shuttle::thread; }",
    ] {
        catches(rule, &[(A, bad)], A, "millstream_sync");
    }
    passes(rule, &[(A, "use std::sync::{Arc, Mutex};\n//! std::thread\nuse millstream_sync::thread;")]);
    passes(rule, &[("crates/sync/src/lib.rs", "pub use std::sync::atomic;")]);
    passes(
        rule,
        &[
            ("benches/micro/src/lib.rs", "use std::thread;"),
            ("crates/scheduler/tests/t.rs", "use std::thread;"),
        ],
    );
}

#[test]
fn arrow_the_wrong_way() {
    let rule = manifests::crate_arrows_point_down;
    let scheduler = "crates/scheduler/Cargo.toml";
    catches(rule, &[(scheduler, "[dependencies]\nmillstream = { path = \"\" }")], scheduler, "`millstream`");
    catches(
        rule,
        &[(scheduler, "[dev-dependencies]\nrayon = \"1\"")],
        scheduler,
        "`rayon` in dev-dependencies is for",
    );
    catches(rule, &[(scheduler, "[target.'cfg(unix)'.dependencies]\nnix = \"1\"")], scheduler, "`nix`");
    let renamed = "[dependencies]\nlibc = { package = \"mimalloc\", version = \"1\" }";
    catches(rule, &[(scheduler, renamed)], scheduler, "`mimalloc`");
    catches(rule, &[("crates/new/Cargo.toml", "[dependencies]\nserde = \"1\"")], "crates/new", "`serde`");
    catches(rule, &[("examples/Cargo.toml", "[dependencies]\nmillstream-sync = \"1\"")], "examples", "-sync");
    passes(
        rule,
        &[(scheduler, "[dependencies]\nmillstream-sync = \"1\"\n[dev-dependencies]\nproptest = \"1\"")],
    );
    passes(
        rule,
        &[("benches/versus/Cargo.toml", "[dependencies]\nrayon = \"1\"\nmillstream-scheduler = \"1\"")],
    );
}

#[test]
fn member_that_goes_its_own_way() {
    let good = "[package]\nname = \"millstream-x\"\nversion.workspace = true\nedition.workspace = true\n\
        rust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true\n[lints]\nworkspace = true\n";
    let of = |text: &str| manifests::members_inherit(&Tree::of(&[("crates/x/Cargo.toml", text)])).len();
    assert_eq!(of(good), 0);
    assert_eq!(of(&good.replace("[lints]\nworkspace = true", "")), 1);
    assert_eq!(of(&good.replace("edition.workspace = true", "edition = \"2021\"")), 1);
    assert_eq!(of(&good.replace("license.workspace = true\n", "")), 1);
    assert_eq!(of(&good.replace("rust-version.workspace = true\n", "")), 1);
    assert_eq!(of(&good.replace("millstream-x", "x")), 1);
}

#[test]
fn scheduler_that_names_what_is_above_it() {
    let rule = manifests::scheduler_knows_jobs_only;
    catches(rule, &[(A, "pub struct ItemQueue;")], A, "no item");
    catches(rule, &[(A, "mod stages;")], A, "no stage");
    catches(rule, &[(A, "type XChannel<T> = T;")], A, "no channel");
    passes(
        rule,
        &[(A, "struct Itemless; struct Job; fn items() {} impl Iterator for X { type Item = u8; }")],
    );
}

#[test]
fn unsafe_without_its_note() {
    let rule = notes::every_unsafe_is_argued;
    for bad in [
        "fn f() {\n    let x = unsafe { g() };\n}",
        "// SAFETY: of another\nfn f() {\n    let x = unsafe { g() };\n}",
        "// SAFETY: of the first\nunsafe impl Send for X {}\nunsafe impl Sync for X {}",
        "/// Docs.\npub unsafe fn f() {}",
        "/// Docs.\npub unsafe trait T {}",
        "macro_rules! m { () => { unsafe { g() } } }",
        "impl<F: for<'a> Fn(&'a u8)> X<F> {\n    unsafe fn f() {}\n}",
        "impl T for X {\n    fn f() { unsafe { g() } }\n}",
        "/// SAFETY in prose\n\nunsafe extern \"C\" { fn g(); }",
        "#[unsafe(no_mangle)]\nfn f() {}",
    ] {
        catches(rule, &[(A, bad)], A, "unsafe");
    }
    for good in [
        "fn f() {\n    // SAFETY: as promised,\n    // twice.\n    let x =\n        unsafe { g() };\n}",
        "fn f() {\n    g(|| /* SAFETY: here */ unsafe { h() });\n}",
        "// SAFETY: one\nunsafe impl Send for X {}\n// SAFETY: two\n#[cfg(unix)]\nunsafe impl Sync for X {}",
        "/// Docs.\n///\n/// # Safety\n/// Never.\n#[inline]\npub unsafe fn f() {}",
        "impl<F: for<'a> Fn(&'a u8)> T for X<F> {\n    unsafe fn f() {}\n}",
        "macro_rules! m { () => {\n    // SAFETY: as the trait asks\n    unsafe fn f() {}\n}}",
        "struct V { f: unsafe fn(*const ()), g: unsafe extern \"C\" fn() }",
        "// unsafe { }\nconst S: &str = \"unsafe { }\"; const R: &str = r#\"unsafe { \" } \"#;",
    ] {
        passes(rule, &[(A, good)]);
    }
}

#[test]
fn ordering_without_its_reason() {
    let rule = notes::every_ordering_is_reasoned;
    catches(
        rule,
        &[(A, "fn f() {\n    x.load(Ordering::Acquire);\n}")],
        "crates/scheduler/src/a.rs:2",
        "Acquire",
    );
    catches(rule, &[(A, "// Release: another\nfn f() {\n    x.load(Acquire);\n}")], A, "Acquire");
    catches(rule, &[(A, "fn f() {\n    // Acquire: here\n}\nfn g() {\n    x.load(Acquire)\n}")], A, "a.rs:5");
    catches(rule, &[(A, "// Releases what was taken\nfn f() { x.store(1, Release) }")], A, "Release");
    let pair = "// AcqRel: both ways\nx.compare_exchange(0, 1, AcqRel, Relaxed)";
    catches(rule, &[(A, pair)], A, "Relaxed");
    let mutant = "let o = if mutant!(\"m\") { Ordering::Relaxed } else { Ordering::Acquire };";
    catches(rule, &[(A, mutant)], A, "Acquire");
    passes(rule, &[(A, &format!("// Acquire: so.\n{mutant}"))]);
    let far = format!("// SeqCst: far away\n{}fence(SeqCst);", "g();\n".repeat(notes::ORDERING_REACH));
    catches(rule, &[(A, &far)], A, "SeqCst");
    catches(rule, &[("crates/sync/src/lib.rs", "fn f() { fence(SeqCst) }")], "crates/sync", "SeqCst");
    passes(rule, &[(A, "use millstream_sync::Ordering::{self, Acquire, Release};")]);
    passes(rule, &[(A, "fn f() {\n    // Acquire: sees what `g` wrote.\n    x.load(Ordering::Acquire);\n}")]);
    passes(
        rule,
        &[(
            A,
            "#[cfg(test)]\nmod tests { fn f() { x.load(SeqCst) } }\nfn g() -> Ordering { Ordering::Less }",
        )],
    );
}

#[test]
fn file_too_long() {
    let long = "fn f() {}\n".repeat(habits::LINES_MAX + 1);
    catches(habits::files_are_of_readable_size, &[(A, &long)], A, "601 lines");
    let just = "fn f() {}\n".repeat(habits::LINES_MAX);
    passes(habits::files_are_of_readable_size, &[(A, &just)]);
    catches(habits::files_due_for_a_split, &[(A, &just)], A, "600 lines of code");
    let told = "// a story\n".repeat(habits::LINES_MAX);
    passes(habits::files_due_for_a_split, &[(A, &told)]);
}

#[test]
fn something_left_unfinished() {
    for bad in [
        "fn f() { todo!() }",
        "fn f() { unimplemented!(\"x\") }",
        "fn f() { dbg!(1); }",
        "#[test]\n#[ignore]\nfn f() {}",
    ] {
        catches(habits::nothing_is_left_unfinished, &[(A, bad)], A, "");
    }
    let good = "// todo!()\n#[ignore = \"takes an hour\"]\nfn todo() { let s = \"dbg!\"; }";
    passes(habits::nothing_is_left_unfinished, &[(A, good)]);
}

#[test]
fn dead_link() {
    let rule = links::links_are_alive;
    catches(rule, &[("README.md", "a\n[x](gone.md)")], "README.md:2", "leads to no file");
    catches(rule, &[("crates/a/README.md", "[x](../../../out.md)")], "crates/a", "no file");
    catches(rule, &[("README.md", "# A head\n[x](#a-tail)")], "README.md:2", "no heading");
    catches(
        rule,
        &[("README.md", "[x](B.md#two)"), ("B.md", "```\n# Two\n```")],
        "README.md:1",
        "no heading",
    );
    catches(rule, &[("README.md", "[x]: gone.md")], "README.md:1", "gone.md");
    catches(rule, &[("README.md", "<img src=\"gone.png\">")], "README.md:1", "gone.png");
    let good = "# `A` head, twice\n# `A` head, twice\n[1](crates) [2](B.md#ä-b) [3](#a-head-twice-1) \
        [4](https://x.y/z) [5](crate::x) `[6](gone)`\n```\n[7](gone)\n```";
    passes(rule, &[("README.md", good), ("B.md", "## Ä b"), (A, "")]);
}

#[test]
fn invariant_without_a_test() {
    let rule = links::invariants_name_living_tests;
    let table = |cell: &str| format!("## Invariants\n| what | held by |\n|---|---|\n| no `x` | {cell} |\n");
    let tests = ("crates/scheduler/tests/t.rs", "#[test]\nfn it_holds() {}");
    let helper = (A, "fn no_test() {}");
    for (cell, part) in
        [("", "names no test"), ("`t::gone`", "no test `t::gone`"), ("`no_test`", "no test `no_test`")]
    {
        catches(rule, &[("ARCHITECTURE.md", &table(cell)), tests, helper], "ARCHITECTURE.md:4", part);
    }
    catches(rule, &[("ARCHITECTURE.md", "## Invariants\nNone."), tests], "ARCHITECTURE.md", "no table");
    catches(rule, &[tests], "ARCHITECTURE.md", "is missing");
    passes(rule, &[("ARCHITECTURE.md", &table("`t::it_holds`")), tests]);
}
