//! The file format of speedscope.

use std::io::{self, Write};

use kheap::profile::SampleTypeId;
use serde::Serialize;

use crate::stacks::{Sides, Stack, Stacks};
use crate::stream::Seq;

const SCHEMA: &str = "https://www.speedscope.app/file-format-schema.json";

#[derive(Serialize)]
struct File<'a, P> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    exporter: &'static str,
    name: &'a str,
    #[serde(rename = "activeProfileIndex")]
    active_profile_index: usize,
    shared: Shared<'a>,
    profiles: P,
}

#[derive(Serialize)]
struct Shared<'a> {
    frames: Vec<Frame<'a>>,
}

#[derive(Serialize)]
struct Frame<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SampledProfile<S, W> {
    r#type: &'static str,
    name: String,
    unit: &'static str,
    start_value: u64,
    end_value: u128,
    samples: S,
    weights: W,
}

/// What one profile of the file shows: a sample type, and which of the two values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    pub(crate) sample_type: SampleTypeId,
    pub(crate) side: usize,
}

impl View {
    /// All that there is to show: each sample type, of a difference both sides of it.
    pub(crate) fn all(stacks: &Stacks<'_>) -> Vec<Self> {
        let types = stacks.selection().profile().sample_type_ids();
        let sides = match stacks.sides() {
            Sides::One => 1..2,
            Sides::ShrunkGrown | Sides::BeforeAfter => 0..2,
        };
        let views = |sample_type| sides.clone().map(move |side| Self { sample_type, side });
        types.flat_map(views).collect()
    }

    /// Position of what is looked at; of a difference what it is now, or what grew.
    pub(crate) fn active(views: &[Self], stacks: &Stacks<'_>) -> usize {
        let wanted = stacks.selection().sample_type();
        let is_active = |view: &Self| view.sample_type == wanted && view.side == 1;
        views.iter().position(is_active).unwrap_or(0)
    }

    /// What it is called, such as `inuse_space` or `inuse_space: grown`.
    pub(crate) fn name(self, stacks: &Stacks<'_>) -> String {
        let profile = stacks.selection().profile();
        let name = profile.sample_type_name(self.sample_type);
        let side = match (stacks.sides(), self.side) {
            (Sides::One, _) => return name.into_owned(),
            (Sides::ShrunkGrown, 0) => "shrunk",
            (Sides::ShrunkGrown, _) => "grown",
            (Sides::BeforeAfter, 0) => "before",
            (Sides::BeforeAfter, _) => "after",
        };
        format!("{name}: {side}")
    }

    pub(crate) fn unit(self, stacks: &Stacks<'_>) -> String {
        let profile = stacks.selection().profile();
        profile.sample_type_unit(self.sample_type).into_owned()
    }

    pub(crate) fn weight(self, stack: &Stack<'_>) -> u64 {
        stack.values(self.sample_type)[self.side]
    }

    /// The stacks that hold something, and what.
    pub(crate) fn weights<'s>(
        self,
        stacks: &'s Stacks<'s>,
    ) -> impl Iterator<Item = (Stack<'s>, u64)> + use<'s> {
        let stacks = stacks.iter().map(move |stack| (stack, self.weight(&stack)));
        stacks.filter(|&(_, weight)| weight != 0)
    }
}

/// Writes a file that <https://www.speedscope.app> opens. Each sample type is a profile. In a
/// difference each sample type has two profiles: what shrank and what grew, or before and
/// after. The page shows the selected sample type first.
///
/// Memory stays in proportion to the selection, however large the file gets.
///
/// # Errors
///
/// Those of the writer.
///
/// Source: speedscope `src/lib/file-format-spec.ts`, and the schema in its package on npm.
pub fn speedscope(stacks: &Stacks<'_>, mut out: impl Write) -> io::Result<()> {
    let views = View::all(stacks);
    let frames = stacks.frames().iter().map(|frame| Frame {
        name: &frame.function,
        file: frame.file.as_deref(),
        line: frame.line,
    });
    let summary = stacks.summary();
    let file = File {
        schema: SCHEMA,
        exporter: concat!("kheap ", env!("CARGO_PKG_VERSION")),
        name: summary.program.as_deref().unwrap_or("heap"),
        active_profile_index: View::active(&views, stacks),
        shared: Shared {
            frames: frames.collect(),
        },
        profiles: Seq::new(views.iter().map(|&view| {
            SampledProfile {
                r#type: "sampled",
                name: view.name(stacks),
                unit: unit(&view.unit(stacks)),
                start_value: 0,
                end_value: view
                    .weights(stacks)
                    .map(|(_, weight)| u128::from(weight))
                    .sum(),
                samples: Seq::new(view.weights(stacks).map(|(stack, _)| frames_of(&stack))),
                weights: Seq::new(view.weights(stacks).map(|(_, weight)| weight)),
            }
        })),
    };
    serde_json::to_writer(&mut out, &file)?;
    writeln!(out)
}

fn frames_of(stack: &Stack<'_>) -> Vec<usize> {
    stack.frames().collect()
}

/// The unit as speedscope calls it.
fn unit(unit: &str) -> &'static str {
    match unit {
        "bytes" => "bytes",
        "nanoseconds" => "nanoseconds",
        "microseconds" => "microseconds",
        "milliseconds" => "milliseconds",
        "seconds" => "seconds",
        _ => "none",
    }
}

#[cfg(test)]
mod tests {
    use kheap::{ProfileBuilder, Selection, SelectionOptions};

    use super::*;

    #[test]
    fn a_file_has_the_stacks_and_their_weights() {
        let profile = ProfileBuilder::folded("main;load 64\nmain;serve 32\nmain;load 1");
        let profile = profile.unwrap().finish();
        let sample_type = profile.sample_type("").unwrap();
        let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
        let mut file = Vec::new();
        speedscope(&Stacks::of(&selection), &mut file).unwrap();
        let file: serde_json::Value = serde_json::from_slice(&file).unwrap();
        let names: Vec<&str> = file["shared"]["frames"]
            .as_array()
            .unwrap()
            .iter()
            .map(|frame| frame["name"].as_str().unwrap())
            .collect();
        let shown = &file["profiles"][file["activeProfileIndex"].as_u64().unwrap() as usize];
        let stacks: Vec<String> = shown["samples"]
            .as_array()
            .unwrap()
            .iter()
            .map(|stack| {
                let frames = stack.as_array().unwrap().iter();
                let names = frames.map(|at| names[at.as_u64().unwrap() as usize]);
                names.collect::<Vec<_>>().join(";")
            })
            .collect();
        assert_eq!(stacks, ["main;load", "main;serve"]);
        assert_eq!(shown["weights"], serde_json::json!([65, 32]));
        assert_eq!(
            (&shown["endValue"], &shown["unit"]),
            (&97.into(), &"bytes".into())
        );
    }
}
