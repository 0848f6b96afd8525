//! What is wrong, where the memory is, and the catalogue behind both.

mod common;

use std::fs;
use std::path::Path;

use common::{Run, check_golden, kheap, kheap_with_input, project};

const STORM: &str = "testdata/dumps/v1.20/configmap-list-cache-json.pb.gz";
const IDLE: &str = "testdata/dumps/v1.34/idle.pb.gz";
const TABLE: &str = "testdata/incidents/43-etcd-12457-range.txt";

fn stdout(args: &[&str]) -> String {
    let run = kheap(args);
    assert_eq!(run.code, Some(0), "{args:?}: {}", run.stderr);
    run.stdout
}

fn json(args: &[&str]) -> serde_json::Value {
    let args = [args, &["--format", "json"]].concat();
    serde_json::from_str(&stdout(&args)).expect("JSON")
}

fn check_output(name: &str, args: &[&str]) {
    let path = project().join("testdata/output").join(name);
    check_golden(&path, &stdout(args));
}

fn check_error(args: &[&str], expected: &str) {
    let Run {
        stdout,
        stderr,
        code,
    } = kheap(args);
    assert_eq!((code, stdout.as_str()), (Some(2), ""), "{args:?}");
    assert_eq!(stderr, format!("error: {expected}\n"), "{args:?}");
}

#[test]
fn a_storm_is_shown_with_its_cause_its_evidence_and_what_to_do() {
    check_output("diagnose.storm.txt", &["diagnose", STORM]);
    check_output(
        "diagnose.storm.json",
        &["diagnose", "--format", "json", STORM],
    );
    check_output(
        "diagnose.storm.csv",
        &["diagnose", "--format", "csv", STORM],
    );
    check_output(
        "diagnose.storm.md",
        &["diagnose", "--format", "markdown", STORM],
    );
}

#[test]
fn a_healthy_heap_is_said_to_be_that_and_nothing_more() {
    check_output("diagnose.idle.txt", &["diagnose", IDLE]);
    let diagnosis = json(&["diagnose", IDLE]);
    assert_eq!(diagnosis["healthy"], true);
    assert_eq!(diagnosis["findings"], serde_json::json!([]));
}

#[test]
fn findings_of_no_weight_are_shown_on_demand_only() {
    let count = |args: &[&str]| json(args)["findings"].as_array().expect("a list").len();
    let dump = "testdata/dumps/v1.20/restart-replace.pb.gz";
    let all = json(&["diagnose", "--all", dump]);
    let findings = all["findings"].as_array().expect("a list");
    assert!(count(&["diagnose", dump]) < findings.len());
    assert!(findings.iter().any(|finding| finding["severity"] == "info"));
}

#[test]
fn a_table_is_diagnosed_like_a_dump() {
    check_output("diagnose.table.txt", &["diagnose", TABLE]);
    let text = fs::read(project().join(TABLE)).expect("the table is there");
    let piped = kheap_with_input(&["diagnose", "-"], &text);
    assert_eq!(piped.stdout, stdout(&["diagnose", TABLE]));
}

/// What is found in the table that `kheap top`, as `go tool pprof`, makes of a dump: ids
/// of findings at medium or above, or the verdict.
fn found_in_table(dump: &str, options: &str) -> String {
    let dump = format!("testdata/dumps/{dump}.pb.gz");
    let mut args = vec!["top"];
    args.extend(options.split(' '));
    args.push(&dump);
    let table = stdout(&args);
    let run = kheap_with_input(&["diagnose", "--format", "json", "-"], table.as_bytes());
    assert_eq!(run.code, Some(0), "{args:?}: {}", run.stderr);
    let diagnosis: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    let findings = diagnosis["findings"].as_array().expect("a list").iter();
    let id = |finding: &serde_json::Value| finding["id"].as_str().expect("an id").to_owned();
    let is_large = |finding: &&serde_json::Value| {
        finding["severity"] != "low" && finding["severity"] != "info"
    };
    let large: Vec<String> = findings.clone().filter(is_large).map(id).collect();
    let verdict = diagnosis["verdict"].as_str().expect("a word");
    match (&large[..], findings.map(id).next()) {
        ([], None) => verdict.to_owned(),
        ([], Some(small)) => format!("{verdict}: {small}"),
        (large, _) => large.join(" "),
    }
}

/// What a table says whose buffers grow, and whose rows do not show for whom.
const GUESS: &str = "uncertain: growing-buffers";

#[test]
fn what_people_paste_most_is_read_like_the_dump() {
    let encoding = "list-response-encoding";
    for (dump, expected) in [
        ("v1.20/configmap-list-json", ["list-from-etcd"; 3]),
        ("v1.20/configmap-list-cache-json", [encoding; 3]),
        ("v1.20/cr-list-cache-json", [encoding; 3]),
        ("v1.20/watchers-6000", ["watch-init-replay"; 3]),
        ("v1.34/configmap-list-cache-json", [encoding; 3]),
        ("v1.34/cr-10k-idle", [GUESS, encoding, GUESS]),
        ("other/etcd-range", ["etcd-large-range"; 3]),
    ] {
        let cuts = ["--count 20", "--count 30", "--count 20 --unit kB"];
        for (options, expected) in cuts.into_iter().zip(expected) {
            let found = found_in_table(dump, options);
            assert_eq!(found, expected, "{dump} {options}");
        }
    }
    let all = found_in_table("v1.20/configmap-list-cache-json", "--count 80");
    assert_eq!(all, "list-from-etcd list-response-encoding");
}

/// What rows that only show whence LISTs were called leave open.
const OPEN: &str = "uncertain: request-memory";

/// The same of rows that only show copies of objects.
const OBJECTS: &str = "uncertain: decoded-objects";

#[test]
fn however_a_table_is_cut_it_is_read_like_the_dump_or_not_at_all() {
    let cuts = [
        "--count 10",
        "--count 10 --cum",
        "--count 20 --cum",
        "--count 30 --granularity lines",
        "--count 30 --granularity lines --cum",
        "--count 30 --granularity addresses",
    ];
    let (reads, encodes) = ("list-from-etcd", "list-response-encoding");
    let (replays, ranges) = ("watch-init-replay", "etcd-large-range");
    for (dump, expected) in [
        ("v1.20/configmap-list-json", [reads; 6]),
        (
            "v1.20/configmap-list-cache-json",
            [encodes, OPEN, reads, encodes, reads, encodes],
        ),
        (
            "v1.20/cr-list-cache-json",
            [encodes, encodes, encodes, encodes, encodes, OBJECTS],
        ),
        ("v1.20/watchers-6000", [replays; 6]),
        (
            "v1.34/configmap-list-cache-json",
            [GUESS, OPEN, OPEN, encodes, encodes, encodes],
        ),
        (
            "v1.34/cr-10k-idle",
            [GUESS, OPEN, GUESS, encodes, encodes, encodes],
        ),
        ("other/etcd-range", [ranges; 6]),
    ] {
        for (options, expected) in cuts.into_iter().zip(expected) {
            let found = found_in_table(dump, options);
            assert_eq!(found, expected, "{dump} {options}");
        }
    }
}

#[test]
fn a_call_graph_of_the_handler_shows_what_lists_do() {
    let dump = "testdata/dumps/v1.34/configmap-list-cache-json.pb.gz";
    let graph = stdout(&["peek", "ListResource", dump]);
    let run = kheap_with_input(&["diagnose", "-"], graph.as_bytes());
    let said = run.stdout.contains("[list-response-encoding]");
    assert!(said, "{}{}", run.stdout, run.stderr);
}

