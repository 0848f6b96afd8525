//! What an unexplained heap is made of, in sentences.

use std::collections::HashSet;

use kheap::attribute::UNKNOWN;
use kheap::diagnose::{Composition, Evidence, Fit, KindBytes, ModuleBytes, OwnBy, Verdict};
use kheap::{Diagnosis, symbol, unit};

use crate::diagnosis::{Known, Word, judgement};
use crate::fetch::{FETCH_AFTER_GC, fetched, new_file, two_more};
use crate::finding::rounded_number;
use crate::guard::one_line;
use crate::limit;
use crate::shell::quoted;
use crate::step::{fetch_dump, first_step};
use crate::value::{amount, share as share_of};

/// Whose memory it is, and what kind; and which rows of a table explain a large one.
pub fn sentences(diagnosis: &Diagnosis) -> Vec<String> {
    let Some(composition) = &diagnosis.composition else {
        return Vec::new();
    };
    // Beside a finding that explains the heap only who asked for the rest is news.
    let is_all = diagnosis.verdict() != Verdict::Findings;
    let about = [
        program(diagnosis, composition),
        whose(diagnosis, composition),
        what(diagnosis, composition),
    ];
    let about = about.into_iter().flatten().filter(|_| is_all);
    let fits = composition.fits.iter().map(|fit| fits(diagnosis, fit));
    let sentences = about.chain(fits).map(|sentence| one_line(&sentence));
    sentences.collect()
}

/// Which program it is, where neither the file nor the heading says it.
fn program(diagnosis: &Diagnosis, composition: &Composition) -> Option<String> {
    let own = composition.own.as_ref();
    let own = own.filter(|_| diagnosis.program.is_none())?;
    let (rows, module) = (diagnosis.visible.is_some(), &own.module);
    match own.by {
        OwnBy::Vendor | OwnBy::Files => None,
        _ if rows => Some(format!("Program: not named; most rows are of {module}.")),
        _ => Some(format!(
            "Program: not named; most functions are of {module}."
        )),
    }
}

fn whose(diagnosis: &Diagnosis, composition: &Composition) -> Option<String> {
    let modules = composition.modules.iter();
    let modules = modules.map(|module| of_module(diagnosis, composition, module));
    let modules: Vec<String> = modules.collect();
    (!modules.is_empty()).then(|| format!("Allocated by: {}.", modules.join("; ")))
}

fn of_module(diagnosis: &Diagnosis, composition: &Composition, held: &ModuleBytes) -> String {
    let own = composition.own.as_ref();
    let is_own = own.is_some_and(|own| own.module == held.module && own.by != OwnBy::Most);
    let name = match held.module.as_str() {
        "main" => "package main",
        module => module,
    };
    let aside = if is_own { " (the program's own)" } else { "" };
    let share = share_of(held.bytes, diagnosis.total);
    let package = match held.package == held.module || held.module == UNKNOWN {
        true => String::new(),
        false => format!(", most in {}", last_elements(&held.package)),
    };
    let bytes = amount(diagnosis, held.bytes);
    format!("{name}{aside} {bytes} ({share}{package})")
}

/// The end of a path that separates a package from others.
fn last_elements(package: &str) -> &str {
    let mut slashes = package.rmatch_indices('/');
    slashes.nth(1).map_or(package, |(at, _)| &package[at + 1..])
}

fn what(diagnosis: &Diagnosis, composition: &Composition) -> Option<String> {
    let rows = diagnosis.breakdown.iter().flat_map(|places| &places.rows);
    let parts = rows.filter_map(|row| row.part.as_deref());
    let titles: HashSet<&str> = parts.map(|part| diagnosis.parts().title(part)).collect();
    // "Where it is" has named the parts.
    let is_part = |kind: &KindBytes| titles.contains(&*kind.title);
    if composition.kinds.iter().all(is_part) {
        return None;
    }
    let kinds = composition.kinds.iter();
    let kinds: Vec<String> = kinds.map(|kind| of_kind(diagnosis, kind)).collect();
    Some(format!("Kind of memory: {}.", kinds.join("; ")))
}

fn of_kind(diagnosis: &Diagnosis, kind: &KindBytes) -> String {
    let bytes = amount(diagnosis, kind.bytes);
    let count = kind.count.as_ref().map(|(what, least, most)| {
        let (least, most) = (rounded_number(*least), rounded_number(*most));
        match least == most {
            true => format!(" (about {most} {what})"),
            false => format!(" (about {least} to {most} {what})"),
        }
    });
    format!("{} {bytes}{}", kind.title, count.unwrap_or_default())
}

