//! What inferno's picture lacks: names in place of numbers, our colours, a
//! legend, dark pages, and a script that is not alone in its document.
//!
//! One pass over the XML, event by event. What has to be found in it is held by
//! the tests of this crate, which fail when another version of inferno draws
//! otherwise.

use std::fmt::Write as _;
use std::io;

use quick_xml::events::{BytesCData, BytesEnd, BytesStart, BytesText, Event};
use quick_xml::{Reader, Writer};

use crate::svg::Direction;

const STYLE: &str = include_str!("picture.css");
const SCRIPT: &str = include_str!("picture.js");

/// Height of a line of notes or of the legend, in pixels.
const LINE_HEIGHT: usize = 18;

/// Height of a row of frames, in pixels. inferno's own root, above ours, goes.
const ROW_HEIGHT: usize = 16;

/// Where the first line below inferno's subtitle stands, from above, in pixels.
const HEADING_HEIGHT: usize = 76;

/// Room between the legend and the details below it, in pixels.
const DETAILS_GAP: usize = 6;

/// Room below the legend where the details stand elsewhere, in pixels.
const LEGEND_GAP: usize = 16;

/// Width of a character and of the margins, in pixels, as inferno has them.
const CHARACTER: f64 = 12.0 * 0.59;

/// The same in the fonts of most viewers, which are a little wider.
const WIDE_CHARACTER: f64 = 7.3;
const MARGIN: usize = 10;

/// The legend of a picture that fits its page is as wide as a narrow one: where no
/// script runs, nothing puts it into other lines later.
const NARROW_PAGE: usize = 640;

/// Room for the square before an entry of the legend, and for the gap behind it.
const SWATCH: f64 = 17.0;
const GAP: f64 = 18.0;

/// What a frame looks like.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) label: String,
    /// Its first line is the label.
    pub(crate) tooltip: String,
    pub(crate) fill: String,
}

/// What is put into the picture.
#[derive(Debug)]
pub(crate) struct Page {
    /// By number of the frame.
    pub(crate) looks: Vec<Look>,
    /// Lines above the frames.
    pub(crate) notes: Vec<String>,
    /// Colours and their meanings.
    pub(crate) legend: Vec<(String, String)>,
    /// In pixels, as it is drawn first.
    pub(crate) width: usize,
    /// Whether it fits the page later.
    pub(crate) is_fluid: bool,
    pub(crate) direction: Direction,
    pub(crate) embedded: bool,
    /// Whether labels begin with a difference.
    pub(crate) is_differential: bool,
    /// What the picture is called.
    pub(crate) title: String,
}

/// Puts into inferno's picture what it lacks.
pub(crate) fn retouch(svg: &str, page: &Page) -> io::Result<String> {
    let legend = place_legend(page);
    // Never less than the row that goes needs.
    let lines = (page.notes.len() + legend.last().map_or(0, |entry| entry.line + 1)).max(1);
    let gap = match page.direction {
        Direction::Down => LINE_HEIGHT + DETAILS_GAP,
        Direction::Up => LEGEND_GAP,
    };
    let mut retouch = Retouch {
        page,
        extra: lines * LINE_HEIGHT + gap - ROW_HEIGHT,
        legend,
        lines,
        height: 0,
        reader: Reader::from_str(svg),
        out: Writer::new(Vec::new()),
    };
    retouch.picture()?;
    String::from_utf8(retouch.out.into_inner()).map_err(io::Error::other)
}

struct Retouch<'s> {
    page: &'s Page,
    /// What notes and legend add to the height, less the row that goes, in pixels.
    extra: usize,
    legend: Vec<Entry<'s>>,
    /// How many lines of notes and of the legend there are.
    lines: usize,
    /// Of the whole picture, in pixels.
    height: usize,
    reader: Reader<&'s [u8]>,
    out: Writer<Vec<u8>>,
}

