//! A report in words: what the templates put in their places.

use std::cmp::Reverse;
use std::collections::HashSet;

use kheap::attribute::BreakdownRow;
use kheap::diagnose::{Evidence, Finding, Severity, Subject};
use kheap::graph::GraphOptions;
use kheap::table::TableRow;
use kheap::top::TopRow;
use kheap::{Breakdown, Heap, Memory, Summary, Table, top, unit};
use kheap_evidence::{Joined, Manifest};
use kheap_flame::{DrawError, Flame, FlameOptions, Picture, part_color};
use kheap_text::Commands;
use kheap_text::breakdown::amount;
use kheap_text::change::NO_TIME;
use kheap_text::finding::EvidenceRow;
use kheap_text::group::Group;
use kheap_text::one_line;
use kheap_text::story::Steps;
use kheap_text::trend::{trend_of_all, trend_of_finding};
use kheap_text::value::{self, bytes};
use kheap_text::{
    composition, diagnosis as words, evidence as from_beside, finding, manifest, memory as process,
    note, place, placeholder, version,
};

use crate::anchor::anchor;
use crate::growth::{self, Growth};
use crate::name::name;
use crate::report::{Change, Input, Report, ReportError};
use crate::summary;

/// Functions whose share is below this are left out of the table.
const LEAST_SHARE: f64 = 0.0005;

/// How many functions the table has at most by flat, and as many by cum.
const MOST_FUNCTIONS: usize = 150;

/// How many of them fit a ticket.
const MOST_IN_TICKET: usize = 20;

/// Places with less than this share are put together.
const LEAST_PLACE: f64 = 0.005;

/// How many places are distinguished.
const MOST_PLACES: usize = 12;

/// How many frames a picture on a page has: several stand on one, and the explorer has all.
const MOST_FRAMES: usize = 900;

/// What the columns of functions mean.
const FLAT_AND_CUM: &str =
    "Flat is the function's own value, cum includes the functions that it calls.";

/// A report in words. What is shown as an amount carries its unit.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) title: String,
    /// What the newest dump is: a name and a value.
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) summary: [String; 2],
    pub(crate) verdict: Badge,
    /// The verdict in a sentence.
    pub(crate) sentence: String,
    /// What to do about the worst finding, before all else is read.
    pub(crate) first_step: Option<String>,
    /// How the whole heap went on until now.
    pub(crate) trend: Option<String>,
    pub(crate) growth: Option<Growth>,
    pub(crate) findings: Vec<FindingText>,
    /// What no finding claims, below its heading.
    pub(crate) unclaimed: Option<(&'static str, Vec<EvidenceText>)>,
    /// Whose memory it is and what kind, where no finding explains it.
    pub(crate) composition: Vec<String>,
    /// What says more of it.
    pub(crate) next: Vec<String>,
    pub(crate) notes: Vec<String>,
    pub(crate) places: Vec<Bar>,
    pub(crate) pictures: Vec<PictureText>,
    pub(crate) functions: Vec<FunctionText>,
    /// What the table of functions leaves out.
    pub(crate) functions_note: String,
    pub(crate) memory: Option<MemoryText>,
    pub(crate) inputs: Vec<InputText>,
    /// Files beside the dump, and what became of each.
    pub(crate) files: Vec<FilesText>,
    /// What limits the clients behind the findings, ready to apply.
    pub(crate) manifests: Vec<ManifestText>,
    pub(crate) warnings: Vec<String>,
    pub(crate) command: String,
    /// The command that explains a signature; empty where there is none.
    pub(crate) explains: String,
    pub(crate) has_short_paths: bool,
    pub(crate) version: String,
}

/// A word with a colour: the class is the severity or verdict.
#[derive(Debug)]
pub(crate) struct Badge {
    pub(crate) class: &'static str,
    pub(crate) word: String,
}

