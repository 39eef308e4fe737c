//! The scheduler's own pieces.
//!
//! ```sh
//! cargo bench -p millstream-micro                 # nanoseconds, under criterion
//! cargo test --release -p millstream-micro        # instructions a join costs, under callgrind, with an upper bound
//! ```
//!
//! Instructions do not depend on what else the machine does, so their number can be a gate where a time cannot. They are counted by hand
//! like this, for two sizes `N` and each way to fork (`calls`, `handle`, `join`, `rayon`, `chili`):
//!
//! ```sh
//! cargo build --release -p millstream-micro
//! valgrind --tool=callgrind --callgrind-out-file=/dev/null target/release/join_instructions handle 20
//! ```
//!
//! The recursion is f(n) = 3 f(n - 1) - f(n - 2), which gives every other Fibonacci number: unlike a sum, a difference keeps the compiler from
//! turning the second of the plain calls into a loop. f(N) forks fib(N + 1) - 1 times. What a fork costs is the difference of the two sizes' counts by the difference of their
//! forks, in which starting the program and its pool cancel out; what a *join* costs above two plain calls is that minus the same
//! of `calls`.

use std::fmt;
use std::num::NonZero;
use std::str::FromStr;

/// The ways to fork.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Two plain calls.
    Calls,
    /// Millstream's worker handle, passed down.
    Handle,
    /// `millstream::join`.
    Join,
    /// `rayon::join`.
    Rayon,
    /// chili's scope, passed down.
    Chili,
}

impl Way {
    /// All of them.
    pub const ALL: [Way; 5] = [Way::Calls, Way::Handle, Way::Join, Way::Rayon, Way::Chili];

    /// f(`n`) = fib(2 `n`) by recursion, all of it on one thread of a pool of one.
    ///
    /// # Panics
    /// If a pool cannot be built.
    pub fn run(self, n: u32) -> u64 {
        match self {
            Way::Calls => calls(n),
            Way::Handle => mill_pool().enter(|worker| handle(worker, n)),
            Way::Join => mill_pool().install(|| join(n)),
            Way::Rayon => {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
                pool.expect("one thread can be started").install(|| rayon_join(n))
            }
            Way::Chili => {
                let config =
                    chili::Config { thread_count: Some(NonZero::<usize>::MIN), ..chili::Config::default() };
                chili_join(&mut chili::ThreadPool::with_config(config).scope(), n)
            }
        }
    }
}

/// How often f(`n`) forks.
pub fn forks(n: u32) -> u64 {
    (0..=n).fold((0, 1), |(a, b), _| (b, a + b)).0 - 1
}

fn mill_pool() -> millstream::Pool {
    millstream::Pool::new(1).expect("one thread can be started")
}

// Each way is a function of its own that cannot be inlined into itself or its caller, so that what differs is the fork.

#[inline(never)]
fn calls(n: u32) -> u64 {
    if n < 2 {
        return u64::from(n);
    }
    let (a, b) = (calls(n - 1), calls(n - 2));
    3 * a - b
}

#[inline(never)]
fn handle(worker: &millstream::Worker, n: u32) -> u64 {
    if n < 2 {
        return u64::from(n);
    }
    let (a, b) = worker.join(|worker| handle(worker, n - 1), |worker| handle(worker, n - 2));
    3 * a - b
}

#[inline(never)]
fn join(n: u32) -> u64 {
    if n < 2 {
        return u64::from(n);
    }
    let (a, b) = millstream::join(|| join(n - 1), || join(n - 2));
    3 * a - b
}

#[inline(never)]
fn rayon_join(n: u32) -> u64 {
    if n < 2 {
        return u64::from(n);
    }
    let (a, b) = rayon::join(|| rayon_join(n - 1), || rayon_join(n - 2));
    3 * a - b
}

#[inline(never)]
fn chili_join(scope: &mut chili::Scope<'_>, n: u32) -> u64 {
    if n < 2 {
        return u64::from(n);
    }
    let (a, b) = scope.join(|scope| chili_join(scope, n - 1), |scope| chili_join(scope, n - 2));
    3 * a - b
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Way::Calls => "calls",
            Way::Handle => "handle",
            Way::Join => "join",
            Way::Rayon => "rayon",
            Way::Chili => "chili",
        })
    }
}

impl FromStr for Way {
    type Err = String;
    fn from_str(name: &str) -> Result<Way, String> {
        let known = Way::ALL.into_iter().find(|way| way.to_string() == name);
        known.ok_or_else(|| format!("no way is called {name:?}; there are calls, handle, join, rayon, chili"))
    }
}
