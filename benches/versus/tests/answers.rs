//! Every contender finds the answer of every kernel and loop, on small inputs and with more threads than the bars use.

use millstream_versus::fork::{ChiliScope, MillEnter, MillInstall, Pools, RayonInstall, Serial};
use millstream_versus::kernels::{
    Comb, Fib, ManySums, MatMul, MergeSort, Queens, QuickSort, Shape, Skynet, Spread, TreeSum, Unbalanced,
    Workload,
};
use millstream_versus::loops::{Loops, MillLoops, RayonLoops, Sequential};

fn all_solve<W: Workload>(workload: &W, pools: &Pools) {
    let check = |who: &str, answer: W::Answer| {
        if let Err(complaint) = workload.check(&answer) {
            panic!("{}, {who}: {complaint}", workload.name());
        }
    };
    check("serial", workload.run(&Serial, workload.input()));
    for _ in 0..3 {
        check("millstream join", workload.run(&MillInstall(&pools.mill), workload.input()));
        check("millstream handle", workload.run(&MillEnter(&pools.mill), workload.input()));
        check("rayon", workload.run(&RayonInstall(&pools.rayon), workload.input()));
        check("chili", workload.run(&ChiliScope(&pools.chili), workload.input()));
    }
}

#[test]
fn every_contender_solves_every_kernel() {
    let pools = Pools::new(3);
    all_solve(&Fib(18), &pools);
    all_solve(&Skynet { leaves: 1000, first: 0 }, &pools);
    all_solve(&Queens::new(7), &pools);
    all_solve(&TreeSum::new(12), &pools);
    all_solve(&ManySums::new(20), &pools);
    all_solve(&Unbalanced::small(), &pools);
    for shape in [Shape::LeafFirst, Shape::RestFirst] {
        all_solve(&Comb { leaves: 500, units: 200, shape }, &pools);
    }
    all_solve(&Spread { leaves: 16, units: 500 }, &pools);
    all_solve(&MatMul::new(128), &pools);
    for len in [0, 1, 2048, 2049, 50_000] {
        all_solve(&MergeSort::new(len), &pools);
        all_solve(&QuickSort::new(len), &pools);
    }
}

#[test]
fn a_wrong_answer_is_told_from_the_right_one() {
    let wrong = |workload: &MatMul| {
        let mut product = workload.run(&Serial, workload.input());
        product[77] += 1.0;
        workload.check(&product)
    };
    assert!(wrong(&MatMul::new(64)).is_err());
    let sort = QuickSort::new(5000);
    let mut sorted = sort.run(&Serial, sort.input());
    sorted.swap(0, 4999);
    assert!(sort.check(&sorted).is_err());
    sorted.clear();
    assert!(sort.check(&sorted).is_err());
    assert!(Fib(10).check(&56).is_err());
}

#[test]
fn parallel_loops_are_the_sequential_ones() {
    let pools = Pools::new(3);
    let items: Vec<u64> = (0..5000).collect();
    let costs: Vec<u32> = (0..500).map(|at| at * 7 % 90).collect();
    let (mill, rayon) = (MillLoops(&pools.mill), RayonLoops(&pools.rayon));
    assert_eq!(mill.sum(&items, 9), Sequential.sum(&items, 9));
    assert_eq!(rayon.sum(&items, 9), Sequential.sum(&items, 9));
    assert_eq!(mill.collect(&items, 9), Sequential.collect(&items, 9));
    assert_eq!(rayon.collect(&items, 9), Sequential.collect(&items, 9));
    assert_eq!(mill.costs(&costs), Sequential.costs(&costs));
    assert_eq!(rayon.costs(&costs), Sequential.costs(&costs));
    assert_eq!(mill.nested(&items[..20], &items, 3), Sequential.nested(&items[..20], &items, 3));
    assert_eq!(rayon.nested(&items[..20], &items, 3), Sequential.nested(&items[..20], &items, 3));
}
