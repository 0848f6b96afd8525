//! The explorer of a report, used as a person would use it. These tests are ignored,
//! because they take Chromium and axe-core; `.ci/run` installs both and runs them:
//! `cargo test -p kheap-cli --test explore -- --ignored`.

mod common;

use std::fs;

use common::browser::{Browser, report, with_page};
use common::explorer::{go, hash, press_on, reload, text, wait};
use common::project;
use serde_json::{Value, json};

const STORM: &str = "testdata/dumps/v1.20/configmap-list-cache-json.pb.gz";
const SERIES: &str = "testdata/dumps/v1.20/series-configmaps";

#[test]
#[ignore = "takes Chromium, which .ci/run installs"]
fn a_reader_goes_from_a_finding_to_its_callers_and_back() {
    with_page(&[STORM], |page| {
        wait(page, "document.querySelector('.x-into a') !== null");
        page.evaluate("document.querySelector('.x-into a').click()");
        wait(page, "document.querySelectorAll('.x-box').length > 3");
        let finding = page.evaluate("kheap.state.finding");
        let first = page.evaluate("document.querySelector('article').id");
        assert!(finding == first && finding.is_string(), "{finding}");
        let shown = text(page, ".x-shown");
        assert!(
            shown.contains("shown (") && !shown.contains("(100%)"),
            "{shown}"
        );

        go(page, "?view=sandwich&fn=bytes.makeSlice");
        let names = page.evaluate(
            "Array.from(document.querySelectorAll('.x-edge .x-bar-name'), (n) => n.textContent).join()",
        );
        assert!(
            names
                .as_str()
                .is_some_and(|n| n.contains("bytes.(*Buffer).grow")),
            "{names}"
        );
        let shown = page.evaluate("kheap.sandwich('bytes.makeSlice', {}).callers[0].name");
        assert_eq!(shown, json!("bytes.(*Buffer).grow"));

        go(page, "?order=allocator");
        let first = "document.querySelectorAll('.x-box')[1].getAttribute('aria-label')";
        let first = page.evaluate(first).to_string();
        let largest = page.evaluate("kheap.top()[0].name.split('/').pop()");
        assert!(
            first.contains(largest.as_str().unwrap_or("?")),
            "{first}: {largest}"
        );

        press_on(page, "bytes.makeSlice", "h", 72);
        assert!(
            hash(page).contains("hide=^bytes\\.makeSlice$"),
            "{}",
            hash(page)
        );
        page.check(
            "kheap.top().some(({name}) => name === 'bytes.makeSlice')",
            json!(false),
        );
        page.evaluate("history.back()");
        wait(
            page,
            "kheap.top().some(({name}) => name === 'bytes.makeSlice')",
        );
        press_on(page, "bytes.makeSlice", "f", 70);
        page.check("kheap.top()[0].name", json!("bytes.makeSlice"));
    });
}

#[test]
#[ignore = "takes Chromium, which .ci/run installs"]
fn it_opens_as_the_picture_of_the_report_does() {
    with_page(&[STORM], |page| {
        go(page, "");
        let note = text(page, ".x-note");
        let share = "Grouped by part: for 95.22% of the bytes the outermost";
        assert!(note.starts_with(share), "{note}");
        let has_note =
            format!("document.querySelector('.kheap-flame').textContent.includes('{share}')");
        page.check(&has_note, json!(true));
        let boxes = "Array.from(document.querySelectorAll('.x-box'))";
        let label = |name: &str| format!("box.getAttribute('aria-label').startsWith('{name}')");
        for folded in ["[HTTP filters and routing]", "[JSON encoding]"] {
            page.check(
                &format!("{boxes}.some((box) => {})", label(folded)),
                json!(true),
            );
        }
        let color = |name: &str| {
            format!(
                "getComputedStyle({boxes}.find((box) => {})).backgroundColor",
                label(name)
            )
        };
        let fill = |name: &str| {
            format!(
                "getComputedStyle(Array.from(document.querySelectorAll('.kheap-flame .frames g')).find((g) => \
                 g.querySelector('title').textContent.startsWith('{name}')).querySelector('rect')).fill"
            )
        };
        for [ours, theirs] in [["all", "all"], ["LIST (read from etcd)", "list-etcd"]] {
            let picture = page.evaluate(&fill(theirs));
            page.check(&color(ours), picture);
        }
        page.check(&color("all"), json!("rgb(221, 221, 221)"));
        go(page, "?group=none");
        page.check(
            &format!("{boxes}.some((box) => {})", label("LIST (read")),
            json!(false),
        );
        go(page, "?search=makeSlice");
        let status = text(page, ".x-status");
        assert!(status.starts_with("2 functions, 41"), "{status}");
        go(page, "?finding=finding-list-from-etcd");
        let about = text(page, ".x-about");
        assert!(
            about.contains(
                "54.07% of the heap; ConfigMap; confidence high. Do first: Find the client: jq"
            ),
            "{about}"
        );
    });
}

