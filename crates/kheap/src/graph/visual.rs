//! Which nodes and edges a picture shows.
//!
//! pprof ranks the nodes of a picture by an entropy score: nodes that only pass on
//! what they get score low. It counts a box for each label value of a node as well.
//! Our pictures draw no such boxes, but count them, so that they show the same nodes.
//!
//! Source: google/pprof `internal/graph/graph.go`, `entropyScore`, `selectTopNodes`,
//! `RemoveRedundantEdges`; `internal/report/report.go`, `newTrimmedGraph`.

use std::cmp::Reverse;

use hashbrown::{HashMap, HashSet};

use super::links::{Link, Links};
use super::order::sort_by_name;
use super::tally::{self, EdgeTally, Edges, Tally};
use super::trim::{Large, Trimming, cut, large};
use super::{CallGraph, GraphOptions};
use crate::frame::{Frames, NodeId};
use crate::profile::{BASE_LABEL, LabelValue, SampleId};
use crate::selection::Selection;
use crate::unit;

/// How many label values of a node count as boxes, at most.
const MOST_LABEL_BOXES: usize = 4;

/// The label that is shown for its numbers: the size of an object.
const SIZE_LABEL: &[u8] = b"bytes";

impl CallGraph {
    /// Builds the graph that a picture shows: pprof's choice of nodes and edges, and
    /// besides every node whose flat is at least `flat_fraction` of the total, 0..=1.
    ///
    /// Nodes come by their entropy score; the order of the options has no say.
    ///
    /// Source: google/pprof `internal/report/report.go`, `newTrimmedGraph`, with
    /// `visualMode`.
    pub fn for_picture(selection: &Selection, options: &GraphOptions, flat_fraction: f64) -> Self {
        let frames = selection.frames();
        let tally = tally::tally(selection, &frames);
        let mut trimming = Trimming::default();
        let large = large(selection, &frames, &tally, options, &mut trimming);
        let ranked = Ranked {
            selection,
            frames: &frames,
            tally: &tally,
        };
        let mut listed = ranked.first(&large, options.count, trimming.node_cut);
        let pprofs: HashSet<NodeId> = listed.iter().copied().collect();
        let least = cut(selection.total, flat_fraction).unsigned_abs().max(1);
        let is_heavy = |id: &&NodeId| tally.flat[id.index()].unsigned_abs() >= least;
        let heavy = large.nodes.iter().filter(is_heavy);
        listed.extend(heavy.filter(|id| !pprofs.contains(*id)));

        let mut chosen = large.chosen(listed, &frames);
        let edges = tally::tally_edges(selection, &frames, &chosen.kept, Edges::All);
        ranked.sort(&mut chosen.listed, &edges.edges);
        let edge_cut = cut(chosen.sum, options.edge_fraction);
        let mut graph = Self::assemble(
            selection, &frames, &tally, &chosen, edges, edge_cut, trimming,
        );
        let added = graph
            .nodes()
            .map(|node| node.id)
            .filter(|id| !pprofs.contains(id))
            .collect();
        graph.added = added;
        graph.remove_redundant_edges();
        graph
    }

    /// Removes residual edges that go where other edges lead too: from the last node
    /// to the first, and at each node from the lightest edge to the first one that is
    /// not residual.
    fn remove_redundant_edges(&mut self) {
        let mut is_removed = vec![false; self.links.all.len()];
        for node in (0..self.listed).rev() {
            for edge in self.links_in(node).into_iter().rev() {
                if !self.links.all[edge].edge.residual {
                    break;
                }
                is_removed[edge] = self.is_redundant(edge, &is_removed);
            }
        }
        let links = self.links.all.iter().zip(is_removed);
        let left = links.filter(|(_, is_removed)| !is_removed);
        self.links = Links::new(left.map(|(&link, _)| link).collect(), self.nodes.len());
    }

