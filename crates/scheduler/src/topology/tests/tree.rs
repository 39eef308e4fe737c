//! Writes the tree that a kernel would show for a described machine.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// One core and what it belongs to; groups are numbered, and cores with the same number share one.
#[derive(Clone, Debug)]
pub(super) struct Core {
    pub(super) cpus: Vec<u32>,
    pub(super) offline: Vec<u32>,
    l2: Option<u32>,
    l3: Option<u32>,
    cluster: Option<u32>,
    node: Option<u32>,
    package: i32,
    capacity: Option<u32>,
}

impl Core {
    /// A core of package 0 with these hardware threads and caches of its own.
    pub(super) fn new(cpus: impl IntoIterator<Item = u32>) -> Self {
        let cpus = cpus.into_iter().collect();
        let (l2, l3, cluster, node, capacity) = (None, None, None, None, None);
        Self { cpus, offline: Vec::new(), l2, l3, cluster, node, package: 0, capacity }
    }

    pub(super) fn l2(self, l2: u32) -> Self {
        Self { l2: Some(l2), ..self }
    }

    pub(super) fn l3(self, l3: u32) -> Self {
        Self { l3: Some(l3), ..self }
    }

    pub(super) fn cluster(self, cluster: u32) -> Self {
        Self { cluster: Some(cluster), ..self }
    }

    pub(super) fn node(self, node: u32) -> Self {
        Self { node: Some(node), ..self }
    }

    pub(super) fn package(self, package: u32) -> Self {
        Self { package: package as i32, ..self }
    }

    pub(super) fn capacity(self, capacity: u32) -> Self {
        Self { capacity: Some(capacity), ..self }
    }

    pub(super) fn online(&self) -> impl Iterator<Item = u32> {
        self.cpus.iter().copied().filter(|cpu| !self.offline.contains(cpu))
    }
}

/// A tree in a folder of its own, removed when dropped.
pub(super) struct Tree {
    folder: PathBuf,
}

impl Tree {
    pub(super) fn empty() -> Self {
        // Thousands of small files: in memory where that is offered.
        let memory = PathBuf::from("/dev/shm");
        let base = if memory.is_dir() { memory } else { std::env::temp_dir() };
        for number in 0.. {
            let folder = base.join(format!("millstream-topology-{}-{number}", std::process::id()));
            match fs::create_dir(&folder) {
                Ok(()) => return Self { folder },
                // Another test's: take the next.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => panic!("cannot create {}: {error}", folder.display()),
            }
        }
        unreachable!("numbers do not end")
    }

    /// Nodes are 10 from themselves, 12 from others of their package, 32 from the rest.
    pub(super) fn of(cores: &[Core]) -> Self {
        let tree = Self::empty();
        tree.write("cpu/online", &list(cores.iter().flat_map(Core::online)));
        for (number, core) in cores.iter().enumerate() {
            for &cpu in &core.offline {
                tree.write(&format!("cpu/cpu{cpu}/online"), "0\n");
            }
            for cpu in core.online() {
                tree.write_cpu(cpu, number, core, cores);
            }
        }
        let mut packages = BTreeMap::new();
        for core in cores {
            packages.extend(core.node.map(|node| (node, core.package)));
        }
        for (&node, &package) in &packages {
            tree.write(&format!("node/node{node}/cpulist"), &together(cores, |core| core.node == Some(node)));
            let row = packages.iter().map(|(&to, &to_package)| match () {
                () if to == node => "10",
                () if to_package == package => "12",
                () => "32",
            });
            tree.write(&format!("node/node{node}/distance"), &(row.collect::<Vec<_>>().join(" ") + "\n"));
        }
        tree
    }

    fn write_cpu(&self, cpu: u32, number: usize, core: &Core, cores: &[Core]) {
        let own = list(core.online());
        let file = |name: &str| format!("cpu/cpu{cpu}/{name}");
        self.write(&file("topology/core_id"), &format!("{number}\n"));
        self.write(&file("topology/physical_package_id"), &format!("{}\n", core.package));
        self.write(&file("topology/thread_siblings_list"), &own);
        let cluster =
            core.cluster.map_or(own.clone(), |_| together(cores, |other| other.cluster == core.cluster));
        self.write(&file("topology/cluster_cpus_list"), &cluster);
        if let Some(capacity) = core.capacity {
            self.write(&file("cpu_capacity"), &format!("{capacity}\n"));
        }
        let l2 = core.l2.map_or(own.clone(), |_| together(cores, |other| other.l2 == core.l2));
        let l3 = core.l3.map(|_| together(cores, |other| other.l3 == core.l3));
        let caches = [
            ("Data", 1, Some(own.clone())),
            ("Instruction", 1, Some(own)),
            ("Unified", 2, Some(l2)),
            ("Unified", 3, l3),
        ];
        for (index, (kind, level, shared)) in caches.into_iter().enumerate() {
            if let Some(shared) = shared {
                self.write(&file(&format!("cache/index{index}/type")), &format!("{kind}\n"));
                self.write(&file(&format!("cache/index{index}/level")), &format!("{level}\n"));
                self.write(&file(&format!("cache/index{index}/shared_cpu_list")), &shared);
            }
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.folder
    }

    pub(super) fn write(&self, file: &str, content: &str) {
        self.write_bytes(file, content.as_bytes());
    }

    pub(super) fn write_bytes(&self, file: &str, content: &[u8]) {
        let file = self.root().join(file);
        if fs::write(&file, content).is_err() {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, content).unwrap();
        }
    }

    pub(super) fn remove_files_named(&self, name: &str) {
        let mut folders: Vec<PathBuf> = vec![self.root().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.ends_with(name) {
                    fs::remove_file(path).unwrap();
                }
            }
        }
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        // A folder that stays behind is no test's failure.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The list of all online cpus of the cores that `belongs` chooses.
fn together(cores: &[Core], belongs: impl Fn(&Core) -> bool) -> String {
    list(cores.iter().filter(|core| belongs(core)).flat_map(Core::online))
}

/// As the kernel prints it, with ranges.
fn list(cpus: impl Iterator<Item = u32>) -> String {
    let mut cpus: Vec<_> = cpus.collect();
    cpus.sort_unstable();
    let ranges = cpus.chunk_by(|a, b| a + 1 == *b).map(|range| match range {
        [only] => only.to_string(),
        range => format!("{}-{}", range[0], range[range.len() - 1]),
    });
    ranges.collect::<Vec<_>>().join(",") + "\n"
}
