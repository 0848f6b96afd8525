//! Addresses of machines: IPv4, IPv6 and those of network cards, in any spelling of their
//! characters.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{escapes, figures};

/// The address of a machine at the beginning of a text, and how many bytes it has. Those that
/// every machine has are none.
pub(super) fn address(text: &str) -> Option<usize> {
    // What may be read in several ways is hidden as far as any goes.
    [v6, card, v4].iter().filter_map(|kind| kind(text)).max()
}

/// The same where something stands before it: none begins inside a number. Behind a letter only
/// those of four numbers do, as in `ip10.0.0.1`.
pub(super) fn address_behind(before: &str, text: &str) -> Option<usize> {
    match escapes::last(before) {
        Some(c) if c.is_ascii_digit() => None,
        Some('.') if begins_inside(before) => None,
        Some(c) if c.is_alphanumeric() => v4(text),
        _ => address(text),
    }
}

/// Whether what begins behind a dot is the rest of a number with dots.
pub(super) fn begins_inside(before: &str) -> bool {
    let number = before.strip_suffix('.');
    number.is_some_and(|number| number.ends_with(is_digit))
}

/// Whether an address stands anywhere in a text.
pub(super) fn holds_address(text: &str) -> bool {
    let mut begins = text.char_indices().map(|(at, _)| text.split_at(at));
    begins.any(|(before, rest)| address_behind(before, rest).is_some())
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

fn is_hex(c: char) -> bool {
    c.is_ascii_hexdigit()
}

/// The characters of one kind that a text begins with, `most` of them and one more: how many there
/// are, and how many bytes they take.
fn run(text: &str, is_part: fn(char) -> bool, most: usize) -> (usize, usize) {
    let (mut count, mut length) = (0, 0);
    while let Some(c) = escapes::first(&text[length..]) {
        if !is_part(c.value) || count > most {
            break;
        }
        (count, length) = (count + 1, length + c.length);
    }
    (count, length)
}

/// How many bytes a separator takes.
fn separator(text: &str, wanted: char) -> Option<usize> {
    let c = escapes::first(text)?;
    (c.value == wanted).then_some(c.length)
}

fn goes_on(text: &str) -> bool {
    escapes::first(text).is_some_and(|c| c.value.is_alphanumeric())
}

/// Groups with one separator between them.
struct Groups<'t> {
    text: &'t str,
    separator: char,
    is_part: fn(char) -> bool,
    /// How many characters a group may have.
    most: usize,
    /// How many bytes were read.
    length: usize,
    groups: usize,
}

impl<'t> Groups<'t> {
    fn new(text: &'t str, separator: char, is_part: fn(char) -> bool, most: usize) -> Self {
        Self {
            text,
            separator,
            is_part,
            most,
            length: 0,
            groups: 0,
        }
    }
}

impl<'t> Iterator for Groups<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let separator = match self.groups {
            0 => 0,
            _ => separator(&self.text[self.length..], self.separator)?,
        };
        let rest = &self.text[self.length + separator..];
        let (count, length) = run(rest, self.is_part, self.most);
        if count == 0 || count > self.most {
            return None;
        }
        self.length += separator + length;
        self.groups += 1;
        Some(&rest[..length])
    }
}

/// Four numbers, parted by dots, or by dashes or underscores as in names of nodes.
fn v4(text: &str) -> Option<usize> {
    let begins = escapes::first(text).is_some_and(|c| is_digit(c.value));
    let separators = ['.', '-', '_'].into_iter();
    begins.then(|| { separators }.find_map(|c| four(text, c)))?
}

/// The value of digits, which may be escaped.
fn value(digits: &str) -> Option<u32> {
    let mut value: u32 = 0;
    let mut rest = digits;
    while let Some(c) = escapes::first(rest) {
        value = value.checked_mul(10)?.checked_add(c.value.to_digit(10)?)?;
        rest = &rest[c.length..];
    }
    Some(value)
}

