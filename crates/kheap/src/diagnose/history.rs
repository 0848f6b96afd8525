//! What signatures claimed of earlier snapshots: since when, how fast, and until when.

use std::ops::Range;
use std::sync::Arc;

use super::signature::Signature;
use super::trend::{Forecast, NoForecast, Trend};
use crate::diagnose;
use crate::memory::{Gogc, MemoryOptions};
use crate::series::{
    Amount, By, Growth, GrowthPattern, GrowthRow, GrowthThresholds, LEAK_SNAPSHOTS, Note, Order,
    Origin, Series, SeriesError, Snapshot, counted, covered_nanos, follow, has_hourly_rate, onset,
    part_of,
};

/// Stands between the words of a claim's name.
const SEPARATOR: char = '\u{1f}';

/// In nanoseconds.
const HOUR: f64 = 3.6e12;

/// How much of what there is must have grown for it to be a leak.
const LEAK_GROWTH: f64 = 0.05;

/// The snapshots of a heap and what signatures claimed of them: earlier ones, and as the newest
/// that of the heap that is judged. Without it the growth ends at the dump before.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct History {
    /// All snapshots, in order; the last one is the heap that is judged.
    pub series: Series,
    /// Where the newest process has them.
    run: Range<usize>,
    thresholds: GrowthThresholds,
    /// The parts and kinds since the growth of the heap began, largest change first.
    places: Vec<GrowthRow>,
    /// The parts of these, likewise.
    parts: Vec<GrowthRow>,
    /// What all that grew in this run gained.
    gained: i128,
}

impl History {
    /// Puts snapshots that [`ClaimReader::snapshot`](super::ClaimReader::snapshot) made in order,
    /// whatever order they come in. Growth is reported of the newest process alone.
    ///
    /// A dump that comes late takes its place before newer ones. The diagnosis of its heap
    /// then has no growth, and says so: [`Note::LateDump`](super::Note::LateDump).
    ///
    /// # Errors
    ///
    /// [`SeriesError`] when there are less than two, or they do not belong together, or another
    /// version stored one of the newest process without places and parts.
    pub fn new(snapshots: Vec<Snapshot>) -> Result<Self, SeriesError> {
        let series = Series::new(snapshots)?;
        let run = series.runs.last().cloned().unwrap_or_default();
        let thresholds = GrowthThresholds::default();
        let all = series.growth(&run, By::Place, &thresholds)?;
        let mut history = Self {
            places: Vec::new(),
            parts: Vec::new(),
            gained: all.gained,
            series,
            run,
            thresholds,
        };
        let (start, _) = history.since_growth("total", &|snapshot| snapshot.origin.total);
        let since = history.run.start + start..history.run.end;
        let growth = (history.series).growth(&since, By::Place, &history.thresholds)?;
        let telling = growth.telling(&history.thresholds).cloned();
        history.places = telling.map(|row| with_verdict_of(&all, row)).collect();
        let is_of = |part: &GrowthRow| {
            let mut places = history.places.iter();
            places.any(|row| part_of(&row.name) == &*part.name)
        };
        let by_part =
            |run: &Range<usize>| (history.series).growth(run, By::Part, &history.thresholds);
        let all = by_part(&history.run)?;
        let parts = by_part(&since)?.rows.into_iter().filter(is_of);
        history.parts = parts.map(|row| with_verdict_of(&all, row)).collect();
        Ok(history)
    }

    /// The snapshot that is judged.
    pub fn newest(&self) -> Option<&Origin> {
        self.series
            .snapshots
            .last()
            .map(|snapshot| &snapshot.origin)
    }

    /// The snapshots of the newest process.
    pub fn run(&self) -> &[Snapshot] {
        &self.series.snapshots[self.run.clone()]
    }

    /// Whether the newest process has several snapshots, so that growth is known.
    pub fn tells_growth(&self) -> bool {
        self.run.len() > 1
    }

    /// How the whole heap went on; `None` where nothing shows it.
    pub fn total(&self, process: &MemoryOptions) -> Option<Trend> {
        let total = |snapshot: &Snapshot| snapshot.origin.total;
        if !self.tells_growth() {
            return None;
        }
        let mut trend = self.trend("total", total, process);
        if trend.row.pattern == Some(GrowthPattern::Grows) {
            trend.row.pattern = Some(self.pattern_of_growth());
            self.project(&mut trend, process);
        }
        Some(trend)
    }

