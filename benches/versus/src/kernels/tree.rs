//! Sums over a tree in memory.

use super::{Workload, expect};
use crate::fork::{Caller, Fork, Task};

/// A node on the heap.
#[derive(Debug)]
struct Node {
    value: u64,
    left: Option<Box<Node>>,
    right: Option<Box<Node>>,
}

impl Node {
    /// A full tree of `layers`, laid out layer by layer, the leaves first.
    ///
    /// So it looks the same from the left and from the right. Contenders differ in which half they run first, and a layout in the order of
    /// one of the two would hand that one a walk along memory, and the others a walk across it (1.4 against 4 to 6 ns a node).
    fn full(layers: u32, count: &mut u64) -> Option<Box<Node>> {
        let mut node = |left, right| {
            let value = *count;
            *count += 1;
            Some(Box::new(Node { value, left, right }))
        };
        let leaves = if layers == 0 { 0 } else { 1usize << (layers - 1) };
        let mut row: Vec<_> = (0..leaves).map(|_| node(None, None)).collect();
        while row.len() > 1 {
            let mut below = row.into_iter();
            let mut above = Vec::new();
            while let (Some(left), Some(right)) = (below.next(), below.next()) {
                above.push(node(left, right));
            }
            row = above;
        }
        row.pop().flatten()
    }
}

/// The sum of a subtree, a fork at every node.
#[derive(Clone, Copy)]
struct Sum<'t>(Option<&'t Node>);

impl Task for Sum<'_> {
    type Out = u64;
    fn run<F: Fork>(self, mut fork: F) -> u64 {
        let Some(node) = self.0 else { return 0 };
        let (left, right) = fork.join(Sum(node.left.as_deref()), Sum(node.right.as_deref()));
        node.value + left + right
    }
}

/// One sum of a large tree.
#[derive(Debug)]
pub struct TreeSum {
    root: Option<Box<Node>>,
    nodes: u64,
}

impl TreeSum {
    /// A full tree of `layers`.
    pub fn new(layers: u32) -> TreeSum {
        let mut nodes = 0;
        TreeSum { root: Node::full(layers, &mut nodes), nodes }
    }
}

impl Workload for TreeSum {
    type Input = ();
    type Answer = u64;
    fn name(&self) -> String {
        format!("tree sum, {} nodes", self.nodes)
    }
    fn tasks(&self) -> f64 {
        self.nodes as f64
    }
    fn input(&self) {}
    fn run<C: Caller>(&self, caller: &C, (): ()) -> u64 {
        caller.call(Sum(self.root.as_deref()))
    }
    fn check(&self, answer: &u64) -> Result<(), String> {
        expect(answer, &(self.nodes * (self.nodes - 1) / 2))
    }
}

/// Many sums of a small tree, each a call of its own from outside.
#[derive(Debug)]
pub struct ManySums {
    tree: TreeSum,
    sums: u64,
}

impl ManySums {
    /// `sums` sums of a tree of 1023 nodes.
    pub fn new(sums: u64) -> ManySums {
        ManySums { tree: TreeSum::new(10), sums }
    }
}

impl Workload for ManySums {
    type Input = ();
    type Answer = u64;
    fn name(&self) -> String {
        format!("{} sums of a {}-node tree", self.sums, self.tree.nodes)
    }
    fn input(&self) {}
    fn run<C: Caller>(&self, caller: &C, (): ()) -> u64 {
        (0..self.sums).map(|_| caller.call(Sum(std::hint::black_box(self.tree.root.as_deref())))).sum()
    }
    fn check(&self, answer: &u64) -> Result<(), String> {
        expect(answer, &(self.sums * self.tree.nodes * (self.tree.nodes - 1) / 2))
    }
}
