//! Files that lie beside a dump.

use std::io::Read;
use std::sync::LazyLock;

use kheap::Diagnosis;
use kheap::attribute::Role;
use kheap::diagnose::DiagnoseOptions;
use kheap_evidence::unpack::unpack;
use kheap_evidence::{Beside, Dump, Facts, Observation, ReadOptions, is_beside, observe};

use crate::text::HEAP;

/// How much of a compressed file is read, in bytes.
const MOST_BYTES: u64 = 4 << 20;

/// When the dump was taken to which the lines of the corpus belong.
const AT: i64 = 1_795_966_904_250_000_000;

/// An audit log or a server log: clients have no more requests than there are lines.
pub fn log(bytes: &[u8]) {
    let mut text = Vec::new();
    let unpacked = unpack(bytes, MOST_BYTES);
    // What is damaged counts up to there.
    let _ = unpacked.map(|mut reader| reader.read_to_end(&mut text));
    let lines = 1 + memchr::memchr_iter(b'\n', &text).count();
    // As of the dump, and as of its end.
    for at in [Some(AT), None] {
        let observation = observed_at(bytes, at);
        join(std::slice::from_ref(&observation));
        let Facts::Requests(found) = observation.facts else {
            continue;
        };
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
        for scrape in &scrapes {
            let _ = (scrape.process.mem_stats(), scrape.role());
            for counters in scrape.resources.values() {
                assert!(counters.lists_in_flight().is_none_or(|lists| lists >= 0));
            }
        }
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

/// Files of any kind beside one dump, compressed or not, parted by `PART`.
pub fn beside(bytes: &[u8]) {
    const PART: &[u8] = b"\n=====\n";
    /// Each is held against each other.
    const MOST: usize = 8;
    let ends = memchr::memmem::find_iter(bytes, PART).take(MOST);
    let mut files = Vec::new();
    let mut start = 0;
    for end in ends.chain([bytes.len()]) {
        files.push(observed(bytes.get(start..end).unwrap_or_default()));
        start = end + PART.len();
    }
    join(&files);
}

/// Reads a file, whatever it is, and holds it against a dump.
fn read(bytes: &[u8]) -> Facts {
    let observation = observed(bytes);
    join(std::slice::from_ref(&observation));
    observation.facts
}

fn observed(bytes: &[u8]) -> Observation {
    observed_at(bytes, Some(AT))
}

fn observed_at(bytes: &[u8], at: Option<i64>) -> Observation {
    let _ = is_beside(bytes);
    let mut options = ReadOptions::default().inflated_bytes(MOST_BYTES);
    options.at = at;
    let observation = observe("file", bytes, &options);
    observation.expect("memory is read without errors")
}

/// Holds files against a dump of their time and one without: the shares of those who are
/// blamed are no more than all.
fn join(files: &[Observation]) {
    for at in [Some(AT), None] {
        let mut dump = Dump::unknown(None, Role::ApiServer);
        dump.at = at;
        let joined = Beside::new(&dump, files).join(&DIAGNOSIS);
        assert_eq!(joined.files.len(), files.len());
        for answer in &joined.answers {
            let shares: f64 = answer.who.iter().map(|who| who.share).sum();
            assert!(shares <= 1.000_001, "{:?}", answer.who);
        }
        let _ = joined.manifests();
        for file in &joined.files {
            let _ = kheap_text::evidence::file(file);
        }
    }
}

/// A diagnosis of a heap with LISTs in it.
static DIAGNOSIS: LazyLock<Diagnosis> =
    LazyLock::new(|| kheap::diagnose(&*HEAP, &DiagnoseOptions::default()));
