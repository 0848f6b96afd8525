//! Flame graphs: what stands in them, and that the picture says the same.

mod common;

use std::collections::BTreeMap;

use common::{HOSTILE, check, compare, dump, flame, frames, profile_of, select, whole};
use kheap::{Heap, Selection, SelectionOptions};
use kheap_flame::{Coloring, Direction, DrawError, Flame, FlameOptions, Grouping, Picture};
use proptest::prelude::*;

fn check_folded(stacks: &str, expected: &str) {
    check(&flame(stacks).folded(), expected);
}

#[test]
fn equal_stacks_add_up_and_the_widest_comes_first() {
    check_folded(
        "main;a 1
         main;b 2
         main;a 3
         main   5",
        "main 5
         main;a 4
         main;b 2",
    );
}

#[test]
fn equal_widths_come_by_name() {
    check_folded("c 1\nb 1\na 1", "a 1\nb 1\nc 1");
}

#[test]
fn what_has_no_stack_belongs_to_all() {
    check_folded("7\nmain 3", "all 7\nmain 3");
}

#[test]
fn a_stack_stays_a_line_whatever_its_names_are() {
    let samples: Vec<_> = HOSTILE
        .iter()
        .map(|name| (vec![*name, "leaf"], 1))
        .collect();
    let flame = Flame::new(&select(profile_of(&samples)), &FlameOptions::default());
    let folded = flame.folded();
    assert_eq!(folded.lines().count(), HOSTILE.len());
    for line in folded.lines() {
        assert_eq!(line.matches(';').count(), 1, "{line:?}");
        assert!(line.ends_with(";leaf 1"), "{line:?}");
        assert!(!line.contains(char::is_control), "{line:?}");
    }
}

#[test]
fn a_deep_stack_is_written_once() {
    const DEPTH: usize = 32_000;
    let stack = vec!["main.recurse"; DEPTH];
    let flame = Flame::new(&select(profile_of(&[(stack, 1)])), &as_written());
    let folded = flame.folded();
    assert_eq!(folded.len(), DEPTH * "main.recurse;".len() + "1\n".len());
}

#[test]
fn a_comparison_has_both_values_and_finds_functions_of_another_build() {
    check(
        &compare(
            "x/vendor/k8s.io/api.F;gone 5\nx/vendor/k8s.io/api.F;more 1",
            "k8s.io/api.F;more 3\nk8s.io/api.F;new 2",
        )
        .folded(),
        "k8s.io/api.F;gone 5 0
         k8s.io/api.F;more 1 3
         k8s.io/api.F;new 0 2",
    );
}

#[test]
fn negative_values_are_what_was_before() {
    check_folded("main;a -2\nmain;b 3", "main;b 0 3\nmain;a 2 0");
}

#[test]
fn stacks_are_put_together_by_part_and_by_kind() {
    let selection = dump("v1.34/controller-secret-informer.pb.gz");
    let tops = |grouping| {
        let options = FlameOptions::default().grouping(grouping);
        let flame = Flame::new(&selection, &options);
        let tops = flame.frames.iter().filter(|frame| frame.depth == 1);
        tops.map(|frame| flame.name(frame).full.clone())
            .collect::<Vec<_>>()
    };
    assert!(
        tops(Grouping::Kind).contains(&"Secret".to_owned()),
        "{:?}",
        tops(Grouping::Kind)
    );
    let parts = tops(Grouping::Part);
    assert_eq!(
        parts[0], "informer-list: informer cache (initial list)",
        "{parts:?}"
    );
}

