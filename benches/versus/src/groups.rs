//! The groups of workloads.

mod coarse;
mod enter;
mod forkjoin;
mod heat;
mod idle;
mod maps;
mod oversubscribed;
mod regions;

use millstream_harness::{Calibration, ContestError};

use crate::report::{Row, print_rows};
use crate::run::{Options, Run};

type Group = (&'static str, fn(&mut Run<'_>) -> Result<(), ContestError>);

/// Every group, in the order they run.
const GROUPS: [Group; 6] = [
    ("forkjoin", forkjoin::run),
    ("regions", regions::run),
    ("coarse", coarse::run),
    ("idle", idle::run),
    ("oversubscribed", oversubscribed::run),
    ("maps", maps::run),
];

/// The groups' names.
pub fn names() -> [&'static str; GROUPS.len()] {
    GROUPS.map(|(name, _)| name)
}

/// Measures the groups that are wanted, printing each one's table when it is done; returns all rows.
///
/// # Errors
/// The first wrong answer.
pub fn run(options: &Options) -> Result<Vec<Row>, ContestError> {
    let mut rows = Vec::new();
    for (group, body) in GROUPS {
        if !options.wants_group(group) {
            continue;
        }
        let mut run = Run { options, group, calibration: Calibration::measure(), rows: Vec::new() };
        body(&mut run)?;
        print_rows(group, &run.rows);
        rows.append(&mut run.rows);
    }
    Ok(rows)
}
