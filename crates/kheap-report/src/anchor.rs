//! Ids of findings in a report, so that a ticket can link to one.

use kheap::Diagnosis;
use kheap::diagnose::Finding;

/// The id of a finding: `finding-` and that of the signature; from the second one of
/// a signature on with a number.
pub(crate) fn anchor(diagnosis: &Diagnosis, finding: &Finding) -> String {
    let before = diagnosis.findings.iter();
    let before = before.take_while(|other| !std::ptr::eq(*other, finding));
    let id = plain(&finding.id);
    match before.filter(|other| other.id == finding.id).count() {
        0 => format!("finding-{id}"),
        count => format!("finding-{id}-{}", count + 1),
    }
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
