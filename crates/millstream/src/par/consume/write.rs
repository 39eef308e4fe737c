//! Consumers that keep the items: in place where each has one, else in a buffer a span.
//!
//! In place: item `k` is written to slot `k` of memory that the caller allocated; each span remembers which slots it
//! filled, and drops them again unless it is told that they belong to the vector now. So a panic anywhere leaves nothing
//! behind, and an early stop leaves the filled slots from the front up to the first gap.

use std::mem;
use std::ops::Range;
use std::panic::resume_unwind;
use std::ptr;

use millstream_scheduler::split::{Flow, LoopBody, LoopOptions};

use crate::par::contract::Source;
use crate::par::drive::drive;
use crate::par::engine::run_loop;
use crate::par::few::Few;
use crate::par::sink::Sink;

/// All items in order.
pub(crate) fn collect_vec<I: Source>(source: I) -> Vec<I::Item> {
    let mut items = Vec::new();
    extend_vec(&mut items, source);
    items
}

/// Appends all items in order; after a panic `to` is as it was.
pub(crate) fn extend_vec<I: Source>(to: &mut Vec<I::Item>, source: I) {
    if source.exact() {
        to.reserve(source.places());
        let slots = Slots::of(to);
        let written = front(drive(source, &slots).all());
        // SAFETY: that many were just initialised behind those before; the spans gave them up.
        unsafe { to.set_len(to.len() + written) }
    } else {
        append_all(to, drive(source, &Gather).all().collect());
    }
}

/// How many slots are filled from the front; those now belong to the caller, all others are emptied.
pub(crate) fn front<T>(spans: impl IntoIterator<Item = Filled<T>>) -> usize {
    let mut front = Few::new();
    let mut len = 0;
    for span in spans {
        // Behind a gap (an early stop) they are dropped here.
        if span.filled.start == len {
            len = span.filled.end;
            front.push(span);
        }
    }
    front.into_iter().for_each(mem::forget);
    len
}

/// Uninitialised memory with a slot a place.
pub(crate) struct Slots<T> {
    first: *mut T,
    #[cfg(debug_assertions)]
    len: usize,
}

// SAFETY: each slot is written to by the one thread to which its place was given: an item goes to another thread.
unsafe impl<T: Send> Sync for Slots<T> {}

impl<T> Slots<T> {
    /// The free slots behind the items of `vec`, which must not be touched while these are in use.
    pub(crate) fn of(vec: &mut Vec<T>) -> Self {
        let free = vec.spare_capacity_mut();
        Slots {
            #[cfg(debug_assertions)]
            len: free.len(),
            first: free.as_mut_ptr().cast(),
        }
    }

    /// Fills the slots from `at` on, next to those that the span filled before.
    #[inline(always)]
    pub(crate) fn fill<'a>(&self, span: &'a mut Filled<T>, at: usize) -> Fill<'a, T> {
        if span.filled.is_empty() {
            span.filled = at..at;
        }
        debug_assert_eq!(span.filled.end, at, "a chunk must follow the one before");
        Fill {
            first: self.first,
            now: at,
            span: &mut span.filled.end,
            #[cfg(debug_assertions)]
            len: self.len,
        }
    }
}

/// Slots that one span filled; dropped, it drops their items.
pub(crate) struct Filled<T> {
    first: *mut T,
    filled: Range<usize>,
}

// SAFETY: it owns the items in the slots.
unsafe impl<T: Send> Send for Filled<T> {}

impl<T> Drop for Filled<T> {
    fn drop(&mut self) {
        // SAFETY: filled slots lie in the memory that `Slots` was made of.
        let start = unsafe { self.first.add(self.filled.start) };
        let items = ptr::slice_from_raw_parts_mut(start, self.filled.len());
        // SAFETY: filled by this span, and owned by this value alone.
        unsafe { ptr::drop_in_place(items) }
    }
}

/// Fills one chunk's slots. Counts in a register; the count reaches the span also when the maker of an item panics.
pub(crate) struct Fill<'a, T> {
    first: *mut T,
    now: usize,
    span: &'a mut usize,
    #[cfg(debug_assertions)]
    len: usize,
}

impl<T> Fill<'_, T> {
    /// # Safety
    /// The slot exists and was given to this span alone.
    #[inline(always)]
    pub(crate) unsafe fn push(&mut self, item: T) {
        #[cfg(debug_assertions)]
        assert!(self.now < self.len, "an exact source has an item a place");
        // SAFETY: the slot exists.
        let slot = unsafe { self.first.add(self.now) };
        // SAFETY: it is this span's.
        unsafe { slot.write(item) };
        self.now += 1;
    }
}

