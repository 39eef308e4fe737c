//! `Vec`, and what is as good as one, by value: items are handed straight out of the buffer.

use std::marker::PhantomData;
use std::ops::Range;
use std::{ptr, slice};

use crate::par::contract::{IndexedSource, Source};

/// Parallel iterator over the items of a `Vec`, array, box, option or collection, by value.
#[derive(Debug)]
pub struct IntoIter<T> {
    /// Owns the items until `begin`, afterwards (its length being 0) the memory alone.
    buffer: Vec<T>,
    /// Taken once: also right for items handed out through `&self`.
    start: *mut T,
    len: usize,
}

// SAFETY: it owns its items.
unsafe impl<T: Send> Send for IntoIter<T> {}
// SAFETY: by reference it moves each item out once, to one thread, which needs `T: Send` alone; nothing else reads the buffer.
unsafe impl<T: Send> Sync for IntoIter<T> {}

impl<T> IntoIter<T> {
    pub(crate) fn new(mut buffer: Vec<T>) -> Self {
        let start = buffer.as_mut_ptr();
        IntoIter { len: buffer.len(), start, buffer }
    }

    /// # Safety
    /// After `begin`; `places` lies within the buffer and is given to one call.
    #[inline]
    unsafe fn take(&self, places: Range<usize>) -> Taken<'_, T> {
        debug_assert!(places.start <= places.end && places.end <= self.len);
        // SAFETY: within the buffer.
        let start = unsafe { self.start.add(places.start) };
        // SAFETY: initialised, since no other call was given these items.
        let items = unsafe { slice::from_raw_parts_mut(start, places.end - places.start) };
        Taken { items: items.iter_mut(), buffer: PhantomData }
    }
}

/// Items moved out of a buffer one by one; the rest is dropped with it.
#[derive(Debug)]
pub struct Taken<'a, T> {
    /// Invariant: these items are initialised and belong to this iterator.
    items: slice::IterMut<'a, T>,
    buffer: PhantomData<&'a T>,
}

// SAFETY: exact: an item for each place; `chunk` does not panic within the buffer.
unsafe impl<T: Send> Source for IntoIter<T> {
    type Item = T;
    type State = ();
    type Seq<'a>
        = Taken<'a, T>
    where
        Self: 'a;
    #[inline]
    fn places(&self) -> usize {
        self.len
    }
    #[inline]
    fn exact(&self) -> bool {
        true
    }
    #[inline]
    unsafe fn begin(&mut self) {
        // SAFETY: shorter than it is; the items now belong to the caller of `begin`.
        unsafe { self.buffer.set_len(0) }
    }
    #[inline]
    fn enter(&self, _worker: usize) {}
    #[inline]
    unsafe fn chunk(&self, (): &mut (), places: Range<usize>) -> Taken<'_, T> {
        // SAFETY: the caller's promise.
        unsafe { self.take(places) }
    }
    #[inline]
    unsafe fn skip(&self, places: Range<usize>) {
        // SAFETY: the caller's promise.
        drop(unsafe { self.take(places) });
    }
}

// SAFETY: a reversed `Taken` gives the same items in reverse.
unsafe impl<T: Send> IndexedSource for IntoIter<T> {
    type Back<'a>
        = std::iter::Rev<Taken<'a, T>>
    where
        Self: 'a;
    #[inline]
    unsafe fn chunk_back(&self, (): &mut (), places: Range<usize>) -> Self::Back<'_> {
        // SAFETY: the caller's promise.
        unsafe { self.take(places) }.rev()
    }
}

impl<T> Iterator for Taken<'_, T> {
    type Item = T;

    #[inline(always)]
    fn next(&mut self) -> Option<T> {
        let item: *mut T = self.items.next()?;
        // SAFETY: initialised and ours; no longer among `items`, so nobody reads it again.
        Some(unsafe { ptr::read(item) })
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.items.size_hint()
    }

    // Each item goes straight from the buffer to `f`: a large one would not survive many stops on a small stack.
    #[inline]
    fn fold<A, F: FnMut(A, T) -> A>(mut self, first: A, mut f: F) -> A {
        let mut so_far = first;
        for item in self.items.by_ref() {
            let item: *mut T = item;
            // SAFETY: as in `next`; if `f` panics, what is left is dropped with `self`.
            so_far = f(so_far, unsafe { ptr::read(item) });
        }
        so_far
    }
}

impl<T> DoubleEndedIterator for Taken<'_, T> {
    #[inline(always)]
    fn next_back(&mut self) -> Option<T> {
        let item: *mut T = self.items.next_back()?;
        // SAFETY: as in `next`.
        Some(unsafe { ptr::read(item) })
    }
}

impl<T> ExactSizeIterator for Taken<'_, T> {}

impl<T> Drop for Taken<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if std::mem::needs_drop::<T>() {
            let rest: *mut [T] = std::mem::take(&mut self.items).into_slice();
            // SAFETY: initialised and ours, and never looked at again.
            unsafe { ptr::drop_in_place(rest) }
        }
    }
}
