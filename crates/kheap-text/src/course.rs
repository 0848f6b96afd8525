//! How a heap, or what a finding claims, changed over several dumps.

use kheap::Diagnosis;
use kheap::diagnose::{Course, Forecast, Unforeseen};
use kheap::series::{By, DOT, GrowthRow, Verdict};

use crate::change::{about, counted, duration, phrase, signed_near};
use crate::diagnosis::amount;
use crate::place;

/// How a moment is written, in nanoseconds since 1970: this crate knows no time zone.
/// `None` where a text must be the same in every zone.
pub type When<'w> = Option<&'w dyn Fn(i64) -> String>;

/// Dumps that span less than this, in nanoseconds, tell no hourly rate: a start-up
/// or one burst looks the same.
pub const LEAST_SPAN: i64 = 600_000_000_000;

/// The growth of the whole heap, and when it reaches a limit, or why that cannot be
/// estimated.
pub fn course_of_all(diagnosis: &Diagnosis, course: &Course, when: When<'_>) -> String {
    let limit = limit_words(diagnosis, course);
    let limit = limit.map_or_else(String::new, |words| format!(" {words}"));
    let verdict = heap_verdict(diagnosis, course);
    format!("{}{limit}", course_words(diagnosis, course, verdict, when))
}

/// The growth of what a finding claims. A limit is the heap's, and is told there.
pub fn course_of_finding(diagnosis: &Diagnosis, course: &Course, when: When<'_>) -> String {
    course_words(diagnosis, course, course.row.verdict, when)
}

/// What the whole heap does. A heap does not go on growing where nearly all that
/// grew in it has levelled off.
pub fn heap_verdict(diagnosis: &Diagnosis, course: &Course) -> Option<Verdict> {
    let verdict = course.row.verdict;
    if verdict != Some(Verdict::Grows) {
        return verdict;
    }
    let largest = diagnosis.growing.iter().max_by_key(|row| row.delta());
    let has_levelled_off = largest.is_some_and(|row| {
        row.verdict == Some(Verdict::Plateau) && 2 * row.delta() > course.row.delta()
    });
    match has_levelled_off {
        true => Some(Verdict::Plateau),
        false => verdict,
    }
}

/// Whether the dumps span long enough for an hourly rate.
fn has_rate(course: &Course) -> bool {
    course.span_nanos.is_some_and(|span| span >= LEAST_SPAN) && course.snapshots > 2
}

/// How an amount changed, in a sentence.
fn course_words(
    diagnosis: &Diagnosis,
    course: &Course,
    verdict: Option<Verdict>,
    when: When<'_>,
) -> String {
    let row = &course.row;
    let (first, last) = (
        amount(diagnosis, row.first()),
        amount(diagnosis, row.last()),
    );
    let dumps = counted(course.snapshots, "dump");
    let since = course.since_nanos.filter(|_| row.delta() > 0).zip(when);
    let since = since.map_or_else(String::new, |(nanos, when)| {
        format!(" since {}", when(nanos))
    });
    let (what, end) = match verdict {
        Some(Verdict::Grows) if course.snapshots > 2 => ("Grows steadily", ""),
        Some(Verdict::Grows) => ("Grew", ""),
        Some(Verdict::Plateau) => ("Grew", ", and has levelled off"),
        Some(Verdict::Rises) => ("Rose", ", but not steadily"),
        Some(Verdict::Spike) => ("Was higher for a while", ""),
        Some(Verdict::SawTooth) => ("Goes up and down", ""),
        Some(Verdict::Shrinks) => ("Shrinks", ""),
        Some(Verdict::Flat) | None => {
            return format!("No change beyond sampling noise in {dumps}: {first} to {last}.");
        }
    };
    let mut words = format!("{what}{since}{end}: {first} to {last} in {dumps}");
    let has_pace = matches!(
        verdict,
        Some(Verdict::Grows | Verdict::Rises | Verdict::Shrinks)
    );
    // A fall at the start may hide what went up since.
    if has_pace && (row.delta() > 0) == (row.per_snapshot > 0.0) {
        words += &format!(", {}", pace(diagnosis, course, row));
    }
    words.push('.');
    words
}

