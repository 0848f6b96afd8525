//! Members of gzip one after the other, and zeros behind the last one: tapes and GNU tar leave them.

use std::fmt;
use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

/// Whatever is read: the decoder is compiled once.
type Reader<'r> = Box<dyn BufRead + Send + 'r>;

/// Decodes all members of a file. Zeros behind the last one are padding. Reading fails with
/// `InvalidInput` where anything but zeros follows the padding.
///
/// # Example
///
/// ```
/// use std::io::Read;
///
/// use flate2::Compression;
/// use flate2::read::GzEncoder;
/// use kheap_evidence::unpack::Gzip;
///
/// let mut file = Vec::new();
/// GzEncoder::new(&b"a log"[..], Compression::fast()).read_to_end(&mut file)?;
/// file.extend([0; 512]);
/// let mut text = String::new();
/// Gzip::new(&*file).read_to_string(&mut text)?;
/// assert_eq!(text, "a log");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Gzip<'r> {
    /// `None` behind the last one.
    member: Option<GzDecoder<Reader<'r>>>,
}

impl fmt::Debug for Gzip<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gzip(…)")
    }
}

impl<'r> Gzip<'r> {
    /// Begins with the first member.
    pub fn new(reader: impl BufRead + Send + 'r) -> Self {
        Self::of(Box::new(reader))
    }

    fn of(reader: Reader<'r>) -> Self {
        Self {
            member: Some(GzDecoder::new(reader)),
        }
    }
}

impl Read for Gzip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let read = member.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let rest = self.member.take().map(GzDecoder::into_inner);
            self.member = rest.map(next).transpose()?.flatten();
        }
        Ok(0)
    }
}

/// The next member; `None` where zeros alone are left. Its decoder says what is wrong with anything
/// else.
fn next(mut rest: Reader<'_>) -> io::Result<Option<GzDecoder<Reader<'_>>>> {
    let mut is_padded = false;
    loop {
        let bytes = rest.fill_buf()?;
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        match (bytes.len(), zeros) {
            (0, _) => return Ok(None),
            (_, 0) if !is_padded => return Ok(Some(GzDecoder::new(rest))),
            (length, zeros) if zeros < length => {
                let error = "data behind the padding of the gzip stream";
                return Err(io::Error::new(io::ErrorKind::InvalidInput, error));
            }
            (_, zeros) => {
                rest.consume(zeros);
                is_padded = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Write};

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(text).unwrap();
        gzip.finish().unwrap()
    }

    fn read(parts: &[&[u8]]) -> io::Result<String> {
        let mut text = String::new();
        // Small reads, so that padding comes in several.
        let reader = BufReader::with_capacity(3, io::Cursor::new(parts.concat()));
        Gzip::new(reader).read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn members_are_one_text_and_zeros_behind_them_nothing() {
        let (one, other) = (gzip(b"one "), gzip(b"other"));
        assert_eq!(read(&[&one, &other]).unwrap(), "one other");
        assert_eq!(read(&[&one, &other, &[0; 1000]]).unwrap(), "one other");
        assert_eq!(read(&[&one, &[0]]).unwrap(), "one ");
    }

    #[test]
    fn anything_else_behind_them_is_damage() {
        let one = gzip(b"one");
        for rest in [&b"x"[..], b"\0x", b"\0\0\0\0\0\0\0\x1f\x8b"] {
            let error = read(&[&one, rest]).unwrap_err();
            assert_ne!(error.kind(), io::ErrorKind::Other, "{error}");
        }
        assert!(read(&[&one, &[0; 9], &gzip(b"other")]).is_err());
        assert!(read(&[&one[..one.len() - 1]]).is_err());
    }
}
