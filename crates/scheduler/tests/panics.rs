//! A panic reaches whoever waits, with its payload; every other value is dropped once, and the pool works on.
mod common;

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Boom, Grenade, Ledger, Random, boom, boom_of, hush, in_time, until};
use millstream_scheduler::{Flow, LoopBody, LoopOptions, Pool, Worker};

fn works(pool: &Pool) {
    let (a, b) = pool.join(|| 1, || 2);
    assert_eq!(a + b, 3);
    assert_eq!(pool.broadcast(|i| i).len(), pool.num_threads());
}

#[test]
fn either_half_of_a_join_may_panic_stolen_or_not() {
    in_time(|| {
        let pool = Pool::new(2).unwrap();
        let ledger = Ledger::default();
        for round in 0..200 {
            for (a_panics, b_panics) in [(true, false), (false, true), (true, true)] {
                let steal = round % 2 == 0;
                let stolen = AtomicBool::new(false);
                let (held_a, held_b) = (ledger.entry(), ledger.entry());
                let b_ran = AtomicBool::new(false);
                let got = boom_of(|| {
                    pool.join(
                        || {
                            let _held = held_a;
                            if steal {
                                until(|| stolen.load(Ordering::SeqCst));
                            }
                            if a_panics {
                                boom(1);
                            }
                            ledger.entry()
                        },
                        || {
                            let _held = held_b;
                            stolen.store(true, Ordering::SeqCst);
                            let value = ledger.entry();
                            if b_panics {
                                boom(2);
                            }
                            b_ran.store(true, Ordering::SeqCst);
                            value
                        },
                    )
                });
                assert_eq!(got, Some(if a_panics { 1 } else { 2 }));
                if steal && !b_panics {
                    assert!(b_ran.into_inner(), "a stolen half runs to its end");
                }
                ledger.assert_settled();
            }
        }
        works(&pool);
    });
}

#[test]
fn a_half_that_broadcasts_is_waited_for_by_one_that_unwinds() {
    in_time(|| {
        let pool = Pool::new(2).unwrap();
        for _ in 0..20 {
            let pool = &pool;
            let got = boom_of(|| {
                // From inside, so that the unwinding thread is one that the broadcast must reach.
                pool.scope(|s| {
                    s.spawn(move |_| {
                        let begun = AtomicBool::new(false);
                        let both = AtomicUsize::new(0);
                        pool.join(
                            || {
                                until(|| begun.load(Ordering::SeqCst));
                                boom(1)
                            },
                            || {
                                begun.store(true, Ordering::SeqCst);
                                std::thread::sleep(Duration::from_millis(1));
                                pool.broadcast(|_| both.fetch_add(1, Ordering::SeqCst));
                            },
                        );
                    });
                    // Let workers have it.
                    std::thread::sleep(Duration::from_millis(1));
                })
            });
            assert_eq!(got, Some(1));
        }
        works(&pool);
    });
}

#[test]
fn a_scope_passes_on_its_bodys_panic_or_a_jobs_after_all_jobs_ran() {
    in_time(|| {
        for threads in [1, 3] {
            let pool = Pool::new(threads).unwrap();
            for fifo in [false, true] {
                for body_panics in [false, true] {
                    let ledger = Ledger::default();
                    let ran = AtomicUsize::new(0);
                    let got = boom_of(|| {
                        pool.scope(|s| {
                            for job in 0..100 {
                                let (held, ran) = (ledger.entry(), &ran);
                                let body = move || {
                                    let _held = held;
                                    ran.fetch_add(1, Ordering::SeqCst);
                                    if job % 10 == 3 {
                                        boom(1);
                                    }
                                };
                                if fifo { s.spawn_fifo(|_| body()) } else { s.spawn(|_| body()) }
                            }
                            if body_panics {
                                boom(2);
                            }
                            ledger.entry()
                        })
                    });
                    assert_eq!(got, Some(if body_panics { 2 } else { 1 }));
                    assert_eq!(ran.into_inner(), 100);
                    ledger.assert_settled();
                }
            }
            works(&pool);
        }
    });
}

#[test]
fn a_detached_jobs_panic_goes_to_the_panic_handler() {
    in_time(|| {
        hush();
        let caught = Arc::new(Mutex::new(Vec::new()));
        let theirs = caught.clone();
        let pool = Pool::builder()
            .threads(2)
            .on_panic(move |payload| {
                let number = payload.downcast::<Boom>().unwrap().0;
                theirs.lock().unwrap().push(number);
                // A handler may panic itself.
                boom(0);
            })
            .build()
            .unwrap();
        for number in 1..=50 {
            pool.spawn_detached(move || boom(number));
        }
        drop(pool.spawn(|| -> () { boom(51) }));
        pool.spawn(|| -> () { boom(52) }).detach();
        works(&pool);
        drop(pool);
        let mut caught = std::mem::take(&mut *caught.lock().unwrap());
        caught.sort_unstable();
        assert_eq!(caught, (1..=52).collect::<Vec<_>>());
    });
}

