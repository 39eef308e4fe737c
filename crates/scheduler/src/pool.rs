//! Building, entering and stopping a pool.

use std::fmt;
use std::io::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use millstream_sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use millstream_sync::clock;
use millstream_sync::lock::Mutex;
use millstream_sync::mutant;
use millstream_sync::thread as sync_thread;

use crate::config::{Config, ThreadStart, Wait};
use crate::deque::Injector;
use crate::history::{History, Unhelped};
use crate::job::{Payload, discard};
use crate::passed::Passed;
use crate::process::ForkGuard;
use crate::roster::Roster;
use crate::run;
use crate::sleep::Sleep;
use crate::stats::WorkerStats;
use crate::topology;
use crate::worker::{Registry, Slot, Worker};

/// The most threads a pool is built with. More than any machine has cores, and few enough that their stacks can be
/// mapped.
pub const MAX_THREADS: usize = 1 << 15;

/// How many spare threads may sit in for waiting ones, unless the builder says otherwise.
const SPARES: usize = 256;

/// Why a pool could not be built.
#[derive(Debug)]
pub struct BuildError {
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    TooManyThreads { asked: usize },
    NulInName { name: String },
    StackTooLarge { asked: usize },
    Start { number: usize, of: usize, error: io::Error },
}

impl BuildError {
    /// Whether a thread could not be started (the others were stopped and joined).
    pub fn is_thread_start(&self) -> bool {
        matches!(self.kind, Kind::Start { .. })
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::TooManyThreads { asked } => {
                write!(f, "a pool of {asked} threads was asked for; at most {MAX_THREADS} are possible")
            }
            Kind::NulInName { name } => write!(f, "a thread's name cannot hold a NUL character: {name:?}"),
            Kind::StackTooLarge { asked } => {
                write!(f, "a stack of {asked} bytes was asked for; at most {} are possible", isize::MAX)
            }
            Kind::Start { number, of, error } => {
                write!(
                    f,
                    "thread {number} of {of} could not be started: {error}; those before it were joined"
                )
            }
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            Kind::Start { error, .. } => Some(error),
            _ => None,
        }
    }
}

/// Settings of a pool to be built.
#[derive(Clone)]
#[must_use = "a builder does nothing until `build`"]
pub struct Builder {
    threads: usize,
    config: Config,
}

impl Default for Builder {
    fn default() -> Self {
        Builder::new()
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let config = &self.config;
        f.debug_struct("Builder")
            .field("threads", &self.threads)
            .field("name", &config.name)
            .field("stack_bytes", &config.stack_bytes)
            .field("pin", &config.pin)
            .field("wait", &config.wait)
            .field("spares", &config.spares)
            .finish_non_exhaustive()
    }
}

impl Builder {
    /// The defaults: a thread for each core that affinity and cgroup quota leave, unpinned, with std's stack size.
    pub fn new() -> Builder {
        let config = Config {
            name: "mill".to_owned(),
            stack_bytes: None,
            pin: false,
            wait: Wait::Own,
            spares: SPARES,
            on_start: None,
            on_exit: None,
            on_panic: None,
            spawn_hook: None,
        };
        Builder { threads: 0, config }
    }

    /// How many threads work at the same time. 0, the default, means as many as there are cores for us.
    pub fn threads(mut self, threads: usize) -> Builder {
        self.threads = threads;
        self
    }

    /// The pool's name: its threads are called `<name>/<i>`, of which Linux keeps 15 bytes. Default: `mill`.
    pub fn name(mut self, name: impl Into<String>) -> Builder {
        self.config.name = name.into();
        self
    }

    /// Stack bytes of each thread. Default: std's (2 MiB, or `RUST_MIN_STACK`).
    pub fn stack_bytes(mut self, bytes: usize) -> Builder {
        self.config.stack_bytes = Some(bytes);
        self
    }

    /// Binds each thread to a core of its own as long as there are enough (performance cores first, then
    /// siblings). Default: unbound. Where the system cannot, threads run unbound.
    pub fn pinned(mut self) -> Builder {
        self.config.pin = true;
        self
    }

    /// What a thread may run while it waits. Default: [`Wait::Own`].
    pub fn wait(mut self, wait: Wait) -> Builder {
        self.config.wait = wait;
        self
    }

    /// How many spare threads may be started, at most, to sit in for threads that wait. Default: 256. With none left, a
    /// waiting thread's core stays idle until its wait ends; and a job that no thread may run in the wait it is in (such as one
    /// spawned from inside an inner scope into an outer one, on a pool of one thread) is not run before. If a wait needs such a job,
    /// it does not end.
    pub fn spare_threads(mut self, most: usize) -> Builder {
        self.config.spares = most;
        self
    }

    /// Called on each thread as it starts, with its number. A panic in it goes to the panic handler.
    pub fn on_thread_start(mut self, handler: impl Fn(usize) + Send + Sync + 'static) -> Builder {
        self.config.on_start = Some(Arc::new(handler));
        self
    }

