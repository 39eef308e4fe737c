//! The pool that one writes by hand: threads, a channel of jobs, a channel of results.

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, never};

/// Threads that take one job a message and send back one result a message, both with the job's number.
pub(crate) struct FixedPool<J, R> {
    /// `None` only while dropping.
    jobs: Option<Sender<(usize, J)>>,
    results: Receiver<(usize, Option<R>)>,
    threads: Vec<JoinHandle<()>>,
}

impl<J: Send + 'static, R: Send + 'static> FixedPool<J, R> {
    /// Starts `threads` threads that run `work`, with channels of `capacity` messages.
    ///
    /// # Errors
    /// If a thread cannot be started; those that were are joined.
    pub(crate) fn start(
        threads: usize,
        capacity: usize,
        work: impl Fn(J) -> R + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let (jobs, jobs_out) = bounded::<(usize, J)>(capacity);
        let (results_in, results) = bounded(capacity);
        let work = Arc::new(work);
        let mut pool = FixedPool { jobs: Some(jobs), results, threads: Vec::new() };
        for number in 0..threads {
            let (jobs, results, work) = (jobs_out.clone(), results_in.clone(), Arc::clone(&work));
            let body = move || {
                let panicked = TellPanic(&results);
                for (index, job) in jobs {
                    if results.send((index, Some(work(job)))).is_err() {
                        break;
                    }
                }
                drop(panicked);
            };
            // On an error the pool is dropped, which ends and joins the threads started before.
            pool.threads.push(thread::Builder::new().name(format!("fixed/{number}")).spawn(body)?);
        }
        Ok(pool)
    }

    /// Hands out `items` by number and gives each result to `take`, in the order in which they are ready.
    ///
    /// # Panics
    /// If the work panicked for an item.
    pub(crate) fn run(&self, items: impl Iterator<Item = J>, mut take: impl FnMut(usize, R)) {
        let jobs = self.jobs.as_ref().expect("only a dropped pool has no channel");
        let mut receive = || {
            let Ok((index, Some(result))) = self.results.recv() else {
                panic!("a thread of the fixed pool panicked");
            };
            take(index, result);
        };
        let mut waiting = 0usize;
        for job in items.enumerate() {
            let mut unsent = job;
            // While the jobs' channel is full a result is on its way: nobody waits for anybody in a circle.
            while let Err(error) = jobs.try_send(unsent) {
                let TrySendError::Full(back) = error else {
                    panic!("the threads of the fixed pool have ended")
                };
                unsent = back;
                receive();
                waiting -= 1;
            }
            waiting += 1;
        }
        for _ in 0..waiting {
            receive();
        }
    }
}

impl<J, R> Drop for FixedPool<J, R> {
    fn drop(&mut self) {
        self.jobs = None;
        // After a panic there may be threads that wait for room among the results: they give up now.
        self.results = never();
        for thread in self.threads.drain(..) {
            // A panic was reported by `run`, and by the panic hook.
            let _ = thread.join();
        }
    }
}

/// Lets the receiver know when its thread unwinds, so that it does not wait for ever.
struct TellPanic<'a, R>(&'a Sender<(usize, Option<R>)>);

impl<R> Drop for TellPanic<'_, R> {
    fn drop(&mut self) {
        if thread::panicking() {
            // Nobody listening is as good as told.
            let _ = self.0.send((0, None));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    #[test]
    fn every_item_comes_back_once_with_its_number() {
        for (threads, capacity) in [(1, 1), (2, 1), (3, 64)] {
            let pool = FixedPool::start(threads, capacity, |item: u64| item * item).unwrap();
            for len in [0u64, 1, 5, 1000] {
                let mut squares = vec![None; len as usize];
                pool.run(0..len, |index, square| assert_eq!(squares[index].replace(square), None));
                let expected: Vec<_> = (0..len).map(|item| Some(item * item)).collect();
                assert_eq!(squares, expected, "{threads} threads, capacity {capacity}");
            }
        }
    }

    #[test]
    fn a_panic_in_the_work_reaches_the_caller() {
        let pool = FixedPool::start(2, 4, |item: u32| assert_ne!(item, 50)).unwrap();
        let outcome = catch_unwind(AssertUnwindSafe(|| pool.run(0..100, |_, ()| {})));
        assert!(outcome.is_err());
    }
}
