//! What a file is that is no profile, told from how it begins.

use std::fmt;

/// Something that people hand to a profile reader by mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lookalike {
    /// A web page, such as an error page or a login form.
    Html,
    /// A JSON document, such as the `Status` of a Kubernetes API server.
    Json,
    /// A heap profile in text form, from `?debug=1`, without its first line.
    HeapTextTail,
    /// The same with something in front of its first line, such as the headers of the
    /// answer or a command line.
    HeapTextBuried,
    /// A heap profile in text form whose lines end as on a Mac of old.
    HeapTextCarriageReturns,
    /// Text in 16-bit characters, as PowerShell's `>` writes what it is given.
    Utf16,
    /// The heap profile of a C++ program.
    CppHeap,
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
                "this is an HTML page, most likely an error or login page saved in place of \
                 the profile; open it to see what the server said"
            }
            Self::Json => {
                "this is JSON, most likely an error answer saved in place of the profile; \
                 read it to see what the server said"
            }
            Self::HeapTextTail => {
                "this is a heap profile in text form without its first line, `heap profile: …`, \
                 which says how to scale it; add it or fetch the file again"
            }
            Self::HeapTextBuried => {
                "this is a heap profile in text form with something in front of its first line, \
                 `heap profile: …`; remove what stands before it"
            }
            Self::HeapTextCarriageReturns => {
                "this is a heap profile in text form whose lines end with carriage returns alone; \
                 turn them into line feeds (`tr '\\r' '\\n'`) or fetch the file again"
            }
            Self::Utf16 => {
                "this is text in UTF-16, as PowerShell's `>` writes it, which damages what is \
                 binary; fetch the file again with `curl -o FILE`"
            }
            Self::CppHeap => "this is the heap profile of a C++ program; only Go's are supported",
            Self::Goroutines => {
                "this is a goroutine or thread profile in text form; fetch /debug/pprof/heap"
            }
            Self::Cpu => "this is a CPU profile in the old binary form; fetch /debug/pprof/heap",
            Self::Contention => {
                "this is a contention profile in text form; fetch /debug/pprof/heap"
            }
            Self::Java => "this is a Java profile; only Go's are supported",
            Self::Trace => "this is an execution trace; fetch /debug/pprof/heap",
            Self::Elf => "this is a program, not a profile",
            Self::Archive => "this is an archive or compressed other than by gzip; unpack it first",
            Self::Text => {
                "this is text and no profile, such as a server's error; read it, then fetch \
                 /debug/pprof/heap again"
            }
        })
    }
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
    const ARCHIVES: [&[u8]; 4] = [b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\0", b"BZh"];
    let starts = |prefix: &[u8]| head.starts_with(prefix);
    if CPU.into_iter().any(starts) {
        return Some(Lookalike::Cpu);
    }
    if is_utf16(head) {
        return Some(Lookalike::Utf16);
    }
    if starts(b"\x7fELF") {
        return Some(Lookalike::Elf);
    }
    if ARCHIVES.into_iter().any(starts) {
        return Some(Lookalike::Archive);
    }
    if starts(b"go 1.") && head.windows(5).take(16).any(|w| w == b"trace") {
        return Some(Lookalike::Trace);
    }
    text_lookalike(head)
}

/// Whether a text in 16-bit characters begins so, in either order of bytes, with
/// its mark or without one.
fn is_utf16(head: &[u8]) -> bool {
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
    if is_buried_heap_text(text) {
        return Some(Lookalike::HeapTextBuried);
    }
    Some(
        if ["<!doctype", "<html", "<head", "<body", "<?xml", "<!--"]
            .into_iter()
            .any(starts)
        {
            Lookalike::Html
        } else if starts("{") {
            Lookalike::Json
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

/// Whether some line ends as the first one of Go's text form does. Browsers put it into
/// a line of HTML.
fn is_buried_heap_text(text: &str) -> bool {
    let is_first = |line: &str| {
        let found = line.find("heap profile: ");
        found.is_some_and(|at| line[at..].contains("] @ heap/"))
    };
    text.lines().any(is_first)
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
    let name = format.trim().split('/').next();
    (name != Some("heap")).then_some(Lookalike::CppHeap)
}

/// Whether a text begins with a record, a frame, or the statistics of a heap
/// profile in text form.
fn is_heap_text_tail(text: &str) -> bool {
    let line = text.lines().next().unwrap_or_default();
    let is_record = || {
        let counts = line.split_once("] @ 0x").map(|(counts, _)| counts);
        counts.is_some_and(|counts| counts.contains(": ") && counts.contains('['))
    };
    line.starts_with("#\t0x") || line.starts_with("# runtime.MemStats") || is_record()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_tells_what_a_file_is() {
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
        let record = b"1: 2 [3: 4] @ 0x1000 0x2000\n";
        check(record, Some(Lookalike::HeapTextTail));
        check(b"# runtime.MemStats\n", Some(Lookalike::HeapTextTail));
        for junk in ["HTTP/1.1 200 OK\r\n\r\n", "$ curl host\n", "<html><pre>"] {
            let buried = [junk.as_bytes(), header].concat();
            check(&buried, Some(Lookalike::HeapTextBuried));
        }
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
            Some(Lookalike::CppHeap),
        );
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
        check(b"Forbidden\n", Some(Lookalike::Text));
        check(b"caf\xc3", Some(Lookalike::Text));
        check(b"\x0a\x04\x08\x01\x10\x02", None);
        check(b"\xff\xfe\x00", None);
    }
}
