//! What lies beside a dump: who is behind a finding, and how many requests.

mod common;

use std::fs;
#[cfg(unix)]
use std::path::Path;

use common::kheap;
use serde_json::Value;

const FOLDER: &str = "testdata/bundles/01-one-bad-of-three";
const HEAP: &str = "testdata/bundles/01-one-bad-of-three/heap.pb.gz";
const AUDIT: &str = "testdata/bundles/01-one-bad-of-three/audit.log.gz";
const RESTART: &str = "testdata/bundles/08-misleading-restart";

fn stdout(args: &[&str]) -> String {
    let run = kheap(args);
    assert_eq!(run.code, Some(0), "{args:?}: {}", run.stderr);
    run.stdout
}

fn json(args: &[&str]) -> Value {
    let args = [args, &["--format", "json"]].concat();
    serde_json::from_str(&stdout(&args)).expect("JSON")
}

/// Checks that these lines stand in an output, in this order.
fn check_lines(args: &[&str], expected: &[&str]) {
    let said = stdout(args);
    let mut lines = said.lines();
    for wanted in expected {
        assert!(lines.any(|line| line.trim() == *wanted), "{wanted}\n{said}");
    }
}

#[test]
fn a_folder_is_a_dump_with_what_lies_beside_it() {
    let client = "inventory-agent/2.4.1 (linux/amd64), user \
                  system:serviceaccount:monitoring:inventory-agent";
    check_lines(
        &["diagnose", FOLDER],
        &[
            &format!("Who: {client},"),
            "from 127.0.0.11: LIST of pods. 43 ended in 111 seconds of the log. Each response: 20.36MB.",
            "Files beside the dump",
            &format!("{AUDIT}: audit log, used"),
            "To limit this client, add `--write-manifests limits`: kheap writes a manifest into that folder.",
        ],
    );
    let who = format!(
        "- who: `{client}, from 127.0.0.11: LIST of pods. 43 ended in 111 \
         seconds of the log. Each response: 20.36MB.`"
    );
    let file = format!("- `{AUDIT}`: audit log, used");
    let markdown = ["diagnose", FOLDER, "--format", "markdown"];
    check_lines(&markdown, &[&who, "### Files beside the dump", &file]);
}

#[test]
fn the_version_that_a_file_names_comes_before_what_the_code_shows() {
    let version = "Kubernetes 1.36.2 (by the files beside the dump)";
    check_lines(&["diagnose", FOLDER], &[version]);
    check_lines(
        &["diagnose", FOLDER, "--kube-version", "1.36"],
        &["Kubernetes 1.36 (given)"],
    );
}

#[test]
fn places_that_one_name_would_confuse_say_that_a_kind_is_unknown() {
    let places = [
        "CRDs, OpenAPI and discovery",
        "unknown kind in LIST (encode the response)",
    ];
    let said = kheap(&["diagnose", FOLDER]).stdout;
    for place in places {
        assert!(said.lines().any(|line| line.ends_with(place)), "{said}");
    }
}

#[test]
fn files_of_another_process_are_listed_with_the_reason() {
    let diagnosis = json(&["diagnose", RESTART]);
    let evidence = diagnosis["evidence"].as_array().expect("files");
    let used = |kind: &str| {
        let mut files = evidence.iter().filter(|file| file["kind"] == kind);
        files.all(|file| file["used"] == true)
    };
    assert!(used("server-log") && used("goroutines"));
    assert!(!used("audit-log") && !used("metrics"));
    let who = &diagnosis["findings"][0]["who"][0];
    assert_eq!(who["user"], Value::Null);
    assert_eq!(who["user_agent"], "inventory-agent/2.4.1 (linux/amd64)");
}

#[test]
fn named_files_say_what_they_can() {
    let diagnosis = json(&["diagnose", HEAP, "--with", AUDIT]);
    let finding = &diagnosis["findings"][0];
    let who = &finding["who"][0];
    assert_eq!(
        who["user"],
        "system:serviceaccount:monitoring:inventory-agent"
    );
    assert_eq!(
        (&who["verb"], &who["resource"]),
        (&"LIST".into(), &"pods".into())
    );
    assert_eq!(finding["how_many"]["source"], "audit log");
    assert_eq!(finding["how_many"]["bytes_each"], Value::Null);
    assert_eq!(finding["how_many"]["claimed"], finding["bytes"]);
}

