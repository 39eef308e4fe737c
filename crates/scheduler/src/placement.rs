//! Where a woken thread starts to run: not on its waker's core.
//!
//! The kernel likes to put a woken thread on the core that woke it, where it cannot help until the balancer moves it, a
//! millisecond later. So the waker takes its own core out of the sleeper's mask before it wakes it, and the sleeper puts
//! the mask back as soon as it runs (which does not move it again).
//! One system call each; a pool that was pinned, or may use one core only, does neither.

use millstream_sync::lock::Mutex;

use crate::topology::{
    CpuId, Tid, current_affinity, current_cpu, current_tid, pin_current_thread, set_thread_affinity,
};

/// One thread's mask, as its wakers may narrow it. All of it under one lock, the system calls too: a waker that narrowed the
/// mask of a thread already awake would leave it so for good.
#[derive(Debug)]
pub(crate) struct Placement(Mutex<Option<Asleep>>);

/// A thread that sleeps, or is about to.
#[derive(Debug)]
struct Asleep {
    tid: Tid,
    /// The mask the thread had when it went to sleep.
    allowed: Vec<CpuId>,
    /// A waker narrowed it.
    narrowed: bool,
}

impl Placement {
    pub(crate) fn new() -> Placement {
        Placement(Mutex::new(None))
    }

    /// Called by the thread before it sleeps, so that it may be placed.
    pub(crate) fn before_sleep(&self) {
        if let (Ok(tid), Ok(allowed)) = (current_tid(), current_affinity()) {
            *self.0.lock() = Some(Asleep { tid, allowed, narrowed: false });
        }
    }

    /// Called by who wakes the thread, before the wake.
    pub(crate) fn keep_off_this_core(&self) {
        let mut state = self.0.lock();
        let Some(asleep) = &mut *state else { return };
        let Some(here) = current_cpu() else { return };
        if asleep.allowed.len() < 2 || !asleep.allowed.contains(&here) {
            return;
        }
        let others: Vec<CpuId> = asleep.allowed.iter().copied().filter(|&cpu| cpu != here).collect();
        // Where it fails the thread is woken wherever the kernel likes.
        asleep.narrowed |= set_thread_affinity(asleep.tid, &others).is_ok();
    }

    /// Called by the thread once it runs again.
    pub(crate) fn after_wake(&self) {
        if let Some(asleep) = self.0.lock().take().filter(|asleep| asleep.narrowed) {
            // Where it fails the thread stays off one core until it is woken the next time.
            let _ = pin_current_thread(&asleep.allowed);
        }
    }
}

#[cfg(all(test, target_os = "linux", not(any(millstream_loom, millstream_shuttle))))]
mod tests {
    use super::Placement;
    use crate::topology::{current_affinity, current_cpu};

    #[test]
    fn a_mask_is_narrowed_only_while_its_thread_sleeps_and_is_put_back() {
        let before = current_affinity().unwrap();
        let placement = Placement::new();
        placement.keep_off_this_core();
        assert_eq!(current_affinity().unwrap(), before, "awake: left alone");
        placement.before_sleep();
        assert!(current_cpu().is_some());
        placement.keep_off_this_core();
        let narrowed = current_affinity().unwrap();
        if before.len() > 1 {
            // Which core it was is not asserted: the thread may have been moved between the two looks.
            assert_eq!(narrowed.len(), before.len() - 1);
        }
        placement.after_wake();
        assert_eq!(current_affinity().unwrap(), before);
        placement.keep_off_this_core();
        assert_eq!(current_affinity().unwrap(), before, "awake again: left alone");
    }
}
