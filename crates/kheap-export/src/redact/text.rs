//! Lines of text: heap and goroutine profiles in their text forms, tables of `top`, metrics,
//! audit and server logs, versions.

use std::io::{self, BufRead, Write};

use super::{Redactor, public, words};

/// The longest line, in bytes. Audit events of level RequestResponse have some megabytes.
const MOST_LINE_BYTES: u64 = 64 << 20;

/// Redacts a text line by line.
struct Text<'r> {
    redactor: &'r mut Redactor,
    /// Whether the function that the next line places in a file is public.
    is_public: bool,
}

impl Redactor {
    /// Writes a text without private words.
    ///
    /// # Errors
    ///
    /// Those of reader and writer, and lines of more than 64 MiB.
    pub fn text(&mut self, mut input: impl BufRead, mut out: impl Write) -> io::Result<()> {
        let mut text = Text {
            redactor: self,
            is_public: false,
        };
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = io::Read::take(&mut input, MOST_LINE_BYTES).read_until(b'\n', &mut line)?;
            if read == 0 {
                return Ok(());
            }
            if read as u64 == MOST_LINE_BYTES {
                return Err(io::Error::other("a line is longer than 64 MiB"));
            }
            let whole = String::from_utf8_lossy(&line);
            let content = whole.trim_end_matches(['\n', '\r']);
            let ending = &whole[content.len()..];
            out.write_all(text.line(content).as_bytes())?;
            out.write_all(ending.as_bytes())?;
        }
    }

    /// A text without structure of its own, such as a comment or the name of a file.
    pub fn words(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let before = &text[..text.len() - rest.len()];
            let taken = self
                .take_address(rest, before)
                .or_else(|| self.take_symbol(rest, before));
            let (written, length) = taken.unwrap_or_else(|| self.take_word(rest));
            out.push_str(&written);
            rest = &rest[length..];
        }
        out
    }

    /// The name of a file: each of its words by itself, so that `heap` stays where it stands
    /// beside the name of a node.
    pub fn file_name(&mut self, name: &str) -> String {
        const ENDS: [char; 3] = ['-', '_', '.'];
        let mut out = String::with_capacity(name.len());
        let mut rest = name;
        while !rest.is_empty() {
            let before = &name[..name.len() - rest.len()];
            if let Some((address, length)) = self.take_address(rest, before) {
                out.push_str(&address);
                rest = &rest[length..];
                continue;
            }
            let end = rest.find(ENDS).unwrap_or(rest.len());
            let separators = rest[end..].len() - rest[end..].trim_start_matches(ENDS).len();
            let (word, after) = rest.split_at(end);
            if !word.is_empty() {
                out.push_str(&self.words(word));
            }
            out.push_str(&after[..separators]);
            rest = &after[separators..];
        }
        out
    }

    /// The address of a machine at the beginning of a text.
    fn take_address(&mut self, rest: &str, before: &str) -> Option<(String, usize)> {
        let is_inside = before.ends_with(|c: char| c.is_ascii_digit() || c == '.');
        let is_after_letter = before.ends_with(char::is_alphanumeric);
        let length = match (is_inside, is_after_letter) {
            (true, _) => return None,
            // What stands behind a letter may stand behind an escape, as in `%3D10.0.0.1`.
            (false, true) => words::v4(rest)?,
            (false, false) => words::address(rest)?,
        };
        Some((self.pseudonym(&rest[..length]), length))
    }

    /// A symbol of a package at the beginning of a text, such as
    /// `k8s.io/api/core/v1.(*Pod).Unmarshal`.
    fn take_symbol(&mut self, rest: &str, before: &str) -> Option<(String, usize)> {
        if before.ends_with(|c: char| !c.is_whitespace() && c != '"') {
            return None;
        }
        let is_end = |c: char| c.is_whitespace() || "\",;\\={}".contains(c);
        let length = rest.find(is_end).unwrap_or(rest.len());
        let chunk = &rest[..length];
        let host = chunk.split('/').next().filter(|host| host.len() < length)?;
        let is_host = host.contains('.') && !host.contains(':') && public::is_package(chunk);
        is_host.then(|| (self.symbol(chunk), length))
    }

    /// One word, or one separator, at the beginning of a text.
    fn take_word(&mut self, rest: &str) -> (String, usize) {
        let (mut word, mut length) = (String::new(), 0);
        while let Some(c) = next(&rest[length..]) {
            if !c.is_part {
                if word.is_empty() {
                    return (rest[..c.length].to_owned(), c.length);
                }
                break;
            }
            // An address is no part of a word, whatever stands before it.
            let is_inside = word.ends_with(|c: char| c.is_ascii_digit());
            if !word.is_empty() && !is_inside && words::v4(&rest[length..]).is_some() {
                break;
            }
            word.push(c.value);
            length += c.length;
        }
        // What is between words is separators: a dash in front is no part of an option.
        let dashes = word.len() - word.trim_start_matches(['-', '_']).len();
        if dashes > 0 {
            return (rest[..dashes].to_owned(), dashes);
        }
        match self.is_public_word(&word) {
            true => (rest[..length].to_owned(), length),
            false => (self.pseudonym(&word), length),
        }
    }
}

