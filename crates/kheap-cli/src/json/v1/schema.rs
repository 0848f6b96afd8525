//! `kheap schema`: JSON Schema of what each command writes.
//!
//! Each schema is a file, written as it is printed. What makes it from the structures would be a
//! twentieth of the program, so that only a test does.

#[cfg(test)]
mod structures;

macro_rules! files {
    ($($command:literal),* $(,)?) => {
        [$(($command, include_str!(concat!("schema/", $command, ".json")))),*]
    };
}

/// The commands that write JSON, by name, and their schemas.
const SCHEMAS: [(&str, &str); 16] = files![
    "breakdown",
    "compare",
    "diagnose",
    "export",
    "flame",
    "info",
    "lifetimes",
    "memory",
    "peek",
    "series",
    "signatures",
    "sizes",
    "tags",
    "top",
    "traces",
    "tree",
];

/// The commands that write JSON, by name.
pub(crate) fn commands() -> impl Iterator<Item = &'static str> {
    SCHEMAS.into_iter().map(|(command, _)| command)
}

/// The schema of what a command writes, if it writes JSON.
pub(crate) fn schema(command: &str) -> Option<&'static str> {
    let (_, schema) = SCHEMAS.into_iter().find(|(name, _)| *name == command)?;
    Some(schema)
}
