//! The machine's counter and the length of its tick.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Which clock this process reads; decided by the first reading, never changed after.
static KIND: AtomicU8 = AtomicU8::new(UNDECIDED);
const UNDECIDED: u8 = 0;
const COUNTER: u8 = 1;
const INSTANT: u8 = 2;

/// Nanoseconds per tick, times 2^32; 0 until calibrated.
static NS_PER_TICK: AtomicU64 = AtomicU64::new(0);
const FRACTION_BITS: u32 = 32;

/// How long the counter is watched. The readings at both ends are good to some 30 ns, hence the factor to about 0.1 %.
const WATCH: Duration = Duration::from_micros(50);

#[inline]
pub(super) fn read() -> u64 {
    // Relaxed: the word stands alone; whoever still sees UNDECIDED decides the same again.
    if KIND.load(Ordering::Relaxed) == COUNTER { arch::counter() } else { read_cold() }
}

#[cold]
fn read_cold() -> u64 {
    // Relaxed: as in `read`.
    if KIND.load(Ordering::Relaxed) == UNDECIDED {
        let kind = if arch::has_counter() { COUNTER } else { INSTANT };
        // Relaxed: as in `read`.
        KIND.store(kind, Ordering::Relaxed);
        return read();
    }
    instant_ns()
}

/// Nanoseconds since the first call.
fn instant_ns() -> u64 {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    let ns = ORIGIN.get_or_init(Instant::now).elapsed().as_nanos();
    u64::try_from(ns).unwrap_or(u64::MAX)
}

#[inline]
pub(super) fn to_ns(ticks: u64) -> u64 {
    // Relaxed: the word stands alone; two threads that calibrate at once both find a good factor.
    let factor = match NS_PER_TICK.load(Ordering::Relaxed) {
        0 => calibrated(),
        factor => factor,
    };
    let ns = (u128::from(ticks) * u128::from(factor)) >> FRACTION_BITS;
    u64::try_from(ns).unwrap_or(u64::MAX)
}

pub(super) fn calibrate() {
    // Relaxed: as in `to_ns`.
    if NS_PER_TICK.load(Ordering::Relaxed) == 0 {
        calibrated();
    }
}

#[cold]
fn calibrated() -> u64 {
    read();
    // Relaxed: as in `read`, which has decided it for this thread.
    let factor = if KIND.load(Ordering::Relaxed) == COUNTER {
        match arch::ticks_per_second() {
            Some(hz) => fraction(1_000_000_000, hz),
            None => measured(),
        }
    } else {
        1 << FRACTION_BITS
    };
    // Relaxed: as in `to_ns`.
    NS_PER_TICK.store(factor, Ordering::Relaxed);
    factor
}

/// The factor for `ns` nanoseconds in `ticks` ticks; at least 1, since 0 stands for "not known".
fn fraction(ns: u64, ticks: u64) -> u64 {
    let factor = (u128::from(ns) << FRACTION_BITS) / u128::from(ticks.max(1));
    u64::try_from(factor).unwrap_or(u64::MAX).max(1)
}

fn measured() -> u64 {
    let (start, start_ticks) = both();
    while start.elapsed() < WATCH {
        std::hint::spin_loop();
    }
    let (end, end_ticks) = both();
    let ns = u64::try_from((end - start).as_nanos()).unwrap_or(u64::MAX);
    fraction(ns, end_ticks.saturating_sub(start_ticks))
}

/// Both clocks at (nearly) one moment: of a few tries the one with the least time between its two readings of the counter, which leaves out
/// those where the thread was interrupted in between.
fn both() -> (Instant, u64) {
    let sample = |_| {
        let before = arch::counter();
        let instant = Instant::now();
        let after = arch::counter();
        let width = after.saturating_sub(before);
        (width, instant, before + width / 2)
    };
    let (_, instant, ticks) = (0..4).map(sample).min_by_key(|&(width, ..)| width).expect("four samples");
    (instant, ticks)
}

#[cfg(target_arch = "x86_64")]
mod arch {
    use std::arch::x86_64::{__cpuid, _rdtsc};

    #[inline]
    pub(super) fn counter() -> u64 {
        // SAFETY: every x86-64 has the instruction; a system that forbids it to user code would have hidden the invariant TSC as well.
        unsafe { _rdtsc() }
    }

    /// Whether the counter runs at one speed whatever the core does ("invariant TSC": leaf 0x8000_0007, EDX bit 8).
    pub(super) fn has_counter() -> bool {
        __cpuid(0x8000_0000).eax >= 0x8000_0007 && __cpuid(0x8000_0007).edx & (1 << 8) != 0
    }

    /// The processor does not say (or not reliably): measure.
    pub(super) fn ticks_per_second() -> Option<u64> {
        None
    }
}

#[cfg(target_arch = "aarch64")]
mod arch {
    use std::arch::asm;

    #[inline]
    pub(super) fn counter() -> u64 {
        let ticks: u64;
        // SAFETY: reads a register that systems let user code read; touches neither memory nor flags.
        unsafe { asm!("mrs {}, cntvct_el0", out(reg) ticks, options(nomem, nostack, preserves_flags)) };
        ticks
    }

    /// The architecture promises the counter and its constant speed.
    pub(super) fn has_counter() -> bool {
        true
    }

    pub(super) fn ticks_per_second() -> Option<u64> {
        let hz: u64;
        // SAFETY: as in `counter`.
        unsafe { asm!("mrs {}, cntfrq_el0", out(reg) hz, options(nomem, nostack, preserves_flags)) };
        (hz != 0).then_some(hz)
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod arch {
    /// Never called, since there is no counter.
    #[inline]
    pub(super) fn counter() -> u64 {
        0
    }

    pub(super) fn has_counter() -> bool {
        false
    }

    pub(super) fn ticks_per_second() -> Option<u64> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{FRACTION_BITS, fraction, instant_ns, measured};

    #[test]
    fn fractions_are_exact_where_they_can_be() {
        assert_eq!(fraction(1, 1), 1 << FRACTION_BITS);
        assert_eq!(fraction(1_000_000_000, 2_000_000_000), 1 << (FRACTION_BITS - 1));
        assert_eq!(fraction(0, 5), 1);
        assert_eq!(fraction(u64::MAX, 0), u64::MAX);
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn two_measurements_agree() {
        if !super::arch::has_counter() {
            return;
        }
        let (one, two) = (measured(), measured());
        assert!(one.abs_diff(two) < one / 5, "{one} and {two}");
    }

    #[test]
    fn the_fallback_moves_on() {
        let start = instant_ns();
        std::thread::sleep(std::time::Duration::from_millis(1));
        assert!(instant_ns() > start);
    }
}
