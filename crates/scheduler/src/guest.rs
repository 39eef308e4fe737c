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
}

impl<'a> Guest<'a> {
    pub(crate) fn arrive(registry: &'a Registry, remember: bool) -> Guest<'a> {
        let worker = registry.take_slot();
        registry.sleep.sit();
        worker.begin_region(remember);
        Guest { worker, before: worker.make_current() }
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
        let Guest { worker, before } = *self;
        let registry = worker.registry();
        worker.end_region();
        Worker::restore_current(before);
        // What was spawned and not run stays in the slot's deques, where it is stolen; `stand` sees to it.
        worker.let_go();
        registry.wake(registry.sleep.stand(|| registry.has_work()));
    }
}
