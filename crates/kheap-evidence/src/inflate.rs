//! Bytes of a file, inflated on a thread of its own where they are compressed.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, Scope};

use flate2::bufread::MultiGzDecoder;

use crate::zstd::{ZstdDecoder, is_zstd};

/// What is inflated at once.
const CHUNK_BYTES: usize = 256 << 10;

/// How many chunks wait for their reader.
const CHUNKS: usize = 4;

/// Inflated bytes in chunks, and the error that ended them.
pub(crate) struct Inflated {
    chunks: Receiver<io::Result<Vec<u8>>>,
    chunk: Vec<u8>,
    at: usize,
}

/// Whether these bytes begin a gzip stream.
pub(crate) fn is_gzip(head: &[u8]) -> bool {
    head.starts_with(&[0x1f, 0x8b])
}

/// Opens a reader: its lines are looked at while the next ones are inflated.
pub(crate) fn open<'scope, 'env, R: Read + Send + 'scope>(
    scope: &'scope Scope<'scope, 'env>,
    reader: R,
) -> io::Result<Box<dyn BufRead + 'scope>> {
    let mut plain = BufReader::with_capacity(CHUNK_BYTES, reader);
    let head = plain.fill_buf()?;
    if is_gzip(head) {
        return inflated(scope, || Ok(MultiGzDecoder::new(plain)));
    }
    if is_zstd(head) {
        return inflated(scope, || ZstdDecoder::new(plain));
    }
    Ok(Box::new(plain))
}

/// Decodes what `open` opens on a thread of its own.
fn inflated<'scope, 'env, D: Read>(
    scope: &'scope Scope<'scope, 'env>,
    open: impl FnOnce() -> io::Result<D> + Send + 'scope,
) -> io::Result<Box<dyn BufRead + 'scope>> {
    let (sender, chunks) = sync_channel(CHUNKS);
    thread::Builder::new().spawn_scoped(scope, move || match open() {
        Ok(decoder) => send(decoder, &sender),
        Err(error) => {
            // Nobody may be reading any more.
            let _ = sender.send(Err(error));
        }
    })?;
    Ok(Box::new(Inflated {
        chunks,
        chunk: Vec::new(),
        at: 0,
    }))
}

/// Ends with the data, with an error, or when nobody reads any more.
fn send(mut reader: impl Read, chunks: &SyncSender<io::Result<Vec<u8>>>) {
    loop {
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut filled = 0;
        let result = loop {
            match reader.read(&mut chunk[filled..]) {
                Ok(0) => break Ok(()),
                Ok(more) => filled += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
            if filled == chunk.len() {
                break Ok(());
            }
        };
        let is_end = filled < chunk.len();
        chunk.truncate(filled);
        let sent = filled == 0 || chunks.send(Ok(chunk)).is_ok();
        let told = match result {
            Err(error) => chunks.send(Err(error)).is_ok(),
            Ok(()) => true,
        };
        if is_end || !sent || !told {
            return;
        }
    }
}

impl Read for Inflated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let filled = self.fill_buf()?;
        let read = filled.len().min(buffer.len());
        buffer[..read].copy_from_slice(&filled[..read]);
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Inflated {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.chunk.len() {
            // All that was sent has come when the sender is gone.
            (self.chunk, self.at) = (self.chunks.recv().unwrap_or(Ok(Vec::new()))?, 0);
        }
        Ok(&self.chunk[self.at..])
    }

    fn consume(&mut self, amount: usize) {
        self.at = (self.at + amount).min(self.chunk.len());
    }
}
