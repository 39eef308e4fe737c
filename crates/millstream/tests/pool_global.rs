//! The global pool: built once, at first use, as the environment says. Each case is a process of its own, since there is one
//! global pool a process.

use std::process::{Command, Output, Stdio};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use millstream::pool::{BuildGlobalError, NUM_THREADS, global};
use millstream::{Pool, broadcast, build_global, current_num_threads, join, scope, spawn};

const ROLE: &str = "MILLSTREAM_TEST_ROLE";

/// Runs `body` in this test program started anew, with this test only and the variable set so. Fails if it does, or takes a minute.
fn alone(test: &str, threads: Option<&str>, body: fn()) -> String {
    if std::env::var_os(ROLE).is_some() {
        body();
        std::process::exit(0);
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(ROLE, "child")
        .env_remove(NUM_THREADS)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    if let Some(threads) = threads {
        command.env(NUM_THREADS, threads);
    }
    let mut child = command.spawn().unwrap();
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            panic!("{test} hangs: not done after 60 s");
        }
        thread::sleep(Duration::from_millis(2));
    }
    let Output { status, stderr, .. } = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&stderr).into_owned();
    assert!(status.success(), "{test}: {status}\n{stderr}");
    stderr
}

#[test]
fn the_variable_sets_the_number_of_threads() {
    let said = alone("the_variable_sets_the_number_of_threads", Some("3"), || {
        assert_eq!(current_num_threads(), 3);
        assert_eq!(broadcast(|i| i), [0, 1, 2]);
        let (a, b) = join(|| 1, || 2);
        let mut c = 0;
        scope(|s| s.spawn(|_| c = 3));
        assert_eq!(a + b + c + spawn(|| 4).join(), 10);
        assert_eq!(std::ptr::from_ref(global()), std::ptr::from_ref(global()));
    });
    assert!(!said.contains(NUM_THREADS), "{said}");
}

#[test]
fn a_bad_value_is_reported_once_and_the_default_used() {
    for bad in ["many", "-2", "1000000"] {
        let said = alone("a_bad_value_is_reported_once_and_the_default_used", Some(bad), || {
            let cores = Pool::new(0).unwrap().num_threads();
            assert_eq!(current_num_threads(), cores);
            join(|| (), || ());
        });
        let lines: Vec<_> = said.lines().filter(|line| line.contains(NUM_THREADS)).collect();
        assert_eq!(lines.len(), 1, "{said}");
        assert!(lines[0].contains(bad) && lines[0].contains("32768"), "{}", lines[0]);
    }
}

#[test]
fn it_is_built_by_hand_before_its_first_use_and_not_after() {
    alone("it_is_built_by_hand_before_its_first_use_and_not_after", Some("2"), || {
        let broken = build_global(Pool::builder().threads(usize::MAX));
        assert!(matches!(broken, Err(BuildGlobalError::Build(_))), "a failure leaves it unbuilt");
        build_global(Pool::builder().threads(5).name("mine")).unwrap();
        assert_eq!(current_num_threads(), 5);
        let names = broadcast(|_| thread::current().name().map(str::to_owned));
        assert_eq!(names[4].as_deref(), Some("mine/4"));
        let again = build_global(Pool::builder().threads(1)).unwrap_err();
        assert!(matches!(again, BuildGlobalError::AlreadyBuilt), "{again}");
        assert_eq!(current_num_threads(), 5);
    });
}

#[test]
fn threads_that_meet_at_its_first_use_share_it() {
    alone("threads_that_meet_at_its_first_use_share_it", Some("2"), || {
        let (start, sums) = (Barrier::new(8), std::sync::Mutex::new(Vec::new()));
        thread::scope(|threads| {
            for _ in 0..8 {
                threads.spawn(|| {
                    start.wait();
                    let (a, b) = join(|| 20, || 22);
                    sums.lock().unwrap().push((a + b, std::ptr::from_ref(global()) as usize));
                });
            }
        });
        let sums = sums.into_inner().unwrap();
        assert_eq!(sums, [(42, std::ptr::from_ref(global()) as usize); 8]);
    });
}

#[test]
fn a_program_may_end_while_it_works() {
    alone("a_program_may_end_while_it_works", Some("2"), || {
        for _ in 0..100 {
            spawn(|| thread::sleep(Duration::from_secs(1))).detach();
        }
        // `alone` exits here: it neither waits for the jobs nor crashes.
    });
}
