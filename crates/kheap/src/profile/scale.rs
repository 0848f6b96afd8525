//! Values multiplied: for a base (−1), for other units, for equal totals.

use super::{Profile, SampleTypeId};

impl Profile {
    /// Multiplies each column by its factor and rounds half away from zero.
    ///
    /// As in pprof, a sample stays only if some multiplied column is not 0
    /// afterwards; with all factors 1 nothing changes.
    pub(crate) fn scale(&mut self, factors: &[f64]) {
        debug_assert_eq!(factors.len(), self.sample_types.len());
        if factors.iter().all(|&factor| factor == 1.0) {
            return;
        }
        let mut keep = vec![false; self.samples.len()];
        for (column, &factor) in self.samples.values.iter_mut().zip(factors) {
            if factor == 1.0 {
                continue;
            }
            for (value, keep) in column.iter_mut().zip(&mut keep) {
                *value = multiply(*value, factor);
                *keep |= *value != 0;
            }
        }
        self.samples.retain(|id| keep[id.index()]);
    }

    /// Scales each column so that its sum becomes that of `base`.
    pub(crate) fn normalize(&mut self, base: &Profile) {
        let factors: Vec<f64> = (0..self.sample_types.len())
            .map(SampleTypeId::at)
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

fn multiply(value: i64, factor: f64) -> i64 {
    if factor == -1.0 {
        // Exact, where a double would lose the last digits past 2^53.
        return value.saturating_neg();
    }
    (value as f64 * factor).round() as i64
}
