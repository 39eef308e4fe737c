//! Sorting slices in parallel.
//!
//! | step | unstable | stable |
//! |---|---|---|
//! | short slice, or one thread | std's sort, on the calling thread | the same |
//! | one run (sorted, or strictly descending) | seen in parallel; reversed in parallel | the same |
//! | large items | pointers to them are sorted instead, then every item is swapped into its place | the same |
//! | else | `unstable`: quicksort, its upper levels partitioned in parallel | `stable`: halves sorted, then merged in parallel |
//! | leaves | std's `sort_unstable_by` | std's `sort_by` |
//!
//! Invariants, whatever the comparator does (panic at any call, contradict itself):
//! * The slice is a permutation of its items whenever a call returns or unwinds.
//! * No item is looked at by two threads at the same time: `T: Send` is enough.
//!
//! Both are checked by `tests`, the first with a comparator that panics at every k-th call.

mod moves;
mod partition;
mod runs;
mod stable;
#[cfg(test)]
mod tests;
mod unstable;

use std::cmp::Ordering;

use self::moves::permute;
use self::runs::{RUN_PIECE, finish_run};
use crate::pool::{current_num_threads, join};

/// Slices up to this length are std's alone.
const SERIAL_MAX: usize = if cfg!(test) { 32 } else { 8 * 1024 };
/// Larger items are sorted stably by way of pointers, in bytes: std's stable sort of 320 bytes takes 345 ns an item, this 201.
const STABLE_BYTES_MAX: usize = 256;
/// Larger items are sorted unstably by way of pointers, in bytes: std moves fewer here, 143 ns at 320 bytes against 198.
const UNSTABLE_BYTES_MAX: usize = 1024;
/// Slices of so large items up to this length are std's alone.
const SERIAL_LARGE_MAX: usize = 64;

/// Sorts `v` without keeping the order of equal items.
///
/// # Panics
/// With the comparator's panic, or std's if it is not a total order; `v` then holds its items in some order.
pub(crate) fn sort_unstable_by<T, F>(v: &mut [T], compare: &F)
where
    T: Send,
    F: Fn(&T, &T) -> Ordering + Sync,
{
    sort_unstable_by_for(v, compare, threads_for(v));
}

/// [`sort_unstable_by`] with the work cut for so many threads.
fn sort_unstable_by_for<T, F>(v: &mut [T], compare: &F, threads: usize)
where
    T: Send,
    F: Fn(&T, &T) -> Ordering + Sync,
{
    if threads < 2 || v.len() < 2 {
        v.sort_unstable_by(compare);
    } else if finish_run(v, compare) {
        // Nothing is left to do.
    } else if size_of::<T>() > UNSTABLE_BYTES_MAX {
        sort_large(v, |lent| unstable::quicksort(lent, &|a, b| compare(a.get(), b.get()), threads));
    } else {
        unstable::quicksort(v, compare, threads);
    }
}

/// Sorts `v` and keeps the order of equal items.
///
/// # Panics
/// With the comparator's panic, or std's if it is not a total order; `v` then holds its items in some order.
pub(crate) fn sort_by<T, F>(v: &mut [T], compare: &F)
where
    T: Send,
    F: Fn(&T, &T) -> Ordering + Sync,
{
    sort_by_for(v, compare, threads_for(v));
}

/// [`sort_by`] with the work cut for so many threads.
fn sort_by_for<T, F>(v: &mut [T], compare: &F, threads: usize)
where
    T: Send,
    F: Fn(&T, &T) -> Ordering + Sync,
{
    if threads < 2 || v.len() < 2 {
        v.sort_by(compare);
    } else if finish_run(v, compare) {
        // Nothing is left to do.
    } else if size_of::<T>() > STABLE_BYTES_MAX {
        sort_large(v, |lent| stable::merge_sort(lent, &|a, b| compare(a.get(), b.get()), threads));
    } else {
        stable::merge_sort(v, compare, threads);
    }
}

/// Sorts `v` by keys that are made once for each item, and keeps the order of items whose keys are equal.
///
/// # Panics
/// With the panic of `key` or of the keys' comparison; `v` is then as it was.
pub(crate) fn sort_by_cached_key<T, K, F>(v: &mut [T], key: &F)
where
    T: Send,
    K: Ord + Send,
    F: Fn(&T) -> K + Sync,
{
    sort_by_cached_key_for(v, key, threads_for(v));
}

/// [`sort_by_cached_key`] with the work cut for so many threads.
fn sort_by_cached_key_for<T, K, F>(v: &mut [T], key: &F, threads: usize)
where
    T: Send,
    K: Ord + Send,
    F: Fn(&T) -> K + Sync,
{
    if threads < 2 || v.len() < 2 {
        return v.sort_by_cached_key(key);
    }
    let mut keys: Vec<(K, usize)> = Vec::with_capacity(v.len());
    for mut piece in keys_of(v, 0, v.len().div_ceil(4 * threads).max(RUN_PIECE), key) {
        keys.append(&mut piece);
    }
    // The place decides between equal keys, so the order is total and as good as stable.
    sort_unstable_by_for(&mut keys, &|(x, x_at), (y, y_at)| x.cmp(y).then(x_at.cmp(y_at)), threads);
    let mut from: Vec<usize> = keys.into_iter().map(|(_, at)| at).collect();
    permute(v, &mut from);
}

/// For how many threads the work is cut; 1 if it is not worth it.
fn threads_for<T>(v: &[T]) -> usize {
    let serial_max = match size_of::<T>() {
        0 => usize::MAX,
        1..=STABLE_BYTES_MAX => SERIAL_MAX,
        _ => SERIAL_LARGE_MAX,
    };
    if v.len() <= serial_max { 1 } else { current_num_threads() }
}

fn keys_of<T, K, F>(v: &mut [T], at: usize, piece: usize, key: &F) -> Vec<Vec<(K, usize)>>
where
    T: Send,
    K: Send,
    F: Fn(&T) -> K + Sync,
{
    if v.len() <= piece {
        return vec![v.iter().enumerate().map(|(i, item)| (key(item), at + i)).collect()];
    }
    let middle = v.len() / 2;
    let (a, b) = v.split_at_mut(middle);
    let (mut keys, mut more) = join(|| keys_of(a, at, piece, key), || keys_of(b, at + middle, piece, key));
    keys.append(&mut more);
    keys
}

/// A pointer to one item of the slice being sorted; no other `Lent` points to it.
struct Lent<T>(*mut T);

// SAFETY: whoever has the `Lent` is the only one who looks at the item, so this sends a `&mut T`.
unsafe impl<T: Send> Send for Lent<T> {}

impl<T> Lent<T> {
    fn get(&self) -> &T {
        // SAFETY: points to an item of a slice that is borrowed for as long as there are `Lent`s of it, and nobody writes.
        unsafe { &*self.0 }
    }
}

/// Has pointers to the items sorted, then swaps each item into its place. If `sort` panics, `v` is as it was.
fn sort_large<T>(v: &mut [T], sort: impl FnOnce(&mut [Lent<T>])) {
    let base = v.as_mut_ptr();
    // `wrapping_add` because it is safe; every address is one of the slice.
    let mut lent: Vec<Lent<T>> = (0..v.len()).map(|at| Lent(base.wrapping_add(at))).collect();
    sort(&mut lent);
    let place = |item: Lent<T>| (item.0.addr() - base.addr()) / size_of::<T>();
    let mut from: Vec<usize> = lent.into_iter().map(place).collect();
    permute(v, &mut from);
}
