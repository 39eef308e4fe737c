//! Matrix multiplication by quadrants.
//!
//! The matrices lie in recursive order: the four quadrants one after the other, each in itself the same, down to tiles of [`TILE`] x
//! [`TILE`] by rows. So a quadrant is a slice, and the product needs no pointer arithmetic.

use super::{Workload, mix};
use crate::fork::{Caller, Fork, Task};

/// Edge of the tile at which the recursion ends.
const TILE: usize = 32;

/// `c += a * b`, all square with edge `edge`.
struct Product<'m> {
    edge: usize,
    a: &'m [f32],
    b: &'m [f32],
    c: &'m mut [f32],
}

impl Product<'_> {
    fn tile(self) {
        for (row, c) in self.a.chunks_exact(TILE).zip(self.c.chunks_exact_mut(TILE)) {
            for (&a, b) in row.iter().zip(self.b.chunks_exact(TILE)) {
                for (c, &b) in c.iter_mut().zip(b) {
                    *c += a * b;
                }
            }
        }
    }
}

fn quarters(m: &[f32]) -> [&[f32]; 4] {
    let (top, bottom) = m.split_at(m.len() / 2);
    let ((p, q), (r, s)) = (top.split_at(top.len() / 2), bottom.split_at(bottom.len() / 2));
    [p, q, r, s]
}

/// Two products at the same time.
struct Two<'m>(Product<'m>, Product<'m>);

impl Task for Two<'_> {
    type Out = ();
    fn run<F: Fork>(self, mut fork: F) {
        fork.join(self.0, self.1);
    }
}

impl Task for Product<'_> {
    type Out = ();
    fn run<F: Fork>(self, mut fork: F) {
        if self.edge == TILE {
            return self.tile();
        }
        let edge = self.edge / 2;
        let (a, b) = (quarters(self.a), quarters(self.b));
        let (top, bottom) = self.c.split_at_mut(self.c.len() / 2);
        // Two steps: the quadrants of `c` are written by one product each in either.
        for k in 0..2 {
            let (c0, c1) = top.split_at_mut(top.len() / 2);
            let (c2, c3) = bottom.split_at_mut(bottom.len() / 2);
            fork.join(
                Two(
                    Product { edge, a: a[k], b: b[2 * k], c: c0 },
                    Product { edge, a: a[k], b: b[2 * k + 1], c: c1 },
                ),
                Two(
                    Product { edge, a: a[2 + k], b: b[2 * k], c: c2 },
                    Product { edge, a: a[2 + k], b: b[2 * k + 1], c: c3 },
                ),
            );
        }
    }
}

/// The product of two matrices of small whole numbers, whose sums `f32` holds exactly in any order.
#[derive(Debug)]
pub struct MatMul {
    edge: usize,
    a: Vec<f32>,
    b: Vec<f32>,
    /// A vector to multiply with, and what the product times it must be.
    probe: Vec<f64>,
    expected: Vec<f64>,
}

impl MatMul {
    /// # Panics
    /// If `edge` is no power of two times the tile's edge.
    pub fn new(edge: usize) -> MatMul {
        assert!(edge.is_multiple_of(TILE) && (edge / TILE).is_power_of_two(), "edge {edge} has no quadrants");
        let fill = |seed| (0..edge * edge).map(|i| (mix(seed, i as u64) % 8) as f32).collect::<Vec<f32>>();
        let (a, b) = (fill(1), fill(2));
        let probe: Vec<f64> = (0..edge).map(|i| (mix(3, i as u64) % 1024) as f64).collect();
        let expected = times(edge, &a, &times(edge, &b, &probe));
        MatMul { edge, a, b, probe, expected }
    }
}

/// A matrix times a vector: whole numbers below 2^53, so exact.
fn times(edge: usize, m: &[f32], vector: &[f64]) -> Vec<f64> {
    let mut product = vec![0.0; edge];
    add_times(edge, m, vector, &mut product);
    product
}

fn add_times(edge: usize, m: &[f32], vector: &[f64], product: &mut [f64]) {
    if edge == TILE {
        for (row, sum) in m.chunks_exact(TILE).zip(product) {
            *sum += row.iter().zip(vector).map(|(&a, &x)| f64::from(a) * x).sum::<f64>();
        }
        return;
    }
    let half = edge / 2;
    let [p, q, r, s] = quarters(m);
    let (x, y) = vector.split_at(half);
    let (top, bottom) = product.split_at_mut(half);
    add_times(half, p, x, top);
    add_times(half, q, y, top);
    add_times(half, r, x, bottom);
    add_times(half, s, y, bottom);
}

impl Workload for MatMul {
    type Input = Vec<f32>;
    type Answer = Vec<f32>;
    fn name(&self) -> String {
        format!("matmul {}, base {TILE}", self.edge)
    }
    fn input(&self) -> Vec<f32> {
        // Touched beforehand: page faults are not what is measured.
        let mut c = vec![1.0; self.edge * self.edge];
        c.fill(0.0);
        c
    }
    fn run<C: Caller>(&self, caller: &C, mut c: Vec<f32>) -> Vec<f32> {
        caller.call(Product { edge: self.edge, a: &self.a, b: &self.b, c: &mut c });
        c
    }
    /// Freivalds' check: (a b) x = a (b x).
    fn check(&self, c: &Vec<f32>) -> Result<(), String> {
        let found = times(self.edge, c, &self.probe);
        match found.iter().zip(&self.expected).position(|(found, expected)| found != expected) {
            None => Ok(()),
            Some(row) => {
                Err(format!("row {row} times the probe: expected {}, got {}", self.expected[row], found[row]))
            }
        }
    }
}