impl<T> Drop for Fill<'_, T> {
    #[inline]
    fn drop(&mut self) {
        *self.span = self.now;
    }
}

impl<T: Send> Sink<T> for Slots<T> {
    type Acc = Filled<T>;
    type Out = Filled<T>;
    #[inline]
    fn start(&self) -> Filled<T> {
        Filled { first: self.first, filled: 0..0 }
    }
    #[inline]
    fn feed<S: Iterator<Item = T>>(&self, acc: &mut Filled<T>, at: usize, items: S) -> Flow {
        let mut fill = self.fill(acc, at);
        // SAFETY: an exact source gives no more items than places, and each place to one span.
        items.for_each(|item| unsafe { fill.push(item) });
        Flow::Continue
    }
    #[inline]
    fn end(&self, acc: Filled<T>) -> Filled<T> {
        acc
    }
}

/// Collects each span into a vector.
pub(crate) struct Gather;

impl<T: Send> Sink<T> for Gather {
    type Acc = Vec<T>;
    type Out = Vec<T>;
    #[inline]
    fn start(&self) -> Vec<T> {
        Vec::new()
    }
    #[inline]
    fn feed<S: Iterator<Item = T>>(&self, acc: &mut Vec<T>, _at: usize, items: S) -> Flow {
        acc.extend(items);
        Flow::Continue
    }
    #[inline]
    fn end(&self, acc: Vec<T>) -> Vec<T> {
        acc
    }
}

/// Below this, one thread copies everything.
const COPY_BYTES_MIN: usize = 1 << 20;
/// What a participant copies at once, at least.
const COPY_BYTES_CHUNK: usize = 1 << 16;

/// Moves the items of all `parts` behind those of `to`, in parallel where they are many.
pub(crate) fn append_all<T: Send>(to: &mut Vec<T>, mut parts: Vec<Vec<T>>) {
    parts.retain(|part| !part.is_empty());
    let mut total = parts.iter().map(Vec::len).sum::<usize>();
    if to.capacity() == 0 && !parts.is_empty() {
        // Large memory grows without being copied, and is touched already.
        *to = parts.remove(0);
        total -= to.len();
        to.reserve_exact(total);
    } else {
        to.reserve(total);
    }
    if total == 0 {
        return;
    }
    if total.saturating_mul(size_of::<T>()) < COPY_BYTES_MIN {
        for part in &mut parts {
            to.append(part);
        }
        return;
    }
    let len = to.len();
    let mut starts = Vec::with_capacity(parts.len());
    let mut start = 0;
    for part in &parts {
        starts.push(start);
        start += part.len();
    }
    let to_free = to.spare_capacity_mut().as_mut_ptr().cast::<T>();
    let chunk = (COPY_BYTES_CHUNK / size_of::<T>()).max(1);
    let copy = Copy { to: to_free, parts: &parts, starts };
    if let Err(payload) = run_loop(total, LoopOptions { min_chunk: chunk, max_chunk: usize::MAX }, &copy) {
        resume_unwind(payload);
    }
    for part in &mut parts {
        // SAFETY: shorter than it is; its items were moved to `to`.
        unsafe { part.set_len(0) }
    }
    // SAFETY: all initialised by the copy above.
    unsafe { to.set_len(len + total) }
}

/// Copies bytes of items; who owns them is settled when all are copied.
struct Copy<'p, T> {
    to: *mut T,
    parts: &'p [Vec<T>],
    /// Where each part begins in the whole.
    starts: Vec<usize>,
}

// SAFETY: it reads the bytes of `parts` and writes to disjoint places behind `to`; the items may go to other threads.
unsafe impl<T: Send> Sync for Copy<'_, T> {}

impl<T: Send> LoopBody for Copy<'_, T> {
    type Span = ();
    fn open(&self, _participant: usize, _at: usize) {}
    fn run(&self, (): &mut (), mut chunk: Range<usize>) -> Flow {
        let mut index = self.starts.partition_point(|&start| start <= chunk.start) - 1;
        while !chunk.is_empty() {
            let part = &self.parts[index];
            let offset = chunk.start - self.starts[index];
            let from = &part[offset..part.len().min(offset + chunk.len())];
            // SAFETY: `to` has room for all items.
            let to = unsafe { self.to.add(chunk.start) };
            // SAFETY: reserved memory does not overlap a part; each place is given to one call.
            unsafe { ptr::copy_nonoverlapping(from.as_ptr(), to, from.len()) };
            chunk.start += from.len();
            index += 1;
        }
        Flow::Continue
    }
    fn close(&self, (): (), _covered: Range<usize>) {}
}
