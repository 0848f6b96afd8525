//! One function per message, one arm per field: reads like `proto/profile.proto`.
//!
//! Strings may come last and records may be mentioned before they come, so that
//! all references stay numbers of the file until [`Decoder::finish`].

use std::mem::{size_of, size_of_val};

use super::error::{DecodeError, DecodeErrorKind};
use super::ids::IdTable;
use super::limits::Limits;
use super::wire::{Field, Wire};
use crate::profile::{
    Function, FunctionId, Label, LabelValue, Line, LocationId, Mapping, MappingId, Profile,
    StringId, TableFull, ValueType,
};

/// What has been read of a profile.
#[derive(Debug)]
pub(super) struct Decoder<'l> {
    limits: &'l Limits,
    /// String ids are positions in the file's own table, other ids are numbers of
    /// an [`IdTable`].
    pub(super) profile: Profile,
    /// A string position that cannot be there: the first negative one, or else
    /// the largest; by what it is mentioned, and where.
    pub(super) odd_string: (i64, &'static str, u64),
    /// How many values each sample has, and where the first one stands.
    pub(super) value_count: Option<(usize, u64)>,
    values: Vec<i64>,
    pub(super) mapping_ids: IdTable,
    pub(super) location_ids: IdTable,
    pub(super) function_ids: IdTable,
    /// The first record whose id is taken. It is known only in the end, because
    /// two profiles in one file are the likelier reason and show up later.
    pub(super) duplicate: Option<DecodeError>,
    /// What the rows read so far take in memory, but for those of the id tables.
    row_bytes: u64,
    /// The column that decides which samples are kept, as of the first sample.
    pub(super) kept_column: Option<usize>,
}

/// What a string takes in memory besides its bytes: where it ends, and its place
/// in the hash table that looks for repeated ones.
const STRING_BYTES: usize = 12;

/// What a comment takes in memory. It is a number in the table, but every result
/// copies it as a text.
const COMMENT_BYTES: usize = 64;

impl<'l> Decoder<'l> {
    pub(super) fn new(limits: &'l Limits) -> Self {
        let mut profile = Profile::empty();
        profile.strings.reserve();
        Self {
            limits,
            kept_column: None,
            profile,
            odd_string: (0, "the profile", 0),
            value_count: None,
            values: Vec::new(),
            mapping_ids: IdTable::default(),
            location_ids: IdTable::default(),
            function_ids: IdTable::default(),
            duplicate: None,
            row_bytes: 0,
        }
    }

    /// What the tables take in memory, in bytes.
    #[inline]
    pub(super) fn table_bytes(&self) -> u64 {
        self.row_bytes
            + self.mapping_ids.bytes()
            + self.location_ids.bytes()
            + self.function_ids.bytes()
    }

    /// Notes that rows are added that take so much memory.
    #[inline]
    fn charge(&mut self, bytes: usize) {
        self.row_bytes += bytes as u64;
    }

    pub(super) fn profile_field(&mut self, field: &Field<'_>) -> Result<(), DecodeError> {
        const MESSAGE: &str = "Profile";
        if self.duplicate.is_some() && field.number != TIME_NANOS {
            // Nothing comes of the profile any more.
            return Ok(());
        }
        match field.number {
            1 => {
                let value_type = self.value_type(field.message(MESSAGE)?)?;
                self.profile.sample_types.push(value_type);
                self.check_columns(self.profile.sample_types.len(), field.offset)?;
                self.charge(size_of::<ValueType>());
            }
            2 => self.sample(field.message(MESSAGE)?)?,
            3 => self.mapping(field.message(MESSAGE)?)?,
            4 => self.location(field.message(MESSAGE)?)?,
            5 => self.function(field.message(MESSAGE)?)?,
            6 => self.string(field.message(MESSAGE)?)?,
            7 => self.profile.header.drop_frames = self.string_id(field, MESSAGE)?,
            8 => self.profile.header.keep_frames = self.string_id(field, MESSAGE)?,
            TIME_NANOS => {
                if self.profile.header.time_nanos != 0 {
                    return Err(DecodeErrorKind::Concatenated.at(field.offset));
                }
                self.profile.header.time_nanos = field.int64(MESSAGE)?;
            }
            10 => self.profile.header.duration_nanos = field.int64(MESSAGE)?,
            11 => self.profile.header.period_type = self.value_type(field.message(MESSAGE)?)?,
            12 => self.profile.header.period = field.int64(MESSAGE)?,
            13 => {
                let mut numbers = field.numbers(MESSAGE)?;
                while let Some(index) = numbers.next()? {
                    let comment = self.string_at(index.cast_signed(), MESSAGE, field.offset);
                    self.profile.header.comments.push(comment);
                    self.charge(COMMENT_BYTES);
                }
            }
            14 => self.profile.default_sample_type = self.string_id(field, MESSAGE)?,
            15 => self.profile.header.doc_url = self.string_id(field, MESSAGE)?,
            _ => {}
        }
        Ok(())
    }

