//! What stands above every picture: its title, notes, and what colours mean.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesStart, BytesText, Event};

/// What a picture is written to.
pub(crate) type Out = Writer<Vec<u8>>;

/// What the scripts of all pictures have in common: it breaks the heading anew where a
/// page is narrower.
pub(crate) const SCRIPT: &str = include_str!("heading.js");

/// Around everything, in pixels.
pub(crate) const MARGIN: f64 = 10.0;

/// Height of a line, in pixels.
const LINE: f64 = 18.0;

/// Base lines from above: of the title, and of the line below it.
const TITLE: f64 = 24.0;
const FIRST: f64 = 46.0;

/// Room below the last line.
const BELOW: f64 = 10.0;

/// Width of a character, in pixels, in the fonts of most viewers.
const CHARACTER: f64 = 7.3;
const TITLE_CHARACTER: f64 = CHARACTER * 16.0 / 12.0;

/// Room for the mark before an entry of the legend, and for the gap behind it.
const MARK: f64 = 18.0;
const GAP: f64 = 18.0;

/// A line of the legend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) mark: Mark,
    pub(crate) text: String,
}

/// What stands before a line of the legend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mark {
    /// A colour of frames or nodes.
    Color(String),
    /// A line across frames that are left out.
    Dashes,
    /// The frame of a node that is shown for its flat alone.
    Added,
}

impl Entry {
    pub(crate) fn color(color: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            mark: Mark::Color(color.into()),
            text: text.into(),
        }
    }
}

/// The heading, broken so that it fits a width.
#[derive(Debug)]
pub(crate) struct Heading<'a> {
    /// Class, base line, text.
    lines: Vec<(&'static str, f64, String)>,
    /// From the left, base line.
    legend: Vec<(f64, f64, &'a Entry)>,
    /// In pixels, from the upper edge.
    pub(crate) height: f64,
}

impl<'a> Heading<'a> {
    pub(crate) fn new(title: &str, notes: &[String], legend: &'a [Entry], width: f64) -> Self {
        let room = width - 2.0 * MARGIN;
        let mut heading = Self {
            lines: Vec::new(),
            legend: Vec::new(),
            height: 0.0,
        };
        let mut y = heading.add("title", title, [TITLE, LINE + 4.0], room / TITLE_CHARACTER);
        y = FIRST.max(y);
        for note in notes {
            y = heading.add("note", note, [y, LINE], room / CHARACTER);
        }
        let mut x = MARGIN;
        for entry in legend {
            let width = MARK + entry.text.chars().count() as f64 * CHARACTER;
            if x > MARGIN && x + width > MARGIN + room {
                (x, y) = (MARGIN, y + LINE);
            }
            heading.legend.push((x, y, entry));
            x += width + GAP;
        }
        heading.height = y - if legend.is_empty() { LINE } else { 0.0 } + BELOW;
        heading
    }

    /// Adds a text from a base line on, and returns the next one.
    fn add(&mut self, class: &'static str, text: &str, [mut y, line]: [f64; 2], room: f64) -> f64 {
        for (position, part) in broken(text, room as usize).into_iter().enumerate() {
            let class = match (position, class) {
                (0, class) => class,
                (_, "title") => "title more",
                _ => "note more",
            };
            self.lines.push((class, y, part));
            y += line;
        }
        y
    }

    pub(crate) fn write(&self, out: &mut Out) -> io::Result<()> {
        for (class, y, text) in &self.lines {
            write_text(out, class, [MARGIN, *y], text)?;
        }
        for (x, y, entry) in &self.legend {
            write_mark(out, &entry.mark, [*x, *y])?;
            write_text(out, "legend", [x + MARK, *y], &entry.text)?;
        }
        Ok(())
    }
}

/// Breaks a text at spaces into lines of so many characters; longer words stay whole.
fn broken(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut length = 0;
    for word in text.split(' ') {
        let letters = word.chars().count();
        match lines.last_mut() {
            Some(line) if line.is_empty() || length + 1 + letters <= room => {
                if !line.is_empty() {
                    line.push(' ');
                    length += 1;
                }
                line.push_str(word);
                length += letters;
            }
            _ => {
                lines.push(word.to_owned());
                length = letters;
            }
        }
    }
    lines
}

/// A square, a line or a frame, in a group that scripts move.
fn write_mark(out: &mut Out, mark: &Mark, [x, y]: [f64; 2]) -> io::Result<()> {
    let place = format!("translate({x:.0} {y:.0})");
    let mut group = BytesStart::new("g");
    group.push_attribute(("class", "mark"));
    group.push_attribute(("transform", place.as_str()));
    out.write_event(Event::Start(group))?;
    let element = match mark {
        Mark::Dashes => out.create_element("path").with_attributes([
            ("class", "edge"),
            ("d", "M0 -4H14"),
            ("stroke", "#888888"),
            ("stroke-width", "2"),
            ("stroke-dasharray", "4 3"),
        ]),
        Mark::Color(fill) => square(out, fill).with_attribute(("class", "swatch")),
        Mark::Added => square(out, "none").with_attribute(("class", "added")),
    };
    element.write_empty()?;
    out.write_event(Event::End(BytesStart::new("g").to_end()))
}

fn square<'o>(out: &'o mut Out, fill: &'o str) -> quick_xml::writer::ElementWriter<'o, Vec<u8>> {
    out.create_element("rect").with_attributes([
        ("y", "-10"),
        ("width", "12"),
        ("height", "12"),
        ("fill", fill),
    ])
}

pub(crate) fn write_text(
    out: &mut Out,
    class: &str,
    [x, y]: [f64; 2],
    text: &str,
) -> io::Result<()> {
    let [x, y] = [x, y].map(|number| format!("{number:.1}"));
    let element = out.create_element("text");
    let element = element.with_attributes([("class", class), ("x", &x), ("y", &y)]);
    element.write_text_content(BytesText::new(text))?;
    Ok(())
}

/// The page behind everything.
pub(crate) fn write_background(out: &mut Out) -> io::Result<()> {
    let background = out.create_element("rect").with_attributes([
        ("class", "background"),
        ("width", "100%"),
        ("height", "100%"),
        ("fill", "#ffffff"),
    ]);
    background.write_empty()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_broken_at_spaces() {
        assert_eq!(broken("one two three", 7), ["one two", "three"]);
        assert_eq!(broken("a-word-without-end", 4), ["a-word-without-end"]);
        assert_eq!(broken("", 4), [""]);
    }
}
