//! One file beside a dump: what it is, and what it says.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::thread;

use kheap::profile::Profiled;
use kheap::{Limits, Profile};

use crate::goroutines::{self, Goroutines};
use crate::inflate;
use crate::lines::{LinesEnd, is_damage};
use crate::metrics::{self, Scrape};
use crate::requests::{self, LogKind, Requests};
use crate::sniff::{Content, has_one_sample_type, sniff};
use crate::unpack::{read_up_to, unpack};
use crate::version::{self, Version};
use crate::warning::Warning;

/// What one file says.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Observation {
    /// The name that the caller gives it.
    pub file: String,
    /// What it says.
    pub facts: Facts,
    /// What was passed over.
    pub warnings: Vec<Warning>,
}

/// What a file can say.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Facts {
    /// Scrapes of /metrics, in the order of the file.
    Metrics(Vec<Scrape>),
    /// A goroutine profile.
    Goroutines(Box<Goroutines>),
    /// An audit log or a server log.
    Requests(Box<Requests>),
    /// The answer of `/version`.
    Version(Version),
    /// A profile of something else, such as a heap.
    OtherProfile,
    /// A pointer of Git LFS in place of the file.
    GitLfsPointer,
    /// Nothing that is understood.
    NotUnderstood,
}

/// What a file beside a dump is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileKind {
    /// Scrapes of /metrics.
    Metrics,
    /// A goroutine profile.
    Goroutines,
    /// A profile of goroutines that nothing can wake.
    GoroutineLeak,
    /// An audit log.
    AuditLog,
    /// A server log.
    ServerLog,
    /// The answer of `/version`.
    Version,
    /// A profile of something else.
    Profile,
    /// What Git LFS left in place of the file.
    GitLfsPointer,
    /// Nothing that is understood.
    Unknown,
}

kheap::__vocabulary! {
    FileKind, "kind of file" {
        Metrics = "metrics",
        Goroutines = "goroutines",
        GoroutineLeak = "goroutine-leak",
        AuditLog = "audit-log",
        ServerLog = "server-log",
        Version = "version",
        Profile = "profile",
        GitLfsPointer = "git-lfs-pointer",
        Unknown = "unknown",
    }
}

/// What is known before a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadOptions {
    /// When the dump was taken, in nanoseconds since 1970: requests count as they stood
    /// then. Without it, as they stand at the end of a log.
    pub at: Option<i64>,
    /// What a compressed file may inflate to, in bytes; what follows counts as cut off.
    pub inflated_bytes: u64,
    /// Whether it may be inflated on a thread of its own, as in [`Limits::threads`].
    pub threads: bool,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            at: None,
            inflated_bytes: Limits::default().inflated_bytes,
            threads: Limits::default().threads,
        }
    }
}

kheap::__setters! {
    impl ReadOptions {
        at: impl Into<Option<i64>>,
        inflated_bytes: u64,
        threads: bool,
    }
}

impl Facts {
    /// Whether they are of one process at one time.
    pub(crate) fn is_of_process(&self) -> bool {
        matches!(
            self,
            Self::Metrics(_) | Self::Goroutines(_) | Self::Requests(_)
        )
    }

    /// What kind of file says this.
    pub fn kind(&self) -> FileKind {
        match self {
            Self::Metrics(_) => FileKind::Metrics,
            Self::Goroutines(found) if found.is_leak => FileKind::GoroutineLeak,
            Self::Goroutines(_) => FileKind::Goroutines,
            Self::Requests(log) => match log.kind {
                LogKind::Audit => FileKind::AuditLog,
                LogKind::Server => FileKind::ServerLog,
            },
            Self::Version(_) => FileKind::Version,
            Self::OtherProfile => FileKind::Profile,
            Self::GitLfsPointer => FileKind::GitLfsPointer,
            Self::NotUnderstood => FileKind::Unknown,
        }
    }
}

impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind().name())
    }
}

