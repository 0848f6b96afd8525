//! Which part of a profile is looked at, and what its percentages refer to.

use std::borrow::Cow;

use crate::filter::{Filters, PatternError, drop_frames};
use crate::frame::{Frames, Granularity};
#[cfg(feature = "diagnose")]
use crate::profile::SampleId;
use crate::profile::{Fragment, LabelUnits, Profile, SampleTypeId, StringId, UnitConflict};
use crate::unit;

/// What to look at in a profile.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SelectionOptions {
    /// Which samples and frames. Default: all.
    pub filters: Filters,
    /// Whether percentages refer to what the filters leave, and not to all. Default: to all.
    pub relative_percentages: bool,
    /// How finely frames are distinguished. Default: functions.
    pub granularity: Granularity,
    /// Whether inlined functions are frames of their own. Default: yes.
    pub inlines: bool,
    /// The unit to show values in; [`unit::MINIMUM`] to let the smallest of them decide, the
    /// default as in pprof; [`unit::AUTO`] to let each value have its own.
    pub unit: String,
}

impl Default for SelectionOptions {
    fn default() -> Self {
        Self {
            filters: Filters::default(),
            relative_percentages: false,
            granularity: Granularity::default(),
            inlines: true,
            unit: unit::MINIMUM.to_owned(),
        }
    }
}

crate::__setters! {
    impl SelectionOptions {
        filters: Filters,
        relative_percentages: bool,
        granularity: Granularity,
        inlines: bool,
        unit: impl Into<String>,
    }
}

/// A profile reduced to what is looked at: one sample type, what the filters
/// leave, at one granularity. Everything that is shown is made from this.
///
/// It borrows the profile, so that looking at it in several ways costs no copy. Only
/// filters, which rewrite stacks, work on a copy of their own.
#[derive(Debug, Clone)]
pub struct Selection<'p> {
    pub(crate) profile: Cow<'p, Profile>,
    pub(crate) sample_type: SampleTypeId,
    pub(crate) total: i64,
    pub(crate) label_units: LabelUnits,
    pub(crate) granularity: Granularity,
    pub(crate) inlines: bool,
    pub(crate) unit: String,
    pub(crate) active_filters: Vec<String>,
    warnings: Vec<Warning>,
}

/// What does not stop the reading of a profile, but should be known.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Warning {
    /// The pattern of frames to drop, which the profile brings along, is none, so
    /// that nothing is dropped.
    DropFrames(PatternError),
    /// A filter, named like its field in [`Filters`], matched nothing.
    IdleFilter(&'static str),
    /// The numbers of a label come in several units and are taken to be in one.
    UnitConflict(UnitConflict),
    /// The numbers of so many more labels come in several units.
    MoreUnitConflicts(usize),
    /// The profile says what changed, not what was there.
    Delta(i64),
    /// It was read from a text that is part of a profile, or holds lines that are none of it.
    Fragment(Fragment),
    /// Some values are below zero, which nothing in use can be.
    Difference,
    /// Values, or sums of them, do not fit into 64 bits.
    Overflow,
}

impl<'p> From<&'p Profile> for Cow<'p, Profile> {
    fn from(profile: &'p Profile) -> Self {
        Self::Borrowed(profile)
    }
}

impl From<Profile> for Cow<'_, Profile> {
    fn from(profile: Profile) -> Self {
        Self::Owned(profile)
    }
}

impl<'p> Selection<'p> {
    /// Selects a part of a profile, which is borrowed (`&profile`) or moved in
    /// (`profile`).
    ///
    /// First goes what the profile itself asks to leave out (`drop_frames`), then
    /// what the filters leave out. The total, in the unit of the sample type, is
    /// that before the filters, or with `relative_percentages` that after them.
    /// Samples keep their order. What did not go as it might is in
    /// [`warnings`](Self::warnings); nothing here fails.
    ///
    /// # Panics
    ///
    /// Where the sample type is of another profile and this one has not the same.
    ///
    /// # Example
    ///
    /// ```
    /// use kheap::filter::Pattern;
    /// use kheap::{Filters, ProfileBuilder, Selection, SelectionOptions};
    ///
    /// let mut builder = ProfileBuilder::new();
    /// builder.sample_type("inuse_space", "bytes");
    /// for (name, bytes) in [("main.load", 64), ("main.serve", 32)] {
    ///     let function = builder.function(name, "main.go");
    ///     let location = builder.location(None, 0, &[(function, 7)]);
    ///     builder.sample(&[location], &[bytes], &[])?;
    /// }
    /// let profile = builder.finish();
    /// let sample_type = profile.sample_type("inuse_space")?;
    /// let filters = Filters::default().focus(Pattern::new("load")?);
    /// let options = SelectionOptions::default().filters(filters);
    /// let selection = Selection::new(&profile, sample_type, &options);
    /// assert_eq!(selection.values(), [64]);
    /// assert_eq!(selection.total(), 96);
    /// assert!(selection.warnings().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Source: google/pprof `internal/driver/fetch.go` and `driver.go`.
    #[track_caller]
    pub fn new(
        profile: impl Into<Cow<'p, Profile>>,
        sample_type: SampleTypeId,
        options: &SelectionOptions,
    ) -> Self {
        let mut profile = profile.into();
        let dropped = match profile.header().drop_frames {
            StringId::EMPTY => Ok(()),
            _ => drop_frames(profile.to_mut()),
        };
        let overflow = profile.overflows(sample_type) || profile.is_clamped();
        let label_units = profile.label_units();
        let whole_total = profile.total(sample_type);
        let idle_filters = match options.filters.is_empty() {
            true => Vec::new(),
            false => options.filters.apply(profile.to_mut(), &label_units),
        };
        let conflicts = label_units.conflicts().iter().cloned();
        let more_conflicts = Some(label_units.more_conflicts()).filter(|&more| more > 0);
        let warnings = (dropped.err().map(Warning::DropFrames).into_iter())
            .chain(idle_filters.into_iter().map(Warning::IdleFilter))
            .chain(conflicts.map(Warning::UnitConflict))
            .chain(more_conflicts.map(Warning::MoreUnitConflicts))
            .chain(profile.delta_nanos().map(Warning::Delta))
            .chain(profile.header().fragment.map(Warning::Fragment))
            .chain(overflow.then_some(Warning::Overflow))
            .collect();
        let total = match options.relative_percentages {
            true => profile.total(sample_type),
            false => whole_total,
        };
        Self {
            profile,
            sample_type,
            total,
            label_units,
            granularity: options.granularity,
            inlines: options.inlines,
            unit: options.unit.clone(),
            active_filters: options.filters.active(),
            warnings,
        }
    }

