//! A signature: one TOML file with its manual page, facts, conditions and cases.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;

use super::finding::{Confidence, Severity};
use crate::attribute::{Role, is_part, is_verb};

/// What a known problem looks like in a heap, and what to do about it.
///
/// Source: the files in `signatures/`, one each, named like their id.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// What else must be known: `stacks`, `memstats`, `series`.
    #[serde(default)]
    pub needs: Vec<Need>,
    /// Whether it is evaluated and reported for each kind.
    #[serde(default)]
    pub each: Option<Each>,
    /// How bad a finding can be at most, unless it is highly confident: for what
    /// also looks like this when all is well.
    #[serde(default)]
    pub max_severity: Option<Severity>,
    /// The selection whose bytes a finding claims; the only one where none is named.
    #[serde(default)]
    pub bytes: String,
    /// Signatures that lead where they explain the same bytes.
    #[serde(default)]
    pub yields_to: Vec<String>,
    /// What to do, most effective first.
    pub remedy: Vec<String>,
    /// Where this is known from.
    pub sources: Vec<String>,
    /// Named selections of samples, or of rows in a table.
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
}

/// What a signature needs beside a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Need {
    /// Stacks, so not a pasted table.
    Stacks,
    /// `runtime.MemStats`, or the size of the process.
    Memstats,
    /// Several snapshots.
    Series,
}

impl Need {
    /// The name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stacks => "stacks",
            Self::Memstats => "memstats",
            Self::Series => "series",
        }
    }
}

/// What a signature is reported for, one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Each {
    /// Each Kubernetes kind.
    Kind,
}

/// Which samples count, or which rows of a table. All keys given must hold; with
/// `of` there are no others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Select {
    /// Parts of the attribution.
    pub part: Vec<String>,
    /// Verbs of the attribution.
    pub verb: Vec<String>,
    /// Kinds of the attribution.
    pub kind: Vec<String>,
    /// The function that allocates.
    pub leaf: Option<String>,
    /// Functions from the root to the leaf, with gaps.
    pub path: Vec<String>,
    /// Functions of which one stands on the stack.
    pub any: Vec<String>,
    /// Functions of which none does.
    pub none: Vec<String>,
    /// The same in a table without stacks.
    pub table: Option<TableSelect>,
    /// The union of other selections.
    pub of: Vec<String>,
    /// No samples: the memory of the process that the profile does not show.
    pub beside_heap: bool,
}

impl Select {
    fn union_of(names: &[String]) -> Self {
        Self {
            of: names.to_vec(),
            ..Self::default()
        }
    }
}

/// Rows of a table: flats add up, of cums the largest counts, and where both are
/// given the smaller of the two is taken.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TableSelect {
    /// Functions whose flats add up.
    pub flat: Option<String>,
    /// Functions of whose cums the largest counts.
    pub cum: Option<String>,
}

/// A measure within bounds, or alternatives.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Condition {
    /// The share of the heap that a selection has, 0..=1.
    pub share: Option<String>,
    /// The bytes of a selection.
    pub bytes: Option<String>,
    /// The objects of a selection.
    pub objects: Option<String>,
    /// The mean size of a selection's objects, in bytes.
    pub mean_size: Option<String>,
    /// The bytes of the first selection divided by those of the second.
    pub ratio: Option<[String; 2]>,
    /// The share of the heap that two selections have in common, 0..=1: in a table as
    /// much as they must, as together they are more than all. There each selects by
    /// flat alone or by cum alone.
    pub overlap: Option<[String; 2]>,
    /// The share that the growth of a selection has in all growth over several
    /// snapshots, 0..=1: 0 unless it grows steadily. Does not hold for one snapshot.
    pub growth_share: Option<String>,
    /// How many functions of the profile, or rows of the table, match an
    /// expression, whether or not anything of theirs is in use: what the program
    /// has done at all.
    pub seen: Option<String>,
    /// What the program is; without bounds. A dump tells it from its stacks, and a table
    /// from its rows and from the program that it names.
    pub role: Option<Role>,
    /// Lower bound.
    pub at_least: Option<f64>,
    /// Upper bound.
    pub at_most: Option<f64>,
    /// Lists of conditions, of which one must hold completely.
    pub any_of: Vec<Vec<Condition>>,
}