/// The value of an octet, which may have leading zeros.
fn octet(digits: &str) -> Option<u8> {
    let is_short = run(digits, is_digit, 3).0 <= 3;
    is_short.then(|| u8::try_from(value(digits)?).ok())?
}

/// More than four numbers may be an address and its port, or have an address among them, as names
/// of SNMP have.
fn four(text: &str, separator: char) -> Option<usize> {
    /// More numbers in a row are hidden, but for dates.
    const FEW: usize = 5;
    /// A number that is no octet may stand before an address.
    const MOST_DIGITS: usize = 20;
    let mut groups = Groups::new(text, separator, is_digit, MOST_DIGITS);
    let (mut octets, mut ends) = ([None; FEW], [0; FEW]);
    let mut count = 0;
    while let Some(group) = groups.next() {
        // A number with letters behind it is another word.
        if count >= 4 && goes_on(&text[groups.length..]) {
            break;
        }
        if count < FEW {
            (octets[count], ends[count]) = (octet(group), groups.length);
        } else {
            ends[FEW - 1] = groups.length;
        }
        count += 1;
        // Numbers between dashes are often something else.
        if separator != '.' && count <= 4 && octets[count - 1].is_none() {
            return None;
        }
    }
    if count < 4 {
        return None;
    }
    let end = ends[count.min(FEW) - 1];
    let octets = &octets[..count.min(FEW)];
    if let [Some(a), Some(b), Some(c), Some(d), ref rest @ ..] = *octets {
        let address = Ipv4Addr::new(a, b, c, d);
        return match (count, rest) {
            (..=FEW, _) if address.is_loopback() || address.is_unspecified() => None,
            // A port is no octet.
            (FEW, [None]) if separator == '.' => Some(ends[3]),
            _ => Some(end),
        };
    }
    let mut tails = octets.windows(4).map(|four| &four[1..]);
    let has_address = tails.any(|tail| tail.iter().all(Option::is_some));
    let is_date = figures::dotted_date(text).is_some_and(|date| date >= end);
    (!is_date && (has_address || count > FEW)).then_some(end)
}

/// The address of a network card: octets of two digits, or words of four.
fn card(text: &str) -> Option<usize> {
    let begins = escapes::first(text).is_some_and(|c| is_hex(c.value));
    // The separator, the least and the most digits of a group, and the least number of groups.
    let forms = [
        (':', 1, 2, 6),
        ('-', 2, 2, 6),
        ('.', 2, 2, 6),
        ('.', 4, 4, 3),
        (':', 4, 4, 3),
    ];
    let mut forms = forms.into_iter();
    begins.then(|| {
        forms.find_map(|(separator, least, most, groups)| hex(text, separator, least, most, groups))
    })?
}

/// Groups of hexadecimal digits.
fn hex(text: &str, separator: char, least: usize, most: usize, groups: usize) -> Option<usize> {
    let mut found = Groups::new(text, separator, is_hex, most);
    let mut length = 0;
    let mut count = 0;
    let mut has_digit = most == 2;
    while let Some(group) = found.next() {
        let is_whole = run(group, is_hex, most).0 >= least;
        if !is_whole || goes_on(&text[found.length..]) {
            break;
        }
        has_digit |= run(group, is_letter_of_hex, most).0 < most;
        (length, count) = (found.length, count + 1);
    }
    (count >= groups && has_digit).then_some(length)
}

fn is_letter_of_hex(c: char) -> bool {
    is_hex(c) && !is_digit(c)
}

