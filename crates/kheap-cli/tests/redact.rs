//! `kheap redact`: what is asked of a copy has the same answer, but for names.

mod common;

use std::fs;
use std::io::Write;
use std::path::Path;

use common::{Run, command, kheap, project};
use flate2::Compression;
use flate2::write::GzEncoder;
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

/// The tables and texts of `testdata` that are read as one dump.
fn texts() -> Vec<String> {
    let mut found = Vec::new();
    for folder in [
        "testdata/incidents",
        "testdata/golden/v1.20/cr-list-cache-json",
        "testdata/golden/v1.34/cr-10k-idle",
        "testdata/dumps/v1.20",
    ] {
        for entry in fs::read_dir(project().join(folder)).expect("it can be read") {
            let name = entry
                .expect("it can be read")
                .file_name()
                .into_string()
                .expect("names are text");
            if name.ends_with(".txt") || name.ends_with(".txt.gz") {
                found.push(format!("{folder}/{name}"));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn texts_keep_their_findings() {
    let folder = tempfile::tempdir().unwrap();
    let mut count = 0;
    for file in texts() {
        let before = kheap(&["diagnose", "--all", "--format", "json", &file]);
        if before.code != Some(0) {
            continue;
        }
        let copy = folder.path().join(file.replace('/', "-"));
        let run = redact(&[&file], &copy);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let copies = fs::read_dir(&copy).unwrap();
        let copy = copies.map(|copy| copy.unwrap().path()).next().unwrap();
        let mut before: Value = serde_json::from_str(&before.stdout).unwrap();
        let mut after = diagnosis(copy.to_str().unwrap());
        assert_eq!(ids(&before), ids(&after), "{file}");
        figures(&mut before);
        figures(&mut after);
        assert_eq!(before, after, "{file}");
        count += 1;
    }
    assert!(count > 60, "{count}");
}

#[test]
fn heaps_of_other_tools_become_profiles_with_the_same_figures() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["jemalloc-named.heap", "pyroscope-flamegraph.json"] {
        let file = format!("testdata/other/{name}");
        let copy = folder.path().join(name);
        let run = redact(&[&file], &copy);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let copies = fs::read_dir(&copy).unwrap();
        let copy = copies.map(|copy| copy.unwrap().path()).next().unwrap();
        let top = |file: &str| {
            let run = kheap(&["top", "--format", "json", file]);
            assert_eq!(run.code, Some(0), "{}", run.stderr);
            let mut top: Value = serde_json::from_str(&run.stdout).unwrap();
            figures(&mut top);
            top
        };
        assert_eq!(top(&file), top(copy.to_str().unwrap()));
    }
}

#[test]
fn no_copy_takes_the_name_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let dumps = folder.path().join("dumps");
    fs::create_dir(&dumps).unwrap();
    let from = |file: &str| Path::new("../..").join(file);
    let flame = from("testdata/other/pyroscope-flamegraph.json");
    fs::copy(flame, dumps.join("heap.json")).unwrap();
    let dump = from("testdata/dumps/v1.34/idle.pb.gz");
    fs::copy(dump, dumps.join("heap.json.pb.gz")).unwrap();
    let copies = folder.path().join("copies");
    let run = redact(&[dumps.to_str().unwrap()], &copies);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(fs::read_dir(&copies).unwrap().count(), 2);
}

fn gzipped(content: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(content).expect("memory takes it");
    gzip.finish().expect("memory takes it")
}

#[test]
fn files_of_an_archive_are_copied_below_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let mut archive = tar::Builder::new(Vec::new());
    let bundle = project().join("testdata/bundles/03-events-list-storm");
    for entry in fs::read_dir(bundle).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        archive
            .append_path_with_name(&path, format!("zebra/{name}"))
            .unwrap();
    }
    let path = folder.path().join("all.tar.gz");
    fs::write(&path, gzipped(&archive.into_inner().unwrap())).unwrap();
    let out = folder.path().join("out");
    let run = redact(&[path.to_str().unwrap()], &out);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let copy = out.join("all.tar.gz");
    assert!(copy.is_dir() && !copy.join("zebra").exists());
    let before = diagnosis(path.to_str().unwrap());
    let after = diagnosis(out.to_str().unwrap());
    assert_eq!(ids(&before), ids(&after));
    assert_eq!(before["total"], after["total"]);
}

