//! Whether a file is used, and why not.

use std::fmt;

use crate::moment::{clock, span};
use crate::warning::Warning;

/// Whether a file is used.
#[derive(Debug, Clone, PartialEq)]
pub enum Use {
    /// It is of the process of the dump; a reason says what it does not tell.
    Used(Option<Reason>),
    /// It is not.
    NotUsed(Reason),
}

/// Why a file is not used, or not for all that such a file can tell. Moments and spans
/// are in nanoseconds.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Reason {
    /// Nothing in it is understood.
    NotUnderstood,
    /// It is a profile of something else, such as another heap.
    OtherProfile,
    /// It is of another program.
    OtherProgram {
        /// What it is of.
        found: String,
        /// What the dump is of.
        expected: String,
    },
    /// It is of another build of the program.
    OtherBuild,
    /// It holds metrics of several processes, as `/federate` gives them.
    SeveralProcesses,
    /// Its data ends in the middle, and a part of it counts wrong.
    Cut,
    /// It tells neither its process nor its time, so that nothing can be compared.
    NoProcess,
    /// Its process started after the dump.
    StartedLater(i64),
    /// Its process started at another time than that of the server log.
    OtherStart {
        /// When its process started.
        start: i64,
        /// When that of the server log did.
        log: i64,
    },
    /// It was taken so much before the dump.
    Earlier(i64),
    /// It was taken so much after the dump.
    Later(i64),
    /// It ends before the process of the dump started.
    BeforeStart {
        /// When it ends.
        last: i64,
        /// When the process started.
        start: i64,
    },
    /// Its process had allocated more than that of the dump ever did.
    AllocatedMore {
        /// What it counted, in bytes.
        counted: i64,
        /// What the dump counts.
        dump: i64,
    },
    /// Its live heap is another one.
    OtherHeap {
        /// What lived there, in bytes.
        counted: i64,
        /// What lives in the dump.
        dump: i64,
    },
    /// It covers the moment of the dump and shows nobody who fetches one.
    NoHeapRequest,
    /// Its requests are not those of the server log.
    OtherRequests,
    /// It counts other goroutines than /metrics.
    OtherGoroutines {
        /// What it counts.
        found: i64,
        /// What /metrics counted.
        counted: i64,
    },
    /// It ends so much before the dump: it names clients, and no request in flight.
    NamesOnly(i64),
    /// It has no line for a request that begins.
    NoStarts,
    /// The dump does not tell its time, so that nothing could be compared.
    NoTime,
    /// A part of it was passed over.
    PassedOver(Warning),
    /// So much of an audit log was passed over that beginnings or ends are missing.
    Damaged(Warning),
}

impl Reason {
    /// Whether it holds for each file of that process.
    pub(super) fn is_of_process(&self) -> bool {
        matches!(
            self,
            Self::StartedLater(_)
                | Self::OtherStart { .. }
                | Self::AllocatedMore { .. }
                | Self::OtherProgram { .. }
        )
    }
}

impl Use {
    /// Whether it is used.
    pub fn is_used(&self) -> bool {
        matches!(self, Self::Used(_))
    }

    /// Why it is not, or not for everything.
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Used(reason) => reason.as_ref(),
            Self::NotUsed(reason) => Some(reason),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUnderstood => f.write_str("its content is not understood"),
            Self::OtherProfile => f.write_str("it is a profile, and not of goroutines"),
            Self::OtherProgram { found, expected } => {
                write!(f, "it is of {found}, the dump is of {expected}")
            }
            Self::SeveralProcesses => f.write_str(
                "it holds metrics of several processes (several `instance` labels); save /metrics \
                 of this server",
            ),
            Self::OtherBuild => f.write_str("it is of another build of the program"),
            Self::Cut => f.write_str("it is cut in its middle, so its counts are too small"),
            Self::NoProcess => f.write_str(
                "it has neither process_start_time_seconds nor go_memstats_last_gc_time_seconds, \
                 so it cannot be compared with the dump",
            ),
            Self::StartedLater(start) => {
                write!(
                    f,
                    "its process started after the dump, at {}",
                    clock(*start)
                )
            }
            Self::OtherStart { start, log } => write!(
                f,
                "it belongs to another process: started {}; the server log's process started {}",
                clock(*start),
                clock(*log)
            ),
            Self::Earlier(by) => write!(f, "it was taken {} or more before the dump", span(*by)),
            Self::Later(by) => write!(f, "it was taken {} or more after the dump", span(*by)),
            Self::BeforeStart { last, start } => write!(
                f,
                "it ends at {}, before the process of the dump started at {}",
                clock(*last),
                clock(*start)
            ),
            Self::AllocatedMore { counted, dump } => write!(
                f,
                "it belongs to another process: that one had allocated {}, this one {}",
                gigabytes(*counted),
                gigabytes(*dump)
            ),
            Self::OtherHeap { counted, dump } => write!(
                f,
                "it belongs to another process: its live heap was {}, that of the dump is {}",
                gigabytes(*counted),
                gigabytes(*dump)
            ),
            Self::NoHeapRequest => f.write_str(
                "it is of another server: nobody fetched a heap profile there when the dump was \
                 taken",
            ),
            Self::OtherRequests => {
                f.write_str("it is of another server: its requests are not those of the server log")
            }
            Self::OtherGoroutines { found, counted } => {
                write!(f, "it has {found} goroutines, /metrics counted {counted}")
            }
            Self::NamesOnly(by) => write!(
                f,
                "it ends {} before the dump: it names clients, and cannot count requests in flight",
                span(*by)
            ),
            Self::NoStarts => f.write_str(
                "it has no line when a request begins (the audit policy omits RequestReceived): it \
                 names clients, and cannot count requests in flight",
            ),
            Self::NoTime => f.write_str("the dump has no time, so the times are not compared"),
            Self::PassedOver(what) => write!(f, "{what}"),
            Self::Damaged(what) => write!(
                f,
                "{what}: it names clients, and cannot count requests in flight"
            ),
        }
    }
}

fn gigabytes(bytes: i64) -> String {
    match bytes {
        ..1_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}
