//! Conditions of signatures: a measure within bounds, or alternatives.

use serde::Deserialize;

use super::select::Frames;
use crate::attribute::Role;

/// What must hold.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "ConditionFile")]
#[non_exhaustive]
pub enum Condition {
    /// A measure is within bounds.
    Within(Measure, Bounds),
    /// What the program is. A dump shows it from its stacks, and a table from its rows
    /// and from the program that it names.
    Role(Role),
    /// One of these lists holds completely.
    AnyOf(Vec<Vec<Condition>>),
}

/// What can be measured of a heap.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Measure {
    /// The share of the heap that a selection has, 0..=1.
    Share(String),
    /// The bytes of a selection.
    Bytes(String),
    /// The objects of a selection.
    Objects(String),
    /// The mean size of a selection's objects, in bytes.
    MeanSize(String),
    /// The bytes of the first selection divided by those of the second.
    Ratio(String, String),
    /// The share that the growth of a selection has in all growth over several
    /// snapshots, 0..=1: 0 unless it grows steadily. Does not hold for one snapshot.
    GrowthShare(String),
    /// How many functions are one of some frames, whether or not anything of theirs is
    /// in use: what the program has done at all.
    Seen(Frames),
}

/// Bounds, one of them given.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Bounds {
    /// Lower bound.
    pub at_least: Option<f64>,
    /// Upper bound.
    pub at_most: Option<f64>,
}

impl Bounds {
    pub(super) fn hold(self, measure: f64) -> bool {
        self.at_least.is_none_or(|least| measure >= least)
            && self.at_most.is_none_or(|most| measure <= most)
    }

    fn read(at_least: Option<f64>, at_most: Option<f64>) -> Result<Self, &'static str> {
        let (least, most) = (at_least.unwrap_or(0.0), at_most.unwrap_or(f64::MAX));
        let given = [at_least, at_most].into_iter().flatten();
        if given.clone().count() == 0 {
            Err("a condition has at_least or at_most")
        } else if !(least <= most && least.is_finite()) {
            Err("a condition has bounds between which nothing lies")
        } else if given.into_iter().any(|bound| bound < 0.0) {
            Err("a condition has a bound below 0, which every heap meets or none")
        } else {
            Ok(Self { at_least, at_most })
        }
    }
}

impl Measure {
    /// The selections that it is of.
    pub(super) fn selections(&self) -> Vec<&str> {
        match self {
            Self::Share(name)
            | Self::Bytes(name)
            | Self::Objects(name)
            | Self::MeanSize(name)
            | Self::GrowthShare(name) => vec![name],
            Self::Ratio(a, b) => vec![a, b],
            Self::Seen(_) => Vec::new(),
        }
    }

    /// Whether what it measures is a share of all.
    fn is_share(&self) -> bool {
        matches!(self, Self::Share(_) | Self::GrowthShare(_))
    }
}

impl Condition {
    /// Does something to the frames of `seen`, those of alternatives included.
    pub(super) fn each_seen_frame(&mut self, change: &impl Fn(&mut String)) {
        match self {
            Self::Within(Measure::Seen(frames), _) => frames.0.iter_mut().for_each(change),
            Self::AnyOf(lists) => {
                let conditions = lists.iter_mut().flatten();
                conditions.for_each(|condition| condition.each_seen_frame(change));
            }
            Self::Within(..) | Self::Role(_) => {}
        }
    }
}

/// All conditions among some, alternatives included.
pub(super) fn all<'c>(top: impl Iterator<Item = &'c Condition>) -> Vec<&'c Condition> {
    let mut rest: Vec<&Condition> = top.collect();
    let mut all = Vec::new();
    while let Some(condition) = rest.pop() {
        all.push(condition);
        if let Condition::AnyOf(lists) = condition {
            rest.extend(lists.iter().flatten());
        }
    }
    all
}

/// A condition as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ConditionFile {
    share: Option<String>,
    bytes: Option<String>,
    objects: Option<String>,
    mean_size: Option<String>,
    ratio: Option<[String; 2]>,
    growth_share: Option<String>,
    seen: Option<Frames>,
    role: Option<Role>,
    any_of: Option<Vec<Vec<Condition>>>,
    at_least: Option<f64>,
    at_most: Option<f64>,
}

impl ConditionFile {
    fn measures(&mut self) -> Vec<Measure> {
        let ratio = self.ratio.take().map(|[a, b]| Measure::Ratio(a, b));
        let measures = [
            self.share.take().map(Measure::Share),
            self.bytes.take().map(Measure::Bytes),
            self.objects.take().map(Measure::Objects),
            self.mean_size.take().map(Measure::MeanSize),
            self.growth_share.take().map(Measure::GrowthShare),
            self.seen.take().map(Measure::Seen),
            ratio,
        ];
        measures.into_iter().flatten().collect()
    }
}

impl TryFrom<ConditionFile> for Condition {
    type Error = &'static str;

    fn try_from(mut file: ConditionFile) -> Result<Self, Self::Error> {
        let measures = file.measures();
        let is_alone = measures.is_empty() && file.at_least.or(file.at_most).is_none();
        match (file.any_of, file.role) {
            (Some(lists), None) if is_alone => return Ok(Self::AnyOf(lists)),
            (Some(_), _) => return Err("a condition with any_of has nothing beside it"),
            (None, Some(role)) if is_alone => return Ok(Self::Role(role)),
            (None, Some(_)) => return Err("a condition with role has nothing beside it"),
            (None, None) => {}
        }
        let Ok([measure]) = <[Measure; 1]>::try_from(measures) else {
            return Err("a condition has one measure, such as share");
        };
        match Bounds::read(file.at_least, file.at_most) {
            Ok(bounds) if measure.is_share() && bounds.at_least > Some(1.0) => {
                Err("a share is at most 1, which is all of the heap")
            }
            Ok(bounds) => Ok(Self::Within(measure, bounds)),
            Err(reason) => Err(reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let found: Result<Condition, _> = toml::from_str(text);
        let message = match found {
            Ok(condition) => format!("{condition:?}"),
            Err(error) => error.message().to_owned(),
        };
        assert!(message.contains(expected), "{text}: {message}");
    }

    #[test]
    fn a_condition_has_one_measure_and_bounds() {
        check("share = 'a'\nat_least = 0.5", "Share(\"a\")");
        check("ratio = ['a', 'b']\nat_most = 3", "Ratio(\"a\", \"b\")");
        check("share = 'a'", "a condition has at_least or at_most");
        check("at_least = 1", "a condition has one measure");
        check("share = 'a'\nbytes = 'a'\nat_least = 1", "one measure");
        check("share = 'a'\nat_least = 2", "a share is at most 1");
        check("bytes = 'a'\nat_least = 2\nat_most = 1", "nothing lies");
        check("bytes = 'a'\nat_least = nan", "nothing lies");
    }

    #[test]
    fn alternatives_and_roles_stand_alone() {
        check("role = 'etcd'", "Role(Etcd)");
        check("role = 'etcd'\nat_most = 1", "has nothing beside it");
        check("any_of = [[{ role = 'etcd' }]]", "AnyOf([[Role(Etcd)]])");
        check("any_of = []\nshare = 'a'", "has nothing beside it");
    }
}
