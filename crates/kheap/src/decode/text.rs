//! The text form of a Go heap profile, as `/debug/pprof/heap?debug=1` gives it.
//!
//! Two things differ from the protobuf form. Values are those of the samples that
//! were taken: here they are scaled up as Go does it when it writes protobuf. And
//! each record has its names below it, in lines that pprof ignores; they give its
//! frames, see [`super::text_stack`].
//!
//! Go leaves its runtime's frames at the leaf out of these lines, as it does in
//! protobuf, so that no pattern has to drop them. pprof's pattern for old texts
//! (`runtime\..*`) would also cut stacks at `runtime.deferreturn`, which the
//! protobuf form does not do; both forms of one moment shall give one answer.
//!
//! Source: google/pprof `profile/legacy_profile.go`, `parseHeap`; Go's
//! `runtime/pprof/pprof.go`, `writeHeapInternal`, and `protomem.go`.

use std::sync::LazyLock;

use regex::bytes::{Captures, Regex};

use super::budget::Budget;
use super::error::{DecodeError, DecodeErrorKind};
use super::limits::Limits;
use super::lines::TextLine;
use super::paste::{first_line, line_of};
use super::record::{RECORD, is_heap_text, is_record, without_mark};
use super::stream::Stream;
use super::text_stack::{Record, StackTable};
use crate::memstats::MemStatsReader;
use crate::profile::{Announced, Fragment, Label, LabelValue, Profile, StringId, clamp};

/// Objects and bytes in use, then those allocated since the start, then how much
/// lies between two samples: twice that, for old readers' sake.
static HEADER: LazyLock<Regex> = LazyLock::new(|| {
    let counts = r"heap profile: *(\d+): *(\d+) *\[ *(\d+): *(\d+) *\]";
    Regex::new(&format!(r"(?-u)^{counts} *@ *heap(?:/(\d+))?$")).expect("a valid expression")
});

/// Sections that C++ programs append; what follows is no record.
const MEMORY_MAPS: [&[u8]; 2] = [b"--- Memory map: ---", b"MAPPED_LIBRARIES:"];

/// How much lies between two samples where nobody says so, in bytes.
const DEFAULT_PERIOD: i64 = 512 << 10;

/// Reads a text that somebody pasted: its lines may be quoted, and stand between others.
pub(super) fn decode_pasted(
    stream: &mut Stream<'_>,
    limits: &Limits,
) -> Result<Profile, DecodeError> {
    let mut decoder: Option<TextDecoder> = None;
    let mut budget = Budget::new(limits);
    let mut number = 0;
    while let Some(line) = stream.line()? {
        number += line.count;
        let text = line_of(line.text).into_owned();
        let line = TextLine {
            text: text.trim().as_bytes(),
            ..line
        };
        match &mut decoder {
            Some(decoder) => decoder.line(line, number)?,
            None if is_record(line.text) => {
                let mut records = TextDecoder::without_header();
                records.line(line, number)?;
                decoder = Some(records);
            }
            None => {
                if let Some(first) = first_line(&text) {
                    let text = first.as_bytes();
                    decoder = Some(TextDecoder::new(TextLine { text, ..line }, number)?);
                }
            }
        }
        let used = decoder.as_ref().map_or(0, TextDecoder::table_bytes);
        budget.spend(stream, used, "lines, for so small a file")?;
    }
    let offset = stream.offset();
    let decoder = decoder.ok_or_else(|| DecodeErrorKind::Empty.at(offset))?;
    decoder.finish(offset)
}

/// Reads a whole text.
pub(super) fn decode_text(
    stream: &mut Stream<'_>,
    limits: &Limits,
) -> Result<Profile, DecodeError> {
    let mut decoder: Option<TextDecoder> = None;
    let mut budget = Budget::new(limits);
    let mut number = 0;
    while let Some(line) = stream.line()? {
        number += line.count;
        match &mut decoder {
            Some(decoder) => decoder.line(line, number)?,
            None if without_mark(line.text).is_empty() => {}
            None => decoder = Some(TextDecoder::new(line, number)?),
        }
        let used = decoder.as_ref().map_or(0, TextDecoder::table_bytes);
        budget.spend(stream, used, "lines, for so small a file")?;
    }
    let offset = stream.offset();
    let decoder = decoder.ok_or_else(|| DecodeErrorKind::Empty.at(offset))?;
    decoder.finish(offset)
}