#[test]
#[ignore = "takes Chromium, which .ci/run installs"]
fn sample_type_search_and_table_are_reached_by_keys() {
    with_page(&[STORM], |page| {
        go(page, "");
        page.press("y", 89, "y");
        wait(page, "kheap.state.sampleType === 'alloc_space'");
        page.evaluate("history.back()");
        wait(page, "kheap.state.sampleType === 'inuse_space'");
        page.press("3", 51, "3");
        wait(
            page,
            "document.querySelectorAll('.x-rows .x-row').length > 20",
        );
        let rows = page.evaluate("document.querySelectorAll('.x-rows .x-row').length");
        let all = page.evaluate(
            "Number(document.querySelector('[role=grid]').getAttribute('aria-rowcount'))",
        );
        assert!(
            rows.as_f64() < Some(120.0) && all.as_f64() > Some(200.0),
            "{rows} of {all}"
        );
        page.press("/", 191, "/");
        page.check("document.activeElement.id", json!("x-search"));
        page.call("Input.insertText", json!({"text": "makeslice"}));
        wait(
            page,
            "document.querySelectorAll('#x-results [role=option]').length > 0",
        );
        wait(
            page,
            "document.querySelectorAll('.x-rows .x-row').length < 10",
        );
        page.press("Enter", 13, "\r");
        wait(page, "document.querySelector('.x-sandwich') !== null");
        page.check("location.hash.includes('fn=bytes.makeSlice')", json!(true));
        page.evaluate("document.activeElement.blur()");
        page.press("?", 191, "?");
        page.check(
            "document.querySelector('dialog[open]') !== null",
            json!(true),
        );
        page.press("Escape", 27, "");
        page.check("document.querySelector('dialog[open]')", Value::Null);
    });
}

#[test]
#[ignore = "takes Chromium, which .ci/run installs"]
fn an_address_brings_the_same_view_back_and_paper_is_the_report() {
    with_page(&[STORM], |page| {
        go(
            page,
            "?focus=ListResource&type=alloc_space&view=table&sort=cum",
        );
        let top = page.evaluate("kheap.top()");
        let shown = text(page, ".x-shown");
        reload(page);
        wait(
            page,
            "document.querySelectorAll('.x-rows .x-row').length > 5",
        );
        page.check("kheap.top()", top);
        assert_eq!(text(page, ".x-shown"), shown);
        page.call("Emulation.setEmulatedMedia", json!({"media": "print"}));
        page.check(
            "getComputedStyle(document.getElementById('explorer')).display",
            json!("none"),
        );
        page.check(
            "document.getElementById('summary').offsetHeight > 0",
            json!(true),
        );
        let pdf = page.call("Page.printToPDF", json!({}));
        assert!(
            pdf["data"]
                .as_str()
                .is_some_and(|data| data.starts_with("JVBERi0"))
        );
    });
}

#[test]
#[ignore = "takes Chromium, which .ci/run installs"]
fn a_pattern_that_a_browser_cannot_take_is_refused_in_words() {
    with_page(&[STORM], |page| {
        go(page, "?focus=(a%2B)%2B");
        let shown = text(page, "[role=alert]");
        assert!(shown.contains("may take a browser forever"), "{shown}");
        go(
            page,
            "?focus=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&fn=%3Cscript%3E&view=sandwich&part=%3Cb%3E",
        );
        page.check(
            "document.querySelectorAll('#explorer img, #explorer script, #explorer b b').length",
            json!(0),
        );
    });
}

