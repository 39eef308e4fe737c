//! Spans being run, and how they end: by use, by a stop, by a panic.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use millstream_sync::atomic::{AtomicUsize, Ordering};
use millstream_sync::lock::Mutex;

use super::contract::{Flow, LoopBody};
use crate::job::{Payload, discard};

/// Where the loop ends early, and why.
pub(super) struct Stop {
    /// Items from here on are not begun.
    pub(super) at: AtomicUsize,
    /// The panic of the lowest chunk.
    pub(super) panic: Mutex<Option<(usize, Payload)>>,
}

impl Stop {
    pub(super) fn new() -> Stop {
        Stop { at: AtomicUsize::new(usize::MAX), panic: Mutex::new(None) }
    }

    /// The loop's result, once nobody works on it.
    pub(super) fn finish(self) -> Result<(), Payload> {
        self.panic.into_inner().map_or(Ok(()), |(_, payload)| Err(payload))
    }

    pub(super) fn behind(&self, item: usize) {
        // Relaxed: being late costs chunks, not correctness; results are handed over when participants leave.
        self.at.fetch_min(item, Ordering::Relaxed);
    }

    pub(super) fn panicked(&self, item: usize, payload: Payload) {
        self.behind(item);
        let mut first = self.panic.lock();
        let loser = match &*first {
            Some((at, _)) if *at <= item => Some(payload),
            _ => first.replace((item, payload)).map(|(_, payload)| payload),
        };
        drop(first);
        if let Some(payload) = loser {
            discard(payload);
        }
    }

    pub(super) fn reached(&self, item: usize) -> bool {
        // Relaxed: as in `behind`.
        item >= self.at.load(Ordering::Relaxed)
    }
}

/// A span being run, and what its chunks cost.
pub(super) struct Run<'a, B: LoopBody> {
    pub(super) body: &'a B,
    pub(super) stop: &'a Stop,
    pub(super) span: Option<B::Span>,
    pub(super) covered: Range<usize>,
}

impl<'a, B: LoopBody> Run<'a, B> {
    pub(super) fn open(body: &'a B, stop: &'a Stop, participant: usize, at: usize) -> Run<'a, B> {
        let span = match catch_unwind(AssertUnwindSafe(|| body.open(participant, at))) {
            Ok(span) => Some(span),
            Err(payload) => {
                stop.panicked(at, payload);
                None
            }
        };
        Run { body, stop, span, covered: at..at }
    }

    /// False: the span is at its end.
    pub(super) fn chunk(&mut self, chunk: Range<usize>) -> bool {
        let Some(span) = &mut self.span else { return false };
        self.covered.end = chunk.end;
        let start = chunk.start;
        match catch_unwind(AssertUnwindSafe(|| self.body.run(span, chunk))) {
            Ok(Flow::Continue) => true,
            Ok(Flow::StopBehind) => {
                self.stop.behind(start);
                false
            }
            Ok(Flow::StopAll) => {
                self.stop.behind(0);
                false
            }
            Err(payload) => {
                self.stop.panicked(start, payload);
                false
            }
        }
    }

    pub(super) fn close(self) {
        let Run { body, stop, span, covered } = self;
        if let Some(span) = span {
            let start = covered.start;
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| body.close(span, covered))) {
                stop.panicked(start, payload);
            }
        }
    }
}