#[derive(Debug)]
pub(crate) struct FindingText {
    pub(crate) severity: &'static str,
    pub(crate) confidence: &'static str,
    pub(crate) id: String,
    /// Where a link finds it.
    pub(crate) anchor: String,
    pub(crate) title: String,
    pub(crate) size: String,
    pub(crate) kinds: Option<String>,
    pub(crate) evidence: Vec<EvidenceText>,
    /// The sizes of its objects, and through which function they come.
    pub(crate) remarks: Vec<String>,
    /// How what it claims changed over time.
    pub(crate) trend: Option<String>,
    /// Those that differ from it in their kinds.
    pub(crate) others: Vec<OtherText>,
    /// Who is behind it, and how many requests; empty where nothing lies beside the dump.
    pub(crate) beside: Vec<String>,
    /// What no finding before it says.
    pub(crate) remedy: Vec<String>,
    pub(crate) versions: Vec<String>,
    pub(crate) sources: Vec<String>,
    /// A line to paste into a chat.
    pub(crate) message: String,
}

/// A finding that differs from the one above it in its kinds.
#[derive(Debug)]
pub(crate) struct OtherText {
    /// Where a link finds it.
    pub(crate) anchor: String,
    pub(crate) amount: String,
    pub(crate) share: String,
    pub(crate) kinds: String,
}

#[derive(Debug)]
pub(crate) struct EvidenceText {
    pub(crate) amount: String,
    pub(crate) text: String,
    /// Whether it is a name rather than words.
    pub(crate) is_code: bool,
}

#[derive(Debug)]
pub(crate) struct Bar {
    pub(crate) amount: String,
    pub(crate) share: String,
    /// In percent of the longest.
    pub(crate) length: String,
    /// That of its part, the same in every picture.
    pub(crate) color: String,
    pub(crate) title: String,
    pub(crate) name: String,
}

#[derive(Debug)]
pub(crate) struct PictureText {
    pub(crate) ending: &'static str,
    pub(crate) heading: &'static str,
    pub(crate) caption: &'static str,
    pub(crate) svg: String,
}

#[derive(Debug)]
pub(crate) struct FunctionText {
    pub(crate) flat: Cell,
    pub(crate) cum: Cell,
    pub(crate) name: String,
}

/// A figure that a table can be sorted by.
#[derive(Debug)]
pub(crate) struct Cell {
    pub(crate) value: i64,
    pub(crate) amount: String,
    pub(crate) share: String,
}

#[derive(Debug)]
pub(crate) struct MemoryText {
    pub(crate) title: String,
    pub(crate) rows: Vec<MemoryLine>,
    pub(crate) notes: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct MemoryLine {
    pub(crate) amount: String,
    pub(crate) title: &'static str,
    pub(crate) meaning: String,
    pub(crate) remedy: String,
}

#[derive(Debug)]
pub(crate) struct InputText {
    pub(crate) name: String,
    pub(crate) time: String,
    pub(crate) size: String,
    pub(crate) sha256: String,
}

/// Files beside the dump, with the words that they share.
#[derive(Debug)]
pub(crate) struct FilesText {
    pub(crate) names: Vec<String>,
    /// How many more there are.
    pub(crate) more: usize,
    pub(crate) words: String,
}

#[derive(Debug)]
pub(crate) struct ManifestText {
    pub(crate) name: String,
    pub(crate) yaml: String,
}

impl Page {
    /// Puts a report into words. Pictures on an HTML page are `embedded`.
    pub(crate) fn of(report: &Report<'_>, embedded: bool) -> Result<Self, ReportError> {
        let diagnosis = report.diagnosis;
        let program = name(words::program(diagnosis).0);
        let (functions, functions_note) = functions(report);
        let judgement = summary::verdict(report);
        let first_step = words::first_step(diagnosis, &report.known);
        let findings = findings(report, first_step.clone());
        let next = composition::next(diagnosis, &report.known);
        let mut notes = note::of(diagnosis, &report.known);
        let steps = findings.iter().flat_map(|finding| &finding.remedy);
        let printed = first_step.iter().chain(steps).chain(&next).chain(&notes);
        let put_in = placeholder::explained(printed.map(String::as_str));
        notes.extend(put_in);
        let parts = diagnosis
            .breakdown
            .as_ref()
            .filter(|_| diagnosis.has_parts());
        let unclaimed = words::unclaimed(diagnosis);
        let unclaimed = unclaimed.map(|(heading, left)| (heading, evidence(report, left)));
        let page = Self {
            title: match report.title {
                Some(title) => one_line(title),
                None => format!("Heap report: {program}"),
            },
            facts: facts(report, program),
            summary: summary::sentences(report),
            verdict: Badge {
                class: judgement.word.class(),
                word: words::verdict(diagnosis, &judgement),
            },
            sentence: summary::of_newest(report, judgement.sentence),
            first_step,
            // A report is the same in every zone, so no local time is in it.
            trend: (diagnosis.trend.as_ref()).map(|trend| trend_of_all(diagnosis, trend, None)),
            growth: growth::growth(report)?,
            findings,
            unclaimed,
            composition: composition::sentences(diagnosis),
            next,
            notes,
            places: parts.map_or_else(Vec::new, places),
            pictures: pictures(report, embedded)?,
            functions,
            functions_note,
            memory: report.memory.map(|of| memory(of, &report.known)),
            inputs: report.inputs.iter().map(input).collect(),
            files: files(report),
            manifests: manifests(report),
            warnings: report.warnings.to_vec(),
            command: report.command.unwrap_or_default().to_owned(),
            explains: report
                .known
                .commands
                .apply("`kheap signatures`")
                .replace('`', ""),
            has_short_paths: report.has_short_paths,
            version: report.version.to_owned(),
        };
        Ok(page.with_commands(report.known.commands))
    }

