//! What inferno's picture lacks: names in place of numbers, a heading with a legend,
//! dark pages, and a script that is not alone in its document.
//!
//! The frames of inferno's picture are taken, where it placed them and in the colours
//! that it was given. What has to be found in it is held by the tests of this crate,
//! which fail when another version of inferno draws otherwise.

use std::io;

use quick_xml::Reader;
use quick_xml::events::{BytesCData, BytesDecl, BytesStart, BytesText, Event};

use crate::heading::{self, Entry, Heading, MARGIN, Out, write_background};
use crate::picture::Direction;

const STYLE: &str = include_str!("picture.css");
const SCRIPT: &str = include_str!("picture.js");

/// Height of a row of frames, in pixels.
pub(crate) const ROW_HEIGHT: usize = 16;

/// How far inferno's frames are from the upper edge and from the lower one, in pixels.
/// Its own root, around ours, goes.
const ABOVE: [usize; 2] = [52 + ROW_HEIGHT, 36];
const BELOW: [usize; 2] = [22, 34 + ROW_HEIGHT];

/// Width of a character, in pixels, as inferno has it.
const CHARACTER: f64 = 12.0 * 0.59;

/// The legend of a picture that fits its page is as wide as a narrow one: where no
/// script runs, nothing puts it into other lines later.
const NARROW_PAGE: usize = 640;

/// What a frame is called.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) label: String,
    /// Its first line is the label.
    pub(crate) tooltip: String,
}

/// What is put around the frames.
#[derive(Debug)]
pub(crate) struct Page<'f> {
    pub(crate) title: String,
    /// Lines above the frames.
    pub(crate) notes: Vec<String>,
    /// Colours and their meanings.
    pub(crate) legend: &'f [Entry],
    /// In pixels, as it is drawn first.
    pub(crate) width: usize,
    /// Whether it fits the page later.
    pub(crate) is_fluid: bool,
    pub(crate) direction: Direction,
    pub(crate) embedded: bool,
    /// Whether labels begin with a difference.
    pub(crate) is_differential: bool,
}

/// Puts the frames of inferno's picture on a page. `look` says by number what each is
/// called.
pub(crate) fn retouch(
    svg: &str,
    page: &Page<'_>,
    look: impl Fn(usize) -> Option<Look>,
) -> io::Result<String> {
    let mut frames = Frames::find(svg)?;
    let room = match page.is_fluid {
        true => NARROW_PAGE.min(page.width),
        false => page.width,
    };
    let heading = Heading::new(&page.title, &page.notes, page.legend, room as f64);
    let side = usize::from(page.direction == Direction::Up);
    let top = heading.height.ceil() as usize;
    let rows = frames.height.saturating_sub(ABOVE[side] + BELOW[side]);
    let height = top + rows + MARGIN as usize;

    let mut out = Out::new(Vec::with_capacity(2 * svg.len()));
    if !page.embedded {
        out.write_event(Event::Decl(BytesDecl::new("1.0", None, None)))?;
    }
    out.write_event(Event::Start(root(page, height)))?;
    out.create_element("style")
        .write_text_content(BytesText::from_escaped(STYLE))?;
    write_background(&mut out)?;
    heading.write(&mut out)?;
    let mut area = BytesStart::new("svg");
    let width = page.width - 2 * MARGIN as usize;
    let y = top as f64 - ABOVE[side] as f64;
    for (name, value) in [
        ("x", MARGIN.to_string()),
        ("y", y.to_string()),
        ("width", width.to_string()),
        ("height", (ABOVE[side] + rows).to_string()),
    ] {
        area.push_attribute((name, value.as_str()));
    }
    area.push_attribute(("class", "frames"));
    out.write_event(Event::Start(area.borrow()))?;
    frames.write(&mut out, width as f64, look)?;
    out.write_event(Event::End(area.to_end()))?;
    write_bar(&mut out)?;
    out.create_element("script")
        .write_cdata_content(BytesCData::new(script(page)))?;
    out.write_event(Event::End(BytesStart::new("svg").to_end()))?;
    String::from_utf8(out.into_inner()).map_err(io::Error::other)
}

