//! What a signature says of stacks, and of the table that `top` prints of them: vendored,
//! with inline marks, cut after some rows, sorted by flat or by cum.

#![cfg(feature = "diagnose")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use kheap::diagnose::{
    Catalog, Confidence, DiagnoseOptions, Diagnosis, Finding, Need, Note, Severity, Signature,
    Verdict,
};
use kheap::graph::Order;
use kheap::{
    GraphOptions, Heap, ProfileBuilder, Selection, SelectionOptions, Top, diagnose, table,
};

/// After how many rows tables are cut.
const CUTS: [usize; 4] = [5, 10, 20, 1000];

/// After how many rows tables of real dumps are cut.
const DUMP_CUTS: [usize; 6] = [5, 10, 20, 30, 50, 1000];

/// What tables of a dump may say instead of its cause: less, because they lack its rows.
const WEAKER: [(&str, &str); 2] = [
    // Which kind has how much: several that are little by themselves.
    ("configmap-list-cache-json", "watchcache-object-volume"),
    // What was allocated since the start: large objects that are often rewritten.
    ("ssa-clean", "watchcache-object-volume"),
];

/// How `top` may print a heap: in which order, and after how many rows it ends.
#[derive(Debug, Clone, Copy)]
struct Print {
    cut: usize,
    by_cum: bool,
    /// Names as binaries of Kubernetes up to 1.29 have them.
    is_vendored: bool,
}

fn prints(cuts: &[usize]) -> impl Iterator<Item = Print> {
    cuts.iter().flat_map(|&cut| {
        [(false, false), (true, false), (false, true)].map(|(by_cum, is_vendored)| Print {
            cut,
            by_cum,
            is_vendored,
        })
    })
}

fn of_stacks(stacks: &[String]) -> Heap<'static> {
    let lines = stacks.iter().map(|line| {
        let (frames, megabytes) = line.rsplit_once(' ').expect("a value");
        let megabytes: f64 = megabytes.parse().expect("a number");
        let bytes = (megabytes * f64::from(1 << 20)) as i64;
        format!("{frames} {bytes}\n")
    });
    let folded = ProfileBuilder::folded(&lines.collect::<String>());
    let profile = folded.expect("a value in each line").finish();
    let sample_type = profile.sample_type("").expect("it is there");
    Heap::new(Selection::new(
        profile,
        sample_type,
        &SelectionOptions::default(),
    ))
}

/// The table of a heap as text.
fn text(heap: &Heap<'_>, print: Print) -> String {
    let order = if print.by_cum {
        Order::Cum
    } else {
        Order::Flat
    };
    let top: Top = kheap::top(
        heap,
        &GraphOptions::default().order(order).node_fraction(0.0),
    );
    let program = heap.profile().program();
    let total: i64 = heap.values().iter().sum();
    let mut text = program.map_or_else(String::new, |program| format!("File: {program}\n"));
    let rows = &top.rows[..top.rows.len().min(print.cut)];
    let shown: i64 = rows.iter().map(|row| row.flat).sum();
    let share = |value: i64| 100.0 * value as f64 / total.max(1) as f64;
    let _ = writeln!(
        text,
        "Showing nodes accounting for {shown}B, {:.2}% of {total}B total\n\
         Showing top {} nodes out of {}\n      flat  flat%   sum%        cum   cum%",
        share(shown),
        rows.len(),
        top.rows.len()
    );
    let mut sum = 0;
    for (position, row) in rows.iter().enumerate() {
        sum += row.flat;
        let vendor = match print.is_vendored && row.name.contains(".io/") {
            true => "example.com/program/vendor/",
            false => "",
        };
        let mark = if position % 3 == 0 { " (inline)" } else { "" };
        let _ = writeln!(
            text,
            "{}B {:.2}% {:.2}% {}B {:.2}%  {vendor}{}{mark}",
            row.flat,
            share(row.flat),
            share(sum),
            row.cum,
            share(row.cum),
            row.name
        );
    }
    text
}

fn diagnose_table(text: &str, catalog: &Catalog) -> Diagnosis {
    let table = table::parse(text.as_bytes()).expect("a table");
    diagnose(&table, &DiagnoseOptions::default().catalog(catalog))
}

fn diagnose_heap(heap: &Heap<'_>, catalog: &Catalog) -> Diagnosis {
    diagnose(heap, &DiagnoseOptions::default().catalog(catalog))
}

