//! A signature: one TOML file with its manual page, facts, conditions and cases.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::condition::{self, Condition, Measure};
use super::expression;
use super::remedy::{KindClass, Remedy, Running};
use super::select::{Frames, Select};
use super::severity::{Confidence, Severity};
use super::signature_error::{SignatureError, SignatureFault};
use crate::attribute::{Role, Rules};
use crate::fingerprint::fingerprint;
use crate::knowledge::{Span, Version, is_frame_name, known_size, user_file};

/// What a known problem looks like in a heap, and what to do about it.
///
/// Source: the files in `knowledge/signatures/`, one each, named like their id.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Signature {
    /// The public name.
    pub id: String,
    /// One line for a list.
    pub title: String,
    /// The manual page: what it is, what looks alike, what it costs.
    pub about: String,
    /// Programs that can have it; all where empty.
    #[serde(default)]
    pub roles: Vec<Role>,
    /// Sample types on which it is judged; all where empty.
    #[serde(default)]
    pub sample_types: Vec<String>,
    /// What else must be known: `stacks`, `memstats`, `series`, `allocations`.
    #[serde(default)]
    pub needs: Vec<Need>,
    /// Whether it is evaluated and reported for each kind.
    #[serde(default)]
    pub each: Option<Each>,
    /// The kinds that a table may name for what it claims: a row does not tell whose objects
    /// it allocates.
    #[serde(default)]
    pub kinds: Option<KindClass>,
    /// How bad a finding can be at most, unless it is highly confident: for what
    /// also looks like this when all is well.
    #[serde(default)]
    pub max_severity: Option<Severity>,
    /// The selection whose bytes a finding claims; the only one where none is named.
    #[serde(default)]
    pub bytes: String,
    /// What the claimed bytes are counted as: an object of `knowledge/sizes.toml`.
    #[serde(default)]
    pub count: Option<String>,
    /// The requests whose answers it claims, such as `LIST`: each has one or two of the largest
    /// objects.
    #[serde(default)]
    pub request: Option<String>,
    /// Parts that may hold the same kind again. A finding names what they hold, and does not
    /// claim it.
    #[serde(default)]
    pub beside: Vec<String>,
    /// Frames of managed fields: a finding names what share of its bytes they are.
    #[serde(default)]
    pub managed_fields: Frames,
    /// Signatures that lead where they explain the same bytes.
    #[serde(default)]
    pub yields_to: Vec<String>,
    /// What to do, most effective first.
    pub remedy: Vec<Remedy>,
    /// Where this is known from.
    pub sources: Vec<String>,
    /// Its own names of frames, with their expressions.
    #[serde(default)]
    pub frames: BTreeMap<String, String>,
    /// Named selections of stacks.
    pub select: BTreeMap<String, Select>,
    /// What must hold; all of it.
    #[serde(default)]
    pub require: Vec<Condition>,
    /// How sure a finding is; the first level that holds, else medium.
    #[serde(default)]
    pub confidence: Vec<ConfidenceRule>,
    /// Behaviour that changed with a version.
    #[serde(default)]
    pub versions: Vec<VersionNote>,
    /// What proves it: cases that fire, and near ones that do not.
    #[serde(default)]
    pub case: Vec<Case>,
    /// A fingerprint of the text of a user's signature.
    #[serde(skip)]
    pub(super) fingerprint: u64,
}

/// What a signature needs beside a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Need {
    /// Stacks, so not a pasted table.
    Stacks,
    /// A pasted table. A dump lacks nothing that such a signature could say.
    Table,
    /// `runtime.MemStats`, or the size of the process.
    Memstats,
    /// Several snapshots.
    Series,
    /// What was allocated since the start, beside what is in use.
    Allocations,
}

crate::__vocabulary! {
    Need, "need" {
        Stacks = "stacks",
        Table = "table",
        Memstats = "memstats",
        Series = "series",
        Allocations = "allocations",
    }
}

/// What a signature is reported for, one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Each {
    /// Each Kubernetes kind.
    Kind,
}

/// How sure a finding is under some conditions.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ConfidenceRule {
    /// The level.
    pub level: Confidence,
    /// What must hold for it.
    pub when: Vec<Condition>,
    /// The selection that is claimed in this case, such as where a table shows only
    /// the functions above.
    #[serde(default)]
    pub bytes: Option<String>,
    /// How bad a finding can be at most in this case.
    #[serde(default)]
    pub max_severity: Option<Severity>,
    /// How bad it is at least: so many bytes matter in a heap of any size.
    #[serde(default)]
    pub min_severity: Option<Severity>,
}

