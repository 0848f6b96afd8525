//! What changed between two dumps, and what grows over many.

mod common;

/// What prost makes of the schema, see `proto/README.md`.
#[path = "../../kheap/src/proto.rs"]
#[allow(unreachable_pub, reason = "generated")]
mod proto;

use std::fs;
use std::io::Read;
use std::path::Path;

use common::{Run, check_golden, kheap, on_terminal, project};
use prost::Message;
use serde_json::Value;

const SERIES: &str = "testdata/dumps/v1.20/series-configmaps";
const IDLE: &str = "testdata/dumps/v1.20/idle.pb.gz";
const OLD_STORM: &str = "testdata/dumps/v1.20/configmap-list-cache-json.pb.gz";
const NEW_STORM: &str = "testdata/dumps/v1.34/configmap-list-cache-json.pb.gz";
const NO_GC: &str = "testdata/dumps/v1.20/configmap-list-no-gc.pb.gz";
const RESTARTED: &str = "testdata/dumps/v1.20/restart-replace.pb.gz";
const ALLOCS: &str = "testdata/dumps/v1.20/allocs.pb.gz";

fn stdout(args: &[&str]) -> String {
    let run = kheap(args);
    assert_eq!(run.code, Some(0), "{args:?}: {}", run.stderr);
    run.stdout
}

fn json(args: &[&str]) -> Value {
    let args = [args, &["--format", "json"]].concat();
    serde_json::from_str(&stdout(&args)).expect("JSON")
}

fn rows(report: &Value) -> &[Value] {
    report["rows"].as_array().expect("a list")
}

fn row<'a>(report: &'a Value, by: &str, key: &str) -> &'a Value {
    let found = (rows(report).iter()).find(|row| row["by"] == by && row["key"] == key);
    found.unwrap_or_else(|| panic!("no {by} {key}"))
}

fn check_output(name: &str, args: &[&str]) {
    let path = project().join("testdata/output").join(name);
    check_golden(&path, &stdout(args));
}

#[track_caller]
fn check_error(args: &[&str], expected: &str) {
    let Run {
        stdout,
        stderr,
        code,
    } = kheap(args);
    assert_eq!((code, stdout.as_str()), (Some(2), ""), "{args:?}");
    assert_eq!(stderr, format!("error: {expected}\n"), "{args:?}");
}

#[track_caller]
fn check_note(args: &[&str], expected: &str) {
    let text = stdout(args);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(&format!("Note: {expected}")), "{text}");
}

/// The dumps of the series under other names, in a folder of their own.
fn renamed(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (at, name) in names.iter().enumerate() {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        let dump = project().join(SERIES).join(format!("{at:02}.pb.gz"));
        fs::copy(dump, path).expect("it can be copied");
    }
    folder
}