/// What has been read of a text.
#[derive(Debug)]
struct TextDecoder {
    /// All but the strings.
    profile: Profile,
    tables: StackTable,
    /// How much lies between two samples, in bytes.
    period: i64,
    /// Whether allocations are separate from what is in use.
    has_alloc: bool,
    /// What is in use according to the first line, and to the records, in bytes.
    announced: i64,
    in_use: i128,
    record: Option<Record>,
    /// Under which the size of objects is noted.
    size_key: StringId,
    mem_stats: MemStatsReader,
    /// What is missing so far.
    fragment: Fragment,
    /// Whether some record has names below it.
    has_frames: bool,
    /// Where nothing is read any more.
    in_memory_map: bool,
    row_bytes: u64,
}

impl TextDecoder {
    /// Reads the first line.
    fn new(line: TextLine<'_>, number: u64) -> Result<Self, DecodeError> {
        let captures = HEADER.captures(without_mark(line.text));
        let captures = captures.ok_or_else(|| DecodeErrorKind::TextHeader.at(line.offset))?;
        let [objects, bytes, alloc_objects, alloc_bytes] = counts(&captures, line, number)?;
        let doubled = match captures.get(5) {
            Some(period) => parse(period.as_bytes(), line, number)?,
            None => 0,
        };
        let is_more = |alloc: i64, in_use: i64| alloc != in_use && alloc != 0;
        let has_alloc = is_more(alloc_objects, objects) || is_more(alloc_bytes, bytes);
        Ok(Self::with(has_alloc, doubled / 2, bytes))
    }

    /// Records without the first line: nobody says how much there should be, nor how
    /// it was sampled.
    fn without_header() -> Self {
        let mut decoder = Self::with(true, DEFAULT_PERIOD, 0);
        decoder.fragment.lacks_header = true;
        decoder
    }

    fn with(has_alloc: bool, period: i64, announced: i64) -> Self {
        let mut tables = StackTable::new();
        let mut profile = Profile::empty();
        let kinds: &[&str] = match has_alloc {
            true => &[
                "alloc_objects",
                "alloc_space",
                "inuse_objects",
                "inuse_space",
            ],
            false => &["objects", "space"],
        };
        for kind in kinds {
            let unit = if kind.ends_with("space") {
                "bytes"
            } else {
                "count"
            };
            profile.sample_types.push(tables.value_type(kind, unit));
        }
        profile.samples.values = vec![Vec::new(); kinds.len()];
        profile.header.period_type = tables.value_type("space", "bytes");
        profile.header.period = period;
        let size_key = profile.header.period_type.unit;
        Self {
            period,
            has_alloc,
            announced,
            in_use: 0,
            record: None,
            size_key,
            mem_stats: MemStatsReader::default(),
            fragment: Fragment::default(),
            has_frames: false,
            in_memory_map: false,
            row_bytes: 0,
            profile,
            tables,
        }
    }

    fn line(&mut self, line: TextLine<'_>, number: u64) -> Result<(), DecodeError> {
        if self.in_memory_map {
            return Ok(());
        }
        match line.text {
            [] => self.end_record(line.offset),
            [b'#', rest @ ..] => self.comment(rest, line, number),
            text if MEMORY_MAPS.iter().any(|map| text.starts_with(map)) => {
                self.in_memory_map = true;
                self.end_record(line.offset)
            }
            text if is_record_like(text) => {
                self.end_record(line.offset)?;
                self.record = self.record_of(line, number)?;
                Ok(())
            }
            // The end of a tag or of a fence.
            [b'<' | b'`', ..] => self.end_record(line.offset),
            // Such as `...` where somebody left records out.
            _ => {
                self.fragment.skipped_lines += 1;
                self.end_record(line.offset)
            }
        }
    }

