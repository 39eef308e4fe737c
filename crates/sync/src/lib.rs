//! The one door to atomics, cells, threads and parking.