impl Observation {
    /// Whether what it counts can be believed: the file does not end before its data, and
    /// next to no line is left out. A log that was cut with `tail` and `head` has two
    /// broken lines.
    pub(crate) fn is_whole(&self) -> bool {
        /// The first line and the last one.
        const ENDS: u64 = 2;
        let left_out: u64 = self.warnings.iter().map(Warning::lines_left_out).sum();
        !self.is_cut() && left_out <= ENDS
    }

    /// Whether the file ends before its data does, or was read only in part.
    pub fn is_cut(&self) -> bool {
        let is_cut =
            |warning: &Warning| matches!(warning, Warning::CutShort(_) | Warning::TooLarge(_));
        self.warnings.iter().any(is_cut)
    }
}

/// Reads a file, plain or compressed by gzip, Zstandard, LZ4 or xz, in one pass and in bounded memory, and recognises by
/// its content what it is.
///
/// # Errors
///
/// Those of the reader. Data that is cut, damaged or unknown is no error: what was read
/// before it counts, and a [`Warning`] says so.
///
/// # Example
///
/// ```
/// use kheap_evidence::{Facts, ReadOptions, observe};
///
/// let text = "go_goroutines 12\nprocess_resident_memory_bytes 4096\n";
/// let observation = observe("metrics.txt", text.as_bytes(), &ReadOptions::default())?;
/// let Facts::Metrics(scrapes) = &observation.facts else {
///     panic!("these are metrics");
/// };
/// assert_eq!(scrapes[0].process.rss, Some(4096));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn observe(
    file: &str,
    reader: impl Read + Send,
    options: &ReadOptions,
) -> io::Result<Observation> {
    observe_reader(file, Box::new(reader), options)
}

fn observe_reader(
    file: &str,
    reader: Box<dyn Read + Send + '_>,
    options: &ReadOptions,
) -> io::Result<Observation> {
    thread::scope(|scope| {
        let mut reader = inflate::open(scope, reader, options)?;
        let (facts, warnings) = read(&mut *reader, options)?;
        Ok(Observation {
            file: file.to_owned(),
            facts,
            warnings,
        })
    })
}

/// Whether a file is one that lies beside dumps: metrics, a log, goroutines, a version.
/// All but profiles are known by their first bytes.
pub fn is_beside(reader: impl Read + Send) -> bool {
    kind_beside(reader).is_some()
}

/// Which of them a file is; `None` where it is another one. A log counts as an audit log where
/// its first line that is known is an event.
pub fn kind_beside(reader: impl Read + Send) -> Option<FileKind> {
    evidence_in(unpack(reader, HEAD_BYTES + PROFILE_BYTES).ok()?)
}

fn evidence_in(mut bytes: Box<dyn Read + Send + '_>) -> Option<FileKind> {
    let mut head = Vec::new();
    // What was read before an error says enough.
    let _ = read_up_to(&mut bytes, HEAD_BYTES, &mut head);
    Some(match sniff(&head) {
        Content::Metrics => FileKind::Metrics,
        Content::Log if requests::is_audit_log(&head) => FileKind::AuditLog,
        Content::Log => FileKind::ServerLog,
        Content::GoroutineSummary | Content::GoroutineDump => FileKind::Goroutines,
        Content::Version => FileKind::Version,
        Content::Protobuf if has_one_sample_type(&head) && is_of_goroutines(head, &mut bytes) => {
            FileKind::Goroutines
        }
        _ => return None,
    })
}

/// Whether a profile of one sample type is of goroutines. A heap can have one, too, and its
/// name stands behind the samples; one that is cut is no dump in any case.
fn is_of_goroutines(mut head: Vec<u8>, rest: &mut dyn Read) -> bool {
    let read = read_up_to(rest, PROFILE_BYTES, &mut head);
    let profile = kheap::decode_reader(&head[..], &Limits::default());
    match (read, profile) {
        (Err(error), _) => is_damage(&error),
        (Ok(_), found) => found.is_ok_and(|found| found.profiled() == Profiled::Goroutines),
    }
}

