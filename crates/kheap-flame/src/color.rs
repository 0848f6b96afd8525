//! What frames are painted in, and what that means.
//!
//! Labels are dark on all of these colours, so that they are read alike on a
//! light page and on a dark one. No meaning hangs on a colour alone: parts and
//! packages are in the tooltip, growth has its sign in the label.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use kheap::knowledge::Parts;
use kheap_text::picture::{OTHER_PACKAGES, OTHERS};

use crate::flame::{Flame, Frame};
use crate::heading::Entry;
use crate::label::{amount, one_line, share, shorten};

/// What the colours of a flame graph mean. A differential one is always painted
/// by growth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Coloring {
    /// The part of the program that most of a frame belongs to.
    #[default]
    Part,
    /// The package of the function.
    Package,
    /// Warm colours that mean nothing.
    Classic,
}

/// Colours that people who confuse red and green tell apart too, behind dark text:
/// found by a search for the largest distance between the two that are closest.
const PALETTE: [&str; 8] = [
    "#bbccff", "#ddaa33", "#55bb99", "#4499ff", "#ffff66", "#aa8855", "#aaeeaa", "#6699aa",
];

/// For what has no colour of its own.
pub(crate) const NEUTRAL: &str = "#dddddd";

/// From no growth to the most, and from no shrinkage to the most.
const GROWTH: [[f64; 3]; 2] = [[253.0, 233.0, 224.0], [236.0, 110.0, 84.0]];
const SHRINKAGE: [[f64; 3]; 2] = [[225.0, 238.0, 248.0], [93.0, 160.0, 214.0]];

/// The longest name of a package in the legend, in characters.
const LONGEST_PACKAGE: usize = 60;

/// The colours of a flame graph and what they mean.
#[derive(Debug)]
pub(crate) struct Paint<'f> {
    flame: &'f Flame,
    by: By<'f>,
    /// What each colour means, in the order of the legend.
    pub(crate) legend: Vec<Entry>,
}

#[derive(Debug)]
enum By<'f> {
    Part,
    Package(Vec<&'f str>),
    Classic,
    /// The largest magnitude of a difference.
    Growth(u64),
}

impl<'f> Paint<'f> {
    pub(crate) fn new(flame: &'f Flame, coloring: Coloring) -> Self {
        let by = match coloring {
            _ if flame.is_differential => By::Growth(largest_delta(flame)),
            Coloring::Part if flame.has_parts => By::Part,
            // Parts are those of a heap.
            Coloring::Part => By::Package(packages(flame)),
            Coloring::Package => By::Package(packages(flame)),
            Coloring::Classic => By::Classic,
        };
        let legend = match &by {
            By::Part => part_legend(flame),
            By::Package(packages) => package_legend(packages),
            By::Classic => Vec::new(),
            By::Growth(_) => growth_legend(),
        };
        Self { flame, by, legend }
    }

    /// The colour of a frame, as SVG writes it.
    pub(crate) fn fill(&self, frame: &Frame) -> String {
        let name = self.flame.name(frame);
        match &self.by {
            By::Growth(largest) => by_growth(frame.delta(), *largest),
            _ if frame.parent.is_none() => NEUTRAL.to_owned(),
            By::Part => match frame.part {
                Some(part) => self.flame.parts[part].color.clone(),
                None => NEUTRAL.to_owned(),
            },
            By::Package(packages) => color_at(packages.iter().position(|p| *p == name.package)),
            By::Classic => classic(&name.full),
        }
    }
}

/// The colour of a part, the same in every picture and on every page. Dark text is read
/// on it.
pub fn part_color<'p>(parts: &'p Parts, id: &str) -> &'p str {
    parts.color(id).unwrap_or(NEUTRAL)
}

fn color_at(rank: Option<usize>) -> String {
    let color = rank.and_then(|rank| PALETTE.get(rank));
    color.unwrap_or(&NEUTRAL).to_string()
}

/// Red for growth, blue for shrinkage, stronger for more of it. Square roots,
/// because most differences are far smaller than the largest.
fn by_growth(delta: i64, largest: u64) -> String {
    let strength = (delta.unsigned_abs() as f64 / largest.max(1) as f64).sqrt();
    match delta {
        0 => NEUTRAL.to_owned(),
        delta if delta > 0 => between(GROWTH, strength),
        _ => between(SHRINKAGE, strength),
    }
}

fn between([from, to]: [[f64; 3]; 2], strength: f64) -> String {
    let strength = strength.clamp(0.0, 1.0);
    let channel = |at: usize| (from[at] + (to[at] - from[at]) * strength).round() as u8;
    format!("#{:02x}{:02x}{:02x}", channel(0), channel(1), channel(2))
}

/// Red, green and blue of a colour as SVG writes it, black of what is none.
pub(crate) fn channels(color: &str) -> [u8; 3] {
    let digits = color.get(1..).unwrap_or_default();
    let number = u32::from_str_radix(digits, 16).unwrap_or(0);
    let [_, channels @ ..] = number.to_be_bytes();
    channels
}

/// The colour of a node of the call graph: stronger for a larger share of the
/// total, blue for what is negative.
pub(crate) fn by_share(value: i64, total: i64) -> String {
    by_growth(value, total.unsigned_abs())
}

