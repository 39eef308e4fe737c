//! The contract of loop bodies: spans, participants, early stops, and any length and chunk size.
mod common;

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use common::{Boom, add, boom, hush, in_time};
use millstream_scheduler::{Flow, LoopBody, LoopOptions, Pool};

/// Checks the contract while it runs, and a little work beside.
struct Contract<'a> {
    open: Vec<AtomicBool>,
    seen: Vec<AtomicUsize>,
    covered: Mutex<Vec<Range<usize>>>,
    options: LoopOptions,
    inner: Option<(&'a Pool, usize)>,
}

struct Span {
    participant: usize,
    start: usize,
    next: usize,
}

impl<'a> Contract<'a> {
    fn new(pool: &'a Pool, len: usize, options: LoopOptions, nested: usize) -> Contract<'a> {
        Contract {
            open: (0..pool.num_threads()).map(|_| AtomicBool::new(false)).collect(),
            seen: (0..len).map(|_| AtomicUsize::new(0)).collect(),
            covered: Mutex::default(),
            options,
            inner: (nested > 0).then_some((pool, nested)),
        }
    }

    fn check(self) {
        assert!(self.seen.iter().all(|seen| seen.load(Ordering::SeqCst) == 1), "each item once");
        let mut covered = self.covered.into_inner().unwrap();
        covered.sort_by_key(|range| range.start);
        let mut at = 0;
        for range in covered.iter().filter(|range| !range.is_empty()) {
            assert_eq!(range.start, at, "spans leave no gap and do not overlap");
            at = range.end;
        }
        assert_eq!(at, self.seen.len());
    }
}

impl LoopBody for Contract<'_> {
    type Span = Span;
    fn open(&self, participant: usize, at: usize) -> Span {
        // Panics out of bounds if it is not dense.
        assert!(!self.open[participant].swap(true, Ordering::SeqCst), "two open spans share a participant");
        Span { participant, start: at, next: at }
    }
    fn run(&self, span: &mut Span, chunk: Range<usize>) -> Flow {
        assert_eq!(chunk.start, span.next, "chunks follow each other");
        assert!(!chunk.is_empty());
        assert!(chunk.len() <= self.options.max_chunk.max(self.options.min_chunk).max(1));
        span.next = chunk.end;
        for item in chunk {
            add(&self.seen[item]);
            if let Some((pool, nested)) = self.inner {
                let body = Contract::new(pool, item % 50, self.options, nested - 1);
                pool.run_loop(item % 50, self.options, &body).unwrap();
                body.check();
            } else {
                std::hint::black_box((0..item % 100).sum::<usize>());
            }
        }
        Flow::Continue
    }
    fn close(&self, span: Span, covered: Range<usize>) {
        assert_eq!(covered, span.start..span.next);
        self.covered.lock().unwrap().push(covered);
        assert!(self.open[span.participant].swap(false, Ordering::SeqCst));
    }
}

fn options(min_chunk: usize, max_chunk: usize) -> LoopOptions {
    LoopOptions { min_chunk, max_chunk }
}

#[test]
fn the_contract_holds_at_every_length_and_width() {
    in_time(|| {
        for threads in [1, 2, 3, 8, 11] {
            let pool = Pool::new(threads).unwrap();
            for len in [0, 1, 2, 3, 7, 100, 5000] {
                for options in [options(1, usize::MAX), options(1, 1), options(3, 7), options(100, 200)] {
                    for _ in 0..3 {
                        let body = Contract::new(&pool, len, options, 0);
                        pool.run_loop(len, options, &body).unwrap();
                        body.check();
                    }
                }
            }
        }
    });
}

#[test]
fn odd_chunk_sizes_mean_something_sensible() {
    in_time(|| {
        let pool = Pool::new(3).unwrap();
        let odd = [0, 1, 2, 1000, usize::MAX];
        for min in odd {
            for max in odd {
                let body = Contract::new(&pool, 500, options(min, max), 0);
                pool.run_loop(500, options(min, max), &body).unwrap();
                body.check();
            }
        }
    });
}

#[test]
fn the_contract_holds_for_loops_in_loops_on_more_threads_than_cores() {
    in_time(|| {
        for threads in [2, 8] {
            let pool = Pool::new(threads).unwrap();
            for _ in 0..5 {
                let body = Contract::new(&pool, 100, options(1, 4), 2);
                pool.run_loop(100, options(1, 4), &body).unwrap();
                body.check();
            }
        }
    });
}

