//! What the program does around its tables: inputs, formats, outputs, messages.

mod common;

use std::fs;
use std::io::Read;
use std::process::Stdio;

use common::{Run, check_golden, command, kheap, kheap_with_input, project};

const IDLE: &str = "testdata/dumps/v1.34/idle.pb.gz";
const CONTROLLER: &str = "testdata/dumps/v1.34/controller-secret-informer.pb.gz";

fn stdout(args: &[&str]) -> String {
    let run = kheap(args);
    assert_eq!(run.code, Some(0), "{args:?}: {}", run.stderr);
    run.stdout
}

fn check_error(args: &[&str], expected: &str) {
    let run = kheap(args);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{args:?}");
    assert_eq!(run.stderr, format!("error: {expected}\n"), "{args:?}");
}

/// A golden of our own, in `testdata/output`.
fn check_output(name: &str, args: &[&str]) {
    let path = project().join("testdata/output").join(name);
    check_golden(&path, &stdout(args));
}

#[test]
fn every_dump_is_read_from_a_path_a_pipe_and_inflated() {
    for folder in ["v1.20", "v1.20/series-configmaps", "v1.34", "other"] {
        for entry in fs::read_dir(project().join("testdata/dumps").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if !path.to_string_lossy().ends_with(".pb.gz") {
                continue;
            }
            let name = path.display().to_string();
            let bytes = fs::read(&path).unwrap();
            let mut inflated = Vec::new();
            let mut gzip = flate2::read::GzDecoder::new(&bytes[..]);
            gzip.read_to_end(&mut inflated).unwrap();
            let expected = stdout(&["top", &name]);
            assert_eq!(
                kheap_with_input(&["top", "-"], &bytes).stdout,
                expected,
                "{name}"
            );
            assert_eq!(
                kheap_with_input(&["top", "-"], &inflated).stdout,
                expected,
                "{name}"
            );
        }
    }
}

#[cfg(unix)]
#[test]
fn standard_input_may_be_a_file() {
    let file = fs::File::open(project().join(IDLE)).unwrap();
    let output = command(&["top", "-"]).stdin(file).output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        stdout(&["top", IDLE])
    );
}

#[test]
fn several_files_are_added_up() {
    let total = |args: &[&str]| -> i64 {
        let json: serde_json::Value = serde_json::from_str(&stdout(args)).unwrap();
        json["total"].as_i64().unwrap()
    };
    let one = total(&["top", "--format", "json", IDLE]);
    assert_eq!(
        total(&["top", "--format", "json", IDLE, IDLE, IDLE]),
        3 * one
    );
}

#[test]
fn a_profile_minus_itself_is_nothing() {
    let shown = |base: &str| {
        let text = stdout(&["top", base, IDLE, IDLE]);
        text.lines()
            .find(|line| line.starts_with("Showing"))
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        shown("--base"),
        "Showing nodes accounting for 0, 0% of 0 total"
    );
    assert_eq!(
        shown("--diff-base"),
        "Showing nodes accounting for 0, 0% of 6.26MB total"
    );
}

#[test]
fn formats_are_frozen() {
    check_output(
        "top.json",
        &["top", "--count", "3", "--format", "json", CONTROLLER],
    );
    check_output(
        "top.csv",
        &["top", "--count", "3", "--format", "csv", CONTROLLER],
    );
    check_output(
        "top.md",
        &["top", "--count", "3", "--format", "markdown", CONTROLLER],
    );
    check_output(
        "peek.json",
        &["peek", "Secret.*Unm", "--format", "json", CONTROLLER],
    );
    check_output(
        "tree.csv",
        &["tree", "--count", "2", "--format", "csv", CONTROLLER],
    );
    check_output(
        "tree.md",
        &["tree", "--count", "2", "--format", "markdown", CONTROLLER],
    );
    let focus = ["--focus", "Secret.*Unm", "--count", "2"];
    check_output(
        "tree.json",
        &[&["tree", "--format", "json"], &focus[..], &[CONTROLLER]].concat(),
    );
    let focus = ["--focus", "buildRootHuffmanNode"];
    for (name, format) in [("json", "json"), ("csv", "csv"), ("md", "markdown")] {
        let traces = [&["traces", "--format", format], &focus[..], &[CONTROLLER]].concat();
        check_output(&format!("traces.{name}"), &traces);
        let tags = [&["tags", "--format", format], &focus[..], &[CONTROLLER]].concat();
        check_output(&format!("tags.{name}"), &tags);
        check_output(
            &format!("info.{name}"),
            &["info", "--format", format, CONTROLLER],
        );
    }
    check_output(
        "info.txt",
        &["info", CONTROLLER, "testdata/malformed/valid-plain.pb"],
    );
}

#[test]
fn json_is_json() {
    for words in ["top", "tree", "peek .", "traces", "tags", "info"] {
        let mut args: Vec<&str> = words.split(' ').collect();
        args.extend(["--format", "json", IDLE]);
        let json: serde_json::Value = serde_json::from_str(&stdout(&args)).unwrap();
        assert_eq!(json["schema"], format!("kheap.{}/1", args[0]));
        assert!(json["rows"].as_array().is_some_and(|rows| !rows.is_empty()));
    }
}