    /// The positions of the edges into a node, heaviest first, then by name.
    fn links_in(&self, node: usize) -> Vec<usize> {
        let edges = self.links.incoming(node).iter();
        let mut edges: Vec<usize> = edges.map(|&edge| edge as usize).collect();
        edges.sort_unstable_by(|&a, &b| {
            let (a, b) = (&self.links.all[a], &self.links.all[b]);
            let weight = |link: &Link| link.edge.weight.unsigned_abs();
            let (caller_a, caller_b) = (&self.nodes[a.caller], &self.nodes[b.caller]);
            (weight(b).cmp(&weight(a)))
                .then_with(|| caller_a.name.cmp(&caller_b.name))
                .then_with(|| caller_a.id.cmp(&caller_b.id))
        });
        edges
    }

    /// Whether other edges lead from one end of an edge to the other.
    fn is_redundant(&self, edge: usize, is_removed: &[bool]) -> bool {
        let Link { caller, callee, .. } = self.links.all[edge];
        let mut seen = vec![false; self.nodes.len()];
        let mut open = vec![callee];
        seen[callee] = true;
        while let Some(node) = open.pop() {
            for other in self
                .links
                .incoming(node)
                .iter()
                .map(|&other| other as usize)
            {
                let from = self.links.all[other].caller;
                if other == edge || is_removed[other] || seen[from] {
                    continue;
                }
                if from == caller {
                    return true;
                }
                seen[from] = true;
                open.push(from);
            }
        }
        false
    }
}

/// Nodes by how much their picture shows.
#[derive(Debug, Clone, Copy)]
struct Ranked<'a> {
    selection: &'a Selection<'a>,
    frames: &'a Frames,
    tally: &'a Tally,
}

impl Ranked<'_> {
    /// The first nodes, until so many boxes are drawn; all without a count.
    fn first(self, large: &Large, count: Option<usize>, node_cut: i64) -> Vec<NodeId> {
        let mut nodes = large.nodes.clone();
        let Some(count) = count else {
            return nodes;
        };
        let kept = large.chosen(nodes.clone(), self.frames).kept;
        let edges = tally::tally_edges(self.selection, self.frames, &kept, Edges::All);
        self.sort(&mut nodes, &edges.edges);
        let boxes = self.label_boxes(node_cut);
        let mut drawn = 0;
        let is_drawn = |id: &NodeId| {
            let before = drawn;
            drawn += 1 + boxes
                .get(id)
                .map_or(0, |&labels| labels.min(MOST_LABEL_BOXES));
            before < count
        };
        nodes.into_iter().take_while(is_drawn).collect()
    }

    /// Sorts by entropy, then by name, then by key.
    fn sort(self, nodes: &mut [NodeId], edges: &[EdgeTally]) {
        let scores = self.scores(edges);
        let score = |id: NodeId| scores[id.index()];
        nodes.sort_unstable_by_key(|&id| Reverse(score(id)));
        // Names are made only where scores are equal.
        for equal in nodes.chunk_by_mut(|&a, &b| score(a) == score(b)) {
            if equal.len() > 1 {
                sort_by_name(equal, self.selection, self.frames);
            }
        }
    }

    /// By node: its entropy score.
    fn scores(self, edges: &[EdgeTally]) -> Vec<i64> {
        let mut around = vec![Around::default(); self.frames.len()];
        for edge in edges {
            around[edge.callee.index()].callers.push(edge.weight);
            around[edge.caller.index()].callees.push(edge.weight);
        }
        let score = |(at, around): (usize, &Around)| {
            let (flat, cum) = (self.tally.flat[at], self.tally.cum[at]);
            let score = entropy(&around.callers, 0) + entropy(&around.callees, flat);
            ((score * cum as f64) as i64).saturating_add(flat)
        };
        around.iter().enumerate().map(score).collect()
    }

    /// By node: how many values of labels have memory of their own in it.
    fn label_boxes(self, node_cut: i64) -> HashMap<NodeId, usize> {
        let profile = &self.selection.profile;
        let labels = Labels::of(self.selection);
        let mut sums: HashMap<(NodeId, u32), [i64; 2]> = HashMap::new();
        let values = || profile.samples().ids().zip(self.selection.values());
        for (id, &value) in values().filter(|(_, value)| **value != 0) {
            let Some(&leaf) = profile.samples().stack(id).first() else {
                continue;
            };
            for &label in labels.of_sample(id) {
                let sum = sums.entry((self.frames.of(leaf)[0], label)).or_default();
                sum[0] = sum[0].saturating_add(value);
            }
        }
        // What is there with a flat of its own counts where its cum is large, too.
        let mut seen = HashSet::new();
        for (id, &value) in values().filter(|(_, value)| **value != 0) {
            seen.clear();
            let stack = profile.samples().stack(id).iter();
            for &node in stack.flat_map(|&location| self.frames.of(location)) {
                if !seen.insert(node) {
                    continue;
                }
                for &label in labels.of_sample(id) {
                    if let Some(sum) = sums.get_mut(&(node, label)) {
                        sum[1] = sum[1].saturating_add(value);
                    }
                }
            }
        }
        let mut boxes = HashMap::new();
        let is_large = |value: i64| value.unsigned_abs() >= node_cut.unsigned_abs();
        for ((node, _), [flat, cum]) in sums {
            if flat != 0 && (is_large(flat) || is_large(cum)) {
                *boxes.entry(node).or_insert(0) += 1;
            }
        }
        boxes
    }
}