/// A warm colour that a name always has. FNV-1a, because the hashes of the
/// standard library may change with it.
fn classic(name: &str) -> String {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325, step);
    let [red, green, blue, ..] = hash.to_le_bytes().map(u32::from);
    let (red, green, blue) = (215 + red % 40, 95 + green % 140, 30 + blue % 60);
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn largest_delta(flame: &Flame) -> u64 {
    let deltas = flame
        .frames
        .iter()
        .map(|frame| frame.delta().unsigned_abs());
    deltas.max().unwrap_or(0)
}

/// The packages that take the most of the picture.
fn packages(flame: &Flame) -> Vec<&str> {
    let mut areas: BTreeMap<&str, u128> = BTreeMap::new();
    for frame in &flame.frames {
        let package = flame.name(frame).package.as_str();
        if !package.is_empty() {
            *areas.entry(package).or_default() += u128::from(frame.width);
        }
    }
    let mut areas: Vec<_> = areas.into_iter().collect();
    areas.sort_unstable_by_key(|&(package, area)| (Reverse(area), package));
    let packages = areas.into_iter().map(|(package, _)| package);
    packages.take(PALETTE.len()).collect()
}

fn part_legend(flame: &Flame) -> Vec<Entry> {
    let total = flame
        .parts
        .iter()
        .fold(0_u64, |sum, part| sum.saturating_add(part.value));
    let line = |part: &crate::Part| {
        let share = share(part.value, total);
        let value = amount(flame, part.value);
        let title = shorten(&one_line(&part.title), LONGEST_PACKAGE);
        Entry::color(part.color.as_str(), format!("{title} {value} {share}"))
    };
    let is_drawn = |part: &&crate::Part| {
        let drawn = |frame: &Frame| frame.part.is_some_and(|at| flame.parts[at] == **part);
        part.color != NEUTRAL && flame.frames.iter().any(drawn)
    };
    let shown = flame.parts.iter().filter(is_drawn).map(line);
    let several = Entry::color(NEUTRAL, OTHERS);
    shown.chain([several]).collect()
}

fn package_legend(packages: &[&str]) -> Vec<Entry> {
    let line = |(package, color): (&&str, &&str)| {
        Entry::color(*color, shorten(&one_line(package), LONGEST_PACKAGE))
    };
    let other = Entry::color(NEUTRAL, OTHER_PACKAGES);
    let shown = packages.iter().zip(&PALETTE).map(line);
    shown.chain([other]).collect()
}

pub(crate) fn growth_legend() -> Vec<Entry> {
    vec![
        Entry::color(between(GROWTH, 1.0), "+ grew"),
        Entry::color(between(SHRINKAGE, 1.0), "- shrank"),
        Entry::color(NEUTRAL, "±0 as before"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What people see who lack red or green cones, in linear light, and what
    /// others see.
    ///
    /// Source: Machado, Oliveira and Fernandes, "A Physiologically-based Model for
    /// Simulation of Color Vision Deficiency" (2009), severity 1.
    const EYES: [[[f64; 3]; 3]; 3] = [
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ],
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ],
    ];

    fn linear(color: &str) -> [f64; 3] {
        [1, 3, 5].map(|at| {
            let channel = u8::from_str_radix(&color[at..at + 2], 16).unwrap();
            match f64::from(channel) / 255.0 {
                dark if dark <= 0.04045 => dark / 12.92,
                bright => ((bright + 0.055) / 1.055).powf(2.4),
            }
        })
    }

    fn times(rows: [[f64; 3]; 3], column: [f64; 3]) -> [f64; 3] {
        rows.map(|row| (0..3).map(|at| row[at] * column[at]).sum())
    }

    /// CIELAB, in which equal distances look about equal.
    fn lab(linear: [f64; 3]) -> [f64; 3] {
        let rows = [
            [0.4339, 0.3762, 0.1899],
            [0.2126, 0.7152, 0.0722],
            [0.0177, 0.1095, 0.8727],
        ];
        let [x, y, z] = times(rows, linear.map(|channel| channel.clamp(0.0, 1.0))).map(f64::cbrt);
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    #[test]
    fn no_two_colours_are_close_to_any_eye() {
        let colors: Vec<&str> = PALETTE.into_iter().chain([NEUTRAL]).collect();
        for (position, a) in colors.iter().enumerate() {
            for b in &colors[..position] {
                for eye in EYES {
                    let [a_seen, b_seen] = [a, b].map(|color| lab(times(eye, linear(color))));
                    let squares = (0..3).map(|at| (a_seen[at] - b_seen[at]).powi(2));
                    let distance = squares.sum::<f64>().sqrt();
                    assert!(distance > 20.0, "{a} {b} {distance}");
                }
            }
        }
    }

    #[test]
    fn labels_are_read_on_all_colours() {
        let light = |color| {
            times(EYES[0], linear(color))
                .into_iter()
                .zip([0.2126, 0.7152, 0.0722])
                .map(|(channel, part)| channel * part)
                .sum::<f64>()
        };
        for color in PALETTE.into_iter().chain([NEUTRAL]) {
            // WCAG 2.2, 1.4.3: 4.5 to 1.
            let contrast = (light(color) + 0.05) / (light("#1a1a1a") + 0.05);
            assert!(contrast > 4.5, "{color} {contrast}");
        }
    }
}