#[test]
fn the_rows_of_a_function_are_one() {
    let lines = "--count 30 --granularity lines";
    let found = found_in_table("v1.20/watchers-6000", lines);
    assert_eq!(found, "watch-init-replay");
    let addresses = "--count 30 --granularity addresses";
    let found = found_in_table("v1.20/watchers-6000", addresses);
    assert_eq!(found, "watch-init-replay");
}

#[test]
fn what_top_prints_in_other_formats_is_read_back() {
    let dump = "testdata/dumps/v1.34/cr-10k-idle.pb.gz";
    let growing = "bytes.growSlice";
    for options in [
        "--error",
        "--error --format markdown",
        "--format csv",
        "--error --format csv",
    ] {
        let mut args = vec!["top", "--count", "5"];
        args.extend(options.split(' '));
        args.push(dump);
        let table = stdout(&args);
        let asked = [
            "diagnose",
            "--format",
            "json",
            "--sample-type",
            "inuse_space",
            "-",
        ];
        let run = kheap_with_input(&asked, table.as_bytes());
        let diagnosis: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
        let rows = [
            &diagnosis["findings"][0]["evidence"],
            &diagnosis["unclaimed"],
        ];
        let names = rows.map(|rows| rows[0]["name"].as_str());
        assert!(names.contains(&Some(growing)), "{options}: {names:?}");
    }
}

#[test]
fn prose_in_latin1_hides_no_table() {
    let table = b"Gr\xfc\xdfe\n9GB 90.00% 90.00% 9GB 90.00% main.load\n";
    let run = kheap_with_input(&["diagnose", "-"], table);
    assert!(run.stdout.contains("main.load"), "{}", run.stderr);
}

#[test]
fn a_name_without_end_is_not_shown_in_full() {
    let table = format!("9GB 90% 90% 9GB 90% main.{}\n", "a".repeat(1_000_000));
    for format in ["text", "json", "csv", "markdown"] {
        let run = kheap_with_input(&["diagnose", "--format", format, "-"], table.as_bytes());
        assert!(run.stdout.len() < 10_000, "{format}: {}", run.stdout.len());
    }
}

#[test]
fn a_table_may_be_said_to_be_of_allocations() {
    let diagnosis = json(&["diagnose", "--sample-type", "alloc_space", TABLE]);
    assert_eq!(diagnosis["findings"], serde_json::json!([]));
}

#[test]
fn only_what_is_healthy_is_said_to_be_in_json_and_csv() {
    let times = b"Type: cpu\n9.50s 95.00% 95.00% 9.50s 95.00% main.spin\n";
    let unknown = b"9GB 90.00% 90.00% 9GB 90.00% main.load\n";
    let small = b"9MB 90.00% 90.00% 9MB 90.00% k8s.io/client-go/rest.Get\n";
    for (table, verdict) in [
        (&times[..], "not-judged"),
        (&unknown[..], "unexplained"),
        (&small[..], "small"),
    ] {
        let run = |format| kheap_with_input(&["diagnose", "--format", format, "-"], table).stdout;
        let diagnosis: serde_json::Value = serde_json::from_str(&run("json")).expect("JSON");
        assert_eq!(diagnosis["verdict"], verdict);
        assert_eq!(diagnosis["healthy"], verdict == "healthy");
        let csv = run("csv");
        let row = csv.lines().nth(1).expect("a row");
        assert_eq!(row, format!(",,,,,,,,,{verdict},"));
    }
}

#[test]
fn names_of_a_table_turn_no_reading_around() {
    let table = "9GB 90.00% 90.00% 9GB 90.00% main.\u{202e}lo\u{1b}[31mad\u{9b}\n";
    for format in ["text", "json", "csv", "markdown"] {
        let run = kheap_with_input(&["diagnose", "--format", format, "-"], table.as_bytes());
        let raw = |c: char| c == '\u{202e}' || c.is_control() && c != '\n';
        assert!(!run.stdout.contains(raw), "{format}: {}", run.stdout);
    }
}

#[test]
fn where_a_table_does_not_do_the_way_out_is_said() {
    let is_one = format!("{TABLE} is a pasted `top` table");
    let no_stacks = format!("{is_one} without stacks; only `kheap diagnose` accepts one");
    for command in ["breakdown", "top", "report", "info"] {
        check_error(&[command, TABLE], &no_stacks);
    }
    let alone = format!("{is_one}; give it alone, because only dumps show growth");
    check_error(&["diagnose", TABLE, TABLE], &alone);
    check_error(&["diagnose", IDLE, TABLE], &alone);
}

#[test]
fn a_misspelt_sample_type_of_a_table_is_an_error() {
    check_error(
        &["diagnose", "--sample-type", "inuse_spac", TABLE],
        "unknown sample type \"inuse_spac\"; this table can be inuse_space, \
         alloc_space, space",
    );
}

#[test]
fn a_table_is_refused_when_its_sample_type_makes_its_numbers_absurd() {
    let table = "name,flat,cum,inline\nmain.f,9223372036854775807,9223372036854775807,none\n";
    let args = ["diagnose", "--sample-type", "inuse_space", "-"];
    let run = kheap_with_input(&args, table.as_bytes());
    let expected = "error: cannot read standard input as a table of `top`: invalid table at line 2: a \
        total of 8192PB in use is more than a Go program can address, 256TB\n";
    assert_eq!((run.code, &*run.stderr), (Some(2), expected));
    let alloc = ["diagnose", "--sample-type", "alloc_space", "-"];
    assert_eq!(kheap_with_input(&alloc, table.as_bytes()).code, Some(0));
}

#[test]
fn a_text_of_go_whose_memory_is_all_in_use_is_judged() {
    let text = "heap profile: 1: 4294967296 [1: 4294967296] @ heap/1048576\n\
        1: 4294967296 [1: 4294967296] @ 0x1\n#\t0x1\tmain.load+0x1\t/main.go:1\n";
    let run = kheap_with_input(&["diagnose", "-"], text.as_bytes());
    let said = "No known problem matches this heap.";
    assert!(run.stdout.contains(said), "{}{}", run.stdout, run.stderr);
    let other = "Type: space\n9GB 90.00% 90.00% 9GB 90.00% std::vector::push_back\n";
    let run = kheap_with_input(&["diagnose", "-"], other.as_bytes());
    let said = "The sample type space is not diagnosed";
    assert!(run.stdout.contains(said), "{}{}", run.stdout, run.stderr);
}

#[test]
fn a_part_of_a_table_is_said_to_be_that() {
    let table =
        b"0 0% 90% 2000MB 40% k8s.io/apiserver/pkg/registry/rest.DefaultUpdatedObjectInfo\n";
    let run = kheap_with_input(&["diagnose", "-"], table);
    let words = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = "No known problem matches this heap. All rows have flat 0. The largest cum is 40.00%: \
                the functions that allocate are not in this table.";
    assert!(words.contains(said), "{}", run.stdout);
}

