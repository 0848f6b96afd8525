//! What must be said of the real dumps and of the posted tables.

#![cfg(feature = "diagnose")]

use std::fs;
use std::path::{Path, PathBuf};

use kheap::diagnose::{DiagnoseOptions, Diagnosis, Evidence, Note, Severity, Verdict};
use kheap::{Heap, Selection, SelectionOptions, diagnose, table};

fn testdata(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata")
        .join(path)
}

fn diagnose_dump(dump: &str) -> Diagnosis {
    let bytes = fs::read(testdata(&format!("dumps/{dump}.pb.gz"))).expect("the dump is there");
    let profile = kheap::decode(&bytes).expect("a profile");
    let sample_type = profile.sample_type("inuse_space").expect("it is there");
    let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
    diagnose(&Heap::new(selection), &DiagnoseOptions::default())
}

/// The findings above info: `severity id kinds share-in-percent`, a line each.
fn summary(diagnosis: &Diagnosis) -> String {
    let shown = diagnosis
        .findings
        .iter()
        .filter(|finding| finding.severity > Severity::Info);
    let lines = shown.map(|finding| {
        let inferred = if finding.kinds_inferred { "?" } else { "" };
        let kinds = finding.kinds.join(",");
        let share = finding.share * 100.0;
        format!(
            "{} {} {kinds}{inferred} {share:.0}%",
            finding.severity.name(),
            finding.id
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn check(dump: &str, expected: &str) {
    let expected: Vec<&str> = expected.lines().map(str::trim).collect();
    assert_eq!(summary(&diagnose_dump(dump)), expected.join("\n"), "{dump}");
}

#[test]
fn what_changed_is_named_and_not_judged() {
    let diagnosed = |duration_nanos, value| {
        let mut builder = kheap::ProfileBuilder::new();
        builder.sample_type("alloc_space", "bytes");
        builder.sample_type("inuse_space", "bytes");
        let period_type = builder.value_type("space", "bytes");
        builder.header().period_type = period_type;
        builder.header().duration_nanos = duration_nanos;
        let store = "k8s.io/apiserver/pkg/storage/etcd3.(*store).List";
        let store = builder.function(store, "");
        let stack = [builder.location(None, 0, &[(store, 1)])];
        builder
            .sample(&stack, &[4 << 30; 2], &[])
            .expect("two values");
        builder.sample(&[], &[value; 2], &[]).expect("two values");
        let profile = builder.finish();
        let sample_type = profile.sample_type("inuse_space").expect("it is there");
        let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
        diagnose(&Heap::new(selection), &DiagnoseOptions::default())
    };
    let level = diagnosed(0, 512);
    assert_eq!(level.notes, []);
    assert_eq!(level.verdict(), Verdict::Findings);
    assert_eq!(diagnosed(0, -512).notes, [Note::Difference]);
    for value in [512, -512] {
        let delta = diagnosed(30_000_000_000, value);
        assert_eq!(delta.notes[0], Note::Delta(30_000_000_000));
    }
    for (nanos, value) in [(0, -512), (30_000_000_000, 512)] {
        let change = diagnosed(nanos, value);
        assert_eq!(change.verdict(), Verdict::NotJudged);
        assert!(change.findings.is_empty());
    }
}

#[test]
fn a_healthy_server_has_nothing_at_medium() {
    for dump in [
        "v1.20/idle",
        "v1.34/idle",
        "v1.20/configmaps-300",
        "v1.20/restart-replace",
    ] {
        let diagnosis = diagnose_dump(dump);
        assert!(diagnosis.is_healthy(), "{dump}: {}", summary(&diagnosis));
    }
}

#[test]
fn what_may_be_expected_is_checked_before_it_is_changed() {
    let check = |megabytes: u64, severity: Severity, is_check: [bool; 4]| {
        let (held, other) = (megabytes << 20, 400 << 20);
        let contexts = "worker.run;context.WithCancel;context.withCancel";
        let stacks = format!("main.main;{contexts} {held}\nmain.main;main.load {other}");
        let profile = kheap::ProfileBuilder::folded(&stacks).expect("stacks");
        let profile = profile.finish();
        let sample_type = profile.sample_type("").expect("it has one");
        let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
        let diagnosis = diagnose(&Heap::new(selection), &DiagnoseOptions::default());
        let finding = &diagnosis.findings[0];
        assert_eq!(
            (&*finding.id, finding.severity),
            ("context-timer-leak", severity)
        );
        let steps = finding.remedy.iter().map(|step| step.is_check);
        assert!(steps.eq(is_check), "{:?}", finding.remedy);
    };
    check(100, Severity::Low, [true, false, false, false]);
    check(400, Severity::Medium, [false, false, false, true]);
}

#[test]
fn every_dump_is_diagnosed_as_it_was_made() {
    let lists = "high list-from-etcd ConfigMap 54%
                 high list-response-encoding ConfigMap? 41%";
    check("v1.20/configmap-list-cache-json", lists);
    check("v1.20/configmap-list-no-gc", lists);
    check(
        "v1.20/configmap-list-json",
        "critical list-from-etcd ConfigMap? 89%
         low watchcache-object-volume ConfigMap 6%",
    );
    check(
        "v1.20/cr-list-cache-json",
        "critical list-response-encoding custom resource 80%",
    );
    check(
        "v1.20/watchers-6000",
        "critical watch-init-replay ConfigMap 79%
         medium watch-stream-buffers ConfigMap? 13%",
    );
    check(
        "v1.34/configmap-list-cache-json",
        "critical list-response-encoding  90%",
    );
    check(
        "v1.34/cr-10k-idle",
        "critical list-response-encoding  86%
         low watchcache-object-volume ConfigMap 7%",
    );
    check(
        "v1.34/controller-secret-informer",
        "low informer-full-object-cache Secret 95%",
    );
    check("other/etcd-range", "critical etcd-large-range  86%");
}

#[test]
fn the_samples_of_a_finding_hold_its_bytes() {
    let bytes = fs::read(testdata("dumps/v1.20/cr-list-cache-json.pb.gz")).expect("it is there");
    let profile = kheap::decode(&bytes).expect("a profile");
    let sample_type = profile.sample_type("inuse_space").expect("it is there");
    let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
    let heap = Heap::new(selection);
    let diagnosis = diagnose(&heap, &DiagnoseOptions::default());
    assert!(!diagnosis.findings.is_empty());
    for finding in &diagnosis.findings {
        let values = finding.samples.iter().map(|id| heap.values()[id.index()]);
        assert_eq!(values.sum::<i64>(), finding.bytes, "{}", finding.id);
    }
}

#[test]
fn small_findings_follow_the_all_clear() {
    check("v1.20/idle", "low etcd-client-zap-logger  32%");
    check(
        "v1.20/configmaps-300",
        "low watchcache-object-volume ConfigMap 36%
         low etcd-client-zap-logger  13%",
    );
    check(
        "v1.20/restart-replace",
        "low watchcache-object-volume ConfigMap 45%",
    );
    check(
        "v1.20/cr-12k-idle",
        "low watchcache-object-volume custom resource 32%
         low watchcache-object-volume ConfigMap 28%",
    );
}

/// How many owners each finding of a dump says there are at least: `what least`.
fn owners(dump: &str) -> Vec<(String, i64)> {
    let findings = diagnose_dump(dump).findings.into_iter();
    let evidence = findings.flat_map(|finding| finding.evidence);
    let owners = evidence.filter_map(|evidence| match evidence {
        Evidence::Owners { what, least, .. } => Some((what, least)),
        _ => None,
    });
    owners.collect()
}

#[test]
fn a_least_number_of_requests_is_near_the_truth_and_never_above_it() {
    let truths = [
        ("v1.36/events-list-etcd2", "LISTs", 6, 6),
        ("v1.36/watchlist-cm-400", "watches", 350, 400),
        ("v1.36/watch-rv0-300", "watches", 150, 300),
        ("v1.36/secrets-table-rv0", "LISTs", 25, 60),
        ("v1.20/watchers-6000", "watches", 4500, 6000),
        // Four samples of small arrays.
        ("v1.20/configmap-list-cache-json", "LISTs", 4, 24),
    ];
    for (dump, what, near, truth) in truths {
        let found = owners(dump);
        let [(owner, least)] = &found[..] else {
            panic!("{dump}: {found:?}");
        };
        assert_eq!(owner, what, "{dump}");
        assert!((near..=truth).contains(least), "{dump}: {least}");
    }
    for quiet in ["v1.36/idle", "v1.36/conns-3000", "v1.36/secrets-json-rv0"] {
        assert_eq!(owners(quiet), [], "{quiet}");
    }
}

#[test]
fn a_typical_object_and_the_way_to_it_are_the_evidence() {
    let diagnosis = diagnose_dump("v1.20/configmap-list-cache-json");
    let finding = &diagnosis.findings[0];
    let sizes = finding
        .evidence
        .iter()
        .filter_map(|evidence| match evidence {
            Evidence::Size { size, .. } => Some(*size),
            _ => None,
        });
    assert_eq!(sizes.collect::<Vec<_>>(), [352 * 1024]);
    let paths = finding
        .evidence
        .iter()
        .filter_map(|evidence| match evidence {
            Evidence::Path { frames, .. } => Some(frames.join(" ")),
            _ => None,
        });
    let paths: Vec<String> = paths.collect();
    assert!(paths[0].contains("ListResource"), "{paths:?}");
    assert!(paths[0].ends_with("v1.(*ConfigMap).Unmarshal"), "{paths:?}");
    let through = finding.accumulation.as_deref();
    assert_eq!(
        through,
        Some("k8s.io/api/core/v1.(*ConfigMap).XXX_Unmarshal")
    );
}

#[test]
fn allocation_totals_are_not_judged() {
    let bytes = fs::read(testdata("dumps/v1.20/allocs.pb.gz")).unwrap();
    let profile = kheap::decode(&bytes).unwrap();
    let sample_type = profile.sample_type("").unwrap();
    assert_eq!(profile.sample_type_name(sample_type), "alloc_space");
    let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
    let diagnosis = diagnose(&Heap::new(selection), &DiagnoseOptions::default());
    assert!(diagnosis.findings.is_empty(), "{}", summary(&diagnosis));
    assert_eq!(diagnosis.notes[0], Note::Allocations);
}

#[derive(serde::Deserialize)]
struct Expected {
    expected: Vec<String>,
    #[serde(default)]
    allowed: Vec<String>,
}

#[test]
fn every_posted_table_is_diagnosed_as_it_turned_out() {
    let text = fs::read_to_string(testdata("incidents/expected.json")).unwrap();
    let incidents: std::collections::BTreeMap<String, Expected> =
        serde_json::from_str(&text).unwrap();
    assert!(incidents.len() >= 11);
    for (file, incident) in incidents {
        let bytes = fs::read(testdata(&format!("incidents/{file}"))).unwrap();
        let table = table::parse(&bytes).unwrap();
        let diagnosis = diagnose(&table, &DiagnoseOptions::default());
        let shown = summary(&diagnosis);
        let ids = |least: Severity| -> Vec<&str> {
            let found = diagnosis.findings.iter().filter(|f| f.severity >= least);
            found.map(|finding| finding.id.as_str()).collect()
        };
        let first = ids(Severity::Low).first().map(|id| (*id).to_owned());
        assert_eq!(
            first.filter(|_| !incident.expected.is_empty()).as_ref(),
            incident.expected.first(),
            "{file}: {shown}"
        );
        for id in &incident.expected {
            assert!(
                ids(Severity::Low).contains(&id.as_str()),
                "{file} lacks {id}: {shown}"
            );
        }
        let known = |id: &str| {
            let lists = incident.expected.iter().chain(&incident.allowed);
            lists.into_iter().any(|known| known == id)
        };
        let wrong: Vec<&str> = ids(Severity::Medium)
            .into_iter()
            .filter(|id| !known(id))
            .collect();
        assert!(wrong.is_empty(), "{file}: wrong {wrong:?} in {shown}");
    }
}

fn diagnose_rows(total: &str, rows: &str) -> Diagnosis {
    let head = format!("Showing nodes accounting for 0, 0% of {total} total\n");
    let table = table::parse(format!("{head}{rows}").as_bytes()).expect("a table");
    diagnose(&table, &DiagnoseOptions::default())
}

fn verdict_of_table(rows: &str) -> Verdict {
    diagnose_rows("250MB", rows).verdict()
}

#[test]
fn a_table_that_shows_less_than_half_of_a_heap_is_not_called_healthy() {
    let handlers = "0 0% 90% 100MB 40% k8s.io/apiserver/pkg/endpoints/handlers.ListResource.func1";
    assert_eq!(verdict_of_table(handlers), Verdict::Unexplained);
    let rows = |count: usize| -> String {
        let row = |n| format!("22.6MB 9% 9% 22.6MB 9% k8s.io/client-go/tools/cache.f{n}\n");
        (0..count).map(row).collect()
    };
    assert_eq!(verdict_of_table(&rows(5)), Verdict::Unexplained);
    // Rows whose callers are cut off show no cause, until little is cut off.
    assert_eq!(verdict_of_table(&rows(6)), Verdict::Unexplained);
    assert_eq!(verdict_of_table(&rows(9)), Verdict::Unexplained);
    assert_eq!(verdict_of_table(&rows(10)), Verdict::Healthy);
}

#[test]
fn a_cut_table_leads_with_a_finding_that_holds_half_of_the_heap() {
    let rows = |compiled: u32| {
        format!(
            "89MB 36% 36% 89MB 36% regexp.onePassCopy\n\
             5MB 2% 38% {compiled}MB 80% regexp.compile\n\
             0 0% 38% {compiled}MB 80% regexp.Compile\n"
        )
    };
    assert_eq!(verdict_of_table(&rows(200)), Verdict::Uncertain);
    assert_eq!(verdict_of_table(&rows(110)), Verdict::Unexplained);
}

/// A row may be what a finding claims through rows that are callers.
#[test]
fn a_row_that_a_finding_may_claim_is_not_listed_beside_it() {
    let conversion = "k8s.io/kubernetes/pkg/apis/core/v1.autoConvert_core";
    let listed = |cum: u32| {
        let rows = format!(
            "410MB 27% 27% {cum}MB 42% {conversion}_PodList_To_v1_PodList\n\
             220MB 15% 42% 220MB 15% example.com/x.Copy\n\
             0 0% 42% 700MB 47% k8s.io/apiserver/pkg/endpoints/handlers.ListResource.func1\n"
        );
        let found = diagnose_rows("1500MB", &rows);
        let claims = found.findings.iter().map(|one| one.bytes >> 20);
        assert_eq!(claims.max(), Some(cum.into()), "{}", summary(&found));
        found.notable_rows().count()
    };
    assert_eq!(listed(410), 1);
    assert_eq!(listed(630), 0);
}

#[test]
fn the_first_of_several_tables_is_no_all_clear() {
    let row = |n| format!("22.6MB 9% 9% 22.6MB 9% k8s.io/client-go/tools/cache.f{n}\n");
    let healthy: String = (0..10).map(row).collect();
    let header = "Showing nodes accounting for 7GB, 70% of 10GB total\n";
    let more = format!("{header}7GB 70% 70% 7GB 70% main.load\n");
    assert_eq!(verdict_of_table(&healthy), Verdict::Healthy);
    let other = format!("File: kubelet\n{healthy}\nFile: server\n{more}");
    assert_eq!(verdict_of_table(&other), Verdict::Uncertain);
    // Of one program the largest is judged.
    assert_eq!(
        verdict_of_table(&format!("{healthy}\n{more}")),
        Verdict::Unexplained
    );
}

#[test]
fn a_row_that_no_signature_knows_is_large_from_some_bytes_on() {
    let rows = |value: &str| {
        let known = |n| format!("120MB 8% 8% 120MB 8% k8s.io/client-go/tools/cache.f{n}\n");
        let known: String = (0..5).map(known).collect();
        format!("{known}{value} main.load")
    };
    let is_large = |value| diagnose_rows("1500MB", &rows(value)).has_unexplained();
    assert!(is_large("260MB 17.33% 58% 260MB 17.33%"));
    assert!(!is_large("250MB 16.67% 57% 250MB 16.67%"));
}

#[test]
fn a_path_that_no_signature_knows_is_large_from_a_tenth_of_the_heap() {
    let name = |n| format!("k8s.io/client-go/rest.Get;net/http.(*conn).serve;net/http.f{n}");
    let known: Vec<String> = (0..40).map(name).collect();
    let verdict = |megabytes| {
        let known = known.iter().map(|name| (name.as_str(), 100));
        diagnose_stacks(known.chain([("main.load", megabytes)])).verdict()
    };
    assert_eq!(verdict(500), Verdict::Unexplained);
    assert_eq!(verdict(420), Verdict::Healthy);
}

/// A heap of stacks, root first, in MB each.
fn diagnose_stacks<'a>(stacks: impl Iterator<Item = (&'a str, i64)>) -> Diagnosis {
    let lines = stacks.map(|(frames, megabytes)| format!("{frames} {}\n", megabytes << 20));
    let folded = kheap::ProfileBuilder::folded(&lines.collect::<String>());
    let profile = folded.expect("a value in each line").finish();
    let sample_type = profile.sample_type("").expect("it is there");
    let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
    diagnose(&Heap::new(selection), &DiagnoseOptions::default())
}

#[test]
fn unstructured_objects_of_an_informer_are_one_finding() {
    let informer = "k8s.io/client-go/dynamic/dynamicinformer.NewFilteredDynamicInformer.func1;\
        k8s.io/client-go/tools/cache.(*Reflector).list.func1;\
        k8s.io/apimachinery/pkg/apis/meta/v1/unstructured.unstructuredJSONScheme.decodeToList;\
        sigs.k8s.io/json/internal/golang/encoding/json.(*decodeState).objectInterface";
    let diagnosis = diagnose_stacks([(informer, 1500)].into_iter());
    assert_eq!(
        summary(&diagnosis),
        "critical unstructured-informer-json custom resource 100%"
    );
    let related: Vec<&String> = diagnosis.findings[0].related.iter().collect();
    assert_eq!(related, ["informer-full-object-cache"]);
}

#[test]
fn evidence_says_where_nothing_but_the_leaf_is_left_of_a_stack() {
    let paths = |dump: &str| -> Vec<String> {
        let evidence = diagnose_dump(dump).findings.remove(0).evidence.into_iter();
        let path = |evidence| match evidence {
            Evidence::Path { frames, .. } => Some(frames.join(" ")),
            _ => None,
        };
        evidence.filter_map(path).collect()
    };
    let cut = paths("v1.20/cr-list-cache-json");
    assert_eq!(cut[1], "(root lost) … bytes.makeSlice");
    // The request is there, so that its own callers say nothing.
    assert!(
        cut[0].contains("ListResource") && !cut[0].contains("cut off"),
        "{cut:?}"
    );
    let whole = paths("v1.34/cr-10k-idle");
    assert!(!whole[0].contains("cut off"), "{whole:?}");
}

#[test]
fn a_table_shows_what_each_of_several_kinds_has() {
    let rows = "File: kube-apiserver
        400MB 26.67% 26.67% 450MB 30% k8s.io/api/core/v1.(*Secret).Unmarshal
        300MB 20.00% 46.67% 310MB 20.67% k8s.io/api/core/v1.(*Pod).Unmarshal
        0 0% 46.67% 760MB 50.67% k8s.io/apiserver/pkg/storage/etcd3.(*watchChan).transform";
    let head = "Showing nodes accounting for 700MB, 46.67% of 1500MB total\n";
    let table = table::parse(format!("{head}{rows}").as_bytes()).expect("a table");
    let found = diagnose(&table, &DiagnoseOptions::default());
    let kinds = found.findings[0]
        .evidence
        .iter()
        .filter_map(|evidence| match evidence {
            Evidence::Kind { kind, bytes } => Some((kind.as_str(), *bytes >> 20)),
            _ => None,
        });
    assert_eq!(kinds.collect::<Vec<_>>(), [("Secret", 450), ("Pod", 310)]);
}

#[test]
fn beside_findings_only_what_is_large_is_called_unexplained() {
    let unexplained = |rows: &str| -> Vec<String> {
        let head = "File: kube-apiserver\nShowing nodes accounting for 0, 0% of 4000MB total\n";
        let table = table::parse(format!("{head}{rows}").as_bytes()).expect("a table");
        let found = diagnose(&table, &DiagnoseOptions::default());
        assert_eq!(found.verdict(), Verdict::Findings);
        let rows = found.unexplained().filter_map(|evidence| match evidence {
            Evidence::Row { name, .. } => Some(name.clone()),
            _ => None,
        });
        rows.collect()
    };
    let strange = "1700MB 42% 92% 1700MB 42% main.strange
        60MB 1.5% 94% 60MB 1.5% main.trifle";
    let receive = "2000MB 50% 50% 2000MB 50% google.golang.org/grpc.(*parser).recvMsg";
    assert_eq!(
        unexplained(&format!("{receive}\n{strange}")),
        ["main.strange"]
    );
}

#[test]
fn what_one_part_holds_in_many_stacks_is_added_up() {
    let server = "k8s.io/apiserver/pkg/endpoints/handlers";
    let heap = |verbs: &[&str], megabytes: i64| {
        let of_verb = |verb: &&str| {
            let stack = |n| format!("{server}.{verb}.func1;example.com/x{n}.Put");
            (0..30).map(stack).collect::<Vec<_>>()
        };
        let stacks: Vec<String> = verbs.iter().flat_map(of_verb).collect();
        let writes = stacks.iter().map(|stack| (stack.as_str(), megabytes));
        diagnose_stacks(writes.chain([("k8s.io/kube-openapi/pkg/builder.x", 100)]))
    };
    let places = |diagnosis: &Diagnosis| -> Vec<String> {
        let places = diagnosis.unclaimed_parts.iter();
        let places = places.filter_map(|evidence| match evidence {
            Evidence::Place { part, verb, bytes } => Some(format!("{part} {verb} {}", bytes >> 20)),
            _ => None,
        });
        places.collect()
    };
    let created = heap(&["createHandler"], 12);
    assert_eq!(created.verdict(), Verdict::Unexplained);
    let expected = ["write CREATE 360", "crd-openapi internal 100"];
    assert_eq!(places(&created), expected);
    // No verb alone is much.
    let both = heap(&["createHandler", "UpdateResource"], 6);
    assert_eq!(both.verdict(), Verdict::Unexplained);
    assert_eq!(heap(&["createHandler"], 8).verdict(), Verdict::Healthy);
}

/// Beside findings a dump lists parts of 256 MB and a twentieth of the heap.
#[test]
fn parts_that_no_finding_claims_are_listed_beside_findings() {
    let listed = |created: i64| {
        let server = "k8s.io/apiserver/pkg/endpoints/handlers";
        let write = format!("{server}.createHandler.func1;example.com/x.Put");
        let replay = "k8s.io/apiserver/pkg/storage/cacher.(*cacheWatcher).process;k8s.io/\
                      apiserver/pkg/storage/cacher.(*watchCache).getAllEventsSinceLocked;\
                      k8s.io/api/core/v1.(*Pod).DeepCopyInto";
        let found = diagnose_stacks([(write.as_str(), created), (replay, 4000)].into_iter());
        assert!(!found.findings.is_empty());
        assert_eq!(found.unexplained().count(), 0);
        found.notable_parts().count()
    };
    // The only stack of the part is not listed again.
    assert_eq!(listed(300), 1);
    assert_eq!(listed(200), 0);
}

#[test]
fn a_heap_mostly_in_no_known_part_is_not_called_healthy() {
    let strange: Vec<String> = (0..40).map(|n| format!("example.com/x{n}.Put")).collect();
    let server = "k8s.io/apiserver/pkg/endpoints/handlers.createHandler.func1";
    let heap = |megabytes: i64| {
        let strange = strange.iter().map(move |name| (name.as_str(), megabytes));
        diagnose_stacks(strange.chain([(server, 200)])).verdict()
    };
    assert_eq!(heap(500), Verdict::Unexplained);
    assert_eq!(heap(12), Verdict::Unexplained);
    // More than a third, but little.
    assert_eq!(heap(4), Verdict::Healthy);
    let rows = |megabytes: i64| -> String {
        let name = "k8s.io/client-go/x";
        let row = |n| format!("{megabytes}MB 3% 3% {megabytes}MB 3% {name}.f{n}\n");
        (0..19).map(row).collect()
    };
    let table = |megabytes| diagnose_rows("270MB", &rows(megabytes)).verdict();
    assert_eq!(table(14), Verdict::Unexplained);
    assert_eq!(table(13), Verdict::Healthy);
}

/// The steps of the first finding in a table of a program.
fn steps_of_table(program: &str, rows: &str) -> Vec<String> {
    let head = "Showing nodes accounting for 0, 0% of 1000MB total\n";
    let text = format!("File: {program}\n{head}{rows}");
    let table = table::parse(text.as_bytes()).expect("a table");
    let found = diagnose(&table, &DiagnoseOptions::default());
    let steps = found.findings[0].remedy.iter();
    steps.map(|step| step.text.clone()).collect()
}

#[test]
fn a_program_of_a_release_gets_no_change_of_code() {
    let rows = "800MB 80% 80% 900MB 90% k8s.io/api/core/v1.(*Secret).Unmarshal
        0 0% 80% 900MB 90% k8s.io/client-go/tools/cache.(*Reflector).list.func1";
    let has = |program: &str, words: &str| {
        let steps = steps_of_table(program, rows);
        steps.iter().any(|step| step.contains(words))
    };
    for program in ["kube-controller-manager", "kube-scheduler", "kubelet"] {
        assert!(!has(program, "SetTransform"), "{program}");
        assert!(!has(program, "controller-runtime"), "{program}");
        assert!(has(program, "Raise the memory limit"), "{program}");
        assert!(has(program, "Upgrade the program"), "{program}");
    }
    assert!(has("secret-operator", "SetTransform"));
    assert!(!has("secret-operator", "Upgrade the program"));
}

#[test]
fn steps_are_judged_over_objects_of_unknown_kind_too() {
    let watch = "k8s.io/apimachinery/pkg/watch.(*StreamWatcher).receive;\
                 k8s.io/client-go/rest/watch.(*Decoder).Decode";
    let stacks = [
        (
            format!(
                "{watch};k8s.io/apimachinery/pkg/runtime.(*Scheme).New;reflect.New;reflect.unsafe_New"
            ),
            150,
        ),
        (format!("{watch};k8s.io/api/core/v1.(*Pod).Unmarshal"), 1000),
        (
            "k8s.io/client-go/tools/cache.(*Reflector).watchList;main.load".to_owned(),
            10,
        ),
    ];
    let stacks = stacks
        .iter()
        .map(|(stack, megabytes)| (stack.as_str(), *megabytes));
    let found = diagnose_stacks(stacks);
    let finding = &found.findings[0];
    assert_eq!(
        (finding.id.as_str(), finding.bytes >> 20),
        ("informer-full-object-cache", 1160)
    );
    let steps: Vec<&str> = finding
        .remedy
        .iter()
        .map(|step| step.text.as_str())
        .collect();
    // These are for heaps that show no single objects.
    let is_blind =
        |step: &&str| step.starts_with("Count the objects") || step.starts_with("Run one informer");
    assert!(!steps.iter().any(is_blind), "{steps:?}");
}

#[test]
fn decoded_objects_of_a_program_of_unknown_role_ask_what_it_is() {
    let rows = "800MB 80% 80% 900MB 90% k8s.io/api/core/v1.(*Secret).Unmarshal";
    let first = |program: &str| steps_of_table(program, rows).remove(0);
    assert!(first("main").starts_with("Find out what the program is"));
    for program in ["kube-apiserver", "kube-scheduler"] {
        assert!(
            first(program).starts_with("Find who decodes them"),
            "{program}"
        );
    }
    let server = steps_of_table("kube-apiserver", rows);
    let is_for_code =
        |step: &String| step.contains("Upgrade the program") || step.contains("SetTransform");
    assert!(!server.iter().any(is_for_code), "{server:?}");
}

#[test]
fn notes_on_the_watch_cache_are_not_of_events() {
    let notes = |kind: &str| -> usize {
        let list = "k8s.io/apiserver/pkg/endpoints/handlers.ListResource.func1";
        let store = "k8s.io/apiserver/pkg/storage/etcd3.(*store).GetList";
        let decode = format!("k8s.io/api/core/v1.(*{kind}).Unmarshal");
        let stack = format!("{list};{store};{decode}");
        let found = diagnose_stacks([(stack.as_str(), 2000)].into_iter());
        assert_eq!(found.findings[0].id, "list-from-etcd");
        found.findings[0].versions.len()
    };
    assert_eq!(notes("ConfigMap"), 1);
    assert_eq!(notes("Event"), 0);
}

/// What is said of LISTs that receive `answers` of a size, in MB, beside a watch cache with
/// objects: kind, count and size in kB.
fn diagnose_answers(answers: (i64, i64), cache: &[(&str, i64, i64)]) -> Diagnosis {
    let mut builder = kheap::ProfileBuilder::new();
    builder.sample_type("inuse_objects", "count");
    builder.sample_type("inuse_space", "bytes");
    builder.header().period_type = builder.value_type("space", "bytes");
    builder.header().period = 512 << 10;
    let mut add = |stack: &str, count: i64, size: i64| {
        let mut locations = Vec::new();
        for frame in stack.rsplit(';') {
            let function = builder.function(frame, "");
            locations.push(builder.location(None, 0, &[(function, 1)]));
        }
        let label = builder.number_label("bytes", size, "bytes");
        let added = builder.sample(&locations, &[count, count * size], &[label]);
        added.expect("two values");
    };
    let (count, size) = answers;
    let list = "k8s.io/apiserver/pkg/endpoints/handlers.ListResource.func1;\
                k8s.io/apiserver/pkg/storage/etcd3.(*store).List;google.golang.org/grpc.(*parser).recvMsg";
    add(list, count, size << 20);
    for (kind, count, size) in cache {
        let event = "k8s.io/apiserver/pkg/storage/etcd3.(*watchChan).transform";
        let stack = format!("{event};k8s.io/api/core/v1.(*{kind}).Unmarshal");
        add(&stack, *count, size << 10);
    }
    let profile = builder.finish();
    let sample_type = profile.sample_type("inuse_space").expect("it is there");
    let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
    diagnose(&Heap::new(selection), &DiagnoseOptions::default())
}

#[test]
fn an_answer_of_etcd_is_of_the_only_kind_of_its_size() {
    let check = |answers, cache: &[(&str, i64, i64)], expected: &[&str]| {
        let diagnosis = diagnose_answers(answers, cache);
        let found = &diagnosis.findings[0];
        assert_eq!(found.id, "list-from-etcd", "{cache:?}");
        assert_eq!(found.kinds, expected, "{answers:?} {cache:?}");
        assert_eq!(found.kinds_inferred, !expected.is_empty());
        let is_answer = |evidence: &&Evidence| matches!(evidence, Evidence::Answer { .. });
        let shown = found.evidence.iter().filter(is_answer).count();
        assert_eq!(shown, expected.len());
    };
    let large = ("ConfigMap", 300, 344);
    check((18, 100), &[large], &["ConfigMap"]);
    // A smaller kind cannot be it; of a larger one the answer may be a namespace.
    check((18, 100), &[large, ("Secret", 1500, 48)], &["ConfigMap"]);
    check((18, 64), &[large, ("Secret", 1500, 48)], &[]);
    // Less, as of a namespace, or more than there is: of a kind without a watch cache.
    check((18, 70), &[large], &[]);
    check((18, 140), &[large], &[]);
    // Decoded, small objects take several times what the answer has.
    check((30, 14), &[("Pod", 60_000, 1)], &[]);
    check((18, 100), &[("ConfigMap", 10, 10_240)], &["ConfigMap"]);
    // So few objects were sampled that many sizes would fit.
    check((18, 14), &[("ConfigMap", 1_800, 8)], &[]);
}
