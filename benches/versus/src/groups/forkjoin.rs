//! Fork-join kernels without any cutoff.

use std::time::Duration;

use millstream_harness::ContestError;

use super::enter::{self, MILL_ENTER, ours};
use crate::fork::Pools;
use crate::kernels::{
    Comb, Fib, ManySums, MatMul, MergeSort, Queens, QuickSort, Shape, Skynet, TreeSum, Unbalanced, Workload,
};
use crate::report::{Goal, rows_of};
use crate::run::Run;

pub(super) fn run(run: &mut Run<'_>) -> Result<(), ContestError> {
    let options = run.options;
    if run.wants("join alone") || run.wants("fib on one thread") {
        let pools = Pools::new(1);
        let join = Fib(options.pick(20, 23));
        // Short and many: the least of them is what a join costs when nothing disturbs it.
        kernel(run, "join alone", &join, &pools, 60, |name| {
            Some(Goal::LeastNsAtMost(if name == MILL_ENTER { 3.3 } else { 5.3 }))
                .filter(|_| name.starts_with("mill"))
        })?;
        kernel(run, "fib on one thread", &Fib(options.pick(27, 32)), &pools, 7, ours(Goal::NsAtMost(5.0)))?;
    }
    let pools = Pools::new(options.threads);
    let speed_up = |x| ours(Goal::SpeedUpAtLeast(x));
    let ns = |ns| ours(Goal::NsAtMost(ns));
    kernel(run, "fib", &Fib(options.pick(27, 32)), &pools, 7, ns(2.2))?;
    kernel(
        run,
        "skynet",
        &Skynet { leaves: options.pick(100_000, 1_000_000), first: 0 },
        &pools,
        7,
        ns(2.3),
    )?;
    if run.wants("tree sum") {
        kernel(run, "tree sum", &TreeSum::new(options.pick(18, 22)), &pools, 7, ns(2.3))?;
    }
    kernel(run, "small sums", &ManySums::new(options.pick(200, 1000)), &pools, 7, speed_up(1.0))?;
    kernel(run, "nqueens", &Queens::new(options.pick(10, 12)), &pools, 7, speed_up(1.9))?;
    let unbalanced = options.pick(Unbalanced::small(), Unbalanced::large());
    kernel(run, "unbalanced", &unbalanced, &pools, 7, speed_up(1.4))?;
    let units = run.units(Duration::from_micros(1));
    for (name, shape) in [("comb leaf first", Shape::LeafFirst), ("comb rest first", Shape::RestFirst)] {
        let comb = Comb { leaves: options.pick(4_000, 10_000), units, shape };
        kernel(run, name, &comb, &pools, 7, speed_up(1.9))?;
    }
    if run.wants("matmul") {
        kernel(run, "matmul", &MatMul::new(options.pick(256, 1024)), &pools, 5, speed_up(1.75))?;
    }
    let numbers = options.pick(1 << 18, 4_000_000);
    if run.wants("mergesort") {
        kernel(run, "mergesort", &MergeSort::new(numbers), &pools, 5, speed_up(2.0))?;
    }
    if run.wants("quicksort") {
        kernel(run, "quicksort", &QuickSort::new(numbers), &pools, 5, speed_up(1.9))?;
    }
    Ok(())
}

/// One kernel. `name` is what `--only` looks for.
fn kernel<W: Workload>(
    run: &mut Run<'_>,
    name: &str,
    workload: &W,
    pools: &Pools,
    rounds: usize,
    goal: impl Fn(&str) -> Option<Goal>,
) -> Result<(), ContestError> {
    if !run.wants(name) {
        return Ok(());
    }
    let mut contest = enter::contest(workload, pools.threads);
    enter::all(&mut contest, workload, pools);
    let mut report = contest.rounds(run.options.rounds(rounds)).run()?;
    let threads =
        if pools.threads == 1 { "1 thread".to_owned() } else { format!("{} threads", pools.threads) };
    let each = if workload.tasks() > 1.0 { ", a task" } else { "" };
    report.name = format!("{}, {threads}{each}", workload.name());
    run.rows.extend(rows_of(run.group, &report, workload.tasks(), goal));
    Ok(())
}
