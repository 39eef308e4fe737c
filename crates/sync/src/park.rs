//! Putting one thread to sleep until another wakes it.
//!
//! A [`Parker`] is one word and the futex on it. The word says what was agreed between the one thread that parks and all that unpark:
//!
//! ```text
//!            unpark                     park (returns)
//!   EMPTY ───────────▶ NOTIFIED ───────────────────────▶ EMPTY
//!     │                    ▲
//!     │ park               │ unpark (and a system call: the only one that wakes)
//!     └────────▶ PARKED ───┘
//! ```
//!
//! * Only the parker's thread leaves `NOTIFIED`, and only it enters `PARKED`; an `unpark` in any state leads to `NOTIFIED`.
//! * The futex compares the word with `PARKED` and falls asleep in one step, so an `unpark` before that step makes it return at once, and one
//!   after it finds a sleeper: there is no state in which the thread sleeps and the word is not `PARKED`, beyond the waker's way to its system call.
//! * A time limit ends by *swapping* the word to `EMPTY`: what was there says whether a notification came first.
//!
//! There is no spinning in here; whoever knows how long a wait is going to be spins before.
//! The models below prove that no notification is lost and that what was written before `unpark` is visible after `park`; each has a mutant.

#[cfg(any(millstream_loom, millstream_shuttle, not(all(target_os = "linux", target_pointer_width = "64"))))]
mod condvar;
#[cfg(all(target_os = "linux", target_pointer_width = "64", not(any(millstream_loom, millstream_shuttle))))]
mod futex;

use std::fmt;
use std::time::{Duration, Instant};

use crate::atomic::{AtomicU32, Ordering};
use crate::mutant;

#[cfg(any(
    millstream_loom,
    millstream_shuttle,
    not(all(target_os = "linux", target_pointer_width = "64"))
))]
use condvar::Futex;
#[cfg(all(
    target_os = "linux",
    target_pointer_width = "64",
    not(any(millstream_loom, millstream_shuttle))
))]
use futex::Futex;

/// No token, nobody asleep.
const EMPTY: u32 = 0;
/// A token lies ready: the next `park` takes it and returns.
const NOTIFIED: u32 = 1;
/// The parker's thread sleeps on the futex, or is about to.
const PARKED: u32 = 2;

/// Where one thread sleeps, and any other wakes it.
///
/// It holds at most one token: `unpark` puts it there, `park` takes it and waits for it if there is none. Only one thread at a time may park.
///
/// # Memory ordering
/// An `unpark` releases, and the `park` that takes its token acquires. Neither is a fence: a protocol that announces itself and then looks
/// for work needs its own `fence(SeqCst)` between the two.
///
/// # Cost
/// `unpark` is one swap, plus a system call (some microseconds) only if the thread was asleep. `park` with a token there is one
/// compare-exchange. The word fits where its owner puts it: pad it, if others write next to it.
///
/// # Examples
/// ```
/// use millstream_sync::park::Parker;
///
/// let parker = Parker::new();
/// assert!(!parker.unpark(), "nobody was asleep");
/// parker.park(); // returns at once: the token was there
/// ```
pub struct Parker {
    word: AtomicU32,
    futex: Futex,
}

impl Parker {
    /// A parker without a token.
    pub fn new() -> Self {
        Self { word: AtomicU32::new(EMPTY), futex: Futex::new() }
    }

    /// Takes the token, sleeping until there is one.
    ///
    /// # Blocking
    /// Puts the thread to sleep in the kernel. It never returns without a token.
    #[inline]
    pub fn park(&self) {
        if !self.take() {
            self.park_cold(None);
        }
    }

    /// Takes the token, sleeping at most about `limit` for one. Says whether it got it: `false` means that the time ran out.
    ///
    /// A limit too large for the clock means no limit. In a model no time passes: this is [`Parker::park`].
    ///
    /// # Blocking
    /// Puts the thread to sleep in the kernel, unless `limit` is zero.
    #[inline]
    pub fn park_timeout(&self, limit: Duration) -> bool {
        self.take() || self.park_cold(deadline(limit))
    }

    /// Puts the token there, and wakes the thread that waits for it. Returns whether a thread was parked, so that a system call was made.
    ///
    /// Nothing of `self` is touched after the token is out, except for its address in the system call on Linux; elsewhere, and in models,
    /// the parker must outlive this call.
    #[inline]
    pub fn unpark(&self) -> bool {
        // Relaxed: the mutant's fault is that it leaves a token as it is, with an earlier thread's writes only.
        if mutant!("parker_leaves_a_token_alone") && self.word.load(Ordering::Relaxed) == NOTIFIED {
            return false;
        }
        // Release: what was written before is visible to the `park` that takes the token (Acquire in `take` and `give_up`).
        let order = if mutant!("parker_unpark_relaxed") { Ordering::Relaxed } else { Ordering::Release };
        // A swap and not a compare-exchange: also a token on top of a token has to release its own writes.
        let asleep = self.word.swap(NOTIFIED, order) == PARKED;
        if asleep && !mutant!("parker_unpark_without_wake") {
            self.futex.wake(&self.word);
        }
        asleep
    }

    /// Takes the token if it is there.
    #[inline]
    fn take(&self) -> bool {
        // Acquire: sees what was written before the `unpark` whose token this is (Release there).
        let order = if mutant!("parker_take_relaxed") { Ordering::Relaxed } else { Ordering::Acquire };
        // Relaxed on failure: nothing was taken.
        self.word.compare_exchange(NOTIFIED, EMPTY, order, Ordering::Relaxed).is_ok()
    }

    #[cold]
    fn park_cold(&self, deadline: Option<Instant>) -> bool {
        if mutant!("parker_parks_without_looking") {
            // Relaxed: as below; the mutant overwrites a token that came since `take`.
            self.word.store(PARKED, Ordering::Relaxed);
        } else if !self.announce() {
            // Only `unpark` can have changed the word, so the token is there.
            return self.take();
        }
        loop {
            let in_time = self.futex.wait(&self.word, PARKED, deadline);
            if self.take() {
                return true;
            }
            if !in_time {
                return self.give_up();
            }
        }
    }

    /// Says that this thread is about to sleep; refuses if a token came meanwhile.
    fn announce(&self) -> bool {
        // Relaxed: nothing is published by it; `unpark` finds it because both change the same word, whose changes are totally ordered.
        self.word.compare_exchange(EMPTY, PARKED, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Takes back `announce` after the time ran out; returns whether a token came just then, which is thereby taken.
    fn give_up(&self) -> bool {
        if mutant!("parker_gives_up_with_a_store") {
            // Relaxed: the mutant's fault is that a token may be overwritten, not the ordering.
            self.word.store(EMPTY, Ordering::Relaxed);
            return false;
        }
        // Acquire: if it was a token, sees what was written before its `unpark` (Release there).
        self.word.swap(EMPTY, Ordering::Acquire) == NOTIFIED
    }
}

impl Default for Parker {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Parker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Relaxed: a snapshot for the eye.
        let state = match self.word.load(Ordering::Relaxed) {
            EMPTY => "empty",
            NOTIFIED => "notified",
            _ => "parked",
        };
        f.debug_struct("Parker").field("state", &state).finish()
    }
}

/// The instant at which a wait of `limit` from now ends; `None` for never.
fn deadline(limit: Duration) -> Option<Instant> {
    if cfg!(any(millstream_loom, millstream_shuttle)) { None } else { Instant::now().checked_add(limit) }
}

#[cfg(test)]
mod models;
#[cfg(all(test, not(any(millstream_loom, millstream_shuttle))))]
mod tests;
