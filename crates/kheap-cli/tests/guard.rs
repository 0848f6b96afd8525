//! Every character that nobody sees is written out, wherever people read it.
//!
//! CSV, JSON and pprof's own formats have the bytes of the profile in a pipe, where
//! programs read them; on a terminal these are guarded, too.

mod common;

use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;

use common::{check_golden, heap_builder, kheap, on_terminal, project};
use kheap::ProfileBuilder;
use kheap::profile::Mapping;
use pulldown_cmark::{Event, Tag};

/// Characters without a glyph: controls, those that Unicode calls default-ignorable or
/// format, blanks that look like nothing, and some for private use.
const UNSEEN: [RangeInclusive<char>; 23] = [
    '\u{1}'..='\u{1f}',
    '\u{7f}'..='\u{9f}',
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{600}'..='\u{605}',
    '\u{61c}'..='\u{61c}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{200b}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{2800}'..='\u{2800}',
    '\u{3164}'..='\u{3164}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{e000}'..='\u{e00f}',
    '\u{f8f0}'..='\u{f8ff}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff9}'..='\u{fffb}',
    '\u{e0000}'..='\u{e007f}',
    '\u{f0000}'..='\u{f000f}',
    '\u{10fff0}'..='\u{10fffd}',
];

/// What our own lines consist of.
const OURS: [char; 3] = ['\n', '\t', '\r'];

fn is_unseen(c: char) -> bool {
    !OURS.contains(&c) && UNSEEN.iter().any(|range| range.contains(&c))
}

/// A heap of an API server with all of these characters in every name.
fn write_heap(file: &Path, grown: i64) {
    let unseen: String = UNSEEN.into_iter().flatten().collect();
    write_heap_of(heap_builder(), &unseen, file, grown);
}

/// A heap of an API server with this text in every name.
fn write_heap_of(mut builder: ProfileBuilder, text: &str, file: &Path, grown: i64) {
    let name = |begin: &str| format!("{begin}{text}x");
    let comment = builder.string(name("comment"));
    let program = Mapping {
        filename: builder.string(name("/bin/program")),
        build_id: builder.string(name("build")),
        ..Mapping::default()
    };
    let program = builder.mapping(program);
    let header = builder.header();
    header.comments = vec![comment];
    header.doc_url = comment;
    header.time_nanos = 1_700_000_000_000_000_000 + grown * 1_000_000_000;
    header.period = 512 << 10;
    builder.header().period_type = builder.value_type("space", "bytes");
    for function in [
        name("k8s.io/api/core/v1.(*").replace('x', "Kind).Unmarshal"),
        name("package").replace('x', ".function"),
    ] {
        let function = builder.function(&function, &name("/src/file"));
        let location = builder.location(Some(program), 0x1000, &[(function, 7)]);
        let labels = [
            builder.number_label("bytes", 512, "bytes"),
            builder.text_label(&name("key"), &name("value")),
        ];
        let space = grown * (64 << 20);
        let values = [grown << 17, space, grown << 17, space];
        let pushed = builder.sample(&[location], &values, &labels);
        pushed.expect("it is complete");
    }
    let mut bytes = Vec::new();
    kheap::encode(&builder.finish(), &mut bytes).expect("memory takes it");
    fs::write(file, bytes).expect("there is room");
}

/// Runs a command on `a` and `b`, two such heaps, and looks at what it shows.
fn check(command: &str, run: impl Fn(&[&str]) -> Option<String>) {
    let folder = tempfile::tempdir().expect("there is room");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (a, b) = (path("a.pb"), path("b.pb"));
    write_heap(Path::new(&a), 1);
    write_heap(Path::new(&b), 3);
    let words = command.split(' ').map(|word| match word {
        "a" => a.as_str(),
        "b" => b.as_str(),
        word => word,
    });
    let words: Vec<&str> = words.collect();
    let Some(shown) = run(&words) else {
        return;
    };
    let unseen: Vec<char> = shown.chars().filter(|&c| is_unseen(c)).collect();
    assert!(unseen.is_empty(), "{command}: {unseen:?}");
    // Names are shown, if not to their end; some tables of CSV have none.
    let has_names = !command.ends_with("csv");
    assert!(!has_names || shown.contains("u0001"), "{command}: {shown}");
}

const OWN: [&str; 9] = [
    "diagnose a",
    "diagnose a b",
    "breakdown a",
    "compare a b",
    "series a b",
    "sizes a",
    "lifetimes a b",
    "memory a --rss 1GB",
    "info a",
];

const PPROF: [&str; 5] = ["top a", "tree a", "peek f a", "traces a", "tags a"];

fn piped(args: &[&str]) -> Option<String> {
    let run = kheap(args);
    assert_eq!(run.code, Some(0), "{args:?}: {}", run.stderr);
    Some(run.stdout)
}

#[test]
fn what_people_read_shows_every_character_in_a_pipe_too() {
    for command in OWN {
        check(command, piped);
    }
    for command in OWN.iter().chain(&PPROF) {
        check(&format!("{command} --format markdown"), piped);
    }
}

