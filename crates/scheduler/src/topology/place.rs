//! Where each cpu lies, and what follows from it: distances, and the order in which to use cpus.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::cpu::CpuId;

/// What the kernel says of a node's distance to itself.
const LOCAL: u32 = 10;
/// What it says of two nodes when the firmware says nothing.
const REMOTE: u32 = 20;
/// The capacity of a machine's fastest cores.
const FULL_CAPACITY: u32 = 1024;

/// How far apart two cpus are: the nearest thing they share. Ordered, near before far.
///
/// The number in the last ones is the NUMA distance of their nodes as the firmware gives it: 10 within a node, 20 for about
/// twice the latency. Where it differs by direction it is the larger of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Distance {
    /// The same cpu.
    SameCpu,
    /// Hardware threads of one core: they share its first-level caches and its execution units.
    SameCore,
    /// Cores that share something below the last-level cache: an Arm cluster, the level-2 cache of a group of efficiency cores.
    SameCluster,
    /// Cores of one node that share a last-level cache.
    SameCache,
    /// Cores of one package and one NUMA node.
    SameNode,
    /// Cores of one package in two NUMA nodes this far apart.
    SamePackage(u32),
    /// Cores of two packages, with nodes this far apart.
    OtherPackage(u32),
    /// At least one of the two is not in the topology.
    Unknown,
}

/// What one cpu belongs to. A group is named by the smallest number of a cpu in it; `None` is "none" or "not told".
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) cpu: CpuId,
    pub(super) core: CpuId,
    /// 0 for the first of the core's cpus that are ours, 1 for the second, ...: set by [`Machine::new`].
    pub(super) thread: usize,
    pub(super) cluster: Option<CpuId>,
    pub(super) cache: Option<CpuId>,
    pub(super) node: Option<u32>,
    pub(super) package: Option<u32>,
    pub(super) capacity: Option<u32>,
    /// Its level-2 cache is shared with another core.
    pub(super) shares_l2: bool,
}

impl Place {
    /// A core of its own, of which nothing else is known.
    pub(super) fn alone(cpu: CpuId) -> Self {
        Self {
            cpu,
            core: cpu,
            thread: 0,
            cluster: None,
            cache: None,
            node: None,
            package: None,
            capacity: None,
            shares_l2: false,
        }
    }
}

/// All places, and the distances of the nodes.
#[derive(Debug)]
pub(super) struct Machine {
    /// Ascending by cpu, without duplicates.
    places: Vec<Place>,
    node_distances: HashMap<(u32, u32), u32>,
}

impl Machine {
    pub(super) fn new(mut places: Vec<Place>) -> Self {
        places.sort_by_key(|place| place.cpu);
        places.dedup_by_key(|place| place.cpu);
        let mut threads: HashMap<CpuId, usize> = HashMap::new();
        for place in &mut places {
            let seen = threads.entry(place.core).or_default();
            place.thread = *seen;
            *seen += 1;
        }
        Self { places, node_distances: HashMap::new() }
    }

    pub(super) fn set_node_distance(&mut self, from: u32, to: u32, distance: u32) {
        self.node_distances.insert((from, to), distance);
    }

    pub(super) fn places(&self) -> &[Place] {
        &self.places
    }

    pub(super) fn place(&self, cpu: CpuId) -> Option<&Place> {
        let at = self.places.binary_search_by_key(&cpu, |place| place.cpu).ok()?;
        Some(&self.places[at])
    }

    pub(super) fn distance(&self, a: CpuId, b: CpuId) -> Distance {
        if a == b {
            return Distance::SameCpu;
        }
        let (Some(a), Some(b)) = (self.place(a), self.place(b)) else { return Distance::Unknown };
        // A last-level cache that the firmware splits into nodes has near and far slices: the node decides.
        let same_node = a.node == b.node;
        if a.core == b.core {
            Distance::SameCore
        } else if a.cluster.is_some() && a.cluster == b.cluster {
            Distance::SameCluster
        } else if a.cache.is_some() && a.cache == b.cache && same_node {
            Distance::SameCache
        } else if a.package != b.package {
            Distance::OtherPackage(self.node_distance(a.node, b.node))
        } else if same_node {
            Distance::SameNode
        } else {
            Distance::SamePackage(self.node_distance(a.node, b.node))
        }
    }

    /// The larger of the two directions.
    fn node_distance(&self, a: Option<u32>, b: Option<u32>) -> u32 {
        if a == b {
            return LOCAL;
        }
        let (Some(a), Some(b)) = (a, b) else { return REMOTE };
        let told = self.node_distances.get(&(a, b)).max(self.node_distances.get(&(b, a)));
        told.copied().unwrap_or(REMOTE)
    }

    /// All cpus, those first that a worker should get first.
    pub(super) fn best_first(&self) -> Vec<CpuId> {
        let told = self.places.iter().any(|place| place.capacity.is_some());
        let mixed = self.places.iter().any(|place| !place.shares_l2);
        let power = |place: &Place| match place.capacity {
            Some(capacity) => capacity,
            None if !told && mixed && place.shares_l2 => 0,
            None => FULL_CAPACITY,
        };
        let mut order: Vec<_> = self.places.iter().collect();
        order.sort_by_cached_key(|place| {
            let home = (place.package, place.node, place.cache, place.cluster);
            (place.thread, Reverse(power(place)), home, place.cpu)
        });
        order.into_iter().map(|place| place.cpu).collect()
    }
}
