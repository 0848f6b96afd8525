//! A file of any kind in, the same without private names out.

use std::io::{self, BufReader, Cursor, Read, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use kheap::decode::{is_compressed, is_of_other_tool};
use kheap::profile::BuildError;
use kheap::{DecodeError, Limits, decode_reader, encode};
use kheap_evidence::unpack::Gzip;

use super::Redactor;
use super::line::Failed;

/// How much of a file shows what it is, in bytes.
const HEAD_BYTES: u64 = 64 << 10;

/// How often a file may be gzipped.
const MOST_GZIPS: usize = 3;

const GZIP: &[u8] = b"\x1f\x8b";

/// Why a file cannot be redacted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RedactError {
    /// It cannot be read or written.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is neither a text nor a profile.
    #[error("neither a profile nor a text ({0})")]
    Decode(DecodeError),
    /// It is compressed, but not by gzip.
    #[error("compressed in another format than gzip")]
    Compressed,
    /// It is gzipped several times.
    #[error("gzipped more than {MOST_GZIPS} times")]
    Nested,
    /// It is larger than allowed.
    #[error("larger than {0} bytes uncompressed")]
    TooLarge(u64),
    /// The profile gets too large.
    #[error("{0}")]
    Build(#[from] BuildError),
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Redacted {
    /// Whether the copy is gzipped.
    pub is_gzipped: bool,
    /// Whether the copy is a profile, whatever the file was.
    pub is_profile: bool,
    /// Whether the file ends too early, so that the copy has only its whole lines.
    pub is_cut: bool,
}

impl Redactor {
    /// Writes a file without private names: a profile, or a text line by line. A gzipped file
    /// stays gzipped, and its header keeps neither name nor time. A profile is always gzipped; a
    /// flame graph of Pyroscope and a heap of jemalloc with names become one. A
    /// gzipped text that is cut is copied up to its last whole line.
    ///
    /// # Errors
    ///
    /// [`RedactError`] for what is neither; what was written until then has no private names.
    pub fn redact(
        &mut self,
        input: impl Read + Send,
        mut out: impl Write,
        limits: &Limits,
    ) -> Result<Redacted, RedactError> {
        self.layer(Box::new(input), &mut out, limits, 0)
    }

    fn layer<'i>(
        &mut self,
        mut input: Box<dyn Read + Send + 'i>,
        out: &mut dyn Write,
        limits: &Limits,
        gzips: usize,
    ) -> Result<Redacted, RedactError> {
        let mut head = Vec::new();
        let result = input.by_ref().take(HEAD_BYTES).read_to_end(&mut head);
        let input: Box<dyn Read + Send + 'i> = match result {
            Ok(_) => input,
            // Nothing shows what it is.
            Err(error) if head.is_empty() => return Err(error.into()),
            // What was read before an error comes before it.
            Err(error) => Box::new(Failed(Some(error))),
        };
        let (is_gzip, is_text) = (head.starts_with(GZIP), is_text(&head));
        let is_of_other_tool = is_of_other_tool(&head);
        let is_other = is_compressed(&head) && !is_gzip;
        let whole = Cursor::new(head).chain(input);
        if is_gzip {
            if gzips == MOST_GZIPS {
                return Err(RedactError::Nested);
            }
            let inflated = Gzip::new(BufReader::new(whole));
            return self.layer(Box::new(inflated), out, limits, gzips + 1);
        }
        if is_other {
            return Err(RedactError::Compressed);
        }
        if !is_text || is_of_other_tool {
            let profile = decode_reader(whole, limits).map_err(RedactError::Decode)?;
            encode(&self.profile(&profile)?, out)?;
            return Ok(Redacted {
                is_gzipped: true,
                is_profile: true,
                is_cut: false,
            });
        }
        let limit = limits.inflated_bytes;
        let mut bounded = BufReader::new(whole.take(limit.saturating_add(1)));
        let is_whole = if gzips == 0 {
            self.text(&mut bounded, &mut *out)?
        } else {
            let mut gzip = GzEncoder::new(&mut *out, Compression::default());
            let is_whole = self.text(&mut bounded, &mut gzip)?;
            gzip.finish()?;
            is_whole
        };
        match bounded.into_inner().limit() {
            0 => Err(RedactError::TooLarge(limit)),
            _ => Ok(Redacted {
                is_gzipped: gzips > 0,
                is_profile: false,
                is_cut: !is_whole,
            }),
        }
    }
}

/// Whether the beginning of a file is text: it has few bytes that binary files have. Programs write
/// some of them to a log, and a disk that was full leaves zeros.
fn is_text(head: &[u8]) -> bool {
    const MOST: usize = 8;
    let is_binary = |byte: u8| byte < 0x20 && !b"\t\n\r\x0c\x1b".contains(&byte);
    let runs = head.chunk_by(|one, next| (*one, *next) == (0, 0));
    let (mut count, mut binary) = (0, 0);
    for run in runs {
        count += 1;
        binary += usize::from(is_binary(run[0]));
    }
    binary == 0 || binary * MOST < count && !are_fields(head)
}

