//! Tables that pprof, kheap and people in incidents printed are read back.

use std::fs;
use std::path::{Path, PathBuf};

use kheap::graph::InlineMark;
use kheap::table::{TableWarning, Unit, looks_like_table, parse};
use kheap::unit;

fn testdata(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata")
        .join(folder)
}

/// All `.txt` files below a folder of testdata whose name starts so.
fn files(folder: &str, prefix: &str) -> Vec<PathBuf> {
    let mut folders = vec![testdata(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy();
            if path.is_dir() {
                folders.push(path);
            } else if name.starts_with(prefix) && name.ends_with(".txt") {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no files in {folder}");
    found
}

/// The number of a printed value, and how many base units one of its unit is, if it has one.
fn number(value: &str) -> (f64, Option<f64>) {
    let digits = value.trim_end_matches(char::is_alphabetic);
    let unit = &value[digits.len()..];
    let factor = (!unit.is_empty()).then(|| unit::scale(1, unit, "B").0);
    (digits.parse().expect("a number"), factor)
}

/// A printed value in its base unit.
fn amount(value: &str) -> i64 {
    let (number, factor) = number(value);
    (number * factor.unwrap_or(1.0)).round() as i64
}

/// How many base units the last digit of a printed value is.
fn last_digit(value: &str) -> f64 {
    number(value).1.map_or(1.0, |factor| factor / 100.0)
}

/// Reads a file that pprof printed, and holds it against its own lines.
fn check_printed(path: &Path) {
    let text = fs::read_to_string(path).expect("a table");
    let table = parse(text.as_bytes()).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    assert!(looks_like_table(text.as_bytes()), "{}", path.display());
    assert_eq!(table.warnings, [], "{}", path.display());
    let header = text
        .lines()
        .find(|line| line.starts_with("Showing nodes"))
        .expect("a line of pprof");
    let shown = header
        .split_whitespace()
        .nth(4)
        .expect("a line of pprof")
        .trim_end_matches(',');

    let is_row = |line: &&str| {
        line.split_whitespace()
            .nth(4)
            .is_some_and(|w| w.ends_with('%'))
    };
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("Showing"))
        .collect();
    let lines: Vec<&str> = lines
        .into_iter()
        .filter(is_row)
        .filter(|l| !l.contains("flat%"))
        .collect();
    assert_eq!(table.rows.len(), lines.len(), "{}", path.display());
    let mut rounding = last_digit(shown);
    for (row, line) in table.rows.iter().zip(&lines) {
        rounding += last_digit(line.split_whitespace().next().expect("a line of pprof"));
        let address = row
            .address
            .map_or(String::new(), |at| format!("{at:016x} "));
        let source = row
            .source
            .as_deref()
            .map_or(String::new(), |s| format!(" {s}"));
        let mark = match row.inline {
            InlineMark::None => "",
            InlineMark::Inline => " (inline)",
            InlineMark::Partial => " (partial-inline)",
        };
        let name = format!("{address}{}{source}{mark}", row.name);
        assert!(line.ends_with(&format!(" {name}")), "{line}\n{name}");
        assert!(!row.name.contains(" /"), "{}", row.name);
    }
    let difference = table
        .flat_sum()
        .abs_diff(table.shown.expect("a line of pprof"));
    assert!(
        difference as f64 <= rounding,
        "{}: {difference} > {rounding}",
        path.display()
    );
}

#[test]
fn what_pprof_prints_is_read_back() {
    for prefix in ["top", "tree", "peek"] {
        for path in files("golden", prefix) {
            let is_part = prefix == "peek";
            if is_part {
                // The header of a part is that of the whole.
                let table = parse(&fs::read(&path).unwrap()).unwrap();
                assert!(
                    table.flat_sum() <= table.shown.unwrap(),
                    "{}",
                    path.display()
                );
            } else {
                check_printed(&path);
            }
        }
    }
}

#[test]
fn what_we_print_as_markdown_is_read_back() {
    let text = fs::read_to_string(testdata("output/top.md")).unwrap();
    let table = parse(text.as_bytes()).unwrap();
    let rows = text.lines().filter(|line| line.contains("| `")).count();
    assert_eq!(table.rows.len(), rows);
    assert_eq!(table.program.as_deref(), Some("controller"));
    assert_eq!(table.sample_type.as_deref(), Some("inuse_space"));
    assert_eq!(table.warnings, []);
}

#[test]
fn what_the_incidents_say_is_read() {
    let check = |file: &str, unit: Unit, total: &str, rows: usize, first: (&str, &str)| {
        let text = fs::read(testdata("incidents").join(file)).unwrap();
        let table = parse(&text).unwrap();
        assert!(looks_like_table(&text), "{file}");
        let total = amount(total);
        let first = (amount(first.0), first.1);
        let row = &table.rows[0];
        assert_eq!(
            (table.unit, table.total, table.rows.len()),
            (unit, Some(total), rows),
            "{file}"
        );
        assert_eq!(
            (row.cum, row.name.rsplit('/').next().unwrap()),
            first,
            "{file}"
        );
        let missing =
            |warning: &&TableWarning| !matches!(warning, TableWarning::MissingRows { .. });
        assert_eq!(table.warnings.iter().find(missing), None, "{file}");
    };
    let (bytes, count) = (Unit::Bytes, Unit::Count);
    check(
        "01-k8s-97142-configmap-json-list.txt",
        bytes,
        "11616.18MB",
        16,
        ("9226.15MB", "bytes.makeSlice"),
    );
    check(
        "02-k8s-86299-cachewatcher-buffers.txt",
        bytes,
        "1726.74MB",
        12,
        ("1166.31MB", "cacher.newCacheWatcher"),
    );
    check(
        "03-k8s-102259-watch-restart-a.txt",
        bytes,
        "28818.81MB",
        6,
        ("16869.57MB", "generic.ObjectMetaFieldsSet"),
    );
    check(
        "05-k8s-98423-pending-pods-allocs.txt",
        bytes,
        "19252.27MB",
        7,
        ("1715.61MB", "bytes.makeSlice"),
    );
    check(
        "10-cilium-26485-etcd-client-zap.txt",
        bytes,
        "302.68MB",
        3,
        ("224.33MB", "zapcore.newCounters"),
    );
    check(
        "19-k8s-66368-openapi-startup.txt",
        count,
        "12014928",
        7,
        ("6332343", "app.CreateServerChain"),
    );
    check(
        "31-kcm-65325-taint-manager.txt",
        bytes,
        "4.15GB",
        8,
        ("4.05GB", "watch.(*StreamWatcher).receive"),
    );
    check(
        "37-ksm-2302-unpaged-list.txt",
        bytes,
        "1517.33MB",
        6,
        ("753.11MB", "io.ReadAll"),
    );
    check(
        "43-etcd-12457-range.txt",
        bytes,
        "177.16GB",
        7,
        ("175.63GB", "mvccpb.(*KeyValue).Unmarshal"),
    );
    check(
        "46-velero-2069-gzip.txt",
        bytes,
        "201.22MB",
        6,
        ("189.20MB", "flate.NewWriter"),
    );
    check(
        "49-openshift-13350-steady-garbage.txt",
        count,
        "64475102",
        11,
        ("6702523", "syscall.uitoa"),
    );
    assert_eq!(files("incidents", "").len(), 11);
}

#[test]
fn a_total_worked_out_is_close_to_the_written_one() {
    for path in files("incidents", "")
        .into_iter()
        .chain(files("golden", "top"))
    {
        let text = fs::read_to_string(&path).unwrap();
        let rows = text
            .lines()
            .filter(|line| !line.starts_with("Showing") && !line.contains(" total ("));
        let without: Vec<&str> = rows.collect();
        let (with, without) = (
            parse(text.as_bytes()).unwrap(),
            parse(without.join("\n").as_bytes()).unwrap(),
        );
        let (written, derived) = (with.total.unwrap(), without.total.unwrap());
        assert!(without.total_is_derived && !with.total_is_derived);
        assert_eq!(with.rows.len(), without.rows.len(), "{}", path.display());
        let error = derived as f64 / written as f64 - 1.0;
        assert!(
            error.abs() < 0.02,
            "{}: {derived} for {written}",
            path.display()
        );
    }
}
