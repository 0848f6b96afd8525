//! `kheap redact`: what is asked of a copy has the same answer, but for names.

mod common;

use std::fs;
use std::path::Path;

use common::{Run, command, kheap, project};
use serde_json::Value;

const BUNDLES: [&str; 4] = [
    "01-one-bad-of-three",
    "03-events-list-storm",
    "05b-watchlist-wave-600",
    "08-misleading-restart",
];

fn redact(words: &[&str], folder: &Path) -> Run {
    let folder = folder.to_str().expect("it is text");
    kheap(&[&["redact", "-o", folder], words].concat())
}

/// The answer without texts, which have names.
fn figures(value: &mut Value) {
    match value {
        Value::String(text) => text.clear(),
        Value::Array(list) => list.iter_mut().for_each(figures),
        Value::Object(object) => object.values_mut().for_each(figures),
        _ => {}
    }
}

fn diagnosis(folder: &str) -> Value {
    let run = kheap(&["diagnose", "--all", "--format", "json", folder]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    serde_json::from_str(&run.stdout).expect("it is JSON")
}

fn ids(diagnosis: &Value) -> Vec<&str> {
    let findings = diagnosis["findings"].as_array().expect("there are some");
    findings
        .iter()
        .filter_map(|finding| finding["id"].as_str())
        .collect()
}

#[test]
fn a_redacted_bundle_keeps_its_join() {
    let folder = tempfile::tempdir().unwrap();
    for name in BUNDLES {
        let bundle = format!("testdata/bundles/{name}");
        let copy = folder.path().join(name);
        let run = redact(&[&bundle], &copy);
        assert_eq!((run.code, &*run.stdout), (Some(0), ""), "{}", run.stderr);
        let (mut before, mut after) = (diagnosis(&bundle), diagnosis(copy.to_str().unwrap()));
        assert_eq!(ids(&before), ids(&after), "{name}");
        let text = after.to_string();
        for private in ["inventory-agent", "ops-collector", ":monitoring"] {
            assert!(!text.contains(private), "{name} {private}");
        }
        figures(&mut before);
        figures(&mut after);
        assert_eq!(before, after, "{name}");
    }
}

#[test]
fn pasted_tables_keep_their_findings() {
    let folder = tempfile::tempdir().unwrap();
    let incidents = project().join("testdata/incidents");
    for entry in fs::read_dir(incidents).unwrap() {
        let path = entry.unwrap().path();
        let file = path.to_str().unwrap();
        if !file.ends_with(".txt") {
            continue;
        }
        let copy = folder.path().join(path.file_name().unwrap());
        let run = redact(&[file], &copy);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let copies = fs::read_dir(&copy).unwrap();
        let copy = copies.map(|copy| copy.unwrap().path()).next().unwrap();
        let (before, after) = (diagnosis(file), diagnosis(copy.to_str().unwrap()));
        assert_eq!(ids(&before), ids(&after), "{file}");
        assert_eq!(before["total"], after["total"], "{file}");
    }
}

#[test]
fn a_key_gives_the_same_words_in_every_call() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let (key, other, short) = (place("key"), place("other"), place("short"));
    fs::write(&key, "a secret of some length\n").unwrap();
    fs::write(&other, "another secret of some length").unwrap();
    fs::write(&short, "short\n").unwrap();
    let one = |key: &Path, file: &str, out: &str| {
        let run = redact(&["--key", key.to_str().unwrap(), file], &place(out));
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let copies = fs::read_dir(place(out)).unwrap();
        let copy = copies.map(|copy| copy.unwrap().path()).next().unwrap();
        fs::read(copy).unwrap()
    };
    let leak = "testdata/bundles/goroutines/leak-debug2.txt";
    let first = one(&key, leak, "a");
    // Another file before it changes nothing.
    let both = ["testdata/bundles/goroutines/leak-debug1.txt", leak];
    let words = ["--key", key.to_str().unwrap(), both[0], both[1]];
    assert_eq!(redact(&words, &place("b")).code, Some(0));
    let copies = fs::read_dir(place("b")).unwrap();
    let copies: Vec<Vec<u8>> = copies
        .map(|copy| fs::read(copy.unwrap().path()).unwrap())
        .collect();
    assert!(copies.contains(&first));
    assert_ne!(first, one(&other, leak, "c"));
    let run = redact(&["--key", short.to_str().unwrap(), leak], &place("d"));
    let expected = format!(
        "error: cannot use {}: a key of 5 bytes can be guessed; write 16 random bytes or more to it\n",
        short.display()
    );
    assert_eq!((run.code, run.stderr), (Some(2), expected));
}

#[test]
fn names_that_are_kept_stay() {
    let folder = tempfile::tempdir().unwrap();
    let leak = "testdata/bundles/goroutines/leak-debug2.txt";
    let text = |words: &[&str], out: &str| {
        let out = folder.path().join(out);
        assert_eq!(redact(words, &out).code, Some(0));
        let copies = fs::read_dir(out).unwrap();
        let copy = copies.map(|copy| copy.unwrap().path()).next().unwrap();
        fs::read_to_string(copy).unwrap()
    };
    let original = fs::read_to_string(project().join(leak)).unwrap();
    assert_ne!(text(&[leak], "a"), original);
    assert_eq!(text(&["--keep", ".", leak], "b"), original);
}

#[test]
fn what_cannot_be_redacted_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let dump = "testdata/dumps/v1.20/idle.pb.gz";
    let check = |words: &[&str], out: &Path, expected: &str| {
        let run = redact(words, out);
        assert_eq!((run.code, &*run.stdout), (Some(2), ""), "{words:?}");
        assert!(run.stderr.contains(expected), "{}", run.stderr);
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    };
    let elf = "testdata/malformed/elf-program";
    check(
        &[dump, elf],
        &out,
        "cannot redact testdata/malformed/elf-program: neither a profile",
    );
    let cut = "testdata/malformed/truncated-gzip.pb.gz";
    check(
        &[dump, cut],
        &out,
        "cannot redact testdata/malformed/truncated-gzip.pb.gz: ",
    );
    check(&[dump, "missing.pb.gz"], &out, "no such file");
    check(
        &["-"],
        &out,
        "cannot redact standard input; save it as a file first",
    );
    check(&["--keep", "(", dump], &out, "cannot use --keep");
    check(&[dump], folder.path(), "it exists; name a new directory");
    check(
        &[dump],
        &folder.path().join("no/out"),
        "make the directory first",
    );
    check(
        &[dump, "--max-inflated-size", "10kB"],
        &out,
        "cannot redact",
    );
    // Neither a file nor a folder that was begun.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_pipe_gets_no_names() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let mut run = command(&[
        "redact",
        "testdata/bundles/goroutines/leak-debug2.txt",
        "-o",
    ]);
    let output = run.arg(&out).output().unwrap();
    assert!(output.status.success() && output.stdout.is_empty());
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.starts_with("note: 1 file in "), "{message}");
}
