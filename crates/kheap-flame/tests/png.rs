//! Pictures in pixels.
#![cfg(feature = "png")]

mod common;

use common::{HOSTILE, flame, profile_of, select, whole};
use kheap_flame::{DrawError, Flame, FlameOptions, png};

/// Whether both pictures have the same bytes.
fn same(a: &str, b: &str) -> bool {
    png(a, 1.0).expect("a picture") == png(b, 1.0).expect("a picture")
}

#[test]
fn texts_are_drawn_without_a_font_of_the_machine() {
    let svg = flame("main.main;main.load 96")
        .svg(&whole())
        .expect("a picture");
    let mute = svg.replace(">main.load</text>", "></text>");
    assert_ne!(svg, mute);
    assert!(!same(&svg, &mute), "the label leaves no trace");
    assert!(same(&svg, &svg));
}

#[test]
fn hostile_names_are_drawn() {
    let samples: Vec<_> = HOSTILE
        .iter()
        .map(|name| (vec!["main", *name], 1))
        .collect();
    let flame = Flame::new(&select(profile_of(&samples)), &FlameOptions::default());
    assert!(png(&flame.svg(&whole()).expect("a picture"), 1.0).is_ok());
}

#[test]
fn a_picture_that_would_fill_the_memory_is_refused() {
    let names: Vec<String> = (0..9_000).map(|n| format!("f{n}")).collect();
    let stack = names.iter().map(String::as_str).collect();
    let flame = Flame::new(&select(profile_of(&[(stack, 5)])), &FlameOptions::default());
    let picture = whole().max_frames(20_000);
    let svg = flame.svg(&picture).expect("a picture");
    let error = png(&svg, 2.0).expect_err("it is too large");
    assert!(
        matches!(error, DrawError::TooManyPixels { width: 2400, .. }),
        "{error}"
    );
}