#[test]
fn a_stack_without_end_takes_no_memory_without_end() {
    let mut builder = kheap::ProfileBuilder::new();
    builder.sample_type("inuse_space", "bytes");
    let [a, b, c, f] = ["a", "b", "c", "f"].map(|name| {
        let function = builder.function(&format!("main.{name}"), "");
        builder.location(None, 0, &[(function, 1)])
    });
    // Leaf first.
    for stack in [&[c, a][..], &vec![f; 1_100_000], &[c, b, a]] {
        builder.sample(stack, &[512], &[]).expect("one value");
    }
    let profile = builder.finish();
    let sample_type = profile.sample_type("").expect("it is there");
    let selection = Selection::new(profile, sample_type, &SelectionOptions::default());
    let flame = Flame::new(&Heap::new(selection), &as_written());
    assert!(flame.trimmed.is_full);
    let most = (1 << 17) + 4 + 1_100_005 / 8;
    assert_eq!((flame.frames.len(), flame.width()), (most, 3 * 512));
    // A stack ends at what is too many, instead of going on in callees of another one.
    let mut frames = flame.frames.iter();
    let c = frames.find(|frame| flame.name(frame).full == "main.c");
    assert_eq!(c.map(|frame| frame.after), Some(512));
}

#[test]
fn trimming_leaves_out_what_is_narrow_and_says_so() {
    let stacks = "main;large 96\nmain;small 3\nmain;tiny;deep 1";
    let mut trimmed = flame(stacks);
    trimmed.trim(0.02, usize::MAX);
    check(&trimmed.folded(), "main;large 96\nmain;small 3");
    assert_eq!((trimmed.trimmed.frames, trimmed.trimmed.widest), (2, 1));
    // Frames that are equally wide do not all go for one that is too many.
    let mut equal = flame("main;a 10\nmain;b;deep 10\nmain;c 10");
    equal.trim(0.0, 4);
    let left = |name| {
        equal
            .frames
            .iter()
            .any(|frame| equal.name(frame).full == name)
    };
    assert_eq!(
        ["all", "main", "a", "b", "deep", "c"].map(left),
        [true, true, true, true, false, false]
    );
    let svg = flame(stacks).svg(&whole().max_frames(3)).unwrap();
    let labels: Vec<_> = frames(&svg)
        .into_iter()
        .map(|f| (f.label, f.width))
        .collect();
    let expected = [("all", 100), ("main", 100), ("large", 96)];
    assert_eq!(
        labels,
        expected.map(|(label, width)| (label.to_owned(), width))
    );
    assert!(svg.contains("Not drawn: 3 frames of at most 3B"), "{svg}");
}

/// Every frame, put together by nothing.
fn as_written() -> FlameOptions {
    FlameOptions::default()
        .grouping(Grouping::None)
        .all_frames(true)
}

/// Sums of the file, computed without the code under test: by path of names.
fn independent_sums(selection: &kheap::Selection) -> BTreeMap<Vec<String>, u64> {
    let profile = selection.profile();
    let mut sums = BTreeMap::new();
    for (id, &value) in profile.samples().ids().zip(selection.values()) {
        let mut path: Vec<String> = Vec::new();
        *sums.entry(path.clone()).or_default() += value as u64;
        for &location in profile.samples().stack(id).iter().rev() {
            for line in profile.locations().lines(location).iter().rev() {
                path.push(
                    profile
                        .text(profile.function(line.function).name)
                        .into_owned(),
                );
                *sums.entry(path.clone()).or_default() += value as u64;
            }
        }
    }
    sums.retain(|_, sum| *sum > 0);
    sums
}

#[test]
fn widths_in_the_picture_are_the_sums_of_the_file() {
    for name in ["v1.20/configmap-list-cache-json.pb.gz", "v1.34/idle.pb.gz"] {
        let selection = dump(name);
        let sums = independent_sums(&selection);
        let total = sums[&Vec::new()];
        for direction in [Direction::Down, Direction::Up] {
            let flame = Flame::new(&selection, &as_written());
            let picture = whole().direction(direction);
            let drawn = frames(&flame.svg(&picture).unwrap());
            assert_eq!(drawn.len(), sums.len(), "{name}");
            let mut widths: Vec<u64> = drawn.iter().map(|frame| frame.width).collect();
            let mut expected: Vec<u64> = sums.values().copied().collect();
            widths.sort_unstable();
            expected.sort_unstable();
            assert_eq!(widths, expected, "{name}");
            for frame in &drawn {
                let share = frame.width as f64 / total as f64 * 1e6;
                assert!((frame.share as f64 - share).abs() <= 1.0, "{frame:?}");
            }
        }
    }
}

