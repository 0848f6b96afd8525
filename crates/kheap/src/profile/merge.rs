//! Several profiles as one.
//!
//! The rules of what is equal are pprof's: two dumps of one build share their
//! locations, two builds share none. Comparing across builds is another matter.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::common::{keep_common_sample_types, use_common_units};
use super::merge_error::MergeError;
use super::tables::next_row;
use super::{
    Function, FunctionId, Header, Interner, Label, LabelValue, Line, LocationId, MappingId,
    Profile, SampleId, StringId, TableFull, ValueType,
};

/// Mappings are equal when their sizes are, in pages of this many bytes.
const MAPPING_SIZE_STEP: u64 = 0x1000;

/// Adds up profiles: values of equal stacks with equal labels are summed.
///
/// Only sample types that all profiles have are kept, in the order of the first
/// profile, in the finest of the units. Stacks keep the order in which they are
/// met; samples whose values are all 0 go. A single profile stays as it is. The
/// time is the earliest, durations add up, the period is the longest. A sum that
/// does not fit into 64 bits stops there, see [`Profile::is_clamped`].
///
/// # Errors
///
/// [`MergeError`] when there is nothing to merge, nothing in common, or more than
/// fits into the tables of one profile.
///
/// # Example
///
/// ```
/// let one_sample = |value| {
///     let mut builder = kheap::ProfileBuilder::new();
///     builder.sample_type("inuse_space", "bytes");
///     let main = builder.function("main.main", "main.go");
///     let location = builder.location(None, 0x1000, &[(main, 7)]);
///     builder.sample(&[location], &[value], &[]).map(|()| builder.finish())
/// };
/// let both = kheap::merge(vec![one_sample(64)?, one_sample(32)?])?;
/// assert_eq!(both.samples().len(), 1);
/// assert_eq!(both.totals(), [96]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Source: google/pprof `profile/merge.go`, `internal/measurement/measurement.go`.
pub fn merge(mut profiles: Vec<Profile>) -> Result<Profile, MergeError> {
    if profiles.len() == 1 {
        return Ok(profiles.remove(0));
    }
    keep_common_sample_types(&mut profiles)?;
    use_common_units(&mut profiles)?;
    Ok(add_up(&profiles)?)
}

fn add_up(profiles: &[Profile]) -> Result<Profile, TableFull> {
    let mut merger = Merger::new(profiles)?;
    for profile in profiles {
        merger.add(profile)?;
    }
    let merged = merger.finish();
    let zero = merged.samples.ids().any(|id| merged.samples.is_zero(id));
    if zero {
        // Locations that only cancelled samples used go with them.
        return add_up(&[merged]);
    }
    Ok(merged)
}

type SampleKey = (Vec<LocationId>, Vec<Label>);

/// Where a location stands, independent of where the binary was loaded.
#[derive(Debug, PartialEq, Eq, Hash)]
struct LocationKey {
    mapping: Option<MappingId>,
    offset: u64,
    is_folded: bool,
    lines: Vec<Line>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct MappingKey {
    size: u64,
    offset: u64,
    build_id_or_file: StringId,
}

/// What the profiles are added to, and what is there already.
#[derive(Debug)]
struct Merger {
    /// All but the strings, and with the values still in `sums`.
    profile: Profile,
    strings: Interner,
    /// By column and sample: wide, so that neither size nor order matters.
    sums: Vec<Vec<i128>>,
    samples: HashMap<SampleKey, usize>,
    locations: HashMap<LocationKey, LocationId>,
    functions: HashMap<Function, FunctionId>,
    mappings: HashMap<MappingKey, (MappingId, u64)>,
}

impl Merger {
    fn new(profiles: &[Profile]) -> Result<Self, TableFull> {
        let mut strings = Interner::new();
        let profile = merged_header(profiles, &mut strings)?;
        Ok(Self {
            sums: vec![Vec::new(); profile.sample_types.len()],
            profile,
            strings,
            samples: HashMap::new(),
            locations: HashMap::new(),
            functions: HashMap::new(),
            mappings: HashMap::new(),
        })
    }

    fn add(&mut self, profile: &Profile) -> Result<(), TableFull> {
        let mut source = Source {
            profile,
            merger: self,
            strings: HashMap::new(),
            locations: vec![None; profile.locations.len()],
        };
        source.add_program()?;
        for id in profile.samples.ids() {
            if !profile.samples.is_zero(id) {
                source.add_sample(id)?;
            }
        }
        Ok(())
    }

