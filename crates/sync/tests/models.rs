//! The models of this crate, under both checkers, and their mutants.

#![cfg(not(any(millstream_loom, millstream_shuttle)))]

use millstream_sync::model::suite::{self, Case, Checker};

const PARKER: [&str; 4] = [
    "park::models::a_token_wakes_and_shows_what_was_written_before",
    "park::models::each_of_two_tokens_taken_in_turn_wakes",
    "park::models::a_token_on_top_of_a_token_shows_what_was_written_before_either",
    "park::models::a_token_that_comes_as_the_time_runs_out_is_not_lost",
];
const DEQUE: [&str; 6] = [
    "deque::models::one_at_a_time_it_is_a_plain_deque",
    "deque::models::each_item_is_taken_once_last_in_first_out",
    "deque::models::each_item_is_taken_once_first_in_first_out",
    "deque::models::an_injector_gives_each_item_to_one_thief",
    "deque::models::a_push_followed_by_a_fence_is_not_missed",
    "deque::models::an_injection_followed_by_a_fence_is_not_missed",
];

/// Faults in the order of steps.
const STEP_MUTANTS: [Case<'static>; 3] = [
    (PARKER[0], Some("parker_unpark_without_wake")),
    (PARKER[0], Some("parker_parks_without_looking")),
    (PARKER[3], Some("parker_gives_up_with_a_store")),
];

/// Faults in memory orderings, to which shuttle is blind.
const ORDER_MUTANTS: [Case<'static>; 8] = [
    (PARKER[0], Some("parker_unpark_relaxed")),
    (PARKER[0], Some("parker_take_relaxed")),
    (PARKER[2], Some("parker_leaves_a_token_alone")),
    (DEQUE[1], Some("deque_push_without_release")),
    (DEQUE[1], Some("deque_pop_without_fence")),
    (DEQUE[3], Some("injector_steal_relaxed")),
    (DEQUE[4], Some("deque_user_pushes_without_fence")),
    (DEQUE[5], Some("deque_user_pushes_without_fence")),
];

fn cases(mutants: &[&[Case<'static>]]) -> Vec<Case<'static>> {
    let models = PARKER.into_iter().chain(DEQUE).map(|model| (model, None));
    models.chain(mutants.concat()).collect()
}

#[test]
fn the_models_hold_under_loom_and_fail_with_their_mutants() {
    let cases = cases(&[&STEP_MUTANTS, &ORDER_MUTANTS]);
    suite::run(env!("CARGO_PKG_NAME"), env!("CARGO_MANIFEST_DIR"), Checker::Loom, &cases);
}

#[test]
fn the_models_hold_under_shuttle_and_fail_with_their_mutants() {
    let cases = cases(&[&STEP_MUTANTS]);
    suite::run(env!("CARGO_PKG_NAME"), env!("CARGO_MANIFEST_DIR"), Checker::Shuttle, &cases);
}

#[test]
#[should_panic(expected = "2 of 2 loom models")]
fn a_model_that_is_not_there_and_a_mutant_that_changes_nothing_fail_the_suite() {
    let cases = [("park::models::no_such", None), (PARKER[0], Some("no_such_mutant"))];
    suite::run(env!("CARGO_PKG_NAME"), env!("CARGO_MANIFEST_DIR"), Checker::Loom, &cases);
}
