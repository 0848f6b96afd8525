//! A second opinion on what a profile says: all references resolved by hand,
//! once from our tables and once from the messages that prost reads.
#![allow(dead_code, reason = "not every test needs all of it")]

use std::collections::HashMap;
use std::hash::Hash;

use kheap::profile::{Label, LabelValue, Profile, SampleId, SampleTypeId, StringId, ValueType};

/// What prost makes of the schema, see `proto/README.md`.
#[path = "../../src/proto.rs"]
#[allow(unreachable_pub, reason = "generated")]
pub(crate) mod proto;

/// A text as the file has it.
pub(crate) type Text<'a> = &'a [u8];

/// A profile without ids: texts instead of their positions, rows of the tables
/// instead of whatever numbers the file gave them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plain<'a> {
    sample_types: Vec<[Text<'a>; 2]>,
    default_sample_type: Text<'a>,
    samples: Vec<Sample<'a>>,
    mappings: Vec<Mapping<'a>>,
    locations: Vec<Location>,
    functions: Vec<([Text<'a>; 3], i64)>,
    /// Type and unit of the period, drop_frames, keep_frames, doc_url.
    header_texts: [Text<'a>; 5],
    comments: Vec<Text<'a>>,
    /// time_nanos, duration_nanos, period.
    header_numbers: [i64; 3],
}

#[derive(Debug, PartialEq, Eq)]
struct Sample<'a> {
    stack: Vec<usize>,
    values: Vec<i64>,
    labels: Vec<(Text<'a>, PlainValue<'a>)>,
}

/// The value of a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum PlainValue<'a> {
    Text(Text<'a>),
    Number(i64, Text<'a>),
}

#[derive(Debug, PartialEq, Eq)]
struct Mapping<'a> {
    start_limit_offset: [u64; 3],
    filename: Text<'a>,
    build_id: Text<'a>,
    flags: [bool; 4],
}

#[derive(Debug, PartialEq, Eq)]
struct Location {
    mapping: Option<usize>,
    address: u64,
    is_folded: bool,
    /// Function, line, column.
    lines: Vec<(usize, i64, i64)>,
}

/// The same from the tables that our decoder filled.
pub(crate) fn of_profile(profile: &Profile) -> Plain<'_> {
    let text = |id: StringId| profile.strings().get(id);
    let pair = |t: &ValueType| [text(t.kind), text(t.unit)];
    let (samples, locations) = (profile.samples(), profile.locations());
    let columns = columns(profile);
    let values = |id: SampleId| {
        columns
            .iter()
            .map(|&c| profile.values(c)[id.index()])
            .collect()
    };
    let header = profile.header();
    let [period, period_unit] = pair(&header.period_type);
    Plain {
        sample_types: profile.sample_types().iter().map(pair).collect(),
        default_sample_type: text(profile.default_sample_type()),
        samples: (samples.ids())
            .map(|id| Sample {
                stack: samples.stack(id).iter().map(|id| id.index()).collect(),
                values: values(id),
                labels: (samples.labels(id).iter())
                    .map(|label| plain_label(profile, label))
                    .collect(),
            })
            .collect(),
        mappings: (profile.mappings().iter())
            .map(|m| Mapping {
                start_limit_offset: [m.start, m.limit, m.offset],
                filename: text(m.filename),
                build_id: text(m.build_id),
                flags: [
                    m.has_functions,
                    m.has_filenames,
                    m.has_line_numbers,
                    m.has_inline_frames,
                ],
            })
            .collect(),
        locations: (locations.ids())
            .map(|id| Location {
                mapping: locations.mapping(id).map(|id| id.index()),
                address: locations.address(id),
                is_folded: locations.is_folded(id),
                lines: (locations.lines(id).iter())
                    .map(|line| (line.function.index(), line.line, line.column))
                    .collect(),
            })
            .collect(),
        functions: (profile.functions().iter())
            .map(|f| {
                let texts = [text(f.name), text(f.system_name), text(f.filename)];
                (texts, f.start_line)
            })
            .collect(),
        header_texts: [
            period,
            period_unit,
            text(header.drop_frames),
            text(header.keep_frames),
            text(header.doc_url),
        ],
        comments: header.comments.iter().map(|&id| text(id)).collect(),
        header_numbers: [header.time_nanos, header.duration_nanos, header.period],
    }
}

/// All sample types.
pub(crate) fn columns(profile: &Profile) -> Vec<SampleTypeId> {
    let column = |position: usize| profile.sample_type(&position.to_string());
    (0..profile.sample_types().len())
        .map(|position| column(position).expect("a number is a position"))
        .collect()
}

/// A label of a profile without ids.
pub(crate) fn plain_label<'a>(profile: &'a Profile, label: &Label) -> (Text<'a>, PlainValue<'a>) {
    let text = |id: StringId| profile.strings().get(id);
    let value = match label.value {
        LabelValue::Text(id) => PlainValue::Text(text(id)),
        LabelValue::Number(number, unit) => PlainValue::Number(number, text(unit)),
    };
    (text(label.key), value)
}

