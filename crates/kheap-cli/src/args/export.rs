//! The arguments of `kheap export`.

use std::path::{Path, PathBuf};

#[cfg(feature = "parquet")]
use anyhow::Context;
use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use kheap::{Granularity, SelectionOptions, unit};
use kheap_text::table::Cells;

use super::{CsvCells, InputArgs, LimitArgs, MendArgs, RulesArgs, SelectionArgs, file};

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Output format [default: by the ending of the output file, else pprof]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<ExportFormat>,
    /// Write to OUT instead of standard output. For parquet OUT is a folder; a later export adds to it
    #[arg(long, short, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,
    /// Overwrite OUT if it exists; a heap profile is never overwritten
    #[arg(long)]
    pub(crate) force: bool,
    /// Label each sample with its part, verb and kind, for -tagfocus of pprof. Only for the format
    /// pprof and heaps of Go programs
    #[arg(long)]
    pub(crate) labels: bool,
    #[command(flatten)]
    pub(crate) mend: MendArgs,
    #[command(flatten)]
    pub(crate) rules: RulesArgs,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// How CSV writes cells: `safe` for spreadsheets, where none is a formula; `raw` for programs
    #[arg(long, value_enum, value_name = "CELLS", help_heading = "Other")]
    csv: Option<CsvCells>,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    Pprof,
    Folded,
    Speedscope,
    Firefox,
    Csv,
    Json,
    Parquet,
}

/// What files of several endings hold; a JSON without more in its name is of kheap.
const ENDINGS: [(&str, ExportFormat); 2] = [
    (".speedscope.json", ExportFormat::Speedscope),
    (".firefox.json", ExportFormat::Firefox),
];

impl ExportArgs {
    /// # Errors
    ///
    /// Where the ending of the output file means no format and none is given.
    pub(crate) fn format(&self) -> Result<ExportFormat> {
        if self.csv.is_some() && self.format.is_none() {
            refuse_gzip(self.output.as_deref(), ExportFormat::Csv)?;
            return Ok(ExportFormat::Csv);
        }
        let output = self.output.as_deref();
        let format = self.format.map_or_else(|| by_ending(output), Ok)?;
        refuse_gzip(output, format)?;
        Ok(format)
    }

    /// # Errors
    ///
    /// Where an option is given that the format has no use for.
    pub(crate) fn options(&self, format: ExportFormat) -> Result<SelectionOptions> {
        let options = self.selection.options()?;
        if options.unit != unit::MINIMUM {
            bail!("--unit has no effect in exports; values are in the unit of the sample type");
        }
        match format {
            // Whoever reads the file groups its frames.
            ExportFormat::Pprof if options.granularity != Granularity::Functions => {
                bail!("--granularity has no effect in pprof; give it to `go tool pprof`");
            }
            ExportFormat::Pprof => {}
            _ => file::refuse_idle(&[("--labels", self.labels)], "in this format", "pprof")?,
        }
        Ok(options)
    }

    /// The folder of the datasets.
    ///
    /// # Errors
    ///
    /// Where none is given, or an option that datasets have no use for: they hold whole dumps.
    #[cfg(feature = "parquet")]
    pub(crate) fn datasets(&self) -> Result<&Path> {
        let options = self.selection.options()?;
        let is_grouped = options.granularity != Granularity::Functions;
        let idle = [
            ("--labels", self.labels),
            ("--csv", self.csv.is_some()),
            ("--force", self.force),
            ("--mend-stacks", self.mend.mend_stacks),
            ("--base", self.input.base().is_some()),
            ("--normalize", self.input.normalize),
            ("--sample-type", !self.sample_type().is_empty()),
            ("--granularity", is_grouped),
            ("--no-inlines", !options.inlines),
            ("--unit", options.unit != unit::MINIMUM),
            ("a filter", !options.filters.active().is_empty()),
        ];
        file::refuse_idle(&idle, "with --format parquet", "the other formats")?;
        let out = self.output.as_deref();
        out.filter(|out| *out != Path::new("-")).context(
            "Parquet has several files; name a folder: `kheap export --format parquet -o OUT DIR`",
        )
    }

    pub(crate) fn sample_type(&self) -> &str {
        self.selection.sample_type()
    }

    /// How cells of CSV are written.
    pub(crate) fn cells(&self, format: ExportFormat) -> Result<Cells> {
        CsvCells::cells(self.csv, format == ExportFormat::Csv)
    }
}

/// # Errors
///
/// Where a text is to be called like a gzipped file: kheap gzips profiles alone.
fn refuse_gzip(output: Option<&Path>, format: ExportFormat) -> Result<()> {
    let plain = output.and_then(|output| {
        let is_gzip = output.extension()?.eq_ignore_ascii_case("gz");
        is_gzip.then(|| output.with_extension(""))
    });
    match plain {
        Some(plain) if format != ExportFormat::Pprof => bail!(
            "only profiles are gzipped; name the file {0}, then run `gzip {0}`",
            plain.display()
        ),
        _ => Ok(()),
    }
}

/// The format of a name: `heap.json.gz` is a JSON that is gzipped.
fn by_ending(output: Option<&Path>) -> Result<ExportFormat> {
    let name = output.and_then(Path::file_name).unwrap_or_default();
    let name = name.to_string_lossy().to_lowercase();
    let inner = name.strip_suffix(".gz").map(Path::new);
    if let Some(inner) = inner.filter(|inner| inner.extension().is_some()) {
        // The ending of a name such as `heap.2026.gz` says nothing.
        return by_ending(Some(inner)).or(Ok(ExportFormat::Pprof));
    }
    if let Some((_, format)) = ENDINGS.iter().find(|(ending, _)| name.ends_with(ending)) {
        return Ok(*format);
    }
    let endings = [
        ("gz", ExportFormat::Pprof),
        ("pb", ExportFormat::Pprof),
        ("pprof", ExportFormat::Pprof),
        ("folded", ExportFormat::Folded),
        ("txt", ExportFormat::Folded),
        ("csv", ExportFormat::Csv),
        ("json", ExportFormat::Json),
    ];
    file::by_ending(output, &endings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_says_its_format() {
        let check = |name: &str, expected| {
            assert_eq!(
                by_ending(Some(Path::new(name))).unwrap(),
                expected,
                "{name}"
            );
        };
        check("heap.pb.gz", ExportFormat::Pprof);
        check("out/heap.speedscope.json", ExportFormat::Speedscope);
        check("heap.Firefox.JSON", ExportFormat::Firefox);
        check("heap.json", ExportFormat::Json);
        check("heap.txt", ExportFormat::Folded);
        check("heap.gz", ExportFormat::Pprof);
        check("heap.2026.gz", ExportFormat::Pprof);
        check("heap.speedscope.json.gz", ExportFormat::Speedscope);
        assert_eq!(by_ending(None).unwrap(), ExportFormat::Pprof);
        assert!(by_ending(Some(Path::new("heap.pdf"))).is_err());
    }

    #[test]
    fn no_text_is_called_like_a_gzipped_file() {
        let gzipped = Path::new("out/heap.csv.gz");
        let error = refuse_gzip(Some(gzipped), ExportFormat::Csv).unwrap_err();
        assert_eq!(
            error.to_string(),
            "only profiles are gzipped; name the file out/heap.csv, then run `gzip out/heap.csv`"
        );
        assert!(refuse_gzip(Some(Path::new("heap.pb.gz")), ExportFormat::Pprof).is_ok());
        assert!(refuse_gzip(Some(Path::new("heap.csv")), ExportFormat::Csv).is_ok());
    }
}
