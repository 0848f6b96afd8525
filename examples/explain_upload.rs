//! What does this file show? The handler of a web service: whatever somebody uploads becomes JSON
//! with a sentence, findings, parts and a flame graph.
//!
//! ```text
//! cargo run --example explain_upload -- testdata/dumps/v1.20/cr-list-cache-json.pb.gz
//! ```
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::{env, fs};

use anyhow::Context;
use kheap::attribute::Dimensions;
use kheap::diagnose::Finding;
use kheap::{
    DiagnoseOptions, Diagnosis, Heap, Limits, OpenError, Opened, Profile, Selection,
    SelectionOptions,
};
use kheap_flame::{DrawError, Flame, FlameOptions, Picture};
use kheap_text::Commands;
use kheap_text::diagnosis::{Known, first_step, judgement};
use serde_json::{Value, json};

fn main() -> anyhow::Result<()> {
    let path = env::args().nth(1).context("usage: explain_upload FILE")?;
    let answer = explain(&fs::read(path)?);
    println!("{answer:#}");
    Ok(())
}

/// The body of the answer; of a file that is refused it is why.
fn explain(upload: &[u8]) -> Value {
    // A stranger's file: it may take no more than this, and no thread.
    let limits = Limits::default().inflated_bytes(256 << 20).threads(false);
    match kheap::open_reader(upload, &limits) {
        Ok(Opened::Profile(profile)) => of_profile(&profile),
        // A table has no stacks: no parts and no picture, but a diagnosis.
        Ok(Opened::Table(table)) => {
            let diagnosis = kheap::diagnose(&table, &DiagnoseOptions::default());
            of_diagnosis(&diagnosis)
        }
        // Why it is no profile. Few know that a table may be pasted.
        Err(OpenError::Text { profile, .. }) => json!({ "error": profile.to_string() }),
        Err(error) => json!({ "error": error.to_string() }),
    }
}

fn of_profile(profile: &Profile) -> Value {
    // Memory in use, where the file has it. The diagnosis says why it judges nothing else.
    let in_use = profile.sample_type("inuse_space");
    let sample_type = match in_use.or_else(|_| profile.sample_type("")) {
        Ok(sample_type) => sample_type,
        Err(error) => return json!({ "error": error.to_string() }),
    };
    let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
    let heap = Heap::new(selection);
    let diagnosis = kheap::diagnose(&heap, &DiagnoseOptions::default());
    let mut answer = of_diagnosis(&diagnosis);
    if diagnosis.has_parts() {
        answer["parts"] = parts(&heap);
    }
    let flame = Flame::new(&heap, &FlameOptions::default());
    match flame.svg(&Picture::default()) {
        Ok(svg) => answer["svg"] = svg.into(),
        // Nothing is in use.
        Err(DrawError::Empty) => {}
        Err(error) => answer["error"] = error.to_string().into(),
    }
    answer
}

fn of_diagnosis(diagnosis: &Diagnosis) -> Value {
    // Who reads the page has no `kheap`, so that no step may be a command of it.
    let commands = Commands::Omitted;
    let known = Known::default().commands(commands);
    let without =
        |text: String| Some(commands.apply(&text).into_owned()).filter(|text| !text.is_empty());
    let first = first_step(diagnosis, &known);
    let notes = kheap_text::note::of(diagnosis, &known).into_iter();
    let findings = diagnosis.findings.iter();
    json!({
        "verdict": diagnosis.verdict().name(),
        "sentence": without(judgement(diagnosis, &known).sentence),
        "first": first.and_then(without),
        "not_judged": kheap_text::diagnosis::not_judged(diagnosis),
        "total": diagnosis.total,
        "unit": diagnosis.unit,
        "findings": findings.map(|finding| of_finding(diagnosis, finding, &known)).collect::<Vec<_>>(),
        "notes": notes.filter_map(without).collect::<Vec<_>>(),
    })
}

fn of_finding(diagnosis: &Diagnosis, finding: &Finding, known: &Known<'_>) -> Value {
    // A step has words such as KIND, which the finding fills in.
    let steps = finding.remedy.iter();
    let steps = steps.map(|step| known.fill_in_for(diagnosis, finding, &step.text));
    json!({
        // An id alone may be there once for each kind.
        "id": finding.id,
        "kinds": finding.kinds,
        "title": finding.title,
        "severity": finding.severity.name(),
        "bytes": finding.bytes,
        "steps": steps.filter(|step| !step.is_empty()).collect::<Vec<_>>(),
    })
}

fn parts(heap: &Heap<'_>) -> Value {
    let breakdown = kheap::breakdown(heap, Dimensions::NONE.part(true));
    let rows = breakdown.rows.iter().filter_map(|row| {
        let id = row.part.as_deref()?;
        Some(json!({ "id": id, "title": breakdown.parts.title(id), "bytes": row.value }))
    });
    rows.collect()
}

#[test]
fn a_dump_is_explained_in_words_and_with_a_picture() {
    let dump = fs::read("../testdata/dumps/v1.20/cr-list-cache-json.pb.gz").unwrap();
    let answer = explain(&dump);
    assert_eq!(answer["verdict"], "findings");
    assert!(answer["svg"].as_str().unwrap().contains("<svg"));
    assert!(!answer["parts"].as_array().unwrap().is_empty());
    let finding = &answer["findings"][0];
    let steps = finding["steps"].as_array().unwrap();
    assert!(!steps.is_empty());
    // None is for somebody who has the program, and none is left to be filled in.
    for step in steps.iter().map(|step| step.as_str().unwrap()) {
        assert!(!step.contains("`kheap "), "{step}");
    }
}

#[test]
fn a_table_is_explained_without_parts_and_picture() {
    let table = "Type: inuse_space\n      flat  flat%   sum%        cum   cum%\n\
                 512.19MB   100%   100%   512.19MB   100%  main.load";
    let answer = explain(table.as_bytes());
    assert_eq!(answer["total"], 537_070_141);
    assert!(answer.get("parts").is_none() && answer.get("svg").is_none());
}

#[test]
fn what_is_no_heap_has_no_parts() {
    // Folded stacks are taken for bytes in use; a type of another name says what it is.
    let mut builder = kheap::ProfileBuilder::new();
    builder.sample_type("cpu", "nanoseconds");
    let main = builder.function("main.main", "main.go");
    let main = builder.location(None, 1, &[(main, 7)]);
    builder.sample(&[main], &[1_000_000], &[]).unwrap();
    let answer = of_profile(&builder.finish());
    assert_eq!(answer["verdict"], "not-judged");
    assert!(answer["not_judged"].is_string());
    assert!(answer.get("parts").is_none() && answer["svg"].is_string());
}

#[test]
fn what_is_refused_says_why() {
    let error = |upload: &[u8]| explain(upload)["error"].as_str().unwrap().to_owned();
    assert!(error(b"upstream connect error").contains("this is text and no profile"));
    assert!(error(b"").contains("empty"));
}
