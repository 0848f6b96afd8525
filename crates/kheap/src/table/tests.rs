use std::fmt::Write;

use proptest::prelude::*;

use super::*;
use crate::growth::{self, Clock};

/// What a table is read as, a line each: totals, rows, warnings.
fn show(table: &Table) -> String {
    let mut shown = String::new();
    let derived = if table.total_is_derived { "about " } else { "" };
    let total = table.total.map_or("nothing".to_owned(), |t| t.to_string());
    writeln!(shown, "{:?} of {derived}{total}", table.unit).unwrap();
    for row in &table.rows {
        let mark = match row.inline {
            InlineMark::None => "",
            InlineMark::Inline => " (inline)",
            InlineMark::Partial => " (partial-inline)",
        };
        let address = row
            .address
            .map_or(String::new(), |at| format!(" at {at:x}"));
        let source = row
            .source
            .as_deref()
            .map_or(String::new(), |s| format!(" in {s}"));
        writeln!(
            shown,
            "{} {} {}{mark}{address}{source}",
            row.flat, row.cum, row.name
        )
        .unwrap();
    }
    for warning in &table.warnings {
        writeln!(shown, "! {warning:?}").unwrap();
    }
    shown
}

fn check(text: &str, expected: &str) {
    let shown = parse(text.as_bytes()).map_or_else(|error| format!("{error}\n"), |t| show(&t));
    let expected: String = expected
        .lines()
        .map(|line| format!("{}\n", line.trim()))
        .collect();
    assert_eq!(shown, expected, "{text}");
}

fn check_error(bytes: &[u8], expected: &str) {
    assert_eq!(parse(bytes).unwrap_err().to_string(), expected);
}

const HEAD: &str = "Showing nodes accounting for 3kB, 75% of 4kB total
      flat  flat%   sum%        cum   cum%
";

fn check_rows(rows: &str, expected: &str) {
    check(
        &format!("{HEAD}{rows}"),
        &format!("Bytes of 4096\n{expected}"),
    );
}

#[test]
fn a_table_without_totals_gets_its_total_from_the_largest_value() {
    check(
        "1MB 10.00% 10.00%  1MB 10.00%  main.a
         0      0% 10.00%  8MB 80.00%  main.b",
        "Bytes of about 10485760
         1048576 1048576 main.a
         0 8388608 main.b",
    );
    check("0 0% 0% 0 0% main.a", "Count of nothing\n0 0 main.a");
}

#[test]
fn rows_that_hold_more_than_there_is_are_refused() {
    let twice =
        format!("{HEAD}3kB 75.00% 75.00% 3kB 75.00% main.a\n3kB 75.00% 75.00% 3kB 75.00% main.b\n");
    check_error(
        twice.as_bytes(),
        "invalid table at line 4: the rows up to here hold more than the total; \
         leave out rows that stand twice",
    );
    check_error(
        format!("{HEAD}3kB 5000% 75.00% 3kB 75.00% main.a\n").as_bytes(),
        "invalid table at line 3: 5000% of the total does not fit the value; \
         leave out a total that is of another table",
    );
    check_error(
        b"8000TB 90.00% 90.00% 8000TB 90.00% main.a",
        "invalid table at line 1: a total of 8.68PB in use is more than a Go program can \
         address, 256TB",
    );
    // What was allocated since the start may be as much.
    let since_start = b"Type: alloc_space\n8000TB 90.00% 90.00% 8000TB 90.00% main.a";
    assert!(parse(since_start).is_ok());
}

#[test]
fn rounding_may_add_up_to_more_than_there_is() {
    let row = "    0.01GB  5.00%  5.00%     0.01GB  5.00%  main.";
    let rows: Vec<String> = ('a'..'l').map(|name| format!("{row}{name}")).collect();
    let text = format!("0.06GB of 0.06GB total (100%)\n{}", rows.join("\n"));
    assert_eq!(parse(text.as_bytes()).map(|table| table.rows.len()), Ok(11));
}

