//! The methods of every parallel iterator.

use std::cmp::Ordering;
use std::iter::{Product, Sum};
use std::marker::PhantomData;
use std::ops::ControlFlow;

use super::adapt::chain::Chain;
use super::adapt::cut::WithCut;
use super::adapt::each::{Cloned, Copied, Inspect, Map};
use super::adapt::fold::{Fold, FoldMut};
use super::adapt::pick::{Filter, FilterMap, FlatMapIter, FlattenIter};
use super::adapt::state::{MapInit, MapWith};
use super::adapt::worker::MapWorker;
use super::attempt::Attempt;
use super::consume::pairs::{partition, unzip};
use super::consume::reduce::{
    Counted, ForEach, Greatest, Least, Multiplied, Reduce, ReduceWith, Summed, Totals,
};
use super::consume::search::{TryReduce, TryReduceWith, find_any, find_first, find_last};
use super::contract::{Cut, Source};
use super::drive::{drive, drive_merge};
use super::from::{FromParallelIterator, ParallelExtend};
use super::into::IntoParallelIterator;

/// An iterator whose items are treated by several threads at once.
///
/// Adaptors give another one; consumers run it on the current pool (a worker's own, else the global one) and give what
/// the sequential iterator would give: results in order, and of errors and panics the first in the order of the items.
/// Every [`Source`] is one.
pub trait ParallelIterator: Source {
    /// Gives what `f` makes of each item.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!([1, 2].par_iter().map(|x| x * 10).collect::<Vec<_>>(), [10, 20]);
    /// ```
    fn map<R: Send, F: Fn(Self::Item) -> R + Sync + Send>(self, f: F) -> Map<Self, F> {
        Map { base: self, f }
    }

    /// Gives what `f` makes of each item and a state, made by `init` once a span (a participant's contiguous piece), on the
    /// thread that uses it: as many states as participants and steals, whatever the number of items.
    /// ```
    /// # use millstream::prelude::*;
    /// let v: Vec<_> = (0..3usize).into_par_iter().map_init(String::new, |s, x| { s.clear(); *s += "x"; s.len() + x }).collect();
    /// assert_eq!(v, [1, 2, 3]);
    /// ```
    fn map_init<S, R: Send, INIT, F>(self, init: INIT, f: F) -> MapInit<Self, S, INIT, F>
    where
        INIT: Fn() -> S + Sync + Send,
        F: Fn(&mut S, Self::Item) -> R + Sync + Send,
    {
        MapInit::new(self, init, f)
    }

    /// Gives what `f` makes of each item and a clone of `state`; there are at most as many clones as participants.
    /// ```
    /// # use millstream::prelude::*;
    /// let (tx, rx) = std::sync::mpsc::channel();
    /// (0..3).into_par_iter().map_with(tx, |tx, x| tx.send(x).unwrap()).collect::<()>();
    /// assert_eq!(rx.iter().sum::<i32>(), 3);
    /// ```
    fn map_with<S: Clone + Send, R: Send, F>(self, state: S, f: F) -> MapWith<Self, S, F>
    where
        F: Fn(&mut S, Self::Item) -> R + Sync + Send,
    {
        MapWith::new(self, state, f)
    }

    /// Gives what `f` makes of each item and of the index of who runs it: below the number of the pool's threads, and
    /// never the same in two calls at the same time. For scratch memory that is kept per index.
    /// ```
    /// # use millstream::prelude::*;
    /// let threads = millstream::current_num_threads();
    /// assert!((0..99).into_par_iter().map_worker(|worker, _| worker).all(|worker| worker < threads));
    /// ```
    fn map_worker<R: Send, F: Fn(usize, Self::Item) -> R + Sync + Send>(self, f: F) -> MapWorker<Self, F> {
        MapWorker { base: self, f }
    }

    /// Calls `f` with a reference to each item that passes by.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!([1, 2].par_iter().inspect(|x| assert!(**x > 0)).count(), 2);
    /// ```
    fn inspect<F: Fn(&Self::Item) + Sync + Send>(self, f: F) -> Inspect<Self, F> {
        Inspect { base: self, f }
    }