/// How sure a finding is under some conditions.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
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
}

/// Behaviour that changed with a version.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionNote {
    /// The program.
    pub program: String,
    /// The first version of which it is true.
    #[serde(default)]
    pub since: Option<String>,
    /// The last one.
    #[serde(default)]
    pub until: Option<String>,
    /// What changed.
    pub note: String,
}

impl VersionNote {
    /// One line, such as `kube-apiserver since 1.34: …`.
    pub fn text(&self) -> String {
        let word = |word: &str, version: &Option<String>| {
            let version = version.as_ref();
            version.map_or_else(String::new, |version| format!(" {word} {version}"))
        };
        let (since, until) = (word("since", &self.since), word("until", &self.until));
        format!("{}{since}{until}: {}", self.program, self.note)
    }
}

/// A heap, and whether the signature fires on it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What the case shows.
    pub name: String,
    /// The role that the program has.
    #[serde(default)]
    pub role: Option<Role>,
    /// Folded stacks, root first, in MB.
    #[serde(default)]
    pub stacks: Vec<String>,
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

/// Why a text is not a signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid signature{}: {reason}", at(*.line))]
pub struct SignatureError {
    /// Line in the file, from 1, where it can be told.
    pub line: Option<usize>,
    /// What is wrong.
    pub reason: String,
}

fn at(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!(" in line {line}"))
}

impl Signature {
    /// Reads a signature, and checks that it makes sense.
    ///
    /// # Errors
    ///
    /// [`SignatureError`] with the line where that can be told.
    pub fn parse(text: &str) -> Result<Self, SignatureError> {
        let signature = Self::read(text)?;
        match signature.fault() {
            Some((key, reason)) => Err(SignatureError {
                line: line_with(text, &key),
                reason,
            }),
            None => Ok(signature),
        }
    }

    /// Reads a signature without checking it: compiling each expression would be
    /// most of the work of a diagnosis.
    pub(super) fn read(text: &str) -> Result<Self, SignatureError> {
        let signature = toml::from_str(text).map_err(|error| SignatureError {
            line: error.span().map(|span| line_of(text, &span)),
            reason: error.message().lines().collect::<Vec<_>>().join("; "),
        });
        let mut signature: Self = signature?;
        let mut selections = signature.select.keys();
        if let (true, Some(only), None) = (
            signature.bytes.is_empty(),
            selections.next(),
            selections.next(),
        ) {
            signature.bytes.clone_from(only);
        }
        Ok(signature)
    }

    /// What is wrong with it, and a word to find the place by.
    fn fault(&self) -> Option<(String, String)> {
        if self.id.is_empty() || !self.id.bytes().all(is_id_byte) {
            let reason = format!("id {:?} is not made of a-z, 0-9 and -", self.id);
            return Some((format!("{:?}", self.id), reason));
        }
        if self.bytes.is_empty() {
            let reason = format!("{} has no `bytes`, which says what it claims", self.id);
            return Some(("id".to_owned(), reason));
        }
        if self.require.is_empty() {
            let reason = format!(
                "{} has no [[require]], so that it would always fire",
                self.id
            );
            return Some(("select".to_owned(), reason));
        }
        if self.yields_to.contains(&self.id) {
            let reason = format!("{} yields to itself", self.id);
            return Some(("yields_to".to_owned(), reason));
        }
        (self.fault_of_selections())
            .or_else(|| self.fault_of_patterns())
            .or_else(|| self.conditions().into_iter().find_map(Condition::fault))
    }

