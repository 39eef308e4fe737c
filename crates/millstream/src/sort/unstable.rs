//! Quicksort whose upper levels are cut and partitioned in parallel, and whose leaves are std's sort.
//!
//! A node picks its pivot from a sample. While a node is so large that several threads would wait for it, it is
//! partitioned by several *shares*. No two threads may look at an item at the same time (items are `Send`, perhaps
//! not `Sync`), so the shares cannot use the same pivot: each has two of its own, which are the sample's neighbours of
//! the node's pivot. In a first pass every share moves what is below its lower pivot to the front; in a second pass,
//! over the rest, every share moves what is not above its upper pivot to the front. That leaves
//!
//! ```text
//! below the pivot | near the pivot (a few percent) | above the pivot
//! ```
//!
//! and only the middle is compared with the pivot itself. If the sample says that all these pivots are equal, the
//! middle is equal too and already in place, which is how many equal items are sorted in few passes.
//!
//! A node that stays lopsided too often, or whose comparator contradicts itself, ends in std's sort as well.

use std::cmp::Ordering;

use super::partition::{partition, partition_by_shares};
use crate::pool::join;

/// Leaves for each thread, to even out unequal ones: of 10 M u64 on 2 threads a leaf of 1/128 takes 0.8 ms. CPU time of the
/// whole sort with 64 of them 135 ms, with 16 139 ms.
const LEAVES_PER_THREAD: usize = 64;
/// No leaf is smaller, in items.
const LEAF_MIN: usize = if cfg!(test) { 16 } else { 4096 };
/// Nodes are partitioned in shares if they can count on so many threads: a share costs 0.53 ns an item (u64) and there are
/// one and a half passes, where one thread alone takes 0.39 ns and one pass; with 2 threads that is the same time for more work.
const SHARED_THREADS_MIN: usize = 3;
/// Shares for each thread that a node can count on.
const SHARES_PER_THREAD: usize = 2;
/// No share is smaller, in items.
const SHARE_MIN: usize = if cfg!(test) { 16 } else { 16 * 1024 };

/// Sorts `v`; its caller has seen to runs and small slices.
pub(super) fn quicksort<T, F>(v: &mut [T], compare: &F, threads: usize)
where
    T: Send,
    F: Fn(&T, &T) -> Ordering + Sync,
{
    let plan = Plan {
        leaf: (v.len() / threads / LEAVES_PER_THREAD).max(LEAF_MIN),
        per_thread: (v.len() / threads).max(1),
    };
    let depth = 2 * v.len().max(1).ilog2();
    plan.sort(v, compare, depth);
}

#[derive(Clone, Copy)]
struct Plan {
    /// Nodes up to this length are left to std.
    leaf: usize,
    /// What one thread would sort if the work were cut evenly.
    per_thread: usize,
}

/// The parts of a node that are still to be sorted: `..left` and `right..`.
struct Parts {
    left: usize,
    right: usize,
}

impl Plan {
    fn sort<T, F>(self, v: &mut [T], compare: &F, depth: u32)
    where
        T: Send,
        F: Fn(&T, &T) -> Ordering + Sync,
    {
        if v.len() <= self.leaf || depth == 0 {
            v.sort_unstable_by(compare);
            return;
        }
        let threads = v.len() / self.per_thread;
        let shares = (threads * SHARES_PER_THREAD).min(v.len() / SHARE_MIN);
        let parts = if threads >= SHARED_THREADS_MIN && shares > 1 {
            split_by_shares(v, compare, shares)
        } else {
            split(v, compare)
        };
        let (left, rest) = v.split_at_mut(parts.left);
        let right = &mut rest[parts.right - parts.left..];
        join(|| self.sort(left, compare, depth - 1), || self.sort(right, compare, depth - 1));
    }
}

/// Partitions a node on this thread.
fn split<T, F: Fn(&T, &T) -> Ordering>(v: &mut [T], compare: &F) -> Parts {
    let count = (v.len().isqrt() / 8).clamp(15, 255) | 1;
    let sample = sample(v, 1, count, compare);
    let equal = compare(&v[sample[count * 3 / 8]], &v[sample[count * 5 / 8]]) != Ordering::Less;
    if compare(&v[sample[0]], &v[sample[count - 1]]) != Ordering::Less && is_sorted(v, compare) {
        return Parts { left: 0, right: v.len() };
    }
    v.swap(0, sample[count / 2]);
    let (pivot, rest) = v.split_first_mut().expect("a node is longer than a leaf");
    let below = partition(rest, |item| compare(item, pivot) == Ordering::Less);
    let same =
        if equal { partition(&mut rest[below..], |item| compare(pivot, item) != Ordering::Less) } else { 0 };
    v.swap(0, below);
    Parts { left: below, right: below + 1 + same }
}

/// Partitions a node in `shares`, at least 2.
fn split_by_shares<T, F>(v: &mut [T], compare: &F, shares: usize) -> Parts
where
    T: Send,
    F: Fn(&T, &T) -> Ordering + Sync,
{
    // The pivots go to the front: the node's own, the lower and the upper ones.
    let head = 2 * shares + 1;
    let count = (32 * shares).max(255).min((v.len() - head) / 2) | 1;
    let sample = sample(v, head, count, compare);
    let middle = count / 2;
    let equal = compare(&v[sample[middle - shares]], &v[sample[middle + shares]]) != Ordering::Less;
    v.swap(0, sample[middle]);
    for share in 0..shares {
        v.swap(1 + share, sample[middle - 1 - share]);
        v.swap(1 + shares + share, sample[middle + 1 + share]);
    }
    let (pivots, rest) = v.split_at_mut(head);
    let (lower, upper) = pivots[1..].split_at_mut(shares);
    let below = partition_by_shares(rest, lower, &|item, pivot| compare(item, pivot) == Ordering::Less);
    let near =
        partition_by_shares(&mut rest[below..], upper, &|item, pivot| compare(pivot, item) != Ordering::Less);
    // pivots, below, near, above -> below, pivots, near, above
    if below >= head {
        let (pivots, rest) = v.split_at_mut(head);
        pivots.swap_with_slice(&mut rest[below - head..below]);
    } else {
        v[..head + below].rotate_left(head);
    }
    let near_end = below + head + near;
    if equal {
        return Parts { left: below, right: near_end };
    }
    let (pivot, rest) = v[below..near_end].split_first_mut().expect("the pivot itself is there");
    let smaller = partition(rest, |item| compare(item, pivot) == Ordering::Less);
    v.swap(below, below + smaller);
    Parts { left: below + smaller, right: below + smaller + 1 }
}

/// Whether all is in place; asked only if it is likely.
fn is_sorted<T, F: Fn(&T, &T) -> Ordering>(v: &[T], compare: &F) -> bool {
    v.is_sorted_by(|a, b| compare(b, a) != Ordering::Less)
}

/// The places of `count` different items at `from` or behind, in the order of their items: one item out of each of `count` equal
/// intervals, at a pseudo-random place, so that no regular pattern in the input meets a pattern in the sample.
fn sample<T, F: Fn(&T, &T) -> Ordering>(v: &[T], from: usize, count: usize, compare: &F) -> Vec<usize> {
    let interval = (v.len() - from) / count;
    let mut state = v.len() as u64 | 1;
    let mut places: Vec<usize> = (0..count)
        .map(|i| {
            // Marsaglia's xorshift.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            from + i * interval + (state % interval as u64) as usize
        })
        .collect();
    places.sort_unstable_by(|&a, &b| compare(&v[a], &v[b]));
    places
}
