//! Writes Go heap profiles for other tools: pprof, speedscope, the Firefox Profiler and
//! folded stacks.
//!
//! What is written holds what a [`Heap`](kheap::Heap) holds: one file or several added up, less a base,
//! as far as filters leave it. Like the library below, this crate opens no file and reads no
//! clock; the same input gives the same bytes.
//!
//! # Example
//!
//! ```
//! use kheap::{Heap, ProfileBuilder, Selection, SelectionOptions};
//! use kheap_export::{Stacks, folded};
//!
//! let profile = ProfileBuilder::folded("main;load 64\nmain;serve 32")?.finish();
//! let sample_type = profile.sample_type("")?;
//! let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
//! let heap = Heap::new(selection);
//! let mut text = Vec::new();
//! folded(&Stacks::of(&heap), &mut text)?;
//! assert_eq!(text, b"main;load 64\nmain;serve 32\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod firefox;
mod folded;
mod places;
mod pprof;
mod redact;
mod rows;
mod speedscope;
mod stacks;
mod stream;

pub use firefox::firefox;
pub use folded::folded;
pub use pprof::{LABELS, PprofOptions, pprof};
pub use redact::{HiddenName, Key, RedactError, Redacted, Redactor};
pub use rows::{LabelText, Row, Rows};
pub use speedscope::speedscope;
pub use stacks::{Frame, Sides, Stack, Stacks};

/// Tests the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
