//! `--write-manifests`: a file for each client. They appear with the answer, all or none.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use kheap_evidence::{Joined, Manifest};
use kheap_text::change::counted;
use kheap_text::{evidence, manifest};

use crate::args::BesideArgs;
use crate::folders::why_not_opened;
use crate::opened;
use crate::output::{self, NewFolder, Sink};

/// Manifests that are written, and appear with the answer.
#[derive(Default)]
pub(crate) struct Manifests {
    sinks: Vec<Sink>,
    /// After the files, because it goes only when it is empty.
    folder: NewFolder,
    /// What is said when they are there.
    notes: Vec<String>,
}

impl Manifests {
    /// Writes a file for each client, if that is asked for, and names the clients without one,
    /// with the reason. A file with other content is never overwritten.
    pub(crate) fn write<'j>(
        joined: impl IntoIterator<Item = Option<&'j Joined>>,
        args: &BesideArgs,
    ) -> Result<Self> {
        let Some(folder) = &args.write_manifests else {
            return Ok(Self::default());
        };
        let joined: Vec<Option<&Joined>> = joined.into_iter().collect();
        for one in &joined {
            for words in evidence::unlimited(*one) {
                output::note(&words);
            }
        }
        let known = joined.into_iter().flatten();
        let manifests: Vec<Manifest> = known.flat_map(Joined::manifests).collect();
        if manifests.is_empty() {
            return Ok(Self::default());
        }
        let (new, unchanged) = new_ones(&manifests, folder)?;
        let cannot_write = || format!("cannot write to {}", folder.display());
        // Before the files, so that it goes after them where one cannot be written.
        let made = NewFolder::make(folder).with_context(cannot_write)?;
        let sinks = new.iter().map(|(path, one)| -> Result<Sink> {
            let mut sink = Sink::open_file(Some(path), false)?;
            sink.write_all(manifest::file(one).as_bytes())?;
            Ok(sink)
        });
        let sinks = sinks.collect::<Result<Vec<_>>>()?;
        let wrote = |path: &Path| format!("wrote {}; read it before you apply it", path.display());
        let mut notes: Vec<String> = new.iter().map(|(path, _)| wrote(path)).collect();
        if unchanged > 0 {
            let (count, folder) = (counted(unchanged, "manifest"), folder.display());
            notes.push(format!("{count} in {folder} already, unchanged"));
        }
        Ok(Self {
            sinks,
            folder: made,
            notes,
        })
    }

    /// Ends the writing, with that of the answer.
    pub(crate) fn close_with(self, answer: Vec<Sink>) -> Result<()> {
        // The answer comes last, because it names them.
        Sink::close_all(self.sinks.into_iter().chain(answer))?;
        self.folder.keep();
        self.notes.iter().for_each(|note| output::note(note));
        Ok(())
    }
}

/// The manifests that are not in the folder yet, with their files, and how many are.
fn new_ones<'m>(
    manifests: &'m [Manifest],
    folder: &Path,
) -> Result<(Vec<(PathBuf, &'m Manifest)>, u64)> {
    if folder.exists() && !folder.is_dir() {
        bail!(
            "cannot write to {}: it is no folder; name a folder",
            folder.display()
        );
    }
    let mut new = Vec::new();
    let mut unchanged = 0;
    for one in manifests {
        let file = folder.join(format!("{}.yaml", one.name));
        match fs::metadata(&file) {
            Ok(_) if holds(&file, &manifest::file(one)) => unchanged += 1,
            Err(error) if error.kind() == ErrorKind::NotFound => new.push((file, one)),
            Ok(_) => bail!(
                "cannot write {}: it exists with other content; remove it, or name another folder",
                file.display()
            ),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot write {}", file.display()));
            }
        }
    }
    Ok((new, unchanged))
}

/// Whether a file has this content. No more of it is read, and nothing of a
/// device, a pipe or a file of the kernel. What was read is not replaced by the answer.
fn holds(file: &Path, content: &str) -> bool {
    if why_not_opened(file).is_some() {
        return false;
    }
    let mut bytes = Vec::new();
    let most = content.len() as u64 + 1;
    let read = opened::open(file).and_then(|file| file.take(most).read_to_end(&mut bytes));
    read.is_ok() && bytes == content.as_bytes()
}
