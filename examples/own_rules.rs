//! Which part of *my* program holds the memory, and is it a problem I know? Rules and signatures
//! for a program that has nothing to do with Kubernetes.
//!
//! ```text
//! cargo run --example own_rules
//! ```
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::sync::Arc;

use kheap::attribute::{Breakdown, Dimensions, Rules};
use kheap::diagnose::{Catalog, DiagnoseOptions, Diagnosis};
use kheap::{Heap, Profile, ProfileBuilder, Selection, SelectionOptions};

/// The parts of a server of maps.
const RULES: &str = r##"
[frames]
render = '^example\.com/maps/tiles\.Render$'
tile-cache = '^example\.com/maps/tiles\.\(\*Cache\)\.'

[[part]]
id = "tile-cache"
title = "tiles that are kept"
color = "#8899dd"

[[part]]
id = "tiles"
title = "tiles being rendered"
color = "#99ccaa"

# The first rule that holds decides.
[[rule]]
part = "tile-cache"
when = [{ any = ["tile-cache"] }]

[[rule]]
part = "tiles"
when = [{ any = ["render"] }]
"##;

/// A problem of that server. Its cases are checked when it is read.
const SIGNATURE: &str = r#"
id = "unbounded-tile-cache"
title = "The cache of tiles has no bound"
about = "The cache keeps every tile that was ever rendered."
remedy = ["Set CacheTiles to the number of tiles that are asked for in an hour."]
sources = ["https://example.com/maps/issues/12"]

[select.kept]
part = ["tile-cache"]

[[require]]
share = "kept"
at_least = 0.5

[[case]]
name = "most of the heap is the cache"
stacks = ["main.main;example.com/maps/tiles.(*Cache).Put 800", "main.main;main.load 200"]
fires = true

[[case]]
name = "a small cache"
stacks = ["main.main;example.com/maps/tiles.(*Cache).Put 80", "main.main;main.load 920"]
fires = false
"#;

fn main() -> anyhow::Result<()> {
    let (breakdown, diagnosis) = look_at(&profile()?)?;
    for row in &breakdown.rows {
        println!("{:>12} {}", row.value, row.part.as_deref().unwrap_or(""));
    }
    for finding in &diagnosis.findings {
        println!("{}: {}", finding.severity.name(), finding.title);
        println!("  {}", finding.remedy[0].text);
    }
    Ok(())
}

fn look_at(profile: &Profile) -> anyhow::Result<(Breakdown, Diagnosis)> {
    let rules = Arc::new(Rules::parse(RULES)?);
    // Signatures may name the parts of the rules.
    let mut catalog = Catalog::empty().with_rules(&rules);
    catalog.add(SIGNATURE)?;

    let sample_type = profile.sample_type("inuse_space")?;
    let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
    let heap = Heap::new(selection).with_rules(&rules);
    let options = DiagnoseOptions::default().catalog(&catalog);
    let dimensions = Dimensions::NONE.part(true);
    let breakdown = kheap::breakdown(&heap, dimensions);
    Ok((breakdown, kheap::diagnose(&heap, &options)))
}

/// A server whose cache holds 1.5 GiB.
fn profile() -> anyhow::Result<Profile> {
    let mut builder = ProfileBuilder::new();
    builder.sample_type("inuse_space", "bytes");
    let mut sample = |address, function, megabytes: i64| {
        let function = builder.function(function, "");
        let location = builder.location(None, address, &[(function, 1)]);
        builder.sample(&[location], &[megabytes << 20], &[])
    };
    sample(1, "example.com/maps/tiles.(*Cache).Put", 1536)?;
    sample(2, "example.com/maps/tiles.Render", 300)?;
    sample(3, "main.load", 64)?;
    Ok(builder.finish())
}

#[test]
fn parts_and_findings_are_those_of_the_program() {
    let (breakdown, diagnosis) = look_at(&profile().unwrap()).unwrap();
    let parts = breakdown.rows.iter();
    let parts: Vec<&str> = parts.filter_map(|row| row.part.as_deref()).collect();
    assert_eq!(parts[..2], ["tile-cache", "tiles"]);
    let [finding] = &diagnosis.findings[..] else {
        panic!("one finding, not {}", diagnosis.findings.len());
    };
    assert_eq!(finding.id, "unbounded-tile-cache");
    assert_eq!(finding.bytes, 1536 << 20);
}
