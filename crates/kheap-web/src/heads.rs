//! The beginnings of the files of the page. A browser takes long to read, and each file is looked
//! at several times before it is decoded: so the beginning is read once, and kept.

use std::collections::HashMap;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use crate::open::{File, Open};

/// How much of a file is kept, in bytes: all of a small one, and what shows the kind of any.
const HEAD_BYTES: u64 = 256 << 10;

/// How much is kept of all files, in bytes: a page has less memory than a folder may need.
const KEPT_BYTES: u64 = 128 << 20;

/// Opens the files of the page, and keeps their beginnings.
pub(crate) struct Heads<'a> {
    page: &'a dyn Open,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    heads: HashMap<usize, Arc<[u8]>>,
    bytes: u64,
}

impl<'a> Heads<'a> {
    pub(crate) fn new(page: &'a dyn Open) -> Self {
        let kept = Mutex::default();
        Self { page, kept }
    }

    /// Opens the file of this number, which has so many bytes.
    pub(crate) fn open(&self, at: usize, size: u64) -> Headed {
        Headed {
            // Where there is none, reading the file itself says why.
            head: self.head(at, size).unwrap_or_default(),
            file: self.page.open(at, size),
            size,
            offset: 0,
        }
    }

    /// The beginning of a file; nothing where enough is kept of others.
    fn head(&self, at: usize, size: u64) -> io::Result<Arc<[u8]>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(head) = kept.heads.get(&at) {
            return Ok(Arc::clone(head));
        }
        let length = size.min(HEAD_BYTES);
        if kept.bytes + length > KEPT_BYTES {
            return Ok(Arc::default());
        }
        let mut head = Vec::with_capacity(length as usize);
        { self.page.open(at, size).take(length) }.read_to_end(&mut head)?;
        let head: Arc<[u8]> = head.into();
        kept.bytes += length;
        kept.heads.insert(at, Arc::clone(&head));
        Ok(head)
    }
}

/// A file whose beginning is kept.
pub(crate) struct Headed {
    head: Arc<[u8]>,
    file: Box<dyn File>,
    size: u64,
    offset: u64,
}

impl Read for Headed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Asking a browser what is behind the end takes as long as reading.
        if self.offset >= self.size {
            return Ok(0);
        }
        let offset = usize::try_from(self.offset);
        let kept = offset.ok().and_then(|offset| self.head.get(offset..));
        let length = match kept {
            Some(mut kept @ [_, ..]) => kept.read(buffer)?,
            _ => {
                self.file.seek(SeekFrom::Start(self.offset))?;
                self.file.read(buffer)?
            }
        };
        self.offset += length as u64;
        Ok(length)
    }
}

impl Seek for Headed {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let offset = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(from) => self.size.checked_add_signed(from),
            SeekFrom::Current(from) => self.offset.checked_add_signed(from),
        };
        self.offset = offset.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.offset)
    }
}
