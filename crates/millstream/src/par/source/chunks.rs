//! Pieces of slices: chunks, exact chunks, chunks from behind, windows.

use std::ops::Range;
use std::slice;

use super::slice::{Parts, owns_nothing};
use crate::par::contract::{IndexedSource, Source};

/// Parallel iterator over chunks of a slice; see [`par_chunks`](crate::par::ParallelSlice::par_chunks).
#[derive(Clone, Debug)]
pub struct Chunks<'s, T> {
    slice: &'s [T],
    size: usize,
}

/// Parallel iterator over chunks of one size; see [`par_chunks_exact`](crate::par::ParallelSlice::par_chunks_exact).
#[derive(Clone, Debug)]
pub struct ChunksExact<'s, T> {
    slice: &'s [T],
    size: usize,
    rest: &'s [T],
}

/// Parallel iterator over chunks counted from behind; see [`par_rchunks`](crate::par::ParallelSlice::par_rchunks).
#[derive(Clone, Debug)]
pub struct RChunks<'s, T> {
    slice: &'s [T],
    size: usize,
}

/// Parallel iterator over overlapping windows; see [`par_windows`](crate::par::ParallelSlice::par_windows).
#[derive(Clone, Debug)]
pub struct Windows<'s, T> {
    slice: &'s [T],
    size: usize,
}

/// Parallel iterator over mutable chunks; see [`par_chunks_mut`](crate::par::ParallelSliceMut::par_chunks_mut).
#[derive(Debug)]
pub struct ChunksMut<'s, T> {
    slice: Parts<'s, T>,
    size: usize,
}

/// Parallel iterator over mutable chunks of one size; see
/// [`par_chunks_exact_mut`](crate::par::ParallelSliceMut::par_chunks_exact_mut).
#[derive(Debug)]
pub struct ChunksExactMut<'s, T> {
    slice: Parts<'s, T>,
    size: usize,
    /// Given out by the owner alone.
    rest: Parts<'s, T>,
}

/// Parallel iterator over mutable chunks counted from behind; see
/// [`par_rchunks_mut`](crate::par::ParallelSliceMut::par_rchunks_mut).
#[derive(Debug)]
pub struct RChunksMut<'s, T> {
    slice: Parts<'s, T>,
    size: usize,
}

impl<'s, T> Chunks<'s, T> {
    pub(crate) fn new(slice: &'s [T], size: usize) -> Self {
        assert!(size > 0, "chunks of 0 items never end");
        Chunks { slice, size }
    }
}

impl<'s, T> ChunksExact<'s, T> {
    pub(crate) fn new(slice: &'s [T], size: usize) -> Self {
        assert!(size > 0, "chunks of 0 items never end");
        let (slice, rest) = slice.split_at(slice.len() - slice.len() % size);
        ChunksExact { slice, size, rest }
    }

    /// The items at the end that fill no chunk.
    pub fn remainder(&self) -> &'s [T] {
        self.rest
    }
}

impl<'s, T> RChunks<'s, T> {
    pub(crate) fn new(slice: &'s [T], size: usize) -> Self {
        assert!(size > 0, "chunks of 0 items never end");
        RChunks { slice, size }
    }
}

impl<'s, T> Windows<'s, T> {
    pub(crate) fn new(slice: &'s [T], size: usize) -> Self {
        assert!(size > 0, "windows of 0 items never end");
        Windows { slice, size }
    }
}

impl<'s, T> ChunksMut<'s, T> {
    pub(crate) fn new(slice: &'s mut [T], size: usize) -> Self {
        assert!(size > 0, "chunks of 0 items never end");
        ChunksMut { slice: Parts::new(slice), size }
    }
}

impl<'s, T> ChunksExactMut<'s, T> {
    pub(crate) fn new(slice: &'s mut [T], size: usize) -> Self {
        assert!(size > 0, "chunks of 0 items never end");
        let (slice, rest) = slice.split_at_mut(slice.len() - slice.len() % size);
        ChunksExactMut { slice: Parts::new(slice), size, rest: Parts::new(rest) }
    }

    /// The items at the end that fill no chunk.
    pub fn into_remainder(mut self) -> &'s mut [T] {
        self.take_remainder()
    }

    /// The items at the end that fill no chunk, once; then an empty slice.
    pub fn take_remainder(&mut self) -> &'s mut [T] {
        let rest = std::mem::replace(&mut self.rest, Parts::new(&mut []));
        // SAFETY: all of it, and the only time.
        unsafe { rest.part(0..rest.len()) }
    }
}

