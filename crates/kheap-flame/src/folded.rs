//! The flame graph as text: a line a stack, which other tools read.

use std::io::{self, Write};

use crate::flame::Flame;
use crate::label::one_line;

impl Flame {
    /// Writes a line for each stack that holds something itself: its frames, root
    /// first, separated by `;`, and its value; with a base the value before and
    /// the value after.
    ///
    /// Lines come in the order of the picture. In names `;` becomes `:`, and what
    /// cannot be seen is escaped, so that each stack stays a line.
    ///
    /// Source of the format: <https://github.com/brendangregg/FlameGraph>,
    /// `flamegraph.pl` and `difffolded.pl`.
    pub fn folded(&self) -> String {
        let mut out = Vec::new();
        // Writing to memory does not fail, and names are text.
        let _ = self.write_folded(&mut out);
        String::from_utf8(out).unwrap_or_default()
    }

    /// Writes the same line by line: names that are long and stand in many stacks make
    /// of a small profile more than fits into memory.
    ///
    /// # Errors
    ///
    /// When `out` takes no more.
    pub fn write_folded(&self, mut out: impl Write) -> io::Result<()> {
        let names: Vec<String> = (self.names.iter())
            .map(|name| one_line(&name.full).replace(';', ":"))
            .collect();
        let mut path = String::new();
        // Where the path of each frame on the stack ends. Frames that hold nothing
        // themselves are not written, so that deep stacks cost what they say.
        let mut ends: Vec<usize> = Vec::new();
        for frame in &self.frames {
            ends.truncate(frame.depth.saturating_sub(1));
            path.truncate(ends.last().copied().unwrap_or(0));
            // The root is everything and stands in no stack.
            if frame.parent.is_some() {
                if !ends.is_empty() {
                    path.push(';');
                }
                path.push_str(&names[frame.name]);
                ends.push(path.len());
            }
            let stack = match frame.parent {
                None => &names[frame.name],
                Some(_) => &path,
            };
            let (before, after) = (frame.flat_before, frame.flat_after);
            match (before, after) {
                (0, 0) => {}
                _ if self.is_differential => writeln!(out, "{stack} {before} {after}")?,
                _ => writeln!(out, "{stack} {after}")?,
            }
        }
        Ok(())
    }
}
