//! The flame graph drawn by inferno.
//!
//! inferno knows a frame by its name alone, and takes names as text. So it is
//! given numbers for names, which also keeps it from what stands in a dump, and
//! [`retouch`](crate::retouch) puts names, colours and values in their place.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::io;
use std::ops::RangeInclusive;

use inferno::flamegraph::{self, color::PaletteMap};

use kheap_text::{note, picture as words};

use crate::color::{Paint, channels};
use crate::flame::Flame;
use crate::label::{amount, label, one_line, share, shorten, signed, tooltip};
use crate::picture::{Direction, DrawError, Picture};
use crate::retouch::{Look, Page, ROW_HEIGHT, retouch};

/// What scripts and doubles count without loss.
const LARGEST_COUNT: u128 = 1 << 53;

/// The width that a picture has where nothing makes it fit its page, in pixels.
pub(crate) const WIDTH: usize = 1200;

/// The width that a picture may have. On a narrower one, no name fits.
const WIDTHS: RangeInclusive<usize> = 200..=65_535;

/// The longest line of the heading, in characters.
const LONGEST_LINE: usize = 200;

impl Flame {
    /// Draws the graph as an SVG that needs nothing else: with its script, which
    /// zooms and searches, and its style, for light pages and dark ones.
    ///
    /// What is too narrow is left out, and the picture says how much that is.
    ///
    /// # Errors
    ///
    /// [`DrawError::Empty`] when there is nothing to draw, and [`DrawError::Width`] for a
    /// [width](Picture::width) out of bounds.
    pub fn svg(&self, picture: &Picture) -> Result<String, DrawError> {
        if self.width() == 0 {
            return Err(DrawError::Empty);
        }
        let width = picture.width.unwrap_or(WIDTH);
        if !WIDTHS.contains(&width) {
            return Err(DrawError::Width {
                width,
                least: *WIDTHS.start(),
                most: *WIDTHS.end(),
            });
        }
        let mut shown = self.clone();
        shown.trim(
            (picture.min_width / width as f64).clamp(0.0, 1.0),
            picture.max_frames,
        );
        let paint = Paint::new(&shown, picture.coloring);
        let raw = draw(&shown, &paint, picture)?;
        let page = Page {
            title: heading(&shown, picture),
            notes: notes(&shown, picture),
            legend: &paint.legend,
            width,
            is_fluid: picture.width.is_none(),
            direction: picture.direction,
            embedded: picture.embedded,
            is_differential: shown.is_differential,
        };
        let look = |at: usize| {
            let frame = shown.frames.get(at)?;
            Some(Look {
                label: label(&shown, frame),
                tooltip: tooltip(&shown, frame),
            })
        };
        Ok(retouch(&raw, &page, look)?)
    }
}

/// Lets inferno place and paint the frames, each under its number.
fn draw(flame: &Flame, paint: &Paint<'_>, picture: &Picture) -> Result<String, DrawError> {
    let mut options = flamegraph::Options::default();
    options.direction = match picture.direction {
        Direction::Down => flamegraph::Direction::Inverted,
        Direction::Up => flamegraph::Direction::Straight,
    };
    options.image_width = picture.width;
    options.min_width = 0.0;
    options.frame_height = ROW_HEIGHT;
    options.no_javascript = true;
    // Our order, not that of the alphabet: inferno then reads from the last line
    // to the first, and does not sort.
    options.flame_chart = true;
    let mut palette = palette(flame, paint)?;
    options.palette_map = Some(&mut palette);
    let lines = numbered_stacks(flame);
    let mut svg = Vec::new();
    let lines = lines.iter().rev().map(String::as_str);
    flamegraph::from_lines(&mut options, lines, &mut svg)?;
    String::from_utf8(svg).map_err(|error| io::Error::other(error).into())
}

/// The colours of the frames, by number, as inferno reads them.
fn palette(flame: &Flame, paint: &Paint<'_>) -> io::Result<PaletteMap> {
    let mut lines = String::new();
    for (at, frame) in flame.frames.iter().enumerate() {
        let [red, green, blue] = channels(&paint.fill(frame));
        // Writing to a string does not fail.
        let _ = writeln!(lines, "{at}->rgb({red},{green},{blue})");
    }
    PaletteMap::from_reader(&mut lines.as_bytes())
}

