//! Text without structure of its own: its words, one by one.

use kheap_text::is_visible;

use super::addresses::next;
use super::escapes::ESCAPE;
use super::nested::{self, Edit};
use super::words::DASHES;
use super::{Redactor, addresses, escapes, exact, figures, public};

/// Whether what follows a text is escaped by a backslash at its end.
fn is_escaped(before: &str) -> bool {
    let backslashes = before.len() - before.trim_end_matches('\\').len();
    backslashes % 2 == 1
}

/// Whether a path of Windows begins with a text, whose backslashes are not escaped:
/// `C:\\temp` would be a string of a program.
fn begins_path(before: &str, text: &str) -> bool {
    let mut chars = text.chars();
    let mut is_next = |is_part: fn(char) -> bool| chars.next().is_some_and(is_part);
    let is_drive = is_next(|c| c.is_ascii_alphabetic()) && is_next(|c| c == ':');
    is_drive
        && is_next(|c| c == '\\')
        && is_next(char::is_alphanumeric)
        // An escape may stand before a blank, a list or another escape.
        && is_next(|c| c.is_alphanumeric() || c == '_' || c == '.')
        && !escapes::last(before).is_some_and(|c| c.is_alphanumeric() || c == '_')
}

/// The drive of a path of Windows, or the backslash before a letter in one, which is no escape.
fn take_of_path(before: &str, text: &str) -> Option<(String, usize)> {
    let is_folder = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_backslash = text.strip_prefix('\\').is_some_and(is_folder);
    (is_backslash || begins_path(before, text)).then(|| (text[..1].to_owned(), 1))
}

impl Redactor {
    /// A text without structure of its own, such as a comment or the name of a file. Where JSON
    /// stands in it, that stays JSON.
    pub fn words(&mut self, text: &str) -> String {
        nested::edited(text, &self.edits(text, "", 0))
    }

    /// What is hidden of the words of a text from `begin` on. `is_json` is true where it may be the
    /// beginning of JSON, whose end is missing.
    pub(super) fn words_behind(&mut self, text: &str, begin: usize, is_json: bool) -> Vec<Edit> {
        let mut edits = Vec::new();
        let mut is_quoted = false;
        // What has a path that is not escaped has no escapes up to the next quote.
        let mut has_path = false;
        // Where the last pseudonym ends.
        let mut hidden = None;
        let mut rest = &text[begin..];
        while !rest.is_empty() {
            let before = &text[..text.len() - rest.len()];
            let is_list = is_json && !is_quoted;
            has_path |= begins_path(before, rest);
            let taken = self
                .take_address(rest, before)
                .map(|taken| quoted(taken, rest, before, is_list))
                .or_else(|| self.take_password(rest))
                .or_else(|| take_figure(rest, before))
                .or_else(|| take_release(rest, before))
                .or_else(|| is_list.then(|| self.take_json(rest, before))?)
                .or_else(|| {
                    let taken = self.take_series(rest, before)?;
                    Some(quoted(taken, rest, before, is_list))
                })
                .or_else(|| self.take_version(rest, &before[hidden?..]))
                .or_else(|| self.take_symbol(rest, before))
                .or_else(|| has_path.then(|| take_of_path(before, rest))?);
            let (written, length) = taken.unwrap_or_else(|| self.take_word(rest, before));
            is_quoted ^= &rest[..length] == "\"" && !is_escaped(before);
            has_path &= !rest[..length].ends_with('"');
            if written != rest[..length] {
                let end = before.len() + length;
                hidden = Some(end);
                edits.push(Edit {
                    begin: before.len(),
                    end,
                    text: written,
                });
            }
            rest = &rest[length..];
        }
        edits
    }

    /// A text with grammar of its own, such as a symbol: `other` hides what is private of each part
    /// without an address.
    pub(super) fn around_addresses(
        &mut self,
        text: &str,
        mut other: impl FnMut(&mut Self, &str) -> String,
    ) -> String {
        let mut out = String::with_capacity(text.len());
        let (mut begin, mut at) = (0, 0);
        while at < text.len() {
            let (before, rest) = text.split_at(at);
            let figure = take_figure(rest, before).map(|(_, length)| length);
            let row = self.take_address(rest, before);
            let row = row.or_else(|| match figure {
                Some(_) => None,
                None => self.take_series(rest, before),
            });
            let Some((hidden, length)) = row else {
                at += figure.or_else(|| Some(next(rest)?.length)).unwrap_or(1);
                continue;
            };
            if begin < at {
                out += &other(self, &text[begin..at]);
            }
            out += &hidden;
            at += length;
            begin = at;
        }
        match begin < at {
            true => out + &other(self, &text[begin..]),
            false => out,
        }
    }

