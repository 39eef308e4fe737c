//! The lazily split loop: a range of items, run by whoever has time.
//!
//! Each participant has a *range* in one packed word. Its owner takes chunks from the front; a thief takes half of what is
//! left from the back, also while the owner is inside a chunk; a stolen half is split the same way. Nothing is split
//! beforehand, so a loop that nobody helps with runs as the plain loop does.
//!
//! The calling thread begins alone and on private variables. It shares the loop when that can pay: at once if the call site's
//! history says it is long (then somebody is woken, too), else after the first chunks, if somebody is looking for work or what
//! is left is estimated to take longer than a wake. To share is to put an *invitation* into one's public deque; who steals
//! it becomes a participant, takes half of the inviter's range and may invite others in turn. Whoever is done takes back its
//! own invitation. So nobody ever waits for a thread that was woken but has not come.
//!
//! Chunks grow until one lasts [`CHUNK_NS`], which keeps the poll between them (a clock, two loads, an exchange) below 1 %.
//!
//! | owner of a range                  | thief                                    |
//! |-----------------------------------|------------------------------------------|
//! | O1 read (lo, hi); lo = hi: empty  | T1 read (lo, hi); lo = hi: next victim   |
//! | O2 exchange for (lo + k, hi)      | T2 exchange for (lo, hi - half)          |
//! | O3 run lo .. lo + k               | T3 store its own range := the half       |
//!
//! O2 and T2 are compare-exchanges of one word, so an item belongs to one of them. A range is stored (T3) only by its owner, and
//! only while it is empty, when no thief's exchange on it can succeed: a thief expects a word with lo < hi.
//! (The same word may come back: a range (lo, hi) is handed out once, since items are only ever taken.)
//! Checked by `models::split::*`.

use std::cell::{Cell, UnsafeCell};
use std::mem::MaybeUninit;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;

use millstream_sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use millstream_sync::clock::{self, Ticks};
use millstream_sync::lock::Mutex;
use millstream_sync::pad::CachePadded;

use crate::guest::Guest;
pub use crate::job::Payload;
use crate::job::{Header, JobRef, NO_SLOT, SlotId, WakeSlot, discard};
use crate::latch::{Finish, Latch};
use crate::pool::Pool;
use crate::worker::{Registry, Worker};

/// How a loop goes on after a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Flow {
    /// Go on.
    Continue,
    /// Nothing *behind* this chunk is wanted any more; everything before it is still run.
    StopBehind,
    /// Nothing is wanted any more: chunks already begun are finished, no other is begun.
    StopAll,
}

/// The body of a loop over `0..len`, run in chunks by several participants at once.
///
/// A participant *opens* a span, *runs* consecutive chunks in it (each begins where the one before
/// ended), and *closes* it when its range is used up or was split behind it; then it may steal
/// another range and open another span. So a span is one contiguous piece `covered`, run in order
/// on one thread, and there are few of them: one a participant and one a steal.
pub trait LoopBody: Sync {
    /// What a participant carries along one span.
    type Span;
    /// Begins a span at item `at`. `participant` is dense, below the pool's number of threads, and
    /// no two spans open at the same time share it.
    fn open(&self, participant: usize, at: usize) -> Self::Span;
    /// Runs the items of `chunk`, which follows the span's chunk before it. If it panics, the span is closed with this chunk
    /// counted as covered, and nothing behind the chunk is begun.
    fn run(&self, span: &mut Self::Span, chunk: Range<usize>) -> Flow;
    /// Ends a span; `covered` is all it ran, including a chunk that panicked.
    fn close(&self, span: Self::Span, covered: Range<usize>);
}

/// How a loop is cut.
#[derive(Clone, Copy, Debug)]
pub struct LoopOptions {
    /// No chunk is smaller (but the last one, and what the ends of splits leave); at least 1.
    pub min_chunk: usize,
    /// No chunk is larger; at least `min_chunk`.
    pub max_chunk: usize,
}

