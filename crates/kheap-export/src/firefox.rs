//! The processed profile format of the Firefox Profiler.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use crate::speedscope::View;
use crate::stacks::{Frame, Stacks};
use crate::stream::Seq;

/// The version of the format. The page upgrades files of older versions than its own.
const VERSION: u32 = 55;

/// The id of the thing that stands for the program: none of the system's.
const PROCESS: &str = "0";

#[derive(Serialize)]
struct File<T> {
    meta: Value,
    libs: [(); 0],
    pages: [(); 0],
    counters: [(); 0],
    threads: T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Thread<'a, S, P, F, N> {
    process_type: &'static str,
    process_name: &'a str,
    process_startup_time: u32,
    process_shutdown_time: (),
    register_time: u32,
    unregister_time: (),
    paused_ranges: [(); 0],
    show_markers_in_timeline: bool,
    name: String,
    is_main_thread: bool,
    pid: &'static str,
    tid: usize,
    samples: S,
    markers: Value,
    stack_table: StackTable<P, F>,
    frame_table: Value,
    func_table: Value,
    resource_table: Value,
    native_symbols: Value,
    string_array: N,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Samples<S, W, T> {
    length: usize,
    weight_type: &'static str,
    stack: S,
    weight: W,
    time: T,
}

#[derive(Serialize)]
struct StackTable<P, F> {
    length: usize,
    prefix: P,
    frame: F,
}

/// Writes a file that <https://profiler.firefox.com> opens. Each sample type is a track. In a
/// difference each sample type has two tracks: what shrank and what grew, or before and after.
/// The track of the selected sample type comes first.
///
/// # Errors
///
/// Those of the writer.
///
/// Source: firefox-devtools/profiler `docs-developer/CHANGELOG-formats.md` and
/// `src/types/profile.ts`, processed profile version 55.
pub fn firefox(stacks: &Stacks<'_>, mut out: impl Write) -> io::Result<()> {
    let mut views = View::all(stacks);
    let active = View::active(&views, stacks);
    // The page selects the first track.
    if let Some(before) = views.get_mut(..=active) {
        before.rotate_right(1);
    }
    let summary = stacks.summary();
    let program = summary.program.as_deref().unwrap_or("heap");
    let threads = views.iter().enumerate().map(|(tid, &view)| {
        let weighed = || view.weights(stacks);
        let tree = || Tree::of(weighed().map(|(stack, _)| stack.frames().collect()));
        let length = weighed().count();
        Thread {
            process_type: "default",
            process_name: program,
            process_startup_time: 0,
            process_shutdown_time: (),
            register_time: 0,
            unregister_time: (),
            paused_ranges: [],
            show_markers_in_timeline: false,
            name: view.name(stacks),
            is_main_thread: tid == 0,
            pid: PROCESS,
            tid,
            samples: Samples {
                length,
                weight_type: weight_type(&view.unit(stacks)),
                stack: Seq::new(tree().map(|stack| stack.last)),
                weight: Seq::new(weighed().map(|(_, weight)| weight)),
                // Stacks have no order in time.
                time: Seq::new(0..length),
            },
            markers: json!({
                "length": 0, "category": [], "data": [], "endTime": [], "name": [], "phase": [],
                "startTime": [],
            }),
            stack_table: StackTable {
                length: tree().map(|stack| stack.new.len()).sum(),
                prefix: Seq::new(tree().flat_map(|stack| stack.new).map(|(prefix, _)| prefix)),
                frame: Seq::new(tree().flat_map(|stack| stack.new).map(|(_, frame)| frame)),
            },
            frame_table: frame_table(stacks.frames()),
            func_table: func_table(stacks.frames()),
            resource_table: json!({
                "length": 0, "lib": [], "name": [], "host": [], "type": [],
            }),
            native_symbols: json!({
                "length": 0, "address": [], "functionSize": [], "libIndex": [], "name": [],
            }),
            string_array: Seq::new(strings(stacks.frames())),
        }
    });
    let file = File {
        meta: meta(program, summary.time_nanos),
        libs: [],
        pages: [],
        counters: [],
        threads: Seq::new(threads),
    };
    serde_json::to_writer(&mut out, &file)?;
    writeln!(out)
}

fn meta(program: &str, time_nanos: Option<i64>) -> Value {
    json!({
        "interval": 1,
        "startTime": time_nanos.unwrap_or(0) as f64 / 1e6,
        "processType": 0,
        // The first track is that of the selected sample type.
        "initialSelectedThreads": [0],
        "product": program,
        "importedFrom": "kheap",
        "stackwalk": 1,
        "debug": false,
        "version": 24,
        "preprocessedProfileVersion": VERSION,
        "symbolicated": true,
        "usesOnlyOneStackType": true,
        "sourceCodeIsNotOnSearchfox": true,
        "keepProfileThreadOrder": true,
        "categories": [{"name": "Other", "color": "grey", "subcategories": ["Other"]}],
        "markerSchema": [],
    })
}

fn weight_type(unit: &str) -> &'static str {
    match unit {
        "bytes" => "bytes",
        _ => "samples",
    }
}

