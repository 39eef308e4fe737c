//! Handles to spawned jobs, broadcasts, scopes shared with foreign threads, and fairness.
mod common;

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use common::{Ledger, add, boom, hush, in_time, until};
use millstream_scheduler::{JoinHandle, Pool, Worker};

#[test]
fn a_handle_is_joined_from_outside_and_from_inside_on_any_number_of_threads() {
    in_time(|| {
        for threads in [1, 2, 4] {
            let pool = Pool::new(threads).unwrap();
            let handles: Vec<_> = (0..100).map(|i| pool.spawn(move || i)).collect();
            assert_eq!(handles.into_iter().map(JoinHandle::join).sum::<usize>(), 4950);
            let outer = pool.spawn(|| {
                Worker::with_current(|w| {
                    let handles: Vec<_> = (0..100).map(|i| w.unwrap().spawn(move || i)).collect();
                    handles.into_iter().rev().map(JoinHandle::join).sum::<usize>()
                })
            });
            until(|| outer.is_finished());
            assert_eq!(outer.join(), 4950);
        }
    });
}

/// Job `k` blocks until job `k - 1` is done, and all are under way before the first may end.
#[test]
fn a_chain_of_jobs_blocked_on_each_other_ends() {
    in_time(|| {
        const JOBS: usize = 64;
        let pool = Arc::new(Pool::new(2).unwrap());
        let under_way = Arc::new(AtomicUsize::new(0));
        let all = under_way.clone();
        let mut last = pool.spawn(move || {
            until(|| all.load(Ordering::SeqCst) == JOBS - 1);
            1
        });
        for _ in 1..JOBS {
            let count = under_way.clone();
            last = pool.spawn(move || {
                count.fetch_add(1, Ordering::SeqCst);
                last.join() + 1
            });
        }
        until(|| last.is_finished());
        assert_eq!(last.join(), JOBS);
    });
}

/// Polls on the calling thread.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn a_handle_can_be_awaited() {
    in_time(|| {
        hush();
        let pool = Pool::new(1).unwrap();
        for pause in [0, 1] {
            let handle = pool.spawn(move || {
                thread::sleep(Duration::from_millis(pause));
                7
            });
            assert_eq!(block_on(handle).unwrap(), 7);
            assert!(block_on(pool.spawn(|| -> () { boom(1) })).is_err());
        }
        // Polled once, then joined; and polled once, then dropped.
        let gate = Arc::new(AtomicBool::new(false));
        let (first, second) = (gate.clone(), gate.clone());
        let mut joined = pool.spawn(move || until(|| first.load(Ordering::SeqCst)));
        let mut dropped = pool.spawn(move || until(|| second.load(Ordering::SeqCst)));
        let mut context = Context::from_waker(Waker::noop());
        assert!(pin!(&mut joined).poll(&mut context).is_pending());
        assert!(pin!(&mut dropped).poll(&mut context).is_pending());
        drop(dropped);
        gate.store(true, Ordering::SeqCst);
        joined.join();
    });
}

#[test]
fn dropped_and_detached_handles_run_their_jobs_and_drop_everything_once() {
    in_time(|| {
        let ledger = Ledger::default();
        let ran = Arc::new(AtomicUsize::new(0));
        let pool = Pool::new(2).unwrap();
        for round in 0..300 {
            let (held, book, count) = (ledger.entry(), ledger.clone(), ran.clone());
            let handle = pool.spawn(move || {
                let _held = held;
                count.fetch_add(1, Ordering::SeqCst);
                book.entry()
            });
            match round % 3 {
                0 => handle.detach(),
                1 => drop(handle),
                _ => {
                    until(|| handle.is_finished());
                    drop(handle);
                }
            }
        }
        drop(pool);
        assert_eq!(ran.load(Ordering::SeqCst), 300);
        ledger.assert_settled();
    });
}

#[test]
fn forgotten_handles_harm_nobody() {
    in_time(|| {
        let ran = Arc::new(AtomicUsize::new(0));
        let pool = Pool::new(2).unwrap();
        for round in 0..20 {
            let count = ran.clone();
            let handle = pool.spawn(move || {
                count.fetch_add(1, Ordering::SeqCst);
                vec![1u8; 100]
            });
            if round % 2 == 0 {
                until(|| handle.is_finished());
            }
            std::mem::forget(handle);
        }
        drop(pool);
        assert_eq!(ran.load(Ordering::SeqCst), 20);
    });
}

