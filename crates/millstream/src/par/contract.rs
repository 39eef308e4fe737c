//! What a parallel iterator is underneath: places, handed out by range as ordinary sequential iterators.
//!
//! A [`Source`] is read *by reference*, by several threads at once, each for another range of places. Adaptors wrap
//! the sequential iterator of a range (`Map` gives a [`std::iter::Map`], and so on), so that a whole chain is one
//! plain loop for each chunk, which the compiler vectorises as it does the sequential one.
//!
//! The way of a place: [`Source::begin`] gives all of them to the driver. Then each is either handed out by one
//! [`Source::chunk`] or dropped by one [`Source::skip`], and [`Source::leave`] drops what no place leads to. Whatever
//! happens, each item is dropped once: by who took it, by the sequential iterator it was still in, or by `skip`.

use std::ops::Range;

use millstream_scheduler::split::Flow;

/// How the places of a source shall be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// No chunk has fewer places, but for the ends of ranges.
    pub min: usize,
    /// No chunk has more places.
    pub max: usize,
    /// The tree of a reduction depends on the number of places alone.
    pub fixed: bool,
}

impl Cut {
    /// Chunks as the engine likes them.
    pub const FREE: Cut = Cut { min: 1, max: usize::MAX, fixed: false };

    /// What both want.
    pub fn and(self, other: Cut) -> Cut {
        let max = self.max.min(other.max);
        Cut { min: self.min.max(other.min).min(max), max, fixed: self.fixed || other.fixed }
    }
}

/// The items of a parallel iterator, reachable by ranges of places.
///
/// Write one to make an own collection iterable in parallel; every [`ParallelIterator`](super::ParallelIterator) method then comes by
/// itself.
///
/// # Safety
/// * If [`exact`](Source::exact) is true, the iterator of a chunk yields one item for each of its places, in order, and never
///   more; fewer only if [`flow`](Source::flow) then says to stop. [`finish`](Source::finish) gives nothing.
/// * `chunk` takes over the places it is given also when it panics.
pub unsafe trait Source: Sized + Send + Sync {
    /// What is iterated over.
    type Item: Send;
    /// What a participant carries along a span: one contiguous piece that it runs chunk by chunk.
    type State;
    /// The sequential iterator of one chunk. Dropping it drops the items that it did not yield.
    type Seq<'a>: Iterator<Item = Self::Item>
    where
        Self: 'a;

    /// How many places there are.
    fn places(&self) -> usize;
    /// Whether each place is exactly one item.
    fn exact(&self) -> bool;
    /// How the places shall be cut.
    fn cut(&self) -> Cut {
        Cut::FREE
    }
    /// Gives all items over to the caller.
    ///
    /// # Safety
    /// Called once, before `enter`, `chunk`, `skip` and `leave`; afterwards each place is given to one call of `chunk` or
    /// `skip`, and `leave` is called once.
    unsafe fn begin(&mut self);
    /// Makes the state of a span. May run the user's code.
    fn enter(&self, worker: usize) -> Self::State;
    /// The items of `places`.
    ///
    /// # Safety
    /// After `begin`; `places` lies within `0..self.places()`, and none of them was given to another call of `chunk` or
    /// `skip`.
    unsafe fn chunk<'a>(&'a self, state: &'a mut Self::State, places: Range<usize>) -> Self::Seq<'a>;
    /// Asked after each chunk: how the loop goes on.
    #[inline(always)]
    fn flow(&self, _state: &mut Self::State) -> Flow {
        Flow::Continue
    }
    /// Gives what only the end of a span brings, in order, until `push` does not want to continue.
    #[inline(always)]
    fn finish<P: FnMut(Self::Item) -> Flow>(&self, _state: Self::State, _push: P) {}
    /// Whether `finish` may give something.
    #[inline(always)]
    fn tail(&self) -> bool {
        false
    }
    /// The first place after `behind` where a span must be finished and a new state be made, so that what `finish` gives
    /// comes before the items that follow.
    #[inline(always)]
    fn seam(&self, _behind: usize) -> Option<usize> {
        None
    }
    /// Drops the items of `places` without handing them out.
    ///
    /// # Safety
    /// As for `chunk`.
    unsafe fn skip(&self, places: Range<usize>);
    /// Drops the items that no place leads to, as those behind a `take`.
    ///
    /// # Safety
    /// Called once, after `begin`.
    unsafe fn leave(&self) {}
}

