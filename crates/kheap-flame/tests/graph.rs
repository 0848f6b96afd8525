//! Call graphs in all formats.

mod common;

use common::{HOSTILE, check, dump, profile, profile_of, select};
use kheap::{CallGraph, GraphOptions, Heap};
use kheap_flame::{DrawError, Drawing, GraphPicture};
use proptest::prelude::*;
use roxmltree::{Document, Node};

const SVG: &str = "http://www.w3.org/2000/svg";

fn draw_of(heap: &Heap, options: &GraphOptions, drawing: Drawing) -> String {
    let graph = CallGraph::build(heap, options);
    let picture = GraphPicture::default().drawing(drawing);
    let drawn = picture.draw(heap, &graph);
    drawn.expect("there is a graph").text
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
  label="Heap of a program\linuse_space · 4 of 4 functions; they hold 100B, 100% of 100B\l"; labelloc=t; labeljust=l;
  node [shape=box, style=filled, fontname="monospace"];
  edge [fontname="monospace"];
  n0 [label="encode\n60B (60.00%)", tooltip="encode\n60B here itself, 60B with callees\npart: not attributed", fillcolor="#dddddd", fontsize=24];
  n1 [label="api.watch\n40B (40.00%)", tooltip="api.watch\n40B here itself, 40B with callees\npart: not attributed", fillcolor="#dddddd", fontsize=22];
  n2 [label="api.list\nof 60B (60.00%)", tooltip="api.list\n0 here itself, 60B with callees\npart: not attributed", fillcolor="#dddddd", fontsize=10];
  n3 [label="main\nof 100B (100%)", tooltip="main\n0 here itself, 100B with callees\npart: not attributed", fillcolor="#dddddd", fontsize=10];
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
%% inuse_space · 2 of 2 functions; they hold 60B, 100% of 60B
flowchart TD
  n0["list<br/>60B (100%)"]
  n1["main<br/>of 60B (100%)"]
  n1 -->|"60B"| n0
  style n0 fill:#dddddd,stroke:#666,color:#1a1a1a
  style n1 fill:#dddddd,stroke:#666,color:#1a1a1a
  linkStyle 0 stroke-width:8.0px"##,
    );
}

/// What stands beside the pointer of a function besides its values.
fn ways_to(stacks: &str, function: &str) -> Vec<String> {
    let dot = draw(stacks, Drawing::Dot);
    let begin = format!("tooltip=\"{function}\\n");
    let (_, rest) = dot.split_once(&begin).expect("it has a node");
    let tooltip = rest.split('"').next().unwrap_or_default();
    let lines = tooltip.split("\\n").skip(2);
    lines.map(str::to_owned).collect()
}

#[test]
fn a_function_names_the_one_that_all_its_calls_come_through() {
    let stacks = "main;serve;list;encode 60\nmain;serve;watch;encode 40\ninit;load 5";
    let expected = ["all drawn calls come through serve"];
    assert_eq!(ways_to(stacks, "encode"), expected);
    // Its one line shows it.
    assert!(ways_to(stacks, "list").is_empty());
    let other_root = format!("{stacks}\ninit;encode 1");
    assert!(ways_to(&other_root, "encode").is_empty());
}

#[test]
fn a_function_says_that_it_is_in_a_cycle_of_others() {
    let stacks = "main;value;object;array;value;text 60\nmain;walk;walk 4";
    let circle = "in a cycle: 3 functions call each other";
    assert_eq!(ways_to(stacks, "array"), [circle]);
    assert_eq!(
        ways_to(stacks, "value"),
        ["all drawn calls come through main", circle]
    );
    assert!(ways_to(stacks, "text").is_empty());
    assert!(ways_to(stacks, "walk").is_empty());
}

/// How many boxes, lines and heads a picture has; all texts are within it.
fn count(svg: &str) -> [usize; 3] {
    let document = Document::parse(svg).unwrap_or_else(|error| panic!("{error}\n{svg}"));
    let elements = || document.descendants().filter(Node::is_element);
    let number = |name: &str| elements().filter(|e| e.tag_name().name() == name).count();
    assert_eq!(number("script"), 1, "one script, ours");
    let is_box = |e: &Node<'_, '_>| {
        let class = e.attribute("class").unwrap_or_default();
        e.has_tag_name((SVG, "g")) && class.split(' ').next() == Some("node")
    };
    let is_line = |e: &Node<'_, '_>| {
        let is_mark = e.parent().and_then(|parent| parent.attribute("class")) == Some("mark");
        e.has_tag_name((SVG, "path")) && !is_mark
    };
    let (boxes, lines) = (elements().filter(is_box), elements().filter(is_line));
    [boxes.count(), lines.count(), number("polygon")]
}

