//! What slices can do in parallel beyond `par_iter`.

use super::source::chunks::{Chunks, ChunksExact, ChunksExactMut, ChunksMut, RChunks, RChunksMut, Windows};

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

/// Parallel iterators over parts of a mutable slice.
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
}

impl<T: Send> ParallelSliceMut<T> for [T] {
    #[inline]
    fn as_parallel_slice_mut(&mut self) -> &mut [T] {
        self
    }
}
