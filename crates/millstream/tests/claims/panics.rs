//! Whatever call of the user's code panics: the payload reaches the caller, every value is dropped once, the pool goes on.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashSet};
use std::hash::{Hash, Hasher};
use std::iter::Sum;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use millstream::prelude::*;

use super::schedule::{everywhere, work};

/// What panics here carry.
#[derive(Debug, PartialEq, Eq)]
struct Boom(usize);

/// Panics without a message on standard error.
fn boom(n: usize) -> ! {
    resume_unwind(Box::new(Boom(n)))
}

/// Counts the user's calls, and panics at one of them.
#[derive(Debug)]
struct Calls {
    boom_at: usize,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    calls: usize,
    made: usize,
    dropped: usize,
}

impl Calls {
    fn new(boom_at: usize) -> Arc<Self> {
        Arc::new(Calls { boom_at, seen: Mutex::default() })
    }

    fn seen<R>(&self, f: impl FnOnce(&mut Seen) -> R) -> R {
        f(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// One call of the user's code.
    fn tick(&self) {
        work();
        let call = self.seen(|seen| {
            seen.calls += 1;
            seen.calls
        });
        if call == self.boom_at {
            boom(call);
        }
    }

    fn item(self: &Arc<Self>, value: usize) -> Item {
        self.seen(|seen| seen.made += 1);
        Item { value, calls: Arc::clone(self) }
    }

    fn items(self: &Arc<Self>, n: usize) -> Vec<Item> {
        (0..n).map(|value| self.item(value)).collect()
    }
}

/// A value all of whose own code may panic.
#[derive(Debug)]
struct Item {
    value: usize,
    calls: Arc<Calls>,
}

impl Drop for Item {
    fn drop(&mut self) {
        self.calls.seen(|seen| seen.dropped += 1);
        self.calls.tick();
    }
}

impl Clone for Item {
    fn clone(&self) -> Self {
        self.calls.tick();
        self.calls.item(self.value)
    }
}

impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Item {}

impl PartialOrd for Item {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Item {
    fn cmp(&self, other: &Self) -> Ordering {
        self.calls.tick();
        self.value.cmp(&other.value)
    }
}

impl Hash for Item {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.calls.tick();
        self.value.hash(state);
    }
}

impl Sum for Item {
    fn sum<I: Iterator<Item = Item>>(items: I) -> Item {
        items.reduce(Item::and).unwrap_or_else(|| Calls::new(0).item(0))
    }
}

/// Runs `program` once for each of its calls, which then panics.
fn at_every_call<R>(program: impl Fn(&Arc<Calls>) -> R + Send + Sync) {
    at_every_call_and(program, |seen| assert_eq!(seen.made, seen.dropped));
}

fn at_every_call_and<R>(
    program: impl Fn(&Arc<Calls>) -> R + Send + Sync,
    check: impl Fn(&Seen) + Send + Sync,
) {
    everywhere(|| {
        let mut boom_at = 0;
        loop {
            let calls = Calls::new(boom_at);
            let result = catch_unwind(AssertUnwindSafe(|| {
                program(&calls);
            }));
            let total = calls.seen(|seen| {
                check(seen);
                seen.calls
            });
            match result {
                Ok(()) => assert!(boom_at == 0 || total < boom_at, "the panic at call {boom_at} was lost"),
                Err(payload) => assert_eq!(payload.downcast_ref(), Some(&Boom(boom_at))),
            }
            if boom_at > 0 && total < boom_at {
                break;
            }
            boom_at += 1;
        }
        assert_eq!((0..99).into_par_iter().sum::<i32>(), 99 * 49);
    });
}

/// The calls of one program, one a line.
macro_rules! at_every_call {
    ($($name:ident: |$calls:ident| $program:expr;)*) => {$(
        #[test]
        fn $name() {
            at_every_call(|$calls| $program);
        }
    )*};
}

const N: usize = 11;

// A result is made after what it is made of was dropped: a `Drop` that panics at the end of a function leaks the value that
// it was about to return, in any program.

impl Item {
    fn again(self) -> Item {
        let (calls, value) = (Arc::clone(&self.calls), self.value);
        calls.tick();
        drop(self);
        calls.item(value)
    }

    fn and(self, other: Item) -> Item {
        let (calls, value) = (Arc::clone(&self.calls), self.value + other.value);
        calls.tick();
        drop((self, other));
        calls.item(value)
    }

    fn wanted(&self) -> bool {
        self.calls.tick();
        !self.value.is_multiple_of(3)
    }
}

/// The items 0..n in parallel.
fn items(calls: &Arc<Calls>, n: usize) -> impl IndexedParallelIterator<Item = Item> {
    calls.items(n).into_par_iter()
}

fn zero(calls: &Arc<Calls>) -> Item {
    calls.tick();
    calls.item(0)
}

at_every_call! {
    for_each: |calls| items(calls, N).for_each(|_| calls.tick());
    for_each_with: |calls| items(calls, N).for_each_with(calls.item(0), |state, item| state.value += item.value);
    for_each_init: |calls| items(calls, N).for_each_init(|| zero(calls), |state, item| state.value += item.value);
    map_collect: |calls| items(calls, N).map(Item::again).collect::<Vec<_>>();
    map_with_collect: |calls| items(calls, N).map_with(calls.item(1), |_, x| x.again()).collect::<Vec<_>>();
    map_init_rev_collect: |calls| items(calls, N).map_init(|| zero(calls), |_, x| x.again()).rev().collect::<Vec<_>>();
    inspect_collect: |calls| items(calls, N).inspect(|_| calls.tick()).collect::<Vec<_>>();
    cloned_collect: |calls| {
        let items = calls.items(N);
        drop(items.par_iter().cloned().collect::<Vec<_>>())
    };
    filter_collect: |calls| items(calls, N).filter(Item::wanted).collect::<Vec<_>>();
    filter_map_collect: |calls| items(calls, N).filter_map(|x| x.wanted().then_some(x)).collect::<Vec<_>>();
    flat_map_iter_collect: |calls| {
        let make = |x: Item| {
            let n = x.value % 3;
            drop(x);
            calls.items(n)
        };
        items(calls, N).flat_map_iter(make).collect::<Vec<_>>()
    };
    zip_of_unequal: |calls| items(calls, N).zip(calls.items(N + 2)).map(|(a, b)| a.and(b)).collect::<Vec<_>>();
    enumerate_take_skip: |calls| {
        items(calls, N).enumerate().take(N - 2).skip(3).map(|x| x.1.again()).collect::<Vec<_>>()
    };
    step_by: |calls| items(calls, N).step_by(3).map(Item::again).collect::<Vec<_>>();
    step_by_rev: |calls| items(calls, N).step_by(3).rev().for_each(|_| calls.tick());
    chain: |calls| items(calls, 4).chain(calls.items(5)).map(Item::again).collect::<Vec<_>>();
    chain_of_folds: |calls| {
        let fold = |n: usize| items(calls, n).fold(|| zero(calls), Item::and);
        fold(5).chain(fold(4)).chain(calls.items(2)).map(Item::again).collect::<Vec<_>>()
    };
    fold_reduce: |calls| items(calls, N).fold(|| zero(calls), Item::and).reduce(|| zero(calls), Item::and);
    fold_mut_map_collect: |calls| {
        items(calls, N).fold_mut(Vec::new, |all, x| all.push(x.again())).map(|all| all).collect::<Vec<_>>()
    };
    deterministic_reduce: |calls| {
        items(calls, N).with_min_len(2).deterministic().reduce(|| zero(calls), Item::and)
    };
    deterministic_fold: |calls| {
        items(calls, N).with_min_len(2).deterministic().fold(|| zero(calls), Item::and).collect::<Vec<_>>()
    };
    reduce_with: |calls| items(calls, N).reduce_with(Item::and);
    sum: |calls| items(calls, N).sum::<Item>();
    count: |calls| items(calls, N).count();
    min: |calls| items(calls, N).min();
    max_by: |calls| items(calls, N).max_by(|a, b| { calls.tick(); a.value.cmp(&b.value) });
    min_by_key: |calls| items(calls, N).min_by_key(Item::clone);
    all: |calls| items(calls, N).all(|x| { calls.tick(); x.value < N });
    find_last: |calls| items(calls, N).find_last(Item::wanted);
    collect_text: |calls| items(calls, N).map(|x| x.again().value.to_string()).collect::<String>();
    unzip: |calls| items(calls, N).map(|x| (x.clone(), x)).unzip::<_, _, Vec<_>, Vec<_>>();
    unzip_filtered: |calls| {
        items(calls, N).filter(Item::wanted).map(|x| (x.clone(), x)).unzip::<_, _, Vec<_>, Vec<_>>()
    };
    partition: |calls| items(calls, N).partition::<Vec<_>, Vec<_>, _>(Item::wanted);
    collect_result: |calls| items(calls, N).map(|x| Ok::<_, Item>(x.again())).collect::<Result<Vec<_>, _>>().is_ok();
    windows: |calls| {
        let items = calls.items(N);
        drop(items.par_windows(3).map(|w| w[0].clone()).collect::<Vec<_>>())
    };
}

// Std's sets leak by themselves where an item's `Hash`, `Ord` or `Drop` panics.

#[test]
fn collect_hash_set() {
    at_every_call_and(
        |calls| items(calls, N).collect::<HashSet<_>>(),
        |seen| assert!(seen.dropped <= seen.made),
    );
}

#[test]
fn collect_btree_set() {
    at_every_call_and(
        |calls| items(calls, N).collect::<BTreeSet<_>>(),
        |seen| assert!(seen.dropped <= seen.made),
    );
}

/// Where items are wanted up to the first hit alone, a panic behind it may be seen or not; nothing else may differ.
fn at_every_call_of_a_search(program: impl Fn(&Arc<Calls>) + Send + Sync) {
    everywhere(|| {
        for boom_at in 0..60 {
            let calls = Calls::new(boom_at);
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| program(&calls))) {
                assert_eq!(payload.downcast_ref(), Some(&Boom(boom_at)));
            }
            calls.seen(|seen| assert_eq!(seen.made, seen.dropped, "panicked at call {boom_at}"));
        }
    });
}

