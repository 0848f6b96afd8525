//! Figures that stay in a text without structure: times and durations. Longer runs of digits may
//! be accounts or ids.

/// How many digits a word may have and be a figure that says nothing.
pub(super) const MOST_DIGITS: usize = 5;

/// How many digits of a second are written.
const MOST_FRACTION: usize = 9;

/// The longest number of a process or thread.
const MOST_PID_DIGITS: usize = 7;

/// How many digits a word has.
pub(super) fn digits(word: &str) -> usize {
    word.bytes().filter(u8::is_ascii_digit).count()
}

/// How many bytes of digits a text begins with.
pub(super) fn run(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// Whether a text begins like a pattern, in which `0` stands for a digit; how many bytes it takes.
fn matches(text: &str, pattern: &str) -> Option<usize> {
    let text = text.as_bytes().get(..pattern.len())?;
    let mut pairs = text.iter().zip(pattern.bytes());
    pairs
        .all(|(&byte, wanted)| match wanted {
            b'0' => byte.is_ascii_digit(),
            wanted => byte == wanted,
        })
        .then_some(pattern.len())
}

/// Three short numbers with dots between them: how many bytes they have.
pub(super) fn release(text: &str) -> Option<usize> {
    let mut length = 0;
    for at in 0..3 {
        if at > 0 {
            length += usize::from(text[length..].starts_with('.'));
        }
        let number = run(&text[length..]);
        if !(1..=MOST_DIGITS).contains(&number) {
            return None;
        }
        length += number;
    }
    Some(length)
}

/// A time, a date or a duration at the beginning of a text: how many bytes it has.
pub(super) fn time(text: &str) -> Option<usize> {
    let length = klog(text)
        .or_else(|| date(text))
        .or_else(|| clock(text))
        .or_else(|| duration(text))?;
    let ends = !text[length..].starts_with(|c: char| c.is_alphanumeric());
    ends.then_some(length)
}

/// The beginning of a line of klog, up to the number of the thread.
fn klog(text: &str) -> Option<usize> {
    let rest = text.strip_prefix(['I', 'W', 'E', 'F'])?;
    let time = 1 + matches(rest, "0000 00:00:00.000000 ")?;
    let blanks = text[time..].len() - text[time..].trim_start_matches(' ').len();
    let pid = run(&text[time + blanks..]);
    let end = time + blanks + pid;
    (1..=MOST_PID_DIGITS).contains(&pid).then_some(end)
}

/// A day, perhaps with the time of the day.
fn date(text: &str) -> Option<usize> {
    let day = matches(text, "0000-00-00").or(matches(text, "0000/00/00"))?;
    let number = |from: usize| text[from..from + 2].parse::<u8>().unwrap_or(0);
    let is_date = (1..=12).contains(&number(5)) && (1..=31).contains(&number(8));
    let rest = text[day..].strip_prefix(['T', 't', ' ']);
    let clock = rest.and_then(clock).map_or(0, |clock| clock + 1);
    is_date.then_some(day + clock)
}

/// The time of a day, with its zone.
fn clock(text: &str) -> Option<usize> {
    let mut length = matches(text, "00:00:00")?;
    if text[length..].starts_with(['.', ',']) {
        let fraction = run(&text[length + 1..]);
        if (1..=MOST_FRACTION).contains(&fraction) {
            length += 1 + fraction;
        }
    }
    let zone = &text[length..];
    let zones = [
        "+00:00", "-00:00", "+0000", "-0000", " +0000", " -0000", "Z", "z",
    ];
    let zone = zones.iter().find_map(|pattern| matches(zone, pattern));
    Some(length + zone.unwrap_or(0))
}

/// Numbers with units of time, such as `1m30.123456789s`.
fn duration(text: &str) -> Option<usize> {
    const UNITS: [&str; 10] = [
        "ns", "us", "\u{b5}s", "\u{3bc}s", "\\u00b5s", "\\u03bcs", "ms", "s", "m", "h",
    ];
    let mut length = 0;
    loop {
        let rest = &text[length..];
        let whole = run(rest);
        if whole == 0 {
            return (length > 0).then_some(length);
        }
        let mut end = whole;
        if rest[end..].starts_with('.') {
            let fraction = run(&rest[end + 1..]);
            if fraction > MOST_FRACTION {
                return None;
            }
            end += 1 + fraction;
        }
        let unit = UNITS.iter().find(|unit| rest[end..].starts_with(**unit))?;
        if whole > MOST_DIGITS {
            return None;
        }
        length += end + unit.len();
    }
}

/// Numbers one after the other, as bytes and cards are written: how many bytes they have.
pub(super) fn series(text: &str) -> Option<usize> {
    const MOST_GROUPS: usize = 3;
    const MOST_DIGITS_IN_ALL: usize = 8;
    let (mut length, mut groups, mut digits) = (0, 0, 0);
    // Where the last number but one ends.
    let mut before = (0, 0, 0);
    let mut end = 0;
    loop {
        let group = run(&text[length..]);
        if group == 0 {
            break;
        }
        before = (end, groups, digits);
        (groups, digits) = (groups + 1, digits + group);
        length += group;
        end = length;
        let separators = [", ", ",", " ", "-"];
        let separator = separators
            .iter()
            .find(|separator| text[length..].starts_with(**separator));
        let next = separator.map_or(0, |separator| separator.len());
        if next == 0 || run(&text[length + next..]) == 0 {
            break;
        }
        length += next;
    }
    // A number with letters behind it is none of them.
    if text[length..].starts_with(|c: char| c.is_alphanumeric()) {
        (length, groups, digits) = before;
    }
    let is_long = groups > MOST_GROUPS || groups == MOST_GROUPS && digits > MOST_DIGITS_IN_ALL;
    is_long.then_some(length)
}

/// A number of JSON at the beginning of a text.
pub(super) fn json_number(text: &str) -> Option<usize> {
    let is_part = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
    let length = text.find(|c| !is_part(c)).unwrap_or(text.len());
    let number = &text[..length];
    let begins = number.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    (begins && number.parse::<f64>().is_ok()).then_some(length)
}

/// A value of a profile as tables have it: a number with a unit, or a share.
pub(super) fn is_amount(word: &str) -> bool {
    const UNITS: [&str; 22] = [
        "", "%", "B", "kB", "KB", "MB", "GB", "TB", "PB", "KiB", "MiB", "GiB", "TiB", "ns", "us",
        "ms", "s", "mins", "hrs", "days", "k", "M",
    ];
    let word = word.strip_prefix(['-', '+']).unwrap_or(word);
    let is_part = |c: char| c.is_ascii_digit() || c == '.' || c == ',';
    let length = word.find(|c| !is_part(c)).unwrap_or(word.len());
    word[..length].contains(|c: char| c.is_ascii_digit()) && UNITS.contains(&&word[length..])
}

/// Whether a column is the address of a function, as `top -addresses` writes it.
pub(super) fn is_address(word: &str) -> bool {
    word.len() == 16
        && word.bytes().all(|byte| byte.is_ascii_hexdigit())
        && word.starts_with("0000")
}

/// A version at the beginning of a text, with what a private build adds.
pub(super) fn version(text: &str) -> Option<usize> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || ".-+_".contains(c);
    let length = text.find(|c| !is_part(c)).unwrap_or(text.len());
    let version = text[..length].trim_end_matches(['.', '-', '+', '_']);
    let numbers = version.strip_prefix('v').unwrap_or(version);
    let major = run(numbers);
    let is_version = major > 0
        && numbers[major..]
            .strip_prefix('.')
            .is_some_and(|minor| run(minor) > 0);
    is_version.then_some(version.len())
}