/// What is said of a pasted table, in one line.
fn said_of(options: &[&str], table: &str) -> String {
    let args = [&["diagnose"], options, &["-"]].concat();
    let run = kheap_with_input(&args, table.as_bytes());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    run.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_cut_table_without_a_large_unknown_is_no_alarm() {
    let head = "Showing nodes accounting for 0, 0% of 600MB total\nFile: kube-apiserver\n";
    let row = "0 0% 0% 300MB 50% k8s.io/apimachinery/pkg/runtime.Decode\n";
    let said = said_of(&[], &format!("{head}{row}"));
    let cut = "Verdict: NOT DIAGNOSED, the table is cut";
    assert!(said.contains(cut), "{said}");
    assert_eq!(said.matches("Fetch a dump").count(), 1, "{said}");
    assert!(!said.contains("Fetch one"), "{said}");
    // Two thirds of the heap are in a row that nothing explains.
    let row = "400MB 66% 66% 400MB 66% example.com/x.Put\n";
    let said = said_of(&[], &format!("{head}{row}"));
    assert!(said.contains("Verdict: UNEXPLAINED"), "{said}");
}

#[test]
fn buffers_without_a_row_of_a_list_are_not_blamed_on_lists() {
    let table = "File: kube-apiserver\nShowing nodes accounting for 1600MB, 73% of 2190MB total\n\
                 1600MB 73% 73% 1600MB 73% bytes.growSlice\n";
    let said = said_of(&[], table);
    assert!(said.contains("[growing-buffers]"), "{said}");
    assert!(said.contains("Fetch a dump"), "{said}");
    assert!(!said.contains("LIST"), "{said}");
}

#[test]
fn a_version_of_kubernetes_is_not_used_for_another_program() {
    let table = "File: shop\n400MB 66% 66% 400MB 66% example.com/x.Put\n";
    let said = said_of(&["--kube-version", "1.30"], table);
    let unused = "--kube-version is not used: this is no program of Kubernetes";
    assert!(said.contains(unused), "{said}");
    // A finding about Go does not depend on it either.
    let table = "File: shop\n400MB 99% 99% 400MB 99% regexp.onePassCopy\n\
                 0 0% 99% 400MB 99% regexp.Compile\n";
    let said = said_of(&["--kube-version", "1.30"], table);
    assert!(said.contains("[regexp-compile-retention]"), "{said}");
    assert!(said.contains(unused), "{said}");
}

#[test]
fn a_small_heap_is_not_healthy_beside_a_finding_that_holds_half_of_it() {
    let table = |raft: u32| {
        format!(
            "File: etcd\nType: inuse_space\nShowing nodes accounting for 28MB, 100% of 28MB total\n\
             flat flat% sum% cum cum%\n\
             {raft}MB 50% 50% {raft}MB 50% go.etcd.io/etcd/raft/v3/raftpb.(*Entry).Unmarshal\n\
             {0}MB 50% 100% {0}MB 50% go.etcd.io/bbolt.(*DB).mmap\n",
            28 - raft
        )
    };
    let most = said_of(&["--all"], &table(24));
    let small = "Verdict: SMALL No urgent problem: the heap is small. One finding holds 85.71% of \
                 the heap (24MB): etcd keeps recent raft entries in memory.";
    assert!(most.contains(small), "{most}");
    let why = "24MB, 85.71% of the heap; info because it is less than 32MB;";
    assert!(most.contains(why), "{most}");
    let some = said_of(&["--all"], &table(12));
    assert!(some.contains("Verdict: HEALTHY"), "{some}");
}

#[test]
fn a_table_of_counts_has_no_findings_that_are_uncertain() {
    let counts = said_of(
        &[],
        "Type: inuse_objects\n900 90% 90% 900 90% bytes.makeSlice\n",
    );
    assert!(
        counts.contains("Counts of objects are not diagnosed"),
        "{counts}"
    );
    assert!(!counts.contains("less certain"), "{counts}");
    let totals = said_of(
        &[],
        "Type: alloc_space\n9GB 90% 90% 9GB 90% bytes.makeSlice\n",
    );
    assert!(totals.contains("kheap diagnose heap.pb.gz"), "{totals}");
    assert!(!totals.contains("less certain"), "{totals}");
}

#[test]
fn two_findings_of_one_cause_order_a_thing_once() {
    let words = stdout(&["diagnose", STORM]);
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    for order in ["page with limit=500", "keep an informer", "limit its LISTs"] {
        assert_eq!(words.matches(order).count(), 1, "{order}: {words}");
    }
    // What a line to share names is in the list above it.
    let next = "Next: ask for Protobuf instead of JSON where the kind is built in.";
    assert!(words.contains(next), "{words}");
}

#[test]
fn an_option_without_effect_is_noted() {
    let note = "--gogc has no effect without --limit or the size of the process (--rss)";
    let check = |options: &[&str], expected: bool| {
        let run = kheap(&[&["diagnose", "--gogc", "50"], options, &[IDLE]].concat());
        assert_eq!(run.stderr.contains(note), expected, "{}", run.stderr);
    };
    check(&[], true);
    check(&["--limit", "1GB"], false);
    check(&["--rss", "1GB"], false);
}

#[test]
fn a_table_of_times_is_not_judged() {
    let table = b"Type: cpu\nShowing nodes accounting for 9.50s, 95% of 10s total\n      flat  \
        flat%   sum%        cum   cum%\n     9.50s 95.00% 95.00%      9.50s 95.00%  main.spin\n";
    let run = kheap_with_input(&["diagnose", "-"], table);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(
        run.stdout.contains("kheap diagnoses heap profiles only"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("No known"), "{}", run.stdout);
}

#[test]
fn allocation_dumps_are_not_judged_unless_the_level_is_asked_for() {
    let allocs = "testdata/dumps/v1.20/allocs.pb.gz";
    let text = stdout(&["diagnose", allocs]);
    assert!(
        text.contains("Allocation totals are not diagnosed:"),
        "{text}"
    );
    assert!(!text.contains("No known problem"), "{text}");
    let markdown = stdout(&["diagnose", "--format", "markdown", allocs]);
    let verdict = "Allocation totals are not diagnosed:";
    assert!(markdown.contains(verdict), "{markdown}");
    let level = json(&["diagnose", "--sample-type", "inuse_space", "--all", allocs]);
    assert_eq!(level["sample_type"], "inuse_space");
}

#[test]
fn the_exit_code_shows_findings_only_when_asked() {
    let code = |args: &[&str]| kheap(args).code;
    assert_eq!(code(&["diagnose", STORM]), Some(0));
    assert_eq!(code(&["diagnose", "--fail-on", "high", STORM]), Some(1));
    assert_eq!(code(&["diagnose", "--fail-on", "critical", STORM]), Some(0));
    assert_eq!(code(&["diagnose", "--fail-on", "low", IDLE]), Some(0));
}

#[test]
fn what_holds_no_heap_is_refused_with_one_line() {
    check_error(
        &["diagnose", "testdata/malformed/forbidden.txt"],
        "testdata/malformed/forbidden.txt is not a profile, but an error message: \"Forbidden\"; get \
         the right to read /debug/pprof/*, then fetch the dump again",
    );
    let table = "cannot read standard input: it is neither a profile nor a table of `top`; fetch the \
                 dump again, or paste the table with its rows";
    let refused = |text: &str| kheap_with_input(&["diagnose", "-"], text.as_bytes()).stderr;
    assert_eq!(refused("Some words.\n"), format!("error: {table}\n"));
    assert_eq!(
        refused("error: dial tcp 10.0.0.1:6443: connect: connection refused\n"),
        "error: standard input is not a profile, but an error message: \"error: dial tcp \
         10.0.0.1:6443: connect: connection refused\"; see that the server answers, then fetch the \
         dump again\n"
    );
    let run = kheap_with_input(
        &["diagnose", "-"],
        "prose without end\n".repeat(600_000).as_bytes(),
    );
    assert_eq!(
        (run.code, run.stderr.lines().count()),
        (Some(2), 1),
        "{}",
        run.stderr
    );
    let html = kheap(&["diagnose", "testdata/malformed/html-error-page.pb.gz"]);
    assert!(html.stderr.contains("HTML page"), "{}", html.stderr);
    let binary = kheap(&["diagnose", "testdata/malformed/elf-program"]);
    assert!(
        binary.stderr.contains("this is a program"),
        "{}",
        binary.stderr
    );
}

#[test]
fn diagnose_and_top_find_the_same_fault_in_a_file() {
    let refused = |command: &str, text: &str| {
        let run = kheap_with_input(&[command, "-"], text.as_bytes());
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        run.stderr
    };
    let flame_graph = r#"{"version": 1, "flamebearer": {"names": ["total"], "levels": [[0, 5, 5, 9]],
        "numTicks": 5, "maxSelf": 1}, "metadata": {"format": "single", "units": "bytes",
        "name": "memory:inuse_space:bytes:space:bytes"}}"#;
    let fault = refused("top", flame_graph);
    assert!(
        fault.contains("level 0 of the flame graph is damaged"),
        "{fault}"
    );
    assert_eq!(refused("diagnose", flame_graph), fault);

    let without_rows = "Showing nodes accounting for 1.5GB, 89% of 1.7GB total
      flat  flat%   sum%        cum   cum%\n\n";
    assert_eq!(
        refused("diagnose", without_rows),
        "error: cannot read standard input: its table of `top` has no rows; paste it with them\n"
    );
}

