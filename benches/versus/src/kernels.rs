//! The fork-join kernels, each with its answer.

mod comb;
mod matrix;
mod recursion;
mod search;
mod sort;
mod tree;

pub use comb::{Comb, Leaf, Shape, Spread};
pub use matrix::MatMul;
pub use recursion::{Fib, Queens, Skynet};
pub use search::Unbalanced;
pub use sort::{MergeSort, QuickSort};
pub use tree::{ManySums, TreeSum};

use crate::fork::Caller;

/// A kernel with its input and its answer.
pub trait Workload {
    /// What a call is given, made outside the clock.
    type Input;
    /// What it finds.
    type Answer;
    /// The row's name.
    fn name(&self) -> String;
    /// What a time is divided by: forks or nodes; 1 where the whole call counts.
    fn tasks(&self) -> f64 {
        1.0
    }
    /// A fresh input.
    fn input(&self) -> Self::Input;
    /// The timed part.
    fn run<C: Caller>(&self, caller: &C, input: Self::Input) -> Self::Answer;
    /// Whether the answer is right.
    ///
    /// # Errors
    /// What is wrong with it.
    fn check(&self, answer: &Self::Answer) -> Result<(), String>;
}

/// Compares an answer with the known one.
fn expect<A: PartialEq + std::fmt::Debug>(answer: &A, expected: &A) -> Result<(), String> {
    if answer == expected { Ok(()) } else { Err(format!("expected {expected:?}, got {answer:?}")) }
}

/// A hash of two numbers in which each bit of the result depends on each bit of both (a multiply and two xor-shifts, twice).
#[inline]
fn mix(a: u64, b: u64) -> u64 {
    let mut x = a ^ b.wrapping_add(1).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    x = (x ^ (x >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    x = (x ^ (x >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    x ^ (x >> 32)
}
