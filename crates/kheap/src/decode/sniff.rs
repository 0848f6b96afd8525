//! What a file is that is no profile, known from how it begins.

use std::fmt;

use super::record::is_git_lfs_pointer;

/// Something that people hand to a profile reader by mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lookalike {
    /// A web page, such as an error page or a login form.
    Html,
    /// A JSON document, such as the `Status` of a Kubernetes API server.
    Json,
    /// The statistics that end a heap profile in text form, without its records.
    HeapTextTail,
    /// A heap profile in text form whose lines end as on a Mac of old.
    HeapTextCarriageReturns,
    /// Text in 16-bit characters, as PowerShell's `>` writes what it is given.
    Utf16,
    /// A heap profile of gperftools (tcmalloc), in text form.
    CppHeap,
    /// A heap profile of jemalloc, in text form.
    Jemalloc,
    /// A pointer of Git LFS in place of the file.
    GitLfsPointer,
    /// An archive of tar.
    Tar,
    /// A gzip file in a gzip file.
    NestedGzip,
    /// Profiles of OpenTelemetry, as JSON.
    Otlp,
    /// A recording of Java's Flight Recorder.
    Jfr,
    /// A heap dump of Java: its objects, not a profile.
    JavaHeapDump,
    /// Goroutines or threads in text form.
    Goroutines,
    /// A CPU profile in the old binary form.
    Cpu,
    /// A contention or mutex profile in text form.
    Contention,
    /// A Java profile.
    Java,
    /// An execution trace.
    Trace,
    /// A program.
    Elf,
    /// A core dump or other archive that was compressed otherwise.
    Archive,
    /// Text of some other kind.
    Text,
}

impl fmt::Display for Lookalike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Html => {
                "this is an HTML page, most likely an error or login page saved instead of \
                 the profile; open it to see what the server said"
            }
            Self::Json => {
                "this is JSON, most likely an error response saved instead of the profile; \
                 read it to see what the server said"
            }
            Self::HeapTextTail => {
                "this is the end of a heap profile in text form, without its records; fetch \
                 /debug/pprof/heap?debug=1 again"
            }
            Self::HeapTextCarriageReturns => {
                "this is a heap profile in text form whose lines end with carriage returns alone; \
                 turn them into line feeds (`tr '\\r' '\\n'`) or fetch the file again"
            }
            Self::Utf16 => {
                "this is text in UTF-16, as PowerShell's `>` writes it, which damages what is \
                 binary; fetch a dump again with `curl -o FILE`, or convert a log to UTF-8"
            }
            Self::CppHeap => {
                "this is a heap profile of gperftools (tcmalloc), without names; convert it with \
                 `pprof -proto PROGRAM FILE > converted.pb.gz` (PROGRAM is its binary, FILE this file)"
            }
            Self::Jemalloc => {
                "this is a heap profile of jemalloc, without names; add them with \
                 `(jeprof --raw PROGRAM FILE; cat FILE) > named.heap` (PROGRAM is its binary, FILE this file), or write pprof with jemalloc_pprof"
            }
            Self::GitLfsPointer => {
                "this is a pointer of Git LFS, not the file; fetch the file with `git lfs pull`"
            }
            Self::Tar => "this is a tar archive; unpack it with `tar -xf FILE` and name a dump in it",
            Self::NestedGzip => {
                "this is a gzip file inside another; unpack it once with `gzip -dc FILE > unpacked.pb.gz`"
            }
            Self::Otlp => {
                "these are profiles of OpenTelemetry (OTLP) in JSON; export them as protobuf, or \
                 fetch /debug/pprof/heap"
            }
            Self::Jfr => {
                "this is a recording of Java's Flight Recorder; read it with `jfr summary FILE` or \
                 JDK Mission Control"
            }
            Self::JavaHeapDump => {
                "this is a heap dump of Java; read it with Eclipse MAT or VisualVM"
            }
            Self::Goroutines => {
                "this is a goroutine or thread profile in text form; fetch /debug/pprof/heap"
            }
            Self::Cpu => "this is a CPU profile in the old binary form; fetch /debug/pprof/heap",
            Self::Contention => {
                "this is a contention profile in text form; fetch /debug/pprof/heap"
            }
            Self::Java => {
                "this is a Java profile in an old format; read it with `pprof` of google/pprof"
            }
            Self::Trace => "this is an execution trace; fetch /debug/pprof/heap",
            Self::Elf => "this is a program, not a profile; fetch /debug/pprof/heap",
            Self::Archive => "this is an archive or compressed other than by gzip; unpack it first",
            Self::Text => {
                "this is text and no profile, such as a server's error; read it, then fetch \
                 /debug/pprof/heap again"
            }
        })
    }
}

