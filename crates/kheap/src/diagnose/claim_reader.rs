//! Dumps reduced to snapshots that know what signatures claim of them.

use super::catalog::Catalog;
use super::history::claim;
use super::selections::{Kinds, Selections};
use super::signature::{Each, Signature};
use super::view::{HeapView, StackView};
use super::vocabulary::Vocabulary;
use crate::arithmetic::Sampling;
use crate::attribute::{Heap, objects_type};
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

    /// The names that its snapshots share. Snapshots that a service stored before it was restarted
    /// share them, too, once they are [adopted](Keys::adopt).
    ///
    /// # Example
    ///
    /// ```
    /// use kheap::Snapshot;
    /// use kheap::diagnose::ClaimReader;
    ///
    /// /// The snapshots that a service had before it was restarted.
    /// fn restored(stored: Vec<Snapshot>, reader: &ClaimReader) -> Vec<Snapshot> {
    ///     stored.into_iter().map(|snapshot| reader.keys().adopt(snapshot)).collect()
    /// }
    /// ```
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Reduces a heap to a snapshot that knows what signatures claim of it. A
    /// [`History`](super::History) compares its claims only with those of the same catalogue, the
    /// same rules and the same version of kheap.
    pub fn snapshot(&self, heap: &Heap, name: &str) -> Snapshot {
        let analysis = heap.analysis_among(&self.keys.matched);
        let selection: &Selection = heap;
        let profile = selection.profile();
        let objects = objects_type(profile, selection.sample_type());
        let stacks = StackView::new(heap, objects, self.vocabulary);
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
        let mut snapshot = Snapshot::new(heap, name, &self.keys);
        snapshot.claims = claims;
        snapshot.judged_by = Some(self.catalog.judge_by(heap.rules()));
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::attribute::Rules;
    use crate::diagnose::{DiagnoseOptions, Diagnosis, History, Note};
    use crate::fixture::profile;
    use crate::{Heap, SelectionOptions};

    const SIGNATURE: &str = "\
id = 'own-cache'
title = 'A cache grows'
about = 'It grows.'
needs = ['series']
remedy = ['bound it']
sources = ['https://example.org']
require = [{ share = 'cache', at_least = 0.1 }]
[select.cache]
any = ['^main\\.cache']
";

    fn own(text: &str) -> Catalog {
        let mut catalog = Catalog::empty();
        catalog.add(text).expect("a signature");
        catalog
    }

    fn heap(hour: i64) -> Heap<'static> {
        let mut profile = profile(&format!("main;main.cache {}", (hour + 1) << 26));
        profile.header.time_nanos = (hour + 1) * 3_600_000_000_000;
        let sample_type = profile.sample_type("").unwrap();
        let options = SelectionOptions::default();
        Heap::new(Selection::new(profile, sample_type, &options))
    }

    /// A diagnosis by a catalogue of four heaps; others judged the first ones.
    fn diagnosis(catalog: &Catalog, others: &[&ClaimReader<'_>]) -> Diagnosis {
        let reader = ClaimReader::new(catalog);
        let readers = others.iter().copied().chain([&reader; 4]).take(4);
        let snapshots = readers.zip(0..).map(|(reader, hour)| {
            let stored = reader.snapshot(&heap(hour), &hour.to_string());
            reader.keys().adopt(stored)
        });
        let history = History::new(snapshots.collect()).expect("a series");
        let options = DiagnoseOptions::default()
            .catalog(catalog)
            .history(&history);
        crate::diagnose(&heap(3), &options)
    }

    #[test]
    fn claims_are_compared_with_those_of_the_same_signatures_alone() {
        let catalog = own(SIGNATURE);
        let check = |others: &[&ClaimReader<'_>]| {
            let diagnosis = diagnosis(&catalog, others);
            let trends = diagnosis.findings.iter().map(|finding| &finding.trend);
            let total = diagnosis.trend.as_ref().expect("the total is known");
            assert_eq!(total.row.values.len(), 4, "whoever judged them");
            let trends: Vec<bool> = trends.map(Option::is_some).collect();
            let unjudged: Vec<String> = diagnosis.not_judged.into_iter().map(|n| n.needs).collect();
            (trends, unjudged, diagnosis.notes)
        };
        assert_eq!(check(&[]), (vec![true], vec![], vec![]));
        let unknown = |dumps| {
            let needs = vec!["series".to_owned()];
            (vec![], needs, vec![Note::JudgedOtherwise(dumps)])
        };
        let empty = Catalog::empty();
        let none = ClaimReader::new(&empty);
        assert_eq!(check(&[&none]), unknown(1));
        let changed = own(&SIGNATURE.replace("^main", "main"));
        let changed = ClaimReader::new(&changed);
        assert_eq!(check(&[&changed, &changed]), unknown(2));
        let same = own(SIGNATURE);
        assert_eq!(check(&[&ClaimReader::new(&same)]).0, [true]);
    }

    #[test]
    fn a_snapshot_that_was_not_judged_does_not_claim_0() {
        let catalog = own(SIGNATURE);
        let reader = ClaimReader::new(&catalog);
        let bare = Snapshot::new(&heap(0), "0", reader.keys());
        let snapshots = [bare, reader.snapshot(&heap(1), "1")];
        let history = History::new(snapshots.to_vec()).expect("a series");
        let options = DiagnoseOptions::default()
            .catalog(&catalog)
            .history(&history);
        let diagnosis = crate::diagnose(&heap(1), &options);
        assert_eq!(diagnosis.notes, [Note::JudgedOtherwise(1)]);
        assert!(diagnosis.trend.is_some_and(|total| total.is_growth()));
    }

    #[test]
    fn rules_that_were_forgotten_are_noted() {
        let rules = "[frames]\ntile = 'main\\.cache'\n[[part]]\nid = 'tiles'\ntitle = 'tiles'\n\
                     color = '#ddaa33'\n[[rule]]\npart = 'tiles'\nwhen = [{ any = ['tile'] }]";
        let rules = Arc::new(Rules::parse(rules).expect("rules"));
        let mut catalog = Catalog::empty().with_rules(&rules);
        let signature = SIGNATURE.replace("any = ['^main\\.cache']", "part = ['tiles']");
        catalog
            .add(&signature.replace("needs = ['series']\n", ""))
            .expect("a signature");
        let diagnosed = |heap: &Heap| {
            let options = DiagnoseOptions::default().catalog(&catalog);
            let diagnosis = crate::diagnose(heap, &options);
            (diagnosis.findings.len(), diagnosis.notes)
        };
        assert_eq!(diagnosed(&heap(3)), (0, vec![Note::OtherRules]));
        assert_eq!(diagnosed(&heap(3).with_rules(&rules)), (1, vec![]));
    }

    #[test]
    fn own_signatures_that_are_not_judged_are_noted() {
        let mut builder = crate::ProfileBuilder::new();
        builder.sample_type("cpu", "nanoseconds");
        builder.sample(&[], &[7], &[]).expect("a sample");
        let profile = builder.finish();
        let selection = |profile: crate::Profile| {
            let sample_type = profile.sample_type("").unwrap();
            Selection::new(profile, sample_type, &SelectionOptions::default())
        };
        let heap = Heap::new(selection(profile));
        let notes = |catalog: &Catalog| {
            crate::diagnose(&heap, &DiagnoseOptions::default().catalog(catalog)).notes
        };
        assert_eq!(notes(&own(SIGNATURE)), [Note::OwnNotJudged(1)]);
        assert_eq!(notes(Catalog::builtin()), []);
    }
}
