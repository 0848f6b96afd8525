//! Files of several processes beside one dump: which are used, and what is said of the
//! others.

mod common;

use common::{HEAP, answers, answers_as, bytes, event, fetched, joined, text};
use kheap_evidence::Warning;
use kheap_evidence::join::Reason;

const METRICS: &str = "01-one-bad-of-three/metrics-2.txt.gz";
const AUDIT: &str = "01-one-bad-of-three/audit.log.gz";
const LOG: &str = "01-one-bad-of-three/server.log.gz";
const GOROUTINES: &str = "01-one-bad-of-three/goroutine.pb.gz";

/// Joins the heap of the first bundle with files; each line is looked for in order.
fn check(files: &[(&str, Vec<u8>)], expected: &[&str]) {
    let said = answers(HEAP, files);
    let mut lines = said.lines();
    for wanted in expected {
        let is_found = lines.any(|line| line.starts_with(wanted));
        assert!(is_found, "{wanted}\n{said}");
    }
}

/// Metrics with the values of some series replaced: by the beginning of their lines.
fn metrics_with(changes: &[(&str, &str)]) -> Vec<u8> {
    let metrics = text(METRICS);
    let lines = metrics.lines().map(|line| {
        let found = changes.iter().find(|(start, _)| line.starts_with(start));
        let series = line.rsplit_once(' ').map_or(line, |(series, _)| series);
        found.map_or_else(|| line.to_owned(), |(_, value)| format!("{series} {value}"))
    });
    lines.collect::<Vec<_>>().join("\n").into_bytes()
}

const IN_FLIGHT: &str = "12 in flight by metrics, 6036 objects";

#[test]
fn of_several_scrapes_the_one_of_the_process_counts() {
    let own = text(METRICS);
    let before = text("03-events-list-storm/metrics-2.txt.gz");
    let after = text("08-misleading-restart/metrics-2.txt.gz");
    for scrapes in [[&before, &own, &after], [&own, &after, &before]] {
        let all = scrapes.map(String::as_str).concat().into_bytes();
        let used = "all used: 1 of its 3 scrapes; the others are of another process or time";
        check(&[("all", all)], &[IN_FLIGHT, used]);
    }
}

#[test]
fn of_scrapes_of_one_process_the_nearest_counts() {
    let late = metrics_with(&[
        ("go_memstats_last_gc_time_seconds", "1.79596699e+09"),
        ("go_memstats_alloc_bytes_total", "2.5e+10"),
        (
            "apiserver_cache_list_total{group=\"\",index=\"\",resource=\"pods\"}",
            "9000",
        ),
    ]);
    let all = [text(METRICS).into_bytes(), late].concat();
    check(&[("all", all)], &[IN_FLIGHT]);
}

#[test]
fn of_two_processes_the_one_that_allocated_what_the_dump_counts_is_used() {
    let peer = metrics_with(&[
        ("process_start_time_seconds", "1.79596680226e+09"),
        ("go_memstats_alloc_bytes_total", "4.1e+09"),
        (
            "apiserver_cache_list_total{group=\"\",index=\"\",resource=\"pods\"}",
            "9000",
        ),
    ]);
    let reason = "peer not used: it is of a process that started at 2026-11-29 15:40:02 UTC; \
                  the one whose metrics fit the dump started at 2026-11-29 15:39:52 UTC";
    check(
        &[("own", bytes(METRICS)), ("peer", peer)],
        &[IN_FLIGHT, reason],
    );
}

/// What the later scrape shows holds for the earlier one of the same process.
#[test]
fn a_scrape_goes_with_another_one_of_its_process() {
    let later = metrics_with(&[
        ("process_start_time_seconds", "1.79596680226e+09"),
        ("go_memstats_alloc_bytes_total", "9e+13"),
    ]);
    let earlier = metrics_with(&[("process_start_time_seconds", "1.79596680226e+09")]);
    let files = [("earlier", earlier), ("later", later)];
    let [earlier, later] = ["earlier", "later"].map(|file| {
        format!("{file} not used: it belongs to another process: that one had allocated 90000.0 GB")
    });
    check(&files, &[&earlier, &later]);
}

#[test]
fn texts_of_goroutines_do_not_go_with_a_profile_of_another_server() {
    let peer = "03-events-list-storm/goroutine.pb.gz";
    let files = [
        ("peer", bytes(peer)),
        ("text", bytes("goroutines/debug1.txt.gz")),
    ];
    let said = answers(HEAP, &files);
    assert!(said.contains("peer not used"), "{said}");
    assert!(!said.contains("text not used"), "{said}");
}

