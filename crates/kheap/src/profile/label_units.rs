//! The units of numeric labels, which Go's files leave to the reader.

use hashbrown::{HashMap, HashSet};

use super::{LabelValue, Profile, StringId};

/// Which unit the numbers of each label are in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LabelUnits {
    units: HashMap<StringId, String>,
    conflicts: Vec<UnitConflict>,
}

/// A label whose numbers come in several units: the first one is used for all.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct UnitConflict {
    /// Name of the label.
    pub label: String,
    /// The unit that is used.
    pub used: String,
    /// The others, sorted.
    pub ignored: Vec<String>,
}

impl LabelUnits {
    /// The unit of a label's numbers: the first one in the file, or by custom
    /// `bytes` for `alignment` and `request`, or else the name of the label.
    pub fn unit(&self, key: StringId) -> &str {
        self.units.get(&key).map_or("", String::as_str)
    }

    /// Labels whose numbers come in several units, in the order of the file.
    pub fn conflicts(&self) -> &[UnitConflict] {
        &self.conflicts
    }
}

impl Profile {
    /// Finds the units of all numeric labels.
    ///
    /// Source: google/pprof `profile/profile.go`, `NumLabelUnits`.
    pub fn label_units(&self) -> LabelUnits {
        let mut result = LabelUnits::default();
        for (key, units) in self.number_labels() {
            let name = self.text(key).into_owned();
            let mut units = units.iter().map(|&unit| self.text(unit).into_owned());
            let used = units.next().unwrap_or_else(|| customary_unit(&name));
            let mut ignored: Vec<String> = units.collect();
            if !ignored.is_empty() {
                ignored.sort();
                result.conflicts.push(UnitConflict {
                    label: name,
                    used: used.clone(),
                    ignored,
                });
            }
            result.units.insert(key, used);
        }
        result
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
        };
        let conflicts = [conflict.clone()];
        assert_eq!(profile(stacks).label_units().conflicts(), conflicts);
        let warnings = view(stacks).select().warnings();
        assert_eq!(warnings, [Warning::UnitConflict(conflict)]);
    }
    #[test]
    fn many_labels_and_many_units_take_linear_time() {
        const COUNT: i64 = 100_000;
        let mut builder = ProfileBuilder::new();
        for i in 0..COUNT {
            let labels = [
                builder.number_label(&format!("key{i}"), i, ""),
                builder.number_label("age", i, &format!("unit{i}")),
            ];
            builder.sample(&[], &[], &labels).unwrap();
        }
        let profile = builder.finish();
        let start = std::time::Instant::now();
        let units = profile.label_units();
        for label in &profile.samples.labels {
            assert!(!units.unit(label.key).is_empty());
        }
        assert_eq!(units.conflicts()[0].ignored.len() as i64, COUNT - 1);
        // Looking through lists took a minute.
        assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    }
}
