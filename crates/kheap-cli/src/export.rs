//! `kheap export`: what is looked at, as a file for other tools.

use anyhow::{Context, Result, bail};
use kheap::encode;
use kheap_export::{PprofOptions, Rows, Stacks, firefox, folded, pprof, speedscope};

use crate::args::{ExportArgs, ExportFormat};
use crate::json::v1;
use crate::output::{self, Sink};
use crate::{input, mend_and_reduce};

pub(crate) fn export(args: &ExportArgs) -> Result<()> {
    let format = args.format()?;
    if format == ExportFormat::Parquet {
        return datasets(args);
    }
    // Bad filters are refused before large files are read.
    let options = args.options(format)?;
    output::note_ranges(&options.filters);
    let mut sink =
        Sink::open_file(args.output.as_deref(), args.force)?.with_cells(args.cells(format)?);
    if format == ExportFormat::Pprof && sink.is_terminal() {
        bail!("a terminal shows no profile; name a file: `kheap export -o out.pb.gz …`");
    }
    let rules = input::rules(&args.rules)?;
    let profile = input::load(&args.input, &args.limits.limits())?;
    let heap = mend_and_reduce(profile, args.sample_type(), &options, &args.mend)?;
    let heap = heap.with_rules(&rules);
    if args.labels && !heap.profile().is_go_heap() {
        bail!("only the heap of a Go program has parts, verbs and kinds; leave out --labels");
    }
    sink.bound(heap.profile());
    let options = PprofOptions::default()
        .labels(args.labels)
        .no_inlines(!options.inlines)
        .default_sample_type(!args.sample_type().is_empty());
    match format {
        ExportFormat::Pprof => {
            let profile = pprof(&heap, &options).context("cannot write a profile")?;
            encode(&profile, &mut sink)?;
        }
        ExportFormat::Folded => folded(&Stacks::of(&heap), &mut sink)?,
        ExportFormat::Speedscope => speedscope(&Stacks::of(&heap), &mut sink)?,
        ExportFormat::Firefox => firefox(&Stacks::of(&heap), &mut sink)?,
        ExportFormat::Csv => output::export::csv(&mut sink, &Rows::of(&heap))?,
        ExportFormat::Json => v1::export::json(&mut sink, &heap, &Rows::of(&heap))?,
        // No file, and written above.
        ExportFormat::Parquet => {}
    }
    sink.close()
}

#[cfg(feature = "parquet")]
use crate::fleet::export as datasets;

#[cfg(not(feature = "parquet"))]
fn datasets(_: &ExportArgs) -> Result<()> {
    bail!(
        "this kheap writes no Parquet; `cargo install --path crates/kheap-cli --features parquet` \
         installs one that does"
    )
}
