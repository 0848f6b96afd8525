//! `kheap export`: a row a sample, as CSV.

use anyhow::Result;
use kheap_export::{LabelText, Row, Rows};

use super::Sink;

/// Writes a line for each sample: a column for each sample type, and its stack.
pub(crate) fn csv(sink: &mut Sink, rows: &Rows) -> Result<()> {
    let header = ["part", "verb", "kind"].into_iter();
    let header = header.chain(rows.sample_types().iter().map(String::as_str));
    sink.record(header.chain(["labels", "stack"]))?;
    for row in rows.iter() {
        let place = row.place;
        let place = place.map_or(["", "", ""], |p| [&p.part, &p.verb, &p.kind]);
        let cells = place.map(str::to_owned).into_iter();
        let cells = cells.chain(row.values.iter().map(i64::to_string));
        sink.record(cells.chain([labels(&row), stack(&row)]))?;
    }
    Ok(())
}

/// The frames, root first. In names `;` becomes `:`, as in folded stacks, so that the stack can be
/// split.
fn stack(row: &Row<'_>) -> String {
    let frames = row.frames.iter().map(|frame| frame.replace(';', ":"));
    frames.collect::<Vec<_>>().join(";")
}

fn labels(row: &Row<'_>) -> String {
    let label = |(key, value): &(String, LabelText)| match value {
        LabelText::Text(text) => format!("{key}={text}"),
        LabelText::Number(number) => format!("{key}={number}"),
    };
    row.labels.iter().map(label).collect::<Vec<_>>().join(";")
}
