//! Keeping hot words of different writers on different cache lines.

use std::ops::{Deref, DerefMut};

/// A value alone on its cache lines: aligned to, and filling up, 128 bytes.
///
/// 128 and not 64, because x86's adjacent-line prefetcher moves lines in pairs, and because several ARM cores have lines of 128 bytes.
///
/// # Examples
/// ```
/// use millstream_sync::pad::CachePadded;
///
/// assert_eq!(*CachePadded::new(7), 7);
/// assert_eq!(size_of::<[CachePadded<u8>; 2]>(), 256);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(align(128))]
pub struct CachePadded<T>(T);

impl<T> CachePadded<T> {
    /// Pads `value`.
    #[inline]
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value without its padding.
    #[inline]
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for CachePadded<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for CachePadded<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> From<T> for CachePadded<T> {
    #[inline]
    fn from(value: T) -> Self {
        Self(value)
    }
}

#[cfg(test)]
mod tests {
    use super::CachePadded;

    #[test]
    fn neighbours_share_no_line() {
        let pair = [CachePadded::new(1_u8), CachePadded::new(2)];
        let [first, second] = [&raw const *pair[0], &raw const *pair[1]].map(|p| p as usize);
        assert_eq!(first % 128, 0);
        assert_eq!(second - first, 128);
        assert_eq!(size_of::<CachePadded<[u8; 129]>>(), 256);
    }

    #[test]
    fn it_reads_and_writes_as_its_value() {
        static CONST: CachePadded<u32> = CachePadded::new(3);
        let mut padded = CachePadded::from(*CONST);
        *padded += 1;
        assert_eq!(padded.into_inner(), 4);
    }
}
