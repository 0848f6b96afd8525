//! What profiles must have in common before they are added up: sample types, and
//! the units of those.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Interner, MergeError, Profile, StringId, Strings, TableFull, ValueType};
use crate::unit;

/// Every sample type of a profile occurs more than once, so that none is left.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("every sample type occurs twice or more: {}; fetch the profile again", .0.join(", "))]
pub struct RepeatedSampleTypes(pub Vec<String>);

/// Drops what not all profiles count, and takes the order of the first.
pub(super) fn keep_common_sample_types(profiles: &mut [Profile]) -> Result<(), MergeError> {
    let first = profiles
        .first()
        .ok_or(MergeError::Nothing)?
        .sample_type_names();
    let mut common = first.clone();
    for profile in profiles.iter() {
        let other = profile.sample_type_names();
        let own: HashSet<&String> = other.iter().collect();
        common.retain(|name| own.contains(name));
        if common.is_empty() {
            return Err(MergeError::NoCommonSampleType { first, other });
        }
    }
    for profile in profiles {
        profile.select_sample_types(&common);
    }
    Ok(())
}

/// Converts all profiles to the finest unit of each column and of the period.
pub(super) fn use_common_units(profiles: &mut [Profile]) -> Result<(), MergeError> {
    let columns = profiles.first().map_or(0, |p| p.sample_types.len());
    let mut units = Vec::with_capacity(columns);
    for column in 0..columns {
        units.push(finest(profiles, |p| p.sample_types[column])?);
    }
    let period_unit = finest(profiles, |p| p.header.period_type)?;
    for profile in profiles {
        profile.convert(&units, &period_unit)?;
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
    pub(super) fn sample_type_names(&self) -> Vec<String> {
        let names = self.sample_types.iter().map(|t| self.text(t.kind));
        names.map(|name| name.into_owned()).collect()
    }

    /// Whether two sample types have one name.
    pub fn has_repeated_sample_types(&self) -> bool {
        let mut names = HashSet::new();
        !(self.sample_types.iter()).all(|t| names.insert(self.text(t.kind)))
    }

    /// Drops the sample types whose name occurs more than once, because it cannot be
    /// said what each counts, and returns these names. The first of the others is
    /// then the default, unless the file's own is left.
    ///
    /// # Errors
    ///
    /// [`RepeatedSampleTypes`] when there are no others; nothing is dropped then.
    ///
    /// # Example
    ///
    /// ```
    /// let mut builder = kheap::ProfileBuilder::new();
    /// for kind in ["alloc_space", "inuse_space", "inuse_space"] {
    ///     builder.sample_type(kind, "bytes");
    /// }
    /// let mut profile = builder.finish();
    /// assert_eq!(profile.drop_repeated_sample_types()?, ["inuse_space"]);
    /// assert_eq!(profile.sample_types().len(), 1);
    /// # Ok::<(), kheap::profile::RepeatedSampleTypes>(())
    /// ```
    ///
    /// Source: google/pprof `profile/merge.go`, `CompatibilizeSampleTypes`.
    pub fn drop_repeated_sample_types(&mut self) -> Result<Vec<String>, RepeatedSampleTypes> {
        let names = self.sample_type_names();
        let mut counts: HashMap<&String, usize> = HashMap::new();
        for name in &names {
            *counts.entry(name).or_default() += 1;
        }
        let unique = |name: &&String| counts[name] == 1;
        let kept: Vec<String> = names.iter().filter(unique).cloned().collect();
        let repeated = names.iter().filter(|name| !unique(name)).cloned();
        let repeated: BTreeSet<String> = repeated.collect();
        let repeated = repeated.into_iter().collect();
        match kept.is_empty() && !names.is_empty() {
            true => Err(RepeatedSampleTypes(repeated)),
            false => {
                self.select_sample_types(&kept);
                Ok(repeated)
            }
        }
    }

    /// Puts the sample types into this order and drops the others.
    fn select_sample_types(&mut self, names: &[String]) {
        let own = self.sample_type_names();
        if own == names {
            return;
        }
        // The first of types with one name counts.
        let positions: HashMap<&String, usize> = (own.iter().enumerate().rev())
            .map(|(position, name)| (name, position))
            .collect();
        let columns: Vec<usize> = names.iter().map(|name| positions[name]).collect();
        let default = self.text(self.default_sample_type).into_owned();
        if !names.contains(&default) {
            self.default_sample_type = self.sample_types[columns[0]].kind;
        }
        self.sample_types = columns.iter().map(|&c| self.sample_types[c]).collect();
        let values = columns.iter().map(|&c| self.samples.values[c].clone());
        self.samples.values = values.collect();
    }
    /// Converts the values and the period to these units.
    fn convert(&mut self, units: &[String], period_unit: &str) -> Result<(), TableFull> {
        let old_units: Vec<String> = (self.sample_types.iter())
            .map(|t| self.text(t.unit).into_owned())
            .collect();
        let old_period_unit = self.text(self.header.period_type.unit).into_owned();
        if old_units == units && old_period_unit == period_unit {
            return Ok(());
        }
        let factors: Vec<f64> = old_units
            .iter()
            .zip(units)
            .map(|(from, to)| unit::scale(1, from, to).0)
            .collect();
        self.scale(&factors);
        self.header.period =
            unit::scale(self.header.period, &old_period_unit, period_unit).0 as i64;
        self.header.period_type.unit = self.add_strings([period_unit])?[0];
        let ids = self.add_strings(units)?;
        for (value_type, unit) in self.sample_types.iter_mut().zip(ids) {
            value_type.unit = unit;
        }
        Ok(())
    }

    /// Adds strings, or finds them where they are there already.
    pub(crate) fn add_strings<S: AsRef<[u8]>>(
        &mut self,
        strings: impl IntoIterator<Item = S>,
    ) -> Result<Vec<StringId>, TableFull> {
        let own = std::mem::replace(&mut self.strings, Strings::empty_table());
        let mut interner = Interner::extend(own);
        let ids = strings.into_iter().map(|s| interner.intern(s.as_ref()));
        let ids = ids.collect();
        self.strings = interner.finish();
        ids
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProfileBuilder;
    use crate::fixture::{check, fold, profile, with_header};
    use crate::profile::merge;

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
    fn sample_types_that_occur_twice_are_dropped() {
        let check = |stacks: &str, repeated: &[&str], expected: &str| {
            let mut profile = profile(stacks);
            assert_eq!(profile.drop_repeated_sample_types().unwrap(), repeated);
            let names = profile.sample_type_names().join(" ");
            let shown = profile.sample_type("").unwrap();
            let shown = profile.sample_type_name(shown);
            let actual = format!("{names}, shown: {shown}\n{}", fold(&profile));
            crate::fixture::check(&actual, expected);
        };
        let once = "# objects/count space/bytes\nmain 1 2";
        check(once, &[], "objects space, shown: space\nmain 1 2");
        let twice = "# space/bytes delay/ns space/count size/bytes\nmain 1 2 3 4";
        check(twice, &["space"], "delay size, shown: delay\nmain 2 4");
        let mut only = profile("# space/bytes space/bytes\nmain 1 2");
        let before = only.clone();
        let error = only.drop_repeated_sample_types().unwrap_err();
        assert_eq!(
            error.to_string(),
            "every sample type occurs twice or more: space; fetch the profile again"
        );
        assert_eq!(only, before);
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
}
