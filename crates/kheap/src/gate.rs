//! Bounds that a heap has to keep, for a job that fails where it does not.

mod similar;
mod syntax;

use std::borrow::Cow;

use crate::series::{
    Amount, By, GrowthThresholds, Note, Origin, SeriesError, Snapshot, check_counted,
    notes_on_origins, variance_of_change,
};
use crate::{symbol, unit};

pub use syntax::GateSyntaxError;

/// A bound for one amount of a heap: `total>4GB`, `growth>10%`, `part:list-etcd>500MB` or
/// `growth:kind:ConfigMap>20%`. [`FromStr`](std::str::FromStr) reads it as the program writes
/// it: bytes with a unit, a count without one, or a share. [`Display`](std::fmt::Display) writes
/// it so.
///
/// ```
/// use kheap::gate::{Gate, GateSyntaxError, Measure, Most};
///
/// let gate: Gate = "growth>10%".parse()?;
/// assert_eq!(gate, Gate::new(Measure::Growth, None, Most::Share(0.1)));
/// assert_eq!(gate.to_string(), "growth>10%");
/// let refused = "total<4GB".parse::<Gate>();
/// assert_eq!(refused, Err(GateSyntaxError::Below("total>4GB".to_owned())));
/// # Ok::<(), GateSyntaxError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Gate {
    /// What is measured.
    pub measure: Measure,
    /// The part, kind, function or package that is measured; `None` for the whole heap.
    pub of: Option<(By, String)>,
    /// What it may be at most.
    pub most: Most,
}

/// What a gate measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Measure {
    /// How much there is.
    Size,
    /// How much more there is than before.
    Growth,
}

/// What an amount may be at most.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Most {
    /// So many bytes.
    Bytes(u64),
    /// So many of whatever the sample type counts.
    Count(u64),
    /// This share of the heap, or of what there was before: 0.1 is a tenth. Where there was
    /// nothing before, any growth passes each share.
    Share(f64),
}

/// A bound that is not kept.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Breach {
    /// What there was, where the gate measures growth.
    pub before: Option<i64>,
    /// What there is.
    pub after: i64,
    /// The whole heap.
    pub total: i64,
    /// The unit of all of them.
    pub unit: String,
    /// Whether sampling alone may explain a growth of this size; `false`, too, where nothing is
    /// known of the sampling: the profile says no [`period`](crate::profile::Header::period),
    /// does not count the objects, or is not sampled by bytes.
    pub may_be_noise: bool,
}

/// Why a gate cannot be checked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GateError {
    /// The gate is none that can be written: its share is no number or below zero, it is measured
    /// by place or path, it has an empty name, or it bounds the total by a share of itself.
    #[error(transparent)]
    Gate(#[from] GateSyntaxError),
    /// There is no earlier dump.
    #[error("growth needs an earlier dump of the same process; fetch another, and give both")]
    NoBefore,
    /// A table shows neither parts nor kinds.
    #[error("a table has no parts, kinds, functions or packages; give the dump")]
    NoStacks,
    /// The values are no bytes.
    #[error("the unit of the values is {0}, not bytes; write a number without a unit")]
    NotBytes(String),
    /// The values are bytes, and the bound is a number without a unit.
    #[error("{0} has no unit; write a size, such as {0}MB, or a share, such as {0}%")]
    NoUnit(u64),
    /// A part of the heap may be missing, so that a bound that the rest keeps, or a growth, says
    /// nothing of the whole.
    #[error("{0} is part of a heap; fetch it again")]
    Fragment(String),
    /// No rule names such a part.
    #[error("unknown part {part:?}; {}", known_parts(similar.as_deref(), known))]
    UnknownPart {
        /// The part that was asked for.
        part: String,
        /// The one that is most like it, where one is.
        similar: Option<String>,
        /// The parts that there are, those of the user first.
        known: Vec<String>,
    },
    /// The two count different things, or are of different programs; or another version stored
    /// one of them without the amounts that are asked for.
    #[error(transparent)]
    Unlike(SeriesError),
    /// The two were attributed by rules whose texts differ, be it in a comment alone: different
    /// [`Rules`](crate::attribute::Rules), or those of different versions of this crate. A part of
    /// one may be another part of the other.
    #[error(
        "{before} and {after} are attributed by different rules, so that their parts cannot be \
         compared; read both dumps again"
    )]
    OtherRules {
        /// The name of the earlier one.
        before: String,
        /// That of the later one.
        after: String,
    },
    /// A delta profile, or a difference that was saved, is no heap.
    #[error("{0} says what changed, not what is in use; fetch it without ?seconds=")]
    Difference(String),
    /// Both are the same dump, so that nothing can have grown.
    #[error("{before} and {after} are the same dump; give two different dumps")]
    SameDump {
        /// The name of the earlier one.
        before: String,
        /// That of the later one.
        after: String,
    },
}

