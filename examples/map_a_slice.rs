//! How do I map a slice on all cores, in order?

use millstream::prelude::*;

/// The example.
pub fn main() {
    let words = ["stream", "mill", "wheel", "sluice"];
    let lengths: Vec<usize> = words.par_iter().map(|word| word.len()).collect();
    assert_eq!(lengths, [6, 4, 5, 6]);

    let mut squares: Vec<u64> = (0..1000).collect();
    squares.par_iter_mut().for_each(|x| *x *= *x);
    let odd: u64 = squares.into_par_iter().filter(|x| x % 2 == 1).sum();
    assert_eq!(odd, (0..1000u64).map(|x| x * x).filter(|x| x % 2 == 1).sum());
}
