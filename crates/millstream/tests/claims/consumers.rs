//! Every consumer and every adaptor gives what its sequential sister gives.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::ControlFlow;

use millstream::prelude::*;
use proptest::prelude::*;

use super::schedule::everywhere;

/// Something about an item that hits about one in `one_in`.
fn hit<T: Hash>(item: &T, one_in: u64) -> bool {
    number(item).is_multiple_of(one_in)
}

fn number<T: Hash>(item: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    item.hash(&mut hasher);
    hasher.finish() >> 3
}

/// All consumers of a chain that need not be indexed.
fn agree<T, P, S>(par: impl Fn() -> P, seq: impl Fn() -> S)
where
    T: Debug + Clone + Ord + Hash + Send,
    P: ParallelIterator<Item = T>,
    S: Iterator<Item = T>,
{
    let all: Vec<T> = seq().collect();
    assert_eq!(par().collect::<Vec<T>>(), all);
    assert_eq!(par().count(), all.len());
    assert_eq!(par().min(), all.iter().cloned().min());
    assert_eq!(par().max(), all.iter().cloned().max());
    let key = |item: &T| number(item) % 3;
    assert_eq!(par().min_by_key(key), all.iter().cloned().min_by_key(key));
    assert_eq!(par().max_by_key(key), all.iter().cloned().max_by_key(key));
    assert_eq!(
        par().map(|x| number(&x)).map(u128::from).sum::<u128>(),
        all.iter().map(|x| u128::from(number(x))).sum()
    );
    assert_eq!(par().map(|x| number(&x) | 1).reduce(|| 1, |a, b| a.wrapping_mul(b)), {
        all.iter().map(|x| number(x) | 1).fold(1, u64::wrapping_mul)
    });

    // Order matters here, so all pieces must come in order.
    let text = |x: &T| format!("{x:?};");
    let all_text: String = all.iter().map(text).collect();
    assert_eq!(par().map(|x| text(&x)).reduce(String::new, |a, b| a + &b), all_text);
    assert_eq!(par().map(|x| text(&x)).reduce_with(|a, b| a + &b).unwrap_or_default(), all_text);
    assert_eq!(par().map(|x| text(&x)).collect::<String>(), all_text);
    assert_eq!(par().fold(String::new, |s, x| s + &text(&x)).collect::<String>(), all_text);
    assert_eq!(par().fold_mut(String::new, |s, x| *s += &text(&x)).collect::<Vec<_>>().concat(), all_text);
    assert_eq!(par().deterministic().map(|x| text(&x)).reduce(String::new, |a, b| a + &b), all_text);
    assert_eq!(par().deterministic().fold(String::new, |s, x| s + &text(&x)).collect::<String>(), all_text);

    for one_in in [1, 5, 1 << 40] {
        let kept: Vec<T> = all.iter().filter(|x| hit(*x, one_in)).cloned().collect();
        assert_eq!(par().filter(|x| hit(x, one_in)).collect::<Vec<_>>(), kept);
        assert_eq!(par().find_first(|x| hit(x, one_in)).as_ref(), kept.first());
        assert_eq!(par().find_last(|x| hit(x, one_in)).as_ref(), kept.last());
        assert_eq!(par().find_any(|x| hit(x, one_in)).is_some(), !kept.is_empty());
        assert!(par().find_any(|x| hit(x, one_in)).is_none_or(|found| kept.contains(&found)));
        assert_eq!(par().any(|x| hit(&x, one_in)), !kept.is_empty());
        assert_eq!(par().all(|x| hit(&x, one_in)), kept.len() == all.len());
        let others: Vec<T> = all.iter().filter(|x| !hit(*x, one_in)).cloned().collect();
        assert_eq!(
            par().partition::<Vec<_>, VecDeque<_>, _>(|x| hit(x, one_in)),
            (kept.clone(), others.into())
        );

        let attempt = |x: T| if hit(&x, one_in) { Err(x) } else { Ok(x) };
        let expected = all.iter().cloned().map(attempt).collect::<Result<Vec<_>, _>>();
        assert_eq!(par().map(attempt).collect::<Result<Vec<_>, _>>(), expected);
        assert_eq!(
            par().try_for_each(|x| attempt(x).map(drop)),
            expected.as_ref().map(drop).map_err(T::clone)
        );
        assert_eq!(
            par().map(|x| attempt(x).ok()).collect::<Option<VecDeque<_>>>(),
            expected.clone().ok().map(Into::into)
        );
        let sum = |a: u64, b: u64| Ok::<u64, T>(a.wrapping_add(b));
        let numbers = |x: T| attempt(x).map(|x| number(&x));
        assert_eq!(
            par().map(numbers).try_reduce(|| 0, sum),
            all.iter().cloned().map(numbers).try_fold(0, |a, b| sum(a, b?))
        );
        assert_eq!(
            par().map(numbers).try_reduce_with(sum),
            all.iter().cloned().map(numbers).reduce(|a, b| sum(a?, b?))
        );
        let flow =
            par().map(|x| if hit(&x, one_in) { ControlFlow::Break(x) } else { ControlFlow::Continue(()) });
        assert_eq!(flow.try_for_each(|flow| flow).break_value().as_ref(), kept.first());
    }

    let pair = |x: T| (number(&x) % 7, x);
    assert_eq!(par().map(pair).unzip::<_, _, Vec<_>, Vec<_>>(), all.iter().cloned().map(pair).unzip());
    assert_eq!(
        par().map(pair).collect::<HashMap<_, _>>(),
        all.iter().cloned().map(pair).collect::<HashMap<_, _>>()
    );
    assert_eq!(
        par().map(pair).collect::<BTreeMap<_, _>>(),
        all.iter().cloned().map(pair).collect::<BTreeMap<_, _>>()
    );
    assert_eq!(par().collect::<HashSet<_>>(), all.iter().cloned().collect::<HashSet<_>>());
    assert_eq!(par().collect::<BTreeSet<_>>(), all.iter().cloned().collect::<BTreeSet<_>>());
    let mut extended = all.clone();
    extended.par_extend(par());
    assert_eq!(extended, [&all[..], &all[..]].concat());

    let flat = |x: T| std::iter::repeat_n(x.clone(), (number(&x) % 4) as usize);
    assert_eq!(
        par().flat_map_iter(flat).collect::<Vec<_>>(),
        all.iter().cloned().flat_map(flat).collect::<Vec<_>>()
    );
    assert_eq!(
        par().map_init(|| 1, |n, x| (*n, x)).collect::<Vec<_>>(),
        all.iter().map(|x| (1, x.clone())).collect::<Vec<_>>()
    );
    assert_eq!(
        par().map_with(2, |n, x| (*n, x)).collect::<Vec<_>>(),
        all.iter().map(|x| (2, x.clone())).collect::<Vec<_>>()
    );
    assert_eq!(par().map_worker(|_, x| x).collect::<Vec<_>>(), all);
    let doubled: Vec<T> = all.iter().chain(&all).cloned().collect();
    assert_eq!(par().chain(par()).collect::<Vec<_>>(), doubled);
    assert_eq!(par().filter(|_| true).chain(par()).collect::<Vec<_>>(), doubled);
    // What a fold gives at its end stands before what is chained behind it.
    let folded = || {
        par().fold(Vec::new, |mut v, x| {
            v.push(x);
            v
        })
    };
    assert_eq!(folded().chain(folded()).collect::<Vec<_>>().concat(), doubled);
    assert_eq!(folded().flatten_iter().chain(par()).collect::<Vec<_>>(), doubled);
}