#[test]
fn without_evidence_one_line_says_which_files_would_answer() {
    let said = stdout(&["diagnose", HEAP]);
    assert!(said.contains("Who sends these requests?"));
    let diagnosis = json(&["diagnose", HEAP]);
    assert_eq!(diagnosis["evidence"], Value::Null);
    assert_eq!(diagnosis["findings"][0]["who"], Value::Null);
}

/// Metrics are of the time of the dump; a size that somebody typed is of any.
#[test]
fn metrics_know_the_size_of_their_process_better_than_a_user() {
    for rss in ["2GB", "1GB"] {
        for command in ["diagnose", "memory"] {
            let run = kheap(&[command, FOLDER, "--rss", rss, "--limit", "3GB"]);
            let warning = format!("--rss {rss} is not used");
            assert!(run.stderr.contains(&warning), "{}", run.stderr);
            let without = stdout(&[command, FOLDER, "--limit", "3GB"]);
            assert_eq!(run.stdout, without);
        }
    }
    let same = kheap(&["diagnose", FOLDER, "--rss", "1.46GB"]);
    assert!(!same.stderr.contains("--rss"), "{}", same.stderr);
}

#[test]
fn clients_are_kept_out_of_all_formats() {
    let diagnose = ["text", "json", "csv", "markdown"].map(|format| ("diagnose", format));
    let report = ["markdown", "html"].map(|format| ("report", format));
    for (command, format) in diagnose.into_iter().chain(report) {
        let said = stdout(&[command, FOLDER, "--no-clients", "--format", format]);
        for secret in ["inventory", "127.0.0", "serviceaccount"] {
            assert!(!said.contains(secret), "{secret} in {format}");
        }
    }
}

#[test]
fn a_client_that_is_known_is_the_first_step_and_is_not_searched_for() {
    for format in ["text", "markdown"] {
        let shown = stdout(&["diagnose", FOLDER, "--format", format]);
        let flat = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        let first = "Do first: Stop or change inventory-agent/2.4.1 (user \
                     system:serviceaccount:monitoring:inventory-agent): it has 11 LISTs of pods \
                     in flight. Find its pods: `kubectl get pods -n monitoring --field-selector \
                     spec.serviceAccountName=inventory-agent`. Let the client page with";
        // Commands have a line of their own, without marks.
        let flat = flat.replace('`', "");
        assert!(flat.contains(&first.replace('`', "")), "{flat}");
        assert!(!flat.contains("Find who polls"), "{flat}");
    }
    let hidden = stdout(&["diagnose", FOLDER, "--no-clients"]);
    assert!(hidden.contains("Do first: Find who polls"), "{hidden}");
}

#[test]
fn whoever_opens_watches_is_not_searched_for() {
    let wave = "testdata/bundles/05b-watchlist-wave-600";
    let shown = stdout(&["diagnose", wave]);
    assert!(shown.contains("watches of pods open."), "{shown}");
    assert!(!shown.contains("Count watches"), "{shown}");
    let alone = stdout(&["diagnose", &format!("{wave}/heap.pb.gz")]);
    assert!(alone.contains("Do first: Count watches"), "{alone}");
}

#[test]
fn who_is_left_out_or_unknown_is_said_so() {
    let hidden = "Who: one client (--no-clients leaves out who): LIST of pods. 43 ended in 111 seconds of the log.";
    check_lines(&["diagnose", FOLDER, "--no-clients"], &[hidden]);
    let heap = "testdata/bundles/05b-watchlist-wave-600/heap.pb.gz";
    let goroutines = "testdata/bundles/05b-watchlist-wave-600/goroutine.pb.gz";
    let unknown = "Who: unknown: no log of this process is among the files.";
    check_lines(&["diagnose", heap, "--with", goroutines], &[unknown]);
}

#[test]
fn a_log_in_place_of_a_heap_is_an_error_that_says_where_it_goes() {
    let run = kheap(&["diagnose", AUDIT]);
    let words = "is an audit log, not a heap profile";
    let expected = format!("error: {AUDIT} {words}; run `kheap diagnose {FOLDER}`\n");
    assert_eq!((run.code, run.stderr), (Some(2), expected));
    // Nothing but the log is there.
    let folder = tempfile::tempdir().expect("a folder");
    let alone = folder.path().join("audit.log.gz");
    std::fs::copy(common::project().join(AUDIT), &alone).expect("it can be copied");
    let alone = alone.to_str().expect("a path that is text");
    let run = kheap(&["top", alone]);
    let expected =
        format!("error: {alone} {words}; run `kheap diagnose heap.pb.gz --with {alone}`\n");
    assert_eq!((run.code, run.stderr), (Some(2), expected));
}

