//! Where a woken thread starts to run: not on its waker's core.
//!
//! The kernel likes to put a woken thread on the core that woke it, where it cannot help until the balancer moves it, a
//! millisecond later. So the waker takes its own core out of the sleeper's mask before it wakes it, and the sleeper puts
//! the mask back as soon as it runs (which does not move it again).
//! One system call each; a pool that was pinned, or may use one core only, does neither.

use std::sync::OnceLock;

use millstream_sync::atomic::{AtomicBool, Ordering};
use millstream_sync::lock::Mutex;

use crate::topology::{
    CpuId, Tid, current_affinity, current_cpu, current_tid, pin_current_thread, set_thread_affinity,
};

/// One thread's mask, as its wakers may narrow it.
#[derive(Debug)]
pub(crate) struct Placement {
    tid: OnceLock<Tid>,
    /// The mask the thread had when it last went to sleep.
    allowed: Mutex<Vec<CpuId>>,
    /// A waker narrowed the mask.
    narrowed: AtomicBool,
}

impl Placement {
    pub(crate) fn new() -> Placement {
        Placement { tid: OnceLock::new(), allowed: Mutex::new(Vec::new()), narrowed: AtomicBool::new(false) }
    }

    /// Called by the thread before it sleeps, so that it may be placed.
    pub(crate) fn before_sleep(&self) {
        if let (Ok(tid), Ok(allowed)) = (current_tid(), current_affinity()) {
            let _ = self.tid.set(tid);
            *self.allowed.lock() = allowed;
        }
    }

    /// Called by who wakes the thread, before the wake.
    pub(crate) fn keep_off_this_core(&self) {
        let Some(&tid) = self.tid.get() else { return };
        let Some(here) = current_cpu() else { return };
        let others: Vec<CpuId> = {
            let allowed = self.allowed.lock();
            if allowed.len() < 2 || !allowed.contains(&here) {
                return;
            }
            allowed.iter().copied().filter(|&cpu| cpu != here).collect()
        };
        // Release: pairs with the Acquire in `after_wake`. Before the mask changes, so that a change is never left standing.
        self.narrowed.store(true, Ordering::Release);
        // Where it fails the thread is woken wherever the kernel likes.
        let _ = set_thread_affinity(tid, &others);
    }

    /// Called by the thread once it runs again.
    pub(crate) fn after_wake(&self) {
        // Acquire: pairs with the Release in `keep_off_this_core`.
        if self.narrowed.swap(false, Ordering::Acquire) {
            let allowed = self.allowed.lock();
            let _ = pin_current_thread(&allowed);
        }
    }
}
