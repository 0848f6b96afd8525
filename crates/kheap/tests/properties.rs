//! What holds for every profile, however odd.

#![cfg(all(feature = "diagnose", feature = "encode"))]

mod common;

use std::collections::BTreeMap;
use std::ops::Range;

use kheap::compare::{CompareRow, CompareTable};
use kheap::filter::{Filters, Pattern, TagFilter};
use kheap::profile::{BaseMode, LocationId, Profile, SampleId};
use kheap::series::{By, GrowthPattern, GrowthThresholds, Keys, Point, growth_pattern};
use kheap::{Comparison, GraphOptions, Heap, Selection, SelectionOptions, Series, Snapshot};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::test_runner::TestRng;
use prost::Message;

use common::{PlainValue, check_against_prost, encode, proto};

/// How often each property is tried.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    }
}

proptest! {
    #![proptest_config(config(100))]

    #[test]
    fn files_read_like_prost_reads_them(message in valid_message()) {
        prop_assert!(check_against_prost(&message.encode_to_vec()).is_some());
    }

    #[test]
    fn the_order_and_packing_of_fields_and_unknown_ones_do_not_matter(
        bytes in valid_message().prop_perturb(unusual_bytes),
    ) {
        prop_assert!(check_against_prost(&bytes).is_some());
    }

    #[test]
    fn what_go_refuses_is_refused(message in faulty_message(), chaos in any_message()) {
        check_against_prost(&message.encode_to_vec());
        check_against_prost(&chaos.encode_to_vec());
    }

    #[test]
    fn what_is_written_reads_the_same(profile in profile()) {
        prop_assert_eq!(kheap::decode(&encode(&profile)).unwrap(), profile);
    }

    #[test]
    fn random_bytes_do_no_harm(bytes in vec(any::<u8>(), 0..200)) {
        let _ = kheap::decode(&bytes);
        let gzip = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0][..], &bytes].concat();
        prop_assert!(kheap::decode(&gzip).is_err());
    }

    #[test]
    fn a_damaged_profile_does_no_harm(
        message in valid_message(),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = message.encode_to_vec();
        for (index, byte) in damage {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        if let Ok(profile) = kheap::decode(&bytes) {
            prop_assert_eq!(kheap::decode(&encode(&profile)).unwrap(), profile);
        }
    }

    #[test]
    fn the_order_of_merging_does_not_matter_and_equal_stacks_add_up(
        profiles in vec(summable_profile(-1000..1000), 2..4),
    ) {
        let expected = Sums::of(&profiles).nonzero();
        let merged = kheap::merge(profiles.clone()).unwrap();
        prop_assert_eq!(&Sums::of([&merged]), &expected);
        let backwards = kheap::merge(profiles.iter().rev().cloned().collect()).unwrap();
        prop_assert_eq!(&Sums::of([&backwards]), &expected);
        let in_turn = profiles.into_iter().reduce(|a, b| kheap::merge(vec![a, b]).unwrap());
        prop_assert_eq!(&Sums::of(&in_turn), &expected);
    }

    #[test]
    fn one_profile_merges_to_itself(profile in profile()) {
        prop_assert_eq!(kheap::merge(vec![profile.clone()]).unwrap(), profile);
    }

    #[test]
    fn a_base_is_subtracted_stack_by_stack(
        profile in summable_profile(-1000..1000),
        base in summable_profile(-1000..1000),
    ) {
        let mut expected = Sums::of([&profile]);
        expected.subtract(Sums::of([&base]));
        let cancelled = kheap::subtract(profile.clone(), base.clone(), BaseMode::Cancel);
        prop_assert_eq!(Sums::of([&cancelled.unwrap()]), expected.nonzero());
        let diff = kheap::subtract(profile.clone(), base.clone(), BaseMode::Diff).unwrap();
        for column in common::columns(&diff) {
            let total = Sums::of([&base]).magnitude(column.index());
            if total > 0 {
                prop_assert_eq!(i128::from(diff.total(column)), total);
            }
        }
    }

    #[test]
    fn a_profile_minus_itself_is_nothing(profile in summable_profile(-1000..1000)) {
        let minus = |mode| kheap::subtract(profile.clone(), profile.clone(), mode).unwrap();
        prop_assert!(minus(BaseMode::Cancel).samples().is_empty());
        prop_assert!(top(minus(BaseMode::Diff)).rows.is_empty());
    }

    #[test]
    fn flat_adds_up_to_no_more_than_the_total_and_is_part_of_cum(
        profile in summable_profile(0..1000),
    ) {
        let top = top(profile);
        prop_assert_eq!(top.shown, top.rows.iter().map(|row| row.flat).sum::<i64>());
        prop_assert!(top.shown <= top.summary.total);
        for row in top.rows {
            prop_assert!((0..=row.cum).contains(&row.flat));
            prop_assert!(row.cum <= top.summary.total);
        }
    }

    #[test]
    fn comparisons_the_other_way_round_are_negated_and_add_up_to_the_totals(
        before in summable_profile(-1000..1000),
        after in summable_profile(-1000..1000),
    ) {
        let (before, after) = (snapshot(before, "a"), snapshot(after, "b"));
        let (forth, back) = (compare(&before, &after), compare(&after, &before));
        prop_assert_eq!(forth.total.delta(), -back.total.delta());
        for (table, reverse) in forth.tables.iter().zip(&back.tables) {
            let sum: i128 = table.rows.iter().map(|row| row.delta()).sum();
            prop_assert_eq!(sum, forth.total.delta());
            prop_assert_eq!(sum, table.gained - table.lost);
            let deltas = |table: &CompareTable, sign: i128| -> Vec<_> {
                let delta = |row: &CompareRow| (row.name.clone(), sign * row.delta(), row.share);
                table.rows.iter().map(delta).collect()
            };
            prop_assert_eq!(deltas(table, 1), deltas(reverse, -1));
        }
        prop_assert!(compare(&before, &before).tables.iter().all(|table| table.rows.is_empty()));
    }

    #[test]
    fn a_series_of_two_is_a_comparison(
        before in summable_profile(-1000..1000),
        after in summable_profile(-1000..1000),
    ) {
        let (mut before, mut after) = (snapshot(before, "a"), snapshot(after, "b"));
        for origin in [&mut before.origin, &mut after.origin] {
            // Of one process, in the order of their names.
            (origin.program, origin.build_id) = (None, None);
            (origin.time_nanos, origin.process) = (None, None);
        }
        let comparison = compare(&before, &after);
        let series = Series::new(vec![after, before]).unwrap();
        for table in &comparison.tables {
            let growth = series.growth(&(0..2), table.by, &GrowthThresholds::default()).unwrap();
            let grown = growth.rows.iter().filter(|row| row.delta() != 0);
            let grown: Vec<_> = grown
                .map(|row| (&row.name, row.first(), row.last(), row.share, row.standard_error))
                .collect();
            let compared = table.rows.iter();
            let compared: Vec<_> = compared
                .map(|row| (&row.name, row.before, row.after, row.share, row.standard_error))
                .collect();
            prop_assert_eq!(grown, compared);
            prop_assert_eq!((growth.gained, growth.lost), (table.gained, table.lost));
        }
    }

    #[test]
    fn no_figures_over_time_do_harm(
        points in vec((any::<Option<i64>>(), any::<i64>(), 0.0..1e18, any::<bool>()), 0..40),
    ) {
        let point = |&(time_nanos, value, variance, is_repeat): &(Option<i64>, i64, f64, bool)| Point {
            time_nanos,
            value: value as f64,
            variance,
            is_repeat,
        };
        let points: Vec<Point> = points.iter().map(point).collect();
        let pattern = growth_pattern(&points, &GrowthThresholds::default());
        prop_assert!(points.len() > 1 || pattern == GrowthPattern::Flat);
    }

    #[test]
    fn filters_only_take_away(profile in summable_profile(0..1000), filters in filters()) {
        let sample_type = profile.sample_type("").unwrap();
        let before = profile.total(sample_type);
        let samples = profile.samples().len();
        let options = SelectionOptions::default().filters(filters).relative_percentages(true);
        let selection = Selection::new(profile, sample_type, &options);
        prop_assert!(selection.total() <= before);
        prop_assert!(selection.profile().samples().len() <= samples);
    }
}