    fn finish(self) -> Profile {
        let mut profile = self.profile;
        let clamped = &mut profile.clamped;
        let mut narrow = |sum: i128| {
            let value = sum.clamp(i64::MIN.into(), i64::MAX.into());
            *clamped |= value != sum;
            value as i64
        };
        let columns = self.sums.into_iter();
        profile.samples.values = columns
            .map(|column| column.into_iter().map(&mut narrow).collect())
            .collect();
        profile.strings = self.strings.finish();
        profile
    }
}

/// One profile on its way into a merger: which of its ids have become which.
#[derive(Debug)]
struct Source<'a> {
    profile: &'a Profile,
    merger: &'a mut Merger,
    strings: HashMap<StringId, StringId>,
    locations: Vec<Option<LocationId>>,
}

impl Source<'_> {
    /// The program stays first, whichever mapping samples mention first.
    fn add_program(&mut self) -> Result<(), TableFull> {
        if self.merger.mappings.is_empty() && !self.profile.mappings.is_empty() {
            self.mapping(MappingId::at(0))?;
        }
        Ok(())
    }

    fn add_sample(&mut self, id: SampleId) -> Result<(), TableFull> {
        let samples = &self.profile.samples;
        let stack = samples.stack(id).iter().map(|&id| self.location(id));
        let stack = stack.collect::<Result<Vec<_>, _>>()?;
        let labels = samples.labels(id).iter().map(|&label| self.label(label));
        let labels = labels.collect::<Result<Vec<_>, _>>()?;
        let mut sorted = labels.clone();
        // Only the order of keys and of texts against numbers is indifferent.
        sorted.sort_by_key(|label| (label.key, matches!(label.value, LabelValue::Number(..))));
        let merger = &mut *self.merger;
        let row = match merger.samples.entry((stack, sorted)) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                let row = merger.profile.samples.len();
                let (stack, _) = entry.key();
                // Values follow when all sums are known.
                merger.profile.samples.push(stack, &[], &labels)?;
                for column in &mut merger.sums {
                    column.push(0);
                }
                *entry.insert(row)
            }
        };
        for (sums, values) in merger.sums.iter_mut().zip(&samples.values) {
            sums[row] += i128::from(values[id.index()]);
        }
        Ok(())
    }

    fn label(&mut self, label: Label) -> Result<Label, TableFull> {
        Ok(Label {
            key: self.string(label.key)?,
            value: match label.value {
                LabelValue::Text(text) => LabelValue::Text(self.string(text)?),
                LabelValue::Number(number, unit) => LabelValue::Number(number, self.string(unit)?),
            },
        })
    }

    fn location(&mut self, id: LocationId) -> Result<LocationId, TableFull> {
        if let Some(known) = self.locations[id.index()] {
            return Ok(known);
        }
        let locations = &self.profile.locations;
        let mapping = locations.mapping(id).map(|mapping| self.mapping(mapping));
        let mapping = mapping.transpose()?;
        let lines = locations.lines(id).iter().map(|&line| self.line(line));
        let lines = lines.collect::<Result<Vec<_>, _>>()?;
        let merged = &mut self.merger.profile;
        let (start, moved) =
            mapping.map_or((0, 0), |(id, moved)| (merged.mapping(id).start, moved));
        let address = locations.address(id).wrapping_add(moved);
        let key = LocationKey {
            mapping: mapping.map(|(id, _)| id),
            offset: address.wrapping_sub(start),
            is_folded: locations.is_folded(id),
            lines,
        };
        let new = match self.merger.locations.entry(key) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                let key = entry.key();
                let locations = &mut merged.locations;
                let new = locations.push(key.mapping, address, key.is_folded, &key.lines)?;
                *entry.insert(new)
            }
        };
        self.locations[id.index()] = Some(new);
        Ok(new)
    }

    fn line(&mut self, line: Line) -> Result<Line, TableFull> {
        let function = *self.profile.function(line.function);
        let function = Function {
            name: self.string(function.name)?,
            system_name: self.string(function.system_name)?,
            filename: self.string(function.filename)?,
            start_line: function.start_line,
        };
        let functions = &mut self.merger.profile.functions;
        let function = match self.merger.functions.entry(function) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                let id = FunctionId(next_row(functions.len())?);
                functions.push(function);
                *entry.insert(id)
            }
        };
        Ok(Line { function, ..line })
    }

    /// The mapping in the merged profile, and how far addresses move.
    fn mapping(&mut self, id: MappingId) -> Result<(MappingId, u64), TableFull> {
        let mut mapping = *self.profile.mapping(id);
        mapping.filename = self.string(mapping.filename)?;
        mapping.build_id = self.string(mapping.build_id)?;
        let size = mapping.limit.wrapping_sub(mapping.start);
        let rounded = size.wrapping_add(MAPPING_SIZE_STEP - 1);
        let key = MappingKey {
            size: rounded - rounded % MAPPING_SIZE_STEP,
            offset: mapping.offset,
            build_id_or_file: match mapping.build_id {
                StringId::EMPTY => mapping.filename,
                build_id => build_id,
            },
        };
        let mappings = &mut self.merger.profile.mappings;
        let (id, start) = match self.merger.mappings.entry(key) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                let id = MappingId(next_row(mappings.len())?);
                mappings.push(mapping);
                *entry.insert((id, mapping.start))
            }
        };
        Ok((id, start.wrapping_sub(mapping.start)))
    }

    fn string(&mut self, id: StringId) -> Result<StringId, TableFull> {
        if let Some(&known) = self.strings.get(&id) {
            return Ok(known);
        }
        let new = self.merger.strings.intern(self.profile.strings.get(id))?;
        self.strings.insert(id, new);
        Ok(new)
    }
}

