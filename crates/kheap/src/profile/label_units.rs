//! The units of numeric labels, which Go's files leave to the reader.

use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

use super::{LabelValue, Profile, StringId};

/// Which unit the numbers of each label are in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LabelUnits {
    /// Labels may share a unit of any length.
    units: HashMap<StringId, Arc<str>>,
    conflicts: Vec<UnitConflict>,
    more_conflicts: usize,
}

/// How many labels in several units are named, and how many units of each: eight bytes of a
/// file make a label.
const MOST_NAMED: usize = 20;

/// A label whose numbers come in several units: the first one is used for all.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct UnitConflict {
    /// Name of the label.
    pub label: String,
    /// The unit that is used.
    pub used: String,
    /// The others, sorted; the first 20 in the file, where there are more.
    pub ignored: Vec<String>,
    /// How many others there are besides.
    pub more: usize,
}

impl LabelUnits {
    /// The unit of a label's numbers: the first one in the file, or by custom
    /// `bytes` for `alignment` and `request`, or else the name of the label.
    pub fn unit(&self, key: StringId) -> &str {
        self.units.get(&key).map_or("", |unit| unit)
    }

    /// Labels whose numbers come in several units: the first 20 in the file.
    pub fn conflicts(&self) -> &[UnitConflict] {
        &self.conflicts
    }

    /// How many labels come in several units besides.
    pub fn more_conflicts(&self) -> usize {
        self.more_conflicts
    }
}

impl Profile {
    /// Finds the units of all numeric labels.
    ///
    /// Source: google/pprof `profile/profile.go`, `NumLabelUnits`.
    pub fn label_units(&self) -> LabelUnits {
        let mut result = LabelUnits::default();
        let mut texts: HashMap<StringId, Arc<str>> = HashMap::new();
        for (key, units) in self.number_labels() {
            let used: Arc<str> = match units.first() {
                Some(&unit) => {
                    let text = texts.entry(unit).or_insert_with(|| self.text(unit).into());
                    Arc::clone(text)
                }
                None => customary_unit(&self.text(key)).into(),
            };
            if units.len() > 1 && result.conflicts.len() == MOST_NAMED {
                result.more_conflicts += 1;
            } else if units.len() > 1 {
                let conflict = self.unit_conflict(key, &used, &units[1..]);
                result.conflicts.push(conflict);
            }
            result.units.insert(key, used);
        }
        result
    }

    fn unit_conflict(&self, key: StringId, used: &str, others: &[StringId]) -> UnitConflict {
        let named = others.iter().take(MOST_NAMED);
        let mut ignored: Vec<String> = named.map(|&unit| self.text(unit).into_owned()).collect();
        ignored.sort_unstable();
        UnitConflict {
            label: self.text(key).into_owned(),
            used: used.to_owned(),
            more: others.len() - ignored.len(),
            ignored,
        }
    }

    /// The labels with numbers, each with its units, all as they are met.
    fn number_labels(&self) -> Vec<(StringId, Vec<StringId>)> {
        let mut found: Vec<(StringId, Vec<StringId>)> = Vec::new();
        let mut positions = HashMap::new();
        let mut seen = HashSet::new();
        let mut last = None;
        for label in &self.samples.labels {
            let LabelValue::Number(_, unit) = label.value else {
                continue;
            };
            let pair = (label.key, unit);
            // Most often one label in one unit fills the file.
            if last.replace(pair) == Some(pair) || !seen.insert(pair) {
                continue;
            }
            let position = *positions.entry(label.key).or_insert(found.len());
            if position == found.len() {
                found.push((label.key, Vec::new()));
            }
            if unit != StringId::EMPTY {
                found[position].1.push(unit);
            }
        }
        found
    }
}

fn customary_unit(label: &str) -> String {
    match label {
        "alignment" | "request" => "bytes".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProfileBuilder;
    use crate::fixture::{profile, view};
    use crate::growth::{self, Clock};
    use crate::selection::Warning;

    #[track_caller]
    fn check(labels: &str, key: &str, expected: &str) {
        let profile = profile(&format!("main 1 {labels}"));
        let mut ids = (0..profile.strings().len()).map(StringId::at);
        let key = ids.find(|&id| profile.text(id) == key).unwrap();
        assert_eq!(profile.label_units().unit(key), expected, "{labels}");
    }

    #[test]
    fn the_first_unit_in_the_file_counts() {
        check("age=1 age=2ms age=3s", "age", "ms");
    }

    #[test]
    fn without_a_unit_custom_decides() {
        check("alignment=8", "alignment", "bytes");
        check("request=8", "request", "bytes");
        check("bytes=8", "bytes", "bytes");
        check("requests=8", "requests", "requests");
    }

    #[test]
    fn texts_have_no_unit() {
        check("verb=LIST", "verb", "");
    }

    #[test]
    fn several_units_are_a_conflict() {
        let stacks = "main 1 age=1ms bytes=8kb
                      main 1 age=2s bytes=16kb
                      main 1 age=3h age=4ms";
        let conflict = UnitConflict {
            label: "age".to_owned(),
            used: "ms".to_owned(),
            ignored: vec!["h".to_owned(), "s".to_owned()],
            more: 0,
        };
        let conflicts = [conflict.clone()];
        assert_eq!(profile(stacks).label_units().conflicts(), conflicts);
        let warnings = view(stacks).select().warnings();
        assert_eq!(warnings, [Warning::UnitConflict(conflict)]);
    }

    #[test]
    fn of_many_conflicts_the_first_are_named() {
        let labels = (0..25).map(|key| format!("main 1 key{key}=1ms key{key}=1s"));
        let stacks = labels.collect::<Vec<_>>().join("\n");
        let units = profile(&stacks).label_units();
        assert_eq!((units.conflicts().len(), units.more_conflicts()), (20, 5));
        let warnings = view(&stacks).select().warnings();
        assert_eq!(warnings.last(), Some(&Warning::MoreUnitConflicts(5)));
    }

    #[test]
    fn many_labels_and_many_units_take_linear_time() {
        growth::check(|count| {
            let mut builder = ProfileBuilder::new();
            for i in 0..count {
                let labels = [
                    builder.number_label(&format!("key{i}"), i as i64, ""),
                    builder.number_label("age", i as i64, &format!("unit{i}")),
                ];
                builder.sample(&[], &[], &labels).unwrap();
            }
            let profile = builder.finish();
            let mut clock = Clock::start();
            let units = profile.label_units();
            for label in &profile.samples.labels {
                assert!(!units.unit(label.key).is_empty());
            }
            clock.lap("label units");
            let conflict = &units.conflicts()[0];
            assert_eq!((conflict.ignored.len(), conflict.more), (20, count - 21));
            clock.laps
        });
    }
}
