//! No module imports itself through others, and the scheduler's low modules never reach its high ones.
//!
//! A node is a module with a file of its own; a module written out inside another's file belongs to it. An edge
//! is a path in code that leads from one to another. Re-exports are looked through: who uses `crate::Name` that
//! `lib.rs` hands on from `part`, uses `part`. That a module hands on names of modules below it (`pub use
//! part::Name`) is no edge by itself: it is how a folder shows itself to the outside. Test-only code is free.
//!
//! In each folder, a module counts together with everything below it. So two files that lean on each other are
//! found where they stand side by side, and so are two folders.

use std::collections::{BTreeMap, BTreeSet};

use crate::Fault;
use crate::paths::{Named, inline_modules, named};
use crate::source::{Kind, Source};
use crate::tree::{RustFile, Tree};

/// A module's path inside its crate.
pub type Module = Vec<String>;

/// Where one module first leans on another.
#[derive(Clone, Debug)]
struct Edge {
    from: Module,
    to: Module,
    path: String,
    line: usize,
}

/// The import circles of every package.
pub fn no_import_circle(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for package in tree.packages() {
        let krate = Crate::new(tree, &package);
        let edges = krate.edges();
        for folder in krate.folders() {
            faults.extend(circles(&folder, &edges));
        }
    }
    faults
}

/// The scheduler's modules that stand below the waiting and running of jobs.
pub const LOW: [&str; 4] = ["job", "latch", "deque", "sleep"];
/// The scheduler's modules that those must not know of, not even through a third.
pub const HIGH: [&str; 4] = ["worker", "join", "scope", "pool"];

/// Where a low module of the scheduler reaches a high one.
pub fn low_modules_stay_low(tree: &Tree) -> Vec<Fault> {
    let krate = Crate::new(tree, "crates/scheduler");
    let edges = krate.edges();
    let first = |m: &Module| m.first().map(String::as_str).unwrap_or_default().to_owned();
    let mut faults = Vec::new();
    for low in LOW {
        let mut reached = BTreeMap::from([(low.to_owned(), low.to_owned())]);
        let mut open = vec![low.to_owned()];
        while let Some(at) = open.pop() {
            for e in edges.iter().filter(|e| first(&e.from) == at && !e.to.is_empty()) {
                let to = first(&e.to);
                if reached.contains_key(&to) {
                    continue;
                }
                let way = format!("{} -> {to}", reached[&at]);
                if HIGH.contains(&to.as_str()) {
                    faults.push(Fault::new(
                        &e.path,
                        e.line,
                        format!("`{low}` is low and `{to}` high: {way}"),
                    ));
                } else {
                    open.push(to.clone());
                }
                reached.insert(to, way);
            }
        }
    }
    faults
}

/// The modules of one package.
struct Crate<'t> {
    files: BTreeMap<Module, &'t RustFile>,
    /// Every module, those without a file of their own too.
    modules: BTreeSet<Module>,
    named: BTreeMap<Module, Vec<Named>>,
    /// The names that a module defines itself.
    defined: BTreeMap<Module, BTreeSet<String>>,
}

impl<'t> Crate<'t> {
    fn new(tree: &'t Tree, package: &str) -> Self {
        let mut krate = Crate {
            files: BTreeMap::new(),
            modules: BTreeSet::from([Module::new()]),
            named: BTreeMap::new(),
            defined: BTreeMap::new(),
        };
        let mine = tree.rust.iter().filter(|f| f.package == package && !f.is_test);
        let lib = format!("{package}/src/lib.rs");
        let has_lib = tree.rust.iter().any(|f| f.path == lib);
        for file in mine {
            let Some(module) = &file.module else { continue };
            // A program beside a library is a crate of its own that names the library from outside.
            if has_lib && file.path.ends_with("/src/main.rs") {
                continue;
            }
            krate.modules.insert(module.clone());
            let inside = inline_modules(&file.source);
            for (at, written) in inside.iter().enumerate() {
                if !written.is_empty() && !file.token_in_test(at) {
                    krate.modules.insert([module.clone(), written.clone()].concat());
                }
            }
            krate.define(module, &file.source, &inside);
            let all = named(&file.source).into_iter().filter(|n| !file.token_in_test(n.token));
            krate.named.insert(module.clone(), all.collect());
            krate.files.insert(module.clone(), file);
        }
        krate
    }

    fn define(&mut self, module: &Module, source: &Source, inside: &[Vec<String>]) {
        const BEFORE_NAME: [&str; 10] =
            ["fn", "struct", "enum", "union", "trait", "type", "const", "static", "mod", "macro_rules"];
        for (i, t) in source.tokens.iter().enumerate() {
            if t.kind == Kind::Word && BEFORE_NAME.contains(&t.text.as_str()) {
                let name = if source.at(i + 1, "!") { i + 2 } else { i + 1 };
                if let Some(name) = source.tokens.get(name).filter(|n| n.kind == Kind::Word) {
                    let at = [module.clone(), inside[i].clone()].concat();
                    self.defined.entry(at).or_default().insert(name.text.clone());
                }
            }
        }
    }

    /// The modules that have modules below them.
    fn folders(&self) -> BTreeSet<Module> {
        self.modules.iter().filter_map(|m| m.split_last().map(|(_, up)| up.to_vec())).collect()
    }

