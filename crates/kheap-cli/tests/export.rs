//! `kheap export`: what other tools read, against what `kheap top` says of the same.
//!
//! `testdata/export/cases.tsv` has filters; `testdata/export/CASE.txt` is what `go tool pprof -top
//! -unit=B` printed for the exported profile and is never rewritten.

mod common;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use common::{assert_same, kheap, project, skip};
use serde_json::Value;

const DUMP: &str = "testdata/dumps/v1.20/configmap-list-cache-json.pb.gz";
const BASE: &str = "testdata/dumps/v1.20/idle.pb.gz";

struct Case {
    name: String,
    files: Vec<String>,
    args: Vec<String>,
}

impl Case {
    /// A command line of the case.
    fn words<'a>(&'a self, command: &[&'a str]) -> Vec<&'a str> {
        let words = command.iter().copied();
        let args = self.args.iter().chain(&self.files);
        words.chain(args.map(String::as_str)).collect()
    }

    fn golden(&self) -> PathBuf {
        project().join(format!("testdata/export/{}.txt", self.name))
    }
}

fn cases() -> Vec<Case> {
    let table = fs::read_to_string(project().join("testdata/export/cases.tsv"));
    let table = table.expect("the cases are there");
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    rows.map(|row| {
        let columns: Vec<&str> = row.split('\t').collect();
        let [name, files, args] = columns[..] else {
            panic!("three columns, not {row:?}")
        };
        let dump = |name: &str| format!("testdata/dumps/{name}.pb.gz");
        let version = files.split('/').next().expect("a first part");
        let base = dump(&format!("{version}/idle"));
        let args = args.split(' ').filter(|arg| !arg.is_empty());
        Case {
            name: name.to_owned(),
            files: files.split(' ').map(dump).collect(),
            args: args.map(|arg| arg.replace("{base}", &base)).collect(),
        }
    })
    .collect()
}

/// Runs the program, which must succeed.
fn output(words: &[&str]) -> String {
    let run = kheap(words);
    assert_eq!(run.code, Some(0), "{words:?}: {}", run.stderr);
    run.stdout
}

/// The figures of a `top`: its heading has names of files and filters.
fn figures(text: &str) -> &str {
    let at = text
        .find("Showing nodes")
        .expect("a top says what it shows");
    &text[at..]
}

fn is_there(go: &str) -> bool {
    let version = Command::new(go).arg("version").output();
    version.is_ok_and(|output| output.status.success())
}

/// What pprof prints for a file.
fn pprof(file: &str, more: &[&str]) -> String {
    let mut go = Command::new("go");
    go.args(["tool", "pprof", "-top", "-unit=B", "-symbolize=none"]);
    let output = go.args(more).arg(file).env("TZ", "UTC").output();
    let output = output.expect("go runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("names are text")
}

#[test]
fn an_exported_profile_gives_the_figures_of_top() {
    let folder = tempfile::tempdir().unwrap();
    let cases = cases();
    assert!(cases.len() >= 30);
    for case in &cases {
        let file = folder.path().join(format!("{}.pb.gz", case.name));
        let file = file.to_str().unwrap();
        output(&case.words(&["export", "-o", file]));
        let expected = fs::read_to_string(case.golden()).unwrap_or_default();
        let exported = output(&["top", "--unit", "B", file]);
        assert_same(&case.name, figures(&expected), figures(&exported), "");
        let looked_at = output(&case.words(&["top", "--unit", "B", "--relative-percentages"]));
        assert_same(&case.name, figures(&expected), figures(&looked_at), "");
    }
}

#[test]
fn pprof_reads_an_exported_profile_like_kheap() {
    if !is_there("go") {
        return skip("no Go, whose pprof reads what is exported");
    }
    let folder = tempfile::tempdir().unwrap();
    let update = std::env::var("UPDATE_PPROF").is_ok_and(|value| value == "1");
    for case in cases() {
        let file = folder.path().join(format!("{}.pb.gz", case.name));
        let file = file.to_str().unwrap();
        output(&case.words(&["export", "-o", file]));
        let printed = pprof(file, &[]);
        if update {
            fs::write(case.golden(), figures(&printed)).unwrap();
        }
        let expected = fs::read_to_string(case.golden()).unwrap_or_default();
        assert_same(&case.name, figures(&expected), figures(&printed), "");
        // All rows, which the stored output has not.
        let all = pprof(file, &["-nodefraction=0"]);
        let unit = ["top", "--unit", "B", "--relative-percentages"];
        let top = case.words(&[&unit[..], &["--node-fraction", "0"]].concat());
        assert_same(&case.name, figures(&all), figures(&output(&top)), "");
    }
}

#[test]
fn labels_say_part_verb_and_kind_as_breakdown_does() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("labelled.pb.gz");
    let file = file.to_str().unwrap();
    output(&["export", "--labels", "-o", file, DUMP]);
    let rows = |words: &[&str]| -> Value {
        let json: Value = serde_json::from_str(&output(words)).unwrap();
        json["rows"].clone()
    };
    for key in ["part", "verb", "kind"] {
        let tags = rows(&["tags", "--format", "json", file]);
        let tag = tags
            .as_array()
            .unwrap()
            .iter()
            .find(|tag| tag["key"] == key);
        let tag = tag.expect("the label is there").clone();
        let parts = rows(&["breakdown", "--by", key, "--format", "json", DUMP]);
        for row in parts.as_array().unwrap() {
            let values = tag["values"].as_array().unwrap().iter();
            let mut found = values.filter(|value| value["text"] == row[key]);
            let value = found.next().map(|value| value["value"].clone());
            assert_eq!(value.as_ref(), Some(&row["bytes"]), "{key} {}", row[key]);
        }
    }
    let focused = output(&[
        "top",
        "--tag-focus",
        "part=list-etcd",
        "--format",
        "json",
        file,
    ]);
    let focused: Value = serde_json::from_str(&focused).unwrap();
    assert!(!focused["rows"].as_array().unwrap().is_empty());
    // Labels that are there already are replaced.
    let again = folder.path().join("again.pb.gz");
    let again = again.to_str().unwrap();
    output(&["export", "--labels", "-o", again, file]);
    assert_eq!(fs::read(file).unwrap(), fs::read(again).unwrap());
}

fn total(words: &[&str]) -> u64 {
    let json: Value = serde_json::from_str(&output(words)).expect("it is JSON");
    json["total"].as_u64().expect("it is a number")
}

#[test]
fn folded_stacks_add_up_to_the_total() {
    let sum = |text: &str| -> u64 {
        let values = text.lines().map(|line| line.rsplit_once(' ').unwrap().1);
        values.map(|value| value.parse::<u64>().unwrap()).sum()
    };
    let text = output(&["export", "--format", "folded", "--focus", "List", DUMP]);
    let words = [
        "top",
        "--focus",
        "List",
        "--relative-percentages",
        "--format",
        "json",
    ];
    assert_eq!(sum(&text), total(&[&words[..], &[DUMP]].concat()));
    assert!(text.lines().is_sorted());
    let difference = output(&["export", "--format", "folded", "--base", BASE, DUMP]);
    let line = difference.lines().next().unwrap();
    let numbers = line.rsplit(' ').take(2).map(|text| text.parse::<u64>());
    assert!(numbers.into_iter().all(|number| number.is_ok()), "{line}");
}

/// What a file of speedscope holds: the sum of weights of each profile by name.
fn speedscope(words: &[&str]) -> Vec<(String, u64)> {
    let text = output(&[&["export", "--format", "speedscope"], words].concat());
    let file: Value = serde_json::from_str(&text).expect("it is JSON");
    let keys: Vec<&String> = file.as_object().expect("it is an object").keys().collect();
    let known = "$schema exporter name activeProfileIndex shared profiles";
    assert!(
        keys.iter()
            .all(|key| known.split(' ').any(|known| known == *key))
    );
    let frames = file["shared"]["frames"].as_array().expect("it is a list");
    assert!(frames.iter().all(|frame| frame["name"].is_string()));
    let profiles = file["profiles"].as_array().expect("it is a list");
    let active = file["activeProfileIndex"].as_u64().expect("it is a number") as usize;
    assert!(
        profiles[active]["name"]
            .as_str()
            .expect("it is a text")
            .starts_with("inuse_space")
    );
    let sum = |profile: &Value| {
        assert_eq!(profile["type"], "sampled");
        assert_eq!(profile["startValue"], 0);
        let samples = profile["samples"].as_array().expect("it is a list");
        let weights = profile["weights"].as_array().expect("it is a list");
        assert_eq!(samples.len(), weights.len());
        let known = |frame: &Value| frame.as_u64().expect("it is a number") < frames.len() as u64;
        assert!(
            samples
                .iter()
                .all(|stack| stack.as_array().expect("it is a list").iter().all(known))
        );
        let sum: u64 = weights
            .iter()
            .map(|weight| weight.as_u64().expect("it is a number"))
            .sum();
        assert_eq!(profile["endValue"], sum);
        (
            profile["name"].as_str().expect("it is a text").to_owned(),
            sum,
        )
    };
    profiles.iter().map(sum).collect()
}

#[test]
fn speedscope_has_a_profile_for_each_sample_type() {
    let profiles = speedscope(&[DUMP]);
    assert_eq!(profiles.len(), 4);
    for (name, sum) in profiles {
        let words = ["top", "--sample-type", &name, "--format", "json", DUMP];
        assert_eq!(sum, total(&words), "{name}");
    }
}

#[test]
fn a_difference_is_two_profiles() {
    let find = |profiles: &[(String, u64)], name: &str| {
        let found = profiles.iter().find(|(known, _)| known == name);
        found.expect("the profile is there").1
    };
    let marked = speedscope(&["--diff-base", BASE, DUMP]);
    let sum_of = |file| total(&["top", "--format", "json", file]);
    assert_eq!(find(&marked, "inuse_space: before"), sum_of(BASE));
    assert_eq!(find(&marked, "inuse_space: after"), sum_of(DUMP));
    let cancelled = speedscope(&["--base", BASE, DUMP]);
    let (shrunk, grown) = (
        find(&cancelled, "inuse_space: shrunk"),
        find(&cancelled, "inuse_space: grown"),
    );
    assert_eq!(grown - shrunk, sum_of(DUMP) - sum_of(BASE));
}

#[test]
fn firefox_has_a_track_for_each_sample_type() {
    let text = output(&["export", "--format", "firefox", DUMP]);
    let file: Value = serde_json::from_str(&text).unwrap();
    let threads = file["threads"].as_array().unwrap();
    assert_eq!(threads.len(), 4);
    assert_eq!(threads[0]["name"], "inuse_space");
    assert_eq!(file["meta"]["initialSelectedThreads"], Value::from(vec![0]));
    for thread in threads {
        let weights = thread["samples"]["weight"].as_array().unwrap();
        let sum: u64 = weights.iter().map(|weight| weight.as_u64().unwrap()).sum();
        let name = thread["name"].as_str().unwrap();
        let words = ["top", "--sample-type", name, "--format", "json", DUMP];
        assert_eq!(sum, total(&words), "{name}");
    }
}

#[test]
fn rows_of_json_and_csv_are_those_of_breakdown() {
    let text = output(&["export", "--format", "json", DUMP]);
    let file: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(file["schema"], "kheap.export/1");
    let rows = file["rows"].as_array().unwrap();
    let mut parts = std::collections::BTreeMap::<String, i64>::new();
    for row in rows {
        let part = row["part"].as_str().unwrap().to_owned();
        *parts.entry(part).or_default() += row["values"]["inuse_space"].as_i64().unwrap();
    }
    let breakdown = output(&["breakdown", "--by", "part", "--format", "json", DUMP]);
    let breakdown: Value = serde_json::from_str(&breakdown).unwrap();
    for row in breakdown["rows"].as_array().unwrap() {
        assert_eq!(parts[row["part"].as_str().unwrap()], row["bytes"], "{row}");
    }
    let csv = output(&["export", "--csv", "raw", DUMP]);
    assert_eq!(csv.lines().count(), rows.len() + 1);
    let header = "part,verb,kind,alloc_objects,alloc_space,inuse_objects,inuse_space,labels,stack";
    assert_eq!(csv.lines().next(), Some(header));
}

#[test]
fn frames_of_csv_can_be_split_whatever_their_names_are() {
    let text = "heap profile: 1: 64 [1: 64] @ heap/1048576\n1: 64 [1: 64] @ 0x1 0x2\n\
                #\t0x1\tmain.Map[go.shape.struct { Name *string; Key int }]+0x1\t/a.go:1\n\
                #\t0x2\tmain.main+0x1\t/a.go:2\n";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("heap.txt");
    fs::write(&file, text).unwrap();
    let csv = output(&["export", "--csv", "raw", file.to_str().unwrap()]);
    let row = csv.lines().nth(1).unwrap();
    let frames: Vec<&str> = row.rsplit(',').next().unwrap().split(';').collect();
    let map = "main.Map[go.shape.struct { Name *string: Key int }]";
    assert_eq!(frames, ["main.main", map]);
}

#[test]
fn options_without_effect_are_refused() {
    let check = |words: &[&str], expected: &str| {
        let run = kheap(&[&["export"], words, &[DUMP]].concat());
        assert_eq!((run.code, &*run.stdout), (Some(2), ""), "{words:?}");
        assert_eq!(run.stderr, format!("error: {expected}\n"), "{words:?}");
    };
    check(
        &["--format", "folded", "--labels"],
        "--labels has no effect in this format; it is for pprof",
    );
    check(
        &["--unit", "MB"],
        "--unit has no effect in exports; values are in the unit of the sample type",
    );
    check(
        &["--granularity", "lines"],
        "--granularity has no effect in pprof; give it to `go tool pprof`",
    );
    check(
        &["--format", "json", "--csv", "raw"],
        "--csv has no effect with this --format; it is for CSV",
    );
    check(
        &["-o", "no-such/heap.json.gz"],
        "only profiles are gzipped; name the file no-such/heap.json, then run `gzip \
         no-such/heap.json`",
    );
    check(
        &["-o", "heap.pdf"],
        "unknown format .pdf; name the file .gz, .pb, .pprof, .folded, .txt, .csv or .json, or \
         give --format",
    );
}
