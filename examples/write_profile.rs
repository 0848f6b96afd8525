//! How is a profile made? Builds one by hand, writes it, and reads it back.
//!
//! ```text
//! cargo run --example write_profile -- heap.pb.gz
//! ```
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::{env, fs};

use anyhow::Context;
use kheap::profile::Mapping;
use kheap::{Profile, ProfileBuilder};

fn main() -> anyhow::Result<()> {
    let path = env::args().nth(1).context("usage: write_profile FILE")?;
    let mut file = Vec::new();
    kheap::encode(&build()?, &mut file)?;
    fs::write(&path, &file).with_context(|| format!("cannot write {path}"))?;

    let profile = kheap::decode(&fs::read(&path)?)?;
    let sample_type = profile.sample_type("inuse_space")?;
    println!(
        "{path}: {} samples, {} bytes in use",
        profile.samples().len(),
        profile.total(sample_type)
    );
    Ok(())
}

/// Three buffers of 4 KiB that `main.load` holds, called by `main.main`.
fn build() -> anyhow::Result<Profile> {
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
    builder.sample(&stack, &[3, 3 * 4096], &[size])?;
    Ok(builder.finish())
}

#[test]
fn what_is_written_is_read_back() {
    let profile = build().unwrap();
    let mut file = Vec::new();
    kheap::encode(&profile, &mut file).unwrap();
    let read = kheap::decode(&file).unwrap();
    assert_eq!(read, profile);
    assert_eq!(read.program().as_deref(), Some("server"));
    assert_eq!(read.total(read.sample_type("").unwrap()), 12_288);
}
