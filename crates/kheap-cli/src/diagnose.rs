//! `kheap diagnose`: what is wrong with a dump, or with the newest of several.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use kheap::diagnose::{Dumps, History, Newest};
use kheap::series::SeriesError;
use kheap::{DiagnoseOptions, Diagnosis, Heap, Opened, Selection, SelectionOptions, Table};
use kheap_evidence::Dump;
use kheap_files::beside::dump_of;
use kheap_files::{Asked, Facts, Reading, Twins, explain, is_table};
use kheap_text::diagnosis::Known;

use crate::args::{DiagnoseArgs, FailOn, rss_words};
use crate::beside::{self, Companions, Judged};
use crate::gates::{self, Failure, Measured};
use crate::input::{self, Disk};
use crate::manifests::Manifests;
use crate::output::{self, Sink, View};
use crate::{archives, folders};

/// A heap that was judged.
struct Diagnosed {
    /// The name of its file.
    file: String,
    judged: Judged<Diagnosis>,
    /// What bounds are checked against; `None` for a table.
    measured: Option<Measured>,
}

impl Diagnosed {
    fn of(file: &Path, judged: Judged<Diagnosis>) -> Self {
        Self {
            file: input::name(file),
            judged,
            measured: None,
        }
    }
}

pub(crate) fn diagnose(args: &DiagnoseArgs) -> Result<ExitCode> {
    let catalog = input::catalog(&args.catalog)?;
    let mut sink = Sink::open(&args.output)?;
    let wanted = args.sample_type.as_deref();
    let mut options = DiagnoseOptions::default()
        .catalog(&catalog)
        .process(args.process.options())
        .kube_version(args.versions.kube_version)
        .etcd_version(args.versions.etcd_version)
        .suppressions(args.suppressed.of(&catalog));
    options.sample_type = wanted;
    let companions = Companions::find(&args.files, &args.beside, args.limits.limits())?;
    let found = match args.single() {
        None => diagnose_snapshots(args, options, &companions)?,
        Some(file) => match kheap_files::read_dump_or_table(&Disk, file, &args.limits.limits())? {
            Opened::Table(table) => {
                check_sample_type(file, &table, wanted)?;
                let process = options.process;
                let diagnose = |process| kheap::diagnose(&table, &options.clone().process(process));
                let dump = |table: &Diagnosis| {
                    Dump::unknown(table.program.clone(), table.role).with_versions(table)
                };
                vec![Diagnosed::of(
                    file,
                    companions.judge(dump, process, diagnose)?,
                )]
            }
            Opened::Profile(profile) => {
                let sample_type = profile.sample_type(wanted.unwrap_or_default())?;
                let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
                let heap = Heap::new(selection).with_rules(catalog.rules());
                let judged = judge(&heap, &options, &companions)?;
                vec![Diagnosed {
                    measured: (args.has_bounds()).then(|| Measured::of(&heap, &input::name(file))),
                    ..Diagnosed::of(file, judged)
                }]
            }
        },
    };
    let diagnoses: Vec<&Diagnosis> = found.iter().map(|one| &one.judged.of).collect();
    args.suppressed.warn_of_kinds(&diagnoses, &catalog);
    let mut failed = Vec::new();
    let fails_from = args.fail_on().iter().filter_map(FailOn::severity).min();
    let mut all_joined = Vec::new();
    let mut dumps: Vec<&str> = args.files.iter().filter_map(|file| file.to_str()).collect();
    // In whatever order they are given, the answer is the same.
    dumps.sort_unstable();
    let inputs: Vec<String> = folders::names(&args.files, &args.limits.limits())
        .into_iter()
        .chain(companions.names())
        .collect();
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let is_one = found.len() == 1;
    let unread = args.single().filter(|_| companions.is_empty());
    let unread = unread.and_then(|file| beside::unread_folder(file));
    let unread = unread.map(input::name);
    for (index, found) in found.into_iter().enumerate() {
        let Diagnosed {
            file,
            judged,
            measured,
        } = found;
        let process = judged.process;
        let rss = rss_words(&process);
        let (diagnosis, joined) = judged.join(&args.beside);
        // A table has no stacks, which most commands need, and standard input is read once.
        let name = file.clone();
        let is_usable =
            diagnosis.visible.is_none() && !args.files.iter().any(|f| input::is_stdin(f));
        let file = is_usable.then_some(&*file);
        let trend = diagnosis.trend.as_ref();
        let known = Known::default()
            .process(process)
            .file(file)
            .rss(rss.as_deref())
            .beside(joined.as_ref())
            .older(trend.map(|trend| &*trend.first))
            .offers_manifests(args.beside.write_manifests.is_none())
            .dumps(&dumps)
            .has_other_programs(!is_one)
            .unread(unread.as_deref())
            .inputs(&inputs);
        let all = args.all;
        let here = gates::of_diagnosis(
            &args.fail_on(),
            &diagnosis,
            &known,
            measured.as_ref(),
            args.single().is_some(),
        )?;
        let view = View {
            all,
            failed: &here,
            fails_from,
            known,
        };
        output::diagnosis(&mut sink, &diagnosis, &view, index)?;
        args.note_idle_options(&diagnosis);
        let name = |failure: Failure| match is_one {
            true => failure,
            false => failure.of(&name),
        };
        failed.extend(here.into_iter().map(name));
        all_joined.push(joined);
    }
    // Standard output has the answer, whatever becomes of the manifests.
    sink.flush()?;
    let joined = all_joined.iter().map(Option::as_ref);
    let manifests = Manifests::write(joined, &args.beside)?;
    manifests.close_with(vec![sink])?;
    Ok(gates::end(&failed))
}

