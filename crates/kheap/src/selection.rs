//! Which part of a profile is looked at, and what its percentages refer to.

use crate::filter::Filters;
use crate::frame::{Frames, Granularity};
use crate::profile::{LabelUnits, Profile, SampleTypeId};
use crate::unit;

/// What to look at in a profile.
#[derive(Debug, Clone)]
pub struct SelectionOptions {
    /// Which samples and frames.
    pub filters: Filters,
    /// Whether percentages refer to what the filters leave, and not to all.
    pub relative_percentages: bool,
    /// How finely frames are told apart.
    pub granularity: Granularity,
    /// Whether inlined functions are frames of their own.
    pub inlines: bool,
    /// The unit to show values in, [`unit::MINIMUM`] to let the smallest decide.
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

/// A profile reduced to what is looked at: one sample type, what the filters
/// leave, at one granularity. Everything that is shown is made from this.
#[derive(Debug)]
pub struct Selection {
    pub(crate) profile: Profile,
    pub(crate) sample_type: SampleTypeId,
    pub(crate) total: i64,
    pub(crate) label_units: LabelUnits,
    pub(crate) granularity: Granularity,
    pub(crate) inlines: bool,
    pub(crate) unit: String,
    pub(crate) active_filters: Vec<String>,
    idle_filters: Vec<&'static str>,
    overflow: bool,
}

impl Selection {
    /// Selects a part of a profile.
    ///
    /// The total is that of the whole profile, or with `relative_percentages`
    /// that of the part.
    pub fn new(
        mut profile: Profile,
        sample_type: SampleTypeId,
        options: &SelectionOptions,
    ) -> Self {
        let overflow = profile.overflows(sample_type);
        let label_units = profile.label_units();
        let whole_total = profile.total(sample_type);
        let idle_filters = options.filters.apply(&mut profile, &label_units);
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
            idle_filters,
            overflow,
        }
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

    /// What does not stop the reading, but should be known: one sentence each.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<String> = (self.idle_filters.iter())
            .map(|name| format!("--{name} matched nothing"))
            .collect();
        warnings.extend(self.label_units.conflicts().iter().map(|conflict| {
            format!(
                "label {} is taken to be in {}, but also comes in {}",
                conflict.label,
                conflict.used,
                conflict.ignored.join(", ")
            )
        }));
        if self.overflow {
            warnings.push("values add up past 2^63; sums stop there".to_owned());
        }
        warnings
    }

    /// The nodes of all frames.
    pub fn frames(&self) -> Frames {
        Frames::new(&self.profile, self.granularity, self.inlines)
    }

    /// The values that are looked at, one a sample.
    pub(crate) fn values(&self) -> &[i64] {
        self.profile.samples().values(self.sample_type)
    }

    pub(crate) fn sample_unit(&self) -> String {
        self.profile.sample_type_unit(self.sample_type).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use crate::filter::Pattern;
    use crate::fixture::{View, view};

    fn focused() -> View {
        view(
            "main;a  1
             main;b -2
                     4",
        )
        .filters(|filters| filters.focus = Some(Pattern::new("b").unwrap()))
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
        assert_eq!(warnings, <[&str; 0]>::default());
    }

    #[test]
    fn sums_that_fit_give_no_warning() {
        let largest = |more: &str| view(&format!("main {}\n{more}", i64::MAX)).select();
        assert_eq!(largest("main 0").warnings(), <[&str; 0]>::default());
        assert_eq!(largest("main -1").warnings().len(), 1);
        assert_eq!(largest("main -1").total(), i64::MAX);
    }
}
