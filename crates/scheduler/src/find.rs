//! Where a worker looks for its next job, and in what order.
//!
//! | idle                                   | waiting (`Wait::Own`)                      |
//! |----------------------------------------|--------------------------------------------|
//! | own mailbox                            | own mailbox                                |
//! | every [`INJECTOR_EVERY`]th job: the injector | the thief's forks (fork, loop)       |
//! | own spawned, own detached              | own spawned down to the mark, then those   |
//! | others' forks, spawned, detached       | of whoever last had one of the scope's     |
//! | jobs passed on, the injector           | passed on: only those waited for           |

use crate::config::Wait;
use crate::deque::{Injector, Steal, Stealer};
use crate::job::{JobRef, SlotId};
use crate::passed::Kind;
use crate::worker::Worker;

/// A worker that always has jobs of its own looks at the injector first at every 61st: outside jobs are
/// late by at most 60 jobs. (A prime, so that it does not fall in step with loops of spawns.)
pub(crate) const INJECTOR_EVERY: u32 = 61;

/// Steals one, however often it must try.
pub(crate) fn steal_one(stealer: &Stealer<JobRef>) -> Option<JobRef> {
    loop {
        if stealer.is_empty() {
            return None;
        }
        match stealer.steal() {
            Steal::Success(job) => return Some(job),
            Steal::Empty => return None,
            Steal::Retry => millstream_sync::hint::spin_loop(),
        }
    }
}

/// Takes the oldest of a queue.
pub(crate) fn take_one(queue: &Injector<JobRef>) -> Option<JobRef> {
    loop {
        if queue.is_empty() {
            return None;
        }
        match queue.steal() {
            Steal::Success(job) => return Some(job),
            Steal::Empty => return None,
            Steal::Retry => millstream_sync::hint::spin_loop(),
        }
    }
}

impl Worker {
    /// Runs one job that waits to be run, from anywhere in the pool. True: one was run.
    pub fn yield_now(&self) -> bool {
        let Some(job) = self.find() else { return false };
        // SAFETY: from a deque.
        unsafe { self.execute(job) };
        true
    }

    /// The next job of our own, or the injector's when it is its turn: no look at others.
    pub(crate) fn find_near(&self) -> Option<JobRef> {
        if let Some(job) = take_one(&self.mailbox) {
            return Some(job);
        }
        let since = self.since_injector.get() + 1;
        self.since_injector.set(since);
        if since >= INJECTOR_EVERY {
            self.since_injector.set(0);
            if let Some(job) = self.take_any_passed().or_else(|| take_one(&self.registry().injector)) {
                return Some(job);
            }
        }
        self.spawned.pop().or_else(|| self.detached.pop())
    }

    /// A job from anywhere.
    pub(crate) fn find(&self) -> Option<JobRef> {
        self.find_near().or_else(|| self.find_far())
    }

    /// A job from others or the injector.
    pub(crate) fn find_far(&self) -> Option<JobRef> {
        let registry = self.registry();
        let count = registry.roster.len();
        let first = self.next_random() as usize % count;
        self.counters.steals_tried.add(count as u64 - 1);
        let others = || {
            (first..count)
                .chain(0..first)
                .filter(|&at| at != self.id() as usize)
                .map(|at| registry.roster.get(at))
        };
        let free = self.may_steal_forks();
        let stolen = others()
            .find_map(|slot| if free { slot.forks().steal() } else { None })
            .or_else(|| others().find_map(|slot| steal_one(slot.spawned())))
            .inspect(|_| self.counters.steals_won.add(1));
        let central = || self.take_any_passed().or_else(|| take_one(&registry.injector));
        stolen.or_else(central).or_else(|| {
            others().find_map(|slot| steal_one(slot.detached())).inspect(|_| self.counters.steals_won.add(1))
        })
    }

    /// A fork is stolen only by who has none: its owner may come to help us, and must find nothing but its own (see `wait`).
    fn may_steal_forks(&self) -> bool {
        self.has_no_forks() || self.registry().config.wait == Wait::Any
    }

    /// A job that was passed on.
    fn take_any_passed(&self) -> Option<JobRef> {
        self.registry().passed.take(|kind, _| kind == Kind::Spawned || self.may_steal_forks())
    }

    /// A public fork of the worker in `slot`.
    pub(crate) fn steal_fork_from(&self, slot: SlotId) -> Option<JobRef> {
        self.counters.steals_tried.add(1);
        let job = self.registry().roster.get(slot as usize).forks().steal();
        if job.is_some() {
            self.counters.steals_won.add(1);
        }
        job
    }

    fn next_random(&self) -> u32 {
        // Marsaglia's xorshift32 ("Xorshift RNGs", 2003).
        let mut x = self.random.get();
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        self.random.set(x);
        x
    }
}
