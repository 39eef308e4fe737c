//! How many cores are ours, and who is near whom.
//!
//! | question                                        | answer                                                  |
//! |-------------------------------------------------|---------------------------------------------------------|
//! | how many workers may run at the same time?      | [`available_cores`]: affinity mask and cgroup quota     |
//! | which cpus are they, and what do they share?    | [`Topology`]: read once from sysfs                      |
//! | whom does a thief ask first?                    | [`Topology::near_first`]                                |
//! | where do `n` pinned workers go?                 | [`Topology::spread`]                                    |
//! | where is this thread, where may it run?         | [`current_cpu`], [`current_affinity`]                   |
//! | hold a thread to some cpus                      | [`pin_current_thread`], [`set_thread_affinity`]         |
//!
//! [`Topology::detect`] never fails: where nothing can be learnt (another system than Linux, a sandbox without
//! sysfs, a tree that contradicts itself) it gives a *flat* topology, in which all cpus are equally near, and
//! keeps the reason in [`Topology::source`]. A topology is a snapshot: cpus that come or go later, and masks that
//! change later, are not seen.
//!
//! Nothing here is on the way of a job. A pool reads the topology when it starts; only [`current_cpu`] is cheap
//! enough to be asked while jobs run.

mod affinity;
mod cpu;
mod error;
mod place;
mod sysfs;
#[cfg(test)]
mod tests;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use place::{Machine, Place};

pub use affinity::{
    Tid, current_affinity, current_cpu, current_tid, pin_current_thread, set_thread_affinity,
};
pub use cpu::CpuId;
pub use error::TopologyError;
pub use place::Distance;

/// Where Linux keeps the tree that [`Topology::detect`] reads.
const SYSTEM: &str = "/sys/devices/system";

/// How many cores the affinity mask of the calling thread and the quota of the process's cgroup leave; at least 1.
///
/// The quota is what `num_cpus` finds for cgroup v1 (`cpu.cfs_quota_us`) and v2 (`cpu.max`). A fractional quota is
/// rounded *up*: 1.5 cores give 2, 0.2 give 1, since rounding down would leave paid-for time unused. Only
/// the process's own cgroup is asked: a limit set on one of its ancestors alone is not seen.
///
/// `num_cpus` keeps the quota's answer from its first call, and cannot read the mask of a kernel built for more than
/// 1024 cpus; so the mask is read here too, at every call, and the smaller number wins.
///
/// # Cost
/// One system call, some microseconds; the first call also reads three small files.
///
/// # Examples
/// ```
/// use millstream_scheduler::topology::available_cores;
///
/// assert!(available_cores().get() >= 1);
/// ```
pub fn available_cores() -> NonZeroUsize {
    let quota = num_cpus::get();
    let mask = current_affinity().map_or(quota, |cpus| cpus.len());
    NonZeroUsize::new(quota.min(mask)).unwrap_or(NonZeroUsize::MIN)
}

/// Where a [`Topology`] comes from.
#[derive(Debug)]
#[non_exhaustive]
pub enum Source {
    /// Read from this tree.
    Tree(PathBuf),
    /// Made up: all cpus are equally near, for this reason.
    Flat(TopologyError),
}

/// The cpus that are ours, what they share, and how far apart they are.
#[derive(Debug)]
pub struct Topology {
    /// All cpus, ascending.
    cpus: Vec<CpuId>,
    machine: Machine,
    source: Source,
}

impl Topology {
    /// Reads the running machine, restricted to the calling thread's affinity mask; a flat topology if that fails.
    ///
    /// # Cost
    /// About a dozen small files for each physical core and one for each further hardware thread. Call it once, not for
    /// each pool.
    ///
    /// # Examples
    /// ```
    /// use millstream_scheduler::topology::Topology;
    ///
    /// let machine = Topology::detect();
    /// let first = machine.cpus()[0];
    /// assert_eq!(machine.near_first(first).len() + 1, machine.cpus().len());
    /// ```
    pub fn detect() -> Self {
        let allowed = match current_affinity() {
            Ok(allowed) => allowed,
            Err(error) => {
                let cores = u32::try_from(available_cores().get()).unwrap_or(u32::MAX);
                let cpus: Vec<_> = (0..cores).map(CpuId::new).collect();
                return Self::flat(&cpus, TopologyError::affinity(error));
            }
        };
        Self::read(Path::new(SYSTEM), &allowed).unwrap_or_else(|why| Self::flat(&allowed, why))
    }