/// A character as it is meant: escapes of JSON and of URLs are undone.
struct Char {
    value: char,
    /// How many bytes it takes in the text.
    length: usize,
    /// Whether it is part of a word.
    is_part: bool,
}

fn next(text: &str) -> Option<Char> {
    let first = text.chars().next()?;
    let is_part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let hex = |from: usize, to: usize| {
        let digits = text.get(from..to)?;
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let code = is_hex
            .then(|| u32::from_str_radix(digits, 16).ok())
            .flatten()?;
        // Half of a character that takes two.
        Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
    };
    let escaped = |value: char, length: usize| Char {
        value,
        length,
        // Part of a letter of UTF-8.
        is_part: is_part(value) || !value.is_ascii(),
    };
    let escape = match (first, text.as_bytes().get(1)) {
        ('%', _) => hex(1, 3).map(|value| escaped(value, 3)),
        ('\\', Some(b'u')) => hex(2, 6).map(|value| escaped(value, 6)),
        ('\\', Some(b'x')) => hex(2, 4).map(|value| escaped(value, 4)),
        ('\\', Some(other)) if other.is_ascii() => Some(Char {
            value: '\\',
            length: 2,
            is_part: false,
        }),
        _ => None,
    };
    Some(escape.unwrap_or(Char {
        value: first,
        length: first.len_utf8(),
        is_part: is_part(first),
    }))
}

