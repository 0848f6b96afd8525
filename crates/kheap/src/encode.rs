//! A [`Profile`] out as the bytes of a `.pb.gz` file.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message;

use crate::profile::{
    Label, LabelValue, LocationId, Mapping, Profile, SampleId, StringId, Strings, ValueType,
};
use crate::proto;

/// Writes a profile as gzipped protobuf, as Go does.
///
/// Ids count from 1 in the order of the tables. What is written, decoded again, is equal to
/// `profile`, but for what the format has no field for: what only a text says
/// ([`Header::mem_stats`](crate::profile::Header::mem_stats),
/// [`Header::fragment`](crate::profile::Header::fragment)), and how the profile was made
/// ([`Profile::is_clamped`], [`Profile::added_up`], [`Profile::lacks_samples`]). The time is that
/// of [`Profile::moment_nanos`]. `go tool pprof` reads it.
///
/// # Errors
///
/// Those of the writer.
///
/// # Example
///
/// ```
/// let profile = kheap::ProfileBuilder::new().finish();
/// let mut file = Vec::new();
/// kheap::encode(&profile, &mut file)?;
/// assert_eq!(kheap::decode(&file)?, profile);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn encode(profile: &Profile, writer: impl Write) -> io::Result<()> {
    let mut gzip = GzEncoder::new(writer, Compression::default());
    gzip.write_all(&to_message(profile).encode_to_vec())?;
    gzip.finish()?.flush()
}

/// Turns a profile into the message that prost writes.
fn to_message(profile: &Profile) -> proto::Profile {
    let mut table = StringTable::new(profile.strings());
    let header = profile.header();
    let samples = profile.samples();
    let mut message = proto::Profile {
        sample_type: (profile.sample_types().iter().copied())
            .map(value_type)
            .collect(),
        sample: (samples.ids())
            .map(|id| sample(profile, id, &mut table))
            .collect(),
        mapping: (profile.mappings().iter().zip(1..))
            .map(|(m, id)| mapping(m, id))
            .collect(),
        location: (profile.locations().ids())
            .map(|id| location(profile, id))
            .collect(),
        function: functions(profile),
        string_table: Vec::new(),
        drop_frames: index(header.drop_frames),
        keep_frames: index(header.keep_frames),
        time_nanos: profile.moment_nanos().unwrap_or(0),
        duration_nanos: header.duration_nanos,
        period_type: Some(value_type(header.period_type)),
        period: header.period,
        comment: header.comments.iter().copied().map(index).collect(),
        default_sample_type: index(profile.default_sample_type()),
        doc_url: index(header.doc_url),
    };
    message.string_table = table.finish();
    message
}

fn value_type(value_type: ValueType) -> proto::ValueType {
    proto::ValueType {
        r#type: index(value_type.kind),
        unit: index(value_type.unit),
    }
}

fn sample(profile: &Profile, id: SampleId, table: &mut StringTable<'_>) -> proto::Sample {
    let samples = profile.samples();
    let labels = samples.labels(id).iter();
    proto::Sample {
        location_id: samples.stack(id).iter().map(|id| row_id(id.0)).collect(),
        value: samples.values.iter().map(|c| c[id.index()]).collect(),
        label: labels.map(|&l| label(l, table)).collect(),
    }
}

fn label(label: Label, table: &mut StringTable<'_>) -> proto::Label {
    let key = index(label.key);
    match label.value {
        LabelValue::Text(text) => proto::Label {
            key,
            str: table.nonzero_index(text),
            ..Default::default()
        },
        LabelValue::Number(num, unit) => proto::Label {
            key,
            num,
            num_unit: match num {
                // Without a unit a label of 0 would be no label at all.
                0 => table.nonzero_index(unit),
                _ => index(unit),
            },
            ..Default::default()
        },
    }
}

