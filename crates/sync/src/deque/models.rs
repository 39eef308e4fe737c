//! That the stand-in is a deque, and that it is as weak as the original; `tests/models.rs` runs these with their mutants.

use std::sync::Arc;

use super::{Injector, Stealer, Worker};
use crate::atomic::{AtomicBool, Ordering, fence};
use crate::cell::UnsafeCell;
use crate::{model, mutant, thread};

/// An item whose content was written by whoever pushed it: taking it without their ordering is a race that loom sees.
struct Item(UnsafeCell<u32>);

impl Item {
    fn new(number: u32) -> Box<Self> {
        let item = Box::new(Self(UnsafeCell::new(0)));
        // SAFETY: nobody else has the item yet.
        item.0.with_mut(|p| unsafe { *p = number });
        item
    }

    fn read(&self) -> u32 {
        // SAFETY: whoever took the item has it alone; the models exist to check just that.
        self.0.with(|p| unsafe { *p })
    }
}

/// Tries `times` times to steal.
fn steal(stealer: &Stealer<Box<Item>>, times: usize) -> Vec<u32> {
    (0..times).filter_map(|_| stealer.steal().success()).map(|item| item.read()).collect()
}

fn each_item_is_taken_once(owner: Worker<Box<Item>>) {
    let thieves = [2, 1].map(|times| {
        let stealer = owner.stealer();
        thread::spawn(move || steal(&stealer, times))
    });
    owner.push(Item::new(1));
    owner.push(Item::new(2));
    let mut taken: Vec<u32> = owner.pop().map(|item| item.read()).into_iter().collect();
    owner.push(Item::new(3));
    while let Some(item) = owner.pop() {
        taken.push(item.read());
    }
    for thief in thieves {
        taken.extend(thief.join().unwrap());
    }
    taken.sort_unstable();
    assert_eq!(taken, [1, 2, 3]);
    assert!(owner.is_empty());
}

#[test]
fn each_item_is_taken_once_last_in_first_out() {
    model::check_bounded(3, || each_item_is_taken_once(Worker::new_lifo()));
}

#[test]
fn each_item_is_taken_once_first_in_first_out() {
    model::check_bounded(3, || each_item_is_taken_once(Worker::new_fifo()));
}

#[test]
fn one_at_a_time_it_is_a_plain_deque() {
    model::check(|| {
        let (lifo, fifo) = (Worker::new_lifo(), Worker::new_fifo());
        for number in [1, 2, 3] {
            lifo.push(number);
            fifo.push(number);
        }
        assert_eq!((lifo.len(), fifo.stealer().len()), (3, 3));
        let thieves = [lifo.stealer(), fifo.stealer()];
        let stolen = thieves.map(|stealer| thread::spawn(move || stealer.steal().success()));
        assert_eq!(stolen.map(|thief| thief.join().unwrap()), [Some(1), Some(1)]);
        assert_eq!((lifo.pop(), fifo.pop()), (Some(3), Some(2)));
        assert_eq!((lifo.pop(), fifo.pop()), (Some(2), Some(3)));
        assert_eq!((lifo.pop(), fifo.pop()), (None, None));
        assert!(lifo.is_empty() && fifo.stealer().is_empty() && fifo.stealer().steal().is_empty());
    });
}

#[test]
fn an_injector_gives_each_item_to_one_thief() {
    model::check_bounded(3, || {
        let queue = Arc::new(Injector::new());
        let threads = [1, 2].map(|number| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || {
                queue.push(Item::new(number));
                queue.steal().success().map(|item: Box<Item>| item.read())
            })
        });
        // A thief that has pushed nothing knows of a push only through the item.
        let mut taken: Vec<u32> = queue.steal().success().map(|item| item.read()).into_iter().collect();
        taken.extend(threads.into_iter().filter_map(|thread| thread.join().unwrap()));
        while let Some(item) = queue.steal().success() {
            taken.push(item.read());
        }
        taken.sort_unstable();
        assert_eq!(taken, [1, 2]);
        assert!(queue.is_empty() && queue.steal().is_empty());
    });
}

/// The heart of every sleep protocol: one announces itself and then looks, the other pushes and then looks for whoever announced itself.
/// Without the pusher's own fence both can look too early, since a push is no more than a release.
fn announced_or_seen(push: impl FnOnce(), sees_nothing: impl FnOnce() -> bool + Send + 'static) {
    let announced = Arc::new(AtomicBool::new(false));
    let sleeper = {
        let announced = Arc::clone(&announced);
        thread::spawn(move || {
            // Relaxed: ordered by the fence.
            announced.store(true, Ordering::Relaxed);
            // SeqCst: in one order with the pusher's fence.
            fence(Ordering::SeqCst);
            sees_nothing()
        })
    };
    push();
    if !mutant!("deque_user_pushes_without_fence") {
        // SeqCst: in one order with the sleeper's fence.
        fence(Ordering::SeqCst);
    }
    // Relaxed: ordered by the fence.
    let woken = announced.load(Ordering::Relaxed);
    assert!(!sleeper.join().unwrap() || woken, "the push is lost");
}

#[test]
fn a_push_followed_by_a_fence_is_not_missed() {
    model::check(|| {
        let owner = Worker::new_lifo();
        let stealer = owner.stealer();
        announced_or_seen(|| owner.push(1), move || stealer.is_empty());
    });
}

#[test]
fn an_injection_followed_by_a_fence_is_not_missed() {
    model::check(|| {
        let queue = Arc::new(Injector::new());
        let looker = Arc::clone(&queue);
        announced_or_seen(|| queue.push(1), move || looker.is_empty());
    });
}
