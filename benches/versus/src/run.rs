//! How to measure, and what one group is measured with.

use std::time::Duration;

use millstream_harness::Calibration;

use crate::report::Row;

/// How to measure.
#[derive(Clone, Debug)]
pub struct Options {
    /// Threads of each pool.
    pub threads: usize,
    /// Rounds; `None`: what the group takes.
    pub rounds: Option<usize>,
    /// Smaller inputs and fewer rounds.
    pub quick: bool,
    /// `group` or `group/text`: only that group, and of it the workloads whose names hold the text. All if empty.
    pub only: Vec<String>,
}

impl Options {
    /// The rounds to take where `full` are right for a full run.
    pub(crate) fn rounds(&self, full: usize) -> usize {
        self.rounds.unwrap_or(if self.quick { full.div_ceil(3) } else { full })
    }

    /// One of two, for a quick run and a full one.
    pub(crate) fn pick<T>(&self, quick: T, full: T) -> T {
        if self.quick { quick } else { full }
    }

    /// Whether any workload of the group is wanted.
    pub(crate) fn wants_group(&self, group: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only.split('/').next() == Some(group))
    }

    /// Whether the workload is wanted.
    pub(crate) fn wants(&self, group: &str, workload: &str) -> bool {
        self.only.is_empty()
            || self.only.iter().any(|only| match only.split_once('/') {
                None => only == group,
                Some((of, text)) => of == group && workload.contains(text),
            })
    }
}

/// What a group is measured with, and where its rows go.
pub struct Run<'o> {
    pub(crate) options: &'o Options,
    pub(crate) group: &'static str,
    pub(crate) calibration: Calibration,
    pub(crate) rows: Vec<Row>,
}

impl Run<'_> {
    pub(crate) fn wants(&self, workload: &str) -> bool {
        self.options.wants(self.group, workload)
    }

    /// Units that take `time` here.
    pub(crate) fn units(&self, time: Duration) -> u32 {
        self.calibration.units_for(time.as_nanos() as f64)
    }
}
