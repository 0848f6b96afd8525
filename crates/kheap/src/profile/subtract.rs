//! One profile minus another.

use super::common::{keep_common_sample_types, use_common_units};
use super::{Label, LabelValue, MergeError, Profile, TableFull, merge};

/// The label that marks the samples of a base in [`BaseMode::Diff`].
pub const BASE_LABEL: (&str, &str) = ("pprof::base", "true");

/// How a base is subtracted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BaseMode {
    /// Equal stacks cancel; percentages refer to what is left (pprof's `-base`).
    Cancel,
    /// The samples of the base stay and are marked; percentages refer to the
    /// base (pprof's `-diff_base`).
    Diff,
}

/// Takes `base` from `profile`; results may be negative.
///
/// Stacks are equal as they are in [`merge`]: by functions, lines, addresses, mappings and
/// labels. So a text cancels nothing of the protobuf of the same moment. Sample types, units and
/// order come out as in [`merge`], and so do values that do not fit into 64 bits. Those of
/// `profile` count as added up. For pprof's `-normalize` take what [`normalized`] returns.
///
/// # Errors
///
/// As for [`merge`].
///
/// # Example
///
/// ```
/// use kheap::profile::BaseMode;
///
/// let one_sample = |value| {
///     let mut builder = kheap::ProfileBuilder::new();
///     builder.sample_type("inuse_space", "bytes");
///     builder.sample(&[], &[value], &[]).map(|()| builder.finish())
/// };
/// let growth = kheap::subtract(one_sample(96)?, one_sample(64)?, BaseMode::Cancel)?;
/// assert_eq!(growth.totals(), [32]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Source: google/pprof `internal/driver/fetch.go`, `fetchProfiles`.
pub fn subtract(profile: Profile, base: Profile, mode: BaseMode) -> Result<Profile, MergeError> {
    let mut base = base;
    let factors = vec![-1.0; base.sample_types.len()];
    base.scale(&factors);
    if mode == BaseMode::Diff {
        let (key, value) = BASE_LABEL;
        base.set_text_label(key, value)?;
    }
    let added_up = profile.added_up;
    let difference = merge(vec![profile, base])?;
    Ok(Profile {
        added_up,
        ..difference
    })
}

/// Scales `profile` so that each column has the sum that it has in `base`, and returns both
/// with the sample types that they share.
///
/// # Errors
///
/// As for [`merge`].
///
/// Source: google/pprof `profile/profile.go`, `Normalize`.
pub fn normalized(profile: Profile, base: Profile) -> Result<[Profile; 2], MergeError> {
    let mut both = [profile, base];
    // pprof refuses unequal sample types here; the common ones serve as well.
    keep_common_sample_types(&mut both)?;
    use_common_units(&mut both)?;
    let [mut profile, base] = both;
    profile.normalize(&base);
    Ok([profile, base])
}

impl Profile {
    /// Gives every sample this one text under this key.
    fn set_text_label(&mut self, key: &str, text: &str) -> Result<(), TableFull> {
        let ids = self.add_strings([key, text])?;
        let label = Label {
            key: ids[0],
            value: LabelValue::Text(ids[1]),
        };
        let replaces =
            |old: &Label| old.key == label.key && matches!(old.value, LabelValue::Text(_));
        let mut labels = Vec::with_capacity(self.samples.labels.len() + self.samples.len());
        let mut label_ends = Vec::with_capacity(self.samples.len());
        for id in self.samples.ids() {
            let others = self.samples.labels(id).iter().filter(|old| !replaces(old));
            labels.extend(others.copied());
            labels.push(label);
            label_ends.push(u32::try_from(labels.len()).or(Err(TableFull))?);
        }
        self.samples.labels = labels;
        self.samples.label_ends = label_ends;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{check, fold, profile};

    #[track_caller]
    fn check_subtract(new: &str, base: &str, mode: BaseMode, expected: &str) {
        let difference = subtract(profile(new), profile(base), mode).unwrap();
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
        let difference = normalized(profile(new), profile(base))
            .and_then(|[new, old]| subtract(new, old, BaseMode::Cancel));
        check(
            &fold(&difference.unwrap()),
            "main;a 5\nmain;b 5\nmain;c -10",
        );
    }

    #[test]
    fn what_sums_to_0_is_normalized_to_nothing() {
        let difference = normalized(profile("a 1\nb -1"), profile("c 3"))
            .and_then(|[new, old]| subtract(new, old, BaseMode::Cancel));
        check(&fold(&difference.unwrap()), "c -3");
    }

    #[test]
    fn a_value_that_cannot_be_negated_is_clamped_and_said() {
        let difference = |base: i64| {
            let base = profile(&format!("b {base}"));
            subtract(profile("a 1"), base, BaseMode::Cancel).unwrap()
        };
        assert!(difference(i64::MIN).is_clamped());
        assert!(!difference(i64::MAX).is_clamped());
    }
}
