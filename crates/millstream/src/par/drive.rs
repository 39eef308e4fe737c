//! Runs a [`Source`] into a [`Sink`] on the pool, and puts the results of the spans in order.
//!
//! | step    | where             | what                                                                    |
//! |---------|-------------------|-------------------------------------------------------------------------|
//! | `open`  | participant       | nothing of the user's                                                   |
//! | `run`   | participant       | first chunk: state and accumulator made; each chunk: fed to the sink    |
//! | `close` | participant       | what the source gives at a span's end is fed; the result is put aside   |
//! | after   | caller            | places never run are skipped; results sorted; first panic or result wins |
//!
//! Invariant: every place is given to `chunk` or to `skip` once. A span that panicked in `run` knows it (`inside`): then
//! the places of its last chunk are taken, and its accumulator is dropped and gives no result.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, PoisonError};

use millstream_scheduler::split::{Flow, LoopBody, LoopOptions, Payload};
use millstream_sync::atomic::{AtomicUsize, Ordering};

use super::contract::{Cut, Owed, Source};
use super::engine::run_loop;
use super::few::Few;
use super::held::Held;
use super::payload::discard;
use super::sink::{Merge, Sink};
use super::tree::Tree;

/// What one span left behind.
struct Part<O> {
    covered: Range<usize>,
    outcome: Outcome<O>,
}

enum Outcome<O> {
    Done(Held<O>),
    /// Nothing was run.
    Empty,
    /// The user's code panicked in `run`; the engine has the payload.
    Panicked,
    /// The user's code panicked in `close`.
    Failed(Payload),
}

/// A finished loop: the results of its spans in order, and the first panic.
pub(crate) struct Driven<O> {
    parts: Few<(usize, Held<O>)>,
    panic: Option<(usize, Payload)>,
}

struct Body<'i, I: Source, K: Sink<I::Item>> {
    source: &'i I,
    sink: &'i K,
    /// Places a loop index, where the source wants fixed blocks.
    block: Option<usize>,
    /// Places from here on are not wanted: the engine knows, too, but looks between chunks alone.
    end: AtomicUsize,
    parts: Mutex<Few<Part<K::Out>>>,
}

/// A longer chunk is run in pieces of so many places, with a look at `Body::end` between them. The engine's own chunks are
/// shorter, but those of more than `u32::MAX` places, which it cuts in units of that many.
const PIECE: usize = 1 << 16;

/// What a participant carries; the user's part of it is made when the first chunk runs.
pub(crate) struct Span<S, A> {
    worker: usize,
    state: Option<Held<S>>,
    acc: Option<Held<A>>,
    /// A chunk is running, or has panicked.
    inside: bool,
    /// The sink or the source wants no more.
    stopped: bool,
}

/// Runs all of `source` into `sink`; the results come in order.
///
/// `StopBehind` of the sink or the source leaves everything before that chunk to be run; `StopAll` does not.
pub(crate) fn drive<I: Source, K: Sink<I::Item>>(mut source: I, sink: &K) -> Driven<K::Out> {
    let places = source.places();
    let cut = source.cut();
    // SAFETY: called once, and first, here.
    unsafe { source.begin() };
    let block = cut.fixed.then(|| block_places(places, cut));
    let parts = Mutex::new(Few::new());
    let body = Body { source: &source, sink, block, end: AtomicUsize::new(usize::MAX), parts };
    let result = match block {
        None => run_loop(places, LoopOptions { min_chunk: cut.min, max_chunk: cut.max }, &body),
        Some(block) => run_loop(places.div_ceil(block), LoopOptions::default(), &body),
    };
    let mut parts = body.parts.into_inner().unwrap_or_else(PoisonError::into_inner);
    parts.sort_by_key(|part| part.covered.start);
    let after = sweep(&source, places, parts.iter().map(|part| part.covered.clone()));
    let mut panic = None;
    let mut engine = result.err();
    let mut done = Few::new();
    for part in parts {
        let at = part.covered.start;
        match part.outcome {
            Outcome::Done(out) => done.push((at, out)),
            Outcome::Empty => {}
            Outcome::Panicked => {
                if let Some(payload) = engine.take() {
                    first_of(&mut panic, (at, payload));
                }
            }
            Outcome::Failed(payload) => first_of(&mut panic, (at, payload)),
        }
    }
    // A payload without a span of ours: the engine could not open one. Nothing can be said to come before it.
    for (at, payload) in
        engine.map(|payload| (0, payload)).into_iter().chain(after.map(|payload| (places, payload)))
    {
        first_of(&mut panic, (at, payload));
    }
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(source))) {
        first_of(&mut panic, (places, payload));
    }
    Driven { parts: done, panic }
}

