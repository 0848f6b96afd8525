//! What grows over time, in all formats.

use std::io::Write;
use std::ops::Range;

use anyhow::Result;
use kheap::Series;
use kheap::series::{By, Growth, GrowthRow, Note, Order, Origin, Thresholds, Verdict};
use serde::Serialize;

use super::change::{
    NOISE, ROWS, about, amount, counted, duration, growth, heading, name, phrase, share, signed,
    signed_near, sparkline,
};
use super::compare::{Place, Side};
use super::sink::Sink;
use super::terminal::{HEADER, by_share};
use super::{json, markdown, time};
use crate::args::{Format, Shown};

/// Nanoseconds of an hour: whoever reads of a shorter series thinks in snapshots.
const HOUR: i128 = 3_600_000_000_000;

/// How many remarks are written out in text.
const NOTES: usize = 5;

pub(crate) fn series(sink: &mut Sink, series: &Series, by: &[By], shown: Shown) -> Result<()> {
    match sink.format() {
        Format::Text => write_text(sink, &View::of(series, by), shown),
        Format::Json => write_json(sink, series, by, shown),
        Format::Csv => write_csv(sink, series, by),
        Format::Markdown => write_markdown(sink, &View::of(series, by), shown),
    }
}

/// A series and the run of it that is told of.
struct View<'a> {
    series: &'a Series,
    run: Option<Range<usize>>,
    tables: Vec<Growth>,
    thresholds: Thresholds,
}

impl<'a> View<'a> {
    fn of(series: &'a Series, by: &[By]) -> Self {
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

    fn unit(&self) -> &'a str {
        &self.series.snapshots[0].origin.unit
    }

    /// First and last snapshot of what is told of; of all where no process lasted.
    fn ends(&self) -> [&'a Origin; 2] {
        let all = 0..self.series.snapshots.len();
        let run = self.run.clone().unwrap_or(all);
        [run.start, run.end - 1].map(|at| &self.series.snapshots[at].origin)
    }

    fn snapshots(&self) -> usize {
        self.run.as_ref().map_or(0, Range::len)
    }

    /// How long the run took, where times tell.
    fn nanos(&self) -> Option<i128> {
        let [first, last] = self.ends();
        let nanos = i128::from(last.time_nanos?) - i128::from(first.time_nanos?);
        (nanos > 0).then_some(nanos)
    }

    fn is_short(&self) -> bool {
        self.nanos().is_none_or(|nanos| nanos < HOUR)
    }

