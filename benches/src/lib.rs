//! Large profiles and long series made of real ones, for the benches of this package.

pub mod fleet;
/// What prost makes of the schema, see `proto/README.md`.
#[path = "../../crates/kheap/src/proto.rs"]
#[allow(missing_docs, reason = "generated")]
pub mod proto;
pub mod series;

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;

use prost::Message;
use proto::{Function, Line, Location, Profile, Sample};

/// How far the addresses of one copy lie above those of the copy before, as a
/// power of 2. No Go program is as large as that.
const ADDRESS_SHIFT: u32 = 32;

/// Makes a profile of several copies of a real one.
///
/// Every copy has samples and locations of its own, at shifted addresses, so
/// that every total is `copies` times the real one, which makes the result
/// checkable. With `keep_names` the copies share their functions, and a table of
/// functions is the real one with `copies` times the values. Otherwise copy `k`
/// of a function is named `NAME·k`, so that functions and strings grow as well.
///
/// # Panics
///
/// Where a function names a string that is not there, which in a profile that
/// [`kheap::decode()`] takes is never so.
pub fn scale(profile: &Profile, copies: u64, keep_names: bool) -> Profile {
    let last_location = profile.location.iter().map(|l| l.id).max().unwrap_or(0);
    let last_function = profile.function.iter().map(|f| f.id).max().unwrap_or(0);
    let function_step = if keep_names { 0 } else { last_function };
    let mut scaled = profile.clone();
    scaled.sample.clear();
    scaled.location.clear();
    if !keep_names {
        scaled.function.clear();
    }
    for copy in 0..copies {
        let shift = Shift {
            address: copy << ADDRESS_SHIFT,
            location: copy * last_location,
            function: copy * function_step,
        };
        (scaled.sample).extend(profile.sample.iter().map(|s| shift.sample(s)));
        (scaled.location).extend(profile.location.iter().map(|l| shift.location(l)));
        if !keep_names {
            let functions = shift.functions(&profile.function, copy, &mut scaled.string_table);
            scaled.function.extend(functions);
        }
    }
    scaled
}

/// What is added to the ids and addresses of one copy.
#[derive(Debug, Clone, Copy)]
struct Shift {
    address: u64,
    location: u64,
    function: u64,
}

impl Shift {
    fn sample(self, sample: &Sample) -> Sample {
        let ids = sample.location_id.iter();
        Sample {
            location_id: ids.map(|id| id + self.location).collect(),
            ..sample.clone()
        }
    }

    fn location(self, location: &Location) -> Location {
        let line = |line: &Line| Line {
            function_id: line.function_id + self.function,
            ..*line
        };
        Location {
            id: location.id + self.location,
            address: location.address.wrapping_add(self.address),
            line: location.line.iter().map(line).collect(),
            ..*location
        }
    }

    /// Renames functions to `NAME·copy`, and adds the names to the strings.
    fn functions(
        self,
        functions: &[Function],
        copy: u64,
        strings: &mut Vec<Vec<u8>>,
    ) -> Vec<Function> {
        let mut renamed = HashMap::new();
        let mut rename = |name: i64| {
            *renamed.entry(name).or_insert_with(|| {
                let suffix = format!("·{copy}");
                strings.push([&strings[name as usize][..], suffix.as_bytes()].concat());
                strings.len() as i64 - 1
            })
        };
        let function = |function: &Function| Function {
            id: function.id + self.function,
            name: rename(function.name),
            ..*function
        };
        functions.iter().map(function).collect()
    }
}

/// Reads a dump, or those in a folder in the order of their names.
///
/// # Errors
///
/// When one cannot be read, or is no profile.
pub fn dumps(path: &Path) -> anyhow::Result<Vec<Profile>> {
    if !path.is_dir() {
        return Ok(vec![dump(path)?]);
    }
    let cannot_read = || format!("cannot read {}", path.display());
    let entries = fs::read_dir(path).with_context(cannot_read)?;
    let paths: io::Result<Vec<PathBuf>> = entries.map(|entry| Ok(entry?.path())).collect();
    let mut paths = paths.with_context(cannot_read)?;
    paths.sort();
    paths.iter().map(|path| dump(path)).collect()
}

