//! The one door to atomics, cells, threads and parking.
//!
//! Everything concurrent in Millstream is written against this crate, which is one of three things, chosen when it is built:
//!
//! | build | what the names mean |
//! |---|---|
//! | ordinary | `std` and the system, at no cost |
//! | `RUSTFLAGS="--cfg millstream_loom"` | [loom](https://docs.rs/loom): every interleaving, weak memory |
//! | `RUSTFLAGS="--cfg millstream_shuttle"` | [shuttle](https://docs.rs/shuttle): random schedules of many threads, sequentially consistent |
//!
//! So a protocol is checked as it is written, not as a copy of itself: see [`model`].
//!
//! In reading order: [`atomic`], [`cell`], [`hint`], [`pad`], [`mod@thread`], [`lock`], [`park`], [`clock`], `deque` (in models only: a stand-in for
//! crossbeam-deque, which the checkers cannot see into) and [`model`].

#[cfg(all(millstream_loom, millstream_shuttle))]
compile_error!("millstream_loom and millstream_shuttle exclude each other");

pub mod atomic;
pub mod cell;
pub mod hint;
pub mod pad;
pub mod thread;

pub mod lock;
pub mod park;

pub mod clock;

#[cfg(any(millstream_loom, millstream_shuttle))]
pub mod deque;

pub mod model;

/// For the macros of this crate only.
#[doc(hidden)]
pub mod __backend {
    #[cfg(millstream_loom)]
    pub use loom::thread_local;
    #[cfg(millstream_shuttle)]
    pub use shuttle::thread_local;
    #[cfg(not(any(millstream_loom, millstream_shuttle)))]
    pub use std::thread_local;
}
