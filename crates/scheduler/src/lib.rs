//! Who runs which job next, and who sleeps.
//!
//! The way of a job, in the order of the modules: a closure becomes a `job`, is pushed to a `deque`, is taken back or stolen
//! (`find`), and reports by a `latch`; meanwhile others `sleep`. `worker` holds a thread's deques and what all threads share;
//! `join`, `scope`, `spawn`, `broadcast` and `split` are the ways to make jobs; `pool` builds, enters and stops.

mod broadcast;
mod config;
mod deque;
mod find;
mod guest;
mod history;
mod job;
mod join;
mod latch;
#[cfg(all(test, any(millstream_loom, millstream_shuttle)))]
mod models;
mod nary;
mod passed;
mod placement;
mod pool;
pub mod process;
mod roster;
mod run;
mod scope;
mod sleep;
mod spawn;
pub mod split;
mod stats;
pub mod topology;
mod wait;
mod worker;

pub use config::{ThreadStart, Wait};
pub use job::Payload;
pub use join::join_on_current;
pub use pool::{BuildError, Builder, MAX_THREADS, Pool};
pub use scope::Scope;
pub use spawn::JoinHandle;
pub use split::{Flow, LoopBody, LoopOptions};
pub use stats::WorkerStats;
pub use worker::Worker;
