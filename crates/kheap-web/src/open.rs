//! How the files that the page was given are opened.

use std::io::{Read, Seek};

/// Where files are: in the page, or in tests in memory.
pub trait Open: Sync {
    /// Opens the file of this number, which has so many bytes.
    fn open(&self, at: usize, size: u64) -> Box<dyn File>;
}

/// A file that is being read.
pub trait File: Read + Seek + Send {}

impl<T: Read + Seek + Send> File for T {}
