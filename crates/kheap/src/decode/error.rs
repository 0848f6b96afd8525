//! Why some bytes are not a profile.

use std::io;

use super::sniff::Lookalike;

/// Why some bytes are not a profile, and where that shows.
#[derive(Debug, thiserror::Error)]
#[error("invalid profile at byte {offset}: {kind}")]
#[non_exhaustive]
pub struct DecodeError {
    /// Position in the inflated profile, in bytes from its start. For a table
    /// that turns out wrong only as a whole it is where the trouble is first
    /// mentioned. For a gzip stream that ends too early it is the end of the file.
    pub offset: u64,
    /// What is wrong there.
    pub kind: DecodeErrorKind,
}

/// What a decoder can find wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// There is nothing to read.
    #[error("the file is empty")]
    Empty,
    /// The bytes are something else that is known.
    #[error("{0}")]
    Lookalike(Lookalike),
    /// Reading failed.
    #[error("cannot read on: {0}")]
    Io(io::Error),
    /// The gzip stream ends too early.
    #[error("truncated gzip stream")]
    GzipTruncated,
    /// The gzip stream is damaged.
    #[error("damaged gzip data ({0})")]
    Gzip(String),
    /// What reads the file finds its data damaged, such as a decoder around this one.
    #[error("{0}")]
    Reader(String),
    /// The profile inflates past the limit.
    #[error("the profile is larger than the limit of {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: u64,
    },
    /// One record is longer than a reader should hold in memory.
    #[error("a record of {length} bytes exceeds the limit of {limit}")]
    RecordTooLong {
        /// Length that the record announces, in bytes.
        length: u64,
        /// The limit, in bytes.
        limit: u64,
    },
    /// One line of a text is longer than a reader should hold in memory.
    #[error("a line of more than {limit} bytes")]
    LineTooLong {
        /// The limit, in bytes.
        limit: u64,
    },
    /// The first line of a heap profile in text form is none of Go's.
    #[error("the first line is not like `heap profile: 1: 512 [2: 1024] @ heap/1048576`")]
    TextHeader,
    /// A line is not part of a heap profile in text form.
    #[error("line {line} is no record like `1: 512 [2: 1024] @ 0x1000 0x2000`")]
    TextRecord {
        /// Number of the line, from 1.
        line: u64,
    },
    /// A number does not fit into 64 bits.
    #[error("a number on line {line} does not fit into 64 bits")]
    TextNumber {
        /// Number of the line, from 1.
        line: u64,
    },
    /// An address is no hexadecimal number of up to 64 bits.
    #[error("an address on line {line} is not like 0x4a5b6c, or does not fit into 64 bits")]
    TextAddress {
        /// Number of the line, from 1.
        line: u64,
    },
    /// No objects cannot have a size.
    #[error("on line {line}, 0 objects have {bytes} bytes")]
    TextSize {
        /// Number of the line, from 1.
        line: u64,
        /// Their size, in bytes.
        bytes: i64,
    },
    /// A text that looks like the output of `traces` has no stack.
    #[error("there is no stack below the rules of `traces`")]
    NoTraces,
    /// The symbols of a heap profile of jemalloc or gperftools stand before no such profile.
    #[error(
        "the line after `--- heap` is not like `heap_v2/524288`; write the file again with \
         `(jeprof --raw PROGRAM FILE; cat FILE) > named.heap`"
    )]
    NamedHeader,
    /// Behind the symbols there is nothing.
    #[error(
        "there are names but no heap behind them; add it with `cat HEAP >> FILE`, where HEAP is the \
         file that jemalloc wrote"
    )]
    NamedWithoutHeap,
    /// A flame graph of Pyroscope is no JSON, or has other values than it should.
    #[error("this flame graph of Pyroscope is damaged ({0}); download it again, or as pprof")]
    Flamebearer(String),
    /// The frames of a level are no rectangles below those of the level above.
    #[error("level {depth} of the flame graph is damaged; download it again, or as pprof")]
    FlamebearerShape {
        /// How many levels are above.
        depth: usize,
    },
    /// It has the values of two profiles.
    #[error("this is a comparison of Pyroscope; download both profiles as pprof")]
    FlamebearerDifference,
    /// A file of OpenTelemetry has no profile.
    #[error(
        "there is no profile in this file of OpenTelemetry (OTLP); export it again, or fetch \
         /debug/pprof/heap"
    )]
    NoProfile,
    /// A file of OpenTelemetry has several dumps of one process.
    #[error(
        "this file of OpenTelemetry (OTLP) has several dumps of one heap, and their sum is no \
         heap; export one collection, or fetch /debug/pprof/heap"
    )]
    OtlpMoments,
    /// A file of OpenTelemetry has the fields of an older version.
    #[error(
        "this is a version of OpenTelemetry's profiles before 1.8; export them with a newer \
         collector, or as pprof"
    )]
    OtlpVersion,
    /// A message of OpenTelemetry refers to a row that is not there.
    #[error("{what} refers to row {index} of a table that has {rows}")]
    MissingRow {
        /// What refers to it.
        what: &'static str,
        /// Position that it names.
        index: i64,
        /// How many rows there are.
        rows: usize,
    },
    /// The records take far more memory than the size of the file justifies.
    #[error(
        "the records so far take more than {limit} bytes of memory, too many for so small a file"
    )]
    TablesTooLarge {
        /// What they may take, in bytes.
        limit: u64,
    },
    /// The names take far more, written wherever they stand, than the size of the file
    /// justifies.
    #[error(
        "it repeats long names: written out, they take more than {limit} bytes, too many for so \
         small a file"
    )]
    NamesTooLong {
        /// What they may take, in bytes.
        limit: u64,
    },
    /// There are more of something than the limit allows.
    #[error("more than {limit} {what}")]
    TooMany {
        /// What there are too many of.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// The data ends inside a field.
    #[error("the data ends inside a field")]
    Truncated,
    /// A number is not ended after ten bytes.
    #[error("a varint has more than 10 bytes")]
    LongVarint,
    /// Groups and unknown wire types are not part of the format.
    #[error("unsupported wire type {0}")]
    WireType(u8),
    /// A known field has another type than it should.
    #[error("field {field} of {message} has wire type {wire_type}")]
    FieldType {
        /// The message, such as `Sample`.
        message: &'static str,
        /// Number of the field.
        field: u64,
        /// Wire type that it has.
        wire_type: u8,
    },
    /// Two profiles follow each other in one file.
    #[error("two profiles follow each other in this file")]
    Concatenated,
    /// The string table must start with the empty string.
    #[error("the string table does not start with an empty string")]
    FirstString,
    /// There is no string table.
    #[error("there is no string table")]
    NoStrings,
    /// A record refers to a string that is not there.
    #[error("{what} refers to string {index}, and the file has {strings}")]
    MissingString {
        /// What refers to it.
        what: &'static str,
        /// Position that it names.
        index: i64,
        /// How many strings there are.
        strings: usize,
    },
    /// A sample names a location that the profile does not hold.
    #[error("a sample refers to missing location {0}")]
    MissingLocation(u64),
    /// A line names a function that the profile does not hold.
    #[error("a line refers to missing function {0}")]
    MissingFunction(u64),
    /// A line names no function.
    #[error("a line of location {0} has no function")]
    LineWithoutFunction(u64),
    /// Ids start at 1.
    #[error("a {0} has the reserved id 0")]
    ZeroId(&'static str),
    /// Two records of a kind have the same id.
    #[error("two {what}s have the id {id}")]
    DuplicateId {
        /// Kind of the records.
        what: &'static str,
        /// Their id.
        id: u64,
    },
    /// Samples need sample types.
    #[error("there are samples but no sample types")]
    NoSampleTypes,
    /// A sample has more or fewer values than there are sample types.
    #[error("a sample has {values} values for {sample_types} sample types")]
    ValueCount {
        /// How many values it has.
        values: usize,
        /// How many it needs.
        sample_types: usize,
    },
    /// The default sample type comes after the samples, and only those with a value there
    /// are wanted: see [`Limits::default_type_only`](crate::Limits::default_type_only).
    #[error("the default sample type is named after the samples; read all of them")]
    LateDefaultType,
}

impl DecodeErrorKind {
    /// Says that a table of a text cannot take what the file holds.
    pub(super) fn too_many(what: &'static str) -> Self {
        let limit = u32::MAX.into();
        Self::TooMany { what, limit }
    }

    /// Whether the bytes look like a profile that was damaged on its way, so that
    /// fetching it again may help.
    ///
    /// A file that is empty, something else that is known, two profiles in one, or
    /// past a limit is not damaged.
    pub fn is_damage(&self) -> bool {
        !self.is_certain() && !matches!(self, Self::Lookalike(_))
    }

    pub(crate) fn at(self, offset: u64) -> DecodeError {
        DecodeError { offset, kind: self }
    }

    /// Whether the bytes may be something else altogether, so that a look at
    /// their beginning can give a better answer.
    pub(super) fn may_be_lookalike(&self) -> bool {
        let is_half_read = matches!(
            self,
            Self::GzipTruncated | Self::Gzip(_) | Self::Reader(_) | Self::NamedHeader
        );
        !self.is_certain() && !is_half_read
    }

    /// Whether the file was understood well enough to say what to do about it: it is no
    /// other file than it seems, and no damaged one.
    fn is_certain(&self) -> bool {
        matches!(
            self,
            Self::Empty
                | Self::Io(_)
                | Self::TooLarge { .. }
                | Self::TablesTooLarge { .. }
                | Self::NamesTooLong { .. }
                | Self::TooMany { .. }
                | Self::Concatenated
                | Self::LateDefaultType
                | Self::NoTraces
                | Self::NamedWithoutHeap
                | Self::Flamebearer(_)
                | Self::FlamebearerShape { .. }
                | Self::FlamebearerDifference
                | Self::NoProfile
                | Self::OtlpMoments
                | Self::OtlpVersion
        )
    }
}