    fn fault_of_selections(&self) -> Option<(String, String)> {
        let unknown = |name: &String| !self.select.contains_key(name);
        let mut named = self.selections_named().into_iter();
        if let Some(name) = named.find(unknown) {
            let reason = format!("there is no [select.{name}]");
            return Some((name, reason));
        }
        let is_union = |name: &String| !self.select[name].of.is_empty();
        for (name, select) in &self.select {
            if let Some(part) = select.part.iter().find(|part| !is_part(part)) {
                return Some((part.clone(), format!("there is no part {part:?}")));
            }
            if let Some(verb) = select.verb.iter().find(|verb| !is_verb(verb)) {
                return Some((verb.clone(), format!("there is no verb {verb:?}")));
            }
            let place = format!("[select.{name}]");
            if select.of.iter().any(is_union) {
                let reason = format!("[select.{name}] is a union of unions; name what they unite");
                return Some((place, reason));
            }
            if !select.of.is_empty() && *select != Select::union_of(&select.of) {
                let reason = format!("[select.{name}] has `of`, so that nothing else holds there");
                return Some((place, reason));
            }
        }
        let mut selects = self.select.iter();
        let beside = selects.find(|(_, select)| select.beside_heap);
        if let Some((name, _)) = beside.filter(|_| !self.needs.contains(&Need::Memstats)) {
            let reason = format!("[select.{name}] is beside the heap, so needs = [\"memstats\"]");
            return Some(("beside_heap".to_owned(), reason));
        }
        None
    }

    fn fault_of_patterns(&self) -> Option<(String, String)> {
        for pattern in self.patterns() {
            if let Err(error) = crate::filter::Pattern::new(pattern) {
                return Some((pattern.to_owned(), error.to_string()));
            }
            if super::patterns::compile(pattern).is_err() {
                let reason = format!("{pattern:?} is not supported: names are matched as bytes");
                return Some((pattern.to_owned(), reason));
            }
        }
        None
    }

    fn selections_named(&self) -> Vec<String> {
        let mut names = vec![self.bytes.clone()];
        names.extend(self.confidence.iter().filter_map(|rule| rule.bytes.clone()));
        names.extend(self.select.values().flat_map(|select| select.of.clone()));
        for condition in self.conditions() {
            let single = [
                &condition.share,
                &condition.bytes,
                &condition.objects,
                &condition.mean_size,
                &condition.growth_share,
            ];
            names.extend(single.into_iter().flatten().cloned());
            names.extend(condition.ratio.iter().flatten().cloned());
            names.extend(condition.overlap.iter().flatten().cloned());
        }
        names
    }

    /// All conditions, alternatives included.
    fn conditions(&self) -> Vec<&Condition> {
        let top = self.require.iter();
        let top = top.chain(self.confidence.iter().flat_map(|rule| &rule.when));
        let mut rest: Vec<&Condition> = top.collect();
        let mut all = Vec::new();
        while let Some(condition) = rest.pop() {
            all.push(condition);
            rest.extend(condition.any_of.iter().flatten());
        }
        all
    }

