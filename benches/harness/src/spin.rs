//! Work of a known length.

use std::hint::black_box;
use std::time::Instant;

/// The work per item, in nanoseconds, at which a sweep of grain sizes measures.
pub const GRAINS_NS: [f64; 9] = [11.0, 31.0, 100.0, 310.0, 1000.0, 3100.0, 10_000.0, 31_000.0, 97_000.0];

/// Does `units` steps of integer arithmetic from `seed`, each waiting for the one before, and returns what
/// came out: the same for the same arguments, so that a sum of answers can be checked.
///
/// Not inlined, so that every contender runs the very same instructions; no memory is touched.
#[inline(never)]
pub fn spin_work(seed: u64, units: u32) -> u64 {
    let mut state = seed;
    for _ in 0..units {
        // A multiply and an xor-shift: invertible, so nothing is lost, and without a closed form.
        state = state.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(1);
        state ^= state >> 29;
    }
    state
}

/// How many units of [`spin_work`] make how many nanoseconds on this machine, now.
#[derive(Clone, Debug)]
pub struct Calibration {
    /// (units, nanoseconds an item), both strictly rising.
    steps: Vec<(f64, f64)>,
}

impl Calibration {
    /// Measures for about 30 ms.
    ///
    /// # Panics
    /// If the clock says that more work takes no more time.
    pub fn measure() -> Calibration {
        let units = [0u32, 4, 16, 64, 256, 1024, 4096];
        let mut steps: Vec<(f64, f64)> = Vec::new();
        for unit in units {
            let ns = ns_per_item(unit);
            // A reading that a busy machine put out of order teaches nothing.
            if steps.last().is_none_or(|&(_, before)| ns > before) {
                steps.push((f64::from(unit), ns));
            }
        }
        assert!(steps.len() > 1, "4096 units took no longer than none: {steps:?}");
        Calibration { steps }
    }

    /// The units whose item takes closest to `grain_ns` in a serial loop; at least one.
    pub fn units_for(&self, grain_ns: f64) -> u32 {
        let above = self.steps.iter().position(|&(_, ns)| ns >= grain_ns);
        let high = above.unwrap_or(self.steps.len() - 1).max(1);
        let ((units_low, ns_low), (units_high, ns_high)) = (self.steps[high - 1], self.steps[high]);
        let units = units_low + (grain_ns - ns_low) / (ns_high - ns_low) * (units_high - units_low);
        // A float cast saturates: what is below one or not a number ends as one.
        (units.round() as u32).max(1)
    }

    /// The cost of one unit in a long item.
    pub fn ns_per_unit(&self) -> f64 {
        let last = self.steps.len() - 1;
        let ((units_low, ns_low), (units_high, ns_high)) = (self.steps[last - 1], self.steps[last]);
        (ns_high - ns_low) / (units_high - units_low)
    }
}

/// The least of several readings of a serial loop over items of `units`.
fn ns_per_item(units: u32) -> f64 {
    let items = (400_000 / (units + 8)).max(16);
    let mut least = f64::INFINITY;
    for _ in 0..5 {
        let begun = Instant::now();
        let mut sum = 0u64;
        for item in 0..items {
            sum = sum.wrapping_add(spin_work(u64::from(item), black_box(units)));
        }
        black_box(sum);
        least = least.min(begun.elapsed().as_nanos() as f64 / f64::from(items));
    }
    least
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_work_has_the_same_answer_and_other_work_another() {
        assert_eq!(spin_work(7, 100), spin_work(7, 100));
        assert_ne!(spin_work(7, 100), spin_work(8, 100));
        assert_ne!(spin_work(7, 100), spin_work(7, 101));
        assert_eq!(spin_work(7, 0), 7);
        // Two halves make the whole: nothing is skipped.
        assert_eq!(spin_work(spin_work(7, 60), 40), spin_work(7, 100));
    }

    #[test]
    fn units_are_interpolated_between_readings() {
        let calibration = Calibration { steps: vec![(0.0, 2.0), (4.0, 10.0), (16.0, 34.0)] };
        assert_eq!(calibration.units_for(6.0), 2);
        assert_eq!(calibration.units_for(10.0), 4);
        assert_eq!(calibration.units_for(22.0), 10);
        // Beyond the readings the last slope goes on; below them one unit is the least.
        assert_eq!(calibration.units_for(234.0), 116);
        assert_eq!(calibration.units_for(0.5), 1);
        assert_eq!(calibration.ns_per_unit(), 2.0);
    }

    #[test]
    fn a_measured_calibration_asks_more_units_for_more_time() {
        let calibration = Calibration::measure();
        assert!(calibration.ns_per_unit() > 0.0);
        let units: Vec<u32> = GRAINS_NS.iter().map(|&grain| calibration.units_for(grain)).collect();
        assert!(units.is_sorted(), "{units:?}");
        assert!(units[0] < units[8], "{units:?}");
    }
}