    /// Called on each thread before it ends, with its number. A panic in it goes to the panic handler.
    pub fn on_thread_exit(mut self, handler: impl Fn(usize) + Send + Sync + 'static) -> Builder {
        self.config.on_exit = Some(Arc::new(handler));
        self
    }

    /// Called with the payload of a panic that nobody waits for: a detached job's, or a handler's. Default: the
    /// payload is dropped, after the panic hook has printed its message.
    pub fn on_panic(mut self, handler: impl Fn(Payload) + Send + Sync + 'static) -> Builder {
        self.config.on_panic = Some(Arc::new(handler));
        self
    }

    /// Starts the threads by `hook` instead of std: it runs [`ThreadStart::run`] on a new thread. The pool cannot join
    /// such threads; closing it waits until they have left it. An error, or a panic, means that the thread was refused. Dropping a
    /// [`ThreadStart`] and returning `Ok` leaves the pool one thread short.
    pub fn spawn_hook(
        mut self,
        hook: impl Fn(ThreadStart) -> io::Result<()> + Send + Sync + 'static,
    ) -> Builder {
        self.config.spawn_hook = Some(Arc::new(hook));
        self
    }

    /// Builds the pool and starts its threads.
    ///
    /// # Errors
    /// Too many threads, an impossible name or stack, or a thread that could not be started: those started before it
    /// have then been stopped and joined.
    pub fn build(self) -> Result<Pool, BuildError> {
        let threads = if self.threads == 0 { topology::available_cores().get() } else { self.threads };
        let fail = |kind| Err(BuildError { kind });
        if threads > MAX_THREADS {
            return fail(Kind::TooManyThreads { asked: threads });
        }
        if self.config.name.contains('\0') {
            return fail(Kind::NulInName { name: self.config.name });
        }
        if let Some(asked) = self.config.stack_bytes.filter(|&bytes| bytes > isize::MAX as usize) {
            return fail(Kind::StackTooLarge { asked });
        }
        clock::calibrate();
        let roster = Roster::new(Slot::new);
        for _ in 0..threads {
            roster.grow();
        }
        let registry = Arc::new(Registry {
            roster,
            sleep: Sleep::new(threads, self.config.spares),
            injector: Injector::new(),
            passed: Passed::new(),
            history: History::new(),
            unhelped: Unhelped::new(),
            built: clock::now(),
            process: ForkGuard::new(),
            threads,
            config: self.config,
            stopping: AtomicBool::new(false),
            handles: Mutex::new(Vec::new()),
            start_spare,
            running: AtomicUsize::new(0),
        });
        let pool = Pool { registry };
        let cpus =
            if pool.registry.config.pin { topology::Topology::detect().spread(threads) } else { Vec::new() };
        for number in 0..threads {
            let cpu = cpus.get(number).copied();
            if let Err(error) = start_thread(&pool.registry, Some(number), cpu) {
                drop(pool);
                return fail(Kind::Start { number: number + 1, of: threads, error });
            }
        }
        Ok(pool)
    }
}

impl fmt::Debug for ThreadStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadStart")
            .field("name", &self.name)
            .field("stack_bytes", &self.stack_bytes)
            .finish_non_exhaustive()
    }
}

impl ThreadStart {
    /// The name the thread should have.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The stack it should have, if that was set.
    pub fn stack_bytes(&self) -> Option<usize> {
        self.stack_bytes
    }

    /// Does the thread's work; returns when the pool stops.
    pub fn run(self) {
        (self.body)();
    }
}

/// Starts a thread for slot `number`, or for a further one.
fn start_thread(
    registry: &Arc<Registry>,
    number: Option<usize>,
    cpu: Option<topology::CpuId>,
) -> io::Result<()> {
    if number.is_some() {
        registry.sleep.arrive();
    }
    // Relaxed: counts threads for `stop`, which reads it after the threads' own Release.
    let before = registry.running.fetch_add(1, Ordering::Relaxed);
    let name = format!("{}/{}", registry.config.name, number.unwrap_or(before));
    let mut arrival = Arrival { registry: registry.clone(), begun: false };
    let body = move || {
        arrival.begun = true;
        let ours = &arrival.registry;
        let worker = match number {
            Some(number) => {
                ours.roster.get(number).try_hold(ours).expect("a pool's own slots are taken once")
            }
            None => ours.take_slot(),
        };
        if let Some(cpu) = cpu {
            // Where pinning is not possible the thread runs unbound, as documented.
            let _ = topology::pin_current_thread(&[cpu]);
        }
        run::main(ours, worker);
    };
    let start = ThreadStart { name, stack_bytes: registry.config.stack_bytes, body: Box::new(body) };
    match &registry.config.spawn_hook {
        // A panic must not leave here: a worker that waits may have called us, with jobs on its stack.
        Some(hook) => catch_unwind(AssertUnwindSafe(|| hook(start))).unwrap_or_else(|payload| {
            discard(payload);
            Err(io::Error::other("the spawn hook panicked"))
        }),
        None => {
            let ThreadStart { name, stack_bytes, body } = start;
            let mut builder = sync_thread::Builder::new().name(name);
            if let Some(bytes) = stack_bytes {
                builder = builder.stack_bytes(bytes);
            }
            builder.spawn(body).map(|handle| registry.handles.lock().push(handle))
        }
    }
}

