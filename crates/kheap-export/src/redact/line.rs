//! Lines of text: heap and goroutine profiles in their text forms, tables of `top`, metrics,
//! audit and server logs, versions.

use std::collections::HashMap;
use std::io::{self, BufRead, Cursor, Read, Write};

use kheap::table;

use super::{Redactor, addresses, exact, figures, public};

/// The longest line, in bytes. Audit events of level RequestResponse have some megabytes.
const MOST_LINE_BYTES: u64 = 64 << 20;

/// How much of a text shows whether it is a table.
const HEAD_BYTES: u64 = 64 << 10;

/// Fields of `runtime.MemStats` at the end of a heap in text form.
const STATISTICS: [&str; 29] = [
    "Alloc",
    "BuckHashSys",
    "DebugGC",
    "EnableGC",
    "Frees",
    "GCCPUFraction",
    "GCSys",
    "HeapAlloc",
    "HeapIdle",
    "HeapInuse",
    "HeapObjects",
    "HeapReleased",
    "HeapSys",
    "LastGC",
    "Lookups",
    "MCache",
    "MSpan",
    "Mallocs",
    "MaxRSS",
    "NextGC",
    "NumForcedGC",
    "NumGC",
    "OtherSys",
    "PauseEnd",
    "PauseNs",
    "PauseTotalNs",
    "Stack",
    "Sys",
    "TotalAlloc",
];

/// How the samples of a declared metric end.
const METRIC_ENDS: [&str; 7] = [
    "", "_bucket", "_count", "_created", "_info", "_sum", "_total",
];

/// Redacts a text line by line.
struct Text<'r> {
    redactor: &'r mut Redactor,
    /// Whether the function that the next line places in a file is public.
    is_public: bool,
    /// The name in the last line of `# TYPE` or `# HELP`.
    declared: String,
    /// Whether this is a table of `top`.
    is_table: bool,
    /// Whether this is what `traces` prints: frames stand alone on their lines.
    is_traces: bool,
    /// The names of its rows by the number of their line, from 1.
    rows: HashMap<usize, String>,
}

impl Redactor {
    /// Writes a text without private words. Returns whether all of it could be read: of what
    /// is compressed and cut, the lines before the cut are written.
    ///
    /// # Errors
    ///
    /// Those of reader and writer, and lines of more than 64 MiB.
    pub fn text(&mut self, mut input: impl BufRead, mut out: impl Write) -> io::Result<bool> {
        let mut head = Vec::new();
        let mut failed = (&mut input).take(HEAD_BYTES).read_to_end(&mut head).err();
        let is_table = table::looks_like_table(&head);
        if is_table && failed.is_none() {
            let most = table::MAX_BYTES as u64;
            failed = (&mut input).take(most).read_to_end(&mut head).err();
        }
        let table = is_table.then(|| table::parse(&head).ok()).flatten();
        let rows = table.iter().flat_map(|table| &table.rows);
        let mut text = Text {
            redactor: self,
            is_public: false,
            declared: String::new(),
            is_table,
            is_traces: false,
            rows: rows.map(|row| (row.text_line, row.name.clone())).collect(),
        };
        let rest: Box<dyn BufRead + '_> = match failed {
            Some(error) => Box::new(io::BufReader::new(Failed(Some(error)))),
            None => Box::new(input),
        };
        let mut whole = Cursor::new(head).chain(rest);
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            let result = (&mut whole)
                .take(MOST_LINE_BYTES)
                .read_until(b'\n', &mut line);
            match result {
                Ok(0) => break,
                Ok(read) if read as u64 == MOST_LINE_BYTES => {
                    return Err(io::Error::other("a line is longer than 64 MiB"));
                }
                Ok(_) => {}
                // What was read of the line may be half a word.
                Err(error) if is_cut(&error) => return Ok(false),
                Err(error) => return Err(error),
            }
            let content = exact::of_bytes(&line);
            let ended = content.trim_end_matches(['\n', '\r']);
            let written = text.line(ended, number) + &content[ended.len()..];
            out.write_all(&exact::bytes(&written))?;
        }
        Ok(true)
    }
}

/// Whether the name that a text begins with has the first numbers of an address whose others look
/// like columns, as in `main.10|0|0|41`. A closure has a digit, such as `main.func1.2`.
fn ends_in_address(text: &str, length: usize) -> bool {
    const LEAST_DIGITS: usize = 2;
    let begin = text[..length].rfind(|c: char| !c.is_ascii_digit());
    let begin = begin.map_or(0, |at| {
        at + text[at..].chars().next().map_or(1, char::len_utf8)
    });
    let (before, numbers) = text.split_at(begin);
    let row = addresses::address_behind(before, numbers).or_else(|| figures::series(numbers));
    length - begin >= LEAST_DIGITS
        && !before.ends_with(char::is_alphanumeric)
        && row.is_some_and(|end| end > length - begin && !numbers[..end].contains([' ', '\t']))
}

