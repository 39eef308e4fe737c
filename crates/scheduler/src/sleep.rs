//! Who is awake, who sleeps, and who wakes whom: seats.
//!
//! A pool of `n` threads has `n` *seats*. A thread that runs jobs or looks for some holds one; a thread
//! that parks gives it back, whether it is idle or waits for something of its own. Work is posted to whoever holds a
//! free seat's worth of sleep:
//!
//! | poster                              | sleeper (idle), or waiter that parks          |
//! |-------------------------------------|-----------------------------------------------|
//! | P1 make the work public             | S1 give the seat back (and join `idle`)       |
//! | P2 fence(SeqCst)                    | S2 fence(SeqCst)                              |
//! | P3 nobody searching? a seat free:   | S3 is there work? take the seat back, or      |
//! |    give it to an idle thread;       |    (a waiter that takes a note) give it to    |
//! |    none free: leave a note          |    an idle thread                             |
//!
//! One fence comes first. If P2, then S3 sees the work; if S2, then P3 sees the free seat. The note (`DENIED`) lies in the same word as
//! the seats; without it a caller from outside that comes and goes would look into every deque. A poster that sees somebody
//! searching leaves the rest to it: the last searcher that finds work looks whether there is more and wakes the
//! next, and one that finds none goes through S1 to S3.
//! Invariant 1: with work public, somebody searches, or all seats are held and there is a note, or a wake is on its way.
//! Invariant 2: a thread that was chosen from `idle` holds a seat and counts as searching before it runs.
//! Checked by `models::sleep::*`; each fails without its fence, and without the look at S3.

use std::sync::Arc;
use std::time::Duration;

use millstream_sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
use millstream_sync::lock::Mutex;
use millstream_sync::mutant;
use millstream_sync::pad::CachePadded;
use millstream_sync::park::Parker;

use crate::placement::Placement;

/// One thread that looks for work.
const SEARCHING: u64 = 1;
/// One seat that is taken.
const AWAKE: u64 = 1 << 20;
/// One idle thread that is parked and may be chosen.
const IDLE: u64 = 1 << 40;
const FIELD: u64 = (1 << 20) - 1;
/// All seats were taken when there was work for one more: whoever gives a seat back must look for it.
const DENIED: u64 = 1 << 60;
/// What being chosen adds: from idle to awake and searching.
const CHOSEN: u64 = (SEARCHING + AWAKE).wrapping_sub(IDLE);

/// Where one thread parks, idle or waiting.
#[derive(Debug)]
pub(crate) struct Sleeper {
    pub(crate) parker: Parker,
    pub(crate) placement: Placement,
    /// Somebody chose this thread from `idle`; reset when it joins the list. Written under the list's lock.
    chosen: AtomicBool,
}

impl Sleeper {
    pub(crate) fn new() -> Sleeper {
        Sleeper { parker: Parker::new(), placement: Placement::new(), chosen: AtomicBool::new(false) }
    }
}

/// A reading of the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counts(u64);

impl Counts {
    /// Threads that are looking for work.
    #[inline]
    pub(crate) fn searching(self) -> u64 {
        self.0 & FIELD
    }
    /// Seats taken.
    #[inline]
    pub(crate) fn awake(self) -> u64 {
        (self.0 / AWAKE) & FIELD
    }
    /// Threads parked for want of work.
    #[inline]
    pub(crate) fn idle(self) -> u64 {
        (self.0 / IDLE) & FIELD
    }
    #[inline]
    fn denied(self) -> bool {
        self.0 & DENIED != 0
    }
}

/// What a poster has to do.
#[derive(Debug)]
#[must_use]
pub(crate) enum Wake {
    /// Nobody needs to be woken.
    Nobody,
    /// Unpark this thread: it holds a seat now, and searches.
    Sleeper(Arc<Sleeper>),
    /// A seat is free and no thread is idle: start a spare thread. Its seat is taken and its search counted already.
    Spare,
}

