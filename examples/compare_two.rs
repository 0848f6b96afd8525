//! What does a change of my program do to its heap? Compares the heap of a pull request with that
//! of the main branch: Markdown for a comment, a picture of what grew, and exit code 1 if the heap
//! grew by more than a tenth.
//!
//! ```text
//! cargo run --example compare_two -- main.pb.gz pull-request.pb.gz comment.md grew.svg
//! ```
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::process::ExitCode;
use std::sync::Arc;
use std::{env, fs};

use anyhow::Context;
use kheap::attribute::Rules;
use kheap::gate::{Gate, Measure, Most};
use kheap::series::{By, GrowthThresholds, Keys};
use kheap::{DiagnoseOptions, Heap, Profile, Selection, SelectionOptions, Snapshot};
use kheap_flame::{Flame, FlameOptions, Picture};
use kheap_report::{Change, Commands, Known, Report};

/// The parts of the program. These come before those that are built in.
const RULES: &str = r##"
[frames]
decode = '^k8s\.io/apimachinery/pkg/apis/meta/v1/unstructured\.'

[[part]]
id = "our-objects"
title = "objects without a type"
color = "#8899dd"

[[rule]]
part = "our-objects"
when = [{ any = ["decode"] }]
"##;

/// What the bot says of two heaps.
struct Answer {
    sentence: String,
    markdown: String,
    svg: String,
    /// The bound that the new heap passes.
    failed: bool,
}

fn main() -> anyhow::Result<ExitCode> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [old, new, markdown, svg] = &args[..] else {
        anyhow::bail!("usage: compare_two OLD NEW MARKDOWN SVG");
    };
    let answer = compare(&read(old)?, &read(new)?)?;
    println!("{}", answer.sentence);
    fs::write(markdown, answer.markdown)?;
    fs::write(svg, answer.svg)?;
    Ok(ExitCode::from(u8::from(answer.failed)))
}

fn read(path: &str) -> anyhow::Result<Profile> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {path}"))?;
    kheap::decode(&bytes).with_context(|| format!("cannot decode {path}"))
}

fn compare<'p>(old: &'p Profile, new: &'p Profile) -> anyhow::Result<Answer> {
    let rules = Arc::new(Rules::parse(RULES)?);
    let heap = |profile: &'p Profile| -> anyhow::Result<Heap<'p>> {
        let in_use = profile.sample_type("inuse_space")?;
        let selection = Selection::new(profile, in_use, &SelectionOptions::default());
        Ok(Heap::new(selection).with_rules(&rules))
    };
    let (old, new) = (heap(old)?, heap(new)?);

    let keys = Keys::default();
    let before = Snapshot::new(&old, "main", &keys);
    let after = Snapshot::new(&new, "pull request", &keys);
    let by = [By::Place, By::Function];
    let comparison = kheap::compare(&before, &after, &by, &GrowthThresholds::default())?;

    let diagnosis = kheap::diagnose(&new, &DiagnoseOptions::default());
    let change = Change::Pair {
        before: &old,
        comparison: &comparison,
    };
    let report = Report::new(&new, &diagnosis)
        .change(change)
        // Who reads the comment has no `kheap`.
        .known(Known::default().commands(Commands::Omitted));
    let gate = Gate::new(Measure::Growth, None, Most::Share(0.1));
    Ok(Answer {
        sentence: kheap_text::compare::title(&comparison),
        markdown: report.markdown(None)?.text,
        svg: Flame::compare(&old, &new, &FlameOptions::default()).svg(&Picture::default())?,
        failed: gate.check(Some(&before), &after)?.is_some(),
    })
}

#[test]
fn what_grew_is_in_the_comment_and_the_picture() {
    let dump = |name| read(&format!("../testdata/dumps/{name}.pb.gz")).unwrap();
    let (idle, storm) = (dump("v1.20/idle"), dump("v1.20/cr-list-cache-json"));
    let answer = compare(&idle, &storm).unwrap();
    assert!(answer.failed);
    assert!(answer.markdown.contains("## What changed"));
    assert!(answer.markdown.contains("objects without a type"));
    assert!(!answer.markdown.contains("`kheap "));
    assert!(answer.svg.contains("<svg"));
    assert!(!compare(&storm, &idle).unwrap().failed);
}
