//! Moving the items that satisfy a predicate in front of those that do not.
//!
//! [`partition`] does it on one thread, [`partition_by_shares`] on several: each share of the work partitions a chunk of
//! the slice, then what lies on the wrong side of the final cut (a quarter of random items) is swapped with its counterpart. Copying
//! blocks from both ends through the cache, so that nearly nothing is left to swap, was 1.6 times slower.
//!
//! Whatever the predicate does (panic, contradict itself), the slice stays a permutation of its items.

use std::mem::{ManuallyDrop, take};
use std::ops::Range;
use std::ptr;

use super::moves::{SWAP_MIN, swap_slices};
use crate::pool::join;

/// Moves the items for which `pred` holds to the front and returns how many there are.
pub(super) fn partition<T, P: FnMut(&T) -> bool>(v: &mut [T], pred: P) -> usize {
    // At 24 bytes 1.0 ns an item against 4.1 for swapping, at 64 bytes 3.1 against 4.0, at 128 bytes 6.1 against 4.6; a
    // `String` 3.9 against 11 (a million random items, CPU time).
    if size_of::<T>() <= 64 { partition_branchless(v, pred) } else { partition_swapping(v, pred) }
}

/// An item taken out of its slice, and the one slot of the slice that holds no item of its own.
///
/// Invariant: `slot` is valid for writes and what it holds is a stale copy of an item that lives elsewhere in
/// the slice, or of `item`. Dropping the gap puts `item` there, which makes the slice whole again: at the end
/// as well as while the predicate's panic unwinds.
struct Gap<T> {
    item: ManuallyDrop<T>,
    slot: *mut T,
}

impl<T> Drop for Gap<T> {
    fn drop(&mut self) {
        // SAFETY: `slot` is writable and holds nothing of its own (the invariant); `item` lies outside the slice.
        unsafe { ptr::copy_nonoverlapping(&raw const *self.item, self.slot, 1) };
    }
}

/// Lomuto's scheme as a cyclic permutation: two moves an item and no branch on the predicate.
/// (Orson Peters and Lukas Bergdoll, "Branchless Lomuto partitioning", 2023.)
fn partition_branchless<T, P: FnMut(&T) -> bool>(v: &mut [T], mut pred: P) -> usize {
    let len = v.len();
    if len == 0 {
        return 0;
    }
    let base = v.as_mut_ptr();
    // SAFETY: the slice is not empty; the gap owns the item from here on and puts it back.
    let item = ManuallyDrop::new(unsafe { ptr::read(base) });
    let mut gap = Gap { item, slot: base };
    // Invariant: slots 0..front hold items that satisfy, front..slot those that do not, slot is the gap,
    // and everything behind it has not been looked at.
    let mut front = 0;
    let mut step = |at: usize, gap: &mut Gap<T>| {
        // SAFETY: `at < len`.
        let next = unsafe { base.add(at) };
        // SAFETY: `next` lies behind the gap, so it holds an item of its own.
        let holds = pred(unsafe { &*next });
        // SAFETY: `front` counts items seen before `at`, so it is less than `at`.
        let first_other = unsafe { base.add(front) };
        // SAFETY: both slots are in the slice; the gap holds nothing. (They may be the same slot.)
        unsafe { ptr::copy(first_other, gap.slot, 1) };
        // SAFETY: `front < at`, so the slots differ; `first_other` was copied away or is the gap itself.
        unsafe { ptr::copy_nonoverlapping(next, first_other, 1) };
        gap.slot = next;
        front += usize::from(holds);
    };
    let mut at = 1;
    while at + 4 <= len {
        step(at, &mut gap);
        step(at + 1, &mut gap);
        step(at + 2, &mut gap);
        step(at + 3, &mut gap);
        at += 4;
    }
    while at < len {
        step(at, &mut gap);
        at += 1;
    }
    let holds = pred(&gap.item);
    // SAFETY: `front` counts items among the `len - 1` seen before, so it is less than `len`.
    let first_other = unsafe { base.add(front) };
    // SAFETY: both slots are in the slice; the gap holds nothing. (They may be the same slot.)
    unsafe { ptr::copy(first_other, gap.slot, 1) };
    gap.slot = first_other;
    front + usize::from(holds)
}

/// Hoare's scheme with swaps: an item already on its side is not moved, and none passes over the stack.
fn partition_swapping<T, P: FnMut(&T) -> bool>(v: &mut [T], mut pred: P) -> usize {
    let (mut front, mut back) = (0, v.len());
    loop {
        while front < back && pred(&v[front]) {
            front += 1;
        }
        while front < back && !pred(&v[back - 1]) {
            back -= 1;
        }
        if front == back {
            return front;
        }
        // Both loops stopped early: the two are different items, each on the other's side.
        back -= 1;
        v.swap(front, back);
        front += 1;
    }
}

