//! Reads a tree laid out as Linux's `/sys/devices/system`.
//!
//! | file                                                           | tells                                        |
//! |----------------------------------------------------------------|----------------------------------------------|
//! | `cpu/online`, else the folders `cpu/cpuN` and `cpu/cpuN/online`  | which cpus there are                         |
//! | `cpu/cpuN/topology/thread_siblings_list`, `core_cpus_list`       | the core                                     |
//! | `cpu/cpuN/topology/core_id`, `physical_package_id`               | the package, and the core where no list does |
//! | `cpu/cpuN/topology/cluster_cpus_list`                            | the cluster                                  |
//! | `cpu/cpuN/cache/indexI/level`, `type`, `shared_cpu_list`         | the caches                                   |
//! | `cpu/cpuN/cpu_capacity`                                          | performance and efficiency cores             |
//! | `node/nodeN/cpulist`, `distance`                                 | the NUMA nodes                               |
//!
//! Any of them may be missing; a cpu may vanish while it is read. What is there must be well-formed.

use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind::{NotADirectory, NotFound};
use std::path::{Path, PathBuf};

use super::cpu::{CpuId, parse_list, parse_number};
use super::error::TopologyError;
use super::place::{Machine, Place};

/// More cache folders than any cpu has.
const CACHES_MAX: usize = 16;

/// Reads those of `allowed` that are online.
pub(super) fn read(root: &Path, allowed: &[CpuId]) -> Result<Machine, TopologyError> {
    let tree = Tree { root };
    let online = tree.online()?;
    let mut ours = allowed.to_vec();
    ours.sort_unstable();
    ours.dedup();
    ours.retain(|cpu| online.binary_search(cpu).is_ok());
    if ours.is_empty() {
        return Err(TopologyError::no_cpu(allowed.len(), online.len()));
    }

    let nodes = tree.nodes()?;
    let mut node_of: HashMap<CpuId, u32> = HashMap::new();
    for node in &nodes {
        node_of.extend(node.cpus.iter().map(|&cpu| (cpu, node.number)));
    }

    let mut places: Vec<Place> = Vec::with_capacity(ours.len());
    let mut first_of_core: HashMap<CpuId, usize> = HashMap::new();
    let mut cores_by_number: HashMap<(Option<u32>, u32), CpuId> = HashMap::new();
    for cpu in ours {
        let siblings = tree.siblings(cpu)?;
        // Threads of a core share all of its caches: one of them speaks for all, which saves most of the reading.
        let known = siblings.as_ref().and_then(|siblings| first_of_core.get(&siblings[0]));
        let mut place = match known {
            Some(&at) => Place { cpu, ..places[at].clone() },
            None => tree.place(cpu, siblings.as_deref(), online.len(), &mut cores_by_number)?,
        };
        place.node = node_of.get(&cpu).copied();
        first_of_core.entry(place.core).or_insert(places.len());
        places.push(place);
    }

    let mut machine = Machine::new(places);
    for from in &nodes {
        for (to, &distance) in nodes.iter().zip(&from.distances) {
            machine.set_node_distance(from.number, to.number, distance);
        }
    }
    Ok(machine)
}

struct Node {
    number: u32,
    cpus: Vec<CpuId>,
    /// To every node in ascending order of their numbers; empty if not told.
    distances: Vec<u32>,
}

struct Tree<'a> {
    root: &'a Path,
}

