//! A decoded profile: a few tables, each a few columns of equal length.
//!
//! Start at [`Profile`]. Ids such as [`LocationId`] are positions in the tables
//! of one profile. [`ProfileBuilder`] makes profiles by hand, [`merge`] adds
//! several up, and [`subtract`] takes one from another.

mod builder;
mod comments;
mod common;
mod compact;
mod folded;
mod fragment;
mod frame;
mod ids;
mod label_units;
mod merge;
mod merge_error;
mod origin;
mod runtime;
mod scale;
mod strings;
mod subtract;
mod tables;

use std::borrow::Cow;

use crate::memstats::{MemStats, MemStatsFault};
use crate::sample_kind::SampleKind;

pub use builder::{BuildError, ProfileBuilder};
pub use comments::Comments;
pub use common::RepeatedSampleTypes;
pub use folded::FoldedError;
pub use fragment::{Announced, Fragment};
pub use frame::Frame;
pub use ids::{FunctionId, LocationId, MappingId, SampleId, SampleTypeId, StringId};
pub use label_units::{LabelUnits, UnitConflict};
pub use merge::merge;
pub use merge_error::MergeError;
pub(crate) use origin::Origin;
pub use runtime::{Profiled, Runtime};
pub use strings::Strings;
pub(crate) use strings::{Interner, OnceEach};
pub use subtract::{BASE_LABEL, BaseMode, normalized, subtract};
pub use tables::{Function, Label, LabelValue, Line, Locations, Mapping, Samples, ValueType};
pub(crate) use tables::{TableFull, end, next_row, range_of};

/// One decoded profile.
///
/// Values stay as written: bytes for `*_space`, counts for `*_objects`, already
/// scaled up by the Go runtime. Stacks are leaf first.
///
/// Invariant: every id that a table holds is a row of the table it points to,
/// and there is one column of values for each sample type. Later code therefore
/// looks ids up without asking.
///
/// Source: `proto/profile.proto`, message `Profile`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    pub(crate) strings: Strings,
    pub(crate) sample_types: Vec<ValueType>,
    pub(crate) default_sample_type: StringId,
    pub(crate) samples: Samples,
    pub(crate) mappings: Vec<Mapping>,
    pub(crate) locations: Locations,
    pub(crate) functions: Vec<Function>,
    pub(crate) header: Header,
    /// See [`Profile::is_clamped`].
    pub(crate) clamped: bool,
    /// See [`Profile::added_up`].
    pub(crate) added_up: usize,
    /// See [`Profile::lacks_samples`].
    pub(crate) lacks_samples: bool,
}

/// What a profile says of itself as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Header {
    /// When it was taken, in nanoseconds since 1970-01-01 UTC; 0 where unknown, as in
    /// the text form: see [`Profile::moment_nanos`].
    pub time_nanos: i64,
    /// How long it was recorded, in nanoseconds; 0 for a heap profile.
    pub duration_nanos: i64,
    /// What is counted between two samples, such as `space` in `bytes`.
    pub period_type: ValueType,
    /// How much of that lies between two samples: 524288 by default in Go.
    pub period: i64,
    /// Remarks of whoever wrote the file.
    pub comments: Vec<StringId>,
    /// Pattern of functions to leave out, with what they call.
    pub drop_frames: StringId,
    /// Pattern of functions to keep although `drop_frames` matches.
    pub keep_frames: StringId,
    /// Where the profile is explained.
    pub doc_url: StringId,
    /// What the runtime said of its memory at that moment. Only the text form has
    /// it; it is lost where profiles are added up, subtracted or written.
    pub mem_stats: Option<MemStats>,
    /// Why a text does not tell them; lost likewise.
    pub mem_stats_fault: Option<MemStatsFault>,
    /// What a text lacks of a whole profile: see [`Profile::is_fragment`]. It is lost where
    /// the profile is written.
    pub fragment: Option<Fragment>,
}

/// No sample type has the name that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SampleTypeError {
    /// The profile holds others.
    #[error("unknown sample type {wanted:?}; the profile has {}", known.join(", "))]
    Unknown {
        /// What was asked for.
        wanted: String,
        /// What there is, in the order of the file.
        known: Vec<String>,
    },
    /// The profile holds none at all.
    #[error("the profile has no sample types, so there is nothing to show")]
    None,
}

