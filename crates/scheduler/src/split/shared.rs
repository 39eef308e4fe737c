//! The rest of a loop, shared: participants, invitations, and who waits for whom.

use std::ops::Range;
use std::ptr::NonNull;

use millstream_sync::atomic::Ordering;
use millstream_sync::clock;
use millstream_sync::hint::spin_loop;

use super::contract::LoopBody;
use super::cut::{Cut, next_chunk};
use super::part::{Part, Parts, pack, unpack};
use super::span::{Run, Stop};
use crate::job::{JobRef, NO_SLOT, SlotId, WakeSlot, report};
use crate::latch::{Finish, Latch};
use crate::worker::Worker;

/// What is left must last this long to be shared with somebody who is awake.
pub(super) const SHARE_NS: u64 = 800;
/// After this time, with at least as much left, somebody is woken (a wake costs 10 to 20 us here and 20 to 45 there).
pub(super) const WAKE_NS: u64 = 25_000;

/// What is expected to be over sooner than this is not stolen: the transfer takes as long (some 4 cache lines from core to core)...
const STEAL_NS: u64 = 400;
/// ...unless it is still there after this many looks, of some 50 ns each: its owner may be inside a long item.
const STEAL_LOOKS: u32 = 40;

/// What is left of a loop when it is shared.
pub(super) struct Rest<'a, B: LoopBody> {
    pub(super) units: Range<u32>,
    /// How many units the next chunk should have.
    pub(super) want: u32,
    /// The span begun before.
    pub(super) run: Option<Run<'a, B>>,
    pub(super) item_ns_1024: u64,
    /// Wake somebody at once.
    pub(super) wake: bool,
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
}

/// The rest of a loop, shared with whoever comes.
#[inline(never)]
pub(super) fn share<B: LoopBody>(worker: &Worker, body: &B, cut: Cut, stop: &Stop, rest: Rest<'_, B>) {
    let threads = worker.num_threads();
    let parts = Parts::new(threads);
    let this = Loop { body, cut, parts, others: Latch::new(0), caller: worker.id(), stop };
    for part in this.parts.all() {
        part.shared.set((&raw const this).cast());
    }
    let part = &this.parts.all()[0];
    part.unit_ns_1024.store(rest.item_ns_1024, Ordering::Relaxed); // Relaxed: an estimate.
    // Relaxed: published with the invitation.
    part.worker.store(worker.id(), Ordering::Relaxed);
    part.range.store(pack(rest.units.start, rest.units.end), Ordering::Relaxed); // Relaxed: as above.
    let invite = if rest.wake { Invite::AndWake } else { Invite::Now };
    this.work(worker, 0, rest.want, rest.run, invite);
    let parts = this.parts.all();
    let is_ours = |_, job: JobRef| parts.iter().any(|part| job.data() == NonNull::from(&**part).cast());
    worker.wait_until(&this.others, || {
        let passed = worker.registry().passed.take(is_ours);
        passed.or_else(|| parts[1..].iter().find_map(|part| help(worker, part)))
    });
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
    worker.pass_on_fork(job);
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
            // Half of what is left, so that the last chunks end together; but no less than an eighth of a full chunk.
            let half = (hi.saturating_sub(lo) / 2).max(want / 8 + 1).max(self.cut.least);
            let Some(units) = part.take_front(want.min(half)) else {
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
            part.unit_ns_1024.store((ns * 1024 / u64::from(done)).max(1), Ordering::Relaxed);
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
        let rest_ns = rest.saturating_mul(part.unit_ns_1024.load(Ordering::Relaxed)) / 1024; // Relaxed: an estimate.
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
            *invitation = Some(unsafe { worker.push_public(job, self.caller) });
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
        let mut looks = 0;
        let (victim, units) = loop {
            let mut left = false;
            let others = (me + 1..parts.len()).chain(0..me);
            let found = others.filter(|&at| {
                let rest_ns = parts[at].rest_ns();
                left |= rest_ns > 0;
                rest_ns > STEAL_NS || rest_ns > 0 && looks > STEAL_LOOKS
            });
            let stolen = found.filter_map(|at| Some((at, parts[at].take_back(self.cut.least)?))).next();
            match stolen {
                Some(stolen) => break stolen,
                None if !left => return false,
                None => looks += 1,
            }
            spin_loop();
        };
        // Relaxed: an estimate.
        parts[me].unit_ns_1024.store(parts[victim].unit_ns_1024.load(Ordering::Relaxed), Ordering::Relaxed);
        worker.counters.loop_steals.add(1);
        // T3. Relaxed: see the module's story.
        parts[me].range.store(pack(units.start, units.end), Ordering::Relaxed);
        true
    }

    /// A part that nobody works on, now `slot`'s.
    fn claim(&self, slot: SlotId) -> Option<usize> {
        (1..self.parts.all().len()).find(|&at| {
            // Acquire: pairs with the Release in `participate`: the part's owner before us left it empty. Relaxed on failure:
            // nothing was claimed.
            let word = &self.parts.all()[at].worker;
            word.compare_exchange(NO_SLOT, slot, Ordering::Acquire, Ordering::Relaxed).is_ok()
        })
    }
}

/// Answers an invitation.
///
/// # Safety
/// `data` points to a [`Part`] of a live `Loop` with body `B`, one of whose completions is the caller's.
pub(super) unsafe fn participate<B: LoopBody>(data: NonNull<()>, on: SlotId) -> WakeSlot {
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
        let item = part.unit_ns_1024.load(Ordering::Relaxed).max(1);
        mine.unit_ns_1024.store(item, Ordering::Relaxed); // Relaxed: an estimate.
        let want = if item == 1 {
            shared.cut.least
        } else {
            next_chunk(u32::MAX / 8, u64::from(u32::MAX / 8).saturating_mul(item) / 1024, shared.cut)
        };
        shared.work(worker, me, want, None, Invite::Maybe);
        // Release: pairs with the Acquire in `claim`, and comes before whatever this worker forks next.
        mine.worker.store(NO_SLOT, Ordering::Release);
    }
    let caller = shared.caller;
    // SAFETY: a field of a live loop.
    let others = unsafe { &raw const (*this).others };
    // SAFETY: live until this call; not touched after it.
    unsafe { report(others, caller) }
}

// SAFETY: what participants touch of a Loop is Sync: the body by its bound, the rest atomics, locks, and cells that are
// written before the loop is shared. Loops are not moved while shared.
unsafe impl<B: LoopBody> Sync for Loop<'_, B> {}
