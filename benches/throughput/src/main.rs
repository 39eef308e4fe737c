//! The main job: a CPU-bound map stage over real blocks, and synthetic maps at every grain, by a serial loop, a
//! fixed pool, Millstream and rayon in one run.

mod block;
mod compression;
mod contender;
mod corpus;
mod options;
mod output;
mod page;
mod plot;
mod report;
mod sweep;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use millstream_harness::{Calibration, GRAINS_NS, Machine, Progress, process};

use crate::compression::CompressionPlan;
use crate::contender::{Stealing, Stop};
use crate::corpus::{Corpus, Limits};
use crate::options::Options;
use crate::output::Output;
use crate::report::Report;
use crate::sweep::{Pools, Shape, SweepPlan};

// One allocator for all contenders, and one that scales: with the system's the `collect`s would compare it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a shell reports for a program that an interrupt ended.
const INTERRUPTED: i32 = 130;

fn main() -> ExitCode {
    let options = Options::parse();
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> Result<(), Box<dyn std::error::Error>> {
    let begun = Instant::now();
    let machine = Machine::here();
    // A second interrupt meets the same end; the default would leave empty files behind.
    ctrlc::set_handler(|| {
        output::remove_unwritten();
        eprintln!("\ninterrupted: nothing was written");
        std::process::exit(INTERRUPTED);
    })?;
    let json = options.json.as_deref().map(|path| Output::reserve("--json", path)).transpose()?;
    let html = options.html.as_deref().map(|path| Output::reserve("--html", path)).transpose()?;
    let corpus = Arc::new(read_corpus(&options)?);

    let threads = options.threads.unwrap_or(machine.cores);
    let threads_at_once = threads.min(machine.cores);
    let rounds = options.rounds();
    let compression_plan = CompressionPlan {
        level: options.level,
        threads,
        threads_at_once,
        rounds,
        time_limit: Duration::from_secs(if options.quick { 3 } else { 15 }),
    };
    let sweep_plan = SweepPlan {
        grains_ns: if options.grains.is_empty() { GRAINS_NS.to_vec() } else { options.grains.clone() },
        threads,
        threads_at_once,
        rounds,
        sample: Duration::from_millis(if options.quick { 5 } else { 20 }),
        time_limit: Duration::from_millis(if options.quick { 100 } else { 800 }),
    };

    let stealing = Stealing::start(threads)?;
    let bar = progress_bar();
    let contests = 1 + Shape::ALL.len() * sweep_plan.grains_ns.len();
    let mut contests_done = 0;
    let watch = |contests_done: usize, what: &str, progress: Progress<'_>| {
        // Each contest is as long as any other on the bar; redrawn between samples only.
        let share = progress.samples_done as f64 / progress.samples_planned as f64;
        bar.set_length(1000);
        bar.set_position(((contests_done as f64 + share) / contests as f64 * 1000.0) as u64);
        bar.set_message(format!("{what}: {}", progress.contender));
    };

    let compression = compression::run(&corpus, compression_plan, &stealing, |progress| {
        watch(contests_done, "compression", progress);
    })?;
    contests_done += 1;

    let calibration = Calibration::measure();
    let fixed = sweep::fixed_pool(threads).map_err(Stop::Threads)?;
    let pools = Pools { fixed: &fixed, stealing: &stealing };
    let mut sweeps = Vec::new();
    for shape in Shape::ALL {
        let mut last_done = 0;
        let sweep = sweep::run(shape, &sweep_plan, &calibration, &pools, |progress| {
            // A count that starts anew belongs to the next grain.
            if progress.samples_done < last_done {
                contests_done += 1;
            }
            last_done = progress.samples_done;
            watch(contests_done, shape.title(), progress);
        })?;
        contests_done += 1;
        sweeps.push(sweep);
    }
    bar.finish_and_clear();

    let report = Report {
        version: env!("CARGO_PKG_VERSION"),
        arguments: std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect(),
        machine,
        threads,
        threads_at_once,
        corpus: corpus.facts.clone(),
        compression,
        sweeps,
        options,
        elapsed_ns: begun.elapsed().as_nanos() as f64,
        cpu_ns: process::cpu_time().as_nanos() as f64,
        peak_rss_bytes: process::peak_rss_bytes(),
    };
    print(&report.text())?;
    if let Some(json) = json {
        json.write(&(serde_json::to_string_pretty(&report)? + "\n"))
            .map_err(|error| format!("cannot write the --json file: {error}"))?;
    }
    if let Some(html) = html {
        html.write(&page::page(&report)?)
            .map_err(|error| format!("cannot write the --html file: {error}"))?;
    }
    Ok(())
}

fn read_corpus(options: &Options) -> Result<Corpus, corpus::CorpusError> {
    let limits = Limits {
        min_bytes: options.least_bytes(),
        max_bytes: options.max_bytes,
        block_bytes: options.block_bytes as usize,
    };
    let corpus = Corpus::read(options.path.as_deref(), limits)?;
    /// A tree without permissions must not scroll everything else away.
    const WARNINGS_SHOWN: usize = 5;
    for warning in corpus.warnings.iter().take(WARNINGS_SHOWN) {
        eprintln!("warning: left out {warning}");
    }
    if corpus.warnings.len() > WARNINGS_SHOWN {
        eprintln!("warning: {} could not be read in all", corpus.warnings.len());
    }
    if corpus.facts.cut_short {
        eprintln!("warning: read the first {} bytes only (--max-bytes)", options.max_bytes);
    }
    Ok(corpus)
}

/// Drawn on the standard error if that is a terminal, else not at all.
fn progress_bar() -> ProgressBar {
    let target =
        if io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let style = ProgressStyle::with_template("{elapsed:>4} {wide_bar} {percent:>3} % {msg:30!}");
    let bar = ProgressBar::with_draw_target(None, target);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Prints `text`; a reader that has gone away has read enough.
fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
