//! The parts of a program: id, title and colour.

use std::sync::{Arc, OnceLock};

use serde::Deserialize;

/// What is not attributed to any part.
pub const OTHER: &str = "other";

/// A part of a program that memory belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Part {
    /// What stands in results: `list-etcd`. A public name.
    pub id: String,
    /// What a person reads: `LIST (read from etcd)`.
    pub title: String,
    /// Its colour in pictures, behind dark text: `#ddaa33`.
    pub color: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PartsFile {
    part: Vec<Part>,
}

/// The parts that are compiled in, in the order of their file.
pub fn parts() -> &'static [Part] {
    static PARTS: OnceLock<Vec<Part>> = OnceLock::new();
    PARTS.get_or_init(|| {
        let file: PartsFile = built_in!("parts");
        file.part
    })
}

/// The built-in part of an id.
pub fn part(id: &str) -> Option<&'static Part> {
    parts().iter().find(|part| part.id == id)
}

/// Title and colour of every part: of a user's, and of those that are compiled in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Parts {
    /// The parts that the user adds.
    own: Arc<[Part]>,
}

impl Parts {
    /// Those of a user beside the built-in ones.
    pub(crate) fn with_own(own: Vec<Part>) -> Self {
        Self { own: own.into() }
    }

    /// The built-in ones alone.
    pub fn builtin() -> &'static Self {
        static BUILTIN: OnceLock<Parts> = OnceLock::new();
        BUILTIN.get_or_init(Self::default)
    }

    /// The part of an id.
    pub fn get(&self, id: &str) -> Option<&Part> {
        let own = self.own.iter().find(|part| part.id == id);
        own.or_else(|| part(id))
    }

    /// Those that the user adds.
    pub fn own(&self) -> &[Part] {
        &self.own
    }

    /// All of them: those of the user first, then the built-in ones. The rules of a user cannot
    /// name a part as a built-in one is named; where a stored part has become built-in since, the
    /// stored one counts.
    pub fn iter(&self) -> impl Iterator<Item = &Part> {
        let is_replaced = |part: &&Part| self.own.iter().any(|own| own.id == part.id);
        let builtin = parts().iter().filter(move |part| !is_replaced(part));
        self.own.iter().chain(builtin)
    }

    /// What a part is, in a few words; the id itself for one that is not known.
    pub fn title<'p>(&'p self, id: &'p str) -> &'p str {
        self.get(id).map_or(id, |part| &part.title)
    }

    /// The colour of a part, where it is known.
    pub fn color(&self, id: &str) -> Option<&str> {
        self.get(id).map(|part| part.color.as_str())
    }
}

/// Whether it is a colour as parts have them: `#ddaa33`.
pub(crate) fn is_color(text: &str) -> bool {
    let digits = text.strip_prefix('#').unwrap_or_default();
    digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit())
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

    /// Parts that are large together.
    const LARGE: [&str; 8] = [
        "list-etcd",
        "list-encode",
        "list-other",
        "watch-init",
        "watch-serve",
        "watch-cache-fill",
        "watch-cache-events",
        "other",
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

    /// How far two colours are apart for the eye that confuses them most.
    fn distance(a: &Part, b: &Part) -> f64 {
        let distances = EYES.map(|eye| {
            let [a, b] = [a, b].map(|part| lab(times(eye, linear(&part.color))));
            let squares = (0..3).map(|at| (a[at] - b[at]).powi(2));
            squares.sum::<f64>().sqrt()
        });
        distances.into_iter().fold(f64::INFINITY, f64::min)
    }

    #[test]
    fn a_part_of_the_user_stands_in_the_place_of_a_built_in_one() {
        let own = |id: &str| Part {
            id: id.to_owned(),
            title: "own".to_owned(),
            color: "#ffffff".to_owned(),
        };
        let all = Parts::with_own(vec![own("sessions"), own(OTHER)]);
        let ids: Vec<&str> = all.iter().map(|part| &*part.id).collect();
        assert_eq!(ids[..2], ["sessions", OTHER]);
        assert_eq!(ids.len(), parts().len() + 1);
        assert_eq!(all.own().len(), 2);
        assert!(all.iter().all(|part| all.get(&part.id) == Some(part)));
    }

    #[test]
    fn every_part_has_an_id_a_title_and_a_colour() {
        for (position, part) in parts().iter().enumerate() {
            assert!(!part.title.is_empty() && is_color(&part.color), "{part:?}");
            let mut before = parts()[..position].iter();
            assert!(before.all(|other| other.id != part.id), "{part:?}");
        }
        assert!(part("list-etcd").is_some() && part("no-part").is_none());
    }

    #[test]
    fn no_two_colours_are_close_to_any_eye() {
        for (position, a) in parts().iter().enumerate() {
            for b in &parts()[..position] {
                let both = LARGE.contains(&a.id.as_str()) && LARGE.contains(&b.id.as_str());
                let least = if both { 20.0 } else { 7.0 };
                assert!(distance(a, b) > least, "{a:?} {b:?} {}", distance(a, b));
            }
        }
    }

    #[test]
    fn labels_are_read_on_all_colours() {
        let light = |color: &str| {
            let channels = linear(color).into_iter().zip([0.2126, 0.7152, 0.0722]);
            channels.map(|(channel, part)| channel * part).sum::<f64>()
        };
        for part in parts() {
            // WCAG 2.2, 1.4.3: 4.5 to 1.
            let contrast = (light(&part.color) + 0.05) / (light("#1a1a1a") + 0.05);
            assert!(contrast > 4.5, "{part:?} {contrast}");
        }
    }
}
