//! Pools inside each other, pools that end, and how deep the stack grows.
mod common;

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::Duration;

use common::{add, in_time, until};
use millstream_scheduler::{Flow, LoopBody, LoopOptions, Pool, Scope, Wait, Worker};

struct Each<'a>(&'a (dyn Fn(usize) + Sync));

impl LoopBody for Each<'_> {
    type Span = ();
    fn open(&self, _: usize, _: usize) {}
    fn run(&self, (): &mut (), chunk: Range<usize>) -> Flow {
        chunk.for_each(self.0);
        Flow::Continue
    }
    fn close(&self, (): (), _: Range<usize>) {}
}

fn nest(pool: &Pool, depth: u32, count: &AtomicUsize) {
    count.fetch_add(1, Ordering::Relaxed);
    if depth == 0 {
        return;
    }
    let down = || nest(pool, depth - 1, count);
    match depth % 3 {
        0 => {
            pool.join(down, down);
        }
        1 => pool.scope(|s| (0..2).for_each(|_| s.spawn(|_| down()))),
        _ => pool.run_loop(2, LoopOptions::default(), &Each(&|_| down())).unwrap(),
    }
}

#[test]
fn joins_scopes_and_loops_nest_in_each_other() {
    in_time(|| {
        for threads in [1, 2, 4] {
            for wait in [Wait::Own, Wait::Any] {
                let pool = Pool::builder().threads(threads).wait(wait).build().unwrap();
                let count = AtomicUsize::new(0);
                nest(&pool, 9, &count);
                assert_eq!(count.into_inner(), 1023);
            }
        }
    });
}

#[test]
fn pools_nest_and_come_back() {
    in_time(|| {
        for threads in [1, 2] {
            let (a, b) = (Pool::new(threads).unwrap(), Pool::new(threads).unwrap());
            let count = AtomicUsize::new(0);
            fn turn(here: &Pool, there: &Pool, depth: u32, count: &AtomicUsize) {
                count.fetch_add(1, Ordering::Relaxed);
                if depth > 0 {
                    let down = || turn(there, here, depth - 1, count);
                    here.join(down, down);
                }
            }
            for _ in 0..10 {
                turn(&a, &b, 6, &count);
                a.scope(|s| {
                    (0..4).for_each(|_| s.spawn(|_| b.install(|| turn(&b, &a, 4, &count))));
                });
            }
            assert_eq!(count.into_inner(), 10 * (127 + 4 * 31));
        }
    });
}

/// A worker of `a` inside `b` is still the worker that a broadcast in `a` must reach.
#[test]
fn a_broadcast_reaches_a_worker_that_works_in_another_pool() {
    in_time(|| {
        let (a, b) = (Arc::new(Pool::new(2).unwrap()), Arc::new(Pool::new(2).unwrap()));
        for _ in 0..20 {
            let (first, second) = (a.clone(), b.clone());
            let job = a.spawn(move || {
                // Back in `a` from inside `b`, on the same thread.
                let back = second.install(|| first.broadcast(|i| i).len());
                // And from another thread of `b`, while this one waits there.
                let begun = AtomicBool::new(false);
                let ((), other) = second.join(
                    || until(|| begun.load(Ordering::SeqCst)),
                    || {
                        begun.store(true, Ordering::SeqCst);
                        thread::sleep(Duration::from_micros(200));
                        first.broadcast(|i| i).len()
                    },
                );
                (back, other)
            });
            until(|| job.is_finished());
            assert_eq!(job.join(), (2, 2));
        }
    });
}

