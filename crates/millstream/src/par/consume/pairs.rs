//! Consumers that make two collections: `unzip`, `partition`.

use millstream_scheduler::split::Flow;

use super::write::{Filled, Slots, append_all, front};
use crate::par::contract::Source;
use crate::par::drive::drive;
use crate::par::sink::Sink;

/// All left and all right items, each in order.
pub(crate) fn unzip<I: Source<Item = (A, B)>, A: Send, B: Send>(source: I) -> (Vec<A>, Vec<B>) {
    let mut both = (Vec::new(), Vec::new());
    unzip_into(source, &mut both.0, &mut both.1);
    both
}

/// The same into empty vectors.
pub(crate) fn unzip_into<I, A: Send, B: Send>(source: I, to_left: &mut Vec<A>, to_right: &mut Vec<B>)
where
    I: Source<Item = (A, B)>,
{
    debug_assert!(to_left.is_empty() && to_right.is_empty());
    if source.exact() {
        let places = source.places();
        to_left.reserve(places);
        to_right.reserve(places);
        let slots = BothSlots(Slots::of(to_left), Slots::of(to_right));
        let (left, right): (Vec<_>, Vec<_>) = drive(source, &slots).all().unzip();
        let (left, right) = (front(left), front(right));
        // SAFETY: that many were initialised from the front; the spans gave them up.
        unsafe { to_left.set_len(left) }
        // SAFETY: the same.
        unsafe { to_right.set_len(right) }
    } else {
        let (left, right) = drive(source, &GatherBoth).all().unzip();
        append_all(to_left, left);
        append_all(to_right, right);
    }
}

/// The items that `wanted` says yes to, and the others, each in order.
pub(crate) fn partition<I: Source>(
    source: I,
    wanted: impl Fn(&I::Item) -> bool + Sync,
) -> (Vec<I::Item>, Vec<I::Item>) {
    let mut both = (Vec::new(), Vec::new());
    let (yes, no) = drive(source, &Partition(wanted)).all().unzip();
    append_all(&mut both.0, yes);
    append_all(&mut both.1, no);
    both
}

/// Writes each pair to its place in two vectors.
struct BothSlots<A, B>(Slots<A>, Slots<B>);

impl<A: Send, B: Send> Sink<(A, B)> for BothSlots<A, B> {
    type Acc = (Filled<A>, Filled<B>);
    type Out = (Filled<A>, Filled<B>);
    fn start(&self) -> Self::Acc {
        (self.0.start(), self.1.start())
    }
    #[inline]
    fn feed<S: Iterator<Item = (A, B)>>(&self, acc: &mut Self::Acc, at: usize, items: S) -> Flow {
        let mut left = self.0.fill(&mut acc.0, at);
        let mut right = self.1.fill(&mut acc.1, at);
        items.for_each(|(a, b)| {
            // SAFETY: an exact source gives no more items than places, and each place to one span.
            unsafe { left.push(a) };
            // SAFETY: the same.
            unsafe { right.push(b) };
        });
        Flow::Continue
    }
    fn end(&self, acc: Self::Acc) -> Self::Out {
        acc
    }
}

struct GatherBoth;

impl<A: Send, B: Send> Sink<(A, B)> for GatherBoth {
    type Acc = (Vec<A>, Vec<B>);
    type Out = (Vec<A>, Vec<B>);
    fn start(&self) -> Self::Acc {
        (Vec::new(), Vec::new())
    }
    #[inline]
    fn feed<S: Iterator<Item = (A, B)>>(&self, acc: &mut Self::Acc, _at: usize, items: S) -> Flow {
        acc.extend(items);
        Flow::Continue
    }
    fn end(&self, acc: Self::Acc) -> Self::Out {
        acc
    }
}

struct Partition<F>(F);

impl<T: Send, F: Fn(&T) -> bool + Sync> Sink<T> for Partition<F> {
    type Acc = (Vec<T>, Vec<T>);
    type Out = (Vec<T>, Vec<T>);
    fn start(&self) -> Self::Acc {
        (Vec::new(), Vec::new())
    }
    #[inline]
    fn feed<S: Iterator<Item = T>>(&self, acc: &mut Self::Acc, _at: usize, items: S) -> Flow {
        items.for_each(|item| if (self.0)(&item) { acc.0.push(item) } else { acc.1.push(item) });
        Flow::Continue
    }
    fn end(&self, acc: Self::Acc) -> Self::Out {
        acc
    }
}
