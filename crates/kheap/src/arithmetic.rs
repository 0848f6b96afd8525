//! What the figures of a heap profile stand on: it is a sample of the heap, so
//! every figure has a standard error.
//!
//! Go picks allocations so that each byte has the same chance: an object of `s`
//! bytes is sampled with p = 1 − e^(−s/period). The file holds n = k/p objects for
//! k sampled ones. Of N objects, k is binomial with variance N·p·(1−p), so that
//! k/p has N·(1−p)/p, estimated by n·(1−p)/p = n/(e^(s/period) − 1). Bytes are s
//! times that count, and errors of different records are independent: variances
//! add up.
//!
//! Source: Go's `runtime/pprof/protomem.go`, `scaleHeapSample`.

use crate::profile::{LabelValue, Profile, SampleId, SampleTypeId};

/// The label under which Go notes the size of a sample's objects.
const SIZE_LABEL: &str = "bytes";

/// The sampling of a heap profile: how sure its figures are.
#[derive(Debug)]
pub struct Sampling<'p> {
    profile: &'p Profile,
    period: f64,
    objects: SampleTypeId,
    space: SampleTypeId,
    is_space: bool,
}

impl<'p> Sampling<'p> {
    /// How a sample type of a profile was sampled; `None` where that is not known,
    /// because it is no `*_space` or `*_objects` column of bytes sampled by space,
    /// and where nothing was left to chance (a period of at most 1).
    pub fn of(profile: &'p Profile, sample_type: SampleTypeId) -> Option<Self> {
        let header = profile.header();
        let by_space = profile.text(header.period_type.kind) == "space"
            && profile.text(header.period_type.unit) == "bytes";
        if !by_space || header.period <= 1 {
            return None;
        }
        let name = profile.sample_type_name(sample_type);
        let is_space = name.ends_with("space");
        let stem = (name.strip_suffix("space")).or_else(|| name.strip_suffix("objects"))?;
        let find = |kind: &str| profile.sample_type(&format!("{stem}{kind}")).ok();
        Some(Self {
            profile,
            period: header.period as f64,
            objects: find("objects")?,
            space: find("space")?,
            is_space,
        })
    }

    /// The variance of the value of one sample, in the square of its unit.
    pub fn variance(&self, id: SampleId) -> f64 {
        let objects = self.profile.samples().value(id, self.objects);
        let Some(size) = self.object_size(id).filter(|_| objects != 0) else {
            return 0.0;
        };
        let count = variance(objects.unsigned_abs() as f64, size, self.period);
        match self.is_space {
            true => count * size * size,
            false => count,
        }
    }

    /// The size of a sample's objects in bytes: what Go notes, else the mean.
    pub fn object_size(&self, id: SampleId) -> Option<f64> {
        let samples = self.profile.samples();
        let noted = samples.labels(id).iter().find_map(|label| {
            let LabelValue::Number(size, _) = label.value else {
                return None;
            };
            (size > 0 && self.profile.text(label.key) == SIZE_LABEL).then_some(size as f64)
        });
        noted.or_else(|| {
            let objects = samples.value(id, self.objects) as f64;
            let mean = samples.value(id, self.space) as f64 / objects;
            (mean.is_finite() && mean > 0.0).then_some(mean)
        })
    }
}

/// The variance of a count of objects of one size, as a profile with this period
/// states it: n/(e^(size/period) − 1).
///
/// # Example
///
/// ```
/// // 6 objects of 512 KiB: 3 MB stand on about four samples.
/// let deviation = kheap::arithmetic::variance(6.0, 524288.0, 524288.0).sqrt();
/// assert!((deviation - 1.87).abs() < 0.01);
/// // Objects far above the period are all sampled.
/// assert!(kheap::arithmetic::variance(6.0, 5e8, 524288.0) < 1e-9);
/// ```
pub fn variance(objects: f64, size: f64, period: f64) -> f64 {
    objects / (size / period).exp_m1()
}
