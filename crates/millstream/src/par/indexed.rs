//! The methods of parallel iterators that know how many items they have.

use super::adapt::cut::WithCut;
use super::adapt::pair::{Enumerate, Zip};
use super::adapt::part::{Rev, Skip, StepBy, Take};
use super::consume::pairs::unzip_into;
use super::consume::search::{position_any, position_first};
use super::consume::write::extend_vec;
use super::contract::{Cut, IndexedSource, Source, len_of};
use super::into::IntoParallelIterator;

/// A parallel iterator that knows how many items it has, and which is where. Every [`IndexedSource`] is one.
// Nobody asks a parallel iterator whether it is empty.
#[allow(clippy::len_without_is_empty)]
pub trait IndexedParallelIterator: IndexedSource {
    /// How many items there are.
    ///
    /// # Panics
    /// If a range of wide integers has more than `usize::MAX` items; so do all methods here.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!([1, 2, 3].par_iter().len(), 3);
    /// ```
    fn len(&self) -> usize {
        len_of(self)
    }

    /// Pairs each item with its index.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!(['a', 'b'].into_par_iter().enumerate().collect::<Vec<_>>(), [(0, 'a'), (1, 'b')]);
    /// ```
    fn enumerate(self) -> Enumerate<Self> {
        len_of(&self);
        Enumerate { base: self }
    }

    /// Pairs each item with the one of `other` at the same index, as far as both go.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!([1, 2].par_iter().zip(&[3, 4]).map(|(a, b)| a * b).sum::<i32>(), 11);
    /// ```
    fn zip<Z: IntoParallelIterator<Iter: IndexedSource>>(self, other: Z) -> Zip<Self, Z::Iter> {
        let right = other.into_par_iter();
        len_of(&self);
        len_of(&right);
        Zip { left: self, right }
    }

    /// [`zip`](Self::zip) of equal lengths.
    ///
    /// # Panics
    /// If the lengths differ.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!([1, 2].par_iter().zip_eq(&[3, 4]).count(), 2);
    /// ```
    fn zip_eq<Z: IntoParallelIterator<Iter: IndexedSource>>(self, other: Z) -> Zip<Self, Z::Iter> {
        let right = other.into_par_iter();
        let (left_len, right_len) = (len_of(&self), len_of(&right));
        assert_eq!(left_len, right_len, "zip_eq of different lengths");
        Zip { left: self, right }
    }

    /// The items from last to first.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!((0..3).into_par_iter().rev().collect::<Vec<_>>(), [2, 1, 0]);
    /// ```
    fn rev(self) -> Rev<Self> {
        len_of(&self);
        Rev { base: self }
    }

    /// The first `n` items.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!((0..9).into_par_iter().take(2).collect::<Vec<_>>(), [0, 1]);
    /// ```
    fn take(self, n: usize) -> Take<Self> {
        len_of(&self);
        Take { base: self, len: n }
    }

    /// All but the first `n` items, which are not even made.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!((0..4).into_par_iter().skip(2).collect::<Vec<_>>(), [2, 3]);
    /// ```
    fn skip(self, n: usize) -> Skip<Self> {
        len_of(&self);
        Skip { base: self, skipped: n }
    }

    /// Each `step`th item, beginning with the first.
    ///
    /// # Panics
    /// If `step` is 0.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!((0..9).into_par_iter().step_by(4).collect::<Vec<_>>(), [0, 4, 8]);
    /// ```
    fn step_by(self, step: usize) -> StepBy<Self> {
        assert!(step > 0, "a step of 0 never ends");
        len_of(&self);
        StepBy { base: self, step }
    }

    /// No thread takes fewer than `min` items at once (but for what is left at ends).
    ///
    /// Seldom needed: chunks grow by themselves until one lasts some microseconds.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!((0..9).into_par_iter().with_min_len(4).count(), 9);
    /// ```
    fn with_min_len(self, min: usize) -> WithCut<Self> {
        let cut = self.cut();
        let cut = Cut { min: cut.min.max(min), max: cut.max.max(min), ..cut };
        WithCut { base: self, cut }
    }

    /// No thread takes more than `max` items at once.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!((0..9).into_par_iter().with_max_len(1).count(), 9);
    /// ```
    fn with_max_len(self, max: usize) -> WithCut<Self> {
        let cut = self.cut();
        let max = max.max(1);
        let cut = Cut { min: cut.min.min(max), max: cut.max.min(max), ..cut };
        WithCut { base: self, cut }
    }

    /// The index of an item that `f` says yes to; stops as soon as one is found.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!([1, 5].par_iter().position_any(|x| *x == 5), Some(1));
    /// ```
    fn position_any<F: Fn(Self::Item) -> bool + Sync + Send>(self, f: F) -> Option<usize> {
        len_of(&self);
        position_any(self, f)
    }

    /// The index of the first item that `f` says yes to.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!([5, 5].par_iter().position_first(|x| *x == 5), Some(0));
    /// ```
    fn position_first<F: Fn(Self::Item) -> bool + Sync + Send>(self, f: F) -> Option<usize> {
        len_of(&self);
        position_first(self, f)
    }

    /// The index of the last item that `f` says yes to.
    /// ```
    /// # use millstream::prelude::*;
    /// assert_eq!([5, 5].par_iter().position_last(|x| *x == 5), Some(1));
    /// ```
    fn position_last<F: Fn(Self::Item) -> bool + Sync + Send>(self, f: F) -> Option<usize> {
        let last = len_of(&self).checked_sub(1)?;
        position_first(Rev { base: self }, f).map(|place| last - place)
    }

    /// All items, in place of those of `target`, whose memory is used again.
    ///
    /// After a panic `target` is empty.
    /// ```
    /// # use millstream::prelude::*;
    /// let mut v = vec![0; 9];
    /// (0..3).into_par_iter().collect_into_vec(&mut v);
    /// assert_eq!(v, [0, 1, 2]);
    /// ```
    fn collect_into_vec(self, target: &mut Vec<Self::Item>) {
        target.clear();
        extend_vec(target, self);
    }

    /// The left and right items of pairs, in place of those of two vectors.
    /// ```
    /// # use millstream::prelude::*;
    /// let (mut a, mut b) = (vec![], vec![]);
    /// [(1, 'x')].into_par_iter().unzip_into_vecs(&mut a, &mut b);
    /// assert_eq!((a, b), (vec![1], vec!['x']));
    /// ```
    fn unzip_into_vecs<A: Send, B: Send>(self, left: &mut Vec<A>, right: &mut Vec<B>)
    where
        Self: Source<Item = (A, B)>,
    {
        left.clear();
        right.clear();
        unzip_into(self, left, right);
    }
}

impl<S: IndexedSource> IndexedParallelIterator for S {}
