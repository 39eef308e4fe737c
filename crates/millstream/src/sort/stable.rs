//! Merge sort: halves are sorted (leaves by std's stable sort), then merged in place by several threads.
//!
//! A merge first drops what is in place already: the start of the left run that no item of the right one precedes,
//! the end of the right run that no item of the left one follows (sorted and concatenated inputs end here). A long rest is cut in two
//! by a *merge path* (Odeh, Green, Mwassi, Shmueli, Birk 2012): the place in each run up to which its items come into the first half of the result.
//!
//! ```text
//! L0 L1 | R0 R1   ->   L0 R0 | L1 R1      L1 and R0 are equally long if the result is cut where the runs meet
//! ```
//!
//! After the swap both halves are merges of their own, with disjoint parts of the slice. What is short enough is copied
//! to a small buffer and merged from there, so no buffer of the whole slice's size has to be touched for the first time.

use std::array::from_fn;
use std::cmp::Ordering;
use std::mem::forget;
use std::ops::Range;
use std::ptr;

use super::moves::swap_slices;
use crate::pool::join;

/// Leaves for each thread.
const LEAVES_PER_THREAD: usize = 2;
/// No leaf is smaller, in items.
const LEAF_MIN: usize = if cfg!(test) { 16 } else { 4096 };
/// Merges up to this size are left to one thread and one buffer.
const MERGE_BYTES: usize = if cfg!(test) { 64 } else { 512 * 1024 };
/// No merge of fewer items is cut.
const MERGE_MIN: usize = if cfg!(test) { 8 } else { 4 * 1024 };
/// In how many parts a merge on one thread runs at the same time.
const CHAINS: usize = 2;

/// Sorts `v`; its caller has seen to runs and small slices.
pub(super) fn merge_sort<T, F>(v: &mut [T], compare: &F, threads: usize)
where
    T: Send,
    F: Fn(&T, &T) -> Ordering + Sync,
{
    let plan = Plan {
        leaf: v.len().div_ceil(threads * LEAVES_PER_THREAD).max(LEAF_MIN),
        merge: (MERGE_BYTES / size_of::<T>().max(1)).max(MERGE_MIN),
    };
    plan.sort(v, compare);
}

#[derive(Clone, Copy)]
struct Plan {
    /// Slices up to this length are left to std.
    leaf: usize,
    /// Merges up to this length are left to one thread.
    merge: usize,
}

impl Plan {
    fn sort<T, F>(self, v: &mut [T], compare: &F)
    where
        T: Send,
        F: Fn(&T, &T) -> Ordering + Sync,
    {
        if v.len() <= self.leaf {
            v.sort_by(compare);
            return;
        }
        let middle = v.len() / 2;
        let (left, right) = v.split_at_mut(middle);
        join(|| self.sort(left, compare), || self.sort(right, compare));
        self.merge(v, middle, compare);
    }

    /// Merges the runs `..middle` and `middle..`.
    fn merge<T, F>(self, v: &mut [T], middle: usize, compare: &F)
    where
        T: Send,
        F: Fn(&T, &T) -> Ordering + Sync,
    {
        let Some((v, middle)) = without_placed(v, middle, compare) else { return };
        if v.len() <= self.merge {
            return merge_serial(v, middle, compare);
        }
        // Cut where the runs meet, unless that is too near to an end.
        let shorter = middle.min(v.len() - middle);
        let cut = if shorter >= v.len() / 8 { middle } else { v.len() / 2 };
        let (left, right) = v.split_at(middle);
        let from_left = merge_path(left, right, cut, compare);
        let from_right = cut - from_left;
        if cut == middle {
            let (left, right) = v.split_at_mut(middle);
            swap_slices(&mut left[from_left..], &mut right[..from_right]);
        } else {
            v[from_left..middle + from_right].rotate_left(middle - from_left);
        }
        let (first, second) = v.split_at_mut(cut);
        join(|| self.merge(first, from_left, compare), || self.merge(second, middle - from_left, compare));
    }
}

