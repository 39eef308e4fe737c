//! Rows, their goals, and how they are printed.

use std::fmt;

use millstream_harness::{ContestReport, GrainPoint, Metg, Summary, human_ns, plain_table};
use serde::Serialize;

/// What a figure should be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "is", content = "figure")]
pub enum Goal {
    /// The median time, a task or a call.
    NsAtMost(f64),
    /// The least time, a task or a call.
    LeastNsAtMost(f64),
    /// Serial time / time.
    SpeedUpAtLeast(f64),
    /// Serial time / threads / time.
    EfficiencyAtLeast(f64),
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Goal::NsAtMost(ns) => write!(f, "<= {}", human_ns(ns)),
            Goal::LeastNsAtMost(ns) => write!(f, "least <= {}", human_ns(ns)),
            Goal::SpeedUpAtLeast(x) => write!(f, ">= {x:.2} x"),
            Goal::EfficiencyAtLeast(part) => write!(f, ">= {:.0} %", part * 100.0),
        }
    }
}

/// One contender's figures at one workload.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The group.
    pub group: &'static str,
    /// The workload.
    pub workload: String,
    /// Who.
    pub contender: String,
    /// Time of a task, or of a call where tasks are not counted.
    pub ns: Summary,
    /// Serial time / time, each within one round; `None` where there is no serial version.
    pub speed_up: Option<Summary>,
    /// Threads, which the efficiency divides by.
    pub threads: usize,
    /// What it should be.
    pub goal: Option<Goal>,
    /// Whether it is.
    pub met: Option<bool>,
}

impl Row {
    /// A row, judged.
    pub fn new(
        group: &'static str,
        workload: &str,
        contender: &str,
        ns: Summary,
        speed_up: Option<Summary>,
        threads: usize,
        goal: Option<Goal>,
    ) -> Row {
        let x = speed_up.map(|x| x.median);
        let met = goal.map(|goal| match goal {
            Goal::NsAtMost(most) => ns.median <= most,
            Goal::LeastNsAtMost(most) => ns.min <= most,
            Goal::SpeedUpAtLeast(least) => x.is_some_and(|x| x >= least),
            Goal::EfficiencyAtLeast(least) => x.is_some_and(|x| x / threads as f64 >= least),
        });
        let (workload, contender) = (workload.to_owned(), contender.to_owned());
        Row { group, workload, contender, ns, speed_up, threads, goal, met }
    }

    /// A METG as a row: infinite where it was not reached; the least grain measured where all of them reach it.
    pub fn metg(
        group: &'static str,
        workload: &str,
        contender: &str,
        points: &[GrainPoint],
        threshold: f64,
        goal: Option<Goal>,
    ) -> Row {
        let metg = Metg::of(points, threshold);
        let ns = match metg {
            Some(Metg::Below(ns) | Metg::At(ns)) => ns,
            Some(Metg::Above(_)) | None => f64::INFINITY,
        };
        let summary = Summary { median: ns, min: ns, max: ns, rounds: 1 };
        let mut row = Row::new(group, workload, contender, summary, None, 1, goal);
        if matches!(metg, Some(Metg::Below(_))) {
            // The least grain measured is a hair off its nominal length, and the answer lies below it.
            row.met = row.met.map(|_| true);
        }
        row
    }
}

/// The rows of a contest. A time is divided by `tasks`; `goal` is asked by the contender's name.
pub fn rows_of(
    group: &'static str,
    report: &ContestReport,
    tasks: f64,
    goal: impl Fn(&str) -> Option<Goal>,
) -> Vec<Row> {
    let row = |contender: &millstream_harness::ContenderReport| {
        let time = contender.time_ns;
        let ns =
            Summary { median: time.median / tasks, min: time.min / tasks, max: time.max / tasks, ..time };
        let name = &contender.name;
        Row::new(group, &report.name, name, ns, Some(contender.speed_up), report.threads, goal(name))
    };
    report.contenders.iter().map(row).collect()
}

/// Prints rows as one table.
pub fn print_rows(title: &str, rows: &[Row]) {
    if rows.is_empty() {
        return;
    }
    let mut table = plain_table([title, "contender", "median", "min .. max", "x serial", "goal", ""]);
    let mut workload = "";
    for row in rows {
        let first = if row.workload == workload { "" } else { row.workload.as_str() };
        workload = &row.workload;
        let verdict = match row.met {
            None => "",
            Some(true) => "met",
            Some(false) => "MISSED",
        };
        table.add_row([
            first.to_owned(),
            row.contender.clone(),
            time(row.ns.median),
            format!("{} .. {}", time(row.ns.min), time(row.ns.max)),
            row.speed_up
                .map_or_else(String::new, |x| format!("{:.2} ({:.2} .. {:.2})", x.median, x.min, x.max)),
            row.goal.map_or_else(String::new, |goal| goal.to_string()),
            verdict.to_owned(),
        ]);
    }
    println!("{table}\n");
}

/// A time, or that there is none.
fn time(ns: f64) -> String {
    if ns.is_finite() { human_ns(ns) } else { "never".to_owned() }
}
