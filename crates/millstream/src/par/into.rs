//! What can be iterated in parallel.

use super::contract::Source;

/// What turns into a parallel iterator by value.
pub trait IntoParallelIterator {
    /// What is iterated over.
    type Item: Send;
    /// The parallel iterator.
    type Iter: Source<Item = Self::Item>;
    /// The parallel iterator over `self`.
    ///
    /// # Examples
    /// ```
    /// use millstream::prelude::*;
    /// assert_eq!((1..=4).into_par_iter().sum::<i32>(), 10);
    /// ```
    fn into_par_iter(self) -> Self::Iter;
}

impl<S: Source> IntoParallelIterator for S {
    type Item = S::Item;
    type Iter = S;
    fn into_par_iter(self) -> S {
        self
    }
}

/// What can be iterated in parallel by shared reference.
pub trait IntoParallelRefIterator<'data> {
    /// Mostly `&'data T`.
    type Item: Send + 'data;
    /// The parallel iterator.
    type Iter: Source<Item = Self::Item>;
    /// The parallel iterator over references into `self`.
    ///
    /// # Examples
    /// ```
    /// use millstream::prelude::*;
    /// assert_eq!([1, 2, 3].par_iter().max(), Some(&3));
    /// ```
    fn par_iter(&'data self) -> Self::Iter;
}

impl<'data, C: ?Sized + 'data> IntoParallelRefIterator<'data> for C
where
    &'data C: IntoParallelIterator,
{
    type Item = <&'data C as IntoParallelIterator>::Item;
    type Iter = <&'data C as IntoParallelIterator>::Iter;
    fn par_iter(&'data self) -> Self::Iter {
        self.into_par_iter()
    }
}

/// What can be iterated in parallel by mutable reference.
pub trait IntoParallelRefMutIterator<'data> {
    /// Mostly `&'data mut T`.
    type Item: Send + 'data;
    /// The parallel iterator.
    type Iter: Source<Item = Self::Item>;
    /// The parallel iterator over mutable references into `self`.
    ///
    /// # Examples
    /// ```
    /// use millstream::prelude::*;
    /// let mut v = [1, 2, 3];
    /// v.par_iter_mut().for_each(|x| *x *= 10);
    /// assert_eq!(v, [10, 20, 30]);
    /// ```
    fn par_iter_mut(&'data mut self) -> Self::Iter;
}

impl<'data, C: ?Sized + 'data> IntoParallelRefMutIterator<'data> for C
where
    &'data mut C: IntoParallelIterator,
{
    type Item = <&'data mut C as IntoParallelIterator>::Item;
    type Iter = <&'data mut C as IntoParallelIterator>::Iter;
    fn par_iter_mut(&'data mut self) -> Self::Iter {
        self.into_par_iter()
    }
}
