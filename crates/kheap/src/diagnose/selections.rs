//! What a signature selects in a heap, and the conditions on it.

use hashbrown::{HashMap, HashSet};

use super::condition::{Bounds, Condition, Measure};
use super::history::History;
use super::share;
use super::signature::Signature;
use super::view::{HeapView, Seen, Selected};
use crate::attribute::{Analysis, UNKNOWN};
use crate::memory::Memory;
use crate::profile::clamp;

/// How much of what shows a kind must be of one for the rest to be of it.
const ONLY_KIND_SHARE: f64 = 0.9;

/// Which kinds are looked at.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kinds<'k> {
    All,
    One(&'k str),
    /// All but these.
    Rest(&'k HashSet<String>),
}

/// The selections of a signature in a heap, each made once.
#[derive(Debug)]
pub(super) struct Selections<'a, 's> {
    view: &'a HeapView<'a>,
    process: Option<&'a Memory>,
    history: Option<&'a History>,
    pub(super) signature: &'s Signature,
    whole: HashMap<String, Selected>,
    /// Stacks by kind.
    by_kind: HashMap<String, HashMap<String, Vec<usize>>>,
}

impl<'a, 's> Selections<'a, 's> {
    pub(super) fn new(
        view: &'a HeapView<'a>,
        process: Option<&'a Memory>,
        history: Option<&'a History>,
        signature: &'s Signature,
    ) -> Self {
        Self {
            view,
            process,
            history,
            signature,
            whole: HashMap::new(),
            by_kind: HashMap::new(),
        }
    }

    fn whole(&mut self, name: &str) -> &Selected {
        let (view, process, signature) = (self.view, self.process, self.signature);
        let select = signature.select.get(name);
        let entry = self.whole.entry(name.to_owned());
        entry.or_insert_with(|| match (select, view) {
            (Some(select), _) if select.beside_heap => beside(view, process),
            (Some(select), HeapView::Stacks(stacks)) if select.allocated => {
                stacks.select_allocated(signature, name)
            }
            _ => view.select(signature, name),
        })
    }

    pub(super) fn of(&mut self, name: &str, kinds: Kinds<'_>) -> Selected {
        let HeapView::Stacks(stacks) = self.view else {
            return self.whole(name).clone();
        };
        let items = match kinds {
            Kinds::All => return self.whole(name).clone(),
            Kinds::One(kind) => self.by_kind(name).get(kind).cloned().unwrap_or_default(),
            Kinds::Rest(known) => {
                let groups = self.by_kind(name).iter();
                let rest = groups.filter(|(kind, _)| !known.contains(*kind));
                let mut items: Vec<usize> = rest.flat_map(|(_, items)| items.clone()).collect();
                items.sort_unstable();
                items
            }
        };
        match self.analysis(name) {
            Some(all) if self.is_allocated(name) => Selected {
                bytes: all.sum(&items),
                ..Selected::default()
            },
            _ => stacks.selected(items),
        }
    }

    fn is_allocated(&self, name: &str) -> bool {
        let select = self.signature.select.get(name);
        select.is_some_and(|select| select.allocated)
    }

    /// The stacks of a selection; `None` in a table.
    fn analysis(&self, name: &str) -> Option<&'a Analysis> {
        match (self.view, self.signature.select.get(name)) {
            (HeapView::Stacks(stacks), Some(select)) => stacks.analysis_of(select),
            _ => None,
        }
    }

    /// Made in one pass, however many kinds there are.
    fn by_kind(&mut self, name: &str) -> &HashMap<String, Vec<usize>> {
        if !self.by_kind.contains_key(name) {
            let items = self.whole(name).items.clone();
            let mut groups: HashMap<String, Vec<usize>> = HashMap::new();
            if let Some(all) = self.analysis(name) {
                for item in items {
                    let kind = &all.stacks[item].place.kind;
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
        kinds.sort_unstable();
        kinds
    }

    /// Whether conditions hold, or may: that a table lacks a function does not mean that
    /// there is none.
    pub(super) fn may_hold(&mut self, conditions: &[Condition], kinds: Kinds<'_>) -> bool {
        self.all_hold(conditions, kinds, false)
    }

    /// Whether conditions hold for certain.
    pub(super) fn must_hold(&mut self, conditions: &[Condition], kinds: Kinds<'_>) -> bool {
        self.all_hold(conditions, kinds, true)
    }

    fn all_hold(&mut self, conditions: &[Condition], kinds: Kinds<'_>, is_sure: bool) -> bool {
        let mut conditions = conditions.iter();
        conditions.all(|condition| self.holds(condition, kinds, is_sure))
    }

    fn holds(&mut self, condition: &Condition, kinds: Kinds<'_>, is_sure: bool) -> bool {
        match condition {
            Condition::AnyOf(lists) => {
                let mut lists = lists.iter();
                lists.any(|all| self.all_hold(all, kinds, is_sure))
            }
            Condition::Role(role) => self.view.role() == *role,
            Condition::Within(Measure::Seen(frames), bounds) => {
                is_within(self.view.seen(frames), *bounds, is_sure)
            }
            Condition::Within(measure, bounds) => {
                let measure = self.measure(measure, kinds);
                measure.is_some_and(|measure| bounds.hold(measure))
            }
        }
    }

    /// The kind that what is claimed without one is of: nearly all that shows a kind is of
    /// it, and that is most of all.
    pub(super) fn only_kind(&mut self) -> Option<String> {
        let name = &self.signature.bytes;
        let untyped = self.of(name, Kinds::One(UNKNOWN)).bytes;
        let kinds = self.kinds_of(name).into_iter();
        let typed = kinds.filter(|kind| kind != UNKNOWN);
        let typed = typed.map(|kind| (self.of(name, Kinds::One(&kind)).bytes, kind));
        let typed: Vec<(i64, String)> = typed.collect();
        let all = clamp(typed.iter().map(|(bytes, _)| i128::from(*bytes)).sum());
        let (largest, kind) = typed.into_iter().max()?;
        (share(largest, all) >= ONLY_KIND_SHARE && all >= untyped).then_some(kind)
    }

    /// Whether something that is required is only shown by a sign that stands alone.
    pub(super) fn are_weak(&mut self, kinds: Kinds<'_>) -> bool {
        let measures = self
            .signature
            .require
            .iter()
            .filter_map(|condition| match condition {
                Condition::Within(measure, bounds) if bounds.at_least.is_some() => Some(measure),
                _ => None,
            });
        let names: Vec<&str> = measures.flat_map(Measure::selections).collect();
        names.into_iter().any(|name| self.of(name, kinds).is_weak)
    }

    /// `None` where the heap does not tell.
    fn measure(&mut self, measure: &Measure, kinds: Kinds<'_>) -> Option<f64> {
        match measure {
            Measure::Share(name) => {
                let total = self.view.total();
                Some(share(self.of(name, kinds).bytes, total))
            }
            Measure::Bytes(name) => Some(self.of(name, kinds).bytes as f64),
            Measure::Objects(name) => self.of(name, kinds).objects.map(|objects| objects as f64),
            Measure::MeanSize(name) => {
                let selected = self.of(name, kinds);
                let objects = selected.objects.filter(|&objects| objects > 0)?;
                Some(selected.bytes as f64 / objects as f64)
            }
            Measure::Ratio(a, b) => {
                let (a, b) = (self.of(a, kinds).bytes, self.of(b, kinds).bytes);
                (b != 0).then(|| a as f64 / b as f64)
            }
            Measure::GrowthShare(name) => {
                let kind = match kinds {
                    Kinds::All => None,
                    Kinds::One(kind) => Some(kind),
                    Kinds::Rest(_) => return None,
                };
                self.history?.growth_share(self.signature, name, kind)
            }
            Measure::Seen(_) => None,
        }
    }
}

/// Whether a number of functions is within bounds, or may be.
fn is_within(seen: Seen, bounds: Bounds, is_sure: bool) -> bool {
    match seen {
        Seen::Exactly(count) => bounds.hold(count as f64),
        Seen::AtLeast(_) if is_sure && bounds.at_most.is_some() => false,
        Seen::AtLeast(count) => bounds.hold(count as f64),
    }
}

/// What of the process the profile does not show. No stack holds it.
fn beside(view: &HeapView<'_>, process: Option<&Memory>) -> Selected {
    let total = process.map_or(0, |process| process.total);
    Selected {
        bytes: total.saturating_sub(view.total()).max(0),
        ..Selected::default()
    }
}
