//! A futex for one word, made of a mutex and a condition variable: for systems without one, and for models.
//!
//! As in the kernel, the word is compared under the lock that a waker takes before it looks for sleepers.

use std::time::Instant;

use crate::atomic::{AtomicU32, Ordering};
use crate::lock::{Condvar, Mutex};

pub(super) struct Futex {
    queue: Mutex<()>,
    woken: Condvar,
}

impl Futex {
    pub(super) fn new() -> Self {
        Self { queue: Mutex::new(()), woken: Condvar::new() }
    }

    /// Sleeps if `*word == expected`, until woken or `deadline`. May return early for no reason; `false` means that the deadline has passed.
    pub(super) fn wait(&self, word: &AtomicU32, expected: u32, deadline: Option<Instant>) -> bool {
        let rest = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if rest.is_some_and(|rest| rest.is_zero()) {
            return false;
        }
        let queue = self.queue.lock();
        // Relaxed: a waker changes the word before it takes the lock. Either it had the lock before us, then the lock orders its change
        // before this load; or it takes it after us, then it finds us asleep.
        if word.load(Ordering::Relaxed) != expected {
            return true;
        }
        match rest {
            None => drop(self.woken.wait(queue)),
            Some(rest) => drop(self.woken.wait_timeout(queue, rest)),
        }
        true
    }

    /// Wakes the one sleeper.
    pub(super) fn wake(&self, _word: *const AtomicU32) {
        // Through the lock: a waiter between its comparison and its sleep would miss us otherwise.
        drop(self.queue.lock());
        self.woken.notify_one();
    }
}