/// How large a profile of goroutines is at most: a hundred thousand different stacks.
const PROFILE_BYTES: u64 = 64 << 20;

/// How much of a file is looked at to recognise it.
const HEAD_BYTES: u64 = 64 << 10;

fn read(reader: &mut dyn BufRead, options: &ReadOptions) -> io::Result<(Facts, Vec<Warning>)> {
    let mut head = Vec::new();
    let error = read_up_to(&mut *reader, HEAD_BYTES, &mut head).err();
    let is_cut = error.as_ref().is_some_and(is_damage);
    if let Some(error) = error.filter(|_| !is_cut) {
        return Err(error);
    }
    let content = sniff(&head);
    let mut whole = BufReader::new((&head[..]).chain(reader));
    let (facts, mut warnings, mut end) = match content {
        Content::Metrics => {
            let (scrapes, warnings, end) = metrics::read(&mut whole, options.at)?;
            (Facts::Metrics(scrapes), warnings, end)
        }
        Content::Log => {
            let (requests, warnings, end) = requests::read(&mut whole, options.at)?;
            (Facts::Requests(Box::new(requests)), warnings, end)
        }
        Content::GoroutineSummary => goroutine_text(goroutines::read_summary(&mut whole)?),
        Content::GoroutineDump => goroutine_text(goroutines::read_dump(&mut whole)?),
        Content::Version => (version(&mut whole)?, Vec::new(), LinesEnd::default()),
        Content::Protobuf => profile(&mut whole)?,
        Content::HeapText => (Facts::OtherProfile, Vec::new(), LinesEnd::default()),
        Content::GitLfsPointer => (Facts::GitLfsPointer, Vec::new(), LinesEnd::default()),
        Content::Unknown => (Facts::NotUnderstood, Vec::new(), LinesEnd::default()),
    };
    end.is_cut |= is_cut;
    if end.long > 0 {
        warnings.push(Warning::LongLines(end.long));
    }
    if end.is_cut {
        warnings.push(match end.bytes >= options.inflated_bytes {
            true => Warning::TooLarge(end.bytes),
            false => Warning::CutShort(end.bytes),
        });
    }
    Ok((facts, warnings))
}

fn goroutine_text((found, end): (Goroutines, LinesEnd)) -> (Facts, Vec<Warning>, LinesEnd) {
    (Facts::Goroutines(Box::new(found)), Vec::new(), end)
}

fn version(reader: &mut dyn BufRead) -> io::Result<Facts> {
    let mut text = Vec::new();
    match read_up_to(reader, HEAD_BYTES, &mut text) {
        Err(error) if !is_damage(&error) => return Err(error),
        _ => {}
    }
    let version = version::parse(&text);
    Ok(version.map_or(Facts::NotUnderstood, Facts::Version))
}

fn profile(reader: &mut dyn Read) -> io::Result<(Facts, Vec<Warning>, LinesEnd)> {
    let mut bytes = Vec::new();
    let error = read_up_to(reader, PROFILE_BYTES, &mut bytes).err();
    let end = LinesEnd {
        bytes: bytes.len() as u64,
        is_cut: error.as_ref().is_some_and(is_damage),
        ..LinesEnd::default()
    };
    if let Some(error) = error.filter(|_| !end.is_cut) {
        return Err(error);
    }
    let profile = kheap::decode_reader(&bytes[..], &Limits::default());
    let facts = match profile {
        Ok(profile) if !end.is_cut => of_profile(&profile),
        _ => Facts::NotUnderstood,
    };
    Ok((facts, Vec::new(), end))
}

/// What a decoded profile says beside a dump: goroutines, or nothing.
pub fn of_profile(profile: &Profile) -> Facts {
    let goroutines = goroutines::of_profile(profile);
    goroutines.map_or(Facts::OtherProfile, |found| {
        Facts::Goroutines(Box::new(found))
    })
}
