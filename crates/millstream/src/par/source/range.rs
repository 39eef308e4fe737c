//! Ranges of every integer type.
//!
//! Where a range has more items than a `usize` counts (`0..u128::MAX`, `0..=u64::MAX`) each place stands for a power of
//! two of them: it can be searched and folded, but not indexed.

use std::ops::{Range, RangeInclusive};
use std::{iter, option};

use super::slice::owns_nothing;
use crate::par::contract::{IndexedSource, Source};
use crate::par::into::IntoParallelIterator;

/// Parallel iterator over a range of integers.
#[derive(Clone, Debug)]
pub struct RangeIter<T> {
    start: T,
    end: T,
    places: usize,
    /// Each place is `2^shift` items (the last one may be fewer).
    shift: u32,
}

/// Parallel iterator over an inclusive range of integers.
#[derive(Clone, Debug)]
pub struct RangeInclusiveIter<T> {
    base: RangeIter<T>,
    /// The item that an exclusive range cannot end behind.
    last: Option<T>,
}

/// An integer type whose ranges can be iterated in parallel.
pub trait RangeInteger: Copy + Send + Sync {
    #[doc(hidden)]
    type Seq: DoubleEndedIterator<Item = Self>;
    #[doc(hidden)]
    fn seq(start: Self, end: Self) -> Self::Seq;
    /// How many items lie in `start..end`.
    #[doc(hidden)]
    fn distance(start: Self, end: Self) -> u128;
    /// `self + items`; nobody asks for one outside a range.
    #[doc(hidden)]
    fn behind(self, items: u128) -> Self;
    /// The same for so few items that a place is one.
    #[doc(hidden)]
    fn at(self, place: usize) -> Self;
    /// The bounds of an inclusive range as those of an exclusive one, and what then comes last.
    #[doc(hidden)]
    fn bounds(range: RangeInclusive<Self>) -> (Self, Self, Option<Self>);
}

macro_rules! range_integers {
    ($($int:ident as $unsigned:ident),*) => {$(
        impl RangeInteger for $int {
            type Seq = Range<$int>;
            #[inline]
            fn seq(start: $int, end: $int) -> Range<$int> {
                start..end
            }
            #[inline]
            fn distance(start: $int, end: $int) -> u128 {
                if start < end { end.wrapping_sub(start) as $unsigned as u128 } else { 0 }
            }
            #[inline]
            fn behind(self, items: u128) -> $int {
                self.wrapping_add(items as $int)
            }
            #[inline]
            fn at(self, place: usize) -> $int {
                self.wrapping_add(place as $int)
            }
            fn bounds(range: RangeInclusive<$int>) -> ($int, $int, Option<$int>) {
                if range.is_empty() {
                    // An exhausted range is empty, although its bounds do not say so.
                    return (0, 0, None);
                }
                let (start, end) = range.into_inner();
                match end.checked_add(1) {
                    Some(end) => (start, end, None),
                    None => (start, end, Some(end)),
                }
            }
        }
    )*};
}

range_integers!(
    u8 as u8,
    u16 as u16,
    u32 as u32,
    u64 as u64,
    u128 as u128,
    usize as usize,
    i8 as u8,
    i16 as u16,
    i32 as u32,
    i64 as u64,
    i128 as u128,
    isize as usize
);

/// How many items a place must stand for, as a power of two, that `items` fit `places_max` places.
fn shift_for(items: u128, places_max: u128) -> u32 {
    let mut shift = 0;
    while items.div_ceil(1 << shift) > places_max {
        shift += 1;
    }
    shift
}

impl<T: RangeInteger> RangeIter<T> {
    fn new(start: T, end: T, places_max: usize) -> Self {
        let items = T::distance(start, end);
        let shift = shift_for(items, places_max as u128);
        let end = if items == 0 { start } else { end };
        RangeIter { start, end, places: items.div_ceil(1 << shift) as usize, shift }
    }

    #[inline]
    fn part(&self, places: Range<usize>) -> T::Seq {
        if self.shift == 0 {
            return T::seq(self.start.at(places.start), self.start.at(places.end));
        }
        let item = |place: usize| {
            if place == self.places { self.end } else { self.start.behind((place as u128) << self.shift) }
        };
        T::seq(item(places.start), item(places.end))
    }
}

