//! Several profiles as one, and one profile minus another.
//!
//! The rules of what is equal are pprof's: two dumps of one build share their
//! locations, two builds share none. Comparing across builds is another matter.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::{
    Function, FunctionId, Header, Label, LabelValue, Line, LocationId, MappingId, Profile,
    ProfileBuilder, SampleId, StringId, ValueType,
};
use crate::unit;

/// The label that marks the samples of a base in [`BaseMode::Diff`].
pub const BASE_LABEL: (&str, &str) = ("pprof::base", "true");

/// Mappings are equal when their sizes are, in pages of this many bytes.
const MAPPING_SIZE_STEP: u64 = 0x1000;

/// Why profiles cannot be added up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// There is nothing to merge.
    #[error("no profiles to merge")]
    Nothing,
    /// They have no sample type in common.
    #[error("the profiles have no sample type in common: {} against {}", first.join(", "), other.join(", "))]
    NoCommonSampleType {
        /// The types of the first profile.
        first: Vec<String>,
        /// Those of one that shares none of them.
        other: Vec<String>,
    },
    /// A type is counted in units that cannot be converted into each other.
    #[error("the profiles count {what} in different units: {first} against {other}")]
    Units {
        /// The sample type, or the period.
        what: String,
        /// Unit in the first profile.
        first: String,
        /// Unit in the other one.
        other: String,
    },
}

/// How a base is subtracted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BaseMode {
    /// Equal stacks cancel; percentages refer to what is left (pprof's `-base`).
    Cancel,
    /// The samples of the base stay and are marked; percentages refer to the
    /// base (pprof's `-diff_base`).
    Diff,
}

/// Adds up profiles: values of equal stacks with equal labels are summed.
///
/// Only sample types that all profiles have are kept, in the order of the first
/// profile, in the finest of the units. Stacks keep the order in which they are
/// met; samples whose values are all 0 go. A single profile stays as it is. The
/// time is the earliest, durations add up, the period is the longest.
///
/// # Errors
///
/// [`MergeError`] when there is nothing to merge or nothing in common.
///
/// Source: google/pprof `profile/merge.go`, `internal/measurement/measurement.go`.
pub fn merge(mut profiles: Vec<Profile>) -> Result<Profile, MergeError> {
    if profiles.len() == 1 {
        return Ok(profiles.remove(0));
    }
    keep_common_sample_types(&mut profiles)?;
    use_common_units(&mut profiles)?;
    Ok(add_up(&profiles))
}

/// Takes `base` from `profile`; results may be negative.
///
/// With `normalize`, the profile is first scaled so that each column has the
/// sum that it has in the base.
///
/// # Errors
///
/// As for [`merge`].
///
/// Source: google/pprof `internal/driver/fetch.go`, `fetchProfiles`.
pub fn subtract(
    profile: Profile,
    base: Profile,
    mode: BaseMode,
    normalize: bool,
) -> Result<Profile, MergeError> {
    let mut both = vec![profile, base];
    if normalize {
        // pprof refuses unequal sample types here; the common ones serve as well.
        keep_common_sample_types(&mut both)?;
        use_common_units(&mut both)?;
    }
    let [profile, base] = &mut both[..] else {
        unreachable!("two profiles went in");
    };
    if normalize {
        profile.normalize(base);
    }
    let factors = vec![-1.0; base.sample_types.len()];
    base.scale(&factors);
    if mode == BaseMode::Diff {
        let (key, value) = BASE_LABEL;
        base.set_text_label(key, value);
    }
    merge(both)
}

impl Profile {
    /// Gives every sample this one text under this key.
    fn set_text_label(&mut self, key: &str, text: &str) {
        let mut strings = super::Interner::extend(std::mem::replace(
            &mut self.strings,
            super::Strings::empty_table(),
        ));
        let mut id = |s: &str| {
            let id = strings.intern(s.as_bytes());
            id.expect("two short strings find room")
        };
        let label = Label {
            key: id(key),
            value: LabelValue::Text(id(text)),
        };
        self.strings = strings.finish();
        let replaces =
            |old: &Label| old.key == label.key && matches!(old.value, LabelValue::Text(_));
        let mut labels = Vec::with_capacity(self.samples.labels.len() + self.samples.len());
        let mut label_ends = Vec::with_capacity(self.samples.len());
        for id in self.samples.ids() {
            let others = self.samples.labels(id).iter().filter(|old| !replaces(old));
            labels.extend(others.copied());
            labels.push(label);
            label_ends.push(super::end(labels.len()));
        }
        self.samples.labels = labels;
        self.samples.label_ends = label_ends;
    }

