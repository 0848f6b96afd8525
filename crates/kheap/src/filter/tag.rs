//! Filters on labels: by text, or by a range of numbers.

use std::fmt;

use hashbrown::HashMap;
use regex::Regex;

use super::pattern::{Pattern, PatternError};
use crate::profile::{Label, LabelUnits, LabelValue, Profile, SampleId, StringId};
use crate::unit;

/// The most regular expressions of one filter, each a bit. Each takes several kilobytes,
/// an empty one too; people write a handful.
const MAX_PARTS: usize = u64::BITS as usize;

/// A condition on the labels of a sample, such as `bytes=1mb:`.
///
/// In front of `=` stands the label's key; without it any label may match. What
/// looks like a range of numbers is one (`32kb`, `:64kb`, `4mb:`, `12kb:64mb`,
/// both ends included); everything else is a list of regular expressions,
/// separated by commas: without a key all of them must be found in some
/// `key:value`, with a key any one in the value.
#[derive(Debug, Clone)]
pub struct TagFilter {
    text: String,
    key: Option<String>,
    condition: Condition,
}

#[derive(Debug, Clone)]
enum Condition {
    Range(Range),
    Patterns(Vec<Pattern>),
}

/// Which patterns are found in a label, by its key and text: a bit for each.
type Found = HashMap<(StringId, StringId), u64>;

/// Numbers from `low` to `high` in one unit.
#[derive(Debug, Clone)]
struct Range {
    unit: String,
    low: f64,
    high: f64,
}

/// Why a text is not a filter on labels.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TagFilterError {
    /// One of its regular expressions is none.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// A number does not fit into 64 bits.
    #[error("number {0} is too large")]
    Number(String),
    /// More regular expressions than a filter may have.
    #[error("{0} expressions between commas are too many, {MAX_PARTS} are the most")]
    Parts(usize),
}

impl fmt::Display for TagFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TagFilter {
    /// Reads a filter.
    ///
    /// # Errors
    ///
    /// [`TagFilterError`] for a bad regular expression, too many of them, or a number
    /// out of range.
    ///
    /// # Example
    ///
    /// ```
    /// use kheap::filter::TagFilter;
    ///
    /// assert!(TagFilter::new("bytes=1mb:")?.is_range());
    /// assert!(!TagFilter::new("handler=LIST|WATCH")?.is_range());
    /// # Ok::<(), kheap::filter::TagFilterError>(())
    /// ```
    ///
    /// Source: google/pprof `internal/driver/driver_focus.go`.
    pub fn new(text: &str) -> Result<Self, TagFilterError> {
        let (key, value) = match text.split_once('=') {
            Some((key, value)) => (Some(key.to_owned()), value),
            None => (None, text),
        };
        let condition = match parse_range(value)? {
            Some(range) => Condition::Range(range),
            None => {
                let parts = value.split(',').count();
                if parts > MAX_PARTS {
                    return Err(TagFilterError::Parts(parts));
                }
                let patterns: Result<Vec<_>, _> = value.split(',').map(Pattern::new).collect();
                Condition::Patterns(patterns?)
            }
        };
        // pprof takes an empty key for none.
        let key = key.filter(|key| !key.is_empty());
        Ok(Self {
            text: text.to_owned(),
            key,
            condition,
        })
    }

    /// Whether the filter was taken for a range of numbers.
    pub fn is_range(&self) -> bool {
        matches!(self.condition, Condition::Range(_))
    }

    /// Whether each sample of a profile has a label that matches. A text is looked at once,
    /// in however many samples it stands.
    pub(super) fn matches(&self, profile: &Profile, units: &LabelUnits) -> Vec<bool> {
        let mut found = Found::default();
        let ids = profile.samples().ids();
        ids.map(|id| self.matches_sample(profile, units, id, &mut found))
            .collect()
    }

    fn matches_sample(
        &self,
        profile: &Profile,
        units: &LabelUnits,
        id: SampleId,
        found: &mut Found,
    ) -> bool {
        let of_key = |label: &&Label| match &self.key {
            Some(key) => profile.strings().get(label.key) == key.as_bytes(),
            None => true,
        };
        let mut labels = profile.samples().labels(id).iter().filter(of_key);
        match &self.condition {
            Condition::Range(range) => labels.any(|label| match label.value {
                LabelValue::Number(number, _) => range.contains(number, units.unit(label.key)),
                LabelValue::Text(_) => false,
            }),
            Condition::Patterns(patterns) => {
                let mut bits = 0;
                for label in labels {
                    let LabelValue::Text(text) = label.value else {
                        continue;
                    };
                    bits |= *found.entry((label.key, text)).or_insert_with(|| {
                        let text = self.text_of(profile, label.key, text);
                        let bit = |pattern: &Pattern| u64::from(pattern.is_match(&text));
                        let bits = patterns.iter().enumerate();
                        bits.fold(0, |all, (at, pattern)| all | bit(pattern) << at)
                    });
                }
                match self.key {
                    Some(_) => bits != 0,
                    None => bits.count_ones() as usize == patterns.len(),
                }
            }
        }
    }

