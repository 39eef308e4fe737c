//! More workers than cores: eight (or four times the threads asked for) must cost hardly anything against the right number.

use std::hint::black_box;
use std::time::Duration;

use millstream_harness::{Contest, ContestError};

use super::enter;
use super::enter::ours;
use crate::fork::{Caller, ChiliScope, MillInstall, Pools, RayonInstall};
use crate::kernels::{
    Comb, Fib, MatMul, MergeSort, Queens, QuickSort, Shape, Skynet, TreeSum, Unbalanced, Workload,
};
use crate::report::{Goal, rows_of};
use crate::run::Run;

pub(super) fn run(run: &mut Run<'_>) -> Result<(), ContestError> {
    let options = run.options;
    let right = Pools::new(options.threads);
    let many = Pools::new(options.threads * 4);
    let pools = (&right, &many);
    kernel(run, "fib", &Fib(options.pick(27, 32)), pools)?;
    kernel(run, "skynet", &Skynet { leaves: options.pick(100_000, 1_000_000), first: 0 }, pools)?;
    if run.wants("tree sum") {
        kernel(run, "tree sum", &TreeSum::new(options.pick(18, 22)), pools)?;
    }
    kernel(run, "nqueens", &Queens::new(options.pick(10, 12)), pools)?;
    kernel(run, "unbalanced", &options.pick(Unbalanced::small(), Unbalanced::large()), pools)?;
    let units = run.units(Duration::from_micros(1));
    for (name, shape) in [("comb leaf first", Shape::LeafFirst), ("comb rest first", Shape::RestFirst)] {
        kernel(run, name, &Comb { leaves: options.pick(4_000, 10_000), units, shape }, pools)?;
    }
    if run.wants("matmul") {
        kernel(run, "matmul", &MatMul::new(options.pick(256, 1024)), pools)?;
    }
    let numbers = options.pick(1 << 18, 4_000_000);
    if run.wants("mergesort") {
        kernel(run, "mergesort", &MergeSort::new(numbers), pools)?;
    }
    if run.wants("quicksort") {
        kernel(run, "quicksort", &QuickSort::new(numbers), pools)?;
    }
    Ok(())
}

/// One kernel, each contender against itself with the right number of workers: `x` is that time / the time with many.
fn kernel<W: Workload>(
    run: &mut Run<'_>,
    name: &str,
    workload: &W,
    (right, many): (&Pools, &Pools),
) -> Result<(), ContestError> {
    if !run.wants(name) {
        return Ok(());
    }
    against(run, workload, "millstream", (MillInstall(&right.mill), right), (MillInstall(&many.mill), many))?;
    against(run, workload, "rayon", (RayonInstall(&right.rayon), right), (RayonInstall(&many.rayon), many))?;
    against(run, workload, "chili", (ChiliScope(&right.chili), right), (ChiliScope(&many.chili), many))
}

fn against<W: Workload, C: Caller>(
    run: &mut Run<'_>,
    workload: &W,
    who: &str,
    right: (C, &Pools),
    many: (C, &Pools),
) -> Result<(), ContestError> {
    let mut contest: Contest<'_, W::Answer> = enter::contest(workload, right.1.threads);
    contest.rounds(run.options.rounds(5));
    let name = |pools: &Pools| format!("{who}, {} workers", pools.threads);
    let caller = right.0;
    contest.serial_with_input(
        name(right.1),
        || workload.input(),
        move |input| black_box(workload).run(&caller, input),
    );
    enter::one(&mut contest, workload, &name(many.1), many.0);
    let report = contest.run()?;
    let many = name(many.1);
    let goal = |name: &str| ours(Goal::SpeedUpAtLeast(0.95))(name).filter(|_| name == many);
    run.rows.extend(rows_of(run.group, &report, workload.tasks(), goal));
    Ok(())
}
