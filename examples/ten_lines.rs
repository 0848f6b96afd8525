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
