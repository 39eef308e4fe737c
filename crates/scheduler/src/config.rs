//! What a pool is built from.

use std::sync::Arc;

use crate::job::Payload;

/// What a thread may run while it waits for a job of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wait {
    /// Only descendants of what it waits for. A lock held over a parallel call cannot meet itself, the stack is
    /// bounded by the tree of tasks, and a wait never holds a stranger's job. The default.
    #[default]
    Own,
    /// Anything: rayon's way. A wait may take as long as the longest job in the pool.
    Any,
}

/// Called with a worker's number as its thread starts or ends.
pub(crate) type ThreadHandler = Arc<dyn Fn(usize) + Send + Sync>;
/// Called with the payload of a detached job's panic.
pub(crate) type PanicHandler = Arc<dyn Fn(Payload) + Send + Sync>;
/// Starts a thread that runs the closure; an error becomes the pool's `BuildError`.
pub(crate) type SpawnHook = Arc<dyn Fn(ThreadStart) -> std::io::Result<()> + Send + Sync>;

/// A thread that is to be started.
pub struct ThreadStart {
    pub(crate) name: String,
    pub(crate) stack_bytes: Option<usize>,
    pub(crate) body: Box<dyn FnOnce() + Send>,
}

/// The settings of a pool, all resolved.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) name: String,
    pub(crate) stack_bytes: Option<usize>,
    pub(crate) pin: bool,
    pub(crate) wait: Wait,
    pub(crate) spares: usize,
    pub(crate) on_start: Option<ThreadHandler>,
    pub(crate) on_exit: Option<ThreadHandler>,
    pub(crate) on_panic: Option<PanicHandler>,
    pub(crate) spawn_hook: Option<SpawnHook>,
}