/// Functions and their files, in turn.
fn strings<'f>(frames: &'f [Frame]) -> impl Iterator<Item = &'f str> {
    let texts = |frame: &'f Frame| -> [&'f str; 2] {
        [&frame.function, frame.file.as_deref().unwrap_or("")]
    };
    frames.iter().flat_map(texts)
}

/// A frame for each function: the granularity says what is one.
fn frame_table(frames: &[Frame]) -> Value {
    let length = frames.len();
    let lines: Vec<Option<i64>> = frames.iter().map(|frame| frame.line).collect();
    json!({
        "length": length,
        "address": vec![-1; length],
        "inlineDepth": vec![0; length],
        "category": vec![0; length],
        "subcategory": vec![0; length],
        "func": (0..length).collect::<Vec<_>>(),
        "nativeSymbol": vec![(); length],
        "innerWindowID": vec![0; length],
        "line": lines,
        "column": vec![(); length],
    })
}

fn func_table(frames: &[Frame]) -> Value {
    let length = frames.len();
    let file = |(at, frame): (usize, &Frame)| frame.file.as_ref().map(|_| 2 * at + 1);
    json!({
        "length": length,
        "name": (0..length).map(|at| 2 * at).collect::<Vec<_>>(),
        "isJS": vec![false; length],
        "relevantForJS": vec![false; length],
        "resource": vec![-1; length],
        "fileName": frames.iter().enumerate().map(file).collect::<Vec<_>>(),
        "lineNumber": vec![(); length],
        "columnNumber": vec![(); length],
    })
}

/// Stacks as a tree, which is never in memory: stacks come by name, so that what one shares
/// with others it shares with the one before it.
struct Tree<I> {
    stacks: I,
    /// The frames of the stack before, each with its position in the tree.
    path: Vec<(usize, usize)>,
    length: usize,
}

/// What a stack adds to the tree.
struct Branch {
    /// Caller and frame of each position that is new.
    new: Vec<(Option<usize>, usize)>,
    /// Position of its leaf; `None` without frames.
    last: Option<usize>,
}

impl<I: Iterator<Item = Vec<usize>>> Tree<I> {
    fn of(stacks: I) -> Self {
        Self {
            stacks,
            path: Vec::new(),
            length: 0,
        }
    }
}

impl<I: Iterator<Item = Vec<usize>>> Iterator for Tree<I> {
    type Item = Branch;

    fn next(&mut self) -> Option<Branch> {
        let frames = self.stacks.next()?;
        let both = self.path.iter().zip(&frames);
        let shared = both
            .take_while(|((known, _), frame)| known == *frame)
            .count();
        self.path.truncate(shared);
        let mut new = Vec::new();
        for &frame in &frames[shared..] {
            new.push((self.path.last().map(|&(_, at)| at), frame));
            self.path.push((frame, self.length));
            self.length += 1;
        }
        let last = self.path.last().map(|&(_, at)| at);
        Some(Branch { new, last })
    }
}

#[cfg(test)]
mod tests {
    use kheap::{ProfileBuilder, Selection, SelectionOptions};

    use super::*;

    /// The stacks of a track, as a reader of the format finds them.
    fn read(thread: &Value) -> Vec<String> {
        let column =
            |table: &str, name: &str| thread[table][name].as_array().expect("it is a list");
        let index = |value: &Value| value.as_u64().expect("it is a number") as usize;
        let tables = ["samples", "stackTable", "frameTable", "funcTable"];
        for table in tables {
            let length = index(&thread[table]["length"]);
            for (name, column) in thread[table].as_object().expect("it is an object") {
                let rows = column.as_array().map(Vec::len);
                assert!(rows.is_none_or(|rows| rows == length), "{table} {name}");
            }
        }
        let mut stacks = Vec::new();
        for (at, weight) in column("samples", "weight").iter().enumerate() {
            let mut names = Vec::new();
            let mut next = &column("samples", "stack")[at];
            while !next.is_null() {
                let stack = index(next);
                let frame = index(&column("stackTable", "frame")[stack]);
                let func = index(&column("frameTable", "func")[frame]);
                let name = index(&column("funcTable", "name")[func]);
                names.insert(
                    0,
                    thread["stringArray"][name].as_str().expect("it is a text"),
                );
                next = &column("stackTable", "prefix")[stack];
                assert!(
                    next.is_null() || index(next) < stack,
                    "a caller comes first"
                );
            }
            stacks.push(format!("{} {weight}", names.join(";")));
        }
        stacks
    }

    #[test]
    fn a_file_reads_back_as_the_stacks() {
        let text = "main;load 64\nmain;serve;load 32\nmain 4\nmain;load;grow 1\nother 2";
        let profile = ProfileBuilder::folded(text).unwrap().finish();
        let sample_type = profile.sample_type("").unwrap();
        let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
        let mut file = Vec::new();
        firefox(&Stacks::of(&selection), &mut file).unwrap();
        let file: Value = serde_json::from_slice(&file).unwrap();
        let thread = &file["threads"][0];
        let expected = [
            "main 4",
            "main;load 64",
            "main;load;grow 1",
            "main;serve;load 32",
            "other 2",
        ];
        assert_eq!(read(thread), expected);
        // main, load, grow, serve, load, other
        assert_eq!(thread["stackTable"]["length"], 6);
        assert_eq!(thread["samples"]["weightType"], "bytes");
    }
}
