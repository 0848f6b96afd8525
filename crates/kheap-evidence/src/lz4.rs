//! LZ4 in frames: each file that is appended adds one.

use std::io::{self, Read};

use lz4_flex::frame::{Error, FrameDecoder};

use crate::frames::{Fault, Frames, behind_skippable};

/// The number that begins a frame.
const FRAME: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];

/// Whether these bytes begin a frame, or frames that are skipped before one.
pub(crate) fn is_lz4(head: &[u8]) -> bool {
    behind_skippable(head).starts_with(&FRAME)
}

/// Decodes the frames of a file, one after the other.
pub(crate) struct Lz4Decoder<R: Read> {
    decoder: FrameDecoder<Frames<R>>,
    /// Between two frames nothing is left to decode.
    is_in_frame: bool,
}

impl<R: Read> Lz4Decoder<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self {
            decoder: FrameDecoder::new(Frames::new(reader)),
            is_in_frame: false,
        }
    }
}

impl<R: Read> Read for Lz4Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.is_in_frame && !self.decoder.get_mut().next(FRAME)? {
                return Ok(0);
            }
            self.is_in_frame = true;
            let read = self.decoder.read(buffer).map_err(named)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            // The decoder takes the end of the file for that of the frame.
            if self.decoder.get_ref().is_cut() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.is_in_frame = false;
        }
    }
}

/// Separates a wrong checksum from other faults.
fn named(error: io::Error) -> io::Error {
    use Error::{BlockChecksumError, ContentChecksumError, HeaderChecksumError};
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    match inner {
        Some(BlockChecksumError | ContentChecksumError | HeaderChecksumError) => {
            Fault::Checksum.into()
        }
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use lz4_flex::frame::{FrameEncoder, FrameInfo};

    use super::*;

    fn frame(text: &str) -> Vec<u8> {
        let info = FrameInfo::new().content_checksum(true);
        let mut lz4 = FrameEncoder::with_frame_info(info, Vec::new());
        lz4.write_all(text.as_bytes()).expect("memory takes it");
        lz4.finish().expect("memory takes it")
    }

    fn decoded(bytes: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        // As a file that is read in parts.
        let reader = io::BufReader::with_capacity(7, bytes);
        Lz4Decoder::new(reader).read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn all_frames_are_decoded_and_those_of_others_skipped() {
        let skipped = b"\x5a\x2a\x4d\x18\x03\0\0\0abc".to_vec();
        let file = [frame("first\n"), skipped, frame(""), frame("second\n")].concat();
        assert_eq!(decoded(&file).unwrap(), "first\nsecond\n");
    }

    #[test]
    fn what_follows_the_last_frame_is_an_error() {
        let error = decoded(&[frame("first\n"), b"junk".to_vec()].concat()).unwrap_err();
        assert_eq!(error.to_string(), "something else follows its last frame");
    }

    #[test]
    fn a_frame_ends_with_its_mark_and_a_checksum_that_matches() {
        let both = [frame("first\n"), frame("second\n")].concat();
        let first = frame("first\n").len();
        for cut in (1..both.len()).filter(|cut| *cut != first) {
            let error = decoded(&both[..cut]).unwrap_err();
            let is_cut = error.kind() == io::ErrorKind::UnexpectedEof;
            // Less than its number shows no frame.
            assert!(is_cut || cut % first < 4, "{cut}: {error}");
        }
        let mut damaged = both;
        *damaged.last_mut().unwrap() ^= 1;
        let error = decoded(&damaged).unwrap_err();
        assert_eq!(error.to_string(), "its checksum does not match");
    }
}
