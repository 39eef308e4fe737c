//! Entering a pool from outside: the calling thread takes a seat and works as one of the pool's workers.

use std::ops::Deref;

use crate::worker::{Registry, Worker};

impl Registry {
    /// The worker of this registry that this thread is, if it is one.
    #[inline]
    pub(crate) fn current_worker(&self) -> Option<&Worker> {
        let worker = Worker::current()?;
        // SAFETY: valid while this thread's current job or call runs, and so while `self` is borrowed here.
        let worker = unsafe { worker.as_ref() };
        std::ptr::eq(worker.registry(), self).then_some(worker)
    }

    #[inline]
    pub(crate) fn enter<R>(&self, f: impl FnOnce(&Worker) -> R) -> R {
        match self.current_worker() {
            Some(worker) => f(worker),
            None => {
                let guest = Guest::arrive(self, true);
                f(&guest)
            }
        }
    }
}

/// An outside thread while it works in a pool.
pub(crate) struct Guest<'a> {
    worker: &'a Worker,
    before: *const Worker,
    /// It is one of the pool's own, come back from another pool: it has its slot and its seat.
    at_home: bool,
}

impl<'a> Guest<'a> {
    pub(crate) fn arrive(registry: &'a Registry, remember: bool) -> Guest<'a> {
        registry.check_process();
        if let Some(home) = Worker::home() {
            // SAFETY: valid until this thread leaves its pool.
            let home: &'a Worker = unsafe { home.as_ref() };
            if std::ptr::eq(home.registry(), registry) {
                return Guest { worker: home, before: home.make_current(), at_home: true };
            }
            let worker = registry.take_slot();
            home.away.lock().push(worker.sleeper.clone());
            return Guest::sit(registry, worker, remember);
        }
        Guest::sit(registry, registry.take_slot(), remember)
    }

    fn sit(registry: &'a Registry, worker: &'a Worker, remember: bool) -> Guest<'a> {
        registry.sleep.sit();
        worker.begin_region(remember);
        Guest { worker, before: worker.make_current(), at_home: false }
    }
}

impl Deref for Guest<'_> {
    type Target = Worker;
    fn deref(&self) -> &Worker {
        self.worker
    }
}

impl Drop for Guest<'_> {
    fn drop(&mut self) {
        let Guest { worker, before, at_home } = *self;
        Worker::restore_current(before);
        if at_home {
            return;
        }
        let registry = worker.registry();
        worker.end_region();
        if let Some(home) = Worker::home() {
            // SAFETY: valid until this thread leaves its pool. Guests leave in the reverse order of their arrival.
            unsafe { home.as_ref() }.away.lock().pop();
        }
        // What was spawned and not run stays in the slot's deques, where it is stolen; `stand` sees to it.
        worker.let_go();
        registry.wake(registry.sleep.stand(|| registry.has_work()));
    }
}