/// An error that comes when something is read.
pub(super) struct Failed(pub(super) Option<io::Error>);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Whether something that is compressed ends too early, or is damaged.
fn is_cut(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    matches!(error.kind(), InvalidData | InvalidInput | UnexpectedEof)
}

impl Text<'_> {
    fn line(&mut self, line: &str, number: usize) -> String {
        let frame = line.strip_prefix("#\t0x");
        let is_hex = |address: &str| address.bytes().all(|byte| byte.is_ascii_hexdigit());
        let frame = frame.filter(|frame| is_hex(frame.split('\t').next().unwrap_or_default()));
        if let Some(frame) = frame {
            return format!("#\t0x{}", self.frame(frame));
        }
        if let Some(kind) = line.strip_prefix("Type: ").filter(|_| self.is_table) {
            return format!("Type: {}", self.redactor.sample_type(kind));
        }
        if is_statistic(line) || is_record(line) {
            return line.to_owned();
        }
        if let Some(row) = self.row_of_table(line, number) {
            return row;
        }
        if let Some(metric) = self.metric(line) {
            return metric;
        }
        if let Some(row) = self.row(line).or_else(|| self.frame_of_traces(line)) {
            return row;
        }
        let frame = self.goroutine(line).or_else(|| self.goroutine_frame(line));
        if let Some(frame) = frame {
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
        let offset = text.rfind("+0x");
        let offset = offset.filter(|&at| figures::offset(&text[at..]) == Some(text.len() - at));
        let (name, offset) = text.split_at(offset.unwrap_or(text.len()));
        let (name, is_public) = self.redactor.symbol_and_owner(name);
        self.is_public = is_public;
        name + offset
    }

    /// A file with its line, and what else is said of it.
    fn place(&mut self, text: &str) -> String {
        let end = text.rfind(".go:").map_or(text.len(), |at| at + ".go".len());
        let (file, rest) = text.split_at(end);
        let (line, rest) = rest.split_at(figures::line_number(rest).unwrap_or(0));
        let offset = rest.strip_prefix(' ').and_then(figures::offset);
        let (offset, rest) = rest.split_at(offset.map_or(0, |offset| offset + 1));
        self.redactor.source_file(file, self.is_public) + line + offset + &self.redactor.words(rest)
    }

    /// A line of /metrics: values stay, and names that are public.
    fn metric(&mut self, line: &str) -> Option<String> {
        let comment = line
            .strip_prefix("# HELP ")
            .or(line.strip_prefix("# TYPE "));
        if let Some(comment) = comment {
            let end = comment.find(' ').unwrap_or(comment.len());
            let (name, rest) = comment.split_at(end);
            name.clone_into(&mut self.declared);
            let mark = &line[..line.len() - comment.len()];
            return Some(format!(
                "{mark}{}{}",
                self.metric_name(name),
                self.redactor.words(rest)
            ));
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
        let end = line.find(|c| !is_name(c))?;
        let (name, rest) = line.split_at(end);
        let (labels, values) = match rest.starts_with('{') {
            true => rest.split_at(rest.rfind("} ")? + 1),
            false => ("", rest),
        };
        let of_declared = name.strip_prefix(&*self.declared);
        let is_declared = !self.declared.is_empty()
            && of_declared.is_some_and(|ending| METRIC_ENDS.contains(&ending));
        let is_known = name.contains('_') && public::is_metric(name);
        let is_sample = !name.is_empty() && (is_known || is_declared || !labels.is_empty());
        let mut numbers = values.split(' ').filter(|number| !number.is_empty());
        let is_number = |number: &str| number.parse::<f64>().is_ok();
        if !is_sample || numbers.clone().count() > 2 || !values.starts_with(' ') {
            return None;
        }
        let are_values = numbers.clone().count() > 0 && numbers.all(is_number);
        let name = are_values.then(|| self.metric_name(name))?;
        Some(name + &self.redactor.words(labels) + values)
    }

    fn metric_name(&mut self, name: &str) -> String {
        match public::is_metric(name) && !addresses::holds_address(name) {
            true => name.to_owned(),
            false => self.redactor.word(name),
        }
    }

    /// A line of a table, in which the reader of tables has found a name, or figures in all.
    fn row_of_table(&mut self, line: &str, number: usize) -> Option<String> {
        if !self.is_table {
            return None;
        }
        if let Some(name) = self.rows.get(&number) {
            let at = line.rfind(name.as_str())?;
            let (before, rest) = line.split_at(at);
            if ends_in_address(rest, name.len()) {
                return None;
            }
            let (name, after) = rest.split_at(name.len());
            let figures = self.figures(before);
            let (name, is_public) = self.redactor.symbol_and_owner(name);
            self.is_public = is_public;
            let path = after.trim_start_matches(' ');
            let blanks = &after[..after.len() - path.len()];
            let after = match path.contains(".go:") {
                true => blanks.to_owned() + &self.place(path),
                false => self.figures(after),
            };
            return Some(figures + &name + &after);
        }
        let sums = [
            "Showing nodes ",
            "Total:",
            "Duration:",
            "(flat, cum)",
            " total",
        ];
        let is_sum = sums.iter().any(|sum| line.contains(sum));
        is_sum.then(|| self.figures(line))
    }

    /// A text in which values of a profile stay.
    fn figures(&mut self, text: &str) -> String {
        const ENDS: [char; 6] = [' ', '|', '\t', '(', ')', ';'];
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            // No table has four columns of numbers without a share among them. Thousands of an
            // amount have commas.
            let address = addresses::address(rest);
            let address = address.filter(|&end| !figures::is_amount(&rest[..end]));
            if let Some(end) = address {
                out.push_str(&self.redactor.words(&rest[..end]));
                rest = &rest[end..];
                continue;
            }
            let (word, next) = rest.split_at(rest.find(ENDS).map_or(rest.len(), |at| at + 1));
            rest = next;
            let figure = word.trim_end_matches(ENDS).trim_end_matches(',');
            let after = &word[figure.len()..];
            match figures::is_amount(figure) || figures::is_address(figure) {
                true => out.push_str(figure),
                false => out.push_str(&self.redactor.words(figure)),
            }
            out.push_str(after);
        }
        out
    }

    /// A row of `top`, `peek` or `tree`: values, shares, and a name; or of `traces`: a value and
    /// a name.
    fn row(&mut self, line: &str) -> Option<String> {
        const SEPARATORS: [char; 3] = [' ', '|', '\t'];
        let mut rest = line.trim_start_matches(SEPARATORS);
        let (mut values, mut shares) = (0, 0);
        while values + shares < MOST_COLUMNS {
            let end = rest.find(SEPARATORS).unwrap_or(rest.len());
            let word = &rest[..end];
            let is_address = shares > 0 && figures::is_address(word);
            if !figures::is_amount(word) && !is_address {
                break;
            }
            match word.ends_with('%') {
                true => shares += 1,
                false => values += 1,
            }
            rest = rest[end..].trim_start_matches(SEPARATORS);
        }
        let figures = &line[..line.len() - rest.len()];
        let has_unit = figures.contains(|c: char| c.is_ascii_alphabetic());
        let is_row = match (values, shares) {
            (1.., 1..) => true,
            (1, 0) => line.starts_with(' ') && has_unit && !rest.contains(' '),
            _ => false,
        };
        let marks = [" (inline)", " (partial-inline)"];
        let mark = marks.iter().find(|mark| rest.ends_with(**mark));
        let mark = mark.map_or("", |mark| *mark);
        let name = &rest[..rest.len() - mark.len()];
        if !is_row || name.is_empty() {
            return None;
        }
        // With --granularity=lines a file stands behind the name.
        let (name, path) = match name.find(" /").filter(|_| name.contains(".go:")) {
            Some(at) => name.split_at(at + 1),
            None => (name, ""),
        };
        let (name, is_public) = self.redactor.symbol_and_owner(name);
        self.is_public = is_public;
        Some(figures.to_owned() + &name + &self.place(path) + mark)
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
            let goroutine = rest.strip_prefix(" in goroutine ").map_or("", |number| {
                &rest[..rest.len() - number.len() + figures::run(number)]
            });
            let rest = self.redactor.words(&rest[goroutine.len()..]);
            return Some(format!("created by {name}{goroutine}{rest}"));
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
        if !is_frame || !arguments.chars().all(is_argument) {
            return None;
        }
        // Words of memory may be bytes of a text.
        let arguments = match arguments {
            "()" => "()",
            arguments if self.redactor.is_kept(arguments) => arguments,
            _ => "(...)",
        };
        Some(self.symbol_with_offset(name) + arguments)
    }

    /// A frame of `traces`: a name behind blanks. A line of dashes stands before each stack.
    fn frame_of_traces(&mut self, line: &str) -> Option<String> {
        if line.starts_with("-----------+") && line.bytes().all(|byte| b"-+".contains(&byte)) {
            self.is_traces = true;
            return Some(line.to_owned());
        }
        let frame = line.trim_start_matches(' ');
        let blanks = &line[..line.len() - frame.len()];
        let is_frame = self.is_traces && !blanks.is_empty() && frame.contains('.');
        is_frame.then(|| blanks.to_owned() + &self.redactor.symbol(frame))
    }

    /// The beginning of a stack of `?debug=2`.
    fn goroutine(&mut self, line: &str) -> Option<String> {
        let rest = line.strip_prefix("goroutine ")?;
        let number = figures::run(rest);
        let state = rest[number..].starts_with(" [").then(|| &rest[number..])?;
        let number = &line[..line.len() - state.len()];
        Some(number.to_owned() + &self.redactor.words(state))
    }
}