/// Stacks as folded lines in which the positions of frames stand for their names.
fn numbered_stacks(flame: &Flame) -> Vec<String> {
    // Callees that are left out leave their room empty.
    let mut rest: Vec<u64> = flame.frames.iter().map(|frame| frame.width).collect();
    for frame in &flame.frames {
        if let Some(parent) = frame.parent {
            rest[parent] = rest[parent].saturating_sub(frame.width);
        }
    }
    let sum: u128 = rest.iter().map(|&value| u128::from(value)).sum();
    let shift = (sum / LARGEST_COUNT).checked_ilog2();
    let shift = shift.map_or(0, |log| log + 1);
    let mut lines = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    // What a frame holds itself comes right of its callees, when it is closed.
    for at in (0..flame.frames.len()).map(Some).chain([None]) {
        let depth = at.map_or(0, |at| flame.frames[at].depth);
        while open.len() > depth {
            let frame = open[open.len() - 1];
            let value = rest[frame] >> shift;
            if value > 0 {
                let names: Vec<String> = open.iter().map(usize::to_string).collect();
                lines.push(format!("{} {value}", names.join(";")));
            }
            open.pop();
        }
        open.extend(at);
    }
    lines
}

fn heading(flame: &Flame, picture: &Picture) -> String {
    shorten(&one_line(&title(flame, picture)), LONGEST_LINE)
}

fn title(flame: &Flame, picture: &Picture) -> String {
    match &picture.title {
        Some(title) => title.clone(),
        None => words::title(&flame.summary, flame.is_differential),
    }
}

fn subtitle(flame: &Flame, picture: &Picture) -> String {
    let summary = &flame.summary;
    let root = &flame.frames[0];
    let (before, after) = (amount(flame, root.before), amount(flame, root.after));
    let values = match flame.is_differential {
        true => words::totals(&before, &after, &signed(flame, root.delta())),
        false => after,
    };
    let shown = i64::try_from(root.after).unwrap_or(i64::MAX);
    let total = match flame.is_differential || shown == summary.total {
        true => String::new(),
        false => {
            let total = summary.total.unsigned_abs();
            let share = share(root.after, total);
            format!(", {}", words::in_all(&share, &amount(flame, total)))
        }
    };
    let about = [
        // The title says it where nobody chose another.
        picture.title.as_ref().and(summary.program.clone()),
        picture.time.clone(),
        note::added_up(summary),
        Some(summary.sample_type.clone()),
        Some(format!("{values}{total}")),
    ];
    about.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// What the reader of the picture has to know: which values these are, filters, what is
/// folded or left out, and what widths mean where that is no matter of course.
fn notes(flame: &Flame, picture: &Picture) -> Vec<String> {
    let mut notes = vec![subtitle(flame, picture)];
    if !flame.summary.active_filters.is_empty() {
        notes.push(words::filters(&flame.summary.active_filters));
    }
    if flame.is_differential {
        notes.push(words::WIDTHS.to_owned());
    }
    if let Some(dropped) = flame.dropped {
        notes.push(words::shrunk(&amount(flame, dropped)));
    }
    if let Some(cut) = flame.cut {
        let share = share(
            cut,
            flame
                .parts
                .iter()
                .fold(0, |sum, part| part.value.saturating_add(sum)),
        );
        notes.push(words::grouped(&share));
    }
    notes.extend(folded_note(flame));
    if flame.trimmed.is_full {
        notes.push(words::FULL.to_owned());
    }
    if flame.trimmed.frames > 0 {
        let widest = amount(flame, flame.trimmed.widest);
        notes.push(words::narrow(flame.trimmed.frames, &widest));
    }
    notes
        .iter()
        .map(|note| shorten(&one_line(note), LONGEST_LINE))
        .collect()
}

/// How many functions have no frame of their own.
fn folded_note(flame: &Flame) -> Option<String> {
    let chains = flame.frames.iter().filter_map(|frame| frame.chain);
    let passing = chains.flat_map(|chain| flame.chains[chain].iter().copied());
    let passing: BTreeSet<usize> = passing.collect();
    words::folded(passing.len(), flame.recursive)
}
