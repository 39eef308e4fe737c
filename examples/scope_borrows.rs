//! How do I start jobs that borrow from my stack? (Go: goroutines and a WaitGroup.)

use std::sync::atomic::{AtomicU32, Ordering};

/// The example.
pub fn main() {
    let words = vec!["to", "be", "or", "not", "to", "be"];
    let letters = AtomicU32::new(0);
    millstream::scope(|scope| {
        for word in &words {
            scope.spawn(|_| {
                letters.fetch_add(word.len() as u32, Ordering::Relaxed);
            });
        }
    });
    assert_eq!(letters.into_inner(), 13);
}
