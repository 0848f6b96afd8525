//! Dumps reduced to snapshots that know what signatures claim of them.

use super::catalog::Catalog;
use super::history::claim;
use super::selections::{Kinds, Selections};
use super::signature::{Each, Signature};
use super::view::{HeapView, StackView};
use super::vocabulary::Vocabulary;
use crate::arithmetic::Sampling;
use crate::attribute::{Heap as Measured, objects_type};
use crate::profile::{SampleId, clamp};
use crate::selection::Selection;
use crate::series::{Amount, Amounts, Keys, Snapshot};

/// A catalogue made ready to read any number of snapshots; may be used by several
/// threads.
#[derive(Debug)]
pub struct ClaimReader<'c> {
    catalog: &'c Catalog,
    vocabulary: &'c Vocabulary,
    keys: Keys,
}

impl<'c> ClaimReader<'c> {
    /// Makes a catalogue ready.
    pub fn new(catalog: &'c Catalog) -> Self {
        Self {
            catalog,
            vocabulary: catalog.vocabulary(),
            keys: Keys::default(),
        }
    }

    /// Reduces a heap to a snapshot that knows what signatures claim of it.
    pub fn snapshot(&self, measured: &Measured, name: &str) -> Snapshot {
        let analysis = measured.analysis_among(&self.keys.matched);
        let selection: &Selection = measured;
        let profile = selection.profile();
        let objects = objects_type(profile, selection.sample_type());
        let stacks = StackView::new(measured, objects, self.vocabulary);
        let view = HeapView::Stacks(stacks);
        let sampling = Sampling::of(profile, selection.sample_type());
        let mut claims = Amounts::new();
        let signatures = self.catalog.signatures().iter();
        for signature in signatures.filter(|signature| signature.is_for(analysis.functions.role)) {
            for (claim, items) in claimed(&view, signature) {
                let stacks = items.iter().map(|&item| &analysis.stacks[item]);
                let samples = stacks.flat_map(|stack| &stack.samples);
                let amount = amount(selection, sampling.as_ref(), samples.copied());
                claims.insert(self.keys.share(&claim), amount);
            }
        }
        let mut snapshot = Snapshot::new(measured, name, &self.keys);
        snapshot.claims = claims;
        snapshot
    }
}

fn amount(
    selection: &Selection,
    sampling: Option<&Sampling<'_>>,
    samples: impl Iterator<Item = SampleId>,
) -> Amount {
    let (mut value, mut variance) = (0, 0.0);
    for id in samples {
        value += i128::from(selection.values()[id.index()]);
        variance += sampling.map_or(0.0, |sampling| sampling.variance(id));
    }
    Amount {
        value: clamp(value),
        variance,
    }
}

/// The selections of a signature that are followed: what it claims, and those whose
/// growth it asks for.
fn claimed(view: &HeapView<'_>, signature: &Signature) -> Vec<(String, Vec<usize>)> {
    let mut selections = Selections::new(view, None, None, signature);
    let mut found = Vec::new();
    for name in signature.followed() {
        let kinds = match signature.each {
            Some(Each::Kind) => selections.kinds_of(name),
            None => Vec::new(),
        };
        for kind in kinds {
            let items = selections.of(name, Kinds::One(&kind)).items;
            found.push((claim(&signature.id, name, Some(&kind)), items));
        }
        let items = selections.of(name, Kinds::All).items;
        found.push((claim(&signature.id, name, None), items));
    }
    found.retain(|(_, items)| !items.is_empty());
    found
}