    /// What a growing heap does by its places: it does not grow steadily where most of
    /// what grew in it did not, one place in one step after the other.
    fn pattern_of_growth(&self) -> GrowthPattern {
        let grown = || self.places.iter().filter(|row| row.delta() > 0);
        let all: i128 = grown().map(GrowthRow::delta).sum();
        let is_most = |pattern: GrowthPattern| {
            let rows = grown().filter(|row| row.pattern == Some(pattern));
            2 * rows.map(GrowthRow::delta).sum::<i128>() > all
        };
        match (
            is_most(GrowthPattern::Plateau),
            is_most(GrowthPattern::Grows),
        ) {
            (true, _) => GrowthPattern::Plateau,
            (_, true) => GrowthPattern::Grows,
            _ if all == 0 => GrowthPattern::Grows,
            _ => GrowthPattern::Rises,
        }
    }

    /// How the parts and kinds went on that explain what happened, most first.
    pub fn places(&self) -> &[GrowthRow] {
        &self.places
    }

    /// How the parts of these places went on, all kinds of each together.
    pub fn parts(&self) -> &[GrowthRow] {
        &self.parts
    }

    /// What is to be known of the snapshots.
    pub fn notes(&self) -> Vec<diagnose::Note> {
        let of_order = match self.series.order {
            Order::Time => None,
            Order::SameTime => Some(diagnose::Note::SameTime),
            Order::Untimed(_) => Some(diagnose::Note::Untimed),
        };
        let mut notes: Vec<diagnose::Note> = of_order.into_iter().collect();
        notes.extend(self.note_of_processes());
        let repeats = |(at, note): &&(usize, Note)| {
            self.run.contains(at) && matches!(note, Note::NoCollection | Note::SameDump)
        };
        match self.series.notes.iter().filter(repeats).count() {
            0 => {}
            count => notes.push(diagnose::Note::Repeats(count)),
        }
        notes
    }

    /// Why they show nothing of how a heap grew: they are of something else, or the heap is
    /// not the newest of them.
    pub(super) fn note_of_other(&self, heap: &Origin) -> Option<diagnose::Note> {
        let of_program = self.note_of_other_program(heap.program.as_deref());
        if of_program.is_some() {
            return of_program;
        }
        let newest = self.newest()?;
        if counted(newest) != counted(heap) {
            return Some(diagnose::Note::OtherHistory {
                history: counted(newest),
                heap: counted(heap),
            });
        }
        let newest = Some(newest).filter(|_| self.series.order == Order::Time)?;
        let (time, of_newest) = (heap.time_nanos?, newest.time_nanos?);
        (time < of_newest).then(|| diagnose::Note::LateDump {
            newest: newest.name.clone(),
            nanos: of_newest.abs_diff(time),
        })
    }

    /// That they are of another program than this one.
    pub(super) fn note_of_other_program(&self, program: Option<&str>) -> Option<diagnose::Note> {
        let (own, other) = self.series.program().zip(program)?;
        (own != other).then(|| diagnose::Note::OtherHistory {
            history: own.to_owned(),
            heap: other.to_owned(),
        })
    }

    /// What of the snapshots is of other processes than the newest.
    fn note_of_processes(&self) -> Option<diagnose::Note> {
        let first = self.run().first().filter(|_| self.run.start > 0)?;
        let name = first.origin.name.clone();
        let before = self.series.snapshots[self.run.start - 1]
            .origin
            .name
            .clone();
        Some(match self.tells_growth() {
            true => diagnose::Note::NewProcess {
                name,
                before,
                dumps: self.run.start,
            },
            false => diagnose::Note::AloneOfProcess {
                name,
                before,
                dumps: self.series.snapshots.len(),
                processes: self.series.runs.len(),
            },
        })
    }

    /// How many snapshots of the newest process were not judged by this catalogue and these
    /// rules, so that their claims are not known.
    pub(super) fn judged_otherwise(&self, judge: u64) -> usize {
        let others = self.run().iter();
        others
            .filter(|snapshot| snapshot.judged_by != Some(judge))
            .count()
    }

    /// How what a signature selects went on; `None` where one snapshot is all there is. All are
    /// of one judge.
    pub(super) fn of_claim(
        &self,
        signature: &Signature,
        selection: &str,
        kind: Option<&str>,
        process: &MemoryOptions,
    ) -> Option<Trend> {
        let claim = claim(&signature.id, selection, kind);
        let amount = |snapshot: &Snapshot| {
            let amount = snapshot.claims.get(claim.as_str());
            amount.copied().unwrap_or_default()
        };
        let key = kind.unwrap_or(&signature.id);
        (self.tells_growth()).then(|| self.trend(key, amount, process))
    }

