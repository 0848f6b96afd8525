//! Reports as a browser shows them. These tests are ignored, because they take
//! Chromium; `.ci/run` installs it and runs them:
//! `cargo test -p kheap-cli --test browser -- --ignored`.

mod common;

/// What prost makes of the schema, see `proto/README.md`.
#[path = "../../kheap/src/proto.rs"]
#[allow(unreachable_pub, reason = "generated")]
mod proto;

use std::fs;

use common::browser::{Browser, report, with_page};
use common::kheap;
use prost::Message;
use serde_json::{Value, json};

const STORM: &str = "testdata/dumps/v1.20/configmap-list-cache-json.pb.gz";
const SERIES: &str = "testdata/dumps/v1.20/series-configmaps";

/// Names that would do harm if they were taken for anything but text.
const HOSTILE: [&[u8]; 6] = [
    b"<script>alert(1)</script>",
    b"\"'><img src=x onerror=alert(2)>",
    b"]]></script><script>alert(3)</script>",
    b"javascript:alert(4)//`|[x](https://example.com)",
    "\u{202e}\u{5e9}\u{5dc}\u{5d5}\u{5dd}.evil".as_bytes(),
    b"bad.\xff\xfe\x00bytes",
];

/// Sorts by each way to do it, and reads the order from the page.
fn check_sorting(page: &mut Browser) {
    let column = |at: usize, take: &str| {
        format!(
            "Array.from(document.querySelectorAll('#function-table tbody tr'))\
             .map((row) => row.cells[{at}]{take})"
        )
    };
    let numbers = |page: &mut Browser, at| -> Vec<i64> {
        let values = page.evaluate(&column(at, ".dataset.value"));
        let values = values.as_array().expect("a list").clone();
        let number = |value: &Value| value.as_str().and_then(|text| text.parse().ok());
        values
            .iter()
            .map(|value| number(value).expect("a number"))
            .collect()
    };
    let button =
        |at: usize| format!("document.querySelectorAll('#function-table th button')[{at}]");
    let flats = numbers(page, 0);
    assert!(
        flats.len() > 20 && flats.is_sorted_by(|a, b| a >= b),
        "{flats:?}"
    );
    page.evaluate(&format!("{}.click()", button(2)));
    let cums = numbers(page, 2);
    assert!(cums.is_sorted_by(|a, b| a >= b), "{cums:?}");
    assert!(
        !numbers(page, 0).is_sorted_by(|a, b| a >= b),
        "the order is another"
    );
    // By keyboard, and the other way round.
    page.evaluate(&format!("{}.focus()", button(2)));
    page.press("Enter", 13, "\r");
    assert!(numbers(page, 2).is_sorted(), "Enter turns the order");
    page.check(
        "document.querySelectorAll('#function-table th')[2].getAttribute('aria-sort')",
        json!("ascending"),
    );
    page.check(
        "document.querySelectorAll('#function-table th[aria-sort]').length",
        json!(1),
    );
    page.evaluate(&format!("{}.click()", button(4)));
    let names = page.evaluate(&column(4, ".textContent"));
    let names: Vec<String> = serde_json::from_value(names).expect("texts");
    assert!(names.is_sorted(), "{names:?}");
}

fn check_search(page: &mut Browser) {
    let shown = "Array.from(document.querySelectorAll('#function-table tbody tr'))\
                 .filter((row) => row.offsetParent !== null).map((row) => row.cells[4].textContent)";
    page.evaluate("document.getElementById('function-filter').focus()");
    page.call("Input.insertText", json!({"text": "UNMARSHAL"}));
    let names: Vec<String> = serde_json::from_value(page.evaluate(shown)).expect("texts");
    assert!(!names.is_empty());
    assert!(
        names
            .iter()
            .all(|name| name.to_lowercase().contains("unmarshal")),
        "{names:?}"
    );
    let status = page.evaluate("document.getElementById('function-count').textContent");
    let status = status.as_str().expect("a text").to_owned();
    assert!(
        status.starts_with(&format!("{} of ", names.len())),
        "{status}"
    );
    let fill = |page: &mut Browser, text: &str| {
        page.evaluate(&format!(
            "var f = document.getElementById('function-filter'); f.value = '{text}'; \
             f.dispatchEvent(new Event('input'))"
        ));
    };
    fill(page, "");
    page.check(
        "document.querySelectorAll('#function-table tr[hidden]').length",
        json!(0),
    );
    // The columns stay where they are, though no row holds them there.
    let columns = "Array.from(document.querySelectorAll('#function-table th'))\
                   .map((head) => Math.round(head.getBoundingClientRect().left)).join()";
    let all = page.evaluate(columns);
    fill(page, "no function is called like this");
    page.check(columns, all);
    fill(page, "");
}