    /// A frame of the record above, or a line of the statistics at the end.
    fn comment(&mut self, text: &[u8], line: TextLine<'_>, number: u64) -> Result<(), DecodeError> {
        let text = text.trim_ascii();
        let is_frame = text.starts_with(b"0x");
        if let Some(record) = self.record.as_mut().filter(|_| is_frame) {
            self.has_frames = true;
            if !line.is_whole {
                self.fragment.is_cut = true;
                return Ok(());
            }
            let added = self.tables.add_frame(record, text, line.offset)?;
            return added
                .ok_or_else(|| DecodeErrorKind::TextAddress { line: number }.at(line.offset));
        }
        // The rest of a number that was cut would be taken for all of it.
        if line.is_whole {
            self.mem_stats.line(text);
        }
        Ok(())
    }

    /// Reads the first line of a record; `None` where its end is missing.
    fn record_of(
        &mut self,
        line: TextLine<'_>,
        number: u64,
    ) -> Result<Option<Record>, DecodeError> {
        if is_heap_text(line.text) {
            return Err(DecodeErrorKind::Concatenated.at(line.offset));
        }
        if !line.is_whole {
            self.fragment.is_cut = true;
            return Ok(None);
        }
        let Some(captures) = RECORD.captures(line.text) else {
            return Err(DecodeErrorKind::TextRecord { line: number }.at(line.offset));
        };
        let [objects, bytes, alloc_objects, alloc_bytes] = counts(&captures, line, number)?;
        self.in_use += i128::from(bytes);
        let mut values = Vec::with_capacity(4);
        let mut size = 0;
        let pairs = [(alloc_objects, alloc_bytes), (objects, bytes)];
        for (objects, bytes) in pairs.into_iter().skip(usize::from(!self.has_alloc)) {
            if objects == 0 && bytes != 0 {
                return Err(DecodeErrorKind::TextSize {
                    line: number,
                    bytes,
                }
                .at(line.offset));
            }
            size = bytes.checked_div(objects).unwrap_or(size);
            values.extend(unsample(objects, bytes, self.period));
        }
        // Nothing may be left of an address that was cut but how it begins.
        let stack = captures[5].strip_suffix(b" 0x");
        self.fragment.is_cut |= stack.is_some();
        let addresses = stack.unwrap_or(&captures[5]);
        let addresses = addresses.split(|&byte| byte == b' ');
        let addresses = addresses.filter(|address| !address.is_empty());
        let address = |text: &[u8]| {
            let hex = text
                .strip_prefix(b"0x")
                .and_then(|hex| std::str::from_utf8(hex).ok());
            let address = hex.and_then(|hex| u64::from_str_radix(hex, 16).ok());
            address.ok_or_else(|| DecodeErrorKind::TextAddress { line: number }.at(line.offset))
        };
        Ok(Some(Record {
            values,
            size,
            addresses: addresses.map(address).collect::<Result<_, _>>()?,
            frames: Vec::new(),
        }))
    }

    /// Adds the record that is being read, if any, to the samples.
    fn end_record(&mut self, offset: u64) -> Result<(), DecodeError> {
        let Some(record) = self.record.take() else {
            return Ok(());
        };
        let locations = &mut self.profile.locations;
        let (stack, _) = self.tables.stack(&record, locations, offset)?;
        let label = Label {
            key: self.size_key,
            value: LabelValue::Number(record.size, StringId::EMPTY),
        };
        let labels = (record.size != 0).then_some(label);
        let pushed = (self.profile.samples).push(&stack, &record.values, labels.as_slice());
        pushed.map_err(|_| DecodeErrorKind::too_many("samples, frames or labels").at(offset))?;
        let row = size_of_val(&stack[..]) + size_of_val(&record.values[..]) + 24;
        self.row_bytes += row as u64;
        Ok(())
    }

    /// What the tables take in memory, with the record that is being read.
    fn table_bytes(&self) -> u64 {
        let record = self.record.as_ref().map_or(0, Record::bytes);
        self.row_bytes + self.tables.bytes() + record
    }

    fn finish(mut self, offset: u64) -> Result<Profile, DecodeError> {
        if let Some(record) = &self.record {
            // An empty line ends a record; where it lacks, frames may lack too.
            let locations = &mut self.profile.locations;
            let (_, is_whole) = self.tables.stack(record, locations, offset)?;
            // Old texts have no names at all.
            self.fragment.is_cut |= !is_whole && self.has_frames;
        }
        self.end_record(offset)?;
        if self.in_use < i128::from(self.announced) {
            self.fragment.announced = Some(Announced {
                bytes: self.announced,
                held: clamp(self.in_use),
            });
        }
        let mut profile = self.profile;
        profile.header.fragment = Some(self.fragment).filter(|fragment| !fragment.is_whole());
        match self.mem_stats.finish() {
            Ok(stats) => profile.header.mem_stats = Some(stats),
            Err(fault) => profile.header.mem_stats_fault = Some(fault),
        }
        self.tables.finish(&mut profile);
        Ok(profile)
    }
}

