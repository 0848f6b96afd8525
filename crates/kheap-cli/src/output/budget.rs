//! How long a result may be. A name stands once in a profile, and in `traces` once in each
//! stack: a file of a few kilobytes could ask for an output without end.

use anyhow::{Result, bail};
use kheap::Profile;
use kheap::profile::{LabelValue, StringId};

/// What any result may take, in bytes.
const LEAST: u64 = 64 << 20;

/// What it may take for each byte of the profile. Results of real dumps take up to 32.
const FOR_EACH_BYTE: u64 = 100;

/// How many bytes a frame of a stack, and a label, take in a profile at least.
const FRAME_BYTES: usize = 2;
const LABEL_BYTES: usize = 4;

/// Up to here a name is short, in bytes: those of Go are.
const SHORT: usize = 4096;

/// What long names may take in all the places where they stand, in bytes, besides what they
/// may take for each byte of the profile.
const LEAST_IN_PLACES: u64 = 16 << 20;

/// Refuses a profile whose names are so long, and stand in so many functions, stacks and
/// labels, that what copies them takes time and memory without a measure.
///
/// # Errors
///
/// Says which commands do not.
pub(crate) fn check_names(profile: &Profile) -> Result<()> {
    let length = |id: StringId| match profile.strings().get(id).len() {
        short if short <= SHORT => 0,
        long => long as u64,
    };
    if profile.strings().iter().all(|text| text.len() <= SHORT) {
        return Ok(());
    }
    let functions = profile.functions().iter();
    let functions: Vec<u64> = (functions.map(|f| length(f.name) + length(f.filename))).collect();
    let (locations, samples) = (profile.locations(), profile.samples());
    let lines = |id| {
        locations
            .lines(id)
            .iter()
            .map(|line| functions[line.function.index()])
    };
    let of_location: Vec<u64> = locations.ids().map(|id| lines(id).sum()).collect();
    let mut all: u64 = functions.iter().sum();
    for id in samples.ids() {
        let frames = samples.stack(id).iter().map(|id| of_location[id.index()]);
        let labels = samples.labels(id).iter().map(|label| match label.value {
            LabelValue::Text(text) => length(label.key) + length(text),
            LabelValue::Number(_, unit) => length(label.key) + length(unit),
        });
        all = all.saturating_add(frames.chain(labels).sum());
    }
    if all > LEAST_IN_PLACES.saturating_add(FOR_EACH_BYTE.saturating_mul(bytes(profile))) {
        bail!(
            "its names are long and stand in many places, more than {FOR_EACH_BYTE} times as much \
             as the profile takes; `kheap top`, `kheap traces` and `kheap info` read it"
        );
    }
    Ok(())
}

/// How many bytes a result about a profile may take.
pub(super) fn of(profile: &Profile) -> u64 {
    LEAST.saturating_add(FOR_EACH_BYTE.saturating_mul(bytes(profile)))
}

/// What a profile takes at least, in bytes.
fn bytes(profile: &Profile) -> u64 {
    let names: usize = profile.strings().iter().map(<[u8]>::len).sum();
    let samples = profile.samples();
    let stacks = samples
        .ids()
        .map(|id| samples.stack(id).len() * FRAME_BYTES + samples.labels(id).len() * LABEL_BYTES);
    (names + stacks.sum::<usize>()) as u64
}
