//! The stacks themselves.

use std::collections::BTreeMap;

use crate::frame::Frames;
use crate::profile::{LabelValue, SampleId};
use crate::selection::Selection;
use crate::unit;

/// One stack with its value and labels.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Trace {
    /// The value, in the unit of the sample type.
    pub value: i64,
    /// Labels with texts, by key.
    pub text_labels: BTreeMap<String, Vec<String>>,
    /// Labels with numbers, by key.
    pub number_labels: BTreeMap<String, NumberLabel>,
    /// The frames, leaf first.
    pub frames: Vec<TraceFrame>,
}

/// The numbers of a label, and their unit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct NumberLabel {
    /// The numbers.
    pub numbers: Vec<i64>,
    /// Their unit.
    pub unit: String,
}

/// One frame of a [`Trace`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct TraceFrame {
    /// The name, as in a [`Top`](crate::Top).
    pub name: String,
    /// Whether this call was inlined.
    pub inline: bool,
}

impl NumberLabel {
    /// Formats the numbers, each in the unit that fits it.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        let label = |&number: &i64| unit::label(number, &self.unit, unit::AUTO);
        self.numbers.iter().map(label)
    }
}

/// Hands over the stacks one by one, in the order of the file, as `go tool pprof
/// -traces` prints them. Stacks without frames are skipped.
///
/// Values are in the unit of the sample type; labels come by name.
///
/// # Example
///
/// ```
/// use kheap::{ProfileBuilder, Selection, SelectionOptions};
///
/// let mut builder = ProfileBuilder::new();
/// builder.sample_type("inuse_space", "bytes");
/// let load = builder.function("main.load", "main.go");
/// let location = builder.location(None, 0, &[(load, 7)]);
/// builder.sample(&[location], &[512], &[])?;
/// let profile = builder.finish();
/// let sample_type = profile.sample_type("")?;
/// let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
///
/// for trace in kheap::traces(&selection) {
///     assert_eq!((trace.value, trace.frames[0].name.as_str()), (512, "main.load"));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Source: google/pprof `internal/report/report.go`, `printTraces`.
pub fn traces(selection: &Selection) -> impl Iterator<Item = Trace> {
    let frames = selection.frames();
    let samples = selection.profile.samples();
    let stacks = samples.ids().filter(|&id| !samples.stack(id).is_empty());
    stacks.map(move |id| trace(selection, &frames, id))
}

fn trace(selection: &Selection, frames: &Frames, id: SampleId) -> Trace {
    let profile = &selection.profile;
    let mut trace = Trace {
        value: selection.values()[id.index()],
        text_labels: BTreeMap::new(),
        number_labels: BTreeMap::new(),
        frames: Vec::new(),
    };
    for label in profile.samples().labels(id) {
        let key = profile.text(label.key).into_owned();
        match label.value {
            LabelValue::Text(text) => {
                let texts = trace.text_labels.entry(key).or_default();
                texts.push(profile.text(text).into_owned());
            }
            LabelValue::Number(number, _) => {
                let unit = selection.label_units.unit(label.key);
                let label = trace.number_labels.entry(key);
                let label = label.or_insert_with(|| NumberLabel {
                    numbers: Vec::new(),
                    unit: unit.to_owned(),
                });
                label.numbers.push(number);
            }
        }
    }
    for &location in profile.samples().stack(id) {
        let nodes = frames.of(location);
        trace
            .frames
            .extend(nodes.iter().enumerate().map(|(index, &node)| TraceFrame {
                name: frames.name(profile, node),
                inline: index + 1 != nodes.len(),
            }));
    }
    trace
}

#[cfg(test)]
mod tests {
    use crate::fixture::view;

    #[test]
    fn stacks_come_in_the_order_of_the_file_with_zeros_but_not_without_frames() {
        view(
            "main;b 0
             main;a -2
                    5
             main;b 1",
        )
        .check_traces(
            "0  b < main
             -2 a < main
             1  b < main",
        );
    }

    #[test]
    fn all_but_the_last_line_of_a_location_are_inline() {
        view("main;work;+fast;+faster 1")
            .check_traces("1 faster (inline) < fast (inline) < work < main");
    }

    #[test]
    fn labels_are_sorted_texts_first_each_number_in_its_unit() {
        view("main 1 verb=LIST bytes=2048 bytes=8 age=90000ms kind=Pod verb=GET").check_traces(
            "kind  Pod
             verb  LIST GET
             age   90s
             bytes 2kB 8B
             1     main",
        );
    }
}