/// Zooms a flame graph into the widest frame of some name, and out again.
fn check_zoom(page: &mut Browser, picture: usize, name: &str) {
    let svg = format!("document.querySelectorAll('svg.kheap-flame')[{picture}]");
    let frame = format!(
        "Array.from({svg}.querySelectorAll('.frames g')).find((g) => \
         g.querySelector('title').textContent.includes('{name}'))"
    );
    let width = format!("{frame}.querySelector('rect').getBoundingClientRect().width");
    let number = |value: Value| value.as_f64().expect("a number");
    let before = number(page.evaluate(&width));
    let whole = number(page.evaluate(&format!("{svg}.getBoundingClientRect().width")));
    assert!(
        before < 0.9 * whole,
        "{name} is narrow: {before} of {whole}"
    );
    page.evaluate(&format!(
        "{frame}.querySelector('rect').dispatchEvent(new MouseEvent('click', {{bubbles: true}}))"
    ));
    let zoomed = number(page.evaluate(&width));
    assert!(
        zoomed > 0.9 * whole,
        "{name} fills the picture: {zoomed} of {whole}"
    );
    page.evaluate(&format!(
        "{svg}.querySelector('.unzoom').dispatchEvent(new MouseEvent('click', {{bubbles: true}}))"
    ));
    assert!(
        (number(page.evaluate(&width)) - before).abs() < 1.0,
        "it is as it was"
    );
}

fn check_themes(page: &mut Browser, name: &str) {
    let color = "getComputedStyle(document.body).backgroundColor";
    let flame = "getComputedStyle(document.querySelector('.kheap-flame .background')).fill";
    page.check(color, json!("rgb(255, 255, 255)"));
    page.screenshot(&format!("{name}-light"));
    page.evaluate("document.getElementById('theme-toggle').click()");
    page.check(color, json!("rgb(28, 29, 33)"));
    page.check(flame, json!("rgb(28, 29, 33)"));
    page.check(
        "document.getElementById('theme-toggle').textContent",
        json!("Light"),
    );
    page.screenshot(&format!("{name}-dark"));
    // Paper is white, whatever was chosen.
    page.call("Emulation.setEmulatedMedia", json!({"media": "print"}));
    page.check(color, json!("rgb(255, 255, 255)"));
    page.check(flame, json!("rgb(255, 255, 255)"));
    page.screenshot(&format!("{name}-print"));
}

#[test]
#[ignore = "takes Chromium, which .ci/run installs"]
fn a_report_is_sorted_searched_zoomed_and_dark() {
    with_page(&[STORM, "--rss", "6GB"], |page| {
        check_sorting(page);
        check_search(page);
        check_zoom(page, 0, "handlers.transformResponseObject");
        check_themes(page, "one");
    });
}

#[test]
#[ignore = "takes Chromium, which .ci/run installs"]
fn a_comparison_has_two_flame_graphs_that_leave_each_other_alone() {
    let files = ["00", "10"].map(|name| format!("{SERIES}/{name}.pb.gz"));
    with_page(&[&files[0], &files[1]], |page| {
        page.check(
            "document.querySelectorAll('svg.kheap-flame').length",
            json!(2),
        );
        check_zoom(page, 0, "etcd3.(*watchChan).transform");
        check_zoom(page, 1, "etcd3.(*watchChan).transform");
        check_sorting(page);
        check_search(page);
        check_themes(page, "two");
    });
}

