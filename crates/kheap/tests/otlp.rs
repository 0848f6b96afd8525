//! OTLP: a profile that is written as OTLP, by the types that prost makes of
//! `proto/otlp.proto`, is read as the same figures; what is damaged is refused.

#![cfg(all(feature = "diagnose", feature = "encode"))]

mod common;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use kheap::profile::{LabelValue, Profile, StringId};
use kheap::{GraphOptions, Opened, Selection, SelectionOptions};
use proptest::prelude::*;
use prost::Message;

#[path = "common/otlp.rs"]
#[allow(unreachable_pub, clippy::enum_variant_names, reason = "generated")]
mod otlp;

use otlp::any_value::Value;

/// A table of the dictionary, whose first row is none.
struct Table<T> {
    rows: Vec<T>,
    known: HashMap<Vec<u8>, i32>,
}

impl<T: Message + Default> Table<T> {
    fn new() -> Self {
        Self {
            rows: vec![T::default()],
            known: HashMap::new(),
        }
    }

    fn add(&mut self, row: T) -> i32 {
        let rows = &mut self.rows;
        *self.known.entry(row.encode_to_vec()).or_insert_with(|| {
            rows.push(row);
            rows.len() as i32 - 1
        })
    }
}

/// Writes a profile as the collector does: one profile of OTLP for each sample type.
fn written(profile: &Profile) -> otlp::ProfilesData {
    let strings: Vec<String> = (profile.strings().iter())
        .map(|text| String::from_utf8_lossy(text).into_owned())
        .collect();
    let string = |id: StringId| id.index() as i32;
    let mut attributes: Table<otlp::KeyValueAndUnit> = Table::new();
    let mut stacks: Table<otlp::Stack> = Table::new();
    let mappings = profile.mappings().iter().map(|mapping| otlp::Mapping {
        memory_start: mapping.start,
        memory_limit: mapping.limit,
        file_offset: mapping.offset,
        filename_strindex: string(mapping.filename),
        attribute_indices: Vec::new(),
    });
    let functions = profile.functions().iter().map(|function| otlp::Function {
        name_strindex: string(function.name),
        system_name_strindex: string(function.system_name),
        filename_strindex: string(function.filename),
        start_line: function.start_line,
    });
    let locations = profile.locations();
    let line = |line: &kheap::profile::Line| otlp::Line {
        function_index: line.function.index() as i32 + 1,
        line: line.line,
        column: line.column,
    };
    let locations = locations.ids().map(|id| otlp::Location {
        mapping_index: locations.mapping(id).map_or(0, |id| id.index() as i32 + 1),
        address: locations.address(id),
        lines: locations.lines(id).iter().map(line).collect(),
    });
    let samples = profile.samples();
    let header = profile.header();
    let profiles = profile.sample_type_ids().map(|of| {
        let sample_type = profile.sample_types()[of.index()];
        let samples = samples.ids().map(|id| {
            let location_indices = samples.stack(id).iter();
            let location_indices = location_indices.map(|id| id.index() as i32 + 1);
            let labels = samples.labels(id).iter().map(|label| {
                let (value, unit_strindex) = match label.value {
                    LabelValue::Text(text) => {
                        (Value::StringValue(strings[text.index()].clone()), 0)
                    }
                    LabelValue::Number(number, unit) => (Value::IntValue(number), string(unit)),
                };
                attributes.add(otlp::KeyValueAndUnit {
                    key_strindex: string(label.key),
                    value: Some(otlp::AnyValue { value: Some(value) }),
                    unit_strindex,
                })
            });
            let attribute_indices = labels.collect();
            otlp::Sample {
                stack_index: stacks.add(otlp::Stack {
                    location_indices: location_indices.collect(),
                }),
                attribute_indices,
                link_index: 0,
                values: vec![profile.values(of)[id.index()]],
                timestamps_unix_nano: Vec::new(),
            }
        });
        let value_type = |of: kheap::profile::ValueType| otlp::ValueType {
            type_strindex: string(of.kind),
            unit_strindex: string(of.unit),
        };
        otlp::Profile {
            sample_type: Some(value_type(sample_type)),
            samples: samples.collect(),
            time_unix_nano: header.time_nanos.cast_unsigned(),
            duration_nano: header.duration_nanos.cast_unsigned(),
            period_type: Some(value_type(header.period_type)),
            period: header.period,
        }
    });
    let profiles = profiles.collect();
    fn table<T: Default>(rows: impl Iterator<Item = T>) -> Vec<T> {
        [T::default()].into_iter().chain(rows).collect()
    }
    otlp::ProfilesData {
        resource_profiles: vec![resource("server", profiles)],
        dictionary: Some(otlp::ProfilesDictionary {
            mapping_table: table(mappings),
            location_table: table(locations),
            function_table: table(functions),
            attribute_table: attributes.rows,
            stack_table: stacks.rows,
            string_table: strings,
        }),
    }
}