/// A chunk after its share is done: `all.start..middle` satisfies, the rest does not. Counted in items of the whole slice.
#[derive(Clone, Default)]
struct Piece {
    all: Range<usize>,
    middle: usize,
}

/// Moves the items for which `pred` holds to the front and returns how many there are, in as many shares as there
/// are `pivots`: each share has a pivot of its own, so that items are never looked at by two threads at a time and
/// need not be `Sync`.
///
/// With different pivots there is no clean cut: an item in front satisfies *some* pivot's predicate, one behind
/// fails some pivot's.
pub(super) fn partition_by_shares<T, P>(v: &mut [T], pivots: &mut [T], pred: &P) -> usize
where
    T: Send,
    P: Fn(&T, &T) -> bool + Sync,
{
    let mut pieces = vec![Piece::default(); pivots.len()];
    run_shares(v, 0, pivots, &mut pieces, pred);
    swap_misplaced(v, &pieces)
}

/// Partitions as many chunks of `v`, which begins at place `at`, as there are pivots and pieces.
fn run_shares<T, P>(v: &mut [T], at: usize, pivots: &mut [T], pieces: &mut [Piece], pred: &P)
where
    T: Send,
    P: Fn(&T, &T) -> bool + Sync,
{
    if let [pivot] = pivots {
        let holding = partition(v, |item| pred(item, pivot));
        pieces[0] = Piece { all: at..at + v.len(), middle: at + holding };
        return;
    }
    let half = pivots.len() / 2;
    let cut = v.len() / pivots.len() * half;
    let (v, v_rest) = v.split_at_mut(cut);
    let (pivots, pivots_rest) = pivots.split_at_mut(half);
    let (pieces, pieces_rest) = pieces.split_at_mut(half);
    join(
        || run_shares(v, at, pivots, pieces, pred),
        || run_shares(v_rest, at + cut, pivots_rest, pieces_rest, pred),
    );
}

/// Swaps what the pieces left on the wrong side of the final cut, which it returns.
fn swap_misplaced<T: Send>(v: &mut [T], pieces: &[Piece]) -> usize {
    let cut: usize = pieces.iter().map(|piece| piece.middle - piece.all.start).sum();
    let (mut front, mut back) = v.split_at_mut(cut);
    let (mut front_at, mut back_at) = (0, cut);
    let (mut in_front, mut behind) = (Vec::new(), Vec::new());
    for piece in pieces {
        let wrong = piece.middle..piece.all.end.min(cut);
        if !wrong.is_empty() {
            in_front.push(cut_out(&mut front, &mut front_at, wrong));
        }
        let wrong = piece.all.start.max(cut)..piece.middle;
        if !wrong.is_empty() {
            behind.push(cut_out(&mut back, &mut back_at, wrong));
        }
    }
    let mut pairs = Vec::with_capacity(in_front.len() + behind.len());
    let (mut x, mut y): (&mut [T], &mut [T]) = (&mut [], &mut []);
    let (mut in_front, mut behind) = (in_front.into_iter(), behind.into_iter());
    loop {
        if x.is_empty() {
            // Both sides miss equally many, so they end together.
            let Some(next) = in_front.next() else { break };
            x = next;
        }
        if y.is_empty() {
            let Some(next) = behind.next() else { break };
            y = next;
        }
        let count = x.len().min(y.len());
        let (x_now, x_rest) = take(&mut x).split_at_mut(count);
        let (y_now, y_rest) = take(&mut y).split_at_mut(count);
        pairs.push((x_now, y_now));
        (x, y) = (x_rest, y_rest);
    }
    swap_pairs(&mut pairs);
    cut
}

/// Takes `range` out of `rest`, which begins at `at` and afterwards at the range's end.
fn cut_out<'v, T>(rest: &mut &'v mut [T], at: &mut usize, range: Range<usize>) -> &'v mut [T] {
    let (_, behind) = take(rest).split_at_mut(range.start - *at);
    let (out, behind) = behind.split_at_mut(range.len());
    *rest = behind;
    *at = range.end;
    out
}

fn swap_pairs<T: Send>(pairs: &mut [(&mut [T], &mut [T])]) {
    match pairs {
        [] => {}
        [(x, y)] => swap_slices(x, y),
        _ if pairs.iter().map(|(x, _)| x.len()).sum::<usize>() < SWAP_MIN => {
            for (x, y) in pairs {
                x.swap_with_slice(y);
            }
        }
        _ => {
            let (some, others) = pairs.split_at_mut(pairs.len() / 2);
            join(|| swap_pairs(some), || swap_pairs(others));
        }
    }
}
