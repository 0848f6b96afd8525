//! The explorer of a report by key, pointer and touch: where the focus goes, what can be
//! done with each frame, and what stays where it was. These tests are ignored, because
//! they take Chromium; `.ci/run` installs it and runs them:
//! `cargo test -p kheap-cli --test explore_keys -- --ignored`.

mod common;

use std::fs;

use common::browser::{Browser, with_page};
use common::explorer::{click, go, hash, point, press_on, reload, text, wait};
use kheap::ProfileBuilder;
use serde_json::json;

const LISTS: &str = "testdata/dumps/v1.20/cr-list-cache-json.pb.gz";

/// What has the focus, by its label or its text.
fn focused(page: &mut Browser) -> String {
    let label = "document.activeElement.getAttribute('aria-label') ?? \
                 document.activeElement.textContent ?? ''";
    page.evaluate(label).as_str().unwrap_or_default().to_owned()
}

fn number(page: &mut Browser, expression: &str) -> f64 {
    page.evaluate(expression).as_f64().expect("a number")
}

/// Types into the form for filters and sends it by Enter.
fn type_filter(page: &mut Browser, expression: &str) {
    page.call("Input.insertText", json!({"text": expression}));
    page.press("Enter", 13, "\r");
    std::thread::sleep(std::time::Duration::from_millis(150));
}

#[test]
#[ignore = "takes Chromium, which .ci/run installs"]
fn views_are_entered_by_keys_and_a_zoom_keeps_the_focus() {
    with_page(&[LISTS], |page| {
        go(page, "");
        page.press("ArrowDown", 40, "");
        assert!(focused(page).starts_with("all, "), "{}", focused(page));
        page.press("ArrowDown", 40, "");
        page.press("ArrowDown", 40, "");
        let zoomed = focused(page);
        page.press("Enter", 13, "\r");
        // The address changes before the page is drawn anew, with the focus on the zoom.
        wait(
            page,
            "location.hash.includes('zoom=0.0') && document.activeElement.hasAttribute('data-zoom')",
        );
        assert_eq!(focused(page), zoomed);
        page.check("document.querySelectorAll('[data-zoom]').length", json!(1));
        page.press("ArrowDown", 40, "");
        let below = "document.activeElement.getAttribute('aria-level')";
        page.check(below, json!("4"));
        page.press("3", 51, "3");
        wait(
            page,
            "document.activeElement.getAttribute('role') === 'row'",
        );
        page.press("ArrowDown", 40, "");
        page.press("Enter", 13, "\r");
        wait(
            page,
            "document.querySelector('.x-sandwich')?.contains(document.activeElement)",
        );
        page.press("1", 49, "1");
        wait(
            page,
            "document.activeElement.hasAttribute('data-zoom') && !document.querySelector('.x-sandwich')",
        );
        page.press("e", 69, "e");
        assert_eq!(focused(page), "Expression on functions, files and binaries");
        page.evaluate("document.activeElement.blur()");
        page.press("/", 191, "/");
        page.call("Input.insertText", json!({"text": "makeslice"}));
        page.press("Enter", 13, "\r");
        wait(
            page,
            "document.querySelector('.x-sandwich')?.contains(document.activeElement)",
        );
        page.press("/", 191, "/");
        page.call("Input.insertText", json!({"text": "x"}));
        wait(page, "location.hash.includes('makeslicex')");
        page.evaluate("history.back()");
        wait(
            page,
            "document.getElementById('x-search').value === 'makeslice'",
        );
    });
}

#[test]
#[ignore = "takes Chromium, which .ci/run installs"]
fn keys_act_on_what_the_bar_names_be_it_frame_chain_or_group() {
    with_page(&[LISTS], |page| {
        go(page, "");
        point(page, "LIST (encode the response)");
        page.press("f", 70, "f");
        wait(page, "kheap.state.part.join() === 'list-encode'");
        point(page, "LIST (encode the response)");
        page.press("f", 70, "f");
        wait(page, "kheap.state.part.length === 0");
        click(page, "[HTTP filters and routing]", "right");
        let menu = text(page, ".x-actions");
        let expected = "All frames: nothing foldedaFocus: only stacks with one of thesef\
                        Hide these frameshCopy the namec";
        assert_eq!(menu, expected);
        page.press("h", 72, "h");
        wait(page, "kheap.state.hide.split('|').length > 3");
        page.check(
            "kheap.top().some(({name}) => name === 'net/http.HandlerFunc.ServeHTTP')",
            json!(false),
        );
        point(page, "json.(*Serializer).Encode");
        page.press("i", 73, "i");
        wait(page, "kheap.state.ignore.endsWith('Encode$')");
        go(page, "?group=kind");
        point(page, "custom resource");
        page.press("m", 77, "m");
        assert_eq!(text(page, ".x-actions"), "Only this kindf");
    });
}

