//! The program as its users meet it: what it refuses, what it writes.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn throughput(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_millstream-throughput"));
    command.args(arguments).output().expect("the program can be started")
}

/// Runs with `arguments`, which must be refused with `code`; returns what was said.
fn refused(arguments: &[&str], code: i32) -> String {
    let output = throughput(arguments);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {message}");
    assert!(output.stdout.is_empty(), "{arguments:?} printed figures");
    message
}

/// As little as measures everything.
fn measured(path: &Path, more: &[&str]) -> Output {
    let path = path.to_str().expect("a temporary path is UTF-8");
    let mut arguments =
        vec![path, "--quick", "--rounds", "1", "--grains", "1000,10000", "--block-bytes", "1024"];
    arguments.extend(more);
    let output = throughput(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

fn text_dir() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("inner")).unwrap();
    fs::write(dir.path().join("one"), "some text to be compressed; ".repeat(200)).unwrap();
    fs::write(dir.path().join("inner/two"), "and some more of it elsewhere; ".repeat(100)).unwrap();
    dir
}

#[test]
fn a_missing_path_is_named_and_alternatives_are_given() {
    let message = refused(&["no/such/path"], 1);
    assert!(message.contains("cannot read PATH no/such/path"), "{message}");
    assert!(message.contains("give a readable file or directory"), "{message}");
}

#[test]
fn an_empty_directory_and_an_empty_file_hold_no_data() {
    let dir = tempfile::tempdir().unwrap();
    let message = refused(&[dir.path().to_str().unwrap()], 1);
    assert!(message.contains("holds no data (0 empty files)"), "{message}");
    let file = dir.path().join("empty");
    fs::write(&file, "").unwrap();
    let message = refused(&[file.to_str().unwrap()], 1);
    assert!(message.contains("holds no data (1 empty files)"), "{message}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_device_and_a_file_that_fails_to_be_read_are_refused() {
    let message = refused(&["/dev/null"], 1);
    assert!(message.contains("/dev/null is neither a file nor a directory"), "{message}");
    // A process's memory: a file that opens, but has nothing at its beginning.
    let message = refused(&["/proc/self/mem"], 1);
    assert!(message.contains("nothing under PATH /proc/self/mem can be read"), "{message}");
}

#[test]
fn impossible_numbers_of_threads_are_refused() {
    for threads in ["0", "99999999", "18446744073709551616", "-1", "many"] {
        let message = refused(&[&format!("--threads={threads}")], 2);
        assert!(message.contains("possible on"), "{threads}: {message}");
    }
}

#[test]
fn a_report_that_cannot_be_written_is_noticed_before_measuring() {
    let dir = text_dir();
    let path = dir.path().to_str().unwrap();
    let missing = dir.path().join("missing/report");
    for option in ["--json", "--html"] {
        for target in [dir.path(), &missing] {
            let message = refused(&[path, option, target.to_str().unwrap()], 1);
            assert!(message.contains(&format!("cannot write {option}")), "{message}");
        }
    }
}

#[test]
fn a_refused_run_leaves_no_empty_report() {
    let dir = tempfile::tempdir().unwrap();
    let json = dir.path().join("report.json");
    refused(&["no/such/path", "--json", json.to_str().unwrap()], 1);
    assert!(!json.exists());
}

#[test]
fn a_run_prints_tables_and_writes_figures_and_a_page() {
    let dir = text_dir();
    let out = tempfile::tempdir().unwrap();
    let (json, html) = (out.path().join("report.json"), out.path().join("report.html"));
    let reports = ["--threads", "2", "--json", json.to_str().unwrap(), "--html", html.to_str().unwrap()];
    let output = measured(dir.path(), &reports);
    assert!(output.stderr.is_empty(), "no progress where nobody looks: {output:?}");

    let names = ["serial loop", "fixed pool", "millstream", "rayon"];
    let text = String::from_utf8(output.stdout).unwrap();
    for part in names.iter().chain(&["METG50", "METG90", "speed-up", "map + reduce", "map + collect"]) {
        assert!(text.contains(part), "{part} is missing in {text}");
    }

    let report: Value = serde_json::from_str(&fs::read_to_string(&json).unwrap()).unwrap();
    let of = |contest: &Value| -> Vec<String> {
        let contenders = contest["contenders"].as_array().unwrap();
        for contender in contenders {
            assert!(contender["time_ns"]["median"].as_f64().unwrap() > 0.0, "{contender}");
            assert!(contender["efficiency"].as_f64().unwrap() > 0.0, "{contender}");
        }
        contenders.iter().map(|contender| contender["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(of(&report["compression"]["contest"]), names);
    assert_eq!(report["corpus"]["bytes"], 28 * 200 + 31 * 100);
    assert_eq!(report["corpus"]["files"], 2);
    assert!(report["compression"]["compressed_bytes"].as_u64().unwrap() < 28 * 200);
    let sweeps = report["sweeps"].as_array().unwrap();
    assert_eq!(sweeps.len(), 2);
    for sweep in sweeps {
        let points = sweep["points"].as_array().unwrap();
        assert_eq!(points.len(), 2);
        assert!(points.iter().all(|point| of(&point["contest"]) == names));
        assert_eq!(sweep["curves"].as_array().unwrap().len(), 3);
    }

    let page = fs::read_to_string(&html).unwrap();
    assert_eq!(page.matches("<svg").count(), 3, "one of throughput and one a sweep");
    assert_eq!(page.matches("</svg>").count(), 3);
    for name in names {
        assert!(page.contains(name));
    }
    // The name of SVG's own vocabulary is no resource to be fetched.
    let links = page.replace("http://www.w3.org/2000/svg", "");
    assert!(!links.contains("http:") && !links.contains("https:") && !links.contains("<script"));
}

#[test]
fn a_single_file_and_a_single_thread_will_do() {
    let dir = text_dir();
    let output = measured(&dir.path().join("one"), &["--threads", "1", "--level", "1"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("1 files under"), "{text}");
    assert!(text.contains("zlib level 1"), "{text}");
}

#[test]
fn without_a_path_the_own_tree_is_read() {
    let quick = ["--quick", "--rounds", "1", "--grains", "1000", "--min-bytes", "0", "--max-bytes", "20000"];
    let output = throughput(&quick);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("Data: 20000 bytes"), "{text}");
    assert!(String::from_utf8(output.stderr).unwrap().contains("first 20000 bytes only (--max-bytes)"));
}

#[test]
fn a_page_shows_odd_paths_as_text() {
    let dir = tempfile::tempdir().unwrap();
    let odd = dir.path().join("<b>&odd");
    fs::create_dir(&odd).unwrap();
    fs::write(odd.join("file"), "text ".repeat(1000)).unwrap();
    let html = dir.path().join("report.html");
    measured(&odd, &["--html", html.to_str().unwrap()]);
    let page = fs::read_to_string(&html).unwrap();
    assert!(page.contains("&lt;b&gt;&amp;odd") && !page.contains("<b>"));
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_the_run_at_once_and_leaves_no_empty_report() {
    use std::time::{Duration, Instant};

    let dir = text_dir();
    let json = dir.path().join("report.json");
    let mut command = Command::new(env!("CARGO_BIN_EXE_millstream-throughput"));
    // Enough rounds to last for minutes.
    let mut child = command
        .args(["--min-bytes", "20000000", "--json", json.to_str().unwrap()])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while !json.exists() && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130));
    assert!(!json.exists());
}
