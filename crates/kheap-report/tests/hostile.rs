//! Names that would do harm if a reader of Markdown or HTML took them for
//! anything but text.

use kheap::{
    DiagnoseOptions, Heap, ProfileBuilder, Selection, SelectionOptions, Snapshot, compare,
    diagnose, series,
};
use kheap_report::{Change, Commands, Input, Known, ModelBuilder, Report};
use pulldown_cmark::{Event, Options, Parser, Tag};

const NAMES: [&str; 7] = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(2)>",
    "`code` | ``more`` | [x](https://example.com)",
    "![x](https://example.com/a.png)",
    "line\n\n# heading\r\n- item",
    "\u{202e}\u{5e9}\u{5dc}\u{5d5}\u{5dd}.evil",
    "]]></script><script>alert(3)</script>",
];

/// The program, the files and the functions have these names.
fn heap(factor: i64) -> Heap<'static> {
    let mut builder = ProfileBuilder::new();
    builder.sample_type("inuse_space", "bytes");
    let long = "x".repeat(10_000);
    for (at, name) in NAMES.iter().copied().chain([long.as_str()]).enumerate() {
        let function = builder.function(name, name);
        let location = builder.location(None, at as u64 + 1, &[(function, 7)]);
        let value = (factor * (at as i64 + 1)) << 20;
        builder
            .sample(&[location], &[value], &[])
            .expect("one value");
    }
    let profile = builder.finish();
    let sample_type = profile.sample_type("").expect("there is one");
    Heap::new(Selection::new(
        profile,
        sample_type,
        &SelectionOptions::default(),
    ))
}

#[test]
fn a_report_names_no_commands_that_its_program_lacks() {
    let heap = heap(1);
    let process = kheap::memory::MemoryOptions::default().limit(1 << 20);
    let options = DiagnoseOptions::default().process(process);
    let diagnosis = diagnose(&heap, &options);
    let known = Known::default().process(process);
    let texts = |commands| {
        let report = Report::new(&heap, &diagnosis).known(known.commands(commands));
        let markdown = report.markdown(None).expect("it is written");
        [report.html().expect("it is written"), markdown.text]
    };
    let command = |program: &str| [format!("<code>{program} "), format!("`{program} ")];
    for (at, text) in texts(Commands::Kheap).iter().enumerate() {
        assert!(text.contains(&command("kheap")[at]));
    }
    for commands in [Commands::Omitted, Commands::Of("oc heap")] {
        for (at, text) in texts(commands).iter().enumerate() {
            assert!(!text.contains(&command("kheap")[at]), "{text}");
            let is_renamed = commands == Commands::Of("oc heap");
            assert_eq!(text.contains(&command("oc heap")[at]), is_renamed);
        }
    }
}

#[test]
fn a_sentence_without_its_command_is_whole_or_gone() {
    let stacks: String = (0..200).map(|n| format!("main;f{n} 4096\n")).collect();
    let profile = kheap::ProfileBuilder::folded(&stacks)
        .expect("stacks")
        .finish();
    let sample_type = profile.sample_type("").expect("there is one");
    let selection = Selection::new(&profile, sample_type, &SelectionOptions::default());
    let heap = Heap::new(selection);
    let diagnosis = diagnose(&heap, &DiagnoseOptions::default());
    let texts = |commands| {
        let known = Known::default().commands(commands);
        let report = Report::new(&heap, &diagnosis).known(known);
        let markdown = report.markdown(None).expect("it is written").text;
        [report.html().expect("it is written"), markdown]
    };
    for text in texts(Commands::Kheap) {
        assert!(text.contains("give its RSS: "), "{text}");
        assert!(text.contains("functions. All: "), "{text}");
    }
    for text in texts(Commands::Omitted) {
        assert!(text.contains("The table has "), "{text}");
        assert!(!text.contains("give its RSS"), "{text}");
        for broken in [": .", ". .", "functions.  "] {
            assert!(!text.contains(broken), "{broken:?} in {text}");
        }
    }
}