/// Whether a line is meant to be a record or a first line, be it damaged.
fn is_record_like(line: &[u8]) -> bool {
    line.contains(&b'@') || is_heap_text(line) || line.first().is_some_and(u8::is_ascii_digit)
}

/// What so many sampled objects stand for, and their bytes, as Go scales them.
///
/// Source: Go's `runtime/pprof/protomem.go`, `scaleHeapSample`.
pub(super) fn unsample(objects: i64, bytes: i64, period: i64) -> [i64; 2] {
    if objects == 0 || bytes == 0 {
        return [0, 0];
    }
    if period <= 1 {
        return [objects, bytes];
    }
    let size = bytes as f64 / objects as f64;
    let scale = 1.0 / (1.0 - (-size / period as f64).exp());
    [
        (objects as f64 * scale) as i64,
        (bytes as f64 * scale) as i64,
    ]
}

/// The four numbers that stand in front.
fn counts(
    captures: &Captures<'_>,
    line: TextLine<'_>,
    number: u64,
) -> Result<[i64; 4], DecodeError> {
    let mut counts = [0; 4];
    for (group, count) in (1..).zip(&mut counts) {
        *count = parse(&captures[group], line, number)?;
    }
    Ok(counts)
}

fn parse(digits: &[u8], line: TextLine<'_>, number: u64) -> Result<i64, DecodeError> {
    let parsed = std::str::from_utf8(digits)
        .ok()
        .and_then(|digits| digits.parse().ok());
    parsed.ok_or_else(|| DecodeErrorKind::TextNumber { line: number }.at(line.offset))
}

#[cfg(test)]
mod tests {
    use crate::decode;
    use crate::fixture::{check, fold};
    use crate::growth::{self, Clock};
    use crate::memstats::MemStatsFault;
    use crate::profile::Announced;

    const HEADER: &str = "heap profile: 3: 1536 [4: 2048] @ heap/2\n";

    #[track_caller]
    fn check_text(text: &str, expected: &str) {
        let profile = decode(text.as_bytes()).unwrap();
        check(&fold(&profile), expected);
    }

    #[track_caller]
    fn check_error(text: &str, offset: u64, expected: &str) {
        let error = decode(text.as_bytes()).unwrap_err();
        assert_eq!(
            (error.offset, error.kind.to_string().as_str()),
            (offset, expected)
        );
    }

    /// One record of 3 objects with these addresses, and these frames below.
    fn record(addresses: &str, frames: &[&str]) -> String {
        let mut text = format!("{HEADER}3: 1536 [4: 2048] @ {addresses}\n");
        for frame in frames {
            text += &format!("#\t{frame}\n");
        }
        text + "\n"
    }

    #[test]
    fn names_are_found_by_printed_address_and_the_runtime_at_the_leaf_has_none() {
        let frames = [
            "0x1f\tmain.load+0x5\t\t/a.go:7",
            "0xf\tmain.main+0x1\t/a.go:9",
        ];
        let text = record("0x41 0x31 0x20 0x10 0x5", &frames);
        let expected = "main.main@/a.go:9;main.load@/a.go:7 4 2048 3 1536 bytes=512";
        check_text(&text, expected);
        check_text(&text.replace('\n', "\r\n"), expected);
        check_text(&text.replace('\t', "    "), expected);
        check_text(&format!("\u{feff}\n\n{text}"), expected);
    }

    #[test]
    fn names_of_generic_functions_and_methods_stay_as_they_are() {
        let frames = [
            "0x1f\tmain.(*List[...]).grow+0x20\t\t/a.go:10",
            "0x1f\tmain.Map[...].func1+0x20\t\t/a.go:12",
            "0xf\tmain.main+0x5\t\t\t/a.go:3",
        ];
        check_text(
            &record("0x20 0x10", &frames),
            "main.main@/a.go:3;main.Map[...].func1@/a.go:12;+main.(*List[...]).grow@/a.go:10 \
             4 2048 3 1536 bytes=512",
        );
    }

