//! What pools cost while nothing is asked of them, and to have at all.

use std::thread;
use std::time::Duration;

use millstream_harness::{Contest, ContestError, Summary, process};

use super::enter::ours;
use crate::fork::{Caller, ChiliScope, MillInstall, RayonInstall, Serial, chili_pool, mill_pool, rayon_pool};
use crate::kernels::{Fib, Workload};
use crate::report::{Goal, Row, rows_of};
use crate::run::Run;

pub(super) fn run(run: &mut Run<'_>) -> Result<(), ContestError> {
    let threads = run.options.threads;
    if run.wants("cpu time after work") {
        let mut seconds = [Seconds::new("millstream"), Seconds::new("rayon"), Seconds::new("chili")];
        for _ in 0..run.options.rounds(3) {
            // One pool alive at a time: the CPU time is the whole process's.
            {
                let pool = mill_pool(threads);
                seconds[0].measure(&MillInstall(&pool))?;
            }
            {
                let pool = rayon_pool(threads);
                seconds[1].measure(&RayonInstall(&pool))?;
            }
            {
                let pool = chili_pool(threads);
                seconds[2].measure(&ChiliScope(&pool))?;
            }
        }
        for (which, name, most_ms) in
            [(0, "CPU time, first second after work", 1.5), (1, "CPU time, next second", 0.1)]
        {
            for contender in &seconds {
                let samples = &contender.cpu_ns[which];
                let summary = Summary::of(samples).expect("a round was taken");
                let goal = ours(Goal::NsAtMost(most_ms * 1e6))(contender.name);
                run.rows.push(Row::new(run.group, name, contender.name, summary, None, threads, goal));
            }
        }
    }
    pool_life(run, threads)
}

/// CPU time of the first and the second second after work.
struct Seconds {
    name: &'static str,
    cpu_ns: [Vec<f64>; 2],
}

impl Seconds {
    fn new(name: &'static str) -> Seconds {
        Seconds { name, cpu_ns: [Vec::new(), Vec::new()] }
    }

    fn measure(&mut self, caller: &impl Caller) -> Result<(), ContestError> {
        // Tens of milliseconds: every worker was awake and is now left without work.
        let work = Fib(30);
        for _ in 0..3 {
            let answer = Workload::run(&work, caller, ());
            work.check(&answer).map_err(|complaint| ContestError::WrongAnswer {
                contest: "CPU time after work".to_owned(),
                contender: self.name.to_owned(),
                round: Some(self.cpu_ns[0].len()),
                complaint,
            })?;
        }
        // Else what the others' threads used for the work would be charged to the first second.
        process::bring_up_to_date();
        for second in &mut self.cpu_ns {
            let before = process::cpu_time();
            thread::sleep(Duration::from_secs(1));
            second.push(process::cpu_time().saturating_sub(before).as_nanos() as f64);
        }
        Ok(())
    }
}

/// A pool built, used once, and dropped.
fn pool_life(run: &mut Run<'_>, threads: usize) -> Result<(), ContestError> {
    let name = format!("a pool of {threads} built, used once, dropped");
    if !run.wants(&name) {
        return Ok(());
    }
    let (task, answer) = (Fib(5), 5);
    let mut contest = Contest::new(name, answer);
    contest.threads(threads).rounds(run.options.rounds(15)).calls(20);
    contest.serial("serial", || Serial.call(std::hint::black_box(task)));
    contest.contender("millstream", || {
        let pool = millstream::Pool::builder().threads(threads).build().expect("its threads can be started");
        MillInstall(&pool).call(task)
    });
    contest.contender("rayon", || {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        RayonInstall(&pool.expect("its threads can be started")).call(task)
    });
    contest.contender("chili", || ChiliScope(&chili_pool(threads)).call(task));
    let report = contest.run()?;
    run.rows.extend(rows_of(run.group, &report, 1.0, ours(Goal::NsAtMost(150_000.0))));
    Ok(())
}