    /// What the patterns are looked for in.
    fn text_of(&self, profile: &Profile, key: StringId, text: StringId) -> Vec<u8> {
        let text = profile.strings().get(text);
        match self.key {
            Some(_) => text.to_vec(),
            None => [profile.strings().get(key), b":", text].concat(),
        }
    }
}

impl Range {
    fn contains(&self, number: i64, from: &str) -> bool {
        let (scaled, unit) = unit::scale(number, from, &self.unit);
        unit == self.unit && (self.low..=self.high).contains(&scaled)
    }
}

/// Reads `32kb`, `:64kb`, `4mb:` or `12kb:64mb`; anything else is no range.
fn parse_range(text: &str) -> Result<Option<Range>, TagFilterError> {
    let number = Regex::new("([+-]?[0-9]+)([A-Za-z]+)?").expect("a valid expression");
    let mut numbers = number.captures_iter(text);
    let Some(first) = numbers.next() else {
        return Ok(None);
    };
    let parse = |captures: &regex::Captures<'_>| {
        let digits = &captures[1];
        let value = digits.parse::<i64>();
        let value = value.map_err(|_| TagFilterError::Number(digits.to_owned()))?;
        let unit = captures.get(2).map_or("", |unit| unit.as_str());
        Ok::<_, TagFilterError>((value, unit.to_owned()))
    };
    let (value, unit) = parse(&first)?;
    let (low, canonical) = unit::scale(value, &unit, &unit);
    let first = &first[0];
    let Some(second) = numbers.next() else {
        let (low, high) = match text.split_once(first) {
            Some(("", "")) => (low, low),
            Some(("", ":")) => (low, f64::INFINITY),
            Some((":", "")) => (f64::NEG_INFINITY, low),
            _ => return Ok(None),
        };
        let unit = canonical;
        return Ok(Some(Range { unit, low, high }));
    };
    if text != format!("{first}:{}", &second[0]) {
        return Ok(None);
    }
    let (value, unit) = parse(&second)?;
    let (high, second_unit) = unit::scale(value, &unit, &canonical);
    Ok((second_unit == canonical).then_some(Range {
        unit: canonical,
        low,
        high,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProfileBuilder;

    /// Whether a filter keeps a sample with these labels.
    fn check(filter: &str, expected: bool) {
        let mut builder = ProfileBuilder::new();
        builder.sample_type("inuse_space", "bytes");
        let labels = [
            builder.number_label("bytes", 65536, ""),
            builder.text_label("verb", "LIST"),
        ];
        builder.sample(&[], &[1], &labels).unwrap();
        let profile = builder.finish();
        let units = profile.label_units();
        let filter = TagFilter::new(filter).unwrap();
        assert_eq!(filter.matches(&profile, &units), [expected], "{filter}");
    }

    #[test]
    fn a_range_includes_its_ends_and_converts_units() {
        for filter in [
            "64kb",
            ":64kb",
            "64kb:",
            "12kb:64mb",
            "bytes=65536b",
            "bytes=:1MB",
        ] {
            check(filter, true);
        }
        for filter in [
            "63kb",
            ":63kb",
            "65kb:",
            "1mb:2mb",
            "size=64kb",
            "verb=64kb",
            "64",
            "64ms",
        ] {
            check(filter, false);
        }
    }

    #[test]
    fn too_many_expressions_are_refused() {
        assert!(TagFilter::new(&",".repeat(MAX_PARTS - 1)).is_ok());
        let error = TagFilter::new(&",".repeat(100_000)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "100001 expressions between commas are too many, 64 are the most"
        );
    }

    #[test]
    fn texts_match_with_their_key_or_any_under_a_key() {
        for filter in [
            "verb:LIST",
            "LI",
            "verb,LIST",
            "verb=LIST",
            "verb=GET,LI",
            "=LIST",
        ] {
            check(filter, true);
        }
        for filter in ["GET", "LIST,GET", "verb=GET", "method=LIST", "bytes"] {
            check(filter, false);
        }
    }

    #[test]
    fn what_is_not_quite_a_range_is_an_expression() {
        for filter in ["64kb-", "a64kb", "1:2:", "1kb:2ms"] {
            assert!(!TagFilter::new(filter).unwrap().is_range(), "{filter}");
        }
    }

    #[test]
    fn bad_filters_are_refused() {
        let check = |filter, expected: &str| {
            assert_eq!(TagFilter::new(filter).unwrap_err().to_string(), expected);
        };
        check(
            "99999999999999999999b",
            "number 99999999999999999999 is too large",
        );
        check(
            "verb=[",
            "invalid regular expression \"[\": unclosed character class at character 1",
        );
    }
}
