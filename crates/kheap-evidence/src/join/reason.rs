//! Whether a file is used, and why not.

use kheap::attribute::Role;
use kheap::knowledge::VersionRange;

use crate::warning::Warning;

/// Whether a file is used.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
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
    /// It is a pointer of Git LFS in place of the file.
    GitLfsPointer,
    /// It is a profile of something else, such as another heap.
    OtherProfile,
    /// It is of another program.
    OtherProgram {
        /// What it is of.
        found: String,
        /// What the dump is of.
        expected: String,
    },
    /// It is of a program that does something else.
    OtherRole {
        /// What it is of.
        found: Role,
        /// What the dump is of.
        expected: Role,
        /// The program of the dump, where that is known.
        program: Option<String>,
    },
    /// It is of another build of the program.
    OtherBuild,
    /// The server that it is of has a version that the code of the dump rules out.
    OtherVersion {
        /// What it is of, such as `v1.36.2`.
        found: String,
        /// What the code is of.
        expected: VersionRange,
    },
    /// The other files of its folder are of another process.
    OtherFolder,
    /// It holds metrics of several processes, as `/federate` gives them.
    SeveralProcesses,
    /// Its data ends in the middle, and a part of it counts wrong.
    Cut,
    /// It shows neither when its process started nor when it was taken, so that nothing can be
    /// compared.
    NoProcess,
    /// It does not show when its process started.
    NoStart,
    /// It shows when its process started, and not when it was taken.
    NoMoment,
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
    /// It is of a process that is not the one whose metrics fit best.
    OtherProcess {
        /// When its process started.
        start: i64,
        /// When the one did that fits best.
        chosen: Option<i64>,
    },
    /// Some of its scrapes are of another process or time.
    SomeScrapes {
        /// Those that are used.
        used: usize,
        /// All of them.
        all: usize,
    },
    /// Its process had allocated another amount than that of the dump.
    OtherAllocated {
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
    /// It is the log of another server; the one of this server is there.
    OtherLog,
    /// It is one of two servers' logs, and nothing shows which one is of the dump's.
    TwoServers,
    /// Its requests stand in another file, too.
    SameRequests,
    /// It counts other requests in flight than the goroutines show.
    OtherInFlight {
        /// What is counted.
        kind: InFlightKind,
        /// What it counts.
        counted: i64,
        /// What the goroutines show.
        found: i64,
    },
    /// It counts other LISTs in flight than the goroutines show, which are believed.
    OtherLists {
        /// What it counts.
        counted: i64,
        /// What the goroutines show.
        found: i64,
    },
    /// It counts other goroutines than /metrics.
    OtherGoroutines {
        /// What it counts.
        found: i64,
        /// What /metrics counted.
        counted: i64,
    },
    /// It ends so much before the dump: it names clients, and no request in flight.
    NamesOnly(i64),
    /// It ends so much before the dump, and nothing shows that it is of its process.
    Untied(i64),
    /// It has no line for a request that begins.
    NoStarts,
    /// The dump does not tell its time, so that nothing could be compared.
    NoTime,
    /// A part of it was passed over.
    PassedOver(Warning),
    /// So much of an audit log was passed over that beginnings or ends are missing.
    Damaged(Warning),
}

/// What is in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InFlightKind {
    /// LISTs.
    Lists,
    /// Watches.
    Watches,
}

impl Reason {
    /// Whether it holds for each file of that process.
    pub(super) fn is_of_process(&self) -> bool {
        matches!(
            self,
            Self::StartedLater(_)
                | Self::OtherStart { .. }
                | Self::OtherAllocated { .. }
                | Self::OtherInFlight { .. }
                | Self::OtherProgram { .. }
                | Self::OtherRole { .. }
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
