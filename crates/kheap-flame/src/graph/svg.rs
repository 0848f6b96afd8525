//! The call graph as a picture: places by layout-rs, drawn by us.
//!
//! layout-rs draws too, but its labels are in one size and its names without
//! tooltips; so it is given positions for names, and what it would have drawn is
//! written down and drawn again.

use std::io;

use layout::core::base::Orientation;
use layout::core::color::Color;
use layout::core::format::{ClipHandle, RenderBackend};
use layout::core::geometry::Point;
use layout::core::style::StyleAttr;
use layout::std_shapes::shapes::{Arrow, Element, ShapeKind};
use layout::topo::layout::VisualGraph;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::chart::{Chart, Line, Node};
use crate::svg::DrawError;

const STYLE: &str = include_str!("graph.css");

/// More nodes take layout-rs long, and are no picture any more.
const MOST_NODES: usize = 300;

/// Sizes in pixels.
const CHARACTER: f64 = 7.3;
const LINE_HEIGHT: f64 = 16.0;
const PADDING: f64 = 8.0;
const MARGIN: f64 = 12.0;

/// Where everything stands.
#[derive(Debug, Default)]
struct Places {
    /// By node: left, top, width, height.
    boxes: Vec<Option<[f64; 4]>>,
    /// By edge.
    ways: Vec<Option<Way>>,
}

/// The way of an edge: a point with the control point behind it, then points with
/// the control points before them.
#[derive(Debug, Clone)]
struct Way {
    points: Vec<[f64; 4]>,
    /// Whether the head is at the end.
    is_forward: bool,
}

pub(super) fn write(chart: &Chart) -> Result<String, DrawError> {
    let nodes = chart.nodes.len();
    if nodes > MOST_NODES {
        let most = MOST_NODES;
        return Err(DrawError::TooManyNodes { nodes, most });
    }
    Ok(draw(chart, &place(chart))?)
}

fn place(chart: &Chart) -> Places {
    let mut places = Places {
        boxes: vec![None; chart.nodes.len()],
        ways: vec![None; chart.edges.len()],
    };
    let mut graph = VisualGraph::new(Orientation::TopToBottom);
    let style = StyleAttr::new(Color::fast("black"), 1, None, 0, 12);
    let handles: Vec<_> = (chart.nodes.iter().enumerate())
        .map(|(position, node)| {
            let shape = ShapeKind::new_box("");
            let (style, size) = (style.clone(), size(node));
            let place = Orientation::TopToBottom;
            let properties = position.to_string();
            graph.add_node(Element::create_with_properties(
                shape, style, place, size, properties,
            ))
        })
        .collect();
    // Heavy edges first: of a circle of calls the lightest is turned around.
    let mut order: Vec<usize> = (0..chart.edges.len()).collect();
    order.sort_by_key(|&edge| (std::cmp::Reverse(chart.edges[edge].weight), edge));
    for position in order {
        let edge = &chart.edges[position];
        let mut arrow = Arrow::simple("");
        // An arrow that is turned around keeps nothing but its look.
        arrow.look.line_width = position;
        graph.add_edge(arrow, handles[edge.from], handles[edge.to]);
    }
    graph.do_it(false, false, false, &mut places);
    places
}

fn size(node: &Node) -> Point {
    let longest = node.lines.iter().map(|line| line.chars().count()).max();
    let width = longest.unwrap_or(0) as f64 * CHARACTER + 2.0 * PADDING;
    Point::new(width, node.lines.len() as f64 * LINE_HEIGHT + 2.0 * PADDING)
}