#[test]
fn no_line_of_a_log_is_taken_for_a_table() {
    // A line of a trace has names and a time, as rows of a table of times have.
    let line = "Trace[11]: [\"WatchServer.HandleHTTP\" audit-id:915678fe-3143-498b-8f8b-d5fdef2368b8,\
                method:GET,url:/api/v1/secrets,protocol:HTTP/2.0,mediaType:application/vnd.kubernetes\
                .protobuf;stream=watch,encoder:{\"encodeGV\":\"v1\",\"encoder\":\"raw-protobuf\",\"name\":\
                \"versioning\"} 557ms (15:39:54.812)\n";
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().map(str::to_owned);
    let (log, metrics) = (path("server.log"), path("metrics.txt"));
    let (log, metrics) = (log.expect("text"), metrics.expect("text"));
    // More than the beginning that shows a table.
    let many =
        "I1129 15:39:52.368218    7497 flags.go:64] FLAG: --audit-log-path=\"x\"\n".repeat(2000);
    fs::write(&log, format!("{many}{line}")).expect("it can be written");
    fs::write(&metrics, "# TYPE go_goroutines gauge\ngo_goroutines 12\n").expect("the same");
    for (file, words) in [(&log, "is a server log"), (&metrics, "has metrics")] {
        for command in ["diagnose", "top", "memory"] {
            let run = kheap(&[command, file]);
            let expected = format!(
                "error: {file} {words}, not a heap profile; run `kheap diagnose heap.pb.gz --with {file}`\n"
            );
            assert_eq!((run.code, run.stderr), (Some(2), expected), "{command}");
        }
    }
}

#[test]
fn manifests_are_written_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("it is text");
    let args = ["diagnose", FOLDER, "--write-manifests", path];
    let run = kheap(&args);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let file = folder.path().join("kheap-inventory-agent-list-pods.yaml");
    let manifest = fs::read_to_string(&file).expect("it is written");
    assert!(manifest.contains("flowcontrol.apiserver.k8s.io/v1\nkind: FlowSchema"));
    let again = kheap(&args);
    assert_eq!((again.code, &again.stdout), (Some(0), &run.stdout));
    assert!(
        again.stderr.contains("already, unchanged"),
        "{}",
        again.stderr
    );
    // Nor by the answer of the command that leaves it as it is.
    let over = kheap(
        &[
            &args[..],
            &["-o", file.to_str().expect("it is text"), "--force"],
        ]
        .concat(),
    );
    assert_eq!(over.code, Some(2));
    assert!(
        over.stderr.contains("it is an input of this command"),
        "{}",
        over.stderr
    );
    assert_eq!(fs::read_to_string(&file).expect("it is there"), manifest);
    let below = file.join("below");
    for no_folder in [&file, &below] {
        let no_folder = no_folder.to_str().expect("it is text");
        let refused = kheap(&["diagnose", FOLDER, "--write-manifests", no_folder]);
        assert_eq!(refused.code, Some(2));
        assert!(
            !refused.stderr.contains("other content"),
            "{}",
            refused.stderr
        );
    }
    // What somebody changed is not overwritten, and the answer is printed all the same.
    fs::write(&file, "mine").expect("it can be written");
    let refused = kheap(&args);
    assert_eq!((refused.code, &refused.stdout), (Some(2), &run.stdout));
    let advice = "it exists with other content; remove it, or name another folder";
    assert!(refused.stderr.contains(advice), "{}", refused.stderr);
    assert_eq!(fs::read_to_string(&file).expect("it is there"), "mine");
    // A device has no end, and a file of the kernel waits: they are not read.
    #[cfg(unix)]
    for endless in ["/dev/zero", "/proc/kmsg"] {
        fs::remove_file(&file).expect("it is there");
        std::os::unix::fs::symlink(endless, &file).expect("it can be written");
        if !Path::new(endless).exists() {
            continue;
        }
        let refused = kheap(&args);
        assert_eq!(refused.code, Some(2));
        assert!(refused.stderr.contains(advice), "{}", refused.stderr);
    }
}

