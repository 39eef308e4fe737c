//! What the robustness tests share: a watchdog, values that count their drops, and quiet panics.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::sync::Arc;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// A body that takes this long hangs. Generous, since the machine may be busy with other things.
const HANG: Duration = Duration::from_secs(60);

/// Runs `body` on a thread of its own, and fails if it does not end.
pub(crate) fn in_time<R: Send + 'static>(body: impl FnOnce() -> R + Send + 'static) -> R {
    let (done, watch) = channel();
    let thread = std::thread::spawn(move || {
        let result = catch_unwind(AssertUnwindSafe(body));
        let _ = done.send(());
        result.unwrap_or_else(|payload| resume_unwind(payload))
    });
    if watch.recv_timeout(HANG) == Err(RecvTimeoutError::Timeout) {
        panic!("hangs: not done after {} s", HANG.as_secs());
    }
    thread.join().unwrap_or_else(|payload| resume_unwind(payload))
}

/// The payload of the panics that tests make on purpose; they are not printed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Boom(pub(crate) usize);

/// Panics with [`Boom`], without a message.
pub(crate) fn boom(number: usize) -> ! {
    hush();
    panic_any(Boom(number))
}

/// Keeps panics on purpose out of the output.
pub(crate) fn hush() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !info.payload().is::<Boom>() && !info.payload().is::<Grenade>() {
                before(info);
            }
        }));
    });
}

/// Which [`Boom`] a call panicked with.
pub(crate) fn boom_of<R>(body: impl FnOnce() -> R) -> Option<usize> {
    hush();
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(_) => None,
        Err(payload) => Some(payload.downcast::<Boom>().expect("a payload that the test threw").0),
    }
}

/// A payload whose drop panics.
pub(crate) struct Grenade;

impl Drop for Grenade {
    fn drop(&mut self) {
        boom(usize::MAX);
    }
}

/// Counts values that were made and values that were dropped.
#[derive(Clone, Default)]
pub(crate) struct Ledger(Arc<(AtomicUsize, AtomicUsize)>);

/// A value that a [`Ledger`] counts.
pub(crate) struct Entry(Ledger);

impl Ledger {
    pub(crate) fn entry(&self) -> Entry {
        self.0.0.fetch_add(1, Ordering::SeqCst);
        Entry(self.clone())
    }

    pub(crate) fn made(&self) -> usize {
        self.0.0.load(Ordering::SeqCst)
    }

    /// Every value was dropped, and none twice.
    pub(crate) fn assert_settled(&self) {
        assert_eq!(self.made(), self.0.1.load(Ordering::SeqCst), "made (left) and dropped (right)");
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.0.0.1.fetch_add(1, Ordering::SeqCst);
    }
}

/// Waits until `ready`, giving the core away meanwhile; the watchdog sees to it that it ends.
pub(crate) fn until(ready: impl Fn() -> bool) {
    while !ready() {
        std::thread::sleep(Duration::from_micros(100));
    }
}

/// Counts one more.
pub(crate) fn add(count: &AtomicUsize) {
    count.fetch_add(1, Ordering::SeqCst);
}

/// A small generator of numbers for tests (Knuth's MMIX constants).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % bound
    }
}
