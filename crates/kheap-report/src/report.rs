//! What a report is made of.

use std::fmt::Write;
use std::io::{self, Read};

use kheap::{Comparison, Diagnosis, Heap, Memory, Series};
use kheap_evidence::Joined;
use kheap_flame::DrawError;
use kheap_text::diagnosis::Known;
use sha2::{Digest, Sha256};

use crate::model::Model;

/// What a report is about. It names nothing that is not in here.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The dump, or the newest of several.
    pub heap: &'a Heap<'a>,
    /// What is wrong with it.
    pub diagnosis: &'a Diagnosis,
    /// What is known beside the diagnosis.
    pub known: Known<'a>,
    /// What lies beside it.
    pub beside: Option<&'a Joined>,
    /// Its process taken apart, where its size is known.
    pub memory: Option<&'a Memory>,
    /// What it is compared with.
    pub change: Change<'a>,
    /// What the page can be asked beyond the report: without it, and in Markdown, nothing.
    pub model: Option<&'a Model>,
    /// The files, in the order of time: the last one is that of `heap`.
    pub inputs: &'a [Input],
    /// What the user has to say first, in Markdown.
    pub header: Option<&'a str>,
    /// The command that makes this report again.
    pub command: &'a str,
    /// Whether folders are left out of the command, so that it runs in the dump's folder.
    pub has_short_paths: bool,
    /// That of the program.
    pub version: &'a str,
    /// What went wrong while the files were read, one sentence each.
    pub warnings: &'a [String],
}

/// What a dump is compared with.
#[derive(Debug, Clone, Copy)]
pub enum Change<'a> {
    /// Nothing.
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
