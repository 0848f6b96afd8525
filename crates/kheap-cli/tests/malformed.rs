//! Files that are no profiles: one clear line each, exit code 2, nothing on
//! standard output.
//!
//! `testdata/malformed/errors.txt` has the whole message for every file.

mod common;

use std::fs;
use std::path::Path;
use std::process::Stdio;

use common::{Run, check_golden, command, kheap, kheap_with_input, project, skip};

/// Names of the files in `testdata/malformed`, without what describes them.
fn files() -> Vec<String> {
    let entries = fs::read_dir(project().join("testdata/malformed")).expect("it is there");
    let name = |entry: std::io::Result<fs::DirEntry>| {
        let name = entry.expect("it can be listed").file_name();
        name.into_string().expect("names are ASCII")
    };
    let names = entries.map(name);
    let described = ["README.md", "errors.txt", "make.py", "parts.txt"];
    let mut names: Vec<_> = names
        .filter(|name| !described.contains(&name.as_str()))
        .collect();
    names.sort();
    names
}

fn check_refused(run: &Run) -> String {
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert_eq!(run.stdout, "");
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    let message = run.stderr.strip_prefix("error: ");
    message.expect("it begins with `error:`").to_owned()
}

/// The library refuses it, and the program unpacks it once.
const GZIP_IN_GZIP: &str = "gzip-in-gzip.pb.gz";

#[test]
fn every_malformed_file_is_refused_with_one_line() {
    let mut messages = String::new();
    let is_read = |name: &str| {
        name.starts_with("valid-") || name.starts_with("part-") || name == GZIP_IN_GZIP
    };
    for name in files().iter().filter(|name| !is_read(name)) {
        let file = format!("testdata/malformed/{name}");
        messages += &check_refused(&kheap(&["top", &file]));
    }
    check_golden(&project().join("testdata/malformed/errors.txt"), &messages);
}

#[test]
fn a_file_that_was_cut_ends_where_it_ends() {
    let bytes = fs::read(project().join("testdata/dumps/v1.34/idle.pb.gz")).unwrap();
    for length in [2, 11, 100, 5_000, bytes.len() - 9, bytes.len() - 1] {
        let run = kheap_with_input(&["top", "-"], &bytes[..length]);
        let expected = format!(
            "cannot decode standard input: invalid profile at byte {length}: truncated gzip \
             stream; fetch the file again\n"
        );
        assert_eq!(check_refused(&run), expected);
    }
}

#[test]
fn of_texts_that_lack_a_part_the_rest_is_read_and_the_fault_said() {
    let mut messages = String::new();
    for name in files().iter().filter(|name| name.starts_with("part-")) {
        let file = format!("testdata/malformed/{name}");
        let run = kheap(&["top", &file]);
        assert_eq!(run.code, Some(0), "{name}: {}", run.stderr);
        messages += &run.stderr;
        let run = kheap(&["diagnose", "--format", "json", &file]);
        assert!(
            run.stdout.contains("the text is part of a profile"),
            "{name}"
        );
        assert!(
            run.stdout.contains("\"healthy\": false"),
            "{name}: {}",
            run.stdout
        );
    }
    check_golden(&project().join("testdata/malformed/parts.txt"), &messages);
}

#[test]
fn odd_files_that_go_reads_are_read() {
    let odd: Vec<_> = files()
        .into_iter()
        .filter(|name| name.starts_with("valid-") || name == GZIP_IN_GZIP)
        .collect();
    assert!(odd.len() >= 9);
    for name in odd {
        let run = kheap(&["info", &format!("testdata/malformed/{name}")]);
        assert_eq!(run.code, Some(0), "{name}: {}", run.stderr);
        assert!(
            run.stdout.contains("(512 bytes)  (default)"),
            "{name}: {}",
            run.stdout
        );
    }
}

/// What `go tool pprof -top` of Go 1.27.3 prints, which says nothing of it.
#[test]
fn a_sample_type_that_occurs_twice_is_left_out_as_in_pprof() {
    const FILE: &str = "testdata/malformed/valid-sample-type-twice.pb";
    let expected = "File: server\n\
Type: inuse_space\n\
Time: 2023-11-14 22:13:20 UTC\n\
Showing nodes accounting for 512B, 100% of 512B total\n\
\x20     flat  flat%   sum%        cum   cum%\n\
\x20     512B   100%   100%       512B   100%  main.load\n";
    let warning = format!(
        "warning: {FILE} has several sample types named inuse_objects; all of them are left out\n"
    );
    let pipe = fs::read(project().join(FILE)).expect("it is there");
    for run in [
        kheap(&["top", FILE]),
        kheap(&["top", FILE, "--sample-type", "inuse_space"]),
    ] {
        assert_eq!(
            (run.stdout.as_str(), run.stderr),
            (expected, warning.clone())
        );
    }
    assert_eq!(kheap_with_input(&["top", "-"], &pipe).stdout, expected);
    let run = kheap(&["top", FILE, "--sample-type", "inuse_objects"]);
    assert_eq!(run.code, Some(2));
    for command in ["diagnose", "breakdown", "traces", "series"] {
        assert!(
            kheap(&[command, FILE]).stderr.starts_with(&warning),
            "{command}"
        );
    }
}

