//! Parallel iterators.

pub mod adapt;
mod consume;
pub mod contract;
mod drive;
mod from;
mod indexed;
mod into;
mod iterator;
mod sink;
mod slices;
pub mod source;
mod tree;

pub use contract::{Cut, IndexedSource, Source};
pub use from::FromParallelIterator;
pub use indexed::IndexedParallelIterator;
pub use into::{IntoParallelIterator, IntoParallelRefIterator, IntoParallelRefMutIterator};
pub use iterator::ParallelIterator;
pub use slices::{ParallelSlice, ParallelSliceMut};