/// A worker reference of `a` that is used while the thread works in `b` still means `a`.
#[test]
fn a_worker_of_one_pool_is_used_inside_another() {
    in_time(|| {
        let (a, b) = (Pool::new(3).unwrap(), Pool::new(1).unwrap());
        for _ in 0..200 {
            let count = AtomicUsize::new(0);
            a.enter(|wa| {
                b.enter(|_| {
                    let begun = AtomicBool::new(false);
                    wa.join(
                        |_| until(|| begun.load(Ordering::SeqCst)),
                        |w| {
                            begun.store(true, Ordering::SeqCst);
                            assert!(a.is_current());
                            w.run_loop(50, LoopOptions::default(), &Each(&|_| add(&count))).unwrap();
                        },
                    );
                    wa.scope(|s| {
                        for _ in 0..10 {
                            s.spawn(|_| {
                                Worker::with_current(|w| {
                                    let one = |_: &Worker| add(&count);
                                    w.unwrap().join(one, one);
                                });
                            });
                        }
                    });
                    wa.run_loop(
                        50,
                        LoopOptions { min_chunk: 1, max_chunk: 1 },
                        &Each(&|_| {
                            let one = || add(&count);
                            a.join(one, one);
                        }),
                    )
                    .unwrap();
                    assert_eq!(wa.broadcast(|i| i), [0, 1, 2]);
                });
            });
            assert_eq!(count.into_inner(), 50 + 20 + 100);
        }
    });
}

fn counted(threads: usize) -> (Pool, Arc<AtomicUsize>) {
    let exits = Arc::new(AtomicUsize::new(0));
    let theirs = exits.clone();
    let pool = Pool::builder()
        .threads(threads)
        .on_thread_exit(move |_| {
            theirs.fetch_add(1, Ordering::SeqCst);
        })
        .build()
        .unwrap();
    (pool, exits)
}

#[test]
fn a_dropped_pool_runs_its_pending_jobs_and_joins_its_threads() {
    in_time(|| {
        for threads in [1, 3] {
            let (pool, exits) = counted(threads);
            let ran = Arc::new(AtomicUsize::new(0));
            for job in 0..1000 {
                let count = ran.clone();
                pool.spawn_detached(move || {
                    count.fetch_add(1, Ordering::SeqCst);
                    if job % 10 == 0 {
                        let more = count.clone();
                        Worker::with_current(|w| {
                            w.unwrap().spawn_detached(move || add(&more));
                        });
                    }
                });
            }
            pool.close();
            assert_eq!(ran.load(Ordering::SeqCst), 1100);
            assert!(exits.load(Ordering::SeqCst) >= threads);
        }
    });
}

#[test]
fn a_pool_may_be_dropped_inside_its_own_job() {
    in_time(|| {
        for nested in [false, true] {
            let (pool, exits) = counted(2);
            let (pool, ran) = (Arc::new(pool), Arc::new(AtomicUsize::new(0)));
            let (last, count) = (pool.clone(), ran.clone());
            let gate = Arc::new(AtomicBool::new(false));
            let opened = gate.clone();
            pool.spawn_detached(move || {
                until(|| opened.load(Ordering::SeqCst));
                let end = || {
                    drop(last);
                    // What is spawned now still runs, and so do forks.
                    Worker::with_current(|w| {
                        let w = w.unwrap();
                        let one = |_: &Worker| add(&count);
                        w.join(one, one);
                    });
                };
                // The second time inside another pool.
                if nested { Pool::new(1).unwrap().install(end) } else { end() }
            });
            drop(pool);
            gate.store(true, Ordering::SeqCst);
            until(|| ran.load(Ordering::SeqCst) == 2 && exits.load(Ordering::SeqCst) >= 2);
        }
    });
}

/// Jobs of a pool that stops may still do all that jobs do, though most threads have left.
#[test]
fn the_last_jobs_of_a_pool_still_fork_loop_and_broadcast() {
    in_time(|| {
        for _ in 0..10 {
            let pool = Pool::new(3).unwrap();
            let done = Arc::new(AtomicBool::new(false));
            let flag = done.clone();
            pool.spawn_detached(move || {
                // The other threads leave meanwhile.
                thread::sleep(Duration::from_millis(3));
                Worker::with_current(|w| {
                    let w = w.unwrap();
                    let barrier = Barrier::new(2);
                    w.join(|_| barrier.wait(), |_| barrier.wait());
                    let count = AtomicUsize::new(0);
                    let body = |_| add(&count);
                    w.run_loop(1000, LoopOptions::default(), &Each(&body)).unwrap();
                    assert_eq!(count.into_inner(), 1000);
                    assert_eq!(w.broadcast(|i| i), [0, 1, 2]);
                });
                flag.store(true, Ordering::SeqCst);
            });
            drop(pool);
            assert!(done.load(Ordering::SeqCst));
        }
    });
}

