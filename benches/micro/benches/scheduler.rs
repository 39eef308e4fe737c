//! Nanoseconds of the scheduler's pieces, on pools of one thread unless said otherwise, rayon's equivalent beside it.
//!
//! What is not to be seen from outside is measured by the shortest call that contains it; each says which.

use std::hint::black_box;
use std::ops::Range;
use std::time::{Duration, Instant};

use criterion::{Bencher, Criterion, Throughput, criterion_group, criterion_main};
use millstream::{Pool, Worker};
use millstream_scheduler::{Flow, LoopBody, LoopOptions};

fn mill(threads: usize) -> Pool {
    Pool::new(threads).expect("the benchmark needs its threads")
}

fn rayon(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("the benchmark needs its threads")
}

/// Times `body` on a thread of rayon's pool, as Millstream's is timed on a worker.
fn inside_rayon<R>(bencher: &mut Bencher<'_>, pool: &rayon::ThreadPool, body: impl Fn() -> R + Sync) {
    bencher.iter_custom(|count| {
        pool.install(|| {
            let begun = Instant::now();
            for _ in 0..count {
                black_box(body());
            }
            begun.elapsed()
        })
    });
}

/// A join that nobody steals from: of nothing with nothing.
///
/// *Exposed*: with no other fork pending, so that its second half is made public at once and taken back from there. *Inline*: below a
/// fork that is public already, so that its second half stays private.
fn join(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("join, not stolen");
    let (mill, rayon) = (mill(1), rayon(1));
    mill.enter(|worker| {
        group.bench_function("millstream handle, exposed", |bencher| {
            bencher.iter(|| worker.join(|_| black_box(1), |_| black_box(2)));
        });
        group.bench_function("millstream join, exposed", |bencher| {
            bencher.iter(|| millstream::join(|| black_box(1), || black_box(2)));
        });
    });
    // The bencher cannot be sent, so the time is taken inside and handed out.
    group.bench_function("millstream handle, inline", |bencher| {
        bencher.iter_custom(|count| {
            let timed = |worker: &Worker| {
                let begun = Instant::now();
                for _ in 0..count {
                    black_box(worker.join(|_| black_box(1), |_| black_box(2)));
                }
                begun.elapsed()
            };
            mill.enter(|worker| worker.join(timed, |_| black_box(3))).0
        });
    });
    group.bench_function("millstream join, inline", |bencher| {
        bencher.iter_custom(|count| {
            let timed = || {
                let begun = Instant::now();
                for _ in 0..count {
                    black_box(millstream::join(|| black_box(1), || black_box(2)));
                }
                begun.elapsed()
            };
            mill.install(|| millstream::join(timed, || black_box(3))).0
        });
    });
    group.bench_function("rayon", |bencher| {
        inside_rayon(bencher, &rayon, || rayon::join(|| black_box(1), || black_box(2)));
    });
    group.finish();
}

/// A hundred joins inside each other, which overflow the ring: what a join costs when jobs are moved to the public deque and taken back
/// from there.
fn join_nested(criterion: &mut Criterion) {
    const DEPTH: u32 = 100;
    fn nest(worker: &Worker, depth: u32) -> u32 {
        if depth == 0 {
            return black_box(0);
        }
        let (a, b) = worker.join(|worker| nest(worker, depth - 1), |_| black_box(1));
        a + b
    }
    fn rayon_nest(depth: u32) -> u32 {
        if depth == 0 {
            return black_box(0);
        }
        let (a, b) = rayon::join(|| rayon_nest(depth - 1), || black_box(1));
        a + b
    }
    let mut group = criterion.benchmark_group("100 joins inside each other");
    group.throughput(Throughput::Elements(u64::from(DEPTH)));
    let (mill, rayon) = (mill(1), rayon(1));
    mill.enter(|worker| {
        group.bench_function("millstream handle", |bencher| bencher.iter(|| nest(worker, DEPTH)));
    });
    group.bench_function("rayon", |bencher| inside_rayon(bencher, &rayon, || rayon_nest(DEPTH)));
    group.finish();
}

