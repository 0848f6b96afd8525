//! What must hold for any input whatever: one function for each kind of input,
//! which takes bytes and panics where something does not hold.
//!
//! `fuzz_targets` gives them to libFuzzer, and `main.rs` runs them on
//! stable Rust, over the corpus and over mutations of it.

mod analyses;
mod archive;
mod beside;
mod binary;
mod made;
mod report;
mod sums;
mod text;

/// The tests' own opinion on what the bytes of a profile say.
#[path = "../../../tests/common/mod.rs"]
mod common;

pub use analyses::analyses;
pub use archive::archive;
pub use beside::{beside, goroutines, log, metrics};
pub use binary::{decode, gzip, heap_text, other, otlp};
pub use report::report;
pub use sums::top;
pub use text::{filter, header, rules, signature, symbol, table};

/// A target: its name, what it runs, and where in `testdata` its seeds are.
#[derive(Debug)]
pub struct Target {
    /// The name of the fuzz target and of its folder in `corpus`.
    pub name: &'static str,
    /// What is fuzzed.
    pub run: fn(&[u8]),
    /// Folders from the project's root; their files are seeds, up to 16 kB.
    pub seeds: &'static [&'static str],
}

/// All targets.
pub const TARGETS: [Target; 19] = [
    Target {
        name: "decode",
        run: decode,
        seeds: &["testdata/malformed"],
    },
    Target {
        name: "gzip",
        run: gzip,
        seeds: &["testdata/malformed", "testdata/dumps/v1.34"],
    },
    Target {
        name: "heap_text",
        run: heap_text,
        seeds: &["testdata/malformed"],
    },
    Target {
        name: "otlp",
        run: otlp,
        seeds: &[],
    },
    Target {
        name: "other",
        run: other,
        seeds: &["testdata/other"],
    },
    Target {
        name: "table",
        run: table,
        seeds: &["testdata/incidents", "testdata/golden/v1.34/idle"],
    },
    Target {
        name: "signature",
        run: signature,
        seeds: &["crates/kheap/src/knowledge/signatures"],
    },
    Target {
        name: "rules",
        run: rules,
        seeds: &[],
    },
    Target {
        name: "header",
        run: header,
        seeds: &[],
    },
    Target {
        name: "symbol",
        run: symbol,
        seeds: &[],
    },
    Target {
        name: "filter",
        run: filter,
        seeds: &[],
    },
    Target {
        name: "log",
        run: log,
        seeds: &["testdata/bundles/08-misleading-restart"],
    },
    Target {
        name: "metrics",
        run: metrics,
        seeds: &["testdata/bundles/08-misleading-restart"],
    },
    Target {
        name: "goroutines",
        run: goroutines,
        seeds: &["testdata/bundles/goroutines"],
    },
    Target {
        name: "beside",
        run: beside,
        seeds: &["testdata/bundles/01-one-bad-of-three"],
    },
    Target {
        name: "archive",
        run: archive,
        seeds: &[],
    },
    Target {
        name: "top",
        run: top,
        seeds: &["crates/kheap/fuzz/corpus/analyses"],
    },
    Target {
        name: "analyses",
        run: analyses,
        seeds: &[],
    },
    Target {
        name: "report",
        run: report,
        seeds: &["crates/kheap/fuzz/corpus/analyses"],
    },
];
