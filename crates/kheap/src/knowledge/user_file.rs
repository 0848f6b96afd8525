//! The TOML of users, read as the JSON that built-in files are.
//!
//! Reading it at once would compile each structure a second time, which takes a sixth of the
//! time that this crate needs.

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What is wrong with a file, and in which line if that is known.
#[derive(Debug)]
pub(crate) struct Fault {
    pub line: Option<usize>,
    pub message: String,
}

/// Reads a structure.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    let line_at = |at: usize| 1 + text[..at].matches('\n').count();
    let table = DeTable::parse(text).map_err(|error| Fault {
        line: error.span().map(|span| line_at(span.start)),
        message: error.message().lines().collect::<Vec<_>>().join("; "),
    })?;
    let mut json = Json::default();
    json.table(&table);
    serde_json::from_str(&json.text).map_err(|error| Fault {
        line: (error.line().checked_sub(1))
            .and_then(|line| json.starts.get(line))
            .map(|&at| line_at(at)),
        message: message(&error),
    })
}

/// An error of JSON in the words of TOML, without its place.
fn message(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match message.strip_suffix(&place).unwrap_or(&message) {
        // All of it is JSON, so that this is a number where one of several names is due.
        "expected value" => "wanted string or table".to_owned(),
        message => message.to_owned(),
    }
}

/// A text of JSON, each key, value and bracket in a line of its own.
#[derive(Default)]
struct Json {
    text: String,
    /// By line: where its TOML begins.
    starts: Vec<usize>,
}

impl Json {
    fn line(&mut self, text: &str, at: usize) {
        self.text.push_str(text);
        self.text.push('\n');
        self.starts.push(at);
    }

    fn table(&mut self, table: &Spanned<DeTable<'_>>) {
        self.entries(table.get_ref(), table.span().start);
    }

    fn entries(&mut self, table: &DeTable<'_>, at: usize) {
        self.line("{", at);
        for (position, (key, value)) in table.iter().enumerate() {
            let comma = if position == 0 { "" } else { "," };
            let text = serde_json::Value::from(key.get_ref().as_ref());
            self.line(&format!("{comma}{text}:"), key.span().start);
            self.value(value);
        }
        self.line("}", at);
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>) {
        let at = value.span().start;
        let json = match value.get_ref() {
            DeValue::Table(table) => return self.entries(table, at),
            DeValue::Array(values) => {
                self.line("[", at);
                for (position, value) in values.iter().enumerate() {
                    if position > 0 {
                        self.line(",", value.span().start);
                    }
                    self.value(value);
                }
                return self.line("]", at);
            }
            DeValue::String(text) => text.as_ref().into(),
            DeValue::Boolean(is_true) => (*is_true).into(),
            DeValue::Datetime(time) => time.to_string().into(),
            DeValue::Integer(number) => integer(number.as_str(), number.radix()),
            DeValue::Float(number) => number.as_str().parse::<f64>().unwrap_or(f64::NAN).into(),
        };
        self.line(&json.to_string(), at);
    }
}

/// A number, or its text where it is too large to be one.
fn integer(text: &str, radix: u32) -> serde_json::Value {
    match i64::from_str_radix(text, radix) {
        Ok(number) => number.into(),
        Err(_) => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        name: String,
        #[serde(default)]
        numbers: Vec<f64>,
        #[serde(default)]
        count: usize,
        #[serde(default)]
        rows: Vec<Row>,
        #[serde(default)]
        texts: BTreeMap<String, String>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Row {
        level: Level,
        #[serde(default)]
        is_last: bool,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Level {
        Low,
        High,
    }

    #[test]
    fn all_values_of_toml_are_read_as_toml_reads_them() {
        let text = "
name = \"a \\\"b\\\" \\n\"
numbers = [1, 2.5, -1e3, 0.1, 1_000.25]
count = 0xff
[[rows]]
level = 'low'
[[rows]]
level = 'high'
is_last = true
[texts]
'x y' = '''
two
lines'''
";
        let file: File = read(text).expect("it is a file");
        assert_eq!(file, toml::from_str(text).expect("it is one of TOML"));
        assert_eq!(file.numbers, [1.0, 2.5, -1000.0, 0.1, 1000.25]);
    }

    #[test]
    fn a_fault_has_the_line_and_the_words_that_toml_gives_it() {
        for text in [
            "name = 1",
            "name = 'a'\ncount = 'b'",
            "name = 'a'\ncount = -1",
            "name = 'a'\nnumbers = [\n  1,\n  'b',\n]",
            "name = 'a'\n\nother = 1",
            "name = 'a'\ncount = 1\n[[rows]]\nlevel = 'middle'",
            "name = 'a'\n[[rows]]\nlevel = 'low'\n[[rows]]\nlevel = 'low'\nis_last = 3",
            "name = 'a'\n[[rows]]\nlevel = 5",
            "name = 'a'\n[[rows]]\nlevel = 'low'\n[[rows]]\nis_last = true",
            "name = 'a'\ncount = 1.5",
            "name = 'a'\ntexts = 7",
            "name = 'a'\nname = 'b'",
            "name = 'a",
            "count = 1",
        ] {
            let fault = read::<File>(text).expect_err(text);
            let error = toml::from_str::<File>(text).expect_err(text);
            let line = error
                .span()
                .map(|span| 1 + text[..span.start].matches('\n').count());
            let message = error.message().lines().collect::<Vec<_>>().join("; ");
            assert_eq!((fault.line, fault.message), (line, message), "{text}");
        }
    }
}
