//! How a heap, or what a finding claims, changed over several dumps.

use std::cmp::Reverse;

use kheap::Diagnosis;
use kheap::diagnose::{Forecast, NoForecast, Note, Trend};
use kheap::series::{By, GrowthPattern, GrowthRow, has_hourly_rate, part_of};

use crate::change::{about, counted, duration, name, signed, signed_near};
use crate::net::Nets;
use crate::value::{amount, given};

/// How a moment is written, in nanoseconds since 1970: this crate knows no time zone.
/// `None` where a text must be the same in every zone.
pub type When<'w> = Option<&'w dyn Fn(i64) -> String>;

/// The growth of the whole heap, and when it reaches a limit, or why that cannot be
/// estimated.
pub fn trend_of_all(diagnosis: &Diagnosis, trend: &Trend, when: When<'_>) -> String {
    let limit = limit_words(trend);
    let limit = limit.map_or_else(String::new, |words| format!(" {words}"));
    format!("{}{limit}", trend_words(diagnosis, trend, when))
}

/// The growth of what a finding claims. A limit is the heap's: see [`trend_of_all`].
pub fn trend_of_finding(diagnosis: &Diagnosis, trend: &Trend, when: When<'_>) -> String {
    trend_words(diagnosis, trend, when)
}

/// Whether the dumps cover long enough a time for an hourly rate.
pub fn has_rate(trend: &Trend) -> bool {
    has_hourly_rate(trend.covered_nanos, trend.snapshots)
}

/// The dumps that a trend is of.
fn window(trend: &Trend) -> String {
    match trend.snapshots < trend.of_snapshots {
        true => format!("the last {} dumps", trend.snapshots),
        false => "the dumps".to_owned(),
    }
}

/// How an amount changed, in a sentence.
fn trend_words(diagnosis: &Diagnosis, trend: &Trend, when: When<'_>) -> String {
    let row = &trend.row;
    let (first, last) = (
        amount(diagnosis, row.first()),
        amount(diagnosis, row.last()),
    );
    let dumps = counted(trend.snapshots, "dump");
    if is_one_heap(diagnosis, trend) {
        return format!(
            "{first} in each of {dumps}: no GC finished in between, or nothing changed."
        );
    }
    let since = trend.since_nanos.filter(|_| row.delta() > 0).zip(when);
    let since = since.map_or_else(String::new, |(nanos, when)| {
        format!(" since {}", when(nanos))
    });
    let most = row.values.iter().copied().max().unwrap_or_default();
    let at_most = format!(", at most {}", amount(diagnosis, most));
    let (what, end) = match row.pattern {
        Some(GrowthPattern::Grows) => ("Grows steadily", ""),
        Some(GrowthPattern::Rises) if trend.snapshots == 2 => ("Grew", ""),
        Some(GrowthPattern::Rises) if row.is_one_step() => ("Grew", ", in one step"),
        Some(GrowthPattern::Plateau) => ("Grew", ", and has levelled off"),
        Some(GrowthPattern::Rises) => ("Rose", ", but not steadily"),
        Some(GrowthPattern::Spike) => ("Was higher for a while", at_most.as_str()),
        Some(GrowthPattern::SawTooth) => ("Goes up and down", ""),
        Some(GrowthPattern::Shrinks) => ("Shrinks", ""),
        Some(GrowthPattern::Flat) | None
            if row.values.iter().all(|&value| value == row.first()) =>
        {
            return format!("Steady: {first} in each of {dumps}.");
        }
        Some(GrowthPattern::Flat) | None => {
            return format!("No change beyond sampling noise in {dumps}: {first} to {last}.");
        }
        Some(_) => ("Changed", ""),
    };
    let is_late = trend.snapshots < trend.of_snapshots;
    let dumps = match is_late {
        true => format!(
            "the last {} of {} dumps",
            trend.snapshots, trend.of_snapshots
        ),
        false => dumps,
    };
    let mut words = format!("{what}{since}{end}: {first} to {last} in {dumps}");
    let is_steady = row.pattern != Some(GrowthPattern::Rises);
    if let Some(pace) = pace(diagnosis, trend, row).filter(|_| is_steady) {
        words += &format!(", {pace}");
    }
    words.push('.');
    // That nothing was there before is in the words already.
    if let Some((first, last)) = trend.before.filter(|before| *before != (0, 0)) {
        words += &before_words(diagnosis, [first, last], trend);
    }
    words
}

