//! A dump, files beside it, and what is said of both.

#![allow(dead_code, reason = "each test uses some of it")]

use std::fs;
use std::path::PathBuf;

use kheap::diagnose::Severity;
use kheap::{DiagnoseOptions, Diagnosis, Heap, Selection, SelectionOptions};
use kheap_evidence::join::FileUse;
use kheap_evidence::{Dump, Joined, Observation, ReadOptions, join, observe};
use kheap_text::reason::reason;

fn path(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/bundles")
        .join(file)
}

pub(crate) fn bytes(file: &str) -> Vec<u8> {
    fs::read(path(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn diagnose(heap: &str) -> (Dump, Diagnosis) {
    let profile = kheap::decode(&bytes(heap)).expect("a heap");
    let sample_type = profile.sample_type("inuse_space").expect("it has one");
    let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
    let diagnosis = kheap::diagnose(&Heap::new(selection), &DiagnoseOptions::default());
    let mut dump = Dump::of(&profile, diagnosis.role);
    dump.kubernetes = diagnosis.versions.kubernetes.clone();
    (dump, diagnosis)
}

/// Joins a heap with files, each as its name and bytes.
pub(crate) fn joined(heap: &str, files: &[(&str, Vec<u8>)]) -> (Diagnosis, Joined) {
    joined_as(heap, files, |_| ())
}

/// The same after something in the diagnosis was changed.
fn joined_as(
    heap: &str,
    files: &[(&str, Vec<u8>)],
    change: impl FnOnce(&mut Diagnosis),
) -> (Diagnosis, Joined) {
    let (dump, mut diagnosis) = diagnose(heap);
    change(&mut diagnosis);
    let options = ReadOptions::default().at(dump.at);
    let observations: Vec<Observation> = files
        .iter()
        .map(|(name, bytes)| observe(name, &bytes[..], &options).expect("it is in memory"))
        .collect();
    let joined = join(&dump, &diagnosis, &observations);
    (diagnosis, joined)
}

/// What becomes of files beside the first heap where it was fetched so many seconds after
/// its time, or within so many more.
pub(crate) fn fetched(after: i64, lag: i64, files: &[(&str, Vec<u8>)]) -> Vec<FileUse> {
    const SECOND: i64 = 1_000_000_000;
    let (mut dump, diagnosis) = diagnose(HEAP);
    dump.at = dump.at.map(|at| at + after * SECOND);
    dump.lag_nanos = lag * SECOND;
    let options = ReadOptions::default().at(dump.at);
    let read = files
        .iter()
        .map(|(name, bytes)| observe(name, &bytes[..], &options));
    let observations: Vec<Observation> = read.map(|one| one.expect("it is in memory")).collect();
    join(&dump, &diagnosis, &observations).files
}

fn addresses(addresses: &kheap_evidence::join::Addresses) -> String {
    let named = addresses.named.join(", ");
    match addresses.more {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

/// What is said of findings about requests, and of files: one line each.
pub(crate) fn answers(heap: &str, files: &[(&str, Vec<u8>)]) -> String {
    answers_as(heap, files, |_| ())
}

/// The same after something in the diagnosis was changed.
pub(crate) fn answers_as(
    heap: &str,
    files: &[(&str, Vec<u8>)],
    change: impl FnOnce(&mut Diagnosis),
) -> String {
    let (diagnosis, joined) = joined_as(heap, files, change);
    let mut lines = Vec::new();
    for (finding, answer) in diagnosis.findings.iter().zip(&joined.answers) {
        if finding.severity < Severity::Medium || !kheap_evidence::join::asks_for_clients(finding) {
            continue;
        }
        let Some(how_many) = &answer.how_many else {
            continue;
        };
        let source = how_many.source.map_or("-", |source| source.name());
        let number = |value: Option<i64>| value.map_or("-".to_owned(), |value| value.to_string());
        lines.push(format!(
            "{} in flight by {source}, {} objects, {} bytes each",
            number(how_many.requests_in_flight),
            number(how_many.objects),
            number(how_many.bytes_each)
        ));
        for who in &answer.who {
            let text = |value: &Option<String>| value.clone().unwrap_or("-".to_owned());
            lines.push(format!(
                "  {:.0} %: {} {} {} {} {}?{} {} in flight",
                who.share * 100.0,
                text(&who.user),
                text(&who.user_agent).split(' ').next().unwrap_or_default(),
                text(&who.source.as_ref().map(addresses)),
                who.verb,
                who.resource.name,
                text(&who.query),
                number(who.in_flight),
            ));
        }
    }
    for file in &joined.files {
        if let Some(reason_of) = file.usage.reason() {
            let used = if file.usage.is_used() {
                "used"
            } else {
                "not used"
            };
            lines.push(format!("{} {used}: {}", file.file, reason(reason_of)));
        }
    }
    lines.join("\n")
}

pub(crate) fn check(bundle: &str, files: &[&str], expected: &str) {
    let read = files
        .iter()
        .map(|&file| (file, bytes(&format!("{bundle}/{file}"))));
    let files: Vec<_> = read.collect();
    let said = answers(&format!("{bundle}/heap.pb.gz"), &files);
    assert_eq!(said, unindented(expected), "\n{said}");
}

fn unindented(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.strip_prefix("        ").unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

pub(crate) fn text(file: &str) -> String {
    let observed = bytes(file);
    let mut text = String::new();
    let mut reader = flate2::read::GzDecoder::new(&observed[..]);
    std::io::Read::read_to_string(&mut reader, &mut text).expect("it is text");
    text
}

/// The heap of the first bundle is of 15:41:44.
pub(crate) const HEAP: &str = "01-one-bad-of-three/heap.pb.gz";

/// An audit event of a LIST of Pods.
pub(crate) fn event(id: &str, client: &str, stage: &str, began: &str, at: &str) -> String {
    format!(
        r#"{{"auditID":"{id}","stage":"{stage}","requestURI":"/api/v1/pods","verb":"list","user":{{"username":"{client}"}},"sourceIPs":["10.0.0.1"],"userAgent":"{client}","objectRef":{{"resource":"pods"}},"requestReceivedTimestamp":"2026-11-29T{began}Z","stageTimestamp":"2026-11-29T{at}Z"}}
"#
    )
}
