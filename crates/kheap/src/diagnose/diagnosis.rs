//! What is known of a heap, and what that amounts to.

use super::composition::Composition;
use super::finding::{Evidence, Finding};
use super::note::Note;
use super::severity::Severity;
use super::share;
use super::trend::Trend;
use super::view::sums_by;
use crate::attribute::{Breakdown, Role};
use crate::knowledge::{Parts, Versions};
use crate::memory::Memory;
use crate::profile::{Profiled, Runtime};
use crate::program::{self, InferredProgram};
use crate::series::GrowthRow;

/// From which bytes, and which share of the heap, on a path that no finding claims
/// is worth a word: what would be at medium if a signature knew it. Below a tenth
/// of it nothing in a heap is large.
const UNEXPLAINED: (i64, f64) = (256 << 20, 0.1);

/// From which share of the heap on what no finding claims is listed: a row of a table, or in a
/// dump a part or path with the bytes of [`UNEXPLAINED`].
const NOTABLE: f64 = 0.05;

/// Which share of the heap the rows of a table must hold for it to be called healthy:
/// what was cut off may be anything.
const VISIBLE: f64 = 0.5;

/// From which share of the heap on what the rows of a table leave out may be a problem: a
/// finding at medium holds as much.
const CUT_OFF: f64 = 0.1;

/// Which share of the heap must be known to be no problem for a cut table to be called healthy.
const KNOWN: f64 = 0.5;

/// Below which size a heap is small, whatever it holds.
const SMALL: i64 = 64 << 20;

/// The same of an API server: a fresh one of 1.20 to 1.36 holds 80 to 115 MB.
const SMALL_SERVER: i64 = 128 << 20;

/// What is known of a heap.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Diagnosis {
    /// Base name of the program; `None` for a table that does not name it.
    pub program: Option<String>,
    /// What its code shows of its name, where the file does not say it.
    pub inferred_program: Option<InferredProgram>,
    /// What the program is.
    pub role: Role,
    /// Which versions it was built from, or the user says that run, and why.
    pub versions: Versions,
    /// The sample type that was judged.
    pub sample_type: String,
    /// Unit of all values, such as `bytes`.
    pub unit: String,
    /// The language runtime of the program.
    pub runtime: Runtime,
    /// What of it was profiled.
    pub profiled: Profiled,
    /// Whether they are memory in use: no allocation totals, counts, times or
    /// differences.
    pub is_level: bool,
    /// In which unit people are shown them: that of a pasted text, else `auto`, the one
    /// that fits each.
    pub shown_in: String,
    /// What shares refer to.
    pub total: i64,
    /// What the rows of a table hold themselves; `None` for a dump, which has it all.
    pub visible: Option<i64>,
    /// What of it the rows of a table show the cause of: what findings claim that name one, and
    /// what functions hold that do one thing only and have no problem; `None` for a dump.
    pub known: Option<i64>,
    /// What findings claim of a table beyond what their rows hold themselves: it may be in any
    /// other row. 0 for a dump, whose stacks show whose it is.
    pub beyond_rows: i64,
    /// Whether it is the first of several tables; the others are not read.
    pub is_one_of_several: bool,
    /// Whether it is a pasted text that has a part of a profile, so that the rest of the
    /// heap may be anything.
    pub is_fragment: bool,
    /// What belongs to no part of the program (`other`) and to no finding above info; of
    /// a table, whose rows tell no part, what no such finding claims.
    pub unattributed: i64,
    /// By severity, then bytes, then id; those at [`Severity::Info`] included.
    pub findings: Vec<Finding>,
    /// Signatures that could not be judged, and what they need.
    pub not_judged: Vec<NotJudged>,
    /// The places that hold the memory; `None` for a table.
    pub breakdown: Option<Breakdown>,
    /// What no finding above info claims, by part and verb, largest first; empty for a table,
    /// and for a program other than a server (API server, etcd, Prometheus): its parts are its own
    /// code.
    pub unclaimed_parts: Vec<Evidence>,
    /// The largest paths, root first and shortened, or rows of a table, that no
    /// finding above info claims.
    pub unclaimed: Vec<Evidence>,
    /// What it is made of, where no finding explains it.
    pub composition: Option<Composition>,
    /// How the heap went on until now, where there are earlier snapshots.
    pub trend: Option<Trend>,
    /// The parts and kinds (`part · kind`) that changed most until now.
    pub growing: Vec<GrowthRow>,
    /// The parts of these over the same dumps, all their kinds together: what one kind gained
    /// and another lost is in none.
    pub growing_parts: Vec<GrowthRow>,
    /// The process taken apart, where its size is known.
    pub process: Option<Memory>,
    /// What a reader should know.
    pub notes: Vec<Note>,
}

