//! What the program does around its tables: inputs, formats, outputs, messages.

mod common;

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Stdio;

use common::{check_golden, command, kheap, kheap_with_input, project, skip};

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
    check_error(
        &["top", "--tag-focus", &",".repeat(100_000), IDLE],
        "cannot use --tag-focus: 100001 expressions between commas are too many, 64 are the \
         most",
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
        "prune-from",
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
        "note: --tag-focus 1kb: is read as a range of numbers, not as a regular expression\n";
    assert_eq!(run.stderr, expected);
}

#[test]
fn peek_without_a_match_is_an_error() {
    check_error(
        &["peek", "no such name", IDLE],
        &format!(
            "no function matches \"no such name\"; `kheap top --no-trim {IDLE}` lists them all"
        ),
    );
}

#[test]
fn misuse_is_named() {
    check_error(
        &["top", "--normalize", IDLE],
        "--normalize needs --base or --diff-base",
    );
    let run = kheap(&["top", "--base", IDLE, "--diff-base", IDLE, IDLE]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("cannot be used with"), "{}", run.stderr);
    let run = kheap(&["top"]);
    assert_eq!(run.code, Some(2));
    let expected = "error: `kheap top` needs <FILE>...\nhint: for example, `kheap top --cum --count 20 heap.pb.gz`\n";
    assert_eq!(run.stderr, expected);
    for fraction in ["2", "-1", "NaN", "x"] {
        let run = kheap(&["top", &format!("--node-fraction={fraction}"), IDLE]);
        assert_eq!(run.code, Some(2), "{fraction}");
    }
}

#[test]
fn a_reader_that_closes_early_is_no_error() {
    let dump = "testdata/dumps/v1.20/cr-list-cache-json.pb.gz";
    let formats = ["text", "json", "csv", "markdown"];
    let mut runs: Vec<_> = formats.map(|f| vec!["traces", "--format", f, dump]).into();
    runs.extend([vec!["completions", "bash"], vec!["man", "top"]]);
    for args in runs {
        let mut command = command(&args);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0; 16];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*stderr), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn completions_and_manual_pages_are_written() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(stdout(&["completions", shell]).contains("kheap"), "{shell}");
    }
    assert!(stdout(&["man"]).starts_with(".ie"));
    let folder = tempfile::tempdir().unwrap();
    let share = folder.path().to_str().unwrap();
    let run = kheap(&["man", "--install", share]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let page = |name: &str| fs::read_to_string(folder.path().join("man1").join(name)).unwrap();
    assert_eq!(page("kheap-top.1"), stdout(&["man", "top"]));
    // Each command that it refers to has a page.
    let kheap = page("kheap.1").replace('\\', "");
    let names = kheap.lines().filter_map(|line| line.strip_suffix("(1)"));
    let names: Vec<&str> = names.collect();
    assert!(names.contains(&"kheap-diagnose"), "{names:?}");
    for name in names {
        assert!(page(&format!("{name}.1")).contains(".TH"), "{name}");
    }
    assert!(stdout(&["man", "top"]).contains("kheap\\-top"));
    check_error(
        &["man", "frobnicate"],
        "unknown command \"frobnicate\"; `kheap help` lists them",
    );
}

#[cfg(unix)]
#[test]
fn manual_pages_replace_nothing_but_manual_pages() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    let install = || kheap(&["man", "--install", folder.path().to_str().unwrap()]);
    let precious = folder.path().join("precious.txt");
    fs::write(&precious, "mine").unwrap();
    assert_eq!(install().code, Some(0));
    // Older pages are replaced.
    fs::write(pages.join("kheap-top.1"), ".ie\n.el\n.TH kheap-top 1\n").unwrap();
    assert_eq!(install().code, Some(0));
    assert_ne!(fs::read(pages.join("kheap-top.1")).unwrap().len(), 25);
    let top = pages.join("kheap-top.1");
    let stands_in_the_way: [&dyn Fn(); 3] = [
        &|| fs::write(&top, "mine").unwrap(),
        &|| std::os::unix::fs::symlink(&precious, &top).unwrap(),
        &|| fs::create_dir(&top).unwrap(),
    ];
    for stand in stands_in_the_way {
        fs::remove_file(pages.join("kheap.1")).unwrap();
        fs::remove_file(&top).unwrap();
        stand();
        let run = install();
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        assert!(
            run.stderr
                .contains("kheap-top.1 is no manual page of kheap")
        );
        assert!(
            !pages.join("kheap.1").exists(),
            "nothing is written before all are checked"
        );
        assert_eq!(fs::read(&precious).unwrap(), b"mine");
        if top.is_dir() {
            break;
        }
        fs::remove_file(&top).unwrap();
        assert_eq!(install().code, Some(0));
    }
}

