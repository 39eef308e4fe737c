//! The packed range of a loop's participant: its owner takes from the front, thieves from the back.

use std::ops::Range;
use std::sync::Arc;

use millstream_sync::atomic::{AtomicU32, Ordering};
use millstream_sync::pad::CachePadded;
use millstream_sync::{model, thread};

use super::part::{Part, pack};
use crate::models::scaled;

struct Loop {
    parts: Vec<CachePadded<Part>>,
    taken: Vec<AtomicU32>,
}

// SAFETY: only the parts' ranges are used, which are atomic.
unsafe impl Sync for Loop {}
// SAFETY: as above.
unsafe impl Send for Loop {}

impl Loop {
    fn new(parts: usize, units: u32) -> Arc<Loop> {
        let parts: Vec<_> = (0..parts).map(|_| Part::new()).collect();
        // Relaxed: handed over by the threads' starts.
        parts[0].range.store(pack(0, units), Ordering::Relaxed);
        Arc::new(Loop { parts, taken: (0..units).map(|_| AtomicU32::new(0)).collect() })
    }

    fn take(&self, units: Range<u32>) {
        for unit in units {
            // Relaxed: counted at the end.
            let before = self.taken[unit as usize].fetch_add(1, Ordering::Relaxed);
            assert_eq!(before, 0, "unit {unit} was taken twice");
        }
    }

    /// What a participant does: empties its own range, then half of another's becomes its own.
    fn work(&self, me: usize, chunk: u32, steals: usize) {
        let mut steals = 0..steals;
        loop {
            while let Some(units) = self.parts[me].take_front(chunk) {
                self.take(units);
            }
            let others = (me + 1..self.parts.len()).chain(0..me);
            if steals.next().is_none() {
                return;
            }
            let Some(units) = others.filter_map(|at| self.parts[at].take_back(1)).next() else { return };
            // Relaxed: T3 of the module's story.
            self.parts[me].range.store(pack(units.start, units.end), Ordering::Relaxed);
        }
    }

    fn all_taken(&self) -> bool {
        // Relaxed: after all threads' ends.
        self.taken.iter().all(|unit| unit.load(Ordering::Relaxed) == 1)
    }
}

#[test]
fn front_and_back_meet_without_sharing_a_unit() {
    model::check(|| {
        let shared = Loop::new(1, 4);
        let theirs = Arc::clone(&shared);
        let thief = thread::spawn(move || {
            for _ in 0..2 {
                if let Some(units) = theirs.parts[0].take_back(1) {
                    theirs.take(units);
                }
            }
        });
        while let Some(units) = shared.parts[0].take_front(1) {
            shared.take(units);
        }
        thief.join().unwrap();
        assert!(shared.all_taken());
    });
}

#[test]
fn a_stolen_half_is_split_again_and_no_unit_is_lost() {
    model::check_bounded(3, || {
        let threads = scaled(2, 5);
        let shared = Loop::new(threads, scaled(4, 24) as u32);
        let started: Vec<_> = (1..threads)
            .map(|me| {
                let theirs = Arc::clone(&shared);
                thread::spawn(move || theirs.work(me, 1, 2))
            })
            .collect();
        shared.work(0, 2, 2);
        for thread in started {
            thread.join().unwrap();
        }
        // Whoever has used up its steals leaves with an empty range of its own, and part 0 left last of its own.
        assert!(shared.all_taken());
    });
}
