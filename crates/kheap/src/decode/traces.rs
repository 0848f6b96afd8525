//! Stacks as pprof's `traces` prints them.
//!
//! Each stack stands below a rule: its labels, its value before the leaf, and its
//! callers:
//!
//! ```text
//! -----------+-------------------------------------------------------
//!      bytes:  32kB
//!    15.47MB   bufio.NewReaderSize (inline)
//!              main.read
//! ```
//!
//! Values are as exact as they were printed. The same stacks asked for twice, by two
//! expressions, count once.
//!
//! Source: google/pprof `internal/report/report.go`, `printTraces`.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use super::budget::Budget;
use super::error::{DecodeError, DecodeErrorKind};
use super::limits::Limits;
use super::paste::{TRACE_SEPARATOR, line_of};
use super::stream::Stream;
use crate::graph::InlineMark;
use crate::profile::{
    Fragment, FunctionId, Label, LocationId, Mapping, Profile, ProfileBuilder, StringId,
};
use crate::table::{Amount, TableUnit, amount, is_sample_type, name_parts};

/// Reads a whole text.
pub(super) fn decode_traces(
    stream: &mut Stream<'_>,
    limits: &Limits,
) -> Result<Profile, DecodeError> {
    let mut reader = Reader::default();
    let mut budget = Budget::new(limits);
    while let Some(line) = stream.line()? {
        let text = line_of(line.text).into_owned();
        reader.line(&text);
        let used = reader.bytes;
        budget.spend(stream, used, "lines, for so small a file")?;
    }
    let offset = stream.offset();
    reader
        .finish()
        .ok_or_else(|| DecodeErrorKind::NoTraces.at(offset))
}

/// What has been read of a text.
#[derive(Debug, Default)]
struct Reader {
    program: Option<String>,
    build_id: Option<String>,
    sample_type: Option<String>,
    /// Whether a rule was seen, so that what follows may be a stack.
    in_stacks: bool,
    trace: Trace,
    traces: Vec<Trace>,
    /// The stacks of the outputs before this one, by their positions.
    earlier: HashTable<usize>,
    /// How many stacks these are, equal ones too.
    earlier_traces: usize,
    hasher: RandomState,
    unit: Option<TableUnit>,
    /// What the stacks take in memory, in bytes.
    bytes: u64,
}

/// One stack.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Trace {
    labels: Vec<(String, String)>,
    value: i64,
    /// Leaf first.
    frames: Vec<Frame>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Frame {
    name: String,
    file: String,
    line: i64,
    is_inline: bool,
}

impl Frame {
    /// A name as `traces` prints it, at any granularity.
    fn parse(text: &str) -> Self {
        let name = name_parts(text);
        let source = name.source.unwrap_or_default();
        let (file, line) = source.rsplit_once(':').unwrap_or((source, ""));
        let line = line.parse();
        Self {
            name: name.name.to_owned(),
            file: if line.is_ok() { file } else { source }.to_owned(),
            line: line.unwrap_or(0),
            is_inline: name.inline == InlineMark::Inline,
        }
    }
}

impl Reader {
    fn line(&mut self, text: &str) {
        let text = text.trim();
        if text.starts_with(TRACE_SEPARATOR) {
            self.end_trace();
            self.in_stacks = true;
        } else if let Some(value) = said(text, "File:") {
            self.begin_output();
            self.program = Some(value.to_owned());
        } else if let Some(value) = said(text, "Build ID:") {
            self.build_id = Some(value.to_owned());
        } else if let Some(value) = said(text, "Type:").filter(|word| is_sample_type(word)) {
            self.begin_output();
            self.sample_type = Some(value.to_owned());
        } else if self.in_stacks && !text.is_empty() {
            self.stack_line(text);
        }
    }

    /// A header stands before the first rule of an output.
    fn begin_output(&mut self) {
        self.end_trace();
        self.in_stacks = false;
        for at in self.earlier_traces..self.traces.len() {
            let hash = |at: usize| self.hasher.hash_one(&self.traces[at]);
            let is_equal = |&known: &usize| self.traces[known] == self.traces[at];
            let entry = self.earlier.entry(hash(at), is_equal, |&known| hash(known));
            entry.or_insert(at);
        }
        self.earlier_traces = self.traces.len();
    }

    fn is_earlier(&self, trace: &Trace) -> bool {
        let is_equal = |&known: &usize| self.traces[known] == *trace;
        let found = self.earlier.find(self.hasher.hash_one(trace), is_equal);
        found.is_some()
    }

    /// A label, a value with its leaf, or a caller. What is none of them ends the stacks,
    /// as a prompt or a sentence does.
    fn stack_line(&mut self, text: &str) {
        if self.trace.frames.is_empty() {
            if let Some((value, leaf)) = value_and_leaf(text) {
                self.unit = self.unit.or(value.unit);
                self.trace.value = value.value;
                self.push_frame(leaf);
            } else if let Some((key, value)) = text.split_once(":  ") {
                self.push_label(key, value);
            } else {
                self.in_stacks = false;
            }
        } else if name_parts(text).name.contains(' ') && !text.contains(['[', '{']) {
            self.end_trace();
            self.in_stacks = false;
        } else {
            self.push_frame(text);
        }
    }

