//! One model in one process.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::checker::Case;

/// What became of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Passed,
    Failed,
    MutantCaught,
    MutantSurvived,
    TimedOut,
    /// The checker gave up: no verdict.
    TooLarge,
    NoSuchModel,
    CannotRun(String),
}

impl Outcome {
    pub(super) fn is_expected(&self) -> bool {
        matches!(self, Self::Passed | Self::MutantCaught)
    }

    pub(super) fn says(&self) -> String {
        match self {
            Self::Passed => "passed".into(),
            Self::Failed => "FAILED".into(),
            Self::MutantCaught => "mutant caught".into(),
            Self::MutantSurvived => "MUTANT SURVIVED".into(),
            Self::TimedOut => "TIMED OUT".into(),
            Self::TooLarge => "TOO LARGE FOR THE CHECKER".into(),
            Self::NoSuchModel => "NO SUCH MODEL".into(),
            Self::CannotRun(why) => format!("CANNOT RUN: {why}"),
        }
    }
}

pub(super) struct Report {
    pub(super) outcome: Outcome,
    pub(super) took: Duration,
    pub(super) output_end: String,
}

/// Runs the case's test alone in a process of `binary`, with its output in the file `log` (removed after).
pub(super) fn run(binary: &Path, dir: &Path, log: &Path, case: &Case<'_>, time_limit: Duration) -> Report {
    let start = Instant::now();
    let status = start_in(binary, dir, log, case).and_then(|child| wait(child, start, time_limit));
    let output = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    // Left behind if it cannot be removed: it lies in the build's own directory.
    let _ = fs::remove_file(log);
    let outcome = match status {
        Err(error) => Outcome::CannotRun(error.to_string()),
        Ok(None) => Outcome::TimedOut,
        Ok(Some(status)) => judge(status.success(), &output, case.1.is_some()),
    };
    Report { outcome, took: start.elapsed(), output_end: end_of(&output).into() }
}

fn start_in(binary: &Path, dir: &Path, log: &Path, (model, mutant): &Case<'_>) -> io::Result<Child> {
    let output = File::create(log)?;
    let mut command = Command::new(binary);
    command.args(["--exact", model, "--nocapture", "--test-threads=1"]).current_dir(dir);
    command.env("RUST_BACKTRACE", "0").env_remove("MILLSTREAM_MUTANT");
    if let Some(mutant) = mutant {
        command.env("MILLSTREAM_MUTANT", mutant);
    }
    command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).spawn()
}

/// The child's end, or `None` if it had to be ended because its time was over.
fn wait(mut child: Child, start: Instant, time_limit: Duration) -> io::Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() > time_limit {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(10));
    }
}

fn judge(success: bool, output: &str, with_mutant: bool) -> Outcome {
    // loom's and shuttle's words for "this never ends".
    let gave_up = ["exceeded maximum number of branches", "exceeded max_steps bound"];
    if !output.contains("running 1 test\n") {
        Outcome::NoSuchModel
    } else if !success && gave_up.iter().any(|words| output.contains(words)) {
        Outcome::TooLarge
    } else {
        match (success, with_mutant) {
            (true, false) => Outcome::Passed,
            (false, false) => Outcome::Failed,
            (false, true) => Outcome::MutantCaught,
            (true, true) => Outcome::MutantSurvived,
        }
    }
}

/// The last 30 lines.
fn end_of(output: &str) -> &str {
    let start = output.trim_end().rmatch_indices('\n').nth(29).map_or(0, |(at, _)| at + 1);
    &output[start..]
}

#[cfg(test)]
mod tests {
    use super::{Outcome, end_of, judge, run};
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    const RAN: &str = "\nrunning 1 test\n...";

    #[test]
    fn only_a_test_that_ran_is_judged() {
        assert_eq!(judge(true, RAN, false), Outcome::Passed);
        assert_eq!(judge(false, RAN, false), Outcome::Failed);
        assert_eq!(judge(false, RAN, true), Outcome::MutantCaught);
        assert_eq!(judge(true, RAN, true), Outcome::MutantSurvived);
        assert_eq!(judge(true, "\nrunning 0 tests\n", false), Outcome::NoSuchModel);
        assert_eq!(judge(false, "Segmentation fault", true), Outcome::NoSuchModel);
        let gave_up = format!("{RAN}\nModel exceeded maximum number of branches.");
        assert_eq!(judge(false, &gave_up, true), Outcome::TooLarge);
    }

    #[test]
    fn the_end_of_a_long_output_is_its_last_thirty_lines() {
        let lines: Vec<String> = (0..50).map(|number| number.to_string()).collect();
        assert_eq!(end_of(&lines.join("\n")).lines().collect::<Vec<_>>(), &lines[20..]);
        assert_eq!(end_of(&(lines.join("\n") + "\n")).lines().count(), 30);
        assert_eq!(end_of("a\nb"), "a\nb");
        assert_eq!(end_of(""), "");
    }

    /// A log file of this test's own, beside the test binary.
    fn log(name: &str) -> PathBuf {
        std::env::current_exe().unwrap().with_file_name(format!("{name}-{}.log", std::process::id()))
    }

    #[test]
    fn a_process_that_does_not_end_is_ended() {
        if std::env::var("MILLSTREAM_MUTANT").is_ok_and(|mutant| mutant == "sleep") {
            std::thread::sleep(Duration::from_secs(3_600));
        }
        let me = std::env::current_exe().unwrap();
        let case = ("model::suite::case::tests::a_process_that_does_not_end_is_ended", Some("sleep"));
        let report = run(&me, Path::new("."), &log("endless"), &case, Duration::from_millis(200));
        assert_eq!(report.outcome, Outcome::TimedOut);
    }

    #[test]
    fn a_binary_that_is_not_there_is_reported() {
        let report = run(Path::new("./no-such"), Path::new("."), &log("none"), &("a", None), Duration::ZERO);
        assert!(matches!(report.outcome, Outcome::CannotRun(_)), "{:?}", report.outcome);
    }
}
