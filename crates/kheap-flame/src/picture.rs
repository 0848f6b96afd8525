//! How a flame graph is drawn, and why there is none.

use std::io;

use crate::color::Coloring;

/// How a flame graph is drawn.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Picture {
    /// The heading; the program's name without one.
    pub title: Option<String>,
    /// When the profile was taken, as it is to be shown.
    pub time: Option<String>,
    /// Which way stacks grow.
    pub direction: Direction,
    /// What the colours mean.
    pub coloring: Coloring,
    /// Width in pixels, 200 to 65535; without one the picture fits its page.
    pub width: Option<usize>,
    /// Frames narrower than this are left out, in pixels.
    pub min_width: f64,
    /// The largest number of frames, for the sake of the browser.
    pub max_frames: usize,
    /// Whether the picture becomes part of an HTML page, on which it leaves the
    /// address and all keys alone.
    pub embedded: bool,
}

kheap::__setters! {
    impl Picture {
        title: impl Into<Option<String>>,
        time: impl Into<Option<String>>,
        direction: Direction,
        coloring: Coloring,
        width: impl Into<Option<usize>>,
        min_width: f64,
        max_frames: usize,
        embedded: bool,
    }
}

/// Which way stacks grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// Down, the root on top: an icicle graph.
    #[default]
    Down,
    /// Up, like flames.
    Up,
}

impl Default for Picture {
    fn default() -> Self {
        Self {
            title: None,
            time: None,
            direction: Direction::default(),
            coloring: Coloring::default(),
            width: None,
            min_width: 0.5,
            max_frames: 8000,
            embedded: false,
        }
    }
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DrawError {
    /// All values are 0, or filters left no sample.
    #[error("nothing to draw: no sample has a value")]
    Empty,
    /// The picture is to be narrower or wider than anybody can read.
    #[error("a picture is {least} to {most} pixels wide, not {width}")]
    Width {
        /// The width that was asked for.
        width: usize,
        /// The least that one may have.
        least: usize,
        /// The most.
        most: usize,
    },
    /// The picture has more pixels than anybody looks at.
    #[error("the picture has {width} times {height} pixels, {most} are the most")]
    TooManyPixels {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
        /// How many it may have.
        most: u64,
    },
    /// The XML was not as expected.
    #[error("cannot draw: {0}")]
    Io(#[from] io::Error),
}
