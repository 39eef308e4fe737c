//! A job: a closure whose type is erased, on a stack or on the heap, run exactly once.
//!
//! A [`JobRef`] is two words: where the job is, and the function that runs it. A *fork* job lies on the stack of
//! the `join` that made it. Its owner either takes it back and calls it inline, or a thief runs it and
//! reports through the [`Header`]; the header is written only when the job is made public, so that a job
//! taken back in private never pays for it.

use std::any::Any;
use std::cell::UnsafeCell;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;

use millstream_sync::atomic::{AtomicU32, Ordering};
use millstream_sync::lock::Mutex;

use crate::latch::{Finish, Latch};

/// What a user's panic carries.
pub type Payload = Box<dyn Any + Send>;

/// The slot of a thread in its pool's roster.
pub(crate) type SlotId = u32;
/// No slot.
pub(crate) const NO_SLOT: SlotId = u32::MAX;

/// Whom a finished job's runner must unpark: a slot, or [`NO_SLOT`].
pub(crate) type WakeSlot = SlotId;

/// A job that somebody may run once: 16 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JobRef {
    data: NonNull<()>,
    run: unsafe fn(NonNull<()>, SlotId) -> WakeSlot,
}

// SAFETY: whoever makes a JobRef promises that what it points to may be run on another thread.
unsafe impl Send for JobRef {}

impl JobRef {
    /// # Safety
    /// `data` stays valid until `run` has been called once or the reference was taken back; running it on
    /// another thread is sound.
    #[inline]
    pub(crate) unsafe fn new(data: NonNull<()>, run: unsafe fn(NonNull<()>, SlotId) -> WakeSlot) -> JobRef {
        JobRef { data, run }
    }

    /// Where the job lies: its identity.
    #[inline]
    pub(crate) fn data(self) -> NonNull<()> {
        self.data
    }

    /// The address of the code that runs it: which call site it came from, nearly.
    #[inline]
    pub(crate) fn code(self) -> usize {
        self.run as usize
    }

    /// Runs the job on the thread in slot `on` and says whom to wake.
    ///
    /// # Safety
    /// The job is still due: nobody ran it or took it back, and the caller got it from a deque.
    #[inline]
    pub(crate) unsafe fn run(self, on: SlotId) -> WakeSlot {
        // SAFETY: due by the promise above, valid by `new`'s.
        unsafe { (self.run)(self.data, on) }
    }
}

/// How a public fork job reports to its owner.
#[repr(C)]
pub(crate) struct Header {
    pub(crate) latch: Latch,
    /// Who waits.
    owner: SlotId,
    /// Who runs it, once known: the owner helps that one ("leapfrogging").
    thief: AtomicU32,
}

impl Header {
    /// The header of a job with one completion outstanding.
    pub(crate) fn new(owner: SlotId) -> Header {
        Header { latch: Latch::new(1), owner, thief: AtomicU32::new(NO_SLOT) }
    }

    /// Who waits for the job.
    pub(crate) fn owner(&self) -> SlotId {
        self.owner
    }

    /// Who runs the job, as far as is known.
    pub(crate) fn thief(&self) -> Option<SlotId> {
        // Relaxed: a hint where to look for work; what is found there is ordered by the deque.
        let id = self.thief.load(Ordering::Relaxed);
        (id != NO_SLOT).then_some(id)
    }

    /// Notes who runs the job.
    pub(crate) fn taken_by(&self, id: SlotId) {
        // Relaxed: see `thief`.
        self.thief.store(id, Ordering::Relaxed);
    }

    /// Reports completion; says whom to wake.
    ///
    /// # Safety
    /// `this` is live, and its one completion is outstanding; afterwards it may be gone.
    pub(crate) unsafe fn finish(this: *const Header) -> WakeSlot {
        // SAFETY: live until `finish` below.
        let owner = unsafe { (*this).owner };
        // SAFETY: a field of a live header.
        let latch = unsafe { &raw const (*this).latch };
        // SAFETY: live by the promise above; not touched afterwards.
        unsafe { report(latch, owner) }
    }
}

/// What a fork does when a thief runs it.
pub(crate) trait Work: Send {
    /// Its result.
    type Output: Send;
    /// Does it, on the thief's thread.
    fn run_stolen(self) -> Self::Output;
}

/// Work on the stack of a `join`, with room for its result.
#[repr(C)]
pub(crate) struct ForkJob<W: Work> {
    /// Written when the job is made public (`publish`), read only after that. First: found by address.
    header: UnsafeCell<MaybeUninit<Header>>,
    work: UnsafeCell<ManuallyDrop<W>>,
    result: UnsafeCell<MaybeUninit<Result<W::Output, Payload>>>,
}

