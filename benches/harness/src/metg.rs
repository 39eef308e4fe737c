//! Minimum effective task granularity (Slaughter et al., "Task Bench", SC'20).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::units::human_ns;

/// How well one contender used its threads at one size of work.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GrainPoint {
    /// Work per item, as measured in the serial loop.
    pub grain_ns: f64,
    /// (serial time / threads) / time.
    pub efficiency: f64,
}

/// The smallest work per item from which on the efficiency stays at or above a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is", content = "ns")]
pub enum Metg {
    /// Every grain measured is above the threshold; this is the smallest of them, so the answer is less.
    Below(f64),
    /// Here, by interpolation between two grains that were measured.
    At(f64),
    /// The largest grain measured is below the threshold; the answer is more than it, if there is one.
    Above(f64),
}

impl Metg {
    /// The grain at which `points` cross `threshold` (0.5 for METG50) for the last time.
    ///
    /// Between two points the efficiency is taken to grow linearly with the *logarithm* of the grain.
    /// The points may come in any order. `None` if there are none, or one is not a number, or not positive
    /// as a grain.
    pub fn of(points: &[GrainPoint], threshold: f64) -> Option<Metg> {
        // `>` is false for what is not a number.
        let sound = |point: &GrainPoint| point.grain_ns > 0.0 && !point.efficiency.is_nan();
        if threshold.is_nan() || !points.iter().all(sound) {
            return None;
        }
        let mut sorted = points.to_vec();
        sorted.sort_unstable_by(|a, b| a.grain_ns.total_cmp(&b.grain_ns));
        let (first, last) = (sorted.first()?, sorted.last()?);
        let Some(low) = sorted.iter().rposition(|point| point.efficiency < threshold) else {
            return Some(Metg::Below(first.grain_ns));
        };
        let Some(high) = sorted.get(low + 1) else {
            return Some(Metg::Above(last.grain_ns));
        };
        let low = sorted[low];
        let share = (threshold - low.efficiency) / (high.efficiency - low.efficiency);
        let log = low.grain_ns.ln() + share * (high.grain_ns.ln() - low.grain_ns.ln());
        Some(Metg::At(log.exp()))
    }
}

impl fmt::Display for Metg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Metg::Below(ns) => write!(f, "< {}", human_ns(ns)),
            Metg::At(ns) => write!(f, "{}", human_ns(ns)),
            Metg::Above(ns) => write!(f, "> {}", human_ns(ns)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(list: &[(f64, f64)]) -> Vec<GrainPoint> {
        list.iter().map(|&(grain_ns, efficiency)| GrainPoint { grain_ns, efficiency }).collect()
    }

    #[test]
    fn a_crossing_is_interpolated_on_the_logarithm_of_the_grain() {
        let Some(Metg::At(ns)) = Metg::of(&points(&[(10.0, 0.4), (1000.0, 0.6)]), 0.5) else {
            panic!("0.5 lies between the two points")
        };
        assert!((ns - 100.0).abs() < 1e-9, "{ns}");
    }

    #[test]
    fn a_point_on_the_threshold_is_above_it() {
        assert_eq!(Metg::of(&points(&[(10.0, 0.5), (20.0, 0.9)]), 0.5), Some(Metg::Below(10.0)));
        let Some(Metg::At(ns)) = Metg::of(&points(&[(10.0, 0.1), (20.0, 0.5)]), 0.5) else {
            panic!("20 ns is the first grain at 0.5")
        };
        assert!((ns - 20.0).abs() < 1e-9, "{ns}");
    }

    #[test]
    fn never_reached_and_always_reached_are_told_apart() {
        let rising = points(&[(10.0, 0.6), (100.0, 0.8)]);
        assert_eq!(Metg::of(&rising, 0.5), Some(Metg::Below(10.0)));
        assert_eq!(Metg::of(&rising, 0.9), Some(Metg::Above(100.0)));
        assert_eq!(Metg::Below(11.0).to_string(), "< 11.0 ns");
        assert_eq!(Metg::Above(97_000.0).to_string(), "> 97.0 us");
    }

    #[test]
    fn only_the_last_crossing_counts_because_the_efficiency_must_stay() {
        let dented = points(&[(10.0, 0.6), (100.0, 0.2), (1000.0, 0.8), (10_000.0, 0.9)]);
        let Some(Metg::At(ns)) = Metg::of(&dented, 0.5) else { panic!("it crosses between 100 and 1000") };
        assert!((ns - 10f64.powf(2.5)).abs() < 1e-6, "{ns}");
    }

    #[test]
    fn the_order_of_the_points_does_not_matter() {
        let mut shuffled = points(&[(1000.0, 0.6), (10.0, 0.4)]);
        let metg = Metg::of(&shuffled, 0.5);
        shuffled.reverse();
        assert_eq!(metg, Metg::of(&shuffled, 0.5));
    }

    #[test]
    fn no_points_or_nonsense_have_no_answer() {
        assert_eq!(Metg::of(&[], 0.5), None);
        assert_eq!(Metg::of(&points(&[(10.0, f64::NAN)]), 0.5), None);
        assert_eq!(Metg::of(&points(&[(f64::NAN, 0.5)]), 0.5), None);
        assert_eq!(Metg::of(&points(&[(0.0, 0.5)]), 0.5), None);
    }
}