    /// The share that the growth of a selection has in all growth: 0 unless it grows
    /// steadily, and by more than a little of what it is.
    pub(super) fn growth_share(
        &self,
        signature: &Signature,
        selection: &str,
        kind: Option<&str>,
    ) -> Option<f64> {
        let unlimited = MemoryOptions::default();
        let trend = self.of_claim(signature, selection, kind, &unlimited)?;
        let row = &trend.row;
        let is_much = row.delta() as f64 >= LEAK_GROWTH * row.last() as f64;
        let is_long = trend.snapshots >= LEAK_SNAPSHOTS && is_much;
        Some(match row.pattern {
            Some(GrowthPattern::Grows) if is_long => row.share,
            _ => 0.0,
        })
    }

    fn trend(
        &self,
        key: &str,
        amount: impl Fn(&Snapshot) -> Amount,
        process: &MemoryOptions,
    ) -> Trend {
        let (start, mut row) = self.since_growth(key, &amount);
        row.share = match self.gained_since(start) {
            0 => 0.0,
            gained => (row.delta() as f64 / gained as f64).clamp(0.0, 1.0),
        };
        let scatter = self.scatter(&row, start).unwrap_or(0.0);
        row.per_hour_error = row.per_hour_error.map(|error| error.max(scatter));
        let time = |snapshot: Option<&Snapshot>| snapshot?.origin.time_nanos;
        let (earlier, run) = self.run().split_at(start);
        let ends = earlier.first().zip(earlier.last());
        let before = ends.map(|(first, last)| (amount(first).value, amount(last).value));
        let span_nanos = time(run.last()).zip(time(run.first()));
        let span_nanos = span_nanos.map(|(last, first)| last.saturating_sub(first));
        let covered_nanos = covered_nanos(run.iter().map(|snapshot| snapshot.origin.time_nanos));
        let mut trend = Trend {
            snapshots: row.values.len(),
            of_snapshots: self.run.len(),
            before,
            first: run
                .first()
                .map_or_else(String::new, |one| one.origin.name.clone()),
            since_nanos: time(run.first()),
            span_nanos,
            covered_nanos,
            forecast: None,
            no_forecast: None,
            row,
            limit: None,
        };
        self.project(&mut trend, process);
        trend
    }

    /// Says when a trend reaches the limit of its process, or why nobody knows.
    fn project(&self, trend: &mut Trend, process: &MemoryOptions) {
        let limit = process.limit;
        trend.limit = limit.map(|limit| i64::try_from(limit).unwrap_or(i64::MAX));
        let forecast = { trend.limit }
            .map(|limit| self.forecast(&trend.row, trend.covered_nanos, limit, process.gogc));
        trend.forecast = forecast.and_then(Result::ok);
        trend.no_forecast = forecast.and_then(Result::err);
    }

    /// From which snapshot of the run on an amount is known, and how it went on since:
    /// what grew later than the first one goes on as it did since then.
    fn since_growth(&self, key: &str, amount: &impl Fn(&Snapshot) -> Amount) -> (usize, GrowthRow) {
        let run = self.run();
        let follow = |at: usize| follow(&run[at..], &Arc::from(key), amount, &self.thresholds);
        let whole = follow(0);
        // The last rise of many is no growth.
        if whole.comes_and_goes() {
            return (0, whole);
        }
        let onset = onset(&run.iter().map(amount).collect::<Vec<_>>());
        let late = follow(onset);
        match late.pattern {
            Some(GrowthPattern::Grows) => (onset, late),
            // A long level before the step says nothing new.
            Some(GrowthPattern::Rises) if late.is_one_step() => (onset, late),
            _ => (0, whole),
        }
    }

    /// What all that grew gained from the snapshot of the run at this position on.
    fn gained_since(&self, start: usize) -> i128 {
        let since = self.run.start + start..self.run.end;
        match start {
            0 => self.gained,
            // All of the run have places, or there would be no history.
            _ => (self.series.growth(&since, By::Place, &self.thresholds))
                .map_or(0, |growth| growth.gained),
        }
    }