/// What an amount was before its growth began, which need not be level.
fn before_words(diagnosis: &Diagnosis, [first, last]: [i64; 2], trend: &Trend) -> String {
    let [first, last] = [first, last].map(|value| amount(diagnosis, value));
    match trend.of_snapshots - trend.snapshots {
        1 => format!(" The first dump: {last}."),
        dumps => format!(" The first {dumps} dumps: {first} to {last}."),
    }
}

/// Whether all dumps show the heap of the first, because no collection finished between them.
fn is_one_heap(diagnosis: &Diagnosis, trend: &Trend) -> bool {
    let repeats = diagnosis.notes.iter().find_map(|note| match note {
        Note::Repeats(count) => Some(*count),
        _ => None,
    });
    repeats.is_some_and(|count| count + 1 >= trend.of_snapshots)
}

/// When a limit is reached, or why that cannot be estimated.
fn limit_words(trend: &Trend) -> Option<String> {
    let limit = given(trend.limit?);
    if let Some(forecast) = &trend.forecast {
        return Some(forecast_words(&limit, forecast));
    }
    let why = match trend.no_forecast? {
        NoForecast::Unsteady if trend.row.is_one_step() => "it grew in one step".to_owned(),
        NoForecast::Unsteady => "it does not grow steadily".to_owned(),
        NoForecast::Few => "two dumps are too few".to_owned(),
        NoForecast::Untimed => "some dumps have no time of their own".to_owned(),
        NoForecast::Short => {
            let span = duration(trend.covered_nanos.unwrap_or_default().into());
            format!("{} cover only {span}", window(trend))
        }
        _ => "the dumps do not allow one".to_owned(),
    };
    Some(format!("No estimate of when it reaches {limit}: {why}."))
}

/// One change of the heap, as far as kinds of a part do not cancel each other.
#[derive(Debug)]
#[non_exhaustive]
pub struct NetRow<'d> {
    /// The place, or the part where its kinds cancel.
    pub row: &'d GrowthRow,
    /// What it is, and how fast it changes, if it still does.
    pub words: String,
    /// What it is.
    name: String,
}

/// What changed in the heap, largest first. A part whose kinds cancel is one row.
pub fn net_rows<'d>(diagnosis: &'d Diagnosis, trend: &Trend) -> Vec<NetRow<'d>> {
    let nets = Nets::of((diagnosis.growing.iter()).map(|row| (&*row.name, row.delta())));
    let parts = diagnosis.parts();
    let is_netted = |row: &GrowthRow| nets.cancels(part_of(&row.name));
    let places = diagnosis.growing.iter().filter(|row| !is_netted(row));
    let places = places.map(|row| (row, name(parts, By::Place, &row.name), None));
    let netted = diagnosis.growing_parts.iter();
    let netted = netted.filter(|row| nets.cancels(&row.name) && row.delta() != 0);
    let netted = netted.map(|row| {
        let kinds = nets.kinds(&row.name, &diagnosis.unit);
        (row, parts.title(&row.name).to_owned(), Some(kinds))
    });
    let with_pace = |(row, name, kinds): (&'d GrowthRow, String, Option<String>)| {
        let is_late = trend.snapshots < trend.of_snapshots;
        let pace = pace(diagnosis, trend, row).map(|pace| match is_late {
            true => format!("{pace} in {}", window(trend)),
            false => pace,
        });
        let pace = pace.map_or_else(String::new, |pace| format!(", {pace}"));
        let kinds = kinds.map_or_else(String::new, |kinds| format!(": {kinds}"));
        NetRow {
            row,
            words: format!("{name}{pace}{kinds}"),
            name,
        }
    };
    let mut rows: Vec<NetRow<'d>> = places.chain(netted).map(with_pace).collect();
    // The sort is stable: the places are in order already.
    rows.sort_by_key(|net| Reverse(net.row.swing()));
    rows
}

