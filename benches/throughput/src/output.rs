//! Files that are written at the end, but tried at the beginning.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Files that we created and have not yet written, to be removed if the run does not get that far.
static UNWRITTEN: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A file that can be written: it has been opened. Dropped unwritten it is as if it had never been.
#[derive(Debug)]
pub(crate) struct Output {
    path: PathBuf,
    file: File,
}

impl Output {
    /// Opens `path` for writing; what is in it stays until [`write`](Self::write).
    ///
    /// # Errors
    /// If it cannot be written; the message names `option`, which asked for it.
    pub(crate) fn reserve(option: &str, path: &Path) -> Result<Output, String> {
        let open = |create_new: bool| OpenOptions::new().append(true).create_new(create_new).open(path);
        let opened = open(true).inspect(|_| unwritten(|paths| paths.push(path.to_owned())));
        let opened = opened.or_else(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => open(false),
            _ => Err(error),
        });
        match opened {
            Ok(file) => Ok(Output { path: path.to_owned(), file }),
            Err(error) => Err(format!(
                "cannot write {option} {}: {error}; name a file in a directory that exists and is writable",
                path.display()
            )),
        }
    }

    /// Makes `text` the content of the file.
    pub(crate) fn write(mut self, text: &str) -> io::Result<()> {
        // A pipe or a terminal has nothing to truncate.
        if self.file.metadata()?.is_file() {
            self.file.set_len(0)?;
        }
        self.file.write_all(text.as_bytes())?;
        self.file.flush()?;
        unwritten(|paths| paths.retain(|path| *path != self.path));
        Ok(())
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        unwritten(|paths| {
            if let Some(index) = paths.iter().position(|path| *path == self.path) {
                // If it cannot be removed an empty file stays behind, which harms nobody.
                let _ = fs::remove_file(paths.swap_remove(index));
            }
        });
    }
}

/// Removes every file that was created and not written: for a program that is about to end early.
pub(crate) fn remove_unwritten() {
    unwritten(|paths| {
        for path in paths.drain(..) {
            let _ = fs::remove_file(path);
        }
    });
}

fn unwritten<R>(then: impl FnOnce(&mut Vec<PathBuf>) -> R) -> R {
    // The list is whole at every point at which somebody could panic.
    then(&mut UNWRITTEN.lock().unwrap_or_else(PoisonError::into_inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_never_written_leaves_no_trace() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new");
        let output = Output::reserve("--json", &path).unwrap();
        assert!(path.exists());
        drop(output);
        assert!(!path.exists());
    }

    #[test]
    fn an_older_file_stays_as_it_is_until_it_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("old");
        fs::write(&path, "something longer").unwrap();
        drop(Output::reserve("--json", &path).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "something longer");
        Output::reserve("--json", &path).unwrap().write("short").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "short");
    }

    #[test]
    fn a_written_file_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new");
        Output::reserve("--html", &path).unwrap().write("text").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "text");
    }

    #[test]
    fn a_directory_and_a_missing_directory_are_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        for path in [dir.path().to_owned(), dir.path().join("missing/report.json")] {
            let message = Output::reserve("--json", &path).unwrap_err();
            assert!(message.contains("cannot write --json"), "{message}");
            assert!(message.contains(&path.display().to_string()), "{message}");
        }
    }
}