    fn forecast(
        &self,
        row: &GrowthRow,
        covered_nanos: Option<i64>,
        limit: i64,
        gogc: Option<Gogc>,
    ) -> Result<Forecast, NoForecast> {
        let total = self.newest().map_or(0, |newest| newest.total.value);
        if total >= limit {
            return Ok(Forecast {
                earliest_hours: 0.0,
                latest_hours: Some(0.0),
            });
        }
        if row.values.len() < LEAK_SNAPSHOTS {
            return Err(NoForecast::Few);
        }
        if row.pattern != Some(GrowthPattern::Grows) {
            return Err(NoForecast::Unsteady);
        }
        let (Some(pace), Some(error)) = (row.per_hour, row.per_hour_error) else {
            return Err(NoForecast::Untimed);
        };
        if !has_hourly_rate(covered_nanos, row.values.len()) {
            return Err(NoForecast::Short);
        }
        let error = self.thresholds.deviations * error;
        let (least, most) = (pace - error, pace + error);
        let room = |factor: f64| (limit as f64 / factor - total as f64).max(0.0);
        // Without collections, garbage alone may take all there is.
        let garbage = match gogc.unwrap_or_default() {
            Gogc::Percent(percent) => 1.0 + f64::from(percent) / 100.0,
            Gogc::Off => f64::INFINITY,
        };
        match most > 0.0 {
            true => Ok(Forecast {
                earliest_hours: room(garbage) / most,
                latest_hours: (least > 0.0).then(|| room(1.0) / least),
            }),
            false => Err(NoForecast::Unsteady),
        }
    }

    /// The standard error of a pace that follows from how far the values from a
    /// snapshot on are from the line; `None` where times, or two points, do not show it.
    fn scatter(&self, row: &GrowthRow, start: usize) -> Option<f64> {
        let pace = row.per_hour.filter(|_| row.values.len() > 2)?;
        let times = self.run()[start..]
            .iter()
            .map(|snapshot| snapshot.origin.time_nanos);
        let hours: Option<Vec<f64>> = times.map(|nanos| Some(nanos? as f64 / HOUR)).collect();
        let (hours, values) = (hours?, row.values.iter().map(|&value| value as f64));
        let count = hours.len() as f64;
        let mean_hour = hours.iter().sum::<f64>() / count;
        let mean = values.clone().sum::<f64>() / count;
        let spread: f64 = hours.iter().map(|hour| (hour - mean_hour).powi(2)).sum();
        let missed = hours.iter().zip(values);
        let missed = missed.map(|(hour, value)| value - mean - pace * (hour - mean_hour));
        let missed: f64 = missed.map(|missed| missed.powi(2)).sum();
        Some((missed / (count - 2.0) / spread).sqrt())
    }
}

/// A row of the last snapshots with the verdict that all snapshots give: a few of them
/// show growth less surely, and one amount has one verdict.
fn with_verdict_of(all: &Growth, row: GrowthRow) -> GrowthRow {
    let whole = all.rows.iter().find(|whole| whole.name == row.name);
    let pattern = whole.filter(|whole| went_up(whole) && went_up(&row));
    GrowthRow {
        pattern: pattern.map_or(row.pattern, |whole| whole.pattern),
        ..row
    }
}

fn went_up(row: &GrowthRow) -> bool {
    use GrowthPattern::{Grows, Plateau, Rises};
    matches!(row.pattern, Some(Grows | Plateau | Rises))
}

