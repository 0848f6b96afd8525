//! Figures that stay in a text without structure: times and durations. Longer runs of digits may
//! be accounts or ids.

use super::words::DASHES;
use super::{addresses, escapes};

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

/// How far into a function an address is, as `+0x1d`: how many bytes that has.
pub(super) fn offset(text: &str) -> Option<usize> {
    /// An offset has 64 bits.
    const MOST_DIGITS: usize = 16;
    let hex = text.strip_prefix("+0x")?;
    let digits = hex.bytes().take_while(u8::is_ascii_hexdigit).count();
    let ends = !hex[digits..].starts_with(|c: char| c.is_alphanumeric());
    (ends && (1..=MOST_DIGITS).contains(&digits)).then_some("+0x".len() + digits)
}

/// The number of a line behind the name of a file, as `:14`: how many bytes that has.
pub(super) fn line_number(text: &str) -> Option<usize> {
    /// The line tables of Go's linker hold no more.
    const MOST_DIGITS: usize = 8;
    let digits = run(text.strip_prefix(':')?);
    (1..=MOST_DIGITS).contains(&digits).then_some(1 + digits)
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
    let first = *text.as_bytes().first()?;
    if !first.is_ascii_digit() && !matches!(first, b'I' | b'W' | b'E' | b'F') {
        return None;
    }
    let length = klog(text)
        .or_else(|| date(text))
        .or_else(|| clock(text))
        .or_else(|| duration(text))?;
    let rest = &text[length..];
    let is_of_word = |c: escapes::Char| c.is_part && !DASHES.contains(&c.value);
    let ends = !escapes::first(rest).is_some_and(is_of_word);
    let goes_on = rest.strip_prefix([':', '.']);
    let goes_on = goes_on.is_some_and(|rest| run(rest) > 0);
    (ends && !goes_on).then_some(length)
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
pub(super) fn date(text: &str) -> Option<usize> {
    let day = day(text)?;
    let rest = text[day..].strip_prefix(['T', 't', ' ', ':', '-', '_']);
    let clock = rest.and_then(|rest| clock(rest).or_else(|| clock_of_file(rest)));
    Some(day + clock.map_or(0, |clock| clock + 1))
}

/// The time of a day in the name of a file, behind the day: a colon is not allowed there.
fn clock_of_file(text: &str) -> Option<usize> {
    let forms = ["00-00-00", "00.00.00", "00_00_00"];
    let clock = forms.iter().find_map(|form| matches(text, form))?;
    let mut numbers = text[..clock].split(|c: char| !c.is_ascii_digit());
    let mut numbers = numbers.by_ref().map(str::parse::<u8>).zip([23, 59, 59]);
    let is_clock = numbers.all(|(number, most)| number.is_ok_and(|number| number <= most));
    let fraction = text[clock..].strip_prefix(['.', '-']).map_or(0, run);
    let fraction = if (3..=MOST_FRACTION).contains(&fraction) {
        fraction + 1
    } else {
        0
    };
    is_clock.then_some(clock + fraction)
}

/// A day, as `2026-11-29`, `29/11/2026`, or `29/Nov/2026` as web servers have it.
fn day(text: &str) -> Option<usize> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let number = |from: usize| text[from..from + 2].parse::<u8>().unwrap_or(0);
    let is_day = |month: usize, day: usize| {
        (1..=12).contains(&number(month)) && (1..=31).contains(&number(day))
    };
    let year_first = ["0000-00-00", "0000/00/00", "0000.00.00"];
    if let Some(length) = year_first.iter().find_map(|form| matches(text, form)) {
        return is_day(5, 8).then_some(length);
    }
    if let Some(length) = matches(text, "00/00/0000") {
        return (is_day(0, 3) || is_day(3, 0)).then_some(length);
    }
    let month = text.get(3..6).filter(|month| MONTHS.contains(month))?;
    matches(text, &format!("00/{month}/0000"))
}

/// A day with dots or dashes, perhaps with the time of the day: how many bytes it has.
pub(super) fn dotted_date(text: &str) -> Option<usize> {
    const FORMS: [&str; 4] = [
        "0000.00.00.00.00.00",
        "0000.00.00.00.00",
        "0000.00.00.00",
        "0000.00.00",
    ];
    let length = FORMS.iter().find_map(|form| {
        let dashes = form.replace('.', "-");
        matches(text, form).or_else(|| matches(text, &dashes))
    })?;
    let numbers = text[..length].split(['.', '-']);
    let mut numbers = numbers.skip(1).map(str::parse::<u8>);
    let most = [12, 31, 23, 59, 59];
    let mut numbers = numbers.by_ref().zip(most);
    numbers
        .all(|(number, most)| number.is_ok_and(|number| number <= most))
        .then_some(length)
}

