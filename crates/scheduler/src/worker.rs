//! A worker: a slot in its pool's roster, with its deques, held by one thread at a time.
//!
//! Slots `0..threads` belong to the pool's threads. Further slots are made on demand: for spare threads, which sit in
//! for workers that wait, and for *guests*, threads from outside that call into the pool and work in it for as
//! long as the call lasts.
//! Invariant: what is not `Sync` in a [`Worker`] is touched only by the thread that holds the slot; others
//! reach only what [`Slot`] hands out.

use std::cell::Cell;
use std::marker::PhantomData;
use std::ptr::{self, NonNull};
use std::sync::Arc;

use millstream_sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use millstream_sync::clock::{self, Ticks};
use millstream_sync::lock::Mutex;
use millstream_sync::pad::CachePadded;
use millstream_sync::thread::JoinHandle;

use crate::config::Config;
use crate::deque::{self, Injector, Owner, PublicDeque, Shared, Stealer, TakeBack};
use crate::history::{History, Unhelped};
use crate::job::{JobRef, NO_SLOT, SlotId, publish};
use crate::passed::{Kind, Passed};
use crate::process::ForkGuard;
use crate::roster::Roster;
use crate::sleep::{Sleep, Sleeper, Wake};
use crate::stats::{Counters, WorkerStats};

/// A region that ran shorter than this, at the same call site, wakes nobody at its first fork as long as somebody dozes.
/// Waking costs the waker 10 to 20 us and the woken thread starts 20 to 45 us later.
const SHORT_REGION_NS: u64 = 40_000;

/// What the threads of one pool share.
pub(crate) struct Registry {
    pub(crate) roster: Roster<Slot>,
    pub(crate) sleep: Sleep,
    /// Jobs from outside.
    pub(crate) injector: Injector<JobRef>,
    /// Jobs that were found in waits that may not run them.
    pub(crate) passed: Passed,
    pub(crate) history: History,
    pub(crate) unhelped: Unhelped,
    pub(crate) config: Config,
    /// How many threads the pool was built with: its seats.
    pub(crate) threads: usize,
    pub(crate) built: Ticks,
    /// The process that has the pool's threads.
    pub(crate) process: ForkGuard,
    /// Set once: no thread sleeps again, and each leaves when it finds nothing.
    pub(crate) stopping: AtomicBool,
    /// Threads to be joined at the end.
    pub(crate) handles: Mutex<Vec<JoinHandle<()>>>,
    /// Starts a spare thread in the slot; counted awake and searching beforehand.
    pub(crate) start_spare: fn(&Arc<Registry>),
    /// Threads that were started and have not ended.
    pub(crate) running: AtomicUsize,
}

/// A thread's place in a pool, its deques and counters. Given to the closures of [`Worker::join`] so that they fork
/// without a look at a thread-local.
#[repr(C)]
pub struct Worker {
    // In this order, since an outside call after an idle spell finds all of it cold: what thieves touch, what each call touches,
    // the ring; then the rest.
    forks: CachePadded<Shared<JobRef>>,
    /// Set when the slot is first taken; the registry outlives its roster.
    registry: Cell<*const Registry>,
    /// The innermost scope whose body or job runs here, as far as is known; a `scope::Core`.
    pub(crate) current_scope: Cell<*const ()>,
    region: Region,
    /// How many jobs were pushed to `spawned`, ever: tells jobs above a scope's mark from those below.
    pub(crate) spawn_serial: Cell<u64>,
    /// State of the generator that picks victims.
    pub(crate) random: Cell<u32>,
    /// Jobs run since the injector was looked at first.
    pub(crate) since_injector: Cell<u32>,
    id: SlotId,
    /// Somebody holds this slot.
    taken: AtomicBool,
    /// A job that this worker may wait for was passed on.
    recalled: AtomicBool,
    owner: Owner<JobRef>,
    /// Jobs spawned into scopes: newest first for us, oldest first for thieves.
    pub(crate) spawned: PublicDeque<JobRef>,
    spawned_stealer: Stealer<JobRef>,
    /// Jobs spawned for themselves, oldest first. Only run when nothing waits below them.
    pub(crate) detached: PublicDeque<JobRef>,
    detached_stealer: Stealer<JobRef>,
    /// Jobs for this worker and no other.
    pub(crate) mailbox: Injector<JobRef>,
    pub(crate) sleeper: Arc<Sleeper>,
    /// Where else this worker's thread may be parked: the seats that it has taken as a guest of other pools.
    pub(crate) away: Mutex<Vec<Arc<Sleeper>>>,
    pub(crate) counters: Counters,
    not_sync: PhantomData<*const ()>,
}

