//! Words joined by `-` or `_`, such as `fleet-sync-heap-2`. Figures and kinds of files at the ends
//! stay; the name between them gets the pseudonym of the same name elsewhere.

use super::Redactor;
use super::figures::{MOST_DIGITS, digits};
use super::words::{DASHES, is_figure};

/// What people call dumps and what lies beside them.
const KINDS: [&str; 12] = [
    "allocs",
    "audit",
    "dump",
    "goroutine",
    "goroutines",
    "heap",
    "log",
    "logs",
    "memory",
    "metrics",
    "pprof",
    "profile",
];

impl Redactor {
    /// The pseudonym of a private word, beside the figures and kinds of files at its ends.
    pub(super) fn hidden_word(&mut self, word: &str) -> String {
        if !word.contains(DASHES) || self.is_pseudonym(word) {
            return self.pseudonym(word);
        }
        let (begin, end) = name(word);
        let (before, rest) = word.split_at(begin);
        let (name, after) = rest.split_at(end - begin);
        format!("{before}{}{after}", self.hide(name))
    }
}

/// Where the name in a word begins and ends: all of it, where more digits than those of a figure
/// would stay.
fn name(word: &str) -> (usize, usize) {
    let is_end = |part: &str| part.is_empty() || KINDS.contains(&part) || is_figure(part);
    let (mut begin, mut end) = (0, word.len());
    while let Some(at) = word[begin..]
        .find(DASHES)
        .filter(|at| is_end(&word[begin..begin + at]))
    {
        begin += at + 1;
    }
    while let Some(at) = word[begin..end]
        .rfind(DASHES)
        .filter(|at| is_end(&word[begin + at + 1..end]))
    {
        end = begin + at;
    }
    let (kept, name) = (digits(word) - digits(&word[begin..end]), &word[begin..end]);
    match kept > MOST_DIGITS || name.is_empty() || is_end(name) {
        true => (0, word.len()),
        false => (begin, end),
    }
}

#[cfg(test)]
mod tests {
    use kheap::filter::Pattern;

    use super::super::public;
    use super::*;

    #[test]
    fn kinds_of_files_are_public_alone_too() {
        for kind in KINDS {
            assert!(public::is_word(kind), "{kind}");
        }
    }

    #[test]
    fn a_name_that_is_kept_stays_beside_what_a_file_is() {
        let keep = Pattern::new("^fleet-sync$").unwrap();
        let mut redactor = Redactor::new(None, Some(keep));
        for name in ["fleet-sync", "fleet-sync-heap", "heap_fleet-sync-2"] {
            assert_eq!(redactor.word(name), name);
        }
        assert_eq!(redactor.word("fleet-heap"), "anon1-heap");
    }

    #[test]
    fn a_name_has_its_own_pseudonym_beside_what_a_file_is() {
        let mut redactor = Redactor::new(None, None);
        for (word, expected) in [
            ("fleet-sync", "anon1"),
            ("fleet-sync-heap", "anon1-heap"),
            ("heap-fleet-sync", "heap-anon1"),
            ("01-heap_fleet-sync-2", "01-heap_anon1-2"),
            ("fleet-sync-12345-678", "anon2"),
            ("fleet", "anon3"),
            ("anon1-heap", "anon4-heap"),
        ] {
            assert_eq!(redactor.word(word), expected, "{word}");
        }
        assert_eq!(
            redactor.file_name("fleet-sync-heap.pb.gz"),
            "anon1-heap.pb.gz"
        );
        let name = redactor.file_name("fleet-sync_2026-11-29T15-39-55-heap.txt");
        assert_eq!(name, "anon1_2026-11-29T15-39-55-heap.txt");
        assert_eq!(
            redactor.file_name("fleet\n\u{202e}sync.txt"),
            "anon3__sync.txt"
        );
        assert_eq!(redactor.words("fleet-sync-heap: 1"), "anon1-heap: 1");
    }
}
