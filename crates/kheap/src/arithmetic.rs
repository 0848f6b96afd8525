//! What the figures of a heap profile stand on: it is a sample of the heap, so
//! every figure has a standard error.
//!
//! Go picks allocations so that each byte has the same chance: an object of `s`
//! bytes is sampled with p = 1 − e^(−s/period). The file holds n = k/p objects for
//! k sampled ones. For N objects, k is binomial with variance N·p·(1−p), so that
//! k/p has N·(1−p)/p, estimated by n·(1−p)/p = n/(e^(s/period) − 1). Bytes are s
//! times that count, and errors of different records are independent: variances
//! add up.
//!
//! Source: Go's `runtime/pprof/protomem.go`, `scaleHeapSample`.

use crate::frame::{Frames, NodeId};
use crate::profile::{LabelValue, Profile, SampleId, SampleTypeId};
use crate::selection::Selection;

/// How many standard errors to either side hold 95 % of all samples' results. That
/// is true of figures that stand on some ten sampled objects or more; of fewer, the
/// interval is too narrow: where one is expected, it holds the truth in some 63 % of
/// cases, since what was never sampled has no figure, and no error, at all.
pub const INTERVAL_95: f64 = 1.96;

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
        let noted = noted_size(self.profile, id).map(|size| size as f64);
        noted.or_else(|| {
            let objects = samples.value(id, self.objects) as f64;
            let mean = samples.value(id, self.space) as f64 / objects;
            (mean.is_finite() && mean > 0.0).then_some(mean)
        })
    }
}

/// The size of a sample's objects in bytes, where Go notes it.
pub(crate) fn noted_size(profile: &Profile, id: SampleId) -> Option<i64> {
    profile.samples().labels(id).iter().find_map(|label| {
        let LabelValue::Number(size, _) = label.value else {
            return None;
        };
        (size > 0 && profile.text(label.key) == SIZE_LABEL).then_some(size)
    })
}

/// The standard errors of a figure of a function, in the unit of the sample type.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StandardError {
    /// For what was allocated here.
    pub flat: f64,
    /// For what was allocated here and below.
    pub cum: f64,
}

/// The standard errors of all nodes, by their id; `None` where they cannot be known.
pub(crate) fn standard_errors(
    selection: &Selection,
    frames: &Frames,
) -> Option<Vec<StandardError>> {
    let sampling = Sampling::of(&selection.profile, selection.sample_type)?;
    let mut variances = vec![StandardError::default(); frames.len()];
    let samples = selection.profile.samples();
    let mut nodes: Vec<NodeId> = Vec::new();
    for id in samples.ids() {
        let variance = sampling.variance(id);
        nodes.clear();
        nodes.extend(samples.stack(id).iter().flat_map(|&at| frames.of(at)));
        if let Some(leaf) = nodes.first() {
            variances[leaf.index()].flat += variance;
        }
        // Recursion counts once.
        nodes.sort_unstable();
        nodes.dedup();
        for node in &nodes {
            variances[node.index()].cum += variance;
        }
    }
    for error in &mut variances {
        error.flat = error.flat.sqrt();
        error.cum = error.cum.sqrt();
    }
    Some(variances)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{GraphOptions, ProfileBuilder, SelectionOptions};

    const PERIOD: f64 = 524_288.0;
    const TRIALS: usize = 4000;

    /// Numbers between 0 and 1, the same in every run (splitmix64).
    struct Random(u64);

    impl Random {
        fn next(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
        }

        /// How many of so many objects are sampled, as Go does it: from byte to
        /// byte it goes a random distance, exponential around the period.
        fn sampled(&mut self, objects: u64, size: f64) -> u64 {
            let (mut at, mut sampled, mut last) = (0.0, 0, None);
            loop {
                at += -(1.0 - self.next()).ln() * PERIOD;
                let object = (at / size) as u64;
                if object >= objects {
                    return sampled;
                }
                // An object that is hit twice is sampled once.
                sampled += u64::from(last != Some(object));
                last = Some(object);
            }
        }
    }

    /// A profile of objects that were all allocated in `main.load`: how many there
    /// really were, and their size.
    fn selection(random: &mut Random, truth: &[(u64, i64)]) -> Selection<'static> {
        let mut builder = ProfileBuilder::new();
        builder.sample_type("inuse_objects", "count");
        builder.sample_type("inuse_space", "bytes");
        let period_type = builder.value_type("space", "bytes");
        builder.header().period_type = period_type;
        builder.header().period = PERIOD as i64;
        let load = builder.function("main.load", "");
        let location = builder.location(None, 1, &[(load, 1)]);
        for &(objects, size) in truth {
            let sampled = random.sampled(objects, size as f64) as f64;
            let scale = 1.0 / (1.0 - (-size as f64 / PERIOD).exp());
            let values = [
                (sampled * scale) as i64,
                (sampled * size as f64 * scale) as i64,
            ];
            let label = builder.number_label("bytes", size, "");
            builder
                .sample(&[location], &values, &[label])
                .expect("two values");
        }
        let profile = builder.finish();
        let sample_type = profile.sample_type("inuse_space").expect("it is there");
        Selection::new(profile, sample_type, &SelectionOptions::default())
    }

    /// In how many trials of a hundred the truth is in the 95 % interval.
    fn coverage(truth: &[(u64, i64)]) -> f64 {
        let total: f64 = truth.iter().map(|&(n, size)| n as f64 * size as f64).sum();
        let mut random = Random(7);
        let covered = (0..TRIALS).filter(|_| {
            let selection = selection(&mut random, truth);
            let top = crate::top(&selection, &GraphOptions::default().errors(true));
            // There is no figure where nothing was sampled.
            let Some(row) = top.rows.first().filter(|row| row.flat > 0) else {
                return false;
            };
            let error = row.error.expect("it is sampled");
            assert!((error.flat - error.cum).abs() < 1e-6);
            (row.flat as f64 - total).abs() <= INTERVAL_95 * error.flat
        });
        covered.count() as f64 * 100.0 / TRIALS as f64
    }

    #[track_caller]
    fn check_coverage(truth: &[(u64, i64)]) {
        let coverage = coverage(truth);
        assert!((93.0..=97.0).contains(&coverage), "{coverage} %");
    }

    #[test]
    fn the_interval_holds_the_truth_of_small_objects() {
        check_coverage(&[(3_000_000, 64)]);
        check_coverage(&[(50_000, 4096)]);
    }

    #[test]
    fn the_interval_holds_the_truth_of_large_objects() {
        check_coverage(&[(300, 524_288)]);
        check_coverage(&[(500, 1 << 20)]);
    }

    #[test]
    fn the_interval_holds_the_truth_of_sums_over_sizes() {
        check_coverage(&[
            (1_000_000, 48),
            (20_000, 2048),
            (200, 262_144),
            (50, 1 << 20),
        ]);
    }

    #[test]
    fn the_interval_of_what_is_hardly_ever_sampled_is_too_narrow() {
        // One object in expectation: it often is none.
        let one = coverage(&[(8192, 64)]);
        assert!((60.0..=70.0).contains(&one), "{one} %");
        // Ten of them: nearly there.
        let ten = coverage(&[(81_920, 64)]);
        assert!((90.0..=97.0).contains(&ten), "{ten} %");
    }

    #[test]
    fn what_is_surely_sampled_has_no_error() {
        let selection = selection(&mut Random(7), &[(3, 50 << 20)]);
        let top = crate::top(&selection, &GraphOptions::default().errors(true));
        assert_eq!(top.rows[0].flat, 150 << 20);
        assert!(top.rows[0].error.is_some_and(|error| error.flat < 1.0));
    }
}
