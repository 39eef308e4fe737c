//! What each worker did: counters that only it writes, and anybody may read at any time.

use millstream_sync::atomic::{AtomicU64, Ordering};

/// A counter with one writer.
#[derive(Debug)]
pub(crate) struct Count(AtomicU64);

impl Count {
    fn new() -> Count {
        Count(AtomicU64::new(0))
    }

    /// Adds; only the owner does.
    #[inline]
    pub(crate) fn add(&self, amount: u64) {
        // Relaxed, and no read-modify-write: one writer, and readers want no order.
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(amount), Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        // Relaxed: see `add`.
        self.0.load(Ordering::Relaxed)
    }
}

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// The counters of one worker.
        #[derive(Debug)]
        pub(crate) struct Counters { $(pub(crate) $name: Count,)* }

        impl Counters {
            pub(crate) fn new() -> Counters {
                Counters { $($name: Count::new(),)* }
            }

            pub(crate) fn snapshot(&self) -> WorkerStats {
                WorkerStats { $($name: self.$name.get(),)* }
            }
        }

        /// What one worker, or a whole pool, has done so far. Counters wrap at 2^64.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct WorkerStats { $($(#[$doc])* pub $name: u64,)* }

        impl std::ops::AddAssign for WorkerStats {
            fn add_assign(&mut self, other: WorkerStats) {
                $(self.$name = self.$name.wrapping_add(other.$name);)*
            }
        }
    };
}

counters! {
    /// Jobs taken from a deque or the injector and run: stolen, spawned, or sent in. Forks that their own worker took
    /// back are not counted: they cost too little to count.
    jobs,
    /// Jobs, and invitations into loops, that forks made public.
    exposed,
    /// Looks into another worker's deques.
    steals_tried,
    /// Jobs got from another worker's deques.
    steals_won,
    /// Chunks run by loops.
    chunks,
    /// Halves of another participant's range that loops took.
    loop_steals,
    /// Times parked, idle or waiting.
    parks,
    /// Threads woken by a system call.
    wakes,
    /// Jobs found in a wait that were not the wait's own and were passed on.
    passed_on,
    /// Nanoseconds in jobs, up to the last time the worker ran out of them.
    busy_ns,
}
