//! Whether a signature is met, and what the finding claims.

use hashbrown::{HashMap, HashSet};

use super::finding::{Confidence, Severity, Thresholds};
use super::heap::{Heap, Selected};
use super::history::History;
use super::share;
use super::signature::{Condition, ConfidenceRule, Each, Signature};
use crate::memory::Memory;

/// What signatures are judged by: a heap, and how bad so many bytes of it are.
#[derive(Debug)]
pub(super) struct Judge<'a> {
    pub(super) heap: &'a Heap<'a>,
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
    pub(super) claimed: Selected,
    pub(super) confidence: Confidence,
    pub(super) severity: Severity,
    /// Whether the bytes alone would make it worse.
    pub(super) is_capped: bool,
}

/// Which kinds are looked at.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kinds<'k> {
    All,
    One(&'k str),
    /// All but these.
    Rest(&'k HashSet<String>),
}

impl Judge<'_> {
    /// Evaluates a signature: once, or for each kind.
    pub(super) fn matches<'s>(&self, signature: &'s Signature) -> Vec<Match<'s>> {
        let mut selections = Selections::new(self.heap, self.process, self.history, signature);
        match (signature.each, self.heap) {
            (Some(Each::Kind), Heap::Stacks(_)) => self.matches_of_kinds(&mut selections),
            _ => Vec::from_iter(self.matched(&mut selections, Kinds::All)),
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
        // Too little of each kind may be much in all, though no kind is to blame.
        let told = found.iter().filter_map(|found| found.kind.clone());
        let rest = self.matched(selections, Kinds::Rest(&told.collect()));
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
        if !selections.all_hold(&signature.require, kinds) {
            return None;
        }
        let claimed = selections.of(&signature.bytes, kinds);
        if claimed.bytes <= 0 {
            return None;
        }
        let mut rules = signature.confidence.iter();
        let rule = rules.find(|rule| selections.all_hold(&rule.when, kinds));
        let level = rule.map_or(Confidence::Medium, |rule| rule.level);
        let of_bytes = match self.is_level {
            true => (self.thresholds).severity(claimed.bytes, self.whole(signature)),
            false => Severity::Info,
        };
        let severity = of_bytes.min(most(signature, rule, level));
        Some(Match {
            signature,
            kind: None,
            claimed,
            confidence: match self.heap {
                Heap::Stacks(_) => level,
                Heap::Table(_) => level.lowered(),
            },
            severity,
            is_capped: severity < of_bytes,
        })
    }
}

impl Judge<'_> {
    /// What the shares of a finding are of: the heap, or for what is beside it the
    /// process.
    pub(super) fn whole(&self, signature: &Signature) -> i64 {
        match self.process {
            Some(process) if signature.is_beside_heap() => process.total,
            _ => self.heap.total(),
        }
    }
}

/// How bad a finding can be at most: its rule says it, or the signature for what it
/// is not sure of.
fn most(signature: &Signature, rule: Option<&ConfidenceRule>, level: Confidence) -> Severity {
    let by_rule = rule.and_then(|rule| rule.max_severity);
    let unsure = signature.max_severity.filter(|_| level < Confidence::High);
    by_rule.or(unsure).unwrap_or(Severity::Critical)
}

/// The selections of a signature in a heap, each made once.
#[derive(Debug)]
pub(super) struct Selections<'a, 's> {
    heap: &'a Heap<'a>,
    process: Option<&'a Memory>,
    history: Option<&'a History>,
    signature: &'s Signature,
    whole: HashMap<String, Selected>,
    /// Stacks by kind.
    by_kind: HashMap<String, HashMap<String, Vec<usize>>>,
}

impl<'a, 's> Selections<'a, 's> {
    pub(super) fn new(
        heap: &'a Heap<'a>,
        process: Option<&'a Memory>,
        history: Option<&'a History>,
        signature: &'s Signature,
    ) -> Self {
        Self {
            heap,
            process,
            history,
            signature,
            whole: HashMap::new(),
            by_kind: HashMap::new(),
        }
    }

    fn whole(&mut self, name: &str) -> &Selected {
        let (heap, process, signature) = (self.heap, self.process, self.signature);
        let select = signature.select.get(name);
        let entry = self.whole.entry(name.to_owned());
        entry.or_insert_with(|| match select {
            Some(select) if select.beside_heap => beside(heap, process),
            _ => heap.select(signature, name),
        })
    }

    pub(super) fn of(&mut self, name: &str, kinds: Kinds<'_>) -> Selected {
        let Heap::Stacks(stacks) = self.heap else {
            return self.whole(name).clone();
        };
        let items = match kinds {
            Kinds::All => return self.whole(name).clone(),
            Kinds::One(kind) => self.by_kind(name).get(kind).cloned().unwrap_or_default(),
            Kinds::Rest(told) => {
                let groups = self.by_kind(name).iter();
                let rest = groups.filter(|(kind, _)| !told.contains(*kind));
                let mut items: Vec<usize> = rest.flat_map(|(_, items)| items.clone()).collect();
                items.sort_unstable();
                items
            }
        };
        stacks.selected(items)
    }

    /// Made in one pass, however many kinds there are.
    fn by_kind(&mut self, name: &str) -> &HashMap<String, Vec<usize>> {
        if !self.by_kind.contains_key(name) {
            let items = self.whole(name).items.clone();
            let mut groups: HashMap<String, Vec<usize>> = HashMap::new();
            if let Heap::Stacks(stacks) = self.heap {
                for item in items {
                    let kind = &stacks.analysis.stacks[item].place.kind;
                    groups.entry_ref(kind).or_default().push(item);
                }
            }
            self.by_kind.insert(name.to_owned(), groups);
        }
        &self.by_kind[name]
    }

