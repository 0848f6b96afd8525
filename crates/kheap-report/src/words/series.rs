//! A series as it is told to people: which run of it, in which words.

use std::ops::Range;

use kheap::Series;
use kheap::series::{By, Growth, GrowthRow, Order, Origin, Thresholds, Verdict};

use super::change::{about, amount, counted, duration, growth, phrase, signed, sparkline};

/// Nanoseconds of an hour: whoever reads of a shorter series thinks in snapshots.
const HOUR: i128 = 3_600_000_000_000;

/// How many remarks are written out.
const NOTES: usize = 5;

/// A series and the run of it that is told of.
#[derive(Debug)]
pub struct View<'a> {
    series: &'a Series,
    /// The positions of its snapshots; `None` where no process lasted.
    pub run: Option<Range<usize>>,
    /// How the amounts in it went on.
    pub tables: Vec<Growth>,
    thresholds: Thresholds,
}

impl<'a> View<'a> {
    /// Chooses the newest run of two snapshots or more.
    pub fn of(series: &'a Series, by: &[By]) -> Self {
        let thresholds = Thresholds::default();
        let run = series.newest_run();
        let table = |by: &By| Some(series.growth(run.as_ref()?, *by, &thresholds));
        Self {
            tables: by.iter().filter_map(table).collect(),
            series,
            run,
            thresholds,
        }
    }

