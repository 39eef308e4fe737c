//! What this process used so far.

use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use nix::time::ClockId;

/// CPU time of all threads of this process, user and system together.
///
/// The kernel counts it in microseconds. Threads that have ended are included. What a thread used that runs right now on another
/// core is counted up to its last timer tick only, which may be some milliseconds ago: see [`bring_up_to_date`].
///
/// # Panics
/// If the kernel refuses to say, which it does not do for a process asking about itself.
pub fn cpu_time() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("a process may ask what it used");
    duration(usage.user_time()) + duration(usage.system_time())
}

/// Makes the kernel count what running threads used since their last timer tick: it does for a thread whose own clock is read. Costs
/// some 50 us of CPU time itself. Without effect where there is no `/proc`.
pub fn bring_up_to_date() {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else { return };
    let ids = tasks.flatten().filter_map(|task| task.file_name().to_str()?.parse::<i32>().ok());
    for id in ids {
        // The id of a thread's CPU clock is made of the thread's id; clock_getcpuclockid(3) does the same. A thread may have ended
        // meanwhile: then all it used is counted already.
        let _ = ClockId::from_raw((!id << 3) | 0b110).now();
    }
}

/// The most memory this process held at any time since it began or since [`reset_peak_rss`]; `None` where
/// the system does not say.
pub fn peak_rss_bytes() -> Option<u64> {
    // `VmHWM` follows a reset; getrusage's figure would not.
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        return kilobytes_of(&status, "VmHWM:").map(|kilobytes| kilobytes * 1024);
    }
    let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    u64::try_from(usage.max_rss()).ok().map(|max| max * unit)
}

/// The memory this process holds now; `None` where the system does not say.
pub fn rss_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    kilobytes_of(&status, "VmRSS:").map(|kilobytes| kilobytes * 1024)
}

/// Lets [`peak_rss_bytes`] begin anew from what is held now. False where the system cannot.
pub fn reset_peak_rss() -> bool {
    // proc_pid_clear_refs(5): 5 resets the peak resident set size.
    std::fs::write("/proc/self/clear_refs", "5").is_ok()
}

fn kilobytes_of(status: &str, key: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

fn duration(time: TimeVal) -> Duration {
    let seconds = u64::try_from(time.tv_sec()).unwrap_or(0);
    let micros = u64::try_from(time.tv_usec()).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_micros(micros)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn work_shows_as_cpu_time() {
        let before = cpu_time();
        let begun = Instant::now();
        let mut seed = 1;
        // Until it shows, however busy the machine is; a minute would mean that it never does.
        while cpu_time() == before && begun.elapsed() < Duration::from_secs(60) {
            seed = crate::spin_work(seed, 100_000);
        }
        assert!(cpu_time() > before, "{seed}");
    }

    #[test]
    fn touched_memory_shows_in_the_peak() {
        let Some(before) = peak_rss_bytes() else { return };
        let held = rss_bytes().unwrap_or(before);
        let size = usize::try_from(before - held.min(before)).unwrap() + (64 << 20);
        let touched = std::hint::black_box(vec![1u8; size]);
        let after = peak_rss_bytes().unwrap();
        assert!(
            after >= before + (32 << 20),
            "{before} bytes, then {after} after touching {}",
            touched.len()
        );
    }

    #[test]
    fn a_status_line_is_read_in_kilobytes() {
        let status = "VmPeak:\t  10 kB\nVmHWM:\t   1234 kB\n";
        assert_eq!(kilobytes_of(status, "VmHWM:"), Some(1234));
        assert_eq!(kilobytes_of(status, "VmRSS:"), None);
    }
}
