//! Adaptors whose closure has a state of its own: `map_init`, `map_with`.
//!
//! `map_init` makes its state once a span, on the thread that uses it, and drops it there: it need not be `Send`.
//! `map_with` lends its states: a span takes an idle one and gives it back, so there are as many as participants at most.

use std::marker::PhantomData;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use millstream_scheduler::split::Flow;

use crate::par::contract::{IndexedSource, Source, through_base};

/// Parallel iterator of [`map_init`](crate::par::ParallelIterator::map_init).
#[derive(Clone, Debug)]
pub struct MapInit<I, S, INIT, F> {
    base: I,
    init: INIT,
    f: F,
    /// Made on each thread that uses one.
    state: PhantomData<fn() -> S>,
}

impl<I, S, INIT, F> MapInit<I, S, INIT, F> {
    pub(crate) fn new(base: I, init: INIT, f: F) -> Self {
        MapInit { base, init, f, state: PhantomData }
    }
}

/// Parallel iterator of [`map_with`](crate::par::ParallelIterator::map_with).
#[derive(Debug)]
pub struct MapWith<I, S, F> {
    base: I,
    states: Arc<States<S>>,
    f: F,
}

/// The given state, from which all are cloned, and those that no span uses.
#[derive(Debug)]
struct States<S> {
    given: Mutex<S>,
    idle: Mutex<Vec<S>>,
}

/// A state in use; dropped, it is idle again.
#[derive(Debug)]
pub struct Lent<S> {
    state: Option<S>,
    from: Arc<States<S>>,
}

impl<S> Drop for Lent<S> {
    fn drop(&mut self) {
        if let Some(state) = self.state.take() {
            self.from.idle.lock().unwrap_or_else(PoisonError::into_inner).push(state);
        }
    }
}

impl<I, S: Clone, F> MapWith<I, S, F> {
    pub(crate) fn new(base: I, state: S, f: F) -> Self {
        let states = States { given: Mutex::new(state), idle: Mutex::new(Vec::new()) };
        MapWith { base, states: Arc::new(states), f }
    }

    fn lend(&self) -> Lent<S> {
        let idle = self.states.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let state = match idle {
            Some(state) => state,
            None => self.states.given.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        };
        Lent { state: Some(state), from: Arc::clone(&self.states) }
    }
}

/// `f` of each item and the state.
#[derive(Debug)]
pub struct Mapped<'a, J, S, F> {
    items: J,
    state: &'a mut S,
    f: &'a F,
}

impl<J: Iterator, S, R, F: Fn(&mut S, J::Item) -> R> Iterator for Mapped<'_, J, S, F> {
    type Item = R;

    #[inline]
    fn next(&mut self) -> Option<R> {
        let item = self.items.next()?;
        Some((self.f)(self.state, item))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.items.size_hint()
    }

    #[inline]
    fn fold<A, G: FnMut(A, R) -> A>(self, first: A, mut g: G) -> A {
        let Mapped { items, state, f } = self;
        items.fold(first, |so_far, item| g(so_far, f(state, item)))
    }
}

// SAFETY: one item for each of the base's; the base's iterator is wrapped at once, so nothing is lost.
unsafe impl<I, S, R, INIT, F> Source for MapInit<I, S, INIT, F>
where
    I: Source,
    INIT: Fn() -> S + Sync + Send,
    F: Fn(&mut S, I::Item) -> R + Sync + Send,
    R: Send,
{
    type Item = R;
    type State = (I::State, S);
    type Seq<'a>
        = Mapped<'a, I::Seq<'a>, S, F>
    where
        Self: 'a;
    through_base!(@places);
    through_base!(@ends);
    #[inline]
    fn exact(&self) -> bool {
        self.base.exact()
    }
    fn enter(&self, worker: usize) -> Self::State {
        (self.base.enter(worker), (self.init)())
    }
    #[inline]
    unsafe fn chunk<'a>(&'a self, state: &'a mut Self::State, places: Range<usize>) -> Self::Seq<'a> {
        // SAFETY: same places, same promise.
        let items = unsafe { self.base.chunk(&mut state.0, places) };
        Mapped { items, state: &mut state.1, f: &self.f }
    }
    #[inline]
    fn flow(&self, state: &mut Self::State) -> Flow {
        self.base.flow(&mut state.0)
    }
    fn finish<P: FnMut(R) -> Flow>(&self, state: Self::State, mut push: P) {
        let (base, mut state) = state;
        self.base.finish(base, |item| push((self.f)(&mut state, item)));
    }
}

// SAFETY: the base's iterator in reverse, each item mapped.
unsafe impl<I, S, R, INIT, F> IndexedSource for MapInit<I, S, INIT, F>
where
    I: IndexedSource,
    INIT: Fn() -> S + Sync + Send,
    F: Fn(&mut S, I::Item) -> R + Sync + Send,
    R: Send,
{
    type Back<'a>
        = Mapped<'a, I::Back<'a>, S, F>
    where
        Self: 'a;
    #[inline]
    unsafe fn chunk_back<'a>(&'a self, state: &'a mut Self::State, places: Range<usize>) -> Self::Back<'a> {
        // SAFETY: same places, same promise.
        let items = unsafe { self.base.chunk_back(&mut state.0, places) };
        Mapped { items, state: &mut state.1, f: &self.f }
    }
}

impl<S> Lent<S> {
    #[inline]
    fn state(&mut self) -> &mut S {
        match &mut self.state {
            Some(state) => state,
            None => unreachable!("given back on drop alone"),
        }
    }
}

// SAFETY: as for `MapInit`.
unsafe impl<I, S, R, F> Source for MapWith<I, S, F>
where
    I: Source,
    S: Clone + Send,
    F: Fn(&mut S, I::Item) -> R + Sync + Send,
    R: Send,
{
    type Item = R;
    type State = (I::State, Lent<S>);
    type Seq<'a>
        = Mapped<'a, I::Seq<'a>, S, F>
    where
        Self: 'a;
    through_base!(@places);
    through_base!(@ends);
    #[inline]
    fn exact(&self) -> bool {
        self.base.exact()
    }
    fn enter(&self, worker: usize) -> Self::State {
        (self.base.enter(worker), self.lend())
    }
    #[inline]
    unsafe fn chunk<'a>(&'a self, state: &'a mut Self::State, places: Range<usize>) -> Self::Seq<'a> {
        // SAFETY: same places, same promise.
        let items = unsafe { self.base.chunk(&mut state.0, places) };
        Mapped { items, state: state.1.state(), f: &self.f }
    }
    #[inline]
    fn flow(&self, state: &mut Self::State) -> Flow {
        self.base.flow(&mut state.0)
    }
    fn finish<P: FnMut(R) -> Flow>(&self, state: Self::State, mut push: P) {
        let (base, mut state) = state;
        self.base.finish(base, |item| push((self.f)(state.state(), item)));
    }
}

// SAFETY: as for `MapInit`.
unsafe impl<I, S, R, F> IndexedSource for MapWith<I, S, F>
where
    I: IndexedSource,
    S: Clone + Send,
    F: Fn(&mut S, I::Item) -> R + Sync + Send,
    R: Send,
{
    type Back<'a>
        = Mapped<'a, I::Back<'a>, S, F>
    where
        Self: 'a;
    #[inline]
    unsafe fn chunk_back<'a>(&'a self, state: &'a mut Self::State, places: Range<usize>) -> Self::Back<'a> {
        // SAFETY: same places, same promise.
        let items = unsafe { self.base.chunk_back(&mut state.0, places) };
        Mapped { items, state: state.1.state(), f: &self.f }
    }
}
