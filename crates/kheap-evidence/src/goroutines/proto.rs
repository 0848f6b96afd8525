//! Goroutine profiles in protobuf.

use kheap::Profile;
use kheap::profile::{LocationId, SampleTypeId};

use super::census::{Census, Form, Goroutines, Stack};

/// Counts the goroutines of a profile; `None` where it is one of something else.
pub(crate) fn of_profile(profile: &Profile) -> Option<Goroutines> {
    let leaks = profile.exact_sample_type("goroutineleak");
    let sample_type = leaks.or_else(|| profile.exact_sample_type("goroutine"))?;
    let mut census = Census::new(Form::Protobuf, leaks.is_some());
    let result = census.result();
    result.time_nanos = profile.moment_nanos();
    result.program = profile.program();
    result.build_id = build_id(profile);
    add_stacks(profile, sample_type, &mut census);
    Some(census.finish())
}

/// The build id of the program: that of the first mapping.
pub(crate) fn build_id(profile: &Profile) -> Option<String> {
    let id = profile.text(profile.mappings().first()?.build_id);
    (!id.is_empty()).then(|| id.into_owned())
}

fn add_stacks(profile: &Profile, sample_type: SampleTypeId, census: &mut Census) {
    let samples = profile.samples();
    for (sample, &count) in samples.ids().zip(profile.values(sample_type)) {
        let locations = samples.stack(sample).iter();
        census.add(&Stack {
            count: count.max(0),
            frames: locations
                .flat_map(|&location| names(profile, location))
                .collect(),
            is_leaked: false,
            creator: samples
                .stack(sample)
                .last()
                .and_then(|&root| place(profile, root)),
        });
    }
}

/// What was started, and the line that it is at.
fn place(profile: &Profile, location: LocationId) -> Option<String> {
    let line = profile.locations().lines(location).last()?;
    let function = profile.function(line.function);
    let (name, file) = (profile.text(function.name), profile.text(function.filename));
    Some(format!("{name} {file}:{}", line.line))
}

fn names(profile: &Profile, location: LocationId) -> impl Iterator<Item = String> + '_ {
    let lines = profile.locations().lines(location).iter();
    lines.map(|line| {
        profile
            .text(profile.function(line.function).name)
            .into_owned()
    })
}
