//! How a heap grew, beside what is known of it: a cause, or only who allocates.

use kheap::Diagnosis;
use kheap::diagnose::{Evidence, Verdict};
use kheap::series::GrowthPattern;

use crate::change::{about, counted, signed_near};
use crate::composition;
use crate::composition::asked_about;
use crate::diagnosis::{Known, amount, in_sentence, sentence, short};
use crate::trend::{growing, time};

/// A smaller growth is no answer where the rest is not explained.
const LEAST: f64 = 0.1;

/// The growth of a heap that no finding explains, with who allocated it; and whether it goes on.
pub(crate) fn unexplained(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<(bool, String)> {
    let growth = growing(diagnosis)?;
    let trend = diagnosis.trend.as_ref()?;
    let delta = trend.row.delta();
    if diagnosis.verdict() != Verdict::Unexplained
        || (delta as f64) < LEAST * diagnosis.total as f64
    {
        return None;
    }
    let (lead, end) = lead(diagnosis, growth.goes_on)?;
    let who = who(diagnosis, delta);
    let objects = composition::objects(diagnosis, known).filter(|_| who.is_some());
    let (who, objects) = (who.unwrap_or_default(), objects.unwrap_or_default());
    Some((growth.goes_on, format!("{lead}{who}{objects}.{end}")))
}

/// The growth of a heap, after its cause.
pub(crate) fn beside_cause(diagnosis: &Diagnosis) -> Option<(bool, String)> {
    let growth = growing(diagnosis)?;
    let (lead, end) = lead(diagnosis, growth.goes_on)?;
    let lead = format!("the heap {}", in_sentence(&lead));
    Some((growth.goes_on, format!("{}{end}", sentence(&lead))))
}

/// By how much it grew, and what may be concluded.
fn lead(diagnosis: &Diagnosis, goes_on: bool) -> Option<(String, &'static str)> {
    let trend = diagnosis.trend.as_ref()?;
    let grown = signed_near(trend.row.delta() as f64, &diagnosis.unit);
    let time = time(trend);
    let dumps = counted(trend.snapshots, "dump");
    let is_steady = trend.row.pattern == Some(GrowthPattern::Grows);
    Some(match trend.snapshots {
        2 => (format!("Grew {grown}{time}"), " Two dumps show no trend."),
        _ if goes_on && is_steady => (format!("Grows steadily, {grown}{time} over {dumps}"), ""),
        _ => (format!("Grew {grown}{time} over {dumps}"), ""),
    })
}

/// The function of the program below which most of what grew was allocated. What is not
/// below it now cannot have grown by more than it is.
fn who(diagnosis: &Diagnosis, delta: i128) -> Option<String> {
    let composition = diagnosis.composition.as_ref()?;
    let name = asked_about(composition)?;
    let below = composition
        .origins
        .iter()
        .filter_map(|origin| match origin {
            Evidence::Path { frames, bytes } if frames.iter().any(|frame| frame == name) => {
                Some(*bytes)
            }
            _ => None,
        });
    let elsewhere = i128::from(diagnosis.total) - below.map(i128::from).sum::<i128>();
    let least = delta - elsewhere.max(0);
    match 100 * least / delta.max(1) {
        90.. => Some(format!(
            ", nearly all allocated in {} and kept",
            short(name)
        )),
        50.. => Some(format!(
            ", at least {} of it allocated in {} and kept",
            about(least, &diagnosis.unit),
            short(name)
        )),
        _ => composition::allocator(diagnosis).map(|(function, bytes)| {
            format!(
                "; {} of the heap is allocated by {}",
                amount(diagnosis, bytes),
                short(function)
            )
        }),
    }
}
