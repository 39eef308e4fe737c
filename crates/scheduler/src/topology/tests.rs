//! The parser on trees of large machines, and its claims about any machine.

mod machines;
mod tree;

use std::collections::{BTreeMap, HashSet};

use proptest::prelude::*;

use super::*;
use tree::{Core, Tree};

fn cpu(number: u32) -> CpuId {
    CpuId::new(number)
}

fn cpus(numbers: impl IntoIterator<Item = u32>) -> Vec<CpuId> {
    numbers.into_iter().map(cpu).collect()
}

/// How many cpus lie at each distance from `of`.
fn census(machine: &Topology, of: u32) -> BTreeMap<Distance, usize> {
    let mut census = BTreeMap::new();
    for &other in machine.cpus() {
        *census.entry(machine.distance(cpu(of), other)).or_default() += 1;
    }
    census
}

/// What must hold on every machine.
fn check_laws(machine: &Topology) {
    let all = machine.cpus();
    let every: HashSet<_> = all.iter().copied().collect();
    assert!(!all.is_empty() && all.is_sorted() && every.len() == all.len());
    for &a in all {
        assert_eq!(machine.distance(a, a), Distance::SameCpu);
        for &b in all {
            assert_eq!(machine.distance(a, b), machine.distance(b, a), "{a} {b}");
            assert_eq!(machine.distance(a, b) == Distance::SameCpu, a == b, "{a} {b}");
        }
        let victims = machine.near_first(a);
        let distances: Vec<_> = victims.iter().map(|&b| machine.distance(a, b)).collect();
        assert!(distances.is_sorted(), "{a}: {distances:?}");
        let mut everyone: HashSet<_> = victims.iter().copied().collect();
        assert!(everyone.insert(a) && everyone == every && victims.len() + 1 == all.len());
    }
    let twice = machine.spread(all.len() * 2);
    let (once, again) = twice.split_at(all.len());
    assert_eq!(once, again);
    assert_eq!(once.iter().copied().collect::<HashSet<_>>(), every);
    let cores = &once[..machine.core_count()];
    for (i, &a) in cores.iter().enumerate() {
        assert!(cores[..i].iter().all(|&b| machine.distance(a, b) > Distance::SameCore), "{a} shares a core");
    }
    assert_eq!(machine.spread(0), []);
}

#[test]
fn detection_never_fails_and_stays_within_the_mask() {
    let machine = Topology::detect();
    check_laws(&machine);
    match current_affinity() {
        Ok(mask) => assert!(machine.cpus().iter().all(|cpu| mask.contains(cpu))),
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::Unsupported),
    }
    assert!(available_cores().get() >= 1);
}

#[test]
fn a_flat_machine_keeps_the_reason_and_holds_equally_near_cpus() {
    let tree = Tree::empty();
    let why = Topology::read(tree.root(), &cpus(0..4)).expect_err("an empty tree");
    assert_eq!(why.file(), Some(tree.root().join("cpu").as_path()));
    let machine = Topology::flat(&cpus([0, 1, 5]), why);
    check_laws(&machine);
    assert!(matches!(machine.source(), Source::Flat(why) if why.to_string().starts_with("cannot read ")));
    assert_eq!(machine.distance(cpu(0), cpu(5)), Distance::SameNode);
    assert_eq!(Topology::flat(&[], TopologyError::no_cpu(0, 0)).cpus(), cpus([0]));
}

#[test]
fn lists_are_read_as_the_kernel_writes_them() {
    let good: [(&str, &[u32]); 8] = [
        ("0-3,8,10-11\n", &[0, 1, 2, 3, 8, 10, 11]),
        ("", &[]),
        ("\n", &[]),
        ("7", &[7]),
        ("0-15:2/8\n", &[0, 1, 8, 9]),
        ("0-10:1/4", &[0, 4, 8]),
        ("5,1-2,2", &[1, 2, 5]),
        ("1048575", &[1048575]),
    ];
    for (text, numbers) in good {
        assert_eq!(cpu::parse_list(text), Some(cpus(numbers.iter().copied())), "{text:?}");
    }
    let bad = [
        "a",
        "1-",
        "-1",
        "3-1",
        "1,,2",
        ",",
        "0-3:",
        "0-3:1",
        "0-3:0/2",
        "0-3:3/2",
        "0-3:1/0",
        "+1",
        "1 2",
        "0x1",
        "1048576",
        "0-4294967295",
        "99999999999",
    ];
    for text in bad {
        assert_eq!(cpu::parse_list(text), None, "{text:?}");
    }
}

#[test]
fn malformed_content_is_an_error_that_names_file_and_content() {
    let places = [
        ("cpu/online", "0-x\n"),
        ("cpu/cpu1/topology/thread_siblings_list", "1;2"),
        ("cpu/cpu1/topology/physical_package_id", "two"),
        ("cpu/cpu1/topology/cluster_cpus_list", "3-1"),
        ("cpu/cpu1/cpu_capacity", "-7"),
        ("cpu/cpu1/cache/index0/level", ""),
        ("cpu/cpu1/cache/index2/type", "Weird"),
        ("cpu/cpu1/cache/index3/shared_cpu_list", "0-"),
        ("node/node0/cpulist", "0-3,"),
        ("node/node0/distance", "10 x"),
        ("node/node0/distance", "10 20 20"),
        ("node/node0/distance", ""),
    ];
    for (file, content) in places {
        let tree = Tree::of(&machines::small());
        tree.write(file, content);
        let error = Topology::read(tree.root(), &cpus(0..4)).expect_err(file);
        assert_eq!(error.file(), Some(tree.root().join(file).as_path()));
        assert_eq!(error.content(), Some(content));
        let message = error.to_string();
        assert!(message.contains(file) && message.contains(&format!("{content:?}")), "{message}");
    }
}

