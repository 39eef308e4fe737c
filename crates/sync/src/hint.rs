//! Hints to the processor, or to the model checker's scheduler.

/// Says that this thread waits for another one in a loop: `pause` on the machine, a yield in a model (whose scheduler would otherwise
/// run the waiting loop for ever).
#[inline]
pub fn spin_loop() {
    #[cfg(millstream_loom)]
    loom::thread::yield_now();
    #[cfg(millstream_shuttle)]
    shuttle::hint::spin_loop();
    #[cfg(not(any(millstream_loom, millstream_shuttle)))]
    std::hint::spin_loop();
}
