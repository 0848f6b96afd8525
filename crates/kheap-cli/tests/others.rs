//! Profiles that are not Go's, or of no heap, alone and beside heaps.

mod common;

use std::fs;
use std::io::Write;
use std::path::Path;

use common::{Run, kheap};
use kheap::profile::Mapping;
use kheap::{Profile, ProfileBuilder};

/// A profile of one stack: what it is of, its functions with their files, leaf first, and
/// its value, of the last sample type.
fn profile(
    program: &str,
    types: &[(&str, &str)],
    functions: &[(&str, &str)],
    value: i64,
) -> Profile {
    let mut builder = ProfileBuilder::new();
    for (kind, unit) in types {
        builder.sample_type(kind, unit);
    }
    let filename = builder.string(program);
    let mapping = builder.mapping(Mapping {
        start: 0x1000,
        limit: 0x9000,
        filename,
        ..Mapping::default()
    });
    builder.header().time_nanos = 1_700_000_000_000_000_000 + value;
    if functions.iter().any(|(_, file)| file.ends_with(".js")) {
        // Of Go's it would be a profile of changes.
        let period_type = builder.value_type("space", "bytes");
        builder.header().period_type = period_type;
        builder.header().duration_nanos = 10_000_000_000;
    }
    let mut address = 0x2000;
    let mut location = |(name, file): &(&str, &str)| {
        address += 16;
        let function = builder.function(name, file);
        let lines = [(function, 7)];
        builder.location(
            Some(mapping),
            address,
            if name.is_empty() { &[] } else { &lines },
        )
    };
    let stack: Vec<_> = functions.iter().map(&mut location).collect();
    let values = &[1, value][2 - types.len()..];
    builder.sample(&stack, values, &[]).expect("it fits");
    builder.finish()
}

const IN_USE: &[(&str, &str)] = &[("inuse_objects", "count"), ("inuse_space", "bytes")];
const CPU: &[(&str, &str)] = &[("samples", "count"), ("cpu", "nanoseconds")];
const MUTEX: &[(&str, &str)] = &[("contentions", "count"), ("delay", "nanoseconds")];
/// Goroutines that nothing can wake any more, since Go 1.26.
const LEAKS: &[(&str, &str)] = &[("goroutineleak", "count")];
/// What a program counts with `pprof.NewProfile`.
const OWN: &[(&str, &str)] = &[("example.com/pool.conns", "count")];

fn write(folder: &Path, name: &str, profile: &Profile) -> String {
    let path = folder.join(name);
    let mut file = Vec::new();
    kheap::encode(profile, &mut file).expect("memory takes it");
    fs::write(&path, file).expect("there is room");
    path.display().to_string()
}

fn check_ok(run: &Run) -> &str {
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    &run.stdout
}

