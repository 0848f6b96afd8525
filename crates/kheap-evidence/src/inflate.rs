//! Bytes of a file, inflated on a thread of its own where they are compressed.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Scope};

use crate::observation::ReadOptions;
use crate::unpack::{is_packed, unpack};

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

/// Opens a reader: its lines are looked at while the next ones are inflated. What inflates
/// to more than it may is cut there; what is not compressed has any length.
pub(crate) fn open<'scope>(
    scope: &'scope Scope<'scope, '_>,
    reader: Box<dyn Read + Send + 'scope>,
    options: &ReadOptions,
) -> io::Result<Box<dyn BufRead + 'scope>> {
    let mut plain = BufReader::with_capacity(CHUNK_BYTES, reader);
    let head = plain.fill_buf()?;
    let bounded = |inflated| {
        let left = options.inflated_bytes;
        Box::new(Bounded { inflated, left }) as Box<dyn BufRead + 'scope>
    };
    if is_packed(head) {
        // Each layer has the limit, and the last one counts as cut there.
        let most = options.inflated_bytes.saturating_add(1);
        return inflated(scope, options, move || unpack(plain, most)).map(bounded);
    }
    Ok(Box::new(plain))
}

/// Inflated bytes up to a limit, where they are damaged.
struct Bounded<'r> {
    inflated: Box<dyn BufRead + 'r>,
    left: u64,
}

impl BufRead for Bounded<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let filled = self.inflated.fill_buf()?;
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        match filled.is_empty() || left > 0 {
            true => Ok(&filled[..filled.len().min(left)]),
            false => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "it is too large",
            )),
        }
    }

    fn consume(&mut self, amount: usize) {
        self.left = self.left.saturating_sub(amount as u64);
        self.inflated.consume(amount);
    }
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let filled = self.fill_buf()?;
        let read = filled.len().min(buffer.len());
        buffer[..read].copy_from_slice(&filled[..read]);
        self.consume(read);
        Ok(read)
    }
}

/// Decodes what `open` opens on a thread of its own, or where there is none as it is read.
fn inflated<'scope>(
    scope: &'scope Scope<'scope, '_>,
    options: &ReadOptions,
    open: impl FnOnce() -> io::Result<Box<dyn Read + Send + 'scope>> + Send + 'scope,
) -> io::Result<Box<dyn BufRead + 'scope>> {
    let here = |decoder| Box::new(BufReader::with_capacity(CHUNK_BYTES, decoder));
    if !options.threads {
        return Ok(here(open()?));
    }
    let (sender, chunks) = sync_channel(CHUNKS);
    let open = Arc::new(Mutex::new(Some(open)));
    let kept = Arc::clone(&open);
    let thread = thread::Builder::new().spawn_scoped(scope, move || match take(&open) {
        Some(Ok(mut decoder)) => send(&mut decoder, &sender),
        Some(Err(error)) => {
            // Nobody may be reading any more.
            let _ = sender.send(Err(error));
        }
        None => {}
    });
    match thread {
        Ok(_) => Ok(Box::new(Inflated {
            chunks,
            chunk: Vec::new(),
            at: 0,
        })),
        Err(error) => match take(&kept) {
            Some(decoder) => Ok(here(decoder?)),
            None => Err(error),
        },
    }
}

/// Opens a decoder, for the one that comes first.
fn take<D>(open: &Mutex<Option<impl FnOnce() -> io::Result<D>>>) -> Option<io::Result<D>> {
    let open = open.lock().unwrap_or_else(PoisonError::into_inner).take();
    open.map(|open| open())
}

/// Ends with the data, with an error, or when nobody reads any more.
fn send(reader: &mut dyn Read, chunks: &SyncSender<io::Result<Vec<u8>>>) {
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
        let said = match result {
            Err(error) => chunks.send(Err(error)).is_ok(),
            Ok(()) => true,
        };
        if is_end || !sent || !said {
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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn what_inflates_to_more_than_it_may_is_cut_there() {
        let text = b"line\n".repeat(10_000);
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(&text).expect("memory takes it");
        let file = gzip.finish().expect("memory takes it");
        let check_with =
            |threads, file: &[u8], most: u64, expected: Result<usize, io::ErrorKind>| {
                let mut read = Vec::new();
                let result = thread::scope(|scope| {
                    let options = ReadOptions::default().inflated_bytes(most).threads(threads);
                    let mut reader = open(scope, Box::new(file), &options)?;
                    reader.read_to_end(&mut read)
                });
                assert_eq!(result.map_err(|error| error.kind()), expected);
                assert!(text.starts_with(&read) && read.len() as u64 <= most.max(50_000));
            };
        let check = |file: &[u8], most, expected: Result<usize, io::ErrorKind>| {
            check_with(true, file, most, expected);
            check_with(false, file, most, expected);
        };
        check(&file, 50_000, Ok(50_000));
        check(&file, 49_999, Err(io::ErrorKind::InvalidData));
        check(&file, 1_000, Err(io::ErrorKind::InvalidData));
        // What is not compressed is as long as it is.
        check(&text, 10, Ok(50_000));
    }
}
