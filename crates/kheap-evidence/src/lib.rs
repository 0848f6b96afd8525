//! Reads what people save beside a Go heap profile: /metrics, goroutine profiles, audit
//! and server logs; and joins it with the findings of a [`kheap::Diagnosis`].
//!
//! A heap says that twelve LISTs of Pods hold 350 MB. What lies beside it says who sent
//! them. [`observe`] makes an [`Observation`] out of one file.
//!
//! The library opens no file, prints nothing and reads no clock.
//!
//! # A dump with its metrics
//!
//! Files are read for the moment of the dump, and held against its process: files of another
//! process are not used, and [`Beside::files`] says why. What the metrics say of the process
//! goes into the diagnosis, and the clients are joined with its findings.
//!
//! ```
//! use kheap::memory::MemoryOptions;
//! use kheap::{DiagnoseOptions, Diagnosis, Heap, Selection, SelectionOptions};
//! use kheap_evidence::{Beside, Dump, Joined, ReadOptions, observe};
//!
//! fn judge(
//!     dump: &[u8],
//!     metrics: &[u8],
//! ) -> Result<(Diagnosis, Joined), Box<dyn std::error::Error>> {
//!     let profile = kheap::decode(dump)?;
//!     let in_use = profile.sample_type("inuse_space")?;
//!     let heap = Heap::new(Selection::new(&profile, in_use, &SelectionOptions::default()));
//!
//!     let read = ReadOptions::default().at(profile.moment_nanos());
//!     let observed = observe("metrics.txt", metrics, &read)?;
//!     let beside = Beside::new(&Dump::of(&profile, heap.role()), &[observed]);
//!
//!     let mut process = MemoryOptions::default();
//!     if let Some(measured) = beside.server().process() {
//!         process = measured.described(process);
//!     }
//!     let options = DiagnoseOptions::default().process(process);
//!     let mut diagnosis = kheap::diagnose(&heap, &options);
//!     let joined = beside.join(&diagnosis);
//!     // Steps that are done already: a client that is found needs no search.
//!     for (finding, answer) in diagnosis.findings.iter_mut().zip(&joined.answers) {
//!         finding.remedy.retain(|step| !answer.is_done(step));
//!     }
//!     Ok((diagnosis, joined))
//! }
//!
//! let dump = "heap profile: 1: 1048576 [2: 2097152] @ heap/524288
//! 1: 1048576 [2: 2097152] @ 0x1
//! ";
//! let metrics = "# TYPE process_resident_memory_bytes gauge
//! process_resident_memory_bytes 9.5e+09
//! ";
//! let (diagnosis, joined) = judge(dump.as_bytes(), metrics.as_bytes())?;
//! assert!(joined.files[0].usage.is_used());
//! assert_eq!(diagnosis.findings[0].id, "rss-not-heap");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod archive;
mod frames;
pub mod goroutines;
mod gzip;
mod inflate;
pub mod join;
mod lines;
mod lz4;
mod manifest;
pub mod metrics;
mod moment;
mod observation;
pub mod requests;
pub mod resource;
mod sniff;
mod text;
pub mod unpack;
pub mod version;
mod warning;
mod zstd;

pub use join::{Beside, Dump, Joined, join};
pub use manifest::Manifest;
pub use observation::{
    Facts, FileKind, Observation, ReadOptions, is_beside, kind_beside, observe, of_profile,
};
pub use resource::Resource;
pub use warning::Warning;

/// Tests the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
