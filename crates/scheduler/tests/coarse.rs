//! Coarse work is shared at once: no timer, no history and no deep recursion keeps a second core waiting.
mod common;

use std::collections::HashSet;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};
use std::time::Duration;

use common::{in_time, until};
use millstream_scheduler::{Flow, LoopBody, LoopOptions, Pool, Worker};

fn pool(threads: usize) -> Pool {
    Pool::new(threads).unwrap()
}

/// One call site for short and for long regions.
fn meet_or_pass(pool: &Pool, barrier: Option<&Barrier>) {
    let wait = || {
        if let Some(barrier) = barrier {
            barrier.wait();
        }
    };
    pool.join(wait, wait);
}

#[test]
fn two_halves_that_wait_for_each_other_meet_from_outside() {
    in_time(|| {
        for threads in [2, 4] {
            let pool = pool(threads);
            let barrier = Barrier::new(2);
            for _ in 0..200 {
                meet_or_pass(&pool, Some(&barrier));
            }
        }
    });
}

#[test]
fn two_halves_that_wait_for_each_other_meet_from_inside() {
    in_time(|| {
        for threads in [2, 4] {
            let pool = pool(threads);
            let done = pool.spawn(|| {
                let barrier = Barrier::new(2);
                Worker::with_current(|w| {
                    for _ in 0..200 {
                        w.unwrap().join(|_| barrier.wait(), |_| barrier.wait());
                    }
                });
                true
            });
            // Not `join`, which may run the job here.
            until(|| done.is_finished());
            assert!(done.join());
        }
    });
}

#[test]
fn halves_meet_although_a_thousand_runs_of_the_line_were_short() {
    in_time(|| {
        for threads in [2, 4] {
            let pool = pool(threads);
            let barrier = Barrier::new(2);
            for _ in 0..10 {
                for _ in 0..1000 {
                    meet_or_pass(&pool, None);
                }
                meet_or_pass(&pool, Some(&barrier));
                // After a pause, when everybody sleeps for good.
                for _ in 0..1000 {
                    meet_or_pass(&pool, None);
                }
                std::thread::sleep(Duration::from_millis(3));
                meet_or_pass(&pool, Some(&barrier));
            }
        }
    });
}

#[test]
fn halves_meet_in_stolen_jobs_and_in_loops_and_scopes() {
    in_time(|| {
        let pool = pool(4);
        for _ in 0..50 {
            // The barrier in `b` is the first fork of a stolen job; `a` waits until it was stolen.
            let (barrier, begun) = (Barrier::new(2), AtomicBool::new(false));
            pool.enter(|w| {
                w.join(
                    |_| until(|| begun.load(Ordering::SeqCst)),
                    |w| {
                        begun.store(true, Ordering::SeqCst);
                        w.join(|_| barrier.wait(), |_| barrier.wait());
                    },
                );
            });
            pool.scope(|s| {
                for _ in 0..2 {
                    s.spawn(|_| {
                        barrier.wait();
                    });
                }
            });
        }
    });
}

fn leaves(w: &Worker, count: usize, leaf: &(impl Fn() + Sync)) {
    if count == 1 {
        leaf();
    } else {
        w.join(|w| leaves(w, count / 2, leaf), |w| leaves(w, count - count / 2, leaf));
    }
}

#[test]
fn sleeping_halves_are_taken_by_several_threads() {
    in_time(|| {
        for (ways, threads) in [(2, 2), (4, 2), (8, 4), (16, 4)] {
            let pool = pool(threads);
            let seen = Mutex::new(HashSet::new());
            let runs = AtomicUsize::new(0);
            pool.enter(|w| {
                leaves(w, ways, &|| {
                    std::thread::sleep(Duration::from_millis(10));
                    seen.lock().unwrap().insert(std::thread::current().id());
                    runs.fetch_add(1, Ordering::SeqCst);
                });
            });
            assert_eq!(runs.load(Ordering::SeqCst), ways);
            assert!(seen.lock().unwrap().len() >= 2, "{ways} leaves of 10 ms stayed on one thread");
        }
    });
}