/// A misspelt sample type would leave everything unjudged, and one that is reported after
/// the reading says only then what the values can be.
fn check_sample_type(file: &Path, table: &Table, wanted: Option<&str>) -> Result<()> {
    let known = table.sample_types();
    match wanted {
        Some(wanted) if known.is_empty() => {
            bail!("unknown sample type {wanted:?}; this table has times, not bytes of a heap")
        }
        Some(wanted) if !known.contains(&wanted) => {
            let known = known.join(", ");
            bail!("unknown sample type {wanted:?}; this table can be {known}")
        }
        Some(wanted) => table
            .check_as(wanted)
            .with_context(|| format!("cannot read {} as a table of `top`", input::name(file))),
        None => Ok(()),
    }
}

/// Diagnoses the newest of several dumps, knowing the others.
fn diagnose_snapshots(
    args: &DiagnoseArgs,
    options: DiagnoseOptions<'_>,
    companions: &Companions,
) -> Result<Vec<Diagnosed>> {
    if args.files.iter().any(|file| input::is_stdin(file)) {
        bail!("standard input cannot be one of several dumps; save it to a file first");
    }
    if let Some(table) = args.files.iter().find(|file| is_table(&Disk, file)) {
        bail!(
            "{} is a pasted `top` table; give it alone, because only dumps show growth",
            input::name(table)
        );
    }
    let reading = Reading {
        sample_type: args.sample_type.as_deref().unwrap_or_default(),
        options: SelectionOptions::default(),
        limits: args.limits.limits(),
        rules: input::rules(&args.catalog.rules)?,
    };
    let dumps = Dumps::new(options.catalog);
    let read = |file: &Path| {
        let heap = reading.heap(&Disk, file)?;
        let facts = Facts::of(file, &heap);
        dumps.add(&input::name(file), heap);
        Ok(facts)
    };
    let files = folders::find(&args.files, &args.limits.limits())?
        .without(|file| companions.contains(file))?;
    // A dump that is left out passes no gate.
    let is_strict = args.strict || !args.fail_on().is_empty();
    let heaps = kheap_files::read_all(&Disk, &files, is_strict, read)?.read;
    let twins = Twins::of(&heaps);
    twins.note(&Disk);
    let newest = match dumps.finish() {
        // Files that are named one by one should belong together.
        Err(SeriesError::Programs { .. } | SeriesError::SampleTypes { .. })
            if args.has_folder() =>
        {
            return diagnose_programs(args, &heaps, &twins, &reading, options, companions);
        }
        Ok(_) if !twins.is_empty() => {
            return diagnose_programs(args, &heaps, &twins, &reading, options, companions);
        }
        newest => newest.map_err(|error| explain(error, &heaps, asked(args)))?,
    };
    if newest.history.is_none() && companions.is_empty() {
        let name = &newest.name;
        output::note(&format!(
            "only one dump ({name}), so growth cannot be reported"
        ));
    }
    let newest = diagnose_newest(&newest, options, companions, args.has_bounds())?;
    Ok(vec![newest])
}