/// Metrics are held against the start and the time of the dump. The reason names what is missing,
/// and no more.
#[test]
fn metrics_without_a_start_or_a_time_are_told_apart() {
    const START: &str = "process_start_time_seconds 1.7959668e+09\n";
    const TIME: &str = "go_memstats_last_gc_time_seconds 1.7959669e+09\n";
    const NO_TIME: &str = "no usable go_memstats_last_gc_time_seconds and no timestamps";
    const NEITHER: &str = "no usable process_start_time_seconds and go_memstats_last_gc_time";
    for (lines, missing) in [
        (START.to_owned(), NO_TIME),
        // Before its first collection, and at an impossible time.
        (
            format!("{START}go_memstats_last_gc_time_seconds 0\n"),
            NO_TIME,
        ),
        (TIME.to_owned(), "no usable process_start_time_seconds, "),
        (String::new(), NEITHER),
        ("process_start_time_seconds 0\n".to_owned(), NEITHER),
        // What is known shows that it is of another process.
        (
            "process_start_time_seconds 1.7999e+09\n".to_owned(),
            "process started after the dump",
        ),
    ] {
        let metrics = format!("process_resident_memory_bytes 1e+09\n{lines}");
        let said = answers(HEAP, &[("metrics", metrics.into_bytes())]);
        let words = said.split("metrics not used: it").nth(1);
        assert!(
            words.is_some_and(|words| words.contains(missing)),
            "{missing}\n{said}"
        );
    }
}

#[test]
fn no_process_allocates_without_end() {
    let peer = metrics_with(&[("go_memstats_alloc_bytes_total", "9e+13")]);
    let reason = "peer not used: it belongs to another process: that one had allocated 90000.0 GB";
    check(&[("peer", peer)], &["- in flight by -", reason]);
}

#[test]
fn metrics_that_contradict_goroutines_are_of_another_server() {
    let peer = metrics_with(&[("apiserver_longrunning_requests{", "400")]);
    let files = [("goroutines", bytes(GOROUTINES)), ("peer", peer)];
    let reason = "peer not used: it counts ";
    check(&files, &["12 in flight by goroutines", reason]);
    let said = answers(HEAP, &files);
    let words = "open watches, the goroutines show 138: it is of another server or another moment";
    assert!(said.contains(words), "{said}");
}

#[test]
fn counters_of_lists_that_drifted_are_not_believed() {
    let metrics = text(METRICS);
    let is_of_pods = |line: &&str| {
        line.starts_with("apiserver_request_total{")
            && line.contains("resource=\"pods\"")
            && line.contains("scope=\"cluster\"")
            && line.contains("verb=\"LIST\"")
    };
    let line = metrics.lines().find(is_of_pods);
    let line = line.expect("Pods are listed");
    let (series, count) = line.rsplit_once(' ').expect("it has a value");
    let count: i64 = count.parse().expect("a number");
    let drifted = metrics.replace(line, &format!("{series} {}", count + 10));
    let files = [
        ("goroutines", bytes(GOROUTINES)),
        ("metrics", drifted.into_bytes()),
    ];
    let reason =
        "metrics used: it counts 2 LISTs in flight, the goroutines show 12: those are believed";
    check(&files, &["12 in flight by goroutines", reason]);
}

/// The same lines under other ids: a peer of which a heap is fetched as well.
fn peer() -> Vec<u8> {
    let audit = text(AUDIT).replace("\"auditID\":\"", "\"auditID\":\"p");
    audit.replace("inventory-agent", "bystander").into_bytes()
}

#[test]
fn of_two_servers_logs_the_one_with_the_requests_of_the_server_log_is_used() {
    let files = [("peer", peer()), ("own", bytes(AUDIT)), ("log", bytes(LOG))];
    check(
        &files,
        &[
            "11 in flight by audit log",
            "  100 %: system:serviceaccount:monitoring:inventory-agent",
            "peer not used: it is of another server: it shares no request",
        ],
    );
}

#[test]
fn of_two_servers_logs_none_is_used_where_nothing_separates_them() {
    let files = [("peer", peer()), ("own", bytes(AUDIT))];
    check(
        &files,
        &[
            "- in flight by -",
            "peer not used: another log of the same time shares no request with it",
            "own not used: another log of the same time shares no request with it",
        ],
    );
}

#[test]
fn a_copy_of_a_log_counts_once() {
    let copy = text(AUDIT).into_bytes();
    let files = [("audit", bytes(AUDIT)), ("copy", copy)];
    let reason = "copy not used: its requests stand in another file, too";
    check(&files, &["11 in flight by audit log", reason]);
}

