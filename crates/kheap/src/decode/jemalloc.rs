//! Heap profiles of jemalloc and gperftools that carry names: a section of symbols stands
//! before the profile, as `jeprof --raw` writes it.
//!
//! ```text
//! --- symbol
//! binary=/usr/bin/app
//! 0x0000000000001000 app::load
//! 0x0000000000001fff app::main--app::run
//! ---
//! --- heap
//! heap_v2/524288
//!   t*: 1: 512 [0: 0]
//! @ 0x1000 0x2000
//!   t*: 1: 512 [0: 0]
//! ```
//!
//! The callers of a stack return to the addresses of the profile, and the symbols have those
//! of the calls, one before. `--` stands between a function and the one that is inlined in it.
//! What was sampled is scaled up as jeprof does it: for `heap_v2` by the probability that an
//! object of the mean size is sampled.
//!
//! Source: jemalloc `bin/jeprof.in`, `PrintSymbolizedProfile`, `ReadSymbols`,
//! `FixCallerAddresses`, `TranslateStack`, `ReadHeapProfile`, `ReadThreadedHeapProfile` and
//! `AdjustSamples`.

use std::collections::HashMap;

use super::budget::Budget;
use super::error::{DecodeError, DecodeErrorKind};
use super::limits::Limits;
use super::stream::Stream;
use super::text::unsample;
use crate::profile::{FunctionId, LocationId, Mapping, MappingId, Profile, ProfileBuilder};

/// How a file of this kind begins.
const SYMBOLS: &[u8] = b"--- symbol";

/// How the profile behind the symbols begins.
const HEAP: &[u8] = b"--- heap";

/// What ends the symbols, and the profile.
const END: &[u8] = b"---";
const MAPPED_LIBRARIES: &[u8] = b"MAPPED_LIBRARIES:";

/// How much lies between two samples where nobody says so, in bytes.
const DEFAULT_PERIOD: i64 = 128 << 10;

/// Whether a file has symbols before its profile.
pub(super) fn is_named(beginning: &[u8]) -> bool {
    beginning.trim_ascii_start().starts_with(SYMBOLS)
}

/// Reads a whole file.
pub(super) fn decode_named(
    stream: &mut Stream<'_>,
    limits: &Limits,
) -> Result<Profile, DecodeError> {
    let mut reader = Reader::new();
    let mut budget = Budget::new(limits);
    let mut number = 0;
    while let Some(line) = stream.line()? {
        number += line.count;
        let read = reader.line(line.text, number);
        let goes_on = read.map_err(|kind| kind.at(line.offset))?;
        let used = reader.bytes;
        budget.spend(stream, used, "lines, for so small a file")?;
        if !goes_on {
            break;
        }
    }
    // What follows are the mapped files.
    while stream.line()?.is_some() {}
    let offset = stream.offset();
    reader.finish().map_err(|kind| kind.at(offset))
}

/// What the lines are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Symbols,
    /// Between the symbols and the profile.
    Between,
    /// The first line of the profile comes next.
    Header,
    Records(Scale),
}

/// How what was sampled is scaled up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scale {
    /// It was not sampled.
    None,
    /// Samples lie so many bytes apart on average.
    Poisson(i64),
    /// The older way of gperftools.
    Ratio(i64),
}

impl Scale {
    fn up(self, objects: i64, bytes: i64) -> [i64; 2] {
        match self {
            Self::None => [objects, bytes],
            Self::Poisson(period) => unsample(objects, bytes, period),
            Self::Ratio(period) => {
                let ratio = bytes as f64 / objects as f64 / period as f64;
                match ratio > 0.0 && ratio < 1.0 {
                    true => [objects, bytes].map(|value| (value as f64 / ratio) as i64),
                    false => [objects, bytes],
                }
            }
        }
    }

    fn period(self) -> i64 {
        match self {
            Self::None => 0,
            Self::Poisson(period) | Self::Ratio(period) => period,
        }
    }
}

/// What has been read of a file.
#[derive(Debug)]
struct Reader {
    builder: ProfileBuilder,
    section: Option<Section>,
    binary: Option<MappingId>,
    /// By address: names of functions, callers first.
    symbols: HashMap<u64, Vec<FunctionId>>,
    functions: HashMap<Vec<u8>, FunctionId>,
    locations: HashMap<u64, LocationId>,
    /// The stack that the next line of counts is of.
    stack: Option<Vec<LocationId>>,
    /// Stacks with objects and bytes allocated, then those in use.
    rows: Vec<(Vec<LocationId>, [i64; 4])>,
    scale: Scale,
    /// What all of it takes in memory, in bytes.
    bytes: u64,
}