proptest! {
    #![proptest_config(config(4))]

    #[test]
    fn a_file_that_is_cut_off_is_no_profile(profile in profile()) {
        let file = encode(&profile);
        for length in 0..file.len() {
            prop_assert!(kheap::decode(&file[..length]).is_err(), "cut to {} bytes", length);
        }
    }

    #[test]
    fn bytes_that_are_cut_off_do_no_harm(message in valid_message()) {
        let bytes = message.encode_to_vec();
        for length in 0..bytes.len() {
            let _ = kheap::decode(&bytes[..length]);
        }
    }
}

fn snapshot(profile: Profile, name: &str) -> Snapshot {
    let sample_type = profile.sample_type("").expect("there are sample types");
    let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
    Snapshot::new(&Heap::new(selection), name, &Keys::default())
}

fn compare(before: &Snapshot, after: &Snapshot) -> Comparison {
    let comparison = kheap::compare(before, after, &By::ALL, &GrowthThresholds::default());
    comparison.expect("both count the same")
}

/// The functions of a profile's default sample type, with nothing left out.
fn top(profile: Profile) -> kheap::Top {
    let sample_type = profile.sample_type("").expect("there are sample types");
    let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
    kheap::top(&selection, &GraphOptions::default().untrimmed())
}

// --- Messages ---------------------------------------------------------------

