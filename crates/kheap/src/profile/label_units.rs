//! The units of numeric labels, which Go's files leave to the reader.

use super::{LabelValue, Profile, StringId};

/// Which unit the numbers of each label are in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LabelUnits {
    units: Vec<(StringId, String)>,
    conflicts: Vec<UnitConflict>,
}

/// A label whose numbers come in several units: the first one is used for all.
#[derive(Debug, Clone, PartialEq, Eq)]
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
        let known = self.units.iter().find(|(k, _)| *k == key);
        known.map_or("", |(_, unit)| unit)
    }

    /// Labels whose numbers come in several units.
    pub fn conflicts(&self) -> &[UnitConflict] {
        &self.conflicts
    }
}

impl Profile {
    /// Finds the units of all numeric labels.
    ///
    /// Source: google/pprof `profile/profile.go`, `NumLabelUnits`.
    pub fn label_units(&self) -> LabelUnits {
        // A label has one unit nearly always, so that short lists do.
        let mut seen: Vec<(StringId, Vec<StringId>)> = Vec::new();
        for label in &self.samples.labels {
            let LabelValue::Number(_, unit) = label.value else {
                continue;
            };
            let units = match seen.iter_mut().find(|(key, _)| *key == label.key) {
                Some((_, units)) => units,
                None => {
                    seen.push((label.key, Vec::new()));
                    &mut seen.last_mut().expect("just pushed").1
                }
            };
            if unit != StringId::EMPTY && !units.contains(&unit) {
                units.push(unit);
            }
        }
        let mut result = LabelUnits::default();
        for (key, units) in seen {
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
            result.units.push((key, used));
        }
        result
    }
}

fn customary_unit(label: &str) -> String {
    match label {
        "alignment" | "request" => "bytes".to_owned(),
        name => name.to_owned(),
    }
}
