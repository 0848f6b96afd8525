//! What do I attach to the ticket? Makes the report of a heap as a string of HTML, without a file.
//!
//! ```text
//! cargo run --example report_string -- testdata/dumps/v1.34/idle.pb.gz > report.html
//! ```
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::{env, fs};

use anyhow::Context;
use kheap::{DiagnoseOptions, Heap, Selection, SelectionOptions};
use kheap_report::{Input, Report};

fn main() -> anyhow::Result<()> {
    let path = env::args().nth(1).context("usage: report_string FILE")?;
    let bytes = fs::read(&path).with_context(|| format!("cannot read {path}"))?;
    print!("{}", report(&path, &bytes)?);
    Ok(())
}

fn report(name: &str, bytes: &[u8]) -> anyhow::Result<String> {
    let profile = kheap::decode(bytes).with_context(|| format!("cannot decode {name}"))?;
    let sample_type = profile.sample_type("inuse_space")?;
    let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
    let heap = Heap::new(selection);
    let diagnosis = kheap::diagnose(&heap, &DiagnoseOptions::default());
    let html = Report::new(&heap, &diagnosis)
        .inputs(&[Input::new(name, bytes, None)])
        .header("Made by a **service**.")
        .command(&format!("kheap report {name}"))
        .html()?;
    Ok(html)
}

#[test]
fn a_report_is_one_page_with_the_cause() {
    let bytes = fs::read("../testdata/dumps/v1.20/cr-list-cache-json.pb.gz").unwrap();
    let page = report("heap.pb.gz", &bytes).unwrap();
    assert!(page.starts_with("<!doctype html>"));
    assert!(page.contains("<strong>service</strong>"));
    assert!(page.contains("The server encodes LIST responses whole"));
}