/// What the script works with, and shows where one runs: a box to search in, what is
/// found, a way out of a zoom, and what the pointer is on. It stays in sight.
fn write_bar(out: &mut Out) -> io::Result<()> {
    let bar = out
        .create_element("g")
        .with_attribute(("class", "bar hide"));
    bar.write_inner_content(|out| {
        write_background(out)?;
        let field = out.create_element("foreignObject").with_attributes([
            ("x", MARGIN.to_string().as_str()),
            ("width", "240"),
            ("height", "24"),
        ]);
        field.write_inner_content(|out| {
            let input = out.create_element("input").with_attributes([
                ("xmlns", "http://www.w3.org/1999/xhtml"),
                ("type", "search"),
                ("placeholder", "search functions"),
                (
                    "aria-label",
                    "Search functions: a part of a name or a regular expression",
                ),
            ]);
            input.write_empty()?;
            Ok(())
        })?;
        for (class, y, role, text) in [
            ("unzoom hide", "17", "button", "Reset zoom"),
            ("matched", "17", "status", " "),
            ("details", "42", "status", " "),
        ] {
            let element = out.create_element("text").with_attributes([
                ("class", class),
                ("x", MARGIN.to_string().as_str()),
                ("y", y),
                ("role", role),
            ]);
            element.write_text_content(BytesText::new(text))?;
        }
        Ok(())
    })?;
    Ok(())
}

fn root(page: &Page<'_>, height: usize) -> BytesStart<'static> {
    let mut root = BytesStart::new("svg");
    root.push_attribute(("class", "kheap-flame"));
    root.push_attribute(("role", "group"));
    let name = format!("Flame graph: {}", page.title);
    root.push_attribute(("aria-label", name.as_str()));
    root.push_attribute(("width", page.width.to_string().as_str()));
    root.push_attribute(("height", height.to_string().as_str()));
    let view = format!("0 0 {} {height}", page.width);
    root.push_attribute(("viewBox", view.as_str()));
    root.push_attribute(("xmlns", "http://www.w3.org/2000/svg"));
    root.push_attribute(("xmlns:fg", "http://github.com/jonhoo/inferno"));
    root
}

fn script(page: &Page<'_>) -> String {
    script_with([
        ("EMBEDDED", page.embedded),
        ("FLUID", page.is_fluid),
        ("DIFFERENTIAL", page.is_differential),
        ("UPWARD", page.direction == Direction::Up),
    ])
}

fn script_with(settings: [(&str, bool); 4]) -> String {
    let script = SCRIPT.replace("HEADING", heading::SCRIPT);
    settings.iter().fold(script, |script, (name, value)| {
        script.replace(name, &value.to_string())
    })
}

/// The scripts of pictures that stand on a page and are as wide as it: of one heap, and of a
/// difference. A page that names its scripts by their fingerprints needs them.
pub fn embedded_scripts() -> [String; 2] {
    [false, true].map(|is_differential| {
        script_with([
            ("EMBEDDED", true),
            ("FLUID", true),
            ("DIFFERENTIAL", is_differential),
            ("UPWARD", false),
        ])
    })
}

/// The frames of inferno's picture.
struct Frames<'s> {
    reader: Reader<&'s [u8]>,
    /// For the whole picture, in pixels.
    height: usize,
}

impl<'s> Frames<'s> {
    /// Goes to where the frames begin: in an `svg` within that of the picture.
    fn find(svg: &'s str) -> io::Result<Self> {
        let mut frames = Self {
            reader: Reader::from_str(svg),
            height: 0,
        };
        loop {
            match frames.next()? {
                Event::Start(start) if start.name().as_ref() == b"svg" => {
                    if frames.height > 0 {
                        return Ok(frames);
                    }
                    let height = attribute(&start, "height")?.parse();
                    frames.height = height.map_err(io::Error::other)?;
                }
                Event::Eof => return Err(io::Error::other("the picture has no frames")),
                _ => {}
            }
        }
    }