/// An empty profile with the header of all `profiles` together.
fn merged_header(profiles: &[Profile], strings: &mut Interner) -> Result<Profile, TableFull> {
    let mut merged = Profile::empty();
    merged.added_up = profiles.iter().map(|profile| profile.added_up).sum();
    let first = &profiles[0];
    let mut string = |profile: &Profile, id| strings.intern(profile.strings.get(id));
    for sample_type in &first.sample_types {
        merged.sample_types.push(ValueType {
            kind: string(first, sample_type.kind)?,
            unit: string(first, sample_type.unit)?,
        });
    }
    let mut header = Header {
        period_type: ValueType {
            kind: string(first, first.header.period_type.kind)?,
            unit: string(first, first.header.period_type.unit)?,
        },
        drop_frames: string(first, first.header.drop_frames)?,
        keep_frames: string(first, first.header.keep_frames)?,
        ..Header::default()
    };
    let mut comments = HashSet::new();
    let mut duration_nanos: i128 = 0;
    for profile in profiles {
        let own = &profile.header;
        merged.clamped |= profile.clamped;
        merged.lacks_samples |= profile.lacks_samples;
        // As pprof has it, a missing time counts as the earliest, unless first.
        if header.time_nanos == 0 || own.time_nanos < header.time_nanos {
            header.time_nanos = own.time_nanos;
        }
        duration_nanos += i128::from(own.duration_nanos);
        if header.period == 0 || header.period < own.period {
            header.period = own.period;
        }
        for &comment in &own.comments {
            let comment = string(profile, comment)?;
            if comments.insert(comment) {
                header.comments.push(comment);
            }
        }
        if merged.default_sample_type == StringId::EMPTY {
            merged.default_sample_type = string(profile, profile.default_sample_type)?;
        }
        if header.doc_url == StringId::EMPTY {
            header.doc_url = string(profile, own.doc_url)?;
        }
        header.fragment = match (header.fragment, own.fragment) {
            (Some(one), Some(other)) => Some(one.and(other)),
            (one, other) => one.or(other),
        };
    }
    header.duration_nanos = duration_nanos.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
    merged.header = header;
    Ok(merged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProfileBuilder;
    use crate::fixture::{View, check, fold, profile, profile_of, with_header};
    use crate::growth::{self, Clock};
    use crate::profile::BaseMode;
    use crate::profile::Mapping;
    use crate::selection::Warning;
    use crate::subtract;

    #[track_caller]
    fn check_merge(profiles: &[&str], expected: &str) {
        let profiles = profiles.iter().map(|stacks| profile(stacks)).collect();
        check(&fold(&merge(profiles).unwrap()), expected);
    }

    #[test]
    fn equal_stacks_add_up_in_the_order_in_which_they_are_met() {
        check_merge(
            &[
                "main;a 1\nmain;b 2",
                "main;c 4\nmain;b 8\nmain;b 16",
                "a 32",
            ],
            "main;a  1
             main;b 26
             main;c  4
             a      32",
        );
    }

    #[test]
    fn a_single_profile_stays_as_it_is() {
        let alone = profile("main 1\nmain 2\nmain 0");
        assert_eq!(merge(vec![alone.clone()]).unwrap(), alone);
    }

    #[test]
    fn different_labels_keep_stacks_apart() {
        check_merge(
            &[
                "main 1 bytes=16
                 main 2 bytes=32
                 main 4 bytes=16kb",
                "main 8 bytes=16
                 main 16 bytes=16kb
                 main 32
                 main 64 bytes=x",
            ],
            "main 9 bytes=16
             main 2 bytes=32
             main 20 bytes=16kb
             main 32
             main 64 bytes=x",
        );
    }

    #[test]
    fn the_order_of_labels_matters_only_within_a_key() {
        check_merge(
            &[
                "main 1 a=x b=y\nmain 2 a=x a=y",
                "main 4 b=y a=x\nmain 8 a=y a=x",
            ],
            "main 5 a=x b=y
             main 2 a=x a=y
             main 8 a=y a=x",
        );
    }

    #[test]
    fn what_differs_in_file_line_or_start_line_is_another_place() {
        for other in ["main@b.go:7:5", "main@a.go:8:5", "main@a.go:7:6"] {
            let other = format!("{other} 2");
            check_merge(
                &["main@a.go:7:5 1", &other],
                &format!("main@a.go:7:5 1\n{other}"),
            );
        }
    }

    #[test]
    fn samples_that_cancel_go_with_what_only_they_used() {
        let merged = merge(vec![
            profile("main;a 3 5\nmain;b 0 1"),
            profile("main;a -3 -5\nmain;b 0 -1\nmain;b 1 0"),
        ]);
        let merged = merged.unwrap();
        check(&fold(&merged), "main;b 1 0");
        assert_eq!((merged.locations.len(), merged.functions.len()), (2, 2));
    }

    #[test]
    fn the_order_of_summands_does_not_matter_where_a_sum_passes_64_bits_on_its_way() {
        let largest = format!("main {}", i64::MAX);
        for order in [
            [&*largest, "main 1", "main -1"],
            ["main 1", &*largest, "main -1"],
            ["main -1", &*largest, "main 1"],
        ] {
            let merged = merge(order.map(profile).into()).unwrap();
            check(&fold(&merged), &largest);
            assert!(!merged.is_clamped());
        }
    }

    #[test]
    fn a_sum_that_does_not_fit_is_clamped_and_said_ever_after() {
        let largest = format!("main {}", i64::MAX);
        let merged = merge(vec![profile(&largest), profile("main 1")]).unwrap();
        check(&fold(&merged), &largest);
        assert!(merged.is_clamped());
        let again = merge(vec![merged, profile("other 0")]).unwrap();
        let warnings = View::of(again).select().warnings();
        assert!(matches!(warnings[..], [Warning::Overflow]), "{warnings:?}");
    }

    #[test]
    fn many_comments_and_sample_types_take_linear_time() {
        let many = |count| {
            let mut builder = ProfileBuilder::new();
            for i in 0..count {
                builder.sample_type(&format!("type{i}"), "count");
                let comment = builder.string(format!("comment {i}"));
                builder.header().comments.push(comment);
            }
            builder.finish()
        };
        growth::check(|count| {
            let mut shorter = many(count);
            shorter.sample_types.pop();
            shorter.samples.values.pop();
            let profiles = vec![many(count), shorter];
            let mut clock = Clock::start();
            let merged = merge(profiles).unwrap();
            clock.lap("merge");
            assert_eq!(merged.header.comments.len(), count);
            assert_eq!(merged.sample_types.len(), count - 1);
            clock.laps
        });
    }

    #[test]
    fn tables_that_are_full_are_said() {
        let expected = "the profiles are too large to be merged: together they have more than \
                        4294967295 rows or 4 GiB of strings";
        assert_eq!(MergeError::from(TableFull).to_string(), expected);
    }

    #[test]
    fn the_time_is_the_earliest_and_a_missing_one_wins_unless_first() {
        let time = |times: &[i64]| {
            let at = |&time: &i64| with_header(|b| b.header().time_nanos = time);
            merge(times.iter().map(at).collect())
                .unwrap()
                .header
                .time_nanos
        };
        assert_eq!(time(&[5, 3, 4]), 3);
        assert_eq!(time(&[0, 3, 4]), 3);
        assert_eq!(time(&[5, 0]), 0);
        assert_eq!(time(&[5, 0, 4]), 4);
    }

    #[test]
    fn a_sum_with_a_part_of_a_heap_is_a_part() {
        let whole =
            || crate::decode(b"heap profile: 1: 16 [1: 16] @ heap/2\n1: 16 [1: 16] @ 0x1\n");
        let cut = || crate::decode(b"heap profile: 2: 64 [2: 64] @ heap/2\n1: 16 [1: 16] @ 0x1\n");
        let check = |profiles, expected: Option<(i64, i64)>| {
            let merged = merge(profiles).unwrap();
            assert_eq!(merged.is_fragment(), expected.is_some());
            let announced = merged
                .header()
                .fragment
                .and_then(|lacking| lacking.announced);
            assert_eq!(announced.map(|sum| (sum.bytes, sum.held)), expected);
        };
        check(vec![whole().unwrap(), whole().unwrap()], None);
        check(vec![whole().unwrap(), cut().unwrap()], Some((64, 16)));
        check(vec![cut().unwrap(), cut().unwrap()], Some((128, 32)));
        let difference = subtract(whole().unwrap(), cut().unwrap(), BaseMode::Cancel);
        assert!(difference.unwrap().is_fragment());
    }

    #[test]
    fn headers_are_combined() {
        let header = |duration: i64, period: i64, texts: [&str; 6]| {
            let fill = |builder: &mut ProfileBuilder| {
                let [one, two, drop, keep, doc, _] = texts.map(|text| builder.string(text));
                builder.default_sample_type(texts[5]);
                *builder.header() = Header {
                    duration_nanos: duration,
                    period,
                    comments: vec![one, two],
                    drop_frames: drop,
                    keep_frames: keep,
                    doc_url: doc,
                    ..Header::default()
                };
            };
            with_header(fill)
        };
        let merged = merge(vec![
            header(5, 7, ["one", "two", "drop", "", "", ""]),
            header(
                6,
                9,
                ["three", "two", "other", "keep", "doc", "inuse_space"],
            ),
            header(7, 8, ["one", "four", "", "", "more", "x"]),
        ]);
        let merged = merged.unwrap();
        let header = merged.header();
        assert_eq!((header.duration_nanos, header.period), (18, 9));
        let comments = header.comments.iter().map(|&id| merged.text(id));
        assert_eq!(
            comments.collect::<Vec<_>>(),
            ["one", "two", "three", "four"]
        );
        let text = |id| merged.text(id).into_owned();
        assert_eq!(
            [text(header.drop_frames), text(header.keep_frames)],
            ["drop", ""]
        );
        assert_eq!(text(header.doc_url), "doc");
        assert_eq!(text(merged.default_sample_type()), "inuse_space");
    }

    /// One sample of `main` at `address` in a binary.
    fn in_binary(start: u64, size: u64, [file, build_id]: [&str; 2], address: u64) -> Profile {
        let mut builder = ProfileBuilder::new();
        builder.sample_type("inuse_space", "bytes");
        let mapping = Mapping {
            start,
            limit: start + size,
            filename: builder.string(file),
            build_id: builder.string(build_id),
            ..Mapping::default()
        };
        let mapping = builder.mapping(mapping);
        let main = builder.function("main", "main.go");
        let location = builder.location(Some(mapping), address, &[(main, 7)]);
        builder.sample(&[location], &[1], &[]).unwrap();
        builder.finish()
    }

    #[test]
    fn a_binary_is_the_same_wherever_it_is_loaded() {
        let merged = merge(vec![
            in_binary(0x40_0000, 0x2000, ["app", "id"], 0x40_0010),
            in_binary(0x70_0000, 0x1f80, ["/other/path", "id"], 0x70_0010),
        ]);
        let merged = merged.unwrap();
        check(&fold(&merged), "app!main@main.go:7 2");
        assert_eq!(merged.locations.address, [0x40_0010]);
        assert_eq!(merged.mappings.len(), 1);
    }

    #[test]
    fn two_builds_have_no_location_in_common() {
        let first = in_binary(0x40_0000, 0x2000, ["app", "id"], 0x40_0010);
        for (size, names, address) in [
            (0x2000, ["app", "id"], 0x40_0020),
            (0x3000, ["app", "id"], 0x40_0010),
            (0x2000, ["app", "other"], 0x40_0010),
            (0x2000, ["app", ""], 0x40_0010),
        ] {
            let second = in_binary(0x40_0000, size, names, address);
            let merged = merge(vec![first.clone(), second]).unwrap();
            assert_eq!(merged.samples.len(), 2, "{size} {names:?} {address}");
        }
    }

    #[test]
    fn the_program_stays_first() {
        let mut builder = ProfileBuilder::new();
        let filename = builder.string("app");
        builder.mapping(Mapping {
            filename,
            ..Mapping::default()
        });
        let program = profile_of(builder, "lib!main 1");
        let merged = merge(vec![program, profile("lib!main 1")]).unwrap();
        assert_eq!(merged.program().as_deref(), Some("app"));
    }
}