impl<'s> Retouch<'s> {
    fn picture(&mut self) -> io::Result<()> {
        loop {
            match self.next()? {
                Event::Start(start) => match start.name().as_ref() {
                    b"svg" if self.height == 0 => self.root(&start)?,
                    b"svg" => {
                        self.heading()?;
                        self.frames(&start)?;
                    }
                    b"defs" => self.skip_to(b"defs").map(drop)?,
                    b"style" => {
                        self.skip_to(b"style")?;
                        self.style()?;
                    }
                    // Ours comes last, when there is something to work on.
                    b"script" => self.skip_to(b"script").map(drop)?,
                    b"text" => self.text(&start)?,
                    _ => {}
                },
                Event::Empty(_) => self.background()?,
                Event::End(end) => {
                    self.final_script()?;
                    self.out.write_event(Event::End(end))?;
                    return Ok(());
                }
                Event::Decl(declaration) if !self.page.embedded => {
                    self.out.write_event(Event::Decl(declaration))?;
                }
                Event::Eof => return Err(io::Error::other("the picture has no end")),
                // The document type names an address, and comments say nothing.
                _ => {}
            }
        }
    }

    fn next(&mut self) -> io::Result<Event<'s>> {
        self.reader.read_event().map_err(io::Error::other)
    }

    /// Goes behind the end of an element and returns the text within.
    fn skip_to(&mut self, name: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        loop {
            match self.next()? {
                Event::Text(part) => text += &String::from_utf8_lossy(&part),
                Event::CData(part) => text += &String::from_utf8_lossy(&part),
                Event::GeneralRef(name) => {
                    let _ = write!(text, "&{};", String::from_utf8_lossy(&name));
                }
                Event::End(end) if end.name().as_ref() == name => return Ok(text),
                Event::Eof => return Err(io::Error::other("an element has no end")),
                _ => {}
            }
        }
    }

    fn root(&mut self, start: &BytesStart<'_>) -> io::Result<()> {
        let height = attribute(start, "height")?;
        let height = height.parse::<usize>().map_err(io::Error::other)?;
        self.height = height + self.extra;
        let [width, height] = [self.page.width, self.height];
        let mut root = BytesStart::new("svg");
        root.push_attribute(("class", "kheap-flame"));
        root.push_attribute(("role", "group"));
        let name = format!("Flame graph: {}", self.page.title);
        root.push_attribute(("aria-label", name.as_str()));
        root.push_attribute(("width", width.to_string().as_str()));
        root.push_attribute(("height", height.to_string().as_str()));
        root.push_attribute(("viewBox", format!("0 0 {width} {height}").as_str()));
        root.push_attribute(("xmlns", "http://www.w3.org/2000/svg"));
        root.push_attribute(("xmlns:fg", "http://github.com/jonhoo/inferno"));
        self.out.write_event(Event::Start(root))
    }

    fn style(&mut self) -> io::Result<()> {
        self.out
            .write_event(Event::Start(BytesStart::new("style")))?;
        self.out
            .write_event(Event::Text(BytesText::from_escaped(STYLE)))?;
        self.end("style")
    }

    /// The page behind everything, the only element without content.
    fn background(&mut self) -> io::Result<()> {
        let height = self.height.to_string();
        self.rectangle("background", ["0", "0", "100%", &height], "#ffffff")
    }

    /// A text of the heading. inferno's ids become classes, because several pictures
    /// can stand on a page.
    fn text(&mut self, start: &BytesStart<'_>) -> io::Result<()> {
        let id = attribute(start, "id")?;
        let y = attribute(start, "y")?
            .parse::<f64>()
            .map_err(io::Error::other)?;
        let y = match id.as_str() {
            "details" | "matched" => self.details_y(),
            _ => y,
        };
        let mut class = id.clone();
        if matches!(id.as_str(), "search" | "unzoom") {
            // The script shows them, where one runs.
            class += " hide";
        }
        let mut text = BytesStart::new("text");
        text.push_attribute(("class", class.as_str()));
        text.push_attribute(("x", attribute(start, "x")?.as_str()));
        text.push_attribute(("y", format!("{y:.2}").as_str()));
        match id.as_str() {
            // Viewers without our style, and those that draw before it is read.
            "title" | "subtitle" => text.push_attribute(("text-anchor", "middle")),
            "search" | "matched" => text.push_attribute(("text-anchor", "end")),
            _ => {}
        }
        match id.as_str() {
            "search" | "unzoom" => {
                text.push_attribute(("role", "button"));
                text.push_attribute(("tabindex", "0"));
            }
            "matched" => text.push_attribute(("role", "status")),
            _ => {}
        }
        self.out.write_event(Event::Start(text))?;
        let content = self.skip_to(b"text")?;
        self.out
            .write_event(Event::Text(BytesText::from_escaped(content)))?;
        self.end("text")
    }

    /// Where it is told what the pointer is on: on the side of the root.
    fn details_y(&self) -> f64 {
        let y = match self.page.direction {
            Direction::Down => HEADING_HEIGHT + self.lines * LINE_HEIGHT + DETAILS_GAP,
            Direction::Up => self.height - 11,
        };
        y as f64
    }

    /// Notes and legend, between the heading and the frames.
    fn heading(&mut self) -> io::Result<()> {
        let baseline = |line: usize| HEADING_HEIGHT + line * LINE_HEIGHT;
        for (line, note) in self.page.notes.iter().enumerate() {
            let [x, y] = [MARGIN, baseline(line)].map(|n| n.to_string());
            self.line("note", [&x, &y], note)?;
        }
        for entry in std::mem::take(&mut self.legend) {
            let y = baseline(self.page.notes.len() + entry.line);
            let [x, text_x] = [entry.x, entry.x + SWATCH].map(|x| format!("{x:.0}"));
            let square_y = (y - 10).to_string();
            self.rectangle("swatch", [&x, &square_y, "12", "12"], entry.color)?;
            self.line("legend", [&text_x, &y.to_string()], entry.text)?;
        }
        Ok(())
    }

    fn frames(&mut self, start: &BytesStart<'_>) -> io::Result<()> {
        let mut frames = BytesStart::new("svg");
        frames.push_attribute(("class", "frames"));
        // From above the row that goes is the first, from below the last.
        let (y, height) = match self.page.direction {
            Direction::Down => (self.extra, self.height - self.extra),
            Direction::Up => (
                self.extra + ROW_HEIGHT,
                self.height - self.extra - ROW_HEIGHT,
            ),
        };
        frames.push_attribute(("y", y.to_string().as_str()));
        frames.push_attribute(("height", height.to_string().as_str()));
        for name in ["x", "width"] {
            frames.push_attribute((name, attribute(start, name)?.as_str()));
        }
        self.out.write_event(Event::Start(frames))?;
        loop {
            match self.next()? {
                Event::Start(_) => self.frame()?,
                Event::End(_) => return self.end("svg"),
                Event::Eof => return Err(io::Error::other("the frames have no end")),
                _ => {}
            }
        }
    }

    /// A group of a title, which begins with the number of the frame, a rectangle
    /// and a text.
    fn frame(&mut self) -> io::Result<()> {
        self.next()?;
        let Some(number) = frame_number(&self.skip_to(b"title")?) else {
            return self.skip_to(b"g").map(drop);
        };
        let look = self.page.looks.get(number);
        let look = look.ok_or_else(|| io::Error::other("a frame has no number"))?;
        self.out.write_event(Event::Start(BytesStart::new("g")))?;
        self.element("title", &look.tooltip)?;
        let mut share = 0.0;
        loop {
            match self.next()? {
                Event::Empty(start) => {
                    let width = attribute(&start, "width")?;
                    share = width
                        .trim_end_matches('%')
                        .parse()
                        .map_err(io::Error::other)?;
                    self.frame_rectangle(&start, &look.fill)?;
                }
                Event::Start(start) => {
                    let room = share / 100.0 * (self.page.width - 2 * MARGIN) as f64 - 3.0;
                    let place = [attribute(&start, "x")?, attribute(&start, "y")?];
                    self.skip_to(b"text")?;
                    self.label(place, &fitting(&look.label, room))?;
                }
                Event::End(_) => return self.end("g"),
                Event::Eof => return Err(io::Error::other("a frame has no end")),
                _ => {}
            }
        }
    }

    fn label(&mut self, [x, y]: [String; 2], label: &str) -> io::Result<()> {
        let mut text = BytesStart::new("text");
        text.push_attribute(("x", x.as_str()));
        text.push_attribute(("y", y.as_str()));
        self.out.write_event(Event::Start(text))?;
        self.out.write_event(Event::Text(BytesText::new(label)))?;
        self.end("text")
    }

    /// The rectangle as inferno placed it, in our colour.
    fn frame_rectangle(&mut self, start: &BytesStart<'_>, fill: &str) -> io::Result<()> {
        let mut rectangle = BytesStart::new("rect");
        for name in ["x", "y", "width", "height"] {
            rectangle.push_attribute((name, attribute(start, name)?.as_str()));
        }
        rectangle.push_attribute(("fill", fill));
        for name in ["fg:x", "fg:w"] {
            rectangle.push_attribute((name, attribute(start, name)?.as_str()));
        }
        self.out.write_event(Event::Empty(rectangle))
    }

    fn final_script(&mut self) -> io::Result<()> {
        self.out
            .write_event(Event::Start(BytesStart::new("script")))?;
        let settings = [
            ("EMBEDDED", self.page.embedded),
            ("FLUID", self.page.is_fluid),
            ("DIFFERENTIAL", self.page.is_differential),
            ("UPWARD", self.page.direction == Direction::Up),
        ];
        let script = settings
            .iter()
            .fold(SCRIPT.to_owned(), |script, (name, value)| {
                script.replace(name, &value.to_string())
            });
        self.out
            .write_event(Event::CData(BytesCData::new(script)))?;
        self.end("script")
    }

    fn rectangle(&mut self, class: &str, place: [&str; 4], fill: &str) -> io::Result<()> {
        let mut rectangle = BytesStart::new("rect");
        rectangle.push_attribute(("class", class));
        for (name, value) in ["x", "y", "width", "height"].into_iter().zip(place) {
            rectangle.push_attribute((name, value));
        }
        rectangle.push_attribute(("fill", fill));
        self.out.write_event(Event::Empty(rectangle))
    }

    fn line(&mut self, class: &str, [x, y]: [&str; 2], content: &str) -> io::Result<()> {
        let mut text = BytesStart::new("text");
        for attribute in [("class", class), ("x", x), ("y", y)] {
            text.push_attribute(attribute);
        }
        self.out.write_event(Event::Start(text))?;
        self.out.write_event(Event::Text(BytesText::new(content)))?;
        self.end("text")
    }

    fn element(&mut self, name: &str, content: &str) -> io::Result<()> {
        self.out.write_event(Event::Start(BytesStart::new(name)))?;
        self.out.write_event(Event::Text(BytesText::new(content)))?;
        self.end(name)
    }

    fn end(&mut self, name: &str) -> io::Result<()> {
        self.out.write_event(Event::End(BytesEnd::new(name)))
    }
}

