//! How a loop's items are numbered, and how many make a chunk.

use std::ops::Range;

use super::contract::LoopOptions;

/// What a chunk should last: long enough that the poll after it does not count, short enough that the last chunks end
/// together (2 us cost 1.5 % on 11 ns items, 8 us lose 3 % of a 100 us loop; 2 cores, `benches/versus`, `loops`).
const CHUNK_NS: u64 = 4_000;
/// The first chunks grow by this factor: few clock reads before a tiny loop is over.
const GROW: u64 = 4;

/// How a loop's items are numbered.
#[derive(Clone, Copy)]
pub(super) struct Cut {
    pub(super) len: usize,
    /// Items in a unit: 1 up to 2^32 - 1 items.
    pub(super) unit: usize,
    /// Units.
    pub(super) least: u32,
    pub(super) most: u32,
}

impl Cut {
    pub(super) fn new(len: usize, options: LoopOptions) -> Cut {
        let least = options.min_chunk.max(1);
        let most = options.max_chunk.max(least);
        let fit = |items: usize| items.min(u32::MAX as usize) as u32;
        // Nearly all loops, and no division: some 20 ns of a loop that may be over in 1,000.
        if len <= u32::MAX as usize {
            return Cut { len, unit: 1, least: fit(least), most: fit(most) };
        }
        let unit = len.div_ceil(u32::MAX as usize).max(1);
        let units = |items: usize| fit(items.div_ceil(unit));
        Cut { len, unit, least: units(least), most: units(most) }
    }

    pub(super) fn units(self) -> u32 {
        if self.unit == 1 { self.len as u32 } else { self.len.div_ceil(self.unit) as u32 }
    }

    pub(super) fn items(self, units: Range<u32>) -> Range<usize> {
        // The last unit may be short; a unit count times a unit stays below len + unit, which may exceed usize::MAX.
        let at = |units: u32| (units as usize).saturating_mul(self.unit).min(self.len);
        at(units.start)..at(units.end)
    }
}

/// How many units the next chunk should have, from what the last one took.
pub(super) fn next_chunk(units: u32, ns: u64, cut: Cut) -> u32 {
    let fit = u64::from(units) * CHUNK_NS / ns.max(1);
    let grown = u64::from(units) * GROW;
    u32::try_from(fit.min(grown)).unwrap_or(u32::MAX).clamp(cut.least, cut.most.max(cut.least))
}
