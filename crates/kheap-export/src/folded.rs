//! Folded stacks: a line a stack, which many tools read.

use std::io::{self, Write};

use kheap_text::one_line;

use crate::stacks::{Sides, Stacks};

/// Stands for a stack without frames.
const NO_FRAMES: &str = "(no stack)";

/// Writes a line for each stack that holds something: its frames, root first, separated by
/// `;`, and its value; of a difference two values, before and after, or by how much it
/// shrank and grew.
///
/// Lines come by name. In names `;` becomes `:`, and what cannot be seen is escaped, so that
/// each stack stays a line.
///
/// # Errors
///
/// Those of the writer.
///
/// Source of the format: <https://github.com/brendangregg/FlameGraph>, `flamegraph.pl` and
/// `difffolded.pl`.
pub fn folded(stacks: &Stacks<'_>, mut out: impl Write) -> io::Result<()> {
    let names: Vec<String> = (stacks.frames().iter())
        .map(|frame| one_line(&frame.full).replace(';', ":"))
        .collect();
    let sample_type = stacks.selection().sample_type();
    for stack in stacks.iter() {
        let [before, after] = stack.values(sample_type);
        if (before, after) == (0, 0) {
            continue;
        }
        let mut separator = "";
        for at in stack.frames() {
            write!(out, "{separator}{}", names[at])?;
            separator = ";";
        }
        if separator.is_empty() {
            write!(out, "{NO_FRAMES}")?;
        }
        match stacks.sides() {
            Sides::One => writeln!(out, " {after}")?,
            Sides::ShrunkGrown | Sides::BeforeAfter => writeln!(out, " {before} {after}")?,
        }
    }
    Ok(())
}
