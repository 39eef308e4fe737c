//! Links in Markdown are alive; the invariants of ARCHITECTURE.md name tests that exist.

use std::collections::{BTreeMap, BTreeSet};

use crate::Fault;
use crate::source::Kind;
use crate::tree::Tree;

/// Every relative link whose file, or whose heading in it, is missing.
pub fn links_are_alive(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (path, text) in &tree.markdown {
        for (line, link) in links(text) {
            // Elsewhere on the net; or an item, which rustdoc checks where the file is a module's documentation.
            if link.contains("://") || link.starts_with("mailto:") || link.contains("::") {
                continue;
            }
            let (file, anchor) = link.split_once('#').map_or((link.as_str(), None), |(f, a)| (f, Some(a)));
            let target = if file.is_empty() { Some(path.clone()) } else { join(path, file) };
            let found = target.as_ref().and_then(|t| {
                let folder = format!("{}/", t.trim_end_matches('/'));
                tree.all.iter().find(|p| *p == t || **p == folder)
            });
            let Some(found) = found else {
                faults.push(Fault::new(path, line, format!("`{link}` leads to no file")));
                continue;
            };
            if let (Some(anchor), Some(there)) = (anchor, tree.markdown.get(found))
                && !anchors(there).contains(anchor)
            {
                faults.push(Fault::new(path, line, format!("`{link}` leads to no heading")));
            }
        }
    }
    faults
}

/// Every row of a table under a heading with "Invariants" in ARCHITECTURE.md whose last cell names no test, or
/// one that does not exist.
///
/// A test is named as `some::path::its_name`; its last part must be a function of the workspace that is compiled
/// for tests only (a model, a mutant's check and a test body are all such).
pub fn invariants_name_living_tests(tree: &Tree) -> Vec<Fault> {
    let path = "ARCHITECTURE.md";
    let Some(text) = tree.markdown.get(path) else {
        return vec![Fault::new(path, 0, "is missing")];
    };
    let tests = test_functions(tree);
    let mut faults = Vec::new();
    let mut rows = 0;
    let mut inside = false;
    let mut body = false;
    for (i, line) in text.lines().enumerate() {
        if line.starts_with('#') {
            inside = line.contains("Invariants");
        }
        if !line.starts_with('|') {
            body = false;
            continue;
        }
        if line.trim_matches(|c| "|-: ".contains(c)).is_empty() {
            body = true;
            continue;
        }
        if !(inside && body) {
            continue;
        }
        rows += 1;
        let last = line.trim().trim_matches('|').rsplit('|').next().unwrap_or_default();
        let names: Vec<&str> = last.split('`').skip(1).step_by(2).collect();
        if names.is_empty() {
            faults.push(Fault::new(path, i + 1, "an invariant that names no test"));
        }
        for name in names {
            let own = name.rsplit("::").next().unwrap_or_default();
            if !tests.contains(own) {
                faults.push(Fault::new(path, i + 1, format!("there is no test `{name}`")));
            }
        }
    }
    if rows == 0 {
        faults.push(Fault::new(path, 0, "has no table of invariants"));
    }
    faults
}

fn test_functions(tree: &Tree) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for f in &tree.rust {
        for (i, pair) in f.source.tokens.windows(2).enumerate() {
            if pair[0].is("fn") && pair[1].kind == Kind::Word && f.token_in_test(i) {
                out.insert(pair[1].text.clone());
            }
        }
    }
    out
}

/// `file`, written in the document `from`, as a path from the root; `None` if it leads out of the workspace.
fn join(from: &str, file: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The lines of `text` outside fenced code, with inline code emptied, numbered from 1.
fn prose(text: &str) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    let mut fence: Option<&str> = None;
    for (i, line) in text.lines().enumerate() {
        let start = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|m| start.starts_with(m));
        match (fence, mark) {
            (None, Some(m)) => fence = Some(m),
            (Some(open), Some(m)) if open == m => fence = None,
            (None, None) => out.push((i + 1, line.to_owned())),
            _ => {}
        }
    }
    out
}

fn without_code(line: &str) -> String {
    let parts: Vec<&str> = line.split('`').collect();
    // An odd quote at the end opens nothing.
    let closed = parts.len() % 2 == 1;
    let keep = |(i, p): (usize, &&str)| {
        if i % 2 == 0 || (!closed && i + 1 == parts.len()) { (*p).to_owned() } else { String::new() }
    };
    parts.iter().enumerate().map(keep).collect::<Vec<_>>().join("`")
}

/// The targets of `[text](target)`, `[name]: target`, `href="target"` and `src="target"`, with their lines.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    for (number, line) in prose(text) {
        let line = without_code(&line);
        let mut push = |target: &str| {
            let target = target.trim().trim_start_matches('<').split([' ', '>']).next().unwrap_or_default();
            if !target.is_empty() {
                out.push((number, target.to_owned()));
            }
        };
        for (i, _) in line.match_indices("](") {
            if let Some(end) = line[i..].find(')') {
                push(&line[i + 2..i + end]);
            }
        }
        for key in ["href=\"", "src=\""] {
            for (i, _) in line.match_indices(key) {
                let rest = &line[i + key.len()..];
                push(rest.split('"').next().unwrap_or_default());
            }
        }
        if line.starts_with('[')
            && let Some((_, target)) = line.split_once("]: ")
        {
            push(target);
        }
    }
    out
}

/// The anchors that the headings of `text` make: lower case, blanks as hyphens, punctuation left out, repeats
/// numbered.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut out = BTreeSet::new();
    for (_, line) in prose(text) {
        let level = line.chars().take_while(|c| *c == '#').count();
        if level == 0 || level > 6 || !line[level..].starts_with(' ') {
            continue;
        }
        let keep = |c: char| match c {
            ' ' => Some('-'),
            c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
            _ => None,
        };
        let slug: String = line[level..].trim().to_lowercase().chars().filter_map(keep).collect();
        let times = seen.entry(slug.clone()).or_default();
        out.insert(if *times == 0 { slug } else { format!("{slug}-{times}") });
        *times += 1;
    }
    out
}