/// The part that is meant, or which there are.
fn known_parts(similar: Option<&str>, known: &[String]) -> String {
    match similar {
        Some(similar) => format!("did you mean {similar:?}?"),
        None => format!("the parts are {}", known.join(", ")),
    }
}

impl Gate {
    /// Bounds a measure of the whole heap, or of one part, kind, function or package. A gate that
    /// [`FromStr`](std::str::FromStr) would refuse is refused when it is checked.
    pub fn new(measure: Measure, of: Option<(By, String)>, most: Most) -> Self {
        Self { measure, of, most }
    }

    /// Checks a heap; `before` is an earlier one of the same program. Returns `None` where
    /// the bound is kept.
    ///
    /// A kind, function or package that the heap does not have counts as 0, which keeps every
    /// bound; so does a part of the rules without a byte. Ask [`is_absent`](Self::is_absent), or a
    /// misspelled name is a gate that never fails.
    ///
    /// # Errors
    ///
    /// [`GateError`] when growth is measured without `before`, or from one that does not belong
    /// to it: of another program or sample type, attributed by other rules, or the same dump.
    /// Also when one of them is a difference, no rule has such a part, bytes are compared with
    /// something else, a missing part of the heap decides, or the gate is none.
    ///
    /// # Example
    ///
    /// ```
    /// use kheap::gate::{Gate, Measure, Most};
    /// use kheap::series::Keys;
    /// use kheap::{Heap, ProfileBuilder, Selection, SelectionOptions, Snapshot};
    ///
    /// let snapshot = |bytes| {
    ///     let mut builder = ProfileBuilder::new();
    ///     builder.sample_type("inuse_space", "bytes");
    ///     builder.sample(&[], &[bytes], &[])?;
    ///     let profile = builder.finish();
    ///     let sample_type = profile.sample_type("").expect("it was just added");
    ///     let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
    ///     let snapshot = Snapshot::new(&Heap::new(selection), "", &Keys::default());
    ///     Ok::<_, kheap::profile::BuildError>(snapshot)
    /// };
    /// let gate = Gate::new(Measure::Growth, None, Most::Share(0.1));
    /// let (before, after) = (snapshot(1000)?, snapshot(1101)?);
    /// let breach = gate.check(Some(&before), &after)?.expect("more than a tenth");
    /// assert_eq!((breach.before, breach.after), (Some(1000), 1101));
    /// assert_eq!(gate.check(Some(&before), &snapshot(1100)?)?, None);
    ///
    /// // Nothing is there, and nothing is too much.
    /// let gate: Gate = "function:main.lode>1GB".parse()?;
    /// assert_eq!(gate.check(None, &after)?, None);
    /// assert!(gate.is_absent(&after));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check(
        &self,
        before: Option<&Snapshot>,
        after: &Snapshot,
    ) -> Result<Option<Breach>, GateError> {
        self.refuse_unwritable()?;
        if let Some((By::Part, part)) = &self.of
            && after.parts.get(&key(By::Part, part, after)).is_none()
        {
            let known = after.parts.iter().map(|part| part.id.clone());
            let known: Vec<String> = known.collect();
            return Err(GateError::UnknownPart {
                part: part.clone(),
                similar: similar::most_similar(part, &known).map(str::to_owned),
                known,
            });
        }
        let now = self.amount(after)?;
        let (total, unit) = (after.origin.total.value, &after.origin.unit);
        self.check_unit(unit)?;
        let before = match self.measure {
            Measure::Size => None,
            Measure::Growth => Some(before.ok_or(GateError::NoBefore)?),
        };
        check_level(&after.origin)?;
        if let Some(before) = before {
            check_growth(&before.origin, &after.origin)?;
            let is_by_part = matches!(self.of, Some((By::Part, _)));
            if is_by_part && before.has_other_rules(after) {
                return Err(GateError::OtherRules {
                    before: before.origin.name.clone(),
                    after: after.origin.name.clone(),
                });
            }
        }
        if let Some(before) = before.filter(|before| before.origin.is_fragment) {
            return Err(GateError::Fragment(before.origin.name.clone()));
        }
        // The missing part makes a share smaller.
        if after.origin.is_fragment
            && self.measure == Measure::Size
            && matches!(self.most, Most::Share(_))
        {
            return Err(GateError::Fragment(after.origin.name.clone()));
        }
        let then = before.map(|before| self.amount(before)).transpose()?;
        if !self.exceeds(then.map(|then| then.value), now.value, total) {
            // Only what is too much without the missing part is certain.
            return match after.origin.is_fragment {
                true => Err(GateError::Fragment(after.origin.name.clone())),
                false => Ok(None),
            };
        }
        let may_be_noise = then.is_some_and(|then| {
            let deviations = GrowthThresholds::default().deviations;
            let variance = variance_of_change(then, now, after.origin.is_counter());
            (now.value as f64 - then.value as f64).abs() <= deviations * variance.sqrt()
        });
        Ok(Some(Breach {
            before: then.map(|then| then.value),
            after: now.value,
            total,
            unit: unit.clone(),
            may_be_noise,
        }))
    }

    /// Checks a heap whose total alone is known.
    ///
    /// # Errors
    ///
    /// [`GateError`] when more is needed.
    pub fn check_total(&self, total: i64, unit: &str) -> Result<Option<Breach>, GateError> {
        self.refuse_unwritable()?;
        if self.of.is_some() {
            return Err(GateError::NoStacks);
        }
        self.check_unit(unit)?;
        if self.measure == Measure::Growth {
            return Err(GateError::NoBefore);
        }
        let breach = || Breach {
            before: None,
            after: total,
            total,
            unit: unit.to_owned(),
            may_be_noise: false,
        };
        Ok(self.exceeds(None, total, total).then(breach))
    }

    /// Whether the gate is about a name that a heap does not have, so that it counts as 0 and
    /// keeps every bound: a misspelled one, or what no longer allocates.
    pub fn is_absent(&self, heap: &Snapshot) -> bool {
        let of = self.of.as_ref();
        let is_absent = |by, name| Some(!heap.by(by)?.contains_key(&*key(by, name, heap)));
        of.is_some_and(|(by, name)| is_absent(*by, name).unwrap_or(false))
    }

    fn amount(&self, snapshot: &Snapshot) -> Result<Amount, GateError> {
        let Some((by, name)) = &self.of else {
            return Ok(snapshot.origin.total);
        };
        let amounts = snapshot.table(*by).map_err(GateError::Unlike)?;
        let found = amounts.get(&*key(*by, name, snapshot));
        Ok(found.copied().unwrap_or_default())
    }

    /// Checks that the bound is of the unit of the values. Nothing is the same in all units.
    fn check_unit(&self, unit: &str) -> Result<(), GateError> {
        match self.most {
            Most::Bytes(_) if !unit::convertible(unit, "bytes") => {
                Err(GateError::NotBytes(unit.to_owned()))
            }
            Most::Count(most) if most > 0 && unit::convertible(unit, "bytes") => {
                Err(GateError::NoUnit(most))
            }
            _ => Ok(()),
        }
    }

    fn exceeds(&self, before: Option<i64>, after: i64, total: i64) -> bool {
        let value = i128::from(after) - i128::from(before.unwrap_or(0));
        match self.most {
            Most::Bytes(most) | Most::Count(most) => value > i128::from(most),
            Most::Share(most) => {
                let whole = before.unwrap_or(total);
                value > 0 && value as f64 > most * whole as f64
            }
        }
    }
}