/// Who can be chosen.
struct Idle {
    parked: Vec<Arc<Sleeper>>,
    /// How many more threads may be started to sit in for waiting ones.
    spares: usize,
}

/// The seats of one pool.
pub(crate) struct Sleep {
    counts: CachePadded<AtomicU64>,
    idle: Mutex<Idle>,
    seats: u64,
    /// Somebody in `idle` parks with a timeout, and will look by itself.
    dozing: AtomicBool,
}

impl Sleep {
    /// `seats` threads may be awake; `spares` threads may be started beside those that the pool begins with.
    pub(crate) fn new(seats: usize, spares: usize) -> Sleep {
        let counts = CachePadded::new(AtomicU64::new(0));
        let idle = Mutex::new(Idle { parked: Vec::new(), spares });
        Sleep { counts, idle, seats: seats as u64, dozing: AtomicBool::new(false) }
    }

    /// The counts, as a hint.
    #[inline]
    pub(crate) fn counts(&self) -> Counts {
        // Relaxed: a hint, or ordered by a fence of the caller's.
        Counts(self.counts.load(Ordering::Relaxed))
    }

    /// Whether more seats are taken than there are: then whoever has nothing to do parks.
    #[inline]
    pub(crate) fn crowded(&self) -> bool {
        self.counts().awake() > self.seats
    }

    /// Notes that there may be work for one seat more than there are. False: a seat is free after all, nothing is noted.
    ///
    /// The note and the seats are one word: either who gives a seat back sees the note, or we see the seat.
    #[cold]
    fn deny(&self) -> bool {
        let full = |counts: u64| Counts(counts).awake() >= self.seats;
        if mutant!("sleep_nobody_denied") {
            return full(self.counts().0);
        }
        // Release: the work is visible to whoever takes the note (Acquire in `stand`). Relaxed on failure: nothing was noted.
        let note = |counts| full(counts).then_some(counts | DENIED);
        self.counts.fetch_update(Ordering::Release, Ordering::Relaxed, note).is_ok()
    }

    /// The last look before parking. A full pool's work is left to whoever gives a seat back.
    fn last_look(&self, look: impl Fn(bool) -> bool) -> bool {
        let full = self.counts().awake() >= self.seats && self.deny();
        look(full)
    }

    /// Whether somebody dozes: parked, but due to look by itself before long.
    #[inline]
    pub(crate) fn someone_dozes(&self) -> bool {
        // Relaxed: a hint; being wrong costs a wake or a little time.
        self.dozing.load(Ordering::Relaxed)
    }

    /// Takes a seat at once, whether one is free or not.
    pub(crate) fn sit(&self) {
        // Relaxed: taking a seat promises nothing to others; giving it back is what is ordered.
        self.counts.fetch_add(AWAKE, Ordering::Relaxed);
    }

    /// Gives the seat back, and passes it on if somebody was denied one and `has_work`.
    pub(crate) fn stand(&self, has_work: impl Fn() -> bool) -> Wake {
        // S1. Acquire: pairs with the Release in `deny`.
        let before = Counts(self.counts.fetch_sub(AWAKE, Ordering::Acquire));
        if !before.denied() || before.awake() > self.seats || mutant!("sleep_stand_without_look") {
            // Nobody was denied a seat; or the pool is full without ours: the note stays for the next.
            return Wake::Nobody;
        }
        // Relaxed: ordered by the fence. The note is ours.
        self.counts.fetch_and(!DENIED, Ordering::Relaxed);
        if !mutant!("sleep_stand_without_fence") {
            // S2; SeqCst: partner of the fence in `post`: a poster that saw the note standing left its work to us.
            fence(Ordering::SeqCst);
        }
        let counts = self.counts();
        if counts.searching() > 0 || counts.awake() >= self.seats && self.deny() {
            return Wake::Nobody;
        }
        // S3.
        if has_work() { self.choose() } else { Wake::Nobody }
    }

