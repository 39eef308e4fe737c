//! One test body for every checker, and named mutants that show that it checks.
//!
//! ```
//! use millstream_sync::{atomic::{AtomicU32, Ordering}, model, thread};
//! use std::sync::Arc;
//!
//! // In a crate's own tests this is the body of a `#[test]`.
//! model::check(|| {
//!     let sum = Arc::new(AtomicU32::new(0));
//!     let other = Arc::clone(&sum);
//!     let thread = thread::spawn(move || other.fetch_add(1, Ordering::Relaxed));
//!     sum.fetch_add(1, Ordering::Relaxed);
//!     thread.join().unwrap();
//!     assert_eq!(sum.load(Ordering::Relaxed), 2);
//! });
//! ```
//!
//! * real build: the body runs on real threads, some hundred times (`MILLSTREAM_MODEL_ROUNDS`);
//! * `RUSTFLAGS="--cfg millstream_loom"`: every interleaving and every value that the orderings allow (`LOOM_MAX_PREEMPTIONS` bounds it);
//! * `RUSTFLAGS="--cfg millstream_shuttle"`: random schedules and PCT, some thousand of each (`MILLSTREAM_SHUTTLE_ROUNDS`).
//!
//! A *mutant* is a fault kept beside the code that it would break, named by [`mutant!`](crate::mutant!) and switched on by `MILLSTREAM_MUTANT` in
//! model builds only. [`suite`] runs a package's models one by one, and each mutant against the model that has to notice it.

#[cfg(not(any(millstream_loom, millstream_shuttle)))]
pub mod suite;

/// Runs `body` under the build's checker, which panics (or aborts) if an execution of it fails.
pub fn check(body: impl Fn() + Send + Sync + 'static) {
    backend::check(None, body);
}

/// As [`check`]; loom leaves out executions that take a thread's turn away by force more than `preemptions` times.
///
/// `LOOM_MAX_PREEMPTIONS` wins if it is set. The other checkers ignore the bound.
pub fn check_bounded(preemptions: usize, body: impl Fn() + Send + Sync + 'static) {
    backend::check(Some(preemptions), body);
}

/// Whether the mutant `name` is switched on: never, in the real build.
#[doc(hidden)]
#[inline(always)]
#[cfg(not(any(millstream_loom, millstream_shuttle)))]
pub const fn is_mutant(_name: &str) -> bool {
    false
}

/// Whether the mutant `name` is switched on.
#[doc(hidden)]
#[cfg(any(millstream_loom, millstream_shuttle))]
pub fn is_mutant(name: &str) -> bool {
    static ACTIVE: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    ACTIVE.get_or_init(|| std::env::var("MILLSTREAM_MUTANT").ok()).as_deref() == Some(name)
}

/// Whether the named fault is to be committed here: `if !mutant!("sleep_without_fence") { fence(SeqCst) }`.
///
/// Constant `false` in the real build, where it costs nothing.
#[macro_export]
macro_rules! mutant {
    ($name:literal) => {
        $crate::model::is_mutant($name)
    };
}

/// The number in the environment variable `name`, or `default`.
///
/// # Panics
/// If the variable is set to something else than a number.
#[cfg(not(millstream_loom))]
fn rounds(name: &str, default: usize) -> usize {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}={text:?} is not a number")),
        Err(_) => default,
    }
}

#[cfg(not(any(millstream_loom, millstream_shuttle)))]
mod backend {
    pub(super) fn check(_preemptions: Option<usize>, body: impl Fn() + Send + Sync + 'static) {
        for _ in 0..super::rounds("MILLSTREAM_MODEL_ROUNDS", 300) {
            body();
        }
    }
}

#[cfg(millstream_loom)]
mod backend {
    /// Steps in one execution before loom takes it for an endless loop (its own default is 1,000).
    const BRANCHES_MAX: usize = 20_000;

    pub(super) fn check(preemptions: Option<usize>, body: impl Fn() + Send + Sync + 'static) {
        let mut builder = loom::model::Builder::new();
        if std::env::var_os("LOOM_MAX_BRANCHES").is_none() {
            builder.max_branches = BRANCHES_MAX;
        }
        builder.preemption_bound = builder.preemption_bound.or(preemptions);
        builder.check(body);
    }
}

#[cfg(millstream_shuttle)]
mod backend {
    use shuttle::scheduler::{PctScheduler, RandomScheduler};
    use shuttle::{Config, Runner};
    use std::sync::Arc;

    /// PCT finds every fault that hangs on at most so many ordering constraints with a known probability.
    const PCT_DEPTH: usize = 4;
    const STACK_BYTES: usize = 512 << 10;

    pub(super) fn check(_preemptions: Option<usize>, body: impl Fn() + Send + Sync + 'static) {
        let rounds = super::rounds("MILLSTREAM_SHUTTLE_ROUNDS", 2_000);
        let config = || {
            let mut config = Config::new();
            config.stack_size = STACK_BYTES;
            // It warns that it takes every ordering for SeqCst; that is known, and loom's part.
            config.silence_warnings = true;
            config
        };
        let body = Arc::new(body);
        let again = Arc::clone(&body);
        Runner::new(RandomScheduler::new(rounds), config()).run(move || again());
        Runner::new(PctScheduler::new(PCT_DEPTH, rounds), config()).run(move || body());
    }
}
