//! `spawn`: a job for itself, with a handle to its result or without.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::ptr::NonNull;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use millstream_sync::atomic::{AtomicBool, Ordering};
use millstream_sync::lock::Mutex;

use crate::job::{JobRef, NO_SLOT, Payload, SlotId, WakeSlot};
use crate::pool::Pool;
use crate::run::report_panic;
use crate::sleep::Sleeper;
use crate::worker::{Registry, Worker};

/// A job on the heap that belongs to nobody.
struct Detached<F> {
    registry: *const Registry,
    body: F,
}

impl Pool {
    /// Spawns a job that nobody waits for (until the pool is closed). A panic in it goes to the pool's panic handler.
    ///
    /// # Order
    /// Jobs spawned by one worker begin oldest first.
    /// # Cost
    /// One allocation and a push; nothing blocks.
    pub fn spawn_detached(&self, body: impl FnOnce() + Send + 'static) {
        spawn_detached(self.registry(), body);
    }

    /// Spawns a job and returns the handle to its result.
    ///
    /// # Cost
    /// Two allocations and a push; nothing blocks.
    pub fn spawn<R: Send + 'static>(&self, body: impl FnOnce() -> R + Send + 'static) -> JoinHandle<R> {
        spawn(self.registry(), body)
    }
}

impl Worker {
    /// [`Pool::spawn_detached`] in this worker's pool.
    pub fn spawn_detached(&self, body: impl FnOnce() + Send + 'static) {
        spawn_detached(self.registry(), body);
    }

    /// [`Pool::spawn`] in this worker's pool.
    pub fn spawn<R: Send + 'static>(&self, body: impl FnOnce() -> R + Send + 'static) -> JoinHandle<R> {
        spawn(self.registry(), body)
    }
}

fn spawn_detached<F: FnOnce() + Send + 'static>(registry: &Registry, body: F) {
    registry.check_process();
    let job = Box::leak(Box::new(Detached { registry, body }));
    // SAFETY: on the heap until it is run, which frees it; Send and 'static by the bounds, and a pool runs all its
    // jobs before its registry goes.
    let job = unsafe { JobRef::new(NonNull::from(job).cast(), run_detached::<F>) };
    match registry.current_worker() {
        Some(worker) => {
            worker.detached.push(job);
            worker.post();
        }
        None => registry.inject(job),
    }
}

/// # Safety
/// `data` points to a due `Detached<F>`.
unsafe fn run_detached<F: FnOnce() + Send>(data: NonNull<()>, _on: SlotId) -> WakeSlot {
    // SAFETY: made from a Box by `spawn_detached`, and due: freed once, here.
    let job = unsafe { Box::from_raw(data.cast::<Detached<F>>().as_ptr()) };
    let Detached { registry, body } = *job;
    if let Err(payload) = catch_unwind(AssertUnwindSafe(body)) {
        // SAFETY: the thread that runs this holds the registry.
        report_panic(unsafe { &*registry }, payload);
    }
    NO_SLOT
}

/// A spawned job with a handle.
struct Task<R> {
    /// Somebody has taken the body to run it.
    begun: AtomicBool,
    state: Mutex<State<R>>,
}

type Body<R> = Box<dyn FnOnce() -> R + Send>;

enum State<R> {
    /// Not done; whoever finishes it tells who parked and who polled.
    Pending {
        body: Option<Body<R>>,
        waiter: Option<Arc<Sleeper>>,
        waker: Option<Waker>,
    },
    Done(Result<R, Payload>),
    /// The handle has taken the result.
    Taken,
    /// The handle was dropped: a panic goes to the panic handler, as it does if it came before.
    Abandoned(Option<Body<R>>),
}

/// The result of a spawned job, once it has one. Dropping the handle detaches the job: it runs all the same, and if it
/// panics, before or after, the pool's panic handler gets the payload.
#[must_use = "dropping the handle detaches the job; `detach` says so"]
pub struct JoinHandle<R> {
    task: Arc<Task<R>>,
    /// Kept alive for the waiter's seat.
    registry: Arc<Registry>,
}

impl<R> fmt::Debug for JoinHandle<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").field("finished", &self.is_finished()).finish()
    }
}

fn spawn<R: Send + 'static>(registry: &Registry, body: impl FnOnce() -> R + Send + 'static) -> JoinHandle<R> {
    let state = State::Pending { body: Some(Box::new(body)), waiter: None, waker: None };
    let task = Arc::new(Task { begun: AtomicBool::new(false), state: Mutex::new(state) });
    let theirs = task.clone();
    // SAFETY: every registry lives in an Arc.
    let registry = unsafe { Registry::arc(registry) };
    spawn_detached(&registry, move || theirs.run());
    JoinHandle { task, registry }
}

