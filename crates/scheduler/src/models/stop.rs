//! Whole pools: what they are given they do, also while they stop, and then all their threads leave.
//!
//! For shuttle, which runs a pool's own code from its start to its end; that has too many states for loom, which checks the steps of
//! stopping alone.

use std::sync::Arc;

use millstream_sync::atomic::{AtomicBool, AtomicU32, Ordering};
use millstream_sync::park::Parker;
use millstream_sync::{model, thread};

use super::scaled;
use crate::deque::{Injector, Steal};
use crate::pool::{Pool, tell_to_stop};
use crate::run::find_before_leaving;
use crate::sleep::{Sleep, Sleeper, Wake};
use crate::worker::Worker;

fn pool(threads: usize) -> Pool {
    Pool::builder().threads(threads).build().expect("a model's threads start")
}

/// Detaches a job that detaches two, and so on; each counts itself.
fn spread(pool: &Worker, levels: u32, runs: &Arc<AtomicU32>) {
    let theirs = Arc::clone(runs);
    pool.spawn_detached(move || {
        // Relaxed: read after all threads' ends.
        theirs.fetch_add(1, Ordering::Relaxed);
        if levels > 0 {
            Worker::with_current(|worker| {
                let worker = worker.expect("a job runs on a worker");
                spread(worker, levels - 1, &theirs);
                spread(worker, levels - 1, &theirs);
            });
        }
    });
}

#[test]
fn what_a_job_spawns_while_the_pool_stops_is_run() {
    model::check(|| {
        let runs = Arc::new(AtomicU32::new(0));
        let pool = pool(3);
        pool.enter(|worker| spread(worker, 2, &runs));
        drop(pool);
        // Relaxed: after the threads' ends.
        assert_eq!(runs.load(Ordering::Relaxed), 7);
    });
}

#[test]
fn a_pool_that_was_given_nothing_stops() {
    model::check(|| drop(pool(3)));
}

/// The one step of stopping that is small enough for loom: threads that are about to sleep are told.
#[test]
fn a_thread_that_falls_asleep_hears_that_the_pool_stops() {
    model::check_bounded(3, || {
        let threads = scaled(2, 5);
        let shared = Arc::new((Sleep::new(threads, 0), AtomicBool::new(false)));
        let started: Vec<_> = (0..threads)
            .map(|_| {
                shared.0.arrive();
                let theirs = Arc::clone(&shared);
                thread::spawn(move || {
                    let (sleep, stopping) = (&theirs.0, &theirs.1);
                    // Acquire: pairs with the Release in `tell_to_stop`.
                    let stops = || stopping.load(Ordering::Acquire);
                    let ours = Arc::new(Sleeper::new());
                    while !stops() {
                        sleep.sleep(&ours, |_| stops(), |_| None);
                    }
                    sleep.leave();
                })
            })
            .collect();
        tell_to_stop(&shared.1, &shared.0);
        for thread in started {
            thread.join().unwrap();
        }
        assert_eq!((shared.0.counts().awake(), shared.0.counts().searching()), (0, 0));
    });
}

