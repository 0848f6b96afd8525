//! Zstandard: rotated logs are often kept so.

use std::io::{self, Read};

use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::frames::{Fault, Frames, behind_skippable, is_skippable};

/// The largest window that is decoded: more than every level asks for by itself.
const MAX_WINDOW_BYTES: u64 = 64 << 20;

/// The number that begins a frame.
const FRAME: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Whether these bytes begin a file of frames. Those that are skipped may begin one of LZ4 as well,
/// where what follows does not show.
pub(crate) fn is_zstd(head: &[u8]) -> bool {
    let rest = behind_skippable(head);
    rest.starts_with(&FRAME) || (is_skippable(head) && rest.len() < FRAME.len())
}

/// Decodes the frames of a file, one after the other.
pub(crate) struct ZstdDecoder<R: Read> {
    frames: Frames<R>,
    decoder: FrameDecoder,
    is_at_end: bool,
}

impl<R: Read> ZstdDecoder<R> {
    pub(crate) fn new(reader: R) -> io::Result<Self> {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(MAX_WINDOW_BYTES);
        let mut zstd = Self {
            frames: Frames::new(reader),
            decoder,
            is_at_end: false,
        };
        zstd.next()?;
        Ok(zstd)
    }

    /// Begins the next frame.
    fn next(&mut self) -> io::Result<()> {
        self.is_at_end = !self.frames.next(FRAME)?;
        if self.is_at_end {
            return Ok(());
        }
        let result = self.decoder.init(&mut self.frames);
        result.map_err(|error| self.fault(error))
    }

    /// Decodes blocks until one has content, or the frame ends.
    fn fill(&mut self) -> io::Result<()> {
        while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
            let one = BlockDecodingStrategy::UptoBlocks(1);
            let result = self.decoder.decode_blocks(&mut self.frames, one);
            result.map_err(|error| self.fault(error))?;
        }
        Ok(())
    }

    /// Names a fault: what the decoder says is for its programmers.
    fn fault(&mut self, error: FrameDecoderError) -> io::Error {
        self.is_at_end = true;
        match error {
            _ if self.frames.is_cut() => io::ErrorKind::UnexpectedEof.into(),
            FrameDecoderError::WindowSizeTooBig { .. } => Fault::Window.into(),
            error => io::Error::new(io::ErrorKind::InvalidData, error),
        }
    }
}

impl<R: Read> Read for ZstdDecoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.is_at_end {
            self.fill()?;
            let read = self.decoder.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            check(&self.decoder)?;
            self.next()?;
        }
        Ok(0)
    }
}

/// Compares the checksum of a frame that was decoded, where it has one.
fn check(frame: &FrameDecoder) -> io::Result<()> {
    let written = frame.get_checksum_from_data();
    match written.is_none() || written == frame.get_calculated_checksum() {
        true => Ok(()),
        false => Err(Fault::Checksum.into()),
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
    fn a_checksum_is_compared() {
        // Bit 2 of the descriptor announces it: the low half of XXH64, as `zstd --check` writes.
        let with = |checksum: [u8; 4]| {
            let mut bytes = frame("first\n");
            bytes[4] |= 4;
            bytes.extend(checksum);
            [bytes, frame("second\n")].concat()
        };
        let right = [0xc3, 0x16, 0xad, 0x2c];
        assert_eq!(decoded(&with(right)).unwrap(), "first\nsecond\n");
        let error = decoded(&with([right[0] ^ 1, right[1], right[2], right[3]])).unwrap_err();
        assert_eq!(error.to_string(), "its checksum does not match");
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