impl<'s, T> RChunksMut<'s, T> {
    pub(crate) fn new(slice: &'s mut [T], size: usize) -> Self {
        assert!(size > 0, "chunks of 0 items never end");
        RChunksMut { slice: Parts::new(slice), size }
    }
}

/// The items of the pieces `range`, of `size` items each, counted from the front of `len` items.
#[inline]
fn from_front(range: Range<usize>, size: usize, len: usize) -> Range<usize> {
    range.start.saturating_mul(size).min(len)..range.end.saturating_mul(size).min(len)
}

/// The same counted from behind.
#[inline]
fn from_behind(range: Range<usize>, size: usize, len: usize) -> Range<usize> {
    len - range.end.saturating_mul(size).min(len)..len - range.start.saturating_mul(size).min(len)
}

/// The items of the windows `range`: none if there is none.
#[inline]
fn overlapping(range: Range<usize>, size: usize, _len: usize) -> Range<usize> {
    if range.is_empty() { 0..0 } else { range.start..range.end + (size - 1) }
}

fn rounded_up(len: usize, size: usize) -> usize {
    len.div_ceil(size)
}

fn windows(len: usize, size: usize) -> usize {
    (len + 1).saturating_sub(size)
}

/// `Name: Item, count of pieces, their place, std's method and its iterator`.
macro_rules! shared_pieces {
    ($($name:ident: $count:path, $place:path, $method:ident -> $seq:ident;)*) => {$(
        // SAFETY: exact: std's iterator over the place of some pieces gives just those.
        unsafe impl<'s, T: Sync> Source for $name<'s, T> {
            type Item = &'s [T];
            type Seq<'a> = slice::$seq<'s, T> where Self: 'a;
            owns_nothing!();
            #[inline]
            fn places(&self) -> usize {
                $count(self.slice.len(), self.size)
            }
            #[inline]
            unsafe fn chunk(&self, (): &mut (), places: Range<usize>) -> Self::Seq<'_> {
                self.slice[$place(places, self.size, self.slice.len())].$method(self.size)
            }
        }

        // SAFETY: the same in reverse.
        unsafe impl<'s, T: Sync> IndexedSource for $name<'s, T> {
            type Back<'a> = std::iter::Rev<slice::$seq<'s, T>> where Self: 'a;
            #[inline]
            unsafe fn chunk_back(&self, (): &mut (), places: Range<usize>) -> Self::Back<'_> {
                self.slice[$place(places, self.size, self.slice.len())].$method(self.size).rev()
            }
        }
    )*};
}

shared_pieces! {
    Chunks: rounded_up, from_front, chunks -> Chunks;
    ChunksExact: rounded_up, from_front, chunks_exact -> ChunksExact;
    RChunks: rounded_up, from_behind, rchunks -> RChunks;
    Windows: windows, overlapping, windows -> Windows;
}

/// The same for mutable pieces, which never overlap.
macro_rules! mutable_pieces {
    ($($name:ident: $place:path, $method:ident -> $seq:ident;)*) => {$(
        // SAFETY: exact: std's iterator over the place of some pieces gives just those.
        unsafe impl<'s, T: Send> Source for $name<'s, T> {
            type Item = &'s mut [T];
            type Seq<'a> = slice::$seq<'s, T> where Self: 'a;
            owns_nothing!();
            #[inline]
            fn places(&self) -> usize {
                rounded_up(self.slice.len(), self.size)
            }
            #[inline]
            unsafe fn chunk(&self, (): &mut (), places: Range<usize>) -> Self::Seq<'_> {
                // SAFETY: pieces do not overlap, and each is given to one call.
                unsafe { self.slice.part($place(places, self.size, self.slice.len())) }.$method(self.size)
            }
        }

        // SAFETY: the same in reverse.
        unsafe impl<'s, T: Send> IndexedSource for $name<'s, T> {
            type Back<'a> = std::iter::Rev<slice::$seq<'s, T>> where Self: 'a;
            #[inline]
            unsafe fn chunk_back(&self, (): &mut (), places: Range<usize>) -> Self::Back<'_> {
                // SAFETY: pieces do not overlap, and each is given to one call.
                unsafe { self.slice.part($place(places, self.size, self.slice.len())) }.$method(self.size).rev()
            }
        }
    )*};
}

mutable_pieces! {
    ChunksMut: from_front, chunks_mut -> ChunksMut;
    ChunksExactMut: from_front, chunks_exact_mut -> ChunksExactMut;
    RChunksMut: from_behind, rchunks_mut -> RChunksMut;
}