#[test]
#[ignore = "takes Chromium, which .ci/run installs"]
fn a_flame_graph_is_reached_by_keys_searched_by_names_and_fits_paper() {
    with_page(&[STORM], |page| {
        let flame = "document.querySelector('.kheap-flame')";
        page.evaluate(&format!(
            "{flame}.querySelector('[tabindex=\"0\"]:is(g)').focus()"
        ));
        page.press("ArrowDown", 40, "");
        page.press("ArrowDown", 40, "");
        let focus = "document.activeElement.querySelector('title').textContent.split('\\n')[0]";
        page.check(focus, json!("[HTTP filters and routing]"));
        page.press("Enter", 13, "\r");
        page.check(
            &format!("{flame}.querySelectorAll('.parent').length"),
            json!(2),
        );
        page.press("Escape", 27, "");
        page.check(
            &format!("{flame}.querySelectorAll('.parent, .frames .hide').length"),
            json!(0),
        );
        page.check(focus, json!("[HTTP filters and routing]"));
        let mut search = |term: &str, expected: &str| {
            page.evaluate(&format!(
                "var box = {flame}.querySelector('input'); box.value = {term:?}; \
                 box.dispatchEvent(new Event('input', {{bubbles: true}}))"
            ));
            let found = format!("{flame}.querySelector('.matched').textContent");
            page.check(&found, json!(expected));
        };
        search("(", "no regular expression");
        search("itself", "nothing found");
        search("configmap", "found: 56.5%");
        search("mux.*pathHandler", "found: 95.2%");
        search("", " ");
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))");
        page.check(
            &format!("{flame}.getAttribute('viewBox').split(' ')[2]"),
            json!("720"),
        );
        page.check(
            &format!("{flame}.querySelector('.frames').getAttribute('width')"),
            json!("700"),
        );
        page.evaluate("window.dispatchEvent(new Event('afterprint'))");
        page.check(&format!("{flame}.getAttribute('viewBox')"), Value::Null);
    });
}

/// Draws a picture into a folder and opens it.
fn with_picture(args: &[&str], test: impl FnOnce(&mut Browser)) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("heap.svg");
    let run = kheap(&[args, &["-o", &path.display().to_string()]].concat());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let mut browser = Browser::start();
    browser.open(&path);
    test(&mut browser);
    browser.check_silence();
}

/// The smallest font on the screen, in pixels.
const SMALLEST_FONT: &str = "Math.min(...Array.from(document.querySelectorAll('text'))\
     .filter((text) => text.getBoundingClientRect().width > 0)\
     .map((text) => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a))";

#[test]
#[ignore = "takes Chromium, which .ci/run installs"]
fn pictures_are_legible_on_wide_pages_and_on_narrow_ones() {
    let (flame, graph) = (&["flame", STORM][..], &["graph", STORM][..]);
    for args in [flame, graph, &["graph", "--count", "300", STORM]] {
        with_picture(args, |page| {
            for width in [1280, 390] {
                page.size(width, 800);
                page.check("window.innerWidth", json!(width));
                page.check(
                    "document.documentElement.scrollWidth <= window.innerWidth",
                    json!(true),
                );
                // A picture learns of another size with the next frame that is drawn.
                let mut smallest = 0.0;
                let is_legible = (0..100).any(|_| {
                    smallest = page.evaluate(SMALLEST_FONT).as_f64().expect("a number");
                    std::thread::sleep(std::time::Duration::from_millis(20));
                    smallest > 8.99
                });
                assert!(is_legible, "{args:?} {width}: {smallest}");
                page.screenshot(&format!("{}-{}-{width}", args[0], args.len()));
            }
        });
    }
}

#[test]
#[ignore = "takes Chromium, which .ci/run installs"]
fn back_undoes_a_zoom_and_the_details_stay_in_sight() {
    with_picture(&["flame", "--all-frames", STORM], |page| {
        let frame = "Array.from(document.querySelectorAll('.frames g')).find((g) => \
             g.querySelector('title').textContent.includes('handlers.transformResponseObject'))";
        let width = format!("{frame}.querySelector('rect').getBoundingClientRect().width");
        let before = page.evaluate(&width);
        page.evaluate(&format!(
            "{frame}.querySelector('rect').dispatchEvent(new MouseEvent('click', {{bubbles: true}}))"
        ));
        assert_ne!(page.evaluate(&width), before);
        page.evaluate("history.back()");
        let is_back = (0..100).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(20));
            page.evaluate(&width) == before
        });
        assert!(is_back);
        page.size(1280, 400);
        page.evaluate("window.scrollTo(0, 300)");
        page.evaluate("document.dispatchEvent(new Event('scroll'))");
        page.check(
            "Math.round(document.querySelector('.bar').getBoundingClientRect().top)",
            json!(0),
        );
        // Searching the page is the browser's.
        page.check(
            "document.dispatchEvent(new KeyboardEvent('keydown', {key: 'f', ctrlKey: true, \
             bubbles: true, cancelable: true}))",
            json!(true),
        );
    });
}

