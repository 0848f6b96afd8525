//! How long a profile is when every long name is written wherever it stands.

use super::error::DecodeErrorKind;
use crate::profile::{LocationId, Profile, StringId};

/// A name of so many bytes is not long. Those of real dumps have up to 532.
const PLAIN: u64 = 1000;

/// Checks how many bytes the names take where each of them is written as often as
/// something bears it. The first [`PLAIN`] bytes of a name do not count, but those of
/// comments and labels do: two bytes of a file make a comment, and eight a label.
///
/// A file holds a name once, and analyses read, keep and show it for each type, comment,
/// binary, function, line, label and frame that bears it. A bound here bounds all of them.
pub(super) fn check_names(profile: &Profile, limit: u64) -> Result<(), DecodeErrorKind> {
    let lengths = profile.strings().iter().map(|name| name.len() as u64);
    let longest = lengths.max().unwrap_or(0);
    // Most profiles are far below the limit whatever bears their longest name.
    if longest <= PLAIN && longest.saturating_mul(whole_names(profile)) <= limit {
        return Ok(());
    }
    let of_locations = location_names(profile);
    let stacks = profile.samples().stacks.iter();
    let borne = [
        type_names(profile),
        mapping_names(profile),
        comments(profile),
        function_names(profile),
        label_names(profile),
        sum(of_locations.iter().copied()),
        sum(stacks.map(|&id| of_locations[id.index()])),
    ];
    match sum(borne.into_iter()) {
        all if all > limit => Err(DecodeErrorKind::NamesTooLong { limit }),
        _ => Ok(()),
    }
}

fn sum(bytes: impl Iterator<Item = u64>) -> u64 {
    bytes.fold(0, u64::saturating_add)
}

/// How many names there are that count wholly.
fn whole_names(profile: &Profile) -> u64 {
    let of_labels = 2 * profile.samples().labels.len() as u64;
    profile.header().comments.len() as u64 + of_labels
}

/// How long a name is, in bytes.
fn length(profile: &Profile, id: StringId) -> u64 {
    profile.strings().get(id).len() as u64
}

/// How much longer than a plain name it is, in bytes.
fn excess(profile: &Profile, id: StringId) -> u64 {
    length(profile, id).saturating_sub(PLAIN)
}

/// Every value of a sample has a type and a unit.
fn type_names(profile: &Profile) -> u64 {
    let types = profile.sample_types().iter();
    let names = types.flat_map(|of| [of.kind, of.unit]);
    let rows = profile.samples().len() as u64 + 1;
    sum(names.map(|id| excess(profile, id))).saturating_mul(rows)
}

fn mapping_names(profile: &Profile) -> u64 {
    let mappings = profile.mappings().iter();
    let names = mappings.flat_map(|of| [of.filename, of.build_id]);
    sum(names.map(|id| excess(profile, id)))
}

fn comments(profile: &Profile) -> u64 {
    let comments = profile.header().comments.iter();
    sum(comments.map(|&id| length(profile, id)))
}

fn function_names(profile: &Profile) -> u64 {
    let functions = profile.functions().iter();
    let names = functions.flat_map(|of| [of.name, of.filename]);
    sum(names.map(|id| excess(profile, id)))
}

fn label_names(profile: &Profile) -> u64 {
    let labels = profile.samples().labels.iter();
    let names = labels.flat_map(|label| [label.key, label.value.string()]);
    sum(names.map(|id| length(profile, id)))
}

/// By location: its functions and files, or its binary where nobody looked them up.
fn location_names(profile: &Profile) -> Vec<u64> {
    let locations = profile.locations();
    let binary = |id: LocationId| {
        let mapping = locations.mapping(id).map(|id| profile.mapping(id));
        mapping.map_or(0, |mapping| excess(profile, mapping.filename))
    };
    let names = |id: LocationId| match locations.lines(id) {
        [] => binary(id),
        lines => sum(lines.iter().map(|line| {
            let function = profile.function(line.function);
            excess(profile, function.name) + excess(profile, function.filename)
        })),
    };
    locations.ids().map(names).collect()
}

#[cfg(test)]
#[cfg(feature = "encode")]
mod tests {
    use crate::decode::{Limits, decode_reader};
    use crate::profile::{LocationId, Mapping};
    use crate::{Profile, ProfileBuilder};