    /// The selections that are followed over several snapshots, each once: what it
    /// claims first.
    pub(super) fn followed(&self) -> Vec<&str> {
        let mut names = vec![self.bytes.as_str()];
        for name in self
            .conditions()
            .into_iter()
            .filter_map(|c| c.growth_share.as_deref())
        {
            if !names.contains(&name) {
                names.push(name);
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

    /// All regular expressions on stacks and rows.
    fn patterns(&self) -> impl Iterator<Item = &str> {
        let tables = self
            .select
            .values()
            .filter_map(|select| select.table.as_ref());
        let rows = tables.flat_map(|table| table.flat.iter().chain(&table.cum));
        self.stack_patterns().chain(rows.map(String::as_str))
    }

    /// All regular expressions on frames of stacks.
    pub(super) fn stack_patterns(&self) -> impl Iterator<Item = &str> {
        let of_selects = self.select.values().flat_map(|select| {
            let lists = select.path.iter().chain(&select.any).chain(&select.none);
            lists.chain(&select.leaf)
        });
        let seen = self.conditions().into_iter();
        let seen = seen.filter_map(|condition| condition.seen.as_ref());
        of_selects.chain(seen).map(String::as_str)
    }
}

impl Condition {
    fn fault(&self) -> Option<(String, String)> {
        let measures = self.measure_count();
        let bounds = self.at_least.is_some() || self.at_most.is_some();
        let (least, most) = (
            self.at_least.unwrap_or(0.0),
            self.at_most.unwrap_or(f64::MAX),
        );
        let reason = if !self.any_of.is_empty() && (measures > 0 || bounds) {
            "a condition with any_of has nothing beside it"
        } else if !self.any_of.is_empty() {
            return None;
        } else if self.role.is_some() && (measures > 1 || bounds) {
            "a condition with role has nothing beside it"
        } else if self.role.is_some() {
            return None;
        } else if measures != 1 {
            "a condition has one measure, such as share"
        } else if !bounds {
            "a condition has at_least or at_most"
        } else if !(least <= most && least.is_finite()) {
            "a condition has bounds between which nothing lies"
        } else if [self.at_least, self.at_most]
            .into_iter()
            .flatten()
            .any(|bound| bound < 0.0)
        {
            "a condition has a bound below 0, which every heap meets or none"
        } else if self.is_share() && least > 1.0 {
            "a share is at most 1, which is all of the heap"
        } else {
            return None;
        };
        Some((self.word(), reason.to_owned()))
    }

    /// Whether what it measures is a share of all.
    fn is_share(&self) -> bool {
        self.share.is_some() || self.overlap.is_some() || self.growth_share.is_some()
    }

    /// Words of one line to find it by.
    fn word(&self) -> String {
        let measures = [
            ("share", self.share.as_ref()),
            ("bytes", self.bytes.as_ref()),
            ("objects", self.objects.as_ref()),
            ("mean_size", self.mean_size.as_ref()),
            ("growth_share", self.growth_share.as_ref()),
            ("seen", self.seen.as_ref()),
            ("ratio", self.ratio.as_ref().map(|[a, _]| a)),
            ("overlap", self.overlap.as_ref().map(|[a, _]| a)),
        ];
        let mut measures = measures.into_iter();
        let measured = measures.find_map(|(key, name)| Some((key, name?)));
        let bound = self.at_least.or(self.at_most);
        match (measured, bound) {
            (Some((key, name)), _) => format!("{key}\n\"{name}\""),
            (None, Some(bound)) => format!("= {bound}"),
            (None, None) if self.role.is_some() => "role =".to_owned(),
            (None, None) => "any_of".to_owned(),
        }
    }

    fn measure_count(&self) -> usize {
        let single = [
            &self.share,
            &self.bytes,
            &self.objects,
            &self.mean_size,
            &self.growth_share,
            &self.seen,
        ];
        let others = [
            self.ratio.is_some(),
            self.overlap.is_some(),
            self.role.is_some(),
        ];
        let others = others.into_iter().filter(|is_given| *is_given);
        single.into_iter().flatten().count() + others.count()
    }
}

/// The line, from 1, in which something stands, as it is or as a string of TOML
/// writes it. Of several words, one a line, the line that has all of them is meant, else
/// the one with the last.
pub(super) fn line_with(text: &str, key: &str) -> Option<usize> {
    let has =
        |line: &str, word: &str| line.contains(word) || line.contains(&word.replace('\\', "\\\\"));
    let has_all = |line: &str| key.lines().all(|word| has(line, word));
    let last = key.lines().last()?;
    let line = text.lines().position(has_all);
    let line = line.or_else(|| text.lines().position(|line| has(line, last)));
    line.map(|line| line + 1)
}

fn is_id_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

fn line_of(text: &str, span: &Range<usize>) -> usize {
    let before = text.as_bytes().iter().take(span.start);
    before.filter(|&&byte| byte == b'\n').count() + 1
}
