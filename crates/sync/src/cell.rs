//! A cell whose accesses a model checker can see.
//!
//! `std::cell::UnsafeCell` with its pointer handed to a closure instead of returned: loom then knows when an access begins and ends, and
//! reports two that overlap without a happens-before between them. In the real build, and under shuttle, it is the plain cell.

#[cfg(millstream_loom)]
use loom::cell as backend;
#[cfg(not(millstream_loom))]
use std::cell as backend;

/// Interior mutability with checked accesses; never `Sync` by itself.
///
/// # Examples
/// ```
/// use millstream_sync::cell::UnsafeCell;
///
/// let cell = UnsafeCell::new(1);
/// // SAFETY: nobody else has the cell.
/// cell.with_mut(|p| unsafe { *p = 2 });
/// assert_eq!(cell.into_inner(), 2);
/// ```
#[derive(Debug)]
#[repr(transparent)]
pub struct UnsafeCell<T>(backend::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    /// A cell holding `value`; `const` in the real build and under shuttle.
    #[inline]
    #[cfg(not(millstream_loom))]
    pub const fn new(value: T) -> Self {
        Self(backend::UnsafeCell::new(value))
    }

    /// A cell holding `value`; `const` in the real build and under shuttle.
    #[cfg(millstream_loom)]
    pub fn new(value: T) -> Self {
        Self(backend::UnsafeCell::new(value))
    }

    /// Gives `access` a pointer for reading. No writer may be at work before `access` returns.
    #[inline]
    pub fn with<R>(&self, access: impl FnOnce(*const T) -> R) -> R {
        #[cfg(millstream_loom)]
        return self.0.with(access);
        #[cfg(not(millstream_loom))]
        access(self.0.get().cast_const())
    }

    /// Gives `access` a pointer for writing. No other access may be at work before `access` returns.
    #[inline]
    pub fn with_mut<R>(&self, access: impl FnOnce(*mut T) -> R) -> R {
        #[cfg(millstream_loom)]
        return self.0.with_mut(access);
        #[cfg(not(millstream_loom))]
        access(self.0.get())
    }

    /// The value, the cell being owned.
    #[inline]
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}
