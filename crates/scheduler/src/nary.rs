//! The n-ary fork: many calls of one closure, as records in an array on the frame.
//!
//! A tree of degree m built from two-way joins costs a frame of recursion for each fork. Here all forks of a node are pushed at
//! once, last first, so that the owner takes them back in order and thieves take the last ones.
//! (After Lace's and Wool's task arrays: van Dijk & van de Pol, "Lace: non-blocking split deque for work-stealing", 2014.)

use std::cell::UnsafeCell;
use std::mem::{self, MaybeUninit};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::NonNull;

use crate::deque::STEP;
use crate::job::{Header, JobRef, Payload, SlotId, WakeSlot, discard};
use crate::worker::Worker;

/// Records in one frame; wider forks are split in two first. 10-way trees fit, and so do most search trees' nodes.
const FRAME: usize = 15;

/// One call that may be stolen.
#[repr(C)]
struct Record<'a, M, R> {
    /// Written when the record is made public, read only after that. First: found by address.
    header: UnsafeCell<MaybeUninit<Header>>,
    map: &'a M,
    index: usize,
    result: UnsafeCell<MaybeUninit<Result<R, Payload>>>,
}

impl Worker {
    /// Calls `map` for `0..n` and folds the results in the order of their numbers; `None` if `n` is 0. Every call but
    /// the first may be stolen.
    ///
    /// # Panics
    /// With the payload of the first call, in order, that is known to have panicked; others have run to their end by then or
    /// were not begun.
    /// # Blocking
    /// As [`Worker::join`].
    /// # Cost
    /// Some 15 instructions a call above `map` itself while nobody is hungry; no allocation.
    #[inline]
    pub fn fork_n<R, M, F>(&self, n: usize, map: M, fold: F) -> Option<R>
    where
        R: Send,
        M: Fn(&Worker, usize) -> R + Sync,
        F: Fn(R, R) -> R + Sync,
    {
        match n {
            0 => None,
            1 => Some(map(self, 0)),
            _ if n <= FRAME + 1 => Some(self.fork_frame(0, n, &map, &fold)),
            _ => Some(self.fork_wide(0, n, &map, &fold)),
        }
    }

    #[cold]
    #[inline(never)]
    fn fork_wide<R, M, F>(&self, first: usize, n: usize, map: &M, fold: &F) -> R
    where
        R: Send,
        M: Fn(&Worker, usize) -> R + Sync,
        F: Fn(R, R) -> R + Sync,
    {
        if n <= FRAME + 1 {
            return self.fork_frame(first, n, map, fold);
        }
        let half = n / 2;
        let (a, b) = self.join(
            |worker| worker.fork_wide(first, half, map, fold),
            |worker| worker.fork_wide(first + half, n - half, map, fold),
        );
        fold(a, b)
    }

    #[inline]
    fn fork_frame<R, M, F>(&self, first: usize, n: usize, map: &M, fold: &F) -> R
    where
        R: Send,
        M: Fn(&Worker, usize) -> R + Sync,
        F: Fn(R, R) -> R,
    {
        let mut records: [MaybeUninit<Record<'_, M, R>>; FRAME] = [const { MaybeUninit::uninit() }; FRAME];
        let mut top = 0;
        for index in (1..n).rev() {
            let record = records[index - 1].write(Record {
                header: UnsafeCell::new(MaybeUninit::uninit()),
                map,
                index: first + index,
                result: UnsafeCell::new(MaybeUninit::uninit()),
            });
            // SAFETY: `records` stays here until each is settled, below or by `frame`'s drop; M is Sync and R Send.
            let job = unsafe { JobRef::new(NonNull::from(record).cast(), run_record::<M, R>) };
            // SAFETY: as above, and a record begins with an unwritten header.
            top = unsafe { self.push_fork(job) } + STEP;
        }
        let mut frame = Frame { worker: self, records: &records, n, next: 1, top };
        let mut sum = map(self, first);
        while frame.next < n {
            let index = frame.next;
            frame.next += 1;
            let at = frame.top - index * STEP;
            let value = if self.take_back(at) {
                map(self, first + index)
            } else {
                // SAFETY: pushed above, and stolen.
                unsafe { frame.wait(index, true) }.unwrap_or_else(|payload| resume_unwind(payload))
            };
            sum = fold(sum, value);
        }
        mem::forget(frame);
        sum
    }
}

/// Settles the records from `next` on if a call panics.
struct Frame<'a, 'm, M, R> {
    worker: &'a Worker,
    records: &'a [MaybeUninit<Record<'m, M, R>>; FRAME],
    n: usize,
    next: usize,
    /// The position after that of record 1: record `i` lies at `top - i * STEP`.
    top: usize,
}

impl<M, R> Frame<'_, '_, M, R> {
    /// Waits for a stolen record and takes its result.
    ///
    /// # Safety
    /// Record `index` was pushed and stolen; called once for it.
    #[cold]
    unsafe fn wait(&self, index: usize, help: bool) -> Result<R, Payload> {
        // SAFETY: pushed, so written.
        let record = unsafe { self.records[index - 1].assume_init_ref() };
        // SAFETY: stolen, so published: only shared from then on.
        let header = unsafe { &*record.header.get() };
        // SAFETY: written when it was published.
        let header = unsafe { header.assume_init_ref() };
        if help {
            self.worker.wait_for_fork(header);
        } else {
            self.worker.wait_unwinding(header);
        }
        // SAFETY: its latch is done: the thief has left it.
        let result = unsafe { record.result.get().read() };
        // SAFETY: written by `run_record` before that, and taken once.
        unsafe { result.assume_init() }
    }
}

impl<M, R> Drop for Frame<'_, '_, M, R> {
    #[cold]
    fn drop(&mut self) {
        while self.next < self.n {
            let index = self.next;
            self.next += 1;
            if !self.worker.take_back(self.top - index * STEP) {
                // SAFETY: pushed and stolen. No helping: this thread unwinds.
                match unsafe { self.wait(index, false) } {
                    Ok(value) => drop(value),
                    Err(payload) => discard(payload),
                }
            }
        }
    }
}

/// Runs a stolen record and reports.
///
/// # Safety
/// `data` points to a due, published `Record`.
unsafe fn run_record<M, R>(data: NonNull<()>, on: SlotId) -> WakeSlot
where
    R: Send,
    M: Fn(&Worker, usize) -> R + Sync,
{
    // SAFETY: live until its latch is finished below.
    let record: &Record<'_, M, R> = unsafe { data.cast().as_ref() };
    // SAFETY: published: only shared from then on.
    let header = unsafe { &*record.header.get() };
    // SAFETY: written when it was published.
    let header: *const Header = unsafe { header.assume_init_ref() };
    // SAFETY: live until its latch is finished below.
    unsafe { &*header }.taken_by(on);
    let worker = Worker::current().expect("a stolen job runs on a worker");
    // SAFETY: valid while the job runs.
    let worker = unsafe { worker.as_ref() };
    let result = catch_unwind(AssertUnwindSafe(|| (record.map)(worker, record.index)));
    // SAFETY: the owner does not look before the latch is done.
    unsafe { record.result.get().write(MaybeUninit::new(result)) };
    // SAFETY: live, outstanding; not touched afterwards.
    unsafe { Header::finish(header) }
}
