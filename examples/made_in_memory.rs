//! How is a profile made? Builds profiles by hand, adds them up, subtracts one, writes the
//! result and reads it back.
//!
//! ```text
//! cargo run --example made_in_memory -- heap.pb.gz
//! ```
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::{env, fs};

use anyhow::Context;
use kheap::profile::{BaseMode, Mapping};
use kheap::{Profile, ProfileBuilder};

fn main() -> anyhow::Result<()> {
    let path = env::args().nth(1).context("usage: made_in_memory FILE")?;
    let mut file = Vec::new();
    kheap::encode(&growth()?, &mut file)?;
    fs::write(&path, &file).with_context(|| format!("cannot write {path}"))?;

    let profile = kheap::decode(&fs::read(&path)?)?;
    let sample_type = profile.sample_type("inuse_space")?;
    println!(
        "{path}: {} sample, {} bytes more in use",
        profile.samples().len(),
        profile.total(sample_type)
    );
    Ok(())
}

/// What two servers hold together, less what they held before.
fn growth() -> anyhow::Result<Profile> {
    let now = kheap::merge(vec![server(5)?, server(4)?])?;
    let before = kheap::merge(vec![server(3)?, server(3)?])?;
    Ok(kheap::subtract(now, before, BaseMode::Cancel)?)
}

/// Buffers of 4 KiB that `main.load` holds, called by `main.main`.
fn server(buffers: i64) -> anyhow::Result<Profile> {
    let mut builder = ProfileBuilder::new();
    builder.sample_type("inuse_objects", "count");
    builder.sample_type("inuse_space", "bytes");
    builder.header().period_type = builder.value_type("space", "bytes");
    builder.header().period = 524_288;

    let filename = builder.string("/usr/bin/server");
    let program = builder.mapping(Mapping {
        start: 0x40_0000,
        limit: 0x80_0000,
        filename,
        ..Mapping::default()
    });
    let main = builder.function("main.main", "main.go");
    let load = builder.function("main.load", "load.go");
    // A stack is leaf first.
    let stack = [
        builder.location(Some(program), 0x40_1200, &[(load, 12)]),
        builder.location(Some(program), 0x40_1000, &[(main, 7)]),
    ];
    let size = builder.number_label("bytes", 4096, "bytes");
    builder.sample(&stack, &[buffers, buffers * 4096], &[size])?;
    Ok(builder.finish())
}

#[test]
fn what_is_written_is_read_back() {
    let profile = growth().unwrap();
    let mut file = Vec::new();
    kheap::encode(&profile, &mut file).unwrap();
    let read = kheap::decode(&file).unwrap();
    assert_eq!(read.program().as_deref(), Some("server"));
    assert_eq!(read.samples().len(), 1);
    assert_eq!(read.totals(), [3, 3 * 4096]);
}
