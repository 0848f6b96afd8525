//! What stands in a cell of a table that somebody made, or in a word of a list.

use super::name::Name;
use super::number::{self, Amount, Shape, rounded};

/// What a cell has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell<'a> {
    Value(Value),
    /// A function of Go.
    Name(&'a str),
    Words(&'a str),
    Nothing,
}

/// A value, its share, or both: `1854MB (46.8%)`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Value {
    pub(super) amount: Option<Amount>,
    /// In percent.
    pub(super) share: Option<f64>,
}

impl Value {
    pub(super) fn is_empty(&self) -> bool {
        self.amount.is_none() && self.share.is_none()
    }

    /// Whether nothing that the other one has is there already.
    pub(super) fn accepts(&self, other: &Self) -> bool {
        let is_free = |mine: bool, others: bool| !(mine && others);
        is_free(self.amount.is_some(), other.amount.is_some())
            && is_free(self.share.is_some(), other.share.is_some())
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.amount = self.amount.or(other.amount);
        self.share = self.share.or(other.share);
    }

    /// Works the value out of the share.
    pub(super) fn fill(&mut self, total: Amount) {
        if let (None, Some(share)) = (self.amount, self.share) {
            let value = rounded(total.value as f64 * share / 100.0);
            self.amount = value.map(|value| Amount { value, ..total });
        }
    }
}

impl<'a> Cell<'a> {
    /// Takes a cell apart. A bare number is in the unit that the head of its column has.
    pub(super) fn parse(text: &'a str, unit: Option<&str>) -> Self {
        let text = text.trim_matches(['*', '_', '`', '~', '\u{2248}', ' ']);
        if !text.chars().any(char::is_alphanumeric) {
            return Self::Nothing;
        }
        if let Some(value) = value(text, unit) {
            return Self::Value(value);
        }
        match is_go_name(Name::parse(text).name) {
            true => Self::Name(text),
            false => Self::Words(text),
        }
    }
}

/// A value and a share, in either order; nothing else but brackets.
fn value(text: &str, unit: Option<&str>) -> Option<Value> {
    let mut value = Value::default();
    let words = text.split([' ', '(', ')', '/', ',']);
    let comma_is_mark = text.contains(',') && !text.contains(", ");
    let words: Vec<&str> = match comma_is_mark {
        true => text.split([' ', '(', ')', '/']).collect(),
        false => words.collect(),
    };
    for word in words.into_iter().filter(|word| !word.is_empty()) {
        let found = match Shape::of(word)? {
            Shape::Share => Value {
                amount: None,
                share: Some(number::share(word).ok()?),
            },
            Shape::Amount => Value {
                amount: Some(amount(word, unit)?),
                share: None,
            },
        };
        if !value.accepts(&found) {
            return None;
        }
        value.add(&found);
    }
    (!value.is_empty()).then_some(value)
}

/// A number, its unit perhaps shortened: `1.8G`, `512Mi`.
fn amount(word: &str, unit: Option<&str>) -> Option<Amount> {
    let number = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match (&word[number.len()..], unit) {
        ("", None) => return number::amount(word).ok(),
        ("", Some(unit)) => unit,
        ("k" | "K" | "Ki", _) => "kB",
        ("M" | "Mi", _) => "MB",
        ("G" | "Gi", _) => "GB",
        ("T" | "Ti", _) => "TB",
        _ => return number::amount(word).ok(),
    };
    number::amount(&format!("{number}{unit}")).ok()
}

/// Whether a word is the name of a function of Go and no file, host or version.
pub(super) fn is_go_name(word: &str) -> bool {
    const ENDS: [&str; 18] = [
        "go", "com", "org", "io", "net", "dev", "txt", "md", "yaml", "yml", "json", "gz", "pb",
        "log", "sh", "out", "prof", "svg",
    ];
    let last = word.rsplit('/').next().unwrap_or(word);
    let Some((package, function)) = last.split_once('.') else {
        return false;
    };
    let end = function.rsplit('.').next().unwrap_or(function);
    let starts = |text: &str, others: &str| {
        let first = text.chars().next();
        first.is_some_and(|c| c.is_alphabetic() || others.contains(c))
    };
    starts(word, "_")
        && starts(package, "_")
        && starts(function, "(_[")
        && !ENDS.contains(&end)
        && Name::parse(word).is_symbol()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let shown = match Cell::parse(text, Some("MB")) {
            Cell::Nothing => "nothing".to_owned(),
            Cell::Name(name) => format!("name {name}"),
            Cell::Words(words) => format!("words {words}"),
            Cell::Value(Value { amount, share }) => format!(
                "{} {}",
                amount.map_or("-".to_owned(), |amount| amount.value.to_string()),
                share.map_or("-".to_owned(), |share| share.to_string()),
            ),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn a_cell_is_a_value_a_name_or_words() {
        check("**1854MB (46.8%)**", "1944059904 46.8");
        check("46.8%", "- 46.8");
        check("2", "2097152 -");
        check("1.5G", "1610612736 -");
        check("1,024kB", "1048576 -");
        check("5% / 1kB", "1024 5");
        check("\u{2014}", "nothing");
        check("", "nothing");
        check("`main.f`", "name main.f");
        check("n/a", "words n/a");
        check("1kB 2kB", "words 1kB 2kB");
    }

    #[test]
    fn names_of_go_are_known_from_files_hosts_and_versions() {
        for name in [
            "main.f",
            "k8s.io/api/core/v1.(*Pod).Unmarshal",
            "meta.(*T).f",
            "runtime.malg",
            "m.f[...]",
            "gopkg.in/yaml%2ev2.(*parser).parse",
        ] {
            assert!(is_go_name(name), "{name}");
        }
        for word in [
            "main",
            "v1.20.3",
            "k8s.io",
            "a.com",
            "x/main.go",
            "heap.pb.gz",
            "e.g.",
            "5.main",
        ] {
            assert!(!is_go_name(word), "{word}");
        }
    }
}
