//! What a parallel iterator can be collected into.

use super::consume::write::collect_vec;
use super::into::IntoParallelIterator;

/// What can be made from a parallel iterator; see [`collect`](super::ParallelIterator::collect).
pub trait FromParallelIterator<T: Send>: Sized {
    /// Makes it, in the order of the items.
    fn from_par_iter<I: IntoParallelIterator<Item = T>>(items: I) -> Self;
}

impl<T: Send> FromParallelIterator<T> for Vec<T> {
    fn from_par_iter<I: IntoParallelIterator<Item = T>>(items: I) -> Self {
        collect_vec(items.into_par_iter())
    }
}
