//! The private ring in front of the public deque.
//!
//! Each worker has a ring of jobs that only it touches, and a deque that others steal from. A fork writes its job
//! into the ring and looks at one word of its own, `floor`; taking it back looks at the same word. Everything else
//! is on cold paths.
//!
//! Positions count the jobs below a job on its owner's stack of forks (in steps of [`STEP`]). `base` is the first private
//! position: jobs below it are public (or stolen), jobs from `base` to `top` lie in the ring.
//! `floor` is `base`, or [`HUNGRY`] when somebody wants a job: then both comparisons on the fast paths fail.
//!
//! | owner exposes                       | thief                                   |
//! |-------------------------------------|-----------------------------------------|
//! | E1 `floor` := `base` after exposure | T1 announces itself (sleep's business)  |
//! | E2 push the oldest half             | T2 steal; got one? run it               |
//! | E3 post (sleep's business)          | T3 nothing: `floor` := HUNGRY, T2 again |
//!
//! E1 is a swap and comes before E2: a request that E1 overwrites is answered by E2 and E3; one that comes
//! later stands until the next fork or take-back. `floor` is also HUNGRY whenever nothing is public, so the next fork
//! after a steal, and the first fork of any region, is made public at once.
//! A take-back of a public job likewise lowers `floor` first and then looks whether anything is left; the other way round it would
//! overwrite the request of a thief that takes the last job in between, and the owner's next forks would stay private.
//! Invariant 1: jobs are public in the order of their positions, older first; so when a job was stolen,
//! everything older was too, and the thief took it with nothing of its own below it.
//! Invariant 2: a job is taken exactly once: by its owner's take-back or by one thief.
//! Checked by `models::exposure::*` on the stand-in deque; crossbeam-deque itself is taken as correct.

use std::cell::{Cell, UnsafeCell};
use std::mem::MaybeUninit;

use millstream_sync::atomic::{AtomicUsize, Ordering};
use millstream_sync::mutant;

#[cfg(not(any(millstream_loom, millstream_shuttle)))]
pub(crate) use crossbeam_deque::{Injector, Steal, Stealer, Worker as PublicDeque};
#[cfg(any(millstream_loom, millstream_shuttle))]
pub(crate) use millstream_sync::deque::{Injector, Steal, Stealer, Worker as PublicDeque};

/// Room for private jobs. A power of two. 64 are as fast as 256 in fib and the ring fits in 16 cache lines;
/// a deeper recursion exposes the older half (`benches/micro`, `join`).
#[cfg(not(any(millstream_loom, millstream_shuttle)))]
pub(crate) const RING: usize = 64;
/// Small, so that models reach the full ring.
#[cfg(any(millstream_loom, millstream_shuttle))]
pub(crate) const RING: usize = 4;

/// What a position grows by from job to job: the bytes of a job in the ring, so that a position is an offset there but for a mask.
pub(crate) const STEP: usize = 16;

/// The place of a position in the ring.
#[inline]
fn place(at: usize) -> usize {
    (at / STEP) % RING
}

/// The value of `floor` that stands for "somebody wants a job": above every position, and so far from all that
/// `top - HUNGRY` wraps to a huge number.
const HUNGRY: usize = 1 << (usize::BITS - 1);

/// What thieves touch.
pub(crate) struct Shared<T> {
    /// See the module's story.
    floor: AtomicUsize,
    public: Stealer<T>,
}

/// What only the owner touches; not `Sync`.
#[repr(C)]
pub(crate) struct Owner<T> {
    top: Cell<usize>,
    base: Cell<usize>,
    public: PublicDeque<T>,
    ring: [UnsafeCell<MaybeUninit<T>>; RING],
}

/// What became of a job that its owner wants back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum TakeBack {
    /// It is the owner's again: run it inline.
    Inline,
    /// It was private still, and others are hungry: run it inline; `usize` older jobs were exposed on the way.
    Exposed(usize),
    /// A thief has it.
    Stolen,
}

/// Both halves of a new deque.
pub(crate) fn forks<T: Copy>() -> (Owner<T>, Shared<T>) {
    let public = PublicDeque::new_lifo();
    let shared = Shared { floor: AtomicUsize::new(HUNGRY), public: public.stealer() };
    let ring = [const { UnsafeCell::new(MaybeUninit::uninit()) }; RING];
    (Owner { top: Cell::new(0), base: Cell::new(0), public, ring }, shared)
}

impl<T> Shared<T> {
    /// Steals the oldest public job, and tells the owner if that was its last.
    pub(crate) fn steal(&self) -> Option<T> {
        loop {
            if self.public.is_empty() {
                self.ask();
                return None;
            }
            match self.public.steal() {
                Steal::Success(job) => {
                    if self.public.is_empty() {
                        self.ask();
                    }
                    return Some(job);
                }
                Steal::Empty => {}
                Steal::Retry => millstream_sync::hint::spin_loop(),
            }
        }
    }

    /// Asks the owner to expose jobs at its next fork or take-back.
    #[inline]
    pub(crate) fn ask(&self) {
        // Relaxed: a hint. It is ordered against the asker's announcement by the fence in `sleep`.
        if self.floor.load(Ordering::Relaxed) != HUNGRY {
            // Relaxed: as above; the owner's swap in `expose` answers or leaves it standing. A swap and not a store, so that
            // loom can order it: it lets a plain store fall between two others that it has seen pass.
            self.floor.swap(HUNGRY, Ordering::Relaxed);
        }
    }

    /// Whether nothing is public.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.public.is_empty()
    }
}