/// A message in which references are anything from -1 up to a little more than
/// there is, so that about everything can be wrong with it, and often is.
fn any_message() -> impl Strategy<Value = proto::Profile> {
    message(-1..5, 0..4)
}

/// A message that Go accepts: ids far apart and in no order, strings repeated
/// and not UTF-8, records that nothing refers to.
fn valid_message() -> impl Strategy<Value = proto::Profile> {
    let ids = || {
        btree_set(prop_oneof![1..9_u64, 70_000..70_009_u64, 1..=u64::MAX], 4)
            .prop_map(|ids| ids.into_iter().collect::<Vec<_>>())
            .prop_shuffle()
    };
    let parts = (message(0..1000, 0..1000), ids(), ids(), ids());
    parts.prop_map(|(mut message, mappings, locations, functions)| {
        number_consistently(&mut message, &mappings, &locations, &functions);
        message
    })
}

/// A message with one odd thing, and most often wrong.
fn faulty_message() -> impl Strategy<Value = proto::Profile> {
    let odd = prop_oneof![-1..8_i64, Just(i64::MAX), Just(i64::MIN)];
    let parts = (
        valid_message(),
        0..11_u8,
        any::<prop::sample::Selector>(),
        odd,
    );
    parts.prop_map(|(mut message, fault, which, odd)| {
        let id = odd.cast_unsigned();
        match fault {
            0 => edit(&which, string_indices(&mut message), |index| *index = odd),
            1 => edit(&which, message.mapping.iter_mut(), |mapping| {
                mapping.id = id;
            }),
            2 => edit(&which, message.location.iter_mut(), |location| {
                location.id = id;
            }),
            3 => edit(&which, message.function.iter_mut(), |function| {
                function.id = id;
            }),
            4 => edit(&which, message.sample.iter_mut(), |sample| {
                sample.location_id.push(id);
            }),
            5 => edit(&which, message.sample.iter_mut(), |sample| {
                sample.value.push(odd);
            }),
            6 => edit(&which, message.sample.iter_mut(), |sample| {
                sample.value.pop();
            }),
            7 => edit(&which, message.location.iter_mut(), |location| {
                location.line.push(proto::Line {
                    function_id: id,
                    ..Default::default()
                });
            }),
            8 => {
                message.sample_type.pop();
            }
            9 => message.string_table[0].push(b'a'),
            _ => message.string_table.clear(),
        }
        message
    })
}

