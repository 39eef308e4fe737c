//! What a pool's thread does from its start to its end: run jobs, look for jobs, sleep.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use millstream_sync::atomic::{Ordering, fence};
use millstream_sync::clock::{self, Ticks};
use millstream_sync::hint::spin_loop;
use millstream_sync::mutant;

use crate::job::JobRef;
use crate::job::discard;
use crate::worker::{Registry, Worker};

/// How long every searcher looks before it thinks of sleeping.
const SEARCH_NS: u64 = 3_000;
/// One searcher of a pool lingers longer, by what it found lately; bounds of that.
const LINGER_MIN_NS: u64 = 2_000;
const LINGER_MAX_NS: u64 = 200_000;
/// The first doze; each next one is twice as long, up to the last.
const DOZE_FIRST: Duration = Duration::from_micros(100);
/// (In a model no time passes, and a doze would not end.)
const DOZES: u32 = if cfg!(any(millstream_loom, millstream_shuttle)) { 0 } else { 10 };

/// Runs a worker thread in the slot it holds. It was counted awake and searching before it was started.
pub(crate) fn main(registry: &Arc<Registry>, worker: &Worker) {
    worker.make_home();
    handle(registry, worker, registry.config.on_start.as_ref());
    let mut linger = Linger { ns: 50_000 };
    while let Some(job) = next_after_search(registry, worker, &mut linger) {
        let begun = clock::now();
        let mut next = Some(job);
        while let Some(job) = next {
            // SAFETY: from a deque.
            unsafe { worker.execute(job) };
            // Another's job, if one lies ready, is taken without the ado of a search: whoever posted it has seen to it that somebody
            // comes for it, and for those beside it.
            next = if registry.sleep.crowded() { None } else { worker.find() };
        }
        worker.counters.busy_ns.add(clock::now().ns_since(begun));
        registry.sleep.begin_search();
    }
    handle(registry, worker, registry.config.on_exit.as_ref());
    loop {
        worker.let_go();
        // Mail that came since the last look: its sender saw that we left, or we see the mail. SeqCst: partner of the fence in
        // `Sleep::choose_this`, which follows the sending.
        fence(Ordering::SeqCst);
        let slot = registry.roster.get(worker.id() as usize);
        if slot.mailbox().is_empty() || slot.try_hold(registry).is_none() {
            break;
        }
        while worker.yield_now() {}
    }
    Worker::leave_home();
    registry.sleep.leave();
}

/// Calls a user's start or exit handler; its panic goes to the panic handler, or is dropped. The thread does not count as
/// searching meanwhile, since the handler may take its time; and what it spawned at the end is run.
fn handle(registry: &Registry, worker: &Worker, handler: Option<&crate::config::ThreadHandler>) {
    let Some(handler) = handler else { return };
    worker.wake(registry.sleep.end_search(|| registry.has_work()));
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| handler(worker.id() as usize))) {
        report_panic(registry, payload);
    }
    while registry.stops() && worker.yield_now() {}
    registry.sleep.begin_search();
}

/// Gives the payload of a panic that nobody waits for to the pool's panic handler, or drops it.
pub(crate) fn report_panic(registry: &Registry, payload: crate::job::Payload) {
    match &registry.config.on_panic {
        Some(handler) => {
            if let Err(again) = catch_unwind(AssertUnwindSafe(|| handler(payload))) {
                discard(again);
            }
        }
        None => discard(payload),
    }
}

/// How long the next idle spell is spent looking before it is slept.
struct Linger {
    ns: u64,
}

impl Linger {
    fn found(&mut self) {
        self.ns = (self.ns * 2).min(LINGER_MAX_NS);
    }
    fn in_vain(&mut self) {
        self.ns = (self.ns / 2).max(LINGER_MIN_NS);
    }
}

/// Looks for a job, sleeping in between; the search is over when it returns one. `None`: the pool stops and there is
/// nothing left.
fn next_after_search(registry: &Registry, worker: &Worker, linger: &mut Linger) -> Option<JobRef> {
    let sleep = &registry.sleep;
    loop {
        if let Some(job) = look_for_a_while(registry, worker, linger) {
            let wake = sleep.end_search(|| registry.has_work());
            worker.wake(wake);
            return Some(job);
        }
        if registry.stops() {
            // Whoever still runs a job looks for what that job spawned before it leaves in its turn.
            let job = find_before_leaving(|| worker.find())?;
            worker.wake(sleep.end_search(|| registry.has_work()));
            return Some(job);
        }
        worker.counters.parks.add(1);
        if registry.threads > 1 && !registry.config.pin && !cfg!(any(millstream_loom, millstream_shuttle)) {
            worker.sleeper.placement.before_sleep();
        }
        sleep.sleep(
            &worker.sleeper,
            |crowded| registry.stops() || !worker.mailbox.is_empty() || (!crowded && registry.has_work()),
            |dozes| (dozes < DOZES).then(|| DOZE_FIRST * (1 << dozes)),
        );
        worker.sleeper.placement.after_wake();
    }
}

/// The look of a searcher that has seen the pool stop: whatever was given to the pool was given before that, and is seen now. The look before
/// it may have come too early.
pub(crate) fn find_before_leaving<J>(find: impl FnOnce() -> Option<J>) -> Option<J> {
    if mutant!("pool_left_without_a_look") { None } else { find() }
}

fn look_for_a_while(registry: &Registry, worker: &Worker, linger: &mut Linger) -> Option<JobRef> {
    let sleep = &registry.sleep;
    let begun: Ticks = clock::now();
    let mut looks = 0u32;
    loop {
        if sleep.crowded() && worker.mailbox.is_empty() {
            return None;
        }
        if let Some(job) = worker.find() {
            if clock::now().ns_since(begun) > SEARCH_NS {
                linger.found();
            }
            return Some(job);
        }
        looks += 1;
        for _ in 0..4 {
            spin_loop();
        }
        if looks.is_multiple_of(8) {
            let ns = clock::now().ns_since(begun);
            let lingers = sleep.counts().searching() <= 1;
            if ns > if lingers { SEARCH_NS + linger.ns } else { SEARCH_NS } || registry.stops() {
                if lingers {
                    linger.in_vain();
                }
                return None;
            }
        }
    }
}
