//! Shared and mutable slices.

use std::marker::PhantomData;
use std::ops::Range;
use std::slice;

use crate::par::contract::{IndexedSource, Source};

/// Parallel iterator over `&T`; see [`par_iter`](crate::par::IntoParallelRefIterator::par_iter).
#[derive(Debug)]
pub struct Iter<'s, T> {
    slice: &'s [T],
}

impl<'s, T> Iter<'s, T> {
    pub(crate) fn new(slice: &'s [T]) -> Self {
        Iter { slice }
    }
}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Iter { slice: self.slice }
    }
}

/// The functions of a source that owns nothing.
macro_rules! owns_nothing {
    () => {
        #[inline]
        fn exact(&self) -> bool {
            true
        }
        $crate::par::source::slice::owns_nothing!(@rest);
    };
    ($($shift:ident).+) => {
        #[inline]
        fn exact(&self) -> bool {
            self.$($shift).+ == 0
        }
        $crate::par::source::slice::owns_nothing!(@rest);
    };
    (@rest) => {
        type State = ();
        /// # Safety
        /// As for [`Source`].
        #[inline]
        unsafe fn begin(&mut self) {}
        #[inline]
        fn enter(&self, _worker: usize) {}
        /// # Safety
        /// As for [`Source`].
        #[inline]
        unsafe fn skip(&self, _places: Range<usize>) {}
    };
}
pub(crate) use owns_nothing;

// SAFETY: exact: a subslice has an item for each place; `chunk` does not panic within the slice.
unsafe impl<'s, T: Sync> Source for Iter<'s, T> {
    type Item = &'s T;
    type Seq<'a>
        = slice::Iter<'s, T>
    where
        Self: 'a;
    owns_nothing!();
    #[inline]
    fn places(&self) -> usize {
        self.slice.len()
    }
    #[inline]
    unsafe fn chunk(&self, (): &mut (), places: Range<usize>) -> slice::Iter<'s, T> {
        self.slice[places].iter()
    }
}

// SAFETY: a reversed slice iterator gives the same items in reverse.
unsafe impl<'s, T: Sync> IndexedSource for Iter<'s, T> {
    type Back<'a>
        = std::iter::Rev<slice::Iter<'s, T>>
    where
        Self: 'a;
    #[inline]
    unsafe fn chunk_back(&self, (): &mut (), places: Range<usize>) -> Self::Back<'_> {
        self.slice[places].iter().rev()
    }
}

/// A mutable slice that hands out disjoint parts of itself.
#[derive(Debug)]
pub(crate) struct Parts<'s, T> {
    start: *mut T,
    len: usize,
    slice: PhantomData<&'s mut [T]>,
}

// SAFETY: it is the mutable borrow of a slice, which may go to another thread if `T` may.
unsafe impl<T: Send> Send for Parts<'_, T> {}
// SAFETY: by reference it gives out only disjoint mutable parts (the promise of `part`), each to one thread.
unsafe impl<T: Send> Sync for Parts<'_, T> {}

impl<'s, T> Parts<'s, T> {
    pub(crate) fn new(slice: &'s mut [T]) -> Self {
        Parts { start: slice.as_mut_ptr(), len: slice.len(), slice: PhantomData }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// # Safety
    /// `range` lies within the slice and no other part given out overlaps it.
    #[inline]
    pub(crate) unsafe fn part(&self, range: Range<usize>) -> &'s mut [T] {
        debug_assert!(range.start <= range.end && range.end <= self.len);
        // SAFETY: within the slice.
        let start = unsafe { self.start.add(range.start) };
        // SAFETY: within the slice, borrowed for 's, and not given out elsewhere.
        unsafe { slice::from_raw_parts_mut(start, range.end - range.start) }
    }
}

/// Parallel iterator over `&mut T`; see [`par_iter_mut`](crate::par::IntoParallelRefMutIterator::par_iter_mut).
#[derive(Debug)]
pub struct IterMut<'s, T> {
    parts: Parts<'s, T>,
}

impl<'s, T> IterMut<'s, T> {
    pub(crate) fn new(slice: &'s mut [T]) -> Self {
        IterMut { parts: Parts::new(slice) }
    }
}

// SAFETY: as for `Iter`.
unsafe impl<'s, T: Send> Source for IterMut<'s, T> {
    type Item = &'s mut T;
    type Seq<'a>
        = slice::IterMut<'s, T>
    where
        Self: 'a;
    owns_nothing!();
    #[inline]
    fn places(&self) -> usize {
        self.parts.len()
    }
    #[inline]
    unsafe fn chunk(&self, (): &mut (), places: Range<usize>) -> slice::IterMut<'s, T> {
        // SAFETY: each place is given to one call.
        unsafe { self.parts.part(places) }.iter_mut()
    }
}

// SAFETY: as for `Iter`.
unsafe impl<'s, T: Send> IndexedSource for IterMut<'s, T> {
    type Back<'a>
        = std::iter::Rev<slice::IterMut<'s, T>>
    where
        Self: 'a;
    #[inline]
    unsafe fn chunk_back(&self, (): &mut (), places: Range<usize>) -> Self::Back<'_> {
        // SAFETY: each place is given to one call.
        unsafe { self.parts.part(places) }.iter_mut().rev()
    }
}
