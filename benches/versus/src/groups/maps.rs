//! Parallel iterators over slices: how little work an item may hold, and what uneven items cost.

use std::hint::black_box;
use std::time::Duration;

use millstream_harness::{Contest, ContestError, GRAINS_NS, GrainPoint};

use super::enter::ours;
use super::heat::Heat;
use crate::fork::{mill_pool, rayon_pool};
use crate::loops::{Loops, MillLoops, RayonLoops, Sequential};
use crate::report::{Goal, Row, rows_of};
use crate::run::Run;

/// The pools of the contenders that have parallel iterators.
struct Pools {
    threads: usize,
    mill: millstream::Pool,
    rayon: rayon::ThreadPool,
}

pub(super) fn run(run: &mut Run<'_>) -> Result<(), ContestError> {
    let threads = run.options.threads;
    let pools = Pools { threads, mill: mill_pool(threads), rayon: rayon_pool(threads) };
    grains(run, "map + reduce", &pools, [0.90, 0.97, 0.98, 0.99], 12.0, sum_contest)?;
    grains(run, "map + collect", &pools, [0.75, 0.90, 0.95, 0.98], 40.0, collect_contest)?;
    for items in [100, 1_000, 10_000] {
        for shape in COSTS {
            uneven(run, &pools, items, shape)?;
        }
    }
    nested(run, &pools)
}

fn sum_contest<'a>(pools: &'a Pools, items: &'a [u64], units: u32, name: String) -> Contest<'a, u64> {
    let mut contest = Contest::new(name, Sequential.sum(items, units));
    contest.serial("serial", move || Sequential.sum(black_box(items), units));
    contest.contender("millstream", move || MillLoops(&pools.mill).sum(black_box(items), units));
    contest.contender("rayon", move || RayonLoops(&pools.rayon).sum(black_box(items), units));
    contest
}

fn collect_contest<'a>(
    pools: &'a Pools,
    items: &'a [u64],
    units: u32,
    name: String,
) -> Contest<'a, Vec<u64>> {
    let expected = Sequential.collect(items, units);
    let mut contest = Contest::checked_by(name, move |answer: &Vec<u64>| {
        match answer.iter().zip(&expected).position(|(a, b)| a != b) {
            None if answer.len() == expected.len() => Ok(()),
            None => Err(format!("{} items of {}", answer.len(), expected.len())),
            Some(at) => Err(format!("item {at}: expected {}, got {}", expected[at], answer[at])),
        }
    });
    contest.serial("serial", move || Sequential.collect(black_box(items), units));
    contest.contender("millstream", move || MillLoops(&pools.mill).collect(black_box(items), units));
    contest.contender("rayon", move || RayonLoops(&pools.rayon).collect(black_box(items), units));
    contest
}

/// A sweep over grains; `efficiencies` are the goals of the first grains of 11, 31, 100 and 1000 ns.
fn grains<A: 'static>(
    run: &mut Run<'_>,
    name: &str,
    pools: &Pools,
    efficiencies: [f64; 4],
    metg90_ns: f64,
    contest: impl for<'a> Fn(&'a Pools, &'a [u64], u32, String) -> Contest<'a, A>,
) -> Result<(), ContestError> {
    if !run.wants(name) {
        return Ok(());
    }
    let judged = [11.0, 31.0, 100.0, 1000.0];
    let total_ns = run.options.pick(8e6, 40e6);
    let mut curves: [(&str, Vec<GrainPoint>); 2] = [("millstream", Vec::new()), ("rayon", Vec::new())];
    for grain in GRAINS_NS {
        let units = run.calibration.units_for(grain);
        let items: Vec<u64> = (0..(total_ns / grain) as u64).collect();
        let title = format!("{name}, {grain} ns an item");
        let report = contest(pools, &items, units, title)
            .threads(pools.threads)
            .rounds(run.options.rounds(7))
            .run()?;
        let serial = report.of("serial").expect("the serial loop is entered").time_ns.median;
        for (contender, points) in &mut curves {
            let efficiency = report.of(contender).expect("entered above").efficiency;
            points.push(GrainPoint { grain_ns: serial / items.len() as f64, efficiency });
        }
        let goal =
            judged.iter().position(|&at| at == grain).map(|at| Goal::EfficiencyAtLeast(efficiencies[at]));
        let goal = |contender: &str| goal.and_then(|goal| ours(goal)(contender));
        run.rows.extend(rows_of(run.group, &report, items.len() as f64, goal));
    }
    for (threshold, most_ns) in [(0.5, GRAINS_NS[0]), (0.9, metg90_ns)] {
        let name = format!("{name}, METG{:.0}", threshold * 100.0);
        for (contender, points) in &curves {
            let row = Row::metg(
                run.group,
                &name,
                contender,
                points,
                threshold,
                ours(Goal::NsAtMost(most_ns))(contender),
            );
            run.rows.push(row);
        }
    }
    Ok(())
}

