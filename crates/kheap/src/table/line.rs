//! What one line of the text says.

use super::error::TableErrorKind;
use super::name::{Name, markdown_cell};
use super::number::{self, Amount, Shape};
use super::program::program_of;
use super::unit::Unit;

/// A line, as far as it matters to a table.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Line<'a> {
    /// `Type: inuse_space`, or an option that asks for it; `File: etcd`.
    About(About<'a>),
    /// `Showing nodes accounting for 9MB, 90% of 10MB total`.
    Totals { shown: Amount, total: Amount },
    /// `Total: 12.5 MB`, and how many bytes a bare number is worth below it.
    Total { total: Amount, bare: f64 },
    /// `Duration: 600.03s, Total samples = 4.01GB`: a profile of what changed meanwhile,
    /// where it is one of memory; in nanoseconds.
    Duration(i64),
    /// `Time: May 9, 2018 at 9:40pm (UTC)`, as written.
    Time(&'a str),
    /// `Showing top 20 nodes out of 113`.
    Count(usize),
    /// `ROUTINE ======================== main.f in /src/main.go`.
    Routine(&'a str),
    /// `1MB 2MB (flat, cum) 10% of Total`, the values of the routine above.
    RoutineValues {
        flat: Amount,
        cum: Amount,
        share: f64,
    },
    /// `flat  flat%   sum%        cum   cum%`.
    Columns,
    /// A function and its values.
    Row(Row<'a>),
    /// A caller or a callee of a row, in a call graph, and what passes between them.
    Edge(Edge<'a>),
    /// Some columns of a row, and the first one that is not there.
    Half(&'static str),
    /// Prose, prompts, fences.
    Other,
}

/// What a line says of the profile.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct About<'a> {
    pub(super) program: Option<&'a str>,
    pub(super) sample_type: Option<&'a str>,
}

/// The columns of a row; shares are in percent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row<'a> {
    pub(super) flat: Amount,
    pub(super) flat_share: f64,
    /// Markdown tables leave it out.
    pub(super) sum_share: Option<f64>,
    pub(super) cum: Amount,
    pub(super) cum_share: f64,
    /// The last column as written.
    pub(super) name: std::borrow::Cow<'a, str>,
}

/// One end of an edge; the other one is a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Edge<'a> {
    pub(super) weight: Amount,
    /// As written.
    pub(super) name: &'a str,
}

/// Says what a clean line without quote marks is.
pub(super) fn classify(line: &str) -> Result<Line<'_>, TableErrorKind> {
    match header(line)? {
        Line::Other => numbers(line),
        header => Ok(header),
    }
}

fn header(line: &str) -> Result<Line<'_>, TableErrorKind> {
    const SHOWING: &str = "Showing nodes accounting for ";
    if let Some(about) = about(line) {
        return Ok(Line::About(about));
    }
    if let Some(found) = total_or_time(line)? {
        return Ok(found);
    }
    if let Some(name) = line
        .strip_prefix("ROUTINE ")
        .map(|rest| rest.trim_start_matches('='))
    {
        return Ok(Line::Routine(name.trim_start()));
    }
    if let Some((_, rest)) = line.split_once(SHOWING) {
        return totals(rest);
    }
    if let Some(rest) = line.strip_prefix("Showing top ") {
        let count = rest.split(' ').next().and_then(|count| count.parse().ok());
        return Ok(count.map_or(Line::Other, Line::Count));
    }
    let mut columns = line.split([' ', '|']).filter(|word| !word.is_empty());
    if columns.next() == Some("flat") && columns.next() == Some("flat%") {
        return Ok(Line::Columns);
    }
    totals(line)
}

/// A line that says how much there is, how long it took, or when it was.
fn total_or_time(line: &str) -> Result<Option<Line<'_>>, TableErrorKind> {
    if let Some(time) = line.strip_prefix("Time:").map(str::trim) {
        return Ok((!time.is_empty()).then_some(Line::Time(time)));
    }
    if let Some(rest) = line.strip_prefix("Duration:") {
        let word = rest
            .trim_start()
            .split([' ', ','])
            .next()
            .unwrap_or_default();
        let nanos = number::amount(word)
            .ok()
            .filter(|it| it.unit == Some(Unit::Nanoseconds));
        return Ok(nanos.map(|nanos| Line::Duration(nanos.value)));
    }
    let Some(word) = line.strip_prefix("Total:").map(str::trim) else {
        return Ok(None);
    };
    if word.contains(' ') || Shape::of(word) != Some(Shape::Amount) {
        return Ok(None);
    }
    let total = number::amount(word)?;
    let bare = number::worth(word);
    Ok(Some(Line::Total { total, bare }))
}

