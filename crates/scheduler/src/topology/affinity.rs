//! Which cpus a thread may run on, and which one it is on.
//!
//! The masks have as many bits as the kernel wants: `cpu_set_t` ends at 1024 cpus, larger machines exist.
//! Systems other than Linux and Android answer [`Unsupported`](std::io::ErrorKind::Unsupported), or `None`.

use std::io;

use super::cpu::CpuId;

/// A thread as the operating system numbers it, for [`set_thread_affinity`].
///
/// A number that outlives its thread may come to name another one: use it only while the thread is known to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tid(i32);

/// The cpus that the calling thread may run on, ascending.
///
/// # Errors
/// `Unsupported` on systems other than Linux.
///
/// # Cost
/// One system call (more on a kernel built for more than 1024 cpus) and two allocations.
pub fn current_affinity() -> io::Result<Vec<CpuId>> {
    system::current_affinity()
}

/// Holds the calling thread to `cpus`. Threads that it starts from now on inherit the mask.
///
/// # Errors
/// `InvalidInput` if `cpus` is empty, names an absurd number, or none of them is online and left to this process by its
/// cpuset; `Unsupported` on systems other than Linux.
///
/// # Cost
/// One system call, and a move to another core if this one is not among `cpus`.
///
/// # Examples
/// ```
/// use millstream_scheduler::topology::{current_affinity, current_cpu, pin_current_thread};
///
/// if let Ok(allowed) = current_affinity() {
///     pin_current_thread(&allowed[..1]).unwrap();
///     assert_eq!(current_cpu(), Some(allowed[0]));
/// }
/// ```
pub fn pin_current_thread(cpus: &[CpuId]) -> io::Result<()> {
    system::set_affinity(0, cpus)
}

/// Holds the thread `tid` to `cpus`.
///
/// # Errors
/// As [`pin_current_thread`]; also if there is no such thread any more.
///
/// # Cost
/// One system call.
pub fn set_thread_affinity(tid: Tid, cpus: &[CpuId]) -> io::Result<()> {
    system::set_affinity(tid.0, cpus)
}

/// The calling thread, to be handed to whoever pins it.
///
/// # Errors
/// `Unsupported` on systems other than Linux.
///
/// # Cost
/// One system call.
pub fn current_tid() -> io::Result<Tid> {
    system::current_tid().map(Tid)
}

/// The cpu that the calling thread runs on now. It may have moved by the time the answer is read, unless it is pinned.
///
/// `None` on systems other than Linux.
///
/// # Cost
/// No system call on the usual platforms: one read of what the kernel shares with the thread.
#[inline]
pub fn current_cpu() -> Option<CpuId> {
    system::current_cpu()
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod system {
    use std::io;

    use crate::topology::cpu::CpuId;

    type Word = libc::c_ulong;
    const WORD_BITS: usize = Word::BITS as usize;
    const FIRST_TRY_BITS: usize = 1024;

    pub(super) fn current_affinity() -> io::Result<Vec<CpuId>> {
        let mut mask: Vec<Word> = vec![0; FIRST_TRY_BITS / WORD_BITS];
        loop {
            let set = mask.as_mut_ptr().cast::<libc::cpu_set_t>();
            // SAFETY: `mask` has the given number of bytes, writable and aligned for the words of a `cpu_set_t`;
            // the kernel writes words and no more of them than that.
            let failed = unsafe { libc::sched_getaffinity(0, size_of_val(&mask[..]), set) } != 0;
            if !failed {
                return Ok(bits(&mask));
            }
            let error = io::Error::last_os_error();
            let bits = mask.len() * WORD_BITS;
            // The kernel refuses a mask that is shorter than its own.
            if error.raw_os_error() != Some(libc::EINVAL) || bits >= CpuId::LIMIT as usize {
                return Err(error);
            }
            mask.resize(mask.len() * 2, 0);
        }
    }

    /// Thread 0 is the calling one.
    pub(super) fn set_affinity(tid: i32, cpus: &[CpuId]) -> io::Result<()> {
        let refuse = |why: String| Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        let Some(&last) = cpus.iter().max() else {
            return refuse("a thread cannot be held to no cpu at all".to_owned());
        };
        if last.get() >= CpuId::LIMIT {
            return refuse(format!("{last} is beyond the {} cpus that a mask can hold", CpuId::LIMIT));
        }
        let mask = mask_of(cpus, last);
        let set = mask.as_ptr().cast::<libc::cpu_set_t>();
        // SAFETY: `mask` has the given number of readable bytes, aligned for the words of a `cpu_set_t`.
        match unsafe { libc::sched_setaffinity(tid, size_of_val(&mask[..]), set) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }

    pub(super) fn current_tid() -> io::Result<i32> {
        // SAFETY: no arguments, and it cannot fail.
        let tid = unsafe { libc::syscall(libc::SYS_gettid) };
        i32::try_from(tid).map_err(io::Error::other)
    }

    #[inline]
    pub(super) fn current_cpu() -> Option<CpuId> {
        // SAFETY: no arguments; a negative answer is an error.
        let cpu = unsafe { libc::sched_getcpu() };
        u32::try_from(cpu).ok().map(CpuId::new)
    }

    /// `last` is the largest of `cpus`. Never shorter than a `cpu_set_t`, since older C libraries look no further than its type.
    pub(super) fn mask_of(cpus: &[CpuId], last: CpuId) -> Vec<Word> {
        let bits = FIRST_TRY_BITS.max(last.get() as usize + 1);
        let mut mask: Vec<Word> = vec![0; bits.div_ceil(WORD_BITS)];
        for cpu in cpus {
            let bit = cpu.get() as usize;
            mask[bit / WORD_BITS] |= 1 << (bit % WORD_BITS);
        }
        mask
    }

    pub(super) fn bits(mask: &[Word]) -> Vec<CpuId> {
        let mut cpus = Vec::new();
        for (first, word) in (0..).step_by(WORD_BITS).zip(mask) {
            let set = (0..Word::BITS).filter(|bit| word >> bit & 1 == 1);
            cpus.extend(set.map(|bit| CpuId::new(first + bit)));
        }
        cpus
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod system {
    use std::io;

    use crate::topology::cpu::CpuId;

    fn unsupported<T>() -> io::Result<T> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "cpu affinity is only known on Linux and Android"))
    }

    pub(super) fn current_affinity() -> io::Result<Vec<CpuId>> {
        unsupported()
    }

    pub(super) fn set_affinity(_tid: i32, _cpus: &[CpuId]) -> io::Result<()> {
        unsupported()
    }

    pub(super) fn current_tid() -> io::Result<i32> {
        unsupported()
    }

    #[inline]
    pub(super) fn current_cpu() -> Option<CpuId> {
        None
    }
}

#[cfg(all(test, any(target_os = "linux", target_os = "android")))]
mod tests {
    use super::CpuId;
    use super::system::{bits, mask_of};

    #[test]
    fn a_mask_holds_cpus_beyond_1024() {
        for cpus in [vec![0], vec![1023], vec![0, 63, 64, 1024, 4095], vec![CpuId::LIMIT - 1]] {
            let cpus: Vec<_> = cpus.into_iter().map(CpuId::new).collect();
            let mask = mask_of(&cpus, cpus[cpus.len() - 1]);
            assert_eq!(bits(&mask), cpus);
        }
    }
}