#[test]
fn searches_drop_everything_once() {
    at_every_call_of_a_search(|calls| {
        calls.items(N).into_par_iter().find_first(|x| {
            calls.tick();
            x.value == 7
        });
    });
    at_every_call_of_a_search(|calls| {
        calls.items(N).into_par_iter().find_any(|x| {
            calls.tick();
            x.value % 4 == 3
        });
    });
    at_every_call_of_a_search(|calls| {
        calls.items(N).into_par_iter().any(|x| {
            calls.tick();
            x.value == N - 2
        });
    });
    at_every_call_of_a_search(|calls| {
        calls.items(N).into_par_iter().position_first(|x| {
            calls.tick();
            x.value == 7
        });
    });
    at_every_call_of_a_search(|calls| {
        let attempt = |x: Item| {
            calls.tick();
            if x.value % 4 == 3 { Err(x) } else { Ok(x) }
        };
        let _ = calls.items(N).into_par_iter().try_for_each(|x| attempt(x).map(drop));
        let _ = calls.items(N).into_par_iter().map(attempt).collect::<Result<Vec<_>, _>>();
    });
    at_every_call_of_a_search(|calls| {
        let attempt = |x: Item| {
            calls.tick();
            (x.value != 7).then_some(x)
        };
        let _ = calls.items(N).into_par_iter().map(attempt).filter(|_| true).collect::<Option<Vec<_>>>();
    });
    at_every_call_of_a_search(|calls| {
        let _ = calls.items(N).into_par_iter().map(|x| if x.value == 7 { Err(x) } else { Ok(x) }).try_reduce(
            || calls.item(0),
            |a, b| {
                calls.tick();
                drop(b);
                Ok(a)
            },
        );
    });
}

