//! Sizes, ends, states, and the shape of sums.

use std::collections::HashSet;
use std::sync::Mutex;

use millstream::prelude::*;

use super::schedule::{everywhere, work};

#[test]
fn nothing_gives_nothing() {
    everywhere(|| {
        let none: [u8; 0] = [];
        assert_eq!(none.par_iter().collect::<Vec<_>>(), Vec::<&u8>::new());
        assert_eq!(none.par_windows(3).count() + none.par_chunks(3).count() + none.par_rchunks(1).count(), 0);
        assert_eq!([1, 2].par_windows(3).count(), 0);
        assert_eq!(none.par_iter().reduce(|| &7, |a, _| a), &7);
        assert_eq!(none.par_iter().copied().reduce_with(|a, _| a), None);
        assert_eq!(none.par_iter().sum::<u8>(), 0);
        assert_eq!(none.par_iter().product::<u8>(), 1);
        assert_eq!(none.par_iter().max(), None);
        assert!(none.par_iter().all(|_| false) && !none.par_iter().any(|_| true));
        assert_eq!(none.par_iter().try_for_each(|_| Err(1)), Ok(()));
        assert_eq!(none.par_iter().deterministic().map(|x| f32::from(*x)).sum::<f32>(), 0.0);
        assert_eq!(none.par_iter().fold(|| 1, |a, _| a).sum::<i32>(), 0);
        assert_eq!(none.into_par_iter().map(|_| Err::<(), u8>(0)).collect::<Result<Vec<_>, _>>(), Ok(vec![]));
        assert_eq!(vec![1; 9].into_par_iter().skip(99).zip(0..9).step_by(2).rev().take(0).count(), 0);
    });
}

#[test]
fn items_without_a_size() {
    everywhere(|| {
        let units = vec![(); 1000];
        assert_eq!(units.par_iter().count(), 1000);
        assert_eq!(units.clone().into_par_iter().rev().collect::<Vec<_>>(), units);
        assert_eq!(units.par_iter().copied().filter(|()| true).collect::<Vec<_>>(), units);
        assert_eq!(units.clone().into_par_iter().zip(0..7).map(|((), x)| x).sum::<i32>(), 21);
        let mut enormous = vec![(); usize::MAX];
        assert!(enormous.par_iter().any(|()| true));
        assert_eq!(
            enormous.par_iter_mut().enumerate().find_first(|(i, ())| *i >= 5).map(|(i, _)| i),
            Some(5)
        );
        assert_eq!(enormous.par_chunks(usize::MAX).count(), 1);
        assert_eq!(enormous.par_chunks(usize::MAX / 2).map(<[()]>::len).max(), Some(usize::MAX / 2));
    });
}

#[test]
fn items_of_great_alignment() {
    #[derive(Clone, Debug, PartialEq)]
    #[repr(align(4096))]
    struct Page(u8);
    everywhere(|| {
        let pages: Vec<Page> = (0..50).map(Page).collect();
        assert_eq!(pages.clone().into_par_iter().map(|page| page).collect::<Vec<_>>(), pages);
        assert_eq!((0..50).into_par_iter().map(Page).filter(|page| page.0 < 60).collect::<Vec<_>>(), pages);
        let last = pages.par_iter().cloned().reduce_with(|_, b| b);
        assert_eq!(last.map(|page| (page.0, std::ptr::from_ref(&page).addr() % 4096)).map(|x| x.0), Some(49));
        let states = (0..50u8).into_par_iter().map_init(
            || Page(1),
            |page, x| {
                assert_eq!(std::ptr::from_ref(page).addr() % 4096, 0, "a state lies where its type wants it");
                page.0 + x
            },
        );
        assert_eq!(states.map(u32::from).sum::<u32>(), 1275);
    });
}

#[test]
fn items_of_a_mebibyte() {
    #[derive(Clone, Copy)]
    struct Big([u8; 1 << 20]);
    everywhere(|| {
        // Made in place: no stack holds one here.
        let mut flat: Vec<Big> = Vec::with_capacity(6);
        let zeros = Box::<Big>::new_zeroed();
        // SAFETY: bytes may be zero.
        let zeros = unsafe { zeros.assume_init() };
        for _ in 0..6 {
            flat.extend_from_slice(std::slice::from_ref(&*zeros));
        }
        flat.par_iter_mut().enumerate().for_each(|(i, big)| big.0[77] = i as u8);
        assert_eq!(flat.par_iter().map(|big| u32::from(big.0[77])).sum::<u32>(), 15);
        assert_eq!(flat.par_iter().max_by_key(|big| big.0[77]).map(|big| big.0[77]), Some(5));
        assert_eq!(flat.par_chunks(4).map(|big| big.len()).sum::<usize>(), 6);
        // Handed out by value, and dropped without being handed out.
        let flat = flat.into_par_iter().skip(4).step_by(2);
        assert_eq!(flat.len(), 1);
        drop(flat);
    });
}

