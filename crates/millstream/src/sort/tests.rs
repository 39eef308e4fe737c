//! The thresholds are small in this build (see the constants), so that slices of a hundred items take every path.

use std::cell::Cell;
use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind};

use millstream_sync::atomic::{AtomicUsize, Ordering::Relaxed};
use proptest::prelude::*;

use super::*;

/// So many threads is the work cut for.
const SHAPES: [usize; 3] = [2, 3, 64];

/// Sorts as std does, for every shape. `T` tells equal items apart, the comparator need not.
fn sorts_like_std<T, F>(items: &[T], compare: F)
where
    T: Clone + PartialEq + std::fmt::Debug + Send,
    F: Fn(&T, &T) -> Ordering + Sync,
{
    let mut stable = items.to_vec();
    stable.sort_by(&compare);
    for threads in SHAPES {
        let mut v = items.to_vec();
        sort_by_for(&mut v, &compare, threads);
        assert!(v == stable, "stable, {threads} threads: {v:?} instead of {stable:?}");
        let mut v = items.to_vec();
        sort_unstable_by_for(&mut v, &compare, threads);
        assert!(v.is_sorted_by(|a, b| compare(a, b).is_le()), "unstable, {threads} threads: {v:?}");
        // Sorted, and equal to std's when equal items are brought into one order: a permutation.
        let mut missing = stable.clone();
        for item in &v {
            let at =
                missing.iter().position(|other| other == item).expect("every item is one of the input's");
            missing.swap_remove(at);
        }
        assert!(missing.is_empty());
    }
}