    /// Clones the items behind references.
    /// ```
    /// # use millstream::prelude::*;
    /// let v = [String::from("a")];
    /// assert_eq!(v.par_iter().cloned().collect::<Vec<_>>(), v);
    /// ```
    fn cloned<'t, T: Clone + Send + Sync + 't>(self) -> Cloned<Self>
    where
        Self: Source<Item = &'t T>,
    {
        Cloned { base: self }
    }

    /// Copies the items behind references.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!([1, 2].par_iter().copied().max(), Some(2));
    /// ```
    fn copied<'t, T: Copy + Send + Sync + 't>(self) -> Copied<Self>
    where
        Self: Source<Item = &'t T>,
    {
        Copied { base: self }
    }

    /// Keeps the items that `f` says yes to.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!((0..9).into_par_iter().filter(|x| x % 4 == 0).collect::<Vec<_>>(), [0, 4, 8]);
    /// ```
    fn filter<F: Fn(&Self::Item) -> bool + Sync + Send>(self, f: F) -> Filter<Self, F> {
        Filter { base: self, f }
    }

    /// Gives what `f` makes of the items of which it makes something.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!(["1", "x"].par_iter().filter_map(|s| s.parse().ok()).collect::<Vec<i32>>(), [1]);
    /// ```
    fn filter_map<R: Send, F>(self, f: F) -> FilterMap<Self, F>
    where
        F: Fn(Self::Item) -> Option<R> + Sync + Send,
    {
        FilterMap { base: self, f }
    }

    /// Gives all items of the sequential iterators that `f` makes.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!((1..3).into_par_iter().flat_map_iter(|x| 0..x).collect::<Vec<_>>(), [0, 0, 1]);
    /// ```
    fn flat_map_iter<U: IntoIterator<Item: Send>, F>(self, f: F) -> FlatMapIter<Self, F>
    where
        F: Fn(Self::Item) -> U + Sync + Send,
    {
        FlatMapIter { base: self, f }
    }

    /// Gives all items of items that can be iterated over sequentially.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!(vec![vec![1], vec![2, 3]].into_par_iter().flatten_iter().sum::<i32>(), 6);
    /// ```
    fn flatten_iter(self) -> FlattenIter<Self>
    where
        Self::Item: IntoIterator<Item: Send>,
    {
        FlattenIter { base: self }
    }

    /// Gives all items of this, then all of `other`.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!([1].par_iter().chain(&[2, 3]).copied().collect::<Vec<_>>(), [1, 2, 3]);
    /// ```
    fn chain<C: IntoParallelIterator<Item = Self::Item>>(self, other: C) -> Chain<Self, C::Iter> {
        Chain { left: self, right: other.into_par_iter() }
    }

    /// Folds each span (a participant's contiguous piece) from `identity()` and gives the results in order, few as they are.
    ///
    /// Where a span ends depends on chance, unless the iterator is [`deterministic`](Self::deterministic).
    /// ```
    /// # use millstream::prelude::*;
    /// let sums = (0..100u32).into_par_iter().fold(|| 0, |sum, x| sum + x);
    /// assert_eq!(sums.sum::<u32>(), 4950);
    /// ```
    fn fold<T: Send, ID, F>(self, identity: ID, op: F) -> Fold<Self, ID, F>
    where
        ID: Fn() -> T + Sync + Send,
        F: Fn(T, Self::Item) -> T + Sync + Send,
    {
        Fold { base: self, identity, op }
    }

    /// [`fold`](Self::fold) with the accumulator in place: large ones are never moved.
    /// ```
    /// # use millstream::prelude::*;
    /// let counts = [1, 0, 1].par_iter().fold_mut(|| [0; 64], |counts, &x: &usize| counts[x] += 1);
    /// assert_eq!(counts.map(|counts| counts[1]).sum::<u32>(), 2);
    /// ```
    fn fold_mut<T: Send, ID, F>(self, identity: ID, op: F) -> FoldMut<Self, ID, F>
    where
        ID: Fn() -> T + Sync + Send,
        F: Fn(&mut T, Self::Item) + Sync + Send,
    {
        FoldMut { base: self, identity, op }
    }

