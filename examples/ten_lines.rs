//! Ten lines: read a heap, list its functions, diagnose it, draw it.
//!
//! ```text
//! cargo run --example ten_lines -- testdata/dumps/v1.20/cr-list-cache-json.pb.gz heap.svg
//! ```
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::{env, fs};

use anyhow::Context;
use kheap::{DiagnoseOptions, GraphOptions, Heap, Selection, SelectionOptions, diagnose, top};
use kheap_flame::{Flame, FlameOptions, Picture};

fn main() -> anyhow::Result<()> {
    let mut args = env::args().skip(1);
    let usage = "usage: ten_lines FILE SVG";
    let (file, svg) = args.next().zip(args.next()).context(usage)?;

    let profile = kheap::decode(&fs::read(file)?)?;
    let in_use = profile.sample_type("inuse_space")?;
    let selection = Selection::new(&profile, in_use, &SelectionOptions::default());
    let heap = Heap::new(selection);
    let top = top(&heap, &GraphOptions::default());
    let diagnosis = diagnose(&heap, &DiagnoseOptions::default());
    let flame = Flame::new(&heap, &FlameOptions::default());
    println!("most in: {}", top.rows.first().map_or("", |row| &row.name));
    println!("findings: {}", diagnosis.findings.len());
    fs::write(svg, flame.svg(&Picture::default())?)?;
    Ok(())
}

/// The README of the crate shows these lines, and its own tests cannot compile them: a crate that
/// draws is above it.
#[test]
fn the_readme_of_the_crate_shows_these_lines() {
    let source = fs::read_to_string("ten_lines.rs").unwrap();
    let readme = fs::read_to_string("../crates/kheap/README.md").unwrap();
    let between = |from, to| {
        let start = source.find(from).unwrap();
        let end = start + source[start..].find(to).unwrap();
        &source[start..end]
    };
    let body = between("    let profile", "    Ok(())");
    for line in body.lines() {
        assert!(readme.contains(line.trim_start()), "{line}");
    }
}