#[test]
fn sums_that_do_not_fit_are_said_by_every_command() {
    const MOST: i64 = i64::MAX;
    let record = format!("{MOST}: {MOST} [{MOST}: {MOST}] @ 0x1\n");
    let text = format!("heap profile: 1: 1000 [1: 1000] @ heap/1048576\n{record}{record}");
    for command in ["top", "breakdown", "diagnose", "info"] {
        let run = kheap_with_input(&[command, "-"], text.as_bytes());
        let said = run.stdout + &run.stderr;
        assert!(said.contains("2^63"), "{command}: {said}");
    }
}

#[test]
fn a_breakdown_adds_up_in_every_dimension() {
    let total = json(&["breakdown", STORM])["total"]
        .as_i64()
        .expect("a total");
    for by in ["part", "verb", "kind", "all"] {
        let breakdown = json(&["breakdown", "--by", by, STORM]);
        let rows = breakdown["rows"].as_array().expect("rows");
        let sum: i64 = rows
            .iter()
            .map(|row| row["bytes"].as_i64().expect("bytes"))
            .sum();
        assert_eq!(
            (sum, breakdown["total"].as_i64()),
            (total, Some(total)),
            "{by}"
        );
        for dimension in ["part", "verb", "kind"] {
            let asked = by == "all" || by == dimension;
            assert_eq!(rows[0].get(dimension).is_some(), asked, "{by} {dimension}");
        }
    }
}

#[test]
fn the_heading_of_a_breakdown_names_what_is_kept_apart() {
    for (by, heading) in [
        ("part", "part"),
        ("kind", "kind"),
        ("verb", "verb"),
        ("all", "part | verb | kind"),
    ] {
        let text = stdout(&["breakdown", "--by", by, "--format", "markdown", IDLE]);
        let heading = format!("| value | share | | {heading} |");
        assert!(text.lines().any(|line| line == heading), "{text}");
    }
}

#[test]
fn a_heap_of_nothing_is_said_to_be_that() {
    let nothing = b"heap profile: 0: 0 [0: 0] @ heap/1048576\n";
    for command in ["breakdown", "diagnose"] {
        for format in ["text", "markdown"] {
            let run = kheap_with_input(&[command, "--format", format, "-"], nothing);
            assert!(run.stdout.contains("All values are 0."), "{}", run.stdout);
            assert!(!run.stdout.contains("Where it is"), "{}", run.stdout);
            assert!(!run.stdout.contains("| share |"), "{}", run.stdout);
        }
    }
    let text = stdout(&["breakdown", "--focus", "no such function", IDLE]);
    assert!(text.ends_with("\nNothing matches.\n"), "{text}");
}

#[test]
fn a_profiler_that_was_off_is_named() {
    let lines = [
        "Sys = 435544320",
        "HeapAlloc = 335544320",
        "HeapSys = 400000000",
        "HeapIdle = 50000000",
        "HeapInuse = 350000000",
        "HeapReleased = 1000000",
        "HeapObjects = 50",
        "Stack = 100 / 200",
        "MSpan = 100 / 200",
        "MCache = 100 / 200",
        "BuckHashSys = 1",
        "GCSys = 1",
        "OtherSys = 1",
        "NextGC = 435544320",
        "LastGC = 1",
        "NumGC = 5",
        "NumForcedGC = 0",
    ];
    let stats: String = lines.map(|line| format!("# {line}\n")).concat();
    let text = format!("heap profile: 0: 0 [0: 0] @ heap/0\n\n# runtime.MemStats\n{stats}");
    let run = kheap_with_input(&["diagnose", "-"], text.as_bytes());
    let said = run.stdout;
    assert!(
        said.contains("320MB of the heap are in use: the profiler was off"),
        "{said}"
    );
    assert!(said.contains("runtime.MemProfileRate"), "{said}");
}

#[test]
fn formats_of_the_breakdown_are_frozen() {
    let dump = "testdata/dumps/v1.34/controller-secret-informer.pb.gz";
    check_output("breakdown.txt", &["breakdown", dump]);
    for (name, format) in [("json", "json"), ("csv", "csv"), ("md", "markdown")] {
        check_output(
            &format!("breakdown.{name}"),
            &["breakdown", "--format", format, dump],
        );
    }
}

#[test]
fn every_signature_has_a_manual_page() {
    let list = stdout(&["signatures"]);
    assert!(list.lines().count() >= 27);
    for line in list.lines() {
        let id = line.split_whitespace().next().expect("an id");
        let page = stdout(&["signatures", id]);
        assert!(page.starts_with(&format!("{id}\n")), "{page}");
        assert!(
            page.contains("\nWhat to do\n") && page.contains("\nSources\n"),
            "{page}"
        );
    }
    check_output("signatures.page.txt", &["signatures", "etcd-large-range"]);
    check_error(
        &["signatures", "no-such-id"],
        "unknown signature \"no-such-id\"; `kheap signatures` lists them",
    );
}

#[test]
fn the_catalogue_is_said_in_every_format() {
    let list = json(&["signatures"]);
    assert_eq!(list["schema"], "kheap.signatures/1");
    let rows = list["rows"].as_array().expect("a list");
    assert_eq!(rows.len(), stdout(&["signatures"]).lines().count());
    let page = json(&["signatures", "etcd-large-range"]);
    assert_eq!(page["rows"][0]["roles"], serde_json::json!(["etcd"]));
    assert!(rows.contains(&page["rows"][0]));
    let csv = stdout(&["signatures", "--format", "csv"]);
    assert!(csv.starts_with("id,title\n"), "{csv}");
    let markdown = stdout(&["signatures", "--format", "markdown", "etcd-large-range"]);
    assert!(markdown.starts_with("# etcd-large-range\n"), "{markdown}");
}

const SERIES: &str = "testdata/dumps/v1.20/series-configmaps";