#[test]
fn what_was_there_before_survives_a_panic() {
    everywhere(|| {
        let calls = Calls::new(0);
        let mut kept = calls.items(2);
        let mut target = calls.items(3);
        let panics_at = |place: usize| {
            let calls = Arc::clone(&calls);
            move |x: usize| if x == place { boom(x) } else { calls.item(x) }
        };
        let result =
            catch_unwind(AssertUnwindSafe(|| kept.par_extend((0..20).into_par_iter().map(panics_at(13)))));
        assert_eq!(result.expect_err("it panics").downcast_ref(), Some(&Boom(13)));
        assert!(kept.iter().map(|item| item.value).eq(0..2));
        let result = catch_unwind(AssertUnwindSafe(|| {
            (0..20).into_par_iter().map(panics_at(3)).collect_into_vec(&mut target)
        }));
        assert_eq!(result.expect_err("it panics").downcast_ref(), Some(&Boom(3)));
        assert!(target.is_empty());
        drop((kept, target));
        calls.seen(|seen| assert_eq!(seen.made, seen.dropped));
    });
}

#[derive(Debug, PartialEq, Eq)]
enum End {
    Hit(usize),
    Panic(usize),
    Nothing,
}

fn end<R>(run: impl FnOnce() -> R, hit: impl FnOnce(R) -> Option<usize>) -> End {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(result) => hit(result).map_or(End::Nothing, End::Hit),
        Err(payload) => End::Panic(payload.downcast_ref::<Boom>().expect("a panic of this test").0),
    }
}

