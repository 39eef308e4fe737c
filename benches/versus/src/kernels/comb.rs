//! Shapes made of leaves of a known length: a list, and an evenly split region.

use millstream_harness::spin_work;

use super::{Workload, expect};
use crate::fork::{Caller, Fork, Task};

/// A leaf of `units` of [`spin_work`].
#[derive(Clone, Copy, Debug)]
pub struct Leaf {
    /// What its result depends on.
    pub seed: u64,
    /// Its length.
    pub units: u32,
}

impl Task for Leaf {
    type Out = u64;
    #[inline]
    fn run<F: Fork>(self, _: F) -> u64 {
        spin_work(self.seed, self.units)
    }
}

/// Which of a list's two halves a join begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `join(leaf, rest)`: each thief gets the whole rest of the list.
    LeafFirst,
    /// `join(rest, leaf)`: the whole list is forked before its last leaf is reached.
    RestFirst,
}

/// A list of leaves, nested as deep as it is long.
#[derive(Clone, Copy, Debug)]
pub struct Comb {
    /// Leaves.
    pub leaves: u32,
    /// Length of each, in units.
    pub units: u32,
    /// The way it is nested.
    pub shape: Shape,
}

impl Comb {
    fn leaf(&self) -> Leaf {
        Leaf { seed: u64::from(self.leaves), units: self.units }
    }
}

impl Task for Comb {
    type Out = u64;
    fn run<F: Fork>(self, mut fork: F) -> u64 {
        if self.leaves == 0 {
            return 0;
        }
        let rest = Comb { leaves: self.leaves - 1, ..self };
        let (a, b) = match self.shape {
            Shape::LeafFirst => fork.join(self.leaf(), rest),
            Shape::RestFirst => fork.join(rest, self.leaf()),
        };
        a.wrapping_add(b)
    }
}

impl Workload for Comb {
    type Input = ();
    type Answer = u64;
    fn name(&self) -> String {
        let shape = match self.shape {
            Shape::LeafFirst => "leaf, rest",
            Shape::RestFirst => "rest, leaf",
        };
        format!("comb, {} leaves, join({shape})", self.leaves)
    }
    fn input(&self) {}
    fn run<C: Caller>(&self, caller: &C, (): ()) -> u64 {
        caller.call(*self)
    }
    fn check(&self, answer: &u64) -> Result<(), String> {
        let leaves = (1..=self.leaves).map(|seed| spin_work(u64::from(seed), self.units));
        expect(answer, &leaves.fold(0, u64::wrapping_add))
    }
}

/// `leaves` leaves of `units` each by halving.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    /// Leaves.
    pub leaves: u32,
    /// Length of each, in units.
    pub units: u32,
}

impl Task for Spread {
    type Out = u64;
    #[inline]
    fn run<F: Fork>(self, mut fork: F) -> u64 {
        fork.sum(0..self.leaves, move |i| Leaf { seed: u64::from(i), units: self.units })
    }
}

impl Workload for Spread {
    type Input = ();
    type Answer = u64;
    fn name(&self) -> String {
        format!("{} leaves by join", self.leaves)
    }
    fn input(&self) {}
    #[inline]
    fn run<C: Caller>(&self, caller: &C, (): ()) -> u64 {
        caller.call(*self)
    }
    fn check(&self, answer: &u64) -> Result<(), String> {
        let leaves = (0..self.leaves).map(|seed| spin_work(u64::from(seed), self.units));
        expect(answer, &leaves.fold(0, u64::wrapping_add))
    }
}
