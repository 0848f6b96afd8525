//! Archives, and what is compressed in any way.

use std::io::{Cursor, Read};

use kheap_evidence::archive::{Archive, ArchiveLimits, is_archive};
use kheap_evidence::unpack::{unpack, unpack_around_gzip};

/// The largest file, and all of them, in bytes.
const FILE_BYTES: u64 = 1 << 20;
const ALL_BYTES: u64 = 4 << 20;

/// An archive is refused or read, and what is kept of it is what is read again; no layers give
/// more than their limit.
pub fn archive(bytes: &[u8]) {
    let _ = is_archive(bytes);
    for opened in [
        unpack(bytes, FILE_BYTES),
        unpack_around_gzip(bytes, FILE_BYTES),
    ] {
        let mut content = Vec::new();
        // What is damaged ends with an error.
        let _ = opened.map(|mut reader| reader.read_to_end(&mut content));
        assert!(content.len() as u64 <= FILE_BYTES.max(bytes.len() as u64));
    }
    let limits = ArchiveLimits::default();
    let limits = limits.file_bytes(FILE_BYTES).all_bytes(ALL_BYTES);
    let archive = match Archive::read(Cursor::new(bytes), &limits) {
        Ok(archive) => archive,
        Err(error) => return assert!(!error.to_string().contains('\n'), "{error}"),
    };
    for (name, reason) in &archive.passed_over.named {
        // They are shown in one line.
        assert!(name.chars().count() <= 200 && !reason.words().contains('\n'));
    }
    for entry in &archive.entries {
        assert!(entry.size <= FILE_BYTES, "{}", entry.name);
        let parts = || entry.name.split('/');
        assert!(parts().all(|part| !matches!(part, "" | "." | "..")));
        let Some(mut content) = entry.content() else {
            continue;
        };
        let (mut kept, mut again) = (Vec::new(), Vec::new());
        content.read_to_end(&mut kept).expect("memory is read");
        let reader = archive.open(entry, Cursor::new(bytes));
        let mut reader = reader.expect("it was opened before");
        reader.read_to_end(&mut again).expect("it was read before");
        assert!(kept == again, "{}", entry.name);
    }
}