impl Default for LoopOptions {
    fn default() -> Self {
        LoopOptions { min_chunk: 1, max_chunk: usize::MAX }
    }
}

impl Pool {
    /// Runs `body` over `0..len`, shared by as many threads as come; returns when all of it is done.
    ///
    /// # Errors
    /// The panic of the earliest chunk that panicked, after all participants have left. Every chunk before it has run.
    /// # Blocking
    /// Waits for the others' last chunks, running only jobs that descend from the loop.
    /// # Cost
    /// A loop shorter than a microsecond costs some 50 ns above the plain loop.
    pub fn run_loop<B: LoopBody>(&self, len: usize, options: LoopOptions, body: &B) -> Result<(), Payload> {
        run(self.registry(), len, options, body)
    }
}

impl Worker {
    /// [`Pool::run_loop`] in this worker's pool.
    ///
    /// # Errors
    /// As there.
    pub fn run_loop<B: LoopBody>(&self, len: usize, options: LoopOptions, body: &B) -> Result<(), Payload> {
        run(self.registry(), len, options, body)
    }
}

/// What a chunk should last: long enough that the poll after it does not count, short enough that the last chunks end
/// together (2 us cost 1.5 % on 11 ns items, 8 us lose 3 % of a 100 us loop; 2 cores, `benches/versus`, `loops`).
const CHUNK_NS: u64 = 4_000;
/// The first chunks grow by this factor: few clock reads before a tiny loop is over.
const GROW: u64 = 4;
/// What is left must last this long to be shared with somebody who is awake.
const SHARE_NS: u64 = 800;
/// After this time, with at least as much left, somebody is woken (a wake costs 10 to 20 us here and 20 to 45 there).
const WAKE_NS: u64 = 25_000;
/// A loop that is expected to be over in this time is run in one chunk.
const TINY_NS: u64 = 1_500;
/// A loop that ran alone for longer than this would have been shared had somebody been awake.
const POKE_LOOP_NS: u64 = 3_000;
/// A site that ran longer than this last time is shared, and somebody woken, before its first chunk.
const LONG_NS: u64 = 60_000;
/// Participants whose ranges lie on the caller's stack; pools with more threads allocate.
const INLINE: usize = 8;

/// One participant's part of a loop; part 0 is the caller's.
#[repr(C)]
struct Part {
    /// A part lies in the deque of forks as an invitation, and what lies there begins with a header. Not used.
    header: UnsafeCell<MaybeUninit<Header>>,
    /// `lo` in the low half, `hi` in the high half, in units.
    range: AtomicU64,
    /// An invitation by this part's owner is out and was not answered.
    invites: AtomicBool,
    /// Who works on this part, or [`NO_SLOT`].
    worker: AtomicU32,
    /// The [`Loop`] it is part of, for who answers the invitation; written before the loop is shared.
    shared: Cell<*const ()>,
}

#[inline]
fn pack(lo: u32, hi: u32) -> u64 {
    u64::from(hi) << 32 | u64::from(lo)
}
#[inline]
fn unpack(word: u64) -> (u32, u32) {
    (word as u32, (word >> 32) as u32)
}

impl Part {
    fn new() -> CachePadded<Part> {
        CachePadded::new(Part {
            header: UnsafeCell::new(MaybeUninit::uninit()),
            range: AtomicU64::new(0),
            invites: AtomicBool::new(false),
            worker: AtomicU32::new(NO_SLOT),
            shared: Cell::new(std::ptr::null()),
        })
    }

    /// O1, O2: up to `want` units from the front.
    fn take_front(&self, want: u32) -> Option<Range<u32>> {
        // Relaxed: see the exchange.
        let mut word = self.range.load(Ordering::Relaxed);
        loop {
            let (lo, hi) = unpack(word);
            if lo >= hi {
                return None;
            }
            let end = lo + want.clamp(1, hi - lo);
            // Relaxed: items hand over nothing but their numbers; who made the loop published it through a deque.
            match self.range.compare_exchange_weak(word, pack(end, hi), Ordering::Relaxed, Ordering::Relaxed)
            {
                Ok(_) => return Some(lo..end),
                Err(now) => word = now,
            }
        }
    }