impl Profile {
    /// What decoding, building and merging start with: not even the empty string.
    pub(crate) fn empty() -> Self {
        Self {
            strings: Strings::empty_table(),
            sample_types: Vec::new(),
            default_sample_type: StringId::EMPTY,
            samples: Samples::default(),
            mappings: Vec::new(),
            locations: Locations::default(),
            functions: Vec::new(),
            header: Header::default(),
            clamped: false,
            added_up: 1,
            lacks_samples: false,
        }
    }

    /// All strings.
    pub fn strings(&self) -> &Strings {
        &self.strings
    }

    /// The names of functions, each once, in the order of the functions that have it first.
    #[cfg(feature = "diagnose")]
    pub(crate) fn function_names(&self) -> Vec<StringId> {
        let mut is_known = vec![false; self.strings.len()];
        let names = self.functions.iter().map(|function| function.name);
        names
            .filter(|name| !std::mem::replace(&mut is_known[name.index()], true))
            .collect()
    }

    /// A string as text; bytes that are not UTF-8 become U+FFFD.
    pub fn text(&self, id: StringId) -> Cow<'_, str> {
        self.strings.text(id)
    }

    /// The sample types in the order of the file; [`SampleTypeId`] counts them.
    pub fn sample_types(&self) -> &[ValueType] {
        &self.sample_types
    }

    /// The sample type that the file names as its default; empty in Go's files.
    pub fn default_sample_type(&self) -> StringId {
        self.default_sample_type
    }

    /// The samples.
    pub fn samples(&self) -> &Samples {
        &self.samples
    }

    /// The values of a sample type in its unit, one a sample, in their order.
    ///
    /// # Panics
    ///
    /// Where this profile has not the type for which the id was made.
    #[track_caller]
    pub fn values(&self, sample_type: SampleTypeId) -> &[i64] {
        &self.samples.values[self.column(sample_type)]
    }

    /// The mappings; the first is the program itself.
    pub fn mappings(&self) -> &[Mapping] {
        &self.mappings
    }

    /// One mapping.
    ///
    /// # Panics
    ///
    /// As [`function`](Self::function).
    #[track_caller]
    pub fn mapping(&self, id: MappingId) -> &Mapping {
        &self.mappings[id.row(self.mappings.len())]
    }

    /// The locations.
    pub fn locations(&self) -> &Locations {
        &self.locations
    }

    /// The functions; [`FunctionId`] counts them.
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// One function.
    ///
    /// # Panics
    ///
    /// Where there is no such row. The id of another profile is the row at the same position:
    /// such ids are bare positions.
    #[track_caller]
    pub fn function(&self, id: FunctionId) -> &Function {
        &self.functions[id.row(self.functions.len())]
    }

    /// The ids of the sample types, in the order of the file.
    pub fn sample_type_ids(&self) -> impl ExactSizeIterator<Item = SampleTypeId> + use<> {
        let positions = 0..self.sample_types.len();
        let ids: Vec<SampleTypeId> = positions.map(|at| self.sample_type_at(at)).collect();
        ids.into_iter()
    }

    /// The id of a sample type by its position.
    pub(crate) fn sample_type_at(&self, index: usize) -> SampleTypeId {
        SampleTypeId::of(index, self.strings.get(self.sample_types[index].kind))
    }

    /// Whether this profile has the sample type for which an id was made, so that nothing panics
    /// that takes it.
    ///
    /// # Example
    ///
    /// ```
    /// use kheap::ProfileBuilder;
    ///
    /// let [heap, other] = ["main;load 2 64", "main;load 64"].map(ProfileBuilder::folded);
    /// let (heap, other) = (heap?.finish(), other?.finish());
    /// let objects = heap.sample_type("inuse_objects")?;
    /// assert!(heap.has_sample_type(objects) && !other.has_sample_type(objects));
    ///
    /// let [sample] = heap.samples().ids().collect::<Vec<_>>()[..] else { unreachable!() };
    /// assert!(heap.samples().contains(sample) && !other.samples().contains(sample));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn has_sample_type(&self, id: SampleTypeId) -> bool {
        let index = id.index();
        index < self.sample_types.len() && self.sample_type_at(index) == id
    }

    /// The position of a sample type of this profile.
    ///
    /// # Panics
    ///
    /// Where the id is of another profile and this one has not the same type there.
    #[track_caller]
    pub(crate) fn column(&self, id: SampleTypeId) -> usize {
        let index = id.index();
        assert!(
            self.has_sample_type(id),
            "sample type {index} is of another profile; ask this one with `Profile::sample_type`"
        );
        index
    }

    /// The ids of the mappings, in the order of the file.
    pub fn mapping_ids(&self) -> impl ExactSizeIterator<Item = MappingId> + use<> {
        (0..self.mappings.len()).map(MappingId::at)
    }

    /// The ids of the functions, in the order of the file.
    pub fn function_ids(&self) -> impl ExactSizeIterator<Item = FunctionId> + use<> {
        (0..self.functions.len()).map(FunctionId::at)
    }

    /// Whether some value had to stop at the largest or smallest number when
    /// profiles were merged, subtracted or scaled. It is not written to files.
    pub fn is_clamped(&self) -> bool {
        self.clamped
    }

    /// How many profiles were added up to this one, or 1. It is not written to files.
    pub fn added_up(&self) -> usize {
        self.added_up
    }

    /// Whether samples without a value in the default sample type were left out when it was
    /// read: see [`Limits::default_type_only`](crate::Limits::default_type_only). The values of
    /// other sample types do not add up then. It is not written to files.
    pub fn lacks_samples(&self) -> bool {
        self.lacks_samples
    }

    /// What the profile says of itself as a whole.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// How long a delta profile of a heap was recorded (`?seconds=N`), in
    /// nanoseconds; `None` for other profiles. Go notes a duration in no other
    /// heap profile. Values are changes, of what is in use too, and may be negative.
    ///
    /// Pyroscope and Parca note the time that a download covers, and give one sample type
    /// where Go gives four: without a negative value such a profile is no delta.
    ///
    /// Source: Go's `net/http/pprof/pprof.go`, `serveDeltaProfile`.
    pub fn delta_nanos(&self) -> Option<i64> {
        let is_heap = self.text(self.header.period_type.kind) == "space";
        let nanos = Some(self.header.duration_nanos).filter(|&nanos| is_heap && nanos > 0);
        let is_whole = self.sample_types.len() > 1;
        let is_change = || self.samples.values.iter().flatten().any(|&value| value < 0);
        nanos.filter(|_| self.is_go_heap() && (is_whole || is_change()))
    }

    /// Whether a part of the heap may be missing: it was read from a text that was cut while
    /// it was fetched or pasted in part, or such a profile was merged into it. Its sums are
    /// then a lower bound, and a difference to another profile shows what is missing.
    /// [`Header::fragment`] says what it is.
    ///
    /// # Example
    ///
    /// ```
    /// let body = "heap profile: 2: 4096 [2: 4096] @ heap/524288
    /// 1: 1024 [1: 1024] @ 0x1
    /// ";
    /// let profile = kheap::decode(body.as_bytes())?;
    /// assert!(profile.is_fragment());
    /// let announced = profile.header().fragment.and_then(|fragment| fragment.announced);
    /// assert_eq!(announced.map(|sum| (sum.bytes, sum.held)), Some((4096, 1024)));
    /// # Ok::<(), kheap::DecodeError>(())
    /// ```
    pub fn is_fragment(&self) -> bool {
        self.header
            .fragment
            .is_some_and(|lacking| lacking.is_part())
    }

    /// Whether the profile says what changed rather than what is in use: a delta
    /// profile, or a difference of two that was saved, where some levels are below
    /// zero.
    pub fn is_difference(&self) -> bool {
        let is_level =
            |&id: &SampleTypeId| SampleKind::of(&self.sample_type_name(id)) == SampleKind::InUse;
        let mut levels = self.sample_type_ids().filter(is_level);
        let is_negative = |id| self.samples().values(id).iter().any(|&value| value < 0);
        self.delta_nanos().is_some() || levels.any(is_negative)
    }

    /// The moment that the figures are of, in nanoseconds since 1970-01-01 UTC: when
    /// the profile was taken, or of a text, which does not tell that, when the last
    /// collection ended (`LastGC`). What a heap profile shows is as of then in either
    /// form, so that the second is the truer one, by a cycle of the collector.
    pub fn moment_nanos(&self) -> Option<i64> {
        let taken = Some(self.header.time_nanos).filter(|&time| time != 0);
        let collected = || {
            let nanos = self.header.mem_stats?.last_gc_nanos;
            i64::try_from(nanos).ok().filter(|&nanos| nanos != 0)
        };
        taken.or_else(collected)
    }

    /// Whether it was read from Go's text form (`?debug=1`), which ends in statistics.
    #[cfg(feature = "diagnose")]
    pub(crate) fn is_text(&self) -> bool {
        self.header.mem_stats.is_some() || self.header.mem_stats_fault.is_some()
    }

    /// The base name of the program, or `None` where no mapping names it.
    pub fn program(&self) -> Option<String> {
        let path = self.text(self.mappings.first()?.filename);
        (!path.is_empty()).then(|| crate::path::program(&path).to_owned())
    }

    /// The same as pprof prints it, which takes no path of Windows apart on other systems.
    pub(crate) fn file(&self) -> Option<String> {
        let path = self.text(self.mappings.first()?.filename);
        (!path.is_empty()).then(|| crate::path::base(&path).to_owned())
    }

    /// Finds a sample type by name, by position, or by default.
    ///
    /// As pprof does: an empty `wanted` is the file's default or else the last
    /// type, a number is a position, and `inuse_space` also finds a type that is
    /// named `space` only.
    ///
    /// For an upload that nobody knows, ask for `inuse_space`, and take the default where
    /// it is not there: `profile.sample_type("inuse_space").or_else(|_| profile.sample_type(""))`.
    /// Pass its name to [`SampleKind::of`] to see whether it is memory in use. If it is not,
    /// [`Diagnosis::unjudged`](crate::Diagnosis::unjudged) gives the reason.
    ///
    /// # Errors
    ///
    /// [`SampleTypeError`] lists the types that there are.
    pub fn sample_type(&self, wanted: &str) -> Result<SampleTypeId, SampleTypeError> {
        let names: Vec<_> = self
            .sample_types
            .iter()
            .map(|t| self.text(t.kind))
            .collect();
        let last = names.len().checked_sub(1).ok_or(SampleTypeError::None)?;
        let position = |name: &str| names.iter().position(|n| n == name);
        if wanted.is_empty() {
            let default = self.text(self.default_sample_type);
            let named = if default.is_empty() {
                None
            } else {
                position(&default)
            };
            return Ok(self.sample_type_at(named.unwrap_or(last)));
        }
        if let Ok(index) = wanted.parse::<usize>()
            && index <= last
        {
            return Ok(self.sample_type_at(index));
        }
        let short = wanted.strip_prefix("inuse_").unwrap_or(wanted);
        names
            .iter()
            .position(|name| name == wanted || name == short)
            .map(|index| self.sample_type_at(index))
            .ok_or_else(|| SampleTypeError::Unknown {
                wanted: wanted.to_owned(),
                known: names.iter().map(|name| name.to_string()).collect(),
            })
    }

    /// The sample type of this very name, where there is one.
    pub fn exact_sample_type(&self, name: &str) -> Option<SampleTypeId> {
        let mut ids = self.sample_type_ids();
        ids.find(|&id| self.sample_type_name(id) == name)
    }

    /// The name of a sample type, such as `inuse_space`.
    ///
    /// # Panics
    ///
    /// As everything does that takes a [`SampleTypeId`]: where this profile has not the
    /// type for which the id was made.
    #[track_caller]
    pub fn sample_type_name(&self, id: SampleTypeId) -> Cow<'_, str> {
        self.text(self.sample_types[self.column(id)].kind)
    }

    /// The unit of a sample type, such as `bytes`.
    #[track_caller]
    pub fn sample_type_unit(&self, id: SampleTypeId) -> Cow<'_, str> {
        self.text(self.sample_types[self.column(id)].unit)
    }

    /// Adds the magnitudes of one column: the total that percentages refer to.
    ///
    /// Where some samples are marked as a base (see [`subtract`]) and are not
    /// all 0, only those count, as in pprof. A sum past `i64::MAX` stays there.
    #[track_caller]
    pub fn total(&self, sample_type: SampleTypeId) -> i64 {
        self.total_against(sample_type, self.base_samples().as_deref())
    }

    /// The [`total`](Self::total) of every sample type, in the order of the file.
    pub fn totals(&self) -> Vec<i64> {
        let base = self.base_samples();
        let total = |id| self.total_against(id, base.as_deref());
        self.sample_type_ids().map(total).collect()
    }

    #[track_caller]
    fn total_against(&self, sample_type: SampleTypeId, base: Option<&[bool]>) -> i64 {
        let magnitude = |value: &i64| u128::from(value.unsigned_abs());
        let values = self.values(sample_type);
        let marked = values.iter().zip(base.unwrap_or_default());
        let of_base = marked.filter(|(_, is_base)| **is_base);
        let total = match of_base.map(|(value, _)| magnitude(value)).sum() {
            0 => values.iter().map(magnitude).sum(),
            of_base => of_base,
        };
        i64::try_from(total).unwrap_or(i64::MAX)
    }

    /// Whether the magnitudes of a column add up past `i64::MAX`. Where they do
    /// not, no sum over samples can overflow.
    #[track_caller]
    pub fn overflows(&self, sample_type: SampleTypeId) -> bool {
        let magnitude = |&value: &i64| u128::from(value.unsigned_abs());
        let values = self.values(sample_type);
        values.iter().map(magnitude).sum::<u128>() > i64::MAX as u128
    }

    /// Which samples are marked as a base, or `None` where no label can say so.
    fn base_samples(&self) -> Option<Vec<bool>> {
        let (key, value) = BASE_LABEL;
        let find = |wanted: &str| self.strings.iter().position(|s| s == wanted.as_bytes());
        let label = Label {
            key: StringId::at(find(key)?),
            value: LabelValue::Text(StringId::at(find(value)?)),
        };
        let marked = |id| self.samples.labels(id).contains(&label);
        Some(self.samples.ids().map(marked).collect())
    }
}

