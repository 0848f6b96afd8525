//! Profiles and what lies beside them without private names, so that they can be shared.
//!
//! A name stays where it is public: of a package in `standard.txt` or below a module of
//! `packages.txt`, a metric built of words of `metrics.txt`, or a word of `words.txt`. Every other
//! word becomes a stable pseudonym. Nobody has to know what
//! is private, because only what is known to be public is let through. Figures, times and
//! structure stay.

mod addresses;
mod dashed;
mod escapes;
mod exact;
mod figures;
mod file;
mod json;
mod line;
mod names;
mod nested;
mod profile;
mod public;
mod symbol;
mod terminal;
mod text;
mod words;

pub use file::{RedactError, Redacted};
pub use names::{HiddenName, Key, Redactor};
