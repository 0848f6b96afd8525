//! Values multiplied: for a base (−1), for other units, for equal totals.

use super::{Profile, SampleTypeId};

impl Profile {
    /// Multiplies each column by its factor and rounds half away from zero.
    ///
    /// As in pprof, a sample stays only if some multiplied column is not 0
    /// afterwards; with all factors 1 nothing changes. A value that does not fit
    /// into 64 bits is clamped.
    pub(crate) fn scale(&mut self, factors: &[f64]) {
        debug_assert_eq!(factors.len(), self.sample_types.len());
        if factors.iter().all(|&factor| factor == 1.0) {
            return;
        }
        let mut keep = vec![false; self.samples.len()];
        let mut clamped = false;
        for (column, &factor) in self.samples.values.iter_mut().zip(factors) {
            if factor == 1.0 {
                continue;
            }
            for (value, keep) in column.iter_mut().zip(&mut keep) {
                let exact = multiply(*value, factor);
                *value = exact.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
                clamped |= i128::from(*value) != exact;
                *keep |= *value != 0;
            }
        }
        self.clamped |= clamped;
        self.samples.retain(|id| keep[id.index()]);
    }

    /// Scales each column so that its sum becomes that of `base`.
    pub(crate) fn normalize(&mut self, base: &Profile) {
        let factors: Vec<f64> = (self.sample_type_ids())
            .map(|id| match self.sum(id) {
                0 => 0.0,
                sum => base.sum(id) as f64 / sum as f64,
            })
            .collect();
        self.scale(&factors);
    }

    fn sum(&self, sample_type: SampleTypeId) -> i128 {
        let values = self.samples.values(sample_type).iter();
        values.map(|&value| i128::from(value)).sum()
    }
}

fn multiply(value: i64, factor: f64) -> i128 {
    if factor == -1.0 {
        // Exact, where a double would lose the last digits past 2^53.
        return -i128::from(value);
    }
    (value as f64 * factor).round() as i128
}

#[cfg(test)]
mod tests {
    use super::super::Profile;
    use crate::fixture::{check, fold, profile};

    #[track_caller]
    fn check_scale(factors: &[f64], stacks: &str, expected: &str) {
        let mut profile = profile(stacks);
        profile.scale(factors);
        check(&fold(&profile), expected);
    }

    #[test]
    fn halves_are_rounded_away_from_0() {
        check_scale(&[0.5], "a  5\na -5\na 4\na 1", "a 3\na -3\na 2\na 1");
    }

    #[test]
    fn a_sample_stays_if_a_multiplied_value_is_not_0() {
        check_scale(
            &[1.0, 0.5],
            "a 7 0
             b 0 1
             c 0 0",
            "b 0 1",
        );
        check_scale(&[2.0, 2.0], "a 7 0\nb 0 7\nc 0 0", "a 14 0\nb 0 14");
        check_scale(&[1.0, 1.0], "a 7 0\nb 0 0", "a 7 0\nb 0 0");
    }

    #[test]
    fn a_base_is_negated_exactly() {
        let stacks = format!("a {}\nb {}", i64::MAX, i64::MIN);
        let expected = format!("a -{0}\nb {0}", i64::MAX);
        check_scale(&[-1.0], &stacks, &expected);
    }

    #[test]
    fn values_that_do_not_fit_are_clamped_and_said() {
        let scaled = |factor: f64, value: i64| {
            let mut profile = profile(&format!("a {value}"));
            profile.scale(&[factor]);
            (profile.samples.values[0][0], profile.clamped)
        };
        assert_eq!(scaled(-1.0, i64::MIN), (i64::MAX, true));
        assert_eq!(scaled(1024.0, i64::MAX), (i64::MAX, true));
        assert_eq!(scaled(1024.0, -1), (-1024, false));
    }

    #[track_caller]
    fn check_normalize(stacks: &str, base: &str, expected: &str) {
        let mut normalized: Profile = profile(stacks);
        normalized.normalize(&profile(base));
        check(&fold(&normalized), expected);
    }

    #[test]
    fn each_column_gets_the_sum_of_the_base() {
        check_normalize("a 1 30\nb 3 10", "c 8 20", "a 2 15\nb 6 5");
    }

    #[test]
    fn a_column_that_sums_to_0_becomes_0() {
        check_normalize("a 5 1\nb -5 1", "c 8 4", "a 0 2\nb 0 2");
    }
}