    /// T1, T2: half of the rest from the back, all of it if it is less than `2 * least`.
    fn take_back(&self, least: u32) -> Option<Range<u32>> {
        // Relaxed: as in `take_front`.
        let mut word = self.range.load(Ordering::Relaxed);
        loop {
            let (lo, hi) = unpack(word);
            if lo >= hi {
                return None;
            }
            let rest = hi - lo;
            let half = if rest < least.saturating_mul(2) { rest } else { rest.div_ceil(2) };
            // Relaxed: as in `take_front`.
            match self.range.compare_exchange_weak(
                word,
                pack(lo, hi - half),
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some(hi - half..hi),
                Err(now) => word = now,
            }
        }
    }
}

/// What the participants of one loop share; on the caller's stack.
struct Loop<'a, B: LoopBody> {
    body: &'a B,
    cut: Cut,
    parts: Parts,
    /// Invitations that are out, and participants who came by one.
    others: Latch,
    caller: SlotId,
    stop: &'a Stop,
    /// How long an item takes, in 1/1024 ns, as last seen by anybody.
    item_ns_1024: AtomicU64,
}

/// How a loop's items are numbered.
#[derive(Clone, Copy)]
struct Cut {
    len: usize,
    /// Items in a unit: 1 up to 2^32 - 1 items.
    unit: usize,
    /// Units.
    least: u32,
    most: u32,
}

impl Cut {
    fn new(len: usize, options: LoopOptions) -> Cut {
        let least = options.min_chunk.max(1);
        let unit = len.div_ceil(u32::MAX as usize).max(1);
        let units = |items: usize| u32::try_from(items.div_ceil(unit)).unwrap_or(u32::MAX);
        Cut { len, unit, least: units(least), most: units(options.max_chunk.max(least)).max(1) }
    }

    fn units(self) -> u32 {
        self.len.div_ceil(self.unit) as u32
    }

    fn items(self, units: Range<u32>) -> Range<usize> {
        // The last unit may be short; a unit count times a unit stays below len + unit, which may exceed usize::MAX.
        let at = |units: u32| (units as usize).saturating_mul(self.unit).min(self.len);
        at(units.start)..at(units.end)
    }
}

/// Where the loop ends early, and why.
struct Stop {
    /// Items from here on are not begun.
    at: AtomicUsize,
    /// The panic of the lowest chunk.
    panic: Mutex<Option<(usize, Payload)>>,
}

impl Stop {
    fn behind(&self, item: usize) {
        // Relaxed: being late costs chunks, not correctness; results are handed over when participants leave.
        self.at.fetch_min(item, Ordering::Relaxed);
    }

    fn panicked(&self, item: usize, payload: Payload) {
        self.behind(item);
        let mut first = self.panic.lock();
        let loser = match &*first {
            Some((at, _)) if *at <= item => Some(payload),
            _ => first.replace((item, payload)).map(|(_, payload)| payload),
        };
        drop(first);
        if let Some(payload) = loser {
            discard(payload);
        }
    }

    fn reached(&self, item: usize) -> bool {
        // Relaxed: as in `behind`.
        item >= self.at.load(Ordering::Relaxed)
    }
}

enum Parts {
    Inline([CachePadded<Part>; INLINE]),
    Heap(Box<[CachePadded<Part>]>),
}

impl Parts {
    fn all(&self) -> &[CachePadded<Part>] {
        match self {
            Parts::Inline(parts) => parts,
            Parts::Heap(parts) => parts,
        }
    }
}

/// A span being run, and what its chunks cost.
struct Run<'a, B: LoopBody> {
    body: &'a B,
    stop: &'a Stop,
    span: Option<B::Span>,
    covered: Range<usize>,
}

