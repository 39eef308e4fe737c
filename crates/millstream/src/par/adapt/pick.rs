//! Adaptors that change the number of items: `filter`, `filter_map`, `flat_map_iter`, `flatten_iter`.

use std::ops::Range;

use millstream_scheduler::split::Flow;

use crate::par::contract::{Source, through_base};

/// Parallel iterator of [`filter`](crate::par::ParallelIterator::filter).
#[derive(Clone, Debug)]
pub struct Filter<I, F> {
    pub(crate) base: I,
    pub(crate) f: F,
}

/// Parallel iterator of [`filter_map`](crate::par::ParallelIterator::filter_map).
#[derive(Clone, Debug)]
pub struct FilterMap<I, F> {
    pub(crate) base: I,
    pub(crate) f: F,
}

/// Parallel iterator of [`flat_map_iter`](crate::par::ParallelIterator::flat_map_iter).
#[derive(Clone, Debug)]
pub struct FlatMapIter<I, F> {
    pub(crate) base: I,
    pub(crate) f: F,
}

/// Parallel iterator of [`flatten_iter`](crate::par::ParallelIterator::flatten_iter).
#[derive(Clone, Debug)]
pub struct FlattenIter<I> {
    pub(crate) base: I,
}

// SAFETY: not exact; the base's iterator is wrapped at once, so nothing is lost.
unsafe impl<I: Source, F: Fn(&I::Item) -> bool + Sync + Send> Source for Filter<I, F> {
    type Item = I::Item;
    type Seq<'a>
        = std::iter::Filter<I::Seq<'a>, &'a F>
    where
        Self: 'a;
    through_base!();
    #[inline]
    fn exact(&self) -> bool {
        false
    }
    #[inline]
    unsafe fn chunk<'a>(&'a self, state: &'a mut I::State, places: Range<usize>) -> Self::Seq<'a> {
        // SAFETY: same places, same promise.
        unsafe { self.base.chunk(state, places) }.filter(&self.f)
    }
    #[inline]
    fn finish<P: FnMut(I::Item) -> Flow>(&self, state: I::State, mut push: P) {
        self.base.finish(state, |item| if (self.f)(&item) { push(item) } else { Flow::Continue });
    }
}

// SAFETY: as for `Filter`.
unsafe impl<I: Source, R: Send, F: Fn(I::Item) -> Option<R> + Sync + Send> Source for FilterMap<I, F> {
    type Item = R;
    type Seq<'a>
        = std::iter::FilterMap<I::Seq<'a>, &'a F>
    where
        Self: 'a;
    through_base!();
    #[inline]
    fn exact(&self) -> bool {
        false
    }
    #[inline]
    unsafe fn chunk<'a>(&'a self, state: &'a mut I::State, places: Range<usize>) -> Self::Seq<'a> {
        // SAFETY: same places, same promise.
        unsafe { self.base.chunk(state, places) }.filter_map(&self.f)
    }
    #[inline]
    fn finish<P: FnMut(R) -> Flow>(&self, state: I::State, mut push: P) {
        self.base.finish(state, |item| (self.f)(item).map_or(Flow::Continue, &mut push));
    }
}

/// Gives all of `items` on, until `push` does not want to continue.
#[inline]
fn push_all<T>(items: impl IntoIterator<Item = T>, mut push: impl FnMut(T) -> Flow) -> Flow {
    for item in items {
        let flow = push(item);
        if flow != Flow::Continue {
            return flow;
        }
    }
    Flow::Continue
}

// SAFETY: as for `Filter`.
unsafe impl<I, U, F> Source for FlatMapIter<I, F>
where
    I: Source,
    U: IntoIterator<Item: Send>,
    F: Fn(I::Item) -> U + Sync + Send,
{
    type Item = U::Item;
    type Seq<'a>
        = std::iter::FlatMap<I::Seq<'a>, U, &'a F>
    where
        Self: 'a;
    through_base!();
    #[inline]
    fn exact(&self) -> bool {
        false
    }
    #[inline]
    unsafe fn chunk<'a>(&'a self, state: &'a mut I::State, places: Range<usize>) -> Self::Seq<'a> {
        // SAFETY: same places, same promise.
        unsafe { self.base.chunk(state, places) }.flat_map(&self.f)
    }
    #[inline]
    fn finish<P: FnMut(U::Item) -> Flow>(&self, state: I::State, mut push: P) {
        self.base.finish(state, |item| push_all((self.f)(item), &mut push));
    }
}

// SAFETY: as for `Filter`.
unsafe impl<I: Source<Item: IntoIterator<Item: Send>>> Source for FlattenIter<I> {
    type Item = <I::Item as IntoIterator>::Item;
    type Seq<'a>
        = std::iter::Flatten<I::Seq<'a>>
    where
        Self: 'a;
    through_base!();
    #[inline]
    fn exact(&self) -> bool {
        false
    }
    #[inline]
    unsafe fn chunk<'a>(&'a self, state: &'a mut I::State, places: Range<usize>) -> Self::Seq<'a> {
        // SAFETY: same places, same promise.
        unsafe { self.base.chunk(state, places) }.flatten()
    }
    #[inline]
    fn finish<P: FnMut(Self::Item) -> Flow>(&self, state: I::State, mut push: P) {
        self.base.finish(state, |item| push_all(item, &mut push));
    }
}