/// Whether a file begins as one that is compressed, or an archive of such files.
///
/// # Example
///
/// ```
/// assert!(kheap::decode::is_compressed(b"\x1f\x8b\x08\x00"));
/// assert!(!kheap::decode::is_compressed(b"heap profile: 1: 2"));
/// ```
///
/// Source: the formats' own descriptions, such as RFC 1952 of gzip and RFC 8878 of
/// Zstandard.
pub fn is_compressed(beginning: &[u8]) -> bool {
    /// gzip, compress, ZIP (also empty, and in parts), Zstandard, LZ4, xz, bzip2, 7-Zip, lzip, Snappy.
    const MAGICS: [&[u8]; 12] = [
        b"\x1f\x8b",
        b"\x1f\x9d",
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"PK\x07\x08",
        b"\x28\xb5\x2f\xfd",
        b"\x04\x22\x4d\x18",
        b"\xfd7zXZ\0",
        b"BZh",
        b"7z\xbc\xaf\x27\x1c",
        b"LZIP",
        b"\xff\x06\0\0sNaPpY",
    ];
    // Zstandard and LZ4 may begin with a frame that is skipped.
    let is_skipped = matches!(beginning, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]);
    is_skipped
        || MAGICS.iter().any(|magic| beginning.starts_with(magic))
        || is_zlib(beginning)
        || is_lzma(beginning)
}

/// Whether a file begins as a stream of zlib with its usual window. Two bytes say little, so that
/// text that begins so is none.
///
/// Source: RFC 1950.
fn is_zlib(beginning: &[u8]) -> bool {
    let is_header = matches!(beginning, [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..]);
    let is_text = match std::str::from_utf8(beginning) {
        Ok(text) => !text.contains(is_binary),
        // The last character may be cut.
        Err(error) if error.error_len().is_none() => !beginning[..error.valid_up_to()]
            .iter()
            .any(|&byte| is_binary(char::from(byte))),
        Err(_) => false,
    };
    is_header && !is_text
}

/// Whether no text has this character.
fn is_binary(c: char) -> bool {
    c.is_ascii_control() && !c.is_ascii_whitespace()
}

/// Whether a file begins as `.lzma`, which has no mark: a byte of properties, the size of its
/// dictionary, and that of its content or -1.
///
/// Source: `doc/lzma-file-format.txt` of XZ Utils, section 1.1.
fn is_lzma(beginning: &[u8]) -> bool {
    const LEAST_DICTIONARY: u32 = 4 << 10;
    /// A larger content is not believed, as in XZ Utils.
    const MOST_CONTENT: u64 = 256 << 30;
    let Some((&[properties, a, b, c, d], rest)) = beginning.split_first_chunk() else {
        return false;
    };
    let Some(&size) = rest.first_chunk() else {
        return false;
    };
    let dictionary = u32::from_le_bytes([a, b, c, d]);
    // 2^n, or half as much again.
    let is_round = dictionary >= LEAST_DICTIONARY
        && matches!(dictionary >> dictionary.trailing_zeros(), 1 | 3);
    let size = u64::from_le_bytes(size);
    properties < 9 * 5 * 5 && is_round && (size == u64::MAX || size < MOST_CONTENT)
}

/// Recognises what is not a profile by its first bytes.
pub(super) fn lookalike(head: &[u8]) -> Option<Lookalike> {
    /// The old CPU format: words 0, 3, 0 in front, in either size and order.
    const CPU: [&[u8]; 2] = [
        &[0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0],
        &[
            0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ],
    ];
    /// Java's has 1 in place of the last of them, and names at its end.
    const JAVA_CPU: [&[u8]; 2] = [
        &[0, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0],
        &[
            0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,
        ],
    ];
    let starts = |prefix: &[u8]| head.starts_with(prefix);
    if CPU.into_iter().any(starts) {
        return Some(Lookalike::Cpu);
    }
    if JAVA_CPU.into_iter().any(starts) {
        return Some(Lookalike::Java);
    }
    if is_utf16(head) {
        return Some(Lookalike::Utf16);
    }
    if starts(b"\x1f\x8b") {
        return Some(Lookalike::NestedGzip);
    }
    if starts(b"FLR\0") {
        return Some(Lookalike::Jfr);
    }
    if starts(b"JAVA PROFILE ") {
        return Some(Lookalike::JavaHeapDump);
    }
    if head
        .get(TAR_MAGIC_AT..)
        .is_some_and(|rest| rest.starts_with(TAR_MAGIC))
    {
        return Some(Lookalike::Tar);
    }
    if starts(b"\x7fELF") {
        return Some(Lookalike::Elf);
    }
    if is_compressed(head) {
        return Some(Lookalike::Archive);
    }
    if starts(b"go 1.") && head.windows(5).take(16).any(|w| w == b"trace") {
        return Some(Lookalike::Trace);
    }
    text_lookalike(head)
}