/// What a guest knows about the region that it began.
struct Region {
    /// Its first public fork's call site; 0 before that.
    site: Cell<usize>,
    since: Cell<Ticks>,
    /// Leave waking to a dozing thread.
    quiet: Cell<bool>,
    /// Somebody took a fork of it.
    helped: Cell<bool>,
    /// How long it spent waking others: not a part of what it would take alone.
    waking_ns: Cell<u64>,
    /// This is an outside call that forks.
    remember: Cell<bool>,
}

/// A worker as others see it.
pub(crate) struct Slot(Worker);

// SAFETY: through a Slot only the parts that are Sync can be reached, or (`Slot::hold`) the whole by the one thread
// that holds it.
unsafe impl Sync for Slot {}
// SAFETY: a slot that nobody holds may be taken by any thread; nothing in it is bound to one.
unsafe impl Send for Slot {}

impl Slot {
    pub(crate) fn new(id: usize) -> Slot {
        let (owner, forks) = deque::forks();
        let spawned = PublicDeque::new_lifo();
        let detached = PublicDeque::new_fifo();
        Slot(Worker {
            owner,
            forks: CachePadded::new(forks),
            spawned_stealer: spawned.stealer(),
            spawned,
            detached_stealer: detached.stealer(),
            detached,
            mailbox: Injector::new(),
            sleeper: Arc::new(Sleeper::new()),
            away: Mutex::new(Vec::new()),
            counters: Counters::new(),
            id: id as SlotId,
            registry: Cell::new(ptr::null()),
            spawn_serial: Cell::new(0),
            current_scope: Cell::new(ptr::null()),
            random: Cell::new(0x9E37_79B9 ^ (id as u32 + 1).wrapping_mul(0x85EB_CA6B)),
            since_injector: Cell::new(0),
            region: Region {
                site: Cell::new(0),
                since: Cell::new(clock::now()),
                quiet: Cell::new(false),
                helped: Cell::new(false),
                waking_ns: Cell::new(0),
                remember: Cell::new(false),
            },
            recalled: AtomicBool::new(false),
            taken: AtomicBool::new(false),
            not_sync: PhantomData,
        })
    }

    pub(crate) fn forks(&self) -> &Shared<JobRef> {
        &self.0.forks
    }
    pub(crate) fn spawned(&self) -> &Stealer<JobRef> {
        &self.0.spawned_stealer
    }
    pub(crate) fn detached(&self) -> &Stealer<JobRef> {
        &self.0.detached_stealer
    }
    pub(crate) fn mailbox(&self) -> &Injector<JobRef> {
        &self.0.mailbox
    }
    pub(crate) fn sleeper(&self) -> &Arc<Sleeper> {
        &self.0.sleeper
    }
    pub(crate) fn stats(&self) -> WorkerStats {
        self.0.counters.snapshot()
    }

    /// Whether there is nothing to steal here.
    pub(crate) fn is_empty(&self) -> bool {
        self.forks().is_empty() && self.spawned().is_empty() && self.detached().is_empty()
    }

    /// Wakes the slot's thread if it waits, to look at the passed jobs.
    pub(crate) fn recall(&self) {
        // Release: pairs with the Acquire in `Worker::is_recalled`: the job is in the list.
        self.0.recalled.store(true, Ordering::Release);
        self.0.sleeper.parker.unpark();
    }

    /// Whether some thread has the slot.
    pub(crate) fn is_held(&self) -> bool {
        // Acquire: pairs with the Release in `let_go`.
        self.0.taken.load(Ordering::Acquire)
    }

    /// Where the slot's thread may be parked: as this worker, or as a guest of other pools.
    pub(crate) fn tell_of_mail(&self) {
        self.0.sleeper.parker.unpark();
        for sleeper in self.0.away.lock().iter() {
            sleeper.parker.unpark();
        }
    }

