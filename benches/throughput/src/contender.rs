//! The pools that compete with the serial loop, all with the same number of threads.

mod fixed;
pub(crate) mod millstream;
pub(crate) mod rayon;

use std::fmt;
use std::io;

use millstream_harness::ContestError;

pub(crate) use fixed::FixedPool;

/// The loop that everybody is compared with.
pub(crate) const SERIAL: &str = "serial loop";
/// Threads that take one item a message from a bounded channel.
pub(crate) const FIXED: &str = "fixed pool";
/// Our work-stealing pool.
pub(crate) const MILLSTREAM: &str = "millstream";
/// rayon's work-stealing pool.
pub(crate) const RAYON: &str = "rayon";

/// The stealing pools, made once for all contests. A fixed pool is made for each kind of job.
pub(crate) struct Stealing {
    pub(crate) millstream: ::millstream::Pool,
    pub(crate) rayon: ::rayon::ThreadPool,
}

impl Stealing {
    /// Starts both with `threads` threads.
    pub(crate) fn start(threads: usize) -> Result<Stealing, Stop> {
        let millstream = ::millstream::Pool::builder().threads(threads).build();
        let rayon = ::rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        Ok(Stealing {
            millstream: millstream.map_err(|error| Stop::Threads(io::Error::other(error)))?,
            rayon: rayon.map_err(|error| Stop::Threads(io::Error::other(error)))?,
        })
    }
}

/// Why measuring ended without figures.
#[derive(Debug)]
pub(crate) enum Stop {
    /// A contender was wrong.
    Contest(ContestError),
    /// The kernel itself was wrong.
    Kernel(String),
    /// A pool could not start its threads.
    Threads(io::Error),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::Contest(error) => write!(f, "{error}"),
            Stop::Kernel(complaint) => write!(f, "the map stage is wrong: {complaint}"),
            Stop::Threads(error) => write!(f, "a pool could not be started: {error}; try fewer --threads"),
        }
    }
}

impl std::error::Error for Stop {}
