//! What slices can do in parallel beyond `par_iter`.

use std::cmp::Ordering;

use super::source::chunks::{Chunks, ChunksExact, ChunksExactMut, ChunksMut, RChunks, RChunksMut, Windows};
use crate::sort;

/// Parallel iterators over parts of a shared slice.
pub trait ParallelSlice<T: Sync> {
    /// The slice.
    #[doc(hidden)]
    fn as_parallel_slice(&self) -> &[T];

    /// Chunks of `size` items from the front; the last one may be shorter.
    ///
    /// # Panics
    /// If `size` is 0.
    /// # Examples
    /// ```
    /// use millstream::prelude::*;
    /// let sums: Vec<i32> = [1, 2, 3, 4, 5].par_chunks(2).map(|c| c.iter().sum()).collect();
    /// assert_eq!(sums, [3, 7, 5]);
    /// ```
    fn par_chunks(&self, size: usize) -> Chunks<'_, T> {
        Chunks::new(self.as_parallel_slice(), size)
    }

    /// Chunks of exactly `size` items; what is left over is `remainder()`.
    ///
    /// # Panics
    /// If `size` is 0.
    /// # Examples
    /// ```
    /// use millstream::prelude::*;
    /// let chunks = [1, 2, 3, 4, 5].par_chunks_exact(2).remainder() == [5];
    /// assert!(chunks);
    /// ```
    fn par_chunks_exact(&self, size: usize) -> ChunksExact<'_, T> {
        ChunksExact::new(self.as_parallel_slice(), size)
    }

    /// Chunks of `size` items counted from behind; the last one (at the front) may be shorter.
    ///
    /// # Panics
    /// If `size` is 0.
    /// # Examples
    /// ```
    /// use millstream::prelude::*;
    /// let chunks: Vec<Vec<i32>> = [1, 2, 3].par_rchunks(2).map(|c| c.to_vec()).collect();
    /// assert_eq!(chunks, [vec![2, 3], vec![1]]);
    /// ```
    fn par_rchunks(&self, size: usize) -> RChunks<'_, T> {
        RChunks::new(self.as_parallel_slice(), size)
    }

    /// All runs of `size` items next to each other.
    ///
    /// # Panics
    /// If `size` is 0.
    /// # Examples
    /// ```
    /// use millstream::prelude::*;
    /// assert_eq!([1, 2, 4].par_windows(2).map(|w| w[1] - w[0]).max(), Some(2));
    /// ```
    fn par_windows(&self, size: usize) -> Windows<'_, T> {
        Windows::new(self.as_parallel_slice(), size)
    }
}

impl<T: Sync> ParallelSlice<T> for [T] {
    #[inline]
    fn as_parallel_slice(&self) -> &[T] {
        self
    }
}

/// Parallel iterators over parts of a mutable slice, and sorts.
pub trait ParallelSliceMut<T: Send> {
    /// The slice.
    #[doc(hidden)]
    fn as_parallel_slice_mut(&mut self) -> &mut [T];