    /// Begins to search.
    pub(crate) fn begin_search(&self) {
        // Relaxed: posters that see it leave their work to us, and we look at everything after this; the fence in
        // `sleep` orders the last look.
        self.counts.fetch_add(SEARCHING, Ordering::Relaxed);
    }

    /// Ends a search that found a job. The last searcher passes the search on if there is more.
    pub(crate) fn end_search(&self, has_more: impl Fn() -> bool) -> Wake {
        // Relaxed: ordered by the fence.
        let before = Counts(self.counts.fetch_sub(SEARCHING, Ordering::Relaxed));
        debug_assert!(before.searching() > 0, "a search ended that was not counted");
        if before.searching() > 1 || mutant!("sleep_search_not_passed_on") {
            return Wake::Nobody;
        }
        if before.awake() >= self.seats && (before.denied() || self.deny()) {
            return Wake::Nobody;
        }
        if !mutant!("sleep_search_ended_without_fence") {
            // SeqCst: a poster that saw us searching relied on us: either we see its work below, or it sees that nobody
            // searches. Partner of the fence in `post`.
            fence(Ordering::SeqCst);
        }
        if has_more() { self.choose() } else { Wake::Nobody }
    }

    /// Whom to wake for work just made public. `quiet`: leave it to a dozing thread, if there is one.
    #[inline]
    pub(crate) fn post(&self, quiet: bool) -> Wake {
        if !mutant!("sleep_post_without_fence") {
            fence(Ordering::SeqCst); // P2; SeqCst: partner of the fences in `sleep`, `stand` and `end_search`.
        }
        let counts = self.counts();
        if counts.searching() > 0 || quiet && self.someone_dozes() {
            return Wake::Nobody;
        }
        if counts.awake() >= self.seats && (counts.denied() || self.deny()) {
            return Wake::Nobody;
        }
        self.choose()
    }

    /// Gives a free seat to an idle thread.
    #[cold]
    pub(crate) fn choose(&self) -> Wake {
        let mut idle = self.idle.lock();
        // Under the lock: two posters do not give one seat away twice. (`sit` may still take it: then the pool is
        // crowded until somebody's job ends.)
        if self.counts().awake() >= self.seats && self.deny() {
            return Wake::Nobody;
        }
        let Some(sleeper) = idle.parked.pop() else {
            if idle.spares == 0 {
                return Wake::Nobody;
            }
            idle.spares -= 1;
            // Relaxed: as below.
            self.counts.fetch_add(SEARCHING + AWAKE, Ordering::Relaxed);
            return Wake::Spare;
        };
        self.count_chosen(&sleeper);
        Wake::Sleeper(sleeper)
    }

    /// Gives a thread that was taken from the list its seat and its search, and only then tells it: it may be awake, see that it was chosen
    /// without being unparked, and end its search at once (invariant 2).
    fn count_chosen(&self, sleeper: &Sleeper) {
        if mutant!("sleep_chosen_before_it_counts") {
            sleeper.chosen.store(true, Ordering::Release); // Release: a mutant only.
        }
        // Relaxed: ordered before what the thread does by the store below.
        self.counts.fetch_add(CHOSEN, Ordering::Relaxed);
        // Release: pairs with the Acquire in `sleep`.
        sleeper.chosen.store(true, Ordering::Release);
    }

