//! The beginning of a loop: alone, until sharing it can pay.

use millstream_sync::clock::{self, Ticks};

use super::contract::{LoopBody, LoopOptions};
use super::cut::{Cut, next_chunk};
use super::shared::{Rest, SHARE_NS, WAKE_NS, participate, share};
use super::span::{Run, Stop};
use crate::guest::Guest;
use crate::job::Payload;
use crate::worker::Registry;

/// A loop that is expected to be over in this time is run in one chunk.
const TINY_NS: u64 = 1_500;
/// A loop that ran alone for longer than this would have been shared had somebody been awake.
const POKE_LOOP_NS: u64 = 3_000;
/// A site that ran longer than this last time is shared, and somebody woken, before its first chunk.
const LONG_NS: u64 = 60_000;

/// Runs `body` over `0..len` on the pool of `registry`.
pub(super) fn run<B: LoopBody>(
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
    let stop = Stop::new();
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
    stop.finish()
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
    let stop = Stop::new();
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
                return stop.finish();
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
    stop.finish()
}
