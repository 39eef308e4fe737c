//! Large and odd machines, and what must come out of them.

use super::tree::{Core, Tree};
use super::{Distance, Topology, census, check_laws, cpu, cpus};

/// Two cores of two threads (0 and 2, 1 and 3) under one cache, node and package.
pub(super) fn small() -> Vec<Core> {
    (0..2).map(|core| Core::new([core, core + 2]).l3(0).node(0)).collect()
}

fn read(tree: &Tree) -> Topology {
    let machine = Topology::read(tree.root(), &cpus(0..4096)).unwrap();
    check_laws(&machine);
    machine
}

#[test]
fn two_sockets_of_64_cores_with_two_threads_each() {
    let xeon =
        (0..128).map(|core| Core::new([core, core + 128]).l3(core / 64).node(core / 64).package(core / 64));
    let machine = read(&Tree::of(&xeon.collect::<Vec<_>>()));
    assert_eq!((machine.cpus().len(), machine.core_count()), (256, 128));
    let expected = [
        (Distance::SameCpu, 1),
        (Distance::SameCore, 1),
        (Distance::SameCache, 126),
        (Distance::OtherPackage(32), 128),
    ];
    assert_eq!(census(&machine, 70), expected.into());
    assert_eq!(machine.node_of(cpu(198)), Some(1));
    assert_eq!(machine.near_first(cpu(3))[0], cpu(131));
    assert_eq!(machine.spread(64), cpus(0..64), "one socket first");
    assert_eq!(machine.spread(256), cpus(0..256));
}