/// Behaviour that changed with a version.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct VersionNote {
    /// The program.
    pub program: String,
    /// The first version with it.
    #[serde(default)]
    pub since: Option<Version>,
    /// The last one.
    #[serde(default)]
    pub until: Option<Version>,
    /// The version that has it for certain, so that it explains nothing there.
    #[serde(default)]
    pub obsolete_since: Option<Version>,
    /// The kinds that it holds for; all without it.
    #[serde(default)]
    pub kinds: Option<KindClass>,
    /// What changed.
    pub note: String,
}

impl VersionNote {
    /// Whether a program of some versions is past it for certain.
    pub(super) fn is_past(&self, running: &Running<'_>) -> bool {
        let versions = match self.program.as_str() {
            "kube-apiserver" => running.kubernetes,
            "etcd" => running.etcd,
            _ => None,
        };
        let span = Span {
            since: self.since,
            until: self.until,
            obsolete_since: self.obsolete_since,
            ..Span::default()
        };
        span.is_past(versions)
    }
}

/// A heap, and whether the signature fires on it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Case {
    /// What the case shows.
    pub name: String,
    /// The role that the program has.
    #[serde(default)]
    pub role: Option<Role>,
    /// Folded stacks, root first, in MB.
    #[serde(default)]
    pub stacks: Vec<String>,
    /// What was allocated since the start, as `stacks`.
    #[serde(default)]
    pub allocated: Vec<String>,
    /// Several heaps an hour apart, each as `stacks`; the last one is judged.
    #[serde(default)]
    pub snapshots: Vec<Vec<String>>,
    /// A pasted table.
    #[serde(default)]
    pub table: Option<String>,
    /// What is resident of the process, in MB.
    #[serde(default)]
    pub rss: Option<f64>,
    /// Whether there is a finding.
    pub fires: bool,
    /// What it claims, in MB.
    #[serde(default)]
    pub bytes: Option<f64>,
    /// The kinds that it names.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// How sure it is.
    #[serde(default)]
    pub confidence: Option<Confidence>,
    /// How bad it is.
    #[serde(default)]
    pub severity: Option<Severity>,
}

impl Signature {
    /// Reads a signature, and checks that it makes sense.
    ///
    /// # Errors
    ///
    /// [`SignatureError`] with the line where that is known.
    pub fn parse(text: &str) -> Result<Self, SignatureError> {
        Self::parse_by(text, Rules::builtin())
    }

    /// Whether it was read from a text, and not compiled in.
    pub(super) fn is_own(&self) -> bool {
        self.fingerprint != 0
    }

    /// The same of one that may name frames, parts and verbs of some rules.
    pub(super) fn parse_by(text: &str, rules: &Rules) -> Result<Self, SignatureError> {
        let signature = user_file::read::<Self>(text).map_err(|fault| SignatureError {
            line: fault.line,
            reason: SignatureFault::Toml(fault.message),
        });
        let mut signature = signature?.completed();
        signature.fingerprint = fingerprint(0, text);
        match signature.fault(rules) {
            Some((key, reason)) => Err(SignatureError {
                line: line_with(text, &key),
                reason,
            }),
            None => Ok(signature),
        }
    }

    /// Adds what a file need not say. It is not checked: compiling each expression would
    /// be most of the work of a diagnosis.
    pub(super) fn completed(mut self) -> Self {
        self.resolve_frames();
        let mut selections = self.select.keys();
        if let (true, Some(only), None) =
            (self.bytes.is_empty(), selections.next(), selections.next())
        {
            self.bytes.clone_from(only);
        }
        self
    }

    /// Puts the expressions of its own frames where they are named.
    fn resolve_frames(&mut self) {
        let Self {
            frames,
            select,
            require,
            confidence,
            managed_fields,
            ..
        } = self;
        let resolve = |frame: &mut String| {
            if let Some(expression) = frames.get(frame) {
                frame.clone_from(expression);
            }
        };
        let selects = select.values_mut();
        let all = selects.flat_map(Select::frames_mut);
        all.chain(&mut managed_fields.0).for_each(resolve);
        let conditions = require.iter_mut();
        let conditions = conditions.chain(confidence.iter_mut().flat_map(|rule| &mut rule.when));
        conditions.for_each(|condition| condition.each_seen_frame(&resolve));
    }

    /// A selection, or those that it unites: such as are no unions themselves.
    pub(super) fn plain(&self, name: &str) -> Vec<&Select> {
        let Some(select) = self.select.get(name) else {
            return Vec::new();
        };
        if select.of.is_empty() {
            return vec![select];
        }
        let united = select.of.iter().filter_map(|name| self.select.get(name));
        let plain = united
            .filter(|select| select.of.is_empty() && !select.beside_heap && !select.allocated);
        plain.collect()
    }