    /// Tries to take the slot for this thread.
    pub(crate) fn try_hold(&self, registry: &Registry) -> Option<&Worker> {
        // Relaxed: a look before the exchange.
        if self.0.taken.load(Ordering::Relaxed) {
            return None;
        }
        // Acquire: pairs with the Release in `let_go`: the holder before us has left the cells alone.
        let ours = self.0.taken.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok();
        ours.then(|| {
            self.0.registry.set(registry);
            &self.0
        })
    }
}

millstream_sync::thread_local! {
    /// The worker that this thread is at the moment.
    static CURRENT: Cell<*const Worker> = const { Cell::new(ptr::null()) };
    /// The worker that this thread was started as, if it is a pool's. It may be a guest in other pools meanwhile.
    static HOME: Cell<*const Worker> = const { Cell::new(ptr::null()) };
}

impl Worker {
    /// The worker that this thread is, if any. It stays valid for as long as the current job or call runs.
    #[inline]
    pub(crate) fn current() -> Option<NonNull<Worker>> {
        NonNull::new(CURRENT.with(Cell::get).cast_mut())
    }

    /// Calls `f` with the worker that this thread is, if it is one.
    #[inline]
    pub fn with_current<R>(f: impl FnOnce(Option<&Worker>) -> R) -> R {
        // SAFETY: valid while this thread's current job or call runs, and so during `f`.
        f(Worker::current().map(|worker| unsafe { worker.as_ref() }))
    }

    /// Makes `self` this thread's worker; returns the one before.
    pub(crate) fn make_current(&self) -> *const Worker {
        CURRENT.with(|current| current.replace(self))
    }

    /// Puts back what [`Worker::make_current`] returned.
    pub(crate) fn restore_current(before: *const Worker) {
        CURRENT.with(|current| current.set(before));
    }

    /// Makes `self` the worker that this thread was started as, until [`Worker::leave_home`].
    pub(crate) fn make_home(&self) {
        HOME.with(|home| home.set(self));
        self.make_current();
    }

    /// This thread's job as a worker is over.
    pub(crate) fn leave_home() {
        HOME.with(|home| home.set(ptr::null()));
        Worker::restore_current(ptr::null());
    }

    /// The worker that this thread was started as, if it is a pool's: valid until the thread leaves its pool.
    #[inline]
    pub(crate) fn home() -> Option<NonNull<Worker>> {
        NonNull::new(HOME.with(Cell::get).cast_mut())
    }

    /// Gives the slot back; the thread no longer is this worker.
    pub(crate) fn let_go(&self) {
        debug_assert!(self.owner.is_empty(), "a slot was left with forks in it");
        // Release: pairs with the Acquire in `try_hold`.
        self.taken.store(false, Ordering::Release);
    }

    /// Whether this worker was recalled since it was last asked.
    pub(crate) fn is_recalled(&self) -> bool {
        // Acquire: pairs with the Release in `recall`.
        self.recalled.swap(false, Ordering::Acquire)
    }

    #[inline]
    pub(crate) fn id(&self) -> SlotId {
        self.id
    }

    #[inline]
    pub(crate) fn registry(&self) -> &Registry {
        // SAFETY: set when the slot was taken; the roster, and so this worker, is part of it.
        unsafe { &*self.registry.get() }
    }

    /// How many threads this worker's pool has.
    pub fn num_threads(&self) -> usize {
        self.registry().threads
    }

    /// This worker's number among the pool's own threads; `None` for a thread from outside, or a spare one.
    pub fn index(&self) -> Option<usize> {
        let id = self.id as usize;
        (id < self.registry().threads).then_some(id)
    }

    // --- forks: the fast path ---

    /// Pushes a fork and returns its position.
    ///
    /// # Safety
    /// The job begins with an unwritten `Header`, and stays until it was taken back or its header says done.
    #[inline]
    pub(crate) unsafe fn push_fork(&self, job: JobRef) -> usize {
        let (at, calm) = self.owner.push(&self.forks, job);
        if !calm {
            self.expose_at_fork();
        }
        at
    }

    /// Takes the fork at `at` back. True: it is ours again. False: a thief has it.
    #[inline]
    pub(crate) fn take_back(&self, at: usize) -> bool {
        self.owner.take_back_private(&self.forks, at) || self.take_back_cold(at)
    }