    /// The same with other commands than those of kheap in its sentences.
    fn with_commands(mut self, commands: Commands<'_>) -> Self {
        let texts = self.summary.iter_mut().chain([&mut self.sentence]);
        let findings = self.findings.iter_mut();
        let messages = findings.map(|finding| &mut finding.message);
        let evidence = { self.unclaimed.iter_mut() }.flat_map(|(_, lines)| lines);
        let evidence = evidence.filter(|line| !line.is_code);
        let rows = self.memory.iter_mut().flat_map(|memory| &mut memory.rows);
        let rows = rows.flat_map(|row| [&mut row.meaning, &mut row.remedy]);
        let files = self.files.iter_mut().map(|files| &mut files.words);
        let texts = texts
            .chain(messages)
            .chain(evidence.map(|line| &mut line.text));
        for text in texts.chain(rows).chain(files) {
            apply(commands, text);
        }
        let findings = self.findings.iter_mut();
        let of_findings = findings.flat_map(|f| {
            [
                &mut f.remarks,
                &mut f.beside,
                &mut f.remedy,
                &mut f.versions,
            ]
        });
        let of_memory = self.memory.iter_mut().map(|memory| &mut memory.notes);
        let of_growth = self.growth.iter_mut().map(|growth| &mut growth.remarks);
        let own = [
            &mut self.composition,
            &mut self.next,
            &mut self.notes,
            &mut self.warnings,
        ];
        let lists = own.into_iter().chain(of_findings);
        for list in lists.chain(of_memory).chain(of_growth) {
            list.iter_mut().for_each(|text| apply(commands, text));
            list.retain(|text| !text.is_empty());
        }
        let tables = self.growth.iter_mut().flat_map(|growth| &mut growth.tables);
        let rests = tables.map(|table| &mut table.rest);
        for text in [&mut self.first_step, &mut self.trend]
            .into_iter()
            .chain(rests)
        {
            if let Some(text) = text {
                apply(commands, text);
            }
            text.take_if(|text| text.is_empty());
        }
        self
    }