/// A signature that could not be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct NotJudged {
    /// Its id.
    pub id: String,
    /// What it needs, such as `stacks`.
    pub needs: String,
}

/// Why values are not judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Unjudged {
    /// For a program of another runtime than Go's.
    Foreign(Runtime),
    /// A profile of something else than memory.
    NoMemory(Profiled),
    /// What was allocated since the start, which says nothing of what is kept.
    Allocations,
    /// Times.
    Times,
    /// Counts: of objects, or of nobody knows what.
    Counts,
    /// Bytes that may be in use, or allocated in all.
    Untyped,
    /// The profiler was off while so many bytes were allocated.
    ProfilerOff(u64),
    /// What changed between two moments.
    Change,
    /// A sample type that has no name, or an unknown one.
    Unnamed,
}

/// What a diagnosis amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Verdict {
    /// Something is at medium or above.
    Findings,
    /// Nothing is wrong.
    Healthy,
    /// Something large looks like a known problem, and like a program at work.
    Uncertain,
    /// A large part of the heap, or of a program that nobody knows all of it, is what no signature
    /// is about, or does not stand in the table. A heap that [is small](Diagnosis::is_small) has no
    /// fault then: what makes its process large is elsewhere.
    Unexplained,
    /// The numbers are no memory in use: allocation totals, counts or times.
    NotJudged,
}

crate::__vocabulary! {
    Verdict, "verdict" {
        Findings = "findings",
        Healthy = "healthy",
        Uncertain = "uncertain",
        Unexplained = "unexplained",
        NotJudged = "not-judged",
    }
}

/// From which bytes, and which share of the heap, on what belongs to no part of the
/// program, or to one part of a server and to no finding, is worth a word, in however many
/// paths. Findings are at medium from these bytes on, unless thresholds say otherwise.
const UNATTRIBUTED: (i64, f64) = (256 << 20, 1.0 / 3.0);

impl Diagnosis {
    /// The name of its program, where it is named or its functions show it.
    pub fn known_program(&self) -> Option<&str> {
        program::known(self.program.as_ref(), self.inferred_program.as_ref())
    }

    /// Title and colour of every part; of a table, the built-in ones.
    pub fn parts(&self) -> &Parts {
        let breakdown = self.breakdown.as_ref();
        breakdown.map_or(Parts::builtin(), |breakdown| &breakdown.parts)
    }

    /// What it amounts to.
    pub fn verdict(&self) -> Verdict {
        let mut findings = self.findings.iter();
        if self.unjudged().is_some() {
            Verdict::NotJudged
        } else if !self.is_healthy() {
            Verdict::Findings
        } else if findings.any(|finding| finding.is_capped) && self.larger().is_none() {
            Verdict::Uncertain
        } else if self.has_unexplained()
            || self.is_unattributed()
            || self.has_unclaimed_part()
            || self.is_stranger()
            || self.has_few_rows() && !self.has_half_in_findings()
        {
            Verdict::Unexplained
        } else if self.is_one_of_several || self.is_fragment || self.has_half_in_findings() {
            Verdict::Uncertain
        } else if self.has_unknown_rows() {
            Verdict::Unexplained
        } else {
            Verdict::Healthy
        }
    }

