//! `kheap export`: a row a sample.

use std::io::Write;

use anyhow::Result;
use kheap::Heap;
use kheap_export::{LabelText, Row, Rows};

use super::Sink;
use crate::json::v1;

/// Writes a line for each sample: a column for each sample type, and its stack.
pub(crate) fn csv(sink: &mut Sink, heap: &Heap, rows: &Rows) -> Result<()> {
    let profile = heap.profile();
    let types = profile.sample_type_ids();
    let types = types.map(|id| profile.sample_type_name(id).into_owned());
    let header = ["part", "verb", "kind"].map(str::to_owned).into_iter();
    let header = header.chain(types);
    sink.record(header.chain(["labels", "stack"].map(str::to_owned)))?;
    for row in rows.iter() {
        let place = row.place;
        let place = place.map_or(["", "", ""], |p| [&p.part, &p.verb, &p.kind]);
        let cells = place.map(str::to_owned).into_iter();
        let cells = cells.chain(row.values.iter().map(i64::to_string));
        sink.record(cells.chain([labels(&row), row.frames.join(";")]))?;
    }
    Ok(())
}

fn labels(row: &Row<'_>) -> String {
    let label = |(key, value): &(String, LabelText)| match value {
        LabelText::Text(text) => format!("{key}={text}"),
        LabelText::Number(number) => format!("{key}={number}"),
    };
    row.labels.iter().map(label).collect::<Vec<_>>().join(";")
}

/// Writes one object, whose rows come line by line.
pub(crate) fn json(sink: &mut Sink, heap: &Heap, rows: &Rows) -> Result<()> {
    let (head, each) = v1::export::parts(heap, rows)?;
    let head = head.strip_suffix('}').unwrap_or(&head);
    write!(sink, "{head},\"rows\":[")?;
    for (index, row) in each.enumerate() {
        write!(sink, "{}", if index == 0 { "\n" } else { ",\n" })?;
        serde_json::to_writer(&mut *sink, &row)?;
    }
    writeln!(sink, "\n]}}")?;
    Ok(())
}