// SAFETY: exact without a shift: then `start + place` is the item of each place.
unsafe impl<T: RangeInteger> Source for RangeIter<T> {
    type Item = T;
    type Seq<'a>
        = T::Seq
    where
        Self: 'a;
    owns_nothing!(shift);
    #[inline]
    fn places(&self) -> usize {
        self.places
    }
    #[inline]
    unsafe fn chunk(&self, (): &mut (), places: Range<usize>) -> T::Seq {
        self.part(places)
    }
}

// SAFETY: a reversed range gives the same items in reverse.
unsafe impl<T: RangeInteger> IndexedSource for RangeIter<T> {
    type Back<'a>
        = iter::Rev<T::Seq>
    where
        Self: 'a;
    #[inline]
    unsafe fn chunk_back(&self, (): &mut (), places: Range<usize>) -> Self::Back<'_> {
        self.part(places).rev()
    }
}

impl<T: RangeInteger> RangeInclusiveIter<T> {
    #[inline]
    fn part(&self, places: Range<usize>) -> (T::Seq, Option<T>) {
        let end = self.base.places;
        let last = if places.start <= end && end < places.end { self.last } else { None };
        (self.base.part(places.start.min(end)..places.end.min(end)), last)
    }
}

// SAFETY: as for the exclusive range; the last item has a place of its own.
unsafe impl<T: RangeInteger> Source for RangeInclusiveIter<T> {
    type Item = T;
    type Seq<'a>
        = iter::Chain<T::Seq, option::IntoIter<T>>
    where
        Self: 'a;
    owns_nothing!(base.shift);
    #[inline]
    fn places(&self) -> usize {
        self.base.places + usize::from(self.last.is_some())
    }
    #[inline]
    unsafe fn chunk(&self, (): &mut (), places: Range<usize>) -> Self::Seq<'_> {
        let (range, last) = self.part(places);
        range.chain(last)
    }
}

// SAFETY: both parts in reverse, the last first.
unsafe impl<T: RangeInteger> IndexedSource for RangeInclusiveIter<T> {
    type Back<'a>
        = iter::Chain<option::IntoIter<T>, iter::Rev<T::Seq>>
    where
        Self: 'a;
    #[inline]
    unsafe fn chunk_back(&self, (): &mut (), places: Range<usize>) -> Self::Back<'_> {
        let (range, last) = self.part(places);
        last.into_iter().chain(range.rev())
    }
}

impl<T: RangeInteger> IntoParallelIterator for Range<T> {
    type Item = T;
    type Iter = RangeIter<T>;
    fn into_par_iter(self) -> RangeIter<T> {
        RangeIter::new(self.start, self.end, usize::MAX)
    }
}

impl<T: RangeInteger> IntoParallelIterator for RangeInclusive<T> {
    type Item = T;
    type Iter = RangeInclusiveIter<T>;
    fn into_par_iter(self) -> RangeInclusiveIter<T> {
        let (start, end, last) = T::bounds(self);
        RangeInclusiveIter { base: RangeIter::new(start, end, usize::MAX - 1), last }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_stands_for_as_few_items_as_fit() {
        assert_eq!(shift_for(0, 1), 0);
        assert_eq!(shift_for(u128::from(u64::MAX), u128::from(u64::MAX)), 0);
        assert_eq!(shift_for(1 << 64, u128::from(u64::MAX)), 1);
        assert_eq!(shift_for(u128::MAX, u128::from(u64::MAX)), 65);
    }

    #[test]
    fn the_ends_of_full_ranges_are_there() {
        let all = (0..=u64::MAX).into_par_iter();
        assert!(!all.exact());
        let end = all.places();
        // SAFETY: it owns nothing.
        let last: Vec<u64> = unsafe { all.chunk(&mut (), end - 2..end) }.collect();
        assert_eq!(last, [u64::MAX - 1, u64::MAX]);
        let wide = (i128::MIN..i128::MAX).into_par_iter();
        let end = wide.places();
        // SAFETY: it owns nothing.
        assert_eq!(unsafe { wide.chunk_back(&mut (), end - 1..end) }.next(), Some(i128::MAX - 1));
        // SAFETY: it owns nothing.
        assert_eq!(unsafe { wide.chunk(&mut (), 0..1) }.next(), Some(i128::MIN));
    }
}