impl<'a, B: LoopBody> Run<'a, B> {
    fn open(body: &'a B, stop: &'a Stop, participant: usize, at: usize) -> Run<'a, B> {
        let span = match catch_unwind(AssertUnwindSafe(|| body.open(participant, at))) {
            Ok(span) => Some(span),
            Err(payload) => {
                stop.panicked(at, payload);
                None
            }
        };
        Run { body, stop, span, covered: at..at }
    }

    /// False: the span is at its end.
    fn chunk(&mut self, chunk: Range<usize>) -> bool {
        let Some(span) = &mut self.span else { return false };
        self.covered.end = chunk.end;
        let start = chunk.start;
        match catch_unwind(AssertUnwindSafe(|| self.body.run(span, chunk))) {
            Ok(Flow::Continue) => true,
            Ok(Flow::StopBehind) => {
                self.stop.behind(start);
                false
            }
            Ok(Flow::StopAll) => {
                self.stop.behind(0);
                false
            }
            Err(payload) => {
                self.stop.panicked(start, payload);
                false
            }
        }
    }

    fn close(self) {
        let Run { body, stop, span, covered } = self;
        if let Some(span) = span {
            let start = covered.start;
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| body.close(span, covered))) {
                stop.panicked(start, payload);
            }
        }
    }
}

/// How many units the next chunk should have, from what the last one took.
fn next_chunk(units: u32, ns: u64, cut: Cut) -> u32 {
    let fit = u64::from(units) * CHUNK_NS / ns.max(1);
    let grown = u64::from(units) * GROW;
    u32::try_from(fit.min(grown)).unwrap_or(u32::MAX).clamp(cut.least, cut.most.max(cut.least))
}

/// Runs `body` over `0..len` on the pool of `registry`.
pub(crate) fn run<B: LoopBody>(
    registry: &Registry,
    len: usize,
    options: LoopOptions,
    body: &B,
) -> Result<(), Payload> {
    if len == 0 {
        return Ok(());
    }
    let cut = Cut::new(len, options);
    let units = cut.units();
    if registry.threads == 1 || units <= 1 || u64::from(units) < 2 * u64::from(cut.least) {
        return run_in_chunks(cut, body, cut.most);
    }
    let begun = clock::now();
    let site = Site { registry, key: participate::<B> as *const () as usize, begun, units };
    // The history of a loop is what 1024 units cost.
    let guess_1024 = registry.history.guess_ns(site.key);
    let guess = guess_1024.map(|ns| ns.saturating_mul(u64::from(units)) / 1024);
    if guess.is_some_and(|ns| ns < TINY_NS) && cut.most >= units {
        let result = run_in_chunks(cut, body, units);
        site.record(clock::now().ns_since(begun));
        return result;
    }
    run_shareable(&site, cut, body, guess_1024, guess)
}

/// Where and when a loop was begun.
struct Site<'a> {
    registry: &'a Registry,
    key: usize,
    begun: Ticks,
    units: u32,
}

impl Site<'_> {
    fn record(&self, ns: u64) {
        let units = u64::from(self.units);
        // Exact for all that fits; what does not is off the table's scale anyway.
        let ns_1024 = if ns < 1 << 53 { ns * 1024 / units } else { ns / units * 1024 };
        self.registry.history.record(self.key, ns_1024);
    }
}

/// The plain loop: all on the calling thread, without a clock.
fn run_in_chunks<B: LoopBody>(cut: Cut, body: &B, chunk: u32) -> Result<(), Payload> {
    let stop = Stop { at: AtomicUsize::new(usize::MAX), panic: Mutex::new(None) };
    let units = cut.units();
    let mut run = Run::open(body, &stop, 0, 0);
    let mut lo = 0;
    while lo < units {
        let hi = lo + chunk.min(units - lo);
        if !run.chunk(cut.items(lo..hi)) {
            break;
        }
        lo = hi;
    }
    run.close();
    finish(stop)
}