    /// Makes `reduce`, `sum`, `product`, `min`, `max` and what follows a `fold` the same bit for bit, however many threads
    /// there are and whatever they do.
    ///
    /// The items are cut into blocks of a 128th of them (rounded up; at least 1, at most 1024; then within `with_min_len` and
    /// `with_max_len` where asked for). Each block is reduced from front to back. Then neighbours are merged in a binary tree:
    /// blocks 0 and 1, 2 and 3, ...; of these again neighbours, and so on; what has no neighbour is merged from the right.
    /// The items counted are those of the source, before any `filter` or `flat_map_iter`. States (`map_init`) are made once a
    /// block.
    /// ```
    /// # use millstream::prelude::*;
    /// let v: Vec<f32> = (0..999).map(|x| x as f32 / 7.0).collect();
    /// let sum = || v.par_iter().deterministic().sum::<f32>();
    /// assert_eq!(sum().to_bits(), sum().to_bits());
    /// ```
    fn deterministic(self) -> WithCut<Self> {
        let cut = Cut { fixed: true, ..self.cut() };
        WithCut { base: self, cut }
    }

    /// Calls `f` with each item.
    /// ```
    /// # use millstream::prelude::*;
    /// let mut v = [1, 2];
    /// v.par_iter_mut().for_each(|x| *x += 1);
    /// assert_eq!(v, [2, 3]);
    /// ```
    fn for_each<F: Fn(Self::Item) + Sync + Send>(self, f: F) {
        drive(self, &ForEach(f)).all().for_each(drop);
    }

    /// Calls `f` with each item and a clone of `state`; see [`map_with`](Self::map_with).
    /// ```
    /// # use millstream::prelude::*;
    /// let (tx, rx) = std::sync::mpsc::channel();
    /// (0..3).into_par_iter().for_each_with(tx, |tx, x| tx.send(x).unwrap());
    /// assert_eq!(rx.iter().count(), 3);
    /// ```
    fn for_each_with<S: Clone + Send, F: Fn(&mut S, Self::Item) + Sync + Send>(self, state: S, f: F) {
        self.map_with(state, f).for_each(drop);
    }

    /// Calls `f` with each item and a state made by `init`; see [`map_init`](Self::map_init).
    /// ```
    /// # use millstream::prelude::*;
    /// (0..3).into_par_iter().for_each_init(Vec::new, |seen, x| seen.push(x));
    /// ```
    fn for_each_init<S, INIT, F>(self, init: INIT, f: F)
    where
        INIT: Fn() -> S + Sync + Send,
        F: Fn(&mut S, Self::Item) + Sync + Send,
    {
        self.map_init(init, f).for_each(drop);
    }

    /// Calls `f` with each item until one stops; gives the first stop in the order of the items, before which all were called.
    /// ```
    /// # use millstream::prelude::*;
    /// let r = (0..9).into_par_iter().try_for_each(|x| if x < 5 { Ok(()) } else { Err(x) });
    /// assert_eq!(r, Err(5));
    /// ```
    fn try_for_each<R, F>(self, f: F) -> R
    where
        R: Attempt<Output = ()> + Send,
        F: Fn(Self::Item) -> R + Sync + Send,
    {
        let stop = find_first(self, |item| f(item).branch().break_value());
        stop.map_or_else(|| R::from_output(()), R::from_residual)
    }

    /// [`try_for_each`](Self::try_for_each) with a clone of `state`; see [`map_with`](Self::map_with).
    /// ```
    /// # use millstream::prelude::*;
    /// let r = (0..9).into_par_iter().try_for_each_with(2, |two, x| (x != *two).then_some(()));
    /// assert_eq!(r, None);
    /// ```
    fn try_for_each_with<S: Clone + Send, R, F>(self, state: S, f: F) -> R
    where
        R: Attempt<Output = ()> + Send,
        F: Fn(&mut S, Self::Item) -> R + Sync + Send,
    {
        self.map_with(state, f).try_for_each(|attempt| attempt)
    }