/// Runs all of `source` into `sink` and merges the results in order; `None` without any.
pub(crate) fn drive_merge<I: Source, K: Merge<I::Item>>(source: I, sink: &K) -> Option<K::Out> {
    if source.cut().fixed {
        let tree = Tree::new(sink);
        return tree.join(drive(source, &tree).until(|nodes| nodes.any(K::decisive)));
    }
    let mut parts = drive(source, sink).until(K::decisive);
    let first = parts.next()?;
    Some(parts.fold(first, |left, right| sink.merge(left, right)))
}

impl<O> Driven<O> {
    /// The results of all spans in order.
    ///
    /// # Panics
    /// Passes the first panic on.
    pub(crate) fn all(self) -> impl Iterator<Item = O> {
        self.until(|_| false)
    }

    /// The results in order up to the first that is `decisive`, which wins over a panic behind it.
    ///
    /// # Panics
    /// Passes the first panic on if nothing decisive comes before it.
    pub(crate) fn until(self, decisive: impl Fn(&O) -> bool) -> impl Iterator<Item = O> {
        let mut parts = self.parts;
        let first = parts
            .iter_mut()
            .enumerate()
            .find_map(|(index, (at, out))| decisive(out.get()).then_some((index, *at)));
        if let Some((at, payload)) = self.panic {
            if first.is_none_or(|(_, place)| place > at) {
                discard(parts);
                resume_unwind(payload);
            }
            discard(payload);
        }
        if let Some((index, _)) = first {
            parts.truncate(index + 1);
        }
        parts.into_iter().map(|(_, out)| out.into_inner())
    }
}

/// Keeps the earlier panic.
fn first_of(panic: &mut Option<(usize, Payload)>, other: (usize, Payload)) {
    let later = match panic {
        Some(kept) if kept.0 <= other.0 => other,
        _ => match panic.replace(other) {
            Some(later) => later,
            None => return,
        },
    };
    discard(later.1);
}

/// Skips all places that lie in none of the `covered` ranges (in order), and those that no place leads to.
fn sweep<I: Source>(
    source: &I,
    places: usize,
    covered: impl Iterator<Item = Range<usize>>,
) -> Option<Payload> {
    let mut panic = None;
    let mut at = 0;
    for range in covered.chain(std::iter::once(places..places)) {
        if at < range.start {
            // SAFETY: no span ran these places, and this is the only sweep.
            let skip = AssertUnwindSafe(|| unsafe { source.skip(at..range.start) });
            keep_first(&mut panic, catch_unwind(skip));
        }
        at = range.end;
    }
    // SAFETY: once, here.
    let leave = AssertUnwindSafe(|| unsafe { source.leave() });
    keep_first(&mut panic, catch_unwind(leave));
    panic
}

fn keep_first(panic: &mut Option<Payload>, result: Result<(), Payload>) {
    if let Err(payload) = result {
        match panic {
            None => *panic = Some(payload),
            Some(_) => discard(payload),
        }
    }
}

/// The fixed block of a source: a 128th of the places, at most 1024, within the chunk limits asked for.
fn block_places(places: usize, cut: Cut) -> usize {
    places.div_ceil(128).clamp(1, 1024).max(cut.min).min(cut.max.max(1))
}

