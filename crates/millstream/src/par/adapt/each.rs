//! Adaptors that treat each item by itself and keep their number: `map`, `inspect`, `cloned`, `copied`.

use std::ops::Range;

use millstream_scheduler::split::Flow;

use crate::par::contract::{IndexedSource, Source, through_base};

/// Parallel iterator of [`map`](crate::par::ParallelIterator::map).
#[derive(Clone, Debug)]
pub struct Map<I, F> {
    pub(crate) base: I,
    pub(crate) f: F,
}

/// Parallel iterator of [`inspect`](crate::par::ParallelIterator::inspect).
#[derive(Clone, Debug)]
pub struct Inspect<I, F> {
    pub(crate) base: I,
    pub(crate) f: F,
}

/// Parallel iterator of [`cloned`](crate::par::ParallelIterator::cloned).
#[derive(Clone, Debug)]
pub struct Cloned<I> {
    pub(crate) base: I,
}

/// Parallel iterator of [`copied`](crate::par::ParallelIterator::copied).
#[derive(Clone, Debug)]
pub struct Copied<I> {
    pub(crate) base: I,
}

// SAFETY: one item for each of the base's; the base's iterator is wrapped at once, so nothing is lost.
unsafe impl<I: Source, R: Send, F: Fn(I::Item) -> R + Sync + Send> Source for Map<I, F> {
    type Item = R;
    type Seq<'a>
        = std::iter::Map<I::Seq<'a>, &'a F>
    where
        Self: 'a;
    through_base!();
    #[inline]
    fn exact(&self) -> bool {
        self.base.exact()
    }
    #[inline]
    unsafe fn chunk<'a>(&'a self, state: &'a mut I::State, places: Range<usize>) -> Self::Seq<'a> {
        // SAFETY: same places, same promise.
        unsafe { self.base.chunk(state, places) }.map(&self.f)
    }
    #[inline]
    fn finish<P: FnMut(R) -> Flow>(&self, state: I::State, mut push: P) {
        self.base.finish(state, |item| push((self.f)(item)));
    }
}

// SAFETY: the base's iterator in reverse, each item mapped.
unsafe impl<I: IndexedSource, R: Send, F: Fn(I::Item) -> R + Sync + Send> IndexedSource for Map<I, F> {
    type Back<'a>
        = std::iter::Map<I::Back<'a>, &'a F>
    where
        Self: 'a;
    #[inline]
    unsafe fn chunk_back<'a>(&'a self, state: &'a mut I::State, places: Range<usize>) -> Self::Back<'a> {
        // SAFETY: same places, same promise.
        unsafe { self.base.chunk_back(state, places) }.map(&self.f)
    }
}

// SAFETY: as for `Map`.
unsafe impl<I: Source, F: Fn(&I::Item) + Sync + Send> Source for Inspect<I, F> {
    type Item = I::Item;
    type Seq<'a>
        = std::iter::Inspect<I::Seq<'a>, &'a F>
    where
        Self: 'a;
    through_base!();
    #[inline]
    fn exact(&self) -> bool {
        self.base.exact()
    }
    #[inline]
    unsafe fn chunk<'a>(&'a self, state: &'a mut I::State, places: Range<usize>) -> Self::Seq<'a> {
        // SAFETY: same places, same promise.
        unsafe { self.base.chunk(state, places) }.inspect(&self.f)
    }
    #[inline]
    fn finish<P: FnMut(I::Item) -> Flow>(&self, state: I::State, mut push: P) {
        self.base.finish(state, |item| {
            (self.f)(&item);
            push(item)
        });
    }
}

// SAFETY: as for `Map`.
unsafe impl<I: IndexedSource, F: Fn(&I::Item) + Sync + Send> IndexedSource for Inspect<I, F> {
    type Back<'a>
        = std::iter::Inspect<I::Back<'a>, &'a F>
    where
        Self: 'a;
    #[inline]
    unsafe fn chunk_back<'a>(&'a self, state: &'a mut I::State, places: Range<usize>) -> Self::Back<'a> {
        // SAFETY: same places, same promise.
        unsafe { self.base.chunk_back(state, places) }.inspect(&self.f)
    }
}

/// `cloned` and `copied` differ by std's method alone.
macro_rules! by_reference {
    ($($name:ident, $method:ident, $bound:ident;)*) => {$(
        // SAFETY: as for `Map`.
        unsafe impl<'t, T: $bound + Send + Sync + 't, I: Source<Item = &'t T>> Source for $name<I> {
            type Item = T;
            type Seq<'a>
                = std::iter::$name<I::Seq<'a>>
            where
                Self: 'a;
            through_base!();
            #[inline]
            fn exact(&self) -> bool {
                self.base.exact()
            }
            #[inline]
            unsafe fn chunk<'a>(&'a self, state: &'a mut I::State, places: Range<usize>) -> Self::Seq<'a> {
                // SAFETY: same places, same promise.
                unsafe { self.base.chunk(state, places) }.$method()
            }
            #[inline]
            fn finish<P: FnMut(T) -> Flow>(&self, state: I::State, mut push: P) {
                self.base.finish(state, |item| push(item.clone()));
            }
        }

        // SAFETY: as for `Map`.
        unsafe impl<'t, T, I> IndexedSource for $name<I>
        where
            T: $bound + Send + Sync + 't,
            I: IndexedSource<Item = &'t T>,
        {
            type Back<'a>
                = std::iter::$name<I::Back<'a>>
            where
                Self: 'a;
            #[inline]
            unsafe fn chunk_back<'a>(
                &'a self,
                state: &'a mut I::State,
                places: Range<usize>,
            ) -> Self::Back<'a> {
                // SAFETY: same places, same promise.
                unsafe { self.base.chunk_back(state, places) }.$method()
            }
        }
    )*};
}

by_reference! {
    Cloned, cloned, Clone;
    Copied, copied, Copy;
}