    /// In the order of their names.
    pub(super) fn kinds_of(&mut self, name: &str) -> Vec<String> {
        let mut kinds: Vec<String> = self.by_kind(name).keys().cloned().collect();
        kinds.sort();
        kinds
    }

    fn all_hold(&mut self, conditions: &[Condition], kinds: Kinds<'_>) -> bool {
        let mut conditions = conditions.iter();
        conditions.all(|condition| self.holds(condition, kinds))
    }

    fn holds(&mut self, condition: &Condition, kinds: Kinds<'_>) -> bool {
        if !condition.any_of.is_empty() {
            let mut lists = condition.any_of.iter();
            return lists.any(|all| self.all_hold(all, kinds));
        }
        let Some(measure) = self.measure(condition, kinds) else {
            return false;
        };
        condition.at_least.is_none_or(|least| measure >= least)
            && condition.at_most.is_none_or(|most| measure <= most)
    }

    /// `None` where the heap does not tell.
    fn measure(&mut self, condition: &Condition, kinds: Kinds<'_>) -> Option<f64> {
        if let Some(name) = &condition.share {
            let total = self.heap.total();
            return Some(share(self.of(name, kinds).bytes, total));
        }
        if let Some(name) = &condition.bytes {
            return Some(self.of(name, kinds).bytes as f64);
        }
        if let Some(name) = &condition.objects {
            return self.of(name, kinds).objects.map(|objects| objects as f64);
        }
        if let Some(name) = &condition.mean_size {
            let selected = self.of(name, kinds);
            let objects = selected.objects.filter(|&objects| objects > 0)?;
            return Some(selected.bytes as f64 / objects as f64);
        }
        if let Some(name) = &condition.growth_share {
            let kind = match kinds {
                Kinds::All => None,
                Kinds::One(kind) => Some(kind),
                Kinds::Rest(_) => return None,
            };
            return self.history?.growth_share(self.signature, name, kind);
        }
        if let Some(pattern) = &condition.seen {
            return self.heap.seen(pattern).map(|seen| seen as f64);
        }
        let [a, b] = condition.ratio.as_ref()?;
        let (a, b) = (self.of(a, kinds).bytes, self.of(b, kinds).bytes);
        (b != 0).then(|| a as f64 / b as f64)
    }
}

/// What of the process the profile does not show. No stack holds it.
fn beside(heap: &Heap<'_>, process: Option<&Memory>) -> Selected {
    let total = process.map_or(0, |process| process.total);
    Selected {
        bytes: total.saturating_sub(heap.total()).max(0),
        ..Selected::default()
    }
}

/// Matches that explain the same bytes.
#[derive(Debug)]
pub(super) struct Group<'s> {
    /// The most specific one.
    pub(super) leader: Match<'s>,
    /// That of the worst.
    pub(super) severity: Severity,
    /// Ids of the others, in order.
    pub(super) related: Vec<String>,
}

/// Lets the more specific signature lead where two explain the same bytes.
pub(super) fn relate<'s>(heap: &Heap<'_>, matches: Vec<Match<'s>>) -> Vec<Group<'s>> {
    let direct: Vec<Option<usize>> = (matches.iter())
        .map(|this| matches.iter().position(|other| leads(heap, other, this)))
        .collect();
    let leaders: Vec<usize> = (0..matches.len()).map(|at| leader(&direct, at)).collect();
    let mut groups: Vec<Option<Group<'s>>> = (matches.iter().enumerate())
        .map(|(at, found)| {
            (leaders[at] == at).then(|| Group {
                leader: found.clone(),
                severity: found.severity,
                related: Vec::new(),
            })
        })
        .collect();
    for (at, found) in matches.iter().enumerate() {
        if let Some(group) = groups[leaders[at]].as_mut().filter(|_| leaders[at] != at) {
            group.severity = group.severity.max(found.severity);
            group.related.push(found.signature.id.clone());
        }
    }
    let mut groups: Vec<Group<'s>> = groups.into_iter().flatten().collect();
    for group in &mut groups {
        group.related.sort();
        group.related.dedup();
    }
    groups
}

/// Follows who leads whom to the end; of some that lead each other in a circle the
/// first one leads.
fn leader(direct: &[Option<usize>], from: usize) -> usize {
    let mut way = vec![from];
    let mut at = from;
    while let Some(next) = direct[at] {
        if let Some(start) = way.iter().position(|&passed| passed == next) {
            return way[start..].iter().copied().min().unwrap_or(from);
        }
        way.push(next);
        at = next;
    }
    at
}

fn leads(heap: &Heap<'_>, one: &Match<'_>, other: &Match<'_>) -> bool {
    other.signature.yields_to.contains(&one.signature.id) && explains(heap, one, other)
}

/// Whether one finding claims at least half of what another claims.
fn explains(heap: &Heap<'_>, one: &Match<'_>, other: &Match<'_>) -> bool {
    let common = match heap {
        Heap::Stacks(stacks) => {
            let in_one = |item: &&usize| one.claimed.items.binary_search(item).is_ok();
            let common = other.claimed.items.iter().filter(in_one).copied();
            stacks.sum(&common.collect::<Vec<_>>())
        }
        // Rows overlap in ways that a table does not show.
        Heap::Table(_) => one.claimed.bytes,
    };
    common >= other.claimed.bytes / 2
}