impl<I: Source, K: Sink<I::Item>> Body<'_, I, K> {
    /// Makes what a span carries; if that panics, the places of its first chunk are skipped.
    #[cold]
    fn enter(&self, span: &mut Span<I::State, K::Acc>, chunk: Range<usize>) {
        // SAFETY: the engine gave these places to this call.
        let owed = unsafe { Owed::new(self.source, chunk) };
        if span.state.is_none() {
            span.state = Some(Held::new(self.source.enter(span.worker)));
        }
        if span.acc.is_none() {
            span.acc = Some(Held::new(self.sink.start()));
        }
        owed.settle();
    }

    /// The items of one range of places, handed out by the source and fed to the sink.
    ///
    /// # Safety
    /// As for [`Source::chunk`].
    #[inline(always)]
    unsafe fn feed(&self, span: &mut Span<I::State, K::Acc>, places: Range<usize>) -> Flow {
        if span.state.is_none() | span.acc.is_none() {
            self.enter(span, places.clone());
        }
        let (Some(state), Some(acc)) = (&mut span.state, &mut span.acc) else {
            unreachable!("both were just made")
        };
        let at = places.start;
        // SAFETY: the caller's promise.
        let items = unsafe { self.source.chunk(state.get(), places) };
        let flow = self.sink.feed(acc.get(), at, items);
        if flow == Flow::Continue { self.source.flow(state.get()) } else { flow }
    }

    /// What the source gives at the end of a span (or of a fixed block).
    fn finish(&self, span: &mut Span<I::State, K::Acc>, at: usize) -> Flow {
        let mut flow = Flow::Continue;
        if let (Some(state), Some(acc)) = (span.state.take(), &mut span.acc) {
            let acc = acc.get();
            self.source.finish(state.into_inner(), |item| {
                flow = self.sink.feed(acc, at, std::iter::once(item));
                flow
            });
        }
        flow
    }

    /// [`feed`](Self::feed), but with an end and a new beginning at each seam of the source.
    ///
    /// # Safety
    /// As for [`Source::chunk`].
    #[inline(always)]
    unsafe fn step(&self, span: &mut Span<I::State, K::Acc>, places: Range<usize>) -> Flow {
        match self.source.seam(places.start) {
            // SAFETY: the caller's promise.
            Some(seam) if seam <= places.end => unsafe { self.feed_seams(span, places) },
            // SAFETY: the caller's promise.
            _ => unsafe { self.feed(span, places) },
        }
    }

    /// # Safety
    /// As for [`Source::chunk`].
    #[inline(never)]
    unsafe fn feed_seams(&self, span: &mut Span<I::State, K::Acc>, places: Range<usize>) -> Flow {
        // SAFETY: the caller's promise.
        let mut owed = unsafe { Owed::new(self.source, places.clone()) };
        let mut at = places.start;
        while at < places.end {
            let seam = self.source.seam(at).filter(|&seam| seam <= places.end);
            let end = seam.unwrap_or(places.end);
            owed.places.start = end;
            // SAFETY: no longer owed, and given to nobody else.
            let mut flow = unsafe { self.feed(span, at..end) };
            if flow == Flow::Continue && seam.is_some() {
                flow = self.finish(span, at);
            }
            if flow != Flow::Continue {
                return flow;
            }
            at = end;
        }
        Flow::Continue
    }

    /// A long chunk in pieces, up to where nothing is wanted any more.
    #[inline(never)]
    fn run_pieces(&self, span: &mut Span<I::State, K::Acc>, chunk: Range<usize>) -> Flow {
        // SAFETY: the engine gave these places to this call.
        let mut owed = unsafe { Owed::new(self.source, chunk.clone()) };
        let mut at = chunk.start;
        while at < chunk.end {
            // Relaxed: see `note_end`.
            if self.end.load(Ordering::Relaxed) <= at {
                return Flow::StopBehind;
            }
            let end = chunk.end.min(at.saturating_add(PIECE));
            owed.places.start = end;
            // SAFETY: no longer owed, and given to nobody else.
            let flow = unsafe { self.step(span, at..end) };
            if flow != Flow::Continue {
                return flow;
            }
            at = end;
        }
        Flow::Continue
    }

    /// Each block as if it were a span of its own: only the accumulator goes on.
    #[inline(never)]
    fn run_blocks(&self, span: &mut Span<I::State, K::Acc>, block: usize, blocks: Range<usize>) -> Flow {
        let all = self.source.places();
        let end_of = |index: usize| index.saturating_mul(block).min(all);
        // SAFETY: the engine gave these places to this call.
        let mut owed = unsafe { Owed::new(self.source, end_of(blocks.start)..end_of(blocks.end)) };
        for index in blocks {
            let places = end_of(index)..end_of(index + 1);
            let at = places.start;
            owed.places.start = places.end;
            // SAFETY: no longer owed, and given to nobody else.
            let mut flow = unsafe { self.step(span, places) };
            if flow == Flow::Continue {
                flow = self.finish(span, at);
            }
            if flow != Flow::Continue {
                return flow;
            }
            if let Some(acc) = &mut span.acc {
                self.sink.seal(acc.get(), index);
            }
        }
        Flow::Continue
    }
}

