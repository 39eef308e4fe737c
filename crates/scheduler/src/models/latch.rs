//! A latch that its waiter frees at once, and the parker behind it.

use std::sync::Arc;

use millstream_sync::park::Parker;
use millstream_sync::{model, thread};

use super::{Unordered, scaled};
use crate::latch::{Finish, Latch};

/// A latch whose memory outlives the model's threads, though its waiter buries it.
#[derive(Clone)]
struct Watched {
    latch: Arc<Latch>,
    parker: Arc<Parker>,
}

impl Watched {
    fn new(outstanding: usize) -> Watched {
        Watched { latch: Arc::new(Latch::new(outstanding as u32)), parker: Arc::new(Parker::new()) }
    }

    fn finish(&self) {
        // SAFETY: not dead before its count is 0, which this completion keeps it from.
        let finish = unsafe { Latch::finish(Arc::as_ptr(&self.latch)) };
        if finish == Finish::WakeWaiter {
            self.parker.unpark();
        }
    }

    /// What `Worker::park_until` does, but for the seat.
    fn wait(&self, no_mail: impl Fn() -> bool) {
        if !self.latch.fall_asleep() {
            return;
        }
        while !self.latch.probe() && no_mail() {
            self.parker.park();
        }
        self.latch.wake_up();
    }
}

#[test]
fn a_waiter_sees_the_result_and_frees_the_latch() {
    model::check(|| {
        let watched = Watched::new(1);
        let result = Unordered::new();
        let (theirs, output) = (watched.clone(), Arc::clone(&result));
        let finisher = thread::spawn(move || {
            output.write(7);
            theirs.finish();
        });
        if !watched.latch.probe() {
            watched.wait(|| true);
        }
        assert_eq!(result.read(), 7);
        watched.latch.bury();
        finisher.join().unwrap();
    });
}

#[test]
fn the_last_of_several_finishers_wakes_the_waiter() {
    model::check_bounded(3, || {
        let finishers = scaled(2, 5);
        let watched = Watched::new(finishers);
        let results: Vec<_> = (0..finishers).map(|_| Unordered::new()).collect();
        let threads: Vec<_> = results
            .iter()
            .map(|result| {
                let (theirs, output) = (watched.clone(), Arc::clone(result));
                thread::spawn(move || {
                    // Holding one completion it may add another.
                    theirs.latch.add();
                    output.write(7);
                    theirs.finish();
                    theirs.finish();
                })
            })
            .collect();
        watched.wait(|| true);
        assert!(results.iter().all(|result| result.read() == 7));
        watched.latch.bury();
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

/// Mail wakes a waiter before its latch is done; then it waits anew, with a token from either.
#[test]
fn a_waiter_that_was_woken_by_mail_waits_again() {
    model::check_bounded(3, || {
        let watched = Watched::new(1);
        let (mail, result) = (Arc::new(Latch::new(1)), Unordered::new());
        let (theirs, letter) = (watched.clone(), Arc::clone(&mail));
        let sender = thread::spawn(move || {
            // SAFETY: outlives this thread.
            let _ = unsafe { Latch::finish(Arc::as_ptr(&letter)) };
            theirs.parker.unpark();
        });
        let (theirs, output) = (watched.clone(), Arc::clone(&result));
        let finisher = thread::spawn(move || {
            output.write(7);
            theirs.finish();
        });
        watched.wait(|| !mail.probe());
        watched.wait(|| true);
        assert_eq!(result.read(), 7);
        watched.latch.bury();
        sender.join().unwrap();
        finisher.join().unwrap();
    });
}