    fn next(&mut self) -> io::Result<Event<'s>> {
        self.reader.read_event().map_err(io::Error::other)
    }

    fn write(
        &mut self,
        out: &mut Out,
        width: f64,
        look: impl Fn(usize) -> Option<Look>,
    ) -> io::Result<()> {
        loop {
            match self.next()? {
                Event::Start(_) => self.frame(out, width, &look)?,
                Event::End(_) => return Ok(()),
                Event::Eof => return Err(io::Error::other("the frames have no end")),
                _ => {}
            }
        }
    }

    /// A group of a title, which begins with the number of the frame, a rectangle and
    /// a text. The name replaces both texts.
    fn frame(
        &mut self,
        out: &mut Out,
        width: f64,
        look: impl Fn(usize) -> Option<Look>,
    ) -> io::Result<()> {
        let mut look_of_frame = None;
        let mut room = 0.0;
        loop {
            let event = self.next()?;
            match &event {
                Event::Text(text) if look_of_frame.is_none() => {
                    let Some(number) = frame_number(text) else {
                        return self.skip_frame();
                    };
                    let look = look(number).ok_or_else(|| unexpected("a frame has no number"))?;
                    out.write_event(Event::Start(BytesStart::new("g")))?;
                    out.create_element("title")
                        .write_text_content(BytesText::new(&look.tooltip))?;
                    look_of_frame = Some(look);
                }
                Event::Empty(rectangle) => {
                    let share = attribute(rectangle, "width")?;
                    let share = share.trim_end_matches('%').parse::<f64>();
                    room = share.map_err(io::Error::other)? / 100.0 * width - 3.0;
                    out.write_event(event)?;
                }
                Event::Start(start) if start.name().as_ref() == b"text" => {
                    out.write_event(event.borrow())?;
                    let label = look_of_frame.as_ref().map_or("", |look| &look.label);
                    let label = fitting(label, room);
                    out.write_event(Event::Text(BytesText::new(&label)))?;
                }
                Event::End(end) => match end.name().as_ref() {
                    b"text" => out.write_event(event)?,
                    b"g" => return out.write_event(event),
                    _ => {}
                },
                Event::Eof => return Err(unexpected("a frame has no end")),
                _ => {}
            }
        }
    }

    fn skip_frame(&mut self) -> io::Result<()> {
        loop {
            match self.next()? {
                Event::End(end) if end.name().as_ref() == b"g" => return Ok(()),
                Event::Eof => return Err(unexpected("a frame has no end")),
                _ => {}
            }
        }
    }
}

fn unexpected(what: &'static str) -> io::Error {
    io::Error::other(what)
}

/// Reads `17 (3 samples, 1.00%)`. inferno's own root, `all (…)`, has no number.
fn frame_number(title: &[u8]) -> Option<usize> {
    let digits = title.split(|&byte| byte == b' ').next()?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// As much of a label as has room, as the script cuts it too.
fn fitting(label: &str, room: f64) -> String {
    let fits = (room / CHARACTER).max(0.0) as usize;
    match label.chars().count() {
        length if length <= fits => label.to_owned(),
        _ if fits < 3 => String::new(),
        _ => label.chars().take(fits - 2).chain("..".chars()).collect(),
    }
}

/// The value of an attribute, empty without one. None of inferno's needs escapes.
fn attribute(start: &BytesStart<'_>, name: &str) -> io::Result<String> {
    let found = start.try_get_attribute(name).map_err(io::Error::other)?;
    let value = found.map(|found| String::from_utf8_lossy(&found.value).into_owned());
    Ok(value.unwrap_or_default())
}
