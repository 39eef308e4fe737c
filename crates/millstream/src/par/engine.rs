//! Who runs the loops: the pool; in this crate's own tests also a hostile schedule, seeded and repeatable.

#[cfg(not(test))]
pub(crate) use crate::pool::run_loop;

#[cfg(test)]
pub(crate) use hostile::run_loop;

#[cfg(test)]
pub(crate) mod hostile {
    //! Plays all participants on one thread: spans anywhere, chunks of any size, steals at any time, in any order that
    //! the loop's contract allows.

    use std::cell::Cell;
    use std::ops::Range;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use millstream_scheduler::split::{Flow, LoopBody, LoopOptions, Payload};

    use crate::par::payload::discard;

    thread_local! {
        static SEED: Cell<Option<u64>> = const { Cell::new(None) };
    }

    /// Runs `f` so that the loops it starts on this thread are scheduled by `seed`.
    pub(crate) fn with_seed(seed: u64, f: impl FnOnce()) {
        let before = SEED.replace(Some(seed));
        let result = catch_unwind(AssertUnwindSafe(f));
        SEED.set(before);
        if let Err(payload) = result {
            eprintln!("under the hostile schedule of seed {seed}");
            std::panic::resume_unwind(payload);
        }
    }

    pub(crate) fn run_loop<B: LoopBody>(len: usize, options: LoopOptions, body: &B) -> Result<(), Payload> {
        match SEED.get() {
            None => crate::pool::run_loop(len, options, body),
            Some(seed) => {
                // Another schedule for the next loop.
                SEED.set(Some(seed.wrapping_add(1)));
                Play {
                    body,
                    options,
                    dice: seed,
                    parts: vec![Part::new(0, 0..len)],
                    end: usize::MAX,
                    panic: None,
                }
                .run()
            }
        }
    }

    struct Play<'b, B: LoopBody> {
        body: &'b B,
        options: LoopOptions,
        dice: u64,
        parts: Vec<Part<B::Span>>,
        /// Chunks from here on are not begun.
        end: usize,
        panic: Option<(usize, Payload)>,
    }

    struct Part<S> {
        /// No two parts at the same time have the same.
        id: usize,
        rest: Range<usize>,
        open: Option<(usize, S)>,
    }

    impl<S> Part<S> {
        fn new(id: usize, rest: Range<usize>) -> Self {
            Part { id, rest, open: None }
        }
    }

    impl<B: LoopBody> Play<'_, B> {
        /// Below `sides`.
        fn roll(&mut self, sides: usize) -> usize {
            // xorshift64*, from a seed that is never 0.
            let mut x = self.dice | 1 << 63;
            x ^= x >> 12;
            x ^= x << 25;
            x ^= x >> 27;
            self.dice = x;
            (x.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % sides.max(1)
        }

        fn run(mut self) -> Result<(), Payload> {
            while !self.parts.is_empty() {
                let index = self.roll(self.parts.len());
                if self.parts.len() < 5 && self.roll(3) == 0 {
                    let rest = &mut self.parts[index].rest;
                    let half = rest.end - rest.len() / 2;
                    let stolen = half..std::mem::replace(&mut rest.end, half);
                    let id = (0..).find(|id| self.parts.iter().all(|part| part.id != *id)).unwrap_or(0);
                    self.parts.push(Part::new(id, stolen));
                }
                let rest = self.parts[index].rest.clone();
                if rest.is_empty() || rest.start >= self.end {
                    let part = self.parts.swap_remove(index);
                    self.close(part);
                    continue;
                }
                let most = [1, 2, 5, 40][self.roll(4)];
                let size = (1 + self.roll(most)).max(self.options.min_chunk).min(self.options.max_chunk);
                let chunk = rest.start..rest.start + size.min(rest.len());
                self.chunk(index, chunk);
            }
            self.panic.map_or(Ok(()), |(_, payload)| Err(payload))
        }

        fn chunk(&mut self, index: usize, chunk: Range<usize>) {
            let part = &mut self.parts[index];
            part.rest.start = chunk.end;
            let (body, id) = (self.body, part.id);
            let (_, span) = part.open.get_or_insert_with(|| (chunk.start, body.open(id, chunk.start)));
            let at = chunk.start;
            match catch_unwind(AssertUnwindSafe(|| body.run(span, chunk))) {
                Ok(Flow::Continue) => return,
                Ok(Flow::StopBehind) => self.end = self.end.min(at),
                Ok(Flow::StopAll) => self.end = 0,
                Err(payload) => self.panicked(at, payload),
            }
            // A span that stops runs no other chunk; what is left of its range lies behind it.
            let part = self.parts.swap_remove(index);
            self.close(part);
        }

        fn close(&mut self, part: Part<B::Span>) {
            if let Some((start, span)) = part.open {
                let covered = start..part.rest.start;
                let body = self.body;
                if let Err(payload) = catch_unwind(AssertUnwindSafe(|| body.close(span, covered))) {
                    self.panicked(start, payload);
                }
            }
        }

        fn panicked(&mut self, at: usize, payload: Payload) {
            self.end = self.end.min(at);
            let loser = match &self.panic {
                Some((first, _)) if *first <= at => Some(payload),
                _ => self.panic.replace((at, payload)).map(|(_, payload)| payload),
            };
            loser.into_iter().for_each(discard);
        }
    }
}