fn fits(diagnosis: &Diagnosis, fit: &Fit) -> String {
    let callers = fit
        .callers
        .iter()
        .map(|(name, bytes)| format!("{} ({})", symbol::short(name), amount(diagnosis, *bytes)));
    let callers: Vec<String> = callers.collect();
    let (allocator, bytes) = (symbol::short(&fit.allocator), amount(diagnosis, fit.bytes));
    let who = match callers.len() {
        1 => "the caller",
        _ => "the callers",
    };
    let callers = callers.join(" and ");
    format!("By their figures, {callers} may be {who} of {allocator} ({bytes}).")
}

/// What shows more than this heap: a command each. The first step is not repeated.
pub fn next(diagnosis: &Diagnosis, known: &Known<'_>) -> Vec<String> {
    let first = first_step(diagnosis, known).map(|step| one_line(&step));
    match judgement(diagnosis, known).word {
        Word::Healthy => return when_healthy(diagnosis, known),
        Word::NotDiagnosed if first.is_none() => return when_not_diagnosed(diagnosis, known),
        _ => (),
    }
    let mut steps = steps(diagnosis, known);
    steps.retain(|step| Some(step) != first.as_ref());
    steps
}

/// What else shows a profile that is not diagnosed.
fn when_not_diagnosed(diagnosis: &Diagnosis, known: &Known<'_>) -> Vec<String> {
    let is_dump = diagnosis.visible.is_none() && known.file.is_some();
    let step = is_dump.then(|| known.fill_in("See its largest functions: `kheap top FILE`."));
    step.into_iter().map(|step| one_line(&step)).collect()
}

/// What a healthy dump does not show: a process larger than its heap, and growth.
fn when_healthy(diagnosis: &Diagnosis, known: &Known<'_>) -> Vec<String> {
    let Some(file) = known.file.filter(|_| diagnosis.visible.is_none()) else {
        return Vec::new();
    };
    let is_sized = limit::size(diagnosis, known).is_some();
    let process = (!is_sized).then(|| {
        known.fill_in(
            "If the process is much larger, give its RSS: `kheap diagnose FILE --rss SIZE`.",
        )
    });
    let growth = diagnosis.trend.is_none().then(|| {
        let (file, later) = (quoted(file), new_file("later.pb.gz", known.inputs));
        let fetch = fetched(diagnosis, FETCH_AFTER_GC);
        format!(
            "If it grows, fetch another dump when it is larger: `{fetch} > {later}`. Then run \
             `kheap diagnose {file} {later}`."
        )
    });
    let steps = process.into_iter().chain(growth);
    steps.map(|step| one_line(&step)).collect()
}

/// The same with the first step.
pub(crate) fn steps(diagnosis: &Diagnosis, known: &Known<'_>) -> Vec<String> {
    let composition = diagnosis.composition.as_ref();
    if composition.is_none() || diagnosis.verdict() == Verdict::Findings {
        return Vec::new();
    }
    let is_table = diagnosis.visible.is_some();
    let new_dump = known.new_dump();
    let (two_more, [first, second]) = two_more(diagnosis, known.inputs);
    let file = quoted(known.file.filter(|_| !is_table).unwrap_or(&new_dump));
    let dump = is_table.then(|| {
        [
            fetch_dump(diagnosis, known),
            format!("Diagnose it: `kheap diagnose {file}`."),
        ]
    });
    // A program without a server has no address to fetch from.
    let or_write = match is_below_main(diagnosis) {
        true => {
            " If the program serves none, let it write one: pprof.WriteHeapProfile of runtime/pprof."
        }
        false => "",
    };
    let growth = diagnosis.trend.is_none().then(|| {
        [
            format!("{two_more}{or_write}"),
            format!("See what grows: `kheap diagnose {file} {first} {second}`. {GROWTH}"),
        ]
    });
    let dump = dump.into_iter().flatten();
    let steps = dump.chain(callers(diagnosis, known));
    let steps = steps.chain(growth.into_iter().flatten());
    steps.map(|step| one_line(&step)).collect()
}

/// Whether most of a heap was allocated below the main function, as in a batch program.
fn is_below_main(diagnosis: &Diagnosis) -> bool {
    let rows = diagnosis.breakdown.iter().flat_map(|all| &all.rows);
    let main = rows.filter(|row| row.part.as_deref() == Some("main"));
    let main: i128 = main.map(|row| i128::from(row.value)).sum();
    2 * main > i128::from(diagnosis.total)
}

const GROWTH: &str = "A heap shows who allocated memory, not who keeps it. Steady growth means a \
                      leak or an unlimited cache. A constant size means a cache or load.";

/// The frame of the program that calls the function that allocates most, where the two are
/// not one.
pub(crate) fn caller(diagnosis: &Diagnosis) -> Option<&str> {
    let asked = asked_about(diagnosis.composition.as_ref()?)?;
    let (allocator, _) = allocator(diagnosis)?;
    (asked != allocator).then_some(asked)
}