    #[cfg(feature = "diagnose")]
    #[test]
    fn stacks_are_as_deep_as_go_1_23_keeps_them() {
        let call = |at: usize| 0x1000 + 16 * at;
        let addresses: Vec<String> = (0..128).map(|at| format!("{:#x}", call(at) + 1)).collect();
        let line = |at| format!("{:#x}\tmain.f{at}+0x1\t/a.go:{at}", call(at));
        let lines: Vec<String> = (0..128).map(line).collect();
        let frames: Vec<&str> = lines.iter().map(String::as_str).collect();
        let profile = decode(record(&addresses.join(" "), &frames).as_bytes()).unwrap();
        let id = profile.samples().ids().next().unwrap();
        assert_eq!(profile.samples().stack(id).len(), 128);
        let (limit, cut) = crate::attribute::cut_samples(&profile).unwrap();
        assert_eq!((limit, cut.len()), (128, 1));
    }

    #[test]
    fn equal_addresses_are_recursion_and_other_lines_inlined_calls() {
        let line = |name: &str| format!("0x1f\tmain.{name}+0x5\t/a.go:7");
        let (f, g) = (line("f"), line("g"));
        let values = "4 2048 3 1536 bytes=512";
        check_text(
            &record("0x20 0x5", &[&f, &g]),
            &format!("main.g@/a.go:7;+main.f@/a.go:7 {values}"),
        );
        check_text(
            &record("0x20 0x20 0x5", &[&f, &f]),
            &format!("main.f@/a.go:7;main.f@/a.go:7 {values}"),
        );
    }

    #[test]
    fn calls_at_foreign_addresses_take_no_time_and_no_depth() {
        growth::check(|count| {
            let addresses: Vec<String> =
                (0..count).map(|at| format!("{:#x}", 1 + 16 * at)).collect();
            let frames: Vec<String> = (0..count)
                .map(|at| format!("0xf{at:06x}\tmain.f+0x1\t/a.go:7"))
                .collect();
            let frames: Vec<&str> = frames.iter().map(String::as_str).collect();
            let text = record(&addresses.join(" "), &frames);
            let mut clock = Clock::start();
            let profile = decode(text.as_bytes()).unwrap();
            clock.lap("decode");
            let id = profile.samples().ids().next().unwrap();
            assert_eq!(profile.samples().stack(id).len(), 128);
            clock.laps
        });
    }

    #[test]
    fn a_line_finds_the_next_of_its_addresses_and_none_before() {
        let line = |address: &str, name: &str| format!("{address}\tmain.{name}+0x5\t/a.go:7");
        let (f, g) = (line("0x1f", "f"), line("0x2f", "g"));
        let values = "4 2048 3 1536 bytes=512";
        // f, g, f, and once more f, whose address is lost.
        check_text(
            &record("0x20 0x30 0x99 0x20 0x30", &[&f, &g, &f, &g, &f]),
            &format!(
                "main.f@/a.go:7;main.g@/a.go:7;main.f@/a.go:7;main.g@/a.go:7;main.f@/a.go:7 \
                 {values}"
            ),
        );
    }

    #[test]
    fn a_record_without_lines_has_bare_addresses() {
        check_text(
            &record("0x20 0x10", &[]),
            "0xf;0x1f 4 2048 3 1536 bytes=512",
        );
    }

    #[test]
    fn values_are_scaled_up_with_half_the_number_of_the_header() {
        let text = record("0x20", &["0x1f\tmain.f+0x5\t/a.go:7"]).replace("heap/2", "heap/1024");
        // 512 bytes are a period: 1 / (1 - 1/e) = 1.582.
        check_text(&text, "main.f@/a.go:7 6 3239 4 2429 bytes=512");
    }

    #[test]
    fn without_allocations_there_are_two_columns() {
        let text = record("0x20", &[]).replace("[4: 2048]", "[3: 1536]");
        check_text(&text, "0x1f 3 1536 bytes=512");
    }

