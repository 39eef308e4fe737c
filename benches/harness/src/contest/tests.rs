use std::cell::{Cell, RefCell};

use super::*;

#[test]
fn contenders_alternate_and_another_one_begins_each_round() {
    let order = RefCell::new(String::new());
    let note = |letter| {
        order.borrow_mut().push(letter);
        0
    };
    let mut contest = Contest::new("order", 0);
    contest.rounds(4);
    contest.serial("a", || note('a')).contender("b", || note('b')).contender("c", || note('c'));
    contest.run().unwrap();
    drop(contest);
    // The warm-up, then four rounds.
    assert_eq!(order.into_inner(), "abc abc bca cab abc".replace(' ', ""));
}

#[test]
fn a_wrong_answer_before_the_first_round_is_an_error_and_nobody_is_timed() {
    let calls = Cell::new(0);
    let mut contest = Contest::new("answers", 42);
    contest.serial("loop", || {
        calls.set(calls.get() + 1);
        42
    });
    contest.contender("liar", || 41);
    let error = contest.run().unwrap_err();
    assert_eq!(
        error.to_string(),
        "answers: wrong answer from liar before the first round: expected 42, got 41"
    );
    assert_eq!(calls.get(), 1);
}

#[test]
fn an_answer_that_goes_wrong_in_a_later_round_is_an_error() {
    let mut calls = 0;
    let mut contest = Contest::new("answers", 0);
    contest.rounds(5).serial("loop", || 0).contender("tired", move || {
        calls += 1;
        i32::from(calls == 4)
    });
    let error = contest.run().unwrap_err();
    // Call 1 is the warm-up, so call 4 is the third round.
    assert!(
        matches!(&error, ContestError::WrongAnswer { contender, round: Some(2), .. } if contender == "tired")
    );
    assert!(error.to_string().contains("tired in round 3"), "{error}");
}

#[test]
fn a_wrong_answer_of_the_serial_loop_is_no_better() {
    let mut contest = Contest::new("answers", 1);
    contest.serial("loop", || 2);
    assert!(matches!(contest.run(), Err(ContestError::WrongAnswer { .. })));
}

#[test]
fn a_check_of_ones_own_says_what_is_wrong() {
    let mut contest = Contest::checked_by("sort", |sorted: &Vec<u32>| {
        if sorted.is_sorted() { Ok(()) } else { Err(format!("{} items are out of order", sorted.len())) }
    });
    contest.serial("loop", || vec![1, 2, 3]).contender("lazy", || vec![3, 1]);
    let error = contest.run().unwrap_err();
    assert!(
        error.to_string().ends_with("from lazy before the first round: 2 items are out of order"),
        "{error}"
    );
}

#[test]
fn without_a_serial_loop_there_is_no_contest() {
    let mut contest = Contest::new("lonely", 0);
    contest.contender("a", || 0);
    let error = contest.run().unwrap_err();
    assert_eq!(error, ContestError::NoSerialLoop { contest: "lonely".to_owned() });
}

#[test]
fn the_speed_up_is_the_median_of_the_ratios_inside_the_rounds() {
    let mut contest = Contest::new("work", ());
    let work = |units| {
        black_box(crate::spin_work(1, black_box(units)));
    };
    contest.threads(4).rounds(3);
    contest.serial("loop", move || work(2_000)).contender("slow", move || work(10_000));
    let report = contest.run().unwrap();
    let (serial, slow) = (report.of("loop").unwrap(), report.of("slow").unwrap());
    let ratios: Vec<f64> = serial.samples_ns.iter().zip(&slow.samples_ns).map(|(a, b)| a / b).collect();
    assert_eq!(Some(slow.speed_up), Summary::of(&ratios));
    assert_eq!(slow.efficiency, slow.speed_up.median / 4.0);
    // The serial loop is measured against itself on one thread.
    assert_eq!((serial.speed_up.median, serial.efficiency), (1.0, 1.0));
    assert_eq!(slow.time_ns.rounds, 3);
}

#[test]
fn a_sample_of_many_calls_makes_them_all() {
    let calls = Cell::new(0);
    let mut contest = Contest::new("calls", 0);
    contest.rounds(2).calls(7).serial("loop", || {
        calls.set(calls.get() + 1);
        0
    });
    assert_eq!(contest.run().unwrap().calls_per_sample, 7);
    drop(contest);
    assert_eq!(calls.get(), 1 + 2 * 7);
}

#[test]
fn calls_fill_the_time_asked_for_and_there_is_at_least_one() {
    let work = || crate::spin_work(1, black_box(100));
    let expected = work();
    for (time, least) in [(Duration::ZERO, 1), (Duration::from_millis(20), 2)] {
        let mut contest = Contest::new("fill", expected);
        contest.rounds(1).calls_to_fill(time).serial("loop", work);
        let calls = contest.run().unwrap().calls_per_sample;
        assert!(calls >= least, "{calls} calls for {time:?}");
    }
}

#[test]
fn the_hook_comes_before_each_call_with_the_input_made() {
    let order = RefCell::new(String::new());
    let note = |letter| order.borrow_mut().push(letter);
    let mut contest = Contest::new("hook", 5);
    contest.rounds(1).calls(2).before_each_call(|| note('h'));
    contest.serial_with_input(
        "loop",
        || {
            note('i');
            5
        },
        |input| {
            note('c');
            input
        },
    );
    contest.run().unwrap();
    drop(contest);
    assert_eq!(order.into_inner(), "ihc ihc ihc".replace(' ', ""));
}

#[test]
fn every_call_gets_an_input_of_its_own() {
    let mut contest = Contest::new("sort", vec![1, 2, 3]);
    let sort = |mut items: Vec<i32>| {
        assert_eq!(items, [3, 1, 2], "somebody had this input before");
        items.sort_unstable();
        items
    };
    contest.rounds(2).calls(3).serial_with_input("loop", || vec![3, 1, 2], sort);
    contest.contender_with_input("same", || vec![3, 1, 2], sort);
    contest.run().unwrap();
}

#[test]
fn a_time_limit_leaves_one_whole_round() {
    let mut contest = Contest::new("limit", 0);
    contest.rounds(1000).time_limit(Duration::ZERO).serial("loop", || 0).contender("other", || 0);
    let report = contest.run().unwrap();
    assert!(report.contenders.iter().all(|contender| contender.samples_ns.len() == 1));
}

#[test]
fn progress_counts_up_to_what_was_planned() {
    let mut contest = Contest::new("progress", 0);
    contest.rounds(3).serial("loop", || 0).contender("other", || 0);
    let mut seen = Vec::new();
    contest.run_watched(|progress| seen.push((progress.samples_done, progress.samples_planned))).unwrap();
    assert_eq!(seen, [(0, 6), (0, 6), (1, 6), (2, 6), (3, 6), (4, 6), (5, 6), (6, 6)]);
}

#[test]
fn a_report_survives_json() {
    let mut contest = Contest::new("json", 0);
    contest.serial("loop", || 0);
    let report = contest.run().unwrap();
    let text = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<ContestReport>(&text).unwrap(), report);
}

#[test]
fn long_answers_are_shortened_in_complaints() {
    let text = shortened(&vec![7u8; 1000]);
    assert_eq!(text.chars().count(), 203);
    assert!(text.ends_with("..."));
}
