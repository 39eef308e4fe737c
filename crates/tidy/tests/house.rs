//! Every house rule, applied to this workspace.

use millstream_tidy::tree::Tree;
use millstream_tidy::{Fault, facade, habits, links, manifests, modules, notes};

/// Holds `rule` against this workspace, and names every place that breaks it.
fn holds(rule: fn(&Tree) -> Vec<Fault>) {
    let tree = Tree::of_this_workspace();
    // An empty tree would pass every rule.
    assert!(tree.rust.len() > 5 && tree.packages().len() >= 9, "the workspace was not found");
    let faults: Vec<String> = rule(&tree).iter().map(Fault::to_string).collect();
    assert!(faults.is_empty(), "{} broken:\n  {}\n", faults.len(), faults.join("\n  "));
}

#[test]
fn no_module_imports_itself_through_others() {
    holds(modules::no_import_circle);
}

#[test]
fn the_schedulers_low_modules_never_reach_its_high_ones() {
    holds(modules::low_modules_stay_low);
}

#[test]
fn atomics_and_threads_come_through_sync_alone() {
    holds(facade::only_sync_names_atomics_and_threads);
}

#[test]
fn crates_depend_downwards_only() {
    holds(manifests::crate_arrows_point_down);
}

#[test]
fn every_member_inherits_lints_edition_and_licence() {
    holds(manifests::members_inherit);
}

#[test]
fn the_scheduler_names_no_item_stage_or_channel() {
    holds(manifests::scheduler_knows_jobs_only);
}

#[test]
fn every_unsafe_has_its_note() {
    holds(notes::every_unsafe_is_argued);
}

#[test]
fn every_ordering_has_its_reason() {
    holds(notes::every_ordering_is_reasoned);
}

#[test]
fn files_stay_readable() {
    for due in habits::files_due_for_a_split(&Tree::of_this_workspace()) {
        println!("due for a split: {due}");
    }
    holds(habits::files_are_of_readable_size);
}

#[test]
fn nothing_is_left_unfinished() {
    holds(habits::nothing_is_left_unfinished);
}

#[test]
fn links_in_markdown_are_alive() {
    holds(links::links_are_alive);
}

#[test]
fn every_invariant_names_a_living_test() {
    holds(links::invariants_name_living_tests);
}