/// Under which name a snapshot keeps what a selection of a signature has.
pub(super) fn claim(id: &str, selection: &str, kind: Option<&str>) -> String {
    let kind = kind.unwrap_or_default();
    format!("{id}{SEPARATOR}{selection}{SEPARATOR}{kind}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::profile;
    use crate::series::Keys;
    use crate::{Heap, Selection, SelectionOptions};

    const MIB: i64 = 1 << 20;

    /// Heaps an hour apart, of so many MB of large objects.
    fn history(megabytes: &[i64]) -> History {
        let heaps = megabytes.iter();
        history_of(heaps.map(|megabytes| format!("main;load {}", megabytes * MIB)))
    }

    /// Heaps an hour apart, of these stacks.
    fn history_of(heaps: impl Iterator<Item = String>) -> History {
        let keys = Keys::default();
        let snapshots = heaps.zip(1..).map(|(stacks, hour)| {
            let mut profile = profile(&stacks);
            profile.header.time_nanos = hour * HOUR as i64;
            let sample_type = profile.sample_type("").expect("it is there");
            let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
            Snapshot::new(&Heap::new(selection), &format!("{hour:03}"), &keys)
        });
        History::new(snapshots.collect()).expect("a series")
    }

    #[test]
    fn a_heap_that_is_older_than_the_newest_dump_is_late() {
        let history = history(&[1, 2, 3]);
        let mut heap = history.newest().expect("there are three").clone();
        let mut note = |hour: Option<f64>| {
            heap.time_nanos = hour.map(|hour| (hour * HOUR) as i64);
            history.note_of_other(&heap)
        };
        let late = diagnose::Note::LateDump {
            newest: "003".to_owned(),
            nanos: HOUR as u64,
        };
        assert_eq!(note(Some(2.0)), Some(late));
        assert_eq!(note(Some(3.0)), None);
        assert_eq!(note(None), None);
    }

    #[test]
    fn a_history_of_something_else_is_not_used() {
        let mut history = history(&[1, 2, 3]);
        let heap = history.newest().expect("there are three").clone();
        for snapshot in &mut history.series.snapshots {
            snapshot.origin.program = Some("etcd".to_owned());
        }
        let note = |change: fn(&mut Origin)| {
            let mut heap = heap.clone();
            change(&mut heap);
            history.note_of_other(&heap)
        };
        let other = |history: &str, heap: &str| {
            Some(diagnose::Note::OtherHistory {
                history: history.to_owned(),
                heap: heap.to_owned(),
            })
        };
        assert_eq!(note(|heap| heap.program = Some("etcd".to_owned())), None);
        assert_eq!(note(|_| ()), None, "a text names no program");
        assert_eq!(
            note(|heap| heap.program = Some("kube-apiserver".to_owned())),
            other("etcd", "kube-apiserver")
        );
        assert_eq!(
            note(|heap| heap.sample_type = "alloc_space".to_owned()),
            other("inuse_space in bytes", "alloc_space in bytes")
        );
    }

    fn within(megabytes: i64) -> MemoryOptions {
        MemoryOptions {
            limit: Some((megabytes * MIB) as u64),
            ..MemoryOptions::default()
        }
    }

    fn trend(megabytes: &[i64], process: &MemoryOptions) -> Trend {
        history(megabytes).total(process).expect("a trend")
    }

    fn check_forecast(megabytes: &[i64], limit: i64, expected: Option<(f64, Option<f64>)>) {
        check_process(megabytes, &within(limit), expected);
    }

    #[track_caller]
    fn check_process(
        megabytes: &[i64],
        process: &MemoryOptions,
        expected: Option<(f64, Option<f64>)>,
    ) {
        let found = trend(megabytes, process).forecast.map(|forecast| {
            let round = |hours: f64| (hours * 100.0).round() / 100.0;
            (
                round(forecast.earliest_hours),
                forecast.latest_hours.map(round),
            )
        });
        assert_eq!(found, expected, "{megabytes:?}");
    }

    #[test]
    fn a_limit_is_reached_between_garbage_and_what_lives() {
        check_forecast(&[100, 200, 300, 400], 1000, Some((1.0, Some(6.0))));
        check_forecast(&[100, 200, 300, 400], 600, Some((0.0, Some(2.0))));
        check_forecast(&[100, 200, 300, 400], 300, Some((0.0, Some(0.0))));
    }

    #[test]
    fn what_scatters_widens_the_range() {
        let forecast = |megabytes: &[i64]| trend(megabytes, &within(10_000)).forecast;
        let straight = forecast(&[100, 200, 300, 400, 500]).expect("a forecast");
        let bent = forecast(&[100, 240, 270, 420, 500]).expect("a forecast");
        assert!(bent.earliest_hours < straight.earliest_hours, "{bent:?}");
        assert!(bent.latest_hours > straight.latest_hours, "{bent:?}");
    }

    #[test]
    fn what_began_late_goes_on_as_it_did_since_then() {
        let late = [100, 100, 100, 100, 100, 100, 200, 300, 400, 500];
        check_forecast(&late, 2000, Some((5.0, Some(15.0))));
    }

    #[test]
    fn the_error_of_a_course_is_that_of_its_forecast() {
        let trend = trend(&[100, 240, 270, 420, 500], &within(10_000));
        let (row, forecast) = (&trend.row, trend.forecast.expect("a forecast"));
        let most = row.per_hour.unwrap() + 2.0 * row.per_hour_error.unwrap();
        assert_eq!(forecast.earliest_hours, 4500.0 * MIB as f64 / most);
    }

    #[test]
    fn garbage_is_what_gogc_lets_collect() {
        let with = |gogc| MemoryOptions {
            gogc: Some(gogc),
            ..within(1500)
        };
        let growth = [100, 200, 300, 400];
        check_process(&growth, &with(Gogc::Percent(50)), Some((6.0, Some(11.0))));
        check_process(&growth, &with(Gogc::Percent(200)), Some((1.0, Some(11.0))));
        check_process(&growth, &with(Gogc::Off), Some((0.0, Some(11.0))));
    }

    #[test]
    fn a_course_is_all_of_the_same_snapshots() {
        let late = [400, 100, 100, 100, 100, 100, 200, 300, 400, 500];
        let trend = trend(&late, &within(2000));
        let row = &trend.row;
        assert_eq!((row.first(), row.last()), (100 * MIB, 500 * MIB));
        assert_eq!(trend.snapshots, 5);
        assert_eq!(trend.before, Some((400 * MIB, 100 * MIB)));
        assert_eq!(trend.since_nanos, Some(6 * HOUR as i64));
        assert_eq!(row.per_hour.map(f64::round), Some(100.0 * MIB as f64));
        assert_eq!((row.pattern, row.share), (Some(GrowthPattern::Grows), 1.0));
        let forecast = trend.forecast.expect("a forecast");
        assert!((forecast.earliest_hours - 5.0).abs() < 1e-6);
        let history = history(&late);
        let places: Vec<i64> = history.places().iter().map(GrowthRow::first).collect();
        assert_eq!(places, [100 * MIB]);
    }

    #[track_caller]
    fn check_no_forecast(megabytes: &[i64], expected: NoForecast) {
        let trend = trend(megabytes, &within(10_000));
        assert_eq!((trend.forecast, trend.no_forecast), (None, Some(expected)));
    }

    #[test]
    fn nothing_is_forecast_of_one_step_or_of_what_does_not_grow() {
        check_no_forecast(&[100, 200], NoForecast::Few);
        check_no_forecast(&[400, 300, 200, 100], NoForecast::Unsteady);
        check_no_forecast(&[100, 400, 100, 400, 100, 400], NoForecast::Unsteady);
        let unlimited = trend(&[100, 200], &MemoryOptions::default());
        assert_eq!((unlimited.forecast, unlimited.no_forecast), (None, None));
    }

    #[test]
    fn growth_begins_where_the_way_up_does() {
        let trend = trend(&[100, 100, 100, 200, 300, 400], &MemoryOptions::default());
        assert_eq!(trend.since_nanos, Some(3 * HOUR as i64));
    }

    #[test]
    fn a_place_has_the_verdict_that_a_series_gives_it() {
        // The last two are near each other: of five values a plateau, of twelve none.
        let large = [100, 100, 100, 100, 100, 100, 100, 100, 150, 200, 240, 241];
        let small = [10, 10, 10, 10, 10, 10, 10, 10, 15, 20, 25, 40];
        let stacks = large.iter().zip(small).map(|(large, small)| {
            let (large, small) = (large * MIB, small * MIB);
            format!("main;main.load {large}\nmain;regexp/syntax.Parse {small}")
        });
        let history = history_of(stacks);
        let total = history.total(&MemoryOptions::default()).expect("a trend");
        assert_eq!(total.snapshots, 5);
        let growth = (history.series).growth(&history.run, By::Place, &history.thresholds);
        let growth = growth.unwrap();
        let whole = growth.rows.first().expect("a row");
        let late = history.places().first().expect("a place");
        assert_eq!(late.name, whole.name);
        assert_eq!(late.values.len(), 5);
        assert_eq!(late.pattern, Some(GrowthPattern::Grows));
        assert_eq!(late.pattern, whole.pattern);
    }

    #[test]
    fn a_heap_whose_places_grew_in_one_step_each_does_not_grow_steadily() {
        let sizes = [(10, 10), (210, 10), (211, 230)];
        let stacks = sizes.iter().map(|(large, small)| {
            let (large, small) = (large * MIB, small * MIB);
            format!("main;main.load {large}\nmain;regexp/syntax.Parse {small}")
        });
        let history = history_of(stacks);
        let total = history.total(&within(10_000)).expect("a trend");
        assert_eq!(total.row.pattern, Some(GrowthPattern::Rises));
        assert_eq!(total.no_forecast, Some(NoForecast::Unsteady));
        assert!(history.places().iter().all(|row| row.is_one_step()));
    }

    #[test]
    fn the_last_rise_of_many_is_no_growth() {
        let teeth = trend(
            &[100, 400, 100, 400, 100, 100, 100, 200, 300],
            &MemoryOptions::default(),
        );
        assert_eq!(teeth.row.pattern, Some(GrowthPattern::SawTooth));
        assert_eq!(teeth.snapshots, 9);
    }
}
