//! Results of `kheap` in plain English: facts in, sentences and tables out.
//!
//! Terminal, Markdown, HTML and pictures say the same in the same words, because
//! the words are made here. This crate touches no terminal and no file.

pub mod breakdown;
pub mod change;
pub mod client;
mod commands;
pub mod compare;
pub mod composition;
pub mod cut;
pub mod diagnosis;
pub mod evidence;
mod fetch;
pub mod finding;
pub mod gate;
pub mod github;
pub mod group;
mod grown;
mod guard;
pub mod info;
mod judgement;
pub mod lifetimes;
pub mod limit;
pub mod manifest;
pub mod markdown;
pub mod memory;
mod moment;
pub mod net;
pub mod note;
pub mod picture;
pub mod place;
pub mod placeholder;
mod process;
pub mod reason;
pub mod series;
pub mod shell;
pub mod signature;
pub mod sizes;
mod step;
pub mod story;
pub mod summary;
pub mod table;
pub mod trend;
pub mod value;
pub mod version;
pub mod warning;
mod width;
mod wrap;

pub use commands::Commands;
pub use guard::{UNSEEN, is_visible, one_line, visible};
pub use moment::clock;
pub use series::View;
pub use width::{LONGEST_NAME, left, right, shorten, shorten_bytes, width};
pub use wrap::{fill, fold};

/// Tests the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// What a newer library says that this crate has no sentence for: its data.
fn newer(unknown: &dyn std::fmt::Debug) -> String {
    format!("{unknown:?}")
}