/// The answer names the manifests, and they are of the answer.
#[test]
fn an_answer_and_its_manifests_appear_together_or_not_at_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).display().to_string();
    let files = || {
        let entries = fs::read_dir(folder.path()).expect("a folder");
        let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("it is listed").file_name();
        let mut names: Vec<_> = entries.map(name).collect();
        names.sort_unstable();
        names
    };
    let (limits, manifest) = (
        at("limits"),
        at("limits/kheap-inventory-agent-list-pods.yaml"),
    );
    let run = |command: &str, output: &str, limits: &str| {
        let args = [command, FOLDER, "-o", output, "--force"];
        kheap(&[&args[..], &["--write-manifests", limits]].concat())
    };
    let check = |command: &str, output: &str, limits: &str, reason: &str| {
        let before = files();
        let run = run(command, output, limits);
        assert_eq!(run.code, Some(2), "{command}: {}", run.stderr);
        assert!(run.stderr.contains(reason), "{command}: {}", run.stderr);
        assert_eq!(files(), before, "{command}: {}", run.stderr);
    };
    let [text, page, ticket] = ["a.txt", "a.html", "a.md"].map(at);
    let answers = [("diagnose", &text), ("report", &page), ("report", &ticket)];
    for (command, answer) in answers {
        // No folder takes the name of a file, nor a file that of a folder.
        for limits in [answer, &format!("{answer}/limits")] {
            check(command, answer, limits, "it is a folder; name a file in it");
        }
    }
    fs::create_dir(&limits).expect("it is made");
    fs::write(&manifest, "mine").expect("it is written");
    for (command, answer) in answers {
        check(command, answer, &limits, "it exists with other content");
        assert_eq!(fs::read_dir(&limits).expect("it is there").count(), 1);
    }
    fs::remove_dir_all(&limits).expect("it is there");
    for (command, answer) in answers {
        assert_eq!(run(command, answer, &limits).code, Some(0), "{command}");
        assert!(Path::new(answer).exists() && Path::new(&manifest).exists());
        fs::remove_dir_all(&limits).expect("it is there");
    }
    // The answer would replace a manifest of its own.
    fs::create_dir(&limits).expect("it is made");
    let reason = "another file of this command has this name";
    check("diagnose", &manifest, &limits, reason);
    assert_eq!(fs::read_dir(&limits).expect("it is there").count(), 0);
}

#[test]
fn whatever_is_not_written_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("it is text");
    let healthy = "testdata/dumps/v1.34/idle.pb.gz";
    for (args, note) in [
        (
            &["diagnose", HEAP][..],
            "no manifest is written: no file lies beside the dump; --with audit.log names users",
        ),
        (
            &["diagnose", healthy, "--with", AUDIT],
            "no manifest is written: no client is behind a finding",
        ),
        (
            &["diagnose", RESTART],
            "no manifest is written for inventory-agent/2.4.1, LIST of pods: its user is not \
             known; the audit log names it",
        ),
        (
            &["report", RESTART, "--format", "markdown"],
            "no manifest is written for inventory-agent/2.4.1, LIST of pods: its user is not \
             known; the audit log names it",
        ),
    ] {
        let run = kheap(&[args, &["--write-manifests", path]].concat());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let notes: Vec<&str> = run.stderr.lines().collect();
        assert!(notes.contains(&&*format!("note: {note}")), "{}", run.stderr);
    }
}

#[test]
fn what_is_still_open_names_the_file_that_would_answer() {
    let open = |args: &[&str]| {
        let said = stdout(args)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let rest = said.split_once("Unknown: ").map(|(_, rest)| rest);
        let (what, rest) = rest?.split_once(". ")?;
        let files = rest.split_once('.').map_or(rest, |(files, _)| files);
        Some(format!("{what}. {files}"))
    };
    let check = |args: &[&str], expected: Option<&str>| {
        assert_eq!(open(args).as_deref(), expected, "{args:?}");
        let markdown = [args, &["--format", "markdown"]].concat();
        assert_eq!(open(&markdown).as_deref(), expected, "{markdown:?}");
    };
    check(&["diagnose", FOLDER], None);
    check(&["diagnose", FOLDER, "--no-clients"], None);
    check(
        &["diagnose", RESTART],
        Some("which user. With the next dump of this process save: the audit log"),
    );
    check(
        &[
            "diagnose",
            HEAP,
            "--with",
            &format!("{FOLDER}/goroutine.pb.gz"),
        ],
        Some("which client. With the next dump of this process save: the audit log or server log"),
    );
    check(
        &["diagnose", HEAP, "--with", AUDIT],
        Some(
            "how large a response is. With the next dump of this process save: the server log or \
             /metrics",
        ),
    );
    let version = format!("{FOLDER}/version.json");
    check(
        &["diagnose", HEAP, "--with", &version],
        Some(
            "which client; how many requests were in flight. With the next dump of this process \
             save: the audit log or server log; /metrics or the goroutine profile",
        ),
    );
}

