//! The queue that anybody pushes to and takes from.

use std::fmt;

use super::{Items, Steal, distance};
use crate::atomic::{AtomicUsize, Ordering, fence};
use crate::mutant;

/// A first-in first-out queue of many producers and many consumers.
pub struct Injector<T> {
    head: AtomicUsize,
    tail: AtomicUsize,
    items: Items<T>,
}

impl<T> Injector<T> {
    /// An empty queue.
    pub fn new() -> Self {
        Self { head: AtomicUsize::new(0), tail: AtomicUsize::new(0), items: Items::new() }
    }

    /// Adds an item as the youngest.
    pub fn push(&self, item: T) {
        // SeqCst, as the original's compare-exchange; an addition cannot fail, which spares the checker a loop.
        let tail = self.tail.fetch_add(1, Ordering::SeqCst);
        self.items.enter(tail, item);
    }

    /// Tries once to take the oldest item.
    pub fn steal(&self) -> Steal<T> {
        // Acquire: pairs with the exchanges of `head`.
        let head = self.head.load(Ordering::Acquire);
        // SeqCst, as in the original.
        fence(Ordering::SeqCst);
        // Acquire: pairs with the addition in `push`. (The original reads `tail` relaxed, and acquires a flag of the slot instead.)
        let order = if mutant!("injector_steal_relaxed") { Ordering::Relaxed } else { Ordering::Acquire };
        // As above.
        let tail = self.tail.load(order);
        if distance(head, tail) <= 0 {
            return Steal::Empty;
        }
        // The index may be given out before its item is there; the original waits for the item.
        if !self.items.has(head) {
            return Steal::Retry;
        }
        // SeqCst, as in the original. Relaxed on failure: nothing was won.
        match self.head.compare_exchange(head, head.wrapping_add(1), Ordering::SeqCst, Ordering::Relaxed) {
            Ok(_) => Steal::Success(self.items.take(head)),
            Err(_) => Steal::Retry,
        }
    }

    /// Whether there seems to be no item.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many items there seem to be.
    pub fn len(&self) -> usize {
        // SeqCst, as in the original.
        let head = self.head.load(Ordering::SeqCst);
        // SeqCst, as in the original.
        let tail = self.tail.load(Ordering::SeqCst);
        distance(head, tail).max(0).cast_unsigned()
    }
}

impl<T> Default for Injector<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Injector<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Injector { .. }")
    }
}
