//! Have we become another process?
//!
//! `fork` copies the memory but only the calling thread: a pool that the parent started has no workers in the child,
//! and waiting for them would never end. A [`ForkGuard`] made with the pool tells the child so.
//!
//! The answer costs one load of a word: a handler that runs in every forked child (`pthread_atfork`) counts it up.
//! Only `fork` itself runs such handlers (and what calls it: `Command::pre_exec`, `daemon`, `forkpty`).
//! A raw `clone` system call is not noticed; `vfork` and `posix_spawn` need not be, since their child runs nothing of ours before `exec`.

/// Tells whether the process is still the one that made it.
///
/// # Examples
/// ```
/// use millstream_scheduler::process::ForkGuard;
///
/// let guard = ForkGuard::new();
/// assert!(!guard.id_changed());
/// assert_eq!(guard.creator_id(), std::process::id());
/// ```
#[derive(Clone, Debug)]
pub struct ForkGuard {
    creator_id: u32,
    /// The generation of the process that made it; `None` if generations are not counted.
    generation: Option<u64>,
}

impl ForkGuard {
    /// Remembers the current process.
    ///
    /// # Cost
    /// One system call; the first one in a process also registers the handler.
    pub fn new() -> Self {
        Self { creator_id: std::process::id(), generation: generation::watch() }
    }

    /// Whether this is a forked child (or a child's child) of the process that made the guard.
    ///
    /// # Cost
    /// One load and a compare; no system call. (If the handler could not be registered for lack of memory: one system call.)
    #[inline]
    pub fn id_changed(&self) -> bool {
        match self.generation {
            Some(generation) => generation != generation::current(),
            None => self.id_changed_cold(),
        }
    }

    #[cold]
    fn id_changed_cold(&self) -> bool {
        self.creator_id != std::process::id()
    }

    /// The id of the process that made the guard, for messages.
    pub fn creator_id(&self) -> u32 {
        self.creator_id
    }
}

impl Default for ForkGuard {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(unix)]
mod generation {
    use std::cell::UnsafeCell;
    use std::sync::OnceLock;

    /// How many forks lie between this process and the one that registered the handler (or more: see [`watch`]).
    static GENERATION: Word = Word(UnsafeCell::new(0));
    static REGISTERED: OnceLock<()> = OnceLock::new();

    /// Written only by `in_child`, which runs in a process that has one thread as yet. So no two accesses of one process's copy
    /// are ever concurrent, and a plain word does.
    struct Word(UnsafeCell<u64>);

    // SAFETY: by the invariant of the type, threads only ever read it while there is more than one.
    unsafe impl Sync for Word {}

    extern "C" fn in_child() {
        // SAFETY: the forked child has one thread, this one, which is in no other access: see `Word`.
        unsafe { *GENERATION.0.get() += 1 };
    }

    #[inline]
    pub(super) fn current() -> u64 {
        // SAFETY: no write is concurrent: see `Word`.
        unsafe { *GENERATION.0.get() }
    }

    /// Begins to count, and gives the present generation; `None` if the handler cannot be registered.
    ///
    /// Two threads may both register, and then a fork counts twice, which is as good. Letting one wait while the other registers
    /// is not: in a child forked meanwhile it would wait for ever. (What remains of that is the moment in which `set` stores a unit.)
    pub(super) fn watch() -> Option<u64> {
        if REGISTERED.get().is_none() {
            // SAFETY: the handler is a function of this program and touches only its own word.
            if unsafe { libc::pthread_atfork(None, None, Some(in_child)) } != 0 {
                return None;
            }
            let _ = REGISTERED.set(());
        }
        Some(current())
    }
}

#[cfg(not(unix))]
mod generation {
    /// There is no fork here: every process is the one that made its guards.
    pub(super) fn watch() -> Option<u64> {
        Some(0)
    }

    #[inline]
    pub(super) fn current() -> u64 {
        0
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::ForkGuard;

    /// Forks, and gives the exit code that `child` chose.
    fn exit_code_of(child: impl FnOnce() -> i32) -> i32 {
        // SAFETY: the child only reads memory and forks or exits: it takes no lock that another thread may have held.
        let id = unsafe { libc::fork() };
        assert!(id >= 0, "cannot fork: {}", std::io::Error::last_os_error());
        if id == 0 {
            let code = child();
            // SAFETY: ends the child at once, without the handlers and buffers that belong to the parent.
            unsafe { libc::_exit(code) };
        }
        let mut status = 0;
        // SAFETY: `id` is a child of ours that nobody else waits for, and `status` is writable.
        let waited = unsafe { libc::waitpid(id, &mut status, 0) };
        assert_eq!(waited, id);
        assert!(libc::WIFEXITED(status), "the child was killed: {status}");
        libc::WEXITSTATUS(status)
    }

    #[test]
    fn a_child_and_its_child_know_that_they_are_not_the_creator() {
        let guard = ForkGuard::new();
        let code = exit_code_of(|| {
            let fresh = ForkGuard::new();
            let own = !fresh.id_changed() && fresh.creator_id() == std::process::id();
            let grandchild =
                exit_code_of(|| i32::from(guard.id_changed()) + 2 * i32::from(fresh.id_changed()));
            i32::from(guard.id_changed()) + 2 * i32::from(own) + 4 * grandchild
        });
        assert_eq!(code, 1 + 2 + 4 * 3);
        assert!(!guard.id_changed(), "the parent is what it was");
    }

    #[test]
    fn without_a_handler_the_process_id_decides() {
        let guard = ForkGuard { generation: None, ..ForkGuard::new() };
        assert!(!guard.id_changed());
        assert_eq!(exit_code_of(|| i32::from(guard.id_changed())), 1);
    }
}
