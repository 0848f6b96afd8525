//! Small findings that differ in their kinds alone, which are shown as one.

use kheap::Diagnosis;
use kheap::diagnose::{Advice, Evidence, Finding, Severity, Trend};

use crate::diagnosis::Known;
use crate::finding;
use crate::value::{amount, share};

/// Findings that are shown as one; at least one.
#[derive(Debug, Clone, PartialEq)]
pub struct Group<'d> {
    first: &'d Finding,
    others: Vec<&'d Finding>,
}

impl<'d> Group<'d> {
    /// Findings in their order, each small one with those above it that differ in their kinds
    /// alone.
    pub fn all(
        diagnosis: &'d Diagnosis,
        findings: impl IntoIterator<Item = &'d Finding>,
        known: &Known<'_>,
    ) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for finding in findings {
            let mut alike = groups.iter_mut();
            let alike = alike.find(|group| is_alike(group.first, finding));
            match alike.filter(|_| !has_own(diagnosis, finding, known)) {
                Some(group) => group.others.push(finding),
                None => groups.push(Self::of(finding)),
            }
        }
        groups
    }

    /// One finding alone.
    pub(crate) fn of(finding: &'d Finding) -> Self {
        Self {
            first: finding,
            others: Vec::new(),
        }
    }

    /// A finding with all others above info of its signature.
    pub(crate) fn of_signature(diagnosis: &'d Diagnosis, finding: &'d Finding) -> Self {
        let others = diagnosis.findings.iter().filter(|other| {
            other.id == finding.id
                && other.severity > Severity::Info
                && !std::ptr::eq(*other, finding)
        });
        Self {
            first: finding,
            others: others.collect(),
        }
    }

    /// The one that is shown with all that it rests on.
    pub fn first(&self) -> &'d Finding {
        self.first
    }

    /// Those that differ from it in their kinds.
    pub fn others(&self) -> &[&'d Finding] {
        &self.others
    }

    /// How much each of the others holds, a line each below [`OTHER_KINDS`].
    pub fn other_kinds(&self, diagnosis: &Diagnosis) -> Vec<OfKinds> {
        let beside = |other: &Finding| {
            let others = other.evidence.iter().filter_map(|evidence| match evidence {
                Evidence::Beside { .. } => Some(finding::evidence_words(diagnosis, evidence)),
                _ => None,
            });
            others
                .map(|(held, part)| format!("; another {held} in {part}"))
                .collect::<String>()
        };
        let of_kinds = |other: &&Finding| {
            let confidence = match other.confidence == self.first.confidence {
                true => String::new(),
                false => format!(" (confidence {})", other.confidence.name()),
            };
            OfKinds {
                amount: amount(diagnosis, other.bytes),
                share: share(other.bytes, other.whole),
                kinds: finding::kinds(other).unwrap_or_default() + &confidence + &beside(other),
            }
        };
        self.others.iter().map(of_kinds).collect()
    }

    /// The kinds of all.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = &'d str> {
        let all = std::iter::once(self.first).chain(self.others.iter().copied());
        all.flat_map(|finding| &finding.kinds).map(String::as_str)
    }

    /// A step of the first one, for the kinds of all.
    pub(crate) fn text(&self, step: &'d Advice) -> &'d str {
        let of_kinds = step.of_kinds.as_deref();
        of_kinds
            .filter(|_| !self.others.is_empty())
            .unwrap_or(&step.text)
    }
}

/// What stands above the lines of [`Group::other_kinds`].
pub const OTHER_KINDS: &str = "The same of other kinds";

/// How much a finding holds that differs from another one in its kinds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OfKinds {
    /// How much, in its unit.
    pub amount: String,
    /// The same in percent of the whole.
    pub share: String,
    /// Its kinds, and how sure it is where that differs.
    pub kinds: String,
}

/// Whether two small findings say the same of different kinds.
fn is_alike(one: &Finding, other: &Finding) -> bool {
    let is_small = one.severity <= Severity::Low && one.severity == other.severity;
    let is_same = one.id == other.id
        && one.versions == other.versions
        && one
            .remedy
            .iter()
            .map(any_kind)
            .eq(other.remedy.iter().map(any_kind));
    is_small && is_same && !one.kinds.is_empty() && !other.kinds.is_empty()
}

/// A step whatever the kind.
fn any_kind(step: &Advice) -> &str {
    step.of_kinds.as_deref().unwrap_or(&step.text)
}