fn resource(name: &str, profiles: Vec<otlp::Profile>) -> otlp::ResourceProfiles {
    let value = Some(Value::StringValue(name.to_owned()));
    otlp::ResourceProfiles {
        resource: Some(otlp::Resource {
            attributes: vec![otlp::KeyValue {
                key: "service.name".to_owned(),
                value: Some(otlp::AnyValue { value }),
                key_strindex: 0,
            }],
        }),
        scope_profiles: vec![otlp::ScopeProfiles { profiles }],
    }
}

fn read(bytes: &[u8]) -> Profile {
    match kheap::open(bytes).expect("it is OTLP") {
        Opened::Profile(profile) => profile,
        Opened::Table(table) => panic!("{table:?}"),
    }
}

/// What `top` shows of a sample type.
fn top(profile: &Profile, sample_type: &str) -> (i64, Vec<(String, i64, i64)>) {
    let sample_type = profile.sample_type(sample_type).expect("it is there");
    let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
    let top = kheap::top(&selection, &GraphOptions::default().untrimmed());
    let rows = top.rows.into_iter();
    let rows = rows.map(|row| (row.name, row.flat, row.cum));
    (top.summary.total, rows.collect())
}

fn check_same(profile: &Profile, read: &Profile) {
    for id in profile.sample_type_ids() {
        let name = profile.sample_type_name(id);
        assert_eq!(top(profile, &name), top(read, &name), "{name}");
    }
    assert_eq!(profile.program(), read.program());
    assert_eq!(profile.header().time_nanos, read.header().time_nanos);
    assert_eq!(profile.header().period, read.header().period);
    // What says where bytes are needs labels, too.
    let tags = |profile: &Profile| {
        let id = profile.sample_type("").expect("it is there");
        let options = SelectionOptions::default();
        kheap::tags(&Selection::new(profile, id, &options))
            .rows
            .len()
    };
    assert_eq!(tags(profile), tags(read));
}

fn dumps() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/dumps");
    let files = |folder: &str| {
        let entries = fs::read_dir(folder).expect("the folder is there");
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
        files.retain(|file| file.to_string_lossy().ends_with(".pb.gz"));
        files.sort();
        files
    };
    let folders = ["v1.20", "v1.34", "v1.36", "other"];
    let folders = folders.map(|name| folder.join(name).to_string_lossy().into_owned());
    folders.iter().flat_map(|folder| files(folder)).collect()
}

#[test]
fn every_dump_reads_the_same_as_otlp() {
    let dumps = dumps();
    assert!(dumps.len() > 20);
    for file in dumps {
        let bytes = fs::read(&file).expect("it can be read");
        let profile = kheap::decode(&bytes).expect("it is a profile");
        check_same(&profile, &read(&written(&profile).encode_to_vec()));
    }
}

fn small() -> otlp::ProfilesData {
    let folded = "main.main;main.load 64\nmain.main;main.serve 32\nmain.main 1";
    let profile = kheap::ProfileBuilder::folded(folded);
    written(&profile.expect("it is folded").finish())
}

#[test]
fn parts_with_their_lengths_are_added_up() {
    let message = small().encode_to_vec();
    let mut file = Vec::new();
    for _ in 0..2 {
        file.extend((message.len() as u32).to_be_bytes());
        file.extend(&message);
    }
    let (total, rows) = top(&read(&file), "");
    assert_eq!(total, 2 * (64 + 32 + 1));
    assert_eq!(rows[0], ("main.load".to_owned(), 128, 128));
    assert!(kheap::decode(&file[..file.len() - 1]).is_err());
}

#[test]
fn values_stood_before_attributes_until_version_1_10() {
    let mut data = small();
    for profile in profiles(&mut data) {
        for sample in &mut profile.samples {
            // 64, 32 and 1 as positions are numbers as well.
            let values = sample.values.drain(..);
            sample.attribute_indices = values.map(|value| value as i32).collect();
        }
    }
    assert_eq!(
        top(&read(&data.encode_to_vec()), ""),
        top(&read(&small().encode_to_vec()), "")
    );
}

