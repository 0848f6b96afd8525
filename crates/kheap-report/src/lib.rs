//! Writes one file that says what a heap holds: HTML that needs nothing else, or
//! Markdown for a ticket.
//!
//! A report is put into words first, by `kheap-text` as on the terminal, and templates
//! give them their form. Like the library below,
//! this crate opens no file and reads no clock; the same input gives the same bytes.
//!
//! # Example
//!
//! ```no_run
//! use kheap::{DiagnoseOptions, Heap, Selection, SelectionOptions, diagnose};
//! use kheap_report::{Input, Report};
//!
//! let bytes = std::fs::read("heap.pb.gz")?;
//! let profile = kheap::decode(&bytes)?;
//! let sample_type = profile.sample_type("inuse_space")?;
//! let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
//! let heap = Heap::new(selection);
//! let diagnosis = diagnose(&heap, &DiagnoseOptions::default());
//! let html = Report::new(&heap, &diagnosis)
//!     .inputs(&[Input::new("heap.pb.gz", &bytes, None)])
//!     .header("Taken when the **alert** fired.")
//!     .html()?;
//! std::fs::write("report.html", html)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod anchor;
mod chart;
mod escape;
mod growth;
mod header;
pub mod model;
mod name;
mod page;
mod render;
mod report;
mod summary;

pub use kheap_text::Commands;
pub use kheap_text::diagnosis::Known;
pub use model::{Model, ModelBuilder};
pub use render::{Markdown, PictureFile, scripts};
pub use report::{Change, Fingerprint, Input, Report, ReportError};
