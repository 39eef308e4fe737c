//! The scheduler's protocols under loom and shuttle, as they are written.
//!
//! `tests/models.rs` builds this crate for each checker and runs every model in a process of its own, first as it is and then with each of
//! its mutants, which it has to notice.
//!
//! | module | what is shared | claims |
//! |---|---|---|
//! | `latch` | a latch and the result behind it | nothing of it is touched after the last completion; no wake is lost |
//! | `exposure` | a ring, its deque and `floor` | each job runs once; a request for jobs is not lost |
//! | `sleep` | the seats, and each source of work | what was posted is not slept through |
//! | `seats` | the seats, a waiter and a latch | a seat given back is used; who has what it waits for goes on |
//! | `stop` | a whole pool | what a job spawns while the pool stops is run, and all threads leave |
//! | [`split::models`](crate::split) | the packed range of a loop | each unit is taken once |

mod exposure;
mod latch;
mod seats;
mod sleep;
mod stop;

use std::sync::Arc;

use millstream_sync::cell::UnsafeCell;

/// What one thread writes and another reads or writes later, without an order of its own: loom reports it where the protocol around
/// it gives none.
struct Unordered(UnsafeCell<u32>);

// SAFETY: the protocol under test keeps the accesses apart; the models exist to check just that.
unsafe impl Sync for Unordered {}
// SAFETY: as above.
unsafe impl Send for Unordered {}

impl Unordered {
    fn new() -> Arc<Unordered> {
        Arc::new(Unordered(UnsafeCell::new(0)))
    }

    fn write(&self, value: u32) {
        // SAFETY: as `Sync` above.
        self.0.with_mut(|p| unsafe { *p = value });
    }

    fn read(&self) -> u32 {
        // SAFETY: as `Sync` above.
        self.0.with(|p| unsafe { *p })
    }
}

/// How many threads of a kind a model has: few under loom, which tries everything, more under shuttle.
pub(crate) const fn scaled(loom: usize, shuttle: usize) -> usize {
    if cfg!(millstream_loom) { loom } else { shuttle }
}