#[test]
fn the_first_error_or_panic_in_item_order_wins() {
    for (n, errors, panics) in [
        (40, vec![17, 18, 30], vec![20, 39]),
        (40, vec![30], vec![5, 29]),
        (40, vec![0], vec![1]),
        (40, vec![], vec![38, 39]),
    ] {
        everywhere(|| {
            let first = match (errors.first(), panics.first()) {
                (Some(&error), Some(&panic)) if error < panic => End::Hit(error),
                (_, Some(&panic)) => End::Panic(panic),
                (Some(&error), None) => End::Hit(error),
                (None, None) => End::Nothing,
            };
            let check = |x: usize| {
                work();
                match () {
                    () if panics.contains(&x) => boom(x),
                    () if errors.contains(&x) => Err(x),
                    () => Ok(x),
                }
            };
            let items = || (0..n).into_par_iter();
            assert_eq!(end(|| items().try_for_each(|x| check(x).map(drop)), Result::err), first);
            assert_eq!(end(|| items().map(check).collect::<Result<Vec<_>, _>>(), Result::err), first);
            assert_eq!(end(|| items().map(check).collect::<Result<HashSet<_>, _>>(), Result::err), first);
            assert_eq!(
                end(|| items().map(check).filter(|_| true).collect::<Result<Vec<_>, _>>(), Result::err),
                first
            );
            assert_eq!(end(|| items().map(check).try_reduce(|| 0, |a, b| Ok(a + b)), Result::err), first);
            assert_eq!(end(|| items().map(check).try_reduce_with(|a, b| Ok(a + b)), |r| r?.err()), first);
            assert_eq!(
                end(|| items().map(check).deterministic().try_reduce(|| 0, |a, b| Ok(a + b)), Result::err),
                first
            );
            assert_eq!(end(|| items().find_first(|x| check(*x).is_err()), |found| found), first);
            assert_eq!(end(|| items().find_map_first(|x| check(x).err()), |found| found), first);
            assert_eq!(end(|| items().position_first(|x| check(x).is_err()), |found| found), first);
            let first_panic = End::Panic(panics[0]);
            assert_eq!(
                end(|| items().for_each(|x| assert!(check(x).is_ok() || !panics.contains(&x))), |()| None),
                first_panic
            );
            assert_eq!(end(|| items().map(check).count(), |_| None), first_panic);
            assert_eq!(end(|| items().map(check).collect::<Vec<_>>(), |_| None), first_panic);
            assert_eq!(
                end(|| items().map(|x| check(x).map_or(0, |x| x)).sum::<usize>(), |_| None),
                first_panic
            );
        });
    }
}

/// A payload whose own drop panics.
struct Nasty;

impl Drop for Nasty {
    fn drop(&mut self) {
        boom(0);
    }
}

#[test]
fn payloads_that_panic_when_dropped_are_survived() {
    everywhere(|| {
        let result = catch_unwind(AssertUnwindSafe(|| {
            (0..50).into_par_iter().for_each(|x: i32| {
                work();
                if x % 7 == 3 {
                    resume_unwind(Box::new(Nasty));
                }
            });
        }));
        std::mem::forget(result.expect_err("it panics"));
        let result = (0..50).into_par_iter().try_for_each(|x: i32| {
            work();
            match x {
                10 => Err(x),
                20.. => resume_unwind(Box::new(Nasty)),
                _ => Ok(()),
            }
        });
        assert_eq!(result, Err(10));
    });
}
