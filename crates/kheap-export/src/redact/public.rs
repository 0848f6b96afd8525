//! What is public, as data.

use std::collections::HashSet;
use std::sync::OnceLock;

static PACKAGES: &str = include_str!("packages.txt");
static WORDS: &str = include_str!("words.txt");
static METRICS: &str = include_str!("metrics.txt");

fn entries(file: &'static str) -> impl Iterator<Item = &'static str> {
    let lines = file.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Whether a word says nothing of a program or of its users.
pub(super) fn is_word(word: &str) -> bool {
    static SET: OnceLock<HashSet<&'static str>> = OnceLock::new();
    SET.get_or_init(|| entries(WORDS).collect()).contains(word)
}

/// Whether a package is public; `package` is as in names of symbols, without what it is
/// vendored in.
pub(super) fn is_package(package: &str) -> bool {
    static SET: OnceLock<HashSet<&'static str>> = OnceLock::new();
    let set = SET.get_or_init(|| entries(PACKAGES).collect());
    let package = package.replace("%2e", ".");
    let ends = package.match_indices(['/', '.', '@']).map(|(at, _)| at);
    let mut ends = ends.chain([package.len()]);
    ends.any(|end| set.contains(&package[..end]) && is_whole(&package, end))
}

/// Whether a package ends there: before a dot it does where a version follows, as in
/// `gopkg.in/yaml.v3`. `go.acme` is none of Go's, and `k8s.io.acme` none of Kubernetes.
fn is_whole(package: &str, end: usize) -> bool {
    let is_version = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    match package[end..].strip_prefix('.') {
        Some(rest) => {
            package[..end].contains('/') && rest.strip_prefix('v').is_some_and(is_version)
        }
        None => true,
    }
}

/// Whether a metric is public.
pub(super) fn is_metric(name: &str) -> bool {
    static LIST: OnceLock<Vec<&'static str>> = OnceLock::new();
    let list = LIST.get_or_init(|| entries(METRICS).collect());
    list.iter().any(|beginning| name.starts_with(beginning))
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
            "runtimes",
            "github.com/acme",
        ] {
            assert!(!is_package(private), "{private}");
        }
    }

    #[test]
    fn the_lists_are_sorted_and_unique_where_people_look_things_up() {
        let words: Vec<&str> = entries(WORDS).collect();
        assert!(words.is_sorted_by(|a, b| a < b));
        let metrics: Vec<&str> = entries(METRICS).collect();
        assert!(metrics.is_sorted_by(|a, b| a < b));
    }
}