    /// The name of a file, without characters that nobody sees.
    pub fn file_name(&mut self, name: &str) -> String {
        let copied = self.around_addresses(name, Self::words_of_file_name);
        let visible = copied.chars().map(|c| if is_visible(c) { c } else { '_' });
        visible.collect()
    }

    fn words_of_file_name(&mut self, name: &str) -> String {
        let parts = name.split('.').map(|part| self.words(part));
        parts.collect::<Vec<_>>().join(".")
    }

    /// A number of JSON, as a string where it is long: a number may be an account.
    fn take_json(&mut self, rest: &str, before: &str) -> Option<(String, usize)> {
        let is_number = rest.starts_with(|c: char| c.is_ascii_digit() || c == '-');
        if !is_number || !before.trim_end().ends_with([':', ',', '[']) {
            return None;
        }
        let length = figures::json_number(rest)?;
        let number = &rest[..length];
        if figures::digits(number) <= figures::MOST_DIGITS {
            return figures::series(rest)
                .is_none()
                .then(|| (number.to_owned(), length));
        }
        let hidden = self.hide(number);
        let quote = if hidden == number { "" } else { "\"" };
        Some((format!("{quote}{hidden}{quote}"), length))
    }

    /// Numbers one after the other, which may be bytes or a card.
    fn take_series(&mut self, rest: &str, before: &str) -> Option<(String, usize)> {
        let length = figures::series(rest)?;
        let is_inside = escapes::last(before).is_some_and(char::is_alphanumeric);
        if is_inside {
            return None;
        }
        Some((self.hide(&rest[..length]), length))
    }

    /// The version of what has just got a pseudonym; `between` is what stands between them.
    fn take_version(&mut self, rest: &str, between: &str) -> Option<(String, usize)> {
        // A long row of numbers is not read again for each of its words.
        if !matches!(between, "@" | "/" | " " | "\t") {
            return None;
        }
        let length = figures::version(rest)?;
        let version = &rest[..length];
        let is_bound = match between {
            "@" | "/" => true,
            _ => version.starts_with('v') && version.matches('.').count() > 1,
        };
        // What a fork adds is called the same elsewhere.
        let numbers = version.find(['-', '+', '_']).unwrap_or(length);
        is_bound.then(|| {
            let (numbers, added) = version.split_at(numbers);
            (self.hide(numbers) + &self.words(added), length)
        })
    }

    /// The address of a machine at the beginning of a text.
    fn take_address(&mut self, rest: &str, before: &str) -> Option<(String, usize)> {
        let length = addresses::address_behind(before, rest)?;
        let plain = addresses::plain(&rest[..length]);
        // What stands right behind it is part of its name: a pseudonym must end.
        let length = length + word_length(&rest[length..]);
        // Two backslashes mean one: the first cannot stand alone.
        let kept = if rest.starts_with('\\') && is_escaped(before) {
            "\\"
        } else {
            ""
        };
        Some((format!("{kept}{}", self.pseudonym(&plain)), length))
    }

    /// The user and the password of a URL, from `://` on: a password may be a public word, or a
    /// figure.
    fn take_password(&mut self, rest: &str) -> Option<(String, usize)> {
        const LONGEST: usize = 200;
        let (mut length, mut begin) = (0, None);
        for at in 0..LONGEST {
            let c = escapes::first(&rest[length..])?;
            match (at, c.value) {
                (0, ':') | (1 | 2, '/') => {}
                (0..=2, _) => return None,
                (_, ':') => begin = begin.or(Some(length + c.length)),
                (_, '@') => break,
                (_, c) if c.is_whitespace() || "/?#\"'\\<>".contains(c) => return None,
                _ => {}
            }
            length += c.length;
        }
        let (user, password) = rest[..length].split_at(begin.filter(|&begin| begin < length)?);
        let password = escapes::undone(password);
        Some((self.words(user) + &self.hide(&password), length))
    }

    /// A symbol of a package at the beginning of a text, such as
    /// `k8s.io/api/core/v1.(*Pod).Unmarshal`.
    fn take_symbol(&mut self, rest: &str, before: &str) -> Option<(String, usize)> {
        if before.ends_with(|c: char| !c.is_whitespace() && c != '"') {
            return None;
        }
        let is_end = |c: char| c.is_whitespace() || c == ESCAPE || "\",;\\={}".contains(c);
        let length = rest.find(is_end).unwrap_or(rest.len());
        let host = rest[..length].split_once('/');
        host.filter(|(host, _)| host.contains('.') && !host.contains(':'))?;
        // It ends before an address, which may go on behind it.
        let length = addresses::begin_of_row(rest, length).unwrap_or(length);
        let chunk = &rest[..length];
        let host = chunk.split('/').next().filter(|host| host.len() < length)?;
        let is_host = host.contains('.') && !host.contains(':') && public::is_package(chunk);
        is_host.then(|| (self.symbol(chunk), length))
    }