#[test]
fn pictures_and_reports_show_every_character() {
    for command in [
        "flame a --format svg",
        "flame a --format folded",
        "graph a --format svg",
        "graph a --format dot",
        "graph a --format mermaid",
        "report a --format html",
        "report a --format markdown",
        "report a b --format html",
        "report a b --format markdown",
    ] {
        check(command, piped);
    }
}

#[test]
fn a_terminal_shows_every_character_of_all_formats() {
    for command in OWN.iter().chain(&PPROF) {
        for format in ["text", "csv", "json"] {
            let command = format!("{command} --format {format}");
            check(&command, |args| on_terminal(args, &[("NO_COLOR", "1")]));
        }
    }
}

/// What would be a script, a picture, a link or a code span that ends too early.
const MARKUP: &str =
    "<script>alert(1)</script>![a](https://b)[c](https://d)`e`<https://f>&lt;**g**";

/// A profile whose types and units are markup, too.
fn write_markup(file: &Path, grown: i64) {
    let mut builder = ProfileBuilder::new();
    for kind in [
        "alloc_objects",
        "alloc_space",
        "inuse_objects",
        "inuse_space",
    ] {
        builder.sample_type(&format!("{kind}{MARKUP}"), MARKUP);
    }
    write_heap_of(builder, MARKUP, file, grown);
}

#[test]
fn no_name_is_markup_in_markdown() {
    let folder = tempfile::tempdir().expect("there is room");
    let path = |name: &str| folder.path().join(name).display().to_string();
    for (heap, write) in [
        (
            "names",
            (|file, grown| write_heap_of(heap_builder(), MARKUP, file, grown)) as fn(&Path, i64),
        ),
        ("units", write_markup),
    ] {
        let (a, b) = (path("a.pb"), path("b.pb"));
        write(Path::new(&a), 1);
        write(Path::new(&b), 3);
        for command in OWN.iter().chain(&PPROF).chain(&["report a", "report a b"]) {
            let command = format!("{command} --format markdown");
            let words = command.split(' ').map(|word| match word {
                "a" => a.as_str(),
                "b" => b.as_str(),
                word => word,
            });
            let run = kheap(&words.collect::<Vec<_>>());
            let is_result = run.code == Some(0);
            assert!(is_result || heap == "units", "{command}: {}", run.stderr);
            let markup = markup_of(&run.stdout);
            assert!(markup.is_empty(), "{command} of {heap}: {markup:?}");
        }
    }
}

#[test]
fn no_source_of_a_signature_is_markup() {
    let folder = tempfile::tempdir().expect("there is room");
    let signature = format!(
        "id = 'mine'\ntitle = '{MARKUP}'\nabout = '{MARKUP}'\nremedy = ['{MARKUP}']\n\
         sources = ['https://a><script>alert(1)</script>', '{MARKUP}']\n\
         select.all = {{ any = ['main'] }}\nrequire = [{{ share = 'all', at_least = 0.5 }}]\n"
    );
    fs::write(folder.path().join("mine.toml"), signature).expect("there is room");
    let signatures = folder.path().display().to_string();
    for words in [
        &["signatures", "mine", "--signatures", &signatures][..],
        &["signatures", "--signatures", &signatures],
    ] {
        let run = kheap(&[words, &["--format", "markdown"]].concat());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let markup = markup_of(&run.stdout);
        assert!(markup.is_empty(), "{words:?}: {markup:?}");
    }
}

/// What in Markdown acts, other than what we write ourselves.
fn markup_of(markdown: &str) -> Vec<String> {
    let options = pulldown_cmark::Options::ENABLE_TABLES;
    let events = pulldown_cmark::Parser::new_ext(markdown, options);
    let acts = events.filter_map(|event| match event {
        Event::Html(html) | Event::InlineHtml(html) => {
            let is_ours = ["<br>", "<details>", "</details>"].contains(&html.trim())
                || html.starts_with("<summary>") && !html.contains("alert");
            (!is_ours).then(|| html.to_string())
        }
        Event::Start(Tag::Image { dest_url, .. }) => Some(dest_url.to_string()),
        Event::Start(Tag::Link { dest_url, .. }) => {
            let is_bare = ["https://b", "https://d", "https://f", "https://a"];
            is_bare.contains(&&*dest_url).then(|| dest_url.to_string())
        }
        _ => None,
    });
    acts.collect()
}

/// The page has no list of its own.
#[test]
fn the_explorer_guards_the_same_characters() {
    let range = |range: RangeInclusive<char>| {
        let (first, last) = (*range.start() as u32, *range.end() as u32);
        match first == last {
            true => format!("\\u{{{first:x}}}"),
            false => format!("\\u{{{first:x}}}-\\u{{{last:x}}}"),
        }
    };
    let ranges: Vec<String> = kheap_text::UNSEEN.into_iter().map(range).collect();
    // Halves of a character exist in JavaScript only.
    let all = format!("{}\\u{{d800}}-\\u{{dfff}}", ranges.concat());
    let script = format!(
        "// @ts-check\n\
         // Characters that nobody sees, from the guard of `kheap-text`. A test writes this file:\n\
         // UPDATE_GOLDEN=1 cargo test -p kheap-cli --all-features --test guard\n\n\
         export const UNSEEN = /[{all}]/gu;\n"
    );
    let file = project().join("crates/kheap-report/explorer/unseen.js");
    check_golden(&file, &script);
}
