//! The data: what lies under PATH, in one piece, cut into blocks.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Serialize;
use walkdir::WalkDir;

/// Bytes to map over, and where they came from.
#[derive(Debug)]
pub(crate) struct Corpus {
    bytes: Vec<u8>,
    block_bytes: usize,
    pub(crate) facts: Facts,
    /// What could not be read, and why.
    pub(crate) warnings: Vec<String>,
}

/// What a report says about the data.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Facts {
    /// Where it was read from.
    pub(crate) path: PathBuf,
    /// Files that were read.
    pub(crate) files: usize,
    /// Files and directories that could not be read.
    pub(crate) unreadable: usize,
    /// True if reading ended at the limit with more to read.
    pub(crate) cut_short: bool,
    /// Bytes read.
    pub(crate) bytes_read: u64,
    /// Bytes mapped over: the bytes read, repeated.
    pub(crate) bytes: u64,
    /// Blocks they are cut into.
    pub(crate) blocks: usize,
    /// Size of each block but the last.
    pub(crate) block_bytes: usize,
}

/// Why there is no data.
#[derive(Debug)]
pub(crate) enum CorpusError {
    /// PATH itself cannot be looked at or read.
    Unreadable { path: PathBuf, error: io::Error },
    /// PATH is a device, a pipe or the like.
    NeitherFileNorDirectory { path: PathBuf },
    /// Everything under PATH was unreadable.
    AllUnreadable { path: PathBuf, unreadable: usize, first: String },
    /// There was nothing in it.
    Empty { path: PathBuf, files: usize },
}

/// How much to read and how to cut it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) min_bytes: u64,
    pub(crate) max_bytes: u64,
    pub(crate) block_bytes: usize,
}

impl Corpus {
    /// Reads `path`, or the project's own tree without build products and history if there is none.
    pub(crate) fn read(path: Option<&Path>, limits: Limits) -> Result<Corpus, CorpusError> {
        let own_tree = own_tree();
        let root = path.unwrap_or(&own_tree);
        let unreadable = |error| CorpusError::Unreadable { path: root.to_owned(), error };
        let metadata = std::fs::metadata(root).map_err(unreadable)?;
        let mut warnings = Vec::new();
        let files = if metadata.is_dir() {
            std::fs::read_dir(root).map_err(unreadable)?;
            files_under(root, path.is_none(), &mut warnings)
        } else if metadata.is_file() {
            vec![root.to_owned()]
        } else {
            return Err(CorpusError::NeitherFileNorDirectory { path: root.to_owned() });
        };
        Corpus::of_files(root, &files, warnings, limits)
    }

    fn of_files(
        root: &Path,
        paths: &[PathBuf],
        mut warnings: Vec<String>,
        limits: Limits,
    ) -> Result<Corpus, CorpusError> {
        let mut bytes = Vec::new();
        let (mut files, mut cut_short) = (0, false);
        for path in paths {
            let before = bytes.len();
            let room = limits.max_bytes - before as u64;
            // One byte more than there is room for tells a file that fits from one that does not.
            match File::open(path).and_then(|file| file.take(room + 1).read_to_end(&mut bytes)) {
                Ok(_) => files += 1,
                Err(error) => {
                    bytes.truncate(before);
                    warnings.push(format!("{}: {error}", path.display()));
                }
            }
            if bytes.len() as u64 > limits.max_bytes {
                bytes.pop();
                cut_short = true;
                break;
            }
        }
        if bytes.is_empty() {
            let path = root.to_owned();
            return Err(match warnings.first() {
                Some(first) if files == 0 => {
                    CorpusError::AllUnreadable { path, unreadable: warnings.len(), first: first.clone() }
                }
                _ => CorpusError::Empty { path, files },
            });
        }
        let bytes_read = bytes.len();
        let wanted = usize::try_from(limits.min_bytes).unwrap_or(usize::MAX);
        if wanted > bytes_read {
            // One allocation for the whole; a doubling one would hold up to twice as much.
            let repeats = wanted.div_ceil(bytes_read);
            bytes.reserve_exact(bytes_read.saturating_mul(repeats - 1));
            for _ in 1..repeats {
                bytes.extend_from_within(..bytes_read);
            }
        }
        let facts = Facts {
            path: root.to_owned(),
            files,
            unreadable: warnings.len(),
            cut_short,
            bytes_read: bytes_read as u64,
            bytes: bytes.len() as u64,
            blocks: bytes.len().div_ceil(limits.block_bytes),
            block_bytes: limits.block_bytes,
        };
        Ok(Corpus { bytes, block_bytes: limits.block_bytes, facts, warnings })
    }

    /// The blocks, in order.
    pub(crate) fn blocks(&self) -> Vec<&[u8]> {
        self.bytes.chunks(self.block_bytes).collect()
    }

    /// The block of that number.
    ///
    /// # Panics
    /// If there is none.
    pub(crate) fn block(&self, index: usize) -> &[u8] {
        let start = index * self.block_bytes;
        &self.bytes[start..(start + self.block_bytes).min(self.bytes.len())]
    }
}

