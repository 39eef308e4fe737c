//! Runs one recursion in one way, for counting its instructions.

use clap::Parser;
use millstream_micro::{Way, forks};

/// Computes every other Fibonacci number, f(N) = 3 f(N - 1) - f(N - 2), each call forking in the given way, on one thread.
#[derive(Debug, Parser)]
#[command(name = "join_instructions")]
struct Arguments {
    /// How to fork: calls, handle, join, rayon, chili.
    way: Way,
    /// How deep.
    #[arg(value_parser = clap::value_parser!(u32).range(..=40))]
    n: u32,
}

fn main() {
    let Arguments { way, n } = Arguments::parse();
    println!("{way}: f({n}) = {} by {} forks", way.run(std::hint::black_box(n)), forks(n));
}
