//! Parallel iterators: a sequential chain, run by several threads at once.
//!
//! The way of a chain: a [`Source`] hands out ranges of its places as ordinary sequential iterators ([`contract`]);
//! adaptors wrap those ([`adapt`]), so a chunk is one plain loop; a sink takes the items of a span, chunk by chunk, and
//! the results of the spans are put together in order (`drive`, `consume`).
//!
//! What holds:
//! * The result is the sequential iterator's: order, the *first* error, the first hit of `find_first`.
//! * Of several panics the first in the order of the items reaches the caller, after all threads have left.
//! * Every item is dropped once, whatever panics or stops early.
//! * Nothing is allocated for a chunk; a span allocates little or nothing.

pub mod adapt;
mod attempt;
mod consume;
pub mod contract;
mod drive;
mod engine;
mod few;
mod from;
mod held;
mod indexed;
mod into;
mod iterator;
mod payload;
mod sink;
mod slices;
pub mod source;
#[cfg(test)]
mod tests;
mod tree;

pub use attempt::Attempt;
pub use contract::{Cut, IndexedSource, Source};
pub use from::{FromParallelIterator, ParallelExtend};
pub use indexed::IndexedParallelIterator;
pub use into::{IntoParallelIterator, IntoParallelRefIterator, IntoParallelRefMutIterator};
pub use iterator::ParallelIterator;
pub use millstream_scheduler::split::Flow;
pub use slices::{ParallelSlice, ParallelSliceMut};
