//! Reads what people save beside a Go heap profile: /metrics, goroutine profiles, audit
//! and server logs; and joins it with the findings of a [`kheap::Diagnosis`].
//!
//! A heap says that twelve LISTs of Pods hold 350 MB. What lies beside it says who sent
//! them. [`observe`] makes an [`Observation`] out of one file.
//!
//! The library opens no file, prints nothing and reads no clock.

pub mod archive;
pub mod goroutines;
mod inflate;
pub mod join;
mod lines;
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
pub use observation::{Facts, FileKind, Observation, ReadOptions, is_beside, observe, of_profile};
pub use resource::Resource;
pub use warning::Warning;

/// Tests the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
