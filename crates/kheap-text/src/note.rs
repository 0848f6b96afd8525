//! What a reader of a diagnosis should know, in sentences.

use kheap::diagnose::Note;
use kheap::table::{TableGrowth, TableWarning};
use kheap::{Diagnosis, Summary, unit};

use crate::change::{NO_GC, counted, duration};
use crate::diagnosis::{Known, Word, amount, judgement, sentence};
use crate::fetch::{FETCH, fetched};
use crate::shell::quoted;
use crate::{breakdown, composition, cut, one_line, shorten, version, warning};

const NO_STACKS: &str = "findings of a dump are more certain: it has stacks.";

/// The same where there is no finding to be less certain of, …
const MORE_IN_DUMP: &str = "a dump shows more than a table: it has stacks.";

/// … and where the values of the table are not diagnosed.
const IN_USE_IN_DUMP: &str = "a heap dump has the memory in use, which kheap diagnoses.";

/// That the figures are of several files together.
pub fn added_up(summary: &Summary) -> Option<String> {
    let files = summary.added_up;
    (files > 1).then(|| format!("{files} files added up"))
}

/// The longest reason for a suppression that is shown, in characters.
const LONGEST_REASON: usize = 200;

/// How the line of a finding begins that is suppressed.
pub const SUPPRESSED: &str = "suppressed: ";

/// All notes, a sentence each, but for what is suppressed: a line that begins with
/// [`SUPPRESSED`].
pub fn of(diagnosis: &Diagnosis, known: &Known<'_>) -> Vec<String> {
    // The next steps begin with the dump that is to be fetched.
    let is_step = judgement(diagnosis, known).word == Word::Cut
        || !composition::steps(diagnosis, known).is_empty();
    let is_said = |note: &Note| match note {
        Note::NoStacks => is_step,
        Note::AssumedType => true,
        _ => false,
    };
    let notes = diagnosis.notes.iter().filter(|note| !is_said(note));
    let notes = notes.map(|note| match note {
        Note::Suppressed { .. } => words(diagnosis, known, note),
        _ => sentence(&words(diagnosis, known, note)),
    });
    notes.collect()
}

/// That the sample type is assumed, which stands below the heading that names it.
pub fn assumed(diagnosis: &Diagnosis) -> Option<String> {
    let is_assumed = diagnosis.notes.contains(&Note::AssumedType);
    is_assumed.then(|| sentence(ASSUMED_TYPE))
}

/// The same as [`of`] and [`assumed`] without capital letter and full stop, as programs read
/// them.
pub fn all(diagnosis: &Diagnosis, known: &Known<'_>) -> impl Iterator<Item = String> {
    let notes = diagnosis.notes.iter();
    notes.map(|note| words(diagnosis, known, note))
}

const ASSUMED_TYPE: &str = "the table has no Type line, so kheap assumes inuse_space. If that is \
                            wrong, name the type with --sample-type";

fn words(diagnosis: &Diagnosis, known: &Known<'_>, note: &Note) -> String {
    let words = match note {
        Note::Fragment(fragment) => return warning::fragment(fragment),
        Note::Delta(nanos) => return warning::delta(*nanos),
        Note::Overflow => warning::OVERFLOW,
        Note::Difference if diagnosis.visible.is_none() => warning::NEGATIVE,
        Note::Difference => "a difference of two profiles shows what changed, not what is in use",
        Note::OtherVersion(found) => return version::contradiction(found),
        Note::ProfilerOff(_) => {
            "find where the program sets runtime.MemProfileRate to 0, remove it, and fetch the \
             profile again after a restart"
        }
        Note::Allocations if diagnosis.visible.is_some() => {
            "allocation totals do not show a leak; for the memory in use, diagnose the dump \
             itself: `kheap diagnose heap.pb.gz`"
        }
        Note::Allocations => {
            "allocation totals do not show a leak; for the memory in use, add `--sample-type \
             inuse_space`"
        }
        Note::CutStacks {
            completed,
            shown,
            inferred,
            left,
        } => return cut::note([*completed, *shown, *inferred, *left], &diagnosis.unit),
        Note::SharedBuffers { value, part } => {
            return breakdown::shared_buffers(
                &amount(diagnosis, *value),
                diagnosis.parts().title(part),
            );
        }
        Note::Tables(growth) => return tables(growth),
        Note::Table(warning) => return table(warning),
        Note::AssumedType => ASSUMED_TYPE,
        Note::FindingsOverlap => {
            "findings of this table overlap, so do not add up their bytes: rows do not show which \
             bytes two findings share"
        }
        Note::NoStacks => {
            let fetch = fetched(diagnosis, FETCH);
            let why = match diagnosis.unjudged() {
                Some(_) => IN_USE_IN_DUMP,
                None if diagnosis.findings.is_empty() => MORE_IN_DUMP,
                None => NO_STACKS,
            };
            let file = known.new_dump();
            let then = match diagnosis.unjudged() {
                Some(_) => format!(", then run `kheap diagnose {file}`"),
                None => String::new(),
            };
            return format!("{why} Fetch one: `{fetch} > {file}`{then}");
        }
        Note::SameTime => "all dumps have the same time, so they are ordered by name",
        Note::Untimed => "some dumps have no time, so they are ordered by name",
        Note::NewProcess {
            name,
            before,
            dumps,
        } => {
            let are = if *dumps == 1 { "is" } else { "are" };
            return format!(
                "{name} is the first dump of this process: growth is measured since then. {} of \
                 earlier processes {are} not diagnosed; for the newest of them: `kheap diagnose {}`",
                counted(*dumps, "dump"),
                quoted(before)
            );
        }
        Note::AloneOfProcess {
            name,
            before,
            dumps,
            processes,
        } => {
            let other = match dumps {
                2 => "the other",
                _ => "the one before",
            };
            return format!(
                "{} of {processes} processes. Only the newest, {name}, is diagnosed. For {other}: \
                 `kheap diagnose {}`",
                counted(*dumps, "dump"),
                quoted(before)
            );
        }
        Note::LateDump { newest, nanos } => {
            return format!(
                "{newest} is {} newer than this dump, so growth is not reported: diagnose the \
                 newest dump",
                duration((*nanos).into())
            );
        }
        Note::OtherHistory { history, heap } => {
            return format!(
                "the earlier dumps are of {history}, and this one is of {heap}, so growth is not \
                 reported"
            );
        }
        Note::JudgedOtherwise(count) => {
            let were = if *count == 1 { "was" } else { "were" };
            return format!(
                "{} of this process {were} not judged by these signatures, so it is not known \
                 since when findings grow",
                counted(*count, "dump")
            );
        }
        Note::OwnNotJudged(count) => {
            let are = if *count == 1 { "is" } else { "are" };
            return format!(
                "{} of yours {are} not judged: signatures are for the memory of Go programs",
                counted(*count, "signature")
            );
        }
        Note::OtherRules => {
            "the signatures name parts of other rules than those of this heap, so they cannot \
             match; attribute the heap by the same rules"
        }
        Note::Repeats(count) => {
            let repeat = if *count == 1 { "repeats" } else { "repeat" };
            return format!(
                "{} {repeat} all figures of the one before: {NO_GC}",
                counted(*count, "dump")
            );
        }
        Note::Suppressed {
            id,
            kinds,
            bytes,
            reason,
            until,
            ..
        } => {
            let kinds = kinds.join(", ");
            let facts = [amount(diagnosis, *bytes), kinds];
            let facts = facts.iter().filter(|fact| !fact.is_empty());
            let facts: Vec<&str> = facts.map(String::as_str).collect();
            return format!(
                "{SUPPRESSED}{id} ({}, until {until}), {}",
                shorten(&one_line(reason), LONGEST_REASON),
                facts.join(" of ")
            );
        }
        _ => return crate::newer(note),
    };
    words.to_owned()
}

