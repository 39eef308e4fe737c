//! `scope`: any number of jobs that may borrow, all done when it returns.
//!
//! A spawned job lies on the heap, and goes to its spawner's `spawned` deque: newest first for the owner, oldest first for
//! thieves. The scope's waiter runs jobs of its own scope, or of scopes begun inside its jobs: its own deque down to the
//! mark where the scope began, then the deque of whoever had one of its jobs last. A stranger's job that it meets above the
//! mark (spawned from inside into an outer scope) is passed on (`passed`), not run.

use std::cell::UnsafeCell;
use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::{self, NonNull};

use millstream_sync::atomic::{AtomicU32, Ordering};

use crate::deque::Injector;
use crate::find::{steal_one, take_one};
use crate::job::{FirstPanic, JobRef, NO_SLOT, SlotId, WakeSlot, discard, report};
use crate::latch::{Finish, Latch};
use crate::passed::Kind;
use crate::pool::Pool;
use crate::worker::{Registry, Worker};

/// What a scope's jobs and its waiter share. Lives on the stack of the call that made the scope.
pub(crate) struct Core {
    /// The body, and each job that was spawned.
    pending: Latch,
    owner: SlotId,
    /// Jobs in the owner's deque with a lower serial lie below the scope's mark.
    mark: u64,
    /// The scope in one of whose jobs this one was begun, if that is known.
    parent: *const Core,
    registry: *const Registry,
    /// The slot that had one of the scope's jobs last.
    last: AtomicU32,
    /// The first panic of a job.
    panic: FirstPanic,
    /// Jobs that run oldest first; each has a token in some deque.
    fifo: Injector<JobRef>,
}

/// What a spawned job begins with.
#[repr(C)]
struct SpawnHeader {
    scope: *const Core,
    serial: u64,
}

impl SpawnHeader {
    /// Who waits for a job that is due.
    fn waiter(&self) -> SlotId {
        // SAFETY: a scope with a job due lives.
        unsafe { (*self.scope).owner }
    }
}

/// A job on the heap.
#[repr(C)]
struct HeapJob<F> {
    header: SpawnHeader,
    body: UnsafeCell<Option<F>>,
}

/// A scope: spawns jobs that may borrow whatever outlives `'scope`.
#[repr(transparent)]
pub struct Scope<'scope> {
    core: Core,
    /// Invariant in `'scope`; jobs get `&Scope<'scope>` on other threads.
    marker: PhantomData<fn(&'scope ()) -> &'scope ()>,
}

// SAFETY: a Scope is shared with its jobs; what they touch is Sync, and the raw pointers in it are followed only
// while what they point to lives (see `Core`).
unsafe impl Sync for Scope<'_> {}
// SAFETY: as above; nothing in it is bound to a thread.
unsafe impl Send for Scope<'_> {}

impl fmt::Debug for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

impl Pool {
    /// Calls `body` on this thread with a scope; returns when the body and all jobs spawned into the scope are done.
    ///
    /// # Panics
    /// With the payload of `body` if it panics, else with that of the job that panicked first. All jobs are run in any case.
    /// # Blocking
    /// Runs jobs of the scope until there are none left to take, then waits for those that others run.
    pub fn scope<'scope, R>(&self, body: impl FnOnce(&Scope<'scope>) -> R) -> R {
        self.enter(|worker| worker.scope(body))
    }
}

