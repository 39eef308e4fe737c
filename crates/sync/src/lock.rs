//! A mutex and a condition variable that do not poison.
//!
//! A panic while a lock is held unlocks it, and the next owner finds whatever was left: code here must leave its data whole at each point
//! where foreign code may panic, which it has to do anyway.

use std::sync::{PoisonError, TryLockError};
use std::time::Duration;

#[cfg(millstream_loom)]
use loom::sync as backend;
#[cfg(millstream_shuttle)]
use shuttle::sync as backend;
#[cfg(not(any(millstream_loom, millstream_shuttle)))]
use std::sync as backend;

pub use backend::MutexGuard;

/// Mutual exclusion around a `T`.
///
/// # Examples
/// ```
/// use millstream_sync::lock::Mutex;
///
/// let names = Mutex::new(vec!["a"]);
/// names.lock().push("b");
/// assert_eq!(names.into_inner(), ["a", "b"]);
/// ```
#[derive(Debug, Default)]
pub struct Mutex<T>(backend::Mutex<T>);

impl<T> Mutex<T> {
    /// An unlocked mutex; `const` in the real build.
    #[inline]
    #[cfg(not(any(millstream_loom, millstream_shuttle)))]
    pub const fn new(value: T) -> Self {
        Self(backend::Mutex::new(value))
    }

    /// An unlocked mutex; `const` in the real build.
    #[cfg(any(millstream_loom, millstream_shuttle))]
    pub fn new(value: T) -> Self {
        Self(backend::Mutex::new(value))
    }

    /// Locks.
    ///
    /// # Blocking
    /// Puts the thread to sleep while another one holds the lock.
    #[inline]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks if that is possible at once.
    #[inline]
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        match self.0.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// The value, the mutex being owned.
    #[inline]
    pub fn into_inner(self) -> T {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets the owner of a [`Mutex`] sleep until somebody has changed what it guards.
#[derive(Debug, Default)]
pub struct Condvar(backend::Condvar);

impl Condvar {
    /// A condition variable; `const` in the real build.
    #[inline]
    #[cfg(not(any(millstream_loom, millstream_shuttle)))]
    pub const fn new() -> Self {
        Self(backend::Condvar::new())
    }

    /// A condition variable; `const` in the real build.
    #[cfg(any(millstream_loom, millstream_shuttle))]
    pub fn new() -> Self {
        Self(backend::Condvar::new())
    }

    /// Unlocks, sleeps until notified, and locks again. May return without a notification: check the condition in a loop.
    #[inline]
    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        self.0.wait(guard).unwrap_or_else(PoisonError::into_inner)
    }

    /// As [`Condvar::wait`], but sleeps at most about `limit`. In a model no time passes, so this is `wait`.
    #[inline]
    pub fn wait_timeout<'a, T>(&self, guard: MutexGuard<'a, T>, limit: Duration) -> MutexGuard<'a, T> {
        #[cfg(any(millstream_loom, millstream_shuttle))]
        {
            let _ = limit;
            self.wait(guard)
        }
        #[cfg(not(any(millstream_loom, millstream_shuttle)))]
        self.0.wait_timeout(guard, limit).unwrap_or_else(PoisonError::into_inner).0
    }

    /// Wakes one sleeper, if there is one.
    #[inline]
    pub fn notify_one(&self) {
        self.0.notify_one();
    }

    /// Wakes every sleeper.
    #[inline]
    pub fn notify_all(&self) {
        self.0.notify_all();
    }
}

#[cfg(all(test, not(any(millstream_loom, millstream_shuttle))))]
mod tests {
    use super::{Condvar, Mutex};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::Duration;

    #[test]
    fn a_panic_under_the_lock_does_not_poison_it() {
        let mutex = Mutex::new(1);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let mut guard = mutex.lock();
            *guard = 2;
            panic!("under the lock");
        }));
        assert!(outcome.is_err());
        assert_eq!(*mutex.lock(), 2);
        assert_eq!(mutex.try_lock().map(|guard| *guard), Some(2));
        assert_eq!(mutex.into_inner(), 2);
    }

    #[test]
    fn try_lock_refuses_while_locked() {
        let mutex = Mutex::new(());
        let guard = mutex.lock();
        assert!(mutex.try_lock().is_none());
        drop(guard);
        assert!(mutex.try_lock().is_some());
    }

    #[test]
    fn a_sleeper_sees_what_its_waker_wrote() {
        let (mutex, changed) = (Mutex::new(false), Condvar::new());
        std::thread::scope(|scope| {
            scope.spawn(|| {
                *mutex.lock() = true;
                changed.notify_all();
            });
            let mut guard = mutex.lock();
            while !*guard {
                guard = changed.wait(guard);
            }
            assert!(*guard);
        });
        let guard = changed.wait_timeout(mutex.lock(), Duration::from_millis(1));
        assert!(*guard);
    }
}
