//! A workload, its answer, and those who compete for it.

use std::fmt;
use std::hint::black_box;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::process;
use crate::stats::Summary;

/// One workload with its expected answer, and its contenders.
///
/// See the [crate's page](crate) for how it measures.
pub struct Contest<'a, A> {
    name: String,
    threads: usize,
    rounds: usize,
    time_limit: Option<Duration>,
    calls: Calls,
    before_each_call: Option<Box<dyn FnMut() + 'a>>,
    check: Check<'a, A>,
    entries: Vec<Entry<'a, A>>,
}

/// How far a contest is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// Timed samples taken so far, over all contenders.
    pub samples_done: usize,
    /// Timed samples there will be, unless a time limit ends the contest before.
    pub samples_planned: usize,
    /// Who was just timed, or warmed up.
    pub contender: &'a str,
}

/// What came out of a [`Contest`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContestReport {
    /// The workload.
    pub name: String,
    /// Threads each contender had, the serial loop apart.
    pub threads: usize,
    /// Calls a sample was averaged over.
    pub calls_per_sample: u32,
    /// Every contender, in the order of entry.
    pub contenders: Vec<ContenderReport>,
}

/// One contender's part of a [`ContestReport`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContenderReport {
    /// Its name.
    pub name: String,
    /// Wall time of a call.
    pub time_ns: Summary,
    /// CPU time of a call over all threads of the process, to the microsecond divided by the calls.
    pub cpu_ns: Summary,
    /// Serial time / time, each within one round.
    pub speed_up: Summary,
    /// The median speed-up divided by the threads; by one for the serial loop.
    pub efficiency: f64,
    /// Wall time of a call, round by round.
    pub samples_ns: Vec<f64>,
}

/// Why a [`Contest`] has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContestError {
    /// A contender did not find the expected answer.
    WrongAnswer {
        /// The workload.
        contest: String,
        /// Who was wrong.
        contender: String,
        /// The round of the wrong answer; `None` for the warm-up before the first.
        round: Option<usize>,
        /// What was wrong with it.
        complaint: String,
    },
    /// No contender was entered as the serial loop, so there is nothing to compare with.
    NoSerialLoop {
        /// The workload.
        contest: String,
    },
}

enum Calls {
    Fixed(u32),
    Fill(Duration),
}

/// Says what is wrong with an answer.
type Check<'a, A> = Box<dyn Fn(&A) -> Result<(), String> + 'a>;

struct Entry<'a, A> {
    name: String,
    serial: bool,
    run: Box<dyn Sampler<A> + 'a>,
}

/// Takes one sample: the call itself is compiled into it, so that no indirect call is timed.
trait Sampler<A> {
    fn sample(&mut self, calls: u32, before: Option<&mut (dyn FnMut() + '_)>) -> Sample<A>;
}

struct Sample<A> {
    wall: Duration,
    cpu: Duration,
    answer: A,
}

struct WithInput<S, F> {
    input: S,
    call: F,
}

impl<'a, A: PartialEq + fmt::Debug + 'a> Contest<'a, A> {
    /// A contest over the workload `name` whose every answer must equal `expected`.
    ///
    /// Defaults: 2 threads, 5 rounds, no time limit, one call a sample.
    pub fn new(name: impl Into<String>, expected: A) -> Self {
        Self::checked_by(name, move |answer| {
            if *answer == expected {
                return Ok(());
            }
            Err(format!("expected {}, got {}", shortened(&expected), shortened(answer)))
        })
    }
}

impl<'a, A: 'a> Contest<'a, A> {
    /// A contest whose every answer must please `check`, which otherwise says what is wrong; for answers that
    /// are told right from wrong faster than by comparing.
    pub fn checked_by(name: impl Into<String>, check: impl Fn(&A) -> Result<(), String> + 'a) -> Self {
        Contest {
            name: name.into(),
            threads: 2,
            rounds: 5,
            time_limit: None,
            calls: Calls::Fixed(1),
            before_each_call: None,
            check: Box::new(check),
            entries: Vec::new(),
        }
    }

    /// The threads each contender has, which its efficiency is divided by.
    ///
    /// # Panics
    /// If 0.
    pub fn threads(&mut self, threads: usize) -> &mut Self {
        assert!(threads > 0, "a contest needs a thread");
        self.threads = threads;
        self
    }

    /// How many rounds to time.
    ///
    /// # Panics
    /// If 0.
    pub fn rounds(&mut self, rounds: usize) -> &mut Self {
        assert!(rounds > 0, "a contest needs a round");
        self.rounds = rounds;
        self
    }

    /// Begins no further round after this much time from the first; one round is always completed.
    pub fn time_limit(&mut self, limit: Duration) -> &mut Self {
        self.time_limit = Some(limit);
        self
    }

