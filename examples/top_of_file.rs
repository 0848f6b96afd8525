//! Which functions hold the memory? Prints the first ten.
//!
//! ```text
//! cargo run --example top_of_file -- testdata/dumps/v1.20/cr-list-cache-json.pb.gz
//! ```
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::{env, fs};

use anyhow::Context;
use kheap::{GraphOptions, Selection, SelectionOptions, Top};

fn main() -> anyhow::Result<()> {
    let path = env::args().nth(1).context("usage: top_of_file FILE")?;
    let top = top_of_file(&path)?;
    println!("{} in use", top.summary.value(top.summary.total));
    for row in &top.rows {
        let flat = top.summary.value(row.flat);
        let share = top.summary.percentage(row.flat);
        println!("{flat:>10} {share}  {}", row.name);
    }
    Ok(())
}

fn top_of_file(path: &str) -> anyhow::Result<Top> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {path}"))?;
    let profile = kheap::decode(&bytes).with_context(|| format!("cannot decode {path}"))?;
    let sample_type = profile.sample_type("inuse_space")?;
    let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
    let options = GraphOptions::default().count(10);
    Ok(kheap::top(&selection, &options))
}

#[test]
fn copies_of_custom_objects_hold_the_most() {
    let path = "../testdata/dumps/v1.20/cr-list-cache-json.pb.gz";
    let top = top_of_file(path).unwrap();
    assert_eq!(top.rows.len(), 10);
    assert!(top.rows[0].name.ends_with("runtime.DeepCopyJSONValue"));
    assert_eq!(top.summary.value(top.rows[0].flat), "877.18MB");
    assert_eq!(top.summary.value(top.summary.total), "2307.47MB");
}