    /// One word, or one separator, at the beginning of a text.
    fn take_word(&mut self, rest: &str, before: &str) -> (String, usize) {
        let (mut word, mut length) = (String::new(), 0);
        while let Some(c) = next(&rest[length..]) {
            if !c.is_part {
                if word.is_empty() {
                    return (rest[..c.length].to_owned(), c.length);
                }
                break;
            }
            // What is between words is separators: a dash in front is no part of an option.
            if word.is_empty() && DASHES.contains(&c.value) {
                return (rest[..c.length].to_owned(), c.length);
            }
            // Neither a day nor an address is part of a word, whatever stands before it.
            let is_apart = word.ends_with(DASHES);
            if is_apart && take_figure(&rest[length..], &rest[..length]).is_some() {
                break;
            }
            if !word.is_empty() && begins_address(&word, before, &rest[length..]) {
                break;
            }
            word.push(c.value);
            length += c.length;
        }
        let word = exact::of_bytes(&exact::bytes(&word)).into_owned();
        match self.is_public_word(&word) {
            true => (rest[..length].to_owned(), length),
            // What is not hidden stays as it is written.
            false => match self.hidden_word(&word) {
                hidden if hidden == word => (rest[..length].to_owned(), length),
                hidden => (hidden, length),
            },
        }
    }
}

/// What stands for numbers of a list of JSON as a string: a word is no value.
fn quoted(
    (hidden, length): (String, usize),
    rest: &str,
    before: &str,
    is_list: bool,
) -> (String, usize) {
    let numbers = &rest[..length];
    let is_value = is_list && before.trim_end().ends_with(['[', ',']);
    match is_value && numbers.contains(',') && hidden != numbers {
        true => (format!("\"{hidden}\""), length),
        false => (hidden, length),
    }
}

/// How many bytes of letters and digits a text begins with.
fn word_length(text: &str) -> usize {
    let mut length = 0;
    while let Some(c) = escapes::first(&text[length..]) {
        if !c.value.is_alphanumeric() {
            break;
        }
        length += c.length;
    }
    length
}

/// Whether an address or a row of numbers begins behind the first characters of a word.
fn begins_address(word: &str, before: &str, rest: &str) -> bool {
    // JSON in JSON: the letter belongs to the backslash.
    let is_escape = before.ends_with('\\') && matches!(word, "n" | "r" | "t");
    let word = if is_escape { "" } else { word };
    let is_begin = !word.ends_with(char::is_alphanumeric);
    addresses::address_behind(word, rest).is_some() || is_begin && figures::series(rest).is_some()
}

/// A figure at the beginning of a text that stays, however long it is: a time, a duration, or the
/// value of a field whose values say nothing.
pub(super) fn take_figure(rest: &str, before: &str) -> Option<(String, usize)> {
    const FIELDS: [&str; 15] = [
        "size:",
        "count:",
        "limit=",
        "limit:",
        "\"ts\":",
        "\"ts\": ",
        "ts=",
        "le=\"",
        "quantile=\"",
        "memory limit ",
        "resourceVersion=",
        "resourceVersion%3D",
        "\"resourceVersion\":\"",
        "resourceVersion=\"",
        "heap/",
    ];
    // Few characters begin one, and all are looked at.
    if !rest.starts_with(|c: char| c.is_ascii_digit() || "-IWEF".contains(c)) {
        return None;
    }
    let time = figures::time(rest);
    let is_day = time.is_some() && figures::date(rest).is_some();
    if escapes::last(before).is_some_and(|c| c.is_alphanumeric() || c == '_' && !is_day) {
        return None;
    }
    let of_field = || {
        let is_field = FIELDS.iter().any(|field| {
            let key = before.strip_suffix(field);
            let is_part = |c: char| c.is_alphanumeric() || c == '_';
            key.is_some_and(|key| !escapes::last(key).is_some_and(is_part))
        });
        is_field.then(|| figures::json_number(rest))?
    };
    let length = time.or_else(of_field)?;
    Some((rest[..length].to_owned(), length))
}