/// A text tells when the last collection ended, and not when it was fetched.
#[test]
fn the_request_for_a_dump_stands_in_a_log_within_the_time_of_its_fetch() {
    for (after, lag, is_used) in [
        (0, 0, true),
        (-60, 130, true),
        (-60, 30, false),
        (-5, 0, false),
    ] {
        let files = fetched(after, lag, &[("audit", bytes(AUDIT))]);
        let usage = &files[0].usage;
        assert_eq!(usage.is_used(), is_used, "{after} + {lag}: {usage:?}");
        let is_other = matches!(usage.reason(), Some(Reason::NoHeapRequest));
        assert_eq!(is_other, !is_used, "{usage:?}");
    }
}

#[test]
fn a_share_is_no_more_than_what_requests_can_hold() {
    let small = event("a", "small", "RequestReceived", "15:41:43.0", "15:41:43.0");
    let small = small.replace("/api/v1/pods", "/api/v1/pods?limit=10");
    let end = event("b", "other", "RequestReceived", "15:42:43.0", "15:42:43.0");
    let begin = event("c", "other", "RequestReceived", "15:40:00.0", "15:40:00.0");
    let end_of = event("c", "other", "ResponseComplete", "15:40:00.0", "15:40:00.1");
    let audit = [begin, end_of, small, end].concat().into_bytes();
    let said = answers(HEAP, &[("audit", audit), ("metrics", bytes(METRICS))]);
    assert!(!said.contains("small"), "{said}");
}

#[test]
fn requests_for_another_kind_than_the_inferred_one_are_not_blamed() {
    let audit = text(AUDIT).replace("\"resource\":\"pods\"", "\"resource\":\"configmaps\"");
    let said = answers_as(HEAP, &[("audit", audit.into_bytes())], |diagnosis| {
        let first = diagnosis.findings.first_mut().expect("a finding");
        first.kinds = vec!["Pod".to_owned()];
        first.kinds_inferred = true;
    });
    assert!(!said.contains("inventory-agent"), "{said}");
}

#[test]
fn a_long_line_that_is_lost_is_said() {
    let mut audit = text(AUDIT).into_bytes();
    audit.extend(b"{\"auditID\":\"x\",\"stage\":\"ResponseComplete\",\"a\":\"");
    audit.resize(audit.len() + (10 << 20), b'x');
    audit.extend(b"\"}\n");
    let said = answers(HEAP, &[("audit", audit)]);
    assert!(said.starts_with("11 in flight by audit log"), "{said}");
    let lost = kheap_text::reason::passed_over(&Warning::LongLines(1));
    assert!(said.contains(&format!("audit used: {lost}")), "{said}");
}

#[test]
fn programs_that_start_in_the_same_second_have_files_of_their_own() {
    let folder = "07-clients";
    let names = [
        "kcm-goroutine.pb.gz",
        "kcm-metrics.txt.gz",
        "sched-goroutine.pb.gz",
        "sched-metrics.txt.gz",
    ];
    let files = names.map(|name| (name, bytes(&format!("{folder}/{name}"))));
    for (own, other) in [("kcm", "sched"), ("sched", "kcm")] {
        let (_, joined) = joined(&format!("{folder}/{own}-heap.pb.gz"), &files);
        for file in joined.files {
            let is_own = file.file.starts_with(own);
            assert_eq!(file.usage.is_used(), is_own, "{own}: {file:?}");
            let is_of_other = matches!(file.usage.reason(), Some(Reason::OtherProgram { .. }));
            assert_eq!(is_of_other, file.file.starts_with(other), "{own}: {file:?}");
        }
    }
}

#[test]
fn a_version_is_of_the_server_whose_files_lie_beside_it() {
    let version = br#"{"major":"1","minor":"36","gitVersion":"v1.36.2","goVersion":"go1.27.3"}"#;
    let own = ("here/version.json", version.to_vec());
    let metrics = bytes(METRICS);
    let check = |heap: &str, files: &[(&str, Vec<u8>)], expected: &str| {
        let (_, joined) = joined(heap, files);
        let usage = &joined.files[0].usage;
        let found = usage
            .reason()
            .map_or("used".to_owned(), kheap_text::reason::reason);
        assert_eq!(found, expected);
        let version = usage.is_used().then_some("v1.36.2");
        assert_eq!(joined.server.version.as_deref(), version);
    };
    let alone = [own.clone()];
    check(HEAP, &alone, "used");
    check(
        HEAP,
        &[own.clone(), ("here/metrics", metrics.clone())],
        "used",
    );
    check(
        HEAP,
        &[
            own.clone(),
            (
                "here/metrics",
                bytes("08-misleading-restart/metrics-2.txt.gz"),
            ),
            ("there/metrics", metrics.clone()),
        ],
        "it belongs to another process, as all other evidence in its folder does",
    );
    check(
        "../dumps/v1.20/idle.pb.gz",
        &alone,
        "it is of Kubernetes 1.36.2, the code of the dump is 1.29 or older: its code has the folder \
         k8s.io/kubernetes/vendor/",
    );
}