/// A sum of values; one that does not fit into 64 bits stops there.
pub(crate) fn clamp(sum: i128) -> i64 {
    sum.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{profile, profile_of};

    /// A profile with these sample types, each with its position as value.
    fn with_types(types: &[&str], default: &str) -> Profile {
        let mut builder = ProfileBuilder::new();
        for kind in types {
            builder.sample_type(kind, "count");
        }
        builder.default_sample_type(default);
        builder.finish()
    }

    #[track_caller]
    fn check_choice(types: &[&str], default: &str, wanted: &str, expected: &str) {
        let profile = with_types(types, default);
        let actual = match profile.sample_type(wanted) {
            Ok(id) => format!("{} {}", id.index(), profile.sample_type_name(id)),
            Err(error) => error.to_string(),
        };
        assert_eq!(actual, expected);
    }

    const HEAP: &[&str] = &["alloc_space", "inuse_objects", "inuse_space"];

    #[test]
    fn by_default_the_files_default_or_else_the_last_type_is_taken() {
        check_choice(HEAP, "", "", "2 inuse_space");
        check_choice(HEAP, "alloc_space", "", "0 alloc_space");
        check_choice(HEAP, "cpu", "", "2 inuse_space");
    }

    #[test]
    fn a_type_is_found_by_name_or_position() {
        check_choice(HEAP, "", "inuse_objects", "1 inuse_objects");
        check_choice(HEAP, "", "0", "0 alloc_space");
    }

    #[test]
    fn types_of_old_profiles_are_found_with_a_prefix() {
        check_choice(&["objects", "space"], "", "inuse_objects", "0 objects");
        check_choice(
            &["objects", "space"],
            "",
            "alloc_objects",
            "unknown sample type \"alloc_objects\"; the profile has objects, space",
        );
    }

    #[test]
    fn an_unknown_type_is_refused_with_the_known_ones() {
        for wanted in ["cpu", "3", "-1", "space"] {
            check_choice(
                HEAP,
                "",
                wanted,
                &format!(
                    "unknown sample type {wanted:?}; the profile has alloc_space, inuse_objects, inuse_space"
                ),
            );
        }
        check_choice(
            &[],
            "",
            "",
            "the profile has no sample types, so there is nothing to show",
        );
    }

    /// The total of the last sample type.
    fn total(profile: &Profile) -> i64 {
        profile.total(profile.sample_type("").unwrap())
    }

    #[test]
    fn the_total_adds_magnitudes() {
        assert_eq!(total(&profile("main 7 5\nmain 7 -3\n7 1")), 9);
        assert_eq!(total(&profile(&format!("a {}\nb 7", i64::MIN))), i64::MAX);
    }

    #[test]
    fn totals_are_the_total_of_each_type() {
        let profile = profile("a 5 7\na -3 -9 pprof::base=true\nb 0 0 pprof::base=true");
        let one_by_one = profile.sample_type_ids().map(|id| profile.total(id));
        assert_eq!(profile.totals(), one_by_one.collect::<Vec<_>>());
        assert_eq!(profile.totals(), [3, 9]);
    }

    #[test]
    fn marked_samples_alone_make_the_total_unless_all_are_0() {
        let base = "pprof::base=true";
        assert_eq!(total(&profile(&format!("a 5\na -3 {base}\nb 1 {base}"))), 4);
        assert_eq!(total(&profile(&format!("a 5\na 0 {base}"))), 5);
        assert_eq!(total(&profile("a 5\na -3 pprof::base=false")), 8);
    }

    #[test]
    fn an_id_is_good_where_the_same_type_has_the_same_place() {
        let id = profile("main 1 64").sample_type("inuse_space").unwrap();
        assert_eq!(profile("load 2 32").total(id), 32);
    }

    #[test]
    #[should_panic(expected = "sample type 1 is of another profile")]
    fn an_id_of_another_type_is_a_panic() {
        let id = profile("main 1 64").sample_type("inuse_space").unwrap();
        profile("main 7 64 1 64").total(id);
    }

    #[test]
    #[should_panic(expected = "sample type 1 is of another profile")]
    fn an_id_past_the_last_type_is_a_panic() {
        let id = profile("main 1 64").sample_type("inuse_space").unwrap();
        profile("main 64").sample_type_name(id);
    }

    /// The total of 500 and 1000 new bytes minus 500.
    fn total_of_difference(mode: BaseMode, base: &str) -> i64 {
        let new = profile("app!main@a.go:7 1500");
        total(&subtract(new, profile(base), mode).unwrap())
    }

    #[test]
    fn the_total_of_a_difference_depends_on_the_build_and_the_mode() {
        let same = "app!main@a.go:7 500";
        let other = "app!main@a.go:8 500";
        assert_eq!(total_of_difference(BaseMode::Cancel, same), 1000);
        assert_eq!(total_of_difference(BaseMode::Cancel, other), 2000);
        assert_eq!(total_of_difference(BaseMode::Diff, same), 500);
        assert_eq!(total_of_difference(BaseMode::Diff, other), 500);
    }

    #[test]
    fn a_profile_against_itself_has_the_total_of_its_base_or_none() {
        let file = || profile("main 500");
        let minus_itself = |mode| total(&subtract(file(), file(), mode).unwrap());
        assert_eq!(minus_itself(BaseMode::Diff), 500);
        assert_eq!(minus_itself(BaseMode::Cancel), 0);
    }

    #[test]
    fn the_program_is_the_first_mapping() {
        assert_eq!(
            profile("/usr/bin/app!a;lib!b 1").program().as_deref(),
            Some("app")
        );
        assert_eq!(profile("main 1").program(), None);
        let mut builder = ProfileBuilder::new();
        builder.mapping(Mapping::default());
        assert_eq!(profile_of(builder, "main 1").program(), None);
    }
}