#[test]
fn every_frame_lies_under_its_caller() {
    let svg = flame("main;a;x 3\nmain;b 2\nmain;b;y 4\nother 9")
        .svg(&whole())
        .unwrap();
    let drawn = frames(&svg);
    let table: String = drawn
        .iter()
        .map(|f| {
            format!(
                "{} {} {} {}\n",
                (f.y - drawn[0].y) / 16,
                f.x,
                f.width,
                f.label
            )
        })
        .collect();
    check(
        &table,
        "0 0 18 all
         1 0 9 main
         1 9 9 other
         2 0 6 b
         2 6 3 a
         3 0 4 y
         3 6 3 x",
    );
}

#[test]
fn a_removed_frame_is_as_wide_as_it_was_and_says_it_is_gone() {
    let svg = compare("main;old 60\nmain;same 20", "main;new 30\nmain;same 20").svg(&whole());
    let drawn = frames(&svg.unwrap());
    let find = |label: &str| drawn.iter().find(|f| f.label == label).expect(label);
    let old = find("-60B old");
    assert_eq!(old.width, 60);
    assert_eq!(
        old.tooltip,
        "-60B old\nbefore 60B, after 0, -60B; gone\npart: not attributed"
    );
    assert_eq!(
        find("+30B new").tooltip.lines().nth(1),
        Some("before 0, after 30B, +30B; new")
    );
    assert_eq!(find("±0 same").fill, "rgb(221,221,221)");
    assert_eq!(find("-30B all").width, 110);
    assert_ne!(find("+30B new").fill, old.fill);
}