    /// The same, and which samples of the profile are left, in order.
    #[cfg(feature = "diagnose")]
    pub(crate) fn with_origins(
        mut profile: Profile,
        sample_type: SampleTypeId,
        options: &SelectionOptions,
    ) -> (Self, Vec<SampleId>) {
        // Filters carry a column of values along, and so they do one of positions.
        let ids: Vec<SampleId> = profile.samples.ids().collect();
        let positions = 0..profile.samples.len() as i64;
        profile.samples.values.push(positions.collect());
        let mut selection = Self::new(profile, sample_type, options);
        let left = selection.profile.to_mut().samples.values.pop();
        let left = left.unwrap_or_default().into_iter();
        let left = left.map(|position| ids[position as usize]);
        (selection, left.collect())
    }

    /// The profile with only the samples and frames that are looked at.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The sample type that is looked at.
    pub fn sample_type(&self) -> SampleTypeId {
        self.sample_type
    }

    /// What percentages refer to, in the unit of the sample type.
    pub fn total(&self) -> i64 {
        self.total
    }

    /// What does not stop the reading, but should be known.
    pub fn warnings(&self) -> Vec<Warning> {
        self.warnings.clone()
    }

    /// The values that are looked at, one a sample, in the unit of the sample type.
    pub fn values(&self) -> &[i64] {
        self.profile.samples().values(self.sample_type)
    }

    /// The units of the profile's labels, as they were before the filters.
    pub fn label_units(&self) -> &LabelUnits {
        &self.label_units
    }

    /// How finely frames are distinguished.
    pub fn granularity(&self) -> Granularity {
        self.granularity
    }

    /// The nodes of all frames.
    pub fn frames(&self) -> Frames {
        Frames::new(&self.profile, self.granularity, self.inlines)
    }

    pub(crate) fn sample_unit(&self) -> String {
        self.profile.sample_type_unit(self.sample_type).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProfileBuilder;
    use crate::filter::Pattern;
    use crate::fixture::{View, profile_of, view};

    fn focused() -> View {
        view(
            "main;a  1
             main;b -2
                     4",
        )
        .filters(|filters| filters.focus = Some(Pattern::new("b").unwrap()))
    }

    #[test]
    fn a_profile_is_copied_for_filters_alone() {
        let profile = crate::fixture::profile("main;a 1\nmain;b 2");
        let sample_type = profile.sample_type("").unwrap();
        let select = |filters| {
            let options = SelectionOptions {
                filters,
                ..SelectionOptions::default()
            };
            Selection::new(&profile, sample_type, &options)
        };
        let whole = select(Filters::default());
        assert!(std::ptr::eq(whole.profile(), &raw const profile));
        let focused = select(Filters {
            focus: Some(Pattern::new("b").unwrap()),
            ..Filters::default()
        });
        assert_eq!(focused.values(), [2]);
        assert_eq!(profile.samples().len(), 2);
    }

    #[test]
    fn percentages_refer_to_the_whole_profile() {
        assert_eq!(focused().select().total(), 7);
    }

    #[test]
    fn relative_percentages_refer_to_what_filters_leave() {
        assert_eq!(focused().relative().select().total(), 2);
    }

    #[test]
    fn a_plain_profile_gives_no_warnings() {
        let warnings = view("main 1 bytes=8").select().warnings();
        assert_eq!(warnings, []);
    }

    #[test]
    fn sums_that_fit_give_no_warning() {
        let largest = |more: &str| view(&format!("main {}\n{more}", i64::MAX)).select();
        assert_eq!(largest("main 0").warnings(), []);
        assert_eq!(largest("main -1").warnings(), [Warning::Overflow]);
        assert_eq!(largest("main -1").total(), i64::MAX);
    }

    fn dropping(pattern: &str) -> View {
        let mut builder = ProfileBuilder::new();
        builder.header().drop_frames = builder.string(pattern);
        View::of(profile_of(builder, "main;malloc;grow 1"))
    }

    #[test]
    fn what_a_profile_asks_to_drop_is_dropped_before_filters_see_it() {
        dropping("malloc").check_stacks("main 1");
        let focused = dropping("malloc").filters(|filters| {
            filters.focus = Some(Pattern::new("grow").unwrap());
        });
        focused.check_stacks("");
    }

    #[test]
    fn a_pattern_of_frames_to_drop_that_is_none_is_a_warning() {
        dropping("(").check_stacks("main;malloc;grow 1");
        let warnings = dropping("(").select().warnings();
        let Warning::DropFrames(error) = &warnings[0] else {
            panic!("{warnings:?}");
        };
        assert_eq!(
            error.to_string(),
            "invalid regular expression \"^(()$\": unclosed group at character 2"
        );
    }
}
