//! The claims of `tests/claims` under hostile schedules.

mod schedule {
    use crate::par::engine::hostile::with_seed;

    /// Runs `claim` under several schedules, all hostile.
    pub(crate) fn everywhere(claim: impl Fn() + Send + Sync) {
        for seed in 0..12 {
            with_seed(seed << 32, &claim);
        }
    }

    /// Nothing: the order is not a matter of time here.
    pub(crate) fn work() {}
}

#[path = "../../tests/claims/consumers.rs"]
mod consumers;
#[path = "../../tests/claims/edges.rs"]
mod edges;
#[path = "../../tests/claims/panics.rs"]
mod panics;
#[path = "../../tests/claims/sequential.rs"]
mod sequential;