    /// The rows to show.
    fn rows<'t>(&self, table: &'t Growth, shown: Shown) -> Vec<&'t GrowthRow> {
        match shown {
            Shown::All => changed(table).collect(),
            Shown::Count(count) => changed(table).take(count).collect(),
            Shown::Telling => table.telling(&self.thresholds).take(ROWS).collect(),
        }
    }

    fn title(&self) -> String {
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
    fn headline(&self) -> String {
        let snapshots = counted(self.series.snapshots.len(), "snapshot");
        let (Some(table), Some(_)) = (self.tables.first(), &self.run) else {
            return format!(
                "Each of {snapshots} is of another process, so nothing can be followed."
            );
        };
        let mut telling = table.telling(&self.thresholds);
        let Some(row) = telling.find(|row| row.delta() > 0) else {
            return format!("Nothing grew by more than the noise over {snapshots}.");
        };
        self.sentence(table, row)
    }

    fn sentence(&self, table: &Growth, row: &GrowthRow) -> String {
        let what = phrase(table.by, &row.key);
        let unit = self.unit();
        let delta = about(row.delta(), unit);
        let snapshots = counted(self.snapshots(), "snapshot");
        let steps = self.snapshots() as f64 - 1.0;
        let (time, times) = match self.nanos() {
            Some(nanos) if nanos >= HOUR => ("an hour", nanos as f64 / HOUR as f64),
            _ => ("a snapshot", steps),
        };
        let pace = format!(
            "{} {time}",
            about((row.delta() as f64 / times).round() as i128, unit)
        );
        let of_all = format!("{:.0}%", row.share * 100.0);
        if self.ends()[0].is_counter() {
            return format!(
                "{what} allocated {delta} over {snapshots}, about {pace}: {of_all} of all."
            );
        }
        match row.verdict {
            Verdict::Plateau => format!(
                "{what} grew by {delta} over {snapshots}, {of_all} of all growth, and has levelled off."
            ),
            Verdict::Spike | Verdict::SawTooth => format!(
                "{what} comes and goes; it grew by {delta} over {snapshots}, {of_all} of all growth."
            ),
            _ => format!(
                "{what} grew by {delta} over {snapshots}, about {pace}: {of_all} of all growth."
            ),
        }
    }

    /// What is to be known of the series as a whole.
    fn remarks(&self) -> Vec<String> {
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
    fn other_runs(&self) -> Vec<String> {
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

fn changed(table: &Growth) -> impl Iterator<Item = &GrowthRow> {
    let moves = |row: &&GrowthRow| row.values.iter().any(|&value| value != row.first());
    table.rows.iter().filter(moves)
}

fn write_text(out: &mut Sink, view: &View<'_>, shown: Shown) -> Result<()> {
    out.line(HEADER, &view.headline())?;
    writeln!(out, "{}", view.title())?;
    for end in [0, 1] {
        let origin = view.ends()[end];
        let when = origin.time_nanos.map(time::local);
        let when = when.unwrap_or_else(|| "time unknown".to_owned());
        let side = ["first", "last"][end];
        let build = origin.build_id.as_ref();
        let build = build.map_or_else(String::new, |build| format!("  build {build}"));
        writeln!(out, "  {side:<5}  {}  {when}{build}", origin.name)?;
    }
    for remark in view.remarks() {
        writeln!(out, "Note: {remark}.")?;
    }
    let others = view.other_runs();
    if !others.is_empty() && view.run.is_some() {
        writeln!(out, "\nOther processes")?;
        for other in others {
            writeln!(out, "  {other}")?;
        }
    }
    for table in &view.tables {
        write_table(out, view, table, shown)?;
    }
    let is_noise = |row: &GrowthRow| !row.is_significant;
    let mut rows = view.tables.iter().flat_map(|table| view.rows(table, shown));
    if rows.any(is_noise) {
        writeln!(out, "\n{NOISE}")?;
    }
    Ok(())
}

fn write_table(out: &mut Sink, view: &View<'_>, table: &Growth, shown: Shown) -> Result<()> {
    let unit = view.unit();
    let rows = view.rows(table, shown);
    let all = changed(table).count();
    let (gained, lost) = (signed(table.gained, unit), signed(-table.lost, unit));
    writeln!(
        out,
        "\n{}: {gained} grown, {lost} shrunk",
        heading(table.by)
    )?;
    if !rows.is_empty() {
        out.line(HEADER, &columns(view))?;
    }
    for row in &rows {
        let all = table.gained.max(table.lost).max(1);
        let paint = by_share(
            (row.delta().max(0) as f64 / all as f64 * 1e6) as i64,
            1_000_000,
        );
        out.line(paint, &cells(view, table, row))?;
    }
    let rest = all - rows.len();
    if rest > 0 {
        let sum: i128 = changed(table).map(GrowthRow::delta).sum();
        let sum = sum - rows.iter().map(|row| row.delta()).sum::<i128>();
        let what = match shown {
            Shown::Telling => "in what is noise, or less than a tenth of the largest",
            _ => "in what changed less",
        };
        let rest = counted(rest, "row");
        writeln!(
            out,
            "{:>33}  {what} ({rest}; --all shows them)",
            signed(sum, unit)
        )?;
    }
    Ok(())
}

fn columns(view: &View<'_>) -> String {
    let pace = match (view.is_short(), view.nanos()) {
        (true, Some(_)) => format!("{:>11} {:>11}", "a snapshot", "an hour"),
        (true, None) => format!("{:>11}", "a snapshot"),
        (false, _) => format!("{:>11}", "an hour"),
    };
    let count = view.snapshots().min(super::change::MOST_BARS);
    format!(
        "{:>10} {:>10} {:>11} {pace} {:>6}  {:<9}  {:count$}",
        "first", "last", "delta", "share", "verdict", ""
    )
    .trim_end()
    .to_owned()
}

fn cells(view: &View<'_>, table: &Growth, row: &GrowthRow) -> String {
    let unit = view.unit();
    let by_step = format!("{:>11}", signed_near(row.per_snapshot, unit));
    let by_hour = row
        .per_hour
        .map(|slope| format!("{:>11}", signed_near(slope, unit)));
    let pace = match (view.is_short(), by_hour) {
        (true, Some(by_hour)) => format!("{by_step} {by_hour}"),
        (false, Some(by_hour)) => by_hour,
        (_, None) => by_step,
    };
    let noise = if row.is_significant { " " } else { "~" };
    format!(
        "{:>10} {:>10} {noise}{:>10} {pace} {:>6}  {:<9}  {}  {}",
        amount(row.first().into(), unit),
        amount(row.last().into(), unit),
        signed(row.delta(), unit),
        share(row.share),
        row.verdict.name(),
        sparkline(&row.values),
        name(table.by, &row.key),
    )
}

/// `kheap.series/1`.
#[derive(Debug, Serialize)]
struct Report<'a> {
    /// Name and version of this structure.
    schema: &'static str,
    /// Base name of the program.
    program: Option<&'a str>,
    /// What the values count, such as `inuse_space`.
    sample_type: &'a str,
    /// Unit of all values.
    unit: &'a str,
    /// `time`, or `name` where times are missing or all the same.
    order: &'static str,
    /// Oldest first.
    snapshots: Vec<Side<'a>>,
    /// The snapshots of each process: position of the first, and of the one behind the last.
    runs: Vec<[usize; 2]>,
    /// What parts a snapshot from the one before it.
    notes: Vec<Remark>,
    /// For each run of two snapshots or more, for each table, largest change first.
    rows: Vec<Row<'a>>,
}

/// Something to know of a snapshot.
#[derive(Debug, Serialize)]
struct Remark {
    /// Its position.
    snapshot: usize,
    /// `restart`, `build`, `period`, `no-collection`, `same-dump`, `renamed` or `other`.
    kind: &'static str,
    /// In words.
    text: String,
}

/// What one name held over time.
#[derive(Debug, Serialize)]
struct Row<'a> {
    /// `place`, `function`, `path`, `part`, `kind`, `package`, or `total` for the sum of all.
    by: &'static str,
    /// The function, path, …
    key: String,
    /// Of a place only.
    #[serde(flatten)]
    place: Option<Place<'a>>,
    /// Position of the run.
    run: usize,
    /// In its first snapshot.
    first: i64,
    /// In its last one.
    last: i64,
    /// The difference.
    delta: i128,
    /// Of the difference.
    standard_error: f64,
    /// Whether the change is more than noise.
    significant: bool,
    /// Slope of the line that fits best; null where times do not tell.
    per_hour: Option<f64>,
    /// Likewise.
    per_snapshot: f64,
    /// Share of the steps that went up, 0..=1.
    steps_up: f64,
    /// Of all that grew, or shrank where that is more, 0..=1.
    share: f64,
    /// `grows`, `rises`, `plateau`, `spike`, `saw-tooth`, `shrinks` or `flat`.
    verdict: &'static str,
    /// In each snapshot of the run.
    values: Vec<i64>,
}

impl Row<'_> {
    fn of(by: &'static str, run: usize, row: &GrowthRow) -> Self {
        Self {
            by,
            key: row.key.to_string(),
            place: None,
            run,
            first: row.first(),
            last: row.last(),
            delta: row.delta(),
            standard_error: row.standard_error,
            significant: row.is_significant,
            per_hour: row.per_hour,
            per_snapshot: row.per_snapshot,
            steps_up: row.steps_up,
            share: row.share,
            verdict: row.verdict.name(),
            values: row.values.clone(),
        }
    }
}

