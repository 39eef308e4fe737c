//! `join`: two closures, possibly at the same time.

use std::mem;
use std::panic::resume_unwind;

use crate::job::{ForkJob, Work, discard, drop_quietly};
use crate::pool::Pool;
use crate::worker::Worker;

/// A closure that finds its worker by itself, if it needs one.
struct Plain<F>(F);

impl<F: FnOnce() -> R + Send, R: Send> Work for Plain<F> {
    type Output = R;
    fn run_stolen(self) -> R {
        (self.0)()
    }
}

/// A closure that is handed the worker it runs on.
struct Handed<F>(F);

impl<F: FnOnce(&Worker) -> R + Send, R: Send> Work for Handed<F> {
    type Output = R;
    fn run_stolen(self) -> R {
        let worker = Worker::current().expect("a stolen job runs on a worker");
        // SAFETY: valid while the job runs.
        (self.0)(unsafe { worker.as_ref() })
    }
}

/// Settles `b` when `a` panics: takes it back and drops it unrun, or waits until its thief is done.
struct Settle<'a, W: Work> {
    worker: &'a Worker,
    job: &'a ForkJob<W>,
    at: usize,
}

impl<W: Work> Drop for Settle<'_, W> {
    // Inlined, so that the guard's fields stay in registers on the fast path.
    #[inline(always)]
    fn drop(&mut self) {
        settle(self.worker, self.job, self.at);
    }
}

#[cold]
#[inline(never)]
fn settle<W: Work>(worker: &Worker, job: &ForkJob<W>, at: usize) {
    if worker.take_back(at) {
        // SAFETY: taken back: ours alone.
        drop_quietly(unsafe { job.take_work() });
        return;
    }
    // SAFETY: stolen, so it was published.
    let header = unsafe { job.header() };
    worker.wait_unwinding(header);
    // SAFETY: its latch is done.
    match unsafe { job.take_result() } {
        Ok(value) => drop_quietly(value),
        Err(payload) => discard(payload),
    }
}

/// Runs `a` and `b`, possibly at the same time, on the pool that this thread works in, else on the one that `pool` names.
///
/// # Panics
/// As [`Worker::join`].
/// # Cost
/// As [`Worker::join`], and a look at a thread-local.
#[inline]
pub fn join_on_current<'p, A, B, RA, RB>(a: A, b: B, pool: impl FnOnce() -> &'p Pool) -> (RA, RB)
where
    A: FnOnce() -> RA + Send,
    B: FnOnce() -> RB + Send,
    RA: Send,
    RB: Send,
{
    match Worker::current() {
        // SAFETY: valid while this thread's current job or call runs.
        Some(worker) => unsafe { worker.as_ref() }.join_plain(a, b),
        None => join_from_outside(a, b, pool()),
    }
}

#[cold]
#[inline(never)]
fn join_from_outside<A, B, RA, RB>(a: A, b: B, pool: &Pool) -> (RA, RB)
where
    A: FnOnce() -> RA + Send,
    B: FnOnce() -> RB + Send,
    RA: Send,
    RB: Send,
{
    pool.join(a, b)
}

impl Pool {
    /// Runs `a` and `b`, possibly at the same time: [`Worker::join_plain`], after [`Pool::enter`] if need be.
    ///
    /// # Panics
    /// As [`Worker::join`].
    #[inline]
    pub fn join<A, B, RA, RB>(&self, a: A, b: B) -> (RA, RB)
    where
        A: FnOnce() -> RA + Send,
        B: FnOnce() -> RB + Send,
        RA: Send,
        RB: Send,
    {
        self.enter(|worker| worker.join_plain(a, b))
    }
}

impl Worker {
    /// Runs `a` on this thread and `b` here afterwards, or at the same time on a thread that steals it.
    ///
    /// # Panics
    /// With the payload of `a` if `a` panics: `b` has then run to its end on another thread, or was dropped without
    /// being started. Else with that of `b`; the result of `a` is dropped.
    /// # Blocking
    /// If `b` was stolen, waits for it, running only jobs that descend from it (under [`Wait::Own`](crate::Wait)).
    /// # Cost
    /// Some 30 instructions above the two calls while nobody wants `b`: no fence, no locked instruction, no clock, no
    /// allocation.
    #[inline]
    pub fn join<A, B, RA, RB>(&self, a: A, b: B) -> (RA, RB)
    where
        A: FnOnce(&Worker) -> RA + Send,
        B: FnOnce(&Worker) -> RB + Send,
        RA: Send,
        RB: Send,
    {
        self.join_with(|| a(self), Handed(b), |b| (b.0)(self))
    }

    /// [`Worker::join`] for closures that find their worker by themselves, if they need it.
    #[inline(always)]
    pub fn join_plain<A, B, RA, RB>(&self, a: A, b: B) -> (RA, RB)
    where
        A: FnOnce() -> RA + Send,
        B: FnOnce() -> RB + Send,
        RA: Send,
        RB: Send,
    {
        self.join_with(a, Plain(b), |b| (b.0)())
    }

    // Always: through a thread-local it was left out of line, which cost 3 ns a join of 6.3 (fib, 2 cores).
    #[inline(always)]
    fn join_with<RA, W: Work>(
        &self,
        a: impl FnOnce() -> RA,
        b: W,
        inline: impl FnOnce(W) -> W::Output,
    ) -> (RA, W::Output) {
        let job = ForkJob::new(b);
        // SAFETY: `job` stays here until it is settled below, or by `settle` if `a` panics.
        let reference = unsafe { job.as_job_ref() };
        // SAFETY: as above, and it begins with an unwritten header.
        let at = unsafe { self.push_fork(reference) };
        let settle = Settle { worker: self, job: &job, at };
        let ra = a();
        mem::forget(settle);
        if self.take_back(at) {
            // SAFETY: taken back: ours alone.
            return (ra, inline(unsafe { job.take_work() }));
        }
        self.join_stolen(ra, &job)
    }

    #[cold]
    #[inline(never)]
    fn join_stolen<RA, W: Work>(&self, ra: RA, job: &ForkJob<W>) -> (RA, W::Output) {
        // SAFETY: stolen, so it was published.
        self.wait_for_fork(unsafe { job.header() });
        // SAFETY: its latch is done.
        match unsafe { job.take_result() } {
            Ok(rb) => (ra, rb),
            Err(payload) => {
                drop_quietly(ra);
                resume_unwind(payload)
            }
        }
    }
}
