//! Whether a signature is met, and what the finding claims.

use hashbrown::HashMap;

use super::finding::Confidence;
use super::heap::{Heap, Selected};
use super::share;
use super::signature::{Condition, Each, Signature};
use crate::attribute::UNKNOWN;

/// A signature that is met: what it claims, and how sure that is.
#[derive(Debug, Clone)]
pub(super) struct Match<'s> {
    pub(super) signature: &'s Signature,
    /// The kind that it was evaluated for, where it is for each one.
    pub(super) kind: Option<String>,
    pub(super) claimed: Selected,
    pub(super) confidence: Confidence,
}

/// Evaluates a signature, once or for each kind.
pub(super) fn matches<'s>(heap: &Heap<'_>, signature: &'s Signature) -> Vec<Match<'s>> {
    let kinds: Vec<Option<String>> = match (signature.each, heap) {
        (Some(Each::Kind), Heap::Stacks(stacks)) => {
            let claimed = heap.select(signature, &signature.bytes, None);
            let kinds = stacks.kinds(claimed.items.iter().copied()).into_iter();
            let kinds = kinds.map(|(kind, _)| kind);
            // Objects decoded by reflection show no kind, but are held as well.
            kinds.chain([UNKNOWN.to_owned()]).map(Some).collect()
        }
        _ => vec![None],
    };
    let kinds = kinds.into_iter();
    kinds
        .filter_map(|kind| match_for(heap, signature, kind))
        .collect()
}

fn match_for<'s>(
    heap: &Heap<'_>,
    signature: &'s Signature,
    kind: Option<String>,
) -> Option<Match<'s>> {
    let mut measures = Measures {
        heap,
        signature,
        kind: kind.as_deref(),
        selected: HashMap::new(),
    };
    if !measures.all_hold(&signature.require) {
        return None;
    }
    let mut rules = signature.confidence.iter();
    let level = rules.find(|rule| measures.all_hold(&rule.when));
    let level = level.map_or(Confidence::Medium, |rule| rule.level);
    let claimed = measures.selected(&signature.bytes).clone();
    if claimed.bytes <= 0 {
        return None;
    }
    Some(Match {
        signature,
        kind,
        claimed,
        confidence: match heap {
            Heap::Stacks(_) => level,
            Heap::Table(_) => level.lowered(),
        },
    })
}

/// The measures of a signature's selections, each made once.
#[derive(Debug)]
struct Measures<'a> {
    heap: &'a Heap<'a>,
    signature: &'a Signature,
    kind: Option<&'a str>,
    selected: HashMap<String, Selected>,
}

impl Measures<'_> {
    fn selected(&mut self, name: &str) -> &Selected {
        let Self {
            heap,
            signature,
            kind,
            selected,
        } = self;
        let entry = selected.entry(name.to_owned());
        entry.or_insert_with(|| heap.select(signature, name, *kind))
    }

    fn all_hold(&mut self, conditions: &[Condition]) -> bool {
        conditions.iter().all(|condition| self.holds(condition))
    }

    fn holds(&mut self, condition: &Condition) -> bool {
        if !condition.any_of.is_empty() {
            return condition.any_of.iter().any(|all| self.all_hold(all));
        }
        let Some(measure) = self.measure(condition) else {
            return false;
        };
        condition.at_least.is_none_or(|least| measure >= least)
            && condition.at_most.is_none_or(|most| measure <= most)
    }

    /// `None` where the heap does not tell.
    fn measure(&mut self, condition: &Condition) -> Option<f64> {
        if let Some(name) = &condition.share {
            let total = self.heap.total();
            return Some(share(self.selected(name).bytes, total));
        }
        if let Some(name) = &condition.bytes {
            return Some(self.selected(name).bytes as f64);
        }
        if let Some(name) = &condition.objects {
            return self.selected(name).objects.map(|objects| objects as f64);
        }
        if let Some(name) = &condition.mean_size {
            let selected = self.selected(name);
            let objects = selected.objects.filter(|&objects| objects > 0)?;
            return Some(selected.bytes as f64 / objects as f64);
        }
        if let Some(pattern) = &condition.seen {
            return Some(self.heap.seen(pattern) as f64);
        }
        let [a, b] = condition.ratio.as_ref()?;
        let (a, b) = (self.selected(a).bytes, self.selected(b).bytes);
        (b != 0).then(|| a as f64 / b as f64)
    }
}

/// Lets the more specific signature lead where two explain the same bytes, and
/// returns what is left with the ids that each one has taken in.
pub(super) fn relate<'s>(
    heap: &Heap<'_>,
    matches: Vec<Match<'s>>,
) -> Vec<(Match<'s>, Vec<String>)> {
    let leader = |this: &Match<'_>| {
        let mut others = matches.iter().enumerate();
        let found = others.find(|(_, other)| {
            this.signature.yields_to.contains(&other.signature.id) && explains(heap, other, this)
        });
        found.map(|(position, _)| position)
    };
    let leaders: Vec<Option<usize>> = matches.iter().map(leader).collect();
    let mut related: Vec<Vec<String>> = vec![Vec::new(); matches.len()];
    for (this, leader) in leaders.iter().enumerate() {
        if let Some(leader) = *leader {
            related[leader].push(matches[this].signature.id.clone());
        }
    }
    let left = matches.into_iter().zip(related).zip(leaders);
    let left = left.filter(|(_, leader)| leader.is_none());
    let left = left.map(|((this, mut related), _)| {
        related.sort();
        related.dedup();
        (this, related)
    });
    left.collect()
}

/// Whether one finding claims at least half of what another claims.
fn explains(heap: &Heap<'_>, one: &Match<'_>, other: &Match<'_>) -> bool {
    let common = match heap {
        Heap::Stacks(stacks) => {
            let in_one = |item: &&usize| one.claimed.items.binary_search(item).is_ok();
            let common = other.claimed.items.iter().filter(in_one).copied();
            stacks.sum(&common.collect::<Vec<_>>(), |stack| stack.value)
        }
        // Rows overlap in ways that a table does not show.
        Heap::Table(_) => one.claimed.bytes,
    };
    common >= other.claimed.bytes / 2
}
