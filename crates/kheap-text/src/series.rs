//! A series in words for people: which run of it, in which words.

use std::cmp::Ordering;
use std::ops::Range;

use kheap::Series;
use kheap::knowledge::Parts;
use kheap::series::{
    By, Growth, GrowthPattern, GrowthRow, GrowthThresholds, Note, Order, Origin, has_hourly_rate,
};

use crate::change::{
    about, amount, counted, duration, growth, name, pair_note_with, program, signed, sparkline,
};
use crate::net::Nets;
use crate::shell::quoted;
use crate::trend::has_pace;

/// That one of many dumps is of another process.
const OTHER_PROCESS: &str = "another process: a restart, or another server";

/// How many remarks, and other processes, are written out.
const NOTES: usize = 5;

/// A series and the run of it that is described.
#[derive(Debug)]
#[non_exhaustive]
pub struct View<'a> {
    series: &'a Series,
    /// The positions of its snapshots; `None` where no process lasted.
    pub run: Option<Range<usize>>,
    /// How the amounts in it went on.
    pub tables: Vec<Growth>,
    thresholds: GrowthThresholds,
}

impl<'a> View<'a> {
    /// Chooses the newest run of two snapshots or more. Tables that a stored snapshot lacks are
    /// left out.
    pub fn of(series: &'a Series, by: &[By]) -> Self {
        let thresholds = GrowthThresholds::default();
        let run = series.newest_run_of_several();
        let table = |by: &By| series.growth(run.as_ref()?, *by, &thresholds).ok();
        let mut view = Self {
            tables: by.iter().filter_map(table).collect(),
            series,
            run,
            thresholds,
        };
        if view.is_one_heap() {
            // They would show that nothing changed, which nobody knows.
            view.tables.clear();
        }
        view
    }