/// A loop that is run alone for a while, and then perhaps shared.
#[inline(never)]
fn run_shareable<B: LoopBody>(
    site: &Site<'_>,
    cut: Cut,
    body: &B,
    guess_1024: Option<u64>,
    guess: Option<u64>,
) -> Result<(), Payload> {
    let Site { registry, begun, units, .. } = *site;
    let stop = Stop { at: AtomicUsize::new(usize::MAX), panic: Mutex::new(None) };
    let long = guess.is_none_or(|ns| ns > LONG_NS);
    let mut state = Rest {
        units: 0..units,
        want: guess.map_or(cut.least, |ns| next_chunk(units, ns.saturating_mul(4), cut)),
        run: None,
        item_ns_1024: guess_1024.unwrap_or(0),
        wake: long,
    };
    if !long {
        // Alone, on private variables.
        let mut run = Run::open(body, &stop, 0, 0);
        let mut then = begun;
        loop {
            let lo = state.units.start;
            let hi = lo + state.want.min(units - lo);
            let more = run.chunk(cut.items(lo..hi));
            if hi == units || !more || stop.reached(0) {
                run.close();
                let now = clock::now();
                let ns = now.ns_since(begun);
                site.record(ns);
                if ns > POKE_LOOP_NS {
                    registry.unhelped(now, ns);
                }
                return finish(stop);
            }
            let now = clock::now();
            let ns = now.ns_since(then);
            then = now;
            state.units.start = hi;
            state.want = next_chunk(hi - lo, ns, cut);
            let elapsed = now.ns_since(begun);
            state.item_ns_1024 = (elapsed * 1024 / u64::from(hi)).max(1);
            let rest_ns = u64::from(units - hi).saturating_mul(state.item_ns_1024) / 1024;
            let share = if registry.sleep.counts().searching() > 0 {
                rest_ns > SHARE_NS
            } else {
                elapsed > WAKE_NS && rest_ns > WAKE_NS
            };
            if share {
                break;
            }
        }
        state.run = Some(run);
    }
    match registry.current_worker() {
        Some(worker) => share(worker, body, cut, &stop, state),
        None => share(&Guest::arrive(registry, false), body, cut, &stop, state),
    }
    site.record(clock::now().ns_since(begun));
    finish(stop)
}

/// What is left of a loop when it is shared.
struct Rest<'a, B: LoopBody> {
    units: Range<u32>,
    /// How many units the next chunk should have.
    want: u32,
    /// The span begun before.
    run: Option<Run<'a, B>>,
    item_ns_1024: u64,
    /// Wake somebody at once.
    wake: bool,
}

fn finish(stop: Stop) -> Result<(), Payload> {
    match stop.panic.lock().take() {
        Some((_, payload)) => Err(payload),
        None => Ok(()),
    }
}

/// The rest of a loop, shared with whoever comes.
#[inline(never)]
fn share<B: LoopBody>(worker: &Worker, body: &B, cut: Cut, stop: &Stop, rest: Rest<'_, B>) {
    let threads = worker.num_threads();
    let parts = if threads <= INLINE {
        Parts::Inline(std::array::from_fn(|_| Part::new()))
    } else {
        Parts::Heap((0..threads).map(|_| Part::new()).collect())
    };
    let this = Loop {
        body,
        cut,
        parts,
        others: Latch::new(0),
        caller: worker.id(),
        stop,
        item_ns_1024: AtomicU64::new(rest.item_ns_1024),
    };
    for part in this.parts.all() {
        part.shared.set((&raw const this).cast());
    }
    let part = &this.parts.all()[0];
    // Relaxed: published with the invitation.
    part.worker.store(worker.id(), Ordering::Relaxed);
    part.range.store(pack(rest.units.start, rest.units.end), Ordering::Relaxed); // Relaxed: as above.
    let invite = if rest.wake { Invite::AndWake } else { Invite::Now };
    this.work(worker, 0, rest.want, rest.run, invite);
    worker.wait_until(&this.others, || this.parts.all()[1..].iter().find_map(|part| help(worker, part)));
}

