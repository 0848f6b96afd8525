//! Profiles of OpenTelemetry (OTLP).
//!
//! All messages refer by position to the tables of one dictionary, whose first rows mean
//! "none". Each profile has one sample type: together they become one [`Profile`] with a
//! column for each. Samples of the same stack and attributes share a row.
//!
//! The dictionary may stand behind all that refers to it, so a file is held in memory. A stack
//! is written once and used by many samples: what it takes for all of them counts.
//!
//! Source: `proto/otlp.proto`; open-telemetry/opentelemetry-proto
//! `opentelemetry/proto/profiles/v1development/profiles.proto`, versions 1.8 to 1.10, and
//! for files in parts the file exporter of opentelemetry-collector-contrib.

use std::borrow::Cow;
use std::collections::HashMap;

use super::budget::Budget;
use super::error::{DecodeError, DecodeErrorKind};
use super::limits::Limits;
use super::paste::may_be_text;
use super::stream::Stream;
use super::wire::{Field, Value, Wire};
use crate::profile::{
    Function, FunctionId, Label, LabelValue, Line, LocationId, Mapping, MappingId, Profile,
    ProfileBuilder, StringId,
};

/// How much of a file shows that it is OTLP, in bytes.
const BEGINNING: usize = 64;

/// Size of the length before each part, in bytes.
const PREFIX: usize = 4;

/// Attributes of a binary that name its build, the one that leads first.
const BUILD_IDS: [&[u8]; 3] = [
    b"process.executable.build_id.gnu",
    b"process.executable.build_id.go",
    b"process.executable.build_id.htlhash",
];

/// How the names of sample types begin whose values are levels: two of one process are no sum.
const IN_USE: &[u8] = b"inuse_";

/// Attributes that tell one process of a file from others.
const OF_PROCESS: [&[u8]; 3] = [b"service.name", b"k8s.pod.name", b"process.executable.name"];

/// Whether a file begins like OTLP: with a message in which stand messages. What stands there
/// in a profile of pprof are numbers.
pub(super) fn is_otlp(beginning: &[u8]) -> bool {
    let beginning = &beginning[..beginning.len().min(BEGINNING)];
    !may_be_text(beginning) && is_message(&beginning[prefix(beginning)..])
}

fn is_message(beginning: &[u8]) -> bool {
    let Some((0x0a, rest)) = beginning.split_first().map(|(first, rest)| (*first, rest)) else {
        return false;
    };
    let mut wire = Wire::new(rest, 0);
    let is_long = wire.varint().is_ok_and(|length| length >= 2);
    is_long && matches!(wire.bytes(), [0x0a | 0x12, ..])
}

/// How many bytes stand before the first message: none, or its length.
fn prefix(beginning: &[u8]) -> usize {
    // No field has the number 0, so a first byte below 8 is that of a length.
    match beginning {
        [0..8, _, _, _, 0x0a, ..] => PREFIX,
        _ => 0,
    }
}

/// Reads a whole file, where it is OTLP.
pub(super) fn decode_otlp(
    stream: &mut Stream<'_>,
    limits: &Limits,
) -> Result<Option<Profile>, DecodeError> {
    stream.fill(BEGINNING)?;
    if !is_otlp(stream.unread()) {
        return Ok(None);
    }
    let bytes = stream.whole()?;
    let mut reader = Reader {
        builder: ProfileBuilder::new(),
        types: Vec::new(),
        columns: HashMap::new(),
        moments: HashMap::new(),
        rows: Vec::new(),
        budget: Budget::of_whole(stream),
        sample_types: limits.sample_types,
    };
    let messages = messages(&bytes)?;
    for &message in &messages {
        reader.message(message, messages.len() > 1)?;
    }
    let end = bytes.len() as u64;
    reader.finish(end).map(Some)
}

/// The messages of a file: one, or several with the length of each before it.
fn messages(bytes: &[u8]) -> Result<Vec<Wire<'_>>, DecodeError> {
    if prefix(bytes) == 0 {
        return Ok(vec![Wire::new(bytes, 0)]);
    }
    let mut messages = Vec::new();
    let mut at = 0;
    while let Some((length, rest)) = bytes[at..].split_first_chunk::<PREFIX>() {
        let length = u32::from_be_bytes(*length) as usize;
        at += PREFIX;
        let message = rest.get(..length);
        let message = message.ok_or_else(|| DecodeErrorKind::Truncated.at(at as u64))?;
        messages.push(Wire::new(message, at as u64));
        at += length;
    }
    match at == bytes.len() {
        true => Ok(messages),
        false => Err(DecodeErrorKind::Truncated.at(at as u64)),
    }
}