    /// Each word of a value may be a number.
    fn push_label(&mut self, key: &str, value: &str) {
        let label = (key.to_owned(), value.to_owned());
        let words = value.split(' ').count();
        let bytes = size_of_val(&label) + key.len() + value.len() + words * size_of::<Label>();
        self.bytes += bytes as u64;
        self.trace.labels.push(label);
    }

    fn push_frame(&mut self, text: &str) {
        let frame = Frame::parse(text);
        self.bytes += (frame.name.len() + frame.file.len() + size_of::<Frame>()) as u64;
        self.trace.frames.push(frame);
    }

    fn end_trace(&mut self) {
        let trace = std::mem::take(&mut self.trace);
        if !trace.frames.is_empty() && !self.is_earlier(&trace) {
            self.bytes += size_of::<Trace>() as u64;
            self.traces.push(trace);
        }
    }

    fn finish(mut self) -> Option<Profile> {
        self.end_trace();
        if self.traces.is_empty() {
            return None;
        }
        let unit = self.unit.unwrap_or(TableUnit::Count);
        let kind = self.sample_type.as_deref().unwrap_or(match unit {
            TableUnit::Bytes => "inuse_space",
            TableUnit::Nanoseconds => "time",
            TableUnit::Count => "count",
        });
        let mut profile = Builder::new(kind, unit);
        profile.program(self.program.as_deref(), self.build_id.as_deref());
        for trace in &self.traces {
            profile.push(trace)?;
        }
        let mut profile = profile.builder.finish();
        profile.header.fragment = Some(Fragment {
            is_traces: true,
            ..Fragment::default()
        });
        Some(profile)
    }
}

/// The word after a key.
fn said<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let value = text.strip_prefix(key)?.trim();
    (!value.is_empty()).then_some(value)
}

/// `15.47MB   bufio.NewReaderSize`: the value of a stack, and its leaf.
fn value_and_leaf(text: &str) -> Option<(Amount, &str)> {
    let (value, leaf) = text.split_once(' ')?;
    let value = amount(value).ok()?;
    let leaf = leaf.trim();
    (!leaf.is_empty()).then_some((value, leaf))
}

/// The profile that the stacks become.
#[derive(Debug)]
struct Builder {
    builder: ProfileBuilder,
    functions: HashMap<(String, String), FunctionId>,
    locations: HashMap<Vec<(FunctionId, i64)>, LocationId>,
}

impl Builder {
    fn new(kind: &str, unit: TableUnit) -> Self {
        let mut builder = ProfileBuilder::new();
        let unit = match unit {
            TableUnit::Bytes => "bytes",
            TableUnit::Nanoseconds => "nanoseconds",
            TableUnit::Count => "count",
        };
        builder.sample_type(kind, unit);
        Self {
            builder,
            functions: HashMap::new(),
            locations: HashMap::new(),
        }
    }

    fn program(&mut self, program: Option<&str>, build_id: Option<&str>) {
        let Some(program) = program else { return };
        let filename = self.builder.string(program);
        let build_id = build_id.map_or(StringId::EMPTY, |id| self.builder.string(id));
        self.builder.mapping(Mapping {
            filename,
            build_id,
            ..Mapping::default()
        });
    }

    fn push(&mut self, trace: &Trace) -> Option<()> {
        let stack = self.stack(&trace.frames);
        let labels: Vec<Label> = (trace.labels.iter())
            .flat_map(|(key, text)| self.labels(key, text))
            .collect();
        self.builder.sample(&stack, &[trace.value], &labels).ok()
    }

    /// Calls that were inlined share a location with their caller.
    fn stack(&mut self, frames: &[Frame]) -> Vec<LocationId> {
        let mut stack = Vec::new();
        let mut lines = Vec::new();
        for (at, frame) in frames.iter().enumerate() {
            let key = (frame.name.clone(), frame.file.clone());
            let builder = &mut self.builder;
            let function = self.functions.entry(key);
            let function = *function.or_insert_with(|| builder.function(&frame.name, &frame.file));
            lines.push((function, frame.line));
            if !frame.is_inline || at + 1 == frames.len() {
                let address = self.locations.len() as u64 + 1;
                let lines = std::mem::take(&mut lines);
                let location = self.locations.entry(lines);
                stack.push(match location {
                    std::collections::hash_map::Entry::Occupied(entry) => *entry.get(),
                    std::collections::hash_map::Entry::Vacant(entry) => {
                        let id = self.builder.location(None, address, entry.key());
                        *entry.insert(id)
                    }
                });
            }
        }
        stack
    }

