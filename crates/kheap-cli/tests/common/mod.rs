//! Runs the program as a user would, from the project's folder.

#![allow(dead_code, reason = "each test file uses its part")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a run printed and how it ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: Option<i32>,
}

/// The folder that holds `testdata`.
pub(crate) fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The program, in UTC and without colour, in the project's folder.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kheap"));
    command.args(args).current_dir(project()).env("TZ", "UTC");
    command.env_remove("CLICOLOR_FORCE");
    command
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

/// Compares with a file of our own making, which `UPDATE_GOLDEN=1` rewrites.
pub(crate) fn check_golden(path: &Path, actual: &str) {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
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
