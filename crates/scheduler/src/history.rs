//! How long a region that began at a given call site ran lately: a guess, never a promise.
//!
//! Waking a parked thread costs its waker 10 to 20 us, so a region that is over sooner is better left to the calling
//! thread. Nobody knows beforehand which will be; but the same call site mostly does the same.
//! A site is the address of its job's code. Two sites may share an entry: then the guess is worse.

use millstream_sync::atomic::{AtomicU64, Ordering};

const ENTRIES: usize = if cfg!(any(millstream_loom, millstream_shuttle)) { 1 } else { 256 };
/// Durations are kept in units of 16 ns in 32 bits: up to 68 s.
const UNIT_NS: u64 = 16;

/// Recent durations by call site.
pub(crate) struct History {
    /// High half: which site; low half: its duration, at least 1.
    entries: Box<[AtomicU64]>,
}

impl History {
    pub(crate) fn new() -> History {
        History { entries: (0..ENTRIES).map(|_| AtomicU64::new(0)).collect() }
    }

    fn entry(&self, site: usize) -> (&AtomicU64, u64) {
        // Fibonacci hashing (Knuth, TAOCP 6.4).
        let hash = (site as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (&self.entries[(hash >> 56) as usize % ENTRIES], hash & 0xFFFF_FFFF)
    }

    /// How long the site's region is likely to run, in nanoseconds, if it ran before.
    pub(crate) fn guess_ns(&self, site: usize) -> Option<u64> {
        let (entry, tag) = self.entry(site);
        // Relaxed: one word, and only a guess.
        let word = entry.load(Ordering::Relaxed);
        (word != 0 && word >> 32 == tag).then_some((word & 0xFFFF_FFFF) * UNIT_NS)
    }

    /// Notes that the site's region ran for `ns`. A longer run counts by half, but as no more than four times the guess
    /// (it may have been interrupted); a shorter one, which cannot be an accident, by three quarters.
    pub(crate) fn record(&self, site: usize, ns: u64) {
        let (entry, tag) = self.entry(site);
        let new = (ns / UNIT_NS).clamp(1, 0xFFFF_FFFF);
        let new = match self.guess_ns(site) {
            Some(old) if old / UNIT_NS > new => (old / UNIT_NS + 3 * new) / 4,
            Some(old) => (old / UNIT_NS + new.min(old / UNIT_NS * 4)).div_ceil(2),
            _ => new,
        };
        // Relaxed: one word, and only a guess.
        entry.store(tag << 32 | new.max(1), Ordering::Relaxed);
    }
}

/// Short regions that nobody helped with, in close succession: at some point waking somebody pays for all of them.
///
/// Like renting or buying skis: once the regions have run alone for about the price of a wake (10 to 20 us to the waker), buy one. If the woken thread then
/// finds nothing, the price doubles.
pub(crate) struct Unhelped {
    /// Nanoseconds alone since the last wake or pause.
    alone_ns: AtomicU64,
    /// When the last one ended.
    last: AtomicU64,
    price_ns: AtomicU64,
}

const PRICE_MIN_NS: u64 = 20_000;
const PRICE_MAX_NS: u64 = 20_000_000;

impl Unhelped {
    pub(crate) fn new() -> Unhelped {
        Unhelped {
            alone_ns: AtomicU64::new(0),
            last: AtomicU64::new(0),
            price_ns: AtomicU64::new(PRICE_MIN_NS),
        }
    }

    /// A short region ran alone for `ns` and ended at `now`. True: wake somebody for those to come.
    pub(crate) fn note(&self, now_ns: u64, ns: u64) -> bool {
        // Relaxed, and torn between callers: an estimate.
        let gap = now_ns.saturating_sub(self.last.swap(now_ns, Ordering::Relaxed)).saturating_sub(ns);
        let before = if gap > 4 * ns + 20_000 { 0 } else { self.alone_ns.load(Ordering::Relaxed) }; // Relaxed: as above.
        let price = self.price_ns.load(Ordering::Relaxed); // Relaxed: as above.
        let buy = before + ns > price;
        self.alone_ns.store(if buy { 0 } else { before + ns }, Ordering::Relaxed); // Relaxed: as above.
        if buy {
            self.price_ns.store((price * 2).min(PRICE_MAX_NS), Ordering::Relaxed); // Relaxed: as above.
        }
        buy
    }

    /// Somebody helped.
    #[inline]
    pub(crate) fn helped(&self) {
        // Relaxed: as above.
        if self.price_ns.load(Ordering::Relaxed) != PRICE_MIN_NS {
            self.price_ns.store(PRICE_MIN_NS, Ordering::Relaxed); // Relaxed: as above.
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_short_regions_buy_one_wake_and_the_price_doubles_until_somebody_helps() {
        let unhelped = Unhelped::new();
        let mut now = 1_000_000;
        let mut until_wake = || {
            let mut regions = 1;
            now += 6_000;
            while !unhelped.note(now, 5_000) {
                regions += 1;
                now += 6_000;
            }
            regions
        };
        assert_eq!(until_wake(), 5);
        assert_eq!(until_wake(), 9);
        unhelped.helped();
        assert_eq!(until_wake(), 5);
        for _ in 0..1000 {
            now += 10_000_000;
            assert!(!unhelped.note(now, 5_000), "regions far apart never buy one");
        }
    }

    #[test]
    fn longer_runs_count_soon_and_shorter_ones_by_and_by() {
        let history = History::new();
        assert_eq!(history.guess_ns(0x1234), None);
        history.record(0x1234, 1_600);
        assert_eq!(history.guess_ns(0x1234), Some(1_600));
        history.record(0x1234, 160_000);
        assert_eq!(history.guess_ns(0x1234), Some(4_000), "one long run may be an interruption");
        for _ in 0..10 {
            history.record(0x1234, 160_000);
        }
        assert!(history.guess_ns(0x1234).unwrap() > 150_000);
        for _ in 0..40 {
            history.record(0x1234, 1_600);
        }
        assert!(history.guess_ns(0x1234).unwrap() < 3_000);
        assert_eq!(history.guess_ns(0x1235), None, "another site is not confused with this one");
    }
}
