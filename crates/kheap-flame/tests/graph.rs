//! Call graphs in all formats.

mod common;

use common::{HOSTILE, check, dump, profile, profile_of, select};
use kheap::{CallGraph, GraphOptions, Selection};
use kheap_flame::{DrawError, Drawing, GraphPicture};
use proptest::prelude::*;
use roxmltree::{Document, Node};

fn draw_of(selection: &Selection, options: &GraphOptions, drawing: Drawing) -> String {
    let graph = CallGraph::build(selection, options);
    let picture = GraphPicture {
        drawing,
        ..GraphPicture::default()
    };
    picture.draw(selection, &graph).expect("there is a graph")
}

fn draw(stacks: &str, drawing: Drawing) -> String {
    let options = GraphOptions::default().untrimmed();
    draw_of(&select(profile(stacks)), &options, drawing)
}

#[test]
fn dot_has_nodes_by_weight_and_edges_between_them() {
    check(
        &draw("main;api.list;encode 60\nmain;api.watch 40", Drawing::Dot),
        r##"digraph kheap {
  label="Heap of a program\linuse_space · Showing 100B, 100% of 100B total\l"; labelloc=t; labeljust=l;
  node [shape=box, style=filled, fontname="monospace"];
  edge [fontname="monospace"];
  n0 [label="encode\n60B (60.00%)", tooltip="encode", fillcolor="#f08a74"];
  n1 [label="api.watch\n40B (40.00%)", tooltip="api.watch", fillcolor="#f29b87"];
  n2 [label="api.list\nof 60B (60.00%)", tooltip="api.list", fillcolor="#f08a74"];
  n3 [label="main\nof 100B (100%)", tooltip="main", fillcolor="#ec6e54"];
  n2 -> n0 [label=" 60B", penwidth=5.20, weight=53];
  n3 -> n1 [label=" 40B", penwidth=3.80, weight=39];
  n3 -> n2 [label=" 60B", penwidth=5.20, weight=53];
}"##,
    );
}

#[test]
fn mermaid_has_the_same() {
    check(
        &draw("main;list 60", Drawing::Mermaid),
        r##"%% Heap of a program
%% inuse_space · Showing 60B, 100% of 60B total
flowchart TD
  n0["list<br/>60B (100%)"]
  n1["main<br/>of 60B (100%)"]
  n1 -->|"60B"| n0
  style n0 fill:#ec6e54,stroke:#666,color:#1a1a1a
  style n1 fill:#ec6e54,stroke:#666,color:#1a1a1a
  linkStyle 0 stroke-width:8.0px"##,
    );
}

/// How many boxes, lines and heads a picture has; all texts are within it.
fn count(svg: &str) -> [usize; 3] {
    let document = Document::parse(svg).unwrap_or_else(|error| panic!("{error}\n{svg}"));
    let elements = || document.descendants().filter(Node::is_element);
    let number = |name: &str| elements().filter(|e| e.tag_name().name() == name).count();
    assert_eq!(number("script"), 0);
    [number("g") - 1, number("path"), number("polygon")]
}

#[test]
fn a_picture_has_every_node_and_edge() {
    let svg = draw("main;list;encode 60\nmain;watch 40", Drawing::Svg);
    assert_eq!(count(&svg), [4, 3, 3]);
    let selection = dump("v1.20/configmap-list-cache-json.pb.gz");
    let options = GraphOptions {
        count: Some(80),
        ..GraphOptions::default()
    };
    let graph = CallGraph::build(&selection, &options);
    let edges = graph.graph().edge_count();
    let svg = draw_of(&selection, &options, Drawing::Svg);
    assert_eq!(count(&svg), [80, edges, edges]);
    assert!(svg.contains("Left out: 362 nodes"), "{svg}");
}

