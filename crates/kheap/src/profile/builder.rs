//! Profiles made by hand.

use super::tables::{TableFull, next_row};
use super::{
    Function, FunctionId, Header, Interner, Label, LabelValue, Line, LocationId, Mapping,
    MappingId, Profile, StringId, ValueType,
};

/// Makes a [`Profile`] piece by piece.
///
/// Ids that the builder returns are good for this builder, and for the profile that it makes.
/// They are bare positions: the id of another builder is the row at the same position, or none.
/// Samples come after the sample types.
///
/// # Panics
///
/// Where a table would pass `u32::MAX` rows or the strings 4 GiB, and where a
/// string, mapping or function is handed in whose position this builder does not have.
/// [`sample`](Self::sample) returns such faults as a [`BuildError`].
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
    /// All but the strings.
    profile: Profile,
}

/// Why a sample does not fit into the profile that is being built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A sample needs one value for each sample type.
    #[error("sample has {values} values for {sample_types} sample types")]
    ValueCount {
        /// How many values it has.
        values: usize,
        /// How many it needs.
        sample_types: usize,
    },
    /// The builder has no such location: it is of another one.
    #[error("sample refers to location {location} of {locations}")]
    MissingLocation {
        /// Position of the location.
        location: usize,
        /// How many there are.
        locations: usize,
    },
    /// The builder has no such string: the label is of another one.
    #[error("label refers to string {string} of {strings}")]
    MissingString {
        /// Position of the string.
        string: usize,
        /// How many there are.
        strings: usize,
    },
    /// Samples, frames and labels are counted in 32 bits.
    #[error("profile has more than {} samples, frames or labels", u32::MAX)]
    TooLarge,
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
            profile: Profile::empty(),
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
        self.profile.sample_types.push(value_type);
        let samples = &mut self.profile.samples;
        samples.values.push(vec![0; samples.len()]);
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
        self.profile.default_sample_type = self.string(kind);
    }

    /// Adds a remark.
    pub fn comment(&mut self, text: &str) {
        let comment = self.string(text);
        self.profile.header.comments.push(comment);
    }

    /// Says what is counted between two samples, and how much of it: in Go `space` in `bytes`,
    /// 524288. Without it, or without the sample type that counts the objects beside the one of
    /// their bytes, figures have no [standard errors](crate::arithmetic).
    pub fn period(&mut self, kind: &str, unit: &str, value: i64) {
        self.profile.header.period_type = self.value_type(kind, unit);
        self.profile.header.period = value;
    }

    /// Says where the profile is explained.
    pub fn doc_url(&mut self, url: &str) {
        self.profile.header.doc_url = self.string(url);
    }

    /// What the profile says of itself as a whole, to be filled in. Its texts are strings of
    /// this builder; [`finish`](Self::finish) panics where it does not have one of them. Setters
    /// take the text of most: [`comment`](Self::comment), [`period`](Self::period),
    /// [`doc_url`](Self::doc_url).
    pub fn header(&mut self) -> &mut Header {
        &mut self.profile.header
    }

    /// Adds a mapping. The first one is the program itself.
    pub fn mapping(&mut self, mapping: Mapping) -> MappingId {
        self.check_strings([mapping.filename, mapping.build_id]);
        let id = next_row(self.profile.mappings.len());
        self.profile.mappings.push(mapping);
        MappingId(id.expect(FULL))
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

    /// Adds a function with more details.
    pub fn add_function(&mut self, function: Function) -> FunctionId {
        self.check_strings([function.name, function.system_name, function.filename]);
        let id = next_row(self.profile.functions.len());
        self.profile.functions.push(function);
        FunctionId(id.expect(FULL))
    }

    /// Adds a location with its functions and line numbers, inlined ones first.
    pub fn location(
        &mut self,
        mapping: Option<MappingId>,
        address: u64,
        lines: &[(FunctionId, i64)],
    ) -> LocationId {
        let line = |&(function, line): &(FunctionId, i64)| Line {
            function,
            line,
            column: 0,
        };
        let lines: Vec<Line> = lines.iter().map(line).collect();
        self.add_location(mapping, address, false, &lines)
    }

    /// Adds a location with more details: columns, and whether several
    /// symbols share the address.
    pub fn add_location(
        &mut self,
        mapping: Option<MappingId>,
        address: u64,
        is_folded: bool,
        lines: &[Line],
    ) -> LocationId {
        let (mappings, functions) = (self.profile.mappings.len(), self.profile.functions.len());
        let known = |line: &Line| line.function.index() < functions;
        assert!(
            mapping.is_none_or(|id| id.index() < mappings) && lines.iter().all(known),
            "a location has a mapping or function of another builder"
        );
        let locations = &mut self.profile.locations;
        let id = locations.push(mapping, address, is_folded, lines);
        id.expect(FULL)
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
    /// [`BuildError`] when there are more or fewer values, or when the builder has not so many
    /// locations or strings as one of the ids counts; the sample is then left out. An id of
    /// another builder is taken for its own where this one has that position, too.
    pub fn sample(
        &mut self,
        stack: &[LocationId],
        values: &[i64],
        labels: &[Label],
    ) -> Result<(), BuildError> {
        let profile = &mut self.profile;
        if values.len() != profile.sample_types.len() {
            return Err(BuildError::ValueCount {
                values: values.len(),
                sample_types: profile.sample_types.len(),
            });
        }
        let (locations, strings) = (profile.locations.len(), self.strings.len());
        if let Some(id) = stack.iter().find(|id| id.index() >= locations) {
            return Err(BuildError::MissingLocation {
                location: id.index(),
                locations,
            });
        }
        let ids = labels
            .iter()
            .flat_map(|label| [label.key, label.value.string()]);
        if let Some(id) = ids.into_iter().find(|id| id.index() >= strings) {
            return Err(BuildError::MissingString {
                string: id.index(),
                strings,
            });
        }
        let pushed = profile.samples.push(stack, values, labels);
        pushed.map_err(|TableFull| BuildError::TooLarge)
    }

    /// Ends the building.
    ///
    /// # Panics
    ///
    /// Where the [`header`](Self::header) names a string whose position this builder does not
    /// have.
    pub fn finish(self) -> Profile {
        let header = &self.profile.header;
        self.check_strings([
            header.period_type.kind,
            header.period_type.unit,
            header.drop_frames,
            header.keep_frames,
            header.doc_url,
        ]);
        self.check_strings(header.comments.iter().copied());
        Profile {
            strings: self.strings.finish(),
            ..self.profile
        }
    }

    fn check_strings(&self, ids: impl IntoIterator<Item = StringId>) {
        let strings = self.strings.len();
        assert!(
            ids.into_iter().all(|id| id.index() < strings),
            "a string is of another builder"
        );
    }
}

/// What an overfull table panics with.
const FULL: &str = "a table has at most u32::MAX rows";

#[cfg(test)]
mod tests {
    use super::*;

    /// A builder, and one that has more of everything.
    fn two() -> (ProfileBuilder, ProfileBuilder) {
        let (mut small, mut large) = (ProfileBuilder::new(), ProfileBuilder::new());
        for builder in [&mut small, &mut large] {
            builder.sample_type("inuse_space", "bytes");
        }
        let function = large.function("main", "main.go");
        large.location(None, 1, &[(function, 7)]);
        (small, large)
    }

    #[test]
    fn a_sample_of_another_builder_is_refused_and_left_out() {
        let (mut builder, mut other) = two();
        let location = other.location(None, 2, &[]);
        let label = other.text_label("verb", "LIST");
        let check = |result: Result<(), BuildError>, expected: &str| {
            assert_eq!(result.unwrap_err().to_string(), expected);
        };
        check(
            builder.sample(&[location], &[1], &[]),
            "sample refers to location 1 of 0",
        );
        check(
            builder.sample(&[], &[1], &[label]),
            "label refers to string 5 of 3",
        );
        check(
            builder.sample(&[], &[1, 2], &[]),
            "sample has 2 values for 1 sample types",
        );
        assert!(builder.finish().samples().is_empty());
    }

    #[test]
    #[should_panic(expected = "a location has a mapping or function of another builder")]
    fn a_function_of_another_builder_is_a_panic() {
        let (mut builder, mut other) = two();
        let function = other.function("load", "main.go");
        builder.location(None, 1, &[(function, 1)]);
    }

    #[test]
    fn the_header_is_filled_in_with_texts() {
        let mut builder = ProfileBuilder::new();
        builder.period("space", "bytes", 524_288);
        builder.comment("made here");
        builder.doc_url("https://go.dev");
        let profile = builder.finish();
        let header = profile.header();
        let texts = [
            header.period_type.kind,
            header.period_type.unit,
            header.comments[0],
            header.doc_url,
        ];
        assert_eq!(
            texts.map(|id| profile.text(id)),
            ["space", "bytes", "made here", "https://go.dev"]
        );
        assert_eq!(header.period, 524_288);
    }

    #[test]
    #[should_panic(expected = "a string is of another builder")]
    fn a_string_of_another_builder_is_a_panic() {
        let (mut builder, mut other) = two();
        builder.header().doc_url = other.string("https://go.dev");
        builder.finish();
    }
}