    const LENGTH: usize = 10_000;
    const BEARERS: usize = 1_000;

    fn builder(sample_types: &[(&str, &str)]) -> ProfileBuilder {
        let mut builder = ProfileBuilder::new();
        for (kind, unit) in sample_types {
            builder.sample_type(kind, unit);
        }
        builder
    }

    fn with_samples(mut builder: ProfileBuilder, stacks: &[Vec<LocationId>]) -> Profile {
        for (number, stack) in stacks.iter().enumerate() {
            let label = builder.number_label("bytes", number as i64, "bytes");
            builder.sample(stack, &[1], &[label]).unwrap();
        }
        builder.finish()
    }

    /// Whether a profile is refused that names something long so many times; shorter than
    /// that it may be.
    #[track_caller]
    fn check_from(plain: usize, long: usize, profile: impl Fn(&str) -> Profile) {
        let limits = Limits {
            name_bytes: 0,
            ..Limits::default()
        };
        let read = |length| {
            let mut file = Vec::new();
            crate::encode(&profile(&"n".repeat(length)), &mut file).unwrap();
            decode_reader(&file[..], &limits)
        };
        assert!(read(plain).is_ok());
        let error = read(long).unwrap_err().to_string();
        assert!(
            error.contains(": it repeats long names: written out, they take more than "),
            "{error}"
        );
    }

    #[track_caller]
    fn check(profile: impl Fn(&str) -> Profile) {
        check_from(super::PLAIN as usize, LENGTH, profile);
    }

    /// The same where all of the name counts.
    #[track_caller]
    fn check_whole(profile: impl Fn(&str) -> Profile) {
        check_from(10, super::PLAIN as usize, profile);
    }

    #[test]
    fn a_unit_of_many_types() {
        check(|long| {
            let kinds: Vec<String> = (0..BEARERS).map(|number| number.to_string()).collect();
            let types: Vec<(&str, &str)> = kinds.iter().map(|kind| (&**kind, long)).collect();
            builder(&types).finish()
        });
    }

    #[test]
    fn a_unit_of_many_values() {
        check(|long| with_samples(builder(&[("space", long)]), &vec![Vec::new(); BEARERS]));
    }

    #[test]
    fn a_name_of_many_functions() {
        check(|long| {
            let mut builder = builder(&[("space", "bytes")]);
            for number in 0..BEARERS {
                let function = builder.function(long, &number.to_string());
                builder.location(None, number as u64, &[(function, 1)]);
            }
            builder.finish()
        });
    }

    #[test]
    fn a_name_of_many_lines() {
        check(|long| {
            let mut builder = builder(&[("space", "bytes")]);
            let function = builder.function(long, "f.go");
            for line in 0..BEARERS as i64 {
                builder.location(None, 0, &[(function, line)]);
            }
            builder.finish()
        });
    }

    #[test]
    fn a_name_of_many_frames() {
        check(|long| {
            let mut builder = builder(&[("space", "bytes")]);
            let mut frame = |name: &str| {
                let function = builder.function(name, "f.go");
                builder.location(None, 0, &[(function, 1)])
            };
            let leaf = frame(long);
            let stacks = (0..BEARERS).map(|number| vec![leaf, frame(&number.to_string())]);
            let stacks: Vec<_> = stacks.collect();
            with_samples(builder, &stacks)
        });
    }

    #[test]
    fn a_binary_of_many_addresses() {
        check(|long| {
            let mut builder = builder(&[("space", "bytes")]);
            let filename = builder.string(long);
            let mapping = builder.mapping(Mapping {
                filename,
                ..Mapping::default()
            });
            for address in 0..BEARERS as u64 {
                builder.location(Some(mapping), address, &[]);
            }
            builder.finish()
        });
    }

    #[test]
    fn a_comment_that_is_made_many_times() {
        check_whole(|long| {
            let mut builder = builder(&[("space", "bytes")]);
            let comment = builder.string(long);
            builder.header().comments = vec![comment; BEARERS];
            builder.finish()
        });
    }

    #[test]
    fn a_key_of_many_labels() {
        check_whole(|long| {
            let mut builder = builder(&[("space", "bytes")]);
            for number in 0..BEARERS as i64 {
                let label = builder.number_label(long, number, "");
                builder.sample(&[], &[1], &[label]).unwrap();
            }
            builder.finish()
        });
    }
}