/// When a limit is reached, or why that cannot be estimated.
fn limit_words(diagnosis: &Diagnosis, course: &Course) -> Option<String> {
    let limit = amount(diagnosis, course.limit?);
    if let Some(forecast) = &course.forecast {
        return Some(forecast_words(&limit, forecast));
    }
    let why = match course.unforeseen? {
        Unforeseen::Unsteady => "it does not grow steadily".to_owned(),
        Unforeseen::Few => "two dumps are too few".to_owned(),
        Unforeseen::Untimed => "some dumps have no time of their own".to_owned(),
        Unforeseen::Short => {
            let span = duration(course.span_nanos.unwrap_or_default().into());
            format!("the dumps span only {span}")
        }
    };
    Some(format!("No estimate of when it reaches {limit}: {why}."))
}

/// A row of the same dumps: what it is, and how fast it changes, if it still does.
pub fn growing_row(diagnosis: &Diagnosis, course: &Course, row: &GrowthRow) -> String {
    let key = row.key.split_once(DOT);
    let name = key.map_or_else(
        || row.key.to_string(),
        |(part, kind)| place::name(part, kind),
    );
    match row.verdict {
        Some(Verdict::Grows | Verdict::Rises | Verdict::Shrinks) => {
            format!("{name}, {}", pace(diagnosis, course, row))
        }
        _ => name,
    }
}

/// How fast a row of the same dumps changes.
fn pace(diagnosis: &Diagnosis, course: &Course, row: &GrowthRow) -> String {
    let by_snapshot = signed_near(row.per_snapshot, &diagnosis.unit);
    match row.per_hour.filter(|_| has_rate(course)) {
        Some(per_hour) => {
            let by_hour = signed_near(per_hour, &diagnosis.unit);
            format!("{by_snapshot} a dump, {by_hour} an hour")
        }
        None => format!("{by_snapshot} a dump"),
    }
}

fn forecast_words(limit: &str, forecast: &Forecast) -> String {
    let after = |hours: f64| duration((hours * 3.6e12) as i128);
    match (forecast.earliest_hours, forecast.latest_hours) {
        (_, Some(0.0)) => format!("It is above {limit} already."),
        (0.0, Some(latest)) => format!(
            "At this rate the heap may reach {limit} at any time now (garbage included), and \
             reaches it in {} (live objects only).",
            after(latest)
        ),
        (0.0, None) => {
            format!("At this rate the heap may reach {limit} at any time now (garbage included).")
        }
        (earliest, Some(latest)) => format!(
            "At this rate the heap reaches {limit} in {} (garbage included) to {} (live objects \
             only).",
            after(earliest),
            after(latest)
        ),
        (earliest, None) => format!(
            "At this rate the heap reaches {limit} in {} (garbage included), or never (live \
             objects only).",
            after(earliest)
        ),
    }
}

/// What grows, in one sentence for a heap without another problem; `None` for a heap
/// that does not grow.
pub(crate) fn growing(diagnosis: &Diagnosis) -> Option<String> {
    let course = diagnosis.course.as_ref()?;
    let verdict = heap_verdict(diagnosis, course)?;
    let is_growth = matches!(verdict, Verdict::Grows | Verdict::Rises | Verdict::Plateau);
    if !is_growth || course.row.delta() <= 0 {
        return None;
    }
    let delta = course.row.delta();
    let grown = signed_near(delta as f64, &diagnosis.unit);
    let span = course.span_nanos.filter(|&span| span > 0);
    let time = span.map_or_else(String::new, |span| format!(" in {}", duration(span.into())));
    let mut rows = diagnosis.growing.iter();
    let most = rows.find(|row| 2 * row.delta() > delta);
    let most = most.map_or_else(String::new, |row| {
        let place = phrase(By::Place, &row.key);
        match 100 * row.delta() >= 95 * delta {
            true => format!(", nearly all of it {place}"),
            false => format!(", mostly {place} ({})", about(row.delta(), &diagnosis.unit)),
        }
    });
    Some(match (verdict, has_rate(course)) {
        (Verdict::Plateau, _) => format!("Grew {grown}{time}{most}, and has levelled off."),
        (_, true) => format!("Growing: {grown}{time}{most}."),
        (_, false) => format!("Growing: {grown}{time}{most}. Too short a time to project."),
    })
}