/// Item 0 is over when all others are.
struct OneEnormous {
    len: usize,
    enormous: usize,
    small: AtomicUsize,
    runners: Mutex<HashSet<std::thread::ThreadId>>,
    /// The enormous item was begun before the others were done.
    waited: AtomicBool,
}

impl LoopBody for OneEnormous {
    type Span = ();
    fn open(&self, _: usize, _: usize) {}
    fn run(&self, (): &mut (), chunk: Range<usize>) -> Flow {
        self.runners.lock().unwrap().insert(std::thread::current().id());
        for item in chunk {
            if item == self.enormous {
                self.waited.store(self.small.load(Ordering::SeqCst) < self.len - 1, Ordering::SeqCst);
                until(|| self.small.load(Ordering::SeqCst) == self.len - 1);
            } else {
                self.small.fetch_add(1, Ordering::SeqCst);
            }
        }
        Flow::Continue
    }
    fn close(&self, (): (), _: Range<usize>) {}
}

#[test]
fn a_loop_with_one_enormous_item_shares_all_others() {
    in_time(|| {
        for threads in [2, 4] {
            let pool = pool(threads);
            for enormous in [0, 1, 50, 99] {
                let body = OneEnormous {
                    len: 100,
                    enormous,
                    small: AtomicUsize::new(0),
                    runners: Mutex::new(HashSet::new()),
                    waited: AtomicBool::new(false),
                };
                // One item a chunk: what shares a chunk with the enormous item is its owner's to run.
                let options = LoopOptions { min_chunk: 1, max_chunk: 1 };
                pool.run_loop(100, options, &body).unwrap();
                assert_eq!(body.small.into_inner(), 99);
                let runners = body.runners.into_inner().unwrap().len();
                assert!(runners >= 2 || !body.waited.into_inner(), "one thread cannot have run all of them");
            }
        }
    });
}

/// Items of 40 ms, whose estimates are large numbers.
struct Slow(AtomicUsize);

impl LoopBody for Slow {
    type Span = ();
    fn open(&self, _: usize, _: usize) {}
    fn run(&self, (): &mut (), chunk: Range<usize>) -> Flow {
        assert_eq!(chunk.len(), 1, "items this long are run one by one, so that others can have the rest");
        std::thread::sleep(Duration::from_millis(40));
        self.0.fetch_add(1, Ordering::SeqCst);
        Flow::Continue
    }
    fn close(&self, (): (), _: Range<usize>) {}
}

#[test]
fn a_loop_of_very_long_items_runs_them_one_by_one() {
    in_time(|| {
        let pool = pool(4);
        let body = Slow(AtomicUsize::new(0));
        for _ in 0..2 {
            pool.run_loop(16, LoopOptions::default(), &body).unwrap();
        }
        assert_eq!(body.0.into_inner(), 32);
    });
}

/// Items that sleep, or do nothing.
struct Sleeps {
    millis: u64,
    runners: Mutex<HashSet<std::thread::ThreadId>>,
}

impl LoopBody for Sleeps {
    type Span = ();
    fn open(&self, _: usize, _: usize) {}
    fn run(&self, (): &mut (), chunk: Range<usize>) -> Flow {
        if self.millis > 0 {
            self.runners.lock().unwrap().insert(std::thread::current().id());
            std::thread::sleep(Duration::from_millis(self.millis * chunk.len() as u64));
        }
        Flow::Continue
    }
    fn close(&self, (): (), _: Range<usize>) {}
}

#[test]
fn a_loop_whose_line_was_always_short_is_shared_once_it_is_long() {
    in_time(|| {
        let pool = pool(2);
        let run = |millis| {
            let body = Sleeps { millis, runners: Mutex::default() };
            pool.run_loop(20, LoopOptions { min_chunk: 1, max_chunk: 1 }, &body).unwrap();
            body.runners.into_inner().unwrap().len()
        };
        for _ in 0..1000 {
            run(0);
        }
        assert!(run(10) >= 2, "20 items of 10 ms stayed on one thread");
    });
}
