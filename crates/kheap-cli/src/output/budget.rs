//! How long a result may be. A name stands once in a profile, and in `traces` once in each
//! stack: a file of a few kilobytes could ask for an output without end.

use kheap::Profile;

/// What any result may take, in bytes.
const LEAST: u64 = 64 << 20;

/// What it may take for each byte of the profile. Results of real dumps take up to 32.
const FOR_EACH_BYTE: u64 = 100;

/// How many bytes a frame of a stack, and a label, take in a profile at least.
const FRAME_BYTES: usize = 2;
const LABEL_BYTES: usize = 4;

/// How many bytes a result about a profile may take.
pub(super) fn of(profile: &Profile) -> u64 {
    let names: usize = profile.strings().iter().map(<[u8]>::len).sum();
    let samples = profile.samples();
    let stacks = samples
        .ids()
        .map(|id| samples.stack(id).len() * FRAME_BYTES + samples.labels(id).len() * LABEL_BYTES);
    let bytes = names + stacks.sum::<usize>();
    LEAST.saturating_add(FOR_EACH_BYTE.saturating_mul(bytes as u64))
}
