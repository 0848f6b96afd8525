//! Where everything stands in the picture of a call graph, in pixels.

use super::acyclic::{Descent, descents};
use super::chart::Chart;
use super::items::{Edge, Node};
use super::layers::{Layers, Spot};

/// Sizes in pixels.
pub(super) const LINE_HEIGHT: f64 = 16.0;
pub(super) const PADDING: f64 = 6.0;

/// The font size of what stands beside lines, in pixels.
pub(super) const LABEL_FONT: f64 = 11.0;

/// Width of a character and height of a line, for a font of one pixel.
const CHARACTER: f64 = 0.61;
const LEADING: f64 = 1.25;

/// Between a line and its label.
const LABEL_GAP: f64 = 4.0;

/// Between neighbours of one layer.
const GAP: f64 = 18.0;
/// What a line without a label takes in a layer.
const BEND: f64 = 9.0;
/// Between two layers: at least, and at most where lines go far to the side.
const RISE: [f64; 2] = [16.0, 60.0];
/// How far apart lines begin and end at a box, at most.
const PORT: f64 = 14.0;

/// How often spots are moved towards their neighbours; the first times roughly,
/// towards those on one side.
const SWEEPS: usize = 41;
const ROUGH_SWEEPS: usize = 2;
const LAST_SWEEP: usize = SWEEPS - 1;

/// Where everything stands. The left upper corner of all is 0, 0.
#[derive(Debug)]
pub(super) struct Places {
    /// By node: left, top, width, height.
    pub(super) boxes: Vec<[f64; 4]>,
    /// By edge.
    pub(super) ways: Vec<Way>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// The way of an edge.
#[derive(Debug, Clone, Default)]
pub(super) struct Way {
    /// As SVG writes a path, from above, without the head.
    pub(super) path: String,
    /// The corners of the head at the callee.
    pub(super) head: [[f64; 2]; 3],
    /// Where the label's base line begins, beside the line.
    pub(super) label: [f64; 2],
}

impl Places {
    pub(super) fn new(chart: &Chart) -> Self {
        let descents = descents(chart.nodes.len(), &chart.edges);
        let layers = Layers::new(chart.nodes.len(), &descents);
        let sizes = sizes(chart, &descents, &layers);
        let xs = across(&layers, &sizes, chart.nodes.len());
        let ys = down(&layers, &sizes, &xs);
        let mut places = Self {
            boxes: boxes(chart, &xs, &ys),
            ways: vec![Way::default(); chart.edges.len()],
            width: (xs.iter().zip(&sizes))
                .map(|(x, extent)| x + extent.right)
                .fold(0.0, f64::max),
            height: (ys.iter().zip(&sizes))
                .map(|(y, extent)| y + extent.height / 2.0)
                .fold(0.0, f64::max),
        };
        places.lead(chart, &descents, &layers, &xs, &ys);
        places
    }

    /// Draws the lines that lead from box to box.
    fn lead(
        &mut self,
        chart: &Chart,
        descents: &[Descent],
        layers: &Layers,
        xs: &[f64],
        ys: &[f64],
    ) {
        let heights = heights(chart, layers, &self.boxes);
        let begins = ports(&self.boxes, &layers.ways, xs, |way| (way[0], way[1]));
        let ends = ports(&self.boxes, &layers.ways, xs, |way| {
            (way[way.len() - 1], way[way.len() - 2])
        });
        for (position, (descent, way)) in descents.iter().zip(&layers.ways).enumerate() {
            let [_, top, _, height] = self.boxes[descent.from];
            let mut stops = vec![[begins[position], top + height]];
            let bends = &way[1..way.len() - 1];
            for &bend in bends {
                // Straight through the layer, so that no line runs under a box.
                let half = heights[bend] / 2.0;
                stops.push([xs[bend], ys[bend] - half]);
                stops.push([xs[bend], ys[bend] + half]);
            }
            stops.push([ends[position], self.boxes[descent.to][1]]);
            let labelled = labelled(way);
            let line = &chart.edges[descent.edge];
            let beside = xs[labelled] + line.width / 2.0 + LABEL_GAP;
            let label = [beside, ys[labelled] + LINE_HEIGHT / 4.0];
            self.ways[descent.edge] = run(stops, label, line.width, descent.is_reversed);
        }
    }
}

/// The bend at which a line has its label: in the middle, between layers of nodes.
fn labelled(way: &[Spot]) -> Spot {
    let levels = way.len() / 2;
    way[(levels - 1) | 1]
}

/// How far a spot reaches from where lines pass it. Labels stand on the right.
#[derive(Debug, Clone, Copy)]
struct Extent {
    left: f64,
    right: f64,
    height: f64,
}

impl Extent {
    /// For what stands in the middle.
    fn around(width: f64, height: f64) -> Self {
        Self {
            left: width / 2.0,
            right: width / 2.0,
            height,
        }
    }

