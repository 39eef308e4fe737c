//! The arrows between crates, what every member inherits, what the scheduler must not name.

use crate::Fault;
use crate::source::Kind;
use crate::tree::Tree;

/// What each crate below `crates/` may depend on to be built.
pub const MAY_USE: [(&str, &[&str]); 4] = [
    // Loom and shuttle come in under their own cfgs, libc for the futex.
    ("crates/sync", &["libc", "loom", "shuttle"]),
    ("crates/scheduler", &["millstream-sync", "crossbeam-deque", "num_cpus", "libc"]),
    ("crates/millstream", &["millstream-scheduler", "millstream-sync"]),
    ("crates/tidy", &["toml"]),
];
/// What the tests of any of them may use beside that.
pub const TESTS_MAY_USE: [&str; 2] = ["proptest", "tempfile"];
/// What is measured against, or with: never below `benches/` and `examples/`.
pub const BENCHMARK_CRATES: [&str; 5] = ["rayon", "criterion", "mimalloc", "chili", "plotters"];
/// What belongs above the scheduler, so that no type or module of the scheduler is called so.
pub const ABOVE_THE_SCHEDULER: [&str; 3] = ["item", "stage", "channel"];

/// The dependencies that point the wrong way.
pub fn crate_arrows_point_down(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    let folders: Vec<String> = tree.packages();
    let is_ours = |name: &str| name == "millstream" || name.starts_with("millstream-");
    for package in folders {
        let path = format!("{package}/Cargo.toml");
        for (section, name) in dependencies(&tree.manifests[&path]) {
            let may_use = MAY_USE.iter().find(|(p, _)| *p == package).map(|(_, may)| *may);
            let allowed = if package.starts_with("crates/") {
                let own = may_use.is_some_and(|may| may.contains(&name.as_str()));
                own || (section == "dev-dependencies" && TESTS_MAY_USE.contains(&name.as_str()))
            } else if package == "examples" {
                // An example has what a user has.
                name == "millstream" || !is_ours(&name)
            } else {
                // A benchmark may look at any layer but the house rules.
                name != "millstream-tidy"
            };
            if !allowed {
                let why = if package.starts_with("crates/") && BENCHMARK_CRATES.contains(&name.as_str()) {
                    "is for `benches/` and `examples/`"
                } else {
                    "is no arrow of this workspace's design"
                };
                faults.push(Fault::new(&path, 0, format!("`{name}` in {section} {why}")));
            }
        }
    }
    faults
}

/// Every dependency as its section and its package's name, those for some targets only too.
fn dependencies(manifest: &toml::Table) -> Vec<(&'static str, String)> {
    const SECTIONS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let targets = targets.into_iter().flat_map(|t| t.values()).filter_map(toml::Value::as_table);
    let mut out = Vec::new();
    for table in std::iter::once(manifest).chain(targets) {
        for section in SECTIONS {
            for (key, value) in table.get(section).and_then(toml::Value::as_table).into_iter().flatten() {
                // `alias = { package = "name" }` is `name`.
                let renamed = value.get("package").and_then(toml::Value::as_str);
                out.push((section, renamed.unwrap_or(key).to_owned()));
            }
        }
    }
    out
}

/// The members that do not inherit lints, edition, toolchain or licence, or go by no name of ours.
pub fn members_inherit(tree: &Tree) -> Vec<Fault> {
    const INHERITED: [&str; 5] = ["version", "edition", "rust-version", "license", "publish"];
    let mut faults = Vec::new();
    let inherits = |v: Option<&toml::Value>| {
        v.and_then(|v| v.get("workspace")).and_then(toml::Value::as_bool) == Some(true)
    };
    for package in tree.packages() {
        let path = format!("{package}/Cargo.toml");
        let manifest = &tree.manifests[&path];
        if !manifest.get("lints").is_some_and(|l| inherits(Some(l))) {
            faults.push(Fault::new(&path, 0, "`[lints] workspace = true` is missing"));
        }
        let own = manifest.get("package").and_then(toml::Value::as_table);
        for key in INHERITED {
            if !inherits(own.and_then(|p| p.get(key))) {
                faults.push(Fault::new(&path, 0, format!("`{key}.workspace = true` is missing")));
            }
        }
        let name = own.and_then(|p| p.get("name")).and_then(toml::Value::as_str).unwrap_or_default();
        if name != "millstream" && !name.starts_with("millstream-") {
            faults.push(Fault::new(&path, 0, format!("`{name}` is no name of this workspace")));
        }
    }
    faults
}

/// The scheduler's types and modules that are called after what belongs above it. `Iterator`'s own `type Item` is std's word.
pub fn scheduler_knows_jobs_only(tree: &Tree) -> Vec<Fault> {
    const BEFORE_NAME: [&str; 6] = ["struct", "enum", "union", "trait", "type", "mod"];
    let mut faults = Vec::new();
    for file in tree.rust.iter().filter(|f| f.package == "crates/scheduler" && f.module.is_some()) {
        for pair in file.source.tokens.windows(2) {
            let [before, name] = pair else { continue };
            let names = before.kind == Kind::Word && BEFORE_NAME.contains(&before.text.as_str());
            let is_std = before.is("type") && name.is("Item");
            if names && name.kind == Kind::Word && !is_std {
                let told = words(&name.text);
                if let Some(above) =
                    ABOVE_THE_SCHEDULER.iter().find(|a| told.iter().any(|w| w.trim_end_matches('s') == **a))
                {
                    let what = format!("`{}`: the scheduler knows jobs, no {above}", name.text);
                    faults.push(Fault::new(&file.path, name.line, what));
                }
            }
        }
    }
    faults
}

/// The lower-case words of `CamelCase` and `snake_case`.
fn words(name: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    for c in name.chars() {
        if c == '_' || c.is_uppercase() {
            out.push(String::new());
        }
        if c != '_' {
            out.last_mut().expect("never empty").extend(c.to_lowercase());
        }
    }
    out
}
