//! The pool: a placeholder that runs everything on the calling thread until the scheduler is in.

use std::ops::Range;

use millstream_scheduler::split::{Flow, LoopBody, LoopOptions, Payload};

/// Runs `a` and `b`, possibly in parallel.
pub fn join<A, B, RA, RB>(a: A, b: B) -> (RA, RB)
where
    A: FnOnce() -> RA + Send,
    B: FnOnce() -> RB + Send,
    RA: Send,
    RB: Send,
{
    (a(), b())
}

/// How many threads the current pool has.
pub fn current_num_threads() -> usize {
    2
}

/// Runs `body` over `0..len` on the current pool (a worker's own, else the global one).
///
/// # Errors
/// The panic of the earliest chunk that panicked; every chunk before it has run.
pub(crate) fn run_loop<B: LoopBody>(len: usize, options: LoopOptions, body: &B) -> Result<(), Payload> {
    let step = options.min_chunk.clamp(1, 7).min(options.max_chunk);
    let mut at = 0;
    let mut stop = false;
    let mut payload = None;
    while at < len && !stop {
        let start = at;
        let mut span = body.open(at % 2, at);
        for _ in 0..3 {
            if at == len || stop {
                break;
            }
            let chunk: Range<usize> = at..(at + step).min(len);
            at = chunk.end;
            match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| body.run(&mut span, chunk))) {
                Ok(Flow::Continue) => {}
                Ok(_) => stop = true,
                Err(p) => {
                    payload = Some(p);
                    stop = true;
                }
            }
        }
        body.close(span, start..at);
    }
    payload.map_or(Ok(()), Err)
}

/// The most participants a loop can have here: what `participant` of [`LoopBody::open`] is below.
pub(crate) fn loop_participants() -> usize {
    current_num_threads()
}