#[test]
fn a_picture_has_every_node_and_edge() {
    let svg = draw("main;list;encode 60\nmain;watch 40", Drawing::Svg);
    assert_eq!(count(&svg), [4, 3, 3]);
    let selection = dump("v1.20/configmap-list-cache-json.pb.gz");
    let options = GraphOptions::default().count(80);
    let graph = CallGraph::build(&selection, &options);
    let edges = graph.edges().len();
    let svg = draw_of(&selection, &options, Drawing::Svg);
    assert_eq!(count(&svg), [80, edges, edges]);
    assert!(svg.contains("Too small to show: 362 functions"), "{svg}");
}

#[test]
fn what_is_not_joined_does_not_drift_apart() {
    let selection = dump("v1.20/watchers-6000.pb.gz");
    let options = GraphOptions::default().count(80);
    let svg = draw_of(&selection, &options, Drawing::Svg);
    let document = Document::parse(&svg).unwrap();
    let width: f64 = document
        .root_element()
        .attribute("width")
        .unwrap()
        .parse()
        .unwrap();
    // Ten boxes beside each other in the widest layer.
    assert!(width < 3000.0, "{width}");
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
        let options = GraphOptions::default().count(80);
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
    let read = mermaid.replace("#36;", "$").replace("#8203;", "\u{200b}");
    assert!(read.contains('$') && !read.contains("$$"), "{mermaid}");
    assert!(
        mermaid.contains("#60;script#62;alert(1)#60;/script#62;"),
        "{mermaid}"
    );
}

/// Each of so many functions calls each other one; the first most.
fn all_call_all(number: usize) -> Heap<'static> {
    let names: Vec<String> = (0..number).map(|n| format!("f{n}")).collect();
    let pairs = names.iter().flat_map(|a| names.iter().map(move |b| (a, b)));
    let mut samples: Vec<_> = pairs
        .filter(|(a, b)| a != b)
        .map(|(a, b)| (vec![a.as_str(), b.as_str()], 100))
        .collect();
    samples[0].1 = 10_000;
    select(profile_of(&samples))
}

#[test]
fn dense_graphs_are_laid_out() {
    let options = GraphOptions::default().untrimmed();
    let svg = draw_of(&all_call_all(25), &options, Drawing::Svg);
    assert_eq!(count(&svg), [25, 25 * 24, 25 * 24]);
}

#[test]
fn edges_that_find_no_room_are_counted_and_leave_no_node_alone() {
    let selection = all_call_all(60);
    let graph = CallGraph::build(&selection, &GraphOptions::default().untrimmed());
    let picture = GraphPicture::default().drawing(Drawing::Svg);
    let drawn = picture.draw(&selection, &graph).unwrap();
    assert_eq!(count(&drawn.text), [60, 800, 800]);
    let left_out = "No room for 2,740 edges, the lightest";
    assert_eq!(drawn.left_out.as_deref(), Some(left_out));
    assert!(drawn.text.contains(left_out));

    // The chain that holds all together is lighter than what is between its ends.
    let mut stacks: Vec<_> = (0..45)
        .flat_map(|a| (0..45).map(move |b| format!("g{a};g{b} 99")))
        .collect();
    stacks.push(format!(
        "g0;{} 1",
        (0..90)
            .map(|n| format!("h{n}"))
            .collect::<Vec<_>>()
            .join(";")
    ));
    let dot = |svg: &str| svg.matches("<polygon").count();
    let svg = draw(&stacks.join("\n"), Drawing::Svg);
    assert_eq!(dot(&svg), 800);
    assert_eq!(svg.matches(">1B<").count(), 90);
}

#[test]
fn lines_past_many_layers_find_no_room_before_a_chain_does() {
    let names: Vec<String> = (0..500).map(|n| format!("f{n}")).collect();
    let (first, last) = (&names[..17], &names[483..]);
    let mut samples: Vec<_> = (first.iter())
        .flat_map(|a| last.iter().map(move |b| (vec![a.as_str(), b.as_str()], 9)))
        .collect();
    samples.push((names.iter().map(String::as_str).collect(), 1));
    let selection = select(profile_of(&samples));
    let svg = draw_of(
        &selection,
        &GraphOptions::default().untrimmed(),
        Drawing::Svg,
    );
    let [nodes, lines, _] = count(&svg);
    assert_eq!(nodes, 500);
    assert!((499..499 + 17 * 17).contains(&lines), "{lines}");
    let left_out = 499 + 17 * 17 - lines;
    assert!(svg.contains(&format!("No room for {left_out} edges, the lightest")));
}

