//! Jobs that a wait found and must not run: anybody may have them, and whoever waits for one finds it here.
//!
//! A wait that steals gets what lies there, and may learn only then that the job is a stranger's (see `wait`, `scope`). It
//! cannot be put back. Behind the jobs of the injector it could be out of reach for the one who waits for it: all other threads may
//! be blocked on a lock that this one holds. So it is kept here, where its waiter looks at every turn, and is *recalled* from its
//! sleep to do so; searchers take from here, too, before they look at the injector.
//! Invariant: a job in the list is due, so what it points to lives; it leaves under the list's lock, to one taker.

use std::collections::VecDeque;

use millstream_sync::atomic::{AtomicUsize, Ordering};
use millstream_sync::lock::Mutex;

use crate::job::JobRef;

/// What a passed job begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A fork or an invitation into a loop: a `job::Header`.
    Fork,
    /// A job of a scope: a `scope::SpawnHeader`.
    Spawned,
}

/// The passed jobs of a pool.
pub(crate) struct Passed {
    jobs: Mutex<VecDeque<(Kind, JobRef)>>,
    /// How many there are; written under the lock.
    len: AtomicUsize,
}

impl Passed {
    pub(crate) fn new() -> Passed {
        Passed { jobs: Mutex::new(VecDeque::new()), len: AtomicUsize::new(0) }
    }

    /// Whether there are none.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        // Relaxed: a hint to those who spin; ordered by the fences of `sleep` for searchers, by the recall for who waits.
        self.len.load(Ordering::Relaxed) == 0
    }

    /// Adds a job. The caller recalls whoever waits for it, and posts.
    #[cold]
    pub(crate) fn push(&self, kind: Kind, job: JobRef) {
        let mut jobs = self.jobs.lock();
        jobs.push_back((kind, job));
        // Relaxed: see `is_empty`.
        self.len.store(jobs.len(), Ordering::Relaxed);
    }

    /// The oldest job that `wanted` says yes to; it may look at the job's header.
    #[inline]
    pub(crate) fn take(&self, wanted: impl Fn(Kind, JobRef) -> bool) -> Option<JobRef> {
        if self.is_empty() { None } else { self.take_cold(wanted) }
    }

    #[cold]
    fn take_cold(&self, wanted: impl Fn(Kind, JobRef) -> bool) -> Option<JobRef> {
        let mut jobs = self.jobs.lock();
        let at = jobs.iter().position(|&(kind, job)| wanted(kind, job))?;
        let (_, job) = jobs.remove(at)?;
        // Relaxed: see `is_empty`.
        self.len.store(jobs.len(), Ordering::Relaxed);
        Some(job)
    }
}