    /// The functions that fit a ticket.
    pub(crate) fn largest_functions(&self) -> &[FunctionText] {
        &self.functions[..self.functions.len().min(MOST_IN_TICKET)]
    }
}

fn apply(commands: Commands<'_>, text: &mut String) {
    if commands != Commands::Kheap {
        *text = commands.apply(text).into_owned();
    }
}

fn facts(report: &Report<'_>, program: String) -> Vec<(&'static str, String)> {
    let summary = report.heap().map(|heap| Summary::new(heap));
    let build = summary.as_ref().and_then(|of| of.build_id.as_deref());
    let filters = summary.as_ref().map(|of| of.active_filters.join(", "));
    let diagnosis = report.diagnosis;
    let time = report.inputs.last().and_then(|input| input.time.clone());
    let mut sample_type = name(&diagnosis.sample_type);
    if let Some(assumed) = note::assumed(diagnosis) {
        sample_type += &format!(". {assumed}");
    }
    let facts = [
        (
            "Program",
            Some(format!("{program}{}", words::aside(diagnosis))),
        ),
        ("Build", build.map(name)),
        (
            "Version",
            version::heading(diagnosis, &report.known).map(|line| name(&line)),
        ),
        ("Taken", time),
        ("Sample type", Some(sample_type)),
        ("Total", Some(words::amount(diagnosis, diagnosis.total))),
        (
            "Filters",
            filters.map(|set| name(&set)).filter(|set| !set.is_empty()),
        ),
    ];
    facts
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

fn findings<'r>(report: &Report<'r>, first_step: Option<String>) -> Vec<FindingText> {
    let diagnosis = report.diagnosis;
    let shown = diagnosis.findings.iter();
    let shown = shown.filter(|finding| finding.severity > Severity::Info);
    let groups = Group::all(diagnosis, shown, &report.known);
    let mut steps = Steps::below(first_step);
    let text = |group: &Group<'r>| finding_text(report, group, &mut steps);
    groups.iter().map(text).collect()
}

fn finding_text<'r>(report: &Report<'r>, group: &Group<'r>, steps: &mut Steps<'r>) -> FindingText {
    let diagnosis = report.diagnosis;
    let finding = group.first();
    let shown = steps.shown(diagnosis, &report.known, group);
    let remarks = finding::remarks(diagnosis, finding, &report.known).into_iter();
    let trend = finding.trend.as_ref();
    let others = group.others().iter().zip(group.other_kinds(diagnosis));
    FindingText {
        severity: finding.severity.name(),
        confidence: finding.confidence.name(),
        id: finding.id.clone(),
        anchor: anchor(diagnosis, finding),
        beside: beside(report, finding),
        title: finding.title.clone(),
        size: finding::size(diagnosis, finding),
        kinds: finding::kinds(finding).map(|kinds| name(&kinds)),
        evidence: finding::rows(diagnosis, finding)
            .into_iter()
            .map(evidence_text)
            .collect(),
        remarks: remarks.map(|remark| name(&remark)).collect(),
        trend: trend.map(|trend| trend_of_finding(diagnosis, trend, None)),
        others: others
            .map(|(other, of)| OtherText {
                anchor: anchor(diagnosis, other),
                amount: of.amount,
                share: of.share,
                kinds: name(&of.kinds),
            })
            .collect(),
        remedy: shown.steps,
        versions: shown.versions,
        sources: finding.sources.clone(),
        message: finding::message(diagnosis, finding, &report.known, shown.new),
    }
}

/// What lies beside the dump says of a finding, in sentences.
fn beside(report: &Report<'_>, finding: &Finding) -> Vec<String> {
    let Some(answer) = report.known.answer(report.diagnosis, finding) else {
        return Vec::new();
    };
    let who = answer.who.iter().map(|who| {
        let share = match answer.who.len() {
            1 => String::new(),
            _ => format!("{:.0}% of the load: ", who.share * 100.0),
        };
        format!("{share}{}", from_beside::who(answer, who))
    });
    let count = answer.how_many.as_ref();
    let how_many = count.and_then(|count| from_beside::how_many(finding, count, &answer.who));
    let in_force = answer.in_force.iter();
    let in_force = in_force.map(|(remedy, why)| from_beside::in_force(remedy, why));
    let unknown = from_beside::unknown_client(answer);
    let unknown = unknown.map(|words| format!("Client: {words}"));
    let all = who.chain(unknown).chain(how_many).chain(in_force);
    all.map(|line| name(&line)).collect()
}

fn manifests(report: &Report<'_>) -> Vec<ManifestText> {
    let manifests = report
        .known
        .beside
        .map(Joined::manifests)
        .unwrap_or_default();
    let text = |manifest: &Manifest| ManifestText {
        name: manifest.name.clone(),
        yaml: manifest::file(manifest),
    };
    manifests.iter().map(text).collect()
}

/// A line for each file beside the dump, or for all that share their words.
fn files(report: &Report<'_>) -> Vec<FilesText> {
    let files = report.known.beside.map_or(&[][..], |joined| &joined.files);
    let lines = from_beside::files(files).into_iter();
    let text = |line: from_beside::FileLine<'_>| FilesText {
        names: line.names.iter().map(|file| name(file)).collect(),
        more: line.more,
        words: line.words,
    };
    lines.map(text).collect()
}

fn evidence<'e>(
    report: &Report<'_>,
    evidence: impl IntoIterator<Item = &'e Evidence>,
) -> Vec<EvidenceText> {
    let row = |evidence: &Evidence| EvidenceRow::of(report.diagnosis, evidence);
    evidence.into_iter().map(row).map(evidence_text).collect()
}

