use super::Parker;
use crate::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

#[test]
fn a_token_before_park_is_kept() {
    let parker = Parker::new();
    assert!(!parker.unpark());
    parker.park();
    assert!(!parker.unpark());
    assert!(parker.park_timeout(Duration::ZERO));
}

#[test]
fn two_tokens_are_one() {
    let parker = Parker::new();
    parker.unpark();
    parker.unpark();
    assert!(parker.park_timeout(Duration::ZERO));
    assert!(!parker.park_timeout(Duration::ZERO));
}

#[test]
fn a_wait_that_nobody_ends_runs_out() {
    let parker = Parker::new();
    assert!(!parker.park_timeout(Duration::ZERO));
    assert!(!parker.park_timeout(Duration::from_millis(2)));
    // It left no trace: nobody is parked, and the next token is taken as usual.
    assert!(!parker.unpark());
    parker.park();
}

#[test]
fn a_limit_beyond_the_clock_waits_for_the_token() {
    for limit in [Duration::MAX, Duration::from_secs(u64::MAX >> 2), Duration::from_secs(1 << 40)] {
        let parker = Arc::new(Parker::new());
        let waker = Arc::clone(&parker);
        let thread = thread::spawn(move || waker.unpark());
        assert!(parker.park_timeout(limit));
        thread.join().unwrap();
        assert!(!parker.park_timeout(Duration::ZERO), "one token, taken once");
    }
}

#[test]
fn unpark_says_whether_it_woke_somebody() {
    let parker = Arc::new(Parker::new());
    let done = Arc::new(AtomicBool::new(false));
    let sleeper = {
        let (parker, done) = (Arc::clone(&parker), Arc::clone(&done));
        thread::spawn(move || {
            // Relaxed: only the loop's end hangs on it, and the token orders it.
            while !done.load(Ordering::Relaxed) {
                parker.park();
            }
        })
    };
    while !parker.unpark() {
        thread::yield_now();
    }
    // Relaxed: released by the token below.
    done.store(true, Ordering::Relaxed);
    parker.unpark();
    sleeper.join().unwrap();
}

#[test]
fn two_threads_wake_each_other_in_turn() {
    let pair = Arc::new([Parker::new(), Parker::new()]);
    let other = Arc::clone(&pair);
    let thread = thread::spawn(move || {
        for _ in 0..2_000 {
            other[1].park();
            other[0].unpark();
        }
    });
    for _ in 0..2_000 {
        pair[1].unpark();
        pair[0].park();
    }
    thread.join().unwrap();
    assert_eq!(format!("{:?}", pair[0]), "Parker { state: \"empty\" }");
}
