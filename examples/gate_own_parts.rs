//! Does each part of *my* program keep its bound? A job that fails where a part grew, and tests
//! that show that it does, with heaps made in memory.
//!
//! ```text
//! cargo run --example gate_own_parts -- before.pb.gz after.pb.gz
//! ```
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::process::ExitCode;
use std::sync::Arc;
use std::{env, fs};

use anyhow::{Context, bail};
use kheap::attribute::Rules;
use kheap::gate::Gate;
use kheap::series::Keys;
use kheap::{Heap, Profile, Selection, SelectionOptions, Snapshot};

/// The parts of a database.
const RULES: &str = r##"
[frames]
pool = '^example\.com/pagedb/buffer\.\(\*Pool\)\.'
plans = '^example\.com/pagedb/plan\.\(\*Cache\)\.'

[[part]]
id = "buffer-pool"
title = "pages of the buffer pool"
color = "#8899dd"

[[part]]
id = "plan-cache"
title = "prepared plans"
color = "#ddaa33"

[[rule]]
part = "plan-cache"
when = [{ any = ["plans"] }]

[[rule]]
part = "buffer-pool"
when = [{ any = ["pool"] }]
"##;

/// The bounds, as `kheap --fail-on` has them.
const GATES: [&str; 3] = [
    "growth:part:plan-cache>10%",
    "part:buffer-pool>2GB",
    "package:example.com/pagedb/wal>64MB",
];

fn main() -> anyhow::Result<ExitCode> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [before, after] = &args[..] else {
        bail!("usage: gate_own_parts BEFORE AFTER");
    };
    let failed = check(&read(before)?, &read(after)?)?;
    for line in &failed {
        println!("{line}");
    }
    Ok(ExitCode::from(u8::from(!failed.is_empty())))
}

fn read(path: &str) -> anyhow::Result<Profile> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {path}"))?;
    kheap::decode(&bytes).with_context(|| format!("cannot decode {path}"))
}

/// A line for each bound that is passed.
fn check(before: &Profile, after: &Profile) -> anyhow::Result<Vec<String>> {
    let rules = Arc::new(Rules::parse(RULES)?);
    let (before, after) = (snapshot(before, &rules)?, snapshot(after, &rules)?);
    let mut failed = Vec::new();
    for written in GATES {
        let gate: Gate = written.parse()?;
        // A misspelled part is an error. Any other name that is not there counts as 0, and the
        // bound is kept: say so, or nobody sees that it is misspelled.
        let found = gate.check(Some(&before), &after);
        match found.with_context(|| format!("cannot check {written}"))? {
            Some(breach) => failed.push(kheap_text::gate::breach(written, &gate, &breach)),
            None if gate.is_absent(&after) => println!("{written}: nothing of that name"),
            None => {}
        }
    }
    Ok(failed)
}

fn snapshot(profile: &Profile, rules: &Arc<Rules>) -> anyhow::Result<Snapshot> {
    let in_use = profile.sample_type("inuse_space")?;
    let selection = Selection::new(profile, in_use, &SelectionOptions::default());
    // Parts are those of these rules: both heaps need the same.
    let heap = Heap::new(selection).with_rules(rules);
    Ok(Snapshot::new(&heap, "heap", &Keys::default()))
}

/// A heap with so many megabytes of plans, and of pages.
#[cfg(test)]
fn heap(plans: i64, pages: i64) -> Profile {
    let mut builder = kheap::ProfileBuilder::new();
    builder.sample_type("inuse_objects", "count");
    builder.sample_type("inuse_space", "bytes");
    // With objects and the period growth has a standard error, and a breach says where it may be
    // noise.
    builder.period("space", "bytes", 512 << 10);
    for (function, megabytes) in [
        ("example.com/pagedb/plan.(*Cache).Put", plans),
        ("example.com/pagedb/buffer.(*Pool).Pin", pages),
    ] {
        let function = builder.function(function, "");
        let location = builder.location(None, 0, &[(function, 1)]);
        // Objects of 4 kB.
        let values = [megabytes << 8, megabytes << 20];
        let pushed = builder.sample(&[location], &values, &[]);
        pushed.expect("one value, and ids of this builder");
    }
    builder.finish()
}

#[test]
fn a_part_that_grew_fails() {
    let failed = check(&heap(400, 1000), &heap(600, 1000)).unwrap();
    assert_eq!(
        failed,
        [
            "growth:part:plan-cache>10%: part plan-cache grew by 200MB, from 400MB to 600MB, \
             50.00%: 40 percentage points too much"
        ]
    );
}

#[test]
fn a_part_within_its_bound_passes() {
    assert_eq!(check(&heap(400, 1000), &heap(420, 2000)).unwrap(), [""; 0]);
}

#[test]
fn a_growth_of_few_samples_may_be_noise() {
    let failed = check(&heap(1, 1000), &heap(2, 1000)).unwrap();
    assert!(
        failed[0].ends_with("this growth may be sampling noise"),
        "{failed:?}"
    );
}
