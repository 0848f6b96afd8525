//! `kheap report`: reads what a report is about, and writes it.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use kheap::DiagnoseOptions;
use kheap_evidence::Joined;
use kheap_files::beside::{dump_of, join};
use kheap_files::{Asked, Reading, Source, Subject, shorten};
use kheap_report::Report;
use kheap_text::diagnosis::Known;

use crate::args::{ReportArgs, ReportFiles, ReportFormat, SubjectArgs, rss_words};
use crate::beside::{Companions, Judged};
use crate::input::{self, Disk};
use crate::manifests::Manifests;
use crate::output::{self, Sink};
use crate::{archives, folders, opened, paths};

/// How large a header may be, in bytes: it is some words.
const MAX_HEADER_BYTES: usize = 1 << 20;

pub(crate) fn report(args: &ReportArgs) -> Result<()> {
    let format = args.format()?;
    let sink = Sink::open_file(args.output.as_deref(), args.force)?;
    if format == ReportFormat::Html && sink.is_terminal() {
        let files = args.subject.words();
        bail!("a report is HTML; name an output file: `kheap report -o report.html {files}`");
    }
    let written = |report: &Report<'_>, joined: Option<&Joined>| {
        let files = output::report(sink, report, args)?;
        let manifests = Manifests::write([joined], &args.subject.beside)?;
        manifests.close_with(files.sinks)?;
        output::note_pictures(&files.pictures);
        Ok(())
    };
    with_report(&args.subject, format == ReportFormat::Html, written)
}

/// Reads what a report is about, and hands it on with what lies beside the dump. What the page can be asked is part of
/// it where it is `explorable`.
pub(crate) fn with_report<T>(
    args: &SubjectArgs,
    explorable: bool,
    take: impl FnOnce(&Report<'_>, Option<&Joined>) -> Result<T>,
) -> Result<T> {
    if args.files.iter().any(|file| input::is_stdin(file)) {
        bail!("a report lists its input files; save standard input to a file first");
    }
    // Bad filters are refused before large files are read.
    output::note_ranges(&args.options()?.filters);
    let header = args.header.as_deref().map(read_header).transpose()?;
    let catalog = input::catalog(&args.catalog)?;
    let companions = Companions::find(&args.files, &args.beside, args.limits.limits())?;
    let reading = Reading {
        sample_type: &args.sample_type,
        options: args.options()?,
        limits: args.limits.limits(),
        rules: Arc::clone(catalog.rules()),
    };
    let source = Source {
        host: &Disk,
        reading: &reading,
        catalog: &catalog,
        asked: Asked {
            command: "report -o report.html",
            folder: archives::folder_of(&args.files),
        },
    };
    let subject = match args.source() {
        ReportFiles::One(file) => Subject::one(file, &source)?,
        ReportFiles::Two(files) => Subject::two(files.map(|file| &**file), &source)?,
        ReportFiles::Many => {
            let files = folders::find(&args.files, &args.limits.limits())?
                .without(|file| companions.contains(file))?;
            // Whoever gives a folder need not know that it holds one dump alone.
            let takes_one = args.files.iter().any(|file| archives::has_files(file));
            let takes_one = takes_one || !companions.is_empty();
            Subject::many(&files, args.strict, takes_one, &source)?
        }
    };
    let options = DiagnoseOptions::default()
        .catalog(&catalog)
        .process(args.process.options())
        .kube_version(args.versions.kube_version)
        .etcd_version(args.versions.etcd_version)
        .suppressions(args.suppressed.of(&catalog));
    let process = options.process;
    let dump =
        |judged: &kheap_files::Judged| dump_of(&subject.heap).with_versions(&judged.diagnosis);
    let Judged {
        of: mut newest,
        process,
        beside,
        unused,
    } = companions.judge(dump, process, |process| {
        subject.judge(&Disk, options.clone().process(process))
    })?;
    args.suppressed
        .warn_of_kinds(&[&newest.diagnosis], &catalog);
    let joined = beside.map(|beside| {
        let mut joined = join(beside, &mut newest.diagnosis, !args.beside.no_clients);
        if !args.full_paths {
            shorten(&mut joined.files);
        }
        joined
    });
    newest.warnings.extend(unused);
    let warnings = [&subject.warnings[..], &newest.warnings].concat();
    let (command, is_short) = paths::command(args);
    let file = subject.inputs.last().map(|input| input.name.clone());
    let rss = rss_words(&process);
    let older = newest.diagnosis.trend.as_ref();
    let older = older.map(|trend| &*trend.first);
    let dumps: Vec<&str> = match args.source() {
        ReportFiles::One(_) => file.as_deref().into_iter().collect(),
        _ => args.files.iter().filter_map(|file| file.to_str()).collect(),
    };
    let read: Vec<String> = folders::names(&args.files, &args.limits.limits())
        .into_iter()
        .chain(companions.names())
        .collect();
    let read: Vec<&str> = read.iter().map(String::as_str).collect();
    let known = Known::default()
        .process(process)
        .file(file.as_deref())
        .rss(rss.as_deref())
        .beside(joined.as_ref())
        .older(older)
        .dumps(&dumps)
        .inputs(&read);
    let model = explorable.then(|| subject.model(&source, &newest.diagnosis, &known));
    let model = model.transpose()?;
    let inputs = paths::inputs(args, &subject.inputs);
    let mut report = Report::new(&subject.heap, &newest.diagnosis)
        .known(known)
        .memory(newest.memory.as_ref())
        .change(subject.change())
        .model(model.as_ref())
        .inputs(&inputs)
        .command(&command)
        .has_short_paths(is_short)
        .version(env!("CARGO_PKG_VERSION"))
        .warnings(&warnings);
    report.header = header.as_deref();
    take(&report, joined.as_ref())
}

fn read_header(file: &Path) -> Result<String> {
    let cannot_read = || format!("cannot read the header {}", file.display());
    let mut bytes = Vec::new();
    // No more than shows that it is too large, because a device has no end.
    let opened = opened::open(file).with_context(cannot_read)?;
    let most = MAX_HEADER_BYTES as u64 + 1;
    opened
        .take(most)
        .read_to_end(&mut bytes)
        .with_context(cannot_read)?;
    if bytes.len() > MAX_HEADER_BYTES {
        bail!(
            "{} is too large for a header; the limit is 1MB",
            file.display()
        );
    }
    let text = String::from_utf8(bytes);
    text.ok()
        .with_context(|| format!("{} is not UTF-8; save it as UTF-8", file.display()))
}
