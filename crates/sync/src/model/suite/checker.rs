//! What a suite is made of.

/// Which build of the package checks the models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checker {
    /// Exhaustive, weak memory.
    Loom,
    /// Random schedules of many threads, sequentially consistent.
    Shuttle,
}

impl Checker {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Loom => "loom",
            Self::Shuttle => "shuttle",
        }
    }
}

/// A model: its test's path within the package, and the mutant that it has to notice, if any.
pub type Case<'a> = (&'a str, Option<&'a str>);
