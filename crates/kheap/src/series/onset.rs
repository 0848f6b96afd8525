//! Where growth begins.

use super::snapshot::Amount;

/// Which share of what one line misses a later beginning must explain, …
const ONSET_GAIN: f64 = 0.5;

/// … and how often the variance of a value.
const ONSET_NOISE: f64 = 9.0;

/// From how many snapshots on growth may be a leak and allows a forecast: of two
/// it is one step.
pub(crate) const LEAK_SNAPSHOTS: usize = 3;

/// Where growth begins: the position from which on a line fits, with a level before
/// it. 0 unless that fits all points much better than one line does. At least
/// [`LEAK_SNAPSHOTS`] are growth.
pub(crate) fn onset(amounts: &[Amount]) -> usize {
    let (mut before, mut after) = (Sums::default(), Sums::default());
    let points = amounts.iter().zip(0_u32..);
    let points: Vec<(f64, f64)> = points
        .map(|(amount, step)| (f64::from(step), amount.value as f64))
        .collect();
    points.iter().for_each(|&point| after.add(point, 1.0));
    let one_line = after.around_line();
    let noise: f64 =
        amounts.iter().map(|amount| amount.variance).sum::<f64>() / points.len().max(1) as f64;
    let mut best = (0, one_line);
    for (at, &point) in points.iter().enumerate() {
        before.add(point, 1.0);
        if points.len() - at < LEAK_SNAPSHOTS {
            break;
        }
        let missed = before.around_level() + after.around_line();
        if at > 0 && missed < best.1 {
            best = (at, missed);
        }
        after.add(point, -1.0);
    }
    let gain = one_line - best.1;
    match gain > ONSET_GAIN * one_line && gain > ONSET_NOISE * noise {
        true => best.0,
        false => 0,
    }
}

/// Sums over points, from which follows how far they are from a level or a line.
#[derive(Debug, Default)]
struct Sums {
    count: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Sums {
    /// Adds a point, or with a weight of -1 takes it out again.
    fn add(&mut self, (x, y): (f64, f64), weight: f64) {
        self.count += weight;
        self.x += weight * x;
        self.y += weight * y;
        self.xx += weight * x * x;
        self.xy += weight * x * y;
        self.yy += weight * y * y;
    }

    /// Sum of the squared distances from the mean.
    fn around_level(&self) -> f64 {
        (self.yy - self.y * self.y / self.count.max(1.0)).max(0.0)
    }

    /// Sum of the squared distances from the line that fits best.
    fn around_line(&self) -> f64 {
        let spread = self.xx - self.x * self.x / self.count.max(1.0);
        let together = self.xy - self.x * self.y / self.count.max(1.0);
        match spread > 0.0 {
            true => (self.around_level() - together * together / spread).max(0.0),
            false => 0.0,
        }
    }
}
