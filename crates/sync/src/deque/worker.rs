//! The deque of one owner and many thieves.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::{Items, Steal, distance};
use crate::atomic::{AtomicUsize, Ordering, fence};
use crate::mutant;

struct Inner<T> {
    /// The oldest item's index; only grows.
    front: AtomicUsize,
    /// One past the youngest item's index; only the owner writes it.
    back: AtomicUsize,
    items: Items<T>,
}

impl<T> Inner<T> {
    /// The indices as a thief sees them.
    fn look(&self) -> (usize, usize) {
        // Acquire: pairs with the exchanges of `front`.
        let front = self.front.load(Ordering::Acquire);
        // SeqCst: in one order with the owner's fence in `pop`, so that one of the two sees the other; also what a sleeper's last look leans on.
        fence(Ordering::SeqCst);
        // Acquire: pairs with the Release fence in `push`.
        let back = self.back.load(Ordering::Acquire);
        (front, back)
    }

    fn len(&self) -> usize {
        let (front, back) = self.look();
        distance(front, back).max(0).cast_unsigned()
    }

    /// Wins index `front` against all others, or not.
    fn win(&self, front: usize) -> bool {
        let next = front.wrapping_add(1);
        // SeqCst, as in the original. Relaxed on failure: nothing was won.
        self.front.compare_exchange(front, next, Ordering::SeqCst, Ordering::Relaxed).is_ok()
    }
}

/// The owner's end.
pub struct Worker<T> {
    inner: Arc<Inner<T>>,
    fifo: bool,
    _not_sync: PhantomData<Cell<()>>,
}

impl<T> Worker<T> {
    fn new(fifo: bool) -> Self {
        let inner = Inner { front: AtomicUsize::new(0), back: AtomicUsize::new(0), items: Items::new() };
        Self { inner: Arc::new(inner), fifo, _not_sync: PhantomData }
    }

    /// A deque whose owner pops the youngest item.
    pub fn new_lifo() -> Self {
        Self::new(false)
    }

    /// A deque whose owner pops the oldest item.
    pub fn new_fifo() -> Self {
        Self::new(true)
    }

    /// A thief's end.
    pub fn stealer(&self) -> Stealer<T> {
        Stealer { inner: Arc::clone(&self.inner) }
    }

    /// Adds an item as the youngest.
    pub fn push(&self, item: T) {
        // Relaxed: only this thread writes it.
        let back = self.inner.back.load(Ordering::Relaxed);
        self.inner.items.enter(back, item);
        if !mutant!("deque_push_without_release") {
            // Release: what was written before is visible to whoever sees the new `back` (Acquire in `look`).
            fence(Ordering::Release);
        }
        // Relaxed: ordered by the fence; and deliberately by no more than that.
        self.inner.back.store(back.wrapping_add(1), Ordering::Relaxed);
    }

    /// Takes an item, if there is one.
    pub fn pop(&self) -> Option<T> {
        // Relaxed: only this thread writes it.
        let back = self.inner.back.load(Ordering::Relaxed);
        // Relaxed: a first look; the index is won below.
        let front = self.inner.front.load(Ordering::Relaxed);
        if distance(front, back) <= 0 {
            None
        } else if self.fifo {
            self.pop_oldest(back)
        } else {
            self.pop_youngest(back.wrapping_sub(1))
        }
    }

    fn pop_oldest(&self, back: usize) -> Option<T> {
        // SeqCst, as in the original.
        let front = self.inner.front.fetch_add(1, Ordering::SeqCst);
        if distance(front, back) <= 0 {
            // Relaxed: it was empty, so nobody won anything meanwhile; put back what was found.
            self.inner.front.store(front, Ordering::Relaxed);
            return None;
        }
        Some(self.inner.items.take(front))
    }

    fn pop_youngest(&self, last: usize) -> Option<T> {
        let put_back = || {
            // Relaxed: publishes nothing, the item at `last` is gone.
            self.inner.back.store(last.wrapping_add(1), Ordering::Relaxed);
        };
        // Relaxed: ordered by the fence.
        self.inner.back.store(last, Ordering::Relaxed);
        if !mutant!("deque_pop_without_fence") {
            // SeqCst: in one order with the thieves' fence in `look`: they see `last`, or we see what they have taken.
            fence(Ordering::SeqCst);
        }
        // Relaxed: as above.
        let front = self.inner.front.load(Ordering::Relaxed);
        match distance(front, last) {
            1.. => Some(self.inner.items.take(last)),
            0 => {
                let won = self.inner.win(front);
                put_back();
                won.then(|| self.inner.items.take(last))
            }
            _ => {
                put_back();
                None
            }
        }
    }

    /// Whether the owner sees no item.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many items the owner sees.
    pub fn len(&self) -> usize {
        // Relaxed: only this thread writes it.
        let back = self.inner.back.load(Ordering::Relaxed);
        // SeqCst, as in the original.
        let front = self.inner.front.load(Ordering::SeqCst);
        distance(front, back).max(0).cast_unsigned()
    }
}

impl<T> fmt::Debug for Worker<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Worker { .. }")
    }
}

/// A thief's end.
pub struct Stealer<T> {
    inner: Arc<Inner<T>>,
}

impl<T> Stealer<T> {
    /// Tries once to take the oldest item.
    pub fn steal(&self) -> Steal<T> {
        let (front, back) = self.inner.look();
        if distance(front, back) <= 0 {
            Steal::Empty
        } else if self.inner.win(front) {
            Steal::Success(self.inner.items.take(front))
        } else {
            Steal::Retry
        }
    }

    /// Whether a thief sees no item.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many items a thief sees.
    pub fn len(&self) -> usize {
        self.inner.len()
    }
}

impl<T> Clone for Stealer<T> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<T> fmt::Debug for Stealer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stealer { .. }")
    }
}
