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

use super::budget::Budget;
use super::error::{DecodeError, DecodeErrorKind};
use super::limits::Limits;
use super::paste::BEGINNING;
use super::record::without_mark;
use super::stream::Stream;
use crate::profile::{FoldedNames, Fragment, Profile, ProfileBuilder};
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
    /// Reads a line; `None` where it does not end in a whole number behind a name.
    fn of(line: &'t str) -> Option<Self> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return Some(Self::Blank);
        }
        let (frames, value) = line.rsplit_once([' ', '\t'])?;
        let frames = frames.trim_end();
        let has_name = frames.split(';').any(|name| !name.trim().is_empty());
        let is_value = has_name && !value.starts_with('+');
        let value = value.parse().ok().filter(|_| is_value)?;
        Some(Self::Stack { frames, value })
    }
}

/// Most names have blanks only inside, as `func()` with arguments. Prose has one behind a `;`.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.trim() == name && !name.chars().any(char::is_control)
}

/// Whether a name ends in a number, as each does where a line has two values.
fn ends_in_number(frames: &str) -> bool {
    let last = frames.rsplit([' ', '\t']).next().unwrap_or_default();
    let is_digit = |c: char| c.is_ascii_digit() || c == '-';
    last.len() < frames.len() && last.starts_with(is_digit) && last.parse::<f64>().is_ok()
}

/// Whether a file that begins so, with 64 KiB or all of it, holds folded stacks: each line ends in
/// a whole number, at least half of them have callers, and nearly all have names like those of
/// functions. Two values are the two sides of a difference, which is no heap.
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
    let (mut stacks, mut with_callers, mut odd) = (0, 0, 0);
    for line in without_mark(whole).split(|&byte| byte == b'\n') {
        match str::from_utf8(line).ok().and_then(Line::of) {
            None => return false,
            Some(Line::Blank) => {}
            Some(Line::Stack { frames, .. }) => {
                stacks += 1;
                with_callers += usize::from(frames.contains(';'));
                let is_odd = !frames.split(';').all(is_plain) || ends_in_number(frames);
                odd += usize::from(is_odd);
            }
        }
    }
    let are_plain = ODD_SHARE * odd <= stacks;
    with_callers > 0 && 2 * with_callers >= stacks && are_plain && !looks_like_table(whole)
}

/// One line of so many may have other names, such as Rust's `[T; 4]`.
const ODD_SHARE: usize = 10;

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
    let mut names = FoldedNames::default();
    let (mut number, mut sample_bytes) = (0, 0);
    let mut budget = Budget::new(limits);
    while let Some(line) = stream.line()? {
        let offset = line.offset;
        number += line.count;
        let text = match offset {
            0 => without_mark(line.text),
            _ => line.text,
        };
        let text = String::from_utf8_lossy(text);
        let read = Line::of(&text);
        let read = read.ok_or_else(|| DecodeErrorKind::FoldedLine { line: number }.at(offset))?;
        let known = |names: &FoldedNames| 2 * names.bytes() + NAME_BYTES * names.count() as u64;
        if let Line::Stack { frames, value } = read {
            let stack = names.stack(&mut builder, frames);
            sample_bytes += SAMPLE_BYTES + size_of_val(stack) as u64;
            let pushed = builder.sample(stack, &[value], &[]);
            let limit = sample_bytes + known(&names);
            pushed.map_err(|_| DecodeErrorKind::TablesTooLarge { limit }.at(offset))?;
        }
        let bytes = sample_bytes + known(&names);
        budget.spend(stream, bytes, "lines, for so small a file")?;
        // All strings of a profile have 4 GiB; a line is shorter than half of that.
        if names.bytes() > u64::from(u32::MAX / 2) {
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
        assert!(profile.is_folded());
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
        check("main;load -64 128");
        check("main;load\nmain;load 5");
        check("main;load 5\nError: no space left");
        // Metrics may have a `;` in a label.
        check("up{a=\"b;c\"} 1\nup 1\ndown 0");
    }

    #[test]
    fn a_line_that_is_no_stack_is_refused_wherever_it_stands() {
        let stacks = "main.main;main.load 64\n".repeat(5000);
        for line in [
            "Error: no space left",
            "main.main;main.load 64.5",
            ";; 7",
            "64",
        ] {
            let text = format!("{stacks}\n\n{line}\n");
            let error = crate::decode(text.as_bytes()).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!(
                    "invalid profile at byte {}: line 5003 is no folded stack, which is frames \
                     separated by `;` and one whole number; correct the line or remove it",
                    stacks.len() + 2
                ),
                "{line}"
            );
            assert!(!error.kind.is_damage());
        }
    }

    #[test]
    fn names_of_any_language_are_read() {
        for [name, shown] in [
            ["f(a; b)", "f(a;b)"],
            ["<impl [T; 4]>::map", "<impl [T;4]>::map"],
            ["lambda 2", "lambda 2"],
            ["Array nan", "Array nan"],
            ["- inf", "- inf"],
            ["f;;g", "f;g"],
        ] {
            let stacks = "main.main;main.load 64\n".repeat(9);
            for text in [
                format!("{stacks}main.main;{name} 5\n"),
                format!("main.main;{name} 5\n{stacks}"),
            ] {
                let profile = crate::decode(text.as_bytes()).expect(name);
                let expected = format!("main.main;{shown} 5");
                assert!(fold(&profile).contains(&expected), "{}", fold(&profile));
            }
        }
        // Two values on nearly all lines are a difference.
        let difference = "main.main;main.load 64 128\n".repeat(20);
        assert!(!is_folded(
            format!("{difference}main.main;a 5\n").as_bytes()
        ));
    }

    #[test]
    fn a_byte_order_mark_is_no_name() {
        let text = "\u{feff}main.main;main.load 64\r\nmain.main;main.serve 32\r\n";
        let profile = crate::decode(text.as_bytes()).unwrap();
        check(
            &fold(&profile),
            "main.main;main.load 64
             main.main;main.serve 32",
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