    #[cold]
    #[inline(never)]
    fn expose_at_fork(&self) {
        let registry = self.registry();
        if registry.threads == 1 && !self.owner.is_full() {
            self.owner.calm_down(&self.forks);
            return;
        }
        let counts = registry.sleep.counts();
        let idle = (counts.idle() + counts.searching()) as usize;
        let count = self.owner.expose_at_fork(&self.forks, 1 + idle, |job| {
            self.note_region(job);
            self.publish(job);
        });
        // Somebody would have nothing: stay hungry, or a fork that follows hides behind a leaf that may be long.
        if self.owner.is_short_of(idle) {
            self.become_hungry();
        }
        self.counters.exposed.add(count as u64);
        self.post();
    }

    #[cold]
    #[inline(never)]
    fn take_back_cold(&self, at: usize) -> bool {
        match self.owner.take_back(&self.forks, at, |job| self.publish(job)) {
            TakeBack::Inline => {
                self.reconsider_quiet();
                true
            }
            TakeBack::Exposed(count) => {
                if count > 0 {
                    self.counters.exposed.add(count as u64);
                    self.post();
                }
                true
            }
            TakeBack::Stolen => {
                self.region.helped.set(true);
                false
            }
        }
    }

    /// Pushes a job that is public at once, with everything older; `waiter` waits for it. The caller posts.
    ///
    /// # Safety
    /// As for `push_fork`.
    pub(crate) unsafe fn push_public(&self, job: JobRef, waiter: SlotId) -> usize {
        let (at, _) = self.owner.push(&self.forks, job);
        let count = self.owner.expose_all(&self.forks, |older| {
            if older.data() == job.data() {
                // SAFETY: ours, private still, and begins with an unwritten header by the promise above.
                unsafe { publish(job, waiter) };
            } else {
                self.publish(older);
            }
        });
        self.counters.exposed.add(count as u64);
        at
    }

    fn publish(&self, job: JobRef) {
        // SAFETY: called for private jobs of ours that begin with an unwritten header.
        unsafe { publish(job, self.id) };
    }

    /// The next fork is public at once: at the start of every stolen job and every region.
    #[inline]
    pub(crate) fn become_hungry(&self) {
        self.owner.become_hungry(&self.forks);
    }

    /// Whether no fork of ours is outstanding.
    pub(crate) fn has_no_forks(&self) -> bool {
        self.owner.is_empty()
    }

    // --- regions: shall a guest's first fork wake somebody? ---

    /// Begins an outside call. `remember`: note how long it takes by the call site of its first fork.
    pub(crate) fn begin_region(&self, remember: bool) {
        self.region.remember.set(remember);
        self.region.site.set(0);
        self.region.quiet.set(false);
        self.region.waking_ns.set(0);
        self.become_hungry();
    }

    #[inline]
    pub(crate) fn note_region(&self, job: JobRef) {
        if self.region.remember.get() && self.region.site.get() == 0 {
            self.region.site.set(job.code());
            self.region.since.set(clock::now());
            let guess = self.registry().history.guess_ns(job.code());
            self.region.quiet.set(guess.is_some_and(|ns| ns < SHORT_REGION_NS));
        }
    }

    pub(crate) fn end_region(&self) {
        let site = self.region.site.replace(0);
        if site != 0 {
            let now = clock::now();
            let ns = now.ns_since(self.region.since.get()).saturating_sub(self.region.waking_ns.replace(0));
            self.registry().history.record(site, ns);
            if self.region.helped.replace(false) {
                self.registry().unhelped.helped();
            } else if ns < SHORT_REGION_NS {
                self.registry().unhelped(now, ns);
            }
        }
        self.region.remember.set(false);
        self.region.quiet.set(false);
    }

    /// A region that was guessed short is not: wake somebody after all.
    fn reconsider_quiet(&self) {
        if self.region.quiet.get() && clock::now().ns_since(self.region.since.get()) > SHORT_REGION_NS {
            self.region.quiet.set(false);
            if !self.forks.is_empty() {
                self.post();
            }
        }
    }

    // --- telling others ---

    /// Wakes somebody for work just made public, if need be.
    pub(crate) fn post(&self) {
        let registry = self.registry();
        let wake = registry.sleep.post(self.region.quiet.get());
        self.wake(wake);
    }

