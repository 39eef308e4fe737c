//! The lazily split loop: a range of items, run by whoever has time.
//!
//! Each participant has a *range* in one packed word. Its owner takes chunks from the front; a thief takes half of what is
//! left from the back, also while the owner is inside a chunk; a stolen half is split the same way. Nothing is split
//! beforehand, so a loop that nobody helps with runs as the plain loop does.
//!
//! The calling thread begins alone and on private variables. It shares the loop when that can pay: at once if the call site's
//! history says it is long (then somebody is woken, too), else after the first chunks, if somebody is looking for work or what
//! is left is estimated to take longer than a wake. To share is to put an *invitation* into one's public deque; who steals
//! it becomes a participant, takes half of the inviter's range and may invite others in turn. Whoever is done takes back its
//! own invitation. So nobody ever waits for a thread that was woken but has not come.
//!
//! Chunks grow until one lasts `CHUNK_NS` (in `cut`), which keeps the poll between them (a clock, two loads, an exchange) below 1 %.
//!
//! | owner of a range                  | thief                                    |
//! |-----------------------------------|------------------------------------------|
//! | O1 read (lo, hi); lo = hi: empty  | T1 read (lo, hi); lo = hi: next victim   |
//! | O2 exchange for (lo + k, hi)      | T2 exchange for (lo, hi - half)          |
//! | O3 run lo .. lo + k               | T3 store its own range := the half       |
//!
//! O2 and T2 are compare-exchanges of one word, so an item belongs to one of them. A range is stored (T3) only by its owner, and
//! only while it is empty, when no thief's exchange on it can succeed: a thief expects a word with lo < hi.
//! (The same word may come back: a range (lo, hi) is handed out once, since items are only ever taken.)
//! Checked by `models::split::*`.

mod alone;
mod contract;
mod cut;
#[cfg(all(test, any(millstream_loom, millstream_shuttle)))]
mod models;
mod part;
mod shared;
mod span;

pub use contract::{Flow, LoopBody, LoopOptions};

pub use crate::job::Payload;
use crate::pool::Pool;
use crate::worker::Worker;
use alone::run;

impl Pool {
    /// Runs `body` over `0..len`, shared by as many threads as come; returns when all of it is done.
    ///
    /// # Errors
    /// The panic of the earliest chunk that panicked, after all participants have left. Every chunk before it has run.
    /// # Blocking
    /// Waits for the others' last chunks, running only jobs that descend from the loop.
    /// # Cost
    /// A loop shorter than a microsecond costs some 50 ns above the plain loop.
    pub fn run_loop<B: LoopBody>(&self, len: usize, options: LoopOptions, body: &B) -> Result<(), Payload> {
        run(self.registry(), len, options, body)
    }
}

impl Worker {
    /// [`Pool::run_loop`] in this worker's pool.
    ///
    /// # Errors
    /// As there.
    pub fn run_loop<B: LoopBody>(&self, len: usize, options: LoopOptions, body: &B) -> Result<(), Payload> {
        run(self.registry(), len, options, body)
    }
}