#[cfg(unix)]
#[test]
fn manual_pages_are_replaced_all_or_none() {
    const OLD: &str = ".ie\n.el\n.TH kheap-old 1\n";
    let folder = tempfile::tempdir().unwrap();
    let share = folder.path().to_str().unwrap();
    assert_eq!(kheap(&["man", "--install", share]).code, Some(0));
    let pages = || fs::read_dir(folder.path().join("man1")).unwrap();
    let count = pages().count();
    for page in pages() {
        fs::write(page.unwrap().path(), OLD).unwrap();
    }
    // Pages of some commands are larger.
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "ulimit -f 8; exec \"$@\"", "sh"]);
    shell.args([env!("CARGO_BIN_EXE_kheap"), "man", "--install", share]);
    let output = shell.output().expect("there is a shell");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains(".1: File too large"), "{stderr}");
    assert_eq!(pages().count(), count);
    for page in pages() {
        assert_eq!(fs::read_to_string(page.unwrap().path()).unwrap(), OLD);
    }
    // A folder that was made for them goes with them, and what was there stays.
    fs::remove_dir_all(folder.path().join("man1")).unwrap();
    let new = format!("{share}/new/share");
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "ulimit -f 8; exec \"$@\"", "sh"]);
    shell.args([env!("CARGO_BIN_EXE_kheap"), "man", "--install", &new]);
    assert_eq!(shell.output().unwrap().status.code(), Some(2));
    assert_eq!(fs::read_dir(share).unwrap().count(), 0);
}

#[test]
fn manual_pages_are_not_written_through_a_link() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let [named, elsewhere] = ["share", "elsewhere"].map(|name| folder.path().join(name));
    fs::create_dir(&named).unwrap();
    fs::create_dir(&elsewhere).unwrap();
    let pages = named.join("man1");
    let install = |folder: &Path| kheap(&["man", "--install", folder.to_str().unwrap()]);
    for target in [elsewhere.clone(), folder.path().join("none")] {
        symlink(target, &pages).unwrap();
        let run = install(&named);
        let expected = format!(
            "error: {} is a link; name the folder that it leads to, or remove it first\n",
            pages.display()
        );
        assert_eq!((run.code, run.stderr), (Some(2), expected));
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
        fs::remove_file(&pages).unwrap();
    }
    // The folder itself is what its user names, as `/usr/man` is in places.
    let link = folder.path().join("link");
    symlink(&named, &link).unwrap();
    assert_eq!(install(&link).code, Some(0));
    assert!(pages.join("kheap.1").is_file());
}

#[test]
fn a_count_below_zero_is_said_as_that() {
    for command in ["top", "sizes", "lifetimes", "series"] {
        let run = kheap(&[command, "--count", "-1", IDLE]);
        assert_eq!(run.code, Some(2));
        let begin = "error: invalid value '-1' for '--count <N>'";
        assert!(run.stderr.starts_with(begin), "{}", run.stderr);
    }
}

#[test]
fn a_file_without_a_command_is_diagnosed() {
    assert_eq!(kheap(&[IDLE]).stdout, kheap(&["diagnose", IDLE]).stdout);
    let missing = "cannot read no-such-file.pb.gz: no such file; check the path";
    check_error(&["no-such-file.pb.gz"], missing);
    let limited = kheap(&["--limit", "1MB", IDLE]).stdout;
    assert!(limited.contains("Verdict: LIMIT PASSED\n"), "{limited}");
    let run = kheap(&["toop", IDLE]);
    assert_eq!(run.code, Some(2));
    let expected =
        "error: unknown command 'toop'\nhint: did you mean 'top'? `kheap` lists the commands\n";
    assert_eq!(run.stderr, expected);
}

