//! Files beside a dump.

use std::path::Path;

use kheap::{Diagnosis, Heap};
use kheap_evidence::{Beside, Dump, Joined, Observation};
use kheap_text::reason::passed_over;

use crate::host::Host;
use crate::read::is_table;

/// Whether a file lies beside dumps.
pub fn is_companion(host: &dyn Host, file: &Path) -> bool {
    // Rows of a pasted table look like lines of metrics.
    host.lies_beside(file) && !is_table(host, file)
}

/// What is known of a dump that its companions are held against.
pub fn dump_of(heap: &Heap) -> Dump {
    Dump::of(heap.profile(), heap.role())
}

/// Holds what was read beside a dump against it.
pub fn hold_against(host: &dyn Host, dump: &Dump, observations: &[Observation]) -> Beside {
    for observation in observations {
        for warning in &observation.warnings {
            let words = passed_over(warning);
            host.warn(&format!("{}: {words}", observation.file));
        }
    }
    Beside::new(dump, observations)
}

/// Joins a diagnosis with what lies beside its dump, and leaves out what is done: steps
/// that are in force, and the search for a client that is found.
pub fn join(beside: Beside, diagnosis: &mut Diagnosis, with_clients: bool) -> Joined {
    let mut joined = beside.join(diagnosis);
    if !with_clients {
        joined.forget_clients();
    }
    for (finding, answer) in diagnosis.findings.iter_mut().zip(&joined.answers) {
        finding.remedy.retain(|step| !answer.is_done(step));
    }
    joined
}