/// An entry of the legend and where it stands.
#[derive(Debug)]
struct Entry<'p> {
    color: &'p str,
    text: &'p str,
    /// In pixels.
    x: f64,
    line: usize,
}

/// Fills lines with the legend, as words fill a page.
fn place_legend(page: &Page) -> Vec<Entry<'_>> {
    let margin = MARGIN as f64;
    let room = match page.is_fluid {
        true => NARROW_PAGE,
        false => page.width,
    };
    let (mut x, mut line) = (margin, 0);
    let mut entries = Vec::new();
    for (color, text) in &page.legend {
        let width = SWATCH + text.chars().count() as f64 * WIDE_CHARACTER;
        if x > margin && x + width > room as f64 - margin {
            (x, line) = (margin, line + 1);
        }
        entries.push(Entry {
            color,
            text,
            x,
            line,
        });
        x += width + GAP;
    }
    entries
}

/// Reads `17 (3 samples, 1.00%)`. inferno's own root, `all (…)`, has no number.
fn frame_number(title: &str) -> Option<usize> {
    title.split(' ').next()?.parse().ok()
}

/// As much of a label as has room, as the script cuts it too.
fn fitting(label: &str, room: f64) -> String {
    let fits = (room / CHARACTER).max(0.0) as usize;
    match label.chars().count() {
        length if length <= fits => label.to_owned(),
        _ if fits < 3 => String::new(),
        _ => {
            let mut cut: String = label.chars().take(fits - 2).collect();
            let _ = write!(cut, "..");
            cut
        }
    }
}

/// The value of an attribute, empty without one. Of inferno's none needs escapes.
fn attribute(start: &BytesStart<'_>, name: &str) -> io::Result<String> {
    let found = start.try_get_attribute(name).map_err(io::Error::other)?;
    let value = found.map(|found| String::from_utf8_lossy(&found.value).into_owned());
    Ok(value.unwrap_or_default())
}
