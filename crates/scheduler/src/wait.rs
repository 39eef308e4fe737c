//! Waiting for a job of one's own: what a worker does until a latch is done.
//!
//! Under `Wait::Own` it runs only descendants of what it waits for. For a stolen fork these are the public forks of its
//! thief: the thief's deque was empty when it took the job (`deque`, invariant 1), so while the job is not done all of
//! it descends from it ("leapfrogging": Wagner & Calder, PPoPP 1993). The thief may finish in between and go on
//! with a stranger's, so the latch is looked at once more after the steal: a fork stolen after the job's end is passed
//! on, not run.
//! With nothing to run the worker spins for [`SPIN_NS`] and then parks, giving its seat to a thread that may run what it
//! may not. Once its latch is done it goes on at once, seat or no seat: the pool is crowded until somebody's job ends.

use std::ptr::NonNull;

use millstream_sync::clock;
use millstream_sync::hint::spin_loop;

use crate::config::Wait;
use crate::find::take_one;
use crate::job::{Header, JobRef};
use crate::latch::Latch;
use crate::passed::Kind;
use crate::worker::Worker;

/// How long a waiter looks on before it parks: about the price of being woken again (20 to 45 us).
const SPIN_NS: u64 = 30_000;

impl Worker {
    /// Waits for a stolen fork, helping its thief.
    #[cold]
    pub(crate) fn wait_for_fork(&self, header: &Header) {
        self.wait_until(&header.latch, || {
            if let Some(job) = self.take_passed(header) {
                return Some(job);
            }
            let job = self.steal_fork_from(header.thief()?)?;
            // The steal acquired the push; if the thief had finished our job before that push, this sees it.
            if header.latch.probe() {
                self.pass_on_fork(job);
                return None;
            }
            Some(job)
        });
    }

    /// The job of `header`, if it was passed on by a wait that found it.
    fn take_passed(&self, header: &Header) -> Option<JobRef> {
        let ours = NonNull::from(header).cast();
        self.registry().passed.take(|_, job| job.data() == ours)
    }

    /// Passes a stolen fork or invitation on.
    pub(crate) fn pass_on_fork(&self, job: JobRef) {
        // SAFETY: stolen, so it was published, and due, so it lives.
        let waiter = unsafe { job.data().cast::<Header>().as_ref() }.owner();
        self.pass_on(Kind::Fork, job, waiter);
    }

    /// Waits for a latch; under `Wait::Own` it runs what `own` finds, under `Wait::Any` whatever there is.
    pub(crate) fn wait_until(&self, latch: &Latch, mut own: impl FnMut() -> Option<JobRef>) {
        if self.registry().config.wait == Wait::Any {
            self.wait_running(latch, || self.find());
        } else {
            self.wait_running(latch, &mut own);
        }
    }

    /// Waits for a stolen fork while this thread unwinds: runs nothing but mail, and the fork itself if nobody has it.
    #[cold]
    pub(crate) fn wait_unwinding(&self, header: &Header) {
        self.wait_running(&header.latch, || self.take_passed(header));
    }

    fn wait_running(&self, latch: &Latch, mut find: impl FnMut() -> Option<JobRef>) {
        let mut since = None;
        let mut looks = 0u32;
        while !latch.probe() {
            if self.run_mail() {
                since = None;
                continue;
            }
            if let Some(job) = find() {
                // SAFETY: from a deque.
                unsafe { self.execute(job) };
                since = None;
                continue;
            }
            spin_loop();
            looks += 1;
            if looks.is_multiple_of(8) {
                let now = clock::now();
                if now.ns_since(*since.get_or_insert(now)) > SPIN_NS {
                    self.park_until(latch);
                    since = None;
                }
            }
        }
    }

    /// Parks until the latch is done, or one of our jobs may have been passed on; the seat goes to another.
    #[cold]
    fn park_until(&self, latch: &Latch) {
        if !latch.fall_asleep() {
            return;
        }
        self.wait_seatless(|| latch.probe() || self.is_recalled());
        latch.wake_up();
    }

    /// Gives the seat to another thread and parks until `done`, which is followed by an unpark of this worker's parker. Mail
    /// is run meanwhile.
    pub(crate) fn wait_seatless(&self, done: impl Fn() -> bool) {
        // In a forked child nobody would wake us. Nobody there touches the jobs on this stack either, so unwinding is sound.
        self.registry().check_process();
        self.stand();
        self.counters.parks.add(1);
        while !done() {
            if self.has_mail() {
                // The job may wait in its turn, and give away a seat: it must have one.
                self.sit();
                self.run_mail();
                self.stand();
            } else {
                self.sleeper.parker.park();
            }
        }
        self.sit();
    }

    /// The worker that this thread was started as, if it is another one: this one is its seat as a guest.
    fn other_home(&self) -> Option<&Worker> {
        // SAFETY: valid until this thread leaves its pool.
        let home = unsafe { Worker::home()?.as_ref() };
        (!std::ptr::eq(home, self)).then_some(home)
    }

    /// Takes back what `stand` gave away.
    fn sit(&self) {
        for worker in std::iter::once(self).chain(self.other_home()) {
            worker.registry().sleep.sit();
        }
    }

    /// Gives this thread's seat to another thread: this worker's, and the one at home.
    fn stand(&self) {
        for worker in std::iter::once(self).chain(self.other_home()) {
            let registry = worker.registry();
            worker.wake(registry.sleep.stand(|| registry.has_work()));
        }
    }

    fn has_mail(&self) -> bool {
        !self.mailbox.is_empty() || self.other_home().is_some_and(|home| !home.mailbox.is_empty())
    }

    /// Runs a piece of this thread's mail. True: there was one.
    fn run_mail(&self) -> bool {
        std::iter::once(self).chain(self.other_home()).any(|worker| {
            let Some(job) = take_one(&worker.mailbox) else { return false };
            // SAFETY: from a mailbox: due.
            unsafe { worker.execute(job) };
            true
        })
    }
}
