//! Adaptors that say how the work is cut: `with_min_len`, `with_max_len`, `deterministic`.

use std::ops::Range;

use millstream_scheduler::split::Flow;

use crate::par::contract::{Cut, IndexedSource, Source, through_base};

/// Parallel iterator of [`with_min_len`](crate::par::IndexedParallelIterator::with_min_len),
/// [`with_max_len`](crate::par::IndexedParallelIterator::with_max_len) and
/// [`deterministic`](crate::par::ParallelIterator::deterministic).
#[derive(Clone, Debug)]
pub struct WithCut<I> {
    pub(crate) base: I,
    pub(crate) cut: Cut,
}

// SAFETY: the base itself.
unsafe impl<I: Source> Source for WithCut<I> {
    type Item = I::Item;
    type Seq<'a>
        = I::Seq<'a>
    where
        Self: 'a;
    through_base!(@state);
    through_base!(@tails);
    #[inline]
    fn places(&self) -> usize {
        self.base.places()
    }
    #[inline]
    fn exact(&self) -> bool {
        self.base.exact()
    }
    fn cut(&self) -> Cut {
        self.cut
    }
    unsafe fn begin(&mut self) {
        // SAFETY: our own promise.
        unsafe { self.base.begin() }
    }
    #[inline]
    unsafe fn chunk<'a>(&'a self, state: &'a mut I::State, places: Range<usize>) -> Self::Seq<'a> {
        // SAFETY: same places, same promise.
        unsafe { self.base.chunk(state, places) }
    }
    #[inline]
    fn finish<P: FnMut(Self::Item) -> Flow>(&self, state: I::State, push: P) {
        self.base.finish(state, push);
    }
    unsafe fn skip(&self, places: Range<usize>) {
        // SAFETY: same places, same promise.
        unsafe { self.base.skip(places) }
    }
    unsafe fn leave(&self) {
        // SAFETY: our own promise.
        unsafe { self.base.leave() }
    }
}

// SAFETY: the base itself.
unsafe impl<I: IndexedSource> IndexedSource for WithCut<I> {
    type Back<'a>
        = I::Back<'a>
    where
        Self: 'a;
    #[inline]
    unsafe fn chunk_back<'a>(&'a self, state: &'a mut I::State, places: Range<usize>) -> Self::Back<'a> {
        // SAFETY: same places, same promise.
        unsafe { self.base.chunk_back(state, places) }
    }
}
