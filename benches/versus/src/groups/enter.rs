//! Entering all contenders for a workload.

use std::hint::black_box;

use millstream_harness::Contest;

use crate::fork::{Caller, ChiliScope, MillEnter, MillInstall, Pools, RayonInstall, Serial};
use crate::kernels::Workload;
use crate::report::Goal;

/// Millstream by `join` inside `install`.
pub(super) const MILL_INSTALL: &str = "millstream join";
/// Millstream by the worker's handle.
pub(super) const MILL_ENTER: &str = "millstream handle";

/// A contest over `workload`, entered by nobody yet.
pub(super) fn contest<'a, W: Workload>(workload: &'a W, threads: usize) -> Contest<'a, W::Answer>
where
    W::Answer: 'a,
{
    let mut contest = Contest::checked_by(workload.name(), |answer| workload.check(answer));
    contest.threads(threads);
    contest
}

/// Enters the kernel with plain calls. (The workload goes through a black box, lest a pure call move out of the loop over calls.)
pub(super) fn serial<'a, W: Workload>(contest: &mut Contest<'a, W::Answer>, workload: &'a W)
where
    W::Answer: 'a,
    W::Input: 'a,
{
    contest.serial_with_input(
        "serial",
        || workload.input(),
        move |input| black_box(workload).run(&Serial, input),
    );
}

/// Enters one contender.
pub(super) fn one<'a, W: Workload, C: Caller + 'a>(
    contest: &mut Contest<'a, W::Answer>,
    workload: &'a W,
    name: &str,
    caller: C,
) where
    W::Answer: 'a,
    W::Input: 'a,
{
    contest.contender_with_input(
        name,
        || workload.input(),
        move |input| black_box(workload).run(&caller, input),
    );
}

/// Enters the serial version and everybody.
pub(super) fn all<'a, W: Workload>(contest: &mut Contest<'a, W::Answer>, workload: &'a W, pools: &'a Pools)
where
    W::Answer: 'a,
    W::Input: 'a,
{
    serial(contest, workload);
    one(contest, workload, MILL_INSTALL, MillInstall(&pools.mill));
    one(contest, workload, MILL_ENTER, MillEnter(&pools.mill));
    one(contest, workload, "rayon", RayonInstall(&pools.rayon));
    one(contest, workload, "chili", ChiliScope(&pools.chili));
}

/// The goal, if the contender is one of ours.
pub(super) fn ours(goal: Goal) -> impl Fn(&str) -> Option<Goal> {
    move |name| name.starts_with("millstream").then_some(goal)
}