/// The values of a routine, in front of its lines.
fn routine_values<'a>(columns: &Columns<'a>) -> Result<Option<Line<'a>>, TableErrorKind> {
    let ([flat, cum], Some(rest)) = (columns.words(), columns.rest.strip_prefix("(flat, cum)"))
    else {
        return Ok(None);
    };
    let share = rest.split_whitespace().next().unwrap_or_default();
    Ok(Some(Line::RoutineValues {
        flat: number::amount(flat)?,
        cum: number::amount(cum)?,
        share: number::share(share)?,
    }))
}

fn about(line: &str) -> Option<About<'_>> {
    let program = program_of(line);
    let named = value_of(line, "Type:").filter(|word| is_sample_type(word));
    let sample_type = named.or_else(|| asked_for(line));
    match (program, sample_type) {
        (None, None) => markdown_heading(line),
        _ => Some(About {
            program,
            sample_type,
        }),
    }
}

/// `` `etcd`, `inuse_space`, 2026-01-01 ``, whose first quote is taken off.
fn markdown_heading(line: &str) -> Option<About<'_>> {
    let (program, rest) = line.split_once("`, `")?;
    let (sample_type, _) = rest.split_once('`')?;
    is_sample_type(sample_type).then_some(About {
        program: (!program.contains(' ')).then_some(program),
        sample_type: Some(sample_type),
    })
}

/// The single word after a key.
fn value_of<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let word = line.strip_prefix(key)?.trim();
    (!word.is_empty() && !word.contains(' ')).then_some(word)
}

/// The sample types of a heap.
pub(super) const HEAP_TYPES: [&str; 4] = [
    "inuse_space",
    "inuse_objects",
    "alloc_space",
    "alloc_objects",
];

/// A name of a sample type, and not what a form asked for (`Type: bug`).
pub(crate) fn is_sample_type(word: &str) -> bool {
    const OTHERS: [&str; 7] = [
        "cpu",
        "samples",
        "delay",
        "contentions",
        "goroutine",
        "space",
        "objects",
    ];
    HEAP_TYPES.contains(&word) || OTHERS.contains(&word)
}

/// A sample type asked for at a prompt: `go tool pprof -alloc_space FILE`, or
/// `(pprof) sample_index=alloc_space`.
fn asked_for(line: &str) -> Option<&'static str> {
    if !line.contains("pprof") {
        return None;
    }
    let at_prompt = line.starts_with("(pprof)");
    line.split([' ', '=']).find_map(|word| {
        let option = word.trim_start_matches('-');
        let is_option = at_prompt || option.len() < word.len() || line.contains("sample_index");
        let known = HEAP_TYPES.into_iter().find(|&known| known == option);
        known.filter(|_| is_option)
    })
}

/// What is shown of how much: `A, P% of T total`, in older versions `A of T total (P%)`,
/// and in our own Markdown `A (P%) of T shown`.
fn totals(text: &str) -> Result<Line<'_>, TableErrorKind> {
    // Old versions pad the share: `(  100%)`.
    let words = text.split(' ');
    let mut words = words.filter(|word| !word.is_empty() && *word != "(");
    let mut next = || words.next().unwrap_or_default().trim_end_matches(',');
    let words = [next(), next(), next(), next(), next()];
    let is_share = |word: &str| Shape::of(word.trim_matches(['(', ')'])) == Some(Shape::Share);
    let (shown, total) = match words {
        [shown, share, "of", total, _] if is_share(share) => (shown, total),
        [shown, "of", total, "total", share] if is_share(share) => (shown, total),
        _ => return Ok(Line::Other),
    };
    if Shape::of(shown) != Some(Shape::Amount) || Shape::of(total) != Some(Shape::Amount) {
        return Ok(Line::Other);
    }
    Ok(Line::Totals {
        shown: number::amount(shown)?,
        total: number::amount(total)?,
    })
}

/// Reads the numbers that a line starts with, and finds out by them what it is.
pub(super) fn numbers(line: &str) -> Result<Line<'_>, TableErrorKind> {
    use Shape::{Amount as A, Share as P};
    let columns = Columns::of(line);
    if let Some(values) = routine_values(&columns)? {
        return Ok(values);
    }
    let missing = match (&columns.shapes[..columns.count], columns.rest.is_empty()) {
        ([A, P, P, A, P] | [A, P, A, P], false) => return row(line, &columns).map(Line::Row),
        ([A, P, P, A, P] | [A, P, A, P], true) => "the name",
        ([A, P, P, A] | [A, P, A], _) => "cum%",
        ([A, P], false) if is_edge(line, columns.rest) => {
            let (weight, name) = (number::amount(columns.words[0])?, columns.rest);
            return Ok(Line::Edge(Edge { weight, name }));
        }
        ([A, P, P], _) | ([A, P], true) => "cum",
        ([P, P, A, P] | [P, A, P], false) => "flat",
        _ => return Ok(Line::Other),
    };
    let are_numbers = columns.words().iter().all(|word| match Shape::of(word) {
        Some(P) => number::share(word).is_ok(),
        _ => number::amount(word).is_ok(),
    });
    Ok(if are_numbers {
        Line::Half(missing)
    } else {
        Line::Other
    })
}

