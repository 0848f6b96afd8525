//! Draws heap profiles: flame graphs, differences of two, and call graphs, as
//! pictures that need no network, no font and no other program.
//!
//! A picture is computed first, as plain values that a test can read ([`Flame`],
//! [`kheap::CallGraph`]), and then drawn. Like the library below, this crate
//! opens no file and reads no clock; the same input gives the same bytes.
//!
//! # Example
//!
//! ```no_run
//! use kheap::{Heap, Selection, SelectionOptions};
//! use kheap_flame::{Flame, FlameOptions, Picture};
//!
//! let profile = kheap::decode(&std::fs::read("heap.pb.gz")?)?;
//! let sample_type = profile.sample_type("inuse_space")?;
//! let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
//! let flame = Flame::new(&Heap::new(selection), &FlameOptions::default());
//! std::fs::write("heap.svg", flame.svg(&Picture::default())?)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod chains;
mod color;
mod flame;
mod folded;
mod graph;
mod heading;
mod label;
mod picture;
#[cfg(feature = "png")]
mod png;
mod retouch;
mod svg;

pub use color::{Coloring, part_color};
pub use flame::{Flame, FlameOptions, Frame, Grouping, Name, Part, Trimmed, cut_stacks};
pub use graph::{Drawing, DrawnGraph, GraphPicture};
pub use picture::{Direction, DrawError, Picture};
#[cfg(feature = "png")]
pub use png::png;
pub use retouch::embedded_scripts;

/// Tests the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
