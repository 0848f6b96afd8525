//! Bundles as people save them: who, how many, and what becomes of each file. The truth
//! of each stands in `testdata/README.md`.

mod common;

use common::{HEAP, answers, bytes, check, event, joined, text};
use kheap_evidence::{Facts, ReadOptions, observe};

const INVENTORY: [&str; 6] = [
    "audit.log.gz",
    "goroutine.pb.gz",
    "metrics-1.txt.gz",
    "metrics-2.txt.gz",
    "server.log.gz",
    "version.json",
];

#[test]
fn one_bad_client_among_three() {
    check(
        "01-one-bad-of-three",
        &INVENTORY,
        "
        11 in flight by audit log, 6036 objects, 21347622 bytes each
          100 %: system:serviceaccount:monitoring:inventory-agent inventory-agent/2.4.1 127.0.0.11 LIST pods?- 11 in flight",
    );
}

#[test]
fn without_an_audit_log_the_user_is_lost_and_counters_count() {
    check(
        "01-one-bad-of-three",
        &INVENTORY[1..],
        "
        12 in flight by metrics, 6036 objects, 21347622 bytes each
          100 %: - inventory-agent/2.4.1 127.0.0.11 LIST pods?- 12 in flight",
    );
}

#[test]
fn without_a_server_log_sizes_are_those_of_metrics() {
    check(
        "01-one-bad-of-three",
        &INVENTORY[..4],
        "
        11 in flight by audit log, 6036 objects, 21359312 bytes each
          100 %: system:serviceaccount:monitoring:inventory-agent inventory-agent/2.4.1 127.0.0.11 LIST pods?- 11 in flight",
    );
}

#[test]
fn a_server_log_alone_shows_rates() {
    check(
        "01-one-bad-of-three",
        &["server.log.gz"],
        "
        12 in flight by rates, 6036 objects, 21347622 bytes each
          100 %: - inventory-agent/2.4.1 127.0.0.11 LIST pods?- 12 in flight",
    );
}

#[test]
fn metrics_alone_show_the_resource_and_goroutines_the_number() {
    check(
        "01-one-bad-of-three",
        &["metrics-2.txt.gz"],
        "
        12 in flight by metrics, 6036 objects, 19491257 bytes each
          100 %: - - - LIST pods?- 12 in flight",
    );
    check(
        "01-one-bad-of-three",
        &["goroutine.pb.gz"],
        "12 in flight by goroutines, - objects, - bytes each",
    );
}

#[test]
fn requests_without_a_beginning_are_counted_by_metrics() {
    check(
        "03-events-list-storm",
        &["audit.log.gz", "goroutine.pb.gz", "metrics-2.txt.gz", "server.log.gz"],
        "
        9 in flight by metrics, 4317 objects, 44467087 bytes each
          100 %: system:serviceaccount:ci:scanner scanner/1.9.0 127.0.0.12 LIST events?resourceVersion=0 9 in flight
        audit.log.gz used: it names clients, but cannot count requests in flight, because the audit policy omits RequestReceived",
    );
}

#[test]
fn a_wave_of_watches_is_one_client() {
    check(
        "05b-watchlist-wave-600",
        &["audit.log.gz", "goroutine.pb.gz", "metrics-2.txt.gz"],
        "
        601 in flight by audit log, 6036 objects, - bytes each
          100 %: system:serviceaccount:fleet-system:fleet-sync fleet-sync/v0.9.3 127.0.0.1, 127.0.0.40, 127.0.0.41, 127.0.0.42 and 1 more WATCH pods?resourceVersionMatch=NotOlderThan&sendInitialEvents=true 601 in flight",
    );
    check(
        "05b-watchlist-wave-600",
        &["goroutine.pb.gz", "metrics-2.txt.gz"],
        "600 in flight by goroutines, - objects, - bytes each",
    );
}