/// Whether two numbers and a name are parted by the bar of a call graph, and not by
/// those of a table in Markdown.
fn is_edge(line: &str, name: &str) -> bool {
    let numbers = &line[..line.len() - name.len()];
    !numbers.starts_with('|') && numbers.trim_end().ends_with('|') && Name::parse(name).is_symbol()
}

fn row<'a>(line: &str, columns: &Columns<'a>) -> Result<Row<'a>, TableErrorKind> {
    let words = columns.words();
    let (sum_share, cum) = match words {
        [_, _, sum, _, _] => (Some(number::share(sum)?), 3),
        _ => (None, 2),
    };
    let rest = without_errors(columns.rest);
    let name = match line.starts_with('|') {
        true => markdown_cell(rest),
        false => rest.into(),
    };
    Ok(Row {
        flat: number::amount(words[0])?,
        flat_share: number::share(words[1])?,
        sum_share,
        cum: number::amount(words[cum])?,
        cum_share: number::share(words[cum + 1])?,
        name,
    })
}

/// Takes off the columns in which our own `top` shows errors and rates; no name of Go
/// begins with a digit, but an address may stand before it.
fn without_errors(rest: &str) -> &str {
    const MOST: usize = 4;
    const ADDRESS_DIGITS: usize = 16;
    let mut name = rest;
    for _ in 0..MOST {
        let end = name.find(SEPARATORS).unwrap_or(name.len());
        let (word, after) = name.split_at(end);
        let after = after.trim_start_matches(SEPARATORS);
        let is_column = word.len() < ADDRESS_DIGITS && Shape::of(word) == Some(Shape::Amount);
        if !is_column || after.is_empty() || number::amount(word).is_err() {
            break;
        }
        name = after;
    }
    name
}

/// What stands between columns.
const SEPARATORS: [char; 2] = [' ', '|'];

/// The numbers at the beginning of a line, at most one row's, and what follows.
#[derive(Debug)]
struct Columns<'a> {
    words: [&'a str; 5],
    shapes: [Shape; 5],
    count: usize,
    rest: &'a str,
}

impl<'a> Columns<'a> {
    fn of(line: &'a str) -> Self {
        use Shape::{Amount as A, Share as P};
        let mut columns = Self {
            words: [""; 5],
            shapes: [A; 5],
            count: 0,
            rest: line.trim_start_matches(SEPARATORS),
        };
        while columns.count < 5 && columns.shapes[..columns.count] != [A, P, A, P] {
            let end = columns.rest.find(SEPARATORS).unwrap_or(columns.rest.len());
            let (word, rest) = columns.rest.split_at(end);
            let Some(shape) = Shape::of(word) else { break };
            columns.words[columns.count] = word;
            columns.shapes[columns.count] = shape;
            columns.count += 1;
            columns.rest = rest.trim_start_matches(SEPARATORS);
        }
        columns
    }