    #[test]
    fn the_statistics_are_kept_where_they_are_whole() {
        let check = |end: &str, expected: MemStatsFault| {
            let text = record("0x20", &[]) + end;
            let profile = decode(text.as_bytes()).unwrap();
            assert_eq!(profile.header().mem_stats, None);
            assert_eq!(profile.header().mem_stats_fault, Some(expected));
        };
        check("", MemStatsFault::Missing);
        check("# runtime.Mem", MemStatsFault::Missing);
        let cut = MemStatsFault::Incomplete("Stack");
        check("# runtime.MemStats\n# Sys = 7\n", cut);
        let damaged = MemStatsFault::NoNumber("HeapAlloc");
        check("# runtime.MemStats\n# HeapAlloc = abc\n", damaged);
    }

    #[test]
    fn the_moment_of_a_text_is_the_end_of_the_last_collection() {
        const REST: &str = "# Sys = 1\n# HeapAlloc = 1\n# HeapSys = 1\n# HeapIdle = 1\n\
            # HeapInuse = 1\n# HeapReleased = 1\n# HeapObjects = 1\n# Stack = 1 / 1\n\
            # MSpan = 1 / 1\n# MCache = 1 / 1\n# BuckHashSys = 1\n# GCSys = 1\n\
            # OtherSys = 1\n# NextGC = 1\n# NumGC = 1\n";
        let check = |last_gc: u64, expected: Option<i64>| {
            let stats = format!("# runtime.MemStats\n{REST}# LastGC = {last_gc}\n");
            let profile = decode((record("0x20", &[]) + &stats).as_bytes()).unwrap();
            assert_eq!(profile.moment_nanos(), expected);
            // What is written, and shown as pprof does, is not made up.
            assert_eq!(profile.header().time_nanos, 0);
        };
        check(1_795_290_128_101_687_146, Some(1_795_290_128_101_687_146));
        check(0, None);
        check(u64::MAX, None);
    }

    #[test]
    fn of_a_text_that_lacks_a_part_the_rest_is_read_and_the_fault_said() {
        let text = record(
            "0x20 0x10 0x5",
            &["0x1f\tmain.f+0x5\t/a.go:7", "0xf\tmain.g+0x5\t/a.go:9"],
        );
        let check_cut = |part: &str, stacks: &str, held: Option<i64>, is_cut: bool| {
            let profile = decode(&text.as_bytes()[..text.find(part).unwrap()]).unwrap();
            check(&fold(&profile), stacks);
            let fragment = profile.header().fragment.expect("something is missing");
            let announced = held.map(|held| Announced { bytes: 1536, held });
            assert_eq!((fragment.announced, fragment.is_cut), (announced, is_cut));
            assert!(fragment.is_part());
        };
        let values = "4 2048 3 1536 bytes=512";
        check_cut("3: 1536 [4: 2048] @ 0", "", Some(0), false);
        check_cut(" 0x10", "", Some(0), true);
        check_cut("main.g", &format!("main.f@/a.go:7 {values}"), None, true);
        check_cut("#\t0xf", &format!("main.f@/a.go:7 {values}"), None, true);
    }

    #[test]
    fn a_text_without_its_first_line_has_the_default_rate() {
        let text = record("0x20", &["0x1f\tmain.f+0x5\t/a.go:7"]);
        let records = &text[HEADER.len()..];
        for pasted in [
            records.to_owned(),
            format!("Look at this:\n```\n{records}```\n"),
            records.lines().map(|line| format!("> {line}\n")).collect(),
        ] {
            let profile = decode(pasted.as_bytes()).unwrap();
            let fragment = profile.header().fragment.expect("the header is missing");
            assert!(fragment.lacks_header && fragment.is_part(), "{pasted}");
            assert_eq!(profile.header().period, 512 << 10);
            let expected = "main.f@/a.go:7 4098 2098176 3073 1573632 bytes=512";
            check(&fold(&profile), expected);
        }
    }

