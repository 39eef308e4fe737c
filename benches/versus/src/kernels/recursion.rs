//! Recursions that hold no data: Fibonacci numbers, skynet, queens.

use super::{Workload, expect};
use crate::fork::{Caller, Fork, Task};

/// Fibonacci numbers by the definition, a fork at every call.
#[derive(Clone, Copy, Debug)]
pub struct Fib(pub u32);

impl Task for Fib {
    type Out = u64;
    fn run<F: Fork>(self, mut fork: F) -> u64 {
        if self.0 < 2 {
            return u64::from(self.0);
        }
        let (a, b) = fork.join(Fib(self.0 - 1), Fib(self.0 - 2));
        a + b
    }
}

/// By iteration.
fn fib(n: u32) -> u64 {
    (0..n).fold((0, 1), |(a, b), _| (b, a + b)).0
}

impl Workload for Fib {
    type Input = ();
    type Answer = u64;
    fn name(&self) -> String {
        format!("fib({})", self.0)
    }
    /// Each call above the leaves forks: fib(n + 1) - 1 times.
    fn tasks(&self) -> f64 {
        (fib(self.0 + 1) - 1) as f64
    }
    fn input(&self) {}
    fn run<C: Caller>(&self, caller: &C, (): ()) -> u64 {
        caller.call(*self)
    }
    fn check(&self, answer: &u64) -> Result<(), String> {
        expect(answer, &fib(self.0))
    }
}

/// Ten children to a node down to leaves that are numbered and summed.
#[derive(Clone, Copy, Debug)]
pub struct Skynet {
    /// Leaves: a power of ten.
    pub leaves: u64,
    /// Number of the first leaf.
    pub first: u64,
}

impl Task for Skynet {
    type Out = u64;
    fn run<F: Fork>(self, mut fork: F) -> u64 {
        if self.leaves == 1 {
            return self.first;
        }
        let leaves = self.leaves / 10;
        fork.sum(0..10, move |i| Skynet { leaves, first: self.first + u64::from(i) * leaves })
    }
}

impl Workload for Skynet {
    type Input = ();
    type Answer = u64;
    fn name(&self) -> String {
        format!("skynet({})", self.leaves)
    }
    fn tasks(&self) -> f64 {
        // Nodes: 1 + 10 + ... + leaves.
        ((self.leaves * 10 - 1) / 9) as f64
    }
    fn input(&self) {}
    fn run<C: Caller>(&self, caller: &C, (): ()) -> u64 {
        caller.call(*self)
    }
    fn check(&self, answer: &u64) -> Result<(), String> {
        expect(answer, &(self.leaves * (self.leaves - 1) / 2))
    }
}

/// The largest board.
const BOARD: usize = 14;

/// Ways to place `n` queens; a fork over the columns of each row that are free, no cutoff.
#[derive(Clone, Copy, Debug)]
pub struct Queens {
    n: u8,
    row: u8,
    columns: [u8; BOARD],
}

impl Queens {
    /// # Panics
    /// If the board is larger than 14.
    pub fn new(n: u8) -> Queens {
        assert!(usize::from(n) <= BOARD, "boards up to {BOARD} have room here");
        Queens { n, row: 0, columns: [0; BOARD] }
    }

    fn free(&self, column: u8) -> bool {
        let placed = self.columns[..usize::from(self.row)].iter().zip(0u8..);
        placed.into_iter().all(|(&other, row)| other != column && other.abs_diff(column) != self.row - row)
    }
}

impl Task for Queens {
    type Out = u64;
    fn run<F: Fork>(self, mut fork: F) -> u64 {
        if self.row == self.n {
            return 1;
        }
        let mut free = [0u8; BOARD];
        let mut count = 0;
        for column in 0..self.n {
            if self.free(column) {
                free[count] = column;
                count += 1;
            }
        }
        fork.sum(0..count as u32, move |i| {
            let mut next = self;
            next.columns[usize::from(self.row)] = free[i as usize];
            next.row += 1;
            next
        })
    }
}

impl Workload for Queens {
    type Input = ();
    type Answer = u64;
    fn name(&self) -> String {
        format!("nqueens({})", self.n)
    }
    fn input(&self) {}
    fn run<C: Caller>(&self, caller: &C, (): ()) -> u64 {
        caller.call(*self)
    }
    fn check(&self, answer: &u64) -> Result<(), String> {
        // OEIS A000170.
        const WAYS: [u64; BOARD + 1] = [1, 1, 0, 0, 2, 10, 4, 40, 92, 352, 724, 2680, 14200, 73712, 365_596];
        expect(answer, &WAYS[usize::from(self.n)])
    }
}