    /// Why nothing is judged; `None` where something is.
    pub fn unjudged(&self) -> Option<Unjudged> {
        let unit = self.unit.as_str();
        let mut notes = self.notes.iter();
        let off = notes.find_map(|note| match note {
            Note::ProfilerOff(bytes) => Some(Unjudged::ProfilerOff(*bytes)),
            _ => None,
        });
        match self.sample_type.as_str() {
            _ if off.is_some() => off,
            _ if self.is_level => None,
            _ if self.runtime.is_foreign() => Some(Unjudged::Foreign(self.runtime)),
            _ if self.profiled.is_no_memory() => Some(Unjudged::NoMemory(self.profiled)),
            kind if kind.starts_with("alloc") => Some(Unjudged::Allocations),
            _ if unit == "nanoseconds" => Some(Unjudged::Times),
            _ if unit == "count" => Some(Unjudged::Counts),
            "space" => Some(Unjudged::Untyped),
            _ if self.is_change() => Some(Unjudged::Change),
            _ => Some(Unjudged::Unnamed),
        }
    }

    /// Whether its values are what changed between two moments.
    pub fn is_change(&self) -> bool {
        let mut notes = self.notes.iter();
        notes.any(|note| matches!(note, Note::Difference | Note::Delta(_)))
    }

    /// Whether its bytes have parts: those of a program of Go, and of memory.
    pub fn has_parts(&self) -> bool {
        self.profiled.is_go_heap(self.runtime)
    }

    /// Whether nothing is at medium or above.
    pub fn is_healthy(&self) -> bool {
        self.findings
            .iter()
            .all(|finding| finding.severity < Severity::Medium)
    }

    /// Whether it is so small that what makes the process large is elsewhere.
    pub fn is_small(&self) -> bool {
        let mut findings = self.findings.iter();
        let size = match self.role {
            Role::ApiServer => SMALL_SERVER,
            _ => SMALL,
        };
        self.is_level
            && self.total < size
            && findings.all(|finding| finding.severity == Severity::Info)
    }

    /// Whether the answer is what the heap is made of: no finding explains much of it, and its
    /// parts are no features, because its program is no server.
    pub(super) fn is_to_be_composed(&self) -> bool {
        let is_left = self.verdict() == Verdict::Unexplained || self.has_unexplained();
        self.is_level && is_left && !self.role.is_server() && !self.is_small()
    }

    /// Whether it is a small table of some client: its rows tell nothing of how it is.
    pub fn is_small_client_table(&self) -> bool {
        self.role == Role::Client && self.visible.is_some() && self.is_small()
    }

    /// Whether findings, each too small to be bad, hold half of the heap together.
    fn has_half_in_findings(&self) -> bool {
        let findings = self.findings.iter();
        let shown = findings.filter(|finding| finding.severity > Severity::Info);
        let shares = shown.map(|finding| finding.share);
        // Together they hold no more than the largest where they share their bytes.
        match self.notes.contains(&Note::FindingsOverlap) {
            true => shares.fold(0.0, f64::max) >= 0.5,
            false => shares.sum::<f64>() >= 0.5,
        }
    }

    /// Whether nothing at all is known of it.
    fn is_stranger(&self) -> bool {
        let mut findings = self.findings.iter();
        let is_suppressed = |note: &Note| matches!(note, Note::Suppressed { .. });
        self.role == Role::Unknown
            && findings.all(|finding| finding.severity == Severity::Info)
            && !self.notes.iter().any(is_suppressed)
    }

    /// Whether it is a table whose rows hold too little of the heap to tell how it is.
    pub fn has_few_rows(&self) -> bool {
        (self.visible).is_some_and(|visible| share(visible, self.total) < VISIBLE)
    }

    /// Whether it is a cut table whose rows do not show the cause of half of the heap. What
    /// their missing callers would show may be anything.
    pub fn has_unknown_rows(&self) -> bool {
        let is_cut = (self.visible).is_some_and(|rows| share(rows, self.total) < 1.0 - CUT_OFF);
        is_cut && (self.known).is_some_and(|known| share(known, self.total) < KNOWN)
    }

    /// Whether it is unexplained for no other reason than that its table is cut: what the rows
    /// hold is no large unknown.
    pub fn is_only_cut(&self) -> bool {
        self.verdict() == Verdict::Unexplained
            && (self.has_few_rows() || self.has_unknown_rows())
            && !(self.has_unexplained() || self.is_unattributed() || self.has_unclaimed_part())
    }

    /// Whether much of it is in no known part of the program, nor in a finding.
    pub fn is_unattributed(&self) -> bool {
        self.is_level && self.is_much(self.unattributed)
    }