#[test]
fn a_handle_outlives_its_pool() {
    in_time(|| {
        let pool = Pool::new(2).unwrap();
        let handles: Vec<_> = (0..10).map(|i| pool.spawn(move || i)).collect();
        drop(pool);
        assert_eq!(handles.into_iter().map(JoinHandle::join).sum::<usize>(), 45);
    });
}

#[test]
fn a_broadcast_visits_each_thread_once_and_by_its_number() {
    in_time(|| {
        for threads in [1, 2, 5] {
            let pool = Pool::new(threads).unwrap();
            for _ in 0..50 {
                let visits = pool.broadcast(|number| {
                    let index = Worker::with_current(|w| w.unwrap().index());
                    (number, index, thread::current().id())
                });
                let mut ids: Vec<_> = visits.iter().map(|visit| visit.2).collect();
                for (at, (number, index, _)) in visits.into_iter().enumerate() {
                    assert_eq!((number, index), (at, Some(at)));
                }
                ids.sort_by_key(|id| format!("{id:?}"));
                ids.dedup();
                assert_eq!(ids.len(), threads);
            }
        }
    });
}

fn fork(w: &Worker, depth: u32) -> u32 {
    if depth == 0 {
        return 1;
    }
    let (a, b) = w.join(|w| fork(w, depth - 1), |w| fork(w, depth - 1));
    a + b
}

/// All workers wait for us in `wait`, and are reached there all the same.
fn broadcast_while_all(wait: impl Fn(&Worker, &(dyn Fn() + Sync)) + Sync + Send + 'static) {
    in_time(move || {
        let pool = Pool::new(2).unwrap();
        for _ in 0..20 {
            let (waiting, done) = (Barrier::new(3), AtomicBool::new(false));
            pool.scope(|s| {
                for _ in 0..2 {
                    s.spawn(|_| {
                        Worker::with_current(|w| {
                            wait(w.unwrap(), &|| {
                                waiting.wait();
                                until(|| done.load(Ordering::SeqCst));
                            });
                        });
                    });
                }
                thread::scope(|threads| {
                    threads.spawn(|| {
                        waiting.wait();
                        thread::sleep(Duration::from_millis(1));
                        // Jobs with waits of their own, in the middle of others' waits.
                        let sums = pool.broadcast(|_| Worker::with_current(|w| fork(w.unwrap(), 8)));
                        assert_eq!(sums, [256, 256]);
                        done.store(true, Ordering::SeqCst);
                    });
                });
            });
        }
    });
}

#[test]
fn a_broadcast_reaches_workers_that_wait_for_a_handle() {
    broadcast_while_all(|w, block| {
        // What blocks runs on a spare thread, or on the other worker.
        thread::scope(|threads| {
            let (tell, told) = std::sync::mpsc::channel();
            threads.spawn(move || {
                block();
                tell.send(()).unwrap();
            });
            let told = Mutex::new(told);
            let handle = w.spawn(|| ());
            handle.join();
            while told.lock().unwrap().try_recv().is_err() {
                w.yield_now();
                thread::sleep(Duration::from_micros(50));
            }
        });
    });
}

#[test]
fn a_broadcast_reaches_workers_that_wait_for_a_scope() {
    broadcast_while_all(|w, block| {
        w.scope(|s| {
            thread::scope(|threads| {
                let (tell, told) = std::sync::mpsc::channel();
                threads.spawn(move || {
                    // A job of the scope that is spawned from a foreign thread, while its owner waits.
                    block();
                    s.spawn(move |_| tell.send(()).unwrap());
                });
                until(|| {
                    w.yield_now();
                    told.try_recv().is_ok()
                });
            });
        });
    });
}