fn v6(text: &str) -> Option<usize> {
    const LONGEST: usize = 45;
    let begin = escapes::first(text)?;
    if !is_hex(begin.value) && begin.value != ':' {
        return None;
    }
    // Most words end before the first colon.
    let (digits, length) = run(text, is_hex, 4);
    if digits > 4 || separator(&text[length..], ':').is_none() {
        return None;
    }
    let mut plain = String::new();
    let mut ends = vec![0];
    let mut end = 0;
    while let Some(c) = escapes::first(&text[end..]) {
        let is_part = is_hex(c.value) || c.value == ':' || c.value == '.';
        if !is_part || plain.len() > LONGEST {
            break;
        }
        plain.push(c.value);
        end += c.length;
        ends.push(end);
    }
    // It ends where a group ends; what follows may be no part of it.
    let is_end = |at: usize| match plain.as_bytes().get(at) {
        Some(next) => b":.".contains(next),
        None => !goes_on(&text[end..]),
    };
    let mut found = (2..=plain.len()).rev().filter(|&at| is_end(at));
    found.find_map(|at| {
        let address = plain[..at].parse::<Ipv6Addr>().ok()?;
        let is_own = !address.is_loopback() && !address.is_unspecified();
        // Names of C++ and Rust may look like one.
        (is_own && plain[..at].contains(is_digit)).then_some(ends[at])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(&text[..address(text).unwrap_or(0)], expected, "{text}");
    }

    #[test]
    fn addresses_are_found_whole() {
        for whole in [
            "10.8.0.79",
            "010.8.0.80",
            "10-8-0-77",
            "10_8_0_77",
            "10%2E211%2e47%252E93",
            r"10\u002e211\x2e47\05693",
            "10&#46;211&#x2e;47&#46;93",
            "1.2.3.4.5.6",
            "1.3.6.1.2.1.4.20.1.1.10.211.47.93",
            "1.10.211.47.93",
            "2010.211.47.93",
            "fd00::17",
            "fd00:10:244::",
            "fd12%3A3456%3a789a%3A%3A77",
            "fd12%253A3456%253A%253A77",
            "::ffff:10.0.0.1",
            "52:54:00:12:34:56",
            "0a-1b-2c-3d-4e-5f",
            "0:1b:2c:3:4:5",
            "be:ad:de:ed:fa:ce",
            "52:54:00:ff:fe:12:34:56",
            "52-54-00-ff-fe-12-34-56",
            "5254.0012.3456",
            "52ab:0012:3456",
            "5254.00ff.fe12.3456",
            "52%3A54%3A00%3A12%3A34%3A56",
        ] {
            check(whole, whole);
        }
    }

    #[test]
    fn addresses_end_before_what_follows() {
        check("10.8.0.7:443", "10.8.0.7");
        check("10.8.0.7.", "10.8.0.7");
        check("10.8.0.79.443", "10.8.0.79");
        check("10-8-0-77.default.pod", "10-8-0-77");
        check("10-8-0-77-7d9c", "10-8-0-77");
        check("fd00::17]", "fd00::17");
        check("fd00::17%eth0", "fd00::17");
        check("fd00::17:error", "fd00::17");
        check("fd00::17:feedback", "fd00::17");
        check("fd00:10:244::/64", "fd00:10:244::");
        check("52:54:00:12:34:56.", "52:54:00:12:34:56");
    }

    #[test]
    fn times_versions_and_names_are_no_addresses() {
        for none in [
            "127.0.0.1:80",
            "0.0.0.0",
            "::1",
            "2026-11-29-15",
            "2026.11.29.15.39.55",
            "1-2-3",
            "19:38:51.123",
            "1.36.2",
            "10.0.22621.2506",
            "dec::add",
            "cafe1::Foo",
            "deadbeef-cafe-4242-8888-123456789abc",
            "dead.beef.cafe",
        ] {
            check(none, "");
        }
    }

    #[test]
    fn none_begins_inside_a_number() {
        let behind = |before, text| address_behind(before, text).unwrap_or(0);
        assert_eq!(behind("1", "0.8.0.7"), 0);
        assert_eq!(behind("9.", "10.8.0.7"), 0);
        assert_eq!(behind("ip", "10.8.0.7"), 8);
        assert_eq!(behind("servers.", "10.8.0.7"), 8);
        assert_eq!(behind("%20", "10.8.0.7"), 8);
        assert_eq!(behind(r"\u0028", "fd00::1"), 7);
        assert_eq!(behind("x", "fd00::1"), 0);
        assert!(holds_address("node-10-8-0-7"));
        assert!(!holds_address("node-2026-11-29"));
    }
}