/// A folder is a dump with its metrics, here and in `diagnose`.
#[test]
fn memory_of_a_folder_adds_up_with_its_metrics() {
    let named = json(&["memory", HEAP, "--with", FOLDER]);
    assert_eq!(named["total"], 1_562_542_080);
    // What to run next is the bundle, where that was given.
    let of_folder = json(&["memory", FOLDER]).to_string();
    let next = |of: &str| format!("kheap diagnose {of}`");
    assert!(of_folder.contains(&next(FOLDER)), "{of_folder}");
    let of_file = of_folder.replace(&next(FOLDER), &next(HEAP));
    assert_eq!(of_file, named.to_string());
    let run = kheap(&["memory", RESTART]);
    assert_eq!(run.code, Some(2), "{}", run.stdout);
    assert_eq!(run.stderr.matches("not used").count(), 3, "{}", run.stderr);
}

/// They are held against the newest dump.
#[test]
fn a_series_lists_what_lies_beside_it() {
    let newest = format!("{RESTART}/heap.pb.gz");
    let log = format!("{RESTART}/server.log.gz");
    let args = ["series", HEAP, &newest, "--with", &log, AUDIT];
    let expected = [
        "Files beside the dump".to_owned(),
        format!("{AUDIT}: audit log, not used: it ends at 2026-11-29"),
        format!("{log}: server log, used"),
        "Server v1.36.2.".to_owned(),
    ];
    check_lines(&args, &expected.each_ref().map(String::as_str));
    let markdown = [&args[..], &["--format", "markdown"]].concat();
    let line = format!("- `{log}`: server log, used");
    check_lines(&markdown, &["### Files beside the dump", &line]);
    let evidence = json(&args)["evidence"].take();
    let used = evidence.as_array().expect("two files").iter();
    let used: Vec<_> = used.map(|file| file["used"].as_bool()).collect();
    assert_eq!(used, [Some(false), Some(true)]);
    assert_eq!(json(&["series", HEAP, &newest])["evidence"], Value::Null);
}

/// A result names what was not used, or else a warning does.
#[test]
fn what_is_not_used_is_named_in_all_formats() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = [
        ("beside-cut.json", &b"{\"kind\":\"Ev"[..]),
        ("beside-random", b"\x9c\x01\xfe"),
        ("beside-empty", b""),
    ];
    let files = files.map(|(name, content)| {
        let path = folder.path().join(name);
        fs::write(&path, content).expect("it is written");
        path.display().to_string()
    });
    let with = files.iter().flat_map(|file| ["--with", file]);
    let with: Vec<&str> = with.collect();
    let dumps = "testdata/dumps/v1.20/series-configmaps";
    for (command, formats) in [
        (
            &["diagnose", HEAP][..],
            &["text", "json", "csv", "markdown", "github"][..],
        ),
        (&["series", dumps], &["text", "json", "csv", "markdown"]),
        (&["report", HEAP], &["html", "markdown"]),
    ] {
        for format in formats {
            let run = kheap(&[command, &["--format", format], &with].concat());
            assert_eq!(run.code, Some(0), "{}", run.stderr);
            for file in &files {
                let warning = format!("warning: {file}: not used: ");
                // A report leaves folders out.
                let name = file.rsplit('/').next().unwrap_or_default();
                let (said, warned) = (run.stdout.contains(name), run.stderr.contains(&warning));
                assert!(
                    said != warned,
                    "{command:?} {format}: {file}: {}",
                    run.stderr
                );
            }
        }
    }
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    let run = kheap(&["diagnose", HEAP, "--with", "testdata/no-such.log"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr.contains("testdata/no-such.log"),
        "{}",
        run.stderr
    );
}

