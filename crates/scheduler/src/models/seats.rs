//! A waiter gives its seat back while work is made public, and goes on as soon as it may.

use std::sync::Arc;

use millstream_sync::atomic::{AtomicU32, Ordering};
use millstream_sync::park::Parker;
use millstream_sync::{model, thread};

use super::{Unordered, scaled};
use crate::latch::{Finish, Latch};
use crate::sleep::{Sleep, Sleeper, Wake};

/// A pool whose jobs are mere numbers, in one word that orders nothing else.
struct Pool {
    sleep: Sleep,
    /// How many jobs nobody has taken.
    jobs: AtomicU32,
    /// What the waiter waits for, and where it parks.
    latch: Latch,
    waiter: Parker,
    result: Arc<Unordered>,
    done: Parker,
    spare: Parker,
}

impl Pool {
    fn new(seats: usize, spares: usize, outstanding: usize) -> Arc<Pool> {
        Arc::new(Pool {
            sleep: Sleep::new(seats, spares),
            jobs: AtomicU32::new(0),
            latch: Latch::new(outstanding as u32),
            waiter: Parker::new(),
            result: Unordered::new(),
            done: Parker::new(),
            spare: Parker::new(),
        })
    }

    fn has_work(&self) -> bool {
        // Acquire: pairs with the Release in `post`.
        self.jobs.load(Ordering::Acquire) > 0
    }

    fn find(&self) -> bool {
        // Acquire: as above. Relaxed on failure: nothing was taken.
        let take = |jobs: u32| jobs.checked_sub(1);
        self.jobs.fetch_update(Ordering::Acquire, Ordering::Relaxed, take).is_ok()
    }

    fn post(&self) {
        // Release: pairs with the Acquire in `find`.
        self.jobs.fetch_add(1, Ordering::Release);
        self.wake(self.sleep.post(false));
    }

    fn wake(&self, wake: Wake) {
        match wake {
            Wake::Nobody => {}
            Wake::Sleeper(sleeper) => {
                sleeper.parker.unpark();
            }
            // The thread is there and waits to be started: checkers start none from within a protocol's step for less.
            Wake::Spare => {
                self.spare.unpark();
            }
        }
    }

    /// An idle thread, which holds a seat and searches, until it has found a job.
    fn search(&self, sleeper: &Arc<Sleeper>) {
        while !self.find() {
            self.sleep.sleep(sleeper, |crowded| !crowded && self.has_work(), |_| None);
        }
        self.wake(self.sleep.end_search(|| self.has_work()));
    }

    /// `Worker::park_until`.
    fn wait(&self) {
        if !self.latch.fall_asleep() {
            return;
        }
        self.wake(self.sleep.stand(|| self.has_work()));
        while !self.latch.probe() {
            self.waiter.park();
        }
        self.latch.wake_up();
        self.sleep.sit();
    }

    fn finish(&self) {
        // SAFETY: the model keeps it to its end.
        if unsafe { Latch::finish(&raw const self.latch) } == Finish::WakeWaiter {
            self.waiter.unpark();
        }
    }
}

/// Two seats: the waiter's and the poster's, which posts one job and then runs on for ever. The job completes the waiter's latch, and only the
/// third thread may run it, on the waiter's seat.
#[test]
fn a_job_posted_while_a_waiter_parks_gets_its_seat() {
    model::check_bounded(3, || {
        let pool = Pool::new(2, 0, 1);
        pool.sleep.sit();
        pool.sleep.arrive();
        let theirs = Arc::clone(&pool);
        let third = thread::spawn(move || {
            theirs.search(&Arc::new(Sleeper::new()));
            theirs.result.write(7);
            theirs.finish();
        });
        // Three threads on two seats: the searching one is one too many until it sleeps, as behind a guest.
        pool.sleep.sit();
        let theirs = Arc::clone(&pool);
        let poster = thread::spawn(move || {
            theirs.post();
            theirs.done.park();
        });
        pool.wait();
        assert_eq!(pool.result.read(), 7);
        pool.done.unpark();
        third.join().unwrap();
        poster.join().unwrap();
        assert_eq!((pool.sleep.counts().searching(), pool.sleep.counts().idle()), (0, 0));
        assert_eq!(pool.sleep.counts().awake(), 3);
    });
}

/// The same with nobody idle: a spare thread is started. `noted`: the pool was full for an earlier job, too, and the note stands.
fn spare(noted: bool) {
    model::check_bounded(3, move || {
        let pool = Pool::new(2, 1, 1);
        let theirs = Arc::clone(&pool);
        let spare = thread::spawn(move || {
            theirs.spare.park();
            theirs.search(&Arc::new(Sleeper::new()));
            theirs.result.write(7);
            theirs.finish();
        });
        pool.sleep.sit();
        pool.sleep.sit();
        if noted {
            assert!(matches!(pool.sleep.post(false), Wake::Nobody));
        }
        let theirs = Arc::clone(&pool);
        let poster = thread::spawn(move || {
            theirs.post();
            theirs.done.park();
        });
        pool.wait();
        assert_eq!(pool.result.read(), 7);
        pool.done.unpark();
        spare.join().unwrap();
        poster.join().unwrap();
        assert_eq!(pool.sleep.counts().awake(), 3);
    });
}

#[test]
fn a_job_posted_while_a_waiter_parks_gets_a_spare_thread() {
    spare(false);
}

#[test]
fn a_job_posted_beside_a_standing_note_gets_a_spare_thread() {
    spare(true);
}

/// Several jobs, and as many seats that become free while they are posted: each is run though all others stand still.
#[test]
fn each_free_seat_is_used_while_there_is_work() {
    model::check_bounded(2, || {
        let workers = scaled(2, 4);
        let pool = Pool::new(1 + workers, 0, workers);
        pool.sleep.sit();
        let threads: Vec<_> = (0..workers)
            .map(|_| {
                pool.sleep.arrive();
                let theirs = Arc::clone(&pool);
                thread::spawn(move || {
                    theirs.search(&Arc::new(Sleeper::new()));
                    theirs.finish();
                })
            })
            .collect();
        for _ in 0..workers {
            pool.post();
        }
        pool.wait();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(pool.sleep.counts().awake(), 1 + workers as u64);
    });
}