/// Reads one dump.
///
/// # Errors
///
/// When it cannot be read, or is no profile.
pub fn dump(path: &Path) -> anyhow::Result<Profile> {
    let gzipped = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    // What this takes refers to nothing that is not there.
    kheap::decode(&gzipped).with_context(|| format!("cannot decode {}", path.display()))?;
    Ok(Profile::decode(&inflate(&gzipped)?[..])?)
}

/// Inflates a gzip file.
///
/// # Errors
///
/// When it is none, or damaged.
pub fn inflate(gzipped: &[u8]) -> io::Result<Vec<u8>> {
    let mut inflated = Vec::new();
    MultiGzDecoder::new(gzipped).read_to_end(&mut inflated)?;
    Ok(inflated)
}

/// Makes a gzip file.
///
/// # Errors
///
/// None in practice: it is written to memory.
pub fn deflate(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(bytes)?;
    gzip.finish()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use kheap::top::TopRow;
    use kheap::{GraphOptions, Selection, SelectionOptions};
    use prost::Message;

    use super::*;

    const DUMP: &[u8] = include_bytes!("../../testdata/dumps/v1.20/cr-list-cache-json.pb.gz");
    const COPIES: u64 = 3;

    /// The real dump and the scaled one.
    fn real_and_scaled(keep_names: bool) -> [kheap::Profile; 2] {
        let message = Profile::decode(&inflate(DUMP).unwrap()[..]).unwrap();
        let scaled = scale(&message, COPIES, keep_names).encode_to_vec();
        [DUMP, &scaled].map(|bytes| kheap::decode(bytes).unwrap())
    }

    fn totals(profile: &kheap::Profile) -> Vec<i64> {
        let names = (profile.sample_types().iter()).map(|t| profile.text(t.kind));
        let ids = names.map(|name| profile.sample_type(&name).unwrap());
        ids.map(|id| profile.total(id)).collect()
    }

    fn top(profile: kheap::Profile) -> Vec<TopRow> {
        let sample_type = profile.sample_type("inuse_space").unwrap();
        let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
        kheap::top(&selection, &GraphOptions::default().untrimmed()).rows
    }

    fn by_name(rows: impl Iterator<Item = TopRow>) -> BTreeMap<String, TopRow> {
        rows.map(|row| (row.name.clone(), row)).collect()
    }

    fn times(value: i64) -> i64 {
        value * COPIES as i64
    }

    #[test]
    fn every_total_is_so_many_times_the_real_one() {
        for keep_names in [false, true] {
            let [real, scaled] = real_and_scaled(keep_names);
            let expected: Vec<i64> = totals(&real).into_iter().map(times).collect();
            assert_eq!(expected.len(), 4);
            assert_eq!(totals(&scaled), expected, "keep_names: {keep_names}");
            assert_eq!(
                scaled.locations().len(),
                COPIES as usize * real.locations().len()
            );
        }
    }

    #[test]
    fn with_kept_names_the_table_is_the_real_one_with_larger_values() {
        let [real, scaled] = real_and_scaled(true);
        assert_eq!(scaled.functions(), real.functions());
        let row = |mut row: TopRow| {
            row.flat = times(row.flat);
            row.cum = times(row.cum);
            row
        };
        let expected: Vec<TopRow> = top(real).into_iter().map(row).collect();
        assert!(top(scaled) == expected, "the tables differ");
    }

    #[test]
    fn without_kept_names_every_copy_has_functions_of_its_own() {
        let [real, scaled] = real_and_scaled(false);
        let (real, scaled) = (top(real), top(scaled));
        assert_eq!(scaled.len(), COPIES as usize * real.len());
        for copy in 0..COPIES {
            let suffix = format!("·{copy}");
            let copied = scaled.iter().filter_map(|row| {
                let name = row.name.strip_suffix(&suffix)?.to_owned();
                let mut row = row.clone();
                row.function = Some(name.clone());
                row.name = name;
                Some(row)
            });
            // Among equal values the suffix may change the order of names.
            assert!(
                by_name(copied) == by_name(real.iter().cloned()),
                "copy {copy}"
            );
        }
    }
}