    #[test]
    fn lines_that_are_no_records_are_left_out_and_counted() {
        let whole = record("0x20", &["0x1f\tmain.f+0x5\t/a.go:7"]);
        let check = |text: &str, lines: u64| {
            let profile = decode(text.as_bytes()).unwrap();
            let fragment = profile.header().fragment;
            let skipped = fragment.map_or(0, |fragment| fragment.skipped_lines);
            assert_eq!(skipped, lines, "{text}");
            assert!(
                fragment.is_none_or(|fragment| !fragment.is_part()),
                "{text}"
            );
            let expected = "main.f@/a.go:7 4 2048 3 1536 bytes=512";
            crate::fixture::check(&fold(&profile), expected);
        };
        check(&whole, 0);
        check(&format!("$ curl host\n{whole}"), 0);
        check(&format!("<html><pre>{whole}</pre>\n"), 0);
        check(&format!("{whole}...\n"), 1);
        check(&whole.replace("\n3: ", "\nForbidden\n3: "), 1);
    }

    #[test]
    fn a_text_without_names_is_whole_without_an_empty_line() {
        let text = format!("{HEADER}3: 1536 [4: 2048] @ 0x20 0x10\n");
        let profile = decode(text.as_bytes()).unwrap();
        assert_eq!(profile.header().fragment, None);
        check(&fold(&profile), "0xf;0x1f 4 2048 3 1536 bytes=512");
    }

    #[test]
    fn a_text_that_is_cut_anywhere_shows_it_or_says_the_same() {
        let frames = ["0x1f\tmain.f+0x5\t/a.go:7", "0xf\tmain.g+0x5\t/a.go:9"];
        let text = record("0x41 0x20 0x10 0x5", &frames);
        let text = text
            .replace(" 1536", " 768")
            .replace("heap profile: 3: 768", "heap profile: 6: 1536");
        let text = format!(
            "{text}{}# runtime.MemStats\n# Sys = 77\n",
            &text[HEADER.len()..]
        );
        let decode = |end| {
            let mut profile = decode(&text.as_bytes()[..end]).ok()?;
            profile.header.mem_stats_fault = None;
            let is_whole = profile.header.fragment.is_none();
            is_whole.then_some(profile)
        };
        let whole = decode(text.len()).unwrap();
        let read: Vec<_> = (0..text.len()).filter_map(decode).collect();
        assert!(!read.is_empty() && read.iter().all(|profile| *profile == whole));
    }

    #[cfg(feature = "encode")]
    proptest::proptest! {
        /// Whatever happens to a text on its way, it is read or refused.
        #[test]
        fn damaged_texts_do_no_harm(
            changes in proptest::collection::vec((0_usize..400, proptest::prelude::any::<u8>()), 0..8),
            from in 0_usize..40,
            to in 0_usize..400,
        ) {
            let frames = ["0x1f\tmain.f+0x5\t/a.go:7", "0xf\tmain.g+0x5\t/a.go:9"];
            let text = record("0x41 0x20 0x20 0x10 0x5", &frames);
            let mut text = (text + "# runtime.MemStats\n# Sys = 77\n").into_bytes();
            for (position, byte) in changes {
                let length = text.len();
                text[position % length] = byte;
            }
            let to = to % (text.len() - 20);
            text.copy_within(from..from + 20, to);
            if let Ok(mut profile) = decode(&text) {
                profile.header.mem_stats_fault = None;
                profile.header.fragment = None;
                // What is read is a profile like any other.
                let mut written = Vec::new();
                crate::encode(&profile, &mut written).expect("memory takes it");
                proptest::prop_assert_eq!(decode(&written).expect("a profile"), profile);
            }
        }
    }

    #[test]
    fn what_is_no_number_or_record_is_refused() {
        let line_2 = |record: &str| format!("{HEADER}{record}\n\n");
        check_error(
            &line_2("99999999999999999999: 1 [1: 1] @ 0x1"),
            41,
            "a number on line 2 does not fit into 64 bits",
        );
        check_error(
            &line_2("0: 512 [0: 0] @ 0x1"),
            41,
            "on line 2, 0 objects have 512 bytes",
        );
        check_error(
            &line_2("3e: 512 [0: 0] @ 0x1"),
            41,
            "line 2 is no record like `1: 512 [2: 1024] @ 0x1000 0x2000`",
        );
        check_error(
            &record("0x10000000000000000", &[]),
            41,
            "an address on line 2 is not like 0x4a5b6c, or does not fit into 64 bits",
        );
        check_error(
            &line_2("heap profile: 1: 16 [1: 16] @ heap/2"),
            41,
            "two profiles follow each other in this file",
        );
    }
}
