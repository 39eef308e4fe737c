//! `broadcast`: a closure once on each of the pool's own threads.

use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::NonNull;

use crate::find::take_one;
use crate::job::{FirstPanic, JobRef, SlotId, WakeSlot, report};
use crate::latch::Latch;
use crate::pool::Pool;
use crate::worker::Worker;

/// What the jobs of one broadcast share, on the caller's stack.
struct Shared<'a, F> {
    body: &'a F,
    pending: Latch,
    caller: SlotId,
    panic: FirstPanic,
}

/// One thread's part of a broadcast.
struct Call<'a, F, R> {
    shared: &'a Shared<'a, F>,
    index: usize,
    result: UnsafeCell<Option<R>>,
}

impl Pool {
    /// Runs `body` once on each of the pool's own threads, each with its number, and returns the results by number.
    ///
    /// # Panics
    /// With the payload of the first that panicked, after all have ended.
    /// # Blocking
    /// A thread runs its part before its next job, *or while it waits*: broadcasts are the one exception to
    /// [`Wait::Own`](crate::Wait), since a waiting thread may be what the broadcast itself waits for. So the body
    /// must not take a lock that is held over a parallel call. If the pool is being closed, the parts of threads that have
    /// left it run on the calling thread.
    pub fn broadcast<R: Send>(&self, body: impl Fn(usize) -> R + Sync) -> Vec<R> {
        self.enter(|worker| worker.broadcast(body))
    }
}

impl Worker {
    /// [`Pool::broadcast`] in this worker's pool.
    pub fn broadcast<R: Send>(&self, body: impl Fn(usize) -> R + Sync) -> Vec<R> {
        let registry = self.registry();
        let pending = Latch::new(registry.threads as u32);
        let shared = Shared { body: &body, pending, caller: self.id(), panic: FirstPanic::new() };
        let items: Vec<_> = (0..registry.threads)
            .map(|index| Call { shared: &shared, index, result: UnsafeCell::new(None) })
            .collect();
        for item in &items {
            let slot = registry.roster.get(item.index);
            // SAFETY: the items stay until `pending` is done, and each is run once.
            slot.mailbox().push(unsafe { JobRef::new(NonNull::from(item).cast(), run_item::<_, R>(item)) });
            registry.sleep.choose_this(slot.sleeper());
            slot.tell_of_mail();
            // The pool stops, and that thread has left. Either it sees the mail as it leaves, or we see that it has left: partner of
            // the fence in `choose_this` is the one in `run::main`.
            if registry.stops() && !slot.is_held() {
                while let Some(job) = take_one(slot.mailbox()) {
                    // SAFETY: from a mailbox: due.
                    unsafe { self.execute(job) };
                }
            }
        }
        self.wait_until(&shared.pending, || None);
        if let Some(payload) = shared.panic.take() {
            drop(items);
            resume_unwind(payload);
        }
        items.into_iter().map(|item| item.result.into_inner().expect("each item has run")).collect()
    }
}

/// The code that runs items of this type.
fn run_item<F: Fn(usize) -> R + Sync, R: Send>(
    _: &Call<'_, F, R>,
) -> unsafe fn(NonNull<()>, SlotId) -> WakeSlot {
    run::<F, R>
}

/// # Safety
/// `data` points to a due [`Call`].
unsafe fn run<F: Fn(usize) -> R + Sync, R: Send>(data: NonNull<()>, _on: SlotId) -> WakeSlot {
    // SAFETY: lives until its completion is reported below.
    let item: &Call<'_, F, R> = unsafe { data.cast().as_ref() };
    let shared: *const Shared<'_, F> = item.shared;
    match catch_unwind(AssertUnwindSafe(|| (item.shared.body)(item.index))) {
        Ok(value) => {
            // SAFETY: this thread alone has the item until it reports.
            unsafe { *item.result.get() = Some(value) };
        }
        Err(payload) => {
            item.shared.panic.note(payload);
        }
    }
    let caller = item.shared.caller;
    // SAFETY: a field of what is live until the last completion is reported.
    let pending = unsafe { &raw const (*shared).pending };
    // SAFETY: live up to this call; not touched afterwards.
    unsafe { report(pending, caller) }
}
