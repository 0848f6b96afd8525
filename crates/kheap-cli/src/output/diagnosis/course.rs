//! How a heap, or what a finding claims, went on over several dumps, in words.

use kheap::Diagnosis;
use kheap::diagnose::{Course, Forecast};
use kheap::series::{GrowthRow, Verdict};

use crate::output::time;
use kheap_report::words::change::{counted, duration, signed_near};
use kheap_report::words::diagnosis::amount;

/// How an amount went on, in a sentence or two.
pub(crate) fn course_words(diagnosis: &Diagnosis, course: &Course) -> String {
    let row = &course.row;
    let (first, last) = (
        amount(diagnosis, row.first()),
        amount(diagnosis, row.last()),
    );
    let snapshots = format!("over {}", counted(course.snapshots, "snapshot"));
    if row.verdict == Verdict::Flat {
        return format!("No change above the noise {snapshots}: {first} to {last}.");
    }
    let since = course.since_nanos.filter(|_| row.delta() > 0);
    let since = since.map_or_else(String::new, |nanos| {
        format!(" since {}", time::local(nanos))
    });
    let what = match row.verdict {
        Verdict::Grows if course.snapshots > 2 => "Grows steadily",
        Verdict::Grows => "Grew",
        Verdict::Plateau => "Grew, and has levelled off",
        Verdict::Rises => "Rose, though not steadily",
        Verdict::Spike => "Was higher for a while",
        Verdict::SawTooth => "Goes up and down",
        Verdict::Shrinks => "Shrinks",
        Verdict::Flat => "Hardly changed",
    };
    let mut words = format!("{what}{since}: {first} to {last} {snapshots}");
    let is_way = matches!(
        row.verdict,
        Verdict::Grows | Verdict::Rises | Verdict::Shrinks
    );
    // A fall at the start may hide what went up since.
    if is_way && (row.delta() > 0) == (row.per_snapshot > 0.0) {
        words += &format!(", {}", pace(diagnosis, row));
    }
    words.push('.');
    if let (Some(forecast), Some(limit)) = (&course.forecast, course.limit) {
        words += &format!(" {}", forecast_words(&amount(diagnosis, limit), forecast));
    }
    words
}

/// How fast a row changes.
pub(super) fn pace(diagnosis: &Diagnosis, row: &GrowthRow) -> String {
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
    let hours = |hours: f64| duration((hours * 3.6e12) as i128);
    let earliest = match forecast.earliest_hours {
        0.0 => "at any time now".to_owned(),
        earliest => format!("in {}", hours(earliest)),
    };
    match forecast.latest_hours {
        Some(0.0) => format!("The limit of {limit} is passed already."),
        Some(latest) => format!(
            "If it goes on, {limit} are reached {earliest} (with garbage) to {} from the last dump \
             (by what lives alone).",
            hours(latest)
        ),
        None => format!("If it goes on, {limit} are reached {earliest} at the earliest."),
    }
}
