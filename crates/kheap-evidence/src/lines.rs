//! Lines of a file in bounded memory.

use std::io::{self, BufRead};

/// A longer line is passed over: no line that says who asked is so long.
pub(crate) const MAX_LINE_BYTES: usize = 1 << 20;

/// How the lines of a file ended, and what was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct LinesEnd {
    /// How many lines were too long.
    pub(crate) long: u64,
    /// How many bytes were read.
    pub(crate) bytes: u64,
    /// Whether the compressed data ends in its middle, or is damaged there.
    pub(crate) is_cut: bool,
}

/// Gives each line to `each`, without its end; the last one, too, where it has no end.
/// Bytes after damage are lost; what was before it counts.
pub(crate) fn for_each_line(
    reader: &mut dyn BufRead,
    mut each: impl FnMut(&[u8]),
) -> io::Result<LinesEnd> {
    let mut end = LinesEnd::default();
    let mut line = Vec::new();
    let mut is_long = false;
    loop {
        let chunk = match reader.fill_buf() {
            Ok(chunk) => chunk,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if is_damage(&error) => {
                end.is_cut = true;
                return Ok(end);
            }
            Err(error) => return Err(error),
        };
        if chunk.is_empty() {
            break;
        }
        let mut rest = chunk;
        while let Some(at) = memchr::memchr(b'\n', rest) {
            let (part, after) = (&rest[..at], &rest[at + 1..]);
            match (
                is_long || line.len() + part.len() > MAX_LINE_BYTES,
                line.is_empty(),
            ) {
                (true, _) => end.long += 1,
                (false, true) => each(without_return(part)),
                (false, false) => {
                    line.extend_from_slice(part);
                    each(without_return(&line));
                }
            }
            line.clear();
            is_long = false;
            rest = after;
        }
        is_long = is_long || line.len() + rest.len() > MAX_LINE_BYTES;
        match is_long {
            true => line.clear(),
            false => line.extend_from_slice(rest),
        }
        let read = chunk.len();
        end.bytes += read as u64;
        reader.consume(read);
    }
    match (is_long, line.is_empty()) {
        (true, _) => end.long += 1,
        (false, false) => each(without_return(&line)),
        (false, true) => {}
    }
    Ok(end)
}

/// Whether an error is one of the data and not of the file system.
pub(crate) fn is_damage(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    matches!(error.kind(), InvalidData | InvalidInput | UnexpectedEof)
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expected: &[&str], long: u64) {
        let mut lines = Vec::new();
        // Small chunks, so that lines cross them.
        let mut reader = io::BufReader::with_capacity(7, bytes);
        let end = for_each_line(&mut reader, |line| {
            lines.push(String::from_utf8_lossy(line).into_owned());
        });
        assert_eq!(lines, expected);
        assert_eq!(end.expect("it is in memory").long, long);
    }

    #[test]
    fn lines_cross_chunks_and_the_last_one_may_have_no_end() {
        check(
            b"first line\nsecond\r\n\nlast",
            &["first line", "second", "", "last"],
            0,
        );
        check(b"", &[], 0);
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over() {
        let long = "x".repeat(MAX_LINE_BYTES + 1);
        let text = format!("a\n{long}\nb\n{long}");
        check(text.as_bytes(), &["a", "b"], 2);
    }
}
