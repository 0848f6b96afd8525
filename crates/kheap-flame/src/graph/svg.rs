//! The call graph as a picture.

use std::io;

use quick_xml::events::{BytesCData, BytesDecl, BytesText, Event};

use super::DrawnGraph;
use super::acyclic::spots;
use super::chart::{Chart, SMALLEST_FONT};
use super::items::{Edge, Node};
use super::places::{PADDING, Places, Way, leading};
use crate::heading::{self, Heading, MARGIN, Out, write_background, write_text};

const STYLE: &str = include_str!("graph.css");
const SCRIPT: &str = include_str!("graph.js");

/// A heading has room for as much, however narrow the graph is, in pixels.
const LEAST_WIDTH: f64 = 640.0;

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
    let width = (places.width + 2.0 * MARGIN).max(LEAST_WIDTH).ceil();
    let heading = Heading::new(&chart.title, &chart.notes, &chart.legend, width);
    let below = (places.height + 2.0 * MARGIN).ceil();
    let height = heading.height + below;
    let mut out = Out::new(Vec::new());
    out.write_event(Event::Decl(BytesDecl::new("1.0", None, None)))?;
    let root = out.create_element("svg").with_attributes([
        ("class", "kheap-graph"),
        ("role", "group"),
        ("aria-label", &format!("Call graph: {}", chart.title)),
        ("xmlns", "http://www.w3.org/2000/svg"),
        ("width", &width.to_string()),
        ("height", &height.to_string()),
        ("viewBox", &format!("0 0 {width} {height}")),
    ]);
    root.write_inner_content(|out| {
        out.create_element("style")
            .write_text_content(BytesText::from_escaped(STYLE))?;
        write_background(out)?;
        let canvas = out.create_element("svg").with_attributes([
            ("class", "canvas"),
            ("y", heading.height.to_string().as_str()),
            ("width", &width.to_string()),
            ("height", &below.to_string()),
            ("viewBox", &view_box(places, width, below)),
        ]);
        canvas.write_inner_content(|out| draw_graph(out, chart, places))?;
        // In front of a graph that is moved below it.
        let cover = out.create_element("rect").with_attributes([
            ("class", "background cover"),
            ("width", "100%"),
            ("height", &heading.height.to_string()),
            ("fill", "#ffffff"),
        ]);
        cover.write_empty()?;
        heading.write(out)?;
        for (name, text) in [("smaller", "−"), ("larger", "+"), ("whole", "Fit")] {
            let button = out.create_element("text").with_attributes([
                ("class", format!("button {name} hide").as_str()),
                ("y", "24"),
                ("role", "button"),
                ("tabindex", "0"),
            ]);
            button.write_text_content(BytesText::new(text))?;
        }
        out.create_element("script")
            .write_cdata_content(BytesCData::new(script()))?;
        Ok(())
    })?;
    String::from_utf8(out.into_inner()).map_err(io::Error::other)
}

/// What of the graph's own pixels is seen: all, in the middle.
fn view_box(places: &Places, width: f64, height: f64) -> String {
    let left = (places.width - width) / 2.0;
    format!("{left:.1} {:.1} {width} {height}", -MARGIN)
}

fn script() -> String {
    SCRIPT
        .replace("HEADING", heading::SCRIPT)
        .replace("SMALLEST", &SMALLEST_FONT.to_string())
}

fn draw_graph(out: &mut Out, chart: &Chart, places: &Places) -> io::Result<()> {
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
}

fn draw_node(out: &mut Out, node: &Node, [x, y, width, height]: [f64; 4]) -> io::Result<()> {
    let class = if node.is_added { "node added" } else { "node" };
    let group = out.create_element("g").with_attribute(("class", class));
    let size = format!("font-size:{}px", node.font_size);
    group.write_inner_content(|out| {
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
            let baseline = y + PADDING + (line as f64 + 0.75) * leading(node.font_size);
            let [x, y] = [x + width / 2.0, baseline].map(|number| format!("{number:.1}"));
            let element = out.create_element("text");
            let element = element.with_attributes([("x", &*x), ("y", &y), ("style", &size)]);
            element.write_text_content(BytesText::new(text))?;
        }
        Ok(())
    })?;
    Ok(())
}

fn draw_edge(out: &mut Out, edge: &Edge, way: &Way) -> io::Result<()> {
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
