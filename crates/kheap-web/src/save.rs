//! What can be saved of a dump, beside the report.

use std::path::Path;

use anyhow::{Context, Result};
use kheap::{Heap, Selection, SelectionOptions, Summary};
use kheap_export::Redactor;
use kheap_files::redact::{copied_name, final_name, refused, unpacked};
use kheap_files::{base, name, read};
use kheap_flame::{Flame, FlameOptions, Picture};
use kheap_text::change::counted;
use kheap_text::clock;

use crate::answer::Answer;
use crate::given::{Given, limits};

/// The picture that `kheap flame` draws of a dump.
pub(crate) fn flame(given: &Given<'_>, dump: &Path) -> Result<Answer> {
    let profile = read(given, dump, &limits())?;
    let sample_type = profile.sample_type("")?;
    let heap = Heap::new(Selection::new(
        profile,
        sample_type,
        &SelectionOptions::default(),
    ));
    let time = Summary::new(&heap).time_nanos.map(clock);
    let flame = Flame::new(&heap, &FlameOptions::default());
    let svg = flame.svg(&Picture::default().time(time));
    let svg = svg.with_context(|| format!("cannot draw {}", name(dump)))?;
    Ok(Answer {
        name: file_name(dump, "svg"),
        file: svg.into_bytes(),
        ..Answer::default()
    })
}

/// The copy that `kheap redact` writes of a dump.
pub(crate) fn redact(given: &Given<'_>, dump: &Path) -> Result<Answer> {
    let mut redactor = Redactor::new(None, None);
    let mut file = Vec::new();
    let content = unpacked(given, dump, &limits())?;
    let redacted = redactor.redact(content, &mut file, &limits());
    let redacted = redacted.map_err(|error| refused(dump, &error))?;
    let hidden = counted(redactor.hidden().len(), "word");
    Ok(Answer {
        name: final_name(&copied_name(&redactor.file_name(base(dump))), &redacted),
        notes: vec![format!(
            "{hidden} hidden; read the copy before you share it"
        )],
        file,
        ..Answer::default()
    })
}

/// The name of what is made of a file: its own with another ending.
pub(crate) fn file_name(file: &Path, ending: &str) -> String {
    const ENDS: [&str; 5] = [".gz", ".pb", ".pprof", ".prof", ".txt"];
    let mut stem = base(file);
    for end in ENDS {
        stem = stem.strip_suffix(end).unwrap_or(stem);
    }
    format!("{stem}.{ending}")
}
