//! What is known of Kubernetes and of Go programs, as data.
//!
//! Rust in this room only reads, checks and indexes it. Nothing here knows of
//! attribution or diagnosis.

/// What `build.rs` made of a file of this folder.
macro_rules! built_in {
    ($file:literal) => {{
        let json = include_str!(concat!(env!("OUT_DIR"), "/", $file, ".json"));
        serde_json::from_str(json).expect("the built-in knowledge is tested")
    }};
}

mod bits;
mod formula;
mod frames;
mod kinds;
mod modules;
mod names;
mod parts;
mod roles;
mod rules;
mod shipped;
mod signs;
mod sizes;
mod substances;
pub(crate) mod user_file;
mod versions;

pub(crate) use bits::{BitRows, Bits, has_bit, set_bit};
pub(crate) use built_in;
pub(crate) use formula::Formula;
pub(crate) use frames::{NamedFrames, is_frame_name};
pub(crate) use kinds::{
    CUSTOM_RESOURCE, Hints, KindHint, encoded, kind_of, kind_of_status, received, whole_name,
};
pub use kinds::{UNKNOWN, is_known_kind_name, resource_of};
pub(crate) use modules::Modules;
pub use modules::STANDARD_LIBRARY;
pub(crate) use names::Names;
pub use parts::{OTHER, Part, Parts, part, parts};
pub use roles::Role;
pub use rules::{INTERNAL, MAX_RULES_BYTES, Rules, RulesError, RulesFault};
pub(crate) use rules::{Rule, RuleCondition};
pub(crate) use shipped::Shipped;
pub(crate) use signs::Signs;
pub(crate) use sizes::{KnownSize, Owner, known_size};
pub(crate) use substances::{Substance, substances};
pub(crate) use versions::is_shipped;
pub use versions::{
    Contradiction, Product, Span, Version, VersionError, VersionRange, VersionReason, Versions,
};

/// The sets of expressions that automata are kept of.
#[cfg(test)]
pub(crate) fn built_in_expressions() -> [Vec<String>; 2] {
    let frames = frames::FramesFile::builtin().frames;
    [frames.into_values().collect(), versions::expressions()]
}