    fn words(&self) -> &[&'a str] {
        &self.words[..self.count]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each line: what the text before the arrow is.
    fn check(cases: &str) {
        for case in cases.lines() {
            let (text, expected) = case.trim().rsplit_once(" => ").unwrap();
            let found = match classify(text.trim()) {
                Ok(Line::About(about)) => match (about.program, about.sample_type) {
                    (program, Some(word)) => format!(
                        "type {word}{}",
                        program.map_or(String::new(), |p| format!(" of {p}"))
                    ),
                    (program, None) => format!("program {}", program.unwrap_or_default()),
                },
                Ok(Line::Totals { shown, total }) => format!("{} of {}", shown.value, total.value),
                Ok(Line::Total { total, bare }) => format!("total {} of {bare}", total.value),
                Ok(Line::Duration(nanos)) => format!("within {nanos}"),
                Ok(Line::Time(time)) => format!("at {time}"),
                Ok(Line::Routine(name)) => format!("routine {name}"),
                Ok(Line::RoutineValues { flat, cum, share }) => {
                    format!("of it {} {} {share}", flat.value, cum.value)
                }
                Ok(Line::Count(count)) => format!("top {count}"),
                Ok(Line::Columns) => "columns".to_owned(),
                Ok(Line::Row(row)) => {
                    format!("row {} {} {}", row.flat.value, row.cum.value, row.name)
                }
                Ok(Line::Edge(edge)) => format!("edge {} {}", edge.weight.value, edge.name),
                Ok(Line::Half(missing)) => format!("half without {missing}"),
                Ok(Line::Other) => "other".to_owned(),
                Err(error) => error.to_string(),
            };
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn headers_of_old_and_new_versions_are_known() {
        check(
            "Type: inuse_space => type inuse_space
             Type: bug => other
             Type: what is it => other
             File: kube-apiserver => program kube-apiserver
             File: a b => other
             File: /usr/bin/etcd => program etcd
             File: C:\\Program Files\\a b\\server.exe => program server.exe
             Time: May 9, 2018 at 9:40pm (UTC) => at May 9, 2018 at 9:40pm (UTC)
             Duration: 600s, Total samples = 4.01GB => within 600000000000
             Duration: 2days => other
             Total: 1.50MB => total 1572864 of 1048576
             Total: 27 => total 27 of 1
             Total: nothing => other
             ROUTINE ======================== m.(*T).f in /src/m.go => routine m.(*T).f in /src/m.go
             1kB 2kB (flat, cum) 12.5% of Total => of it 1024 2048 12.5
             etcd`, `inuse_space`, 2026-01-01 => type inuse_space of etcd
             unknown program`, `cpu` => type cpu
             see `a`, `b` and c => other
             Showing nodes accounting for 1kB, 50% of 2kB total => 1024 of 2048
             (pprof) top Showing nodes accounting for 0, 0% of 0 total => 0 of 0
             Showing nodes accounting for 1,5kB, 50,12% of 3kB total => 1536 of 3072
             42668914 of 64475102 total (66.18%) => 42668914 of 64475102
             2kB of 2kB total (  100%) => 2048 of 2048
             1kB (50.00%) of 2kB shown => 1024 of 2048
             3 of 5 total => other
             Showing top 20 nodes out of 312 (cum >= 585275) => top 20
             Showing top secret nodes => other
             flat  flat%   sum%        cum   cum% => columns
             | flat | flat% | cum | cum% | function | => columns
             Showing nodes accounting for NaN, 5% of 9MB total => invalid number \"NaN\"",
        );
    }

    #[test]
    fn options_of_pprof_show_the_sample_type() {
        check(
            "$ go tool pprof -alloc_space heap.pb.gz => type alloc_space
             go tool pprof --sample_index=inuse_objects heap => type inuse_objects
             go tool pprof -sample_index alloc_objects heap => type alloc_objects
             (pprof) sample_index=alloc_space => type alloc_space
             (pprof) alloc_objects => type alloc_objects
             (pprof) top => other
             Saved profile in /p/pprof.alloc_objects.alloc_space.inuse_space.001.pb.gz => other
             pprof has a column alloc_space => other",
        );
    }

    #[test]
    fn rows_are_five_numbers_and_a_name() {
        check(
            "1kB 50% 50% 2kB 100% main.f (inline) => row 1024 2048 main.f (inline)
             1kB 50% 50% 2kB 100%       | main.f => row 1024 2048 main.f
             | 1kB | 50% | 2kB | 100% | `m.f` (inline) | => row 1024 2048 `m.f` (inline)
             |1kB|50%|50%|2kB|100%|m.f| => row 1024 2048 m.f
             1kB 50% 50% 2kB 100% 5 => row 1024 2048 5
             1kB 50% 50% 2kB 100%   378.78kB 0 main.f => row 1024 2048 main.f
             | 1kB | 50% | 2kB | 100% | 1kB | 2kB | `m.f` | => row 1024 2048 `m.f`
             1kB 50% 50% 2kB 100% 000000000052eef3 m.f => row 1024 2048 000000000052eef3 m.f
             1 50% 50% NaN 100% main.f => invalid number \"NaN\"
             1 50% 1e400% 2 100% main.f => invalid number \"1e400%\"
             1e400 50% 50% 2 100% main.f => invalid number \"1e400\"",
        );
    }

    #[test]
    fn edges_have_a_bar_before_the_name() {
        check(
            "2kB 100% |   main.f => edge 2048 main.f
             2kB 100% |   main.f (inline) => edge 2048 main.f (inline)
             2kB 100% main.f => other
             2kB 100% | of it => other
             | 2kB | 100% | main.f => other
             | 2kB | 100% | main.f | => other",
        );
    }

    #[test]
    fn half_a_row_says_what_is_missing() {
        check(
            "1kB 50% => half without cum
             1kB 50% 50% => half without cum
             1kB 50% 50% 2kB => half without cum%
             1kB 50% 50% 2kB 100% => half without the name
             50% 50% 2kB 100% main.f => half without flat
             1kB 50% 50% 2kB main.f => half without cum%
             5 => other
             5% of it => other
             100 50% of them => other
             NaN 50% 50% => other",
        );
    }
}
