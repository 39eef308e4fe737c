//! Worker pools and data-parallel maps on one work-stealing scheduler.

pub mod par;
pub mod pool;
pub mod prelude;
mod sort;

pub use millstream_scheduler::{Scope, Worker};
pub use pool::{
    BuildError, Builder, JoinHandle, Pool, Wait, WorkerStats, broadcast, build_global, current_num_threads,
    current_thread_index, in_place_scope, join, scope, spawn, yield_now,
};

/// The README's examples are tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// The claims in `tests/claims` name this crate as its users do.
#[cfg(test)]
extern crate self as millstream;
