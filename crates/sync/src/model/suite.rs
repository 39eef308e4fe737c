//! Runs a package's models under a checker, and its mutants against the models that have to notice them.
//!
//! For an ordinary integration test, so that `cargo test` covers the models too:
//!
//! ```no_run
//! use millstream_sync::model::suite::{self, Checker};
//!
//! suite::run(
//!     env!("CARGO_PKG_NAME"),
//!     env!("CARGO_MANIFEST_DIR"),
//!     Checker::Loom,
//!     &[
//!         ("latch::models::a_set_latch_is_seen", None),
//!         ("latch::models::a_set_latch_is_seen", Some("latch_set_relaxed")),
//!     ],
//! );
//! ```
//!
//! The package's unit tests are built once, with the checker's `--cfg` and optimised, in `models/<checker>` below the workspace's target directory.
//! Each model then runs in a process of its own, since a model that fails may take its process with it.

mod build;
mod case;
mod checker;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use case::Report;
pub use checker::{Case, Checker};

/// Models run at the same time, over all suites of this process.
const CASES_AT_ONCE: usize = 2;

/// How long a model may take, unless [`run_within`] says otherwise.
pub const TIME_LIMIT: Duration = Duration::from_secs(120);

/// Builds `package`, whose manifest lies in `manifest_dir`, for `checker`, and runs `cases`, each within [`TIME_LIMIT`].
///
/// # Panics
/// With a table of all cases, unless every model passes without a mutant and fails with one. A model that does not exist, that takes too long, or that
/// is too large for its checker counts as neither. Also if the package does not build.
pub fn run(package: &str, manifest_dir: impl AsRef<Path>, checker: Checker, cases: &[Case<'_>]) {
    run_within(TIME_LIMIT, package, manifest_dir, checker, cases);
}

/// As [`run`], with a time limit per model.
///
/// # Panics
/// As [`run`].
pub fn run_within(
    time_limit: Duration,
    package: &str,
    manifest_dir: impl AsRef<Path>,
    checker: Checker,
    cases: &[Case<'_>],
) {
    let dir = manifest_dir.as_ref();
    let built = match build::test_binary(package, dir, checker) {
        Ok(built) => built,
        Err(error) => panic!("the models of {package} cannot be built for {}: {error}", checker.name()),
    };
    let reports: Vec<Report> = thread::scope(|scope| {
        let started: Vec<_> = cases
            .iter()
            .enumerate()
            .map(|(number, case)| {
                let built = &built;
                scope.spawn(move || {
                    let _turn = Turn::take();
                    // Two suites of one process may run the same models: a log is never shared.
                    let opened = LOGS.fetch_add(1, Ordering::Relaxed); // Relaxed: only a number nobody else gets.
                    let log = format!("{package}-{}-{opened}-{number}.log", std::process::id());
                    let log = built.log_dir.join(log);
                    case::run(&built.binary, dir, &log, case, time_limit)
                })
            })
            .collect();
        started.into_iter().map(|case| case.join().expect("the runner itself does not panic")).collect()
    });
    let table = table(cases, &reports);
    println!("{} models of {package}:\n{table}", checker.name());
    let wrong = reports.iter().filter(|report| !report.outcome.is_expected()).count();
    assert!(
        wrong == 0,
        "{wrong} of {} {} models of {package} went wrong:\n{table}",
        cases.len(),
        checker.name()
    );
}

/// One line a case, and the end of the output of those that went wrong.
fn table(cases: &[Case<'_>], reports: &[Report]) -> String {
    let mut text = String::new();
    for ((model, mutant), report) in cases.iter().zip(reports) {
        let mutant = mutant.map_or(String::new(), |mutant| format!(" [{mutant}]"));
        let mark = if report.outcome.is_expected() { "  " } else { "! " };
        let seconds = report.took.as_secs_f64();
        writeln!(text, "{mark}{:<28} {seconds:>7.2} s  {model}{mutant}", report.outcome.says())
            .expect("a string takes all");
        if !report.outcome.is_expected() {
            for line in report.output_end.lines() {
                writeln!(text, "       | {line}").expect("a string takes all");
            }
        }
    }
    text
}

/// Logs opened so far.
static LOGS: AtomicUsize = AtomicUsize::new(0);

/// The right to run a process: at most [`CASES_AT_ONCE`] of them exist.
struct Turn;

static RUNNING: Mutex<usize> = Mutex::new(0);
static ENDED: Condvar = Condvar::new();

impl Turn {
    fn take() -> Self {
        let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        let mut running = ENDED
            .wait_while(running, |running| *running >= CASES_AT_ONCE)
            .unwrap_or_else(PoisonError::into_inner);
        *running += 1;
        Self
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        ENDED.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::case::{Outcome, Report};
    use super::table;
    use std::time::Duration;

    #[test]
    fn the_table_marks_what_went_wrong_and_says_why() {
        let report = |outcome, output: &str| Report {
            outcome,
            took: Duration::from_millis(1_500),
            output_end: output.into(),
        };
        let text = table(
            &[("a::passes", None), ("a::passes", Some("fault"))],
            &[report(Outcome::Passed, "quiet"), report(Outcome::MutantSurvived, "one\ntwo")],
        );
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4, "{text}");
        assert!(lines[0].starts_with("  passed") && lines[0].ends_with("1.50 s  a::passes"), "{text}");
        assert!(lines[1].starts_with("! ") && lines[1].ends_with("a::passes [fault]"), "{text}");
        assert!(lines[3].ends_with("| two"), "{text}");
    }
}
