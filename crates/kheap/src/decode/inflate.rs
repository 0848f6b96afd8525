//! Gzip undone on a thread of its own, while the decoder reads.

use std::io::{self, BufReader, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

use flate2::bufread::MultiGzDecoder;

/// How much is handed over at a time, in bytes. Small enough to stay in the
/// cache, and below the size from which the allocator asks the system.
const BLOCK_SIZE: usize = 64 * 1024;

/// How many blocks may wait for the decoder.
const BLOCKS_WAITING: usize = 4;

/// Whether the bytes start like a gzip file.
pub(super) fn is_gzip(head: &[u8]) -> bool {
    head.starts_with(&[0x1f, 0x8b])
}

/// Starts to inflate `reader` in the background; what is returned reads the
/// result. All members of the file are read, as Go does.
pub(super) fn in_background<'scope, R: Read + Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    reader: R,
) -> Blocks {
    let (sender, receiver) = sync_channel(BLOCKS_WAITING);
    scope.spawn(move || inflate(reader, &sender));
    Blocks {
        receiver,
        current: Vec::new(),
        position: 0,
    }
}

fn inflate(reader: impl Read, sender: &SyncSender<io::Result<Vec<u8>>>) {
    let mut inflated = MultiGzDecoder::new(BufReader::with_capacity(BLOCK_SIZE, reader));
    loop {
        let mut block = Vec::with_capacity(BLOCK_SIZE);
        let result = (&mut inflated)
            .take(BLOCK_SIZE as u64)
            .read_to_end(&mut block);
        let failed = result.is_err();
        // What came before the damage is worth a look: it may not be a profile.
        let done = block.is_empty() || sender.send(Ok(block)).is_err();
        if let Err(error) = result {
            // Nobody listens any more where sending fails.
            let _ = sender.send(Err(error));
        }
        if done || failed {
            return;
        }
    }
}

/// The inflated bytes, as they come.
#[derive(Debug)]
pub(super) struct Blocks {
    receiver: Receiver<io::Result<Vec<u8>>>,
    current: Vec<u8>,
    position: usize,
}

impl Read for Blocks {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.position == self.current.len() {
            match self.receiver.recv() {
                Ok(block) => self.current = block?,
                Err(_) => return Ok(0),
            }
            self.position = 0;
        }
        let count = out.len().min(self.current.len() - self.position);
        out[..count].copy_from_slice(&self.current[self.position..][..count]);
        self.position += count;
        Ok(count)
    }
}