impl Reader {
    fn new() -> Self {
        Self {
            builder: ProfileBuilder::new(),
            section: None,
            binary: None,
            symbols: HashMap::new(),
            functions: HashMap::new(),
            locations: HashMap::new(),
            stack: None,
            rows: Vec::new(),
            scale: Scale::None,
            bytes: 0,
        }
    }

    /// Reads a line, and says whether more of the file counts.
    fn line(&mut self, line: &[u8], number: u64) -> Result<bool, DecodeErrorKind> {
        if line.is_empty() {
            return Ok(true);
        }
        match self.section {
            None => self.section = Some(Section::Symbols),
            Some(Section::Symbols) if line.starts_with(HEAP) => {
                self.section = Some(Section::Header);
            }
            Some(Section::Symbols) if line.starts_with(END) => {
                self.section = Some(Section::Between);
            }
            Some(Section::Symbols) => self.symbol(line, number)?,
            Some(Section::Between) if line.starts_with(HEAP) => {
                self.section = Some(Section::Header);
            }
            Some(Section::Between | Section::Header) => {
                self.scale = header(line).ok_or(DecodeErrorKind::NamedHeader)?;
                self.section = Some(Section::Records(self.scale));
            }
            Some(Section::Records(_))
                if line.starts_with(MAPPED_LIBRARIES) || line.starts_with(END) =>
            {
                return Ok(false);
            }
            Some(Section::Records(scale)) => self.record(line, scale, number)?,
        }
        Ok(true)
    }

    /// `binary=PATH`, or an address and its names.
    fn symbol(&mut self, line: &[u8], number: u64) -> Result<(), DecodeErrorKind> {
        if let Some(path) = line.strip_prefix(b"binary=") {
            let filename = self.builder.string(path);
            let mapping = Mapping {
                filename,
                has_functions: true,
                ..Mapping::default()
            };
            if self.binary.is_none() {
                self.binary = Some(self.builder.mapping(mapping));
            }
            return Ok(());
        }
        let end = line.iter().position(u8::is_ascii_whitespace);
        let (address, names) = line.split_at(end.unwrap_or(line.len()));
        // Other variables mean nothing to us.
        let Some(address) = address.strip_prefix(b"0x") else {
            return Ok(());
        };
        let address = hex(address).ok_or(DecodeErrorKind::TextAddress { line: number })?;
        let names = names.trim_ascii();
        let mut functions = Vec::new();
        let mut rest = names;
        while !rest.is_empty() {
            let end = memchr::memmem::find(rest, b"--");
            let (name, behind) = rest.split_at(end.unwrap_or(rest.len()));
            rest = behind.get(2..).unwrap_or_default();
            if !(name.is_empty() || name == b"??" || name.starts_with(b"0x")) {
                functions.push(self.function(name));
            }
        }
        self.bytes += (size_of_val(&functions[..]) + 64) as u64;
        self.symbols.insert(address, functions);
        Ok(())
    }

    fn function(&mut self, name: &[u8]) -> FunctionId {
        if let Some(&known) = self.functions.get(name) {
            return known;
        }
        let text = String::from_utf8_lossy(name);
        let id = self.builder.function(&text, "");
        self.functions.insert(name.to_vec(), id);
        self.bytes += 2 * name.len() as u64 + 128;
        id
    }

    /// A stack, its counts, or both in one line.
    fn record(&mut self, line: &[u8], scale: Scale, number: u64) -> Result<(), DecodeErrorKind> {
        if let [b'@', addresses @ ..] = line {
            self.stack = Some(self.stack(addresses, number)?);
            return Ok(());
        }
        let counted = match line {
            // Those of one thread are in the sum.
            [b't', b'*', b':', counts @ ..] => counts,
            [b't', b'0'..=b'9', ..] => return Ok(()),
            line => line,
        };
        let wrong = || DecodeErrorKind::TextRecord { line: number };
        let end = memchr::memchr(b']', counted).ok_or_else(wrong)?;
        let (counts, addresses) = (&counted[..end], counted[end + 1..].trim_ascii());
        let [objects, bytes, all_objects, all_bytes] =
            numbers(counts, number)?.ok_or_else(wrong)?;
        let stack = match addresses {
            [b'@', addresses @ ..] => self.stack(addresses, number)?,
            // The first line of counts is that of the whole process.
            [] => match self.stack.take() {
                Some(stack) => stack,
                None => return Ok(()),
            },
            _ => return Err(wrong()),
        };
        let [inuse, all] = [(objects, bytes), (all_objects, all_bytes)];
        let ([o, b], [all_o, all_b]) = (scale.up(inuse.0, inuse.1), scale.up(all.0, all.1));
        self.bytes += (2 * size_of_val(&stack[..]) + 160) as u64;
        self.rows.push((stack, [all_o, all_b, o, b]));
        Ok(())
    }

