//! Findings of one cause are one story: what the first of them says is not said
//! again.

use std::collections::HashSet;

use kheap::Diagnosis;
use kheap::diagnose::{Finding, Severity};

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
        let lines = finding.remedy.iter().map(String::as_str);
        let steps: Vec<&str> = lines.filter(|line| self.said.insert(line)).collect();
        self.gates.extend(steps.iter().flat_map(|step| gates(step)));
        steps
    }

    /// What changed with versions, where no step has named the same feature.
    pub fn versions_of(&mut self, finding: &'f Finding) -> Vec<&'f str> {
        let lines = finding.versions.iter().map(String::as_str);
        let mut versions = Vec::new();
        for line in lines {
            let mut named = gates(line).peekable();
            let is_named = named.peek().is_some();
            let is_new = named.fold(!is_named, |is_new, gate| self.gates.insert(gate) || is_new);
            if is_new && self.said.insert(line) {
                versions.push(line);
            }
        }
        versions
    }
}

/// The names of feature gates in a sentence, such as `ConsistentListFromCache`.
fn gates(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words.filter(|word| {
        let humps = word.bytes().filter(u8::is_ascii_uppercase).count();
        let has_small = word.bytes().any(|c| c.is_ascii_lowercase());
        word.starts_with(|c: char| c.is_ascii_uppercase()) && humps >= 3 && has_small
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feature_gates_are_names_of_three_humps() {
        let found = gates("Upgrade: ConsistentListFromCache is on, GOGC and ConfigMap are not.");
        assert_eq!(found.collect::<Vec<_>>(), ["ConsistentListFromCache"]);
    }
}