    fn sample_type_names(&self) -> Vec<String> {
        let names = self.sample_types.iter().map(|t| self.text(t.kind));
        names.map(|name| name.into_owned()).collect()
    }

    /// Puts the sample types into this order and drops the others.
    fn select_sample_types(&mut self, names: &[String]) {
        let own = self.sample_type_names();
        if own == names {
            return;
        }
        let position = |name: &String| own.iter().position(|n| n == name);
        let columns: Vec<usize> = names.iter().filter_map(position).collect();
        let default = self.text(self.default_sample_type).into_owned();
        if !names.contains(&default) {
            self.default_sample_type = self.sample_types[columns[0]].kind;
        }
        self.sample_types = columns.iter().map(|&c| self.sample_types[c]).collect();
        let values = columns.iter().map(|&c| self.samples.values[c].clone());
        self.samples.values = values.collect();
    }
}

fn keep_common_sample_types(profiles: &mut [Profile]) -> Result<(), MergeError> {
    let first = profiles
        .first()
        .ok_or(MergeError::Nothing)?
        .sample_type_names();
    let mut common = first.clone();
    for profile in profiles.iter() {
        let own = profile.sample_type_names();
        common.retain(|name| own.contains(name));
        if common.is_empty() {
            return Err(MergeError::NoCommonSampleType { first, other: own });
        }
    }
    for profile in profiles {
        profile.select_sample_types(&common);
    }
    Ok(())
}

/// Converts all profiles to the finest unit of each column and of the period.
fn use_common_units(profiles: &mut [Profile]) -> Result<(), MergeError> {
    let columns = profiles.first().map_or(0, |p| p.sample_types.len());
    let mut units = Vec::with_capacity(columns);
    for column in 0..columns {
        units.push(finest(profiles, |p| p.sample_types[column])?);
    }
    let period_unit = finest(profiles, |p| p.header.period_type)?;
    for profile in profiles {
        profile.convert(&units, &period_unit);
    }
    Ok(())
}

/// The finest unit in which the profiles count one thing.
fn finest(
    profiles: &[Profile],
    value_type: impl Fn(&Profile) -> ValueType,
) -> Result<String, MergeError> {
    let unit_of = |p: &Profile| p.text(value_type(p).unit).into_owned();
    let kind_of = |p: &Profile| p.text(value_type(p).kind).into_owned();
    let first = &profiles[0];
    let mut finest = unit_of(first);
    for profile in &profiles[1..] {
        let unit = unit_of(profile);
        let kind = kind_of(first);
        let same_kind = without_plural(&kind) == without_plural(&kind_of(profile));
        if !same_kind || !unit::convertible(&finest, &unit) {
            return Err(MergeError::Units {
                what: kind,
                first: finest,
                other: unit,
            });
        }
        if unit::scale(1, &unit, &finest).0 < 1.0 {
            finest = unit;
        }
    }
    Ok(finest)
}

fn without_plural(kind: &str) -> &str {
    kind.strip_suffix('s').unwrap_or(kind)
}

impl Profile {
    fn convert(&mut self, units: &[String], period_unit: &str) {
        let old_units: Vec<String> = (self.sample_types.iter())
            .map(|t| self.text(t.unit).into_owned())
            .collect();
        let old_period_unit = self.text(self.header.period_type.unit).into_owned();
        if old_units == units && old_period_unit == period_unit {
            return;
        }
        let factors: Vec<f64> = old_units
            .iter()
            .zip(units)
            .map(|(from, to)| unit::scale(1, from, to).0)
            .collect();
        self.scale(&factors);
        self.header.period =
            unit::scale(self.header.period, &old_period_unit, period_unit).0 as i64;

        let strings = std::mem::replace(&mut self.strings, super::Strings::empty_table());
        let mut strings = super::Interner::extend(strings);
        let mut id = |s: &str| {
            let id = strings.intern(s.as_bytes());
            id.expect("a few unit names find room")
        };
        self.header.period_type.unit = id(period_unit);
        for (value_type, unit) in self.sample_types.iter_mut().zip(units) {
            value_type.unit = id(unit);
        }
        self.strings = strings.finish();
    }
}