fn evidence_text(row: EvidenceRow) -> EvidenceText {
    EvidenceText {
        amount: row.value,
        text: name(&row.text),
        is_code: row.is_code,
    }
}

fn places(breakdown: &Breakdown) -> Vec<Bar> {
    let least = (breakdown.total.unsigned_abs() as f64 * LEAST_PLACE) as u64;
    let large = |row: &&BreakdownRow| row.value.unsigned_abs() >= least;
    let count = breakdown
        .rows
        .iter()
        .take_while(large)
        .count()
        .min(MOST_PLACES);
    let (shown, rest) = breakdown.rows.split_at(count);
    let longest = shown
        .first()
        .map_or(1, |row| row.value.unsigned_abs().max(1));
    let bar = |value: i64, part: Option<&str>, title: String, name: String| Bar {
        color: part_color(&breakdown.parts, part.unwrap_or_default()).to_owned(),
        amount: amount(breakdown, value),
        share: value::share(value, breakdown.total),
        length: format!(
            "{:.1}",
            value.unsigned_abs() as f64 * 100.0 / longest as f64
        ),
        title,
        name,
    };
    let shown: Vec<&BreakdownRow> = shown.iter().collect();
    let bars = shown.iter().map(|row| {
        let title = name(&place::name_of(breakdown, &shown, row));
        bar(row.value, row.part.as_deref(), title, key(row))
    });
    let mut bars: Vec<Bar> = bars.collect();
    let sum = rest.iter().map(|row| i128::from(row.value)).sum::<i128>();
    let sum = sum.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
    if !rest.is_empty() {
        bars.push(bar(sum, None, place::smaller(rest.len()), String::new()));
    }
    bars
}

/// The words by which other commands know a place.
fn key(row: &BreakdownRow) -> String {
    let words = [&row.part, &row.verb, &row.kind];
    let words: Vec<&str> = words
        .into_iter()
        .filter_map(|word| word.as_deref())
        .collect();
    name(&words.join(" · "))
}

/// The flame graphs: first what changed, then what there is.
fn pictures(report: &Report<'_>, embedded: bool) -> Result<Vec<PictureText>, ReportError> {
    let options = FlameOptions::default();
    let mut pictures = Vec::new();
    let Some(heap) = report.heap() else {
        return Ok(pictures);
    };
    let time = |at: &Input| at.time.clone();
    if let Change::Pair { before, .. } = report.change {
        let times: Option<Vec<String>> = report.inputs.iter().map(time).collect();
        let flame = Flame::compare(before, heap, &options);
        pictures.push(PictureText {
            ending: "diff.svg",
            heading: "What grew and shrank",
            caption: "Red grew, blue shrank, grey stayed; the label begins with the difference.",
            svg: svg(&flame, times.map(|times| times.join(" → ")), embedded)?,
        });
    }
    pictures.push(PictureText {
        ending: "svg",
        heading: "Where the memory comes from",
        caption: "The wider, the more memory; each box calls those below it. Colours are parts of \
                  the program.",
        svg: svg(
            &Flame::new(heap, &options),
            report.inputs.last().and_then(time),
            embedded,
        )?,
    });
    pictures.retain(|picture| !picture.svg.is_empty());
    Ok(pictures)
}

/// The picture; empty where there is nothing to draw.
fn svg(flame: &Flame, time: Option<String>, embedded: bool) -> Result<String, DrawError> {
    let picture = Picture::default()
        .time(time)
        .embedded(embedded)
        .max_frames(MOST_FRAMES);
    match flame.svg(&picture) {
        Err(DrawError::Empty) => Ok(String::new()),
        result => result,
    }
}

fn functions(report: &Report<'_>) -> (Vec<FunctionText>, String) {
    match report.subject {
        Subject::Heap(heap) => functions_of_heap(report, heap),
        Subject::Table(table) => functions_of_table(report, table),
        _ => (Vec::new(), String::new()),
    }
}

