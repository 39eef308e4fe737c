//! Ranges of every integer type.
//!
//! Where a range has more items than a `usize` counts (`0..u128::MAX`, `0..=u64::MAX`) each place stands for a power of
//! two of them: it can be searched and folded, but not indexed.

use std::ops::{Range, RangeInclusive};

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
    fn exclusive(range: Range<Self>) -> RangeIter<Self>;
    #[doc(hidden)]
    fn inclusive(range: RangeInclusive<Self>) -> RangeInclusiveIter<Self>;
}

// Not one of these for each type: `(0..4).into_par_iter()` shall be of the type that the rest of the chain wants.
impl<T: RangeInteger> IntoParallelIterator for Range<T>
where
    RangeIter<T>: Source<Item = T>,
{
    type Item = T;
    type Iter = RangeIter<T>;
    fn into_par_iter(self) -> RangeIter<T> {
        T::exclusive(self)
    }
}

impl<T: RangeInteger> IntoParallelIterator for RangeInclusive<T>
where
    RangeInclusiveIter<T>: Source<Item = T>,
{
    type Item = T;
    type Iter = RangeInclusiveIter<T>;
    fn into_par_iter(self) -> RangeInclusiveIter<T> {
        T::inclusive(self)
    }
}

/// How many items a place must stand for, as a power of two, that `items` fit `places_max` places.
fn shift_for(items: u128, places_max: u128) -> u32 {
    let mut shift = 0;
    while items.div_ceil(1 << shift) > places_max {
        shift += 1;
    }
    shift
}

macro_rules! ranges {
    ($($int:ident as $unsigned:ident),*) => {$(
        impl RangeIter<$int> {
            fn within(range: Range<$int>, places_max: usize) -> Self {
                let Range { start, end } = range;
                let items = if start < end { end.wrapping_sub(start) as $unsigned as u128 } else { 0 };
                let shift = shift_for(items, places_max as u128);
                RangeIter { start, end: end.max(start), places: items.div_ceil(1 << shift) as usize, shift }
            }

            /// The items of `places`: of the type's own kind, so that no place is behind its end.
            #[inline]
            fn at(&self, places: Range<usize>) -> Range<$int> {
                if self.shift == 0 {
                    return self.start.wrapping_add(places.start as $int)..self.start.wrapping_add(places.end as $int);
                }
                let item = |place: usize| {
                    if place == self.places {
                        self.end
                    } else {
                        self.start.wrapping_add(((place as u128) << self.shift) as $int)
                    }
                };
                item(places.start)..item(places.end)
            }
        }

        // SAFETY: exact without a shift: then `start + place` is the item of each place.
        unsafe impl Source for RangeIter<$int> {
            type Item = $int;
            type Seq<'a> = Range<$int>;
            owns_nothing!(shift);
            #[inline]
            fn places(&self) -> usize {
                self.places
            }
            #[inline]
            unsafe fn chunk(&self, (): &mut (), places: Range<usize>) -> Range<$int> {
                self.at(places)
            }
        }

        // SAFETY: a reversed range gives the same items in reverse.
        unsafe impl IndexedSource for RangeIter<$int> {
            type Back<'a> = std::iter::Rev<Range<$int>>;
            #[inline]
            unsafe fn chunk_back(&self, (): &mut (), places: Range<usize>) -> Self::Back<'_> {
                self.at(places).rev()
            }
        }

        impl RangeInclusiveIter<$int> {
            #[inline]
            fn split(&self, places: Range<usize>) -> (Range<$int>, Option<$int>) {
                let end = self.base.places;
                let last = if places.start <= end && end < places.end { self.last } else { None };
                (self.base.at(places.start.min(end)..places.end.min(end)), last)
            }
        }

        // SAFETY: as for the exclusive range; the last item has a place of its own.
        unsafe impl Source for RangeInclusiveIter<$int> {
            type Item = $int;
            type Seq<'a> = std::iter::Chain<Range<$int>, std::option::IntoIter<$int>>;
            owns_nothing!(base.shift);
            #[inline]
            fn places(&self) -> usize {
                self.base.places + usize::from(self.last.is_some())
            }
            #[inline]
            unsafe fn chunk(&self, (): &mut (), places: Range<usize>) -> Self::Seq<'_> {
                let (range, last) = self.split(places);
                range.chain(last)
            }
        }

        // SAFETY: both parts in reverse, the last first.
        unsafe impl IndexedSource for RangeInclusiveIter<$int> {
            type Back<'a> = std::iter::Chain<std::option::IntoIter<$int>, std::iter::Rev<Range<$int>>>;
            #[inline]
            unsafe fn chunk_back(&self, (): &mut (), places: Range<usize>) -> Self::Back<'_> {
                let (range, last) = self.split(places);
                last.into_iter().chain(range.rev())
            }
        }

        impl RangeInteger for $int {
            fn exclusive(range: Range<$int>) -> RangeIter<$int> {
                RangeIter::<$int>::within(range, usize::MAX)
            }

            fn inclusive(range: RangeInclusive<$int>) -> RangeInclusiveIter<$int> {
                // An exhausted range is empty, although its bounds do not say so.
                let (start, end) = if range.is_empty() { (1, 0) } else { range.into_inner() };
                let (end, last) = match end.checked_add(1) {
                    Some(end) => (end, None),
                    None => (end, Some(end)),
                };
                RangeInclusiveIter { base: RangeIter::<$int>::within(start..end, usize::MAX - 1), last }
            }
        }
    )*};
}

ranges!(
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
