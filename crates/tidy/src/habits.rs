//! File sizes; nothing left unfinished.

use crate::Fault;
use crate::source::Kind;
use crate::tree::Tree;

/// Lines of code past which a file is due for a split.
pub const CODE_LINES_DUE: usize = 500;
/// Lines, whatever is on them, that no file passes.
pub const LINES_MAX: usize = 600;

/// The files of more than [`LINES_MAX`] lines.
pub fn files_are_of_readable_size(tree: &Tree) -> Vec<Fault> {
    let too_long = |f: &&crate::tree::RustFile| lines(f) > LINES_MAX;
    let say = |f: &crate::tree::RustFile| {
        Fault::new(
            &f.path,
            0,
            format!("{} lines, {LINES_MAX} at most: split it by actor or by step", lines(f)),
        )
    };
    tree.rust.iter().filter(too_long).map(say).collect()
}

/// The files with more than [`CODE_LINES_DUE`] lines of code, which are due for a split.
pub fn files_due_for_a_split(tree: &Tree) -> Vec<Fault> {
    let code =
        |f: &crate::tree::RustFile| f.source.lines.iter().filter(|l| !l.code.trim().is_empty()).count();
    let due = tree.rust.iter().map(|f| (f, code(f))).filter(|(_, n)| *n > CODE_LINES_DUE);
    due.map(|(f, n)| Fault::new(&f.path, 0, format!("{n} lines of code, about {CODE_LINES_DUE} is the rule")))
        .collect()
}

fn lines(f: &crate::tree::RustFile) -> usize {
    // The text's last line break opens no line.
    let open = f.source.lines.last().is_some_and(|l| l.code.is_empty() && l.comment.is_empty());
    f.source.lines.len() - usize::from(open)
}

/// `todo!`, `unimplemented!`, `dbg!`, and `#[ignore]` without a reason.
pub fn nothing_is_left_unfinished(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in &tree.rust {
        let s = &file.source;
        for (i, t) in s.tokens.iter().enumerate().filter(|(_, t)| t.kind == Kind::Word) {
            let left = matches!(t.text.as_str(), "todo" | "unimplemented" | "dbg") && s.at(i + 1, "!");
            // `macro_rules! todo` would be somebody's own; there is none.
            if left && !s.at(i + 2, "=") {
                faults.push(Fault::new(&file.path, t.line, format!("`{}!` is left", t.text)));
            }
            if t.is("ignore") && i > 0 && s.at(i - 1, "[") && s.at(i + 1, "]") {
                faults.push(Fault::new(&file.path, t.line, "`#[ignore]` without a reason"));
            }
        }
    }
    faults
}