#[test]
fn files_of_the_process_before_a_restart_blame_nobody() {
    check(
        "08-misleading-restart",
        &INVENTORY[..5],
        "
        9 in flight by goroutines, 6036 objects, 21416795 bytes each
          100 %: - inventory-agent/2.4.1 127.0.0.11 LIST pods?- 9 in flight
        audit.log.gz not used: it ends at 2026-11-29 15:43:06 UTC, before the process of the dump started at 2026-11-29 15:43:08 UTC
        metrics-1.txt.gz not used: it is of a process that started at 2026-11-29 15:41:47 UTC; the process of the server log started at 2026-11-29 15:43:08 UTC
        metrics-2.txt.gz not used: it is of a process that started at 2026-11-29 15:41:47 UTC; the process of the server log started at 2026-11-29 15:43:08 UTC",
    );
}

/// The files of one bundle beside the heap of another.
#[test]
fn nothing_of_another_server_or_hour_is_used() {
    let heap = "01-one-bad-of-three/heap.pb.gz";
    let others = [
        "03-events-list-storm/audit.log.gz",
        "03-events-list-storm/goroutine.pb.gz",
        "03-events-list-storm/metrics-2.txt.gz",
        "03-events-list-storm/server.log.gz",
        "05b-watchlist-wave-600/audit.log.gz",
        "08-misleading-restart/audit.log.gz",
        "08-misleading-restart/metrics-2.txt.gz",
        "08-misleading-restart/server.log.gz",
    ];
    for other in others {
        let (_, joined) = joined(heap, &[(other, bytes(other))]);
        assert!(!joined.files[0].usage.is_used(), "{other}");
        assert!(
            joined.answers.iter().all(|answer| answer.who.is_empty()),
            "{other}"
        );
    }
}

/// A peer of the same hour: the same lines under other ids, nobody fetches a heap.
#[test]
fn an_audit_log_of_a_peer_is_not_used() {
    let audit = text("01-one-bad-of-three/audit.log.gz");
    let peer = audit
        .replace("/debug/pprof/heap", "/healthz")
        .replace("\"auditID\":\"", "\"auditID\":\"p");
    let files = [
        ("peer", peer.into_bytes()),
        ("log", bytes("01-one-bad-of-three/server.log.gz")),
    ];
    let said = answers("01-one-bad-of-three/heap.pb.gz", &files);
    assert!(
        said.contains("peer not used: it is of another server"),
        "{said}"
    );
    assert!(said.contains("100 %: - inventory-agent"), "{said}");
}

#[test]
fn a_log_that_is_cut_names_clients_and_counts_nothing() {
    let mut audit = bytes("01-one-bad-of-three/audit.log.gz");
    audit.truncate(audit.len() / 2);
    let files = [
        ("audit", audit),
        ("metrics", bytes("01-one-bad-of-three/metrics-2.txt.gz")),
        ("log", bytes("01-one-bad-of-three/server.log.gz")),
    ];
    let said = answers("01-one-bad-of-three/heap.pb.gz", &files);
    assert!(said.starts_with("12 in flight by metrics"), "{said}");
    assert!(
        said.contains("100 %: system:serviceaccount:monitoring:inventory-agent"),
        "{said}"
    );
    assert!(said.contains("audit used: it ends"), "{said}");
}

/// As a log looks whose lines were cut at a length: neither beginnings nor ends add up.
#[test]
fn a_log_with_broken_lines_names_clients_and_counts_nothing() {
    let audit = text("01-one-bad-of-three/audit.log.gz");
    let lines = audit.lines().enumerate();
    // The line that shows which server it is stays.
    let is_broken = |at: usize, line: &str| at.is_multiple_of(3) && !line.contains("/debug/pprof");
    let broken = lines.map(|(at, line)| match is_broken(at, line) {
        true => &line[..line.len() / 2],
        false => line,
    });
    let broken: Vec<&str> = broken.collect();
    let files = [
        ("audit", broken.join("\n").into_bytes()),
        ("metrics", bytes("01-one-bad-of-three/metrics-2.txt.gz")),
    ];
    let said = answers("01-one-bad-of-three/heap.pb.gz", &files);
    assert!(said.starts_with("12 in flight by metrics"), "{said}");
    assert!(said.contains("monitoring:inventory-agent"), "{said}");
    let reason = "broken lines, so it names clients, but cannot count requests in flight";
    assert!(said.contains(reason), "{said}");
}

