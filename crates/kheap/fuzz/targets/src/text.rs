//! Texts that people write or paste.

use std::sync::{Arc, LazyLock};

use kheap::attribute::{Dimensions, Rules};
use kheap::diagnose::DiagnoseOptions;
use kheap::filter::{Filters, Pattern, TagFilter};
use kheap::symbol::{self, Symbol};
use kheap::{Catalog, Diagnosis, Heap, ProfileBuilder, Selection, SelectionOptions, breakdown};
use kheap_report::Report;

/// A pasted table: what is read of it can be diagnosed, and no finding claims
/// more than there is.
pub fn table(bytes: &[u8]) {
    let _ = kheap::table::looks_like_table(bytes);
    let table = match kheap::table::parse(bytes) {
        Ok(table) => table,
        Err(error) => return check_line(&error),
    };
    for sample_type in table.sample_types() {
        if let Err(error) = table.check_as(sample_type) {
            check_line(&error);
        }
    }
    let lines = 1 + bytes.len();
    assert!(table.rows.len() <= lines, "more rows than lines");
    assert!(
        table
            .rows
            .iter()
            .all(|row| (1..=lines).contains(&row.text_line))
    );
    let diagnosis = kheap::diagnose(&table, &DiagnoseOptions::default());
    for finding in diagnosis.findings {
        assert!(finding.share.is_finite(), "{finding:?}");
    }
}

/// A signature: what is accepted has an id under which it is found, and can be
/// evaluated.
pub fn signature(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let mut catalog = Catalog::empty();
    let id = match catalog.add(text) {
        Ok(id) => id.to_owned(),
        Err(error) => return check_line(&error),
    };
    assert_eq!(catalog.get(&id).map(|signature| &signature.id), Some(&id));
    kheap::diagnose(&*HEAP, &DiagnoseOptions::default().catalog(&catalog));
}

/// Rules of a user: where they are read, they attribute each byte once.
pub fn rules(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let rules = match Rules::parse(&text) {
        Ok(rules) => rules,
        Err(error) => return check_line(&error),
    };
    let heap = Heap::new(select(Filters::default())).with_rules(&Arc::new(rules));
    let rows = breakdown(&heap, Dimensions::ALL).rows;
    let bytes: i64 = rows.iter().map(|row| row.value).sum();
    assert_eq!(bytes, HEAP.total());
    kheap::diagnose(&heap, &DiagnoseOptions::default());
}

/// Markdown above a report: it brings no script and no picture along, and no more than its
/// size says.
pub fn header(bytes: &[u8]) {
    /// What cells that a table lacks may add.
    const MOST_ADDED: usize = 4 << 20;
    let text = String::from_utf8_lossy(bytes);
    report(Some(&text)).markdown(None).expect("it is written");
    let html = page(Some(&text));
    assert!(html.len() <= PLAIN_PAGE.len() + 32 * text.len() + MOST_ADDED);
    for word in [
        "<script",
        "<img",
        "<iframe",
        "<style",
        "href=\"javascript",
        "href=\"//",
    ] {
        let counts = [&html, &*PLAIN_PAGE].map(|page| page.matches(word).count());
        assert_eq!(counts[0], counts[1], "{word}");
    }
}

/// A report without a header.
static PLAIN_PAGE: LazyLock<String> = LazyLock::new(|| page(None));

fn page(header: Option<&str>) -> String {
    report(header).html().expect("it is written")
}

fn report(header: Option<&str>) -> Report<'_> {
    let mut report = Report::new(&*HEAP, &DIAGNOSIS)
        .command("kheap report heap.pb.gz")
        .version("0.0.0");
    report.header = header;
    report
}

static DIAGNOSIS: LazyLock<Diagnosis> =
    LazyLock::new(|| kheap::diagnose(&*HEAP, &DiagnoseOptions::default()));

/// A symbol name: its parts are parts of it, and canonical names are canonical.
pub fn symbol(bytes: &[u8]) {
    let name = String::from_utf8_lossy(bytes);
    let symbol = Symbol::parse(&name);
    assert!(symbol.inlined().count() <= name.len());
    let canonical = symbol::canonical(&name);
    assert_eq!(symbol::canonical(&canonical), canonical);
    let plain = symbol::without_numbers(&canonical);
    assert_eq!(symbol::without_numbers(&plain), plain);
    assert!(symbol::short(&name).len() <= name.len());
}

/// Filters: the first line is an expression for names, the second one for tags, or what a
/// profile itself drops and keeps. What they leave is never more than there was.
pub fn filter(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (name, tag) = text.split_once('\n').unwrap_or((&text, &text));
    let dropped = dropped(name, tag);
    assert_eq!(dropped.total(), HEAP.total());
    let tag = TagFilter::new(tag).map_err(|error| check_line(&error));
    let tag = tag.ok();
    let name = match Pattern::new(name) {
        Ok(name) => name,
        Err(error) => return check_line(&error),
    };
    let each: [fn(&mut Filters, Pattern); 6] = [
        |filters, pattern| filters.focus = Some(pattern),
        |filters, pattern| filters.ignore = Some(pattern),
        |filters, pattern| filters.hide = Some(pattern),
        |filters, pattern| filters.show = Some(pattern),
        |filters, pattern| filters.show_from = Some(pattern),
        |filters, pattern| filters.prune_from = Some(pattern),
    ];
    for set in each {
        let mut filters = Filters::default().tag_focus(tag.clone());
        set(&mut filters, name.clone());
        let selection = select(filters);
        assert!(selection.profile().samples().len() <= HEAP.profile().samples().len());
        assert_eq!(selection.total(), HEAP.total());
    }
}

/// An error says in one line what is wrong.
fn check_line(error: &dyn std::error::Error) {
    assert!(!error.to_string().contains('\n'), "{error}");
}

/// A small heap in which about everything can be matched.
pub(crate) static HEAP: LazyLock<Heap<'static>> =
    LazyLock::new(|| Heap::new(select(Filters::default())));

fn select(filters: Filters) -> Selection<'static> {
    selected(builder(), filters)
}

/// The same heap without the frames that it drops itself.
fn dropped(drop: &str, keep: &str) -> Selection<'static> {
    let mut builder = builder();
    let [drop, keep] = [drop, keep].map(|text| builder.string(text));
    builder.header().drop_frames = drop;
    builder.header().keep_frames = keep;
    selected(builder, Filters::default())
}

fn builder() -> ProfileBuilder {
    let mut builder = ProfileBuilder::new();
    builder.sample_type("inuse_space", "bytes");
    let names = [
        "main.main",
        "k8s.io/apiserver/pkg/endpoints/handlers.ListResource.func1",
        "encoding/json.(*encodeState).marshal",
        "bytes.makeSlice",
    ];
    let locations = names.map(|name| {
        let function = builder.function(name, "main.go");
        builder.location(None, 0, &[(function, 7)])
    });
    let verb = builder.text_label("verb", "LIST");
    let size = builder.number_label("bytes", 64, "");
    for (depth, labels) in [(4, vec![verb]), (3, vec![size]), (1, vec![])] {
        let stack: Vec<_> = locations[..depth].iter().rev().copied().collect();
        let sample = builder.sample(&stack, &[1 << 30], &labels);
        sample.expect("there is one sample type");
    }
    builder
}

fn selected(builder: ProfileBuilder, filters: Filters) -> Selection<'static> {
    let profile = builder.finish();
    let sample_type = profile.sample_type("").expect("there is one sample type");
    let options = SelectionOptions::default().filters(filters);
    Selection::new(profile, sample_type, &options)
}
