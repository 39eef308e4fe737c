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
use crate::par::sink::Sink;
use crate::pool::run_loop;

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
        let len = to.len();
        let free = to.spare_capacity_mut().as_mut_ptr().cast::<I::Item>();
        // SAFETY: `free` has room for an item a place, which nobody else looks at.
        let written = unsafe { write(source, free) };
        // SAFETY: just initialised, next to those before.
        unsafe { to.set_len(len + written) }
    } else {
        append_all(to, drive(source, &Gather).all().collect());
    }
}

/// Writes the item of each place to that place behind `to`; returns how many from the front are there.
///
/// # Safety
/// * `source` is exact, and `to` has room for an item a place.
/// * Until the function returns nobody else uses that memory.
unsafe fn write<I: Source>(source: I, to: *mut I::Item) -> usize {
    let places = source.places();
    let spans = drive(source, &Write { to, places }).all();
    let mut front = Vec::new();
    let mut len = 0;
    for span in spans {
        // Behind a gap: an early stop. Dropped here.
        if span.filled.start == len {
            len = span.filled.end;
            front.push(span);
        }
    }
    front.into_iter().for_each(mem::forget);
    len
}

struct Write<T> {
    to: *mut T,
    places: usize,
}

// SAFETY: the memory behind `to` is written to by the threads to which the places were given: items of type `T` go there.
unsafe impl<T: Send> Sync for Write<T> {}

/// Slots that one span filled; dropped, it drops their items.
struct Filled<T> {
    to: *mut T,
    filled: Range<usize>,
}

// SAFETY: it owns the items in the slots.
unsafe impl<T: Send> Send for Filled<T> {}

impl<T> Drop for Filled<T> {
    fn drop(&mut self) {
        // SAFETY: the slots lie in the memory that the writer was given.
        let start = unsafe { self.to.add(self.filled.start) };
        let items = ptr::slice_from_raw_parts_mut(start, self.filled.len());
        // SAFETY: filled by this span, and owned by this value alone.
        unsafe { ptr::drop_in_place(items) }
    }
}

/// Counts in a register; the count reaches the span also when the item's maker panics.
struct Count<'a> {
    span: &'a mut usize,
    now: usize,
}

impl Drop for Count<'_> {
    #[inline]
    fn drop(&mut self) {
        *self.span = self.now;
    }
}

impl<T: Send> Sink<T> for Write<T> {
    type Acc = Filled<T>;
    type Out = Filled<T>;
    #[inline]
    fn start(&self) -> Filled<T> {
        Filled { to: self.to, filled: 0..0 }
    }
    #[inline]
    fn feed<S: Iterator<Item = T>>(&self, acc: &mut Filled<T>, at: usize, items: S) -> Flow {
        if acc.filled.is_empty() {
            acc.filled = at..at;
        }
        debug_assert_eq!(acc.filled.end, at, "a chunk must follow the one before");
        let to = self.to;
        let mut count = Count { now: at, span: &mut acc.filled.end };
        items.for_each(|item| {
            // SAFETY: an exact source gives no more items than places.
            let slot = unsafe { to.add(count.now) };
            // SAFETY: within the writer's memory, and this place was given to this span alone.
            unsafe { slot.write(item) };
            count.now += 1;
        });
        debug_assert!(count.now <= self.places, "an exact source has an item a place");
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
    let total = parts.iter().map(Vec::len).sum::<usize>();
    if to.capacity() == 0 && parts.iter().filter(|part| !part.is_empty()).count() == 1 {
        *to = parts.swap_remove(parts.iter().position(|part| !part.is_empty()).unwrap_or(0));
        return;
    }
    to.reserve(total);
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