/// The way in from outside: alone, and with one join, which as the first of a region is made public at once.
fn guest(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("from outside");
    for threads in [1, 2] {
        let (mill, rayon) = (mill(threads), rayon(threads));
        group.bench_function(format!("millstream, nothing, {threads} threads"), |bencher| {
            bencher.iter(|| mill.enter(|_| black_box(1)));
        });
        group.bench_function(format!("millstream, a join, {threads} threads"), |bencher| {
            bencher.iter(|| mill.enter(|worker| worker.join(|_| black_box(1), |_| black_box(2))));
        });
        group.bench_function(format!("rayon, nothing, {threads} threads"), |bencher| {
            bencher.iter(|| rayon.install(|| black_box(1)));
        });
        group.bench_function(format!("rayon, a join, {threads} threads"), |bencher| {
            bencher.iter(|| rayon.install(|| rayon::join(|| black_box(1), || black_box(2))));
        });
    }
    group.finish();
}

/// A body that does nothing.
struct Nothing;

impl LoopBody for Nothing {
    type Span = ();
    fn open(&self, _: usize, _: usize) {}
    fn run(&self, (): &mut (), chunk: Range<usize>) -> Flow {
        black_box(chunk);
        Flow::Continue
    }
    fn close(&self, (): (), _: Range<usize>) {}
}

/// A loop of so few items that nobody is asked to help.
fn tiny_loop(criterion: &mut Criterion) {
    use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
    let mut group = criterion.benchmark_group("loop");
    let (mill, rayon) = (mill(2), rayon(2));
    for len in [1, 64] {
        group.bench_function(format!("millstream, {len} items from outside"), |bencher| {
            bencher.iter(|| mill.run_loop(black_box(len), LoopOptions::default(), &Nothing).is_ok());
        });
        mill.enter(|worker| {
            group.bench_function(format!("millstream, {len} items inside"), |bencher| {
                bencher.iter(|| worker.run_loop(black_box(len), LoopOptions::default(), &Nothing).is_ok());
            });
        });
        group.bench_function(format!("rayon, {len} items from outside"), |bencher| {
            bencher.iter(|| {
                rayon.install(|| {
                    (0..black_box(len)).into_par_iter().for_each(|item| {
                        black_box(item);
                    });
                });
            });
        });
    }
    group.finish();
}

/// Jobs spawned into a scope, a hundred to a scope.
fn scope(criterion: &mut Criterion) {
    const SPAWNS: u64 = 100;
    let mut group = criterion.benchmark_group("scope of 100 spawns");
    group.throughput(Throughput::Elements(SPAWNS));
    let (mill, rayon) = (mill(1), rayon(1));
    mill.enter(|worker| {
        group.bench_function("millstream", |bencher| {
            bencher.iter(|| {
                worker.scope(|scope| {
                    for spawn in 0..SPAWNS {
                        scope.spawn(move |_| {
                            black_box(spawn);
                        });
                    }
                });
            });
        });
    });
    group.bench_function("rayon", |bencher| {
        inside_rayon(bencher, &rayon, || {
            rayon::scope(|scope| {
                for spawn in 0..SPAWNS {
                    scope.spawn(move |_| {
                        black_box(spawn);
                    });
                }
            });
        });
    });
    group.finish();
}

/// A job spawned and waited for: by a worker, which runs it itself, and from outside.
fn spawn(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("spawn and join its handle");
    let mill = mill(1);
    group.bench_function("from outside", |bencher| {
        bencher.iter(|| mill.spawn(|| black_box(1)).join());
    });
    mill.enter(|worker| {
        group.bench_function("by a worker", |bencher| {
            bencher.iter(|| worker.spawn(|| black_box(1)).join());
        });
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(600));
    targets = join, join_nested, guest, tiny_loop, scope, spawn
}
criterion_main!(benches);
