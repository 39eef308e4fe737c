//! A clock for models: each thread's own, one step a reading.

use std::cell::Cell;

const STEP_NS: u64 = 100_000;

crate::thread_local! {
    static LOOKS: Cell<u64> = const { Cell::new(0) };
}

pub(super) fn read() -> u64 {
    // In a thread that is ending, time stands still.
    LOOKS.try_with(|looks| looks.replace(looks.get() + 1)).map_or(0, |looks| (looks + 1) * STEP_NS)
}

pub(super) fn to_ns(ticks: u64) -> u64 {
    ticks
}

pub(super) fn calibrate() {}
