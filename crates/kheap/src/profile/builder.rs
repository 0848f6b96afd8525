//! Profiles made by hand.

use super::{
    Function, FunctionId, Header, Interner, Label, LabelValue, Line, LocationId, Locations,
    Mapping, MappingId, Profile, Samples, StringId, ValueType,
};

/// Makes a [`Profile`] piece by piece.
///
/// Ids that the builder returns are good for this builder only. Samples come
/// after the sample types.
///
/// # Panics
///
/// Methods panic where a table would pass `u32::MAX` rows, or strings 4 GiB.
///
/// # Example
///
/// ```
/// use kheap::profile::ProfileBuilder;
///
/// let mut builder = ProfileBuilder::new();
/// builder.sample_type("inuse_space", "bytes");
/// let function = builder.function("main.load", "main.go");
/// let location = builder.location(None, 0x1000, &[(function, 12)]);
/// builder.sample(&[location], &[4096], &[])?;
/// let profile = builder.finish();
/// assert_eq!(profile.total(profile.sample_type("")?), 4096);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ProfileBuilder {
    strings: Interner,
    sample_types: Vec<ValueType>,
    default_sample_type: StringId,
    samples: Samples,
    mappings: Vec<Mapping>,
    locations: Locations,
    functions: Vec<Function>,
    header: Header,
}

/// Why a sample does not fit into the profile that is being built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// A sample needs one value for each sample type.
    #[error("sample has {values} values for {sample_types} sample types")]
    ValueCount {
        /// How many values it has.
        values: usize,
        /// How many it needs.
        sample_types: usize,
    },
}

impl Default for ProfileBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl ProfileBuilder {
    /// Starts an empty profile.
    pub fn new() -> Self {
        Self {
            strings: Interner::new(),
            sample_types: Vec::new(),
            default_sample_type: StringId::EMPTY,
            samples: Samples::default(),
            mappings: Vec::new(),
            locations: Locations::default(),
            functions: Vec::new(),
            header: Header::default(),
        }
    }

    /// Adds a string, or finds it where it is there already.
    pub fn string(&mut self, string: impl AsRef<[u8]>) -> StringId {
        self.strings
            .intern(string.as_ref())
            .expect("strings of one profile fit into 4 GiB")
    }

    /// Adds a sample type, such as `inuse_space` in `bytes`. Values of samples
    /// that are there already become 0.
    pub fn sample_type(&mut self, kind: &str, unit: &str) {
        let value_type = self.value_type(kind, unit);
        self.add_sample_type(value_type);
    }

    pub(crate) fn add_sample_type(&mut self, value_type: ValueType) {
        self.sample_types.push(value_type);
        self.samples.values.push(vec![0; self.samples.len()]);
    }

    /// Makes a pair of type and unit, as for the period.
    pub fn value_type(&mut self, kind: &str, unit: &str) -> ValueType {
        ValueType {
            kind: self.string(kind),
            unit: self.string(unit),
        }
    }

    /// Names the sample type that is shown when nobody asks for one.
    pub fn default_sample_type(&mut self, kind: &str) {
        self.default_sample_type = self.string(kind);
    }

    pub(crate) fn set_default_sample_type(&mut self, kind: StringId) {
        self.default_sample_type = kind;
    }

    /// What the profile says of itself as a whole, to be filled in.
    pub fn header(&mut self) -> &mut Header {
        &mut self.header
    }

    /// Adds a mapping. The first one is the program itself.
    pub fn mapping(&mut self, mapping: Mapping) -> MappingId {
        self.mappings.push(mapping);
        MappingId::at(self.mappings.len() - 1)
    }

    pub(crate) fn mapping_start(&self, id: MappingId) -> u64 {
        self.mappings[id.index()].start
    }

    /// Adds a function with its source file.
    pub fn function(&mut self, name: &str, filename: &str) -> FunctionId {
        let name = self.string(name);
        let filename = self.string(filename);
        self.add_function(Function {
            name,
            system_name: name,
            filename,
            start_line: 0,
        })
    }

    pub(crate) fn add_function(&mut self, function: Function) -> FunctionId {
        self.functions.push(function);
        FunctionId::at(self.functions.len() - 1)
    }

    /// Adds a location with its functions and line numbers, inlined ones first.
    pub fn location(
        &mut self,
        mapping: Option<MappingId>,
        address: u64,
        lines: &[(FunctionId, i64)],
    ) -> LocationId {
        let lines = lines.iter().map(|&(function, line)| Line {
            function,
            line,
            column: 0,
        });
        self.locations.push(mapping, address, false, lines)
    }

    pub(crate) fn add_location(
        &mut self,
        mapping: Option<MappingId>,
        address: u64,
        is_folded: bool,
        lines: impl IntoIterator<Item = Line>,
    ) -> LocationId {
        self.locations.push(mapping, address, is_folded, lines)
    }

    /// Makes a label with a text.
    pub fn text_label(&mut self, key: &str, text: &str) -> Label {
        Label {
            key: self.string(key),
            value: LabelValue::Text(self.string(text)),
        }
    }

    /// Makes a label with a number, such as the size of the objects in bytes.
    pub fn number_label(&mut self, key: &str, number: i64, unit: &str) -> Label {
        Label {
            key: self.string(key),
            value: LabelValue::Number(number, self.string(unit)),
        }
    }

    /// Adds a sample: its stack, leaf first, and one value a sample type.
    ///
    /// # Errors
    ///
    /// [`BuildError::ValueCount`] when there are more or fewer values.
    pub fn sample(
        &mut self,
        stack: &[LocationId],
        values: &[i64],
        labels: &[Label],
    ) -> Result<(), BuildError> {
        if values.len() != self.sample_types.len() {
            return Err(BuildError::ValueCount {
                values: values.len(),
                sample_types: self.sample_types.len(),
            });
        }
        self.samples.push(stack, values, labels);
        Ok(())
    }

    /// Adds to one value of a sample.
    pub(crate) fn add_value(&mut self, sample: usize, column: usize, value: i64) {
        let old = &mut self.samples.values[column][sample];
        *old = old.saturating_add(value);
    }

    pub(crate) fn sample_count(&self) -> usize {
        self.samples.len()
    }

    /// Ends the building.
    pub fn finish(self) -> Profile {
        Profile {
            strings: self.strings.finish(),
            sample_types: self.sample_types,
            default_sample_type: self.default_sample_type,
            samples: self.samples,
            mappings: self.mappings,
            locations: self.locations,
            functions: self.functions,
            header: self.header,
        }
    }
}
