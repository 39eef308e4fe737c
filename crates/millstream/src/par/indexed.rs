//! The methods of parallel iterators that know how many items they have.

use super::adapt::pair::{Enumerate, Zip};
use super::contract::{IndexedSource, len_of};
use super::into::IntoParallelIterator;

/// A parallel iterator that knows how many items it has, and which is where.
pub trait IndexedParallelIterator: IndexedSource {
    /// Pairs each item with its index.
    fn enumerate(self) -> Enumerate<Self> {
        len_of(&self);
        Enumerate { base: self }
    }

    /// Pairs each item with the one of `other` at the same index.
    fn zip<Z: IntoParallelIterator<Iter: IndexedSource>>(self, other: Z) -> Zip<Self, Z::Iter> {
        let right = other.into_par_iter();
        len_of(&self);
        len_of(&right);
        Zip { left: self, right }
    }
}

impl<S: IndexedSource> IndexedParallelIterator for S {}
