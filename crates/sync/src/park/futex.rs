//! The kernel's futex (Linux).

use std::ptr;
use std::time::Instant;

use crate::atomic::AtomicU32;

/// The kernel keeps the queue of sleepers, by the word's address; there is nothing to keep here.
pub(super) struct Futex;

impl Futex {
    pub(super) const fn new() -> Self {
        Self
    }

    /// Sleeps if `*word == expected`, until woken or `deadline`. May return early for no reason; `false` means that the deadline has passed.
    pub(super) fn wait(&self, word: &AtomicU32, expected: u32, deadline: Option<Instant>) -> bool {
        let limit;
        let limit_pointer = match deadline {
            None => ptr::null(),
            Some(deadline) => {
                let rest = deadline.saturating_duration_since(Instant::now());
                if rest.is_zero() {
                    return false;
                }
                // A rest beyond `time_t` waits for its largest value; the caller's loop comes back with what is left then.
                limit = libc::timespec {
                    tv_sec: libc::time_t::try_from(rest.as_secs()).unwrap_or(libc::time_t::MAX),
                    tv_nsec: rest.subsec_nanos().into(),
                };
                &raw const limit
            }
        };
        // SAFETY: the word is live for this call by the borrow, `limit_pointer` is null or points to a local; the kernel only reads both.
        // The outcome is of no interest: whatever woke us (a wake, a changed word, a signal, the time), the caller looks at the word.
        unsafe {
            libc::syscall(
                libc::SYS_futex,
                word.as_ptr(),
                libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG,
                expected,
                limit_pointer,
            )
        };
        true
    }

    /// Wakes the one sleeper on `word`. Only the word's address is used: if its owner has gone on and freed it, the kernel finds nobody there,
    /// or somebody whose loop looks again.
    pub(super) fn wake(&self, word: *const AtomicU32) {
        // SAFETY: FUTEX_WAKE does not access the memory behind the address.
        unsafe { libc::syscall(libc::SYS_futex, word, libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG, 1) };
    }
}