impl Worker {
    /// [`Pool::scope`] in this worker's pool.
    pub fn scope<'scope, R>(&self, body: impl FnOnce(&Scope<'scope>) -> R) -> R {
        let parent = self.current_scope.get();
        let core = Core {
            pending: Latch::new(1),
            owner: self.id(),
            mark: self.spawn_serial.get(),
            parent: parent.cast(),
            registry: self.registry(),
            last: AtomicU32::new(NO_SLOT),
            panic: FirstPanic::new(),
            fifo: Injector::new(),
        };
        let scope = Scope { core, marker: PhantomData };
        self.current_scope.set((&raw const scope.core).cast());
        let result = catch_unwind(AssertUnwindSafe(|| body(&scope)));
        self.current_scope.set(parent);
        // SAFETY: live; the body's own completion.
        let finish = unsafe { Latch::finish(&raw const scope.core.pending) };
        debug_assert_eq!(finish, Finish::NobodyWaits, "the scope's owner is not asleep yet");
        self.wait_until(&scope.core.pending, || scope.core.find(self));
        let first = scope.core.panic.take();
        match (result, first) {
            (Ok(value), None) => value,
            (Ok(value), Some(payload)) => {
                drop(value);
                resume_unwind(payload)
            }
            (Err(payload), other) => {
                if let Some(other) = other {
                    discard(other);
                }
                resume_unwind(payload)
            }
        }
    }
}

