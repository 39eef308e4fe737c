//! The pool that parallel calls run on: the current one, else the global one.
//!
//! A thread that works in a pool (its worker, or a caller inside [`Pool::install`]) uses that one. Any other thread uses the
//! global pool, which is built at first use with [`NUM_THREADS`] threads, or as many as there are cores for us.

use std::sync::OnceLock;

use millstream_scheduler::{LoopBody, LoopOptions, Payload, Scope, Worker, join_on_current};

pub use millstream_scheduler::{BuildError, Builder, JoinHandle, MAX_THREADS, Pool, Wait, WorkerStats};

/// The environment variable that sets the number of the global pool's threads: a whole number, 0 for the default.
pub const NUM_THREADS: &str = "MILLSTREAM_NUM_THREADS";

static GLOBAL: OnceLock<Pool> = OnceLock::new();

/// What [`NUM_THREADS`] asks for.
fn threads_asked(value: Option<std::ffi::OsString>) -> Result<usize, String> {
    let Some(value) = value else { return Ok(0) };
    let number = value.to_str().and_then(|text| text.trim().parse().ok());
    match number {
        Some(number) if number <= MAX_THREADS => Ok(number),
        _ => Err(format!("{NUM_THREADS}={} is not a number from 0 to {MAX_THREADS}", value.display())),
    }
}

/// The global pool, built at first use.
///
/// A value of [`NUM_THREADS`] that is no number from 0 to [`MAX_THREADS`] is reported on standard error, once, and the default
/// is used: a library must not end a program for its environment.
///
/// # Panics
/// If its threads cannot be started. To handle that, build it with [`build_global`].
pub fn global() -> &'static Pool {
    GLOBAL.get_or_init(|| {
        let threads = threads_asked(std::env::var_os(NUM_THREADS)).unwrap_or_else(|message| {
            eprintln!("millstream: {message}; using the default");
            0
        });
        Pool::new(threads).unwrap_or_else(|error| panic!("the global pool could not be built: {error}"))
    })
}

/// Why the global pool was not built.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildGlobalError {
    /// There is one already: it was used, or built, before.
    AlreadyBuilt,
    /// The pool could not be built.
    Build(BuildError),
}

impl std::fmt::Display for BuildGlobalError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            BuildGlobalError::AlreadyBuilt => {
                f.write_str("the global pool was already built, or used, before")
            }
            BuildGlobalError::Build(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BuildGlobalError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            BuildGlobalError::AlreadyBuilt => None,
            BuildGlobalError::Build(error) => Some(error),
        }
    }
}

/// Builds the global pool, before its first use.
///
/// # Errors
/// If there is one already, or it cannot be built.
pub fn build_global(builder: Builder) -> Result<(), BuildGlobalError> {
    if GLOBAL.get().is_some() {
        return Err(BuildGlobalError::AlreadyBuilt);
    }
    let pool = builder.build().map_err(BuildGlobalError::Build)?;
    GLOBAL.set(pool).map_err(|_| BuildGlobalError::AlreadyBuilt)
}

/// Calls `f` with a worker of the current pool.
#[inline]
pub(crate) fn enter<R>(f: impl FnOnce(&Worker) -> R) -> R {
    Worker::with_current(|worker| match worker {
        Some(worker) => f(worker),
        None => enter_global(f),
    })
}

#[cold]
#[inline(never)]
fn enter_global<R>(f: impl FnOnce(&Worker) -> R) -> R {
    global().enter(f)
}

/// Runs `a` on this thread and `b` possibly at the same time, on the current pool.
///
/// # Panics
/// With the payload of `a` if `a` panics (`b` has then run to its end, or was not begun), else with that of `b`.
/// # Examples
/// ```
/// let (x, y) = millstream::join(|| 6 * 7, || "b".repeat(3));
/// assert_eq!((x, y.as_str()), (42, "bbb"));
/// ```
#[inline]
pub fn join<A, B, RA, RB>(a: A, b: B) -> (RA, RB)
where
    A: FnOnce() -> RA + Send,
    B: FnOnce() -> RB + Send,
    RA: Send,
    RB: Send,
{
    join_on_current(a, b, global)
}

/// Calls `body` with a scope of the current pool: jobs spawned into it may borrow, and are done when this returns.
///
/// # Panics
/// With the payload of `body`, else of the first job that panicked; all jobs have run.
/// # Examples
/// ```
/// let mut halves = [0, 0];
/// let (left, right) = halves.split_at_mut(1);
/// millstream::scope(|s| {
///     s.spawn(|_| left[0] = 1);
///     s.spawn(|_| right[0] = 2);
/// });
/// assert_eq!(halves, [1, 2]);
/// ```
pub fn scope<'scope, R>(body: impl FnOnce(&Scope<'scope>) -> R) -> R {
    enter(|worker| worker.scope(body))
}

/// [`scope`]: the body always stays on the calling thread here. For code that names it so.
pub fn in_place_scope<'scope, R>(body: impl FnOnce(&Scope<'scope>) -> R) -> R {
    scope(body)
}

/// Spawns a job on the current pool and returns the handle to its result.
///
/// # Examples
/// ```
/// let handle = millstream::spawn(|| 6 * 7);
/// assert_eq!(handle.join(), 42);
/// ```
pub fn spawn<R: Send + 'static>(body: impl FnOnce() -> R + Send + 'static) -> JoinHandle<R> {
    Worker::with_current(|worker| match worker {
        Some(worker) => worker.spawn(body),
        None => global().spawn(body),
    })
}

/// Runs `body` once on each of the current pool's own threads and returns the results by thread number.
///
/// # Panics
/// With the payload of the first that panicked, after all have ended.
pub fn broadcast<R: Send>(body: impl Fn(usize) -> R + Sync) -> Vec<R> {
    enter(|worker| worker.broadcast(body))
}

/// Runs one job of the current pool that waits to be run, if there is one and this thread is one of the pool's. True: one was run.
pub fn yield_now() -> bool {
    Worker::with_current(|worker| worker.is_some_and(Worker::yield_now))
}

/// How many threads the current pool has.
pub fn current_num_threads() -> usize {
    Worker::with_current(|worker| worker.map(Worker::num_threads)).unwrap_or_else(|| global().num_threads())
}

/// This thread's number in its pool; `None` on a thread that is not one of a pool's own.
pub fn current_thread_index() -> Option<usize> {
    Worker::with_current(|worker| worker.and_then(Worker::index))
}

/// Runs `body` over `0..len` on the current pool.
///
/// # Errors
/// The panic of the earliest chunk that panicked; every chunk before it has run.
pub(crate) fn run_loop<B: LoopBody>(len: usize, options: LoopOptions, body: &B) -> Result<(), Payload> {
    Worker::with_current(|worker| match worker {
        Some(worker) => worker.run_loop(len, options, body),
        None => global().run_loop(len, options, body),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_is_a_number_or_a_clear_message() {
        assert_eq!(threads_asked(None), Ok(0));
        assert_eq!(threads_asked(Some(" 3 ".into())), Ok(3));
        for bad in ["", "-1", "two", "99999999999999999999", "40000"] {
            let message = threads_asked(Some(bad.into())).unwrap_err();
            assert!(message.contains(NUM_THREADS) && message.contains("32768"), "{message}");
        }
    }
}
