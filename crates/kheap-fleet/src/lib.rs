//! Writes thousands of Go heap profiles as Parquet datasets for DuckDB, Spark and other engines.
//!
//! A dump becomes [`DumpRows`]: what it is, its functions, its cells (part, verb and kind) and its
//! findings. A [`Fleet`] is a folder with one dataset for each of the four. It keeps rows in memory
//! up to a bound, writes them by program and day, and knows which dumps it has, so that an export
//! can be resumed.
//!
//! The datasets, in the order in which a part is completed:
//!
//! ```text
//! OUT/functions/program=kube-apiserver/day=2026-11-21/part-1c0f….parquet
//! OUT/cells/program=kube-apiserver/day=2026-11-21/part-1c0f….parquet
//! OUT/findings/program=kube-apiserver/day=2026-11-21/part-1c0f….parquet
//! OUT/snapshots/program=kube-apiserver/day=2026-11-21/part-1c0f….parquet
//! ```
//!
//! The snapshots come last. A part of another dataset without a part of snapshots beside it is what
//! an interrupted export left, and is deleted when the folder is opened.

mod column;
mod dataset;
mod fleet;
mod hash;
mod partition;
mod rows;
mod source;

pub use fleet::{Fleet, FleetError, LISTING};
pub use hash::ContentHash;
pub use rows::DumpRows;

/// Tests the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