#[test]
fn several_dumps_are_judged_by_the_newest_and_by_what_grew() {
    check_output(
        "diagnose.series.txt",
        &["diagnose", "--limit", "16GiB", SERIES],
    );
    let diagnosis = json(&["diagnose", "--limit", "16GiB", SERIES]);
    assert_eq!(diagnosis["growth"]["verdict"], "grows");
    assert_eq!(diagnosis["growth"]["snapshots"], 11);
    let finding = &diagnosis["findings"][0];
    assert_eq!(finding["kinds"], serde_json::json!(["ConfigMap"]));
    let growth = &finding["growth"];
    assert_eq!(growth["last"], finding["bytes"]);
    // Ten seconds tell no hourly rate.
    assert_eq!(growth["limit_unforeseen"], "short");
    assert_eq!(growth["limit_earliest_hours"], serde_json::Value::Null);
}

#[test]
fn a_limit_is_compared_and_why_it_is_not_projected_is_said() {
    let dump = format!("{SERIES}/00.pb.gz");
    let text = stdout(&["diagnose", "--limit", "16GiB", &dump]);
    assert!(text.contains("below the limit of 16GB."), "{text}");
    let passed = kheap(&["diagnose", "--limit", "100MB", "--fail-on", "high", &dump]);
    assert_eq!(passed.code, Some(1));
    let above = "The live heap takes 122.32MB, 22.32MB above the limit of 100MB.";
    assert!(passed.stdout.contains(above), "{}", passed.stdout);
    let two = format!("{SERIES}/10.pb.gz");
    let text = stdout(&["diagnose", "--limit", "16GiB", &dump, &two]);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("below the limit of 16GB."), "{words}");
    let few = "No estimate of when it reaches 16GB: two dumps are too few.";
    assert!(words.contains(few), "{words}");
}

#[test]
fn a_limit_is_held_against_the_process_too() {
    let limited = |files: &[&str]| {
        let args = [
            "diagnose",
            "--rss",
            "6GB",
            "--limit",
            "5GB",
            "--fail-on",
            "critical",
        ];
        kheap(&[&args[..], files].concat())
    };
    for files in [&[IDLE][..], &[SERIES]] {
        let run = limited(files);
        assert_eq!(run.code, Some(1), "{}", run.stdout);
        let passed =
            "Verdict: LIMIT PASSED\nThe process has an RSS of 6GB, 1GB above the limit of 5GB.";
        assert!(run.stdout.contains(passed), "{}", run.stdout);
    }
    // Where one thing holds half of a heap above its limit, it is the first to look at.
    let controllers = "testdata/dumps/v1.36/kcm-8000pods.pb.gz";
    let said = words(&["--limit", "120MB", controllers]);
    let step = "Do first: Raise the limit, or reduce the heap. Count the objects:";
    assert!(said.contains(step), "{said}");
    let shared = said.split("To share: ").nth(1).unwrap_or_default();
    let cause = "222.18MB above the limit of 120MB. 38.11% of the heap (130.40MB): an informer";
    assert!(shared.contains(cause), "{shared}");
    let verdict = json(&["diagnose", "--rss", "6GB", "--limit", "5GB", SERIES]);
    assert_eq!(verdict["verdict"], "limit-passed");
    assert_eq!(verdict["healthy"], false);
    assert_eq!(json(&["diagnose", SERIES])["verdict"], "growing");
}

const TEXT: &str = "testdata/dumps/v1.20/series-configmaps-10.debug1.txt.gz";

/// A server of 112.53MB that does nothing.
const LARGE_IDLE: &str = "testdata/dumps/v1.20/idle.pb.gz";