fn write_json(out: &mut Sink, series: &Series, by: &[By], shown: Shown) -> Result<()> {
    let origin = &series.snapshots[0].origin;
    let thresholds = Thresholds::default();
    let runs = series.runs.iter().enumerate();
    let runs: Vec<(usize, Vec<Growth>)> = runs
        .filter(|(_, run)| run.len() > 1)
        .map(|(at, run)| {
            let table = |by: &By| series.growth(run, *by, &thresholds);
            (at, by.iter().map(table).collect())
        })
        .collect();
    let mut rows = Vec::new();
    for (run, tables) in &runs {
        rows.extend(
            tables
                .first()
                .map(|table| Row::of("total", *run, &table.total)),
        );
        for table in tables {
            let most = match shown {
                Shown::Count(count) => count,
                Shown::All | Shown::Telling => table.rows.len(),
            };
            let of_row = |row| {
                let row: &GrowthRow = row;
                Row {
                    place: Place::of(table.by, &row.key),
                    ..Row::of(table.by.name(), *run, row)
                }
            };
            rows.extend(table.rows.iter().take(most).map(of_row));
        }
    }
    let report = Report {
        schema: "kheap.series/1",
        program: origin.program.as_deref(),
        sample_type: &origin.sample_type,
        unit: &origin.unit,
        order: match series.order {
            Order::Time => "time",
            Order::Untimed(_) | Order::SameTime => "name",
        },
        snapshots: (series.snapshots.iter())
            .map(|snapshot| Side::of(&snapshot.origin))
            .collect(),
        runs: series.runs.iter().map(|run| [run.start, run.end]).collect(),
        notes: (series.notes.iter())
            .map(|(snapshot, note)| Remark {
                snapshot: *snapshot,
                kind: kind(note),
                text: note.to_string(),
            })
            .collect(),
        rows,
    };
    json::write(out, &report)
}