#[test]
fn an_unknown_sample_type_lists_the_valid_ones() {
    check_error(
        &["top", "--sample-type", "heap", IDLE],
        "unknown sample type \"heap\"; the profile has alloc_objects, alloc_space, \
         inuse_objects, inuse_space",
    );
}

#[test]
fn a_bad_expression_shows_where() {
    check_error(
        &["top", "--focus", "core/v1.(ConfigMap", IDLE],
        "cannot use --focus: invalid regular expression \"core/v1.(ConfigMap\": unclosed group \
         at character 9",
    );
    check_error(
        &["peek", "[a", IDLE],
        "cannot use REGEX: invalid regular expression \"[a\": unclosed character class at \
         character 1",
    );
    check_error(
        &["top", "--tag-focus", "99999999999999999999kb", IDLE],
        "cannot use --tag-focus: number 99999999999999999999 is too large",
    );
}

#[test]
fn a_filter_that_matches_nothing_warns() {
    let filters = [
        "focus",
        "ignore",
        "hide",
        "show",
        "show-from",
        "tag-focus",
        "tag-ignore",
    ];
    for filter in filters {
        let run = kheap(&["top", &format!("--{filter}"), "no such name", IDLE]);
        assert_eq!(run.code, Some(0));
        assert_eq!(run.stderr, format!("warning: --{filter} matched nothing\n"));
    }
}

#[test]
fn a_range_of_label_values_is_noted() {
    let run = kheap(&["top", "--tag-focus", "1kb:", IDLE]);
    let expected =
        "note: --tag-focus 1kb: is taken as a range of numbers, not as a regular expression\n";
    assert_eq!(run.stderr, expected);
}

#[test]
fn peek_without_a_match_is_an_error() {
    check_error(
        &["peek", "no such name", IDLE],
        "no function matches \"no such name\"; `kheap top --no-trim` lists them all",
    );
}

#[test]
fn misuse_is_told() {
    check_error(
        &["top", "--normalize", IDLE],
        "--normalize needs --base or --diff-base",
    );
    let run = kheap(&["top", "--base", IDLE, "--diff-base", IDLE, IDLE]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("cannot be used with"), "{}", run.stderr);
    let run = kheap(&["top"]);
    assert_eq!(run.code, Some(2));
    for fraction in ["2", "-1", "NaN", "x"] {
        let run = kheap(&["top", &format!("--node-fraction={fraction}"), IDLE]);
        assert_eq!(run.code, Some(2), "{fraction}");
    }
}

#[test]
fn an_output_file_appears_complete_and_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("top.txt");
    let name = file.display().to_string();
    assert_eq!(stdout(&["top", "-o", &name, IDLE]), "");
    assert_eq!(fs::read_to_string(&file).unwrap(), stdout(&["top", IDLE]));
    check_error(
        &["tags", "--output", &name, IDLE],
        &format!("cannot write {name}: it exists; --force overwrites it"),
    );
    stdout(&["tags", "--output", &name, "--force", IDLE]);
    assert_eq!(fs::read_to_string(&file).unwrap(), stdout(&["tags", IDLE]));
}

#[test]
fn a_failed_run_leaves_no_output_file() {
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().join("top.txt").display().to_string();
    let run = kheap(&["top", "-o", &name, "testdata/malformed/wrong-crc.pb.gz"]);
    assert_eq!(run.code, Some(2));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn an_output_file_has_the_permissions_of_any_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let mode = |name: &str| {
        let metadata = fs::metadata(folder.path().join(name)).unwrap();
        metadata.permissions().mode() & 0o777
    };
    fs::write(folder.path().join("usual"), "").unwrap();
    let ours = folder.path().join("ours").display().to_string();
    stdout(&["top", "-o", &ours, IDLE]);
    assert_eq!(mode("ours"), mode("usual"));
}

#[test]
fn a_reader_that_closes_early_is_no_error() {
    let dump = "testdata/dumps/v1.20/cr-list-cache-json.pb.gz";
    for format in ["text", "json", "csv", "markdown"] {
        let mut command = command(&["traces", "--format", format, dump]);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0; 16];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*stderr), (Some(0), ""), "{format}");
    }
}

#[test]
fn pipes_get_no_colour_even_when_the_terminal_is_known() {
    let Run { stdout, stderr, .. } = kheap(&["top", "--focus", "no such name", IDLE]);
    assert!(!stdout.contains('\u{1b}') && !stderr.contains('\u{1b}'));
}

#[test]
fn completions_and_manual_pages_are_written() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(stdout(&["completions", shell]).contains("kheap"), "{shell}");
    }
    assert!(stdout(&["man"]).starts_with(".ie"));
    assert!(stdout(&["man", "top"]).contains("kheap\\-top"));
    check_error(&["man", "frobnicate"], "unknown command \"frobnicate\"");
}

#[test]
fn times_are_local() {
    let output = command(&["top", IDLE])
        .env("TZ", "Asia/Tokyo")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // Without a time zone database the time is in UTC.
    let utc = "Time: 2026-11-21 19:56:01 UTC";
    let local = "Time: 2026-11-22 04:56:01 JST";
    assert!(text.contains(local) || text.contains(utc), "{text}");
}