    /// [`try_for_each`](Self::try_for_each) with a state made by `init`; see [`map_init`](Self::map_init).
    /// ```
    /// # use millstream::prelude::*;
    /// let r = (0..9).into_par_iter().try_for_each_init(|| 9, |nine, x| (x < *nine).then_some(()));
    /// assert_eq!(r, Some(()));
    /// ```
    fn try_for_each_init<S, INIT, R, F>(self, init: INIT, f: F) -> R
    where
        INIT: Fn() -> S + Sync + Send,
        R: Attempt<Output = ()> + Send,
        F: Fn(&mut S, Self::Item) -> R + Sync + Send,
    {
        self.map_init(init, f).try_for_each(|attempt| attempt)
    }

    /// Merges all items by `op`, each span from `identity()`, the spans in order: `op` must be associative, and need not be
    /// commutative.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!(["a", "b"].par_iter().map(|s| s.to_string()).reduce(String::new, |a, b| a + &b), "ab");
    /// ```
    fn reduce<ID, F>(self, identity: ID, op: F) -> Self::Item
    where
        ID: Fn() -> Self::Item + Sync + Send,
        F: Fn(Self::Item, Self::Item) -> Self::Item + Sync + Send,
    {
        let reduce = Reduce { identity, op };
        drive_merge(self, &reduce).unwrap_or_else(reduce.identity)
    }

    /// [`reduce`](Self::reduce) without an identity; `None` of no items.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!((1..5).into_par_iter().reduce_with(|a, b| a * b), Some(24));
    /// ```
    fn reduce_with<F>(self, op: F) -> Option<Self::Item>
    where
        F: Fn(Self::Item, Self::Item) -> Self::Item + Sync + Send,
    {
        drive_merge(self, &ReduceWith(op)).flatten()
    }

    /// Merges the outputs of all items by an `op` that may stop; gives the first stop in order.
    /// ```
    /// # use millstream::prelude::*;
    /// let sum = |v: &[Option<u8>]| v.par_iter().copied().try_reduce(|| 0, |a, b| a.checked_add(b));
    /// assert_eq!((sum(&[Some(1), Some(2)]), sum(&[None])), (Some(3), None));
    /// ```
    fn try_reduce<T, ID, F>(self, identity: ID, op: F) -> Self::Item
    where
        Self::Item: Attempt<Output = T>,
        ID: Fn() -> T + Sync + Send,
        F: Fn(T, T) -> Self::Item + Sync + Send,
    {
        let reduce = TryReduce { identity, op };
        match drive_merge(self, &reduce) {
            None => Self::Item::from_output((reduce.identity)()),
            Some(ControlFlow::Continue(output)) => Self::Item::from_output(output),
            Some(ControlFlow::Break(stop)) => Self::Item::from_residual(stop),
        }
    }

    /// [`try_reduce`](Self::try_reduce) without an identity; `None` of no items.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!(vec![Ok(1), Err(2)].into_par_iter().try_reduce_with(|a: i32, b| Ok(a + b)), Some(Err(2)));
    /// ```
    fn try_reduce_with<T, F>(self, op: F) -> Option<Self::Item>
    where
        Self::Item: Attempt<Output = T>,
        F: Fn(T, T) -> Self::Item + Sync + Send,
    {
        match drive_merge(self, &TryReduceWith(op)).flatten()? {
            ControlFlow::Continue(output) => Some(Self::Item::from_output(output)),
            ControlFlow::Break(stop) => Some(Self::Item::from_residual(stop)),
        }
    }

    /// The sum of all items. Floats are added in an order that depends on chance unless [`deterministic`](Self::deterministic).
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!((1..=4).into_par_iter().sum::<i32>(), 10);
    /// ```
    fn sum<S: Send + Sum<Self::Item> + Sum<S>>(self) -> S {
        let sum = drive_merge(self, &Totals(Summed(PhantomData))).flatten();
        sum.unwrap_or_else(|| std::iter::empty::<S>().sum())
    }

