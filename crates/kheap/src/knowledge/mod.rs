//! What is known of Kubernetes and of Go programs, as data.
//!
//! Rust in this room only reads, checks and indexes it.

mod bits;
mod frames;

pub(crate) use bits::{BitRows, Bits, has_bit, set_bit};
pub(crate) use frames::{FramesError, NamedFrames};
