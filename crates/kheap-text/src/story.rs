//! Findings of one cause are one story: what the first of them says is not said
//! again.

use std::collections::HashSet;

use kheap::Diagnosis;
use kheap::diagnose::{Advice, Finding, Order, Severity, VersionNote};

use crate::diagnosis::Known;
use crate::group::Group;
use crate::{step, version};

/// Signatures that one cause explains together, and that cause.
const STORIES: [(&[&str], &str); 2] = [
    (
        &["list-from-etcd", "list-response-encoding"],
        "A client that lists without paging would explain both.",
    ),
    (
        &["list-pretty-printing", "list-table-rendering"],
        "A client that lists with pretty=1 would explain both.",
    ),
];

/// The finding of the same story, where a story has both and they do not contradict
/// each other in their kinds; and what explains both, where all kinds are known and agree.
pub fn sequel<'d>(
    diagnosis: &'d Diagnosis,
    first: &Finding,
) -> Option<(&'d Finding, Option<&'static str>)> {
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
    let is_known = !first.kinds.is_empty() && first.kinds == other.kinds;
    Some((other, is_known.then_some(*cause)))
}

fn is_of_same_kinds(a: &Finding, b: &Finding) -> bool {
    a.kinds.is_empty() || b.kinds.is_empty() || a.kinds.iter().any(|kind| b.kinds.contains(kind))
}

/// What stands for the steps of a finding that are known already.
const AS_ABOVE: &str = "The same steps as above.";
const AS_ABOVE_FOR_KIND: &str = "The same steps as above, for this kind.";

/// That the steps of a finding are known; those about a kind are of another one.
fn as_above(finding: &Finding) -> &'static str {
    match finding.remedy.iter().any(|step| step.text.contains("KIND")) {
        true => AS_ABOVE_FOR_KIND,
        false => AS_ABOVE,
    }
}

/// The first step that is new, where one is.
fn first_new<'f>(steps: &[&'f str]) -> Option<&'f str> {
    let is_known = |step: &str| [AS_ABOVE, AS_ABOVE_FOR_KIND].contains(&step);
    steps.iter().copied().find(|step| !is_known(step))
}

/// What to do about findings, and what changed with versions: each step once, in
/// the order in which findings are shown.
#[derive(Debug, Default)]
pub struct Steps<'f> {
    first: Option<String>,
    said: HashSet<&'f str>,
    noted: HashSet<&'f VersionNote>,
    gates: HashSet<&'f str>,
    ordered: HashSet<&'f Order>,
    is_fetched: bool,
}

/// What is shown below findings of what to do.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Shown<'f> {
    /// The steps, with all that is known.
    pub steps: Vec<String>,
    /// What changed with versions.
    pub versions: Vec<String>,
    /// The first step that no finding above has, as its signature says it.
    pub new: Option<&'f str>,
}

impl<'f> Steps<'f> {
    /// Steps below one that is said to come first, such as
    /// [`first_step`](crate::diagnosis::first_step): they do not repeat it.
    pub fn below(first: Option<String>) -> Self {
        Self {
            first,
            ..Self::default()
        }
    }

    /// What to do about findings, and what changed with versions; of small ones, the first
    /// step.
    pub fn shown(
        &mut self,
        diagnosis: &Diagnosis,
        known: &Known<'_>,
        group: &Group<'f>,
    ) -> Shown<'f> {
        let finding = group.first();
        let (steps, versions) = match finding.severity < Severity::Medium && !finding.is_capped {
            true => (self.first_of(group).into_iter().collect(), Vec::new()),
            false => (self.new_of(group), self.versions_of(finding)),
        };
        let new = first_new(&steps);
        let filled = steps.into_iter().map(|step| {
            let step = self.fill_in(diagnosis, known, group, step);
            step::after_first(self.first.as_deref(), &step)
        });
        let mut steps: Vec<String> = filled.collect();
        // Alone it says nothing.
        if steps == [step::AS_FIRST] {
            steps.clear();
        }
        Shown {
            steps,
            versions,
            new,
        }
    }

    /// The first step of findings.
    fn first_of(&mut self, group: &Group<'f>) -> Option<&'f str> {
        let first = group.first().remedy.first()?;
        let text = group.text(first);
        Some(match self.is_new(first, text) {
            true => text,
            false => as_above(group.first()),
        })
    }

    /// A step with all that is known. The first one that a table is not enough for fetches
    /// a dump.
    fn fill_in(
        &mut self,
        diagnosis: &Diagnosis,
        known: &Known<'_>,
        group: &Group<'_>,
        step: &str,
    ) -> String {
        let is_first = !self.is_fetched && step::needs_dump(diagnosis, step);
        self.is_fetched |= is_first;
        match is_first {
            true => step::filled_in(diagnosis, known, group, step),
            false => known.fill_in_of(diagnosis, group, step),
        }
    }

    /// The steps of findings that no finding before them has named.
    fn new_of(&mut self, group: &Group<'f>) -> Vec<&'f str> {
        let finding = group.first();
        let advice = finding.remedy.iter();
        let new: Vec<&Advice> = advice
            .filter(|one| self.is_new(one, group.text(one)))
            .collect();
        let gates = new.iter().flat_map(|one| &one.gates);
        self.gates.extend(gates.map(String::as_str));
        match new.is_empty() && !finding.remedy.is_empty() {
            true => vec![as_above(finding)],
            false => new.into_iter().map(|one| group.text(one)).collect(),
        }
    }

    /// Whether no finding has named a step, nor ordered all that it orders.
    fn is_new(&mut self, step: &'f Advice, text: &'f str) -> bool {
        let orders = &step.orders;
        let is_ordered = orders.iter().all(|order| self.ordered.contains(order));
        let is_ordered = is_ordered && !orders.is_empty();
        self.ordered.extend(orders);
        self.said.insert(text) && !is_ordered
    }

    /// What changed with versions, where no step has named the same feature.
    fn versions_of(&mut self, finding: &'f Finding) -> Vec<String> {
        let gates = &self.gates;
        let is_said = |one: &VersionNote| gates.iter().any(|gate| one.note.contains(gate));
        let notes = finding.versions.iter().filter(|one| !is_said(one));
        let new = notes.filter(|one| self.noted.insert(one));
        new.map(version::note).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(text: &str, orders: &[&str]) -> Advice {
        let mut advice = Advice::default();
        advice.text = text.to_owned();
        advice.orders = orders.iter().map(|order| Order::new(order, None)).collect();
        advice
    }

    #[test]
    fn a_step_is_new_until_all_that_it_orders_is_said() {
        let first = step("Page.", &["page"]);
        let more = step("Page, or keep an informer.", &["page", "keep-informer"]);
        let same = step("Keep an informer instead.", &["keep-informer"]);
        let free = step("Upgrade.", &[]);
        let mut steps = Steps::default();
        let new = [&first, &more, &same, &free, &free].map(|step| steps.is_new(step, &step.text));
        assert_eq!(new, [true, true, false, true, false]);
    }

    #[test]
    fn the_first_new_step_is_none_of_those_above() {
        assert_eq!(first_new(&[AS_ABOVE]), None);
        assert_eq!(first_new(&["Page.", "Upgrade."]), Some("Page."));
    }
}
