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
        // Where there is none, reading the file itself says why.
        self.behind(self.head(at, size).unwrap_or_default(), at, size)
    }

    /// The same with a head that is known.
    fn behind(&self, head: Arc<[u8]>, at: usize, size: u64) -> Headed {
        Headed {
            head,
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
        let bare = self.behind(Arc::default(), at, size);
        bare.take(length).read_to_end(&mut head)?;
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
            _ => self.file.read_at(self.offset, buffer)?,
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

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    struct One(Vec<u8>);

    impl Open for One {
        fn open(&self, _: usize, _: u64) -> Box<dyn File> {
            Box::new(Cursor::new(self.0.clone()))
        }
    }

    #[test]
    fn a_file_reads_alike_before_and_behind_its_head() {
        let bytes: Vec<u8> = (0..3 * HEAD_BYTES).map(|at| (at % 251) as u8).collect();
        let one = One(bytes.clone());
        let heads = Heads::new(&one);
        let mut file = heads.open(0, bytes.len() as u64);
        let mut whole = Vec::new();
        file.read_to_end(&mut whole).expect("it can be read");
        assert!(whole == bytes);
        for from in [0, HEAD_BYTES - 3, HEAD_BYTES, HEAD_BYTES + 5] {
            file.seek(SeekFrom::Start(from)).expect("it is in it");
            let mut part = [0; 9];
            file.read_exact(&mut part).expect("it has so many");
            assert_eq!(part[..], bytes[from as usize..][..9], "from byte {from}");
        }
    }

    #[test]
    fn many_large_files_are_not_kept_whole() {
        let one = One(vec![1; 8]);
        let heads = Heads::new(&one);
        let most = (KEPT_BYTES / HEAD_BYTES) as usize;
        for at in 0..most + 5 {
            // Claiming a size costs no memory here.
            let mut file = heads.open(at, HEAD_BYTES);
            let mut whole = Vec::new();
            file.read_to_end(&mut whole).expect("it can be read");
            assert_eq!(whole, one.0);
        }
        let kept = heads.kept.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!((kept.heads.len(), kept.bytes), (most, KEPT_BYTES));
    }
}
