//! Profiles written as folded stacks, the text that flame graphs are made of.

use hashbrown::HashMap;

use super::{LocationId, ProfileBuilder};

/// The sample types of a heap profile of Go.
const HEAP: [(&str, &str); 4] = [
    ("alloc_objects", "count"),
    ("alloc_space", "bytes"),
    ("inuse_objects", "count"),
    ("inuse_space", "bytes"),
];

/// Why a text is no folded stacks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FoldedError {
    /// It has no line but empty ones.
    #[error("no stacks")]
    NoStacks,
    /// A line lacks values.
    #[error("line {line} does not end in {}", numbers(*values))]
    NoValues {
        /// The number of the line, counted from 1.
        line: usize,
        /// How many values it needs.
        values: usize,
    },
}

fn numbers(count: usize) -> String {
    match count {
        1 => "a whole number".to_owned(),
        count => format!("{count} whole numbers"),
    }
}

impl ProfileBuilder {
    /// Starts a profile with folded stacks. A line is a sample: its functions, root
    /// first and separated by `;`, then its values.
    ///
    /// The first line says how many values there are. The sample types are as many of
    /// Go's heap profile, from its end: one value is `inuse_space`, two are
    /// `inuse_objects` and `inuse_space`. Equal names are one function and one location,
    /// without a file, a line or an address. Empty lines are skipped.
    ///
    /// # Errors
    ///
    /// [`FoldedError`] when a line does not end in as many whole numbers as the first, or when
    /// there is none. Everything else is taken, prose that ends in a number, too: where a text
    /// may be something else, ask [`open`](crate::open()).
    ///
    /// # Example
    ///
    /// ```
    /// use kheap::ProfileBuilder;
    ///
    /// let stacks = "main;load 64\n main;serve;json.Marshal 32";
    /// let profile = ProfileBuilder::folded(stacks)?.finish();
    /// assert_eq!(profile.total(profile.sample_type("inuse_space")?), 96);
    ///
    /// let error = ProfileBuilder::folded("main;load").unwrap_err();
    /// assert_eq!(error.to_string(), "line 1 does not end in a whole number");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn folded(stacks: &str) -> Result<Self, FoldedError> {
        let lines = stacks.lines().map(str::trim).zip(1..);
        let lines: Vec<(&str, usize)> = lines.filter(|(line, _)| !line.is_empty()).collect();
        let (first, _) = lines.first().ok_or(FoldedError::NoStacks)?;
        let values = split(first, HEAP.len()).1.len().max(1);
        let mut builder = Self::new();
        for (kind, unit) in &HEAP[HEAP.len() - values..] {
            builder.sample_type(kind, unit);
        }
        let mut locations = HashMap::new();
        for (text, line) in lines {
            let (frames, found) = split(text, values);
            if found.len() < values {
                return Err(FoldedError::NoValues { line, values });
            }
            let frames = frames.rsplit(';').map(str::trim);
            let frames = frames.filter(|name| !name.is_empty());
            let stack: Vec<LocationId> = frames
                .map(|name| {
                    *locations.entry(name).or_insert_with(|| {
                        let function = builder.function(name, "");
                        builder.location(None, 0, &[(function, 0)])
                    })
                })
                .collect();
            let pushed = builder.sample(&stack, &found, &[]);
            pushed.expect("locations of this builder, a value for each type");
        }
        Ok(builder)
    }
}

/// The stack of a line, and its values, which are at most so many.
fn split(line: &str, most: usize) -> (&str, Vec<i64>) {
    let mut stack = line;
    let mut values = Vec::new();
    while values.len() < most {
        let word = stack.rsplit(char::is_whitespace).next().unwrap_or_default();
        let Ok(value) = word.parse() else {
            break;
        };
        values.push(value);
        stack = stack[..stack.len() - word.len()].trim_end();
    }
    values.reverse();
    (stack, values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{check, fold};

    #[track_caller]
    fn check_folded(stacks: &str, expected: &str) {
        let profile = ProfileBuilder::folded(stacks).unwrap().finish();
        check(&fold(&profile), expected);
    }

    #[test]
    fn stacks_are_read_root_first() {
        check_folded(
            "\n  main;walk;walk 64\n\n 5",
            "main;walk;walk 64
             5",
        );
        check_folded("main 1 2 3 -4", "main 1 2 3 -4");
    }

    #[test]
    fn the_first_line_says_how_many_values_there_are() {
        let kinds = |stacks: &str| -> Vec<String> {
            let profile = ProfileBuilder::folded(stacks).unwrap().finish();
            let ids = profile.sample_type_ids();
            ids.map(|id| profile.sample_type_name(id).into_owned())
                .collect()
        };
        assert_eq!(kinds("main 1"), ["inuse_space"]);
        assert_eq!(kinds("main 1 2"), ["inuse_objects", "inuse_space"]);
        // What stands before the values is a name, though it ends in a number.
        check_folded("main 64\nmain;f 7 32", "main 64\nmain;f 7 32");
    }

    #[test]
    fn equal_names_are_one_location() {
        let profile = ProfileBuilder::folded("a;b;a 1\nb 2").unwrap().finish();
        assert_eq!(
            (profile.functions().len(), profile.locations().len()),
            (2, 2)
        );
    }

    #[test]
    fn a_line_without_its_values_is_refused() {
        let check = |stacks: &str, expected: &str| {
            let error = ProfileBuilder::folded(stacks).unwrap_err();
            assert_eq!(error.to_string(), expected);
        };
        check("", "no stacks");
        check("\n  \n", "no stacks");
        check("main;load 64.5", "line 1 does not end in a whole number");
        check(
            "main 1 2\n\nmain 3",
            "line 3 does not end in 2 whole numbers",
        );
        check(
            "main 9223372036854775808",
            "line 1 does not end in a whole number",
        );
    }
}
