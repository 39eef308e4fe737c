//! How do I choose the number of threads, and keep a library's work apart from the rest?

use millstream::Pool;
use millstream::prelude::*;

/// The example.
pub fn main() {
    let pool = Pool::builder().threads(2).name("resize").build().expect("two threads can be started");
    let sum = pool.install(|| {
        assert_eq!(millstream::current_num_threads(), 2);
        (1..=100u32).into_par_iter().sum::<u32>()
    });
    assert_eq!(sum, 5050);
    let names = pool.broadcast(|i| (i, std::thread::current().name().map(str::to_owned)));
    assert_eq!(names, [(0, Some("resize/0".to_owned())), (1, Some("resize/1".to_owned()))]);

    let error = Pool::builder().threads(usize::MAX).build().expect_err("no machine has as many");
    assert!(error.to_string().contains("at most"));
    pool.close();
}
