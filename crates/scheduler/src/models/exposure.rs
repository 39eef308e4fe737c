//! One worker's forks and their thieves: the ring, the public deque and `floor`.

use std::sync::Arc;

use millstream_sync::atomic::{AtomicU32, Ordering};
use millstream_sync::{model, thread};

use super::{Unordered, scaled};
use crate::deque::{Owner, Shared, TakeBack, forks};

/// The jobs of one worker, by number; each must be run once.
struct Forks {
    shared: Shared<usize>,
    runs: Vec<AtomicU32>,
    /// Written when a job is made public, read by its thief.
    headers: Vec<Arc<Unordered>>,
}

impl Forks {
    fn new(jobs: usize) -> (Owner<usize>, Arc<Forks>) {
        let (owner, shared) = forks();
        let runs = (0..jobs).map(|_| AtomicU32::new(0)).collect();
        let headers = (0..jobs).map(|_| Unordered::new()).collect();
        (owner, Arc::new(Forks { shared, runs, headers }))
    }

    fn run(&self, job: usize) {
        // Relaxed: counted at the end.
        let before = self.runs[job].fetch_add(1, Ordering::Relaxed);
        assert_eq!(before, 0, "job {job} was run twice");
    }

    /// Tries `times` times to steal a job and run it.
    fn thieve(&self, times: usize) {
        for _ in 0..times {
            if let Some(job) = self.shared.steal() {
                assert_eq!(self.headers[job].read(), 1, "job {job} is public without its header");
                self.run(job);
            }
        }
    }

    fn publish(&self, job: usize) {
        self.headers[job].write(1);
    }

    /// `Worker::push_fork`; whether the fork was calm.
    fn push(&self, owner: &Owner<usize>, job: usize) -> (usize, bool) {
        let (at, calm) = owner.push(&self.shared, job);
        if !calm {
            let count = owner.expose_at_fork(&self.shared, 1, |job| self.publish(job));
            assert!(count > 0);
        }
        (at, calm)
    }

    /// The end of a join: the job is run here unless it was stolen.
    fn settle(&self, owner: &Owner<usize>, job: usize, at: usize) {
        let inline = owner.take_back_private(&self.shared, at)
            || owner.take_back(&self.shared, at, |job| self.publish(job)) != TakeBack::Stolen;
        if inline {
            self.run(job);
        }
    }

    fn all_ran_once(&self) -> bool {
        // Relaxed: after all threads' ends.
        self.runs.iter().all(|runs| runs.load(Ordering::Relaxed) == 1)
    }
}

fn start_thieves(forks: &Arc<Forks>, thieves: usize, times: usize) -> Vec<thread::JoinHandle<()>> {
    let start = |_| {
        let theirs = Arc::clone(forks);
        thread::spawn(move || theirs.thieve(times))
    };
    (0..thieves).map(start).collect()
}

fn end(threads: Vec<thread::JoinHandle<()>>) {
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn each_fork_is_run_by_its_owner_or_by_one_thief() {
    model::check_bounded(3, || {
        let (owner, forks) = Forks::new(3);
        let thieves = start_thieves(&forks, scaled(1, 4), 2);
        // join(join(.., job 1), job 0), then a join of job 2.
        let (outer, _) = forks.push(&owner, 0);
        let (inner, _) = forks.push(&owner, 1);
        forks.settle(&owner, 1, inner);
        forks.settle(&owner, 0, outer);
        let (last, _) = forks.push(&owner, 2);
        forks.settle(&owner, 2, last);
        end(thieves);
        assert!(forks.all_ran_once());
        assert!(owner.is_empty() && forks.shared.is_empty());
    });
}

#[test]
fn two_thieves_and_the_owner_share_two_forks() {
    model::check_bounded(2, || {
        let (owner, forks) = Forks::new(2);
        let thieves = start_thieves(&forks, scaled(2, 4), 1);
        let (outer, _) = forks.push(&owner, 0);
        let (inner, _) = forks.push(&owner, 1);
        forks.settle(&owner, 1, inner);
        forks.settle(&owner, 0, outer);
        end(thieves);
        assert!(forks.all_ran_once());
    });
}

/// Six nested forks where the ring has room for four.
#[test]
fn a_full_ring_loses_no_fork() {
    model::check_bounded(2, || {
        let jobs = scaled(6, 20);
        let (owner, forks) = Forks::new(jobs);
        let thieves = start_thieves(&forks, scaled(1, 4), scaled(2, 5));
        let places: Vec<usize> = (0..jobs).map(|job| forks.push(&owner, job).0).collect();
        for (job, at) in places.into_iter().enumerate().rev() {
            forks.settle(&owner, job, at);
        }
        end(thieves);
        assert!(forks.all_ran_once());
    });
}

/// Whatever became of the requests: with nothing public, the next fork is made public at once.
fn is_hungry_if_nothing_is_public(owner: &Owner<usize>, forks: &Forks, next: usize) {
    if forks.shared.is_empty() {
        let (_, calm) = forks.push(owner, next);
        assert!(!calm, "nothing is public, and the next fork stays private");
    }
}

#[test]
fn a_request_that_follows_an_exposure_stands() {
    model::check(|| {
        let (owner, forks) = Forks::new(2);
        let thieves = start_thieves(&forks, scaled(1, 4), 2);
        forks.push(&owner, 0);
        end(thieves);
        is_hungry_if_nothing_is_public(&owner, &forks, 1);
    });
}

/// The owner takes its younger public fork back while thieves take the older one and ask for more.
#[test]
fn a_request_that_meets_a_take_back_stands() {
    model::check_bounded(3, || {
        let (owner, forks) = Forks::new(3);
        let (_, _) = owner.push(&forks.shared, 0);
        let (younger, _) = owner.push(&forks.shared, 1);
        owner.expose_all(&forks.shared, |job| forks.publish(job));
        let thieves = start_thieves(&forks, scaled(1, 4), 1);
        forks.settle(&owner, 1, younger);
        end(thieves);
        is_hungry_if_nothing_is_public(&owner, &forks, 2);
    });
}

#[test]
fn a_request_of_a_second_thief_that_meets_a_take_back_stands() {
    model::check_bounded(2, || {
        let (owner, forks) = Forks::new(3);
        let (_, _) = owner.push(&forks.shared, 0);
        let (younger, _) = owner.push(&forks.shared, 1);
        owner.expose_all(&forks.shared, |job| forks.publish(job));
        let thieves = start_thieves(&forks, 2, 1);
        forks.settle(&owner, 1, younger);
        end(thieves);
        is_hungry_if_nothing_is_public(&owner, &forks, 2);
    });
}
