//! Files that stay in memory, compressed: logs take a tenth so.

use std::io::{self, Cursor, Read, Write};
use std::sync::Arc;

use flate2::Compression;
use flate2::bufread::DeflateDecoder;
use flate2::write::DeflateEncoder;

use crate::unpack::is_packed;

/// A file of so many bytes is kept as it is: it gains little, and what inflates it takes more.
const SMALL_BYTES: u64 = 1 << 10;

/// How much of a file is read at once, in bytes.
const CHUNK_BYTES: usize = 64 << 10;

/// All of a file.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    bytes: Arc<[u8]>,
    is_deflated: bool,
}

impl Kept {
    pub(super) fn reader(&self) -> Box<dyn Read + Send> {
        let bytes = Cursor::new(Arc::clone(&self.bytes));
        match self.is_deflated {
            true => Box::new(DeflateDecoder::new(bytes)),
            false => Box::new(bytes),
        }
    }
}

/// Keeps files in memory of a limited size.
///
/// It compresses all of them in the same memory. That of an encoder for each file is large, and
/// would stay as a hole between what is kept, too small for the next encoder.
#[derive(Debug)]
pub(super) struct Keeper {
    encoder: DeflateEncoder<Room>,
    chunk: Vec<u8>,
    /// How many bytes may still be kept.
    left: usize,
}

impl Keeper {
    /// Keeps so many bytes of all files together.
    pub(super) fn new(most: usize) -> Self {
        Self {
            encoder: DeflateEncoder::new(Room::default(), Compression::fast()),
            chunk: vec![0; CHUNK_BYTES],
            left: most,
        }
    }

    /// Keeps a file whose beginning was read; `None` where it takes more room than is left.
    pub(super) fn keep(
        &mut self,
        head: &[u8],
        rest: &mut dyn Read,
        size: u64,
    ) -> io::Result<Option<Kept>> {
        let is_deflated = size > SMALL_BYTES && !is_packed(head);
        let mut rest = rest.take(size.saturating_sub(head.len() as u64));
        self.begin()?;
        let is_whole = match is_deflated {
            false => fill(self.encoder.get_mut(), &mut self.chunk, head, &mut rest)?,
            true => {
                fill(&mut self.encoder, &mut self.chunk, head, &mut rest)?
                    && self.encoder.try_finish().is_ok()
            }
        };
        if !is_whole {
            return Ok(None);
        }
        let bytes = Arc::<[u8]>::from(&*self.encoder.get_ref().bytes);
        self.left -= bytes.len();
        Ok(Some(Kept { bytes, is_deflated }))
    }

    /// Forgets the file before, whole or not.
    fn begin(&mut self) -> io::Result<()> {
        // The encoder ends the old file first, and that must not fail.
        self.encoder.get_mut().left = usize::MAX;
        let mut room = self.encoder.reset(Room::default())?;
        room.bytes.clear();
        room.left = self.left;
        *self.encoder.get_mut() = room;
        Ok(())
    }
}

/// Writes all of a file; whether there is room for it.
fn fill(
    to: &mut dyn Write,
    chunk: &mut [u8],
    head: &[u8],
    rest: &mut dyn Read,
) -> io::Result<bool> {
    if to.write_all(head).is_err() {
        return Ok(false);
    }
    loop {
        match rest.read(chunk) {
            Ok(0) => return Ok(true),
            Ok(read) if to.write_all(&chunk[..read]).is_err() => return Ok(false),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Memory of a limited size.
#[derive(Debug, Default)]
struct Room {
    bytes: Vec<u8>,
    left: usize,
}

impl Write for Room {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.left = (self.left.checked_sub(bytes.len())).ok_or(io::ErrorKind::StorageFull)?;
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
