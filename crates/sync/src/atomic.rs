//! Atomic words and fences of the build: `std`'s, loom's or shuttle's.
//!
//! What all three offer: `new`, `load`, `store`, `swap`, `compare_exchange(_weak)`, the `fetch_*` family, `fetch_update` and `into_inner`.
//! loom's `new` is not `const`, and it has no `get_mut` and no `AtomicBool::fetch_not`; do not use them.
//!
//! # Memory ordering
//! loom treats a `SeqCst` *access* as `AcqRel`; only [`fence`]`(SeqCst)` gives it a total order. Protocols that need one say so with a fence,
//! which is also the only form that can be checked. shuttle is sequentially consistent whatever the ordering says.

#[cfg(millstream_loom)]
pub use loom::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
};
#[cfg(millstream_shuttle)]
pub use shuttle::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
};
#[cfg(not(any(millstream_loom, millstream_shuttle)))]
pub use std::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
};