    /// The product of all items; see [`sum`](Self::sum).
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!((1..=4).into_par_iter().product::<i32>(), 24);
    /// ```
    fn product<S: Send + Product<Self::Item> + Product<S>>(self) -> S {
        let product = drive_merge(self, &Totals(Multiplied(PhantomData))).flatten();
        product.unwrap_or_else(|| std::iter::empty::<S>().product())
    }

    /// How many items there are.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!((0..9).into_par_iter().filter(|x| x % 2 == 0).count(), 5);
    /// ```
    fn count(self) -> usize {
        drive_merge(self, &Totals(Counted)).flatten().unwrap_or(0)
    }

    /// The least item, of equals the first, as std's.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!([3, 1, 2].par_iter().min(), Some(&1));
    /// ```
    fn min(self) -> Option<Self::Item>
    where
        Self::Item: Ord,
    {
        self.min_by(Ord::cmp)
    }

    /// The least item by `compare`, of equals the first.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!([1.5_f32, 0.5].par_iter().min_by(|a, b| a.total_cmp(b)), Some(&0.5));
    /// ```
    fn min_by<F: Fn(&Self::Item, &Self::Item) -> Ordering + Sync + Send>(
        self,
        compare: F,
    ) -> Option<Self::Item> {
        drive_merge(self, &Totals(Least(compare))).flatten().flatten()
    }

    /// The item with the least key, of equals the first; `key` is called once an item.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!(["aa", "b"].par_iter().min_by_key(|s| s.len()), Some(&"b"));
    /// ```
    fn min_by_key<K: Ord + Send, F: Fn(&Self::Item) -> K + Sync + Send>(self, key: F) -> Option<Self::Item> {
        let keyed = self.map(|item| (key(&item), item));
        keyed.min_by(|a, b| a.0.cmp(&b.0)).map(|(key, item)| {
            drop(key);
            item
        })
    }

    /// The greatest item, of equals the last, as std's.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!([3, 1, 2].par_iter().max(), Some(&3));
    /// ```
    fn max(self) -> Option<Self::Item>
    where
        Self::Item: Ord,
    {
        self.max_by(Ord::cmp)
    }

    /// The greatest item by `compare`, of equals the last.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!([1.5_f32, 0.5].par_iter().max_by(|a, b| a.total_cmp(b)), Some(&1.5));
    /// ```
    fn max_by<F: Fn(&Self::Item, &Self::Item) -> Ordering + Sync + Send>(
        self,
        compare: F,
    ) -> Option<Self::Item> {
        drive_merge(self, &Totals(Greatest(compare))).flatten().flatten()
    }

    /// The item with the greatest key, of equals the last; `key` is called once an item.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!(["aa", "b"].par_iter().max_by_key(|s| s.len()), Some(&"aa"));
    /// ```
    fn max_by_key<K: Ord + Send, F: Fn(&Self::Item) -> K + Sync + Send>(self, key: F) -> Option<Self::Item> {
        let keyed = self.map(|item| (key(&item), item));
        keyed.max_by(|a, b| a.0.cmp(&b.0)).map(|(key, item)| {
            drop(key);
            item
        })
    }

    /// Whether `f` says yes to an item; stops as soon as one is found.
    /// ```
    /// # use millstream::prelude::*;
    /// assert!((0..9).into_par_iter().any(|x| x == 5));
    /// ```
    fn any<F: Fn(Self::Item) -> bool + Sync + Send>(self, f: F) -> bool {
        find_any(self, |item| f(item).then_some(())).is_some()
    }

    /// Whether `f` says yes to all items; stops as soon as it says no.
    /// ```
    /// # use millstream::prelude::*;
    /// assert!((0..9).into_par_iter().all(|x| x < 9));
    /// ```
    fn all<F: Fn(Self::Item) -> bool + Sync + Send>(self, f: F) -> bool {
        find_any(self, |item| (!f(item)).then_some(())).is_none()
    }

    /// An item that `f` says yes to; stops as soon as one is found.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!((5..6).into_par_iter().find_any(|x| *x >= 5), Some(5));
    /// ```
    fn find_any<F: Fn(&Self::Item) -> bool + Sync + Send>(self, f: F) -> Option<Self::Item> {
        find_any(self, |item| f(&item).then_some(item))
    }

