//! How long a region that began at a given call site ran lately: a guess, never a promise.
//!
//! Waking a parked thread costs its waker 10 to 20 us, so a region that is over sooner is better left to the calling
//! thread. Nobody knows beforehand which will be; but the same call site mostly does the same.
//! A site is the address of its job's code. Two sites may share an entry: then the guess is worse.

use millstream_sync::atomic::{AtomicU64, Ordering};

const ENTRIES: usize = 256;
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

    /// Notes that the site's region ran for `ns`. A longer run counts at once, a shorter one by a quarter.
    pub(crate) fn record(&self, site: usize, ns: u64) {
        let (entry, tag) = self.entry(site);
        let new = (ns / UNIT_NS).clamp(1, 0xFFFF_FFFF);
        let new = match self.guess_ns(site) {
            Some(old) if old / UNIT_NS > new => (old / UNIT_NS * 3 + new) / 4,
            _ => new,
        };
        // Relaxed: one word, and only a guess.
        entry.store(tag << 32 | new.max(1), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_run_counts_at_once_and_shorter_ones_by_and_by() {
        let history = History::new();
        assert_eq!(history.guess_ns(0x1234), None);
        history.record(0x1234, 1_600);
        assert_eq!(history.guess_ns(0x1234), Some(1_600));
        history.record(0x1234, 160_000);
        assert_eq!(history.guess_ns(0x1234), Some(160_000));
        for _ in 0..40 {
            history.record(0x1234, 1_600);
        }
        assert!(history.guess_ns(0x1234).unwrap() < 3_000);
        assert_eq!(history.guess_ns(0x1235), None, "another site is not confused with this one");
    }
}
