//! Forks that are few and long.

use std::thread;
use std::time::Duration;

use millstream_harness::ContestError;

use super::enter::{self, ours};
use crate::fork::{Caller, Fork, Pools, Task};
use crate::kernels::Workload;
use crate::report::{Goal, rows_of};
use crate::run::Run;

/// What each leaf waits for.
const NAP: Duration = Duration::from_millis(100);

/// A leaf that sleeps.
#[derive(Clone, Copy)]
struct Nap;

impl Task for Nap {
    type Out = u64;
    fn run<F: Fork>(self, _: F) -> u64 {
        thread::sleep(NAP);
        1
    }
}

/// So many naps by halving.
#[derive(Clone, Copy)]
struct Naps(u32);

impl Task for Naps {
    type Out = u64;
    fn run<F: Fork>(self, mut fork: F) -> u64 {
        fork.sum(0..self.0, |_| Nap)
    }
}

impl Workload for Naps {
    type Input = ();
    type Answer = u64;
    fn name(&self) -> String {
        format!("{} sleeps of 100 ms", self.0)
    }
    fn input(&self) {}
    fn run<C: Caller>(&self, caller: &C, (): ()) -> u64 {
        caller.call(*self)
    }
    fn check(&self, answer: &u64) -> Result<(), String> {
        if *answer == u64::from(self.0) {
            Ok(())
        } else {
            Err(format!("{answer} naps instead of {}", self.0))
        }
    }
}

pub(super) fn run(run: &mut Run<'_>) -> Result<(), ContestError> {
    // Workers, sleeps, milliseconds.
    let rows = [(4, 2, 105.0), (4, 4, 105.0), (4, 8, 210.0), (4, 16, 410.0), (2, 8, 420.0)];
    for (threads, naps, most_ms) in rows {
        let naps = Naps(naps);
        let name = format!("{}, {threads} workers", naps.name());
        if !run.wants(&name) {
            continue;
        }
        let pools = Pools::new(threads);
        let mut contest = enter::contest(&naps, threads);
        enter::all(&mut contest, &naps, &pools);
        let mut report = contest.rounds(run.options.rounds(3)).run()?;
        report.name = name;
        run.rows.extend(rows_of(run.group, &report, 1.0, ours(Goal::NsAtMost(most_ms * 1e6))));
    }
    Ok(())
}
