//! The tables of a profile: each a few columns of equal length.

use std::ops::Range;

use super::origin::Origin;
use super::{FunctionId, LocationId, MappingId, SampleId, SampleTypeId, StringId};

/// What a column of values counts, and in which unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ValueType {
    /// The type, such as `inuse_space`.
    pub kind: StringId,
    /// The unit, such as `bytes`.
    pub unit: StringId,
}

impl Default for StringId {
    fn default() -> Self {
        Self::EMPTY
    }
}

/// A piece of a binary in the memory of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mapping {
    /// First address.
    pub start: u64,
    /// First address behind it.
    pub limit: u64,
    /// Where it starts in the file, in bytes.
    pub offset: u64,
    /// Path of the binary.
    pub filename: StringId,
    /// Build id of the binary.
    pub build_id: StringId,
    /// Whether function names were looked up.
    pub has_functions: bool,
    /// Whether file names were looked up.
    pub has_filenames: bool,
    /// Whether line numbers were looked up.
    pub has_line_numbers: bool,
    /// Whether inlined calls were expanded.
    pub has_inline_frames: bool,
}

/// A function of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Function {
    /// Name for people.
    pub name: StringId,
    /// Name as the linker has it.
    pub system_name: StringId,
    /// Source file.
    pub filename: StringId,
    /// Line on which the function starts.
    pub start_line: i64,
}

/// A place in a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Line {
    /// The function.
    pub function: FunctionId,
    /// Line number in the function's file; 0 where unknown.
    pub line: i64,
    /// Column in that line; 0 where unknown, as in all Go profiles.
    pub column: i64,
}

/// Locations: addresses of instructions, with what stands there.
///
/// Invariant: every mapping and function named here is in the profile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Locations {
    pub(crate) mapping: Vec<Option<MappingId>>,
    pub(crate) address: Vec<u64>,
    pub(crate) is_folded: Vec<bool>,
    /// Where the lines of a location end in `lines`.
    pub(crate) line_ends: Vec<u32>,
    pub(crate) lines: Vec<Line>,
    /// Which table this is. It stays while rows are added, and changes where they do.
    pub(crate) origin: Origin,
}

impl Locations {
    /// How many locations there are.
    pub fn len(&self) -> usize {
        self.address.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.address.is_empty()
    }

    /// All ids in order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = LocationId> + use<> {
        (0..self.len()).map(LocationId::at)
    }

    /// The mapping that holds the address, where the file names one.
    ///
    /// # Panics
    ///
    /// As everything does that takes a [`LocationId`]: where there is no such row. The id of
    /// another profile is the row at the same position: such ids are bare positions.
    #[track_caller]
    pub fn mapping(&self, id: LocationId) -> Option<MappingId> {
        self.mapping[id.row(self.len())]
    }

    /// The address.
    #[track_caller]
    pub fn address(&self, id: LocationId) -> u64 {
        self.address[id.row(self.len())]
    }

    /// Whether several symbols share the address.
    #[track_caller]
    pub fn is_folded(&self, id: LocationId) -> bool {
        self.is_folded[id.row(self.len())]
    }

    /// The lines at the address: inlined functions first, the function that
    /// was really called last. Empty where symbols are missing.
    #[track_caller]
    pub fn lines(&self, id: LocationId) -> &[Line] {
        &self.lines[range_of(&self.line_ends, id.row(self.line_ends.len()))]
    }

    /// Adds a location.
    pub(crate) fn push(
        &mut self,
        mapping: Option<MappingId>,
        address: u64,
        is_folded: bool,
        lines: &[Line],
    ) -> Result<LocationId, TableFull> {
        let before = self.lines.len();
        self.lines.extend_from_slice(lines);
        let pushed = self.end(mapping, address, is_folded);
        if pushed.is_err() {
            self.lines.truncate(before);
        }
        pushed
    }

    /// Ends a location whose lines are there already.
    ///
    /// Lines and locations are counted together, so that a list that holds at
    /// least one entry for every location, as of frames, has `u32` ends too.
    pub(crate) fn end(
        &mut self,
        mapping: Option<MappingId>,
        address: u64,
        is_folded: bool,
    ) -> Result<LocationId, TableFull> {
        let id = next_row(self.len())?;
        next_row(self.lines.len().saturating_add(self.len()))?;
        self.mapping.push(mapping);
        self.address.push(address);
        self.is_folded.push(is_folded);
        self.line_ends.push(end(self.lines.len()));
        Ok(LocationId(id))
    }

    /// Replaces the lines of every location by what `keep` leaves of them.
    pub(crate) fn narrow(&mut self, mut keep: impl FnMut(&Self, LocationId, &mut Vec<Line>)) {
        let mut lines = Vec::with_capacity(self.lines.len());
        let mut line_ends = Vec::with_capacity(self.len());
        for id in self.ids() {
            keep(self, id, &mut lines);
            line_ends.push(end(lines.len()));
        }
        self.lines = lines;
        self.line_ends = line_ends;
        self.origin = Origin::default();
    }
}

/// The value of a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LabelValue {
    /// A text.
    Text(StringId),
    /// A number and its unit; the unit is empty where the file has none.
    Number(i64, StringId),
}

impl LabelValue {
    /// The text, or the unit of the number.
    pub(crate) fn string(self) -> StringId {
        match self {
            Self::Text(id) | Self::Number(_, id) => id,
        }
    }
}

/// A label of a sample, such as `bytes: 1024`, the size of the objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    /// Name of the label.
    pub key: StringId,
    /// Its value.
    pub value: LabelValue,
}

