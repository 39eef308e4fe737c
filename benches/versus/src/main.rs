//! Measures the groups of workloads and prints their tables.

use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use millstream_harness::Machine;
use millstream_versus::ceiling::ceiling;
use millstream_versus::groups;
use millstream_versus::report::Row;
use millstream_versus::run::Options;
use serde::Serialize;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Millstream beside a serial loop, rayon and chili: medians, min and max of alternating rounds, every answer checked.
#[derive(Debug, Parser)]
#[command(name = "versus")]
struct Arguments {
    /// Only these groups (forkjoin, regions, coarse, idle, oversubscribed, maps); GROUP/TEXT: only its workloads whose names hold TEXT.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<String>,
    /// Rounds of each contest, instead of what each group takes.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: Option<u16>,
    /// Smaller inputs and a third of the rounds.
    #[arg(long)]
    quick: bool,
    /// Threads of each pool.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: u16,
    /// Writes all figures there as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// What `--json` writes.
#[derive(Serialize)]
struct Figures<'r> {
    machine: &'r Machine,
    threads: usize,
    /// What plain threads on independent work reached: the `x` nobody can pass.
    ceiling: f64,
    quick: bool,
    rows: &'r [Row],
}

fn main() -> ExitCode {
    match measure(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("versus: {message}");
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: Arguments) -> Result<(), String> {
    for only in &arguments.only {
        let group = only.split('/').next().unwrap_or_default();
        if !groups::names().contains(&group) {
            return Err(format!("no group is called {group:?}; there are {}", groups::names().join(", ")));
        }
    }
    let options = Options {
        threads: arguments.threads.into(),
        rounds: arguments.rounds.map(usize::from),
        quick: arguments.quick,
        only: arguments.only,
    };
    let machine = Machine::here();
    let ceiling = ceiling(options.threads);
    println!("{machine}\n{} threads; x = serial time / time of the same round", options.threads);
    println!("plain threads on independent work reach {ceiling:.2} x here and now\n");
    let rows = groups::run(&options).map_err(|error| error.to_string())?;
    if rows.is_empty() {
        return Err(format!("no workload is called as --only {} says", options.only.join(",")));
    }
    let judged = rows.iter().filter_map(|row| row.met);
    println!("{} of {} goals met", judged.clone().filter(|&met| met).count(), judged.count());
    if let Some(path) = &arguments.json {
        let figures = Figures {
            machine: &machine,
            threads: options.threads,
            ceiling,
            quick: options.quick,
            rows: &rows,
        };
        let file = File::create(path).map_err(|error| format!("{}: {error}", path.display()))?;
        serde_json::to_writer_pretty(file, &figures)
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}
