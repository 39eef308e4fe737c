//! Consumers that stop early: `find_*`, `any`, `all`, `position_*`, `try_for_each`, `try_reduce`.
//!
//! *First* ones stop what is behind a hit; everything before it still runs and may hit earlier. *Any* ones stop all.

use std::ops::ControlFlow;

use millstream_scheduler::split::Flow;

use crate::par::attempt::Attempt;
use crate::par::contract::Source;
use crate::par::drive::drive;
use crate::par::sink::{Merge, Sink};

/// The first item, or any, of which `search` makes something.
struct Find<F> {
    search: F,
    flow: Flow,
}

impl<T, O: Send, F: Fn(T) -> Option<O> + Sync> Sink<T> for Find<F> {
    type Acc = Option<O>;
    type Out = Option<O>;
    #[inline]
    fn start(&self) -> Option<O> {
        None
    }
    #[inline]
    fn feed<S: Iterator<Item = T>>(&self, acc: &mut Option<O>, _at: usize, mut items: S) -> Flow {
        *acc = items.find_map(&self.search);
        if acc.is_some() { self.flow } else { Flow::Continue }
    }
    #[inline]
    fn end(&self, acc: Option<O>) -> Option<O> {
        acc
    }
}

/// The place of the first item, or of any, that `wanted` says yes to.
struct Position<F> {
    wanted: F,
    flow: Flow,
}

impl<T, F: Fn(T) -> bool + Sync> Sink<T> for Position<F> {
    type Acc = Option<usize>;
    type Out = Option<usize>;
    #[inline]
    fn start(&self) -> Option<usize> {
        None
    }
    #[inline]
    fn feed<S: Iterator<Item = T>>(&self, acc: &mut Option<usize>, at: usize, mut items: S) -> Flow {
        *acc = items.position(&self.wanted).map(|index| at + index);
        if acc.is_some() { self.flow } else { Flow::Continue }
    }
    #[inline]
    fn end(&self, acc: Option<usize>) -> Option<usize> {
        acc
    }
}

/// The last item of which `search` makes something.
struct Last<F>(F);

impl<T, O: Send, F: Fn(T) -> Option<O> + Sync> Sink<T> for Last<F> {
    type Acc = Option<O>;
    type Out = Option<O>;
    #[inline]
    fn start(&self) -> Option<O> {
        None
    }
    #[inline]
    fn feed<S: Iterator<Item = T>>(&self, acc: &mut Option<O>, _at: usize, items: S) -> Flow {
        // Not std's `last`: it drops one hit when the next is already on its way out.
        items.filter_map(&self.0).for_each(|hit| drop(acc.replace(hit)));
        Flow::Continue
    }
    #[inline]
    fn end(&self, acc: Option<O>) -> Option<O> {
        acc
    }
}

/// What `search` makes of the first item of which it makes something.
pub(crate) fn find_first<I: Source, O: Send>(
    source: I,
    search: impl Fn(I::Item) -> Option<O> + Sync,
) -> Option<O> {
    drive(source, &Find { search, flow: Flow::StopBehind }).until(Option::is_some).last().flatten()
}

/// What `search` makes of any item of which it makes something.
pub(crate) fn find_any<I: Source, O: Send>(
    source: I,
    search: impl Fn(I::Item) -> Option<O> + Sync,
) -> Option<O> {
    drive(source, &Find { search, flow: Flow::StopAll }).until(Option::is_some).last().flatten()
}

/// What `search` makes of the last item of which it makes something.
pub(crate) fn find_last<I: Source, O: Send>(
    source: I,
    search: impl Fn(I::Item) -> Option<O> + Sync,
) -> Option<O> {
    let mut last = None;
    drive(source, &Last(search)).all().flatten().for_each(|hit| drop(last.replace(hit)));
    last
}

/// Where the first item is that is wanted.
pub(crate) fn position_first<I: Source>(source: I, wanted: impl Fn(I::Item) -> bool + Sync) -> Option<usize> {
    drive(source, &Position { wanted, flow: Flow::StopBehind }).until(Option::is_some).last().flatten()
}

/// Where any item is that is wanted.
pub(crate) fn position_any<I: Source>(source: I, wanted: impl Fn(I::Item) -> bool + Sync) -> Option<usize> {
    drive(source, &Position { wanted, flow: Flow::StopAll }).until(Option::is_some).last().flatten()
}

