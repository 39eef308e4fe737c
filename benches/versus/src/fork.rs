//! How the same kernel runs under every contender.
//!
//! A kernel is a [`Task`]: a value that does its work given something to fork with. A [`Fork`] is that something (a worker's
//! handle, a scope, or nothing at all where a contender finds its pool by itself), and a [`Caller`] is the way in from a
//! thread outside the pool. All calls are static, so a contender differs from another by its join alone.

use std::num::NonZero;
use std::ops::Range;
use std::time::Duration;

/// A piece of work that may fork.
pub trait Task: Send {
    /// What it finds out.
    type Out: Send;
    /// Does it.
    fn run<F: Fork>(self, fork: F) -> Self::Out;
}

/// What a task forks with.
pub trait Fork: Sized {
    /// Runs `a` and `b`, possibly at the same time.
    fn join<A: Task, B: Task>(&mut self, a: A, b: B) -> (A::Out, B::Out);

    /// Runs `task` here, as a plain call.
    fn here<T: Task>(&mut self, task: T) -> T::Out;

    /// The sum over `child(i)` for all `i` in `of`: by halving with joins, unless the contender has something better.
    #[inline]
    fn sum<T: Task<Out = u64>, C: Fn(u32) -> T + Copy + Send + Sync>(
        &mut self,
        of: Range<u32>,
        child: C,
    ) -> u64 {
        match of.len() {
            0 => 0,
            1 => self.here(child(of.start)),
            len => {
                let middle = of.start + len as u32 / 2;
                let (left, right) =
                    self.join(Half { of: of.start..middle, child }, Half { of: middle..of.end, child });
                left.wrapping_add(right)
            }
        }
    }
}

/// A part of a sum.
struct Half<C> {
    of: Range<u32>,
    child: C,
}

impl<T: Task<Out = u64>, C: Fn(u32) -> T + Copy + Send + Sync> Task for Half<C> {
    type Out = u64;
    #[inline]
    fn run<F: Fork>(self, mut fork: F) -> u64 {
        fork.sum(self.of, self.child)
    }
}

/// The way in, from a thread outside the pool.
pub trait Caller {
    /// Runs `task` as a region of its own.
    fn call<T: Task>(&self, task: T) -> T::Out;
}

/// No parallelism: `a`, then `b`.
#[derive(Clone, Copy, Debug)]
pub struct Serial;

impl Fork for Serial {
    #[inline]
    fn join<A: Task, B: Task>(&mut self, a: A, b: B) -> (A::Out, B::Out) {
        (a.run(Serial), b.run(Serial))
    }
    #[inline]
    fn here<T: Task>(&mut self, task: T) -> T::Out {
        task.run(Serial)
    }
    /// The plain loop.
    #[inline]
    fn sum<T: Task<Out = u64>, C: Fn(u32) -> T + Copy + Send + Sync>(
        &mut self,
        of: Range<u32>,
        child: C,
    ) -> u64 {
        of.fold(0, |sum, at| sum.wrapping_add(child(at).run(Serial)))
    }
}

impl Caller for Serial {
    #[inline]
    fn call<T: Task>(&self, task: T) -> T::Out {
        task.run(Serial)
    }
}

/// `millstream::join`, which finds its pool through a thread-local.
#[derive(Clone, Copy, Debug)]
pub struct MillJoin;

impl Fork for MillJoin {
    #[inline]
    fn join<A: Task, B: Task>(&mut self, a: A, b: B) -> (A::Out, B::Out) {
        millstream::join(|| a.run(MillJoin), || b.run(MillJoin))
    }
    #[inline]
    fn here<T: Task>(&mut self, task: T) -> T::Out {
        task.run(MillJoin)
    }
}

/// Millstream by `join` inside `install`.
#[derive(Clone, Copy, Debug)]
pub struct MillInstall<'p>(pub &'p millstream::Pool);

impl Caller for MillInstall<'_> {
    #[inline]
    fn call<T: Task>(&self, task: T) -> T::Out {
        self.0.install(|| task.run(MillJoin))
    }
}

