//! A clock cheap enough to be read twice a batch: the processor's own counter.
//!
//! [`now`] reads the counter raw; [`Ticks::ns_since`] turns a difference into nanoseconds with a factor that [`calibrate`] finds once.
//!
//! | machine | counter | nanoseconds per tick |
//! |---|---|---|
//! | x86-64 with an invariant TSC | `rdtsc` | measured against `Instant` |
//! | AArch64 | `cntvct_el0` | from `cntfrq_el0` |
//! | any other | `Instant` | 1 |
//!
//! Under a model checker no time passes by itself: each thread's clock advances by 100 us with every look at it, and differs in nothing else,
//! so that an execution can be replayed and every time budget is used up after a few looks.

#[cfg(not(any(millstream_loom, millstream_shuttle)))]
mod counter;
#[cfg(any(millstream_loom, millstream_shuttle))]
mod model;

#[cfg(not(any(millstream_loom, millstream_shuttle)))]
use counter as source;
#[cfg(any(millstream_loom, millstream_shuttle))]
use model as source;

/// A reading of the clock. Its unit is the machine's: only [`Ticks::ns_since`] gives it a meaning.
///
/// Readings of different threads can be compared to within the cores' skew (tens of nanoseconds on current machines).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticks(u64);

impl Ticks {
    /// The raw count, to be kept in an atomic word.
    #[inline]
    pub const fn raw(self) -> u64 {
        self.0
    }

    /// The reading that [`Ticks::raw`] was taken from.
    #[inline]
    pub const fn from_raw(raw: u64) -> Self {
        Self(raw)
    }

    /// Nanoseconds from `earlier` to this reading; 0 if `earlier` is the later one, `u64::MAX` if they do not fit.
    ///
    /// # Cost
    /// A load and a multiplication. The very first conversion calibrates, if nobody has yet: see [`calibrate`].
    #[inline]
    pub fn ns_since(self, earlier: Self) -> u64 {
        source::to_ns(self.0.saturating_sub(earlier.0))
    }
}

/// Reads the clock.
///
/// # Cost
/// The instruction (about 20 to 40 cycles for `rdtsc`) and one load of a word that never changes. It is not a barrier: the processor may
/// move it across its neighbours by some nanoseconds.
///
/// # Examples
/// ```
/// use millstream_sync::clock;
///
/// let start = clock::now();
/// let sum: u64 = (0..1_000).sum();
/// assert_eq!(sum, 499_500);
/// assert!(clock::now().ns_since(start) < 60_000_000_000);
/// ```
#[inline]
pub fn now() -> Ticks {
    Ticks(source::read())
}

/// Finds out how long a tick is, if that is not known yet. A pool calls it when it is built, so that no job pays for it.
///
/// # Cost
/// About 50 us of spinning where the tick has to be measured, once a process; nothing elsewhere.
pub fn calibrate() {
    source::calibrate();
}

#[cfg(all(test, not(any(millstream_loom, millstream_shuttle))))]
mod tests {
    use super::{Ticks, calibrate, now};
    use std::time::{Duration, Instant};

    #[test]
    fn it_never_goes_backwards_on_one_thread() {
        let mut last = now();
        for _ in 0..10_000 {
            let next = now();
            assert!(next >= last);
            last = next;
        }
    }

    #[test]
    fn it_agrees_with_instant() {
        calibrate();
        // Bracketed by two instants on either side, so that being descheduled between the readings cannot fail the test.
        let before = Instant::now();
        let start = now();
        let after_start = Instant::now();
        std::thread::sleep(Duration::from_millis(20));
        let before_end = Instant::now();
        let ns = u128::from(now().ns_since(start));
        let longest = before.elapsed().as_nanos();
        let shortest = (before_end - after_start).as_nanos();
        assert!(ns >= shortest / 10 * 9 && ns <= longest / 9 * 10, "{ns} ns is not in {shortest}..{longest}");
    }

    #[test]
    fn the_future_is_zero_away() {
        let start = now();
        std::thread::sleep(Duration::from_millis(1));
        assert_eq!(start.ns_since(now()), 0);
        assert_eq!(Ticks::from_raw(start.raw()), start);
    }

    #[test]
    fn the_widest_difference_saturates_or_fits() {
        let widest = Ticks::from_raw(u64::MAX).ns_since(Ticks::from_raw(0));
        assert!(widest >= Ticks::from_raw(u64::MAX / 2).ns_since(Ticks::from_raw(0)));
    }
}
