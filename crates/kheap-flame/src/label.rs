//! Names and values as a picture shows them.

use kheap::unit;
use kheap_text::LONGEST_NAME;
use kheap_text::picture;
pub(crate) use kheap_text::{one_line, shorten};

use crate::flame::{Flame, Frame};

/// The longest label, which is more than fits a frame of the widest picture.
const LONGEST_LABEL: usize = 300;

/// The text in a frame. With a base the growth comes first, so that it is seen
/// without colour, and stays where the name is cut.
pub(crate) fn label(flame: &Flame, frame: &Frame) -> String {
    let short = shorten(&one_line(&flame.name(frame).short), LONGEST_LABEL);
    match flame.is_differential {
        false => short,
        true => format!("{} {short}", signed(flame, frame.delta())),
    }
}

/// The text beside the pointer. Its first line is the label, from which the
/// script fills the frame again when the picture is zoomed.
pub(crate) fn tooltip(flame: &Flame, frame: &Frame) -> String {
    let name = flame.name(frame);
    let mut lines = vec![label(flame, frame), values(flame, frame)];
    if name.full != name.short {
        lines.push(shorten(&one_line(&name.full), LONGEST_NAME));
    }
    if let Some(part) = frame
        .part
        .filter(|_| flame.has_parts && frame.parent.is_some())
    {
        let title = one_line(&flame.parts[part].title);
        lines.push(shorten(&picture::part(&title), LONGEST_NAME));
    }
    if let Some(chain) = frame.chain {
        let name = |&name: &usize| one_line(&flame.names[name].short);
        let names: Vec<String> = flame.chains[chain].iter().map(name).collect();
        lines.push(shorten(&picture::folded_into(&names), LONGEST_NAME));
    }
    lines.join("\n")
}

fn values(flame: &Flame, frame: &Frame) -> String {
    let after = amount(flame, frame.after);
    if !flame.is_differential {
        let share = share(frame.after, flame.frames[0].after);
        return picture::frame(&after, &share, &amount(flame, frame.flat_after));
    }
    let before = amount(flame, frame.before);
    let delta = signed(flame, frame.delta());
    picture::changed_frame((frame.before, &before), (frame.after, &after), &delta)
}

/// A value in the unit that suits it.
pub(crate) fn amount(flame: &Flame, value: u64) -> String {
    let value = i64::try_from(value).unwrap_or(i64::MAX);
    in_unit(flame, value)
}

/// A difference with its sign.
pub(crate) fn signed(flame: &Flame, delta: i64) -> String {
    match delta {
        0 => "±0".to_owned(),
        delta if delta > 0 => format!("+{}", in_unit(flame, delta)),
        delta => in_unit(flame, delta),
    }
}

fn in_unit(flame: &Flame, value: i64) -> String {
    let to = match flame.summary.display_unit.as_str() {
        // A picture shows values of all sizes, each in its own unit.
        unit::MINIMUM => unit::AUTO,
        wish => wish,
    };
    unit::label(value, &flame.summary.sample_unit, to)
}

/// A share without the spaces that align it in tables.
pub(crate) fn share(value: u64, total: u64) -> String {
    let signed = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    unit::percentage(signed(value), signed(total))
        .trim()
        .to_owned()
}
