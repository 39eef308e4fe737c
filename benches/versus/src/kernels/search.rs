//! Counting the nodes of an unbalanced tree that is made while it is walked.
//!
//! After Olivier et al., "UTS: An Unbalanced Tree Search Benchmark" (LCPC 2006), its binomial tree: a root with many children, each node below has
//! [`CHILDREN`] with a fixed probability, else none. That probability is so near to 1 / [`CHILDREN`] that subtrees differ in size by orders
//! of magnitude. A node is its hash; a child's is made of its parent's and its number, so the tree is the same in any order.

use super::{Workload, expect, mix};
use crate::fork::{Caller, Fork, Task};

/// Children of a node that has any.
const CHILDREN: u32 = 8;
/// Such nodes, of 2^32: 12.45 %.
const SPLIT: u64 = 534_723_428;

/// The number of nodes at and below one.
#[derive(Clone, Copy)]
struct Count {
    hash: u64,
}

impl Task for Count {
    type Out = u64;
    fn run<F: Fork>(self, mut fork: F) -> u64 {
        if self.hash >> 32 >= SPLIT {
            return 1;
        }
        1 + fork.sum(0..CHILDREN, move |i| Count { hash: mix(self.hash, u64::from(i)) })
    }
}

/// The root, which has `width` children.
#[derive(Clone, Copy)]
struct Root {
    seed: u64,
    width: u32,
}

impl Task for Root {
    type Out = u64;
    fn run<F: Fork>(self, mut fork: F) -> u64 {
        1 + fork.sum(0..self.width, move |i| Count { hash: mix(self.seed, u64::from(i)) })
    }
}

/// One walk of the tree.
#[derive(Clone, Copy, Debug)]
pub struct Unbalanced {
    seed: u64,
    width: u32,
    nodes: u64,
}

impl Unbalanced {
    /// The tree of the bars.
    pub fn large() -> Unbalanced {
        Unbalanced { seed: 37, width: 2000, nodes: 394_393 }
    }

    /// A smaller one.
    pub fn small() -> Unbalanced {
        Unbalanced { seed: 7, width: 200, nodes: 56_777 }
    }
}

impl Workload for Unbalanced {
    type Input = ();
    type Answer = u64;
    fn name(&self) -> String {
        format!("unbalanced tree, {} nodes", self.nodes)
    }
    fn tasks(&self) -> f64 {
        self.nodes as f64
    }
    fn input(&self) {}
    fn run<C: Caller>(&self, caller: &C, (): ()) -> u64 {
        caller.call(Root { seed: self.seed, width: self.width })
    }
    fn check(&self, answer: &u64) -> Result<(), String> {
        expect(answer, &self.nodes)
    }
}
