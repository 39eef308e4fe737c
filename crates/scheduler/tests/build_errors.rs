//! What a builder refuses, how it says so, and what is left afterwards: nothing.
mod common;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use common::{add, boom, hush, in_time, until};
use millstream_scheduler::{Builder, MAX_THREADS, Pool, ThreadStart, Worker};

fn message(builder: Builder) -> String {
    in_time(move || {
        let error = builder.build().unwrap_err();
        assert!(!error.is_thread_start());
        error.to_string()
    })
}

#[test]
fn no_threads_means_as_many_as_there_are_cores() {
    in_time(|| {
        let cores = millstream_scheduler::topology::available_cores().get();
        assert_eq!(Pool::new(0).unwrap().num_threads(), cores);
        assert_eq!(Pool::builder().build().unwrap().num_threads(), cores);
    });
}

#[test]
fn absurd_wishes_are_refused_by_name_and_number() {
    for threads in [MAX_THREADS + 1, usize::MAX] {
        let text = message(Pool::builder().threads(threads));
        assert!(text.contains(&threads.to_string()) && text.contains("32768"), "{text}");
    }
    let text = message(Pool::builder().threads(1).name("a\0b"));
    assert!(text.contains(r#""a\0b""#), "{text}");
    let text = message(Pool::builder().threads(1).stack_bytes(usize::MAX));
    assert!(text.contains(&usize::MAX.to_string()), "{text}");
}

#[test]
fn a_stack_that_the_system_cannot_map_is_an_error_that_names_the_thread() {
    for bytes in [1 << 47, isize::MAX as usize] {
        let error = in_time(move || Pool::builder().threads(2).stack_bytes(bytes).build().unwrap_err());
        assert!(error.is_thread_start());
        assert!(error.to_string().contains("thread 1 of 2 could not be started"), "{error}");
        assert!(std::error::Error::source(&error).is_some());
    }
}

#[derive(Clone, Copy, Debug)]
enum Refusal {
    Error,
    Panic,
}

/// Builds a pool of `of` threads whose hook refuses the `k`-th, and says how many were started and how many ended.
fn refused(k: usize, of: usize, refusal: Refusal) -> (usize, usize) {
    in_time(move || {
        hush();
        let (asked, starts, exits) =
            (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (started, ended) = (starts.clone(), exits.clone());
        let error = Pool::builder()
            .threads(of)
            .on_thread_start(move |_| add(&started))
            .on_thread_exit(move |_| add(&ended))
            .spawn_hook(move |start: ThreadStart| {
                if asked.fetch_add(1, Ordering::SeqCst) + 1 == k {
                    match refusal {
                        Refusal::Error => return Err(io::Error::other("no more threads")),
                        Refusal::Panic => boom(k),
                    }
                }
                thread::Builder::new().name(start.name().to_owned()).spawn(|| start.run()).map(drop)
            })
            .build()
            .unwrap_err();
        assert!(error.is_thread_start());
        let text = error.to_string();
        assert!(text.contains(&format!("thread {k} of {of} could not be started")), "{text}");
        // The pool has waited for them.
        (starts.load(Ordering::SeqCst), exits.load(Ordering::SeqCst))
    })
}

#[test]
fn a_refused_thread_is_an_error_and_those_before_it_are_ended() {
    for k in 1..=5 {
        for refusal in [Refusal::Error, Refusal::Panic] {
            assert_eq!(refused(k, 5, refusal), (k - 1, k - 1), "{refusal:?} at {k}");
        }
    }
}

#[test]
fn a_hooks_threads_make_a_pool_like_any_other() {
    in_time(|| {
        let exits = Arc::new(AtomicUsize::new(0));
        let ended = exits.clone();
        let pool = Pool::builder()
            .threads(3)
            .name("own")
            .stack_bytes(1 << 20)
            .on_thread_exit(move |_| add(&ended))
            .spawn_hook(|start| {
                assert_eq!(start.stack_bytes(), Some(1 << 20));
                thread::Builder::new().name(start.name().to_owned()).spawn(|| start.run()).map(drop)
            })
            .build()
            .unwrap();
        let names = pool.broadcast(|_| thread::current().name().map(str::to_owned).unwrap());
        assert_eq!(names, ["own/0", "own/1", "own/2"]);
        drop(pool);
        assert_eq!(exits.load(Ordering::SeqCst), 3);
    });
}

/// A hook that swallows a thread leaves the pool short of it, but neither building nor dropping hangs.
#[test]
fn a_swallowed_thread_does_not_hang_the_pool() {
    in_time(|| {
        let asked = AtomicUsize::new(0);
        let pool = Pool::builder()
            .threads(2)
            .spawn_hook(move |start| {
                if asked.fetch_add(1, Ordering::SeqCst) == 0 {
                    drop(start);
                    return Ok(());
                }
                thread::Builder::new().spawn(|| start.run()).map(drop)
            })
            .build()
            .unwrap();
        let handle = pool.spawn(|| 3);
        until(|| handle.is_finished());
        assert_eq!(handle.join(), 3);
        drop(pool);
    });
}

/// Spare threads are asked for in the middle of waits: a refusal there costs parallelism, a panic must not unwind the wait.
#[test]
fn a_refused_spare_thread_harms_no_wait() {
    for refusal in [Refusal::Error, Refusal::Panic] {
        in_time(move || {
            hush();
            let asked = Arc::new(AtomicUsize::new(0));
            let count = asked.clone();
            let pool = Pool::builder()
                .threads(2)
                .spawn_hook(move |start| {
                    if count.fetch_add(1, Ordering::SeqCst) >= 2 {
                        match refusal {
                            Refusal::Error => return Err(io::Error::other("no more threads")),
                            Refusal::Panic => boom(0),
                        }
                    }
                    thread::Builder::new().spawn(|| start.run()).map(drop)
                })
                .build()
                .unwrap();
            let gate = Arc::new(AtomicBool::new(false));
            let stolen = Arc::new(AtomicBool::new(false));
            let (opened, taken) = (gate.clone(), stolen.clone());
            let waits = pool.spawn(move || {
                Worker::with_current(|w| {
                    w.unwrap().join(
                        |_| until(|| taken.load(Ordering::SeqCst)),
                        |_| {
                            taken.store(true, Ordering::SeqCst);
                            until(|| opened.load(Ordering::SeqCst));
                            7
                        },
                    )
                })
            });
            until(|| stolen.load(Ordering::SeqCst));
            // One thread runs `b`, the other waits for it; its seat would go to a third.
            let queued = pool.spawn(|| 8);
            until(|| asked.load(Ordering::SeqCst) > 2);
            gate.store(true, Ordering::SeqCst);
            until(|| waits.is_finished() && queued.is_finished());
            assert_eq!((waits.join().1, queued.join()), (7, 8));
        });
    }
}

fn of_any_shape<T: Send + Sync + Clone + PartialEq + std::fmt::Debug + 'static>(pool: &Pool, value: &T) {
    for _ in 0..20 {
        let (x, y) = (value.clone(), value.clone());
        let (a, b) = pool.join(move || x, move || y);
        assert!(&a == value && &b == value);
        let held = value.clone();
        assert!(&pool.spawn(move || held).join() == value);
        pool.scope(|s| {
            for _ in 0..3 {
                let held = value.clone();
                s.spawn(move |_| assert!(&held == value));
                let held = value.clone();
                s.spawn_fifo(move |_| assert!(&held == value));
            }
        });
    }
    assert_eq!(pool.broadcast(|_| ()), [(), ()]);
}

#[repr(align(4096))]
#[derive(Clone, Debug, PartialEq)]
struct Page([u8; 4096]);

#[test]
fn closures_and_results_have_any_size_and_alignment() {
    in_time(|| {
        let pool = Pool::builder().threads(2).stack_bytes(64 << 20).build().unwrap();
        let entered = pool.spawn(|| {
            // On a worker's own, large stack.
            let pool = Pool::builder().threads(2).stack_bytes(64 << 20).build().unwrap();
            of_any_shape(&pool, &());
            of_any_shape(&pool, &[0u8; 0]);
            of_any_shape(&pool, &Page([7; 4096]));
            of_any_shape(&pool, &[3u8; 1 << 20]);
        });
        until(|| entered.is_finished());
        entered.join();
    });
}