/// The signatures with their cases.
fn signatures() -> Vec<(Signature, Catalog)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/knowledge/signatures");
    let with_cases = |signature: &Signature| {
        let file = |path: String| fs::read_to_string(folder.join(path)).expect("it is there");
        let id = &signature.id;
        let (text, cases) = (file(format!("{id}.toml")), file(format!("cases/{id}.toml")));
        let mut catalog = Catalog::empty();
        catalog.add(&text).expect("a signature");
        let signature = Signature::parse(&format!("{text}\n{cases}"));
        (signature.expect("a signature"), catalog)
    };
    let signatures = Catalog::builtin().signatures();
    signatures.iter().map(with_cases).collect()
}

#[test]
fn what_is_silent_on_stacks_is_no_alarm_in_their_table() {
    let mut faults = Vec::new();
    for (signature, catalog) in signatures() {
        for case in signature.case.iter().filter(|case| !case.stacks.is_empty()) {
            let heap = of_stacks(&case.stacks);
            if !diagnose_heap(&heap, &catalog).findings.is_empty() {
                continue;
            }
            for print in prints(&CUTS) {
                let found = diagnose_table(&text(&heap, print), &catalog);
                let alarms = found.findings.iter().filter(|finding| {
                    finding.severity > Severity::Low && finding.confidence > Confidence::Low
                });
                for finding in alarms {
                    let (id, case) = (&signature.id, &case.name);
                    faults.push(format!("{id}: {case:?}: {print:?}: {}", finding.bytes));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn what_a_table_claims_is_no_more_than_there_is() {
    for (signature, catalog) in signatures() {
        for case in signature.case.iter().filter(|case| !case.stacks.is_empty()) {
            let heap = of_stacks(&case.stacks);
            let total: i64 = heap.values().iter().sum();
            for print in prints(&CUTS) {
                let found = diagnose_table(&text(&heap, print), &catalog);
                for finding in &found.findings {
                    assert!(finding.bytes <= total, "{}: {}", signature.id, case.name);
                }
            }
        }
    }
}

/// All signatures together: what their findings claim adds up to no more than the heap, or a
/// note says that they overlap.
#[test]
fn findings_of_a_table_add_up_or_are_said_to_overlap() {
    let catalog = Catalog::builtin();
    let mut faults = Vec::new();
    let mut overlapping = 0;
    let mut check = |what: &str, heap: &Heap<'_>, cuts: &[usize]| {
        for print in prints(cuts) {
            let found = diagnose_table(&text(heap, print), catalog);
            let shown = found.findings.iter();
            let shown = shown.filter(|finding| finding.severity > Severity::Info);
            let claimed: i64 = shown.map(|finding| finding.bytes).sum();
            let is_said = found.notes.contains(&Note::FindingsOverlap);
            overlapping += usize::from(is_said);
            if claimed > found.total && !is_said {
                faults.push(format!("{what}: {print:?}: {claimed} of {}", found.total));
            }
        }
    };
    for (signature, _) in signatures() {
        for case in signature.case.iter().filter(|case| !case.stacks.is_empty()) {
            check(&case.name, &of_stacks(&case.stacks), &[20]);
        }
    }
    for path in dumps() {
        let profile = kheap::decode(&fs::read(&path).expect("it is there")).expect("a profile");
        if let Ok(sample_type) = profile.sample_type("inuse_space") {
            let options = SelectionOptions::default();
            let heap = Heap::new(Selection::new(&profile, sample_type, &options));
            check(&path.to_string_lossy(), &heap, &[10, 20, 40]);
        }
    }
    println!("{overlapping} tables have findings that overlap");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(overlapping > 0);
}

/// Each signature fires on the whole table of one of its cases, as it does on the stacks.
#[test]
fn each_signature_is_seen_in_a_table() {
    let mut unseen = Vec::new();
    for (signature, catalog) in signatures() {
        if !signature.needs.is_empty() {
            continue;
        }
        let cases = signature.case.iter().filter(|case| case.fires);
        let mut on_stacks = cases.filter(|case| !case.stacks.is_empty()).peekable();
        if on_stacks.peek().is_none() {
            continue;
        }
        let print = Print {
            cut: 1000,
            by_cum: false,
            is_vendored: false,
        };
        let is_seen = on_stacks.any(|case| {
            let heap = of_stacks(&case.stacks);
            !diagnose_table(&text(&heap, print), &catalog)
                .findings
                .is_empty()
        });
        if !is_seen {
            unseen.push(signature.id);
        }
    }
    assert!(unseen.is_empty(), "{unseen:?}");
}

fn dumps() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/dumps");
    let entries = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).expect("it is there");
        entries
            .map(|entry| entry.expect("it can be listed").path())
            .collect()
    };
    let folders = entries(&folder).into_iter().filter(|path| path.is_dir());
    let files = folders.flat_map(|folder| entries(&folder));
    let is_dump = |path: &PathBuf| path.to_string_lossy().ends_with(".pb.gz");
    let mut dumps: Vec<PathBuf> = files.filter(is_dump).collect();
    dumps.sort();
    dumps
}

/// Whether a finding claims less than the first one of the stacks: no level is higher, and one
/// is lower. Where all are the same, it claims less than their own of its signature.
fn is_weaker(finding: &Finding, on_stacks: &Diagnosis) -> bool {
    let levels = |finding: &Finding| (finding.severity, finding.confidence);
    let (severity, confidence) = levels(finding);
    let mut all = on_stacks.findings.iter();
    let own = all.clone().find(|own| own.id == finding.id);
    all.next().is_some_and(|first| {
        severity <= first.severity
            && confidence <= first.confidence
            && (levels(finding) < levels(first)
                || own.is_some_and(|own| levels(finding) < levels(own)))
    })
}

/// Whether a finding says that the table does not decide: its signature is for tables alone.
fn is_undecided(finding: &Finding) -> bool {
    let mut signatures = Catalog::builtin().signatures().iter();
    let signature = signatures.find(|signature| signature.id == finding.id);
    signature.is_some_and(|signature| signature.needs.contains(&Need::Table))
}

/// A finding that the stacks do not have is a wrong one: another mechanism than theirs.
#[test]
fn the_tables_of_real_dumps_name_no_other_causes() {
    let mut faults = Vec::new();
    let (mut agree, mut silent) = (0, 0);
    for path in dumps() {
        let profile = kheap::decode(&fs::read(&path).expect("it is there")).expect("a profile");
        let Ok(sample_type) = profile.sample_type("inuse_space") else {
            continue;
        };
        let options = SelectionOptions::default();
        let heap = Heap::new(Selection::new(&profile, sample_type, &options));
        let on_stacks = diagnose_heap(&heap, Catalog::builtin());
        let name = path.file_name().expect("a name").to_string_lossy();
        let is_known = |finding: &Finding| {
            let own = on_stacks.findings.iter();
            let mut weaker = WEAKER.iter();
            own.clone().any(|own| own.id == finding.id)
                || own.clone().any(|own| own.related.contains(&finding.id))
                || weaker.any(|(dump, id)| name.starts_with(dump) && *id == finding.id)
                || is_undecided(finding)
        };
        let first = on_stacks
            .findings
            .first()
            .filter(|f| f.severity > Severity::Low);
        for print in prints(&DUMP_CUTS) {
            let found = diagnose_table(&text(&heap, print), Catalog::builtin());
            let shown = found
                .findings
                .iter()
                .filter(|f| f.severity > Severity::Info);
            for finding in shown.clone().filter(|finding| !is_known(finding)) {
                faults.push(format!(
                    "{name}: {print:?}: {} {}",
                    finding.id, finding.bytes
                ));
            }
            // What rows without their callers hide may be the cause.
            let is_missed = first.is_some() && found.is_healthy();
            if is_missed && found.verdict() == Verdict::Healthy {
                faults.push(format!("{name}: {print:?}: healthy"));
            }
            // A table that leads with something else claims less than the dump does.
            let lead = shown.clone().next();
            let other =
                lead.filter(|lead| on_stacks.findings.first().is_none_or(|f| f.id != lead.id));
            if let Some(lead) = other.filter(|lead| !is_weaker(lead, &on_stacks)) {
                let (id, severity, confidence) = (&lead.id, lead.severity, lead.confidence);
                faults.push(format!(
                    "{name}: {print:?}: leads with {id} {severity:?} {confidence:?}"
                ));
            }
            let same = lead.map(|f| &f.id) == first.map(|f| &f.id);
            agree += usize::from(same && first.is_some());
            silent += usize::from(shown.count() == 0 && first.is_some());
        }
    }
    println!("{agree} tables lead with the cause of their dump, {silent} say nothing");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    // Twenty dumps have a cause at medium or above; each is printed in eighteen ways.
    assert!(agree >= 150, "{agree}");
}
