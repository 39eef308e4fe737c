//! The maps on Millstream. Word for word the same as `rayon.rs` but for the `use` line and the pool.

use millstream::prelude::*;
use millstream_harness::spin_work;

use crate::block::{Digest, digest};

/// Every block's digest, in order.
pub(crate) fn digests(pool: &millstream::Pool, blocks: &[&[u8]], level: u32) -> Vec<Digest> {
    pool.install(|| blocks.par_iter().map(|block| digest(block, level)).collect())
}

/// The sum of every seed's work.
pub(crate) fn reduce(pool: &millstream::Pool, seeds: &[u64], units: u32) -> u64 {
    pool.install(|| seeds.par_iter().map(|&seed| spin_work(seed, units)).reduce(|| 0, u64::wrapping_add))
}

/// Every seed's work, in order.
pub(crate) fn collect(pool: &millstream::Pool, seeds: &[u64], units: u32) -> Vec<u64> {
    pool.install(|| seeds.par_iter().map(|&seed| spin_work(seed, units)).collect())
}
