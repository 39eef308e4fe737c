//! One parallel iterator after another: `chain`.

use std::iter;
use std::ops::Range;

use millstream_scheduler::split::Flow;

use crate::par::contract::{Cut, IndexedSource, Owed, Rest, Source};

/// Parallel iterator of [`chain`](crate::par::ParallelIterator::chain).
#[derive(Clone, Debug)]
pub struct Chain<A, B> {
    pub(crate) left: A,
    pub(crate) right: B,
}

impl<A: Source, B: Source> Chain<A, B> {
    /// The places of the left one and of the right one.
    #[inline]
    fn split(&self, places: Range<usize>) -> (Range<usize>, Range<usize>) {
        let left = self.left.places();
        let right = places.start.max(left) - left..places.end.max(left) - left;
        (places.start.min(left)..places.end.min(left), right)
    }
}

// SAFETY: exact if both are. The right one's places are owed while the left one is asked.
unsafe impl<A: Source, B: Source<Item = A::Item>> Source for Chain<A, B> {
    type Item = A::Item;
    type State = (A::State, B::State);
    type Seq<'a>
        = iter::Chain<A::Seq<'a>, B::Seq<'a>>
    where
        Self: 'a;
    #[inline]
    fn places(&self) -> usize {
        let (left, right) = (self.left.places(), self.right.places());
        left.checked_add(right).expect("a chain cannot have more than usize::MAX places")
    }
    #[inline]
    fn exact(&self) -> bool {
        self.left.exact() && self.right.exact()
    }
    fn cut(&self) -> Cut {
        self.left.cut().and(self.right.cut())
    }
    unsafe fn begin(&mut self) {
        // SAFETY: called once, first, by our own promise.
        unsafe { self.left.begin() }
        // SAFETY: the same.
        unsafe { self.right.begin() }
    }
    fn enter(&self, worker: usize) -> Self::State {
        (self.left.enter(worker), self.right.enter(worker))
    }
    #[inline]
    unsafe fn chunk<'a>(&'a self, state: &'a mut Self::State, places: Range<usize>) -> Self::Seq<'a> {
        let (left, right) = self.split(places);
        // SAFETY: our own promise.
        let owed = unsafe { Owed::new(&self.right, right.clone()) };
        // SAFETY: our own promise.
        let left = unsafe { self.left.chunk(&mut state.0, left) };
        owed.settle();
        // SAFETY: our own promise; no longer owed.
        left.chain(unsafe { self.right.chunk(&mut state.1, right) })
    }
    fn flow(&self, state: &mut Self::State) -> Flow {
        match self.left.flow(&mut state.0) {
            Flow::Continue => self.right.flow(&mut state.1),
            stop => stop,
        }
    }
    fn finish<P: FnMut(Self::Item) -> Flow>(&self, state: Self::State, mut push: P) {
        let mut flow = Flow::Continue;
        self.left.finish(state.0, |item| {
            flow = push(item);
            flow
        });
        if flow == Flow::Continue {
            self.right.finish(state.1, push);
        }
    }
    fn tail(&self) -> bool {
        self.left.tail() || self.right.tail()
    }
    fn seam(&self, behind: usize) -> Option<usize> {
        let left = self.left.places();
        if behind < left {
            self.left.seam(behind).or_else(|| self.left.tail().then_some(left))
        } else {
            self.right.seam(behind - left).map(|seam| seam + left)
        }
    }
    unsafe fn skip(&self, places: Range<usize>) {
        let (left, right) = self.split(places);
        // SAFETY: our own promise; dropped at the end, whatever the left one does.
        let _right = unsafe { Owed::new(&self.right, right) };
        // SAFETY: our own promise.
        unsafe { self.left.skip(left) }
    }
    unsafe fn leave(&self) {
        // SAFETY: once, by our own promise.
        let _right = unsafe { Rest::new(&self.right) };
        // SAFETY: the same.
        unsafe { self.left.leave() }
    }
}

// SAFETY: the right one's items in reverse, then the left one's.
unsafe impl<A: IndexedSource, B: IndexedSource<Item = A::Item>> IndexedSource for Chain<A, B> {
    type Back<'a>
        = iter::Chain<B::Back<'a>, A::Back<'a>>
    where
        Self: 'a;
    #[inline]
    unsafe fn chunk_back<'a>(&'a self, state: &'a mut Self::State, places: Range<usize>) -> Self::Back<'a> {
        let (left, right) = self.split(places);
        // SAFETY: our own promise.
        let right = unsafe { self.right.chunk_back(&mut state.1, right) };
        // SAFETY: our own promise.
        right.chain(unsafe { self.left.chunk_back(&mut state.0, left) })
    }
}
