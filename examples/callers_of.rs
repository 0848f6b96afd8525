//! Who asks for this memory? Prints the callers of the functions that match.
//!
//! ```text
//! cargo run --example callers_of -- testdata/dumps/v1.20/cr-list-cache-json.pb.gz 'bytes\.makeSlice'
//! ```
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::{env, fs};

use anyhow::{Context, bail};
use kheap::filter::Pattern;
use kheap::{GraphOptions, Selection, SelectionOptions, Tree};

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [path, regex] = &args[..] else {
        bail!("usage: callers_of FILE REGEX");
    };
    let tree = callers_of(path, regex)?;
    for row in &tree.rows {
        println!("{} {}", tree.summary.value(row.cum), row.name);
        for caller in &row.callers {
            let weight = tree.summary.value(caller.weight);
            println!("{weight:>12} asked for by {}", caller.name);
        }
    }
    Ok(())
}

fn callers_of(path: &str, regex: &str) -> anyhow::Result<Tree> {
    let pattern = Pattern::new(regex)?;
    let bytes = fs::read(path).with_context(|| format!("cannot read {path}"))?;
    let profile = kheap::decode(&bytes).with_context(|| format!("cannot decode {path}"))?;
    let sample_type = profile.sample_type("inuse_space")?;
    let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
    let tree = kheap::peek(&selection, &pattern, &GraphOptions::default());
    if tree.rows.is_empty() {
        bail!("no function matches {regex}");
    }
    Ok(tree)
}

#[test]
fn buffers_are_asked_for_by_the_buffer_that_grows() {
    let path = "../testdata/dumps/v1.20/cr-list-cache-json.pb.gz";
    let tree = callers_of(path, r"^bytes\.makeSlice$").unwrap();
    let [row] = &tree.rows[..] else {
        panic!("one function, not {}", tree.rows.len());
    };
    assert_eq!(&*row.callers[0].name, "bytes.(*Buffer).grow");
    assert_eq!(row.callers[0].weight, row.cum);
}
