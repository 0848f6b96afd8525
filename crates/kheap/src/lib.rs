//! Reads Go heap profiles, especially those of kube-apiserver, and says what holds the
//! memory. The numbers are those of `go tool pprof`, to the last digit.
//!
//! The crate opens no file, prints nothing and reads no clock. It takes bytes and returns
//! values. It has no unsafe code.
//!
//! # In reading order
//!
//! **1. A [`Profile`]** is a file, decoded: samples, their stacks and their values.
//! [`decode()`] reads `.pb.gz` and the text of `?debug=1`. A sample has a value for each
//! sample type, such as `inuse_space`. Where nobody knows what a file is, [`open()`] also
//! reads pasted tables.
//!
//! ```no_run
//! let file = std::fs::read("heap.pb.gz")?;
//! let profile = kheap::decode(&file)?;
//! let in_use = profile.sample_type("inuse_space")?;
//! println!("{} bytes in use", profile.total(in_use));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **2. A [`Selection`]** says what is looked at: one sample type, and filters as pprof has
//! them. [`top()`], [`tree()`], [`peek()`], [`traces()`] and [`tags()`] turn it into plain
//! structs. Rows come sorted: the largest first, then by name.
//!
//! ```
//! # let mut file = Vec::new();
//! # let mut builder = kheap::ProfileBuilder::new();
//! # builder.sample_type("inuse_space", "bytes");
//! # let load = builder.function("main.load", "main.go");
//! # let load = builder.location(None, 1, &[(load, 7)]);
//! # builder.sample(&[load], &[4096], &[])?;
//! # kheap::encode(&builder.finish(), &mut file)?;
//! use kheap::{GraphOptions, Selection, SelectionOptions};
//!
//! let profile = kheap::decode(&file)?;
//! let in_use = profile.sample_type("inuse_space")?;
//! let selection = Selection::new(&profile, in_use, &SelectionOptions::default());
//! let top = kheap::top(&selection, &GraphOptions::default());
//! assert_eq!(top.rows[0].name, "main.load");
//! assert_eq!(top.rows[0].flat, 4096);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **3. A [`Heap`]** is a selection whose bytes are attributed: each byte belongs to one
//! part of the program, and may have a verb and a Kubernetes kind. [`breakdown()`] adds them
//! up. [`diagnose()`] names the known problems, with evidence and what to do.
//!
//! ```
//! # let mut builder = kheap::ProfileBuilder::new();
//! # builder.sample_type("inuse_space", "bytes");
//! # let mut stack = Vec::new();
//! # for (line, name) in [
//! #     "k8s.io/apiserver/pkg/storage/etcd3.(*store).GetList",
//! #     "k8s.io/apiserver/pkg/endpoints/handlers.ListResource.func1",
//! #     "net/http.HandlerFunc.ServeHTTP",
//! # ].into_iter().enumerate() {
//! #     let function = builder.function(name, "");
//! #     stack.push(builder.location(None, line as u64 + 1, &[(function, 1)]));
//! # }
//! # builder.sample(&stack, &[64 << 20], &[])?;
//! # let profile = builder.finish();
//! # let in_use = profile.sample_type("inuse_space")?;
//! # let selection = kheap::Selection::new(&profile, in_use, &Default::default());
//! use kheap::attribute::Dimensions;
//! use kheap::{DiagnoseOptions, Heap};
//!
//! let heap = Heap::new(selection);
//! for row in kheap::breakdown(&heap, Dimensions::ALL).rows {
//!     println!("{} {:?} {:?} {:?}", row.value, row.part, row.verb, row.kind);
//! }
//! for finding in kheap::diagnose(&heap, &DiagnoseOptions::default()).findings {
//!     println!("{}: {}, {} bytes", finding.severity.name(), finding.title, finding.bytes);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **4. A [`Snapshot`]** is a heap reduced to its sums. It is small, so that hundreds of them
//! can be kept. [`compare()`] says what changed between two. A [`Series`] says what grows,
//! how fast, and whether it is a leak. [`series::Keys`] keeps each name once. Two servers are
//! compared like two dumps of one: [`Comparison::is_one_process`] says whether a difference is
//! growth.
//!
//! **5. A [`Table`]** is what people paste where a profile cannot go: the output of
//! `go tool pprof -top`. [`diagnose()`] takes it as well. Nothing else can: parts, filters,
//! flame graphs and comparisons need stacks, and no sum of rows gives them back. Its
//! [rows](table::Table::rows) are what [`top()`] would give. Only their `line` means another thing:
//! the line of the text.
//!
//! **6. A profile can be made**, with [`ProfileBuilder`], [`merge()`] and [`subtract()`], and
//! written with [`encode()`].
//!
//! `docs/embedding.md` in the repository says which of its examples answers which question: a web
//! handler, a gate on parts of your own, a service that follows a heap, and more.
//!
//! # Structure
//!
//! | question | function | where its types are |
//! |---|---|---|
//! | What is in the file? | [`info()`] | [`mod@info`] |
//! | Which functions hold the memory? | [`top()`], [`peek()`], [`tree()`], [`traces()`] | [`mod@top`], [`mod@tree`], [`mod@traces`] |
//! | Which labels and sizes? | [`tags()`], [`sizes()`] | [`mod@tags`], [`mod@sizes`] |
//! | Which part of the program? | [`breakdown()`] | [`attribute`] |
//! | Which known problem? | [`diagnose()`] | [`mod@diagnose`] |
//! | What changed, what grows? | [`compare()`], [`Series`] | [`mod@compare`], [`series`] |
//! | What remains in use, and what is short-lived? | [`lifetimes()`] | [`mod@lifetimes`] |
//! | Does it keep its bounds? | [`gate::Gate::check`] | [`gate`] |
//! | Why is the process larger than its heap? | [`memory()`] | [`mod@memory`], [`memstats`] |
//!
//! Reading is in [`mod@decode`] and [`table`], the data in [`profile`], filters in [`filter`].
//! [`graph`] has the call graph behind trees and pictures, [`frame`] what makes two frames
//! one. [`symbol`] reads names of Go, and [`mod@unit`] writes numbers like pprof.
//! [`arithmetic`] has the standard errors of sampled values.
//! [`knowledge`] is what is known of Kubernetes and of Go.
//!
//! # Before you trust it
//!
//! A file that can be read may still not be what its figures are taken for. Ask it first:
//!
//! | question | answer |
//! |---|---|
//! | Is all of it there? A body that was cut, or pasted in part, lacks stacks. | [`Profile::is_fragment`] |
//! | Is it the heap of a Go program? Goroutines, processor time and other runtimes have no parts. | [`Profile::is_go_heap`]; [`Profile::profiled`] and [`Profile::runtime`] say what it is |
//! | Is it what is in use, or what changed (`?seconds=30`, a saved difference)? | [`Profile::is_difference`], [`Profile::delta_nanos`] |
//! | Does a sample type count what is in use, or all that was allocated? | [`SampleKind::of`] its name |
//! | Is it of the right program, build and time? | [`Profile::program`], [`Info`], [`Profile::moment_nanos`] |
//! | Are two dumps of one process? | [`Comparison::is_one_process`], [`series::notes`] |
//! | Is a figure more than chance? Go samples one allocation in 512 kB. | [`GraphOptions::errors`], [`CompareRow::is_significant`](compare::CompareRow::is_significant), [`arithmetic`] |
//! | Do stacks reach their roots? Go keeps the innermost 32 or 128 frames. | [`Info::cut`], [`Heap::mended`] |
//!
//! [`Selection::warnings`] and [`info::warnings`] list what of it misleads, and `kheap-text` has
//! a sentence for each. [`diagnose()`] asks all of it: [`Diagnosis::unjudged`] says why it
//! judges nothing.
//!
//! ```
//! use kheap::Profile;
//!
//! /// Why a service does not keep this dump.
//! fn refused(profile: &Profile) -> Option<&'static str> {
//!     match () {
//!         () if !profile.is_go_heap() => Some("it is no heap of a Go program"),
//!         () if profile.is_difference() => Some("it says what changed; fetch it without ?seconds="),
//!         () if profile.is_fragment() => Some("it was cut; fetch it again"),
//!         () => None,
//!     }
//! }
//! # let body = "heap profile: 1: 16 [1: 16] @ heap/2\n";
//! # let profile = kheap::decode(body.as_bytes())?;
//! # assert_eq!(refused(&profile), Some("it was cut; fetch it again"));
//! # Ok::<(), kheap::DecodeError>(())
//! ```
//!
//! # Words
//!
//! One word means one thing in all results. `name` is whatever a row is about. `value` is an
//! amount in the unit of the sample type; it is `flat` where `cum`, the amount below it
//! included, stands beside it. `bytes` are bytes; in a [`Diagnosis`] they
//! are in its `unit`, which is bytes for every heap in use. `total` is the sum that percentages refer to. `key` is
//! the key of a label, as in pprof. `is_` and `has_` begin what is true or false.
//!
//! # Features
//!
//! With `default-features = false` this crate reads pprof files, filters them and makes
//! tables of them. It then builds at most 20 crates.
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `diagnose` | yes | [`breakdown()`], [`diagnose()`], [`compare()`], [`Series`], [`info()`], [`lifetimes()`], [`memory()`], [`sizes()`], and what kheap knows of Kubernetes and Go programs |
//! | `encode` | yes | [`encode()`], which writes profiles |
//! | `serde` | no | `serde::Serialize` for the results, and `Deserialize` for those that are read again: [`Snapshot`], [`Series`], [`Comparison`], [`Diagnosis`], [`Top`] and the like. Ids of samples are left out: they mean nothing to another process |
//!
//! # Errors
//!
//! An error is an enum, or a struct with one inside: [`DecodeError`] has a
//! [`DecodeErrorKind`], and says at which byte or line the fault is. A message is one line.
//! [`encode()`] returns what its writer returns.
//!
//! No input makes the crate panic. Ids of another profile do. Those that results carry,
//! [`SampleId`](profile::SampleId), [`SampleTypeId`](profile::SampleTypeId) and
//! [`NodeId`](frame::NodeId), know where they are from: the message is "sample 3 is of
//! another profile". Those that stand in the tables by the million, such as
//! [`LocationId`](profile::LocationId), are bare positions, as of a slice: look them up in
//! the profile whose table you read, or use [`Profile::frames`], which needs none.
//! [`profile::Samples::contains`] and [`Profile::has_sample_type`] answer without a panic.
//!
//! # Memory and limits
//!
//! [`Limits`] bounds what a file may cost, for files from strangers: 1 GiB inflated by
//! default, and tables in proportion to what was read. Every analysis takes time in
//! proportion to its input, but for the sorting of its rows. Results repeat names:
//! [`Limits`] bounds their bytes too.
//!
//! # Threads
//!
//! Every type is `Send` and `Sync`. [`decode()`] inflates large files on a second thread;
//! where none can be started, as on wasm32, it does the same on the only one. Nothing else
//! starts a thread. Results do not depend on it.
//!
//! # Signatures and rules of your own
//!
//! A known problem is a TOML file in [this format](mod@diagnose::signatures), which
//! [`Catalog::add`] reads. Parts of a program are a TOML file in [this
//! format](mod@attribute::rules), which [`attribute::Rules::parse`] reads. Signatures name these
//! parts where the catalogue has the rules ([`Catalog::with_rules`]), and find them in a heap
//! that has them, too ([`Heap::with_rules`]).
//!
//! # Speed
//!
//! Decoding, inflating included: median times as multiples of kheap's, 31 and 15 rounds in
//! turn on two virtual cores, and the largest resident size of a process that does nothing
//! else. `benches/decoders` in the repository repeats it.
//!
//! | | real dump, 0.1 MB gzip | peak | 9.3 MB gzip, 45 MB inflated | peak |
//! |---|---:|---:|---:|---:|
//! | kheap | 2.6 ms | 5 MiB | 194 ms | 91 MiB |
//! | `pprof` 0.15 (`protos`) | 1.5 × | 6 MiB | 2.3 × | 246 MiB |
//! | `libdd-profiling-protobuf` 2.0 (`prost_impls`) | 1.5 × | 6 MiB | 2.3 × | 245 MiB |
//! | types that `prost` 0.14 generates | 1.5 × | 6 MiB | 2.2 × | 254 MiB |
//!
//! On one core alone the large file takes the others 1.6 to 1.7 times as long.
//!
//! # Versions
//!
//! Semantic versioning: before 1.0 a minor version may break the interface, a patch does
//! not. Rust 1.88 is the oldest that compiles it; a minor version may raise it. What is
//! found may change with any version, as what is known grows.

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
#[cfg(feature = "diagnose")]
mod fingerprint;
#[cfg(test)]
mod fixture;
pub mod frame;
#[cfg(feature = "diagnose")]
pub mod gate;
pub mod graph;
#[cfg(test)]
#[path = "../tests/common/growth.rs"]
mod growth;
#[cfg(feature = "diagnose")]
pub mod info;
#[cfg(feature = "diagnose")]
pub mod knowledge;
#[cfg(feature = "diagnose")]
pub mod lifetimes;
#[cfg(feature = "diagnose")]
pub mod memory;
pub mod memstats;
mod open;
mod path;
mod peek;
pub mod profile;
#[cfg(feature = "diagnose")]
mod program;
mod sample_kind;
mod selection;
#[cfg(feature = "diagnose")]
pub mod series;
mod setters;
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
mod vocabulary;

/// The messages that prost generates: they write profiles. Tests include the file, too:
/// there they are the oracle for our reader.
#[cfg(feature = "encode")]
#[expect(unreachable_pub, reason = "generated as for a crate of its own")]
mod proto;

#[cfg(feature = "diagnose")]
pub use attribute::{Attribution, Breakdown, Heap, breakdown, mend_stacks};
#[cfg(feature = "diagnose")]
pub use compare::{Comparison, compare};
pub use decode::{DecodeError, DecodeErrorKind, Limits, decode, decode_reader};
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
#[cfg(feature = "diagnose")]
pub use memory::{Memory, memory};
pub use open::{OpenError, Opened, open, open_reader};
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
pub use top::{Top, top};
pub use traces::{Trace, traces};
pub use tree::{Tree, tree};
pub use vocabulary::UnknownName;

/// Tests the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
