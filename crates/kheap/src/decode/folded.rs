//! Folded stacks, as `kheap export --format folded` and `stackcollapse-go.pl` write them.
//!
//! A line is a stack, its root first, and a value:
//!
//! ```text
//! main.main;main.serve;encoding/json.Marshal 524288
//! ```
//!
//! The text says neither what the values are nor whether these are all stacks: they are taken
//! for bytes in use.
//!
//! Source: <https://github.com/brendangregg/FlameGraph>, `flamegraph.pl`.

use hashbrown::HashMap;

use super::budget::Budget;
use super::error::{DecodeError, DecodeErrorKind};
use super::limits::Limits;
use super::paste::BEGINNING;
use super::sniff::Lookalike;
use super::stream::Stream;
use crate::profile::{Fragment, LocationId, Profile, ProfileBuilder};
use crate::table::looks_like_table;

/// What a line holds.
#[derive(Debug, PartialEq, Eq)]
enum Line<'t> {
    /// Nothing, or a comment.
    Blank,
    Stack {
        /// Root first, separated by `;`.
        frames: &'t str,
        value: i64,
    },
}

impl<'t> Line<'t> {
    /// Reads a line; `None` where it is none of folded stacks.
    fn of(line: &'t [u8]) -> Option<Self> {
        let line = str::from_utf8(line).ok()?.trim();
        if line.is_empty() || line.starts_with('#') {
            return Some(Self::Blank);
        }
        let (frames, value) = line.rsplit_once([' ', '\t'])?;
        let frames = frames.trim_end();
        let is_value = !value.starts_with('+') && frames.split(';').all(is_frame);
        // Two values are a difference, and no heap.
        let last = frames.rsplit([' ', '\t']).next().unwrap_or_default();
        let is_one = last.len() == frames.len() || last.parse::<f64>().is_err();
        let value = value.parse().ok().filter(|_| is_value && is_one)?;
        Some(Self::Stack { frames, value })
    }
}

/// A name has blanks inside, as `func()` with arguments, but prose has one behind a `;`.
fn is_frame(name: &str) -> bool {
    !name.is_empty() && name.trim() == name && !name.chars().any(char::is_control)
}

/// Whether a file that begins so, with 64 KiB or all of it, holds folded stacks: each line is one,
/// and most have callers.
///
/// ```
/// assert!(kheap::decode::is_folded(b"main.main;main.load 64\nmain.main;main.serve 32\n"));
/// assert!(!kheap::decode::is_folded(b"just a sentence with 5"));
/// ```
pub fn is_folded(beginning: &[u8]) -> bool {
    let whole = match beginning.len() < BEGINNING {
        true => beginning,
        // The last line may be cut.
        false => match memchr::memrchr(b'\n', beginning) {
            Some(end) => &beginning[..end],
            None => return false,
        },
    };
    let (mut stacks, mut with_callers) = (0, 0);
    for line in whole.split(|&byte| byte == b'\n') {
        match Line::of(line) {
            None => return false,
            Some(Line::Blank) => {}
            Some(Line::Stack { frames, .. }) => {
                stacks += 1;
                with_callers += usize::from(frames.contains(';'));
            }
        }
    }
    with_callers > 0 && 2 * with_callers >= stacks && !looks_like_table(whole)
}

/// What a name takes in memory besides its text, in bytes: as a string, a function and a
/// location, each in an index or with it.
const NAME_BYTES: u64 = 160;

/// What a sample takes besides its stack, in bytes.
const SAMPLE_BYTES: u64 = 16;

