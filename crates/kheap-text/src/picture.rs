//! Words in flame graphs and call graphs.

use kheap::Summary;

use crate::change::counted;

/// What widths mean in a picture of a difference.
pub const WIDTHS: &str = "Width: the larger of before and after, stack by stack";

/// What a picture leaves out that would have too many frames.
pub const FULL: &str = "Not drawn: callees in stacks with too many different frames";

/// What a dashed line of a call graph means.
pub const RESIDUAL: &str = "frames between are left out";

/// What a frame around a function of a call graph means.
pub const ADDED: &str = "added: holds 5% or more itself";

/// What grey means where colours are parts.
pub const OTHERS: &str = "several or other parts";

/// What grey means where colours are packages.
pub const OTHER_PACKAGES: &str = "other packages";

/// The function that all calls of another one come through, in a call graph.
pub fn through(name: &str) -> String {
    format!("all drawn calls come through {name}")
}

/// So many functions call each other, in a call graph.
pub fn cycle(count: usize) -> String {
    format!("in a cycle: {count} functions call each other")
}

/// How many nodes and edges a picture has no room for; `None` where it has room for all.
pub fn no_room(nodes: usize, edges: usize) -> Option<String> {
    let counts = [(nodes, "node"), (edges, "edge")].into_iter();
    let counts = counts.filter(|&(count, _)| count > 0);
    let left_out: Vec<String> = counts.map(|(count, what)| counted(count, what)).collect();
    let left_out = left_out.join(" and ");
    (!left_out.is_empty()).then(|| format!("No room for {left_out}, the lightest"))
}

/// The title that nobody chose.
pub fn title(summary: &Summary, is_differential: bool) -> String {
    // Pictures are drawn of CPU profiles too.
    let is_memory = summary.sample_unit == "bytes" || summary.sample_type.contains("objects");
    let what = if is_memory { "Heap" } else { "Profile" };
    let name = format!(
        "{what} of {}",
        summary.program.as_deref().unwrap_or("a program")
    );
    match is_differential {
        true => format!("{name}, before and after"),
        false => name,
    }
}

/// The totals of a picture of a difference.
pub fn totals(before: &str, after: &str, delta: &str) -> String {
    format!("{before} before, {after} after: {delta}")
}

/// How much of all that is.
pub fn in_all(share: &str, total: &str) -> String {
    format!("{share} of {total} in all")
}

/// What was filtered.
pub fn filters(filters: &[String]) -> String {
    format!("Filters: {}", filters.join(", "))
}

/// What has no width in a picture of what grew.
pub fn shrunk(sum: &str) -> String {
    format!("Left out: stacks that shrank, by {sum} in all")
}

/// Why stacks are grouped, where nobody asked for it; `share` is that of cut stacks.
pub fn grouped(share: &str) -> String {
    let missing = crate::cut::missing(&format!("{share} of the bytes"));
    format!("Grouped by part: {missing}")
}

/// Frames that are too narrow.
pub fn narrow(frames: usize, widest: &str) -> String {
    format!(
        "Not drawn: {} of at most {widest}",
        counted(frames, "frame")
    )
}

/// How many functions have no frame of their own; `None` where all have.
pub fn folded(passing: usize, recursive: usize) -> Option<String> {
    let words = [
        (passing, "that only pass calls on, into [brackets]"),
        (recursive, "that call themselves"),
    ];
    let words = words.iter().filter(|(count, _)| *count > 0);
    let words = words.map(|(count, what)| format!("{count} {what}"));
    let words = words.collect::<Vec<_>>().join(" and ");
    (!words.is_empty()).then(|| format!("Folded functions: {words}; add --all-frames to see them"))
}

/// What a frame has.
pub fn frame(value: &str, share: &str, itself: &str) -> String {
    format!("{value}, {share}; {itself} here itself")
}

/// What a frame has in a picture of a difference, with the texts of both values.
pub fn changed_frame(before: (u64, &str), after: (u64, &str), delta: &str) -> String {
    let note = match (before.0, after.0) {
        (0, _) => "; new",
        (_, 0) => "; gone",
        _ => "",
    };
    format!("before {}, after {}, {delta}{note}", before.1, after.1)
}

/// The part of a frame or function.
pub fn part(title: &str) -> String {
    format!("part: {title}")
}

/// The functions that a frame stands for.
pub fn folded_into(names: &[String]) -> String {
    format!("folded: {}", names.join(", "))
}

/// What a function of a call graph has.
pub fn function(flat: &str, cum: &str) -> String {
    format!("{flat} here itself, {cum} with callees")
}

/// How many functions of a call graph are drawn, and what they hold.
pub fn drawn(functions: usize, all: usize, held: &str, share: &str, total: &str) -> String {
    format!("{functions} of {all} functions; they hold {held}, {share} of {total}")
}

/// What a call graph leaves out.
pub fn too_small(functions: usize, cut: &str, edges: usize) -> String {
    format!("Too small to show: {functions} functions (cum below {cut}), {edges} edges")
}
