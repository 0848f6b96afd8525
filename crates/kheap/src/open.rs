//! Whatever somebody has of a heap: a dump, its text form, stacks or a table.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use flate2::bufread::MultiGzDecoder;

use crate::decode::{DecodeError, DecodeErrorKind, Limits, Lookalike, decode_reader, is_gzip};
use crate::profile::Profile;
use crate::table::{self, Table, TableError};

/// How much of a file shows a text from a dump, in bytes.
const HEAD_BYTES: usize = 64 * 1024;

/// How much of what is compressed shows that it is a text, in bytes.
const PEEK_BYTES: usize = 4096;

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "few exist at a time, and a reference to what is in it goes wherever a profile goes"
)]
pub enum Opened {
    /// A profile: protobuf, Go's text form, stacks as `traces` prints them, or folded stacks.
    Profile(Profile),
    /// A table that `top`, `peek` or `tree` printed. It has no stacks: [`diagnose()`] judges it,
    /// and nothing else takes one.
    ///
    /// [`diagnose()`]: crate::diagnose()
    Table(Table),
}

/// Why a file is neither a profile nor a table.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// It is no profile, and no text in which a table may be.
    #[error(transparent)]
    Profile(DecodeError),
    /// It is a text, but neither a profile nor a table. Both reasons are in the message; to one who
    /// did not paste a table, show the first alone.
    ///
    /// ```
    /// use kheap::OpenError;
    ///
    /// let error = kheap::open(b"upstream connect error").unwrap_err();
    /// let first = match &error {
    ///     OpenError::Text { profile, .. } => profile.to_string(),
    ///     error => error.to_string(),
    /// };
    /// assert!(first.contains("this is text and no profile"), "{first}");
    /// ```
    #[error("neither a profile ({profile}) nor a table ({table})")]
    Text {
        /// Why it is no profile.
        profile: DecodeError,
        /// Why it is no table.
        table: TableError,
    },
}

/// Reads whatever somebody has of a heap: a dump, the text of `?debug=1`, the stacks that
/// `traces` prints, folded stacks, or a table that `top` prints; each gzipped or not.
///
/// Where a text has a table and stacks of less than nine tenths of it, the table counts.
///
/// # Errors
///
/// [`OpenError`] when it is none of them, or exceeds the default [`Limits`].
///
/// # Example
///
/// ```
/// use kheap::Opened;
///
/// let text = "      flat  flat%   sum%        cum   cum%
///   512.19kB   100%   100%   512.19kB   100%  main.load
///          0     0%   100%   512.19kB   100%  main.main";
/// match kheap::open(text.as_bytes())? {
///     Opened::Profile(profile) => println!("{} samples", profile.samples().len()),
///     Opened::Table(table) => assert_eq!(table.rows[0].name, "main.load"),
/// }
/// # Ok::<(), kheap::OpenError>(())
/// ```
pub fn open(bytes: &[u8]) -> Result<Opened, OpenError> {
    open_reader(bytes, &Limits::default())
}

/// Reads the same from a reader, within the given limits. See [`decode_reader`] for the
/// thread that it may use.
///
/// # Errors
///
/// As for [`open`]; and [`DecodeErrorKind::Io`] when reading fails.
pub fn open_reader(mut reader: impl Read + Send, limits: &Limits) -> Result<Opened, OpenError> {
    open_within(&mut reader, limits)
}

/// The same, compiled once for all readers.
fn open_within(reader: &mut (dyn Read + Send), limits: &Limits) -> Result<Opened, OpenError> {
    let mut file = Vec::new();
    read(reader, HEAD_BYTES, &mut file)?;
    if !table::may_be_table(&text_in(&file, PEEK_BYTES)) {
        return profile(Cursor::new(file).chain(reader), limits);
    }
    read(reader, table::MAX_BYTES + 1, &mut file)?;
    let text = text_in(&file, table::MAX_BYTES + 1);
    let is_long = text.len() > table::MAX_BYTES;
    match decode_reader(&file[..], limits) {
        // It may be longer than what was read of it.
        _ if is_gzip(&file) && (is_long || file.len() > table::MAX_BYTES) => {
            profile(Cursor::new(file).chain(reader), limits)
        }
        // Stacks in text may be longer than any table, and all of them count.
        Ok(_) if is_long => profile(Cursor::new(file).chain(reader), limits),
        Ok(stacks) => Ok(match table_of_more(&text, &stacks) {
            Some(table) => Opened::Table(table),
            None => Opened::Profile(stacks),
        }),
        Err(error)
            if is_other_than_a_table(&error, &text)
                || (is_gzip(&file) && is_not_inflated(&error)) =>
        {
            Err(OpenError::Profile(error))
        }
        Err(error) => match table::parse(&text) {
            Ok(table) => Ok(Opened::Table(table)),
            Err(table) => Err(OpenError::Text {
                profile: error,
                table,
            }),
        },
    }
}