/// What a snapshot calls a name that `top` or `breakdown` prints: those of functions and packages
/// are of one build, and parts have a title. Kinds may be in capitals or not.
fn key<'n>(by: By, name: &'n str, snapshot: &'n Snapshot) -> Cow<'n, str> {
    const INLINE: [&str; 2] = [" (inline)", " (partial-inline)"];
    let amounts = snapshot.by(by);
    if amounts.is_some_and(|amounts| amounts.contains_key(name)) {
        return Cow::Borrowed(name);
    }
    match by {
        By::Kind => {
            let mut kinds = amounts.into_iter().flat_map(|amounts| amounts.keys());
            let kind = kinds.find(|kind| kind.eq_ignore_ascii_case(name));
            Cow::Owned(kind.map_or(name, |kind| &**kind).to_owned())
        }
        By::Part => {
            let mut parts = snapshot.parts.iter();
            let part = parts.find(|part| part.title == name);
            Cow::Borrowed(part.map_or(name, |part| &part.id))
        }
        By::Function => {
            let mark = INLINE.iter().find_map(|mark| name.strip_suffix(mark));
            Cow::Owned(symbol::identity(mark.unwrap_or(name)))
        }
        By::Package => {
            let function = symbol::identity(&format!("{name}.F"));
            Cow::Owned(symbol::package(&function).to_owned())
        }
        _ => Cow::Borrowed(name),
    }
}