/// A distribution of costs: its name, and the relative cost of item `at` of `len`.
type Costs = (&'static str, fn(at: usize, len: usize) -> f64);

/// Eight ways to be uneven, or not.
const COSTS: [Costs; 8] = [
    ("uniform", |_, _| 1.0),
    ("ramp up", |at, _| (at + 1) as f64),
    ("ramp down", |at, len| (len - at) as f64),
    // Spread out, with the last one of each hundred in the hundred's middle.
    ("1 % of items 100 times dearer", |at, _| if at % 100 == 50 { 100.0 } else { 1.0 }),
    ("the first item half of all work", |at, len| if at == 0 { (len - 1) as f64 } else { 1.0 }),
    ("the last item half of all work", |at, len| if at + 1 == len { (len - 1) as f64 } else { 1.0 }),
    // Ranks in a mixed order: a step that shares no factor with the lengths walks over all of them.
    ("power law", |at, len| 1.0 / ((at * 7919 % len + 1) as f64).sqrt()),
    ("first eighth heavy", |at, len| if at < len / 8 { 16.0 } else { 1.0 }),
];

/// Items of 1 us on average.
fn uneven(run: &mut Run<'_>, pools: &Pools, len: usize, (shape, cost): Costs) -> Result<(), ContestError> {
    let name = format!("{len} items of 1 us, {shape}");
    if !run.wants(&name) {
        return Ok(());
    }
    let all: f64 = (0..len).map(|at| cost(at, len)).sum();
    let units_all = f64::from(run.units(Duration::from_micros(1))) * len as f64;
    let units: Vec<u32> =
        (0..len).map(|at| ((cost(at, len) / all * units_all).round() as u32).max(1)).collect();
    let units = &units[..];
    let mut contest = Contest::new(name, Sequential.costs(units));
    contest.threads(pools.threads);
    contest.serial("serial", || Sequential.costs(black_box(units)));
    contest.contender("millstream", || MillLoops(&pools.mill).costs(black_box(units)));
    contest.contender("rayon", || RayonLoops(&pools.rayon).costs(black_box(units)));
    let report = Heat::Warm.contest(run, &mut contest)?;
    let one_item = shape.contains("item half");
    let goal = |name: &str| ours(Goal::SpeedUpAtLeast(1.93))(name).filter(|_| !one_item);
    run.rows.extend(rows_of(run.group, &report, 1.0, goal));
    Ok(())
}

/// Loops inside a loop.
fn nested(run: &mut Run<'_>, pools: &Pools) -> Result<(), ContestError> {
    let name = "nested 100 x 10,000 x 5 ns";
    if !run.wants(name) {
        return Ok(());
    }
    let units = run.units(Duration::from_nanos(5));
    let (outer, inner): (Vec<u64>, Vec<u64>) = ((0..100).collect(), (0..10_000).collect());
    let mut contest = Contest::new(name, Sequential.nested(&outer, &inner, units));
    contest.threads(pools.threads).rounds(run.options.rounds(9));
    contest.serial("serial", || Sequential.nested(black_box(&outer), &inner, units));
    contest.contender("millstream", || MillLoops(&pools.mill).nested(black_box(&outer), &inner, units));
    contest.contender("rayon", || RayonLoops(&pools.rayon).nested(black_box(&outer), &inner, units));
    let report = contest.run()?;
    run.rows.extend(rows_of(run.group, &report, 1.0, ours(Goal::SpeedUpAtLeast(1.85))));
    Ok(())
}