/// A [`Source`] whose places are its items, and that can be read from behind.
///
/// # Safety
/// * `exact()` is true where `places()` is the number of items, and `flow` never stops.
/// * The iterator of `chunk_back` gives exactly the items of `chunk`, in reverse.
pub unsafe trait IndexedSource: Source {
    /// The sequential iterator of one chunk, last item first.
    type Back<'a>: Iterator<Item = Self::Item>
    where
        Self: 'a;

    /// The items of `places`, last first.
    ///
    /// # Safety
    /// As for [`Source::chunk`].
    unsafe fn chunk_back<'a>(&'a self, state: &'a mut Self::State, places: Range<usize>) -> Self::Back<'a>;
}

/// Places that somebody must still take; dropped, it skips them.
pub(crate) struct Owed<'i, I: Source> {
    source: &'i I,
    /// What is still owed.
    pub(crate) places: Range<usize>,
}

impl<'i, I: Source> Owed<'i, I> {
    /// # Safety
    /// The caller may call `source.skip` for `places`, and gives that right to the new value.
    #[inline]
    pub(crate) unsafe fn new(source: &'i I, places: Range<usize>) -> Self {
        Owed { source, places }
    }

    /// Gives the right to take all of it back to the caller.
    #[inline]
    pub(crate) fn settle(self) {
        std::mem::forget(self);
    }
}

impl<I: Source> Drop for Owed<'_, I> {
    fn drop(&mut self) {
        if !self.places.is_empty() {
            // SAFETY: the right to skip them was given to `new` and nobody took them since.
            unsafe { self.source.skip(self.places.clone()) }
        }
    }
}

/// A source that must still be left; dropped, it is.
pub(crate) struct Rest<'i, I: Source> {
    source: &'i I,
}

impl<'i, I: Source> Rest<'i, I> {
    /// # Safety
    /// The caller may call `source.leave`, and gives that right to the new value.
    #[inline]
    pub(crate) unsafe fn new(source: &'i I) -> Self {
        Rest { source }
    }
}

impl<I: Source> Drop for Rest<'_, I> {
    fn drop(&mut self) {
        // SAFETY: the right to do so was given to `new`.
        unsafe { self.source.leave() }
    }
}

/// The number of items of an indexed source.
///
/// # Panics
/// If there are more items than a `usize` can count (only ranges of wide integers can have so many).
#[inline]
pub(crate) fn len_of<I: IndexedSource>(source: &I) -> usize {
    assert!(source.exact(), "a range of more than usize::MAX items cannot be indexed");
    source.places()
}

/// The associated items and functions that an adaptor hands through to its `base` field.
macro_rules! through_base {
    () => {
        $crate::par::contract::through_base!(@state);
        $crate::par::contract::through_base!(@places);
        $crate::par::contract::through_base!(@ends);
    };
    (@places) => {
        $crate::par::contract::through_base!(@base);
        $crate::par::contract::through_base!(@tails);
    };
    (@base) => {
        #[inline]
        fn places(&self) -> usize {
            self.base.places()
        }
        /// # Safety
        /// As for [`Source`].
        #[inline]
        unsafe fn skip(&self, places: ::std::ops::Range<usize>) {
            // SAFETY: same places, same promise.
            unsafe { self.base.skip(places) }
        }
        /// # Safety
        /// As for [`Source`].
        #[inline]
        unsafe fn leave(&self) {
            // SAFETY: called once by our own promise.
            unsafe { self.base.leave() }
        }
    };
    (@tails) => {
        #[inline(always)]
        fn tail(&self) -> bool {
            self.base.tail()
        }
        #[inline(always)]
        fn seam(&self, behind: usize) -> Option<usize> {
            self.base.seam(behind)
        }
    };
    (@state) => {
        type State = I::State;
        #[inline]
        fn enter(&self, worker: usize) -> Self::State {
            self.base.enter(worker)
        }
        #[inline(always)]
        fn flow(&self, state: &mut Self::State) -> ::millstream_scheduler::split::Flow {
            self.base.flow(state)
        }
    };
    (@ends) => {
        #[inline]
        fn cut(&self) -> $crate::par::contract::Cut {
            self.base.cut()
        }
        /// # Safety
        /// As for [`Source`].
        #[inline]
        unsafe fn begin(&mut self) {
            // SAFETY: called once, first, by our own promise.
            unsafe { self.base.begin() }
        }
    };
}
pub(crate) use through_base;
