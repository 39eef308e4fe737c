//! How std's collections become parallel iterators: slices as they are, everything else by way of a `Vec`.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};

use super::slice::{Iter, IterMut};
use super::vec::IntoIter;
use crate::par::into::IntoParallelIterator;

impl<'s, T: Sync> IntoParallelIterator for &'s [T] {
    type Item = &'s T;
    type Iter = Iter<'s, T>;
    fn into_par_iter(self) -> Iter<'s, T> {
        Iter::new(self)
    }
}

impl<'s, T: Send> IntoParallelIterator for &'s mut [T] {
    type Item = &'s mut T;
    type Iter = IterMut<'s, T>;
    fn into_par_iter(self) -> IterMut<'s, T> {
        IterMut::new(self)
    }
}

/// What is a slice behind a reference.
macro_rules! as_slice {
    ($([$($generics:tt)*] $type:ty;)*) => {$(
        impl<'s, T: Sync, $($generics)*> IntoParallelIterator for &'s $type {
            type Item = &'s T;
            type Iter = Iter<'s, T>;
            fn into_par_iter(self) -> Iter<'s, T> {
                Iter::new(self)
            }
        }

        impl<'s, T: Send, $($generics)*> IntoParallelIterator for &'s mut $type {
            type Item = &'s mut T;
            type Iter = IterMut<'s, T>;
            fn into_par_iter(self) -> IterMut<'s, T> {
                IterMut::new(self)
            }
        }
    )*};
}

as_slice! {
    [] Vec<T>;
    [] Box<[T]>;
    [const N: usize] [T; N];
}

/// What owns its items and gives them to a `Vec`.
macro_rules! by_value {
    ($([$($generics:tt)*] $type:ty, $item:ty, $this:ident => $vec:expr;)*) => {$(
        impl<$($generics)*> IntoParallelIterator for $type {
            type Item = $item;
            type Iter = IntoIter<$item>;
            fn into_par_iter(self) -> IntoIter<$item> {
                let $this = self;
                IntoIter::new($vec)
            }
        }
    )*};
}

by_value! {
    [T: Send] Vec<T>, T, v => v;
    [T: Send] Box<[T]>, T, b => b.into_vec();
    [T: Send, const N: usize] [T; N], T, a => Vec::from(a);
    [T: Send] Option<T>, T, o => o.into_iter().collect();
    [T: Send, E] Result<T, E>, T, r => r.into_iter().collect();
    [T: Send] VecDeque<T>, T, d => d.into();
    [T: Send] LinkedList<T>, T, l => l.into_iter().collect();
    [T: Send] BinaryHeap<T>, T, h => h.into_vec();
    [T: Send] BTreeSet<T>, T, s => s.into_iter().collect();
    [K: Send, V: Send] BTreeMap<K, V>, (K, V), m => m.into_iter().collect();
    [T: Send, S] HashSet<T, S>, T, s => s.into_iter().collect();
    [K: Send, V: Send, S] HashMap<K, V, S>, (K, V), m => m.into_iter().collect();
    ['s, T: Sync] &'s Option<T>, &'s T, o => o.iter().collect();
    ['s, T: Send] &'s mut Option<T>, &'s mut T, o => o.iter_mut().collect();
    ['s, T: Sync, E] &'s Result<T, E>, &'s T, r => r.iter().collect();
    ['s, T: Send, E] &'s mut Result<T, E>, &'s mut T, r => r.iter_mut().collect();
    ['s, T: Sync] &'s VecDeque<T>, &'s T, d => d.iter().collect();
    ['s, T: Send] &'s mut VecDeque<T>, &'s mut T, d => d.iter_mut().collect();
    ['s, T: Sync] &'s LinkedList<T>, &'s T, l => l.iter().collect();
    ['s, T: Send] &'s mut LinkedList<T>, &'s mut T, l => l.iter_mut().collect();
    ['s, T: Sync] &'s BinaryHeap<T>, &'s T, h => h.iter().collect();
    ['s, T: Sync] &'s BTreeSet<T>, &'s T, s => s.iter().collect();
    ['s, K: Sync, V: Sync] &'s BTreeMap<K, V>, (&'s K, &'s V), m => m.iter().collect();
    ['s, K: Sync, V: Send] &'s mut BTreeMap<K, V>, (&'s K, &'s mut V), m => m.iter_mut().collect();
    ['s, T: Sync, S] &'s HashSet<T, S>, &'s T, s => s.iter().collect();
    ['s, K: Sync, V: Sync, S] &'s HashMap<K, V, S>, (&'s K, &'s V), m => m.iter().collect();
    ['s, K: Sync, V: Send, S] &'s mut HashMap<K, V, S>, (&'s K, &'s mut V), m => m.iter_mut().collect();
}
