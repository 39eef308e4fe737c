//! Contest two: synthetic maps over a slice, at every size of work per item.

use std::time::Duration;

use millstream_harness::{Calibration, Contest, ContestReport, GrainPoint, Metg, Progress, spin_work};
use serde::Serialize;

use crate::contender::{self, FIXED, FixedPool, MILLSTREAM, RAYON, SERIAL, Stealing, Stop};

/// Messages each of the fixed pool's channels holds.
const QUEUE_ITEMS: usize = 1024;
/// Items of a map: 8 MiB of them are beyond most caches, as a user's would be.
const ITEMS_MAX: usize = 1 << 20;

/// What becomes of a map's results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Shape {
    /// They are added up.
    Reduce,
    /// They are collected, in order, into a fresh `Vec`.
    Collect,
}

/// How to measure.
#[derive(Clone, Debug)]
pub(crate) struct SweepPlan {
    pub(crate) grains_ns: Vec<f64>,
    pub(crate) threads: usize,
    /// What an efficiency is divided by: no more threads than cores run at the same time.
    pub(crate) threads_at_once: usize,
    pub(crate) rounds: usize,
    /// Length of a serial sample.
    pub(crate) sample: Duration,
    /// For each of the contests.
    pub(crate) time_limit: Duration,
}

/// One shape at every grain.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SweepReport {
    pub(crate) shape: Shape,
    pub(crate) curves: Vec<Curve>,
    pub(crate) points: Vec<Point>,
}

/// One contender's way through the grains.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Curve {
    pub(crate) contender: String,
    pub(crate) points: Vec<GrainPoint>,
    pub(crate) metg50: Option<Metg>,
    pub(crate) metg90: Option<Metg>,
}

/// All contenders at one grain.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Point {
    /// Work per item asked for.
    pub(crate) nominal_ns: f64,
    /// Work per item as the serial loop found it.
    pub(crate) grain_ns: f64,
    pub(crate) items: usize,
    pub(crate) contest: ContestReport,
}

/// The pools, made once for all grains.
pub(crate) struct Pools<'a> {
    pub(crate) fixed: &'a FixedPool<(u64, u32), u64>,
    pub(crate) stealing: &'a Stealing,
}

impl Shape {
    pub(crate) const ALL: [Shape; 2] = [Shape::Reduce, Shape::Collect];

    /// As headings have it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Shape::Reduce => "map + reduce",
            Shape::Collect => "map + collect",
        }
    }
}

/// One item a message: its seed and its units of work.
pub(crate) fn fixed_pool(threads: usize) -> std::io::Result<FixedPool<(u64, u32), u64>> {
    FixedPool::start(threads, QUEUE_ITEMS, |(seed, units)| spin_work(seed, units))
}

pub(crate) fn run(
    shape: Shape,
    plan: &SweepPlan,
    calibration: &Calibration,
    pools: &Pools<'_>,
    mut watch: impl FnMut(Progress<'_>),
) -> Result<SweepReport, Stop> {
    let mut points = Vec::new();
    for &nominal_ns in &plan.grains_ns {
        let wanted = plan.sample.as_nanos() as f64 / nominal_ns;
        // As many items as fill the sample, but enough to share; the cast saturates.
        let items = (wanted as usize).clamp(4 * plan.threads, ITEMS_MAX);
        let units = calibration.units_for(nominal_ns);
        let name = format!("{} of {items} x {nominal_ns} ns", shape.title());
        let seeds: Vec<u64> = (0..items as u64).map(|item| spin_work(item, 1)).collect();
        let results: Vec<u64> = seeds.iter().map(|&seed| spin_work(seed, units)).collect();
        let contest = match shape {
            Shape::Reduce => {
                let sum = results.iter().fold(0, |sum: u64, result| sum.wrapping_add(*result));
                let mut contest = Contest::new(name, sum);
                reducers(&mut contest, &seeds, units, pools);
                measure(&mut contest, plan, &mut watch)
            }
            Shape::Collect => {
                let mut contest = Contest::checked_by(name, |found: &Vec<u64>| same(&results, found));
                collectors(&mut contest, &seeds, units, pools);
                measure(&mut contest, plan, &mut watch)
            }
        };
        let contest = contest.map_err(Stop::Contest)?;
        // The least: how much work there is does not grow with what else the machine does.
        let serial = contest.of(SERIAL).map_or(f64::NAN, |serial| serial.time_ns.min);
        points.push(Point { nominal_ns, grain_ns: serial / items as f64, items, contest });
    }
    Ok(SweepReport { shape, curves: curves(&points), points })
}

fn reducers<'a>(contest: &mut Contest<'a, u64>, seeds: &'a [u64], units: u32, pools: &'a Pools<'a>) {
    contest
        .serial(SERIAL, move || seeds.iter().map(|&seed| spin_work(seed, units)).fold(0, u64::wrapping_add));
    contest.contender(FIXED, move || {
        let mut sum = 0u64;
        pools.fixed.run(seeds.iter().map(|&seed| (seed, units)), |_, result| sum = sum.wrapping_add(result));
        sum
    });
    let Stealing { millstream, rayon } = pools.stealing;
    contest.contender(MILLSTREAM, move || contender::millstream::reduce(millstream, seeds, units));
    contest.contender(RAYON, move || contender::rayon::reduce(rayon, seeds, units));
}

fn collectors<'a>(contest: &mut Contest<'a, Vec<u64>>, seeds: &'a [u64], units: u32, pools: &'a Pools<'a>) {
    contest.serial(SERIAL, move || seeds.iter().map(|&seed| spin_work(seed, units)).collect());
    contest.contender(FIXED, move || {
        let mut results = vec![0; seeds.len()];
        pools.fixed.run(seeds.iter().map(|&seed| (seed, units)), |index, result| results[index] = result);
        results
    });
    let Stealing { millstream, rayon } = pools.stealing;
    contest.contender(MILLSTREAM, move || contender::millstream::collect(millstream, seeds, units));
    contest.contender(RAYON, move || contender::rayon::collect(rayon, seeds, units));
}

fn measure<'a, A: 'a>(
    contest: &mut Contest<'a, A>,
    plan: &SweepPlan,
    watch: impl FnMut(Progress<'_>),
) -> Result<ContestReport, millstream_harness::ContestError> {
    contest.threads(plan.threads_at_once).rounds(plan.rounds).time_limit(plan.time_limit);
    contest.run_watched(watch)
}

fn curves(points: &[Point]) -> Vec<Curve> {
    let Some(first) = points.first() else { return Vec::new() };
    let names = first.contest.contenders.iter().map(|contender| &contender.name);
    let curve = |name: &String| {
        let at = |point: &Point| {
            let contender = point.contest.of(name)?;
            Some(GrainPoint { grain_ns: point.grain_ns, efficiency: contender.efficiency })
        };
        let points: Vec<GrainPoint> = points.iter().filter_map(at).collect();
        let (metg50, metg90) = (Metg::of(&points, 0.5), Metg::of(&points, 0.9));
        Curve { contender: name.clone(), points, metg50, metg90 }
    };
    // The serial loop uses its one thread fully at every grain: it is the measure, not a curve.
    names.filter(|name| *name != SERIAL).map(curve).collect()
}

fn same(expected: &[u64], found: &[u64]) -> Result<(), String> {
    if expected.len() != found.len() {
        return Err(format!("{} items became {}", expected.len(), found.len()));
    }
    match expected.iter().zip(found).position(|(expected, found)| expected != found) {
        None => Ok(()),
        Some(index) => Err(format!("item {index}: expected {}, got {}", expected[index], found[index])),
    }
}