/// Changes one of several things, where there is any.
fn edit<T>(
    which: &prop::sample::Selector,
    things: impl Iterator<Item = T>,
    change: impl FnOnce(T),
) {
    if let Some(thing) = which.try_select(things) {
        change(thing);
    }
}

/// Turns whatever references a message holds into valid ones.
fn number_consistently(
    message: &mut proto::Profile,
    mappings: &[u64],
    locations: &[u64],
    functions: &[u64],
) {
    message.string_table.insert(0, Vec::new());
    let strings = message.string_table.len() as i64;
    for index in string_indices(message) {
        *index %= strings;
    }
    message.sample_type.push(proto::ValueType::default());
    let pick = |ids: &[u64], wanted: u64| ids[wanted as usize % ids.len()];
    let (function_count, location_count) = (message.function.len(), message.location.len());
    for (mapping, &id) in message.mapping.iter_mut().zip(mappings) {
        mapping.id = id;
    }
    for (function, &id) in message.function.iter_mut().zip(functions) {
        function.id = id;
    }
    for (location, &id) in message.location.iter_mut().zip(locations) {
        location.id = id;
        // An id that nothing has, and none, mean no mapping.
        location.mapping_id = match location.mapping_id % 5 {
            4 => 0,
            wanted => mappings[wanted as usize],
        };
        location.line.truncate(function_count * 3);
        for line in &mut location.line {
            line.function_id = pick(&functions[..function_count], line.function_id);
        }
    }
    let columns = message.sample_type.len();
    for sample in &mut message.sample {
        sample.value.resize(columns, 0);
        sample.location_id.truncate(location_count * 9);
        for id in &mut sample.location_id {
            *id = pick(&locations[..location_count], *id);
        }
    }
}

