//! Why a topology could not be read.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// How much of a malformed file an error keeps.
const CONTENT_CHARS: usize = 200;

/// Why a topology could not be read.
#[derive(Debug)]
pub struct TopologyError {
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Unreadable { file: PathBuf, error: io::Error },
    Malformed { file: PathBuf, content: String, expected: String },
    NoCpu { allowed: usize, online: usize },
    Affinity(io::Error),
}

impl TopologyError {
    pub(super) fn unreadable(file: &Path, error: io::Error) -> Self {
        Self { kind: Kind::Unreadable { file: file.to_owned(), error } }
    }

    pub(super) fn malformed(file: &Path, content: &str, expected: impl Into<String>) -> Self {
        let content = content.chars().take(CONTENT_CHARS).collect();
        Self { kind: Kind::Malformed { file: file.to_owned(), content, expected: expected.into() } }
    }

    pub(super) fn no_cpu(allowed: usize, online: usize) -> Self {
        Self { kind: Kind::NoCpu { allowed, online } }
    }

    pub(super) fn affinity(error: io::Error) -> Self {
        Self { kind: Kind::Affinity(error) }
    }

    /// The file or folder at fault, if one is.
    pub fn file(&self) -> Option<&Path> {
        match &self.kind {
            Kind::Unreadable { file, .. } | Kind::Malformed { file, .. } => Some(file),
            Kind::NoCpu { .. } | Kind::Affinity(_) => None,
        }
    }

    /// What a malformed file held (its first 200 characters).
    pub fn content(&self) -> Option<&str> {
        match &self.kind {
            Kind::Malformed { content, .. } => Some(content),
            _ => None,
        }
    }

    /// Whether none of the allowed cpus is online.
    pub fn is_no_cpu(&self) -> bool {
        matches!(self.kind, Kind::NoCpu { .. })
    }
}

impl fmt::Display for TopologyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Unreadable { file, error } => write!(f, "cannot read {}: {error}", file.display()),
            Kind::Malformed { file, content, expected } => {
                write!(f, "{} holds {content:?}, not {expected}", file.display())
            }
            Kind::NoCpu { allowed, online } => {
                write!(f, "none of {allowed} allowed cpus is among the {online} that are online")
            }
            Kind::Affinity(error) => write!(f, "cannot tell which cpus are allowed: {error}"),
        }
    }
}

impl Error for TopologyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.kind {
            Kind::Unreadable { error, .. } | Kind::Affinity(error) => Some(error),
            Kind::Malformed { .. } | Kind::NoCpu { .. } => None,
        }
    }
}
