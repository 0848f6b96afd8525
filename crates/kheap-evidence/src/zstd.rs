//! Zstandard: rotated logs are often kept so.

use std::io::{self, BufRead, Chain, Cursor, Read};

use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

/// The largest window that is decoded: more than every level asks for by itself.
const MAX_WINDOW_BYTES: u64 = 64 << 20;

/// The number that begins a frame.
const FRAME: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The size of what begins a frame that is skipped: a number, and how long it is.
const SKIPPABLE_HEAD: usize = 8;

/// Whether these bytes begin a frame that a decoder skips: others note in it what they like, such
/// as an index.
///
/// Source: RFC 8878, section 3.1.2.
fn is_skippable(head: &[u8]) -> bool {
    matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// Whether these bytes begin a file of frames; some may be skipped. LZ4 has such frames too.
pub(crate) fn is_zstd(head: &[u8]) -> bool {
    let mut rest = head;
    while is_skippable(rest) {
        let size = rest.get(4..SKIPPABLE_HEAD).map(|size| {
            let size = size.iter().rev();
            size.fold(0_usize, |sum, &byte| sum << 8 | usize::from(byte))
        });
        let next = size.and_then(|size| rest.get(SKIPPABLE_HEAD.checked_add(size)?..));
        match next {
            Some(next) if next.len() >= FRAME.len() => rest = next,
            // What follows does not show.
            _ => return true,
        }
    }
    rest.starts_with(&FRAME)
}

/// What was read of the next frame to know it, and the rest.
type Frame<R> = Chain<Cursor<Vec<u8>>, R>;

/// Decodes the frames of a file, one after the other.
pub(crate) struct ZstdDecoder<R: BufRead> {
    /// Between two frames nothing is left to decode.
    frame: Option<StreamingDecoder<Frame<R>, FrameDecoder>>,
}

impl<R: BufRead> ZstdDecoder<R> {
    pub(crate) fn new(reader: R) -> io::Result<Self> {
        let Some(reader) = next_frame(reader)? else {
            return Ok(Self { frame: None });
        };
        let frame = StreamingDecoder::new_with_max_window_size(reader, MAX_WINDOW_BYTES);
        let frame = frame.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        Ok(Self { frame: Some(frame) })
    }
}

/// The next frame that is not skipped.
fn next_frame<R: BufRead>(mut reader: R) -> io::Result<Option<Frame<R>>> {
    loop {
        let mut head = Vec::new();
        (&mut reader)
            .take(FRAME.len() as u64)
            .read_to_end(&mut head)?;
        if head.is_empty() {
            return Ok(None);
        }
        if !is_skippable(&head) {
            return Ok(Some(Cursor::new(head).chain(reader)));
        }
        let mut size = [0; 4];
        reader.read_exact(&mut size)?;
        let size = u64::from(u32::from_le_bytes(size));
        let skipped = io::copy(&mut (&mut reader).take(size), &mut io::sink())?;
        if skipped < size {
            let words = "a frame that is skipped is cut";
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, words));
        }
    }
}

impl<R: BufRead> Read for ZstdDecoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(frame) = &mut self.frame {
            let read = match frame.read(buffer) {
                Ok(read) => read,
                Err(error) => {
                    // The decoder calls all faults of the data "other".
                    let rest = self.frame.take().map(StreamingDecoder::into_inner);
                    let is_cut = rest.is_some_and(|rest| is_at_end(rest.into_inner().1));
                    let kind = match is_cut {
                        true => io::ErrorKind::UnexpectedEof,
                        false => io::ErrorKind::InvalidData,
                    };
                    return Err(io::Error::new(kind, error));
                }
            };
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let rest = self.frame.take().map(StreamingDecoder::into_inner);
            if let Some(rest) = rest {
                *self = Self::new(rest.into_inner().1)?;
            }
        }
        Ok(0)
    }
}

fn is_at_end(mut reader: impl BufRead) -> bool {
    reader.fill_buf().is_ok_and(<[u8]>::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame of one raw block.
    fn frame(text: &str) -> Vec<u8> {
        let size = u8::try_from(text.len()).expect("a short text");
        // One segment whose size is one byte; the last block, raw.
        let mut bytes = vec![0x28, 0xb5, 0x2f, 0xfd, 0x20, size];
        bytes.extend((1 | u32::from(size) << 3).to_le_bytes().iter().take(3));
        bytes.extend(text.as_bytes());
        bytes
    }

    fn decoded(bytes: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        ZstdDecoder::new(bytes)?.read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn frames_follow_each_other() {
        let both = [frame("first\n"), frame("second\n")].concat();
        assert_eq!(decoded(&both).unwrap(), "first\nsecond\n");
    }

    #[test]
    fn frames_of_others_are_skipped_wherever_they_stand() {
        let skipped = b"\x5a\x2a\x4d\x18\x03\0\0\0abc".to_vec();
        let first = [skipped.clone(), frame("first\n")].concat();
        assert!(is_zstd(&first) && is_zstd(&first[..6]));
        let all = [
            first,
            skipped.clone(),
            skipped.clone(),
            frame("second\n"),
            skipped.clone(),
        ];
        assert_eq!(decoded(&all.concat()).unwrap(), "first\nsecond\n");
        let lz4 = [skipped.clone(), b"\x04\x22\x4d\x18".to_vec()].concat();
        assert!(!is_zstd(&lz4));
        let cut = [frame("first\n"), skipped[..9].to_vec()].concat();
        let error = decoded(&cut).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_frame_that_is_cut_or_no_frame_is_damage() {
        let whole = frame("a line\n");
        for bytes in [
            &whole[..whole.len() - 3],
            &whole[..5],
            b"\x28\xb5\x2f\xfdjunk",
        ] {
            let error = decoded(bytes).unwrap_err();
            use io::ErrorKind::{InvalidData, UnexpectedEof};
            let is_damage = matches!(error.kind(), InvalidData | UnexpectedEof);
            assert!(is_damage, "{bytes:?}");
        }
    }
}