#[test]
fn an_epyc_of_128_cores_in_caches_of_8_and_4_nodes() {
    let epyc: Vec<_> =
        (0..128).map(|core| Core::new([core, core + 128]).l3(core / 8).node(core / 32)).collect();
    let machine = read(&Tree::of(&epyc));
    let expected = [
        (Distance::SameCpu, 1),
        (Distance::SameCore, 1),
        (Distance::SameCache, 14),
        (Distance::SameNode, 48),
        (Distance::SamePackage(12), 192),
    ];
    assert_eq!(census(&machine, 0), expected.into());
    assert_eq!(census(&machine, 255).into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn a_cache_split_into_nodes_is_near_only_within_a_node() {
    let xeon: Vec<_> = (0..8).map(|core| Core::new([core]).l3(0).node(core / 4)).collect();
    let machine = read(&Tree::of(&xeon));
    assert_eq!(machine.distance(cpu(0), cpu(3)), Distance::SameCache);
    assert_eq!(machine.distance(cpu(0), cpu(4)), Distance::SamePackage(12));
}

/// 8 performance cores of two threads (0 to 15), 16 efficiency cores in groups of 4 on one level-2 cache.
fn laptop() -> Vec<Core> {
    let fast = (0..8).map(|core| Core::new([2 * core, 2 * core + 1]).l3(0).node(0));
    let slow = (0..16).map(|core| Core::new([16 + core]).l2(core / 4).l3(0).node(0));
    fast.chain(slow).collect()
}

#[test]
fn a_hybrid_laptop_gives_its_performance_cores_first() {
    let by_cache = laptop();
    let by_capacity: Vec<_> = laptop()
        .into_iter()
        .map(|core| if core.cpus.len() == 2 { core.capacity(1024) } else { core.capacity(640) })
        .collect();
    for (cores, capacity) in [(by_cache, None), (by_capacity, Some(640))] {
        let machine = read(&Tree::of(&cores));
        assert_eq!((machine.cpus().len(), machine.core_count()), (32, 24));
        let fast = cpus((0..8).map(|core| 2 * core));
        let siblings = cpus((0..8).map(|core| 2 * core + 1));
        assert_eq!(machine.spread(32), [fast, cpus(16..32), siblings].concat());
        assert_eq!(machine.distance(cpu(16), cpu(19)), Distance::SameCluster);
        assert_eq!(machine.distance(cpu(19), cpu(20)), Distance::SameCache);
        assert_eq!(machine.distance(cpu(0), cpu(1)), Distance::SameCore);
        assert_eq!(machine.capacity_of(cpu(31)), capacity);
    }
}

#[test]
fn capacity_beats_the_guess_from_the_caches() {
    // The cores with a shared level-2 cache are the fast ones here.
    let cores = [
        Core::new([0]).capacity(400),
        Core::new([1]).l2(0).capacity(1024),
        Core::new([2]).l2(0).capacity(1024),
    ];
    assert_eq!(read(&Tree::of(&cores)).spread(3), cpus([1, 2, 0]));
}

#[test]
fn a_virtual_machine_of_two_cores() {
    let cores: Vec<_> = (0..2).map(|core| Core::new([core]).l3(0).node(0)).collect();
    let machine = read(&Tree::of(&cores));
    assert_eq!(machine.core_count(), 2);
    assert_eq!(machine.distance(cpu(0), cpu(1)), Distance::SameCache);
    assert_eq!(machine.spread(5), cpus([0, 1, 0, 1, 0]));
}

#[test]
fn an_arm_server_with_clusters_and_no_third_level() {
    let cores: Vec<_> =
        (0..64).map(|core| Core::new([core]).cluster(core / 4).node(core / 32).package(core / 32)).collect();
    let machine = read(&Tree::of(&cores));
    let expected = [
        (Distance::SameCpu, 1),
        (Distance::SameCluster, 3),
        (Distance::SameNode, 28),
        (Distance::OtherPackage(32), 32),
    ];
    assert_eq!(census(&machine, 33), expected.into());
    assert_eq!(machine.near_first(cpu(5))[..3], cpus([6, 7, 4]));
}

#[test]
fn a_cluster_as_large_as_the_cache_tells_nothing() {
    let cores: Vec<_> = (0..8).map(|core| Core::new([core]).cluster(0).l3(core / 4).node(0)).collect();
    let machine = read(&Tree::of(&cores));
    assert_eq!(machine.distance(cpu(0), cpu(3)), Distance::SameCache);
    assert_eq!(machine.distance(cpu(0), cpu(4)), Distance::SameNode);
}

#[test]
fn offline_cpus_are_left_out_whatever_tells_it() {
    // cpu 0's sibling and the whole of core 1 are off, and numbers skip 2 and 6.
    let mut cores = vec![Core::new([0, 4]).l3(0), Core::new([1, 5]).l3(0), Core::new([3, 7]).l3(0)];
    cores[0].offline = vec![4];
    cores[1].offline = vec![1, 5];
    let tree = Tree::of(&cores);
    for told_by in ["cpu/online", "cpu/cpuN/online"] {
        let machine = read(&tree);
        assert_eq!(machine.cpus(), cpus([0, 3, 7]), "{told_by}");
        assert_eq!(machine.core_count(), 2);
        assert_eq!(machine.spread(3), cpus([0, 3, 7]));
        std::fs::remove_file(tree.root().join("cpu/online")).ok();
    }
}

#[test]
fn a_node_without_cpus_and_nodes_that_skip_numbers() {
    let cores: Vec<_> = (0..4).map(|core| Core::new([core]).node(core / 2 * 3).package(core / 2)).collect();
    let tree = Tree::of(&cores);
    // Memory behind a link: node 2, between node 0 and node 3; the firmware gives 21 one way and 27 back.
    tree.write("node/node2/cpulist", "\n");
    tree.write("node/node0/distance", "10 14 21\n");
    tree.write("node/node2/distance", "14 10 24\n");
    tree.write("node/node3/distance", "27 24 10\n");
    let machine = read(&tree);
    assert_eq!(machine.distance(cpu(0), cpu(2)), Distance::OtherPackage(27));
    assert_eq!(machine.distance(cpu(0), cpu(1)), Distance::SameNode);
    assert_eq!(machine.node_of(cpu(3)), Some(3));
}
