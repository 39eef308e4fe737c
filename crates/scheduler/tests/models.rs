//! The models of the scheduler's protocols, under both checkers, and their mutants.

#![cfg(not(any(millstream_loom, millstream_shuttle)))]

use millstream_sync::model::suite::{self, Case, Checker};

const LATCH: [&str; 3] = [
    "models::latch::a_waiter_sees_the_result_and_frees_the_latch",
    "models::latch::the_last_of_several_finishers_wakes_the_waiter",
    "models::latch::a_waiter_that_was_woken_by_mail_waits_again",
];
const EXPOSURE: [&str; 6] = [
    "models::exposure::each_fork_is_run_by_its_owner_or_by_one_thief",
    "models::exposure::two_thieves_and_the_owner_share_two_forks",
    "models::exposure::a_full_ring_loses_no_fork",
    "models::exposure::a_request_that_follows_an_exposure_stands",
    "models::exposure::a_request_that_meets_a_take_back_stands",
    "models::exposure::a_request_of_a_second_thief_that_meets_a_take_back_stands",
];
const SLEEP: [&str; 12] = [
    "models::sleep::a_fork_is_not_slept_through",
    "models::sleep::a_spawned_job_is_not_slept_through",
    "models::sleep::a_detached_job_is_not_slept_through",
    "models::sleep::an_injected_job_is_not_slept_through",
    "models::sleep::a_job_without_an_order_of_its_own_is_not_slept_through",
    "models::sleep::a_job_without_an_order_of_its_own_is_not_dozed_through",
    "models::sleep::mail_is_not_slept_through",
    "models::sleep::mail_is_not_dozed_through",
    "models::sleep::a_job_left_to_a_dozing_thread_is_not_slept_through",
    "models::sleep::a_fork_left_to_a_dozing_thread_is_not_slept_through",
    "models::sleep::the_last_searcher_wakes_the_next",
    "models::sleep::a_thief_that_asked_and_sleeps_is_woken_by_the_exposure",
];
const SEATS: [&str; 4] = [
    "models::seats::a_job_posted_while_a_waiter_parks_gets_its_seat",
    "models::seats::a_job_posted_while_a_waiter_parks_gets_a_spare_thread",
    "models::seats::each_free_seat_is_used_while_there_is_work",
    "models::seats::a_job_posted_beside_a_standing_note_gets_a_spare_thread",
];
const STOP: [&str; 2] = [
    "models::stop::a_thread_that_falls_asleep_hears_that_the_pool_stops",
    "models::stop::what_was_spawned_before_the_stop_and_by_that_is_run",
];
/// Whole pools: too large for loom.
const POOL: [&str; 6] = [
    "models::stop::what_a_job_spawns_while_the_pool_stops_is_run",
    "models::stop::a_pool_that_was_given_nothing_stops",
    "models::stop::a_detached_job_is_found_while_its_worker_is_blocked",
    "models::stop::joins_of_two_callers_are_shared_and_settled",
    "models::stop::a_scope_waits_for_what_its_jobs_spawn",
    "models::stop::a_broadcast_reaches_each_thread_whatever_it_does",
];
const SPLIT: [&str; 2] = [
    "split::models::front_and_back_meet_without_sharing_a_unit",
    "split::models::a_stolen_half_is_split_again_and_no_unit_is_lost",
];

/// Faults in the order of steps.
const STEP_MUTANTS: &[Case<'static>] = &[
    (LATCH[0], Some("latch_sleep_torn")),
    (EXPOSURE[0], Some("deque_take_back_without_pop")),
    (EXPOSURE[2], Some("deque_ring_overflows")),
    (EXPOSURE[3], Some("deque_floor_after_push")),
    (EXPOSURE[4], Some("deque_request_overwritten")),
    (SLEEP[0], Some("sleep_without_last_look")),
    (SLEEP[6], Some("sleep_without_last_look")),
    (SLEEP[8], Some("sleep_doze_ended_without_look")),
    (SLEEP[10], Some("sleep_search_not_passed_on")),
    (SLEEP[11], Some("sleep_without_last_look")),
    (SEATS[1], Some("sleep_stand_without_look")),
    (SEATS[1], Some("sleep_nobody_denied")),
    (SEATS[0], Some("sleep_nobody_denied")),
    (SEATS[2], Some("sleep_search_not_passed_on")),
    (STOP[0], Some("pool_stop_wakes_before_it_tells")),
    (SPLIT[0], Some("split_front_torn")),
    (SPLIT[0], Some("split_back_torn")),
];

/// Faults in memory orderings, or that no other thread can get in between of: shuttle is blind to them.
const ORDER_MUTANTS: &[Case<'static>] = &[
    (LATCH[0], Some("latch_touched_after_finish")),
    (STOP[1], Some("pool_left_without_a_look")),
    (EXPOSURE[0], Some("deque_published_after_push")),
    (LATCH[0], Some("latch_finish_relaxed")),
    (LATCH[0], Some("latch_probe_relaxed")),
    (SLEEP[0], Some("sleep_post_without_fence")),
    (SLEEP[1], Some("sleep_post_without_fence")),
    (SLEEP[2], Some("sleep_post_without_fence")),
    (SLEEP[3], Some("sleep_post_without_fence")),
    (SLEEP[4], Some("sleep_sleep_without_fence")),
    (SLEEP[0], Some("sleep_chosen_before_it_counts")),
    (SLEEP[5], Some("sleep_doze_ended_without_fence")),
    (SLEEP[11], Some("sleep_post_without_fence")),
    (SEATS[0], Some("sleep_sleep_without_fence")),
    (SEATS[3], Some("sleep_stand_without_fence")),
    (SEATS[2], Some("sleep_search_ended_without_fence")),
];

fn cases(mutants: &[&[Case<'static>]]) -> Vec<Case<'static>> {
    let models = [&LATCH[..], &EXPOSURE, &SLEEP, &SEATS, &STOP, &SPLIT].concat();
    models.into_iter().map(|model| (model, None)).chain(mutants.concat()).collect()
}

#[test]
fn the_models_hold_under_loom_and_fail_with_their_mutants() {
    let cases = cases(&[STEP_MUTANTS, ORDER_MUTANTS]);
    suite::run(env!("CARGO_PKG_NAME"), env!("CARGO_MANIFEST_DIR"), Checker::Loom, &cases);
}

#[test]
fn the_models_hold_under_shuttle_and_fail_with_their_mutants() {
    let mut cases = cases(&[STEP_MUTANTS]);
    cases.extend(POOL.map(|model| (model, None)));
    cases.push((POOL[5], Some("pool_stop_wakes_before_it_tells")));
    suite::run(env!("CARGO_PKG_NAME"), env!("CARGO_MANIFEST_DIR"), Checker::Shuttle, &cases);
}