impl<'scope> Scope<'scope> {
    /// Spawns a job. Of those that one worker spawned it runs the newest first; thieves take the oldest.
    ///
    /// # Cost
    /// One allocation and a push; nothing blocks.
    pub fn spawn(&self, body: impl FnOnce(&Scope<'scope>) + Send + 'scope) {
        let job = self.job(body);
        self.core.push(job);
    }

    /// Spawns a job that runs after those that were spawned before it by this method.
    ///
    /// # Cost
    /// Two allocations and two pushes; nothing blocks.
    pub fn spawn_fifo(&self, body: impl FnOnce(&Scope<'scope>) + Send + 'scope) {
        let job = self.job(body);
        self.core.fifo.push(job);
        // The token counts for nothing: the job behind it does.
        let token = HeapJob { header: self.core.header(), body: UnsafeCell::new(Some(())) };
        let data = NonNull::from(Box::leak(Box::new(token))).cast();
        // SAFETY: on the heap until it is run, which frees it. There are as many tokens as jobs, and each takes one job,
        // so while a token is left there is a job that is not done, and the scope lives.
        let token = unsafe { JobRef::new(data, run_token) };
        self.core.push(token);
    }

    fn job<F: FnOnce(&Scope<'scope>) + Send + 'scope>(&self, body: F) -> JobRef {
        self.core.pending.add();
        let job = HeapJob { header: self.core.header(), body: UnsafeCell::new(Some(body)) };
        let data = NonNull::from(Box::leak(Box::new(job))).cast();
        // SAFETY: on the heap until it is run, which frees it; its scope does not end before. Send by the bound.
        unsafe { JobRef::new(data, run_spawned::<F>) }
    }
}

impl Core {
    /// The worker that this thread is, if it is one of the scope's pool.
    fn worker(&self) -> Option<&Worker> {
        // SAFETY: the scope's owner is in a call into the pool, which keeps the registry alive.
        unsafe { &*self.registry }.current_worker()
    }

    fn header(&self) -> SpawnHeader {
        SpawnHeader { scope: self, serial: self.worker().map_or(0, |worker| worker.spawn_serial.get()) }
    }

    fn push(&self, job: JobRef) {
        match self.worker() {
            Some(worker) => {
                worker.spawn_serial.set(worker.spawn_serial.get() + 1);
                // Relaxed: a hint where to look.
                self.last.store(worker.id(), Ordering::Relaxed);
                worker.note_region(job);
                worker.spawned.push(job);
                worker.post();
            }
            None => {
                // SAFETY: as in `worker`.
                let registry = unsafe { &*self.registry };
                // Not to the injector, where the scope's waiter would not find it.
                registry.passed.push(Kind::Spawned, job);
                registry.roster.get(self.owner as usize).recall();
                registry.wake(registry.sleep.post(false));
            }
        }
    }

    /// A job of this scope, for its waiter.
    fn find(&self, worker: &Worker) -> Option<JobRef> {
        let passed = worker.registry().passed.take(|kind, job| {
            // SAFETY: what was spawned begins with a SpawnHeader, and this job is due.
            kind == Kind::Spawned && self.is_ours(unsafe { job.data().cast::<SpawnHeader>().as_ref() }.scope)
        });
        if passed.is_some() {
            return passed;
        }
        while let Some(job) = worker.spawned.pop() {
            // SAFETY: what lies in `spawned` begins with a SpawnHeader, and this job is due.
            let header: &SpawnHeader = unsafe { job.data().cast().as_ref() };
            if self.is_ours(header.scope) {
                return Some(job);
            }
            if header.serial < self.mark {
                worker.spawned.push(job);
                break;
            }
            worker.pass_on(Kind::Spawned, job, header.waiter());
        }
        // Relaxed: a hint.
        let slot = self.last.load(Ordering::Relaxed);
        if slot == NO_SLOT || slot == worker.id() {
            return None;
        }
        let job = steal_one(worker.registry().roster.get(slot as usize).spawned())?;
        // SAFETY: as above; stolen, so ours, and due.
        let header: &SpawnHeader = unsafe { job.data().cast().as_ref() };
        if self.is_ours(header.scope) {
            return Some(job);
        }
        // Do not strip that worker of its jobs one by one.
        self.last.store(NO_SLOT, Ordering::Relaxed); // Relaxed: a hint.
        worker.pass_on(Kind::Spawned, job, header.waiter());
        None
    }

    /// Whether `scope`, one of whose jobs is due, is this one or was begun in one of its jobs.
    fn is_ours(&self, mut scope: *const Core) -> bool {
        while !scope.is_null() {
            if ptr::eq(scope, self) {
                return true;
            }
            // SAFETY: a scope with a job due lives, and so does the one whose job it was begun in.
            scope = unsafe { (*scope).parent };
        }
        false
    }
}

/// Runs a spawned job, frees it, and reports.
///
/// # Safety
/// `data` points to a due `HeapJob<F>` whose body takes a `&Scope<'scope>`.
unsafe fn run_spawned<'scope, F>(data: NonNull<()>, on: SlotId) -> WakeSlot
where
    F: FnOnce(&Scope<'scope>) + Send + 'scope,
{
    // SAFETY: made by `Scope::job` from a Box, and due: freed once, here.
    let job = unsafe { Box::from_raw(data.cast::<HeapJob<F>>().as_ptr()) };
    let core = job.header.scope;
    let body = job.body.into_inner().expect("a spawned job runs once");
    // SAFETY: `core` is the only field of a Scope but for a marker of no size, and lives until the job is reported.
    let scope = unsafe { &*core.cast::<Scope<'scope>>() };
    // Relaxed: a hint where to look.
    scope.core.last.store(on, Ordering::Relaxed);
    let worker = Worker::current().expect("a spawned job runs on a worker");
    // SAFETY: valid while the job runs.
    let worker = unsafe { worker.as_ref() };
    let outer = worker.current_scope.replace(core.cast());
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| body(scope))) {
        scope.core.panic.note(payload);
    }
    worker.current_scope.set(outer);
    let owner = scope.core.owner;
    // SAFETY: a field of a live core.
    let pending = unsafe { &raw const (*core).pending };
    // SAFETY: live until this call, and this job's completion is outstanding; not touched afterwards.
    unsafe { report(pending, owner) }
}

/// Runs the oldest job of a scope's queue.
///
/// # Safety
/// `data` points to a due token.
unsafe fn run_token(data: NonNull<()>, on: SlotId) -> WakeSlot {
    // SAFETY: made by `spawn_fifo` from a Box, and due: freed once, here.
    let token = unsafe { Box::from_raw(data.cast::<HeapJob<()>>().as_ptr()) };
    // SAFETY: the scope lives while a token is left.
    let core = unsafe { &*token.header.scope };
    drop(token);
    let job = take_one(&core.fifo).expect("there are as many jobs as tokens");
    // SAFETY: taken from the queue: due, and ours.
    unsafe { job.run(on) }
}