impl<T: Copy> Owner<T> {
    /// Writes `job` into the ring. `Err` (with the position all the same): others are hungry or the ring is full; call
    /// [`Owner::expose_at_fork`].
    #[inline]
    pub(crate) fn push(&self, shared: &Shared<T>, job: T) -> (usize, bool) {
        let at = self.top.get();
        // SAFETY: an index modulo the ring's length is below it.
        let slot = unsafe { self.ring.get_unchecked(place(at)) }.get();
        // SAFETY: only the owner touches the ring, and holds no reference into it; the slot is free, since
        // `top - base < RING` holds after every push (a full ring is exposed before the next).
        unsafe { slot.write(MaybeUninit::new(job)) };
        self.top.set(at + STEP);
        // Relaxed: `floor` is our own word; a request seen late is answered at the next look.
        let private = at.wrapping_sub(shared.floor.load(Ordering::Relaxed));
        let calm = private < STEP * if mutant!("deque_ring_overflows") { RING } else { RING - 1 };
        (at, calm)
    }

    /// The fast half of taking back the job pushed at `at`: true if it is private and nobody is hungry.
    #[inline]
    pub(crate) fn take_back_private(&self, shared: &Shared<T>, at: usize) -> bool {
        // Relaxed: as in `push`.
        let private = at >= shared.floor.load(Ordering::Relaxed);
        if private {
            self.top.set(at);
        }
        private
    }

    /// The cold half: `publish` is called for each job just before it becomes public.
    pub(crate) fn take_back(&self, shared: &Shared<T>, at: usize, publish: impl Fn(T)) -> TakeBack {
        debug_assert_eq!(self.top.get(), at + STEP, "forks are settled in the order of a stack");
        let base = self.base.get();
        self.top.set(at);
        if at >= base {
            let older = (at - base) / STEP;
            return TakeBack::Exposed(if older == 0 {
                0
            } else {
                self.expose(shared, older.div_ceil(2), publish)
            });
        }
        if mutant!("deque_take_back_without_pop") {
            self.base.set(at);
            return TakeBack::Inline;
        }
        self.base.set(at);
        if !mutant!("deque_request_overwritten") {
            // Relaxed: ordered before our look below by the SeqCst fence in `pop`, as a thief's steal is before its
            // request by the one in `is_empty`. So if this overwrites a request, we see what its asker saw: nothing.
            // A swap for the reason given in `ask`; the fence in `pop` costs as much again.
            shared.floor.swap(at, Ordering::Relaxed);
        }
        let job = self.public.pop();
        let floor = if self.public.is_empty() { HUNGRY } else { at };
        if floor == HUNGRY || mutant!("deque_request_overwritten") {
            // Relaxed: our own word; only we make it anything but HUNGRY.
            shared.floor.store(floor, Ordering::Relaxed);
        }
        if job.is_some() { TakeBack::Inline } else { TakeBack::Stolen }
    }

    /// After a push that was not calm: makes the older half of the private jobs public, at least `least` and one.
    /// Returns how many.
    pub(crate) fn expose_at_fork(&self, shared: &Shared<T>, least: usize, publish: impl Fn(T)) -> usize {
        let private = self.private();
        self.expose(shared, private.div_ceil(2).max(least).min(private), publish)
    }

    /// How many jobs are private.
    fn private(&self) -> usize {
        (self.top.get() - self.base.get()) / STEP
    }

    /// Whether the ring has no room for another job.
    pub(crate) fn is_full(&self) -> bool {
        self.private() >= RING - 1
    }

    /// Leaves all private jobs private, though asked: there is nobody who could take one.
    pub(crate) fn calm_down(&self, shared: &Shared<T>) {
        // Relaxed: our own word; for pools in which nobody asks.
        shared.floor.store(self.base.get(), Ordering::Relaxed);
    }

    /// Whether fewer jobs are public than `wanted`: then the next fork should be made public, too.
    pub(crate) fn is_short_of(&self, wanted: usize) -> bool {
        self.public.len() < wanted
    }

    /// Makes all private jobs public.
    pub(crate) fn expose_all(&self, shared: &Shared<T>, publish: impl Fn(T)) -> usize {
        self.expose(shared, self.private(), publish)
    }

    fn expose(&self, shared: &Shared<T>, count: usize, publish: impl Fn(T)) -> usize {
        let base = self.base.get();
        let end = base + count * STEP;
        if mutant!("deque_floor_after_push") {
            self.push_public(base, end, publish);
            shared.floor.store(end, Ordering::Relaxed); // Relaxed: a mutant only.
            self.base.set(end);
            return count;
        }
        // E1. AcqRel: Acquire takes in the announcement of the asker whose request this overwrites (its fence and its
        // Relaxed store); Release has no partner and costs nothing on a swap. It must precede the pushes.
        shared.floor.swap(end, Ordering::AcqRel);
        self.base.set(end);
        self.push_public(base, end, publish);
        count
    }

    fn push_public(&self, base: usize, end: usize, publish: impl Fn(T)) {
        for at in (base..end).step_by(STEP) {
            // SAFETY: only the owner touches the ring.
            let slot = unsafe { self.ring[place(at)].get().read() };
            // SAFETY: positions from `base` to `top` hold jobs.
            let job = unsafe { slot.assume_init() };
            if mutant!("deque_published_after_push") {
                self.public.push(job);
                publish(job);
                continue;
            }
            publish(job);
            self.public.push(job);
        }
    }

    /// Asks ourselves: the next fork is made public at once.
    #[inline]
    pub(crate) fn become_hungry(&self, shared: &Shared<T>) {
        shared.ask();
    }

    /// Whether this worker has no fork outstanding that it could still take back.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.top.get() == self.base.get() && self.public.is_empty()
    }
}
