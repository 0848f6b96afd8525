//! Findings of one cause are one story: what the first of them says is not said
//! again.

use std::collections::HashSet;

use kheap::Diagnosis;
use kheap::diagnose::{Advice, Finding, Severity};

/// Signatures that one cause explains together, and that cause.
const STORIES: [(&[&str], &str); 1] = [(
    &["list-from-etcd", "list-response-encoding"],
    "A client that lists without paging would explain both.",
)];

/// The finding of the same story, where a story has both and they do not contradict
/// each other in their kinds; and what explains both.
pub fn sequel<'d>(
    diagnosis: &'d Diagnosis,
    first: &Finding,
) -> Option<(&'d Finding, &'static str)> {
    let (ids, cause) = STORIES
        .iter()
        .find(|(ids, _)| ids.contains(&first.id.as_str()))?;
    let mut findings = diagnosis.findings.iter();
    let other = findings.find(|finding| {
        finding.id != first.id
            && ids.contains(&finding.id.as_str())
            && finding.severity >= Severity::Medium
            && is_of_same_kinds(finding, first)
    })?;
    Some((other, cause))
}

fn is_of_same_kinds(a: &Finding, b: &Finding) -> bool {
    a.kinds.is_empty() || b.kinds.is_empty() || a.kinds.iter().any(|kind| b.kinds.contains(kind))
}

/// What to do about findings, and what changed with versions: each step once, in
/// the order in which findings are shown.
#[derive(Debug, Default)]
pub struct Steps<'f> {
    said: HashSet<&'f str>,
    gates: HashSet<&'f str>,
}

impl<'f> Steps<'f> {
    /// The steps of a finding that no finding before it has named.
    pub fn new_of(&mut self, finding: &'f Finding) -> Vec<&'f str> {
        let advice = finding.remedy.iter();
        let new: Vec<&Advice> = advice.filter(|one| self.said.insert(&one.text)).collect();
        let gates = new.iter().flat_map(|one| &one.gates);
        self.gates.extend(gates.map(String::as_str));
        new.into_iter().map(|one| one.text.as_str()).collect()
    }

    /// What changed with versions, where no step has named the same feature.
    pub fn versions_of(&mut self, finding: &'f Finding) -> Vec<&'f str> {
        let lines = finding.versions.iter().map(String::as_str);
        lines
            .filter(|line| !self.gates.iter().any(|gate| line.contains(gate)))
            .filter(|line| self.said.insert(line))
            .collect()
    }
}