/// The same from the message that prost read, or `None` where Go refuses it.
pub(crate) fn of_message(message: &proto::Profile) -> Option<Plain<'_>> {
    let table = &message.string_table;
    if !table.first()?.is_empty() {
        return None;
    }
    let text = |index: i64| Some(table.get(usize::try_from(index).ok()?)?.as_slice());
    let pair = |t: &proto::ValueType| Some([text(t.r#type)?, text(t.unit)?]);
    let mapping_rows = rows(message.mapping.iter().map(|m| m.id))?;
    let location_rows = rows(message.location.iter().map(|l| l.id))?;
    let function_rows = rows(message.function.iter().map(|f| f.id))?;

    let label = |label: &proto::Label| {
        let value = match (label.str, label.num, label.num_unit) {
            (0, 0, 0) => None,
            (0, number, unit) => Some(PlainValue::Number(number, text(unit)?)),
            (index, ..) => Some(PlainValue::Text(text(index)?)),
        };
        Some((text(label.key)?, value))
    };
    let sample = |sample: &proto::Sample| {
        let labels: Option<Vec<_>> = sample.label.iter().map(label).collect();
        let stack: Option<_> = (sample.location_id.iter())
            .map(|id| location_rows.get(id).copied())
            .collect();
        (sample.value.len() == message.sample_type.len()).then_some(())?;
        Some(Sample {
            stack: stack?,
            values: sample.value.clone(),
            labels: (labels?.into_iter())
                .filter_map(|(key, value)| Some((key, value?)))
                .collect(),
        })
    };
    let line = |line: &proto::Line| {
        let function = *function_rows.get(&line.function_id)?;
        Some((function, line.line, line.column))
    };
    let location = |location: &proto::Location| {
        Some(Location {
            mapping: mapping_rows.get(&location.mapping_id).copied(),
            address: location.address,
            is_folded: location.is_folded,
            lines: location.line.iter().map(line).collect::<Option<_>>()?,
        })
    };
    let mapping = |m: &proto::Mapping| {
        Some(Mapping {
            start_limit_offset: [m.memory_start, m.memory_limit, m.file_offset],
            filename: text(m.filename)?,
            build_id: text(m.build_id)?,
            flags: [
                m.has_functions,
                m.has_filenames,
                m.has_line_numbers,
                m.has_inline_frames,
            ],
        })
    };
    let function = |f: &proto::Function| {
        let texts = [text(f.name)?, text(f.system_name)?, text(f.filename)?];
        Some((texts, f.start_line))
    };
    if message.sample_type.is_empty() && !message.sample.is_empty() {
        return None;
    }
    let [period, period_unit] = pair(&message.period_type.unwrap_or_default())?;
    Some(Plain {
        sample_types: message
            .sample_type
            .iter()
            .map(pair)
            .collect::<Option<_>>()?,
        default_sample_type: text(message.default_sample_type)?,
        samples: message.sample.iter().map(sample).collect::<Option<_>>()?,
        mappings: message.mapping.iter().map(mapping).collect::<Option<_>>()?,
        locations: (message.location.iter())
            .map(location)
            .collect::<Option<_>>()?,
        functions: (message.function.iter())
            .map(function)
            .collect::<Option<_>>()?,
        header_texts: [
            period,
            period_unit,
            text(message.drop_frames)?,
            text(message.keep_frames)?,
            text(message.doc_url)?,
        ],
        comments: (message.comment.iter())
            .map(|&index| text(index))
            .collect::<Option<_>>()?,
        header_numbers: [message.time_nanos, message.duration_nanos, message.period],
    })
}

/// The row of each id, or `None` where one is 0 or not unique.
fn rows<K: Eq + Hash + Default>(ids: impl Iterator<Item = K>) -> Option<HashMap<K, usize>> {
    let mut rows = HashMap::new();
    for (row, id) in ids.enumerate() {
        if id == K::default() || rows.insert(id, row).is_some() {
            return None;
        }
    }
    Some(rows)
}

/// The bytes that `kheap::encode` writes.
pub(crate) fn encode(profile: &Profile) -> Vec<u8> {
    let mut bytes = Vec::new();
    kheap::encode(profile, &mut bytes).expect("writing to memory does not fail");
    bytes
}

/// Checks that our reader and prost's say the same of these bytes, which are not
/// gzipped: the same content, or that there is none.
#[track_caller]
pub(crate) fn check_against_prost(bytes: &[u8]) -> Option<Profile> {
    let message = <proto::Profile as prost::Message>::decode(bytes).expect("prost wrote this");
    let expected = of_message(&message);
    let decoded = kheap::decode(bytes);
    match (&decoded, &expected) {
        (Ok(profile), Some(expected)) => assert_eq!(&of_profile(profile), expected),
        (Ok(_), None) => panic!("accepted what Go refuses: {message:?}"),
        (Err(error), Some(_)) => panic!("refused what Go accepts: {error}: {message:?}"),
        (Err(_), None) => {}
    }
    decoded.ok()
}