    /// Addresses, leaf first.
    fn stack(&mut self, text: &[u8], number: u64) -> Result<Vec<LocationId>, DecodeErrorKind> {
        let words = text.split(u8::is_ascii_whitespace);
        let words = words.filter(|word| !word.is_empty());
        let mut stack = Vec::new();
        for (at, word) in words.enumerate() {
            let address = word.strip_prefix(b"0x").and_then(hex);
            let address = address.ok_or(DecodeErrorKind::TextAddress { line: number })?;
            // A caller's address is where the call returns to.
            let call = address.saturating_sub(u64::from(at > 0));
            let call = match self.symbols.contains_key(&call) {
                true => call,
                false => address,
            };
            stack.push(self.location(call));
        }
        Ok(stack)
    }

    fn location(&mut self, address: u64) -> LocationId {
        if let Some(&known) = self.locations.get(&address) {
            return known;
        }
        let functions = self.symbols.get(&address).into_iter().flatten();
        // Inlined functions come first.
        let lines: Vec<(FunctionId, i64)> = functions.rev().map(|&id| (id, 0)).collect();
        let id = self.builder.location(self.binary, address, &lines);
        self.bytes += (size_of_val(&lines[..]) + 64) as u64;
        self.locations.insert(address, id);
        id
    }

    fn finish(mut self) -> Result<Profile, DecodeErrorKind> {
        if !matches!(self.section, Some(Section::Records(_))) {
            return Err(DecodeErrorKind::NamedWithoutHeap);
        }
        let has_all = self
            .rows
            .iter()
            .any(|(_, [objects, bytes, ..])| *objects != 0 || *bytes != 0);
        if has_all {
            self.builder.sample_type("alloc_objects", "count");
            self.builder.sample_type("alloc_space", "bytes");
        }
        self.builder.sample_type("inuse_objects", "count");
        self.builder.sample_type("inuse_space", "bytes");
        let period_type = self.builder.value_type("space", "bytes");
        let header = self.builder.header();
        header.period_type = period_type;
        header.period = self.scale.period();
        let from = if has_all { 0 } else { 2 };
        for (stack, values) in self.rows {
            let added = self.builder.sample(&stack, &values[from..], &[]);
            added.map_err(|_| DecodeErrorKind::too_many("samples, frames or labels"))?;
        }
        Ok(self.builder.finish())
    }
}

/// How the values of a profile with this first line are scaled.
fn header(line: &[u8]) -> Option<Scale> {
    if let Some(period) = line.strip_prefix(b"heap_v2/") {
        return Some(Scale::Poisson(digits(period)?));
    }
    let rest = line.strip_prefix(b"heap profile:")?;
    let Some(at) = memchr::memchr(b'@', rest) else {
        return Some(Scale::None);
    };
    let form = rest[at + 1..].trim_ascii();
    let (kind, period) = match memchr::memchr(b'/', form) {
        Some(slash) => (&form[..slash], digits(&form[slash + 1..])),
        None => (form, None),
    };
    match kind {
        b"heap_v2" => Some(Scale::Poisson(period.unwrap_or(DEFAULT_PERIOD))),
        b"heap" => Some(Scale::Ratio(
            period.map_or(DEFAULT_PERIOD, |period| period / 2),
        )),
        b"heapprofile" => Some(Scale::None),
        _ => None,
    }
}

/// The four numbers of `1: 512 [2: 1024`, without the last bracket.
fn numbers(text: &[u8], number: u64) -> Result<Option<[i64; 4]>, DecodeErrorKind> {
    let mut counts = [0; 4];
    let mut words = text.split(|&byte| matches!(byte, b':' | b'[' | b' ' | b'\t'));
    for count in &mut counts {
        let Some(word) = words.find(|word| !word.is_empty()) else {
            return Ok(None);
        };
        if !word.iter().all(u8::is_ascii_digit) {
            return Ok(None);
        }
        *count = digits(word).ok_or(DecodeErrorKind::TextNumber { line: number })?;
    }
    Ok(words.all(<[u8]>::is_empty).then_some(counts))
}