#[test]
#[ignore = "takes Chromium, which .ci/run installs"]
fn the_bar_shows_what_the_whole_function_holds_and_which_parts_a_frame_has() {
    with_page(&[LISTS], |page| {
        go(page, "?order=allocator");
        let own = page.evaluate(
            "kheap.top().find(({name}) => name.endsWith('mapEncoder.encode')).flat / 2 ** 20",
        );
        point(page, "json.mapEncoder.encode");
        let figures = text(page, ".x-detail-figures");
        let flat = format!(
            "; function flat {:.2}MB, cum ",
            own.as_f64().expect("a number")
        );
        assert!(
            figures.contains(&flat) && !figures.contains("itself"),
            "{figures}"
        );
        go(page, "?group=none&frames=all");
        point(page, "http.HandlerFunc.ServeHTTP");
        assert_eq!(
            text(page, ".x-detail-parts"),
            "LIST (encode the response) 60%, LIST (other work) 40%"
        );
        // Every colour is in the legend, and nothing else is.
        let colors = |of: &str| {
            format!(
                "Array.from(new Set(Array.from(document.querySelectorAll('{of}'), \
                 ({{style}}) => style.backgroundColor))).sort().join()"
            )
        };
        for query in [
            "",
            "?group=none&frames=all",
            "?zoom=0.0",
            "?view=sandwich&fn=bytes.makeSlice",
        ] {
            go(page, query);
            let seen = page.evaluate(&colors(".x-box"));
            page.check(&colors(".x-swatch i"), seen);
        }
        go(page, "?type=alloc_space");
        let note = text(page, ".x-note");
        assert!(
            note.contains("69.20% of the bytes (inuse_space, unfiltered)"),
            "{note}"
        );
    });
}

#[test]
#[ignore = "takes Chromium, which .ci/run installs"]
fn a_tap_zooms_says_what_it_zoomed_and_has_a_menu() {
    with_page(&[LISTS], |page| {
        page.size(390, 844);
        go(page, "");
        click(page, "[HTTP filters and routing]", "left");
        assert_eq!(text(page, ".x-detail-name"), "[HTTP filters and routing]");
        let folded = text(page, ".x-detail-file");
        assert!(
            folded.starts_with("11 folded: ") && folded.ends_with(", 7 more"),
            "{folded}"
        );
        page.evaluate("document.querySelector('.x-more').click()");
        assert!(text(page, ".x-actions").contains("Hide these frames"));
        go(page, "?view=table");
        assert!(text(page, ".x-head").starts_with("function"));
        page.check(
            "document.querySelector('.x-detail').offsetHeight < 110",
            json!(true),
        );
    });
}

#[test]
#[ignore = "takes Chromium, which .ci/run installs"]
fn a_table_keeps_its_place_and_shows_the_row_asked_for() {
    with_page(&[LISTS], |page| {
        page.size(1265, 800);
        go(page, "?view=table");
        let table = "document.querySelector('.x-table')";
        page.check(
            &format!("{table}.scrollWidth <= {table}.clientWidth"),
            json!(true),
        );
        page.evaluate(&format!("{table}.scrollTop = 5000"));
        std::thread::sleep(std::time::Duration::from_millis(300));
        page.evaluate("Array.from(document.querySelectorAll('.x-rows .x-row')).find((row) => row.dataset.at === '185').click()");
        wait(page, "document.querySelector('.x-sandwich') !== null");
        page.evaluate("history.back()");
        wait(page, "document.querySelector('.x-table') !== null");
        page.check(&format!("{table}.scrollTop"), json!(5000));
        page.check(
            "document.querySelector('.x-rows [tabindex=\"0\"]').dataset.at",
            json!("185"),
        );
        go(page, "");
        press_on(page, "HTTP filters", "1", 49);
        point(page, "json.(*Serializer).Encode");
        page.press("w", 87, "w");
        wait(page, "document.querySelector('.x-chosen') !== null");
        let row = "document.querySelector('.x-chosen').getBoundingClientRect()";
        page.check(
            &format!("{row}.top > 100 && {row}.bottom < 760"),
            json!(true),
        );
    });
}