    fn value_type(&mut self, mut wire: Wire<'_>) -> Result<ValueType, DecodeError> {
        const MESSAGE: &str = "ValueType";
        let mut value_type = ValueType::default();
        while let Some(field) = wire.field()? {
            match field.number {
                1 => value_type.kind = self.string_id(&field, MESSAGE)?,
                2 => value_type.unit = self.string_id(&field, MESSAGE)?,
                _ => {}
            }
        }
        Ok(value_type)
    }

    fn sample(&mut self, mut wire: Wire<'_>) -> Result<(), DecodeError> {
        const MESSAGE: &str = "Sample";
        let offset = wire.offset();
        let samples = &self.profile.samples;
        let (frames, labels) = (samples.stacks.len(), samples.labels.len());
        self.values.clear();
        while let Some(field) = wire.field()? {
            match field.number {
                1 => {
                    let mut ids = field.numbers(MESSAGE)?;
                    while let Some(id) = ids.next()? {
                        let number = self.location_ids.number(id, field.offset)?;
                        self.profile.samples.stacks.push(LocationId(number));
                    }
                }
                2 => {
                    let mut values = field.numbers(MESSAGE)?;
                    while let Some(value) = values.next()? {
                        self.values.push(value.cast_signed());
                    }
                }
                3 => {
                    let label = self.label(field.message(MESSAGE)?)?;
                    self.profile.samples.labels.extend(label);
                }
                _ => {}
            }
        }
        self.check_value_count(offset)?;
        if self.limits.default_type_only && self.is_left_out() {
            self.profile.lacks_samples = true;
            let samples = &mut self.profile.samples;
            samples.stacks.truncate(frames);
            samples.labels.truncate(labels);
            return Ok(());
        }
        let samples = &mut self.profile.samples;
        let (frames, labels) = (samples.stacks.len() - frames, samples.labels.len() - labels);
        let ended = samples.end();
        ended.map_err(|full| too_many("samples, frames or labels", full).at(offset))?;
        self.charge(
            frames * size_of::<LocationId>()
                + labels * size_of::<Label>()
                + self.values.len() * size_of::<i64>()
                + 2 * size_of::<u32>(),
        );
        let columns = &mut self.profile.samples.values;
        for (column, &value) in columns.iter_mut().zip(&self.values) {
            column.push(value);
        }
        Ok(())
    }

    /// Checks that a sample has as many values as those before it.
    fn check_value_count(&mut self, offset: u64) -> Result<(), DecodeError> {
        self.check_columns(self.values.len(), offset)?;
        let columns = &mut self.profile.samples.values;
        let (expected, _) = *self.value_count.get_or_insert((self.values.len(), offset));
        if columns.is_empty() {
            *columns = vec![Vec::new(); expected];
        }
        if self.values.len() != expected {
            return Err(DecodeErrorKind::ValueCount {
                values: self.values.len(),
                sample_types: expected,
            }
            .at(offset));
        }
        Ok(())
    }

    /// Whether the sample that has been read has no value in the column that
    /// decides. Go's runtime names its default before the first sample.
    fn is_left_out(&mut self) -> bool {
        let column = *self.kept_column.get_or_insert_with(|| {
            let default = self.profile.default_sample_type;
            let types = &self.profile.sample_types;
            let named = types.iter().position(|of| of.kind == default);
            let named = named.filter(|_| default != StringId::EMPTY);
            named.unwrap_or(types.len().saturating_sub(1))
        });
        self.values.get(column) == Some(&0)
    }