/// What changed is no bound for what there is. Allocations are what a time added: the sum of such a
/// time may be bounded.
fn check_level(heap: &Origin) -> Result<(), GateError> {
    match heap.is_change() && !heap.is_counter() {
        true => Err(GateError::Difference(heap.name.clone())),
        false => Ok(()),
    }
}

/// Two heaps show growth only where they are of one program, count the same, and are not one dump.
fn check_growth(before: &Origin, after: &Origin) -> Result<(), GateError> {
    if let Some(difference) = [before, after].into_iter().find(|heap| heap.is_change()) {
        return Err(GateError::Difference(difference.name.clone()));
    }
    check_counted(before, after).map_err(GateError::Unlike)?;
    // A dump that was cut is not the same as the whole one.
    let is_cut = before.is_fragment || after.is_fragment;
    for note in notes_on_origins(before, after) {
        match note {
            Note::Programs {
                before: first,
                after: other,
            } => {
                return Err(GateError::Unlike(SeriesError::Programs {
                    first_name: before.name.clone(),
                    first,
                    other_name: after.name.clone(),
                    other,
                }));
            }
            Note::SameDump if !is_cut => {
                return Err(GateError::SameDump {
                    before: before.name.clone(),
                    after: after.name.clone(),
                });
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::attribute::Rules;
    use crate::fixture::profile;
    use crate::series::Keys;
    use crate::{Heap, Selection, SelectionOptions};

    fn snapshot(stacks: &str) -> Snapshot {
        Snapshot::new(&Heap::new(selection(stacks)), "heap", &Keys::default())
    }

    fn selection(stacks: &str) -> Selection<'static> {
        let profile = profile(stacks);
        let sample_type = profile.sample_type("").expect("it is there");
        Selection::new(profile, sample_type, &SelectionOptions::default())
    }

    fn gate(measure: Measure, of: Option<(By, &str)>, most: Most) -> Gate {
        let of = of.map(|(by, name)| (by, name.to_owned()));
        Gate { measure, of, most }
    }

    /// Whether a gate fails a heap of 600 bytes. `main.load` has 400 of it, and had 200
    /// of 400.
    fn fails(gate: &Gate) -> Result<bool, GateError> {
        let before = snapshot("main;main.load 200\nmain;main.keep 200");
        let after = snapshot("main;main.load 400\nmain;main.keep 200");
        let breach = gate.check(Some(&before), &after)?;
        Ok(breach.is_some())
    }

    #[test]
    fn a_bound_is_kept_up_to_its_value() {
        let load = Some((By::Function, "main.load"));
        let check = |measure, of, most, expected| {
            let gate = gate(measure, of, most);
            assert_eq!(fails(&gate), Ok(expected), "{gate:?}");
        };
        check(Measure::Size, None, Most::Bytes(600), false);
        check(Measure::Size, None, Most::Bytes(599), true);
        check(Measure::Size, load, Most::Bytes(399), true);
        check(Measure::Size, load, Most::Share(0.66), true);
        check(Measure::Size, load, Most::Share(0.67), false);
        check(Measure::Growth, None, Most::Share(0.5), false);
        check(Measure::Growth, None, Most::Share(0.49), true);
        check(Measure::Growth, None, Most::Bytes(199), true);
        check(Measure::Growth, None, Most::Count(0), true);
        check(Measure::Growth, load, Most::Share(1.0), false);
        check(Measure::Growth, load, Most::Share(0.9), true);
    }

    #[test]
    fn names_are_found_as_they_are_printed() {
        let heap = snapshot(
            "main;main.Map[go.shape.int].F 200\n\
             main;a.io/x/vendor/k8s.io/klog/v2.(*buffer).Write.func1 300\n\
             main;std::vector<int>::grow 50",
        );
        let check = |name: &str, bytes: i64| {
            for (most, expected) in [(bytes - 1, Some(bytes)), (bytes, None)] {
                let gate: Gate = format!("{name}>{most}B").parse().unwrap();
                assert!(!gate.is_absent(&heap), "{gate}");
                let breach = gate.check(None, &heap).unwrap();
                assert_eq!(breach.map(|breach| breach.after), expected, "{gate}");
            }
        };
        check("function:main.Map[go.shape.int].F", 200);
        check("function:main.Map[go.shape.int].F (inline)", 200);
        check("function:main.Map[...].F", 200);
        check(
            "function:a.io/x/vendor/k8s.io/klog/v2.(*buffer).Write.func1",
            300,
        );
        check("function:k8s.io/klog.(*buffer).Write.func", 300);
        check("function:std::vector<int>::grow", 50);
        check("package:a.io/x/vendor/k8s.io/klog/v2", 300);
        check("package:k8s.io/klog", 300);
        check("kind:unknown", 550);
        check("kind:Unknown", 550);
        let rows = crate::breakdown(
            &Heap::new(selection("main;main.load 550")),
            crate::attribute::Dimensions::ALL,
        );
        let title = &heap
            .parts
            .get(rows.rows[0].part.as_deref().unwrap())
            .unwrap()
            .title;
        check(&format!("part:{title}"), 550);
    }

    #[test]
    fn what_is_new_grows_by_more_than_any_share() {
        let gate = gate(
            Measure::Growth,
            Some((By::Function, "main.new")),
            Most::Share(9.0),
        );
        let before = snapshot("main;main.load 200");
        let after = snapshot("main;main.load 200\nmain;main.new 1");
        let breach = gate.check(Some(&before), &after).unwrap().unwrap();
        assert_eq!((breach.before, breach.after), (Some(0), 1));
        assert!(gate.is_absent(&before) && !gate.is_absent(&after));
    }

    #[test]
    fn growth_is_measured_between_two_dumps_that_belong_together() {
        let growth = gate(Measure::Growth, None, Most::Share(0.1));
        let before = snapshot("main;main.load 200");
        let after = snapshot("main;main.load 200\nmain;main.new 1");
        assert_eq!(growth.check(Some(&before), &after), Ok(None));
        let refused = |before: &Snapshot, after: &Snapshot| {
            let refused = growth.check(Some(before), after);
            refused.unwrap_err().to_string()
        };
        assert_eq!(
            refused(&before, &before),
            "heap and heap are the same dump; give two different dumps"
        );
        let with = |change: fn(&mut Origin)| {
            let mut other = after.clone();
            other.origin.name = "other".to_owned();
            change(&mut other.origin);
            other
        };
        let counts = with(|origin| origin.unit = "count".to_owned());
        assert!(refused(&before, &counts).starts_with("dumps of different sample types: heap"));
        let [etcd, api] = [
            with(|origin| origin.program = Some("etcd".to_owned())),
            with(|origin| origin.program = Some("kube-apiserver".to_owned())),
        ];
        assert_eq!(
            refused(&etcd, &api),
            "dumps of different programs: other is of etcd, other of kube-apiserver"
        );
        let difference = with(|origin| origin.is_difference = true);
        let says = "other says what changed, not what is in use; fetch it without ?seconds=";
        assert_eq!(refused(&before, &difference), says);
        assert_eq!(refused(&difference, &before), says);
        // A snapshot of an earlier version does not say that it is a difference.
        let delta = with(|origin| origin.delta_nanos = Some(30_000_000_000));
        assert_eq!(refused(&before, &delta), says);
        let size = gate(Measure::Size, None, Most::Bytes(1));
        for change in [difference, delta] {
            assert_eq!(size.check(None, &change).unwrap_err().to_string(), says);
        }
    }

    #[test]
    fn a_difference_that_was_saved_is_known_in_its_snapshot() {
        assert!(!snapshot("main;main.load 200").origin.is_difference);
        let saved = snapshot("main;main.load 200\nmain;main.keep -1");
        assert!(saved.origin.is_difference);
    }

    /// What a user's rules make of `main.load`: a part of this name.
    fn snapshot_by(rules: &str, stacks: &str) -> Snapshot {
        let rules = Arc::new(Rules::parse(rules).expect("rules"));
        let heap = Heap::new(selection(stacks)).with_rules(&rules);
        Snapshot::new(&heap, "heap", &Keys::default())
    }

    #[test]
    fn a_part_that_the_rules_renamed_is_no_growth() {
        let rules = |part: &str| {
            format!(
                "[frames]
                 load = '^main[.]load$'

                 [[part]]
                 id = '{part}'
                 title = 'loaded'
                 color = '#ddaa33'

                 [[rule]]
                 part = '{part}'
                 when = [{{ any = ['load'] }}]"
            )
        };
        let before = snapshot_by(&rules("old"), "main;main.load 200");
        let after = snapshot_by(&rules("new"), "main;main.load 210");
        let growth = |name: &str| format!("growth:{name}>10%").parse::<Gate>().unwrap();
        let error = growth("part:new").check(Some(&before), &after).unwrap_err();
        assert_eq!(
            error.to_string(),
            "heap and heap are attributed by different rules, so that their parts cannot be \
             compared; read both dumps again"
        );
        // Only parts are by rules.
        let function = growth("function:main.load");
        assert_eq!(function.check(Some(&before), &after), Ok(None));
        // The same rules, read once more.
        let before = snapshot_by(&rules("new"), "main;main.load 200");
        assert_eq!(growth("part:new").check(Some(&before), &after), Ok(None));
    }

    #[test]
    fn a_gate_that_nobody_can_write_is_not_checked() {
        let heap = snapshot("main;main.load 200");
        let refused = |gate: &Gate| gate.check(Some(&heap), &heap).unwrap_err().to_string();
        let load = |by| Some((by, "main.load"));
        let share = gate(Measure::Growth, load(By::Function), Most::Share(f64::NAN));
        assert_eq!(refused(&share), "a share is a number and %, such as 10%");
        let place = gate(Measure::Size, load(By::Place), Most::Bytes(1));
        assert_eq!(
            refused(&place),
            "\"place:main.load\" is nothing that is measured; use total, growth, part:ID, \
             kind:KIND, function:NAME or package:NAME"
        );
        let total = gate(Measure::Size, None, Most::Share(0.1));
        let expected = GateError::Gate(GateSyntaxError::ShareOfTotal("10%".to_owned()));
        assert_eq!(total.check_total(5, "bytes"), Err(expected));
    }

    #[test]
    fn of_a_part_of_a_heap_only_an_excess_is_certain() {
        let whole = snapshot("main;main.load 200");
        let mut part = whole.clone();
        part.origin.is_fragment = true;
        let missing = || Err(GateError::Fragment("heap".to_owned()));
        let size = |most| gate(Measure::Size, None, Most::Bytes(most));
        assert_eq!(size(200).check(None, &part), missing());
        assert!(size(199).check(None, &part).unwrap().is_some());
        let growth = |most| gate(Measure::Growth, None, Most::Bytes(most));
        assert_eq!(growth(0).check(Some(&whole), &part), missing());
        let larger = snapshot("main;main.load 300");
        assert_eq!(growth(99).check(Some(&part), &larger), missing());
        assert!(growth(99).check(Some(&whole), &larger).unwrap().is_some());
    }

    #[test]
    fn what_cannot_be_checked_is_no_success() {
        let after = snapshot("main;main.load 200");
        let growth = gate(Measure::Growth, None, Most::Share(0.1));
        assert_eq!(growth.check(None, &after), Err(GateError::NoBefore));
        assert_eq!(growth.check_total(5, "bytes"), Err(GateError::NoBefore));
        let part = gate(
            Measure::Size,
            Some((By::Part, "watch-cache-event")),
            Most::Bytes(1),
        );
        let unknown = part.check(None, &after).unwrap_err();
        assert_eq!(
            unknown.to_string(),
            "unknown part \"watch-cache-event\"; did you mean \"watch-cache-events\"?"
        );
        let wal = "part:wal>1MB".parse::<Gate>().unwrap();
        let unknown = wal.check(None, &after).unwrap_err().to_string();
        assert!(
            unknown.starts_with("unknown part \"wal\"; the parts are ")
                && unknown.contains(", watch-cache-events, "),
            "{unknown}"
        );
        assert_eq!(part.check_total(5, "bytes"), Err(GateError::NoStacks));
        let bytes = gate(Measure::Size, None, Most::Bytes(1));
        let counts = GateError::NotBytes("count".to_owned());
        assert_eq!(bytes.check_total(5, "count"), Err(counts));
        let count = gate(Measure::Size, None, Most::Count(4));
        assert!(count.check_total(5, "count").unwrap().is_some());
        assert_eq!(count.check_total(5, "bytes"), Err(GateError::NoUnit(4)));
    }
}
