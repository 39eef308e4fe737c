//! Consumers that make one value: `for_each`, `reduce`, `sum`, `product`, `count`, `min`, `max`.

use std::cmp::Ordering;
use std::iter::{Product, Sum};
use std::mem;

use millstream_scheduler::split::Flow;

use crate::par::sink::{Merge, Sink};

/// Calls `f` with each item.
pub(crate) struct ForEach<F>(pub(crate) F);

impl<T, F: Fn(T) + Sync> Sink<T> for ForEach<F> {
    type Acc = ();
    type Out = ();
    #[inline]
    fn start(&self) {}
    #[inline]
    fn feed<S: Iterator<Item = T>>(&self, (): &mut (), _at: usize, items: S) -> Flow {
        items.for_each(&self.0);
        Flow::Continue
    }
    #[inline]
    fn end(&self, (): ()) {}
}

/// Folds each span from `identity()`, and merges with the same operation.
pub(crate) struct Reduce<ID, F> {
    pub(crate) identity: ID,
    pub(crate) op: F,
}

impl<T: Send, ID: Fn() -> T + Sync, F: Fn(T, T) -> T + Sync> Sink<T> for Reduce<ID, F> {
    type Acc = Option<T>;
    type Out = T;
    #[inline]
    fn start(&self) -> Option<T> {
        Some((self.identity)())
    }
    #[inline]
    fn feed<S: Iterator<Item = T>>(&self, acc: &mut Option<T>, _at: usize, items: S) -> Flow {
        if let Some(so_far) = acc.take() {
            *acc = Some(items.fold(so_far, &self.op));
        }
        Flow::Continue
    }
    #[inline]
    fn end(&self, acc: Option<T>) -> T {
        acc.unwrap_or_else(&self.identity)
    }
}

impl<T: Send, ID: Fn() -> T + Sync, F: Fn(T, T) -> T + Sync> Merge<T> for Reduce<ID, F> {
    fn merge(&self, left: T, right: T) -> T {
        (self.op)(left, right)
    }
}

/// Merges the items themselves; nothing comes of none.
pub(crate) struct ReduceWith<F>(pub(crate) F);

impl<T: Send, F: Fn(T, T) -> T + Sync> Sink<T> for ReduceWith<F> {
    type Acc = Option<T>;
    type Out = Option<T>;
    #[inline]
    fn start(&self) -> Option<T> {
        None
    }
    #[inline]
    fn feed<S: Iterator<Item = T>>(&self, acc: &mut Option<T>, _at: usize, mut items: S) -> Flow {
        if let Some(first) = acc.take().or_else(|| items.next()) {
            *acc = Some(items.fold(first, &self.0));
        }
        Flow::Continue
    }
    #[inline]
    fn end(&self, acc: Option<T>) -> Option<T> {
        acc
    }
}

impl<T: Send, F: Fn(T, T) -> T + Sync> Merge<T> for ReduceWith<F> {
    fn merge(&self, left: Option<T>, right: Option<T>) -> Option<T> {
        match (left, right) {
            (Some(left), Some(right)) => Some((self.0)(left, right)),
            (left, right) => left.or(right),
        }
    }
}

/// How a chunk of items becomes one value, and two values one.
pub(crate) trait Total<T>: Sync {
    type Value: Send;
    fn of<S: Iterator<Item = T>>(&self, items: S) -> Self::Value;
    fn both(&self, left: Self::Value, right: Self::Value) -> Self::Value;
}

/// Makes each chunk one value by std's own method, which knows best how to vectorise it.
pub(crate) struct Totals<K>(pub(crate) K);

impl<T, K: Total<T>> Sink<T> for Totals<K> {
    type Acc = Option<K::Value>;
    type Out = Option<K::Value>;
    #[inline]
    fn start(&self) -> Self::Acc {
        None
    }
    #[inline]
    fn feed<S: Iterator<Item = T>>(&self, acc: &mut Self::Acc, _at: usize, items: S) -> Flow {
        let chunk = self.0.of(items);
        *acc = Some(match acc.take() {
            None => chunk,
            Some(so_far) => self.0.both(so_far, chunk),
        });
        Flow::Continue
    }
    #[inline]
    fn end(&self, acc: Self::Acc) -> Self::Out {
        acc
    }
}

impl<T, K: Total<T>> Merge<T> for Totals<K> {
    fn merge(&self, left: Self::Out, right: Self::Out) -> Self::Out {
        match (left, right) {
            (Some(left), Some(right)) => Some(self.0.both(left, right)),
            (left, right) => left.or(right),
        }
    }
}

/// `sum`.
pub(crate) struct Summed<V>(pub(crate) std::marker::PhantomData<fn() -> V>);

impl<T, V: Send + Sum<T> + Sum<V>> Total<T> for Summed<V> {
    type Value = V;
    #[inline]
    fn of<S: Iterator<Item = T>>(&self, items: S) -> V {
        items.sum()
    }
    #[inline]
    fn both(&self, left: V, right: V) -> V {
        [left, right].into_iter().sum()
    }
}

/// `product`.
pub(crate) struct Multiplied<V>(pub(crate) std::marker::PhantomData<fn() -> V>);

impl<T, V: Send + Product<T> + Product<V>> Total<T> for Multiplied<V> {
    type Value = V;
    #[inline]
    fn of<S: Iterator<Item = T>>(&self, items: S) -> V {
        items.product()
    }
    #[inline]
    fn both(&self, left: V, right: V) -> V {
        [left, right].into_iter().product()
    }
}

/// `count`.
pub(crate) struct Counted;

impl<T> Total<T> for Counted {
    type Value = usize;
    #[inline]
    fn of<S: Iterator<Item = T>>(&self, items: S) -> usize {
        items.count()
    }
    #[inline]
    fn both(&self, left: usize, right: usize) -> usize {
        left + right
    }
}

// Not std's `min_by` and `max_by`: they drop the loser when the winner is already on its way out, so that a `Drop` that
// panics leaks the winner.

/// `min`: the first of equals, as std's.
pub(crate) struct Least<F>(pub(crate) F);

impl<T: Send, F: Fn(&T, &T) -> Ordering + Sync> Total<T> for Least<F> {
    type Value = Option<T>;
    #[inline]
    fn of<S: Iterator<Item = T>>(&self, mut items: S) -> Option<T> {
        let mut best = items.next()?;
        items.for_each(|item| {
            if (self.0)(&best, &item).is_gt() {
                drop(mem::replace(&mut best, item));
            }
        });
        Some(best)
    }
    fn both(&self, left: Option<T>, right: Option<T>) -> Option<T> {
        self.of(left.into_iter().chain(right))
    }
}

/// `max`: the last of equals, as std's.
pub(crate) struct Greatest<F>(pub(crate) F);

impl<T: Send, F: Fn(&T, &T) -> Ordering + Sync> Total<T> for Greatest<F> {
    type Value = Option<T>;
    #[inline]
    fn of<S: Iterator<Item = T>>(&self, mut items: S) -> Option<T> {
        let mut best = items.next()?;
        items.for_each(|item| {
            if (self.0)(&best, &item).is_le() {
                drop(mem::replace(&mut best, item));
            }
        });
        Some(best)
    }
    fn both(&self, left: Option<T>, right: Option<T>) -> Option<T> {
        self.of(left.into_iter().chain(right))
    }
}
