//! What needs a process of its own: forks, limits, signals, and the CPU time of idling.
#![cfg(unix)]
mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use common::{add, until};
use millstream_scheduler::{Pool, Worker};

const ROLE: &str = "MILLSTREAM_TEST_ROLE";

/// Runs `body` in a process of its own: this test program again, with this test only. It must end well, and within a minute.
fn alone(test: &str, body: fn()) {
    if std::env::var_os(ROLE).is_some() {
        body();
        return;
    }
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(ROLE, "child")
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{test} hangs: not done after 60 s");
        }
        thread::sleep(Duration::from_millis(5));
    };
    assert!(status.success(), "{test} in a process of its own: {status}");
}

/// The message that `body` panics with.
fn message(body: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(body)).expect_err("must refuse");
    payload.downcast_ref::<String>().cloned().unwrap_or_default()
}

/// Forks; the exit code that `child` gives. A child that hangs is killed by its alarm.
fn exit_code_of(child: impl FnOnce() -> i32) -> i32 {
    // SAFETY: the child has one thread, and touches what no other thread can have been changing: the caller sees to it that
    // the pool is at rest.
    let id = unsafe { libc::fork() };
    assert!(id >= 0);
    if id == 0 {
        // SAFETY: asks for a signal, no more.
        unsafe { libc::alarm(20) };
        let code = catch_unwind(AssertUnwindSafe(child)).unwrap_or(99);
        // SAFETY: ends the child without the parent's handlers.
        unsafe { libc::_exit(code) };
    }
    let mut status = 0;
    // SAFETY: a child of ours, and a place to write to.
    unsafe { libc::waitpid(id, &raw mut status, 0) };
    assert!(libc::WIFEXITED(status), "the child was killed: it hung ({status})");
    libc::WEXITSTATUS(status)
}

#[test]
fn a_forked_child_is_told_that_the_pool_is_not_its_own() {
    alone("a_forked_child_is_told_that_the_pool_is_not_its_own", || {
        std::panic::set_hook(Box::new(|_| {}));
        let pool = Pool::builder().threads(2).name("parents").build().unwrap();
        pool.join(|| (), || ());
        let running = pool.spawn(|| thread::sleep(Duration::from_secs(2)));
        // The other threads are asleep for good, and hold no lock.
        thread::sleep(Duration::from_millis(500));
        let parent = std::process::id().to_string();
        let code = exit_code_of(|| {
            let clear = |text: String| {
                text.contains("`parents`")
                    && text.contains(&parent)
                    && text.contains(&std::process::id().to_string())
            };
            let refused = [
                clear(message(|| {
                    pool.join(|| (), || ());
                })),
                clear(message(|| pool.scope(|_| ()))),
                clear(message(|| drop(pool.broadcast(|_| ())))),
                clear(message(|| pool.spawn_detached(|| ()))),
                clear(message(|| running.join())),
            ];
            let own = Pool::new(2).unwrap();
            let fresh = own.join(|| 1, || 2) == (1, 2) && own.broadcast(|i| i) == [0, 1];
            drop(own);
            drop(pool);
            if refused == [true; 5] && fresh { 7 } else { 8 }
        });
        assert_eq!(code, 7);
    });
}

#[test]
fn the_parent_of_a_fork_works_on() {
    alone("the_parent_of_a_fork_works_on", || {
        let pool = Pool::new(2).unwrap();
        assert_eq!(pool.join(|| 1, || 2), (1, 2));
        assert_eq!(exit_code_of(|| 5), 5);
        assert_eq!(pool.join(|| 1, || 2), (1, 2));
        assert_eq!(pool.broadcast(|i| i), [0, 1]);
    });
}