    /// The unit of all values.
    pub fn unit(&self) -> &'a str {
        &self.series.snapshots[0].origin.unit
    }

    /// First and last snapshot of what is described; of all where no process lasted.
    pub fn ends(&self) -> [&'a Origin; 2] {
        let all = 0..self.series.snapshots.len();
        let run = self.run.clone().unwrap_or(all);
        [run.start, run.end - 1].map(|at| &self.series.snapshots[at].origin)
    }

    /// Title and colour of every part.
    pub fn parts(&self) -> &'a Parts {
        self.series.parts()
    }

    fn snapshots(&self) -> usize {
        self.run.as_ref().map_or(0, Range::len)
    }

    /// How long the run took, where the times of all its snapshots tell.
    pub fn nanos(&self) -> Option<i128> {
        if self.series.order != Order::Time {
            return None;
        }
        let [first, last] = self.ends();
        let nanos = i128::from(last.time_nanos?) - i128::from(first.time_nanos?);
        (nanos > 0).then_some(nanos)
    }

    /// Whether values only go up, as those of `alloc_space` do.
    pub fn is_counter(&self) -> bool {
        self.ends()[0].is_counter()
    }

    /// Whether the run is long enough for a rate: ten minutes and three snapshots. A
    /// counter has a rate between any two.
    fn has_rate(&self) -> bool {
        let is_long = self.tables.first().is_some_and(has_rate);
        self.nanos().is_some() && (self.is_counter() || is_long)
    }

    /// What a pace is, and by what: that of a level is its trend over all dumps, that of a
    /// counter all that it counted.
    pub fn pace_header(&self) -> &'static str {
        match (self.is_counter(), self.has_rate()) {
            (true, true) => "per second",
            (true, false) => "per dump",
            (false, true) => "trend per hour",
            (false, false) => "trend per dump",
        }
    }

    /// What `-` in the column of paces says.
    pub fn no_pace(&self) -> &'static str {
        match self.is_counter() {
            true => "- no rate: nothing was allocated",
            false => "- no trend: the change was one step, or its direction is not clear",
        }
    }

    /// What stands above what rows do. A counter only goes up: there it is about how fast.
    pub fn verdict_header(&self) -> &'static str {
        match self.is_counter() {
            true => "its rate",
            false => "verdict",
        }
    }

    /// How fast a row changes, by what [`pace_header`](Self::pace_header) says; `None`
    /// for a level that has no pace.
    pub fn pace_of(&self, row: &GrowthRow) -> Option<f64> {
        match row.per_hour.filter(|_| self.has_rate()) {
            Some(by_hour) if self.is_counter() => Some(by_hour / 3600.0),
            None if self.is_counter() => Some(row.per_snapshot),
            _ if !has_pace(row) => None,
            Some(by_hour) => Some(by_hour),
            None => Some(row.per_snapshot),
        }
    }

    /// The rows that explain what happened.
    pub fn telling<'t>(&self, table: &'t Growth) -> impl Iterator<Item = &'t GrowthRow> {
        table.telling(&self.thresholds)
    }

    /// The trend of a row as a line of bars; of a counter, its rates.
    pub fn bars(&self, row: &GrowthRow) -> String {
        match self.is_counter() {
            true => sparkline(&row.rates),
            false => {
                let values: Vec<f64> = row.values.iter().map(|&value| value as f64).collect();
                sparkline(&values)
            }
        }
    }

    /// The whole in a line: which program, from what to what.
    pub fn title(&self) -> String {
        let [first, last] = self.ends();
        let mut named = last.clone();
        named.program = self.series.program().map(str::to_owned);
        let program = program(&named);
        let (old, new) = (first.total.value, last.total.value);
        if self.run.is_none() {
            let sizes = self.sizes();
            return format!("{program}: {} {sizes}", first.sample_type);
        }
        if self.is_one_heap() {
            let dumps = counted(self.snapshots(), "dump");
            let size = amount(old.into(), self.unit());
            return format!("{program}: {} {size} in each of {dumps}", first.sample_type);
        }
        let delta = i128::from(new) - i128::from(old);
        let duration = self.nanos().map(duration);
        let duration = duration.map_or_else(String::new, |time| format!(" in {time}"));
        format!(
            "{program}: {} {} → {}, {} ({}){duration}",
            first.sample_type,
            amount(old.into(), self.unit()),
            amount(new.into(), self.unit()),
            signed(delta, self.unit()),
            growth(old, new),
        )
    }

    /// The answer, in a sentence.
    pub fn headline(&self) -> String {
        let snapshots = counted(self.series.snapshots.len(), "dump");
        if self.is_one_heap() {
            let whose = match self.series.runs.len() {
                1 => "",
                _ => " of the newest process with several",
            };
            let run = counted(self.snapshots(), "dump");
            return format!(
                "The {run}{whose} are equal. Wait for a GC, or fetch the next one with `?gc=1`."
            );
        }
        let (Some(table), Some(_)) = (self.tables.first(), &self.run) else {
            return format!(
                "The {snapshots} are of different processes, so growth cannot be followed.{}",
                self.largest().unwrap_or_default()
            );
        };
        let is_net = |row: &&GrowthRow| match table.by {
            By::Place => self.nets(table).explains(&row.name, row.delta()),
            _ => true,
        };
        let telling = || {
            // What moved between kinds of a part is no answer, unless nothing else changed.
            let net: Vec<&GrowthRow> = self.telling(table).filter(is_net).collect();
            match net.is_empty() {
                true => self.telling(table).collect(),
                false => net,
            }
            .into_iter()
        };
        // What goes on growing is the answer, even where more came and stayed, or went.
        let grows = telling().find(|row| row.pattern == Some(GrowthPattern::Grows));
        let grew = || telling().find(|row| row.delta() > 0 && row.is_significant);
        let moved = || telling().max_by_key(|row| row.swing());
        match grows.or_else(grew).or_else(moved) {
            Some(row) => self.sentence(table, row),
            None if self.is_level() => {
                let size = amount(self.ends()[1].total.value.into(), self.unit());
                format!("Steady: {size} in each of {snapshots}.")
            }
            None => format!("Nothing grew beyond sampling noise in {snapshots}."),
        }
    }

    /// How much each dump holds; of many, the least and the most.
    fn sizes(&self) -> String {
        const FEW: usize = 5;
        let snapshots = self.series.snapshots.iter();
        let totals: Vec<i64> = snapshots.map(|one| one.origin.total.value).collect();
        let words = |total: &i64| amount((*total).into(), self.unit());
        if totals.len() <= FEW {
            let each: Vec<String> = totals.iter().map(words).collect();
            return format!("{}, each of another process", each.join(", "));
        }
        let (least, most) = (totals.iter().min(), totals.iter().max());
        let [least, most] = [least, most].map(|total| total.map(words).unwrap_or_default());
        let dumps = counted(totals.len(), "dump");
        format!("{dumps}, each of another process; smallest {least}, largest {most}")
    }

    /// How to go on with dumps that show no growth.
    fn largest(&self) -> Option<String> {
        let snapshots = self.series.snapshots.iter().map(|one| &one.origin);
        let largest = snapshots.max_by_key(|origin| (origin.total.value, &origin.name))?;
        let file = quoted(&largest.name);
        Some(format!(" Diagnose the largest: `kheap diagnose {file}`."))
    }

    /// Whether all dumps of the run show the heap of the first.
    pub(crate) fn is_one_heap(&self) -> bool {
        let run = self.run.clone().unwrap_or(0..0);
        let repeats = self.series.notes.iter().filter(|(at, note)| {
            run.contains(at) && matches!(note, Note::NoCollection | Note::SameDump)
        });
        !self.is_counter() && run.len() > 1 && repeats.count() + 1 == run.len()
    }

    /// Whether the dumps of the run hold as much as each other.
    fn is_level(&self) -> bool {
        let run = self.run.clone().unwrap_or(0..0);
        let dumps = self.series.snapshots.get(run).unwrap_or_default();
        let mut pairs = dumps.windows(2);
        pairs.all(|pair| pair[0].origin.total.value == pair[1].origin.total.value)
    }

    /// The changes of a table, part by part.
    fn nets<'t>(&self, table: &'t Growth) -> Nets<'t> {
        Nets::of(self.telling(table).map(|row| (&*row.name, row.delta())))
    }

    /// How fast a row changes, as its table says it, too; of a level that changed in one
    /// step, that it did.
    fn pace(&self, row: &GrowthRow) -> String {
        let per = match (self.is_counter(), self.has_rate()) {
            (true, true) => "per second",
            (true, false) => "per dump",
            (false, true) => "per hour",
            (false, false) => "per dump",
        };
        match self.pace_of(row) {
            Some(pace) => {
                let pace = about(pace.abs().round() as i128, self.unit());
                // A level's pace is the slope of a line, not its change divided by the steps.
                let trend = if self.is_counter() { "about" } else { "trend" };
                format!(", {trend} {pace} {per}")
            }
            None if row.is_one_step() => ", in one step".to_owned(),
            None => String::new(),
        }
    }

    /// What one row did over the run, in a sentence. Its table is one of
    /// [`tables`](Self::tables), or of [`Series::growth`] of that run.
    ///
    /// # Example
    ///
    /// ```
    /// # use kheap::series::Keys;
    /// # use kheap::{Heap, ProfileBuilder, Selection, SelectionOptions, Snapshot};
    /// use kheap::Series;
    /// use kheap::series::By;
    ///
    /// # let keys = Keys::default();
    /// # let mut snapshots = Vec::new();
    /// # for minute in 1..14 {
    /// #     let mut builder = ProfileBuilder::new();
    /// #     builder.sample_type("inuse_space", "bytes");
    /// #     builder.header().time_nanos = minute * 60_000_000_000;
    /// #     let load = builder.function("main.load", "main.go");
    /// #     let load = builder.location(None, 1, &[(load, 7)]);
    /// #     builder.sample(&[load], &[minute << 20], &[])?;
    /// #     let profile = builder.finish();
    /// #     let sample_type = profile.sample_type("")?;
    /// #     let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
    /// #     snapshots.push(Snapshot::new(&Heap::new(selection), "heap.pb.gz", &keys));
    /// # }
    /// // Thirteen dumps, one a minute.
    /// let series = Series::new(snapshots)?;
    /// let view = kheap_text::View::of(&series, &[By::Function]);
    /// let table = &view.tables[0];
    /// assert_eq!(
    ///     view.sentence(table, &table.rows[0]),
    ///     "main.load grew by 12MB in 13 dumps, trend 60MB per hour, 100% of all growth."
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sentence(&self, table: &Growth, row: &GrowthRow) -> String {
        match self.is_counter() {
            true => self.counted(table, row),
            false => self.changed(table, row),
        }
    }

    fn counted(&self, table: &Growth, row: &GrowthRow) -> String {
        format!(
            "{} allocated {} in {}{}: {:.0}% of all.",
            name(self.parts(), table.by, &row.name),
            about(row.delta(), self.unit()),
            counted(self.snapshots(), "dump"),
            self.pace(row),
            row.share * 100.0
        )
    }

    fn changed(&self, table: &Growth, row: &GrowthRow) -> String {
        let what = name(self.parts(), table.by, &row.name);
        let unit = self.unit();
        let delta = about(row.delta().abs(), unit);
        let snapshots = counted(self.snapshots(), "dump");
        // A share is of whatever went the way that more went.
        let of_all = match (row.delta() > 0, table.gained.cmp(&table.lost)) {
            (true, Ordering::Less) | (false, Ordering::Greater) => String::new(),
            (true, _) => format!(", {:.0}% of all growth", row.share * 100.0),
            (false, _) => format!(", {:.0}% of all shrinkage", row.share * 100.0),
        };
        let swing = about(row.swing(), unit);
        let end = match row.delta() {
            0 => "where it began".to_owned(),
            1.. => format!("{delta} higher"),
            _ => format!("{delta} lower"),
        };
        match row.pattern {
            Some(GrowthPattern::Plateau) => {
                format!("{what} grew by {delta} in {snapshots}{of_all}, and has levelled off.")
            }
            Some(GrowthPattern::Spike) => format!(
                "{what} was up to {swing} higher for a while ({}), and ended {end} after \
                 {snapshots}.",
                self.peak(row)
            ),
            Some(GrowthPattern::SawTooth) => {
                format!("{what} goes up and down by {swing}, and ended {end} after {snapshots}.")
            }
            _ if row.delta() < 0 => {
                let pace = self.pace(row);
                format!("{what} shrank by {delta} in {snapshots}{pace}{of_all}.")
            }
            _ => {
                let pace = self.pace(row);
                format!("{what} grew by {delta} in {snapshots}{pace}{of_all}.")
            }
        }
    }

    /// The highest amount, and the dump that has it.
    fn peak(&self, row: &GrowthRow) -> String {
        let run = self.run.clone().unwrap_or_default();
        let dumps = self.series.snapshots[run].iter().zip(&row.values);
        let peak = dumps.max_by_key(|(_, value)| **value);
        peak.map_or_else(String::new, |(dump, &value)| {
            format!(
                "{} in {}",
                amount(value.into(), self.unit()),
                dump.origin.name
            )
        })
    }

    /// What is to be known of the series as a whole.
    pub fn remarks(&self) -> Vec<String> {
        let series = self.series;
        let order = match series.order {
            Order::Time => None,
            Order::Untimed(count) => Some(format!(
                "{} no time: the dumps are ordered by name",
                match count {
                    1 => "1 file has".to_owned(),
                    count => format!("{count} files have"),
                }
            )),
            Order::SameTime => {
                Some("all files have the same time: the dumps are ordered by name".to_owned())
            }
        };
        let runs = (series.runs.len() > 1).then(|| {
            let [first, last] = self.ends();
            let count = series.runs.len();
            format!(
                "{count} processes are in these dumps. Shown: the newest one with two dumps or \
                 more, {} from {} to {}",
                counted(self.run.as_ref().map_or(0, Range::len), "dump"),
                first.name,
                last.name
            )
        });
        let runs = runs.filter(|_| self.run.is_some());
        let mut said: Vec<String> = order.into_iter().chain(runs).collect();
        let notes = self.notes();
        said.extend(notes.iter().take(NOTES).cloned());
        if notes.len() > NOTES {
            let more = notes.len() - NOTES;
            said.push(format!("{more} more; add --format json to see them"));
        }
        said
    }

    /// What parts snapshots from those before them; what is said of several, once.
    fn notes(&self) -> Vec<String> {
        let mut said: Vec<(String, &str, usize)> = Vec::new();
        for (at, note) in &self.series.notes {
            let text = match note {
                Note::SameDump => "it is the dump before it once more".to_owned(),
                note => pair_note_with(note, OTHER_PROCESS),
            };
            let name = &self.series.snapshots[*at].origin.name;
            match said.iter_mut().find(|(known, ..)| *known == text) {
                Some((_, _, count)) => *count += 1,
                None => said.push((text, name, 1)),
            }
        }
        let line = |(text, name, count): (String, &str, usize)| match count {
            1 => format!("{name}: {text}"),
            count => format!("{name} and {} more: {text}", count - 1),
        };
        said.into_iter().map(line).collect()
    }

    /// What the processes before the one that is described did.
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
            let count = counted(run.len(), "dump");
            match run.len() {
                1 => format!("{} {new}, {count}", first.name),
                _ => format!(
                    "{} … {}: {old} → {new}, {delta}, {count}",
                    first.name, last.name
                ),
            }
        };
        let mut lines: Vec<String> = others.map(line).collect();
        // The newest ones are nearest to the subject.
        let left_out = lines.len().saturating_sub(NOTES);
        if left_out > 0 {
            lines.drain(..left_out);
            lines.insert(
                0,
                format!("{left_out} earlier ones; add --format json to see them"),
            );
        }
        lines
    }
}

/// Whether the run of a table covers long enough a time for hourly rates of a level.
pub fn has_rate(table: &Growth) -> bool {
    has_hourly_rate(table.covered_nanos, table.total.values.len())
}

/// The rows that did not stay what they were.
pub fn changed(table: &Growth) -> impl Iterator<Item = &GrowthRow> {
    let moves = |row: &&GrowthRow| row.values.iter().any(|&value| value != row.first());
    table.rows.iter().filter(moves)
}
