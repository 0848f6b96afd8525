//! The frames of a record in text form: names by printed address.
//!
//! Under a record's addresses stands a line for each frame, leaf first:
//!
//! ```text
//! 1: 512 [1: 512] @ 0x30 0x20 0x20 0x10
//! #    0x1f    main.inlined+0x5    /src/main.go:7
//! #    0x1f    main.load+0x5    /src/main.go:12
//! ```
//!
//! Lines and addresses do not pair one to one. Addresses of the runtime at the leaf
//! have no line, nor has `runtime.goexit`; a call that was inlined adds a line with
//! the same address. As many equal addresses as follow each other are as many
//! calls, and share the lines with that address: so a recursive function differs
//! from an inlined one. A printed address is that of the call, one before the
//! address it returns to.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::error::{DecodeError, DecodeErrorKind};
use crate::profile::{
    Function, FunctionId, Interner, Line, LocationId, Locations, Profile, StringId, ValueType,
    next_row,
};

/// A name, how far the call is in it, the file and the line. A name may contain
/// spaces, in `type..eq.struct { … }`.
static FRAME: LazyLock<Regex> = LazyLock::new(|| {
    let frame = r"(?s-u)^(.*?)(?:\+0x[0-9a-f]+)?[\t ]+([^\t]*):([0-9]+)$";
    Regex::new(frame).expect("a valid expression")
});

/// How many calls of a record may have a printed address that is none of the record's
/// own. Go prints none, and keeps 128 of a stack; more of them would make stacks deeper
/// than they are.
const MAX_FOREIGN_CALLS: usize = 128;

/// A record while it is being read.
#[derive(Debug)]
pub(super) struct Record {
    /// One for each sample type, scaled up.
    pub(super) values: Vec<i64>,
    /// Mean size of the objects, in bytes; 0 where there are none.
    pub(super) size: i64,
    /// Where the calls return to, leaf first.
    pub(super) addresses: Vec<u64>,
    /// The lines below, leaf first.
    pub(super) frames: Vec<Frame>,
}

impl Record {
    /// What it takes in memory, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        (size_of_val(&self.addresses[..]) + size_of_val(&self.frames[..])) as u64
    }
}

/// A line below a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    address: u64,
    /// Missing where Go knew no name.
    line: Option<Line>,
}

/// Locations, functions and strings, each once.
#[derive(Debug)]
pub(super) struct StackTable {
    strings: Interner,
    functions: Vec<Function>,
    function_ids: HashMap<(StringId, StringId), FunctionId>,
    /// By address and lines: Go leaves out some of them at the leaf.
    location_ids: HashMap<(u64, Vec<Line>), LocationId>,
    bytes: u64,
}

impl StackTable {
    pub(super) fn new() -> Self {
        Self {
            strings: Interner::new(),
            functions: Vec::new(),
            function_ids: HashMap::new(),
            location_ids: HashMap::new(),
            bytes: 0,
        }
    }

    pub(super) fn value_type(&mut self, kind: &str, unit: &str) -> ValueType {
        let mut string = |text: &str| self.strings.intern(text.as_bytes());
        ValueType {
            kind: string(kind).unwrap_or(StringId::EMPTY),
            unit: string(unit).unwrap_or(StringId::EMPTY),
        }
    }

    /// What the tables take in memory, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Adds a line such as `0x1f main.load+0x5 /src/main.go:12`; `None` where its
    /// address does not fit into 64 bits.
    pub(super) fn add_frame(
        &mut self,
        record: &mut Record,
        text: &[u8],
        offset: u64,
    ) -> Result<Option<()>, DecodeError> {
        let digits = text[2..].iter().take_while(|byte| byte.is_ascii_hexdigit());
        let (address, rest) = text.split_at(2 + digits.count());
        let hex = std::str::from_utf8(&address[2..]).unwrap_or_default();
        let Ok(address) = u64::from_str_radix(hex, 16) else {
            return Ok(None);
        };
        let line = match rest.trim_ascii() {
            [] => None,
            frame => Some(self.line(frame, offset)?),
        };
        record.frames.push(Frame { address, line });
        Ok(Some(()))
    }

    fn line(&mut self, frame: &[u8], offset: u64) -> Result<Line, DecodeError> {
        let captures = FRAME.captures(frame);
        let (name, file, line) = match &captures {
            Some(parts) => (&parts[1], &parts[2], &parts[3]),
            None => (frame, &b""[..], &b""[..]),
        };
        let line = std::str::from_utf8(line).unwrap_or_default().parse();
        Ok(Line {
            function: self.function(name, file, offset)?,
            line: line.unwrap_or(0),
            column: 0,
        })
    }

