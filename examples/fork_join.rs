//! How do I write divide and conquer, and what does the worker's handle save?

use millstream::{Pool, Worker};

fn sum(numbers: &[u64]) -> u64 {
    if numbers.len() <= 16 {
        return numbers.iter().sum();
    }
    let (left, right) = numbers.split_at(numbers.len() / 2);
    let (left, right) = millstream::join(|| sum(left), || sum(right));
    left + right
}

/// The same with the handle passed down: no look at a thread-local at each fork.
fn sum_with(worker: &Worker, numbers: &[u64]) -> u64 {
    if numbers.len() <= 16 {
        return numbers.iter().sum();
    }
    let (left, right) = numbers.split_at(numbers.len() / 2);
    let (left, right) = worker.join(|worker| sum_with(worker, left), |worker| sum_with(worker, right));
    left + right
}

/// Trees of a higher degree fork all children at once.
fn leaves(worker: &Worker, depth: u32) -> u64 {
    if depth == 0 {
        return 1;
    }
    worker.fork_n(10, |worker, _| leaves(worker, depth - 1), |a, b| a + b).unwrap_or(0)
}

/// The example.
pub fn main() {
    let numbers: Vec<u64> = (0..100_000).collect();
    let expected = numbers.iter().sum();
    assert_eq!(sum(&numbers), expected);
    let pool = Pool::new(2).expect("two threads can be started");
    assert_eq!(pool.enter(|worker| sum_with(worker, &numbers)), expected);
    assert_eq!(pool.enter(|worker| leaves(worker, 4)), 10_000);
}