/// The beginning of what is in a file, without its gzip.
fn text_in(file: &[u8], most: usize) -> Cow<'_, [u8]> {
    if !is_gzip(file) {
        return file.into();
    }
    let mut text = Vec::new();
    // Where it is damaged, decoding says so.
    let _ = { MultiGzDecoder::new(file).take(most as u64) }.read_to_end(&mut text);
    text.into()
}

/// Reads on, up to so many bytes.
fn read(reader: &mut dyn Read, most: usize, bytes: &mut Vec<u8>) -> Result<(), OpenError> {
    let result = reader.take(most as u64).read_to_end(bytes);
    let result = result.map_err(|error| DecodeErrorKind::Io(error).at(0));
    result.map(|_| ()).map_err(OpenError::Profile)
}

fn profile(reader: impl Read + Send, limits: &Limits) -> Result<Opened, OpenError> {
    let profile = decode_reader(reader, limits).map_err(OpenError::Profile)?;
    Ok(Opened::Profile(profile))
}

/// The table that stands in a text beside some stacks, where these are less than most of
/// what the table is about.
fn table_of_more(text: &[u8], stacks: &Profile) -> Option<Table> {
    const MOST: f64 = 0.9;
    stacks.header().fragment?;
    let table = table::parse(text).ok()?;
    let of_stacks = stacks.sample_type("").map_or(0, |id| stacks.total(id));
    let of_table = table.total.unwrap_or_else(|| table.flat_sum());
    ((of_stacks as f64) < MOST * of_table as f64).then_some(table)
}

/// Whether what is compressed is damaged, or too large.
fn is_not_inflated(error: &DecodeError) -> bool {
    use DecodeErrorKind::{Gzip, GzipTruncated, Reader, TooLarge};
    matches!(
        error.kind,
        Gzip(_) | GzipTruncated | Reader(_) | TooLarge { .. }
    )
}

/// Whether a text is something that is known, such as an HTML page, and no table
/// is in it.
fn is_other_than_a_table(error: &DecodeError, text: &[u8]) -> bool {
    let known = matches!(
        error.kind,
        DecodeErrorKind::Lookalike(lookalike) if lookalike != Lookalike::Text
    );
    known && !table::looks_like_table(text)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::write::GzEncoder;

    use super::*;

    const TABLE: &str = "\
      flat  flat%   sum%        cum   cum%
  512.19kB   100%   100%   512.19kB   100%  main.load
";

    const STACKS: &str = "heap profile: 1: 16 [1: 16] @ heap/2\n1: 16 [1: 16] @ 0x1\n";

    /// What a file is opened as, or why not.
    fn opened(bytes: &[u8]) -> String {
        match open(bytes) {
            Ok(Opened::Profile(profile)) => format!("{} samples", profile.samples().len()),
            Ok(Opened::Table(table)) => format!("{} rows", table.rows.len()),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn profiles_and_tables_are_kept_apart() {
        assert_eq!(opened(TABLE.as_bytes()), "1 rows");
        assert_eq!(opened(STACKS.as_bytes()), "1 samples");
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(bytes).expect("memory takes it");
        gzip.finish().expect("memory takes it")
    }

    #[test]
    fn each_of_them_may_be_compressed() {
        for (bytes, expected) in [
            (TABLE, "1 rows"),
            (STACKS, "1 samples"),
            (
                "main.main;main.load 64\nmain.main;main.serve 32",
                "2 samples",
            ),
        ] {
            assert_eq!(opened(bytes.as_bytes()), expected);
            assert_eq!(opened(&gzip(bytes.as_bytes())), expected);
        }
    }

    #[test]
    fn a_compressed_table_that_is_cut_is_refused() {
        let file = gzip(TABLE.repeat(50).as_bytes());
        let error = opened(&file[..file.len() - 9]);
        assert!(error.contains("gzip"), "{error}");
        let error = open_reader(&file[..], &Limits::default().inflated_bytes(100)).unwrap_err();
        assert!(error.to_string().contains("100 bytes"), "{error}");
    }

    #[test]
    fn what_is_neither_is_refused_with_both_reasons() {
        let error = open(b"one word").unwrap_err();
        assert!(matches!(error, OpenError::Text { .. }), "{error}");
        let error = open(b"<!DOCTYPE html><html><body></body></html>").unwrap_err();
        assert!(matches!(error, OpenError::Profile(_)), "{error}");
        let error = open(b"").unwrap_err();
        assert!(
            matches!(&error, OpenError::Profile(error) if matches!(error.kind, DecodeErrorKind::Empty)),
            "{error}"
        );
    }
}