#[test]
fn hostile_names_are_text() {
    let long = "x".repeat(10_000);
    let names = HOSTILE.into_iter().chain([long.as_str()]);
    let samples: Vec<_> = names.map(|name| (vec!["main", name], 1)).collect();
    let selection = select(profile_of(&samples));
    for coloring in [Coloring::Part, Coloring::Package, Coloring::Classic] {
        let picture = whole().title(HOSTILE[0].to_owned()).coloring(coloring);
        let svg = Flame::new(&selection, &FlameOptions::default())
            .svg(&picture)
            .unwrap();
        let drawn = frames(&svg);
        assert_eq!(drawn.len(), samples.len() + 2);
        assert!(drawn.iter().any(|frame| frame.label == HOSTILE[0]));
        assert!(
            drawn
                .iter()
                .any(|frame| frame.label == "line\\nbreak\\r\\ttab\\u001b[31m")
        );
        assert!(
            drawn
                .iter()
                .any(|frame| frame.label == "\\u202edesrever שלום")
        );
        assert!(
            drawn
                .iter()
                .all(|frame| frame.tooltip.chars().count() < 2000)
        );
        assert!(!svg.contains("<script>alert"), "a name became a script");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let draw = || {
        let selection = dump("v1.34/cr-10k-idle.pb.gz");
        let flame = Flame::new(&selection, &FlameOptions::default());
        let picture = |coloring| Picture::default().coloring(coloring);
        [Coloring::Part, Coloring::Package, Coloring::Classic]
            .map(|c| flame.svg(&picture(c)).unwrap())
    };
    assert_eq!(draw(), draw());
}

#[test]
fn a_picture_is_given_what_it_is_part_of() {
    let draw = |embedded, width| {
        let picture = whole().embedded(embedded).width(width);
        flame("main 1").svg(&picture).unwrap()
    };
    let alone = draw(false, None);
    assert!(alone.contains("embedded = false, fluid = true, differential = false"));
    assert!(draw(false, Some(600)).contains("fluid = false"));
    let embedded = draw(true, None);
    assert!(
        embedded.starts_with("<svg "),
        "no declaration within a page"
    );
    assert!(embedded.contains("embedded = true"));
}

#[test]
fn several_pictures_on_a_page_share_no_id_and_each_has_a_name() {
    let svg = flame("main 1").svg(&whole()).unwrap();
    assert!(!svg.contains(" id=\""), "{svg}");
    assert!(svg.contains("role=\"group\" aria-label=\"Flame graph: Heap of a program\""));
}

#[test]
fn frames_stand_below_the_legend() {
    for direction in [Direction::Down, Direction::Up] {
        let picture = whole().direction(direction);
        let svg = flame("main 1").svg(&picture).unwrap();
        let document = roxmltree::Document::parse(&svg).unwrap();
        let y = |class: &str| -> f64 {
            let mut found = document
                .descendants()
                .filter(|node| node.attribute("class") == Some(class));
            let node = found.next_back().expect(class);
            node.attribute("y")
                .and_then(|y| y.parse().ok())
                .expect("it has a place")
        };
        let first = frames(&svg)[0].y as f64 + y("frames");
        assert!(
            (y("legend") + 5.0..y("legend") + 20.0).contains(&first),
            "{first}"
        );
        let height: f64 = document
            .root_element()
            .attribute("height")
            .unwrap()
            .parse()
            .unwrap();
        let last = frames(&svg)[1].y as f64 + y("frames") + 16.0;
        assert!((last..last + 16.0).contains(&height), "{height} {last}");
    }
}

#[test]
fn chains_that_only_pass_calls_on_are_one_frame() {
    let stacks = "\
        main;net/http.HandlerFunc.ServeHTTP;k8s.io/apiserver/pkg/server/filters.A;api.List;load 3
        main;k8s.io/apiserver/pkg/server/filters.A;net/http.HandlerFunc.ServeHTTP;api.List;load 2
        main;net/http.HandlerFunc.ServeHTTP;api.List;load 1
        main;walk;walk;walk 7";
    let graph = flame(stacks);
    check(
        &graph.folded(),
        "main;walk 7
         main;[HTTP filters and routing];api.List;load 5
         main;net/http.HandlerFunc.ServeHTTP;api.List;load 1",
    );
    let svg = graph.svg(&whole()).unwrap();
    assert!(
        svg.contains(
            "Folded functions: 2 that only pass calls on, into [brackets] and 1 that call"
        ),
        "{svg}"
    );
    let drawn = frames(&svg);
    let chain = drawn
        .iter()
        .find(|frame| frame.label == "[HTTP filters and routing]");
    assert_eq!(
        chain.expect("it is drawn").tooltip.lines().last(),
        Some("folded: http.HandlerFunc.ServeHTTP, filters.A")
    );
    let all = Flame::new(&select(common::profile(stacks)), &as_written());
    check(
        &all.folded(),
        "main;walk;walk;walk 7
         main;net/http.HandlerFunc.ServeHTTP;k8s.io/apiserver/pkg/server/filters.A;api.List;load 3
         main;net/http.HandlerFunc.ServeHTTP;api.List;load 1
         main;k8s.io/apiserver/pkg/server/filters.A;net/http.HandlerFunc.ServeHTTP;api.List;load 2",
    );
}

#[test]
fn a_frame_that_allocates_is_never_folded() {
    let leaf = "k8s.io/apiserver/pkg/server/filters.Allocate";
    let stacks = format!("main;net/http.HandlerFunc.ServeHTTP;{leaf} 1");
    check(&flame(&stacks).folded(), &format!("{stacks}\n"));
}

#[test]
fn from_the_allocators_on_stacks_are_reversed() {
    let options = FlameOptions::default().reverse(true);
    let selection = select(common::profile(
        "main;list;grow 3\nmain;watch;grow 2\nmain 1",
    ));
    check(
        &Flame::new(&selection, &options).folded(),
        "grow;list;main 3
         grow;watch;main 2
         main 1",
    );
}

#[test]
fn stacks_that_go_cut_are_put_together_by_part() {
    // Go kept 32 frames of the first stack.
    let deep: Vec<String> = (0..32).map(|n| format!("f{n}")).collect();
    let stacks = |cut: i64| format!("{} {cut}\nroot;load 60", deep.join(";"));
    let tops = |stacks: &str, options: &FlameOptions| {
        let flame = Flame::new(&select(common::profile(stacks)), options);
        let top = flame.frames.iter().find(|frame| frame.depth == 1);
        let top = flame.name(top.expect("a frame")).full.clone();
        (top, flame.cut)
    };
    let default = FlameOptions::default();
    assert_eq!(tops(&stacks(29), &default), ("root".to_owned(), None));
    assert_eq!(
        tops(&stacks(31), &default),
        ("other: not attributed".to_owned(), Some(31))
    );
    let reverse = default.reverse(true);
    assert_eq!(tops(&stacks(31), &reverse), ("load".to_owned(), None));
    let flame = flame(&stacks(31));
    let svg = flame.svg(&whole()).unwrap();
    assert!(
        svg.contains("Grouped by part: for 34.07% of the bytes the outermost"),
        "{svg}"
    );
}

#[test]
fn a_picture_loads_nothing() {
    let svg = flame("main 1").svg(&whole()).unwrap();
    let (svg, script) = svg.split_once("<script>").unwrap();
    for reference in ["fetch(", "XMLHttpRequest", "import(", "createElement"] {
        assert!(!script.contains(reference), "{reference}");
    }
    for reference in ["href", "src=", "@import", "url(", "<!DOCTYPE", "<!ENTITY"] {
        assert!(!svg.contains(reference), "{reference}");
    }
}

#[test]
fn nothing_gives_no_picture() {
    for stacks in ["", "main 0"] {
        let error = flame(stacks).svg(&Picture::default()).unwrap_err();
        assert!(matches!(error, DrawError::Empty));
        assert_eq!(error.to_string(), "nothing to draw: no sample has a value");
    }
}

#[test]
fn a_width_out_of_bounds_is_refused() {
    let draw = |width| flame("main;load 1").svg(&Picture::default().width(width));
    for width in [200, 65_535] {
        draw(width).unwrap();
    }
    for width in [0, 1, 19, 20, 199, 65_536, usize::MAX] {
        let error = draw(width).unwrap_err();
        let expected = format!("a picture is 200 to 65535 pixels wide, not {width}");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn values_past_all_bounds_are_drawn() {
    let largest = i64::MAX;
    let stacks: String = (0..40).map(|n| format!("main;f{n} {largest}\n")).collect();
    let svg = flame(&stacks).svg(&whole()).unwrap();
    let drawn = frames(&svg);
    assert_eq!(drawn.len(), 42);
    // Scripts count up to 2^53 without loss.
    assert!(drawn.iter().all(|frame| frame.x + frame.width <= 1 << 53));
}

#[test]
fn a_stack_of_ten_thousand_frames_is_drawn() {
    let names: Vec<String> = (0..10_000).map(|n| format!("f{n}")).collect();
    let selection = select(profile_of(&[(
        names.iter().map(String::as_str).collect(),
        5,
    )]));
    let flame = Flame::new(&selection, &FlameOptions::default());
    let drawn = frames(&flame.svg(&whole().max_frames(20_000)).unwrap());
    assert_eq!(drawn.len(), 10_001);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_names_and_values_make_a_picture_that_adds_up(
        before in prop::collection::vec((prop::collection::vec("\\PC{0,3}|[a-c]|\\pC", 0..4), -9_i64..99), 1..9),
        after in prop::collection::vec((prop::collection::vec("[a-c]|[;<&\" \n]{1,3}", 0..4), 1_i64..99), 1..9),
    ) {
        let of = |samples: &[(Vec<String>, i64)]| {
            let samples: Vec<_> = samples.iter()
                .map(|(names, value)| (names.iter().map(String::as_str).collect(), *value))
                .collect();
            select(profile_of(&samples))
        };
        let flame = Flame::compare(&of(&before), &of(&after), &FlameOptions::default());
        let drawn = frames(&flame.svg(&whole()).unwrap());
        let mut widths: Vec<u64> = drawn.iter().map(|frame| frame.width).collect();
        let mut expected: Vec<u64> = flame.frames.iter().map(|frame| frame.width).collect();
        widths.sort_unstable();
        expected.sort_unstable();
        prop_assert_eq!(widths, expected);
        // Callees are never wider than their caller, and values add up.
        for (at, frame) in flame.frames.iter().enumerate() {
            let callees = flame.frames.iter().filter(|callee| callee.parent == Some(at));
            let sum: u64 = callees.map(|callee| callee.width).sum();
            prop_assert_eq!(frame.width, sum + frame.flat_before.max(frame.flat_after));
        }
    }
}