#[test]
fn a_limit_on_threads_is_a_build_error() {
    alone("a_limit_on_threads_is_a_build_error", || {
        // SAFETY: no arguments, no memory.
        if unsafe { libc::geteuid() } == 0 {
            // The superuser has no limit. SAFETY: no memory involved.
            let changed = unsafe { libc::setuid(65534) };
            if changed != 0 {
                eprintln!(
                    "skipped: the superuser cannot become anybody else here; the hook's refusals are tested"
                );
                return;
            }
        }
        let limit = libc::rlimit { rlim_cur: 8, rlim_max: 8 };
        // SAFETY: reads one rlimit.
        assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NPROC, &raw const limit) }, 0);
        let error = Pool::new(64).unwrap_err();
        assert!(error.is_thread_start());
        assert!(error.to_string().contains("of 64 could not be started"), "{error}");
        // Those that were started have been joined: there is room again.
        let again = Pool::new(64).unwrap_err();
        assert_eq!(error.to_string(), again.to_string());
    });
}

/// Nanoseconds of CPU that this process has used.
fn cpu_ns() -> u64 {
    // SAFETY: all zeros is a timespec.
    let mut time: libc::timespec = unsafe { std::mem::zeroed() };
    // SAFETY: a place to write to.
    let got = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    assert_eq!(got, 0);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

fn fork(w: &Worker, depth: u32) -> u32 {
    if depth == 0 {
        return 1;
    }
    let (a, b) = w.join(|w| fork(w, depth - 1), |w| fork(w, depth - 1));
    a + b
}

#[test]
fn an_idle_pool_uses_no_cpu_and_wakes_nobody() {
    alone("an_idle_pool_uses_no_cpu_and_wakes_nobody", || {
        let pool = Pool::new(4).unwrap();
        for _ in 0..20 {
            assert_eq!(pool.enter(|w| fork(w, 12)), 4096);
            pool.spawn(|| ()).join();
        }
        // The dozes have ended after a tenth of a second.
        thread::sleep(Duration::from_millis(500));
        let (stats, cpu) = (pool.stats(), cpu_ns());
        thread::sleep(Duration::from_secs(1));
        let used = cpu_ns() - cpu;
        assert_eq!(pool.stats(), stats, "somebody did something");
        assert!(used < 20_000_000, "{used} ns of CPU in an idle second");
    });
}

static SIGNALS: AtomicUsize = AtomicUsize::new(0);

extern "C" fn count_signal(_: libc::c_int) {
    SIGNALS.fetch_add(1, Ordering::Relaxed);
}

#[test]
fn a_storm_of_signals_disturbs_nothing() {
    alone("a_storm_of_signals_disturbs_nothing", || {
        let pool = Pool::new(3).unwrap();
        // SAFETY: all zeros is a sigaction: no flags (so that system calls are interrupted), an empty mask.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        action.sa_sigaction = count_signal as *const () as usize;
        // SAFETY: the handler touches one atomic only.
        assert_eq!(unsafe { libc::sigaction(libc::SIGALRM, &raw const action, std::ptr::null_mut()) }, 0);
        let tick = libc::timeval { tv_sec: 0, tv_usec: 1000 };
        let timer = libc::itimerval { it_interval: tick, it_value: tick };
        // SAFETY: reads one itimerval.
        assert_eq!(unsafe { libc::setitimer(libc::ITIMER_REAL, &raw const timer, std::ptr::null_mut()) }, 0);
        let count = AtomicUsize::new(0);
        let mut rounds = 0;
        while SIGNALS.load(Ordering::Relaxed) < 300 {
            rounds += 1;
            assert_eq!(pool.enter(|w| fork(w, 8)), 256);
            pool.scope(|s| (0..20).for_each(|_| s.spawn(|_| add(&count))));
            let handle = pool.spawn(|| thread::sleep(Duration::from_micros(300)));
            until(|| handle.is_finished());
            handle.join();
            assert_eq!(pool.broadcast(|i| i), [0, 1, 2]);
        }
        assert_eq!(count.into_inner(), rounds * 20);
        drop(pool);
    });
}