/// What has been read of a file.
#[derive(Debug)]
struct Reader {
    builder: ProfileBuilder,
    /// Name and unit of each column.
    types: Vec<(Vec<u8>, Vec<u8>)>,
    /// The column of each of them.
    columns: HashMap<(Vec<u8>, Vec<u8>), usize>,
    /// When the level of a process was taken, in nanoseconds; by its labels and the column.
    moments: HashMap<(Vec<Label>, usize), u64>,
    rows: Vec<Row>,
    budget: Budget,
    sample_types: u64,
}

/// A sample of the profile that comes out.
#[derive(Debug)]
struct Row {
    stack: Vec<LocationId>,
    labels: Vec<Label>,
    /// Columns and values, by column.
    values: Vec<(usize, i64)>,
}

/// What samples of one row share: the process, the stack and the attributes.
type Key = (usize, i64, Vec<i64>);

/// The tables of a message, in the form of the file.
#[derive(Debug, Default)]
struct Dictionary<'a> {
    mappings: Vec<Wire<'a>>,
    locations: Vec<Wire<'a>>,
    functions: Vec<Wire<'a>>,
    strings: Vec<&'a [u8]>,
    attributes: Vec<Wire<'a>>,
    stacks: Vec<Wire<'a>>,
}

impl<'a> Dictionary<'a> {
    fn read(&mut self, mut wire: Wire<'a>, budget: &mut Budget) -> Result<(), DecodeError> {
        const MESSAGE: &str = "ProfilesDictionary";
        while let Some(field) = wire.field()? {
            let table = match field.number {
                1 => &mut self.mappings,
                2 => &mut self.locations,
                3 => &mut self.functions,
                5 => {
                    self.strings.push(field.message(MESSAGE)?.bytes());
                    budget.add(size_of::<&[u8]>(), field.offset)?;
                    continue;
                }
                6 => &mut self.attributes,
                7 => &mut self.stacks,
                _ => continue,
            };
            table.push(field.message(MESSAGE)?);
            budget.add(size_of::<Wire<'_>>(), field.offset)?;
        }
        Ok(())
    }

    fn string(&self, index: i64, what: &'static str, at: u64) -> Result<&'a [u8], DecodeError> {
        // A file without strings has the empty one.
        if index == 0 {
            return Ok(b"");
        }
        let string = usize::try_from(index)
            .ok()
            .and_then(|i| self.strings.get(i));
        string.copied().ok_or_else(|| {
            DecodeErrorKind::MissingString {
                what,
                index,
                strings: self.strings.len(),
            }
            .at(at)
        })
    }

    fn string_of(&self, field: &Field<'_>, message: &'static str) -> Result<&'a [u8], DecodeError> {
        self.string(field.int64(message)?, message, field.offset)
    }
}

/// A row of a table; `None` is the first one.
fn row<T: Copy>(
    table: &[T],
    index: i64,
    what: &'static str,
    offset: u64,
) -> Result<Option<T>, DecodeError> {
    if index == 0 {
        return Ok(None);
    }
    let row = usize::try_from(index)
        .ok()
        .and_then(|index| table.get(index));
    row.copied().map(Some).ok_or_else(|| {
        DecodeErrorKind::MissingRow {
            what,
            index,
            rows: table.len(),
        }
        .at(offset)
    })
}

/// What the tables of a message became.
#[derive(Debug)]
struct Tables<'d, 'a> {
    dictionary: &'d Dictionary<'a>,
    /// `None` for none, as the first row of each.
    locations: Vec<Option<LocationId>>,
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq)]
enum AnyValue<'a> {
    Text(Cow<'a, [u8]>),
    Number(i64),
    /// Lists and others that no label can hold.
    Other,
}

/// A process whose profiles are in the file.
#[derive(Debug, Default)]
struct Resource<'a> {
    profiles: Vec<Wire<'a>>,
    attributes: Vec<(&'a [u8], AnyValue<'a>)>,
}

