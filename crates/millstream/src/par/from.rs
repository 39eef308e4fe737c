//! What a parallel iterator can be collected into, and what it can extend.
//!
//! Vectors are written in parallel. Strings are put together in parallel. Maps, sets and lists are filled by the calling
//! thread from the vectors of the spans, in order: so a later equal key wins as it does sequentially.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::hash::{BuildHasher, Hash};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::Arc;

use millstream_scheduler::split::Flow;

use super::adapt::until::{First, Until};
use super::attempt::Attempt;
use super::consume::reduce::ForEach;
use super::consume::write::{Gather, append_all, collect_vec, extend_vec};
use super::contract::Source;
use super::drive::drive;
use super::into::IntoParallelIterator;
use super::payload::discard;
use super::sink::Sink;

/// What can be made from a parallel iterator; see [`collect`](super::ParallelIterator::collect).
pub trait FromParallelIterator<T: Send>: Sized {
    /// Makes it, in the order of the items.
    ///
    /// # Examples
    /// ```
    /// use millstream::prelude::*;
    /// assert_eq!(String::from_par_iter(vec!["a", "b"]), "ab");
    /// ```
    fn from_par_iter<I: IntoParallelIterator<Item = T>>(items: I) -> Self;
}

/// What can take more items from a parallel iterator.
pub trait ParallelExtend<T: Send> {
    /// Adds all items in order. If the iterator panics, none is added.
    ///
    /// # Examples
    /// ```
    /// use millstream::prelude::*;
    /// let mut v = vec![1];
    /// v.par_extend(2..5);
    /// assert_eq!(v, [1, 2, 3, 4]);
    /// ```
    fn par_extend<I: IntoParallelIterator<Item = T>>(&mut self, items: I);

    /// Adds the items of a vector that is not needed any more.
    #[doc(hidden)]
    fn par_extend_vec(&mut self, items: Vec<T>) {
        self.par_extend(super::source::vec::IntoIter::new(items));
    }
}

impl<T: Send> FromParallelIterator<T> for Vec<T> {
    fn from_par_iter<I: IntoParallelIterator<Item = T>>(items: I) -> Self {
        collect_vec(items.into_par_iter())
    }
}

impl<T: Send> ParallelExtend<T> for Vec<T> {
    fn par_extend<I: IntoParallelIterator<Item = T>>(&mut self, items: I) {
        extend_vec(self, items.into_par_iter());
    }

    fn par_extend_vec(&mut self, mut items: Vec<T>) {
        if self.is_empty() {
            *self = items;
        } else {
            self.append(&mut items);
        }
    }
}

impl<'t, T: Copy + Send + Sync + 't> ParallelExtend<&'t T> for Vec<T> {
    fn par_extend<I: IntoParallelIterator<Item = &'t T>>(&mut self, items: I) {
        extend_vec(self, super::adapt::each::Copied { base: items.into_par_iter() });
    }
}

/// What is made from a vector at little cost.
macro_rules! by_vec {
    ($($type:ty;)*) => {$(
        impl<T: Send> FromParallelIterator<T> for $type {
            fn from_par_iter<I: IntoParallelIterator<Item = T>>(items: I) -> Self {
                collect_vec(items.into_par_iter()).into()
            }
        }
    )*};
}

by_vec! {
    Box<[T]>;
    Rc<[T]>;
    Arc<[T]>;
    VecDeque<T>;
}

/// What is filled by its own `extend`, from the vectors of the spans in order.
macro_rules! by_extend {
    ($([$($generics:tt)*] $type:ty, $item:ty;)*) => {$(
        impl<$($generics)*> ParallelExtend<$item> for $type {
            fn par_extend<I: IntoParallelIterator<Item = $item>>(&mut self, items: I) {
                for span in drive(items.into_par_iter(), &Gather).all() {
                    self.extend(span);
                }
            }

            fn par_extend_vec(&mut self, items: Vec<$item>) {
                self.extend(items);
            }
        }
    )*};
}

by_extend! {
    [T: Send] VecDeque<T>, T;
    [T: Send] LinkedList<T>, T;
    [T: Send + Ord] BinaryHeap<T>, T;
    [T: Send + Ord] BTreeSet<T>, T;
    [K: Send + Ord, V: Send] BTreeMap<K, V>, (K, V);
    [T: Send + Eq + Hash, S: BuildHasher] HashSet<T, S>, T;
    [K: Send + Eq + Hash, V: Send, S: BuildHasher] HashMap<K, V, S>, (K, V);
}

