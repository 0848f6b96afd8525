//! Goroutine profiles in text: `?debug=1`, a record for each stack, and `?debug=2`,
//! a record for each goroutine.

use std::io::{self, BufRead};

use super::census::{Census, Form, Goroutines, Stack};
use crate::lines::{LinesEnd, for_each_line};

/// How many frames of a stack are kept: as many as Go writes.
const MAX_FRAMES: usize = 512;

/// Whether a file begins as one of `?debug=1`.
pub(crate) fn is_summary(line: &[u8]) -> bool {
    line.starts_with(b"goroutine profile: total") || is_leak(line)
}

fn is_leak(line: &[u8]) -> bool {
    line.starts_with(b"goroutineleak profile: total")
}

/// Whether a line is the first one of a goroutine: `goroutine 17 [select, 2 minutes]:`.
pub(crate) fn is_dump(line: &[u8]) -> bool {
    state(line).is_some()
}

fn state(line: &[u8]) -> Option<&str> {
    let rest = std::str::from_utf8(line).ok()?.strip_prefix("goroutine ")?;
    let (number, rest) = rest.split_once(' ')?;
    // Go 1.23 and later can write more between number and state.
    let state = rest.rsplit_once('[')?.1.strip_suffix("]:")?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(state)
}

/// Reads the form of `?debug=1`.
pub(crate) fn read_summary(reader: &mut dyn BufRead) -> io::Result<(Goroutines, LinesEnd)> {
    let mut census = Census::new(Form::Summary, false);
    let mut stack = Stack::default();
    let mut total = 0;
    let mut end = for_each_line(reader, |line| {
        if is_summary(line) {
            census.result().is_leak = is_leak(line);
            let number = line.rsplit(|&byte| byte == b' ').next();
            let number = number.and_then(|number| std::str::from_utf8(number).ok()?.parse().ok());
            total = number.unwrap_or(0);
        } else if let Some(count) = count(line) {
            flush(&mut census, &mut stack);
            stack.count = count;
        } else if let Some((name, place)) = summary_frame(line) {
            // The last one is what was started.
            stack.creator = Some(format!("{name} {place}"));
            push(&mut stack, name);
        }
    })?;
    flush(&mut census, &mut stack);
    // The first line counts them all, within what changed while it was written.
    end.is_cut |= census.result().total < total / 2;
    Ok((census.finish(), end))
}

/// Reads `320 @ 0x49124a 0x44fcf7`.
fn count(line: &[u8]) -> Option<i64> {
    let at = memchr::memmem::find(line, b" @ 0x")?;
    std::str::from_utf8(&line[..at]).ok()?.parse().ok()
}

/// Reads address, function and place of a frame, parted by tabs.
fn summary_frame(line: &[u8]) -> Option<(String, String)> {
    let mut fields = line.strip_prefix(b"#\t")?.split(|&byte| byte == b'\t');
    let address = fields.next()?;
    let name = std::str::from_utf8(fields.next()?).ok()?;
    let is_frame = address.starts_with(b"0x");
    let name = name.rsplit_once("+0x").map_or(name, |(name, _)| name);
    let place = String::from_utf8_lossy(fields.next_back().unwrap_or_default()).into_owned();
    is_frame.then(|| (name.to_owned(), place))
}

/// Reads the form of `?debug=2`.
pub(crate) fn read_dump(reader: &mut dyn BufRead) -> io::Result<(Goroutines, LinesEnd)> {
    let mut census = Census::new(Form::Dump, false);
    let mut stack = Stack::default();
    let end = for_each_line(reader, |line| {
        if let Some(state) = state(line) {
            flush(&mut census, &mut stack);
            stack.count = 1;
            stack.is_leaked = state.contains("(leaked)");
            let waited = minutes(state).max(census.result().longest_wait_minutes);
            census.result().longest_wait_minutes = waited;
        } else if let Some(creator) = line.strip_prefix(b"created by ") {
            let creator = String::from_utf8_lossy(creator);
            let name = creator.split(" in goroutine ").next();
            stack.creator = name.map(str::to_owned);
        } else if stack.count > 0 && !line.is_empty() {
            add_dump_line(&mut stack, line);
        }
    })?;
    flush(&mut census, &mut stack);
    Ok((census.finish(), end))
}

/// Adds a frame, or where the line is indented the place in a file of what is above.
fn add_dump_line(stack: &mut Stack, line: &[u8]) {
    let text = String::from_utf8_lossy(line);
    match (text.strip_prefix('\t'), &mut stack.creator) {
        (Some(place), Some(creator)) if !creator.contains(' ') => {
            let place = place.split(" +0x").next().unwrap_or(place);
            *creator = format!("{creator} {place}");
        }
        (Some(_), _) => {}
        (None, _) => {
            // Arguments are the last parentheses.
            let name = text.strip_suffix(')').and_then(|text| text.rfind('('));
            let name = name.map_or(&*text, |at| &text[..at]);
            push(stack, name.to_owned());
        }
    }
}

/// Reads the `12 minutes` of a state.
fn minutes(state: &str) -> Option<i64> {
    let words = state
        .split(", ")
        .find_map(|part| part.strip_suffix(" minutes"));
    words?.parse().ok()
}

fn push(stack: &mut Stack, name: String) {
    if stack.frames.len() < MAX_FRAMES {
        stack.frames.push(name);
    }
}

fn flush(census: &mut Census, stack: &mut Stack) {
    if stack.count > 0 {
        census.add(stack);
    }
    *stack = Stack::default();
}