    /// What is wrong with it, and a word to find the place by.
    fn fault(&self, rules: &Rules) -> Option<(String, SignatureFault)> {
        let id = || self.id.clone();
        if self.id.is_empty() || !self.id.bytes().all(is_id_byte) {
            return Some((format!("{:?}", self.id), SignatureFault::Id(id())));
        }
        if self.bytes.is_empty() {
            return Some(("id".to_owned(), SignatureFault::NoBytes(id())));
        }
        if self.require.is_empty() {
            return Some(("select".to_owned(), SignatureFault::NoCondition(id())));
        }
        if let Some(count) = self
            .count
            .as_ref()
            .filter(|count| known_size(count).is_none())
        {
            return Some((count.clone(), SignatureFault::NoSize(count.clone())));
        }
        if let Some(part) = self.beside.iter().find(|part| !rules.has_part(part)) {
            return Some((part.clone(), SignatureFault::NoPart(part.clone())));
        }
        if self.yields_to.contains(&self.id) {
            return Some(("yields_to".to_owned(), SignatureFault::YieldsToItself(id())));
        }
        (self.fault_of_selections(rules)).or_else(|| self.fault_of_frames(rules))
    }

    fn fault_of_selections(&self, rules: &Rules) -> Option<(String, SignatureFault)> {
        let unknown = |name: &String| !self.select.contains_key(name);
        let mut named = self.selections_named().into_iter();
        if let Some(name) = named.find(unknown) {
            return Some((name.clone(), SignatureFault::NoSelection(name)));
        }
        let is_union = |name: &String| !self.select[name].of.is_empty();
        for (name, select) in &self.select {
            if let Some(part) = select.part.iter().find(|part| !rules.has_part(part)) {
                return Some((part.clone(), SignatureFault::NoPart(part.clone())));
            }
            if let Some(verb) = select.verb.iter().find(|verb| !rules.has_verb(verb)) {
                return Some((verb.clone(), SignatureFault::NoVerb(verb.clone())));
            }
            let place = format!("[select.{name}]");
            if select.of.iter().any(is_union) {
                return Some((place, SignatureFault::UnionOfUnions(name.clone())));
            }
            if !select.of.is_empty() && *select != Select::union_of(&select.of) {
                return Some((place, SignatureFault::UnionAndMore(name.clone())));
            }
        }
        let mut selects = self.select.iter();
        let beside = selects.find(|(_, select)| select.beside_heap);
        if let Some((name, _)) = beside.filter(|_| !self.needs.contains(&Need::Memstats)) {
            let reason = SignatureFault::BesideHeap(name.clone());
            return Some(("beside_heap".to_owned(), reason));
        }
        self.fault_of_allocations()
    }

    /// What is wrong with selections of what was allocated since the start.
    fn fault_of_allocations(&self) -> Option<(String, SignatureFault)> {
        let is_allocated = |name: &str| self.select.get(name).is_some_and(|s| s.allocated);
        let name = self.select.keys().find(|name| is_allocated(name))?;
        let fault =
            |of: fn(String) -> SignatureFault| Some((format!("[select.{name}]"), of(name.clone())));
        if !self.needs.contains(&Need::Allocations) {
            return fault(SignatureFault::Allocations);
        }
        let claimed = self
            .confidence
            .iter()
            .filter_map(|rule| rule.bytes.as_ref());
        let united = self.select.values().flat_map(|select| &select.of);
        let mut in_use = claimed.chain(united).chain([&self.bytes]);
        if in_use.any(|name| is_allocated(name)) {
            return fault(SignatureFault::AllocationsClaimed);
        }
        let is_of_bytes = |m: &&Measure| matches!(m, Measure::Bytes(_) | Measure::Ratio(..));
        let mut others = self.measures().filter(|measure| !is_of_bytes(measure));
        if others.any(|measure| measure.selections().into_iter().any(is_allocated)) {
            return fault(SignatureFault::AllocationsMeasured);
        }
        None
    }

    fn fault_of_frames(&self, rules: &Rules) -> Option<(String, SignatureFault)> {
        for (name, expression) in &self.frames {
            if !is_frame_name(name) {
                return Some((name.clone(), SignatureFault::FrameName(name.clone())));
            }
            if rules.frames.known(name).is_ok() {
                return Some((name.clone(), SignatureFault::KnownFrame(name.clone())));
            }
            if let Some(reason) = expression::fault(expression) {
                return Some((expression.clone(), reason));
            }
        }
        let reason = |frame: &String| match is_frame_name(frame) {
            true => {
                let is_known = rules.frames.known(frame).is_ok();
                (!is_known).then(|| SignatureFault::NoFrame(frame.clone()))
            }
            false => expression::fault(frame),
        };
        let mut named = self.frames_named();
        named.find_map(|frame| Some((frame.clone(), reason(frame)?)))
    }

