//! One function per message, one arm per field: reads like `proto/profile.proto`.
//!
//! Strings may come last and records may be mentioned before they come, so that
//! all references stay numbers of the file until [`Decoder::finish`].

use super::Limits;
use super::error::{DecodeError, DecodeErrorKind};
use super::ids::IdTable;
use super::wire::{Field, Wire};
use crate::profile::{
    Function, FunctionId, Header, Interner, Label, LabelValue, Line, LocationId, Locations,
    Mapping, MappingId, Profile, Samples, StringId, Strings, StringsFull, ValueType, end,
};

/// What has been read of a profile. String ids are positions in the file's own
/// table, other ids are numbers of an [`IdTable`].
#[derive(Debug)]
pub(super) struct Decoder<'l> {
    limits: &'l Limits,
    strings: Strings,
    /// The largest string position mentioned, by what and where.
    largest_string: (i64, &'static str, u64),
    sample_types: Vec<ValueType>,
    default_sample_type: StringId,
    samples: Samples,
    /// How many values each sample has, and where the first one stands.
    value_count: Option<(usize, u64)>,
    values: Vec<i64>,
    mappings: Vec<Mapping>,
    mapping_ids: IdTable,
    locations: Locations,
    location_ids: IdTable,
    functions: Vec<Function>,
    function_ids: IdTable,
    header: Header,
    /// The first record whose id is taken. It is told only in the end, because
    /// two profiles in one file are the likelier reason and show up later.
    duplicate: Option<DecodeError>,
}

impl<'l> Decoder<'l> {
    pub(super) fn new(limits: &'l Limits) -> Self {
        Self {
            limits,
            strings: Strings::empty_table(),
            largest_string: (0, "the profile", 0),
            sample_types: Vec::new(),
            default_sample_type: StringId::EMPTY,
            samples: Samples::default(),
            value_count: None,
            values: Vec::new(),
            mappings: Vec::new(),
            mapping_ids: IdTable::default(),
            locations: Locations::default(),
            location_ids: IdTable::default(),
            functions: Vec::new(),
            function_ids: IdTable::default(),
            header: Header::default(),
            duplicate: None,
        }
    }