#[test]
fn nothing_of_go_is_said_of_other_runtimes() {
    let folder = tempfile::tempdir().expect("there is room");
    let node = [("(anonymous)", "./index.js"), ("serve", "node:http")];
    let file = write(
        folder.path(),
        "node.pb.gz",
        &profile("node", IN_USE, &node, 300 << 20),
    );
    let said = |command: &str| {
        let run = kheap(&[command, &file]);
        assert_eq!(run.stderr, "", "{command}");
        check_ok(&run).to_owned()
    };
    assert!(said("info").contains("heap profile of a Node.js program"));
    let diagnosis = said("diagnose");
    assert!(
        diagnosis.contains("heap profile of a Node.js program"),
        "{diagnosis}"
    );
    assert!(diagnosis.contains("The largest stacks"), "{diagnosis}");
    for command in ["info", "diagnose", "sizes", "breakdown", "top"] {
        let said = said(command);
        for word in [
            "size class",
            "GOGC",
            "oroutine",
            "GOMEMLIMIT",
            "delta",
            "difference",
        ] {
            assert!(!said.contains(word), "{command} says {word}: {said}");
        }
    }
    let run = kheap(&["memory", &file]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr
            .contains("`kheap memory` works for Go programs only"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_profile_of_something_else_has_no_parts_of_a_heap() {
    let folder = tempfile::tempdir().expect("there is room");
    let serve = [
        ("crypto/tls.(*Conn).Read", "tls.go"),
        ("net/http.(*conn).serve", "http.go"),
    ];
    let others = [
        ("CPU", CPU),
        ("contention", MUTEX),
        ("goroutine", LEAKS),
        ("count", OWN),
    ];
    for (name, types) in others {
        let file = format!("{name}.pb.gz");
        let file = write(folder.path(), &file, &profile("shop", types, &serve, 300));
        let info = kheap(&["info", &file]);
        let kind = format!("{name} profile of a Go program");
        assert!(check_ok(&info).contains(&kind), "{}", info.stdout);
        for command in ["diagnose", "breakdown"] {
            let run = kheap(&[command, &file]);
            assert!(!check_ok(&run).contains("HTTP and TLS"), "{}", run.stdout);
        }
        let run = kheap(&["breakdown", &file]);
        assert!(check_ok(&run).contains("crypto/tls"), "{}", run.stdout);
        let run = kheap(&["breakdown", "--by", "part", &file]);
        assert_eq!(
            run.stderr,
            "error: only the heap of a Go program has parts, verbs and kinds; use --by module or \
             --by package\n"
        );
    }
}

#[test]
fn frames_without_names_are_shown_by_mapping_and_offset() {
    let folder = tempfile::tempdir().expect("there is room");
    let bare = profile("/usr/bin/server", IN_USE, &[("", ""), ("", "")], 300 << 20);
    let file = write(folder.path(), "bare.pb.gz", &bare);
    let diagnosis = kheap(&["diagnose", &file]);
    assert!(
        check_ok(&diagnosis).contains("[server]+0x1010"),
        "{}",
        diagnosis.stdout
    );
    let info = kheap(&["info", &file]);
    assert!(
        check_ok(&info).contains("pprof -proto PROGRAM FILE"),
        "{}",
        info.stdout
    );
}

#[test]
fn other_profiles_beside_heaps_are_named_in_one_line() {
    let folder = tempfile::tempdir().expect("there is room");
    let go = [("main.load", "/src/main.go"), ("main.main", "/src/main.go")];
    for (name, kind) in [("1.pb.gz", IN_USE), ("2.pb.gz", IN_USE), ("cpu.pb.gz", CPU)] {
        let value = if name.starts_with('2') {
            9 << 20
        } else {
            8 << 20
        };
        write(folder.path(), name, &profile("server", kind, &go, value));
    }
    let mutex = profile("server", MUTEX, &go, 5);
    write(folder.path(), "mutex.pb.gz", &mutex);
    let folder = folder.path().display().to_string();
    for command in ["diagnose", "series"] {
        let run = kheap(&[command, "--strict", &folder]);
        check_ok(&run);
        assert!(
            run.stderr
                .contains("2 files left out, because they are not heap profiles: "),
            "{}",
            run.stderr
        );
        assert!(run.stderr.contains("cpu.pb.gz (CPU)"), "{}", run.stderr);
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    }
}

#[test]
fn heaps_of_several_programs_are_judged_each_for_itself() {
    let folder = tempfile::tempdir().expect("there is room");
    let go = [("main.load", "/src/main.go"), ("main.main", "/src/main.go")];
    write(
        folder.path(),
        "a.pb.gz",
        &profile("small", IN_USE, &go, 8 << 20),
    );
    write(
        folder.path(),
        "b.pb.gz",
        &profile("large", IN_USE, &go, 9 << 20),
    );
    let folder = folder.path().display().to_string();
    let run = kheap(&["diagnose", &folder]);
    let said = check_ok(&run);
    let (large, small) = (said.find("large: 9MB"), said.find("small: 8MB"));
    assert!(large.is_some() && large < small, "{said}");
    assert!(
        run.stderr
            .contains("2 programs; kheap diagnoses each program separately"),
        "{}",
        run.stderr
    );
    let run = kheap(&["diagnose", "--format", "json", &folder]);
    let documents = serde_json::Deserializer::from_str(check_ok(&run));
    let documents = documents.into_iter::<serde_json::Value>();
    let programs: Vec<_> = documents
        .map(|one| one.expect("JSON")["program"].clone())
        .collect();
    assert_eq!(programs, ["large", "small"]);
    let run = kheap(&["diagnose", "--format", "csv", &folder]);
    let said = check_ok(&run);
    let ends: Vec<&str> = said
        .lines()
        .filter_map(|line| line.rsplit(',').next())
        .collect();
    assert_eq!(ends, ["program", "large", "small"], "{said}");
}

#[test]
fn two_builds_of_a_program_of_windows_are_one_program() {
    let folder = tempfile::tempdir().expect("there is room");
    let go = [("main.load", "main.go"), ("main.main", "main.go")];
    for (name, path, value) in [
        ("1.pb.gz", r"C:\Users\a b\go-build\71\main.exe", 8 << 20),
        ("2.pb.gz", r"C:\Users\a b\go-build\9\exe\main.exe", 9 << 20),
    ] {
        write(folder.path(), name, &profile(path, IN_USE, &go, value));
    }
    let folder = folder.path().display().to_string();
    let run = kheap(&["diagnose", &folder]);
    assert!(
        check_ok(&run).starts_with("main.exe: 9MB"),
        "{}",
        run.stdout
    );
}

#[test]
fn an_allocs_profile_in_a_folder_counts_by_what_is_in_use() {
    let folder = tempfile::tempdir().expect("there is room");
    for value in [8, 9] {
        let mut builder = ProfileBuilder::new();
        builder.sample_type("inuse_space", "bytes");
        builder.sample_type("alloc_space", "bytes");
        builder.default_sample_type("alloc_space");
        builder.header().time_nanos = 1_700_000_000_000_000_000 + value;
        let function = builder.function("main.load", "main.go");
        let stack = [builder.location(None, 1, &[(function, 1)])];
        builder
            .sample(&stack, &[value << 20, 99 << 20], &[])
            .expect("it fits");
        write(folder.path(), &format!("{value}.pb.gz"), &builder.finish());
    }
    let folder = folder.path().display().to_string();
    let run = kheap(&["diagnose", &folder]);
    let said = check_ok(&run);
    assert!(said.contains("9MB inuse_space"), "{said}");
}

#[test]
fn traces_of_a_profile_that_says_nothing_begin_with_an_empty_line() {
    let folder = tempfile::tempdir().expect("there is room");
    let mut builder = ProfileBuilder::new();
    builder.sample_type("", "");
    let function = builder.function("main.main", "main.go");
    let stack = [builder.location(None, 1, &[(function, 1)])];
    builder.sample(&stack, &[5], &[]).expect("it fits");
    let file = write(folder.path(), "nameless.pb.gz", &builder.finish());
    let run = kheap(&["traces", &file]);
    assert!(
        check_ok(&run).starts_with("\n-----------+"),
        "{}",
        run.stdout
    );
    let run = kheap(&["diagnose", &file]);
    let said = check_ok(&run);
    assert!(
        said.contains("does not say whether they are memory"),
        "{said}"
    );
}

/// Stacks that `traces` printed may be longer than any table: none is left out.
#[test]
fn a_long_text_of_stacks_is_diagnosed_whole() {
    let folder = tempfile::tempdir().expect("there is room");
    let rule = "-----------+-------------------------------------------------------\n";
    let caller = "c".repeat(1_000);
    let mut text = "Type: inuse_space\n".to_owned();
    for number in 0..20_000 {
        text += &format!("{rule}       1MB   main.f{number}\n             main.{caller}\n");
    }
    let file = folder.path().join("traces.txt");
    fs::write(&file, text).expect("there is room");
    let run = kheap(&["diagnose", &file.display().to_string()]);
    let said = check_ok(&run);
    assert!(said.contains("19.53GB inuse_space"), "{said}");
}

#[test]
fn values_below_zero_are_a_change_and_no_total() {
    let folder = tempfile::tempdir().expect("there is room");
    let mut builder = ProfileBuilder::new();
    builder.sample_type("goroutine", "count");
    for (name, value) in [("main.f", 13), ("main.g", -14)] {
        let function = builder.function(name, "main.go");
        let stack = [builder.location(None, 1, &[(function, 1)])];
        builder.sample(&stack, &[value], &[]).expect("it fits");
    }
    let file = write(folder.path(), "goroutine.pb.gz", &builder.finish());
    let run = kheap(&["breakdown", &file]);
    let said = check_ok(&run);
    assert!(said.contains("Net change: -1 (13 more, 14 less)"), "{said}");
    let run = kheap(&["diagnose", &file]);
    let said = check_ok(&run);
    assert!(said.contains("net change -1 goroutine"), "{said}");
}

#[test]
fn a_part_of_a_plain_profile_is_a_total_and_no_change() {
    for filter in [["--focus", "runtime"], ["--ignore", "runtime"]] {
        let run = kheap(
            &[
                &["breakdown", "testdata/dumps/v1.34/idle.pb.gz"][..],
                &filter,
            ]
            .concat(),
        );
        let said = check_ok(&run);
        assert!(said.contains("Total: "), "{said}");
        assert!(!said.contains("Net change"), "{said}");
    }
}

/// Folded stacks with 300 MB of `main.load`.
const FOLDED: &str = "main.main;main.load 314572800\nmain.main;main.keep 1048576\n";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).expect("memory takes it");
    gzip.finish().expect("memory takes it")
}

#[test]
fn folded_stacks_are_read_as_bytes_in_use() {
    let folder = tempfile::tempdir().expect("there is room");
    for (name, bytes) in [
        ("heap.folded", FOLDED.as_bytes().to_vec()),
        ("heap.folded.gz", gzip(FOLDED.as_bytes())),
    ] {
        let file = folder.path().join(name).display().to_string();
        fs::write(&file, bytes).expect("there is room");
        for command in ["top", "diagnose"] {
            let run = kheap(&[command, &file]);
            assert!(check_ok(&run).contains("main.load"), "{}", run.stdout);
            let warning = "it has folded stacks, whose values are taken for bytes in use";
            assert!(run.stderr.contains(warning), "{command}: {}", run.stderr);
        }
    }
}

#[test]
fn folded_stacks_beside_their_dump_are_no_second_dump() {
    let folder = tempfile::tempdir().expect("there is room");
    let load = [("main.load", "main.go"), ("main.main", "main.go")];
    let shop = profile("shop", IN_USE, &load, 300 << 20);
    write(folder.path(), "heap.pb.gz", &shop);
    let folded = folder.path().join("heap.folded").display().to_string();
    fs::write(&folded, FOLDED).expect("there is room");
    let run = kheap(&["diagnose", &folder.path().display().to_string()]);
    check_ok(&run);
    let note = format!("1 file left out, because it has folded stacks: {folded}");
    assert!(run.stderr.contains(&note), "{}", run.stderr);
    // And they may be made again.
    let heap = folder.path().join("heap.pb.gz").display().to_string();
    let made = [
        "export", "--format", "folded", "--force", "-o", &folded, &heap,
    ];
    check_ok(&kheap(&made));
    check_ok(&kheap(&made));
}

#[test]
fn a_folder_that_has_only_folded_stacks_says_how_to_diagnose_them() {
    let folder = tempfile::tempdir().expect("there is room");
    let given = folder.path().display().to_string();
    fs::write(folder.path().join("README.md"), "Stacks of the heap.").expect("there is room");
    let file = folder.path().join("heap.folded").display().to_string();
    fs::write(&file, FOLDED).expect("there is room");
    let one = format!(
        "error: no dump among these files; {file} has folded stacks: to diagnose it, run `kheap \
         diagnose {file}`\n"
    );
    let run = kheap(&["diagnose", &given]);
    assert_eq!((run.code, run.stderr), (Some(2), one));
    let other = folder.path().join("later.folded").display().to_string();
    fs::write(&other, FOLDED).expect("there is room");
    let several = format!(
        "error: no dump among these files; 2 of them have folded stacks: to diagnose one, run \
         `kheap diagnose {file}`\n"
    );
    for command in ["diagnose", "series"] {
        let run = kheap(&[command, &given]);
        assert_eq!((run.code, run.stderr.as_str()), (Some(2), &*several));
    }
}

#[test]
fn a_compressed_table_is_a_table() {
    let folder = tempfile::tempdir().expect("there is room");
    let table = "Type: inuse_space\n      flat  flat%   sum%        cum   cum%\n\
                 300MB   100%   100%   300MB   100%  main.load\n";
    let file = folder.path().join("top.txt.gz").display().to_string();
    fs::write(&file, gzip(table.as_bytes())).expect("there is room");
    let run = kheap(&["diagnose", &file]);
    assert!(check_ok(&run).contains("main.load"), "{}", run.stdout);
    let run = kheap(&["top", &file]);
    assert_eq!(
        run.stderr,
        format!(
            "error: {file} is a pasted `top` table without stacks; only `kheap diagnose` accepts \
             one\n"
        )
    );
}