#[test]
fn large_items_by_value() {
    // Without optimisation std's own adaptors hold 12 of them on the stack at once, and these up to 30.
    type Large = [u8; 1 << 15];
    everywhere(|| {
        let many: Vec<Large> = (0..8).into_par_iter().map(|x| [x; 1 << 15]).collect();
        assert!(many.iter().enumerate().all(|(i, large)| large[99] == i as u8));
        let some: Vec<Large> = many.into_par_iter().filter(|large| large[0] % 2 == 1).collect();
        assert!(some.iter().map(|large| large[1]).eq([1, 3, 5, 7]));
        let sum = some.into_par_iter().reduce(
            || [0; 1 << 15],
            |mut a, b| {
                a[5] += b[5];
                a
            },
        );
        assert_eq!(sum[5], 16);
    });
}

#[test]
fn full_ranges_can_be_searched_and_cut() {
    everywhere(|| {
        assert_eq!((0..usize::MAX).into_par_iter().find_first(|x| *x >= 1000), Some(1000));
        assert_eq!((0..=usize::MAX).into_par_iter().find_first(|x| *x >= 1000), Some(1000));
        assert_eq!((0..=u64::MAX).into_par_iter().find_first(|x| *x >= 1000), Some(1000));
        assert_eq!(
            (i64::MIN..=i64::MAX).into_par_iter().find_first(|x| *x >= i64::MIN + 99),
            Some(i64::MIN + 99)
        );
        assert_eq!((0..usize::MAX).into_par_iter().position_first(|x| x == 77), Some(77));
        assert!((0..usize::MAX).into_par_iter().map(|x| x % 3).any(|x| x == 2));
        let far = usize::MAX - 3;
        assert!(
            (0..usize::MAX).into_par_iter().skip(far).collect::<Vec<_>>().into_iter().eq(far..usize::MAX)
        );
        assert!(
            (0..usize::MAX)
                .into_par_iter()
                .rev()
                .take(3)
                .collect::<Vec<_>>()
                .into_iter()
                .eq((far..usize::MAX).rev())
        );
        assert_eq!((0..u64::MAX).into_par_iter().step_by(1 << 62).count(), 4);
        assert_eq!(
            (0..usize::MAX).into_par_iter().try_for_each(|x| if x < 500 { Ok(()) } else { Err(x) }),
            Err(500)
        );
    });
}

#[test]
#[should_panic = "a range of more than usize::MAX items cannot be indexed"]
fn ranges_too_long_for_an_index_say_so() {
    (0..=u64::MAX).into_par_iter().enumerate().for_each(drop);
}

#[test]
#[should_panic = "a chain cannot have more than usize::MAX places"]
fn chains_too_long_say_so() {
    (0..usize::MAX).into_par_iter().chain(0..2).for_each(drop);
}

#[test]
fn iterators_never_run_drop_their_items() {
    everywhere(|| {
        let seen = Mutex::new(0);
        struct Count<'s>(&'s Mutex<i32>);
        impl Drop for Count<'_> {
            fn drop(&mut self) {
                *self.0.lock().expect("nobody panics here") += 1;
            }
        }
        let items = || (0..5).map(|_| Count(&seen)).collect::<Vec<_>>();
        drop(items().into_par_iter().map(|x| x).zip(items()).chain(items().into_par_iter().zip(items())));
        assert_eq!(*seen.lock().expect("nobody panics here"), 20);
    });
}

#[test]
fn states_are_few() {
    everywhere(|| {
        let n = 3000;
        let clones = Mutex::new(0usize);
        struct State<'c>(&'c Mutex<usize>);
        impl Clone for State<'_> {
            fn clone(&self) -> Self {
                *self.0.lock().expect("nobody panics here") += 1;
                State(self.0)
            }
        }
        let given = State(&clones);
        assert_eq!((0..n).into_par_iter().map_with(given, |_, x| work_for(x)).count(), n);
        let clones = *clones.lock().expect("nobody panics here");
        // Not one a chunk: at most one a participant, of which no schedule here has more than 8.
        assert!((1..=8).contains(&clones), "{clones} clones");

        let inits = Mutex::new(0usize);
        let init = || *inits.lock().expect("nobody panics here") += 1;
        (0..n).into_par_iter().map_init(init, |(), x| work_for(x)).for_each(drop);
        let inits = *inits.lock().expect("nobody panics here");
        assert!((1..n / 4).contains(&inits), "{inits} inits for {n} items");
    });
}