/// Whether a finding says more than how much there is of its kinds: who asks for them, how many
/// there are, or that they grow.
fn has_own(diagnosis: &Diagnosis, finding: &Finding, known: &Known<'_>) -> bool {
    let is_answered = known.answer(diagnosis, finding).is_some_and(|answer| {
        !answer.who.is_empty() || answer.how_many.is_some() || !answer.in_force.is_empty()
    });
    let counts = |evidence: &Evidence| {
        matches!(
            evidence,
            Evidence::Owners { .. } | Evidence::Count { .. } | Evidence::Answer { .. }
        )
    };
    let grows = finding.trend.as_ref().is_some_and(Trend::is_growth);
    is_answered || grows || finding.evidence.iter().any(counts)
}

#[cfg(test)]
mod tests {
    use kheap::diagnose::{Confidence, Subject};
    use kheap::{DiagnoseOptions, Heap, ProfileBuilder, Selection, SelectionOptions, diagnose};

    use super::*;

    /// A client that caches so many megabytes of each kind.
    fn client(kinds: &[(&str, i64)]) -> Diagnosis {
        let mut stacks = String::new();
        for (kind, megabytes) in kinds {
            let bytes = megabytes << 20;
            stacks += &format!(
                "k8s.io/client-go/tools/cache.(*Reflector).list.func1;\
                 k8s.io/client-go/rest.Result.Into;\
                 k8s.io/api/core/v1.(*{kind}List).Unmarshal;\
                 k8s.io/api/core/v1.(*{kind}).Unmarshal {bytes}\n"
            );
        }
        let profile = ProfileBuilder::folded(&stacks).expect("stacks").finish();
        let sample_type = profile.sample_type("").expect("one sample type");
        let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
        let heap = Heap::new(selection);
        diagnose(Subject::Heap(&heap), &DiagnoseOptions::default())
    }

    /// The kinds of each group, with spaces between them.
    fn check(diagnosis: &Diagnosis, expected: &[&str]) {
        let groups = Group::all(diagnosis, &diagnosis.findings, &Known::default());
        let kinds = groups.iter().map(|group| group.kinds().collect::<Vec<_>>());
        let kinds: Vec<String> = kinds.map(|kinds| kinds.join(" ")).collect();
        assert_eq!(kinds, expected);
    }

    #[test]
    fn small_findings_of_one_signature_are_one() {
        check(
            &client(&[("Secret", 80), ("Pod", 60), ("ConfigMap", 40)]),
            &["Secret Pod ConfigMap"],
        );
    }

    #[test]
    fn what_is_worse_stands_alone() {
        check(
            &client(&[("Secret", 800), ("Pod", 160), ("ConfigMap", 140)]),
            &["Secret", "Pod ConfigMap"],
        );
    }

    #[test]
    fn other_steps_or_counts_stand_alone() {
        let mut diagnosis = client(&[("Secret", 80), ("Pod", 60), ("ConfigMap", 40)]);
        diagnosis.findings[1].remedy.pop();
        check(&diagnosis, &["Secret ConfigMap", "Pod"]);
        let count = Evidence::Count {
            what: "objects".to_owned(),
            least: 12,
            most: 12,
            each: [5 << 20, 5 << 20],
        };
        diagnosis.findings[2].evidence.push(count);
        check(&diagnosis, &["Secret", "Pod", "ConfigMap"]);
    }

    #[test]
    fn a_confidence_of_its_own_is_said() {
        let mut diagnosis = client(&[("Secret", 80), ("Pod", 60), ("ConfigMap", 40)]);
        diagnosis.findings[1].confidence = Confidence::Low;
        let groups = Group::all(&diagnosis, &diagnosis.findings, &Known::default());
        let kinds = groups[0].other_kinds(&diagnosis).into_iter();
        let kinds: Vec<String> = kinds.map(|of| of.kinds).collect();
        assert_eq!(kinds, ["Pod (confidence low)", "ConfigMap"]);
    }

    #[test]
    fn a_kind_that_lies_elsewhere_too_is_said() {
        let mut diagnosis = client(&[("Secret", 80), ("Pod", 60), ("ConfigMap", 40)]);
        diagnosis.findings[1].evidence.push(Evidence::Beside {
            part: "informer".to_owned(),
            bytes: 72 << 20,
        });
        let groups = Group::all(&diagnosis, &diagnosis.findings, &Known::default());
        let kinds = groups[0].other_kinds(&diagnosis).into_iter();
        let kinds: Vec<String> = kinds.map(|of| of.kinds).collect();
        let title = diagnosis.parts().title("informer");
        assert_eq!(
            kinds,
            [
                format!("Pod; another 72MB in {title}"),
                "ConfigMap".to_owned()
            ]
        );
    }
}