/// Whether the beginning of a file is that of a profile in protobuf, whose names may come first.
fn are_fields(head: &[u8]) -> bool {
    const MOST_FIELD: u8 = 14;
    let mut rest = head;
    while let Some((tag, value)) = rest.split_first() {
        let (number, length) = varint(value);
        let length = match tag & 7 {
            0 => length,
            2 => number.saturating_add(length),
            _ => return false,
        };
        if !(1..=MOST_FIELD).contains(&(tag >> 3)) {
            return false;
        }
        match value.get(length..) {
            Some(value) => rest = value,
            None => return head.len() as u64 == HEAD_BYTES,
        }
    }
    true
}

/// A number at the beginning of bytes, and how many of them it has.
fn varint(bytes: &[u8]) -> (usize, usize) {
    let more = bytes.iter().take(9).take_while(|byte| **byte >= 0x80);
    let length = more.count() + 1;
    let digits = bytes.iter().take(length).rev();
    let number = digits.fold(0_usize, |number, byte| {
        number.wrapping_shl(7) | usize::from(byte & 0x7f)
    });
    (number, length)
}

#[cfg(test)]
mod tests {
    use flate2::read::MultiGzDecoder;

    use super::*;

    fn redacted(input: &[u8]) -> Result<Vec<u8>, RedactError> {
        let mut out = Vec::new();
        let mut limits = Limits::default();
        limits.inflated_bytes = 1000;
        Redactor::new(None, None).redact(input, &mut out, &limits)?;
        Ok(out)
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let builder = flate2::GzBuilder::new().filename("zebra.log").mtime(7);
        let mut gzip = builder.write(Vec::new(), Compression::default());
        gzip.write_all(text).unwrap();
        gzip.finish().unwrap()
    }

    #[test]
    fn a_gzipped_text_stays_gzipped_and_its_header_is_empty() {
        let out = redacted(&gzip(&gzip(b"zebra\n"))).unwrap();
        assert!(!out.windows(5).any(|bytes| bytes == b"zebra"));
        let mut text = String::new();
        MultiGzDecoder::new(&out[..])
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "anon1\n");
    }

    #[test]
    fn a_text_that_is_cut_is_copied_up_to_its_last_line() {
        let lines: String = (0..50).map(|at| format!("zebra{at} x\n")).collect();
        let whole = gzip(lines.as_bytes());
        let mut out = Vec::new();
        let mut redactor = Redactor::new(None, None);
        let cut = &whole[..whole.len() - 20];
        let done = redactor.redact(cut, &mut out, &Limits::default()).unwrap();
        assert!(done.is_cut && done.is_gzipped);
        let mut text = String::new();
        MultiGzDecoder::new(&out[..])
            .read_to_string(&mut text)
            .unwrap();
        assert!(
            text.starts_with("anon1 x\nanon2 x\n") && text.ends_with("x\n"),
            "{text}"
        );
    }

    #[test]
    fn a_log_is_a_text_whatever_controls_are_in_it() {
        for (log, expected) in [
            ("zebra is\0 ready\n", "anon1 is\0 ready\n"),
            (
                "zebra is\0\0\0\0\0\0 ready\n",
                "anon1 is\0\0\0\0\0\0 ready\n",
            ),
            (
                "the zebra \x01\x1b[0m is ready\n",
                "the anon1 \x01\x1b[0m is ready\n",
            ),
            ("the zebra\x1e is ready\n", "the anon1\x1e is ready\n"),
        ] {
            let out = redacted(log.as_bytes()).unwrap();
            assert_eq!(String::from_utf8_lossy(&out), expected);
        }
    }

    #[test]
    fn a_profile_is_none_however_long_its_names_are() {
        let name = [b"2\x80\x01".to_vec(), vec![b'a'; 128]].concat();
        assert!(!is_text(&name.repeat(10)));
        assert!(!is_text(&name.repeat(1000)[..HEAD_BYTES as usize]));
    }

    #[test]
    fn zeros_behind_a_gzipped_text_cut_nothing() {
        let padded = [gzip(b"zebra\n"), vec![0; 1000]].concat();
        let done = Redactor::new(None, None).redact(&*padded, io::sink(), &Limits::default());
        assert!(!done.unwrap().is_cut);
    }

    #[test]
    fn what_cannot_be_redacted_is_refused() {
        let check = |input: &[u8], expected: &str| {
            assert_eq!(redacted(input).unwrap_err().to_string(), expected);
        };
        check(&[b'a'; 1001], "larger than 1000 bytes uncompressed");
        check(
            b"\x28\xb5\x2f\xfd\0\0\0\0",
            "compressed in another format than gzip",
        );
        let twice = gzip(&gzip(b"a"));
        check(&gzip(&gzip(&twice)), "gzipped more than 3 times");
        assert!(matches!(
            redacted(b"\x7fELF\0"),
            Err(RedactError::Decode(_))
        ));
    }
}