/// A pool is given a job, which gives it another, and stops: both jobs are run, whoever searches, sleeps or leaves meanwhile.
#[test]
fn what_was_spawned_before_the_stop_and_by_that_is_run() {
    struct Shared {
        sleep: Sleep,
        stopping: AtomicBool,
        jobs: Injector<u32>,
        runs: AtomicU32,
    }
    model::check_bounded(3, || {
        let threads = scaled(2, 5);
        let shared = Arc::new(Shared {
            sleep: Sleep::new(threads, 0),
            stopping: AtomicBool::new(false),
            jobs: Injector::new(),
            runs: AtomicU32::new(0),
        });
        let give = |shared: &Shared, job| {
            shared.jobs.push(job);
            if let Wake::Sleeper(sleeper) = shared.sleep.post(false) {
                sleeper.parker.unpark();
            }
        };
        let started: Vec<_> = (0..threads)
            .map(|_| {
                shared.sleep.arrive();
                let theirs = Arc::clone(&shared);
                thread::spawn(move || {
                    // Acquire: pairs with the Release in `tell_to_stop`.
                    let stops = || theirs.stopping.load(Ordering::Acquire);
                    let find = || take(&theirs.jobs);
                    let ours = Arc::new(Sleeper::new());
                    loop {
                        let mut job = find();
                        if job.is_none() && stops() {
                            job = find_before_leaving(find);
                            if job.is_none() {
                                break;
                            }
                        }
                        let Some(job) = job else {
                            theirs.sleep.sleep(
                                &ours,
                                |full| stops() || !full && !theirs.jobs.is_empty(),
                                |_| None,
                            );
                            continue;
                        };
                        if let Wake::Sleeper(sleeper) = theirs.sleep.end_search(|| !theirs.jobs.is_empty()) {
                            sleeper.parker.unpark();
                        }
                        // Relaxed: read after all threads' ends.
                        theirs.runs.fetch_add(1, Ordering::Relaxed);
                        if job > 0 {
                            give(&theirs, job - 1);
                        }
                        theirs.sleep.begin_search();
                    }
                    theirs.sleep.leave();
                })
            })
            .collect();
        give(&shared, 1);
        tell_to_stop(&shared.stopping, &shared.sleep);
        for thread in started {
            thread.join().unwrap();
        }
        // Relaxed: after the threads' ends.
        assert_eq!(shared.runs.load(Ordering::Relaxed), 2);
        assert_eq!((shared.sleep.counts().awake(), shared.sleep.counts().searching()), (0, 0));
    });
}

fn take(jobs: &Injector<u32>) -> Option<u32> {
    loop {
        match jobs.steal() {
            Steal::Success(job) => return Some(job),
            Steal::Empty => return None,
            Steal::Retry => thread::yield_now(),
        }
    }
}

/// A job blocks its thread, seat and all, until what it has detached is done: somebody else has to find that.
#[test]
fn a_detached_job_is_found_while_its_worker_is_blocked() {
    model::check(|| {
        let (done, ended) = (Arc::new(Parker::new()), Arc::new(Parker::new()));
        let pool = pool(2);
        let end = Arc::clone(&ended);
        pool.spawn_detached(move || {
            for round in 0..6 {
                // Some of the rounds meet the other thread as it falls asleep.
                for _ in 0..round * 12 {
                    thread::yield_now();
                }
                let theirs = Arc::clone(&done);
                Worker::with_current(|worker| {
                    worker.expect("a job runs on a worker").spawn_detached(move || {
                        theirs.unpark();
                    });
                });
                done.park();
            }
            end.unpark();
        });
        // The pool does not stop before: a thread that leaves would find the job, too.
        ended.park();
        drop(pool);
    });
}

fn count(worker: &Worker, levels: u32) -> u32 {
    if levels == 0 {
        return 1;
    }
    let (a, b) = worker.join(|w| count(w, levels - 1), |w| count(w, levels - 1));
    a + b
}

#[test]
fn joins_of_two_callers_are_shared_and_settled() {
    model::check(|| {
        let pool = Arc::new(pool(2));
        let theirs = Arc::clone(&pool);
        let caller = thread::spawn(move || {
            assert_eq!(theirs.enter(|worker| count(worker, 3)), 8);
        });
        assert_eq!(pool.enter(|worker| count(worker, 3)), 8);
        caller.join().unwrap();
        drop(pool);
    });
}

#[test]
fn a_scope_waits_for_what_its_jobs_spawn() {
    model::check(|| {
        let runs = AtomicU32::new(0);
        let pool = pool(3);
        pool.scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|scope| {
                    // Relaxed: read after the scope's end.
                    runs.fetch_add(1, Ordering::Relaxed);
                    scope.spawn(|_| {
                        // Relaxed: as above.
                        runs.fetch_add(1, Ordering::Relaxed);
                    });
                });
            }
        });
        // Relaxed: after the scope's end.
        assert_eq!(runs.load(Ordering::Relaxed), 4);
        drop(pool);
    });
}

#[test]
fn a_broadcast_reaches_each_thread_whatever_it_does() {
    model::check(|| {
        let pool = pool(3);
        pool.spawn_detached(|| ());
        assert_eq!(pool.broadcast(|number| number), [0, 1, 2]);
        drop(pool);
    });
}