/// What a tar archive has in the header of its first member.
const TAR_MAGIC: &[u8] = b"ustar";
const TAR_MAGIC_AT: usize = 257;

/// Whether a text in 16-bit characters begins so, in either order of bytes, with
/// its mark or without one.
pub fn is_utf16(head: &[u8]) -> bool {
    /// So many letters and blanks one after the other are no accident.
    const CHARACTERS: usize = 8;
    let marked = matches!(
        head,
        [0xff, 0xfe, 1..128, 0, ..] | [0xfe, 0xff, 0, 1..128, ..]
    );
    let is_text = |byte: u8| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n');
    let (pairs, _) = head.as_chunks::<2>();
    let pairs = pairs.get(..CHARACTERS).unwrap_or_default();
    let has_letter = pairs.iter().flatten().any(u8::is_ascii_alphabetic);
    let little = pairs.iter().all(|&[low, high]| high == 0 && is_text(low));
    let big = pairs.iter().all(|&[high, low]| high == 0 && is_text(low));
    marked || (has_letter && (little || big))
}

/// Whether a text is Java's heap or contention profile. C++ writes contention
/// profiles with the same first line, but without a format or resolution.
///
/// Source: google/pprof `profile/legacy_java_profile.go`, and `parseContention`
/// in `profile/legacy_profile.go`.
fn is_java(text: &str) -> bool {
    let attribute = |line: &str| line.starts_with("format") || line.starts_with("resolution");
    text.starts_with("--- heapz 1 ---")
        || (text.starts_with("--- contentionz") && text.lines().any(attribute))
}

fn text_lookalike(head: &[u8]) -> Option<Lookalike> {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The last character may be cut.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return None,
    };
    let is_control = |c: char| c.is_control() && !c.is_whitespace();
    if text.chars().any(is_control) {
        return None;
    }
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let lower = text
        .get(..64.min(text.len()))
        .unwrap_or(text)
        .to_lowercase();
    let starts = |prefix: &str| lower.starts_with(prefix);
    if starts("heap profile:") {
        return cpp_heap(text);
    }
    // It has names, and is read.
    if starts("--- symbol") {
        return None;
    }
    Some(
        if ["<!doctype", "<html", "<head", "<body", "<?xml", "<!--"]
            .into_iter()
            .any(starts)
        {
            Lookalike::Html
        } else if starts("{") {
            match text.contains("\"resourceProfiles\"") {
                true => Lookalike::Otlp,
                false => Lookalike::Json,
            }
        } else if starts("heap_v2/") {
            Lookalike::Jemalloc
        } else if is_git_lfs_pointer(head) {
            Lookalike::GitLfsPointer
        } else if is_heap_text_tail(text) {
            Lookalike::HeapTextTail
        } else if starts("goroutine") || starts("threadcreate profile") || starts("--- thread") {
            Lookalike::Goroutines
        } else if is_java(text) {
            Lookalike::Java
        } else if starts("--- contention") || starts("--- mutex") {
            Lookalike::Contention
        } else if starts("--- growthz") || starts("mapped_library") {
            Lookalike::CppHeap
        } else {
            Lookalike::Text
        },
    )
}

/// Go writes `@ heap/1048576`; tcmalloc and others write `@ heapprofile` and more.
/// Go's own is a profile, if a damaged one.
fn cpp_heap(text: &str) -> Option<Lookalike> {
    let header = text.lines().next().unwrap_or_default();
    // That of Windows is gone with the line feed.
    if header.trim_end().contains('\r') {
        return Some(Lookalike::HeapTextCarriageReturns);
    }
    let (_, format) = header.rsplit_once('@')?;
    match format.trim().split('/').next() {
        Some("heap") => None,
        // jemalloc's before its version 5, in gperftools' form.
        Some("heap_v2") => Some(Lookalike::Jemalloc),
        _ => Some(Lookalike::CppHeap),
    }
}

