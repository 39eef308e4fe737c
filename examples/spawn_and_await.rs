//! How do I get the result of a job in the background: by waiting, by `await`, or not at all?

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

/// The example.
pub fn main() {
    let handle = millstream::spawn(|| (1..=20u64).product::<u64>());
    assert_eq!(handle.join(), 2_432_902_008_176_640_000);

    // A panic comes back as an error, with its payload.
    let handle = millstream::spawn(|| i32::from_str_radix("7f", 16).unwrap());
    assert_eq!(handle.try_join().map_err(|_| "panicked"), Ok(127));

    // A handle is a future of the same result. Any executor will do; this one parks the thread.
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut handle = pin!(millstream::spawn(|| "done"));
    let result = loop {
        match handle.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(result) => break result,
            Poll::Pending => thread::park(),
        }
    };
    assert!(matches!(result, Ok("done")));
}