/// The time of a day, with its zone.
pub(super) fn clock(text: &str) -> Option<usize> {
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

/// The most numbers in a row, and the most digits of three of them, that say nothing.
const MOST_NUMBERS: usize = 3;
const MOST_DIGITS_OF_THREE: usize = 8;

/// Numbers one after the other, as bytes and cards are written: how many bytes they have. A time,
/// an address, a fraction and a word that begins with digits are none of them.
pub(super) fn series(text: &str) -> Option<usize> {
    let (mut length, mut groups, mut digits) = (0, 0, 0);
    let mut next = 0;
    loop {
        let rest = &text[next..];
        let group = number(rest);
        if group == 0 {
            break;
        }
        let is_other = rest[group..].starts_with(char::is_alphanumeric)
            || fraction(&rest[group..])
            || time(rest).is_some()
            || addresses::address(rest).is_some();
        if is_other {
            break;
        }
        (groups, digits) = (groups + 1, digits + self::digits(&rest[..group]));
        length = next + group;
        let Some(separator) = separator(&text[length..]) else {
            break;
        };
        next = length + separator;
    }
    let is_long = groups > MOST_NUMBERS || groups == MOST_NUMBERS && digits > MOST_DIGITS_OF_THREE;
    is_long.then_some(length).or_else(|| dotted_series(text))
}

/// A number, decimal or hexadecimal as bytes are written.
fn number(text: &str) -> usize {
    const MOST_HEX: usize = 4;
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let hex = hex.map(|hex| hex.bytes().take_while(u8::is_ascii_hexdigit).count());
    match hex {
        Some(hex) if (1..=MOST_HEX).contains(&hex) => "0x".len() + hex,
        _ => run(text),
    }
}

/// Three numbers with dots between them, which are too long for a version.
fn dotted_series(text: &str) -> Option<usize> {
    let length = release(text)?;
    let is_long = text[..length].contains('.') && digits(&text[..length]) > MOST_DIGITS_OF_THREE;
    let ends = !text[length..].starts_with(|c: char| c.is_alphanumeric());
    (is_long && ends && dotted_date(text).is_none()).then_some(length)
}

/// Whether the rest of a number is a fraction.
pub(super) fn fraction(text: &str) -> bool {
    let rest = text.strip_prefix('.');
    rest.is_some_and(|rest| run(rest) > 0)
}

/// What stands between two numbers of a row, perhaps as an escape, and perhaps with a blank behind
/// it.
fn separator(text: &str) -> Option<usize> {
    let begin = unseen(text);
    let text = &text[begin..];
    let mark = escapes::first(text)?;
    let is_escaped = text.starts_with('\\') && text[1..].starts_with(['t', 'r', 'n', 'f', 'v']);
    let is_mark = matches!(mark.value, ',' | '-' | ':' | '/' | '+' | ';');
    if !is_mark && !mark.value.is_whitespace() && !is_escaped {
        return None;
    }
    let rest = &text[mark.length..];
    let blank = escapes::first(rest);
    let blank = blank.filter(|c| c.value == ' ' || c.value == '+');
    let blank = blank.map_or(0, |blank| blank.length);
    Some(begin + mark.length + blank + unseen(&rest[blank..]))
}

/// How many bytes of a text only say how it looks: tags of HTML and colours of a terminal.
fn unseen(text: &str) -> usize {
    const MOST: usize = 3;
    let mut length = 0;
    for _ in 0..MOST {
        let rest = &text[length..];
        let colour = escapes::first(rest).filter(|c| c.value == escapes::ESCAPE);
        let Some(unseen) = escapes::tag(rest).or(colour.map(|c| c.length)) else {
            break;
        };
        length += unseen;
    }
    length
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
    let (number, unit) = word.split_at(length);
    let has_digits = number.contains(|c: char| c.is_ascii_digit());
    // Between commas there are thousands; more dots are those of an address.
    let mut groups = number
        .split('.')
        .next()
        .unwrap_or_default()
        .split(',')
        .skip(1);
    has_digits
        && groups.all(|group| group.len() == 3)
        && number.matches('.').count() < 2
        && UNITS.contains(&unit)
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
            "29/11/2026 15:39:55",
            "29/Nov/2026:15:39:55 +0000",
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
            "01:02:03:04:05:06",
            "40/11/2026",
            r"15:39:55Z\u0041",
            "15:39:55Z😀",
        ] {
            assert_eq!(taken(none), "", "{none}");
        }
    }

    #[test]
    fn numbers_in_a_row_are_one() {
        let length = |text: &str| {
            series(text)
                .or_else(|| addresses::address(text))
                .unwrap_or(0)
        };
        let taken = |text: &str| text[..length(text)].to_owned();
        assert_eq!(taken("4111 1111 1111 1111."), "4111 1111 1111 1111");
        assert_eq!(taken("115, 101, 99, 114]"), "115, 101, 99, 114");
        assert_eq!(taken("123-45-6789"), "123-45-6789");
        assert_eq!(taken("1 2 3"), "");
        assert_eq!(taken("12 of 34"), "");
        for whole in [
            "4111%201111%201111%201111",
            "1%2C2%2C3%2C4",
            "115; 101; 99; 114",
            "0xa, 0x0, 0x0, 0x1",
            "0xa,0x0,0x0,0x1",
            r"1\t2\t3\t4",
            r"1\r2\f3\n4",
            "10\r211\r47\r93",
            "10\u{c}211\u{b}47\u{2028}93",
            "10&nbsp;211&Tab;47&emsp;93",
            "078.05.1120",
        ] {
            assert_eq!(taken(whole), whole);
        }
    }

    #[test]
    fn a_row_of_numbers_ends_before_another_word() {
        let taken = |text: &str| text[..series(text).unwrap_or(0)].to_owned();
        assert_eq!(taken("200 15 30 10.211.47.93"), "");
        assert_eq!(taken("1 2 3 4 10.211.47.93"), "1 2 3 4");
        assert_eq!(taken("12 13 14 01:02:03:04:05:06"), "");
        assert_eq!(taken("443 1 2 10-211-47-93"), "");
        assert_eq!(taken("29 15:39:55 7 8"), "");
        assert_eq!(taken("1 2 3 4 5.5"), "1 2 3 4");
        assert_eq!(taken("1.36.2 go1.27.3"), "");
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
