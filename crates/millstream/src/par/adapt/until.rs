//! The outputs up to the first attempt that says to stop: what collecting into `Result` and `Option` stands on.
//!
//! The span that meets a stop notes it with its place and stops everything behind. Spans before it go on and may find an
//! earlier one. A span that panics notes that, too: so it is known which of a stop and a panic comes first.

use std::ops::{ControlFlow, Range};
use std::sync::{Mutex, PoisonError};

use millstream_scheduler::split::Flow;

use crate::par::attempt::Attempt;
use crate::par::contract::{Source, through_base};

/// What came first so far.
pub(crate) struct First<R> {
    seen: Mutex<Seen<R>>,
}

struct Seen<R> {
    stop: Option<(usize, R)>,
    panic: Option<usize>,
}

impl<R> First<R> {
    pub(crate) fn new() -> Self {
        First { seen: Mutex::new(Seen { stop: None, panic: None }) }
    }

    fn note_stop(&self, at: usize, stop: R) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let later = match &seen.stop {
            Some((first, _)) if *first <= at => Some(stop),
            _ => seen.stop.replace((at, stop)).map(|(_, later)| later),
        };
        // The user's `Drop` runs outside the lock.
        drop(seen);
        drop(later);
    }

    fn note_panic(&self, at: usize) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.panic = Some(seen.panic.map_or(at, |first| first.min(at)));
    }

    /// The first stop; `after_panic` says that the loop panicked: then only a stop that comes before it.
    pub(crate) fn stop(self, after_panic: bool) -> Option<R> {
        let seen = self.seen.into_inner().unwrap_or_else(PoisonError::into_inner);
        let (at, stop) = seen.stop?;
        (!after_panic || seen.panic.is_some_and(|panic| at < panic)).then_some(stop)
    }
}

/// The outputs of `base`'s attempts.
pub(crate) struct Until<'r, I: Source<Item: Attempt>> {
    pub(crate) base: I,
    pub(crate) first: &'r First<<I::Item as Attempt>::Residual>,
}

/// What a span is about.
pub(crate) struct Watch<'r, R> {
    first: &'r First<R>,
    at: usize,
    inside: bool,
    stop: Option<R>,
}

impl<R> Drop for Watch<'_, R> {
    fn drop(&mut self) {
        if self.inside {
            self.first.note_panic(self.at);
        }
    }
}

/// One chunk's outputs.
pub(crate) struct Outputs<'a, J, R> {
    attempts: J,
    stop: &'a mut Option<R>,
}

impl<J: Iterator<Item: Attempt>> Iterator for Outputs<'_, J, <J::Item as Attempt>::Residual> {
    type Item = <J::Item as Attempt>::Output;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.stop.is_some() {
            return None;
        }
        match self.attempts.next()?.branch() {
            ControlFlow::Continue(output) => Some(output),
            ControlFlow::Break(stop) => {
                *self.stop = Some(stop);
                None
            }
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.attempts.size_hint().1)
    }
}

// SAFETY: exact as the base until an attempt stops, which `flow` then says; the base's iterator is wrapped at once.
unsafe impl<'r, I: Source<Item: Attempt>> Source for Until<'r, I> {
    type Item = <I::Item as Attempt>::Output;
    type State = (I::State, Watch<'r, <I::Item as Attempt>::Residual>);
    type Seq<'a>
        = Outputs<'a, I::Seq<'a>, <I::Item as Attempt>::Residual>
    where
        Self: 'a;
    through_base!(@places);
    through_base!(@ends);
    #[inline]
    fn exact(&self) -> bool {
        self.base.exact()
    }
    fn enter(&self, worker: usize) -> Self::State {
        (self.base.enter(worker), Watch { first: self.first, at: 0, inside: false, stop: None })
    }
    #[inline]
    unsafe fn chunk<'a>(&'a self, state: &'a mut Self::State, places: Range<usize>) -> Self::Seq<'a> {
        state.1.at = places.start;
        state.1.inside = true;
        // SAFETY: same places, same promise.
        let attempts = unsafe { self.base.chunk(&mut state.0, places) };
        Outputs { attempts, stop: &mut state.1.stop }
    }
    #[inline]
    fn flow(&self, state: &mut Self::State) -> Flow {
        let watch = &mut state.1;
        watch.inside = false;
        match watch.stop.take() {
            None => self.base.flow(&mut state.0),
            Some(stop) => {
                watch.first.note_stop(watch.at, stop);
                Flow::StopBehind
            }
        }
    }
    fn finish<P: FnMut(Self::Item) -> Flow>(&self, state: Self::State, mut push: P) {
        let (base, mut watch) = state;
        watch.inside = true;
        self.base.finish(base, |attempt| match attempt.branch() {
            ControlFlow::Continue(output) => push(output),
            ControlFlow::Break(stop) => {
                watch.first.note_stop(watch.at, stop);
                Flow::StopBehind
            }
        });
        watch.inside = false;
    }
}
