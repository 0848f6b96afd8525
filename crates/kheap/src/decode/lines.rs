//! The lines of a text one after the other, without holding all of it.

use super::error::{DecodeError, DecodeErrorKind};
use super::stream::Stream;

/// How much of a text's beginning shows that it is one, in bytes.
const BEGINNING: usize = 20;

/// A line of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextLine<'a> {
    /// Without white space around it, and so without any end of a line.
    pub(super) text: &'a [u8],
    /// Where it starts in the text, in bytes.
    pub(super) offset: u64,
    /// Whether the end of the line is there, so that nothing can be missing.
    pub(super) is_whole: bool,
    /// How many lines these are: an empty one stands for all that follow it, so
    /// that a gzip bomb of line feeds costs a look at each byte and no more.
    pub(super) count: u64,
}

impl Stream<'_> {
    /// Looks at the beginning, without reading it.
    pub(super) fn beginning(&mut self) -> Result<&[u8], DecodeError> {
        self.fill(BEGINNING)?;
        Ok(self.unread())
    }

    /// Reads the next line, or `None` at the end of the text.
    pub(super) fn line(&mut self) -> Result<Option<TextLine<'_>>, DecodeError> {
        self.fill(1)?;
        let unread = self.unread();
        let feeds = unread.iter().take_while(|&&byte| byte == b'\n').count();
        if feeds > 0 {
            let offset = self.offset();
            return Ok(Some(TextLine {
                text: &self.take(feeds)[..0],
                offset,
                is_whole: true,
                count: feeds as u64,
            }));
        }
        let mut searched = 0;
        let end = loop {
            let unread = self.unread();
            let found = memchr::memchr(b'\n', &unread[searched..]);
            if let Some(position) = found {
                break Some(searched + position);
            }
            searched = unread.len();
            if searched as u64 > self.limits.record_bytes {
                return Err(self.line_too_long());
            }
            self.fill(searched + 1)?;
            if self.unread().len() == searched {
                break None;
            }
        };
        if end.is_none() && searched == 0 {
            return Ok(None);
        }
        let offset = self.offset();
        let length = end.map_or(searched, |end| end + 1);
        let text = self.take(length).trim_ascii();
        let is_whole = end.is_some();
        Ok(Some(TextLine {
            text,
            offset,
            is_whole,
            count: 1,
        }))
    }

    fn line_too_long(&self) -> DecodeError {
        let limit = self.limits.record_bytes;
        DecodeErrorKind::LineTooLong { limit }.at(self.offset())
    }
}