/// Where the project was built, else the current directory.
fn own_tree() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    match workspace {
        Some(path) if path.is_dir() => path.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Every regular file under `root`, in an order that does not depend on the file system. Symbolic links are
/// left out: what they lead to is elsewhere, or counted already.
fn files_under(root: &Path, own_tree: bool, warnings: &mut Vec<String>) -> Vec<PathBuf> {
    let built_or_history = |name: &str| name == "target" || name == ".git";
    let walk = WalkDir::new(root).sort_by_file_name().into_iter().filter_entry(|entry| {
        let skipped =
            own_tree && entry.depth() > 0 && entry.file_name().to_str().is_some_and(built_or_history);
        !skipped
    });
    let mut files = Vec::new();
    for entry in walk {
        match entry {
            Ok(entry) if entry.file_type().is_file() => files.push(entry.into_path()),
            Ok(_) => {}
            Err(error) => warnings.push(error.to_string()),
        }
    }
    files
}

impl fmt::Display for CorpusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const POSSIBLE: &str =
            "give a readable file or directory, or no PATH for the project's own source tree";
        match self {
            CorpusError::Unreadable { path, error } => {
                write!(f, "cannot read PATH {}: {error}; {POSSIBLE}", path.display())
            }
            CorpusError::NeitherFileNorDirectory { path } => {
                write!(f, "PATH {} is neither a file nor a directory; {POSSIBLE}", path.display())
            }
            CorpusError::AllUnreadable { path, unreadable, first } => {
                write!(f, "nothing under PATH {} can be read ({unreadable} failed; ", path.display())?;
                write!(f, "the first: {first}); {POSSIBLE}")
            }
            CorpusError::Empty { path, files } => {
                write!(f, "PATH {} holds no data ({files} empty files); {POSSIBLE}", path.display())
            }
        }
    }
}

impl std::error::Error for CorpusError {}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const LIMITS: Limits = Limits { min_bytes: 0, max_bytes: 1 << 20, block_bytes: 4 };

    #[test]
    fn files_are_joined_in_the_order_of_their_names_and_cut_into_blocks() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("b"), "world").unwrap();
        fs::write(dir.path().join("a"), "hello ").unwrap();
        let corpus = Corpus::read(Some(dir.path()), LIMITS).unwrap();
        assert_eq!(corpus.blocks(), [&b"hell"[..], b"o wo", b"rld"]);
        assert_eq!((corpus.block(1), corpus.block(2)), (&b"o wo"[..], &b"rld"[..]));
        assert_eq!((corpus.facts.files, corpus.facts.blocks, corpus.facts.bytes), (2, 3, 11));
    }

    #[test]
    fn data_is_repeated_whole_until_there_is_enough() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a"), "abc").unwrap();
        let corpus = Corpus::read(Some(dir.path()), Limits { min_bytes: 7, ..LIMITS }).unwrap();
        assert_eq!(corpus.blocks().concat(), b"abcabcabc");
        assert_eq!((corpus.facts.bytes_read, corpus.facts.bytes), (3, 9));
    }

    #[test]
    fn an_unreadable_file_among_others_is_a_warning() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a"), "abc").unwrap();
        // A file that went away between the listing and the reading.
        let paths = [dir.path().join("gone"), dir.path().join("a")];
        let corpus = Corpus::of_files(dir.path(), &paths, Vec::new(), LIMITS).unwrap();
        assert_eq!(corpus.blocks().concat(), b"abc");
        assert_eq!((corpus.facts.files, corpus.facts.unreadable), (1, 1));
        assert!(corpus.warnings[0].contains("gone"), "{:?}", corpus.warnings);
    }

    #[test]
    fn nothing_but_unreadable_files_is_an_error_that_names_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let error = Corpus::of_files(dir.path(), &[dir.path().join("gone")], Vec::new(), LIMITS).unwrap_err();
        let message = error.to_string();
        assert!(message.contains("can be read (1 failed") && message.contains("gone"), "{message}");
    }

    #[test]
    fn reading_ends_at_the_limit_and_says_so() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a"), "abcd").unwrap();
        fs::write(dir.path().join("b"), "efgh").unwrap();
        let read = |max_bytes| Corpus::read(Some(dir.path()), Limits { max_bytes, ..LIMITS }).unwrap();
        assert_eq!(read(6).blocks().concat(), b"abcdef");
        assert!(read(6).facts.cut_short);
        assert!(read(4).facts.cut_short);
        assert!(!read(8).facts.cut_short);
    }

    #[test]
    fn the_own_tree_has_this_file_and_no_build_products() {
        let root = own_tree();
        let files = files_under(&root, true, &mut Vec::new());
        assert!(files.iter().any(|path| path.ends_with("benches/throughput/src/corpus.rs")));
        let in_target = |path: &PathBuf| path.strip_prefix(&root).unwrap().starts_with("target");
        assert!(!files.iter().any(in_target));
    }
}