fn random(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

/// Inputs of many shapes, `len` long.
fn patterns(len: usize) -> Vec<Vec<u32>> {
    let mut seed = len as u64 + 1;
    let mut r = |below: usize| (random(&mut seed) % below.max(1) as u64) as u32;
    let n = len as u32;
    let mut near: Vec<u32> = (0..n).collect();
    for _ in 0..len / 20 {
        near.swap(r(len) as usize, r(len) as usize);
    }
    vec![
        (0..len).map(|_| r(1 << 30)).collect(),
        (0..n).collect(),
        (0..n).rev().collect(),
        vec![7; len],
        (0..len).map(|_| r(2)).collect(),
        (0..len).map(|_| r(5)).collect(),
        (0..len).map(|i| if i % 2 == 0 { 500 } else { r(1000) }).collect(),
        near,
        (0..n).map(|i| if i < n - n / 10 { i } else { r(len) }).collect(),
        (0..n).map(|i| i.min(n - i)).collect(),
        (0..n).map(|i| i % (n / 4).max(1)).collect(),
        (0..n).map(|i| n - i % (n / 3).max(1)).collect(),
        (0..n / 2).chain(0..n - n / 2).collect(),
        (n / 2..n).chain(0..n / 2).collect(),
        (0..n).map(|i| if i == 0 { n } else { i }).collect(),
        (0..n).map(|i| if i + 1 == n { 0 } else { i + 1 }).collect(),
    ]
}

#[test]
fn every_pattern_comes_out_as_from_std() {
    for len in [0, 1, 2, 3, 15, 16, 17, 31, 33, 64, 100, 257, 600] {
        for pattern in patterns(len) {
            sorts_like_std(&pattern, u32::cmp);
            let numbered: Vec<(u32, usize)> = pattern.iter().map(|x| x / 3).zip(0..).collect();
            sorts_like_std(&numbered, |a, b| a.0.cmp(&b.0));
            sorts_like_std(&numbered, |a, b| b.0.cmp(&a.0));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn bytes(v in proptest::collection::vec(any::<u8>(), 0..500)) {
        sorts_like_std(&v, u8::cmp);
    }

    #[test]
    fn few_keys_with_their_places(keys in proptest::collection::vec(0u8..6, 0..500)) {
        let v: Vec<(u8, u32)> = keys.into_iter().zip(0..).collect();
        sorts_like_std(&v, |a, b| a.0.cmp(&b.0));
    }

    #[test]
    fn strings(v in proptest::collection::vec("[ab]{0,6}", 0..200)) {
        sorts_like_std(&v, String::cmp);
    }

    #[test]
    fn floats(v in proptest::collection::vec(any::<f64>(), 0..300)) {
        let v: Vec<u64> = v.into_iter().map(f64::to_bits).collect();
        sorts_like_std(&v, |&a, &b| f64::from_bits(a).total_cmp(&f64::from_bits(b)));
    }

    #[test]
    fn four_words(v in proptest::collection::vec(any::<[u64; 4]>(), 0..200)) {
        sorts_like_std(&v, |a, b| a[3].cmp(&b[3]));
    }

    #[test]
    fn cached_keys(keys in proptest::collection::vec(0u8..20, 0..500)) {
        let mut v: Vec<(u8, u32)> = keys.into_iter().zip(0..).collect();
        let mut expected = v.clone();
        expected.sort_by_cached_key(|item| item.0.to_string());
        sort_by_cached_key_for(&mut v, &|item| item.0.to_string(), 3);
        prop_assert_eq!(v, expected);
    }
}

#[test]
fn items_of_no_size_of_much_alignment_and_of_a_mebibyte() {
    let mut nothing = vec![(); 10_000];
    sort_by(&mut nothing, &<()>::cmp);
    sort_unstable_by(&mut nothing, &<()>::cmp);
    sort_by_cached_key(&mut nothing, &|()| 0);
    assert_eq!(nothing.len(), 10_000);

    #[derive(Clone, Debug, PartialEq)]
    #[repr(align(128))]
    struct Aligned(u64);
    let mut seed = 3;
    let v: Vec<Aligned> = (0..300).map(|_| Aligned(random(&mut seed) % 100)).collect();
    sorts_like_std(&v, |a, b| a.0.cmp(&b.0));

    // On the heap from the start: a debug build would make one on the stack first.
    let mut large: Vec<[u8; 1 << 20]> = Vec::with_capacity(80);
    large.spare_capacity_mut()[..80].iter_mut().for_each(|slot| {
        // SAFETY: the slot is writable, and zeros are bytes.
        unsafe { slot.as_mut_ptr().write_bytes(0, 1) };
    });
    // SAFETY: so many were just written.
    unsafe { large.set_len(80) };
    for unstable in [true, false] {
        for (i, item) in large.iter_mut().enumerate() {
            let key = (i * 37 % 80) as u8;
            item[0] = key;
            item[(1 << 20) - 1] = key;
        }
        let compare = |a: &[u8; 1 << 20], b: &[u8; 1 << 20]| a[0].cmp(&b[0]);
        if unstable {
            sort_unstable_by_for(&mut large, &compare, 2)
        } else {
            sort_by_for(&mut large, &compare, 2)
        }
        assert!(
            large.iter().enumerate().all(|(i, item)| item[0] == i as u8 && item[(1 << 20) - 1] == i as u8)
        );
    }
}

#[test]
fn items_that_are_not_sync_are_never_shared() {
    // Each comparison holds both items for a while; a second holder would see the flag.
    struct Item {
        key: u64,
        held: Cell<bool>,
    }
    let compare = |a: &Item, b: &Item| {
        for item in [a, b] {
            assert!(!item.held.replace(true), "looked at by two threads");
        }
        let order = a.key.cmp(&b.key);
        for item in [a, b] {
            item.held.set(false);
        }
        order
    };
    let mut seed = 5;
    for range in [1 << 40, 7] {
        let make = |seed: &mut u64| Item { key: random(seed) % range, held: Cell::new(false) };
        for threads in SHAPES {
            let mut v: Vec<Item> = (0..3000).map(|_| make(&mut seed)).collect();
            sort_unstable_by_for(&mut v, &compare, threads);
            assert!(v.is_sorted_by_key(|item| item.key));
            let mut v: Vec<Item> = (0..3000).map(|_| make(&mut seed)).collect();
            sort_by_for(&mut v, &compare, threads);
            assert!(v.is_sorted_by_key(|item| item.key));
        }
    }
}

/// An item that counts its drop in its own slot.
struct Counted<'c, const PAD: usize> {
    key: u32,
    drops: &'c AtomicUsize,
    _pad: [u8; PAD],
}

impl<const PAD: usize> Drop for Counted<'_, PAD> {
    fn drop(&mut self) {
        // Relaxed: read after the sort's join.
        self.drops.fetch_add(1, Relaxed);
    }
}

type Sort<T> = fn(&mut [T], &(dyn Fn(&T, &T) -> Ordering + Sync));

/// Sorts `keys` with a comparator that panics at its k-th call, for every k, and looks whether each item is dropped once.
fn panics_at_every_call<const PAD: usize>(
    keys: &[u32],
    sort: for<'c> fn(&mut [Counted<'c, PAD>], &AtomicUsize, usize),
) {
    for k in 1.. {
        let drops: Vec<AtomicUsize> = keys.iter().map(|_| AtomicUsize::new(0)).collect();
        let mut v: Vec<Counted<PAD>> =
            keys.iter().zip(&drops).map(|(&key, drops)| Counted { key, drops, _pad: [0; PAD] }).collect();
        let calls = AtomicUsize::new(0);
        let result = catch_unwind(AssertUnwindSafe(|| sort(&mut v, &calls, k)));
        // Relaxed (here and below): all calls and drops are over.
        let called = calls.load(Relaxed);
        match result {
            Err(payload) => assert_eq!(payload.downcast_ref::<usize>(), Some(&k)),
            Ok(()) => assert!(v.is_sorted_by_key(|item| item.key)),
        }
        drop(v);
        // Relaxed: as above.
        assert!(drops.iter().all(|drops| drops.load(Relaxed) == 1), "call {k}");
        if called < k {
            return;
        }
    }
}

