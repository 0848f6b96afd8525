//! What is public, as data.

use std::collections::HashSet;
use std::sync::OnceLock;

use super::words;

static STANDARD: &str = include_str!("standard.txt");
static PACKAGES: &str = include_str!("packages.txt");
static WORDS: &str = include_str!("words.txt");
static FRAMES: &str = include_str!("frames.txt");
static SAMPLE_TYPES: &str = include_str!("sample_types.txt");
static METRICS: &str = include_str!("metrics.txt");

/// More than the longest module of the list has, in bytes.
const LONGEST_MODULE: usize = 100;

fn entries(file: &'static str) -> impl Iterator<Item = &'static str> {
    let lines = file.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Whether a word says nothing of a program or of its users.
pub(super) fn is_word(word: &str) -> bool {
    static SET: OnceLock<HashSet<&'static str>> = OnceLock::new();
    SET.get_or_init(|| entries(WORDS).collect()).contains(word)
}

/// Whether a package is public: one of Go's standard library, or below a module that anybody can
/// fetch. `package` is as in names of symbols, without what it is vendored in.
pub(super) fn is_package(package: &str) -> bool {
    /// More than the longest package of the lists and its version have, in bytes.
    const LONGEST: usize = 400;
    static SET: OnceLock<HashSet<&'static str>> = OnceLock::new();
    static STANDARD_SET: OnceLock<HashSet<&'static str>> = OnceLock::new();
    // The rest of a longer path is below the package that it begins with.
    let begin = (0..=LONGEST.min(package.len())).rev();
    let begin = { begin }.find(|&end| package.is_char_boundary(end));
    let package = package[..begin.unwrap_or(0)].replace("%2e", ".");
    if STANDARD_SET
        .get_or_init(|| entries(STANDARD).collect())
        .contains(&*package)
    {
        return true;
    }
    let set = SET.get_or_init(|| entries(PACKAGES).collect());
    let ends = package.match_indices(['/', '.', '@']).map(|(at, _)| at);
    let ends = ends.chain([package.len()]);
    let mut ends = ends.take_while(|&end| end <= LONGEST_MODULE);
    ends.any(|end| set.contains(&package[..end]) && is_whole(&package, end))
}

/// Whether a package ends there: before a dot it does where a version follows, as in
/// `gopkg.in/yaml.v3`. `k8s.io/api.acme` is none of Kubernetes.
fn is_whole(package: &str, end: usize) -> bool {
    match package[end..].strip_prefix('.') {
        Some(rest) => {
            let version = rest.split('/').next().unwrap_or_default();
            let digits = version.strip_prefix('v').unwrap_or_default();
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        }
        None => true,
    }
}

/// Whether a profiler has a sample type, or a unit, of that name.
pub(super) fn is_sample_type(name: &str) -> bool {
    static SET: OnceLock<HashSet<&'static str>> = OnceLock::new();
    SET.get_or_init(|| entries(SAMPLE_TYPES).collect())
        .contains(name)
}

/// Whether a function is one that signatures look for, as it is or without the beginning of its
/// package, as tables of people have it: `apiutil.(*mapper).add`.
pub(super) fn is_frame(name: &str) -> bool {
    static SET: OnceLock<HashSet<&'static str>> = OnceLock::new();
    let suffixes = |name: &'static str| {
        let package = name.find(['(', '[']).unwrap_or(name.len());
        let slashes = name[..package].match_indices('/').map(|(at, _)| at + 1);
        { std::iter::once(0).chain(slashes) }.map(|at| &name[at..])
    };
    let set = SET.get_or_init(|| entries(FRAMES).flat_map(suffixes).collect());
    // What the compiler adds, such as `.func1.2`, is of the same function.
    let mut function = name;
    while let Some((before, last)) = function.rsplit_once('.') {
        if !words::is_figure(last) {
            break;
        }
        function = before;
    }
    set.contains(name) || set.contains(function)
}

/// Whether a metric is public: its name is built of public words.
pub(super) fn is_metric(name: &str) -> bool {
    static SET: OnceLock<HashSet<&'static str>> = OnceLock::new();
    let set = SET.get_or_init(|| entries(METRICS).collect());
    let is_public = |word: &str| {
        word.is_empty() || set.contains(word) || is_word(word) || words::is_figure(word)
    };
    !name.is_empty() && name.split(['_', ':']).all(is_public)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_public_with_what_is_below_them() {
        for public in [
            "runtime",
            "encoding/json",
            "k8s.io/api/core/v1",
            "gopkg.in/yaml%2ev2",
            "github.com/emicklei/go-restful/v3",
            "k8s.io/api@v0.34.1/core/v1",
        ] {
            assert!(is_package(public), "{public}");
        }
        for private in [
            "main",
            "acme/x",
            "k8s.iox/y",
            "go.acme/x",
            "k8s.io.acme/x",
            "gopkg.in/yaml.acme",
            "gopkg.in/yaml.v3acme",
            "runtimes",
            "github.com/acme",
            "k8s.io/acme-private/x",
            "k8s.io",
            "github.com/prometheus/acme",
            "internal/billing",
            "net/acme",
        ] {
            assert!(!is_package(private), "{private}");
        }
    }

    #[test]
    fn metrics_are_public_when_all_their_words_are() {
        for public in [
            "apiserver_request_duration_seconds_bucket",
            "go_memstats_heap_alloc_bytes",
            "workqueue_depth",
            "etcd_mvcc_db_total_size_in_bytes",
        ] {
            assert!(is_metric(public), "{public}");
        }
        for private in ["apiserver_acme_secret", "go_gc_acme", "acme_requests", ""] {
            assert!(!is_metric(private), "{private}");
        }
    }

    #[test]
    fn the_lists_are_sorted_and_unique_where_people_look_things_up() {
        for file in [STANDARD, PACKAGES, WORDS, FRAMES, SAMPLE_TYPES, METRICS] {
            let entries: Vec<&str> = entries(file).collect();
            assert!(entries.is_sorted_by(|a, b| a < b));
        }
        assert!(entries(PACKAGES).all(|module| module.len() <= LONGEST_MODULE));
    }
}