/// `tail -c` and a log that is being written cut the first line and the last one.
#[test]
fn a_log_whose_ends_are_broken_counts() {
    let audit = text("01-one-bad-of-three/audit.log.gz");
    let middle = &audit[100..audit.len() - 100];
    let files = [("audit", middle.as_bytes().to_vec())];
    let said = answers("01-one-bad-of-three/heap.pb.gz", &files);
    assert!(said.starts_with("11 in flight by audit log"), "{said}");
}

#[test]
fn metrics_and_goroutines_that_are_cut_count_nothing() {
    for file in ["metrics-2.txt.gz", "goroutine.pb.gz"] {
        let mut half = bytes(&format!("01-one-bad-of-three/{file}"));
        half.truncate(half.len() / 2);
        let said = answers("01-one-bad-of-three/heap.pb.gz", &[("half", half)]);
        assert!(said.contains("half not used: it is cut"), "{said}");
        assert!(said.starts_with("- in flight by -"), "{said}");
    }
}

/// What is cut is listed among the files beside a dump, and is no dump that is broken.
#[test]
fn files_that_are_cut_lie_beside_a_dump() {
    for file in [
        "goroutine.pb.gz",
        "version.json",
        "metrics-2.txt.gz",
        "audit.log.gz",
    ] {
        let mut half = bytes(&format!("01-one-bad-of-three/{file}"));
        half.truncate(half.len() / 2);
        assert!(kheap_evidence::is_beside(&half[..]), "{file}");
    }
    let mut heap = bytes("01-one-bad-of-three/heap.pb.gz");
    heap.truncate(heap.len() / 2);
    assert!(!kheap_evidence::is_beside(&heap[..]));
    let mut version = bytes("01-one-bad-of-three/version.json");
    version.truncate(version.len() / 2);
    let said = answers(HEAP, &[("version", version)]);
    assert!(
        said.contains("version not used: its content is not understood"),
        "{said}"
    );
}

/// A rotated log is one log, in whatever order its parts are given.
#[test]
fn parts_of_a_rotated_log_are_put_together() {
    let audit = text("01-one-bad-of-three/audit.log.gz");
    let lines: Vec<&str> = audit.lines().collect();
    let (first, last) = lines.split_at(lines.len() * 2 / 3);
    let files = [
        ("last", last.join("\n").into_bytes()),
        ("first", first.join("\n").into_bytes()),
    ];
    let said = answers("01-one-bad-of-three/heap.pb.gz", &files);
    assert!(said.starts_with("11 in flight by audit log"), "{said}");
    assert!(!said.contains("used"), "{said}");
}

#[test]
fn texts_of_goroutines_count_as_the_profile_does() {
    let count = |file: &str| {
        let observed =
            observe(file, &bytes(file)[..], &ReadOptions::default()).expect("it is there");
        match observed.facts {
            Facts::Goroutines(found) => (found.lists.whole, found.watches.total),
            facts => panic!("{file} is {facts}"),
        }
    };
    assert_eq!(count("goroutines/debug1.txt.gz"), (12, 138));
    assert_eq!(count("goroutines/debug2.txt.gz"), (4, 3));
}

/// Seven goroutines that wait for a channel that nobody else has, in all three forms.
#[test]
fn leaked_goroutines_are_known_by_who_started_them() {
    for (file, place) in [
        ("goroutines/leak.pb.gz", "main.start.func1 leak/main.go:14"),
        (
            "goroutines/leak-debug1.txt",
            "main.start.func1 leak/main.go:14",
        ),
        ("goroutines/leak-debug2.txt", "main.start leak/main.go:14"),
    ] {
        let observed =
            observe(file, &bytes(file)[..], &ReadOptions::default()).expect("it is there");
        let Facts::Goroutines(found) = observed.facts else {
            panic!("{file} has goroutines");
        };
        let leaked: Vec<_> = found
            .leaked
            .iter()
            .map(|one| (&*one.place, one.count))
            .collect();
        assert_eq!(leaked, [(place, 7)], "{file}");
    }
}

