//! Findings that somebody knows of, and does not want to be reported for now.

use super::diagnosis::Diagnosis;
use super::finding::Finding;
use super::note::Note;

/// A finding that is known, and not to be reported until a day.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Suppression {
    /// Id of the signature.
    pub id: String,
    /// The Kubernetes kind that it is about, in capitals or not; `None` for all findings of the
    /// signature.
    pub kind: Option<String>,
    /// Why it is not to be reported.
    pub reason: String,
    /// The last day on which it holds, such as `2026-12-31`. Whoever has a clock leaves
    /// out those that have expired.
    pub until: String,
}

impl Suppression {
    /// Suppresses all findings of a signature until a day.
    ///
    /// # Example
    ///
    /// ```
    /// use kheap::diagnose::{DiagnoseOptions, Suppression};
    ///
    /// let known = [Suppression::new("list-from-etcd", "fixed in 1.34", "2026-12-31")];
    /// let options = DiagnoseOptions::default().suppressions(&known);
    /// assert_eq!(options.suppressions[0].kind, None);
    /// ```
    pub fn new(id: impl Into<String>, reason: impl Into<String>, until: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            kind: None,
            reason: reason.into(),
            until: until.into(),
        }
    }

    fn is_of(&self, kind: &str) -> bool {
        let wanted = self.kind.as_deref();
        // No two kinds differ by case alone.
        wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(kind))
    }
}

crate::__setters! {
    impl Suppression {
        kind: impl Into<Option<String>>,
    }
}

/// Takes the findings that are suppressed out of a diagnosis, and notes each of them. What
/// they claim stays claimed: it is known.
pub(super) fn suppress(diagnosis: &mut Diagnosis, suppressions: &[Suppression]) {
    if suppressions.is_empty() {
        return;
    }
    let findings = std::mem::take(&mut diagnosis.findings);
    for finding in findings {
        match suppression_of(&finding, suppressions) {
            None => diagnosis.findings.push(finding),
            Some(by) => diagnosis.notes.push(Note::Suppressed {
                id: finding.id,
                kinds: finding.kinds,
                severity: finding.severity,
                bytes: finding.bytes,
                reason: by.reason.clone(),
                until: by.until.clone(),
            }),
        }
    }
}

/// What suppresses a finding: each of its kinds has to be suppressed.
fn suppression_of<'s>(
    finding: &Finding,
    suppressions: &'s [Suppression],
) -> Option<&'s Suppression> {
    let of_id = || suppressions.iter().filter(|one| one.id == finding.id);
    let whole = of_id().find(|one| one.kind.is_none());
    if whole.is_some() {
        return whole;
    }
    let by_kind = |kind: &String| of_id().find(|one| one.is_of(kind));
    let all: Option<Vec<_>> = finding.kinds.iter().map(by_kind).collect();
    all?.first().copied()
}