#[test]
fn watches_that_the_heap_proves_come_before_those_of_another_moment() {
    let folder = tempfile::tempdir().expect("a folder");
    let metrics = folder.path().join("metrics.txt");
    let scrape = |watches: u32| {
        format!(
            "process_start_time_seconds 1795289945\n\
             go_memstats_last_gc_time_seconds 1795290245\n\
             apiserver_longrunning_gauge{{component=\"apiserver\",group=\"\",\
             resource=\"configmaps\",scope=\"cluster\",subresource=\"\",verb=\"WATCH\",\
             version=\"v1\"}} {watches}\n"
        )
    };
    let check = |watches: u32, expected: &str| {
        fs::write(&metrics, scrape(watches)).expect("it can be written");
        let file = metrics.display().to_string();
        let dump = "testdata/dumps/v1.20/watchers-6000.pb.gz";
        let said = stdout(&["diagnose", dump, "--with", &file]);
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(expected), "{said}");
    };
    check(
        100,
        "Who: a client that no log names: WATCH of configmaps. How many: Watches open: at least \
         4,700 by the heap, 100 by /metrics, at different seconds.",
    );
    check(
        1,
        "Watches open: at least 4,700 by the heap, 1 by /metrics, at different seconds.",
    );
    check(6012, "How many: 6,012 watches were open (by /metrics).");
}

#[test]
fn a_folder_is_named_where_all_files_are_in_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let [one, other] = ["one", "other"].map(|name| {
        let folder = folder.path().join(name);
        fs::create_dir(&folder).expect("it can be made");
        fs::write(folder.join("metrics.txt"), "go_goroutines 12\n").expect("it can be written");
        folder.display().to_string()
    });
    let check = |args: &[&str], among: &str| {
        let run = kheap(&[&["diagnose"], args].concat());
        let expected = format!(
            "error: no dump {among}; name a heap profile, such as heap.pb.gz, or a folder that has \
             one\n"
        );
        assert_eq!((run.code, run.stderr), (Some(2), expected));
    };
    check(&[&one], &format!("in {one}"));
    check(&[&one, &other], "among these files");
}

#[test]
fn memory_adds_up_with_metrics() {
    let metrics = "testdata/bundles/01-one-bad-of-three/metrics-2.txt.gz";
    let memory = json(&["memory", HEAP, "--with", metrics]);
    assert_eq!(memory["total"], 1_562_542_080);
    let rows = memory["rows"].as_array().expect("rows");
    let sum: i64 = rows.iter().filter_map(|row| row["low"].as_i64()).sum();
    assert_eq!(sum, 1_562_542_080);
    let other = format!("{RESTART}/metrics-2.txt.gz");
    let run = kheap(&["memory", HEAP, "--with", &other]);
    assert_eq!(run.code, Some(2), "{}", run.stdout);
    assert!(run.stderr.contains("not used"), "{}", run.stderr);
}

#[test]
fn reports_show_who_with_the_whole_manifest() {
    for format in ["markdown", "html"] {
        let report = stdout(&["report", FOLDER, "--format", format]);
        for said in [
            "system:serviceaccount:monitoring:inventory-agent",
            "Files beside the dump",
            "kheap-inventory-agent-list-pods.yaml",
            "kind: FlowSchema",
        ] {
            // Markdown may escape what it shows, but not in code.
            assert!(report.contains(said), "{said} in {format}");
        }
        let without = stdout(&["report", FOLDER, "--no-clients", "--format", format]);
        assert!(!without.contains("inventory"), "{format}");
    }
}

#[test]
fn goroutines_that_have_one_object_each_are_shown_with_them() {
    let (heap, goroutines) = (
        "testdata/bundles/goroutine-payload/heap.pb.gz",
        "testdata/bundles/goroutine-payload/goroutine.pb.gz",
    );
    let words = |args: &[&str]| {
        let text = kheap(args).stdout;
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let objects = "called from main.render: about 10,000 objects of 8kB";
    let owners = "one for each of 10,000 goroutines that started in main.handle.func1.";
    let alone = words(&["diagnose", heap]);
    assert!(alone.contains(&format!("{objects}.")), "{alone}");
    let both = words(&["diagnose", heap, "--with", goroutines]);
    assert!(both.contains(&format!("{objects}, {owners}")), "{both}");
}
