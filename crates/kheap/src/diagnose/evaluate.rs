//! Whether a signature is met, and what the finding claims.

use super::history::History;
use super::selections::{Kinds, Selections};
use super::severity::{Confidence, Severity, Thresholds};
use super::signature::{ConfidenceRule, Each, Signature};
use super::view::{HeapView, Selected};
use crate::attribute::UNKNOWN;
use crate::memory::Memory;

/// What signatures are evaluated over: a heap, and how bad so many bytes of it are.
#[derive(Debug)]
pub(super) struct Evaluation<'a> {
    pub(super) view: &'a HeapView<'a>,
    /// The process that the heap is of, where its size is known.
    pub(super) process: Option<&'a Memory>,
    /// What signatures claimed of it before, where that is known.
    pub(super) history: Option<&'a History>,
    pub(super) thresholds: &'a Thresholds,
    /// Whether the numbers are memory in use: of others nothing is bad.
    pub(super) is_level: bool,
}

/// A signature that is met: what it claims, how bad and how sure that is.
#[derive(Debug, Clone)]
pub(super) struct Match<'s> {
    pub(super) signature: &'s Signature,
    /// The kind that it was evaluated for, where it is for each one.
    pub(super) kind: Option<String>,
    /// Whether it was evaluated for all kinds, because what shows one is of this kind.
    pub(super) is_of_all_kinds: bool,
    pub(super) claimed: Selected,
    pub(super) confidence: Confidence,
    pub(super) severity: Severity,
    /// Whether the bytes alone would make it worse.
    pub(super) is_capped: bool,
}

impl Match<'_> {
    /// The kinds that it was evaluated for, as selections take them.
    pub(super) fn evaluated_kinds(&self) -> Kinds<'_> {
        let one = self.kind.as_deref().filter(|_| !self.is_of_all_kinds);
        one.map_or(Kinds::All, Kinds::One)
    }
}

impl Evaluation<'_> {
    /// Evaluates a signature: once, or for each kind.
    pub(super) fn matches<'s>(&self, signature: &'s Signature) -> Vec<Match<'s>> {
        let mut selections = self.selections(signature);
        match (signature.each, self.view) {
            (Some(Each::Kind), HeapView::Stacks(_)) => self.matches_of_kinds(&mut selections),
            _ => Vec::from_iter(self.matched(&mut selections, Kinds::All)),
        }
    }

    /// What a signature selects.
    pub(super) fn selections<'s>(&self, signature: &'s Signature) -> Selections<'_, 's> {
        Selections::new(self.view, self.process, self.history, signature)
    }

    /// What the shares of a finding are of: the heap, or for what is beside it the
    /// process.
    pub(super) fn whole(&self, signature: &Signature) -> i64 {
        match self.process {
            Some(process) if signature.is_beside_heap() => process.total,
            _ => self.view.total(),
        }
    }

    fn matches_of_kinds<'s>(&self, selections: &mut Selections<'_, 's>) -> Vec<Match<'s>> {
        let kinds = selections.kinds_of(&selections.signature.bytes);
        let of_kind = |kind: &String| {
            let found = self.matched(selections, Kinds::One(kind))?;
            let kind = Some(kind.clone());
            Some(Match { kind, ..found })
        };
        let mut found: Vec<Match<'s>> = kinds.iter().filter_map(of_kind).collect();
        let has_untyped = found
            .iter()
            .any(|found| found.kind.as_deref() == Some(UNKNOWN));
        let owner = has_untyped.then(|| selections.only_kind()).flatten();
        if let Some(all) = owner.and_then(|kind| {
            let all = self.matched(selections, Kinds::All)?;
            Some(Match {
                kind: Some(kind),
                is_of_all_kinds: true,
                ..all
            })
        }) {
            return vec![all];
        }
        // Too little of each kind may be much in all, though no kind is to blame.
        let known = found.iter().filter_map(|found| found.kind.clone());
        let rest = self.matched(selections, Kinds::Rest(&known.collect()));
        let large = rest.filter(|rest| rest.is_capped || rest.severity > Severity::Low);
        found.extend(large.map(|rest| Match {
            confidence: Confidence::Low,
            is_capped: true,
            severity: Severity::Low,
            ..rest
        }));
        found
    }

    fn matched<'s>(
        &self,
        selections: &mut Selections<'_, 's>,
        kinds: Kinds<'_>,
    ) -> Option<Match<'s>> {
        let signature = selections.signature;
        if !selections.may_hold(&signature.require, kinds) {
            return None;
        }
        let mut rules = signature.confidence.iter();
        let rule = rules.find(|rule| selections.must_hold(&rule.when, kinds));
        let bytes = rule.and_then(|rule| rule.bytes.as_ref());
        let claimed = selections.of(bytes.unwrap_or(&signature.bytes), kinds);
        if claimed.bytes <= 0 {
            return None;
        }
        let level = rule.map_or(Confidence::Medium, |rule| rule.level);
        let of_bytes = match self.is_level {
            true => (self.thresholds).severity(claimed.bytes, self.whole(signature)),
            false => Severity::Info,
        };
        let least = rule.and_then(|rule| rule.min_severity);
        let least = least.filter(|_| self.is_level).unwrap_or(Severity::Info);
        let severity = of_bytes.min(most(signature, rule, level)).max(least);
        let confidence = match self.view {
            HeapView::Stacks(_) => level,
            HeapView::Rows(_) if claimed.is_weak || selections.are_weak(kinds) => Confidence::Low,
            HeapView::Rows(_) => level.lowered(),
        };
        Some(Match {
            signature,
            kind: None,
            is_of_all_kinds: false,
            claimed,
            confidence,
            severity,
            is_capped: severity < of_bytes,
        })
    }
}

/// How bad a finding can be at most: its rule says it, or the signature for what it
/// is not sure of.
fn most(signature: &Signature, rule: Option<&ConfidenceRule>, level: Confidence) -> Severity {
    let by_rule = rule.and_then(|rule| rule.max_severity);
    let unsure = signature.max_severity.filter(|_| level < Confidence::High);
    by_rule.or(unsure).unwrap_or(Severity::Critical)
}