/// How many objects of one size the function that allocates most made, to follow its name, and
/// the goroutines that have one each.
pub(crate) fn objects(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<String> {
    let composition = diagnosis.composition.as_ref()?;
    let objects = composition.objects.as_ref()?;
    let size = unit::label(objects.size, "bytes", unit::AUTO);
    let count = rounded_number(objects.count());
    let owner = goroutines(composition, objects.count(), known);
    let owner = owner.map_or_else(String::new, |(started, count)| {
        format!(
            ", one for each of {} goroutines that started in {}",
            rounded_number(count),
            symbol::short(started)
        )
    });
    Some(format!(": about {count} objects of {size}{owner}"))
}

/// By how much the number of goroutines may differ from a sampled number of objects.
const NEAR: f64 = 0.2;

/// The function in which about as many goroutines started as there are objects, where all of
/// these are allocated below it.
fn goroutines<'k>(
    composition: &Composition,
    objects: i64,
    known: &Known<'k>,
) -> Option<(&'k str, i64)> {
    let Evidence::Path { frames, .. } = composition.origins.first()? else {
        return None;
    };
    let root = frames.first()?;
    let found = known.beside?.server.goroutines.as_ref()?;
    let groups = || found.groups.iter().filter(|group| group.started == *root);
    let started = &groups().next()?.started;
    let count: i64 = groups().map(|group| group.count).sum();
    let is_near = (count - objects).abs() as f64 <= NEAR * objects as f64;
    is_near.then_some((started, count))
}

/// The command that shows who calls the function that allocates most, unless the path of
/// that function shows it.
pub(crate) fn callers(diagnosis: &Diagnosis, known: &Known<'_>) -> Option<String> {
    let composition = diagnosis.composition.as_ref()?;
    let name = asked_about(composition)?;
    if is_caller_shown(composition, name) {
        return None;
    }
    let step = format!(
        "See who calls {name}: `kheap peek {} FILE`.",
        quoted(&pattern(name))
    );
    Some(known.fill_in(&step))
}

/// From which share of the heap on an allocator is worth a sentence.
const LEAST_NAMED: f64 = 0.1;

/// The function that allocates most of what no finding explains, and how much; of a table
/// its largest row.
pub(crate) fn allocator(diagnosis: &Diagnosis) -> Option<(&str, i64)> {
    let origins = diagnosis.composition.iter().flat_map(|all| &all.origins);
    let evidence = origins.chain(&diagnosis.unclaimed).next()?;
    let (name, bytes) = match evidence {
        Evidence::Path { frames, bytes } => (frames.last()?, *bytes),
        Evidence::Row { name, flat, .. } => (name, *flat),
        _ => return None,
    };
    let share = bytes as f64 / diagnosis.total.max(1) as f64;
    (share >= LEAST_NAMED).then_some((name, bytes))
}

/// The function that allocates most, of a dump, which has its callers.
pub(crate) fn asked_about(composition: &Composition) -> Option<&str> {
    let Evidence::Path { frames, .. } = composition.origins.first()? else {
        return None;
    };
    // The callers of the standard library are the program itself.
    let own = frames.iter().rfind(|frame| is_own(frame));
    own.or(frames.last()).map(String::as_str)
}

/// Whether the largest path shows who calls a function on it.
fn is_caller_shown(composition: &Composition, name: &str) -> bool {
    let Some(Evidence::Path { frames, .. }) = composition.origins.first() else {
        return false;
    };
    let mut at = frames.iter().rposition(|frame| frame == name).into_iter();
    let before = at.find_map(|at| at.checked_sub(1).map(|before| &frames[before]));
    before.is_some_and(|before| before != "…")
}

/// Whether a function is of the program or one of its libraries.
fn is_own(name: &str) -> bool {
    let package = symbol::Symbol::parse(name).package;
    package == "main"
        || package
            .split('/')
            .next()
            .is_some_and(|first| first.contains('.'))
}

/// An expression that a function is found by, without its import path.
fn pattern(name: &str) -> String {
    let name = symbol::short(name);
    let mut pattern = String::new();
    for character in name.chars() {
        if !character.is_alphanumeric() && !matches!(character, '_' | '/' | '-' | ' ') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    format!("{pattern}$")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_finds_the_function_and_nothing_else() {
        assert_eq!(pattern("github.com/a/b.(*T).F"), r"b\.\(\*T\)\.F$");
        assert_eq!(pattern("bytes.growSlice"), r"bytes\.growSlice$");
    }

    #[test]
    fn a_package_is_named_by_its_last_elements() {
        assert_eq!(
            last_elements("github.com/a/b/internal/store"),
            "internal/store"
        );
        assert_eq!(last_elements("net/http"), "net/http");
        assert_eq!(last_elements("bytes"), "bytes");
    }
}
