//! Every source, and chains of adaptors, give what their sequential sisters give.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use millstream::prelude::*;
use proptest::prelude::*;

use super::schedule::everywhere;

/// The same items in the same order, forwards and backwards, whole and in part.
macro_rules! same {
    ($par:expr, $seq:expr) => {{
        let all: Vec<_> = $seq.collect();
        assert_eq!($par.collect::<Vec<_>>(), all);
        assert!($par.skip(2).step_by(3).collect::<Vec<_>>().iter().eq(all.iter().skip(2).step_by(3)));
        assert!($par.rev().filter(|_| true).collect::<Vec<_>>().iter().eq(all.iter().rev()));
    }};
}

fn items() -> impl Strategy<Value = Vec<u16>> {
    prop_oneof![3 => prop::collection::vec(0..50u16, 0..40), 1 => prop::collection::vec(any::<u16>(), 0..400)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn slices_and_their_pieces(v in items(), size in 1..12usize) {
        everywhere(|| {
            same!(v.par_iter(), v.iter());
            same!(v.par_chunks(size), v.chunks(size));
            same!(v.par_rchunks(size), v.rchunks(size));
            same!(v.par_windows(size), v.windows(size));
            same!(v.par_chunks_exact(size), v.chunks_exact(size));
            assert_eq!(v.par_chunks_exact(size).remainder(), v.chunks_exact(size).remainder());
        });
    }

    #[test]
    fn mutable_slices_and_their_pieces(v in items(), size in 1..12usize) {
        everywhere(|| {
            let (mut par, mut seq) = (v.clone(), v.clone());
            par.par_iter_mut().enumerate().for_each(|(i, x)| *x = x.wrapping_add(i as u16));
            seq.iter_mut().enumerate().for_each(|(i, x)| *x = x.wrapping_add(i as u16));
            par.par_iter_mut().rev().step_by(size).for_each(|x| *x /= 2);
            seq.iter_mut().rev().step_by(size).for_each(|x| *x /= 2);
            par.par_chunks_mut(size).for_each(|c| c.reverse());
            seq.chunks_mut(size).for_each(|c| c.reverse());
            par.par_rchunks_mut(size).rev().for_each(|c| c.sort());
            seq.rchunks_mut(size).rev().for_each(|c| c.sort());
            let mut chunks = par.par_chunks_exact_mut(size);
            chunks.take_remainder().fill(7);
            chunks.for_each(|c| c.swap(0, size - 1));
            let mut chunks = seq.chunks_exact_mut(size);
            chunks.by_ref().for_each(|c| c.swap(0, size - 1));
            chunks.into_remainder().fill(7);
            assert_eq!(par, seq);
        });
    }

    #[test]
    fn long_chains(v in items(), n in 0..12usize) {
        everywhere(|| {
            same!(
                v.par_iter().map(|x| x / 2).inspect(|x| assert!(*x < 1 << 15)).zip(&v).skip(n).enumerate(),
                v.iter().map(|x| x / 2).zip(&v).skip(n).enumerate()
            );
            same!(
                v.clone().into_par_iter().take(n).chain(v.par_iter().cloned().rev()).zip(0..500),
                v.clone().into_iter().take(n).chain(v.iter().cloned().rev()).zip(0..500)
            );
            let pick = |x: u16| x.checked_sub(9);
            assert!(v.par_iter().copied().filter_map(pick).flat_map_iter(|x| 0..x % 4).collect::<Vec<_>>().into_iter()
                .eq(v.iter().copied().filter_map(pick).flat_map(|x| 0..x % 4)));
        });
    }

    #[test]
    fn ranges(a in any::<i8>(), b in any::<i8>()) {
        everywhere(|| {
            same!((a..b).into_par_iter(), Iterator::rev(a..b).rev());
            same!((a..=b).into_par_iter(), Iterator::rev(a..=b).rev());
        });
    }
}

/// Both kinds of range at both ends of one type.
macro_rules! range_ends {
    ($($int:ident)*) => {$(
        for (a, b) in [
            ($int::MIN, $int::MIN),
            ($int::MIN, $int::MIN + 9),
            ($int::MAX - 9, $int::MAX),
            ($int::MAX, $int::MAX),
            ($int::MAX, $int::MIN),
        ] {
            assert!((a..b).into_par_iter().collect::<Vec<_>>().into_iter().eq(a..b), "{a}..{b}");
            assert!((a..=b).into_par_iter().collect::<Vec<_>>().into_iter().eq(a..=b), "{a}..={b}");
            assert!((a..=b).into_par_iter().rev().collect::<Vec<_>>().into_iter().eq((a..=b).rev()), "{a}..={b}");
        }
    )*};
}

#[test]
fn ranges_at_the_ends_of_every_type() {
    everywhere(|| {
        range_ends!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);
        assert_eq!((0..=u8::MAX).into_par_iter().map(u32::from).sum::<u32>(), 255 * 128);
        assert!(
            (i16::MIN..=i16::MAX).into_par_iter().collect::<Vec<_>>().into_iter().eq(i16::MIN..=i16::MAX)
        );
        let mut exhausted = 0..=3;
        exhausted.by_ref().for_each(drop);
        assert_eq!(exhausted.into_par_iter().count(), 0);
    });
}

#[test]
fn collections_give_what_they_hold() {
    everywhere(|| {
        let map: HashMap<i32, String> = (0..100).map(|x| (x, x.to_string())).collect();
        assert_eq!(map.clone().into_par_iter().collect::<HashMap<_, _>>(), map);
        assert_eq!(map.par_iter().map(|(k, _)| k).sum::<i32>(), 4950);
        let mut counted: BTreeMap<i32, i32> = (0..50).map(|x| (x, 0)).collect();
        counted.par_iter_mut().for_each(|(k, v)| *v = k + 1);
        assert_eq!(counted.par_iter().map(|(_, v)| v).max(), Some(&50));
        let set: BTreeSet<u8> = (0..9).collect();
        assert!(set.par_iter().collect::<Vec<_>>().into_iter().eq(&set));
        let mut queue: VecDeque<u8> = (0..9).collect();
        queue.rotate_left(4);
        assert!(queue.par_iter().collect::<Vec<_>>().into_iter().eq(&queue));
        assert_eq!(queue.clone().into_par_iter().collect::<VecDeque<_>>(), queue);
        assert_eq!([[1, 2], [3, 4]].into_par_iter().flatten_iter().product::<i32>(), 24);
        assert_eq!(Some(3).into_par_iter().chain(None::<i32>).collect::<Vec<_>>(), [3]);
        assert_eq!(Some(3).par_iter().chain(&Ok::<i32, ()>(4)).sum::<i32>(), 7);
        assert_eq!(Err::<i32, ()>(()).into_par_iter().count(), 0);
        let words: Vec<String> = (0..2000).map(|x| x.to_string()).collect();
        assert_eq!(words.par_iter().map(|s| s.as_str()).collect::<String>(), words.concat());
        assert_eq!(words.concat().chars().collect::<Vec<_>>().par_iter().collect::<String>(), words.concat());
        assert_eq!(*words.par_iter().cloned().collect::<Box<[_]>>(), words[..]);
    });
}
