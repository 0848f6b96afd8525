//! What is known of Kubernetes and of Go programs, as data.
//!
//! Rust in this room only reads, checks and indexes it. Nothing here knows of
//! attribution or diagnosis.

mod bits;
mod formula;
mod frames;
mod kinds;
mod parts;
mod roles;
mod signs;
mod versions;

pub(crate) use bits::{BitRows, Bits, has_bit, set_bit};
pub(crate) use formula::Formula;
pub(crate) use frames::{ExceptFile, FramesError, FramesFile, NamedFrames};
pub(crate) use kinds::{Kinds, is_kind_of_any_group, is_known_kind, is_version};
pub(crate) use parts::is_color;
pub use parts::{Part, part, parts};
pub use roles::Role;
pub(crate) use roles::{RoleProof, Roles};
pub(crate) use signs::Signs;
pub use versions::{Product, Version, VersionError, VersionRange, VersionReason, Versions};
