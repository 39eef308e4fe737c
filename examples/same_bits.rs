//! How do I get the same floating-point sum on any number of threads?

use millstream::Pool;
use millstream::prelude::*;

/// The example.
pub fn main() {
    let numbers: Vec<f32> = (0..100_000).map(|i| (i as f32).sin()).collect();
    let on = |threads| {
        let pool = Pool::new(threads).expect("some threads can be started");
        pool.install(|| numbers.par_iter().copied().deterministic().sum::<f32>())
    };
    let bits = on(1).to_bits();
    assert!([2, 3, 4].into_iter().all(|threads| on(threads).to_bits() == bits));
}
