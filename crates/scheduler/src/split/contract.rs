//! What a loop asks of its body, and the body of the loop.

use std::ops::Range;

/// How a loop goes on after a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Flow {
    /// Go on.
    Continue,
    /// Nothing *behind* this chunk is wanted any more; everything before it is still run.
    StopBehind,
    /// Nothing is wanted any more: chunks already begun are finished, no other is begun.
    StopAll,
}

/// The body of a loop over `0..len`, run in chunks by several participants at once.
///
/// A participant *opens* a span, *runs* consecutive chunks in it (each begins where the one before
/// ended), and *closes* it when its range is used up or was split behind it; then it may steal
/// another range and open another span. So a span is one contiguous piece `covered`, run in order
/// on one thread, and there are few of them: one a participant and one a steal.
pub trait LoopBody: Sync {
    /// What a participant carries along one span.
    type Span;
    /// Begins a span at item `at`. `participant` is dense, below the pool's number of threads, and
    /// no two spans open at the same time share it.
    fn open(&self, participant: usize, at: usize) -> Self::Span;
    /// Runs the items of `chunk`, which follows the span's chunk before it. If it panics, the span is closed with this chunk
    /// counted as covered, and nothing behind the chunk is begun.
    fn run(&self, span: &mut Self::Span, chunk: Range<usize>) -> Flow;
    /// Ends a span; `covered` is all it ran, including a chunk that panicked.
    fn close(&self, span: Self::Span, covered: Range<usize>);
}

/// How a loop is cut.
#[derive(Clone, Copy, Debug)]
pub struct LoopOptions {
    /// No chunk is smaller (but the last one, and what the ends of splits leave); at least 1.
    pub min_chunk: usize,
    /// No chunk is larger; at least `min_chunk`. (A loop of 2^32 items and more is cut in units of that 2^32nd part of it, which may
    /// be larger.)
    pub max_chunk: usize,
}

impl Default for LoopOptions {
    fn default() -> Self {
        LoopOptions { min_chunk: 1, max_chunk: usize::MAX }
    }
}
