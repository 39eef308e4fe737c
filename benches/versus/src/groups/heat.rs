//! Calls back to back, or after a pause.

use std::thread;
use std::time::Duration;

use crate::run::Run;
use millstream_harness::{Contest, ContestError, ContestReport};

/// Whether calls follow each other at once, or each comes after a pause.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Heat {
    Warm,
    Idle(Duration),
}

impl Heat {
    pub(super) fn name(self) -> String {
        match self {
            Heat::Warm => "warm".to_owned(),
            Heat::Idle(pause) => format!("after {} ms idle", pause.as_millis()),
        }
    }

    /// Runs a contest of short calls with or without pauses.
    pub(super) fn contest<'a, A: 'a>(
        self,
        run: &Run<'_>,
        contest: &mut Contest<'a, A>,
    ) -> Result<ContestReport, ContestError> {
        match self {
            Heat::Warm => {
                let fill = run.options.pick(Duration::from_millis(2), Duration::from_millis(10));
                contest.rounds(run.options.rounds(15)).calls_to_fill(fill);
            }
            Heat::Idle(pause) => {
                contest.rounds(run.options.rounds(21)).before_each_call(move || thread::sleep(pause));
            }
        }
        contest.run()
    }
}