/// `left` and what `right` goes on with, by `op`; where `right` stops, `left` is dropped before the stop is on its way out,
/// so that its `Drop` may panic without leaking it.
#[inline(always)]
fn merge<R: Attempt>(
    op: impl Fn(R::Output, R::Output) -> R,
    left: R::Output,
    right: ControlFlow<R::Residual, R::Output>,
) -> ControlFlow<R::Residual, R::Output> {
    match right {
        ControlFlow::Continue(right) => op(left, right).branch(),
        ControlFlow::Break(stop) => {
            drop(left);
            ControlFlow::Break(stop)
        }
    }
}

/// Merges the outputs of attempts by an operation that is one itself; a span starts from `identity()`.
pub(crate) struct TryReduce<ID, F> {
    pub(crate) identity: ID,
    pub(crate) op: F,
}

impl<R, ID, F> Sink<R> for TryReduce<ID, F>
where
    R: Attempt,
    ID: Fn() -> R::Output + Sync,
    F: Fn(R::Output, R::Output) -> R + Sync,
{
    type Acc = Option<ControlFlow<R::Residual, R::Output>>;
    type Out = ControlFlow<R::Residual, R::Output>;
    #[inline]
    fn start(&self) -> Self::Acc {
        Some(ControlFlow::Continue((self.identity)()))
    }
    #[inline]
    fn feed<S: Iterator<Item = R>>(&self, acc: &mut Self::Acc, _at: usize, mut items: S) -> Flow {
        if let Some(ControlFlow::Continue(so_far)) = acc.take() {
            *acc = Some(items.try_fold(so_far, |so_far, item| merge(&self.op, so_far, item.branch())));
        }
        if matches!(acc, Some(ControlFlow::Continue(_))) { Flow::Continue } else { Flow::StopBehind }
    }
    #[inline]
    fn end(&self, acc: Self::Acc) -> Self::Out {
        acc.unwrap_or_else(|| ControlFlow::Continue((self.identity)()))
    }
}

impl<R, ID, F> Merge<R> for TryReduce<ID, F>
where
    R: Attempt,
    ID: Fn() -> R::Output + Sync,
    F: Fn(R::Output, R::Output) -> R + Sync,
{
    fn merge(&self, left: Self::Out, right: Self::Out) -> Self::Out {
        match left {
            ControlFlow::Continue(left) => merge(&self.op, left, right),
            ControlFlow::Break(stop) => {
                drop(right);
                ControlFlow::Break(stop)
            }
        }
    }
    fn decisive(out: &Self::Out) -> bool {
        out.is_break()
    }
}

/// [`TryReduce`] without an identity: nothing comes of no items.
pub(crate) struct TryReduceWith<F>(pub(crate) F);

impl<R: Attempt, F: Fn(R::Output, R::Output) -> R + Sync> Sink<R> for TryReduceWith<F> {
    type Acc = Option<ControlFlow<R::Residual, R::Output>>;
    type Out = Option<ControlFlow<R::Residual, R::Output>>;
    #[inline]
    fn start(&self) -> Self::Acc {
        None
    }
    #[inline]
    fn feed<S: Iterator<Item = R>>(&self, acc: &mut Self::Acc, _at: usize, mut items: S) -> Flow {
        let first = match acc.take() {
            None => items.next().map(R::branch),
            some => some,
        };
        *acc =
            first.map(|first| items.try_fold(first?, |so_far, item| merge(&self.0, so_far, item.branch())));
        if matches!(acc, Some(ControlFlow::Break(_))) { Flow::StopBehind } else { Flow::Continue }
    }
    #[inline]
    fn end(&self, acc: Self::Acc) -> Self::Out {
        acc
    }
}

impl<R: Attempt, F: Fn(R::Output, R::Output) -> R + Sync> Merge<R> for TryReduceWith<F> {
    fn merge(&self, left: Self::Out, right: Self::Out) -> Self::Out {
        match (left, right) {
            (Some(ControlFlow::Continue(left)), Some(right)) => Some(merge(&self.0, left, right)),
            (Some(ControlFlow::Break(stop)), right) => {
                drop(right);
                Some(ControlFlow::Break(stop))
            }
            (left, right) => left.or(right),
        }
    }
    fn decisive(out: &Self::Out) -> bool {
        matches!(out, Some(ControlFlow::Break(_)))
    }
}
