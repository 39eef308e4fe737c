//! "It is done": a count that someone waits for, in one word.
//!
//! | finisher                        | waiter                          |
//! |---------------------------------|---------------------------------|
//! | F1 write the result             | W1 `probe`: count is 0? go on   |
//! | F2 `finish`: count - 1          | W2 `fall_asleep`: set ASLEEP    |
//! | F3 last, and ASLEEP was set?    | W3 count was 0? go on, else     |
//! |    wake the waiter              |    park, then back to W1        |
//!
//! F2 and W2 are read-modify-writes of one word, so one of them comes first: either W3 sees the count
//! at 0, or F3 sees ASLEEP.
//! Invariant 1: a finisher never touches the latch after F2: the waiter may have freed it. Whom to wake
//! is therefore read before F2, and is not in the latch.
//! Checked by `models::latch`; they fail if `finish` or `probe` loses its ordering, or if ASLEEP is set by a
//! load and a store.

use millstream_sync::atomic::{AtomicU32, Ordering};
#[cfg(any(millstream_loom, millstream_shuttle))]
use millstream_sync::cell::UnsafeCell;
use millstream_sync::mutant;

/// The waiter has gone to sleep, or is about to, and must be woken by the last finisher.
const ASLEEP: u32 = 0b1;
/// One outstanding completion.
const ONE: u32 = 0b10;

/// What the finisher owes the waiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Finish {
    /// Others are outstanding, or nobody sleeps.
    NobodyWaits,
    /// This was the last completion and the waiter sleeps: unpark it.
    WakeWaiter,
}

/// A count of outstanding completions that one thread waits for.
#[derive(Debug)]
pub(crate) struct Latch {
    word: AtomicU32,
    /// Set by the waiter of a model when it would free the latch; see [`Latch::word`].
    #[cfg(any(millstream_loom, millstream_shuttle))]
    dead: UnsafeCell<bool>,
}

// SAFETY: `dead` is written once, by the waiter, after which a right finisher does not read it; that is what models check.
#[cfg(any(millstream_loom, millstream_shuttle))]
unsafe impl Sync for Latch {}

impl Latch {
    /// A latch with `outstanding` completions to wait for (at most 2^31 - 1).
    #[inline]
    pub(crate) fn new(outstanding: u32) -> Latch {
        Latch {
            word: AtomicU32::new(outstanding * ONE),
            #[cfg(any(millstream_loom, millstream_shuttle))]
            dead: UnsafeCell::new(false),
        }
    }

    /// The word, in a latch that is live. A model asserts that; loom also asserts that the access is ordered before the
    /// waiter's [`Latch::bury`].
    #[inline(always)]
    fn word(&self) -> &AtomicU32 {
        #[cfg(any(millstream_loom, millstream_shuttle))]
        // SAFETY: a model leaks its latch, and so what is dead can be read.
        self.dead.with(|dead| assert!(!unsafe { *dead }, "a latch was touched after it may have been freed"));
        &self.word
    }

    /// What a waiter of a model does in the place of freeing the latch.
    #[cfg(any(millstream_loom, millstream_shuttle))]
    #[cfg_attr(not(test), expect(dead_code, reason = "for models"))]
    pub(crate) fn bury(&self) {
        // SAFETY: nobody else touches the latch any more; that is the claim.
        self.dead.with_mut(|dead| unsafe { *dead = true });
    }

    /// Adds one completion to wait for; only while at least one is outstanding, or by the waiter itself.
    #[inline]
    pub(crate) fn add(&self) {
        // Relaxed: whoever adds keeps the latch open by a completion of its own, and hands the new one
        // over through a deque, which orders it.
        let before = self.word().fetch_add(ONE, Ordering::Relaxed);
        assert!(before < u32::MAX - ONE * 2, "more than 2^31 outstanding jobs in one latch");
    }

    /// Takes back a completion that was added and handed to nobody; only by the waiter or another holder.
    ///
    /// # Safety
    /// `this` is live up to this call; after it, it may be gone.
    #[inline]
    #[must_use = "the waiter may have to be woken"]
    pub(crate) unsafe fn finish(this: *const Latch) -> Finish {
        // Release: the result written before is visible to the waiter (Acquire in `probe`); later finishers'
        // decrements continue the release sequence.
        let order = if mutant!("latch_finish_relaxed") { Ordering::Relaxed } else { Ordering::Release };
        // SAFETY: live by the promise above, and not touched again here.
        let before = unsafe { &*this }.word().fetch_sub(ONE, order);
        if mutant!("latch_touched_after_finish") {
            // SAFETY: none: this is the mistake that the model must catch.
            let _ = unsafe { &*this }.word().load(Ordering::Relaxed); // Relaxed: a mutant only.
        }
        debug_assert!(before >= ONE, "a latch was finished more often than it was armed");
        if before == ONE | ASLEEP { Finish::WakeWaiter } else { Finish::NobodyWaits }
    }

    /// Whether everything is done.
    #[inline]
    pub(crate) fn probe(&self) -> bool {
        // Acquire: pairs with the Release in `finish`, so results are visible once this is true.
        let order = if mutant!("latch_probe_relaxed") { Ordering::Relaxed } else { Ordering::Acquire };
        self.word().load(order) < ONE
    }

    /// Announces that the waiter is going to park. False: everything is done, do not park.
    #[must_use]
    pub(crate) fn fall_asleep(&self) -> bool {
        if mutant!("latch_sleep_torn") {
            let word = self.word().load(Ordering::Acquire); // Acquire: as in `probe`; a mutant only.
            self.word().store(word | ASLEEP, Ordering::Relaxed); // Relaxed: a mutant only.
            return word >= ONE;
        }
        // Acquire: if the count is already 0, the results must be visible (Release in `finish`).
        self.word().fetch_or(ASLEEP, Ordering::Acquire) >= ONE
    }

    /// Takes the announcement back after a wake that was not the last finisher's.
    pub(crate) fn wake_up(&self) {
        // Acquire: as in `probe`.
        self.word().fetch_and(!ASLEEP, Ordering::Acquire);
    }
}