fn digits(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text)
        .ok()?
        .parse()
        .ok()
        .filter(|&number: &i64| number >= 0)
}

fn hex(text: &[u8]) -> Option<u64> {
    u64::from_str_radix(std::str::from_utf8(text).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use crate::decode;
    use crate::fixture::check;
    use crate::profile::Profile;

    const NAMED: &str = "--- symbol
binary=/usr/bin/app
0x0000000000001000 app::load
0x0000000000001fff app::main--app::run
---
--- heap
";

    fn check_text(heap: &str, expected: &str) {
        let profile = decode(format!("{NAMED}{heap}").as_bytes()).unwrap();
        assert_eq!(profile.program().as_deref(), Some("app"));
        check(&stacks(&profile), expected);
    }

    /// Functions, root first, and values.
    fn stacks(profile: &Profile) -> String {
        let samples = profile.samples();
        let lines = samples.ids().map(|id| {
            let stack = samples.stack(id).iter().rev();
            let lines = stack.flat_map(|&id| profile.locations().lines(id).iter().rev());
            let names = lines.map(|line| profile.functions()[line.function.index()].name);
            let names: Vec<_> = names.map(|name| profile.text(name)).collect();
            let values = samples
                .values
                .iter()
                .map(|column| column[id.index()].to_string());
            format!(
                "{} {}\n",
                names.join(";"),
                values.collect::<Vec<_>>().join(" ")
            )
        });
        lines.collect()
    }

    /// One object of 1024 bytes in use and two allocated; about one in 512 is sampled.
    const THREADED: &str = "heap_v2/524288
  t*: 1: 1024 [2: 2048]
  t0: 1: 1024 [2: 2048]
@ 0x1000 0x2000
  t*: 1: 1024 [2: 2048]
  t0: 1: 1024 [2: 2048]

MAPPED_LIBRARIES:
00001000-00003000 r-xp 00000000 08:01 1 /usr/bin/app
";

    #[test]
    fn names_are_those_of_the_calls_and_values_are_scaled_up() {
        // 1 / (1 - exp(-1024 / 524288)) is 512.5.
        check_text(
            THREADED,
            "app::main;app::run;app::load 1025 1049600 512 524800",
        );
        let one_line = "heap profile: 1: 1024 [2: 2048] @ heap_v2/524288
1: 1024 [2: 2048] @ 0x1000 0x2000
";
        check_text(
            one_line,
            "app::main;app::run;app::load 1025 1049600 512 524800",
        );
    }

    #[test]
    fn what_was_not_sampled_stays() {
        let heap = "heap profile: 3: 96 [0: 0] @ heapprofile\n3: 96 [0: 0] @ 0x1000\n";
        check_text(heap, "app::load 3 96");
    }

    #[track_caller]
    fn check_error(text: &str, expected: &str) {
        let error = decode(text.as_bytes()).unwrap_err();
        assert_eq!(error.kind.to_string(), expected);
    }

    #[test]
    fn damage_is_named() {
        check_error(
            NAMED,
            "there are names but no heap behind them; add it with `cat HEAP >> FILE`, where HEAP \
             is the file that jemalloc wrote",
        );
        let named = |heap: &str| format!("{NAMED}{heap}");
        check_error(
            &named("heap_v3/1\n"),
            "the line after `--- heap` is not like `heap_v2/524288`; write the file again with \
             `(jeprof --raw PROGRAM FILE; cat FILE) > named.heap`",
        );
        check_error(
            &named("heap_v2/1\n@ 0x1000\n  t*: 1: x [0: 0]\n"),
            "line 9 is no record like `1: 512 [2: 1024] @ 0x1000 0x2000`",
        );
        check_error(
            &named("heap_v2/1\n@ 0x1000 main\n"),
            "an address on line 8 is not like 0x4a5b6c, or does not fit into 64 bits",
        );
        check_error(
            &named("heap_v2/1\n@ 0x1000\n  t*: 1: 99999999999999999999 [0: 0]\n"),
            "a number on line 9 does not fit into 64 bits",
        );
    }
}