/// A fork of whoever works on `part`: it descends from the loop, since their deque held nothing when they joined.
fn help(worker: &Worker, part: &Part) -> Option<JobRef> {
    // Relaxed: a hint; looked at again below.
    let slot = part.worker.load(Ordering::Relaxed);
    if slot == NO_SLOT {
        return None;
    }
    let job = worker.steal_fork_from(slot)?;
    // They may have left the loop before they made that fork. Relaxed: the steal acquired the fork's push, which came after
    // the leaving's store (the part cannot be theirs again: a new participant's deque is empty, too).
    if part.worker.load(Ordering::Relaxed) == slot {
        return Some(job);
    }
    worker.pass_on(job);
    None
}

/// Whether to invite others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Invite {
    /// If it pays.
    Maybe,
    /// At once; somebody looks for work.
    Now,
    /// At once, and wake somebody.
    AndWake,
}

impl<B: LoopBody> Loop<'_, B> {
    /// Works on part `me` until there is nothing left to take.
    fn work(&self, worker: &Worker, me: usize, want: u32, first: Option<Run<'_, B>>, invite: Invite) {
        let part = &*self.parts.all()[me];
        let (mut want, mut invite) = (want, invite);
        let mut run = first;
        let mut invitation = None;
        let mut then = clock::now();
        let mut chunks = 0;
        loop {
            invite = self.invite(worker, part, invite, &mut invitation);
            // Relaxed: our own word; thieves only make it smaller.
            let (lo, hi) = unpack(part.range.load(Ordering::Relaxed));
            let half = hi.saturating_sub(lo) / 2 + 1;
            let Some(units) = part.take_front(want.min(half.max(self.cut.least))) else {
                if let Some(run) = run.take() {
                    run.close();
                }
                if !self.refill(worker, me) {
                    break;
                }
                then = clock::now();
                continue;
            };
            let done = units.end - units.start;
            let items = self.cut.items(units);
            if self.stop.reached(items.start) {
                // All of the range lies behind the stop; what was taken from it is not run.
                part.take_front(u32::MAX);
                continue;
            }
            let more =
                run.get_or_insert_with(|| Run::open(self.body, self.stop, me, items.start)).chunk(items);
            chunks += 1;
            if !more {
                part.take_front(u32::MAX);
                continue;
            }
            let now = clock::now();
            let ns = now.ns_since(then);
            then = now;
            want = next_chunk(done, ns, self.cut);
            // Relaxed: an estimate.
            self.item_ns_1024.store((ns * 1024 / u64::from(done)).max(1), Ordering::Relaxed);
        }
        worker.counters.chunks.add(chunks);
        if let Some(at) = invitation {
            self.take_invitation_back(worker, at);
        }
    }

    /// Invites somebody, if nobody is invited and it pays.
    #[inline]
    fn invite(&self, worker: &Worker, part: &Part, invite: Invite, invitation: &mut Option<usize>) -> Invite {
        // Relaxed: a hint, written by who answers.
        if invitation.is_some() && part.invites.load(Ordering::Relaxed) {
            return Invite::Maybe;
        }
        // Relaxed: our own word, and an estimate.
        let (lo, hi) = unpack(part.range.load(Ordering::Relaxed));
        let rest = u64::from(hi.saturating_sub(lo));
        if rest <= u64::from(self.cut.least) && invite == Invite::Maybe {
            return Invite::Maybe;
        }
        let counts = worker.registry().sleep.counts();
        let rest_ns = rest.saturating_mul(self.item_ns_1024.load(Ordering::Relaxed)) / 1024; // Relaxed: an estimate.
        let wake = invite == Invite::AndWake
            || counts.searching() == 0 && counts.awake() < worker.num_threads() as u64 && rest_ns > WAKE_NS;
        if wake || invite == Invite::Now || counts.searching() > 0 && rest_ns > SHARE_NS {
            if let Some(at) = invitation.take() {
                self.take_invitation_back(worker, at);
            }
            self.others.add();
            // Relaxed: published with the job below.
            part.invites.store(true, Ordering::Relaxed);
            // SAFETY: the part lives in the loop, which is not left while anybody holds one of its completions.
            let job = unsafe { JobRef::new(NonNull::from(part).cast(), participate::<B>) };
            // SAFETY: begins with a header; stays until it was taken back or answered.
            *invitation = Some(unsafe { worker.push_public(job) });
            worker.wake(worker.registry().sleep.post(!wake));
        }
        Invite::Maybe
    }

    fn take_invitation_back(&self, worker: &Worker, at: usize) {
        if worker.take_back(at) {
            // SAFETY: live; the completion was added for the invitation that is ours again.
            let finish = unsafe { Latch::finish(&raw const self.others) };
            debug_assert_eq!(finish, Finish::NobodyWaits, "the caller does not wait while somebody works");
        }
    }

    /// Takes half of what another participant has left.
    fn refill(&self, worker: &Worker, me: usize) -> bool {
        let parts = self.parts.all();
        let others = (me + 1..parts.len()).chain(0..me);
        let Some(units) = others.filter_map(|at| parts[at].take_back(self.cut.least)).next() else {
            return false;
        };
        worker.counters.loop_steals.add(1);
        // T3. Relaxed: see the module's story.
        parts[me].range.store(pack(units.start, units.end), Ordering::Relaxed);
        true
    }

    /// A part that nobody works on, now `slot`'s.
    fn claim(&self, slot: SlotId) -> Option<usize> {
        (1..self.parts.all().len()).find(|&at| {
            // Acquire: pairs with the Release in `participate`: the part's owner before us left it empty.
            let word = &self.parts.all()[at].worker;
            word.compare_exchange(NO_SLOT, slot, Ordering::Acquire, Ordering::Relaxed).is_ok()
        })
    }
}

