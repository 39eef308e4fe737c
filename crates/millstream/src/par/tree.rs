//! The fixed tree of a deterministic reduction.
//!
//! Blocks of equal length are reduced each from front to back, giving the leaves 0, 1, 2, ... of a binary tree. The node
//! `i` of level `l + 1` merges the nodes `2i` and `2i + 1` of level `l`, as soon as one thread has both. Where the number
//! of leaves is not a power of two, the nodes left over are merged from the right: with 7 leaves
//! `((0 1)(2 3)) ((4 5) 6)`. So the shape depends on the number of leaves alone, never on who ran which.

use millstream_scheduler::split::Flow;

use super::sink::{Merge, Sink};

/// Reduces each block by `inner`, and the blocks by the tree.
pub(crate) struct Tree<'k, K> {
    inner: &'k K,
}

/// Complete nodes next to each other, no two of which are a pair that could be merged.
pub(crate) struct Nodes<O> {
    nodes: Vec<Node<O>>,
}

struct Node<O> {
    level: u32,
    index: usize,
    value: O,
}

impl<O> Nodes<O> {
    pub(crate) fn any(&self, f: impl Fn(&O) -> bool) -> bool {
        self.nodes.iter().any(|node| f(&node.value))
    }
}

impl<'k, K> Tree<'k, K> {
    pub(crate) fn new(inner: &'k K) -> Self {
        Tree { inner }
    }

    /// Merges all nodes of all spans, which come in order.
    pub(crate) fn join<T>(&self, spans: impl Iterator<Item = Nodes<K::Out>>) -> Option<K::Out>
    where
        K: Merge<T>,
    {
        let mut all = Nodes { nodes: Vec::new() };
        for node in spans.flat_map(|span| span.nodes) {
            self.push(&mut all, node);
        }
        let mut right = all.nodes.pop()?.value;
        while let Some(left) = all.nodes.pop() {
            right = self.inner.merge(left.value, right);
        }
        Some(right)
    }

    fn push<T>(&self, to: &mut Nodes<K::Out>, mut node: Node<K::Out>)
    where
        K: Merge<T>,
    {
        while let Some(left) =
            to.nodes.pop_if(|left| left.level == node.level && left.index ^ 1 == node.index)
        {
            let value = self.inner.merge(left.value, node.value);
            node = Node { level: node.level + 1, index: node.index / 2, value };
        }
        to.nodes.push(node);
    }
}

impl<T, K: Merge<T>> Sink<T> for Tree<'_, K> {
    type Acc = (Option<K::Acc>, Nodes<K::Out>);
    type Out = Nodes<K::Out>;

    fn start(&self) -> Self::Acc {
        (None, Nodes { nodes: Vec::new() })
    }

    #[inline]
    fn feed<S: Iterator<Item = T>>(&self, acc: &mut Self::Acc, at: usize, items: S) -> Flow {
        self.inner.feed(acc.0.get_or_insert_with(|| self.inner.start()), at, items)
    }

    fn seal(&self, acc: &mut Self::Acc, block: usize) {
        if let Some(leaf) = acc.0.take() {
            let value = self.inner.end(leaf);
            self.push(&mut acc.1, Node { level: 0, index: block, value });
        }
    }

    fn end(&self, acc: Self::Acc) -> Self::Out {
        let (open, mut nodes) = acc;
        if let Some(leaf) = open {
            // Stopped within a block: nothing behind it is wanted, and it pairs with nothing.
            nodes.nodes.push(Node { level: u32::MAX, index: 0, value: self.inner.end(leaf) });
        }
        nodes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes down how it was merged.
    struct Trace;

    impl Sink<String> for Trace {
        type Acc = String;
        type Out = String;
        fn start(&self) -> String {
            String::new()
        }
        fn feed<S: Iterator<Item = String>>(&self, acc: &mut String, _: usize, items: S) -> Flow {
            acc.extend(items);
            Flow::Continue
        }
        fn end(&self, acc: String) -> String {
            acc
        }
    }

    impl Merge<String> for Trace {
        fn merge(&self, left: String, right: String) -> String {
            format!("({left} {right})")
        }
    }

    fn traced(leaves: usize, spans: &[usize]) -> Option<String> {
        let tree = Tree::new(&Trace);
        let mut results = Vec::new();
        let mut from = 0;
        for &to in spans.iter().chain([&leaves]) {
            let mut acc = tree.start();
            for block in from..to {
                assert_eq!(tree.feed(&mut acc, block, [block.to_string()].into_iter()), Flow::Continue);
                tree.seal(&mut acc, block);
            }
            results.push(tree.end(acc));
            from = to;
        }
        tree.join(results.into_iter())
    }

    #[test]
    fn the_shape_is_the_documented_one() {
        assert_eq!(traced(0, &[]), None);
        assert_eq!(traced(1, &[]).as_deref(), Some("0"));
        assert_eq!(traced(7, &[]).as_deref(), Some("(((0 1) (2 3)) ((4 5) 6))"));
    }

    #[test]
    fn the_shape_does_not_depend_on_the_spans() {
        for leaves in 0..40 {
            let whole = traced(leaves, &[]);
            for a in 0..=leaves {
                for b in a..=leaves {
                    assert_eq!(traced(leaves, &[a, b]), whole, "{leaves} leaves, spans end at {a} and {b}");
                }
            }
        }
    }
}
