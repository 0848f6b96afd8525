//! Which nodes and edges a picture shows, beside those of pprof's `-dot`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use kheap::graph::{Edge, LARGE_FLAT, Node};
use kheap::{CallGraph, GraphOptions, Selection, SelectionOptions, unit};

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata")
}

/// What stands in a picture of pprof.
#[derive(Debug, Default)]
struct Golden {
    nodes: BTreeSet<String>,
    /// By caller and callee: what is written on the edge, and whether it is dotted.
    edges: BTreeMap<(String, String), (String, bool)>,
    /// The share of the total that its nodes hold themselves, in percent.
    shown: f64,
}

impl Golden {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).expect("the picture is there");
        let mut names = BTreeMap::new();
        let mut golden = Self::default();
        for line in text.lines() {
            let Some((ends, attributes)) = line.split_once(" [") else {
                continue;
            };
            match ends.split_once(" -> ") {
                None if is_node(ends) => {
                    names.insert(ends.to_owned(), tooltip(attributes));
                }
                Some((from, to)) if is_node(from) && is_node(to) => {
                    let ends = (names[from].clone(), names[to].clone());
                    let is_dotted = attributes.contains("style=\"dotted\"");
                    golden.edges.insert(ends, (weight(attributes), is_dotted));
                }
                _ => {}
            }
        }
        golden.nodes = names.into_values().collect();
        golden.shown = shown(&text);
        golden
    }
}

/// Whether this is the name of a function's node, and not of a label's.
fn is_node(name: &str) -> bool {
    let number = name.strip_prefix('N');
    number.is_some_and(|number| number.parse::<u32>().is_ok())
}

/// The function in `tooltip="NAME (VALUE)"`.
fn tooltip(attributes: &str) -> String {
    let text = attributes.split("tooltip=\"").nth(1).expect("a tooltip");
    let text = text.split('"').next().expect("its end");
    text.rsplit_once(" (").expect("a value").0.to_owned()
}

/// The value in `label=" VALUE\n (inline)"`.
fn weight(attributes: &str) -> String {
    let text = attributes.split("label=\" ").nth(1).expect("a label");
    let text = text.split(['"', '\\']).next();
    text.expect("a value").to_owned()
}

/// The percentage in `accounting for VALUE, SHARE% of`.
fn shown(text: &str) -> f64 {
    let text = text.split("accounting for ").nth(1).expect("a heading");
    let share = text
        .split(", ")
        .nth(1)
        .and_then(|text| text.split('%').next());
    share.expect("a share").parse().expect("a number")
}

fn select(dump: &str) -> Selection<'static> {
    let path = testdata().join("dumps").join(format!("{dump}.pb.gz"));
    let bytes = std::fs::read(path).expect("the dump is there");
    let profile = kheap::decode(&bytes).expect("it is a profile");
    let sample_type = profile.sample_type("").expect("there is one");
    Selection::new(profile, sample_type, &SelectionOptions::default())
}

fn picture(selection: &Selection, count: usize) -> CallGraph {
    let options = GraphOptions::default().count(count);
    CallGraph::for_picture(selection, &options, LARGE_FLAT)
}

fn edges(graph: &CallGraph) -> BTreeMap<(String, String), Edge> {
    let ends = |caller: &Node, callee: &Node| (caller.name.to_string(), callee.name.to_string());
    let edges = graph.edges();
    edges
        .map(|(caller, callee, edge)| (ends(caller, callee), *edge))
        .collect()
}

#[test]
fn a_picture_has_all_that_pprofs_has() {
    let pictures = std::fs::read_dir(testdata().join("golden/dot")).expect("pictures");
    let mut paths: Vec<_> = pictures
        .map(|entry| entry.expect("a file").path())
        .collect();
    paths.sort();
    assert_eq!(paths.len(), 12);
    for path in paths {
        let case = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .expect("a name");
        let (dump, count) = case.rsplit_once('-').expect("a number");
        let dump = dump.replacen('-', "/", 1);
        let selection = select(&dump);
        let graph = picture(&selection, count.parse().expect("a number"));
        check(case, &Golden::read(&path), &graph, &selection);
    }
}

fn check(case: &str, golden: &Golden, graph: &CallGraph, selection: &Selection) {
    let own = graph.nodes().filter(|node| !graph.is_added(node.id));
    let own: BTreeSet<String> = own.map(|node| node.name.to_string()).collect();
    assert_eq!(own, golden.nodes, "{case}");
    let shown = 100.0 * graph.shown_flat() as f64 / selection.total() as f64;
    // pprof's has two decimals.
    assert!(
        shown > golden.shown - 0.01,
        "{case}: {shown} of {}",
        golden.shown
    );
    let edges = edges(graph);
    for (ends, (weight, is_dotted)) in &golden.edges {
        let edge = edges
            .get(ends)
            .unwrap_or_else(|| panic!("{case}: no edge {ends:?}"));
        let unit = weight.trim_start_matches(|c: char| c.is_ascii_digit() || ".-".contains(c));
        let ours = unit::label(edge.weight, "bytes", unit);
        assert_eq!(
            (&ours, edge.residual),
            (weight, *is_dotted),
            "{case}: {ends:?}"
        );
    }
}
