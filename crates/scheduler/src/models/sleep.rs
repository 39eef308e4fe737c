//! What was posted is not slept through, from whatever source it comes.

use std::sync::Arc;
use std::time::Duration;

use millstream_sync::atomic::{AtomicU32, Ordering};
use millstream_sync::park::Parker;
use millstream_sync::{model, thread};

use super::{Unordered, scaled};
use crate::deque::{Injector, Owner, PublicDeque, Shared, Steal, Stealer, forks};
use crate::sleep::{Sleep, Sleeper, Wake};

/// What the threads of the model share: the seats, and every source of work there is.
struct Pool {
    sleep: Sleep,
    sleepers: Vec<Arc<Sleeper>>,
    forks: Shared<u32>,
    spawned: Stealer<u32>,
    detached: Stealer<u32>,
    injector: Injector<u32>,
    mailbox: Injector<u32>,
    /// The job's number and one, or 0: a source that orders nothing but its own job. The others' fences hide those that are missing elsewhere.
    bare: AtomicU32,
    done: Vec<(Arc<Unordered>, Parker)>,
}

/// The ends of the deques that one thread alone pushes to.
struct Ends {
    forks: Owner<u32>,
    spawned: PublicDeque<u32>,
    detached: PublicDeque<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Forks,
    Spawned,
    Detached,
    Injector,
    Mailbox,
    Bare,
}

impl Pool {
    fn new(seats: usize, sleepers: usize, jobs: usize) -> (Ends, Arc<Pool>) {
        let (ours, theirs) = forks();
        let (spawned, detached) = (PublicDeque::new_lifo(), PublicDeque::new_fifo());
        let pool = Pool {
            sleep: Sleep::new(seats, 0),
            sleepers: (0..sleepers).map(|_| Arc::new(Sleeper::new())).collect(),
            forks: theirs,
            spawned: spawned.stealer(),
            detached: detached.stealer(),
            injector: Injector::new(),
            mailbox: Injector::new(),
            bare: AtomicU32::new(0),
            done: (0..jobs).map(|_| (Unordered::new(), Parker::new())).collect(),
        };
        // The poster's seat; it runs a job of its own.
        pool.sleep.sit();
        (Ends { forks: ours, spawned, detached }, Arc::new(pool))
    }

    fn has_work(&self) -> bool {
        // Acquire: pairs with the Release in `push`.
        self.bare.load(Ordering::Acquire) != 0
            || !self.injector.is_empty()
            || !self.forks.is_empty()
            || !self.spawned.is_empty()
            || !self.detached.is_empty()
    }

    fn find(&self, me: usize) -> Option<u32> {
        let mail = if me == 0 { steal(|| self.mailbox.steal()) } else { None };
        // AcqRel: the job was pushed with Release; Release continues that for nobody.
        let bare = || self.bare.swap(0, Ordering::AcqRel).checked_sub(1);
        mail.or_else(bare)
            .or_else(|| self.forks.steal())
            .or_else(|| steal(|| self.spawned.steal()))
            .or_else(|| steal(|| self.injector.steal()))
            .or_else(|| steal(|| self.detached.steal()))
    }

    /// `Registry::wake`.
    fn wake(&self, wake: Wake) {
        match wake {
            Wake::Nobody => {}
            Wake::Sleeper(sleeper) => {
                sleeper.parker.unpark();
            }
            Wake::Spare => panic!("there are no spares"),
        }
    }

    fn push(&self, ends: &Ends, source: Source, job: u32) {
        match source {
            Source::Forks => {
                let _ = ends.forks.push(&self.forks, job);
                ends.forks.expose_all(&self.forks, |_| ());
            }
            Source::Spawned => ends.spawned.push(job),
            Source::Detached => ends.detached.push(job),
            Source::Injector => self.injector.push(job),
            // Release: pairs with the Acquire in `find`. A swap: loom lets a store fall in between another's load and store.
            Source::Bare => assert_eq!(self.bare.swap(job + 1, Ordering::Release), 0),
            Source::Mailbox => {
                self.mailbox.push(job);
                self.sleep.choose_this(&self.sleepers[0]);
                self.sleepers[0].parker.unpark();
            }
        }
    }

    /// Makes a job public and tells others.
    fn post(&self, ends: &Ends, source: Source, job: u32, quiet: bool) {
        self.push(ends, source, job);
        if source != Source::Mailbox {
            self.wake(self.sleep.post(quiet));
        }
    }

    /// An idle thread, which holds a seat and searches, until it has found a job. It goes through `dozes` dozes before it sleeps
    /// for good, each of which ends by itself.
    fn search(&self, me: usize, dozes: u32) -> u32 {
        let ours = &self.sleepers[me];
        loop {
            if let Some(job) = self.find(me) {
                self.wake(self.sleep.end_search(|| self.has_work()));
                return job;
            }
            self.sleep.sleep(
                ours,
                |crowded| (me == 0 && !self.mailbox.is_empty()) || (!crowded && self.has_work()),
                |doze| {
                    (doze < dozes).then(|| {
                        // No time passes in a model: the doze that follows ends at once, or whenever this thread is next let run.
                        ours.parker.unpark();
                        Duration::from_micros(1)
                    })
                },
            );
        }
    }

