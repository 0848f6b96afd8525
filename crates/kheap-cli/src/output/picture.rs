//! Flame graphs and call graphs: pictures, and what they are made of as text and
//! JSON.

use std::io::Write;

use anyhow::{Result, bail};
use kheap::{CallGraph, Heap, Selection, Summary};
use kheap_flame::{DrawError, Flame};
use kheap_text::clock;

use super::Sink;
use crate::args::{FlameArgs, FlameFormat, GraphArgs, GraphFormat};
use crate::json::v1;

/// Refuses to fill a terminal with a picture, before anything is read.
pub(crate) fn check_svg(sink: &Sink, command: &str) -> Result<()> {
    if sink.is_terminal() {
        bail!("a terminal shows no SVG; name a file: `kheap {command} -o heap.svg …`");
    }
    Ok(())
}

/// The same for PNG, which also has to be there.
pub(crate) fn check_png(sink: &Sink, command: &str) -> Result<()> {
    if !cfg!(feature = "png") {
        bail!(
            "this kheap draws no PNG; `cargo install --path crates/kheap-cli --features png` \
             installs one that does"
        );
    }
    if sink.is_terminal() {
        bail!("a terminal shows no PNG; name a file: `kheap {command} -o heap.png …`");
    }
    Ok(())
}

/// Writes a flame graph; `before` is what it is compared with.
pub(crate) fn flame(
    sink: &mut Sink,
    flame: &Flame,
    before: Option<&Selection>,
    format: FlameFormat,
    args: &FlameArgs,
) -> Result<()> {
    if flame.trimmed.is_full {
        super::note("stacks have too many different frames; callees of some are left out");
    }
    match format {
        FlameFormat::Folded => flame.write_folded(sink)?,
        FlameFormat::Json => v1::flame::json(sink, flame)?,
        FlameFormat::Svg | FlameFormat::Png => {
            let before = before.map(Summary::new);
            let picture = args.picture().time(times(before.as_ref(), &flame.summary));
            let svg = drawn(flame.svg(&picture))?;
            match format {
                FlameFormat::Png => sink.write_all(&drawn(pixels(&svg, args.file.scale()))?)?,
                _ => sink.write_all(svg.as_bytes())?,
            }
        }
    }
    Ok(())
}

/// Writes a call graph.
pub(crate) fn graph(
    sink: &mut Sink,
    heap: &Heap,
    graph: &CallGraph,
    format: GraphFormat,
    args: &GraphArgs,
) -> Result<()> {
    let picture = args.picture(format).time(times(None, &Summary::new(heap)));
    let picture = picture.draw(heap, graph);
    let dropped = graph.trimming().dropped_nodes;
    if dropped > 0 && matches!(picture, Err(DrawError::Empty)) {
        bail!("nothing to draw: all nodes ({dropped}) are too small; add --no-trim to see them");
    }
    let drawn_graph = drawn(picture)?;
    if let Some(left_out) = &drawn_graph.left_out {
        super::note(left_out);
    }
    let text = drawn_graph.text;
    match format {
        GraphFormat::Png => sink.write_all(&drawn(pixels(&text, args.file.scale()))?)?,
        _ => sink.write_all(text.as_bytes())?,
    }
    Ok(())
}

#[cfg(feature = "png")]
fn pixels(svg: &str, scale: f32) -> Result<Vec<u8>, DrawError> {
    kheap_flame::png(svg, scale)
}

#[cfg(not(feature = "png"))]
fn pixels(_: &str, _: f32) -> Result<Vec<u8>, DrawError> {
    unreachable!("the format is checked before anything is read")
}

/// The picture, or why there is none and what to do.
fn drawn<T>(result: Result<T, DrawError>) -> Result<T> {
    match result {
        Ok(picture) => Ok(picture),
        Err(error @ DrawError::Empty) => bail!("{error}; do the filters leave anything?"),
        Err(error @ DrawError::TooManyPixels { .. }) => {
            bail!("{error}; draw a smaller --scale, or write SVG")
        }
        Err(error) => Err(error.into()),
    }
}

/// When the profile was taken, and with a base when that was.
fn times(before: Option<&Summary>, after: &Summary) -> Option<String> {
    let time = |summary: &Summary| summary.time_nanos.map(clock);
    match (before.and_then(time), time(after)) {
        (Some(before), Some(after)) => Some(format!("{before} → {after}")),
        (_, after) => after,
    }
}