fn add_up(profiles: &[Profile]) -> Profile {
    let mut merger = Merger::new(profiles);
    for profile in profiles {
        merger.add(profile);
    }
    let merged = merger.builder.finish();
    let zero = merged.samples.ids().any(|id| merged.samples.is_zero(id));
    if zero {
        // Locations that only cancelled samples used go with them.
        return add_up(&[merged]);
    }
    merged
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
    builder: ProfileBuilder,
    samples: HashMap<SampleKey, usize>,
    locations: HashMap<LocationKey, LocationId>,
    functions: HashMap<Function, FunctionId>,
    mappings: HashMap<MappingKey, (MappingId, u64)>,
}

impl Merger {
    fn new(profiles: &[Profile]) -> Self {
        Self {
            builder: merged_header(profiles),
            samples: HashMap::new(),
            locations: HashMap::new(),
            functions: HashMap::new(),
            mappings: HashMap::new(),
        }
    }

    fn add(&mut self, profile: &Profile) {
        let mut source = Source {
            profile,
            merger: self,
            strings: HashMap::new(),
            locations: vec![None; profile.locations.len()],
        };
        source.add_program();
        for id in profile.samples.ids() {
            if !profile.samples.is_zero(id) {
                source.add_sample(id);
            }
        }
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
    fn add_program(&mut self) {
        if self.merger.mappings.is_empty() && !self.profile.mappings.is_empty() {
            self.mapping(MappingId::at(0));
        }
    }

    fn add_sample(&mut self, id: SampleId) {
        let profile = self.profile;
        let samples = &profile.samples;
        let stack: Vec<_> = samples
            .stack(id)
            .iter()
            .map(|&l| self.location(l))
            .collect();
        let labels: Vec<_> = samples.labels(id).iter().map(|&l| self.label(l)).collect();
        let values: Vec<_> = samples.values.iter().map(|c| c[id.index()]).collect();
        let mut sorted = labels.clone();
        // Only the order of keys and of texts against numbers is indifferent.
        sorted.sort_by_key(|label| (label.key, matches!(label.value, LabelValue::Number(..))));
        let next = self.merger.builder.sample_count();
        match self.merger.samples.entry((stack, sorted)) {
            Entry::Occupied(entry) => {
                for (column, value) in values.into_iter().enumerate() {
                    self.merger.builder.add_value(*entry.get(), column, value);
                }
            }
            Entry::Vacant(entry) => {
                let (stack, _) = entry.key();
                let sample = self.merger.builder.sample(stack, &values, &labels);
                sample.expect("the columns were made equal");
                entry.insert(next);
            }
        }
    }

    fn label(&mut self, label: Label) -> Label {
        Label {
            key: self.string(label.key),
            value: match label.value {
                LabelValue::Text(text) => LabelValue::Text(self.string(text)),
                LabelValue::Number(number, unit) => LabelValue::Number(number, self.string(unit)),
            },
        }
    }

    fn location(&mut self, id: LocationId) -> LocationId {
        if let Some(known) = self.locations[id.index()] {
            return known;
        }
        let locations = &self.profile.locations;
        let mapping = locations.mapping(id).map(|mapping| self.mapping(mapping));
        let lines: Vec<Line> = locations.lines(id).iter().map(|&l| self.line(l)).collect();
        let (start, moved) = mapping.map_or((0, 0), |(id, moved)| {
            (self.merger.builder.mapping_start(id), moved)
        });
        let address = locations.address(id).wrapping_add(moved);
        let key = LocationKey {
            mapping: mapping.map(|(id, _)| id),
            offset: address.wrapping_sub(start),
            is_folded: locations.is_folded(id),
            lines,
        };
        let builder = &mut self.merger.builder;
        let new = match self.merger.locations.entry(key) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                let key = entry.key();
                let lines = key.lines.iter().copied();
                let new = builder.add_location(key.mapping, address, key.is_folded, lines);
                *entry.insert(new)
            }
        };
        self.locations[id.index()] = Some(new);
        new
    }

    fn line(&mut self, line: Line) -> Line {
        let function = *self.profile.function(line.function);
        let function = Function {
            name: self.string(function.name),
            system_name: self.string(function.system_name),
            filename: self.string(function.filename),
            start_line: function.start_line,
        };
        let builder = &mut self.merger.builder;
        let known = self.merger.functions.entry(function);
        let function = *known.or_insert_with(|| builder.add_function(function));
        Line { function, ..line }
    }

    /// The mapping in the merged profile, and how far addresses move.
    fn mapping(&mut self, id: MappingId) -> (MappingId, u64) {
        let mut mapping = *self.profile.mapping(id);
        mapping.filename = self.string(mapping.filename);
        mapping.build_id = self.string(mapping.build_id);
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
        let builder = &mut self.merger.builder;
        let known = self.merger.mappings.entry(key);
        let (id, start) = *known.or_insert_with(|| (builder.mapping(mapping), mapping.start));
        (id, start.wrapping_sub(mapping.start))
    }

    fn string(&mut self, id: StringId) -> StringId {
        let builder = &mut self.merger.builder;
        let known = self.strings.entry(id);
        *known.or_insert_with(|| builder.string(self.profile.strings.get(id)))
    }
}