#[test]
fn what_an_exit_handler_spawns_is_run() {
    in_time(|| {
        let (exits, ran) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (handled, counted) = (exits.clone(), ran.clone());
        let pool = Pool::builder()
            .threads(2)
            .on_thread_exit(move |_| {
                add(&handled);
                let count = counted.clone();
                Worker::with_current(|w| w.unwrap().spawn_detached(move || add(&count)));
            })
            .build()
            .unwrap();
        drop(pool);
        // Spare threads may have been started for them, and end, too.
        assert!(exits.load(Ordering::SeqCst) >= 2);
        assert_eq!(ran.load(Ordering::SeqCst), exits.load(Ordering::SeqCst));
    });
}

/// The other thread runs what comes while the first is still in its start handler.
#[test]
fn a_slow_start_handler_does_not_hold_the_pool_up() {
    in_time(|| {
        let gate = Arc::new(AtomicBool::new(false));
        let opened = gate.clone();
        let pool = Pool::builder()
            .threads(2)
            .on_thread_start(move |number| {
                if number == 0 {
                    until(|| opened.load(Ordering::SeqCst));
                }
            })
            .build()
            .unwrap();
        // Long enough for the second thread to sleep for good.
        thread::sleep(Duration::from_millis(300));
        let handle = pool.spawn(|| 7);
        until(|| handle.is_finished());
        gate.store(true, Ordering::SeqCst);
        assert_eq!(handle.join(), 7);
    });
}

/// The addresses between which a thread's stack was seen.
struct Depth(Mutex<std::collections::HashMap<thread::ThreadId, (usize, usize)>>);

impl Depth {
    fn here(&self) {
        let mark = 0u8;
        let at = std::hint::black_box(&raw const mark) as usize;
        let mut seen = self.0.lock().unwrap();
        let (low, high) = seen.entry(thread::current().id()).or_insert((at, at));
        *low = at.min(*low);
        *high = at.max(*high);
    }

    fn bytes(self) -> usize {
        let seen = self.0.into_inner().unwrap();
        seen.values().map(|(low, high)| high - low).max().unwrap_or(0)
    }
}

/// `count` scopes side by side, each of which spawns into the outer one and waits for two jobs of its own that fork.
fn stack_of(count: usize) -> usize {
    in_time(move || {
        let pool = Pool::new(3).unwrap();
        let depth = Depth(Mutex::default());
        fn job<'s>(outer: &Scope<'s>, depth: &'s Depth, left: usize) {
            depth.here();
            if left == 0 {
                return;
            }
            outer.spawn(move |outer| job(outer, depth, left - 1));
            Worker::with_current(|w| {
                w.unwrap().scope(|inner| {
                    for _ in 0..2 {
                        inner.spawn(|_| {
                            depth.here();
                            Worker::with_current(|w| w.unwrap().join(|_| depth.here(), |_| depth.here()));
                        });
                    }
                });
            });
        }
        pool.scope(|outer| {
            for _ in 0..4 {
                outer.spawn(|outer| job(outer, &depth, count / 4));
            }
        });
        depth.bytes()
    })
}

#[test]
fn the_stack_is_bounded_by_the_tree_of_tasks_not_by_their_number() {
    let (few, many) = (stack_of(20), stack_of(5000));
    // A tree of the same depth: scope, job, scope, job, join. A page or two is the difference of what happened to be on top.
    assert!(many < few.max(4 << 10) * 4, "{few} bytes for 20 tasks, {many} for 5000");
}

fn chain(w: &Worker, left: usize) -> usize {
    if left == 0 {
        return 0;
    }
    let (below, ()) = w.join(|w| chain(w, left - 1), |_| ());
    below + 1
}

#[test]
fn ten_thousand_joins_in_a_row_nest_on_a_large_stack() {
    in_time(|| {
        let pool = Pool::builder().threads(2).stack_bytes(256 << 20).build().unwrap();
        let handle = pool.spawn(|| Worker::with_current(|w| chain(w.unwrap(), 10_000)));
        until(|| handle.is_finished());
        assert_eq!(handle.join(), 10_000);
    });
}