impl<W: Work> ForkJob<W> {
    #[inline]
    pub(crate) fn new(work: W) -> ForkJob<W> {
        ForkJob {
            header: UnsafeCell::new(MaybeUninit::uninit()),
            work: UnsafeCell::new(ManuallyDrop::new(work)),
            result: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }

    /// A reference to hand to a deque.
    ///
    /// # Safety
    /// The job stays where it is until it was taken back, or its header says it is done.
    #[inline]
    pub(crate) unsafe fn as_job_ref(&self) -> JobRef {
        // SAFETY: stays valid by the promise above; the work and its output are Send.
        unsafe { JobRef::new(NonNull::from(self).cast(), run_fork::<W>) }
    }

    /// The header of a job that was made public.
    ///
    /// # Safety
    /// The job has been published (see [`publish`]).
    pub(crate) unsafe fn header(&self) -> &Header {
        // SAFETY: the owner only shares it once it is published.
        let header = unsafe { &*self.header.get() };
        // SAFETY: written by `publish`.
        unsafe { header.assume_init_ref() }
    }

    /// Takes the closure out of a job that was taken back.
    ///
    /// # Safety
    /// Nobody else has run it or will; called once.
    #[inline]
    pub(crate) unsafe fn take_work(&self) -> W {
        // SAFETY: ours alone by the promise above.
        let work = unsafe { self.work.get().read() };
        ManuallyDrop::into_inner(work)
    }

    /// Takes the result of a job that a thief has finished.
    ///
    /// # Safety
    /// The header's latch is done; called once.
    pub(crate) unsafe fn take_result(&self) -> Result<W::Output, Payload> {
        // SAFETY: the thief is done with it.
        let result = unsafe { self.result.get().read() };
        // SAFETY: written by `run_fork` before its latch was finished, and taken once.
        unsafe { result.assume_init() }
    }
}

/// Runs a stolen fork job and reports.
///
/// # Safety
/// `data` points to a due, published `ForkJob<W>`.
unsafe fn run_fork<W: Work>(data: NonNull<()>, on: SlotId) -> WakeSlot {
    // SAFETY: live until its latch is finished below.
    let job: &ForkJob<W> = unsafe { data.cast().as_ref() };
    // SAFETY: published.
    let header: *const Header = unsafe { job.header() };
    // SAFETY: live, as the job is.
    unsafe { &*header }.taken_by(on);
    // SAFETY: due, and ours since we stole it.
    let work = unsafe { job.take_work() };
    let result = catch_unwind(AssertUnwindSafe(|| work.run_stolen()));
    // SAFETY: the owner does not look before the latch is done.
    unsafe { job.result.get().write(MaybeUninit::new(result)) };
    // SAFETY: live, outstanding; not touched afterwards.
    unsafe { Header::finish(header) }
}

/// Writes the header of a fork job that is about to become public.
///
/// # Safety
/// `job` refers to a live job that begins with an unpublished header (`#[repr(C)]`), still private to its owner.
pub(crate) unsafe fn publish(job: JobRef, owner: SlotId) {
    let header: NonNull<MaybeUninit<Header>> = job.data.cast();
    // SAFETY: valid and unshared by the promise above.
    unsafe { header.write(MaybeUninit::new(Header::new(owner))) };
}

/// Drops a value whose drop may panic, where a panic could go nowhere.
pub(crate) fn drop_quietly<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(move || drop(value))) {
        discard(payload);
    }
}

/// Reports one completion of a job to `latch`, for which `waiter` waits; says whom to wake.
///
/// # Safety
/// `latch` is live, and the completion is outstanding; afterwards it may be gone.
pub(crate) unsafe fn report(latch: *const Latch, waiter: SlotId) -> WakeSlot {
    // SAFETY: live by the promise above; not touched afterwards.
    match unsafe { Latch::finish(latch) } {
        Finish::WakeWaiter => waiter,
        Finish::NobodyWaits => NO_SLOT,
    }
}

/// The first panic among several jobs; those after it are discarded.
pub(crate) struct FirstPanic(Mutex<Option<Payload>>);

impl FirstPanic {
    pub(crate) fn new() -> FirstPanic {
        FirstPanic(Mutex::new(None))
    }

    /// Keeps `payload` if it is the first.
    pub(crate) fn note(&self, payload: Payload) {
        let mut first = self.0.lock();
        if first.is_none() {
            *first = Some(payload);
        } else {
            // User code, outside the lock.
            drop(first);
            discard(payload);
        }
    }

    /// The first panic, if there was one.
    pub(crate) fn take(&self) -> Option<Payload> {
        self.0.lock().take()
    }
}

/// The payload of a panic is user code too: dropping it may panic. Drops it, and whatever comes of that.
pub(crate) fn discard(payload: Payload) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(move || drop(payload))) {
        // A payload whose drop panics with a payload whose drop panics: nothing sensible is left in it.
        std::mem::forget(again);
    }
}
