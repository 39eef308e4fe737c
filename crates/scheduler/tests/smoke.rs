//! The pool's ways to make jobs, each once.
use std::ops::Range;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use millstream_scheduler::{Flow, LoopBody, LoopOptions, Pool, Worker};

fn fib(w: &Worker, n: u32) -> u64 {
    if n < 2 {
        return u64::from(n);
    }
    let (a, b) = w.join(|w| fib(w, n - 1), |w| fib(w, n - 2));
    a + b
}

#[test]
fn fib_is_right_on_one_to_four_threads() {
    for threads in 1..=4 {
        let pool = Pool::builder().threads(threads).build().unwrap();
        for _ in 0..20 {
            assert_eq!(pool.enter(|w| fib(w, 20)), 6765);
        }
    }
}

#[test]
fn coarse_joins_run_at_the_same_time() {
    let pool = Pool::builder().threads(2).build().unwrap();
    let barrier = Barrier::new(2);
    for _ in 0..100 {
        pool.join(|| barrier.wait(), || barrier.wait());
    }
    pool.join(
        || std::thread::sleep(Duration::from_millis(1)),
        || std::thread::sleep(Duration::from_millis(1)),
    );
}

struct Sum<'a>(&'a [u64], AtomicU64);
impl LoopBody for Sum<'_> {
    type Span = u64;
    fn open(&self, _: usize, _: usize) -> u64 {
        0
    }
    fn run(&self, span: &mut u64, chunk: Range<usize>) -> Flow {
        *span += self.0[chunk].iter().sum::<u64>();
        Flow::Continue
    }
    fn close(&self, span: u64, _: Range<usize>) {
        self.1.fetch_add(span, Ordering::Relaxed);
    }
}

#[test]
fn a_loop_meets_each_item_once() {
    for threads in 1..=4 {
        let pool = Pool::builder().threads(threads).build().unwrap();
        for len in [0, 1, 2, 3, 10, 1000, 100_000] {
            for _ in 0..50 {
                let items: Vec<u64> = (0..len).collect();
                let body = Sum(&items, AtomicU64::new(0));
                pool.run_loop(items.len(), LoopOptions::default(), &body).unwrap();
                assert_eq!(body.1.into_inner(), items.iter().sum::<u64>());
            }
        }
    }
}

#[test]
fn scopes_spawns_and_broadcasts_are_complete() {
    let pool = Pool::builder().threads(3).build().unwrap();
    let count = AtomicUsize::new(0);
    pool.scope(|s| {
        for _ in 0..100 {
            s.spawn(|s| {
                for _ in 0..10 {
                    s.spawn_fifo(|_| {
                        count.fetch_add(1, Ordering::Relaxed);
                    });
                }
            });
        }
    });
    assert_eq!(count.load(Ordering::Relaxed), 1000);
    assert_eq!(pool.broadcast(|i| i * 2), [0, 2, 4]);
    let handles: Vec<_> = (0..100u64).map(|i| pool.spawn(move || i * i)).collect();
    let sum: u64 = handles.into_iter().map(|h| h.join()).sum();
    assert_eq!(sum, (0..100).map(|i| i * i).sum());
}
