//! Files that lie beside a dump.

use std::sync::LazyLock;

use kheap::Diagnosis;
use kheap::attribute::Role;
use kheap::diagnose::DiagnoseOptions;
use kheap_evidence::{Beside, Dump, Facts, ReadOptions, is_beside, observe};

use crate::text::HEAP;

/// When the dump was taken to which the lines of the corpus belong.
const AT: i64 = 1_795_966_904_250_000_000;

/// An audit log or a server log: clients have no more requests than there are lines.
pub fn log(bytes: &[u8]) {
    let lines = 1 + bytes.iter().filter(|&&byte| byte == b'\n').count();
    if let Facts::Requests(found) = read(bytes) {
        let requests = found
            .clients
            .iter()
            .map(|client| client.ended + client.in_flight);
        assert!(
            requests.sum::<i64>() <= 2 * lines as i64,
            "more requests than lines"
        );
    }
}

/// Metrics: what stands in a scrape is no more than its lines say.
pub fn metrics(bytes: &[u8]) {
    if let Facts::Metrics(scrapes) = read(bytes) {
        let resources = scrapes.iter().map(|scrape| scrape.resources.len());
        assert!(
            resources.sum::<usize>() <= bytes.len(),
            "more resources than bytes"
        );
    }
}

/// Goroutines in text or protobuf.
pub fn goroutines(bytes: &[u8]) {
    if let Facts::Goroutines(found) = read(bytes) {
        assert!(
            found.lists.total <= found.total,
            "more LISTs than goroutines"
        );
    }
}

/// Reads a file, and holds it against a dump of its time and one without: whatever it is,
/// it is read, and the shares of those who are blamed are no more than all.
fn read(bytes: &[u8]) -> Facts {
    let _ = is_beside(bytes);
    let observation = observe("file", bytes, &ReadOptions { at: Some(AT) });
    let observation = observation.expect("memory is read without errors");
    for at in [Some(AT), None] {
        let dump = Dump {
            at,
            ..Dump::unknown(None, Role::ApiServer)
        };
        let joined = Beside::new(&dump, std::slice::from_ref(&observation)).join(&DIAGNOSIS);
        for answer in &joined.answers {
            let shares: f64 = answer.who.iter().map(|who| who.share).sum();
            assert!(shares <= 1.000_001, "{:?}", answer.who);
        }
        let _ = joined.manifests();
    }
    observation.facts
}

/// A diagnosis of a heap with LISTs in it.
static DIAGNOSIS: LazyLock<Diagnosis> =
    LazyLock::new(|| kheap::diagnose(&*HEAP, &DiagnoseOptions::default()));
