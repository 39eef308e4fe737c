//! The claims about parallel iterators, on real pools.

mod schedule {
    use std::sync::LazyLock;
    use std::time::{Duration, Instant};

    use millstream::Pool;

    /// Runs `claim` from outside, in a pool of one thread, and in a pool of more threads than cores.
    pub(crate) fn everywhere(claim: impl Fn() + Send + Sync) {
        static ONE: LazyLock<Pool> = LazyLock::new(|| Pool::new(1).expect("a thread can be started"));
        static FOUR: LazyLock<Pool> = LazyLock::new(|| Pool::new(4).expect("threads can be started"));
        claim();
        ONE.install(&claim);
        FOUR.install(&claim);
    }

    /// Long enough that others get their share of even a small loop.
    pub(crate) fn work() {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_micros(2) {
            std::hint::spin_loop();
        }
    }
}

#[path = "claims/edges.rs"]
mod edges;
#[path = "claims/panics.rs"]
mod panics;
#[path = "claims/sequential.rs"]
mod sequential;