/// Every reference to a string.
fn string_indices(message: &mut proto::Profile) -> impl Iterator<Item = &mut i64> {
    let types = message.sample_type.iter_mut();
    let labels = message.sample.iter_mut().flat_map(|s| &mut s.label);
    let mappings = message.mapping.iter_mut();
    let functions = message.function.iter_mut();
    (types
        .chain(&mut message.period_type)
        .flat_map(|t| [&mut t.r#type, &mut t.unit]))
    .chain(labels.flat_map(|l| [&mut l.key, &mut l.str, &mut l.num_unit]))
    .chain(mappings.flat_map(|m| [&mut m.filename, &mut m.build_id]))
    .chain(functions.flat_map(|f| [&mut f.name, &mut f.system_name, &mut f.filename]))
    .chain(&mut message.comment)
    .chain([&mut message.drop_frames, &mut message.keep_frames])
    .chain([&mut message.default_sample_type, &mut message.doc_url])
}

prop_compose! {
    fn message(strings: Range<i64>, ids: Range<u64>)(
        sample_type in vec(value_type(strings.clone()), 0..3),
        sample in vec(sample(strings.clone(), ids.clone()), 0..6),
        mapping in vec(mapping(strings.clone(), ids.clone()), 0..4),
        location in vec(location(ids.clone()), 0..4),
        function in vec(function(strings.clone(), ids.clone()), 0..4),
        string_table in string_table(),
        [drop_frames, keep_frames, default_sample_type, doc_url] in
            [strings.clone(), strings.clone(), strings.clone(), strings.clone()],
        [time_nanos, duration_nanos, period] in [number(), number(), number()],
        period_type in prop::option::of(value_type(strings.clone())),
        comment in vec(strings.clone(), 0..4),
    ) -> proto::Profile {
        proto::Profile {
            sample_type, sample, mapping, location, function, string_table, drop_frames,
            keep_frames, time_nanos, duration_nanos, period_type, period, comment,
            default_sample_type, doc_url,
        }
    }
}

fn string_table() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let string = prop_oneof![
        2 => prop::sample::select(vec!["", "bytes", "kb", "main.go", "a", "(b"])
            .prop_map(|s| s.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..4),
    ];
    vec(string, 0..6)
}

/// An address or size, such that some of them are equal but for where a binary
/// was loaded, and some overflow.
fn near() -> impl Strategy<Value = u64> {
    prop_oneof![8 => (0..3_u64).prop_map(|page| page * 0x1000), 1 => any::<u64>()]
}

/// A number of any size, the extremes more often than by chance.
fn number() -> impl Strategy<Value = i64> {
    prop_oneof![-2..3_i64, any::<i64>(), Just(i64::MAX), Just(i64::MIN)]
}

prop_compose! {
    fn value_type(strings: Range<i64>)([r#type, unit] in [strings.clone(), strings])
        -> proto::ValueType
    {
        proto::ValueType { r#type, unit }
    }
}

prop_compose! {
    fn sample(strings: Range<i64>, ids: Range<u64>)(
        location_id in vec(ids, 0..5),
        value in vec(number(), 0..3),
        label in vec(label(strings), 0..3),
    ) -> proto::Sample {
        proto::Sample { location_id, value, label }
    }
}

prop_compose! {
    fn label(strings: Range<i64>)(
        [key, str, num_unit] in [strings.clone(), strings.clone(), strings],
        has in [any::<bool>(), any::<bool>(), any::<bool>()],
        num in number(),
    ) -> proto::Label {
        let only = |has: bool, value: i64| if has { value } else { 0 };
        proto::Label {
            key,
            str: only(has[0], str),
            num: only(has[1], num),
            num_unit: only(has[2], num_unit),
        }
    }
}

prop_compose! {
    fn mapping(strings: Range<i64>, ids: Range<u64>)(
        id in ids,
[memory_start, memory_limit, file_offset] in [near(), near(), near()],
        [filename, build_id] in [strings.clone(), strings],
        [has_functions, has_filenames, has_line_numbers, has_inline_frames] in any::<[bool; 4]>(),
    ) -> proto::Mapping {
        proto::Mapping {
            id, memory_start, memory_limit, file_offset, filename, build_id, has_functions,
            has_filenames, has_line_numbers, has_inline_frames,
        }
    }
}

prop_compose! {
    fn location(ids: Range<u64>)(
        [id, mapping_id] in [ids.clone(), ids.clone()],
        address in near(),
        line in vec((ids, number(), 0..3_i64), 0..3),
        is_folded in any::<bool>(),
    ) -> proto::Location {
        let line = line.into_iter().map(|(function_id, line, column)| proto::Line {
            function_id, line, column,
        });
        proto::Location { id, mapping_id, address, line: line.collect(), is_folded }
    }
}

prop_compose! {
    fn function(strings: Range<i64>, ids: Range<u64>)(
        id in ids,
        [name, system_name, filename] in [strings.clone(), strings.clone(), strings],
        start_line in 0..3_i64,
    ) -> proto::Function {
        proto::Function { id, name, system_name, filename, start_line }
    }
}

/// The message as other writers may put it: records in another order, lists
/// packed or not, fields that nobody knows in between.
fn unusual_bytes(message: proto::Profile, mut random: TestRng) -> Vec<u8> {
    let mut roll = move |sides: usize| random.next_u32() as usize % sides;
    let records = records(message.clone());
    let samples = message.sample.iter();
    let samples = samples.map(|s| length_delimited(2, &unusual_sample(s, &mut roll)));
    let mut pieces: Vec<Vec<u8>> = samples.collect();
    pieces.extend(records.iter().map(Message::encode_to_vec));
    let mut bytes = Vec::new();
    while !pieces.is_empty() {
        bytes.extend(pieces.swap_remove(roll(pieces.len())));
        unknown_field(roll(5), &mut bytes);
    }
    bytes
}

/// Everything but the samples: one record a message, and what is left in one.
fn records(mut message: proto::Profile) -> Vec<proto::Profile> {
    let part = proto::Profile::default;
    message.sample.clear();
    let mut parts: Vec<_> = (message.mapping.drain(..))
        .map(|m| proto::Profile {
            mapping: vec![m],
            ..part()
        })
        .collect();
    let locations = message.location.drain(..);
    parts.extend(locations.map(|l| proto::Profile {
        location: vec![l],
        ..part()
    }));
    let functions = message.function.drain(..);
    parts.extend(functions.map(|f| proto::Profile {
        function: vec![f],
        ..part()
    }));
    parts.push(message);
    parts
}

fn unusual_sample(sample: &proto::Sample, roll: &mut impl FnMut(usize) -> usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for ids in sample.location_id.chunks(2) {
        match roll(2) {
            0 => prost::encoding::uint64::encode_repeated(1, ids, &mut bytes),
            _ => prost::encoding::uint64::encode_packed(1, ids, &mut bytes),
        }
        unknown_field(roll(9), &mut bytes);
    }
    for values in sample.value.chunks(2) {
        match roll(2) {
            0 => prost::encoding::int64::encode_repeated(2, values, &mut bytes),
            _ => prost::encoding::int64::encode_packed(2, values, &mut bytes),
        }
    }
    prost::encoding::message::encode_repeated(3, &sample.label, &mut bytes);
    bytes
}

/// Appends a field that the format does not know, of one wire type or the other.
fn unknown_field(kind: usize, bytes: &mut Vec<u8>) {
    match kind {
        0 => prost::encoding::uint64::encode(99, &u64::MAX, bytes),
        1 => prost::encoding::fixed64::encode(100, &1, bytes),
        2 => bytes.extend(length_delimited(101, &[0xff; 3])),
        3 => prost::encoding::fixed32::encode(102, &1, bytes),
        _ => {}
    }
}

fn length_delimited(field: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    prost::encoding::bytes::encode(field, &content.to_vec(), &mut bytes);
    bytes
}

// --- Profiles ---------------------------------------------------------------

fn decoded(message: &proto::Profile) -> Profile {
    kheap::decode(&message.encode_to_vec()).expect("a valid message")
}

fn profile() -> impl Strategy<Value = Profile> {
    valid_message().prop_map(|message| decoded(&message))
}

/// A profile that others can be added to, because it counts the same.
fn summable_profile(values: Range<i64>) -> impl Strategy<Value = Profile> {
    let values = vec([values.clone(), values], 6);
    (valid_message(), values).prop_map(|(mut message, values)| {
        let strings = message.string_table.len() as i64;
        let names = ["inuse_objects", "count", "inuse_space", "bytes"];
        message
            .string_table
            .extend(names.map(|name| name.as_bytes().to_vec()));
        let value_type = |r#type, unit| proto::ValueType { r#type, unit };
        let objects = value_type(strings, strings + 1);
        message.sample_type = vec![objects, value_type(strings + 2, strings + 3)];
        message.period_type = None;
        message.default_sample_type = 0;
        for (sample, values) in message.sample.iter_mut().zip(values) {
            sample.value = values.to_vec();
        }
        decoded(&message)
    })
}

fn filters() -> impl Strategy<Value = Filters> {
    let pattern = prop::sample::select(vec!["a", "b", "main", "^$", "."]);
    let patterns = vec(prop::option::weighted(0.4, pattern), 6);
    let tag = prop::sample::select(vec!["a", "bytes=0b:", "a:b", ":5"]);
    let tags = vec(prop::option::weighted(0.3, tag), 2);
    (patterns, tags).prop_map(|(patterns, tags)| {
        let pattern = |i: usize| patterns[i].map(|p| Pattern::new(p).expect("an expression"));
        let tag = |i: usize| tags[i].map(|t| TagFilter::new(t).expect("a filter"));
        Filters::default()
            .focus(pattern(0))
            .ignore(pattern(1))
            .hide(pattern(2))
            .show(pattern(3))
            .show_from(pattern(4))
            .prune_from(pattern(5))
            .tag_focus(tag(0))
            .tag_ignore(tag(1))
    })
}

/// What stacks hold, by what merging holds to be the same stack, in words of the
/// file and independent of its order.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sums(BTreeMap<(Vec<Place>, Vec<PlainLabel>), Vec<i128>>);

/// Mapping (size, offset, build id or file), address in it, folded or not, lines.
type Place = (Option<(u64, u64, Bytes)>, u64, bool, Vec<PlainLine>);
/// Name, system name, file, start line, line, column.
type PlainLine = ([Bytes; 3], [i64; 3]);
/// Key, text if it is one, number, unit.
type PlainLabel = (Bytes, Option<Bytes>, i64, Bytes);
type Bytes = Vec<u8>;

impl Sums {
    fn of<'a>(profiles: impl IntoIterator<Item = &'a Profile>) -> Self {
        let mut sums = Self::default();
        for profile in profiles {
            let columns = common::columns(profile);
            let samples = profile.samples();
            for id in samples.ids() {
                let stack = samples.stack(id).iter().map(|&l| place(profile, l));
                let key = (stack.collect(), labels(profile, id));
                let values = columns
                    .iter()
                    .map(|&c| i128::from(profile.values(c)[id.index()]));
                sums.add(key, values);
            }
        }
        sums
    }

    fn add(&mut self, key: (Vec<Place>, Vec<PlainLabel>), values: impl Iterator<Item = i128>) {
        let sums = self.0.entry(key).or_insert_with(|| vec![0; 2]);
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += value;
        }
    }

    fn subtract(&mut self, other: Self) {
        for (key, values) in other.0 {
            self.add(key, values.into_iter().map(|value| -value));
        }
    }

    fn nonzero(mut self) -> Self {
        self.0
            .retain(|_, values| values.iter().any(|&value| value != 0));
        self
    }

    fn magnitude(&self, column: usize) -> i128 {
        self.0.values().map(|values| values[column].abs()).sum()
    }
}

fn place(profile: &Profile, id: LocationId) -> Place {
    let text = |id| profile.strings().get(id).to_vec();
    let locations = profile.locations();
    let mapping = locations.mapping(id).map(|id| profile.mapping(id));
    let start = mapping.map_or(0, |mapping| mapping.start);
    let mapping = mapping.map(|mapping| {
        let size = mapping.limit.wrapping_sub(mapping.start);
        let pages = size.wrapping_add(0xfff) / 0x1000;
        let file = text(mapping.filename);
        let build_id = Some(text(mapping.build_id)).filter(|id| !id.is_empty());
        (pages, mapping.offset, build_id.unwrap_or(file))
    });
    let lines = locations.lines(id).iter().map(|line| {
        let function = profile.function(line.function);
        let texts = [function.name, function.system_name, function.filename].map(text);
        (texts, [function.start_line, line.line, line.column])
    });
    let address = locations.address(id).wrapping_sub(start);
    (mapping, address, locations.is_folded(id), lines.collect())
}

/// The labels of a sample; only the order within a key counts.
fn labels(profile: &Profile, id: SampleId) -> Vec<PlainLabel> {
    let labels = profile.samples().labels(id).iter();
    let mut labels: Vec<PlainLabel> = labels
        .map(|label| match common::plain_label(profile, label) {
            (key, PlainValue::Text(text)) => (key.to_vec(), Some(text.to_vec()), 0, Vec::new()),
            (key, PlainValue::Number(n, unit)) => (key.to_vec(), None, n, unit.to_vec()),
        })
        .collect();
    labels.sort_by(|a, b| (&a.0, a.1.is_some()).cmp(&(&b.0, b.1.is_some())));
    labels
}
