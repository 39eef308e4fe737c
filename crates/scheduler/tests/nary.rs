//! The n-ary fork through the public door.
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use millstream_scheduler::{Pool, Worker};

fn tree(worker: &Worker, depth: usize) -> Vec<usize> {
    if depth == 0 {
        return vec![0];
    }
    let join = |mut a: Vec<usize>, b: Vec<usize>| {
        a.extend(b);
        a
    };
    let child = |worker: &Worker, i: usize| tree(worker, depth - 1).into_iter().map(|x| x * 10 + i).collect();
    worker.fork_n(depth + 2, child, join).unwrap()
}

#[test]
fn results_are_folded_in_order_at_every_width() {
    for threads in 1..=3 {
        let pool = Pool::new(threads).unwrap();
        for n in (0..40).chain([100, 1000]) {
            let got = pool.enter(|w| w.fork_n(n, |_, i| vec![i], |mut a, b| (a.extend(b), a).1));
            assert_eq!(got, (n > 0).then(|| (0..n).collect::<Vec<_>>()));
        }
        let alone = Pool::new(1).unwrap().enter(|w| tree(w, 5));
        for _ in 0..20 {
            assert_eq!(pool.enter(|w| tree(w, 5)), alone);
        }
    }
}

#[test]
fn a_panic_in_any_call_or_fold_leaves_nothing_behind() {
    struct Counted<'a>(&'a AtomicUsize);
    impl Drop for Counted<'_> {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::Relaxed);
        }
    }
    let pool = Pool::new(3).unwrap();
    for n in [2, 5, 16, 17, 50] {
        for bad in 0..2 * n {
            let live = AtomicUsize::new(0);
            let folds = AtomicUsize::new(n);
            let result = catch_unwind(AssertUnwindSafe(|| {
                pool.enter(|w| {
                    w.fork_n(
                        n,
                        |_, i| {
                            assert!(i != bad, "call {i}");
                            live.fetch_add(1, Ordering::Relaxed);
                            Counted(&live)
                        },
                        |a, b| {
                            assert!(folds.fetch_add(1, Ordering::Relaxed) != bad, "fold");
                            drop(b);
                            a
                        },
                    )
                })
            }));
            // There are n - 1 folds, numbered from n.
            assert_eq!(result.is_err(), bad < 2 * n - 1, "{n} calls, the bad one is {bad}");
            drop(result);
            assert_eq!(live.load(Ordering::Relaxed), 0, "made and dropped, {n} calls, the bad one is {bad}");
        }
    }
    assert_eq!(pool.enter(|w| w.fork_n(3, |_, i| i, |a, b| a + b)), Some(3));
}
