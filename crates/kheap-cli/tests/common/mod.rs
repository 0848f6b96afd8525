//! Runs the program as a user would, from the project's folder.

#![allow(dead_code, reason = "each test file uses its part")]

pub(crate) mod browser;
pub(crate) mod explorer;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use kheap::ProfileBuilder;

/// What a run printed and how it ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
}

/// A profile with the sample types of a Go heap.
pub(crate) fn heap_builder() -> ProfileBuilder {
    let mut builder = ProfileBuilder::new();
    for (kind, unit) in [
        ("alloc_objects", "count"),
        ("alloc_space", "bytes"),
        ("inuse_objects", "count"),
        ("inuse_space", "bytes"),
    ] {
        builder.sample_type(kind, unit);
    }
    builder
}

/// The folder that holds `testdata`.
pub(crate) fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The program, in UTC and without colour, in the project's folder.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kheap"));
    command.args(args).current_dir(project()).env("TZ", "UTC");
    // The settings of whoever runs the tests are not those of the tests.
    let nowhere = project().join("no-settings");
    command.env("XDG_CONFIG_HOME", &nowhere);
    command.env("APPDATA", nowhere);
    for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"] {
        command.env_remove(variable);
    }
    command
}

/// Copies the program, in another process. A program does not start while any open file can write
/// to it, and what another test starts meanwhile would keep a file that this process opened.
#[cfg(unix)]
pub(crate) fn copy_program(to: &Path) {
    let mut copy = Command::new("cp");
    let copied = copy.arg(env!("CARGO_BIN_EXE_kheap")).arg(to).status();
    assert!(copied.expect("cp starts").success());
}

pub(crate) fn kheap(args: &[&str]) -> Run {
    run(command(args), b"")
}

/// Runs the program with `input` on its standard input, through a pipe.
pub(crate) fn kheap_with_input(args: &[&str], input: &[u8]) -> Run {
    run(command(args), input)
}

fn run(mut command: Command, input: &[u8]) -> Run {
    let piped = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = piped.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    let input = input.to_vec();
    // The program may end before it has read everything.
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("the program ends");
    let _ = writer.join().expect("the writer ends");
    Run {
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        code: output.status.code(),
    }
}

/// Says that a test cannot be made here; past the capture of the test runner, so
/// that it is seen.
pub(crate) fn skip(why: &str) {
    let test = std::thread::current();
    let test = test.name().unwrap_or("a test");
    let _ = writeln!(std::io::stderr(), "skipped {test}: {why}");
}

/// What a terminal of 80 columns is sent when a command runs on it, both streams
/// together; nothing where `script` of util-linux cannot make a terminal.
pub(crate) fn on_terminal(args: &[&str], variables: &[(&str, &str)]) -> Option<String> {
    on_terminal_of(80, args, variables)
}

/// The same for a terminal of so many columns.
pub(crate) fn on_terminal_of(
    columns: usize,
    args: &[&str],
    variables: &[(&str, &str)],
) -> Option<String> {
    let version = Command::new("script").arg("--version").output();
    let is_util_linux = |output: Output| output.stdout.windows(10).any(|w| w == b"util-linux");
    if !version.is_ok_and(is_util_linux) {
        skip("no `script` of util-linux, which makes a terminal");
        return None;
    }
    let quoted = |word: &&str| format!("'{}'", word.replace('\'', r"'\''"));
    let words = [&[env!("CARGO_BIN_EXE_kheap")], args].concat();
    let words: Vec<String> = words.iter().map(quoted).collect();
    let mut script = Command::new("script");
    let command = format!("stty rows 50 cols {columns} && {}", words.join(" "));
    script.args(["-qec", &command, "/dev/null"]);
    script.current_dir(project()).env("TZ", "UTC");
    script.env("TERM", "xterm-256color").env_remove("NO_COLOR");
    // A CI's log is taken for a terminal with colour, whatever TERM says.
    script.env_remove("CI");
    script.envs(variables.iter().copied()).stdin(Stdio::null());
    let output = script.output().expect("script runs");
    Some(String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n"))
}

/// Compares with a file of our own making, which `UPDATE_GOLDEN=1` rewrites.
pub(crate) fn check_golden(path: &Path, actual: &str) {
    if std::env::var("UPDATE_GOLDEN").is_ok_and(|value| value == "1") {
        std::fs::write(path, actual).expect("the golden can be written");
        return;
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    assert_same(&name, &expected, actual, "; UPDATE_GOLDEN=1 rewrites it");
}

/// Fails with the first line that differs.
pub(crate) fn assert_same(name: &str, expected: &str, actual: &str, advice: &str) {
    if expected == actual {
        return;
    }
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (expected, actual) = (lines(expected), lines(actual));
    let same = expected
        .iter()
        .zip(&actual)
        .take_while(|(e, a)| e == a)
        .count();
    panic!(
        "{name} differs from line {}:\nexpected {:?}\nactual   {:?}{advice}",
        same + 1,
        expected.get(same),
        actual.get(same),
    );
}
