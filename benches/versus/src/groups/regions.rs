//! Small parallel regions, called from a thread outside the pool: back to back (*warm*), or after a pause (*idle*).

use std::hint::black_box;
use std::time::Duration;

use millstream_harness::{Contest, ContestError, ContestReport, GrainPoint, spin_work};

use super::enter::{self, MILL_ENTER, MILL_INSTALL, ours};
use super::heat::Heat;
use crate::fork::{Caller, ChiliScope, Fork, MillEnter, MillInstall, Pools, RayonInstall, Task};
use crate::kernels::Spread;
use crate::loops::{Loops, MillLoops, RayonLoops, Sequential};
use crate::report::{Goal, Row, rows_of};
use crate::run::Run;

/// The pause before a call that finds the pool idle.
const PAUSE: Duration = Duration::from_millis(10);

pub(super) fn run(run: &mut Run<'_>) -> Result<(), ContestError> {
    let pools = Pools::new(run.options.threads);
    // Total work, goal warm, goal idle.
    let leaves = [(5, 1.5, 0.9), (20, 1.6, 0.9), (100, 1.9, 0.95), (1000, 1.95, 1.75)];
    let maps = [(1, 0.95, 0.95), (10, 1.5, 0.95), (100, 1.9, 1.0), (1000, 1.95, 1.8)];
    for heat in [Heat::Warm, Heat::Idle(PAUSE)] {
        let goal = |warm, idle| Goal::SpeedUpAtLeast(if heat == Heat::Warm { warm } else { idle });
        for (us, warm, idle) in leaves {
            let total = Duration::from_micros(us);
            let spread = Spread { leaves: 16, units: run.units(total / 16) };
            let name = format!("16 leaves by join, {us} us in all, {}", heat.name());
            region(run, &name, &spread, &pools, heat, goal(warm, idle))?;
        }
        for (us, warm, idle) in maps {
            let name = format!("slice map, {us} us in all, {}", heat.name());
            if run.wants(&name) {
                let map = SliceMap::of(run, Duration::from_micros(us));
                let report = map.contest(run, &name, &pools, heat)?;
                run.rows.extend(rows_of(run.group, &report, 1.0, ours(goal(warm, idle))));
            }
        }
        root_call(run, &pools, heat)?;
    }
    let pair = Spread { leaves: 2, units: run.units(Duration::from_micros(500)) };
    region(run, "a lone join, 1 ms in all, warm", &pair, &pools, Heat::Warm, Goal::SpeedUpAtLeast(1.95))?;
    metg(run, &pools, Heat::Warm, 12_000.0)?;
    metg(run, &pools, Heat::Idle(Duration::from_millis(5)), 500_000.0)
}

/// A fork-join region.
fn region(
    run: &mut Run<'_>,
    name: &str,
    spread: &Spread,
    pools: &Pools,
    heat: Heat,
    goal: Goal,
) -> Result<(), ContestError> {
    if !run.wants(name) {
        return Ok(());
    }
    let mut answer = 0u64;
    for leaf in 0..spread.leaves {
        answer = answer.wrapping_add(spin_work(u64::from(leaf), spread.units));
    }
    let mut contest = Contest::new(name, answer);
    contest.threads(pools.threads);
    enter::all(&mut contest, spread, pools);
    let report = heat.contest(run, &mut contest)?;
    run.rows.extend(rows_of(run.group, &report, 1.0, ours(goal)));
    Ok(())
}

/// Two empty halves.
struct Nothing;

impl Task for Nothing {
    type Out = ();
    #[inline]
    fn run<F: Fork>(self, mut fork: F) {
        fork.join(Empty, Empty);
    }
}

/// An empty half.
struct Empty;

impl Task for Empty {
    type Out = ();
    #[inline]
    fn run<F: Fork>(self, _: F) {
        black_box(());
    }
}

/// What the way in costs: a join of nothing with nothing.
fn root_call(run: &mut Run<'_>, pools: &Pools, heat: Heat) -> Result<(), ContestError> {
    let name = format!("root call, no work, {}", heat.name());
    if !run.wants(&name) {
        return Ok(());
    }
    let mut contest = Contest::new(&name, ());
    contest.threads(pools.threads);
    contest.serial("serial", || crate::fork::Serial.call(Nothing));
    contest.contender(MILL_INSTALL, || MillInstall(&pools.mill).call(Nothing));
    contest.contender(MILL_ENTER, || MillEnter(&pools.mill).call(Nothing));
    contest.contender("rayon", || RayonInstall(&pools.rayon).call(Nothing));
    contest.contender("chili", || ChiliScope(&pools.chili).call(Nothing));
    let report = match heat {
        Heat::Warm => contest.rounds(run.options.rounds(15)).calls(200).run()?,
        Heat::Idle(_) => heat.contest(run, &mut contest)?,
    };
    run.rows.extend(rows_of(run.group, &report, 1.0, ours(Goal::NsAtMost(1500.0))));
    Ok(())
}

/// A map over a slice of items of 20 ns, summed.
struct SliceMap {
    items: Vec<u64>,
    units: u32,
    answer: u64,
}

impl SliceMap {
    fn of(run: &Run<'_>, total: Duration) -> SliceMap {
        const ITEM: Duration = Duration::from_nanos(20);
        let units = run.units(ITEM);
        let items: Vec<u64> = (0..(total.as_nanos() / ITEM.as_nanos()) as u64).collect();
        let answer = Sequential.sum(&items, units);
        SliceMap { items, units, answer }
    }

    fn contest(
        &self,
        run: &Run<'_>,
        name: &str,
        pools: &Pools,
        heat: Heat,
    ) -> Result<ContestReport, ContestError> {
        let (items, units) = (&self.items[..], self.units);
        let mut contest = Contest::new(name, self.answer);
        contest.threads(pools.threads);
        contest.serial("serial", || Sequential.sum(black_box(items), units));
        contest.contender("millstream", || MillLoops(&pools.mill).sum(black_box(items), units));
        contest.contender("rayon", || RayonLoops(&pools.rayon).sum(black_box(items), units));
        heat.contest(run, &mut contest)
    }
}

/// The least total work of one loop call at which nine tenths of both threads are used.
fn metg(run: &mut Run<'_>, pools: &Pools, heat: Heat, most_ns: f64) -> Result<(), ContestError> {
    let name = format!("METG90 of a loop call, {}", heat.name());
    if !run.wants(&name) {
        return Ok(());
    }
    let totals_us: &[u64] = &[2, 5, 8, 12, 20, 50, 100, 200, 500, 1000, 2000, 5000];
    let mut curves: [(&str, Vec<GrainPoint>); 2] = [("millstream", Vec::new()), ("rayon", Vec::new())];
    for &us in totals_us {
        let map = SliceMap::of(run, Duration::from_micros(us));
        let report = map.contest(run, &name, pools, heat)?;
        let serial = report.of("serial").expect("the serial loop is entered").time_ns.median;
        for (contender, points) in &mut curves {
            let efficiency = report.of(contender).expect("entered above").efficiency;
            points.push(GrainPoint { grain_ns: serial, efficiency });
        }
    }
    for (contender, points) in &curves {
        let row =
            Row::metg(run.group, &name, contender, points, 0.9, ours(Goal::NsAtMost(most_ns))(contender));
        run.rows.push(row);
    }
    Ok(())
}