#[test]
fn circles_of_calls_are_drawn() {
    let svg = draw("a;b;c;a 3\nb;a;b 2\nmain;c;b 1", Drawing::Svg);
    let [nodes, lines, heads] = count(&svg);
    assert_eq!((nodes, lines), (4, heads));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let draw = || {
        let selection = dump("v1.34/cr-10k-idle.pb.gz");
        let options = GraphOptions {
            count: Some(80),
            ..GraphOptions::default()
        };
        [Drawing::Dot, Drawing::Mermaid, Drawing::Svg].map(|d| draw_of(&selection, &options, d))
    };
    assert_eq!(draw(), draw());
}

#[test]
fn hostile_names_stay_in_their_quotes() {
    let long = "x".repeat(10_000);
    let names = HOSTILE.into_iter().chain([long.as_str()]);
    let samples: Vec<_> = names.map(|name| (vec!["main", name], 1)).collect();
    let selection = select(profile_of(&samples));
    let options = GraphOptions::default().untrimmed();
    let draw = |drawing| draw_of(&selection, &options, drawing);
    let nodes = CallGraph::build(&selection, &options).nodes().len();

    assert_eq!(count(&draw(Drawing::Svg))[0], nodes);
    // Without escapes a line has as many quotes as kheap writes itself.
    let dot = draw(Drawing::Dot);
    for line in dot.lines() {
        let bare = line.replace("\\\\", "").replace("\\\"", "");
        let quotes = bare.matches('"').count();
        assert!(matches!(quotes, 0 | 2 | 4 | 6), "{line}");
        assert!(line.chars().count() < 2500, "{line}");
    }
    let mermaid = draw(Drawing::Mermaid);
    for line in mermaid.lines().filter(|line| line.contains('"')) {
        assert_eq!(line.matches('"').count(), 2, "{line}");
        let within = line.split('"').nth(1).unwrap().replace("<br/>", "");
        assert!(
            !within.contains(['<', '>', '&', '`', '{', '}', '|', '[', '\\']),
            "{line}"
        );
    }
    assert!(
        mermaid.contains("#60;script#62;alert(1)#60;/script#62;"),
        "{mermaid}"
    );
}

#[test]
fn what_shrank_is_blue_and_has_its_sign() {
    let dot = draw("main;gone -60\nmain;new 40", Drawing::Dot);
    assert!(
        dot.contains(r##"n0 [label="gone\n-60B (60.00%)", tooltip="gone", fillcolor="#7bb2de"]"##),
        "{dot}"
    );
    assert!(dot.contains(r#"[label=" -60B", penwidth=5.20"#), "{dot}");
}

#[test]
fn nothing_and_too_much_are_told() {
    let error = |stacks: &str| {
        let selection = select(profile(stacks));
        let graph = CallGraph::build(&selection, &GraphOptions::default().untrimmed());
        let picture = GraphPicture {
            drawing: Drawing::Svg,
            ..GraphPicture::default()
        };
        picture.draw(&selection, &graph).unwrap_err()
    };
    assert!(matches!(error(""), DrawError::Empty));
    let many: String = (0..301).map(|n| format!("f{n} 1\n")).collect();
    assert_eq!(
        error(&many).to_string(),
        "301 nodes are too many to lay out, 300 are the most"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// The layout is another's; no graph makes it panic or forget an edge.
    #[test]
    fn any_graph_is_laid_out(
        samples in prop::collection::vec((prop::collection::vec("[a-j]", 1..7), 1_i64..99), 1..14),
    ) {
        let samples: Vec<_> = samples.iter()
            .map(|(names, value)| (names.iter().map(String::as_str).collect(), *value))
            .collect();
        let selection = select(profile_of(&samples));
        let options = GraphOptions::default().untrimmed();
        let graph = CallGraph::build(&selection, &options);
        let edges = graph.graph().edge_count();
        let svg = draw_of(&selection, &options, Drawing::Svg);
        prop_assert_eq!(count(&svg), [graph.nodes().len(), edges, edges]);
    }
}
