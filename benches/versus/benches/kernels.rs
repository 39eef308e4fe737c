//! A few of the kernels under criterion, for comparing one build with the one before.

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use millstream_versus::fork::{Caller, ChiliScope, MillEnter, MillInstall, Pools, RayonInstall, Serial};
use millstream_versus::kernels::{Fib, ManySums, Queens, Skynet, Unbalanced, Workload};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// One contender, its answer checked before it is timed.
fn contender<W: Workload<Input = ()>>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    workload: &W,
    name: &str,
    caller: impl Caller,
) {
    if let Err(complaint) = workload.check(&workload.run(&caller, ())) {
        panic!("{}, {name}: {complaint}", workload.name());
    }
    group.bench_function(name, |bencher| bencher.iter(|| black_box(workload).run(&caller, ())));
}

fn kernel<W: Workload<Input = ()>>(criterion: &mut Criterion, pools: &Pools, workload: &W) {
    let mut group = criterion.benchmark_group(workload.name());
    contender(&mut group, workload, "serial", Serial);
    contender(&mut group, workload, "millstream join", MillInstall(&pools.mill));
    contender(&mut group, workload, "millstream handle", MillEnter(&pools.mill));
    contender(&mut group, workload, "rayon", RayonInstall(&pools.rayon));
    contender(&mut group, workload, "chili", ChiliScope(&pools.chili));
    group.finish();
}

fn kernels(criterion: &mut Criterion) {
    let pools = Pools::new(2);
    kernel(criterion, &pools, &Fib(24));
    kernel(criterion, &pools, &Skynet { leaves: 100_000, first: 0 });
    kernel(criterion, &pools, &ManySums::new(10));
    kernel(criterion, &pools, &Queens::new(9));
    kernel(criterion, &pools, &Unbalanced::small());
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = kernels
}
criterion_main!(benches);
