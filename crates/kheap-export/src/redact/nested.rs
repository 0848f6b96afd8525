//! JSON in a text is read as JSON, and a string in it as what it means, which may be JSON again.
//! What is not hidden stays as it is written, byte for byte.

use super::json::{self, Meaning};
use super::text::take_figure;
use super::{Redactor, addresses, figures};

/// How often JSON may stand in a string of other JSON. The backslashes of each double those of the
/// one around it.
const MOST_NESTED: usize = 32;

/// What stands for a part of a text.
#[derive(Debug)]
pub(super) struct Edit {
    pub(super) begin: usize,
    pub(super) end: usize,
    pub(super) text: String,
}

impl Edit {
    fn behind(self, bytes: usize) -> Self {
        Self {
            begin: self.begin + bytes,
            end: self.end + bytes,
            ..self
        }
    }
}

/// A text with all of its edits, which are in order.
pub(super) fn edited(text: &str, edits: &[Edit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        out.push_str(&text[at..edit.begin]);
        out.push_str(&edit.text);
        at = edit.end;
    }
    out + &text[at..]
}

/// The addresses of a text, read as if there were no JSON in it.
#[derive(Debug, Default)]
struct Rows {
    /// Up to here all of them are known but the last, and it ends at `end`.
    at: usize,
    end: usize,
}

impl Rows {
    /// Whether an address begins before a place in a text and ends behind it. Places are asked for
    /// in order.
    fn cross(&mut self, text: &str, place: usize) -> bool {
        /// Three numbers of a row and what joins them.
        const NEAR: usize = 512;
        // Most JSON is all of a text.
        if place == text.len() {
            return false;
        }
        let near = (place.saturating_sub(NEAR)..place).find(|at| text.is_char_boundary(*at));
        self.at = near.unwrap_or(place).max(self.at);
        while self.at < place && self.end <= place {
            let rest = &text[self.at.max(self.end)..];
            self.at = text.len() - rest.len();
            match addresses::address(rest) {
                Some(length) => self.end = self.at + length,
                None => self.at += addresses::next(rest).map_or(rest.len(), |c| c.length),
            }
        }
        self.at < place && place < self.end
    }
}

impl Redactor {
    /// What is hidden of a text, which is a string of JSON `depth` times. `field` is what stands
    /// before it there, such as `"limit":"`.
    pub(super) fn edits(&mut self, text: &str, field: &str, depth: usize) -> Vec<Edit> {
        if depth > MOST_NESTED {
            return self.words_behind(text, 0, false);
        }
        if json::is_line(text) {
            return self.json(text, depth);
        }
        let mut edits = Vec::new();
        let (mut begin, mut at) = (0, 0);
        // Before this there is no object. To look for one again could take all of the text.
        let mut failed = 0;
        let mut rows = Rows::default();
        while let Some(found) = text[at..].find(['{', '"']) {
            at += found;
            let rest = &text[at..];
            let is_object = rest.starts_with('{');
            let end = match is_object {
                true if at < failed => Err(1),
                true => json::object(rest),
                // Also programs quote what they log. A mark of inches begins nothing, nor does
                // one that is escaped.
                false if text[..at].ends_with(|c: char| c == '\\' || c.is_alphanumeric()) => Err(1),
                false => json::string(rest),
            };
            let Ok(length) = end else {
                let end = end.unwrap_or_else(|end| end).max(1);
                failed = failed.max(at + end);
                at += if is_object { 1 } else { end };
                continue;
            };
            let found = &rest[..length];
            // In plain text a backslash may be of a path: `"C:\temp"`. What quotes quotes is
            // written by a program, and so are its escapes.
            let escape = if depth == 0 { "\\\"" } else { "\\" };
            let is_json = is_object || found.contains(escape);
            // An address may begin or end in the middle of it.
            let ends = [at, at + length];
            if is_json && !ends.into_iter().any(|end| rows.cross(text, end)) {
                self.plain(&text[..at], begin, field, depth, &mut edits);
                let inner = self.json(found, depth);
                edits.extend(inner.into_iter().map(|edit| edit.behind(at)));
                begin = at + length;
            }
            at += length;
        }
        self.plain(text, begin, field, depth, &mut edits);
        edits
    }