    fn function(
        &mut self,
        name: &[u8],
        file: &[u8],
        offset: u64,
    ) -> Result<FunctionId, DecodeError> {
        let mut string = |text: &[u8]| {
            let interned = self.strings.intern(text);
            interned.map_err(|_| DecodeErrorKind::too_many("strings, or bytes in them").at(offset))
        };
        // Strings that are there already are counted again, which does no harm.
        let string_bytes = name.len() + file.len() + 2 * STRING_BYTES;
        let (name, filename) = (string(name)?, string(file)?);
        let function = Function {
            name,
            system_name: name,
            filename,
            start_line: 0,
        };
        let id = match self.function_ids.entry((name, filename)) {
            Entry::Occupied(entry) => return Ok(*entry.get()),
            Entry::Vacant(entry) => {
                let id = next_row(self.functions.len());
                let id = id.map_err(|_| DecodeErrorKind::too_many("functions").at(offset))?;
                *entry.insert(FunctionId(id))
            }
        };
        self.functions.push(function);
        // Once in the table, and once as the key that looks for it.
        self.bytes += (2 * size_of::<Function>() + string_bytes) as u64;
        Ok(id)
    }

    /// The stack of a record, leaf first, and whether its last address has a name.
    pub(super) fn stack(
        &mut self,
        record: &Record,
        locations: &mut Locations,
        offset: u64,
    ) -> Result<(Vec<LocationId>, bool), DecodeError> {
        let mut stack = Vec::with_capacity(record.addresses.len());
        let mut addresses = Addresses::of(record);
        let mut foreign_calls = 0;
        for group in record.frames.chunk_by(|a, b| a.address == b.address) {
            let address = group[0].address;
            let mut calls = addresses.calls(address).min(group.len());
            if calls == 0 {
                foreign_calls += 1;
                calls = usize::from(foreign_calls <= MAX_FOREIGN_CALLS);
            }
            for call in 0..calls {
                let part = |call| group.len() * call / calls;
                let frames = &group[part(call)..part(call + 1)];
                let lines = frames.iter().filter_map(|frame| frame.line).collect();
                stack.push(self.location(address, lines, locations, offset)?);
            }
        }
        let is_whole = addresses.are_named() && !record.frames.is_empty();
        if record.frames.is_empty() {
            for address in &record.addresses {
                let call = address.wrapping_sub(1);
                stack.push(self.location(call, Vec::new(), locations, offset)?);
            }
        }
        Ok((stack, is_whole))
    }

    fn location(
        &mut self,
        address: u64,
        lines: Vec<Line>,
        locations: &mut Locations,
        offset: u64,
    ) -> Result<LocationId, DecodeError> {
        match self.location_ids.entry((address, lines)) {
            Entry::Occupied(entry) => Ok(*entry.get()),
            Entry::Vacant(entry) => {
                let lines = &entry.key().1;
                // Here too.
                self.bytes += (2 * size_of_val(&lines[..]) + LOCATION_BYTES) as u64;
                let id = locations.push(None, address, false, lines);
                let id =
                    id.map_err(|_| DecodeErrorKind::too_many("locations and lines").at(offset))?;
                Ok(*entry.insert(id))
            }
        }
    }

    /// Hands over what belongs to the profile.
    pub(super) fn finish(self, profile: &mut Profile) {
        profile.strings = self.strings.finish();
        profile.functions = self.functions;
    }
}

/// The addresses of a record while they are named, leaf first.
#[derive(Debug)]
struct Addresses<'a> {
    /// Those that have no name yet.
    rest: &'a [u64],
    /// After which position of all an address is not there any more. Looking ahead for
    /// one that is surely there takes time only once: it is taken away with all before it.
    ends: HashMap<u64, usize>,
    all: usize,
}

impl<'a> Addresses<'a> {
    fn of(record: &'a Record) -> Self {
        let rest = &record.addresses[..];
        let ends = rest.iter().zip(1..).map(|(&address, end)| (address, end));
        Self {
            rest,
            ends: ends.collect(),
            all: rest.len(),
        }
    }

    /// How many of the next addresses are calls from here: equal ones that follow each
    /// other; 0 where none is left. They, and those before them that have no line, are
    /// taken away.
    fn calls(&mut self, call: u64) -> usize {
        let returns = [call.wrapping_add(1), call];
        let gone = self.all - self.rest.len();
        let is_ahead = |address| self.ends.get(address).is_some_and(|&end| end > gone);
        if !returns.iter().any(is_ahead) {
            return 0;
        }
        let is_call = |address: &u64| returns.contains(address);
        let next = self.rest.iter().position(is_call);
        let rest = &self.rest[next.unwrap_or(0)..];
        let calls = rest.iter().take_while(|&address| is_call(address)).count();
        self.rest = &rest[calls..];
        calls
    }

    fn are_named(&self) -> bool {
        self.rest.is_empty()
    }
}

/// What a string takes in memory besides its bytes.
const STRING_BYTES: usize = 12;

/// What a location takes in memory besides its lines, with its key.
const LOCATION_BYTES: usize = 64;
