//! Profiles written as folded stacks, and pictures read back.

#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::BTreeMap;
use std::path::Path;

use kheap::{Heap, Profile, ProfileBuilder, Selection, SelectionOptions};
use kheap_flame::{Flame, FlameOptions, Picture};
use roxmltree::{Document, Node};

/// Names that mean something to one format or another.
pub(crate) const HOSTILE: [&str; 10] = [
    "<script>alert(1)</script>",
    "main.\"quoted\" 'twice' & `more`",
    "a;b c;d 17",
    "line\nbreak\r\ttab\u{1b}[31m",
    "\u{202e}desrever שלום",
    "]]><!--x--> %s {{x}} \\N \\\" #quot; | -->",
    "\u{0}\u{ffff}\u{feff}\u{85}",
    "$$$\\frac{a}{b}$$$",
    "17",
    "",
];

pub(crate) fn profile(stacks: &str) -> Profile {
    if stacks.is_empty() {
        return profile_of(&[]);
    }
    let folded = ProfileBuilder::folded(stacks);
    folded.expect("a value in each line").finish()
}

/// A profile of names that may have `;` or end in numbers.
pub(crate) fn profile_of(samples: &[(Vec<&str>, i64)]) -> Profile {
    let mut builder = ProfileBuilder::new();
    builder.sample_type("inuse_space", "bytes");
    let mut known = BTreeMap::new();
    for (frames, value) in samples {
        let mut stack = Vec::new();
        for &name in frames.iter().rev() {
            let location = *known.entry(name).or_insert_with(|| {
                let function = builder.function(name, "main.go");
                builder.location(None, 0, &[(function, 7)])
            });
            stack.push(location);
        }
        let added = builder.sample(&stack, &[*value], &[]);
        added.expect("one value for one type");
    }
    builder.finish()
}

pub(crate) fn select(profile: Profile) -> Heap<'static> {
    let sample_type = profile.sample_type("").expect("there is one");
    Heap::new(Selection::new(
        profile,
        sample_type,
        &SelectionOptions::default(),
    ))
}

pub(crate) fn flame(stacks: &str) -> Flame {
    Flame::new(&select(profile(stacks)), &FlameOptions::default())
}

pub(crate) fn compare(before: &str, after: &str) -> Flame {
    let [before, after] = [before, after].map(|stacks| select(profile(stacks)));
    Flame::compare(&before, &after, &FlameOptions::default())
}

/// A dump of the project's test data.
pub(crate) fn dump(name: &str) -> Heap<'static> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/dumps");
    let bytes = std::fs::read(folder.join(name)).expect("the dump is there");
    select(kheap::decode(&bytes).expect("it is a profile"))
}

/// Everything is drawn, however narrow.
pub(crate) fn whole() -> Picture {
    Picture::default().min_width(0.0).max_frames(usize::MAX)
}

/// A frame as it stands in the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Drawn {
    /// First line of the tooltip.
    pub(crate) label: String,
    pub(crate) tooltip: String,
    /// What stands in the frame itself, cut to its width.
    pub(crate) text: String,
    pub(crate) fill: String,
    /// From the left, and its width, in the unit of the sample type.
    pub(crate) x: u64,
    pub(crate) width: u64,
    /// From above, in pixels.
    pub(crate) y: i64,
    /// For the picture, in ten thousandths of a percent.
    pub(crate) share: u64,
}

/// Reads the frames of a picture, from left to right and down, and holds the
/// picture to what all have in common.
pub(crate) fn frames(svg: &str) -> Vec<Drawn> {
    let document = Document::parse(svg).unwrap_or_else(|error| panic!("{error}\n{svg}"));
    let elements = document.descendants().filter(Node::is_element);
    let scripts = elements
        .clone()
        .filter(|e| e.has_tag_name("script") || e.tag_name().name() == "script");
    assert_eq!(scripts.count(), 1, "one script, ours");
    let container = elements
        .clone()
        .find(|e| e.attribute("class") == Some("frames"));
    let groups = container.expect("it has frames").children();
    let mut frames: Vec<Drawn> = groups.filter(Node::is_element).map(drawn).collect();
    frames.sort_by_key(|frame| (frame.y, frame.x));
    frames
}

fn drawn(group: Node<'_, '_>) -> Drawn {
    let child = |name: &str| {
        let found = group
            .children()
            .find(|child| child.tag_name().name() == name);
        found.unwrap_or_else(|| panic!("a frame has a {name}"))
    };
    let text = |name: &str| child(name).text().unwrap_or_default().to_owned();
    let rectangle = child("rect");
    let inferno = "http://github.com/jonhoo/inferno";
    let number = |name: &str| {
        let value = rectangle
            .attribute((inferno, name))
            .expect("it has a place");
        value.parse().expect("a number")
    };
    let share = rectangle.attribute("width").expect("it has a width");
    let tooltip = text("title");
    Drawn {
        label: tooltip.lines().next().unwrap_or_default().to_owned(),
        tooltip,
        text: text("text"),
        fill: rectangle.attribute("fill").unwrap_or_default().to_owned(),
        x: number("x"),
        width: number("w"),
        y: rectangle
            .attribute("y")
            .and_then(|y| y.parse().ok())
            .expect("a row"),
        share: share
            .trim_end_matches('%')
            .replace('.', "")
            .parse()
            .expect("a share"),
    }
}

/// Compares line by line, without leading spaces.
#[track_caller]
pub(crate) fn check(actual: &str, expected: &str) {
    let lines = |text: &str| {
        text.lines()
            .map(|line| line.trim().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(lines(actual), lines(expected));
}