#[test]
fn compressed_and_cut_files_are_copied_as_gzip() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let dump = fs::read(project().join("testdata/dumps/v1.34/idle.pb.gz")).unwrap();
    let mut lz4 = lz4_flex::frame::FrameEncoder::new(Vec::new());
    lz4.write_all(&dump).unwrap();
    fs::write(place("heap.pb.lz4"), lz4.finish().unwrap()).unwrap();
    let mut lz4 = lz4_flex::frame::FrameEncoder::new(Vec::new());
    lz4.write_all(b"zebra\n").unwrap();
    fs::write(place("server.log.lz4"), lz4.finish().unwrap()).unwrap();
    fs::write(place("heap.pb.gz.gz"), gzipped(&dump)).unwrap();
    let lines: String = (0..500).map(|at| format!("zebra{at} is\n")).collect();
    let log = gzipped(lines.as_bytes());
    fs::write(place("cut.log.gz"), &log[..log.len() / 2]).unwrap();
    let files = [
        "heap.pb.lz4",
        "server.log.lz4",
        "heap.pb.gz.gz",
        "cut.log.gz",
    ];
    let files = files.map(|file| place(file).to_str().unwrap().to_owned());
    let words: Vec<&str> = files.iter().map(String::as_str).collect();
    let run = redact(&words, &place("out"));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let warning = "cut.log.gz is cut: the copy ends with its last whole line";
    assert!(run.stderr.contains(warning), "{}", run.stderr);
    let names = fs::read_dir(place("out")).unwrap();
    let mut names: Vec<_> = names.map(|name| name.unwrap().file_name()).collect();
    names.sort();
    // Two files of the same name get two names.
    assert_eq!(
        names,
        [
            "anon1.log.gz",
            "heap.pb.gz",
            "heap_000001.pb.gz",
            "server.log.gz"
        ]
    );
    let top = |file: &Path| kheap(&["top", file.to_str().unwrap()]).code;
    assert_eq!(top(&place("out/heap.pb.gz")), Some(0));
    assert_eq!(top(&place("out/heap_000001.pb.gz")), Some(0));
}

#[test]
fn dumps_without_a_time_keep_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let from = folder.path().join("from");
    for (name, bytes) in [
        ("main", 100),
        ("nightly", 200),
        ("zeta", 300),
        ("zulu", 400),
    ] {
        let place = from.join(name).join("heap.txt");
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        let bytes = bytes << 20;
        let text = format!(
            "heap profile: 1: {bytes} [1: {bytes}] @ heap/1048576\n\
             1: {bytes} [1: {bytes}] @ 0x1\n#\t0x1\tmain.load+0x1\t/a.go:1\n"
        );
        fs::write(place, text).unwrap();
    }
    let first_line = |folder: &Path| {
        let run = kheap(&["series", folder.to_str().unwrap()]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        run.stdout.lines().next().unwrap().to_owned()
    };
    let before = first_line(&from);
    assert!(before.contains("grew by 300MB"), "{before}");
    let files: Vec<String> = ["main", "nightly", "zeta"]
        .map(|name| from.join(name).join("heap.txt").display().to_string())
        .to_vec();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let (copy, flat) = (folder.path().join("copy"), folder.path().join("flat"));
    assert_eq!(redact(&[from.to_str().unwrap()], &copy).code, Some(0));
    assert_eq!(first_line(&copy), before);
    assert_eq!(redact(&files, &flat).code, Some(0));
    assert!(first_line(&flat).contains("grew by 200MB"));
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
        "cannot redact testdata/malformed/truncated-gzip.pb.gz: truncated gzip stream; fetch the file again",
    );
    check(&[dump, "missing.pb.gz"], &out, "no such file");
    check(
        &["-"],
        &out,
        "cannot redact standard input; save it as a file first",
    );
    check(&["--keep", "(", dump], &out, "cannot use --keep");
    check(&[dump], folder.path(), "it exists; name a new folder");
    check(&[dump], &folder.path().join("no/out"), "/no; make it first");
    check(
        &[dump, "--max-inflated-size", "10kB"],
        &out,
        "cannot redact",
    );
    // Neither a file nor a folder that was begun.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn what_is_left_out_of_a_folder_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let dumps = folder.path().join("dumps");
    fs::create_dir(&dumps).unwrap();
    let dump = fs::read(project().join("testdata/dumps/v1.34/idle.pb.gz")).unwrap();
    fs::write(dumps.join("whole.pb.gz"), &dump).unwrap();
    fs::write(dumps.join("half.pb.gz"), &dump[..dump.len() / 2]).unwrap();
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(0);
    archive.append_data(&mut header, "x", &b""[..]).unwrap();
    fs::write(dumps.join("all.tar"), archive.into_inner().unwrap()).unwrap();
    let run = redact(&[dumps.to_str().unwrap()], &folder.path().join("out"));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let warnings = run
        .stderr
        .lines()
        .filter(|line| line.starts_with("warning: "));
    let warnings: Vec<&str> = warnings.collect();
    assert_eq!(warnings.len(), 2, "{}", run.stderr);
    assert!(
        warnings
            .iter()
            .all(|line| line.starts_with("warning: left out: ")),
        "{}",
        run.stderr
    );
}