impl Reader {
    /// Reads `ProfilesData`, or a request to export it, which has the same fields. Where the file
    /// may be of several processes, labels tell them apart.
    fn message(&mut self, mut wire: Wire<'_>, is_one_of_many: bool) -> Result<(), DecodeError> {
        const MESSAGE: &str = "ProfilesData";
        let mut dictionary = Dictionary::default();
        let mut resources = Vec::new();
        while let Some(field) = wire.field()? {
            match field.number {
                1 => {
                    resources.push(field.message(MESSAGE)?);
                    self.budget.add(size_of::<Resource<'_>>(), field.offset)?;
                }
                2 => dictionary.read(field.message(MESSAGE)?, &mut self.budget)?,
                _ => {}
            }
        }
        let resources: Result<Vec<Resource<'_>>, DecodeError> = (resources.into_iter())
            .map(|wire| self.resource(wire, &dictionary))
            .collect();
        let resources = resources?;
        let tables = self.tables(&dictionary)?;
        let layout = Layout::of(&resources)?;
        let mut rows = HashMap::new();
        let is_of_several = is_one_of_many || resources.len() > 1;
        for (at, resource) in resources.iter().enumerate() {
            let process = match is_of_several {
                true => self.process(resource),
                false => Vec::new(),
            };
            for &profile in &resource.profiles {
                self.profile(profile, &tables, layout, (at, &process), &mut rows)?;
            }
        }
        Ok(())
    }

    fn resource<'a>(
        &mut self,
        mut wire: Wire<'a>,
        dictionary: &Dictionary<'a>,
    ) -> Result<Resource<'a>, DecodeError> {
        let mut resource = Resource::default();
        while let Some(field) = wire.field()? {
            match field.number {
                1 => {
                    let mut wire = field.message("ResourceProfiles")?;
                    while let Some(field) = wire.field()? {
                        if field.number == 1 {
                            let pair = field.message("Resource")?;
                            resource.attributes.extend(key_value(pair, dictionary)?);
                            self.budget.add(64, field.offset)?;
                        }
                    }
                }
                2 => {
                    let mut scope = field.message("ResourceProfiles")?;
                    while let Some(field) = scope.field()? {
                        if field.number == 2 {
                            resource.profiles.push(field.message("ScopeProfiles")?);
                            self.budget.add(size_of::<Wire<'_>>(), field.offset)?;
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(resource)
    }

    /// Labels that tell the process from others of the file.
    fn process(&mut self, resource: &Resource<'_>) -> Vec<Label> {
        let known = |(key, _): &&(&[u8], AnyValue<'_>)| OF_PROCESS.contains(key);
        let attributes = resource.attributes.iter().filter(known);
        attributes
            .filter_map(|(key, value)| self.label(key, value, b""))
            .collect()
    }

    fn tables<'d, 'a>(
        &mut self,
        dictionary: &'d Dictionary<'a>,
    ) -> Result<Tables<'d, 'a>, DecodeError> {
        let mut mappings = Vec::new();
        for (at, &wire) in dictionary.mappings.iter().enumerate() {
            let mapping = self.mapping(wire, dictionary)?;
            mappings.push((at > 0).then(|| self.builder.mapping(mapping)));
            self.budget.add(size_of::<Mapping>(), wire.offset())?;
        }
        let mut functions = Vec::new();
        for (at, &wire) in dictionary.functions.iter().enumerate() {
            let function = self.function(wire, dictionary)?;
            functions.push((at > 0).then(|| self.builder.add_function(function)));
            self.budget.add(size_of::<Function>(), wire.offset())?;
        }
        let mut locations = Vec::new();
        for (at, &wire) in dictionary.locations.iter().enumerate() {
            let location = self.location(wire, &mappings, &functions)?;
            locations.push(location.filter(|_| at > 0));
        }
        Ok(Tables {
            dictionary,
            locations,
        })
    }

    fn mapping(
        &mut self,
        mut wire: Wire<'_>,
        dictionary: &Dictionary<'_>,
    ) -> Result<Mapping, DecodeError> {
        const MESSAGE: &str = "Mapping";
        let mut mapping = Mapping {
            has_functions: true,
            ..Mapping::default()
        };
        let mut build_id = None;
        while let Some(field) = wire.field()? {
            match field.number {
                1 => mapping.start = field.uint64(MESSAGE)?,
                2 => mapping.limit = field.uint64(MESSAGE)?,
                3 => mapping.offset = field.uint64(MESSAGE)?,
                4 => {
                    let name = dictionary.string_of(&field, MESSAGE)?;
                    mapping.filename = self.builder.string(name);
                }
                5 => {
                    let mut numbers = field.numbers(MESSAGE)?;
                    while let Some(index) = numbers.next()? {
                        let index = index.cast_signed();
                        let found =
                            attribute(dictionary, index, MESSAGE, field.offset, &mut self.budget)?;
                        let Some((key, AnyValue::Text(text), _)) = found else {
                            continue;
                        };
                        let rank = BUILD_IDS.iter().position(|known| *known == key);
                        let rank = rank
                            .filter(|rank| build_id.as_ref().is_none_or(|(known, _)| rank < known));
                        build_id = rank.map(|rank| (rank, text)).or(build_id);
                    }
                }
                _ => {}
            }
        }
        if let Some((_, text)) = build_id {
            mapping.build_id = self.builder.string(text);
        }
        Ok(mapping)
    }

    fn function(
        &mut self,
        mut wire: Wire<'_>,
        dictionary: &Dictionary<'_>,
    ) -> Result<Function, DecodeError> {
        const MESSAGE: &str = "Function";
        let mut function = Function {
            name: StringId::EMPTY,
            system_name: StringId::EMPTY,
            filename: StringId::EMPTY,
            start_line: 0,
        };
        while let Some(field) = wire.field()? {
            let string = match field.number {
                1..=3 => dictionary.string_of(&field, MESSAGE)?,
                4 => {
                    function.start_line = field.int64(MESSAGE)?;
                    continue;
                }
                _ => continue,
            };
            let string = self.builder.string(string);
            match field.number {
                1 => function.name = string,
                2 => function.system_name = string,
                _ => function.filename = string,
            }
        }
        Ok(function)
    }

    fn location(
        &mut self,
        mut wire: Wire<'_>,
        mappings: &[Option<MappingId>],
        functions: &[Option<FunctionId>],
    ) -> Result<Option<LocationId>, DecodeError> {
        const MESSAGE: &str = "Location";
        let offset = wire.offset();
        let (mut mapping, mut address, mut lines) = (None, 0, Vec::new());
        while let Some(field) = wire.field()? {
            match field.number {
                1 => {
                    let index = field.int64(MESSAGE)?;
                    mapping = row(mappings, index, "a location", field.offset)?.flatten();
                }
                2 => address = field.uint64(MESSAGE)?,
                3 => lines.extend(line(field.message(MESSAGE)?, functions)?),
                _ => {}
            }
        }
        self.budget.add(64 + size_of_val(&lines[..]), offset)?;
        Ok(Some(
            self.builder.add_location(mapping, address, false, &lines),
        ))
    }

    /// Adds the samples of a profile to the rows.
    fn profile(
        &mut self,
        mut wire: Wire<'_>,
        tables: &Tables<'_, '_>,
        layout: Layout,
        process: (usize, &[Label]),
        rows: &mut HashMap<Key, usize>,
    ) -> Result<(), DecodeError> {
        const MESSAGE: &str = "Profile";
        let whole = wire;
        let mut kind: (&[u8], &[u8]) = (b"", b"");
        let (mut time, mut period_type, mut period) = (0, None, 0);
        while let Some(field) = wire.field()? {
            match field.number {
                1 => kind = value_type(field.message(MESSAGE)?, tables.dictionary)?,
                // Before 1.8 it was a list.
                3 if matches!(field.value, Value::Bytes(_)) => {
                    return Err(DecodeErrorKind::OtlpVersion.at(field.offset));
                }
                3 => time = field.fixed64(MESSAGE)?,
                4 => {
                    let nanos = i64::try_from(field.uint64(MESSAGE)?).unwrap_or(i64::MAX);
                    let header = self.builder.header();
                    header.duration_nanos = header.duration_nanos.max(nanos);
                }
                5 => period_type = Some(value_type(field.message(MESSAGE)?, tables.dictionary)?),
                6 => period = field.int64(MESSAGE)?,
                _ => {}
            }
        }
        let column = self.column(kind, whole.offset())?;
        if kind.0.starts_with(IN_USE) && time != 0 {
            let level = (process.1.to_vec(), column);
            if *self.moments.entry(level).or_insert(time) != time {
                return Err(DecodeErrorKind::OtlpMoments.at(whole.offset()));
            }
        }
        if self.builder.header().time_nanos == 0 {
            self.builder.header().time_nanos = i64::try_from(time).unwrap_or(0);
        }
        // Type and number are of one profile.
        if let Some((kind, unit)) = period_type.filter(|_| self.builder.header().period == 0) {
            let (kind, unit) = (self.builder.string(kind), self.builder.string(unit));
            let header = self.builder.header();
            (header.period_type.kind, header.period_type.unit) = (kind, unit);
            header.period = period;
        }
        let mut wire = whole;
        while let Some(field) = wire.field()? {
            if field.number == 2 {
                let sample = Sample::read(field.message(MESSAGE)?, layout)?;
                self.sample(sample, column, tables, process, rows, field.offset)?;
            }
        }
        Ok(())
    }

    /// The column of a sample type.
    fn column(&mut self, kind: (&[u8], &[u8]), offset: u64) -> Result<usize, DecodeError> {
        let kind = (kind.0.to_vec(), kind.1.to_vec());
        if let Some(&column) = self.columns.get(&kind) {
            return Ok(column);
        }
        if self.types.len() as u64 >= self.sample_types {
            let (what, limit) = ("sample types", self.sample_types);
            return Err(DecodeErrorKind::TooMany { what, limit }.at(offset));
        }
        let column = self.types.len();
        self.types.push(kind.clone());
        self.columns.insert(kind, column);
        Ok(column)
    }

    fn sample(
        &mut self,
        sample: Sample,
        column: usize,
        tables: &Tables<'_, '_>,
        (at, process): (usize, &[Label]),
        rows: &mut HashMap<Key, usize>,
        offset: u64,
    ) -> Result<(), DecodeError> {
        let key = (at, sample.stack, sample.attributes);
        if let Some(&row) = rows.get(&key) {
            let values = &mut self.rows[row].values;
            match values.binary_search_by_key(&column, |(of, _)| *of) {
                Ok(at) => values[at].1 = values[at].1.saturating_add(sample.value),
                Err(at) => {
                    values.insert(at, (column, sample.value));
                    self.budget.add(16, offset)?;
                }
            }
            return Ok(());
        }
        let stack = self.stack(sample.stack, tables, offset)?;
        let mut labels = process.to_vec();
        for &index in &key.2 {
            let found = attribute(
                tables.dictionary,
                index,
                "a sample",
                offset,
                &mut self.budget,
            )?;
            if let Some((key, value, unit)) = found {
                labels.extend(self.label(key, &value, unit));
            }
        }
        let bytes = size_of_val(&labels[..]) + size_of_val(&key.2[..]);
        self.budget
            .add(size_of::<Row>() + size_of::<Key>() + bytes, offset)?;
        rows.insert(key, self.rows.len());
        self.rows.push(Row {
            stack,
            labels,
            values: vec![(column, sample.value)],
        });
        Ok(())
    }

    fn stack(
        &mut self,
        index: i64,
        tables: &Tables<'_, '_>,
        offset: u64,
    ) -> Result<Vec<LocationId>, DecodeError> {
        const MESSAGE: &str = "Stack";
        let mut stack = Vec::new();
        let Some(mut wire) = row(&tables.dictionary.stacks, index, "a sample", offset)? else {
            return Ok(stack);
        };
        // It is read anew for each row, whatever stands in it.
        let read = wire.bytes().len();
        while let Some(field) = wire.field()? {
            if field.number != 1 {
                continue;
            }
            let mut numbers = field.numbers(MESSAGE)?;
            while let Some(number) = numbers.next()? {
                let index = number.cast_signed();
                stack.extend(row(&tables.locations, index, "a stack", field.offset)?.flatten());
            }
        }
        // Once here, and once in the profile.
        self.budget
            .add(read + 2 * size_of_val(&stack[..]), offset)?;
        Ok(stack)
    }

    fn label(&mut self, key: &[u8], value: &AnyValue<'_>, unit: &[u8]) -> Option<Label> {
        let value = match value {
            AnyValue::Text(text) => LabelValue::Text(self.builder.string(text)),
            AnyValue::Number(number) => LabelValue::Number(*number, self.builder.string(unit)),
            AnyValue::Other => return None,
        };
        let key = self.builder.string(key);
        Some(Label { key, value })
    }

    fn finish(mut self, offset: u64) -> Result<Profile, DecodeError> {
        if self.types.is_empty() {
            return Err(DecodeErrorKind::NoProfile.at(offset));
        }
        // An exporter notes how often it exports, also for a level, which is no change.
        if self.types.iter().any(|(kind, _)| kind.starts_with(IN_USE)) {
            self.builder.header().duration_nanos = 0;
        }
        let columns = self.types.len();
        let values = self.rows.len().saturating_mul(columns);
        self.budget
            .add(values.saturating_mul(size_of::<i64>()), offset)?;
        for (kind, unit) in &self.types {
            let [kind, unit] = [kind, unit].map(|text| String::from_utf8_lossy(text));
            self.builder.sample_type(&kind, &unit);
        }
        let mut values = vec![0; columns];
        for row in self.rows {
            values.fill(0);
            for (column, value) in row.values {
                values[column] = value;
            }
            let added = self.builder.sample(&row.stack, &values, &row.labels);
            added.map_err(|_| DecodeErrorKind::too_many("samples, frames or labels").at(offset))?;
        }
        Ok(self.builder.finish())
    }
}

/// Which fields a sample has: versions 1.8 and 1.9 have another order than 1.10.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// Values in field 2, attributes in 3, link in 4.
    ValuesFirst,
    /// Attributes in field 2, link in 3, values in 4.
    ValuesLast,
}

impl Layout {
    /// Finds the layout by what the samples of a file have. A list is bytes, and a link a
    /// number.
    fn of(resources: &[Resource<'_>]) -> Result<Self, DecodeError> {
        for &(mut wire) in resources.iter().flat_map(|resource| &resource.profiles) {
            while let Some(field) = wire.field()? {
                if field.number == 2
                    && let Some(layout) = Self::of_sample(field.message("Profile")?)?
                {
                    return Ok(layout);
                }
            }
        }
        Ok(Self::ValuesLast)
    }

    fn of_sample(mut wire: Wire<'_>) -> Result<Option<Self>, DecodeError> {
        let (mut second, mut fifth) = (false, false);
        while let Some(field) = wire.field()? {
            let is_list = matches!(field.value, Value::Bytes(_));
            match (field.number, is_list) {
                (3, true) | (4, false) => return Ok(Some(Self::ValuesFirst)),
                (3, false) | (4, true) => return Ok(Some(Self::ValuesLast)),
                (2, _) => second = true,
                (5, _) => fifth = true,
                _ => {}
            }
        }
        // A sample has values or moments.
        Ok((second && !fifth).then_some(Self::ValuesFirst))
    }
}

/// A sample as it is written.
#[derive(Debug, Default)]
struct Sample {
    stack: i64,
    attributes: Vec<i64>,
    value: i64,
}

impl Sample {
    fn read(mut wire: Wire<'_>, layout: Layout) -> Result<Self, DecodeError> {
        const MESSAGE: &str = "Sample";
        let (values, attributes) = match layout {
            Layout::ValuesFirst => (2, 3),
            Layout::ValuesLast => (4, 2),
        };
        let mut sample = Self::default();
        let (mut has_values, mut moments) = (false, 0);
        while let Some(field) = wire.field()? {
            if field.number == 1 {
                sample.stack = field.int64(MESSAGE)?;
            } else if field.number == values {
                let mut numbers = field.numbers(MESSAGE)?;
                while let Some(value) = numbers.next()? {
                    has_values = true;
                    sample.value = sample.value.saturating_add(value.cast_signed());
                }
            } else if field.number == attributes {
                let mut numbers = field.numbers(MESSAGE)?;
                while let Some(index) = numbers.next()? {
                    sample.attributes.push(index.cast_signed());
                }
            } else if field.number == 5 {
                moments += match field.value {
                    Value::Bytes(packed) => packed.bytes().len() / 8,
                    _ => 1,
                };
            }
        }
        if !has_values {
            // Each moment is one observation.
            sample.value = i64::try_from(moments).unwrap_or(i64::MAX);
        }
        Ok(sample)
    }
}

fn line(mut wire: Wire<'_>, functions: &[Option<FunctionId>]) -> Result<Option<Line>, DecodeError> {
    const MESSAGE: &str = "Line";
    let (mut function, mut line, mut column) = (None, 0, 0);
    while let Some(field) = wire.field()? {
        match field.number {
            1 => {
                let index = field.int64(MESSAGE)?;
                function = row(functions, index, "a line", field.offset)?.flatten();
            }
            2 => line = field.int64(MESSAGE)?,
            3 => column = field.int64(MESSAGE)?,
            _ => {}
        }
    }
    Ok(function.map(|function| Line {
        function,
        line,
        column,
    }))
}

/// The name and unit of a sample type.
fn value_type<'a>(
    mut wire: Wire<'a>,
    dictionary: &Dictionary<'a>,
) -> Result<(&'a [u8], &'a [u8]), DecodeError> {
    const MESSAGE: &str = "ValueType";
    let (mut kind, mut unit): (&[u8], &[u8]) = (b"", b"");
    while let Some(field) = wire.field()? {
        match field.number {
            1 => kind = dictionary.string_of(&field, MESSAGE)?,
            2 => unit = dictionary.string_of(&field, MESSAGE)?,
            _ => {}
        }
    }
    Ok((kind, unit))
}

/// Key, value and unit.
type Attribute<'a> = (&'a [u8], AnyValue<'a>, &'a [u8]);

/// An attribute of the table; `None` is the first one.
fn attribute<'a>(
    dictionary: &Dictionary<'a>,
    index: i64,
    what: &'static str,
    offset: u64,
    budget: &mut Budget,
) -> Result<Option<Attribute<'a>>, DecodeError> {
    const MESSAGE: &str = "KeyValueAndUnit";
    let Some(mut wire) = row(&dictionary.attributes, index, what, offset)? else {
        return Ok(None);
    };
    // It is read anew for each row that has it.
    budget.add(wire.bytes().len(), offset)?;
    let (mut key, mut value, mut unit): (&[u8], _, &[u8]) = (b"", AnyValue::Other, b"");
    while let Some(field) = wire.field()? {
        match field.number {
            1 => key = dictionary.string_of(&field, MESSAGE)?,
            2 => value = any_value(field.message(MESSAGE)?, dictionary)?,
            3 => unit = dictionary.string_of(&field, MESSAGE)?,
            _ => {}
        }
    }
    Ok(Some((key, value, unit)))
}

/// Key and value of an attribute that is written where it belongs.
fn key_value<'a>(
    mut wire: Wire<'a>,
    dictionary: &Dictionary<'a>,
) -> Result<Option<(&'a [u8], AnyValue<'a>)>, DecodeError> {
    const MESSAGE: &str = "KeyValue";
    let (mut key, mut value): (&[u8], _) = (b"", AnyValue::Other);
    while let Some(field) = wire.field()? {
        match field.number {
            1 => key = field.message(MESSAGE)?.bytes(),
            2 => value = any_value(field.message(MESSAGE)?, dictionary)?,
            3 => key = dictionary.string_of(&field, MESSAGE)?,
            _ => {}
        }
    }
    Ok((!key.is_empty()).then_some((key, value)))
}

fn any_value<'a>(
    mut wire: Wire<'a>,
    dictionary: &Dictionary<'a>,
) -> Result<AnyValue<'a>, DecodeError> {
    const MESSAGE: &str = "AnyValue";
    let text = |text: &'static [u8]| AnyValue::Text(Cow::Borrowed(text));
    let mut value = AnyValue::Other;
    while let Some(field) = wire.field()? {
        value = match field.number {
            1 => AnyValue::Text(Cow::Borrowed(field.message(MESSAGE)?.bytes())),
            2 if field.bool(MESSAGE)? => text(b"true"),
            2 => text(b"false"),
            3 => AnyValue::Number(field.int64(MESSAGE)?),
            4 => {
                let number = f64::from_bits(field.fixed64(MESSAGE)?);
                // This form is short for large numbers, too.
                AnyValue::Text(Cow::Owned(format!("{number:?}").into_bytes()))
            }
            8 => AnyValue::Text(Cow::Borrowed(dictionary.string_of(&field, MESSAGE)?)),
            _ => continue,
        };
    }
    Ok(value)
}
