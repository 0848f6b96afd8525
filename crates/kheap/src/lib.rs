//! Reads Go heap profiles, especially those of kube-apiserver, and answers like
//! `go tool pprof`, to the last digit.
//!
//! The library opens no file, prints nothing and reads no clock: it takes bytes
//! and returns values. Data flows one way: [`decode()`] makes a [`Profile`], a
//! [`Selection`] says which part of it is looked at, and [`top()`], [`tree()`],
//! [`traces()`] and [`tags()`] make plain structs out of that. For a [`Heap`], a
//! selection whose bytes are attributed once, [`breakdown()`] says which part of the
//! program holds the memory, and [`diagnose()`] which known problem it looks like.
//! [`compare()`] and [`Series`] follow it from dump to dump.
//!
//! # Example
//!
//! ```no_run
//! use kheap::{CallGraph, GraphOptions, Selection, SelectionOptions};
//!
//! let profile = kheap::decode(&std::fs::read("heap.pb.gz")?)?;
//! let sample_type = profile.sample_type("inuse_space")?;
//! let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
//! let top = kheap::top(&selection, &GraphOptions::default());
//! for row in top.rows.iter().take(10) {
//!     println!("{:>12} {}", row.flat, row.name);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! With `default-features = false` this crate reads pprof files, filters them and makes
//! tables of them. It then builds at most 20 crates.
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `diagnose` | yes | [`breakdown()`], [`diagnose()`], [`compare()`], [`Series`], [`info()`], [`lifetimes()`], [`sizes()`], and what kheap knows of Kubernetes and Go programs |
//! | `encode` | yes | [`encode()`], which writes profiles |
//! | `serde` | no | `serde::Serialize` for every result |

pub mod arithmetic;
#[cfg(feature = "diagnose")]
pub mod attribute;
#[cfg(feature = "diagnose")]
pub mod compare;
pub mod decode;
#[cfg(feature = "diagnose")]
pub mod diagnose;
#[cfg(feature = "encode")]
mod encode;
#[cfg(feature = "diagnose")]
mod expressions;
pub mod filter;
#[cfg(test)]
mod fixture;
pub mod frame;
pub mod graph;
#[cfg(feature = "diagnose")]
pub mod info;
#[cfg(feature = "diagnose")]
pub mod knowledge;
#[cfg(feature = "diagnose")]
pub mod lifetimes;
pub mod memory;
pub mod memstats;
mod path;
mod peek;
pub mod profile;
mod sample_kind;
mod selection;
#[cfg(feature = "diagnose")]
pub mod series;
#[cfg(feature = "diagnose")]
pub mod sizes;
mod summary;
pub mod symbol;
pub mod table;
pub mod tags;
pub mod top;
pub mod traces;
pub mod tree;
pub mod unit;

/// The messages that prost generates: they write profiles. Tests include the file, too:
/// there they are the oracle for our reader.
#[cfg(feature = "encode")]
#[allow(
    unreachable_pub,
    reason = "generated; proto/README.md explains the fields"
)]
mod proto;

#[cfg(feature = "diagnose")]
pub use attribute::{Attribution, Breakdown, Heap, breakdown, mend_stacks};
#[cfg(feature = "diagnose")]
pub use compare::{Comparison, compare};
pub use decode::{
    DecodeError, DecodeErrorKind, Limits, decode, decode_in_default_type, decode_reader,
};
#[cfg(feature = "diagnose")]
pub use diagnose::{Catalog, DiagnoseOptions, Diagnosis, diagnose};
#[cfg(feature = "encode")]
pub use encode::encode;
pub use filter::Filters;
pub use frame::Granularity;
pub use graph::{CallGraph, GraphOptions};
#[cfg(feature = "diagnose")]
pub use info::{Info, info};
#[cfg(feature = "diagnose")]
pub use lifetimes::{Lifetimes, lifetimes};
pub use memory::{Memory, memory};
pub use peek::peek;
pub use profile::{Profile, ProfileBuilder, merge, subtract};
pub use sample_kind::SampleKind;
pub use selection::{Selection, SelectionOptions, Warning};
#[cfg(feature = "diagnose")]
pub use series::{Series, Snapshot};
#[cfg(feature = "diagnose")]
pub use sizes::{Sizes, sizes};
pub use summary::Summary;
pub use table::{Table, TableEdge, TableError, TableErrorKind, TableRow};
pub use tags::{Tags, tags};
pub use top::{Top, top, top_with_errors};
pub use traces::{Trace, traces};
pub use tree::{Tree, tree};

/// Tests the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
