//! Paths as Go's `path/filepath` has them, whatever system kheap runs on.

use std::borrow::Cow;

/// The last element of a path; `.` for an empty one, `/` for slashes only.
///
/// Source: Go's `filepath.Base`.
pub(crate) fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let path = path.trim_end_matches('/');
    match path.rsplit_once('/') {
        Some((_, last)) => last,
        None if path.is_empty() => "/",
        None => path,
    }
}

/// The last element of the path of a program, of Windows too, whatever system it is
/// looked at on.
pub(crate) fn program(path: &str) -> &str {
    let is_windows = path.get(1..3) == Some(":\\") || path.starts_with("\\\\");
    match path.rsplit_once('\\') {
        Some((_, last)) if is_windows && !last.is_empty() => base(last),
        _ => base(path),
    }
}

/// The shortest equal path, found without looking at the disk: no `.`, no empty
/// elements, no `..` that could be resolved.
///
/// Source: Go's `filepath.Clean`.
pub(crate) fn clean(path: &[u8]) -> Cow<'_, [u8]> {
    if is_clean(path) {
        return Cow::Borrowed(path);
    }
    let rooted = path.first() == Some(&b'/');
    let mut kept: Vec<&[u8]> = Vec::new();
    for element in path.split(|&b| b == b'/') {
        match element {
            b"" | b"." => {}
            b".." if kept.last().is_some_and(|last| *last != b"..") => drop(kept.pop()),
            b".." if rooted => {}
            _ => kept.push(element),
        }
    }
    let mut cleaned = if rooted { vec![b'/'] } else { Vec::new() };
    cleaned.extend(kept.join(&b'/'));
    if cleaned.is_empty() {
        cleaned.push(b'.');
    }
    Cow::Owned(cleaned)
}

/// Whether nothing needs cleaning, which is the rule.
fn is_clean(path: &[u8]) -> bool {
    let path = path.strip_prefix(b"/").unwrap_or(path);
    let plain = |element: &[u8]| !matches!(element, b"" | b"." | b"..");
    path.split(|&b| b == b'/').all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_of_windows_have_base_names_too() {
        let check = |path, expected| assert_eq!(program(path), expected, "{path:?}");
        check(r"C:\Users\a b\go-build\exe\main.exe", "main.exe");
        check(r"\\host\share\main.exe", "main.exe");
        check(r"C:\go/main.exe", "main.exe");
        check("/usr/bin/etcd", "etcd");
        check(r"a\b", r"a\b");
        check("C:\\", "C:\\");
    }

    #[test]
    fn base_is_the_last_element() {
        let check = |path, expected| assert_eq!(base(path), expected, "{path:?}");
        check("/usr/bin/kube-apiserver", "kube-apiserver");
        check("kube-apiserver", "kube-apiserver");
        check("a/b/", "b");
        check("", ".");
        check("//", "/");
    }

    #[test]
    fn cleaning_resolves_dots_and_double_slashes() {
        let check = |path: &str, expected: &str| {
            let cleaned = clean(path.as_bytes());
            assert_eq!(String::from_utf8_lossy(&cleaned), expected, "{path:?}");
        };
        check("/a/b.go", "/a/b.go");
        check("a//b/./c.go", "a/b/c.go");
        check("/a/../b.go", "/b.go");
        check("/../b.go", "/b.go");
        check("../../b.go", "../../b.go");
        check("a/..", ".");
        check("a/../..", "..");
        check("/", "/");
        check("./", ".");
    }
}
