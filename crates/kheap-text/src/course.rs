//! How a heap, or what a finding claims, went on over several dumps, in words.

use kheap::Diagnosis;
use kheap::diagnose::{Course, Forecast, Unforeseen};
use kheap::series::{GrowthRow, Verdict};

use crate::change::{counted, duration, signed_near};
use crate::diagnosis::amount;

/// How a moment is written, in nanoseconds since 1970: this crate knows no time zone.
/// `None` where a text must be the same in every zone.
pub type When<'w> = Option<&'w dyn Fn(i64) -> String>;

/// How the heap went on, and when a limit is reached, or why that is not said.
pub fn course_of_all(diagnosis: &Diagnosis, course: &Course, when: When<'_>) -> String {
    let limit = limit_words(diagnosis, course);
    let limit = limit.map_or_else(String::new, |words| format!(" {words}"));
    format!("{}{limit}", course_words(diagnosis, course, when))
}

/// How what a finding claims went on. Of the limit it is told what the heap as a whole does not say.
pub fn course_of_finding(diagnosis: &Diagnosis, course: &Course, when: When<'_>) -> String {
    match course.forecast {
        Some(forecast) if forecast.latest_hours != Some(0.0) => {
            course_of_all(diagnosis, course, when)
        }
        _ => course_words(diagnosis, course, when),
    }
}

/// How an amount went on, in a sentence.
fn course_words(diagnosis: &Diagnosis, course: &Course, when: When<'_>) -> String {
    let row = &course.row;
    let (first, last) = (
        amount(diagnosis, row.first()),
        amount(diagnosis, row.last()),
    );
    let snapshots = format!("over {}", counted(course.snapshots, "snapshot"));
    let since = course.since_nanos.filter(|_| row.delta() > 0);
    let since = since.zip(when);
    let since = since.map_or_else(String::new, |(nanos, when)| {
        format!(" since {}", when(nanos))
    });
    let what = match row.verdict {
        Some(Verdict::Grows) if course.snapshots > 2 => "Grows steadily",
        Some(Verdict::Grows) => "Grew",
        Some(Verdict::Plateau) => "Grew, and has levelled off",
        Some(Verdict::Rises) => "Rose, though not steadily",
        Some(Verdict::Spike) => "Was higher for a while",
        Some(Verdict::SawTooth) => "Goes up and down",
        Some(Verdict::Shrinks) => "Shrinks",
        Some(Verdict::Flat) | None => {
            return format!("No change above the noise {snapshots}: {first} to {last}.");
        }
    };
    let mut words = format!("{what}{since}: {first} to {last} {snapshots}");
    let is_way = matches!(
        row.verdict,
        Some(Verdict::Grows | Verdict::Rises | Verdict::Shrinks)
    );
    // A fall at the start may hide what went up since.
    if is_way && (row.delta() > 0) == (row.per_snapshot > 0.0) {
        words += &format!(", {}", pace(diagnosis, row));
    }
    words.push('.');
    words
}

/// When a limit is reached if an amount goes on as it did.
fn limit_words(diagnosis: &Diagnosis, course: &Course) -> Option<String> {
    let limit = amount(diagnosis, course.limit?);
    if let Some(forecast) = &course.forecast {
        return Some(forecast_words(&limit, forecast));
    }
    let why = match course.unforeseen? {
        Unforeseen::Unsteady => "this does not grow steadily",
        Unforeseen::Few => "that takes three dumps or more",
        Unforeseen::Untimed => "not all dumps have times that differ",
    };
    Some(format!(
        "Nothing is said of when {limit} are reached: {why}."
    ))
}

/// How fast a row changes.
pub fn pace(diagnosis: &Diagnosis, row: &GrowthRow) -> String {
    let by_snapshot = signed_near(row.per_snapshot, &diagnosis.unit);
    match row.per_hour {
        Some(per_hour) => {
            let by_hour = signed_near(per_hour, &diagnosis.unit);
            format!("{by_snapshot} a snapshot, {by_hour} an hour")
        }
        None => format!("{by_snapshot} a snapshot"),
    }
}

/// When a limit is reached.
fn forecast_words(limit: &str, forecast: &Forecast) -> String {
    let from_last = |hours: f64| match hours {
        0.0 => "at any time now".to_owned(),
        hours => format!("{} after the last dump", duration((hours * 3.6e12) as i128)),
    };
    let earliest = from_last(forecast.earliest_hours);
    let latest = match forecast.latest_hours {
        Some(0.0) => return format!("The limit of {limit} is passed already."),
        Some(latest) => format!("by what lives alone {} at the latest", from_last(latest)),
        None => "by what lives alone perhaps never".to_owned(),
    };
    format!(
        "If it goes on like this, {limit} are reached {earliest} at the earliest, with the garbage \
         between two collections, and {latest}."
    )
}