/// An empty profile with the header of all `profiles` together.
fn merged_header(profiles: &[Profile]) -> ProfileBuilder {
    let mut builder = ProfileBuilder::new();
    let first = &profiles[0];
    for sample_type in &first.sample_types {
        let kind = builder.string(first.strings.get(sample_type.kind));
        let unit = builder.string(first.strings.get(sample_type.unit));
        builder.add_sample_type(ValueType { kind, unit });
    }
    let mut header = Header {
        period_type: ValueType {
            kind: builder.string(first.strings.get(first.header.period_type.kind)),
            unit: builder.string(first.strings.get(first.header.period_type.unit)),
        },
        drop_frames: builder.string(first.strings.get(first.header.drop_frames)),
        keep_frames: builder.string(first.strings.get(first.header.keep_frames)),
        ..Header::default()
    };
    let mut default_sample_type = StringId::EMPTY;
    for profile in profiles {
        let own = &profile.header;
        let mut string = |id: StringId| builder.string(profile.strings.get(id));
        // As pprof has it, a missing time counts as the earliest, unless first.
        if header.time_nanos == 0 || own.time_nanos < header.time_nanos {
            header.time_nanos = own.time_nanos;
        }
        header.duration_nanos = header.duration_nanos.saturating_add(own.duration_nanos);
        if header.period == 0 || header.period < own.period {
            header.period = own.period;
        }
        for &comment in &own.comments {
            let comment = string(comment);
            if !header.comments.contains(&comment) {
                header.comments.push(comment);
            }
        }
        if default_sample_type == StringId::EMPTY {
            default_sample_type = string(profile.default_sample_type);
        }
        if header.doc_url == StringId::EMPTY {
            header.doc_url = string(own.doc_url);
        }
    }
    builder.set_default_sample_type(default_sample_type);
    *builder.header() = header;
    builder
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{check, fold, profile, profile_of};
    use crate::profile::Mapping;

    /// A profile of one sample, with a header.
    fn with_header(fill: impl FnOnce(&mut ProfileBuilder)) -> Profile {
        let mut builder = ProfileBuilder::new();
        fill(&mut builder);
        profile_of(builder, "main 1")
    }

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
    fn sums_stop_at_the_largest_number() {
        let largest = format!("main {}", i64::MAX);
        check_merge(&[&largest, "main 1"], &largest);
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
    fn headers_are_combined() {
        let header = |duration: i64, period: i64, texts: [&str; 6]| {
            let fill = |builder: &mut ProfileBuilder| {
                let [one, two, drop, keep, doc, default] = texts.map(|text| builder.string(text));
                builder.set_default_sample_type(default);
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

    /// The sample types of a merged profile, the one shown by default, the sums.
    #[track_caller]
    fn check_types(profiles: &[&str], expected: &str) {
        let profiles = profiles.iter().map(|stacks| profile(stacks)).collect();
        let merged = merge(profiles).unwrap();
        let shown = merged.sample_type("").unwrap();
        let types = merged.sample_type_names().join(" ");
        let shown = merged.sample_type_name(shown);
        check(
            &format!("{types}, shown: {shown}\n{}", fold(&merged)),
            expected,
        );
    }

    #[test]
    fn only_common_sample_types_stay_and_the_default_may_flip() {
        const HEAP: &str = "# objects/count space/bytes\nmain 1 2";
        check_types(&[HEAP, HEAP], "objects space, shown: space\nmain 2 4");
        let turned = "# space/bytes objects/count\nmain 4 8";
        check_types(&[HEAP, turned], "objects space, shown: objects\nmain 9 6");
        check_types(&[turned, HEAP], "space objects, shown: space\nmain 6 9");
        let more = "# objects/count delay/ns space/bytes\nmain 4 8 16";
        check_types(&[HEAP, more], "objects space, shown: objects\nmain 5 18");
        check_types(
            &[HEAP, "# space/bytes\nmain 4"],
            "space, shown: space\nmain 6",
        );
    }

    #[test]
    fn the_finest_unit_is_taken() {
        let kilobytes = profile("# inuse_space/kilobytes\nmain 3\na -1");
        let merged = merge(vec![kilobytes, profile("main 5")]).unwrap();
        let sample_type = merged.sample_type("").unwrap();
        assert_eq!(merged.sample_type_unit(sample_type), "bytes");
        check(&fold(&merged), "main 3077\na -1024");
    }

    #[test]
    fn periods_are_converted_as_well() {
        let period = |period, unit: &'static str| {
            let fill = move |builder: &mut ProfileBuilder| {
                let period_type = builder.value_type("space", unit);
                (builder.header().period, builder.header().period_type) = (period, period_type);
            };
            with_header(fill)
        };
        let merged = merge(vec![period(512, "kB"), period(1000, "B")]).unwrap();
        assert_eq!(merged.header.period, 512 << 10);
        assert_eq!(merged.text(merged.header.period_type.unit), "B");
        let error = merge(vec![period(512, "kB"), period(1, "ms")]).unwrap_err();
        let expected = "the profiles count space in different units: kB against ms";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn what_has_nothing_in_common_is_refused() {
        let check = |profiles: Vec<Profile>, expected: &str| {
            assert_eq!(merge(profiles).unwrap_err().to_string(), expected);
        };
        check(vec![], "no profiles to merge");
        check(
            vec![profile("main 1 2"), profile("# cpu/ns\nmain 1")],
            "the profiles have no sample type in common: inuse_objects, inuse_space against cpu",
        );
        check(
            vec![profile("main 1"), profile("# inuse_space/count\nmain 1")],
            "the profiles count inuse_space in different units: bytes against count",
        );
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

    #[track_caller]
    fn check_subtract(new: &str, base: &str, mode: BaseMode, expected: &str) {
        let difference = subtract(profile(new), profile(base), mode, false).unwrap();
        check(&fold(&difference), expected);
    }

    #[test]
    fn a_base_cancels_or_is_marked() {
        let (new, base) = ("main;a 5\nmain;b 2", "main;a 3\nmain;b 2\nmain;c 1");
        check_subtract(new, base, BaseMode::Cancel, "main;a 2\nmain;c -1");
        check_subtract(
            new,
            base,
            BaseMode::Diff,
            "main;a  5
             main;b  2
             main;a -3 pprof::base=true
             main;b -2 pprof::base=true
             main;c -1 pprof::base=true",
        );
    }

    #[test]
    fn a_base_of_a_base_is_marked_once() {
        check_subtract(
            "main 5",
            "main 1 pprof::base=false bytes=8",
            BaseMode::Diff,
            "main 5\nmain -1 bytes=8 pprof::base=true",
        );
    }

    #[test]
    fn normalized_means_scaled_to_the_sum_of_the_base() {
        let (new, base) = ("main;a 30\nmain;b 10", "main;a 10\nmain;c 10");
        let difference = subtract(profile(new), profile(base), BaseMode::Cancel, true);
        check(
            &fold(&difference.unwrap()),
            "main;a 5\nmain;b 5\nmain;c -10",
        );
    }

    #[test]
    fn what_sums_to_0_is_normalized_to_nothing() {
        let difference = subtract(profile("a 1\nb -1"), profile("c 3"), BaseMode::Cancel, true);
        check(&fold(&difference.unwrap()), "c -3");
    }
}