/// What is made from all the vectors of the spans by `Default` and `par_extend`.
macro_rules! by_default {
    ($([$($generics:tt)*] $type:ty, $item:ty;)*) => {$(
        impl<$($generics)*> FromParallelIterator<$item> for $type {
            fn from_par_iter<I: IntoParallelIterator<Item = $item>>(items: I) -> Self {
                let mut all = Self::default();
                all.par_extend(items);
                all
            }
        }
    )*};
}

by_default! {
    [T: Send] LinkedList<T>, T;
    [T: Send + Eq + Hash, S: BuildHasher + Default] HashSet<T, S>, T;
    [K: Send + Eq + Hash, V: Send, S: BuildHasher + Default] HashMap<K, V, S>, (K, V);
    [] String, char;
    ['t] String, &'t char;
    ['t] String, &'t str;
    ['t] String, Cow<'t, str>;
    [] String, String;
    [] String, Box<str>;
}

impl<T: Send + Ord> FromParallelIterator<T> for BinaryHeap<T> {
    fn from_par_iter<I: IntoParallelIterator<Item = T>>(items: I) -> Self {
        collect_vec(items.into_par_iter()).into()
    }
}

// Std's own sort and bulk building is faster than one insertion after another.
impl<T: Send + Ord> FromParallelIterator<T> for BTreeSet<T> {
    fn from_par_iter<I: IntoParallelIterator<Item = T>>(items: I) -> Self {
        collect_vec(items.into_par_iter()).into_iter().collect()
    }
}

impl<K: Send + Ord, V: Send> FromParallelIterator<(K, V)> for BTreeMap<K, V> {
    fn from_par_iter<I: IntoParallelIterator<Item = (K, V)>>(items: I) -> Self {
        collect_vec(items.into_par_iter()).into_iter().collect()
    }
}

/// Collects each span into a string.
struct GatherText;

impl<T> Sink<T> for GatherText
where
    String: Extend<T>,
{
    type Acc = String;
    type Out = String;
    fn start(&self) -> String {
        String::new()
    }
    #[inline]
    fn feed<S: Iterator<Item = T>>(&self, acc: &mut String, _at: usize, items: S) -> Flow {
        acc.extend(items);
        Flow::Continue
    }
    fn end(&self, acc: String) -> String {
        acc
    }
}

impl<T: Send> ParallelExtend<T> for String
where
    String: Extend<T>,
{
    fn par_extend<I: IntoParallelIterator<Item = T>>(&mut self, items: I) {
        let spans: Vec<Vec<u8>> =
            drive(items.into_par_iter(), &GatherText).all().map(String::into_bytes).collect();
        // SAFETY: only whole strings are appended.
        let bytes = unsafe { self.as_mut_vec() };
        append_all(bytes, spans);
    }
}

/// For its effects: collects nothing.
impl FromParallelIterator<()> for () {
    fn from_par_iter<I: IntoParallelIterator<Item = ()>>(items: I) {
        drive(items.into_par_iter(), &ForEach(drop)).all().for_each(drop);
    }
}

/// The outputs of all attempts, or the first that stops; a panic before it wins, one behind it never was.
fn try_collect<C, I>(items: I) -> Result<C, <I::Item as Attempt>::Residual>
where
    I: Source<Item: Attempt>,
    C: FromParallelIterator<<I::Item as Attempt>::Output>,
{
    let first = First::new();
    let until = Until { base: items, first: &first };
    let collected = catch_unwind(AssertUnwindSafe(|| C::from_par_iter(until)));
    match (first.stop(collected.is_err()), collected) {
        (Some(stop), Ok(collected)) => {
            // Before the result is on its way out: should its `Drop` panic, `stop` is dropped, too.
            drop(collected);
            Err(stop)
        }
        (Some(stop), Err(payload)) => {
            discard(payload);
            Err(stop)
        }
        (None, Ok(collected)) => Ok(collected),
        (None, Err(payload)) => resume_unwind(payload),
    }
}

/// The first error in the order of the items, else all.
impl<T: Send, E: Send, C: FromParallelIterator<T>> FromParallelIterator<Result<T, E>> for Result<C, E> {
    fn from_par_iter<I: IntoParallelIterator<Item = Result<T, E>>>(items: I) -> Self {
        try_collect(items.into_par_iter())
    }
}

/// `None` if any item is, else all.
impl<T: Send, C: FromParallelIterator<T>> FromParallelIterator<Option<T>> for Option<C> {
    fn from_par_iter<I: IntoParallelIterator<Item = Option<T>>>(items: I) -> Self {
        try_collect(items.into_par_iter()).ok()
    }
}
