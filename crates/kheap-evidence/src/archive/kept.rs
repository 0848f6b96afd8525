//! Files that stay in memory, compressed: logs take a tenth so.

use std::io::{self, Cursor, Read, Write};
use std::sync::Arc;

use flate2::Compression;
use flate2::bufread::DeflateDecoder;
use flate2::write::DeflateEncoder;

use crate::unpack::is_packed;

/// All of a file.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    bytes: Arc<[u8]>,
    is_deflated: bool,
}

impl Kept {
    /// Keeps a file whose beginning was read; `None` where it takes more room.
    pub(super) fn new(
        head: &[u8],
        rest: &mut dyn Read,
        size: u64,
        room: usize,
    ) -> io::Result<Option<Self>> {
        let is_deflated = !is_packed(head);
        let mut rest = rest.take(size.saturating_sub(head.len() as u64));
        let room = Room {
            bytes: Vec::new(),
            left: room,
        };
        let kept = match is_deflated {
            false => fill(room, head, &mut rest)?,
            true => {
                let deflated = DeflateEncoder::new(room, Compression::fast());
                let deflated = fill(deflated, head, &mut rest)?;
                deflated.and_then(|deflated| deflated.finish().ok())
            }
        };
        Ok(kept.map(|room| Self {
            bytes: room.bytes.into(),
            is_deflated,
        }))
    }

    /// How much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn reader(&self) -> Box<dyn Read + Send> {
        let bytes = Cursor::new(Arc::clone(&self.bytes));
        match self.is_deflated {
            true => Box::new(DeflateDecoder::new(bytes)),
            false => Box::new(bytes),
        }
    }
}

/// Writes all of a file; `None` where there is no room for it.
fn fill<W: Write>(mut to: W, head: &[u8], rest: &mut dyn Read) -> io::Result<Option<W>> {
    let mut chunk = vec![0; 64 << 10];
    if to.write_all(head).is_err() {
        return Ok(None);
    }
    loop {
        match rest.read(&mut chunk) {
            Ok(0) => return Ok(Some(to)),
            Ok(read) if to.write_all(&chunk[..read]).is_err() => return Ok(None),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Memory of a limited size.
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
