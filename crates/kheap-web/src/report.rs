//! The report on the files: what `kheap report` writes, and for a pasted table what
//! `kheap diagnose` says.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use kheap::{Catalog, DiagnoseOptions, Opened, SelectionOptions, Table};
use kheap_evidence::{Joined, Observation, ReadOptions, observe};
use kheap_files::beside::{dump_of, hold_against, is_companion, join};
use kheap_files::{
    Asked, Files, Host, Judged, Reading, Source, Subject, is_table, name, read_dump_or_table,
    short_inputs, shorten,
};
use kheap_report::{Fingerprint, Input, Known, Report};

use crate::answer::Answer;
use crate::given::{Given, limits};
use crate::save::file_name;

/// Writes the report. A file that is `pasted` should be a table.
pub(crate) fn report(given: &Given<'_>, pasted: bool) -> Result<Answer> {
    let catalog = Catalog::builtin();
    let reading = Reading {
        sample_type: "",
        options: SelectionOptions::default(),
        limits: limits(),
        rules: Arc::clone(catalog.rules()),
    };
    let has_folder = given.has_folder();
    let folder = given.names().into_iter().next();
    let source = Source {
        host: given,
        reading: &reading,
        catalog,
        asked: Asked {
            command: "report -o report.html",
            folder: folder.as_deref().filter(|_| has_folder),
        },
    };
    let paths: Vec<&Path> = given.paths().collect();
    match paths[..] {
        _ if has_folder => of_many(given, &source),
        [file] => match Subject::one(file, &source) {
            Ok(subject) => page(given, &subject, &source, &[]),
            Err(no_dump) => match read_dump_or_table(given, file, &limits()) {
                Ok(Opened::Table(table)) => of_table(given, file, &table),
                Err(no_table) if pasted || is_table(given, file) => Err(no_table),
                _ => Err(no_dump),
            },
        },
        [before, after] if !paths.iter().any(|file| is_companion(given, file)) => {
            let subject = Subject::two([before, after], &source)?;
            page(given, &subject, &source, &[])
        }
        _ => of_many(given, &source),
    }
}

/// The report on a folder, an archive, or many files, with what lies beside the dumps.
fn of_many(given: &Given<'_>, source: &Source<'_>) -> Result<Answer> {
    let files = given.find(&source.reading.limits)?;
    let beside = files.paths().filter(|file| is_companion(given, file));
    let beside: Vec<PathBuf> = beside.map(Path::to_path_buf).collect();
    let known: HashSet<&Path> = beside.iter().map(PathBuf::as_path).collect();
    let files = files.without(|file| known.contains(file))?;
    let subject = Subject::many(&files, false, !beside.is_empty(), source)?;
    page(given, &subject, source, &beside)
}

fn of_table(given: &Given<'_>, file: &Path, table: &Table) -> Result<Answer> {
    let diagnosis = kheap::diagnose(table, &DiagnoseOptions::default());
    let input = fingerprint(given, file, table)?;
    let known = Known::default();
    let html = Report::new(table, &diagnosis)
        .known(known)
        .inputs(&[input])
        .html()?;
    Ok(Answer {
        name: file_name(file, "html"),
        file: html.into_bytes(),
        ..Answer::default()
    })
}

fn fingerprint(given: &Given<'_>, file: &Path, table: &Table) -> Result<Input> {
    let mut bytes = Fingerprint::new(given.open(file, &limits())?);
    io::copy(&mut bytes, &mut io::sink())?;
    Ok(Input::read(&name(file), bytes, table.time.clone()))
}

/// Puts what is known into a page, in the way of `kheap report`.
fn page(
    given: &Given<'_>,
    subject: &Subject,
    source: &Source<'_>,
    beside: &[PathBuf],
) -> Result<Answer> {
    let options = DiagnoseOptions::default().catalog(source.catalog);
    let mut newest = subject.judge(given, options);
    let joined = join_with(given, subject, &mut newest, beside)?;
    let warnings = [&subject.warnings[..], &newest.warnings].concat();
    let file = subject.inputs.last().map(|input| input.name.clone());
    let older = newest.diagnosis.trend.as_ref();
    let older = older.map(|trend| &*trend.first);
    let beside_them: HashSet<&PathBuf> = beside.iter().collect();
    let names = given.names().into_iter();
    let dumps = names.filter(|path| !beside_them.contains(path));
    let names: Vec<String> = dumps.map(|path| name(&path)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let inputs = given.find(&source.reading.limits);
    let read: Vec<String> = inputs.iter().flat_map(Files::paths).map(name).collect();
    let read: Vec<&str> = read.iter().map(String::as_str).collect();
    let known = Known::default()
        .file(file.as_deref())
        .beside(joined.as_ref())
        .older(older)
        .dumps(&names)
        .inputs(&read);
    let model = subject.model(source, &newest.diagnosis, &known)?;
    let html = Report::new(&subject.heap, &newest.diagnosis)
        .known(known)
        .memory(newest.memory.as_ref())
        .change(subject.change())
        .model(Some(&model))
        .inputs(&short_inputs(&subject.inputs))
        .warnings(&warnings)
        .html()?;
    let dump = file.context("there is a dump")?;
    Ok(Answer {
        name: file_name(Path::new(&dump), "html"),
        dump: Some(dump),
        file: html.into_bytes(),
        ..Answer::default()
    })
}

/// Reads what lies beside the dumps, and joins it with the diagnosis of the newest.
fn join_with(
    given: &Given<'_>,
    subject: &Subject,
    newest: &mut Judged,
    beside: &[PathBuf],
) -> Result<Option<Joined>> {
    if beside.is_empty() {
        return Ok(None);
    }
    let dump = dump_of(&subject.heap).with_versions(&newest.diagnosis);
    let options = ReadOptions::default()
        .at(dump.at)
        .inflated_bytes(limits().inflated_bytes)
        .threads(false);
    let read = |file: &PathBuf| {
        let name = name(file);
        let observation = observe(&name, given.open(file, &limits())?, &options);
        observation.with_context(|| format!("cannot read {name}"))
    };
    let observations: Vec<Observation> = beside.iter().map(read).collect::<Result<_>>()?;
    let found = hold_against(given, &dump, &observations);
    let mut joined = join(found, &mut newest.diagnosis, true);
    shorten(&mut joined.files);
    Ok(Some(joined))
}