fn profiles(data: &mut otlp::ProfilesData) -> &mut Vec<otlp::Profile> {
    &mut data.resource_profiles[0].scope_profiles[0].profiles
}

#[test]
fn each_moment_without_a_value_counts_once() {
    let mut data = small();
    for sample in &mut profiles(&mut data)[0].samples {
        sample.values.clear();
        sample.timestamps_unix_nano = vec![1, 2, 3];
    }
    assert_eq!(top(&read(&data.encode_to_vec()), "").0, 9);
}

#[test]
fn processes_of_one_file_differ_by_labels() {
    let mut data = small();
    let other = profiles(&mut data).clone();
    data.resource_profiles.push(resource("client", other));
    let profile = read(&data.encode_to_vec());
    let id = profile.sample_type("").expect("it is there");
    let selection = Selection::new(&profile, id, &SelectionOptions::default());
    let tags = kheap::tags(&selection);
    assert_eq!(tags.rows.len(), 1);
    assert_eq!(tags.rows[0].key, "service.name");
    assert_eq!(tags.rows[0].values.len(), 2);
}

#[test]
fn levels_of_two_moments_are_no_sum() {
    let mut data = small();
    let kind = "inuse_space".to_owned();
    let dictionary = data.dictionary.as_mut().expect("it is there");
    dictionary.string_table.push(kind);
    let position = dictionary.string_table.len() as i32 - 1;
    let mut first = profiles(&mut data)[0].clone();
    first
        .sample_type
        .as_mut()
        .expect("it is there")
        .type_strindex = position;
    first.time_unix_nano = 1_700_000_000_000_000_000;
    let mut second = first.clone();
    *profiles(&mut data) = vec![first.clone(), second.clone()];
    assert_eq!(top(&read(&data.encode_to_vec()), "inuse_space").0, 2 * 97);
    second.time_unix_nano += 60_000_000_000;
    *profiles(&mut data) = vec![first, second];
    let error = kheap::decode(&data.encode_to_vec()).unwrap_err();
    assert!(error.kind.to_string().contains("several dumps of one heap"));
}

#[test]
fn what_is_wrong_is_one_line() {
    let check = |change: fn(&mut otlp::ProfilesData), expected: &str| {
        let mut data = small();
        change(&mut data);
        let error = kheap::decode(&data.encode_to_vec()).unwrap_err();
        assert_eq!(error.kind.to_string(), expected);
    };
    let dictionary = "a table that has";
    check(
        |data| profiles(data)[0].samples[0].stack_index = 99,
        &format!("a sample refers to row 99 of {dictionary} 4"),
    );
    check(
        |data| profiles(data)[0].samples[0].stack_index = -1,
        &format!("a sample refers to row -1 of {dictionary} 4"),
    );
    check(
        |data| {
            let dictionary = data.dictionary.as_mut().expect("it is there");
            dictionary.stack_table[1].location_indices[0] = 50;
        },
        &format!("a stack refers to row 50 of {dictionary} 4"),
    );
    check(
        |data| {
            let dictionary = data.dictionary.as_mut().expect("it is there");
            dictionary.function_table[1].name_strindex = 1000;
            dictionary.string_table.truncate(5);
        },
        "Function refers to string 1000, and the file has 5",
    );
    check(
        |data| profiles(data).clear(),
        "there is no profile in this file of OpenTelemetry (OTLP); export it again, or fetch \
         /debug/pprof/heap",
    );
}

#[test]
fn a_stack_that_many_samples_share_has_a_bound() {
    let mut data = small();
    let dictionary = data.dictionary.as_mut().expect("it is there");
    dictionary.stack_table[1].location_indices = vec![1; 100_000];
    let sample = profiles(&mut data)[0].samples[0].clone();
    // Each of them has attributes of its own, so that none shares a row.
    let samples = (1..10_000).map(|at| otlp::Sample {
        attribute_indices: vec![0; at % 1000 + 1],
        stack_index: 1,
        ..sample.clone()
    });
    profiles(&mut data)[0].samples = samples.collect();
    let error = kheap::decode(&data.encode_to_vec()).unwrap_err();
    assert!(
        error.kind.to_string().contains("bytes of memory"),
        "{error}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn damage_does_no_harm(damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = small().encode_to_vec();
        for (index, byte) in damage {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        if let Ok(profile) = kheap::decode(&bytes) {
            prop_assert_eq!(kheap::decode(&common::encode(&profile)).unwrap(), profile);
        }
    }
}
