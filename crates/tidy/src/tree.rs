//! All files of the workspace, read from disk or made up by a test.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::source::Source;

/// A Rust file and where it belongs.
#[derive(Debug)]
pub struct RustFile {
    /// Its path from the workspace's root.
    pub path: String,
    /// The folder of its package, as `crates/sync`.
    pub package: String,
    /// Its module path inside the package's library (or program): empty for `lib.rs` and `main.rs`.
    /// `None` if it is no part of one (`tests/`, `benches/`, `examples/`, `build.rs`).
    pub module: Option<Vec<String>>,
    /// Whether all of it is compiled for tests only.
    pub is_test: bool,
    /// What it says.
    pub source: Source,
}

impl RustFile {
    /// Whether the token at `at` is compiled for tests only.
    pub fn token_in_test(&self, at: usize) -> bool {
        self.is_test || self.source.in_test[at]
    }
}

/// The text of a workspace.
#[derive(Debug, Default)]
pub struct Tree {
    /// Every Rust file.
    pub rust: Vec<RustFile>,
    /// Every manifest (`Cargo.toml`) by path.
    pub manifests: BTreeMap<String, toml::Table>,
    /// Every Markdown file by path.
    pub markdown: BTreeMap<String, String>,
    /// Every file, and every folder with a slash behind it.
    pub all: Vec<String>,
}

impl Tree {
    /// The workspace that this crate belongs to.
    ///
    /// # Panics
    /// As [`Tree::read`].
    pub fn of_this_workspace() -> Self {
        Self::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
    }

    /// The workspace in the folder `root`.
    ///
    /// # Panics
    /// If its files cannot be read, or a manifest is no TOML.
    pub fn read(root: &Path) -> Self {
        let mut files = Vec::new();
        walk(root, &mut PathBuf::new(), &mut files);
        Self::build(files)
    }

    /// A made-up workspace of `(path, text)`.
    ///
    /// # Panics
    /// If a manifest is no TOML.
    pub fn of(files: &[(&str, &str)]) -> Self {
        Self::build(files.iter().map(|(p, t)| ((*p).to_owned(), Some((*t).to_owned()))).collect())
    }

    fn build(mut files: Vec<(String, Option<String>)>) -> Self {
        files.sort();
        let mut tree = Tree::default();
        for (path, text) in files {
            tree.note_path(&path);
            let Some(text) = text else { continue };
            if path.ends_with(".rs") {
                tree.rust.push(rust_file(path, &text));
            } else if path.ends_with("Cargo.toml") {
                let table = text.parse::<toml::Table>().unwrap_or_else(|e| panic!("{path} is no TOML: {e}"));
                tree.manifests.insert(path, table);
            } else if path.ends_with(".md") {
                tree.markdown.insert(path, text);
            }
        }
        tree.spread_test_modules();
        tree
    }

    fn note_path(&mut self, path: &str) {
        for (i, _) in path.match_indices('/') {
            let folder = &path[..=i];
            if !self.all.iter().any(|p| p == folder) {
                self.all.push(folder.to_owned());
            }
        }
        self.all.push(path.to_owned());
    }

    /// A file whose module is declared for tests only, here or further up, is for tests only.
    fn spread_test_modules(&mut self) {
        let mut roots = Vec::new();
        for f in &self.rust {
            if let Some(module) = &f.module {
                for name in &f.source.test_modules {
                    roots.push((f.package.clone(), [module.as_slice(), std::slice::from_ref(name)].concat()));
                }
                if f.source.all_test {
                    roots.push((f.package.clone(), module.clone()));
                }
            }
        }
        for f in &mut self.rust {
            if let Some(module) = &f.module {
                f.is_test |= roots.iter().any(|(p, r)| *p == f.package && module.starts_with(r));
            }
        }
    }

    /// The packages' folders, as `crates/sync`.
    pub fn packages(&self) -> Vec<String> {
        self.manifests.keys().filter_map(|m| m.strip_suffix("/Cargo.toml")).map(str::to_owned).collect()
    }
}

fn rust_file(path: String, text: &str) -> RustFile {
    let parts: Vec<&str> = path.split('/').collect();
    // `examples` is one package; `crates/x` and `benches/x` have their name behind the folder.
    let depth = if parts[0] == "examples" { 1 } else { 2 }.min(parts.len() - 1);
    let package = parts[..depth].join("/");
    let rest = &parts[depth..];
    let module = (rest.first() == Some(&"src") && rest.get(1) != Some(&"bin")).then(|| {
        let mut module: Vec<String> =
            rest[1..].iter().map(|s| s.trim_end_matches(".rs").to_owned()).collect();
        let last = module.last().map(String::as_str);
        if last == Some("mod") || (module.len() == 1 && matches!(last, Some("lib" | "main"))) {
            module.pop();
        }
        module
    });
    let source = Source::new(text);
    let is_test = source.all_test || rest.first() == Some(&"tests");
    RustFile { path, package, module, is_test, source }
}

fn walk(root: &Path, below: &mut PathBuf, files: &mut Vec<(String, Option<String>)>) {
    let folder = root.join(&below);
    let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    for entry in entries {
        let entry = entry.unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        let name = entry.file_name();
        let name = name.to_str().unwrap_or_else(|| panic!("{}: a name that is no UTF-8", folder.display()));
        // Build output and version control are no part of the text.
        if name == "target" || name == ".git" {
            continue;
        }
        below.push(name);
        if entry.file_type().is_ok_and(|t| t.is_dir()) {
            walk(root, below, files);
        } else {
            let path = below.to_str().expect("made of UTF-8 names").replace('\\', "/");
            let read = [".rs", ".md", "Cargo.toml"].iter().any(|end| name.ends_with(end));
            let text =
                read.then(|| fs::read_to_string(entry.path()).unwrap_or_else(|e| panic!("{path}: {e}")));
            files.push((path, text));
        }
        below.pop();
    }
}