/// The part of `v` that a merge has to move, with the place where the second run begins in it; none if nothing moves.
fn without_placed<'v, T, F>(v: &'v mut [T], middle: usize, compare: &F) -> Option<(&'v mut [T], usize)>
where
    F: Fn(&T, &T) -> Ordering,
{
    if middle == 0 || middle == v.len() {
        return None;
    }
    let (left, right) = v.split_at(middle);
    let (left_last, right_first) = (&left[middle - 1], &right[0]);
    if compare(right_first, left_last) != Ordering::Less {
        return None;
    }
    let placed = left.partition_point(|item| compare(right_first, item) != Ordering::Less);
    let end = middle + right.partition_point(|item| compare(item, left_last) == Ordering::Less);
    // A comparator that contradicts itself may have put all of a run aside.
    (placed < middle && middle < end).then(|| (&mut v[placed..end], middle - placed))
}

/// How many items of the run `left` are among the first `cut` items of its merge with `right`.
fn merge_path<T, F: Fn(&T, &T) -> Ordering>(left: &[T], right: &[T], cut: usize, compare: &F) -> usize {
    // At least what the right run cannot fill; at most the cut, or all.
    let (mut low, mut high) = (cut.saturating_sub(right.len()), cut.min(left.len()));
    while low < high {
        let from_left = low + (high - low) / 2;
        // Equal items go left first: `left[from_left]` is in the first part if the item it would displace is not less.
        if compare(&right[cut - from_left - 1], &left[from_left]) != Ordering::Less {
            low = from_left + 1;
        } else {
            high = from_left;
        }
    }
    low
}

/// Merges the runs `..middle` and `middle..` on this thread, from a copy.
///
/// Each step of a merge waits for the one before it, which leaves most of a core idle; so the result is cut
/// into [`CHAINS`] parts whose steps alternate.
fn merge_serial<T, F: Fn(&T, &T) -> Ordering>(v: &mut [T], middle: usize, compare: &F) {
    let len = v.len();
    let (mut left_at, mut right_at) = (0, middle);
    let parts: [Part; CHAINS] = from_fn(|chain| {
        let out = len * chain / CHAINS..len * (chain + 1) / CHAINS;
        // From where the part before ended, so that the parts fit together even if the comparator contradicts itself.
        let from_left = merge_path(&v[left_at..middle], &v[right_at..], out.len(), compare);
        let part = Part {
            left: left_at..left_at + from_left,
            right: right_at..right_at + out.len() - from_left,
            out: out.start,
        };
        (left_at, right_at) = (part.left.end, part.right.end);
        part
    });
    let mut buffer = Vec::<T>::with_capacity(len);
    let slots = buffer.as_mut_ptr();
    let items = v.as_mut_ptr();
    // SAFETY: the buffer has `len` slots and is no part of the slice.
    unsafe { ptr::copy_nonoverlapping(items, slots, len) };
    // From here on the items live in the buffer (which drops none, being empty to itself) until each is in its new place.
    let restore = Restore { from: slots, to: items, len };
    // SAFETY: the parts lie within `len`, which is the length of both.
    let mut chains = parts.map(|part| unsafe { Chain::new(slots, items, part) });
    loop {
        let steps = chains.iter().map(Chain::sure_steps).min().unwrap_or(0);
        if steps == 0 {
            break;
        }
        for _ in 0..steps {
            for chain in &mut chains {
                // SAFETY: every chain has as many sure steps or more.
                unsafe { chain.step(compare) };
            }
        }
    }
    for mut chain in chains {
        chain.finish(compare);
    }
    // Every item was copied to its place, once.
    forget(restore);
}

/// Puts all items back from the buffer as they lay before, when the comparator's panic unwinds.
struct Restore<T> {
    from: *const T,
    to: *mut T,
    len: usize,
}

impl<T> Drop for Restore<T> {
    fn drop(&mut self) {
        // SAFETY: `merge_serial` makes it from a slice and its complete copy in a buffer that lives longer.
        unsafe { ptr::copy_nonoverlapping(self.from, self.to, self.len) };
    }
}

/// What one chain merges: places in the copy, and the place of its first result.
struct Part {
    left: Range<usize>,
    right: Range<usize>,
    out: usize,
}

/// A merge under way.
///
/// Invariant: `left..left_end` and `right..right_end` are items in the buffer; at `out` there is room in the slice for
/// as many as both.
struct Chain<T> {
    left: *const T,
    left_end: *const T,
    right: *const T,
    right_end: *const T,
    out: *mut T,
}

impl<T> Chain<T> {
    /// # Safety
    /// * `part` lies within the items at `from`, and its results within the slots at `to`.
    /// * Both are valid as long as the chain is used, apart from each other, and nobody else writes there.
    unsafe fn new(from: *const T, to: *mut T, part: Part) -> Self {
        // SAFETY: within the items, by the first promise.
        let at = |place| unsafe { from.add(place) };
        // SAFETY: within the slots, by the first promise.
        let out = unsafe { to.add(part.out) };
        Chain {
            left: at(part.left.start),
            left_end: at(part.left.end),
            right: at(part.right.start),
            right_end: at(part.right.end),
            out,
        }
    }

    fn left_len(&self) -> usize {
        // SAFETY: both in one buffer, in this order (the invariant).
        unsafe { self.left_end.offset_from_unsigned(self.left) }
    }

    fn right_len(&self) -> usize {
        // SAFETY: both in one buffer, in this order (the invariant).
        unsafe { self.right_end.offset_from_unsigned(self.right) }
    }

    /// So many steps cannot use up either run.
    fn sure_steps(&self) -> usize {
        self.left_len().min(self.right_len())
    }

    /// Moves the next item to its place.
    ///
    /// # Safety
    /// Neither run is empty.
    #[inline(always)]
    unsafe fn step<F: Fn(&T, &T) -> Ordering>(&mut self, compare: &F) {
        // SAFETY: the left run is not empty.
        let left = unsafe { &*self.left };
        // SAFETY: the right run is not empty.
        let right = unsafe { &*self.right };
        let take_right = compare(right, left) == Ordering::Less;
        let next = if take_right { self.right } else { self.left };
        // SAFETY: an item, and a slot that is free (the invariant), in different allocations.
        unsafe { ptr::copy_nonoverlapping(next, self.out, 1) };
        // SAFETY: at most to the run's end.
        self.left = unsafe { self.left.add(usize::from(!take_right)) };
        // SAFETY: at most to the run's end.
        self.right = unsafe { self.right.add(usize::from(take_right)) };
        // SAFETY: there was room for the item.
        self.out = unsafe { self.out.add(1) };
    }

    /// Moves all that is left.
    fn finish<F: Fn(&T, &T) -> Ordering>(&mut self, compare: &F) {
        loop {
            let steps = self.sure_steps();
            if steps == 0 {
                break;
            }
            for _ in 0..steps {
                // SAFETY: so many steps are sure.
                unsafe { self.step(compare) };
            }
        }
        let (left_len, right_len) = (self.left_len(), self.right_len());
        // SAFETY: there is room for all items of both runs (the invariant).
        unsafe { ptr::copy_nonoverlapping(self.left, self.out, left_len) };
        // SAFETY: as above. One of the runs is empty.
        unsafe { ptr::copy_nonoverlapping(self.right, self.out, right_len) };
    }
}