/// Whether a text begins with a frame or the statistics of a heap profile in text form.
fn is_heap_text_tail(text: &str) -> bool {
    let line = text.lines().next().unwrap_or_default();
    line.starts_with("#\t0x") || line.starts_with("# runtime.MemStats")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_shows_what_a_file_is() {
        let check = |head: &[u8], expected| {
            assert_eq!(lookalike(head), expected, "{}", head.escape_ascii());
        };
        check(b"<!DOCTYPE html>\n<html>", Some(Lookalike::Html));
        check(b"\xef\xbb\xbf  <html>", Some(Lookalike::Html));
        check(b"{\"kind\":\"Status\"}", Some(Lookalike::Json));
        let header = b"heap profile: 1: 2 [3: 4] @ heap/1048576\n";
        check(header, None);
        let windows = b"heap profile: 1: 2 [3: 4] @ heap/1048576\r\n1: 2 [3: 4] @ 0x1\r\n";
        check(windows, None);
        let mac = b"heap profile: 1: 2 [3: 4] @ heap/1048576\r1: 2 [3: 4] @ 0x1\r";
        check(mac, Some(Lookalike::HeapTextCarriageReturns));
        check(b"# runtime.MemStats\n", Some(Lookalike::HeapTextTail));
        check(b"\xff\xfeh\0e\0", Some(Lookalike::Utf16));
        check(b"\xfe\xff\0h\0e", Some(Lookalike::Utf16));
        check(b"h\0e\0a\0p\0 \0p\0r\0o\0", Some(Lookalike::Utf16));
        check(b"\0h\0e\0a\0p\0 \0p\0r\0o", Some(Lookalike::Utf16));
        // Empty fields are two bytes too.
        check(&b"2\0".repeat(8), None);
        check(
            b"heap profile: 1: 2 [3: 4] @ heapprofile",
            Some(Lookalike::CppHeap),
        );
        check(
            b"heap profile: 1: 2 [3: 4] @ heap_v2/524288",
            Some(Lookalike::Jemalloc),
        );
        check(
            b"heap_v2/524288\n  t*: 1: 2 [0: 0]\n",
            Some(Lookalike::Jemalloc),
        );
        let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n";
        check(pointer, Some(Lookalike::GitLfsPointer));
        check(b"\x1f\x8b\x08\0\0\0", Some(Lookalike::NestedGzip));
        check(b"{\"resourceProfiles\":[]}", Some(Lookalike::Otlp));
        check(b"FLR\0\0\x02", Some(Lookalike::Jfr));
        check(b"JAVA PROFILE 1.0.2\0", Some(Lookalike::JavaHeapDump));
        let mut tar = vec![0; 512];
        tar[..8].copy_from_slice(b"heap.out");
        tar[257..262].copy_from_slice(b"ustar");
        check(&tar, Some(Lookalike::Tar));
        let java = [0, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0x10, 0x27, 0, 0];
        check(&java, Some(Lookalike::Java));
        check(b"goroutine profile: total 12", Some(Lookalike::Goroutines));
        check(b"goroutine 1 [running]:", Some(Lookalike::Goroutines));
        check(
            b"--- contention:\ncycles/second=1",
            Some(Lookalike::Contention),
        );
        let java = b"--- contentionz 1 ---\nformat = java\nresolution = ms\n";
        check(java, Some(Lookalike::Java));
        let cpp = b"--- contentionz 1 ---\ncycles/second = 1\n";
        check(cpp, Some(Lookalike::Contention));
        check(b"--- heapz 1 ---\nformat = java\n", Some(Lookalike::Java));
        check(b"--- threadz 1 ---\n", Some(Lookalike::Goroutines));
        check(b"go 1.24 trace\0\0\0", Some(Lookalike::Trace));
        check(b"\x7fELF\x02\x01", Some(Lookalike::Elf));
        check(b"PK\x05\x06\0\0", Some(Lookalike::Archive));
        check(b"x\x9c\x4b\x4c\x04\0", Some(Lookalike::Archive));
        check("x^2 + caf\u{e9}".as_bytes(), Some(Lookalike::Text));
        let lzma = |size: u64| [&b"\x5d\0\0\x80\0"[..], &size.to_le_bytes(), b"\0"].concat();
        check(&lzma(u64::MAX), Some(Lookalike::Archive));
        check(&lzma(12), Some(Lookalike::Archive));
        check(&lzma(1 << 60), None);
        check(b"Forbidden\n", Some(Lookalike::Text));
        check(b"caf\xc3", Some(Lookalike::Text));
        check(b"\x0a\x04\x08\x01\x10\x02", None);
        check(b"\xff\xfe\x00", None);
    }
}