/// Says that a chunk at `at` panics, should it be dropped.
struct Unwinding<'b> {
    end: &'b AtomicUsize,
    at: usize,
}

impl Drop for Unwinding<'_> {
    fn drop(&mut self) {
        note_end(self.end, self.at);
    }
}

#[cold]
fn note_end(end: &AtomicUsize, at: usize) {
    // Relaxed: being seen late costs time alone; results are handed over when participants leave the loop.
    end.fetch_min(at, Ordering::Relaxed);
}

impl<I: Source, K: Sink<I::Item>> LoopBody for Body<'_, I, K> {
    type Span = Span<I::State, K::Acc>;

    #[inline]
    fn open(&self, participant: usize, _at: usize) -> Self::Span {
        Span { worker: participant, state: None, acc: None, inside: false, stopped: false }
    }

    #[inline]
    fn run(&self, span: &mut Self::Span, chunk: Range<usize>) -> Flow {
        span.inside = true;
        let at = chunk.start;
        let unwinding = Unwinding { end: &self.end, at };
        let flow = match self.block {
            None if chunk.len() > PIECE => self.run_pieces(span, chunk),
            // SAFETY: the engine gives each place to one call.
            None => unsafe { self.step(span, chunk) },
            Some(block) => self.run_blocks(span, block, chunk),
        };
        std::mem::forget(unwinding);
        span.inside = false;
        if flow != Flow::Continue {
            span.stopped = true;
            note_end(&self.end, if flow == Flow::StopAll { 0 } else { at });
        }
        flow
    }

    #[inline]
    fn close(&self, mut span: Self::Span, covered: Range<usize>) {
        let panicked = span.inside;
        let ended = catch_unwind(AssertUnwindSafe(|| {
            if !panicked && !span.stopped {
                // Nothing is behind the end of a span that could be stopped.
                let _ = self.finish(&mut span, covered.start);
            }
            drop(span.state.take());
            let acc = span.acc.take();
            if panicked { None } else { acc.map(|acc| Held::new(self.sink.end(acc.into_inner()))) }
        }));
        let outcome = match (ended, panicked) {
            (Ok(Some(out)), _) => Outcome::Done(out),
            (Ok(None), false) => Outcome::Empty,
            (Ok(None), true) => Outcome::Panicked,
            (Err(second), true) => {
                std::mem::forget(second);
                Outcome::Panicked
            }
            (Err(payload), false) => Outcome::Failed(payload),
        };
        let covered = match self.block {
            None => covered,
            Some(block) => {
                let all = self.source.places();
                covered.start.saturating_mul(block).min(all)..covered.end.saturating_mul(block).min(all)
            }
        };
        let part = Part { covered, outcome };
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.push(part);
    }
}
