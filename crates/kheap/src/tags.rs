//! How values spread over labels, such as the sizes of objects.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::profile::LabelValue;
use crate::selection::Selection;
use crate::summary::Summary;
use crate::unit;

/// How values spread over the labels of the samples.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Tags {
    /// Which profile this is.
    pub summary: Summary,
    /// The labels, by name.
    pub rows: Vec<Tag>,
}

/// How values spread over one label.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Tag {
    /// Name of the label.
    pub key: String,
    /// Sum over the samples that have it, in the unit of the sample type.
    pub total: i64,
    /// Its values, largest magnitude first, then by text.
    pub values: Vec<TagValue>,
}

/// One value of a label.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct TagValue {
    /// The value as it is shown: a number in the unit that fits it, so that
    /// numbers that look the same are one.
    pub text: String,
    /// Sum over the samples, in the unit of the sample type.
    pub value: i64,
}

/// Adds up values by label, as `go tool pprof -tags` does.
///
/// Sums are in the unit of the sample type and stop at the largest number:
/// then the selection warns. Labels come by name, their values by magnitude and
/// then by text. A sample counts once for every label that it has.
///
/// # Example
///
/// ```
/// use kheap::{ProfileBuilder, Selection, SelectionOptions};
///
/// let mut builder = ProfileBuilder::new();
/// builder.sample_type("inuse_space", "bytes");
/// for (size, bytes) in [(16, 64), (2048, 4096), (16, 32)] {
///     let label = builder.number_label("bytes", size, "");
///     builder.sample(&[], &[bytes], &[label])?;
/// }
/// let profile = builder.finish();
/// let sample_type = profile.sample_type("")?;
/// let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
///
/// let tags = kheap::tags(&selection);
/// let values = tags.rows[0].values.iter().map(|v| (v.text.as_str(), v.value));
/// assert!(values.eq([("2kB", 4096), ("16B", 96)]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Source: google/pprof `internal/report/report.go`, `printTags`.
pub fn tags(selection: &Selection) -> Tags {
    let profile = &selection.profile;
    let mut sums: BTreeMap<String, BTreeMap<String, i128>> = BTreeMap::new();
    // Numbers repeat far more often than they need formatting.
    let mut by_label = hashbrown::HashMap::new();
    for (id, &value) in profile.samples().ids().zip(selection.values()) {
        for &label in profile.samples().labels(id) {
            // Wide sums do not depend on the order of the summands.
            let sum = by_label.entry(label_without_unit(label)).or_insert(0_i128);
            *sum += i128::from(value);
        }
    }
    for (label, value) in by_label {
        let text = match label.value {
            LabelValue::Text(text) => profile.text(text).into_owned(),
            LabelValue::Number(number, _) => {
                let unit = selection.label_units.unit(label.key);
                unit::label(number, unit, &selection.unit)
            }
        };
        let key = profile.text(label.key).into_owned();
        *sums.entry(key).or_default().entry(text).or_default() += value;
    }
    Tags {
        summary: Summary::new(selection),
        rows: sums.into_iter().map(|(key, sums)| tag(key, sums)).collect(),
    }
}

/// All numbers of a label are taken to be in one unit.
fn label_without_unit(mut label: crate::profile::Label) -> crate::profile::Label {
    if let LabelValue::Number(_, unit) = &mut label.value {
        *unit = crate::profile::StringId::EMPTY;
    }
    label
}

fn tag(key: String, sums: BTreeMap<String, i128>) -> Tag {
    let clamp = |sum: i128| sum.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
    let total = clamp(sums.values().sum());
    let values = sums.into_iter().map(|(text, sum)| TagValue {
        text,
        value: clamp(sum),
    });
    let mut values: Vec<_> = values.collect();
    // The sort is stable, and texts are in order already.
    values.sort_by_key(|row| Reverse(row.value.unsigned_abs()));
    Tag { key, total, values }
}

#[cfg(test)]
mod tests {
    use crate::fixture::view;

    #[test]
    fn values_are_sorted_by_magnitude_then_text() {
        view(
            "main 4 verb=LIST
             main 4 verb=GET
             init 1 verb=GET kind=Pod
             init -9 verb=WATCH
             init 2",
        )
        .check_tags(
            "kind 1
               1 Pod
             verb 0
              -9 WATCH
               5 GET
               4 LIST",
        );
    }

    #[test]
    fn numbers_that_look_the_same_are_one() {
        view(
            "main 1 bytes=1048576
             main 2 bytes=1048577
             main 4 bytes=16",
        )
        .check_tags(
            "bytes 7
                 4 16B
                 3 1MB",
        );
    }

    #[test]
    fn a_number_counts_in_the_unit_of_its_label() {
        view(
            "main 1 age=1500ms
             main 2 age=3",
        )
        .check_tags(
            "age 3
               2 3ms
               1 1.50s",
        );
        view("main 1 bytes=2048")
            .unit("B")
            .check_tags("bytes 1\n1 2048B");
    }

    #[test]
    fn a_repeated_label_counts_twice() {
        view("main 3 verb=GET verb=GET").check_tags("verb 6\n6 GET");
    }

    #[test]
    fn sums_that_do_not_fit_on_their_way_come_out_right_whatever_the_order() {
        let largest = i64::MAX;
        // Eight numbers that look the same, met in the order of a hash table.
        let stacks = (0..4).map(|i| {
            let (up, down) = (1_048_576 + i, 1_048_586 + i);
            format!("a {largest} bytes={up}\na -{largest} bytes={down}\n")
        });
        let stacks: String = stacks.chain(["a 5 bytes=1048576".to_owned()]).collect();
        view(&stacks).check_tags("bytes 5\n5 1MB");
    }

    #[test]
    fn sums_stop_at_the_largest_number() {
        let largest = i64::MAX;
        let stacks = format!("a {largest} verb=GET\nb {largest} verb=LIST\nb 1 verb=LIST");
        view(&stacks).check_tags(&format!(
            "verb {largest}
               {largest} GET
               {largest} LIST"
        ));
    }
}
