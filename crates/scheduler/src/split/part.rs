//! One participant's range of a loop, in one word that thieves take halves from.

use std::cell::{Cell, UnsafeCell};
use std::mem::MaybeUninit;
use std::ops::Range;

use millstream_sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use millstream_sync::mutant;
use millstream_sync::pad::CachePadded;

use crate::job::{Header, NO_SLOT};

/// Participants whose ranges lie on the caller's stack; pools with more threads allocate.
const INLINE: usize = 8;

/// One participant's part of a loop; part 0 is the caller's.
#[repr(C)]
pub(super) struct Part {
    /// A part lies in the deque of forks as an invitation, and what lies there begins with a header. Not used.
    pub(super) header: UnsafeCell<MaybeUninit<Header>>,
    /// `lo` in the low half, `hi` in the high half, in units.
    pub(super) range: AtomicU64,
    /// What a unit costs, in 1/1024 ns, as last seen by the owner; an estimate.
    pub(super) unit_ns_1024: AtomicU64,
    /// An invitation by this part's owner is out and was not answered.
    pub(super) invites: AtomicBool,
    /// Who works on this part, or [`NO_SLOT`].
    pub(super) worker: AtomicU32,
    /// The [`Loop`] it is part of, for who answers the invitation; written before the loop is shared.
    pub(super) shared: Cell<*const ()>,
}

#[inline]
pub(super) fn pack(lo: u32, hi: u32) -> u64 {
    u64::from(hi) << 32 | u64::from(lo)
}
#[inline]
pub(super) fn unpack(word: u64) -> (u32, u32) {
    (word as u32, (word >> 32) as u32)
}

impl Part {
    pub(super) fn new() -> CachePadded<Part> {
        CachePadded::new(Part {
            header: UnsafeCell::new(MaybeUninit::uninit()),
            range: AtomicU64::new(0),
            unit_ns_1024: AtomicU64::new(0),
            invites: AtomicBool::new(false),
            worker: AtomicU32::new(NO_SLOT),
            shared: Cell::new(std::ptr::null()),
        })
    }

    /// O1, O2: up to `want` units from the front.
    pub(super) fn take_front(&self, want: u32) -> Option<Range<u32>> {
        // Relaxed: see the exchange.
        let mut word = self.range.load(Ordering::Relaxed);
        loop {
            let (lo, hi) = unpack(word);
            if lo >= hi {
                return None;
            }
            let end = lo + want.clamp(1, hi - lo);
            if mutant!("split_front_torn") {
                self.range.store(pack(end, hi), Ordering::Relaxed); // Relaxed: a mutant only.
                return Some(lo..end);
            }
            // Relaxed: items hand over nothing but their numbers; who made the loop published it through a deque.
            match self.range.compare_exchange_weak(word, pack(end, hi), Ordering::Relaxed, Ordering::Relaxed)
            {
                Ok(_) => return Some(lo..end),
                Err(now) => word = now,
            }
        }
    }

    /// How long what is left may take; 0 only if nothing is left.
    pub(super) fn rest_ns(&self) -> u64 {
        // Relaxed: a hint, and an estimate.
        let (lo, hi) = unpack(self.range.load(Ordering::Relaxed));
        let rest = u64::from(hi.saturating_sub(lo));
        // Relaxed: an estimate.
        (rest.saturating_mul(self.unit_ns_1024.load(Ordering::Relaxed)) / 1024).max(rest.min(1))
    }

    /// T1, T2: half of the rest from the back, all of it if it is less than `2 * least`.
    pub(super) fn take_back(&self, least: u32) -> Option<Range<u32>> {
        // Relaxed: as in `take_front`.
        let mut word = self.range.load(Ordering::Relaxed);
        loop {
            let (lo, hi) = unpack(word);
            if lo >= hi {
                return None;
            }
            let rest = hi - lo;
            let half = if rest < least.saturating_mul(2) { rest } else { rest.div_ceil(2) };
            if mutant!("split_back_torn") {
                self.range.store(pack(lo, hi - half), Ordering::Relaxed); // Relaxed: a mutant only.
                return Some(hi - half..hi);
            }
            // Relaxed: as in `take_front`.
            match self.range.compare_exchange_weak(
                word,
                pack(lo, hi - half),
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some(hi - half..hi),
                Err(now) => word = now,
            }
        }
    }
}

/// The parts of one loop.
#[expect(
    clippy::large_enum_variant,
    reason = "on the stack on purpose: an allocation costs more than a small loop"
)]
pub(super) enum Parts {
    Inline([CachePadded<Part>; INLINE], usize),
    Heap(Box<[CachePadded<Part>]>),
}

impl Parts {
    pub(super) fn new(threads: usize) -> Parts {
        if threads <= INLINE {
            Parts::Inline(std::array::from_fn(|_| Part::new()), threads)
        } else {
            Parts::Heap((0..threads).map(|_| Part::new()).collect())
        }
    }

    pub(super) fn all(&self) -> &[CachePadded<Part>] {
        match self {
            Parts::Inline(parts, threads) => &parts[..*threads],
            Parts::Heap(parts) => parts,
        }
    }
}