#[test]
fn a_dropped_handle_reports_its_jobs_panic_whichever_came_first() {
    in_time(|| {
        hush();
        let caught = Arc::new(AtomicUsize::new(0));
        let theirs = caught.clone();
        let pool = Pool::builder()
            .threads(1)
            .on_panic(move |_| {
                theirs.fetch_add(1, Ordering::SeqCst);
            })
            .build()
            .unwrap();
        let handle = pool.spawn(|| -> () { boom(1) });
        until(|| handle.is_finished());
        drop(handle);
        assert_eq!(caught.load(Ordering::SeqCst), 1, "the job had panicked before its handle was dropped");
        let go = Arc::new(AtomicBool::new(false));
        let gate = go.clone();
        let handle = pool.spawn(move || -> () {
            until(|| gate.load(Ordering::SeqCst));
            boom(2)
        });
        drop(handle);
        go.store(true, Ordering::SeqCst);
        until(|| caught.load(Ordering::SeqCst) == 2);
    });
}

#[test]
fn a_handle_returns_the_payload_or_throws_it() {
    in_time(|| {
        hush();
        let pool = Pool::new(2).unwrap();
        let ledger = Ledger::default();
        for pause in [false, true] {
            let held = ledger.entry();
            let handle = pool.spawn(move || -> usize {
                let _held = held;
                boom(7)
            });
            if pause {
                until(|| handle.is_finished());
            }
            let payload = handle.try_join().unwrap_err();
            assert_eq!(payload.downcast_ref(), Some(&Boom(7)));
            let handle = pool.spawn(|| -> usize { boom(8) });
            assert_eq!(boom_of(|| handle.join()), Some(8));
        }
        ledger.assert_settled();
        works(&pool);
    });
}

#[test]
fn a_broadcast_ends_everywhere_before_it_throws() {
    in_time(|| {
        let pool = Pool::new(3).unwrap();
        let ledger = Ledger::default();
        for _ in 0..20 {
            let ran = AtomicUsize::new(0);
            let got = boom_of(|| {
                pool.broadcast(|index| {
                    ran.fetch_add(1, Ordering::SeqCst);
                    if index != 1 {
                        boom(5);
                    }
                    ledger.entry()
                })
            });
            assert_eq!(got, Some(5));
            assert_eq!(ran.into_inner(), 3);
            ledger.assert_settled();
        }
        works(&pool);
    });
}

/// Which call of a loop's body panics.
struct Fragile {
    ledger: Ledger,
    at: usize,
    calls: AtomicUsize,
    spans: AtomicUsize,
    seen: Vec<AtomicUsize>,
}

impl Fragile {
    fn call(&self) {
        if self.calls.fetch_add(1, Ordering::SeqCst) == self.at {
            boom(self.at);
        }
    }
}

impl LoopBody for Fragile {
    type Span = common::Entry;
    fn open(&self, _: usize, _: usize) -> Self::Span {
        self.call();
        self.spans.fetch_add(1, Ordering::SeqCst);
        self.ledger.entry()
    }
    fn run(&self, _: &mut Self::Span, chunk: Range<usize>) -> Flow {
        for item in chunk {
            self.seen[item].fetch_add(1, Ordering::SeqCst);
        }
        self.call();
        Flow::Continue
    }
    fn close(&self, span: Self::Span, _: Range<usize>) {
        self.spans.fetch_sub(1, Ordering::SeqCst);
        drop(span);
        self.call();
    }
}

#[test]
fn a_loop_survives_a_panic_at_every_call_of_its_body() {
    in_time(|| {
        for threads in [1, 3] {
            let pool = Pool::new(threads).unwrap();
            // Until a run needs fewer calls than that.
            for at in 0.. {
                let body = Fragile {
                    ledger: Ledger::default(),
                    at,
                    calls: AtomicUsize::new(0),
                    spans: AtomicUsize::new(0),
                    seen: (0..64).map(|_| AtomicUsize::new(0)).collect(),
                };
                let result = pool.run_loop(64, LoopOptions { min_chunk: 1, max_chunk: 2 }, &body);
                assert_eq!(body.spans.load(Ordering::SeqCst), 0, "every span that was opened was closed");
                body.ledger.assert_settled();
                assert!(body.seen.iter().all(|seen| seen.load(Ordering::SeqCst) <= 1));
                let calls = body.calls.load(Ordering::SeqCst);
                match result {
                    Err(payload) => assert_eq!(payload.downcast_ref(), Some(&Boom(at))),
                    Ok(()) => {
                        assert!(calls <= at, "a panic was lost");
                        assert!(body.seen.iter().all(|seen| seen.load(Ordering::SeqCst) == 1));
                        break;
                    }
                }
            }
            works(&pool);
        }
    });
}