/// How many figures a row of a table begins with.
const MOST_COLUMNS: usize = 9;

/// A field of `runtime.MemStats` at the end of a heap in text form: a name and figures.
fn is_statistic(line: &str) -> bool {
    let field = line.strip_prefix("# ");
    let Some((name, value)) = field.and_then(|line| line.split_once(" = ")) else {
        return line == "# runtime.MemStats";
    };
    let are_numbers = |text: &str, between: &str| {
        let mut numbers = text.split(between);
        numbers.all(|number| number.is_empty() || number.parse::<f64>().is_ok())
    };
    // `PauseNs` has a list, and `Stack` what is in use and all.
    let list = value
        .strip_prefix('[')
        .and_then(|list| list.strip_suffix(']'));
    let is_value = matches!(value, "true" | "false")
        || list.is_some_and(|list| are_numbers(list, " "))
        || are_numbers(value, " / ");
    STATISTICS.contains(&name) && is_value
}

/// A line of a profile in text form that has nothing but figures and addresses: a record, or the
/// first line.
fn is_record(line: &str) -> bool {
    const TITLES: [&str; 6] = [
        "heap profile: ",
        "heapprofile: ",
        "goroutine profile: total ",
        "threadcreate profile: total ",
        "allocs profile: total ",
        "goroutineleak profile: total ",
    ];
    let is_number = |word: &str| word.parse::<i64>().is_ok();
    let are_figures = |text: &str| {
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let number = |at: usize, begin: &str, end: &str| {
            let inner = words.get(at).and_then(|word| word.strip_prefix(begin));
            inner
                .and_then(|word| word.strip_suffix(end))
                .is_some_and(is_number)
        };
        match words.len() {
            // Records of locks have a time and a count.
            1 | 2 => words.iter().all(|word| is_number(word)),
            4 => {
                number(0, "", ":") && number(1, "", "") && number(2, "[", ":") && number(3, "", "]")
            }
            _ => false,
        }
    };
    let title = TITLES.iter().find_map(|title| line.strip_prefix(title));
    let (figures, addresses) = match title.unwrap_or(line).split_once(" @") {
        Some((figures, addresses)) => (figures, addresses),
        None if title.is_some() => (title.unwrap_or_default(), ""),
        None => return false,
    };
    let is_address = |word: &str| {
        let hex = word.strip_prefix("0x");
        let period = word.strip_prefix("heap/").filter(|_| title.is_some());
        let is_hex = |hex: &str| hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        hex.is_some_and(|hex| hex.len() <= 16 && is_hex(hex))
            || period.is_some_and(|period| period.bytes().all(|byte| byte.is_ascii_digit()))
    };
    are_figures(figures)
        && addresses
            .split(' ')
            .all(|word| word.is_empty() || is_address(word))
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
             anon1/anon2.(*Anon3).wait(...)\n\
             \t/home/anon4/anon1/anon2/anon5.go:7 +0x1d\n\
             created by net/http.(*Server).Serve in goroutine 1\n\
             \t/usr/local/go/src/net/http/server.go:3454 +0x485\n",
        );
    }

    #[test]
    fn offsets_lines_and_goroutines_are_figures() {
        for text in [
            "#\t0x4dea1d\truntime.main+0x34584\t/usr/local/go/src/runtime/proc.go:123456\n",
            "#\t0x4dea1d\truntime.main+0x123456789\t/usr/local/go/src/runtime/proc.go:7\n",
            "runtime.main()\n\t/usr/local/go/src/runtime/proc.go:7 +0x345841\n",
            "created by net/http.(*Server).Serve in goroutine 1234567\n",
        ] {
            check(text, text);
        }
        check(
            "#\t0x4dea1d\tmain.pay+0xacme\t/a.go:4111111111 +0xacme\n",
            "#\t0x4dea1d\tmain.anon1+anon2\t/a.go:anon3 +anon2\n",
        );
    }

    #[test]
    fn short_names_of_frames_that_signatures_know_stay() {
        check(
            "  900MB 45% 45%  900MB 45%  meta.(*DefaultRESTMapper).AddSpecific\n\
             0.5GB 25% 70%  0.5GB 25%  apimachinery/pkg/runtime.DeepCopyJSONValue\n",
            "  900MB 45% 45%  900MB 45%  meta.(*DefaultRESTMapper).AddSpecific\n\
             0.5GB 25% 70%  0.5GB 25%  apimachinery/pkg/runtime.DeepCopyJSONValue\n",
        );
    }

    #[test]
    fn a_vendor_adds_to_a_release_and_the_release_stays() {
        check(
            "{\"gitVersion\": \"v1.36.2-acme.1005\"}\n",
            "{\"gitVersion\": \"v1.36.2-anon1.1005\"}\n",
        );
        check(
            "kubelet v1.36.0-rc.1 go1.27.3\n",
            "kubelet v1.36.0-rc.1 go1.27.3\n",
        );
    }

    #[test]
    fn a_declared_metric_covers_its_own_samples_only() {
        check(
            "# TYPE a gauge\na 4111111111111111\nalice 4111111111111111\n",
            "# TYPE a gauge\na 4111111111111111\nanon1 anon2\n",
        );
    }

    #[test]
    fn json_stays_json() {
        for text in [
            r#"{"userAgent":"x [1 2 3 4]","ips":[10,211,47,93]}"#,
            r#"{"body":"{\"a\":[10,211,47,93]}","after":[10,211,47,93]}"#,
            r#"{"path":"\\u0030.211.47.93","and":"\\x31.2.3.4"}"#,
            r#"{"a":"\u001b[1;32;40;5mfleet"}"#,
            r#"{"a":"\u001b[38;2;10;20;30mfleet\u001b[0m"}"#,
            r#"{"a":"\u001b[10;211;47;93mfleet"}"#,
        ] {
            let mut redactor = Redactor::new(None, None);
            let mut out = Vec::new();
            let line = format!("{text}\n");
            redactor.text(&mut line.as_bytes(), &mut out).unwrap();
            let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
            assert!(json.is_object(), "{json}");
            let out = String::from_utf8(out).unwrap();
            assert!(!out.contains("211"), "{out}");
        }
    }

    #[test]
    fn an_escaped_dash_stays_as_it_is_written() {
        check("acme a=%2Dacme\n", "anon1 a=%2Danon1\n");
    }

    #[test]
    fn keywords_of_formats_stay() {
        for text in ["# EOF\n", "# UNIT go_gc_duration_seconds seconds\n"] {
            check(text, text);
        }
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
             userAgent=\"anon4/anon5 (linux/amd64)\" srcIP=\"anon6:443\" resp=200\n",
        );
        check(
            r#"{"user":{"username":"system:serviceaccount:acme:b\u006fb"},"x":"a\nacme\ud83d\ude00 \u0026"}"#,
            r#"{"user":{"username":"system:serviceaccount:anon1:anon2"},"x":"a\nanon3 \u0026"}"#,
        );
    }

    #[test]
    fn the_sample_type_of_a_table_stays() {
        check(
            "Type: wall\nShowing nodes accounting for 1s, 100% of 1s total\nwall\n",
            "Type: wall\nShowing nodes accounting for 1s, 100% of 1s total\nanon1\n",
        );
    }

    #[test]
    fn a_row_that_ends_with_its_name_is_a_row() {
        // A table that cannot be read as one, since its values are more than their sum.
        check(
            "Showing nodes accounting for 1MB, 100% of 1MB total\n   \
             12MB 50.00% 50.00%    24MB   100%  _Cfunc_zebra_new\n   \
             12MB 50.00% 50.00%    24MB   100%  main.zebra-fm\n   \
             12MB _Cfunc_zebra_new\n",
            "Showing nodes accounting for 1MB, 100% of 1MB total\n   \
             12MB 50.00% 50.00%    24MB   100%  _Anon1\n   \
             12MB 50.00% 50.00%    24MB   100%  main.anon2-fm\n   \
             12MB _Anon1\n",
        );
    }

    #[test]
    fn rows_of_top_keep_their_figures() {
        check(
            "      flat  flat%   sum%        cum   cum%\n   \
             12MB 50.00% 50.00%    24MB   100%  acme.io/cart.(*Cart).Load (inline)\n",
            "      flat  flat%   sum%        cum   cum%\n   \
             12MB 50.00% 50.00%    24MB   100%  anon1.io/anon2.(*Anon3).Load (inline)\n",
        );
    }
}