fn text_of(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn a_leak_is_said_first_and_only_what_grew_with_it() {
    check_output("series.txt", &["series", SERIES]);
    let text = stdout(&["series", SERIES]);
    let headline = "ConfigMap in watch cache (objects from watch updates) grew by 40MB in 11 dumps, trend 4.3MB \
                    per dump, 85% of all growth.\n";
    let lines = text.split("\nkube-apiserver").next().unwrap_or_default();
    let words: Vec<&str> = lines.split_whitespace().collect();
    assert_eq!(words.join(" "), headline.trim_end(), "{text}");
    let growing: Vec<&str> = text
        .lines()
        .filter(|line| line.contains(" grows "))
        .collect();
    let names = [
        "ConfigMap in watch cache (objects from watch updates)",
        "write requests",
        "k8s.io/api/core/v1.(*ConfigMap).Unmarshal",
        // The buffers of connection readers.
        "bytes.makeSlice",
    ];
    assert_eq!(growing.len(), names.len(), "{text}");
    for (line, name) in growing.iter().zip(names) {
        assert!(line.contains(name), "{line}");
    }
    for verdict in ["plateau", "spike", "saw-tooth", "shrinks"] {
        assert!(!text.contains(verdict), "{text}");
    }
}

#[test]
fn other_names_and_another_order_show_the_same() {
    let names = [
        "x.pprof",
        "b/c.pb.gz",
        "a",
        "zz.prof",
        "k.gz",
        "b/a.pb",
        "m",
        "c",
        "h.pb.gz",
        "b/d/e",
        "0",
    ];
    let folder = renamed(&names);
    let strip = |text: &str| -> Vec<String> {
        let named = ["  first  ", "  last   ", "Next: "];
        let ends = |line: &&str| !named.iter().any(|start| line.starts_with(start));
        text.lines().filter(ends).map(str::to_owned).collect()
    };
    let expected = strip(&stdout(&["series", SERIES]));
    let whole = stdout(&["series", text_of(folder.path())]);
    assert_eq!(strip(&whole), expected);
    let path = |name: &str| text_of(&folder.path().join(name)).to_owned();
    let order = [3, 9, 0, 5, 10, 1, 7, 2, 8, 4, 6];
    let files: Vec<String> = order.iter().map(|&at| path(names[at])).collect();
    let mut args = vec!["series"];
    args.extend(files.iter().map(String::as_str));
    // The next step names what was given.
    let listed = |text: &str| text.split("\nNext: ").next().map(str::to_owned);
    assert_eq!(listed(&stdout(&args)), listed(&whole));
    // Named twice is followed once.
    args.push(text_of(folder.path()));
    assert_eq!(listed(&stdout(&args)), listed(&whole));
}

#[test]
fn formats_of_a_series_are_frozen() {
    for (name, format) in [("json", "json"), ("csv", "csv"), ("md", "markdown")] {
        let args = ["series", "--by", "part", "--format", format, SERIES];
        check_output(&format!("series.{name}"), &args);
    }
}

#[test]
fn a_series_in_csv_has_one_row_for_each_snapshot_and_name() {
    let csv = stdout(&["series", "--by", "kind", "--format", "csv", SERIES]);
    let config_maps = csv
        .lines()
        .filter(|line| line.starts_with("kind,ConfigMap,0,"));
    assert_eq!(config_maps.count(), 10, "{csv}");
    let totals = csv
        .lines()
        .filter(|line| line.starts_with("total,total,0,"));
    assert_eq!(totals.count(), 11, "{csv}");
}

#[test]
fn every_way_to_separate_adds_up_to_the_total() {
    let by = "place,function,path,part,kind,package";
    let report = json(&["series", "--by", by, SERIES]);
    let delta = |row: &Value| row["delta"].as_i64().expect("a number");
    let total = delta(row(&report, "total", "total"));
    let [first, last] = ["00", "10"].map(|name| {
        let top = json(&["top", &format!("{SERIES}/{name}.pb.gz")]);
        top["total"].as_i64().expect("a number")
    });
    assert_eq!(total, last - first);
    for by in by.split(',') {
        let rows = rows(&report).iter().filter(|row| row["by"] == by);
        assert_eq!(rows.map(delta).sum::<i64>(), total, "{by}");
    }
    let path = "bufio.(*Reader).Read → net/http.(*connReader).Read → \
                crypto/tls.(*Conn).readFromUntil → bytes.makeSlice";
    assert_eq!(row(&report, "path", path)["verdict"], "grows");
}

#[test]
fn a_series_of_two_is_a_comparison() {
    let [first, last] = ["00", "10"].map(|name| format!("{SERIES}/{name}.pb.gz"));
    let series = json(&["series", &last, &first]);
    let compared = json(&["compare", &first, &last]);
    assert!(rows(&compared).len() > 10);
    for expected in rows(&compared) {
        let by = expected["by"].as_str().expect("text");
        let actual = row(&series, by, expected["key"].as_str().expect("text"));
        for (ours, theirs) in [("first", "before"), ("last", "after")] {
            assert_eq!(actual[ours], expected[theirs]);
        }
        for field in ["delta", "share", "standard_error"] {
            assert_eq!(actual[field], expected[field], "{expected}");
        }
    }
}

#[test]
fn a_restart_parts_a_series() {
    let dumps = ["idle", "configmaps-300", "restart-replace", "cr-12k-idle"];
    let dumps = dumps.map(|name| format!("testdata/dumps/v1.20/{name}.pb.gz"));
    let mut args = vec!["series"];
    args.extend(dumps.iter().map(String::as_str));
    let report = json(&args);
    assert_eq!(report["runs"], serde_json::json!([[0, 2], [2, 4]]));
    assert_eq!(report["notes"][0]["kind"], "restart");
    assert_eq!(report["notes"][0]["snapshot"], 2);
    let text = stdout(&args);
    assert!(text.starts_with("Custom resource in watch cache"), "{text}");
    assert!(text.contains("\nOther processes\n  testdata"), "{text}");
    check_note(
        &args,
        &format!("{RESTARTED}: another process: a restart, or another server"),
    );
}

#[test]
fn counters_are_known_by_their_rate() {
    let args = ["series", "--sample-type", "alloc_space", SERIES];
    let text = stdout(&args);
    assert!(
        text.contains(" allocated 591MB in 11 dumps, about 61MB per second"),
        "{text}"
    );
    assert!(text.contains("per second  share  its rate "), "{text}");
    let ends = ["00", "10"].map(|name| format!("{SERIES}/{name}.pb.gz"));
    let args = [
        "compare",
        "--sample-type",
        "alloc_space",
        &ends[0],
        &ends[1],
    ];
    let text = stdout(&args);
    assert!(text.contains("+859.60MB (+125%), +88.47MB/s\n"), "{text}");
}

#[test]
fn a_comparison_shows_what_came_and_what_went() {
    check_output("compare.txt", &["compare", IDLE, OLD_STORM]);
    for (name, format) in [("json", "json"), ("csv", "csv"), ("md", "markdown")] {
        let args = [
            "compare", "--by", "part", "--format", format, IDLE, OLD_STORM,
        ];
        check_output(&format!("compare.{name}"), &args);
    }
}

#[test]
fn versions_of_a_server_are_compared_by_name() {
    let report = json(&["compare", OLD_STORM, NEW_STORM]);
    let decode = row(
        &report,
        "function",
        "k8s.io/api/core/v1.(*ConfigMap).Unmarshal",
    );
    assert_eq!(decode["change"], "shrunk");
    assert!(decode["before"].as_i64() > Some(2 << 30), "{decode}");
    assert!(decode["after"].as_i64() > Some(100 << 20), "{decode}");
    let change = |key| &row(&report, "function", key)["change"];
    assert_eq!(change("bytes.makeSlice"), "removed");
    assert_eq!(change("bytes.growSlice"), "added");
    let vendored = |row: &&Value| {
        row["key"]
            .as_str()
            .is_some_and(|key| key.contains("/vendor/"))
    };
    assert_eq!(rows(&report).iter().find(vendored), None);
    let args = ["compare", OLD_STORM, NEW_STORM];
    check_note(&args, "Go renamed bytes.makeSlice to bytes.growSlice");
    check_note(
        &args,
        "The programs differ (kube-apiserver, then apiserver)",
    );
}

#[test]
fn dumps_of_one_collection_are_said_to_be_that() {
    let text = stdout(&["compare", NO_GC, OLD_STORM]);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let expected = "All figures of both dumps are the same: no GC finished in between, or nothing \
                    changed. Fetch the newer one again with `?gc=1`.";
    assert!(words.contains(expected), "{text}");
    assert!(!words.contains("Nothing changed"), "{text}");
}

#[test]
fn a_dump_against_itself_has_not_changed() {
    for dump in [IDLE, OLD_STORM, ALLOCS] {
        let text = stdout(&["compare", dump, dump]);
        assert!(
            text.ends_with("Note: Both are the same dump.\n\nNothing changed.\n"),
            "{text}"
        );
        assert_eq!(rows(&json(&["compare", dump, dump])), [] as [Value; 0]);
    }
}

#[test]
fn the_wrong_order_and_a_restart_are_noted() {
    let text = stdout(&["compare", OLD_STORM, IDLE]);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let swap = format!(
        "the heap grew from 112.53MB to 4.42GB. Swap them: kheap compare {IDLE} {OLD_STORM}"
    );
    assert!(
        words.contains(
            "The files are in the wrong order (the first dump is newer than the second by "
        ),
        "{text}"
    );
    assert!(words.contains(&swap), "{text}");
    assert!(!text.contains("restart"), "{text}");
    check_note(
        &["compare", OLD_STORM, RESTARTED],
        "The dumps are of two processes: a restart, or two servers (the allocation counters went down)",
    );
}

#[test]
fn two_programs_are_not_to_be_swapped() {
    let words = stdout(&["compare", NEW_STORM, OLD_STORM]);
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let programs = "The programs differ (apiserver, then kube-apiserver), so their difference is \
                    not growth";
    assert!(words.contains(programs), "{words}");
    assert!(
        words.contains("The first dump is newer than the second by "),
        "{words}"
    );
    assert!(
        !words.contains("swap") && !words.contains("Growth shows"),
        "{words}"
    );
}

#[test]
fn changes_within_the_noise_are_marked() {
    let ends = ["00", "01"].map(|name| format!("{SERIES}/{name}.pb.gz"));
    let text = stdout(&["compare", "--by", "function", "--all", &ends[0], &ends[1]]);
    assert!(text.contains("  ~+1.09MB "), "{text}");
    assert!(text.contains("\n~ within two standard errors, so it may be sampling noise\n"));
    let report = json(&["compare", &ends[0], &ends[1]]);
    for row in rows(&report) {
        let [delta, error] = ["delta", "standard_error"].map(|field| row[field].as_f64());
        let (delta, error) = (delta.expect("a number"), error.expect("a number"));
        assert_eq!(row["significant"], delta.abs() > 2.0 * error, "{row}");
    }
}

#[test]
fn rows_are_shown_by_number_or_all() {
    let count = |args: &[&str]| {
        let text = stdout(&[&["series", "--by", "function", SERIES], args].concat());
        text.lines().filter(|line| line.contains('▁')).count()
    };
    assert_eq!(count(&[]), 2);
    assert_eq!(count(&["--count", "5"]), 5);
    assert!(count(&["--all"]) >= 10);
    assert_eq!(
        rows(&json(&[
            "series", "--by", "function", "--count", "3", SERIES
        ]))
        .len(),
        4
    );
}

#[test]
fn unreadable_files_are_named_and_left_out_unless_strict() {
    let folder = renamed(&["a.pb.gz", "b.pb.gz", ".hidden.pb.gz"]);
    let path = |name: &str| folder.path().join(name);
    fs::write(path("broken.pb.gz"), "nothing like it").expect("it can be written");
    fs::write(path("README.md"), "about these dumps").expect("it can be written");
    let name = text_of(folder.path());
    let run = kheap(&["series", name]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains(" in 2 dumps"), "{}", run.stdout);
    let lines: Vec<&str> = run.stderr.lines().collect();
    let broken = format!("warning: {name}/broken.pb.gz: ");
    assert!(
        lines[0].starts_with(&broken) && lines[0].ends_with("; left out"),
        "{lines:?}"
    );
    assert_eq!(
        lines[1],
        format!("note: 1 file left out, because it is not a profile: {name}/README.md")
    );
    assert_eq!(lines.len(), 2);
    let strict = kheap(&["series", "--strict", name]);
    assert_eq!((strict.code, strict.stdout.as_str()), (Some(2), ""));
    let broken = broken.replace("warning", "error");
    assert!(strict.stderr.starts_with(&broken), "{}", strict.stderr);
}

#[test]
fn what_cannot_be_followed_is_said_in_one_line() {
    check_error(
        &["series", IDLE],
        "a series takes two dumps or more, and testdata/dumps/v1.20/idle.pb.gz is the only \
         one; for one dump, run `kheap diagnose testdata/dumps/v1.20/idle.pb.gz`",
    );
    check_error(
        &["series", IDLE, "testdata/dumps/other/etcd-range.pb.gz"],
        "dumps of different programs: testdata/dumps/other/etcd-range.pb.gz is of etcd, \
         testdata/dumps/v1.20/idle.pb.gz of kube-apiserver; the programs are etcd, \
         kube-apiserver; for one dump, run `kheap diagnose testdata/dumps/v1.20/idle.pb.gz`",
    );
    let folder = tempfile::tempdir().expect("a folder");
    let dumps = [
        ("a.pb.gz", SERIES.to_owned() + "/00.pb.gz"),
        ("b.pb.gz", SERIES.to_owned() + "/10.pb.gz"),
        (
            "c.pb.gz",
            "testdata/dumps/other/etcd-range.pb.gz".to_owned(),
        ),
    ];
    for (name, dump) in dumps {
        std::fs::copy(common::project().join(dump), folder.path().join(name)).expect("a dump");
    }
    let name = text_of(folder.path());
    for (command, again) in [("series", "series"), ("report", "report -o report.html")] {
        let run = kheap(&[command, "--format", "markdown", name]);
        let expected = format!(
            "; the programs are etcd, kube-apiserver; for all of them, run `kheap diagnose \
             {name}`; for one of them, run `kheap {again} {name}/a.pb.gz {name}/b.pb.gz`\n"
        );
        assert!(run.stderr.ends_with(&expected), "{}", run.stderr);
    }
    // Of a file that shows allocations what is in use is followed.
    for command in ["series", "compare"] {
        let run = kheap(&[command, IDLE, ALLOCS]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(run.stdout.contains("inuse_space"), "{}", run.stdout);
    }
    check_error(
        &["compare", IDLE, "nowhere.pb.gz"],
        "cannot read nowhere.pb.gz: no such file; check the path",
    );
    check_error(
        &["series", "-", IDLE, "-"],
        "standard input (-) can be given only once",
    );
    let empty = tempfile::tempdir().expect("a folder");
    let name = text_of(empty.path());
    check_error(
        &["series", name],
        &format!("no files in {name}; name a folder of dumps"),
    );
    fs::write(empty.path().join("notes"), "no dump").expect("it can be written");
    let run = kheap(&["series", name]);
    let none = "error: the only file is not a profile; name a folder of dumps";
    assert_eq!((run.code, run.stderr.lines().last()), (Some(2), Some(none)));
}

/// Makes a copy of a dump with another time.
fn with_time(dump: &str, nanos: i64, to: &Path) {
    let file = fs::File::open(project().join(dump)).expect("the dump is there");
    let mut inflated = Vec::new();
    let mut gzip = flate2::read::MultiGzDecoder::new(file);
    gzip.read_to_end(&mut inflated).expect("a gzip file");
    let mut profile = proto::Profile::decode(&inflated[..]).expect("a profile");
    profile.time_nanos = nanos;
    fs::write(to, profile.encode_to_vec()).expect("it can be written");
}

#[test]
fn without_different_times_names_decide_and_that_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, dump: &str, nanos| {
        let dump = format!("{SERIES}/{dump}.pb.gz");
        with_time(&dump, nanos, &folder.path().join(name));
    };
    let name = text_of(folder.path());
    for (file, dump) in [("1.pb.gz", "00"), ("2.pb.gz", "05"), ("3.pb.gz", "10")] {
        put(file, dump, 7_000_000_000);
    }
    check_note(
        &["series", name],
        "All files have the same time: the dumps are ordered by name",
    );
    let text = stdout(&["series", name]);
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    assert!(line.contains("trend 20MB per dump"), "{text}");
    assert!(!text.contains("per hour"), "{text}");
    put("2.pb.gz", "05", 0);
    check_note(
        &["series", name],
        "1 file has no time: the dumps are ordered by name",
    );
    assert_eq!(json(&["series", name])["order"], "name");
}

/// A heap of two functions, all of whose objects are sampled.
fn write_heap(path: &Path, sample_type: &str, seconds: i64, megabytes: [i64; 2]) {
    let mut builder = kheap::ProfileBuilder::new();
    builder.sample_type(sample_type, "bytes");
    builder.header().time_nanos = seconds * 1_000_000_000;
    for (at, (name, megabytes)) in ["main.load", "main.base"].iter().zip(megabytes).enumerate() {
        let function = builder.function(name, "main.go");
        let location = builder.location(None, at as u64 + 1, &[(function, 7)]);
        let bytes = megabytes << 20;
        let added = builder.sample(&[location], &[bytes], &[]);
        added.expect("a value");
    }
    let mut file = fs::File::create(path).expect("it can be made");
    kheap::encode(&builder.finish(), &mut file).expect("it can be written");
}

/// So many megabytes of `main.load` at so many seconds.
fn heaps(sample_type: &str, heaps: &[(i64, i64)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (at, &(seconds, megabytes)) in heaps.iter().enumerate() {
        let path = folder.path().join(format!("{at:03}.pb.gz"));
        write_heap(&path, sample_type, seconds, [megabytes, 100]);
    }
    folder
}

#[track_caller]
fn check_headline(values: &[(i64, i64)], expected: &str) {
    let folder = heaps("inuse_space", values);
    let text = stdout(&["series", "--by", "function", text_of(folder.path())]);
    // The name of a dump is long, and wraps.
    let text = text.replace(text_of(folder.path()), "DIR");
    let words: Vec<&str> = text.split_whitespace().collect();
    assert!(words.join(" ").starts_with(expected), "{text}");
}

#[test]
fn what_does_not_grow_is_called_what_it_does() {
    check_headline(
        &[(3600, 1000), (7200, 600), (10_800, 200)],
        "main.load shrank by 800MB in 3 dumps, trend 400MB per hour, 100% of all shrinkage.",
    );
    check_headline(
        &[(60, 10), (120, 10), (180, 900), (240, 10), (300, 11)],
        "main.load was up to 890MB higher for a while (900MB in DIR/002.pb.gz), and ended 1MB higher \
         after 5 dumps.",
    );
    check_headline(
        &[(60, 100), (120, 400), (180, 100), (240, 400), (300, 100)],
        "main.load goes up and down by 300MB, and ended where it began after 5 dumps.",
    );
}

#[test]
fn a_counter_has_one_rate_in_headline_table_and_bars() {
    let folder = heaps(
        "alloc_space",
        &[(10, 10), (20, 20), (40, 40), (80, 80), (90, 90)],
    );
    let name = text_of(folder.path());
    let text = stdout(&[
        "series",
        "--by",
        "function",
        "--sample-type",
        "alloc_space",
        name,
    ]);
    assert!(
        text.starts_with("main.load allocated 80MB in 5 dumps, about 1MB per second"),
        "{text}"
    );
    // Longer steps are no faster ones.
    assert!(
        text.contains("+80MB        +1MB   100%  flat      ▁▁▁▁  main.load"),
        "{text}"
    );
    let two = heaps("alloc_space", &[(10, 10), (20, 40)]);
    let report = json(&[
        "series",
        "--by",
        "function",
        "--sample-type",
        "alloc_space",
        text_of(two.path()),
    ]);
    assert_eq!(
        row(&report, "function", "main.load")["verdict"],
        Value::Null
    );
}

#[test]
fn a_pace_by_hour_takes_the_times_of_all() {
    let folder = heaps("inuse_space", &[(3600, 100), (0, 200), (10_800, 300)]);
    let text = stdout(&["series", "--by", "function", text_of(folder.path())]);
    assert!(text.contains(" per dump  share  verdict"), "{text}");
    assert!(!text.contains("per hour"), "{text}");
}

#[test]
fn what_is_said_of_many_is_said_once() {
    let folder = heaps("alloc_space", &[(60, 90), (120, 80), (180, 70), (240, 60)]);
    let name = text_of(folder.path());
    let first =
        format!("{name}/001.pb.gz and 2 more: another process: a restart, or another server ");
    check_note(&["series", name], &first);
    let ends = ["000", "001"].map(|at| format!("{name}/{at}.pb.gz"));
    let text = stdout(&[
        "compare",
        "--sample-type",
        "alloc_space",
        &ends[0],
        &ends[1],
    ]);
    assert!(
        !text.contains("/s") && !text.contains("per second"),
        "{text}"
    );
    let run = kheap(&["series", "--sample-type", "foo", name]);
    let expected = format!(
        "error: cannot follow {name}/000.pb.gz: unknown sample type \"foo\"; the profile has \
         alloc_space; the other 3 files fail in the same way\n"
    );
    assert_eq!((run.code, run.stderr), (Some(2), expected));
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_text_are_read_again() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().expect("a folder");
    for at in 1..=3 {
        let name =
            std::ffi::OsStr::from_bytes(&[b'a', 0xff, b'0' + at, b'.', b'p', b'b']).to_owned();
        write_heap(
            &folder.path().join(name),
            "inuse_space",
            i64::from(at) * 60,
            [i64::from(at), 1],
        );
    }
    let name = text_of(folder.path());
    stdout(&["diagnose", name]);
    let run = kheap(&["report", "--format", "markdown", name]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
}

#[test]
fn a_terminal_shows_progress_only_and_names_are_wrapped() {
    let Some(screen) = on_terminal(&["series", SERIES], &[("NO_COLOR", "1")]) else {
        return;
    };
    assert!(screen.starts_with("ConfigMap in watch cache"), "{screen}");
    assert!(!screen.contains('\u{1b}'), "{screen}");
}