/// A thread on its way, and then the thread itself. It is counted until it ends, or until its body is dropped without having
/// been run: by a system or a hook that refused it, whatever that one returned.
struct Arrival {
    registry: Arc<Registry>,
    begun: bool,
}

impl Drop for Arrival {
    fn drop(&mut self) {
        if !self.begun {
            self.registry.sleep.leave();
        } else if sync_thread::panicking() {
            // Users' panics are caught where they come in. Without this thread somebody would wait for ever.
            // Not `eprintln`, which a test's harness may keep to itself.
            let _ = writeln!(
                io::stderr(),
                "millstream: a worker's own code panicked, which is a bug in it; see the message above"
            );
            std::process::abort();
        }
        // Release: pairs with the Acquire in `stop`: what this thread did is over.
        self.registry.running.fetch_sub(1, Ordering::Release);
    }
}

/// Starts a spare thread; where the system cannot, the core stays idle until a wait ends.
fn start_spare(registry: &Arc<Registry>) {
    let _ = start_thread(registry, None, None);
}

/// Tells all threads that the pool stops: those that are awake look, those that sleep are woken to look.
pub(crate) fn tell_to_stop(stopping: &AtomicBool, sleep: &Sleep) {
    let idle = if mutant!("pool_stop_wakes_before_it_tells") { Some(sleep.choose_all()) } else { None };
    // Release: pairs with the Acquire in `stops`. Before `choose_all`: who joins the list after that sees it.
    stopping.store(true, Ordering::Release);
    for sleeper in idle.unwrap_or_else(|| sleep.choose_all()) {
        sleeper.parker.unpark();
    }
}

/// A pool of worker threads.
///
/// # Blocking
/// Dropping it runs every job that was spawned, then stops and joins its threads; on one of its own threads, where
/// joining is impossible, it only tells them to stop once they find nothing more to do.
/// # Panics
/// A forked child has none of the threads: there, every call that would share work with them panics and says so, and dropping
/// the pool does nothing. The child may build a pool of its own.
pub struct Pool {
    registry: Arc<Registry>,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("name", &self.registry.config.name)
            .field("threads", &self.registry.threads)
            .finish_non_exhaustive()
    }
}

impl Pool {
    /// A builder with the defaults.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// A pool of `threads` threads; 0 means as many as there are cores for us.
    ///
    /// # Errors
    /// As [`Builder::build`].
    pub fn new(threads: usize) -> Result<Pool, BuildError> {
        Pool::builder().threads(threads).build()
    }

    /// Calls `f` with this pool as the current one: parallel calls in it are shared by this pool's threads. `f` itself stays
    /// on the calling thread, which works as one of the pool's for as long.
    #[inline]
    pub fn install<R>(&self, f: impl FnOnce() -> R) -> R {
        self.enter(|_| f())
    }

    /// How many threads work here at the same time.
    pub fn num_threads(&self) -> usize {
        self.registry.threads
    }

    pub(crate) fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// Whether this thread is working in this pool at the moment.
    pub fn is_current(&self) -> bool {
        Registry::current_worker(&self.registry).is_some()
    }

    /// What all workers together have done so far.
    pub fn stats(&self) -> WorkerStats {
        let mut sum = WorkerStats::default();
        for slot in self.registry.roster.iter() {
            sum += slot.stats();
        }
        sum
    }

    /// What each worker has done so far: the pool's own threads first, then spare threads and outside callers.
    pub fn worker_stats(&self) -> Vec<WorkerStats> {
        self.registry.roster.iter().map(Slot::stats).collect()
    }

    /// Calls `f` with this thread as one of the pool's workers: at once if it is one, else as a guest.
    ///
    /// # Cost
    /// A guest's call costs some 100 ns above `f`.
    #[inline]
    pub fn enter<R>(&self, f: impl FnOnce(&Worker) -> R) -> R {
        self.registry.enter(f)
    }

    /// Runs every spawned job, then stops and joins the threads.
    pub fn close(self) {}

    fn stop(&self) {
        let registry = &self.registry;
        if registry.process.id_changed() {
            // The threads stayed in the parent.
            return;
        }
        tell_to_stop(&registry.stopping, &registry.sleep);
        // SAFETY: valid until this thread leaves its pool.
        let home = Worker::home().map(|home| unsafe { home.as_ref() });
        if home.is_some_and(|home| std::ptr::eq(home.registry(), &**registry)) {
            return;
        }
        loop {
            let handles = std::mem::take(&mut *registry.handles.lock());
            if handles.is_empty() {
                break;
            }
            for handle in handles {
                // The body catches what user code may panic with; what is left is a bug of ours, already printed.
                let _ = handle.join();
            }
        }
        // Threads of a spawn hook, which cannot be joined. Acquire: pairs with the Release at their end.
        while registry.config.spawn_hook.is_some() && registry.running.load(Ordering::Acquire) > 0 {
            sync_thread::sleep(std::time::Duration::from_micros(100));
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.stop();
    }
}
