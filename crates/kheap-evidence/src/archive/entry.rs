//! What is known of one file of an archive.

use std::io::{self, Cursor, Read};
use std::sync::Arc;

use super::kept::Kept;

/// What a member of an archive is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    Link,
    Sparse,
    /// A device, a pipe or something unknown.
    Other,
    Encrypted,
    /// Compressed in a way that is not read here.
    Packed,
}

/// Why a file of an archive is never read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PassedOver {
    /// Its path is absolute, or leads out of the archive.
    Path,
    /// It has no name.
    Nameless,
    /// It is a link.
    Link,
    /// It has holes, which may be of any size.
    Sparse,
    /// It is a device, a pipe or something else.
    NoFile,
    /// It needs a password.
    Encrypted,
    /// It is compressed in a way that is not read here.
    Packed,
    /// It cannot be unpacked, or its checksum does not match.
    Damaged,
    /// It is an archive itself.
    Nested,
    /// It is larger than one file may be.
    TooLarge,
    /// Another file has its name.
    Repeated,
    /// There are more files than an archive may have, or their names are too long together.
    TooMany,
    /// All files are too large together to be kept, and more are not kept than can be read again.
    NoRoom,
}

impl PassedOver {
    /// The reason in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Path => "its path leads out of the archive",
            Self::Nameless => "it has no name",
            Self::Link => "it is a link",
            Self::Sparse => "it is a sparse file",
            Self::NoFile => "it is not a regular file",
            Self::Encrypted => "it is encrypted",
            Self::Packed => "it is compressed other than by deflate or Zstandard",
            Self::Damaged => "it is damaged; fetch the archive again",
            Self::Nested => "it is an archive in an archive",
            Self::TooLarge => "it is larger than --max-inflated-size",
            Self::Repeated => "another file has the same name",
            Self::TooMany => "there are too many files; unpack the archive",
            Self::NoRoom => "its files are too large together; unpack the archive",
        }
    }
}

/// A file of an archive that may be a dump, or lie beside one.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Entry {
    /// Its path in the archive, without `.` and with `/` between folders.
    pub name: String,
    /// Its size as it is stored, in bytes.
    pub size: u64,
    /// Whether it lies beside a dump: metrics, a log, goroutines or a version.
    pub is_beside: bool,
    pub(super) place: Place,
    /// Its beginning, where it is not kept.
    pub(super) head: Option<Arc<[u8]>>,
    pub(super) content: Option<Kept>,
}

impl Entry {
    /// All of it, where it is kept in memory.
    pub fn content(&self) -> Option<Box<dyn Read + Send>> {
        self.content.as_ref().map(Kept::reader)
    }

    /// Its beginning, of 64 KiB or more, or all of it.
    pub fn head(&self) -> Box<dyn Read + Send> {
        match &self.head {
            Some(head) => Box::new(Cursor::new(Arc::clone(head))),
            None => self.content().unwrap_or_else(|| Box::new(io::empty())),
        }
    }
}

/// Where a file is read again.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// In bytes from the beginning of the tar archive.
    Tar(u64),
    Zip(super::zip::Place),
}

/// The path of a file as it is shown; `None` where it is absolute or has `..`.
pub(super) fn path_of(name: &[u8]) -> Option<String> {
    let name = String::from_utf8_lossy(name);
    // As some programs of Windows write them.
    let name = name.replace('\\', "/");
    let has_drive = name.as_bytes().get(1) == Some(&b':');
    if name.starts_with('/') || has_drive || name.contains('\0') {
        return None;
    }
    let parts = name.split('/').filter(|part| !matches!(*part, "" | "."));
    let parts: Vec<&str> = parts.collect();
    (!parts.is_empty() && !parts.contains(&"..")).then(|| parts.join("/"))
}

/// Whether a path has a part that is hidden, as of the attributes that macOS adds.
pub(super) fn is_hidden(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with('.'))
}
