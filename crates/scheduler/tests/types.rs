//! Which public types may cross threads. Checked by the compiler; a bound too many or too few does not build.

use std::cell::Cell;
use std::rc::Rc;

use millstream_scheduler::{
    BuildError, Builder, Flow, JoinHandle, LoopOptions, Pool, Scope, ThreadStart, Wait, Worker, WorkerStats,
};

/// Answers whether `T` implements a trait, on stable: the inherent constant wins where its bound holds.
macro_rules! implements {
    ($type:ty: $($bound:tt)+) => {{
        #[allow(dead_code, reason = "not used where the bound holds")]
        trait Otherwise {
            const HOLDS: bool = false;
        }
        impl<T: ?Sized> Otherwise for T {}
        #[allow(dead_code, reason = "names a type")]
        struct Probe<T: ?Sized>(std::marker::PhantomData<T>);
        #[allow(dead_code, reason = "not found where the bound fails")]
        impl<T: ?Sized + $($bound)+> Probe<T> {
            const HOLDS: bool = true;
        }
        <Probe<$type>>::HOLDS
    }};
}

macro_rules! table {
    ($($type:ty: $send:literal $sync:literal;)*) => {
        $(
            const { assert!(implements!($type: Send) == $send, concat!(stringify!($type), ": Send")) };
            const { assert!(implements!($type: Sync) == $sync, concat!(stringify!($type), ": Sync")) };
        )*
    };
}

/// `Send`, but not `Sync`.
type Lonely = Cell<u8>;
/// Neither.
type Bound = Rc<u8>;

#[test]
fn each_type_crosses_threads_as_far_as_it_may() {
    table! {
        // type: Send Sync;
        Pool: true true;
        Builder: true true;
        BuildError: true true;
        ThreadStart: true false;
        Worker: false false;
        &Worker: false false;
        Scope<'static>: true true;
        &Scope<'static>: true true;
        JoinHandle<()>: true true;
        JoinHandle<Lonely>: true true;
        JoinHandle<Bound>: false false;
        JoinHandle<std::sync::MutexGuard<'static, ()>>: false false;
        WorkerStats: true true;
        Wait: true true;
        LoopOptions: true true;
        Flow: true true;
        millstream_scheduler::process::ForkGuard: true true;
        millstream_scheduler::topology::Topology: true true;
    }
    const { assert!(implements!(JoinHandle<Bound>: Unpin), "a handle can be polled wherever it lies") };
    const { assert!(implements!(BuildError: std::error::Error)) };
}