#[test]
fn a_directory_a_missing_file_and_no_permission_are_said() {
    let message = check_refused(&kheap(&["top", "testdata"]));
    assert_eq!(
        message,
        "cannot read testdata: it is a folder; name a dump in it\n"
    );
    let message = check_refused(&kheap(&["top", "testdata/no-such-file.pb.gz"]));
    assert_eq!(
        message,
        "cannot read testdata/no-such-file.pb.gz: no such file; check the path\n"
    );
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_said() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret.pb.gz");
    fs::write(&file, "secret").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&file).is_ok() {
        skip("the user is root, who may read every file");
        return;
    }
    let name = file.display().to_string();
    let message = check_refused(&kheap(&["top", &name]));
    let expected =
        format!("cannot read {name}: permission denied; run as a user who may read it\n");
    assert_eq!(message, expected);
}

#[test]
fn one_unreadable_file_among_several_is_an_error() {
    let good = "testdata/malformed/valid-plain.pb";
    let bad = "testdata/malformed/forbidden.txt";
    let message = check_refused(&kheap(&["top", good, bad]));
    assert!(message.contains("forbidden.txt"), "{message}");
}

#[test]
fn standard_input_is_named_in_messages() {
    let message = check_refused(&kheap_with_input(&["top", "-"], b"Forbidden"));
    assert!(message.starts_with("standard input: "), "{message}");
    let message = check_refused(&kheap(&["top", "-", "-"]));
    assert_eq!(message, "standard input (-) can be given only once\n");
}

/// A gzip file of about 3 MB that inflates to 3 GiB: 3072 members of 1 MiB, each
/// one unknown field, which a reader skips quickly.
fn bomb() -> Vec<u8> {
    use std::io::Write;
    // Field 100, with a length of all but these five bytes.
    let mut field = vec![0xa2, 0x06, 0xfb, 0xff, 0x3f];
    field.resize(1 << 20, 0);
    let gzip = Vec::new();
    let mut gzip = flate2::write::GzEncoder::new(gzip, flate2::Compression::best());
    gzip.write_all(&field).expect("memory takes it");
    gzip.finish().expect("memory takes it").repeat(3072)
}

/// A file that is refused with `expected` behind its name, in little memory.
fn check_large(options: &[&str], content: &[u8], expected: &str, memory: u64) {
    let folder = tempfile::tempdir().expect("there is room");
    let file = folder.path().join("large");
    fs::write(&file, content).expect("there is room");
    let name = file.display().to_string();
    let mut command = command(&[&["top", &name], options].concat());
    let child = command.stderr(Stdio::piped()).spawn();
    let child = child.expect("the program starts");
    let peak = peak_memory(child.id());
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(output.status.code(), Some(2));
    let expected = format!("error: cannot decode {name}: {expected}\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
    match peak {
        Some(peak) => assert!(peak < memory, "{peak} bytes at the peak"),
        None => skip("without /proc nobody tells how much memory it took"),
    }
}

fn check_bomb(options: &[&str], limit: u64) {
    let expected = format!(
        "it is larger than {limit} bytes uncompressed; raise the limit with --max-inflated-size"
    );
    check_large(options, &bomb(), &expected, 32 << 20);
}

#[test]
fn a_text_line_of_100_megabytes_is_refused_in_little_memory() {
    let mut text = b"heap profile: 1: 512 [2: 1024] @ heap/2\n1: 512 [2: 1024] @".to_vec();
    text.resize(100 << 20, b' ');
    let expected = "invalid profile at byte 40: a line of more than 16777216 bytes; \
        the file is damaged, or not a profile; fetch it again";
    check_large(&[], &text, expected, 64 << 20);
}

#[test]
fn frames_without_end_are_refused_in_bounded_memory() {
    let mut text = b"heap profile: 1: 512 [2: 1024] @ heap/2\n1: 512 [2: 1024] @ 0x1\n".to_vec();
    text.extend(b"#0x1\n".repeat(20 << 20));
    let run = kheap_with_input(&["top", "-"], &gzip(&text));
    let message = check_refused(&run);
    assert!(
        message.contains("bytes of memory, too many for so small a file"),
        "{message}"
    );
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).expect("memory takes it");
    gzip.finish().expect("memory takes it")
}

#[test]
fn a_gzip_bomb_is_refused_in_little_memory() {
    check_bomb(&[], 1 << 30);
}

#[test]
fn a_gzip_bomb_is_refused_at_the_limit_that_is_asked_for() {
    check_bomb(&["--max-inflated-size", "64MiB"], 64 << 20);
}

/// Watches a process until it ends, where the system shows how large it is.
fn peak_memory(pid: u32) -> Option<u64> {
    let status = format!("/proc/{pid}/status");
    let mut peak = None;
    while Path::new(&status).exists() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let Some(line) = text.lines().find(|line| line.starts_with("VmHWM:")) else {
            break;
        };
        let kib = line
            .split_whitespace()
            .nth(1)
            .and_then(|n| n.parse::<u64>().ok());
        peak = kib.map(|kib| kib << 10).max(peak);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    peak
}
