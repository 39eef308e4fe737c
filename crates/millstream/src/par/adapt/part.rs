//! Adaptors that choose places: `rev`, `take`, `skip`, `step_by`.

use std::iter;
use std::ops::Range;

use crate::par::contract::{IndexedSource, Owed, Rest, Source, through_base};

/// Parallel iterator of [`rev`](crate::par::IndexedParallelIterator::rev).
#[derive(Clone, Debug)]
pub struct Rev<I> {
    pub(crate) base: I,
}

/// Parallel iterator of [`take`](crate::par::IndexedParallelIterator::take).
#[derive(Clone, Debug)]
pub struct Take<I> {
    pub(crate) base: I,
    pub(crate) len: usize,
}

/// Parallel iterator of [`skip`](crate::par::IndexedParallelIterator::skip).
#[derive(Clone, Debug)]
pub struct Skip<I> {
    pub(crate) base: I,
    pub(crate) skipped: usize,
}

/// Parallel iterator of [`step_by`](crate::par::IndexedParallelIterator::step_by).
#[derive(Clone, Debug)]
pub struct StepBy<I> {
    pub(crate) base: I,
    pub(crate) step: usize,
}

impl<I: IndexedSource> Rev<I> {
    /// The base's places for ours.
    #[inline]
    fn mirrored(&self, places: Range<usize>) -> Range<usize> {
        let len = self.base.places();
        len - places.end..len - places.start
    }
}

// SAFETY: exact as the base; `mirrored` maps each place to another.
unsafe impl<I: IndexedSource> Source for Rev<I> {
    type Item = I::Item;
    type Seq<'a>
        = I::Back<'a>
    where
        Self: 'a;
    through_base!(@state);
    through_base!(@ends);
    #[inline]
    fn places(&self) -> usize {
        self.base.places()
    }
    #[inline]
    fn exact(&self) -> bool {
        true
    }
    #[inline]
    unsafe fn chunk<'a>(&'a self, state: &'a mut I::State, places: Range<usize>) -> Self::Seq<'a> {
        // SAFETY: each place once, as ours are.
        unsafe { self.base.chunk_back(state, self.mirrored(places)) }
    }
    unsafe fn skip(&self, places: Range<usize>) {
        // SAFETY: each place once, as ours are.
        unsafe { self.base.skip(self.mirrored(places)) }
    }
    unsafe fn leave(&self) {
        // SAFETY: once, by our own promise.
        unsafe { self.base.leave() }
    }
}

// SAFETY: the reverse of the reverse.
unsafe impl<I: IndexedSource> IndexedSource for Rev<I> {
    type Back<'a>
        = I::Seq<'a>
    where
        Self: 'a;
    #[inline]
    unsafe fn chunk_back<'a>(&'a self, state: &'a mut I::State, places: Range<usize>) -> Self::Back<'a> {
        // SAFETY: each place once, as ours are.
        unsafe { self.base.chunk(state, self.mirrored(places)) }
    }
}

// SAFETY: exact as the base; the same places, but fewer.
unsafe impl<I: IndexedSource> Source for Take<I> {
    type Item = I::Item;
    type Seq<'a>
        = I::Seq<'a>
    where
        Self: 'a;
    through_base!(@state);
    through_base!(@ends);
    #[inline]
    fn places(&self) -> usize {
        self.len.min(self.base.places())
    }
    #[inline]
    fn exact(&self) -> bool {
        true
    }
    #[inline]
    unsafe fn chunk<'a>(&'a self, state: &'a mut I::State, places: Range<usize>) -> Self::Seq<'a> {
        // SAFETY: each place once, as ours are.
        unsafe { self.base.chunk(state, places) }
    }
    unsafe fn skip(&self, places: Range<usize>) {
        // SAFETY: each place once, as ours are.
        unsafe { self.base.skip(places) }
    }
    unsafe fn leave(&self) {
        // SAFETY: once, by our own promise.
        let _rest = unsafe { Rest::new(&self.base) };
        // SAFETY: no place of ours leads there.
        let _tail = unsafe { Owed::new(&self.base, self.places()..self.base.places()) };
    }
}

// SAFETY: the same places of the base in reverse.
unsafe impl<I: IndexedSource> IndexedSource for Take<I> {
    type Back<'a>
        = I::Back<'a>
    where
        Self: 'a;
    #[inline]
    unsafe fn chunk_back<'a>(&'a self, state: &'a mut I::State, places: Range<usize>) -> Self::Back<'a> {
        // SAFETY: each place once, as ours are.
        unsafe { self.base.chunk_back(state, places) }
    }
}