impl<R> Task<R> {
    /// Runs the body unless somebody else does.
    fn run(&self) {
        // Relaxed: what the winner takes is handed over by the lock.
        if self.begun.swap(true, Ordering::Relaxed) {
            return;
        }
        let body = match &mut *self.state.lock() {
            State::Pending { body, .. } | State::Abandoned(body) => body.take(),
            State::Done(_) | State::Taken => None,
        };
        let Some(body) = body else { return };
        let result = catch_unwind(AssertUnwindSafe(body));
        let mut state = self.state.lock();
        if matches!(&*state, State::Abandoned(_)) {
            drop(state);
            match result {
                // Its drop may panic; `run_detached` reports that.
                Ok(value) => drop(value),
                Err(payload) => resume_unwind(payload),
            }
            return;
        }
        let before = std::mem::replace(&mut *state, State::Done(result));
        drop(state);
        if let State::Pending { waiter, waker, .. } = before {
            if let Some(waiter) = waiter {
                waiter.parker.unpark();
            }
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }

    /// Unparks `sleeper` when the job is done, if it is not.
    fn tell(&self, sleeper: Arc<Sleeper>) {
        if let State::Pending { waiter, .. } = &mut *self.state.lock() {
            *waiter = Some(sleeper);
        }
    }

    fn is_done(&self) -> bool {
        matches!(&*self.state.lock(), State::Done(_))
    }

    fn take(&self) -> Option<Result<R, Payload>> {
        let mut state = self.state.lock();
        if !matches!(&*state, State::Done(_)) {
            return None;
        }
        match std::mem::replace(&mut *state, State::Taken) {
            State::Done(result) => Some(result),
            _ => unreachable!("looked at under the same lock"),
        }
    }
}

impl<R> JoinHandle<R> {
    /// Whether the job is done: then `join` does not wait.
    pub fn is_finished(&self) -> bool {
        self.task.is_done()
    }

    /// Lets the job run by itself. A panic in it goes to the pool's panic handler.
    pub fn detach(self) {}

    /// Waits for the job, and returns its result.
    ///
    /// # Errors
    /// The payload, if the job panicked.
    /// # Blocking
    /// A job that nobody has begun is run here, on the calling thread. Else a worker gives its seat to another thread
    /// while it waits; any other thread parks.
    pub fn try_join(self) -> Result<R, Payload> {
        self.task.run();
        if !self.task.is_done() {
            // Of whichever pool: a worker of another one gives its seat there away.
            Worker::with_current(|worker| match worker {
                Some(worker) => {
                    self.task.tell(worker.sleeper.clone());
                    worker.wait_seatless(|| self.task.is_done());
                }
                None => {
                    self.registry.check_process();
                    let sleeper = Arc::new(Sleeper::new());
                    self.task.tell(sleeper.clone());
                    while !self.task.is_done() {
                        sleeper.parker.park();
                    }
                }
            });
        }
        self.task.take().expect("only the handle takes the result")
    }

    /// Waits for the job, and returns its result.
    ///
    /// # Panics
    /// With the job's payload, if it panicked.
    /// # Blocking
    /// As [`JoinHandle::try_join`].
    pub fn join(self) -> R {
        self.try_join().unwrap_or_else(|payload| resume_unwind(payload))
    }
}

impl<R> Future for JoinHandle<R> {
    type Output = Result<R, Payload>;

    /// The job's result, or the payload of its panic.
    ///
    /// # Panics
    /// If polled again after it was ready.
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(result) = self.task.take() {
            return Poll::Ready(result);
        }
        {
            let mut state = self.task.state.lock();
            match &mut *state {
                State::Pending { waker, .. } => {
                    let stale = waker.replace(context.waker().clone());
                    drop(state);
                    drop(stale);
                    return Poll::Pending;
                }
                State::Taken => panic!("a JoinHandle was polled after it was ready"),
                State::Done(_) | State::Abandoned(_) => {}
            }
        }
        Poll::Ready(self.task.take().expect("done, and only the handle takes the result"))
    }
}

impl<R> Drop for JoinHandle<R> {
    fn drop(&mut self) {
        let mut state = self.task.state.lock();
        let before = match &mut *state {
            State::Pending { body, .. } => {
                let body = body.take();
                std::mem::replace(&mut *state, State::Abandoned(body))
            }
            _ => std::mem::replace(&mut *state, State::Taken),
        };
        drop(state);
        // Outside the lock: a result's drop is user code, and so is the panic handler.
        match before {
            State::Done(Err(payload)) => report_panic(&self.registry, payload),
            before => drop(before),
        }
    }
}