fn kind(note: &Note) -> &'static str {
    match note {
        Note::Restart(_) => "restart",
        Note::Builds { .. } => "build",
        Note::Periods { .. } => "period",
        Note::NoCollection => "no-collection",
        Note::SameDump => "same-dump",
        Note::Renamed(_) => "renamed",
        _ => "other",
    }
}

/// One row for each snapshot and name, ready to be plotted; the total first.
fn write_csv(out: &mut Sink, series: &Series, by: &[By]) -> Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record([
        "by",
        "key",
        "run",
        "file",
        "time",
        "value",
        "standard_error",
    ])?;
    for (run, range) in series.runs.iter().enumerate() {
        for snapshot in &series.snapshots[range.clone()] {
            let origin = &snapshot.origin;
            let time = origin.time_nanos.map(time::utc).unwrap_or_default();
            let total = [("total", "total", &origin.total)].into_iter();
            let tables = by.iter().flat_map(|by| {
                let amounts = snapshot.by(*by).iter();
                amounts.map(|(key, amount)| (by.name(), &**key, amount))
            });
            for (by, key, amount) in total.chain(tables) {
                csv.write_record([
                    by,
                    key,
                    &run.to_string(),
                    &origin.name,
                    &time,
                    &amount.value.to_string(),
                    &amount.variance.sqrt().to_string(),
                ])?;
            }
        }
    }
    Ok(csv.flush()?)
}

fn write_markdown(out: &mut Sink, view: &View<'_>, shown: Shown) -> Result<()> {
    let unit = view.unit();
    writeln!(out, "**{}**\n\n{}\n", view.headline(), view.title())?;
    for remark in view.remarks().iter().chain(&view.other_runs()) {
        writeln!(out, "- {remark}")?;
    }
    for table in &view.tables {
        writeln!(out, "\n### {}\n", heading(table.by))?;
        writeln!(
            out,
            "| first | last | delta | a snapshot | an hour | share | verdict | | |"
        )?;
        writeln!(
            out,
            "| ---: | ---: | ---: | ---: | ---: | ---: | --- | --- | --- |"
        )?;
        for row in view.rows(table, shown) {
            let by_hour = row.per_hour.map(|slope| signed_near(slope, unit));
            writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
                amount(row.first().into(), unit),
                amount(row.last().into(), unit),
                signed(row.delta(), unit),
                signed_near(row.per_snapshot, unit),
                by_hour.unwrap_or_default(),
                share(row.share),
                row.verdict.name(),
                sparkline(&row.values),
                markdown::code(&name(table.by, &row.key)),
            )?;
        }
    }
    Ok(())
}