/// All consumers, and all adaptors, of an indexed chain.
fn agree_indexed<T, P, S>(n: usize, par: impl Fn() -> P, seq: impl Fn() -> S)
where
    T: Debug + Clone + Ord + Hash + Send,
    P: IndexedParallelIterator<Item = T>,
    S: Iterator<Item = T>,
{
    agree(&par, &seq);
    let all: Vec<T> = seq().collect();
    let owned = || all.clone().into_iter();
    assert_eq!(par().len(), all.len());
    assert!(par().rev().collect::<Vec<_>>().into_iter().eq(owned().rev()));
    assert!(par().enumerate().collect::<Vec<_>>().into_iter().eq(owned().enumerate()));
    assert!(par().enumerate().rev().collect::<Vec<_>>().into_iter().eq(owned().enumerate().rev()));
    assert!(par().take(n).collect::<Vec<_>>().into_iter().eq(owned().take(n)));
    assert!(par().take(n).rev().collect::<Vec<_>>().into_iter().eq(owned().take(n).rev()));
    assert!(par().skip(n).collect::<Vec<_>>().into_iter().eq(owned().skip(n)));
    assert!(par().rev().skip(n).rev().collect::<Vec<_>>().into_iter().eq(owned().rev().skip(n).rev()));
    assert!(par().step_by(n + 1).collect::<Vec<_>>().into_iter().eq(owned().step_by(n + 1)));
    assert!(par().step_by(n + 1).rev().collect::<Vec<_>>().into_iter().eq(owned().step_by(n + 1).rev()));
    assert!(par().zip(n..usize::MAX).collect::<Vec<_>>().into_iter().eq(owned().zip(n..)));
    assert!(
        par().zip(par().skip(n)).rev().collect::<Vec<_>>().into_iter().eq(owned().zip(owned().skip(n)).rev())
    );
    assert!(
        par()
            .chain(par())
            .rev()
            .skip(n)
            .collect::<Vec<_>>()
            .into_iter()
            .eq(owned().chain(owned()).rev().skip(n))
    );
    assert!(
        par()
            .map_init(|| n, |n, x| (*n, x))
            .rev()
            .map(|x| x.1)
            .collect::<Vec<_>>()
            .into_iter()
            .eq(owned().rev())
    );
    assert!(par().with_min_len(n).collect::<Vec<_>>().into_iter().eq(owned()));
    assert!(par().with_max_len(n).collect::<Vec<_>>().into_iter().eq(owned()));
    for one_in in [1, 5, 1 << 40] {
        assert_eq!(par().position_first(|x| hit(&x, one_in)), owned().position(|x| hit(&x, one_in)));
        assert_eq!(par().position_last(|x| hit(&x, one_in)), owned().rposition(|x| hit(&x, one_in)));
        let any = par().position_any(|x| hit(&x, one_in));
        assert_eq!(any.is_some(), owned().any(|x| hit(&x, one_in)));
        assert!(any.is_none_or(|place| hit(&all[place], one_in)));
    }
    let mut target = all.clone();
    par().collect_into_vec(&mut target);
    assert_eq!(target, all);
    let (mut left, mut right) = (vec![0], all.clone());
    par().map(|x| (number(&x), x)).unzip_into_vecs(&mut left, &mut right);
    assert_eq!((left, right), owned().map(|x| (number(&x), x)).unzip());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_items_by_value(v in items(), n in 0..12usize) {
        everywhere(|| agree_indexed(n, || v.clone().into_par_iter(), || v.clone().into_iter()));
    }

    #[test]
    fn of_some_items(v in items()) {
        everywhere(|| agree(|| v.par_iter().copied().filter(|x| x % 3 > 0), || v.iter().copied().filter(|x| x % 3 > 0)));
    }
}

fn items() -> impl Strategy<Value = Vec<u16>> {
    prop_oneof![3 => prop::collection::vec(0..50u16, 0..40), 1 => prop::collection::vec(any::<u16>(), 0..400)]
}