/// Samples: stacks, with one value for each sample type.
///
/// Invariant: every column of values is as long as the table, and every
/// location named here is in the profile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Samples {
    /// Where the stack of a sample ends in `stacks`.
    pub(crate) stack_ends: Vec<u32>,
    pub(crate) stacks: Vec<LocationId>,
    /// Where the labels of a sample end in `labels`.
    pub(crate) label_ends: Vec<u32>,
    pub(crate) labels: Vec<Label>,
    /// One column for each sample type.
    pub(crate) values: Vec<Vec<i64>>,
    /// Which table this is. It stays while rows are added, and changes where some go.
    pub(crate) origin: Origin,
}

impl Samples {
    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.stack_ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.stack_ends.is_empty()
    }

    /// All ids in the order of the file.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = SampleId> + use<> {
        let origin = self.origin;
        let id = move |row| SampleId { row, origin };
        // Shorter than `u32::MAX`, as all tables.
        (0..self.len() as u32).map(id)
    }

    /// Whether a sample is of this table, so that nothing panics that takes it.
    pub fn contains(&self, id: SampleId) -> bool {
        id.is_of(self.origin)
    }

    /// The row of a sample.
    #[inline]
    #[track_caller]
    pub(crate) fn row(&self, id: SampleId) -> usize {
        id.check(self.origin);
        id.index()
    }

    /// The stack, leaf first.
    ///
    /// # Panics
    ///
    /// As everything does that takes a [`SampleId`]: where it is of another profile.
    #[inline]
    #[track_caller]
    pub fn stack(&self, id: SampleId) -> &[LocationId] {
        &self.stacks[range_of(&self.stack_ends, self.row(id))]
    }

    /// The labels, in the order of the file.
    #[track_caller]
    pub fn labels(&self, id: SampleId) -> &[Label] {
        &self.labels[range_of(&self.label_ends, self.row(id))]
    }

    /// The value of a sample type, in its unit.
    pub(crate) fn value(&self, id: SampleId, sample_type: SampleTypeId) -> i64 {
        self.values(sample_type)[self.row(id)]
    }

    /// The values of a sample type, one a sample.
    pub(crate) fn values(&self, sample_type: SampleTypeId) -> &[i64] {
        &self.values[sample_type.index()]
    }

    /// Whether all values of a sample are 0.
    pub(crate) fn is_zero(&self, id: SampleId) -> bool {
        self.values.iter().all(|column| column[id.index()] == 0)
    }

    /// Keeps of every sample the part of the stack that `stack_of` returns;
    /// where it returns `None`, the sample goes.
    pub(crate) fn narrow(
        &mut self,
        mut stack_of: impl FnMut(SampleId, &[LocationId], &mut Vec<LocationId>) -> bool,
    ) {
        let mut kept = Self {
            values: vec![Vec::new(); self.values.len()],
            ..Self::default()
        };
        for id in self.ids() {
            let before = kept.stacks.len();
            if !stack_of(id, self.stack(id), &mut kept.stacks) {
                kept.stacks.truncate(before);
                continue;
            }
            kept.stack_ends.push(end(kept.stacks.len()));
            kept.labels.extend_from_slice(self.labels(id));
            kept.label_ends.push(end(kept.labels.len()));
            for (to, from) in kept.values.iter_mut().zip(&self.values) {
                to.push(from[id.index()]);
            }
        }
        *self = kept;
    }

    /// Keeps the samples for which `keep` holds.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(SampleId) -> bool) {
        if self.ids().all(&mut keep) {
            return;
        }
        self.narrow(|id, stack, out| {
            out.extend_from_slice(stack);
            keep(id)
        });
    }

    /// Adds a sample with one value for each column.
    pub(crate) fn push(
        &mut self,
        stack: &[LocationId],
        values: &[i64],
        labels: &[Label],
    ) -> Result<(), TableFull> {
        debug_assert_eq!(values.len(), self.values.len());
        let frames = self.stacks.len().saturating_add(stack.len());
        self.push_ends(frames, self.labels.len().saturating_add(labels.len()))?;
        self.stacks.extend_from_slice(stack);
        self.labels.extend_from_slice(labels);
        for (column, &value) in self.values.iter_mut().zip(values) {
            column.push(value);
        }
        Ok(())
    }

    /// Ends a sample whose frames and labels are there already.
    pub(crate) fn end(&mut self) -> Result<(), TableFull> {
        self.push_ends(self.stacks.len(), self.labels.len())
    }

    fn push_ends(&mut self, frames: usize, labels: usize) -> Result<(), TableFull> {
        next_row(self.len())?;
        let ends = (u32::try_from(frames), u32::try_from(labels));
        let (Ok(stack_end), Ok(label_end)) = ends else {
            return Err(TableFull);
        };
        self.stack_ends.push(stack_end);
        self.label_ends.push(label_end);
        Ok(())
    }
}

/// A table would pass `u32::MAX` rows, or the strings of a profile 4 GiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TableFull;

/// The number of the row that comes after so many.
pub(crate) fn next_row(rows: usize) -> Result<u32, TableFull> {
    match u32::try_from(rows) {
        Ok(row) if row < u32::MAX => Ok(row),
        _ => Err(TableFull),
    }
}

/// The part of a list that belongs to one row, when `ends` says where each
/// row's part ends.
#[inline]
pub(crate) fn range_of(ends: &[u32], row: usize) -> Range<usize> {
    let start = match row {
        0 => 0,
        _ => ends[row - 1],
    };
    start as usize..ends[row] as usize
}

/// Where a row's part ends in a list that is no longer than those of a profile.
pub(crate) fn end(len: usize) -> u32 {
    u32::try_from(len).expect("tables are limited to u32::MAX rows")
}