    /// Averages a sample over `calls` calls in a row: for calls that are too short for the clock.
    ///
    /// The last answer of a sample is the one that is checked. The others are dropped inside the timed part;
    /// so are all inputs but the last.
    ///
    /// # Panics
    /// If 0.
    pub fn calls(&mut self, calls: u32) -> &mut Self {
        assert!(calls > 0, "a sample needs a call");
        self.calls = Calls::Fixed(calls);
        self
    }

    /// Averages a sample over as many calls as the serial loop makes in `time`; at least one.
    pub fn calls_to_fill(&mut self, time: Duration) -> &mut Self {
        self.calls = Calls::Fill(time);
        self
    }

    /// Runs `hook` before each call, outside the clock: a sleep, say, so that every call finds the pool idle.
    ///
    /// Each call is then timed by itself, which adds the clock's own cost (some 20-50 ns) to it.
    pub fn before_each_call(&mut self, hook: impl FnMut() + 'a) -> &mut Self {
        self.before_each_call = Some(Box::new(hook));
        self
    }

    /// Enters the serial loop that everybody is compared with. The first one entered counts.
    pub fn serial(&mut self, name: impl Into<String>, mut call: impl FnMut() -> A + 'a) -> &mut Self {
        self.enter(name.into(), true, WithInput { input: || (), call: move |()| call() })
    }

    /// Enters a contender.
    pub fn contender(&mut self, name: impl Into<String>, mut call: impl FnMut() -> A + 'a) -> &mut Self {
        self.enter(name.into(), false, WithInput { input: || (), call: move |()| call() })
    }

    /// The same as [`serial`](Self::serial) with a fresh input for each call, made outside the clock.
    pub fn serial_with_input<I: 'a>(
        &mut self,
        name: impl Into<String>,
        input: impl FnMut() -> I + 'a,
        call: impl FnMut(I) -> A + 'a,
    ) -> &mut Self {
        self.enter(name.into(), true, WithInput { input, call })
    }

    /// The same as [`contender`](Self::contender) with a fresh input for each call, made outside the clock.
    pub fn contender_with_input<I: 'a>(
        &mut self,
        name: impl Into<String>,
        input: impl FnMut() -> I + 'a,
        call: impl FnMut(I) -> A + 'a,
    ) -> &mut Self {
        self.enter(name.into(), false, WithInput { input, call })
    }

    fn enter(&mut self, name: String, serial: bool, run: impl Sampler<A> + 'a) -> &mut Self {
        self.entries.push(Entry { name, serial, run: Box::new(run) });
        self
    }

    /// Measures.
    ///
    /// # Errors
    /// The first wrong answer, before or during the rounds; nothing is reported then, since the clock of a
    /// wrong answer means nothing. [`ContestError::NoSerialLoop`] if there is none.
    pub fn run(&mut self) -> Result<ContestReport, ContestError> {
        self.run_watched(|_| ())
    }

    /// The same, telling `watch` after each warm-up and each sample how far it is. Not timed.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_watched(
        &mut self,
        mut watch: impl FnMut(Progress<'_>),
    ) -> Result<ContestReport, ContestError> {
        let Some(serial) = self.entries.iter().position(|entry| entry.serial) else {
            return Err(ContestError::NoSerialLoop { contest: self.name.clone() });
        };
        let entries = self.entries.len();
        let samples_planned = entries * self.rounds;
        let mut serial_warm = Duration::ZERO;
        for index in 0..entries {
            let sample = self.sample(index, 1, None)?;
            if index == serial {
                serial_warm = sample.wall;
            }
            watch(Progress { samples_done: 0, samples_planned, contender: &self.entries[index].name });
        }
        let calls = match self.calls {
            Calls::Fixed(calls) => calls,
            Calls::Fill(time) => {
                // The first call was cold; a second tells more.
                let call = self.sample(serial, 1, None)?.wall.min(serial_warm).max(Duration::from_nanos(1));
                u32::try_from(time.as_nanos() / call.as_nanos()).unwrap_or(u32::MAX).max(1)
            }
        };

        let mut wall_ns = vec![Vec::with_capacity(self.rounds); entries];
        let mut cpu_ns = wall_ns.clone();
        let begun = Instant::now();
        for round in 0..self.rounds {
            if round > 0 && self.time_limit.is_some_and(|limit| begun.elapsed() >= limit) {
                break;
            }
            for turn in 0..entries {
                let index = (round + turn) % entries;
                let sample = self.sample(index, calls, Some(round))?;
                let per_call = |time: Duration| time.as_nanos() as f64 / f64::from(calls);
                wall_ns[index].push(per_call(sample.wall));
                cpu_ns[index].push(per_call(sample.cpu));
                let samples_done = round * entries + turn + 1;
                watch(Progress { samples_done, samples_planned, contender: &self.entries[index].name });
            }
        }

        let summary = |samples: &[f64]| Summary::of(samples).expect("one round is always completed");
        let contenders = (0..entries).map(|index| {
            let pairs = wall_ns[serial].iter().zip(&wall_ns[index]);
            // A sample of 0 ns (a coarse clock) must not make a ratio that is not a number.
            let ratios: Vec<f64> = pairs.map(|(serial, own)| serial.max(1e-3) / own.max(1e-3)).collect();
            let speed_up = summary(&ratios);
            let threads = if self.entries[index].serial { 1 } else { self.threads };
            ContenderReport {
                name: self.entries[index].name.clone(),
                time_ns: summary(&wall_ns[index]),
                cpu_ns: summary(&cpu_ns[index]),
                speed_up,
                efficiency: speed_up.median / threads as f64,
                samples_ns: wall_ns[index].clone(),
            }
        });
        Ok(ContestReport {
            name: self.name.clone(),
            threads: self.threads,
            calls_per_sample: calls,
            contenders: contenders.collect(),
        })
    }

    /// One checked sample of a contender.
    fn sample(&mut self, index: usize, calls: u32, round: Option<usize>) -> Result<Sample<A>, ContestError> {
        let before = self.before_each_call.as_deref_mut();
        let sample = self.entries[index].run.sample(calls, before);
        match (self.check)(&sample.answer) {
            Ok(()) => Ok(sample),
            Err(complaint) => Err(ContestError::WrongAnswer {
                contest: self.name.clone(),
                contender: self.entries[index].name.clone(),
                round,
                complaint,
            }),
        }
    }
}