    fn finish(&self, job: u32) {
        let (result, waiter) = &self.done[job as usize];
        result.write(7);
        waiter.unpark();
    }

    /// Waits until another thread has run the job: a job that is slept through is a deadlock.
    fn wait(&self, job: u32) {
        let (result, waiter) = &self.done[job as usize];
        waiter.park();
        assert_eq!(result.read(), 7);
    }
}

fn steal(attempt: impl Fn() -> Steal<u32>) -> Option<u32> {
    loop {
        match attempt() {
            Steal::Success(job) => return Some(job),
            Steal::Empty => return None,
            Steal::Retry => millstream_sync::hint::spin_loop(),
        }
    }
}

/// One job is posted while its only taker falls asleep.
fn one_job(source: Source, dozes: u32, quiet: bool) {
    model::check_bounded(3, move || {
        let sleepers = if matches!(source, Source::Mailbox | Source::Bare) { 1 } else { scaled(1, 4) };
        let (ends, pool) = Pool::new(1 + sleepers, sleepers, sleepers);
        let threads: Vec<_> = (0..sleepers)
            .map(|me| {
                pool.sleep.arrive();
                let theirs = Arc::clone(&pool);
                thread::spawn(move || {
                    let job = theirs.search(me, dozes);
                    theirs.finish(job);
                    // It runs a long job from here on.
                })
            })
            .collect();
        for job in 0..sleepers as u32 {
            pool.post(&ends, source, job, quiet);
        }
        for job in 0..sleepers as u32 {
            pool.wait(job);
        }
        for thread in threads {
            thread.join().unwrap();
        }
        let counts = pool.sleep.counts();
        assert_eq!((counts.searching(), counts.idle()), (0, 0));
        assert_eq!(counts.awake(), 1 + sleepers as u64);
    });
}

#[test]
fn a_fork_is_not_slept_through() {
    one_job(Source::Forks, 0, false);
}

#[test]
fn a_spawned_job_is_not_slept_through() {
    one_job(Source::Spawned, 0, false);
}

#[test]
fn a_detached_job_is_not_slept_through() {
    one_job(Source::Detached, 0, false);
}

#[test]
fn an_injected_job_is_not_slept_through() {
    one_job(Source::Injector, 0, false);
}

#[test]
fn a_job_without_an_order_of_its_own_is_not_slept_through() {
    one_job(Source::Bare, 0, false);
}

#[test]
fn a_job_without_an_order_of_its_own_is_not_dozed_through() {
    one_job(Source::Bare, 1, true);
}

#[test]
fn mail_is_not_slept_through() {
    one_job(Source::Mailbox, 0, false);
}

#[test]
fn mail_is_not_dozed_through() {
    one_job(Source::Mailbox, 2, false);
}

#[test]
fn a_job_left_to_a_dozing_thread_is_not_slept_through() {
    one_job(Source::Injector, 2, true);
}

#[test]
fn a_fork_left_to_a_dozing_thread_is_not_slept_through() {
    one_job(Source::Forks, 1, true);
}

/// The first job is found by a thread that searches; the second is posted while it still does, so nobody is woken for it. Both have to run
/// at the same time.
#[test]
fn the_last_searcher_wakes_the_next() {
    model::check_bounded(2, || {
        let (ends, pool) = Pool::new(3, 2, 2);
        pool.push(&ends, Source::Injector, 0);
        let threads = [0, 1].map(|me| {
            pool.sleep.arrive();
            let theirs = Arc::clone(&pool);
            thread::spawn(move || {
                let job = theirs.search(me, 0);
                theirs.finish(job);
            })
        });
        pool.post(&ends, Source::Bare, 1, false);
        pool.wait(0);
        pool.wait(1);
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

/// A thief asks for a job, tells the owner so by a way of its own, and goes to sleep. The owner's next fork overwrites the request, and must wake
/// the thief: it waits for that fork without running it.
#[test]
fn a_thief_that_asked_and_sleeps_is_woken_by_the_exposure() {
    model::check_bounded(3, || {
        let (ends, pool) = Pool::new(2, 1, 1);
        pool.sleep.arrive();
        let told = Arc::new(Parker::new());
        let (theirs, tell) = (Arc::clone(&pool), Arc::clone(&told));
        let thief = thread::spawn(move || {
            theirs.forks.ask();
            tell.unpark();
            let job = theirs.search(0, 0);
            theirs.finish(job);
        });
        told.park();
        let (_, calm) = ends.forks.push(&pool.forks, 0);
        assert!(!calm, "the request is seen by the next fork after it was heard of");
        ends.forks.expose_at_fork(&pool.forks, 1, |_| ());
        pool.wake(pool.sleep.post(false));
        pool.wait(0);
        thief.join().unwrap();
    });
}