    /// Mutable chunks of `size` items from the front; the last one may be shorter.
    ///
    /// # Panics
    /// If `size` is 0.
    /// # Examples
    /// ```
    /// use millstream::prelude::*;
    /// let mut v = [3, 1, 2, 0];
    /// v.par_chunks_mut(2).for_each(|c| c.sort());
    /// assert_eq!(v, [1, 3, 0, 2]);
    /// ```
    fn par_chunks_mut(&mut self, size: usize) -> ChunksMut<'_, T> {
        ChunksMut::new(self.as_parallel_slice_mut(), size)
    }

    /// Mutable chunks of exactly `size` items; what is left over is `into_remainder()`.
    ///
    /// # Panics
    /// If `size` is 0.
    /// # Examples
    /// ```
    /// use millstream::prelude::*;
    /// let mut v = [1, 2, 3];
    /// v.par_chunks_exact_mut(2).for_each(|c| c.swap(0, 1));
    /// assert_eq!(v, [2, 1, 3]);
    /// ```
    fn par_chunks_exact_mut(&mut self, size: usize) -> ChunksExactMut<'_, T> {
        ChunksExactMut::new(self.as_parallel_slice_mut(), size)
    }

    /// Mutable chunks of `size` items counted from behind; the last one (at the front) may be shorter.
    ///
    /// # Panics
    /// If `size` is 0.
    /// # Examples
    /// ```
    /// use millstream::prelude::*;
    /// let mut v = [1, 2, 3];
    /// v.par_rchunks_mut(2).for_each(|c| c.reverse());
    /// assert_eq!(v, [1, 3, 2]);
    /// ```
    fn par_rchunks_mut(&mut self, size: usize) -> RChunksMut<'_, T> {
        RChunksMut::new(self.as_parallel_slice_mut(), size)
    }

    /// Sorts the slice and keeps the order of equal items, as `sort` does.
    ///
    /// # Panics
    /// With a panic of `T::cmp`, or if it is not a total order (which is not always noticed); the slice then holds its
    /// items in some order. So do all sorts here.
    /// # Cost
    /// Buffers of half a mebibyte for each thread, beside those of std's sort for a part of the slice. Slices of up to
    /// 8192 items, and all slices in a pool of one thread, are sorted by std on the calling thread.
    /// # Examples
    /// ```
    /// use millstream::prelude::*;
    /// let mut v = vec![5, 4, 1, 3, 2];
    /// v.par_sort();
    /// assert_eq!(v, [1, 2, 3, 4, 5]);
    /// ```
    fn par_sort(&mut self)
    where
        T: Ord,
    {
        sort::sort_by(self.as_parallel_slice_mut(), &T::cmp);
    }

    /// Sorts the slice by `compare` and keeps the order of equal items, as `sort_by` does.
    ///
    /// # Panics
    /// As [`par_sort`](Self::par_sort) does.
    /// # Examples
    /// ```
    /// use millstream::prelude::*;
    /// let mut v = [0.5, -2.0, 1.5f64];
    /// v.par_sort_by(|a, b| b.total_cmp(a));
    /// assert_eq!(v, [1.5, 0.5, -2.0]);
    /// ```
    fn par_sort_by<F>(&mut self, compare: F)
    where
        F: Fn(&T, &T) -> Ordering + Sync,
    {
        sort::sort_by(self.as_parallel_slice_mut(), &compare);
    }

    /// Sorts the slice by a key and keeps the order of items with equal keys, as `sort_by_key` does. The key is made
    /// at every comparison.
    ///
    /// # Panics
    /// As [`par_sort`](Self::par_sort) does.
    /// # Examples
    /// ```
    /// use millstream::prelude::*;
    /// let mut v = ["ccc", "b", "aa", "a"];
    /// v.par_sort_by_key(|word| word.len());
    /// assert_eq!(v, ["b", "a", "aa", "ccc"]);
    /// ```
    fn par_sort_by_key<K, F>(&mut self, key: F)
    where
        K: Ord,
        F: Fn(&T) -> K + Sync,
    {
        sort::sort_by(self.as_parallel_slice_mut(), &|a, b| key(a).cmp(&key(b)));
    }

    /// Sorts the slice by a key that is made once for each item, and keeps the order of items with equal keys, as
    /// `sort_by_cached_key` does.
    ///
    /// # Panics
    /// With a panic of `key` or of the keys' comparison; the slice is then as it was.
    /// # Cost
    /// Two buffers of a key and an index for each item.
    /// # Examples
    /// ```
    /// use millstream::prelude::*;
    /// let mut v = [10, 9, 100];
    /// v.par_sort_by_cached_key(|number| number.to_string());
    /// assert_eq!(v, [10, 100, 9]);
    /// ```
    fn par_sort_by_cached_key<K, F>(&mut self, key: F)
    where
        K: Ord + Send,
        F: Fn(&T) -> K + Sync,
    {
        sort::sort_by_cached_key(self.as_parallel_slice_mut(), &key);
    }

    /// Sorts the slice, not necessarily keeping the order of equal items, as `sort_unstable` does.
    ///
    /// # Panics
    /// As [`par_sort`](Self::par_sort) does.
    /// # Cost
    /// In place, but for items of more than 1 KiB, which are sorted by way of pointers. Slices of up to 8192 items,
    /// and all slices in a pool of one thread, are sorted by std on the calling thread.
    /// # Examples
    /// ```
    /// use millstream::prelude::*;
    /// let mut v: Vec<u64> = (0..100_000).map(|i| i * 7919 % 100_000).collect();
    /// v.par_sort_unstable();
    /// assert!(v.is_sorted());
    /// ```
    fn par_sort_unstable(&mut self)
    where
        T: Ord,
    {
        sort::sort_unstable_by(self.as_parallel_slice_mut(), &T::cmp);
    }

    /// Sorts the slice by `compare`, not necessarily keeping the order of equal items, as `sort_unstable_by` does.
    ///
    /// # Panics
    /// As [`par_sort`](Self::par_sort) does.
    /// # Examples
    /// ```
    /// use millstream::prelude::*;
    /// let mut v = [3, 1, 2];
    /// v.par_sort_unstable_by(|a, b| b.cmp(a));
    /// assert_eq!(v, [3, 2, 1]);
    /// ```
    fn par_sort_unstable_by<F>(&mut self, compare: F)
    where
        F: Fn(&T, &T) -> Ordering + Sync,
    {
        sort::sort_unstable_by(self.as_parallel_slice_mut(), &compare);
    }

    /// Sorts the slice by a key, not necessarily keeping the order of items with equal keys, as `sort_unstable_by_key`
    /// does. The key is made at every comparison.
    ///
    /// # Panics
    /// As [`par_sort`](Self::par_sort) does.
    /// # Examples
    /// ```
    /// use millstream::prelude::*;
    /// let mut v = [-3, 1, 2];
    /// v.par_sort_unstable_by_key(|number| i32::abs(*number));
    /// assert_eq!(v, [1, 2, -3]);
    /// ```
    fn par_sort_unstable_by_key<K, F>(&mut self, key: F)
    where
        K: Ord,
        F: Fn(&T) -> K + Sync,
    {
        sort::sort_unstable_by(self.as_parallel_slice_mut(), &|a, b| key(a).cmp(&key(b)));
    }
}

impl<T: Send> ParallelSliceMut<T> for [T] {
    #[inline]
    fn as_parallel_slice_mut(&mut self) -> &mut [T] {
        self
    }
}