    fn check_columns(&self, columns: usize, offset: u64) -> Result<(), DecodeError> {
        let limit = self.limits.sample_types;
        if columns as u64 > limit {
            let what = "sample types";
            return Err(DecodeErrorKind::TooMany { what, limit }.at(offset));
        }
        Ok(())
    }

    /// A label without any value vanishes, as in Go.
    fn label(&mut self, mut wire: Wire<'_>) -> Result<Option<Label>, DecodeError> {
        const MESSAGE: &str = "Label";
        let offset = wire.offset();
        let (mut key, mut text, mut number, mut unit) = (0, 0, 0, 0);
        while let Some(field) = wire.field()? {
            match field.number {
                1 => key = field.int64(MESSAGE)?,
                2 => text = field.int64(MESSAGE)?,
                3 => number = field.int64(MESSAGE)?,
                4 => unit = field.int64(MESSAGE)?,
                _ => {}
            }
        }
        let key = self.string_at(key, MESSAGE, offset);
        let value = if text != 0 {
            LabelValue::Text(self.string_at(text, MESSAGE, offset))
        } else if number != 0 || unit != 0 {
            LabelValue::Number(number, self.string_at(unit, MESSAGE, offset))
        } else {
            return Ok(None);
        };
        Ok(Some(Label { key, value }))
    }

    fn mapping(&mut self, mut wire: Wire<'_>) -> Result<(), DecodeError> {
        const MESSAGE: &str = "Mapping";
        let offset = wire.offset();
        let mut id = 0;
        let mut mapping = Mapping::default();
        while let Some(field) = wire.field()? {
            match field.number {
                1 => id = field.uint64(MESSAGE)?,
                2 => mapping.start = field.uint64(MESSAGE)?,
                3 => mapping.limit = field.uint64(MESSAGE)?,
                4 => mapping.offset = field.uint64(MESSAGE)?,
                5 => mapping.filename = self.string_id(&field, MESSAGE)?,
                6 => mapping.build_id = self.string_id(&field, MESSAGE)?,
                7 => mapping.has_functions = field.bool(MESSAGE)?,
                8 => mapping.has_filenames = field.bool(MESSAGE)?,
                9 => mapping.has_line_numbers = field.bool(MESSAGE)?,
                10 => mapping.has_inline_frames = field.bool(MESSAGE)?,
                _ => {}
            }
        }
        let defined = self.mapping_ids.define("mapping", id, offset);
        if self.is_new(defined)? {
            self.profile.mappings.push(mapping);
            self.charge(size_of::<Mapping>());
        }
        Ok(())
    }

    fn location(&mut self, mut wire: Wire<'_>) -> Result<(), DecodeError> {
        const MESSAGE: &str = "Location";
        let offset = wire.offset();
        let (mut id, mut mapping, mut address, mut is_folded) = (0, 0, 0, false);
        let first_line = self.profile.locations.lines.len();
        while let Some(field) = wire.field()? {
            match field.number {
                1 => id = field.uint64(MESSAGE)?,
                2 => mapping = field.uint64(MESSAGE)?,
                3 => address = field.uint64(MESSAGE)?,
                4 => {
                    let line = self.line(field.message(MESSAGE)?)?;
                    self.profile.locations.lines.push(line);
                }
                5 => is_folded = field.bool(MESSAGE)?,
                _ => {}
            }
        }
        let lines = &self.profile.locations.lines[first_line..];
        let line_bytes = size_of_val(lines);
        if lines.iter().any(|line| line.function == NO_FUNCTION) {
            return Err(DecodeErrorKind::LineWithoutFunction(id).at(offset));
        }
        let defined = self.location_ids.define("location", id, offset);
        if !self.is_new(defined)? {
            return Ok(());
        }
        let mapping = match mapping {
            0 => None,
            id => Some(MappingId(self.mapping_ids.number(id, offset)?)),
        };
        let ended = self.profile.locations.end(mapping, address, is_folded);
        ended.map_err(|full| too_many("locations and lines", full).at(offset))?;
        self.charge(LOCATION_BYTES + line_bytes);
        Ok(())
    }

