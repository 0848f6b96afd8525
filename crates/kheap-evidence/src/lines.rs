//! Lines of a file in bounded memory.

use std::io::{self, BufRead};

/// Only the ends of a longer line are kept: what says who asked stands there.
pub(crate) const MAX_LINE_BYTES: usize = 1 << 20;

/// So much of a longer line is kept at its beginning, and as much at its end.
const END_BYTES: usize = MAX_LINE_BYTES / 2;

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
/// Bytes after damage are lost; what was before it counts. Lines that are too long are
/// passed over.
pub(crate) fn for_each_line(
    reader: &mut dyn BufRead,
    mut each: impl FnMut(&[u8]),
) -> io::Result<LinesEnd> {
    for_each_text(reader, |text| match text {
        Text::Whole(line) => {
            each(line);
            true
        }
        Text::Ends(..) => false,
    })
}

/// What there is of a line.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Text<'a> {
    /// All of it.
    Whole(&'a [u8]),
    /// Its beginning and its end: it is too long.
    Ends(&'a [u8], &'a [u8]),
}

/// The same with the ends of lines that are too long; `each` says whether it could read
/// what there is.
pub(crate) fn for_each_text(
    reader: &mut dyn BufRead,
    mut each: impl FnMut(Text<'_>) -> bool,
) -> io::Result<LinesEnd> {
    let mut end = LinesEnd::default();
    let mut line = Line::default();
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
        let mut rest = without_blanks(chunk);
        while let Some(at) = memchr::memchr(b'\n', rest) {
            let (part, after) = (&rest[..at], &rest[at + 1..]);
            match line.is_empty() && part.len() <= MAX_LINE_BYTES {
                true => {
                    each(Text::Whole(without_return(part)));
                }
                false => {
                    line.extend(part);
                    end.long += u64::from(line.give(&mut each));
                }
            }
            rest = without_blanks(after);
        }
        line.extend(rest);
        let read = chunk.len();
        end.bytes += read as u64;
        reader.consume(read);
    }
    if !line.is_empty() {
        end.long += u64::from(line.give(&mut each));
    }
    Ok(end)
}

/// A line that crosses chunks: all of it, or where it is too long its beginning and its
/// end.
#[derive(Debug, Default)]
struct Line {
    head: Vec<u8>,
    /// What follows the beginning; it is cut where it has grown to twice of what is kept.
    tail: Vec<u8>,
    is_long: bool,
}

impl Line {
    fn is_empty(&self) -> bool {
        self.head.is_empty()
    }

    fn extend(&mut self, part: &[u8]) {
        if !self.is_long && self.head.len() + part.len() <= MAX_LINE_BYTES {
            self.head.extend_from_slice(part);
            return;
        }
        if !self.is_long {
            self.is_long = true;
            let kept = END_BYTES.saturating_sub(self.head.len()).min(part.len());
            self.head.extend_from_slice(&part[..kept]);
            self.tail = self.head.split_off(END_BYTES.min(self.head.len()));
            self.extend_tail(&part[kept..]);
            return;
        }
        self.extend_tail(part);
    }

    fn extend_tail(&mut self, part: &[u8]) {
        let part = &part[part.len().saturating_sub(END_BYTES)..];
        if self.tail.len() + part.len() > 2 * END_BYTES {
            let surplus = (self.tail.len() + part.len()).saturating_sub(END_BYTES);
            self.tail.drain(..surplus.min(self.tail.len()));
        }
        self.tail.extend_from_slice(part);
    }

    /// Hands it on and begins the next one; `true` where it was too long to be read.
    fn give(&mut self, each: &mut impl FnMut(Text<'_>) -> bool) -> bool {
        let is_read = each(match self.is_long {
            true => Text::Ends(&self.head, without_return(&self.tail)),
            false => Text::Whole(without_return(&self.head)),
        });
        let is_lost = self.is_long && !is_read;
        self.head.clear();
        self.tail.clear();
        self.is_long = false;
        is_lost
    }
}

/// All but one of the empty lines that come next: a small file inflates to a billion.
fn without_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|&&byte| byte == b'\n').count();
    &text[blanks.saturating_sub(1)..]
}

/// Whether an error is one of the data and not of the file system.
pub(crate) fn is_damage(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, InvalidData, InvalidInput, UnexpectedEof};
    matches!(
        error.kind(),
        FileTooLarge | InvalidData | InvalidInput | UnexpectedEof
    )
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
    fn of_many_empty_lines_one_is_read() {
        let text = format!("a\n{}b\n\nc", "\n".repeat(100));
        let mut lines = Vec::new();
        let mut reader = text.as_bytes();
        let end = for_each_line(&mut reader, |line| lines.push(line.to_vec()));
        assert_eq!(end.expect("it is in memory").bytes, text.len() as u64);
        assert_eq!(lines, [&b"a"[..], b"", b"b", b"", b"c"]);
    }

    #[test]
    fn of_a_line_that_is_too_long_the_ends_are_kept() {
        for length in [
            MAX_LINE_BYTES + 1,
            3 * MAX_LINE_BYTES,
            5 * MAX_LINE_BYTES + 7,
        ] {
            for capacity in [MAX_LINE_BYTES / 3 + 5, 64 << 10, 8 * MAX_LINE_BYTES] {
                let bytes: Vec<u8> = (0..length).map(|at| b'a' + (at % 23) as u8).collect();
                let mut reader = io::BufReader::with_capacity(capacity, &bytes[..]);
                let mut seen = 0;
                let each = |text: Text<'_>| {
                    let Text::Ends(head, tail) = text else {
                        panic!("it is long");
                    };
                    seen += 1;
                    assert!(bytes.starts_with(head) && bytes.ends_with(tail));
                    assert!(head.len() == END_BYTES && tail.len() >= END_BYTES);
                    assert!(head.len() + tail.len() <= length);
                    true
                };
                let end = for_each_text(&mut reader, each);
                assert_eq!(end.expect("it is in memory").long, 0);
                assert_eq!(seen, 1);
            }
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over() {
        let long = "x".repeat(MAX_LINE_BYTES + 1);
        let text = format!("a\n{long}\nb\n{long}");
        check(text.as_bytes(), &["a", "b"], 2);
    }
}
