//! What a report is made of.

use std::fmt::Write;
use std::io::{self, Read};

use kheap::diagnose::Subject;
use kheap::{Comparison, Diagnosis, Heap, Memory, Series};
use kheap_flame::DrawError;
use kheap_text::diagnosis::Known;
use sha2::{Digest, Sha256};

use crate::model::Model;

/// What a report is about. It names nothing that is not in here.
///
/// A heap, or a pasted table, and its diagnosis are enough; all else is added by the setters.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Report<'a> {
    /// The dump, or the newest of several; or a table, which has no stacks to draw.
    pub subject: Subject<'a>,
    /// What is wrong with it.
    pub diagnosis: &'a Diagnosis,
    /// What is known beside the diagnosis, the evidence files among it.
    pub known: Known<'a>,
    /// Its process taken apart, where its size is known.
    pub memory: Option<&'a Memory>,
    /// What it is compared with.
    pub change: Change<'a>,
    /// What the page can be asked beyond the report: without it, and in Markdown, nothing.
    pub model: Option<&'a Model>,
    /// The files, in the order of time: the last one is that of the subject.
    pub inputs: &'a [Input],
    /// The title of the page; without it, it names the program.
    pub title: Option<&'a str>,
    /// What the user has to say first, in Markdown.
    pub header: Option<&'a str>,
    /// The command that makes this report again, where one does.
    pub command: Option<&'a str>,
    /// Whether folders are left out of the command, so that it runs in the dump's folder.
    pub has_short_paths: bool,
    /// That of kheap; that of this crate unless it is set.
    pub version: &'a str,
    /// What went wrong while the files were read, one sentence each.
    pub warnings: &'a [String],
}

impl<'a> Report<'a> {
    /// Begins a report on a dump or a table, and what was found in it.
    pub fn new(subject: impl Into<Subject<'a>>, diagnosis: &'a Diagnosis) -> Self {
        Self {
            subject: subject.into(),
            diagnosis,
            known: Known::default(),
            memory: None,
            change: Change::None,
            model: None,
            inputs: &[],
            title: None,
            header: None,
            command: None,
            has_short_paths: false,
            version: env!("CARGO_PKG_VERSION"),
            warnings: &[],
        }
    }

    /// The heap, where it is about one.
    pub(crate) fn heap(&self) -> Option<&'a Heap<'a>> {
        match self.subject {
            Subject::Heap(heap) => Some(heap),
            _ => None,
        }
    }
}

kheap::__setters! {
    impl<'a> Report<'a> {
        known: Known<'a>,
        memory: impl Into<Option<&'a Memory>>,
        change: Change<'a>,
        model: impl Into<Option<&'a Model>>,
        inputs: &'a [Input],
        title: &'a str,
        header: &'a str,
        command: &'a str,
        has_short_paths: bool,
        version: &'a str,
        warnings: &'a [String],
    }
}

/// What a dump is compared with.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub enum Change<'a> {
    /// Nothing.
    #[default]
    None,
    /// An earlier dump.
    Pair {
        /// That dump.
        before: &'a Heap<'a>,
        /// The differences; their tables become those of the report.
        comparison: &'a Comparison,
    },
    /// A series that it is the end of.
    Series(&'a Series),
}

/// A file that a report was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Input {
    /// As the user calls it.
    pub name: String,
    /// Its size, in bytes.
    pub size: u64,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// When the dump was taken, as it is to be shown.
    pub time: Option<String>,
}

impl Input {
    /// Takes the fingerprint of a file.
    pub fn new(name: &str, bytes: &[u8], time: Option<String>) -> Self {
        Self {
            name: name.to_owned(),
            size: bytes.len() as u64,
            sha256: fingerprint(bytes),
            time,
        }
    }

    /// Has the fingerprint of a file that was read.
    pub fn read<R>(name: &str, read: Fingerprint<R>, time: Option<String>) -> Self {
        Self {
            name: name.to_owned(),
            size: read.size,
            sha256: hexadecimal(&read.hash.finalize()),
            time,
        }
    }

    /// The same file, called otherwise.
    #[must_use]
    pub fn renamed(self, name: String) -> Self {
        Self { name, ..self }
    }
}

/// A reader that takes the fingerprint of what it reads, so that no file has to be kept
/// for it. It is that of a whole file once all of it was read, as decoding does.
#[derive(Debug)]
pub struct Fingerprint<R> {
    reader: R,
    size: u64,
    hash: Sha256,
}

impl<R> Fingerprint<R> {
    /// Hashes what `reader` is going to read.
    pub fn new(reader: R) -> Self {
        Self {
            reader,
            size: 0,
            hash: Sha256::new(),
        }
    }
}

impl<R: Read> Read for Fingerprint<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let length = self.reader.read(bytes)?;
        self.hash.update(&bytes[..length]);
        self.size += length as u64;
        Ok(length)
    }
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A picture cannot be drawn.
    #[error(transparent)]
    Draw(#[from] DrawError),
    /// A template cannot be filled.
    #[error("cannot fill the template: {0}")]
    Template(String),
}

/// The template engine is no part of the interface.
pub(crate) fn not_filled(error: askama::Error) -> ReportError {
    ReportError::Template(error.to_string())
}

/// SHA-256 in hexadecimal digits.
pub(crate) fn fingerprint(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut out = String::new();
    for byte in bytes {
        let _ = write!(out, "{byte:02x}");
    }
    out
}
