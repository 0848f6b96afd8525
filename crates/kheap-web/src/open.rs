//! How the files that the page was given are opened.

use std::io::{self, Read, Seek, SeekFrom};

/// Where files are: in the page, or in tests in memory.
pub trait Open: Sync {
    /// Opens the file of this number, which has so many bytes.
    fn open(&self, at: usize, size: u64) -> Box<dyn File>;
}

/// A file of the page.
pub trait File: Send {
    /// Reads from an offset on, as [`Read::read`] does.
    ///
    /// # Errors
    ///
    /// Where the browser cannot read it.
    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

impl<T: Read + Seek + Send> File for T {
    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.seek(SeekFrom::Start(offset))?;
        self.read(buffer)
    }
}