impl<A, I, S: FnMut() -> I, F: FnMut(I) -> A> Sampler<A> for WithInput<S, F> {
    fn sample(&mut self, calls: u32, before: Option<&mut (dyn FnMut() + '_)>) -> Sample<A> {
        match before {
            Some(before) => self.one_by_one(calls, before),
            None => self.in_a_row(calls),
        }
    }
}

impl<I, S: FnMut() -> I, F> WithInput<S, F> {
    fn in_a_row<A>(&mut self, calls: u32) -> Sample<A>
    where
        F: FnMut(I) -> A,
    {
        // Made beforehand; a row of `()` takes no memory.
        let mut inputs: Vec<I> = (0..calls).map(|_| (self.input)()).collect();
        let last = inputs.pop().expect("a sample has a call");
        let cpu = process::cpu_time();
        let begun = Instant::now();
        for input in inputs {
            black_box((self.call)(input));
        }
        let answer = black_box((self.call)(last));
        let wall = begun.elapsed();
        Sample { wall, cpu: process::cpu_time().saturating_sub(cpu), answer }
    }

    fn one_by_one<A>(&mut self, calls: u32, before: &mut dyn FnMut()) -> Sample<A>
    where
        F: FnMut(I) -> A,
    {
        let (mut wall, mut cpu) = (Duration::ZERO, Duration::ZERO);
        let mut answer = None;
        for _ in 0..calls {
            let input = (self.input)();
            before();
            let cpu_before = process::cpu_time();
            let begun = Instant::now();
            let found = black_box((self.call)(input));
            wall += begun.elapsed();
            cpu += process::cpu_time().saturating_sub(cpu_before);
            answer = Some(found);
        }
        Sample { wall, cpu, answer: answer.expect("a sample has a call") }
    }
}

impl ContestReport {
    /// The contender of that name.
    pub fn of(&self, name: &str) -> Option<&ContenderReport> {
        self.contenders.iter().find(|contender| contender.name == name)
    }
}

impl fmt::Display for ContestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ContestError::WrongAnswer { contest, contender, round, complaint } => {
                write!(f, "{contest}: wrong answer from {contender}")?;
                match round {
                    Some(round) => write!(f, " in round {}", round + 1)?,
                    None => write!(f, " before the first round")?,
                }
                write!(f, ": {complaint}")
            }
            ContestError::NoSerialLoop { contest } => {
                write!(f, "{contest}: no serial loop was entered, so there is nothing to compare with")
            }
        }
    }
}

impl std::error::Error for ContestError {}

impl<A> fmt::Debug for Contest<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.entries.iter().map(|entry| entry.name.as_str()).collect();
        f.debug_struct("Contest")
            .field("name", &self.name)
            .field("contenders", &names)
            .finish_non_exhaustive()
    }
}

/// An answer in at most some 200 characters.
fn shortened(answer: &impl fmt::Debug) -> String {
    let text = format!("{answer:?}");
    match text.char_indices().nth(200) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests;