/// Reads a whole text.
pub(super) fn decode_folded(
    stream: &mut Stream<'_>,
    limits: &Limits,
) -> Result<Profile, DecodeError> {
    let mut builder = ProfileBuilder::new();
    builder.sample_type("inuse_space", "bytes");
    builder.header().fragment = Some(Fragment {
        is_folded: true,
        ..Fragment::default()
    });
    let mut locations: HashMap<String, LocationId> = HashMap::new();
    let mut stack = Vec::new();
    let (mut bytes, mut name_bytes) = (0, 0);
    let mut budget = Budget::new(limits);
    while let Some(line) = stream.line()? {
        let offset = line.offset;
        let read = Line::of(line.text);
        let read = read.ok_or_else(|| DecodeErrorKind::Lookalike(Lookalike::Text).at(offset))?;
        if let Line::Stack { frames, value } = read {
            stack.clear();
            for name in frames.rsplit(';') {
                let known = locations.get(name).copied();
                stack.push(known.unwrap_or_else(|| {
                    name_bytes += name.len() as u64;
                    bytes += 2 * name.len() as u64 + NAME_BYTES;
                    let function = builder.function(name, "");
                    let location = builder.location(None, 0, &[(function, 0)]);
                    locations.insert(name.to_owned(), location);
                    location
                }));
            }
            bytes += SAMPLE_BYTES + size_of_val(&stack[..]) as u64;
            let pushed = builder.sample(&stack, &[value], &[]);
            pushed.map_err(|_| DecodeErrorKind::TablesTooLarge { limit: bytes }.at(offset))?;
        }
        budget.spend(stream, bytes, "lines, for so small a file")?;
        // All strings of a profile have 4 GiB; a line is shorter than half of that.
        if name_bytes > u64::from(u32::MAX / 2) {
            let limit = u64::from(u32::MAX / 2);
            return Err(DecodeErrorKind::TablesTooLarge { limit }.at(stream.offset()));
        }
    }
    Ok(builder.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{check, fold};

    #[test]
    fn folded_stacks_are_bytes_in_use() {
        let text = "# a comment\r\nmain.main;main.load 64\r\n\r\nmain.main;a b;c -32\n\
                    (no stack) 5";
        let profile = crate::decode(text.as_bytes()).unwrap();
        check(
            &fold(&profile),
            "main.main;main.load 64
             main.main;a b;c -32
             (no stack) 5",
        );
        let id = profile.sample_type("").unwrap();
        let unit = profile.sample_type_unit(id);
        assert_eq!(
            (&*profile.sample_type_name(id), &*unit),
            ("inuse_space", "bytes")
        );
        assert!(profile.header().fragment.unwrap().is_folded);
        assert_eq!(profile.locations().len(), 5);
    }

    #[test]
    fn other_texts_are_no_folded_stacks() {
        let check = |text: &str| {
            assert!(!is_folded(text.as_bytes()), "{text}");
            assert!(crate::decode(text.as_bytes()).is_err(), "{text}");
        };
        check("");
        check("# only a comment");
        check("just a sentence with 5");
        check("main 64");
        check("It failed; this is attempt 5");
        check("main;load 64.5");
        check("main;load 0x10");
        check("main;load +5");
        check("main;load 99999999999999999999");
        check(";;; 7");
        check("main;load 64 128");
        check("main;load 6.5 128");
        check("main;load\nmain;load 5");
        check("main;load 5\nError: no space left");
        // Metrics may have a `;` in a label.
        check("up{a=\"b;c\"} 1\nup 1\ndown 0");
    }

    #[test]
    fn a_line_that_is_no_stack_is_refused_wherever_it_stands() {
        let stacks = "main.main;main.load 64\n".repeat(5000);
        assert!(crate::decode(stacks.as_bytes()).is_ok());
        let text = format!("{stacks}Error: no space left\n");
        let error = crate::decode(text.as_bytes()).unwrap_err();
        assert!(
            matches!(error.kind, DecodeErrorKind::Lookalike(Lookalike::Text)),
            "{error}"
        );
    }

    #[test]
    fn folded_stacks_take_what_the_size_of_the_file_justifies() {
        let limits = Limits::default().table_bytes(1 << 20).fields(1000);
        let line = |at: usize| format!("a;{at} b 5\n");
        let text: String = (0..100_000).map(line).collect();
        let error = crate::decode_reader(text.as_bytes(), &limits).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("bytes of memory, too many for so small a file"),
            "{error}"
        );
    }
}