    /// Whether one part, with the requests of all verbs, holds much that no finding claims.
    fn has_unclaimed_part(&self) -> bool {
        let places = self.unclaimed_parts.iter();
        let places = places.filter_map(|evidence| match evidence {
            Evidence::Place { part, bytes, .. } => Some((part, *bytes)),
            _ => None,
        });
        let largest = sums_by(places).into_iter().next();
        self.is_level && largest.is_some_and(|(_, bytes)| self.is_much(bytes))
    }

    fn is_much(&self, held: i64) -> bool {
        let (bytes, least_share) = UNATTRIBUTED;
        held >= bytes && share(held, self.total) > least_share
    }

    /// The parts, by verb, that hold a large amount which no finding claims.
    pub fn unexplained_parts(&self) -> impl Iterator<Item = &Evidence> {
        let parts = self.unclaimed_parts.iter();
        parts.filter(|evidence| self.is_level && self.is_large(evidence))
    }

    /// Whether one path, or one row, that no finding claims is large.
    pub fn has_unexplained(&self) -> bool {
        self.unexplained().next().is_some()
    }

    /// The paths or rows that no finding claims and that are large.
    pub fn unexplained(&self) -> impl Iterator<Item = &Evidence> {
        let unclaimed = self.unclaimed.iter();
        unclaimed.filter(|evidence| self.is_level && self.is_large(evidence))
    }

    /// The largest path or row that no finding claims, where it is large and larger than
    /// each finding: what it holds with its callees counts, where it holds much itself.
    pub fn larger(&self) -> Option<&Evidence> {
        let held = |evidence: &Evidence| match *evidence {
            Evidence::Path { bytes, .. } => bytes,
            Evidence::Row { flat, cum, .. } => flat.max(cum),
            _ => 0,
        };
        let found = self.findings.iter().map(|finding| finding.bytes).max();
        let largest = self.unexplained().max_by_key(|evidence| held(evidence))?;
        (held(largest) > found.unwrap_or_default()).then_some(largest)
    }

    /// The rows of a table that people would ask about for what no finding can claim of them.
    pub fn notable_rows(&self) -> impl Iterator<Item = &Evidence> {
        self.unclaimed.iter().filter(|evidence| match evidence {
            Evidence::Row { flat, .. } => {
                share(flat.saturating_sub(self.beyond_rows), self.total) >= NOTABLE
            }
            _ => false,
        })
    }

    /// The parts, by verb, and the paths that no finding claims and that people would ask about,
    /// though they hold too little of the heap to change what is said of it.
    pub fn notable_parts(&self) -> impl Iterator<Item = &Evidence> {
        let all = self.unclaimed_parts.iter().chain(&self.unclaimed);
        all.filter(|evidence| {
            self.is_level && self.holds(evidence, NOTABLE) && !self.is_in_part(evidence)
        })
    }

    /// Whether a path is in a part that is listed itself: what is in no part is less.
    fn is_in_part(&self, evidence: &Evidence) -> bool {
        let has_parts = !self.unclaimed_parts.is_empty();
        matches!(evidence, Evidence::Path { bytes, .. } if has_parts && *bytes > self.unattributed)
    }

    fn is_large(&self, evidence: &Evidence) -> bool {
        self.holds(evidence, UNEXPLAINED.1)
    }

    /// Whether so many bytes, and such a share of the heap, are in one place.
    fn holds(&self, evidence: &Evidence, least_share: f64) -> bool {
        let (bytes, _) = UNEXPLAINED;
        match evidence {
            Evidence::Place { bytes: held, .. }
            | Evidence::Path { bytes: held, .. }
            | Evidence::Row { flat: held, .. } => {
                *held >= bytes && share(*held, self.total) >= least_share
            }
            Evidence::Part { .. }
            | Evidence::Kind { .. }
            | Evidence::Size { .. }
            | Evidence::Answer { .. }
            | Evidence::Beside { .. }
            | Evidence::ManagedFields { .. }
            | Evidence::Count { .. }
            | Evidence::Owners { .. }
            | Evidence::Process { .. } => false,
        }
    }
}
