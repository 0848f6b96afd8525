//! Words that are figures or ids.

use super::figures::{MOST_DIGITS, digits};

/// What joins the words of a name.
pub(super) const DASHES: [char; 2] = ['-', '_'];

/// The longest figure, in bytes.
const LONGEST: usize = 24;

/// Units of figures, in the spellings of logs, metrics and profiles.
const UNITS: [&str; 38] = [
    "", "ns", "us", "µs", "μs", "ms", "s", "m", "h", "d", "B", "kB", "KB", "MB", "GB", "TB", "PB",
    "KiB", "MiB", "GiB", "TiB", "k", "K", "Ki", "Mi", "Gi", "Ti", "M", "G", "T", "Z", "TZ", "e",
    "hrs", "mins", "secs", "am", "pm",
];

/// Whether a word is a figure that says nothing: a few digits with units, a version, or the day of
/// a line of klog. More digits may be an account or an id.
pub(super) fn is_figure(word: &str) -> bool {
    if word.len() > LONGEST || digits(word) > MOST_DIGITS {
        return false;
    }
    let hex = word.strip_prefix("0x");
    if hex.is_some_and(|hex| !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit())) {
        return word.len() <= "0x".len() + MOST_DIGITS;
    }
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let klog = word.strip_prefix(['I', 'W', 'E', 'F']);
    if klog.is_some_and(|time| time.len() == 4 && is_digits(time)) {
        return true;
    }
    let version = word.strip_prefix('v').unwrap_or(word);
    let version = version.strip_prefix("go").unwrap_or(version);
    if is_digits(version) {
        return true;
    }
    let parts = version.split_once("beta").or(version.split_once("alpha"));
    let parts = parts.or(version.split_once("rc"));
    if parts.is_some_and(|(a, b)| is_digits(a) && is_digits(b)) {
        return true;
    }
    // Functions that Go's compiler makes.
    let made = ["func", "gowrap", "deferwrap", "range"];
    if let Some(number) = made.iter().find_map(|made| word.strip_prefix(made)) {
        return is_digits(number);
    }
    word.starts_with(|c: char| c.is_ascii_digit())
        && word
            .split(|c: char| c.is_ascii_digit())
            .all(|unit| UNITS.contains(&unit))
}

/// Whether a word is an id that nobody else has.
pub(super) fn is_uuid(word: &str) -> bool {
    let lengths = word.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_times_and_versions_are_figures() {
        for word in [
            "0", "500", "12MB", "93ms", "1m30", "0x4c9", "I1129", "v1", "v1beta2", "29T15",
            "func12", "1e", "64kB", "go1",
        ] {
            assert!(is_figure(word), "{word}");
        }
        for word in [
            "acme",
            "x1",
            "12acme",
            "0xyz",
            "Iabcd",
            "I11290",
            "a1b2",
            "v",
            "beta",
            "493036",
            "123456MB",
            "0x4c9c03",
            "func123456",
        ] {
            assert!(!is_figure(word), "{word}");
        }
    }
}