    /// What `f` makes of an item of which it makes something; stops as soon as one is found.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!(["x", "1"].par_iter().find_map_any(|s| s.parse().ok()), Some(1));
    /// ```
    fn find_map_any<R: Send, F: Fn(Self::Item) -> Option<R> + Sync + Send>(self, f: F) -> Option<R> {
        find_any(self, f)
    }

    /// The first item that `f` says yes to; stops what is behind a find, and finishes what is before.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!((5..9).into_par_iter().find_first(|x| *x >= 5), Some(5));
    /// ```
    fn find_first<F: Fn(&Self::Item) -> bool + Sync + Send>(self, f: F) -> Option<Self::Item> {
        find_first(self, |item| f(&item).then_some(item))
    }

    /// What `f` makes of the first item of which it makes something; stops what is behind a find, and finishes what is before.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!(["x", "1"].par_iter().find_map_first(|s| s.parse().ok()), Some(1));
    /// ```
    fn find_map_first<R: Send, F: Fn(Self::Item) -> Option<R> + Sync + Send>(self, f: F) -> Option<R> {
        find_first(self, f)
    }

    /// The last item that `f` says yes to.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!((0..6).into_par_iter().find_last(|x| *x >= 0), Some(5));
    /// ```
    fn find_last<F: Fn(&Self::Item) -> bool + Sync + Send>(self, f: F) -> Option<Self::Item> {
        find_last(self, |item| f(&item).then_some(item))
    }

    /// What `f` makes of the last item of which it makes something.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!(["x", "1"].par_iter().find_map_last(|s| s.parse().ok()), Some(1));
    /// ```
    fn find_map_last<R: Send, F: Fn(Self::Item) -> Option<R> + Sync + Send>(self, f: F) -> Option<R> {
        find_last(self, f)
    }

    /// All items, in order, as a collection; as `Result` or `Option` of one: the first error in order, else all.
    /// Of a chain without `filter` and the like, a `Vec` is written in place.
    /// ```
    /// # use millstream::prelude::*;
    /// let v: Result<Vec<i32>, _> = ["1", "2"].par_iter().map(|s| s.parse::<i32>()).collect();
    /// assert_eq!(v, Ok(vec![1, 2]));
    /// ```
    fn collect<C: FromParallelIterator<Self::Item>>(self) -> C {
        C::from_par_iter(self)
    }

    /// The left and the right items of pairs, each in order.
    /// ```
    /// # use millstream::prelude::*;
    /// let (a, b): (Vec<_>, Vec<_>) = [(1, 'x'), (2, 'y')].into_par_iter().unzip();
    /// assert_eq!((a, b), (vec![1, 2], vec!['x', 'y']));
    /// ```
    fn unzip<A: Send, B: Send, FromA, FromB>(self) -> (FromA, FromB)
    where
        Self: Source<Item = (A, B)>,
        FromA: Default + Send + ParallelExtend<A>,
        FromB: Default + Send + ParallelExtend<B>,
    {
        let (a, b) = unzip(self);
        let mut both = (FromA::default(), FromB::default());
        both.0.par_extend_vec(a);
        both.1.par_extend_vec(b);
        both
    }

    /// The items that `f` says yes to and the others, each in order.
    /// ```
    /// # use millstream::prelude::*;
    /// let (even, odd): (Vec<_>, Vec<_>) = (0..5).into_par_iter().partition(|x| x % 2 == 0);
    /// assert_eq!((even, odd), (vec![0, 2, 4], vec![1, 3]));
    /// ```
    fn partition<A, B, F>(self, f: F) -> (A, B)
    where
        A: Default + Send + ParallelExtend<Self::Item>,
        B: Default + Send + ParallelExtend<Self::Item>,
        F: Fn(&Self::Item) -> bool + Sync + Send,
    {
        let (yes, no) = partition(self, f);
        let mut both = (A::default(), B::default());
        both.0.par_extend_vec(yes);
        both.1.par_extend_vec(no);
        both
    }
}

impl<S: Source> ParallelIterator for S {}
