//! Sorts what people have of Go heaps: which of several files are dumps, which are one dump
//! saved twice, which lie beside dumps, what a report is about; and one line about each
//! file that cannot be read, with what to do.
//!
//! It opens no file and prints nothing: a [`Host`] does that, which is the program `kheap`
//! or the page `kheap.html`. Both give the same answers, because both ask this crate. Errors
//! are lines for people.

pub mod archives;
pub mod beside;
mod files;
#[cfg(test)]
#[path = "../../kheap/tests/common/growth.rs"]
mod growth;
mod host;
mod left_out;
mod names;
mod read;
mod reading;
pub mod redact;
mod refusal;
mod subject;
mod together;
mod twins;

pub use files::{Files, Found, LeftOut};
pub use host::{Host, is_stdin, name};
pub use left_out::{Many, Unread, check_not_folded, read_all};
pub use names::{base, short_inputs, shorten};
pub use read::{
    decode, is_git_lfs_pointer, is_table, load, read, read_dump_or_table, read_in_default_type,
    unpacked,
};
pub use reading::{NoHeap, Reading, pair, read_heap};
pub use subject::{Judged, Source, Subject};
pub use together::{Asked, explain};
pub use twins::{Facts, Twins};

/// Tests the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