    /// The end of a text, from `begin` on, in which there is no JSON.
    fn plain(
        &mut self,
        text: &str,
        begin: usize,
        field: &str,
        depth: usize,
        edits: &mut Vec<Edit>,
    ) {
        if depth == 0 {
            let is_json = text.trim_start().starts_with(['{', '[', '"']);
            edits.extend(self.words_behind(text, begin, is_json));
            return;
        }
        // A backslash that JSON means is no escape, but it stands in paths.
        let field = if begin == 0 { field } else { "" };
        let escaped = Meaning::escaped(field, &text[begin..]);
        for edit in self.words_behind(&escaped.text, field.len(), false) {
            let (from, to) = escaped.written(edit.begin, edit.end);
            let half = escaped.is_inside(edit.begin).then_some("\\");
            let text = half.and_then(|half| edit.text.strip_prefix(half));
            let text = text.unwrap_or(&edit.text).replace("\\\\", "\\");
            if from < to {
                edits.push(Edit {
                    begin: begin + from,
                    end: begin + to,
                    text,
                });
            }
        }
    }

    /// What is hidden of JSON: of its strings, of long numbers, and of rows of numbers in an array.
    fn json(&mut self, text: &str, depth: usize) -> Vec<Edit> {
        let mut edits = Vec::new();
        let (mut key, mut at) = ("", 0);
        let mut are_arrays = Vec::new();
        while at < text.len() {
            let rest = &text[at..];
            let mut length = 1;
            match rest.as_bytes()[0] {
                b'{' | b'[' => are_arrays.push(rest.starts_with('[')),
                b'}' | b']' => drop(are_arrays.pop()),
                b'"' | b'-' | b'0'..=b'9' => {
                    let is_element = are_arrays.last().is_some_and(|is_array| *is_array);
                    let row = is_element.then(|| self.row(rest)).flatten();
                    let is_string = rest.starts_with('"');
                    if let Some((hidden, end)) = row {
                        length = end;
                        edits.push(Edit {
                            begin: at,
                            end: at + end,
                            text: format!("\"{hidden}\""),
                        });
                    } else if is_string {
                        length = json::string(rest).unwrap_or(rest.len());
                        let is_key = json::is_key(&rest[length..]);
                        let content = rest.get(1..length - 1).unwrap_or_default();
                        let field = if is_key { "" } else { key };
                        let inner = self.string(content, field, depth);
                        edits.extend(inner.into_iter().map(|edit| edit.behind(at + 1)));
                        key = if is_key { content } else { "" };
                    } else {
                        length = figures::json_number(rest).unwrap_or(1);
                        let hidden = self.number(&rest[..length], key);
                        edits.extend(hidden.map(|text| Edit {
                            begin: at,
                            end: at + length,
                            text,
                        }));
                    }
                }
                b',' => key = "",
                _ => {}
            }
            // Only the value itself is that of the key.
            if rest.starts_with(['[', '{']) {
                key = "";
            }
            at += length;
        }
        edits
    }

    /// What is hidden of a string without its quotes.
    fn string(&mut self, written: &str, key: &str, depth: usize) -> Vec<Edit> {
        let meaning = Meaning::of_string(written);
        // Few values are figures for their key.
        let is_figure = meaning
            .text
            .starts_with(|c: char| c.is_ascii_digit() || c == '-');
        let field = match is_figure {
            true => format!("\"{key}\":\""),
            false => String::new(),
        };
        let edits = self.edits(&meaning.text, &field, depth + 1);
        let written = edits.into_iter().map(|edit| {
            let (begin, end) = meaning.written(edit.begin, edit.end);
            let text = json::escaped(&edit.text);
            Edit { begin, end, text }
        });
        written.collect()
    }

    /// A string for a number that is long: a number may be an account.
    fn number(&mut self, number: &str, key: &str) -> Option<String> {
        if figures::digits(number) <= figures::MOST_DIGITS {
            return None;
        }
        let field = format!("\"{key}\":");
        let figure = take_figure(number, &field).filter(|(_, length)| *length == number.len());
        let hidden = figure.is_none().then(|| self.hide(number));
        hidden
            .filter(|hidden| hidden != number)
            .map(|hidden| format!("\"{hidden}\""))
    }

    /// What stands for a row of numbers in an array, and how many bytes the row has. It ends with
    /// the array.
    fn row(&mut self, rest: &str) -> Option<(String, usize)> {
        let mut most = 8;
        loop {
            let (joined, ends) = json::numbers(rest, most);
            let address = addresses::address(&joined);
            let end = address.or_else(|| figures::series(&joined))?;
            if end == joined.len() && ends.len() == most {
                // Nothing is looked for far behind a row.
                most *= 2;
                continue;
            }
            let last = ends.iter().skip(1).find(|(joined, _)| *joined >= end)?;
            let numbers = &joined[..last.0];
            let hidden = match address {
                Some(_) => self.pseudonym(&addresses::plain(numbers)),
                None => self.hide(numbers),
            };
            return (hidden != numbers).then_some((hidden, last.1));
        }
    }
}