#[test]
fn without_arguments_there_is_help_and_an_error() {
    let run = kheap(&[]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.contains("Usage: kheap FILE..."));
    assert_eq!(run.stderr, kheap(&["--help"]).stdout);
}

#[test]
fn the_first_screen_of_help_has_what_most_people_need() {
    let output = command(&["top", "--help"]).env("COLUMNS", "80").output();
    let help = String::from_utf8(output.unwrap().stdout).unwrap();
    let screen: Vec<&str> = help.lines().take(24).collect();
    for option in [
        "<FILE>...",
        "--count",
        "--sample-type",
        "--output",
        "--help",
    ] {
        let is_shown = screen.iter().any(|line| line.contains(option));
        assert!(is_shown, "{option}: {help}");
    }
    assert!(
        help.lines().all(|line| line.chars().count() <= 80),
        "{help}"
    );
    assert_eq!(stdout(&["top", "-h"]), stdout(&["top", "--help"]));
}

fn time_in(zone: &str) -> String {
    let mut command = command(&["top", IDLE]);
    let output = command.env("TZ", zone).output();
    let output = output.expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find(|line| line.starts_with("Time: "));
    line.expect("the time is shown").to_owned()
}

/// A zone file that says one thing: nine hours before UTC, called JST.
#[cfg(unix)]
fn zone_file() -> Vec<u8> {
    let counts = [0, 0, 0, 0, 1, 4_u32].map(u32::to_be_bytes).concat();
    let offset = (9 * 3600_i32).to_be_bytes();
    [b"TZif", &[0; 16][..], &counts, &offset, &[0, 0], b"JST\0"].concat()
}

#[cfg(unix)]
#[test]
fn times_are_local() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("Tokyo");
    fs::write(&file, zone_file()).unwrap();
    let local = "Time: 2026-11-22 04:56:01 JST";
    assert_eq!(time_in(&file.display().to_string()), local);
    match fs::exists("/usr/share/zoneinfo/Asia/Tokyo") {
        Ok(true) => assert_eq!(time_in("Asia/Tokyo"), local),
        _ => skip("the database has no zone Asia/Tokyo"),
    }
}

#[test]
fn without_a_known_zone_times_are_in_utc() {
    for zone in ["", "UTC", "No/Where"] {
        assert_eq!(time_in(zone), "Time: 2026-11-21 19:56:01 UTC", "{zone}");
    }
}

#[test]
fn a_large_file_is_read_where_no_thread_can_be_started() {
    let file = "testdata/dumps/v1.20/series-configmaps-10.debug1.txt.gz";
    // No system has room for such a stack.
    let mut alone = command(&["top", file]);
    let alone = alone.env("RUST_MIN_STACK", "99999999999999").output();
    let alone = alone.expect("the program starts");
    assert!(alone.status.success(), "{alone:?}");
    assert_eq!(
        String::from_utf8_lossy(&alone.stdout),
        stdout(&["top", file])
    );
}

#[test]
fn files_that_are_added_up_are_counted_in_every_heading() {
    const SMALL: &str = "testdata/dumps/v1.34/controller-secret-informer.pb.gz";
    let words = "2 files added up";
    let commands: [(&str, &[&str]); 8] = [
        ("top", &["text", "csv", "markdown", "json"]),
        ("tree", &["text", "csv", "markdown", "json"]),
        ("traces", &["text", "csv", "markdown", "json"]),
        ("tags", &["text", "csv", "markdown", "json"]),
        ("breakdown", &["text", "markdown", "json"]),
        ("sizes", &["text", "markdown", "json"]),
        ("flame", &["svg", "json"]),
        ("graph", &["svg", "dot", "mermaid"]),
    ];
    for (command, formats) in commands {
        for format in formats {
            let run = |files: &[&str]| {
                let args = [&[command, "--format", format], files].concat();
                let run = kheap(&args);
                assert_eq!(run.code, Some(0), "{args:?}: {}", run.stderr);
                // The figures of pprof have no room for it.
                run.stdout + &run.stderr
            };
            let is_said = |shown: &str| match *format {
                "json" => shown.contains("\"added_up\":"),
                _ => shown.contains(words),
            };
            let case = format!("{command} --format {format}");
            assert!(is_said(&run(&[SMALL, SMALL])), "{case}");
            assert!(!is_said(&run(&[SMALL])), "{case}");
        }
    }
}
