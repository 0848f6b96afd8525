//! What a file is, by how it begins.

use crate::{goroutines, metrics, requests, version};

/// What the content of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Metrics,
    Log,
    GoroutineSummary,
    GoroutineDump,
    Version,
    /// A profile of any kind, or other binary data.
    Protobuf,
    HeapText,
    GitLfsPointer,
    Unknown,
}

/// How many lines are looked at.
const LINES: usize = 200;

/// Recognises a file by its first bytes, inflated.
pub(crate) fn sniff(head: &[u8]) -> Content {
    if kheap::decode::is_heap_text(head) {
        return Content::HeapText;
    }
    if kheap::decode::is_git_lfs_pointer(head) {
        return Content::GitLfsPointer;
    }
    if version::is_version(head) && head.starts_with(b"{") {
        return Content::Version;
    }
    let lines = head.split(|&byte| byte == b'\n').take(LINES);
    let counts = lines.fold(Counts::default(), Counts::add);
    match counts.winner() {
        Content::Unknown if is_binary(head) => Content::Protobuf,
        winner => winner,
    }
}

/// How many of the first lines look like what.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    metrics: u32,
    log: u32,
    summary: u32,
    dump: u32,
}

impl Counts {
    fn add(mut self, line: &[u8]) -> Self {
        if goroutines::is_summary(line) {
            // One line of it says so.
            self.summary += 100;
        } else if goroutines::is_dump(line) {
            // Each of them is followed by a stack.
            self.dump += 20;
        } else if requests::is_line(line) {
            self.log += 1;
        } else if metrics::is_line(line) {
            self.metrics += 1;
        }
        self
    }

    /// What most of them look like. A log can quote what others write.
    fn winner(self) -> Content {
        let all = [
            (self.summary, Content::GoroutineSummary),
            (self.dump, Content::GoroutineDump),
            (self.log * 4, Content::Log),
            (self.metrics, Content::Metrics),
        ];
        let largest = all.into_iter().filter(|(count, _)| *count > 0);
        let largest = largest.reduce(|best, one| if one.0 > best.0 { one } else { best });
        largest.map_or(Content::Unknown, |(_, content)| content)
    }
}

/// Whether a profile has one sample type, as those of goroutines have; a heap has
/// several. They stand in front of the tables.
pub(crate) fn has_one_sample_type(mut head: &[u8]) -> bool {
    const SAMPLE_TYPE: u64 = 1 << 3 | 2;
    const TABLES: std::ops::Range<u64> = 2 << 3..6 << 3;
    let mut types = 0;
    while let Some((key, rest)) = varint(head) {
        if TABLES.contains(&key) {
            return types == 1;
        }
        types += u32::from(key == SAMPLE_TYPE);
        let Some((value, rest)) = varint(rest) else {
            return false;
        };
        // A record is followed by its bytes, a number by nothing.
        let skipped = if key & 7 == 2 { value } else { 0 };
        let skipped = usize::try_from(skipped).unwrap_or(usize::MAX);
        head = rest.get(skipped..).unwrap_or_default();
    }
    false
}

/// Reads a number of protobuf.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let end = bytes.iter().take(10).position(|&byte| byte < 0x80)?;
    let groups = bytes[..=end].iter().rev();
    let value = groups.fold(0, |value, &byte| value << 7 | u64::from(byte & 0x7f));
    Some((value, &bytes[end + 1..]))
}

fn is_binary(head: &[u8]) -> bool {
    head.iter()
        .any(|&byte| byte < b' ' && !matches!(byte, b'\n' | b'\r' | b'\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(head: &str, expected: Content) {
        assert_eq!(sniff(head.as_bytes()), expected, "{head}");
    }

    #[test]
    fn profiles_with_one_sample_type_are_no_heaps() {
        let goroutines = b"Z\x04\x08\x01\x10\x02`\x01\n\x04\x08\x01\x10\x02\"\x10";
        assert!(has_one_sample_type(goroutines));
        let heap =
            b"Z\x04\x08\x01\x10\x02`\x80\x80 \n\x04\x08\x03\x10\x04\n\x04\x08\x05\x10\x02\"\x10";
        assert!(!has_one_sample_type(heap));
        assert!(!has_one_sample_type(b"\n\xff"));
    }

    #[test]
    fn files_are_known_by_their_content() {
        check("# HELP a b\n# TYPE a gauge\na 1\n", Content::Metrics);
        check("go_goroutines 12\n", Content::Metrics);
        check(
            "goroutine profile: total 2\n1 @ 0x1\n",
            Content::GoroutineSummary,
        );
        check(
            "goroutine 1 [running]:\nmain.main()\n",
            Content::GoroutineDump,
        );
        check(
            "{\"gitVersion\":\"v1.36.2\",\"goVersion\":\"go1.27.3\"}",
            Content::Version,
        );
        check(
            "cut in the middle\nI1129 15:39:52.368218    7497 flags.go:64] FLAG\n",
            Content::Log,
        );
        check(
            "{\"auditID\":\"a\",\"stage\":\"RequestReceived\"}\n",
            Content::Log,
        );
        check(
            "heap profile: 1: 2 [3: 4] @ heap/1048576\n",
            Content::HeapText,
        );
        // Its lines look like metrics.
        check(
            "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3666\n",
            Content::GitLfsPointer,
        );
        check("Dear diary,\ntoday\n", Content::Unknown);
        check("", Content::Unknown);
        check("\x0a\x04\x08\x01", Content::Protobuf);
    }
}
