//! A value that is cheap to move: a small one lies here, a large one in a box.
//!
//! A span, its accumulator and its result are moved some ten times on their way from a participant to the caller: nothing
//! for a sum, too much for a table of counts on a small stack.

use std::marker::PhantomData;
use std::mem::{ManuallyDrop, MaybeUninit};

/// What lies here; 16 words hold what most chains carry, and one allocation a span is little beside what is larger.
type Words = [usize; 16];

/// A `T`, here or in a box, by its size and alignment.
pub(crate) struct Held<T> {
    /// Invariant: an initialised `T` if it fits, else the pointer of a box of one.
    words: MaybeUninit<Words>,
    value: PhantomData<T>,
}

// SAFETY: it owns a `T`, wherever that lies.
unsafe impl<T: Send> Send for Held<T> {}
// SAFETY: the same.
unsafe impl<T: Sync> Sync for Held<T> {}

impl<T> Held<T> {
    const FITS: bool = size_of::<T>() <= size_of::<Words>() && align_of::<T>() <= align_of::<Words>();

    #[inline]
    pub(crate) fn new(value: T) -> Self {
        let mut words = MaybeUninit::<Words>::uninit();
        if Self::FITS {
            // SAFETY: large enough and well aligned.
            unsafe { words.as_mut_ptr().cast::<T>().write(value) }
        } else {
            // SAFETY: a pointer fits in 16 words and is aligned as one.
            unsafe { words.as_mut_ptr().cast::<*mut T>().write(Box::into_raw(Box::new(value))) }
        }
        Held { words, value: PhantomData }
    }

    #[inline(always)]
    fn place(&mut self) -> *mut T {
        let words = self.words.as_mut_ptr();
        if Self::FITS {
            words.cast()
        } else {
            // SAFETY: the invariant.
            unsafe { words.cast::<*mut T>().read() }
        }
    }

    #[inline(always)]
    pub(crate) fn get(&mut self) -> &mut T {
        let place = self.place();
        // SAFETY: the invariant; borrowed as `self` is.
        unsafe { &mut *place }
    }

    #[inline]
    pub(crate) fn into_inner(self) -> T {
        let mut this = ManuallyDrop::new(self);
        let place = this.place();
        if Self::FITS {
            // SAFETY: the invariant; nobody drops it again.
            unsafe { place.read() }
        } else {
            // SAFETY: it came from a box, which nobody frees again.
            *unsafe { Box::from_raw(place) }
        }
    }
}

impl<T> Drop for Held<T> {
    #[inline]
    fn drop(&mut self) {
        let place = self.place();
        if Self::FITS {
            // SAFETY: the invariant; this is the end of it.
            unsafe { place.drop_in_place() }
        } else {
            // SAFETY: it came from a box; this is the end of it.
            drop(unsafe { Box::from_raw(place) });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;

    fn keeps<T: PartialEq + std::fmt::Debug + Clone>(value: T) {
        let mut held = Held::new(value.clone());
        assert_eq!(*held.get(), value);
        assert_eq!(Held::new(value.clone()).into_inner(), value);
    }

    #[test]
    fn values_of_any_size_and_alignment_are_kept() {
        #[derive(Clone, Debug, PartialEq)]
        #[repr(align(64))]
        struct Aligned(u8);
        keeps(());
        keeps(7u8);
        keeps([7u64; 16]);
        keeps([7u64; 17]);
        keeps(Aligned(7));
        const { assert!(!Held::<Aligned>::FITS && Held::<[u64; 16]>::FITS) };
        assert_eq!(std::ptr::from_mut(Held::new(Aligned(1)).get()).addr() % 64, 0);
    }

    #[test]
    fn values_are_dropped_once() {
        let counted = Rc::new(());
        drop(Held::new(counted.clone()));
        drop(Held::new([(); 20].map(|()| counted.clone())));
        drop(Held::new(counted.clone()).into_inner());
        drop(Held::new([(); 20].map(|()| counted.clone())).into_inner());
        assert_eq!(Rc::strong_count(&counted), 1);
    }
}
