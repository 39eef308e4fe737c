//! Moving the items that satisfy a predicate in front of those that do not.
//!
//! [`partition`] does it on one thread, [`partition_by_shares`] on several: the slice is cut into pairs of
//! chunks, one from each end; each share of the work partitions its pair across both chunks, so that on most
//! inputs nearly everything already lies on its final side, and what does not is swapped at the end.
//!
//! Whatever the predicate does (panic, contradict itself), the slice stays a permutation of its items.

use std::mem::{ManuallyDrop, take};
use std::ops::Range;
use std::ptr;

use super::moves::{SWAP_MIN, swap_slices};
use crate::pool::join;

/// Items in one block of a chunk pair: both blocks stay in the first-level cache while they are
/// partitioned and swapped.
const BLOCK: usize = if cfg!(test) { 4 } else { 1024 };

/// Moves the items for which `pred` holds to the front and returns how many there are.
pub(super) fn partition<T, P: FnMut(&T) -> bool>(v: &mut [T], pred: P) -> usize {
    // Like std: moving two words twice costs less than a mispredicted branch, moving more does not.
    if size_of::<T>() <= 2 * size_of::<usize>() {
        partition_branchless(v, pred)
    } else {
        partition_swapping(v, pred)
    }
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

/// Partitions the concatenation of `a` and `b`: afterwards `a[..i]` and `b[..j]` satisfy, `a[i..]` and `b[j..]` do
/// not, and `a` is full (`i == a.len()`) or `b` is empty (`j == 0`). Returns `(i, j)`.
fn partition_pair<T, P: FnMut(&T) -> bool>(a: &mut [T], b: &mut [T], mut pred: P) -> (usize, usize) {
    // a: ..a_wrong.start satisfy, a_wrong does not, behind it unseen. b: unseen, then b_wrong satisfies, behind it not.
    let mut a_wrong = 0..0;
    let mut b_wrong = b.len()..b.len();
    loop {
        if a_wrong.is_empty() {
            let block = a_wrong.end..(a_wrong.end + BLOCK).min(a.len());
            if block.is_empty() {
                return (a.len(), partition(&mut b[..b_wrong.end], pred));
            }
            let holding = partition(&mut a[block.clone()], &mut pred);
            a_wrong = block.start + holding..block.end;
        }
        if b_wrong.is_empty() {
            let block = b_wrong.start.saturating_sub(BLOCK)..b_wrong.start;
            if block.is_empty() {
                return (a_wrong.start + partition(&mut a[a_wrong.start..], pred), 0);
            }
            let holding = partition(&mut b[block.clone()], &mut pred);
            b_wrong = block.start..block.start + holding;
        }
        let count = a_wrong.len().min(b_wrong.len());
        a[a_wrong.start..][..count].swap_with_slice(&mut b[b_wrong.end - count..b_wrong.end]);
        a_wrong.start += count;
        b_wrong.end -= count;
    }
}

/// A chunk after its share is done: `all.start..middle` satisfies, the rest does not. Counted in items of the whole slice.
#[derive(Clone, Default)]
struct Piece {
    all: Range<usize>,
    middle: usize,
}

/// One share of the work: a chunk from each end, both with their place in the whole slice.
struct Share<'v, T> {
    a: &'v mut [T],
    a_at: usize,
    b: &'v mut [T],
    b_at: usize,
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
    let mut pieces = vec![Piece::default(); 2 * pivots.len()];
    let (a_pieces, b_pieces) = pieces.split_at_mut(pivots.len());
    let middle = v.len() / 2;
    let (a, b) = v.split_at_mut(middle);
    run_shares(Share { a, a_at: 0, b, b_at: middle }, pivots, a_pieces, b_pieces, pred);
    swap_misplaced(v, &pieces)
}

fn run_shares<T, P>(
    share: Share<'_, T>,
    pivots: &mut [T],
    a_pieces: &mut [Piece],
    b_pieces: &mut [Piece],
    pred: &P,
) where
    T: Send,
    P: Fn(&T, &T) -> bool + Sync,
{
    let Share { a, a_at, b, b_at } = share;
    if let [pivot] = pivots {
        let (i, j) = partition_pair(a, b, |item| pred(item, pivot));
        a_pieces[0] = Piece { all: a_at..a_at + a.len(), middle: a_at + i };
        b_pieces[0] = Piece { all: b_at..b_at + b.len(), middle: b_at + j };
        return;
    }
    let count = pivots.len() / 2;
    let part = |len: usize| (len as u128 * count as u128 / pivots.len() as u128) as usize;
    let (a_cut, b_cut) = (part(a.len()), b.len() - part(b.len()));
    let (a_outer, a_inner) = a.split_at_mut(a_cut);
    let (b_inner, b_outer) = b.split_at_mut(b_cut);
    let outer = Share { a: a_outer, a_at, b: b_outer, b_at: b_at + b_cut };
    let inner = Share { a: a_inner, a_at: a_at + a_cut, b: b_inner, b_at };
    let b_pieces_cut = b_pieces.len() - count;
    let (pivots_outer, pivots_inner) = pivots.split_at_mut(count);
    let (a_pieces_outer, a_pieces_inner) = a_pieces.split_at_mut(count);
    let (b_pieces_inner, b_pieces_outer) = b_pieces.split_at_mut(b_pieces_cut);
    join(
        || run_shares(outer, pivots_outer, a_pieces_outer, b_pieces_outer, pred),
        || run_shares(inner, pivots_inner, a_pieces_inner, b_pieces_inner, pred),
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