    fn selections_named(&self) -> Vec<String> {
        let mut names = vec![self.bytes.clone()];
        names.extend(self.confidence.iter().filter_map(|rule| rule.bytes.clone()));
        names.extend(self.select.values().flat_map(|select| select.of.clone()));
        let measures = self.measures();
        names.extend(
            measures
                .flat_map(|measure| measure.selections())
                .map(str::to_owned),
        );
        names
    }

    /// What all conditions measure, those of alternatives and remedies included.
    fn measures(&self) -> impl Iterator<Item = &Measure> {
        let top = self.require.iter();
        let top = top.chain(self.confidence.iter().flat_map(|rule| &rule.when));
        let top = top.chain(self.remedy.iter().flat_map(|remedy| &remedy.only_if));
        condition::all(top)
            .into_iter()
            .filter_map(|condition| match condition {
                Condition::Within(measure, _) => Some(measure),
                Condition::Role(_) | Condition::AnyOf(_) => None,
            })
    }

    /// The selections that are followed over several snapshots, each once: what it
    /// claims first.
    pub(super) fn followed(&self) -> Vec<&str> {
        let mut names = vec![self.bytes.as_str()];
        for measure in self.measures() {
            match measure {
                Measure::GrowthShare(name) if !names.contains(&name.as_str()) => names.push(name),
                _ => {}
            }
        }
        names
    }

    /// Whether it is about the memory of the process that the profile does not show.
    pub(super) fn is_beside_heap(&self) -> bool {
        let claimed = self.select.get(&self.bytes);
        claimed.is_some_and(|select| select.beside_heap)
    }

    /// Whether a program of this role can have it.
    pub(super) fn is_for(&self, role: Role) -> bool {
        self.roles.is_empty() || self.roles.contains(&role)
    }

    /// All frames that it names, as names or as expressions.
    pub(super) fn frames_named(&self) -> impl Iterator<Item = &String> {
        let seen = self.measures().filter_map(|measure| match measure {
            Measure::Seen(frames) => Some(&frames.0),
            _ => None,
        });
        let selects = self.select.values().flat_map(Select::frames);
        let all = selects.chain(seen.flatten());
        all.chain(&self.managed_fields.0)
    }
}

/// The line, from 1, in which something stands, as it is or as a string of TOML
/// writes it. With several words, one a line, the line that has all of them is meant, else
/// the one with the last: as a value or a key before anywhere, as texts say the same words.
pub(super) fn line_with(text: &str, key: &str) -> Option<usize> {
    let has =
        |line: &str, word: &str| line.contains(word) || line.contains(&word.replace('\\', "\\\\"));
    let has_all = |line: &str| key.lines().all(|word| has(line, word));
    let last = key.lines().last()?;
    let is_value = |line: &str| {
        let quoted = ['"', '\''].map(|quote| format!("{quote}{last}{quote}"));
        quoted.iter().any(|value| has(line, value))
    };
    let is_key = |line: &str| {
        let rest = line.trim_start().strip_prefix(last);
        rest.is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    let is_one = |line: &str| key.lines().count() < 2 && (is_value(line) || is_key(line));
    let line = text.lines().position(is_one);
    let line = line.or_else(|| text.lines().position(has_all));
    let line = line.or_else(|| text.lines().position(|line| has(line, last)));
    line.map(|line| line + 1)
}

fn is_id_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::VersionRange;

    #[test]
    fn a_note_on_versions_is_for_some_kinds_and_for_servers_that_may_lack_it() {
        let text = "program = 'kube-apiserver'\nsince = '1.31'\nobsolete_since = '1.34'\n\
                    kinds = 'cached'\nnote = 'It is on.'";
        let note: VersionNote = toml::from_str(text).expect("a note");
        let class = note.kinds.expect("a class");
        assert!(class.may_have(&["Pod".to_owned()]) && class.may_have(&[]));
        assert!(!class.may_have(&["Event".to_owned()]));
        let is_past = |version: Option<&str>| {
            let version = version.map(|version| version.parse().expect("a version"));
            let range = version.map(VersionRange::given);
            note.is_past(&Running {
                kubernetes: range.as_ref(),
                ..Running::default()
            })
        };
        assert!(!is_past(None) && !is_past(Some("1.33")));
        assert!(is_past(Some("1.34")));
    }
}