/// How much of a version of a public module is public: not what a fork adds to it.
pub(super) fn public_version(version: &str) -> usize {
    let mut end = usize::from(version.starts_with('v'));
    for at in 0..3 {
        let digits = run(&version[end..]);
        if digits == 0 {
            return 0;
        }
        end += digits;
        if at < 2 {
            match version[end..].starts_with('.') {
                true => end += 1,
                false => return end,
            }
        }
    }
    let rest = &version[end..];
    // That of a commit: its time and its hash.
    let commit = ["-00000000000000-", "-0.00000000000000-"]
        .iter()
        .find_map(|pattern| matches(rest, pattern));
    if let Some(time) = commit {
        let hash = rest[time..]
            .bytes()
            .take_while(u8::is_ascii_hexdigit)
            .count();
        end += if hash == 12 { time + hash } else { 0 };
    }
    for word in ["-alpha", "-beta", "-rc"] {
        if let Some(number) = version[end..].strip_prefix(word) {
            let number = number
                .bytes()
                .take_while(|b| b.is_ascii_digit() || *b == b'.');
            end += word.len() + number.count();
        }
    }
    if version[end..].starts_with("+incompatible") {
        end += "+incompatible".len();
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_durations_are_found_whole() {
        let taken = |text: &str| text[..time(text).unwrap_or(0)].to_owned();
        for whole in [
            "I1129 15:39:55.634905    7497",
            "2026-11-29T15:39:55.493036Z",
            "2026-11-29T15:39:55.493036123+01:00",
            "2026-11-29 15:39:55.123 +0000",
            "2026-11-29",
            "2026/11/29 15:39:55",
            "15:39:55.634905",
            "93.123456ms",
            "1m30.123456789s",
            "12\u{b5}s",
        ] {
            assert_eq!(taken(whole), whole);
        }
        for none in [
            "123456ms",
            "20261129",
            "1234-56-78",
            "12",
            "12acme",
            "1:2:3",
        ] {
            assert_eq!(taken(none), "", "{none}");
        }
    }

    #[test]
    fn numbers_in_a_row_are_one() {
        let taken = |text: &str| text[..series(text).unwrap_or(0)].to_owned();
        assert_eq!(taken("4111 1111 1111 1111."), "4111 1111 1111 1111");
        assert_eq!(taken("115, 101, 99, 114]"), "115, 101, 99, 114");
        assert_eq!(taken("123-45-6789"), "123-45-6789");
        assert_eq!(taken("1 2 3"), "");
        assert_eq!(taken("12 of 34"), "");
    }

    #[test]
    fn versions_of_forks_end_where_the_fork_begins() {
        let public = |version: &str| version[..public_version(version)].to_owned();
        for whole in [
            "v1.2.3",
            "v0.34.1-rc.0",
            "v2.0.0+incompatible",
            "v0.0.0-20230101123456-abcdef123456",
            "v1.2.4-0.20230101123456-abcdef123456",
        ] {
            assert_eq!(public(whole), whole);
        }
        assert_eq!(public("v0.34.1-acme.5"), "v0.34.1");
        assert_eq!(public("acme"), "");
    }
}
