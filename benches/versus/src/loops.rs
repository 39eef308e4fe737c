//! The loops of the parallel iterators: the same text for Millstream and rayon, beside the sequential one.

use millstream_harness::spin_work;

/// A loop's contender: what differs is the trait that `par_iter` comes from.
pub trait Loops {
    /// The sum of [`spin_work`] over all items.
    fn sum(&self, items: &[u64], units: u32) -> u64;
    /// [`spin_work`] of each item, in order, in a fresh vector.
    fn collect(&self, items: &[u64], units: u32) -> Vec<u64>;
    /// The sum over items that cost as many units as they say.
    fn costs(&self, units: &[u32]) -> u64;
    /// `outer` times the sum, inside each other.
    fn nested(&self, outer: &[u64], inner: &[u64], units: u32) -> u64;
}

/// What the `at`-th item of [`Loops::costs`] gives.
fn cost(at: usize, units: u32) -> u64 {
    spin_work(at as u64, units)
}

/// The plain loops.
#[derive(Clone, Copy, Debug)]
pub struct Sequential;

impl Loops for Sequential {
    fn sum(&self, items: &[u64], units: u32) -> u64 {
        items.iter().map(|&item| spin_work(item, units)).fold(0, u64::wrapping_add)
    }
    fn collect(&self, items: &[u64], units: u32) -> Vec<u64> {
        items.iter().map(|&item| spin_work(item, units)).collect()
    }
    fn costs(&self, units: &[u32]) -> u64 {
        units.iter().enumerate().map(|(at, &units)| cost(at, units)).fold(0, u64::wrapping_add)
    }
    fn nested(&self, outer: &[u64], inner: &[u64], units: u32) -> u64 {
        let rows = outer
            .iter()
            .map(|&row| inner.iter().map(|&item| spin_work(row ^ item, units)).fold(0, u64::wrapping_add));
        rows.fold(0, u64::wrapping_add)
    }
}

macro_rules! parallel {
    ($(#[$doc:meta])* $name:ident, $pool:ty, $module:ident, $prelude:path) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name<'p>(pub &'p $pool);

        mod $module {
            use $prelude::*;
            use super::{$name, Loops, cost, spin_work};

            impl Loops for $name<'_> {
                fn sum(&self, items: &[u64], units: u32) -> u64 {
                    let sum = || {
                        items.par_iter().map(|&item| spin_work(item, units)).reduce(|| 0, u64::wrapping_add)
                    };
                    self.0.install(sum)
                }
                fn collect(&self, items: &[u64], units: u32) -> Vec<u64> {
                    self.0.install(|| items.par_iter().map(|&item| spin_work(item, units)).collect())
                }
                fn costs(&self, units: &[u32]) -> u64 {
                    let sum = || {
                        let costs = units.par_iter().enumerate().map(|(at, &units)| cost(at, units));
                        costs.reduce(|| 0, u64::wrapping_add)
                    };
                    self.0.install(sum)
                }
                fn nested(&self, outer: &[u64], inner: &[u64], units: u32) -> u64 {
                    let sum = || {
                        let rows = outer.par_iter().map(|&row| {
                            inner
                                .par_iter()
                                .map(|&item| spin_work(row ^ item, units))
                                .reduce(|| 0, u64::wrapping_add)
                        });
                        rows.reduce(|| 0, u64::wrapping_add)
                    };
                    self.0.install(sum)
                }
            }
        }
    };
}

parallel! {
    /// Millstream's parallel iterators.
    MillLoops, millstream::Pool, mill, millstream::prelude
}
parallel! {
    /// rayon's parallel iterators.
    RayonLoops, rayon::ThreadPool, rayon_iter, rayon::prelude
}