#[test]
fn labels_of_calls_back_and_forth_stand_apart() {
    let svg = draw("a;b;a;b 9\nc;b;c 5\nb;a 3", Drawing::Svg);
    let document = Document::parse(&svg).unwrap();
    let number =
        |node: Node<'_, '_>, name: &str| -> f64 { node.attribute(name).unwrap().parse().unwrap() };
    let labels = document
        .descendants()
        .filter(|node| node.attribute("class") == Some("weight"));
    // Left, right, base line.
    let labels: Vec<[f64; 3]> = labels
        .map(|node| {
            let width = node.text().unwrap().chars().count() as f64 * 6.7;
            let x = number(node, "x");
            [x, x + width, number(node, "y")]
        })
        .collect();
    assert_eq!(labels.len(), 4);
    for (position, a) in labels.iter().enumerate() {
        for b in &labels[..position] {
            let apart = a[1] < b[0] || b[1] < a[0] || (a[2] - b[2]).abs() > 12.0;
            assert!(apart, "{a:?} {b:?}");
        }
    }
}

#[test]
fn mermaid_is_given_no_more_than_it_takes() {
    let draw = |heap: &Heap| {
        let graph = CallGraph::build(heap, &GraphOptions::default().untrimmed());
        let picture = GraphPicture::default().drawing(Drawing::Mermaid);
        let drawn = picture.draw(heap, &graph).unwrap();
        assert!(drawn.text.encode_utf16().count() <= 50_000);
        assert!(drawn.text.matches(" -->|").count() <= 500);
        let left_out = drawn.left_out.expect("it is shown");
        assert!(drawn.text.contains(&format!("%% {left_out}\n")));
        (left_out, drawn.text)
    };
    assert_eq!(
        draw(&all_call_all(24)).0,
        "No room for 52 edges, the lightest"
    );
    let names: Vec<String> = (0..900).map(|n| format!("package.Function{n}")).collect();
    let samples: Vec<_> = (names.iter().enumerate())
        .map(|(n, name)| (vec!["main", name], 1 + n as i64))
        .collect();
    let (left_out, text) = draw(&select(profile_of(&samples)));
    let nodes = samples.len() + 1 - text.matches("<br/>").count();
    let edges = samples.len() - text.matches(" -->|").count();
    assert_eq!(
        left_out,
        format!("No room for {nodes} nodes and {edges} edges, the lightest")
    );
}