    fn line(&mut self, mut wire: Wire<'_>) -> Result<Line, DecodeError> {
        const MESSAGE: &str = "Line";
        let offset = wire.offset();
        let (mut function, mut line, mut column) = (0, 0, 0);
        while let Some(field) = wire.field()? {
            match field.number {
                1 => function = field.uint64(MESSAGE)?,
                2 => line = field.int64(MESSAGE)?,
                3 => column = field.int64(MESSAGE)?,
                _ => {}
            }
        }
        let function = match function {
            0 => NO_FUNCTION,
            id => FunctionId(self.function_ids.number(id, offset)?),
        };
        Ok(Line {
            function,
            line,
            column,
        })
    }

    fn function(&mut self, mut wire: Wire<'_>) -> Result<(), DecodeError> {
        const MESSAGE: &str = "Function";
        let offset = wire.offset();
        let mut id = 0;
        let mut function = Function {
            name: StringId::EMPTY,
            system_name: StringId::EMPTY,
            filename: StringId::EMPTY,
            start_line: 0,
        };
        while let Some(field) = wire.field()? {
            match field.number {
                1 => id = field.uint64(MESSAGE)?,
                2 => function.name = self.string_id(&field, MESSAGE)?,
                3 => function.system_name = self.string_id(&field, MESSAGE)?,
                4 => function.filename = self.string_id(&field, MESSAGE)?,
                5 => function.start_line = field.int64(MESSAGE)?,
                _ => {}
            }
        }
        let defined = self.function_ids.define("function", id, offset);
        if self.is_new(defined)? {
            self.profile.functions.push(function);
            self.charge(size_of::<Function>());
        }
        Ok(())
    }

    /// Whether a record has an id of its own. Where it has not, that is noted.
    fn is_new(&mut self, defined: Result<(), DecodeError>) -> Result<bool, DecodeError> {
        match defined {
            Ok(()) => Ok(true),
            Err(error) if matches!(error.kind, DecodeErrorKind::DuplicateId { .. }) => {
                self.duplicate = Some(error);
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    fn string(&mut self, wire: Wire<'_>) -> Result<(), DecodeError> {
        let strings = &mut self.profile.strings;
        if strings.is_empty() && !wire.is_empty() {
            return Err(DecodeErrorKind::FirstString.at(wire.offset()));
        }
        let pushed = strings.push(wire.bytes());
        pushed.map_err(|full| too_many("strings, or bytes in them", full).at(wire.offset()))?;
        self.charge(wire.bytes().len() + STRING_BYTES);
        Ok(())
    }

    fn string_id(
        &mut self,
        field: &Field<'_>,
        message: &'static str,
    ) -> Result<StringId, DecodeError> {
        Ok(self.string_at(field.int64(message)?, message, field.offset))
    }

    /// Notes a string's position; whether it is there shows in the end.
    #[inline]
    fn string_at(&mut self, index: i64, what: &'static str, offset: u64) -> StringId {
        let (odd, ..) = self.odd_string;
        if odd >= 0 && (index > odd || index < 0) {
            self.odd_string = (index, what, offset);
        }
        // What does not fit is among the odd ones.
        u32::try_from(index).map_or(StringId::EMPTY, StringId)
    }
}

/// The number of the field that reveals two profiles in one file.
const TIME_NANOS: u64 = 9;

/// What a location takes in memory besides its lines.
const LOCATION_BYTES: usize =
    size_of::<Option<MappingId>>() + size_of::<u64>() + size_of::<bool>() + size_of::<u32>();

/// Says that a table cannot take what a file holds.
fn too_many(what: &'static str, TableFull: TableFull) -> DecodeErrorKind {
    DecodeErrorKind::TooMany {
        what,
        limit: u32::MAX.into(),
    }
}

/// Stands for a function until the whole location is read and the error can
/// name it. No file has so many functions that this is one.
const NO_FUNCTION: FunctionId = FunctionId(u32::MAX);