    pub(super) fn profile_field(&mut self, field: &Field<'_>) -> Result<(), DecodeError> {
        const MESSAGE: &str = "Profile";
        match field.number {
            1 => {
                let value_type = self.value_type(field.message(MESSAGE)?)?;
                self.sample_types.push(value_type);
            }
            2 => self.sample(field.message(MESSAGE)?)?,
            3 => self.mapping(field.message(MESSAGE)?)?,
            4 => self.location(field.message(MESSAGE)?)?,
            5 => self.function(field.message(MESSAGE)?)?,
            6 => self.string(field.message(MESSAGE)?)?,
            7 => self.header.drop_frames = self.string_id(field, MESSAGE)?,
            8 => self.header.keep_frames = self.string_id(field, MESSAGE)?,
            9 => {
                if self.header.time_nanos != 0 {
                    return Err(DecodeErrorKind::Concatenated.at(field.offset));
                }
                self.header.time_nanos = field.int64(MESSAGE)?;
            }
            10 => self.header.duration_nanos = field.int64(MESSAGE)?,
            11 => self.header.period_type = self.value_type(field.message(MESSAGE)?)?,
            12 => self.header.period = field.int64(MESSAGE)?,
            13 => field.each_uint64(MESSAGE, |index| {
                let comment = self.string_at(index.cast_signed(), MESSAGE, field.offset)?;
                self.header.comments.push(comment);
                Ok(())
            })?,
            14 => self.default_sample_type = self.string_id(field, MESSAGE)?,
            15 => self.header.doc_url = self.string_id(field, MESSAGE)?,
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
        self.values.clear();
        while let Some(field) = wire.field()? {
            match field.number {
                1 => field.each_uint64(MESSAGE, |id| {
                    let number = self.location_ids.number(id, field.offset);
                    self.samples.stacks.push(LocationId(number));
                    Ok(())
                })?,
                2 => field.each_uint64(MESSAGE, |value| {
                    self.values.push(value.cast_signed());
                    Ok(())
                })?,
                3 => {
                    let label = self.label(field.message(MESSAGE)?)?;
                    self.samples.labels.extend(label);
                }
                _ => {}
            }
        }
        if self.samples.stacks.len() as u64 > self.limits.frames {
            return Err(DecodeErrorKind::TooMany {
                what: "frames in all stacks together",
                limit: self.limits.frames,
            }
            .at(offset));
        }
        self.samples.stack_ends.push(end(self.samples.stacks.len()));
        self.samples.label_ends.push(end(self.samples.labels.len()));
        self.sample_values(offset)
    }

    /// Spreads the values of a sample over the columns.
    fn sample_values(&mut self, offset: u64) -> Result<(), DecodeError> {
        let (expected, _) = *self.value_count.get_or_insert_with(|| {
            self.samples.values = vec![Vec::new(); self.values.len()];
            (self.values.len(), offset)
        });
        if self.values.len() != expected {
            return Err(DecodeErrorKind::ValueCount {
                values: self.values.len(),
                sample_types: expected,
            }
            .at(offset));
        }
        for (column, &value) in self.samples.values.iter_mut().zip(&self.values) {
            column.push(value);
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
        let key = self.string_at(key, MESSAGE, offset)?;
        let value = if text != 0 {
            LabelValue::Text(self.string_at(text, MESSAGE, offset)?)
        } else if number != 0 || unit != 0 {
            LabelValue::Number(number, self.string_at(unit, MESSAGE, offset)?)
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
        self.note_duplicate(defined)?;
        self.mappings.push(mapping);
        Ok(())
    }

    fn location(&mut self, mut wire: Wire<'_>) -> Result<(), DecodeError> {
        const MESSAGE: &str = "Location";
        let offset = wire.offset();
        let (mut id, mut mapping, mut address, mut is_folded) = (0, 0, 0, false);
        let first_line = self.locations.lines.len();
        while let Some(field) = wire.field()? {
            match field.number {
                1 => id = field.uint64(MESSAGE)?,
                2 => mapping = field.uint64(MESSAGE)?,
                3 => address = field.uint64(MESSAGE)?,
                4 => {
                    let line = self.line(field.message(MESSAGE)?)?;
                    self.locations.lines.push(line);
                }
                5 => is_folded = field.bool(MESSAGE)?,
                _ => {}
            }
        }
        let no_function = |line: &Line| line.function == NO_FUNCTION;
        if self.locations.lines[first_line..].iter().any(no_function) {
            return Err(DecodeErrorKind::LineWithoutFunction(id).at(offset));
        }
        let defined = self.location_ids.define("location", id, offset);
        self.note_duplicate(defined)?;
        let mapping = (mapping != 0).then(|| self.mapping_ids.number(mapping, offset));
        self.locations
            .push(mapping.map(MappingId), address, is_folded, []);
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
            id => FunctionId(self.function_ids.number(id, offset)),
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
        self.note_duplicate(defined)?;
        self.functions.push(function);
        Ok(())
    }

    fn note_duplicate(&mut self, defined: Result<(), DecodeError>) -> Result<(), DecodeError> {
        match defined {
            Err(error) if matches!(error.kind, DecodeErrorKind::DuplicateId { .. }) => {
                self.duplicate.get_or_insert(error);
                Ok(())
            }
            defined => defined,
        }
    }

    fn string(&mut self, wire: Wire<'_>) -> Result<(), DecodeError> {
        if self.strings.is_empty() && !wire.is_empty() {
            return Err(DecodeErrorKind::FirstString.at(wire.offset()));
        }
        self.strings.push(wire.bytes()).map_err(|StringsFull| {
            DecodeErrorKind::TooMany {
                what: "bytes in all strings together",
                limit: u64::from(u32::MAX),
            }
            .at(wire.offset())
        })
    }

    fn string_id(
        &mut self,
        field: &Field<'_>,
        message: &'static str,
    ) -> Result<StringId, DecodeError> {
        self.string_at(field.int64(message)?, message, field.offset)
    }

    /// Notes a string's position; whether it is there shows in the end.
    #[inline]
    fn string_at(
        &mut self,
        index: i64,
        what: &'static str,
        offset: u64,
    ) -> Result<StringId, DecodeError> {
        if index > self.largest_string.0 {
            self.largest_string = (index, what, offset);
        }
        match u32::try_from(index) {
            Ok(id) => Ok(StringId(id)),
            Err(_) => Err(DecodeErrorKind::MissingString {
                what,
                index,
                strings: self.strings.len(),
            }
            .at(offset)),
        }
    }
}

/// Stands for a function until the whole location is read and the error can
/// name it. No file has so many functions that this is one.
const NO_FUNCTION: FunctionId = FunctionId(u32::MAX);

/// What can be checked, and put in order, only when everything is there.
impl Decoder<'_> {
    /// Ends the decoding of a profile whose last byte was before `offset`.
    pub(super) fn finish(mut self, offset: u64) -> Result<Profile, DecodeError> {
        if let Some(error) = self.duplicate {
            return Err(error);
        }
        self.check_strings(offset)?;
        self.check_values()?;
        self.location_ids.check(DecodeErrorKind::MissingLocation)?;
        self.function_ids.check(DecodeErrorKind::MissingFunction)?;
        self.resolve_ids();
        let (strings, ids) = Interner::of_table(self.strings);
        let mut profile = Profile {
            strings: strings.finish(),
            sample_types: self.sample_types,
            default_sample_type: self.default_sample_type,
            samples: self.samples,
            mappings: self.mappings,
            locations: self.locations,
            functions: self.functions,
            header: self.header,
        };
        if let Some(ids) = ids {
            renumber_strings(&mut profile, &ids);
        }
        Ok(profile)
    }

    fn check_strings(&self, offset: u64) -> Result<(), DecodeError> {
        if self.strings.is_empty() {
            return Err(DecodeErrorKind::NoStrings.at(offset));
        }
        let (index, what, offset) = self.largest_string;
        if index >= self.strings.len() as i64 {
            return Err(DecodeErrorKind::MissingString {
                what,
                index,
                strings: self.strings.len(),
            }
            .at(offset));
        }
        Ok(())
    }

    fn check_values(&mut self) -> Result<(), DecodeError> {
        let sample_types = self.sample_types.len();
        match self.value_count {
            None => self.samples.values = vec![Vec::new(); sample_types],
            Some((_, offset)) if sample_types == 0 => {
                return Err(DecodeErrorKind::NoSampleTypes.at(offset));
            }
            Some((values, offset)) if values != sample_types => {
                return Err(DecodeErrorKind::ValueCount {
                    values,
                    sample_types,
                }
                .at(offset));
            }
            Some(_) => {}
        }
        Ok(())
    }

    /// Replaces the numbers of ids by rows.
    fn resolve_ids(&mut self) {
        if !self.location_ids.is_identity() {
            let rows = self.location_ids.rows();
            for location in &mut self.samples.stacks {
                location.0 = rows[location.index()];
            }
        }
        if !self.function_ids.is_identity() {
            let rows = self.function_ids.rows();
            for line in &mut self.locations.lines {
                line.function.0 = rows[line.function.index()];
            }
        }
        // Go takes an unknown mapping for none.
        for mapping in &mut self.locations.mapping {
            *mapping = mapping.and_then(|id| self.mapping_ids.row(id.0).map(MappingId));
        }
    }
}

/// Gives strings that are repeated in the file's table one id each.
fn renumber_strings(profile: &mut Profile, ids: &[StringId]) {
    let renumber = |id: &mut StringId| *id = ids[id.index()];
    let renumber_type = |value_type: &mut ValueType| {
        renumber(&mut value_type.kind);
        renumber(&mut value_type.unit);
    };
    profile.sample_types.iter_mut().for_each(renumber_type);
    renumber(&mut profile.default_sample_type);
    for label in &mut profile.samples.labels {
        renumber(&mut label.key);
        match &mut label.value {
            LabelValue::Text(id) | LabelValue::Number(_, id) => renumber(id),
        }
    }
    for mapping in &mut profile.mappings {
        renumber(&mut mapping.filename);
        renumber(&mut mapping.build_id);
    }
    for function in &mut profile.functions {
        renumber(&mut function.name);
        renumber(&mut function.system_name);
        renumber(&mut function.filename);
    }
    let header = &mut profile.header;
    renumber_type(&mut header.period_type);
    header.comments.iter_mut().for_each(renumber);
    renumber(&mut header.drop_frames);
    renumber(&mut header.keep_frames);
    renumber(&mut header.doc_url);
}