fn diagnose_newest(
    newest: &Newest,
    options: DiagnoseOptions<'_>,
    companions: &Companions,
    has_bounds: bool,
) -> Result<Diagnosed> {
    let options = match &newest.history {
        Some(history) => options.history(history),
        None => options,
    };
    Ok(Diagnosed {
        file: newest.name.clone(),
        judged: judge(&newest.heap, &options, companions)?,
        measured: has_bounds.then(|| measured(newest)),
    })
}

fn judge(
    heap: &Heap,
    options: &DiagnoseOptions<'_>,
    companions: &Companions,
) -> Result<Judged<Diagnosis>> {
    companions.judge(
        |diagnosis| dump_of(heap).with_versions(diagnosis),
        options.process,
        |process| kheap::diagnose(heap, &options.clone().process(process)),
    )
}

/// The newest heap, and the first one of its process.
fn measured(newest: &Newest) -> Measured {
    match newest.history.as_ref().map(History::run) {
        Some([first, .., last]) => Measured::new(Some(first.clone()), last.clone()),
        Some([only]) => Measured::new(None, only.clone()),
        Some([]) | None => Measured::of(&newest.heap, &newest.name),
    }
}

fn asked(args: &DiagnoseArgs) -> Asked<'_> {
    Asked {
        command: "diagnose",
        folder: archives::folder_of(&args.files),
    }
}

/// Diagnoses the heaps of several programs, each for itself, and each heap once. They are
/// read once more: only now it is known that they do not belong together, or are the same.
/// The largest comes first.
fn diagnose_programs(
    args: &DiagnoseArgs,
    files: &[Facts],
    twins: &Twins,
    reading: &Reading<'_>,
    options: DiagnoseOptions<'_>,
    companions: &Companions,
) -> Result<Vec<Diagnosed>> {
    let has_bounds = args.has_bounds();
    let mut programs: BTreeMap<Option<String>, Dumps<'_>> = BTreeMap::new();
    let once = files.iter().filter(|file| !twins.has(&file.path));
    for Facts { path: file, .. } in once {
        let heap = reading.heap(&Disk, file)?;
        let program = heap.profile().program();
        let dumps = programs.entry(program);
        let dumps = dumps.or_insert_with(|| Dumps::new(options.catalog));
        dumps.add(&input::name(file), heap);
    }
    let found = programs.into_values().map(|dumps| {
        let newest = dumps.finish();
        let newest = newest.map_err(|error| explain(error, files, asked(args)))?;
        let mut options = options.clone();
        let stats = files
            .iter()
            .find(|file| input::name(&file.path) == newest.name);
        options.process.stats = stats.and_then(|file| twins.stats(&file.path));
        diagnose_newest(&newest, options, companions, has_bounds)
    });
    let mut found: Vec<Diagnosed> = found.collect::<Result<_>>()?;
    found.sort_by_key(|one| Reverse(one.judged.of.total));
    if found.len() > 1 {
        output::note(&format!(
            "the dumps are from {} programs; kheap diagnoses each program separately",
            found.len()
        ));
    }
    Ok(found)
}