impl Fork for &millstream::Worker {
    #[inline]
    fn join<A: Task, B: Task>(&mut self, a: A, b: B) -> (A::Out, B::Out) {
        millstream::Worker::join(self, |worker| a.run(worker), |worker| b.run(worker))
    }
    #[inline]
    fn here<T: Task>(&mut self, task: T) -> T::Out {
        task.run(*self)
    }
    /// The n-ary fork.
    #[inline]
    fn sum<T: Task<Out = u64>, C: Fn(u32) -> T + Copy + Send + Sync>(
        &mut self,
        of: Range<u32>,
        child: C,
    ) -> u64 {
        let first = of.start;
        let sum = self.fork_n(of.len(), |worker, at| child(first + at as u32).run(worker), u64::wrapping_add);
        sum.unwrap_or(0)
    }
}

/// Millstream with its worker's handle passed down.
#[derive(Clone, Copy, Debug)]
pub struct MillEnter<'p>(pub &'p millstream::Pool);

impl Caller for MillEnter<'_> {
    #[inline]
    fn call<T: Task>(&self, task: T) -> T::Out {
        self.0.enter(|worker| task.run(worker))
    }
}

/// `rayon::join`.
#[derive(Clone, Copy, Debug)]
pub struct RayonJoin;

impl Fork for RayonJoin {
    #[inline]
    fn join<A: Task, B: Task>(&mut self, a: A, b: B) -> (A::Out, B::Out) {
        rayon::join(|| a.run(RayonJoin), || b.run(RayonJoin))
    }
    #[inline]
    fn here<T: Task>(&mut self, task: T) -> T::Out {
        task.run(RayonJoin)
    }
}

/// rayon by `join` inside `install`.
#[derive(Clone, Copy, Debug)]
pub struct RayonInstall<'p>(pub &'p rayon::ThreadPool);

impl Caller for RayonInstall<'_> {
    #[inline]
    fn call<T: Task>(&self, task: T) -> T::Out {
        self.0.install(|| task.run(RayonJoin))
    }
}

impl Fork for &mut chili::Scope<'_> {
    #[inline]
    fn join<A: Task, B: Task>(&mut self, a: A, b: B) -> (A::Out, B::Out) {
        chili::Scope::join(self, |scope| a.run(scope), |scope| b.run(scope))
    }
    #[inline]
    fn here<T: Task>(&mut self, task: T) -> T::Out {
        task.run(&mut **self)
    }
}

/// chili by a scope for each call.
#[derive(Clone, Copy, Debug)]
pub struct ChiliScope<'p>(pub &'p chili::ThreadPool);

impl Caller for ChiliScope<'_> {
    #[inline]
    fn call<T: Task>(&self, task: T) -> T::Out {
        task.run(&mut self.0.scope())
    }
}

/// Stack of a worker, where it can be set: the list of ten thousand nested forks needs more than 2 MiB under rayon.
const STACK_BYTES: usize = 64 << 20;

/// A pool of Millstream's.
///
/// # Panics
/// If its threads cannot be started.
pub fn mill_pool(threads: usize) -> millstream::Pool {
    let built = millstream::Pool::builder().threads(threads).stack_bytes(STACK_BYTES).build();
    built.expect("the benchmark needs its threads")
}

/// A pool of rayon's.
///
/// # Panics
/// If its threads cannot be started.
pub fn rayon_pool(threads: usize) -> rayon::ThreadPool {
    let built = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK_BYTES).build();
    built.expect("the benchmark needs its threads")
}

/// A pool of chili's; its `threads` include the caller.
///
/// # Panics
/// If `threads` is 0, or its threads cannot be started.
pub fn chili_pool(threads: usize) -> chili::ThreadPool {
    chili::ThreadPool::with_config(chili::Config {
        thread_count: Some(NonZero::new(threads).expect("a pool has a thread")),
        heartbeat_interval: Duration::from_micros(100),
    })
}

/// A pool of each contender.
#[derive(Debug)]
pub struct Pools {
    /// Threads of each.
    pub threads: usize,
    /// Millstream's.
    pub mill: millstream::Pool,
    /// rayon's.
    pub rayon: rayon::ThreadPool,
    /// chili's.
    pub chili: chili::ThreadPool,
}

impl Pools {
    /// Builds them all.
    ///
    /// # Panics
    /// If their threads cannot be started.
    pub fn new(threads: usize) -> Pools {
        Pools { threads, mill: mill_pool(threads), rayon: rayon_pool(threads), chili: chili_pool(threads) }
    }
}