#[test]
#[ignore = "takes Chromium, which .ci/run installs"]
fn two_dumps_and_a_series_are_compared_in_every_view() {
    let files = ["00", "10"].map(|name| format!("{SERIES}/{name}.pb.gz"));
    with_page(&[&files[0], &files[1]], |page| {
        go(page, "?base=0");
        let shown = text(page, ".x-shown");
        assert!(shown.contains('→'), "{shown}");
        page.press("3", 51, "3");
        wait(
            page,
            "document.querySelectorAll('.x-rows .x-row').length > 5",
        );
        assert!(text(page, ".x-rows").contains("grown"));
        assert!(text(page, ".x-head").contains("flat beforeflat afterflat is"));
        go(page, "?base=0&view=table&sort=cum");
        assert!(text(page, ".x-head").contains("cum beforecum aftercum is"));
        page.evaluate("document.querySelector('[aria-label=\"Which dump\"] button').click()");
        wait(page, "kheap.state.snapshot === 0");
    });
    with_page(&[SERIES], |page| {
        go(page, "");
        page.check(
            "document.querySelectorAll('.x-moment').length > 3",
            json!(true),
        );
        page.evaluate("document.querySelector('.x-moment').click()");
        wait(page, "kheap.state.snapshot === 0");
    });
}

/// What axe complains about in the page as it is.
fn complaints(page: &mut Browser) -> Vec<String> {
    let run = "axe.run(document, {resultTypes: ['violations']}).then((found) => \
               found.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(' ')}`))";
    let params = json!({"expression": run, "returnByValue": true, "awaitPromise": true});
    let answer = page.call("Runtime.evaluate", params);
    let list = answer["result"]["value"].as_array();
    let list = list.unwrap_or_else(|| panic!("{answer}")).iter();
    list.filter_map(|text| text.as_str().map(str::to_owned))
        .collect()
}

#[test]
#[ignore = "takes Chromium and axe-core, which .ci/run installs"]
fn every_view_is_accessible_in_light_in_dark_and_on_a_phone() {
    let axe = project().join("crates/kheap-report/explorer/node_modules/axe-core/axe.min.js");
    let axe = fs::read_to_string(axe).expect("`npm ci` in crates/kheap-report/explorer brings it");
    let views = [
        "",
        "?order=allocator&frames=all&group=kind",
        "?view=sandwich&fn=bytes.makeSlice&focus=json&part=list-encode",
        "?view=table&search=json",
    ];
    with_page(&[STORM], |page| {
        wait(page, "typeof kheap === 'object'");
        page.evaluate(&axe);
        let mut found = complaints(page);
        for (width, theme) in [(1280, "light"), (1280, "dark"), (390, "light")] {
            page.size(width, 900);
            page.evaluate(&format!(
                "document.documentElement.dataset.theme = {theme:?}"
            ));
            for view in views {
                go(page, view);
                let shown = complaints(page);
                found.extend(
                    shown
                        .into_iter()
                        .map(|shown| format!("{view} {width} {theme}: {shown}")),
                );
                page.check(
                    &format!("document.documentElement.scrollWidth <= {width}"),
                    json!(true),
                );
            }
        }
        assert_eq!(found, [""; 0]);
    });
}

/// How many milliseconds something took at best, of several tries: the machine has other
/// things to do.
#[test]
#[ignore = "takes Chromium, and a quiet machine"]
fn a_filter_is_applied_before_anybody_waits() {
    let (_folder, path) = report(&[STORM]);
    let mut page = Browser::start();
    page.open(&path);
    let page = &mut page;
    go(page, "");
    let asked = [
        "?focus=json",
        "?hide=^reflect",
        "?from=ListResource",
        "?type=alloc_space",
        "?view=table&ignore=json",
        "?part=list-encode",
    ];
    for query in asked {
        let mut best = f64::MAX;
        // The best of many: other programs take the processor, too.
        for _ in 0..20 {
            go(page, "?focus=nothing");
            let took = page.evaluate(&format!(
                "(() => {{ const start = performance.now(); location.hash = '#explore{query}'; \
                 window.dispatchEvent(new HashChangeEvent('hashchange')); \
                 document.body.getBoundingClientRect(); return performance.now() - start; }})()"
            ));
            best = best.min(took.as_f64().expect("a number"));
        }
        assert!(best < 100.0, "{query} took {best} ms");
    }
}
