//! Long series of snapshots made of short real ones.

use crate::proto::{Profile, Sample};

/// How far apart the generated snapshots are, in nanoseconds.
const STEP_NANOS: i64 = 60_000_000_000;

/// How far values are moved, up or down, in thousandths.
const MOST_MOVED: i64 = 20;

/// Makes snapshot `number` of a long series out of real ones, which come round again and again.
///
/// What is in use moves by up to 2 %, differently in each snapshot. Snapshots are a minute apart,
/// and counters never go down, so that they pass for those of one process. The same number makes
/// the same snapshot.
///
/// # Panics
///
/// Where there are no real ones.
pub fn snapshot(real: &[Profile], number: usize) -> Profile {
    let (round, position) = (number / real.len(), number % real.len());
    let mut profile = real[position].clone();
    profile.time_nanos = real[0].time_nanos + number as i64 * STEP_NANOS;
    let counters = columns(&profile, "alloc_");
    let levels = columns(&profile, "inuse_");
    let mut noise = Noise(number as u64);
    for sample in &mut profile.sample {
        let moved = noise.next();
        for &column in &levels {
            sample.value[column] += sample.value[column] / 1000 * moved;
        }
    }
    // A round ends higher than it begins, and the next one goes on from there.
    if let Some(last) = real.last() {
        let totals: Vec<i64> = (counters.iter())
            .map(|&column| last.sample.iter().map(|sample| sample.value[column]).sum())
            .collect();
        raise(&mut profile.sample, &counters, &totals, round as i64);
    }
    profile
}

/// Adds so many rounds to the counters of one sample.
fn raise(samples: &mut [Sample], counters: &[usize], totals: &[i64], rounds: i64) {
    let Some(sample) = samples.first_mut() else {
        return;
    };
    for (&column, total) in counters.iter().zip(totals) {
        sample.value[column] += total * rounds;
    }
}

/// The columns whose type begins like this.
pub(crate) fn columns(profile: &Profile, prefix: &str) -> Vec<usize> {
    let name = |string: i64| {
        usize::try_from(string)
            .ok()
            .and_then(|at| profile.string_table.get(at))
    };
    let begins = |string| name(string).is_some_and(|name| name.starts_with(prefix.as_bytes()));
    let types = profile.sample_type.iter().enumerate();
    let found = types.filter(|(_, sample_type)| begins(sample_type.r#type));
    found.map(|(column, _)| column).collect()
}

/// Numbers that look random and are always the same.
struct Noise(u64);

impl Noise {
    /// The next one, from -20 to 20.
    fn next(&mut self) -> i64 {
        // Constants of Knuth's MMIX generator; the upper bits are the random ones.
        let mixed = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = mixed.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as i64 % (2 * MOST_MOVED + 1) - MOST_MOVED
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::ValueType;

    fn real() -> Vec<Profile> {
        let value_type = |r#type| ValueType { r#type, unit: 0 };
        let one = |counted: i64, level: i64| Profile {
            string_table: [&b""[..], b"alloc_space", b"inuse_space"]
                .map(<[u8]>::to_vec)
                .to_vec(),
            sample_type: vec![value_type(1), value_type(2)],
            sample: vec![Sample {
                value: vec![counted, level],
                ..Sample::default()
            }],
            time_nanos: 5,
            ..Profile::default()
        };
        vec![one(10, 100_000), one(30, 200_000)]
    }

    #[test]
    fn counters_and_times_go_up_and_levels_move_a_little() {
        let real = real();
        let made: Vec<Profile> = (0..10).map(|number| snapshot(&real, number)).collect();
        let counters: Vec<i64> = made
            .iter()
            .map(|profile| profile.sample[0].value[0])
            .collect();
        assert_eq!(counters, [10, 30, 40, 60, 70, 90, 100, 120, 130, 150]);
        assert!(made.is_sorted_by(|a, b| a.time_nanos < b.time_nanos));
        for (number, profile) in made.iter().enumerate() {
            let level = real[number % 2].sample[0].value[1];
            assert!((profile.sample[0].value[1] - level).abs() <= level / 50);
        }
        assert_eq!(snapshot(&real, 7), made[7]);
    }
}
