//! Which pool a parallel call runs on: the current one, and who is who in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use millstream::{
    Pool, broadcast, current_num_threads, current_thread_index, in_place_scope, join, scope, spawn, yield_now,
};

#[test]
fn a_call_inside_install_runs_on_that_pool() {
    let (two, three) = (Pool::new(2).unwrap(), Pool::new(3).unwrap());
    two.install(|| {
        assert_eq!(current_num_threads(), 2);
        assert_eq!(broadcast(|i| i).len(), 2);
        // Another pool inside, and the first one again inside that.
        three.install(|| {
            assert_eq!(current_num_threads(), 3);
            assert_eq!(join(current_num_threads, current_num_threads), (3, 3));
            assert_eq!(two.install(|| (current_num_threads(), broadcast(|i| i).len())), (2, 2));
            assert_eq!(spawn(current_num_threads).join(), 3);
        });
        assert_eq!(current_num_threads(), 2);
        assert!(two.is_current() && !three.is_current());
    });
    assert!(!two.is_current());
}

#[test]
fn jobs_run_on_the_pool_they_were_spawned_into() {
    let pool = Arc::new(Pool::new(3).unwrap());
    let theirs = pool.clone();
    let handle = pool.spawn(move || {
        // Here, or (joined before it was begun) on the thread that joins it.
        (theirs.is_current() == (current_num_threads() == 3), broadcast(|_| current_num_threads()))
    });
    while !handle.is_finished() {
        std::thread::yield_now();
    }
    assert_eq!(handle.join(), (true, vec![3, 3, 3]));
}

#[test]
fn own_threads_have_numbers_and_callers_have_none() {
    let pool = Pool::new(2).unwrap();
    assert_eq!(current_thread_index(), None);
    assert_eq!(pool.install(current_thread_index), None);
    assert_eq!(pool.broadcast(|i| (i, current_thread_index())), [(0, Some(0)), (1, Some(1))]);
    assert!(!yield_now(), "this thread is no worker");
    let count = Arc::new(AtomicUsize::new(0));
    let single = Pool::new(1).unwrap();
    single.install(|| {
        // The only seat is ours: what is spawned waits until we give way.
        let theirs = count.clone();
        spawn(move || theirs.fetch_add(1, Ordering::SeqCst)).detach();
        while count.load(Ordering::SeqCst) == 0 {
            yield_now();
        }
    });
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[test]
fn scopes_of_the_current_pool_borrow_and_nest() {
    let pool = Pool::new(2).unwrap();
    let mut words = vec![String::new(); 20];
    let total = AtomicUsize::new(0);
    pool.install(|| {
        let longest = scope(|s| {
            for (length, word) in words.iter_mut().enumerate() {
                let total = &total;
                s.spawn(move |_| {
                    *word = "m".repeat(length);
                    in_place_scope(|inner| {
                        inner.spawn(|_| {
                            total.fetch_add(word.len(), Ordering::SeqCst);
                        });
                    });
                });
            }
            19
        });
        assert_eq!(longest, 19);
    });
    assert!(words.iter().enumerate().all(|(length, word)| word.len() == length));
    assert_eq!(total.into_inner(), 190);
}