/// Answers an invitation.
///
/// # Safety
/// `data` points to a [`Part`] of a live `Loop` with body `B`, one of whose completions is the caller's.
unsafe fn participate<B: LoopBody>(data: NonNull<()>, on: SlotId) -> WakeSlot {
    // SAFETY: live while the completion is outstanding.
    let part: &Part = unsafe { data.cast().as_ref() };
    let this: *const Loop<'_, B> = part.shared.get().cast();
    // SAFETY: as above.
    let shared = unsafe { &*this };
    // Relaxed: a hint to the inviter, who may invite the next.
    part.invites.store(false, Ordering::Relaxed);
    if let Some(me) = shared.claim(on) {
        let worker = Worker::current().expect("a stolen job runs on a worker");
        // SAFETY: valid while the job runs.
        let worker = unsafe { worker.as_ref() };
        let mine = &shared.parts.all()[me];
        if let Some(units) = part.take_back(shared.cut.least) {
            worker.counters.loop_steals.add(1);
            // T3. Relaxed: see the module's story.
            mine.range.store(pack(units.start, units.end), Ordering::Relaxed);
        }
        // Relaxed: an estimate.
        let item = shared.item_ns_1024.load(Ordering::Relaxed).max(1);
        let want = if item == 1 {
            shared.cut.least
        } else {
            next_chunk(u32::MAX / 8, u64::from(u32::MAX / 8) * item / 1024, shared.cut)
        };
        shared.work(worker, me, want, None, Invite::Maybe);
        // Release: pairs with the Acquire in `claim`, and comes before whatever this worker forks next.
        mine.worker.store(NO_SLOT, Ordering::Release);
    }
    let caller = shared.caller;
    // SAFETY: a field of a live loop.
    let others = unsafe { &raw const (*this).others };
    // SAFETY: live until this call; not touched after it.
    match unsafe { Latch::finish(others) } {
        Finish::WakeWaiter => caller,
        Finish::NobodyWaits => NO_SLOT,
    }
}

// SAFETY: what participants touch of a Loop is Sync: the body by its bound, the rest atomics, locks, and cells that are
// written before the loop is shared. Loops are not moved while shared.
unsafe impl<B: LoopBody> Sync for Loop<'_, B> {}
