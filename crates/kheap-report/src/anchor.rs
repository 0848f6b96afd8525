//! Ids of findings in a report, so that a ticket can link to one.

use hashbrown::HashMap;
use kheap::Diagnosis;

/// An id for each finding: `finding-` and that of the signature; from the second one of
/// a signature on with its first kind or a number.
pub(crate) fn anchors(diagnosis: &Diagnosis) -> Vec<String> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let findings = diagnosis.findings.iter();
    let anchors = findings.map(|finding| {
        let count = seen.entry(&finding.id).or_insert(0);
        *count += 1;
        match *count {
            1 => format!("finding-{}", plain(&finding.id)),
            count => format!("finding-{}-{count}", plain(&finding.id)),
        }
    });
    anchors.collect()
}

/// Whether a source is the address of a page.
pub(crate) fn is_page(source: &str) -> bool {
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control();
    source.starts_with("https://") && source.chars().all(is_plain)
}

/// What an address can have as it is. A user's own signature may be named otherwise.
fn plain(id: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    id.chars()
        .map(|c| if is_plain(c) { c } else { '-' })
        .collect()
}