/// What the tables of a text show of growth.
fn tables(growth: &TableGrowth) -> String {
    let label = |value: i64| unit::label(value, growth.unit.name(), unit::AUTO);
    let totals: Vec<String> = growth.totals.iter().map(|&total| label(total)).collect();
    let rows = growth.rows.iter().map(|(name, values)| {
        let values = values
            .iter()
            .map(|value| value.map_or("-".to_owned(), label));
        let values: Vec<String> = values.collect();
        format!("; {name} {}", values.join(", "))
    });
    let (last, others) = totals
        .split_last()
        .map_or(("", &totals[..]), |(last, others)| (&**last, others));
    let totals = match others {
        [] => last.to_owned(),
        others => format!("{} and {last}", others.join(", ")),
    };
    format!(
        "the text has {} of this program, with totals {totals}{}. Only number {}, the largest, is \
         diagnosed",
        counted(growth.totals.len(), "table"),
        rows.collect::<String>(),
        growth.shown + 1
    )
}

/// What is odd or missing in a table.
fn table(warning: &TableWarning) -> String {
    let and_more = |more: usize| match more {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    match warning {
        TableWarning::Percentages => {
            "the percentages do not fit the total: is its line from another table?".to_owned()
        }
        TableWarning::Values { are_cum } => {
            let column = if *are_cum { "cum" } else { "flat" };
            format!(
                "the text does not say whether its values are flat or cum: they are read as {column}"
            )
        }
        TableWarning::NotRow { line, more } => {
            let more = and_more(*more);
            format!("line {line}{more} between rows is ignored: it is not a row")
        }
        TableWarning::HalfRow {
            line,
            more,
            missing,
        } => {
            let more = and_more(*more);
            format!("line {line}{more} is ignored: {missing} is missing in it")
        }
        TableWarning::MissingRows { rows, announced } => {
            let has = counted(*rows, "row");
            format!("the text has only {has}; its heading says {announced}")
        }
        TableWarning::Csv => {
            "CSV has no unit and no total: shares are of its rows, and numbers are counts unless \
             --sample-type says bytes"
                .to_owned()
        }
        TableWarning::LeftOut {
            program,
            sample_type,
            line,
        } => {
            let of = program.as_ref().or(sample_type.as_ref());
            let of = of.map_or_else(String::new, |name| format!(" of {name}"));
            format!("the table{of} at line {line} is ignored")
        }
        _ => crate::newer(warning),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_growth_of_tables_lists_totals_and_functions() {
        let mut growth = TableGrowth::default();
        growth.times = vec![None; 2];
        growth.totals = vec![4096, 16384];
        growth.shown = 1;
        growth.rows = vec![("main.f".to_owned(), vec![None, Some(8192)])];
        growth.unit = kheap::table::Unit::Bytes;
        assert_eq!(
            tables(&growth),
            "the text has 2 tables of this program, with totals 4kB and 16kB; main.f -, 8kB. Only number \
             2, the largest, is diagnosed"
        );
    }

    #[test]
    fn what_is_missing_in_a_table_is_named_with_its_line() {
        let check = |warning, expected: &str| assert_eq!(table(&warning), expected);
        check(
            TableWarning::HalfRow {
                line: 5,
                more: 1,
                missing: "cum".into(),
            },
            "line 5 (and 1 more) is ignored: cum is missing in it",
        );
        check(
            TableWarning::MissingRows {
                rows: 1,
                announced: 20,
            },
            "the text has only 1 row; its heading says 20",
        );
    }
}
