//! Is something wrong? Ends with 1 when a finding is at medium or above, as a
//! check in another tool would.
//!
//! ```text
//! cargo run --example fail_on_severity -- testdata/dumps/v1.34/idle.pb.gz
//! ```
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::process::ExitCode;
use std::{env, fs};

use anyhow::Context;
use kheap::diagnose::{DiagnoseOptions, Finding, Severity};
use kheap::{Heap, Selection, SelectionOptions};

fn main() -> anyhow::Result<ExitCode> {
    let path = env::args().nth(1).context("usage: fail_on_severity FILE")?;
    let findings = findings_at(&path, Severity::Medium)?;
    for finding in &findings {
        println!("{}: {}", finding.severity.name(), finding.title);
        println!("  {}", finding.remedy[0].text);
    }
    Ok(ExitCode::from(u8::from(!findings.is_empty())))
}

fn findings_at(path: &str, severity: Severity) -> anyhow::Result<Vec<Finding>> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {path}"))?;
    let profile = kheap::decode(&bytes).with_context(|| format!("cannot decode {path}"))?;
    let sample_type = profile.sample_type("inuse_space")?;
    let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
    let diagnosis = kheap::diagnose(&Heap::new(selection), &DiagnoseOptions::default());
    let findings = diagnosis.findings.into_iter();
    Ok(findings.filter(|f| f.severity >= severity).collect())
}

#[test]
fn a_storm_fails_and_an_idle_server_passes() {
    let ids = |path: &str| -> Vec<String> {
        let findings = findings_at(path, Severity::Medium).unwrap();
        findings.into_iter().map(|finding| finding.id).collect()
    };
    let storm = ids("../testdata/dumps/v1.20/configmap-list-cache-json.pb.gz");
    assert_eq!(storm, ["list-from-etcd", "list-response-encoding"]);
    assert!(ids("../testdata/dumps/v1.34/idle.pb.gz").is_empty());
}
