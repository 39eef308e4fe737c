//! An adaptor whose closure is told who runs it: `map_worker`.

use std::ops::Range;

use millstream_scheduler::split::Flow;

use crate::par::contract::{IndexedSource, Source, through_base};

/// Parallel iterator of [`map_worker`](crate::par::ParallelIterator::map_worker).
#[derive(Clone, Debug)]
pub struct MapWorker<I, F> {
    pub(crate) base: I,
    pub(crate) f: F,
}

/// `f` of each item and the worker's index.
#[derive(Debug)]
pub struct Told<'a, J, F> {
    items: J,
    worker: usize,
    f: &'a F,
}

impl<J: Iterator, R, F: Fn(usize, J::Item) -> R> Iterator for Told<'_, J, F> {
    type Item = R;

    #[inline]
    fn next(&mut self) -> Option<R> {
        let item = self.items.next()?;
        Some((self.f)(self.worker, item))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.items.size_hint()
    }

    #[inline]
    fn fold<A, G: FnMut(A, R) -> A>(self, first: A, mut g: G) -> A {
        let Told { items, worker, f } = self;
        items.fold(first, |so_far, item| g(so_far, f(worker, item)))
    }
}

// SAFETY: one item for each of the base's; the base's iterator is wrapped at once, so nothing is lost.
unsafe impl<I: Source, R: Send, F: Fn(usize, I::Item) -> R + Sync + Send> Source for MapWorker<I, F> {
    type Item = R;
    type State = (I::State, usize);
    type Seq<'a>
        = Told<'a, I::Seq<'a>, F>
    where
        Self: 'a;
    through_base!(@places);
    through_base!(@ends);
    #[inline]
    fn exact(&self) -> bool {
        self.base.exact()
    }
    fn enter(&self, worker: usize) -> Self::State {
        (self.base.enter(worker), worker)
    }
    #[inline]
    unsafe fn chunk<'a>(&'a self, state: &'a mut Self::State, places: Range<usize>) -> Self::Seq<'a> {
        // SAFETY: same places, same promise.
        let items = unsafe { self.base.chunk(&mut state.0, places) };
        Told { items, worker: state.1, f: &self.f }
    }
    #[inline]
    fn flow(&self, state: &mut Self::State) -> Flow {
        self.base.flow(&mut state.0)
    }
    fn finish<P: FnMut(R) -> Flow>(&self, state: Self::State, mut push: P) {
        let (base, worker) = state;
        self.base.finish(base, |item| push((self.f)(worker, item)));
    }
}

// SAFETY: the base's iterator in reverse, each item mapped.
unsafe impl<I: IndexedSource, R: Send, F: Fn(usize, I::Item) -> R + Sync + Send> IndexedSource
    for MapWorker<I, F>
{
    type Back<'a>
        = Told<'a, I::Back<'a>, F>
    where
        Self: 'a;
    #[inline]
    unsafe fn chunk_back<'a>(&'a self, state: &'a mut Self::State, places: Range<usize>) -> Self::Back<'a> {
        // SAFETY: same places, same promise.
        let items = unsafe { self.base.chunk_back(&mut state.0, places) };
        Told { items, worker: state.1, f: &self.f }
    }
}
