//! A growing row of slots that never move: thieves walk it while it grows.

use std::sync::OnceLock;

use millstream_sync::atomic::{AtomicUsize, Ordering};
use millstream_sync::lock::Mutex;

/// Segment `k` holds `FIRST << k` slots.
const FIRST: usize = if cfg!(any(millstream_loom, millstream_shuttle)) { 2 } else { 16 };
/// 16 segments: a million slots.
const SEGMENTS: usize = 16;

/// A row of `T` that only grows; a reference into it lives as long as the row.
pub(crate) struct Roster<T> {
    segments: [OnceLock<Box<[T]>>; SEGMENTS],
    /// How many slots are in use; those below are initialised.
    len: AtomicUsize,
    growing: Mutex<()>,
    make: Box<dyn Fn(usize) -> T + Send + Sync>,
}

/// The segment of slot `at`, and its place there.
#[inline]
fn place(at: usize) -> (usize, usize) {
    let segment = (at / FIRST + 1).ilog2() as usize;
    (segment, at - FIRST * ((1 << segment) - 1))
}

impl<T> Roster<T> {
    /// An empty row whose slot `i` will be `make(i)`.
    pub(crate) fn new(make: impl Fn(usize) -> T + Send + Sync + 'static) -> Roster<T> {
        Roster {
            segments: [const { OnceLock::new() }; SEGMENTS],
            len: AtomicUsize::new(0),
            growing: Mutex::new(()),
            make: Box::new(make),
        }
    }

    /// How many slots there are.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        // Acquire: pairs with the Release in `grow`: slots below are initialised.
        self.len.load(Ordering::Acquire)
    }

    /// Slot `at`, which is below a length that was read.
    #[inline]
    pub(crate) fn get(&self, at: usize) -> &T {
        let (segment, offset) = place(at);
        &self.segments[segment].get().expect("a slot below the length is initialised")[offset]
    }

    /// All slots, first to last.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        (0..self.len()).map(|at| self.get(at))
    }

    /// Adds a slot and returns its place.
    ///
    /// # Panics
    /// At a million slots.
    pub(crate) fn grow(&self) -> usize {
        let _alone = self.growing.lock();
        let at = self.len();
        let (segment, _) = place(at);
        assert!(
            segment < SEGMENTS,
            "a pool holds at most {} threads and callers",
            FIRST * ((1 << SEGMENTS) - 1)
        );
        let first = FIRST * ((1 << segment) - 1);
        self.segments[segment].get_or_init(|| (first..first + (FIRST << segment)).map(&self.make).collect());
        // Release: pairs with the Acquire in `len`.
        self.len.store(at + 1, Ordering::Release);
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_keep_their_place_while_the_row_grows() {
        let row = Roster::new(|at| at * 10);
        let mut addresses = Vec::new();
        for at in 0..1000 {
            assert_eq!(row.grow(), at);
            addresses.push(std::ptr::from_ref(row.get(at)));
        }
        assert_eq!(row.len(), 1000);
        for (at, address) in addresses.into_iter().enumerate() {
            assert_eq!(*row.get(at), at * 10);
            assert!(std::ptr::eq(row.get(at), address));
        }
    }
}
