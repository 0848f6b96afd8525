//! The files that this run has read: no result may replace one, by whatever name.

use std::collections::HashSet;
use std::fs::{self, File, Metadata};
use std::io::{self, Stdin};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};

/// What makes two names one file.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Identity {
    /// Device and number: links that share a file have one.
    #[cfg(unix)]
    Node(u64, u64),
    Path(PathBuf),
}

static OPENED: LazyLock<Mutex<HashSet<Identity>>> = LazyLock::new(Mutex::default);

/// Opens a file to be read.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if let Ok(metadata) = file.metadata() {
        remember(path, &metadata);
    }
    Ok(file)
}

fn remember(path: &Path, metadata: &Metadata) {
    if let Some(identity) = identity(path, Some(metadata)) {
        let opened = OPENED.lock();
        opened
            .unwrap_or_else(PoisonError::into_inner)
            .insert(identity);
    }
}

/// Standard input, to be read; it may be a file.
pub(crate) fn stdin() -> Stdin {
    let stdin = io::stdin();
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        let file = stdin.as_fd().try_clone_to_owned().map(File::from);
        let metadata = file.and_then(|file| file.metadata());
        if let Some(metadata) = metadata.ok().filter(Metadata::is_file) {
            remember(Path::new("-"), &metadata);
        }
    }
    stdin
}

/// Whether a file has been read.
pub(crate) fn contains(path: &Path) -> bool {
    let identity = identity(path, fs::metadata(path).ok().as_ref());
    let opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    identity.is_some_and(|identity| opened.contains(&identity))
}

/// Whether a file is the program that runs.
pub(crate) fn is_this_program(path: &Path) -> bool {
    let identity = |path: &Path| identity(path, fs::metadata(path).ok().as_ref());
    let program = std::env::current_exe();
    let program = program.ok().and_then(|program| identity(&program));
    program.is_some() && program == identity(path)
}

fn identity(path: &Path, metadata: Option<&Metadata>) -> Option<Identity> {
    #[cfg(unix)]
    if let Some(metadata) = metadata {
        use std::os::unix::fs::MetadataExt;
        return Some(Identity::Node(metadata.dev(), metadata.ino()));
    }
    // Elsewhere a hard link to a file counts as another file.
    let path = metadata.and(fs::canonicalize(path).ok())?;
    Some(Identity::Path(path))
}