/// The weights of the edges at a node.
#[derive(Debug, Clone, Default)]
struct Around {
    callers: Vec<i64>,
    callees: Vec<i64>,
}

/// How evenly edges, and what a node holds itself, share its weight. A node without
/// edges on one side begins or ends stacks, and scores as well as two equal edges.
fn entropy(edges: &[i64], own: i64) -> f64 {
    if edges.is_empty() {
        return 1.0;
    }
    let grown = edges.iter().filter(|&&weight| weight > 0);
    let total = grown.fold(own as f64, |sum, &weight| sum + weight as f64);
    let term = |value: i64| match (value.unsigned_abs() as f64 / total).abs() {
        // The logarithm of 0 is no number.
        share if share > 0.0 && share.is_finite() => -share * share.log2(),
        _ => 0.0,
    };
    let shares: f64 = edges.iter().map(|&weight| term(weight)).sum();
    shares + if own > 0 { term(own) } else { 0.0 }
}

/// The labels of samples, as numbers for the texts that pprof shows.
#[derive(Debug)]
struct Labels {
    of_sample: Vec<Vec<u32>>,
}

impl Labels {
    fn of(selection: &Selection) -> Self {
        let mut numbers: HashMap<(String, Option<String>), u32> = HashMap::new();
        let profile = &selection.profile;
        let of_sample = profile.samples().ids().map(|id| {
            let texts = texts(selection, id);
            let sizes = sizes(selection, id).map(|size| (texts.clone(), Some(size)));
            let named = (!texts.is_empty()).then(|| (texts.clone(), None));
            let labels = named.into_iter().chain(sizes);
            let number = |label| {
                let next = numbers.len() as u32;
                *numbers.entry(label).or_insert(next)
            };
            labels.map(number).collect()
        });
        Self {
            of_sample: of_sample.collect(),
        }
    }

    fn of_sample(&self, id: SampleId) -> &[u32] {
        &self.of_sample[id.index()]
    }
}

/// The string labels of a sample in one text, which is empty where there are none.
fn texts(selection: &Selection, id: SampleId) -> String {
    let profile = &selection.profile;
    let labels = profile.samples().labels(id).iter();
    let mut texts: Vec<String> = labels
        .filter_map(|label| match label.value {
            LabelValue::Text(text) => {
                let (key, text) = (profile.text(label.key), profile.text(text));
                (key != BASE_LABEL.0).then(|| format!("{key}:{text}"))
            }
            LabelValue::Number(..) => None,
        })
        .collect();
    texts.sort_unstable();
    texts.join("\n")
}

/// The sizes of a sample's objects, as they are shown: sizes that look alike are one.
fn sizes(selection: &Selection, id: SampleId) -> impl Iterator<Item = String> {
    let profile = &selection.profile;
    let labels = profile.samples().labels(id).iter();
    labels.filter_map(|label| match label.value {
        LabelValue::Number(size, _) if profile.text(label.key).as_bytes() == SIZE_LABEL => {
            let from = selection.label_units.unit(label.key);
            Some(unit::label(size, from, &selection.unit))
        }
        _ => None,
    })
}
