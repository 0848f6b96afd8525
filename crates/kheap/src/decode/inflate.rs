//! Gzip undone: of a large file on a thread of its own, while the decoder reads.

use std::io::{self, BufRead, BufReader, Read};
use std::mem;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, Scope};

use flate2::bufread::MultiGzDecoder;

use super::stream::Input;

/// How much is handed over at a time, in bytes. Small enough to stay in the
/// cache, and below the size from which the allocator asks the system.
const BLOCK_SIZE: usize = 64 * 1024;

/// How many blocks go round between the two threads: enough that neither need wait
/// for the other, few enough that a small file does not pay for memory that is used
/// once.
const BLOCKS: usize = 6;

/// Whether the bytes start like a gzip file.
pub(crate) fn is_gzip(head: &[u8]) -> bool {
    head.starts_with(&[0x1f, 0x8b])
}

/// Clears the flags of a gzip header that mean nothing. Go takes no notice of them,
/// flate2 refuses them.
pub(super) fn clear_reserved_flags(head: &mut [u8]) {
    const FLAGS: usize = 3;
    if let Some(flags) = head.get_mut(FLAGS) {
        *flags &= 0x1f;
    }
}

/// Starts to inflate a reader in the background; what is returned reads the
/// result. All members of the file are read, as Go does.
///
/// # Errors
///
/// When the system gives no thread; the reader is still there.
pub(super) fn in_background<'scope, R: Read + Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    reader: &'scope Mutex<Option<R>>,
) -> io::Result<Blocks> {
    let (sender, receiver) = channel();
    let (spare_sender, spare) = channel();
    for _ in 0..BLOCKS {
        // The receiver is here.
        let _ = spare_sender.send(vec![0; BLOCK_SIZE]);
    }
    let thread = Builder::new().name("inflate".to_owned());
    thread.spawn_scoped(scope, move || {
        if let Some(reader) = take(reader) {
            inflate(reader, &sender, &spare);
        }
    })?;
    Ok(Blocks {
        receiver,
        spare: spare_sender,
        current: Block::default(),
        position: 0,
    })
}

/// The reader, for the one that comes first.
pub(super) fn take<R>(reader: &Mutex<Option<R>>) -> Option<R> {
    let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
    reader.take()
}

/// A piece of the result.
#[derive(Debug, Default)]
struct Block {
    /// Only the first `length` of them count.
    bytes: Vec<u8>,
    length: usize,
    /// How much of the file was inflated to come so far, in bytes.
    file_bytes: u64,
}

/// Why the result ends early, and how much of the file was inflated until then, in bytes.
#[derive(Debug)]
struct Fault {
    error: io::Error,
    file_bytes: u64,
}

/// Inflates into the blocks that come back, until the file ends or nobody wants more.
fn inflate(reader: impl Read, sender: &Sender<Result<Block, Fault>>, spare: &Receiver<Vec<u8>>) {
    let mut inflated = MultiGzDecoder::new(Counted {
        reader: BufReader::with_capacity(BLOCK_SIZE, reader),
        bytes: 0,
    });
    while let Ok(mut bytes) = spare.recv() {
        let (length, result) = fill(&mut inflated, &mut bytes);
        let failed = result.is_err();
        // What came before the damage is worth a look: it may not be a profile.
        let block = Block {
            bytes,
            length,
            file_bytes: inflated.get_ref().bytes,
        };
        let done = length == 0 || sender.send(Ok(block)).is_err();
        if let Err(error) = result {
            let file_bytes = inflated.get_ref().bytes;
            // Nobody listens any more where sending fails.
            let _ = sender.send(Err(Fault { error, file_bytes }));
        }
        if done || failed {
            return;
        }
    }
}

/// Reads until the block is full, the input ends, or reading fails; returns how
/// far it came.
fn fill(reader: &mut impl Read, block: &mut [u8]) -> (usize, io::Result<()>) {
    let mut length = 0;
    while length < block.len() {
        match reader.read(&mut block[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (length, Err(error)),
        }
    }
    (length, Ok(()))
}

/// A reader that counts what is taken from it, not what it has buffered.
#[derive(Debug)]
struct Counted<R> {
    reader: R,
    bytes: u64,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(out)?;
        self.bytes += count as u64;
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.bytes += count as u64;
        self.reader.consume(count);
    }
}

/// Inflates a file as it is read.
#[derive(Debug)]
pub(super) struct Inline<R>(MultiGzDecoder<Counted<R>>);

impl<R: BufRead> Inline<R> {
    pub(super) fn new(file: R) -> Self {
        Self(MultiGzDecoder::new(Counted {
            reader: file,
            bytes: 0,
        }))
    }
}

impl<R: BufRead> Input for Inline<R> {
    fn file_bytes(&self) -> Option<u64> {
        Some(self.0.get_ref().bytes)
    }
}

impl<R: BufRead> Read for Inline<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.read(out)
    }
}

/// The inflated bytes, as they come.
#[derive(Debug)]
pub(super) struct Blocks {
    receiver: Receiver<Result<Block, Fault>>,
    /// Takes back what has been read.
    spare: Sender<Vec<u8>>,
    current: Block,
    position: usize,
}

impl Input for Blocks {
    fn file_bytes(&self) -> Option<u64> {
        Some(self.current.file_bytes)
    }
}

impl Read for Blocks {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.position == self.current.length {
            match self.receiver.recv() {
                Ok(Err(fault)) => {
                    self.current.file_bytes = fault.file_bytes;
                    return Err(fault.error);
                }
                Ok(Ok(block)) => {
                    let used = mem::replace(&mut self.current, block);
                    if !used.bytes.is_empty() {
                        // At the end nobody takes it any more.
                        let _ = self.spare.send(used.bytes);
                    }
                }
                Err(_) => return Ok(0),
            }
            self.position = 0;
        }
        let rest = &self.current.bytes[self.position..self.current.length];
        let count = out.len().min(rest.len());
        out[..count].copy_from_slice(&rest[..count]);
        self.position += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// All that can be read and how much of the file it took, or what is wrong. How
    /// much comes before an error depends on the room that a read has.
    fn drain(mut input: impl Input) -> Result<(Vec<u8>, Option<u64>), String> {
        let mut bytes = Vec::new();
        match input.read_to_end(&mut bytes) {
            Ok(_) => Ok((bytes, input.file_bytes())),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Err(format!("{error} at byte {:?}", input.file_bytes()))
            }
            Err(error) => Err(error.to_string()),
        }
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(bytes).expect("memory takes it");
        gzip.finish().expect("memory takes it")
    }

    #[test]
    fn with_and_without_a_thread_the_same_comes() {
        let check = |file: &[u8]| {
            let reader = Mutex::new(Some(file));
            let threaded = std::thread::scope(|scope| {
                let blocks = in_background(scope, &reader).expect("there are threads");
                drain(blocks)
            });
            assert_eq!(drain(Inline::new(file)), threaded);
        };
        let text: Vec<u8> = (0..40_000_u32).flat_map(u32::to_le_bytes).collect();
        let file = [gzip(&text), gzip(b"another member")].concat();
        check(&file);
        let step = file.len() / 150;
        for at in (0..file.len()).step_by(step.max(1)) {
            check(&file[..at]);
            let mut damaged = file.clone();
            damaged[at] ^= 0x15;
            check(&damaged);
        }
    }
}