#[test]
fn a_prefix_of_any_file_is_read() {
    for file in [
        "01-one-bad-of-three/audit.log.gz",
        "01-one-bad-of-three/metrics-1.txt.gz",
        "01-one-bad-of-three/server.log.gz",
        "goroutines/debug1.txt.gz",
        "goroutines/debug2.txt.gz",
    ] {
        let text = text(file).into_bytes();
        for length in (0..text.len().min(40_000)).step_by(997) {
            let observed = observe(file, &text[..length], &ReadOptions::default().at(0));
            assert!(observed.is_ok(), "{file} up to {length}");
        }
    }
}

#[test]
fn a_scrape_of_an_earlier_time_does_not_reject_the_one_that_fits() {
    let metrics = text("01-one-bad-of-three/metrics-2.txt.gz");
    let lines = metrics.lines().map(|line| match line.split_once(' ') {
        Some(("go_memstats_last_gc_time_seconds", _)) => {
            "go_memstats_last_gc_time_seconds 1.79596623e+09".to_owned()
        }
        _ => line.to_owned(),
    });
    let earlier: Vec<String> = lines.collect();
    let files = [
        ("earlier", earlier.join("\n").into_bytes()),
        ("metrics", metrics.into_bytes()),
    ];
    let said = answers(HEAP, &files);
    assert!(said.contains("earlier not used: it was taken"), "{said}");
    assert!(said.starts_with("12 in flight by metrics"), "{said}");
}

/// All lines of the culprit end after the dump.
#[test]
fn a_client_that_is_in_flight_weighs_more_than_one_that_has_ended() {
    let mut audit = event("x", "early", "ResponseComplete", "15:41:40.0", "15:41:40.1");
    for id in 0..12 {
        let id = format!("c{id}");
        audit += &event(
            &id,
            "culprit",
            "ResponseComplete",
            "15:41:41.0",
            "15:41:46.0",
        );
    }
    let files = [
        ("audit", audit.into_bytes()),
        ("metrics", bytes("01-one-bad-of-three/metrics-2.txt.gz")),
    ];
    let said = answers(HEAP, &files);
    assert!(said.starts_with("12 in flight by metrics"), "{said}");
    assert!(said.contains("100 %: culprit"), "{said}");
}

/// The policy omits the beginning for one rule, and keeps it for another.
#[test]
fn requests_whose_beginnings_are_omitted_are_not_counted_by_the_audit_log() {
    let mut audit = event(
        "w",
        "watcher",
        "RequestReceived",
        "15:40:00.0",
        "15:40:00.0",
    );
    for id in 0..40 {
        let (id, second) = (format!("c{id}"), 10 + id);
        let (began, ended) = (format!("15:41:{second}.0"), format!("15:41:{second}.9"));
        audit += &event(&id, "culprit", "ResponseComplete", &began, &ended);
    }
    let files = [
        ("audit", audit.into_bytes()),
        ("metrics", bytes("01-one-bad-of-three/metrics-2.txt.gz")),
    ];
    let said = answers(HEAP, &files);
    assert!(said.starts_with("12 in flight by metrics"), "{said}");
    assert!(said.contains(": culprit"), "{said}");
}

/// A log that begins seconds before the dump misses what had begun before.
#[test]
fn a_log_that_begins_shortly_before_the_dump_counts_nothing() {
    let audit = text("01-one-bad-of-three/audit.log.gz");
    let is_late = |line: &&str| {
        let stage = line
            .split("\"stageTimestamp\":\"")
            .nth(1)
            .unwrap_or_default();
        stage >= "2026-11-29T15:41:40"
    };
    let late: Vec<&str> = audit.lines().filter(is_late).collect();
    let files = [
        ("audit", late.join("\n").into_bytes()),
        ("metrics", bytes("01-one-bad-of-three/metrics-2.txt.gz")),
    ];
    let said = answers(HEAP, &files);
    assert!(said.starts_with("12 in flight by metrics"), "{said}");
}
