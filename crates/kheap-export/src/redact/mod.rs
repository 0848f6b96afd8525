//! Profiles and what lies beside them without private names, so that they can be shared.
//!
//! A name stays where it is public: of a package in `packages.txt`, a metric of `metrics.txt`, or
//! a word of `words.txt`. Every other word becomes a stable pseudonym. Nobody has to know what
//! is private, because only what is known to be public is let through. Figures, times and
//! structure stay.

mod file;
mod names;
mod profile;
mod public;
mod symbol;
mod text;
mod words;

pub use file::RedactError;
pub use names::{HiddenName, Key, Redactor};