/// Stops, or panics, at certain items, one item a chunk.
struct Stops {
    seen: Vec<AtomicUsize>,
    behind: Vec<usize>,
    all: Option<usize>,
    panics: Vec<usize>,
}

impl Stops {
    fn new(len: usize) -> Stops {
        let seen = (0..len).map(|_| AtomicUsize::new(0)).collect();
        Stops { seen, behind: Vec::new(), all: None, panics: Vec::new() }
    }
    fn ran(&self, item: usize) -> bool {
        let times = self.seen[item].load(Ordering::SeqCst);
        assert!(times <= 1);
        times == 1
    }
}

impl LoopBody for Stops {
    type Span = ();
    fn open(&self, _: usize, _: usize) {}
    fn run(&self, (): &mut (), chunk: Range<usize>) -> Flow {
        assert_eq!(chunk.len(), 1);
        let item = chunk.start;
        add(&self.seen[item]);
        std::hint::black_box((0..500).sum::<usize>());
        if self.panics.contains(&item) {
            boom(item);
        }
        if self.all == Some(item) {
            return Flow::StopAll;
        }
        if self.behind.contains(&item) { Flow::StopBehind } else { Flow::Continue }
    }
    fn close(&self, (): (), _: Range<usize>) {}
}

#[test]
fn everything_before_a_stop_is_run() {
    in_time(|| {
        for threads in [1, 2, 4] {
            let pool = Pool::new(threads).unwrap();
            for first in [0, 1, 500, 999] {
                for _ in 0..5 {
                    let body = Stops { behind: vec![first, 700, 900], ..Stops::new(1000) };
                    pool.run_loop(1000, options(1, 1), &body).unwrap();
                    let stop = first.min(700);
                    assert!((0..=stop).all(|item| body.ran(item)), "an item before the stop was not run");
                    if threads == 1 {
                        assert!((stop + 1..1000).all(|item| !body.ran(item)));
                    }
                }
            }
        }
    });
}

#[test]
fn a_stop_of_everything_ends_the_loop() {
    in_time(|| {
        for threads in [1, 4] {
            let pool = Pool::new(threads).unwrap();
            let body = Stops { all: Some(10), ..Stops::new(100_000) };
            pool.run_loop(100_000, options(1, 1), &body).unwrap();
            assert!((0..100_000).any(|item| !body.ran(item)));
        }
    });
}

#[test]
fn the_lowest_panic_wins_and_everything_before_it_is_run() {
    in_time(|| {
        hush();
        for threads in [1, 2, 4] {
            let pool = Pool::new(threads).unwrap();
            for _ in 0..20 {
                let body = Stops { panics: vec![300, 301, 600, 999], ..Stops::new(1000) };
                let payload = pool.run_loop(1000, options(1, 1), &body).unwrap_err();
                assert_eq!(payload.downcast_ref(), Some(&Boom(300)));
                assert!((0..=300).all(|item| body.ran(item)));
            }
        }
    });
}

/// Finds one item of very many.
struct Seek {
    item: usize,
    found: AtomicUsize,
    chunk_max: AtomicUsize,
}

impl LoopBody for Seek {
    type Span = ();
    fn open(&self, _: usize, _: usize) {}
    fn run(&self, (): &mut (), chunk: Range<usize>) -> Flow {
        self.chunk_max.fetch_max(chunk.len(), Ordering::SeqCst);
        if chunk.contains(&self.item) {
            add(&self.found);
            return Flow::StopAll;
        }
        Flow::Continue
    }
    fn close(&self, (): (), _: Range<usize>) {}
}

#[test]
fn the_longest_loop_there_can_be_reaches_both_its_ends() {
    in_time(|| {
        for threads in [1, 3] {
            let pool = Pool::new(threads).unwrap();
            for len in [u32::MAX as usize - 1, u32::MAX as usize + 1, usize::MAX] {
                for item in [0, 1 << 20, len / 2, len - 1] {
                    let body = Seek { item, found: AtomicUsize::new(0), chunk_max: AtomicUsize::new(0) };
                    // Chunks large enough that the whole range would take a moment only.
                    pool.run_loop(len, options(len / 1000, usize::MAX), &body).unwrap();
                    assert_eq!(body.found.into_inner(), 1, "item {item} of {len} was not met");
                }
            }
            // Stops at once, so that small chunks do, too.
            let body = Seek { item: 0, found: AtomicUsize::new(0), chunk_max: AtomicUsize::new(0) };
            pool.run_loop(usize::MAX, options(1, 10), &body).unwrap();
            assert_eq!(body.found.into_inner(), 1);
        }
    });
}
