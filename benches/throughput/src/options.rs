//! What the user asked for.

use std::path::PathBuf;

use clap::Parser;
use serde::Serialize;

/// More threads a core than this are taken for a slip of the hand: a thousand on two cores hold up everything
/// else on the machine for minutes, and tell nothing about anybody.
const THREADS_PER_CORE_MAX: usize = 32;

/// Compares a serial loop, a fixed pool, Millstream and rayon on one CPU-bound map stage over real data, and on
/// synthetic maps from 11 ns to 97 us an item. Every answer is checked; contenders alternate.
#[derive(Clone, Debug, Parser, Serialize)]
#[command(version)]
pub(crate) struct Options {
    /// A file or a directory whose blocks are compressed [default: this project's own source tree]
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,

    /// Threads of every contender but the serial loop [default: the cores this process may use]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<usize>,

    /// Fewer rounds over less data: under 10 s instead of under 60 s
    #[arg(long)]
    pub(crate) quick: bool,

    /// Write all figures to FILE
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,

    /// Write a page with plots and tables, needing no other file, to FILE
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,

    /// Size of a block: the item of the map stage
    #[arg(long, value_name = "BYTES", default_value_t = 128 << 10,
          value_parser = clap::value_parser!(u32).range(1024..=1 << 30))]
    pub(crate) block_bytes: u32,

    /// zlib compression level
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(0..=9))]
    pub(crate) level: u32,

    /// Repeat the data until there are at least so many bytes [default: 64 MiB (quick: 16 MiB) of the own tree,
    /// no repetition of a PATH that was given]
    #[arg(long, value_name = "BYTES")]
    pub(crate) min_bytes: Option<u64>,

    /// Read no more than so many bytes
    #[arg(long, value_name = "BYTES", default_value_t = 256 << 20,
          value_parser = clap::value_parser!(u64).range(1..=1 << 40))]
    pub(crate) max_bytes: u64,

    /// At most so many rounds of each contest; fewer if time runs out [default: 9, quick: 3]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) rounds: Option<u32>,

    /// Work per item of the synthetic maps, in nanoseconds [default: nine from 11 to 97000]
    #[arg(long, value_name = "NS,NS,..", value_delimiter = ',', value_parser = grain)]
    pub(crate) grains: Vec<f64>,
}

impl Options {
    /// Bytes that the data is repeated to.
    pub(crate) fn least_bytes(&self) -> u64 {
        let own_tree = if self.quick { 16 << 20 } else { 64 << 20 };
        self.min_bytes.unwrap_or(if self.path.is_some() { 0 } else { own_tree })
    }

    /// The most rounds of a contest.
    pub(crate) fn rounds(&self) -> usize {
        self.rounds.map_or(if self.quick { 3 } else { 9 }, |rounds| rounds as usize)
    }
}

fn threads(text: &str) -> Result<usize, String> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let most = cores * THREADS_PER_CORE_MAX;
    match text.parse::<usize>() {
        Ok(threads) if (1..=most).contains(&threads) => Ok(threads),
        Ok(_) => Err(format!("1 to {most} threads are possible on {cores} cores")),
        Err(_) => Err(format!("not a number of threads; 1 to {most} are possible on {cores} cores")),
    }
}

fn grain(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(ns) if (1.0..=1e8).contains(&ns) => Ok(ns),
        _ => Err("not a work per item; 1 to 100000000 nanoseconds are possible".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Options, clap::Error> {
        Options::try_parse_from(std::iter::once("throughput").chain(words.iter().copied()))
    }

    #[test]
    fn only_the_own_tree_is_repeated_unasked() {
        assert_eq!(parse(&[]).unwrap().least_bytes(), 64 << 20);
        assert_eq!(parse(&["--quick"]).unwrap().least_bytes(), 16 << 20);
        assert_eq!(parse(&["some/dir"]).unwrap().least_bytes(), 0);
        assert_eq!(parse(&["some/dir", "--min-bytes", "5"]).unwrap().least_bytes(), 5);
    }

    #[test]
    fn bad_figures_are_refused_with_what_is_possible() {
        let cases: [(&[&str], &str); 7] = [
            (&["--threads", "0"], "threads are possible on"),
            (&["--threads", "1000000"], "threads are possible on"),
            (&["--threads", "two"], "not a number of threads"),
            (&["--level", "10"], "0..=9"),
            (&["--block-bytes", "0"], "1024..="),
            (&["--grains", "10,-3"], "nanoseconds are possible"),
            (&["--rounds", "0"], "1..="),
        ];
        for (words, part) in cases {
            let message = parse(words).unwrap_err().to_string();
            assert!(message.contains(part), "{words:?}: {message}");
        }
    }

    #[test]
    fn grains_come_as_a_list() {
        assert_eq!(parse(&["--grains", "11,31.5"]).unwrap().grains, [11.0, 31.5]);
    }
}