#[test]
#[ignore = "takes Chromium, which .ci/run installs"]
fn a_graph_is_moved_and_zoomed_by_keys_and_buttons() {
    with_picture(&["graph", STORM], |page| {
        let view = "document.querySelector('.canvas').getAttribute('viewBox')";
        let first = page.evaluate(view);
        page.press("ArrowDown", 40, "");
        page.press("+", 187, "+");
        assert_ne!(page.evaluate(view), first);
        page.evaluate(
            "document.querySelector('.whole').dispatchEvent(new MouseEvent('click', {bubbles: true}))",
        );
        // Every box is in the window.
        page.check(
            "Array.from(document.querySelectorAll('.node')).every((node) => { \
             const box = node.getBoundingClientRect(); \
             return box.left >= 0 && box.right <= 1280 && box.bottom <= 1000; })",
            json!(true),
        );
        page.screenshot("graph-whole");
    });
}

/// What differs of two pictures, block by block: the share of blocks whose mean colour is
/// another one.
#[cfg(feature = "png")]
const COMPARE: &str = "(async () => {
    const size = 16, wide = Math.floor(WIDTH / size), high = Math.floor(HEIGHT / size);
    const blocks = async (image) => {
        await image.decode();
        const canvas = document.createElement('canvas');
        canvas.width = WIDTH;
        canvas.height = HEIGHT;
        const context = canvas.getContext('2d');
        context.drawImage(image, 0, 0, WIDTH, HEIGHT);
        const { data } = context.getImageData(0, 0, WIDTH, HEIGHT);
        const means = new Float64Array(4 * wide * high);
        for (let y = 0; y < size * high; y += 1) for (let x = 0; x < size * wide; x += 1) {
            const block = 4 * (Math.floor(y / size) * wide + Math.floor(x / size));
            for (let channel = 0; channel < 3; channel += 1) {
                means[block + channel] += data[4 * (y * WIDTH + x) + channel] / size / size;
            }
        }
        return means;
    };
    const [a, b] = await Promise.all(Array.from(document.images, blocks));
    let differ = 0;
    for (let at = 0; at < a.length; at += 4) {
        const distance = [0, 1, 2].map((channel) => Math.abs(a[at + channel] - b[at + channel]));
        if (Math.max(...distance) > 24) differ += 1;
    }
    document.title = String(differ / (a.length / 4));
})(), 0";

#[cfg(feature = "png")]
#[test]
#[ignore = "takes Chromium, which .ci/run installs"]
fn a_png_is_what_chromium_makes_of_the_svg() {
    let series = ["00", "10"].map(|name| format!("{SERIES}/{name}.pb.gz"));
    for args in [
        &["flame", "--width", "1000", STORM][..],
        &[
            "flame", "--flame", "--width", "1000", &series[1], "--base", &series[0],
        ],
        &["graph", STORM],
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let draw = |name: &str, more: &[&str]| {
            let path = folder.path().join(name);
            let run = kheap(&[args, more, &["-o", &path.display().to_string()]].concat());
            assert_eq!(run.code, Some(0), "{}", run.stderr);
            fs::read(path).expect("it is written")
        };
        let (svg, png) = (draw("heap.svg", &[]), draw("heap.png", &["--scale", "1"]));
        let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four"));
        let image = |kind: &str, bytes: &[u8]| {
            format!(
                "<img src=\"data:image/{kind};base64,{}\">",
                encode_base64(bytes)
            )
        };
        let page = folder.path().join("both.html");
        fs::write(&page, image("svg+xml", &svg) + &image("png", &png)).expect("it is written");
        let mut browser = Browser::start();
        browser.open(&page);
        let script = COMPARE
            .replace("WIDTH", &number(16).to_string())
            .replace("HEIGHT", &number(20).to_string());
        browser.evaluate(&script);
        let share = (0..100).find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(50));
            let title = browser.evaluate("document.title");
            title.as_str().and_then(|title| title.parse::<f64>().ok())
        });
        let share = share.expect("both are drawn");
        // Browsers hint fonts, and ours is not.
        assert!(share < 0.01, "{args:?}: {share}");
    }
}