    pub(crate) fn wake(&self, wake: Wake) {
        if !matches!(wake, Wake::Nobody) {
            self.counters.wakes.add(1);
            let begun = clock::now();
            self.registry().wake(wake);
            self.region.waking_ns.set(self.region.waking_ns.get() + clock::now().ns_since(begun));
        }
    }

    /// Runs a job that came from a deque, and wakes whoever waits for it.
    ///
    /// # Safety
    /// The job is due.
    pub(crate) unsafe fn execute(&self, job: JobRef) {
        self.counters.jobs.add(1);
        self.become_hungry();
        let scope = self.current_scope.replace(ptr::null());
        // The thread may be working in another pool at the moment.
        let before = self.make_current();
        // SAFETY: due by the promise above.
        let wake = unsafe { job.run(self.id) };
        Worker::restore_current(before);
        self.current_scope.set(scope);
        if wake != NO_SLOT {
            self.registry().unpark(wake);
        }
    }

    /// Hands a job to whoever comes, or to `waiter`, who waits for it: it must not run in the wait that found it.
    #[cold]
    pub(crate) fn pass_on(&self, kind: Kind, job: JobRef, waiter: SlotId) {
        self.counters.passed_on.add(1);
        let registry = self.registry();
        registry.passed.push(kind, job);
        registry.roster.get(waiter as usize).recall();
        self.post();
    }
}

impl Registry {
    /// Carries out what [`Sleep`] decided.
    pub(crate) fn wake(&self, wake: Wake) {
        match wake {
            Wake::Nobody => {}
            Wake::Sleeper(sleeper) => {
                sleeper.placement.keep_off_this_core();
                sleeper.parker.unpark();
            }
            Wake::Spare => {
                // SAFETY: every registry lives in an Arc (`Registry::new` is only called so).
                let this = unsafe { Registry::arc(self) };
                (self.start_spare)(&this);
            }
        }
    }

    /// # Safety
    /// `this` lives in an `Arc`.
    pub(crate) unsafe fn arc(this: &Registry) -> Arc<Registry> {
        // SAFETY: in an Arc by the promise above; somebody holds it while `this` is borrowed.
        unsafe { Arc::increment_strong_count(this) };
        // SAFETY: the count was raised just now.
        unsafe { Arc::from_raw(this) }
    }

    /// Wakes the thread in a slot, which waits for something of its own.
    pub(crate) fn unpark(&self, slot: SlotId) {
        self.roster.get(slot as usize).sleeper().parker.unpark();
    }

    /// A short region ran alone for `ns`, up to `now`: wakes somebody for those to come, if there are many.
    pub(crate) fn unhelped(&self, now: Ticks, ns: u64) {
        if self.unhelped.note(now.ns_since(self.built), ns) {
            let counts = self.sleep.counts();
            if counts.searching() == 0 && counts.idle() > 0 {
                self.wake(self.sleep.choose());
            }
        }
    }

    /// Whether there is any work that an idle thread could take: every source, but for mailboxes.
    pub(crate) fn has_work(&self) -> bool {
        !self.injector.is_empty()
            || !self.passed.is_empty()
            || self.roster.iter().any(|slot| !slot.is_empty())
    }

    /// Whether the pool stops.
    pub(crate) fn stops(&self) -> bool {
        // Acquire: pairs with the Release in `stop`.
        self.stopping.load(Ordering::Acquire)
    }

    /// Takes a slot beyond the pool's own threads'.
    pub(crate) fn take_slot(&self) -> &Worker {
        loop {
            for at in self.threads..self.roster.len() {
                if let Some(worker) = self.roster.get(at).try_hold(self) {
                    return worker;
                }
            }
            self.roster.grow();
        }
    }

    /// # Panics
    /// In a forked child of the process that built the pool.
    #[inline]
    pub(crate) fn check_process(&self) {
        if self.process.id_changed() {
            self.refuse_process();
        }
    }

    #[cold]
    #[inline(never)]
    fn refuse_process(&self) -> ! {
        panic!(
            "the pool `{}` belongs to process {}, and its threads stayed there: process {}, forked from it, must build a pool of its own",
            self.config.name,
            self.process.creator_id(),
            std::process::id()
        )
    }

    /// Sends a job from outside, or from a thread that is not this pool's.
    pub(crate) fn inject(&self, job: JobRef) {
        self.injector.push(job);
        self.wake(self.sleep.post(false));
    }
}
