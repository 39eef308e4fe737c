//! Moving items about without looking at them.

use crate::pool::join;

/// Slices shorter than this are swapped or reversed by one thread.
pub(super) const SWAP_MIN: usize = if cfg!(test) { 8 } else { 16 * 1024 };

/// Moves the item at `from[i]` to `i`, for all `i`; `from` is a permutation, and the identity afterwards.
pub(super) fn permute<T>(v: &mut [T], from: &mut [usize]) {
    for start in 0..v.len() {
        let mut at = start;
        loop {
            let next = std::mem::replace(&mut from[at], at);
            if next == start {
                break;
            }
            v.swap(at, next);
            at = next;
        }
    }
}

/// Turns `v` round.
pub(super) fn reverse<T: Send>(v: &mut [T]) {
    let middle = v.len() / 2;
    let (a, rest) = v.split_at_mut(middle);
    let b_at = rest.len() - middle;
    swap_mirrored(a, &mut rest[b_at..]);
}

/// Swaps the first of `a` with the last of `b`, and so on; they are equally long.
fn swap_mirrored<T: Send>(a: &mut [T], b: &mut [T]) {
    if a.len() < SWAP_MIN {
        for (x, y) in a.iter_mut().zip(b.iter_mut().rev()) {
            std::mem::swap(x, y);
        }
        return;
    }
    let cut = a.len() / 2;
    let b_cut = b.len() - cut;
    let (a_outer, a_inner) = a.split_at_mut(cut);
    let (b_inner, b_outer) = b.split_at_mut(b_cut);
    join(|| swap_mirrored(a_outer, b_outer), || swap_mirrored(a_inner, b_inner));
}

/// Swaps two equally long slices.
pub(super) fn swap_slices<T: Send>(a: &mut [T], b: &mut [T]) {
    if a.len() < SWAP_MIN {
        a.swap_with_slice(b);
        return;
    }
    let cut = a.len() / 2;
    let (a_first, a_second) = a.split_at_mut(cut);
    let (b_first, b_second) = b.split_at_mut(cut);
    join(|| swap_slices(a_first, b_first), || swap_slices(a_second, b_second));
}