/// The text of a diagnosis on one line.
/// What is said, without line breaks and without the marks of commands: one that does not fit
/// its line stands alone, without them.
fn words(args: &[&str]) -> String {
    let text = stdout(&[&["diagnose"], args].concat()).replace('`', "");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_heap_that_grows_is_not_said_to_stay_below_a_limit() {
    let grows = words(&["--limit", "1GB", SERIES]);
    let expected = "With garbage it can now reach 340.04MB (GOGC=100).";
    assert!(grows.contains(expected), "{grows}");
    let alone = words(&["--limit", "1GB", &format!("{SERIES}/10.pb.gz")]);
    let expected = "With garbage it can reach 340.04MB (GOGC=100), below the limit.";
    assert!(alone.contains(expected), "{alone}");
}

#[test]
fn growth_that_began_late_comes_with_the_figures_before_it() {
    let text = words(&["testdata/dumps/v1.20"]);
    let before = "in the last 3 of 13 dumps. The first 10 dumps: 122.32MB to 165.30MB.";
    assert!(text.contains(before), "{text}");
    // That nothing was there needs no figures.
    assert!(!text.contains("0 to 0"), "{text}");
    // One step is no growth that goes on.
    let one_step = "+5.98GB grew in one step ConfigMap in watches (initial state)";
    assert!(text.contains(one_step), "{text}");
}

#[test]
fn what_moved_between_kinds_of_a_part_is_one_row() {
    let list = "testdata/dumps/v1.20/configmap-list-json.pb.gz";
    let text = words(&[list, "testdata/dumps/v1.20/configmap-list-cache-json.pb.gz"]);
    let netted = "+616.48MB grew LIST (read from etcd): ConfigMap +2.39GB, unknown kind -1.79GB";
    assert!(text.contains(netted), "{text}");
    assert!(!text.contains("shrinks"), "{text}");
}

#[test]
fn no_step_overwrites_a_dump_that_was_given() {
    let folder = tempfile::tempdir().expect("a folder");
    let heap = folder.path().join("heap.pb.gz");
    std::fs::copy(common::project().join(LARGE_IDLE), &heap).expect("a dump");
    let later = folder.path().join("later-1.pb.gz");
    let grown = format!("{SERIES}/10.pb.gz");
    std::fs::copy(common::project().join(grown), &later).expect("a dump");
    let [heap, later] = [&heap, &later].map(|file| file.to_str().expect("UTF-8"));
    let alone = words(&["--limit", "100MB", heap]);
    let first = format!("{SERIES}/00.pb.gz");
    let grows = words(&[&first, later]);
    for text in [&alone, &grows] {
        assert!(!text.contains("> heap.pb.gz"), "{text}");
        assert!(!text.contains("> later-1.pb.gz"), "{text}");
    }
    assert!(grows.contains("> later-1-2.pb.gz"), "{grows}");
    let list = "testdata/dumps/v1.20/configmap-list-cache-json.pb.gz";
    std::fs::copy(common::project().join(list), heap).expect("a dump");
    let found = words(&[heap]);
    let capture = "pprof/heap?gc=1' $S > heap-2.pb.gz";
    assert!(found.contains(capture), "{found}");
    assert!(
        found.contains("kheap diagnose heap-2.pb.gz --with"),
        "{found}"
    );
}

#[test]
fn garbage_above_a_limit_is_said_whether_or_not_the_process_is_known() {
    let heap = words(&["--limit", "160MB", LARGE_IDLE]);
    let process = words(&["--limit", "160MB", "--rss", "150MB", LARGE_IDLE]);
    let can_take = |it: &str| format!("With garbage {it} can reach 225.07MB (GOGC=100), above the");
    assert!(heap.contains(&can_take("it")), "{heap}");
    assert!(process.contains(&can_take("the heap")), "{process}");
    let far = words(&["--limit", "400MB", "--rss", "150MB", LARGE_IDLE]);
    assert!(
        !far.contains("above the limit") && !far.contains("GOGC="),
        "{far}"
    );
    // The runtime says when the next collection starts.
    let late = words(&["--limit", "330MB", TEXT]);
    let expected = "The heap can grow by 157.16MB before the next GC, which passes the limit.";
    assert!(late.contains(expected), "{late}");
}

#[test]
fn only_a_live_heap_above_a_limit_is_to_be_reduced() {
    let check = |args: &[&str], command: &str| {
        let text = words(args);
        let first = text.split("Do first: ").nth(1).unwrap_or_default();
        let expected = format!("Raise the limit, or {command}");
        assert!(first.starts_with(&expected), "{text}");
        let (_, command) = command.split_once(": ").expect("a command");
        let args: Vec<&str> = command.split(' ').skip(1).collect();
        let run = kheap(&args);
        assert_eq!(run.code, Some(0), "{command}: {}", run.stderr);
    };
    let split = |end: &str| format!("see what the rest is: kheap memory {end}");
    check(
        &["--limit", "300MB", TEXT],
        &split(&format!("{TEXT} --limit 300MB")),
    );
    // Nothing splits a process whose size alone is known.
    let text = words(&["--limit", "120MB", "--rss", "150MB", LARGE_IDLE]);
    let expected = "Raise the limit, or see what the rest is: kubectl get --raw \
                    '/debug/pprof/heap?debug=1' > heap.txt then kheap memory heap.txt --rss 150MB \
                    --limit 120MB.";
    assert!(text.contains(expected), "{text}");
    check(
        &["--limit", "100MB", LARGE_IDLE],
        &format!("reduce the heap. Who allocated it: kheap top --cum {LARGE_IDLE}"),
    );
}

/// Runs the last command of `kheap memory` in a text. What it reads is fetched with
/// `?debug=1` before it, or has the size.
#[track_caller]
fn check_memory_command(text: &str) {
    let at = text
        .rfind("kheap memory ")
        .unwrap_or_else(|| panic!("{text}"));
    let command = text[at..].trim().trim_end_matches('.');
    match command.contains(" heap.txt") {
        true => assert!(text.contains("?debug=1' > heap.txt"), "{text}"),
        false => {
            let args: Vec<&str> = command.split(' ').skip(1).collect();
            let run = kheap(&args);
            assert_eq!(run.code, Some(0), "{command}: {}", run.stderr);
        }
    }
}

#[test]
fn a_process_is_split_by_a_command_that_knows_its_size() {
    let first = |args: &[&str]| {
        let text = words(args);
        let first = text.split("Do first: ").nth(1).unwrap_or_default();
        first
            .split("To share: ")
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    check_memory_command(&first(&["--limit", "160MB", LARGE_IDLE]));
    check_memory_command(&first(&["--limit", "160MB", "--rss", "150MB", LARGE_IDLE]));
    check_memory_command(&first(&["--limit", "330MB", TEXT]));
    check_memory_command(&first(&["--limit", "300MB", TEXT]));
    // A dump without statistics shows nothing more of its process.
    let rss = words(&["--rss", "6GB", LARGE_IDLE]);
    assert!(rss.contains("kheap memory heap.txt --rss 6GB"), "{rss}");
    assert!(
        !rss.contains(&format!("kheap memory {LARGE_IDLE}")),
        "{rss}"
    );
}

#[test]
fn no_gomemlimit_is_set_that_the_live_heap_nearly_fills() {
    let text = |limit| {
        let dump = "testdata/dumps/v1.34/idle.pb.gz";
        words(&["--rss", "1.2GB", "--limit", limit, dump])
    };
    let full = text("7MB");
    assert!(full.contains("Set no GOMEMLIMIT"), "{full}");
    assert!(!full.contains("GOMEMLIMIT="), "{full}");
    assert!(text("90MB").contains("set GOMEMLIMIT=81MiB"));
}

#[test]
fn a_line_to_share_begins_with_the_limit_that_garbage_passes() {
    let text = words(&["--limit", "200MB", SERIES]);
    let shared = text.split("To share: ").nth(1).unwrap_or_default();
    let shared = shared.split(" Where it is").next().unwrap_or_default();
    assert!(shared.contains("above the limit"), "{text}");
    let at = |words: &str| shared.find(words).expect("a sentence");
    assert!(at("above the limit") < at("The heap grows"), "{shared}");
}

#[test]
fn metrics_beside_a_dump_split_the_process_that_passes_a_limit() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (heap, metrics) = (path("heap.pb.gz"), path("metrics.txt"));
    std::fs::copy(common::project().join(LARGE_IDLE), &heap).expect("a dump");
    let gauges = "process_resident_memory_bytes 2.097152e+08\n\
                  process_start_time_seconds 1795289700\n\
                  go_memstats_last_gc_time_seconds 1795289748\n";
    std::fs::write(&metrics, gauges).expect("metrics");
    let folder = folder.path().display().to_string();
    let command = |args: &[&str]| {
        let text = words(&[args, &["--limit", "180MB"]].concat());
        let command = text.split("see what the rest is: ").nth(1);
        let command = command.unwrap_or_default();
        let end = command.find(" 180MB");
        let command = command[..end.unwrap_or_default()].to_owned() + " 180MB";
        let args: Vec<&str> = command.split(' ').skip(1).collect();
        let split = stdout(&args);
        assert!(split.contains(": 200MB RSS"), "{command}: {split}");
        command
    };
    let of_folder = format!("kheap memory {folder} --limit 180MB");
    assert_eq!(command(&[&folder]), of_folder);
    let of_file = format!("kheap memory {heap} --with {metrics} --limit 180MB");
    assert_eq!(command(&[&heap, "--with", &metrics]), of_file);
}

#[test]
fn the_order_in_which_dumps_are_given_does_not_matter() {
    let dump = |number: &str| format!("{SERIES}/{number}.pb.gz");
    let (first, middle, last) = (dump("00"), dump("05"), dump("10"));
    let said = stdout(&["diagnose", &first, &middle, &last]);
    assert_eq!(said, stdout(&["diagnose", &last, &first, &middle]));
    assert!(said.contains("in 3 dumps"), "{said}");
}

#[test]
fn a_dump_of_an_api_server_is_fetched_by_kubectl_and_any_other_by_curl() {
    let check = |table: &str, is_kube: bool| {
        let said = stdout(&["diagnose", &format!("testdata/incidents/{table}")]);
        assert_eq!(
            said.contains("kubectl get --raw '/debug"),
            is_kube,
            "{said}"
        );
        assert_eq!(said.contains("curl -s 'http://HOST"), !is_kube, "{said}");
    };
    check("01-k8s-97142-configmap-json-list.txt", true);
    check("05-k8s-98423-pending-pods-allocs.txt", true);
    check("19-k8s-66368-openapi-startup.txt", true);
    check("10-cilium-26485-etcd-client-zap.txt", false);
    check("43-etcd-12457-range.txt", false);
    check("46-velero-2069-gzip.txt", false);
}

#[test]
fn evidence_is_saved_with_a_new_dump_because_later_files_do_not_fit_an_old_one() {
    let said = stdout(&["diagnose", STORM]);
    let capture = "kubectl get --raw '/debug/pprof/heap?gc=1' $S > heap.pb.gz";
    assert!(said.contains(capture), "{said}");
    assert!(
        said.contains(&format!("kheap diagnose {STORM} --with ")),
        "{said}"
    );
    // A table has no time, so nothing fits it.
    let said = stdout(&[
        "diagnose",
        "testdata/incidents/01-k8s-97142-configmap-json-list.txt",
    ]);
    let saved = "If you saved them";
    assert!(said.contains(capture) && !said.contains(saved), "{said}");
}

#[test]
fn a_folder_of_pasted_tables_has_no_dump_and_each_table_is_diagnosed_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["a.txt", "b.txt"] {
        fs::copy(project().join(TABLE), folder.path().join(name)).expect("it can be copied");
    }
    fs::write(folder.path().join("notes"), "no dump").expect("it can be written");
    let folder = folder.path().display().to_string();
    check_error(
        &["diagnose", &folder],
        &format!(
            "none of 3 files is a dump, and 2 are pasted tables, which kheap diagnoses one at a \
             time: `kheap diagnose {folder}/a.txt`"
        ),
    );
}