fn draw(chart: &Chart, places: &Places) -> io::Result<String> {
    let heading = 1 + chart.notes.len();
    let top = heading as f64 * LINE_HEIGHT + 2.0 * MARGIN;
    let [left, above, width, height] = bounds(chart, places);
    let longest = chart
        .notes
        .iter()
        .chain([&chart.title])
        .map(|line| line.chars().count())
        .max();
    let heading_width = longest.unwrap_or(0) as f64 * CHARACTER;
    let width = (width.max(heading_width) + 2.0 * MARGIN).ceil();
    let height = (height + top + MARGIN).ceil();
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
        for (line, text) in [&chart.title].into_iter().chain(&chart.notes).enumerate() {
            let y = MARGIN + (line as f64 + 1.0) * LINE_HEIGHT;
            let class = if line == 0 { "title" } else { "note" };
            write_text(out, class, [MARGIN, y], text)?;
        }
        let move_by = format!("translate({:.1} {:.1})", MARGIN - left, top - above);
        let moved = out
            .create_element("g")
            .with_attribute(("transform", move_by.as_str()));
        moved.write_inner_content(|out| {
            for (edge, way) in chart.edges.iter().zip(&places.ways) {
                if let Some(way) = way {
                    draw_edge(out, edge, way)?;
                }
            }
            for (node, place) in chart.nodes.iter().zip(&places.boxes) {
                if let Some(place) = place {
                    draw_node(out, node, *place)?;
                }
            }
            for (edge, way) in chart.edges.iter().zip(&places.ways) {
                if let Some(way) = way {
                    write_text(out, "weight", middle(&way.points), &edge.label)?;
                }
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
    let mut path = String::new();
    for (step, [x, y, control_x, control_y]) in way.points.iter().enumerate() {
        path += &match step {
            0 => format!("M{x:.1} {y:.1}C{control_x:.1} {control_y:.1}"),
            1 => format!(" {control_x:.1} {control_y:.1} {x:.1} {y:.1}"),
            _ => format!("S{control_x:.1} {control_y:.1} {x:.1} {y:.1}"),
        };
    }
    let dashes = if edge.is_residual { "6 4" } else { "none" };
    let line = out.create_element("path").with_attributes([
        ("class", "edge"),
        ("d", &path),
        ("fill", "none"),
        ("stroke", "#888888"),
        ("stroke-width", &format!("{:.2}", edge.width)),
        ("stroke-dasharray", dashes),
    ]);
    line.write_empty()?;
    let head = head(way, edge.width);
    let head = out
        .create_element("polygon")
        .with_attribute(("points", head.as_str()));
    head.with_attributes([("class", "head"), ("fill", "#888888")])
        .write_empty()?;
    Ok(())
}

/// A triangle at the callee, a little larger for wider lines.
fn head(way: &Way, width: f64) -> String {
    let at = if way.is_forward {
        way.points.last()
    } else {
        way.points.first()
    };
    let [x, y, control_x, control_y] = at.copied().unwrap_or_default();
    let (dx, dy) = (x - control_x, y - control_y);
    let length = dx.hypot(dy).max(1.0);
    let size = 5.0 + width;
    let (dx, dy) = (dx / length * size, dy / length * size);
    let corners = [
        [x, y],
        [x - dx - dy / 2.0, y - dy + dx / 2.0],
        [x - dx + dy / 2.0, y - dy - dx / 2.0],
    ];
    corners.map(|[x, y]| format!("{x:.1},{y:.1}")).join(" ")
}

/// Where the label of an edge stands.
fn middle(points: &[[f64; 4]]) -> [f64; 2] {
    let half = points.len() / 2;
    match points {
        [] => [0.0, 0.0],
        [from, to] => [(from[0] + to[0]) / 2.0, (from[1] + to[1]) / 2.0],
        points => [points[half][0], points[half][1]],
    }
}

fn write_text(out: &mut Out, class: &str, [x, y]: [f64; 2], text: &str) -> io::Result<()> {
    let [x, y] = [x, y].map(|number| format!("{number:.1}"));
    let element = out.create_element("text");
    let element = element.with_attributes([("class", class), ("x", &x), ("y", &y)]);
    element.write_text_content(BytesText::new(text))?;
    Ok(())
}

/// Left, top, width and height of all there is.
fn bounds(chart: &Chart, places: &Places) -> [f64; 4] {
    let boxes = places.boxes.iter().flatten();
    let corners = boxes.flat_map(|&[x, y, width, height]| [[x, y], [x + width, y + height]]);
    let ways = places.ways.iter().flatten();
    let points = ways.flat_map(|way| way.points.iter().map(|point| [point[0], point[1]]));
    // Labels reach further than the lines that they stand on.
    let labels = chart
        .edges
        .iter()
        .zip(&places.ways)
        .filter_map(|(edge, way)| {
            let [x, y] = middle(&way.as_ref()?.points);
            let half = edge.label.chars().count() as f64 * CHARACTER / 2.0;
            Some([[x - half, y], [x + half, y]])
        });
    let points = points.chain(labels.flatten());
    let none = [
        f64::INFINITY,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NEG_INFINITY,
    ];
    let [left, top, right, bottom] = corners.chain(points).fold(none, |[l, t, r, b], [x, y]| {
        [l.min(x), t.min(y), r.max(x), b.max(y)]
    });
    match left.is_finite() {
        true => [left, top, right - left, bottom - top],
        false => [0.0; 4],
    }
}

impl RenderBackend for Places {
    fn draw_rect(
        &mut self,
        corner: Point,
        size: Point,
        _: &StyleAttr,
        properties: Option<String>,
        _: Option<ClipHandle>,
    ) {
        let position = properties.and_then(|text| text.parse::<usize>().ok());
        if let Some(place) = position.and_then(|position| self.boxes.get_mut(position)) {
            *place = Some([corner.x, corner.y, size.x, size.y]);
        }
    }

    fn draw_arrow(
        &mut self,
        path: &[(Point, Point)],
        _: bool,
        (_, is_forward): (bool, bool),
        look: &StyleAttr,
        _: Option<String>,
        _: &str,
    ) {
        let step = |(step, (a, b)): (usize, &(Point, Point))| match step {
            0 => [a.x, a.y, b.x, b.y],
            _ => [b.x, b.y, a.x, a.y],
        };
        let points = path.iter().enumerate().map(step).collect();
        if let Some(way) = self.ways.get_mut(look.line_width) {
            *way = Some(Way { points, is_forward });
        }
    }

    fn draw_line(&mut self, _: Point, _: Point, _: &StyleAttr, _: Option<String>) {}

    fn draw_circle(&mut self, _: Point, _: Point, _: &StyleAttr, _: Option<String>) {}

    fn draw_text(&mut self, _: Point, _: &str, _: &StyleAttr) {}

    fn create_clip(&mut self, _: Point, _: Point, _: usize) -> ClipHandle {
        0
    }
}