impl Text<'_> {
    fn line(&mut self, line: &str) -> String {
        let frame = line.strip_prefix("#\t0x");
        let is_hex = |address: &str| address.bytes().all(|byte| byte.is_ascii_hexdigit());
        let frame = frame.filter(|frame| is_hex(frame.split('\t').next().unwrap_or_default()));
        if let Some(frame) = frame {
            return format!("#\t0x{}", self.frame(frame));
        }
        if self.is_statistic(line) {
            return line.to_owned();
        }
        if let Some(metric) = self.metric(line) {
            return metric;
        }
        if let Some(row) = self.row(line) {
            return row;
        }
        if let Some(frame) = self.goroutine_frame(line) {
            return frame;
        }
        self.redactor.words(line)
    }

    /// A frame of `?debug=1`, behind its address: a symbol, and its file.
    fn frame(&mut self, frame: &str) -> String {
        let mut fields = frame.split('\t');
        let mut out = fields.next().unwrap_or_default().to_owned();
        let mut place = 0;
        for field in fields {
            out.push('\t');
            if field.is_empty() {
                continue;
            }
            out.push_str(&match place {
                0 => self.symbol_with_offset(field),
                _ => self.place(field),
            });
            place += 1;
        }
        out
    }

    fn symbol_with_offset(&mut self, text: &str) -> String {
        let (name, offset) = match text.rfind("+0x") {
            Some(at) => text.split_at(at),
            None => (text, ""),
        };
        let (name, is_public) = self.redactor.symbol_and_owner(name);
        self.is_public = is_public;
        name + &self.redactor.words(offset)
    }

    /// A file with its line, and what else is said of it.
    fn place(&mut self, text: &str) -> String {
        let end = text.rfind(".go:").map_or(text.len(), |at| at + ".go".len());
        let (file, rest) = text.split_at(end);
        self.redactor.source_file(file, self.is_public) + &self.redactor.words(rest)
    }

    /// A field of `runtime.MemStats` at the end of a heap in text form: a name and figures.
    fn is_statistic(&self, line: &str) -> bool {
        let Some((name, value)) = line
            .strip_prefix("# ")
            .and_then(|line| line.split_once(" = "))
        else {
            return false;
        };
        let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let is_figure = |c: char| c.is_ascii_digit() || " []-.+e/".contains(c);
        let is_value = value.chars().all(is_figure) || value == "true" || value == "false";
        is_name && name.starts_with(char::is_uppercase) && is_value || line == "# runtime.MemStats"
    }

    /// A line of /metrics whose metric is public.
    fn metric(&mut self, line: &str) -> Option<String> {
        let comment = line
            .strip_prefix("# HELP ")
            .or(line.strip_prefix("# TYPE "));
        if let Some(comment) = comment {
            let end = comment.find(' ').unwrap_or(comment.len());
            let (name, rest) = comment.split_at(end);
            let mark = &line[..line.len() - comment.len()];
            return public::is_metric(name)
                .then(|| format!("{mark}{name}{}", self.redactor.words(rest)));
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
        let end = line.find(|c| !is_name(c))?;
        let (name, rest) = line.split_at(end);
        let is_sample = rest.starts_with('{') || rest.starts_with(' ');
        let is_public = is_sample && name.contains('_') && public::is_metric(name);
        is_public.then(|| name.to_owned() + &self.redactor.words(rest))
    }

    /// A row of `top`: five figures, and a name.
    fn row(&mut self, line: &str) -> Option<String> {
        let mut rest = line.trim_start();
        for at in 0..5 {
            let end = rest.find(char::is_whitespace)?;
            let figure = &rest[..end];
            let is_figure = figure.starts_with(|c: char| c.is_ascii_digit() || c == '-');
            let is_share = figure.ends_with('%');
            if !is_figure || is_share != matches!(at, 1 | 2 | 4) {
                return None;
            }
            rest = rest[end..].trim_start();
        }
        let figures = &line[..line.len() - rest.len()];
        let (name, mark) = match rest.strip_suffix(" (inline)") {
            Some(name) => (name, " (inline)"),
            None => match rest.strip_suffix(" (partial-inline)") {
                Some(name) => (name, " (partial-inline)"),
                None => (rest, ""),
            },
        };
        Some(figures.to_owned() + &self.redactor.symbol(name) + mark)
    }

    /// A line of a stack of `?debug=2`.
    fn goroutine_frame(&mut self, line: &str) -> Option<String> {
        if line.starts_with('\t') && line.contains(".go:") {
            return Some(format!("\t{}", self.place(&line[1..])));
        }
        if let Some(creator) = line.strip_prefix("created by ") {
            let end = creator.find(" in goroutine ").unwrap_or(creator.len());
            let (name, rest) = creator.split_at(end);
            let name = self.symbol_with_offset(name);
            return Some(format!("created by {name}{}", self.redactor.words(rest)));
        }
        let name = line.strip_suffix(')')?;
        // The arguments are addresses in braces.
        let mut depth = 1;
        let open = name.char_indices().rev().find(|&(_, c)| {
            depth += i32::from(c == ')') - i32::from(c == '(');
            depth == 0
        });
        let (name, arguments) = line.split_at(open?.0);
        let is_argument = |c: char| c.is_ascii_hexdigit() || "x(){}?, .".contains(c);
        let is_frame = name.contains('.') && !name.contains(' ') || name.contains('[');
        (is_frame && arguments.chars().all(is_argument))
            .then(|| self.symbol_with_offset(name) + arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut out = Vec::new();
        Redactor::new(None, None)
            .text(text.as_bytes(), &mut out)
            .unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn frames_of_goroutines_keep_what_is_public() {
        check(
            "#\t0x4dea1d\tmain.chargeCard.func1+0x1d\tbilling/main.go:14\n",
            "#\t0x4dea1d\tmain.anon1.func1+0x1d\tanon2/main.go:14\n",
        );
        check(
            "goroutine 17 [chan receive, 2 minutes]:\n\
             billing/vault.(*Ledger).wait({0xc000, 0x1?})\n\
             \t/home/alice/billing/vault/ledger.go:7 +0x1d\n\
             created by net/http.(*Server).Serve in goroutine 1\n\
             \t/usr/local/go/src/net/http/server.go:3454 +0x485\n",
            "goroutine 17 [chan receive, 2 minutes]:\n\
             anon1/anon2.(*Anon3).wait({0xc000, 0x1?})\n\
             \t/home/anon4/anon1/anon2/anon5.go:7 +0x1d\n\
             created by net/http.(*Server).Serve in goroutine 1\n\
             \t/usr/local/go/src/net/http/server.go:3454 +0x485\n",
        );
    }

    #[test]
    fn statistics_of_the_runtime_stay() {
        let text = "# runtime.MemStats\n# HeapAlloc = 123\n# MSpan = 1 / 2\n# DebugGC = false\n";
        check(text, text);
    }

    #[test]
    fn metrics_keep_their_names_and_lose_private_labels() {
        check(
            "apiserver_request_total{code=\"200\",resource=\"pods\",verb=\"LIST\"} 12\n\
             apiserver_storage_objects{resource=\"tenants.acme.io\"} 7\n\
             acme_orders_total{customer=\"bob\"} 3\n",
            "apiserver_request_total{code=\"200\",resource=\"pods\",verb=\"LIST\"} 12\n\
             apiserver_storage_objects{resource=\"anon1.anon2.io\"} 7\n\
             anon3{anon4=\"anon5\"} 3\n",
        );
    }

    #[test]
    fn logs_keep_verbs_resources_and_times() {
        check(
            "I1129 15:39:55.634905    7497 httplog.go:134] \"HTTP\" verb=\"LIST\" \
             URI=\"/api/v1/namespaces/acme-prod/pods?limit=500&labelSelector=app%3Dweb\" \
             userAgent=\"acme-agent/1.2.3 (linux/amd64)\" srcIP=\"10.8.0.7:443\" resp=200\n",
            "I1129 15:39:55.634905    7497 httplog.go:134] \"HTTP\" verb=\"LIST\" \
             URI=\"/api/v1/namespaces/anon1/pods?limit=500&labelSelector=anon2%3Danon3\" \
             userAgent=\"anon4/1.2.3 (linux/amd64)\" srcIP=\"anon5:443\" resp=200\n",
        );
        check(
            r#"{"user":{"username":"system:serviceaccount:acme:b\u006fb"},"x":"a\nacme\ud83d\ude00 \u0026"}"#,
            r#"{"user":{"username":"system:serviceaccount:anon1:anon2"},"x":"a\nanon3 \u0026"}"#,
        );
    }

    #[test]
    fn rows_of_top_keep_their_figures() {
        check(
            "      flat  flat%   sum%        cum   cum%\n   \
             12MB 50.00% 50.00%    24MB   100%  acme.io/cart.(*Cart).Load (inline)\n",
            "      flat  flat%   sum%        cum   cum%\n   \
             12MB 50.00% 50.00%    24MB   100%  anon1.example/anon2.(*Anon3).Load (inline)\n",
        );
    }
}
