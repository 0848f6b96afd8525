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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{profile, view};

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
        assert_eq!(profile(stacks).label_units().conflicts(), [conflict]);
        assert_eq!(
            view(stacks).select().warnings(),
            ["label age is taken to be in ms, but also comes in h, s"]
        );
    }
}
