//! The program against `go tool pprof`, byte for byte.
//!
//! `testdata/golden/cases.tsv` pairs our arguments with pprof's;
//! `testdata/golden/DUMP/CASE.txt` is what pprof printed and is never rewritten.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{assert_same, kheap, project};

struct Case {
    name: String,
    command: String,
    args: Vec<String>,
}

fn cases() -> Vec<Case> {
    let table = fs::read_to_string(project().join("testdata/golden/cases.tsv"));
    let table = table.expect("the cases are there");
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    rows.map(|row| {
        let columns: Vec<&str> = row.split('\t').collect();
        let [name, command, args, _] = columns[..] else {
            panic!("four columns, not {row:?}")
        };
        Case {
            name: name.to_owned(),
            command: command.to_owned(),
            args: args
                .split(' ')
                .filter(|arg| !arg.is_empty())
                .map(str::to_owned)
                .collect(),
        }
    })
    .collect()
}

/// The dumps that have a folder of goldens, relative to `testdata/golden`.
fn dumps(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            found.extend(dumps(&path));
        } else if path.extension().is_some_and(|e| e == "txt") && !found.contains(&folder.into()) {
            found.push(folder.to_path_buf());
        }
    }
    found.sort();
    found
}

/// Runs every case on one dump and returns how many there were.
fn check(dump: &str) -> usize {
    let version = dump.split('/').next().expect("a first part");
    let base = format!("testdata/dumps/{version}/idle.pb.gz");
    let mut count = 0;
    for case in cases() {
        let golden = project().join(format!("testdata/golden/{dump}/{}.txt", case.name));
        let Ok(expected) = fs::read_to_string(golden) else {
            continue;
        };
        let file = format!("testdata/dumps/{dump}.pb.gz");
        let args = case.args.iter().map(|arg| arg.replace("{base}", &base));
        let words: Vec<String> = [case.command]
            .into_iter()
            .chain(args)
            .chain([file])
            .collect();
        let run = kheap(&words.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(run.code, Some(0), "{dump} {}: {}", case.name, run.stderr);
        assert_same(&format!("{dump} {}", case.name), &expected, &run.stdout, "");
        count += 1;
    }
    count
}

#[test]
fn every_dump_with_goldens_is_tested() {
    let root = project().join("testdata/golden");
    let found: Vec<String> = (dumps(&root).iter())
        .map(|path| path.strip_prefix(&root).unwrap().display().to_string())
        .collect();
    let tested = [
        "v1.20/configmap-list-cache-json",
        "v1.20/cr-list-cache-json",
        "v1.20/series-configmaps/10",
        "v1.34/cr-10k-idle",
    ];
    assert_eq!(found, tested);
}

#[test]
fn a_list_storm_of_configmaps_prints_like_pprof() {
    assert_eq!(check("v1.20/configmap-list-cache-json"), 35);
}

#[test]
fn a_list_storm_of_custom_resources_prints_like_pprof() {
    assert_eq!(check("v1.20/cr-list-cache-json"), 35);
}

#[test]
fn a_small_heap_prints_like_pprof() {
    assert_eq!(check("v1.20/series-configmaps/10"), 35);
}

#[test]
fn a_heap_with_generic_names_prints_like_pprof() {
    assert_eq!(check("v1.34/cr-10k-idle"), 35);
}