#[test]
fn bytes_that_are_no_text_are_malformed_and_long_content_is_cut() {
    let tree = Tree::of(&machines::small());
    tree.write_bytes("cpu/online", &[0xff; 5000]);
    let error = Topology::read(tree.root(), &cpus(0..4)).expect_err("no text");
    assert_eq!(error.content().map(|content| content.chars().count()), Some(200));
}

#[test]
fn missing_files_cost_knowledge_only() {
    // The core and the node are still told by other files; without those, nothing is shared.
    let tree = Tree::of(&machines::small());
    tree.remove_files_named("thread_siblings_list");
    let machine = Topology::read(tree.root(), &cpus(0..4)).unwrap();
    check_laws(&machine);
    assert_eq!(machine.distance(cpu(0), cpu(2)), Distance::SameCore, "told by core_id");
    for name in ["core_id", "shared_cpu_list", "cluster_cpus_list", "distance"] {
        tree.remove_files_named(name);
    }
    let machine = Topology::read(tree.root(), &cpus(0..4)).unwrap();
    check_laws(&machine);
    assert_eq!(machine.distance(cpu(0), cpu(2)), Distance::SameNode);
    for name in ["physical_package_id", "cpulist", "online", "level", "type"] {
        tree.remove_files_named(name);
    }
    let machine = Topology::read(tree.root(), &cpus(0..9)).unwrap();
    assert_eq!(machine.cpus(), cpus(0..4), "told by the folders");
    assert_eq!(machine.node_of(cpu(0)), None);
}

#[test]
fn no_allowed_cpu_online_is_an_error() {
    let tree = Tree::of(&machines::small());
    for allowed in [cpus([]), cpus([77, 78])] {
        let error = Topology::read(tree.root(), &allowed).expect_err("nothing is left");
        assert!(error.is_no_cpu() && error.file().is_none());
    }
}

#[test]
fn the_mask_is_kept_and_a_core_counts_from_its_first_allowed_thread() {
    let tree = Tree::of(&machines::small());
    let machine = Topology::read(tree.root(), &cpus([3, 1, 2, 3])).unwrap();
    assert_eq!(machine.cpus(), cpus([1, 2, 3]));
    assert_eq!(machine.core_count(), 2);
    // cpu 2's sibling 0 is not ours, so cpu 2 comes before cpu 3, the sibling of 1.
    assert_eq!(machine.spread(3), cpus([1, 2, 3]));
    assert_eq!(machine.distance(cpu(1), cpu(0)), Distance::Unknown);
    assert_eq!(machine.near_first(cpu(0)), cpus([1, 2, 3]));
}

#[test]
fn the_equally_near_are_asked_round_the_ring() {
    let machine = Topology::flat(&cpus(0..5), TopologyError::no_cpu(0, 0));
    assert_eq!(machine.near_first(cpu(2)), cpus([3, 4, 0, 1]));
    assert_eq!(machine.near_first(cpu(4)), cpus([0, 1, 2, 3]));
}

#[test]
fn affinity_is_set_and_read_back() {
    let Ok(before) = current_affinity() else { return };
    assert!(!before.is_empty());
    for &only in &before {
        pin_current_thread(&[only]).unwrap();
        assert_eq!(current_affinity().unwrap(), [only]);
        assert_eq!(current_cpu(), Some(only));
        assert_eq!(available_cores().get(), 1);
    }
    set_thread_affinity(current_tid().unwrap(), &before).unwrap();
    assert_eq!(current_affinity().unwrap(), before);
    for bad in [cpus([]), cpus([CpuId::LIMIT - 1]), cpus([CpuId::LIMIT]), cpus([u32::MAX])] {
        let error = pin_current_thread(&bad).expect_err("no such cpu");
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput, "{bad:?}");
    }
    assert_eq!(current_affinity().unwrap(), before, "a refusal changes nothing");
}

/// Machines of every small shape, with numbers that skip, threads numbered apart, offline cpus.
fn any_machine() -> impl Strategy<Value = Vec<Core>> {
    let shape = (1u32..3, 1u32..3, 1u32..3, 1u32..4, 1u32..3, 1u32..4);
    (shape, prop::collection::vec(any::<bool>(), 64)).prop_map(|(shape, online)| {
        let (packages, nodes, caches, cores, threads, step) = shape;
        let mut cores_made = Vec::new();
        let count = packages * nodes * caches * cores;
        for core in 0..count {
            let cpus = (0..threads).map(|thread| (thread * count + core) * step);
            let cache = core / cores;
            let mut made = Core::new(cpus).l3(cache).node(cache / caches).package(cache / caches / nodes);
            made.offline =
                made.cpus.iter().copied().filter(|&cpu| cpu > 0 && !online[cpu as usize % 64]).collect();
            cores_made.push(made);
        }
        cores_made
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_laws_hold_on_any_machine(cores in any_machine()) {
        let tree = Tree::of(&cores);
        let machine = Topology::read(tree.root(), &cpus(0..1000)).unwrap();
        check_laws(&machine);
        let online = cores.iter().flat_map(Core::online).count();
        prop_assert_eq!(machine.cpus().len(), online);
    }

    #[test]
    fn any_text_is_a_list_or_refused(text in "[0-9,:/ x-]{0,12}") {
        if let Some(cpus) = cpu::parse_list(&text) {
            prop_assert!(cpus.is_sorted_by(|a, b| a < b));
        }
    }
}