/// The rows as they were pasted, the largest first.
fn functions_of_table(report: &Report<'_>, table: &Table) -> (Vec<FunctionText>, String) {
    let total = table.total.unwrap_or_else(|| table.flat_sum());
    let cell = |value: i64| Cell {
        value,
        amount: words::amount(report.diagnosis, value),
        share: value::share(value, total),
    };
    let mut rows: Vec<&TableRow> = table.rows.iter().collect();
    rows.sort_by(|a, b| (Reverse(a.flat), &a.name).cmp(&(Reverse(b.flat), &b.name)));
    let rows = rows.into_iter().map(|row| FunctionText {
        flat: cell(row.flat),
        cum: cell(row.cum),
        name: name(&row.name),
    });
    let rows: Vec<FunctionText> = rows.collect();
    let note = format!(
        "The {} rows of the pasted table. {FLAT_AND_CUM}",
        rows.len()
    );
    (rows, note)
}

fn functions_of_heap(report: &Report<'_>, heap: &Heap<'_>) -> (Vec<FunctionText>, String) {
    let options = GraphOptions::default().node_fraction(LEAST_SHARE);
    let mut top = top(heap, &options);
    let all = top.rows.len();
    keep_largest(&mut top.rows, MOST_FUNCTIONS);
    let summary = &top.summary;
    let cell = |value: i64| Cell {
        value,
        // Each in its own unit, because a page is read line by line.
        amount: unit::label(value, &summary.sample_unit, unit::AUTO),
        share: summary.percentage(value).trim().to_owned(),
    };
    let rows = top.rows.iter().map(|row| FunctionText {
        flat: cell(row.flat),
        cum: cell(row.cum),
        name: name(&row.name),
    });
    let least = unit::percentage((LEAST_SHARE * 1e6) as i64, 1_000_000);
    let least = least.trim();
    let which = match all - top.rows.len() {
        0 => format!("All {all} functions with {least} of the total or more."),
        _ => {
            let all = report.known.fill_in("All: `kheap top --no-trim FILE`.");
            let which = format!("The table has {} functions. {all}", top.rows.len());
            which.trim_end().to_owned()
        }
    };
    (rows.collect(), format!("{which} {FLAT_AND_CUM}"))
}

/// Keeps the rows with the largest flat, and those with the largest cum: functions that
/// call what allocates have no flat, and are looked for too.
fn keep_largest(rows: &mut Vec<TopRow>, most: usize) {
    let mut cums: Vec<(i64, usize)> = rows.iter().map(|row| row.cum.abs()).zip(0..).collect();
    cums.sort_unstable_by_key(|&(cum, at)| (Reverse(cum), at));
    let by_cum: HashSet<usize> = cums.into_iter().take(most).map(|(_, at)| at).collect();
    let mut at = 0;
    rows.retain(|_| {
        at += 1;
        at <= most || by_cum.contains(&(at - 1))
    });
}

fn memory(memory: &Memory, known: &words::Known<'_>) -> MemoryText {
    let rows = process::rows(memory).map(|row| MemoryLine {
        amount: process::value(memory, row),
        title: process::row_title(memory, row),
        meaning: process::meaning(memory, row),
        remedy: process::remedy(memory, row, known).unwrap_or_default(),
    });
    MemoryText {
        title: format!(
            "{} {}",
            bytes(memory.total),
            process::size_title(memory.size)
        ),
        rows: rows.collect(),
        notes: (memory.warnings.iter().map(process::warning))
            .chain(memory.notes.iter().map(|note| process::note(memory, note)))
            .map(|note| words::sentence(&note))
            .collect(),
    }
}

fn input(input: &Input) -> InputText {
    let size = i64::try_from(input.size).unwrap_or(i64::MAX);
    InputText {
        name: name(&input.name),
        time: input.time.clone().unwrap_or_else(|| NO_TIME.to_owned()),
        size: bytes(size),
        sha256: input.sha256.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_with_a_large_cum_is_in_the_table_whatever_its_flat() {
        let row = |name: &str, flat, cum| {
            let mut row = TopRow::default();
            row.name = name.to_owned();
            row.flat = flat;
            row.cum = cum;
            row
        };
        let mut rows = vec![
            row("leaf", 50, 50),
            row("small", 20, 20),
            row("smaller", 10, 10),
            row("main", 0, -100),
        ];
        keep_largest(&mut rows, 2);
        let names: Vec<&str> = rows.iter().map(|row| &*row.name).collect();
        assert_eq!(names, ["leaf", "small", "main"]);
        keep_largest(&mut rows, 3);
        assert_eq!(rows.len(), 3);
    }
}