#[test]
fn prose_prompts_and_quoting_stand_around_a_table() {
    check(
        "\u{feff}We see 5 GB. What is it?\r
> $ go tool pprof -alloc_space kube-apiserver heap.pb.gz\r
> File: kube-apiserver\r
> (pprof) top 2\r
> ```\r
> 3kB of 4kB total (75.00%)\r
> Showing top 2 nodes out of 312 (cum &gt;= 1kB)\r
>       flat  flat%   sum%        cum   cum%\r
>\t\u{a0} 2kB 50.00% 50.00%        2kB 50.00%  \x1b[31mmain.a\x1b[0m\r
>        1kB 25.00% 75.00%        1kB 25.00%  main.b[go.shape.struct { F int }] (inline)\r
> ```\r
Thanks.",
        "Bytes of 4096
         2048 2048 main.a
         1024 1024 main.b[go.shape.struct { F int }] (inline)",
    );
}

#[test]
fn the_header_gives_program_and_sample_type() {
    let header = |text: &str| {
        let table = parse(format!("{text}\n{HEAD}2kB 50% 50% 2kB 50% main.a").as_bytes()).unwrap();
        (table.program, table.sample_type, table.shown)
    };
    let some = |word: &str| Some(word.to_owned());
    assert_eq!(header(""), (None, None, Some(3072)));
    assert_eq!(
        header("File: etcd\nType: inuse_space"),
        (some("etcd"), some("inuse_space"), Some(3072))
    );
    let markdown = "`etcd`, `alloc_space`, 2026-01-01";
    assert_eq!(
        header(markdown),
        (some("etcd"), some("alloc_space"), Some(3072))
    );
    assert_eq!(
        header("Type: inuse_space\n(pprof) sample_index=alloc_space"),
        (None, some("alloc_space"), Some(3072))
    );
}

#[test]
fn the_functions_of_a_tree_are_rows_and_its_edges_are_none() {
    check_rows(
        "----------------------------------------------------------+-------------
                                               2kB   100% |   main.main (inline)
       2kB 50.00% 50.00%        2kB 50.00%                | main.a (inline)
                                               1kB   50% |   main.b
----------------------------------------------------------+-------------",
        "2048 2048 main.a (inline)",
    );
}

#[test]
fn our_own_markdown_is_read() {
    check(
        "`etcd`, `inuse_space`, 2026-01-01

3kB (75.00%) of 4kB shown

| flat | flat% | cum | cum% | function |
| ---: | ---: | ---: | ---: | --- |
| 2kB | 50.00% | 2kB | 50.00% | `main.a` (inline) |
| 1kB | 25.00% | 1kB | 25.00% | `a\\|b` |",
        "Bytes of 4096
         2048 2048 main.a (inline)
         1024 1024 a|b",
    );
}

#[test]
fn rows_that_were_wrapped_are_joined() {
    let row = "2kB 50.00% 50.00%  2kB 50.00%  ";
    check_rows(&format!("{row}\nmain.(*T).f"), "2048 2048 main.(*T).f");
    check_rows("2kB 50.00% 50.00%\n2kB 50.00% main.f", "2048 2048 main.f");
    check_rows(
        &format!("{row}\n> main.f\n> (inline)"),
        "2048 2048 main.f (inline)",
    );
    check_rows(
        &format!("{row}main.f\n/src/m.go:12"),
        "2048 2048 main.f in /src/m.go:12",
    );
    check_rows(
        &format!("{row}k8s.io/api/\ncore.f"),
        "2048 2048 k8s.io/api/core.f",
    );
    check_rows(
        &format!("{row}core.(*Obje\nctMeta).Unmarshal"),
        "2048 2048 core.(*ObjectMeta).Unmarshal",
    );
    check_rows(
        &format!("{row}m.f[go.shape.struct {{ F\nint; G\nint }}]"),
        "2048 2048 m.f[go.shape.struct { F int; G int }]",
    );
}

#[test]
fn what_does_not_surely_belong_to_a_row_is_left_alone() {
    let row = "2kB 50.00% 50.00%  2kB 50.00%  ";
    check_rows(&format!("{row}main.f\nmain.g"), "2048 2048 main.f");
    check_rows(&format!("{row}main.f...\nThanks"), "2048 2048 main.f...");
    check_rows(&format!("{row}main.(*T\nany idea?"), "2048 2048 main.(*T");
    check_rows(&format!("{row}main.(*T\nhelp"), "2048 2048 main.(*T");
    let name_is_missing = r#"! HalfRow { line: 4, more: 0, missing: "the name" }"#;
    for next in [
        "",
        "Thanks.",
        "what is main.f",
        "https://example.com/x.y",
        "```",
    ] {
        check_rows(
            &format!("{row}main.f\n{row}\n{next}"),
            &format!("2048 2048 main.f\n{name_is_missing}"),
        );
    }
}