#[test]
fn dumps_that_are_no_series_are_refused() {
    check_error(
        &["diagnose", STORM, IDLE],
        &format!(
            "dumps of different programs: {STORM} is of kube-apiserver, {IDLE} of apiserver; \
             the programs are apiserver, kube-apiserver; for one dump, run `kheap diagnose {IDLE}`"
        ),
    );
    let strict = kheap(&["diagnose", "--strict", STORM, TABLE]);
    assert_eq!(strict.code, Some(2));
    assert_eq!(strict.stderr.lines().count(), 1, "{}", strict.stderr);
    let newest = fs::read(project().join(SERIES).join("10.pb.gz")).expect("it is there");
    let piped = kheap_with_input(&["diagnose", "-", STORM], &newest);
    let advice = "standard input cannot be one of several dumps; save it to a file first";
    assert_eq!(piped.stderr, format!("error: {advice}\n"));
}

#[test]
fn a_table_that_a_windows_shell_wrote_is_read() {
    let table = fs::read_to_string(project().join(TABLE)).expect("it is there");
    let expected = kheap_with_input(&["diagnose", "-"], table.as_bytes()).stdout;
    let units = || "\u{feff}".encode_utf16().chain(table.encode_utf16());
    let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
    for bytes in [little, big] {
        let run = kheap_with_input(&["diagnose", "-"], &bytes);
        assert_eq!(run.stdout, expected, "{}", run.stderr);
        let run = kheap_with_input(&["diagnose", "-"], &bytes[2..]);
        assert!(
            run.stderr.contains("this is text in UTF-16"),
            "{}",
            run.stderr
        );
    }
}

const OWN: &str = r#"
id = "my-secrets"
title = "Secrets in the informer"
about = "Ours."
bytes = "secrets"
remedy = ["cache metadata only"]
sources = ["https://example.com"]
[select.secrets]
kind = ["Secret"]
[[require]]
share = "secrets"
at_least = 0.5
"#;

#[test]
fn signatures_of_ones_own_are_judged_like_the_others() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("my-secrets.toml"), OWN).expect("it can be written");
    let name = folder.path().display().to_string();
    let dump = "testdata/dumps/v1.34/controller-secret-informer.pb.gz";
    let diagnosis = json(&["diagnose", "--signatures", &name, dump]);
    let findings = diagnosis["findings"].as_array().expect("a list");
    assert!(
        findings.iter().any(|finding| finding["id"] == "my-secrets"),
        "{findings:?}"
    );
}

/// Its name alone does not say that what it claims are answers to LISTs.
#[test]
fn requests_are_counted_where_a_signature_says_which_they_are() {
    let check = |request: &str, expected: bool| {
        let folder = tempfile::tempdir().expect("a folder");
        let own = OWN.replace("my-secrets", "list-secrets");
        let own = own.replace("kind = [\"Secret\"]", "part = [\"list-encode\"]");
        let own = own.replace("at_least = 0.5", "at_least = 0.3");
        let own = own.replace("[select", &format!("{request}\n[select"));
        let own = format!("{own}[[confidence]]\nlevel = \"high\"\nwhen = []\n");
        fs::write(folder.path().join("list-secrets.toml"), own).expect("it can be written");
        let name = folder.path().display().to_string();
        let dump = "testdata/dumps/v1.20/configmap-list-cache-json.pb.gz";
        let said = words(&["diagnose", "--signatures", &name, dump]);
        let (_, finding) = said
            .split_once("HIGH Secrets in the informer")
            .expect(&said);
        assert_eq!(
            finding.contains("At least 8 LISTs, running"),
            expected,
            "{said}"
        );
    };
    check("request = \"LIST\"", true);
    check("", false);
}

#[test]
fn a_signature_of_ones_own_brings_no_codes_along() {
    let folder = tempfile::tempdir().expect("a folder");
    let title = OWN.lines().find(|line| line.starts_with("title = "));
    let title = title.expect("it has a title");
    let own = OWN.replace(title, "title = \"red \\u001b[31mtitle\"");
    fs::write(folder.path().join("my-secrets.toml"), own).expect("it can be written");
    let name = folder.path().display().to_string();
    let dump = "testdata/dumps/v1.34/controller-secret-informer.pb.gz";
    for format in ["text", "markdown"] {
        for what in [
            &["diagnose", "--all", dump][..],
            &["signatures"],
            &["signatures", "my-secrets"],
        ] {
            let options = ["--signatures", &name, "--format", format];
            let text = stdout(&[what, &options].concat());
            assert!(!text.contains('\u{1b}'), "{what:?} {format}");
            let shown = match format {
                "markdown" => "red \\\\u001b\\[31mtitle",
                _ => "red \\u001b[31mtitle",
            };
            assert!(text.contains(shown), "{what:?}: {text}");
        }
    }
}

#[test]
fn a_bad_signature_is_refused_with_file_line_and_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bad.toml");
    let name = folder.path().display().to_string();
    let check = |text: &str, expected: &str| {
        fs::write(&file, text).expect("it can be written");
        let run = kheap(&["diagnose", "--signatures", &name, IDLE]);
        let begin = format!("error: cannot use {}: invalid signature", file.display());
        assert_eq!(
            (run.code, run.stderr.lines().count()),
            (Some(2), 1),
            "{}",
            run.stderr
        );
        assert!(run.stderr.starts_with(&begin), "{}", run.stderr);
        assert!(run.stderr.contains(expected), "{}", run.stderr);
    };
    check("id = ", "in line 1");
    check(
        &format!("{OWN}[[confidence]]\nlevel = \"low\"\nbytes = \"others\"\nwhen = []\n"),
        "no [select.others]",
    );
    check(
        &OWN.replace("share = \"secrets\"", "share = \"others\""),
        "no [select.others]",
    );
    check(
        &OWN.replace("kind = [\"Secret\"]", "leaf = \"(\""),
        "unclosed group",
    );
    check(
        &OWN.replace("kind = [\"Secret\"]", r#"leaf = '\p{Greek}'"#),
        "names are matched as bytes",
    );
    check(&OWN.replace("title", "titel"), "in line 3");
    check(
        &OWN.replace("kind = [\"Secret\"]", "part = [\"heap\"]"),
        "no part \"heap\"",
    );
    check(&OWN.replace("at_least = 0.5", ""), "at_least or at_most");
    check(
        &OWN.replace("at_least = 0.5", "at_least = 50"),
        "a share is at most 1",
    );
    check(
        &format!("{OWN}[[case]]\nname = \"none\"\nstacks = [\"main.f 9\"]\nfires = true\n"),
        "in line 14: case \"none\": it does not fire",
    );
    fs::write(&file, OWN).expect("it can be written");
    check_error(
        &["diagnose", "--signatures", &name, IDLE],
        &format!(
            "cannot use {}: its id is \"my-secrets\"; name it my-secrets.toml",
            file.display()
        ),
    );
    fs::remove_file(&file).expect("it is there");
    let yields = OWN.replace("bytes =", "yields_to = [\"nobody\"]\nbytes =");
    fs::write(folder.path().join("my-secrets.toml"), yields).expect("it can be written");
    check_error(
        &["diagnose", "--signatures", &name, IDLE],
        &format!(
            "cannot use the signatures of {name}: invalid signature: my-secrets yields to nobody, \
             which there is not"
        ),
    );
    let empty = tempfile::tempdir().expect("a folder");
    let name = empty.path().display().to_string();
    let expected = format!("no signatures (*.toml) in {name}; name the folder that has them");
    check_error(&["diagnose", "--signatures", &name, IDLE], &expected);
}