#[test]
fn an_archive_that_is_cut_before_its_first_dump_is_called_cut() {
    let folder = tempfile::tempdir().unwrap();
    let mut archive = tar::Builder::new(Vec::new());
    let mut add = |name: &str, content: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        archive.append_data(&mut header, name, content).unwrap();
    };
    let log = "testdata/bundles/03-events-list-storm/metrics-2.txt.gz";
    add("metrics.txt.gz", &fs::read(project().join(log)).unwrap());
    let dump = fs::read(project().join("testdata/dumps/v1.34/idle.pb.gz")).unwrap();
    add("heap.pb.gz", &dump);
    let whole = archive.into_inner().unwrap();
    let path = folder.path().join("all.tar");
    fs::write(&path, &whole[..whole.len() - dump.len() / 2]).unwrap();
    let path = path.to_str().unwrap();
    let run = kheap(&["diagnose", path]);
    assert_eq!(run.code, Some(2));
    let expected =
        format!("error: {path} is cut, and has no dump before the cut; fetch the archive again\n");
    assert!(run.stderr.ends_with(&expected), "{}", run.stderr);
    // The metrics can be shared.
    let run = redact(&[path], &folder.path().join("out"));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let warning = "warning: left out: ";
    assert!(run.stderr.starts_with(warning), "{}", run.stderr);
    assert!(
        run.stderr.contains("is cut (fetch the archive again)"),
        "{}",
        run.stderr
    );
}

#[cfg(unix)]
#[test]
fn names_of_copies_have_no_characters_that_nobody_sees() {
    let folder = tempfile::tempdir().unwrap();
    let dumps = folder.path().join("dumps");
    fs::create_dir(&dumps).unwrap();
    let dump = project().join("testdata/dumps/v1.34/idle.pb.gz");
    fs::copy(dump, dumps.join("heap\n\u{1b}[31m\u{202e}2.pb.gz")).unwrap();
    let out = folder.path().join("out");
    let run = redact(&[dumps.to_str().unwrap()], &out);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let copies = fs::read_dir(out).unwrap();
    let names: Vec<_> = copies.map(|copy| copy.unwrap().file_name()).collect();
    let is_seen = |c: char| c.is_ascii_graphic();
    assert!(
        names
            .iter()
            .all(|name| name.to_str().unwrap().chars().all(is_seen)),
        "{names:?}"
    );
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
    assert!(message.starts_with("note: 1 file written to "), "{message}");
}

/// Signatures, rules and suppressions of one's own have private names, too.
#[test]
fn settings_have_no_part_in_a_copy() {
    let folder = tempfile::tempdir().unwrap();
    let log = "I1129 15:39:55.493036 1 a.go:1] \"items\" name=\"zwhost\" zwsecret zwleak\n";
    fs::write(folder.path().join("a.log"), log).unwrap();
    let copy = |name: &str| {
        let mut run = command(&["redact", "a.log", "-o", name]);
        let output = run.current_dir(folder.path()).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{message}");
        let text = fs::read_to_string(folder.path().join(name).join("a.log")).unwrap();
        (message.replace(name, ""), text)
    };
    let without = copy("without");
    let own = "signatures = 'zwteam'\nrules = 'zwrules.toml'\nfocus = 'zwsecret'\n\n[[suppress]]\n\
               id = 'zwleak'\nreason = 'zwteam knows'\nuntil = 2099-12-31\n";
    for (name, settings) in [("own", own), ("broken", "focus = zwsecret")] {
        fs::write(folder.path().join("kheap.toml"), settings).unwrap();
        assert_eq!(copy(name), without, "{name}");
    }
    assert!(without.1.contains("name=\"anon") && !without.1.contains("zw"));
}
