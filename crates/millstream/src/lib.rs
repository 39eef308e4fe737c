//! Worker pools and data-parallel maps on one work-stealing scheduler.

pub mod pool;
