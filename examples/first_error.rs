//! Which error do I get if several items fail? The first in item order, as from the sequential iterator.

use millstream::prelude::*;

/// The example.
pub fn main() {
    let lines = ["1", "2", "three", "4", "five"];
    let numbers: Result<Vec<i32>, String> =
        lines.par_iter().map(|line| line.parse().map_err(|_| format!("{line:?} is no number"))).collect();
    assert_eq!(numbers, Err(r#""three" is no number"#.to_owned()));
}
