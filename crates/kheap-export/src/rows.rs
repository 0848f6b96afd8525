//! The samples of a selection one by one, each with all that is known of it.

use kheap::Heap;
use kheap::attribute::Place;
use kheap::frame::Frames;
use kheap::profile::{LabelValue, SampleId, SampleTypeId};

use crate::places::Places;

/// The samples of a heap, as rows.
#[derive(Debug)]
pub struct Rows<'h> {
    heap: &'h Heap<'h>,
    frames: Frames,
    /// By node.
    names: Vec<String>,
    places: Option<Places>,
    sample_types: Vec<SampleTypeId>,
    type_names: Vec<String>,
}

/// One sample: a stack, and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row<'r> {
    /// The frames, root first, named as in [`kheap::Top`].
    pub frames: Vec<&'r str>,
    /// One value for each sample type, in the order of the profile.
    pub values: Vec<i64>,
    /// The labels, in the order of the profile.
    pub labels: Vec<(String, LabelText)>,
    /// Where it belongs; `None` of programs without parts.
    pub place: Option<&'r Place>,
}

/// The value of a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelText {
    /// A text.
    Text(String),
    /// A number; its unit is that of its key.
    Number(i64),
}

impl<'h> Rows<'h> {
    /// Prepares the rows of a heap.
    pub fn of(heap: &'h Heap<'h>) -> Self {
        let profile = heap.profile();
        let frames = heap.frames();
        let mut names: Vec<Option<String>> = vec![None; frames.len()];
        for location in profile.locations().ids() {
            for &node in frames.of(location) {
                names[node.index()].get_or_insert_with(|| frames.name(profile, node));
            }
        }
        Self {
            heap,
            frames,
            // Every node is of a location.
            names: names.into_iter().flatten().collect(),
            places: Places::of(heap),
            sample_types: profile.sample_type_ids().collect(),
            type_names: (profile.sample_type_ids())
                .map(|id| profile.sample_type_name(id).into_owned())
                .collect(),
        }
    }

    /// The names of the sample types, in the order of [`Row::values`].
    pub fn sample_types(&self) -> &[String] {
        &self.type_names
    }

    /// The samples that hold something, in the order of the profile.
    pub fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        let ids = self.heap.profile().samples().ids();
        let rows = ids.map(|id| self.row(id));
        rows.filter(|row| row.values.iter().any(|&value| value != 0))
    }

    fn row(&self, id: SampleId) -> Row<'_> {
        let profile = self.heap.profile();
        let samples = profile.samples();
        let stack = samples.stack(id).iter().rev();
        let nodes = stack.flat_map(|&location| self.frames.of(location).iter().rev());
        let labels = samples.labels(id).iter().map(|label| {
            let value = match label.value {
                LabelValue::Text(text) => LabelText::Text(profile.text(text).into_owned()),
                LabelValue::Number(number, _) => LabelText::Number(number),
            };
            (profile.text(label.key).into_owned(), value)
        });
        let types = self.sample_types.iter();
        Row {
            frames: nodes
                .map(|node| self.names[node.index()].as_str())
                .collect(),
            values: types.map(|&t| profile.values(t)[id.index()]).collect(),
            labels: labels.collect(),
            place: self.places.as_ref().and_then(|places| places.get(id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use kheap::{ProfileBuilder, Selection, SelectionOptions};

    use super::*;

    #[test]
    fn a_row_has_what_is_known_of_a_sample() {
        let mut builder = ProfileBuilder::new();
        builder.sample_type("alloc_space", "bytes");
        builder.sample_type("inuse_space", "bytes");
        let receive = "k8s.io/apimachinery/pkg/watch.(*StreamWatcher).receive";
        let run = "k8s.io/client-go/tools/cache.(*Reflector).Run";
        let stack = [receive, run].map(|name| {
            let function = builder.function(name, "");
            builder.location(None, 0, &[(function, 1)])
        });
        let label = builder.number_label("bytes", 64, "bytes");
        builder.sample(&stack, &[128, 64], &[label]).unwrap();
        builder.sample(&stack, &[0, 0], &[]).unwrap();
        builder.sample(&stack, &[32, 0], &[]).unwrap();
        let profile = builder.finish();
        let sample_type = profile.sample_type("").unwrap();
        let options = SelectionOptions::default();
        let heap = Heap::new(Selection::new(&profile, sample_type, &options));
        let rows = Rows::of(&heap);
        let rows: Vec<Row<'_>> = rows.iter().collect();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].frames, [run, receive]);
        assert_eq!(rows[0].values, [128, 64]);
        assert_eq!(
            rows[0].labels,
            [("bytes".to_owned(), LabelText::Number(64))]
        );
        // The second has a place, although nothing of it is in use.
        for row in &rows {
            assert_eq!(row.place.unwrap().part, "informer-watch");
        }
    }
}