/// Six bits to a letter.
#[cfg(feature = "png")]
fn encode_base64(bytes: &[u8]) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let four = |three: &[u8]| {
        let number = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = number(0) << 16 | number(1) << 8 | number(2);
        let letter = |at: usize| match at <= three.len() {
            true => char::from(letters[(bits >> (18 - 6 * at) & 63) as usize]),
            false => '=',
        };
        (0..4).map(letter).collect::<String>()
    };
    bytes.chunks(3).map(four).collect()
}

#[test]
#[ignore = "takes Chromium, which .ci/run installs"]
fn a_series_shows_its_growth() {
    with_page(&[SERIES], |page| {
        page.check(
            "document.querySelectorAll('.kheap-chart polyline.line').length",
            json!(3),
        );
        let chart = "document.querySelector('.kheap-chart').textContent";
        let text = page.evaluate(chart).as_str().expect("a text").to_owned();
        assert!(
            text.contains("ConfigMap in watch cache (objects from watch updates): 40.42MB"),
            "{text}"
        );
        check_sorting(page);
        check_search(page);
        check_zoom(page, 0, "etcd3.(*watchChan).transform");
        check_themes(page, "series");
    });
}

#[test]
#[ignore = "takes Chromium, which .ci/run installs"]
fn hostile_names_do_no_harm() {
    let folder = tempfile::tempdir().expect("a folder");
    let dump = folder.path().join("<b>'\"&.pb");
    fs::write(&dump, hostile()).expect("it can be written");
    let name = dump.display().to_string();
    with_page(&[&name], |page| {
        // Scripts: that of the report and that of its picture. The model is no script.
        let scripts = "document.scripts, (script) => script.type).join()";
        page.check(&format!("Array.from({scripts}"), json!("text/plain,"));
        page.check("document.querySelectorAll('script').length", json!(3));
        page.check(
            "document.querySelectorAll('img, iframe, object, link, b, meta[http-equiv=refresh]').length",
            json!(0),
        );
        let text = page.evaluate("document.getElementById('function-table').textContent");
        let text = text.as_str().expect("a text").to_owned();
        for expected in [
            "<script>alert(1)</script>",
            "onerror=alert(2)",
            "]]></script><script>alert(3)",
            "\\u202e",
            "xxxxx…",
        ] {
            assert!(
                text.contains(expected),
                "{expected} is shown as it is: {text}"
            );
        }
        page.check("document.documentElement.scrollWidth <= 1280", json!(true));
        page.screenshot("hostile");
    });
}

#[test]
#[ignore = "takes Chromium, which .ci/run installs"]
fn no_foreign_script_runs_even_where_one_got_in() {
    let (_folder, path) = report(&[STORM]);
    let html = fs::read_to_string(&path).expect("it is written");
    let forged = html.replace(
        "</main>",
        "<script>document.title = 'taken'</script></main>",
    );
    fs::write(&path, forged).expect("it can be written");
    let mut browser = Browser::start();
    browser.open(&path);
    browser.check("document.title", json!("Heap report: kube-apiserver"));
    browser.evaluate("0");
    let refused = browser
        .messages
        .iter()
        .any(|message| message.contains("Content Security"));
    assert!(refused, "the browser says why: {:?}", browser.messages);
}

/// A profile whose functions have such names, the file and the program too.
fn hostile() -> Vec<u8> {
    use proto::{Function, Line, Location, Profile, Sample, ValueType};
    let long = vec![b'x'; 10_000];
    let names = HOSTILE.iter().map(|name| name.to_vec()).chain([long]);
    let names: Vec<Vec<u8>> = names.collect();
    let mut strings: Vec<Vec<u8>> = [&b""[..], b"inuse_space", b"bytes"]
        .map(<[u8]>::to_vec)
        .into();
    strings.extend(names.iter().cloned());
    let ids = 1..=names.len() as u64;
    let profile = Profile {
        sample_type: vec![ValueType { r#type: 1, unit: 2 }],
        sample: (ids.clone())
            .map(|id| Sample {
                location_id: vec![id, id % names.len() as u64 + 1],
                value: vec![(id as i64) << 20],
                ..Sample::default()
            })
            .collect(),
        location: (ids.clone())
            .map(|id| Location {
                id,
                line: vec![Line {
                    function_id: id,
                    ..Line::default()
                }],
                ..Location::default()
            })
            .collect(),
        function: (ids)
            .map(|id| Function {
                id,
                name: id as i64 + 2,
                ..Function::default()
            })
            .collect(),
        string_table: strings,
        ..Profile::default()
    };
    profile.encode_to_vec()
}
