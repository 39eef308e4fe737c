//! The methods of every parallel iterator.

use std::iter::{Product, Sum};
use std::marker::PhantomData;

use super::adapt::each::Map;
use super::adapt::pick::Filter;
use super::consume::reduce::{
    Counted, ForEach, Greatest, Least, Multiplied, Reduce, ReduceWith, Summed, Totals,
};
use super::contract::Source;
use super::drive::{drive, drive_merge};
use super::from::FromParallelIterator;

/// An iterator whose items are treated by several threads at once.
pub trait ParallelIterator: Source {
    /// Gives `f` of each item.
    fn map<R: Send, F: Fn(Self::Item) -> R + Sync + Send>(self, f: F) -> Map<Self, F> {
        Map { base: self, f }
    }

    /// Gives the items that `f` wants.
    fn filter<F: Fn(&Self::Item) -> bool + Sync + Send>(self, f: F) -> Filter<Self, F> {
        Filter { base: self, f }
    }

    /// Calls `f` with each item.
    fn for_each<F: Fn(Self::Item) + Sync + Send>(self, f: F) {
        drive(self, &ForEach(f)).all().for_each(drop);
    }

    /// Merges all items by `op`.
    fn reduce<ID, F>(self, identity: ID, op: F) -> Self::Item
    where
        ID: Fn() -> Self::Item + Sync + Send,
        F: Fn(Self::Item, Self::Item) -> Self::Item + Sync + Send,
    {
        let reduce = Reduce { identity, op };
        drive_merge(self, &reduce).unwrap_or_else(reduce.identity)
    }

    /// The sum.
    fn sum<S: Send + Sum<Self::Item> + Sum<S>>(self) -> S {
        drive_merge(self, &Totals(Summed(PhantomData)))
            .flatten()
            .unwrap_or_else(|| std::iter::empty::<S>().sum())
    }

    /// The product.
    fn product<S: Send + Product<Self::Item> + Product<S>>(self) -> S {
        drive_merge(self, &Totals(Multiplied(PhantomData)))
            .flatten()
            .unwrap_or_else(|| std::iter::empty::<S>().product())
    }

    /// Merges all items by `op`; `None` of none.
    fn reduce_with<F: Fn(Self::Item, Self::Item) -> Self::Item + Sync + Send>(
        self,
        op: F,
    ) -> Option<Self::Item> {
        drive_merge(self, &ReduceWith(op)).flatten()
    }

    /// How many items there are.
    fn count(self) -> usize {
        drive_merge(self, &Totals(Counted)).flatten().unwrap_or(0)
    }

    /// The least item, of equals the first.
    fn min(self) -> Option<Self::Item>
    where
        Self::Item: Ord,
    {
        drive_merge(self, &Totals(Least(Ord::cmp))).flatten().flatten()
    }

    /// The greatest item, of equals the last.
    fn max(self) -> Option<Self::Item>
    where
        Self::Item: Ord,
    {
        drive_merge(self, &Totals(Greatest(Ord::cmp))).flatten().flatten()
    }

    /// All items.
    fn collect<C: FromParallelIterator<Self::Item>>(self) -> C {
        C::from_par_iter(self)
    }
}

impl<S: Source> ParallelIterator for S {}
