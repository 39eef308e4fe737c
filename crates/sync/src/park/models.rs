//! The parker under every checker; `tests/models.rs` runs these with their mutants.

use std::sync::Arc;

use super::Parker;
use crate::atomic::{AtomicU32, Ordering};
use crate::cell::UnsafeCell;
use crate::{model, thread};

/// What one thread writes before `unpark` and the other reads after `park`: without their ordering, a race that loom sees.
struct Mail {
    parker: Parker,
    letter: UnsafeCell<u32>,
}

// SAFETY: `letter` is written before the token is put there and read after it is taken; the models exist to check just that.
unsafe impl Sync for Mail {}

impl Mail {
    fn new() -> Arc<Self> {
        Arc::new(Self { parker: Parker::new(), letter: UnsafeCell::new(0) })
    }

    fn write(&self, letter: u32) {
        // SAFETY: as `Sync` above.
        self.letter.with_mut(|p| unsafe { *p = letter });
    }

    fn read(&self) -> u32 {
        // SAFETY: as `Sync` above.
        self.letter.with(|p| unsafe { *p })
    }
}

#[test]
fn a_token_wakes_and_shows_what_was_written_before() {
    model::check(|| {
        let mail = Mail::new();
        let sender = Arc::clone(&mail);
        let thread = thread::spawn(move || {
            sender.write(7);
            sender.parker.unpark()
        });
        mail.parker.park();
        assert_eq!(mail.read(), 7);
        thread.join().unwrap();
    });
}

#[test]
fn each_of_two_tokens_taken_in_turn_wakes() {
    model::check_bounded(3, || {
        let there = Mail::new();
        let back = Mail::new();
        let (inbox, outbox) = (Arc::clone(&there), Arc::clone(&back));
        let thread = thread::spawn(move || {
            inbox.parker.park();
            outbox.write(inbox.read() + 1);
            outbox.parker.unpark();
            inbox.parker.park();
            outbox.write(inbox.read() + 1);
            outbox.parker.unpark();
        });
        for letter in [10, 20] {
            there.write(letter);
            there.parker.unpark();
            back.parker.park();
            assert_eq!(back.read(), letter + 1);
        }
        thread.join().unwrap();
    });
}

#[test]
fn a_token_on_top_of_a_token_shows_what_was_written_before_either() {
    model::check_bounded(3, || {
        let parker = Arc::new(Parker::new());
        let arrived = Arc::new(AtomicU32::new(0));
        let threads = [(); 2].map(|()| {
            let (parker, arrived) = (Arc::clone(&parker), Arc::clone(&arrived));
            thread::spawn(move || {
                // Relaxed: the token orders it; that is the claim.
                arrived.fetch_add(1, Ordering::Relaxed);
                parker.unpark();
            })
        });
        // Parks for ever if the token that is taken last does not show both.
        // Relaxed: as above.
        while arrived.load(Ordering::Relaxed) < 2 {
            parker.park();
        }
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

#[test]
fn a_token_that_comes_as_the_time_runs_out_is_not_lost() {
    model::check(|| {
        let mail = Mail::new();
        let sender = Arc::clone(&mail);
        let thread = thread::spawn(move || {
            sender.write(7);
            sender.parker.unpark()
        });
        // A wait whose time has run out before it could sleep.
        let parker = &mail.parker;
        let notified = if parker.announce() { parker.give_up() } else { parker.take() };
        if !notified {
            parker.park();
        }
        assert_eq!(mail.read(), 7);
        thread.join().unwrap();
    });
}
