//! Which part, verb and kind each sample belongs to, whatever sample type is looked at.

use kheap::Heap;
use kheap::attribute::Place;
use kheap::profile::SampleId;

/// The places of samples.
#[derive(Debug)]
pub(crate) struct Places {
    of_sample: Vec<Option<u32>>,
    places: Vec<Place>,
}

impl Places {
    /// Attributes all samples that hold something. A sample that has nothing of the type
    /// that is looked at has the place that it has by another type. Only the heap of a Go
    /// program has places.
    pub(crate) fn of(heap: &Heap<'_>) -> Option<Self> {
        let profile = heap.profile();
        if !profile.is_go_heap() {
            return None;
        }
        let attribution = heap.attribution();
        let mut places = Self {
            of_sample: attribution.of_sample.clone(),
            places: attribution.places.clone(),
        };
        for sample_type in profile.sample_type_ids() {
            let values = profile.values(sample_type);
            let lacks = |(place, &value): (&Option<u32>, &i64)| place.is_none() && value != 0;
            if places.of_sample.iter().zip(values).any(lacks) {
                let heap = heap.in_type(sample_type);
                let attribution = heap.attribution();
                places.fill(&attribution.of_sample, &attribution.places);
            }
        }
        Some(places)
    }

    fn fill(&mut self, of_sample: &[Option<u32>], others: &[Place]) {
        let first = self.places.len() as u32;
        self.places.extend_from_slice(others);
        for (place, other) in self.of_sample.iter_mut().zip(of_sample) {
            *place = place.or(other.map(|other| first + other));
        }
    }

    /// The place of a sample; `None` where it holds nothing.
    pub(crate) fn get(&self, sample: SampleId) -> Option<&Place> {
        let place = self.of_sample.get(sample.index()).copied().flatten();
        place.and_then(|place| self.places.get(place as usize))
    }
}
