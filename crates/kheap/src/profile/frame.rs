//! The frames of a stack in words.

use std::borrow::Cow;

use super::{LocationId, Profile, SampleId};

/// One frame of a stack: a function, and where in it the next one is called, or memory
/// is allocated.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame<'p> {
    /// The name of the function; empty where symbols are missing.
    pub name: Cow<'p, str>,
    /// The source file; empty where unknown.
    pub file: Cow<'p, str>,
    /// The line in that file; 0 where unknown.
    pub line: i64,
    /// Whether the compiler inlined this function into its caller, the next frame.
    pub inline: bool,
    /// The address, shared by all functions that are inlined there.
    pub address: u64,
}

impl Profile {
    /// Iterates over the frames of a sample's stack, leaf first, inlined calls expanded.
    ///
    /// An address without symbols is one frame without a name.
    ///
    /// # Panics
    ///
    /// Where the sample is of another profile.
    ///
    /// # Example
    ///
    /// ```
    /// let mut builder = kheap::ProfileBuilder::new();
    /// builder.sample_type("inuse_space", "bytes");
    /// let main = builder.function("main.main", "main.go");
    /// let load = builder.function("main.load", "load.go");
    /// let location = builder.location(None, 0x1000, &[(load, 12), (main, 7)]);
    /// builder.sample(&[location], &[4096], &[])?;
    /// let profile = builder.finish();
    ///
    /// for sample in profile.samples().ids() {
    ///     let mut frames = profile.frames(sample);
    ///     let leaf = frames.next().unwrap();
    ///     assert_eq!((&*leaf.name, &*leaf.file, leaf.line), ("main.load", "load.go", 12));
    ///     assert!(leaf.inline);
    ///     let root = frames.next().unwrap();
    ///     assert_eq!((&*root.name, root.line, root.inline), ("main.main", 7, false));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn frames(&self, sample: SampleId) -> impl Iterator<Item = Frame<'_>> {
        let stack = self.samples.stack(sample).iter();
        stack.flat_map(move |&location| self.frames_at(location))
    }

    fn frames_at(&self, location: LocationId) -> impl Iterator<Item = Frame<'_>> {
        let address = self.locations.address(location);
        let lines = self.locations.lines(location);
        let frames = lines.iter().enumerate().map(move |(position, line)| {
            let function = self.function(line.function);
            Frame {
                name: self.text(function.name),
                file: self.text(function.filename),
                line: line.line,
                inline: position + 1 < lines.len(),
                address,
            }
        });
        let without_symbols = lines.is_empty().then_some(Frame {
            name: Cow::Borrowed(""),
            file: Cow::Borrowed(""),
            line: 0,
            inline: false,
            address,
        });
        frames.chain(without_symbols)
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::{check, profile};

    #[test]
    fn frames_come_leaf_first_with_what_is_inlined() {
        let profile = profile("main@main.go:12;walk@walk.go:7;+fast;+faster;0x40 1");
        let sample = profile.samples().ids().next().unwrap();
        let lines = profile.frames(sample).map(|frame| {
            let inline = if frame.inline { "inline" } else { "" };
            let address = if frame.name.is_empty() { "0x40" } else { "" };
            format!(
                "{}{address} {} {} {inline}\n",
                frame.name, frame.file, frame.line
            )
        });
        check(
            &lines.collect::<String>(),
            "0x40 0
             faster 0 inline
             fast 0 inline
             walk walk.go 7
             main main.go 12",
        );
    }
}
