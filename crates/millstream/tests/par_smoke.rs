//! The commonest chains, as their sequential sisters.

use millstream::prelude::*;

#[test]
fn common_chains_are_their_sequential_sisters() {
    let v: Vec<u64> = (0..10_000).collect();
    assert_eq!(v.par_iter().map(|x| x * 2).sum::<u64>(), v.iter().map(|x| x * 2).sum());
    assert_eq!(v.par_iter().map(|x| x * 2).collect::<Vec<_>>(), v.iter().map(|x| x * 2).collect::<Vec<_>>());
    assert_eq!(
        v.par_iter().filter(|x| *x % 3 == 0).collect::<Vec<_>>(),
        v.iter().filter(|x| *x % 3 == 0).collect::<Vec<_>>()
    );
    let zipped: Vec<(usize, (String, &u64))> =
        v.clone().into_par_iter().map(|x| x.to_string()).zip(&v).enumerate().collect();
    assert_eq!(zipped, v.iter().map(|x| x.to_string()).zip(&v).enumerate().collect::<Vec<_>>());
    assert_eq!((0..100u8).into_par_iter().map(u32::from).reduce(|| 0, |a, b| a + b), 4950);
    let mut w = v.clone();
    w.par_chunks_mut(7).for_each(|c| c.reverse());
    let mut x = v.clone();
    x.chunks_mut(7).for_each(|c| c.reverse());
    assert_eq!(w, x);
}
