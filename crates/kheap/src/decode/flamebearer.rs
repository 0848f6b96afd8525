//! Flame graphs that Pyroscope exports as JSON.
//!
//! `levels` has the frames of each depth from left to right, four numbers each: how far it is
//! from the one before it, its width, what of that is its own, and the position of its name. A
//! frame is called by the one above it. The first level is everything together.
//!
//! Pyroscope draws a bounded number of frames and puts small ones together as `other`.
//!
//! Source: grafana/pyroscope `pkg/og/structs/flamebearer/flamebearer.go`.

use serde::Deserialize;

use super::error::{DecodeError, DecodeErrorKind};
use super::stream::Stream;
use crate::profile::{LocationId, Profile, ProfileBuilder};

/// How many numbers each frame has.
const NUMBERS: usize = 4;

/// Sample types that the name of a query has.
const KINDS: [&str; 4] = [
    "inuse_space",
    "alloc_space",
    "inuse_objects",
    "alloc_objects",
];

#[derive(Debug, Deserialize)]
struct File {
    flamebearer: Frames,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Debug, Deserialize)]
struct Frames {
    names: Vec<String>,
    levels: Vec<Vec<i64>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Metadata {
    format: String,
    units: String,
    name: String,
    query: String,
}

/// What a name takes in the profile, with its function and location, in bytes.
const NAME_BYTES: usize = 128;

/// Whether a text begins as such a file.
pub(super) fn is_flamebearer(beginning: &[u8]) -> bool {
    const KEY: &[u8] = b"\"flamebearer\"";
    beginning.trim_ascii_start().starts_with(b"{") && memchr::memmem::find(beginning, KEY).is_some()
}

/// Reads a whole file.
pub(super) fn decode_flamebearer(stream: &mut Stream<'_>) -> Result<Profile, DecodeError> {
    let bytes = stream.whole()?;
    let end = bytes.len() as u64;
    let allowed = stream.allowed_table_bytes();
    // Each name and each level takes as much before it is looked at.
    let entries = memchr::memchr_iter(b',', &bytes).count();
    let too_large = || DecodeErrorKind::TablesTooLarge { limit: allowed };
    if (entries * size_of::<String>()) as u64 > allowed {
        return Err(too_large().at(end));
    }
    let file: Result<File, _> = serde_json::from_slice(&bytes);
    let file = file.map_err(|error| DecodeErrorKind::Flamebearer(error.to_string()).at(0))?;
    profile(&file, allowed).map_err(|kind| kind.at(end))
}

/// A frame of the level above.
#[derive(Debug, Clone, Copy)]
struct Caller {
    start: i64,
    end: i64,
    /// Its position among all frames; `None` for everything together.
    frame: Option<usize>,
}

fn profile(file: &File, allowed: u64) -> Result<Profile, DecodeErrorKind> {
    let Metadata { format, units, .. } = &file.metadata;
    if format == "double" {
        return Err(DecodeErrorKind::FlamebearerDifference);
    }
    let mut used = (NAME_BYTES * file.flamebearer.names.len()) as u64;
    if used > allowed {
        return Err(DecodeErrorKind::TablesTooLarge { limit: allowed });
    }
    let mut builder = ProfileBuilder::new();
    let (kind, unit) = sample_type(&file.metadata, units);
    builder.sample_type(kind, unit);
    let names = file.flamebearer.names.iter();
    let locations: Vec<LocationId> = names
        .zip(1..)
        .map(|(name, address)| {
            let function = builder.function(name, "");
            builder.location(None, address, &[(function, 0)])
        })
        .collect();
    // The caller and the location of each frame.
    let mut frames: Vec<(Option<usize>, LocationId)> = Vec::new();
    let mut above: Vec<Caller> = Vec::new();
    for (depth, level) in file.flamebearer.levels.iter().enumerate() {
        let mut here = Vec::new();
        let mut callers = above.iter().peekable();
        let mut at: i64 = 0;
        let (numbers, rest) = level.as_chunks::<NUMBERS>();
        if !rest.is_empty() {
            return Err(DecodeErrorKind::FlamebearerShape { depth });
        }
        for &[gap, width, own, name] in numbers {
            let wrong = || DecodeErrorKind::FlamebearerShape { depth };
            let start = at.checked_add(gap).ok_or_else(wrong)?;
            let end = start.checked_add(width).ok_or_else(wrong)?;
            if gap < 0 || width < 0 || own < 0 || own > width {
                return Err(wrong());
            }
            at = end;
            let location = usize::try_from(name).ok().and_then(|at| locations.get(at));
            let location = *location.ok_or_else(wrong)?;
            if depth == 0 {
                let frame = None;
                here.push(Caller { start, end, frame });
                continue;
            }
            // What has no width stands nowhere.
            if width == 0 {
                continue;
            }
            while callers.next_if(|caller| caller.end <= start).is_some() {}
            let caller = callers.peek().filter(|c| c.start <= start && end <= c.end);
            let caller = caller.ok_or_else(wrong)?;
            let frame = frames.len();
            frames.push((caller.frame, location));
            here.push(Caller {
                start,
                end,
                frame: Some(frame),
            });
            if own > 0 {
                let stack = stack(&frames, frame);
                used += 2 * size_of_val(&stack[..]) as u64 + 32;
                if used > allowed {
                    return Err(DecodeErrorKind::TablesTooLarge { limit: allowed });
                }
                let added = builder.sample(&stack, &[own], &[]);
                added.map_err(|_| DecodeErrorKind::too_many("samples, frames or labels"))?;
            }
        }
        above = here;
    }
    Ok(builder.finish())
}

/// The stack of a frame, leaf first.
fn stack(frames: &[(Option<usize>, LocationId)], leaf: usize) -> Vec<LocationId> {
    let mut stack = Vec::new();
    let mut next = Some(leaf);
    while let Some(at) = next {
        let (caller, location) = frames[at];
        stack.push(location);
        next = caller;
    }
    stack
}

/// What is counted, and its unit.
fn sample_type(metadata: &Metadata, units: &str) -> (&'static str, &'static str) {
    let named = |kind: &&str| metadata.name.contains(kind) || metadata.query.contains(kind);
    let kind = KINDS.into_iter().find(named);
    match units {
        "bytes" => (kind.unwrap_or("space"), "bytes"),
        "objects" => (kind.unwrap_or("objects"), "count"),
        // A profile of locks names them lock_nanoseconds.
        units if units.ends_with("nanoseconds") => (kind.unwrap_or("delay"), "nanoseconds"),
        _ => (kind.unwrap_or("samples"), "count"),
    }
}

#[cfg(test)]
mod tests {
    use crate::decode;
    use crate::fixture::view;