    /// Reads a tree laid out as Linux's `/sys/devices/system` (its `cpu` and `node` folders), restricted to `allowed`.
    ///
    /// A cpu that is allowed but offline is left out. A *missing* file means that the machine does not tell, and whatever
    /// it would have told is taken as "not shared" (`topology`, `cache`) or "the same" (package, node).
    ///
    /// # Errors
    /// A file that is there but cannot be read, or does not hold what it should: the error names the file and
    /// its content. None of `allowed` is online. There is no `cpu` folder under `root`.
    ///
    /// # Cost
    /// See [`detect`](Self::detect).
    pub fn read(root: &Path, allowed: &[CpuId]) -> Result<Self, TopologyError> {
        let machine = sysfs::read(root, allowed)?;
        Ok(Self::over(machine, Source::Tree(root.to_owned())))
    }

    /// Every cpu a core of its own, all of them equally near. An empty `cpus` stands for cpu 0.
    fn flat(cpus: &[CpuId], why: TopologyError) -> Self {
        let cpus = if cpus.is_empty() { &[CpuId::new(0)] } else { cpus };
        Self::over(Machine::new(cpus.iter().map(|&cpu| Place::alone(cpu)).collect()), Source::Flat(why))
    }

    fn over(machine: Machine, source: Source) -> Self {
        Self { cpus: machine.places().iter().map(|place| place.cpu).collect(), machine, source }
    }

    /// Where this comes from, and for a flat topology why.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// All cpus, ascending; at least one.
    pub fn cpus(&self) -> &[CpuId] {
        &self.cpus
    }

    /// How many physical cores the cpus belong to: at least 1, and fewer than [`cpus`](Self::cpus) where hardware threads
    /// share a core.
    pub fn core_count(&self) -> usize {
        self.machine.places().iter().filter(|place| place.thread == 0).count()
    }

    /// The NUMA node of `cpu`; `None` if the machine does not tell or `cpu` is not in this topology.
    pub fn node_of(&self, cpu: CpuId) -> Option<u32> {
        self.machine.place(cpu)?.node
    }

    /// The computing power of `cpu` as the kernel gives it: 1024 for the machine's fastest cores, less for efficiency
    /// cores. `None` if the kernel does not tell, as on most machines with only one kind of core.
    pub fn capacity_of(&self, cpu: CpuId) -> Option<u32> {
        self.machine.place(cpu)?.capacity
    }

    /// How far apart two cpus are; the same both ways.
    ///
    /// # Cost
    /// Two binary searches.
    pub fn distance(&self, a: CpuId, b: CpuId) -> Distance {
        self.machine.distance(a, b)
    }

    /// Every cpu but `of`, nearest first: the order in which a thief on `of` asks its victims.
    ///
    /// # Order
    /// By [`distance`](Self::distance); the equally near in ascending order beginning behind `of` and going round, so that
    /// thieves side by side do not all start at the same victim.
    ///
    /// # Cost
    /// A sort of all cpus. Call it once a worker.
    pub fn near_first(&self, of: CpuId) -> Vec<CpuId> {
        let after = self.cpus.partition_point(|&cpu| cpu <= of);
        let mut others: Vec<_> = self.cpus[after..].iter().chain(&self.cpus[..after]).copied().collect();
        others.retain(|&cpu| cpu != of);
        // Stable, so the round order above decides between the equally near.
        others.sort_by_cached_key(|&cpu| self.distance(of, cpu));
        others
    }

    /// A cpu for each of `n` pinned workers. The first [`cpus().len()`](Self::cpus) are distinct; beyond that they begin again.
    ///
    /// # Order
    /// One hardware thread of every core, performance cores before efficiency cores, and only then the second threads of
    /// the cores. Within one kind they fill one last-level cache, node and package before the next, so that a pool
    /// smaller than the machine steals at short distances.
    ///
    /// Which cores are the performance cores is told by `cpu_capacity`. Where the kernel does not give it and some cores
    /// have a level-2 cache of their own while others share theirs, those that share are taken for efficiency cores.
    ///
    /// # Cost
    /// A sort of all cpus.
    ///
    /// # Examples
    /// ```
    /// use millstream_scheduler::topology::Topology;
    ///
    /// let machine = Topology::detect();
    /// let cpus = machine.cpus().len();
    /// let workers = machine.spread(cpus + 1);
    /// assert_eq!(workers[0], workers[cpus]);
    /// ```
    pub fn spread(&self, n: usize) -> Vec<CpuId> {
        self.machine.best_first().into_iter().cycle().take(n).collect()
    }
}
