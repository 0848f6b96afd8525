//! Zstandard: rotated logs are often kept so.

use std::io::{self, BufRead, Read};

use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

/// The largest window that is decoded: more than every level asks for by itself.
const MAX_WINDOW_BYTES: u64 = 64 << 20;

/// Whether these bytes begin a frame.
pub(crate) fn is_zstd(head: &[u8]) -> bool {
    head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd])
}

/// Decodes the frames of a file, one after the other.
pub(crate) struct ZstdDecoder<R: BufRead> {
    /// Between two frames nothing is left to decode.
    frame: Option<StreamingDecoder<R, FrameDecoder>>,
}

impl<R: BufRead> ZstdDecoder<R> {
    pub(crate) fn new(reader: R) -> io::Result<Self> {
        let frame = StreamingDecoder::new_with_max_window_size(reader, MAX_WINDOW_BYTES);
        let frame = frame.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        Ok(Self { frame: Some(frame) })
    }
}

impl<R: BufRead> Read for ZstdDecoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(frame) = &mut self.frame {
            // The decoder calls all faults of the data "other".
            let read = frame
                .read(buffer)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let next = self.frame.take().map(StreamingDecoder::into_inner);
            if let Some(mut rest) = next
                && !rest.fill_buf()?.is_empty()
            {
                *self = Self::new(rest)?;
            }
        }
        Ok(0)
    }
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
    fn a_frame_that_is_cut_or_no_frame_is_damage() {
        let whole = frame("a line\n");
        for bytes in [
            &whole[..whole.len() - 3],
            &whole[..5],
            b"\x28\xb5\x2f\xfdjunk",
        ] {
            let error = decoded(bytes).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{bytes:?}");
        }
    }
}