#[test]
fn of_several_tables_that_of_memory_in_use_is_read() {
    let row = "2kB 50.00% 50.00%  2kB 50.00%  ";
    check_rows(
        &format!("{row}main.f\n\nand then\nType: alloc_space\n{HEAD}{row}main.g"),
        "2048 2048 main.f\n! LeftOut { program: None, sample_type: Some(\"alloc_space\"), line: 9 }",
    );
    check_rows(
        &format!("{row}main.f\n...\n1kB 25.00% 75.00% 1kB 25.00% main.g"),
        "2048 2048 main.f\n1024 1024 main.g",
    );
    check(
        &format!("Showing nodes accounting for 1s, 5% of 20s total\n\n{HEAD}{row}main.f"),
        "Bytes of 4096\n2048 2048 main.f",
    );
    let heap = format!("{HEAD}{row}main.f");
    check(
        &format!("Type: cpu\n9ms 90% 90% 9ms 90% main.spin\n\n{heap}"),
        "Bytes of 4096\n2048 2048 main.f\n! LeftOut { program: None, sample_type: Some(\"cpu\"), line: 2 }",
    );
    check(
        &format!("Type: alloc_space\n9kB 90% 90% 9kB 90% main.made\nType: inuse_space\n{heap}"),
        "Bytes of 4096\n2048 2048 main.f\n! LeftOut { program: None, sample_type: Some(\"alloc_space\"), line: 2 }",
    );
    // A second `top` at the same prompt has the type of the first.
    check(
        &format!("Type: alloc_space\n9kB 90% 90% 9kB 90% main.made\n(pprof) top -cum\n{heap}"),
        "Bytes of about 10240\n9216 9216 main.made
         ! LeftOut { program: None, sample_type: Some(\"alloc_space\"), line: 6 }",
    );
}

#[test]
fn a_second_look_at_the_same_heap_adds_rows_and_no_values() {
    let rows = "2kB 50.00% 50.00%  2kB 50.00%  main.f\n1kB 25.00% 75.00%  1kB 25.00%  main.g";
    let by_cum = "0 0% 0%  3kB 75.00%  main.main\n2kB 50.00% 50.00%  2kB 50.00%  main.f";
    check_rows(
        &format!("{rows}\n(pprof) top -cum\n{HEAD}{by_cum}"),
        "2048 2048 main.f\n1024 1024 main.g\n0 3072 main.main",
    );
    let table = parse(format!("{HEAD}{rows}\n(pprof) top -cum\n{HEAD}{by_cum}").as_bytes());
    let table = table.unwrap();
    assert!(table.moments.is_empty() && !table.has_more);
}

#[test]
fn tables_of_several_moments_are_a_series_and_never_a_sum() {
    let table_of = |kb: usize, time: &str| {
        let total = 2 * kb;
        format!(
            "Time: {time}\nShowing nodes accounting for {kb}kB, 50% of {total}kB total\n\
             {kb}kB 50.00% 50.00%  {kb}kB 50.00%  main.f\n"
        )
    };
    let text = format!(
        "{}later\n{}{}",
        table_of(2, "9am"),
        table_of(8, "10am"),
        table_of(4, "11am")
    );
    let table = parse(text.as_bytes()).unwrap();
    assert_eq!((table.total, table.rows.len()), (Some(16 << 10), 1));
    let growth = table.growth().unwrap();
    assert_eq!(growth.totals, [4 << 10, 16 << 10, 8 << 10]);
    assert_eq!(
        growth.times.iter().flatten().collect::<Vec<_>>(),
        ["9am", "10am", "11am"]
    );
    let values = [2 << 10, 8 << 10, 4 << 10].map(Some).to_vec();
    assert_eq!(
        (growth.shown, growth.rows),
        (1, vec![("main.f".to_owned(), values)])
    );
    // Single rows tell what the total is, too.
    let rows = "First:\n9kB 45.00% 90.00%  9kB 45.00%  main.f\nLater:\n70kB 70.00% 70.00% 70kB \
        70.00% main.f";
    let growth = parse(rows.as_bytes()).unwrap().growth().unwrap();
    assert_eq!(growth.totals, [20 << 10, 100 << 10]);
    assert_eq!(growth.rows[0].1, [Some(9 << 10), Some(70 << 10)]);
}

#[test]
fn tables_of_two_programs_are_no_series() {
    let row = "2kB 50.00% 50.00%  2kB 50.00%  main.f";
    let text = format!("File: a\n{HEAD}{row}\nFile: b\n{HEAD}{row}\n");
    let table = parse(text.as_bytes()).unwrap();
    assert_eq!(
        (table.program.as_deref(), table.has_more),
        (Some("a"), true)
    );
    assert!(table.moments.is_empty());
    let left_out = TableWarning::LeftOut {
        program: Some("b".to_owned()),
        sample_type: None,
        line: 8,
    };
    assert_eq!(table.warnings, [left_out]);
}

#[test]
fn a_profile_of_memory_that_took_time_is_a_difference() {
    let row = "2kB 50.00% 50.00%  2kB 50.00%  main.f";
    let text = format!("Duration: 600s, Total samples = 4kB\n{HEAD}{row}");
    let table = parse(text.as_bytes()).unwrap();
    assert_eq!(
        (table.delta_nanos, table.is_difference),
        (Some(600_000_000_000), true)
    );
    let cpu = "Duration: 30s, Total samples = 20ms\n9ms 90% 90% 9ms 90% main.spin";
    let table = parse(cpu.as_bytes()).unwrap();
    assert_eq!((table.delta_nanos, table.is_difference), (None, false));
}

#[test]
fn routines_whose_source_was_listed_are_rows() {
    check(
        "(pprof) list main
Total: 4kB
ROUTINE ======================== main.f in /src/main.go
       1kB        2kB (flat, cum) 50.00% of Total
         .          .     12:func f() {
       1kB        2kB     13:    g(make([]byte, 9))
         .          .     14:}
ROUTINE ======================== main.(*T).g in /src/a b/t.go
         0        1kB (flat, cum) 25.00% of Total
         .        1kB     15:    h()",
        "Bytes of 4096
         1024 2048 main.f in /src/main.go
         0 1024 main.(*T).g in /src/a b/t.go",
    );
}

#[test]
fn a_routine_that_is_listed_after_top_is_one_row() {
    let routine = "Total: 4kB
        ROUTINE ======================== main.f in /src/main.go
               2kB        2kB (flat, cum) 50.00% of Total";
    let top = "2kB 50.00% 50.00%  2kB 50.00%  main.f\n1kB 25.00% 75.00%  1kB 25.00%  main.g";
    check(
        &format!("{HEAD}{top}\n(pprof) list f\n{routine}"),
        "Bytes of 4096
         2048 2048 main.f
         1024 1024 main.g",
    );
    check(
        &format!("{routine}\n(pprof) top\n{HEAD}{top}"),
        "Bytes of 4096
         2048 2048 main.f in /src/main.go
         1024 1024 main.g",
    );
}

#[test]
fn bare_numbers_below_a_total_have_its_unit() {
    check(
        "Total: 4.0 MB
     2.0  50.0%  50.0%      3.5  87.5% main.f
     1.0  25.0%  75.0%      1.0  25.0% main.g",
        "Bytes of 4194304
         2097152 3670016 main.f
         1048576 1048576 main.g",
    );
    check(
        "Total: 27 samples
      20  74.1%  74.1%       20  74.1% main.f",
        "Count of about 27
         20 20 main.f",
    );
}

#[test]
fn signs_and_numbers_before_rows_are_taken_off() {
    let rows = "2kB 50.00% 50.00%  2kB 50.00%  main.f\n1kB 25.00% 75.00%  1kB 25.00%  main.g";
    let expected = "2048 2048 main.f\n1024 1024 main.g";
    for margin in ["+", "+   ", "- ", "* ", "# ", "// "] {
        let text: Vec<String> = (HEAD.lines().chain(rows.lines()))
            .map(|line| format!("{margin}{line}"))
            .collect();
        let expected = format!("Bytes of 4096\n{expected}");
        check(&text.join("\n"), &expected);
    }
    for end in [" ", ". ", ") ", ": ", " | "] {
        let numbered = rows
            .lines()
            .zip(1..)
            .map(|(row, n)| format!("{n}{end}{row}"));
        check_rows(&numbered.collect::<Vec<_>>().join("\n"), expected);
    }
    assert!(looks_like_table(b"+ 2kB 50% 50% 2kB 50% main.f"));
}

#[test]
fn times_and_names_of_a_log_are_taken_off() {
    let rows = "2kB 50.00% 50.00%  2kB 50.00%  main.f\n1kB 25.00% 75.00%  1kB 25.00%  main.g";
    for margin in [
        "2026-11-30T09:31:00Z ",
        "apiserver_1  | ",
        "[9:31 AM] ",
        "JD> ",
        "\u{2022} ",
        "2026-11-30 09:31:00 INFO server: ",
    ] {
        let text: Vec<String> = (HEAD.lines().chain(rows.lines()))
            .map(|line| format!("{margin}{line}"))
            .collect();
        check(
            &text.join("\n"),
            "Bytes of 4096\n2048 2048 main.f\n1024 1024 main.g",
        );
    }
}

#[test]
fn lines_broken_at_a_width_are_joined() {
    let rows = "  2.50kB 62.50% 62.50%     2.50kB 62.50%  k8s.io/api/core/v1.(*ConfigMap).Unmarshal
  0.50kB 12.50% 75.00%     0.50kB 12.50%  k8s.io/apimachinery/pkg/runtime.toUnstructured
       0     0% 75.00%     3.00kB 75.00%  main.f";
    let broken = |width: usize| -> String {
        let lines = HEAD.lines().chain(rows.lines());
        let lines = lines.flat_map(|line| line.as_bytes().chunks(width));
        let lines: Vec<&str> = lines
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        lines.join("\n")
    };
    let whole = "Bytes of 4096
         2560 2560 k8s.io/api/core/v1.(*ConfigMap).Unmarshal
         512 512 k8s.io/apimachinery/pkg/runtime.toUnstructured
         0 3072 main.f";
    let sentence = "What can that be? ".repeat(20);
    for width in [50, 54, 60, 66, 72] {
        check(&broken(width), whole);
        // A program that breaks no sentences shows them at their length.
        check(&format!("{sentence}\n{}\n{sentence}", broken(width)), whole);
    }
    // A mail program breaks words behind a hyphen.
    check_rows(
        "2kB 50.00% 50.00%  2kB 50.00%\ngithub.com/json-\niterator/go.(*Iterator).ReadString",
        "2048 2048 github.com/json-iterator/go.(*Iterator).ReadString",
    );
}

#[test]
fn a_line_that_is_not_understood_is_said() {
    let row = "1kB 25.00% 25.00%  1kB 25.00%  main.";
    check_rows(
        &format!("{row}f\nwhat's/this?\n{row}g\nthanks"),
        "1024 1024 main.f\n1024 1024 main.g
         ! NotRow { line: 4, more: 0 }",
    );
    check_rows(
        &format!("{row}aa\n{row}bb\n{row}cc\n0 0% 75% 1kB 25% main.d"),
        "1024 1024 main.aa\n1024 1024 main.bb\n1024 1024 main.cc\n0 1024 main.d",
    );
}

#[test]
fn html_and_spreadsheets_are_read() {
    let rows = [
        "2kB 50.00% 50.00% 2kB 50.00% main.f",
        "1kB 25.00% 75.00% 1kB 25.00% main.g",
    ];
    let expected = "2048 2048 main.f\n1024 1024 main.g";
    let each = |change: fn(&str) -> String| rows.map(change).join("\n");
    for text in [
        each(|row| format!("<tr><td>{}</td></tr>", row.replace(' ', "</td><td>"))),
        each(|row| format!("<span class=\"line\">{row}</span>")),
        rows.join("<br>"),
        rows.join("<br/>\n"),
        each(|row| row.replace(' ', ",")),
        each(|row| format!("\"{}\"", row.replace(' ', "\",\""))),
        each(|row| row.replace("kB", " kB")),
        each(|row| row.replace("kB", "KiB")),
        each(|row| row.replace('.', ",").replace("main,", "main.")),
        each(|row| format!("`{row}`")),
        rows.join("\r"),
    ] {
        check_rows(&text, expected);
    }
    assert!(looks_like_table(
        b"<html><table><tr><td>1kB</td><td>5%</td><td>5%</td>"
    ));
}

#[test]
fn a_sign_is_left_where_it_is_one_or_stands_before_few_rows() {
    check_rows("-2kB 50% 50% -2kB 50% main.f", "-2048 -2048 main.f");
    check_rows(
        "2kB 50% 50% 2kB 50% main.f\n- 1kB 25% 75% 1kB 25% main.g",
        "2048 2048 main.f",
    );
    // Only the newer one of two tables is read.
    check_rows(
        "+ 2kB 50% 50% 2kB 50% main.f\n+ 1kB 25% 75% 1kB 25% main.g\n- 3kB 75% 75% 3kB 75% main.f",
        "2048 2048 main.f\n1024 1024 main.g",
    );
}

#[test]
fn rows_that_ran_into_one_line_are_parted() {
    let row = "2kB 50.00% 50.00%  2kB 50.00%  ";
    check_rows(
        &format!("{row}main.f          1kB 25.00% 75.00%   1kB 25.00%  main.g (inline)"),
        "2048 2048 main.f\n1024 1024 main.g (inline)",
    );
    check_rows(
        &format!("{row}m.f[go.shape.struct {{ F  1kB }}]"),
        "2048 2048 m.f[go.shape.struct { F  1kB }]",
    );
}

#[test]
fn what_is_odd_is_a_warning() {
    let row = "2kB 50.00% 50.00%  2kB 50.00%  main.f";
    check_rows(
        &format!("Showing top 20 nodes out of 100\n{row}\n1kB 25%\n2kB 5% 5%"),
        "2048 2048 main.f
         ! HalfRow { line: 5, more: 1, missing: \"cum\" }
         ! MissingRows { rows: 1, announced: 20 }",
    );
    check_rows(
        "1kB 50.00% 50.00%  1kB 50.00%  main.f",
        "1024 1024 main.f
         ! Percentages",
    );
}

#[test]
fn sizes_of_several_units_and_signs_are_mixed() {
    check_rows(
        "-2kB 50.00% 50.00%  0.50kB 12.50%  main.f
         17B 0.42% 49.58%  0 0%  main.g
         0 0% 49.58% 9TB 100% main.h
         5 0.12% 49.70% 0 0% main.i
         ! nothing",
        "-2048 512 main.f
         17 0 main.g
         0 9895604649984 main.h
         5 0 main.i
         ! Percentages",
    );
}

#[test]
fn what_no_profile_has_is_refused() {
    let refused = |row: &str, reason: &str| {
        let error = format!("invalid table at line 3: \"main.f\" {reason}");
        check_error(format!("{HEAD}{row}").as_bytes(), &error);
    };
    refused(
        "2MB 50.00% 50.00%  2MB 50.00%  main.f",
        "has more than the total; leave out a total that is of another table",
    );
    refused("3kB 75% 75% 1kB 25% main.f", "has more flat than cum");
}

#[test]
fn a_difference_of_profiles_is_known_from_a_profile() {
    let is_difference = |row: &str| {
        let table = parse(format!("{HEAD}{row}").as_bytes());
        table.expect("a table").is_difference
    };
    assert!(is_difference("6kB 150% 150% 6kB 150% main.f"));
    assert!(is_difference("-1kB 25% 25% 2kB 50% main.f"));
    assert!(!is_difference("4kB 100% 100% 4kB 100% main.f"));
}

#[test]
fn callers_and_callees_are_kept_apart_from_rows() {
    let text = "\
----------------------------------------------------------+-------------
      flat  flat%   sum%        cum   cum%   calls calls% + context
----------------------------------------------------------+-------------
                                            3kB   100% |   main.main /src/main.go:7
       1kB 25.00% 25.00%       3kB 75.00%                | main.f
                                            2kB 66.67% |   main.g (inline)
                                             2s 66.67% |   main.h
----------------------------------------------------------+-------------";
    let table = parse(text.as_bytes()).unwrap();
    let edges = table.edges.iter();
    let edges = edges.map(|edge| (&*edge.name, edge.weight, edge.is_callee));
    let expected = [("main.main", 3 << 10, false), ("main.g", 2 << 10, true)];
    assert_eq!(edges.collect::<Vec<_>>(), expected);
    check_rows(text, "1024 3072 main.f");
}

#[test]
fn lines_of_html_are_numbered_as_in_the_text() {
    check_error(
        b"<p>a</p><p>b</p>\n<td>1kB</td><td>5%</td><br>\n",
        "invalid table at line 2: this is half a row: cum is missing",
    );
    let rows = "<br>so<br>\n1kB 50% 50% 1kB 50% m.f<br>1kB 50% 100% 1kB 50% m.g\n\
                <tr><td>1kB</td><td>50%</td></tr>";
    let table = parse(rows.as_bytes()).unwrap();
    let lines: Vec<usize> = table.rows.iter().map(|row| row.text_line).collect();
    assert_eq!(lines, [2, 2]);
    let half = TableWarning::HalfRow {
        line: 3,
        more: 0,
        missing: "cum".into(),
    };
    assert_eq!(table.warnings, [half]);
}

#[test]
fn more_in_use_than_there_are_addresses_is_refused_once_that_is_said() {
    let most = i64::MAX;
    let table = parse(format!("name,flat,cum,inline\nm.f,{most},{most},none").as_bytes()).unwrap();
    for sample_type in ["alloc_space", "inuse_objects"] {
        assert_eq!(table.check_as(sample_type), Ok(()), "{sample_type}");
    }
    let error = table.check_as("inuse_space").unwrap_err();
    let kind = TableErrorKind::MoreThanAddresses { total: most };
    assert_eq!((error.line, error.kind), (Some(2), kind));
}

#[test]
fn what_is_no_table_is_refused() {
    check_error(b"", "invalid table: the text is empty");
    check_error(b" \r\n\n", "invalid table: the text is empty");
    check_error(
        b"Forbidden",
        "invalid table: no row (flat, flat%, sum%, cum, cum%, name) in 1 line",
    );
    check_error(
        HEAD.as_bytes(),
        "invalid table: no row (flat, flat%, sum%, cum, cum%, name) in 2 lines",
    );
    check_error(
        b"so\n9226.15MB 79.43% 79.43%",
        "invalid table at line 2: this is half a row: cum is missing",
    );
    check_error(
        b"79.43%  9226.15MB 79.43%  bytes.makeSlice",
        "invalid table at line 1: this is half a row: flat is missing",
    );
    check_error(
        b"text\n\x1f\x8b\x08\0",
        "invalid table at line 2: byte 0x1f is not text",
    );
    check_error(
        b"caf\xe9 ",
        "invalid table: no row (flat, flat%, sum%, cum, cum%, name) in 1 line",
    );
    check_error(
        &vec![b' '; MAX_BYTES + 1],
        "invalid table: the text is larger than the limit of 16777216 bytes; keep only the table",
    );
}

#[test]
fn absurd_numbers_are_refused() {
    let check = |row: &str, message: &str| {
        let text = format!("{HEAD}{row}");
        check_error(
            text.as_bytes(),
            &format!("invalid table at line 3: {message}"),
        );
    };
    check("NaN 5% 5% 1kB 5% main.f", "invalid number \"NaN\"");
    check("1kB NaN% 5% 1kB 5% main.f", "invalid number \"NaN%\"");
    check("1e400 5% 5% 1kB 5% main.f", "invalid number \"1e400\"");
    check("1kB 1e400% 5% 1kB 5% main.f", "invalid number \"1e400%\"");
    check(
        "99999999999PB 5% 5% 1kB 5% main.f",
        "number \"99999999999PB\" is too large",
    );
    check(
        "1kB 5% 5% 2ms 5% main.f",
        "\"main.f\" has another unit than the lines before",
    );
    check_error(
        b"Showing nodes accounting for 1kB, 5% of 9ZB total",
        "invalid table at line 1: invalid number \"9ZB\"",
    );
    let tiny = "1TB 1e-300% 1e-300% 1TB 1e-300% main.f";
    let table = parse(tiny.as_bytes()).unwrap();
    assert_eq!((table.total, table.flat_sum()), (None, 1 << 40));
}

#[test]
fn sums_stop_at_the_smallest_number() {
    let row = |name| format!("-8191PB 100% 100% -8191PB 100% main.{name}\n");
    let rows: String = ["f", "g", "h"].map(row).concat();
    assert_eq!(parse(rows.as_bytes()).unwrap().flat_sum(), i64::MIN);
}

#[test]
fn a_table_is_known_from_other_files_by_its_beginning() {
    for head in [
        "Type: inuse_space\nShowing nodes accounting for 1kB, 5% of 9kB total",
        "hi\n> 42 of 64 total (66.18%)",
        "1kB 5% 5% 1kB 5% main.f",
        "1kB 5% 5%",
        "NaN 5% 5% 1kB 5% main.f",
        "| flat | flat% | cum | cum% | function |",
    ] {
        assert!(looks_like_table(head.as_bytes()), "{head}");
    }
    let cut = [HEAD.as_bytes(), b"caf\xc3"].concat();
    assert!(looks_like_table(&cut));
    for head in [
        &b""[..],
        b"Forbidden",
        b"heap profile: 1: 2 [3: 4] @ heap/1048576\n1: 2 [3: 4] @ 0x1 0x2\n#\t0x1\tmain.f+0x5\tm.go:1",
        b"{\"kind\":\"Status\"}",
        b"\x1f\x8b\x08\0\0",
        b"\x0a\x04\x08\x01\x10\x02",
        b"-----------+------\n   1.50MB   main.f\n            main.main",
        b"name,flat,cum,inline\nmain.f,5,5,none",
    ] {
        assert!(!looks_like_table(head), "{}", head.escape_ascii());
    }
}

/// Nothing may take time that grows faster than the text.
fn check_time(pattern: &str, size: usize) {
    growth::check(|parts| {
        let bytes = size * parts / (growth::FEW * growth::TIMES);
        let text = pattern.repeat(bytes.div_ceil(pattern.len()));
        let mut clock = Clock::start();
        let _ = parse(text.as_bytes());
        clock.lap("parse");
        looks_like_table(text.as_bytes());
        clock.lap("look");
        clock.laps
    });
}

#[test]
fn any_text_is_read_in_linear_time() {
    const LONG: usize = 1 << 20;
    const SHORT: usize = 1 << 17;
    check_time("It uses 5 GB of 8 GB, which is 62% of it.\n", LONG);
    check_time("(", LONG);
    let half_rows = "1kB 5% 5% 1kB 5%\nmain.(*T[\n";
    let cut_names = "1kB 5% 5% 1kB 5% m.f[go.shape.struct {\nF int\n";
    let sources = "1kB 5% 5% 1kB 5% m.f".to_owned() + &" /a :1".repeat(SHORT / 6) + ":12";
    for pattern in [
        "(((( ",
        "`",
        "> ",
        "|",
        "&",
        "\x1b[",
        "\x1b]",
        "1% ",
        "1kB 5% ",
        "9",
        ":1",
        "\n",
        "\u{a0}",
        half_rows,
        cut_names,
        "1kB 5% 5% 1kB 5% m.f\n",
        &sources,
    ] {
        check_time(pattern, SHORT);
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "1kB", "5%", "5% ", "1kB 5% 5% 1kB 5% ", "main.f", "m.f[struct {", "}]", "(inline)", "|",
                "`", "> ", "\n", "\\|", "\x1b", "[", "]", "\x07", "é", "\u{a0}", "&gt;", "NaN", "inf", "-",
                "/a.go:1", ":", "%", " of ", "Type:", "File:", "Showing nodes accounting for ", "pprof",
                "00000000000000aé", "0000000000000012 ", ".", "\r", "(",
            ]),
            0..24,
        ),
        bytes in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let text = pieces.concat();
        let _ = parse(text.as_bytes()).map(|table| table.flat_sum());
        looks_like_table(text.as_bytes());
        let _ = parse(&bytes);
        looks_like_table(&bytes);
    }
}

#[test]
fn named_columns_are_read_in_any_order_and_unit() {
    let rows = "Bytes of about 10485760\n1048576 2097152 main.a\n0 8388608 main.b";
    check(
        "Function flat flat% cum cum%
         main.a 1MB 10.00% 2MB 20.00%
         main.b 0 0% 8MB 80.00%",
        rows,
    );
    check(
        "cum cum% flat flat% Name
         2MB 20.00% 1MB 10.00% main.a
         8MB 80.00% 0 0% main.b",
        rows,
    );
    check(
        "| Cum | Cum % | Flat | Flat % | Function |
         |---:|---:|---:|---:|:---|
         | 2MB | 20.00% | 1MB | 10.00% | `main.a` |
         | 8MB | 80.00% | 0 | 0% | `main.b` |",
        rows,
    );
    check(
        "Flat (MB)\tFlat %\tCum (MB)\tCum %\tFunction
         1\t10.00\t2\t20.00\tmain.a
         0\t0\t8\t80.00\tmain.b",
        rows,
    );
    assert!(looks_like_table(b"Name,Cum,Flat\nmain.a,2MB,1MB\n"));
}