    /// The module with a file of its own that `module` belongs to.
    fn home(&self, module: &[String]) -> Module {
        let mut at = module;
        while !at.is_empty() && !self.files.contains_key(at) {
            at = &at[..at.len() - 1];
        }
        at.to_vec()
    }

    fn edges(&self) -> Vec<Edge> {
        let mut edges = Vec::new();
        for (module, all) in &self.named {
            for n in all {
                let base = [module.clone(), n.inside.clone()].concat();
                let Some(to) = self.resolve(&base, &n.segments, n.import.is_some(), 0) else { continue };
                let to = self.home(&to);
                let shows_below = n.import.as_ref().is_some_and(|i| i.public) && to.starts_with(module);
                if to != *module && !shows_below {
                    let path = self.files[module].path.clone();
                    edges.push(Edge { from: module.clone(), to, path, line: n.line });
                }
            }
        }
        edges
    }

    /// The module that `segments`, written in `base`, leads into; `None` if it leads out of the crate.
    fn resolve(&self, base: &[String], segments: &[String], import: bool, depth: usize) -> Option<Module> {
        if depth > 8 {
            return None;
        }
        let mut at = base.to_vec();
        let mut rest = segments;
        match segments.first()?.as_str() {
            "crate" => {
                at.clear();
                rest = &rest[1..];
            }
            "self" => rest = &rest[1..],
            "super" => {
                while rest.first().is_some_and(|s| s == "super") {
                    at.pop();
                    rest = &rest[1..];
                }
            }
            first => {
                at.push(first.to_owned());
                if !self.modules.contains(&at) {
                    // `alias::x` behind `use crate::y as alias`: the `use` is the edge.
                    return None;
                }
                rest = &rest[1..];
            }
        }
        while let Some(next) = rest.first() {
            at.push(next.clone());
            if !self.modules.contains(&at) {
                at.pop();
                return Some(self.look_through(&at, next, rest, import, depth).unwrap_or(at));
            }
            rest = &rest[1..];
        }
        Some(at)
    }

    /// If `at` hands on `name` from another module: where the rest of the path leads from there.
    fn look_through(
        &self,
        at: &[String],
        name: &str,
        rest: &[String],
        import: bool,
        depth: usize,
    ) -> Option<Module> {
        if self.defined.get(at).is_some_and(|d| d.contains(name)) {
            return None;
        }
        let home = self.home(at);
        let inside = &at[home.len()..];
        for n in self.named.get(&home)?.iter().filter(|n| n.inside == inside) {
            let Some(hands_on) = n.import.as_ref().filter(|i| i.public) else { continue };
            if hands_on.name == name {
                let segments = [n.segments.clone(), rest[1..].to_vec()].concat();
                return self.resolve(at, &segments, import, depth + 1);
            }
            if hands_on.name == "*" {
                let from = self.resolve(at, &n.segments[..n.segments.len() - 1], import, depth + 1);
                let Some(from) = from else { continue };
                let below = [from.clone(), vec![name.to_owned()]].concat();
                let here = self.defined.get(&from).is_some_and(|d| d.contains(name));
                if here || self.modules.contains(&below) {
                    return Some(if self.modules.contains(&below) { below } else { from });
                }
                if let Some(further) = self.look_through(&from, name, rest, import, depth + 1) {
                    return Some(further);
                }
            }
        }
        None
    }
}

/// The circles among `folder`'s own file and the modules directly below it.
fn circles(folder: &Module, edges: &[Edge]) -> Vec<Fault> {
    let node = |m: &Module| m.starts_with(folder).then(|| m[..m.len().min(folder.len() + 1)].to_vec());
    let mut graph: BTreeMap<Module, BTreeMap<Module, &Edge>> = BTreeMap::new();
    for e in edges {
        if let (Some(from), Some(to)) = (node(&e.from), node(&e.to))
            && from != to
        {
            graph.entry(from).or_default().entry(to).or_insert(e);
        }
    }
    let mut faults = Vec::new();
    let mut done = BTreeSet::new();
    for start in graph.keys() {
        walk(start, &graph, &mut vec![], &mut done, &mut faults);
    }
    faults
}

fn walk<'e>(
    at: &Module,
    graph: &BTreeMap<Module, BTreeMap<Module, &'e Edge>>,
    way: &mut Vec<(Module, &'e Edge)>,
    done: &mut BTreeSet<Module>,
    faults: &mut Vec<Fault>,
) {
    if done.contains(at) {
        return;
    }
    for (to, edge) in graph.get(at).into_iter().flatten() {
        way.push((at.clone(), edge));
        if let Some(begin) = way.iter().position(|(m, _)| m == to) {
            let show = |m: &Module| if m.is_empty() { "(root)".to_owned() } else { m.join("::") };
            let mut text = String::from("import circle: ");
            for (m, e) in &way[begin..] {
                text += &format!("{} -> ({}:{}) ", show(m), e.path, e.line);
            }
            faults.push(Fault::new(&edge.path, edge.line, text + &show(to)));
        } else {
            walk(to, graph, way, done, faults);
        }
        way.pop();
    }
    done.insert(at.clone());
}