    /// The unit of all values.
    pub fn unit(&self) -> &'a str {
        &self.series.snapshots[0].origin.unit
    }

    /// First and last snapshot of what is told of; of all where no process lasted.
    pub fn ends(&self) -> [&'a Origin; 2] {
        let all = 0..self.series.snapshots.len();
        let run = self.run.clone().unwrap_or(all);
        [run.start, run.end - 1].map(|at| &self.series.snapshots[at].origin)
    }

    fn snapshots(&self) -> usize {
        self.run.as_ref().map_or(0, Range::len)
    }

    /// How long the run took, where times tell.
    pub fn nanos(&self) -> Option<i128> {
        let [first, last] = self.ends();
        let nanos = i128::from(last.time_nanos?) - i128::from(first.time_nanos?);
        (nanos > 0).then_some(nanos)
    }

    /// Whether values only go up, as those of `alloc_space` do.
    pub fn is_counter(&self) -> bool {
        self.ends()[0].is_counter()
    }

    /// Whether the run took less than an hour, or nobody knows how long.
    pub fn is_short(&self) -> bool {
        self.nanos().is_none_or(|nanos| nanos < HOUR)
    }

    /// The rows that explain what happened.
    pub fn telling<'t>(&self, table: &'t Growth) -> impl Iterator<Item = &'t GrowthRow> {
        table.telling(&self.thresholds)
    }

    /// The course of a row as a line of bars; of a counter, what it counted from snapshot to
    /// snapshot.
    pub fn bars(&self, row: &GrowthRow) -> String {
        match self.is_counter() {
            true => {
                let steps = row.values.windows(2);
                let steps: Vec<i64> = steps.map(|step| step[1].saturating_sub(step[0])).collect();
                sparkline(&steps)
            }
            false => sparkline(&row.values),
        }
    }

    /// The whole in a line: which program, from what to what.
    pub fn title(&self) -> String {
        let [first, last] = self.ends();
        let program = first.program.as_deref().unwrap_or("unknown program");
        let (old, new) = (first.total.value, last.total.value);
        let delta = i128::from(new) - i128::from(old);
        let duration = self.nanos().map(duration);
        let duration = duration.map_or_else(String::new, |time| format!(" in {time}"));
        format!(
            "{program} ({}): {} {} → {}, {} ({}){duration}",
            last.role.name(),
            first.sample_type,
            amount(old.into(), self.unit()),
            amount(new.into(), self.unit()),
            signed(delta, self.unit()),
            growth(old, new),
        )
    }

    /// The answer, in a sentence.
    pub fn headline(&self) -> String {
        let snapshots = counted(self.series.snapshots.len(), "snapshot");
        let (Some(table), Some(_)) = (self.tables.first(), &self.run) else {
            return format!(
                "Each of {snapshots} is of another process, so nothing can be followed."
            );
        };
        let telling = || self.telling(table).filter(|row| row.delta() > 0);
        // What goes on growing is the answer, even where more came and stayed.
        let grows = telling().find(|row| row.verdict == Verdict::Grows);
        let Some(row) = grows.or_else(|| telling().next()) else {
            return format!("Nothing grew by more than the noise over {snapshots}.");
        };
        self.sentence(table, row)
    }

    fn sentence(&self, table: &Growth, row: &GrowthRow) -> String {
        let what = phrase(table.by, &row.key);
        let unit = self.unit();
        let delta = about(row.delta(), unit);
        let snapshots = counted(self.snapshots(), "snapshot");
        let (time, times) = match self.nanos() {
            Some(nanos) if self.is_counter() => ("a second", nanos as f64 / 1e9),
            Some(nanos) if nanos >= HOUR => ("an hour", nanos as f64 / HOUR as f64),
            _ => ("a snapshot", self.snapshots() as f64 - 1.0),
        };
        let pace = format!(
            "{} {time}",
            about((row.delta() as f64 / times).round() as i128, unit)
        );
        let of_all = format!("{:.0}%", row.share * 100.0);
        if self.is_counter() {
            return format!(
                "{what} allocated {delta} over {snapshots}, about {pace}: {of_all} of all."
            );
        }
        match row.verdict {
            Verdict::Plateau => format!(
                "{what} grew by {delta} over {snapshots}, {of_all} of all growth, and has levelled off."
            ),
            Verdict::Spike | Verdict::SawTooth => format!(
                "{what} goes up and down by {}; it ended {delta} higher after {snapshots}, {of_all} \
                 of all growth.",
                about(row.swing(), unit)
            ),
            _ => format!(
                "{what} grew by {delta} over {snapshots}, about {pace}: {of_all} of all growth."
            ),
        }
    }

    /// What is to be known of the series as a whole.
    pub fn remarks(&self) -> Vec<String> {
        let series = self.series;
        let order = match series.order {
            Order::Time => None,
            Order::Untimed(count) => Some(format!(
                "{} no time, so the snapshots are in the order of their names",
                match count {
                    1 => "1 file has".to_owned(),
                    count => format!("{count} files have"),
                }
            )),
            Order::SameTime => Some(
                "all files have the same time, so the snapshots are in the order of their names"
                    .to_owned(),
            ),
        };
        let runs = (series.runs.len() > 1).then(|| {
            let [first, last] = self.ends();
            let count = series.runs.len();
            format!(
                "{count} processes; below is the newest with two snapshots, {} to {}",
                first.name, last.name
            )
        });
        let runs = runs.filter(|_| self.run.is_some());
        let notes = series.notes.iter();
        let notes =
            notes.map(|(at, note)| format!("{}: {note}", series.snapshots[*at].origin.name));
        let mut told: Vec<String> = order.into_iter().chain(runs).collect();
        let (most, count) = (NOTES, series.notes.len());
        told.extend(notes.take(most));
        if count > most {
            told.push(format!(
                "{} like these; --format json lists them",
                count - most
            ));
        }
        told
    }

    /// What the processes before the one that is told of did.
    pub fn other_runs(&self) -> Vec<String> {
        let others = self.series.runs.iter();
        let others = others.filter(|run| Some(*run) != self.run.as_ref());
        let line = |run: &Range<usize>| {
            let [first, last] =
                [run.start, run.end - 1].map(|at| &self.series.snapshots[at].origin);
            let unit = self.unit();
            let (old, new) = (first.total.value, last.total.value);
            let delta = signed(i128::from(new) - i128::from(old), unit);
            let (old, new) = (amount(old.into(), unit), amount(new.into(), unit));
            let count = counted(run.len(), "snapshot");
            match run.len() {
                1 => format!("{} {new}, {count}", first.name),
                _ => format!(
                    "{} … {}: {old} → {new}, {delta}, {count}",
                    first.name, last.name
                ),
            }
        };
        others.map(line).collect()
    }
}

/// The rows that did not stay what they were.
pub fn changed(table: &Growth) -> impl Iterator<Item = &GrowthRow> {
    let moves = |row: &&GrowthRow| row.values.iter().any(|&value| value != row.first());
    table.rows.iter().filter(moves)
}
