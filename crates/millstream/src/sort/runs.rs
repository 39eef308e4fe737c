//! Inputs that are one run: seen, and turned if they descend, by all threads.

use std::cmp::Ordering;

use super::moves::reverse;
use crate::pool::join;

/// Runs are looked for in parallel in pieces of this length.
pub(super) const RUN_PIECE: usize = if cfg!(test) { 16 } else { 16 * 1024 };

/// If `v` is one run, sorted or strictly descending, sorts it and returns true.
pub(super) fn finish_run<T, F>(v: &mut [T], compare: &F) -> bool
where
    T: Send,
    F: Fn(&T, &T) -> Ordering + Sync,
{
    let sorted = |a: &T, b: &T| compare(b, a) != Ordering::Less;
    let descending = |a: &T, b: &T| compare(b, a) == Ordering::Less;
    if sorted(&v[0], &v[1]) {
        is_run(v, &sorted)
    } else {
        let all = is_run(v, &descending);
        if all {
            reverse(v);
        }
        all
    }
}

/// Whether `fits` holds for all neighbours. Looks at the front alone first: most inputs are no run.
fn is_run<T, P>(v: &mut [T], fits: &P) -> bool
where
    T: Send,
    P: Fn(&T, &T) -> bool + Sync,
{
    if v.len() <= RUN_PIECE {
        return v.is_sorted_by(fits);
    }
    if !v[..RUN_PIECE].is_sorted_by(fits) {
        return false;
    }
    is_run_in_halves(&mut v[RUN_PIECE - 1..], fits)
}

fn is_run_in_halves<T, P>(v: &mut [T], fits: &P) -> bool
where
    T: Send,
    P: Fn(&T, &T) -> bool + Sync,
{
    if v.len() <= RUN_PIECE {
        return v.is_sorted_by(fits);
    }
    let middle = v.len() / 2;
    // Before the halves are looked at: a late break is most often found here.
    if !fits(&v[middle - 1], &v[middle]) {
        return false;
    }
    let (a, b) = v.split_at_mut(middle);
    let (a, b) = join(|| is_run_in_halves(a, fits), || is_run_in_halves(b, fits));
    a && b
}