fn mapping(mapping: &Mapping, id: u64) -> proto::Mapping {
    proto::Mapping {
        id,
        memory_start: mapping.start,
        memory_limit: mapping.limit,
        file_offset: mapping.offset,
        filename: index(mapping.filename),
        build_id: index(mapping.build_id),
        has_functions: mapping.has_functions,
        has_filenames: mapping.has_filenames,
        has_line_numbers: mapping.has_line_numbers,
        has_inline_frames: mapping.has_inline_frames,
    }
}

fn location(profile: &Profile, id: LocationId) -> proto::Location {
    let locations = profile.locations();
    let line = |line: &crate::profile::Line| proto::Line {
        function_id: row_id(line.function.0),
        line: line.line,
        column: line.column,
    };
    proto::Location {
        id: row_id(id.0),
        mapping_id: locations.mapping(id).map_or(0, |id| row_id(id.0)),
        address: locations.address(id),
        line: locations.lines(id).iter().map(line).collect(),
        is_folded: locations.is_folded(id),
    }
}

fn functions(profile: &Profile) -> Vec<proto::Function> {
    let functions = profile.functions().iter().zip(1..);
    functions
        .map(|(function, id)| proto::Function {
            id,
            name: index(function.name),
            system_name: index(function.system_name),
            filename: index(function.filename),
            start_line: function.start_line,
        })
        .collect()
}

fn row_id(row: u32) -> u64 {
    u64::from(row) + 1
}

fn index(id: StringId) -> i64 {
    i64::from(id.0)
}

/// The strings as they are written: those of the profile, and a second empty
/// one where a label needs an empty text that is not position 0.
#[derive(Debug)]
struct StringTable<'a> {
    strings: &'a Strings,
    second_empty: bool,
}

impl<'a> StringTable<'a> {
    fn new(strings: &'a Strings) -> Self {
        Self {
            strings,
            second_empty: false,
        }
    }

    fn nonzero_index(&mut self, id: StringId) -> i64 {
        if id != StringId::EMPTY {
            return index(id);
        }
        self.second_empty = true;
        self.strings.len() as i64
    }

    fn finish(self) -> Vec<Vec<u8>> {
        let mut table: Vec<Vec<u8>> = self.strings.iter().map(<[u8]>::to_vec).collect();
        if self.second_empty {
            table.push(Vec::new());
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{profile, profile_of};
    use crate::{ProfileBuilder, decode};

    fn encoded(profile: &Profile) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode(profile, &mut bytes).unwrap();
        bytes
    }

    #[track_caller]
    fn check(profile: &Profile) {
        assert_eq!(&decode(&encoded(profile)).unwrap(), profile);
    }

    #[test]
    fn what_is_written_reads_the_same() {
        check(&profile(
            "app!main@main.go:12:10;walk;+fast 1 64 verb=LIST bytes=16 age=5ms
             lib!0x40;0x50 0 -8
             3 4",
        ));
    }

    #[test]
    fn labels_that_look_empty_survive() {
        let mut builder = ProfileBuilder::new();
        builder.sample_type("inuse_space", "bytes");
        let labels = [
            builder.text_label("text", ""),
            builder.number_label("number", 0, ""),
            builder.number_label("age", 0, "ms"),
            builder.number_label("", 1, ""),
        ];
        builder.sample(&[], &[1], &labels).unwrap();
        check(&builder.finish());
    }

    #[test]
    fn strings_are_bytes() {
        let mut builder = ProfileBuilder::new();
        builder.header().doc_url = builder.string(b"caf\xe9");
        check(&profile_of(builder, "main 1"));
    }

    #[test]
    fn a_second_empty_string_is_written_only_where_it_is_needed() {
        let count = |stacks| to_message(&profile(stacks)).string_table.len();
        assert_eq!(
            count("1 key=a"),
            1 + ["inuse_space", "bytes", "key", "a"].len()
        );
        assert_eq!(
            count("1 key="),
            1 + ["inuse_space", "bytes", "key"].len() + 1
        );
    }

    #[test]
    fn the_same_profile_gives_the_same_bytes() {
        let profile = || profile("main;walk 1 verb=LIST\nmain 2");
        assert_eq!(encoded(&profile()), encoded(&profile()));
    }
}