#[test]
fn broadcasts_meet_each_other_and_start_inside_jobs() {
    in_time(|| {
        let pool = Arc::new(Pool::new(3).unwrap());
        for _ in 0..20 {
            let count = AtomicUsize::new(0);
            pool.broadcast(|_| {
                pool.broadcast(|_| count.fetch_add(1, Ordering::SeqCst));
            });
            assert_eq!(count.into_inner(), 9);
            let (a, b) = pool.join(|| pool.broadcast(|i| i).len(), || pool.broadcast(|i| i).len());
            assert_eq!((a, b), (3, 3));
            let inside = pool.clone();
            assert_eq!(pool.spawn(move || inside.broadcast(|i| i)).join(), [0, 1, 2]);
        }
    });
}

/// A worker waits for a handle whose job broadcasts: the broadcast needs the worker that waits.
#[test]
fn a_job_may_broadcast_while_a_worker_waits_for_its_handle() {
    in_time(|| {
        let pool = Arc::new(Pool::new(2).unwrap());
        for _ in 0..50 {
            let (inner, begun) = (pool.clone(), Arc::new(AtomicBool::new(false)));
            let flag = begun.clone();
            let broadcaster = pool.spawn(move || {
                flag.store(true, Ordering::SeqCst);
                thread::sleep(Duration::from_micros(200));
                inner.broadcast(|i| i).len()
            });
            let waiter = pool.spawn(move || {
                until(|| begun.load(Ordering::SeqCst));
                broadcaster.join()
            });
            until(|| waiter.is_finished());
            assert_eq!(waiter.join(), 2);
        }
    });
}

#[test]
fn a_scope_takes_jobs_from_foreign_threads_in_either_order() {
    in_time(|| {
        for threads in [1, 3] {
            let pool = Pool::new(threads).unwrap();
            let count = AtomicUsize::new(0);
            for _ in 0..20 {
                pool.scope(|s| {
                    thread::scope(|foreign| {
                        for _ in 0..3 {
                            foreign.spawn(|| {
                                for _ in 0..10 {
                                    s.spawn(|s| {
                                        count.fetch_add(1, Ordering::SeqCst);
                                        s.spawn_fifo(|_| add(&count));
                                    });
                                    s.spawn_fifo(|_| add(&count));
                                }
                            });
                        }
                    });
                });
            }
            assert_eq!(count.into_inner(), 20 * 3 * 10 * 3);
        }
    });
}

/// The inner wait finds the outer scope's job and must not run it; nobody else is there to do so before the outer wait.
#[test]
fn a_job_spawned_into_an_outer_scope_is_run_without_spare_threads() {
    in_time(|| {
        for fifo in [false, true] {
            let pool = Pool::builder().threads(1).spare_threads(0).build().unwrap();
            let handle = pool.spawn(move || {
                let count = AtomicUsize::new(0);
                Worker::with_current(|w| {
                    w.unwrap().scope(|outer| {
                        w.unwrap().scope(|inner| {
                            inner.spawn(|_| add(&count));
                            if fifo {
                                outer.spawn_fifo(|_| add(&count))
                            } else {
                                outer.spawn(|_| add(&count))
                            }
                        });
                    });
                });
                count.into_inner()
            });
            until(|| handle.is_finished());
            assert_eq!(handle.join(), 2);
        }
    });
}

fn respawn(pool: &Arc<Pool>, stop: &Arc<AtomicBool>) {
    if !stop.load(Ordering::SeqCst) {
        let (again, flag) = (pool.clone(), stop.clone());
        Worker::with_current(|w| {
            let job = move || respawn(&again, &flag);
            match w {
                Some(w) => w.spawn_detached(job),
                None => pool.spawn_detached(job),
            }
        });
    }
}

#[test]
fn a_job_that_respawns_itself_does_not_starve_jobs_from_outside() {
    in_time(|| {
        for threads in [1, 2] {
            let pool = Arc::new(Pool::new(threads).unwrap());
            let stop = Arc::new(AtomicBool::new(false));
            for _ in 0..2 * threads {
                respawn(&pool, &stop);
            }
            for i in 0..20 {
                let handle = pool.spawn(move || i);
                until(|| handle.is_finished());
                assert_eq!(handle.join(), i);
            }
            stop.store(true, Ordering::SeqCst);
        }
    });
}