    fn file(levels: &str, metadata: &str) -> String {
        format!(
            "{{\"version\":1,\"flamebearer\":{{\"names\":[\"total\",\"main.main\",\"main.load\",\
             \"other\"],\"levels\":{levels},\"numTicks\":100,\"maxSelf\":60}},\
             \"metadata\":{{{metadata}}},\"timeline\":null}}"
        )
    }

    const HEAP: &str = "\"format\":\"single\",\"units\":\"bytes\",\"sampleRate\":100,\
                        \"name\":\"memory:inuse_space:bytes:space:bytes{}\"";

    const LEVELS: &str = "[[0,100,0,0],[0,90,10,1,0,10,10,3],[10,80,60,2],[30,20,20,2]]";

    #[test]
    fn a_frame_is_called_by_the_one_above_it() {
        let profile = decode(file(LEVELS, HEAP).as_bytes()).unwrap();
        let id = profile.sample_type("").unwrap();
        assert_eq!(profile.sample_type_name(id), "inuse_space");
        assert_eq!(profile.sample_type_unit(id), "bytes");
        let read = crate::fixture::View::of(profile).top();
        let expected = view(
            "main.main 10
             main.main;main.load 60
             main.main;main.load;main.load 20
             other 10",
        )
        .top();
        let rows = |top: crate::Top| -> Vec<(String, i64, i64)> {
            let rows = top.rows.into_iter();
            rows.map(|row| (row.name, row.flat, row.cum)).collect()
        };
        assert_eq!(rows(read), rows(expected));
    }

    #[track_caller]
    fn check_error(levels: &str, metadata: &str, expected: &str) {
        let error = decode(file(levels, metadata).as_bytes()).unwrap_err();
        let text = error.kind.to_string();
        assert!(text.starts_with(expected), "{text}");
    }

    #[test]
    fn a_damaged_graph_is_refused() {
        let shape = "level 1 of the flame graph is damaged";
        for levels in [
            "[[0,100,0,0],[0,90,10]]",
            "[[0,100,0,0],[0,90,10,9]]",
            "[[0,100,0,0],[0,90,91,1]]",
            "[[0,100,0,0],[0,101,0,1]]",
            "[[0,100,0,0],[-1,10,0,1]]",
            "[[0,100,0,0],[9223372036854775807,10,0,1]]",
            "[[],[0,10,0,1]]",
        ] {
            check_error(levels, HEAP, shape);
        }
        check_error("[[", HEAP, "this flame graph of Pyroscope is damaged (");
        let difference = "\"format\":\"double\"";
        check_error("[]", difference, "this is a comparison of Pyroscope");
    }

    #[test]
    fn a_deep_graph_has_a_bound() {
        let levels = (0..20_000).map(|depth| format!("[0,{},1,1]", 40_000 - depth));
        let levels: Vec<String> = levels.collect();
        let text = file(&format!("[{}]", levels.join(",")), HEAP);
        let error = decode(text.as_bytes()).unwrap_err();
        assert!(error.kind.to_string().contains("of memory"), "{error}");
    }
}