impl Tree<'_> {
    /// All cpus that are online, ascending.
    fn online(&self) -> Result<Vec<CpuId>, TopologyError> {
        if let Some(cpus) = self.list("cpu/online")? {
            return Ok(cpus);
        }
        let folder = self.root.join("cpu");
        let mut cpus = Vec::new();
        for number in numbered(&folder, "cpu").map_err(|error| TopologyError::unreadable(&folder, error))? {
            if self.number(&format!("cpu/cpu{number}/online"))? != Some(0) {
                cpus.push(CpuId::new(number));
            }
        }
        Ok(cpus)
    }

    /// All nodes, ascending; those without cpus too, since they have their column in the distances.
    fn nodes(&self) -> Result<Vec<Node>, TopologyError> {
        let folder = self.root.join("node");
        let numbers = match numbered(&folder, "node") {
            Ok(numbers) => numbers,
            Err(error) if matches!(error.kind(), NotFound | NotADirectory) => Vec::new(),
            Err(error) => return Err(TopologyError::unreadable(&folder, error)),
        };
        let count = numbers.len();
        let node = |number| {
            let cpus = self.list(&format!("node/node{number}/cpulist"))?.unwrap_or_default();
            Ok(Node { number, cpus, distances: self.distances(number, count)? })
        };
        numbers.into_iter().map(node).collect()
    }

    /// A node's row of distances, one to each of `count` nodes.
    fn distances(&self, node: u32, count: usize) -> Result<Vec<u32>, TopologyError> {
        let (file, content) = self.text(&format!("node/node{node}/distance"))?;
        let Some(content) = content else { return Ok(Vec::new()) };
        let row: Option<Vec<u32>> = content.split_whitespace().map(parse_number).collect();
        row.filter(|row| row.len() == count).ok_or_else(|| {
            TopologyError::malformed(&file, &content, format!("a distance to each of {count} nodes"))
        })
    }

    /// The cpus of the core of `cpu`; `None` where that is not told.
    fn siblings(&self, cpu: CpuId) -> Result<Option<Vec<CpuId>>, TopologyError> {
        match self.group(cpu, "topology/thread_siblings_list")? {
            Some(siblings) => Ok(Some(siblings)),
            None => self.group(cpu, "topology/core_cpus_list"),
        }
    }

    /// Everything about `cpu` but its node.
    fn place(
        &self,
        cpu: CpuId,
        siblings: Option<&[CpuId]>,
        online: usize,
        cores_by_number: &mut HashMap<(Option<u32>, u32), CpuId>,
    ) -> Result<Place, TopologyError> {
        let folder = format!("cpu/cpu{}", cpu.get());
        let package = self.number(&format!("{folder}/topology/physical_package_id"))?;
        let core = match siblings {
            Some(siblings) => siblings[0],
            None => match self.number(&format!("{folder}/topology/core_id"))? {
                Some(number) => *cores_by_number.entry((package, number)).or_insert(cpu),
                None => cpu,
            },
        };
        let threads = siblings.map_or(1, <[CpuId]>::len);
        let caches = self.caches(cpu)?;
        let last = caches.iter().max_by_key(|cache| cache.level).filter(|cache| cache.cpus.len() > threads);

        // What is larger than the core and smaller than what all of the last level's cpus share; the smallest of those.
        let limit = last.map_or(online, |last| last.cpus.len());
        let cluster = self.group(cpu, "topology/cluster_cpus_list")?;
        let cluster = caches
            .iter()
            .map(|cache| &cache.cpus)
            .chain(&cluster)
            .filter(|cpus| threads < cpus.len() && cpus.len() < limit)
            .min_by_key(|cpus| cpus.len());

        Ok(Place {
            core,
            cluster: cluster.map(|cpus| cpus[0]),
            cache: last.map(|cache| cache.cpus[0]),
            package,
            capacity: self.number(&format!("{folder}/cpu_capacity"))?,
            shares_l2: caches.iter().any(|cache| cache.level == 2 && cache.cpus.len() > threads),
            ..Place::alone(cpu)
        })
    }

    /// The caches of `cpu` that hold data, in the order of their folders.
    fn caches(&self, cpu: CpuId) -> Result<Vec<Cache>, TopologyError> {
        let mut caches = Vec::new();
        for index in 0..CACHES_MAX {
            let folder = format!("cpu/cpu{}/cache/index{index}", cpu.get());
            if !self.root.join(&folder).is_dir() {
                break;
            }
            let (file, kind) = self.text(&format!("{folder}/type"))?;
            match kind.as_deref().map(str::trim) {
                Some("Instruction") => continue,
                Some("Data" | "Unified") | None => {}
                Some(other) => {
                    return Err(TopologyError::malformed(&file, other, "Data, Instruction or Unified"));
                }
            }
            let level = self.number(&format!("{folder}/level"))?;
            let cpus = self.group(cpu, &format!("cache/index{index}/shared_cpu_list"))?;
            if let (Some(level), Some(cpus)) = (level, cpus) {
                caches.push(Cache { level, cpus });
            }
        }
        Ok(caches)
    }

    /// A list of cpus under the folder of `cpu`; `None` if it is missing or leaves `cpu` itself out, so never empty.
    fn group(&self, cpu: CpuId, file: &str) -> Result<Option<Vec<CpuId>>, TopologyError> {
        let cpus = self.list(&format!("cpu/cpu{}/{file}", cpu.get()))?;
        Ok(cpus.filter(|cpus| cpus.binary_search(&cpu).is_ok()))
    }

    fn list(&self, file: &str) -> Result<Option<Vec<CpuId>>, TopologyError> {
        let (file, content) = self.text(file)?;
        let Some(content) = content else { return Ok(None) };
        match parse_list(&content) {
            Some(cpus) => Ok(Some(cpus)),
            None => Err(TopologyError::malformed(&file, &content, "a list of cpus such as 0-3,8")),
        }
    }

    /// `None` for a missing file, and for the -1 that stands for "unknown".
    fn number(&self, file: &str) -> Result<Option<u32>, TopologyError> {
        let (file, content) = self.text(file)?;
        let Some(content) = content else { return Ok(None) };
        match content.trim() {
            "-1" => Ok(None),
            text => match parse_number(text) {
                Some(number) => Ok(Some(number)),
                None => Err(TopologyError::malformed(&file, &content, "a number")),
            },
        }
    }

    /// The file's full name, and its content unless it is missing.
    fn text(&self, file: &str) -> Result<(PathBuf, Option<String>), TopologyError> {
        let file = self.root.join(file);
        match fs::read(&file) {
            Ok(bytes) => Ok((file, Some(String::from_utf8_lossy(&bytes).into_owned()))),
            Err(error) if matches!(error.kind(), NotFound | NotADirectory) => Ok((file, None)),
            Err(error) => Err(TopologyError::unreadable(&file, error)),
        }
    }
}

struct Cache {
    level: u32,
    cpus: Vec<CpuId>,
}

/// The numbers of all entries of `folder` that are `prefix` and a number, ascending.
fn numbered(folder: &Path, prefix: &str) -> std::io::Result<Vec<u32>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix(prefix)).filter(|rest| !rest.is_empty());
        numbers.extend(number.and_then(parse_number));
    }
    numbers.sort_unstable();
    Ok(numbers)
}