#[test]
#[ignore = "takes Chromium, which .ci/run installs"]
fn filters_are_typed_joined_replaced_and_changed() {
    with_page(&[LISTS], |page| {
        go(page, "?view=table");
        page.press("e", 69, "e");
        page.evaluate("document.querySelector('.x-add select').value = 'hide'");
        type_filter(page, "^reflect");
        type_filter(page, "^sort");
        // The form is as it was, so that a third one could follow.
        page.check(
            "document.querySelector('.x-add select').value",
            json!("hide"),
        );
        page.check(
            "document.activeElement.closest('.x-add') !== null",
            json!(true),
        );
        page.check("kheap.state.hide", json!("^reflect|^sort"));
        page.evaluate(
            "var kind = document.querySelector('.x-add select'); kind.value = 'focus'; \
             kind.dispatchEvent(new Event('change'))",
        );
        type_filter(page, "json");
        assert_eq!(text(page, ".x-add button"), "Replace focus");
        type_filter(page, "Encode");
        page.check("kheap.state.focus", json!("Encode"));
        page.evaluate("document.querySelector('button.x-chip-text').click()");
        page.check(
            "document.querySelector('.x-add input').value",
            json!("Encode"),
        );
        assert_eq!(text(page, ".x-add button"), "Change filter");
        page.evaluate("document.querySelector('.x-add input').value = ''");
        type_filter(page, "Decode");
        page.check("kheap.state.focus", json!("Decode"));
        go(page, "?focus=%5Ba");
        page.check(
            "document.querySelector('.x-side').childElementCount",
            json!(0),
        );
        go(page, "?zoom=0.0");
        page.evaluate(
            "var menu = document.querySelectorAll('.x-menu select')[1]; menu.value = 'all'; \
             menu.dispatchEvent(new Event('change'))",
        );
        wait(page, "location.hash.includes('values=all')");
        assert!(hash(page).contains("zoom=0.0"), "{}", hash(page));
        page.evaluate("document.getElementById('theme-toggle').click()");
        let theme = page.evaluate("document.documentElement.dataset.theme");
        reload(page);
        page.check("document.documentElement.dataset.theme", theme);
    });
}

/// A heap whose largest function has type arguments of a thousand letters.
fn generics(length: usize) -> Vec<u8> {
    let mut builder = ProfileBuilder::new();
    builder.sample_type("inuse_space", "bytes");
    let types = format!(
        "go.shape.struct {{ {} [4]int; B c/d.T }}",
        "A".repeat(length)
    );
    let names = [
        "main.main".to_owned(),
        format!("example.com/a/policy.(*source[{types}]).calculate"),
        "bytes.makeSlice".to_owned(),
    ];
    let locations: Vec<_> = (names.iter().enumerate())
        .map(|(at, name)| {
            let function = builder.function(name, "/src/a.go");
            builder.location(None, 0x1000 + at as u64, &[(function, 7)])
        })
        .collect();
    for (from, value) in [(0, 8 << 20), (1, 4 << 20)] {
        let stack: Vec<_> = locations[from..].iter().rev().copied().collect();
        let pushed = builder.sample(&stack, &[value], &[]);
        pushed.expect("it is complete");
    }
    let mut bytes = Vec::new();
    kheap::encode(&builder.finish(), &mut bytes).expect("memory takes it");
    bytes
}

#[test]
#[ignore = "takes Chromium, which .ci/run installs"]
fn long_names_leave_the_graph_its_room_and_the_bar_its_height() {
    let folder = tempfile::tempdir().expect("a folder");
    let dump = folder.path().join("heap.pb");
    fs::write(&dump, generics(900)).expect("it can be written");
    with_page(&[&dump.display().to_string()], |page| {
        for width in [1280, 390] {
            page.size(width, 800);
            go(page, "");
            let height = "document.querySelector('.x-detail').offsetHeight";
            let empty = number(page, height);
            point(page, "policy.(*source[...]).calculate");
            assert!((number(page, height) - empty).abs() < 0.5, "{width}");
            let file = text(page, ".x-detail-file");
            assert!(
                file.contains("a.go:7") && file.contains("[...] is [go.shape.struct"),
                "{file}"
            );
            page.press("f", 70, "f");
            wait(page, "kheap.state.focus !== ''");
            let chip = "document.querySelector('.x-chip').offsetHeight";
            assert!(number(page, chip) < 34.0, "a chip is one line");
            page.press("2", 50, "2");
            wait(page, "document.querySelector('.x-sandwich') !== null");
            page.evaluate("location.hash = `#explore?view=sandwich&fn=${encodeURIComponent(kheap.top({}).find(({name}) => name.includes('[')).name)}`");
            wait(
                page,
                "document.querySelector('.x-lines') !== null && document.querySelector('.x-full').textContent.includes('AAA')",
            );
            let least = if width > 1000 { 600.0 } else { 330.0 };
            let graph = number(page, "document.querySelector('.x-slices').offsetWidth");
            assert!(graph > least, "{graph} of {width}");
            page.check(
                &format!("document.documentElement.scrollWidth <= {width}"),
                json!(true),
            );
        }
    });
}