fn compare_with_panic<const PAD: usize>(
    calls: &AtomicUsize,
    k: usize,
) -> impl Fn(&Counted<'_, PAD>, &Counted<'_, PAD>) -> Ordering + Sync {
    move |a, b| {
        // Relaxed: only the count matters.
        if calls.fetch_add(1, Relaxed) + 1 == k {
            std::panic::resume_unwind(Box::new(k));
        }
        a.key.cmp(&b.key)
    }
}

#[test]
fn a_panic_at_any_call_loses_nothing() {
    let mut seed = 11;
    let random: Vec<u32> = (0..150).map(|_| random(&mut seed) as u32 % 1000).collect();
    let few: Vec<u32> = random.iter().map(|key| key % 3).collect();
    let descending: Vec<u32> = (0..100).rev().collect();
    for keys in [&random, &few, &descending] {
        panics_at_every_call::<0>(keys, |v, calls, k| {
            sort_unstable_by_for(v, &compare_with_panic(calls, k), 4)
        });
        panics_at_every_call::<0>(keys, |v, calls, k| sort_by_for(v, &compare_with_panic(calls, k), 4));
        panics_at_every_call::<40>(keys, |v, calls, k| {
            sort_unstable_by_for(v, &compare_with_panic(calls, k), 4)
        });
        panics_at_every_call::<40>(keys, |v, calls, k| sort_by_for(v, &compare_with_panic(calls, k), 4));
        panics_at_every_call::<400>(keys, |v, calls, k| {
            sort_unstable_by_for(v, &compare_with_panic(calls, k), 4)
        });
        panics_at_every_call::<1200>(keys, |v, calls, k| {
            sort_unstable_by_for(v, &compare_with_panic(calls, k), 4)
        });
        panics_at_every_call::<400>(keys, |v, calls, k| sort_by_for(v, &compare_with_panic(calls, k), 4));
    }
}

#[test]
fn a_panic_of_a_cached_key_leaves_the_slice_as_it_was() {
    for k in 1..=200 {
        let mut v: Vec<String> = (0..200).rev().map(|i| i.to_string()).collect();
        let before = v.clone();
        let calls = AtomicUsize::new(0);
        let key = |item: &String| {
            // Relaxed: only the count matters.
            if calls.fetch_add(1, Relaxed) + 1 == k {
                std::panic::resume_unwind(Box::new(k));
            }
            item.clone()
        };
        let result = catch_unwind(AssertUnwindSafe(|| sort_by_cached_key_for(&mut v, &key, 4)));
        assert_eq!(result.unwrap_err().downcast_ref::<usize>(), Some(&k));
        assert_eq!(v, before);
    }
}

#[test]
fn a_comparator_that_contradicts_itself_loses_nothing() {
    // To see an item lost or doubled: its memory would be freed never or twice.
    type Owned = Box<u32>;
    let answers: [fn(u64, u32, u32) -> Ordering; 5] = [
        |r, _, _| [Ordering::Less, Ordering::Equal, Ordering::Greater][(r % 3) as usize],
        |_, _, _| Ordering::Less,
        |_, _, _| Ordering::Greater,
        // Rock, paper, scissors.
        |_, a, b| [Ordering::Equal, Ordering::Less, Ordering::Greater][((a + 3 - b) % 3) as usize],
        |r, a, b| if r % 16 == 0 { b.cmp(&a) } else { a.cmp(&b) },
    ];
    let sorts: [Sort<Owned>; 2] =
        [|v, compare| sort_unstable_by_for(v, &compare, 4), |v, compare| sort_by_for(v, &compare, 4)];
    for answer in answers {
        for sort in sorts {
            for len in [40, 150, 700] {
                let state = AtomicUsize::new(17);
                let mut v: Vec<Owned> = (0..len).map(|i| Box::new(i % 3 + i * 3)).collect();
                let mut expected: Vec<u32> = v.iter().map(|item| **item).collect();
                let compare = |a: &Owned, b: &Owned| {
                    // Relaxed: any number will do.
                    let mut seed = state.fetch_add(1, Relaxed) as u64;
                    let r = (0..3).fold(0, |_, _| random(&mut seed)) >> 7;
                    answer(r, **a, **b)
                };
                // Std may notice and panic.
                let _ = catch_unwind(AssertUnwindSafe(|| sort(&mut v, &compare)));
                let mut found: Vec<u32> = v.iter().map(|item| **item).collect();
                found.sort_unstable();
                expected.sort_unstable();
                assert_eq!(found, expected);
            }
        }
    }
}
