//! What to do with panics that are not passed on.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Drops `value`; a panic of its `Drop` is not passed on, since another one is or nobody asked for the value.
pub(crate) fn discard<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        // Its own `Drop` may panic again: leaked rather than looked into.
        std::mem::forget(payload);
    }
}
