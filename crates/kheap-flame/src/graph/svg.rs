//! The call graph as a picture.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::DrawnGraph;
use super::acyclic::spots;
use super::chart::{Chart, Line, Node};
use super::places::{LINE_HEIGHT, PADDING, Places, Way, text_width};

const STYLE: &str = include_str!("graph.css");

/// Around everything, in pixels.
const MARGIN: f64 = 12.0;

/// More is no picture any more.
const MOST_NODES: usize = 500;
const MOST_EDGES: usize = 800;

/// Lines that pass many layers take the time: this many spots take less than a
/// second.
const MOST_SPOTS: usize = 60_000;

pub(super) fn draw(mut chart: Chart) -> io::Result<DrawnGraph> {
    fit(&mut chart);
    let text = write(&chart, &Places::new(&chart))?;
    Ok(DrawnGraph {
        text,
        left_out: chart.left_out,
    })
}

fn fit(chart: &mut Chart) {
    let all = chart.size();
    chart.keep(MOST_NODES, MOST_EDGES);
    while spots(chart.nodes.len(), &chart.edges) > MOST_SPOTS {
        chart.keep(MOST_NODES, chart.edges.len() * 9 / 10);
    }
    chart.tell_left_out(all);
}

fn write(chart: &Chart, places: &Places) -> io::Result<String> {
    let heading: Vec<&String> = [&chart.title].into_iter().chain(&chart.notes).collect();
    let top = heading.len() as f64 * LINE_HEIGHT + 2.0 * MARGIN;
    let lines = heading.iter().map(|line| text_width(line));
    let width = (lines.fold(places.width, f64::max) + 2.0 * MARGIN).ceil();
    let height = (places.height + top + MARGIN).ceil();
    let mut out = Writer::new(Vec::new());
    out.write_event(Event::Decl(BytesDecl::new("1.0", None, None)))?;
    let root = out.create_element("svg").with_attributes([
        ("class", "kheap-graph"),
        ("xmlns", "http://www.w3.org/2000/svg"),
        ("width", &width.to_string()),
        ("height", &height.to_string()),
        ("viewBox", &format!("0 0 {width} {height}")),
    ]);
    root.write_inner_content(|out| {
        out.create_element("style")
            .write_text_content(BytesText::from_escaped(STYLE))?;
        out.create_element("rect")
            .with_attributes([
                ("class", "background"),
                ("width", "100%"),
                ("height", "100%"),
            ])
            .with_attribute(("fill", "#ffffff"))
            .write_empty()?;
        for (line, text) in heading.into_iter().enumerate() {
            let y = MARGIN + (line as f64 + 1.0) * LINE_HEIGHT;
            let class = if line == 0 { "title" } else { "note" };
            write_text(out, class, [MARGIN, y], text)?;
        }
        let move_by = format!("translate({MARGIN} {top})");
        let moved = out
            .create_element("g")
            .with_attribute(("transform", move_by.as_str()));
        moved.write_inner_content(|out| {
            for (edge, way) in chart.edges.iter().zip(&places.ways) {
                draw_edge(out, edge, way)?;
            }
            for (node, place) in chart.nodes.iter().zip(&places.boxes) {
                draw_node(out, node, *place)?;
            }
            for (edge, way) in chart.edges.iter().zip(&places.ways) {
                write_text(out, "weight", way.label, &edge.label)?;
            }
            Ok(())
        })?;
        Ok(())
    })?;
    String::from_utf8(out.into_inner()).map_err(io::Error::other)
}

type Out = Writer<Vec<u8>>;

fn draw_node(out: &mut Out, node: &Node, [x, y, width, height]: [f64; 4]) -> io::Result<()> {
    out.create_element("g").write_inner_content(|out| {
        out.create_element("title")
            .write_text_content(BytesText::new(&node.tooltip))?;
        let place = [x, y, width, height].map(|number| format!("{number:.1}"));
        let rectangle = out.create_element("rect").with_attributes([
            ("x", place[0].as_str()),
            ("y", &place[1]),
            ("width", &place[2]),
            ("height", &place[3]),
            ("fill", &node.fill),
        ]);
        rectangle.write_empty()?;
        for (line, text) in node.lines.iter().enumerate() {
            let baseline = y + PADDING + (line as f64 + 0.75) * LINE_HEIGHT;
            write_text(out, "node", [x + width / 2.0, baseline], text)?;
        }
        Ok(())
    })?;
    Ok(())
}

fn draw_edge(out: &mut Out, edge: &Line, way: &Way) -> io::Result<()> {
    let dashes = if edge.is_residual { "6 4" } else { "none" };
    let line = out.create_element("path").with_attributes([
        ("class", "edge"),
        ("d", &way.path),
        ("fill", "none"),
        ("stroke", "#888888"),
        ("stroke-width", &format!("{:.2}", edge.width)),
        ("stroke-dasharray", dashes),
    ]);
    line.write_empty()?;
    let corners = way.head.map(|[x, y]| format!("{x:.1},{y:.1}")).join(" ");
    let head = out
        .create_element("polygon")
        .with_attribute(("points", corners.as_str()));
    head.with_attributes([("class", "head"), ("fill", "#888888")])
        .write_empty()?;
    Ok(())
}

fn write_text(out: &mut Out, class: &str, [x, y]: [f64; 2], text: &str) -> io::Result<()> {
    let [x, y] = [x, y].map(|number| format!("{number:.1}"));
    let element = out.create_element("text");
    let element = element.with_attributes([("class", class), ("x", &x), ("y", &y)]);
    element.write_text_content(BytesText::new(text))?;
    Ok(())
}
