//! What only a program or a page can do: open files, and show lines.

use std::io::Read;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::Result;
use kheap::Limits;
use kheap_text::shell::quoted;

/// The file name that stands for standard input.
const STDIN: &str = "-";

/// Where files come from, and where notes go.
pub trait Host: Sync {
    /// Opens a file, or says in one line what to do.
    ///
    /// # Errors
    ///
    /// Where there is none, or none that can be read.
    fn open(&self, file: &Path, limits: &Limits) -> Result<Box<dyn Read + Send>>;

    /// The beginning of a file; `None` where it cannot be read once more, as of a pipe.
    fn head(&self, file: &Path) -> Option<Box<dyn Read + Send>>;

    /// Whether a file is an archive, by its content.
    fn is_archive(&self, file: &Path) -> bool;

    /// What to do about an archive where one dump is needed.
    fn refuse_archive(&self, file: &Path) -> anyhow::Error;

    /// Whether a file is a log, metrics or goroutines; `false` where it cannot be read once
    /// more.
    fn lies_beside(&self, file: &Path) -> bool;

    /// The command that reads a file beside its dump.
    fn diagnose_with(&self, file: &Path) -> String {
        format!("kheap diagnose heap.pb.gz --with {}", quoted(&name(file)))
    }

    /// Does something for each of so many files, on several threads where there are some.
    fn for_each(&self, count: usize, work: &(dyn Fn(usize) + Sync));

    /// Shows what may make a result wrong.
    fn warn(&self, line: &str);

    /// Shows what is good to know.
    fn note(&self, line: &str);
}

/// What comes out for each of so many files, in their order.
pub(crate) fn each<T: Send>(
    host: &dyn Host,
    count: usize,
    work: impl Fn(usize) -> T + Sync,
) -> Vec<T> {
    let done: Vec<Mutex<Option<T>>> = (0..count).map(|_| Mutex::new(None)).collect();
    host.for_each(count, &|at| {
        let one = work(at);
        *done[at].lock().unwrap_or_else(PoisonError::into_inner) = Some(one);
    });
    let results = done.into_iter().map(Mutex::into_inner);
    let results = results.map(|one| one.unwrap_or_else(PoisonError::into_inner));
    results
        .map(|one| one.expect("a host leaves none out"))
        .collect()
}

/// The name of a file in messages.
pub fn name(file: &Path) -> String {
    match is_stdin(file) {
        true => "standard input".to_owned(),
        false => file.display().to_string(),
    }
}

/// Whether a path stands for standard input.
pub fn is_stdin(file: &Path) -> bool {
    file == Path::new(STDIN)
}
