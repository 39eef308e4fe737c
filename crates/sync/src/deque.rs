//! A stand-in for crossbeam-deque, in model builds only.
//!
//! The checkers cannot look into crossbeam-deque: to them its pushes and steals would be free of any ordering, or of every. This has the same names
//! and shapes, and the same *orderings* on the words that show in a protocol around it (crossbeam-deque 0.8; the algorithm is Chase and Lev's, with
//! the orderings of Lê, Pop, Cohen and Zappa Nardelli, "Correct and efficient work-stealing for weak memory models", 2013):
//!
//! | operation | order |
//! |---|---|
//! | `Worker::push` | `Release` fence, then a relaxed store of `back`: **no** total order with what the pusher reads next |
//! | `Worker::pop`, LIFO | relaxed store of `back`, `SeqCst` fence, relaxed load of `front`; the last item by compare-exchange |
//! | `Worker::pop`, FIFO | `fetch_add` of `front` |
//! | `Stealer::{is_empty, len}` | `front` with `Acquire`, `SeqCst` fence, `back` with `Acquire` |
//! | `Stealer::steal` | the same, then a compare-exchange of `front`; `Retry` if another was faster |
//! | `Injector::push` | compare-exchange of `tail` |
//! | `Injector::{is_empty, len}` | two `SeqCst` loads, which loom weakens to `Acquire` |
//!
//! So a protocol that needs more than this (a sleeper that must not miss a push, for one) fails its model unless it brings its own fence.
//!
//! The items themselves lie in a map that the checker does not see: each is entered before its index is published, and taken by whoever has won the
//! index. That orders nothing, so that all visibility comes from the words above; and an index won twice is a panic.

mod injector;
mod worker;

#[cfg(test)]
mod models;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

pub use injector::Injector;
pub use worker::{Stealer, Worker};

/// What became of an attempt to steal.
#[derive(Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Steal<T> {
    /// There was nothing to steal.
    Empty,
    /// The stolen item.
    Success(T),
    /// Another was faster; there may be more.
    Retry,
}

impl<T> Steal<T> {
    /// Whether there was nothing.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// Whether an item was stolen.
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Success(_))
    }

    /// Whether it is worth trying again.
    pub fn is_retry(&self) -> bool {
        matches!(self, Self::Retry)
    }

    /// The stolen item, if there is one.
    pub fn success(self) -> Option<T> {
        match self {
            Self::Success(item) => Some(item),
            Self::Empty | Self::Retry => None,
        }
    }
}

impl<T> fmt::Debug for Steal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "Empty",
            Self::Success(_) => "Success(..)",
            Self::Retry => "Retry",
        })
    }
}

/// The items by index. A lock of `std`, never of the checker: it is free whenever the checker lets a thread run, and orders nothing.
struct Items<T>(Mutex<BTreeMap<usize, T>>);

impl<T> Items<T> {
    fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    fn enter(&self, index: usize, item: T) {
        let before = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(index, item);
        assert!(before.is_none(), "index {index} is given out twice");
    }

    fn has(&self, index: usize) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&index)
    }

    fn take(&self, index: usize) -> T {
        let item = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&index);
        item.unwrap_or_else(|| panic!("the item at index {index} is taken twice"))
    }
}

/// The distance from `front` to `back`, which an owner that pops may let fall to -1 for a moment.
fn distance(front: usize, back: usize) -> isize {
    back.wrapping_sub(front).cast_signed()
}