/// The numbers of a release, such as `v1.36.2-` of `v1.36.2-acme.7`: what a vendor adds to them is
/// no part of them.
fn take_release(rest: &str, before: &str) -> Option<(String, usize)> {
    if before.ends_with(|c: char| c.is_alphanumeric() || "._-".contains(c)) {
        return None;
    }
    let marks = ["v", "go", ""];
    let numbers = marks.iter().find_map(|mark| rest.strip_prefix(mark))?;
    let length = figures::release(numbers)?;
    let is_followed = numbers[length..].starts_with(['-', '+']);
    let whole = rest.len() - numbers.len() + length + 1;
    is_followed.then(|| (rest[..whole].to_owned(), whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(Redactor::new(None, None).words(text), expected);
    }

    #[test]
    fn colours_stay() {
        check(
            "\u{1b}[1;38;5;196mfleet \u{1b}[0m fleet",
            "\u{1b}[1;38;5;196manon1 \u{1b}[0m anon1",
        );
        check("\u{1b}[0;38;5;196m10.0.0.7", "\u{1b}[0;38;5;196manon1");
        check(
            "k8s.io/api/core/v1.Pod\u{1b}[38;2;255;255;255mfleet",
            "k8s.io/api/core/v1.Pod\u{1b}[38;2;255;255;255manon1",
        );
        check("\u{1b}[10;211;47;93mfleet", "\u{1b}[anon1");
        check("\u{1b}(Bfleet\u{1b}(B", "\u{1b}(Banon1\u{1b}(B");
        check("\u{1b}(B10.211.47.93", "\u{1b}(Banon1");
        check(
            "\u{1b}]8;;https://fleet/a\u{1b}\\fleet\u{1b}]8;;\u{1b}\\10.211.47.93",
            "\u{1b}]8;;https://anon1/a\u{1b}\\anon1\u{1b}]8;;\u{1b}\\anon2",
        );
        check("\u{9b}10;211;47;93mfleet", "anon1anon2");
        check("\u{9b}fleet", "anon1");
        check("\u{1b}[zwhost\u{1b}[Kzwhost", "\u{1b}[anon1\u{1b}[Kanon1");
        check("\u{1b}(zwhost\u{1b}(Bzwhost", "\u{1b}(anon1\u{1b}(Banon1");
    }

    #[test]
    fn a_backslash_of_a_path_is_no_escape() {
        for (text, expected) in [
            (
                r#"p="C:\temp\new\zwhost" zwhost\nzwhost"#,
                r#"anon1="C:\anon2\new\anon3" anon3\nanon3"#,
            ),
            (
                r"open C:\Users\zwmaria\nzwhost\u0041.log: zwhost, nzwhost",
                r"open C:\Anon1\anon2\anon3.log: anon4, anon5",
            ),
            (
                r"d:\zwhost pods\tzwhost\x64 tzwhost",
                r"d:\anon1 pods\anon2 anon3",
            ),
            (
                r"C:\zwhost\10.211.47.93\nzwhost nzwhost",
                "C:\\anon1\\anon2\\anon3 anon3",
            ),
            // A string of a program, and a text with escapes.
            (r"C:\\zwhost\nzwhost", r"Anon1:\\anon2\nanon2"),
            (r"a:\n- zwhost\nzwhost", r"a:\n- anon1\nanon1"),
            (r"pod:\nzwhost", r"pod:\nanon1"),
        ] {
            check(text, expected);
            check(expected, expected);
        }
    }

    #[test]
    fn halves_of_a_character_stay_together() {
        check(r"\ud83d\ude00\n172.19.233.71", r"anon1\nanon2");
    }

    #[test]
    fn passwords_of_urls_are_hidden() {
        check("https://user:12345@host/", "https://user:anon1@host/");
        check("https://user:test@host:443", "https://user:anon1@host:443");
        check(
            "url=https%3A%2F%2Fuser%3A12345%40host",
            "url=https%3A%2F%2Fuser%3Aanon1%40host",
        );
        check(
            "https://host:443/a?at=12:30@x",
            "https://host:443/a?at=12:30@x",
        );
        check("https://user@host:443", "https://user@host:443");
    }

    #[test]
    fn a_day_begins_behind_any_dash_and_no_other_time_does() {
        check("fleet_2026-11-29", "anon1_2026-11-29");
        check("fleet_10h20m300s", "anon1");
    }

    #[test]
    fn addresses_whose_digits_are_the_same_are_two() {
        let mut redactor = Redactor::new(None, None);
        let rows = [
            "10</td><td>1</td><td>11</td><td>1",
            "1</td><td>01</td><td>1</td><td>11",
        ];
        let copies = rows.map(|row| redactor.words(row));
        assert_eq!(copies, ["anon1", "anon2"]);
        assert_eq!(redactor.words(rows[0]), "anon1");
    }
}
