//! Threads, their names and their locals.

use std::io;
use std::time::Duration;

#[cfg(millstream_loom)]
use loom::thread as backend;
#[cfg(millstream_shuttle)]
use shuttle::thread as backend;
#[cfg(not(any(millstream_loom, millstream_shuttle)))]
use std::thread as backend;

pub use backend::{LocalKey, ThreadId, yield_now};
pub use std::thread::panicking;

/// What a thread is to be like before it is started.
///
/// # Examples
/// ```
/// use millstream_sync::thread::Builder;
///
/// let thread = Builder::new().name("mill/0").stack_bytes(64 << 10).spawn(|| 6 * 7)?;
/// assert_eq!(thread.join().unwrap(), 42);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Builder {
    name: Option<String>,
    stack_bytes: Option<usize>,
}

impl Builder {
    /// A thread without a name, with the platform's default stack.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the thread. Longer names than the system keeps (15 bytes on Linux) are cut there, and whole in panic messages.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Asks for a stack of at least that many bytes. Models ignore it: their threads are coroutines with stacks of their own.
    pub fn stack_bytes(mut self, bytes: usize) -> Self {
        self.stack_bytes = Some(bytes);
        self
    }

    /// Starts a thread that runs `body`.
    ///
    /// # Errors
    /// If the system refuses another thread, or the name contains a zero byte (`InvalidInput`).
    pub fn spawn<T: Send + 'static>(
        self,
        body: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<JoinHandle<T>> {
        let mut builder = backend::Builder::new();
        if let Some(name) = self.name {
            if name.contains('\0') {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    format!("thread name {name:?} contains a zero byte"),
                ));
            }
            builder = builder.name(name);
        }
        #[cfg(not(any(millstream_loom, millstream_shuttle)))]
        if let Some(bytes) = self.stack_bytes {
            builder = builder.stack_size(bytes);
        }
        builder.spawn(body).map(JoinHandle)
    }
}

/// Starts a thread with neither name nor wishes: what tests and models want.
///
/// # Panics
/// If the system refuses another thread.
pub fn spawn<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    Builder::new().spawn(body).expect("the system starts another thread")
}

/// The owner's end of a started thread; dropping it lets the thread go on unwatched.
#[derive(Debug)]
pub struct JoinHandle<T>(backend::JoinHandle<T>);

impl<T> JoinHandle<T> {
    /// Waits for the thread's end.
    ///
    /// # Errors
    /// The payload, if the thread panicked. (In a model a panic ends the model instead.)
    pub fn join(self) -> std::thread::Result<T> {
        self.0.join()
    }
}

/// The calling thread's identity, equal to no other thread's that ever ran in this process (in a model: in this execution).
#[inline]
pub fn current_id() -> ThreadId {
    backend::current().id()
}

/// Sleeps for at least `duration`. In a model no time passes, and this is [`yield_now`].
pub fn sleep(duration: Duration) {
    #[cfg(any(millstream_loom, millstream_shuttle))]
    {
        let _ = duration;
        yield_now();
    }
    #[cfg(not(any(millstream_loom, millstream_shuttle)))]
    std::thread::sleep(duration);
}

/// Declares thread-locals as `std::thread_local!` does, with a `const` initial value; each thread of a *model* has its own too.
///
/// Only `with` and `try_with` exist under every checker, so `Cell::get` is written `NAME.with(Cell::get)`.
///
/// # Examples
/// ```
/// use std::cell::Cell;
///
/// millstream_sync::thread_local! {
///     static DEPTH: Cell<usize> = const { Cell::new(0) };
/// }
/// DEPTH.with(|depth| depth.set(3));
/// assert_eq!(DEPTH.with(Cell::get), 3);
/// ```
#[macro_export]
#[cfg(not(any(millstream_loom, millstream_shuttle)))]
macro_rules! thread_local {
    ($($(#[$meta:meta])* $vis:vis static $name:ident: $ty:ty = const { $init:expr };)+) => {
        $crate::__backend::thread_local! { $($(#[$meta])* $vis static $name: $ty = const { $init };)+ }
    };
}

/// Declares thread-locals as `std::thread_local!` does, with a `const` initial value; each thread of a *model* has its own.
#[macro_export]
#[cfg(any(millstream_loom, millstream_shuttle))]
macro_rules! thread_local {
    ($($(#[$meta:meta])* $vis:vis static $name:ident: $ty:ty = const { $init:expr };)+) => {
        $($crate::__backend::thread_local! { $(#[$meta])* $vis static $name: $ty = $init; })+
    };
}

#[cfg(all(test, not(any(millstream_loom, millstream_shuttle))))]
mod tests {
    use super::{Builder, current_id, sleep, spawn, yield_now};
    use std::cell::Cell;
    use std::io::ErrorKind;
    use std::time::Duration;

    crate::thread_local! {
        static MARK: Cell<u32> = const { Cell::new(1) };
    }

    #[test]
    fn a_long_name_reaches_the_thread_whole() {
        let name = "a-pool-of-a-long-name/12";
        let seen = Builder::new().name(name).spawn(|| std::thread::current().name().map(String::from));
        assert_eq!(seen.unwrap().join().unwrap().as_deref(), Some(name));
    }

    #[test]
    fn a_name_with_a_zero_byte_is_an_error() {
        let outcome = Builder::new().name("a\0b").spawn(|| ());
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn a_stack_as_large_as_asked_for_can_be_used() {
        let used = Builder::new().stack_bytes(64 << 20).spawn(|| {
            let frame = std::hint::black_box([1_u8; 8 << 20]);
            frame.iter().map(|&byte| usize::from(byte)).sum::<usize>()
        });
        assert_eq!(used.unwrap().join().unwrap(), 8 << 20);
    }

    #[test]
    fn threads_have_ids_and_locals_of_their_own() {
        MARK.with(|mark| mark.set(2));
        let (id, mark) = spawn(|| {
            yield_now();
            sleep(Duration::from_micros(1));
            (current_id(), MARK.with(Cell::get))
        })
        .join()
        .unwrap();
        assert_ne!(id, current_id());
        assert_eq!((mark, MARK.with(Cell::get)), (1, 2));
    }

    #[test]
    fn join_gives_the_payload_of_a_panic() {
        let outcome = spawn(|| std::panic::panic_any(7_u8)).join();
        assert_eq!(outcome.unwrap_err().downcast_ref(), Some(&7_u8));
    }
}