    /// Sizes are numbers, as in the file that was printed; all else is a text.
    fn labels(&mut self, key: &str, text: &str) -> Vec<Label> {
        let words = text.split(' ').filter(|word| !word.is_empty());
        let words: Vec<&str> = words.collect();
        let number = |word: &&str| amount(word).ok().filter(|amount| amount.unit.is_some());
        let numbers: Option<Vec<Amount>> = words.iter().map(number).collect();
        match numbers {
            Some(numbers) if key == "bytes" => (numbers.iter())
                .map(|number| self.builder.number_label(key, number.value, ""))
                .collect(),
            _ => vec![self.builder.text_label(key, text)],
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::decode;
    use crate::fixture::{check, fold};

    fn check_text(text: &str, expected: &str) {
        let profile = decode(text.as_bytes()).unwrap();
        check(&fold(&profile), expected);
    }

    const RULE: &str = "-----------+-------------------------------------------------------";

    fn text() -> String {
        format!(
            "(pprof) traces read
File: server
Build ID: 0a1b
Type: inuse_space
Time: Jul 1, 2022 at 11:38am (UTC)
{RULE}
     bytes:  32kB
   1.50MB   bufio.NewReaderSize (inline)
             main.read
             main.main
{RULE}
        2kB   main.load /src/main.go:7
             main.main /src/main.go:9
{RULE}
"
        )
    }

    #[test]
    fn stacks_that_were_printed_become_a_profile() {
        check_text(
            &text(),
            "main.main;main.read;+bufio.NewReaderSize 1572864 bytes=32768
             main.main@/src/main.go:9;main.load@/src/main.go:7 2048",
        );
        let profile = decode(text().as_bytes()).unwrap();
        assert_eq!(profile.program().as_deref(), Some("server"));
        assert_eq!(
            profile.sample_type_name(profile.sample_type("").unwrap()),
            "inuse_space"
        );
        assert!(
            profile
                .header()
                .fragment
                .is_some_and(|fragment| fragment.is_traces)
        );
    }

    #[test]
    fn quoting_and_prose_around_stacks_are_taken_off() {
        let text = text();
        let plain = fold(&decode(text.as_bytes()).unwrap());
        for pasted in [
            format!("What is this?\n```\n{text}```\nThanks."),
            text.lines().map(|line| format!("> {line}\n")).collect(),
            text.replace('\n', "\r\n"),
            format!("{text}(pprof) exit\nAny idea what that is?"),
        ] {
            let read = decode(pasted.as_bytes()).unwrap();
            check(&fold(&read), &plain);
        }
    }

    #[test]
    fn stacks_that_are_printed_twice_count_once() {
        let twice = format!("{}{}", text(), text().replace("read\nFile", "main\nFile"));
        check(
            &fold(&decode(twice.as_bytes()).unwrap()),
            &fold(&decode(text().as_bytes()).unwrap()),
        );
    }

    #[test]
    fn outputs_without_stacks_take_no_time_by_those_before() {
        let outputs = "File: server\n".repeat(100_000);
        let stacks = (0..20_000).map(|n| format!("{RULE}\n   2kB   main.f{n}\n"));
        let text = format!(
            "File: server\n{}{RULE}\n{outputs}",
            stacks.collect::<String>()
        );
        // Looked through for each output, the stacks would take hours.
        assert_eq!(decode(text.as_bytes()).unwrap().samples().len(), 20_000);
    }

    #[test]
    fn labels_count_among_what_a_text_takes() {
        let limits = crate::Limits {
            table_bytes: 0,
            ..crate::Limits::default()
        };
        for label in [
            "     key:  value\n",
            "     bytes:  1B 1B 1B 1B 1B 1B 1B 1B\n",
        ] {
            let text = format!("{RULE}\n{}", label.repeat(1000));
            let error = crate::decode_reader(text.as_bytes(), &limits).unwrap_err();
            let is_limit = error.to_string().contains("more than ");
            assert!(is_limit, "{error}");
        }
    }

    #[test]
    fn bare_numbers_are_counts_of_nobody_knows_what() {
        let text = format!("{RULE}\n         5   main.f\n             main.main\n{RULE}\n");
        let profile = decode(text.as_bytes()).unwrap();
        let id = profile.sample_type("").unwrap();
        assert_eq!(profile.sample_type_name(id), "count");
        assert_eq!(profile.total(id), 5);
    }

    #[test]
    fn a_rule_without_a_stack_is_refused() {
        let error = decode(format!("{RULE}\n").as_bytes()).unwrap_err();
        assert_eq!(
            error.kind.to_string(),
            "there is no stack below the rules of `traces`"
        );
    }

    #[cfg(feature = "encode")]
    #[test]
    fn an_empty_profile_builder_is_no_text() {
        let mut file = Vec::new();
        crate::encode(&crate::ProfileBuilder::new().finish(), &mut file).unwrap();
        assert!(decode(&file).is_ok());
    }
}