#[test]
fn what_shrank_is_blue_and_both_have_their_sign() {
    let dot = draw("main;gone -60\nmain;new 40", Drawing::Dot);
    assert!(
        dot.contains(r##"n0 [label="gone\n-60B (60.00%)""##),
        "{dot}"
    );
    assert!(dot.contains(r##"fillcolor="#7bb2de""##), "{dot}");
    assert!(dot.contains(r#"label="new\n+40B (40.00%)""#), "{dot}");
    assert!(dot.contains(r#"[label=" -60B", penwidth=5.20"#), "{dot}");
    assert!(dot.contains(r#"[label=" +40B""#), "{dot}");
    assert!(dot.contains("+ grew") && dot.contains("- shrank"), "{dot}");
}

#[test]
fn what_holds_much_itself_is_added_and_marked() {
    // Of equal callees the last by name finds no room.
    let stacks: String = (0..9).map(|n| format!("main;f{n} 10\n")).collect();
    let selection = select(profile(&stacks));
    let options = GraphOptions::default().count(3);
    let graph = CallGraph::for_picture(&selection, &options, kheap::graph::LARGE_FLAT);
    let draw = |drawing| {
        let picture = GraphPicture::default().drawing(drawing);
        picture.draw(&selection, &graph).unwrap().text
    };
    let svg = draw(Drawing::Svg);
    assert_eq!(count(&svg), [10, 9, 9]);
    assert_eq!(svg.matches("class=\"node added\"").count(), 7);
    assert!(svg.contains("added: holds 5% or more itself"), "{svg}");
    assert!(
        svg.contains("10 of 10 functions; they hold 90B, 100% of 90B"),
        "{svg}"
    );
    assert_eq!(draw(Drawing::Dot).matches("peripheries=2").count(), 8);
}

/// Points along a path of our pictures: where lines begin, go straight and bend.
fn points(path: &str) -> Vec<[f64; 2]> {
    let mut points: Vec<[f64; 2]> = Vec::new();
    let mut rest = path;
    while let Some(command) = rest.chars().next() {
        let end = rest[1..]
            .find(['M', 'V', 'C'])
            .map_or(rest.len(), |at| at + 1);
        let numbers = rest[1..end]
            .split([' ', ','])
            .filter(|text| !text.is_empty());
        let numbers: Vec<f64> = numbers
            .map(|text| text.parse().expect("a number"))
            .collect();
        rest = &rest[end..];
        let Some(&[x, y]) = points.last() else {
            points.push([numbers[0], numbers[1]]);
            continue;
        };
        let [[ax, ay], [bx, by], [cx, cy]] = match command {
            'V' => [[x, y], [x, numbers[0]], [x, numbers[0]]],
            _ => [
                [numbers[0], numbers[1]],
                [numbers[2], numbers[3]],
                [numbers[4], numbers[5]],
            ],
        };
        for step in 1..=20 {
            let t = f64::from(step) / 20.0;
            let bend = |from: f64, a: f64, b: f64, to: f64| {
                let u = 1.0 - t;
                u * u * u * from + 3.0 * u * u * t * a + 3.0 * u * t * t * b + t * t * t * to
            };
            points.push([bend(x, ax, bx, cx), bend(y, ay, by, cy)]);
        }
    }
    points
}

#[test]
fn labels_are_never_on_lines() {
    for dump_name in ["v1.20/cr-list-cache-json.pb.gz", "v1.34/cr-10k-idle.pb.gz"] {
        let selection = dump(dump_name);
        let options = GraphOptions::default().count(80);
        let svg = draw_of(&selection, &options, Drawing::Svg);
        let document = Document::parse(&svg).unwrap();
        let with_class = |class: &'static str| {
            document
                .descendants()
                .filter(move |node| node.attribute("class") == Some(class))
        };
        let number = |node: &Node<'_, '_>, name: &str| -> f64 {
            node.attribute(name).unwrap().parse().unwrap()
        };
        // Others explain what dashes mean.
        let lines = with_class("edge").filter(|line| !line.attribute("d").unwrap().contains('H'));
        let lines: Vec<[f64; 2]> = lines
            .flat_map(|line| points(line.attribute("d").unwrap()))
            .collect();
        assert!(lines.len() > 1000);
        for label in with_class("weight") {
            let (x, y) = (number(&label, "x"), number(&label, "y"));
            let right = x + label.text().unwrap().chars().count() as f64 * 6.7;
            let is_on =
                |&[at, down]: &[f64; 2]| (x..right).contains(&at) && (y - 8.0..y).contains(&down);
            assert!(!lines.iter().any(is_on), "{dump_name}: {:?}", label.text());
        }
    }
}

#[test]
fn nothing_is_said() {
    let selection = select(profile(""));
    let graph = CallGraph::build(&selection, &GraphOptions::default());
    let drawn = GraphPicture::default().draw(&selection, &graph);
    assert!(matches!(drawn, Err(DrawError::Empty)));
}

#[test]
fn nodes_that_find_no_room_are_the_lightest() {
    let names: Vec<String> = (0..502).map(|n| format!("package.F{n}")).collect();
    let samples: Vec<_> = (names.iter().enumerate())
        .map(|(n, name)| (vec!["main", name], 1 + n as i64))
        .collect();
    let selection = select(profile_of(&samples));
    let graph = CallGraph::build(&selection, &GraphOptions::default().untrimmed());
    let picture = GraphPicture::default().drawing(Drawing::Svg);
    let drawn = picture.draw(&selection, &graph).unwrap();
    assert_eq!(count(&drawn.text), [500, 499, 499]);
    let left_out = "No room for 3 nodes and 3 edges, the lightest";
    assert_eq!(drawn.left_out.as_deref(), Some(left_out));
    assert!(drawn.text.contains(left_out));
    let has = |name: &str| drawn.text.contains(&format!("<title>{name}\n"));
    assert_eq!(
        [has("main"), has("package.F2"), has("package.F3")],
        [true, false, true]
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// No graph makes the layout panic or forget an edge.
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
        let edges = graph.edges().len();
        let svg = draw_of(&selection, &options, Drawing::Svg);
        prop_assert_eq!(count(&svg), [graph.nodes().len(), edges, edges]);
    }
}
