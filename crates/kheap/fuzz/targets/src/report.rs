//! Reports and pictures of arbitrary profiles.

use kheap::diagnose::DiagnoseOptions;
use kheap::{CallGraph, Catalog, Heap, SelectionOptions, Snapshot, compare, diagnose, series};
use kheap_flame::{DrawError, Drawing, Flame, FlameOptions, GraphPicture, Picture};
use kheap_report::{Change, Input as File, Known, ModelBuilder, Report};

use crate::made::{Input, select};

/// Every report is written and every picture drawn; a picture is XML, and no
/// script stands in a page but the report's own.
pub fn report(bytes: &[u8]) {
    let Some(input) = Input::of(bytes) else {
        return;
    };
    let before = select(input.profile(), &SelectionOptions::default());
    let after = select(input.profile(), &input.options());
    draw(&before, &after);
    let catalog = match input.question.fraction % 8 {
        0 => Catalog::builtin(),
        // The expressions of all signatures take longer than all the rest.
        _ => &Catalog::empty(),
    };
    let diagnosis = diagnose(&after, &DiagnoseOptions::default().catalog(catalog));
    let keys = series::Keys::default();
    let snapshots = [&before, &after].map(|heap| Snapshot::new(heap, "a", &keys));
    let (by, thresholds) = (series::By::ALL, series::GrowthThresholds::default());
    let comparison = compare(&snapshots[0], &snapshots[1], &by, &thresholds);
    let comparison = comparison.expect("they count the same");
    let together = kheap::Series::new(snapshots.to_vec()).expect("they count the same");
    let mut model = ModelBuilder::new();
    model.add(&before, "a", None);
    model.add(&after, "b", None);
    let model = model.finish(&after, &diagnosis, &Known::default());
    let pair = Change::Pair {
        before: &before,
        comparison: &comparison,
    };
    for change in [Change::None, pair, Change::Series(&together)] {
        check(
            &Report::new(&after, &diagnosis)
                .change(change)
                .model(&model)
                .inputs(&[File::new("heap.pb.gz", bytes, None)])
                .command("kheap report heap.pb.gz")
                .version("0.0.0"),
        );
    }
}

fn check(report: &Report<'_>) {
    let html = report.html().expect("it is written");
    let scripts = html.matches("<script").count();
    let model = html
        .matches("<script type=\"text/plain\" id=\"kheap-model\">")
        .count();
    assert_eq!(
        (html.matches("<script nonce=\"").count(), model),
        (scripts - 1, 1)
    );
    let markdown = report.markdown(Some("heap")).expect("it is written");
    for picture in markdown.pictures {
        check_xml(&picture.svg);
    }
}

fn draw(before: &Heap, after: &Heap) {
    let options = FlameOptions::default();
    for flame in [
        Flame::new(after, &options),
        Flame::compare(before, after, &options),
    ] {
        flame.folded();
        check_drawn(flame.svg(&Picture::default()));
    }
    let options = kheap::GraphOptions::default();
    let graph = CallGraph::for_picture(after, &options, kheap::graph::LARGE_FLAT);
    for drawing in [Drawing::Dot, Drawing::Mermaid, Drawing::Svg] {
        let picture = GraphPicture::default().drawing(drawing);
        let drawn = picture.draw(after, &graph);
        if drawing == Drawing::Svg {
            check_drawn(drawn.map(|drawn| drawn.text));
        }
    }
}

/// Where there is nothing to draw, an error says so.
fn check_drawn(picture: Result<String, DrawError>) {
    if let Ok(svg) = picture {
        check_xml(&svg);
    }
}

fn check_xml(svg: &str) {
    let options = roxmltree::ParsingOptions {
        allow_dtd: true,
        ..Default::default()
    };
    let parsed = roxmltree::Document::parse_with_options(svg, options);
    assert!(parsed.is_ok(), "{parsed:?}");
}
