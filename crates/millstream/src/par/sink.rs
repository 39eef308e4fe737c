//! Where items go: what a consumer does with the items of a span, chunk by chunk.

use millstream_scheduler::split::Flow;

/// Where the items of a span go.
pub(crate) trait Sink<T>: Sync {
    /// What a span has gathered so far.
    type Acc;
    /// What a span leaves behind.
    type Out: Send;
    /// Begins a span.
    fn start(&self) -> Self::Acc;
    /// Takes the items of a chunk whose first place is `at`.
    fn feed<S: Iterator<Item = T>>(&self, acc: &mut Self::Acc, at: usize, items: S) -> Flow;
    /// Ends the block of places `block` (only where the source wants fixed blocks).
    #[inline(always)]
    fn seal(&self, _acc: &mut Self::Acc, _block: usize) {}
    /// Ends a span.
    fn end(&self, acc: Self::Acc) -> Self::Out;
}

/// A [`Sink`] whose results can be put together, the earlier one left.
pub(crate) trait Merge<T>: Sink<T> {
    /// `left` and `right` in one.
    fn merge(&self, left: Self::Out, right: Self::Out) -> Self::Out;
    /// Whether `out` settles the whole: then it wins over a panic behind it.
    fn decisive(_out: &Self::Out) -> bool {
        false
    }
}