#[test]
fn a_payload_whose_drop_panics_harms_nobody() {
    in_time(|| {
        hush();
        let pool = Pool::new(2).unwrap();
        let throw = || -> () { panic_any(Grenade) };
        for _ in 0..20 {
            // Both halves: one payload reaches us, the other must be disarmed by the pool.
            let stolen = AtomicBool::new(false);
            let got = catch_unwind(AssertUnwindSafe(|| {
                pool.join(
                    || {
                        until(|| stolen.load(Ordering::SeqCst));
                        throw();
                    },
                    || {
                        stolen.store(true, Ordering::SeqCst);
                        throw();
                    },
                )
            }));
            std::mem::forget(got.unwrap_err().downcast::<Grenade>().unwrap());
            let got = catch_unwind(AssertUnwindSafe(|| {
                pool.scope(|s| {
                    for _ in 0..5 {
                        s.spawn(|_| throw());
                    }
                    throw();
                })
            }));
            std::mem::forget(got.unwrap_err().downcast::<Grenade>().unwrap());
            let got = catch_unwind(AssertUnwindSafe(|| pool.broadcast(|_| throw())));
            std::mem::forget(got.unwrap_err().downcast::<Grenade>().unwrap());
            pool.spawn_detached(throw);
            pool.spawn(throw).detach();
            // Both ways to abandon a payload.
            let handle = pool.spawn(throw);
            until(|| handle.is_finished());
            drop(handle);
        }
        works(&pool);
        drop(pool);
    });
}

/// Dropping it panics.
struct Fuse(bool);

impl Drop for Fuse {
    fn drop(&mut self) {
        if self.0 {
            boom(9);
        }
    }
}

#[test]
fn a_half_that_was_not_begun_may_panic_as_it_is_dropped() {
    in_time(|| {
        let pool = Pool::new(1).unwrap();
        let fuse = Fuse(true);
        // `b` is taken back unrun, and dropped while `a`'s panic unwinds.
        let got = boom_of(|| {
            pool.join(
                || boom(1),
                move || {
                    let _fuse = fuse;
                },
            )
        });
        assert_eq!(got, Some(1));
        works(&pool);
    });
}

#[test]
fn start_and_exit_handlers_may_panic() {
    in_time(|| {
        hush();
        let caught = Arc::new(AtomicUsize::new(0));
        let theirs = caught.clone();
        let pool = Pool::builder()
            .threads(3)
            .on_thread_start(|number| boom(number))
            .on_thread_exit(|number| boom(number))
            .on_panic(move |_| {
                theirs.fetch_add(1, Ordering::SeqCst);
            })
            .build()
            .unwrap();
        works(&pool);
        drop(pool);
        assert_eq!(caught.load(Ordering::SeqCst), 6);
        // Without a handler for panics, too.
        let pool = Pool::builder().threads(2).on_thread_start(|number| boom(number)).build().unwrap();
        works(&pool);
    });
}

fn tree(w: &Worker, depth: u32, seed: u64, runs: &AtomicUsize) {
    runs.fetch_add(1, Ordering::Relaxed);
    if Random(seed).below(5000) == 0 {
        boom(3);
    }
    if depth > 0 {
        w.join(
            |w| tree(w, depth - 1, seed.wrapping_mul(31).wrapping_add(1), runs),
            |w| tree(w, depth - 1, seed.wrapping_mul(37).wrapping_add(2), runs),
        );
    }
}

#[test]
fn many_small_jobs_with_random_panics_leave_a_working_pool() {
    in_time(|| {
        let pool = Pool::new(3).unwrap();
        let runs = AtomicUsize::new(0);
        let mut panics = 0;
        for seed in 0..60 {
            panics += usize::from(boom_of(|| pool.enter(|w| tree(w, 11, seed, &runs))).is_some());
            let ledger = Ledger::default();
            let mut random = Random(seed);
            let got = boom_of(|| {
                pool.scope(|s| {
                    for _ in 0..500 {
                        let (held, blow) = (ledger.entry(), random.below(400) == 0);
                        s.spawn(move |_| {
                            let _held = held;
                            if blow {
                                boom(4);
                            }
                        });
                    }
                })
            });
            panics += usize::from(got.is_some());
            ledger.assert_settled();
        }
        assert!(panics > 20 && runs.into_inner() > 10_000, "{panics} panics");
        works(&pool);
    });
}
