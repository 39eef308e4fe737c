//! Sorts by recursion, with std's at the leaves.

use super::{Workload, mix};
use crate::fork::{Caller, Fork, Task};

/// What is sorted by std's sort.
const LEAF: usize = 2048;
/// What is merged without a fork.
const MERGE_LEAF: usize = 8192;

/// Sorts `items`; the result goes there, or to `other`.
struct Merging<'s> {
    items: &'s mut [u32],
    other: &'s mut [u32],
    to_other: bool,
}

impl Task for Merging<'_> {
    type Out = ();
    fn run<F: Fork>(self, mut fork: F) {
        let Merging { items, other, to_other } = self;
        if items.len() <= LEAF {
            items.sort_unstable();
            if to_other {
                other.copy_from_slice(items);
            }
            return;
        }
        let middle = items.len() / 2;
        {
            let (items, items_right) = items.split_at_mut(middle);
            let (other, other_right) = other.split_at_mut(middle);
            fork.join(
                Merging { items, other, to_other: !to_other },
                Merging { items: items_right, other: other_right, to_other: !to_other },
            );
        }
        let (from, to) = if to_other { (items, other) } else { (other, items) };
        let (left, right) = from.split_at(middle);
        fork.here(Merge { left, right, to });
    }
}

/// Merges two sorted slices.
struct Merge<'s> {
    left: &'s [u32],
    right: &'s [u32],
    to: &'s mut [u32],
}

impl Task for Merge<'_> {
    type Out = ();
    fn run<F: Fork>(self, mut fork: F) {
        let Merge { left, right, to } = self;
        if to.len() <= MERGE_LEAF {
            return merge(left, right, to);
        }
        // Halve the longer one, and cut the other where that one's middle belongs.
        let (longer, shorter) = if left.len() >= right.len() { (left, right) } else { (right, left) };
        let middle = longer.len() / 2;
        let cut = shorter.partition_point(|&item| item < longer[middle]);
        let (to, to_right) = to.split_at_mut(middle + cut);
        fork.join(
            Merge { left: &longer[..middle], right: &shorter[..cut], to },
            Merge { left: &longer[middle..], right: &shorter[cut..], to: to_right },
        );
    }
}

fn merge(left: &[u32], right: &[u32], to: &mut [u32]) {
    let (mut l, mut r) = (0, 0);
    let mut places = to.iter_mut();
    while l < left.len() && r < right.len() {
        let (a, b) = (left[l], right[r]);
        // Without a branch: which is smaller cannot be guessed.
        let from_left = a <= b;
        *places.next().expect("there is a place for each item") = if from_left { a } else { b };
        l += usize::from(from_left);
        r += usize::from(!from_left);
    }
    let rest = left[l..].iter().chain(&right[r..]);
    for (place, &item) in places.zip(rest) {
        *place = item;
    }
}

/// Quicksort: a serial partition, then both sides.
struct Quick<'s>(&'s mut [u32]);

impl Task for Quick<'_> {
    type Out = ();
    fn run<F: Fork>(self, mut fork: F) {
        if self.0.len() <= LEAF {
            return self.0.sort_unstable();
        }
        let (left, right) = partition(self.0);
        fork.join(Quick(left), Quick(right));
    }
}

/// Splits `items` into two non-empty parts, nothing in the left one above anything in the right one (Hoare's way).
fn partition(items: &mut [u32]) -> (&mut [u32], &mut [u32]) {
    let last = items.len() - 1;
    let mut three = [items[0], items[last / 2], items[last]];
    three.sort_unstable();
    let pivot = three[1];
    let (mut low, mut high) = (0, last);
    loop {
        while items[low] < pivot {
            low += 1;
        }
        while items[high] > pivot {
            high -= 1;
        }
        if low >= high {
            // `low` is above 0: the scan from the left stops at the pivot or before, and then either moves on by a swap or is met here.
            return items.split_at_mut(low.max(1));
        }
        items.swap(low, high);
        low += 1;
        high -= 1;
    }
}

/// Random numbers, and the same in order.
#[derive(Debug)]
struct Numbers {
    mixed: Vec<u32>,
    sorted: Vec<u32>,
}

impl Numbers {
    fn new(len: usize) -> Numbers {
        let mixed: Vec<u32> = (0..len as u64).map(|i| mix(5, i) as u32).collect();
        let mut sorted = mixed.clone();
        sorted.sort_unstable();
        Numbers { mixed, sorted }
    }

    fn check(&self, answer: &[u32]) -> Result<(), String> {
        match answer.iter().zip(&self.sorted).position(|(a, b)| a != b) {
            None if answer.len() == self.sorted.len() => Ok(()),
            None => Err(format!("{} items of {}", answer.len(), self.sorted.len())),
            Some(at) => Err(format!("item {at}: expected {}, got {}", self.sorted[at], answer[at])),
        }
    }
}

/// Merge sort, its merges parallel too.
#[derive(Debug)]
pub struct MergeSort(Numbers);

impl MergeSort {
    /// Of `len` random numbers.
    pub fn new(len: usize) -> MergeSort {
        MergeSort(Numbers::new(len))
    }
}

impl Workload for MergeSort {
    /// The numbers, and room for as many.
    type Input = (Vec<u32>, Vec<u32>);
    type Answer = Vec<u32>;
    fn name(&self) -> String {
        format!("mergesort, {} u32", self.0.mixed.len())
    }
    fn input(&self) -> Self::Input {
        (self.0.mixed.clone(), self.0.mixed.clone())
    }
    fn run<C: Caller>(&self, caller: &C, (mut items, mut other): Self::Input) -> Vec<u32> {
        caller.call(Merging { items: &mut items, other: &mut other, to_other: false });
        items
    }
    fn check(&self, answer: &Vec<u32>) -> Result<(), String> {
        self.0.check(answer)
    }
}

/// Quicksort.
#[derive(Debug)]
pub struct QuickSort(Numbers);

impl QuickSort {
    /// Of `len` random numbers.
    pub fn new(len: usize) -> QuickSort {
        QuickSort(Numbers::new(len))
    }
}

impl Workload for QuickSort {
    type Input = Vec<u32>;
    type Answer = Vec<u32>;
    fn name(&self) -> String {
        format!("quicksort, {} u32", self.0.mixed.len())
    }
    fn input(&self) -> Vec<u32> {
        self.0.mixed.clone()
    }
    fn run<C: Caller>(&self, caller: &C, mut items: Vec<u32>) -> Vec<u32> {
        caller.call(Quick(&mut items));
        items
    }
    fn check(&self, answer: &Vec<u32>) -> Result<(), String> {
        self.0.check(answer)
    }
}