/// Reports of one dump and of two, in which every text of the caller is hostile.
fn with_reports(check: impl Fn(&Report<'_>)) {
    let (before, after) = (heap(1), heap(3));
    let keys = series::Keys::default();
    let snapshots = [&before, &after].map(|s| Snapshot::new(s, NAMES[0], &keys));
    let by = [series::By::Place, series::By::Function];
    let thresholds = series::GrowthThresholds::default();
    let comparison = compare(&snapshots[0], &snapshots[1], &by, &thresholds);
    let comparison = comparison.expect("they count the same");
    let together = kheap::Series::new(snapshots.to_vec()).expect("they belong together");
    let diagnosis = diagnose(&after, &DiagnoseOptions::default());
    let mut model = ModelBuilder::new();
    model.add(&before, NAMES[0], Some(NAMES[1].to_owned()));
    model.add(&after, NAMES[2], None);
    let model = model.finish(&after, &diagnosis, &Known::default());
    let inputs = NAMES.map(|name| Input::new(name, name.as_bytes(), Some(name.to_owned())));
    for change in [
        Change::None,
        Change::Pair {
            before: &before,
            comparison: &comparison,
        },
        Change::Series(&together),
    ] {
        check(
            &Report::new(&after, &diagnosis)
                .model(&model)
                .change(change)
                .inputs(&inputs)
                .command(NAMES[2])
                .version("0.0.0")
                .warnings(&NAMES.map(str::to_owned)),
        );
    }
}

#[test]
fn in_markdown_they_are_text() {
    with_reports(|report| {
        let markdown = report.markdown(Some("a ]( b")).expect("it is written");
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
        for event in Parser::new_ext(&markdown.text, options) {
            match event {
                Event::Html(html) | Event::InlineHtml(html) => panic!("HTML: {html}"),
                Event::Start(Tag::Link { dest_url, .. }) => panic!("a link to {dest_url}"),
                Event::Start(Tag::Image { dest_url, .. }) => {
                    let known = markdown
                        .pictures
                        .iter()
                        .map(|p| format!("a%20](%20b.{}", p.ending));
                    assert!({ known }.any(|known| *known == *dest_url), "{dest_url}");
                }
                _ => {}
            }
        }
        let headings = Parser::new_ext(&markdown.text, options)
            .filter(|event| matches!(event, Event::Start(Tag::Heading { .. })));
        let ours = markdown
            .text
            .lines()
            .filter(|line| line.starts_with('#'))
            .count();
        assert_eq!(headings.count(), ours);
        assert!(!markdown.text.contains("# heading\n"), "{}", markdown.text);
    });
}

#[test]
fn in_html_they_are_text() {
    with_reports(|report| {
        let html = report.html().expect("it is written");
        for markup in ["<script>", "<img", "<b>", "onerror=alert(2)>", "\u{202e}"] {
            assert!(!html.contains(markup), "{markup}");
        }
        // That of the page, and one for each flame graph.
        let scripts = html.matches("<script nonce=\"").count();
        assert_eq!(
            scripts,
            1 + html.matches("<svg class=\"kheap-flame\"").count()
        );
        assert!(html.contains("&#60;script&#62;alert(1)"));
    });
}

#[test]
fn a_dump_without_values_has_a_report_without_pictures() {
    let mut builder = ProfileBuilder::new();
    builder.sample_type("inuse_space", "bytes");
    let profile = builder.finish();
    let sample_type = profile.sample_type("").expect("there is one");
    let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
    let heap = Heap::new(selection);
    let diagnosis = diagnose(&heap, &DiagnoseOptions::default());
    let report = Report::new(&heap, &diagnosis)
        .command("kheap report")
        .version("0.0.0");
    let markdown = report.markdown(Some("report")).expect("it is written");
    assert_eq!(markdown.pictures, []);
    assert!(!markdown.text.contains("!["), "{}", markdown.text);
    assert!(!report.html().expect("it is written").contains("<svg"));
}