/// How `kheap signatures` refuses a folder with this one file.
fn check_unreadable(folder: &Path, expected: &str) {
    let name = folder.display().to_string();
    let file = folder.join("own.toml");
    let expected = format!("cannot read {}: {expected}", file.display());
    check_error(&["signatures", "--signatures", &name], &expected);
}

#[test]
fn a_signature_that_is_too_large_or_no_text_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("own.toml");
    fs::write(&file, "#".repeat((1 << 20) + 1)).expect("it can be written");
    check_unreadable(
        folder.path(),
        "it is larger than 1048576 bytes, too large for a signature",
    );
    fs::write(&file, b"# one\n# two \xff\n").expect("it can be written");
    check_unreadable(folder.path(), "invalid UTF-8 in line 2");
}

#[cfg(unix)]
#[test]
fn devices_and_pipes_are_not_read_as_signatures() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("own.toml");
    symlink("/dev/zero", &file).expect("it can be linked");
    check_unreadable(folder.path(), "it is not a regular file; name another file");
    fs::remove_file(&file).expect("it is there");
    let made = std::process::Command::new("mkfifo").arg(&file).status();
    if !made.is_ok_and(|status| status.success()) {
        common::skip("no `mkfifo`, which makes a pipe with a name");
        return;
    }
    check_unreadable(folder.path(), "it is not a regular file; name another file");
}

/// What is said of heaps of folded stacks, in MB, a minute apart.
fn said_of_series(heaps: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    for (number, stacks) in heaps.iter().enumerate() {
        let stacks = stacks.lines().map(|line| {
            let (stack, megabytes) = line.trim().rsplit_once(' ').expect("a stack");
            let bytes = megabytes.parse::<i64>().expect("a number") << 20;
            format!("{stack} {bytes}\n")
        });
        let stacks: String = stacks.collect();
        let mut builder = kheap::ProfileBuilder::folded(&stacks).expect("stacks");
        builder.header().time_nanos = (1_800_000_000 + 60 * number as i64) * 1_000_000_000;
        let file = fs::File::create(folder.path().join(format!("{number}.pb.gz")));
        let file = file.expect("a file");
        kheap::encode(&builder.finish(), file).expect("there is room");
    }
    words(&[&folder.path().display().to_string()])
}

#[test]
fn a_part_that_nothing_explains_is_said_before_its_stacks() {
    let stack = |verb: &str, n: u32| {
        format!("k8s.io/apiserver/pkg/endpoints/handlers.{verb}.func1;example.com/x{n}.Put 12")
    };
    let created = (0..40).map(|n| stack("createHandler", n));
    let updated = (0..30).map(|n| stack("UpdateResource", n));
    let stacks: Vec<String> = created.chain(updated).collect();
    let said = said_of_series(&[&stacks.join("\n")]);
    let verdict = "Verdict: UNEXPLAINED No known problem matches this heap. 57.14% of it (480MB) is \
                   in one part: write requests (CREATE). Also large: write requests (UPDATE), \
                   42.86% (360MB). Do first: Count the CREATE requests (POST in metrics) by resource, in \
                   Prometheus: topk(5, sum by (resource) \
                   (rate(apiserver_request_total{verb=\"POST\"}[5m])))";
    assert!(said.contains(verdict), "{said}");
}

#[test]
fn requests_that_nothing_explains_are_counted_as_metrics_name_them() {
    let check = |function: &str, expected: &str| {
        let stack = |n: u32| {
            format!("k8s.io/apiserver/pkg/endpoints/handlers.{function};example.com/x{n}.Put 12")
        };
        let stacks: Vec<String> = (0..40).map(stack).collect();
        let said = said_of_series(&[&stacks.join("\n")]);
        assert!(said.contains(&format!("Do first: {expected}")), "{said}");
    };
    check(
        "createHandler.func1",
        "Count the CREATE requests (POST in metrics) by resource, in Prometheus: topk(5, sum by \
         (resource) (rate(apiserver_request_total{verb=\"POST\"}[5m])))",
    );
    check(
        "PatchResource.func1",
        "Count the PATCH requests (PATCH or APPLY in metrics) by resource, in Prometheus: topk(5, \
         sum by (resource) (rate(apiserver_request_total{verb=~\"PATCH|APPLY\"}[5m])))",
    );
    // A watch is counted there when it ends.
    check(
        "serveWatch",
        "Count watches by resource, in Prometheus: sum by (resource) \
         (apiserver_longrunning_requests{verb=\"WATCH\"} or \
         apiserver_longrunning_gauge{verb=\"WATCH\"})",
    );
}

#[test]
fn growth_that_nothing_explains_is_said_first_with_who_allocates() {
    let heap = |megabytes: u32| {
        format!(
            "net/http.HandlerFunc.ServeHTTP;main.(*store).login;reflect.New {megabytes}
             net/http.HandlerFunc.ServeHTTP;main.(*store).login;encoding/json.unquote 2
             main.main;main.load 2"
        )
    };
    let heaps = [100, 140, 180, 220].map(heap);
    let heaps: Vec<&str> = heaps.iter().map(String::as_str).collect();
    let said = said_of_series(&heaps);
    let verdict = "Verdict: GROWING Grows steadily, +120MB in 3m 0s over 4 dumps, nearly all \
                   allocated in main.(*store).login and kept.";
    assert!(said.contains(verdict), "{said}");
    // What is elsewhere may be what grew.
    let elsewhere = [
        "",
        "\nmain.main;main.other 20",
        "\nmain.main;main.other 40",
        "\nmain.main;main.other 90",
    ];
    let mixed = { heaps.iter().zip(elsewhere) }.map(|(heap, other)| format!("{heap}{other}"));
    let mixed: Vec<String> = mixed.collect();
    let said = said_of_series(&mixed.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(
        said.contains("at least 116MB of it allocated in main.(*store).login"),
        "{said}"
    );
}

#[test]
fn growth_stands_behind_a_cause_that_holds_most_of_the_heap() {
    let heap = |megabytes: u32| {
        format!(
            "main.dispatch;context.WithCancel;context.withCancel {megabytes}
             main.main;main.load 8"
        )
    };
    let heaps = [100, 140, 180, 220].map(heap);
    let heaps: Vec<&str> = heaps.iter().map(String::as_str).collect();
    let said = said_of_series(&heaps);
    let verdict = "Verdict: GROWING The program creates contexts or timers and never releases them: 96.49% of \
                   the heap (220MB of 228MB). Check whether that is expected. The heap \
                   grows steadily, +120MB in 3m 0s over 4 dumps. Do first: Call the cancel function";
    assert!(said.contains(verdict), "{said}");
    assert!(
        said.contains("To share: the program creates contexts or timers"),
        "{said}"
    );
}
