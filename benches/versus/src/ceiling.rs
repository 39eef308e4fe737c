//! What the machine gives to more than one thread at the moment, without any scheduler.

use std::thread;
use std::time::{Duration, Instant};

use millstream_harness::{median, spin_work};

/// How many times as much `threads` plain threads get done as one, on independent work that touches no memory: the `x` that
/// nobody can pass. Below `threads` where cores are shared, with other programs or by two hardware threads of one core.
pub fn ceiling(threads: usize) -> f64 {
    const UNITS: u32 = 4_000_000;
    let work = |seed: usize| {
        let begun = Instant::now();
        std::hint::black_box(spin_work(seed as u64, std::hint::black_box(UNITS)));
        begun.elapsed()
    };
    let ratios: Vec<f64> = (0..7)
        .map(|_| {
            let alone = work(0);
            let together: Duration = thread::scope(|scope| {
                let running: Vec<_> = (0..threads).map(|seed| scope.spawn(move || work(seed))).collect();
                let times = running.into_iter().map(|thread| thread.join().expect("the work does not panic"));
                times.max().unwrap_or(alone)
            });
            threads as f64 * alone.as_secs_f64() / together.as_secs_f64()
        })
        .collect();
    median(&ratios).expect("times are numbers")
}