/// How fast a row of the same dumps changes, where it has a pace.
fn pace(diagnosis: &Diagnosis, trend: &Trend, row: &GrowthRow) -> Option<String> {
    if !has_pace(row) {
        return None;
    }
    let by_snapshot = signed_near(row.per_snapshot, &diagnosis.unit);
    Some(match row.per_hour.filter(|_| has_rate(trend)) {
        Some(per_hour) => {
            let by_hour = signed_near(per_hour, &diagnosis.unit);
            format!("trend {by_snapshot} per dump, {by_hour} per hour")
        }
        None => format!("trend {by_snapshot} per dump"),
    })
}

/// Whether a level changes at a pace: in more than one step, all the time, and not
/// against its whole change, as a fall at the start may hide what went up since.
pub(crate) fn has_pace(row: &GrowthRow) -> bool {
    let is_change = matches!(
        row.pattern,
        Some(GrowthPattern::Grows | GrowthPattern::Rises | GrowthPattern::Shrinks)
    );
    let has_steps = row.values.len() > 2 && !row.is_one_step();
    is_change && has_steps && (row.delta() > 0) == (row.per_snapshot > 0.0)
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

/// Over which time a trend goes, after its amount; empty where the dumps have no times.
pub(crate) fn time(trend: &Trend) -> String {
    let within = match trend.snapshots < trend.of_snapshots {
        true => "in the last",
        false => "in",
    };
    let span = trend.span_nanos.filter(|&span| span > 0);
    span.map_or_else(String::new, |span| {
        format!(" {within} {}", duration(span.into()))
    })
}

/// How a heap without another problem grew.
pub(crate) struct HeapGrowth {
    /// Whether it still grows, as far as the dumps show.
    pub(crate) goes_on: bool,
    /// What grew, in one sentence.
    pub(crate) sentence: String,
}

/// How the heap grew; `None` for one that does not grow.
pub(crate) fn growing(diagnosis: &Diagnosis) -> Option<HeapGrowth> {
    let trend = diagnosis.trend.as_ref().filter(|trend| trend.is_growth())?;
    let pattern = trend.row.pattern?;
    let delta = trend.row.delta();
    let grown = signed_near(delta as f64, &diagnosis.unit);
    let time = time(trend);
    let rows = net_rows(diagnosis, trend);
    let most = rows.iter().find(|net| 2 * net.row.delta() > delta);
    let most = most.map_or_else(String::new, |net| {
        let place = &net.name;
        match 100 * net.row.delta() / delta {
            102.. => format!(
                ", mostly {place} ({}); other parts {}",
                signed(net.row.delta(), &diagnosis.unit),
                signed(delta - net.row.delta(), &diagnosis.unit)
            ),
            95.. => format!(", nearly all of it {place}"),
            _ => format!(
                ", {} of it {place}",
                about(net.row.delta(), &diagnosis.unit)
            ),
        }
    });
    let is_one_step = trend.row.is_one_step();
    let goes_on = pattern != GrowthPattern::Plateau && trend.snapshots != 2 && !is_one_step;
    let sentence = match pattern {
        GrowthPattern::Plateau => format!("Grew {grown}{time}{most}, and has levelled off."),
        _ if trend.snapshots == 2 => {
            format!("Grew {grown}{time}{most}. Two dumps show no trend.")
        }
        _ if is_one_step => format!("Grew {grown} in one step{most}. One step is no trend."),
        _ if has_rate(trend) => format!("The heap grows: {grown}{time}{most}."),
        _ if time.is_empty() => {
            format!("The heap grows: {grown}{most}. The dumps have no times to project from.")
        }
        // Where there is a limit, the estimate that is missing says why.
        _ if trend.limit.is_some() => format!("The heap grows: {grown}{time}{most}."),
        _ => format!("The heap grows: {grown}{time}{most}. Too short a time to project."),
    };
    Some(HeapGrowth { goes_on, sentence })
}