impl<I: IndexedSource> Skip<I> {
    /// The base's places for ours.
    #[inline]
    fn moved(&self, places: Range<usize>) -> Range<usize> {
        let skipped = self.skipped.min(self.base.places());
        places.start + skipped..places.end + skipped
    }
}

// SAFETY: exact as the base; `moved` maps each place to another.
unsafe impl<I: IndexedSource> Source for Skip<I> {
    type Item = I::Item;
    type Seq<'a>
        = I::Seq<'a>
    where
        Self: 'a;
    through_base!(@state);
    through_base!(@ends);
    #[inline]
    fn places(&self) -> usize {
        self.base.places().saturating_sub(self.skipped)
    }
    #[inline]
    fn exact(&self) -> bool {
        true
    }
    #[inline]
    unsafe fn chunk<'a>(&'a self, state: &'a mut I::State, places: Range<usize>) -> Self::Seq<'a> {
        // SAFETY: each place once, as ours are.
        unsafe { self.base.chunk(state, self.moved(places)) }
    }
    unsafe fn skip(&self, places: Range<usize>) {
        // SAFETY: each place once, as ours are.
        unsafe { self.base.skip(self.moved(places)) }
    }
    unsafe fn leave(&self) {
        // SAFETY: once, by our own promise.
        let _rest = unsafe { Rest::new(&self.base) };
        // SAFETY: no place of ours leads there.
        let _head = unsafe { Owed::new(&self.base, 0..self.skipped.min(self.base.places())) };
    }
}

// SAFETY: the same places of the base in reverse.
unsafe impl<I: IndexedSource> IndexedSource for Skip<I> {
    type Back<'a>
        = I::Back<'a>
    where
        Self: 'a;
    #[inline]
    unsafe fn chunk_back<'a>(&'a self, state: &'a mut I::State, places: Range<usize>) -> Self::Back<'a> {
        // SAFETY: each place once, as ours are.
        unsafe { self.base.chunk_back(state, self.moved(places)) }
    }
}

impl<I: IndexedSource> StepBy<I> {
    /// The base's places for ours: each of ours with those behind it that are stepped over.
    #[inline]
    fn spread(&self, places: Range<usize>) -> Range<usize> {
        let len = self.base.places();
        places.start.saturating_mul(self.step).min(len)..places.end.saturating_mul(self.step).min(len)
    }
}

// SAFETY: exact as the base; `spread` maps neighbours to neighbours, each place to places of its own.
unsafe impl<I: IndexedSource> Source for StepBy<I> {
    type Item = I::Item;
    type Seq<'a>
        = iter::StepBy<I::Seq<'a>>
    where
        Self: 'a;
    through_base!(@state);
    through_base!(@ends);
    #[inline]
    fn places(&self) -> usize {
        self.base.places().div_ceil(self.step)
    }
    #[inline]
    fn exact(&self) -> bool {
        true
    }
    #[inline]
    unsafe fn chunk<'a>(&'a self, state: &'a mut I::State, places: Range<usize>) -> Self::Seq<'a> {
        // SAFETY: each place once, as ours are.
        unsafe { self.base.chunk(state, self.spread(places)) }.step_by(self.step)
    }
    unsafe fn skip(&self, places: Range<usize>) {
        // SAFETY: each place once, as ours are.
        unsafe { self.base.skip(self.spread(places)) }
    }
    unsafe fn leave(&self) {
        // SAFETY: once, by our own promise.
        unsafe { self.base.leave() }
    }
}

// SAFETY: from behind, the items of a chunk begin behind those stepped over after the last one.
unsafe impl<I: IndexedSource> IndexedSource for StepBy<I> {
    type Back<'a>
        = iter::StepBy<iter::Skip<I::Back<'a>>>
    where
        Self: 'a;
    #[inline]
    unsafe fn chunk_back<'a>(&'a self, state: &'a mut I::State, places: Range<usize>) -> Self::Back<'a> {
        let spread = self.spread(places);
        let behind = spread.len().saturating_sub(1) % self.step;
        // SAFETY: each place once, as ours are.
        unsafe { self.base.chunk_back(state, spread) }.skip(behind).step_by(self.step)
    }
}