#[test]
fn no_two_calls_at_the_same_time_have_the_same_worker() {
    everywhere(|| {
        let busy: Vec<Mutex<()>> = (0..64).map(|_| Mutex::new(())).collect();
        let told = (0..3000).into_par_iter().map_worker(|worker, x| {
            let _alone = busy[worker].try_lock().expect("the index is this call's alone");
            work_for(x)
        });
        assert_eq!(told.rev().sum::<usize>(), 3000 * 2999 / 2);
    });
}

fn work_for(x: usize) -> usize {
    if x.is_multiple_of(64) {
        work();
    }
    x
}

/// The documented tree, written down plainly.
fn tree_sum(v: &[f32], block: usize) -> f32 {
    fn pairs(sums: &[f32]) -> f32 {
        match sums {
            // Std's: -0.0.
            [] => sums.iter().sum(),
            [one] => *one,
            _ => {
                let left = sums.len().next_power_of_two() / 2;
                [pairs(&sums[..left]), pairs(&sums[left..])].into_iter().sum()
            }
        }
    }
    pairs(&v.chunks(block).map(|block| block.iter().sum()).collect::<Vec<f32>>())
}

#[test]
fn deterministic_sums_are_those_of_the_documented_tree() {
    for n in [0usize, 1, 2, 127, 128, 129, 1000, 5000, 140_000] {
        let v: Vec<f32> = (0..n).map(|x| (x as f32 * 0.37).sin() * 1e3).collect();
        let block = n.div_ceil(128).clamp(1, 1024);
        let expected = tree_sum(&v, block);
        everywhere(|| {
            let bits = |sum: f32| sum.to_bits();
            assert_eq!(bits(v.par_iter().deterministic().sum()), bits(expected), "{n} items");
            let add = |a: f32, b: f32| a + b;
            let reduced: f32 = v.par_iter().copied().deterministic().reduce(|| 0.0, add);
            let folded = v.par_iter().deterministic().fold(|| 0.0f32, |a, b| a + b).reduce_with(add);
            assert_eq!(reduced.to_bits(), folded.unwrap_or(0.0).to_bits(), "{n} items");
            let wide: f32 = v.par_iter().deterministic().with_min_len(block + 3).sum();
            assert_eq!(bits(wide), bits(tree_sum(&v, block + 3)), "{n} items");
        });
    }
}

#[test]
fn nested_loops_finish() {
    everywhere(|| {
        let sum: usize = (0..20usize)
            .into_par_iter()
            .map(|x| {
                (0..x)
                    .into_par_iter()
                    .map(|y| (0..y).into_par_iter().map(work_for).sum::<usize>())
                    .sum::<usize>()
            })
            .sum();
        let expected: usize =
            (0..20usize).map(|x| (0..x).map(|y| (0..y).sum::<usize>()).sum::<usize>()).sum();
        assert_eq!(sum, expected);
    });
}

#[test]
fn large_filtered_results_are_put_together() {
    everywhere(|| {
        let kept: Vec<u64> = (0..400_000u64).into_par_iter().filter(|x| x % 2 == 0).collect();
        assert!(kept.into_iter().eq((0..400_000).step_by(2)));
    });
}

#[test]
fn a_state_need_not_be_send() {
    everywhere(|| {
        let seen = (0..100).into_par_iter().map_init(|| std::rc::Rc::new(5), |rc, x: i32| **rc + x);
        assert_eq!(seen.collect::<HashSet<_>>().len(), 100);
    });
}

/// Compiles if every parallel iterator may go to other threads.
#[test]
fn parallel_iterators_are_send_and_sync() {
    fn both<T: Send + Sync>(_: &T) {}
    let v = [1u8, 2];
    let mut w = [1u8, 2];
    both(&v.par_iter());
    both(&v.par_chunks(1));
    both(&v.par_windows(1));
    both(&w.par_iter_mut());
    both(&w.par_chunks_exact_mut(1));
    both(&(0..5u128).into_par_iter());
    both(&(0..=5i8).into_par_iter());
    // By value, and by mutable reference, `Send` items are enough.
    let mut cells = vec![std::cell::Cell::new(1)];
    cells.par_iter_mut().for_each(|cell| cell.set(2));
    both(&cells.clone().into_par_iter());
    both(
        &cells
            .into_par_iter()
            .map(|cell| cell.get())
            .map_init(|| std::rc::Rc::new(1), |_, x| x)
            .filter(|_| true),
    );
    let (tx, _rx) = std::sync::mpsc::channel::<u8>();
    both(&v.par_iter().map_with(std::cell::Cell::new(1), |_, x| x).chain(&v).fold(|| 0, |a, _| a));
    both(&v.par_iter().for_each_with(tx, |_, _| ()));
}
