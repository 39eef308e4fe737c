//! A wait runs only its own: under `Wait::Own` no job that does not descend from what a thread waits for runs
//! inside the wait, so a lock held over a parallel call cannot meet itself there. Each claim is also put to
//! `Wait::Any`, which must break it: else the test would show nothing.
mod common;

use std::cell::Cell;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{in_time, until};
use millstream_scheduler::{Flow, LoopBody, LoopOptions, Pool, Wait, Worker};

thread_local! {
    /// A wait of this thread's is on the stack, inside a job of the tree under test.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Strangers everywhere: they note whether they run inside a wait.
#[derive(Default)]
struct Strangers {
    ran: AtomicUsize,
    inside_a_wait: AtomicUsize,
}

fn strangers(pool: &Pool, seen: &Arc<Strangers>, count: usize) {
    for _ in 0..count {
        let seen = seen.clone();
        pool.spawn_detached(move || {
            if INSIDE.get() {
                seen.inside_a_wait.fetch_add(1, Ordering::SeqCst);
            }
            seen.ran.fetch_add(1, Ordering::SeqCst);
        });
    }
}

/// Marks the thread for as long as `wait` runs.
fn marked<R>(wait: impl FnOnce() -> R) -> R {
    let before = INSIDE.replace(true);
    let result = wait();
    INSIDE.set(before);
    result
}

/// A job of the tree itself: unmarked, since it is meant to run here.
fn own<R>(job: impl FnOnce() -> R) -> R {
    let before = INSIDE.replace(false);
    let result = job();
    INSIDE.set(before);
    result
}

struct Spread<'a>(&'a (dyn Fn(usize) + Sync));

impl LoopBody for Spread<'_> {
    type Span = ();
    fn open(&self, _: usize, _: usize) {}
    fn run(&self, (): &mut (), chunk: Range<usize>) -> Flow {
        chunk.for_each(self.0);
        Flow::Continue
    }
    fn close(&self, (): (), _: Range<usize>) {}
}

/// How many strangers ran inside the wait of `region`. It is given a worker, and a closure that makes strangers and then lasts until
/// some of them have run or a little time has passed; the region calls it where another thread works while the first one waits.
fn violations(wait: Wait, region: fn(&Worker, &(dyn Fn() + Sync))) -> usize {
    in_time(move || {
        let pool = Arc::new(Pool::builder().threads(2).wait(wait).build().unwrap());
        let seen = Arc::new(Strangers::default());
        let mut queued = 0;
        for _ in 0..10 {
            let before = seen.ran.load(Ordering::SeqCst);
            let elsewhere = || {
                strangers(&pool, &seen, 10);
                for _ in 0..50 {
                    if seen.ran.load(Ordering::SeqCst) > before {
                        break;
                    }
                    std::thread::sleep(Duration::from_micros(200));
                }
            };
            pool.enter(|w| region(w, &elsewhere));
            queued += 10;
            until(|| seen.ran.load(Ordering::SeqCst) == queued);
        }
        seen.inside_a_wait.load(Ordering::SeqCst)
    })
}

fn in_a_join(w: &Worker, elsewhere: &(dyn Fn() + Sync)) {
    let stolen = AtomicBool::new(false);
    marked(|| {
        w.join(
            |_| own(|| until(|| stolen.load(Ordering::SeqCst))),
            |_| {
                own(|| {
                    stolen.store(true, Ordering::SeqCst);
                    elsewhere();
                });
            },
        )
    });
}

fn in_a_scope(w: &Worker, elsewhere: &(dyn Fn() + Sync)) {
    let stolen = AtomicBool::new(false);
    marked(|| {
        w.scope(|s| {
            s.spawn(|_| {
                own(|| {
                    stolen.store(true, Ordering::SeqCst);
                    elsewhere();
                });
            });
            until(|| stolen.load(Ordering::SeqCst));
        });
    });
}

fn in_a_loop(w: &Worker, elsewhere: &(dyn Fn() + Sync)) {
    let caller = std::thread::current().id();
    let stolen = AtomicBool::new(false);
    let body = |_: usize| {
        if std::thread::current().id() == caller {
            own(|| until(|| stolen.load(Ordering::SeqCst)));
        } else if !stolen.swap(true, Ordering::SeqCst) {
            own(elsewhere);
        }
    };
    marked(|| w.run_loop(2, LoopOptions { min_chunk: 1, max_chunk: 1 }, &Spread(&body)).unwrap());
}

#[test]
fn no_stranger_runs_in_the_wait_of_a_join() {
    assert_eq!(violations(Wait::Own, in_a_join), 0);
    assert_ne!(violations(Wait::Any, in_a_join), 0, "the test shows nothing");
}

#[test]
fn no_stranger_runs_in_the_wait_of_a_scope() {
    assert_eq!(violations(Wait::Own, in_a_scope), 0);
    assert_ne!(violations(Wait::Any, in_a_scope), 0, "the test shows nothing");
}

#[test]
fn no_stranger_runs_in_the_wait_of_a_loop() {
    assert_eq!(violations(Wait::Own, in_a_loop), 0);
    assert_ne!(violations(Wait::Any, in_a_loop), 0, "the test shows nothing");
}

#[test]
fn a_lock_held_over_parallel_calls_is_not_met_inside_them() {
    in_time(|| {
        for threads in [2, 4] {
            let pool = Arc::new(Pool::new(threads).unwrap());
            let lock = Arc::new(Mutex::new(0u64));
            // Strangers of every kind that take the lock.
            let takers = |pool: &Arc<Pool>| {
                for _ in 0..20 {
                    let lock = lock.clone();
                    pool.spawn_detached(move || *lock.lock().unwrap() += 1);
                }
            };
            for round in 0..100 {
                takers(&pool);
                pool.scope(|strangers| {
                    for kind in 0..6 {
                        let (pool, lock) = (&pool, &lock);
                        strangers.spawn(move |strangers| {
                            takers(pool);
                            strangers.spawn(|_| *lock.lock().unwrap() += 1);
                            let work = || {
                                std::hint::black_box((0..100).sum::<u32>());
                            };
                            let held = lock.lock().unwrap();
                            match (kind + round) % 3 {
                                0 => {
                                    pool.join(|| pool.join(work, work), || pool.join(work, work));
                                }
                                1 => pool.scope(|s| (0..8).for_each(|_| s.spawn(move |_| work()))),
                                _ => {
                                    let body = |_: usize| {
                                        pool.join(work, work);
                                    };
                                    let one = LoopOptions { min_chunk: 1, max_chunk: 1 };
                                    pool.run_loop(16, one, &Spread(&body)).unwrap();
                                }
                            }
                            drop(held);
                        });
                    }
                });
            }
            // All strangers have run: 20 a round and 6 x 20 + 6 from inside.
            until(|| *lock.lock().unwrap() == 100 * (20 + 6 * 20 + 6));
        }
    });
}
