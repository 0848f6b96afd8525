//! Why a text is not a signature, or does not fit the others.

use super::cases::MOST_CASES;
use super::severity::{Confidence, Severity};
use crate::attribute::Role;
use crate::filter::PatternError;
use crate::knowledge::CUSTOM_RESOURCE;
use crate::series::SeriesError;
use crate::table::TableError;

/// Why a text is not a signature, and where that shows.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("invalid signature{}: {reason}", at(*.line))]
#[non_exhaustive]
pub struct SignatureError {
    /// Line in the file, from 1, where it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub reason: SignatureFault,
}

fn at(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!(" in line {line}"))
}

/// What can be wrong with a signature.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureFault {
    /// It is not TOML, or has keys or values that no signature has.
    #[error("{0}")]
    Toml(String),
    /// An id has other characters.
    #[error("id {0:?} is not made of a-z, 0-9 and -")]
    Id(String),
    /// The signature of this id claims nothing.
    #[error("{0} has no `bytes`, which says what it claims")]
    NoBytes(String),
    /// The signature of this id has no condition.
    #[error("{0} has no [[require]], so that it would always fire")]
    NoCondition(String),
    /// The signature of this id has no remedy.
    #[error("{0} has no remedy, which says what to do")]
    NoRemedy(String),
    /// The signature of this id has no source.
    #[error("{0} has no source, which says where it is known from")]
    NoSource(String),
    /// The signature of this id leads itself.
    #[error("{0} yields to itself")]
    YieldsToItself(String),
    /// Its leader is in no catalogue.
    #[error("{id} yields to {leader}, which there is not")]
    NoLeader {
        /// The signature.
        id: String,
        /// The one that it yields to.
        leader: String,
    },
    /// Its objects have a size that is not known.
    #[error("there is no known size {0:?}")]
    NoSize(String),
    /// It names a part that the rules do not have.
    #[error("there is no part {0:?}")]
    NoPart(String),
    /// It names a verb that the rules do not have.
    #[error("there is no verb {0:?}")]
    NoVerb(String),
    /// It names a kind that is written as none is.
    #[error("{0:?} is no kind, such as \"Pod\" or \"{CUSTOM_RESOURCE}\"")]
    NoKind(String),
    /// It is for a sample type that no heap has.
    #[error("there is no sample type {0:?}, such as \"inuse_space\"")]
    NoSampleType(String),
    /// It names a selection that it does not state.
    #[error("there is no [select.{0}]")]
    NoSelection(String),
    /// What it claims is the whole heap.
    #[error("[select.{0}] names no frame, part, verb or kind, so that it claims all")]
    ClaimsAll(String),
    /// A selection unites one that unites others.
    #[error("[select.{0}] is a union of unions; name what they unite")]
    UnionOfUnions(String),
    /// A selection unites others, and selects by itself.
    #[error("[select.{0}] has `of`, so that nothing else holds there")]
    UnionAndMore(String),
    /// A selection is of memory that only the runtime's statistics show.
    #[error("[select.{0}] is beside the heap, so needs = [\"memstats\"]")]
    BesideHeap(String),
    /// A selection is of allocations, which not every dump has.
    #[error("[select.{0}] counts allocations, so needs = [\"allocations\"]")]
    Allocations(String),
    /// A selection of allocations is added to memory in use.
    #[error("[select.{0}] counts allocations: it is neither claimed nor united with others")]
    AllocationsClaimed(String),
    /// A selection of allocations is measured as only memory in use can be.
    #[error("[select.{0}] counts allocations, which only `bytes` and `ratio` measure")]
    AllocationsMeasured(String),
    /// The name of a frame has other characters.
    #[error("frame {0:?} is not made of a-z, 0-9 and -")]
    FrameName(String),
    /// The rules have a frame of this name.
    #[error("there is a frame {0} already")]
    KnownFrame(String),
    /// It names a frame that there is not.
    #[error("{0} is no named frame; an expression has other characters, such as ^")]
    NoFrame(String),
    /// An expression is none.
    #[error("{0}")]
    Expression(PatternError),
    /// An expression is of characters, not of bytes.
    #[error("{0:?} is not supported: names are matched as bytes")]
    NotOfBytes(String),
    /// The expressions of this signature alone are too large.
    #[error("the expressions of {0} are too large")]
    TooLarge(String),
    /// The expressions of all signatures are too large.
    #[error("the expressions of all signatures are too large together")]
    TooLargeTogether,
    /// The automata of all expressions are too large.
    #[error("the expressions of all signatures have too many states together")]
    TooManyStates,
    /// It has so many cases, and each is judged.
    #[error("{0} cases are more than {MOST_CASES}")]
    TooManyCases(usize),
    /// It does not hold one of its cases.
    #[error("case {name:?}: {fault}")]
    Case {
        /// The case.
        name: String,
        /// What differs.
        fault: Box<CaseFault>,
    },
}

/// What a case of a signature says otherwise than its diagnosis.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CaseFault {
    /// A stack does not end in a number.
    #[error("stack {0:?} has no megabytes")]
    Stack(String),
    /// Its table is none.
    #[error("{0}")]
    Table(TableError),
    /// Its snapshots are no series.
    #[error("{0}")]
    Series(SeriesError),
    /// The program has another role.
    #[error("the role is {}, not {}", found.name(), wanted.name())]
    Role {
        /// That of the heap.
        found: Role,
        /// That of the case.
        wanted: Role,
    },
    /// There is no finding where one is wanted.
    #[error("it does not fire")]
    Silent,
    /// There is a finding where none is wanted.
    #[error("it fires")]
    Fires,
    /// It claims another amount.
    #[error("it claims {found:.0} MB, not {wanted}")]
    Bytes {
        /// What it claims, in MB.
        found: f64,
        /// What the case has, in MB.
        wanted: f64,
    },
    /// It names other kinds.
    #[error("the kinds are {found:?}, not {wanted:?}")]
    Kinds {
        /// Those of the findings.
        found: Vec<String>,
        /// Those of the case.
        wanted: Vec<String>,
    },
    /// It is more or less sure.
    #[error("the confidence is {}, not {}", found.name(), wanted.name())]
    Confidence {
        /// That of the finding.
        found: Confidence,
        /// That of the case.
        wanted: Confidence,
    },
    /// It is worse or less bad.
    #[error("the severity is {}, not {}", found.name(), wanted.name())]
    Severity {
        /// That of the finding.
        found: Severity,
        /// That of the case.
        wanted: Severity,
    },
}
