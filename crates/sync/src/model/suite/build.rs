//! Building a package's unit tests for a checker, from within another `cargo test`.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::checker::Checker;

pub(super) struct Built {
    pub(super) binary: PathBuf,
    /// Where the models' output goes.
    pub(super) log_dir: PathBuf,
}

/// What an outer cargo leaves in the environment that would steer the inner one, or make it rebuild what it has.
const NOT_INHERITED: [&str; 15] = [
    // Flags: ours are in RUSTFLAGS, which these would override.
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_RUSTFLAGS",
    "RUSTDOCFLAGS",
    // The job server, whose pipes a test does not inherit.
    "CARGO_MAKEFLAGS",
    "MAKEFLAGS",
    "MFLAGS",
    // The target directory: ours is on the command line.
    "CARGO_TARGET_DIR",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_BUILD_BUILD_DIR",
    // The package that the outer cargo is at.
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "CARGO_PRIMARY_PACKAGE",
    "OUT_DIR",
    "TARGET",
    "HOST",
];
/// The same, by the beginnings of their names.
const NOT_INHERITED_PREFIXES: [&str; 4] = ["CARGO_PKG_", "CARGO_BIN_", "CARGO_CFG_", "CARGO_FEATURE_"];

pub(super) fn test_binary(package: &str, dir: &Path, checker: Checker) -> io::Result<Built> {
    let root = target_directory(dir)?.join("models").join(checker.name());
    let mut build = cargo();
    build.args(["test", "--no-run", "--lib", "--message-format=json", "--package", package]);
    build.arg("--manifest-path").arg(dir.join("Cargo.toml")).arg("--target-dir").arg(&root);
    build.env("RUSTFLAGS", format!("--cfg millstream_{}", checker.name()));
    // Fast, since a model is run up to a million times; with its assertions.
    for profile in ["DEV", "TEST"] {
        build.env(format!("CARGO_PROFILE_{profile}_OPT_LEVEL"), "2");
        build.env(format!("CARGO_PROFILE_{profile}_DEBUG"), "line-tables-only");
        build.env(format!("CARGO_PROFILE_{profile}_DEBUG_ASSERTIONS"), "true");
        build.env(format!("CARGO_PROFILE_{profile}_INCREMENTAL"), "false");
    }
    let messages = output(build)?;
    let mut binaries = messages.lines().filter_map(executable);
    let binary = binaries.next().ok_or_else(|| io::Error::other("cargo names no test binary"))?;
    if let Some(second) = binaries.next() {
        return Err(io::Error::other(format!("cargo names two test binaries, {binary} and {second}")));
    }
    let log_dir = root.join("logs");
    fs::create_dir_all(&log_dir)?;
    Ok(Built { binary: binary.into(), log_dir })
}

fn target_directory(dir: &Path) -> io::Result<PathBuf> {
    let mut metadata = cargo();
    // Unlike the build, this is to see where the outer cargo builds.
    for name in ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"] {
        if let Some(value) = std::env::var_os(name) {
            metadata.env(name, value);
        }
    }
    metadata.args(["metadata", "--no-deps", "--format-version=1", "--manifest-path"]);
    metadata.arg(dir.join("Cargo.toml"));
    let json = output(metadata)?;
    let directory = string_after(&json, r#""target_directory":"#);
    directory.map(PathBuf::from).ok_or_else(|| io::Error::other("cargo metadata names no target directory"))
}

fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    for name in NOT_INHERITED {
        command.env_remove(name);
    }
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy();
        if NOT_INHERITED_PREFIXES.iter().any(|prefix| name_text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
    command
}

/// Runs `command` to its end and gives its standard output; if it fails, what it said is in the error.
fn output(mut command: Command) -> io::Result<String> {
    let output = command.stdin(Stdio::null()).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(text);
    }
    let diagnostics: String = text.lines().filter_map(|line| string_after(line, r#""rendered":"#)).collect();
    let said = String::from_utf8_lossy(&output.stderr);
    let program = command.get_program();
    Err(io::Error::other(format!("{program:?} ended with {}\n{diagnostics}{said}", output.status)))
}

/// The test binary that a line of cargo's messages tells of.
fn executable(line: &str) -> Option<String> {
    let is_test = line.contains(r#""reason":"compiler-artifact""#) && line.contains(r#""test":true"#);
    // `"executable":null` for the library that it is linked with.
    is_test.then(|| string_after(line, r#""executable":"#)).flatten()
}

/// The JSON string that follows `key`, if there is one.
fn string_after(json: &str, key: &str) -> Option<String> {
    let rest = &json[json.find(key)? + key.len()..];
    let mut chars = rest.trim_start().strip_prefix('"')?.chars();
    let mut text = String::new();
    loop {
        match chars.next()? {
            '"' => return Some(text),
            '\\' => match chars.next()? {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                'r' => text.push('\r'),
                'b' => text.push('\u{8}'),
                'f' => text.push('\u{c}'),
                'u' => {
                    let digits: String = chars.by_ref().take(4).collect();
                    // cargo escapes control characters only, never halves of surrogate pairs.
                    text.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
                }
                other => text.push(other),
            },
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{executable, string_after};

    #[test]
    fn a_json_string_is_read_with_its_escapes() {
        let json = r#"{"a":"C:\\x\"y\u001b\n","b": "z","c":null}"#;
        assert_eq!(string_after(json, r#""a":"#).as_deref(), Some("C:\\x\"y\u{1b}\n"));
        assert_eq!(string_after(json, r#""b":"#).as_deref(), Some("z"));
        assert_eq!(string_after(json, r#""c":"#), None);
        assert_eq!(string_after(json, r#""d":"#), None);
        assert_eq!(string_after(r#"{"a":"open"#, r#""a":"#), None);
    }

    #[test]
    fn only_a_test_artifact_has_a_test_binary() {
        let line = |test: bool, executable: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","profile":{{"test":{test}}},"executable":{executable}}}"#
            )
        };
        assert_eq!(executable(&line(true, r#""/t/a-1""#)).as_deref(), Some("/t/a-1"));
        assert_eq!(executable(&line(true, "null")), None);
        assert_eq!(executable(&line(false, r#""/t/a""#)), None);
        assert_eq!(executable(r#"{"reason":"build-finished","success":true}"#), None);
    }
}
