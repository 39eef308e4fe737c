//! Adaptors that put items beside others: `enumerate`, `zip`.

use std::ops::Range;

use crate::par::contract::{Cut, IndexedSource, Owed, Rest, Source, through_base};

/// Parallel iterator of [`enumerate`](crate::par::IndexedParallelIterator::enumerate).
#[derive(Clone, Debug)]
pub struct Enumerate<I> {
    pub(crate) base: I,
}

/// Parallel iterator of [`zip`](crate::par::IndexedParallelIterator::zip).
#[derive(Clone, Debug)]
pub struct Zip<A, B> {
    pub(crate) left: A,
    pub(crate) right: B,
}

// SAFETY: exact as the base, whose places are its items.
unsafe impl<I: IndexedSource> Source for Enumerate<I> {
    type Item = (usize, I::Item);
    type Seq<'a>
        = std::iter::Zip<Range<usize>, I::Seq<'a>>
    where
        Self: 'a;
    through_base!();
    #[inline]
    fn exact(&self) -> bool {
        true
    }
    #[inline]
    unsafe fn chunk<'a>(&'a self, state: &'a mut I::State, places: Range<usize>) -> Self::Seq<'a> {
        // SAFETY: same places, same promise.
        let items = unsafe { self.base.chunk(state, places.clone()) };
        places.zip(items)
    }
}

// SAFETY: places and items both in reverse.
unsafe impl<I: IndexedSource> IndexedSource for Enumerate<I> {
    type Back<'a>
        = std::iter::Zip<std::iter::Rev<Range<usize>>, I::Back<'a>>
    where
        Self: 'a;
    #[inline]
    unsafe fn chunk_back<'a>(&'a self, state: &'a mut I::State, places: Range<usize>) -> Self::Back<'a> {
        // SAFETY: same places, same promise.
        let items = unsafe { self.base.chunk_back(state, places.clone()) };
        places.rev().zip(items)
    }
}

// SAFETY: exact as both are. No chunk of an indexed source runs the user's code, so none panics between the two.
unsafe impl<A: IndexedSource, B: IndexedSource> Source for Zip<A, B> {
    type Item = (A::Item, B::Item);
    type State = (A::State, B::State);
    type Seq<'a>
        = std::iter::Zip<A::Seq<'a>, B::Seq<'a>>
    where
        Self: 'a;
    #[inline]
    fn places(&self) -> usize {
        self.left.places().min(self.right.places())
    }
    #[inline]
    fn exact(&self) -> bool {
        true
    }
    fn cut(&self) -> Cut {
        self.left.cut().and(self.right.cut())
    }
    unsafe fn begin(&mut self) {
        // SAFETY: called once, first, by our own promise.
        unsafe { self.left.begin() }
        // SAFETY: the same.
        unsafe { self.right.begin() }
    }
    #[inline]
    fn enter(&self, worker: usize) -> Self::State {
        (self.left.enter(worker), self.right.enter(worker))
    }
    #[inline]
    unsafe fn chunk<'a>(&'a self, state: &'a mut Self::State, places: Range<usize>) -> Self::Seq<'a> {
        // SAFETY: same places, same promise.
        let left = unsafe { self.left.chunk(&mut state.0, places.clone()) };
        // SAFETY: the same.
        let right = unsafe { self.right.chunk(&mut state.1, places) };
        left.zip(right)
    }
    unsafe fn skip(&self, places: Range<usize>) {
        // SAFETY: our own promise; dropped at the end, whatever the left one does.
        let _right = unsafe { Owed::new(&self.right, places.clone()) };
        // SAFETY: our own promise.
        unsafe { self.left.skip(places) }
    }
    unsafe fn leave(&self) {
        let len = self.places();
        // SAFETY: once, by our own promise.
        let _rest_right = unsafe { Rest::new(&self.right) };
        // SAFETY: the same.
        let _rest_left = unsafe { Rest::new(&self.left) };
        // SAFETY: no place of ours leads there.
        let _right = unsafe { Owed::new(&self.right, len..self.right.places()) };
        // SAFETY: no place of ours leads there.
        let _left = unsafe { Owed::new(&self.left, len..self.left.places()) };
    }
}

// SAFETY: both in reverse.
unsafe impl<A: IndexedSource, B: IndexedSource> IndexedSource for Zip<A, B> {
    type Back<'a>
        = std::iter::Zip<A::Back<'a>, B::Back<'a>>
    where
        Self: 'a;
    #[inline]
    unsafe fn chunk_back<'a>(&'a self, state: &'a mut Self::State, places: Range<usize>) -> Self::Back<'a> {
        // SAFETY: same places, same promise.
        let left = unsafe { self.left.chunk_back(&mut state.0, places.clone()) };
        // SAFETY: the same.
        let right = unsafe { self.right.chunk_back(&mut state.1, places) };
        left.zip(right)
    }
}
