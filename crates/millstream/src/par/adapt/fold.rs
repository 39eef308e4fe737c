//! One value a span instead of its items: `fold`, `fold_mut`.

use std::iter;
use std::ops::Range;

use millstream_scheduler::split::Flow;

use crate::par::contract::{Source, through_base};

/// Parallel iterator of [`fold`](crate::par::ParallelIterator::fold).
#[derive(Clone, Debug)]
pub struct Fold<I, ID, F> {
    pub(crate) base: I,
    pub(crate) identity: ID,
    pub(crate) op: F,
}

/// Parallel iterator of [`fold_mut`](crate::par::ParallelIterator::fold_mut).
#[derive(Clone, Debug)]
pub struct FoldMut<I, ID, F> {
    pub(crate) base: I,
    pub(crate) identity: ID,
    pub(crate) op: F,
}

/// The two differ by how a chunk is folded.
macro_rules! folds {
    ($($name:ident, [$($op:tt)*], |$this:ident, $acc:ident, $items:ident| $fold:expr;)*) => {$(
        // SAFETY: not exact; the base's iterator is used up at once.
        unsafe impl<I, T, ID, F> Source for $name<I, ID, F>
        where
            I: Source,
            T: Send,
            ID: Fn() -> T + Sync + Send,
            F: $($op)* + Sync + Send,
        {
            type Item = T;
            type State = (I::State, Option<T>);
            type Seq<'a> = iter::Empty<T> where Self: 'a;
            through_base!(@base);
            through_base!(@ends);
            #[inline]
            fn exact(&self) -> bool {
                false
            }
            fn enter(&self, worker: usize) -> Self::State {
                (self.base.enter(worker), None)
            }
            #[inline]
            unsafe fn chunk<'a>(&'a self, state: &'a mut Self::State, places: Range<usize>) -> Self::Seq<'a> {
                // SAFETY: same places, same promise.
                let $items = unsafe { self.base.chunk(&mut state.0, places) };
                let $this = self;
                let $acc = &mut state.1;
                $fold;
                iter::empty()
            }
            #[inline]
            fn flow(&self, state: &mut Self::State) -> Flow {
                self.base.flow(&mut state.0)
            }
            fn finish<P: FnMut(T) -> Flow>(&self, state: Self::State, mut push: P) {
                let (base, mut acc) = state;
                self.base.finish(base, |item| {
                    let $items = iter::once(item);
                    let $this = self;
                    let $acc = &mut acc;
                    $fold;
                    Flow::Continue
                });
                if let Some(acc) = acc {
                    let _ = push(acc);
                }
            }
            fn tail(&self) -> bool {
                true
            }
            fn seam(&self, behind: usize) -> Option<usize> {
                self.base.seam(behind)
            }
        }
    )*};
}

folds! {
    Fold, [Fn(T, I::Item) -> T], |this, acc, items| {
        let so_far = acc.take().unwrap_or_else(&this.identity);
        *acc = Some(items.fold(so_far, &this.op))
    };
    FoldMut, [Fn(&mut T, I::Item)], |this, acc, items| {
        let acc = acc.get_or_insert_with(&this.identity);
        items.for_each(|item| (this.op)(acc, item))
    };
}