    /// For a line, without its label.
    fn of_line(line: &Edge) -> Self {
        Self::around(BEND.max(line.width + 4.0), 0.0)
    }

    fn width(self) -> f64 {
        self.left + self.right
    }
}

/// How much room each spot takes.
fn sizes(chart: &Chart, descents: &[Descent], layers: &Layers) -> Vec<Extent> {
    let mut sizes = vec![Extent::around(BEND, 0.0); layers.above.len()];
    for (node, size) in chart.nodes.iter().zip(&mut sizes) {
        let [width, height] = box_size(node);
        *size = Extent::around(width, height);
    }
    for (descent, way) in descents.iter().zip(&layers.ways) {
        let line = &chart.edges[descent.edge];
        for &bend in &way[1..way.len() - 1] {
            sizes[bend] = Extent::of_line(line);
        }
        let label = text_width(&line.label, LABEL_FONT);
        let labelled = &mut sizes[labelled(way)];
        labelled.right = line.width / 2.0 + LABEL_GAP + label;
        labelled.height = LINE_HEIGHT;
    }
    sizes
}

fn box_size(node: &Node) -> [f64; 2] {
    let widths = node.lines.iter();
    let widths = widths.map(|line| text_width(line, node.font_size));
    let height = node.lines.len() as f64 * leading(node.font_size);
    [widths.fold(0.0, f64::max), height].map(|size| size + 2.0 * PADDING)
}

pub(super) fn text_width(text: &str, font_size: f64) -> f64 {
    text.chars().count() as f64 * CHARACTER * font_size
}

/// The height of a line.
pub(super) fn leading(font_size: f64) -> f64 {
    LEADING * font_size
}

/// The middle of each spot from the left: near its neighbours above and below,
/// long lines straight before others.
fn across(layers: &Layers, sizes: &[Extent], nodes: usize) -> Vec<f64> {
    let mut xs = vec![0.0; sizes.len()];
    for row in &layers.rows {
        let offsets = offsets(row, sizes);
        for (&spot, offset) in row.iter().zip(offsets) {
            xs[spot] = offset;
        }
    }
    let rows = layers.rows.len();
    for sweep in 0..SWEEPS {
        let is_down = sweep % 2 == 0;
        let neighbours: &[&Vec<Vec<Spot>>] = match (sweep, is_down) {
            // The last time below what leads there: chains of calls are straight.
            (0..ROUGH_SWEEPS, true) | (LAST_SWEEP, _) => &[&layers.above],
            (0..ROUGH_SWEEPS, false) => &[&layers.below],
            // Each time the lines get shorter, so that nothing drifts apart.
            _ => &[&layers.above, &layers.below],
        };
        for step in 0..rows {
            let row = if is_down { step } else { rows - 1 - step };
            move_row(&layers.rows[row], neighbours, sizes, nodes, &mut xs);
        }
    }
    let edges = xs.iter().zip(sizes).map(|(x, extent)| x - extent.left);
    let left = edges.fold(f64::INFINITY, f64::min);
    xs.iter().map(|x| x - left).collect()
}

/// The middles of a layer's spots as close together as they may be.
fn offsets(row: &[Spot], sizes: &[Extent]) -> Vec<f64> {
    let mut right = 0.0;
    let middles = row.iter().map(|&spot| {
        let middle = right + sizes[spot].left;
        right += sizes[spot].width() + GAP;
        middle
    });
    middles.collect()
}

/// Moves a layer's spots to where their neighbours are, by least squares, without
/// changing their order.
fn move_row(
    row: &[Spot],
    neighbours: &[&Vec<Vec<Spot>>],
    sizes: &[Extent],
    nodes: usize,
    xs: &mut [f64],
) {
    let offsets = offsets(row, sizes);
    // Blocks of spots that touch: where the first would be, weight, how many.
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for (&spot, offset) in row.iter().zip(&offsets) {
        let (mut sum, mut weight) = (0.0, 0.0);
        for &other in neighbours.iter().flat_map(|side| &side[spot]) {
            // As Graphviz has it: what bends least is what is longest.
            let pull = match (spot < nodes, other < nodes) {
                (true, true) => 1.0,
                (false, false) => 8.0,
                _ => 2.0,
            };
            sum += pull * xs[other];
            weight += pull;
        }
        let wish = if weight > 0.0 { sum / weight } else { xs[spot] };
        let mut block = (wish - offset, weight.max(0.01), 1);
        while let Some(&(left, heft, count)) = blocks.last()
            && left > block.0
        {
            blocks.pop();
            let both = heft + block.1;
            let middle = (left * heft + block.0 * block.1) / both;
            block = (middle, both, count + block.2);
        }
        blocks.push(block);
    }
    let starts = blocks
        .iter()
        .flat_map(|&(start, _, count)| std::iter::repeat_n(start, count));
    for ((&spot, offset), start) in row.iter().zip(&offsets).zip(starts) {
        xs[spot] = start + offset;
    }
}

/// The middle of each spot from above.
fn down(layers: &Layers, sizes: &[Extent], xs: &[f64]) -> Vec<f64> {
    let mut ys = vec![0.0; sizes.len()];
    let mut top = 0.0;
    for row in &layers.rows {
        let heights = row.iter().map(|&spot| sizes[spot].height);
        let height = heights.fold(0.0, f64::max);
        for &spot in row {
            ys[spot] = top + height / 2.0;
        }
        let sideways = row.iter().flat_map(|&spot| {
            let below = layers.below[spot].iter();
            below.map(move |&to| (xs[spot] - xs[to]).abs())
        });
        let [least, most] = RISE;
        // Not too flat to follow.
        let rise = sideways.fold(0.0, f64::max) / 8.0;
        top += height + rise.clamp(least, most);
    }
    ys
}

fn boxes(chart: &Chart, xs: &[f64], ys: &[f64]) -> Vec<[f64; 4]> {
    let nodes = chart.nodes.iter().zip(xs.iter().zip(ys));
    nodes
        .map(|(node, (x, y))| {
            let [width, height] = box_size(node);
            [x - width / 2.0, y - height / 2.0, width, height]
        })
        .collect()
}

/// By spot: the height of its layer.
fn heights(chart: &Chart, layers: &Layers, boxes: &[[f64; 4]]) -> Vec<f64> {
    let mut heights = vec![LINE_HEIGHT; layers.above.len()];
    for row in &layers.rows {
        let nodes = row.iter().filter(|&&spot| spot < chart.nodes.len());
        let highest = nodes.map(|&node| boxes[node][3]).fold(0.0, f64::max);
        for &spot in row.iter().filter(|_| highest > 0.0) {
            heights[spot] = highest;
        }
    }
    heights
}

/// By way: where it touches the box at one end, beside the others that do, in the
/// order of where they come from.
fn ports(
    boxes: &[[f64; 4]],
    ways: &[Vec<Spot>],
    xs: &[f64],
    end: impl Fn(&[Spot]) -> (Spot, Spot),
) -> Vec<f64> {
    let mut at = vec![Vec::new(); boxes.len()];
    for (position, way) in ways.iter().enumerate() {
        let (node, next) = end(way);
        at[node].push((xs[next], position));
    }
    let mut ports = vec![0.0; ways.len()];
    for (&[left, _, width, _], touching) in boxes.iter().zip(&mut at) {
        touching.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let count = touching.len() as f64;
        let apart = PORT.min((width - 2.0 * PADDING) / count);
        for (place, &(_, position)) in touching.iter().enumerate() {
            let beside = place as f64 - (count - 1.0) / 2.0;
            ports[position] = left + width / 2.0 + apart * beside;
        }
    }
    ports
}

/// A line through all stops, upright at each of them.
fn run(mut stops: Vec<[f64; 2]>, label: [f64; 2], width: f64, is_reversed: bool) -> Way {
    let size = head_size(width);
    let last = stops.len() - 1;
    let (tip, back) = match is_reversed {
        true => (stops[0], size),
        false => (stops[last], -size),
    };
    // The line ends where the head begins.
    stops[if is_reversed { 0 } else { last }][1] += back;
    let mut path = format!("M{:.1} {:.1}", stops[0][0], stops[0][1]);
    for (step, pair) in stops.windows(2).enumerate() {
        let ([x, y], [to_x, to_y]) = (pair[0], pair[1]);
        let is_upright = |from: f64, to: f64| (from - to).abs() < 0.05;
        let goes_on = stops
            .get(step + 2)
            .is_some_and(|next| is_upright(x, next[0]));
        let between = (y + to_y) / 2.0;
        path += &match is_upright(x, to_x) {
            // The next step is longer.
            true if goes_on => continue,
            true => format!("V{to_y:.1}"),
            false => format!("C{x:.1} {between:.1} {to_x:.1} {between:.1} {to_x:.1} {to_y:.1}"),
        };
    }
    let [x, y] = tip;
    let half = size / 2.0;
    let head = [[x, y], [x - half, y + back], [x + half, y + back]];
    Way { path, head, label }
}

/// A little larger for wider lines.
fn head_size(width: f64) -> f64 {
    5.0 + width
}
