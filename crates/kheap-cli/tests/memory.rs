//! What the program says of processes, sizes and lifetimes.

mod common;

use common::{check_golden, kheap, project};

const TEXT: &str = "testdata/dumps/v1.20/series-configmaps-10.debug1.txt.gz";
const WATCHERS: &str = "testdata/dumps/v1.20/watchers-6000.pb.gz";
const STORM: &str = "testdata/dumps/v1.20/configmap-list-cache-json.pb.gz";

#[track_caller]
fn stdout(args: &[&str]) -> String {
    let run = kheap(args);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    run.stdout
}

fn check_output(name: &str, args: &[&str]) {
    check_golden(&project().join("testdata/output").join(name), &stdout(args));
}

#[test]
fn formats_of_memory_are_frozen() {
    check_output("memory.txt", &["memory", TEXT]);
    check_output("memory.rss.txt", &["memory", "--rss", "15GB", STORM]);
    for (name, format) in [("json", "json"), ("csv", "csv"), ("md", "markdown")] {
        let args = ["memory", "--format", format, "--limit", "500MB", TEXT];
        check_output(&format!("memory.{name}"), &args);
    }
}

/// The sums of the low and of the high ends, and the total.
fn sums(args: &[&str]) -> (i64, i64, i64) {
    let json = stdout(&[args, &["--format", "json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    let rows = json["rows"].as_array().expect("there are rows");
    let end = |row: &serde_json::Value, end: &str| row[end].as_i64().expect("a number");
    let rest_last = |one: &str, other: &str| -> i64 {
        let (rest, others): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row["part"] == "rest");
        let others: i64 = others.into_iter().map(|row| end(row, one)).sum();
        others + rest.into_iter().map(|row| end(row, other)).sum::<i64>()
    };
    let total = json["total"].as_i64().expect("a number");
    (rest_last("low", "high"), rest_last("high", "low"), total)
}

#[test]
fn memory_adds_up_to_the_peak_or_to_the_given_size_to_the_byte() {
    assert_eq!(
        sums(&["memory", TEXT]),
        (405_852_160, 405_852_160, 405_852_160)
    );
    let given = 300 << 20;
    assert_eq!(
        sums(&["memory", "--rss", "300MB", TEXT]),
        (given, given, given)
    );
    let given = 15 << 30;
    assert_eq!(
        sums(&["memory", "--rss", "15GB", STORM]),
        (given, given, given)
    );
    let args = ["memory", "--rss", "15GB", "--gogc", "off", STORM];
    assert_eq!(sums(&args), (given, given, given));
}

#[test]
fn a_peak_above_a_limit_comes_with_what_the_runtime_holds_now() {
    let check = |limit: &str, expected: &str| {
        let text = stdout(&["memory", "--limit", limit, TEXT]);
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(expected), "{text}");
    };
    let now = "Now the Go runtime holds 314.36MB,";
    check("300MB", &format!("{now} 14.36MB above it."));
    check("330MB", &format!("{now} 15.64MB below it."));
}

#[test]
fn nothing_is_said_of_garbage_where_the_size_is_of_another_process() {
    let garbage = "Garbage between two GCs";
    let small = stdout(&["memory", "--rss", "5GB", WATCHERS]);
    assert!(
        small.contains("Warning: The RSS of 5GB is less than"),
        "{small}"
    );
    assert!(!small.contains(garbage), "{small}");
    assert!(stdout(&["memory", "--rss", "9GB", WATCHERS]).contains(garbage));
}

#[test]
fn without_a_size_the_error_says_what_to_give() {
    let run = kheap(&["memory", STORM]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    let expected = format!(
        "error: cannot explain the process of {STORM}: the size of the process is not known; add \
         it with `kheap memory {STORM} --rss SIZE`, where SIZE is its RSS, such as 6GB, or fetch \
         the heap with ?debug=1\n"
    );
    assert_eq!(run.stderr, expected);
}

#[test]
fn no_gomemlimit_is_named_that_the_live_heap_does_not_fit() {
    for args in [
        &["--limit", "200MiB", TEXT][..],
        &["--rss", "300MB", "--limit", "150MB", AFTER],
        &["--rss", "200 MB", "--limit", "0.2Gi", AFTER],
    ] {
        let shown = stdout(&[&["memory"], args].concat());
        assert!(!shown.contains("GOMEMLIMIT="), "{shown}");
        assert!(shown.contains("Go must keep"), "{shown}");
    }
}

#[test]
fn statistics_that_are_damaged_or_cut_are_named_and_the_heap_is_read() {
    for (name, fault, short) in [
        (
            "overflow",
            "is damaged: Sys is no number of 64 bits",
            "damaged",
        ),
        ("cut", "lacks Stack: the text was cut", "cut"),
    ] {
        let file = format!("testdata/malformed/valid-debug1-memstats-{name}.txt");
        let fault = format!("at the end of the text {fault}");
        assert!(stdout(&["info", &file]).contains(&fault));
        let run = kheap(&["memory", &file]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
        let advice = format!(
            "the size of the process is not known, because the text is {short}; fetch the heap \
             again with ?debug=1, or give the size with `--rss SIZE`\n"
        );
        assert!(run.stderr.ends_with(&advice), "{}", run.stderr);
        let shown = stdout(&["memory", "--rss", "1GB", &file]);
        assert!(shown.contains(&format!("\nWarning: runtime.MemStats {fault}")));
        assert_eq!(kheap(&["top", &file]).stderr, "");
    }
}

#[test]
fn a_text_has_the_time_of_its_last_collection_but_not_where_pprof_shows_none() {
    assert!(stdout(&["info", TEXT]).contains("2026-11-21 19:42:08"));
    assert!(!stdout(&["top", "--count", "1", TEXT]).contains("Time:"));
}

#[test]
fn a_process_far_larger_than_its_heap_is_a_finding_where_its_size_is_known() {
    let larger = stdout(&["diagnose", "--rss", "15GB", STORM]);
    assert!(
        larger.contains("HIGH  Most of the process is not in the heap profile  [rss-not-heap]")
    );
    for args in [
        &["diagnose", STORM][..],
        &["diagnose", "--rss", "9GB", STORM],
        &["diagnose", TEXT],
    ] {
        assert!(!stdout(args).contains("rss-not-heap"), "{args:?}");
    }
    // What was not judged is shown to programs, and no noise for people.
    let json = stdout(&["diagnose", "--format", "json", STORM]);
    assert!(json.contains("\"id\": \"rss-not-heap\",\n      \"needs\": \"memstats\""));
    let json = stdout(&["diagnose", "--format", "json", TEXT]);
    assert!(json.contains("\"not_judged\": []"));
}

#[test]
fn standard_errors_are_shown_where_they_are_wanted_and_always_said_to_programs() {
    for (name, format) in [("txt", "text"), ("csv", "csv"), ("md", "markdown")] {
        let args = ["top", "--error", "--count", "3", "--format", format, TEXT];
        check_output(&format!("top.error.{name}"), &args);
    }
    let json = stdout(&["top", "--count", "1", "--format", "json", TEXT]);
    assert!(json.contains("\"flat_error\": 45"), "{json}");
    // Figures that cancel keep their errors, which nobody can tell any more.
    let base = "testdata/dumps/v1.20/series-configmaps/00.pb.gz";
    let json = stdout(&["top", "--format", "json", "--base", base, TEXT]);
    assert!(json.contains("\"flat_error\": null") && !json.contains("\"flat_error\": 4"));
    let run = kheap(&["top", "--error", "--base", base, TEXT]);
    assert_eq!(run.code, Some(2));
}

#[test]
fn formats_of_sizes_are_frozen() {
    check_output("sizes.txt", &["sizes", STORM]);
    check_output(
        "sizes.kind.txt",
        &["sizes", "--by", "kind", "--count", "2", STORM],
    );
    for (name, format) in [("json", "json"), ("csv", "csv"), ("md", "markdown")] {
        let args = [
            "sizes",
            "--by",
            "function",
            "--focus",
            "bytes.makeSlice",
            "--format",
            format,
        ];
        check_output(&format!("sizes.{name}"), &[&args[..], &[STORM]].concat());
    }
}

#[test]
fn sizes_of_nothing_and_of_differences_say_no_more_than_they_know() {
    let none = stdout(&["sizes", "--focus", "Secret", STORM]);
    assert!(none.ends_with("Total: 0, 0 objects\nThe selected samples have no inuse_space\n"));
    let base = "testdata/dumps/v1.20/cr-list-cache-json.pb.gz";
    let difference = stdout(&["sizes", "--base", base, STORM]);
    assert!(!difference.contains("on average") && !difference.contains("wastes"));
}

#[test]
fn sizes_add_up_and_the_class_of_the_config_maps_holds_most() {
    let json = |args: &[&str]| -> serde_json::Value {
        let json = stdout(&[&["sizes", "--format", "json"], args].concat());
        serde_json::from_str(&json).expect("it is JSON")
    };
    let sum = |json: &serde_json::Value| -> i64 {
        let rows = json["rows"].as_array().expect("there are rows").iter();
        rows.map(|row| row["value"].as_i64().expect("a number"))
            .sum()
    };
    let sizes = json(&[STORM]);
    let top = stdout(&["top", "--format", "json", "--count", "1", STORM]);
    let top: serde_json::Value = serde_json::from_str(&top).expect("it is JSON");
    assert_eq!(Some(sum(&sizes)), top["total"].as_i64());
    for by in ["size", "function", "kind"] {
        let grouped = json(&["--by", by, STORM]);
        assert_eq!(Some(sum(&grouped)), sizes["total"].as_i64(), "{by}");
    }
    let rows = sizes["rows"].as_array().expect("there are rows");
    let class = rows.iter().find(|row| row["size"] == 352 << 10);
    let share = class
        .and_then(|row| row["share"].as_f64())
        .expect("a share");
    assert!((0.55..0.57).contains(&share), "{share}");
}

const BEFORE: &str = "testdata/dumps/v1.20/series-configmaps/02.pb.gz";
const AFTER: &str = "testdata/dumps/v1.20/series-configmaps/10.pb.gz";

#[test]
fn formats_of_lifetimes_are_frozen() {
    check_output("lifetimes.txt", &["lifetimes", "--count", "5", AFTER]);
    let count = ["--count", "5"];
    for (name, format) in [("txt", "text"), ("md", "markdown")] {
        let args = ["lifetimes", "--format", format, BEFORE, AFTER];
        let name = format!("lifetimes.two.{name}");
        check_output(&name, &[&args[..], &count].concat());
    }
    for format in ["json", "csv"] {
        let args = ["lifetimes", "--by", "part", "--format", format];
        let name = format!("lifetimes.two.{format}");
        check_output(&name, &[&args[..], &[BEFORE, AFTER]].concat());
    }
}

#[test]
fn lifetimes_add_up_to_what_top_counts() {
    let json = |args: &[&str]| -> serde_json::Value {
        let json = stdout(&[args, &["--format", "json", BEFORE, AFTER]].concat());
        serde_json::from_str(&json).expect("it is JSON")
    };
    let sum = |json: &serde_json::Value, field: &str| -> i64 {
        let rows = json["rows"].as_array().expect("there are rows").iter();
        rows.map(|row| row[field].as_i64().expect("a number")).sum()
    };
    let top = |types: &str, file: &str| -> i64 {
        let json = stdout(&["top", "--sample-type", types, "--format", "json", file]);
        let json: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
        json["total"].as_i64().expect("a number")
    };
    let (before, after) = (top("alloc_space", BEFORE), top("alloc_space", AFTER));
    for by in ["function", "kind"] {
        let lifetimes = json(&["lifetimes", "--by", by]);
        assert_eq!(sum(&lifetimes, "allocated"), after, "{by}");
        assert_eq!(sum(&lifetimes, "allocated_between"), after - before, "{by}");
        assert_eq!(sum(&lifetimes, "inuse"), top("inuse_space", AFTER), "{by}");
    }
}

#[test]
fn churn_shows_rates_between_two_dumps_and_says_why_one_dump_has_none() {
    let args = ["top", "--churn", "--count", "2"];
    for (name, format) in [("txt", "text"), ("csv", "csv"), ("md", "markdown")] {
        let pair = ["--format", format, "--base", BEFORE, AFTER];
        check_output(&format!("top.churn.{name}"), &[&args[..], &pair].concat());
    }
    let run = kheap(&[&args[..], &[AFTER]].concat());
    assert!(
        run.stderr
            .starts_with("note: totals since the process started; ")
    );
    let allocated = stdout(&["top", "--alloc_space", "--count", "2", AFTER]);
    assert_eq!((run.code, run.stdout), (Some(0), allocated));
}

#[test]
fn what_shows_no_rate_is_refused_in_one_line() {
    #[track_caller]
    fn check_refused(args: &[&str], expected: &str) {
        let run = kheap(args);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
        assert_eq!(run.stderr, format!("error: {expected}\n"));
    }
    let rates =
        |before: &str, after: &str| format!("cannot compute rates between {before} and {after}: ");
    check_refused(
        &["lifetimes", AFTER, BEFORE],
        &(rates(AFTER, BEFORE)
            + "the first dump is newer than the second by 8.79s; give the older one first"),
    );
    check_refused(
        &["top", "--churn", "--base", AFTER, AFTER],
        &(rates(AFTER, AFTER)
            + "both dumps have the same time, so there is no rate; give a later dump"),
    );
    let other = "testdata/dumps/v1.20/restart-replace.pb.gz";
    check_refused(
        &["lifetimes", AFTER, other],
        &(rates(AFTER, other)
            + "the dumps are not of one process: a restart, or two servers (the kernel's code, \
               [vdso], has another address); give two dumps of one process"),
    );
    check_refused(
        &["top", "--churn", "--inuse_space", AFTER],
        "--churn counts what is allocated: alloc_space or alloc_objects, not inuse_space",
    );
}

#[test]
fn cut_stacks_are_mended_where_that_is_asked_for_and_it_is_said() {
    let cut = "testdata/dumps/v1.20/cr-list-cache-json.pb.gz";
    let plain = kheap(&["tree", "--count", "1", cut]);
    assert!(!plain.stdout.contains("(root lost)") && plain.stderr.is_empty());
    let said =
        "note: cut stacks: 1.50MB completed from other stacks, 1.56GB left below (root lost)\n";
    for command in [
        &["tree", "--cum", "--count", "5"][..],
        &["flame", "--format", "folded"],
        &["graph", "--format", "dot", "--count", "5"],
    ] {
        let run = kheap(&[command, &["--mend-stacks", cut]].concat());
        assert_eq!(
            (run.code, run.stderr.as_str()),
            (Some(0), said),
            "{command:?}"
        );
        assert!(run.stdout.contains("(root lost)"), "{command:?}");
    }
}

#[test]
fn a_folder_of_several_programs_names_those_that_are_not_explained() {
    let folder = tempfile::tempdir().expect("a folder");
    let dumps = [
        ("server.pb.gz", "testdata/dumps/v1.20/idle.pb.gz"),
        ("etcd.pb.gz", "testdata/dumps/other/etcd-range.pb.gz"),
    ];
    for (name, dump) in dumps {
        std::fs::copy(common::project().join(dump), folder.path().join(name)).expect("a dump");
    }
    let name = folder.path().to_str().expect("UTF-8");
    let run = kheap(&["memory", "--rss", "1GB", name]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(
        run.stderr.contains("the dumps are from 2 programs"),
        "{}",
        run.stderr
    );
    let named = |file: &str| {
        run.stderr
            .contains(&format!("`kheap memory {name}/{file} --rss SIZE`"))
    };
    assert!(
        named("server.pb.gz") != named("etcd.pb.gz"),
        "{}",
        run.stderr
    );
}

#[test]
fn the_command_for_another_program_names_its_metrics() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = [
        "01-one-bad-of-three/heap.pb.gz",
        "01-one-bad-of-three/metrics-1.txt.gz",
        "07-clients/kcm-heap.pb.gz",
        "07-clients/kcm-metrics.txt.gz",
    ];
    for file in files {
        let from = common::project().join("testdata/bundles").join(file);
        let name = from.file_name().expect("a file");
        std::fs::copy(&from, folder.path().join(name)).expect("it can be copied");
    }
    let name = folder.path().to_str().expect("UTF-8");
    let run = kheap(&["memory", name]);
    let command = run.stderr.split('`').nth(1).unwrap_or_default();
    let expected = format!("kheap memory {name}/kcm-heap.pb.gz --with {name}/kcm-metrics.txt.gz");
    assert_eq!(command, expected, "{}", run.stderr);
    // A diagnosis of all of them names the same.
    let diagnoses = kheap(&["diagnose", name]).stdout;
    let words: Vec<&str> = diagnoses.split_whitespace().collect();
    assert!(words.join(" ").contains(&expected), "{diagnoses}");
    let args: Vec<&str> = command.split(' ').skip(1).collect();
    let split = kheap(&args);
    assert_eq!(split.code, Some(0), "{command}: {}", split.stderr);
}