    /// Parks an idle thread that searches and holds a seat, until it is chosen (then it searches and holds a seat again).
    /// `look(full)` is the last look: stopping, or mail, or (unless the pool is full) work. `doze` gives the length of the k-th
    /// doze, if this thread may doze; when one ends it looks by itself.
    pub(crate) fn sleep(
        &self,
        me: &Arc<Sleeper>,
        look: impl Fn(bool) -> bool,
        doze: impl Fn(u32) -> Option<Duration>,
    ) {
        {
            let mut idle = self.idle.lock();
            // Relaxed: written under the lock by us and by whoever takes us from the list.
            me.chosen.store(false, Ordering::Relaxed);
            idle.parked.push(me.clone());
            // S1. Relaxed: ordered by the fence below.
            self.counts.fetch_sub(CHOSEN, Ordering::Relaxed);
        }
        if !mutant!("sleep_sleep_without_fence") {
            fence(Ordering::SeqCst); // S2; SeqCst: partner of the fence in `post`.
        }
        // S3.
        if !mutant!("sleep_without_last_look") && self.last_look(&look) {
            return self.rise(me);
        }
        // One dozer at a time. Relaxed: a hint.
        if doze(0).is_some() && !self.dozing.swap(true, Ordering::Relaxed) {
            let mut dozes = 0;
            while let Some(length) = doze(dozes) {
                dozes += 1;
                me.parker.park_timeout(length);
                // Acquire: pairs with the Release in `choose`.
                if me.chosen.load(Ordering::Acquire) {
                    self.end_doze();
                    return;
                }
                if self.last_look(&look) {
                    self.end_doze();
                    return self.rise(me);
                }
            }
            // From here on posters must wake us. They may have relied on the doze until now: announce its end and
            // look once more, as before parking.
            self.end_doze();
            if !mutant!("sleep_doze_ended_without_fence") {
                fence(Ordering::SeqCst); // SeqCst: partner of the fence in `post`.
            }
            if !mutant!("sleep_doze_ended_without_look") && self.last_look(&look) {
                return self.rise(me);
            }
        }
        self.sleep_for_good(me);
    }

    fn sleep_for_good(&self, me: &Arc<Sleeper>) {
        // Acquire: pairs with the Release in `choose`.
        while !me.chosen.load(Ordering::Acquire) {
            me.parker.park();
        }
    }

    fn end_doze(&self) {
        // Relaxed: a hint; the fence that follows where it matters orders it.
        self.dozing.store(false, Ordering::Relaxed);
    }

    /// Leaves the list of the idle by oneself, unless somebody was quicker.
    fn rise(&self, me: &Arc<Sleeper>) {
        let mut idle = self.idle.lock();
        if let Some(at) = idle.parked.iter().rposition(|other| Arc::ptr_eq(other, me)) {
            idle.parked.remove(at);
            // Relaxed: seat and search are ours again before we go on; nobody else relies on it.
            self.counts.fetch_add(CHOSEN, Ordering::Relaxed);
        }
    }

    /// A searcher starts with a seat: a new thread's, before it runs.
    pub(crate) fn arrive(&self) {
        // Relaxed: as in `sit` and `begin_search`.
        self.counts.fetch_add(SEARCHING + AWAKE, Ordering::Relaxed);
    }

    /// A searcher that holds a seat leaves the pool.
    pub(crate) fn leave(&self) {
        // Relaxed: as in `stand`; a leaver has looked at every source of work itself.
        self.counts.fetch_sub(SEARCHING + AWAKE, Ordering::Relaxed);
    }

    /// Chooses one idle thread, if it is idle, seat or no seat: it has mail.
    pub(crate) fn choose_this(&self, sleeper: &Arc<Sleeper>) {
        fence(Ordering::SeqCst); // SeqCst: the mail is out; partner of the fence in `sleep`.
        let mut idle = self.idle.lock();
        if let Some(at) = idle.parked.iter().position(|other| Arc::ptr_eq(other, sleeper)) {
            idle.parked.remove(at);
            self.count_chosen(sleeper);
        }
    }

    /// Takes all idle threads out of the list, to tell them that the pool stops. Unpark each.
    pub(crate) fn choose_all(&self) -> Vec<Arc<Sleeper>> {
        let mut idle = self.idle.lock();
        let all = std::mem::take(&mut idle.parked);
        for sleeper in &all {
            self.count_chosen(sleeper);
        }
        all
    }
}
